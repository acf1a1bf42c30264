// Partners by others' libraries, as they are: openid-client and simple-oauth2.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import * as oauth from 'openid-client';
import { AuthorizationCode } from 'simple-oauth2';

import { Client } from '../support/client.mjs';
import { CALLBACK, Partner } from '../support/partner.mjs';
import { sharedServer } from '../support/server.mjs';
import { World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const [home, world] = await Promise.all([World.make(server), World.make(server)]);
const open = new Client(server);
const { admin } = world;
const register = () => Partner.register(server, home.admin);

describe('by others’ libraries, as they are', () => {
	test('metadata (RFC 8414)', async () => {
		const { body } = await open.get('/.well-known/oauth-authorization-server', { expect: 200 });
		assert.equal(body.issuer, server.url);
		assert.equal(body.authorization_endpoint, `${server.url}/oauth/authorize`);
		assert.deepEqual(body.code_challenge_methods_supported, ['S256']);
		assert.ok(body.scopes_supported.includes('roles:read'));
	});

	test('openid-client: discovery, PKCE, state, iss, refresh, revocation', async () => {
		const partner = await register();
		const config = await oauth.discovery(new URL(server.url), partner.client_id, undefined, oauth.ClientSecretBasic(partner.client_secret), {
			algorithm: 'oauth2',
			execute: [oauth.allowInsecureRequests],
		});
		const verifier = oauth.randomPKCECodeVerifier();
		const state = oauth.randomState();
		const address = oauth.buildAuthorizationUrl(config, {
			redirect_uri: CALLBACK,
			scope: 'roles:read',
			state,
			code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
			code_challenge_method: 'S256',
		});
		assert.equal(address.origin + address.pathname, `${server.url}/oauth/authorize`);
		const asked = await admin.post('/v1/oauth/requests', Object.fromEntries(address.searchParams), { expect: 200 });
		const { body } = await admin.post('/v1/oauth/consents', { handle: asked.body.handle, decision: 'connect' }, { expect: 200 });
		const mixedUp = new URL(body.redirect_to);
		mixedUp.searchParams.set('iss', 'https://other.example');
		await assert.rejects(oauth.authorizationCodeGrant(config, mixedUp, { pkceCodeVerifier: verifier, expectedState: state }), (error) => /"iss"/.test(error.cause?.message));
		const tokens = await oauth.authorizationCodeGrant(config, new URL(body.redirect_to), { pkceCodeVerifier: verifier, expectedState: state });
		assert.equal(tokens.scope, 'roles:read');
		const answer = await oauth.fetchProtectedResource(config, tokens.access_token, new URL(`${server.url}/v1/me`), 'GET');
		assert.equal((await answer.json()).organization.id, world.organization.id);
		const next = await oauth.refreshTokenGrant(config, tokens.refresh_token);
		await oauth.tokenRevocation(config, next.refresh_token);
		await assert.rejects(oauth.refreshTokenGrant(config, next.refresh_token), { error: 'invalid_grant' });
	});

	test('simple-oauth2: code, refresh, revocation', async () => {
		const partner = await register();
		const client = new AuthorizationCode({
			client: { id: partner.client_id, secret: partner.client_secret },
			auth: { tokenHost: server.url, tokenPath: '/v1/oauth/token', revokePath: '/v1/oauth/revoke', authorizePath: '/oauth/authorize' },
		});
		const { verifier, parameters } = partner.ask();
		const address = new URL(client.authorizeURL({ ...parameters, scope: ['roles:read', 'candidates:read'] }));
		const asked = await admin.post('/v1/oauth/requests', Object.fromEntries(address.searchParams), { expect: 200 });
		const { body } = await admin.post('/v1/oauth/consents', { handle: asked.body.handle, decision: 'connect' }, { expect: 200 });
		const got = await client.getToken({ code: new URL(body.redirect_to).searchParams.get('code'), redirect_uri: CALLBACK, code_verifier: verifier });
		assert.equal(got.token.scope, 'roles:read candidates:read');
		const next = await got.refresh();
		await next.revoke('refresh_token');
		await assert.rejects(next.refresh(), /400/);
	});
});
