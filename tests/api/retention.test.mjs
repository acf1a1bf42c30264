// How long candidates are kept: rules by country, the dry run, the run, and what keeps somebody.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
const { admin } = world;
await world.user('recruiter', 'recruiter');
const { recruiter } = world;

// Nothing has happened with them for so many months.
const untouched = (candidate, months) =>
	psql(
		server,
		`SET session_replication_role = replica;
		UPDATE candidates SET updated_at = now() - interval '${months} months' WHERE id = '${candidate.id}';
		UPDATE applications SET updated_at = now() - interval '${months} months' WHERE candidate_id = '${candidate.id}';
		UPDATE application_moves SET created_at = now() - interval '${months} months'
			WHERE application_id IN (SELECT id FROM applications WHERE candidate_id = '${candidate.id}')`,
	);
const idle = async (months, country) => {
	const candidate = await world.candidate();
	if (country) await admin.put(`/v1/candidates/${candidate.id}/country`, { country }, { expect: 200 });
	await untouched(candidate, months);
	return candidate;
};
const due = async () => (await admin.read('/v1/retention/due')).data;
const idsDue = async () => (await due()).map(({ candidate_id: id }) => id).sort();
const ids = (...candidates) => candidates.map(({ id }) => id).sort();

describe('retention', () => {
	test('has one rule a country, and one for the rest', async () => {
		assert.deepEqual(await due(), []);
		const rest = await admin.make('/v1/retention_rules', { months: 36 });
		assert.deepEqual([rest.country, rest.action, rest.version], [null, 'erase', 1]);
		const germany = await admin.make('/v1/retention_rules', { country: 'DE', months: 6, action: 'erase' });
		for (const country of ['DE', null]) {
			const answer = await admin.post('/v1/retention_rules', { country, months: 1 }, { expect: 409 });
			assert.equal(answer.body.code, 'already_exists');
		}
		for (const body of [{ months: 0 }, { months: 241 }, { months: 1, country: 'de' }])
			await admin.post('/v1/retention_rules', body, { expect: 422 });
		const at = `/v1/retention_rules/${rest.id}`;
		const changed = await admin.change(at, { months: 24 });
		assert.deepEqual([changed.months, changed.version], [24, 2]);
		await admin.get(at, { headers: { 'If-None-Match': '"2"' }, expect: 304 });
		await admin.patch(at, { months: 12 }, { headers: { 'If-Match': '"1"' }, expect: 412 });
		assert.deepEqual(await admin.read(at), changed);
		assert.deepEqual(await admin.all('/v1/retention_rules'), [germany, changed]);
		const spare = await admin.make('/v1/retention_rules', { country: 'FR', months: 1 });
		const there = `/v1/retention_rules/${spare.id}`;
		await admin.delete(there, { headers: { 'If-Match': '"9"' }, expect: 412 });
		await admin.delete(there, { expect: 204 });
		await admin.get(there, { expect: 404 });
		await recruiter.get('/v1/retention_rules', { expect: 403 });
	});

	test('erases by the rule of the country, after a dry run that says whom and why', async () => {
		const [german, french, unknown, recent] = await Promise.all([
			idle(7, 'DE'),
			idle(7, 'FR'),
			idle(25),
			idle(5, 'DE'),
		]);
		const seen = await due();
		assert.deepEqual(await idsDue(), ids(german, unknown));
		const why = seen.find((one) => one.candidate_id === german.id);
		assert.deepEqual([why.country, why.months, why.held, why.candidate_name], ['DE', 6, false, german.name]);
		assert.ok(new Date(why.due_at) < new Date());
		// A dry run does nothing.
		assert.equal((await admin.read(`/v1/candidates/${german.id}`)).name, german.name);
		const { erased } = await admin.make('/v1/retention/run', { limit: 1 });
		assert.deepEqual([erased.length, erased[0].candidate_id], [1, unknown.id]);
		assert.deepEqual((await admin.make('/v1/retention/run', {})).erased, [
			{ candidate_id: german.id, rule_id: why.rule_id },
		]);
		assert.deepEqual((await admin.make('/v1/retention/run', {})).erased, []);
		for (const { id } of [german, unknown]) await admin.get(`/v1/candidates/${id}`, { expect: 410 });
		for (const { id } of [french, recent]) await admin.get(`/v1/candidates/${id}`, { expect: 200 });
		assert.equal(
			await psql(
				server,
				`SELECT data ->> 'retention_rule_id' FROM events WHERE type = 'candidate.erased' AND object_id = '${german.id}'`,
			),
			why.rule_id,
		);
	});

	test('keeps whom something still holds: an application, a hire, a later activity, a legal hold', async () => {
		const role = await world.role();
		const kept = [];
		for (const statuses of [[], ['paused'], ['offered'], ['offered', 'hired']]) {
			const candidate = await world.candidate();
			const application = await world.application(role, candidate);
			for (const status of statuses) await admin.make(`/v1/applications/${application.id}/move`, { status });
			await untouched(candidate, 60);
			kept.push(candidate);
		}
		const rejected = await world.candidate();
		const application = await world.application(role, rejected);
		await admin.make(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'No.' });
		await untouched(rejected, 60);
		const noted = await idle(60);
		await recruiter.make(`/v1/candidates/${noted.id}/notes`, { text: 'Called.' });
		const held = await idle(60);
		await admin.put(`/v1/candidates/${held.id}/legal_hold`, { reason: 'A claim.' }, { expect: 200 });
		const merged = await world.candidate();
		const into = await world.candidate();
		await admin.put(`/v1/candidates/${merged.id}/legal_hold`, { reason: 'A claim.' }, { expect: 200 });
		await admin.make(`/v1/candidates/${merged.id}/merge`, { into: into.id });
		await untouched(into, 60);
		assert.deepEqual(await idsDue(), ids(rejected, held, into));
		assert.deepEqual(
			(await due())
				.filter((one) => one.held)
				.map((one) => one.candidate_id)
				.sort(),
			ids(held, into),
		);
		const { erased } = await admin.make('/v1/retention/run', {});
		assert.deepEqual(erased.map((one) => one.candidate_id), [rejected.id]);
		for (const { id } of [...kept, noted, held, into]) await admin.get(`/v1/candidates/${id}`, { expect: 200 });
		await admin.delete(`/v1/candidates/${held.id}/legal_hold`, { expect: 204 });
		assert.deepEqual(
			(await admin.make('/v1/retention/run', {})).erased.map((one) => one.candidate_id),
			[held.id],
		);
	});

	test('knows a candidate’s country', async () => {
		const candidate = await world.candidate();
		const at = `/v1/candidates/${candidate.id}/country`;
		assert.equal((await recruiter.read(at)).country, null);
		await recruiter.put(at, { country: 'DE' }, { expect: 200 });
		await recruiter.put(at, { country: 'AT' }, { expect: 200 });
		assert.deepEqual(await recruiter.read(at), { candidate_id: candidate.id, country: 'AT', version: 2 });
		await recruiter.put(at, { country: 'Austria' }, { expect: 422 });
		await admin.make(`/v1/candidates/${candidate.id}/erase`);
		await recruiter.put(at, { country: 'AT' }, { expect: 410 });
		await recruiter.get(at, { expect: 410 });
	});

	test('tells of a consent that was renewed', async () => {
		const candidate = await world.candidate({
			consent: { given_at: '2026-01-02T00:00:00Z', expires_at: '2027-01-02T00:00:00Z', source: 'form' },
		});
		const at = `/v1/candidates/${candidate.id}`;
		const told = () =>
			psql(
				server,
				`SELECT count(*) FROM events WHERE type = 'candidate.consent_renewed' AND object_id = '${candidate.id}'`,
			);
		await admin.change(at, { headline: 'New.' });
		await admin.change(at, { consent: { given_at: '2026-01-02T00:00:00Z', source: 'mail' } });
		assert.equal(await told(), '0');
		await admin.change(at, {
			consent: { given_at: '2026-12-01T00:00:00Z', expires_at: '2027-12-02T00:00:00Z', source: 'form' },
		});
		assert.equal(await told(), '1');
		await admin.change(at, { consent: null });
		assert.equal(await told(), '1');
	});
});
