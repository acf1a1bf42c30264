// Mail: its state, messages and texts as an admin; a password that was forgotten; what one is told of.
import { cleanOnceThere as clean, heading, looking } from './support/looking.mjs';
import { expect, overflow, signIn, test, unique } from './support/test.mjs';

const dialog = (page) => page.getByRole('dialog');

/** The admin of an organization that has written to nobody yet. */
async function asAdmin(open, site) {
	const persona = await site.newOrganization();
	const page = await looking(open, persona);
	return { page, api: await site.as(persona) };
}

const someone = () => ({ name: unique('Ola Nordmann'), email: `${unique('ola').replaceAll(' ', '.')}@example.com` });

test('a message is found, read where it is kept, and sent once more', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	await page.goto('/mail');
	await expect(heading(page)).toHaveText('Mail');
	await expect(page.getByText('Mail is kept here and not sent')).toBeVisible();
	await expect(page.getByText('No messages yet')).toBeVisible();
	await clean(page, 'no messages');

	const { name, email } = someone();
	await api.post('/v1/users', { name, email, access_level: 'member' });
	await expect(async () => {
		await page.getByRole('button', { name: 'Look again' }).click();
		await expect(page.getByRole('row', { name: /Invitation/ })).toContainText('Kept here', { timeout: 500 });
	}).toPass({ timeout: 20_000 });
	await expect(page.getByRole('row', { name: /Invitation/ })).toContainText(email);
	await clean(page, 'messages');
	await page.getByLabel('State', { exact: true }).selectOption('Refused');
	await expect(page).toHaveURL(/[?&]state=bounced(&|$)/);
	await expect(page.getByText('No message fits')).toBeVisible();
	await clean(page, 'no message fits');
	await page.getByLabel('State', { exact: true }).selectOption('Any state');
	await page.getByRole('link', { name: 'Invitation' }).click();

	await expect(heading(page)).toHaveText('Invitation');
	const plain = page.getByRole('region', { name: 'As plain text' });
	await expect(plain).toContainText(`Hello ${name},`);
	await expect(page.getByRole('region', { name: 'As mail programs show it' }).getByRole('link')).toHaveAttribute('href', /\/password#\S+$/);
	await clean(page, 'a message');
	const first = page.url();
	await page.getByRole('button', { name: 'Send it once more …' }).click();
	await clean(page, 'sending once more');
	await dialog(page).getByRole('button', { name: 'Send it once more' }).click();
	await expect(page).not.toHaveURL(first);
	await expect(page.getByText('Kept here', { exact: true })).toBeVisible({ timeout: 20_000 });
	await page.goto('/mail');
	await expect(page.locator('tbody tr')).toHaveCount(2);
});

test('a text is changed with its placeholders, previewed, switched off, and goes back to the standard', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	await page.goto('/mail/texts');
	await expect(page.locator('tbody tr')).toHaveCount(10);
	await expect(page.getByRole('row', { name: /^Survey/ })).toContainText('Off');
	await clean(page, 'texts');
	await page.getByRole('link', { name: 'Invitation' }).click();
	const formatted = page.getByRole('region', { name: 'As mail programs show it' });
	await expect(formatted).toContainText('Hello Robin Beispiel,');
	await page.getByText('Placeholders', { exact: true }).click();
	await expect(page.getByText('{{organization}}', { exact: true })).toBeVisible();
	await clean(page, 'a text');

	const text = page.getByLabel('Text', { exact: true });
	await page.getByLabel('Subject').fill('');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByRole('alert')).toContainText('Enter a subject.');
	await page.getByLabel('Subject').fill('Come in, {{name}}');
	await text.fill('Dear {{name}},\n\nno way in.');
	page.watch.expect(422, /^\/v1\/mail_templates\/invitation/);
	await page.getByRole('button', { name: 'Show the preview' }).click();
	await expect(page.getByRole('alert')).toContainText('{{link}}');
	await clean(page, 'a text that cannot be sent');
	await text.fill('Dear {{name}},\n\n<b>here</b> it is:\n{{link}}');
	await expect(page.getByText('The text was changed since.')).toBeVisible();
	await page.getByRole('button', { name: 'Show the preview' }).click();
	await expect(formatted).toContainText('<b>here</b> it is:');
	await expect(formatted.locator('b')).toHaveCount(0);
	await expect(page.getByText('Come in, Robin Beispiel')).toBeVisible();
	await page.getByRole('checkbox', { name: 'Send these messages' }).uncheck();
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByRole('button', { name: 'Back to standard …' })).toBeVisible();
	const { subject, enabled, changed } = await api.get('/v1/mail_templates/invitation');
	expect({ subject, enabled, changed }).toEqual({ subject: 'Come in, {{name}}', enabled: false, changed: true });
	await clean(page, 'a text of one’s own');

	await page.getByRole('link', { name: 'German' }).click();
	await expect(text).toHaveValue(/^Guten Tag/);
	await page.goBack();
	await expect(text).toHaveValue(/^Dear/);
	await page.getByRole('button', { name: 'Back to standard …' }).click();
	await clean(page, 'going back to the standard');
	await dialog(page).getByRole('button', { name: 'Back to standard' }).click();
	await expect(text).toHaveValue(/^Hello/);
	await expect(formatted).toContainText('Hello Robin Beispiel,');
	await expect(page.getByRole('button', { name: 'Back to standard …' })).toHaveCount(0);
	await page.goto('/mail/texts');
	await expect(page.getByRole('row', { name: /^Invitation/ })).toContainText('Off');
});

test('the organization chooses the language and where answers go', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	await page.goto('/mail/sending');
	await page.getByRole('radio', { name: 'German' }).check();
	await page.getByLabel('Answers go to').fill('no address');
	page.watch.expect(422, /^\/v1\/mail_settings$/);
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByRole('alert')).toBeVisible();
	await clean(page, 'an address that cannot be written to');
	await page.getByLabel('Answers go to').fill('people@example.com');
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	const { language, reply_to } = await api.get('/v1/mail_settings');
	expect({ language, reply_to }).toEqual({ language: 'de', reply_to: 'people@example.com' });
	await clean(page, 'sending');

	for (const [mode, says] of [['off', 'Mail is off: nothing is sent'], ['smtp', 'It comes from assay@example.com.']]) {
		await page.route('**/v1/mail_settings', async (route) => {
			const response = await route.fetch();
			await route.fulfill({ response, json: { ...(await response.json()), mode, mail_from: 'assay@example.com' } });
		});
		await page.goto('/mail');
		await expect(page.getByText(says, { exact: false })).toBeVisible();
		await clean(page, `mail that is ${mode}`);
		await page.unroute('**/v1/mail_settings');
	}
});

test('a message that was refused says by whom and why', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	await api.post('/v1/users', { ...someone(), access_level: 'member' });
	let message;
	await expect(async () => {
		[message] = (await api.get('/v1/mail_messages')).data;
		expect(message?.state).toBe('captured');
	}).toPass({ timeout: 20_000 });
	for (const [change, says] of [
		[{ state: 'bounced', reason: '550 no such mailbox', content: null }, '550 no such mailbox'],
		[{ state: 'failed', reason: '451 later', attempts: 20, content: null }, 'It was tried for about two days.'],
		[{ state: 'not_sent', reason: 'switched_off', content: null }, 'Messages of this kind are switched off.'],
		[{ state: 'queued', reason: '451 later', attempts: 3, next_at: '2099-01-31T09:00:00Z', content: null }, 'Next attempt'],
	]) {
		await page.route('**/v1/mail_messages/*', async (route) => {
			const response = await route.fetch();
			await route.fulfill({ response, json: { ...(await response.json()), ...change } });
		});
		await page.goto(`/mail/messages/${message.id}`);
		await expect(page.getByText(says)).toBeVisible();
		await expect(page.getByRole('button', { name: 'Send it once more …' })).toHaveCount(change.state === 'queued' ? 0 : 1);
		await clean(page, `a message that is ${change.state}`);
		await page.unroute('**/v1/mail_messages/*');
	}
});

test('a forgotten password: the mail, its link, another password, and in', async ({ open, site }) => {
	const persona = await site.newcomer();
	const { email } = site.users[persona];
	const page = await looking(open, null);
	await page.goto('/');
	await page.getByRole('link', { name: 'Forgot your password?' }).click();
	await page.getByRole('button', { name: 'Send me a link' }).click();
	await expect(page.getByRole('alert')).toContainText('Enter your e-mail address.');
	await clean(page, 'a forgotten password, nothing entered');
	await page.getByLabel('E-mail').fill(email);
	await page.getByRole('button', { name: 'Send me a link' }).click();
	await expect(page.getByText('a link is on its way', { exact: false })).toBeVisible();
	await clean(page, 'a link is on its way');

	const admin = await open('admin');
	let link = null;
	await expect(async () => {
		await admin.goto('/mail?template=password_reset');
		await admin.getByRole('row').filter({ hasText: email }).getByRole('link').click({ timeout: 1000 });
		link = await admin.getByRole('region', { name: 'As mail programs show it' }).getByRole('link').getAttribute('href', { timeout: 2000 });
	}).toPass({ timeout: 30_000 });

	const { pathname, hash } = new URL(link);
	await page.goto(pathname + hash);
	await expect(heading(page)).toHaveText('Choose a password');
	await clean(page, 'another password');
	const password = 'Basalt-lantern-7-orchard';
	await page.getByLabel('New password').fill(password);
	await page.getByRole('button', { name: 'Set the password' }).click();
	await expect(heading(page)).toHaveText('Your password is set');
	await clean(page, 'a password that is set');
	await page.getByRole('link', { name: 'Sign in' }).click();
	await signIn(page, { email, password });
	await expect(page.getByText('Account of', { exact: false })).toBeAttached();

	page.watch.expect(404, /^\/v1\/auth\/set_password$/);
	await page.goto('/forgotten-password');
	await page.goto(pathname + hash);
	await page.getByLabel('New password').fill(password);
	await page.getByRole('button', { name: 'Set the password' }).click();
	await expect(heading(page)).toHaveText('This link does not hold');
	await clean(page, 'a link that was used');
});

test('somebody without a password is invited again', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	const { name, email } = someone();
	const user = await api.post('/v1/users', { name, email, access_level: 'member' });
	await page.goto(`/users/${user.id}`);
	await expect(page.getByRole('heading', { name: 'Invite them again' })).toBeVisible();
	await clean(page, 'a person without a password');
	await page.getByRole('button', { name: 'Send the invitation' }).click();
	await expect(page.getByText(`The invitation is on its way to ${email}.`)).toBeVisible();
	expect((await api.get(`/v1/mail_messages?user_id=${user.id}`)).data.map(({ template }) => template)).toEqual(['invitation', 'invitation']);

	// They chose one meanwhile: the answer says so.
	await api.post(`/v1/users/${user.id}/password`, { password: 'Basalt-lantern-7-orchard' });
	page.watch.expect(409, /\/invite$/);
	await page.getByRole('button', { name: 'Send the invitation' }).click();
	await expect(page.getByRole('alert')).toContainText('The user has a password');
	await clean(page, 'an invitation that is refused');
	await page.reload();
	await expect(heading(page)).toHaveText(name);
	await expect(page.getByRole('heading', { name: 'Set a new password' })).toBeVisible();
	await expect(page.getByRole('heading', { name: 'Invite them again' })).toHaveCount(0);
});

test('a candidate is sent a link to their page', async ({ open, site }) => {
	const recruiter = await site.as('recruiter');
	const admin = await site.as('admin');
	const email = someone().email;
	const candidate = await recruiter.post('/v1/candidates', { name: unique('Kim Sample'), email });
	const application = await recruiter.post('/v1/applications', { candidate_id: candidate.id, role_id: site.role.id });
	const page = await looking(open, 'recruiter');
	page.watch.expect(404, /\/letter$/);
	await page.goto(`/applications/${application.id}`);
	await page.getByRole('link', { name: 'For the candidate' }).click();
	await page.getByRole('button', { name: 'Send one by mail' }).click();
	await expect(page.getByText('A mail with a link is on its way.')).toBeVisible();
	await clean(page, 'a link that is sent');
	const { data } = await admin.get(`/v1/mail_messages?application_id=${application.id}`);
	expect(data.map(({ template, address }) => [template, address])).toEqual([['candidate_link', email]]);

	await recruiter.call('PATCH', `/v1/candidates/${candidate.id}`, { email: null });
	page.watch.expect(409, /\/candidate_links\/send$/);
	await page.getByRole('button', { name: 'Send one by mail' }).click();
	await expect(page.getByRole('alert')).toContainText('The candidate has no e-mail address');
});

test('reminders and mentions are switched off and on again', async ({ open, site }) => {
	const persona = await site.newcomer();
	const page = await looking(open, persona);
	await page.goto('/');
	await page.locator('summary').filter({ hasText: 'Account of' }).click();
	await page.getByRole('link', { name: 'Mail to you' }).click();
	await expect(heading(page)).toHaveText('Mail to you');
	const mentions = page.getByRole('checkbox', { name: 'When somebody mentions me in a note' });
	await expect(mentions).toBeChecked();
	await mentions.uncheck();
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(page.getByText('Saved.')).toBeVisible();
	await clean(page, 'mail to you');
	const api = await site.as(persona);
	const { mail_reminders, mail_mentions } = await api.get('/v1/me/preferences');
	expect({ mail_reminders, mail_mentions }).toEqual({ mail_reminders: true, mail_mentions: false });
	await page.reload();
	await expect(mentions).not.toBeChecked();
	await mentions.check();
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect.poll(async () => (await api.get('/v1/me/preferences')).mail_mentions).toBe(true);
});

test('longer texts and right to left fit; nobody but admins gets in', async ({ open, site }) => {
	const { page, api } = await asAdmin(open, site);
	await api.post('/v1/users', { ...someone(), access_level: 'member' });
	const [{ id }] = (await api.get('/v1/mail_messages')).data;
	for (const path of ['/mail', '/mail/texts', '/mail/sending', '/mail/texts/interview_candidate', `/mail/messages/${id}`, '/preferences/mail']) {
		for (const language of ['en-XA', 'ar-XB']) {
			await page.goto(`${path}?language=${language}`);
			await heading(page).waitFor();
			await expect(page.locator('.bone, .bones')).toHaveCount(0);
			expect((await overflow(page)).over, `${path}, ${language}`).toBe(0);
		}
	}
	const other = await open('interviewer');
	other.watch.expect(403, /^\/v1\/mail_/);
	for (const path of ['/mail', '/mail/texts/invitation', `/mail/messages/${id}`]) {
		await other.goto(path);
		await expect(other.getByText('This is not yours to do'), path).toBeVisible();
	}
});
