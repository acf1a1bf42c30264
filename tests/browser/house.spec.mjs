// The house around the screens: its navigation, its palette, and whether it is ready for other languages.
import { createRequire } from 'node:module';

import { expect, overflow, test } from './support/test.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const heading = (page) => page.getByRole('heading', { level: 1 });
const palette = (page) => page.getByRole('combobox', { name: 'Go to or do' });

async function clean(page, state) {
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await page.evaluate(
			(values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
			rules,
		);
		expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join()}`), `${state}, ${colorScheme}`).toEqual([]);
	}
}

async function looking(open, persona) {
	const page = await open(persona);
	await page.context().addInitScript({ path: axe });
	return page;
}

test('the navigation leads to the places of a person and says where one is', async ({ open, site }, { project }) => {
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${site.role.id}`);
	await heading(page).waitFor();
	const phone = project.name === 'phone';
	if (phone) await page.getByRole('button', { name: 'Open the navigation' }).click();
	const places = page.getByRole('navigation', { name: 'Main' });
	await expect(places.getByRole('link', { name: 'Roles' })).toHaveAttribute('aria-current', 'true');
	await clean(page, 'the navigation');
	await places.getByRole('link', { name: 'Home' }).click();
	await expect(heading(page)).toHaveText('Home');
	await expect(heading(page)).toBeFocused();
	if (phone) await expect(page.getByRole('dialog')).toHaveCount(0);
	else await expect(places.getByRole('link', { name: 'Home' })).toHaveAttribute('aria-current', 'page');
});

test('the palette goes to places, roles and candidates, and does what was asked', async ({ open, site }, { project }) => {
	const page = await looking(open, 'recruiter');
	await page.goto('/');
	await heading(page).waitFor();
	if (project.name === 'phone') await page.getByRole('button', { name: 'Search or go to' }).click();
	else await page.keyboard.press('ControlOrMeta+k');
	await expect(palette(page)).toBeFocused();
	await clean(page, 'the palette');
	await palette(page).fill('jobs');
	await expect(page.getByRole('option', { name: 'Roles' })).toHaveAttribute('aria-selected', 'true');
	await palette(page).press('Enter');
	await expect(heading(page)).toHaveText('Roles');
	for (const [typed, name] of [[site.role.title, site.role.title], ['amir', 'Amir Williams']]) {
		await page.getByRole('button', { name: 'Search or go to' }).click();
		await palette(page).fill(typed);
		await page.getByRole('option', { name }).first().waitFor();
		await clean(page, `the palette, ${typed}`);
		// What was found is what Enter opens.
		await expect(page.getByRole('option', { name, selected: true })).toBeVisible();
		await palette(page).press('Enter');
		await expect(heading(page)).toHaveText(name);
	}
	await page.getByRole('button', { name: 'Search or go to' }).click();
	await palette(page).fill('dark');
	await expect(page.getByRole('option', { name: /dark/i }).first()).toHaveAttribute('aria-selected', 'true');
	await palette(page).press('Enter');
	await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
	await page.getByRole('button', { name: 'Search or go to' }).click();
	await expect(palette(page)).toBeFocused();
	await page.keyboard.press('Escape');
	await expect(page.getByRole('button', { name: 'Search or go to' })).toBeFocused();
});

test('a theme that was chosen goes along to another browser', async ({ open, site }) => {
	const persona = await site.newcomer();
	const page = await open(persona);
	await page.goto('/');
	await page.getByText(/^Account of/).locator('..').click();
	const saved = page.waitForResponse((answer) => answer.url().endsWith('/v1/me/preferences') && answer.request().method() === 'PATCH');
	await page.getByText('Dark', { exact: true }).click();
	expect((await saved).status()).toBe(200);
	const other = await open(persona);
	await other.goto('/');
	await expect(other.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('longer texts fit, and every text comes from the table of texts', async ({ open, site }) => {
	const page = await open('recruiter');
	for (const path of ['/', '/roles', `/roles/${site.role.id}`, `/applications/${site.amir.id}`, '/no/such']) {
		await page.goto(`${path}?language=en-XA`);
		await heading(page).waitFor();
		await expect(page.locator('.bone')).toHaveCount(0);
		expect(await overflow(page), path).toEqual({ over: 0, wide: [] });
		const plain = await page.locator('h2, label, legend, button, th[scope=col]').allInnerTexts();
		const known = /^$|^[^a-z]*$|Ctrl|Lind|Tanaka|Nair|Okafor|Kim|Williams|interview|design|Haddad/i;
		expect(plain.flatMap((one) => one.split('\n')).filter((one) => !/[[\]~]/.test(one) && !known.test(one)), path).toEqual([]);
	}
});

test('right to left, the page is mirrored and nothing runs over its edge', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	for (const path of ['/', '/roles', `/roles/${site.role.id}`, `/applications/${site.amir.id}`]) {
		await page.goto(`${path}?language=ar-XB`);
		await heading(page).waitFor();
		await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
		const { over } = await overflow(page);
		expect(over, path).toBe(0);
		const box = await page.locator('header .brand').boundingBox();
		const { width } = page.viewportSize();
		expect(box.x + box.width / 2, path).toBeGreaterThan(width / 2);
	}
	await clean(page, 'right to left');
});

test('the first visit asks the server nothing that it would refuse', async ({ open }) => {
	const page = await open(null);
	await page.goto('/');
	await expect(heading(page)).toHaveText(/Sign in/);
	expect(page.watch.refusals).toEqual([]);
});

test('dates are as the browser has them, whatever else was chosen, until a language is', async ({ open, site }, { project }) => {
	test.skip(project.name === 'phone', 'the same on every size');
	const persona = await site.newcomer(undefined, 'admin');
	const page = await looking(open, persona);
	await page.goto(`/users/${site.users[persona].id}`);
	const day = (locale) => new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', month: 'short', timeZone: 'Europe/Berlin' }).format(new Date());
	await expect(page.getByText(`Here since ${day('en-GB')}`)).toBeVisible();
	const account = page.getByText(/^Account of/);
	await page.locator('summary').filter({ has: account }).click();
	await page.getByText('Dark', { exact: true }).click();
	await expect.poll(async () => (await page.context().request.get('/v1/me/preferences')).json()).toMatchObject({ theme: 'dark', language: 'en' });
	await page.reload();
	await expect(page.getByText(`Here since ${day('en-GB')}`)).toBeVisible();
	await page.waitForLoadState('networkidle');
	await expect(page.getByText(`Here since ${day('en-GB')}`)).toBeVisible();
	await page.locator('summary').filter({ has: account }).click();
	await clean(page, 'the account');
	const choice = page.getByLabel('Language, dates and numbers');
	await expect(choice.getByRole('option', { name: /Right-to-left/ })).toHaveCount(0);
	await choice.selectOption({ label: 'English (United States)' });
	await expect(page.getByText(`Here since ${day('en-US')}`)).toBeVisible();
	await page.locator('summary').filter({ has: account }).click();
	await page.getByLabel('Language, dates and numbers').selectOption({ label: 'As in this browser' });
	await expect(page.getByText(`Here since ${day('en-GB')}`)).toBeVisible();
});
