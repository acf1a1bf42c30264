// What a phone has to fetch before it can be used, and how it is served.
import http from 'node:http';

import { many } from '../support/many.mjs';
import { Site } from './support/site.mjs';
import { expect, openForm, signInQuietly, test } from './support/test.mjs';

const BUDGET_BYTES = 60_000;

function get(url, headers = {}) {
	return new Promise((done, fail) => {
		http
			.get(url, { headers }, (answer) => {
				let size = 0;
				answer.on('data', (chunk) => (size += chunk.length));
				answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, size }));
			})
			.on('error', fail);
	});
}

/** The scripts that a screen fetches until it can be used, as brotli sends them. */
async function scripts(page, site, show) {
	const urls = new Set();
	page.on('request', (request) => {
		if (request.resourceType() === 'script' || request.url().endsWith('.js')) urls.add(request.url());
	});
	await show();
	const answers = await Promise.all([...urls].map((url) => get(url, { 'Accept-Encoding': 'br' })));
	for (const { status, headers } of answers) {
		expect(status).toBe(200);
		expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
		expect(headers['cache-control']).toBe('public, max-age=31536000, immutable');
		expect(headers['x-content-type-options']).toBe('nosniff');
	}
	return answers.reduce((sum, { size }) => sum + size, 0);
}

test('the scripts that the sign-in, the list and the scorecard form need are at most 60 kB each', async ({ open, site }, { project }) => {
	test.skip(project.name !== 'phone', 'the same bytes on both');
	const interview = await site.interview();
	const nobody = await open(null);
	const signIn = await scripts(nobody, site, async () => {
		await nobody.goto('/');
		await nobody.getByRole('button', { name: 'Sign in' }).waitFor();
	});
	const one = await open('interviewer');
	const home = await scripts(one, site, async () => {
		await one.goto('/');
		await one.getByRole('link', { name: /Daisy Kim/ }).waitFor();
	});
	const two = await open('interviewer');
	const form = await scripts(two, site, () => openForm(two, interview));
	console.log(`  scripts, brotli: sign-in ${signIn}, list ${home}, scorecard ${form} bytes`);
	for (const size of [signIn, home, form]) expect(size).toBeLessThanOrEqual(BUDGET_BYTES);
	expect(signIn).toBeGreaterThan(1000);
});

test('the scripts that each screen’s page names are at most 60 kB', async ({ site }, { project }) => {
	test.skip(project.name !== 'phone', 'no browser in it');
	const id = site.role.id;
	const role = `/roles/${id}`;
	const candidate = `/candidates/${id}`;
	const application = `/applications/${id}`;
	const paths = [
		...[
			'/',
			'/roles',
			'/roles/new',
			'/start',
			'/pipeline',
			'/candidates',
			'/candidates/new',
			'/reports',
			'/rubrics',
			'/ladders',
			'/ladders/new',
		],
		...[
			'/templates',
			'/import',
			'/users',
			'/users/new',
			'/api-clients',
			'/api-clients/new',
			'/audit',
			'/settings',
			'/settings/retention',
			'/sign-in',
		],
		...['/interviews', '/rubrics', '/ladders', '/import', '/users', '/api-clients'].map((one) => `${one}/${id}`),
		...['', '/comparison', '/plan', '/team', '/intake', '/disclosures', '/market', '/details'].map(
			(section) => role + section,
		),
		...['', '/edit', '/screening', '/documents', '/notes', '/timeline', '/data'].map((section) => candidate + section),
		...['', '/interviews', '/candidate'].map((section) => application + section),
		...['funnel', 'sources', 'time', 'load', 'turnaround', 'agreement', 'fairness', 'another-interview'].map(
			(report) => `/reports/${report}`,
		),
	];
	const sizes = new Map();
	const sizeOf = async (url) => {
		if (!sizes.has(url)) sizes.set(url, (await get(url, { 'Accept-Encoding': 'br' })).size);
		return sizes.get(url);
	};
	const found = [];
	for (const path of paths) {
		const { headers } = await get(site.url + path, { Accept: 'text/html', Cookie: '__Host-here=1' });
		const scripts = [...(headers.link ?? '').matchAll(/<([^>]+)>; rel=modulepreload/g)].map(
			([, address]) => site.url + address,
		);
		expect(scripts.length, path).toBeGreaterThan(2);
		const size = (await Promise.all(scripts.map(sizeOf))).reduce((sum, one) => sum + one, 0);
		found.push({ path: path.replace(id, ':id'), size });
	}
	const [most] = found.sort((one, other) => other.size - one.size);
	console.log(`  scripts, brotli: at most ${most.size} bytes, at ${most.path}`);
	expect(found.filter(({ size }) => size > BUDGET_BYTES)).toEqual([]);
});

test('the page is asked for again each time, and answers 304 when it is the same', async ({ site }, { project }) => {
	test.skip(project.name !== 'phone', 'no browser in it');
	for (const encoding of ['br', 'gzip', 'identity']) {
		const first = await get(`${site.url}/`, { 'Accept-Encoding': encoding });
		expect(first.headers['cache-control']).toBe('no-cache');
		expect(first.headers.vary).toContain('Accept-Encoding');
		expect(first.headers['content-encoding'] ?? 'identity').toBe(encoding);
		const second = await get(`${site.url}/`, { 'Accept-Encoding': encoding, 'If-None-Match': first.headers.etag });
		expect(second).toMatchObject({ status: 304, size: 0 });
	}
	const { status } = await get(`${site.url}/assets/none.js`);
	expect(status).toBe(404);
});

test('the policy blocks what it must: a script, a style or a frame that is put in has no effect', async ({ open, site }) => {
	const page = await open(null);
	await page.goto('/sign-in');
	await page.getByRole('button', { name: 'Sign in' }).waitFor();
	const tried = await page.evaluate(() => {
		const seen = [];
		document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
		const script = document.createElement('script');
		try {
			script.textContent = 'window.__inline = 1';
		} catch {
			seen.push('trusted-types');
		}
		document.body.append(script);
		const frame = document.createElement('iframe');
		frame.src = 'https://evil.example/';
		document.body.append(frame);
		return new Promise((done) => {
			const end = () => done({ seen, inline: window.__inline });
			document.addEventListener('securitypolicyviolation', () => seen.includes('frame-src') && setTimeout(end));
			setTimeout(end, 15_000);
		});
	});
	expect(tried.inline).toBeUndefined();
	expect(tried.seen).toContain('trusted-types');
	expect(tried.seen).toContain('frame-src');
	expect(page.watch.found.some((one) => one.startsWith('policy:')), 'the watch of every test sees a violation').toBe(true);
	page.watch.found.length = 0;
	expect(site.url).toBeTruthy();
});

test('a table of thousands keeps some rows in the page, and scrolls to its end by itself', async ({ browser }, { project }) => {
	test.skip(project.name !== 'phone', 'the cards of a phone are the harder case');
	test.setTimeout(120_000);
	const site = await Site.start();
	try {
		const interviewers = [site.users.interviewer.id];
		await many(site.server, { organization: site.demo.organization.id, role: site.role, stages: site.stages, interviewers, count: 1500 });
		const context = await browser.newContext({ ...project.use, baseURL: site.url, reducedMotion: 'reduce' });
		await signInQuietly(context, site, 'recruiter');
		const page = await context.newPage();
		await page.goto(`/pipeline?role_id=${site.role.id}&view=table`);
		await page.getByRole('row').nth(5).waitFor();
		const found = await page.evaluate(async () => {
			const root = document.scrollingElement;
			let most = 0;
			let last = performance.now();
			while (performance.now() - last < 4000) {
				const before = root.scrollTop;
				root.scrollTop += 1500;
				if (root.scrollTop !== before) last = performance.now();
				most = Math.max(most, document.querySelectorAll('tbody tr').length);
				await new Promise((done) => requestAnimationFrame(done));
			}
			const rows = [...document.querySelectorAll('tbody tr[aria-rowindex]')];
			return { most, end: Number(rows.at(-1).getAttribute('aria-rowindex')), height: root.scrollHeight };
		});
		expect(found.end, 'the last row is the last of all, under the head').toBe(1500 + 2 + 1);
		expect(found.most).toBeLessThan(400);
		await page.evaluate(() => window.scrollTo(0, 0));
		await expect(page.locator('tbody tr[aria-rowindex="2"]')).toBeInViewport();
		await context.close();
	} finally {
		await site.stop();
	}
});
