// The contract, fuzzed: what the document allows is taken, what it does not is refused, and every
// answer is one that it names. ASSAY_FUZZ_SECONDS (35) is the time for all operations together,
// ASSAY_FUZZ_SEED repeats a run.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import fc from 'fast-check';

import { Client } from '../support/client.mjs';
import { contractOf } from '../support/contract.mjs';
import { sharedServer } from '../support/server.mjs';
import { PASSWORD, anAddress, signIn, unique, usualWorld } from '../support/world.mjs';
import { Arbitraries } from './arbitrary.mjs';

const SECONDS = Number(process.env.ASSAY_FUZZ_SECONDS ?? 35);
const SEED = Number(process.env.ASSAY_FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const world = await usualWorld(server);

// An admin of our own, who is never among the users that are changed.
const me = world.users.admin;
// So that there is something to read.
await world.admin.put(`/v1/users/${world.users.admin.id}/report_rights/fairness`, undefined, { expect: 200 });
// Rules of the schema itself: valid input is never refused by one of them.
const SCHEMA_RULES = [
	'type',
	'enum',
	'const',
	'required',
	'additionalProperties',
	'minLength',
	'maxLength',
	'pattern',
	'format',
	'minimum',
	'maximum',
	'minItems',
	'maxItems',
	'uniqueItems',
	'minProperties',
	'maxProperties',
	'propertyNames',
	'anyOf',
	'oneOf',
];

// Ids learned from answers, by the name of the parameter that takes them.
const pool = new Map();
function learn(name, id) {
	if (typeof id !== 'string' || !/^[0-9a-f-]{36}$/.test(id) || id === me.id) return;
	const ids = pool.get(name) ?? pool.set(name, []).get(name);
	if (!ids.includes(id)) ids.push(id);
	if (ids.length > 40) ids.splice(1 + Math.floor(Math.random() * 20), 1);
}
const OWN_NAME = {
	roles: 'role_id',
	ladders: 'ladder_id',
	candidates: 'candidate_id',
	notes: 'note_id',
	documents: 'document_id',
	merge: 'merge_id',
	unmerge: 'merge_id',
	applications: 'application_id',
	interviews: 'interview_id',
	scorecards: 'scorecard_id',
	attachments: 'attachment_id',
	competencies: 'competency_id',
	rubrics: 'rubric_id',
	rubric_versions: 'version_id',
	stages: 'stage_id',
	users: 'user_id',
	api_clients: 'client_id',
	partners: 'partner_id',
	connections: 'connection_id',
	decisions: 'decision_id',
	saved_views: 'saved_view_id',
	webhooks: 'webhook_id',
	deliveries: 'delivery_id',
	webhook_deliveries: 'delivery_id',
};
function learnFrom(path, body) {
	const own =
		OWN_NAME[
			path
				.split('?')[0]
				.split('/')
				.filter((part) => !/^(v1|by_external_id)$/.test(part) && part !== '')
				.filter((part) => OWN_NAME[part])
				.at(-1)
		];
	for (const object of body?.data ?? [body ?? {}]) {
		if (own) learn(own, object.id);
		for (const [name, value] of Object.entries(object))
			if (name.endsWith('_id'))
				learn(
					name === 'rubric_version_id'
						? 'version_id'
						: name.replace(/^(draft|latest_published)_version_id$/, 'version_id'),
					value,
				);
	}
}
const known = (name) =>
	pool.get(name === 'rubric_version_id' ? 'version_id' : name === 'author_id' ? 'user_id' : name) ?? [];
for (const [name, id] of Object.entries(world.params())) learn(name, id);
for (const user of Object.values(world.users)) learn('user_id', user.id);
for (const competency of world.competencies) learn('competency_id', competency.id);
// Events are there once they are sealed.
while (known('after').length === 0) {
	for (const { id } of (await world.admin.read('/v1/events', { limit: 20 })).data) learn('after', id);
	await new Promise((done) => setTimeout(done, 100));
}

const arbitraries = new Arbitraries(contract, known);

function pathOf(operation) {
	const parts = operation.names.map((name) => {
		const parameter = operation.parameters.find((one) => one.in === 'path' && one.name === name);
		// No control character, slash or dot segment can stand in a path.
		return arbitraries
			.valid(parameter.schema, name)
			.map((text) => text.replace(/[\u0000-\u001f\u007f/\\]/g, '-').replace(/^\.+$/, '-'));
	});
	return fc.tuple(...parts).map((values) => {
		let path = operation.path;
		for (const [i, name] of operation.names.entries())
			path = path.replace(`{${name}}`, encodeURIComponent(values[i]));
		return path;
	});
}

function queryOf(operation) {
	const members = Object.fromEntries(
		operation.parameters
			.filter((one) => one.in === 'query' && one.name !== 'cursor')
			.map((one) => [one.name, arbitraries.valid(one.schema, one.name).map(String)]),
	);
	return fc.record(members, {
		requiredKeys: operation.parameters
			.filter((one) => one.in === 'query' && one.required)
			.map(({ name }) => name),
	});
}

const bodySchema = (operation) => operation.body && Object.entries(operation.body)[0];
// Slow by design (each hashes a password): fewer runs.
const slow = (operation) =>
	operation.path.startsWith('/v1/auth/') || /password/.test(operation.path) || operation.id === 'users_create';

const perOperation = (SECONDS * 1000) / contract.operations.length;
async function check(operation, share, property) {
	const options = { seed: SEED, includeErrorInReport: true };
	// At least a few runs, however slow the machine; then as many as the time allows.
	await fc.assert(property, { ...options, numRuns: 5 });
	const until = Date.now() + perOperation * share;
	const result = await fc.check(property, {
		...options,
		numRuns: slow(operation) ? 7 : 100_000,
		interruptAfterTimeLimit: Math.max(1, until - Date.now()),
	});
	if (result.failed && !(result.interrupted && result.counterexample === null))
		throw new Error(fc.defaultReportMessage(result));
}

const admin = new Client(server, { token: me.token });
const clientFor = (operation) =>
	operation.may === 'anyone' || operation.path.startsWith('/v1/auth/')
		? admin.with({ 'X-Forwarded-For': anAddress() })
		: admin;

// A link of a candidate whom nothing else here meets.
const links = new Map();
async function linkFor(operation) {
	if (!links.has(operation.id)) {
		const application = await world.application(await world.role());
		links.set(operation.id, await admin.make(`/v1/applications/${application.id}/candidate_links`, {}));
	}
	return links.get(operation.id).token;
}
// What an operation cannot do without, where a test is about its body.
const requiredQuery = (operation) =>
	Object.fromEntries(
		operation.parameters
			.filter(({ in: place, required }) => place === 'query' && required)
			.map(({ name, schema }) => [name, schema.enum?.[0] ?? 'sample']),
	);

async function multipart(body) {
	const form = new FormData();
	for (const [name, value] of Object.entries(body)) form.append(name, name === 'resume' ? new Blob([value]) : value);
	const packed = new Response(form);
	return { raw: Buffer.from(await packed.arrayBuffer()), type: packed.headers.get('content-type') };
}

async function send(operation, path, { query = {}, body, match = true, key } = {}) {
	const search = new URLSearchParams({ ...requiredQuery(operation), ...query }).toString();
	const headers = {};
	if (match && operation.parameters.some(({ name, required }) => name === 'If-Match' && required))
		headers['If-Match'] = '*';
	if (key && operation.parameters.some(({ name }) => name === 'Idempotency-Key'))
		headers['Idempotency-Key'] = unique('fuzz');
	if (operation.parameters.some(({ name }) => name === 'Candidate-Link'))
		headers['Candidate-Link'] = await linkFor(operation);
	const options = { headers };
	if (body !== undefined) {
		const [type] = bodySchema(operation);
		if (/json/.test(type)) Object.assign(options, { raw: JSON.stringify(body), type });
		else if (/urlencoded/.test(type)) options.form = body;
		else if (/multipart/.test(type)) Object.assign(options, await multipart(body));
		else Object.assign(options, { raw: 'A document.', type: 'text/plain' });
	}
	const answer = await clientFor(operation).request(
		operation.method,
		search ? `${path}?${search}` : path,
		options,
	);
	if (answer.status < 300) learnFrom(path, answer.body);
	return answer;
}

console.log(`# fuzzing for ${SECONDS} s; ASSAY_FUZZ_SEED=${SEED} repeats this run`);

// A directory's users hold attributes that nobody has told us of: RFC 7644 says what is wrong with a body, by rules
// that a schema does not hold (tests/api/scim.test.mjs).
const bySchema = contract.operations.filter(({ path, method }) => !path.startsWith('/scim/') || method === 'GET');
const strict = bySchema.filter(({ path }) => !path.startsWith('/scim/'));

describe('what the document allows', () => {
	for (const operation of strict)
		test(operation.id, async () => {
			const schema = bodySchema(operation)?.[1].schema;
			let taken = 0;
			const body = schema ? arbitraries.valid(schema) : fc.constant(undefined);
			await check(
				operation,
				0.6,
				fc.asyncProperty(
					pathOf(operation),
					queryOf(operation),
					body,
					fc.boolean(),
					async (path, query, given, key) => {
						const answer = await send(operation, path, { query, body: given, key });
						taken += answer.status < 300;
						assert.ok(
							![400, 405, 406, 413, 415, 428].includes(answer.status) ||
								['oauth_token', 'oauth_revoke'].includes(operation.id),
							`valid input was refused with ${answer.status}: ${answer.text}`,
						);
						for (const { pointer, code } of answer.body?.errors ?? [])
							assert.ok(
								!SCHEMA_RULES.includes(code) ||
									!breaks(operation, given, query, pointer),
								`valid input was refused by ${code} at ${pointer}: ${answer.text}`,
							);
					},
				),
			);
			if (operation.method === 'GET' && operation.names.length === 0)
				assert.ok(taken > 0, 'nothing was taken');
		});
});

// Whether the document's own schema is broken at this place: what else is refused there is a rule
// of the domain, which may well be called "required".
function breaks(operation, body, query, pointer) {
	if (pointer.startsWith('?')) return pointer.slice(1) in query;
	const schema = bodySchema(operation)?.[1].schema;
	if (!schema) return false;
	const names = pointer.split('/').slice(1);
	let at = contract.resolve(schema);
	for (const name of names) {
		at = contract.resolve(
			at?.properties?.[name] ??
				(typeof at?.additionalProperties === 'object' ? at.additionalProperties : undefined) ??
				at?.items,
		);
		if (!at) return false;
	}
	// The place exists in the document, and what was sent there fits it: a refusal by form is wrong.
	const value = names.reduce((place, name) => place?.[name], body);
	return value !== undefined;
}

describe('what the document does not allow', () => {
	for (const operation of bySchema.filter((one) => one.body))
		test(operation.id, async () => {
			const [type, { schema }] = bodySchema(operation);
			if (!/json/.test(type)) return;
			await check(
				operation,
				0.3,
				fc.asyncProperty(
					pathOf(operation),
					arbitraries.valid(schema),
					fc.nat(),
					async (path, value, pick) => {
						const choices = arbitraries.broken(schema, value ?? {});
						const [rule, pointer, bad] = choices[pick % choices.length];
						const answer = await send(operation, path, { body: bad });
						assert.equal(
							answer.status,
							422,
							`${rule} at ${pointer} was answered ${answer.status}: ${JSON.stringify(bad).slice(0, 300)} ${answer.text.slice(0, 300)}`,
						);
						assert.ok(
							answer.body.errors.some(
								(error) =>
									error.pointer === pointer ||
									error.pointer.startsWith(`${pointer}/`),
							),
							`${rule} at ${pointer} is not told: ${answer.text.slice(0, 500)}`,
						);
					},
				),
			);
		});

	for (const operation of contract.operations.filter((one) =>
		one.parameters.some(({ in: place }) => place === 'query'),
	))
		test(`${operation.id}, its query`, async () => {
			const nonsense = fc.tuple(
				fc.constantFrom(
					'limit',
					'sort',
					'cursor',
					'nothing',
					'q',
					...operation.parameters
						.filter(({ in: place }) => place === 'query')
						.map(({ name }) => name),
				),
				fc.string({ maxLength: 60 }),
			);
			await check(
				operation,
				0.1,
				fc.asyncProperty(pathOf(operation), nonsense, async (path, [name, value]) => {
					const answer = await send(operation, path, { query: { [name]: value } });
					assert.ok(
						[200, 400, 404, 410, 422].includes(answer.status),
						`${name}=${value} was answered ${answer.status}`,
					);
				}),
			);
		});

	test('broken JSON, wherever it stands', async () => {
		const mutilate = fc
			.tuple(
				fc.json({ maxDepth: 3 }),
				fc.nat(),
				fc.constantFrom('', ',', '}', '"', '\\', '\u0001', '[', '{"', 'nul'),
			)
			.map(([text, at, junk]) => {
				const place = at % (text.length + 1);
				return text.slice(0, place) + junk + text.slice(place + (junk === '' ? 1 : 0));
			});
		const operations = contract.operations.filter(
			(one) => one.body && /json/.test(bodySchema(one)[0]) && one.may !== 'anyone',
		);
		await fc.assert(
			fc.asyncProperty(fc.constantFrom(...operations), mutilate, async (operation, raw) => {
				let valid = true;
				try {
					JSON.parse(raw);
				} catch {
					valid = false;
				}
				const path = fc.sample(pathOf(operation), 1)[0];
				const answer = await admin.request(operation.method, path, {
					query: requiredQuery(operation),
					raw,
					type: bodySchema(operation)[0],
					headers: { 'If-Match': '*' },
				});
				if (!valid) assert.equal(answer.status, 400, `${raw} was answered ${answer.status}`);
				else
					assert.ok(
						[400, 403, 404, 409, 410, 412, 422, 200, 201, 204, 401, 429].includes(
							answer.status,
						),
					);
			}),
			{
				seed: SEED,
				numRuns: 100_000,
				interruptAfterTimeLimit: SECONDS * 50,
				markInterruptAsFailure: false,
				includeErrorInReport: true,
			},
		);
	});
});

describe('ids were learned', () => {
	test('so that what was named often existed', () => {
		for (const name of [
			'role_id',
			'candidate_id',
			'application_id',
			'user_id',
			'competency_id',
			'rubric_id',
			'ladder_id',
			'version_id',
			'stage_id',
			'client_id',
		])
			assert.ok(known(name).length > 1, name);
	});

	test('and the server still serves', async () => {
		await signIn(server, me.email, PASSWORD);
		assert.equal((await fetch(`${server.url}/health/ready`)).status, 200);
	});
});
