// make bench: the server against nginx and pgbench, in one run, interleaved (docs/performance.md).
//
// BENCH_ROUNDS (5), BENCH_SECONDS a measurement (2),
// BENCH_LARGE=1 for a million candidates, BENCH_WORKERS, BENCH_ONLY=rows,growth,latency,start,import,export,
// BENCH_IN_OUT (100,000) rows of an import and an export.
import { execFile, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { DataInOut } from './data.mjs';
import { Dataset, candidateId, interviewId, scorecardBody } from './dataset.mjs';
import { Pgbench, pickedCandidates } from './pgbench.mjs';
import { plot } from './plot.mjs';
import * as processes from './processes.mjs';
import { median, table } from './table.mjs';

const number = (name, otherwise) => Number(process.env[name] ?? otherwise);
const ROUNDS = number('BENCH_ROUNDS', 5);
const SECONDS = number('BENCH_SECONDS', 2);
const SIZES = [1_000, 10_000, 100_000, ...(process.env.BENCH_LARGE ? [1_000_000] : [])];
const MAIN_SIZE = 10_000;
const IN_OUT = number('BENCH_IN_OUT', 100_000);
const PARTS = new Set((process.env.BENCH_ONLY ?? 'rows,growth,latency,start,import,export').split(','));
const out = join(processes.root, 'build/bench');
const say = (text) => process.stderr.write(`${text}\n`);

class Bench {
	constructor(directory) {
		this.directory = directory;
		this.dataDir = join(directory, 'data');
		this.keyCount = 0;
		this.tokens = new Map();
		this.series = new Map(); // name → what each round gave
	}

	async start() {
		const { stdout } = await promisify(execFile)(processes.copyFor(this.dataDir), ['demo', '--small', '--data-dir', this.dataDir, '--json']);
		this.server = await processes.startServer(this.dataDir, { args: ['--sign-ins-per-minute', '100000', '--body-limit', '64M'] });
		this.data = new Dataset(this.server, JSON.parse(stdout));
		this.pgbench = new Pgbench(this.directory, this.data);
		await this.data.make();
	}

	// ---- requests -------------------------------------------------------------------------------

	async token(persona) {
		const known = this.tokens.get(persona);
		if (known && known.until > Date.now()) return known.text;
		const { email, password } = this.data.person(persona);
		const reply = await fetch(`http://127.0.0.1:${this.server.port}/v1/auth/login`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ email, password }),
		});
		const { access_token: text, expires_in: seconds } = await reply.json();
		this.tokens.set(persona, { text, until: Date.now() + (seconds * 1000) / 2 });
		return text;
	}

	file(name, requests) {
		const path = join(this.directory, name);
		writeFileSync(path, requests.map((r) => `${Buffer.byteLength(r)}\n${r}`).join(''));
		return path;
	}

	async reads(name, paths, headers = () => '') {
		const token = await this.token('recruiter');
		return this.file(
			name,
			paths.map((path, k) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n${headers(k)}\r\n`),
		);
	}

	async submissions(first, count) {
		const token = await this.token('interviewer');
		const [before, behind] = scorecardBody();
		return this.file(
			'submissions',
			Array.from({ length: count }, (_, k) => {
				const body = `${before}${interviewId(first + k)}${behind}`;
				return `POST /v1/scorecards HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nIdempotency-Key: measured-${++this.keyCount}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
			}),
		);
	}

	async load(file, clients, ...how) {
		const port = how[0] === 'nginx' ? this.nginx.port : this.server.port;
		if (how[0] === 'nginx') how.shift();
		const result = JSON.parse(await processes.run(processes.tool('load'), [String(port), file, String(clients), ...how.map(String)]));
		if (result.refused + result.failed > 0) throw new Error(`${result.refused + result.failed} of ${result.requests} requests to ${file} failed`);
		return result;
	}

	// ---- measuring ------------------------------------------------------------------------------

	// Adds one round's figure: requests a second, and whose processor time they took. Of pgbench
	// the first second does not count: there its connections are made, and statements planned.
	async measure(name, work, skip = 0) {
		const who = { server: this.server.pid, postmaster: this.server.postmaster, nginx: this.nginx?.pid };
		let before = processes.usage(who);
		let since = performance.now();
		const timer = skip && setTimeout(() => {
			before = processes.usage(who);
			since = performance.now();
		}, skip * 1000);
		const result = await work();
		clearTimeout(timer);
		const seconds = (performance.now() - since) / 1000;
		const rate = typeof result === 'number' ? result : result.per_second;
		if (!this.series.has(name)) this.series.set(name, []);
		this.series.get(name).push({ rate, seconds, cpu: processes.used(before, processes.usage(who)), latency: result.p99_us && { p50: result.p50_us, p99: result.p99_us } });
		return result;
	}

	async startNginx() {
		const reply = await fetch(`http://127.0.0.1:${this.server.port}/health/live`);
		const headers = Object.fromEntries(
			[...reply.headers].filter(([name]) => !['date', 'content-length', 'content-type', 'connection', 'keep-alive'].includes(name)),
		);
		this.nginx = await processes.startNginx(join(this.directory, 'nginx'), {
			headers,
			type: reply.headers.get('content-type'),
			body: await reply.text(),
		});
	}

	async wrk(port, path, clients) {
		const text = await processes.run(processes.wrkProgram, ['-t', '1', '-c', String(clients), '-d', `${SECONDS}s`, `http://127.0.0.1:${port}${path}`]);
		if (/Non-2xx/.test(text)) throw new Error(text);
		return Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]);
	}

	async readRound(clients) {
		const closed = ['closed', 1e12, SECONDS];
		const one = await this.reads('one', pickedCandidates(this.data.size).map((id) => `/v1/candidates/${id}`));
		const page = await this.reads('page', ['/v1/candidates?limit=25']);
		const unchanged = await this.reads('unchanged', this.etags.map(([id]) => `/v1/candidates/${id}`), (k) => `If-None-Match: ${this.etags[k][1]}\r\n`);

		await this.measure(`one.server.${clients}`, () => this.load(one, clients, ...closed));
		await this.measure(`one.pgbench.${clients}`, () => this.pgbench.reads(this.pgbench.getScript, clients, SECONDS), 1);
		const result = await this.measure(`unchanged.server.${clients}`, () => this.load(unchanged, clients, ...closed));
		if (result.unchanged !== result.requests) throw new Error('If-None-Match was not answered 304');
		await this.measure(`page.server.${clients}`, () => this.load(page, clients, ...closed));
		await this.measure(`page.pgbench.${clients}`, () => this.pgbench.reads(this.pgbench.pageScript, clients, SECONDS), 1);
	}

	async write(name, work, skip = 0) {
		const { requests } = await this.measure(name, work, skip);
		const written = await this.data.scorecards();
		if (written !== requests) throw new Error(`${name}: ${written} scorecards of ${requests}; more than ${this.data.size} do not fit`);
		await this.data.settle();
		await this.data.forgetScorecards();
	}

	async writeRound(round, clients) {
		const file = await this.submissions(1, this.data.size);
		await this.write(`submit.server.${clients}`, () => this.load(file, clients, 'closed', this.data.size, SECONDS));
		for (const [kind, script] of [['statement', this.pgbench.submitScript], ['transaction', this.pgbench.stepsScript]])
			await this.write(`submit.${kind}.${clients}`, () =>
				this.pgbench.writes(script, clients, SECONDS, `${kind}-${round}-${clients}`), 1);
	}

	async rows() {
		await this.startNginx();
		await this.pgbench.prepare();
		const token = await this.token('recruiter');
		this.etags = [];
		for (const id of pickedCandidates(this.data.size)) {
			const reply = await fetch(`http://127.0.0.1:${this.server.port}/v1/candidates/${id}`, { headers: { Authorization: `Bearer ${token}` } });
			this.etags.push([id, reply.headers.get('etag')]);
			await reply.text();
		}
		const alive = this.file('static', ['GET /health/live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n']);
		for (let round = 1; round <= ROUNDS; round++) {
			say(`round ${round} of ${ROUNDS}`);
			for (const clients of [8, 32]) {
				await this.measure(`static.server.${clients}`, () => this.load(alive, clients, 'closed', 1e12, SECONDS));
				await this.measure(`static.nginx.${clients}`, () => this.load(alive, clients, 'nginx', 'closed', 1e12, SECONDS));
				await this.readRound(clients);
				await this.writeRound(round, clients);
			}
			await this.measure('check.wrk.server', () => this.wrk(this.server.port, '/health/live', 8));
			await this.measure('check.wrk.nginx', () => this.wrk(this.nginx.port, '/', 8));
		}
		await this.nginx.stop();
		this.nginx = undefined;
	}

	// ---- latency at half load ---------------------------------------------------------------------

	async latency() {
		const best = async (name, work) => (this.series.has(name) ? median(this.series.get(name).map((r) => r.rate)) : (await work()).per_second);
		const one = await this.reads('one', pickedCandidates(this.data.size).map((id) => `/v1/candidates/${id}`));
		const readRate = (await best('one.server.32', () => this.load(one, 32, 'closed', 1e12, SECONDS))) / 2;
		const writeRate = (await best('submit.server.32', async () => {
			const result = await this.load(await this.submissions(1, this.data.size), 32, 'closed', this.data.size, SECONDS);
			await this.data.forgetScorecards();
			return result;
		})) / 2;
		const result = { read: [], write: [] };
		for (let round = 0; round < ROUNDS; round++) {
			const seconds = Math.max(SECONDS, 3);
			const reads = await this.load(one, 32, 'open', readRate, seconds);
			const count = Math.floor(writeRate * Math.min(seconds, (this.data.size - 100) / writeRate));
			const file = await this.submissions(1, count);
			const writes = await this.load(file, 32, 'open', writeRate, count / writeRate);
			await this.data.settle();
			await this.data.forgetScorecards();
			result.read.push({ rate: readRate, ...reads });
			result.write.push({ rate: writeRate, ...writes });
		}
		this.latencies = result;
	}

	// ---- growth -----------------------------------------------------------------------------------

	async growth() {
		const size = this.data.size;
		const ids = Array.from({ length: 500 }, (_, k) => candidateId(1 + ((k * 7919) % size)));
		const one = await this.reads('one', ids.map((id) => `/v1/candidates/${id}`));
		const page = await this.reads('page', ['/v1/candidates?limit=25']);
		const name = (await this.data.sql(`SELECT name FROM candidates WHERE id = '${ids[3]}'`)).split(' ')[1];
		const search = await this.reads('search', [`/v1/candidates?limit=25&q=${name}`]);
		const point = { size, one: [], page: [], search: [], submit: [] };
		for (let round = 0; round < ROUNDS; round++) {
			point.one.push((await this.load(one, 1, 'closed', 1000)).p50_us);
			point.page.push((await this.load(page, 1, 'closed', 300)).p50_us);
			point.search.push((await this.load(search, 1, 'closed', 100)).p50_us);
			point.submit.push((await this.load(await this.submissions(1 + round * 150, 150), 1, 'closed', 150)).p50_us);
		}
		await this.data.settle();
		await this.data.forgetScorecards();
		for (const kind of ['one', 'page', 'search', 'submit']) point[kind] = median(point[kind]);
		(this.points ??= []).push(point);
	}

	// ---- start and memory ---------------------------------------------------------------------------

	async hold(file, count) {
		const child = spawn(processes.tool('load'), [String(this.server.port), file, String(count), 'idle'], { stdio: ['pipe', 'pipe', 'inherit'] });
		await new Promise((done, fail) => {
			child.stdout.once('data', done);
			child.once('exit', () => fail(new Error('idle connections could not be held')));
		});
		const held = processes.residentBytes(this.server.pid);
		child.stdin.end();
		await new Promise((done) => child.once('exit', done));
		return held;
	}

	async startAndMemory() {
		const url = `host=${join(this.dataDir, 'run')} user=postgres dbname=assay`;
		const result = { cold: [], coldEmbedded: [], start: [], idle: [] };
		for (let round = 0; round < ROUNDS; round++) {
			const other = join(this.directory, `other${round}`);
			const second = await processes.startServer(other, { name: 'other', fixedPort: true, args: ['--database-url', url] });
			result.cold.push(second.coldMs);
			await second.stop();
			rmSync(other, { recursive: true, force: true });
		}
		for (let round = 0; round < Math.min(ROUNDS, 3); round++) {
			await this.server.stop();
			const begun = await processes.startServer(this.dataDir, { fixedPort: true, args: ['--sign-ins-per-minute', '100000'] });
			result.coldEmbedded.push(begun.coldMs);
			await begun.stop();
			// On a busy machine ten thousand connections take longer to come than the first may idle.
			this.server = this.data.server = await processes.startServer(this.dataDir, {
				args: ['--sign-ins-per-minute', '100000', '--idle-deadline', '600s'],
			});
			result.start.push(processes.residentBytes(this.server.pid));
			this.tokens.clear();
			const file = await this.reads('one', [`/v1/candidates/${candidateId(1)}`]);
			await this.load(file, 32, 'closed', 2000);
			const before = processes.residentBytes(this.server.pid);
			result.idle.push(((await this.hold(file, 10_000)) - before) / 10_000);
		}
		this.starts = result;
	}

	async stop() {
		await this.nginx?.stop();
		await this.server?.stop();
	}

	// ---- the whole ----------------------------------------------------------------------------------

	async dataInOut() {
		const data = new DataInOut(this, this.directory);
		for (let round = 0; round < Math.min(ROUNDS, 3) && PARTS.has('import'); round++) {
			say(`import ${IN_OUT}`);
			(this.imports ??= []).push(await data.importRound(IN_OUT));
		}
		if (!PARTS.has('export')) return;
		if (this.data.size < IN_OUT) await this.data.grow(IN_OUT);
		for (let round = 0; round < Math.min(ROUNDS, 3); round++) {
			say(`export ${this.data.size}`);
			(this.exports ??= []).push(await data.exportRound());
		}
	}

	async all() {
		for (const size of SIZES) {
			if (size > MAIN_SIZE && !PARTS.has('growth')) break;
			say(`${size} candidates`);
			await this.data.grow(size);
			if (PARTS.has('growth')) await this.growth();
			if (size !== MAIN_SIZE) continue;
			if (PARTS.has('rows')) await this.rows();
			if (PARTS.has('latency')) await this.latency();
			if (PARTS.has('start')) await this.startAndMemory();
		}
		if (PARTS.has('import') || PARTS.has('export')) await this.dataInOut();
	}
}

function machine() {
	const text = readFileSync('/proc/version', 'utf8').split(' ')[2];
	return { cores: cpus().length, processor: cpus()[0].model, memory_gb: Math.round(totalmem() / 2 ** 30), kernel: text };
}

function save(bench) {
	const report = {
		date: new Date().toISOString(),
		machine: machine(),
		rounds: ROUNDS,
		seconds: SECONDS,
		candidates: MAIN_SIZE,
		series: Object.fromEntries(bench.series),
		latency: bench.latencies,
		growth: bench.points,
		start: bench.starts,
		import: bench.imports,
		export: bench.exports,
	};
	mkdirSync(out, { recursive: true });
	writeFileSync(join(out, 'bench.json'), `${JSON.stringify(report, null, '\t')}\n`);
	const titles = { one: 'GET one candidate', page: 'GET a page of 25', search: 'GET a search', submit: 'POST a scorecard' };
	if (bench.points)
		writeFileSync(
			join(out, 'growth.svg'),
			plot(Object.entries(titles).map(([kind, title]) => ({
				title,
				series: [{ name: 'median of a request', points: bench.points.map((p) => [p.size, p[kind]]) }],
			}))),
		);
	return report;
}

processes.requirePrograms();
// Open, since as root the database belongs to another user.
const directory = await mkdtemp(join(tmpdir(), 'assay-bench-'));
chmodSync(directory, 0o755);
const bench = new Bench(directory);
let failed;
try {
	await bench.start();
	await bench.all();
	const text = table(save(bench));
	writeFileSync(join(out, 'bench.md'), text);
	process.stdout.write(text);
	say(`\nbuild/bench/bench.json, bench.md${bench.points ? ', growth.svg' : ''}`);
} catch (error) {
	failed = error;
}
await bench.stop();
if (failed) {
	if (bench.series.size > 0) process.stdout.write(table(save(bench)));
	console.error(failed.message);
	console.error(`what it left is in ${bench.directory}`);
	process.exit(1);
}
rmSync(bench.directory, { recursive: true, force: true });
