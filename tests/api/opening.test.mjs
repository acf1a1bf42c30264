// Opening a role: career ladders, the intake and what it recommends, what candidates are told, and
// the market's figures. A test that holds an item of the guides begins with its name.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { sharedServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter, manager, a: interviewer, outsider } = world;
const ids = (rows) => rows.map(({ id }) => id);
const names = (rows) => rows.map(({ name }) => name);
const keys = (rows) => rows.map(({ key }) => key);
const role = (more = {}) => recruiter.make('/v1/roles', { title: unique('Role'), ...more });
const ask = async (answers) =>
	(await outsider.post('/v1/intake/recommendation', answers, { expect: 200 })).body;
const day = (offset) => new Date(Date.now() + offset * 86_400_000).toISOString().slice(0, 10);
const band = (min, max, more = {}) => ({ min, max, currency: 'USD', period: 'year', ...more });

describe('career ladders', () => {
	const level = {
		name: 'Senior',
		years_from: 4.5,
		years_to: null,
		scope: 'A service and its people.',
		tagline: 'Carries others',
		signals: ['Unblocks others'],
		expectations: [{ heading: 'Does', items: ['Designs', 'Decides'] }],
	};

	test('create, read, change their levels', async () => {
		const name = unique('Engineers');
		const made = await recruiter.post(
			'/v1/ladders',
			{ name, description: 'For backend.', levels: [{ name: 'Junior' }, level] },
			{ expect: 201 },
		);
		assert.equal(made.headers.location, `/v1/ladders/${made.body.id}`);
		assert.deepEqual(made.body.levels, [
			{
				name: 'Junior',
				position: 1,
				years_from: null,
				years_to: null,
				scope: null,
				tagline: null,
				signals: [],
				expectations: [],
			},
			{ position: 2, ...level },
		]);
		assert.deepEqual(await interviewer.read(`/v1/ladders/${made.body.id}`), made.body);
		const changed = await recruiter.change(`/v1/ladders/${made.body.id}`, {
			description: null,
			levels: [{ ...level, years_from: 3 }, { name: 'Principal' }, { name: 'Junior' }],
		});
		assert.deepEqual(
			changed.levels.map((one) => [one.name, one.position, one.years_from]),
			[
				['Senior', 1, 3],
				['Principal', 2, null],
				['Junior', 3, null],
			],
		);
		assert.deepEqual([changed.description, changed.version], [null, 2]);
		assert.deepEqual(await recruiter.read(`/v1/ladders/${made.body.id}`), changed);
		const renamed = await recruiter.change(`/v1/ladders/${made.body.id}`, { name: `${name} two` });
		assert.deepEqual(renamed.levels, changed.levels);
	});

	test('are found by words, archive and name', async () => {
		const word = unique('Findable');
		const { id } = await admin.make('/v1/ladders', { name: `The ${word} one`, levels: [{ name: 'x' }] });
		assert.deepEqual(ids(await admin.all('/v1/ladders', { q: word })), [id]);
		assert.deepEqual(ids(await admin.all('/v1/ladders', { q: 'indable' })), []);
		const archived = await admin.make(`/v1/ladders/${id}/archive`);
		assert.deepEqual(await admin.make(`/v1/ladders/${id}/archive`), archived);
		assert.deepEqual(ids(await admin.all('/v1/ladders', { q: word, archived: false })), []);
		assert.equal((await admin.make(`/v1/ladders/${id}/unarchive`)).archived_at, null);
		const sorted = names(await admin.all('/v1/ladders', { sort: 'name' }));
		assert.deepEqual(sorted, sorted.toSorted());
	});

	test('refuse a name that is taken, a level twice, years that run backwards', async () => {
		const name = unique('Taken');
		await admin.make('/v1/ladders', { name, levels: [{ name: 'x' }] });
		const taken = await admin.post(
			'/v1/ladders',
			{ name: name.toUpperCase(), levels: [{ name: 'x' }] },
			{ expect: 409 },
		);
		assert.equal(taken.body.code, 'already_exists');
		const other = await world.ladder();
		const renamed = await admin.patch(`/v1/ladders/${other.id}`, { name }, { expect: 409 });
		assert.equal(renamed.body.errors[0].pointer, '/name');
		const wrong = await admin.post(
			'/v1/ladders',
			{ name: unique('x'), levels: [{ name: 'A' }, { name: 'A' }, { name: 'B', years_from: 3, years_to: 2 }] },
			{ expect: 422 },
		);
		assert.deepEqual(
			wrong.body.errors.map(({ pointer }) => pointer),
			['/levels/1/name', '/levels/2/years_to'],
		);
		await admin.post('/v1/ladders', { name: unique('x'), levels: [] }, { expect: 422 });
		await admin.patch(
			`/v1/ladders/${other.id}`,
			{ levels: [{ name: 'A' }, { name: 'A' }] },
			{ expect: 422 },
		);
	});

	test('keep a level that a role refers to, and its role keeps to the ladder', async () => {
		const ladder = await world.ladder(['Junior', 'Senior']);
		const { id } = await role({ ladder_id: ladder.id, level: 'Senior' });
		const used = await admin.patch(
			`/v1/ladders/${ladder.id}`,
			{ levels: [{ name: 'Junior' }] },
			{ expect: 409 },
		);
		assert.equal(used.body.code, 'level_in_use');
		assert.equal((await admin.read(`/v1/ladders/${ladder.id}`)).levels.length, 2);
		await admin.change(`/v1/ladders/${ladder.id}`, { levels: [{ name: 'Senior', years_from: 6 }] });
		const stranger = await admin.patch(`/v1/roles/${id}`, { level: 'Wizard' }, { expect: 422 });
		assert.equal(stranger.body.errors[0].pointer, '/level');
		await admin.change(`/v1/roles/${id}`, { level: null });
		await admin.change(`/v1/roles/${id}`, { level: 'Wizard', ladder_id: null });
		const unknown = await admin.patch(`/v1/roles/${id}`, { ladder_id: randomId() }, { expect: 422 });
		assert.match(unknown.body.errors[0].pointer, /^\/(ladder_id|level)$/);
		const put = await admin.put(
			`/v1/roles/by_external_id/ats/${unique('L')}`,
			{ title: 'x', ladder_id: ladder.id, level: 'Senior' },
			{ expect: 201 },
		);
		assert.deepEqual([put.body.ladder_id, put.body.level], [ladder.id, 'Senior']);
	});

	test('changes from an older state are refused', async () => {
		const ladder = await world.ladder();
		const headers = { 'If-Match': '"7"' };
		for (const [method, path, body] of [
			['patch', '', { description: 'x' }],
			['post', '/archive'],
			['post', '/unarchive'],
		])
			await admin[method](`/v1/ladders/${ladder.id}${path}`, body, { headers, expect: 412 });
		const { etag } = (await admin.get(`/v1/ladders/${ladder.id}`)).headers;
		await admin.get(`/v1/ladders/${ladder.id}`, { headers: { 'If-None-Match': etag }, expect: 304 });
		await admin.patch(
			`/v1/ladders/${ladder.id}`,
			{ description: 'x' },
			{ headers: { 'If-Match': etag }, expect: 200 },
		);
	});
});

describe('the intake', () => {
	test('D2 five reasons speak for a specialist, four for a full-stack developer', async () => {
		const specialist = ['complex_data', 'scale', 'security_critical', 'platform_work', 'large_team'];
		const full_stack = ['small_team', 'product_focus', 'prototype', 'spans_frontend'];
		const all = (await ask({ situation: [...specialist, ...full_stack] })).focus;
		assert.deepEqual([keys(all.for_specialist), keys(all.for_full_stack)], [specialist, full_stack]);
		assert.equal(all.suggestion, 'specialist');
		for (const reason of [...all.for_specialist, ...all.for_full_stack])
			assert.deepEqual(reason.source, { document: '002', item: 'D2' });
		for (const key of specialist) assert.equal((await ask({ situation: [key] })).focus.suggestion, 'specialist');
		for (const key of full_stack) assert.equal((await ask({ situation: [key] })).focus.suggestion, 'full_stack');
		assert.equal((await ask({ situation: ['scale', 'prototype'] })).focus.suggestion, 'undecided');
		assert.equal((await ask({})).focus.suggestion, 'undecided');
		// The team's size says the same without being asked twice.
		assert.deepEqual(keys((await ask({ team_size: 5 })).focus.for_full_stack), ['small_team']);
		assert.deepEqual(keys((await ask({ team_size: 20 })).focus.for_specialist), ['large_team']);
		assert.equal((await ask({ team_size: 6 })).focus.suggestion, 'undecided');
		assert.equal(
			(await ask({ team_size: 3, situation: ['small_team'] })).focus.for_full_stack.length,
			1,
		);
	});

	test('C10 the engagement is recommended, and both guides are heard on it', async () => {
		const plain = (await ask({})).engagement;
		assert.deepEqual([plain.suggestion, plain.because.key, plain.asked], ['full_time', 'default', null]);
		assert.deepEqual(
			plain.opinions.map((one) => [one.engagement_type, one.advice, one.source.document]),
			[
				['full_time', 'prefer', '003'],
				['full_time', 'use', '004'],
			],
		);
		const wished = (await ask({ engagement_type: 'freelance' })).engagement;
		assert.deepEqual(
			wished.opinions.slice(2).map((one) => [one.engagement_type, one.advice, one.source.document]),
			[
				['freelance', 'caution', '003'],
				['freelance', 'use', '004'],
			],
		);
		assert.equal((await ask({ sustained_need: true, cost_first: true })).engagement.suggestion, 'full_time');
		assert.equal((await ask({ sustained_need: false })).engagement.suggestion, 'contract');
		const cheap = (await ask({ sustained_need: false, cost_first: true })).engagement;
		assert.deepEqual([cheap.suggestion, cheap.because.key], ['outsourced', 'cost_first']);
		assert.match(cheap.opinions[0].against.join(), /language.*time.*quality/i);
	});

	test('G1 reasons to hire and responsibilities say what to rate', async () => {
		const reasons = ['complex_functionality', 'scalability', 'data_security', 'system_integration', 'performance'];
		const duties = [
			'database_management',
			'api_development',
			'server_side_scripting',
			'authentication_security',
			'performance_optimization',
			'integration',
		];
		const { rate } = await ask({ reasons_to_hire: reasons, responsibilities: duties });
		const because = rate.flatMap((one) => one.because);
		assert.deepEqual(new Set(keys(because)), new Set([...reasons, ...duties]));
		for (const { source } of because) assert.deepEqual(source, { document: '004', item: 'G1' });
		assert.equal(new Set(names(rate)).size, rate.length, 'each competency once');
		const api = rate.find(({ name }) => name === 'API development');
		assert.deepEqual(keys(api.because), ['system_integration', 'api_development', 'integration']);
		assert.deepEqual(names((await ask({ reasons_to_hire: ['scalability'] })).rate), ['Scalability', 'System design']);
		assert.deepEqual((await ask({})).rate, []);
	});

	test('C1 a specialty brings its preset', async () => {
		const { specialty } = await ask({ specialty: 'networking' });
		assert.equal(specialty.id, 'role-preset-003-networking');
		assert.deepEqual(specialty.content.skills, ['OSI layers L2-L7']);
		assert.equal((await ask({ specialty: null })).specialty, null);
		await outsider.post('/v1/intake/recommendation', { specialty: 'juggling' }, { expect: 422 });
	});

	test('T2 D3 a level is told as each ladder has it', async () => {
		assert.deepEqual(
			(await ask({ level: 'senior' })).levels.map((one) => [one.source.document, one.years_from, one.years_to]),
			[
				['000', 4, 8],
				['002', 5, null],
			],
		);
		assert.deepEqual(
			(await ask({ level: 'Lead' })).levels.map(({ template }) => template),
			['ladder-000-backend'],
		);
		assert.deepEqual((await ask({ level: 'Wizard' })).levels, []);
	});

	test('is kept with the role, and recommends when it is read', async () => {
		const { id, version } = await role();
		const empty = await interviewer.read(`/v1/roles/${id}/intake`);
		assert.deepEqual(empty, {
			role_id: id,
			answers: null,
			answered_at: null,
			recommendation: null,
			version,
		});
		const answers = {
			situation: ['scale'],
			team_size: 30,
			level: 'Senior',
			budget: { min: 170000, max: 200000, currency: 'USD', period: 'year' },
			target_days: 35,
		};
		const kept = await recruiter.put(`/v1/roles/${id}/intake`, answers, { expect: 200 });
		assert.deepEqual(kept.body.answers, answers);
		assert.deepEqual(kept.body.recommendation, await ask(answers));
		assert.equal(kept.body.version, version + 1);
		const read = await interviewer.get(`/v1/roles/${id}/intake`, { expect: 200 });
		assert.deepEqual(read.body, kept.body);
		assert.equal(read.headers.etag, `"${version + 1}"`);
		await interviewer.get(`/v1/roles/${id}/intake`, {
			headers: { 'If-None-Match': read.headers.etag },
			expect: 304,
		});
		await recruiter.put(
			`/v1/roles/${id}/intake`,
			{},
			{ headers: { 'If-Match': `"${version}"` }, expect: 412 },
		);
		await recruiter.put(`/v1/roles/${id}/intake`, { horoscope: 'lion' }, { expect: 422 });
		await recruiter.put(`/v1/roles/${randomId()}/intake`, {}, { expect: 404 });
		await interviewer.get(`/v1/roles/${randomId()}/intake`, { expect: 404 });
	});
});

describe('pay and time', () => {
	test('a band is sent whole, has its order, and says from when it is stale', async () => {
		const { id, salary_band } = await role();
		assert.equal(salary_band, null);
		const set = await admin.change(`/v1/roles/${id}`, { salary_band: band(90000, 110000) });
		assert.deepEqual(set.salary_band, band(90000, 110000, { source: null, as_of: null, stale_from: null }));
		const dated = { source: 'Survey', as_of: '2026-03-01' };
		const full = await admin.change(`/v1/roles/${id}`, { salary_band: band(1, 1, dated) });
		assert.deepEqual(full.salary_band, band(1, 1, { ...dated, stale_from: '2027-03-01' }));
		const turned = await admin.patch(`/v1/roles/${id}`, { salary_band: band(2, 1) }, { expect: 422 });
		assert.equal(turned.body.errors[0].pointer, '/salary_band/max');
		await admin.patch(`/v1/roles/${id}`, { salary_band: { min: 5 } }, { expect: 422 });
		await admin.patch(
			`/v1/roles/${id}`,
			{ salary_band: band(1, 2, { currency: 'dollars' }) },
			{ expect: 422 },
		);
		assert.equal((await admin.change(`/v1/roles/${id}`, { salary_band: null })).salary_band, null);
		const put = await admin.put(
			`/v1/roles/by_external_id/ats/${unique('B')}`,
			{ title: 'x', salary_band: band(1, 2) },
			{ expect: 201 },
		);
		assert.equal(put.body.salary_band.max, 2);
		assert.equal((await role({ salary_band: band(3, 4) })).salary_band.min, 3);
	});

	test('a band is stale a year after its day, or without one', async () => {
		const stale = async (as_of) => {
			const { id } = await role({ salary_band: band(1, 2, { as_of }) });
			return (await interviewer.read(`/v1/roles/${id}/market`)).salary_band_stale;
		};
		assert.deepEqual(
			[await stale(day(0)), await stale(day(-363)), await stale(day(-366)), await stale(null)],
			[false, false, true, true],
		);
		assert.equal((await interviewer.read(`/v1/roles/${(await role()).id}/market`)).salary_band_stale, null);
	});

	test('D1 seniors in the US earn 160 to 220 thousand, and hiring takes 4 to 6 weeks', async () => {
		const against = async (more) => {
			const { id } = await role(more);
			const { market } = await interviewer.read(`/v1/roles/${id}/market`);
			return {
				pay: market.salaries.find(({ template }) => template === 'market-002'),
				time: market.time_to_hire,
			};
		};
		const { pay, time } = await against({ level: 'senior', target_days: 42, salary_band: band(170000, 200000) });
		assert.deepEqual(
			[pay.base_min, pay.base_max, pay.currency, pay.as_of, pay.stale_from, pay.band, pay.matches_level],
			[160000, 220000, 'USD', null, null, 'within', true],
		);
		assert.deepEqual(time, [
			{
				template: 'market-002',
				source: { document: '002', item: 'D1' },
				difficulty: 'very_hard',
				days_from: 28,
				days_to: 42,
				target: 'within',
			},
		]);
		const low = await against({ level: 'Junior', target_days: 27, salary_band: band(100000, 159999) });
		assert.deepEqual([low.pay.band, low.pay.matches_level, low.time[0].target], ['below', false, 'shorter']);
		const high = await against({ target_days: 43, salary_band: band(220001, 300000) });
		assert.deepEqual([high.pay.band, high.time[0].target], ['above', 'longer']);
		assert.equal((await against({ salary_band: band(150000, 170000) })).pay.band, 'overlaps');
		const euro = await against({ salary_band: band(170000, 200000, { currency: 'EUR' }) });
		assert.deepEqual([euro.pay.band, euro.time[0].target], [null, null]);
	});

	test('C11 four salary rows as printed, with their source and age', async () => {
		const { id } = await role({ level: 'Senior' });
		const { market } = await interviewer.read(`/v1/roles/${id}/market`);
		const rows = market.salaries.filter(({ template }) => template === 'market-003');
		assert.deepEqual(
			rows.map((row) => [row.title, row.years_from, row.years_to, row.base_min, row.additional]),
			[
				['Backend Engineer', 1, 3, 113068, 24878],
				['Senior Backend Engineer', 4, 6, 136169, 49324],
				['Principal Backend Engineer', 7, 9, 135228, 51745],
				['Backend Engineering Manager', 7, 9, 170616, 74496],
			],
		);
		assert.ok(rows[2].base_min < rows[1].base_min, 'as printed');
		for (const row of rows) {
			assert.deepEqual([row.base_max, row.origin], [row.base_min, 'Glassdoor']);
			assert.deepEqual([row.as_of, row.stale_from], ['2023-08-03', '2024-08-02']);
			assert.deepEqual(row.source, { document: '003', item: 'C11' });
		}
		assert.deepEqual(
			rows.map(({ matches_level }) => matches_level),
			[false, true, false, false],
		);
	});

	test('D1 the target stands beside the days that the first hire took', async () => {
		const opening = await world.role({ version: world.version, target_days: 30, team: { manager: 'hiring_manager' } });
		const path = `/v1/roles/${opening.id}/market`;
		assert.equal((await manager.read(path)).days_to_first_hire, null);
		const application = await world.application(opening);
		await admin.make(`/v1/applications/${application.id}/move`, { status: 'offered' });
		await admin.make(`/v1/applications/${application.id}/move`, { status: 'hired' });
		const told = await manager.read(path);
		assert.deepEqual([told.target_days, told.days_to_first_hire], [30, 0]);
		// Who may not see the application does not learn of the hire.
		assert.equal((await outsider.read(path)).days_to_first_hire, null);
	});
});

describe('disclosures', () => {
	test('D11 five things that developers expect to know, and what breaks their trust', async () => {
		const { id, version } = await role();
		const { checklist } = await interviewer.read(`/v1/roles/${id}/disclosures`);
		assert.deepEqual(
			checklist.items.map((one) => [one.key, one.expect.length, one.breaks_trust.length]),
			[
				['technical_environment', 6, 5],
				['on_call', 4, 3],
				['architecture_input', 3, 3],
				['code_quality', 4, 3],
				['growth', 4, 3],
			],
		);
		assert.match(checklist.items[1].expect.join(), /1 week a month/);
		assert.equal(checklist.complete, false);
		for (const { state, text, source } of checklist.items)
			assert.deepEqual([state, text, source], ['open', null, { document: '002', item: 'D11' }]);

		const told = { state: 'told', text: 'One week in eight, paid.' };
		const some = await recruiter.put(`/v1/roles/${id}/disclosures`, { on_call: told }, { expect: 200 });
		assert.equal(some.body.version, version + 1);
		assert.deepEqual(
			some.body.checklist.items.map(({ state }) => state),
			['open', 'told', 'open', 'open', 'open'],
		);
		assert.equal(some.body.checklist.items[1].text, told.text);
		const not = { state: 'not_applicable' };
		const all = {
			technical_environment: told,
			on_call: told,
			architecture_input: told,
			code_quality: told,
			growth: not,
		};
		const done = await recruiter.put(`/v1/roles/${id}/disclosures`, all, { expect: 200 });
		assert.equal(done.body.checklist.complete, true);
		assert.deepEqual((await interviewer.read(`/v1/roles/${id}/disclosures`)).checklist, done.body.checklist);
	});

	test('what is told needs a text, and only the five can be', async () => {
		const { id } = await role();
		for (const text of [undefined, null, ' \n'])
			assert.deepEqual(
				(
					await recruiter.put(
						`/v1/roles/${id}/disclosures`,
						{ growth: { state: 'told', text } },
						{ expect: 422 },
					)
				).body.errors.map(({ pointer }) => pointer),
				['/growth/text'],
			);
		await recruiter.put(`/v1/roles/${id}/disclosures`, { food: { state: 'open' } }, { expect: 422 });
		await recruiter.put(
			`/v1/roles/${id}/disclosures`,
			{},
			{ headers: { 'If-Match': '"9"' }, expect: 412 },
		);
	});
});

describe('who may', () => {
	test('a hiring manager keeps intake and disclosures of their role, an interviewer does not', async () => {
		for (const [path, body] of [
			['intake', { team_size: 4 }],
			['disclosures', { growth: { state: 'open' } }],
		]) {
			await manager.put(`/v1/roles/${world.role1.id}/${path}`, body, { expect: 200 });
			await interviewer.put(`/v1/roles/${world.role1.id}/${path}`, body, { expect: 403 });
		}
	});

	test('a confidential role keeps its intake, disclosures, pay and market to its team and admins', async () => {
		const hidden = await world.role({
			version: world.version,
			confidential: true,
			team: { manager: 'hiring_manager' },
			salary_band: band(1, 2),
		});
		for (const path of ['intake', 'disclosures', 'market']) {
			for (const stranger of [recruiter, outsider])
				await stranger.get(`/v1/roles/${hidden.id}/${path}`, { expect: 404 });
			await manager.get(`/v1/roles/${hidden.id}/${path}`, { expect: 200 });
			await admin.get(`/v1/roles/${hidden.id}/${path}`, { expect: 200 });
		}
		for (const path of ['intake', 'disclosures'])
			await recruiter.put(`/v1/roles/${hidden.id}/${path}`, {}, { expect: 404 });
		await recruiter.get(`/v1/roles/${hidden.id}`, { expect: 404 });
		assert.ok(!ids(await recruiter.all('/v1/roles')).includes(hidden.id));
	});
});
