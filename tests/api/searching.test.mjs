// What candidates are searched by: it follows every change, and a search finds the same by any of its ways.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);
const { admin, recruiter } = world;
const ids = (rows) => rows.map(({ id }) => id);
const letters = () => unique('q').replace(/[^a-z0-9]/g, '');
const organization = world.organization.id ?? world.organization.organization_id;
const sql = (text) => psql(server, text);

// Rows that are not what candidates, their documents and applications say, and candidates without one.
const strays = () =>
	sql(`SELECT count(*) FROM candidates c LEFT JOIN searchable_candidates s
		ON s.organization_id = c.organization_id AND s.candidate_id = c.id
		WHERE s.candidate_id IS NULL OR (s.created_at, s.archived, s.marks) IS DISTINCT FROM
			(c.created_at, c.archived_at IS NOT NULL, candidate_marks(c.tags, c.source, c.archived_at IS NOT NULL))
		OR array(SELECT r FROM unnest(s.roles) r ORDER BY r) IS DISTINCT FROM array(SELECT a.role_id FROM applications a
			WHERE a.organization_id = c.organization_id AND a.candidate_id = c.id ORDER BY a.role_id)
		OR s.words IS DISTINCT FROM CASE WHEN c.erased_at IS NULL AND c.merged_into IS NULL THEN search_words(c, '{}') ELSE '' END`);

test('follows each change of a candidate and of their applications', async () => {
	const word = letters();
	const tag = unique('Tag');
	const [role, other] = [await world.role(), await world.role()];
	const one = await world.candidate({ name: `Amir ${word}`, tags: [tag], source: 'Fair' });
	const two = await world.candidate({ name: `Bela ${word}` });
	const found = async (filter) => ids(await recruiter.all('/v1/candidates', filter)).toSorted();
	const at = ({ id }) => `/v1/candidates/${id}`;
	const step = async (what, expected) => {
		assert.equal(await strays(), '0', what);
		for (const [filter, people] of expected) assert.deepEqual(await found(filter), ids(people).toSorted(), `${what}: ${JSON.stringify(filter)}`);
	};
	const inRole = { q: word, role_id: role.id };
	const tagged = { role_id: role.id, tag: tag.toLowerCase() };
	await step('made', [[{ q: word }, [one, two]], [inRole, []], [tagged, []], [{ q: word, source: 'Fair' }, [one]]]);
	await world.application(role, one);
	const applied = await world.application(role, two);
	await step('applied', [[inRole, [one, two]], [tagged, [one]]]);
	await recruiter.make(`/v1/applications/${applied.id}/transfer`, { role_id: other.id });
	await step('transferred', [[inRole, [one, two]], [{ q: word, role_id: other.id }, [two]]]);
	await recruiter.change(at(two), { tags: [tag, 'more'], source: 'Letter' });
	await step('tagged', [[tagged, [one, two]], [{ q: word, source: 'Letter' }, [two]]]);
	await recruiter.change(at(one), { headline: 'Nothing of it', tags: [] });
	await step('without tags', [[tagged, [two]], [inRole, [one, two]]]);
	await recruiter.make(`${at(one)}/archive`);
	await step('archived', [[{ q: word, archived: true }, [one]], [{ ...inRole, archived: false }, [two]]]);
	await recruiter.make(`${at(one)}/unarchive`);
	const paper = letters();
	const document = await recruiter.request('POST', `${at(one)}/documents?kind=resume`, { raw: `Knows ${paper}`, type: 'text/plain', expect: 201 });
	await step('with a document', [[{ q: paper }, [one]], [{ q: paper, role_id: role.id }, [one]]]);
	await recruiter.request('DELETE', `/v1/documents/${document.body.id}`, { expect: 204 });
	await step('without it', [[{ q: paper }, []]]);
	const three = await world.candidate({ name: `Cem ${word}` });
	await recruiter.post(`${at(two)}/merge`, { into: three.id }, { expect: 200 });
	await step('merged', [[inRole, [one, three]], [{ q: word, role_id: other.id }, [three]], [{ q: 'Bela' }, []]]);
	await recruiter.post(`${at(two)}/unmerge`, undefined, { expect: 200 });
	await step('apart again', [[inRole, [one, two]], [{ q: word }, [one, two, three]]]);
	await admin.make(`${at(one)}/erase`);
	await step('erased', [[inRole, [two]], [{ q: word }, [two, three]]]);
	assert.equal(await sql(`SELECT s.words::text || s.marks::text FROM searchable_candidates s WHERE s.candidate_id = '${one.id}'`), '{archived}');
});

test('two applications that come at once are both found', async () => {
	const word = letters();
	const roles = [await world.role(), await world.role(), await world.role()];
	const someone = await world.candidate({ name: word });
	await Promise.all(roles.map((role) => world.application(role, someone)));
	for (const role of roles) assert.deepEqual(ids(await recruiter.all('/v1/candidates', { q: word, role_id: role.id })), [someone.id]);
	assert.equal(await strays(), '0');
});

// Six thousand, so that every way is gone: of the newest 200, 1,000 and 5,000, and by the index.
test('a word in many, in few, in the oldest alone; by role, tag and page, in order', async () => {
	const role = await world.role();
	const word = letters();
	await sql(`WITH people AS (INSERT INTO candidates (organization_id, name, tags, source, created_at, updated_at)
			SELECT '${organization}', concat_ws(' ', '${word}', 'all' || '${word}', CASE WHEN n % 10 = 0 THEN 'tenth${word}' END,
				CASE WHEN n % 130 = 0 THEN 'seldom${word}' END, CASE WHEN n <= 300 THEN 'early${word}' END),
				ARRAY['t${word} ' || n % 13], '${word} ' || n % 7, now() - n % 50 * interval '1 second' - (6000 - n) * interval '1 minute', now()
			FROM generate_series(1, 6000) n RETURNING id, source)
		INSERT INTO applications (organization_id, candidate_id, role_id, plan_id, stage_id, created_at)
		SELECT '${organization}', p.id, '${role.id}', '${role.plan_id}', '${role.stages[0].id}', c.created_at FROM people p, LATERAL (SELECT now() AS created_at) c
		WHERE p.source IN ('${word} 0', '${word} 3')`);
	const pages = async (list, filter) => ids(await recruiter.all(list, { ...filter, limit: 100 }));
	const rows = async (text) => (await sql(text)).split('\n').filter(Boolean);
	const inRole = `EXISTS (SELECT FROM applications a WHERE a.candidate_id = c.id AND a.role_id = '${role.id}')`;
	for (const [filter, condition] of [
		[{ q: `tenth${word}` }, `c.name LIKE '%tenth${word}%'`],
		[{ q: `seldom${word}` }, `c.name LIKE '%seldom${word}%'`],
		[{ q: `early${word}` }, `c.name LIKE '%early${word}%'`],
		[{ q: `tenth${word}`, tag: `T${word} 4` }, `c.name LIKE '%tenth${word}%' AND c.tags = ARRAY['t${word} 4']`],
		[{ q: `early${word}`, role_id: role.id }, `c.name LIKE '%early${word}%' AND ${inRole}`],
		[{ q: `tenth${word}`, source: `${word} 3` }, `c.name LIKE '%tenth${word}%' AND c.source = '${word} 3'`],
		[{ tag: `t${word} 5`, role_id: role.id }, `c.tags = ARRAY['t${word} 5'] AND ${inRole}`],
		[{ tag: `t${word} 5`, role_id: role.id, archived: true }, 'false'],
	])
		assert.deepEqual(await pages('/v1/candidates', filter), await rows(`SELECT c.id FROM candidates c WHERE c.organization_id = '${organization}'
			AND ${condition} ORDER BY c.created_at DESC, c.id DESC`), JSON.stringify(filter));
	assert.deepEqual(
		await pages('/v1/candidates', { tag: `t${word} 5`, role_id: role.id, sort: 'name' }),
		await rows(`SELECT c.id FROM candidates c WHERE c.tags = ARRAY['t${word} 5'] AND ${inRole} ORDER BY c.name, c.id`),
	);
	for (const part of ['tenth', 'seldom', 'early', 'all'])
		assert.deepEqual(await pages('/v1/applications', { q: part + word, role_id: role.id }), await rows(`SELECT a.id FROM applications a
			JOIN candidates c ON c.id = a.candidate_id WHERE a.role_id = '${role.id}' AND c.name LIKE '%${part + word}%' ORDER BY a.created_at DESC, a.id DESC`), part);
	assert.equal(await strays(), '0');
});

test('of a confidential role nothing is found by whom it is kept from', async () => {
	const word = letters();
	const role = await world.role({ team: { a: 'hiring_manager' } });
	const someone = await world.candidate({ name: word, tags: [word] });
	await world.application(role, someone);
	const tagged = { role_id: role.id, tag: word };
	assert.deepEqual(ids(await recruiter.all('/v1/candidates', tagged)), [someone.id]);
	await admin.change(`/v1/roles/${role.id}`, { confidential: true });
	assert.deepEqual(await recruiter.all('/v1/candidates', tagged), []);
	assert.deepEqual(ids(await admin.all('/v1/candidates', tagged)), [someone.id]);
});
