// The disk fills up: no false success, and writes come back with the space.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

import { Caller, makeDir, organization, removeDir, serve, sleep, sql, until } from './support.mjs';

function mount(dir) {
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=0700', 'tmpfs', dir], { stdio: 'pipe' });
		return true;
	} catch {
		return false;
	}
}

// Writes until nothing more fits.
async function fill(path) {
	const file = await open(path, 'w');
	try {
		for (const size of [1 << 20, 4096]) for (;;) await file.write(randomBytes(size));
	} catch (error) {
		if (error.code !== 'ENOSPC') throw error;
	}
	const rest = await open(`${path}.rest`, 'w');
	try {
		for (;;) await rest.write(Buffer.alloc(512));
	} catch (error) {
		if (error.code !== 'ENOSPC') throw error;
	}
	await file.close();
	await rest.close();
}

test('a full disk: 503, nothing acknowledged is lost, and back once there is space', { timeout: 180_000 }, async (t) => {
	const dir = await makeDir();
	if (!mount(dir)) {
		await removeDir(dir);
		assert.notEqual(process.env.ASSAY_PROVE, '1', 'proving needs the right to mount a small file system');
		return t.skip('NOT PROVEN HERE: no small file system may be mounted (be root)');
	}
	let server;
	try {
		server = await serve({ variant: 'asan', dataDir: dir });
		const place = await organization(server);
		const caller = new Caller(server.port, place.token);
		const promised = [];
		const statuses = {};
		const write = async () => {
			const name = `Disk ${randomUUID()}`;
			const body = { name, summary: randomBytes(2400).toString('base64') };
			const answer = await caller.post('/v1/candidates', body, { headers: { 'Idempotency-Key': randomUUID() } });
			statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
			if (answer.status === 201) promised.push(name);
			else assert.equal(answer.status, 503, `${answer.error ?? answer.text}`);
			return answer;
		};
		for (let i = 0; i < 50; i++) assert.equal((await write()).status, 201);
		await fill(join(dir, 'ballast'));
		for (let refused = 0, i = 0; refused < 20; i++) {
			assert.ok(i < 20_000, 'the disk is never full');
			if ((await write()).status === 503) refused++;
		}
		assert.equal((await caller.get('/health/live')).status, 200);
		assert.ok(server.alive);
		await rm(join(dir, 'ballast'));
		await rm(join(dir, 'ballast.rest'));
		await until('writes are back', 30_000, async () => (await write()).status === 201, 100);
		for (let i = 0; i < 20; i++) assert.equal((await write()).status, 201);
		await sleep(200);
		const kept = new Set((await sql(server, "SELECT name FROM candidates WHERE name LIKE 'Disk %'")).split('\n'));
		t.diagnostic(JSON.stringify({ statuses, promised: promised.length, kept: kept.size }));
		assert.deepEqual(promised.filter((name) => !kept.has(name)), []);
		caller.close();
		await server.stop({ keep: true });
		return undefined;
	} finally {
		if (server?.alive) await server.kill('SIGKILL');
		await until('unmounted', 10_000, () => {
			try {
				execFileSync('umount', [dir], { stdio: 'pipe' });
				return true;
			} catch {
				return false;
			}
		}, 200);
		await removeDir(dir);
	}
});
