// Attachments: what belongs to a scorecard beside its words, locked, seen and erased with it.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { pdf } from '../support/pdf.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, ratings, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { a, b, recruiter, manager } = world;
const of = ({ id }) => `/v1/scorecards/${id}/attachments`;
const attach = (card, raw, type = 'text/plain', { expect = 201, query, client = a, ...more } = {}) =>
	client.request('POST', of(card), { raw, type, query, expect, ...more });

const bytes = (...numbers) => Buffer.concat([Buffer.from(numbers), randomBytes(20)]);
const PNG = bytes(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const JPEG = bytes(0xff, 0xd8, 0xff, 0xe0);
const WEBP = Buffer.from('RIFF\x24\0\0\0WEBPVP8 ', 'latin1');

async function drafted(who = { a: 'interviewer', b: 'interviewer' }) {
	const candidate = await world.candidate();
	const application = await world.application(world.role1, candidate);
	const interview = await world.interview(application, who);
	const card = await a.make('/v1/scorecards', {
		interview_id: interview.id,
		ratings: ratings(world.values(3, 3, 3)),
		recommendation: 'yes',
	});
	return { candidate, application, interview, card };
}

describe('attachments', () => {
	test('are kept as they came and given out to be saved', async () => {
		const { card } = await drafted();
		const kinds = [
			['image/png', PNG, 'attachment.png'],
			['image/jpeg', JPEG, 'attachment.jpg'],
			['image/webp', WEBP, 'attachment.webp'],
			['application/pdf', pdf(['Notes']), 'attachment.pdf'],
			['text/plain', Buffer.from('SELECT 1; -- é\n'), 'attachment.txt'],
		];
		const made = [];
		for (const [type, raw, plain] of kinds) {
			const answer = await attach(card, raw, type, { query: { filename: 'Tafel "1"\r\n.png' } });
			assert.equal(answer.headers.location, `/v1/attachments/${answer.body.id}`);
			assert.deepEqual(
				[answer.body.media_type, answer.body.size_bytes, answer.body.filename],
				[type, raw.length, 'Tafel "1"\r\n.png'],
			);
			assert.equal(answer.body.digest, createHash('sha256').update(raw).digest('hex'));
			const file = await a.get(`/v1/attachments/${answer.body.id}/content`, { expect: 200 });
			assert.equal(file.headers['content-type'], 'application/octet-stream');
			assert.ok(file.headers['content-disposition'].startsWith(`attachment; filename="${plain}"; filename*=UTF-8''Tafel%20%221%22%0D%0A.png`));
			assert.match(file.headers['content-security-policy'], /sandbox/);
			assert.equal(file.headers['x-content-type-options'], 'nosniff');
			assert.equal(Number(file.headers['content-length'] ?? raw.length), raw.length);
			made.push(answer.body);
		}
		assert.deepEqual(await a.all(of(card)), made.reverse());
		assert.deepEqual(await a.read(`/v1/attachments/${made[0].id}`), made[0]);
		for (const path of [`/v1/attachments/${made[0].id}`, `/v1/attachments/${made[0].id}/content`]) {
			const { headers } = await a.get(path, { expect: 200 });
			await a.get(path, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
		}
	});

	test('hold what their type says, and at most 10 MB', async () => {
		const { card } = await drafted();
		for (const [raw, type] of [
			['<svg onload="alert(1)">', 'image/png'],
			[PNG, 'image/jpeg'],
			[Buffer.from('RIFF\x24\0\0\0WAVEfmt ', 'latin1'), 'image/webp'],
			[Buffer.from('RIFF', 'latin1'), 'image/webp'],
			['%PD', 'application/pdf'],
			[Buffer.from([0xc3, 0x28]), 'text/plain'],
			[Buffer.from('a\0b'), 'text/plain'],
		])
			assert.equal((await attach(card, raw, type, { expect: 422 })).body.errors[0].code, 'content', type);
		for (const type of ['image/svg+xml', 'text/html', 'application/json'])
			await attach(card, 'x', type, { expect: 415 });
		await attach(card, 'x'.repeat(10 * 1024 * 1024), 'text/plain');
		await attach(card, 'x'.repeat(10 * 1024 * 1024 + 1), 'text/plain', { expect: 413 });
		await attach(card, 'x', 'text/plain', { query: { filename: 'x'.repeat(201) }, expect: 422 });
		assert.equal((await a.all(of(card))).length, 1);
	});

	test('are twenty at most', async () => {
		const { card } = await drafted();
		for (let i = 0; i < 20; i += 1) await attach(card, `Page ${i}`);
		const refused = await attach(card, 'One more', 'text/plain', { expect: 409 });
		assert.equal(refused.body.code, 'conflict');
	});

	test('are the author’s own while it is a draft, and locked with it', async () => {
		const { card } = await drafted();
		const one = (await attach(card, 'First')).body;
		const two = (await attach(card, 'Second')).body;
		for (const client of [b, recruiter, manager, world.admin]) {
			await client.get(of(card), { expect: 404 });
			await client.get(`/v1/attachments/${one.id}`, { expect: 404 });
			await client.get(`/v1/attachments/${one.id}/content`, { expect: 404 });
			await client.delete(`/v1/attachments/${one.id}`, { expect: 404 });
			await attach(card, 'Mine', 'text/plain', { client, expect: 404 });
		}
		await attach({ id: randomId() }, 'x', 'text/plain', { expect: 404 });
		await a.delete(`/v1/attachments/${two.id}`, { headers: { 'If-Match': '"9"' }, expect: 412 });
		await a.delete(`/v1/attachments/${two.id}`, { headers: { 'If-Match': '"1"' }, expect: 204 });
		await a.make(`/v1/scorecards/${card.id}/submit`);
		assert.equal((await attach(card, 'Late', 'text/plain', { expect: 409 })).body.code, 'scorecard_locked');
		assert.equal((await a.delete(`/v1/attachments/${one.id}`, { expect: 409 })).body.code, 'scorecard_locked');
		// Seen by whoever sees the scorecard, who adds nothing to it.
		assert.equal((await recruiter.get(`/v1/attachments/${one.id}/content`, { expect: 200 })).text, 'First');
		await attach(card, 'Mine', 'text/plain', { client: recruiter, expect: 403 });
		await recruiter.delete(`/v1/attachments/${one.id}`, { expect: 403 });
		await b.get(of(card), { expect: 404 });
		// Taken back it is a draft again.
		await a.make(`/v1/scorecards/${card.id}/take_back`);
		await a.delete(`/v1/attachments/${one.id}`, { expect: 204 });
	});

	test('are covered by the submission, by their digests', async () => {
		const { card } = await drafted();
		const { id, digest } = (await attach(card, 'Whiteboard')).body;
		await a.make(`/v1/scorecards/${card.id}/submit`);
		const { data } = await a.read(`/v1/scorecards/${card.id}/revisions`);
		assert.deepEqual(data[0].content.attachments, [{ id, digest }]);
		const bare = await drafted();
		await a.make(`/v1/scorecards/${bare.card.id}/submit`);
		const without = await a.read(`/v1/scorecards/${bare.card.id}/revisions`);
		assert.equal(without.data[0].content.attachments, undefined);
		assert.notEqual(data[0].content_hash, without.data[0].content_hash);
	});

	test('no submission and no attachment pass each other', async () => {
		for (let i = 0; i < 8; i += 1) {
			const { card } = await drafted();
			const [added] = await Promise.all([
				attach(card, 'In time?', 'text/plain', { expect: [201, 409] }),
				a.post(`/v1/scorecards/${card.id}/submit`, undefined, { expect: 200 }),
			]);
			const { data } = await a.read(`/v1/scorecards/${card.id}/revisions`);
			assert.equal(data[0].content.attachments?.length ?? 0, added.status === 201 ? 1 : 0);
		}
	});

	test('go with their candidate', async () => {
		const { candidate, card } = await drafted();
		const mark = unique('whiteboard');
		const { id } = (await attach(card, mark, 'text/plain', { query: { filename: mark } })).body;
		await a.make(`/v1/scorecards/${card.id}/submit`);
		await recruiter.make(`/v1/candidates/${candidate.id}/erase`);
		await recruiter.get(`/v1/attachments/${id}`, { expect: 404 });
		assert.equal(await psql(server, `SELECT count(*) FROM attachments WHERE id = '${id}'`), '0');
		const later = await drafted();
		await recruiter.make(`/v1/candidates/${later.candidate.id}/erase`);
		const gone = await attach(later.card, 'x', 'text/plain', { expect: 409 });
		assert.equal(gone.body.code, 'candidate_erased');
	});
});
