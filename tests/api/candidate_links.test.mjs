// The candidate's side: a link without sign-in, the work sample's clock, the survey.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { decided } from '../support/decided.mjs';
import { sharedServer, startServer } from '../support/server.mjs';
import { randomId, usualWorld, World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter } = world;
const nobody = new Client(server);
const linksOf = (application) => `/v1/applications/${application.id}/candidate_links`;
const make = async (application, body = {}) => recruiter.make(linksOf(application), body);
const holding = ({ token }) => nobody.with({ 'Candidate-Link': token });
const SIDE = '/v1/candidate_side';
const SAMPLE = `${SIDE}/work_sample`;
const text = { raw: 'My work.', type: 'text/plain' };
const submit = (client, expect, more = {}) => client.request('POST', SAMPLE, { ...text, expect, ...more });

// At a work sample of an hour.
async function sampled() {
	const role = await world.role({
		stages: [
			{ method: 'work_sample', duration_minutes: 60, candidate_instructions: 'Build a small thing.' },
			{ candidate_instructions: 'We talk.', candidate_brief: { tasks: 'We talk about it.' }, interviewer_notes: 'Between us.' },
		],
	});
	await admin.make(`/v1/stages/${role.stages[0].id}/dry_runs`, { minutes: 50 });
	const application = await world.application(role);
	return { role, application, client: holding(await make(application)) };
}

describe('a candidate’s link', () => {
	test('shows what is meant for candidates, and nothing of colleagues', async () => {
		const { role, client } = await sampled();
		await admin.put('/v1/candidate_notice', { text: 'People rate; nobody is rejected by a program.' }, { expect: 200 });
		const answer = await client.get(SIDE, { expect: 200 });
		assert.deepEqual(
			answer.body.stages.map(({ name, instructions, brief, is_current }) => [
				name,
				instructions,
				brief,
				is_current,
			]),
			[
				['Stage 1', 'Build a small thing.', null, true],
				['Stage 2', 'We talk.', { tasks: 'We talk about it.' }, false],
			],
		);
		assert.deepEqual(
			[answer.body.role_title, answer.body.organization_name, answer.body.letter, answer.body.survey_open],
			[role.title, world.organization.name, null, false],
		);
		assert.equal(answer.body.notice, 'People rate; nobody is rejected by a program.');
		assert.ok(!answer.text.includes('Between us'));
		assert.equal(answer.headers['referrer-policy'], 'no-referrer');
		assert.match(answer.headers['cache-control'], /no-store/);
	});

	test('leads to the candidate’s page, and hides its token from servers and referrers', async () => {
		const { application } = await sampled();
		const { token, url } = await make(application);
		const parsed = new URL(url);
		assert.deepEqual([parsed.origin, parsed.pathname, parsed.search, parsed.hash], [new URL(server.url).origin, '/candidate', '', `#${token}`]);
	});

	test('is shown once, kept as a digest, listed and revoked', async () => {
		const { application } = await sampled();
		const made = await make(application, { days: 7 });
		const days = (new Date(made.expires_at) - new Date(made.created_at)) / 86_400_000;
		assert.equal(Math.round(days), 7);
		const { token, url, ...shown } = made;
		assert.ok(url.endsWith(token));
		assert.deepEqual((await recruiter.all(linksOf(application)))[0], shown);
		const rows = await psql(server, `SELECT l::text FROM candidate_links l WHERE id = '${made.id}'`);
		assert.ok(!rows.includes(token.slice(-43)));
		await holding(made).get(SIDE, { expect: 200 });
		const revoked = await recruiter.make(`/v1/candidate_links/${made.id}/revoke`);
		assert.ok(revoked.revoked_at);
		assert.deepEqual(await recruiter.make(`/v1/candidate_links/${made.id}/revoke`), revoked);
		await holding(made).get(SIDE, { expect: 404 });
		await recruiter.post(linksOf({ id: randomId() }), {}, { expect: 404 });
		await recruiter.get(linksOf({ id: randomId() }), { expect: 404 });
		await recruiter.post(linksOf(application), { days: 181 }, { expect: 422 });
		await world.manager.post(linksOf(application), {}, { expect: 403 });
		assert.equal(
			await psql(server, `SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE object_id = '${made.id}'`),
			'candidate_link.created candidate_link.revoked',
		);
	});

	test('that does not hold is answered alike, whatever is wrong with it', async () => {
		const { application } = await sampled();
		const expired = await make(application);
		await psql(server, `UPDATE candidate_links SET expires_at = now() WHERE id = '${expired.id}'`);
		const revoked = await make(application);
		await recruiter.make(`/v1/candidate_links/${revoked.id}/revoke`);
		const good = await make(application);
		const erased = await sampled();
		await admin.make(`/v1/candidates/${erased.application.candidate_id}/erase`);
		assert.equal(
			(await recruiter.post(linksOf(erased.application), {}, { expect: 409 })).body.code,
			'candidate_erased',
		);
		const other = good.token.replace(/_([0-9a-f]{32})_/, `_${randomId().replaceAll('-', '')}_`);
		const bad = [
			expired.token,
			revoked.token,
			erased.client.headers['Candidate-Link'],
			other,
			`${good.token.slice(0, -1)}${good.token.endsWith('A') ? 'B' : 'A'}`,
			'x',
			`acs${good.token.slice(2)}`,
			null,
		];
		const survey = { clarity: 1, respect: 1, fairness: 1 };
		for (const [method, path, options] of [
			['GET', SIDE, {}],
			['POST', SAMPLE, text],
			['POST', `${SAMPLE}/start`, {}],
			['POST', `${SIDE}/survey`, { body: survey }],
			['POST', `${SIDE}/demographics`, { body: { gender: 'woman' } }],
		]) {
			const answers = [];
			for (const token of bad) {
				const answer = await nobody.request(method, path, {
					...options,
					headers: { 'Candidate-Link': token },
					expect: 404,
				});
				answers.push(JSON.stringify({ ...answer.body, instance: 0 }));
			}
			assert.equal(new Set(answers).size, 1, `${method} ${path}`);
		}
		await holding(good).get(SIDE, { expect: 200 });
	});
});

describe('a work sample', () => {
	test('is submitted once, against the clock that the candidate started', async () => {
		const { role, application, client } = await sampled();
		assert.equal((await submit(client, 409)).body.detail.includes('Start'), true);
		const started = (await client.post(`${SAMPLE}/start`, undefined, { expect: 200 })).body;
		assert.deepEqual([started.stage_id, started.budget_minutes], [role.stages[0].id, 60]);
		assert.deepEqual((await client.post(`${SAMPLE}/start`, undefined, { expect: 200 })).body, started);
		const [clock] = (await client.get(SIDE, { expect: 200 })).body.work_samples;
		assert.equal(clock.started_at, started.started_at);
		assert.ok(clock.seconds_left > 3500 && clock.seconds_left <= 3600);
		await submit(client, 422, { raw: 'No PDF.', type: 'application/pdf' });
		const done = (await submit(client, 200, { query: { filename: 'work.txt' } })).body;
		assert.deepEqual([done.over_budget, done.started_at], [false, started.started_at]);
		assert.equal((await submit(client, 409)).body.code, 'already_exists');
		const [document] = await admin.all(`/v1/candidates/${application.candidate_id}/documents`);
		assert.deepEqual([document.kind, document.filename], ['other', 'work.txt']);
		assert.equal(
			await psql(
				server,
				`SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE application_id = '${application.id}' AND type ~ '^work'`,
			),
			'work_sample.started work_sample.submitted',
		);
	});

	test('that comes in many times at once is kept once', async () => {
		const { application, client } = await sampled();
		await client.post(`${SAMPLE}/start`, undefined, { expect: 200 });
		// All of them are under way before one can be done.
		const held = psql(
			server,
			`BEGIN; SELECT FROM applications WHERE id = '${application.id}' FOR UPDATE; SELECT pg_sleep(1); COMMIT;`,
		);
		await new Promise((done) => setTimeout(done, 300));
		const answers = await Promise.all(
			Array.from({ length: 4 }, (_, i) => client.request('POST', SAMPLE, { ...text, raw: `Work ${i}.`, expect: [200, 409] })),
		);
		await held;
		assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 409, 409, 409]);
		assert.ok(answers.find(({ status }) => status === 200).body.submitted_at);
		assert.equal((await admin.all(`/v1/candidates/${application.candidate_id}/documents`)).length, 1);
	});

	test('that comes after its budget is taken, and says so', async () => {
		const { application, client } = await sampled();
		await client.post(`${SAMPLE}/start`, undefined, { expect: 200 });
		await psql(
			server,
			`UPDATE work_samples SET started_at = now() - interval '61 minutes' WHERE application_id = '${application.id}'`,
		);
		assert.equal((await client.get(SIDE, { expect: 200 })).body.work_samples[0].seconds_left, 0);
		assert.equal((await submit(client, 200)).body.over_budget, true);
	});

	test('needs an open application that is at one', async () => {
		const elsewhere = holding(await make(await world.application(world.role1)));
		assert.equal((await elsewhere.post(`${SAMPLE}/start`, undefined, { expect: 409 })).body.code, 'conflict');
		const { application, client } = await sampled();
		await client.post(`${SAMPLE}/start`, undefined, { expect: 200 });
		await admin.make(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'x' });
		assert.equal((await submit(client, 409)).body.code, 'application_closed');
		assert.equal(
			(await client.post(`${SAMPLE}/start`, undefined, { expect: 409 })).body.code,
			'application_closed',
		);
	});
});

// Sends while a transaction that wrote the same row is open, and lets that end once the request waits.
async function sendDuring(sql, send) {
	let other;
	await new Promise((held, fail) => {
		other = psql(
			server,
			`BEGIN; SELECT set_config('assay.organization', '${world.organization.id}', true); ${sql}; SELECT 'held';
			DO $$ BEGIN
				FOR i IN 1..1000 LOOP
					EXIT WHEN EXISTS (SELECT FROM pg_locks l WHERE NOT l.granted AND l.locktype = 'transactionid'
						AND l.transactionid::text = pg_current_xact_id()::text);
					PERFORM pg_sleep(0.02);
				END LOOP;
			END $$; COMMIT;`,
			{ onOutput: (out) => out.includes('held') && held() },
		);
		other.catch(fail);
	});
	const answer = await send();
	await other;
	return answer;
}

describe('two by one link in the same moment', () => {
	test('say of themselves what the later one said', async () => {
		const application = await world.application(world.role1);
		const client = holding(await make(application));
		const kept = () => psql(server, `SELECT gender FROM demographic_answers WHERE application_id = '${application.id}'`);
		const first = `INSERT INTO demographic_answers (organization_id, application_id, gender) VALUES
			('${world.organization.id}', '${application.id}', 'man')`;
		await sendDuring(first, () => client.post(`${SIDE}/demographics`, { gender: 'woman' }, { expect: 204 }));
		assert.equal(await kept(), 'woman');
		const answers = ['woman', 'man', 'another', null, 'woman', 'man'];
		for (let i = 0; i < 5; i += 1) {
			await Promise.all(answers.map((gender) => client.post(`${SIDE}/demographics`, { gender }, { expect: 204 })));
			assert.ok(['woman', 'man', 'another', ''].includes(await kept()));
		}
		await client.post(`${SIDE}/demographics`, {}, { expect: 204 });
		assert.equal(await kept(), '');
	});

	test('start one clock, and are both told of it', async () => {
		const { role, application, client } = await sampled();
		const first = `INSERT INTO work_samples (organization_id, application_id, stage_id, budget_minutes) VALUES
			('${world.organization.id}', '${application.id}', '${role.stages[0].id}', 60)`;
		const { body } = await sendDuring(first, () => client.post(`${SAMPLE}/start`, undefined, { expect: 200 }));
		assert.deepEqual([body.stage_id, body.budget_minutes], [role.stages[0].id, 60]);
		const other = await sampled();
		const told = await Promise.all(
			Array.from({ length: 6 }, () => other.client.post(`${SAMPLE}/start`, undefined, { expect: 200 })),
		);
		assert.equal(new Set(told.map((one) => one.body.started_at)).size, 1);
		const events = await psql(
			server,
			`SELECT count(*) FROM events WHERE application_id = '${other.application.id}' AND type = 'work_sample.started'`,
		);
		assert.equal(events, '1');
	});
});

describe('the survey', () => {
	test('C8: asks for feedback after the process, shown in counts of five or more', async () => {
		const role = await world.role();
		const results = () => recruiter.read('/v1/survey_results', { role_id: role.id });
		const answer = async (n) => {
			const application = await world.application(role);
			const client = holding(await make(application));
			const body = { clarity: n, respect: 5, fairness: 3, comment: `Comment ${n}` };
			await client.post(`${SIDE}/survey`, body, { expect: 409 });
			await admin.make(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'x' });
			assert.equal((await client.get(SIDE, { expect: 200 })).body.survey_open, true);
			await client.post(`${SIDE}/survey`, body, { expect: 204 });
			assert.equal((await client.post(`${SIDE}/survey`, body, { expect: 409 })).body.code, 'already_exists');
			assert.equal((await client.get(SIDE, { expect: 200 })).body.survey_open, false);
			return application;
		};
		for (const n of [1, 2, 3, 4]) await answer(n);
		const none = { answers: 0, clarity: null, respect: null, fairness: null, comments: [] };
		assert.deepEqual(await results(), none);
		await answer(5);
		const five = await results();
		assert.deepEqual([five.answers, five.clarity, five.respect, five.comments.length], [5, 3, 5, 5]);
		// A sixth changes nothing, or it could be had as the difference.
		await answer(1);
		assert.deepEqual(await results(), five);
		await world.manager.get('/v1/survey_results', { expect: 403 });
	});
});

describe('the notice', () => {
	test('is the organization’s own text', async () => {
		const put = await admin.put('/v1/candidate_notice', { text: 'We rate by anchors.' }, { expect: 200 });
		assert.deepEqual(await world.a.read('/v1/candidate_notice'), put.body);
		await recruiter.put('/v1/candidate_notice', { text: 'x' }, { expect: 403 });
	});
});

describe('demographics', () => {
	const nothing = { gender: null, age: null, disability: null };
	const say = async (application, body) =>
		holding(await make(application)).post(`${SIDE}/demographics`, body, { expect: 204 });

	test('are kept, taken back by an empty answer, and gone with the candidate', async () => {
		const application = await world.application(world.role1);
		const kept = () =>
			psql(server, `SELECT gender, age FROM demographic_answers WHERE application_id = '${application.id}'`);
		await say(application, { gender: 'woman', age: '40_to_49' });
		assert.equal(await kept(), 'woman|40_to_49');
		await say(application, {});
		assert.equal(await kept(), '');
		await say(application, { gender: 'man' });
		await admin.make(`/v1/candidates/${application.candidate_id}/erase`);
		assert.equal(await kept(), '');
		await recruiter.get('/v1/demographics', { query: { role_id: randomId() }, expect: 404 });
	});

	test('are counted in blocks of decided applications, by role and for all that are not confidential', async () => {
		const own = await World.make(server);
		const role = await own.role({ stages: [{}, {}] });
		const secret = await own.role({ stages: [{}, {}] });
		const counts = (query) => own.admin.read('/v1/demographics', query);
		assert.deepEqual(await counts(), nothing);
		await decided(own, role, [
			['woman', 10, 15, 45],
			['man', 10, 10, 60],
			['another', 1, 2, 1],
			[null, 9, 9, 9],
		]);
		assert.deepEqual(await counts(), { ...nothing, gender: { woman: 70, man: 80 } });
		await own.admin.change(`/v1/roles/${secret.id}`, { confidential: true });
		await decided(own, secret, [
			['woman', 10, 10, 11],
			['man', 10, 10, 12],
			[null, 10, 10, 10],
		]);
		assert.deepEqual((await counts({ role_id: secret.id })).gender, { woman: 31, man: 32 });
		for (const query of [{}, { role_id: role.id }])
			assert.deepEqual((await counts(query)).gender, { woman: 70, man: 80 });
		const released = await psql(
			server,
			`SELECT count(*) FROM events WHERE organization_id = '${own.organization.id}' AND type = 'fairness.released'`,
		);
		assert.equal(released, '2', 'each block is on the record');
	});

	// All that is told of answers, by every filter.
	async function published(own, role) {
		const told = {};
		const today = new Date().toISOString().slice(0, 10);
		for (const [where, of] of Object.entries({ everywhere: {}, there: { role_id: role.id } })) {
			told[`counts ${where}`] = await own.admin.read('/v1/demographics', of);
			for (const [when, filter] of Object.entries({ ever: {}, since: { from: today }, until: { to: '2020-01-01' } }))
				told[`report ${where} ${when}`] = (
					await own.admin.read('/v1/reports/fairness', { ...of, ...filter })
				).data;
		}
		return told;
	}

	test('cannot be had as the difference of two answers: by erasing, taking back, adding, one by one', async () => {
		const own = await World.make(server);
		await own.admin.put(`/v1/users/${own.users.admin.id}/report_rights/fairness`, undefined, { expect: 200 });
		const role = await own.role({ stages: [{}, {}] });
		const linked = async (id, body) => {
			const link = await own.admin.make(linksOf({ id }), {});
			return holding(link).post(`${SIDE}/demographics`, body, { expect: 204 });
		};
		// Ten live answers of an open role, above any threshold of five, and nothing of them is told.
		const live = [];
		const none = await published(own, role);
		for (const gender of ['woman', 'man'])
			for (let i = 0; i < 6; i += 1) {
				live.push(await own.application(role));
				await linked(live.at(-1).id, { gender });
				assert.deepEqual(await published(own, role), none, `${live.length} live answers`);
			}
		const block = await decided(own, role, [
			['woman', 6, 6, 10],
			['man', 6, 6, 10],
			['another', 1, 1, 1],
			[null, 9, 9, 9],
		]);
		const before = await published(own, role);
		assert.deepEqual(before['counts there'].gender, { woman: 22, man: 22 });
		assert.ok(before['report there ever'].some((row) => row.focal_n === 22));
		const unchanged = async (what) => assert.deepEqual(await published(own, role), before, what);
		const erase = async (id) => {
			const { candidate_id } = await own.admin.read(`/v1/applications/${id}`);
			await own.admin.make(`/v1/candidates/${candidate_id}/erase`);
		};
		// Everybody who was counted: shown, hidden, and silent ones alike.
		for (const [nth, id] of [...block, ...live.map((one) => one.id)].entries()) {
			if (nth % 3 === 0) await erase(id);
			else await linked(id, nth % 3 === 1 ? {} : { gender: 'another' });
			// Read after each act at first, later after each few.
			if (nth < 30 || nth % 9 === 0) await unchanged(`the ${nth + 1}th act`);
		}
		await unchanged('all of them');
		// The next block tells no less than five of anything, for all that came since.
		await decided(own, role, [
			['woman', 6, 6, 10],
			['man', 6, 6, 10],
			[null, 10, 10, 10],
		]);
		const after = (await published(own, role))['counts there'].gender;
		assert.deepEqual(after, { woman: 44, man: 44 });
	});

	test('cannot be read, nor written past their function, by the role that answers requests', async () => {
		const as = (role, sql) =>
			psql(
				server,
				`SELECT set_config('assay.organization', '${world.organization.id}', false); SET ROLE ${role}; ${sql}`,
			);
		for (const sql of [
			'SELECT count(*) FROM demographic_answers',
			'DELETE FROM demographic_answers',
			`INSERT INTO demographic_answers (organization_id, application_id) VALUES ('${world.organization.id}', '${world.application1.id}')`,
		])
			await assert.rejects(as('assay_app', sql), /permission denied for table demographic_answers/);
		// The control: who keeps them can.
		await as('assay_demographics', 'SELECT count(*) FROM demographic_answers');
		for (const table of ['candidates', 'scorecards', 'notes'])
			await assert.rejects(as('assay_demographics', `SELECT count(*) FROM ${table}`), /permission denied/);
	});
});

describe('limits of links', () => {
	const anew = (more) => startServer({ env: { ASSAY_LINK_REQUESTS_PER_MINUTE: '10', ...more } });
	const client = (own, token, address) =>
		new Client(own, { headers: { 'X-Forwarded-For': address, ...(token ? { 'Candidate-Link': token } : {}) } });

	test('each link has its own, and an address ten times as many, right tokens or not', async () => {
		const own = await anew();
		try {
			const there = await usualWorld(own);
			const token = async () => (await there.recruiter.make(`/v1/applications/${there.application1.id}/candidate_links`, {})).token;
			const [one, other] = [await token(), await token()];
			const statuses = async (count, of, address) => {
				const seen = {};
				for (let i = 0; i < count; i += 1) {
					const { status, headers } = await client(own, await of(i), address).get(SIDE);
					if (status === 429) assert.ok(Number(headers['retry-after']) >= 1);
					seen[status] = (seen[status] ?? 0) + 1;
				}
				return seen;
			};
			const first = await statuses(12, () => one, '10.9.0.1');
			assert.ok(first[200] >= 10 && first[429] >= 1, JSON.stringify(first));
			// Neither another link nor who is not a candidate waits for it.
			assert.deepEqual(await statuses(5, () => other, '10.9.0.1'), { 200: 5 });
			assert.deepEqual(await statuses(5, () => null, '10.9.0.1'), { 404: 5 });
			// Guessing, a new token each time, ends at the address.
			const guesses = await Promise.all(
				Array.from({ length: 140 }, (_, i) => client(own, `cl_${i}`, '10.9.0.2').get(SIDE).then(({ status }) => status)),
			);
			const [missed, stopped] = [404, 429].map((status) => guesses.filter((one) => one === status).length);
			assert.ok(missed >= 100 && stopped >= 5 && missed + stopped === 140, `${missed} ${stopped}`);
		} finally {
			await own.stop();
		}
	});

	test('a work sample has at most 10 MB; who has no link, 1 MB', async () => {
		const { application, client: holder } = await sampled();
		await holder.post(`${SAMPLE}/start`, undefined, { expect: 200 });
		const big = (bytes) => ({ raw: 'w'.repeat(bytes), type: 'text/plain' });
		await nobody.request('POST', SAMPLE, { ...big(2 << 20), expect: 413 });
		await holder.request('POST', SAMPLE, { ...big((10 << 20) + 1), expect: 413 });
		await holder.request('POST', SAMPLE, { ...big(10 << 20), expect: 200 });
		const [document] = await admin.all(`/v1/candidates/${application.candidate_id}/documents`);
		assert.equal(document.size_bytes, 10 << 20);
	});

	test('files that come in at once share a bounded memory; the rest is told to come again', async () => {
		const { hostname, port } = new URL(server.url);
		// Ten that send 9 MB of 10 and then wait: 48 MB above the first of each are for all.
		const sending = [];
		const answers = [];
		for (let i = 0; i < 10; i += 1) {
			const socket = connect(Number(port), hostname);
			const answer = new Promise((done) => {
				let text = '';
				socket.on('data', (chunk) => (text += chunk));
				socket.on('close', () => done(text));
				socket.on('error', () => done(text));
				setTimeout(() => done(text), 20_000).unref();
			});
			socket.write(
				`POST ${SAMPLE} HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Type: text/plain\r\n` +
					`Candidate-Link: cl_nobody_${i}\r\nConnection: close\r\nContent-Length: ${10 << 20}\r\n\r\n`,
			);
			socket.write('w'.repeat(9 << 20));
			sending.push(socket);
			answers.push(answer);
		}
		await new Promise((done) => setTimeout(done, 1500));
		for (const socket of sending) socket.write('w'.repeat(1 << 20));
		const texts = await Promise.all(answers);
		for (const socket of sending) socket.destroy();
		const refused = texts.filter((text) => text.startsWith('HTTP/1.1 503'));
		assert.ok(refused.length >= 2 && refused.length < 10, `${refused.length} of 10 were refused`);
		assert.equal(texts.filter((text) => text.startsWith('HTTP/1.1 404')).length, 10 - refused.length);
		assert.match(refused[0], /retry-after: 10/i);
		// Their memory is free again.
		const { client: holder } = await sampled();
		await holder.post(`${SAMPLE}/start`, undefined, { expect: 200 });
		await holder.request('POST', SAMPLE, { raw: 'w'.repeat(9 << 20), type: 'text/plain', expect: 200 });
	});
});
