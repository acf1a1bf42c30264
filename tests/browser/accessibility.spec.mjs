// Every state of every screen through axe-core with the rules of WCAG 2.2 A and AA: light and dark on
// a laptop, and once more in the size of a phone.
import { createRequire } from 'node:module';

import { competency, evidence, expect, focus, openForm, rate, recommend, saving, test } from './support/test.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** A page whose every state can be looked at. */
async function looking(open, persona) {
	const page = await open(persona);
	await page.context().addInitScript({ path: axe });
	const look = async (state) => {
		for (const colorScheme of test.info().project.name === 'phone' ? ['light'] : ['light', 'dark']) {
			await page.emulateMedia({ colorScheme });
			const { violations } = await page.evaluate(
				(values) => window.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
				rules,
			);
			const found = violations.flatMap(({ id, help, nodes }) =>
				nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}: ${node.failureSummary}`),
			);
			expect.soft(found, `${state}, ${colorScheme}`).toEqual([]);
		}
		await page.emulateMedia({ colorScheme: 'light' });
	};
	return { page, look };
}

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
	const { page, look } = await looking(open, null);
	await page.goto('/');
	await heading(page, 'Sign in').waitFor();
	await look('sign in');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('alert').waitFor();
	await look('sign in, nothing entered');
	page.watch.expect(401, /login$/);
	await page.getByLabel('E-mail').fill(site.users.interviewer.email);
	await page.getByLabel('Password', { exact: true }).fill('not this one');
	await page.getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('alert').getByText('E-mail or password is wrong').waitFor();
	await look('sign in, wrong password');
	await page.goto('/sign-in?signed_out=1');
	await page.getByText('You are signed out.').waitFor();
	await look('signed out');
});

test('nobody is kept out by the list of interviews, in any of its states', async ({ open, site }) => {
	const { page, look } = await looking(open, 'interviewer');
	let end = await answering(page, '**/v1/interviews?**');
	await page.goto('/');
	await loading(page).waitFor();
	await look('my interviews, loading');
	await end();
	await heading(page, 'Home').waitFor();
	await look('my interviews');
	await page.getByText('Account of Jonas Lind').locator('..').click();
	await page.getByRole('button', { name: 'Sign out' }).waitFor();
	await look('menu');
	await page.keyboard.press('Escape');
	await page.keyboard.press('?');
	await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
	await look('keyboard shortcuts');
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
		await look(`my interviews, ${status}`);
		await end();
	}
	await page.goto('/no/such/place');
	await heading(page, 'There is nothing here').waitFor();
	await look('unknown address');

	const nobody = await looking(open, await site.newcomer());
	await nobody.page.goto('/');
	await nobody.page.getByText('You have no interviews yet').waitFor();
	await nobody.look('my interviews, none');
});

test('nobody is kept out by the roles and their candidates, in any of their states', async ({ open, site }) => {
	const { page, look } = await looking(open, 'recruiter');
	let end = await answering(page, '**/v1/roles?**');
	await page.goto('/roles');
	await loading(page).waitFor();
	await look('roles, loading');
	await end();
	await heading(page, 'Roles').waitFor();
	await look('roles');
	await page.goto('/roles?q=zzzzzz');
	await page.getByText('No role fits.').waitFor();
	await look('roles, nothing found');

	end = await answering(page, '**/v1/roles/*');
	await page.goto(`/roles/${site.role.id}`);
	await loading(page).waitFor();
	await look('role, loading');
	await end();
	await page.getByRole('link', { name: 'Amir Williams' }).waitFor();
	await look('role');
	await page.goto(`/roles/${site.role.id}?q=zzzzzz`);
	await page.getByText('Nobody fits these filters.').waitFor();
	await look('role, nobody found');
	const empty = await (await site.as('recruiter')).post('/v1/roles', { title: 'Keeper of the empty list' });
	await page.goto(`/roles/${empty.id}`);
	await page.getByText('Nobody has applied for this role yet.').waitFor();
	await look('role, nobody applied');
	page.watch.expect(404, /^\/v1\/roles\//);
	page.watch.expect(404, /^\/v1\/applications/);
	await page.goto('/roles/01980000-0000-7000-8000-000000000000');
	await heading(page, 'There is nothing here').waitFor();
	await look('role, unknown');

	const nobody = await looking(open, await site.newOrganization());
	await nobody.page.goto('/roles');
	await nobody.page.getByText('No roles yet').waitFor();
	await nobody.look('roles, none');
});

test('nobody is kept out by the scorecard form, in any of its states', async ({ open, site }) => {
	test.setTimeout(90_000);
	const interview = await site.interview({ interviewers: ['interviewer'] });
	const { page, look } = await looking(open, 'interviewer');
	const end = await answering(page, '**/v1/stages/*');
	await page.goto(`/interviews/${interview.id}`);
	await loading(page).waitFor();
	await look('scorecard, loading');
	await end();
	await page.getByRole('button', { name: 'Submit scorecard' }).waitFor();
	await look('scorecard, empty');
	await page.getByText('Interview kit').click();
	await look('scorecard, with its kit');
	await page.getByText('Interview kit').click();
	await rate(page, 'Logical depth', 5);
	await rate(page, 'Database design', 1);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await page.getByRole('alert').first().waitFor();
	await look('scorecard, with what is missing');
	await rate(page, 'Code security', null);
	await evidence(page, 'Logical depth').fill('Found a case that we had not seen.');
	await evidence(page, 'Database design').fill('One table for everything.');
	await recommend(page, 'No decision');
	await page.getByLabel('Key take-aways').fill('To be seen again.');
	await expect(saving(page)).toHaveText(/^Saved/);
	await look('scorecard, complete');
	await page.context().setOffline(true);
	await page.getByLabel('Key take-aways').fill('To be seen again, soon.');
	await expect(saving(page)).toHaveText(/^Offline/);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await page.getByRole('alert').first().waitFor();
	await look('scorecard, offline');
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
	await look('scorecard, conflict');
	await page.getByRole('button', { name: 'Save this choice' }).click();
	await expect(saving(page)).toHaveText(/^Saved/);
	await two.close();

	const api = await site.as('interviewer');
	const draft = await site.draftOf('interviewer', interview);
	await api.call('POST', `/v1/scorecards/${draft.id}/submit`, undefined, { 'If-Match': `"${draft.version}"` });
	await page.getByLabel('Private note').fill('Too late.');
	await page.getByRole('dialog', { name: 'This scorecard was submitted' }).waitFor();
	await look('scorecard, submitted elsewhere');
	await page.getByRole('button', { name: 'Drop these changes' }).click();
	await page.getByText('You can take it back for').waitFor();
	await look('scorecard, submitted');
});

test('nobody is kept out when a session ends, a scorecard is amended, or there is none to fill in', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const { page, look } = await looking(open, 'interviewer');
	await openForm(page, interview);
	page.watch.expect(401, /^\/v1\//);
	await page.context().clearCookies();
	await rate(page, 'Logical depth', 3);
	await page.getByRole('dialog', { name: 'Sign in' }).waitFor();
	await look('scorecard, the session ended');

	await site.scorecard('interviewer_2', interview, Object.fromEntries(focus.map((name) => [name, 3])));
	const colleague = await looking(open, 'interviewer_2');
	await colleague.page.clock.install({ time: Date.now() + 11 * 60_000 });
	await colleague.page.goto(`/interviews/${interview.id}`);
	await colleague.page.getByRole('button', { name: 'Amend' }).click();
	await colleague.page.getByRole('button', { name: 'Save amendment' }).click();
	await colleague.page.getByRole('alert').waitFor();
	await competency(colleague.page, 'Logical depth').waitFor();
	await colleague.look('scorecard, to be amended');

	const recruiter = await looking(open, 'recruiter');
	await recruiter.page.goto(`/interviews/${interview.id}`);
	await recruiter.page.getByText('You are not an interviewer here').waitFor();
	await recruiter.look('interview of others');
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
	await blind.page.goto(`/applications/${interview.application_id}`);
	await heading(blind.page, interview.candidate_name).waitFor();
	await blind.look('debrief, blind');

	const { page, look } = await looking(open, 'recruiter');
	const end = await answering(page, '**/v1/applications/*/evaluation');
	await page.goto(`/applications/${site.amir.id}`);
	await loading(page).waitFor();
	await look('debrief, loading');
	await end();
	await heading(page, 'Amir Williams').waitFor();
	await look('debrief, decided');
	await page.goto(`/applications/${interview.application_id}`);
	await heading(page, interview.candidate_name).waitFor();
	await look('debrief, one is waited for');
	const form = page.getByRole('form', { name: 'Record a decision' });
	await form.getByRole('radio', { name: 'Hire', exact: false }).first().check();
	await form.getByRole('button', { name: 'Add a dissent' }).click();
	await form.getByRole('button', { name: 'Record decision' }).click();
	await form.getByRole('alert').waitFor();
	await look('debrief, decision with what is missing');
	await form.getByRole('radio', { name: 'No hire' }).check();
	await form.getByLabel('Why', { exact: true }).fill('The must-have is not met.');
	await form.getByRole('button', { name: 'Remove this dissent' }).click();
	await form.getByRole('button', { name: 'Record decision' }).click();
	await page.getByText('The decision is recorded.').waitFor();
	await look('debrief, decision recorded');

	const nothing = await site.interview();
	await page.goto(`/applications/${nothing.application_id}`);
	await page.getByText('No scorecard has been submitted yet.').waitFor();
	await look('debrief, no scorecard yet');
	page.watch.expect(404, /^\/v1\/applications\//);
	await page.goto('/applications/01980000-0000-7000-8000-000000000000');
	await heading(page, 'There is nothing here').waitFor();
	await look('debrief, unknown');
});
