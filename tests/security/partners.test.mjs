// Attacks on partners' grants: none succeeds, and each does against a program without the defence.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { CALLBACK, Partner } from '../support/partner.mjs';
import { binary, root, startServer } from '../support/server.mjs';
import { World } from '../support/world.mjs';

const digestOf = (text) => createHash('sha256').update(text).digest('hex');
const ok = ({ status }) => status === 200;

// The defence, what somebody tries, and whether it came off.
const attacks = [
	['redirect_exact', 'an address that begins like a registered one', async ({ partner, admin }) =>
		ok(await admin.post('/v1/oauth/requests', partner.ask({ redirect_uri: `${CALLBACK}.evil.example/` }).parameters, { expect: [200, 422] }))],
	['pkce_s256', 'a challenge that is the verifier itself', async ({ partner, admin }) => {
		const shown = await partner.shown(admin, { code_challenge_method: 'plain' });
		return shown.handle !== null;
	}],
	['code_verifier', 'a code that was caught on its way', async ({ partner, admin }) =>
		ok(await partner.exchange(await partner.agreed(admin), [200, 400], { code_verifier: 'x'.repeat(43) }))],
	['code_redirect', 'a code that was given for another address', async ({ partner, admin }) =>
		ok(await partner.exchange(await partner.agreed(admin), [200, 400], { redirect_uri: 'https://partner.example/other' }))],
	['code_client', 'another partner’s code', async ({ partner, other, admin }) =>
		ok(await other.exchange(await partner.agreed(admin), [200, 400]))],
	['code_once', 'a code that was used', async ({ partner, admin }) => {
		const agreed = await partner.agreed(admin);
		await partner.exchange(agreed, 200);
		return ok(await partner.exchange(agreed, [200, 400]));
	}],
	['code_expiry', 'a code after its minute', async ({ partner, admin, server }) => {
		const agreed = await partner.agreed(admin);
		await psql(server, `UPDATE partner_requests SET code_expires_at = now() WHERE code_digest = '${digestOf(agreed.code)}'`);
		return ok(await partner.exchange(agreed, [200, 400]));
	}],
	['refresh_client', 'another partner’s refresh token', async ({ partner, other, admin }) =>
		ok(await other.refresh((await partner.connect(admin)).refresh_token, [200, 400]))],
	['refresh_once', 'a refresh token that was spent', async ({ partner, admin, server }) => {
		const { refresh_token } = await partner.connect(admin);
		const { body } = await partner.refresh(refresh_token, 200);
		await psql(server, `UPDATE partner_tokens SET spent_at = now() - interval '11 seconds' WHERE digest = '${digestOf(refresh_token)}'`);
		const again = await partner.refresh(refresh_token, [200, 400]);
		const thief = await partner.refresh(body.refresh_token, [200, 400]);
		return ok(again) || ok(thief);
	}],
	['refresh_scope', 'more scopes than somebody agreed to', async ({ partner, admin }) => {
		const { refresh_token } = await partner.connect(admin, { scope: 'roles:read' });
		return ok(await partner.refresh(refresh_token, [200, 400], { scope: 'roles:read candidates:read' }));
	}],
	['response_issuer', 'an answer that does not say whose it is', async ({ partner, admin, server }) =>
		(await partner.agreed(admin)).to.searchParams.get('iss') !== server.url],
	['origin_check', 'an answer that another site has a browser send', async ({ partner, admin, world }) => {
		const { email, password } = world.organization.admin;
		const login = await partner.open.post('/v1/auth/login', { email, password, session: 'cookie' }, { expect: 200 });
		const Cookie = login.headers['set-cookie'].map((one) => one.split(';')[0]).join('; ');
		const { handle } = await partner.shown(admin);
		return ok(await partner.open.with({ Cookie, Origin: 'https://evil.example' }).post('/v1/oauth/consents', { handle, decision: 'connect' }, { expect: [200, 403] }));
	}],
];

async function scene(server) {
	const [home, world] = await Promise.all([World.make(server), World.make(server)]);
	const register = () => Partner.register(server, home.admin, { redirect_uris: [CALLBACK, 'https://partner.example/other'] });
	return { server, world, admin: world.admin, partner: await register(), other: await register() };
}

describe('as it is', () => {
	let at;
	before(async () => {
		at = await scene(await startServer({ program: binary }));
	});
	after(() => at.server.stop());
	for (const [, what, attack] of attacks)
		test(`${what} comes to nothing`, async () => {
			assert.equal(await attack(at), false);
		});

	test('the consent screen is framed by nobody', async () => {
		const { headers } = await at.partner.open.get('/oauth/authorize?client_id=x', { headers: { Accept: 'text/html' }, check: false, expect: [200, 404] });
		assert.match(headers['content-security-policy'], /frame-ancestors 'none'/);
	});
});

const control = join(root, 'build/assay-control');
if (existsSync(control))
	describe('without the defence', { concurrency: 1 }, () => {
		for (const [defence, what, attack] of attacks)
			test(`${defence}: ${what} would come off`, async () => {
				const server = await startServer({ program: control, env: { ASSAY_CONTROL_OFF: defence } });
				try {
					assert.equal(await attack(await scene(server)), true);
				} finally {
					await server.stop();
				}
			});
	});
