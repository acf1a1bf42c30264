// The statistical model on screen: figures with plot, table, sentence and definition; or the reason why not.
import { clean, looking } from './support/looking.mjs';

import { expect, test } from './support/test.mjs';

const figure = (page, name) => page.getByRole('region', { name, exact: true });

test('the debrief shows the score with its interval beside the plain average', async ({ open, site }) => {
	const [, marek] = await site.panel();
	const page = await looking(open, 'recruiter');
	await page.goto(`/applications/${marek.application_id}`);
	const { model, score } = await (await site.as('recruiter')).get(`/v1/applications/${marek.application_id}/evaluation`);
	const part = figure(page, 'The score and how sure it is');
	await expect(part.getByText(model.sentence.text)).toBeVisible();
	await expect(part.getByRole('img', { name: model.sentence.text })).toBeVisible();
	await part.getByText('The figures as a table').click();
	const row = part.getByRole('row', { name: /^Score/ });
	await expect(row.getByRole('cell').nth(0)).toHaveText(model.score.value.toFixed(1));
	await expect(row.getByRole('cell').nth(3)).toHaveText(score.toFixed(1));
	await part.getByText('How this is counted').click();
	await expect(part.getByText(/takes out that some interviewers/)).toBeVisible();
	await expect(page.getByText(model.adjustment.text)).toBeVisible();
	const musts = figure(page, 'Are the must-haves met?');
	for (const { sentence } of model.must_haves) await expect(musts.getByText(sentence.text)).toBeVisible();
	await clean(page, 'debrief');
});

test('the debrief tells scorecards that were submitted from those that rate something', async ({ open, site }) => {
	const [known] = await site.panel();
	const ids = (await (await site.as('recruiter')).get(`/v1/interviews/${known.id}`)).interviewers.map((one) => one.user_id);
	const people = Object.keys(site.users).filter((persona) => ids.includes(site.users[persona].id));
	const interview = await site.interview({ interviewers: [...people.slice(0, 2), 'interviewer'] });
	for (const persona of people.slice(0, 2)) await site.scorecard(persona, interview, { 'Logical depth': 4, 'Database design': 4, 'Code security': 3 });
	const nothing = Object.fromEntries(['Logical depth', 'Database design', 'Code security'].map((name) => [name, { value: null, not_assessed: true }]));
	await site.scorecard('interviewer', interview, nothing, { recommendation: 'no_decision', key_takeaways: 'The line broke at once.' });
	const api = await site.as('recruiter');
	await expect
		.poll(
			async () => {
				const { model } = await api.get(`/v1/applications/${interview.application_id}/evaluation`);
				return [model.state, model.scorecards];
			},
			{ timeout: 60_000 },
		)
		.toEqual(['current', 2]);
	const page = await open('recruiter');
	await page.goto(`/applications/${interview.application_id}`);
	await expect(page.locator('dl.facts > div').filter({ hasText: 'Scorecards submitted' }).locator('dd.big')).toHaveText('3');
	await expect(page.getByText('It rests on 6 ratings in 2 scorecards by 2 interviewers.')).toBeVisible();
	await expect(page.getByText('One more scorecard was submitted; it rates nothing.')).toBeVisible();
});

test('a debrief with too little data says so, and shows no figure', async ({ open, site }) => {
	const { application_id } = await site.interview({});
	await site.panel();
	const page = await open('recruiter');
	await page.goto(`/applications/${application_id}`);
	await expect(figure(page, 'The score and how sure it is')).toContainText('There are no ratings yet');
	await expect(page.getByText('How this is counted')).toHaveCount(0);
});

test('the comparison ranks, groups and pairs the candidates of a role', async ({ open, site }) => {
	const made = await site.panel();
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${site.role.id}`);
	await page.getByRole('link', { name: 'Compare candidates' }).click();
	await expect(page.getByRole('heading', { level: 1, name: 'Comparison' })).toBeVisible();
	const scores = figure(page, 'Scores side by side');
	await expect(scores.getByText(/^Ines Duarte has the highest estimate/)).toBeVisible();
	await scores.getByText('The figures as a table').click();
	const heads = await scores.getByRole('rowheader').allTextContents();
	expect(heads.indexOf('Ines Duarte')).toBe(0);
	expect(heads.indexOf('Petra Volk')).toBe(heads.length - 1);

	const groups = figure(page, 'Who is too close to call');
	await expect(groups.getByRole('link')).toHaveCount(heads.length);
	await expect(groups.getByText(/too close to call/).first()).toBeVisible();

	const matrix = figure(page, 'Who is ahead of whom');
	const first = matrix.getByRole('row').nth(1);
	await expect(first.getByRole('rowheader')).toContainText('Ines Duarte');
	await expect(first.getByRole('cell').last()).toHaveText('99%');
	await expect(first.getByRole('cell').first()).toHaveText('–');

	const one = figure(page, 'One competency at a time');
	await one.getByLabel('Competency').selectOption('Database design');
	await expect(page).toHaveURL(/competency=/);
	await expect(one.getByText(/^In Database design /)).toBeVisible();
	await clean(page, 'comparison');

	await groups.getByRole('link', { name: made[0].name }).click();
	await expect(page.getByRole('heading', { level: 1, name: made[0].name })).toBeVisible();
});

test('where the model is switched off, only the average is shown', async ({ open, site }) => {
	const made = await site.panel();
	const admin = await site.as('admin');
	const page = await open('recruiter');
	await admin.call('PATCH', '/v1/organization', { statistical_model: false });
	try {
		await page.goto(`/applications/${made[0].application_id}`);
		await expect(page.getByText('Weighted score')).toBeVisible();
		await expect(figure(page, 'The score and how sure it is')).toHaveCount(0);
		await page.goto(`/roles/${site.role.id}/comparison`);
		await expect(page.getByText(/averages and counts are shown/)).toBeVisible();
		await expect(page.getByText(/^Plain average \d\.\d\d/).first()).toBeVisible();
	} finally {
		await admin.call('PATCH', '/v1/organization', { statistical_model: true });
		await expect
			.poll(async () => (await admin.get(`/v1/applications/${made[0].application_id}/evaluation`)).model.state)
			.toBe('current');
	}
});
