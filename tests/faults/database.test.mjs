// The database dies in every way it can, under load: documented answers only, and back at once.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { chmod, chown, mkdir } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import {
	Caller,
	killCluster,
	makeDir,
	now,
	organization,
	postgresProgram,
	removeDir,
	serve,
	short,
	signal,
	slack,
	sleep,
	sql,
	until,
	workplace,
} from './support.mjs';

// What a client may see while the database is in trouble.
const isDocumented = (answer) =>
	(answer.status >= 200 && answer.status < 300) ||
	(answer.status === 503 && answer.body?.code === 'unavailable' && Number(answer.headers['retry-after']) > 0) ||
	(answer.status === 409 && answer.body?.code === 'idempotency_in_progress');

class Load {
	constructor(port, place) {
		Object.assign(this, { port, place, running: true, strange: [], slowest: 0, counts: {} });
		const callers = [];
		const lane = (token, call) => {
			const caller = new Caller(port, token);
			callers.push(caller);
			return call(caller);
		};
		this.lanes = [
			...Array.from({ length: 3 }, () => lane(place.token, (c) => this.#reads(c))),
			...Array.from({ length: 3 }, () => lane(place.token, (c) => this.#writes(c))),
			...place.users.map((user) => lane(user.token, (c) => this.#drafts(c, user))),
		];
		this.callers = callers;
		this.drips = Array.from({ length: 8 }, (_, i) => this.#drip(i));
	}

	#note(answer) {
		this.counts[answer.status] = (this.counts[answer.status] ?? 0) + 1;
		if (!this.draining) this.slowest = Math.max(this.slowest, answer.ms);
		// Once it drains, a new connection is refused, and an idle one may close under our hands.
		const refused = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(answer.error);
		if (answer.status === 0 && this.draining && refused) this.running = false;
		else if (!isDocumented(answer)) this.strange.push(`${answer.status} ${answer.error ?? answer.text.slice(0, 300)}`);
		return answer;
	}

	async #reads(caller) {
		const paths = ['/v1/candidates?limit=50', '/v1/me', `/v1/applications/${this.place.application.id}/evaluation`, '/v1/candidates?q=amir'];
		for (let i = 0; this.running; i++) this.#note(await caller.get(paths[i % paths.length]));
	}

	async #writes(caller) {
		while (this.running) {
			const headers = Math.random() < 0.5 ? { 'Idempotency-Key': randomUUID() } : {};
			this.#note(await caller.post('/v1/candidates', { name: `C ${randomUUID()}` }, { headers }));
		}
	}

	async #drafts(caller, user) {
		for (let i = 0; this.running; i++) {
			const path = `/v1/scorecards/${user.scorecard.id}`;
			const seen = this.#note(await caller.get(path));
			if (seen.status !== 200) continue;
			const saved = await caller.patch(path, { key_takeaways: `Save ${i}` }, { headers: { 'If-Match': seen.headers.etag, 'Idempotency-Key': randomUUID() } });
			this.#note(saved);
		}
	}

	// A request byte by byte, on and on: half of them headers, half a body.
	#drip(i) {
		const body = JSON.stringify({ name: `Drip ${i} ${'x'.repeat(60)}` });
		const head = `POST /v1/candidates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${this.place.token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
		const all = Buffer.from(head + body);
		const socket = net.connect(this.port, '127.0.0.1');
		let at = i % 2 ? head.length : 0;
		if (at) socket.write(all.subarray(0, at));
		const timer = setInterval(() => {
			socket.write(all.subarray(at, at + 1));
			at = at + 1 < all.length ? at + 1 : 0;
		}, 15);
		socket.on('data', () => {}).on('error', () => {});
		socket.on('close', () => clearInterval(timer));
		return socket;
	}

	async end() {
		this.running = false;
		await Promise.all(this.lanes);
		for (const caller of this.callers) caller.close();
		for (const socket of this.drips) socket.destroy();
		this.lanes = this.drips = [];
	}
}

const injuries = {
	'pg_terminate_backend for all': async (server) => {
		await sql(server, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'assay' AND pid <> pg_backend_pid()");
	},
	'kill -9 of one backend': async (server) => {
		const pid = await sql(server, "SELECT pid FROM pg_stat_activity WHERE application_name = 'assay' ORDER BY random() LIMIT 1");
		signal(Number(pid), 'SIGKILL');
	},
	'kill -9 of the postmaster': async (server) => {
		signal(await server.postmaster(), 'SIGKILL');
	},
	'kill -9 of the whole cluster': async (server) => {
		await killCluster(await server.postmaster());
	},
};

// How long after the database takes connections again the service answers.
async function recovery(server, token) {
	const caller = new Caller(server.port, token);
	let back = 0;
	const watch = (async () => {
		await until('the database is back', 60_000, () => sql(server, 'SELECT 1').then(() => true, () => false), 10);
		back = now();
	})();
	let answered = 0;
	const ask = async () => (await caller.get('/v1/candidates?limit=1')).status === 200 && (await caller.post('/v1/candidates', { name: 'Back' })).status === 201;
	await watch;
	await until('the service is back', 10_000, ask, 10);
	answered = now();
	caller.close();
	return Math.max(0, answered - back);
}

test('backends, postmaster and cluster are killed under load, then SIGTERM: no crash, no stranger among the answers', { timeout: short(120_000, 900_000) }, async (t) => {
	const server = await serve({ variant: 'asan' });
	let load;
	try {
		const place = await workplace(server, { people: 2 });
		load = new Load(server.port, place);
		const waits = [];
		for (let round = 0; round < short(1, 12); round++)
			for (const [name, injure] of Object.entries(injuries)) {
				await sleep(randomInt(200, 500));
				assert.ok(server.alive, `the server lives on before: ${name}`);
				await injure(server);
				await sleep(randomInt(20, 60));
				waits.push(await recovery(server, place.token));
				assert.deepEqual(load.strange.slice(0, 3), [], `after ${name}`);
			}
		await until('ready', 1000 * slack, async () => (await load.callers[0].get('/health/ready')).status === 200);
		// The end, with the database gone in the same moment and bytes still dripping in.
		load.draining = true;
		const begun = now();
		const exit = server.kill('SIGTERM');
		await sql(server, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'assay' AND pid <> pg_backend_pid()").catch(() => {});
		const { code, signal: by } = await exit;
		const took = now() - begun;
		await load.end();
		t.diagnostic(JSON.stringify({ answers: load.counts, slowest_ms: Math.round(load.slowest), recovery_ms: waits.map(Math.round), exit_ms: Math.round(took) }));
		assert.deepEqual(load.strange.slice(0, 3), []);
		assert.equal(server.report(), null);
		assert.equal(by ?? code, 0, server.err.slice(-2000));
		assert.ok(took <= 10_000 * slack, `ended in ${took} ms`);
		assert.ok(Math.max(...waits) < 1000 * slack, `recovered in ${waits.map(Math.round)} ms`);
		assert.ok(load.counts[200] > 50 && load.counts[201] > 20);
	} finally {
		if (load) load.draining = true;
		await server.drop();
		await load?.end();
	}
});

// ---- a database of one's own ---------------------------------------------------------------------

const run = (name, args, user) =>
	new Promise((done, fail) =>
		execFile(postgresProgram(name), args, { ...user, cwd: '/', env: { PATH: process.env.PATH, HOME: '/' } }, (error, stdout, stderr) =>
			error ? fail(new Error(`${name}: ${stderr || stdout}`)) : done(stdout),
		),
	);

class Postgres {
	static async make() {
		const made = new Postgres();
		made.dir = await makeDir('assay-pg-');
		made.user = await nobody();
		await chmod(made.dir, 0o755);
		await mkdir(join(made.dir, 'data'));
		for (const path of ['', 'data']) await chown(join(made.dir, path), made.user.uid ?? process.getuid(), made.user.gid ?? process.getgid());
		await run('initdb', ['-D', join(made.dir, 'data'), '-U', 'owner', '-A', 'trust', '-E', 'UTF8', '--no-sync'], made.user);
		await made.start();
		await run('psql', ['-h', made.dir, '-U', 'owner', '-d', 'postgres', '-qc', 'CREATE DATABASE assay'], made.user);
		made.url = `postgresql://owner@/assay?host=${encodeURIComponent(made.dir)}`;
		return made;
	}

	start() {
		const options = `-c listen_addresses= -c unix_socket_directories=${this.dir}`;
		return run('pg_ctl', ['-D', join(this.dir, 'data'), '-w', '-l', join(this.dir, 'data', 'log'), '-o', options, 'start'], this.user);
	}

	stop(mode) {
		return run('pg_ctl', ['-D', join(this.dir, 'data'), '-w', '-m', mode, 'stop'], this.user);
	}

	ping() {
		return run('psql', ['-h', this.dir, '-U', 'owner', '-d', 'assay', '-qAtc', 'SELECT 1'], this.user).then(() => true, () => false);
	}

	async drop() {
		await this.stop('immediate').catch(() => {});
		await removeDir(this.dir);
	}
}

// PostgreSQL refuses to run as root.
async function nobody() {
	if (process.getuid() !== 0) return {};
	const id = (flag) =>
		new Promise((done, fail) => execFile('id', [flag, 'postgres'], (error, stdout) => (error ? fail(error) : done(Number(stdout)))));
	return { uid: await id('-u'), gid: await id('-g') };
}

test('with the database down: 503 with Retry-After within a second, alive but not ready, and back by itself', { timeout: 120_000 }, async (t) => {
	const postgres = await Postgres.make();
	const dataDir = await makeDir();
	let server;
	try {
		server = await serve({ variant: 'asan', dataDir, args: ['--database-url', postgres.url] });
		server.place = ['--data-dir', dataDir, '--database-url', postgres.url];
		const place = await organization(server);
		const callers = Array.from({ length: 6 }, () => new Caller(server.port, place.token));
		const figures = [];
		for (const mode of short(['fast', 'immediate'], ['fast', 'immediate', 'fast', 'immediate', 'fast', 'immediate'])) {
			await until('ready', 5000, async () => (await callers[0].get('/health/ready')).status === 200);
			await postgres.stop(mode);
			const slowest = { ms: 0 };
			for (let i = 0; i < 4; i++) {
				const answers = await Promise.all(
					callers.map((caller, n) => (n % 2 ? caller.get('/v1/candidates') : caller.post('/v1/candidates', { name: 'Down' }))),
				);
				for (const answer of answers) {
					assert.equal(answer.status, 503, answer.error ?? answer.text);
					assert.ok(Number(answer.headers['retry-after']) > 0, 'Retry-After');
					assert.equal(answer.body.code, 'unavailable');
					slowest.ms = Math.max(slowest.ms, answer.ms);
				}
			}
			assert.ok(slowest.ms <= 1000 * slack, `503 within ${slowest.ms} ms`);
			assert.equal((await callers[0].get('/health/live')).status, 200);
			assert.equal((await callers[0].get('/health/ready')).status, 503);
			const sign = await callers[1].post('/v1/auth/login', { email: place.email, password: 'Quartz-lantern-4-orchard' });
			assert.equal(sign.status, 503, sign.text);
			await postgres.start();
			await until('the database is back', 20_000, () => postgres.ping(), 5);
			const back = now();
			await until('the service is back', 10_000, async () => {
				const answers = await Promise.all(callers.map((caller, n) => (n % 2 ? caller.get('/v1/candidates') : caller.post('/v1/candidates', { name: 'Back' }))));
				return answers.every((answer) => answer.status === 200 || answer.status === 201);
			}, 5);
			figures.push({ mode, slowest_ms: Math.round(slowest.ms), back_ms: Math.round(now() - back) });
			assert.ok(now() - back < 1000 * slack, `back in ${now() - back} ms`);
			await until('ready', 1000 * slack, async () => (await callers[0].get('/health/ready')).status === 200);
		}
		t.diagnostic(JSON.stringify(figures));
		for (const caller of callers) caller.close();
		await server.stop();
	} finally {
		await server?.drop();
		await postgres.drop();
		await removeDir(dataDir);
	}
});
