// The Python example, as its head says it is run: against the real program.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { Receiver } from '../support/receiver.mjs';
import { root, startServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const room = join(root, 'src/integrations/python');
const folder = await mkdtemp(join(tmpdir(), 'assay-python-'));
const server = await startServer({ env: { ASSAY_OUTBOUND_DEVELOPMENT: 'true' } });
after(async () => {
	await server.stop();
	await rm(folder, { recursive: true, force: true });
});
const world = await usualWorld(server);
const { recruiter, admin } = world;
const hooks = await world.program('ats', ['candidates:write', 'applications:write', 'applications:read', 'scorecards:read', 'decisions:read', 'events:read']);
const env = {
	...process.env, PYTHONDONTWRITEBYTECODE: '1', ASSAY: server.url,
	ASSAY_CLIENT_ID: world.programs.ats.client_id, ASSAY_CLIENT_SECRET: world.programs.ats.client_secret,
};
const run = async (...args) => JSON.parse((await promisify(execFile)('python3', [join(room, 'ats.py'), ...args], { env, timeout: 60_000 })).stdout);
const python = async (code, ...args) => JSON.parse((await promisify(execFile)('python3', ['-c', code, ...args], { env, cwd: room, timeout: 60_000 })).stdout);

// One that runs beside: its lines as they come, and its end.
function beside(...args) {
	const child = spawn('python3', [join(room, 'ats.py'), ...args], { env });
	let out = '';
	let heard = () => {};
	child.stdout.on('data', (chunk) => heard((out += chunk)));
	child.stderr.on('data', (chunk) => (out += chunk));
	const ended = new Promise((done) => child.on('close', (code) => done({ code, out })));
	const says = (what) => new Promise((done, fail) => {
		const look = () => what.test(out) && done(what.exec(out));
		heard = look;
		look();
		ended.then(() => fail(new Error(out)));
	});
	return { ended, says, stop: () => child.kill() };
}
const decide = (id) => admin.make(`/v1/applications/${id}/decisions`, { kind: 'no_hire', rationale: 'Not now.' });

test('a candidate is pushed once, and the decision comes back by reading events', async () => {
	const args = ['push', unique('c'), 'Theo Marchetti', `${unique('theo')}@example.org`, world.role1.id];
	const first = await run(...args);
	assert.deepEqual(await run(...args), first);
	const waiting = beside('wait', first.application_id);
	// It has looked, and found nothing, before there is something to find.
	const asked = async () => (await admin.read(`/v1/api_clients/${world.programs.ats.id}`)).last_used_at !== null;
	while (!(await asked())) await new Promise((later) => setTimeout(later, 50));
	await decide(first.application_id);
	const { code, out } = await waiting.ended;
	assert.equal(code, 0, out);
	assert.deepEqual(JSON.parse(out), { application_id: first.application_id, decision: 'no_hire', level: null });
});

test('the decision comes by a signed webhook, and by nothing that is not', async () => {
	const { application_id: id } = await run('push', unique('c'), 'Mia', `${unique('mia')}@example.org`, world.role1.id);
	const taken = await Receiver.start();
	const { secret, id: hook } = await hooks.make('/v1/webhooks', { name: 'Ours', url: taken.url, event_types: ['decision.*'] });
	const waiting = beside('receive', id, '0', secret);
	const [, port] = await waiting.says(/listening on (\d+)/);
	const url = `http://127.0.0.1:${port}/`;
	const forged = await fetch(url, {
		method: 'POST', body: JSON.stringify({ data: { application_id: id } }),
		headers: { 'webhook-id': 'x', 'webhook-timestamp': String(Math.floor(Date.now() / 1000)), 'webhook-signature': 'v1,AAAA' },
	});
	assert.equal(forged.status, 401);
	await hooks.change(`/v1/webhooks/${hook}`, { url });
	await decide(id);
	const { code, out } = await waiting.ended;
	assert.equal(code, 0, out);
	assert.match(out, /"decision": "no_hire"/);
	await taken.stop();
});

test('scorecards are mirrored once they may be read, and go when they may no longer', async () => {
	const db = join(folder, 'scorecards.db');
	const rows = (sql) => python('import json,sqlite3,sys; print(json.dumps(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchall()))', db, sql);
	const { application1, interview1 } = world;
	await world.scorecard('a', interview1, world.values(4, 3, 2));
	// b owes one: nobody's is open to programs.
	await run('mirror', db);
	assert.deepEqual(await rows('SELECT * FROM scorecards'), []);
	const card = await world.scorecard('b', interview1, world.values(3, 3, 3));
	let told;
	do told = await run('mirror', db);
	while (told.scorecards < 2);
	assert.deepEqual(await rows(`SELECT application_id, revision FROM scorecards WHERE id = '${card.id}'`), [[application1.id, 1]]);
	const values = await rows(`SELECT value FROM ratings WHERE scorecard_id = '${card.id}'`);
	assert.deepEqual(values, [[3], [3], [3]]);
	await recruiter.make(`/v1/candidates/${application1.candidate_id}/erase`);
	do told = await run('mirror', db);
	while (told.scorecards > 0);
	assert.deepEqual(await rows('SELECT * FROM ratings'), []);
});

test('refusals have their code; a wait is as long as the server says', async () => {
	const code = `
import json, sys, urllib.request, email.message, io, urllib.error, assay
from assay import Assay, Problem
a = Assay(*sys.argv[1:4])
seen = []
try:
    a.call("PUT", "/v1/candidates/by_external_id/ats/x", {"name": ""})
except Problem as problem:
    seen.append([problem.status, problem.code, problem.errors[0]["pointer"]])
pauses, real = [], urllib.request.urlopen
def urlopen(request, timeout):
    if len(pauses) < 2:
        headers = email.message.Message()
        headers["Retry-After"] = "7"
        raise urllib.error.HTTPError(request.full_url, 429 if pauses else 503, "", headers, io.BytesIO())
    return real(request, timeout=timeout)
urllib.request.urlopen, assay.time.sleep = urlopen, pauses.append
seen.append(a.call("GET", "/v1/me")["kind"])
try:
    Assay(sys.argv[1], sys.argv[2], "wrong").call("GET", "/v1/me")
except Problem as problem:
    seen.append(problem.code)
print(json.dumps(seen + [pauses]))`;
	const said = await python(code, server.url, env.ASSAY_CLIENT_ID, env.ASSAY_CLIENT_SECRET);
	assert.deepEqual(said, [[422, 'invalid', '/name'], 'client', 'invalid_client', [7, 7]]);
});
