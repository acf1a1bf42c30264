// The library: templates that are copied, rubrics that are published, ladders; and the first steps of all.
import { clean, heading, looking } from './support/looking.mjs';
import { expect, test, unique } from './support/test.mjs';

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
		// Words, and no names of members or of constants.
		expect.soft((await page.locator('main').innerText()).match(/\b[a-z]+(_[a-z]+)+\b/g) ?? [], one.id).toEqual([]);
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

test('what a level expects is read, changed and added to', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const name = unique('Ladder');
	const levels = [{ name: 'Junior', expectations: [{ heading: 'Learning', items: ['Databases', 'Networks'] }] }];
	const { id } = await api.post('/v1/ladders', { name, levels });
	const page = await looking(open, 'recruiter');
	await page.goto(`/ladders/${id}`);
	const first = page.getByRole('group', { name: 'Level 1, expectation 1' });
	await expect(first.getByLabel('What, one a line')).toHaveValue('Databases\nNetworks');
	await first.getByLabel('What, one a line').fill('Databases\nOperating systems');
	await page.getByRole('button', { name: 'Add an expectation' }).click();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toContainText('Say of what, or remove it.');
	const second = page.getByRole('group', { name: 'Level 1, expectation 2' });
	await second.getByLabel('Of what').fill('Independence');
	await second.getByLabel('What, one a line').fill('Small changes');
	await clean(page, 'expectations');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.').last()).toBeVisible();
	expect((await api.get(`/v1/ladders/${id}`)).levels[0].expectations).toEqual([
		{ heading: 'Learning', items: ['Databases', 'Operating systems'] },
		{ heading: 'Independence', items: ['Small changes'] },
	]);
});

test('rubrics and ladders are archived, found there, and taken out again', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const page = await looking(open, 'recruiter');
	for (const [kind, body] of [['rubrics', {}], ['ladders', { levels: [{ name: 'Junior' }] }]]) {
		const name = unique('Put away');
		const { id } = await api.post(`/v1/${kind}`, { name, ...body });
		const archived = async () => (await api.get(`/v1/${kind}/${id}`)).archived_at !== null;
		await page.goto(`/${kind}/${id}`);
		await page.getByRole('button', { name: 'More actions' }).click();
		await page.getByRole('menuitem', { name: 'Archive' }).click();
		await expect(page.getByText(`${name} is archived.`)).toBeVisible();
		await expect.poll(archived).toBe(true);
		await page.getByRole('button', { name: 'Undo' }).last().click();
		await expect.poll(archived).toBe(false);
		await page.reload();
		await page.getByRole('button', { name: 'More actions' }).click();
		await page.getByRole('menuitem', { name: 'Archive' }).click();
		await expect.poll(archived).toBe(true);
		await clean(page, `${kind}, archived`);
		await page.goto(`/${kind}`);
		await page.getByLabel('Archive').selectOption({ label: 'Archived' });
		await page.getByRole('link', { name }).click();
		await page.getByRole('button', { name: 'More actions' }).click();
		await page.getByRole('menuitem', { name: 'Take out of the archive' }).click();
		await expect.poll(archived).toBe(false);
	}
});

test('an empty organization comes in five steps from templates to a first role', async ({ open, site }) => {
	const persona = await site.newOrganization();
	const page = await looking(open, persona);
	await page.goto('/roles');
	await page.getByRole('link', { name: 'Set up step by step' }).click();
	await expect(heading(page)).toHaveText('First steps');
	await page.goto('/');
	await page.getByRole('link', { name: 'Take the first steps' }).click();
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
