// Candidates: what is known of them, who sees it, and that erasing is real.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { ratings, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter } = world;
const ids = (rows) => rows.map(({ id }) => id);
const external = (id = unique('C')) => `/v1/candidates/by_external_id/ats/${id}`;

describe('candidates', () => {
	const full = () => ({
		name: unique('Amir Williams'),
		email: `${unique('amir')}@example.com`,
		phone: '+351 900 000 000',
		location: 'Lisbon',
		headline: 'Backend developer',
		summary: 'Ten years of queues.',
		links: [{ label: 'Code', url: 'https://example.com/amir' }],
		skills: ['PostgreSQL', 'C'],
		tags: ['referral'],
		experience: [
			{
				title: 'Engineer',
				organization: 'Acme',
				start: '2018',
				end: null,
				highlights: ['Shipped it.'],
			},
		],
		education: [{ organization: 'University', degree: 'BSc', start: '2010', end: '2014' }],
	});

	test('create with everything, read, change, empty', async () => {
		const body = full();
		const made = await recruiter.post('/v1/candidates', body, { expect: 201 });
		assert.equal(made.headers.location, `/v1/candidates/${made.body.id}`);
		for (const [name, value] of Object.entries(body)) assert.deepEqual(made.body[name], value, name);
		assert.deepEqual(await recruiter.read(`/v1/candidates/${made.body.id}`), made.body);
		const changed = await recruiter.change(`/v1/candidates/${made.body.id}`, { phone: null, skills: [] });
		assert.deepEqual([changed.phone, changed.skills, changed.name], [null, [], body.name]);
	});

	test('C4: what they want, asked early: written, changed piece by piece, taken back', async () => {
		const wants = {
			goals: ['promotion', 'new_skills'],
			engagement_types: ['full_time'],
			work_mode: 'hybrid',
			locations: ['Porto'],
			salary: { amount: 72000, currency: 'EUR', period: 'year' },
			available_from: '2027-01-04',
			notice_weeks: 8,
			text: 'Wants to lead a small team.',
			asked_at: '2026-11-02T09:30:00Z',
		};
		const made = await recruiter.make('/v1/candidates', { name: 'Passive', wants });
		assert.deepEqual(made.wants, wants);
		const path = `/v1/candidates/${made.id}`;
		const changed = await recruiter.change(path, { wants: { notice_weeks: 4, salary: null } });
		const { salary, ...rest } = wants;
		assert.ok(salary);
		assert.deepEqual(changed.wants, { ...rest, notice_weeks: 4 });
		assert.deepEqual((await recruiter.change(path, { headline: 'x' })).wants, changed.wants);
		assert.equal((await recruiter.change(path, { wants: null })).wants, null);
		for (const bad of [{ goals: ['glory'] }, { salary: { amount: 1 } }, { mood: 'good' }, { notice_weeks: 99 }])
			await recruiter.patch(path, { wants: bad }, { expect: 422 });
	});

	test('consent has a source and may end, and who is to be asked anew is found', async () => {
		const word = unique('consenting').replaceAll('-', '');
		const consent = { given_at: '2026-01-05T10:00:00Z', source: 'form', expires_at: '2027-01-05T10:00:00Z' };
		const made = await recruiter.make('/v1/candidates', { name: word, consent });
		const path = `/v1/candidates/${made.id}`;
		assert.deepEqual(made.consent, consent);
		const before = (moment, more = {}) =>
			recruiter.all('/v1/candidates', { consent_expires_before: moment, ...more }).then(ids);
		assert.ok((await before('2027-02-01T00:00:00Z')).includes(made.id));
		assert.deepEqual(await before('2027-02-01T00:00:00Z', { q: word }), [made.id]);
		assert.deepEqual(await before('2027-01-05T10:00:00Z', { q: word }), []);
		const wrong = await recruiter.patch(
			path,
			{ consent: { ...consent, expires_at: consent.given_at } },
			{ expect: 422 },
		);
		assert.equal(wrong.body.errors[0].pointer, '/consent/expires_at');
		await recruiter.patch(path, { consent: { source: 'form' } }, { expect: 422 });
		await recruiter.change(path, { consent: { ...consent, expires_at: null } });
		assert.deepEqual(await before('2099-01-01T00:00:00Z', { q: word }), []);
		assert.equal((await recruiter.change(path, { consent: null })).consent, null);
	});

	test('are found by tag and source, alone and in a search', async () => {
		const tag = unique('Tag');
		const source = unique('Talk at a conference');
		const word = unique('tagged').replaceAll('-', '');
		const made = [];
		for (let i = 0; i < 3; i += 1)
			made.unshift(
				await recruiter.make('/v1/candidates', {
					name: `${word} ${i}`,
					tags: i === 1 ? ['other'] : [tag, 'other'],
					source: i === 0 ? null : source,
				}),
			);
		const [third, second, first] = ids(made);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { tag: tag.toUpperCase() })), [third, first]);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { source })), [third, second]);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: word, tag })), [third, first]);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: word, source, tag })), [third]);
		// A page of a search is full, though what does not fit stands between.
		const page = await recruiter.read('/v1/candidates', { q: word, tag, limit: 1 });
		assert.ok(page.next_cursor);
		await recruiter.change(`/v1/candidates/${third}`, { tags: [] });
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { tag })), [first]);
		for (const links of [[{ url: 'javascript:alert(1)' }], [{ label: 'x' }], [{ url: 'no address' }]])
			await recruiter.patch(`/v1/candidates/${third}`, { links }, { expect: 422 });
		const role = await world.role();
		const application = await recruiter.make('/v1/applications', {
			candidate_id: third,
			role_id: role.id,
			source,
		});
		assert.deepEqual(ids(await recruiter.all('/v1/applications', { source })), [application.id]);
	});

	test('names in any script stay as they are', async () => {
		for (const name of [
			'Ægir Þórsson',
			'李小龍',
			'محمد بن سلمان',
			'Zoë "Z" O’Neill',
			'🦄',
			"Robert'); DROP TABLE candidates;--",
			'<script>alert(1)</script>',
		]) {
			const made = await recruiter.make('/v1/candidates', { name });
			assert.equal((await recruiter.read(`/v1/candidates/${made.id}`)).name, name);
		}
		await recruiter.post('/v1/candidates', { name: 'a\u0000b' }, { expect: 400 });
	});

	test('are found by any of their words, address, role and state', async () => {
		const word = unique('zanzibar').replaceAll('-', '');
		const body = { ...full(), headline: `Expert in ${word}` };
		const made = await recruiter.make('/v1/candidates', body);
		for (const q of [
			word,
			word.slice(0, 9),
			`${word} postgresql`,
			`postgresql ${word.slice(0, 9)}`,
			body.email,
		])
			assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q })), [made.id], q);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { email: body.email.toUpperCase() })), [
			made.id,
		]);
		assert.deepEqual(await recruiter.all('/v1/candidates', { q: `${word} nonsense` }), []);
		assert.deepEqual(ids(await recruiter.all('/v1/candidates', { role_id: world.role1.id })), [
			world.candidate1.id,
		]);
		await recruiter.change(`/v1/candidates/${made.id}`, { headline: 'None' });
		assert.deepEqual(await recruiter.all('/v1/candidates', { q: word }), []);
		const archived = await recruiter.make(`/v1/candidates/${made.id}/archive`);
		assert.ok(ids(await recruiter.all('/v1/candidates', { archived: true })).includes(made.id));
		assert.deepEqual(await recruiter.make(`/v1/candidates/${made.id}/archive`), archived);
		assert.equal((await recruiter.make(`/v1/candidates/${made.id}/unarchive`)).archived_at, null);
	});

	test('by external id: created, then updated', async () => {
		const path = external();
		const made = await recruiter.put(path, { name: 'Put', location: 'Faro' }, { expect: 201 });
		assert.equal(made.headers.location, `/v1/candidates/${made.body.id}`);
		const again = await recruiter.put(path, { name: 'Put again' }, { expect: 200 });
		assert.deepEqual(
			[again.body.id, again.body.name, again.body.location],
			[made.body.id, 'Put again', 'Faro'],
		);
		assert.deepEqual(again.body.external_ids, { ats: decodeURIComponent(path.split('/').at(-1)) });
		const odd = external(encodeURIComponent('a b:ü+?#'));
		const named = (await recruiter.put(odd, { name: 'Odd' }, { expect: 201 })).body;
		assert.deepEqual(named.external_ids, { ats: 'a b:ü+?#' });
		await recruiter.put(odd, { name: 'Odd' }, { expect: 200 });
		const answers = await Promise.all(
			Array.from({ length: 6 }, () =>
				recruiter.put(
					path.replace('/ats/', '/race/'),
					{ name: 'Race' },
					{ expect: [200, 201, 409] },
				),
			),
		);
		assert.equal(answers.filter(({ status }) => status === 201).length, 1);
	});

	test('members see those of applications that they may see', async () => {
		const stranger = await world.candidate();
		for (const key of ['manager', 'a', 'observer', 'shadow']) {
			await world[key].get(`/v1/candidates/${world.candidate1.id}`, { expect: 200 });
			await world[key].get(`/v1/candidates/${stranger.id}`, { expect: 404 });
			assert.deepEqual(ids(await world[key].all('/v1/candidates')), [world.candidate1.id]);
		}
		await world.outsider.get(`/v1/candidates/${world.candidate1.id}`, { expect: 404 });
		assert.deepEqual(await world.outsider.all('/v1/candidates'), []);
		assert.deepEqual(await world.outsider.all('/v1/candidates', { q: 'candidate' }), []);
		await world.manager.post('/v1/candidates', { name: 'x' }, { expect: 403 });
	});
});

describe('erasing', () => {
	test('leaves no personal string in any answer, table, or stored answer', async () => {
		const secret = (what) => unique(`zyxwv${what}`);
		const texts = Object.fromEntries(
			[
				'name',
				'phone',
				'location',
				'headline',
				'summary',
				'skill',
				'tag',
				'label',
				'title',
				'employer',
				'highlight',
				'school',
				'external',
				'source',
				'reason',
				'where',
				'evidence',
				'takeaway',
				'note',
				'amended',
				'rationale',
				'override',
				'dissent',
				'origin',
				'wants',
				'consent',
				'jotting',
				'handover',
				'observation',
				'transfer',
			].map((what) => [what, secret(what)]),
		);
		const email = `${secret('mail')}@example.com`;
		const path = external(texts.external);
		const person = (
			await recruiter.put(
				path,
				{
					name: texts.name,
					email,
					phone: texts.phone,
					location: texts.location,
					headline: texts.headline,
					summary: texts.summary,
					skills: [texts.skill],
					tags: [texts.tag],
					links: [{ label: texts.label, url: `https://example.com/${texts.name}` }],
					experience: [
						{
							title: texts.title,
							organization: texts.employer,
							highlights: [texts.highlight],
						},
					],
					education: [{ organization: texts.school }],
					source: texts.origin,
					wants: { text: texts.wants, locations: [texts.wants] },
					consent: { given_at: '2026-01-01T00:00:00Z', source: texts.consent },
				},
				{ expect: 201 },
			)
		).body;
		const keyed = { headers: { 'Idempotency-Key': unique('erase') } };
		await recruiter.change(`/v1/candidates/${person.id}`, { headline: texts.headline }, keyed);
		const application = await recruiter.make(
			'/v1/applications',
			{ candidate_id: person.id, role_id: world.role1.id, source: texts.source },
			keyed,
		);
		await recruiter.make(`/v1/applications/${application.id}/move`, {
			stage_id: world.role1.stages[1].id,
			reason: texts.reason,
		});
		const interview = await world.interview(application, { a: 'interviewer' }, { location: texts.where });
		const [first, second, third] = world.competencies;
		const card = await world.a.make(
			'/v1/scorecards',
			{
				interview_id: interview.id,
				ratings: {
					[first.id]: { value: 5, evidence: texts.evidence },
					...ratings({ [second.id]: 3, [third.id]: 3 }),
				},
				recommendation: 'yes',
				key_takeaways: texts.takeaway,
				private_note: texts.note,
				submit: true,
			},
			keyed,
		);
		await world.a.make(`/v1/scorecards/${card.id}/amend`, {
			key_takeaways: `${texts.takeaway}!`,
			reason: texts.amended,
		});
		const decision = await recruiter.make(
			`/v1/applications/${application.id}/decisions`,
			{
				kind: 'no_hire',
				rationale: texts.rationale,
				override_reason: texts.override,
				dissent: [{ user_id: world.users.manager.id, text: texts.dissent }],
			},
			keyed,
		);

		await recruiter.make(
			`/v1/candidates/${person.id}/notes`,
			{ text: texts.jotting, mentions: [world.users.manager.id] },
			keyed,
		);
		await world.a.put(`/v1/interviews/${interview.id}/handover`, { note: texts.handover }, { expect: 200 });
		await recruiter.put(
			`/v1/applications/${application.id}/level`,
			{ observations: { designs_systems: { observed: true, evidence: texts.observation } } },
			{ expect: 200 },
		);
		const elsewhere = await recruiter.make(
			`/v1/applications/${application.id}/transfer`,
			{ role_id: (await world.role({ stages: [{}] })).id, reason: texts.transfer },
			keyed,
		);

		const everything = [
			`/v1/candidates/${person.id}`,
			`/v1/candidates/${person.id}/notes`,
			'/v1/candidates?limit=100',
			`/v1/applications/${application.id}`,
			`/v1/applications/${application.id}/moves`,
			'/v1/applications?limit=100',
			`/v1/interviews/${interview.id}`,
			'/v1/interviews?limit=100',
			`/v1/scorecards/${card.id}`,
			`/v1/scorecards/${card.id}/revisions`,
			'/v1/scorecards?limit=100',
			`/v1/applications/${application.id}/evaluation`,
			`/v1/applications/${application.id}/decisions`,
			`/v1/decisions/${decision.id}`,
			`/v1/interviews/${interview.id}/handover`,
			`/v1/applications/${application.id}/level`,
			`/v1/applications/${application.id}/debrief`,
			`/v1/applications/${elsewhere.id}`,
		];
		const before = (await Promise.all(everything.map((one) => recruiter.get(one))))
			.map(({ text }) => text)
			.join('\n');
		for (const [what, text] of Object.entries(texts)) assert.ok(before.includes(text), `${what} was there`);

		const erased = await recruiter.post(`/v1/candidates/${person.id}/erase`, undefined, { expect: 200 });
		assert.equal(erased.body.id, person.id);
		const again = await recruiter.post(`/v1/candidates/${person.id}/erase`, undefined, { expect: 200 });
		assert.equal(again.body.deleted_at, erased.body.deleted_at);

		const rest = (await Promise.all(everything.map((one) => recruiter.get(one))))
			.map(({ text }) => text)
			.join('\n');
		assert.ok(
			!rest.includes('zyxwv'),
			rest.slice(Math.max(0, rest.indexOf('zyxwv') - 200), rest.indexOf('zyxwv') + 100),
		);
		assert.deepEqual(await recruiter.all('/v1/candidates', { q: texts.name }), []);
		assert.deepEqual(await recruiter.all('/v1/candidates', { email }), []);

		// In no table either.
		const tables = (
			await psql(
				server,
				"SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'",
			)
		).split('\n');
		const found = await psql(
			server,
			tables
				.map(
					(table) =>
						`SELECT '${table}', count(*) FROM ${table} t WHERE t::text LIKE '%zyxwv%'`,
				)
				.join(' UNION ALL '),
		);
		for (const line of found.split('\n'))
			assert.match(line, /\|0$/, `a personal string is left in ${line}`);

		// A tombstone for who could read it; gone for them, unknown to others.
		for (const [method, body] of [['GET'], ['PATCH', { name: 'Back' }]]) {
			const gone = await recruiter.request(method, `/v1/candidates/${person.id}`, {
				body,
				expect: 410,
			});
			assert.equal(gone.body.code, 'gone');
		}
		for (const act of ['archive', 'unarchive'])
			await recruiter.post(`/v1/candidates/${person.id}/${act}`, undefined, { expect: 410 });
		await world.outsider.get(`/v1/candidates/${person.id}`, { expect: 404 });
		const [tombstone] = (
			await recruiter.all('/v1/candidates', { updated_since: erased.body.deleted_at })
		).filter(({ id }) => id === person.id);
		assert.deepEqual(
			[tombstone.deleted_at, tombstone.email, tombstone.external_ids],
			[erased.body.deleted_at, null, {}],
		);
		// What was rated and decided stays, without the words.
		const kept = await recruiter.read(`/v1/scorecards/${card.id}`);
		assert.deepEqual([kept.ratings[first.id].value, kept.ratings[first.id].evidence], [5, null]);
		assert.equal((await recruiter.read(`/v1/decisions/${decision.id}`)).kind, 'no_hire');
		// The other system's id is free again, and the same request makes someone new.
		assert.notEqual(
			(await recruiter.put(path, { name: 'Someone new' }, { expect: 201 })).body.id,
			person.id,
		);
	});

	test('the audit chain still verifies', async () => {
		await new Promise((done) => setTimeout(done, 1500));
		await server.command('audit', 'verify', '--organization', world.organization.id);
	});

	test('ends what could be written about them', async () => {
		const application = await world.application(world.role1);
		const scorecards = {};
		for (const [state, submit] of [
			['draft', false],
			['submitted', true],
		]) {
			const interview = await world.interview(application, { a: 'interviewer' });
			scorecards[state] = await world.scorecard('a', interview, world.values(4, 4, 4), { submit });
		}
		const { id: interview_id } = await world.interview(application, { b: 'interviewer' });
		const other = await world.application(await world.role(), { id: application.candidate_id });
		await recruiter.make(`/v1/applications/${other.id}/archive`);
		const elsewhere = await world.role({ stages: [{}] });
		await recruiter.make(`/v1/candidates/${application.candidate_id}/erase`);
		const path = `/v1/applications/${application.id}`;
		const draft = `/v1/scorecards/${scorecards.draft.id}`;
		const submitted = `/v1/scorecards/${scorecards.submitted.id}`;
		for (const [client, method, target, body] of [
			[recruiter, 'PATCH', path, { source: 'x' }],
			[recruiter, 'POST', `${path}/move`, { status: 'paused' }],
			[recruiter, 'POST', `${path}/archive`],
			[recruiter, 'POST', `/v1/applications/${other.id}/unarchive`],
			[recruiter, 'POST', `${path}/decisions`, { kind: 'advance', rationale: 'x' }],
			[recruiter, 'POST', '/v1/interviews', { application_id: application.id }],
			[recruiter, 'PATCH', `/v1/interviews/${interview_id}`, { location: 'x' }],
			[recruiter, 'POST', `/v1/interviews/${interview_id}/cancel`],
			[recruiter, 'POST', `/v1/interviews/${interview_id}/candidate_no_show`],
			[recruiter, 'PUT', `/v1/interviews/${interview_id}/interviewers/${world.users.a.id}`, {}],
			[recruiter, 'DELETE', `/v1/interviews/${interview_id}/interviewers/${world.users.b.id}`],
			[
				recruiter,
				'POST',
				`/v1/interviews/${interview_id}/interviewers/${world.users.b.id}/substitute`,
				{ user_id: world.users.a.id },
			],
			[world.b, 'PUT', `/v1/interviews/${interview_id}/handover`, { note: 'x' }],
			[recruiter, 'PUT', `${path}/level`, { observations: { designs_systems: { observed: false } } }],
			[recruiter, 'POST', `${path}/transfer`, { role_id: elsewhere.id }],
			[world.b, 'POST', '/v1/scorecards', { interview_id }],
			[world.a, 'PATCH', draft, { key_takeaways: 'x' }],
			[world.a, 'POST', `${draft}/submit`],
			[world.a, 'POST', `${submitted}/take_back`],
			[world.a, 'POST', `${submitted}/amend`, { key_takeaways: 'x', reason: 'y' }],
		]) {
			const answer = await client.request(method, target, {
				body,
				headers: method === 'PATCH' ? { 'If-Match': '*' } : {},
				expect: 409,
			});
			assert.equal(answer.body.code, 'candidate_erased', `${method} ${target}`);
		}
	});

	test('is for recruiters and admins', async () => {
		const person = await world.candidate();
		for (const key of ['manager', 'a', 'outsider'])
			await world[key].post(`/v1/candidates/${person.id}/erase`, undefined, { expect: 403 });
		await admin.get(`/v1/candidates/${person.id}`, { expect: 200 });
	});
});
