// The reports: what each says, its table, its file, its filters in the address, and who may see it.

import { fill } from './support/reports.mjs';
import { clean, looking } from './support/looking.mjs';
import { expect, test } from './support/test.mjs';
const heading = (page, name) => page.getByRole('heading', { level: 1, name });
const figure = (page, name) => page.getByRole('region', { name });

// Filled once for a worker: it takes a while.
const filled = new Map();
const roleOf = (site) => {
	if (!filled.has(site)) filled.set(site, fill(site));
	return filled.get(site);
};

test('the index leads to each report', async ({ open }) => {
	const page = await looking(open, 'recruiter');
	await page.goto('/reports');
	await heading(page, 'Reports').waitFor();
	await clean(page, 'index');
	await page.getByRole('link', { name: 'Agreement' }).click();
	await expect(heading(page, 'Agreement')).toBeFocused();
	await expect(page).toHaveURL(/\/reports\/agreement$/);
});

test('each report says it in a sentence, with a plot, its table, its definition and its file', async ({ open, site }) => {
	test.setTimeout(240_000);
	const role = await roleOf(site);
	const page = await looking(open, 'recruiter');
	const reports = [
		['funnel', 'Funnel', role.title, /passed .+, the fewest of all stages\.$/],
		['sources', 'Sources', 'Offers by source', /leads most often to an offer/],
		['time', 'Time', 'Days to a decision', /waited longer than .+ days for a decision/],
		['load', 'Interview load', 'Interviews by person', /interviews most: \d+ interviews/],
		['turnaround', 'Scorecard turnaround', 'Hours until the scorecard is there', /came within a day of the interview/],
		['agreement', 'Agreement', role.title, /agree well on \d of 5 competencies/],
	];
	for (const [name, title, what, sentence] of reports) {
		await page.goto(`/reports/${name}?role=${role.id}`);
		await heading(page, title).waitFor();
		const shown = figure(page, what).first();
		await expect(shown.getByText(sentence)).toBeVisible();
		await expect(shown.getByRole('img', { name: sentence })).toBeVisible();
		await shown.getByText('The figures as a table').click();
		expect(await shown.getByRole('table').getByRole('row').count()).toBeGreaterThan(1);
		await shown.getByText('How this is counted').click();
		await clean(page, name);
		const link = page.getByRole('link', { name: /CSV/ }).first();
		const file = await page.request.get(await link.getAttribute('href'));
		expect(file.headers()['content-type']).toMatch(/^text\/csv/);
		expect((await file.text()).split('\r\n').length).toBeGreaterThan(2);
	}
});

test('filters stand in the address, and too little data is said kindly', async ({ open, site }) => {
	test.setTimeout(240_000);
	const role = await roleOf(site);
	const page = await looking(open, 'recruiter');
	await page.goto('/reports/funnel');
	await page.getByLabel('Role').selectOption({ label: role.title });
	await expect(page).toHaveURL(new RegExp(`role=${role.id}`));
	await expect(figure(page, role.title)).toBeVisible();
	await page.getByLabel('From', { exact: true }).fill('2035-01-01');
	await expect(page.getByText('Nothing to report here yet')).toBeVisible();
	await clean(page, 'nothing in this period');
	await page.getByLabel('To', { exact: true }).fill('2034-01-01');
	await expect(page.getByText('The period ends before it begins.')).toBeVisible();
	await clean(page, 'a period that ends before it begins');
	await page.getByRole('button', { name: 'Clear filters' }).click();
	await expect(page).toHaveURL(/\/reports\/funnel$/);
	await expect(figure(page, role.title)).toBeVisible();
});

test('adverse impact needs a right, and hides what would tell of few', async ({ open, site }) => {
	test.setTimeout(240_000);
	await roleOf(site);
	const recruiter = await looking(open, 'recruiter');
	recruiter.watch.expect(403, /^\/v1\/reports\/fairness/);
	await recruiter.goto('/reports/fairness');
	await recruiter.getByText('This report needs a right of its own').waitFor();
	await clean(recruiter, 'fairness, without the right');
	const page = await looking(open, 'admin');
	await page.goto('/reports/fairness');
	const all = figure(page, 'Gender · All roles together');
	await expect(all.getByText(/^Women 39 %, Men 54 %: ratio 0\.72 .+ likely, not certain, to be a real gap\.$/)).toBeVisible();
	await expect(figure(page, /^Disability/).getByText(/Too few answers to say anything about disability/)).toBeVisible();
	await clean(page, 'fairness');
});

test('whether another interview is worth it, candidate by candidate', async ({ open, site }) => {
	test.setTimeout(240_000);
	const role = await roleOf(site);
	const page = await looking(open, 'recruiter');
	await page.goto('/reports/another-interview');
	await page.getByText('Which role is it about?').waitFor();
	await clean(page, 'another interview, no role');
	await page.getByLabel('Role').selectOption({ label: role.title });
	await expect(page.getByText(/^With 4 interviewers a score here has reliability 0\.\d\d/)).toBeVisible();
	await clean(page, 'another interview');
	await page.getByRole('link', { name: /chance of changing the suggestion/ }).first().click();
	await expect(page).toHaveURL(/\/applications\//);
});

test('my rating patterns are mine, and too few scorecards are a sentence', async ({ open, site }) => {
	test.setTimeout(240_000);
	await roleOf(site);
	const page = await looking(open, 'interviewer');
	await page.goto('/reports/my-rating-patterns');
	await expect(page.getByText(/^Jonas Lind scores 0\.\d lower than peers/)).toBeVisible();
	await expect(figure(page, 'Drift').getByRole('img')).toBeVisible();
	await clean(page, 'rating patterns');
	const newcomer = await looking(open, await site.newcomer());
	await newcomer.goto('/reports/my-rating-patterns');
	await expect(newcomer.getByText(/has 0 scorecards: too few to say\./)).toBeVisible();
	await clean(newcomer, 'rating patterns, too few');
});

test('what is printed has no controls', async ({ open, site }) => {
	test.setTimeout(240_000);
	const role = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/reports/funnel?role=${role.id}`);
	await figure(page, role.title).waitFor();
	await page.emulateMedia({ media: 'print' });
	for (const name of ['Print', 'Clear filters']) await expect(page.getByRole('button', { name })).toBeHidden();
	await expect(page.getByRole('link', { name: /CSV/ })).toBeHidden();
	await expect(figure(page, role.title)).toBeVisible();
});
