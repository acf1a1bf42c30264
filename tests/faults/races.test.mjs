// Many hands on the same rows at the same moment: one wins, the others hear of it, nothing is lost.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Caller, PASSWORD, serve, short, signIn, sql, workplace } from './support.mjs';

const HANDS = 12;
const ROUNDS = short(5, 50);

let server;
let place;
let hands;

before(async () => {
	server = await serve({ variant: 'asan', args: ['--workers', '2'] });
	place = await workplace(server, { people: 1 });
	hands = Array.from({ length: HANDS }, () => new Caller(server.port, place.token));
	await Promise.all(hands.map((hand) => hand.get('/v1/me')));
});

after(async () => {
	for (const hand of hands ?? []) hand.close();
	await server?.stop();
});

const all = (call) => Promise.all(hands.map((hand, i) => call(hand, i)));
const counts = (answers) => {
	const found = {};
	for (const { status } of answers) found[status] = (found[status] ?? 0) + 1;
	return found;
};

test('PATCH with If-Match: one wins, the others get 412 with the current ETag', async () => {
	for (let round = 0; round < ROUNDS; round++) {
		const made = await hands[0].make('POST', '/v1/candidates', { name: 'Raced' });
		const path = `/v1/candidates/${made.id}`;
		const answers = await all((hand, i) => hand.patch(path, { headline: `Hand ${i}` }, { headers: { 'If-Match': '"1"' } }));
		const other = answers.find((answer) => ![200, 412].includes(answer.status));
		assert.equal(other?.text, undefined);
		assert.deepEqual(counts(answers), { 200: 1, 412: HANDS - 1 });
		const winner = answers.findIndex((answer) => answer.status === 200);
		for (const answer of answers) assert.equal(answer.headers.etag, '"2"', `${answer.status} ${answer.text}`);
		const now = await hands[0].get(path);
		assert.equal(now.body.headline, `Hand ${winner}`);
		assert.equal(now.body.version, 2);
	}
});

test('PATCH without If-Match: what two hands changed apart is all there', async () => {
	const fields = ['email', 'phone', 'location', 'headline', 'summary'];
	for (let round = 0; round < ROUNDS; round++) {
		const made = await hands[0].make('POST', '/v1/candidates', { name: 'Merged' });
		const path = `/v1/candidates/${made.id}`;
		const change = (i) => ({ [fields[i]]: fields[i] === 'email' ? `m${round}@example.com` : `value ${round}` });
		const answers = await Promise.all(fields.map((_, i) => hands[i].patch(path, change(i))));
		assert.deepEqual(counts(answers), { 200: fields.length });
		const now = await hands[0].get(path);
		fields.forEach((field, i) => assert.equal(now.body[field], change(i)[field]));
		assert.equal(now.body.version, 1 + fields.length);
		assert.deepEqual(answers.map((answer) => answer.body.version).sort(), fields.map((_, i) => i + 2), 'each saw a version of its own');
	}
});

test('scorecard drafts saved from two devices: merged competencies are never lost, stale saves are refused', async () => {
	const user = place.users[0];
	const path = `/v1/scorecards/${user.scorecard.id}`;
	const devices = Array.from({ length: 6 }, () => new Caller(server.port, user.token));
	let saved = 0;
	await Promise.all(
		devices.map(async (device, d) => {
			for (let i = 0; i < 5; i++)
				for (;;) {
					const seen = await device.get(path);
					const text = `${seen.body.key_takeaways ?? ''}[${d}.${i}]`;
					const answer = await device.patch(path, { key_takeaways: text }, { headers: { 'If-Match': seen.headers.etag } });
					if (answer.status === 200) {
						saved++;
						break;
					}
					assert.equal(answer.status, 412, answer.text);
				}
		}),
	);
	const now = await devices[0].get(path);
	assert.equal(saved, 30);
	assert.equal(now.body.version, 31);
	for (let d = 0; d < 6; d++) for (let i = 0; i < 5; i++) assert.ok(now.body.key_takeaways.includes(`[${d}.${i}]`));
	const blind = await devices[0].patch(path, { key_takeaways: 'without If-Match' });
	assert.equal(blind.status, 428, blind.text);
	for (const device of devices) device.close();
});

test('publishing: one publishes, and a save in the same moment is either in it or refused', async () => {
	for (let round = 0; round < ROUNDS; round++) {
		const rubric = await hands[0].make('POST', '/v1/rubrics', { name: `Rubric ${randomUUID()}` });
		const path = `/v1/rubric_versions/${rubric.draft_version_id}`;
		const criterion = (weight) => ({ criteria: [{ competency_id: place.competency.id, weight, anchors: [1, 2, 3, 4, 5].map((n) => `Level ${n}`) }] });
		const first = await hands[0].get(path);
		const saved = await hands[0].patch(path, criterion(1), { headers: { 'If-Match': first.headers.etag } });
		const answers = await all((hand, i) =>
			i % 3 === 2
				? hand.patch(path, { criteria: criterion(1).criteria.map((c) => ({ ...c, anchors: c.anchors.map((a) => `${a} by ${i}`) })) }, { headers: { 'If-Match': saved.headers.etag } })
				: hand.post(`${path}/publish`, undefined, { headers: { 'If-Match': saved.headers.etag } }),
		);
		const won = answers.filter((answer) => answer.status === 200);
		assert.equal(won.length, 1, JSON.stringify(answers.map((a) => [a.status, a.body?.code])));
		for (const answer of answers) if (answer.status !== 200) assert.ok([409, 412].includes(answer.status), answer.text);
		const now = (await hands[0].get(path)).body;
		assert.equal(now.version, won[0].body.version);
		assert.equal(now.status, won[0].body.status);
		assert.deepEqual(now.criteria, won[0].body.criteria);
	}
});

test('submit and take back at once: always one after the other, each step once in the history', async () => {
	const user = place.users[0];
	const path = `/v1/scorecards/${user.scorecard.id}`;
	const devices = Array.from({ length: 8 }, () => new Caller(server.port, user.token));
	const ready = await devices[0].get(path);
	const full = { ratings: { [place.competency.id]: { value: 4, evidence: 'Seen.' } }, recommendation: 'yes' };
	assert.equal((await devices[0].patch(path, full, { headers: { 'If-Match': ready.headers.etag } })).status, 200);
	for (let round = 0; round < ROUNDS; round++) {
		const before = (await devices[0].get(path)).body;
		const answers = await Promise.all(
			devices.map((device, i) => device.post(`${path}/${i % 2 ? 'take_back' : 'submit'}`, undefined, { headers: { 'If-Match': `"${before.version}"` } })),
		);
		for (const answer of answers) assert.ok([200, 409, 412].includes(answer.status), `${answer.status} ${answer.text}`);
		const done = answers.filter((answer) => answer.status === 200);
		assert.equal(done.length, 1, 'of one version there is one successor');
		const now = (await devices[0].get(path)).body;
		assert.equal(now.version, done[0].body.version);
		assert.equal(now.status, before.status === 'draft' ? 'submitted' : 'draft');
	}
	// Without If-Match the two may follow each other, but each does what it says.
	for (let round = 0; round < ROUNDS; round++) {
		const before = (await devices[0].get(path)).body;
		const answers = await Promise.all(devices.map((device, i) => device.post(`${path}/${i % 2 ? 'take_back' : 'submit'}`)));
		for (const answer of answers) assert.ok([200, 409, 428].includes(answer.status), `${answer.status} ${answer.text}`);
		const changes = answers.filter((answer) => answer.status === 200 && answer.body.version > before.version);
		const now = (await devices[0].get(path)).body;
		assert.equal(now.version, before.version + new Set(changes.map((answer) => answer.body.version)).size);
	}
	for (const device of devices) device.close();
});

test('the same application from twelve hands: one 201, eleven 409', async () => {
	for (let round = 0; round < ROUNDS; round++) {
		const candidate = await hands[0].make('POST', '/v1/candidates', { name: 'Wanted' });
		const answers = await all((hand) => hand.post('/v1/applications', { candidate_id: candidate.id, role_id: place.role.id }));
		assert.deepEqual(counts(answers), { 201: 1, 409: HANDS - 1 });
		for (const answer of answers) if (answer.status === 409) assert.equal(answer.body.code, 'already_exists', answer.text);
	}
});

test('one external id from twelve hands: one object', async () => {
	const candidates = await Promise.all(Array.from({ length: ROUNDS }, () => hands[0].make('POST', '/v1/candidates', { name: 'Imported' })));
	const kinds = {
		candidates: (round, i) => ({ name: `Imported ${i}` }),
		roles: (round, i) => ({ title: `Imported ${i}` }),
		users: (round, i) => ({ name: `Imported ${i}`, email: `imported-${round}@example.com`, access_level: 'member' }),
		applications: (round) => ({ candidate_id: candidates[round].id, role_id: place.role.id }),
	};
	for (const [kind, body] of Object.entries(kinds))
		for (let round = 0; round < ROUNDS; round++) {
			const path = `/v1/${kind}/by_external_id/ats/${randomUUID()}`;
			const answers = await all((hand, i) => hand.put(path, body(round, i)));
			for (const answer of answers) assert.ok(answer.status === 200 || answer.status === 201, `${kind}: ${answer.status} ${answer.text}`);
			assert.equal(new Set(answers.map((answer) => answer.body.id)).size, 1);
			assert.equal(counts(answers)[201], 1);
		}
});

test('the last admins demote each other: one stays', async () => {
	for (let round = 0; round < ROUNDS; round++) {
		const email = `second-${randomUUID()}@example.com`;
		const admin = new Caller(server.port, place.token);
		const second = await admin.make('POST', '/v1/users', { email, name: 'Second', access_level: 'admin', password: PASSWORD });
		const other = new Caller(server.port, await signIn(server.port, email));
		const [a, b] = await Promise.all([
			admin.patch(`/v1/users/${second.id}`, { access_level: 'member' }),
			other.patch(`/v1/users/${place.adminId}`, { access_level: 'member' }),
		]);
		const admins = Number(await sql(server, `SELECT count(*) FROM users WHERE organization_id = '${place.id}' AND access_level = 'admin'`));
		assert.equal(admins, 1, `${a.status} ${b.status}`);
		assert.equal([a, b].filter((answer) => answer.status === 200).length, 1, `${a.status} ${a.text} / ${b.status} ${b.text}`);
		// The second one won: it gives the place back, and leaves.
		if (b.status === 200) {
			await other.make('PATCH', `/v1/users/${place.adminId}`, { access_level: 'admin' });
			place.token = await signIn(server.port, place.email);
			for (const hand of hands) hand.token = place.token;
			await new Caller(server.port, place.token).make('PATCH', `/v1/users/${second.id}`, { access_level: 'member' });
		}
		admin.close();
		other.close();
	}
});

test('a session refreshed from many tabs at once: nobody is thrown out', async () => {
	const caller = new Caller(server.port);
	const session = await caller.make('POST', '/v1/auth/login', { email: place.users[0].email, password: PASSWORD });
	const answers = await Promise.all(Array.from({ length: 6 }, () => new Caller(server.port).post('/v1/auth/refresh', { refresh_token: session.refresh_token })));
	for (const answer of answers) assert.equal(answer.status, 200, answer.text);
	const next = await caller.post('/v1/auth/refresh', { refresh_token: answers[0].body.refresh_token });
	assert.equal(next.status, 200, next.text);
	caller.close();
});
