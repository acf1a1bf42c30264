// Imports: files in, row by row exact, and as often as one likes.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';

import { psql } from '../support/database.mjs';
import { sharedServer } from '../support/server.mjs';
import { World, randomId, unique } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
await world.user('recruiter', 'recruiter');
await world.user('member');

const TYPES = { csv: 'text/csv', ndjson: 'application/x-ndjson', json: 'application/json' };
const begin = (client, raw, { kind = 'candidates', source = 'ats', as = 'csv', ...query } = {}, expect = 201) =>
	client.request('POST', '/v1/imports', { raw, type: TYPES[as], query: { kind, source, ...query }, expect });

async function finished(client, id) {
	for (let i = 0; i < 400; i += 1) {
		const it = await client.read(`/v1/imports/${id}`);
		if (it.status !== 'running') return it;
		await new Promise((done) => setTimeout(done, 25));
	}
	throw new Error('the import does not end');
}
const bring = async (raw, options, client = world.recruiter) =>
	finished(client, (await begin(client, raw, options)).body.id);
const counts = ({ rows_read, rows_created, rows_updated, rows_unchanged, rows_failed }) => [
	rows_read,
	rows_created,
	rows_updated,
	rows_unchanged,
	rows_failed,
];
const byName = async (external_id) =>
	psql(
		server,
		`SELECT c.name FROM external_ids x JOIN candidates c ON c.organization_id = x.organization_id AND c.id = x.object_id
		WHERE x.organization_id = '${world.organization.id}' AND x.external_id = '${external_id}'`,
	);
const events = async (type) =>
	Number(
		await psql(
			server,
			`SELECT count(*) FROM events WHERE organization_id = '${world.organization.id}' AND type = '${type}'`,
		),
	);

test('CSV: quoted cells, lists, lines of every kind; the same file twice changes nothing', async () => {
	const file =
		'\uFEFFexternal_id,name,email,skills,links,summary\r\n' +
		'csv-1,"Ng, Ada",ada@example.com,"C; SQL",https://ada.example,"two\nlines, ""quoted"""\r\n' +
		'csv-2,Bo,,,,\r\n\r\n' +
		'csv-3,Cy,cy@example.com,,,\r\n';
	const first = await bring(file);
	assert.deepEqual([first.status, ...counts(first)], ['done', 3, 3, 0, 0, 0]);
	assert.equal(first.bytes_read, Buffer.byteLength(file));
	const ada = (await world.admin.all('/v1/candidates', { email: 'ada@example.com' }))[0];
	assert.deepEqual(
		[ada.name, ada.skills, ada.links, ada.summary, ada.external_ids],
		['Ng, Ada', ['C', 'SQL'], [{ url: 'https://ada.example' }], 'two\nlines, "quoted"', { ats: 'csv-1' }],
	);
	const before = [await events('candidate.created'), await events('candidate.updated')];
	const again = await bring(file);
	assert.deepEqual(counts(again), [3, 0, 0, 3, 0]);
	assert.deepEqual([await events('candidate.created'), await events('candidate.updated')], before);
	assert.equal((await world.admin.read(`/v1/candidates/${ada.id}`)).version, ada.version);
	assert.equal(
		await psql(server, `SELECT count(*) FROM imports WHERE content IS NOT NULL AND status <> 'running'`),
		'0',
		'nothing of the file is kept',
	);
});

test('a row changes what it says, and no more', async () => {
	await bring('external_id,name,phone\nchg-1,Dee,123\n');
	const changed = await bring('external_id,name,headline\nchg-1,Dee,Builder\n');
	assert.deepEqual(counts(changed), [1, 0, 1, 0, 0]);
	const id = await psql(server, `SELECT object_id FROM external_ids WHERE external_id = 'chg-1'`);
	const it = await world.admin.read(`/v1/candidates/${id}`);
	assert.deepEqual([it.phone, it.headline, it.version], ['123', 'Builder', 2]);
});

test('a name that stands twice in a file is written in order', async () => {
	const twice = await bring('external_id,name\ntwice,First\ntwice,Second\n');
	assert.deepEqual(counts(twice), [2, 1, 1, 0, 0]);
	assert.equal(await byName('twice'), 'Second');
});

test('bad rows are told by row and rule, and the others are taken', async () => {
	const done = await bring(
		'external_id,name,email\nbad-1,,x@example.com\n,Nameless,\nbad-3,Eve,no-address\nbad-4,"Broken" x,\nbad-5,Fay\nbad-6,Gus,\n',
	);
	assert.deepEqual(counts(done), [6, 1, 0, 0, 5]);
	const told = await world.recruiter.all(`/v1/imports/${done.id}/errors`);
	for (const path of [`/v1/imports/${done.id}`, `/v1/imports/${done.id}/errors`]) {
		const { etag } = (await world.recruiter.get(path, { expect: 200 })).headers;
		await world.recruiter.get(path, { headers: { 'If-None-Match': etag }, expect: 304 });
	}
	assert.deepEqual(
		told.map(({ row, pointer, code }) => [row, pointer, code]),
		[
			[1, '/name', 'required'],
			[2, '/external_id', 'required'],
			[3, '/email', 'format'],
			[4, '', 'malformed'],
			[5, '', 'columns'],
		],
	);
	assert.ok(!JSON.stringify(told).includes('no-address'), 'nothing of the row itself');
	assert.equal(await byName('bad-6'), 'Gus');
});

test('mapping, and a header that names what there is not', async () => {
	const file = 'Number,Full name,Noise\nmap-1,Hal,x\n';
	const refused = await begin(world.recruiter, file, {}, 422);
	assert.match(refused.body.detail, /"Number" is no field here.*mapping=\{"Number": "…"\}/);
	assert.deepEqual(counts(await bring('External_ID,Name,EMAIL\nmap-0,Hanna,hanna@example.com\n')), [1, 1, 0, 0, 0]);
	for (const mapping of ['nonsense', '[]', '{"a":1}']) await begin(world.recruiter, file, { mapping }, 422);
	const mapping = JSON.stringify({ Number: 'external_id', 'Full name': 'name', Noise: '' });
	assert.deepEqual(counts(await bring(file, { mapping })), [1, 1, 0, 0, 0]);
	assert.equal(await byName('map-1'), 'Hal');
	await begin(world.recruiter, 'external_id,external_id\n', {}, 422);
	await begin(world.recruiter, Buffer.from('external_id,name\nx,\xff\n', 'latin1'), {}, 422);
});

test('a dry run says what would be, and writes nothing', async () => {
	const before = await events('candidate.created');
	const dry = await bring('external_id,name\ndry-1,Ida\ndry-2,\nchg-1,Other\n', { dry_run: 'true' });
	assert.deepEqual(counts(dry), [3, 1, 1, 0, 1]);
	assert.equal(await byName('dry-1'), '');
	assert.equal(await byName('chg-1'), 'Dee');
	assert.equal(await events('candidate.created'), before);
});

test('NDJSON, JSON Resumes, and an array of them', async () => {
	const lines = [
		JSON.stringify({ external_id: 'nd-1', name: 'Jan', tags: ['x'], source: 'Referral', wants: { work_mode: 'remote' } }),
		'{"external_id": "nd-2", "name": ',
		JSON.stringify({ external_id: 'nd-3', name: 'Kim', surprise: 1 }),
	].join('\n');
	assert.deepEqual(counts(await bring(lines, { as: 'ndjson' })), [3, 1, 0, 0, 2]);
	assert.deepEqual(counts(await bring(lines, { as: 'ndjson' })), [3, 0, 0, 1, 2]);
	const jan = (await world.admin.all('/v1/candidates', { q: 'Jan' }))[0];
	assert.deepEqual([jan.tags, jan.source, jan.wants], [['x'], 'Referral', { work_mode: 'remote' }]);
	const resume = {
		basics: { name: 'Lou', email: 'lou@example.com', label: 'Engineer', location: { city: 'Oslo' } },
		work: [{ name: 'Acme', position: 'Dev', startDate: '2018-04', highlights: ['built it'] }],
		education: [{ institution: 'School', studyType: 'BSc' }],
		skills: [{ name: 'C' }, { name: 'Perl' }],
	};
	assert.deepEqual(counts(await bring(JSON.stringify([resume]), { as: 'json' })), [1, 1, 0, 0, 0]);
	assert.deepEqual(counts(await bring(JSON.stringify(resume), { as: 'ndjson' })), [1, 0, 0, 1, 0]);
	const lou = (await world.admin.all('/v1/candidates', { email: 'lou@example.com' }))[0];
	assert.deepEqual(
		[lou.headline, lou.location, lou.skills, lou.experience[0].organization, lou.education[0].degree],
		['Engineer', 'Oslo', ['C', 'Perl'], 'Acme', 'BSc'],
	);
});

test('applications, by the names of their candidate and role', async () => {
	const role = await world.role({ stages: [{}] });
	await world.admin.put('/v1/roles/by_external_id/ats/role-1', { title: unique('Role') }, { expect: 201 });
	const file =
		'external_id,candidate_external_id,role_id,role_external_id,source\n' +
		`app-1,csv-1,${role.id},,Referral\n` +
		`app-2,nobody,${role.id},,\n` +
		'app-3,csv-1,,role-1,\n' +
		'app-4,csv-2,,no-role,\n' +
		'app-5,csv-2,,,\n' +
		`app-6,csv-1,${role.id},,\n`;
	const done = await bring(file, { kind: 'applications' });
	assert.deepEqual(counts(done), [6, 2, 0, 0, 4]);
	assert.deepEqual(
		(await world.recruiter.all(`/v1/imports/${done.id}/errors`)).map(({ row, code }) => [row, code]),
		[
			[2, 'unknown_candidate'],
			[4, 'unknown_role'],
			[5, 'required'],
			[6, 'already_exists'],
		],
	);
	const [application] = await world.admin.all('/v1/applications', { role_id: role.id });
	assert.deepEqual(
		[application.source, application.stage_id, application.external_ids],
		['Referral', role.stages[0].id, { ats: 'app-1' }],
	);
	assert.equal((await world.admin.all(`/v1/applications/${application.id}/moves`)).length, 1);
	assert.deepEqual(counts(await bring(file, { kind: 'applications' })), [6, 0, 0, 2, 4]);
	const changed = `external_id,candidate_external_id,role_id,source\napp-1,csv-1,${role.id},Board\n`;
	assert.deepEqual(counts(await bring(changed, { kind: 'applications' })), [1, 0, 1, 0, 0]);
	assert.deepEqual(counts(await bring(changed, { kind: 'applications', dry_run: 'true' })), [1, 0, 0, 1, 0]);
});

test('a confidential role is as good as none to a recruiter', async () => {
	const role = await world.role({ confidential: true, stages: [{}] });
	const file = `external_id,candidate_external_id,role_id\nsecret-1,csv-3,${role.id}\n`;
	assert.deepEqual(counts(await bring(file, { kind: 'applications' })), [1, 0, 0, 0, 1]);
	assert.deepEqual(counts(await bring(file, { kind: 'applications' }, world.admin)), [1, 1, 0, 0, 0]);
});

// Rows that a call of an import's function looked at, in tables that it looks up in.
const lookedAt = async (call) =>
	Number(
		(
			await psql(
				server,
				`SET enable_seqscan = off; SET ROLE assay_app; BEGIN;
				SELECT enter('${world.organization.id}', 'system', NULL, 0, NULL);
				SELECT ${call};
				RESET ROLE;
				SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables
				WHERE relname IN ('candidates', 'applications', 'external_ids', 'roles');
				ROLLBACK;`,
			)
		)
			.split('\n')
			.at(-1),
	);

test('a batch looks its own rows up, however many there are of the same source', async () => {
	const ROWS = 3000;
	const BATCH = 100;
	const role = await world.role({ stages: [{}] });
	const numbers = Array.from({ length: ROWS }, (_, i) => i);
	await bring(`external_id,name\n${numbers.map((i) => `p-${i},Pat ${i}`).join('\n')}\n`, { source: 'plans' });
	const applications = numbers.map((i) => `p-${i},p-${i},${role.id}`).join('\n');
	const filing = await bring(`external_id,candidate_external_id,role_id\n${applications}\n`, {
		source: 'plans',
		kind: 'applications',
	});
	const batch = (id, body) =>
		`'${JSON.stringify(numbers.slice(0, BATCH).map((i) => ({ row: i + 1, external_id: id(i), body: body(i) })))}'`;
	const known = (i) => `p-${i}`;
	const unknown = (i) => `other-${i}`;
	for (const id of [known, unknown]) {
		const people = batch(id, (i) => ({ name: `Changed ${i}` }));
		const filed = batch(id, (i) => ({ candidate_external_id: known(i), role_id: role.id, source: 'Board' }));
		for (const call of [
			`import_candidates('plans', false, ${people})`,
			`import_applications('${filing.id}', 'plans', false, ${filed})`,
		]) {
			const rows = await lookedAt(call);
			// A walk over all is borne once a batch, not once a row.
			assert.ok(rows < ROWS * 4, `${rows} rows for a batch of ${BATCH}: ${call.slice(0, 60)}`);
		}
	}
});

test('who may: recruiters, and programs with the scopes of what they import', async () => {
	await begin(world.member, 'external_id,name\n', {}, 403);
	const candidates = await world.program('candidates', ['candidates:write', 'candidates:read']);
	await begin(candidates, 'external_id\n', { kind: 'applications' }, 403);
	const both = await world.program('both', ['candidates:write', 'candidates:read', 'applications:write']);
	const done = await bring('external_id,candidate_external_id,role_id\n', { kind: 'applications' }, both);
	assert.deepEqual([done.status, done.actor_kind, done.actor_id], ['done', 'client', world.programs.both.id]);
	await world.recruiter.get(`/v1/imports/${randomId()}`, { expect: 404 });
	await world.recruiter.get(`/v1/imports/${randomId()}/errors`, { expect: 404 });
});

test('whoever may no longer, imports no longer', async () => {
	const { id } = await world.user('leaver', 'recruiter');
	const rows = Array.from({ length: 20000 }, (_, i) => `left-${i},Left ${i}`).join('\n');
	const begun = await begin(world.leaver, `external_id,name\n${rows}\n`);
	await world.admin.change(`/v1/users/${id}`, { status: 'disabled' });
	const ended = await finished(world.admin, begun.body.id);
	assert.deepEqual([ended.status, ended.stopped_because], ['stopped', 'not_allowed']);
	assert.ok(ended.rows_created < 20000);
});

test('erasing someone ends an import that speaks of them, so that it does not bring them back', async () => {
	await bring('external_id,name\nerase-1,Mona Unmistakable\n');
	const id = await psql(server, `SELECT object_id FROM external_ids WHERE external_id = 'erase-1'`);
	const rows = Array.from({ length: 20000 }, (_, i) => `filler-${i},Filler ${i}`).join('\n');
	const begun = await begin(world.recruiter, `external_id,name\n${rows}\nerase-1,Mona Unmistakable\n`);
	await world.recruiter.post(`/v1/candidates/${id}/erase`, undefined, { expect: 200 });
	const ended = await finished(world.recruiter, begun.body.id);
	assert.deepEqual([ended.status, ended.stopped_because], ['stopped', 'erasure']);
	assert.equal(await byName('erase-1'), '');
	assert.equal(await psql(server, `SELECT count(*) FROM candidates WHERE name LIKE 'Mona%'`), '0');
});

test('imports are listed; the same key begins one import', async () => {
	const headers = { 'Idempotency-Key': unique('import') };
	const once = () =>
		world.recruiter.request('POST', '/v1/imports', {
			raw: 'external_id,name\nonce,Nia\n',
			type: 'text/csv',
			query: { kind: 'candidates', source: 'ats' },
			headers,
			expect: 201,
		});
	const first = await once();
	assert.equal((await once()).body.id, first.body.id);
	const list = await world.recruiter.all('/v1/imports', { kind: 'candidates' });
	assert.equal(list.filter(({ id }) => id === first.body.id).length, 1);
});
