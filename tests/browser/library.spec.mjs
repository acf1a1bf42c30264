// The library: templates that are copied, rubrics that are published, ladders; and the first steps of all.
import { createRequire } from 'node:module';

import { expect, overflow, test, unique } from './support/test.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const heading = (page) => page.getByRole('heading', { level: 1 });

async function clean(page, state) {
	// What the bar covers while one is scrolled down is no target.
	await page.evaluate(() => window.scrollTo(0, 0));
	for (const colorScheme of ['light', 'dark']) {
		await page.emulateMedia({ colorScheme });
		const { violations } = await page.evaluate(
			(values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
			rules,
		);
		expect.soft(violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join()}`), `${state}, ${colorScheme}`).toEqual([]);
	}
	expect.soft((await overflow(page)).over, state).toBe(0);
}

async function looking(open, persona) {
	const page = await open(persona);
	await page.context().addInitScript({ path: axe });
	return page;
}

test('a template is found by kind and guide, looked at, and copied', async ({ open }) => {
	const page = await looking(open, 'recruiter');
	await page.goto('/templates');
	await page.getByRole('heading', { name: 'Career ladder', level: 2 }).waitFor();
	await clean(page, 'templates');
	await page.getByLabel('Kind').selectOption({ label: 'Rubric' });
	await expect(page.getByRole('heading', { name: 'Career ladder', level: 2 })).toHaveCount(0);
	await page.getByRole('heading', { level: 3 }).first().getByRole('link').click();
	await expect(page.getByRole('heading', { name: 'What it holds' })).toBeVisible();
	await clean(page, 'a template');
	const name = unique('Copied rubric');
	await page.getByLabel('Name of the copy').fill(name);
	await page.getByRole('button', { name: 'Copy' }).click();
	await expect(heading(page)).toHaveText(name);
	await expect(page).toHaveURL(/\/rubrics\//);
	await clean(page, 'a rubric, as draft');
});

test('every template can be looked at', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	const all = (await (await site.as('recruiter')).get('/v1/templates')).data;
	const kinds = new Map(all.map((one) => [one.kind, one]));
	for (const one of kinds.values()) {
		await page.goto(`/templates/${one.id}`);
		await expect(heading(page)).toHaveText(one.name);
		await clean(page, one.kind);
		await expect(page.getByText('[object Object]')).toHaveCount(0);
	}
});

test('a role begins with the plan whose template was looked at', async ({ open }) => {
	const page = await open('recruiter');
	await page.goto('/templates/plan-backend');
	await page.getByRole('link', { name: 'Create a role with it' }).click();
	await expect(heading(page)).toHaveText('New role');
	await expect(page.getByLabel('Interview plan')).toHaveValue('plan-backend');
});

test('a rubric is written, published with its consequence said, and its next version compared', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	const name = unique('Rubric');
	await page.goto('/rubrics');
	await clean(page, 'rubrics');
	await page.getByRole('button', { name: 'New rubric' }).click();
	await page.getByRole('dialog').getByLabel('Name').fill(name);
	await page.getByRole('button', { name: 'Create' }).click();
	await expect(heading(page)).toHaveText(name);
	const competency = unique('Care');
	await page.getByRole('combobox', { name: 'Add a competency' }).fill(competency);
	await page.getByRole('option', { name: `Make “${competency}”` }).click();
	const one = page.getByRole('group', { name: competency, exact: true });
	await one.getByLabel('Weight').fill('2');
	await one.getByLabel('Must-have from').selectOption('3');
	page.watch.expect(409, /\/publish$/);
	page.watch.expect(422, /\/publish$/);
	await page.getByRole('button', { name: 'Publish …' }).click();
	await expect(page.getByRole('dialog')).toContainText('It never changes again');
	await clean(page, 'before publishing');
	await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
	await expect(page.getByRole('alert').first()).toBeVisible();
	if (await page.getByRole('dialog').count()) await page.keyboard.press('Escape');
	const words = ['Well below', 'Below', 'Solid', 'Above', 'Well above'];
	for (const [index, word] of words.entries()) await one.getByLabel(`${index + 1} · ${word}`, { exact: true }).fill(`What a ${index + 1} looks like`);
	await page.getByRole('button', { name: 'Save the draft' }).click();
	await expect(page.getByText('The draft was saved.')).toBeVisible();
	await page.getByRole('button', { name: 'Publish …' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Publish', exact: true }).click();
	await expect(page.getByText(/^Published .*\d{4}|^Published /).first()).toBeVisible();
	await expect(page.getByRole('button', { name: 'Save the draft' })).toHaveCount(0);
	await clean(page, 'a published rubric');
	await page.getByRole('button', { name: 'Start a draft' }).click();
	await page.getByRole('group', { name: competency, exact: true }).getByLabel('Weight').fill('3');
	await page.getByRole('button', { name: 'Save the draft' }).click();
	await expect(page.getByText('The draft was saved.')).toBeVisible();
	await page.reload();
	await expect(page.getByText('Weight 2 → 3')).toBeVisible();
	const api = await site.as('recruiter');
	const rubric = (await api.get(`/v1/rubrics?q=${encodeURIComponent(name)}`)).data[0];
	await api.post('/v1/roles', { title: unique('Pinned'), rubric_version_id: rubric.latest_published_version_id });
	await page.reload();
	await expect(page.getByRole('region', { name: 'Pinned by' })).toContainText('Version 1');
	await clean(page, 'two versions');
});

test('a ladder is written level by level', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	const name = unique('Ladder');
	await page.goto('/ladders/new');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toContainText('Give the ladder a name.');
	await page.getByLabel('Name', { exact: true }).fill(name);
	await page.getByRole('group', { name: 'Level 1' }).getByLabel('Name of the level').fill('Senior');
	await page.getByRole('button', { name: 'Add a level' }).click();
	await page.getByRole('group', { name: 'Level 2' }).getByLabel('Name of the level').fill('Junior');
	await page.getByRole('button', { name: 'Move level 2 up' }).click();
	await clean(page, 'a ladder');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(heading(page)).toHaveText(name);
	await expect(page).toHaveURL(/\/ladders\/[0-9a-f-]{36}$/);
	const api = await site.as('recruiter');
	const [ladder] = (await api.get(`/v1/ladders?q=${encodeURIComponent(name)}`)).data;
	expect(ladder.levels.map((one) => one.name)).toEqual(['Junior', 'Senior']);
	await page.goto('/ladders');
	await expect(page.getByRole('link', { name })).toBeVisible();
	await clean(page, 'ladders');
});

test('an empty organization comes in five steps from templates to a first role', async ({ open, site }) => {
	const persona = await site.newOrganization();
	const page = await looking(open, persona);
	await page.goto('/roles');
	await page.getByRole('link', { name: 'Set up step by step' }).click();
	await expect(heading(page)).toHaveText('First steps');
	await clean(page, 'the first step');
	await page.getByRole('button', { name: 'Next' }).click();
	await expect(page.getByRole('alert')).toContainText('Choose one to go on');
	await page.getByRole('radio').first().check();
	await page.getByRole('button', { name: 'Next' }).click();
	await expect(page.getByRole('heading', { name: 'Choose a rubric' })).toBeVisible();
	await page.getByRole('radio').first().check();
	await page.getByRole('button', { name: 'Next' }).click();
	await page.getByLabel('Title of the role').fill('Backend developer');
	await page.getByLabel('Level').selectOption({ index: 2 });
	await clean(page, 'the third step');
	await page.getByRole('button', { name: 'Next' }).click();
	await page.getByRole('radio').first().check();
	await page.getByRole('button', { name: 'Next' }).click();
	await expect(page.getByRole('combobox', { name: 'Hiring manager' })).toHaveValue('Ada Admin');
	await clean(page, 'the last step');
	await page.getByRole('button', { name: 'Finish' }).click();
	await expect(heading(page)).toHaveText('Backend developer');
	await expect(page.getByRole('article').first()).toBeVisible();
	const api = await site.as(persona);
	const [role] = (await api.get('/v1/roles')).data;
	expect(role.rubric_version_id).not.toBeNull();
	expect(role.ladder_id).not.toBeNull();
	expect((await api.get(`/v1/roles/${role.id}/hiring_team`)).data.map((one) => one.part)).toEqual(['hiring_manager']);
});
