// Mid or senior: seven differentiators, observed or not, with evidence.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { contractOf } from '../support/contract.mjs';
import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const world = await usualWorld(server);
const { admin, recruiter } = world;

const CODES = [
	'designs_systems',
	'foresees_failure',
	'weighs_build_or_buy',
	'leads_discussions',
	'clears_ambiguity',
	'debugs_distributed',
	'grows_engineers',
];
const path = ({ id }) => `/v1/applications/${id}/level`;
const yes = (evidence = 'Seen.') => ({ observed: true, evidence });
const no = { observed: false };
const say = (key, application, observations, expect = 200) =>
	world[key].put(path(application), { observations }, { expect });
const first = (count, value) => Object.fromEntries(CODES.slice(0, count).map((code) => [code, value]));
const read = (key, application) => world[key].read(path(application));
async function scene({ independence = 'application', ...more } = {}) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{ independence }], ...more });
	const application = await world.application(role);
	const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
	return { role, application, interview };
}

describe('D6: level recommendation', () => {
	test('D6: the seven differentiators of guide 002, each observed or not by a person, with evidence', async () => {
		const { application } = await scene({ level: 'Senior' });
		const empty = await read('recruiter', application);
		assert.deepEqual(
			empty.differentiators.map(({ code, source, verdict, observations }) => [code, source, verdict, observations]),
			CODES.map((code) => [code, '002', 'not_judged', []]),
		);
		assert.equal(new Set(empty.differentiators.map(({ statement }) => statement)).size, 7);
		assert.deepEqual(
			[empty.recommended_level, empty.reaches_role_level, empty.role_level, empty.undecided],
			[null, null, 'Senior', 7],
		);
		// The document names the same seven.
		const body = contract.byId.levels_put.body['application/json'].schema;
		assert.deepEqual(Object.keys(contract.resolve(body).properties.observations.properties), CODES);
		const said = (await say('recruiter', application, { ...first(2, yes('Drew it.')), grows_engineers: no })).body;
		assert.deepEqual(said.observations, { ...first(2, yes('Drew it.')), grows_engineers: { observed: false, evidence: null } });
		const { differentiators } = await read('manager', application);
		assert.deepEqual(
			differentiators.map(({ verdict }) => verdict),
			['observed', 'observed', 'not_judged', 'not_judged', 'not_judged', 'not_judged', 'not_observed'],
		);
		const [{ observer_id, observer_name, observed, evidence }] = differentiators[0].observations;
		assert.deepEqual(
			[observer_id, observer_name, observed, evidence],
			[world.users.recruiter.id, world.users.recruiter.name, true, 'Drew it.'],
		);
		// What is not named any more is taken back.
		await say('recruiter', application, { clears_ambiguity: no });
		const after_ = await read('manager', application);
		assert.deepEqual([after_.observed, after_.not_observed, after_.undecided], [0, 1, 6]);
	});

	test('D6: five of seven speak for senior, three missing for mid-level, and it is explained', async () => {
		const cases = [
			[4, 2, null, 'five speak for senior, three missing for mid-level, and neither is reached'],
			[5, 0, 'Senior', 'five or more speak for senior'],
			[5, 2, 'Senior', 'five or more speak for senior'],
			[0, 3, 'Mid-Level', 'fewer than five can still be, so mid-level'],
			[4, 3, 'Mid-Level', 'fewer than five can still be, so mid-level'],
		];
		const { application } = await scene();
		for (const [seen, missing, level, why] of cases) {
			const missed = Object.fromEntries(CODES.slice(seen, seen + missing).map((code) => [code, no]));
			await say('recruiter', application, { ...first(seen, yes()), ...missed });
			const told = await read('recruiter', application);
			assert.deepEqual([told.observed, told.not_observed, told.recommended_level], [seen, missing, level]);
			assert.ok(told.explanation.endsWith(`: ${why}.`), told.explanation);
		}
	});

	test('D6: of several observers the majority decides; a tie decides nothing', async () => {
		const { application } = await scene();
		await say('recruiter', application, first(5, yes()));
		await say('manager', application, { ...first(5, yes()), designs_systems: no });
		const tied = await read('recruiter', application);
		assert.deepEqual([tied.differentiators[0].verdict, tied.observed, tied.recommended_level], ['split', 4, null]);
		await say('admin', application, { designs_systems: yes() });
		const told = await read('recruiter', application);
		assert.deepEqual([told.differentiators[0].verdict, told.recommended_level], ['observed', 'Senior']);
	});

	test('D6: against the role’s level, as far as the differentiators can tell', async () => {
		const expected = [
			['Senior Engineer', true, false],
			['Mid-Level', true, true],
			['Junior', true, true],
			['Staff+', null, false],
			['Lead', null, false],
			['L5', null, null],
			[null, null, null],
		];
		for (const [level, senior, mid] of expected) {
			const { application } = await scene({ level });
			await say('recruiter', application, first(7, yes()));
			assert.equal((await read('recruiter', application)).reaches_role_level, senior, `senior for ${level}`);
			await say('recruiter', application, first(7, no));
			assert.equal((await read('recruiter', application)).reaches_role_level, mid, `mid for ${level}`);
		}
	});

	test('what was observed needs evidence; by those who met the candidate or manage the role', async () => {
		const { application } = await scene();
		const refused = await say('recruiter', application, { designs_systems: { observed: true, evidence: ' ' } }, 422);
		assert.equal(refused.body.errors[0].pointer, '/observations/designs_systems/evidence');
		await say('recruiter', application, { is_tall: no }, 422);
		for (const key of ['observer', 'shadow']) await say(key, application, {}, 403);
		await say('outsider', application, {}, 404);
		await say('recruiter', { id: randomId() }, {}, 404);
		assert.deepEqual((await say('a', application, {})).body.observations, {});
	});
});

describe('an observation is its observer’s until they have submitted', () => {
	const seen = async (key, application) => (await read(key, application)).observed;

	test('others read it then, and only those who owe none themselves', async () => {
		const { application, interview } = await scene();
		const blind = await world.b.get(path(application), { expect: 200 });
		await say('a', application, first(5, yes('Told by a.')));
		assert.equal(await seen('a', application), 5);
		for (const key of ['recruiter', 'manager', 'admin', 'observer', 'shadow', 'b'])
			assert.equal(await seen(key, application), 0, key);
		await world.scorecard('a', interview, world.values(3, 3, 3));
		for (const key of ['recruiter', 'manager', 'admin', 'observer']) assert.equal(await seen(key, application), 5, key);
		// b owes one: nothing has changed for them, tag and all.
		const still = await world.b.get(path(application), { expect: 200 });
		assert.deepEqual([still.text, still.headers.etag], [blind.text, blind.headers.etag]);
		assert.equal(still.body.blind, true);
		assert.equal(await seen('shadow', application), 0);
		await say('b', application, first(2, no));
		assert.deepEqual((await read('b', application)).not_observed, 2, 'their own');
		assert.deepEqual((await read('recruiter', application)).differentiators[0].verdict, 'observed');
		await world.scorecard('b', interview, world.values(3, 3, 3));
		const open = await read('b', application);
		assert.deepEqual([open.blind, open.differentiators[0].verdict, open.observed], [false, 'split', 3]);
	});

	test('a program reads it once nobody owes one, or the application has ended', async () => {
		const client = await world.program('levels', ['evaluations:read']);
		const { application, interview } = await scene();
		await say('a', application, first(5, yes()));
		const count = async () => (await client.read(path(application))).observed;
		assert.equal(await count(), 0);
		await world.scorecard('a', interview, world.values(3, 3, 3));
		assert.equal(await count(), 0);
		await world.scorecard('b', interview, world.values(3, 3, 3));
		assert.equal(await count(), 5);
		const ended = await scene();
		await say('recruiter', ended.application, first(5, yes()));
		assert.equal((await client.read(path(ended.application))).observed, 0);
		await recruiter.make(`/v1/applications/${ended.application.id}/move`, { status: 'rejected', reason: 'No.' });
		assert.equal((await client.read(path(ended.application))).observed, 5);
	});

	test('its evidence is erased with the candidate, and its digest is in the record', async () => {
		const { application } = await scene();
		await say('recruiter', application, { designs_systems: yes('Boudicca told of her uncle.') });
		await admin.make(`/v1/candidates/${application.candidate_id}/erase`);
		assert.equal(
			(await say('recruiter', application, { designs_systems: no }, 409)).body.code,
			'candidate_erased',
		);
		const [{ observations }] = (await read('recruiter', application)).differentiators;
		assert.deepEqual([observations[0].observed, observations[0].evidence], [true, null]);
		assert.equal(await psql(server, "SELECT count(*) FROM level_observations WHERE evidence LIKE '%Boudicca%'"), '0');
		assert.equal(
			await psql(
				server,
				`SELECT length(data ->> 'digest') FROM events WHERE type = 'level.observed' AND object_id = '${application.id}'`,
			),
			'64',
		);
	});

	test('D6: held against the career ladder of the role, with what it expects', async () => {
		const levels = (...names) => names.map((name) => ({ name, signals: [`${name} does.`], expectations: [{ heading: 'Does', items: ['This.'] }] }));
		const make = async (level, ...names) => {
			const ladder = await admin.make('/v1/ladders', { name: unique('Ladder'), levels: levels(...names) });
			const { application } = await scene({ level, ladder_id: ladder.id });
			return { ladder, application };
		};
		const names = ['Junior', 'Mid', 'Senior', 'Staff'];
		for (const [asked, senior, mid] of [
			['Junior', true, true],
			['Mid', true, true],
			['Senior', true, false],
			['Staff', null, false],
		]) {
			const { ladder, application } = await make(asked, ...names);
			await say('recruiter', application, first(5, yes()));
			const told = await read('recruiter', application);
			assert.deepEqual([told.ladder.id, told.ladder.name], [ladder.id, ladder.name]);
			assert.deepEqual(
				told.ladder.levels.map(({ name, asked_for, recommended }) => [name, asked_for, recommended]),
				names.map((name) => [name, name === asked, name === 'Senior']),
			);
			assert.deepEqual(told.ladder.levels[1].expectations, [{ heading: 'Does', items: ['This.'] }]);
			assert.deepEqual([told.recommended_on_ladder, told.reaches_role_level], ['Senior', senior], asked);
			await say('recruiter', application, first(3, no));
			const less = await read('recruiter', application);
			assert.deepEqual([less.recommended_on_ladder, less.reaches_role_level], ['Mid', mid], asked);
		}
		// Levels that say nothing of mid or senior: no guess.
		const { application } = await make('L2', 'L1', 'L2');
		await say('recruiter', application, first(5, yes()));
		const told = await read('recruiter', application);
		assert.deepEqual(
			[told.recommended_level, told.recommended_on_ladder, told.reaches_role_level],
			['Senior', null, null],
		);
		assert.ok(told.ladder.levels.every(({ recommended }) => !recommended));
		// Without a ladder: none.
		const { application: bare } = await scene({ level: 'Senior' });
		assert.deepEqual([(await read('recruiter', bare)).ladder, (await read('recruiter', bare)).recommended_on_ladder], [null, null]);
	});
});
