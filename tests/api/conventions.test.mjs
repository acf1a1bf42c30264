// What holds for every operation of the document alike.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { contractOf } from '../support/contract.mjs';
import { sampler } from '../support/samples.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const world = await usualWorld(server);
const nobody = new Client(server);
const admin = world.admin;
// So that there is something to read.
await world.admin.put(`/v1/users/${world.users.admin.id}/report_rights/fairness`, undefined, { expect: 200 });
world.import1 = await admin.make('/v1/imports', [], { query: { kind: 'candidates', source: 'ats' } });
const judged = await world.interview(await world.application(world.role1), { a: 'interviewer' });
world.scorecard1 = await world.scorecard('a', judged, world.values(3, 3, 3));
world.webhook1 = await admin.make('/v1/webhooks', { name: 'Told', url: 'https://told.invalid/', event_types: ['*'] });
const samples = sampler(contract);

const allowOf = (path) => {
	const methods = contract.operations.filter((operation) => operation.path === path).map(({ method }) => method);
	if (methods.includes('GET')) methods.push('HEAD');
	return [...methods, 'OPTIONS'].sort();
};
const allowed = (answer) =>
	answer.headers.allow
		.split(',')
		.map((method) => method.trim())
		.sort();
const guarded = contract.operations.filter((operation) => operation.may !== 'anyone');
const otherwise = ({ path }) => path.startsWith('/scim/'); // RFC 7644's conventions: tests/api/scim.test.mjs
const withBody = contract.operations.filter((operation) => operation.body && !otherwise(operation));
const lists = contract.operations.filter((operation) => operation.parameters.some(({ name }) => name === 'cursor'));

describe('methods', () => {
	for (const path of new Set(contract.operations.map((operation) => operation.path)))
		test(`${path} answers OPTIONS and 405 with what it allows`, async () => {
			const target = samples.path({ path });
			const options = await admin.request('OPTIONS', target, { expect: 204 });
			assert.deepEqual(allowed(options), allowOf(path));
			for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
				if (allowOf(path).includes(method)) continue;
				const answer = await admin.request(method, target, { expect: 405 });
				assert.equal(answer.body.code, 'method_not_allowed');
				assert.deepEqual(allowed(answer), allowOf(path));
			}
		});

	test('an unknown method is 501, OPTIONS * is answered, an unknown path is 404', async () => {
		assert.equal((await admin.request('BREW', '/v1/roles', { expect: 501 })).body.code, 'not_implemented');
		await nobody.request('OPTIONS', '*', { expect: 204 });
		for (const path of ['/v1/nothing', '/v1', '/v1/roles/', `/v1/roles/${randomId()}/nothing`])
			assert.equal((await admin.get(path, { expect: 404 })).body.code, 'not_found', path);
	});

	test('HEAD gives the headers of GET and no body', async () => {
		for (const path of [
			'/v1/roles',
			`/v1/roles/${world.role1.id}`,
			'/v1/me',
			`/v1/applications/${world.application1.id}/evaluation`,
		]) {
			const get = await admin.get(path, { expect: 200 });
			const head = await admin.request('HEAD', path, { expect: 200 });
			for (const name of ['etag', 'content-type', 'content-length', 'cache-control', 'vary'])
				assert.equal(head.headers[name], get.headers[name], `${path} ${name}`);
		}
		assert.equal((await admin.request('HEAD', `/v1/roles/${randomId()}`)).status, 404);
	});
});

describe('who asks', () => {
	for (const operation of guarded)
		test(`${operation.id} answers 401 without a token, and to a broken one`, async () => {
			const sent = samples.request(operation);
			const none = await nobody.request(operation.method, sent.path, {
				...sent.options,
				expect: 401,
			});
			assert.equal(none.body.code, 'unauthenticated');
			assert.match(none.headers['www-authenticate'], /^Bearer$/);
			const broken = await nobody
				.as('not.a.token')
				.request(operation.method, sent.path, { ...sent.options, expect: 401 });
			assert.match(broken.headers['www-authenticate'], /invalid_token/);
		});
});

describe('what comes in', () => {
	for (const operation of withBody)
		test(`${operation.id} refuses bodies that it cannot read`, async () => {
			const { path, options } = samples.request(operation);
			const { headers, query } = options;
			const send = (more) => admin.request(operation.method, path, { headers, query, ...more });
			const type = Object.keys(operation.body)[0];

			assert.equal(
				(await send({ raw: '<a/>', type: 'application/xml', expect: 415 })).body.code,
				'unsupported_media_type',
			);
			await send({ raw: '{}', type: `${type}; charset=latin1`, expect: 415 });
			if (operation.bodyRequired) await send({ raw: '{}', expect: 415 });
			if (!/json/.test(type)) return;
			for (const raw of [
				'{',
				'{"a":1,"a":2}',
				'{"a":1} x',
				'[1',
				'"\\ud800"',
				'{"a":NaN}',
				`${'['.repeat(40)}${']'.repeat(40)}`,
			])
				assert.equal((await send({ raw, type, expect: 400 })).body.code, 'malformed_json', raw);
			await send({ raw: Buffer.from([0x22, 0xff, 0x22]), type, expect: 400 });
			const list = contract.resolve(operation.body[type].schema).type === 'array';
			const wrong = await send({ raw: list ? '{}' : '[]', type, expect: 422 });
			assert.deepEqual(
				[wrong.body.code, wrong.body.errors[0].pointer, wrong.body.errors[0].code],
				['invalid', '', 'type'],
			);
			// A document of somebody else's standard may hold what we do not know, as may a list's rows.
			if (list || type === 'application/resume+json') return;
			const unknown = await send({ raw: '{"no_such_member":1}', type, expect: 422 });
			assert.ok(
				unknown.body.errors.some(
					({ pointer, code }) =>
						pointer === '/no_such_member' && code === 'additionalProperties',
				),
				unknown.text,
			);
		});

	test('a body beyond the limit is 413 and says how much is read', async () => {
		const body = { title: 'x', description: 'y'.repeat(1_200_000) };
		const answer = await admin.post('/v1/roles', body, { expect: 413 });
		assert.equal(answer.body.code, 'body_too_large');
		assert.match(answer.body.detail, /\d{7}/);
	});

	test('an operation without a body refuses one', async () => {
		assert.equal(
			(await admin.post(`/v1/roles/${world.role1.id}/archive`, { a: 1 }, { expect: 400 })).body.code,
			'bad_request',
		);
	});

	for (const operation of contract.operations.filter(({ may, method, path }) => !path.startsWith('/careers/') && !otherwise({ path }) && (may !== 'anyone' || method === 'GET')))
		test(`${operation.id} refuses unknown query parameters and foreign media types`, async () => {
			const { path, options } = samples.request(operation);
			const answer = await admin.request(operation.method, path, {
				...options,
				query: { ...options.query, no_such_parameter: 1, another: 2 },
				expect: 422,
			});
			assert.equal(answer.body.code, 'invalid');
			assert.deepEqual(
				answer.body.errors.map(({ pointer }) => pointer),
				['?no_such_parameter', '?another'],
			);
			const accept = { ...options.headers, Accept: 'image/png' };
			const refused = await admin.request(operation.method, path, { ...options, headers: accept });
			if (operation.method !== 'GET') assert.equal(refused.status, 406);
			else assert.ok([404, 406].includes(refused.status), String(refused.status));
		});

	test('all broken fields are told at once, each by its pointer', async () => {
		const answer = await admin.post(
			'/v1/candidates',
			{
				name: '',
				email: 'nobody',
				links: [{ url: 'x' }, { label: 'only' }],
				experience: [{ title: 1 }],
				surplus: true,
			},
			{ expect: 422 },
		);
		const told = new Set(answer.body.errors.map(({ pointer }) => pointer));
		for (const pointer of [
			'/name',
			'/email',
			'/links/0/url',
			'/links/1/url',
			'/experience/0/title',
			'/experience/0/organization',
			'/surplus',
		])
			assert.ok(told.has(pointer), `${pointer} in ${answer.text}`);
		assert.ok(answer.body.errors.every(({ detail }) => detail.length > 5));
		const escaped = await admin.post('/v1/candidates', { name: 'x', 'a/b~c': 1 }, { expect: 422 });
		assert.equal(escaped.body.errors[0].pointer, '/a~1b~0c');
	});

	test('ids are UUIDs, and nothing else reaches the database', async () => {
		for (const id of ['1', 'x'.repeat(200), `${randomId()}0`, "'%3B--", '%F0%9F%A6%80']) {
			const answer = await admin.get(`/v1/roles/${id}`);
			assert.ok([404, 422].includes(answer.status), `${id}: ${answer.status}`);
		}
		for (const path of [
			'/v1/roles/a%00b',
			'/v1/roles/a%2fb',
			'/v1/%2e%2e/x',
			'/v1/../x',
			'/v1//roles',
			'/v1/roles?a=%zz',
		])
			assert.equal((await admin.get(path)).status, 400, path);
		assert.equal((await admin.get(`/v1/roles?q=${'x'.repeat(5000)}`)).status, 414);
	});

	test('too many headers are 431', async () => {
		const headers = Object.fromEntries(Array.from({ length: 70 }, (_, i) => [`X-Header-${i}`, 'x']));
		assert.equal((await admin.get('/v1/roles', { headers })).status, 431);
	});
});

describe('ids of requests', () => {
	test('X-Request-Id comes back, or is made', async () => {
		assert.equal(
			(await admin.get('/v1/me', { headers: { 'X-Request-Id': 'my-own.id_1' } })).headers[
				'x-request-id'
			],
			'my-own.id_1',
		);
		const made = (await admin.get('/v1/me', { headers: { 'X-Request-Id': 'not one!' } })).headers[
			'x-request-id'
		];
		assert.match(made, /^[0-9a-f-]{36}$/);
		const refused = await admin.get(`/v1/roles/${randomId()}`, { headers: { 'X-Request-Id': 'mine' } });
		assert.equal(refused.headers['x-request-id'], 'mine');
	});

	test('Server-Timing is for admins', async () => {
		await world.a
			.get('/v1/me', { expect: 200 })
			.then(({ headers }) => assert.equal(headers['server-timing'], undefined));
		assert.match((await admin.get('/v1/me', { expect: 200 })).headers['server-timing'], /dur=/);
	});
});

describe('entity tags', () => {
	const objects = () => [
		[`/v1/roles/${world.role1.id}`, { description: 'one' }, { description: 'two' }],
		[`/v1/stages/${world.role1.stages[0].id}`, { name: 'one' }, { name: 'two' }],
		[`/v1/candidates/${world.candidate1.id}`, { headline: 'one' }, { headline: 'two' }],
		[`/v1/applications/${world.application1.id}`, { source: 'one' }, { source: 'two' }],
		[`/v1/interviews/${world.interview1.id}`, { location: 'one' }, { location: 'two' }],
		[`/v1/competencies/${world.competencies[0].id}`, { description: 'one' }, { description: 'two' }],
		[`/v1/rubrics/${world.version.rubric_id}`, { description: 'one' }, { description: 'two' }],
		[`/v1/users/${world.users.b.id}`, { name: 'Person one' }, { name: 'Person b' }],
		[`/v1/api_clients/${world.programs.robot.id}`, { name: 'one' }, { name: 'two' }],
	];

	test('an object has its version as a strong one; 304, 412 and both forms of the list', async () => {
		await world.program('robot', ['roles:read']);
		for (const [path, first, second] of objects()) {
			const before = await admin.get(path, { expect: 200 });
			// An interview shows more than its own row, and its tag a variant of that.
			const tag = ({ body, headers }) => headers.etag.replace(/(?<=^"\d+)-\w{8}(?="$)/, '') === `"${body.version}"`;
			assert.ok(tag(before), `${path} ${before.headers.etag}`);
			assert.equal(before.headers.etag.includes('-'), path.includes('/interviews/'), path);
			for (const tag of [before.headers.etag, '*', `"0", W/${before.headers.etag}`]) {
				const unchanged = await admin.get(path, {
					headers: { 'If-None-Match': tag },
					expect: 304,
				});
				assert.equal(unchanged.headers.etag, before.headers.etag);
			}
			await admin.get(path, { headers: { 'If-None-Match': '"999999"' }, expect: 200 });

			const after = await admin.patch(path, first, {
				headers: { 'If-Match': before.headers.etag },
				expect: 200,
			});
			assert.equal(after.body.version, before.body.version + 1, path);
			assert.ok(tag(after), after.headers.etag);
			const lost = await admin.patch(path, second, {
				headers: { 'If-Match': before.headers.etag },
				expect: 412,
			});
			assert.equal(lost.body.code, 'precondition_failed');
			assert.equal(lost.headers.etag, `"${after.body.version}"`, `${path} says which version there is`);
			await admin.patch(path, second, {
				headers: { 'If-Match': `W/${after.headers.etag}` },
				expect: 412,
			});
			await admin.patch(path, second, { headers: { 'If-Match': 'bare' }, expect: 400 });
			await admin.patch(path, second, {
				headers: { 'If-Match': `"1000000", ${after.headers.etag}` },
			});
			await admin.patch(path, first, { headers: { 'If-Match': '*' }, expect: 200 });
		}
	});

	test('a list has a weak one, which If-Match never takes', async () => {
		// A change gets its number in the audit when it is sealed.
		while ((await admin.read('/v1/audit')).data.some(({ seq }) => seq === null)) await new Promise((done) => setTimeout(done, 100));
		for (const operation of contract.operations.filter(
			(one) => one.method === 'GET' && one.definition.responses[304],
		)) {
			const path = samples.path(operation, world.params());
			const before = await admin.get(path);
			if (before.status !== 200) continue;
			await admin.get(path, { headers: { 'If-None-Match': before.headers.etag }, expect: 304 });
		}
		const list = await admin.get('/v1/competencies', { expect: 200 });
		assert.match(list.headers.etag, /^W\/"/);
		await admin.patch(
			`/v1/competencies/${world.competencies[0].id}`,
			{ description: 'x' },
			{ headers: { 'If-Match': list.headers.etag }, expect: 412 },
		);
		await world.competency();
		await admin.get('/v1/competencies', { headers: { 'If-None-Match': list.headers.etag }, expect: 200 });
	});

	for (const operation of contract.operations.filter(({ parameters }) =>
		parameters.some((one) => one.name === 'If-Match'),
	))
		test(`${operation.id} refuses an If-Match that is no entity tag, and one of another version`, async () => {
			const { path, options } = samples.request(operation, world.params());
			const required = operation.parameters.some(
				({ name, required: needed }) => name === 'If-Match' && needed,
			);
			const without = { ...options, headers: { ...options.headers, 'If-Match': undefined } };
			if (required)
				assert.equal(
					(await admin.request(operation.method, path, { ...without, expect: 428 })).body
						.code,
					'precondition_required',
				);
			const bad = { ...options, headers: { ...options.headers, 'If-Match': 'none' } };
			assert.equal(
				(await admin.request(operation.method, path, { ...bad, expect: 400 })).body.code,
				'bad_request',
			);
			const other = { ...options, headers: { ...options.headers, 'If-Match': '"987654321"' } };
			const answer = await admin.request(operation.method, path, other);
			assert.ok([404, 409, 412, 422, 403].includes(answer.status), `${answer.status} ${answer.text}`);
		});
});

describe('idempotency keys', () => {
	const key = () => unique('key');

	test('the same request gives the same answer and one effect', async () => {
		const headers = { 'Idempotency-Key': key() };
		const body = { name: unique('Once') };
		const first = await admin.post('/v1/competencies', body, { headers, expect: 201 });
		const again = await admin.post('/v1/competencies', body, { headers, expect: 201 });
		assert.equal(again.text, first.text);
		for (const name of ['etag', 'location', 'content-type'])
			assert.equal(again.headers[name], first.headers[name], name);
		assert.equal((await admin.all('/v1/competencies', { q: body.name })).length, 1);
	});

	test('a patch is repeated without a second version', async () => {
		const path = `/v1/candidates/${world.candidate1.id}`;
		const headers = { 'Idempotency-Key': key() };
		const first = await admin.patch(path, { headline: 'kept' }, { headers, expect: 200 });
		await admin.change(path, { headline: 'later' });
		const again = await admin.patch(path, { headline: 'kept' }, { headers, expect: 200 });
		assert.equal(again.text, first.text);
		assert.equal((await admin.read(path)).headline, 'later');
	});

	test('another body, query or precondition is a mismatch', async () => {
		const headers = { 'Idempotency-Key': key() };
		const name = unique('Mismatch');
		await admin.post('/v1/competencies', { name }, { headers, expect: 201 });
		const other = await admin.post('/v1/competencies', { name: `${name}!` }, { headers, expect: 422 });
		assert.equal(other.body.code, 'idempotency_mismatch');
	});

	test('a key belongs to its caller and its address', async () => {
		const headers = { 'Idempotency-Key': key() };
		const one = await admin.post('/v1/competencies', { name: unique('Mine') }, { headers, expect: 201 });
		const two = await world.recruiter.post(
			'/v1/competencies',
			{ name: unique('Theirs') },
			{ headers, expect: 201 },
		);
		assert.notEqual(one.body.id, two.body.id);
		await admin.post('/v1/rubrics', { name: unique('Elsewhere') }, { headers, expect: 201 });
	});

	test('a refusal is not kept: the key is free for a better try', async () => {
		const headers = { 'Idempotency-Key': key() };
		await admin.post('/v1/competencies', { name: '' }, { headers, expect: 422 });
		const taken = await world.competency();
		await admin.post('/v1/competencies', { name: taken.name }, { headers, expect: 409 });
		await admin.post('/v1/competencies', { name: unique('Better') }, { headers, expect: 201 });
	});

	test('parallel requests with one key have one effect', async () => {
		for (let round = 0; round < 10; round += 1) {
			const headers = { 'Idempotency-Key': key() };
			const name = unique('Parallel');
			const answers = await Promise.all(
				Array.from({ length: 8 }, () =>
					admin.post('/v1/competencies', { name }, { headers, expect: [201, 409] }),
				),
			);
			const made = answers.filter(({ status }) => status === 201);
			assert.ok(made.length >= 1);
			assert.equal(new Set(made.map(({ text }) => text)).size, 1);
			for (const { status, body } of answers)
				if (status === 409) assert.equal(body.code, 'idempotency_in_progress');
			assert.equal((await admin.all('/v1/competencies', { q: name })).length, 1);
		}
	});

	test('a key is 1 to 200 printable characters', async () => {
		const post = (value, expect) =>
			admin.post(
				'/v1/competencies',
				{ name: unique('Key') },
				{ headers: { 'Idempotency-Key': value }, expect },
			);
		await post('a b', 400);
		await post('x'.repeat(201), 400);
		await post(unique('k').padEnd(200, 'z'), 201);
	});

	test('every POST and PATCH that takes a key repeats its answer', async () => {
		const program = await world.admin.make('/v1/api_clients', {
			name: unique('robot'),
			scopes: ['roles:read'],
		});
		const acts = [
			['POST', '/v1/rubrics', { name: unique('R') }],
			['POST', '/v1/roles', { title: unique('R') }],
			['POST', `/v1/roles/${world.role1.id}/archive`],
			['POST', `/v1/roles/${world.role1.id}/unarchive`],
			['POST', `/v1/roles/${(await world.role()).id}/stages`, { name: 'Third', method: 'screen' }],
			['POST', `/v1/stages/${world.role1.stages[0].id}/dry_runs`, { minutes: 30 }],
			[
				'POST',
				`/v1/roles/${world.role1.id}/lint_overrides`,
				{ rule: 'plan_over_budget', reason: 'Agreed.' },
			],
			['POST', '/v1/candidates', { name: unique('C') }],
			[
				'POST',
				'/v1/applications',
				{ candidate_id: (await world.candidate()).id, role_id: world.role1.id },
			],
			['POST', `/v1/applications/${world.application1.id}/move`, { status: 'paused' }],
			['POST', '/v1/interviews', { application_id: world.application1.id }],
			['POST', `/v1/rubrics/${world.version.rubric_id}/versions`],
			[
				'POST',
				'/v1/users',
				{
					name: 'Keyed',
					email: `${unique('keyed')}@example.com`,
					access_level: 'member',
					password: 'Velvet-harbour-19-pine',
				},
			],
			['PATCH', `/v1/api_clients/${program.id}`, { name: unique('renamed') }],
			['POST', `/v1/api_clients/${program.id}/revoke`],
		];
		for (const [method, path, body] of acts) {
			const headers = { 'Idempotency-Key': key() };
			const first = await admin.request(method, path, { body, headers, expect: 'ok' });
			const again = await admin.request(method, path, { body, headers, expect: first.status });
			assert.equal(again.text, first.text, path);
			assert.equal(again.headers.etag, first.headers.etag, path);
		}
	});
});

describe('lists', () => {
	for (const operation of lists)
		test(`${operation.id} takes its sorts, filters and limits, and no others`, async () => {
			const path = samples.path(operation, world.params());
			const parameter = (name) => operation.parameters.find((one) => one.name === name);
			// Where another product's words are spoken, a list has one order, and longer pages.
			const { schema: size, name: limit } = parameter('limit') ?? parameter('per_page');
			for (const sort of parameter('sort')?.schema.enum ?? [])
				await admin.get(path, { query: { sort }, expect: 200 });
			for (const [name, value] of [
				['sort', 'colour'],
				['sort', '--created_at'],
				[limit, '0'],
				[limit, String(size.maximum + 1)],
				[limit, 'x'],
				[limit, '1.5'],
				[limit, ''],
				['cursor', ''],
			]) {
				const answer = await admin.get(path, { query: { [name]: value }, expect: 422 });
				assert.equal(answer.body.errors[0].pointer, `?${name}`);
			}
			assert.equal((await admin.get(`${path}?${limit}=1&${limit}=2`, { expect: 422 })).body.code, 'invalid');
			for (const cursor of ['x', 'AAAA', 'a'.repeat(1024)])
				assert.equal(
					(await admin.get(path, { query: { cursor }, expect: 400 })).body.code,
					'bad_cursor',
				);
			for (const { name, schema, in: place } of operation.parameters) {
				if (place !== 'query' || [limit, 'cursor', 'sort'].includes(name)) continue;
				// A search through applications is told which role's.
				const more = operation.id === 'applications_list' && name === 'q' ? { role_id: world.role1.id } : {};
				for (const value of samples.values(schema))
					await admin.get(path, { query: { ...more, [name]: String(value) }, expect: 200 });
				if (schema.type !== 'string' || schema.format)
					await admin.get(path, { query: { [name]: 'neither' }, expect: 422 });
			}
		});

	test('a cursor walk sees every row once, in order, also while rows are added', async () => {
		const prefix = unique('Walk');
		const made = [];
		for (let i = 0; i < 7; i += 1) made.push(await world.candidate({ name: `${prefix} ${i}` }));
		for (const sort of [
			undefined,
			'-created_at',
			'created_at',
			'name',
			'-name',
			'updated_at',
			'-updated_at',
		]) {
			const seen = [];
			const query = { limit: 5, ...(sort ? { sort } : { q: prefix }) };
			for (let cursor = null; ;) {
				const page = await admin.get('/v1/candidates', {
					query: { ...query, ...(cursor ? { cursor } : {}) },
					expect: 200,
				});
				seen.push(...page.body.data);
				cursor = page.body.next_cursor;
				// One more row on either side of where the walk is, a few times.
				if (seen.length < 30) await world.candidate({ name: `${prefix} ${seen.length}b` });
				if (!cursor) break;
				const next = /^<([^>]+)>; rel="next"$/.exec(page.headers.link)[1];
				assert.equal(new URL(next, server.url).searchParams.get('cursor'), cursor);
				await admin.get(next, { expect: 200 });
			}
			const ids = seen.map(({ id }) => id);
			assert.equal(new Set(ids).size, ids.length, `${sort}: no row twice`);
			for (const one of made) assert.ok(ids.includes(one.id), `${sort}: no row missed`);
			const field = (sort ?? '-created_at').replace('-', '');
			const keys = seen.map((row) => row[field]);
			const ordered = [...keys].sort((x, y) => (x < y ? -1 : x > y ? 1 : 0));
			assert.deepEqual(keys, !sort || sort.startsWith('-') ? ordered.reverse() : ordered, sort);
		}
	});

	test('a cursor belongs to its list, filters, sort and organization, and is signed', async () => {
		const query = { archived: 'false', limit: 1 };
		const { next_cursor: cursor } = await admin.read('/v1/candidates', query);
		assert.ok(cursor);
		const refused = async (client, path, more) => {
			const { body } = await client.get(path, { query: { ...more, cursor }, expect: 400 });
			assert.equal(body.code, 'bad_cursor');
		};
		await refused(admin, '/v1/candidates', { limit: 1 });
		await refused(admin, '/v1/candidates', { ...query, sort: 'name' });
		await refused(admin, '/v1/candidates', { ...query, archived: 'true' });
		await refused(admin, '/v1/applications', query);
		const foreign = await usualWorld(server);
		await refused(foreign.admin, '/v1/candidates', query);
		for (let i = 0; i < cursor.length; i += 7) {
			const other = cursor[i] === 'A' ? 'B' : 'A';
			const tampered = cursor.slice(0, i) + other + cursor.slice(i + 1);
			await admin.get('/v1/candidates', { query: { ...query, cursor: tampered }, expect: 400 });
		}
		await admin.get('/v1/candidates', { query: { ...query, limit: 2, cursor }, expect: 200 });
	});

	test('the last page has no cursor and no Link', async () => {
		const answer = await admin.get('/v1/users', { query: { limit: 100 }, expect: 200 });
		assert.equal(answer.body.next_cursor, null);
		assert.equal(answer.headers.link, undefined);
	});
});

describe('answers', () => {
	test('ids are UUIDv7, times are in UTC with milliseconds', async () => {
		const role = await admin.read(`/v1/roles/${world.role1.id}`);
		assert.match(role.id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
		for (const time of [role.created_at, role.updated_at])
			assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
	});

	test('nothing tells a browser to keep, sniff or frame them', async () => {
		const { headers } = await admin.get('/v1/me', { expect: 200 });
		assert.equal(headers['cache-control'], 'private, no-store');
		assert.equal(headers['x-content-type-options'], 'nosniff');
		assert.match(headers['content-security-policy'], /default-src 'none'/);
	});
});
