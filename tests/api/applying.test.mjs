// Applications from outside: the form of the careers page, and job boards.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { bomb, pdf } from '../support/pdf.mjs';
import { sharedServer, startServer } from '../support/server.mjs';
import { randomId, unique, World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server);
await world.user('recruiter', 'recruiter');
const { admin, recruiter } = world;
const nobody = new Client(server);
const slug = unique('careers');
await admin.change('/v1/careers_page', { enabled: true, slug });

const QUESTIONS = [
	{ id: 'visa', label: 'May you work in the EU?', kind: 'yes_no', required: true },
	{ id: 'from', label: 'From where?', kind: 'choice', choices: ['Home', 'The "office" & <more>'] },
	{ id: 'why', label: 'Why us?', kind: 'long_text' },
];
const posted = async (more = {}) => {
	const role = await world.role({ stages: [{}, {}] });
	const posting = await admin.make('/v1/postings', {
		role_id: role.id,
		title: 'Developer',
		description: 'You develop.',
		country: 'DE',
		work_mode: 'remote',
		employment_type: 'full_time',
		questions: QUESTIONS,
		...more,
	});
	await admin.make(`/v1/postings/${posting.id}/publish`);
	return { role, ...posting, path: `/careers/${slug}/${posting.id}/apply` };
};
const PDF = () => pdf(['Resume of somebody']);
const file = (bytes, name = 'resume.pdf', type = 'application/pdf') => new File([bytes], name, { type });
const keyOf = (html) => /name="form_key" value="([^"]*)"/.exec(html)[1];
const key = async (posting) => keyOf((await nobody.get(posting.path, { expect: 200 })).text);
const filled = (more = {}) => ({
	name: 'Ada Applicant',
	email: `${unique('ada')}@example.com`,
	phone: '+49 123',
	q_visa: 'yes',
	consent: 'yes',
	contact_by_fax: '',
	...more,
});
async function encoded(fields) {
	const form = new FormData();
	for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.set(name, value);
	const body = new Response(form);
	return { raw: Buffer.from(await body.arrayBuffer()), type: body.headers.get('content-type') };
}
const send = async (posting, fields, options = {}) =>
	nobody.request('POST', posting.path, { ...(await encoded(fields)), ...options });
const applied = async (posting, more, expect = 303) =>
	send(posting, { form_key: await key(posting), resume: file(PDF()), ...filled(more) }, { expect });
const applications = ({ role }) => recruiter.all('/v1/applications', { role_id: role.id });
// What is said beside a field.
const saidOf = (html, field) => new RegExp(`id="${field}-error">([^<]*)<`).exec(html)?.[1];

describe('the form', () => {
	test('becomes a candidate with an application, a résumé, answers, and a consent', async () => {
		const posting = await posted();
		const sent = { q_from: 'The "office" & <more>', q_why: 'One.\r\n\r\nTwo.', utm_source: 'board', utm_campaign: 'autumn' };
		const answer = await applied(posting, { email: 'ada@example.com', ...sent });
		assert.equal(answer.headers.location, `/careers/${slug}/${posting.id}/thanks`);
		assert.ok((await nobody.get(answer.headers.location, { expect: 200 })).text.includes('Thank you'));
		const [application] = await applications(posting);
		assert.deepEqual(
			[application.status, application.stage_id, application.source],
			['active', posting.role.stages[0].id, 'board'],
		);
		const candidate = await recruiter.read(`/v1/candidates/${application.candidate_id}`);
		assert.deepEqual(
			[candidate.name, candidate.email, candidate.phone, candidate.source, candidate.consent.source],
			['Ada Applicant', 'ada@example.com', '+49 123', 'board', 'careers_page'],
		);
		assert.ok(Math.abs(new Date(candidate.consent.given_at) - Date.now()) < 3_600_000);
		const [document] = await recruiter.all(`/v1/candidates/${candidate.id}/documents`);
		assert.deepEqual(
			[document.kind, document.filename, document.media_type, document.text_state],
			['resume', 'resume.pdf', 'application/pdf', 'read'],
		);
		const at = `/v1/applications/${application.id}/posting_answers`;
		const { body: kept, headers } = await recruiter.get(at, { expect: 200 });
		await recruiter.get(at, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
		assert.deepEqual(kept.answers, [
			{ question_id: 'visa', question: 'May you work in the EU?', answer: 'yes' },
			{ question_id: 'from', question: 'From where?', answer: sent.q_from },
			{ question_id: 'why', question: 'Why us?', answer: sent.q_why },
		]);
		assert.deepEqual(kept.origin, { utm_source: 'board', utm_campaign: 'autumn' });
		assert.match(kept.notice, /People at .* agree that/s);
		assert.equal((await recruiter.read(`/v1/postings/${posting.id}`)).applications, 1);
		assert.equal((await recruiter.read(`/v1/applications/${application.id}`)).posting_id, posting.id);
		assert.deepEqual(
			(await psql(server, `SELECT type FROM events WHERE request_id = '${answer.headers['x-request-id']}' ORDER BY type`)).split(/\s+/).filter(Boolean),
			['application.created', 'candidate.created', 'document.added', 'posting.applied'],
		);
	});

	test('tells colleagues no more of an applicant than the settings do', async () => {
		const own = await World.make(server);
		await own.user('a');
		await own.admin.change('/v1/careers_page', { enabled: true });
		const role = await own.role({ team: { a: 'interviewer' } });
		const made = await own.admin.make('/v1/postings', {
			role_id: role.id,
			title: 'x',
			description: 'x',
			country: 'DE',
			work_mode: 'remote',
			employment_type: 'other',
			questions: QUESTIONS,
			resume: 'optional',
		});
		await own.admin.make(`/v1/postings/${made.id}/publish`);
		const path = `/careers/${own.organization.slug}/${made.id}/apply`;
		await send({ path }, { form_key: await key({ path }), ...filled({ utm_source: 'board' }) }, { expect: 303 });
		const [application] = await own.admin.all('/v1/applications', { role_id: role.id });
		const at = `/v1/applications/${application.id}/posting_answers`;
		const seen = await own.a.read(at);
		assert.deepEqual([seen.answers.length, seen.origin], [1, { utm_source: 'board' }]);
		await own.admin.change('/v1/settings', { visibility: { resume: 'recruiters', source: 'recruiters' } });
		const less = await own.a.read(at);
		assert.deepEqual([less.answers, less.origin], [[], {}]);
		assert.equal((await own.admin.read(at)).answers.length, 1);
		const other = await own.application(await own.role({}));
		await own.admin.get(`/v1/applications/${other.id}/posting_answers`, { expect: 404 });
		assert.equal((await own.admin.read(`/v1/applications/${other.id}`)).posting_id, null);
	});

	test('shows the organization’s own notice, and carries on where people come from', async () => {
		await admin.put('/v1/candidate_notice', { text: 'By people, <b>always</b>.' }, { expect: 200 });
		const posting = await posted();
		const { text } = await nobody.get(`${posting.path}?utm_source=a%22b&gclid=1`, { expect: 200 });
		assert.ok(text.includes('By people, &lt;b&gt;always&lt;/b&gt;.'));
		assert.ok(text.includes('<input type="hidden" name="utm_source" value="a&quot;b">'));
		assert.match((await nobody.get(posting.path, { expect: 200 })).headers['cache-control'], /no-store/);
	});

	test('sent twice is one application: reloaded, gone back to, or clicked twice', async () => {
		const posting = await posted();
		const fields = { form_key: await key(posting), resume: file(PDF()), ...filled() };
		const answers = await Promise.all([1, 2, 3, 4].map(() => send(posting, fields, { expect: 303 })));
		answers.push(await send(posting, { ...fields, name: 'Changed' }, { expect: 303 }));
		assert.equal(new Set(answers.map(({ headers }) => headers.location)).size, 1);
		assert.equal((await applications(posting)).length, 1);
	});

	test('tells nobody whom the organization knows: duplicates are found as all others', async () => {
		const posting = await posted();
		const known = await world.candidate({ email: `${unique('known')}@example.com` });
		const [one, two] = [await applied(posting, { email: known.email }), await applied(posting, {})];
		assert.equal(one.text, two.text);
		assert.deepEqual(Object.keys(one.headers).sort(), Object.keys(two.headers).sort());
		const again = await applied(posting, { email: known.email });
		assert.equal(again.headers.location, one.headers.location);
		assert.equal((await applications(posting)).length, 3);
		const found = (await recruiter.get(`/v1/candidates/${known.id}/duplicates`, { expect: 200 })).body.data;
		assert.equal(found.filter(({ reasons }) => reasons.includes('email')).length, 2);
	});

	test('says beside each field what is wrong with it, and keeps what was filled in', async () => {
		const posting = await posted();
		const answer = await applied(
			posting,
			{ name: ' ', email: 'nobody', phone: '1'.repeat(41), q_visa: 'maybe', q_from: 'Mars', q_why: '</textarea><b>', consent: undefined, resume: undefined, utm_source: 'x' },
			422,
		);
		assert.match(answer.headers['content-type'], /text\/html/);
		const said = Object.fromEntries(
			['name', 'email', 'phone', 'q_visa', 'q_from', 'consent', 'resume', 'q_why'].map((name) => [name, saidOf(answer.text, name)]),
		);
		assert.deepEqual(said, {
			name: 'Enter your name.',
			email: 'Enter an e-mail address such as name@example.com.',
			phone: 'This is too long.',
			q_visa: 'Answer with yes or no.',
			q_from: 'Choose one of the answers.',
			consent: 'Without your consent we cannot take your application.',
			resume: 'Add your résumé as a file.',
			q_why: undefined,
		});
		assert.ok(answer.text.includes('value="nobody"'));
		assert.ok(answer.text.includes('&lt;/textarea&gt;&lt;b&gt;</textarea>'));
		assert.ok(answer.text.includes('<input type="hidden" name="utm_source" value="x">'));
		assert.match(answer.text, /<title>Error: /);
		assert.deepEqual(await applications(posting), []);
	});

	test('that a program filled is thanked for, counted, and not kept', async () => {
		const posting = await posted();
		const counted = async () =>
			Number(/^assay_decoy_applications (\S+)$/m.exec((await fetch(`${server.url}/metrics`).then((r) => r.text())))[1]);
		const before = await counted();
		const answer = await applied(posting, { contact_by_fax: 'yes' });
		assert.equal(answer.headers.location, `/careers/${slug}/${posting.id}/thanks`);
		assert.deepEqual(await applications(posting), []);
		assert.ok((await counted()) > before);
	});

	test('is refused where it is none, for what is over, and from another site', async () => {
		const posting = await posted();
		const whole = await encoded({ form_key: await key(posting), resume: file(PDF()), ...filled() });
		await nobody.request('POST', posting.path, { raw: 'name=x', type: 'application/x-www-form-urlencoded', expect: 415 });
		for (const broken of [
			{ ...whole, raw: whole.raw.subarray(0, -8) },
			{ ...whole, type: 'multipart/form-data' },
			{ ...whole, raw: Buffer.from('x') },
		])
			assert.equal((await nobody.request('POST', posting.path, { ...broken, expect: 400 })).body.code, 'bad_request');
		const elsewhere = { Origin: 'https://elsewhere.example' };
		await nobody.request('POST', posting.path, { ...whole, headers: elsewhere, expect: 403 });
		await nobody.request('POST', `/careers/${slug}/${randomId()}/apply`, { ...whole, expect: 404 });
		await nobody.get(`/careers/${slug}/${randomId()}/apply`, { expect: 404 });
		await nobody.get(`/careers/${slug}/${randomId()}/thanks`, { expect: 404 });
		await admin.make(`/v1/postings/${posting.id}/close`);
		await nobody.request('POST', posting.path, { ...whole, expect: 410 });
		await nobody.get(posting.path, { expect: 410 });
		await nobody.get(posting.path.replace(/apply$/, 'thanks'), { expect: 200 });
		assert.deepEqual(await applications(posting), []);
	});

	test('comes so often from one address in an hour', async () => {
		const own = await startServer({ env: { ASSAY_APPLICATIONS_PER_HOUR: '2' } });
		try {
			const there = await World.make(own);
			await there.admin.change('/v1/careers_page', { enabled: true });
			const role = await there.role({});
			const { id } = await there.admin.make('/v1/postings', {
				role_id: role.id,
				title: 'x',
				description: 'x',
				country: 'DE',
				work_mode: 'remote',
				employment_type: 'other',
			});
			await there.admin.make(`/v1/postings/${id}/publish`);
			const path = `/careers/${there.organization.slug}/${id}/apply`;
			const by = (address) => new Client(own, { headers: { 'X-Forwarded-For': address } });
			const form = await encoded({ name: '' });
			for (const expect of [422, 422, 429]) {
				const answer = await by('10.1.1.1').request('POST', path, { ...form, expect });
				if (expect === 429) assert.ok(Number(answer.headers['retry-after']) > 0);
			}
			await by('10.1.1.2').request('POST', path, { ...form, expect: 422 });
		} finally {
			await own.stop();
		}
	});
});

describe('a résumé', () => {
	const ZIP = Buffer.from('504b0304140000000800', 'hex');

	test('is what its bytes say', async () => {
		const posting = await posted();
		const refused = async (bytes, name, type) =>
			saidOf((await applied(posting, { resume: file(bytes, name, type) }, 422)).text, 'resume');
		for (const [bytes, name, type] of [
			[ZIP, 'resume.pdf', 'application/pdf'],
			[ZIP, 'resume.docx', 'application/zip'],
			[Buffer.concat([Buffer.from('GIF89a\u0001\u0000'), PDF()]), 'both.pdf', 'application/pdf'],
			[Buffer.concat([ZIP, PDF()]), 'both.pdf', 'application/pdf'],
			[Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0]), 'x.txt', 'text/plain'],
		])
			assert.equal(await refused(bytes, name, type), 'This file is neither a PDF nor plain text.');
		assert.equal(await refused(Buffer.alloc((8 << 20) + 1, 'a'), 'x.txt', 'text/plain'), 'This file is larger than 8 MB.');
		assert.deepEqual(await applications(posting), []);
		await applied(posting, { resume: file('My life.', 'Lebenslauf “1”.txt', 'application/octet-stream') });
		const [{ candidate_id }] = await applications(posting);
		const [document] = await recruiter.all(`/v1/candidates/${candidate_id}/documents`);
		assert.deepEqual([document.filename, document.media_type], ['Lebenslauf “1”.txt', 'text/plain']);
	});

	test('that is a bomb is kept as unreadable; one that is two things leaves as a file to save', async () => {
		const posting = await posted();
		await applied(posting, { resume: file(bomb()) });
		const both = await posted();
		await applied(both, { resume: file(Buffer.concat([PDF(), ZIP, Buffer.from('<script>alert(1)</script>')])) });
		const documentOf = async (one) => {
			const [{ candidate_id }] = await applications(one);
			return (await recruiter.all(`/v1/candidates/${candidate_id}/documents`))[0];
		};
		assert.equal((await documentOf(posting)).text_state, 'unreadable');
		const { headers } = await recruiter.get(`/v1/documents/${(await documentOf(both)).id}/content`, { expect: 200 });
		assert.equal(headers['content-type'], 'application/octet-stream');
		assert.match(headers['content-disposition'], /^attachment/);
		assert.match(headers['content-security-policy'], /sandbox/);
	});

	test('larger than a body may be is refused before it is read', async () => {
		const posting = await posted();
		const raw = Buffer.alloc((10 << 20) + 1, 'a');
		const answer = await nobody
			.request('POST', posting.path, { raw, type: 'multipart/form-data; boundary=x' })
			.catch((error) => error);
		if (!(answer instanceof Error)) assert.equal(answer.status, 413);
		else assert.match(String(answer.code), /ECONNRESET|EPIPE/);
	});

	test('may be left out where the posting says so', async () => {
		const posting = await posted({ resume: 'optional' });
		await applied(posting, { resume: undefined });
		assert.equal((await applications(posting)).length, 1);
	});
});

describe('what applicants send', () => {
	test('is in their export, and gone with them', async () => {
		const posting = await posted();
		await applied(posting, { q_why: 'Because of the cake', utm_source: 'bakery-board' });
		const [{ id, candidate_id }] = await applications(posting);
		const { id: exported } = await admin.make(`/v1/candidates/${candidate_id}/exports`);
		const text = JSON.stringify(await admin.read(`/v1/candidate_exports/${exported}/content`));
		for (const words of ['Because of the cake', 'bakery-board', 'May you work in the EU?']) assert.ok(text.includes(words), words);
		const rows = `SELECT count(*) FROM posting_applications WHERE application_id = '${id}'`;
		assert.equal((await psql(server, rows)).trim(), '1');
		await admin.make(`/v1/candidates/${candidate_id}/erase`);
		assert.equal((await psql(server, rows)).trim(), '0');
	});
});

describe('a job board', () => {
	const ZIPPED = Buffer.from('504b030414000000080000', 'hex').toString('base64');
	const body = (more = {}) => ({
		name: 'Bea Board',
		email: `${unique('bea')}@example.com`,
		consent: true,
		answers: [{ question_id: 'visa', answer: 'no' }],
		origin: { utm_source: 'Board & Co' },
		resume: { filename: 'bea.pdf', content: PDF().toString('base64') },
		...more,
	});

	test('posts applications with a scope that opens nothing else', async () => {
		const board = await world.program('board', ['job_board:write']);
		const posting = await posted();
		const path = `/v1/postings/${posting.id}/applications`;
		const options = { headers: { 'Idempotency-Key': unique('key') }, expect: 201 };
		const sent = body();
		const made = (await board.post(path, sent, options)).body;
		assert.deepEqual((await board.post(path, sent, options)).body, made);
		const [application, ...more] = await applications(posting);
		assert.deepEqual([application.id, application.source, more], [made.id, 'Board & Co', []]);
		const candidate = await recruiter.read(`/v1/candidates/${application.candidate_id}`);
		assert.deepEqual([candidate.name, candidate.consent.source], ['Bea Board', 'job_board']);
		assert.equal((await recruiter.all(`/v1/candidates/${candidate.id}/documents`))[0].text_state, 'read');
		for (const closed of ['/v1/postings', `/v1/applications/${application.id}`, `/v1/candidates/${candidate.id}`])
			await board.get(closed, { expect: 403 });
	});

	test('is told what is wrong, and of a posting that is over or was never public', async () => {
		const board = await world.program('board', ['job_board:write']);
		const posting = await posted();
		const path = `/v1/postings/${posting.id}/applications`;
		const pointers = async (more) =>
			(await board.post(path, body(more), { expect: 422 })).body.errors.map(({ pointer }) => pointer);
		assert.deepEqual(await pointers({ answers: [] }), ['/answers']);
		assert.deepEqual(await pointers({ consent: false }), ['/consent']);
		assert.deepEqual(await pointers({ resume: undefined }), ['/resume']);
		assert.deepEqual(await pointers({ resume: { content: ZIPPED } }), ['/resume']);
		assert.deepEqual(await pointers({ resume: { content: 'not base64!' } }), ['/resume/content']);
		await board.post(`/v1/postings/${randomId()}/applications`, body(), { expect: 404 });
		await admin.make(`/v1/postings/${posting.id}/close`);
		assert.equal((await board.post(path, body(), { expect: 410 })).body.code, 'gone');
		assert.deepEqual(await applications(posting), []);
	});
});
