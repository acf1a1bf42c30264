// What the guides say, as templates: read, checked, copied. A test's name begins with the item of
// the guides that it holds.
import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import Ajv from 'ajv/dist/2020.js';

import { contractOf } from '../support/contract.mjs';
import { root, sharedServer } from '../support/server.mjs';
import { anchors, unique, World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
await world.user('member');
const { admin, member } = world;
const directory = join(root, 'src/templates');

const template = async (id) => (await member.get(`/v1/templates/${id}`, { expect: 200 })).body;
const content = async (id) => (await template(id)).content;
const names = (list) => list.map(({ name }) => name);
const keys = (list) => list.map(({ key }) => key);
const from = async (id, document, ...items) =>
	assert.deepEqual(
		(await template(id)).sources,
		items.map((item) => ({ document, item })),
	);
const copy = (id, body) => admin.post(`/v1/templates/${id}/copy`, body, { expect: 201 });

describe('the files', () => {
	test('have the form of their kind, and reach the API as they are', async () => {
		const schema = JSON.parse(await readFile(join(root, 'tests/support/templates.schema.json'), 'utf8'));
		const check = new Ajv({ allErrors: true }).compile(schema);
		const files = (await readdir(directory)).filter((name) => name.endsWith('.json') && name !== 'demo.json');
		const shown = new Map((await member.read('/v1/templates')).data.map((one) => [one.id, one]));
		let items = 0;
		for (const name of files) {
			const file = JSON.parse(await readFile(join(directory, name), 'utf8'));
			assert.ok(check(file), `${name}: ${JSON.stringify(check.errors?.slice(0, 5))}`);
			for (const item of file.items)
				assert.deepEqual(shown.get(item.id), { kind: file.kind, ...item }, item.id);
			items += file.items.length;
		}
		assert.equal(shown.size, items);
	});

	test('a schema that holds nothing would let this through', async () => {
		const schema = JSON.parse(await readFile(join(root, 'tests/support/templates.schema.json'), 'utf8'));
		const check = new Ajv().compile(schema);
		const file = JSON.parse(await readFile(join(directory, 'ladders.json'), 'utf8'));
		for (const spoil of [
			(item) => delete item.sources,
			(item) => (item.sources = []),
			(item) => (item.sources[0].document = '005'),
			(item) => delete item.content.levels,
			(item) => (item.content.levels[0].years = '0-1'),
			(item) => (item.extra = 1),
		]) {
			const bad = structuredClone(file);
			spoil(bad.items[0]);
			assert.equal(check(bad), false, spoil.toString());
		}
	});

	test('the intake and the disclosures have the keys of the document', async () => {
		const { schemas } = (await contractOf(server.url)).document.components;
		const answers = schemas.IntakeAnswers.properties;
		const intake = await content('intake-backend');
		for (const part of ['situation', 'reasons_to_hire', 'responsibilities'])
			assert.deepEqual(answers[part].items.enum, keys(intake[part]), part);
		const presets = (await member.read('/v1/templates', { kind: 'role_preset' })).data;
		assert.deepEqual(
			answers.specialty.enum.filter(Boolean).sort(),
			presets.map((one) => one.content.key).sort(),
		);
		const rated = [...intake.reasons_to_hire, ...intake.responsibilities].flatMap(({ rate }) => rate);
		const known = (await member.read('/v1/templates')).data.flatMap((one) =>
			names(one.content.competencies ?? one.content.criteria ?? []),
		);
		for (const name of rated) assert.ok(known.includes(name), name);
	});
});

describe('reading', () => {
	test('by kind and source; what is not there is not found', async () => {
		const ladders = (await member.read('/v1/templates', { kind: 'ladder' })).data;
		assert.deepEqual(
			ladders.map(({ id }) => id),
			['ladder-000-backend', 'ladder-002-backend'],
		);
		const second = (await member.read('/v1/templates', { kind: 'ladder', source: '002' })).data;
		assert.deepEqual(
			second.map(({ id }) => id),
			['ladder-002-backend'],
		);
		for (const one of (await member.read('/v1/templates', { source: '001' })).data)
			assert.ok(one.sources.some(({ document }) => document === '001'));
		await member.get('/v1/templates/no-such-template', { expect: 404 });
		await member.get('/v1/templates', { query: { kind: 'recipe' }, expect: 422 });
		const whole = await member.get('/v1/templates', { expect: 200 });
		await member.get('/v1/templates', {
			headers: { 'If-None-Match': whole.headers.etag },
			expect: 304,
		});
	});

	test('nothing is copied of what is there to be read', async () => {
		const answer = await admin.post('/v1/templates/glossary-002/copy', {}, { expect: 409 });
		assert.equal(answer.body.code, 'conflict');
		await admin.post('/v1/templates/no-such-template/copy', {}, { expect: 404 });
	});
});

describe('guide 000', () => {
	test('T1 five core responsibilities become competencies', async () => {
		await from('competencies-000-responsibilities', '000', 'T1');
		const made = await copy('competencies-000-responsibilities');
		assert.equal(made.headers.location, '/v1/competencies');
		assert.deepEqual(names(made.body.competencies), [
			'Server-side logic',
			'Database management',
			'API development',
			'Security and compliance',
			'Optimization',
		]);
		assert.ok(made.body.competencies.every(({ created }) => created));
		const logic = await admin.read(`/v1/competencies/${made.body.competencies[0].id}`);
		for (const language of ['Python', 'Java', 'Go', 'Node.js']) assert.match(logic.description, new RegExp(language));
		const again = await copy('competencies-000-responsibilities');
		assert.deepEqual(
			again.body.competencies,
			made.body.competencies.map((one) => ({ ...one, created: false })),
		);
	});

	test('T2 four levels with their gap and overlaps become a ladder', async () => {
		await from('ladder-000-backend', '000', 'T2');
		const made = await copy('ladder-000-backend');
		const ladder = await admin.read(made.headers.location);
		assert.deepEqual(
			ladder.levels.map((level) => [level.name, level.years_from, level.years_to]),
			[
				['Junior', 0, 1],
				['Mid-Level', 1, 3],
				['Senior', 4, 8],
				['Lead', 8, null],
			],
		);
		assert.ok(ladder.levels.every(({ scope }) => scope.length > 40));
		assert.match(ladder.levels[2].scope, /microservices.*queries.*security and scalability/);
		assert.equal(ladder.template, 'ladder-000-backend');
		const twice = await admin.post('/v1/templates/ladder-000-backend/copy', {}, { expect: 409 });
		assert.deepEqual([twice.body.code, twice.body.errors[0].pointer], ['already_exists', '/name']);
		const other = await copy('ladder-000-backend', { name: 'Ours' });
		await admin.change(other.headers.location, { levels: [{ name: 'Only one' }] });
		assert.equal((await content('ladder-000-backend')).levels.length, 4);
		assert.equal((await admin.read(made.headers.location)).levels.length, 4);
	});

	test('T3 five dimensions become the default rubric, with anchors', async () => {
		await from('rubric-000-backend', '000', 'T3');
		const made = await copy('rubric-000-backend', { publish: true });
		const rubric = await admin.read(made.headers.location);
		assert.equal(rubric.latest_published_version_id, made.body.rubric_version_id);
		const version = await admin.read(`/v1/rubric_versions/${made.body.rubric_version_id}`);
		assert.deepEqual(
			version.criteria.map((one) => [one.competency_name, one.weight]),
			[
				['Logical depth', 0.25],
				['Database design', 0.25],
				['Code security', 0.2],
				['Scalability', 0.2],
				['Tooling', 0.1],
			],
		);
		for (const { anchors: said } of version.criteria) assert.equal(new Set(said).size, 5);
		const database = await admin.read(`/v1/competencies/${version.criteria[1].competency_id}`);
		assert.match(database.description, /Normalization[^]*Indexing[^]*SQL or NoSQL/);
		assert.match((await content('rubric-000-backend')).criteria[3].description, /ten times/);
		// The hash is the one that publishing makes of the same content.
		const next = await admin.make(`/v1/rubrics/${rubric.id}/versions`);
		const published = await admin.make(`/v1/rubric_versions/${next.id}/publish`, undefined, {
			headers: { 'If-Match': `"${next.version}"` },
		});
		assert.equal(published.content_hash, version.content_hash);
		// A role can pin it at once.
		await admin.make('/v1/roles', { title: unique('Role'), rubric_version_id: version.id });
	});

	test('T4 the named technologies are skill tags', async () => {
		await from('skill-tags-000', '000', 'T4');
		const tags = (await content('skill-tags-000')).groups.flatMap((group) => group.tags);
		assert.deepEqual(
			tags.toSorted(),
			['Python', 'Java', 'Go', 'Node.js', 'PostgreSQL', 'MySQL', 'MongoDB', 'REST', 'GraphQL', 'OAuth', 'JWT']
				.concat(['Docker', 'Redis', 'AWS', 'Azure', 'GCP'])
				.sort(),
		);
	});
});

describe('guide 001', () => {
	test('P1 observability, on-call and durable fixes make the reliability competency', async () => {
		await from('rubric-001-reliability', '001', 'P1');
		const { criteria, senior_from } = await content('rubric-001-reliability');
		assert.equal(criteria.length, 1);
		assert.match(criteria[0].looks_at.join(), /Observability.*On-call.*Durable fixes/);
		const senior = criteria[0].anchors.slice(senior_from - 1).join(' ');
		assert.match(senior, /Instruments.*on-call.*on call.*fixes/);
		const made = await copy('rubric-001-reliability');
		const draft = await admin.read(`/v1/rubric_versions/${made.body.rubric_version_id}`);
		assert.deepEqual([draft.status, draft.criteria[0].competency_name], ['draft', 'Reliability']);
		assert.deepEqual(draft.criteria[0].anchors, criteria[0].anchors);
	});

	test('P2 look-fors are in the kits', async () => {
		assert.match(
			(await content('kit-001-look-fors')).look_fors.join(),
			/reads to writes.*volumes.*fail, first.*eventual from strong.*versions.*compatibility/i,
		);
	});

	test('P3 four exercises are in the kits', async () => {
		const { questions } = await content('kit-001-exercises');
		assert.deepEqual(
			questions.map(({ topic }) => topic),
			['Concurrency', 'Schema design', 'Debugging', 'Data consistency'],
		);
		assert.match(questions[0].question, /rate limiter.*job queue/);
		assert.match(questions[1].look_fors.join(), /cardinality.*indexes.*extended/);
		assert.match(questions[2].look_fors.join(), /hypotheses.*metrics.*traces/);
		assert.ok(questions.every(({ red_flags }) => red_flags.length === 0), 'the guide names none');
	});

	test('P4 sources, referrals as the high signal, talks and writing for seniors', async () => {
		const { channels, senior_signals } = await content('sources-001');
		assert.deepEqual(
			channels.filter((one) => one.high_signal).map(({ key }) => key),
			['referrals'],
		);
		assert.deepEqual(keys(channels), ['github', 'job_boards', 'communities', 'referrals']);
		assert.match(senior_signals.join(), /conferences.*technical writing/);
	});
});

describe('guide 002', () => {
	test('D3 three levels with capabilities and what comes next', async () => {
		await from('ladder-002-backend', '002', 'D3', 'D4');
		const made = await copy('ladder-002-backend');
		const { levels } = await admin.read(made.headers.location);
		assert.deepEqual(
			levels.slice(0, 3).map((level) => [level.name, level.years_from, level.years_to]),
			[
				['Junior', 0, 2],
				['Mid-Level', 2, 5],
				['Senior', 5, null],
			],
		);
		assert.deepEqual(
			levels.map(({ expectations }) => expectations.map(({ heading, items }) => [heading, items.length])),
			[
				[['Capabilities', 5], ['Learning areas', 5]],
				[['Capabilities', 5], ['Growing toward', 5]],
				[['Capabilities', 5], ['Demonstrates', 5]],
				[],
			],
		);
		// The two guides' years differ, and both stand.
		const first = (await content('ladder-000-backend')).levels;
		assert.notEqual(first[0].years_to, levels[0].years_to);
	});

	test('D4 each level has a tagline and three signals; Staff+ from 8 has these alone', async () => {
		const { levels } = await content('ladder-002-backend');
		assert.deepEqual(
			levels.map(({ tagline }) => tagline),
			[
				'Curiosity and fundamentals',
				'Independence and ownership',
				'Architecture and leadership',
				'Strategy and impact on the organization',
			],
		);
		assert.ok(levels.every(({ signals }) => signals.length === 3));
		const staff = levels[3];
		assert.deepEqual(
			[staff.name, staff.years_from, staff.years_to, staff.scope, staff.expectations],
			['Staff+', 8, null, null, []],
		);
	});

	test('D5 four areas with twenty sub-criteria are a rubric', async () => {
		const { criteria } = await content('rubric-002-must-evaluate');
		assert.deepEqual(
			criteria.map(({ name, looks_at }) => [name, looks_at.length]),
			[
				['Language proficiency', 4],
				['Database knowledge', 5],
				['API design', 6],
				['System design', 5],
			],
		);
		const made = await copy('rubric-002-must-evaluate', { name: unique('Must evaluate'), publish: true });
		const version = await admin.read(`/v1/rubric_versions/${made.body.rubric_version_id}`);
		const api = await admin.read(`/v1/competencies/${version.criteria[2].competency_id}`);
		for (const line of criteria[2].looks_at) assert.ok(api.description.includes(`- ${line}`), line);
	});

	test('D6 seven differentiators of seniors', async () => {
		await from('differentiators-002-senior', '002', 'D6');
		const { differentiators, from_level, to_level } = await content('differentiators-002-senior');
		assert.deepEqual([from_level, to_level], ['Mid-Level', 'Senior']);
		assert.deepEqual(keys(differentiators), [
			'designs_from_scratch',
			'anticipates_failure',
			'build_or_buy',
			'leads_discussions',
			'handles_ambiguity',
			'debugs_distributed',
			'mentors',
		]);
	});

	test('D7 four focus areas, each with look-fors and a red flag, are in the kits', async () => {
		const { questions } = await content('kit-002-focus-areas');
		assert.deepEqual(
			questions.map(({ topic, look_fors, red_flags }) => [topic, look_fors.length, red_flags.length]),
			[
				['System design', 3, 1],
				['Production experience', 3, 1],
				['Trade-off thinking', 2, 1],
				['Code quality', 4, 1],
			],
		);
		assert.match(questions[0].question, /URL shortener.*million clicks a day/);
		assert.match(questions[2].look_fors.join(), /CAP/);
	});

	test('D8 five hiring mistakes, one with its exception, are there for the linter', async () => {
		const { mistakes } = await content('mistakes-002');
		assert.deepEqual(keys(mistakes), [
			'algorithm_heavy',
			'ignoring_operations',
			'language_purism',
			'undervaluing_communication',
			'skipping_production_scenarios',
		]);
		assert.deepEqual(
			mistakes.filter(({ exception }) => exception).map(({ key }) => key),
			['language_purism'],
		);
		assert.match(mistakes[4].instead, /spike.*lock.*leak.*cascading/);
	});

	test('D9 seven green and six yellow flags', async () => {
		const { flags } = await content('resume-flags-002');
		const of = (colour) => flags.filter((one) => one.colour === colour);
		assert.deepEqual([of('green').length, of('yellow').length], [7, 6]);
		const words = Object.fromEntries(flags.map((one) => [one.key, one.words]));
		assert.deepEqual(words.language, ['Python', 'Java', 'Go', 'Node.js']);
		assert.deepEqual(words.database, ['PostgreSQL', 'MySQL', 'MongoDB', 'Redis']);
		assert.deepEqual(words.observability, ['Datadog', 'New Relic']);
		for (const { unless } of of('yellow'))
			for (const key of unless) assert.ok(keys(of('green')).includes(key), key);
	});

	test('D10 ten terms of the glossary', async () => {
		await from('glossary-002', '002', 'D10');
		const { terms } = await content('glossary-002');
		assert.deepEqual(
			terms.map(({ term }) => term),
			['API', 'REST/GraphQL', 'ORM', 'Microservices', 'SQL/NoSQL', 'Caching', 'Message queue', 'Load balancer', 'Container', 'Latency'],
		);
		assert.deepEqual(
			Object.fromEntries(terms.filter(({ examples }) => examples.length).map(({ term, examples }) => [term, examples])),
			{ Caching: ['Redis'], 'Message queue': ['Kafka', 'RabbitMQ'], Container: ['Docker'] },
		);
	});

	test('D12 four sources, and five pools of languages', async () => {
		const { channels, pools } = await content('sources-002');
		assert.deepEqual(keys(channels), ['github', 'communities', 'certifications', 'conference_speakers']);
		assert.ok(channels.every(({ high_signal }) => high_signal));
		assert.deepEqual(channels[3].examples, ['KubeCon', 'GopherCon', 'PyCon']);
		assert.deepEqual(
			pools.map(({ language, companies }) => [language, companies.length]),
			['Python', 'Java', 'Go', 'Node.js', 'Rust'].map((language) => [language, 3]),
		);
		assert.deepEqual(pools[4], {
			language: 'Rust',
			industries: ['Systems', 'Security'],
			companies: ['AWS', 'Figma', 'Discord'],
		});
	});
});

describe('guide 003', () => {
	test('C1 ten specialties, with their splits and the tip for web3', async () => {
		const presets = (await member.read('/v1/templates', { kind: 'role_preset' })).data;
		assert.equal(presets.length, 10);
		const of = Object.fromEntries(presets.map((one) => [one.content.key, one.content]));
		assert.deepEqual(Object.keys(of).sort(), [
			'application',
			'data_etl',
			'embedded',
			'infrastructure',
			'machine_learning',
			'networking',
			'operating_systems',
			'platform',
			'storage',
			'web3',
		]);
		const [data, cloud] = of.infrastructure.variants;
		assert.deepEqual(data.tools, ['Hadoop', 'Spark', 'Kafka', 'Flink', 'Storm']);
		assert.equal(cloud.tools.length, 11);
		assert.ok(cloud.tools.includes('Terraform'));
		assert.equal(of.machine_learning.tools.length, 6);
		assert.match(names(of.machine_learning.variants).join(), /NLP.*CV.*Deep learning/);
		assert.match(of.web3.tip, /job sites.*paid ads/);
		// The guides disagree on job boards, and each has its say.
		const advice = async (id) => (await content(id)).channels.find(({ key }) => key === 'job_boards').advice;
		assert.deepEqual(
			await Promise.all(['sources-001', 'sources-003-web3', 'sources-004'].map(advice)),
			['use', 'avoid', 'use'],
		);
		// A preset fills in a role.
		const role = await admin.make('/v1/roles', of.embedded.role);
		assert.equal(role.specialty, 'Embedded');
	});

	test('C2 six skill areas and their stacks', async () => {
		const { competencies } = await content('competencies-003-skills');
		assert.deepEqual(names(competencies), [
			'Coding',
			'Database management',
			'API programming',
			'Server scripting',
			'Version control',
			'DevOps',
		]);
		const groups = Object.fromEntries((await content('skill-tags-003')).groups.map((one) => [one.name, one.tags]));
		assert.equal(groups.Stacks.length, 6);
		assert.deepEqual(groups['NoSQL databases'], ['MongoDB', 'Cassandra', 'Couchbase']);
		assert.deepEqual(groups['Automation and configuration'], ['Ansible', 'Chef', 'Puppet', 'Salt']);
		assert.deepEqual(groups['Infrastructure as code'], ['Terraform', 'CloudFormation']);
	});

	test('C9 five open-ended questions, the fifth unscored, are in the kits', async () => {
		const { questions } = await content('kit-003-open-ended');
		assert.equal(questions.length, 5);
		assert.deepEqual(
			questions.map(({ scored = true }) => scored),
			[true, true, true, true, false],
		);
		assert.equal(questions[0].follow_ups.length, 3);
	});

	test('C10 full-time, contract and freelance, outsourced: what 003 and 004 say', async () => {
		const of = async (id) => (await content(id)).types.map((one) => [one.engagement_types, one.advice]);
		const types = [['full_time'], ['contract', 'freelance'], ['outsourced']];
		assert.deepEqual(
			await of('engagement-003'),
			types.map((one, i) => [one, ['prefer', 'caution', 'caution'][i]]),
		);
		assert.deepEqual(
			await of('engagement-004'),
			types.map((one) => [one, 'use']),
		);
		const { types: said } = await content('engagement-003');
		assert.match(said[2].for.join(), /India, Russia or Pakistan/);
		assert.deepEqual(said[2].against.length, 3);
	});

	test('C12 front end, back end, full stack and web developers', async () => {
		await from('glossary-003', '003', 'C12');
		const { terms } = await content('glossary-003');
		assert.deepEqual(
			terms.map(({ term }) => term),
			['Front end developer', 'Back end developer', 'Full stack developer', 'Web developer'],
		);
		assert.deepEqual(terms[3].examples, ['HTML', 'CSS', 'JavaScript', 'Drupal', 'WordPress']);
	});
});

describe('guide 004', () => {
	test('G2 eight skill areas with Git, debugging and soft skills', async () => {
		await from('competencies-004-skills', '004', 'G2');
		const made = await copy('competencies-004-skills');
		assert.deepEqual(names(made.body.competencies), [
			'Programming languages',
			'Database management',
			'API development',
			'Authentication and security',
			'Cloud platforms and DevOps',
			'Version control (Git)',
			'Problem-solving and debugging',
			'Soft skills',
		]);
		const there = new Set(['Database management', 'API development']);
		for (const { name, created } of made.body.competencies) assert.equal(created, !there.has(name), name);
		for (const language of ['Node.js', 'Python', 'Java', 'Ruby', 'PHP', 'Go', 'C#'])
			assert.ok((await content('competencies-004-skills')).competencies[0].description.includes(language));
	});

	test('G4 five channels', async () => {
		const { channels } = await content('sources-004');
		assert.deepEqual(keys(channels), [
			'freelance_platforms',
			'job_boards',
			'outsourcing_agencies',
			'networking',
			'referrals',
		]);
		assert.deepEqual(channels[0].examples, ['Upwork', 'Toptal', 'Freelancer']);
		assert.deepEqual(channels[1].examples, ['LinkedIn', 'Indeed', 'Glassdoor', 'AngelList']);
	});

	test('G5 behavioural prompts are in the kits', async () => {
		const { questions } = await content('kit-004-behavioural');
		assert.match(questions.map(({ question }) => question).join(), /troubleshoot.*deadline/);
	});
});

describe('copies', () => {
	test('take a competency out of the archive, and say so once', async () => {
		const [first] = (await copy('competencies-003-skills')).body.competencies;
		await admin.make(`/v1/competencies/${first.id}/archive`);
		const before = await admin.read(`/v1/competencies/${first.id}`);
		const again = (await copy('competencies-003-skills')).body.competencies[0];
		assert.deepEqual(again, { ...first, created: false });
		const now = await admin.read(`/v1/competencies/${first.id}`);
		assert.deepEqual([now.archived_at, now.version], [null, before.version + 1]);
		await copy('competencies-003-skills');
		assert.equal((await admin.read(`/v1/competencies/${first.id}`)).version, now.version);
	});

	test('meet a competency that people have described themselves, and leave it so', async () => {
		const own = await World.make(server);
		const mine = await own.admin.make('/v1/competencies', { name: 'LOGICAL DEPTH', description: 'Ours.' });
		const made = await own.admin.make('/v1/templates/rubric-000-backend/copy', { publish: true });
		assert.deepEqual(made.competencies[0], { id: mine.id, name: 'LOGICAL DEPTH', created: false });
		assert.equal((await own.admin.read(`/v1/competencies/${mine.id}`)).description, 'Ours.');
		const version = await own.admin.read(`/v1/rubric_versions/${made.rubric_version_id}`);
		assert.deepEqual(
			[version.criteria[0].competency_id, version.criteria[0].competency_name],
			[mine.id, 'LOGICAL DEPTH'],
		);
	});

	test('are made once for a repeated request', async () => {
		const headers = { 'Idempotency-Key': unique('key') };
		const body = { name: unique('Once') };
		const one = await admin.post('/v1/templates/ladder-002-backend/copy', body, { headers, expect: 201 });
		const two = await admin.post('/v1/templates/ladder-002-backend/copy', body, { headers, expect: 201 });
		assert.deepEqual([two.body, two.headers.location], [one.body, one.headers.location]);
	});

	test('of a published rubric are as immutable as any', async () => {
		const made = await copy('rubric-000-backend', { name: unique('Immutable'), publish: true });
		const answer = await admin.patch(
			`/v1/rubric_versions/${made.body.rubric_version_id}`,
			{ criteria: [{ competency_id: made.body.competencies[0].id, weight: 1, anchors: anchors('x') }] },
			{ headers: { 'If-Match': '*' }, expect: 409 },
		);
		assert.equal(answer.body.code, 'rubric_version_published');
	});
});
