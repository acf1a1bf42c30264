// What the fault and attack tests share: the real program, raw sockets, clients that lose nothing.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// `make prove` asks for the long form.
export const PROVE = process.env.ASSAY_PROVE === '1';
// A shared machine in CI: times are held against three times their limits.
export const slack = process.env.CI === 'true' ? 3 : 1;
export const short = (few, many) => (PROVE ? many : few);

const builds = process.env.ASSAY_BUILD_DIR ?? join(root, 'build');
export const program = (variant = 'release') => join(builds, variant === 'release' ? 'assay' : `assay-${variant}`);
// A test of the control binary is left out only where that was not built.
export const hasControl = existsSync(program('control'));

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
export const now = () => performance.now();

// Asks until the answer is true; fails with `what` after `ms`.
export async function until(what, ms, ask, step = 20) {
	const end = now() + ms;
	for (;;) {
		const answer = await ask();
		if (answer) return answer;
		if (now() > end) assert.fail(`${what}: not within ${ms} ms`);
		await sleep(step);
	}
}

export function percentile(times, part) {
	const sorted = [...times].sort((a, b) => a - b);
	return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

// ---- the program ---------------------------------------------------------------------------------

const SANITIZER = /(AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:)/;

const generous = {
	ASSAY_REQUESTS_PER_MINUTE: '10000000',
	ASSAY_SIGN_INS_PER_MINUTE: '1000000',
	ASSAY_CONNECTIONS_PER_ADDRESS: '0',
	ASSAY_PUBLIC_URL: 'http://assay.test', // the tokens' issuer, whatever port a restart gets
	ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:exitcode=99',
	UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
};

function environment(extra) {
	const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_') && !name.startsWith('LISTEN_'));
	return { ...Object.fromEntries(own), ...generous, ...extra };
}

export const makeDir = (prefix = 'assay-fault-') => mkdtemp(join(tmpdir(), prefix));
export const removeDir = (dir) => rm(dir, { recursive: true, force: true, maxRetries: 5 });

// Runs a command of the program to its end: {code, stdout, stderr}.
export function command(args, { variant = 'release', env = {}, timeout = 120_000, ...more } = {}) {
	return new Promise((done) => {
		execFile(program(variant), args, { env: environment(env), timeout, ...more }, (error, stdout, stderr) =>
			done({ code: error ? (error.code ?? error.signal) : 0, stdout, stderr }),
		);
	});
}

export class Server {
	constructor(child, dataDir, variant) {
		Object.assign(this, { child, dataDir, variant, pid: child.pid, out: '', err: '' });
		const keep = (name) => (chunk) => {
			this[name] += chunk;
			if (this[name].length > 8_000_000) this[name] = this[name].slice(-4_000_000);
		};
		child.stdout.setEncoding('utf8').on('data', keep('out'));
		child.stderr.setEncoding('utf8').on('data', keep('err'));
		this.exited = new Promise((done) => child.once('close', (code, signal) => done({ code, signal, at: now() })));
		this.alive = true;
		this.exited.then(() => (this.alive = false));
	}

	kill(signal) {
		this.child.kill(signal);
		return this.exited;
	}

	// The sanitizer's words, or null.
	report() {
		const found = SANITIZER.exec(this.err);
		return found ? this.err.slice(this.err.lastIndexOf('\n', found.index) + 1, found.index + 3000) : null;
	}

	rssKb() {
		return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8'))[1]);
	}

	// Ends it as an operator would; fails if it complains on the way.
	async stop({ keep = false } = {}) {
		const timer = setTimeout(() => this.child.kill('SIGKILL'), 30_000);
		const { code, signal } = this.alive ? await this.kill('SIGTERM') : await this.exited;
		clearTimeout(timer);
		if (!keep) await removeDir(this.dataDir);
		assert.equal(this.report(), null, 'the sanitizer has nothing to say');
		assert.equal(signal ?? code, 0, `the server ended well:\n${this.err.slice(-3000)}`);
	}

	// For an `after` that must not hide the failure of a test.
	async drop() {
		if (this.alive) await this.kill('SIGKILL');
		await sleep(100);
		await removeDir(this.dataDir);
	}

	async postmaster() {
		const text = await readFile(join(this.dataDir, 'postgres/postmaster.pid'), 'utf8').catch(() => '');
		return Number.parseInt(text, 10) || 0;
	}
}

export async function serve({ variant = 'release', dataDir, env = {}, args = [], wait = 60_000, listen = '127.0.0.1:0', run } = {}) {
	const dir = dataDir ?? (await makeDir());
	const words = ['serve', '--data-dir', dir, '--listen', listen, ...args];
	const child = (run ?? spawn)(program(variant), words, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'] });
	const server = new Server(child, dir, variant);
	const end = now() + wait;
	for (;;) {
		const found = /^listening on http:\/\/[^:]+:(\d+)$/m.exec(server.out);
		if (found) {
			server.port = Number(found[1]);
			return server;
		}
		if (!server.alive || now() > end) {
			if (server.alive) await server.kill('SIGKILL');
			if (!dataDir) await removeDir(dir);
			throw new Error(`the server did not start: ${server.err.slice(-2000)}`);
		}
		await sleep(5);
	}
}

// ---- processes -----------------------------------------------------------------------------------

export async function childrenOf(pid) {
	const found = [];
	for (const name of await readdir('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		const line = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
		if (line && Number(line.slice(line.lastIndexOf(')') + 2).split(' ')[1]) === pid) found.push(Number(name));
	}
	return found;
}

export function signal(pid, name) {
	try {
		process.kill(pid, name);
		return true;
	} catch {
		return false;
	}
}

// The postmaster and all its processes, as a power cut would.
export async function killCluster(postmaster) {
	const all = [postmaster, ...(await childrenOf(postmaster))];
	for (const pid of all) signal(pid, 'SIGKILL');
	return all;
}

const postgresPrograms = ['15', '16', '17'].map((v) => `/usr/lib/postgresql/${v}/bin`).filter((path) => existsSync(path));
export const postgresProgram = (name) => (postgresPrograms.length ? join(postgresPrograms[0], name) : name);

// SQL as the owner of the embedded database; rows come back unaligned, a line each.
export async function sql(server, text) {
	const owner = await stat(server.dataDir);
	const args = ['-XqAt', '-v', 'ON_ERROR_STOP=1', '-h', join(server.dataDir, 'run'), '-U', 'postgres', '-d', 'assay', '-c', text];
	return new Promise((done, fail) => {
		execFile(
			postgresProgram('psql'),
			args,
			{ uid: owner.uid, gid: owner.gid, cwd: '/', maxBuffer: 64e6, env: { PATH: process.env.PATH, HOME: '/' } },
			(error, stdout, stderr) => (error ? fail(new Error(stderr || error.message)) : done(stdout.trim())),
		);
	});
}

// ---- asking --------------------------------------------------------------------------------------

// One connection that is kept; what breaks it is an answer with status 0.
export class Caller {
	constructor(port, token, headers = {}) {
		Object.assign(this, { port, token, headers });
		this.agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	}

	ask(method, path, { body, raw, headers = {}, timeout = 30_000, token = this.token, host = '127.0.0.1' } = {}) {
		const sent = { ...this.headers, ...headers };
		const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
		if (token) sent.Authorization ??= `Bearer ${token}`;
		if (payload !== undefined)
			sent['Content-Type'] ??= method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
		if (payload !== undefined) sent['Content-Length'] = Buffer.byteLength(payload);
		else if (method !== 'GET' && method !== 'HEAD') sent['Content-Length'] = 0;
		const begun = now();
		return new Promise((done) => {
			let status = 0;
			const end = (answer) => done({ status, ms: now() - begun, at: now(), headers: {}, text: '', body: undefined, ...answer });
			const request = http.request({ host, port: this.port, method, path, headers: sent, agent: this.agent, timeout }, (answer) => {
				const chunks = [];
				answer.on('data', (chunk) => chunks.push(chunk));
				answer.on('error', (error) => end({ error: error.code, reused: request.reusedSocket }));
				answer.on('end', () => {
					if (!answer.complete) return end({ error: 'TRUNCATED' });
					status = answer.statusCode;
					const text = Buffer.concat(chunks).toString('utf8');
					let parsed;
					try {
						parsed = JSON.parse(text);
					} catch {
						parsed = undefined;
					}
					return end({ headers: answer.headers, text, body: parsed });
				});
			});
			request.on('timeout', () => request.destroy(Object.assign(new Error(), { code: 'TIMEOUT' })));
			request.on('error', (error) => end({ error: error.code ?? error.message, reused: request.reusedSocket }));
			request.end(payload);
		});
	}

	get(path, options) {
		return this.ask('GET', path, options);
	}

	post(path, body, options) {
		return this.ask('POST', path, { body, ...options });
	}

	put(path, body, options) {
		return this.ask('PUT', path, { body, ...options });
	}

	patch(path, body, options) {
		return this.ask('PATCH', path, { body, ...options });
	}

	// The object of a success; anything else fails.
	async make(method, path, body, options) {
		const answer = await this.ask(method, path, { body, ...options });
		assert.ok(answer.status >= 200 && answer.status < 300, `${method} ${path}: ${answer.status} ${answer.error ?? answer.text.slice(0, 600)}`);
		return answer.body;
	}

	close() {
		this.agent.destroy();
	}
}

// Bytes, or pieces of bytes with pauses [{wait, bytes}], on a connection of their own.
// Resolves when the server closes, when `done(text)` says so, or after `timeout`.
export function wire(port, pieces, { timeout = 5000, done, host = '127.0.0.1', half = false } = {}) {
	const list = Array.isArray(pieces) ? pieces : [{ bytes: pieces }];
	return new Promise((resolveAll) => {
		const begun = now();
		const chunks = [];
		const socket = net.connect({ host, port, allowHalfOpen: half });
		let finished = false;
		const finish = (how) => {
			if (finished) return;
			finished = true;
			clearTimeout(timer);
			socket.destroy();
			const text = Buffer.concat(chunks).toString('latin1');
			resolveAll({ how, text, ms: now() - begun, status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0) });
		};
		const timer = setTimeout(() => finish('timeout'), timeout);
		socket.on('data', (chunk) => {
			chunks.push(chunk);
			if (done?.(Buffer.concat(chunks).toString('latin1'))) finish('done');
		});
		socket.on('end', () => finish('closed'));
		socket.on('close', () => finish('closed'));
		socket.on('error', (error) => finish(error.code));
		socket.on('connect', async () => {
			for (const { bytes, wait = 0 } of list) {
				if (wait) await sleep(wait);
				if (finished) return;
				socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes);
			}
		});
	});
}

export const live = async (port) => {
	const caller = new Caller(port);
	const answer = await caller.get('/health/live', { timeout: 5000 });
	caller.close();
	return answer.status === 200;
};

// ---- an organization -----------------------------------------------------------------------------

export const PASSWORD = 'Quartz-lantern-4-orchard';

export async function signIn(port, email, password = PASSWORD) {
	const caller = new Caller(port);
	const session = await caller.make('POST', '/v1/auth/login', { email, password });
	caller.close();
	return session.access_token;
}

// An organization with its admin signed in.
export async function organization(server, name = `Org ${randomUUID().slice(0, 8)}`) {
	const email = `admin-${randomUUID().slice(0, 8)}@example.com`;
	const args = ['organization', 'create', name, '--name', 'Ada Admin', '--email', email, '--password', PASSWORD, '--json'];
	const made = await command([...args, ...(server.place ?? ['--data-dir', server.dataDir])], { variant: server.variant });
	assert.equal(made.code, 0, made.stderr);
	const parsed = JSON.parse(made.stdout);
	return { id: parsed.organization.id, email, adminId: parsed.admin.id, token: await signIn(server.port, email) };
}

// On top of that a role with one stage, and for each of `people` interviewers a draft to write on.
export async function workplace(server, { people = 1, org } = {}) {
	const place = org ?? (await organization(server));
	const admin = new Caller(server.port, place.token);
	const competency = await admin.make('POST', '/v1/competencies', { name: 'Logic' });
	const rubric = await admin.make('POST', '/v1/rubrics', { name: 'Rubric' });
	const version = `/v1/rubric_versions/${rubric.draft_version_id}`;
	const criteria = [{ competency_id: competency.id, weight: 1, anchors: [1, 2, 3, 4, 5].map((n) => `As it looks at ${n}`) }];
	const draft = await admin.get(version);
	const saved = await admin.patch(version, { criteria }, { headers: { 'If-Match': draft.headers.etag } });
	assert.equal(saved.status, 200, saved.text);
	const published = await admin.make('POST', `${version}/publish`, undefined, { headers: { 'If-Match': saved.headers.etag } });
	const role = await admin.make('POST', '/v1/roles', { title: 'Role', rubric_version_id: published.id, hire_bar: 3.5 });
	const stage = await admin.make('POST', `/v1/roles/${role.id}/stages`, { name: 'Interview', method: 'technical_interview', candidate_instructions: 'A conversation.', competency_ids: [] });
	const users = [];
	for (let i = 0; i < people; i++) {
		const email = `i${i}-${randomUUID().slice(0, 8)}@example.com`;
		const user = await admin.make('POST', '/v1/users', { email, name: `Interviewer ${i}`, access_level: 'member', password: PASSWORD });
		await admin.make('PUT', `/v1/roles/${role.id}/hiring_team/${user.id}`, { part: 'interviewer' });
		users.push({ ...user, token: await signIn(server.port, email) });
	}
	const candidate = await admin.make('POST', '/v1/candidates', { name: 'Amir Example' });
	const application = await admin.make('POST', '/v1/applications', { candidate_id: candidate.id, role_id: role.id });
	const interview = await admin.make('POST', '/v1/interviews', {
		application_id: application.id,
		interviewers: users.map((user) => ({ user_id: user.id, part: 'interviewer' })),
	});
	for (const user of users) {
		const caller = new Caller(server.port, user.token);
		user.scorecard = await caller.make('POST', '/v1/scorecards', { interview_id: interview.id });
		caller.close();
	}
	return { ...place, admin, competency, rubric, version: published, role, stage, candidate, application, interview, users };
}
