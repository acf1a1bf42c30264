// Starts the real program on a data directory of its own, and stops it again.
import { execFile, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

// The sanitized build where there is one: it finds more.
export const binary =
	process.env.ASSAY_BINARY ??
	['build/assay-asan', 'build/assay'].map((path) => join(root, path)).find((path) => existsSync(path)) ??
	join(root, 'build/assay');

const START_MS = 60_000;
const STOP_MS = 20_000;
const SANITIZER = /(AddressSanitizer|LeakSanitizer|UndefinedBehaviorSanitizer|runtime error:).*/;

// Limits that no test meets by accident; tests of limits start a server of their own.
const generous = {
	ASSAY_REQUESTS_PER_MINUTE: '1000000',
	ASSAY_SIGN_INS_PER_MINUTE: '100000',
	ASSAY_LINK_REQUESTS_PER_MINUTE: '1000000',
	ASSAY_APPLICATIONS_PER_HOUR: '1000000',
	ASSAY_CONNECTIONS_PER_ADDRESS: '0',
	ASSAY_TRUSTED_PROXY: '127.0.0.1',
	ASSAY_MAIL: 'capture',
};

function environment(extra) {
	const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_')));
	return {
		...env,
		ASAN_OPTIONS: 'detect_leaks=1:abort_on_error=0:exitcode=99',
		UBSAN_OPTIONS: 'print_stacktrace=1:halt_on_error=1',
		...extra,
	};
}

export class Server {
	constructor({ url, dataDir, program }) {
		Object.assign(this, { url, dataDir, program });
	}

	// Runs a subcommand on the same data directory; resolves with what it printed.
	command(...args) {
		return new Promise((done, fail) => {
			execFile(
				this.program,
				[...args, '--data-dir', this.dataDir],
				{ env: environment({}), timeout: 120_000 },
				(error, stdout, stderr) =>
					error
						? fail(
								new Error(
									`assay ${args.join(' ')}: ${stdout}${stderr || error.message}`,
								),
							)
						: done(stdout),
			);
		});
	}

	async stop() {}
}

class OwnServer extends Server {
	constructor(child, output, options) {
		super(options);
		this.child = child;
		this.output = output;
		this.exited = new Promise((done) => child.once('close', (code, signal) => done({ code, signal })));
	}

	log() {
		return this.output.text;
	}

	// Drains it and removes its data; fails when it did not end well.
	async stop() {
		this.child.kill('SIGTERM');
		const timer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
		const { code, signal } = await this.exited;
		clearTimeout(timer);
		await rm(this.dataDir, { recursive: true, force: true });
		const report = SANITIZER.exec(this.log());
		if (report)
			throw new Error(`the sanitizer found: ${this.log().slice(report.index, report.index + 4000)}`);
		if (code !== 0) throw new Error(`the server ended with ${signal ?? code}:\n${this.log().slice(-2000)}`);
	}
}

// Keeps what the server prints, within bounds: the beginning and, above all, the end.
function collect(child) {
	const output = { text: '' };
	const add = (chunk) => {
		output.text += chunk;
		if (output.text.length > 16_000_000) output.text = output.text.slice(-8_000_000);
	};
	child.stdout.setEncoding('utf8').on('data', add);
	child.stderr.setEncoding('utf8').on('data', add);
	return output;
}

export async function startServer({ program = binary, env = {}, args = [] } = {}) {
	const dataDir = await mkdtemp(join(tmpdir(), 'assay-test-'));
	const child = spawn(program, ['serve', '--data-dir', dataDir, '--listen', '127.0.0.1:0', ...args], {
		env: environment({ ...generous, ...env }),
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	const output = collect(child);
	const server = new OwnServer(child, output, { dataDir, program, url: '' });
	server.url = await new Promise((done, fail) => {
		const end = (text) => {
			clearTimeout(timer);
			fail(new Error(`the server did not start: ${text}\n${output.text.slice(-2000)}`));
		};
		const timer = setTimeout(() => {
			child.kill('SIGKILL');
			end('it took too long');
		}, START_MS);
		child.once('error', (error) => end(error.message));
		child.once('close', (code) => end(`it ended with ${code}`));
		child.stdout.on('data', () => {
			const found = /^listening on (http:\S+)$/m.exec(output.text);
			if (!found) return;
			clearTimeout(timer);
			done(found[1]);
		});
	});
	return server;
}

// The server of the whole run (run-api.mjs starts it), or one for this file alone.
export async function sharedServer() {
	const given = process.env.ASSAY_TEST_SERVER;
	return given ? new Server(JSON.parse(given)) : startServer();
}
