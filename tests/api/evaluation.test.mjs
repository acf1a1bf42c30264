// What scorecards add up to, and what people decide on it.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { randomId, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const [first, second, third] = world.competencies;
// Stages that ask for no rating by themselves, so that any mix of ratings can be submitted.
const evaluation = (application, client = recruiter) => client.read(`/v1/applications/${application.id}/evaluation`);
const open = { stages: [{ independence: 'open' }] };

// An application with these scorecards: values by competency for a, then b, …
async function rated(role, cards, recommendations = []) {
	const application = await world.application(role);
	const keys = ['a', 'b', 'observer', 'outsider'].slice(0, cards.length);
	const interview = await world.interview(
		application,
		Object.fromEntries(keys.map((key) => [key, 'interviewer'])),
	);
	const made = [];
	for (const [i, values] of cards.entries()) {
		const whole = { ...world.values(null, null, null), ...values };
		made.push(
			await world.scorecard(keys[i], interview, whole, {
				recommendation: recommendations[i] ?? 'yes',
			}),
		);
	}
	return { application, interview, cards: made };
}

const role = await world.role({ version: world.version, hire_bar: 3.5, team: world.team, ...open });
const noBar = await world.role({ version: world.version, hire_bar: null, team: world.team, ...open });

describe('evaluation', () => {
	test('of nothing is nothing, and says who is waited for', async () => {
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer', shadow: 'shadow' });
		const seen = await evaluation(application);
		assert.deepEqual(
			[seen.score, seen.share_rated, seen.scorecards, seen.suggestion, seen.blind],
			[null, 0, 0, 'undecided', false],
		);
		assert.deepEqual(seen.missing, [
			{
				interview_id: interview.id,
				stage_id: role.stages[0].id,
				user_id: world.users.a.id,
				name: world.users.a.name,
			},
		]);
		assert.deepEqual(
			seen.competencies.map(({ competency_id, n, mean, min, max, spread, must_have }) => [
				competency_id,
				n,
				mean,
				min,
				max,
				spread,
				must_have,
			]),
			[
				[first.id, 0, null, null, null, null, null],
				[second.id, 0, null, null, null, null, 'not_rated'],
				[third.id, 0, null, null, null, null, null],
			],
		);
	});

	test('missing is not zero: rated only where the weight is .6, the score is that mean', async () => {
		const { application } = await rated(role, [{ [first.id]: 4 }, { [first.id]: 3 }]);
		const seen = await evaluation(application);
		assert.deepEqual([seen.score, seen.share_rated, seen.scorecards], [3.5, 0.6, 2]);
		assert.equal(seen.suggestion, 'undecided', 'the must-have is unrated');
	});

	test('two competencies of .5 and .1 weigh as much as they do', async () => {
		const five = await world.rubric([
			{ competency: first, weight: 0.5 },
			{ competency: third, weight: 0.1 },
			{ competency: second, weight: 0.4 },
		]);
		const weighed = await world.role({ version: five, hire_bar: null, team: world.team, ...open });
		const { application } = await rated(weighed, [{ [first.id]: 5, [third.id]: 2 }, { [first.id]: 4 }]);
		const seen = await evaluation(application);
		assert.equal(seen.score, 4.0833);
		assert.equal(seen.share_rated, 0.6);
		const [one] = seen.competencies;
		assert.deepEqual([one.n, one.mean, one.min, one.max, one.spread, one.weight], [2, 4.5, 4, 5, 1, 0.5]);
		assert.equal(seen.suggestion, null, 'without a hire bar there is no suggestion');
		assert.equal(seen.hire_bar, null);
	});

	test('the suggestion follows its table', async () => {
		const table = [
			// ratings of first (.6), second (.3, must-have at 3), third (.1); suggestion at a bar of 3.5
			[[[4, 4, 4]], 'hire', 'met'],
			[[[4, 3, 3]], 'hire', 'met'], // 3.6
			[[[3, 4, 4]], 'no_hire', 'met'], // 3.4: below the bar
			[[[5, 2, 5]], 'no_hire', 'not_met'], // 4.1, but the must-have is not met
			[[[5, null, 5]], 'undecided', 'not_rated'],
			[[[null, 4, 5]], 'undecided', 'met'], // .4 of the weight
			[[[5, 3, null]], 'hire', 'met'], // .9 of the weight
			[[[2, null, 2]], 'no_hire', 'not_rated'], // below the bar decides before what is missing
			[
				[
					[4, 2, 4],
					[4, 4, 4],
				],
				'hire',
				'met',
			], // a mean of 3 reaches the must-have
			[
				[
					[4, 2, 4],
					[4, 3, 4],
				],
				'no_hire',
				'not_met',
			], // 2.5 does not
			[[[3, 5, 2]], 'hire', 'met'], // exactly 3.5
		];
		for (const [cards, suggestion, mustHave] of table) {
			const { application } = await rated(
				role,
				cards.map((values) => world.values(...values)),
			);
			const seen = await evaluation(application);
			assert.deepEqual(
				[seen.suggestion, seen.competencies[1].must_have, seen.competencies[1].must_have_level],
				[suggestion, mustHave, 3],
				JSON.stringify(cards),
			);
			const without = await rated(
				noBar,
				cards.map((values) => world.values(...values)),
			);
			assert.equal((await evaluation(without.application)).suggestion, null);
		}
	});

	test('recommendations are counted, never averaged in', async () => {
		const { application } = await rated(
			role,
			[world.values(4, 4, 4), world.values(4, 4, 4)],
			['strong_no', 'no_decision'],
		);
		const seen = await evaluation(application);
		assert.deepEqual(seen.recommendations, { strong_yes: 0, yes: 0, no_decision: 1, no: 0, strong_no: 1 });
		assert.equal(seen.score, 4);
	});

	test('disagreements of two points or more come with what each said', async () => {
		const { application, cards } = await rated(role, [world.values(4, 3, 5), world.values(3, 5, 2)]);
		const seen = await evaluation(application);
		assert.deepEqual(
			seen.disagreements.map(({ competency_id, spread }) => [competency_id, spread]),
			[
				[second.id, 2],
				[third.id, 3],
			],
		);
		assert.deepEqual(
			seen.disagreements[1].ratings.map(
				({ scorecard_id, author_id, author_name, value, evidence }) => [
					scorecard_id,
					author_id,
					author_name,
					value,
					evidence,
				],
			),
			[
				[cards[0].id, world.users.a.id, world.users.a.name, 5, 'Seen at 5.'],
				[cards[1].id, world.users.b.id, world.users.b.name, 2, 'Seen at 2.'],
			],
		);
	});

	test('drafts and what was taken back do not count; amendments do', async () => {
		const { application, interview, cards } = await rated(role, [world.values(4, 4, 4)]);
		await admin.put(`/v1/interviews/${interview.id}/interviewers/${world.users.b.id}`, {}, { expect: 200 });
		await world.b.make('/v1/scorecards', {
			interview_id: interview.id,
			ratings: { [first.id]: { value: 1 } },
		});
		assert.deepEqual(
			[(await evaluation(application)).score, (await evaluation(application)).scorecards],
			[4, 1],
		);
		await world.a.make(`/v1/scorecards/${cards[0].id}/amend`, {
			ratings: { [first.id]: { value: 2 } },
			reason: 'On reflection.',
		});
		assert.equal((await evaluation(application)).score, 2.8);
		const {
			application: other,
			cards: [back],
		} = await rated(role, [world.values(4, 4, 4)]);
		await world.a.make(`/v1/scorecards/${back.id}/take_back`);
		assert.deepEqual([(await evaluation(other)).score, (await evaluation(other)).scorecards], [null, 0]);
	});

	test('of a role without a rubric is empty, not an error', async () => {
		const bare = await world.role({ team: world.team });
		const seen = await evaluation(await world.application(bare));
		assert.deepEqual([seen.competencies, seen.score, seen.share_rated], [[], null, 0]);
	});

	test('is unknown to those who do not know the application', async () => {
		await world.outsider.get(`/v1/applications/${world.application1.id}/evaluation`, { expect: 404 });
		await recruiter.get(`/v1/applications/${randomId()}/evaluation`, { expect: 404 });
	});
});

describe('decisions', () => {
	const decide = (client, application, body, expect = 201) =>
		client.post(
			`/v1/applications/${application.id}/decisions`,
			{ rationale: 'As discussed.', ...body },
			{ expect },
		);

	test('record who, why, and the evidence as it stood', async () => {
		const { application, cards } = await rated(role, [world.values(4, 4, 4), world.values(5, 4, 4)]);
		const made = await decide(manager, application, {
			kind: 'hire',
			level: 'Senior',
			dissent: [{ user_id: world.users.b.id, text: 'Too early.' }],
		});
		const decision = made.body;
		assert.equal(made.headers.location, `/v1/decisions/${decision.id}`);
		assert.deepEqual(
			[
				decision.kind,
				decision.level,
				decision.suggestion,
				decision.override_reason,
				decision.decided_by,
				decision.decided_by_name,
			],
			['hire', 'Senior', 'hire', null, world.users.manager.id, world.users.manager.name],
		);
		assert.deepEqual(decision.dissent, [{ user_id: world.users.b.id, text: 'Too early.' }]);
		assert.deepEqual(
			[decision.evidence.rubric_version_id, decision.evidence.rubric_hash],
			[world.version.id, world.version.content_hash],
		);
		assert.deepEqual([Number(decision.evidence.score), Number(decision.evidence.share_rated)], [4.3, 1]);
		const hashes = await Promise.all(
			cards.map(async ({ id }) =>
				(await recruiter.read(`/v1/scorecards/${id}/revisions`)).data.at(-1),
			),
		);
		assert.deepEqual(
			decision.evidence.scorecards,
			cards
				.map(({ id }, i) => ({ id, revision: 1, content_hash: hashes[i].content_hash }))
				.sort((x, y) => (x.id < y.id ? -1 : 1)),
		);
		assert.deepEqual(await recruiter.read(`/v1/decisions/${decision.id}`), decision);
		await recruiter.get(`/v1/decisions/${decision.id}`, {
			headers: { 'If-None-Match': '"1"' },
			expect: 304,
		});
		assert.deepEqual(await recruiter.all(`/v1/applications/${application.id}/decisions`), [decision]);
		// What comes later does not change what it rested on.
		await world.a.make(`/v1/scorecards/${cards[0].id}/amend`, {
			ratings: { [first.id]: { value: 1 } },
			reason: 'Later.',
		});
		assert.deepEqual(await recruiter.read(`/v1/decisions/${decision.id}`), decision);
	});

	test('against the suggestion need a reason', async () => {
		const cases = [
			[world.values(4, 4, 4), 'no_hire', true],
			[world.values(4, 4, 4), 'advance', false],
			[world.values(3, 3, 3), 'hire', true],
			[world.values(3, 3, 3), 'advance', true],
			[world.values(3, 3, 3), 'no_hire', false],
			[world.values(5, null, 5), 'hire', true],
			[world.values(5, null, 5), 'advance', false],
		];
		for (const [values, kind, needed] of cases) {
			const { application } = await rated(role, [values]);
			if (needed) {
				const answer = await decide(recruiter, application, { kind }, 422);
				assert.deepEqual(
					[answer.body.code, answer.body.errors[0].pointer],
					['override_reason_required', '/override_reason'],
					kind,
				);
				const made = await decide(recruiter, application, {
					kind,
					override_reason: 'We know more.',
				});
				assert.equal(made.body.override_reason, 'We know more.');
			} else {
				await decide(recruiter, application, { kind });
			}
		}
		const { application } = await rated(noBar, [world.values(1, 1, 1)]);
		await decide(recruiter, application, { kind: 'hire' });
	});

	test('are not for someone who still owes a scorecard, nor for interviewers', async () => {
		const closed = await world.role({
			version: world.version,
			team: { ...world.team, recruiter: 'interviewer' },
		});
		const application = await world.application(closed);
		await world.interview(application, { recruiter: 'interviewer', a: 'interviewer' });
		assert.equal(
			(await decide(recruiter, application, { kind: 'advance' }, 409)).body.code,
			'scorecard_owed',
		);
		await decide(admin, application, { kind: 'advance' });
		const { application: other } = await rated(role, [world.values(4, 4, 4)]);
		for (const key of ['a', 'observer', 'shadow']) await decide(world[key], other, { kind: 'hire' }, 403);
		await decide(world.outsider, other, { kind: 'hire' }, 404);
		const robot = await world.program('decider', [
			'decisions:write',
			'decisions:read',
			'applications:read',
		]);
		await decide(robot, other, { kind: 'hire' }, 403);
	});

	test('never change; another one may reverse one of the same application', async () => {
		const { application } = await rated(role, [world.values(4, 4, 4)]);
		const one = (await decide(recruiter, application, { kind: 'hire' })).body;
		const two = (
			await decide(recruiter, application, {
				kind: 'no_hire',
				override_reason: 'A reference.',
				reverses_id: one.id,
			})
		).body;
		assert.equal(two.reverses_id, one.id);
		for (const reverses_id of [
			randomId(),
			(
				await decide(recruiter, (await rated(role, [world.values(4, 4, 4)])).application, {
					kind: 'hire',
				})
			).body.id,
		]) {
			const answer = await decide(recruiter, application, { kind: 'hire', reverses_id }, 422);
			assert.equal(answer.body.errors[0].pointer, '/reverses_id');
		}
		assert.deepEqual(
			(
				await recruiter.all(`/v1/applications/${application.id}/decisions`, {
					sort: 'created_at',
				})
			).map(({ id }) => id),
			[one.id, two.id],
		);
		await recruiter.patch(`/v1/decisions/${one.id}`, { rationale: 'x' }, { expect: 405 });
	});

	test('rest on what was read: a scorecard that comes in between refuses them', async () => {
		const { application, cards } = await rated(role, [world.values(4, 4, 4)]);
		let changed = 0;
		const until = Date.now() + 20_000;
		for (let round = 0; changed === 0 && Date.now() < until; round += 1) {
			const answers = await Promise.all([
				...Array.from({ length: 6 }, () =>
					decide(
						recruiter,
						application,
						{ kind: 'advance', override_reason: 'Any.' },
						[201, 409],
					),
				),
				...Array.from({ length: 6 }, (_, i) =>
					world.a.post(
						`/v1/scorecards/${cards[0].id}/amend`,
						{ key_takeaways: `${round} ${i}`, reason: 'Race.' },
						{ expect: [200, 409, 503] },
					),
				),
			]);
			for (const { status, body } of answers.slice(0, 6)) {
				if (status === 409) assert.equal(body.code, 'evidence_changed');
				changed += status === 409;
			}
		}
		assert.ok(changed > 0, 'such a decision was refused');
	});
});

describe('several deciders', () => {
	test('decide together: each may, none owes, and the record names them', async () => {
		const role = await world.role({ version: world.version, team: world.team, stages: [{}] });
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer' });
		const path = `/v1/applications/${application.id}/decisions`;
		const { recruiter, manager, admin, a } = world.users;
		const decide = (deciders, expect = 201) =>
			world.recruiter.post(path, { kind: 'advance', rationale: 'Agreed.', override_reason: 'Agreed.', deciders }, { expect });
		const people = ({ deciders }) => deciders.map(({ user_id, name }) => [user_id, name]);
		for (const wrong of [a.id, world.users.observer.id, randomId()]) {
			const answer = await decide([manager.id, wrong], 422);
			assert.equal(answer.body.errors[0].pointer, '/deciders');
		}
		const alone = (await decide(undefined)).body;
		assert.deepEqual(people(alone), [[recruiter.id, recruiter.name]]);
		const { body } = await decide([manager.id, admin.id]);
		assert.deepEqual(people(body), [
			[manager.id, manager.name],
			[admin.id, admin.name],
		]);
		assert.equal(body.decided_by, recruiter.id);
		await world.scorecard('a', interview, world.values(4, 4, 4));
		assert.deepEqual(await world.a.read(`/v1/decisions/${body.id}`), body);
		// A decider who owes one is not independent yet.
		await world.interview(application, { manager: 'interviewer' });
		assert.equal((await decide([manager.id], 409)).body.code, 'scorecard_owed');
		await decide([admin.id]);
	});

	test('of a confidential role are of those who may know of it', async () => {
		const role = await world.role({ version: world.version, team: { manager: 'hiring_manager' }, stages: [{}], confidential: true });
		const application = await world.application(role);
		const decide = (id, expect) =>
			world.manager.post(
				`/v1/applications/${application.id}/decisions`,
				{ kind: 'no_hire', rationale: 'Agreed.', deciders: [id] },
				{ expect },
			);
		await decide(world.users.recruiter.id, 422);
		await decide(world.users.admin.id, 201);
	});
});
