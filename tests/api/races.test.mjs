// What only a change in the same moment brings about: the other one is made by hand, and held open.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin } = world;
const org = world.organization.id;
const digest = 'a'.repeat(64);

// Runs `request` while a transaction with `sql` is open for some seconds.
async function during(sql, request, { seconds = 0.7, end = 'COMMIT' } = {}) {
	let other;
	await new Promise((held, fail) => {
		const onOutput = (text) => text.includes('held') && held();
		other = psql(server, `BEGIN; ${sql}; SELECT 'held'; SELECT pg_sleep(${seconds}); ${end};`, {
			onOutput,
		});
		other.catch(fail);
	});
	const answer = await request();
	await other;
	return answer;
}

describe('in the same moment', () => {
	test('the same key is under way', async () => {
		const key = unique('key');
		const answer = await during(
			`INSERT INTO idempotency_keys (organization_id, scope, key, body_digest, answer) VALUES ('${org}', '${world.users.admin.id} POST /v1/competencies', '${key}', '${digest}', '{}')`,
			() =>
				admin.post(
					'/v1/competencies',
					{ name: unique('Held') },
					{ headers: { 'Idempotency-Key': key }, expect: 409 },
				),
			{ seconds: 3, end: 'ROLLBACK' },
		);
		assert.equal(answer.body.code, 'idempotency_in_progress');
	});

	for (const [type, path, body] of [
		['candidate', '/v1/candidates', { name: 'Both' }],
		['user', '/v1/users', { name: 'Both', email: `${unique('both')}@example.com` }],
		['role', '/v1/roles', { title: 'Both' }],
	])
		test(`a ${type} gets its external id from another: that object is updated`, async () => {
			const id = unique('x');
			const first = await admin.make(path, {
				...body,
				...(type === 'user'
					? { email: `${unique('both')}@example.com`, access_level: 'member' }
					: {}),
			});
			const answer = await during(
				`INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id) VALUES ('${org}', '${type}', 'race', '${id}', '${first.id}')`,
				() => admin.put(`${path}/by_external_id/race/${id}`, body, { expect: 200 }),
			);
			assert.equal(answer.body.id, first.id);
			assert.deepEqual(answer.body.external_ids, { race: id });
		});

	test('a stage is changed by two', async () => {
		const [stage] = (await world.role()).stages;
		const answer = await during(`UPDATE stages SET version = version + 1 WHERE id = '${stage.id}'`, () =>
			admin.patch(`/v1/stages/${stage.id}`, { name: 'Mine' }, { expect: 409 }),
		);
		assert.equal(answer.body.code, 'conflict');
		assert.equal((await admin.read(`/v1/stages/${stage.id}`)).name, stage.name);
	});

	test('a rubric changes while its next draft is begun', async () => {
		const rubric = await admin.make('/v1/rubrics', { name: unique('Race') });
		const answer = await during(`UPDATE rubrics SET version = version + 1 WHERE id = '${rubric.id}'`, () =>
			admin.post(`/v1/rubrics/${rubric.id}/versions`, undefined, { expect: 409 }),
		);
		assert.equal(answer.body.code, 'conflict');
	});

	test('a plan is ordered while a stage comes in', async () => {
		const role = await world.role({ stages: [{}, {}] });
		const [one, two] = role.stages;
		const answer = await during(
			`SELECT FROM roles WHERE id = '${role.id}' FOR UPDATE; UPDATE stages SET position = 3 WHERE id = '${one.id}';
			 INSERT INTO stages (organization_id, plan_id, role_id, position, name, method) SELECT organization_id, plan_id, role_id, 1, 'New', 'screen' FROM stages WHERE id = '${one.id}'`,
			() =>
				admin.post(
					`/v1/roles/${role.id}/stages/order`,
					{ stage_ids: [two.id, one.id] },
					{ expect: 409 },
				),
		);
		assert.equal(answer.body.code, 'conflict');
	});

	test('a plan gets its next version from two', async () => {
		const role = await world.role();
		const answer = await during(
			`SELECT set_config('assay.organization', '${org}', true); SELECT FROM roles WHERE id = '${role.id}' FOR UPDATE;
			 INSERT INTO interview_plans (organization_id, role_id, number) VALUES ('${org}', '${role.id}', 2);
			 UPDATE roles SET plan_id = (SELECT id FROM interview_plans WHERE role_id = '${role.id}' AND number = 2) WHERE id = '${role.id}'`,
			() => admin.post(`/v1/roles/${role.id}/plans`, {}, { expect: 409 }),
		);
		assert.equal(answer.body.code, 'conflict');
	});

	test('an interview is scheduled while its application goes to another plan', async () => {
		const role = await world.role();
		const application = await world.application(role);
		const plan = await admin.make(`/v1/roles/${role.id}/plans`, {});
		const answer = await during(
			`UPDATE applications SET plan_id = '${plan.id}', stage_id = '${plan.stages[0].id}' WHERE id = '${application.id}'`,
			() => admin.post('/v1/interviews', { application_id: application.id }, { expect: 409 }),
		);
		assert.equal(answer.body.code, 'conflict');
	});

	test('an application goes to another plan while an interview is scheduled', async () => {
		const role = await world.role();
		const application = await world.application(role);
		const plan = await admin.make(`/v1/roles/${role.id}/plans`, {});
		const [stage] = role.stages;
		const interview = `INSERT INTO interviews (organization_id, id, application_id, stage_id, role_id, duration_minutes)
			VALUES ('${org}', new_id(), '${application.id}', '${stage.id}', '${role.id}', 60)`;
		await during(interview, () =>
			admin.post(`/v1/applications/${application.id}/plan`, { reason: 'Now.' }, { expect: 200 }),
		);
		assert.equal(
			await psql(server, `SELECT stage_id FROM application_left_stages WHERE application_id = '${application.id}'`),
			stage.id,
		);
		await admin.make(`/v1/applications/${application.id}/plan`, { reason: 'Back.', plan_id: role.plan_id });
		const owed = await during(
			`WITH i AS (${interview} RETURNING *) INSERT INTO interview_interviewers
				(organization_id, interview_id, user_id, application_id, stage_id)
				SELECT organization_id, id, '${world.users.a.id}', application_id, stage_id FROM i`,
			() =>
				admin.post(
					`/v1/applications/${application.id}/plan`,
					{ reason: 'Now.', plan_id: plan.id },
					{ expect: 409 },
				),
		);
		assert.equal(owed.body.code, 'scorecard_owed');
	});

	test('a stage is deleted while it comes into use', async () => {
		const role = await world.role({ stages: [{}, {}] });
		const application = await world.application(role);
		const answer = await during(
			`SELECT FROM roles WHERE id = '${role.id}' FOR UPDATE; UPDATE applications SET stage_id = '${role.stages[1].id}' WHERE id = '${application.id}'`,
			() => admin.delete(`/v1/stages/${role.stages[1].id}`, { expect: 409 }),
		);
		assert.ok(['conflict', 'stage_in_use'].includes(answer.body.code));
	});
});
