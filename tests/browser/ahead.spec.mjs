// The page names what its screen is made of: nothing is asked for twice, and nothing in vain.
import http from 'node:http';

import { expect, test } from './support/test.mjs';

test.beforeEach(({}, { project }) => test.skip(project.name !== 'phone', 'the same on both'));

const unknown = '01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e';

/** The addresses that the page of `path` names, for whoever has a session and for whoever has none. */
function named(site, path, { signedIn = true } = {}) {
	const headers = signedIn ? { Cookie: 'a=b; __Host-here=1' } : { Cookie: 'x__Host-here=1; __Host-here=10' };
	return new Promise((done, fail) => {
		http
			.get(site.url, { path, headers: { ...headers, Accept: 'text/html' } }, (answer) => {
				answer.resume();
				expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
				done([...(answer.headers.link ?? '').matchAll(/<([^>]+)>/g)].map(([, address]) => address));
			})
			.on('error', fail);
	});
}

const data = (addresses) => addresses.filter((one) => one.startsWith('/v1/'));

test('a page names its screen’s code and first data; the door alone for whoever is not signed in', async ({ site }) => {
	const role = await named(site, `/roles/${site.role.id}`);
	expect(data(role)).toEqual([
		'/v1/me',
		'/v1/me/preferences',
		`/v1/roles/${site.role.id}`,
		`/v1/roles/${site.role.id}/stages`,
		`/v1/roles/${site.role.id}/hiring_team`,
		`/v1/applications?role_id=${site.role.id}&archived=false&limit=50`,
	]);
	expect(role.some((one) => /^\/assets\/Role-/.test(one))).toBe(true);
	expect((await named(site, `/roles/${site.role.id}/plan`)).some((one) => /^\/assets\/Plan-/.test(one)), 'and its section’s').toBe(true);
	expect(data(await named(site, `/roles/${site.role.id}?q=amir`)), 'a list that is filtered is another one').not.toContain(role.at(-1));
	expect(data(await named(site, '/'))).toContain('/v1/my_work');

	const door = await named(site, `/roles/${site.role.id}`, { signedIn: false });
	expect(data(door)).toEqual([]);
	expect(door.some((one) => /^\/assets\/SignIn-/.test(one))).toBe(true);
	expect(door.some((one) => /^\/assets\/Role-/.test(one))).toBe(false);
	const candidate = await named(site, '/candidate', { signedIn: false });
	expect(candidate.some((one) => /^\/assets\/CandidateSide-/.test(one)), 'a screen without signing in').toBe(true);
	expect(data(await named(site, '/candidate')), 'which asks for nobody').toEqual([]);
});

test('only an id stands for an id', async ({ site }) => {
	expect(data(await named(site, `/roles/${unknown}`))).toContain(`/v1/roles/${unknown}`);
	for (const path of [`/roles/${unknown.toUpperCase()}`, `/roles/${unknown}x`, `/roles/${unknown.slice(1)}`, `/roles/${unknown}/`, `/roles/${'x'.repeat(36)}`, '/roles/', '/no/such/screen'])
		expect(data(await named(site, path)), path).toEqual([]);
});

test('each screen asks for all that its page names, and for nothing twice', async ({ open, site }) => {
	test.setTimeout(120_000);
	const interview = await site.interview();
	const role = `/roles/${site.role.id}`;
	const screens = [
		['interviewer', '/', (page) => page.getByRole('link', { name: /Daisy Kim/ })],
		['interviewer', `/interviews/${interview.id}`, (page) => page.getByRole('button', { name: 'Submit scorecard' })],
		['recruiter', '/', (page) => page.locator('main :is(h2, h3, form):visible').first()],
		['recruiter', '/roles', (page) => page.getByRole('link', { name: 'Senior Backend Developer' })],
		['recruiter', role, (page) => page.getByRole('link', { name: 'Amir Williams' })],
		['recruiter', `${role}?q=amir`, (page) => page.getByRole('link', { name: 'Amir Williams' })],
		...['plan', 'team', 'intake', 'disclosures', 'market', 'details'].map((section) => ['recruiter', `${role}/${section}`, (page) => page.locator('main :is(h2, h3, form):visible').first()]),
		['recruiter', `${role}/comparison`, (page) => page.locator('main :is(h2, h3, form):visible').first()],
		['recruiter', '/pipeline', (page) => page.locator('[data-card]').first()],
		['recruiter', `/pipeline?role_id=${site.role.id}&view=table`, (page) => page.getByRole('row').nth(2)],
		['recruiter', '/candidates', (page) => page.getByRole('row').nth(2)],
		['recruiter', '/candidates?q=amir', (page) => page.getByRole('link', { name: 'Amir Williams' })],
		['recruiter', `/candidates/${site.amir.candidate_id}`, (page) => page.locator('main :is(h2, h3, form):visible').first()],
		['recruiter', `/applications/${site.amir.id}`, (page) => page.getByRole('heading', { name: 'Record a decision' })],
		['recruiter', '/rubrics', (page) => page.locator('main a[href^="/rubrics/"]').first()],
		['recruiter', '/templates', (page) => page.getByRole('heading', { level: 3 }).first()],
		['admin', '/audit', (page) => page.locator('main li').first()],
	];
	for (const [persona, path, ready] of screens) {
		const page = await open(persona);
		await page.addInitScript(() => {
			window.__asked = [];
			const fetch = window.fetch;
			window.fetch = (request, ...rest) => {
				window.__asked.push(new URL(request.url ?? request, location.href).href);
				return fetch(request, ...rest);
			};
		});
		const sent = [];
		page.on('request', (request) => {
			const { pathname, search } = new URL(request.url());
			if (pathname.startsWith('/v1/') || pathname.startsWith('/assets/')) sent.push(pathname + search);
		});
		const links = await named(site, path);
		await page.goto(path);
		await expect(ready(page), path).toBeVisible();
		await expect.poll(() => page.evaluate(() => window.__asked.map((one) => one.slice(location.origin.length))), path).toEqual(expect.arrayContaining(data(links)));
		expect(data(links)).toContain('/v1/me');
		expect(sent.filter((one, at) => sent.indexOf(one) !== at), `${path}: asked for twice`).toEqual([]);
		expect(sent, path).toEqual(expect.arrayContaining(links));
		await page.context().close();
	}
});
