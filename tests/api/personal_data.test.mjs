// What is held on a candidate: exported whole, reviewed and released; erased whole; kept by a hold.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { ratings, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter } = world;
const exports = (candidate) => `/v1/candidates/${candidate.id}/exports`;
const holdOf = (candidate) => `/v1/candidates/${candidate.id}/legal_hold`;

// Stands in every text about this candidate and in nothing else.
const MARK = unique('Zyxwperson').replaceAll('-', '');

// A candidate of whom every personal column of every table holds something.
async function wholeCandidate(mark = MARK) {
	const candidate = await admin.make('/v1/candidates', {
		name: `${mark} Name`,
		email: `${mark}@example.com`,
		phone: `+49 170 ${mark}`,
		location: mark,
		headline: mark,
		summary: mark,
		links: [{ label: mark, url: `https://example.com/${mark}` }],
		skills: [mark],
		tags: [mark],
		experience: [{ title: mark, organization: mark }],
		education: [{ organization: mark, degree: mark }],
		source: mark,
		wants: { text: mark },
		consent: { given_at: '2026-01-02T03:04:05Z', source: mark },
	});
	await psql(
		server,
		`INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
		SELECT organization_id, 'candidate', 'elsewhere', '${mark}', id FROM candidates WHERE id = '${candidate.id}'`,
	);
	const application = await admin.make('/v1/applications', {
		candidate_id: candidate.id,
		role_id: world.role1.id,
		source: mark,
	});
	await admin.request('POST', `/v1/candidates/${candidate.id}/documents`, {
		raw: `${mark} document`,
		type: 'text/plain',
		query: { filename: `${mark}.txt` },
		expect: 201,
	});
	await recruiter.make(`/v1/candidates/${candidate.id}/notes`, { text: `${mark} noted` });
	const interview = await world.interview(application, { a: 'interviewer' }, { location: mark });
	const values = Object.fromEntries(
		world.competencies.map(({ id }) => [id, { value: 4, evidence: `${mark} evidence` }]),
	);
	const card = await world.a.make('/v1/scorecards', {
		interview_id: interview.id,
		ratings: values,
		recommendation: 'yes',
		key_takeaways: `${mark} takeaways`,
		private_note: `${mark} between us`,
	});
	await world.a.request('POST', `/v1/scorecards/${card.id}/attachments`, {
		raw: `${mark} on the whiteboard`,
		type: 'text/plain',
		query: { filename: `${mark}.txt` },
		expect: 201,
	});
	await world.a.make(`/v1/scorecards/${card.id}/submit`);
	await world.a.make(`/v1/scorecards/${card.id}/amend`, { key_takeaways: `${mark} more`, reason: mark });
	await world.a.put(`/v1/interviews/${interview.id}/handover`, { note: mark }, { expect: 200 });
	await psql(
		server,
		`INSERT INTO level_observations (organization_id, application_id, observer_id, differentiator, observed, evidence)
		VALUES ('${world.organization.id}', '${application.id}', '${world.users.a.id}', 'systems', true, '${mark}')`,
	);
	const posting = (await admin.all('/v1/postings', { role_id: world.role1.id }))[0] ?? (await world.posting(world.role1));
	await psql(
		server,
		`INSERT INTO posting_applications (organization_id, application_id, posting_id, form_key, answers, origin, notice)
		VALUES ('${world.organization.id}', '${application.id}', '${posting.id}', '${application.id}',
			'[{"answer": "${mark}"}]', '{"source": "${mark}"}', '${mark}')`,
	);
	await admin.make(`/v1/applications/${application.id}/decisions`, {
		kind: 'no_hire',
		rationale: mark,
		override_reason: mark,
		dissent: [{ user_id: world.users.manager.id, text: mark }],
	});
	await admin.make(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: mark });
	const { token } = await admin.make(`/v1/applications/${application.id}/candidate_links`, {});
	await new Client(server).post(
		'/v1/candidate_side/survey',
		{ clarity: 1, respect: 2, fairness: 3, comment: mark },
		{ headers: { 'Candidate-Link': token }, expect: 204 },
	);
	await admin.make(`/v1/applications/${application.id}/letter`);
	await admin.change(`/v1/applications/${application.id}/letter`, { text: mark });
	const webhook = await admin.make('/v1/webhooks', {
		name: unique('Receiver'),
		url: 'https://receiver.invalid/',
		event_types: ['webhook.*'],
	});
	await psql(
		server,
		`INSERT INTO webhook_deliveries (organization_id, webhook_id, message_id, type, seq, object_id, candidate_id,
			status, finished_at, answer_excerpt)
		VALUES ('${world.organization.id}', '${webhook.id}', new_id(), 'candidate.created', 0, '${candidate.id}',
			'${candidate.id}', 'delivered', now(), '${mark} was here')`,
	);
	return { candidate, application, interview, card };
}

// Columns of text of every table about candidates, but those whose values the schema itself fixes.
const textColumns = async () =>
	(
		await psql(
			server,
			`SELECT t.name || '.' || a.attname FROM candidate_tables() t
			JOIN pg_class c ON c.relname = t.name AND c.relnamespace = 'public'::regnamespace
			JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
			WHERE a.atttypid IN ('text'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'bytea'::regtype, 'tsvector'::regtype)
			AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND a.attnum = ANY (k.conkey)
				AND k.contype = 'c' AND array_length(k.conkey, 1) = 1
				AND pg_get_constraintdef(k.oid) ~ '(= ANY \\(+ARRAY|\\^\\[0-9a-f\\]\\{64\\}|= ''erase''|\\[A-Z\\]\\{2\\})')`,
		)
	).split('\n');

// Text columns that hold nothing personal, each with its reason.
const IMPERSONAL = {
	// The row itself goes, as mail.test.mjs looks for; its content is encoded, so that no mark is found in it.
	'mail_messages.reason': 'what a mail server said',
	'mail_messages.language': 'a code',
	'mail_messages.content': 'goes with its row',
	'application_flags.flag': 'the name of a flag of the checklist',
	'application_moves.reason_code': 'a code',
	'application_moves.from_status': 'a status',
	'application_moves.to_status': 'a status',
	'application_moves.actor_kind': 'user, client or system',
	'bulk_action_items.code': 'the code of a problem',
	'bulk_action_items.detail': 'a sentence of ours about it',
	'bulk_action_items.from_status': 'a status',
	'bulk_action_items.undo_code': 'the code of a problem',
	'bulk_action_items.undo_detail': 'a sentence of ours about it',
	'candidate_merges.moved': 'ids',
	'candidates.phone_key': 'generated from the phone',
	'decisions.level': 'a level of the ladder',
	'decisions.evidence': 'ids and keyed digests',
	'external_ids.source': 'the name of a system',
	'webhook_deliveries.failure': 'a code',
	'webhook_deliveries.type': 'the name of an event',
	'scorecard_revisions.could_see': 'ids',
	'interviews.time_zone': 'the name of a zone',
	'level_observations.differentiator': 'a name from the templates',
	'legal_holds.reason': 'erasure is refused while it stands, and lifting it deletes it',
	'documents.content': 'bytes; the row goes',
	'attachments.content': 'bytes; the row goes',
};

// Every row about a candidate: [table, row].
async function rowsOf(id) {
	const tables = JSON.parse(await psql(server, 'SELECT json_agg(t) FROM candidate_tables() t'));
	const each = tables.map(
		({ name, condition }) =>
			`SELECT jsonb_build_array('${name}', to_jsonb(${name})) FROM ${name} WHERE ${condition.replaceAll('$1', `'{${id}}'::uuid[]`)}`,
	);
	return (await psql(server, each.join(' UNION ALL ')))
		.split('\n')
		.map((line) => JSON.parse(line));
}

describe('the export', () => {
	test('holds everything, private notes marked, and is reviewed before it is released', async () => {
		const { candidate, card } = await wholeCandidate();
		const made = await admin.post(exports(candidate), undefined, { expect: 201 });
		assert.equal(made.headers.location, `/v1/candidate_exports/${made.body.id}`);
		assert.deepEqual([made.body.status, made.body.released_at], ['to_review', null]);
		const at = `/v1/candidate_exports/${made.body.id}`;
		const { body: content, headers } = await admin.get(`${at}/content`, { expect: 200 });
		await admin.get(`${at}/content`, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
		await admin.get(at, { headers: { 'If-None-Match': made.headers.etag }, expect: 304 });
		const section = (name) => content.sections.find((one) => one.name === name);
		for (const name of ['candidates', 'applications', 'notes', 'documents', 'scorecard_revisions', 'decisions'])
			assert.ok(JSON.stringify(section(name).rows).includes(MARK), name);
		assert.deepEqual(section('scorecards').private, ['private_note']);
		assert.equal(section('scorecards').rows[0].private_note, `${MARK} between us`);
		assert.equal(section('scorecards').rows[0].id, card.id);
		assert.deepEqual(section('notes').private, ['text']);
		assert.equal(content.names[world.role1.id], world.role1.title);
		const page = await admin.get(`${at}/content?format=html`, { expect: 200 });
		assert.match(page.headers['content-type'], /^text\/html/);
		assert.match(page.headers['content-disposition'], /^attachment/);
		assert.match(page.headers['content-security-policy'], /sandbox/);
		assert.match(page.text, new RegExp(`Private note <strong>private note</strong></th><td>${MARK} between us`));
		// As it was when it was made.
		await admin.change(`/v1/candidates/${candidate.id}`, { headline: 'Later.' });
		assert.deepEqual(await admin.read(`${at}/content`), content);
		await admin.post(`${at}/release`, undefined, { headers: { 'If-Match': '"9"' }, expect: 412 });
		const released = await admin.make(`${at}/release`);
		assert.deepEqual([released.status, released.released_by], ['released', world.users.admin.id]);
		assert.deepEqual(await admin.make(`${at}/release`), released);
		assert.deepEqual(await admin.all(exports(candidate), { status: 'released' }), [released]);
		assert.deepEqual(await admin.all(exports(candidate), { status: 'to_review' }), []);
		assert.equal(
			await psql(
				server,
				`SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE object_id = '${made.body.id}'`,
			),
			'candidate_export.created candidate_export.released',
		);
	});

	test('shows what a page would run as text', async () => {
		const candidate = await world.candidate({ headline: '<script>alert("1" & 2)</script>' });
		const { id } = await admin.make(exports(candidate));
		const { text } = await admin.get(`/v1/candidate_exports/${id}/content?format=html`, { expect: 200 });
		assert.ok(text.includes('&lt;script&gt;alert(&quot;1&quot; &amp; 2)&lt;/script&gt;'));
		assert.ok(!text.includes('<script'));
	});

	test('reaches what a later table says of a candidate', async () => {
		const left = await psql(
			server,
			`SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT a.attisdropped
			AND a.attname ~ '^(candidate|application|interview|scorecard|note|document)_id$'
			AND c.relname NOT IN (SELECT name FROM candidate_tables())
			AND c.relname NOT IN (SELECT name FROM left_out_of_exports()) ORDER BY 1`,
		);
		assert.equal(left, '', 'tables that refer to candidates and are neither exported nor left out by name');
		const found = await psql(
			server,
			`BEGIN; CREATE TABLE later (organization_id uuid, of uuid, FOREIGN KEY (organization_id, of) REFERENCES applications);
			CREATE TABLE later_still (organization_id uuid, scorecard_id uuid);
			SELECT count(*) FROM candidate_tables() WHERE name IN ('later', 'later_still'); ROLLBACK;`,
		);
		assert.equal(found, '2');
	});

	test('is refused to an admin who owes a scorecard, and open once they gave it', async () => {
		const application = await world.application(world.role1);
		const candidate = { id: application.candidate_id };
		const { id } = await admin.make(exports(candidate));
		const interview = await world.interview(application, { admin: 'interviewer' });
		const at = `/v1/candidate_exports/${id}`;
		const asked = [
			['GET', exports(candidate)],
			['POST', exports(candidate)],
			['GET', at],
			['GET', `${at}/content`],
			['POST', `${at}/release`],
		];
		for (const [method, path] of asked)
			assert.equal(
				(await admin.request(method, path, { expect: 409 })).body.code,
				'scorecard_owed',
				`${method} ${path}`,
			);
		await admin.make('/v1/scorecards', {
			interview_id: interview.id,
			ratings: ratings(world.values(4, 4, 4)),
			recommendation: 'yes',
			submit: true,
		});
		for (const [method, path] of asked) await admin.request(method, path, { expect: 'ok' });
	});

	test('is for admins, and of somebody who is there', async () => {
		const candidate = await world.candidate();
		for (const client of [recruiter, world.manager])
			await client.post(exports(candidate), undefined, { expect: 403 });
		await admin.make(`/v1/candidates/${candidate.id}/erase`);
		await admin.post(exports(candidate), undefined, { expect: 410 });
		await admin.get(exports(candidate), { expect: 410 });
	});
});

describe('erasure', () => {
	test('blanks every column of text of every table that refers to a candidate', async () => {
		const mark = unique('Zyxwgone').replaceAll('-', '');
		const { candidate } = await wholeCandidate(mark);
		const { id } = await admin.make(exports(candidate));
		const holds = (value) => JSON.stringify(value).toLowerCase().includes(mark.toLowerCase());
		const filled = new Set(
			(await rowsOf(candidate.id)).flatMap(([name, row]) =>
				Object.keys(row)
					.filter((column) => holds(row[column]))
					.map((column) => `${name}.${column}`),
			),
		);
		const unfilled = (await textColumns()).filter((one) => !filled.has(one) && !IMPERSONAL[one]);
		assert.deepEqual(unfilled, [], 'text columns that this test fills with nothing');
		await admin.make(`/v1/candidates/${candidate.id}/erase`);
		const left = (await rowsOf(candidate.id)).filter(holds);
		assert.deepEqual(left, []);
		await admin.get(`/v1/candidate_exports/${id}`, { expect: 404 });
		assert.equal(
			await psql(
				server,
				`SELECT count(*) FROM idempotency_keys WHERE array_to_string(answer, ' ') ~ '${candidate.id}'`,
			),
			'0',
		);
	});
});

describe('a legal hold', () => {
	test('keeps a candidate from erasure until it is lifted', async () => {
		const candidate = await world.candidate();
		const none = { candidate_id: candidate.id, held: false, reason: null, held_by: null, version: 0, created_at: null };
		assert.deepEqual(await admin.read(holdOf(candidate)), none);
		await admin.get(holdOf({ id: randomUUID() }), { expect: 404 });
		const held = await admin.put(holdOf(candidate), { reason: 'A claim.' }, { expect: 200 });
		assert.deepEqual([held.body.reason, held.body.held_by], ['A claim.', world.users.admin.id]);
		const again = await admin.put(holdOf(candidate), { reason: 'Two claims.' }, { expect: 200 });
		assert.equal(again.body.version, 2);
		const { body, headers } = await admin.get(holdOf(candidate), { expect: 200 });
		assert.deepEqual(body, again.body);
		await admin.get(holdOf(candidate), { headers: { 'If-None-Match': headers.etag }, expect: 304 });
		for (const client of [admin, recruiter])
			assert.equal(
				(await client.post(`/v1/candidates/${candidate.id}/erase`, undefined, { expect: 409 })).body
					.code,
				'legal_hold',
			);
		assert.equal((await admin.read(`/v1/candidates/${candidate.id}`)).name, candidate.name);
		await admin.delete(holdOf(candidate), { expect: 204 });
		await admin.delete(holdOf(candidate), { expect: 404 });
		assert.deepEqual(await admin.read(holdOf(candidate)), none);
		await admin.make(`/v1/candidates/${candidate.id}/erase`);
		await admin.get(holdOf(candidate), { expect: 404 });
		await admin.put(holdOf(candidate), { reason: 'Too late.' }, { expect: 410 });
		assert.equal(
			await psql(
				server,
				`SELECT string_agg(type, ' ' ORDER BY id) FROM events WHERE object_id = '${candidate.id}' AND type ~ '^legal'`,
			),
			'legal_hold.set legal_hold.set legal_hold.lifted',
		);
	});

	test('of a candidate who was merged keeps the one they were merged into', async () => {
		const from = await world.candidate();
		const into = await world.candidate();
		await admin.put(holdOf(from), { reason: 'A claim.' }, { expect: 200 });
		await admin.make(`/v1/candidates/${from.id}/merge`, { into: into.id });
		await admin.post(`/v1/candidates/${into.id}/erase`, undefined, { expect: 409 });
		assert.equal((await admin.read(`/v1/candidates/${into.id}`)).name, into.name);
	});
});
