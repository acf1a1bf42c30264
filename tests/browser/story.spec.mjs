// From an interview that is due to a decision, by the people of the demo organization.
import { competency, evidence, expect, focus, openForm, openHome, rate, recommend, saving, signIn, test } from './support/test.mjs';

const ratings = (page) => page.getByRole('region', { name: 'Ratings by competency and interviewer' });
const column = (page, name) => ratings(page).getByRole('columnheader', { name });

test('four people take two candidates from an interview that is due to a decision', async ({ open, site }) => {
	test.setTimeout(120_000);
	const { interviewer, recruiter, hiring_manager: manager, admin } = site.users;
	const people = {};
	for (const [name, user] of Object.entries({ interviewer, recruiter, manager, admin })) {
		people[name] = await open(null);
		await people[name].goto('/');
		await signIn(people[name], user);
		await expect(people[name].getByRole('heading', { level: 1 })).toHaveText('Home');
	}

	await test.step('the recruiter sees both debriefs, and who is still waited for', async () => {
		const page = people.recruiter;
		const menu = page.getByRole('button', { name: 'Open the navigation' });
		if (await menu.isVisible()) await menu.click();
		await page.getByRole('link', { name: 'Roles', exact: true }).click();
		await page.getByRole('link', { name: 'Senior Backend Developer' }).click();
		await page.getByRole('link', { name: 'Amir Williams' }).click();
		await expect(page.getByRole('heading', { level: 1, name: 'Amir Williams' })).toBeVisible();
		for (const name of ['Jonas Lind', 'Mei Tanaka', 'Samuel Okafor', 'Priya Nair']) {
			await expect(column(page, name)).toBeVisible();
		}
		await expect(ratings(page).getByRole('row', { name: /Database design/ })).toContainText('5, Well above');
		await expect(page.getByText('2 points apart')).toBeVisible();
		await expect(page.getByText('Showed how to split the payments table').first()).toBeVisible();
		await expect(page.getByText('Hire', { exact: true }).first()).toBeVisible();

		await page.goto(`/applications/${site.daisy.id}`);
		await expect(page.getByText('Still waited for: Jonas Lind')).toBeVisible();
		await expect(ratings(page).getByText('Waiting')).toHaveCount(3);
		await expect(page.getByText('No competency is two points or more apart.')).toBeVisible();
	});

	await test.step('the interviewer is blind, and fills in what is due', async () => {
		const page = people.interviewer;
		await page.goto(`/applications/${site.daisy.id}`);
		await expect(page.getByRole('heading', { name: 'Yours first' })).toBeVisible();
		await page.goBack();
		const due = page.getByRole('link', { name: /Daisy Kim/ });
		await expect(due).toContainText('Write scorecard');
		await due.click();
		await expect(page.getByText('Dogma without context')).toBeHidden();
		await page.getByText('Interview kit').click();
		await expect(page.getByText('Dogma without context')).toBeVisible();
		await page.getByText('Interview kit').click();

		await rate(page, 'Logical depth', 4);
		await expect(saving(page)).toHaveText(/^Saved \d/);
		await rate(page, 'Database design', 2);
		await expect(competency(page, 'Database design')).toContainText('Below the must-have of 3');
		await page.getByRole('button', { name: 'Submit scorecard' }).click();
		await expect(page.getByRole('alert')).toContainText('Give evidence for Database design');
		await page.getByRole('link', { name: 'Give evidence for Database design' }).click();
		await expect(evidence(page, 'Database design')).toBeFocused();
		await page.keyboard.type('Keys only after the second hint, and none for refunds.');
		await rate(page, 'Code security', null);
		await page.getByLabel('Key take-aways').fill('Reasons well; schemas are new to her.');
		await page.getByLabel('Private note').fill('Would do well in a team with a mentor.');
		await recommend(page, 'No');
		await expect(page.getByText('3 of 3 rated')).toBeVisible();
		await expect(saving(page)).toHaveText(/^Saved \d/);
		await page.getByRole('button', { name: 'Submit scorecard' }).click();
		await expect(page.getByRole('main').getByText('Scorecard submitted').first()).toBeVisible();
		await expect(page.getByRole('button', { name: 'Amend' })).toBeVisible();
	});

	await test.step('then everything is open to the interviewer', async () => {
		const page = people.interviewer;
		await page.getByRole('link', { name: 'Open the debrief' }).click();
		await expect(column(page, 'Mei Tanaka')).toBeVisible();
		await expect(page.getByText('No keys between orders and payments').first()).toBeAttached();
		await expect(page.getByRole('heading', { name: 'Record a decision' })).toBeHidden();
	});

	await test.step('nobody is waited for any more', async () => {
		const page = people.recruiter;
		await page.reload();
		await expect(page.getByText('All are in')).toBeVisible();
		await expect(ratings(page).getByText('Waiting')).toHaveCount(0);
		await expect(column(page, 'Jonas Lind')).toBeVisible();
		await expect(ratings(page).getByRole('row', { name: /Database design/ })).toContainText('Must-have not met');
	});

	await test.step('the hiring manager decides against the suggestion, and has to say why', async () => {
		const page = people.manager;
		await page.goto(`/applications/${site.daisy.id}`);
		const form = page.getByRole('form', { name: 'Record a decision' });
		await form.getByRole('radio', { name: 'Advance' }).check();
		await form.getByLabel('Why', { exact: true }).fill('The pairing session showed how fast she learns.');
		await form.getByRole('button', { name: 'Record decision' }).click();
		await expect(form.getByRole('alert')).toContainText('Write why you decide against the suggestion.');
		await form.getByLabel('Why against the suggestion').fill('Schema design is what this team teaches well.');
		await form.getByRole('button', { name: 'Add a dissent' }).click();
		await form.getByLabel('Who disagrees').selectOption('Mei Tanaka');
		await form.getByLabel('In their words').fill('I would wait for another opening.');
		await form.getByRole('button', { name: 'Record decision' }).click();
		await expect(page.getByText('The decision is recorded.')).toBeVisible();
	});

	await test.step('the admin sees the same', async () => {
		const page = people.admin;
		await page.goto(`/applications/${site.daisy.id}`);
		for (const words of [
			'The pairing session showed how fast she learns.',
			'Schema design is what this team teaches well.',
			'I would wait for another opening.',
			'Would do well in a team with a mentor.',
			'Against the suggestion',
		]) {
			await expect(page.getByText(words).first()).toBeAttached();
		}
		await expect(page.getByText('All are in')).toBeVisible();
	});
});

test('a scorecard is taken back within ten minutes, and nothing of it is lost', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	for (const name of focus) await rate(page, name, 3);
	await recommend(page, 'Yes');
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await page.getByRole('button', { name: 'Take it back' }).click();
	await expect(competency(page, 'Logical depth').locator('input[value="3"]')).toBeChecked();
	await rate(page, 'Logical depth', 4);
	await expect(saving(page)).toHaveText(/^Saved/);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await expect(page.getByText(/You can take it back for/)).toBeVisible();
});

test('a scorecard whose author could read a colleague’s since stays, and is amended with a reason', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const values = { 'Logical depth': 4, 'Database design': 3, 'Code security': 3 };
	await site.scorecard('interviewer', interview, values);
	const page = await open('interviewer');
	await page.goto(`/interviews/${interview.id}`);
	await expect(page.getByText(/You can take it back for/)).toBeVisible();
	await site.scorecard('interviewer_2', interview, values);
	page.watch.expect(409, /\/take_back$/);
	await page.getByRole('button', { name: 'Take it back' }).click();
	await expect(page.getByRole('alert')).toContainText('a colleague’s scorecard was open to you since');
	await page.reload();
	await expect(page.getByRole('button', { name: 'Take it back' })).toBeHidden();
	await page.getByRole('button', { name: 'Amend' }).click();
	await rate(page, 'Logical depth', 2);
	await page.getByRole('button', { name: 'Save amendment' }).click();
	await expect(page.getByRole('alert')).toContainText('Write why you amend it');
	await page.getByLabel('Why do you amend it').fill('I had mixed up two candidates.');
	await page.getByRole('button', { name: 'Save amendment' }).click();
	await expect(page.getByText('Amended, revision 2')).toBeVisible();
});

test('an interview that did not take place, or that a colleague took over, asks for nothing', async ({ open, site }) => {
	const missed = await site.interview();
	const taken = await site.interview();
	const api = await site.as('recruiter');
	await api.post(`/v1/interviews/${missed.id}/candidate_no_show`);
	await api.post(`/v1/interviews/${taken.id}/interviewers/${site.users.interviewer.id}/substitute`, {
		user_id: site.users.interviewer_2.id,
	});
	const page = await open('interviewer');
	await openHome(page);
	const row = (one) => page.getByRole('link', { name: new RegExp(one.candidate_name) });
	await expect(row(missed)).toContainText('Did not come');
	for (const one of [missed, taken]) await expect(row(one)).not.toContainText('Write scorecard');
	await page.goto(`/interviews/${missed.id}`);
	await expect(page.getByText('The candidate did not come to this interview.')).toBeVisible();
	await page.goto(`/interviews/${taken.id}`);
	await expect(page.getByText('A colleague stood in for you in this interview.')).toBeVisible();
});
