// Partners: a small one of our own sends people here, they agree or not, and it is disconnected again.
import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';

import { psql } from '../support/database.mjs';
import { cleanOnceThere as clean, heading, looking } from './support/looking.mjs';
import { expect, signIn, test, unique } from './support/test.mjs';

const SCOPES = ['roles:read', 'candidates:read', 'applications:write'];
const post = (url, form) => fetch(url, { method: 'POST', body: new URLSearchParams(form) });

/** An application of somebody else's, on this machine: /connect sends the browser to us, /callback takes it back. */
class Application {
	static async start(site, more = {}) {
		const one = new Application();
		one.site = site;
		one.server = createServer((request, response) => {
			one.answer(new URL(request.url, one.url)).then(
				({ to, text }) => {
					response.writeHead(to ? 302 : 200, to ? { Location: to } : { 'Content-Type': 'text/html; charset=utf-8' });
					response.end(`<!doctype html><html lang="en"><title>Partner</title><h1>${text ?? ''}</h1></html>`);
				},
				(error) => response.writeHead(500).end(String(error)),
			);
		});
		await new Promise((done) => one.server.listen(0, '127.0.0.1', done));
		one.url = `http://127.0.0.1:${one.server.address().port}`;
		Object.assign(
			one,
			await (await site.as('admin')).post('/v1/partners', {
				name: unique('Ledger'),
				homepage: 'https://ledger.example/about',
				redirect_uris: ['http://127.0.0.1/callback'],
				scopes: SCOPES,
				...more,
			}),
		);
		return one;
	}

	asking(more = {}) {
		this.verifier = randomBytes(32).toString('base64url');
		const parameters = {
			client_id: this.client_id,
			redirect_uri: `${this.url}/callback`,
			response_type: 'code',
			state: unique('state'),
			code_challenge: createHash('sha256').update(this.verifier).digest('base64url'),
			code_challenge_method: 'S256',
			...more,
		};
		this.state = parameters.state;
		return `${this.site.url}/oauth/authorize?${new URLSearchParams(parameters)}`;
	}

	async answer({ pathname, searchParams }) {
		if (pathname === '/connect') return { to: this.asking() };
		if (pathname !== '/callback') return { text: 'Nothing here' };
		if (searchParams.get('state') !== this.state || searchParams.get('iss') !== this.site.url) return { text: 'Not what was asked' };
		if (searchParams.has('error')) return { text: `No: ${searchParams.get('error')}` };
		const answer = await post(`${this.site.url}/v1/oauth/token`, {
			grant_type: 'authorization_code',
			code: searchParams.get('code'),
			code_verifier: this.verifier,
			redirect_uri: `${this.url}/callback`,
			client_id: this.client_id,
			client_secret: this.client_secret,
		});
		this.tokens = await answer.json();
		const me = await (await this.get('/v1/me')).json();
		return { text: `Connected to ${me.organization?.name}` };
	}

	get(path) {
		return fetch(this.site.url + path, { headers: { Authorization: `Bearer ${this.tokens.access_token}` } });
	}

	stop() {
		this.server.closeAllConnections();
		return new Promise((done) => this.server.close(done));
	}

	/** What the browser asked of it is no surprise. */
	allow(page) {
		page.watch.found = page.watch.found.filter((one) => !one.startsWith(`another host: ${this.url}`));
	}
}

const within = (open, site, application) => async (persona) => {
	const page = await looking(open, persona);
	page.application = application;
	return page;
};

test('a partner sends somebody here, who signs in, reads, and agrees; later it is disconnected', async ({ open, site }) => {
	const application = await Application.start(site);
	const persona = await site.newOrganization();
	const admin = await site.as(persona);
	const organization = (await admin.get('/v1/me')).organization.name;
	const page = await within(open, site, application)(null);
	await page.goto(`${application.url}/connect`);
	await signIn(page, site.users[persona]);

	await expect(heading(page)).toHaveText(`Connect ${application.name}?`);
	const main = page.locator('main');
	await expect(main).toContainText(`${application.name} (ledger.example) asks for access to what ${organization} has here.`);
	await expect(main).toContainText('read candidates, contact data and documents included');
	await expect(main).toContainText('create applications and move them, rejections included');
	await expect(main).toContainText('It does not get');
	await expect(main).toContainText('scorecards or what they add up to');
	await clean(page, 'a partner asks');

	await page.getByRole('button', { name: 'Connect', exact: true }).click();
	await expect(page.getByRole('heading', { name: `Connected to ${organization}` })).toBeVisible();
	expect(application.tokens.scope).toBe('roles:read candidates:read applications:write');
	expect((await application.get('/v1/roles')).status).toBe(200);
	expect((await application.get('/v1/users')).status).toBe(403);
	application.allow(page);

	// Asked again, it says that it is connected.
	await page.goto(application.asking({ scope: 'roles:read' }));
	await expect(page.getByText('It is connected already.', { exact: false })).toBeVisible();
	await clean(page, 'a connected partner asks again');

	await page.goto('/partners');
	await expect(heading(page)).toHaveText('Partners');
	await clean(page, 'connected partners');
	await page.getByRole('link', { name: new RegExp(application.name) }).first().click();
	await expect(heading(page)).toHaveText(application.name);
	await expect(page.locator('main')).toContainText('Ada Admin');
	await clean(page, 'a connection');
	await page.getByRole('button', { name: 'Disconnect …' }).click();
	await clean(page, 'disconnecting');
	await page.getByRole('dialog').getByRole('button', { name: 'Disconnect', exact: true }).click();
	await expect(page.getByText('An admin disconnected it.')).toBeVisible();
	expect((await application.get('/v1/roles')).status).toBe(401);
	await clean(page, 'a connection that ended');
	await page.goto('/partners/ended');
	await expect(page.getByRole('link', { name: new RegExp(application.name) }).first()).toBeVisible();
	await page.goto('/audit?type=api_client');
	await expect(page.locator('main')).toContainText('let a partner connect');
	await application.stop();
});

test('no is told to the partner; a session that ends meanwhile keeps the question', async ({ open, site }) => {
	const application = await Application.start(site);
	const persona = await site.newOrganization();
	const page = await within(open, site, application)(persona);
	await page.goto(`${application.url}/connect`);
	await expect(heading(page)).toHaveText(`Connect ${application.name}?`);
	await page.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('heading', { name: 'No: access_denied' })).toBeVisible();

	await page.goto(`${application.url}/connect`);
	await expect(heading(page)).toHaveText(`Connect ${application.name}?`);
	page.watch.expect(401, /^\/v1\/(oauth\/consents|auth\/refresh|me)/);
	await page.context().clearCookies();
	await page.getByRole('button', { name: 'Connect', exact: true }).click();
	const back = page.getByRole('dialog');
	await back.getByLabel('Password', { exact: true }).fill(site.users[persona].password);
	const email = back.getByLabel('E-mail');
	if (await email.isEditable()) await email.fill(site.users[persona].email);
	await back.getByRole('button', { name: 'Sign in' }).click();
	await expect(back).toBeHidden();
	await expect(heading(page)).toHaveText(`Connect ${application.name}?`);
	await page.getByRole('button', { name: 'Connect', exact: true }).click();
	await expect(page.getByRole('heading', { name: /^Connected to / })).toBeVisible();
	application.allow(page);
	await application.stop();
});

test('links that are wrong go nowhere, and say why', async ({ open, site }) => {
	const application = await Application.start(site);
	const persona = await site.newOrganization();
	const page = await within(open, site, application)(persona);
	page.watch.expect(422, /^\/v1\/oauth\/requests$/);
	const says = async (address, title, text, state) => {
		await page.goto(address);
		await expect(heading(page)).toHaveText(title);
		await expect(page.locator('main')).toContainText(text);
		await clean(page, state);
		expect(new URL(page.url()).host).toBe(new URL(site.url).host);
	};
	await says(application.asking({ client_id: 'pt_none' }), 'This link is not right', 'No partner is known', 'an unknown partner');
	await says(application.asking({ redirect_uri: 'https://evil.example/' }), 'This link is not right', 'an address that the partner has not registered', 'a foreign address');
	await says(`${application.asking()}&state=twice`, 'This link is not right', 'there twice', 'a parameter twice');
	await says('/oauth/authorize', 'This link is not right', 'Something is missing', 'no parameters');
	await says(application.asking({ scope: 'users:write' }), `${application.name} asks in a way that does not work`, 'invalid_scope', 'a scope too many');
	await page.getByRole('button', { name: /^Back to 127\.0\.0\.1/ }).click();
	await expect(page.getByRole('heading', { name: 'No: invalid_scope' })).toBeVisible();

	// It waited too long, and can be shown again.
	page.watch.expect(409, /^\/v1\/oauth\/consents$/);
	await page.goto(application.asking());
	await expect(heading(page)).toHaveText(`Connect ${application.name}?`);
	await psql(site.server, "UPDATE partner_requests SET expires_at = now() WHERE decision IS NULL");
	await page.getByRole('button', { name: 'Connect', exact: true }).click();
	await expect(heading(page)).toHaveText('This waited too long');
	await clean(page, 'a question that is over');
	await page.getByRole('button', { name: 'Show it again' }).click();
	await expect(heading(page)).toHaveText(`Connect ${application.name}?`);

	const member = await within(open, site, application)('interviewer');
	await member.goto(application.asking());
	await expect(heading(member)).toHaveText('An admin has to do this');
	await clean(member, 'a member is asked');
	application.allow(page);
	await application.stop();
});

test('a partner is registered, changed, given a new secret, disabled and enabled', async ({ open, site }) => {
	const persona = await site.newOrganization();
	const page = await looking(open, persona);
	await page.goto('/partners');
	await expect(page.getByText('No partner is connected')).toBeVisible();
	await clean(page, 'no partners');
	await page.goto('/partners/registered');
	await expect(page.getByText('No partner is registered here')).toBeVisible();
	await page.getByRole('link', { name: 'Register a partner' }).first().click();
	await expect(heading(page)).toBeFocused();
	await page.getByRole('button', { name: 'Register', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('4 things need your attention');
	await clean(page, 'a new partner, nothing entered');

	const name = unique('Ledger');
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('Home page').fill('https://ledger.example');
	await page.getByLabel('Redirect addresses').fill('http://ledger.example/callback');
	await page.getByRole('checkbox', { name: /^Read roles/ }).check();
	page.watch.expect(422, /^\/v1\/partners$/);
	await page.getByRole('button', { name: 'Register', exact: true }).click();
	await expect(page.getByRole('alert')).toContainText('1 thing needs your attention');
	await page.getByLabel('Redirect addresses').fill('https://ledger.example/callback\nhttp://127.0.0.1/callback');
	await page.getByRole('button', { name: 'Register', exact: true }).click();
	const dialog = page.getByRole('dialog');
	await expect(dialog.getByLabel('Secret', { exact: true })).toHaveValue(/^pts_/);
	await clean(page, 'the secret of a partner');
	await dialog.getByRole('button').last().click();
	await expect(heading(page)).toHaveText(name);
	await clean(page, 'a partner');

	await page.getByLabel('Name').fill(`${name} two`);
	await page.getByRole('button', { name: 'Save changes' }).click();
	await expect(heading(page)).toHaveText(`${name} two`);
	await page.getByRole('button', { name: 'New secret …' }).click();
	await dialog.getByRole('button', { name: 'Give it a new secret' }).click();
	await expect(dialog.getByLabel('Secret', { exact: true })).toHaveValue(/^pts_/);
	await dialog.getByRole('button').last().click();
	await expect(page.getByText(/^The secret before is good until /)).toBeVisible();
	await page.getByRole('button', { name: 'Disable …' }).click();
	await dialog.getByRole('button', { name: 'Disable', exact: true }).click();
	await expect(page.getByText('It gets no token, and nobody can connect it.')).toBeVisible();
	await clean(page, 'a disabled partner');
	await page.getByRole('button', { name: 'Enable again' }).click();
	await expect(page.getByRole('button', { name: 'Disable …' })).toBeVisible();
	await page.goto('/partners/registered');
	await expect(page.getByRole('link', { name: `${name} two` })).toBeVisible();
	await clean(page, 'registered partners');
});
