// A full fit takes the place of the one before: what comes meanwhile is in it, and nobody waits for it.
//
// What the database is told to hold makes each moment stay until it was looked at.
import assert from 'node:assert/strict';
import { after, afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { holdLocks, psql } from '../support/database.mjs';
import { panel, settled } from '../support/panel.mjs';
import { startServer } from '../support/server.mjs';
import { usualWorld } from '../support/world.mjs';

const server = await startServer();
const held = new Set();
after(() => server.stop());
// Also after a test that fails: the server could not stop.
afterEach(async () => {
	for (const release of held) await release();
});

const evaluationOf = (world, { id }) => world.recruiter.read(`/v1/applications/${id}/evaluation`);
const idsOf = (world, query) =>
	psql(server, `SELECT DISTINCT ${query} WHERE organization_id = '${world.organization.id}'`).then((text) => text.split('\n'));
const fitsOf = (world) => idsOf(world, 'id FROM model_fits');

async function until(query, wanted, what) {
	for (const end = Date.now() + 30_000; Date.now() < end; await sleep(20))
		if ((await psql(server, query)) === wanted) return;
	assert.fail(`never ${what}`);
}

// Whoever stores a result waits for the lock of this number, by the rules below.
async function hold(number) {
	const release = await holdLocks(server, `SELECT pg_advisory_lock(${number})`);
	const once = async () => {
		if (held.delete(once)) await release();
	};
	held.add(once);
	return once;
}
const waits = (number) =>
	until(`SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = ${number}`, 't', `held by ${number}`);

// Results of fits that are not among these wait for the lock `number`, those of one application for `own`.
const rules = (fits, number, { application = null, own = number } = {}) =>
	psql(
		server,
		`CREATE OR REPLACE FUNCTION hold_results() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF NEW.fit_id::text <> ALL ('{${fits}}') THEN
				PERFORM pg_advisory_xact_lock_shared(CASE WHEN NEW.object_id::text = '${application}' THEN ${own} ELSE ${number} END);
			END IF;
			RETURN NEW;
		END $$`,
	);
const ruled = (world) =>
	psql(
		server,
		`DROP TRIGGER IF EXISTS hold ON model_results; CREATE TRIGGER hold BEFORE INSERT ON model_results FOR EACH ROW
		WHEN (NEW.organization_id = '${world.organization.id}') EXECUTE FUNCTION hold_results()`,
	);

// An application whose interviewer has yet to rate it.
async function awaited(world, role) {
	const application = await world.application(role);
	return { id: application.id, interview: await world.interview(application, { a: 'interviewer' }) };
}
const rate = (world, { interview }, ...values) => world.scorecard('a', interview, world.values(...values));
const seen = (world, application, scorecards = 1) =>
	settled(() => evaluationOf(world, application), (model) => model.scorecards === scorecards, `rated ${scorecards}`);

test('what comes during a full fit is taken into it beside the next submissions', { timeout: 120_000 }, async () => {
	const world = await usualWorld(server, { name: 'Takeover' });
	const { role, rated } = await panel(world);
	const [before, x, y, z, last] = await Promise.all([1, 2, 3, 4, 5].map(() => awaited(world, role)));
	await rate(world, before, 3, 4, 3);
	await settled(() => evaluationOf(world, before), (model) => model.state === 'current' && model.scorecards === 1);
	const shown = await fitsOf(world);
	const [store, own, next] = [await hold(7001), await hold(7002), await hold(7003)];
	await rules(shown, 7001, { application: y.id, own: 7002 });
	await ruled(world);

	await rate(world, x, 4, 4, 5);
	await seen(world, x);
	await waits(7001); // a fit that has x is being stored
	const stored = () =>
		psql(
			server,
			`SELECT r.computed_at FROM model_results r JOIN model_fits f ON f.id = r.fit_id WHERE f.kind = 'full' AND r.object_id = '${rated[0].application.id}'`,
		);
	const first = await stored();
	await psql(
		server,
		`INSERT INTO model_changes (organization_id, application_id, touches_full, touches_closed)
		VALUES ('${world.organization.id}', '${rated[0].application.id}', true, true)`,
	);
	await rate(world, y, 2, 3, 2);
	await seen(world, y);
	assert.equal(await stored(), first, 'scorecards that are as they were change nothing');

	await store();
	await waits(7002); // y is being taken into it
	await rate(world, z, 5, 4, 4);
	await seen(world, z);
	assert.deepEqual(await fitsOf(world), shown, 'which is not shown yet');

	// The one behind it is held as well, so that what is shown next stays to be looked at.
	const made = await idsOf(world, 'fit_id FROM model_results');
	await rules(made, 7003);
	await own();
	await waits(7003);
	const now = await fitsOf(world);
	assert.equal(now.length, 2);
	assert.ok(now.every((id) => made.includes(id) && !shown.includes(id)), 'another fit is shown');
	for (const application of [x, y, z]) {
		const { model } = await evaluationOf(world, application);
		assert.deepEqual([model.state, model.scorecards], ['updating', 1]);
		assert.ok(model.score.low < model.score.value && model.score.value < model.score.high);
	}
	const caught = await evaluationOf(world, y);
	await rate(world, last, 3, 3, 3);
	await seen(world, last);

	await next();
	const { model } = await settled(() => evaluationOf(world, y));
	assert.equal(model.average, caught.model.average);
	assert.ok(Math.abs(model.score.value - caught.model.score.value) < 0.2, 'the same but for the variances');
});

test('after many changes during fits everything is as in a fit made afresh', { timeout: 120_000 }, async () => {
	const world = await usualWorld(server, { name: 'Afresh' });
	const { role, rated } = await panel(world);
	await settled(() => evaluationOf(world, rated[0].application));
	const applications = await Promise.all(Array.from({ length: 12 }, () => awaited(world, role)));
	const cards = await Promise.all(applications.map((application, i) => rate(world, application, 1 + (i % 5), 3, 5 - (i % 3))));
	const values = world.values(2, 4, 2);
	const changed = Object.fromEntries(Object.entries(values).map(([id, value]) => [id, { value, evidence: 'Anew.' }]));
	for (const { id } of cards.slice(0, 4)) await world.a.make(`/v1/scorecards/${id}/amend`, { ratings: changed, reason: 'Misread.' });
	for (const { id } of cards.slice(4, 7)) await world.a.make(`/v1/scorecards/${id}/take_back`);
	await world.a.make(`/v1/scorecards/${cards[4].id}/submit`);
	const current = () => settled(() => evaluationOf(world, rated[0].application));
	const org = world.organization.id;
	const all = () =>
		psql(
			server,
			`SELECT f.kind, f.inputs_hash, f.summary, r.object_id, r.result FROM model_fits f
			JOIN model_results r ON r.organization_id = f.organization_id AND r.fit_id = f.id
			WHERE f.organization_id = '${org}' ORDER BY f.kind, r.object_id`,
		);
	await current();
	const followed = await all();
	await psql(
		server,
		`BEGIN; DELETE FROM model_results WHERE organization_id = '${org}'; DELETE FROM model_fits WHERE organization_id = '${org}';
		INSERT INTO model_changes (organization_id, touches_full, touches_closed) VALUES ('${org}', true, true); COMMIT`,
	);
	await current();
	assert.ok(followed.includes(applications[4].id) && !followed.includes(applications[5].id));
	assert.equal(await all(), followed);
});

test('switching the model off waits for no store of results, and leaves nothing of it', { timeout: 120_000 }, async () => {
	const world = await usualWorld(server, { name: 'Off' });
	const { role } = await panel(world);
	const [one, two] = await Promise.all([awaited(world, role), awaited(world, role)]);
	await rate(world, one, 3, 4, 3);
	await settled(() => evaluationOf(world, one), (model) => model.state === 'current' && model.scorecards === 1);
	const org = world.organization.id;
	// What was shown before, and goes with the next fit.
	assert.ok((await idsOf(world, 'fit_id FROM model_results')).length > 2);
	const rows = () =>
		psql(
			server,
			['model_fits', 'model_results', 'model_changes']
				.map((table) => `SELECT count(*) FROM ${table} WHERE organization_id = '${org}'`)
				.join(' UNION ALL '),
		);
	const store = await hold(7004);
	await rules(await fitsOf(world), 7004);
	await ruled(world);
	await rate(world, two, 4, 4, 4);
	await waits(7004);
	await world.admin.change('/v1/organization', { statistical_model: false });
	assert.equal(await rows(), '0\n0\n0');
	assert.equal((await evaluationOf(world, one)).model.state, 'off');
	await store();
	await until(
		`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND
		((classid::bigint << 32) | objid::bigint) = hashtextextended('assay.fit ${org}', 0)`,
		'0',
		'done with the fit',
	);
	assert.equal(await rows(), '0\n0\n0');
});
