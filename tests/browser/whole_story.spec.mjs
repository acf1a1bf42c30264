// From an empty organization to a decision and a released letter: an admin, a recruiter, a hiring manager and
// two interviewers, each in a browser of their own, and the candidate in theirs. By the screens alone; what the
// program printed is how the first admin signs in.
import { expect, recommend, saving, signIn, test, unique } from './support/test.mjs';

const heading = (page) => page.getByRole('heading', { level: 1 });

/** By the navigation, as people go. */
async function go(page, place) {
	const menu = page.getByRole('button', { name: 'Open the navigation' });
	if (await menu.isVisible()) await menu.click();
	await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: place, exact: true }).click();
}

async function enter(open, user) {
	const page = await open(null);
	await page.goto('/');
	await signIn(page, user);
	await expect(heading(page)).toHaveText('Home');
	return page;
}

/** The admin adds somebody, and tells them the password that was suggested. */
async function add(page, name, level) {
	const email = `${name.toLowerCase().replaceAll(' ', '.')}@lantern.example`;
	await go(page, 'People');
	await page.getByRole('link', { name: 'Add a person' }).click();
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('E-mail').fill(email);
	await page.getByRole('radio', { name: new RegExp(`^${level}`) }).check();
	await page.getByRole('button', { name: 'Suggest one' }).click();
	const password = await page.getByLabel('First password').inputValue();
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(heading(page)).toHaveText(name);
	return { name, email, password };
}

async function join(page, name, part) {
	await page.getByRole('combobox', { name: 'Person' }).fill(name);
	await page.getByRole('option', { name }).click();
	await page.getByLabel('Part', { exact: true }).selectOption({ label: part });
	await page.getByRole('button', { name: 'Add to the team' }).click();
	await expect(page.getByLabel(`Part of ${name}`)).toBeVisible();
}

/** Two hours ago, as a person types it. */
function typed(page) {
	return page.evaluate(() => {
		const at = new Date(Date.now() - 2 * 3_600_000);
		const two = (n) => String(n).padStart(2, '0');
		return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}T${two(at.getHours())}:${two(at.getMinutes())}`;
	});
}

async function rateAll(page, values) {
	await page.locator('main .bones').first().waitFor({ state: 'detached' });
	const groups = await page.locator('fieldset[id$="-group"]').all();
	expect(groups.length).toBeGreaterThan(1);
	for (const [n, group] of groups.entries()) {
		await group.locator(`label:has(input[value="${values[n % values.length]}"])`).click();
		await group.getByRole('textbox', { name: /Evidence/ }).fill(`Said and did what the anchor names, ${n + 1}.`);
	}
}

test('an empty organization comes to a decision and a letter, by the screens alone', async ({ open, site }) => {
	test.setTimeout(240_000);
	const word = unique('Lantern').replaceAll(' ', '');
	const first = { email: `ada@${word.toLowerCase()}.example`, password: `Quartz-${word}-orchard` };
	await site.server.command('organization', 'create', word, '--name', 'Ada Admin', '--email', first.email, '--password', first.password, '--json');
	const role = 'Backend developer';
	const candidate = unique('Nadia Osei');
	const of = {};
	let link;

	const admin = await enter(open, first);
	await test.step('the admin lets four people in', async () => {
		of.recruiter = await add(admin, unique('Rosa Recruiter'), 'Recruiter');
		of.manager = await add(admin, unique('Milan Manager'), 'Member');
		of.one = await add(admin, unique('Ines Interviewer'), 'Member');
		of.two = await add(admin, unique('Otto Interviewer'), 'Member');
	});

	const recruiter = await enter(open, of.recruiter);
	await test.step('the recruiter comes from templates to a role, its plan and its team', async () => {
		const page = recruiter;
		await go(page, 'Roles');
		await page.getByRole('link', { name: 'Set up step by step' }).click();
		const next = page.getByRole('button', { name: 'Next' });
		for (const [choice, then] of [['Backend developer, four levels to Lead', 'Choose a rubric'], ['Backend developer', 'role']]) {
			await page.getByRole('radio', { name: choice }).first().check();
			await next.click();
			await expect(page.getByRole('heading', { level: 2, name: new RegExp(then, 'i') })).toBeVisible();
		}
		await page.getByLabel('Title of the role').fill(role);
		await page.getByLabel('Level').selectOption({ index: 3 });
		await next.click();
		await page.getByRole('radio', { name: /^Backend developer/ }).check();
		await next.click();
		await page.getByRole('combobox', { name: 'Hiring manager' }).fill(of.manager.name);
		await page.getByRole('option', { name: of.manager.name }).click();
		await page.getByRole('button', { name: 'Finish' }).click();
		await expect(heading(page)).toHaveText(role);
		await page.getByRole('link', { name: 'Hiring team' }).click();
		await join(page, of.one.name, 'Interviewer');
		await join(page, of.two.name, 'Interviewer');
	});

	await test.step('a candidate is added, and moved to the technical interview on the board', async () => {
		const page = recruiter;
		await go(page, 'Candidates');
		await page.getByRole('main').getByRole('link', { name: 'Add a candidate' }).first().click();
		await page.getByLabel('Name', { exact: true }).fill(candidate);
		await page.getByLabel('E-mail').fill('nadia.osei@mail.example');
		await page.getByRole('combobox', { name: 'Role that they apply for' }).fill(role);
		await page.getByRole('option', { name: role }).click();
		await page.getByRole('button', { name: 'Add the candidate' }).click();
		await expect(heading(page)).toHaveText(candidate);
		await go(page, 'Pipeline');
		await page.getByLabel('Role', { exact: true }).selectOption({ label: role });
		// The first call is optional: an application begins behind it, and can go back.
		for (const stage of ['First call', 'Technical interview']) {
			await page.getByLabel(`Move ${candidate} to`).selectOption({ label: stage });
			await expect(page.getByRole('region', { name: new RegExp(`^${stage}`) }).getByRole('link', { name: candidate })).toBeVisible();
		}
		await expect(page.getByRole('region', { name: /^Technical interview/ }).getByRole('link', { name: candidate })).toBeVisible();
	});

	await test.step('the interview is scheduled, and the candidate gets a link', async () => {
		const page = recruiter;
		await page.getByRole('link', { name: candidate }).click();
		await expect(heading(page)).toHaveText(candidate);
		await page.getByRole('link', { name: 'Interviews', exact: true }).click();
		await page.getByRole('button', { name: 'Schedule an interview' }).click();
		await expect(page.getByLabel('Stage')).toHaveValue(/./);
		await expect(page.getByLabel('Stage').locator('option:checked')).toHaveText('Technical interview');
		await page.getByRole('button', { name: 'Schedule', exact: true }).click();
		await expect(page.getByRole('alert')).toContainText('Say when it begins.');
		await page.getByLabel('Begins').fill(await typed(page));
		await page.getByLabel('Place or link').fill('Room 4, second floor');
		for (const { name } of [of.one, of.two]) await page.getByRole('checkbox', { name }).check();
		await page.getByRole('button', { name: 'Schedule', exact: true }).click();
		await expect(page.getByRole('link', { name: 'Technical interview' })).toBeVisible();
		await expect(page.getByText('Room 4, second floor')).toBeVisible();
		await page.getByRole('link', { name: 'For the candidate' }).click();
		await page.getByRole('button', { name: 'Make a link' }).click();
		link = await page.getByLabel('Link', { exact: true }).inputValue();
		expect(link).toContain('/candidate#');
	});

	const guest = await open(null);
	await test.step('the candidate reads what comes', async () => {
		await guest.goto(link.replace(/^https?:\/\/[^/]+/, ''));
		await expect(heading(guest)).toHaveText(`Your application: ${role}`);
		await expect(guest.getByRole('heading', { name: 'Technical interview' }).first()).toBeVisible();
		await expect(guest.getByRole('heading', { name: 'A letter for you' })).toHaveCount(0);
	});

	const cards = [['one', [4, 5, 4], 'Strong yes', 'Reasons from the data outwards.'], ['two', [4, 3], 'Yes', 'Solid, and asks before building.']];
	for (const [who, values, verdict, words] of cards) {
		await test.step(`interviewer ${who} is blind, rates, and submits`, async () => {
			const page = await enter(open, of[who]);
			const due = page.getByRole('main').getByRole('link', { name: new RegExp(candidate) }).first();
			await expect(due).toContainText('Write scorecard');
			await due.click();
			await expect(page.getByRole('button', { name: 'Submit scorecard' })).toBeVisible();
			await rateAll(page, values);
			await page.getByLabel('Key take-aways').fill(words);
			await recommend(page, verdict);
			await expect(saving(page)).toHaveText(/^Saved/);
			if (who === 'two') expect(await page.content(), 'nothing of the first one').not.toContain('Reasons from the data outwards.');
			await page.getByRole('button', { name: 'Submit scorecard' }).click();
			await expect(page.getByRole('main').getByText('Scorecard submitted').first()).toBeVisible();
			await page.getByRole('link', { name: 'Open the debrief' }).click();
			await expect(page.getByText('Reasons from the data outwards.').first()).toBeAttached();
		});
	}

	const manager = await enter(open, of.manager);
	await test.step('the hiring manager decides, and drafts the letter', async () => {
		const page = manager;
		await go(page, 'Roles');
		await page.getByRole('link', { name: role }).click();
		await page.getByRole('main').getByRole('link', { name: candidate }).click();
		await expect(page.getByText('All are in')).toBeVisible();
		const form = page.getByRole('form', { name: 'Record a decision' });
		await form.getByRole('radio', { name: /^Hire/ }).check();
		await form.getByLabel('Why', { exact: true }).fill('Both saw the same depth, and the same care with data.');
		const against = form.getByLabel('Why against the suggestion');
		if (await against.isVisible()) await against.fill('The suggestion lacks a hire bar.');
		await form.getByRole('button', { name: 'Record decision' }).click();
		await expect(page.getByText('The decision is recorded.')).toBeVisible();
		await page.getByRole('link', { name: 'For the candidate' }).click();
		await page.getByRole('button', { name: 'Draft a letter' }).click();
		const text = page.getByLabel('What the candidate will read');
		await expect(text).toHaveValue(/./);
		expect(await text.inputValue(), 'what an interviewer wrote stays inside').not.toContain('Reasons from the data');
		await text.fill(`${await text.inputValue()}\n\nWe would like you to join us.`);
		await page.getByRole('button', { name: 'Save', exact: true }).click();
		await expect(page.getByText('Saved.').first()).toBeVisible();
		await expect(page.getByText('A recruiter or an admin releases it.')).toBeVisible();
		await expect(page.getByRole('button', { name: /^Release/ })).toHaveCount(0);
	});

	await test.step('the recruiter makes the offer, and releases the letter', async () => {
		const page = recruiter;
		await go(page, 'Pipeline');
		await page.getByLabel('Role', { exact: true }).selectOption({ label: role });
		await page.getByRole('button', { name: `Actions for ${candidate}` }).click();
		await page.getByRole('menuitem', { name: /offer/i }).first().click();
		await expect(page.getByRole('article').filter({ hasText: candidate })).toContainText('Offered');
		await page.getByRole('link', { name: candidate }).click();
		await page.getByRole('link', { name: 'For the candidate' }).click();
		await expect(page.getByLabel('What the candidate will read')).toHaveValue(/join us/);
		await page.getByRole('button', { name: 'Release to the candidate …' }).click();
		await page.getByRole('dialog').getByRole('button', { name: 'Release', exact: true }).click();
		await expect(page.getByText(/^Released /)).toBeVisible();
	});

	await test.step('the candidate reads the letter', async () => {
		await guest.reload();
		await expect(guest.getByRole('heading', { name: 'A letter for you' })).toBeVisible();
		await expect(guest.getByText('We would like you to join us.')).toBeVisible();
	});

	await test.step('the admin finds all of it in the audit', async () => {
		await go(admin, 'Audit');
		await expect(admin.getByRole('main')).toContainText(/letter/i);
		await expect(admin.getByRole('main')).toContainText(/decision/i);
	});
});
