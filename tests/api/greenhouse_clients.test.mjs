// Public clients of Greenhouse's APIs, as npm has them: nothing of them is changed but the address they ask.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import Module from 'node:module';
import { after, before, describe, test } from 'node:test';

import { numberOf } from '../support/numbers.mjs';
import { sharedServer } from '../support/server.mjs';
import { Client } from '../support/client.mjs';
import { POSTING, unique, usualWorld } from '../support/world.mjs';

const require = createRequire(import.meta.url);
const server = await sharedServer();
after(() => server.stop());
const base = `${server.url}/greenhouse`;
const world = await usualWorld(server, { independence: 'open' });
const email = `${unique('client')}@example.com`;
world.known = await world.candidate({ name: 'Public Client', email, links: [{ url: 'https://linkedin.com/in/client' }] });
await world.program('reader', ['candidates', 'applications', 'roles', 'interviews', 'scorecards'].map((one) => `${one}:read`));
const { client_secret: username, token: access_token } = world.programs.reader;

describe('@opensdks/sdk-greenhouse, by its Harvest v1 types', () => {
	let sdk;
	before(async () => {
		const { initGreenhouseSDK } = await import('@opensdks/sdk-greenhouse');
		sdk = initGreenhouseSDK({ baseUrl: base, auth: { basic: { username } } });
	});

	test('candidates and jobs, by page and by id', async () => {
		const { data, response } = await sdk.GET('/v1/candidates', { params: { query: { per_page: 1, page: 1 } } });
		assert.equal(data.length, 1);
		assert.match(response.headers.get('link'), /page=2.*rel="next"/);
		const id = numberOf(world.candidate1.id);
		const one = (await sdk.GET('/v1/candidates/{id}', { params: { path: { id } } })).data;
		assert.equal(one.applications[0].status, 'active');
		const jobs = (await sdk.GET('/v1/jobs')).data;
		assert.deepEqual(jobs.map(({ name }) => name), [world.role1.title]);
		assert.equal((await sdk.GET('/v1/jobs/{id}', { params: { path: { id: jobs[0].id } } })).data.id, numberOf(world.role1.id));
	});

	test('what is refused is an error with their message', async () => {
		await assert.rejects(sdk.GET('/v1/users'), (error) => error.response.status === 403 && error.error.message !== '');
		await assert.rejects(
			sdk.GET('/v1/candidates/{id}', { params: { path: { id: 12345 } } }),
			(error) => error.response.status === 404 && error.error.message === 'Resource not found',
		);
	});
});

describe('@activepieces/piece-greenhouse, by Harvest v3', () => {
	let piece;
	before(() => {
		const file = require.resolve('@activepieces/piece-greenhouse');
		const loaded = new Module(file);
		loaded.paths = Module._nodeModulePaths(file);
		loaded._compile(readFileSync(file, 'utf8').replaceAll('https://harvest.greenhouse.io', base), file);
		piece = loaded.exports.greenhouse;
	});
	const run = (action, propsValue) => piece.getAction(action).run({ auth: { access_token }, propsValue });
	const fired = (trigger, propsValue = {}) =>
		piece.getTrigger(trigger).test({ auth: { access_token }, propsValue, store: { get: () => 0, put: () => {} } });

	test('finds a candidate by e-mail', async () => {
		const found = await run('find_candidate', { email });
		assert.deepEqual(
			[found.found, found.id, found.first_name, found.primary_email, found.linkedin_url],
			[true, numberOf(world.known.id), 'Public', email, 'https://linkedin.com/in/client'],
		);
		assert.deepEqual(await run('find_candidate', { email: 'nobody@example.com' }), { found: false });
		assert.equal((await run('find_or_create_candidate', { email, first_name: 'x', last_name: 'y' })).created, false);
	});

	test('its triggers see applications, hires, jobs and interviews', async () => {
		const [application] = await fired('new_candidate_application');
		assert.deepEqual(
			[application.id, application.candidate_id, application.status],
			[world.application1, world.candidate1].map(({ id }) => numberOf(id)).concat('active'),
		);
		assert.deepEqual(await fired('candidate_hired'), []);
		const [job] = await fired('job_updated');
		assert.deepEqual([job.name, job.open_openings, job.total_openings], [world.role1.title, 1, 1]);
		const starts_at = new Date(Date.now() + 3_600_000).toISOString();
		const soon = await world.interview(world.application1, { a: 'interviewer' }, { starts_at });
		const interviews = await fired('new_scheduled_interview', { days_ahead: 7 });
		assert.deepEqual(interviews.map(({ id, status }) => [id, status]), [[numberOf(soon.id), 'scheduled']]);
		// Nobody's drafts are a program's to see.
		await world.scorecard('a', world.interview1, world.values(4, 4, 4), { submit: false });
		assert.deepEqual(await fired('new_scorecard_due'), []);
	});

	test('and reads a scorecard once its stage is complete', async () => {
		const application = await world.application(world.role1);
		const interview = await world.interview(application, { a: 'interviewer', b: 'interviewer' });
		const card = await world.scorecard('a', interview, world.values(4, 4, 4), { key_takeaways: 'Good.' });
		const scorecard_id = String(numberOf(card.id));
		assert.equal(await run('find_due_scorecard', { scorecard_id }), null);
		await world.scorecard('b', interview, world.values(3, 3, 3));
		const found = await run('find_due_scorecard', { scorecard_id });
		assert.deepEqual([found.status, found.candidate_rating, found.notes], ['complete', 'yes', 'Good.']);
	});
});

describe('the job board', () => {
	const anyone = new Client(server);
	let slug;
	let job;
	before(async () => {
		const { id } = await world.posting(world.role1, {
			salary: { min: 50000, max: 70000, currency: 'EUR', unit: 'year' },
			questions: [
				{ id: 'apples', label: 'Do you like apples?', kind: 'yes_no', required: true },
				{ id: 'which', label: 'Which?', kind: 'choice', choices: ['Red', 'Green'] },
			],
			location: 'Berlin',
		});
		await world.admin.make(`/v1/postings/${id}/publish`);
		({ slug } = await world.admin.change('/v1/careers_page', { enabled: true, introduction: 'We <b>build</b>.' }));
		job = numberOf(id);
	});

	test('greenhouse-jobboard-js', async () => {
		const { JobBoardClientV1 } = require('greenhouse-jobboard-js');
		JobBoardClientV1.baseURL = `${base}/v1`;
		const client = new JobBoardClientV1({ boardToken: slug, client: { get: async (url) => (await fetch(url)).json() } });
		const [short] = await client.getJobList();
		assert.deepEqual([short.id, short.internal_job_id, short.location], [job, numberOf(world.role1.id), { name: 'Berlin' }]);
		assert.equal(short.content, undefined);
		const [long] = await client.getJobListWithContent();
		assert.deepEqual([long.content.trim(), long.departments[0].id], ['&lt;p&gt;We build things.&lt;/p&gt;', 0]);
		assert.equal((await client.getJob(job)).title, POSTING.title);
		const asked = await client.getJobWithQuestions(job);
		assert.deepEqual(
			asked.questions.map(({ label, required, fields: [{ type, values }] }) => [label, required, type, values.map((one) => one.name).join()]),
			[
				['Name', true, 'input_text', ''],
				['Email', true, 'input_text', ''],
				['Phone', false, 'input_text', ''],
				['Resume/CV', true, 'input_file', ''],
				['Do you like apples?', true, 'multi_value_single_select', 'No,Yes'],
				['Which?', false, 'multi_value_single_select', 'Red,Green'],
			],
		);
		const page = await (await fetch(asked.absolute_url)).text();
		assert.match(page, /Developer/);
		const [list] = await client.getDepartmentList();
		assert.deepEqual([list.name, list.child_ids, list.jobs[0].id], ['No Department', [], job]);
		assert.deepEqual((await client.getDepartmentTree())[0].children, []);
		// What they take for an empty board.
		const nobody = new JobBoardClientV1({ boardToken: 'no-such-board', client: { get: async (url) => (await fetch(url)).json() } });
		assert.deepEqual(await nobody.getJobList(), []);
	});

	test('gatsby-source-greenhouse-job-board', async () => {
		const { sourceNodes } = require('gatsby-source-greenhouse-job-board/gatsby-node.js');
		const nodes = [];
		const real = globalThis.fetch;
		globalThis.fetch = (url, ...more) => real(String(url).replace('https://boards-api.greenhouse.io', base), ...more);
		try {
			await sourceNodes(
				{
					actions: { createNode: (node) => nodes.push(node) },
					createNodeId: (text) => text,
					reporter: {
						info: () => {},
						panic: (text, error) => {
							throw error ?? new Error(text);
						},
					},
				},
				{ boardToken: slug },
			);
		} finally {
			globalThis.fetch = real;
		}
		assert.deepEqual(nodes.map(({ internal }) => internal.type).sort(), ['GreenhouseJob', 'GreenhouseOffice']);
		const [office] = nodes.filter(({ internal }) => internal.type === 'GreenhouseOffice');
		const [posted] = nodes.filter(({ internal }) => internal.type === 'GreenhouseJob');
		assert.deepEqual([office.name, posted.title], ['Berlin', 'Developer']);
		assert.deepEqual(posted.offices___NODE, [office.id]);
	});

	test('as the contract has it, and only what is published', async () => {
		const at = `/greenhouse/v1/boards/${slug}`;
		assert.match((await anyone.read(at)).content, /We &amp;lt;b&amp;gt;build/);
		const answer = await anyone.get(`${at}/jobs`, { expect: 200 });
		assert.equal(answer.headers['access-control-allow-origin'], '*');
		await anyone.get(`${at}/jobs`, { headers: { 'If-None-Match': answer.headers.etag }, expect: 304 });
		const whole = await anyone.read(`${at}/jobs/${job}`, { questions: true, pay_transparency: true });
		assert.deepEqual(whole.pay_input_ranges[0].min_cents, 5_000_000);
		await anyone.read(`${at}/departments`);
		await anyone.read(`${at}/offices`, { render_as: 'tree' });
		for (const path of [at, `${at}/jobs`, `${at}/jobs/${job}`, `${at}/departments`, `${at}/offices`]) {
			const { headers } = await anyone.get(path, { expect: 200 });
			await anyone.get(path, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
		}
		await anyone.get(`${at}/jobs/12345`, { expect: 404 });
		// Closed with its role.
		await world.admin.change(`/v1/roles/${world.role1.id}`, { status: 'closed' });
		assert.deepEqual((await anyone.read(`${at}/jobs`)).jobs, []);
		assert.deepEqual((await anyone.read(`${at}/offices`)).offices, []);
		assert.deepEqual((await anyone.read(`${at}/departments`)).departments[0].jobs, []);
		await anyone.get(`${at}/jobs/${job}`, { expect: 404 });
		await world.admin.change('/v1/careers_page', { enabled: false });
		await anyone.get(at, { expect: 404 });
	});
});
