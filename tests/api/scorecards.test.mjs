// A scorecard's life: draft, autosave, conflict, submission, taking back, amendment.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, ratings, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { a, b, manager, recruiter } = world;
const role = world.role1;
const [first, second, third] = world.competencies;
const fresh = async (who = { a: 'interviewer', b: 'interviewer' }, at = role) =>
	world.interview(await world.application(at), who);
const begin = async (client, interview, more = {}) =>
	client.post('/v1/scorecards', { interview_id: interview.id, ...more }, { expect: 201 });
const save = (client, id, body, etag, expect = 200) =>
	client.patch(`/v1/scorecards/${id}`, body, { headers: { 'If-Match': etag }, expect });
const act = (client, id, verb, expect = 200, body = undefined) =>
	client.post(`/v1/scorecards/${id}/${verb}`, body, { expect });
const full = { ratings: ratings(world.values(4, 3, 3)), recommendation: 'yes' };
const pointers = (answer) => answer.body.errors.map(({ pointer }) => pointer).sort();

describe('drafts', () => {
	test('begin empty, by whoever is assigned, once', async () => {
		const interview = await fresh();
		const made = await begin(a, interview);
		const card = made.body;
		assert.equal(made.headers.location, `/v1/scorecards/${card.id}`);
		assert.deepEqual(
			[
				card.status,
				card.revision,
				card.ratings,
				card.recommendation,
				card.submitted_at,
				card.take_back_until,
			],
			['draft', 0, {}, null, null, null],
		);
		assert.deepEqual(
			[card.author_id, card.rubric_version_id, card.stage_id],
			[world.users.a.id, world.version.id, role.stages[0].id],
		);
		const again = await a.post('/v1/scorecards', { interview_id: interview.id }, { expect: 409 });
		assert.deepEqual([again.body.code, again.body.errors[0].pointer], ['already_exists', '/interview_id']);
		for (const client of [recruiter, manager, world.observer])
			await client.post('/v1/scorecards', { interview_id: interview.id }, { expect: 403 });
		for (const client of [world.outsider])
			assert.equal(
				(await client.post('/v1/scorecards', { interview_id: interview.id }, { expect: 422 }))
					.body.errors[0].pointer,
				'/interview_id',
			);
		await a.post('/v1/scorecards', { interview_id: randomId() }, { expect: 422 });
		const seen = await a.read(`/v1/interviews/${interview.id}`);
		assert.deepEqual([seen.my_scorecard_id, seen.my_scorecard_status], [card.id, 'draft']);
	});

	test('a shadow gives none; a role without a rubric asks for none', async () => {
		const interview = await fresh({ a: 'interviewer', shadow: 'shadow' });
		await world.shadow.post('/v1/scorecards', { interview_id: interview.id }, { expect: 403 });
		const bare = await world.role({ team: { a: 'interviewer' } });
		const without = await fresh({ a: 'interviewer' }, bare);
		assert.equal(
			(await a.post('/v1/scorecards', { interview_id: without.id }, { expect: 409 })).body.code,
			'rubric_missing',
		);
	});

	test('are saved piece by piece: one rating changes, the others stay', async () => {
		const { body: card, headers } = await begin(a, await fresh(), {
			ratings: { [first.id]: { value: 2, evidence: 'One.' } },
		});
		let answer = await save(a, card.id, { ratings: { [second.id]: { value: 4 } } }, headers.etag);
		assert.deepEqual(answer.body.ratings, {
			[first.id]: { value: 2, not_assessed: false, evidence: 'One.' },
			[second.id]: { value: 4, not_assessed: false, evidence: null },
		});
		answer = await save(
			a,
			card.id,
			{ ratings: { [first.id]: { value: 3 }, [second.id]: { not_assessed: true } } },
			answer.headers.etag,
		);
		assert.deepEqual(answer.body.ratings, {
			[first.id]: { value: 3, not_assessed: false, evidence: 'One.' },
			[second.id]: { value: null, not_assessed: true, evidence: null },
		});
		answer = await save(
			a,
			card.id,
			{
				ratings: { [first.id]: null },
				key_takeaways: 'Calm.',
				private_note: 'Mine.',
				recommendation: 'no_decision',
			},
			answer.headers.etag,
		);
		assert.deepEqual(Object.keys(answer.body.ratings), [second.id]);
		assert.deepEqual(
			[answer.body.key_takeaways, answer.body.private_note, answer.body.recommendation],
			['Calm.', 'Mine.', 'no_decision'],
		);
		answer = await save(
			a,
			card.id,
			{ ratings: { [second.id]: { value: 5 } }, key_takeaways: null },
			answer.headers.etag,
		);
		assert.deepEqual(answer.body.ratings[second.id], { value: 5, not_assessed: false, evidence: null });
		assert.equal(answer.body.version, card.version + 4);
	});

	test('two tabs do not overwrite each other, and the loser learns the version', async () => {
		const { body: card, headers } = await begin(a, await fresh());
		assert.equal(
			(await a.patch(`/v1/scorecards/${card.id}`, { key_takeaways: 'x' }, { expect: 428 })).body.code,
			'precondition_required',
		);
		const won = await save(a, card.id, { key_takeaways: 'first' }, headers.etag);
		const lost = await save(a, card.id, { key_takeaways: 'second' }, headers.etag, 412);
		assert.equal(lost.headers.etag, won.headers.etag);
		assert.equal((await a.read(`/v1/scorecards/${card.id}`)).key_takeaways, 'first');
		const race = await Promise.all(
			Array.from({ length: 8 }, (_, i) =>
				save(a, card.id, { key_takeaways: `race ${i}` }, won.headers.etag, [200, 412]),
			),
		);
		assert.equal(race.filter(({ status }) => status === 200).length, 1);
	});

	test('refuse ratings outside the rubric and outside 1 to 5, every one told', async () => {
		const { body: card, headers } = await begin(a, await fresh());
		const [one, two] = [randomId(), randomId()];
		const strangers = await save(
			a,
			card.id,
			{ ratings: { [one]: { value: 3 }, [two]: { value: 3 } } },
			headers.etag,
			422,
		);
		assert.deepEqual(pointers(strangers), [`/ratings/${one}`, `/ratings/${two}`].sort());
		for (const value of [0, 6, 2.5, '3']) {
			const answer = await save(
				a,
				card.id,
				{ ratings: { [first.id]: { value } } },
				headers.etag,
				422,
			);
			assert.equal(answer.body.errors[0].pointer, `/ratings/${first.id}/value`);
		}
		await save(a, card.id, { ratings: { nonsense: { value: 3 } } }, headers.etag, 422);
	});

	test('are their author’s alone', async () => {
		const { body: card, headers } = await begin(a, await fresh());
		for (const client of [b, manager, recruiter, world.admin, world.outsider]) {
			await client.get(`/v1/scorecards/${card.id}`, { expect: 404 });
			await save(client, card.id, { key_takeaways: 'x' }, headers.etag, 404);
			for (const verb of ['submit', 'take_back']) await act(client, card.id, verb, 404);
		}
		for (const tail of ['', '/revisions']) {
			const { headers: now } = await a.get(`/v1/scorecards/${card.id}${tail}`, { expect: 200 });
			await a.get(`/v1/scorecards/${card.id}${tail}`, {
				headers: { 'If-None-Match': now.etag },
				expect: 304,
			});
		}
	});
});

describe('submitting', () => {
	test('says all that is missing at once', async () => {
		const { body: card } = await begin(a, await fresh(), {
			ratings: { [first.id]: { value: 1 }, [second.id]: { value: 2 } },
		});
		const answer = await act(a, card.id, 'submit', 422);
		assert.equal(answer.body.code, 'scorecard_incomplete');
		assert.deepEqual(
			pointers(answer),
			[
				`/ratings/${first.id}/evidence`,
				`/ratings/${second.id}/evidence`,
				`/ratings/${third.id}`,
				'/recommendation',
			].sort(),
			'evidence for a 1 and for a failed must-have, a rating, a recommendation',
		);
	});

	test('that assesses nothing can only say "no decision", and why', async () => {
		const attempt = async (more, expect) =>
			(
				await a.post(
					'/v1/scorecards',
					{
						interview_id: (await fresh()).id,
						ratings: ratings(world.values(null, null, null)),
						submit: true,
						...more,
					},
					{ expect },
				)
			).body;
		for (const recommendation of ['strong_no', 'no', 'yes', 'strong_yes']) {
			const { errors } = await attempt({ recommendation, key_takeaways: 'Why.' }, 422);
			assert.deepEqual(
				errors.map(({ pointer, code }) => [pointer, code]),
				[['/recommendation', 'nothing_assessed']],
			);
		}
		for (const key_takeaways of [undefined, null, ' \n']) {
			const { code, errors } = await attempt({ recommendation: 'no_decision', key_takeaways }, 422);
			assert.deepEqual(
				[code, errors.map(({ pointer, code }) => [pointer, code])],
				['scorecard_incomplete', [['/key_takeaways', 'nothing_assessed']]],
			);
		}
		const card = await attempt({ recommendation: 'no_decision', key_takeaways: 'The line broke.' }, 201);
		// Nor does an amendment take away the last rating, or the reason.
		const refused = await a.post(
			`/v1/scorecards/${card.id}/amend`,
			{ key_takeaways: null, reason: 'Less.' },
			{ expect: 422 },
		);
		assert.deepEqual(pointers(refused), ['/key_takeaways']);
		// One rating is a judgement.
		await attempt({ ratings: ratings(world.values(3, null, null)), recommendation: 'no' }, 201);
	});

	test('asks evidence of a 1, a 5 and a failed must-have, and of nothing else', async () => {
		const bare = (values) =>
			Object.fromEntries(
				Object.entries(values).map(([id, value]) => [
					id,
					value === null ? { not_assessed: true } : { value },
				]),
			);
		const attempt = async (values, expect) => {
			const interview = await fresh();
			return a.post(
				'/v1/scorecards',
				{
					interview_id: interview.id,
					ratings: bare(values),
					recommendation: 'no',
					submit: true,
				},
				{ expect },
			);
		};
		await attempt(world.values(2, 3, 4), 201);
		assert.deepEqual(pointers(await attempt(world.values(5, 3, 4), 422)), [
			`/ratings/${first.id}/evidence`,
		]);
		assert.deepEqual(pointers(await attempt(world.values(1, 3, 4), 422)), [
			`/ratings/${first.id}/evidence`,
		]);
		assert.deepEqual(pointers(await attempt(world.values(4, 2, 4), 422)), [
			`/ratings/${second.id}/evidence`,
		]);
		const blank = await fresh();
		const answer = await a.post(
			'/v1/scorecards',
			{
				interview_id: blank.id,
				ratings: { ...bare(world.values(4, 3, 5)), [third.id]: { value: 5, evidence: ' \n ' } },
				recommendation: 'yes',
				submit: true,
			},
			{ expect: 422 },
		);
		assert.deepEqual(pointers(answer), [`/ratings/${third.id}/evidence`]);
	});

	test('asks for the focus of the stage only', async () => {
		const focused = await world.role({
			version: world.version,
			stages: [{ focus: [second] }],
			team: world.team,
		});
		const interview = await fresh({ a: 'interviewer' }, focused);
		const card = await world.scorecard('a', interview, { [second.id]: 3 });
		assert.equal(card.status, 'submitted');
		const other = await fresh({ a: 'interviewer' }, focused);
		const answer = await a.post(
			'/v1/scorecards',
			{
				interview_id: other.id,
				ratings: ratings({ [first.id]: 3 }),
				recommendation: 'yes',
				submit: true,
			},
			{ expect: 422 },
		);
		assert.deepEqual(pointers(answer), [`/ratings/${second.id}`]);
	});

	test('locks it', async () => {
		const { body: card, headers } = await begin(a, await fresh(), full);
		const submitted = (await act(a, card.id, 'submit')).body;
		assert.deepEqual(
			[submitted.status, submitted.revision, submitted.version],
			['submitted', 1, card.version + 1],
		);
		assert.equal(Date.parse(submitted.take_back_until) - Date.parse(submitted.submitted_at), 600_000);
		assert.equal(
			(await save(a, card.id, { key_takeaways: 'late' }, '*', 409)).body.code,
			'scorecard_locked',
		);
		await save(a, card.id, { key_takeaways: 'late' }, headers.etag, [409, 412]);
		assert.equal((await act(a, card.id, 'submit', 409)).body.code, 'scorecard_locked');
		assert.equal((await a.read(`/v1/scorecards/${card.id}`)).key_takeaways, null);
	});

	test('is refused for a cancelled interview, and by a stale version', async () => {
		const interview = await fresh();
		const { body: card, headers } = await begin(a, interview, full);
		const later = await save(a, card.id, { key_takeaways: 'later' }, headers.etag);
		await a.post(`/v1/scorecards/${card.id}/submit`, undefined, {
			headers: { 'If-Match': headers.etag },
			expect: 412,
		});
		await manager.make(`/v1/interviews/${interview.id}/cancel`);
		const answer = await a.post(`/v1/scorecards/${card.id}/submit`, undefined, {
			headers: { 'If-Match': later.headers.etag },
			expect: 409,
		});
		assert.equal(answer.body.code, 'interview_cancelled');
	});

	test('happens once, however often it is asked at once', async () => {
		const { body: card } = await begin(a, await fresh(), full);
		const answers = await Promise.all(
			Array.from({ length: 8 }, () =>
				a.post(`/v1/scorecards/${card.id}/submit`, undefined, { expect: [200, 409] }),
			),
		);
		assert.equal(answers.filter(({ status }) => status === 200).length, 1);
		assert.equal((await a.read(`/v1/scorecards/${card.id}/revisions`)).data.length, 1);
	});

	test('in one act when it is whole, or not at all', async () => {
		const interview = await fresh();
		const answer = await a.post(
			'/v1/scorecards',
			{ interview_id: interview.id, submit: true },
			{ expect: 422 },
		);
		assert.equal(answer.body.code, 'scorecard_incomplete');
		assert.deepEqual(await a.all('/v1/scorecards', { interview_id: interview.id }), []);
		const card = await world.scorecard('a', interview, world.values(4, 4, 4));
		assert.deepEqual([card.status, card.revision], ['submitted', 1]);
	});
});

describe('taking back', () => {
	test('gives the draft again, and the next submission is a new revision', async () => {
		const card = await world.scorecard('a', await fresh(), world.values(4, 3, 3));
		const draft = (await act(a, card.id, 'take_back')).body;
		assert.deepEqual([draft.status, draft.submitted_at, draft.take_back_until], ['draft', null, null]);
		assert.equal((await act(a, card.id, 'take_back', 409)).body.code, 'scorecard_not_submitted');
		await save(a, card.id, { ratings: ratings({ [first.id]: 2 }) }, `"${draft.version}"`);
		const again = (await act(a, card.id, 'submit')).body;
		assert.equal(again.revision, 2);
		const { data } = await a.read(`/v1/scorecards/${card.id}/revisions`);
		assert.deepEqual(
			data.map(({ number, kind, content }) => [number, kind, content.ratings[first.id].value]),
			[
				[1, 'submission', 4],
				[2, 'submission', 2],
			],
		);
	});

	test('ends when a colleague’s became visible', async () => {
		const interview = await fresh();
		const mine = await world.scorecard('a', interview, world.values(4, 3, 3));
		await world.scorecard('b', interview, world.values(2, 3, 3));
		assert.equal((await act(a, mine.id, 'take_back', 409)).body.code, 'scorecard_seen');
		// Also when the colleague takes theirs back: it was there to be read.
	});

	test('is still refused after the colleague took theirs back', async () => {
		const interview = await fresh();
		const mine = await world.scorecard('a', interview, world.values(4, 3, 3));
		const theirs = await begin(b, interview, full);
		await act(b, theirs.body.id, 'submit');
		// b sees a's at once, so b cannot take back either.
		assert.equal((await act(b, theirs.body.id, 'take_back', 409)).body.code, 'scorecard_seen');
		assert.equal((await act(a, mine.id, 'take_back', 409)).body.code, 'scorecard_seen');
	});

	test('a colleague’s draft does not stand in the way', async () => {
		const interview = await fresh();
		await begin(b, interview, full);
		const mine = await world.scorecard('a', interview, world.values(4, 3, 3));
		await act(a, mine.id, 'take_back');
	});

	test('ends after ten minutes, and with an amendment', async () => {
		const old = await world.scorecard('a', await fresh(), world.values(4, 3, 3));
		await psql(
			server,
			`UPDATE scorecards SET submitted_at = submitted_at - interval '11 minutes' WHERE id = '${old.id}'`,
		);
		assert.equal((await act(a, old.id, 'take_back', 409)).body.code, 'take_back_expired');
		const amended = await world.scorecard('a', await fresh(), world.values(4, 3, 3));
		await act(a, amended.id, 'amend', 200, { key_takeaways: 'More.', reason: 'Forgot.' });
		assert.equal((await act(a, amended.id, 'take_back', 409)).body.code, 'scorecard_locked');
	});
});

describe('amending', () => {
	test('adds a revision with its reason; the first stays readable', async () => {
		const card = await world.scorecard('a', await fresh(), world.values(4, 3, 3), {
			private_note: 'Between us.',
		});
		const amended = (
			await act(a, card.id, 'amend', 200, {
				ratings: { [first.id]: { value: 3 } },
				reason: 'Checked my notes.',
			})
		).body;
		assert.deepEqual(
			[amended.revision, amended.status, amended.ratings[first.id].value, amended.submitted_at],
			[2, 'submitted', 3, card.submitted_at],
		);
		const { data } = await recruiter.read(`/v1/scorecards/${card.id}/revisions`);
		assert.deepEqual(
			data.map(({ number, kind, reason }) => [number, kind, reason]),
			[
				[1, 'submission', null],
				[2, 'amendment', 'Checked my notes.'],
			],
		);
		assert.deepEqual(
			data.map(({ content }) => content.ratings[first.id].value),
			[4, 3],
		);
		assert.equal(new Set(data.map(({ content_hash }) => content_hash)).size, 2);
		assert.equal(data[0].content.private_note, 'Between us.');
	});

	test('needs a reason, something to change, and what a submission needs', async () => {
		const { body: draft } = await begin(a, await fresh(), full);
		assert.equal(
			(await act(a, draft.id, 'amend', 409, { key_takeaways: 'x', reason: 'y' })).body.code,
			'scorecard_not_submitted',
		);
		const card = await world.scorecard('a', await fresh(), world.values(4, 3, 3));
		await act(a, card.id, 'amend', 422, { key_takeaways: 'x' });
		await act(a, card.id, 'amend', 422, { reason: 'Only that.' });
		const gaps = await act(a, card.id, 'amend', 422, {
			ratings: { [first.id]: null },
			recommendation: null,
			reason: 'Hm.',
		});
		assert.equal(gaps.body.code, 'scorecard_incomplete');
		assert.deepEqual(pointers(gaps), [`/ratings/${first.id}`, '/recommendation'].sort());
		await act(a, card.id, 'amend', 422, { ratings: { [randomId()]: { value: 3 } }, reason: 'Hm.' });
		await act(b, card.id, 'amend', 404, { key_takeaways: 'x', reason: 'y' });
		await act(recruiter, card.id, 'amend', 403, { key_takeaways: 'x', reason: 'y' });
		await a.post(
			`/v1/scorecards/${card.id}/amend`,
			{ key_takeaways: 'x', reason: 'y' },
			{ headers: { 'If-Match': '"99"' }, expect: 412 },
		);
		assert.equal((await a.read(`/v1/scorecards/${card.id}`)).revision, 1);
	});

	test('parallel amendments are each a revision', async () => {
		const card = await world.scorecard('a', await fresh(), world.values(4, 3, 3));
		await Promise.all(
			Array.from({ length: 6 }, (_, i) =>
				act(a, card.id, 'amend', 200, { key_takeaways: `Take ${i}`, reason: `Reason ${i}` }),
			),
		);
		const { data } = await a.read(`/v1/scorecards/${card.id}/revisions`);
		assert.deepEqual(
			data.map(({ number }) => number),
			[1, 2, 3, 4, 5, 6, 7],
		);
	});
});

describe('what others see', () => {
	test('private notes are for their author, recruiters, admins and hiring managers', async () => {
		const interview = await fresh();
		const card = await world.scorecard('a', interview, world.values(4, 3, 3), {
			private_note: 'Between us.',
		});
		await world.scorecard('b', interview, world.values(3, 3, 3));
		for (const [client, note] of [
			[a, 'Between us.'],
			[recruiter, 'Between us.'],
			[world.admin, 'Between us.'],
			[manager, 'Between us.'],
			[b, null],
			[world.observer, null],
		]) {
			assert.equal((await client.read(`/v1/scorecards/${card.id}`)).private_note, note);
			const [revision] = (await client.read(`/v1/scorecards/${card.id}/revisions`)).data;
			assert.equal(revision.content.private_note ?? null, note);
			assert.equal(
				(
					await client.all('/v1/scorecards', {
						interview_id: interview.id,
						author_id: world.users.a.id,
					})
				)[0].private_note,
				note,
			);
		}
		await world.shadow.get(`/v1/scorecards/${card.id}`, { expect: 404 });
	});

	test('each submission records what its author could see', async () => {
		const interview = await fresh();
		const mine = await world.scorecard('a', interview, world.values(4, 3, 3));
		const theirs = await world.scorecard('b', interview, world.values(3, 3, 3));
		await act(b, theirs.id, 'amend', 200, { key_takeaways: 'After all.', reason: 'Having read.' });
		const { data } = await b.read(`/v1/scorecards/${theirs.id}/revisions`);
		assert.deepEqual(data[0].could_see, [], 'nothing when it was submitted');
		assert.deepEqual(data[1].could_see, [{ id: mine.id, revision: 1 }]);
		assert.equal((await a.read(`/v1/scorecards/${theirs.id}/revisions`)).data[0].could_see, null);
	});

	test('lists are filtered by application, interview, role, author and state', async () => {
		const interview = await fresh();
		const card = await world.scorecard('a', interview, world.values(4, 3, 3));
		const { body: draft } = await begin(b, interview);
		const find = async (client, query) =>
			(await client.all('/v1/scorecards', query)).map(({ id }) => id).sort();
		assert.deepEqual(await find(recruiter, { interview_id: interview.id }), [card.id]);
		assert.deepEqual(await find(b, { interview_id: interview.id }), [draft.id]);
		assert.deepEqual(await find(a, { application_id: interview.application_id }), [card.id]);
		assert.deepEqual(await find(a, { application_id: interview.application_id, status: 'draft' }), []);
		assert.deepEqual(
			await find(recruiter, {
				author_id: world.users.a.id,
				application_id: interview.application_id,
				role_id: role.id,
				status: 'submitted',
			}),
			[card.id],
		);
		assert.deepEqual(
			await find(recruiter, { interview_id: interview.id, updated_since: '2099-01-01T00:00:00Z' }),
			[],
		);
	});

	test('a scorecard keeps the rubric it was asked with', async () => {
		const moving = await world.role({ version: world.version, team: world.team });
		const interview = await fresh({ a: 'interviewer', b: 'interviewer' }, moving);
		const card = await world.scorecard('a', interview, world.values(4, 3, 3));
		const other = await world.rubric([{ competency: third, weight: 1 }]);
		await world.admin.change(`/v1/roles/${moving.id}`, { rubric_version_id: other.id });
		assert.equal((await a.read(`/v1/scorecards/${card.id}`)).rubric_version_id, world.version.id);
		const next = await world.scorecard('b', interview, { [third.id]: 5 });
		assert.equal(next.rubric_version_id, other.id);
	});
});
