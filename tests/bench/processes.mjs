// Starts what is measured (the server, nginx), runs what measures, and says who used the processor.
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
// A copy of the program is measured, so that a build meanwhile changes nothing.
export const program = process.env.BENCH_PROGRAM ?? join(root, 'build/assay');
export const tool = (name) => join(root, 'build/bench', name);

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- what must be there -------------------------------------------------------------------------

function found(names) {
	return names.find((name) => existsSync(name));
}

export const postgresBin = [17, 16, 15].map((v) => `/usr/lib/postgresql/${v}/bin`).find((p) => existsSync(join(p, 'pgbench')));
export const nginxProgram = found(['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/bin/nginx']);
export const wrkProgram = found(['/usr/bin/wrk', '/usr/local/bin/wrk']);

export function requirePrograms() {
	const missing = [
		[nginxProgram, 'nginx (package nginx-light)'],
		[postgresBin, 'pgbench (package postgresql)'],
		[wrkProgram, 'wrk (package wrk)'],
		[existsSync(program), `${program} (make program)`],
	].filter(([there]) => !there);
	if (missing.length === 0) return;
	console.error(`The benchmark needs ${missing.map(([, name]) => name).join(', ')}: make deps installs them.`);
	process.exit(1);
}

// ---- processor time -----------------------------------------------------------------------------

// Fields of /proc/PID/stat behind the name, which may hold spaces: [0] is the state, [1] the parent.
function stat(pid) {
	try {
		const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
		return text.slice(text.lastIndexOf(')') + 2).split(' ');
	} catch {
		return null; // it has ended
	}
}

function seconds(fields, reaped) {
	if (!fields) return 0;
	const ticks = Number(fields[11]) + Number(fields[12]) + (reaped ? Number(fields[13]) + Number(fields[14]) : 0);
	return ticks / TICKS;
}

// A process with its children, those that have ended included. Anew when one is reaped meanwhile: it
// would count in neither place.
function familySeconds(pid) {
	const own = seconds(stat(pid), true);
	let all = own;
	for (const name of readdirSync('/proc')) {
		if (!/^\d+$/.test(name)) continue;
		const fields = stat(name);
		if (fields && Number(fields[1]) === pid) all += seconds(fields, true);
	}
	return seconds(stat(pid), true) === own ? all : familySeconds(pid);
}

// Seconds used so far: by the server (without its database), PostgreSQL, nginx, and the generator,
// whose processes are children of this one and have ended when they count.
export function usage({ server, postmaster, nginx }) {
	return {
		server: server ? seconds(stat(server), false) : 0,
		postgres: postmaster ? familySeconds(postmaster) : 0,
		nginx: nginx ? familySeconds(nginx) : 0,
		generator: seconds(stat('self'), true) - seconds(stat('self'), false),
	};
}

export function used(before, after) {
	return Object.fromEntries(Object.keys(after).map((who) => [who, Math.max(0, after[who] - before[who])]));
}

// ---- running ------------------------------------------------------------------------------------

// Resolves with what it printed; with `all`, with what it said on standard error too.
export function run(command, args, options = {}, all = false) {
	return new Promise((done, fail) => {
		const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
		let out = '';
		let err = '';
		child.stdout.on('data', (chunk) => (out += chunk));
		child.stderr.on('data', (chunk) => (err += chunk));
		child.on('error', fail);
		child.on('close', (code) => (code === 0 ? done(all ? out + err : out) : fail(new Error(`${command} ${args.join(' ')}: ${err || code}`))));
	});
}

function ended(child) {
	return new Promise((done) => (child.exitCode !== null || child.signalCode ? done() : child.once('exit', done)));
}

// Until the port answers GET path with 200; resolves with the milliseconds since `since`.
export async function firstAnswer(port, path, since, patience = 30_000) {
	for (;;) {
		const good = await new Promise((done) => {
			const socket = connect(port, '127.0.0.1', () => socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`));
			socket.setNoDelay(true);
			let text = '';
			socket.on('data', (chunk) => (text += chunk));
			socket.on('error', () => done(false));
			socket.on('close', () => done(text.startsWith('HTTP/1.1 200')));
		});
		const ms = performance.now() - since;
		if (good) return ms;
		if (ms > patience) throw new Error(`no answer on port ${port}`);
		await sleep(1);
	}
}

function freePort() {
	return Number(
		execFileSync(process.execPath, [
			'-e',
			'const s=require("net").createServer().listen(0,"127.0.0.1",()=>{console.log(s.address().port);s.close()})',
		]),
	);
}

// ---- the server ---------------------------------------------------------------------------------

export function copyFor(dataDir) {
	const copy = join(dirname(dataDir), 'assay');
	if (!existsSync(copy)) copyFileSync(program, copy);
	return copy;
}

export async function startServer(dataDir, { name = 'server', args = [], fixedPort = false, workers = process.env.BENCH_WORKERS } = {}) {
	const log = openSync(join(dirname(dataDir), `${name}.log`), 'a');
	const port = fixedPort ? freePort() : 0;
	const all = ['serve', '--data-dir', dataDir, '--listen', `127.0.0.1:${port}`, '--requests-per-minute', '10000000'];
	if (workers) all.push('--workers', workers);
	const since = performance.now();
	// Ten thousand idle connections need as many descriptors.
	const child = spawn('sh', ['-c', 'ulimit -n 20000; exec "$@"', 'sh', copyFor(dataDir), ...all, ...args], { stdio: ['ignore', 'pipe', log] });
	if (fixedPort) {
		const ms = await firstAnswer(port, '/health/ready', since);
		return { child, pid: child.pid, port, dataDir, coldMs: ms, stop: () => stop(child) };
	}
	const found = await new Promise((done, fail) => {
		let text = '';
		child.stdout.on('data', (chunk) => {
			text += chunk;
			const at = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(text);
			if (at) done(Number(at[1]));
		});
		child.once('exit', (code) => fail(new Error(`the server ended with ${code}; see ${name}.log`)));
	});
	return { child, pid: child.pid, port: found, dataDir, postmaster: postmasterOf(dataDir), stop: () => stop(child) };
}

function postmasterOf(dataDir) {
	return Number(readFileSync(join(dataDir, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
}

async function stop(child) {
	child.kill('SIGTERM');
	await ended(child);
}

export function residentBytes(pid) {
	return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

// ---- nginx, with a configuration, a port and a directory of its own --------------------------------

export async function startNginx(directory, answer, workers = 1) {
	const port = freePort();
	mkdirSync(directory, { recursive: true });
	const headers = Object.entries(answer.headers)
		.map(([name, value]) => `add_header ${name} ${JSON.stringify(value)};`)
		.join('\n    ');
	const body = `'${answer.body.replace(/['\\]/g, '\\$&')}'`;
	const conf = join(directory, 'nginx.conf');
	writeFileSync(
		conf,
		`daemon off;
worker_processes ${workers};
pid ${directory}/nginx.pid;
error_log ${directory}/error.log;
events { worker_connections 1024; }
http {
  access_log ${directory}/access.log combined;
  keepalive_requests 1000000000;
  server_tokens off;
  tcp_nodelay on;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy;
  fastcgi_temp_path ${directory}/fastcgi; uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port};
    default_type ${JSON.stringify(answer.type)};
    ${headers}
    location / { return 200 ${body}; }
  }
}
`,
	);
	const child = spawn(nginxProgram, ['-p', directory, '-c', conf, '-e', `${directory}/error.log`], { stdio: 'ignore' });
	await firstAnswer(port, '/', performance.now(), 5000);
	return { child, pid: child.pid, port, stop: () => stop(child) };
}
