// Receivers that attack, and kill -9 on both sides: nothing leaks, nothing is lost, one id each.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomInt, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import https from 'node:https';
import net from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { Receiver } from '../support/receiver.mjs';
import { Caller, hasControl, killCluster, makeDir, organization, removeDir, serve, short, sleep, sql, until } from './support.mjs';

const DEVELOPMENT = { ASSAY_OUTBOUND_DEVELOPMENT: 'true', ASSAY_WEBHOOK_TIMEOUT: '1s', ASSAY_WEBHOOK_SPAN: '20s' };

// ---- receivers that attack -----------------------------------------------------------------------

class Stage {
	constructor(server, org) {
		Object.assign(this, { server, org, caller: new Caller(server.port, org.token), closing: [] });
	}

	static async set({ env = DEVELOPMENT, off } = {}) {
		const server = await serve({ variant: off ? 'control' : 'release', env: { ...env, ...(off ? { ASSAY_CONTROL_OFF: off } : {}) } });
		return new Stage(server, await organization(server));
	}

	async receiver(answer) {
		const made = await Receiver.start(answer);
		this.closing.push(() => made.stop());
		return made;
	}

	// A bare listener: what it is sent, and an answer in bytes.
	async listener(answer) {
		const seen = { connections: 0, text: '' };
		const server = net.createServer((socket) => {
			seen.connections += 1;
			socket.on('error', () => {});
			socket.on('close', () => (seen.closed = true));
			socket.on('data', (chunk) => {
				seen.text += chunk;
				answer?.(socket);
			});
		});
		await new Promise((done) => server.listen(0, '127.0.0.1', done));
		this.closing.push(() => server.close());
		return Object.assign(seen, { port: server.address().port });
	}

	// What becomes of a ping to this address.
	async ping(url) {
		const hook = await this.caller.make('POST', '/v1/webhooks', { name: 'Hook', url, event_types: ['webhook.none'] });
		const { id } = await this.caller.make('POST', `/v1/webhooks/${hook.id}/ping`);
		return until('the ping is over', 15_000, async () => {
			const now = await this.caller.make('GET', `/v1/webhook_deliveries/${id}`);
			return now.finished_at && now;
		});
	}

	async strike() {
		this.caller.close();
		for (const close of this.closing) await close();
		await this.server.stop();
	}
}

async function on(options, act) {
	const stage = await Stage.set(options);
	try {
		await act(stage);
		await stage.strike();
	} finally {
		await stage.server.drop();
	}
}
const control = { skip: !hasControl && 'build/assay-control is not built', timeout: 60_000 };

const endless = (socket) => {
	socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n');
	const more = () => {
		while (socket.writable && socket.write(`4000\r\n${'x'.repeat(0x4000)}\r\n`));
		if (socket.writable) socket.once('drain', more);
	};
	more();
};
const headers = (socket) => {
	socket.write('HTTP/1.1 200 OK\r\n');
	for (let i = 0; i < 40; i += 1) socket.write(`X-Filler-${i}: ${'y'.repeat(1000)}\r\n`);
	socket.write('Content-Length: 0\r\n\r\n');
};
// A redirect to what only this machine can reach.
const redirecting = async (stage) => {
	const inside = await stage.receiver();
	const { url } = await stage.receiver(() => ({ status: 307, headers: { Location: inside.url } }));
	return { inside, ping: await stage.ping(url) };
};
const named = async (stage) => {
	const inside = await stage.listener((socket) => socket.destroy());
	return { inside, ping: await stage.ping(`https://localhost:${inside.port}/`) };
};

describe('a hostile receiver', () => {
	test('gains nothing by any answer', { timeout: 120_000 }, () =>
		on({}, async (stage) => {
			const { inside, ping } = await redirecting(stage);
			assert.deepEqual([ping.answer_status, ping.failure, inside.messages.length], [307, 'status', 0]);

			const flood = await stage.listener(endless);
			const before = stage.server.rssKb();
			const cut = await stage.ping(`http://127.0.0.1:${flood.port}/`);
			assert.deepEqual([cut.status, cut.answer_status, cut.answer_excerpt], ['delivered', 200, 'x'.repeat(500)]);
			await until('it is hung up on', 2000, () => flood.closed);

			const wide = await stage.listener(headers);
			assert.equal((await stage.ping(`http://127.0.0.1:${wide.port}/`)).failure, 'headers_too_large');

			const drip = await stage.listener((socket) => {
				socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n');
				const timer = setInterval(() => socket.write('z'), 100);
				socket.on('close', () => clearInterval(timer));
			});
			const dripped = await stage.ping(`http://127.0.0.1:${drip.port}/`);
			assert.equal(dripped.failure, 'timeout');
			assert.ok(dripped.duration_ms < 1500, `${dripped.duration_ms} ms`);

			for (const [bytes, failure] of [
				['not http at all\r\n\r\n', 'connection_lost'],
				['HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nabcde', null],
				['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', null],
				[`${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(2000)}`, 'headers_too_large'],
				['HTTP/1.1 204 No Content\r\nSet-Cookie: a=b\r\n\r\n', null],
				['', 'connection_lost'],
			]) {
				const odd = await stage.listener((socket) => socket.end(bytes));
				const told = await stage.ping(`http://127.0.0.1:${odd.port}/`);
				if (failure) assert.equal(told.failure, failure, bytes.slice(0, 60));
				assert.ok(told.finished_at);
			}
			assert.ok(stage.server.rssKb() - before < 20_000, 'what it sends is not kept');
		}),
	);

	test('by a name of a private address is not even connected to', { timeout: 60_000 }, () =>
		on({ env: { ASSAY_WEBHOOK_TIMEOUT: '1s' } }, async (stage) => {
			const { inside, ping } = await named(stage);
			assert.deepEqual([ping.failure, ping.answer_status, inside.connections], ['address_refused', null, 0]);
		}),
	);

	test('a proxy that the environment names is not asked', { timeout: 60_000 }, async () => {
		const proxy = await Receiver.start();
		const env = { ...DEVELOPMENT, http_proxy: proxy.url, all_proxy: proxy.url, ALL_PROXY: proxy.url, no_proxy: '' };
		try {
			await on({ env }, async (stage) => {
				const direct = await stage.receiver();
				assert.equal((await stage.ping(direct.url)).status, 'delivered');
				assert.deepEqual([direct.messages.length, proxy.messages.length], [1, 0]);
			});
			if (hasControl)
				await on({ env, off: 'outbound_proxy' }, async (stage) => {
					const direct = await stage.receiver();
					await stage.ping(direct.url);
					assert.deepEqual([direct.messages.length, proxy.messages.length], [0, 1], 'the control asks it');
				});
		} finally {
			await proxy.stop();
		}
	});

	test('its certificate has to be one that is trusted', { timeout: 60_000 }, async () => {
		const dir = await makeDir('assay-certificate-');
		await chmod(dir, 0o755); // the server may be another user
		const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(dir, name));
		execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert], { stdio: 'ignore' });
		const receiver = https.createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => response.end('well'));
		await new Promise((done) => receiver.listen(0, '127.0.0.1', done));
		const url = `https://127.0.0.1:${receiver.address().port}/`;
		try {
			await on({}, async (stage) => assert.equal((await stage.ping(url)).failure, 'certificate_refused'));
			await on({ env: { ...DEVELOPMENT, ASSAY_OUTBOUND_CA_FILE: cert } }, async (stage) =>
				assert.equal((await stage.ping(url)).status, 'delivered'),
			);
		} finally {
			receiver.closeAllConnections();
			receiver.close();
			await removeDir(dir);
		}
	});

	test('control: without the defence a redirect is followed inside', control, () =>
		on({ off: 'outbound_redirect' }, async (stage) => {
			const { inside, ping } = await redirecting(stage);
			assert.deepEqual([ping.status, inside.messages.length > 0], ['delivered', true]);
		}),
	);
	test('control: without the check of addresses a private one is connected to', control, () =>
		on({ env: { ASSAY_WEBHOOK_TIMEOUT: '1s' }, off: 'outbound_address' }, async (stage) => {
			const { inside } = await named(stage);
			assert.ok(inside.connections > 0);
		}),
	);
	test('control: without limits an endless answer is read until its time is over, and headers are', control, () =>
		on({ off: 'outbound_size' }, async (stage) => {
			const flood = await stage.listener(endless);
			assert.equal((await stage.ping(`http://127.0.0.1:${flood.port}/`)).failure, 'timeout');
			const wide = await stage.listener(headers);
			assert.equal((await stage.ping(`http://127.0.0.1:${wide.port}/`)).status, 'delivered');
		}),
	);
});

// ---- kills ---------------------------------------------------------------------------------------

const EVENTS = short(2000, 10_000);
const KILLS = short(3, 20);
const OBJECTS = 200;

// Writes each id to a file before it answers, so that what it accepted survives it.
const RECEIVER = `
const fs = require('node:fs');
const file = fs.openSync(process.argv[1], 'a');
require('node:http').createServer((request, response) => {
	request.resume().on('end', () => {
		fs.writeSync(file, request.headers['webhook-id'] + '\\n');
		setTimeout(() => response.end(), Math.random() * 4);
	});
}).listen(Number(process.argv[2]), '127.0.0.1', () => console.log('ready'));
`;

async function startReceiver(file, port) {
	const child = spawn(process.execPath, ['-e', RECEIVER, file, String(port)], { stdio: ['ignore', 'pipe', 'inherit'] });
	child.gone = new Promise((done) => child.once('close', done));
	await new Promise((done) => child.stdout.once('data', done));
	return child;
}

const freePort = () =>
	new Promise((done) => {
		const probe = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = probe.address();
			probe.close(() => done(port));
		});
	});

const writeEvents = (server, org, count) =>
	sql(
		server,
		`SET row_security = off;
		WITH objects AS (SELECT array_agg(gen_random_uuid()) AS id FROM generate_series(1, ${OBJECTS}))
		INSERT INTO events (organization_id, type, object_id, actor_kind)
		SELECT '${org.id}', 'competency.updated', o.id[1 + n % ${OBJECTS}], 'system'
		FROM objects o, generate_series(1, ${count}) n`,
	);

test(`${EVENTS} events, kill -9 of the server and of the receiver ${KILLS} times each: all arrive, under one id, in order`, { timeout: short(240_000, 1_800_000) }, async (t) => {
	const env = { ...DEVELOPMENT, ASSAY_WEBHOOK_TIMEOUT: '500ms', ASSAY_WEBHOOK_SPAN: '1h' };
	const dir = await makeDir('assay-receiver-');
	const file = join(dir, `ids-${randomUUID()}`);
	const port = await freePort();
	let receiver = await startReceiver(file, port);
	let server = await serve({ env });
	const { dataDir } = server;
	const ids = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
	try {
		const org = await organization(server);
		const caller = new Caller(server.port, org.token);
		const hook = await caller.make('POST', '/v1/webhooks', { name: 'Hook', url: `http://127.0.0.1:${port}/`, event_types: ['competency.*'] });
		caller.close();
		for (let i = 0; i < KILLS; i += 1) {
			await writeEvents(server, org, Math.ceil(EVENTS / KILLS));
			const had = ids().length;
			await until('some arrive', 60_000, () => ids().length > had + 20);
			receiver.kill('SIGKILL');
			await receiver.gone;
			await sleep(randomInt(50, 400));
			receiver = await startReceiver(file, port);
			const now = ids().length;
			await until('and more', 60_000, () => ids().length > now);
			if (i % 2 === 1) await killCluster(await server.postmaster());
			await server.kill('SIGKILL');
			server = await serve({ env, dataDir });
		}
		const wanted = (await sql(server, `SELECT e.id || ' ' || e.object_id FROM events e JOIN event_seals z ON z.event_id = e.id WHERE e.type = 'competency.updated' ORDER BY z.seq`)).split('\n').map((line) => line.split(' '));
		assert.ok(wanted.length >= EVENTS);
		const open = `SELECT count(*) FROM events e WHERE e.type = 'competency.updated' AND NOT EXISTS (SELECT FROM webhook_deliveries d WHERE d.event_id = e.id AND d.status = 'delivered')`;
		await until('all are delivered', short(120_000, 600_000), async () => (await sql(server, open)) === '0', 250);
		const got = ids();
		const first = [...new Set(got)];
		t.diagnostic(JSON.stringify({ events: wanted.length, received: got.length, twice: got.length - first.length }));
		assert.deepEqual(new Set(first), new Set(wanted.map(([id]) => id)), 'each at least once, and nothing else');
		assert.equal(await sql(server, `SELECT count(*) FROM webhook_deliveries d WHERE d.webhook_id = '${hook.id}' AND (d.message_id <> d.event_id OR d.status <> 'delivered')`), '0');
		// Of each object in the order of its events; what came twice counts when it first came.
		const objectOf = new Map(wanted);
		const order = (list) => {
			const found = new Map();
			for (const id of list) found.set(objectOf.get(id), [...(found.get(objectOf.get(id)) ?? []), id]);
			return found;
		};
		const expected = order(wanted.map(([id]) => id));
		for (const [object, list] of order(first)) assert.deepEqual(list, expected.get(object));
		await server.stop();
	} finally {
		receiver.kill('SIGKILL');
		await server.drop();
		await removeDir(dir);
	}
});
