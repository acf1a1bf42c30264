// A role's sections: the plan in order by keys and buttons, its kit, its team, and what it tells candidates.
import { clean, heading, looking } from './support/looking.mjs';
import { expect, test, unique } from './support/test.mjs';

/** A role of its own, with three stages. */
async function planned(site) {
	const api = await site.as('recruiter');
	const role = await api.post('/v1/roles', { title: unique('Planned role'), rubric_version_id: site.role.rubric_version_id });
	for (const [name, method] of [['Call', 'screen'], ['Exercise', 'work_sample'], ['Talk', 'technical_interview']]) {
		await api.post(`/v1/roles/${role.id}/stages`, { name, method, duration_minutes: 45 });
	}
	return { api, role };
}

const names = async (api, role) => (await api.get(`/v1/roles/${role.id}/stages`)).data.map((one) => one.name);
const more = (page, name) => page.getByRole('button', { name: `More for ${name}`, exact: true });

test('a plan is put in order by Alt and an arrow, and by buttons', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${role.id}/plan`);
	await page.getByRole('button', { name: 'Move Talk, 3 of 3' }).focus();
	await page.keyboard.press('Alt+ArrowUp');
	await expect(page.getByRole('status').filter({ hasText: 'Talk is now 2 of 3.' })).toHaveCount(1);
	await expect(page.getByRole('button', { name: 'Move Talk, 2 of 3' })).toBeFocused();
	await expect.poll(() => names(api, role)).toEqual(['Call', 'Talk', 'Exercise']);
	await page.getByRole('button', { name: 'Move Call down' }).click();
	await expect.poll(() => names(api, role)).toEqual(['Talk', 'Call', 'Exercise']);
	await expect(page.getByRole('button', { name: 'Move Talk up' })).toBeDisabled();
	await clean(page, 'the plan');
	await page.reload();
	await expect(page.getByRole('article').getByRole('heading', { level: 3 }).first()).toHaveText('Talk');
});

test('a plan is put in order by dragging', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const page = await open('recruiter');
	await page.goto(`/roles/${role.id}/plan`);
	await page.getByRole('button', { name: 'Move Talk, 3 of 3' }).dragTo(page.getByRole('article', { name: 'Call' }));
	await expect.poll(() => names(api, role)).toEqual(['Talk', 'Call', 'Exercise']);
});

test('a stage is added, changed and removed; what is missing is said at its field', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${role.id}/plan`);
	await page.getByRole('button', { name: 'Add a stage' }).click();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toContainText('Give the stage a name.');
	await clean(page, 'a new stage, refused');
	await page.getByLabel('Name', { exact: true }).fill('Values');
	await page.getByLabel('Method').selectOption({ label: 'Values interview' });
	await page.getByLabel('Duration in minutes').fill('40');
	await page.getByRole('checkbox', { name: 'Logical depth' }).check();
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('article', { name: 'Values' })).toContainText('Values interview · 40 min');
	await expect(page.getByRole('article', { name: 'Values' })).toContainText('Logical depth');
	await more(page, 'Values').click();
	await page.getByRole('menuitem', { name: 'Edit' }).click();
	await page.getByLabel('Duration in minutes').fill('50');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('article', { name: 'Values' })).toContainText('50 min');
	await more(page, 'Values').click();
	await page.getByRole('menuitem', { name: 'Remove' }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await expect(page.getByRole('article', { name: 'Values' })).toHaveCount(0);
	expect(await names(api, role)).toEqual(['Call', 'Exercise', 'Talk']);
});

test('a stage that was changed meanwhile is not overwritten', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const page = await open('recruiter');
	await page.goto(`/roles/${role.id}/plan`);
	await more(page, 'Call').click();
	await page.getByRole('menuitem', { name: 'Edit' }).click();
	const [call] = (await api.get(`/v1/roles/${role.id}/stages`)).data;
	await api.call('PATCH', `/v1/stages/${call.id}`, { name: 'First call' });
	await page.getByLabel('Duration in minutes').fill('20');
	page.watch.expect(412, /^\/v1\/stages\//);
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Somebody changed this meanwhile')).toBeVisible();
	await page.getByRole('button', { name: 'Take what it says now' }).click();
	await expect(page.getByLabel('Name', { exact: true })).toHaveValue('First call');
	await page.getByLabel('Duration in minutes').fill('20');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('article', { name: 'First call' })).toContainText('20 min');
});

test('the plan check stands beside its stage, and an admin lets a rule pass with a reason', async ({ open, site }) => {
	const { role } = await planned(site);
	const page = await looking(open, 'admin');
	await page.goto(`/roles/${role.id}/plan`);
	const stage = page.getByRole('article', { name: 'Exercise' });
	await expect(stage.getByText('Blocking: Stage without instructions')).toBeVisible();
	await stage.getByRole('button', { name: 'Let it pass …' }).first().click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Let it pass', exact: true }).click();
	await expect(dialog.getByRole('alert')).toContainText('Fill this in.');
	await dialog.getByLabel('Reason').fill('The candidate is told on the phone.');
	await clean(page, 'letting a rule pass');
	await dialog.getByRole('button', { name: 'Let it pass', exact: true }).click();
	await expect(stage.getByText(/let it pass: The candidate is told on the phone/)).toBeVisible();
	await stage.getByRole('button', { name: 'Take back' }).click();
	await expect(stage.getByText(/let it pass/)).toHaveCount(0);
});

test('a kit gets notes and questions, and a work sample its dry runs', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${role.id}/plan`);
	await more(page, 'Exercise').click();
	await page.getByRole('menuitem', { name: 'Interview kit' }).click();
	await page.getByLabel('Notes for the interviewer').fill('Leave room for questions.');
	await page.getByRole('button', { name: 'Add a question' }).click();
	const question = page.getByRole('group', { name: 'Question 1' });
	await question.getByLabel('Question', { exact: true }).fill('How would you begin?');
	await question.getByLabel('Look for').fill('Asks first\nNames a risk');
	await question.getByLabel('Red flags').fill('Starts to type at once');
	await question.getByLabel('Source').fill('Our incident of May');
	await clean(page, 'the kit');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('article', { name: 'Exercise' })).toContainText('1 question');
	const exercise = (await api.get(`/v1/roles/${role.id}/stages`)).data.find((one) => one.name === 'Exercise');
	expect(exercise.questions[0]).toMatchObject({ question: 'How would you begin?', look_fors: ['Asks first', 'Names a risk'], red_flags: ['Starts to type at once'], source: 'Our incident of May' });
	await more(page, 'Exercise').click();
	await page.getByRole('menuitem', { name: 'Dry runs' }).click();
	await page.getByLabel('Minutes it took').fill('70');
	await page.getByRole('button', { name: 'Record a dry run' }).click();
	await expect(page.getByText(/^1 of \d+ dry runs? made$/)).toBeVisible();
	await clean(page, 'dry runs');
});

test('a new version starts from a template', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${role.id}/plan`);
	await page.getByRole('button', { name: 'More for this plan' }).click();
	await page.getByRole('menuitem', { name: 'Start from a template …' }).click();
	await page.getByLabel('Template').selectOption({ index: 1 });
	await clean(page, 'a version from a template');
	await page.getByRole('button', { name: 'Make the version' }).click();
	await expect(page.getByLabel('Version of the plan')).toHaveValue('2');
	expect(await names(api, role)).not.toContain('Exercise');
	await page.getByLabel('Version of the plan').selectOption('1');
	await expect(page.getByText('This is an earlier version.')).toBeVisible();
	await expect(page.getByRole('article', { name: 'Exercise' })).toBeVisible();
	await expect(page.getByRole('button', { name: 'Add a stage' })).toHaveCount(0);
	await page.getByRole('button', { name: 'Start a new version from this one' }).click();
	await expect(page.getByLabel('Version of the plan')).toHaveValue('3');
	expect(await names(api, role)).toContain('Exercise');
});

test('a plan is copied from an older version of another role', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const before = (await api.get(`/v1/roles/${role.id}/plans`)).data[0];
	await api.post(`/v1/roles/${role.id}/plans`, { template_id: (await api.get('/v1/templates?kind=plan')).data[0].id });
	const { role: other } = await planned(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${other.id}/plan`);
	await page.getByRole('button', { name: 'More for this plan' }).click();
	await page.getByRole('menuitem', { name: 'Copy from another role …' }).click();
	await page.getByRole('combobox', { name: 'Role to copy from' }).fill(role.title);
	await page.getByRole('option', { name: role.title }).click();
	await page.getByRole('dialog').getByLabel('Version').selectOption(before.id);
	await clean(page, 'a version of another role');
	await page.getByRole('button', { name: 'Make the version' }).click();
	await expect(page.getByLabel('Version of the plan')).toHaveValue('2');
	const plans = (await api.get(`/v1/roles/${other.id}/plans`)).data;
	const made = await api.get(`/v1/plans/${plans.find((one) => one.is_current).id}`);
	expect([made.from_plan_id, made.stages.map((one) => one.name)]).toEqual([before.id, ['Call', 'Exercise', 'Talk']]);
});

test('a role is created, with its errors said first', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	await page.goto('/roles');
	await page.getByRole('link', { name: 'New role' }).click();
	await expect(heading(page)).toHaveText('New role');
	await page.getByRole('button', { name: 'Create the role' }).click();
	await expect(page.getByRole('alert')).toContainText('Give the role a title.');
	await clean(page, 'a new role, refused');
	await page.getByRole('link', { name: 'Give the role a title.' }).click();
	await expect(page.getByLabel('Title')).toBeFocused();
	const title = unique('Made role');
	await page.getByLabel('Title').fill(title);
	await page.getByLabel('Interview plan').selectOption({ index: 1 });
	await page.getByRole('button', { name: 'Create the role' }).click();
	await expect(heading(page)).toHaveText(title);
	await expect(page.getByRole('article').first()).toBeVisible();
	const made = (await (await site.as('recruiter')).get(`/v1/roles?q=${encodeURIComponent(title)}`)).data;
	expect(made).toHaveLength(1);
});

test('people are put on the hiring team, and taken off with a way back', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const name = unique('Mara Manager');
	await site.newcomer(name);
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${role.id}/team`);
	await page.getByRole('button', { name: 'Add to the team' }).click();
	await expect(page.getByRole('alert')).toContainText('Choose a person.');
	await page.getByRole('combobox', { name: 'Person' }).fill(name);
	await page.getByRole('option', { name }).click();
	await page.getByLabel('Part', { exact: true }).selectOption({ label: 'Hiring manager' });
	await page.getByRole('button', { name: 'Add to the team' }).click();
	await expect(page.getByLabel(`Part of ${name}`)).toHaveValue('hiring_manager');
	await clean(page, 'the team');
	await page.getByRole('button', { name: `Remove: ${name}` }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
	await expect(page.getByLabel(`Part of ${name}`)).toHaveCount(0);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.getByLabel(`Part of ${name}`)).toHaveValue('hiring_manager');
	expect((await api.get(`/v1/roles/${role.id}/hiring_team`)).data.map((one) => one.part)).toContain('hiring_manager');
});

test('the intake recommends with reasons, candidates are told, and a band without a date is called stale', async ({ open, site }) => {
	const { api, role } = await planned(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${role.id}/intake`);
	await expect(page.getByText('No recommendation yet')).toBeVisible();
	for (const one of ['The data are complex', 'Security is critical', 'Growth in load']) await page.getByRole('checkbox', { name: one }).check();
	await page.getByRole('button', { name: 'Save and recommend' }).click();
	await expect(page.getByText('A backend specialist')).toBeVisible();
	await clean(page, 'the intake');
	await page.getByRole('link', { name: 'Disclosures' }).click();
	const first = page.getByRole('region', { name: 'Technical environment' });
	await first.getByLabel('State').selectOption({ label: 'Told' });
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toContainText('Write what candidates are told.');
	await first.getByLabel('What candidates are told').fill('Debian, PostgreSQL, and a pipeline of our own.');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved.').last()).toBeVisible();
	await clean(page, 'disclosures');
	const { checklist } = await api.get(`/v1/roles/${role.id}/disclosures`);
	expect(checklist.items.find((one) => one.key === 'technical_environment')).toMatchObject({ state: 'told' });
	await page.getByRole('link', { name: 'Market' }).click();
	await page.getByRole('link', { name: 'Enter the band' }).click();
	await page.getByRole('spinbutton', { name: /^From/ }).fill('70000');
	await page.getByRole('spinbutton', { name: /^To / }).fill('90000');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toContainText('Fill in from, to and the currency');
	await page.getByLabel('Currency').fill('eur');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByRole('alert')).toHaveCount(0);
	await clean(page, 'details');
	await page.getByRole('link', { name: 'Market' }).click();
	await expect(page.getByText('EUR 70,000 to 90,000 per year')).toBeVisible();
	await expect(page.getByText('This band is older than a year or has no date.')).toBeVisible();
	// All of it within the window, the figures' table too.
	expect(await page.locator('.table-wrap').evaluate((one) => one.scrollWidth - one.clientWidth)).toBe(0);
	await clean(page, 'the market');
});

test('someone who only interviews reads the plan, and changes nothing', async ({ open, site }) => {
	const page = await looking(open, 'interviewer');
	await page.goto(`/roles/${site.role.id}/plan`);
	await expect(page.getByRole('article').first()).toBeVisible();
	await expect(page.getByRole('button', { name: 'Add a stage' })).toHaveCount(0);
	await expect(page.getByRole('button', { name: 'More for this plan' })).toHaveCount(0);
	await clean(page, 'the plan, read only');
});
