// Documents: kept as they came, read under lock and key, found by their words, gone with their person.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { blank, bomb, broken, endless, pdf, wordy } from '../support/pdf.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { recruiter, manager, outsider } = world;
const ids = (rows) => rows.map(({ id }) => id);
const of = (candidate) => `/v1/candidates/${candidate.id ?? candidate}/documents`;
const word = (what) => unique(what).replaceAll('-', '');

const PDF = 'application/pdf';
const upload = (candidate, raw, type = PDF, { query, expect = 201, client = recruiter, ...more } = {}) =>
	client.request('POST', of(candidate), { raw, type, query, expect, ...more });

describe('documents', () => {
	test('a PDF is kept as it came, read, and found by its words', async () => {
		const candidate = await world.candidate();
		const token = word('kafkaesque');
		const bytes = pdf(['Amir Williams', `Tech Lead, ${token} and PostgreSQL (2018)`]);
		const answer = await upload(candidate, bytes, PDF, { query: { kind: 'resume', filename: 'Résumé 1.pdf' } });
		const made = answer.body;
		assert.equal(answer.headers.location, `/v1/documents/${made.id}`);
		assert.deepEqual(
			[made.kind, made.filename, made.media_type, made.size_bytes, made.text_state, made.text_problem],
			['resume', 'Résumé 1.pdf', PDF, bytes.length, 'read', null],
		);
		assert.equal(made.digest, createHash('sha256').update(bytes).digest('hex'));
		const one = await recruiter.read(`/v1/documents/${made.id}`);
		assert.match(one.text, new RegExp(`Amir Williams\\s+Tech Lead, ${token}`));
		await recruiter.get(`/v1/documents/${made.id}`, { headers: { 'If-None-Match': '"1"' }, expect: 304 });
		assert.deepEqual(await recruiter.all(of(candidate)), [made]);
		assert.deepEqual(await recruiter.all(of(candidate), { kind: 'other' }), []);
		for (const q of [token, `${token} amir`, token.slice(0, 12)])
			assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q })), [candidate.id], q);
		// Other changes of the candidate do not lose them.
		await recruiter.change(`/v1/candidates/${candidate.id}`, { headline: 'Changed' });
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: token })), [candidate.id]);
		await recruiter.delete(`/v1/documents/${made.id}`, { headers: { 'If-Match': '"7"' }, expect: 412 });
		await recruiter.delete(`/v1/documents/${made.id}`, { expect: 204 });
		await recruiter.get(`/v1/documents/${made.id}`, { expect: 404 });
		assert.deepEqual(await recruiter.all('/v1/candidates', { q: token }), []);
	});

	test('is downloaded to be saved, never shown', async () => {
		const candidate = await world.candidate();
		const text = `<script>alert(1)</script> ${word('x')}`;
		const { body } = await upload(candidate, text, 'text/plain; charset=utf-8', {
			query: { filename: 'a"b\r\n;é.html' },
		});
		const answer = await recruiter.get(`/v1/documents/${body.id}/content`, { expect: 200 });
		assert.equal(answer.text, text);
		assert.equal(answer.headers['content-type'], 'application/octet-stream');
		assert.equal(answer.headers['x-content-type-options'], 'nosniff');
		assert.equal(
			answer.headers['content-disposition'],
			`attachment; filename="document.txt"; filename*=UTF-8''a%22b%0D%0A%3B%C3%A9.html`,
		);
		assert.match(answer.headers['content-security-policy'], /default-src 'none'; sandbox/);
		await recruiter.get(`/v1/documents/${body.id}/content`, {
			headers: { 'If-None-Match': answer.headers.etag },
			expect: 304,
		});
	});

	test('a JSON Resume and a text are read, too', async () => {
		const candidate = await world.candidate();
		const token = word('jsonresume');
		const made = await upload(
			candidate,
			JSON.stringify({ basics: { name: 'Daisy Kim' }, skills: [{ name: token, keywords: ['Flask'] }] }),
			'application/resume+json',
		);
		const read = await recruiter.read(`/v1/documents/${made.body.id}`);
		for (const part of ['Daisy Kim', token, 'Flask']) assert.ok(read.text.includes(part));
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: token })), [candidate.id]);
		await upload(candidate, '{"basics":', 'application/resume+json', { expect: 400 });
		await upload(candidate, '[]', 'application/resume+json', { expect: 422 });
	});

	test('must be what it says, and no larger than it may be', async () => {
		const candidate = await world.candidate();
		for (const [raw, type] of [
			['MZ\u0090 an executable', PDF],
			['<html></html>', PDF],
			['%PDF-', PDF],
			[Buffer.from([0x4d, 0x5a, 0, 1]), 'text/plain'],
			[Buffer.from([0xc3, 0x28]), 'text/plain'],
		])
			assert.equal((await upload(candidate, raw, type, { expect: 422 })).body.errors[0].code, 'content');
		for (const type of ['application/octet-stream', 'text/html', 'application/msword', 'multipart/form-data'])
			await upload(candidate, 'x', type, { expect: 415 });
		const large = Buffer.concat([Buffer.from('%PDF-1.5\n'), randomBytes((10 << 20) + 1)]);
		assert.equal((await upload(candidate, large, PDF, { expect: 413 })).body.code, 'body_too_large');
		const most = large.subarray(0, 10 << 20);
		const kept = (await upload(candidate, most)).body;
		assert.deepEqual([kept.size_bytes, kept.text_state], [10 << 20, 'unreadable']);
		await recruiter.request('POST', of(candidate), { expect: 400 });
	});

	test('hostile ones end as unreadable, and the server goes on', async () => {
		const candidate = await world.candidate();
		for (const [name, bytes, state, problem] of [
			['blank', blank(), 'empty', [null]],
			['broken', broken(), 'unreadable', ['broken']],
			['cut off', pdf(['x'.repeat(60)]).subarray(0, 40), 'unreadable', ['broken']],
			['bomb', bomb(), 'unreadable', ['broken', 'too_slow', 'too_long']],
			['endless', endless(), 'unreadable', ['too_slow', 'too_long']],
			['wordy', wordy(), 'unreadable', ['too_long', 'too_slow']],
		]) {
			const { body } = await upload(candidate, bytes);
			assert.equal(body.text_state, state, name);
			assert.ok(problem.includes(body.text_problem), `${name}: ${body.text_problem}`);
			await recruiter.get('/v1/me', { expect: 200 });
		}
	});

	test('are seen by whoever sees the candidate, and added by recruiters', async () => {
		const { body } = await upload(world.candidate1, pdf(['Team']));
		assert.equal((await manager.read(`/v1/documents/${body.id}`)).id, body.id);
		await manager.get(`/v1/documents/${body.id}/content`, { expect: 200 });
		await upload(world.candidate1, pdf(['x']), PDF, { client: manager, expect: 403 });
		await manager.delete(`/v1/documents/${body.id}`, { expect: 403 });
		for (const path of [of(world.candidate1), `/v1/documents/${body.id}`, `/v1/documents/${body.id}/content`])
			await outsider.get(path, { expect: 404 });
	});

	test('the same request twice adds one; fifty are enough', async () => {
		const candidate = await world.candidate();
		const headers = { 'Idempotency-Key': unique('upload') };
		const first = await upload(candidate, pdf(['Once']), PDF, { headers });
		const second = await upload(candidate, pdf(['Once']), PDF, { headers });
		assert.equal(second.body.id, first.body.id);
		for (let i = 1; i < 50; i += 1) await upload(candidate, `Text ${i}`, 'text/plain');
		const refused = await upload(candidate, 'One more', 'text/plain', { expect: 409 });
		assert.equal(refused.body.code, 'conflict');
	});

	test('go where their person goes, and end with them', async () => {
		const token = word('zyxdocument');
		const keep = await world.candidate();
		const from = await world.candidate();
		const { body } = await upload(from, `Words of ${token}`, 'text/plain', { query: { filename: `${token}.txt` } });
		const merged = await recruiter.make(`/v1/candidates/${from.id}/merge`, { into: keep.id });
		assert.equal(merged.moved.documents, 1);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: token })), [keep.id]);
		await upload(from, 'x', 'text/plain', { expect: 410 });
		await recruiter.make(`/v1/candidates/${from.id}/unmerge`);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: token })), [from.id]);
		await recruiter.make(`/v1/candidates/${from.id}/erase`);
		await recruiter.get(`/v1/documents/${body.id}`, { expect: 404 });
		await recruiter.get(of(from), { expect: 410 });
		assert.deepEqual(await recruiter.all('/v1/candidates', { q: token }), []);
		const left = await psql(
			server,
			`SELECT count(*) FROM documents WHERE candidate_id = '${from.id}' UNION ALL SELECT count(*) FROM searchable_candidates WHERE words::text LIKE '%${token}%' UNION ALL SELECT count(*) FROM idempotency_keys WHERE answer::text LIKE '%${token}%'`,
		);
		assert.equal(left, '0\n0\n0');
	});
});
