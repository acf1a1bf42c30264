// Runs every API test against one server, then sums up: tests, and how much of the document was seen.
//
//   node tests/run-api.mjs [FILE…]      ASSAY_BINARY chooses the program
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { coverage } from './support/coverage.mjs';
import { root, startServer } from './support/server.mjs';

const FILES = [
	'api',
	'contract/lint.test.mjs',
	'contract/fuzz.test.mjs',
	'security/access_matrix.test.mjs',
	'security/blindness.test.mjs',
	'security/blindness_across.test.mjs',
	'security/blindness_programs.test.mjs',
	'security/anonymity.test.mjs',
	'security/blindness_model.test.mjs',
	'security/side_doors.test.mjs',
	'security/partners.test.mjs',
];
const FILE_MS = 1_200_000; // the access matrix takes four minutes where nothing else runs

async function files(given) {
	if (given.length) return given;
	const out = [];
	for (const entry of FILES) {
		const path = join(root, 'tests', entry);
		if (entry.endsWith('.mjs')) out.push(path);
		else
			for (const name of (await readdir(path)).sort())
				if (name.endsWith('.test.mjs')) out.push(join(path, name));
	}
	return out;
}

// One file in a process of its own; resolves with what node's test runner counted.
function run(file, env) {
	return new Promise((done) => {
		const started = Date.now();
		const child = spawn(process.execPath, ['--test', '--test-reporter=tap', '--test-concurrency=1', file], {
			cwd: root,
			env: { ...process.env, ...env },
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		let output = '';
		const add = (chunk) => (output += chunk);
		child.stdout.setEncoding('utf8').on('data', add);
		child.stderr.setEncoding('utf8').on('data', add);
		const timer = setTimeout(() => child.kill('SIGKILL'), FILE_MS);
		child.on('close', (code) => {
			clearTimeout(timer);
			const count = (what) => Number(new RegExp(`^# ${what} (\\d+)$`, 'm').exec(output)?.[1] ?? 0);
			const result = {
				file: relative(root, file),
				passed: count('pass'),
				failed: count('fail') + count('cancelled'),
				seconds: (Date.now() - started) / 1000,
			};
			if (code !== 0 && result.failed === 0) result.failed = 1;
			done({ ...result, output });
		});
	});
}

// The failures of a TAP report, with what was said of each.
const failures = (output) =>
	[...output.matchAll(/^( *)not ok \d+ - (.+)\n\1  ---\n([^]*?)\n\1  \.\.\.$/gm)]
		.filter(([, , , details]) => !/subtests? failed/.test(details))
		.map(
			([, , name, details]) =>
				`  ✖ ${name}\n${details
					.split('\n')
					.filter(
						(line) =>
							!/^\s*(duration_ms|type|failureType|code|stack|name):|node:internal/.test(
								line,
							),
					)
					.slice(0, 14)
					.join('\n')}`,
		);

async function main() {
	if (!existsSync(join(root, 'tests/node_modules/ajv'))) {
		console.error('The API tests need their packages: npm ci --prefix tests');
		return 1;
	}
	const seen = await mkdtemp(join(tmpdir(), 'assay-coverage-'));
	const chosen = await files(process.argv.slice(2));
	const whole = process.argv.length === 2;
	const server = await startServer();
	const env = {
		ASSAY_BINARY: server.program,
		ASSAY_TEST_SERVER: JSON.stringify({
			url: server.url,
			dataDir: server.dataDir,
			program: server.program,
		}),
		ASSAY_TEST_COVERAGE: seen,
	};
	const results = [];
	for (const file of chosen) {
		const result = await run(file, env);
		const { output, ...rest } = result;
		results.push(rest);
		console.log(
			`${rest.file.padEnd(46)} ${String(rest.passed).padStart(4)} ok ${String(rest.failed).padStart(3)} not  ${rest.seconds.toFixed(1)} s`,
		);
		if (rest.failed) {
			const told = failures(output);
			console.log(told.length ? told.join('\n') : output.slice(-4000));
			const seed = /ASSAY_FUZZ_SEED=\d+/.exec(output);
			if (seed) console.log(`  ${seed[0]} repeats the run`);
		}
	}
	// A server that has died has no document to hold the answers against; its end is told below.
	if (whole && server.child.exitCode === null && server.child.signalCode === null) {
		const document = await (await fetch(`${server.url}/openapi.json`)).json();
		const { passed, failed, lines } = await coverage(document, seen);
		results.push({ file: 'coverage of the API document', passed, failed, seconds: 0 });
		console.log(
			`${'coverage of the API document'.padEnd(46)} ${String(passed).padStart(4)} ok ${String(failed).padStart(3)} not`,
		);
		for (const line of lines) console.log(`  ✖ ${line}`);
	}
	try {
		await server.stop();
		results.push({
			file: 'the server ends well, without a sanitizer report',
			passed: 1,
			failed: 0,
			seconds: 0,
		});
	} catch (error) {
		results.push({
			file: 'the server ends well, without a sanitizer report',
			passed: 0,
			failed: 1,
			seconds: 0,
		});
		console.log(`  ✖ ${error.message}`);
	}
	await rm(seen, { recursive: true, force: true });
	const sum = (key) => results.reduce((total, result) => total + result[key], 0);
	const summary = {
		passed: sum('passed'),
		failed: sum('failed'),
		program: relative(root, server.program),
		results,
	};
	await mkdir(join(root, 'build/test-results'), { recursive: true });
	await writeFile(join(root, 'build/test-results/api.json'), `${JSON.stringify(summary, null, '\t')}\n`);
	console.log(`${summary.passed} passed, ${summary.failed} failed`);
	return summary.failed ? 1 : 0;
}

process.exitCode = await main();
