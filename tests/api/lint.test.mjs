// The linter of interview plans: each rule finds its mistake and leaves a sound plan alone; blocking
// rules refuse where a candidate's time is asked for, and an admin's override lets them pass.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { contractOf } from '../support/contract.mjs';
import { psql } from '../support/database.mjs';
import { root, sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const contract = await contractOf(server.url);
const [first, second, third] = world.competencies;

const ask = (question, more = {}) => ({ question, ...more });
// Nothing is wrong with these three together.
const talk = {
	name: 'Design',
	questions: [
		ask('Tell me about an outage in production that you handled.'),
		ask('Design an API for a shop.', { follow_ups: ['Traffic grows ten times overnight. What breaks?'] }),
	],
	focus: [first, second],
};
const people = {
	name: 'Working together',
	method: 'behavioural_interview',
	duration_minutes: 45,
	questions: [ask('Tell me about a time when you explained something technical.')],
	focus: [second, third],
};
const sample = {
	name: 'Work sample',
	method: 'work_sample',
	anonymous: true,
	duration_minutes: 120,
	questions: [ask('Extend this small service.')],
	focus: [first, third],
};
const sound = [talk, people, sample];

async function planned(stages, { plan = {}, ...more } = {}) {
	const role = await world.role({
		version: world.version,
		stages: stages.map(({ untried, ...stage }) => stage),
		team: world.team,
		...more,
	});
	for (const stage of role.stages)
		if (stage.method === 'work_sample' && !stages.find(({ name }) => name === stage.name)?.untried)
			await admin.make(`/v1/stages/${stage.id}/dry_runs`, { minutes: 90 });
	if (Object.keys(plan).length) await admin.change(`/v1/plans/${role.plan_id}`, plan);
	return role;
}
const lint = async (role) => (await recruiter.read(`/v1/roles/${role.id}/lint`)).findings;
const named = async (role, rule) => (await lint(role)).filter((finding) => finding.rule === rule);
const without = (stage, name) => ({ ...stage, [name]: undefined });

async function applied(role) {
	const application = await world.application(role);
	return (stage_id, expect) => admin.post('/v1/interviews', { application_id: application.id, stage_id }, { expect });
}

/*
 * rule: its source, plans that make the mistake (and how many findings), plans that are close to it
 * and do not.
 */
const cases = {
	stage_without_instructions: {
		source: '003',
		bad: [
			[[talk, people, { ...sample, candidate_instructions: null }], 1],
			[[talk, people, { ...sample, candidate_instructions: ' \n' }], 1],
			[[talk, { ...people, candidate_instructions: null, candidate_brief: { tasks: 'Talk.', time: '1 h' } }, sample], 1],
		],
		good: [
			[
				talk,
				people,
				{
					...sample,
					candidate_instructions: null,
					candidate_brief: { tasks: 'Do.', skills: 'Some.', judged_on: 'This.', time: '2 h.' },
				},
			],
		],
	},
	work_sample_too_long: {
		source: '003',
		bad: [[[talk, people, { ...sample, duration_minutes: 181 }], 1]],
		good: [
			[talk, people, { ...sample, duration_minutes: 180 }],
			[{ ...talk, duration_minutes: 240 }, people, sample],
		],
	},
	dry_run_missing: {
		source: '003',
		bad: [
			[[talk, people, { ...sample, untried: true }], 1],
			[[talk, people, { ...sample, dry_runs_required: 2 }], 1],
		],
		good: [sound],
	},
	plan_over_budget: {
		source: 'assay',
		bad: [
			[[talk, { ...people, duration_minutes: 301 }, sample], 1],
			[sound, 1, { plan: { time_budget_minutes: 200 } }],
			[[...sound, { ...people, name: 'Maybe', optional: true, duration_minutes: 300 }], 1],
		],
		good: [
			[talk, { ...people, duration_minutes: 300 }, sample],
			[...sound, { name: 'Reference', method: 'reference', duration_minutes: 400 }],
		],
	},
	algorithm_heavy: {
		source: '002',
		bad: [
			[[{ ...talk, questions: [ask('Invert this binary tree.'), ask('Find the cycle in a linked list.')] }], 1],
			[[{ ...talk, name: 'LeetCode round', questions: [] }, people], 1],
			[
				[
					{ ...talk, questions: [ask('Solve these algorithms at the whiteboard.')] },
					{ ...talk, name: 'More', questions: [ask('Use dynamic programming here.')] },
					sample,
				],
				2,
			],
		],
		good: [
			sound,
			[{ ...talk, questions: [ask('Invert this binary tree.')] }, people, sample, { ...sample, name: 'Review', method: 'code_review' }],
			[{ ...talk, questions: [], candidate_instructions: 'We design a system. There are no puzzles.' }, people],
		],
	},
	ignoring_operations: {
		source: '002',
		bad: [[[{ ...talk, questions: [ask('Tell me about the best schema you have designed.')] }, people, sample], 1]],
		good: [sound, [people]],
	},
	language_purism: {
		source: '002',
		bad: [
			[[{ ...talk, interviewer_notes: 'They must know Java.' }, people, sample], 1],
			[[{ ...talk, candidate_instructions: 'Required: at least 5 years of Python' }, people, sample], 1],
			[[{ ...talk, interviewer_notes: 'Only Rust counts.' }, people, sample], 1, { plan: { codebase_language: 'Go' } }],
			[[talk, people, { ...sample, candidate_instructions: 'The code must be in C++.' }], 1],
		],
		good: [
			[{ ...talk, interviewer_notes: 'Python, Java, Go: whatever they like. They must show care.' }, people, sample],
			[{ ...talk, interviewer_notes: 'Only Go through the list.' }, people, sample],
		],
		exceptions: [
			[[{ ...talk, interviewer_notes: 'They must know Java.' }, people, sample], { plan: { codebase_language: 'Java' } }],
			[[talk, people, { ...sample, candidate_instructions: 'Code must be in C++.' }], { plan: { codebase_language: 'c++' } }],
		],
	},
	undervaluing_communication: {
		source: '002',
		bad: [[[talk, sample], 1]],
		good: [
			sound,
			[talk, { ...sample, questions: [ask('Explain your solution to somebody from the product team.')] }],
			[{ name: 'Call', method: 'screen' }],
		],
	},
	skipping_production_scenarios: {
		source: '002',
		bad: [[[{ ...talk, questions: [ask('Tell me about your monitoring.')] }, people, sample], 1]],
		good: [
			sound,
			[{ ...talk, questions: [ask('What would you do if the database locks up?')] }, people, sample],
			[{ ...talk, questions: [ask('A process has a memory leak. And now?')] }, people, sample],
		],
	},
	single_trick: {
		source: '003',
		bad: [
			[[talk, people, { ...sample, interviewer_notes: 'There is exactly one correct answer.' }], 1],
			[[{ ...talk, questions: [...talk.questions, ask('Here is a riddle.')] }, people, sample], 1],
		],
		good: [sound, [talk, people, { ...sample, candidate_instructions: 'Open-ended: there is no single right answer, and no trick.' }]],
	},
	no_lived_example: {
		source: '003',
		bad: [
			[
				[
					{ ...talk, questions: [ask('What would you do if traffic spiked in production?')] },
					{ ...people, questions: [] },
				],
				1,
			],
		],
		good: [sound, [{ ...talk, questions: [] }]],
	},
	must_have_uncovered: {
		source: 'assay',
		bad: [[[{ ...talk, focus: [first] }, { ...people, focus: [third] }], 1]],
		// Without a focus all of the rubric is rated.
		good: [sound, [{ ...talk, focus: [first] }, { ...people, focus: [] }]],
	},
	competency_covered_once: {
		source: 'assay',
		bad: [
			[[talk, people], 2],
			[[talk, { ...people, focus: [second] }], 2],
		],
		good: [sound, []],
	},
	stage_superfluous: {
		source: 'assay',
		bad: [
			[[...sound, { ...people, name: 'One more talk', focus: [second] }], 1],
			[[...sound, { ...people, name: 'Two', focus: [] }, { ...people, name: 'Three', focus: [] }], 1],
		],
		good: [sound, [...sound, { name: 'Reference', method: 'reference' }]],
	},
	name_in_view: {
		source: 'assay',
		bad: [
			[[talk, people, { ...sample, anonymous: false }], 1],
			[[sample, { ...sample, name: 'Another', anonymous: false }], 1],
		],
		good: [sound, [talk, people]],
	},
};

describe('each rule', () => {
	for (const [rule, { source, bad, good, exceptions = [] }] of Object.entries(cases)) {
		test(`${rule} finds its mistake`, async () => {
			for (const [stages, count, more] of bad) {
				const found = await named(await planned(stages, more), rule);
				assert.equal(found.length, count, JSON.stringify(stages));
				for (const finding of found) {
					assert.equal(finding.source, source);
					assert.equal(finding.ours, source === 'assay');
					assert.match(finding.sentence, /^\S.+\.$/);
					assert.equal(finding.override_id, null);
				}
			}
		});

		test(`${rule} leaves alone what is no mistake`, async () => {
			for (const stages of good) assert.deepEqual(await named(await planned(stages), rule), [], JSON.stringify(stages));
			for (const [stages, more] of exceptions) {
				assert.equal((await named(await planned(stages), rule)).length, 1, 'the exception is one');
				assert.deepEqual(await named(await planned(stages, more), rule), []);
			}
		});
	}

	test('is in the table, in the document and here', async () => {
		const rows = (await psql(server, "SELECT rule || ' ' || severity || ' ' || source FROM lint_rules() ORDER BY position")).split('\n');
		const rules = rows.map((row) => row.split(' ')[0]);
		assert.deepEqual(rules, Object.keys(cases));
		assert.deepEqual(
			rows.map((row) => row.split(' ')[2]),
			Object.values(cases).map(({ source }) => source),
		);
		const document = await (await fetch(`${server.url}/openapi.json`)).json();
		const { LintFinding } = document.components.schemas;
		assert.deepEqual(LintFinding.properties.rule.enum, rules);
		const page = readFileSync(join(root, 'docs/interview-plans.md'), 'utf8');
		const told = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (\w+) \|/gm)].map(([, ...row]) => row.join(' '));
		assert.deepEqual(
			told,
			rows.map((row) => row.replace(/assay$/, 'ours')),
		);
		const blocking = rows.filter((row) => row.includes(' blocking ')).map((row) => row.split(' ')[0]);
		const create = contract.operations.find(({ id }) => id === 'lint_overrides_create');
		const body = contract.resolve(create.body['application/json'].schema);
		assert.deepEqual(body.properties.rule.enum, blocking);
	});

	test('says nothing of a sound plan, nor of an empty one', async () => {
		assert.deepEqual(await lint(await planned(sound)), []);
		assert.deepEqual(await lint(await planned([])), []);
	});

	test('is for those who manage the role', async () => {
		const role = await planned(sound);
		for (const tail of ['lint', 'lint_overrides']) {
			await manager.get(`/v1/roles/${role.id}/${tail}`, { expect: 200 });
			await world.a.get(`/v1/roles/${role.id}/${tail}`, { expect: 403 });
			await admin.get(`/v1/roles/${randomId()}/${tail}`, { expect: 404 });
		}
	});
});

const breaking = {
	stage_without_instructions: [talk, { ...people, candidate_instructions: null }],
	work_sample_too_long: [talk, people, { ...sample, duration_minutes: 240 }],
	plan_over_budget: [{ ...talk, duration_minutes: 480 }, people],
};

describe('blocking rules', () => {
	for (const [rule, stages] of Object.entries(breaking))
		test(`${rule} refuses the opening of a role and an interview`, async () => {
			const role = await planned(stages, { status: 'draft' });
			const refused = await admin.patch(`/v1/roles/${role.id}`, { status: 'open' }, { expect: 422 });
			assert.deepEqual(
				[refused.body.code, refused.body.errors.map(({ pointer, code }) => [pointer, code])],
				[rule, [['/status', rule]]],
			);
			assert.equal((await admin.read(`/v1/roles/${role.id}`)).status, 'draft');
			await admin.change(`/v1/roles/${role.id}`, { status: 'paused', location: 'Porto' });

			const schedule = await applied(role);
			const last = role.stages.at(-1).id;
			const answer = await schedule(last, 422);
			assert.deepEqual([answer.body.code, answer.body.errors[0].pointer], [rule, '/stage_id']);
			// What is wrong with one stage does not keep the others from being used.
			await schedule(role.stages[0].id, rule === 'plan_over_budget' ? 422 : 201);

			const path = `/v1/roles/${role.id}/lint_overrides`;
			const override = await admin.make(path, { rule, reason: 'Agreed with the candidate.' });
			assert.equal((await named(role, rule))[0].override_id, override.id);
			await schedule(last, 201);
			assert.equal((await admin.change(`/v1/roles/${role.id}`, { status: 'open' })).status, 'open');
			assert.deepEqual((await manager.read(path)).data, [override]);

			const revoked = await admin.make(`/v1/lint_overrides/${override.id}/revoke`);
			assert.deepEqual([revoked.revoked_by, revoked.version], [world.users.admin.id, 2]);
			assert.deepEqual(await admin.make(`/v1/lint_overrides/${override.id}/revoke`), revoked);
			await schedule(last, 422);
			// A role that is open stays so.
			await admin.change(`/v1/roles/${role.id}`, { location: 'Faro', status: 'open' });
		});

	test('refuse the opening by external id, too', async () => {
		for (const [rule, stages] of Object.entries(breaking)) {
			const path = `/v1/roles/by_external_id/ats/${unique('lint')}`;
			const made = (await admin.put(path, { title: unique('Put'), status: 'draft' }, { expect: 201 })).body;
			for (const { focus, ...stage } of stages)
				await admin.make(`/v1/roles/${made.id}/stages`, {
					method: 'technical_interview',
					candidate_instructions: 'Told.',
					...stage,
				});
			const refused = await admin.put(path, { title: 'Open', status: 'open' }, { expect: 422 });
			assert.equal(refused.body.code, rule);
			await admin.put(path, { title: 'Still a draft' }, { expect: 200 });
		}
	});

	test('are told all at once, in their order', async () => {
		const role = await planned([{ ...talk, candidate_instructions: null }, { ...sample, duration_minutes: 480 }], {
			status: 'draft',
		});
		const refused = await admin.patch(`/v1/roles/${role.id}`, { status: 'open' }, { expect: 422 });
		assert.equal(refused.body.code, 'stage_without_instructions');
		assert.deepEqual(
			refused.body.errors.map(({ code }) => code),
			['stage_without_instructions', 'work_sample_too_long', 'plan_over_budget'],
		);
	});

	test('are overridden by admins only, with a reason, and recorded', async () => {
		const role = await planned(breaking.work_sample_too_long);
		const path = `/v1/roles/${role.id}/lint_overrides`;
		const body = { rule: 'work_sample_too_long', reason: 'Paid by the hour.', stage_id: role.stages[2].id };
		for (const client of [recruiter, manager, world.a]) await client.post(path, body, { expect: 403 });
		for (const wrong of [
			{ ...body, reason: undefined },
			{ ...body, reason: '' },
			{ ...body, reason: '  ' },
			{ ...body, rule: 'algorithm_heavy' },
			{ ...body, stage_id: world.role1.stages[0].id },
		])
			await admin.post(path, wrong, { expect: 422 });
		await admin.post(`/v1/roles/${randomId()}/lint_overrides`, body, { expect: 404 });
		const override = await admin.make(path, body);
		assert.equal((await admin.post(path, body, { expect: 409 })).body.code, 'already_exists');
		await recruiter.post(`/v1/lint_overrides/${override.id}/revoke`, undefined, { expect: 403 });
		await admin.make(`/v1/lint_overrides/${override.id}/revoke`);
		await admin.make(path, body);
		const events = await psql(
			server,
			`SELECT type || ' ' || count(*) FROM events WHERE data ->> 'role_id' = '${role.id}'
				AND type LIKE 'lint_override.%' AND actor_id = '${world.users.admin.id}' GROUP BY type ORDER BY type`,
		);
		assert.deepEqual(events.split('\n'), ['lint_override.created 2', 'lint_override.revoked 1']);
	});

	test('an override of one stage leaves the others', async () => {
		const role = await planned([talk, { ...sample, duration_minutes: 200 }, { ...sample, name: 'Second sample', duration_minutes: 190 }]);
		await admin.make(`/v1/roles/${role.id}/lint_overrides`, {
			rule: 'work_sample_too_long',
			stage_id: role.stages[1].id,
			reason: 'Agreed.',
		});
		const schedule = await applied(role);
		await schedule(role.stages[1].id, 201);
		await schedule(role.stages[2].id, 422);
	});
});

describe('rows of the guides', () => {
	test('D8 the five hiring mistakes are five named rules, found in one plan', async () => {
		const role = await planned([
			{
				name: 'Coding round',
				questions: [ask('Invert a binary tree.'), ask('You must use Java syntax for this algorithm.')],
				focus: [],
			},
		]);
		const found = (await lint(role)).filter(({ source }) => source === '002');
		assert.deepEqual(
			found.map(({ rule, severity, ours }) => [rule, severity, ours]),
			[
				'algorithm_heavy',
				'ignoring_operations',
				'language_purism',
				'undervaluing_communication',
				'skipping_production_scenarios',
			].map((rule) => [rule, 'warning', false]),
		);
		// The exception: a large code base in that language.
		await admin.change(`/v1/plans/${role.plan_id}`, { codebase_language: 'Java' });
		assert.deepEqual(await named(role, 'language_purism'), []);
	});

	test('C5 a work sample takes three hours at most', async () => {
		const role = await planned([talk, people, { ...sample, duration_minutes: 181 }]);
		const schedule = await applied(role);
		assert.equal((await schedule(role.stages[2].id, 422)).body.code, 'work_sample_too_long');
		await admin.change(`/v1/stages/${role.stages[2].id}`, { duration_minutes: 180 });
		const held = (await schedule(role.stages[2].id, 201)).body;
		// Nor does one interview of it, unless the stage's rule was overridden.
		const path = `/v1/interviews/${held.id}`;
		const long = { duration_minutes: 181 };
		const again = (expect) =>
			admin.post('/v1/interviews', { ...long, application_id: held.application_id, stage_id: held.stage_id }, { expect });
		assert.equal((await again(422)).body.code, 'work_sample_too_long');
		assert.equal((await admin.patch(path, long, { expect: 422 })).body.code, 'work_sample_too_long');
		assert.equal((await admin.change(path, { duration_minutes: 170 })).duration_minutes, 170);
		await admin.make(`/v1/roles/${role.id}/lint_overrides`, {
			rule: 'work_sample_too_long',
			stage_id: held.stage_id,
			reason: 'More time was asked for.',
		});
		assert.equal((await admin.change(path, long)).duration_minutes, 181);
		assert.equal((await admin.change(path, { location: 'Here' })).location, 'Here');
		await again(201);
	});

	test('C6 an open-ended task is asked for, and one trick is found', async () => {
		const role = await planned([talk, people, { ...sample, candidate_instructions: 'Find the trick.' }]);
		assert.deepEqual(
			(await named(role, 'single_trick')).map(({ stage_id, source }) => [stage_id, source]),
			[[role.stages[2].id, '003']],
		);
	});

	test('C7 instructions in four parts are required, and a work sample is tried by the own team first', async () => {
		const role = await planned([{ ...sample, candidate_instructions: null, untried: true }]);
		const stage = `/v1/stages/${role.stages[0].id}`;
		const schedule = await applied(role);
		assert.equal((await schedule(undefined, 422)).body.code, 'stage_without_instructions');
		await admin.change(stage, { candidate_brief: { tasks: 'A.', skills: 'B.', judged_on: 'C.' } });
		const [finding] = await named(role, 'stage_without_instructions');
		assert.match(finding.sentence, /lacks how long it takes\.$/);
		await admin.change(stage, { candidate_brief: { time: 'Two hours.' } });
		assert.deepEqual(await named(role, 'stage_without_instructions'), []);
		const missing = await schedule(undefined, 409);
		assert.deepEqual([missing.body.code, missing.body.errors[0].pointer], ['dry_run_missing', '/stage_id']);
		await world.a.make(`${stage}/dry_runs`, { minutes: 100, notes: 'Fits.' });
		await schedule(undefined, 201);
	});

	test('rule 8: the candidate’s time is a budget, and only an admin goes above it', async () => {
		const role = await planned([{ ...talk, duration_minutes: 300 }, { ...people, duration_minutes: 200 }]);
		const schedule = await applied(role);
		const refused = await schedule(undefined, 422);
		assert.equal(refused.body.code, 'plan_over_budget');
		assert.match(refused.body.errors[0].detail, /500 minutes.*480/);
		const override = await admin.make(`/v1/roles/${role.id}/lint_overrides`, {
			rule: 'plan_over_budget',
			reason: 'Two days on site, paid.',
		});
		await schedule(undefined, 201);
		assert.equal((await recruiter.read(`/v1/roles/${role.id}/lint`)).findings[0].override_id, override.id);
	});
});
