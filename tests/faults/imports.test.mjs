// An import of 10,000 rows, a hundred of them bad, whose server dies twice midway: it ends exact.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Caller, killCluster, organization, serve, short, sleep, sql } from './support.mjs';

const ROWS = short(10_000, 100_000);
const BAD = ROWS / 100;

const file = () => {
	const lines = ['external_id,name,email,skills'];
	for (let i = 1; i <= ROWS; i++)
		lines.push(i % 100 === 0 ? `row-${i},,not-an-address,` : `row-${i},Person ${i},p${i}@example.com,C;SQL`);
	return `${lines.join('\n')}\n`;
};

async function progress(caller, id) {
	const answer = await caller.get(`/v1/imports/${id}`);
	assert.equal(answer.status, 200, answer.text);
	return answer.body;
}

test(`${ROWS} rows, 1 % of them bad, kill -9 twice midway`, { timeout: short(55_000, 300_000) }, async (t) => {
	let server = await serve();
	try {
		const place = await organization(server);
		let caller = new Caller(server.port, place.token);
		const answer = await caller.ask('POST', '/v1/imports?kind=candidates&source=ats', {
			raw: file(),
			headers: { 'Content-Type': 'text/csv' },
		});
		assert.equal(answer.status, 201, answer.text);
		const { id } = answer.body;
		const seen = [];
		for (const share of [0.2, 0.6]) {
			let at;
			do {
				await sleep(5);
				at = await progress(caller, id);
			} while (at.rows_read < ROWS * share && at.status === 'running');
			assert.equal(at.status, 'running', 'still midway');
			seen.push(at.rows_read);
			const postmaster = await server.postmaster();
			await server.kill('SIGKILL');
			if (share > 0.5) await killCluster(postmaster); // the database dies too
			caller.close();
			server = await serve({ dataDir: server.dataDir });
			caller = new Caller(server.port, place.token);
			const after = await progress(caller, id);
			assert.ok(after.rows_read >= at.rows_read, 'nothing that was done is done again');
		}
		let end;
		do {
			await sleep(50);
			end = await progress(caller, id);
		} while (end.status === 'running');
		t.diagnostic(JSON.stringify({ killed_at: seen, ...end }));
		const of = `organization_id = '${place.id ?? place.organization?.id}'`;
		const counted = (text) => sql(server, text).then(Number);
		assert.deepEqual(
			[end.status, end.rows_read, end.rows_created, end.rows_updated, end.rows_unchanged, end.rows_failed],
			['done', ROWS, ROWS - BAD, 0, 0, BAD],
		);
		assert.equal(await counted(`SELECT count(*) FROM candidates WHERE ${of}`), ROWS - BAD);
		assert.equal(await counted(`SELECT count(*) FROM candidate_keys WHERE ${of}`), ROWS - BAD);
		assert.equal(await counted(`SELECT count(*) FROM external_ids WHERE ${of}`), ROWS - BAD);
		assert.equal(
			await counted(`SELECT count(DISTINCT object_id) FROM events WHERE ${of} AND type = 'candidate.created'`),
			ROWS - BAD,
		);
		assert.equal(await counted(`SELECT count(*) FROM events WHERE ${of} AND type = 'candidate.created'`), ROWS - BAD);
		assert.equal(await counted(`SELECT count(*) FROM events WHERE ${of} AND type = 'import.finished'`), 1);
		assert.equal(await counted(`SELECT count(DISTINCT row) FROM import_errors WHERE ${of}`), BAD);
		assert.equal(await counted(`SELECT count(*) FROM import_errors WHERE ${of} AND row % 100 <> 0`), 0);
		assert.equal(await counted(`SELECT count(*) FROM imports WHERE ${of} AND content IS NOT NULL`), 0);
		await server.stop();
	} finally {
		await server.drop();
	}
});
