// The statistical model in the service: kept up to date behind the scorecards, shown with sentences.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { psql } from '../support/database.mjs';
import { panel, settled } from '../support/panel.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());

const evaluationOf = (client, application) => client.read(`/v1/applications/${application.id}/evaluation`);

const world = await usualWorld(server, { name: 'Model' });
const { role, rated } = await panel(world);
const { recruiter } = world;
const first = rated[0].application;

describe('an application’s model', () => {
	test('has a score with its interval, beside the average, in words', async () => {
		const { model, score } = await settled(() => evaluationOf(recruiter, first));
		assert.ok(model.score.low < model.score.value && model.score.value < model.score.high);
		assert.ok(Math.abs(model.average - score) < 1e-4, `${model.average} ${score}`);
		assert.deepEqual([model.scorecards, model.interviewers, model.ratings], [3, 3, 9]);
		assert.equal(model.confidence, 0.9);
		assert.equal(model.sentence.code, 'score');
		assert.match(model.sentence.text, /^\d\.\d ± \d\.\d \(90 %\)\. Plain average \d\.\d\.$/);
		assert.equal(model.sentence.values.average, Number(score.toFixed(1)));
		assert.equal(model.version, 3);
		assert.match(model.inputs_hash, /^[0-9a-f]{64}$/);
		assert.deepEqual(model.competencies.map(({ n }) => n), [3, 3, 3]);
		for (const { estimate, sentence, name } of model.competencies) {
			assert.ok(estimate.low < estimate.value && estimate.value < estimate.high);
			assert.ok(sentence.text.startsWith(name));
		}
		const [must] = model.must_haves;
		assert.equal(model.must_haves.length, 1);
		assert.equal(must.level, 3);
		assert.ok(must.probability > 0.5 && must.probability <= 1);
		assert.match(must.sentence.text, /likely at level 3 \(3 ratings\)\.$/);
		assert.ok(model.notes.some(({ sentence }) => sentence.code === 'note_few_candidates'));
	});

	test('names nobody’s severity in a small panel', async () => {
		for (const { application } of rated) {
			const { model } = await evaluationOf(recruiter, application);
			assert.ok(['adjusted', 'adjusted_hardly'].includes(model.adjustment.code), model.adjustment.code);
			for (const key of Object.keys(world.users))
				assert.ok(!JSON.stringify(model).includes(world.users[key].name));
		}
	});

	test('follows a submission, an amendment and one taken back', async () => {
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer' });
		assert.equal((await evaluationOf(recruiter, application)).model.state, 'too_little_data');
		const card = await world.scorecard('a', interview, world.values(2, 2, 2));
		const low = await settled(
			() => evaluationOf(recruiter, application),
			(model) => model.state === 'current' && model.scorecards === 1,
		);
		await world.a.make(`/v1/scorecards/${card.id}/take_back`);
		await settled(
			() => evaluationOf(recruiter, application),
			(model) => model.state === 'too_little_data' && model.score === null,
		);
		await world.a.make(`/v1/scorecards/${card.id}/submit`);
		await world.a.make(`/v1/scorecards/${card.id}/amend`, {
			ratings: Object.fromEntries(
				Object.entries(world.values(5, 5, 5)).map(([id, value]) => [id, { value, evidence: 'Better.' }]),
			),
			reason: 'Misread.',
		});
		const high = await settled(
			() => evaluationOf(recruiter, application),
			(model) => model.state === 'current' && model.average === 5,
		);
		assert.ok(high.model.score.value > low.model.score.value + 0.3);
		assert.ok(high.model.score.high - high.model.score.low > 0.2);
	});

	test('says where interviewers disagree beyond what is usual, and on a must-have, of nobody by name', async () => {
		const asked = async (one, two) => {
			const application = await world.application(role);
			const interview = await world.interview(application, { a: 'interviewer', outsider: 'interviewer' });
			await world.scorecard('a', interview, one);
			await world.scorecard('outsider', interview, two);
			const { model } = await settled(
				() => evaluationOf(recruiter, application),
				(found) => found.state === 'current' && found.scorecards === 2,
			);
			for (const key of Object.keys(world.users))
				assert.ok(!JSON.stringify(model.disagreements).includes(world.users[key].name));
			return model.disagreements;
		};
		const [logic, data, scale] = world.competencies;
		// Data is the must-have.
		assert.deepEqual(await asked(world.values(3, 4, 3), world.values(4, 4, 4)), []);
		const [must, ...rest] = await asked(world.values(3, 5, 3), world.values(3, 3, 3));
		assert.deepEqual(rest, []);
		assert.deepEqual(
			[must.competency_id, must.name, must.low, must.high, must.beyond_usual, must.sentence.code],
			[data.id, data.name, 3, 5, false, 'disagree_must_have'],
		);
		assert.equal(must.sentence.text, `Interviewers disagree on the must-have ${data.name} (3 vs 5).`);
		const far = await asked(world.values(5, 5, 5), world.values(1, 2, 1));
		const [apart] = far.filter(({ beyond_usual }) => beyond_usual);
		assert.ok([logic.id, scale.id].includes(apart?.competency_id), JSON.stringify(far));
		assert.equal(apart.sentence.text, `Interviewers disagree on ${apart.name} (1 vs 5) beyond their usual difference.`);
		assert.equal(far.find(({ competency_id }) => competency_id === data.id).beyond_usual, false);
	});

	test('calls nothing a disagreement that is less than a point on average, however unusual', async () => {
		const own = await usualWorld(server, { name: 'Alike' });
		const same = await own.role({ version: own.version, team: own.team, stages: [{ independence: 'application' }] });
		const rateBoth = async (one, two) => {
			const application = await own.application(same);
			const interview = await own.interview(application, { a: 'interviewer', outsider: 'interviewer' });
			await own.scorecard('a', interview, own.values(...one));
			await own.scorecard('outsider', interview, own.values(...two));
			return application;
		};
		// Two who hardly ever differ, on twenty-four candidates.
		for (let i = 0; i < 24; i += 1) {
			const values = [1 + (i % 5), 1 + ((i * 2 + 1) % 5), 1 + ((i * 3 + 2) % 5)];
			await rateBoth(values, i % 12 === 5 ? values.map((value, k) => (k === 2 ? value - Math.sign(value - 3.5) : value)) : values);
		}
		const differing = async (one, two) => {
			const application = await rateBoth(one, two);
			const { model } = await settled(
				() => evaluationOf(own.recruiter, application),
				(found) => found.state === 'current' && found.scorecards === 2,
			);
			return model.disagreements.map(({ low, high, beyond_usual }) => [low, high, beyond_usual]);
		};
		assert.deepEqual(await differing([3, 3, 3], [4, 3, 4]), []);
		assert.deepEqual(await differing([3, 3, 3], [4, 4, 4]), [[3, 4, true]]);
	});

	test('is the same after a fit of the same ratings: nothing is stored anew', async () => {
		await settled(() => evaluationOf(recruiter, first));
		const stored = () =>
			psql(server, `SELECT kind, id, computed_at FROM model_fits WHERE organization_id = '${world.organization.id}' ORDER BY kind`);
		const before = await stored();
		await psql(
			server,
			`INSERT INTO model_changes (organization_id, touches_full, touches_closed) VALUES ('${world.organization.id}', true, true)`,
		);
		assert.equal((await evaluationOf(recruiter, first)).model.state, 'updating');
		await settled(() => evaluationOf(recruiter, first));
		assert.equal(await stored(), before);
	});

	test('is not there with too little data: a sentence says so', async () => {
		const small = await usualWorld(server, { name: 'Small' });
		assert.deepEqual(
			(await evaluationOf(small.recruiter, small.application1)).model.sentence.code,
			'model_no_ratings',
		);
		const one = await panel(small, 2);
		const { model } = await settled(
			() => evaluationOf(small.recruiter, one.rated[0].application),
			(seen) => seen.sentence.code === 'model_few_candidates' && seen.state !== 'updating',
		);
		assert.equal(model.state, 'too_little_data');
		assert.equal(model.score, null);
		assert.equal(model.sentence.text, '2 candidates with ratings are too few to estimate anything; it takes 6.');
		const comparison = await small.recruiter.read(`/v1/roles/${one.role.id}/comparison`);
		assert.deepEqual([comparison.state, comparison.probabilities], ['too_little_data', []]);
		assert.ok(comparison.candidates.every(({ average, score }) => average > 0 && score === null));
	});
});

describe('a role’s comparison', () => {
	test('has all candidates, highest first, and how likely each is above each', async () => {
		const seen = await settled(() => recruiter.read(`/v1/roles/${role.id}/comparison`));
		const scored = seen.candidates.filter(({ score }) => score);
		assert.ok(scored.length >= 8);
		assert.deepEqual(
			scored.map(({ score }) => score.value),
			scored.map(({ score }) => score.value).sort((x, y) => y - x),
		);
		const p = seen.probabilities;
		for (let i = 0; i < scored.length; i += 1) {
			assert.equal(p[i][i], null);
			for (let k = 0; k < i; k += 1) {
				assert.ok(Math.abs(p[i][k] + p[k][i] - 1) < 1e-4);
				assert.ok(p[k][i] >= 0.5, 'the higher score is the likelier one');
			}
		}
		// Within a group no one is called ahead; between neighbouring groups somebody is.
		const place = new Map(scored.map(({ application_id }, i) => [application_id, i]));
		for (const { application_ids } of seen.groups)
			for (const x of application_ids)
				for (const y of application_ids) if (x !== y) assert.ok(p[place.get(x)][place.get(y)] < 0.9);
		assert.equal(seen.groups.flatMap(({ application_ids }) => application_ids).length, scored.length);
		assert.ok(seen.groups.length > 1);
		assert.match(scored[0].over_next.sentence.text, /over .*: \d+ % likely\./);
		assert.equal(scored.at(-1).over_next, null);
		assert.deepEqual(seen.competencies.map(({ weight }) => weight), [0.6, 0.3, 0.1]);
		const one = await evaluationOf(recruiter, first);
		const same = scored.find(({ application_id }) => application_id === first.id);
		assert.deepEqual(same.score, one.model.score);
		assert.equal(same.average, one.score);
	});

	test('is of one’s own roles only', async () => {
		await recruiter.get(`/v1/roles/${randomId()}/comparison`, { expect: 404 });
		const stranger = await world.user('stranger');
		const { candidates, state, notes, inputs_hash } = await stranger.client.read(`/v1/roles/${role.id}/comparison`);
		assert.deepEqual([candidates, state, notes, inputs_hash], [[], 'withheld', [], null]);
	});
});

describe('the switch', () => {
	test('off leaves the average and nothing else, here and in the database', async () => {
		const own = await usualWorld(server, { name: 'Switch' });
		const set = await panel(own, 6);
		const application = set.rated[0].application;
		const before = await settled(() => evaluationOf(own.recruiter, application));
		const rows = () =>
			psql(
				server,
				['model_fits', 'model_results', 'model_changes']
					.map((table) => `SELECT count(*) FROM ${table} WHERE organization_id = '${own.organization.id}'`)
					.join(' UNION ALL '),
			);
		await own.recruiter.patch('/v1/organization', { statistical_model: false }, { expect: 403 });
		const { headers } = await own.admin.get('/v1/organization', { expect: 200 });
		const off = await own.admin.patch(
			'/v1/organization',
			{ statistical_model: false },
			{ headers: { 'If-Match': headers.etag }, expect: 200 },
		);
		assert.equal(off.body.statistical_model, false);
		await own.admin.patch(
			'/v1/organization',
			{ statistical_model: true },
			{ headers: { 'If-Match': headers.etag }, expect: 412 },
		);
		assert.equal(await rows(), '0\n0\n0');
		const seen = await evaluationOf(own.recruiter, application);
		assert.deepEqual([seen.model.state, seen.model.score, seen.score], ['off', null, before.score]);
		const comparison = await own.recruiter.read(`/v1/roles/${set.role.id}/comparison`);
		assert.equal(comparison.state, 'off');
		assert.ok(comparison.candidates.every(({ score, average }) => score === null && average > 0));
		const interview = await own.interview(application, { manager: 'interviewer' });
		await own.scorecard('manager', interview, own.values(3, 3, 3));
		await sleep(600);
		assert.equal(await rows(), '0\n0\n0');
		await own.admin.change('/v1/organization', { statistical_model: true });
		const back = await settled(() => evaluationOf(own.recruiter, application));
		assert.equal(back.model.scorecards, 4);
	});
});

describe('erasure', () => {
	test('leaves no name, and everything is computed anew', async () => {
		const own = await usualWorld(server, { name: 'Erased' });
		const set = await panel(own, 6);
		const gone = set.rated[0].application;
		await settled(() => evaluationOf(own.recruiter, gone));
		const count = () => psql(server, `SELECT count(*) FROM model_fits WHERE organization_id = '${own.organization.id}'`);
		assert.equal(await count(), '2');
		await own.admin.post(`/v1/candidates/${gone.candidate_id}/erase`, undefined, { expect: [200, 201, 204] });
		await settled(() => recruiterView(own, set));
		const stored = await psql(
			server,
			`SELECT result::text FROM model_results WHERE organization_id = '${own.organization.id}' UNION ALL SELECT summary::text FROM model_fits WHERE organization_id = '${own.organization.id}'`,
		);
		assert.ok(stored.includes(set.rated[1].application.id));
		assert.ok(!stored.includes(gone.candidate_name));
	});
});

const recruiterView = (own, set) => evaluationOf(own.recruiter, set.rated[1].application);
