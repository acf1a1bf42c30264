// SIGTERM under load: what was accepted is answered, and a restart on an inherited socket loses nothing.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Caller, makeDir, now, organization, removeDir, serve, short, signal, slack, sleep, sql, until, wire } from './support.mjs';

// Writers and readers, half of them on connections that they keep.
class Load {
	constructor(port, token, { refusedEnds }) {
		Object.assign(this, { port, token, refusedEnds, running: true, failed: [], answered: 0, names: [], refused: 0, slowest: 0 });
		this.lanes = Array.from({ length: 12 }, (_, i) => this.#lane(i));
	}

	async #lane(i) {
		let caller = new Caller(this.port, this.token);
		for (let n = 0; this.running; n++) {
			const name = `L ${randomUUID()}`;
			const headers = i % 2 ? { Connection: 'close' } : {};
			const answer = n % 3 === 0 ? await caller.get('/v1/candidates?limit=5', { headers }) : await caller.post('/v1/candidates', { name }, { headers });
			this.slowest = Math.max(this.slowest, answer.ms);
			if (answer.status === 200 || answer.status === 201) {
				this.answered++;
				if (answer.status === 201) this.names.push(name);
			} else if (answer.error === 'ECONNREFUSED' && this.refusedEnds) {
				this.refused++;
				break;
			} else {
				this.failed.push(`lane ${i}: ${answer.status} ${answer.error ?? ''} reused=${answer.reused} after ${Math.round(answer.ms)} ms ${answer.text.slice(0, 200)}`);
				if (this.failed.length > 20) break;
			}
			if (i % 2) {
				caller.close();
				caller = new Caller(this.port, this.token);
			}
		}
		caller.close();
	}

	end() {
		this.running = false;
		return Promise.all(this.lanes);
	}
}

test('SIGTERM under load: no accepted request fails, and the end comes soon', { timeout: short(120_000, 900_000) }, async (t) => {
	const figures = [];
	for (let round = 0; round < short(2, 20); round++) {
		const server = await serve({ variant: round % 2 ? 'asan' : 'release' });
		let load;
		try {
			const { token } = await organization(server);
			load = new Load(server.port, token, { refusedEnds: true });
			await until('there is a load', 60_000, () => load.answered > 100);
			const body = JSON.stringify({ name: 'Slowly said' });
			// One request is half said when the signal comes, and may say its end.
			const half = wire(
				server.port,
				[
					{ bytes: `POST /v1/candidates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 9)}` },
					{ wait: 700, bytes: body.slice(9) },
				],
				{ timeout: 8000 },
			);
			await sleep(300);
			const begun = now();
			const { code, signal: by } = await server.kill('SIGTERM');
			const took = now() - begun;
			await load.end();
			figures.push({ answered: load.answered, refused: load.refused, exit_ms: Math.round(took) });
			assert.deepEqual(load.failed.slice(0, 3), []);
			assert.equal(by ?? code, 0, server.err.slice(-2000));
			assert.equal(server.report(), null);
			assert.ok(took <= 10_000 * slack, `ended in ${took} ms`);
			assert.equal((await half).status, 201, (await half).text);
			assert.ok(load.refused > 0, 'afterwards the port was closed');
			// Every answer was true.
			const again = await serve({ dataDir: server.dataDir });
			const kept = new Set((await sql(again, "SELECT name FROM candidates WHERE name LIKE 'L %'")).split('\n'));
			assert.equal(load.names.filter((name) => !kept.has(name)).length, 0);
			await again.stop();
		} finally {
			await server.drop();
			await load?.end();
		}
	}
	t.diagnostic(JSON.stringify(figures));
});

test('a request that never ends does not hold the end up beyond the drain deadline', { timeout: 60_000 }, async () => {
	const server = await serve({ env: { ASSAY_DRAIN_DEADLINE: '2s' } });
	try {
		const { token } = await organization(server);
		const stuck = wire(server.port, `POST /v1/candidates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`, { timeout: 20_000 });
		await sleep(200);
		const begun = now();
		const { code } = await server.kill('SIGTERM');
		const took = now() - begun;
		assert.equal(code, 0);
		assert.ok(took > 1500 && took < 6000 * slack, `ended in ${took} ms`);
		await stuck;
	} finally {
		await server.drop();
	}
});

// What a service manager does: it owns the socket, and starts the program on it again and again.
const HOLDER = `
use Socket; use POSIX ();
my $s; $^F = 10; socket($s, AF_INET, SOCK_STREAM, 0) && bind($s, sockaddr_in(0, INADDR_LOOPBACK)) && listen($s, 1024) || die $!;
my ($port) = sockaddr_in(getsockname($s));
$| = 1; print "port $port\\n";
my $ending = 0; $SIG{TERM} = sub { $ending = 1 };
until ($ending) {
	my $pid = fork();
	if ($pid == 0) {
		POSIX::dup2(fileno($s), 3);
		$ENV{LISTEN_FDS} = 1; $ENV{LISTEN_PID} = $$;
		exec @ARGV or POSIX::_exit(127);
	}
	print "child $pid\\n";
	waitpid($pid, 0) == $pid or last;
	print "ended $?\\n";
}
`;

test('restarts on an inherited socket under load lose no request', { timeout: short(90_000, 600_000) }, async (t) => {
	const dataDir = await makeDir();
	const restarts = short(2, 20);
	let holder;
	const run = (binary, args, options) => {
		holder = spawn('perl', ['-e', HOLDER, binary, ...args], { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
		return holder;
	};
	const starting = makeHolder(run, dataDir);
	let load;
	try {
		const server = await starting;
		const { token } = await organization(server);
		load = new Load(server.port, token, { refusedEnds: false });
		const gaps = [];
		for (let i = 0; i < restarts; i++) {
			await sleep(400);
			const begun = now();
			const children = server.out.match(/^child \d+$/gm);
			load.slowest = 0;
			assert.ok(signal(Number(children.at(-1).slice(6)), 'SIGTERM'));
			await until('the next server', 30_000, () => server.out.match(/^listening on /gm).length === children.length + 1);
			gaps.push(Math.round(now() - begun));
		}
		await sleep(300);
		await load.end();
		t.diagnostic(JSON.stringify({ answered: load.answered, restart_ms: gaps, slowest_ms: Math.round(load.slowest) }));
		assert.deepEqual(load.failed.slice(0, 3), []);
		assert.deepEqual(server.out.match(/^ended .*$/gm), Array(restarts).fill('ended 0'));
		const kept = new Set((await sql(server, "SELECT name FROM candidates WHERE name LIKE 'L %'")).split('\n'));
		assert.equal(load.names.filter((name) => !kept.has(name)).length, 0);
		assert.ok(load.answered > 100);
	} finally {
		if (load) load.running = false;
		const pids = (await starting.catch(() => ({ out: '' }))).out.match(/^child \d+$/gm) ?? [];
		holder.kill('SIGTERM');
		if (pids.length) signal(Number(pids.at(-1).slice(6)), 'SIGTERM');
		await new Promise((done) => (holder.exitCode === null && holder.signalCode === null ? holder.once('close', done) : done()));
		await load?.end();
		await removeDir(dataDir);
	}
});

async function makeHolder(run, dataDir) {
	const server = await serve({ dataDir, run });
	server.port = Number(/^port (\d+)$/m.exec(server.out)[1]);
	return server;
}
