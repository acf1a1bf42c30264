// Every operation × everyone × own, confidential, foreign, random and erased objects.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { contractOf } from '../support/contract.mjs';
import { psql } from '../support/database.mjs';
import { Partner } from '../support/partner.mjs';
import { root, sharedServer, startServer } from '../support/server.mjs';
import { IDLE_SCOPE, POSTING, SCOPES, numberOf, randomId, unique, usualWorld } from '../support/world.mjs';
import { access, columns, ofRole } from './access.mjs';
import { Fixtures } from './access_fixtures.mjs';
import { requests } from './access_requests.mjs';

// Stands in every text of the foreign organization: it must never be seen from outside.
const MARK = 'Zugzwang';

const control = join(root, 'build/assay-control');
const without = (defence) =>
	existsSync(control) ? startServer({ program: control, env: { ASSAY_CONTROL_OFF: defence } }) : null;
// Started at once: the shared one, one to take row-level security from, one without the check of
// access, and one whose statements look at no organization.
const [server, alone, unguarded, unscoped] = await Promise.all([
	sharedServer(),
	startServer(),
	without('authorise'),
	without('org_predicate'),
]);
after(() => Promise.all([server.stop(), alone.stop(), unguarded?.stop(), unscoped?.stop()]));
const contract = await contractOf(server.url);

async function matrixWorld(on, mark = '') {
	const world = await usualWorld(on, { name: unique(`${mark}Matrix`), independence: 'open' });
	await world.user('spare');
	if (mark)
		for (const key of ['role1', 'candidate1'])
			await world.admin.change(
				key === 'role1'
					? `/v1/roles/${world.role1.id}`
					: `/v1/candidates/${world.candidate1.id}`,
				key === 'role1' ? { title: unique(mark) } : { name: unique(mark) },
			);
	const draft = await world.scorecard('a', world.interview1, world.values(4, 4, 4), {
		key_takeaways: `${mark} takeaways`,
		submit: false,
	});
	world.attachment1 = (
		await world.a.request('POST', `/v1/scorecards/${draft.id}/attachments`, {
			raw: `${mark} attachment`,
			type: 'text/plain',
			expect: 201,
		})
	).body;
	const scorecard = await world.a.make(`/v1/scorecards/${draft.id}/submit`);
	await world.scorecard('b', world.interview1, world.values(4, 4, 4), { key_takeaways: `${mark} takeaways` });
	world.scorecard1 = scorecard;
	world.import1 = (
		await world.admin.request('POST', '/v1/imports', {
			raw: 'external_id,name\n',
			type: 'text/csv',
			query: { kind: 'candidates', source: 'matrix' },
			expect: 201,
		})
	).body;
	world.decision1 = await world.admin.make(`/v1/applications/${world.application1.id}/decisions`, {
		kind: 'hire',
		rationale: `${mark} rationale`,
	});
	world.savedView1 = await world.admin.make('/v1/saved_views', {
		name: unique(`${mark}View`),
		list: 'roles',
		shared: true,
	});
	world.bulkAction1 = await world.admin.make('/v1/bulk_actions', {
		action: 'archive',
		items: [{ application_id: (await world.application(world.role1)).id }],
	});
	world.ladder1 = await world.ladder(undefined, unique(`${mark}Ladder`));
	world.override1 = await world.admin.make(`/v1/roles/${world.role1.id}/lint_overrides`, {
		rule: 'plan_over_budget',
		reason: `${mark} agreed`,
	});
	world.note1 = await world.a.make(`/v1/candidates/${world.candidate1.id}/notes`, { text: `${mark} note` });
	world.document1 = (
		await world.admin.request('POST', `/v1/candidates/${world.candidate1.id}/documents`, {
			raw: `${mark} document`,
			type: 'text/plain',
			expect: 201,
		})
	).body;
	world.export1 = await world.admin.make(`/v1/candidates/${world.candidate1.id}/exports`);
	await world.admin.put(
		`/v1/candidates/${world.candidate1.id}/legal_hold`,
		{ reason: `${mark} reason` },
		{ expect: 200 },
	);
	world.rule1 = await world.admin.make('/v1/retention_rules', { months: 240 });
	world.link1 = await world.admin.make(`/v1/applications/${world.application1.id}/candidate_links`, {});
	await world.admin.make(`/v1/applications/${world.application1.id}/letter`);
	world.webhook1 = await world.admin.make('/v1/webhooks', {
		...{ name: unique(`${mark}Webhook`), url: `https://receiver.invalid/${mark}`, event_types: ['*'] },
	});
	world.delivery1 = await world.admin.make(`/v1/webhooks/${world.webhook1.id}/ping`);
	Object.assign(world, await Partner.connected(world, unique(`${mark}Partner`)));
	world.posting1 = await world.posting(world.role1, { title: `${mark} posting`, description: `${mark} words` });
	world.message1 = await world.message();
	await world.program('idle', [IDLE_SCOPE]);
	return world;
}

const people = (world) => ({
	nobody: new Client(world.server),
	admin: world.admin,
	recruiter: world.recruiter,
	manager: world.manager,
	interviewer: world.a,
	observer: world.observer,
	shadow: world.shadow,
	outsider: world.outsider,
});

const fill = (operation, params = {}) =>
	operation.path.replace(/\{([^}]+)\}/g, (_, name) => {
		assert.ok(params[name], `${operation.id} is sent without ${name}`);
		return encodeURIComponent(params[name]);
	});

async function send(operation, client, { params, headers, ...more }) {
	const answer = await client.request(operation.method, fill(operation, params), { ...more, headers });
	assert.ok(!answer.text.includes(MARK), `${operation.id} shows what belongs to another organization`);
	return answer;
}

const outcome = ({ status }) => (status < 300 || status === 303 ? 'ok' : String(status));
// The same but for what names the request itself.
const shape = ({ status, text, body }, ids) => {
	let plain = body ? JSON.stringify({ ...body, instance: undefined }) : text;
	for (const id of ids) plain = plain.replaceAll(id, 'ID');
	return `${status} ${plain}`;
};

// Refused by access level or scope alone, before any object is looked for.
const refusedEarly = (operation, column) =>
	(operation.may === 'recruit' && !['admin', 'recruiter'].includes(column)) ||
	(['admin', 'audit', 'provision'].includes(operation.may) && column !== 'admin');

function confidentially(operation, column) {
	const expected = access[operation.id].own[columns.indexOf(column)];
	const told = access[operation.id].confidential?.[column];
	if (told) return told;
	if (!ofRole(operation) || !['recruiter', 'outsider'].includes(column) || refusedEarly(operation, column))
		return expected;
	return ['ok', '403'].includes(expected) ? '404' : expected;
}

const world = await matrixWorld(server);
const foreign = await matrixWorld(server, MARK);
const scoped = {};
for (const scope of SCOPES) scoped[scope] = await world.program(scope, [scope]);

describe('the table', () => {
	test('has a line for every operation of the document, and a request', () => {
		const known = contract.operations.map(({ id }) => id).sort();
		assert.deepEqual(Object.keys(access).sort(), known);
		assert.deepEqual(Object.keys(requests).sort(), known);
	});
});

describe('own objects', () => {
	const fixtures = new Fixtures(world);
	for (const operation of contract.operations)
		test(operation.id, async () => {
			const seen = {};
			const expected = {};
			for (const [i, column] of columns.entries()) {
				expected[column] = access[operation.id].own[i];
				seen[column] = outcome(
					await send(
						operation,
						people(world)[column],
						await requests[operation.id](fixtures, operation.id),
					),
				);
			}
			assert.deepEqual(seen, expected);
		});
});

describe('objects of a confidential role', () => {
	const fixtures = new Fixtures(world, { confidential: true });
	for (const operation of contract.operations.filter((one) => ofRole(one)))
		test(operation.id, async () => {
			const seen = {};
			const expected = {};
			for (const column of columns) {
				expected[column] = confidentially(operation, column);
				seen[column] = outcome(
					await send(
						operation,
						people(world)[column],
						await requests[operation.id](fixtures, operation.id),
					),
				);
			}
			const { scope, confidential } = access[operation.id];
			if (scope) {
				expected.scope = confidential?.scope ?? '404';
				seen.scope = outcome(
					await send(
						operation,
						scoped[scope],
						await requests[operation.id](fixtures, operation.id),
					),
				);
			}
			assert.deepEqual(seen, expected);
		});
});

describe('API clients', () => {
	const fixtures = new Fixtures(world);
	const any = (operation) => ({
		params: { ...world.params(), source: 'matrix', external_id: 'x', client_id: randomId() },
		...(operation.body ? { raw: '{}', type: Object.keys(operation.body)[0] } : {}),
	});
	for (const operation of contract.operations)
		test(operation.id, async () => {
			const { scope } = access[operation.id];
			const seen = {};
			const expected = {};
			for (const own of [...SCOPES, IDLE_SCOPE]) {
				const client = own === IDLE_SCOPE ? world.programs.idle.client : scoped[own];
				const may = scope === 'any' || scope === own;
				expected[own] = may ? 'ok' : '403';
				seen[own] = outcome(
					await send(
						operation,
						client,
						may
							? await requests[operation.id](fixtures, operation.id)
							: any(operation),
					),
				);
			}
			assert.deepEqual(seen, expected);
		});
});

const bodies = {
	applications_create: (us, w) => [
		{ candidate_id: w.candidate1.id, role_id: us.role1.id },
		{ candidate_id: us.candidate1.id, role_id: w.role1.id },
	],
	interviews_create: (us, w) => [
		{ application_id: w.application1.id },
		{ application_id: us.application1.id, stage_id: w.role1.stages[0].id },
		{ application_id: us.application1.id, interviewers: [{ user_id: w.users.a.id }] },
	],
	scorecards_create: (us, w) => [{ interview_id: w.interview1.id }],
	candidates_merge: (us, w) => [{ into: w.candidate1.id }],
	notes_create: (us, w) => [
		{ text: 'x', application_id: w.application1.id },
		{ text: 'x', mentions: [w.users.a.id] },
	],
	roles_create: (us, w) => [{ title: 'x', rubric_version_id: w.version.id }],
	stages_create: (us, w) => [{ name: 'x', method: 'screen', competency_ids: [w.competencies[0].id] }], postings_create: (us, w) => [{ ...POSTING, role_id: w.role1.id }],
};
const unknown = () => {
	const id = randomId();
	return {
		candidate1: { id },
		role1: { id, stages: [{ id }] },
		application1: { id },
		interview1: { id },
		version: { id },
		competencies: [{ id }],
		users: { a: { id } },
	};
};
const idsOf = (operation) => operation.names.filter((one) => one.endsWith('_id') && one !== 'external_id');

// Objects that are not there for whoever asks: foreign ones answer exactly like random ones.
function strangers(name, us, them, { callers = people(us), early = true } = {}) {
	describe(name, () => {
		for (const operation of contract.operations.filter((one) => idsOf(one).length > 0))
			test(operation.id, async () => {
				const theirs = { ...them.params(), user_id: them.users.b.id };
				const fixtures = new Fixtures(us);
				const sent = await requests[operation.id](fixtures, operation.id);
				// One foreign id at a time, the others our own; and all of them.
				const choices = [...idsOf(operation).map((one) => [one]), idsOf(operation)];
				for (const [column, client] of Object.entries(callers))
					for (const chosen of choices) {
						const replace = (value) => ({
							...sent,
							params: {
								...sent.params,
								...Object.fromEntries(
									chosen.map((one) => [one, value(one)]),
								),
							},
						});
						const known = replace((one) => theirs[one]);
						const unknown = replace(() => randomId());
						const answers = [
							await send(operation, client, known),
							await send(operation, client, unknown),
						];
						const ids = [
							...Object.values(known.params),
							...Object.values(unknown.params),
						];
						assert.equal(
							shape(answers[0], ids),
							shape(answers[1], ids),
							`${column} with a foreign ${chosen}`,
						);
						const status = String(answers[0].status);
						if (column === 'nobody') assert.equal(status, '401');
						else if (early && refusedEarly(operation, column))
							assert.equal(status, '403');
						else
							assert.ok(
								['404', '403', '422'].includes(status),
								`${column}: ${status} with a foreign ${chosen}`,
							);
					}
			});
		// Ids in a body: as good as ids of nothing.
		for (const [id, make] of Object.entries(bodies))
			test(`${id}, by what its body names`, async () => {
				const operation = contract.byId[id];
				const [known, not] = [make(us, them), make(us, unknown())];
				for (const [i, body] of known.entries()) {
					const params = us.params();
					const answers = [
						await send(operation, us.admin, { params, body }),
						await send(operation, us.admin, { params, body: not[i] }),
					];
					assert.equal(answers[0].status, 422);
					assert.equal(shape(answers[0], []), shape(answers[1], []));
				}
			});
		for (const operation of contract.operations.filter(({ parameters }) =>
			parameters.some((one) => one.name === 'cursor'),
		))
			test(`${operation.id}, by its filters`, async () => {
				for (const { name: filter, schema } of operation.parameters.filter(
					(one) => one.in === 'query' && one.name.endsWith('_id'),
				)) {
					assert.ok(schema);
					const id =
						{
							author_id: them.users.a.id,
							actor_id: them.users.a.id,
							object_id: them.role1.id, job_id: numberOf(them.role1.id), requisition_id: 'none', employee_id: 'none',
						}[filter] ?? them.params()[filter];
					const path = fill(operation, us.params());
					const list = await us.admin.get(path, { query: { [filter]: id }, expect: 200 });
					assert.deepEqual(list.body.data ?? list.body, []);
				}
			});
	});
}

strangers('objects of another organization', world, foreign);

// Both walls down: every cell falls, or the tests of either would hold nothing. What still stands
// has a third one.
const stands = {
	// The reference names its organization, so nothing foreign fits.
	hiring_team_put: ['user_id'],
	// One foreign id alone names no member, and no interviewer.
	hiring_team_remove: ['role_id', 'user_id'],
	interviewers_remove: ['interview_id', 'user_id'],
	interviewers_substitute: ['interview_id', 'user_id'],
	// Nobody but the author may.
	scorecards_update: ['scorecard_id'],
	scorecards_submit: ['scorecard_id'],
	attachments_create: ['scorecard_id'],
	attachments_delete: ['attachment_id'],
};
const standsInBody = {
	roles_create: ['title rubric_version_id'], // the reference again
	// It has to be a stage of the application's plan, and a criterion of the role's rubric.
	interviews_create: ['application_id stage_id'],
	stages_create: ['name method competency_ids'],
	// It has to be an application of the candidate's; a function looks for who is mentioned.
	notes_create: ['text application_id', 'text mentions'],
};

function bothDown(us, them) {
	const alike = async (operation, one, other) => {
		const ask = (sent) =>
			us.admin.request(operation.method, fill(operation, sent.params), { ...sent, check: false });
		const answers = [await ask(one), await ask(other)];
		const ids = [one, other].flatMap(({ params }) => Object.values(params));
		return shape(answers[0], ids) === shape(answers[1], ids);
	};
	describe('the control: both walls down', () => {
		before(() => withoutPolicies(us.server));
		for (const operation of contract.operations.filter((one) => idsOf(one).length > 0))
			test(operation.id, async () => {
				const theirs = (await requests[operation.id](new Fixtures(them), operation.id)).params;
				const sent = await requests[operation.id](new Fixtures(us), operation.id);
				const ids = idsOf(operation);
				const held = [];
				for (const chosen of ids.length > 1 ? [...ids.map((one) => [one]), ids] : [ids]) {
					const naming = (value) => ({
						...sent,
						params: {
							...sent.params,
							...Object.fromEntries(chosen.map((one) => [one, value(one)])),
						},
					});
					if (await alike(operation, naming((one) => theirs[one]), naming(randomId)))
						held.push(chosen.join(' '));
				}
				assert.deepEqual(held, stands[operation.id] ?? []);
			});
		for (const [id, make] of Object.entries(bodies))
			test(`${id}, by what its body names`, async () => {
				const params = us.params();
				const random = make(us, unknown());
				const held = [];
				for (const [i, body] of make(us, them).entries())
					if (await alike(contract.byId[id], { params, body }, { params, body: random[i] }))
						held.push(Object.keys(body).join(' '));
				assert.deepEqual(held, standsInBody[id] ?? []);
			});
		for (const id of ['applications_list', 'candidates_list', 'competencies_list', 'interviews_list', 'users_list'])
			test(`${id} shows what is foreign`, async () => {
				const { path } = contract.byId[id];
				// The oldest: the worlds were made before what the tests above made.
				const query = { limit: 100, sort: 'created_at' };
				const { text } = await us.admin.get(path, { query, check: false });
				const theirs = Object.values(them.params()).concat(them.competencies.map((one) => one.id));
				assert.ok(theirs.some((one) => text.includes(one)));
			});
	});
}

describe('erased and deleted objects', () => {
	test('an erased candidate is gone to who could read it, unknown to others', async () => {
		const application = await world.application(world.role1);
		const params = { candidate_id: application.candidate_id };
		await world.admin.make(`/v1/candidates/${params.candidate_id}/erase`);
		const get = contract.byId.candidates_get;
		for (const [column, client] of Object.entries(people(world))) {
			const expected = { nobody: '401', outsider: '404' }[column] ?? '410';
			assert.equal(outcome(await send(get, client, { params })), expected, column);
		}
		assert.equal(outcome(await send(get, scoped['candidates:read'], { params })), '410');
		assert.equal(outcome(await send(get, foreign.admin, { params })), '404');
		for (const id of ['candidates_update', 'candidates_archive', 'candidates_unarchive'])
			assert.equal(
				outcome(
					await send(contract.byId[id], world.recruiter, {
						params,
						...(id === 'candidates_update' ? { body: { headline: 'x' } } : {}),
					}),
				),
				'410',
				id,
			);
	});

	test('a deleted stage, a removed member and a removed interviewer are not there', async () => {
		const fixtures = new Fixtures(world);
		for (const [id, again] of [
			['stages_delete', ['stages_get', 'stages_update', 'stages_delete']],
			['hiring_team_remove', ['hiring_team_remove']],
			['interviewers_remove', ['interviewers_remove']],
		]) {
			const sent = await requests[id](fixtures, id);
			assert.equal(outcome(await send(contract.byId[id], world.admin, sent)), 'ok');
			for (const next of again)
				assert.equal(
					outcome(
						await send(contract.byId[next], world.admin, {
							...sent,
							...(next === 'stages_update' ? { body: { name: 'x' } } : {}),
						}),
					),
					'404',
					next,
				);
		}
	});

	test('what is archived is read as before', async () => {
		const fixtures = new Fixtures(world);
		for (const what of ['roles', 'candidates', 'applications', 'competencies', 'rubrics']) {
			const sent = await requests[`${what}_archive`](fixtures, what);
			await send(contract.byId[`${what}_archive`], world.admin, sent);
			const get = contract.byId[`${what}_get`];
			for (const [i, column] of columns.entries())
				assert.equal(
					outcome(await send(get, people(world)[column], sent)),
					access[get.id].own[i],
					`${what} ${column}`,
				);
		}
	});

	test('a disabled user and a revoked program are out', async () => {
		const { token } = await world.user('passing');
		await world.admin.change(`/v1/users/${world.users.passing.id}`, { status: 'disabled' });
		await world.program('gone', SCOPES);
		await world.admin.make(`/v1/api_clients/${world.programs.gone.id}/revoke`);
		for (const operation of contract.operations.filter(
			({ may, names, method }) =>
				!['anyone', 'admin', 'audit', 'recruit', 'provision'].includes(may) && names.length === 0 && method === 'GET',
		))
			// What only people may is refused to a program before it is looked for.
			for (const client of [
				new Client(server, { token }),
				...(operation.may === 'user' ? [] : [world.programs.gone.client]),
			])
				assert.equal(outcome(await send(operation, client, {})), '401', operation.id);
	});
});

// The same with one of the two walls taken down: the other holds every foreign cell by itself.
const each = (catalog, what) => `DO $$ DECLARE t record; BEGIN FOR t IN ${catalog} LOOP ${what}; END LOOP; END $$`;
const withoutPolicies = (on) =>
	psql(
		on,
		each(
			`SELECT c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relrowsecurity`,
			`EXECUTE format('ALTER TABLE %s DISABLE ROW LEVEL SECURITY', t.name)`,
		),
	);
// Views and functions compare with org() as statements do with :org: to the policies all of them are
// the application. What is left is enter(), which binds the organization, and the policies.
const PREDICATE = String.raw`'((?:%\d\$I|\w+)\.organization_id) = org\(\)'`;
const withoutPredicates = (on) =>
	psql(
		on,
		[
			each(
				`SELECT c.oid::regclass AS name, pg_get_viewdef(c.oid) AS text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'`,
				String.raw`EXECUTE format('CREATE OR REPLACE VIEW %s WITH (security_invoker = true) AS %s', t.name, regexp_replace(t.text, ${PREDICATE}, '\1 = coalesce(\1, org())', 'g'))`,
			),
			each(
				`SELECT pg_get_functiondef(p.oid) AS text FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prosrc ~ ${PREDICATE}`,
				String.raw`EXECUTE regexp_replace(t.text, ${PREDICATE}, '\1 = coalesce(\1, org())', 'g')`,
			),
		].join(';\n'),
	);
const left = (on) =>
	psql(
		on,
		`SELECT count(*) FROM (SELECT pg_get_viewdef(c.oid) AS text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' UNION ALL SELECT p.prosrc FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace) AS x WHERE text ~ ${PREDICATE}`,
	);

const here = await matrixWorld(alone);
const there = await matrixWorld(alone, MARK);
await withoutPolicies(alone);
strangers('another organization, with row-level security off', here, there, {
	callers: { admin: here.admin, recruiter: here.recruiter, outsider: here.outsider },
});

if (unscoped) {
	const us = await matrixWorld(unscoped);
	const them = await matrixWorld(unscoped, MARK);
	const compared = Number(await left(unscoped));
	await withoutPredicates(unscoped);
	describe('row-level security alone', () => {
		test('nothing else compares organizations', async () => {
			assert.ok(compared > 10, `${compared} views and functions did`);
			assert.equal(await left(unscoped), '0');
		});
	});
	strangers('another organization, with the application’s predicates off', us, them, {
		callers: { admin: us.admin, recruiter: us.recruiter, outsider: us.outsider },
	});
	bothDown(us, them);
}

if (unguarded) {
	const us = await matrixWorld(unguarded);
	const them = await matrixWorld(unguarded, MARK);
	strangers('another organization, with the application’s check of access off', us, them, {
		callers: { admin: us.admin, recruiter: us.recruiter, outsider: us.outsider },
		early: false,
	});
	describe('the control', () => {
		test('without that check the matrix would fail', async () => {
			const answer = await us.outsider.post('/v1/users', {
				email: `${unique('x')}@example.com`,
				name: 'x',
				access_level: 'admin',
			});
			assert.equal(answer.status, 201);
		});
	});
}
