// A partner as its makers would write it by hand: registers, asks, and exchanges what it gets.
import { createHash, randomBytes } from 'node:crypto';

import { Client } from './client.mjs';
import { unique } from './world.mjs';

export const CALLBACK = 'https://partner.example/assay/callback';

export const challengeOf = (verifier) => createHash('sha256').update(verifier).digest('base64url');

// What a form is sent with by HTTP Basic.
export const basic = (id, secret) => ({
	Authorization: `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
});

export class Partner {
	constructor(server, made) {
		Object.assign(this, made, { server, open: new Client(server), callback: made.redirect_uris[0] });
	}

	static async register(server, admin, more = {}) {
		return new Partner(
			server,
			await admin.make('/v1/partners', {
				name: unique('Partner'),
				homepage: 'https://partner.example',
				redirect_uris: [CALLBACK],
				scopes: ['roles:read', 'candidates:read'],
				...more,
			}),
		);
	}

	// One of a world, which it is connected to, under the names of World.params().
	static async connected(world, name) {
		const partner1 = await Partner.register(world.server, world.admin, { name });
		return { partner1, connection1: await (await partner1.connect(world.admin)).as.read('/v1/me') };
	}

	// The parameters of the address that it sends a browser to.
	ask(more = {}) {
		const verifier = randomBytes(32).toString('base64url');
		const parameters = {
			client_id: this.client_id,
			redirect_uri: this.callback,
			response_type: 'code',
			state: unique('state'),
			code_challenge: challengeOf(verifier),
			code_challenge_method: 'S256',
			...more,
		};
		return { verifier, parameters: Object.fromEntries(Object.entries(parameters).filter(([, value]) => value !== undefined)) };
	}

	// What an admin is shown.
	async shown(admin, more) {
		const { verifier, parameters } = this.ask(more);
		const { body } = await admin.post('/v1/oauth/requests', parameters, { expect: 200 });
		return { verifier, parameters, ...body };
	}

	// An admin agrees: the code, and where it went.
	async agreed(admin, more) {
		const shown = await this.shown(admin, more);
		const { body } = await admin.post('/v1/oauth/consents', { handle: shown.handle, decision: 'connect' }, { expect: 200 });
		const to = new URL(body.redirect_to);
		return { ...shown, to, code: to.searchParams.get('code') };
	}

	get credentials() {
		return this.client_secret === null ? { client_id: this.client_id } : { client_id: this.client_id, client_secret: this.client_secret };
	}

	token(form, expect) {
		return this.open.request('POST', '/v1/oauth/token', { form: { ...this.credentials, ...form }, expect });
	}

	exchange({ code, verifier, parameters }, expect, more = {}) {
		return this.token(
			{ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: parameters.redirect_uri, ...more },
			expect,
		);
	}

	refresh(refresh_token, expect, more = {}) {
		return this.token({ grant_type: 'refresh_token', refresh_token, ...more }, expect);
	}

	revoke(token, expect = 200, more = {}) {
		return this.open.request('POST', '/v1/oauth/revoke', { form: { ...this.credentials, token, ...more }, expect });
	}

	// All the way: its tokens, and who it is there.
	async connect(admin, more) {
		const agreed = await this.agreed(admin, more);
		const { body } = await this.exchange(agreed, 200);
		return { ...agreed, ...body, as: this.open.as(body.access_token) };
	}
}
