// An application beside its debrief: its interviews and who is in them, the letter, the candidate's link, its moves.
import { clean, heading, looking, small, targets } from './support/looking.mjs';
import { card, column, roleOf } from './support/pipeline.mjs';
import { expect, focus, test } from './support/test.mjs';

const panel = (page) => page.getByRole('region', { name: 'Interviewers of Technical interview' });
const row = (page, name) => panel(page).getByRole('listitem').filter({ hasText: name });
const values = Object.fromEntries(focus.map((name) => [name, 4]));

async function openInterviews(page, interview) {
	await page.goto(`/applications/${interview.application_id}/interviews`);
	await page.getByRole('link', { name: 'Technical interview' }).waitFor();
}

async function openPeople(page, interview) {
	await openInterviews(page, interview);
	await page.getByRole('button', { name: 'Change interviewers of Technical interview' }).click();
	await page.getByRole('button', { name: 'Add somebody' }).waitFor();
}

async function act(page, name, what) {
	await row(page, name).getByRole('button', { name: `Actions for ${name}` }).click();
	await page.getByRole('menuitem', { name: what }).click();
}

async function choose(page, field, name) {
	await page.getByRole('combobox', { name: field }).fill(name);
	await page.getByRole('option', { name }).click();
}

test('who interviews is changed: somebody more, another part and focus, a substitute, taken off and back', async ({ open, site }) => {
	test.setTimeout(180_000);
	const { interviewer: one, interviewer_2: two, interviewer_3: three, interviewer_4: four } = site.users;
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const read = async () => (await site.as('recruiter')).get(`/v1/interviews/${interview.id}`);
	const page = await looking(open, 'recruiter');
	await openInterviews(page, interview);
	await clean(page, 'interviews');
	await page.getByRole('button', { name: 'Change interviewers of Technical interview' }).click();
	await expect(row(page, one.name)).toContainText('Rates all that the stage asks for');
	await clean(page, 'who interviews');

	await page.getByRole('button', { name: 'Add somebody' }).click();
	const dialog = page.getByRole('dialog');
	await dialog.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(dialog.getByRole('alert')).toContainText('Choose a person.');
	await clean(page, 'nobody chosen');
	await dialog.getByRole('combobox', { name: 'Person' }).fill(one.name);
	await expect(dialog.getByText('Nothing found')).toBeVisible();
	await choose(page, 'Person', three.name);
	await dialog.getByRole('radio', { name: 'Shadow' }).check();
	await expect(dialog.getByText('Writes no scorecard, and reads nobody’s.')).toBeVisible();
	await dialog.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(row(page, three.name)).toContainText('Shadow');

	await act(page, three.name, 'Change part and focus');
	await expect(dialog).toHaveAccessibleName(`Part and focus of ${three.name}`);
	await dialog.getByRole('radio', { name: 'Interviewer' }).check();
	await dialog.getByRole('checkbox', { name: 'Database design' }).check();
	await clean(page, 'part and focus');
	await dialog.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(row(page, three.name)).toContainText('Rates Database design');

	await act(page, two.name, 'Replace');
	await expect(dialog).toContainText(`${two.name} owes nothing any more.`);
	await clean(page, 'a substitute');
	await choose(page, 'Who stands in', four.name);
	await dialog.getByRole('button', { name: 'Replace', exact: true }).click();
	await expect(row(page, four.name)).toContainText('Interviewer');
	await expect(row(page, two.name)).toContainText('Somebody stands in for them.');

	await act(page, four.name, 'Did not come');
	await dialog.getByRole('button', { name: 'Did not come', exact: true }).click();
	await expect(row(page, four.name)).toContainText('Did not come');
	await act(page, four.name, 'Came after all');
	await expect(row(page, four.name)).not.toContainText('Did not come');

	await act(page, three.name, 'Take off');
	await expect(dialog).toContainText('Somebody who has begun a scorecard cannot be taken off');
	await clean(page, 'taking somebody off');
	await dialog.getByRole('button', { name: 'Take off', exact: true }).click();
	await expect(row(page, three.name)).toHaveCount(0);
	await page.getByRole('button', { name: 'Undo' }).last().click();
	await expect(row(page, three.name)).toContainText('Rates Database design');
	const now = Object.fromEntries((await read()).interviewers.map((each) => [each.user_id, [each.part, each.status, each.competency_ids]]));
	expect(now).toEqual({
		[one.id]: ['interviewer', 'assigned', null],
		[two.id]: ['interviewer', 'substituted', null],
		[three.id]: ['interviewer', 'assigned', [site.competencies['Database design']]],
		[four.id]: ['interviewer', 'assigned', null],
	});
	// Whom the debrief waits for follows at once.
	await page.getByRole('link', { name: 'Debrief' }).click();
	await expect(page.getByText(/Still waited for:/)).toContainText(three.name);
});

test('who has submitted stays, who has begun is not taken off, and the screen says so before', async ({ open, site }) => {
	const { interviewer: one, interviewer_2: two } = site.users;
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	await site.scorecard('interviewer', interview, values);
	await (await site.as('interviewer_2')).post('/v1/scorecards', { interview_id: interview.id });
	const page = await open('recruiter');
	await openPeople(page, interview);
	await expect(row(page, one.name)).toContainText('Has submitted a scorecard, and stays.');
	await expect(row(page, one.name).getByRole('button')).toHaveCount(0);
	await act(page, two.name, 'Take off');
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText('Somebody who has begun a scorecard cannot be taken off');
	page.watch.expect(409, /\/interviewers\//);
	await dialog.getByRole('button', { name: 'Take off', exact: true }).click();
	await expect(dialog.getByRole('alert')).toBeVisible();
	await dialog.getByRole('button', { name: 'Cancel' }).click();
	await expect(row(page, two.name)).toBeVisible();
});

test('who owes a scorecard takes nobody off, and is told nothing by what is offered', async ({ open, site }) => {
	test.setTimeout(180_000);
	const { interviewer: one, recruiter } = site.users;
	const interview = await site.interview({ interviewers: ['interviewer', 'recruiter'] });
	const page = await looking(open, 'recruiter');
	const offered = async () => {
		await openPeople(page, interview);
		await expect(panel(page)).toContainText('Until it is submitted you can add people, but take nobody off');
		await expect(row(page, recruiter.name)).toContainText('a colleague changes your part');
		await expect(row(page, recruiter.name).getByRole('button')).toHaveCount(0);
		await row(page, one.name).getByRole('button').click();
		return [await page.getByRole('menu').innerText(), await row(page, one.name).innerText()];
	};
	const before = await offered();
	expect(before[0]).not.toMatch(/Replace|Take off/);
	await clean(page, 'who interviews, while one owes a scorecard');
	await site.scorecard('interviewer', interview, values);
	expect(await offered()).toEqual(before);
	// Nor is it asked for a letter that would be closed.
	await page.goto(`/applications/${interview.application_id}/candidate`);
	await expect(page.getByText('The letter opens once your own scorecard is submitted.')).toBeVisible();
	await clean(page, 'a letter that is closed');
});

test('the time is changed just after the people, also while the page still reads what they are', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer'] });
	const page = await open('recruiter');
	await openPeople(page, interview);
	let free;
	const held = new Promise((done) => {
		free = done;
	});
	await page.route('**/v1/interviews?**', async (route) => {
		await held;
		await route.continue();
	});
	await page.getByRole('button', { name: 'Add somebody' }).click();
	await choose(page, 'Person', site.users.interviewer_2.name);
	await page.getByRole('dialog').getByRole('button', { name: 'Add', exact: true }).click();
	await expect(page.getByText(`${site.users.interviewer_2.name} is in the interview.`)).toBeVisible();
	await page.getByRole('button', { name: 'Change time of Technical interview' }).click();
	free();
	await page.getByLabel('Place or link').fill('Room 9');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('The new time is set.')).toBeVisible();
	await expect(page.getByRole('listitem').filter({ hasText: 'Room 9' }).first()).toBeVisible();
});

test('an interview leads to where it is changed, and tells a shadow that nothing is due', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer'] });
	const place = `/v1/interviews/${interview.id}/interviewers/${site.users.interviewer_2.id}`;
	await (await site.as('recruiter')).put(place, { part: 'shadow' });
	const page = await looking(open, 'recruiter');
	await page.goto(`/interviews/${interview.id}`);
	await page.getByRole('link', { name: 'Time and interviewers' }).click();
	await expect(page.getByRole('heading', { level: 2, name: 'Interviews' })).toBeVisible();
	await expect(page.getByRole('list', { name: 'Interviewers of Technical interview' })).toContainText(/Mei Tanaka\s+Shadow/);
	const shadow = await looking(open, 'interviewer_2');
	await shadow.goto('/');
	await shadow.getByRole('link', { name: new RegExp(interview.candidate_name) }).click();
	await expect(shadow.getByText('You are a shadow here')).toBeVisible();
	await expect(shadow.getByRole('link', { name: 'Time and interviewers' })).toHaveCount(0);
	await clean(shadow, 'an interview for a shadow');
});

test('nobody is kept out by scheduling, in any of its states', async ({ open, site }) => {
	test.setTimeout(180_000);
	const page = await looking(open, 'recruiter');
	const interview = await site.interview();
	const { role, applications } = await roleOf(site);
	await page.goto(`/applications/${applications[0].id}/interviews`);
	await page.getByText('No interview is scheduled yet').waitFor();
	await clean(page, `no interview of ${role.title}`);
	await page.getByRole('button', { name: 'Schedule an interview' }).click();
	await page.getByRole('button', { name: 'Schedule', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('Say when it begins.');
	await clean(page, 'a new interview, refused');
	await openInterviews(page, interview);
	await page.getByRole('button', { name: 'Change time of Technical interview' }).click();
	await page.getByLabel('Begins').waitFor();
	await clean(page, 'another time');
	await page.getByRole('button', { name: 'Cancel', exact: true }).click();
	const ask = async (what) => {
		await page.getByRole('button', { name: 'More for Technical interview' }).click();
		await page.getByRole('menuitem', { name: what }).click();
		await page.getByRole('dialog').waitFor();
	};
	await page.getByRole('button', { name: 'More for Technical interview' }).click();
	await page.getByRole('menu').waitFor();
	await clean(page, 'more for an interview');
	await page.keyboard.press('Escape');
	await ask('The candidate did not come');
	await clean(page, 'a candidate who did not come');
	await page.keyboard.press('Escape');
	await ask('Cancel the interview');
	await page.getByRole('dialog').getByRole('button', { name: 'Cancel the interview' }).click();
	await expect(page.getByText('Cancelled', { exact: true })).toBeVisible();
	await clean(page, 'a cancelled interview');
});

test('nobody is kept out by the letter and the candidate’s link, in any of their states', async ({ open, site }) => {
	test.setTimeout(180_000);
	const interview = await site.interview();
	await site.scorecard('interviewer', interview, values);
	const page = await looking(open, 'recruiter');
	await page.goto(`/applications/${interview.application_id}/candidate`);
	await page.getByText('No link was made yet.').waitFor();
	await clean(page, 'no letter, no link');
	await page.getByRole('button', { name: 'Make a link' }).click();
	await expect(page.getByLabel('Link', { exact: true })).toBeFocused();
	await clean(page, 'a link');
	await page.getByRole('button', { name: /^Revoke the link/ }).click();
	await page.getByRole('dialog', { name: 'Revoke this link?' }).waitFor();
	await clean(page, 'revoking');
	await page.getByRole('dialog').getByRole('button', { name: 'Revoke', exact: true }).click();
	await expect(page.getByText(/revoked/).first()).toBeVisible();
	await page.getByRole('button', { name: 'Draft a letter' }).click();
	const text = page.getByLabel('What the candidate will read');
	await expect(text).toHaveValue(/./);
	await clean(page, 'a draft');
	await text.fill('');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('Write the letter.');
	await clean(page, 'a letter without words');
	await text.fill('Thank you for your time.');
	const api = await site.as('admin');
	await api.call('PATCH', `/v1/applications/${interview.application_id}/letter`, { text: 'A colleague was faster.' });
	page.watch.expect(412, /\/letter$/);
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await page.getByRole('button', { name: 'Take what it says now' }).waitFor();
	await clean(page, 'changed elsewhere');
	await page.getByRole('button', { name: 'Take what it says now' }).click();
	await page.getByText('A colleague was faster.').waitFor();
	await clean(page, 'two versions');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Saved.').first()).toBeVisible();
	await page.getByRole('button', { name: 'Release to the candidate …' }).click();
	await page.getByRole('dialog').waitFor();
	await clean(page, 'releasing');
	await page.getByRole('dialog').getByRole('button', { name: 'Release', exact: true }).click();
	await expect(page.getByText(/^Released /)).toBeVisible();
	await clean(page, 'released');
});

test('nobody is kept out by moving, in any of its states', async ({ open, site }) => {
	test.setTimeout(180_000);
	const made = await roleOf(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}`);
	await page.getByLabel(`Move ${made.names[0]} to`).selectOption({ label: 'Deep talk' });
	await expect(card(column(page, 'Deep talk'), made.names[0])).toBeVisible();
	await page.getByRole('button', { name: 'Undo' }).waitFor();
	await clean(page, 'moved');
	await page.getByRole('button', { name: `Actions for ${made.names[1]}` }).click();
	await page.getByRole('menu').waitFor();
	await clean(page, 'the actions of a card');
	await page.getByRole('menuitem', { name: /another role/i }).click();
	await page.getByRole('dialog').waitFor();
	await clean(page, 'to another role');
	await page.keyboard.press('Escape');
	await page.goto(`/pipeline?role_id=${made.role.id}&view=table`);
	await page.getByLabel('Select all that are shown').check();
	await page.getByRole('button', { name: 'Next stage' }).waitFor();
	await clean(page, 'many chosen');
});

test('on a phone all of it can be done with a thumb', async ({ open, site }, { project }) => {
	test.skip(project.name !== 'phone', 'a mouse is more exact');
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	await site.scorecard('interviewer', interview, values);
	await (await site.as('recruiter')).post(`/v1/applications/${interview.application_id}/candidate_links`, {});
	const page = await open('recruiter');
	const least = async (state, within = 'main') => {
		const all = await targets(page, within);
		expect.soft(small(all.filter(({ what }) => !what.startsWith('A ')), 44), state).toEqual([]);
		expect.soft(small(all, 24), `${state}, links`).toEqual([]);
	};
	await openPeople(page, interview);
	await least('who interviews');
	await page.getByRole('button', { name: 'Add somebody' }).click();
	await page.getByRole('dialog').waitFor();
	await least('somebody more', 'dialog');
	await page.keyboard.press('Escape');
	await page.getByRole('button', { name: 'Schedule an interview' }).click();
	await page.getByLabel('Begins').waitFor();
	await least('a new interview');
	await page.goto(`/applications/${interview.application_id}/candidate`);
	await page.getByRole('button', { name: 'Draft a letter' }).click();
	await expect(page.getByLabel('What the candidate will read')).toHaveValue(/./);
	await least('letter and link');
	await expect(heading(page)).toHaveText(interview.candidate_name);
});
