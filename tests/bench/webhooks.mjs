// How many webhooks a second reach a receiver on this machine, and how row 2 of performance.md fares
// meanwhile.
//
// A server of its own and a receiver in a process of its own. First a backlog, sent as fast as it goes;
// then, in turn, one candidate read by 32 clients alone and while 1,000 events a second happen. Prints
// a table and writes build/bench/webhooks.json. HOOKS_BACKLOG (20000), HOOKS_ROUNDS (5), HOOKS_SECONDS (4)
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { psql } from '../support/database.mjs';
import { startServer } from '../support/server.mjs';
import { World } from '../support/world.mjs';
import { root, run, tool } from './processes.mjs';

const backlog = Number(process.env.HOOKS_BACKLOG ?? 20_000);
const rounds = Number(process.env.HOOKS_ROUNDS ?? 5);
const seconds = Number(process.env.HOOKS_SECONDS ?? 4);
const RATE = 1000;
const PIECES = 10; // of a second
const CLIENTS = 32;

// Counts, and says so when asked by a GET; of each message how late it is after its event.
const RECEIVER = `
let count = 0, late = [];
require('node:http').createServer((request, response) => {
	if (request.method === 'GET') {
		response.end(JSON.stringify({ count, late: late.sort((a, b) => a - b) }));
		late = [];
		return;
	}
	let text = '';
	request.on('data', (chunk) => (text += chunk)).on('end', () => {
		count++;
		late.push(Date.now() - Date.parse(JSON.parse(text).timestamp));
		response.end();
	});
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });
`;

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
const out = join(root, 'build/bench');
mkdirSync(out, { recursive: true });

const receiver = spawn(process.execPath, ['-e', RECEIVER], { stdio: ['ignore', 'pipe', 'inherit'] });
const port = await new Promise((done) => receiver.stdout.once('data', (chunk) => done(Number(chunk))));
const told = async () => (await fetch(`http://127.0.0.1:${port}/`)).json();
const server = await startServer({
	program: join(root, 'build/assay'),
	env: { ASSAY_OUTBOUND_DEVELOPMENT: 'true', ASSAY_REQUESTS_PER_MINUTE: '10000000', ASSAY_LOG_LEVEL: 'warn' },
});
try {
	const world = await World.make(server, 'Webhooks');
	await world.admin.make('/v1/webhooks', { name: 'Bench', url: `http://127.0.0.1:${port}/`, event_types: ['competency.*'] });
	const candidate = await world.candidate();
	const happen = (count) =>
		psql(
			server,
			`SET row_security = off; SET synchronous_commit = off;
			INSERT INTO events (organization_id, type, object_id, actor_kind)
			SELECT '${world.organization.id}', 'competency.updated', gen_random_uuid(), 'system' FROM generate_series(1, ${count})`,
		);

	await happen(backlog);
	while ((await told()).count === 0) await sleep(20);
	const begun = performance.now();
	const { count: already } = await told();
	let now = already;
	while (now < backlog) {
		await sleep(50);
		now = (await told()).count;
	}
	const fastest = (backlog - already) / ((performance.now() - begun) / 1000);

	const file = join(out, 'webhooks-candidate.bin');
	const request = `GET /v1/candidates/${candidate.id} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${world.users.admin.token}\r\n\r\n`;
	writeFileSync(file, `${Buffer.byteLength(request)}\n${request}`);
	const read = async () => {
		const result = JSON.parse(await run(tool('load'), [new URL(server.url).port, file, String(CLIENTS), 'closed', String(1e12), String(seconds)]));
		if (result.refused + result.failed > 0) throw new Error('requests failed');
		return result.requests / seconds;
	};
	const alone = [];
	const beside = [];
	const sent = [];
	let late = [];
	await read();
	for (let i = 0; i < rounds; i++) {
		alone.push(await read());
		await told();
		let happening = true;
		const events = (async () => {
			for (let next = performance.now(); happening; next += 1000 / PIECES) {
				await happen(RATE / PIECES);
				await sleep(Math.max(0, next + 1000 / PIECES - performance.now()));
			}
		})();
		await sleep(1500); // sealed and sent at that rate by now
		const before = await told();
		const since = performance.now();
		beside.push(await read());
		const after = await told();
		sent.push((after.count - before.count) / ((performance.now() - since) / 1000));
		late = late.concat(after.late);
		happening = false;
		await events;
		for (let last = -1, all = after.count; all !== last; all = (await told()).count) {
			last = all;
			await sleep(500);
		}
	}
	late.sort((a, b) => a - b);
	const report = {
		backlog,
		fastest: Math.round(fastest),
		rate: Math.round(median(sent)),
		late_ms: { median: median(late), p99: late[Math.floor(late.length * 0.99)] },
		read_alone: Math.round(median(alone)),
		read_beside: Math.round(median(beside)),
		share: Number((median(beside) / median(alone)).toFixed(2)),
	};
	writeFileSync(join(out, 'webhooks.json'), `${JSON.stringify({ ...report, alone, beside, sent }, null, '\t')}\n`);
	console.log(`webhooks, a backlog of ${backlog}              ${report.fastest} a second (figure to reach: ${RATE})`);
	console.log(`webhooks, beside reads, ${RATE} events/s      ${report.rate} a second, ${report.late_ms.median} ms after the event (p99 ${report.late_ms.p99} ms)`);
	console.log(`GET one candidate, ${CLIENTS} clients             ${report.read_alone} a second alone, ${report.read_beside} beside: ${report.share} (figure to reach: 0.8)`);
	await server.stop();
} finally {
	receiver.kill();
	if (server.child.exitCode === null) server.child.kill('SIGTERM');
}
