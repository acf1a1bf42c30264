// Applications: a candidate for a role, where it stands and how it went.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const role = world.role1;
const ids = (rows) => rows.map(({ id }) => id);

describe('applications', () => {
	test('start in the first stage, or in the one that is named', async () => {
		const person = await world.candidate();
		const made = await recruiter.post(
			'/v1/applications',
			{ candidate_id: person.id, role_id: role.id, source: 'referral' },
			{ expect: 201 },
		);
		assert.equal(made.headers.location, `/v1/applications/${made.body.id}`);
		assert.deepEqual(
			[made.body.stage_id, made.body.stage_name, made.body.status, made.body.source],
			[role.stages[0].id, role.stages[0].name, 'active', 'referral'],
		);
		assert.deepEqual([made.body.candidate_name, made.body.role_title], [person.name, role.title]);
		assert.deepEqual(await recruiter.read(`/v1/applications/${made.body.id}`), made.body);
		const named = await recruiter.make('/v1/applications', {
			candidate_id: (await world.candidate()).id,
			role_id: role.id,
			stage_id: role.stages[1].id,
		});
		assert.equal(named.stage_id, role.stages[1].id);
		const changed = await manager.change(`/v1/applications/${made.body.id}`, { source: null });
		assert.equal(changed.source, null);
	});

	test('one for a candidate and a role; of what exists; not for an archived role', async () => {
		const again = await recruiter.post(
			'/v1/applications',
			{ candidate_id: world.candidate1.id, role_id: role.id },
			{ expect: 409 },
		);
		assert.deepEqual([again.body.code, again.body.errors[0].pointer], ['already_exists', '/candidate_id']);
		const { id: candidate_id } = await world.candidate();
		const wrong = async (body, pointer) =>
			assert.equal(
				(await recruiter.post('/v1/applications', body, { expect: 422 })).body.errors[0]
					.pointer,
				pointer,
			);
		await wrong({ candidate_id: randomId(), role_id: role.id }, '/candidate_id');
		await wrong({ candidate_id, role_id: randomId() }, '/role_id');
		await wrong({ candidate_id, role_id: role.id, stage_id: randomId() }, '/stage_id');
		const old = await world.role();
		await admin.make(`/v1/roles/${old.id}/archive`);
		assert.equal(
			(await recruiter.post('/v1/applications', { candidate_id, role_id: old.id }, { expect: 409 }))
				.body.code,
			'archived',
		);
	});

	test('move to stages and states, with reasons, and keep the history', async () => {
		const application = await world.application(role);
		const path = `/v1/applications/${application.id}`;
		const move = (client, body, expect = 200) => client.post(`${path}/move`, body, { expect });
		const moved = (await move(manager, { stage_id: role.stages[1].id, reason: 'Convincing.' })).body;
		assert.deepEqual([moved.stage_id, moved.version], [role.stages[1].id, application.version + 1]);
		const bare = await move(recruiter, { status: 'rejected' }, 422);
		assert.equal(bare.body.errors[0].pointer, '/reason');
		await move(recruiter, { status: 'rejected', reason: 'Another was stronger.' });
		assert.equal(
			(await move(recruiter, { stage_id: role.stages[0].id }, 409)).body.code,
			'application_closed',
		);
		await move(recruiter, { status: 'active', stage_id: role.stages[0].id });
		assert.equal(
			(await move(recruiter, { stage_id: randomId() }, 422)).body.errors[0].pointer,
			'/stage_id',
		);
		for (const key of ['a', 'observer', 'shadow']) await move(world[key], { status: 'paused' }, 403);
		await move(world.outsider, { status: 'paused' }, 404);
		const history = await recruiter.all(`${path}/moves`, { sort: 'created_at' });
		assert.deepEqual(
			history.map(({ from_status, to_status, to_stage_id, reason, actor_id }) => [
				from_status,
				to_status,
				to_stage_id,
				reason,
				actor_id,
			]),
			[
				[null, 'active', role.stages[0].id, null, world.users.admin.id],
				['active', 'active', role.stages[1].id, 'Convincing.', world.users.manager.id],
				[
					'active',
					'rejected',
					role.stages[1].id,
					'Another was stronger.',
					world.users.recruiter.id,
				],
				['rejected', 'active', role.stages[0].id, null, world.users.recruiter.id],
			],
		);
		assert.equal(history[1].actor_name, world.users.manager.name);
		await recruiter.get(`/v1/applications/${randomId()}/moves`, { expect: 404 });
	});

	test('a move of what was changed meanwhile is refused', async () => {
		const application = await world.application(role);
		const path = `/v1/applications/${application.id}`;
		const { etag } = (await recruiter.get(path, { expect: 200 })).headers;
		await recruiter.change(path, { source: 'x' });
		await recruiter.post(
			`${path}/move`,
			{ status: 'paused' },
			{ headers: { 'If-Match': etag }, expect: 412 },
		);
	});

	test('parallel moves are each in the history', async () => {
		const application = await world.application(role);
		const path = `/v1/applications/${application.id}`;
		const moves = Array.from({ length: 6 }, (_, i) => ({ stage_id: role.stages[i % 2].id }));
		await Promise.all(moves.map((body) => recruiter.post(`${path}/move`, body, { expect: 200 })));
		const history = await recruiter.all(`${path}/moves`, { sort: 'created_at' });
		assert.equal(history.length, moves.length + 1);
		assert.equal((await recruiter.read(path)).version, application.version + moves.length);
	});

	test('are filtered and searched', async () => {
		const word = unique('quagmire').replaceAll('-', '');
		const person = await world.candidate({ name: `Jo ${word}` });
		const application = await world.application(role, person);
		const find = async (query) => ids(await recruiter.all('/v1/applications', query));
		assert.deepEqual(await find({ q: word, role_id: role.id }), [application.id]);
		assert.equal(
			(await recruiter.get('/v1/applications', { query: { q: word }, expect: 422 })).body.errors[0]
				.pointer,
			'?role_id',
		);
		assert.deepEqual(await find({ candidate_id: person.id }), [application.id]);
		assert.deepEqual(await find({ candidate_id: person.id, status: 'hired' }), []);
		assert.deepEqual(
			await find({
				candidate_id: person.id,
				stage_id: role.stages[0].id,
				role_id: role.id,
				status: 'active',
			}),
			[application.id],
		);
		const archived = await recruiter.make(`/v1/applications/${application.id}/archive`);
		assert.notEqual(archived.archived_at, null);
		assert.deepEqual(await find({ q: word, role_id: role.id, archived: false }), []);
		assert.deepEqual(await find({ q: word, role_id: role.id, archived: true }), [application.id]);
		assert.equal((await recruiter.make(`/v1/applications/${application.id}/unarchive`)).archived_at, null);
		assert.ok((await find({ updated_since: archived.updated_at })).includes(application.id));
	});

	test('a search of a role has the list’s order, pages and filters', async () => {
		const word = unique('quicksand').replaceAll('-', '');
		const mine = [];
		for (let i = 0; i < 7; i += 1)
			mine.push(await world.application(role, await world.candidate({ name: `Jo ${i > 1 ? word : 'other'}` })));
		const hits = ids(mine.slice(2)).reverse();
		const find = async (query) => ids(await recruiter.all('/v1/applications', { q: word, role_id: role.id, ...query }));
		assert.deepEqual(await find({}), hits);
		assert.deepEqual(await find({ limit: 2 }), hits);
		assert.deepEqual(await find({ limit: 2, sort: '-created_at' }), hits);
		assert.deepEqual(await find({ limit: 2, sort: 'created_at' }), [...hits].reverse());
		const [first, second, third, fourth] = hits;
		await recruiter.make(`/v1/applications/${first}/archive`);
		const moved = await recruiter.make(`/v1/applications/${second}/move`, { stage_id: role.stages[1].id });
		await recruiter.make(`/v1/applications/${third}/move`, { status: 'rejected', reason: 'x' });
		await recruiter.change(`/v1/applications/${fourth}`, { source: 'Quarry' });
		for (const [query, found] of [
			[{ archived: true }, [first]],
			[{ archived: false }, hits.slice(1)],
			[{ stage_id: role.stages[1].id }, [second]],
			[{ status: 'rejected' }, [third]],
			[{ open: true }, hits.filter((id) => id !== third)],
			[{ open: false }, [third]],
			[{ source: 'Quarry' }, [fourth]],
			[{ candidate_id: mine[2].candidate_id }, [mine[2].id]],
			[{ updated_since: moved.updated_at }, [second, third, fourth]],
		])
			for (const limit of [1, 100]) {
				assert.deepEqual(await find({ ...query, limit }), found, JSON.stringify(query));
				// Another order is found without the words' index, and finds the same.
				assert.deepEqual(await find({ ...query, limit, sort: 'created_at' }), [...found].reverse(), JSON.stringify(query));
			}
		assert.deepEqual(await find({ q: '!!!' }), []);
	});

	test('a search of a confidential role finds what the asker may see, on the first page', async () => {
		const word = unique('cavern').replaceAll('-', '');
		const secret = await world.role({ version: world.version });
		const made = [];
		for (let i = 0; i < 4; i += 1) made.push(await world.application(secret, await world.candidate({ name: `Jo ${word}` })));
		await world.interview(made[0], { recruiter: 'interviewer' });
		await admin.change(`/v1/roles/${secret.id}`, { confidential: true });
		const query = { q: word, role_id: secret.id, limit: 1 };
		const { body } = await recruiter.get('/v1/applications', { query, expect: 200 });
		assert.deepEqual(ids(body.data), [made[0].id]);
		assert.deepEqual(ids(await admin.all('/v1/applications', query)), ids(made).reverse());
	});

	test('by external id: created, updated, never moved to another candidate', async () => {
		const path = `/v1/applications/by_external_id/ats/${unique('A')}`;
		const body = { candidate_id: (await world.candidate()).id, role_id: role.id };
		const made = await recruiter.put(path, body, { expect: 201 });
		assert.equal(made.headers.location, `/v1/applications/${made.body.id}`);
		const again = await recruiter.put(path, { ...body, source: 'board' }, { expect: 200 });
		assert.deepEqual([again.body.id, again.body.source], [made.body.id, 'board']);
		assert.equal(
			(await recruiter.put(path, { ...body, candidate_id: world.candidate1.id }, { expect: 409 }))
				.body.code,
			'external_id_taken',
		);
		const other = path.replace('/ats/', '/hr/');
		assert.equal((await recruiter.put(other, body, { expect: 409 })).body.code, 'already_exists');
	});

	test('one of a closed plan keeps its plan', async () => {
		const application = await world.application(role);
		assert.equal(application.plan_id, (await admin.read(`/v1/roles/${role.id}`)).plan_id);
	});
});

describe('what an application can become', () => {
	const statuses = ['active', 'paused', 'offered', 'hired', 'offer_declined', 'rejected', 'withdrawn'];
	const next = {
		active: ['paused', 'offered', 'rejected', 'withdrawn'],
		paused: ['active', 'rejected', 'withdrawn'],
		offered: ['active', 'hired', 'offer_declined', 'rejected', 'withdrawn'],
		offer_declined: ['active', 'offered'],
		hired: ['active', 'withdrawn'],
		rejected: ['active'],
		withdrawn: ['active'],
	};
	const way = {
		active: [],
		paused: ['paused'],
		offered: ['offered'],
		hired: ['offered', 'hired'],
		offer_declined: ['offered', 'offer_declined'],
		rejected: ['rejected'],
		withdrawn: ['withdrawn'],
	};
	const move = (application, status, more = {}, expect = 200) =>
		recruiter.post(
			`/v1/applications/${application.id}/move`,
			{ status, ...(status === 'rejected' ? { reason: 'Not now.' } : {}), ...more },
			{ expect },
		);
	const brought = async (status, on) => {
		const application = await world.application(on);
		for (const step of way[status]) await move(application, step);
		return application;
	};
	const large = () => world.role({ version: world.version, team: world.team, stages: [{}, {}], openings: 50 });

	test('each status to each: what is not allowed is refused, and the refusal names what is', async () => {
		const on = await large();
		for (const from of statuses)
			for (const to of statuses) {
				const application = await brought(from, on);
				const { next_statuses, version } = await recruiter.read(`/v1/applications/${application.id}`);
				assert.deepEqual(next_statuses, next[from]);
				if (next[from].includes(to)) {
					assert.equal((await move(application, to)).body.status, to);
					continue;
				}
				const { body } = await move(application, to, {}, 409);
				assert.equal(body.code, 'illegal_transition', `${from} to ${to}`);
				assert.equal(body.detail, `From ${from} it can become: ${next[from].join(', ')}.`);
				assert.equal((await recruiter.read(`/v1/applications/${application.id}`)).version, version);
			}
	});

	test('a stage goes with a status that stays', async () => {
		const on = await large();
		const application = await brought('paused', on);
		const moved = await move(application, 'paused', { stage_id: on.stages[1].id });
		assert.deepEqual([moved.body.status, moved.body.stage_id], ['paused', on.stages[1].id]);
	});

	test('a stage does not go with a status that ended it, and nobody is hired twice', async () => {
		const on = await large();
		for (const status of ['offered', 'hired', 'offer_declined', 'rejected', 'withdrawn']) {
			const application = await brought(status, on);
			const { hired } = await recruiter.read(`/v1/roles/${on.id}`);
			const refused = await move(application, status, { stage_id: on.stages[1].id }, 409);
			assert.equal(refused.body.code, 'application_closed', status);
			assert.equal((await recruiter.read(`/v1/roles/${on.id}`)).hired, hired);
		}
	});

	test('the reason is of a list, with words beside it, and as hidden as they are', async () => {
		const on = await large();
		const refused = async (status, more, pointer) => {
			const answer = await move(await brought(status === 'offer_declined' ? 'offered' : 'active', on), status, more, 422);
			assert.equal(answer.body.errors[0].pointer, pointer);
		};
		await refused('rejected', { reason: undefined }, '/reason');
		await refused('rejected', { reason: undefined, reason_code: 'other' }, '/reason');
		await refused('rejected', { reason_code: 'other_offer' }, '/reason_code');
		await refused('rejected', { reason_code: 'whim' }, '/reason_code');
		await refused('withdrawn', { reason_code: 'skills' }, '/reason_code');
		await refused('offer_declined', { reason_code: 'skills' }, '/reason_code');
		await refused('paused', { reason_code: 'other' }, '/reason_code');
		const application = await world.application(on);
		const interview = await world.interview(application, { a: 'interviewer' });
		const told = async (client) =>
			(await client.all(`/v1/applications/${application.id}/moves`, { sort: 'created_at' })).map(
				({ reason, reason_code }) => [reason, reason_code],
			);
		await move(application, 'rejected', { reason: undefined, reason_code: 'skills' });
		await move(application, 'active');
		await move(application, 'rejected', { reason: 'b rated 2.', reason_code: 'communication' });
		await move(application, 'active', { reason: 'A mistake.' });
		await move(application, 'rejected');
		await move(application, 'active');
		await move(application, 'withdrawn', { reason_code: 'other_offer' });
		assert.deepEqual(await told(recruiter), [
			[null, null],
			[null, 'skills'],
			[null, null],
			['b rated 2.', 'communication'],
			['A mistake.', null],
			['Not now.', 'other'],
			[null, null],
			[null, 'other_offer'],
		]);
		assert.ok((await told(world.a)).every(([reason, code]) => reason === null && code === null));
		await world.scorecard('a', interview, world.values(3, 3, 3));
		assert.deepEqual((await told(world.a))[3], ['b rated 2.', 'communication']);
	});

	test('hires take the role’s openings: never more, and the role says when it is filled', async () => {
		const on = await world.role({ version: world.version, team: world.team, stages: [{}], openings: 2 });
		const seats = async () => {
			const { openings, hired, openings_left, filled, status } = await recruiter.read(`/v1/roles/${on.id}`);
			return [openings, hired, openings_left, filled, status];
		};
		assert.deepEqual(await seats(), [2, 0, 2, false, 'open']);
		const offered = await Promise.all(Array.from({ length: 6 }, () => brought('offered', on)));
		const etag = (await recruiter.get(`/v1/roles/${on.id}`)).headers.etag;
		const answers = await Promise.all(offered.map((one) => move(one, 'hired', {}, [200, 409])));
		const hired = offered.filter((_, i) => answers[i].status === 200);
		assert.equal(hired.length, 2);
		assert.ok(answers.every(({ status, body }) => status === 200 || body.code === 'role_filled'));
		assert.deepEqual(await seats(), [2, 2, 0, true, 'open']);
		assert.notEqual((await recruiter.get(`/v1/roles/${on.id}`)).headers.etag, etag, 'it is another version');
		await move(hired[0], 'withdrawn', { reason_code: 'personal' });
		assert.deepEqual(await seats(), [2, 1, 1, false, 'open']);
		const last = offered.find((one) => !hired.includes(one));
		await move(last, 'hired');
		assert.deepEqual(await seats(), [2, 2, 0, true, 'open']);
		const other = offered.find((one) => !hired.includes(one) && one !== last);
		await move(other, 'hired', {}, 409);
		await recruiter.change(`/v1/roles/${on.id}`, { openings: 3 });
		await move(other, 'hired');
		await recruiter.change(`/v1/roles/${on.id}`, { openings: 1 });
		assert.deepEqual(await seats(), [1, 3, 0, true, 'open']);
		assert.equal(
			await psql(
				server,
				`SELECT string_agg(type, ' ' ORDER BY created_at) FROM events
				 WHERE object_id = '${on.id}' AND type IN ('role.filled', 'role.opening_freed')`,
			),
			'role.filled role.opening_freed role.filled role.filled',
		);
	});
});

describe('a transfer to another role', () => {
	const transfer = (client, { id }, body, expect = 201, headers = {}) =>
		client.post(`/v1/applications/${id}/transfer`, body, { expect, headers });

	test('goes on there, and leaves what was found where it was given', async () => {
		const other = await world.role({ version: world.version, team: world.team, stages: [{}, {}] });
		const application = await world.application(role);
		await recruiter.change(`/v1/applications/${application.id}`, { source: 'referral' });
		const interview = await world.interview(application, { a: 'interviewer' });
		const card = await world.scorecard('a', interview, world.values(3, 3, 3));
		const made = await transfer(manager, application, { role_id: other.id, reason: 'Fits better.' });
		assert.equal(made.headers.location, `/v1/applications/${made.body.id}`);
		assert.deepEqual(
			[made.body.role_id, made.body.stage_id, made.body.status, made.body.source, made.body.candidate_id],
			[other.id, other.stages[0].id, 'active', 'referral', application.candidate_id],
		);
		assert.deepEqual(
			[made.body.transferred_from_id, made.body.transferred_to_id],
			[application.id, null],
		);
		const old = await recruiter.read(`/v1/applications/${application.id}`);
		assert.deepEqual([old.status, old.transferred_to_id], ['withdrawn', made.body.id]);
		const [last] = await recruiter.all(`/v1/applications/${application.id}/moves`);
		assert.deepEqual([last.to_status, last.reason, last.reason_code], ['withdrawn', 'Fits better.', 'transferred']);
		assert.deepEqual(await recruiter.read(`/v1/applications/${made.body.id}`), made.body);
		assert.equal((await recruiter.read(`/v1/scorecards/${card.id}`)).application_id, application.id);
		assert.equal((await recruiter.read(`/v1/applications/${made.body.id}/evaluation`)).scorecards, 0);
		assert.equal((await transfer(recruiter, application, { role_id: other.id }, 409)).body.code, 'already_exists');
	});

	test('one that has ended keeps its end; who is hired stays', async () => {
		const other = await world.role({ version: world.version, team: world.team, stages: [{}, {}] });
		const rejected = await world.application(role);
		const move = (one, status) =>
			recruiter.make(`/v1/applications/${one.id}/move`, { status, ...(status === 'rejected' ? { reason: 'No.' } : {}) });
		await move(rejected, 'rejected');
		const made = (await transfer(recruiter, rejected, { role_id: other.id, stage_id: other.stages[1].id })).body;
		assert.equal(made.stage_id, other.stages[1].id);
		assert.equal((await recruiter.read(`/v1/applications/${rejected.id}`)).status, 'rejected');
		const hired = await world.application(other);
		await move(hired, 'offered');
		await move(hired, 'hired');
		assert.equal((await transfer(recruiter, hired, { role_id: role.id }, 409)).body.code, 'illegal_transition');
	});

	test('names what exists, by who manages both, of what did not change', async () => {
		const application = await world.application(role);
		const wrong = async (body, pointer) =>
			assert.equal((await transfer(recruiter, application, body, 422)).body.errors[0].pointer, pointer);
		const other = await world.role({ version: world.version, stages: [{}] });
		await wrong({ role_id: randomId() }, '/role_id');
		await wrong({ role_id: other.id, stage_id: role.stages[0].id }, '/stage_id');
		await transfer(manager, application, { role_id: other.id }, 403);
		await transfer(world.a, application, { role_id: other.id }, 403);
		await transfer(world.outsider, application, { role_id: other.id }, 404);
		await transfer(recruiter, application, { role_id: other.id }, 412, { 'If-Match': '"99"' });
		await admin.make(`/v1/roles/${other.id}/archive`);
		assert.equal((await transfer(recruiter, application, { role_id: other.id }, 409)).body.code, 'archived');
		await admin.make(`/v1/candidates/${application.candidate_id}/erase`);
		const open = await world.role({ version: world.version, stages: [{}] });
		assert.equal((await transfer(recruiter, application, { role_id: open.id }, 409)).body.code, 'candidate_erased');
	});

	test('to a confidential role is told only to who may know of it', async () => {
		const secret = await world.role({ version: world.version, stages: [{}], confidential: true });
		const application = await world.application(role);
		await transfer(recruiter, application, { role_id: secret.id }, 422);
		const made = (await transfer(admin, application, { role_id: secret.id })).body;
		const seen = async (client) => (await client.read(`/v1/applications/${application.id}`)).transferred_to_id;
		assert.deepEqual([await seen(admin), await seen(recruiter), await seen(manager)], [made.id, null, null]);
	});
});
