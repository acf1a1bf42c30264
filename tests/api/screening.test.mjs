// The screening checklist: marked from the words of a résumé, decided by people.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { pdf } from '../support/pdf.mjs';
import { sharedServer } from '../support/server.mjs';
import { usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { recruiter, manager, a } = world;
const at = (application) => `/v1/applications/${application.id}/screening`;
const flagsOf = async (application, client = recruiter) =>
	Object.fromEntries((await client.read(at(application))).flags.map((flag) => [flag.key, flag]));

// The two sample résumés, in facts: "2018–" is still so, and "MyQSL" is tagged MySQL.
const amir = {
	name: 'Amir Williams',
	headline: 'Tech Lead at Streak',
	skills: ['Ruby on Rails', 'MySQL', 'Java', 'Node.js', 'Python', 'PostgreSQL', 'MongoDB', 'APIs'],
	experience: [
		{
			title: 'Tech Lead',
			organization: 'Streak',
			start: '2018',
			end: null,
			highlights: ['Scalable, available and well-monitored microservices'],
		},
		{
			title: 'Senior Software Engineer',
			organization: 'MoneyPal',
			start: '2014',
			end: '2018',
			highlights: ['A backend of over 100 million requests per day'],
		},
	],
};

describe('screening', () => {
	test('C3: the sample résumés of Amir Williams and Daisy Kim raise their flags', async () => {
		const first = await world.application(world.role1, await world.candidate(amir));
		const flags = await flagsOf(first);
		for (const [key, word] of [
			['language', 'Python'],
			['database', 'MySQL'],
			['api_design', 'APIs'],
			['production_at_scale', 'requests per day'],
			['observability', 'well-monitored'],
		])
			assert.ok(flags[key].marked && flags[key].words.includes(word), key);
		assert.deepEqual(
			Object.values(flags)
				.filter(({ colour, marked }) => colour === 'yellow' && marked)
				.map(({ key }) => key),
			['no_testing'],
		);
		const daisy = await world.candidate({ name: 'Daisy Kim' });
		const second = await world.application(world.role1, daisy);
		assert.equal((await flagsOf(second)).no_database_or_api.marked, true);
		await recruiter.request('POST', `/v1/candidates/${daisy.id}/documents`, {
			raw: pdf(['Daisy Kim, Software Engineer at Yip (2018-)', 'Shipped with CI/CD', 'Hive SQL, Python, APIs']),
			type: 'application/pdf',
			expect: 201,
		});
		const read = await flagsOf(second);
		assert.equal(read.no_database_or_api.marked, false);
		assert.ok(read.testing_pipeline.words.includes('CI/CD') && read.database.words.includes('SQL'));
	});

	test('D9: seven green and six yellow flags, each decided by a person, and nobody rejected', async () => {
		const application = await world.application(world.role1);
		const flags = Object.values(await flagsOf(application));
		const counted = (colour) => flags.filter((flag) => flag.colour === colour).length;
		assert.deepEqual([counted('green'), counted('yellow')], [7, 6]);
		assert.ok(flags.every(({ source, verdict }) => source === '002' && verdict === null));
		const told = (await recruiter.put(`${at(application)}/no_testing`, { verdict: 'refused' }, { expect: 200 }))
			.body;
		assert.deepEqual([told.key, told.verdict, told.decided_by], ['no_testing', 'refused', world.users.recruiter.id]);
		await manager.put(`${at(application)}/database`, { verdict: 'confirmed' }, { expect: 200 });
		const seen = await flagsOf(application, manager);
		assert.deepEqual(
			[seen.no_testing.verdict, seen.no_testing.decided_at, seen.database.verdict, seen.database.marked],
			['refused', told.decided_at, 'confirmed', false],
		);
		await recruiter.put(`${at(application)}/database`, { verdict: null }, { expect: 200 });
		assert.equal((await flagsOf(application)).database.verdict, null);
		for (const { key, colour } of flags.filter((flag) => flag.colour === 'yellow')) {
			assert.equal(colour, 'yellow');
			await recruiter.put(`${at(application)}/${key}`, { verdict: 'confirmed' }, { expect: 200 });
		}
		assert.equal((await recruiter.read(`/v1/applications/${application.id}`)).status, 'active');
		await recruiter.put(`${at(application)}/charm`, { verdict: 'confirmed' }, { expect: 404 });
		await recruiter.put(`${at(application)}/database`, { verdict: 'maybe' }, { expect: 422 });
		await a.get(at(application), { expect: 403 });
		await a.put(`${at(application)}/database`, { verdict: 'refused' }, { expect: 403 });
		await recruiter.make(`/v1/candidates/${application.candidate_id}/erase`);
		assert.equal((await flagsOf(application)).no_testing.verdict, null);
		const refused = await recruiter.put(`${at(application)}/database`, { verdict: 'refused' }, { expect: 409 });
		assert.equal(refused.body.code, 'candidate_erased');
	});

	test('a verdict given after the first interview is closed to who owes a scorecard', async () => {
		const application = await world.application(world.role1);
		await recruiter.put(`${at(application)}/database`, { verdict: 'confirmed' }, { expect: 200 });
		const interview = await world.interview(application, { manager: 'interviewer' });
		await recruiter.put(`${at(application)}/language`, { verdict: 'refused' }, { expect: 200 });
		const blind = await flagsOf(application, manager);
		assert.deepEqual([blind.database.verdict, blind.language.verdict], ['confirmed', null]);
		await world.scorecard('manager', interview, world.values(4, 4, 4));
		assert.equal((await flagsOf(application, manager)).language.verdict, 'refused');
	});
});
