// Webhooks: signed, in order, tried until they are accepted, and never more than one may know.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql, sealed as allSealed } from '../support/database.mjs';
import { Receiver, verify } from '../support/receiver.mjs';
import { sharedServer, startServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const SPAN_MS = 6000;
const [strict, server] = await Promise.all([
	sharedServer(),
	startServer({
		env: {
			ASSAY_OUTBOUND_DEVELOPMENT: 'true',
			ASSAY_WEBHOOK_SPAN: `${SPAN_MS}ms`,
			ASSAY_WEBHOOK_TIMEOUT: '1s',
		},
	}),
]);
const receivers = [];
after(async () => {
	await Promise.all(receivers.map((one) => one.stop()));
	await Promise.all([strict.stop(), server.stop()]);
});
const world = await usualWorld(server);
const { admin } = world;
const sealed = () => allSealed(server, world.organization);
const later = (ms) => new Promise((done) => setTimeout(done, ms));

async function receiver(answer) {
	const made = await Receiver.start(answer);
	receivers.push(made);
	return made;
}

async function hook(more = {}, { by = admin, answer } = {}) {
	const to = await receiver(answer);
	const made = await by.make('/v1/webhooks', { name: unique('Hook'), url: to.url, event_types: ['*'], ...more });
	return { ...made, to, path: `/v1/webhooks/${made.id}` };
}

const deliveries = (it, query) => admin.all(`${it.path}/deliveries`, query);

async function until(what, ask, ms = 15_000) {
	for (const end = Date.now() + ms; ; ) {
		const answer = await ask();
		if (answer) return answer;
		assert.ok(Date.now() < end, what);
		await later(50);
	}
}
const paused = (it, because) =>
	until(`paused: ${because}`, async () => {
		const now = await admin.read(it.path);
		return now.paused_because === because && now;
	});

describe('subscriptions', () => {
	test('are made, read, listed, changed and archived; the secret is shown once', async () => {
		const it = await hook({ event_types: ['application.*', 'scorecard.submitted'] });
		assert.match(it.secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
		const { body, text } = await admin.get(it.path, { expect: 200 });
		assert.ok(!text.includes('whsec_'));
		assert.deepEqual(
			[body.status, body.include, body.client_id, body.version, body.event_types],
			['active', [], null, 1, ['application.*', 'scorecard.submitted']],
		);
		const renamed = await admin.change(it.path, { name: 'Mirror', include: ['candidate'] });
		assert.deepEqual([renamed.name, renamed.include, renamed.version], ['Mirror', ['candidate'], 2]);
		await admin.patch(it.path, { name: 'Late' }, { headers: { 'If-Match': '"1"' }, expect: 412 });
		assert.ok((await admin.all('/v1/webhooks', { sort: 'name' })).some(({ id }) => id === it.id));
		await admin.make(`${it.path}/archive`);
		const archived = await admin.make(`${it.path}/archive`);
		assert.equal(archived.version, 3);
		assert.ok((await admin.all('/v1/webhooks', { archived: true })).some(({ id }) => id === it.id));
		assert.ok(!(await admin.all('/v1/webhooks', { archived: false })).some(({ id }) => id === it.id));
		await admin.patch(it.path, { name: 'Again' }, { expect: 409 });
		for (const [verb, sent] of [['rotate'], ['ping'], ['resume'], ['pause'], ['replay', { since: new Date().toISOString() }]])
			assert.equal((await admin.post(`${it.path}/${verb}`, sent, { expect: 409 })).body.code, 'archived');
		await admin.get(`/v1/webhooks/${randomId()}`, { expect: 404 });
	});

	test('an address that nothing may be sent to is refused, with the reason', async () => {
		const { admin: guarded } = await usualWorld(strict);
		const refused = async (url) => {
			const answer = await guarded.post(
				'/v1/webhooks',
				{ name: 'x', url, event_types: ['*'] },
				{ expect: 422 },
			);
			assert.equal(answer.body.errors[0].pointer, '/url', url);
			return answer.body.errors[0].detail;
		};
		assert.match(await refused('http://receiver.example/hook'), /https/);
		assert.match(await refused('ftp://receiver.example/hook'), /http/);
		for (const url of ['https://me:secret@receiver.example/', 'https://receiver.example/#part', 'https://', 'receiver'])
			assert.ok(await refused(url), url);
		for (const host of [
			'127.0.0.1',
			'2130706433',
			'0x7f.1',
			'10.1.2.3',
			'169.254.169.254',
			'[::1]',
			'[::ffff:10.0.0.1]',
			'[fd00::1]',
			'[fe80::1]',
			'0.0.0.0',
		])
			assert.match(await refused(`https://${host}/hook`), /public/, host);
		const good = await guarded.make('/v1/webhooks', {
			name: 'x',
			url: 'https://receiver.invalid/hook',
			event_types: ['*'],
		});
		await guarded.patch(`/v1/webhooks/${good.id}`, { url: 'https://192.168.0.1/' }, { expect: 422 });
		await guarded.post('/v1/webhooks', { name: 'x', url: 'https://receiver.invalid/', event_types: ['Not a type'] }, { expect: 422 });
	});

	test('a program manages its own, and ends with them', async () => {
		const client = await world.program('hooked', ['events:read']);
		const theirs = await hook({}, { by: client });
		const ours = await hook();
		assert.equal(theirs.client_id, world.programs.hooked.id);
		assert.deepEqual(
			(await client.all('/v1/webhooks')).map(({ id }) => id),
			[theirs.id],
		);
		for (const [method, path] of [
			['GET', ''],
			['GET', '/deliveries'],
			['POST', '/rotate'],
			['POST', '/archive'],
			['POST', '/ping'],
		])
			await client.request(method, `${ours.path}${path}`, { expect: 404 });
		await client.patch(ours.path, { name: 'Mine' }, { expect: 404 });
		// Personal data needs the scope that reads it.
		const { body } = await client.patch(theirs.path, { include: ['candidate'] }, { expect: 422 });
		assert.equal(body.errors[0].pointer, '/include');
		await admin.make(`/v1/api_clients/${world.programs.hooked.id}/revoke`);
		await world.candidate();
		await paused(theirs, 'client_revoked');
		await ours.to.wait('candidate.created');
		assert.ok(!theirs.to.messages.some((one) => one.body.type === 'candidate.created'));
	});
});

describe('messages', () => {
	test('are signed as Standard Webhooks has it, and carry ids and links, no personal data', async () => {
		const it = await hook();
		const full = await hook({ include: ['candidate'], event_types: ['candidate.created'] });
		const name = unique('Zephyrine');
		const candidate = await admin.make('/v1/candidates', { name, email: 'z@example.com' });
		const [message] = await it.to.wait('candidate.created');
		const payload = verify(it.secret, message);
		assert.deepEqual(payload.data, {
			object_id: candidate.id,
			application_id: null,
			candidate_id: candidate.id,
			role_id: null,
			links: {
				object: `${server.url}/v1/candidates/${candidate.id}`,
				candidate: `${server.url}/v1/candidates/${candidate.id}`,
			},
		});
		assert.ok(!it.to.messages.some(({ text }) => text.includes('Zephyrine')));
		await admin.get(new URL(payload.data.links.object).pathname, { expect: 200 });
		const events = await admin.all('/v1/events', { object_id: candidate.id }).catch(() => []);
		const { data } = await admin.read('/v1/events', { object_id: candidate.id });
		assert.deepEqual([data[0].id, data[0].created_at], [message.id, payload.timestamp], String(events.length));
		const [told] = await full.to.wait('candidate.created');
		assert.deepEqual(verify(full.secret, told).data.candidate, { name, email: 'z@example.com' });
		assert.equal(full.to.messages.length, 1, 'other types are not sent');
		// What was tampered with, or is somebody else's, does not verify.
		assert.throws(() => verify(it.secret, { ...message, text: message.text.replace('null', '1') }));
		assert.throws(() => verify(full.secret, message));
		assert.throws(() =>
			verify(it.secret, { ...message, headers: { ...message.headers, 'webhook-id': randomId() } }),
		);
	});

	test('after a rotation both secrets hold, until the overlap is over', async () => {
		const it = await hook({ event_types: ['candidate.created'] });
		const next = await admin.make(`${it.path}/rotate`, { overlap_hours: 1 });
		assert.notEqual(next.secret, it.secret);
		assert.ok(Date.parse(next.previous_secret_until) > Date.now() + 3_000_000);
		await world.candidate();
		const [both] = await it.to.wait('candidate.created');
		assert.equal(both.headers['webhook-signature'].split(' ').length, 2);
		verify(it.secret, both);
		verify(next.secret, both);
		const last = await admin.make(`${it.path}/rotate`, { overlap_hours: 0 });
		assert.equal(last.previous_secret_until, null);
		await world.candidate();
		const [, alone] = await it.to.wait('candidate.created', 2);
		verify(last.secret, alone);
		assert.throws(() => verify(next.secret, alone));
		// Without a word, a day.
		const { previous_secret_until } = await admin.make(`${it.path}/rotate`);
		assert.ok(Date.parse(previous_secret_until) > Date.now() + 86_000_000);
	});

	test('a ping is tried once, and its delivery tells the answer', async () => {
		const it = await hook({ event_types: ['role.closed'] }, { answer: () => ({ status: 404, body: 'Nobody\u0007 here \u00e9' }) });
		const ping = await admin.make(`${it.path}/ping`);
		assert.deepEqual([ping.type, ping.event_id, ping.status], ['webhook.ping', null, 'pending']);
		const done = await until('the ping', async () => {
			const now = await admin.read(`/v1/webhook_deliveries/${ping.id}`);
			return now.finished_at && now;
		});
		assert.deepEqual(
			[done.status, done.attempts, done.answer_status, done.answer_excerpt, done.failure],
			['given_up', 1, 404, 'Nobody  here \u00e9', 'status'],
		);
		verify(it.secret, it.to.messages[0]);
		await admin.post(`/v1/webhook_deliveries/${ping.id}/replay`, undefined, { expect: 409 });
		await admin.make(`${it.path}/pause`);
		await admin.post(`${it.path}/ping`, undefined, { expect: 409 });
	});
});

describe('trying', () => {
	test('what fails is tried again under the same id, each time later', async () => {
		const it = await hook(
			{ event_types: ['candidate.created'] },
			{ answer: () => ({ status: it.to.messages.length < 4 ? 503 : 204 }) },
		);
		const candidate = await world.candidate();
		const tries = await it.to.wait('candidate.created', 4);
		assert.equal(new Set(tries.map(({ id }) => id)).size, 1);
		for (const one of tries) verify(it.secret, one);
		const [first, second, third] = [1, 2, 3].map((i) => tries[i].at - tries[i - 1].at);
		assert.ok(first < second && second < third, `${first} ${second} ${third}`);
		const [delivery] = await until('delivered', async () => {
			const all = await deliveries(it, { status: 'delivered' });
			return all.length > 0 && all;
		});
		assert.deepEqual([delivery.attempts, delivery.answer_status, delivery.failure], [4, 204, null]);
		assert.equal((await admin.read('/v1/events', { object_id: candidate.id })).data[0].id, delivery.event_id);
	});

	test('events of one object wait for each other, those of others do not', async () => {
		const role = await world.role({ version: world.version, team: world.team });
		const [slow, other] = [await world.candidate(), await world.candidate()];
		await sealed();
		const of = (one) => (message) => message.body.data.object_id === one.id;
		const it = await hook(
			{ event_types: ['candidate.updated'] },
			{ answer: (message) => ({ status: of(slow)(message) && it.to.messages.filter(of(slow)).length < 3 ? 500 : 200 }) },
		);
		assert.ok(role);
		for (let i = 0; i < 4; i += 1) {
			await admin.change(`/v1/candidates/${slow.id}`, { headline: `Step ${i}` });
			await admin.change(`/v1/candidates/${other.id}`, { headline: `Step ${i}` });
		}
		await it.to.wait(of(slow), 6);
		await it.to.wait(of(other), 4);
		const order = async (one) => {
			const { data } = await admin.read('/v1/events', { object_id: one.id, type: 'candidate.updated' });
			return data.map(({ id }) => id);
		};
		const ids = await order(slow);
		assert.deepEqual(
			it.to.messages.filter(of(slow)).map(({ id }) => id),
			[ids[0], ids[0], ids[0], ids[1], ids[2], ids[3]],
		);
		assert.deepEqual(
			it.to.messages.filter(of(other)).map(({ id }) => id),
			await order(other),
		);
		// While the one was tried again, the other went on.
		const third = it.to.messages.filter(of(slow))[2];
		assert.ok(it.to.messages.indexOf(it.to.messages.filter(of(other))[1]) < it.to.messages.indexOf(third));
	});

	test('a receiver that is gone is paused at once; resumed, it gets what it missed', async () => {
		const it = await hook({ event_types: ['candidate.created'] }, { answer: () => ({ status: 410 }) });
		await world.candidate();
		await paused(it, 'gone');
		const missed = await world.candidate();
		await sealed();
		it.to.answer = () => ({ status: 200 });
		const now = await admin.make(`${it.path}/resume`);
		assert.deepEqual([now.status, now.paused_because, now.paused_at], ['active', null, null]);
		await it.to.wait(({ body }) => body.data.object_id === missed.id);
	});

	test('a receiver that accepts nothing for the whole span is paused, and that is an event', async () => {
		const it = await hook({ event_types: ['candidate.created'] }, { answer: () => ({ status: 500 }) });
		const watcher = await hook({ event_types: ['webhook.paused'] });
		await world.candidate();
		await world.candidate();
		await until('failing', async () => (await admin.read(it.path)).failing_since);
		await paused(it, 'failing');
		const [told] = await watcher.to.wait(({ body }) => body.data.object_id === it.id);
		assert.equal(told.body.type, 'webhook.paused');
		await sealed();
		const { data } = await admin.read('/v1/events', { object_id: it.id, type: 'webhook.paused' });
		assert.deepEqual([data[0].actor_kind, data[0].data.because], ['system', 'failing']);
		// One may go on without what was missed.
		await world.candidate();
		await sealed();
		it.to.answer = () => ({ status: 200 });
		it.to.messages.length = 0;
		await admin.make(`${it.path}/resume`, { missed: 'skip' });
		const fresh = await world.candidate();
		await it.to.wait('candidate.created');
		await later(500);
		assert.deepEqual(
			it.to.messages.map(({ body }) => body.data.object_id),
			[fresh.id],
		);
		assert.ok((await deliveries(it, { status: 'given_up' })).length >= 2);
	});

	test('a slow receiver and a dead one keep nobody waiting', async () => {
		const slow = await hook({ event_types: ['candidate.created'] }, { answer: () => ({ delay: 3000 }) });
		const dead = await hook({ event_types: ['candidate.created'] });
		await dead.to.stop();
		receivers.splice(receivers.indexOf(dead.to), 1);
		const quick = await hook({ event_types: ['candidate.created'] });
		for (let i = 0; i < 20; i += 1) await world.candidate();
		const begun = Date.now();
		await quick.to.wait('candidate.created', 20);
		assert.ok(Date.now() - begun < 5000, `${Date.now() - begun} ms`);
		const failures = async (it) => new Set((await deliveries(it)).map(({ failure }) => failure));
		await until('timeouts', async () => (await failures(slow)).has('timeout'));
		await until('refusals', async () => (await failures(dead)).has('connection_refused'));
		for (const it of [slow, dead]) await admin.make(`${it.path}/archive`);
	});
});

describe('sending again', () => {
	test('one delivery, and all of a span, under their ids', async () => {
		const it = await hook({ event_types: ['candidate.created'] });
		const since = new Date().toISOString();
		const made = [await world.candidate(), await world.candidate(), await world.candidate()];
		await it.to.wait('candidate.created', 3);
		const all = await until('delivered', async () => {
			const now = await deliveries(it, { status: 'delivered', type: 'candidate.created' });
			return now.length === 3 && now;
		});
		await admin.make(`/v1/webhook_deliveries/${all[0].id}/replay`);
		const again = await it.to.wait(({ id }) => id === all[0].message_id, 2);
		assert.equal(again[0].text, again[1].text);
		await until('done', async () => (await deliveries(it, { status: 'delivered' })).length === 3);
		const span = await admin.make(`${it.path}/replay`, { since });
		assert.equal(span.replaying, true);
		await it.to.wait('candidate.created', 7);
		assert.deepEqual(
			new Set(it.to.messages.slice(4).map(({ body }) => body.data.object_id)),
			new Set(made.map(({ id }) => id)),
		);
		await until('replayed', async () => !(await admin.read(it.path)).replaying);
		// Of a time before it, events that it never had.
		const late = await hook({ event_types: ['candidate.created'] });
		await admin.make(`${late.path}/replay`, { since, until: new Date().toISOString() });
		const old = await late.to.wait('candidate.created', 3);
		assert.deepEqual(
			old.map(({ body }) => body.data.object_id),
			made.map(({ id }) => id),
		);
		assert.equal((await admin.make(`${late.path}/replay`, { since: '2020-01-01T00:00:00Z', until: '2020-01-02T00:00:00Z' })).replaying, false);
		await psql(
			server,
			`UPDATE webhook_queues SET replay_position = 0, replay_until = 0, replay_since = now(), replay_before = now() WHERE webhook_id = '${late.id}'`,
		);
		await admin.make(`${late.path}/pause`);
		await admin.post(`${late.path}/replay`, { since }, { expect: 409 });
		const [{ id }] = await deliveries(late);
		await admin.post(`/v1/webhook_deliveries/${id}/replay`, undefined, { expect: 409 });
		await admin.make(`${late.path}/archive`);
		assert.equal((await admin.post(`/v1/webhook_deliveries/${id}/replay`, undefined, { expect: 409 })).body.code, 'archived');
	});
});

describe('what a webhook may know', () => {
	test('is what an API client may: no drafts, a stage once it is complete, nothing confidential', async () => {
		const role = await world.role({ version: world.version, team: world.team });
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		const hidden = await world.role({ version: world.version, team: world.team, confidential: true });
		await sealed();
		const it = await hook();
		const types = () => it.to.messages.filter(({ body }) => body.data.application_id === application.id).map(({ body }) => body.type);
		await world.scorecard('a', interview, world.values(4, 4, 4));
		const secret = await world.application(hidden);
		const mark = await world.candidate();
		await it.to.wait(({ body }) => body.data.object_id === mark.id);
		assert.deepEqual(types(), [], 'b still owes a scorecard');
		assert.ok(!it.to.messages.some(({ text }) => text.includes(secret.id) || text.includes(hidden.id)));
		await world.scorecard('b', interview, world.values(2, 2, 2));
		await it.to.wait('scorecard.submitted');
		const watcher = await world.program(unique('watch'), ['events:read']);
		await sealed();
		const told = new Set(it.to.messages.filter(({ body }) => body.data.application_id === application.id).map(({ id }) => id));
		const known = new Set();
		for (let next = {}; next; ) {
			const page = await watcher.read('/v1/events', { application_id: application.id, limit: 100, ...next });
			for (const { id } of page.data) known.add(id);
			next = page.next_cursor ? { after: page.next_cursor } : null;
		}
		for (const id of told) assert.ok(known.has(id), 'nothing that the endpoint does not show');
	});

	test('tells an admin who owes a scorecard nothing of others’ by its log', async () => {
		await world.user('second', 'admin');
		const role = await world.role({ version: world.version, stages: [{ independence: 'application' }, { independence: 'application' }], team: world.team });
		const application = await world.application(role);
		const first = await world.interview(application, { b: 'interviewer' });
		const own = await world.interview(application, { admin: 'interviewer' }, { stage_id: role.stages[1].id });
		await sealed();
		const it = await hook({ event_types: ['scorecard.submitted'] });
		await world.scorecard('b', first, world.values(4, 4, 4));
		await it.to.wait('scorecard.submitted');
		const [delivery] = await until('delivered', async () => {
			const found = await world.second.all(`${it.path}/deliveries`);
			return found[0]?.finished_at && found;
		});
		assert.deepEqual(await deliveries(it), []);
		await admin.get(`/v1/webhook_deliveries/${delivery.id}`, { expect: 404 });
		await admin.post(`/v1/webhook_deliveries/${delivery.id}/replay`, undefined, { expect: 404 });
		await world.scorecard('admin', own, world.values(3, 3, 3));
		assert.equal((await admin.read(`/v1/webhook_deliveries/${delivery.id}`)).id, delivery.id);
		assert.ok((await deliveries(it)).some(({ id }) => id === delivery.id));
	});

	test('what it may not know any more by the time it is sent is withheld', async () => {
		const role = await world.role({ version: world.version, team: world.team });
		const application = await world.application(role);
		await sealed();
		const it = await hook({ event_types: ['application.*'] }, { answer: () => ({ status: 500 }) });
		await admin.make(`/v1/applications/${application.id}/archive`);
		await it.to.wait('application.archived');
		await admin.change(`/v1/roles/${role.id}`, { confidential: true });
		await later(200);
		const seen = it.to.messages.length;
		await until('withheld', async () => (await deliveries(it, { status: 'withheld' })).length === 1);
		assert.ok(it.to.messages.length <= seen + 1);
	});

	test('what a receiver answered about someone goes when they are erased', async () => {
		const name = unique('Ottokar');
		const it = await hook({ event_types: ['candidate.created'] }, { answer: () => ({ body: `Welcome, ${name}` }) });
		const candidate = await admin.make('/v1/candidates', { name });
		await until('told', async () => (await deliveries(it)).some(({ answer_excerpt }) => answer_excerpt?.includes(name)));
		await admin.make(`/v1/candidates/${candidate.id}/erase`);
		assert.deepEqual(
			(await deliveries(it)).map(({ answer_excerpt }) => answer_excerpt),
			[null],
		);
	});
});
