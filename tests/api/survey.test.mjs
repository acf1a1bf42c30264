// What candidates say of the process: sums of blocks that never change, and words without an author.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { startServer } from '../support/server.mjs';
import { randomId, unique, World } from '../support/world.mjs';

// Of its own: some tests take the defences away.
const server = await startServer();
after(() => server.stop());
const SIDE = '/v1/candidate_side';

// An organization whose survey is attacked; everything that its results ever said is written down.
class Survey {
	static async make() {
		const survey = new Survey();
		survey.world = await World.make(server);
		survey.roles = [await survey.world.role(), await survey.world.role(), await survey.world.role()];
		survey.seen = [];
		survey.said = [];
		return survey;
	}

	get admin() {
		return this.world.admin;
	}

	// By the role's number.
	async decided(nth) {
		const application = await this.world.application(this.roles[nth]);
		const { token } = await this.admin.make(`/v1/applications/${application.id}/candidate_links`, {});
		await this.admin.make(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'x' });
		const client = new Client(server, { headers: { 'Candidate-Link': token } });
		return { ...application, send: (body, expect) => client.post(`${SIDE}/survey`, body, { expect }) };
	}

	// Every answer has words of its own, unless told otherwise, and marks that differ.
	async answer(nth, more = {}) {
		const application = await this.decided(nth);
		const i = this.said.length;
		const body = { clarity: 1 + (i % 5), respect: 1 + ((i * 3) % 4), fairness: 5 - (i % 3), comment: unique('Said'), ...more };
		await application.send(body, 204);
		this.said.push({ ...application, nth, body });
		return this.said.at(-1);
	}

	erase({ candidate_id }) {
		return this.admin.make(`/v1/candidates/${candidate_id}/erase`);
	}

	// What is told now by every filter; kept, for what follows to be compared with.
	async look() {
		const told = {};
		for (const [name, query] of [['all', {}], ...this.roles.map(({ id }, n) => [`role ${n}`, { role_id: id }])]) {
			const it = await this.admin.read('/v1/survey_results', query);
			const sums = ['clarity', 'respect', 'fairness'].map((key) => Math.round(it[key] * it.answers));
			told[name] = { answers: it.answers, sums, comments: [...it.comments].sort() };
		}
		this.seen.push(told);
		return told;
	}

	// Whatever two looks, or two filters of one, would tell of fewer than five.
	findings() {
		const few = (n) => n !== 0 && Math.abs(n) < 5;
		const found = [];
		const without = (list, other) => list.filter((one) => !other.includes(one)).length;
		for (const [at, now] of this.seen.entries()) {
			const roles = Object.entries(now).filter(([name]) => name !== 'all');
			const rest = now.all.answers - roles.reduce((sum, [, role]) => sum + role.answers, 0);
			if (few(rest)) found.push(`${at}: ${rest} beside the roles`);
			for (const before of this.seen.slice(0, at))
				for (const [name, was] of Object.entries(before)) {
					const is = now[name];
					const more = is.answers - was.answers;
					if (few(more)) found.push(`${name}: ${more} answers`);
					if (more === 0 && String(is.sums) !== String(was.sums)) found.push(`${name}: other sums of as many`);
					for (const n of [without(is.comments, was.comments), without(was.comments, is.comments)])
						if (few(n)) found.push(`${name}: ${n} comments`);
				}
		}
		return [...new Set(found)];
	}
}

// Answers one after the other, then erasures, with a look after each act.
async function attack(survey) {
	for (const nth of [0, 1, 0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 2]) {
		await survey.answer(nth);
		await survey.look();
	}
	for (const one of survey.said.filter(({ nth }) => nth === 0)) {
		await survey.erase(one);
		await survey.look();
	}
	return survey.findings();
}

describe('the survey’s results', () => {
	test('cannot be had as the difference of two, by answering and erasing one by one, by role or for all', async () => {
		const survey = await Survey.make();
		assert.deepEqual(await attack(survey), []);
		const { all, 'role 0': first, 'role 1': second, 'role 2': third } = await survey.look();
		assert.deepEqual([all.answers, first.answers, second.answers, third.answers], [10, 5, 5, 0]);
		const five = survey.said.filter(({ nth }) => nth === 0).slice(0, 5);
		const sum = (key) => five.reduce((total, { body }) => total + body[key], 0);
		assert.deepEqual(first.sums, [sum('clarity'), sum('respect'), sum('fairness')]);
		// All of them are erased by now, and their words with the first of them.
		assert.deepEqual([first.comments, second.comments.length], [[], 5]);
		assert.ok(survey.seen.some((told) => told['role 0'].comments.length === 5));
		const events = await psql(
			server,
			`SELECT count(*) FROM events WHERE organization_id = '${survey.world.organization.id}' AND type = 'survey.released'`,
		);
		assert.equal(events, '2', 'each block is on the record');
	});

	test('lose a block’s words with whoever of it is erased, though they wrote none', async () => {
		const survey = await Survey.make();
		const silent = await survey.answer(0, { comment: null });
		for (let i = 0; i < 4; i += 1) await survey.answer(0);
		assert.equal((await survey.look())['role 0'].comments.length, 4);
		await survey.erase(silent);
		assert.deepEqual((await survey.look())['role 0'].comments, []);
		assert.equal((await survey.look())['role 0'].answers, 5);
	});

	test('do not count an answer that was erased while it waited', async () => {
		const survey = await Survey.make();
		for (let i = 0; i < 4; i += 1) await survey.erase(await survey.answer(0));
		await survey.answer(0);
		assert.equal((await survey.look()).all.answers, 0);
		for (let i = 0; i < 4; i += 1) await survey.answer(0);
		assert.equal((await survey.look()).all.answers, 5);
	});

	test('take what waited for ninety days together, five or more of all roles', async () => {
		const survey = await Survey.make();
		const age = () =>
			psql(
				server,
				`UPDATE survey_answers SET created_at = created_at - interval '91 days'
					WHERE organization_id = '${survey.world.organization.id}' AND block_id IS NULL`,
			);
		for (const nth of [0, 0, 1, 1]) await survey.answer(nth);
		await age();
		assert.equal((await survey.look()).all.answers, 0);
		for (const nth of [2, 2]) await survey.answer(nth);
		assert.equal((await survey.look()).all.answers, 0);
		await age();
		const { all, 'role 0': first } = await survey.look();
		assert.deepEqual([all.answers, first.answers], [6, 0]);
		await survey.answer(0);
		await survey.look();
		assert.deepEqual(survey.findings(), []);
	});

	test('have those of a confidential role in its own alone', async () => {
		const survey = await Survey.make();
		await survey.admin.change(`/v1/roles/${survey.roles[2].id}`, { confidential: true });
		for (const nth of [2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1]) await survey.answer(nth);
		await psql(
			server,
			`UPDATE survey_answers SET created_at = created_at - interval '91 days'
				WHERE organization_id = '${survey.world.organization.id}'`,
		);
		const { all, 'role 2': secret } = await survey.look();
		assert.deepEqual([all.answers, secret.answers], [5, 5]);
		await survey.world.user('recruiter', 'recruiter');
		const { recruiter } = survey.world;
		assert.equal((await recruiter.read('/v1/survey_results')).answers, 5);
		for (const role_id of [survey.roles[2].id, randomId()])
			await recruiter.get('/v1/survey_results', { query: { role_id }, expect: 404 });
	});

	test('count an answer once, whatever becomes of its application', async () => {
		const survey = await Survey.make();
		for (let i = 0; i < 5; i += 1) await survey.answer(0);
		const before = await survey.look();
		const [one, other] = survey.said;
		await one.send({ clarity: 5, respect: 5, fairness: 5 }, 409);
		await survey.admin.make(`/v1/applications/${one.id}/move`, { status: 'active', reason: 'Again.' });
		await survey.admin.make(`/v1/applications/${one.id}/move`, { status: 'rejected', reason: 'Still.' });
		await one.send({ clarity: 5, respect: 5, fairness: 5 }, 409);
		await survey.admin.make(`/v1/candidates/${one.candidate_id}/merge`, { into: other.candidate_id });
		assert.deepEqual(await survey.look(), before);
	});

	test('are all that anyone sees: no export holds an answer, and the service reads none', async () => {
		const survey = await Survey.make();
		const waiting = await survey.answer(0);
		const { id } = await survey.admin.make(`/v1/candidates/${waiting.candidate_id}/exports`);
		const { text } = await survey.admin.get(`/v1/candidate_exports/${id}/content`, { expect: 200 });
		assert.ok(text.includes(waiting.id) && !text.includes(waiting.body.comment));
		for (let i = 0; i < 4; i += 1) await survey.answer(0);
		await survey.look();
		// What was counted is kept nowhere by itself.
		const kept = await psql(
			server,
			`SELECT count(*), count(clarity), count(comment) FROM survey_answers
				WHERE organization_id = '${survey.world.organization.id}'`,
		);
		assert.equal(kept, '5|0|0');
		const as = (role, sql) =>
			psql(server, `SELECT set_config('assay.organization', '${survey.world.organization.id}', false); SET ROLE ${role}; ${sql}`);
		for (const sql of [
			'SELECT clarity FROM survey_answers',
			'SELECT comment FROM survey_answers',
			'DELETE FROM survey_answers',
			"UPDATE survey_answers SET comment = 'x'",
		])
			await assert.rejects(as('assay_app', sql), /permission denied for table survey_answers/);
		for (const sql of ["UPDATE survey_blocks SET comments = '[]'", 'DELETE FROM survey_blocks'])
			await assert.rejects(as('assay_app', sql), /permission denied for table survey_blocks/);
		await as('assay_demographics', 'SELECT clarity FROM survey_answers');
	});

	test('are counted once when many ask at once', async () => {
		const survey = await Survey.make();
		for (let i = 0; i < 11; i += 1) await survey.answer(0);
		const told = await Promise.all(Array.from({ length: 8 }, () => survey.admin.read('/v1/survey_results')));
		for (const one of told) assert.equal(one.answers, 10);
		assert.equal((await survey.look()).all.answers, 10);
	});
});

describe('without its defences the attack on the survey finds something:', () => {
	// What a function says, with one thing said otherwise, for as long as it takes.
	async function otherwise(name, change, act) {
		const definition = await psql(server, `SELECT pg_get_functiondef('${name}'::regproc)`);
		const changed = change(definition);
		assert.notEqual(changed, definition);
		await psql(server, changed);
		try {
			await act();
		} finally {
			await psql(server, definition);
		}
	}

	test('blocks of one', async () => {
		await psql(server, 'ALTER TABLE survey_blocks DROP CONSTRAINT survey_blocks_answers_check');
		await otherwise(
			'survey_release',
			(text) => text.replace('/ 5 AS five', '/ 1 AS five').replace('count(*) = 5', 'count(*) = 1'),
			async () => assert.ok((await attack(await Survey.make())).length > 3),
		);
	});

	test('words that go one by one', () =>
		otherwise(
			'erase_candidate_side',
			(text) => text.replace("comments = '[]'", 'comments = b.comments - 0'),
			async () => {
				const found = await attack(await Survey.make());
				assert.ok(found.some((what) => what.endsWith('comments')), found.join());
			},
		));

	test('answers that an erasure takes out of the sums', () =>
		otherwise(
			'erase_candidate_side',
			(text) => text.replace("comments = '[]'", "comments = '[]', clarity = b.clarity - 1"),
			async () => {
				const found = await attack(await Survey.make());
				assert.ok(found.some((what) => what.endsWith('other sums of as many')), found.join());
			},
		));
});
