// The pipeline: the same applications as a board and as a table, moved by pointer, by keys, by a list.

import { card, column, now, roleOf } from './support/pipeline.mjs';
import { clean, looking } from './support/looking.mjs';
import { expect, test, unique } from './support/test.mjs';
const DAY_MS = 86_400_000;

test('board and table show the same under the same filters, and a reload brings them back', async ({ open, site }) => {
	const { role, applications, names, api } = await roleOf(site);
	await api.post(`/v1/applications/${applications[2].id}/move`, { status: 'rejected', reason_code: 'skills' });
	const page = await looking(open, 'recruiter');
	await page.goto(`/pipeline?role_id=${role.id}`);
	await expect(column(page, 'First call').getByRole('article')).toHaveCount(2);
	await expect(column(page, 'Ended').getByRole('article')).toHaveCount(1);
	await expect(page.getByText('3 applications', { exact: true })).toBeVisible();
	await clean(page, 'board');
	expect(await page.locator('.facts').evaluateAll((all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1).length)).toBe(0);

	await page.getByLabel('Status', { exact: true }).selectOption('active');
	await expect(page.getByText('2 applications', { exact: true }).first()).toBeVisible();
	await expect(column(page, 'Ended').getByRole('article')).toHaveCount(0);
	await page.getByRole('link', { name: 'Table' }).click();
	await expect(page.locator('tbody tr')).toHaveCount(2);
	await clean(page, 'table');
	await page.reload();
	await expect(page.locator('tbody tr')).toHaveCount(2);
	await page.goBack();
	await expect(column(page, 'First call').getByRole('article')).toHaveCount(2);

	await page.getByLabel('Search candidates').fill(names[0]);
	await expect(column(page, 'First call').getByRole('article')).toHaveCount(1);
	await expect(page).toHaveURL(/q=/);
	await page.getByLabel('Search candidates').fill('nobody is called that');
	await expect(page.getByText('Nobody fits these filters.')).toBeVisible();
	await clean(page, 'nothing found');
});

test('a card is moved from its list, and the notice takes it back', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}`);
	await page.getByLabel(`Move ${made.names[0]} to`).selectOption({ label: 'Deep talk' });
	await expect(card(column(page, 'Deep talk'), made.names[0])).toBeVisible();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(card(column(page, 'First call'), made.names[0])).toBeVisible();
	await expect.poll(async () => (await now(made, 0)).stage_name).toBe('First call');
	const { data } = await made.api.get(`/v1/applications/${made.applications[0].id}/moves`);
	expect(data.length, 'both moves stand in the history').toBe(3);
});

test('a card that is moved on before its last move has come back waits for it', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}`);
	await page.route('**/move', async (route) => {
		await new Promise((done) => setTimeout(done, 700));
		await route.continue();
	});
	for (const stage of ['Deep talk', 'Last talk']) {
		await page.getByLabel(`Move ${made.names[0]} to`).selectOption({ label: stage });
		await expect(card(column(page, stage), made.names[0])).toBeVisible();
	}
	await expect.poll(async () => (await now(made, 0)).stage_name).toBe('Last talk');
	await expect(card(page, made.names[0])).toHaveCount(1);
	await expect(card(column(page, 'Last talk'), made.names[0])).toBeVisible();
	const { data } = await made.api.get(`/v1/applications/${made.applications[0].id}/moves`);
	expect(data.length, 'both moves stand in the history').toBe(3);
});

test('a move that was overtaken goes back, and is shown as it is now', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}`);
	await expect(card(page, made.names[0])).toBeVisible();
	await made.api.post(`/v1/applications/${made.applications[0].id}/move`, { stage_id: made.stages[2].id });
	page.watch.expect(412, /\/move$/);
	await page.getByLabel(`Move ${made.names[0]} to`).selectOption({ label: 'Deep talk' });
	await expect(page.getByText(/was not moved/)).toBeVisible();
	await expect(card(column(page, 'Last talk'), made.names[0])).toBeVisible();
	expect((await now(made, 0)).stage_name).toBe('Last talk');
});

test('a rejection asks for its reason, which the history keeps; it can be reopened', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await looking(open, 'recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}`);
	await page.getByRole('button', { name: `Actions for ${made.names[1]}` }).click();
	await page.getByRole('menuitem', { name: 'Reject' }).click();
	await page.getByRole('button', { name: 'Reject', exact: true }).click();
	await expect(page.getByRole('alert').getByText('Choose a reason, or write one.')).toBeVisible();
	await clean(page, 'rejection without a reason');
	await page.getByLabel('Reason', { exact: true }).selectOption('experience');
	await page.getByRole('button', { name: 'Reject', exact: true }).click();
	await expect(card(column(page, 'Ended'), made.names[1])).toBeVisible();
	await expect
		.poll(async () => (await made.api.get(`/v1/applications/${made.applications[1].id}/moves`)).data[0].reason_code)
		.toBe('experience');
	await page.getByRole('button', { name: `Actions for ${made.names[1]}` }).click();
	await page.getByRole('menuitem', { name: 'Reopen' }).click();
	await expect(card(column(page, 'First call'), made.names[1])).toBeVisible();
	await expect.poll(async () => (await now(made, 1)).status).toBe('active');
});

test('many go to the next stage in one act, and come back in one', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}&view=table`);
	await page.getByLabel('Select all that are shown').check();
	await page.getByRole('button', { name: 'Next stage' }).click();
	await expect(page.getByText('3 applications changed.')).toBeVisible();
	await expect(page.locator('tbody').getByText('Deep talk')).toHaveCount(3);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.locator('tbody').getByText('First call')).toHaveCount(3);
	expect((await now(made, 0)).stage_name).toBe('First call');
});

test('a view is saved as its filters, so that who comes later is in it', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await open('recruiter');
	const name = unique('Active people');
	await page.goto(`/pipeline?role_id=${made.role.id}&status=active`);
	await page.getByRole('button', { name: 'Saved views' }).click();
	await page.getByRole('menuitem', { name: 'Save this view' }).click();
	await page.getByLabel('Name', { exact: true }).fill(name);
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText(`“${name}” is saved.`)).toBeVisible();
	const candidate = await made.api.post('/v1/candidates', { name: unique('Late Comer') });
	await made.api.post('/v1/applications', { candidate_id: candidate.id, role_id: made.role.id });
	await page.goto('/pipeline');
	await page.getByLabel('Saved views').first().selectOption({ label: name });
	await expect(card(page, candidate.name)).toBeVisible();
	await expect(page).toHaveURL(/status=active/);
});

test('a card says what is late and next, and nothing that blindness hides', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	await site.scorecard('interviewer_2', interview, { 'Logical depth': 5, 'Database design': 5, 'Code security': 5 });
	const coming = new Date(Date.now() + 2 * DAY_MS).toISOString();
	await (await site.as('recruiter')).post('/v1/interviews', {
		application_id: interview.application_id, stage_id: site.technical.id, starts_at: coming, interviewers: [],
	});
	const page = await open('recruiter');
	await page.goto(`/pipeline?role_id=${site.role.id}&q=${encodeURIComponent(interview.candidate_name)}`);
	await expect(card(page, interview.candidate_name)).toContainText('1 scorecard late');
	await expect(card(page, interview.candidate_name)).toContainText('Next:');

	const blind = await open('interviewer');
	const answers = [];
	blind.on('response', async (one) => {
		if (one.url().includes('/v1/')) answers.push(await one.text().catch(() => ''));
	});
	await blind.goto(`/pipeline?role_id=${site.role.id}&q=${encodeURIComponent(interview.candidate_name)}`);
	await expect(card(blind, interview.candidate_name)).toBeVisible();
	await expect(card(blind, interview.candidate_name)).not.toContainText('scorecard');
	await expect(card(blind, interview.candidate_name)).not.toContainText(/submitted|rated|score/i);
	expect(answers.join('\n')).not.toMatch(/"recommendation"|"score"|Seen at 5/);
});
