// Whom an organization shows what, and that it can only ever show less.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager } = world;
const TEAM = { contact: 'team', wants: 'team', resume: 'team', source: 'team', scorecards: 'team' };
const show = (visibility) => admin.change('/v1/settings', { visibility });
const everything = () => show(Object.fromEntries(Object.keys(TEAM).map((key) => [key, null])));

const mark = unique('Wombat').toLowerCase();
const person = await world.candidate({
	email: `${mark}@example.com`,
	phone: '+49 30 1234567',
	links: [{ url: 'https://example.com/x' }],
	headline: 'Backend',
	summary: `${mark}summary`,
	experience: [{ title: 'Engineer', organization: `${mark}works` }],
	education: [{ organization: 'School' }],
	source: `${mark} fair`,
	wants: { text: 'More money', salary: { amount: 90000, currency: 'EUR', period: 'year' } },
});
const role = await world.role({
	version: world.version,
	team: { manager: 'hiring_manager', a: 'interviewer', observer: 'observer' },
});
const application = await admin.make('/v1/applications', {
	candidate_id: person.id,
	role_id: role.id,
	source: `${mark} board`,
});
const upload = (kind) =>
	admin
		.request('POST', `/v1/candidates/${person.id}/documents`, {
			raw: `${mark}${kind}`,
			type: 'text/plain',
			query: { kind },
			expect: 201,
		})
		.then(({ body }) => body);
const resume = await upload('resume');
const other = await upload('other');

const read = (client) => client.read(`/v1/candidates/${person.id}`);
const listed = async (client) => (await client.all('/v1/candidates')).find(({ id }) => id === person.id);
const finds = async (client, query) => (await client.all('/v1/candidates', query)).some(({ id }) => id === person.id);

describe('the settings', () => {
	test('are the defaults until something is set, and change in part', async () => {
		const first = await admin.get('/v1/settings', { expect: 200 });
		assert.deepEqual(first.body, { visibility: TEAM, version: 1, updated_at: null });
		const changed = await show({ wants: 'recruiters' });
		assert.deepEqual([changed.visibility, changed.version], [{ ...TEAM, wants: 'recruiters' }, 2]);
		await admin.patch('/v1/settings', { visibility: { wants: 'team' } }, { headers: { 'If-Match': '"1"' }, expect: 412 });
		await admin.patch('/v1/settings', { visibility: { scorecards: 'recruiters' } }, { expect: 422 });
		await admin.patch('/v1/settings', { visibility: {} }, { expect: 422 });
		const [event] = await admin.all('/v1/audit', { type: 'settings.updated' });
		assert.deepEqual(event.data, { version: 2, visibility: { wants: 'recruiters' } });
		assert.deepEqual((await everything()).visibility, TEAM);
		await recruiter.get('/v1/settings', { expect: 403 });
		await recruiter.patch('/v1/settings', { visibility: { wants: 'team' } }, { expect: 403 });
	});
});

// What each hides, from whom, and that the others go on seeing it.
const HIDES = {
	contact: { email: null, phone: null, links: [] },
	wants: { wants: null },
	resume: { summary: null, experience: [], education: [] },
	source: { source: null },
};
describe('what is known of a candidate', () => {
	for (const [what, empty] of Object.entries(HIDES))
		for (const [audience, sees] of Object.entries({
			team: ['admin', 'recruiter', 'manager', 'a', 'observer'],
			hiring_managers: ['admin', 'recruiter', 'manager'],
			recruiters: ['admin', 'recruiter'],
		}))
			test(`${what} for ${audience}`, async () => {
				const full = await read(admin);
				await show({ [what]: audience });
				for (const key of ['admin', 'recruiter', 'manager', 'a', 'observer']) {
					const client = world[key];
					const open = sees.includes(key);
					for (const shown of [await read(client), await listed(client)]) {
						assert.deepEqual(shown.hidden, open ? [] : [what], key);
						for (const [member, value] of Object.entries(empty))
							assert.deepEqual(shown[member], open ? full[member] : value, `${member} to ${key}`);
						assert.deepEqual(
							Object.keys(full).filter(
								(member) =>
									JSON.stringify(shown[member]) !== JSON.stringify(full[member]) &&
									member !== 'hidden',
							),
							open ? [] : Object.keys(empty),
						);
					}
				}
				await everything();
			});

	test('a search or a filter finds nothing that is hidden', async () => {
		const queries = { contact: [{ q: `${mark}@example.com` }, { email: `${mark}@example.com` }] };
		queries.resume = [{ q: `${mark}summary` }, { q: `${mark}works` }, { q: `${mark}resume` }];
		queries.source = [{ source: `${mark} fair` }];
		for (const [what, all] of Object.entries(queries))
			for (const query of all) {
				assert.equal(await finds(world.a, query), true, `${JSON.stringify(query)} before`);
				await show({ [what]: 'hiring_managers' });
				assert.equal(await finds(world.a, query), false, JSON.stringify(query));
				assert.equal((await world.a.read('/v1/candidates/counts', query)).total, 0);
				assert.equal(await finds(manager, query), true);
				assert.equal(await finds(recruiter, query), true);
				await everything();
			}
		// The rest is found as before.
		await show({ contact: 'recruiters', resume: 'recruiters' });
		assert.equal(await finds(world.a, { q: 'backend' }), true);
		const inRole = { role_id: role.id, q: `${mark}summary` };
		assert.equal((await world.a.all('/v1/applications', inRole)).length, 0);
		assert.equal((await world.a.read('/v1/applications/counts', inRole)).total, 0);
		assert.equal((await recruiter.all('/v1/applications', inRole)).length, 1);
		await everything();
	});

	test('a résumé’s file is hidden with it, and what was handed in to be evaluated is not', async () => {
		const ids = async (client) =>
			(await client.all(`/v1/candidates/${person.id}/documents`)).map(({ id }) => id).sort();
		const path = `/v1/documents/${resume.id}`;
		assert.deepEqual(await ids(world.a), [resume.id, other.id].sort());
		await show({ resume: 'hiring_managers' });
		assert.deepEqual(await ids(world.a), [other.id]);
		await world.a.get(path, { expect: 404 });
		await world.a.get(`${path}/content`, { expect: 404 });
		await world.a.get(`/v1/documents/${other.id}`, { expect: 200 });
		await manager.get(`${path}/content`, { expect: 200 });
		await manager.get(`/v1/applications/${application.id}/screening`, { expect: 200 });
		await show({ resume: 'recruiters' });
		await manager.get(path, { expect: 404 });
		await manager.get(`/v1/applications/${application.id}/screening`, { expect: 403 });
		await manager.put(`/v1/applications/${application.id}/screening/database`, { verdict: 'confirmed' }, { expect: 403 });
		await recruiter.get(`/v1/applications/${application.id}/screening`, { expect: 200 });
		await everything();
	});

	test('a résumé is not read as an interview’s material either', async () => {
		const interview = await world.interview(application, { a: 'interviewer', manager: 'interviewer' });
		const ids = async (client) =>
			(await client.read(`/v1/interviews/${interview.id}/materials`)).data.map((one) => one.document_id).sort();
		const both = [resume.id, other.id].sort();
		assert.deepEqual(await ids(world.a), both);
		await show({ resume: 'hiring_managers' });
		assert.deepEqual(await ids(world.a), [other.id]);
		assert.deepEqual(await ids(manager), both);
		await show({ resume: 'recruiters' });
		assert.deepEqual(await ids(manager), [other.id]);
		assert.deepEqual(await ids(recruiter), both);
		await everything();
	});

	test('an application’s source is hidden with it, in counts and reports too', async () => {
		const source = async (client) => (await client.read(`/v1/applications/${application.id}`)).source;
		const query = { source: `${mark} board` };
		const count = async (client) =>
			(await client.read('/v1/applications/counts', { role_id: role.id })).facets.source.values;
		const report = async (client, path) => JSON.stringify(await client.read(path, { role_id: role.id }));
		await show({ source: 'hiring_managers' });
		assert.equal(await source(world.a), null);
		assert.equal((await world.a.all('/v1/applications', { role_id: role.id }))[0].source, null);
		assert.equal((await world.a.all('/v1/applications', query)).length, 0);
		assert.deepEqual(await count(world.a), [{ value: null, count: 1 }]);
		assert.equal(await source(manager), `${mark} board`);
		assert.ok((await report(manager, '/v1/reports/sources')).includes(mark));
		await show({ source: 'recruiters' });
		assert.equal(await source(manager), null);
		assert.ok(!(await report(manager, '/v1/reports/sources')).includes(mark));
		const funnel = (client) =>
			client.get('/v1/reports/funnel', { query: { role_id: role.id, by: 'source' }, expect: 200 });
		assert.ok(!(await funnel(manager)).text.includes(mark));
		assert.ok((await funnel(recruiter)).text.includes(mark));
		assert.equal(await source(recruiter), `${mark} board`);
		await everything();
	});

	test('is hidden from files of lists as well', async () => {
		await show({ contact: 'recruiters', source: 'recruiters' });
		for (const Accept of ['text/csv', 'application/x-ndjson']) {
			const file = await world.a.get('/v1/candidates', { headers: { Accept }, expect: 200 });
			assert.ok(file.text.includes(person.name));
			assert.ok(!file.text.includes(`${mark}@`) && !file.text.includes(`${mark} fair`));
		}
		await everything();
	});

	test('is a hiring manager’s by the roles that the candidate applied for', async () => {
		const elsewhere = await world.role({ version: world.version, team: { manager: 'observer' } });
		const stranger = await world.candidate({ email: `${unique('x')}@example.com` });
		await admin.make('/v1/applications', { candidate_id: stranger.id, role_id: elsewhere.id });
		await show({ contact: 'hiring_managers' });
		assert.deepEqual((await manager.read(`/v1/candidates/${stranger.id}`)).hidden, ['contact']);
		assert.deepEqual((await read(manager)).hidden, []);
		await everything();
	});
});

describe('others’ scorecards', () => {
	const scene = async (independence = 'application') => {
		const own = await world.role({
			version: world.version,
			team: { manager: 'hiring_manager', a: 'interviewer', b: 'interviewer', observer: 'observer' },
			stages: [{ independence }],
		});
		const one = await world.application(own);
		const interview = await world.interview(one, { a: 'interviewer', b: 'interviewer' });
		return { one, interview };
	};
	const seen = async (client, { one }) =>
		(await client.all('/v1/scorecards', { application_id: one.id })).map(({ author_id }) => author_id);

	test('are kept from interviewers who have submitted, and from nobody else', async () => {
		const it = await scene();
		await world.scorecard('b', it.interview, world.values(4, 4, 4));
		await world.scorecard('a', it.interview, world.values(3, 3, 3));
		const both = [world.users.a.id, world.users.b.id].sort();
		assert.deepEqual((await seen(world.a, it)).sort(), both);
		await show({ scorecards: 'hiring_managers' });
		assert.deepEqual(await seen(world.a, it), [world.users.a.id]);
		const evaluation = await world.a.read(`/v1/applications/${it.one.id}/evaluation`);
		assert.deepEqual([evaluation.scorecards, evaluation.missing], [1, []]);
		for (const client of [admin, recruiter, manager, world.observer])
			assert.deepEqual((await seen(client, it)).sort(), both);
		await everything();
		assert.deepEqual((await seen(world.a, it)).sort(), both);
	});

	test('are never opened by any setting to who owes one', async () => {
		for (const scorecards of ['team', 'hiring_managers']) {
			await show({ scorecards });
			const it = await scene();
			await world.scorecard('b', it.interview, world.values(4, 4, 4));
			assert.deepEqual(await seen(world.a, it), []);
			const own = await scene();
			await world.interview(own.one, { recruiter: 'interviewer' });
			await world.scorecard('b', own.interview, world.values(4, 4, 4));
			assert.deepEqual(await seen(recruiter, own), []);
			await everything();
		}
	});

	test('that could be read since are seen, though they are closed now', async () => {
		const it = await scene();
		await world.scorecard('b', it.interview, world.values(4, 4, 4));
		const card = await world.scorecard('a', it.interview, world.values(3, 3, 3));
		await show({ scorecards: 'hiring_managers' });
		const refused = await world.a.post(`/v1/scorecards/${card.id}/take_back`, undefined, { expect: 409 });
		assert.equal(refused.body.code, 'scorecard_seen');
		// Where they were closed all the while, one's own can be taken back.
		const later = await scene();
		await world.scorecard('b', later.interview, world.values(4, 4, 4));
		const mine = await world.scorecard('a', later.interview, world.values(3, 3, 3));
		await world.a.post(`/v1/scorecards/${mine.id}/take_back`, undefined, { expect: 200 });
		await everything();
	});
});
