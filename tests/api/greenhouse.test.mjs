// Reading as Greenhouse's Harvest API is read, v1 and v3: who may, pages, dates, and what stands in the objects.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { numberOf } from '../support/numbers.mjs';
import { sharedServer } from '../support/server.mjs';
import { POSTING, randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server, { independence: 'open' });
const foreign = await usualWorld(server, { name: unique('Elsewhere') });

const V1 = '/greenhouse/v1';
const V3 = '/greenhouse/v3';
const basic = (user, password = '') => ({
	Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
});
const READ = ['candidates', 'applications', 'roles', 'users', 'interviews', 'scorecards'].map((one) => `${one}:read`);
const v3 = await world.program('harvest', READ);
const { client_secret } = world.programs.harvest;
const v1 = new Client(server, { headers: basic(client_secret) });
const narrow = async (scope) => {
	const { client_secret: secret } = await world.admin.make('/v1/api_clients', { name: unique('Narrow'), scopes: [scope] });
	return new Client(server, { headers: basic(secret) });
};
const next = ({ headers }) => /<([^>]+)>; rel="next"/.exec(headers.link ?? '')?.[1].replace(/^https?:\/\/[^/]+/, '');
// Every row, page by page, as the Link headers lead.
async function every(client, path) {
	const found = [];
	for (let at = path; at; ) {
		const answer = await client.get(at, { expect: 200 });
		found.push(...answer.body);
		at = next(answer);
	}
	return found;
}
const ids = (rows) => rows.map(({ id }) => id);

describe('who asks', () => {
	test('v1 by basic authentication with a secret as the user name, or by a token', async () => {
		assert.equal((await v1.get(`${V1}/candidates`, { expect: 200 })).body.length, 1);
		assert.equal((await v3.get(`${V1}/candidates`, { expect: 200 })).body.length, 1);
		// With the slash that their own examples have.
		await v1.get(`${V1}/candidates/`, { expect: 200 });
	});

	test('v3 by a token alone', async () => {
		await v1.get(`${V3}/candidates`, { expect: 401 });
		assert.equal((await v3.get(`${V3}/candidates`, { expect: 200 })).body.length, 1);
	});

	test('anything else is 401 in their form', async () => {
		const wrong = `${client_secret.slice(0, -1)}${client_secret.endsWith('A') ? 'B' : 'A'}`;
		for (const headers of [{}, basic(''), basic('nobody'), basic(wrong), { Authorization: 'Basic ???' }, basic(randomId(), client_secret)]) {
			const { body } = await new Client(server, { headers }).get(`${V1}/candidates`, { expect: 401 });
			assert.equal(typeof body.message, 'string');
		}
	});

	test('a revoked client is out at once', async () => {
		const made = await world.admin.make('/v1/api_clients', { name: unique('Gone'), scopes: ['candidates:read'] });
		const client = new Client(server, { headers: basic(made.client_secret) });
		await client.get(`${V1}/candidates`, { expect: 200 });
		assert.ok((await world.admin.read(`/v1/api_clients/${made.id}`)).last_used_at);
		await world.admin.make(`/v1/api_clients/${made.id}/revoke`);
		await client.get(`${V1}/candidates`, { expect: 401 });
	});

	test('a scope that lacks is 403 in their form', async () => {
		const client = await narrow('candidates:read');
		const { body } = await client.get(`${V1}/scorecards`, { expect: 403 });
		assert.equal(typeof body.message, 'string');
		await client.get(`${V1}/candidates`, { expect: 200 });
	});

	test('and opens nothing beside its own', async () => {
		const [candidate] = (await (await narrow('candidates:read')).get(`${V1}/candidates`, { expect: 200 })).body;
		assert.deepEqual([candidate.applications, candidate.application_ids], [[], []]);
		const [whole] = (await v1.get(`${V1}/candidates`, { expect: 200 })).body;
		assert.deepEqual(whole.application_ids, [numberOf(world.application1.id)]);
		assert.equal(whole.applications[0].jobs[0].id, numberOf(world.role1.id));
	});
});

describe('pages and dates', () => {
	const made = [];
	const tag = unique('paged');
	test('something to walk', async () => {
		for (let i = 0; i < 7; i += 1) made.push(await world.candidate({ name: `Paged ${tag} ${i}` }));
	});
	const walked = (path, client) => every(client, path).then((rows) => rows.filter(({ last_name }) => /^\d$/.test(last_name)));

	test('v1 follows its Link headers, forwards and back', async () => {
		const rows = await walked(`${V1}/candidates?per_page=3`, v1);
		assert.deepEqual(ids(rows), made.map(({ id }) => numberOf(id)).reverse());
		const first = await v1.get(`${V1}/candidates?per_page=2`, { expect: 200 });
		assert.ok(!/prev/.test(first.headers.link));
		const second = await v1.get(next(first), { expect: 200 });
		assert.match(second.headers.link, /page=1>; rel="prev"/);
		// By number it is the same page.
		const numbered = await v1.get(`${V1}/candidates?per_page=2&page=2&skip_count=true`, { expect: 200 });
		assert.deepEqual(ids(numbered.body), ids(second.body));
		assert.deepEqual((await v1.get(`${V1}/candidates?per_page=500&page=2`, { expect: 200 })).body, []);
		const { body } = await v1.get(`${V1}/candidates?per_page=500&page=22`, { expect: 422 });
		assert.deepEqual([body.message, body.errors[0].field], ['Validation error', 'page']);
		for (const wrong of ['per_page=0', 'per_page=501', 'page=0', 'page=x', 'nothing=1'])
			await v1.get(`${V1}/candidates?${wrong}`, { expect: 422 });
		// What came in meanwhile shifts no page that a link leads to.
		const before = await v1.get(`${V1}/candidates?per_page=4`, { expect: 200 });
		await world.candidate({ name: 'Between Pages' });
		const after = await v1.get(next(before), { expect: 200 });
		assert.equal(new Set(ids([...before.body, ...after.body])).size, before.body.length + after.body.length);
		await v1.get(`${V1}/candidates?per_page=2&cursor=x`, { expect: 400 });
	});

	test('v3 by a cursor that stands alone and brings its filters along', async () => {
		const from = made[0].created_at;
		const path = `${V3}/candidates?per_page=3&created_at=${encodeURIComponent(`gte|${from}`)}`;
		assert.deepEqual(ids(await walked(path, v3)), made.map(({ id }) => numberOf(id)).reverse());
		const first = await v3.get(path, { expect: 200 });
		assert.match(next(first), /^\/greenhouse\/v3\/candidates\?cursor=[A-Za-z0-9_-]+$/);
		const { body } = await v3.get(`${next(first)}&per_page=3`, { expect: 422 });
		assert.equal(body.errors[0].field, 'cursor');
		// Nobody makes one up, and it is no good for another list or another organization.
		const cursor = next(first).split('=')[1];
		const inside = JSON.parse(Buffer.from(cursor, 'base64url'));
		const forged = (change) => Buffer.from(JSON.stringify({ ...inside, ...change })).toString('base64url');
		for (const one of ['x', 'e30', forged({ f: {} }), forged({ n: 0 }), forged({ n: 501 }), forged({ c: 'x' }), 'A'.repeat(3790)])
			assert.equal((await v3.get(`${V3}/candidates?cursor=${one}`, { expect: 400 })).body.code, 'bad_cursor');
		await v3.get(`${V3}/users?cursor=${cursor}`, { expect: 400 });
		await (await foreign.program('other', READ)).get(`${V3}/candidates?cursor=${cursor}`, { expect: 400 });
	});

	test('both spellings of dates, and all four comparisons', async () => {
		const at = made.map(({ created_at }) => created_at);
		const asked = async (query) => {
			const rows = await every(v3, `${V3}/candidates?${query}`);
			return made.map(({ id }, i) => (ids(rows).includes(numberOf(id)) ? i : '')).join('');
		};
		const [third, fifth] = [at[2], at[4]].map(encodeURIComponent);
		const bar = '%7C';
		for (const [query, expected] of [
			[`created_at%5Bgte%5D=${third}`, /^23456/],
			[`created_at[gt]=${third}`, /^3456/],
			[`created_at[gte]=${third}&created_at[lt]=${fifth}`, /^23$/],
			[`created_at[lte]=${third}`, /^012$/],
			[`created_at=gte${bar}${third}${bar}lt${bar}${fifth}`, /^23$/],
			[`created_at=gt|${third}|lte|${fifth}`, /^34$/],
			[`updated_at=gte|${third}`, /^23456/],
			[`updated_at[lt]=${third}`, /^01$/],
		])
			assert.match(await asked(query), expected, query);
		for (const wrong of ['yesterday', `eq|${third}`, `gte|soon`, `gte|${third}|`, `gte|${third}|lt|${fifth}|gt|${third}`, 'gte'])
			assert.equal(
				(await v3.get(`${V3}/candidates?created_at=${wrong}`, { expect: 422 })).body.errors[0].field,
				'created_at',
			);
		await v3.get(`${V3}/candidates?created_at[gte]=soon`, { expect: 422 });
		await v3.get(`${V3}/candidates?starts_at[gte]=${third}`, { expect: 422 });
		const v1ids = ids(await every(v1, `${V1}/candidates?created_after=${third}&created_before=${fifth}`));
		assert.deepEqual(v1ids.sort(), [made[2], made[3]].map(({ id }) => numberOf(id)).sort());
		const changed = await world.admin.change(`/v1/candidates/${made[1].id}`, { headline: 'Changed' });
		const [latest] = (await v1.get(`${V1}/candidates?updated_after=${changed.updated_at}`, { expect: 200 })).body;
		assert.equal(latest.id, numberOf(made[1].id));
	});
});

describe('what stands in them', () => {
	test('a candidate', async () => {
		const email = `${unique('locke')}@example.com`;
		const { id } = await world.candidate({
			name: 'John Paul Locke',
			email,
			phone: '+49 30 123',
			location: 'Berlin',
			tags: ['boxes'],
			links: [{ url: 'https://www.linkedin.com/in/locke' }, { label: 'Home', url: 'https://locke.example' }],
			experience: [{ title: 'Engineer', organization: 'Box Company', start: '2018-04' }],
			education: [{ organization: 'A School', degree: 'BSc' }],
		});
		const number = numberOf(id);
		assert.ok(Number.isSafeInteger(number));
		const one = (await v1.get(`${V1}/candidates/${number}`, { expect: 200 })).body;
		assert.deepEqual(
			[one.id, one.first_name, one.last_name, one.company, one.title, one.tags],
			[number, 'John Paul', 'Locke', 'Box Company', 'Engineer', ['boxes']],
		);
		assert.deepEqual(one.email_addresses, [{ value: email, type: 'personal' }]);
		assert.deepEqual(one.social_media_addresses, [{ value: 'https://www.linkedin.com/in/locke' }]);
		assert.deepEqual(one.website_addresses, [{ value: 'https://locke.example', type: 'other' }]);
		assert.deepEqual([one.employments[0].company_name, one.educations[0].degree], ['Box Company', 'BSc']);
		for (const query of [`email=${email.toUpperCase()}`, `candidate_ids=${number}`])
			assert.deepEqual(ids((await v1.get(`${V1}/candidates?${query}`, { expect: 200 })).body), [number]);
		for (const query of [`email=${email}`, `ids=${number},1`])
			assert.deepEqual(ids((await v3.get(`${V3}/candidates?${query}`, { expect: 200 })).body), [number]);
		const [flat] = (await v3.get(`${V3}/candidates?ids=${number}`, { expect: 200 })).body;
		assert.deepEqual([flat.private, flat.email_addresses[0].value], [false, email]);
		await world.admin.make(`/v1/candidates/${id}/erase`);
		await v1.get(`${V1}/candidates/${number}`, { expect: 404 });
	});

	test('jobs, stages and users', async () => {
		const number = numberOf(world.role1.id);
		await world.admin.put(`/v1/roles/by_external_id/requisition/R-${number}`, { title: 'Mapped', location: 'Berlin', openings: 2 }, { expect: [200, 201] });
		const [mapped] = (await v1.get(`${V1}/jobs?requisition_id=R-${number}`, { expect: 200 })).body;
		assert.deepEqual(
			[mapped.name, mapped.requisition_id, mapped.offices[0].name, mapped.openings.length, mapped.status],
			['Mapped', `R-${number}`, 'Berlin', 2, 'open'],
		);
		assert.deepEqual(ids((await v3.get(`${V3}/jobs?requisition_id=R-${number}&status=open`, { expect: 200 })).body), [mapped.id]);
		assert.deepEqual((await v3.get(`${V3}/jobs?status=closed`, { expect: 200 })).body, []);
		const one = (await v1.get(`${V1}/jobs/${number}`, { expect: 200 })).body;
		assert.equal(one.hiring_team.hiring_managers[0].name, 'Person manager');
		const stages = (await v1.get(`${V1}/jobs/${number}/stages`, { expect: 200 })).body;
		assert.deepEqual(stages.map(({ name, priority }) => [name, priority]).sort(), [
			['Stage 1', 0],
			['Stage 2', 1],
		]);
		assert.equal((await v1.get(`${V1}/job_stages/${stages[0].id}`, { expect: 200 })).body.job_id, number);
		const flat = (await v3.get(`${V3}/job_interview_stages?job_ids=${number}&active=true`, { expect: 200 })).body;
		assert.deepEqual(flat.map(({ sort_order }) => sort_order).sort(), [0, 1]);
		const user = numberOf(world.users.a.id);
		const person = (await v1.get(`${V1}/users/${user}`, { expect: 200 })).body;
		assert.deepEqual([person.first_name, person.last_name, person.primary_email_address], ['Person', 'a', world.users.a.email]);
		assert.deepEqual(ids((await v1.get(`${V1}/users?email=${world.users.a.email}`, { expect: 200 })).body), [user]);
		assert.ok((await v3.get(`${V3}/users?deactivated=false&per_page=500`, { expect: 200 })).body.every(({ deactivated }) => !deactivated));
	});

	test('an application, as it goes', async () => {
		const role = await world.role({ version: world.version, stages: [{}] });
		const application = await world.application(role);
		const number = numberOf(application.id);
		const told = async () => (await v1.get(`${V1}/applications/${number}`, { expect: 200 })).body;
		const first = await told();
		assert.deepEqual(
			[first.status, first.rejected_at, first.current_stage.name, first.jobs[0].name, first.candidate_id],
			['active', null, 'Stage 1', role.title, numberOf(application.candidate_id)],
		);
		await world.admin.make(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'No.' });
		const second = await told();
		assert.equal(second.status, 'rejected');
		assert.ok(second.rejected_at > first.applied_at);
		const query = `job_ids=${numberOf(role.id)}&candidate_ids=${first.candidate_id}&status=rejected`;
		const [flat] = (await v3.get(`${V3}/applications?${query}`, { expect: 200 })).body;
		assert.deepEqual([flat.id, flat.job_id, flat.rejected_at], [number, numberOf(role.id), second.rejected_at]);
		assert.deepEqual((await v3.get(`${V3}/applications?job_ids=${numberOf(role.id)}&status=hired`, { expect: 200 })).body, []);
		assert.deepEqual(ids((await v1.get(`${V1}/applications?job_id=${numberOf(role.id)}&status=rejected`, { expect: 200 })).body), [number]);
	});

	test('interviews and scorecards, as far as the asker may read', async () => {
		const role = await world.role({ version: world.version, stages: [{ independence: 'application' }], team: world.team });
		const application = await world.application(role);
		const starts_at = '2026-03-26T22:15:00.000Z';
		const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' }, { starts_at, duration_minutes: 15 });
		const number = numberOf(interview.id);
		const of = numberOf(application.id);
		const told = async () => (await v1.get(`${V1}/scheduled_interviews/${number}`, { expect: 200 })).body;
		const cards = async () => (await v1.get(`${V1}/applications/${of}/scorecards`, { expect: 200 })).body;
		const before = await told();
		assert.deepEqual(
			[before.status, before.start.date_time, before.end.date_time, before.interview.name],
			['awaiting_feedback', starts_at, '2026-03-26T22:30:00.000Z', 'Stage 1'],
		);
		const card = await world.scorecard('a', interview, world.values(5, 3, null), {
			key_takeaways: 'Knows maps.',
			private_note: 'Between us.',
			recommendation: 'strong_yes',
		});
		// One of two: nothing is told, by any address.
		assert.deepEqual(await told(), before);
		assert.deepEqual(await cards(), []);
		await v1.get(`${V1}/scorecards/${numberOf(card.id)}`, { expect: 404 });
		assert.deepEqual((await v3.get(`${V3}/scorecards?ids=${numberOf(card.id)}`, { expect: 200 })).body, []);
		await world.scorecard('b', interview, world.values(1, 2, 4), { recommendation: 'strong_no' });
		const both = await told();
		assert.equal(both.status, 'complete');
		assert.deepEqual(both.interviewers.map(({ name, scorecard_id }) => [name, scorecard_id !== null]), [
			['Person a', true],
			['Person b', true],
		]);
		assert.equal((await cards()).length, 2);
		const one = (await v1.get(`${V1}/scorecards/${numberOf(card.id)}`, { expect: 200 })).body;
		assert.deepEqual(one.attributes.map(({ rating }) => rating), ['strong_yes', 'mixed', 'no_decision']);
		assert.deepEqual([one.overall_recommendation, one.interviewer.name, one.interviewed_at], ['strong_yes', 'Person a', starts_at]);
		assert.deepEqual(one.ratings.mixed, [one.attributes[1].name]);
		assert.deepEqual(one.questions.map(({ answer }) => answer), ['Knows maps.', null]);
		const [flat] = (await v3.get(`${V3}/scorecards?application_ids=${of}&interviewer_ids=${numberOf(world.users.b.id)}&status=complete`, { expect: 200 })).body;
		assert.deepEqual([flat.candidate_rating, flat.status, flat.private_notes], ['definitely_not', 'complete', null]);
		// Without the scope it is not even complete.
		const scheduler = await narrow('interviews:read');
		const seen = (await scheduler.get(`${V1}/scheduled_interviews/${number}`, { expect: 200 })).body;
		assert.deepEqual([seen.status, seen.interviewers[0].scorecard_id], ['awaiting_feedback', null]);
		const window = `starts_at[gte]=${starts_at}&starts_at[lte]=${starts_at}&application_ids=${of}`;
		assert.deepEqual(ids((await v3.get(`${V3}/interviews?${window}`, { expect: 200 })).body), [number]);
		assert.deepEqual((await v3.get(`${V3}/interviews?starts_at[gt]=${starts_at}&application_ids=${of}`, { expect: 200 })).body, []);
		assert.deepEqual(ids((await v1.get(`${V1}/applications/${of}/scheduled_interviews?starts_after=${starts_at}`, { expect: 200 })).body), [number]);
		await world.admin.make(`/v1/interviews/${interview.id}/cancel`);
		await v1.get(`${V1}/scheduled_interviews/${number}`, { expect: 404 });
	});

	test('a recruiter who owes a scorecard is as blind here, and sees own drafts', async () => {
		const role = await world.role({ version: world.version, stages: [{ independence: 'application' }] });
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer', recruiter: 'interviewer' });
		await world.scorecard('a', interview, world.values(4, 4, 4));
		const of = numberOf(application.id);
		const cards = async (query = '') => (await world.recruiter.get(`${V3}/scorecards?application_ids=${of}${query}`, { expect: 200 })).body;
		assert.deepEqual(await cards(), []);
		const draft = await world.scorecard('recruiter', interview, world.values(3, 3, 3), { submit: false });
		assert.deepEqual(ids(await cards('&status=draft')), [numberOf(draft.id)]);
		assert.deepEqual((await world.recruiter.get(`${V1}/applications/${of}/scorecards`, { expect: 200 })).body, []);
		await world.recruiter.make(`/v1/scorecards/${draft.id}/submit`);
		assert.equal((await cards()).length, 2);
	});
});

describe('what is not theirs', () => {
	test('another organization is not there, by any number', async () => {
		for (const [path, id] of [
			['candidates', foreign.candidate1.id],
			['applications', foreign.application1.id],
			['jobs', foreign.role1.id],
			['job_stages', foreign.role1.stages[0].id],
			['users', foreign.users.a.id],
			['scheduled_interviews', foreign.interview1.id],
		]) {
			const known = await v1.get(`${V1}/${path}/${numberOf(id)}`, { expect: 404 });
			const random = await v1.get(`${V1}/${path}/12345`, { expect: 404 });
			assert.deepEqual({ ...known.body, instance: 0 }, { ...random.body, instance: 0 });
		}
		for (const list of ['applications', 'scheduled_interviews', 'scorecards'].slice(1))
			assert.deepEqual((await v1.get(`${V1}/applications/${numberOf(foreign.application1.id)}/${list}`, { expect: 200 })).body, []);
		assert.deepEqual((await v3.get(`${V3}/candidates?ids=${numberOf(foreign.candidate1.id)}`, { expect: 200 })).body, []);
	});

	test('a confidential role is not there for a program', async () => {
		const role = await world.role({ version: world.version, stages: [{}], confidential: true });
		const application = await world.application(role);
		await v1.get(`${V1}/jobs/${numberOf(role.id)}`, { expect: 404 });
		await v1.get(`${V1}/applications/${numberOf(application.id)}`, { expect: 404 });
		const candidate = (await v1.get(`${V1}/candidates/${numberOf(application.candidate_id)}`, { expect: 200 })).body;
		assert.deepEqual([candidate.applications, candidate.application_ids], [[], []]);
		assert.equal((await world.admin.get(`${V1}/jobs/${numberOf(role.id)}`, { expect: 200 })).body.confidential, true);
	});
});
