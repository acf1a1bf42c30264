// Administration: people, programs, settings and the audit, as an admin of an organization of their own.

import { psql } from '../support/database.mjs';
import { cleanOnceThere as clean, heading, looking } from './support/looking.mjs';
import { expect, overflow, test, unique } from './support/test.mjs';

const dialog = (page) => page.getByRole('dialog');
const said = (page, text) => page.getByText(text, { exact: true }).first();

/** An admin of an organization in which nothing happened yet. */
async function asAdmin(open, site) {
	const persona = await site.newOrganization();
	const page = await looking(open, persona);
	return { page, persona, api: await site.as(persona) };
}

const token = (site, { client_id, client_secret }) =>
	fetch(`${site.url}/v1/oauth/token`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
		body: new URLSearchParams({ grant_type: 'client_credentials', client_id, client_secret }),
	});

test('a person is added, found, changed, locked out and let in again', async ({ open, site }) => {
	const { page } = await asAdmin(open, site);
	await page.goto('/users');
	await expect(heading(page)).toHaveText('People');
	await clean(page, 'people');
	await page.getByRole('link', { name: 'Add a person' }).click();
	await expect(heading(page)).toBeFocused();
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	const summary = page.getByRole('alert');
	await expect(summary).toContainText('2 things need your attention');
	await clean(page, 'a new person, nothing entered');
	await summary.getByRole('link', { name: 'Enter an e-mail address.' }).click();
	await expect(page.getByLabel('E-mail')).toBeFocused();

	const name = unique('Ola Nordmann');
	const email = `${name.replaceAll(' ', '.').toLowerCase()}@example.com`;
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('E-mail').fill(email);
	await page.getByLabel('First password').fill('short');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('Use at least 12 characters.');
	await page.getByRole('button', { name: 'Suggest one' }).click();
	const password = await page.getByLabel('First password').inputValue();
	expect(password).toMatch(/^([a-z2-9]{5}-){3}[a-z2-9]{5}$/);
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(heading(page)).toHaveText(name);
	await clean(page, 'a person');
	const signIn = () =>
		fetch(`${site.url}/v1/auth/login`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ email, password }),
		});
	expect((await signIn()).status).toBe(200);

	await page.getByRole('radio', { name: /^Recruiter/ }).check();
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(dialog(page)).toContainText('They are signed out and have to sign in again.');
	await clean(page, 'another access level');
	await dialog(page).getByRole('button', { name: 'Change access level' }).click();
	await expect(dialog(page)).toHaveCount(0);
	await page.reload();
	await expect(page.getByRole('radio', { name: /^Recruiter/ })).toBeChecked();

	await page.getByRole('button', { name: 'Deactivate …' }).click();
	await expect(dialog(page)).toContainText('They are signed out everywhere');
	await clean(page, 'deactivating');
	await dialog(page).getByRole('button', { name: 'Deactivate', exact: true }).click();
	await page.getByRole('button', { name: 'Activate again …' }).waitFor();
	expect((await signIn()).status).toBe(401);
	await page.goto('/users?status=disabled');
	await expect(page.getByRole('row', { name })).toBeVisible();
	await expect(page.locator('tbody tr')).toHaveCount(1);
	await page.getByLabel('Search people').fill('nobody of that name');
	await expect(page.getByText('Nobody fits')).toBeVisible();
	await clean(page, 'nobody fits');
	await page.goto('/users?q=ola');
	await page.getByRole('link', { name }).click();
	await page.getByRole('button', { name: 'Activate again …' }).click();
	await dialog(page).getByRole('button', { name: 'Activate again' }).click();
	await page.getByRole('button', { name: 'Deactivate …' }).waitFor();
	expect((await signIn()).status).toBe(200);

	await page.getByLabel('New password').fill('Basalt-lantern-7-orchard');
	await page.getByRole('button', { name: 'Set a new password' }).click();
	await dialog(page).getByRole('button', { name: 'Set it' }).click();
	await said(page, 'The new password holds from now on.').waitFor();
	expect((await signIn()).status).toBe(401);
	await expect(page.getByLabel('New password')).toHaveValue('');
});

test('the last admin stays one, and is told why', async ({ open, site }) => {
	const { page } = await asAdmin(open, site);
	await page.goto('/users');
	await page.getByRole('link', { name: 'Ada Admin' }).click();
	await expect(page.getByText('This is you')).toBeVisible();
	page.watch.expect(409, /^\/v1\/users\//);
	await page.getByRole('button', { name: 'Deactivate …' }).click();
	await dialog(page).getByRole('button', { name: 'Deactivate', exact: true }).click();
	await expect(dialog(page).getByRole('alert')).toContainText(/admin/i);
	await clean(page, 'a refusal in a question');
});

test('a program gets a secret once, a new one, and its end', async ({ open, site }) => {
	const { page } = await asAdmin(open, site);
	await page.goto('/api-clients');
	await expect(page.getByText('No API clients')).toBeVisible();
	await clean(page, 'no API clients');
	await page.getByRole('link', { name: 'Add an API client' }).first().click();
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('Choose at least one.');
	await clean(page, 'a new API client, nothing entered');
	await page.getByLabel('Name').fill('ATS, nightly');
	await page.getByRole('checkbox', { name: /^Read candidates/ }).check();
	await page.getByLabel('Ends on').fill('2020-01-01');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('Choose a day that is still to come.');
	await page.getByLabel('Ends on').fill('');
	await page.getByRole('button', { name: 'Add', exact: true }).click();

	const field = (name) => dialog(page).getByLabel(name, { exact: true });
	await expect(dialog(page)).toContainText('It is shown this once.');
	await clean(page, 'the secret');
	await page.keyboard.press('Escape');
	await expect(dialog(page)).toBeVisible();
	const first = { client_id: await field('Client id').inputValue(), client_secret: await field('Client secret').inputValue() };
	expect((await token(site, first)).status).toBe(200);
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	await expect(heading(page)).toHaveText('ATS, nightly');
	await expect(page.getByText('Read candidates, contact data and documents included')).toBeVisible();
	await clean(page, 'an API client');
	await page.reload();
	await heading(page).waitFor();
	expect(await page.content()).not.toContain(first.client_secret);

	await page.getByRole('button', { name: 'New secret …' }).click();
	await expect(dialog(page)).toContainText('The old secret no longer works, at once.');
	await clean(page, 'a new secret');
	await dialog(page).getByRole('button', { name: 'Give it a new secret' }).click();
	await field('Client secret').waitFor();
	const second = { ...first, client_secret: await field('Client secret').inputValue() };
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	expect((await token(site, first)).status).toBe(401);
	expect((await token(site, second)).status).toBe(200);

	await page.getByLabel('Name').fill('ATS');
	await page.getByLabel('Ends on').fill('2099-01-31');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(heading(page)).toHaveText('ATS');
	await expect(page.getByText('31 Jan 2099')).toBeVisible();

	await page.getByRole('button', { name: 'Revoke …' }).click();
	await expect(dialog(page)).toContainText('It cannot be taken back');
	await dialog(page).getByRole('button', { name: 'Revoke', exact: true }).click();
	await expect(page.getByText('It cannot sign in any more, for good.', { exact: false })).toBeVisible();
	await clean(page, 'a revoked API client');
	expect((await token(site, second)).status).toBe(401);
	await page.goto('/api-clients/revoked');
	await expect(page.getByRole('link', { name: 'ATS' })).toBeVisible();
	await page.goto('/api-clients');
	await expect(page.getByText('No API clients')).toBeVisible();
});

test('a webhook gets its secret once, tells what it was answered, is paused, resumed and archived', async ({ open, site }) => {
	const { page } = await asAdmin(open, site);
	await page.goto('/webhooks');
	await expect(page.getByText('No webhooks')).toBeVisible();
	await clean(page, 'no webhooks');
	await page.getByRole('link', { name: 'Add a webhook' }).first().click();
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('Enter a name.');
	await clean(page, 'a new webhook, nothing entered');
	await page.getByLabel('Name', { exact: true }).fill('ATS, mirror');
	page.watch.expect(422, /^\/v1\/webhooks$/);
	await page.getByRole('textbox', { name: 'Address' }).fill('https://10.0.0.1/hook');
	await page.getByRole('checkbox', { name: /^Webhooks/ }).check();
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('is not on the public internet');
	await page.getByRole('textbox', { name: 'Address' }).fill('https://receiver.invalid/hook');
	await page.getByRole('button', { name: 'Add', exact: true }).click();
	await expect(dialog(page).getByRole('textbox', { name: 'Signing secret' })).toHaveValue(/^whsec_/);
	const secret = await dialog(page).getByRole('textbox', { name: 'Signing secret' }).inputValue();
	await clean(page, 'the secret of a webhook');
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	await expect(heading(page)).toHaveText('ATS, mirror');
	await page.reload();
	await heading(page).waitFor();
	expect(await page.content()).not.toContain(secret);

	await page.getByRole('button', { name: 'Send a test' }).click();
	await expect(page.getByRole('row', { name: /webhook\.ping / })).toContainText('Given up', { timeout: 20_000 });
	await clean(page, 'a webhook with a delivery that failed');
	await page.getByRole('button', { name: 'Details of webhook.ping', exact: true }).click();
	await expect(dialog(page)).toContainText('Given up');
	await clean(page, 'a delivery');
	await page.keyboard.press('Escape');

	await page.getByRole('button', { name: 'Pause', exact: true }).click();
	await expect(said(page, 'Paused by hand')).toBeVisible();
	await clean(page, 'a paused webhook');
	await page.getByRole('button', { name: 'Resume …' }).click();
	await dialog(page).getByRole('radio', { name: 'Leave it out' }).check();
	await clean(page, 'resuming a webhook');
	await dialog(page).getByRole('button', { name: 'Resume' }).click();
	await expect(page.getByText('Paused by hand')).toHaveCount(0);

	await page.getByRole('button', { name: 'Send again …' }).click();
	await dialog(page).getByRole('button', { name: 'Send again' }).click();
	await expect(dialog(page).getByRole('alert')).toContainText('Enter from when.');
	await clean(page, 'a span to send again');
	await dialog(page).getByLabel('From').fill('2026-01-01T00:00');
	await dialog(page).getByRole('button', { name: 'Send again' }).click();
	await expect(page.getByRole('button', { name: 'Details of webhook.created' })).toBeVisible({ timeout: 20_000 });

	await page.getByRole('button', { name: 'New secret …' }).click();
	await dialog(page).getByRole('button', { name: 'Give it a new secret' }).click();
	await expect(dialog(page).getByRole('textbox', { name: 'Signing secret' })).not.toHaveValue(secret);
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	await expect(page.getByText('The secret before signs too', { exact: false })).toBeVisible();

	await page.getByRole('button', { name: 'Archive …' }).click();
	await dialog(page).getByRole('button', { name: 'Archive', exact: true }).click();
	await expect(page.getByText('Nothing more is sent, for good.', { exact: false })).toBeVisible();
	await clean(page, 'an archived webhook');
	await page.goto('/webhooks/archived');
	await expect(page.getByRole('link', { name: 'ATS, mirror' })).toBeVisible();
});

test('the audit says what happened in sentences, by filters that stand in the address', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	const role = await api.post('/v1/roles', { title: 'Night watch' });
	for (let i = 0; i < 52; i += 1) await api.post('/v1/competencies', { name: unique('Competency') });
	const candidate = await api.post('/v1/candidates', { name: unique('Kari') });
	const application = await api.post('/v1/applications', { candidate_id: candidate.id, role_id: role.id });
	const items = [{ application_id: application.id }];
	const bulk = await api.post('/v1/bulk_actions', { action: 'pause', items });
	await api.post(`/v1/bulk_actions/${bulk.id}/undo`);

	await page.goto('/audit');
	await expect(page.getByText('Ada Admin undid a bulk action')).toBeVisible();
	await expect(page.getByText('Ada Admin made an application active, as an undo')).toBeVisible();
	await clean(page, 'the audit');
	const entries = page.locator('ol > li');
	await expect(entries).toHaveCount(50);
	await page.getByRole('button', { name: 'Show more' }).click();
	await expect(page.getByText('Ada Admin opened a role')).toBeVisible();

	await page.getByLabel('What').selectOption('Applications');
	await expect(page).toHaveURL(/[?&]type=application(&|$)/);
	await expect(entries).toHaveCount(3);
	await page.reload();
	await expect(entries).toHaveCount(3);
	const paused = entries.filter({ hasText: 'paused an application, in a bulk action' });
	await paused.locator('summary').click();
	await expect(paused.getByRole('link', { name: 'Open it' })).toHaveAttribute('href', `/applications/${application.id}`);
	await expect(paused).toContainText('application.paused');
	await clean(page, 'an entry, opened');
	await paused.getByRole('link', { name: 'All about this' }).click();
	await expect(page.getByText('About one thing only')).toBeVisible();
	await expect(entries).toHaveCount(3);
	await page.getByRole('button', { name: 'Show everything' }).click();
	await expect(page.getByText('About one thing only')).toHaveCount(0);

	await page.getByLabel('To and including').fill('2020-01-01');
	await page.getByLabel('To and including').press('Tab');
	await expect(page.getByText('Nothing happened then')).toBeVisible();
	await clean(page, 'nothing happened');
	await page.getByRole('button', { name: 'Clear filters' }).click();
	await expect(entries).toHaveCount(50);
	await page.getByRole('combobox', { name: 'Who' }).fill('Ada');
	await page.getByRole('option', { name: /Ada Admin/ }).click();
	await expect(page).toHaveURL(/actor_id=/);
	await expect(entries).toHaveCount(50);
});

test('who sees what is set, and holds', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	await page.goto('/settings');
	const wants = page.getByRole('group', { name: 'What candidates want' });
	await expect(wants.getByRole('radio', { name: 'Everyone who works on the candidate' })).toBeChecked();
	await clean(page, 'who sees what');
	await wants.getByRole('radio', { name: 'Nobody else' }).check();
	await page.getByRole('button', { name: 'Save changes' }).click();
	await said(page, 'Saved. It holds from now on.').waitFor();
	expect((await api.get('/v1/settings')).visibility).toMatchObject({ wants: 'recruiters', contact: 'team' });
	await page.reload();
	await expect(wants.getByRole('radio', { name: 'Nobody else' })).toBeChecked();
	// Two admins at once: the second is told, and sees what the first set.
	await api.call('PATCH', '/v1/settings', { visibility: { source: 'hiring_managers' } });
	page.watch.expect(412, /^\/v1\/settings$/);
	await wants.getByRole('radio', { name: 'Everyone who works on the candidate' }).check();
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByRole('alert')).toBeVisible();
	const source = page.getByRole('group', { name: 'Sources' });
	await expect(source.getByRole('radio', { name: /^Hiring managers/ })).toBeChecked();
	await clean(page, 'who sees what, changed elsewhere');
});

test('retention is ruled, tried, and carried out', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	const [old, kept] = [unique('Old Timer'), unique('Held Back')];
	for (const name of [old, kept]) {
		const { id } = await api.post('/v1/candidates', { name });
		await psql(site.server, `UPDATE candidates SET created_at = now() - interval '9 years', updated_at = now() - interval '9 years' WHERE id = '${id}'`);
		if (name === kept) await api.put(`/v1/candidates/${id}/legal_hold`, { reason: 'A claim.' });
	}
	await page.goto('/settings/retention');
	await expect(page.getByText('No rule yet')).toBeVisible();
	await clean(page, 'no rule');
	await page.getByRole('button', { name: 'Add a rule' }).click();
	await dialog(page).getByRole('button', { name: 'Save changes' }).click();
	await expect(dialog(page).getByRole('alert')).toContainText('A whole number from 1 to 240.');
	await clean(page, 'a rule, nothing entered');
	await dialog(page).getByLabel('Months after the last activity').fill('24');
	await dialog(page).getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByRole('row', { name: /Every other country/ })).toContainText('24 months');
	await page.getByRole('button', { name: 'Change the rule for Every other country' }).click();
	await dialog(page).getByLabel('Months after the last activity').fill('12');
	await dialog(page).getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByRole('row', { name: /Every other country/ })).toContainText('12 months');

	await page.getByRole('button', { name: 'Look', exact: true }).click();
	await expect(page.getByRole('row', { name: old })).toContainText('Would be erased');
	await expect(page.getByRole('row', { name: kept })).toContainText('Kept by a legal hold');
	await clean(page, 'a dry run');
	await page.getByRole('button', { name: 'Erase 1 candidate …' }).click();
	await expect(dialog(page)).toContainText('It cannot be undone.');
	await clean(page, 'erasing');
	await dialog(page).getByRole('button', { name: 'Erase for good' }).click();
	await expect(page.getByRole('row', { name: old })).toHaveCount(0);
	await expect(page.getByRole('row', { name: kept })).toBeVisible();
	await page.getByRole('button', { name: 'Delete the rule for Every other country' }).click();
	await dialog(page).getByRole('button', { name: 'Delete', exact: true }).click();
	await expect(page.getByText('No rule yet')).toBeVisible();
});

test('the notice to candidates is written and kept', async ({ open, site }) => {
	const { page } = await asAdmin(open, site);
	await page.goto('/settings/notice');
	await expect(page.getByText('Nothing is written yet', { exact: false })).toBeVisible();
	await clean(page, 'no notice');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByRole('alert')).toContainText('Write the notice.');
	await page.getByLabel('Notice', { exact: true }).fill('You are judged by people, on stated criteria.');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText('Last changed', { exact: false })).toBeVisible();
	await page.reload();
	await expect(page.getByLabel('Notice', { exact: true })).toHaveValue('You are judged by people, on stated criteria.');
});

test('administration is for admins: others do not find it, and its addresses say so', async ({ open }, { project }) => {
	const page = await open('interviewer');
	page.watch.expect(403, /^\/v1\/(api_clients|webhooks|audit|settings|retention_rules)$/);
	await page.goto('/');
	await heading(page).waitFor();
	if (project.name === 'phone') await page.getByRole('button', { name: 'Open the navigation' }).click();
	await page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Home' }).waitFor();
	await expect(page.getByRole('link', { name: 'Audit' })).toHaveCount(0);
	for (const path of ['/api-clients', '/webhooks', '/audit', '/settings', '/settings/retention']) {
		await page.goto(path);
		await expect(page.getByText('This is not yours to do'), path).toBeVisible();
	}
	await page.goto('/users');
	await expect(page.getByRole('link', { name: 'Add a person' })).toHaveCount(0);
	await page.getByRole('link', { name: 'Mei Tanaka' }).click();
	await expect(heading(page)).toHaveText('Mei Tanaka');
	await expect(page.getByRole('button', { name: 'Save changes' })).toHaveCount(0);
});

test('longer texts and right to left fit', async ({ open, site }) => {
	const page = await looking(open, 'admin');
	const { id } = site.users.interviewer;
	for (const path of ['/users', '/users/new', `/users/${id}`, '/api-clients', '/api-clients/new', '/webhooks', '/webhooks/new', '/audit', '/settings', '/settings/retention']) {
		await page.goto(`${path}?language=en-XA`);
		await heading(page).waitFor();
		await expect(page.locator('.bone, .bones')).toHaveCount(0);
		expect((await overflow(page)).over, path).toBe(0);
		await page.goto(`${path}?language=ar-XB`);
		await heading(page).waitFor();
		await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
		expect((await overflow(page)).over, path).toBe(0);
	}
});

test('reports on people are opened to somebody by name, taken back, and say where they do not count', async ({ open, site }) => {
	const persona = await site.newcomer(undefined, 'recruiter');
	const { id } = site.users[persona];
	const api = await site.as('admin');
	const rights = async () => (await api.get(`/v1/users/${id}/report_rights`)).rights.map(({ report }) => report);
	const page = await looking(open, 'admin');
	await page.goto(`/users/${id}`);
	const part = page.getByRole('region', { name: 'Reports on people' });
	await expect(part.getByText('Rating patterns of others')).toHaveCount(0);
	await part.getByRole('button', { name: 'Open it to them' }).click();
	await expect(part.getByText('Open to them since')).toBeVisible();
	expect(await rights()).toEqual(['fairness']);
	await clean(page, 'a person with a right');
	await part.getByRole('button', { name: 'Close it to them' }).click();
	await expect(part.getByRole('button', { name: 'Open it to them' })).toBeVisible();
	await page.getByRole('button', { name: 'Undo' }).last().click();
	await expect.poll(rights).toEqual(['fairness']);
	const { version } = await api.get(`/v1/users/${id}`);
	await api.call('PATCH', `/v1/users/${id}`, { access_level: 'member' }, { 'If-Match': `"${version}"` });
	await page.reload();
	await expect(part.getByText('does not count at their access level')).toBeVisible();
});
