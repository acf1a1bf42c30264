// A partner that is registered, connected with less than it may ask for, and what it asks with next.
import { createHash, randomBytes } from 'node:crypto';

export async function connected(site, admin, name = 'Ledger, payroll and contracts') {
	const partner = await admin.post('/v1/partners', {
		name,
		homepage: 'https://ledger.example/about',
		redirect_uris: ['https://ledger.example/assay/callback', 'http://127.0.0.1/callback'],
		scopes: ['roles:read', 'candidates:read', 'applications:read', 'applications:write', 'decisions:read'],
	});
	const verifier = randomBytes(32).toString('base64url');
	const asking = {
		client_id: partner.client_id,
		redirect_uri: partner.redirect_uris[0],
		response_type: 'code',
		state: 'x',
		code_challenge: createHash('sha256').update(verifier).digest('base64url'),
		code_challenge_method: 'S256',
	};
	const { handle } = await admin.post('/v1/oauth/requests', { ...asking, scope: 'roles:read candidates:read' });
	const { redirect_to } = await admin.post('/v1/oauth/consents', { handle, decision: 'connect' });
	const answer = await fetch(`${site.url}/v1/oauth/token`, {
		method: 'POST',
		body: new URLSearchParams({
			grant_type: 'authorization_code',
			code: new URL(redirect_to).searchParams.get('code'),
			code_verifier: verifier,
			redirect_uri: asking.redirect_uri,
			client_id: partner.client_id,
			client_secret: partner.client_secret,
		}),
	});
	if (!answer.ok) throw new Error(`no token: ${await answer.text()}`);
	const connection = (await admin.get('/v1/connections?sort=-created_at')).data[0];
	return { partner, asking, connection };
}
