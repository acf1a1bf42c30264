// The interview room: judging without knowing whose work it is, handovers, attachments, one thumb; and home
// by what one does.
import { clean, heading, looking } from './support/looking.mjs';

import { competency, expect, openForm, overflow, rate, recommend, saving, test, unique } from './support/test.mjs';

/** Someone's work in an anonymous stage. */
async function anonymous(site, interviewers = ['interviewer', 'interviewer_2']) {
	const api = await site.as('recruiter');
	const name = unique('Zoraida Quennell');
	const email = `${name.replaceAll(' ', '.').toLowerCase()}@example.com`;
	const role = await api.post('/v1/roles', { title: unique('Payments'), rubric_version_id: site.role.rubric_version_id });
	const stage = await api.post(`/v1/roles/${role.id}/stages`, {
		name: 'Code portfolio',
		method: 'portfolio_review',
		anonymous: true,
		candidate_brief: { tasks: 'Bring code.', skills: 'Clarity', judged_on: 'Its tests', time: 'An hour' },
		competency_ids: Object.values(site.competencies).slice(0, 2),
	});
	const candidate = await api.post('/v1/candidates', { name, email });
	const application = await api.post('/v1/applications', { candidate_id: candidate.id, role_id: role.id });
	const sent = await fetch(`${site.url}/v1/candidates/${candidate.id}/documents`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${api.token}`, 'Content-Type': 'text/plain' },
		body: `${name}, ${email}\nA token bucket for each client.`,
	});
	expect(sent.status).toBe(201);
	const interview = await api.post('/v1/interviews', {
		application_id: application.id,
		stage_id: stage.id,
		starts_at: new Date(Date.now() - 86_400_000).toISOString(),
		location: `With ${name}`,
		interviewers: interviewers.map((persona) => ({ user_id: site.users[persona].id })),
	});
	return { interview, name, email, application, role };
}

async function rateAll(page, value = 3) {
	for (const group of await page.locator('fieldset[id$="-group"]').all())
		await group.locator(`label:has(input[value="${value}"])`).click();
}

test('an anonymous work is judged without a name, on screen, in the title, in the address and on the wire', async ({ open, site }) => {
	const { interview, name, email, application } = await anonymous(site);
	const page = await looking(open, 'interviewer');
	await page.goto('/');
	await expect(page.getByRole('link', { name: /Candidate [0-9A-F]{5}/ })).toContainText('Anonymous');
	await openForm(page, interview);
	await expect(heading(page)).toHaveText(/^Candidate [0-9A-F]{5}$/);
	await expect(page).toHaveTitle(/^Candidate [0-9A-F]{5} · /);
	await expect(page.getByText('You judge the work without knowing whose it is')).toBeVisible();
	await expect(page.getByRole('region', { name: 'Résumé' })).toContainText('A token bucket for each client.');
	await clean(page, 'anonymous');
	await rateAll(page);
	await recommend(page, 'Yes');
	await expect(saving(page)).toHaveText(/^Saved/);
	const heard = await page.watch.heard();
	for (const telltale of [name, email, application.id, application.candidate_id, ...name.split(' ').slice(0, 2)])
		expect(heard.includes(telltale), telltale).toBe(false);
	expect(page.url()).not.toContain(application.id);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await expect(heading(page)).toHaveText(name);
	await expect(page).toHaveTitle(`${name} · Assay`);
	await expect(page.getByRole('status').filter({ hasText: `You judged the work of ${name}` })).toBeAttached();
	// Known now, it is amended and not taken back.
	await expect(page.getByRole('button', { name: 'Take it back' })).toHaveCount(0);
	await expect(page.getByRole('link', { name: 'Open the debrief' })).toHaveAttribute('href', `/applications/${application.id}`);
	await expect(page.getByText('No colleague has submitted a scorecard yet')).toBeVisible();
	await clean(page, 'revealed');
});

test('after the submission a colleague’s scorecard stands beside one’s own, and not before', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	await site.scorecard('interviewer_2', interview, { 'Logical depth': 4, 'Database design': 3, 'Code security': 4 }, { key_takeaways: 'Quiet and exact.' });
	const page = await looking(open, 'interviewer');
	await openForm(page, interview);
	await rateAll(page);
	await recommend(page, 'No');
	await expect(saving(page)).toHaveText(/^Saved/);
	expect(await page.watch.heard()).not.toContain('Quiet and exact.');
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	const colleague = page.getByRole('group').filter({ hasText: site.users.interviewer_2.name });
	await colleague.locator('summary').click();
	await expect(colleague).toContainText('Quiet and exact.');
	await expect(colleague).toContainText('You: 3');
	await clean(page, 'submitted, a colleague’s open');
});

test('a handover is written, refused where it tells a rating, and read by the next stage', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await looking(open, 'interviewer');
	await openForm(page, interview);
	await page.getByText('For the next stage').click();
	page.watch.expect(422, /\/handover$/);
	await page.getByLabel('What to look into').fill('I would give 4/5.');
	await page.getByRole('button', { name: 'Hand over' }).click();
	await expect(page.getByRole('alert')).toContainText('It was not handed over.');
	await page.getByLabel('What to look into').fill('Ask how they size a queue.');
	await page.getByRole('button', { name: 'Hand over' }).click();
	await expect(page.getByRole('status').filter({ hasText: 'Handed over.' })).toBeVisible();
	await clean(page, 'handed over');

	const api = await site.as('recruiter');
	const later = site.stages.find(({ position }) => position > site.technical.position);
	const next = await api.post('/v1/interviews', {
		application_id: interview.application_id,
		stage_id: later.id,
		interviewers: [{ user_id: site.users.interviewer_2.id }],
	});
	const other = await looking(open, 'interviewer_2');
	await openForm(other, next);
	await expect(other.getByRole('region', { name: 'Handed over to you' })).toContainText('Ask how they size a queue.');
	await clean(other, 'handed over to me');
	await page.getByRole('button', { name: 'Take it back' }).click();
	await expect(page.getByRole('status').filter({ hasText: 'Taken back.' })).toBeVisible();
});

test('files are added to a draft that was not begun, taken off, and locked with the scorecard', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await looking(open, 'interviewer');
	await openForm(page, interview);
	const files = page.getByRole('region', { name: /^Attachments/ });
	const input = files.locator('input[type=file]');
	const png = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 1, 2, 3]);
	await input.setInputFiles([
		{ name: 'whiteboard.png', mimeType: 'image/png', buffer: png },
		{ name: 'queue.sql', mimeType: '', buffer: Buffer.from('SELECT 1;') },
		{ name: 'talk.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('x') },
	]);
	await expect(files.getByRole('link', { name: 'whiteboard.png' })).toBeVisible();
	await expect(files.getByRole('link', { name: 'queue.sql' })).toBeVisible();
	await expect(files.getByRole('alert')).toContainText('talk.mp3 is not a PNG');
	await clean(page, 'attachments');
	await files.getByRole('button', { name: 'Remove whiteboard.png' }).click();
	await expect(files.getByRole('link', { name: 'whiteboard.png' })).toHaveCount(0);
	await page.context().setOffline(true);
	await input.setInputFiles([{ name: 'later.txt', mimeType: 'text/plain', buffer: Buffer.from('x') }]);
	await expect(files.getByRole('alert')).toContainText('You are offline.');
	await page.context().setOffline(false);
	await page.reload();
	await expect(files.getByRole('link', { name: 'queue.sql' })).toBeVisible();
	await rateAll(page);
	await recommend(page, 'Yes');
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await expect(heading(page)).toBeFocused();
	await expect(files.getByRole('link', { name: 'queue.sql' })).toBeVisible();
	await expect(files.getByRole('button')).toHaveCount(0);
	const [download] = await Promise.all([page.waitForEvent('download'), files.getByRole('link', { name: 'queue.sql' }).click()]);
	expect(download.suggestedFilename()).toBe('queue.sql');
});

test('one thumb goes from gap to gap; who assessed nothing can only say so', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await looking(open, 'interviewer');
	await openForm(page, interview);
	const next = page.locator('.foot').getByRole('button', { name: /^Next/ });
	for (const name of ['Logical depth', 'Database design', 'Code security']) {
		await expect(next).toContainText(name);
		await next.click();
		await expect(competency(page, name).locator('input:focus')).toHaveCount(1);
		await rate(page, name, null);
	}
	await expect(next).toContainText('recommendation');
	await recommend(page, 'Yes');
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await expect(page.getByRole('alert')).toContainText('Nothing was assessed: choose “No decision”');
	await recommend(page, 'No decision');
	await expect(page.getByRole('alert')).toContainText('say why in the key take-aways');
	await clean(page, 'nothing assessed');
	await next.click();
	await expect(page.getByLabel('Key take-aways')).toBeFocused();
	await page.getByLabel('Key take-aways').fill('The line broke after two minutes.');
	await expect(next).toHaveCount(0);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await expect(page.getByRole('main').getByText('Scorecard submitted').first()).toBeVisible();
	expect(await overflow(page)).toEqual({ over: 0, wide: [] });
});

test('home shows each what their work asks for', async ({ open, site }) => {
	const interview = await site.interview();
	const recruiter = await looking(open, 'recruiter');
	await recruiter.goto('/');
	await expect(heading(recruiter)).toHaveText('Home');
	const late = recruiter.getByRole('region', { name: /^Scorecards overdue/ });
	// The oldest come first, and only the first few are shown.
	const more = late.getByRole('button', { name: /^Show/ });
	await expect(late.getByRole('link').first()).toBeVisible();
	if (await more.isVisible()) {
		await more.click();
		await expect(late.locator('a:focus')).toHaveCount(1);
	}
	await expect(late.getByRole('link', { name: interview.candidate_name })).toContainText(site.users.interviewer.name);
	for (const name of [/^Stuck/, /^Decided this week/]) await expect(recruiter.getByRole('region', { name })).toBeVisible();
	await expect(recruiter.getByText('You have no interviews yet')).toHaveCount(0);
	await clean(recruiter, 'a recruiter’s home');
	expect(await overflow(recruiter)).toEqual({ over: 0, wide: [] });
	await late.getByRole('link', { name: interview.candidate_name }).click();
	await expect(heading(recruiter)).toHaveText(interview.candidate_name);

	const manager = await looking(open, 'hiring_manager');
	await manager.goto('/');
	await expect(manager.getByRole('heading', { name: 'My roles' })).toBeVisible();
	await expect(manager.locator(`main a[href="/roles/${site.role.id}"]`)).toBeVisible();
	await expect(manager.getByRole('region', { name: /^Who waits for you/ })).toBeVisible();
	await clean(manager, 'a hiring manager’s home');

	const interviewer = await looking(open, 'interviewer');
	await interviewer.goto('/');
	await expect(interviewer.locator('main h2').first()).toContainText('Waiting for your scorecard');
	await expect(interviewer.getByRole('link', { name: new RegExp(interview.candidate_name) })).toContainText('Overdue');
	await expect(interviewer.getByRole('heading', { name: 'Open roles' })).toHaveCount(0);
	await clean(interviewer, 'an interviewer’s home');

	const newcomer = await looking(open, await site.newcomer());
	await newcomer.goto('/');
	await expect(newcomer.getByText('You have no interviews yet')).toBeVisible();
	await clean(newcomer, 'a newcomer’s home');
});

test('an interview that is held today stands under today', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const made = await site.interview();
	const soon = new Date(Date.now() + 60_000);
	await api.call('PATCH', `/v1/interviews/${made.id}`, { starts_at: soon.toISOString() });
	const page = await open('interviewer');
	await page.goto('/');
	const day = (at) => new Intl.DateTimeFormat('en', { timeZone: 'Europe/Berlin', dateStyle: 'short' }).format(at);
	const title = day(soon) === day(new Date()) ? 'Today' : 'Coming up';
	await expect(page.locator('section').filter({ has: page.getByRole('heading', { name: title }) })).toContainText(made.candidate_name);
});
