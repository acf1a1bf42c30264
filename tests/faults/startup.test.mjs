// What keeps the server from starting is said in one sentence, with an exit code that is not zero.
import assert from 'node:assert/strict';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';

import { command, hasControl, makeDir, now, program, removeDir, serve, sleep } from './support.mjs';

// One line that begins with the program's name, and names what is wrong.
function refuses(done, words, what) {
	const said = done.stderr.split('\n').filter((line) => line && !/^\d{4}-\d\d-\d\dT/.test(line));
	assert.notEqual(done.code, 0, `${what}: exit code`);
	assert.ok(Number.isInteger(done.code), `${what}: ${done.code}`);
	assert.equal(said.length, 1, `${what}: one line, not\n${done.stderr}`);
	assert.match(said[0], /^assay: [^\n]{10,400}$/, what);
	assert.match(said[0], words, what);
	assert.doesNotMatch(done.stdout, /listening/, what);
}

const start = (dir, ...args) => command(['serve', '--data-dir', dir, '--listen', '127.0.0.1:0', ...args], { variant: 'asan', timeout: 60_000 });

async function inDir(call) {
	const dir = await makeDir();
	try {
		return await call(dir);
	} finally {
		await removeDir(dir);
	}
}

test('a taken port', () =>
	inDir(async (dir) => {
		const taken = net.createServer().listen(0, '127.0.0.1');
		await new Promise((done) => taken.once('listening', done));
		const { port } = taken.address();
		refuses(await start(dir, '--listen', `127.0.0.1:${port}`), new RegExp(`${port}.*another program listens`), 'taken port');
		taken.close();
	}));

test('settings: unknown ones and bad values, as flags and as variables', () =>
	inDir(async (dir) => {
		const cases = [
			[['--colour', 'red'], /colour/],
			[['--workers', '0'], /workers/],
			[['--workers', 'many'], /workers/],
			[['--workers', '99999999999999999999'], /workers/],
			[['--workers'], /workers/],
			[['--listen', 'nowhere'], /listen/],
			[['--listen', '127.0.0.1:99999'], /listen/],
			[['--header-deadline', '10 parsecs'], /header-deadline/],
			[['--body-limit', '-1'], /body-limit/],
			[['--log-level', 'loud'], /log-level/],
			[['--public-url', 'assay'], /public-url/],
			[['something'], /usage|something/],
		];
		for (const [args, words] of cases) refuses(await start(dir, ...args), words, args.join(' '));
		const variables = [
			[{ ASSAY_WORKERS: 'x' }, /ASSAY_WORKERS/],
			[{ ASSAY_WROKERS: '1' }, /ASSAY_WROKERS/],
			[{ ASSAY_DATABASE_URL_FILE: '/nowhere/at/all' }, /ASSAY_DATABASE_URL_FILE|\/nowhere/],
			[{ ASSAY_DATABASE_URL: 'x', ASSAY_DATABASE_URL_FILE: '/dev/null' }, /ASSAY_DATABASE_URL/],
		];
		for (const [env, words] of variables) refuses(await command(['serve', '--data-dir', dir], { env, variant: 'asan' }), words, JSON.stringify(env));
		refuses(await command(['srve']), /srve/, 'unknown command');
		assert.deepEqual(await readdir(dir), [], 'and nothing was begun');
	}));

test('a directory that cannot be written, or is none', () =>
	inDir(async (dir) => {
		await writeFile(join(dir, 'file'), '');
		refuses(await start(join(dir, 'file')), /file/, 'a file');
		refuses(await start('/proc/assay'), /\/proc/, 'no directory can be made there');
		refuses(await start('/sys/kernel'), /\/sys/, 'read-only');
		const closed = join(dir, 'closed');
		await mkdir(closed);
		await mkdir(join(closed, 'etc'));
		await chmod(closed, 0o777);
		if (process.getuid() === 0) refuses(await start(closed), /in other use/, 'in other use');
	}));

test('a database that cannot be reached, is no database, or is not PostgreSQL', () =>
	inDir(async (dir) => {
		const cases = [
			['postgresql://nobody@127.0.0.1:1/assay', /database|connect/i],
			['postgresql:///assay?host=/nowhere', /database|connect|socket/i],
			['http://127.0.0.1/', /database-url|URL|invalid|missing/i],
			['postgresql://%zz', /database-url|URL|invalid/i],
		];
		for (const [url, words] of cases) {
			const begun = now();
			refuses(await start(dir, '--database-url', url), words, url);
			assert.ok(now() - begun < 20_000);
		}
		// Something listens there, and speaks otherwise.
		const other = net.createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n').on('error', () => {})).listen(0, '127.0.0.1');
		await new Promise((done) => other.once('listening', done));
		refuses(await start(dir, '--database-url', `postgresql://x:secret-word@127.0.0.1:${other.address().port}/x`), /database|server|connect/i, 'another service');
		other.close();
		const wrong = await start(dir, '--database-url', 'postgresql://x:secret-word@127.0.0.1:1/x');
		assert.doesNotMatch(wrong.stderr, /secret-word/, 'no password is repeated');
	}));

test('a second server on the same directory, and damaged files in it', { timeout: 120_000 }, async () => {
	const first = await serve({ variant: 'asan' });
	try {
		refuses(await start(first.dataDir), /another server \(process \d+\) uses this data directory/, 'second server');
		await first.stop({ keep: true });
		const keys = join(first.dataDir, 'keys');
		const names = await readdir(keys);
		assert.ok(names.length >= 2, names.join(' '));
		for (const name of names) {
			const path = join(keys, name);
			const good = await readFile(path);
			await chmod(path, 0o600);
			await writeFile(path, good.subarray(0, good.length >> 1));
			const done = await start(first.dataDir);
			refuses(done, /key|damaged/i, `half of ${name}`);
			await writeFile(path, good);
			await chmod(path, 0o400);
		}
		const again = await serve({ variant: 'asan', dataDir: first.dataDir });
		await again.stop({ keep: true });
		await writeFile(join(first.dataDir, 'postgres/PG_VERSION'), '9\n');
		refuses(await start(first.dataDir), /PostgreSQL 9/, 'data of another version');
	} finally {
		await sleep(100);
		await first.drop();
	}
});

test('only the control binary has switches', { skip: !hasControl && 'build/assay-control is not built' }, async () => {
	assert.ok((await readFile(program('control'))).includes('ASSAY_CONTROL_OFF'));
	assert.ok(!(await readFile(program('release'))).includes('ASSAY_CONTROL_OFF'));
	assert.ok(!(await readFile(program('release'))).includes('token_signature'));
});
