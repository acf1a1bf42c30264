// The tests' fixtures: a program of one's own, and people who are signed in to it.
import { test as base } from '@playwright/test';

import { Site } from './site.mjs';
import { Watch } from './watch.mjs';

export { expect } from '@playwright/test';
export { focus, unique } from './site.mjs';

export const test = base.extend({
	site: [
		async ({}, use) => {
			const site = await Site.start();
			await use(site);
			await site.stop();
		},
		{ scope: 'worker', timeout: 90_000 },
	],

	/** open(persona): a browser of their own, signed in; open(null): nobody is. `page.watch` sees all. */
	open: async ({ browser, site }, use) => {
		const opened = [];
		await use(async (persona, options = {}) => {
			const context = await browser.newContext({ baseURL: site.url, reducedMotion: 'reduce', ...options });
			const watch = new Watch();
			opened.push({ context, watch });
			await watch.over(context, site.url);
			if (persona !== null) await signInQuietly(context, site, persona);
			const page = await context.newPage();
			page.watch = watch;
			return page;
		});
		for (const { context } of opened) await context.close();
		for (const { watch } of opened) watch.check();
	},
});

/** As the sign-in screen does it, without the screen. */
export async function signInQuietly(context, site, persona) {
	const { email, password } = site.users[persona];
	const answer = await context.request.post('/v1/auth/login', { data: { email, password, session: 'cookie' } });
	if (!answer.ok()) throw new Error(`${email} cannot sign in: ${answer.status()} ${await answer.text()}`);
}

/** By the screen. */
export async function signIn(page, { email, password }) {
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('Password', { exact: true }).fill(password);
	await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The group of one competency in the scorecard form. */
export const competency = (page, name) => page.getByRole('group', { name });

/** Rates by tapping or clicking an anchor; null is "not assessed". */
export async function rate(page, name, value) {
	await competency(page, name).locator(`label:has(input[value="${value ?? 'n'}"])`).click();
}

export const evidence = (page, name) => competency(page, name).getByRole('textbox', { name: /Evidence/ });

export async function recommend(page, word) {
	await page.locator('label.choice').getByText(word, { exact: true }).click();
}

/** The form of an interview, loaded. */
export async function openForm(page, interview) {
	await page.goto(`/interviews/${interview.id}`);
	await page.getByRole('button', { name: 'Submit scorecard' }).waitFor();
	// Further competencies are drawn after the first.
	await page.locator('main .bones').first().waitFor({ state: 'detached' });
}

/** An interviewer's home, with what its long lists keep back. */
export async function openHome(page) {
	await page.goto('/');
	await page.locator('main h2').first().waitFor();
	for (const more of await page.locator('main details.older > summary').all()) await more.click();
}

/** What is shown of the state of saving, for eyes. */
export const saving = (page) => page.locator('.saving .state > [aria-hidden=true].num');

/** How far the page is wider than the window, and which elements make it so. */
export function overflow(page) {
	return page.evaluate(() => {
		const root = document.scrollingElement;
		const over = root.scrollWidth - root.clientWidth;
		const held = (one) => one.parentElement?.closest('.table-wrap, .tabs, details:not([open]) > div');
		const wide = over <= 0 ? [] : [...document.querySelectorAll('body *')]
			.filter((one) => one.getBoundingClientRect().right > root.clientWidth + 1 && !held(one))
			.slice(0, 5)
			.map((one) => `${one.tagName}.${one.className}`);
		return { over, wide };
	});
}
