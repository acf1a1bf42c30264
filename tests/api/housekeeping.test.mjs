// What happens by itself: retention rules applied, consents that end told of. The clock is shifted in
// the data; a server of its own looks every second.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { startServer } from '../support/server.mjs';
import { World, unique } from '../support/world.mjs';

const server = await startServer({ env: { ASSAY_HOUSEKEEPING_EVERY: '1s' } });
after(() => server.stop());

const until = async (look, what) => {
	for (let i = 0; i < 120; i += 1) {
		const found = await look();
		if (found) return found;
		await new Promise((done) => setTimeout(done, 250));
	}
	throw new Error(`in vain: ${what}`);
};
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const untouched = (candidate, months) =>
	psql(
		server,
		`SET session_replication_role = replica;
		UPDATE candidates SET updated_at = now() - interval '${months} months' WHERE id = '${candidate.id}'`,
	);
// A rule that was made two days ago.
async function rule(world, months) {
	const made = await world.admin.make('/v1/retention_rules', { months });
	await psql(server, `UPDATE retention_rules SET updated_at = now() - interval '2 days' WHERE id = '${made.id}'`);
	return made;
}
const events = async (world, type) =>
	JSON.parse(
		await psql(
			server,
			`SELECT coalesce(json_agg(json_build_object('object_id', object_id, 'actor_kind', actor_kind, 'data', data)
				ORDER BY created_at), '[]') FROM events WHERE organization_id = '${world.organization.id}' AND type = '${type}'`,
		),
	);
const gone = async (world, candidate) =>
	(await world.admin.get(`/v1/candidates/${candidate.id}`)).status === 410;

describe('retention by itself', () => {
	test('erases whom the rules say, organization by organization, and says so in the record and the log', async () => {
		const world = await World.make(server);
		const other = await World.make(server);
		const old = await Promise.all(Array.from({ length: 30 }, () => world.candidate()));
		const [recent, elsewhere, held] = [await world.candidate(), await other.candidate(), await world.candidate()];
		for (const one of [...old, elsewhere, held]) await untouched(one, 13);
		await world.admin.put(`/v1/candidates/${held.id}/legal_hold`, { reason: 'A claim.' }, { expect: 200 });
		await untouched(held, 13);
		const { id } = await rule(world, 12);
		// More than one piece.
		await until(async () => (await events(world, 'candidate.erased')).length === 30, 'thirty erasures');
		const [erased] = await events(world, 'candidate.erased');
		assert.deepEqual([erased.actor_kind, erased.data.retention_rule_id], ['system', id]);
		const ran = await until(async () => (await events(world, 'retention.ran')).find(({ data }) => data.erased > 0), 'the run');
		assert.deepEqual([ran.data.erased, ran.data.rules, ran.object_id], [30, 1, world.organization.id]);
		for (const one of [recent, held]) assert.equal(await gone(world, one), false);
		// Without a rule nothing happens, and nothing is said.
		assert.equal(await gone(other, elsewhere), false);
		assert.deepEqual(await events(other, 'retention.ran'), []);
		assert.match(server.log(), new RegExp(`housekeeping.done.* organization=${world.organization.id} task=retention count=25`));
		assert.deepEqual(await world.admin.read('/v1/retention/due').then(({ data }) => data.map((one) => one.candidate_id)), [held.id]);
	});

	test('leaves a day to look at what a new or a changed rule would do', async () => {
		const world = await World.make(server);
		const candidate = await world.candidate();
		await untouched(candidate, 13);
		const made = await world.admin.make('/v1/retention_rules', { months: 12 });
		await pause(4000);
		assert.equal(await gone(world, candidate), false);
		assert.equal((await world.admin.read('/v1/retention/due')).data.length, 1);
		await psql(server, `UPDATE retention_rules SET updated_at = now() - interval '25 hours' WHERE id = '${made.id}'`);
		await until(() => gone(world, candidate), 'the erasure');
	});

	test('one node at a time: a task that another one holds is left alone', async () => {
		const world = await World.make(server);
		const candidate = await world.candidate();
		await untouched(candidate, 13);
		await rule(world, 12);
		await until(async () => (await events(world, 'retention.ran')).length > 0, 'a first run');
		const second = await world.candidate();
		const holding = psql(
			server,
			`BEGIN; SELECT 1 FROM scheduled_tasks WHERE organization_id = '${world.organization.id}' FOR UPDATE;
			SELECT pg_sleep(5); COMMIT`,
		);
		await pause(500);
		await untouched(second, 13);
		await pause(2500);
		assert.equal(await gone(world, second), false);
		await holding;
		await until(() => gone(world, second), 'the erasure');
	});

	test('is seen in the metrics', async () => {
		const text = await (await fetch(`${server.url}/metrics`)).text();
		assert.match(text, /^assay_housekeeping_lag_seconds [0-9.]+$/m);
		assert.match(text, /^assay_housekeeping_failures 0\.000$/m);
	});

	test('a failure of one organization holds nobody up', async () => {
		const [broken, whole] = [await World.make(server), await World.make(server)];
		const candidates = await Promise.all([broken, whole].map((world) => world.candidate()));
		await psql(
			server,
			`CREATE FUNCTION fail_for_test() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
				IF NEW.organization_id = '${broken.organization.id}' THEN RAISE EXCEPTION 'broken for the test'; END IF;
				RETURN NEW; END $$;
			CREATE TRIGGER fail_for_test BEFORE UPDATE OF erased_at ON candidates FOR EACH ROW EXECUTE FUNCTION fail_for_test()`,
		);
		for (const [i, world] of [broken, whole].entries()) {
			await untouched(candidates[i], 13);
			await rule(world, 12);
		}
		await until(() => gone(whole, candidates[1]), 'the erasure');
		await until(() => server.log().includes(`housekeeping.task_failed`), 'the failure in the log');
		assert.equal(await gone(broken, candidates[0]), false);
		await psql(server, 'DROP TRIGGER fail_for_test ON candidates');
		const text = await (await fetch(`${server.url}/metrics`)).text();
		assert.match(text, /^assay_housekeeping_failures [1-9]/m);
		// It is tried again, later.
		await psql(server, `UPDATE scheduled_tasks SET next_at = now() WHERE organization_id = '${broken.organization.id}'`);
		await until(() => gone(broken, candidates[0]), 'the erasure, later');
	});
});

describe('consents', () => {
	const day = (days) => new Date(Date.now() + days * 86_400_000).toISOString();
	const told = async (world, candidate) => {
		const of = (type) => events(world, type).then((all) => all.filter(({ object_id }) => object_id === candidate.id).length);
		return [await of('candidate.consent_expiring'), await of('candidate.consent_expired')];
	};

	test('that end within thirty days are told of once, and once more when they have ended', async () => {
		const world = await World.make(server);
		const consent = (days, more = {}) => ({ given_at: day(-300), expires_at: day(days), source: unique('form'), ...more });
		const soon = await world.candidate({ consent: consent(29) });
		const late = await world.candidate({ consent: consent(31) });
		const over = await world.candidate({ consent: consent(-1) });
		const none = await world.candidate();
		await until(async () => (await told(world, soon))[0] === 1 && (await told(world, over))[1] === 1, 'both notices');
		await pause(2500);
		assert.deepEqual(await told(world, soon), [1, 0]);
		assert.deepEqual(await told(world, over), [0, 1]);
		for (const one of [late, none]) assert.deepEqual(await told(world, one), [0, 0]);
		// Renewed, it has its notices anew.
		await world.admin.change(`/v1/candidates/${soon.id}`, { consent: consent(28) });
		await until(async () => (await told(world, soon))[0] === 2, 'a notice of the renewed one');
		await psql(
			server,
			`SET session_replication_role = replica;
			UPDATE candidates SET consent_expires_at = now() - interval '1 minute' WHERE id = '${soon.id}'`,
		);
		await until(async () => (await told(world, soon))[1] === 1, 'the end');
		// Erasing leaves nothing of it.
		await world.admin.make(`/v1/candidates/${soon.id}/erase`);
		assert.equal(await psql(server, `SELECT count(*) FROM consent_notices WHERE candidate_id = '${soon.id}'`), '0');
	});
});

test('switched off, nothing happens by itself', async () => {
	const still = await startServer({ env: { ASSAY_HOUSEKEEPING_EVERY: '0s' } });
	try {
		const world = await World.make(still);
		await world.candidate({ consent: { given_at: '2020-01-01T00:00:00Z', expires_at: '2021-01-01T00:00:00Z', source: 'form' } });
		await pause(3000);
		assert.equal(await psql(still, 'SELECT count(*) FROM scheduled_tasks'), '0');
		assert.equal(await psql(still, `SELECT count(*) FROM events WHERE type LIKE 'candidate.consent%'`), '0');
	} finally {
		await still.stop();
	}
});
