// Nothing runs out of a narrow screen, nothing jumps, and everything can be hit with a thumb.
import { small, targets } from './support/looking.mjs';
import { competency, expect, focus, openForm, overflow, rate, saving, test } from './support/test.mjs';

/** Every screen, with the sign that it is there. */
async function screens(site) {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const done = await site.interview({ interviewers: ['interviewer'] });
	await site.scorecard('interviewer', done, Object.fromEntries(focus.map((name) => [name, 3])));
	const by = (persona, path, ready) => ({ persona, path, ready });
	return [
		by(null, '/sign-in', (page) => page.getByRole('heading', { name: 'Sign in' })),
		by('interviewer', '/', (page) => page.getByRole('link', { name: /Daisy Kim/ })),
		by('interviewer', `/interviews/${interview.id}`, (page) => page.getByRole('button', { name: 'Submit scorecard' })),
		by('interviewer', `/interviews/${done.id}`, (page) => page.getByRole('link', { name: 'Open the debrief' })),
		by('interviewer', `/applications/${interview.application_id}`, (page) => page.getByRole('heading', { name: 'Yours first' })),
		by('recruiter', '/roles', (page) => page.getByRole('link', { name: 'Senior Backend Developer' })),
		by('recruiter', `/roles/${site.role.id}`, (page) => page.getByRole('link', { name: 'Amir Williams' })),
		by('recruiter', `/applications/${site.amir.id}`, (page) => page.getByRole('heading', { name: 'Record a decision' })),
		by('recruiter', '/no/such/place', (page) => page.getByRole('heading', { name: 'There is nothing here' })),
	];
}

async function pagesOf(open, options) {
	const pages = new Map();
	return async (persona) => {
		if (!pages.has(persona)) pages.set(persona, await open(persona, options));
		return pages.get(persona);
	};
}

test('no screen scrolls sideways at a width of 320 pixels, which is 1280 at 400 %', async ({ open, site }) => {
	const pageOf = await pagesOf(open, { viewport: { width: 320, height: 640 } });
	for (const { persona, path, ready } of await screens(site)) {
		const page = await pageOf(persona);
		await page.goto(path);
		await ready(page).waitFor();
		expect.soft(await overflow(page), path).toEqual({ over: 0, wide: [] });
	}
});

test('everything in the scorecard form of a phone is at least 44 pixels high and wide', async ({ open, site }, { project }) => {
	test.skip(project.name !== 'phone', 'a mouse is more exact');
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	const all = await targets(page, 'form');
	expect(all.length).toBeGreaterThan(25);
	expect.soft(small(all, 44)).toEqual([]);
	await rate(page, 'Logical depth', 1);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await page.getByRole('alert').first().waitFor();
	expect.soft(small(await targets(page, 'form'), 44), 'with the error summary').toEqual([]);
	await page.context().setOffline(true);
	await rate(page, 'Database design', 2);
	await expect(saving(page)).toHaveText(/^Offline/);
	expect.soft(small(await targets(page, 'form'), 44), 'offline').toEqual([]);
	await page.context().setOffline(false);
	await expect(saving(page)).toHaveText(/^Saved/);
});

test('everything else that can be hit is at least 24 pixels high and wide', async ({ open, site }) => {
	const pageOf = await pagesOf(open, {});
	for (const { persona, path, ready } of await screens(site)) {
		const page = await pageOf(persona);
		await page.goto(path);
		await ready(page).waitFor();
		expect.soft(small(await targets(page, 'body'), 24), path).toEqual([]);
	}
});

test('the bar that submits does not hide the field that is written in', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	for (const name of focus) {
		await competency(page, name).getByRole('textbox').focus();
		const { field, bar } = await page.evaluate(() => ({
			field: document.activeElement.getBoundingClientRect().bottom,
			bar: document.querySelector('.foot').getBoundingClientRect().top,
		}));
		expect(field, name).toBeLessThanOrEqual(bar + 1);
	}
});

test('no screen jumps while its data arrives: layout shift of at most 0.05', async ({ open, site }) => {
	const pageOf = await pagesOf(open, {});
	for (const { persona, path, ready } of await screens(site)) {
		const page = await pageOf(persona);
		await page.route('**/v1/**', async (route) => {
			await new Promise((done) => setTimeout(done, 120));
			await route.continue().catch(() => {});
		});
		await page.goto(path);
		await ready(page).waitFor();
		await page.waitForTimeout(300);
		const shift = await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(window.__shift)))));
		expect.soft(shift, path).toBeLessThanOrEqual(0.05);
		await page.unrouteAll({ behavior: 'ignoreErrors' });
	}
});
