// Every state of every screen through axe-core with the rules of WCAG 2.2 A and AA: light and dark,
// on a laptop and on a phone.
import { clean, looking } from './support/looking.mjs';

import { competency, evidence, expect, focus, openForm, rate, recommend, saving, test } from './support/test.mjs';

/** Holds back what the API says, or answers in its place, until `end` is called. */
async function answering(page, pattern, status) {
	let free;
	const held = new Promise((done) => {
		free = done;
	});
	const handler = async (route) => {
		if (status === undefined) {
			await held;
			return route.continue().catch(() => {});
		}
		return route.fulfill({
			status,
			headers: { 'Content-Type': 'application/problem+json', 'X-Request-Id': '0198a000-0000-7000-8000-000000000000' },
			body: JSON.stringify({ type: 'about:blank', title: 'Failed', status, code: 'failed' }),
		});
	};
	await page.route(pattern, handler);
	return async () => {
		free();
		await page.unroute(pattern, handler);
	};
}

const loading = (page) => page.getByRole('status').filter({ hasText: 'Loading' });
const heading = (page, name) => page.getByRole('heading', { level: 1, name });

test('nobody is kept out by the sign-in screen, in any of its states', async ({ open, site }) => {
	const page = await looking(open, null);
	await page.goto('/');
	await heading(page, 'Sign in').waitFor();
	await clean(page, 'sign in');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('alert').waitFor();
	await clean(page, 'sign in, nothing entered');
	page.watch.expect(401, /login$/);
	await page.getByLabel('E-mail').fill(site.users.interviewer.email);
	await page.getByLabel('Password', { exact: true }).fill('not this one');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('alert').getByText('E-mail or password is wrong').waitFor();
	await clean(page, 'sign in, wrong password');
	await page.goto('/sign-in?signed_out=1');
	await page.getByText('You are signed out.').waitFor();
	await clean(page, 'signed out');
});

test('nobody is kept out by the list of interviews, in any of its states', async ({ open, site }) => {
	const page = await looking(open, 'interviewer');
	let end = await answering(page, '**/v1/interviews?**');
	await page.goto('/');
	await loading(page).waitFor();
	await clean(page, 'my interviews, loading');
	await end();
	await heading(page, 'Home').waitFor();
	await clean(page, 'my interviews');
	await page.getByText('Account of Jonas Lind').locator('..').click();
	await page.getByRole('button', { name: 'Sign out' }).waitFor();
	await clean(page, 'menu');
	await page.keyboard.press('Escape');
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
	await clean(page, 'keyboard shortcuts');
	await page.keyboard.press('Escape');
	for (const [status, title] of [
		[500, 'Something went wrong'],
		[503, 'The server is busy'],
		[403, 'This is not yours to do'],
	]) {
		page.watch.expect(status, /^\/v1\/interviews$/);
		end = await answering(page, '**/v1/interviews?**', status);
		await page.goto('/');
		await heading(page, title).waitFor();
		await clean(page, `my interviews, ${status}`);
		await end();
	}
	await page.goto('/no/such/place');
	await heading(page, 'There is nothing here').waitFor();
	await clean(page, 'unknown address');

	const nobody = await looking(open, await site.newcomer());
	await nobody.goto('/');
	await nobody.getByText('You have no interviews yet').waitFor();
	await clean(nobody, 'my interviews, none');
});

test('nobody is kept out by the roles and their candidates, in any of their states', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	let end = await answering(page, '**/v1/roles?**');
	await page.goto('/roles');
	await loading(page).waitFor();
	await clean(page, 'roles, loading');
	await end();
	await heading(page, 'Roles').waitFor();
	await clean(page, 'roles');
	await page.goto('/roles?q=zzzzzz');
	await page.getByText('No role fits.').waitFor();
	await clean(page, 'roles, nothing found');

	end = await answering(page, '**/v1/roles/*');
	await page.goto(`/roles/${site.role.id}`);
	await loading(page).waitFor();
	await clean(page, 'role, loading');
	await end();
	await page.getByRole('link', { name: 'Amir Williams' }).waitFor();
	await clean(page, 'role');
	await page.goto(`/roles/${site.role.id}?q=zzzzzz`);
	await page.getByText('Nobody fits these filters.').waitFor();
	await clean(page, 'role, nobody found');
	const empty = await (await site.as('recruiter')).post('/v1/roles', { title: 'Keeper of the empty list' });
	await page.goto(`/roles/${empty.id}`);
	await page.getByText('Nobody has applied for this role yet.').waitFor();
	await clean(page, 'role, nobody applied');
	page.watch.expect(404, /^\/v1\/roles\//);
	page.watch.expect(404, /^\/v1\/applications/);
	await page.goto('/roles/01980000-0000-7000-8000-000000000000');
	await heading(page, 'There is nothing here').waitFor();
	await clean(page, 'role, unknown');

	const nobody = await looking(open, await site.newOrganization());
	await nobody.goto('/roles');
	await nobody.getByText('No roles yet').waitFor();
	await clean(nobody, 'roles, none');
});

test('nobody is kept out by the scorecard form, in any of its states', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer'] });
	const page = await looking(open, 'interviewer');
	const end = await answering(page, '**/v1/stages/*');
	await page.goto(`/interviews/${interview.id}`);
	await loading(page).waitFor();
	await clean(page, 'scorecard, loading');
	await end();
	await page.getByRole('button', { name: 'Submit scorecard' }).waitFor();
	await clean(page, 'scorecard, empty');
	await page.getByText('Interview kit').click();
	await clean(page, 'scorecard, with its kit');
	await page.getByText('Interview kit').click();
	await rate(page, 'Logical depth', 5);
	await rate(page, 'Database design', 1);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await page.getByRole('alert').first().waitFor();
	await clean(page, 'scorecard, with what is missing');
	await rate(page, 'Code security', null);
	await evidence(page, 'Logical depth').fill('Found a case that we had not seen.');
	await evidence(page, 'Database design').fill('One table for everything.');
	await recommend(page, 'No decision');
	await page.getByLabel('Key take-aways').fill('To be seen again.');
	await expect(saving(page)).toHaveText(/^Saved/);
	await clean(page, 'scorecard, complete');
	await page.context().setOffline(true);
	await page.getByLabel('Key take-aways').fill('To be seen again, soon.');
	await expect(saving(page)).toHaveText(/^Offline/);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await page.getByRole('alert').first().waitFor();
	await clean(page, 'scorecard, offline');
	await page.context().setOffline(false);
	await expect(saving(page)).toHaveText(/^Saved/);

	const two = await page.context().newPage();
	await openForm(two, interview);
	page.watch.expect(412, /^\/v1\/scorecards\//);
	page.watch.expect(409, /^\/v1\/scorecards\//);
	await two.getByLabel('Key take-aways').fill('From the second tab.');
	await rate(two, 'Logical depth', 2);
	await expect(saving(two)).toHaveText(/^Saved/);
	await page.getByLabel('Key take-aways').fill('From the first tab.');
	await rate(page, 'Logical depth', 3);
	await page.getByRole('dialog', { name: 'This draft was changed' }).waitFor();
	await clean(page, 'scorecard, conflict');
	await page.getByRole('button', { name: 'Save this choice' }).click();
	await expect(saving(page)).toHaveText(/^Saved/);
	await two.close();

	const api = await site.as('interviewer');
	const draft = await site.draftOf('interviewer', interview);
	await api.call('POST', `/v1/scorecards/${draft.id}/submit`, undefined, { 'If-Match': `"${draft.version}"` });
	await page.getByLabel('Private note').fill('Too late.');
	await page.getByRole('dialog', { name: 'This scorecard was submitted' }).waitFor();
	await clean(page, 'scorecard, submitted elsewhere');
	await page.getByRole('button', { name: 'Drop these changes' }).click();
	await page.getByText('You can take it back for').waitFor();
	await clean(page, 'scorecard, submitted');
});

test('nobody is kept out when a session ends, a scorecard is amended, or there is none to fill in', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const page = await looking(open, 'interviewer');
	await openForm(page, interview);
	page.watch.expect(401, /^\/v1\//);
	await page.context().clearCookies();
	await rate(page, 'Logical depth', 3);
	await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
	await clean(page, 'scorecard, the session ended');

	await site.scorecard('interviewer_2', interview, Object.fromEntries(focus.map((name) => [name, 3])));
	const colleague = await looking(open, 'interviewer_2');
	await colleague.clock.install({ time: Date.now() + 11 * 60_000 });
	await colleague.goto(`/interviews/${interview.id}`);
	await colleague.getByRole('button', { name: 'Amend' }).click();
	await colleague.getByRole('button', { name: 'Save amendment' }).click();
	await colleague.getByRole('alert').waitFor();
	await competency(colleague, 'Logical depth').waitFor();
	await clean(colleague, 'scorecard, to be amended');

	const recruiter = await looking(open, 'recruiter');
	await recruiter.goto(`/interviews/${interview.id}`);
	await recruiter.getByText('You are not an interviewer here').waitFor();
	await clean(recruiter, 'interview of others');
});

test('nobody is kept out by the debrief, in any of its states', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	await site.scorecard(
		'interviewer_2',
		interview,
		{ 'Logical depth': 5, 'Database design': 1, 'Code security': { not_assessed: true } },
		{ recommendation: 'strong_no', key_takeaways: 'Two sides.', private_note: 'For later.' },
	);
	const blind = await looking(open, 'interviewer');
	await blind.goto(`/applications/${interview.application_id}`);
	await heading(blind, interview.candidate_name).waitFor();
	await clean(blind, 'debrief, blind');
	const page = await looking(open, 'recruiter');
	const end = await answering(page, '**/v1/applications/*/evaluation');
	await page.goto(`/applications/${site.amir.id}`);
	await loading(page).waitFor();
	await clean(page, 'debrief, loading');
	await end();
	await heading(page, 'Amir Williams').waitFor();
	await clean(page, 'debrief, decided');
	await page.goto(`/applications/${interview.application_id}`);
	await heading(page, interview.candidate_name).waitFor();
	await clean(page, 'debrief, one is waited for');
	const form = page.getByRole('form', { name: 'Record a decision' });
	await form.getByRole('radio', { name: 'Hire', exact: false }).first().check();
	await form.getByRole('button', { name: 'Add a dissent' }).click();
	await form.getByRole('button', { name: 'Record decision' }).click();
	await form.getByRole('alert').waitFor();
	await clean(page, 'debrief, decision with what is missing');
	await form.getByRole('radio', { name: 'No hire' }).check();
	await form.getByLabel('Why', { exact: true }).fill('The must-have is not met.');
	await form.getByRole('button', { name: 'Remove this dissent' }).click();
	await form.getByRole('button', { name: 'Record decision' }).click();
	await page.getByText('The decision is recorded.').waitFor();
	await clean(page, 'debrief, decision recorded');

	const nothing = await site.interview();
	await page.goto(`/applications/${nothing.application_id}`);
	await page.getByText('No scorecard has been submitted yet.').waitFor();
	await clean(page, 'debrief, no scorecard yet');
	page.watch.expect(404, /^\/v1\/applications\//);
	await page.goto('/applications/01980000-0000-7000-8000-000000000000');
	await heading(page, 'There is nothing here').waitFor();
	await clean(page, 'debrief, unknown');
});
