// The server dies by kill -9 under write load: nothing acknowledged is lost, nothing is done twice.
import assert from 'node:assert/strict';
import { randomInt, randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import net from 'node:net';
import { test } from 'node:test';

import { Caller, hasControl, killCluster, serve, short, signal, signIn, sleep, sql, workplace } from './support.mjs';

const KILLS = short(10, 200);
const CANDIDATE_WRITERS = 5;
const SCORECARD_WRITERS = 3;
// Half of what a token lives: many kills take longer than that.
const SIGNED_IN_MS = 450_000;

// Keeps asking with the same key until there is a definite answer, wherever the server is by then.
async function settle(caller, { method, path, body, headers }, port = () => caller.port) {
	for (let tries = 0; ; tries++) {
		caller.port = port();
		const answer = await caller.ask(method, path, { body, headers });
		const undecided = answer.status === 0 || answer.status === 503 || answer.body?.code === 'idempotency_in_progress';
		if (!undecided) return { ...answer, tries };
		assert.ok(tries < 2400, `${method} ${path} stays undecided: ${answer.status} ${answer.error ?? answer.text}`);
		await sleep(25);
	}
}

class Campaign {
	constructor(server, place, { freshKeys = false } = {}) {
		Object.assign(this, { server, place, freshKeys, port: server.port, wanted: new Map(), refused: [] });
		this.acknowledged = 0;
		this.unknown = 0;
		this.running = true;
	}

	// One request; where its fate is unknown it is asked for again by its key, as a client would.
	async write(writer, request) {
		const caller = writer.caller;
		const key = randomUUID();
		const first = await caller.ask(request.method, request.path, { ...request, headers: { 'Idempotency-Key': key, ...request.headers } });
		if (first.status >= 200 && first.status < 300) {
			this.acknowledged++;
			return first;
		}
		this.unknown++;
		await this.back();
		if (!this.running && this.down) return first;
		const again = this.freshKeys ? randomUUID() : key;
		return settle(caller, { ...request, headers: { 'Idempotency-Key': again, ...request.headers } }, () => this.port);
	}

	async back() {
		while (this.down && this.running) await sleep(10);
	}

	async candidates(writer) {
		while (this.running) {
			const name = `Candidate ${randomUUID()}`;
			this.wanted.set(name, null);
			const answer = await this.write(writer, { method: 'POST', path: '/v1/candidates', body: { name } });
			if (answer.status !== 201) return this.refused.push(answer.text || String(answer.error));
			this.wanted.set(name, answer.body.id);
		}
	}

	// Saves of one draft, each on the version before it: a lost or doubled one breaks the row.
	async scorecards(writer, user) {
		const path = `/v1/scorecards/${user.scorecard.id}`;
		writer.saves = 0;
		while (this.running) {
			const headers = { 'If-Match': `"${writer.saves + 1}"` };
			const body = { key_takeaways: `Save ${writer.saves + 1}` };
			const answer = await this.write(writer, { method: 'PATCH', path, body, headers });
			if (answer.status !== 200) {
				this.refused.push(answer.text || String(answer.error));
				return;
			}
			writer.saves++;
		}
	}

	start() {
		this.writers = [];
		this.signedIn = performance.now();
		const writer = ({ email, token }, call) => {
			const one = { email, caller: new Caller(this.port, token) };
			one.ended = call(one);
			this.writers.push(one);
			return one;
		};
		for (let i = 0; i < CANDIDATE_WRITERS; i++) writer(this.place, (one) => this.candidates(one));
		for (const user of this.place.users) writer(user, (one) => this.scorecards(one, user)).user = user;
	}

	async signInAgain() {
		if (performance.now() - this.signedIn < SIGNED_IN_MS) return;
		for (const { email, caller } of this.writers) caller.token = await signIn(this.port, email);
		this.signedIn = performance.now();
	}

	async finish() {
		this.running = false;
		await Promise.all(this.writers.map((writer) => writer.ended));
		for (const writer of this.writers) writer.caller.close();
	}

	// When the server is not to be had again: nobody asks on.
	async abandon() {
		this.running = false;
		await Promise.allSettled(this.writers.map((writer) => writer.ended));
		for (const writer of this.writers) writer.caller.close();
	}

	// What the database holds against what was promised.
	async count() {
		const rows = await sql(this.server, "SELECT name, count(*), min(id::text) FROM candidates WHERE name LIKE 'Candidate %' GROUP BY name");
		const found = new Map(rows.split('\n').filter(Boolean).map((row) => row.split('|')).map(([name, n, id]) => [name, { n: Number(n), id }]));
		let lost = 0;
		let doubled = 0;
		for (const [name, id] of this.wanted) {
			const row = found.get(name);
			if (!row || (row.n === 1 && row.id !== id)) lost++;
			if (row?.n > 1) doubled++;
		}
		for (const { user, saves } of this.writers.filter((one) => one.user)) {
			const row = await sql(this.server, `SELECT version, key_takeaways FROM scorecards WHERE id = '${user.scorecard.id}'`);
			const version = Number(row.split('|')[0]);
			if (version < saves + 1) lost++;
			if (version > saves + 1) doubled++;
			if (saves > 0 && version === saves + 1) assert.equal(row.split('|')[1], `Save ${saves}`);
		}
		return { lost, doubled, strangers: [...found.keys()].filter((name) => !this.wanted.has(name)).length };
	}
}

// Kills the server `kills` times; every other time its whole database with it.
async function campaign({ kills, variant = 'release', env = {}, own, freshKeys = false, whole = (i) => i % 2 === 1 }) {
	let server = await serve({ variant, env });
	let run;
	const { dataDir } = server;
	try {
		const place = await workplace(server, { people: SCORECARD_WRITERS });
		if (own) await writeFile(join(dataDir, 'postgres/own.conf'), own);
		if (own) await sql(server, 'SELECT pg_reload_conf()');
		run = new Campaign(server, place, { freshKeys });
		run.start();
		for (let i = 0; i < kills; i++) {
			await sleep(randomInt(80, 400));
			run.down = true;
			const postmaster = await server.postmaster();
			if (whole(i)) await killCluster(postmaster);
			await server.kill('SIGKILL');
			server = await serve({ variant, env, dataDir });
			run.server = server;
			run.port = server.port;
			await run.signInAgain();
			run.down = false;
		}
		await sleep(100);
		await run.finish();
		const result = { ...(await run.count()), acknowledged: run.acknowledged, unknown: run.unknown, written: run.wanted.size, refused: run.refused };
		await server.stop();
		return result;
	} finally {
		if (run?.down) await run.abandon();
		await server.drop();
	}
}

test(`${KILLS} times kill -9 under load: nothing acknowledged is lost, nothing is doubled`, { timeout: KILLS * 8000 + 60_000 }, async (t) => {
	const result = await campaign({ kills: KILLS });

	t.diagnostic(JSON.stringify({ kills: KILLS, ...result, refused: result.refused.length }));
	assert.deepEqual(result.refused.slice(0, 2), []);
	assert.equal(result.lost, 0);
	assert.equal(result.doubled, 0);
	assert.equal(result.strangers, 0);
	assert.ok(result.unknown >= KILLS, 'the kills met requests under way');
	assert.ok(result.acknowledged > KILLS * 20, 'and there was a load');
});

test('control: with commits that do not wait for the disk the same test finds losses', { timeout: 120_000 }, async (t) => {
	let lost = 0;
	for (let i = 0; i < 4 && lost === 0; i++) {
		const own = "synchronous_commit = off\nwal_writer_delay = '10s'\nwal_writer_flush_after = '1GB'\n";
		const result = await campaign({ kills: 1, own, whole: () => true });
		lost = result.lost + result.refused.length;
	}
	t.diagnostic(`lost: ${lost}`);
	assert.ok(lost > 0);
});

test('control: clients that retry with a new key double their writes, and the same test sees it', { timeout: 120_000 }, async (t) => {
	let doubled = 0;
	for (let i = 0; i < 4 && doubled === 0; i++) doubled = await doublesOf();
	t.diagnostic(`doubled: ${doubled}`);
	assert.ok(doubled > 0);

	async function doublesOf() {
		const server = await serve({ env: { ASSAY_DRAIN_DEADLINE: '1s' } });
		try {
			const place = await workplace(server, { people: 0 });
			return await lostAnswers(server, place, true);
		} finally {
			await server.drop();
		}
	}
});

// The whole request, and then nobody waits for the answer.
function sendAndGo(port, token, key, body) {
	const head = `POST /v1/candidates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nIdempotency-Key: ${key}\r\n`;
	return new Promise((done) => {
		const socket = net.connect(port, '127.0.0.1', () => {
			socket.write(`${head}Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
			setTimeout(() => socket.resetAndDestroy(), randomInt(0, 8));
		});
		socket.on('error', () => {}).on('close', done);
	});
}

// Writes whose answers never arrive: the client hangs up just after sending, and asks again.
async function lostAnswers(server, place, freshKeys) {
	const names = Array.from({ length: 40 }, () => `Unheard ${randomUUID()}`);
	await Promise.all(
		names.map(async (name) => {
			const key = randomUUID();
			await sendAndGo(server.port, place.token, key, JSON.stringify({ name }));
			const caller = new Caller(server.port, place.token);
			const headers = { 'Idempotency-Key': freshKeys ? randomUUID() : key };
			const answer = await settle(caller, { method: 'POST', path: '/v1/candidates', body: { name }, headers });
			assert.equal(answer.status, 201, answer.text);
			caller.close();
		}),
	);
	await sleep(200);
	const rows = await sql(server, "SELECT name FROM candidates WHERE name LIKE 'Unheard %'");
	const mine = rows.split('\n').filter((name) => names.includes(name));
	assert.equal(new Set(mine).size, names.length);
	return mine.length - names.length;
}

test('an answer that was never heard is asked for again by its key: one effect', { timeout: 60_000 }, async () => {
	const server = await serve();
	try {
		const place = await workplace(server, { people: 0 });
		for (let i = 0; i < short(3, 20); i++) assert.equal(await lostAnswers(server, place, false), 0);
		await server.stop();
	} finally {
		await server.drop();
	}
});

// A backend that waits for a lock of one that was killed never hears of the end, and holds its memory.
test('a backend that outlives its killed database is ended by the next one', { timeout: 120_000 }, async () => {
	let server = await serve();
	const { dataDir } = server;
	try {
		const backend = Number(
			(await sql(server, "SELECT min(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()")).trim(),
		);
		assert.ok(signal(backend, 'SIGSTOP'));
		const postmaster = await server.postmaster();
		await server.kill('SIGKILL');
		signal(postmaster, 'SIGKILL');
		server = await serve({ dataDir });
		assert.match(server.err, new RegExp(`cluster.orphan pid=${backend}\\b`));
		assert.equal(await sql(server, 'SELECT count(*) FROM organizations'), '0');
		await server.stop();
	} finally {
		await server.drop();
	}
});

// ---- many at once with one key -------------------------------------------------------------------

const KEYS = short(100, 1000);
const PARALLEL = 8;

// All answers that a key ever got, with a kill in the middle.
async function crowd(server, place, { variant, env = {}, kill = true, keys = KEYS }) {
	const state = { server, down: false };
	const answers = new Map();
	let asked = 0;

	const one = async (key, name) => {
		const caller = new Caller(state.server.port, place.token);
		const request = { method: 'POST', path: '/v1/candidates', body: { name }, headers: { 'Idempotency-Key': key } };
		for (let tries = 0; ; tries++) {
			asked++;
			const answer = await caller.ask(request.method, request.path, request);
			if (answer.status !== 0 && answer.status !== 503 && answer.body?.code !== 'idempotency_in_progress') {
				answers.get(key).push(`${answer.status} ${answer.text}`);
				break;
			}
			assert.ok(tries < 2400, `undecided: ${answer.status} ${answer.text}`);
			while (state.down) await sleep(10);
			caller.port = state.server.port;
			await sleep(20);
		}
		caller.close();
	};
	const queue = Array.from({ length: keys }, () => [randomUUID(), `Crowd ${randomUUID()}`]);
	const lane = async () => {
		for (let next = queue.shift(); next; next = queue.shift()) {
			answers.set(next[0], []);
			await Promise.all(Array.from({ length: PARALLEL }, () => one(...next)));
		}
	};
	const lanes = Promise.all(Array.from({ length: 10 }, lane));
	const killer = async () => {
		for (const share of kill ? [0.7, 0.3] : []) {
			while (queue.length > keys * share) await sleep(2);
			state.down = true;
			await killCluster(await state.server.postmaster());
			await state.server.kill('SIGKILL');
			state.server = await serve({ variant, env, dataDir: server.dataDir });
			state.down = false;
		}
	};
	await Promise.all([lanes, killer()]);
	const rows = await sql(state.server, "SELECT count(*), count(DISTINCT name) FROM candidates WHERE name LIKE 'Crowd %'");
	const [effects, names] = rows.split('|').map(Number);
	const differing = [...answers.values()].filter((list) => new Set(list).size !== 1);
	return { server: state.server, effects, names, differing, asked };
}

test(`${KEYS} keys, ${PARALLEL} requests at once for each, kill -9 in the middle: one effect, one answer`, { timeout: short(90_000, 600_000) }, async (t) => {
	const first = await serve();
	let server = first;
	try {
		const place = await workplace(first, { people: 0 });
		const result = await crowd(first, place, { variant: 'release' });
		server = result.server;
		t.diagnostic(JSON.stringify({ asked: result.asked, effects: result.effects }));
		assert.equal(result.names, KEYS);
		assert.equal(result.effects, KEYS);
		assert.deepEqual(result.differing.slice(0, 2), []);
		await server.stop();
	} finally {
		await server.drop();
	}
});

test('control: without the idempotency record the same crowd has many effects', { skip: !hasControl && 'build/assay-control is not built', timeout: 60_000 }, async () => {
	const env = { ASSAY_CONTROL_OFF: 'idempotency' };
	const server = await serve({ variant: 'control', env });
	try {
		const place = await workplace(server, { people: 0 });
		const result = await crowd(server, place, { variant: 'control', env, kill: false, keys: 10 });
		assert.ok(result.effects > 10, `${result.effects} effects of 10 keys`);
		assert.ok(result.differing.length > 0);
	} finally {
		await server.drop();
	}
});
