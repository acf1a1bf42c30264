// The packed client, installed into an empty folder and used against the real program.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';

import { Receiver } from '../support/receiver.mjs';
import { root, startServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const run = promisify(execFile);
const folder = await mkdtemp(join(tmpdir(), 'assay-client-'));
const server = await startServer({ env: { ASSAY_OUTBOUND_DEVELOPMENT: 'true' } });
after(async () => {
	await server.stop();
	await rm(folder, { recursive: true, force: true });
});

await run('make', ['-s', 'client'], { cwd: root });
const packages = (await readdir(join(root, 'build/client'))).filter((name) => name.endsWith('.tgz'));
assert.equal(packages.length, 1);
await writeFile(join(folder, 'package.json'), '{"private": true, "type": "module"}');
await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error', join(root, 'build/client', packages[0])], { cwd: folder });
const { Assay, Problem, TokenRefused, retryAfterMs, verifyWebhook } = await import(
	join(folder, 'node_modules/assay-client/dist/index.js')
);

const world = await usualWorld(server);
const scopes = ['candidates:read', 'candidates:write', 'applications:read', 'applications:write', 'events:read'];
await world.program('ats', scopes);
const { client_id: clientId, client_secret: clientSecret } = world.programs.ats;
// A client whose requests are seen, and answered by `instead` where that says something.
function seen(instead = () => undefined, more = {}) {
	const requests = [];
	const assay = new Assay({
		url: server.url, clientId, clientSecret, longestPauseMs: 50, ...more,
		fetch: async (url, init) => {
			requests.push({ url, ...init, path: new URL(url).pathname });
			return (await instead(requests.at(-1), requests)) ?? fetch(url, init);
		},
	});
	const count = (path) => requests.filter((one) => one.path.startsWith(path)).length;
	return { assay, requests, count };
}
const answers = (status, headers = {}, body = '') => new Response(body, { status, headers });

describe('types', () => {
	const tsc = (...names) =>
		run('node', [
			join(root, 'src/integrations/javascript/node_modules/typescript/bin/tsc'),
			...['--noEmit', '--strict', '--ignoreConfig', '--target', 'es2022', '--lib', 'es2022,dom,dom.iterable', '--module', 'nodenext'],
			...names,
		], { cwd: folder }).then(() => '', ({ stdout }) => stdout);
	const right = `import { Assay, Problem, verifyWebhook, type Answer } from 'assay-client';
const assay = new Assay({ url: 'http://127.0.0.1:1', token: 't' });
export async function all(): Promise<string[]> {
	const made = await assay.call('candidates_create', { body: { name: 'Theo' } });
	const name: string = made.name;
	const { etag, data } = await assay.send('candidates_get', { path: { candidate_id: made.id } });
	await assay.call('candidates_update', { path: { candidate_id: data.id }, body: { headline: null } }, { ifMatch: etag ?? '' });
	const gone: undefined = await assay.call('documents_delete', { path: { document_id: made.id } });
	const page: Answer<'roles_list'> = await assay.call('roles_list');
	const names = [name, ...page.data.map((role) => role.title)];
	for await (const one of assay.each('applications_list', { query: { status: 'active' } })) names.push(one.status);
	for await (const event of assay.follow({ type: 'application.moved' })) names.push(event.object_id);
	const me = await assay.call('me_get');
	names.push(String(gone), verifyWebhook('whsec_', {}, '').data.object_id, String(me));
	return names;
}
export const isGone = (error: unknown) => error instanceof Problem && error.code === 'gone';
`;
	// Each alone, in place of the line above it: what the compiler says of it.
	const wrong = [
		["{ name: 'Theo' }", "{ nmae: 'Theo' }", /nmae/],
		['made.name', 'made.nmae', /nmae/],
		["{ status: 'active' }", "{ status: 'actve' }", /actve/],
		["{ status: 'active' }", "{ state: 'active' }", /state/],
		["{ candidate_id: made.id }", "{ id: made.id }", /'id'/],
		["'candidates_create'", "'candidates_make'", /candidates_make/],
		["assay.each('applications_list'", "assay.each('candidates_get'", /candidates_get/],
		["error.code === 'gone'", "error.code === 'gnoe'", /gnoe/],
		[", { body: { name: 'Theo' } }", '', /arguments/],
	];

	test('what is right compiles, and each wrong name does not', async () => {
		await writeFile(join(folder, 'right.ts'), right);
		const files = await Promise.all(wrong.map(async ([from, to], i) => {
			assert.ok(right.includes(from), from);
			await writeFile(join(folder, `wrong${i}.ts`), right.replace(from, to));
			return `wrong${i}.ts`;
		}));
		const said = await tsc('right.ts', ...files);
		assert.doesNotMatch(said, /^right/m);
		for (const [i, [, to, why]] of wrong.entries()) {
			const lines = said.split('\n').filter((line) => line.startsWith(`wrong${i}.ts`));
			assert.match(lines.join('\n'), why, `${to}: ${said}`);
		}
	});
});

describe('calls', () => {
	test('by your own ids, read, changed, refused when somebody was faster', async () => {
		const { assay } = seen();
		const path = { source: 'ats', external_id: unique('c ö%?') };
		const first = await assay.send('candidates_put_by_external_id', { path, body: { name: 'Theo Marchetti' } });
		const again = await assay.send('candidates_put_by_external_id', { path, body: { name: 'Theo Marchetti' } });
		assert.deepEqual([first.status, again.status, again.data.id], [201, 200, first.data.id]);
		const input = { path: { candidate_id: first.data.id } };
		const read = await assay.send('candidates_get', input);
		assert.equal((await assay.send('candidates_get', input, { ifNoneMatch: read.etag })).status, 304);
		const changed = await assay.call('candidates_update', { ...input, body: { headline: 'Engineer' } }, { ifMatch: read.etag });
		assert.equal(changed.headline, 'Engineer');
		const late = assay.call('candidates_update', { ...input, body: { headline: 'Chef' } }, { ifMatch: read.etag });
		await assert.rejects(late, (error) => error instanceof Problem && error.status === 412 && error.code === 'precondition_failed');
		await assert.rejects(assay.call('candidates_create', { body: { name: '' } }), (error) => {
			assert.deepEqual([error.code, error.errors[0].pointer], ['invalid', '/name']);
			assert.match(error.message, /candidates_create: 422 invalid.*\/name/s);
			return /^urn:request:/.test(error.instance);
		});
	});

	test('every row of a list, page by page; files as they come', async () => {
		const { assay, count } = seen();
		const tag = unique('many').toLowerCase();
		for (let i = 0; i < 5; i += 1) await world.recruiter.make('/v1/candidates', { name: `Number ${i}`, tags: [tag] });
		const names = [];
		for await (const one of assay.each('candidates_list', { query: { tag, limit: 2 } })) names.push(one.name);
		assert.deepEqual(names.sort(), [0, 1, 2, 3, 4].map((i) => `Number ${i}`));
		assert.equal(count('/v1/candidates'), 3);
		const csv = await (await assay.open('candidates_list', { query: { tag } }, { accept: 'text/csv' })).text();
		assert.equal(csv.trim().split('\n').length, 6);
		const input = { path: { candidate_id: world.candidate1.id }, query: { filename: 'cv.txt' }, body: new Blob(['Ten years of C.']), contentType: 'text/plain' };
		const document = await assay.call('documents_create', input);
		assert.equal(await (await assay.open('documents_content', { path: { document_id: document.id } })).text(), 'Ten years of C.');
	});

	test('one token for all, another when it is refused, none for a wrong secret', async () => {
		let refused = 0;
		const { assay, count, requests } = seen(({ path }) =>
			path === '/v1/me' && refused++ === 0 ? answers(401, { 'Content-Type': 'application/problem+json' }, '{"code":"unauthenticated"}') : undefined,
		);
		await Promise.all([assay.call('candidates_list'), assay.call('applications_list'), assay.call('candidates_list')]);
		assert.equal(count('/v1/oauth/token'), 1);
		await assay.call('me_get');
		assert.equal(count('/v1/oauth/token'), 2);
		assert.equal(requests.filter(({ path }) => path === '/v1/me').length, 2);
		const wrong = new Assay({ url: server.url, clientId, clientSecret: `${clientSecret}x` });
		await assert.rejects(wrong.call('me_get'), (error) => error instanceof TokenRefused && error.error === 'invalid_client');
	});

	test('after 429 and 503 as long as they say; a lost answer is not done twice; a refusal is final', async () => {
		const name = unique('Once');
		let tried = 0;
		const { assay, requests } = seen(async (request) => {
			if (request.path !== '/v1/candidates') return undefined;
			tried += 1;
			if (tried === 1) return answers(429, { 'Retry-After': '0' });
			if (tried === 2) return answers(503, { 'Retry-After': '0' });
			if (tried === 3) return answers(409, { 'Content-Type': 'application/problem+json' }, '{"code":"idempotency_in_progress"}');
			if (tried > 4) return undefined;
			await (await fetch(request.url, request)).text();
			throw new TypeError('the connection was lost');
		});
		const made = await assay.call('candidates_create', { body: { name } });
		assert.equal(made.name, name);
		const keys = requests.filter(({ path }) => path === '/v1/candidates').map(({ headers }) => headers['Idempotency-Key']);
		assert.deepEqual([keys.length, new Set(keys).size], [5, 1]);
		const found = (await world.recruiter.all('/v1/candidates', { q: name })).map(({ id }) => id);
		assert.deepEqual(found, [made.id]);
		const refusing = seen(({ path }) => (path === '/v1/candidates' ? answers(429, { 'Retry-After': '0' }) : undefined), { retries: 2 });
		await assert.rejects(refusing.assay.call('candidates_list'), ({ status }) => status === 429);
		assert.equal(refusing.count('/v1/candidates'), 3);
		// Signing in has no key: what was perhaps done is not sent again.
		let lost = 0;
		const unkeyed = seen(() => {
			lost += 1;
			throw new TypeError('the connection was lost');
		}, { token: 't', clientId: undefined });
		await assert.rejects(unkeyed.assay.call('auth_login', { body: { email: 'a@example.com', password: 'x' } }), /lost/);
		assert.equal(lost, 1);
		assert.deepEqual([retryAfterMs('7'), retryAfterMs(null), retryAfterMs('soon'), retryAfterMs('Thu, 01 Jan 1970 00:01:00 GMT', 50_000)], [7000, undefined, undefined, 10_000]);
	});
});

describe('what happens', () => {
	test('is followed, from the last event on', async () => {
		const { assay } = seen();
		const application = await world.application(world.role1);
		const stop = new AbortController();
		const types = [];
		const since = new Date(Date.now() - 60_000).toISOString();
		for await (const event of assay.follow({ everyMs: 50, signal: stop.signal, since })) {
			if (event.object_id !== application.id) continue;
			types.push(event.type);
			if (types.length === 1) await world.recruiter.make(`/v1/applications/${application.id}/move`, { status: 'rejected', reason_code: 'other', reason: 'No.' });
			if (event.type === 'application.rejected') stop.abort();
		}
		assert.deepEqual([types[0], types.at(-1)], ['application.created', 'application.rejected']);
	});

	test('comes signed, and nothing else is taken for it', async () => {
		const receiver = await Receiver.start();
		const { assay } = seen();
		const hook = await assay.call('webhooks_create', { body: { name: 'Ours', url: receiver.url, event_types: ['application.*'] } });
		const application = await world.application(world.role1);
		const [message] = await receiver.wait(({ body }) => body?.data?.object_id === application.id);
		const verified = verifyWebhook(hook.secret, message.headers, message.text);
		assert.deepEqual([verified.type, verified.data.object_id], ['application.created', application.id]);
		assert.equal(verifyWebhook(hook.secret, new Headers(message.headers), Buffer.from(message.text)).type, verified.type);
		assert.throws(() => verifyWebhook(hook.secret, message.headers, message.text.replace('created', 'erased')));
		assert.throws(() => verifyWebhook(hook.secret, { ...message.headers, 'webhook-timestamp': '1600000000' }, message.text));
		assert.throws(() => verifyWebhook(`whsec_${Buffer.alloc(32).toString('base64')}`, message.headers, message.text));
		await receiver.stop();
	});
});

test('the package names every operation of /v1', async () => {
	const document = await (await fetch(`${server.url}/openapi.json`)).json();
	const table = await readFile(join(folder, 'node_modules/assay-client/dist/operations.js'), 'utf8');
	const ids = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'))
		.flatMap(([, item]) => Object.values(item).map(({ operationId }) => operationId).filter(Boolean));
	assert.ok(ids.length > 250);
	assert.deepEqual(ids.filter((id) => !table.includes(`"${id}":`)), []);
});
