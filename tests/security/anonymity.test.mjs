// Who judges in an anonymous stage reads nothing that tells whose work it is, until they have submitted.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, describe, test } from 'node:test';

import { Client } from '../support/client.mjs';
import { contractOf } from '../support/contract.mjs';
import { psql, sealed } from '../support/database.mjs';
import { pdf } from '../support/pdf.mjs';
import { startServer } from '../support/server.mjs';
import { addresses, snapshot } from '../support/snapshot.mjs';
import { randomId, usualWorld } from '../support/world.mjs';
import { readAll } from './blindness_story.mjs';

// Of its own: one test takes the defence away.
const server = await startServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const world = await usualWorld(server);
const { a: reviewer, recruiter } = world;

// Somebody whose name and address nobody else has, and what would tell of them.
function person() {
	const mark = randomBytes(4).toString('hex').replace(/\d/g, (digit) => 'ghijklmnop'[digit]);
	const digits = String(randomBytes(4).readUInt32BE() % 9e6 + 1e6);
	const [first, last, third] = [`Wil${mark}`, `Ørsk${mark}`, `Ñan${mark}ú`];
	return {
		first,
		last,
		plain: `orsk${mark}`,
		handle: `${first}o`.toLowerCase(),
		name: `${first} ${last}-${third}`,
		email: `orchid.${mark}@example.com`,
		phone: `+49 170 ${digits}`,
		digits,
		telltale: new RegExp(`${mark}|${digits}|${digits.slice(0, 3)}-${digits.slice(3)}`, 'i'),
	};
}

// A stage that is judged on the work alone, and someone whose work it is.
async function anonymous({ team = { a: 'interviewer', b: 'interviewer', manager: 'hiring_manager', observer: 'observer' }, who = { a: 'interviewer', b: 'interviewer' }, stage = {} } = {}) {
	const role = await world.role({
		version: world.version,
		stages: [{ method: 'portfolio_review', anonymous: true, ...stage }, {}],
		team,
	});
	const who_is = person();
	const { first, plain, handle, digits } = who_is;
	const candidate = await world.candidate({
		name: who_is.name,
		email: who_is.email,
		phone: who_is.phone,
		location: `${first}haven`,
		headline: `${first} builds queues`,
		links: [{ label: 'GitHub', url: `https://github.com/${handle}` }],
		skills: ['PostgreSQL'],
	});
	const application = await world.application(role, candidate);
	const keep = (raw, type, query) =>
		world.admin.request('POST', `/v1/candidates/${candidate.id}/documents`, { raw, type, query, expect: 201 });
	await keep(
		pdf([
			`${first} ${plain}, backend developer`,
			`${who_is.email}, +49 (0)170 ${digits.slice(0, 3)}-${digits.slice(3)}, github.com/${handle}, @w${plain}`,
			'Built a rate limiter in 2019-2023 that held 20000 requests a second.',
		]),
		'application/pdf',
		{ filename: `${first}.pdf` },
	);
	await keep(
		`${who_is.last.toUpperCase()}, ${first}: www.${plain}.dev. Call 0170 ${digits}. Prefers Node.js and CI/CD. w${plain}`,
		'text/plain',
		{ filename: `${first}.txt`, kind: 'cover_letter' },
	);
	await recruiter.make(`/v1/candidates/${candidate.id}/notes`, {
		text: `${first} was referred.`,
		application_id: application.id,
		mentions: [world.users.a.id],
	});
	const interview = await world.interview(application, who, { location: `Ask ${first} for the link` });
	return { role, candidate, application, interview, person: who_is };
}

// All that can be asked with every id there is: a reviewer may have learnt any of them elsewhere.
async function everything(it) {
	const documents = await world.admin.all(`/v1/candidates/${it.candidate.id}/documents`);
	const ids = {
		role_id: [it.role.id],
		plan_id: [it.role.plan_id],
		stage_id: it.role.stages.map(({ id }) => id),
		candidate_id: [it.candidate.id],
		application_id: [it.application.id],
		interview_id: [it.interview.id],
		document_id: documents.map(({ id }) => id),
		note_id: (await world.admin.all(`/v1/candidates/${it.candidate.id}/notes`)).map(({ id }) => id),
		scorecard_id: (it.scorecards ?? []).concat(randomId()),
		user_id: [world.users.a.id],
	};
	return addresses(contract, {
		ids,
		filters: {
			...ids,
			scorecard_id: undefined,
			author_id: [world.users.a.id, world.users.b.id],
			updated_since: ['2020-01-01T00:00:00Z'],
			q: [it.person.first, 'queues', 'limiter'],
			email: [it.candidate.email],
			since: ['2020-01-01T00:00:00Z'],
		},
	});
}

// Addresses that a reviewer asks for; what they ask with is no answer.
const asked = (target, text) => text.replaceAll(encodeURIComponent(target), '').replaceAll(target, '');

async function leaks(client, it) {
	const seen = await readAll(world, client, await everything(it));
	const found = [];
	for (const [target, text] of seen) {
		const said = asked(target.replace(/^\S+ \/v1/, '/v1'), text).replace(/<[^>]*>/g, '');
		// Neither the person, nor an id under which the person is known elsewhere.
		if (it.person.telltale.test(said)) found.push([target, it.person.telltale.exec(said)[0]]);
		for (const id of [it.candidate.id, it.application.id])
			if (/^2\d\d /.test(said) && said.includes(id)) found.push([target, id]);
	}
	assert.ok(seen.size > 100, `${seen.size} addresses`);
	return found;
}

describe('an anonymous stage', () => {
	test('tells its reviewer nothing of the candidate, wherever they look, until they submit', async () => {
		const it = await anonymous();
		assert.deepEqual(await leaks(reviewer, it), []);

		const seen = await reviewer.read(`/v1/interviews/${it.interview.id}`);
		assert.equal(seen.anonymous, true);
		assert.match(seen.candidate_name, /^Candidate [0-9A-F]{5}$/);
		assert.equal(seen.location, null);
		assert.match(seen.created_at, /T00:00:00.000Z$/);
		assert.notEqual(seen.application_id, it.application.id);
		await reviewer.get(`/v1/applications/${seen.application_id}`, { expect: 404 });
		await reviewer.get(`/v1/applications/${it.application.id}`, { expect: 404 });
		await reviewer.get(`/v1/candidates/${it.candidate.id}`, { expect: 404 });
		// The id of an anonymous interview tells no time.
		assert.equal(it.interview.id[14], '4');

		// Stable for one, another for the next.
		assert.deepEqual(await reviewer.read(`/v1/interviews/${it.interview.id}`), seen);
		const other = await world.b.read(`/v1/interviews/${it.interview.id}`);
		assert.notEqual(other.candidate_name, seen.candidate_name);
		assert.notEqual(other.application_id, seen.application_id);

		// A draft, its attachments and a refusal name nobody either.
		const draft = await reviewer.post('/v1/scorecards', { interview_id: it.interview.id, key_takeaways: 'Clear.' }, { expect: 201 });
		assert.equal(draft.body.application_id, seen.application_id);
		assert.doesNotMatch(JSON.stringify(draft.headers), it.person.telltale);
		it.scorecards = [draft.body.id];
		await reviewer.request('POST', `/v1/scorecards/${draft.body.id}/attachments`, { raw: 'def f(): pass', type: 'text/plain', query: { filename: 'mine.txt' }, expect: 201 });
		const refused = await reviewer.post(`/v1/scorecards/${draft.body.id}/submit`, undefined, { expect: 422 });
		assert.doesNotMatch(refused.text, it.person.telltale);
		assert.deepEqual(await leaks(reviewer, it), []);
		// Others of the interview, too, and whoever only watches.
		assert.deepEqual(await leaks(world.b, it), []);

		await reviewer.patch(
			`/v1/scorecards/${draft.body.id}`,
			{
				ratings: Object.fromEntries(Object.keys(world.values(1, 1, 1)).map((id) => [id, { value: 3 }])),
				recommendation: 'yes',
			},
			{ headers: { 'If-Match': draft.headers.etag }, expect: 200 },
		);
		await reviewer.make(`/v1/scorecards/${draft.body.id}/submit`);
		const open = await reviewer.get(`/v1/interviews/${it.interview.id}`, { expect: 200 });
		assert.deepEqual([open.body.candidate_name, open.body.anonymous], [it.person.name, false]);
		assert.equal(open.body.application_id, it.application.id);
		assert.equal((await reviewer.read(`/v1/candidates/${it.candidate.id}`)).name, it.person.name);
		assert.equal((await reviewer.read(`/v1/scorecards/${draft.body.id}`)).application_id, it.application.id);
		// Knowing now, they give no second first impression.
		const back = await reviewer.post(`/v1/scorecards/${draft.body.id}/take_back`, undefined, { expect: 409 });
		assert.equal(back.body.code, 'conflict');
		assert.equal((await reviewer.read(`/v1/scorecards/${draft.body.id}`)).take_back_until, null);
		// The colleague still does not know.
		assert.deepEqual(await leaks(world.b, it), []);
	});

	test('holds for its default interviewers before anything is scheduled, and for whoever listens', async () => {
		const it = await anonymous({
			who: { b: 'interviewer', shadow: 'shadow' },
			team: { a: 'interviewer', b: 'interviewer', shadow: 'shadow' },
			stage: { default_interviewer_ids: [world.users.a.id] },
		});
		assert.deepEqual(await leaks(reviewer, it), []);
		assert.deepEqual(await leaks(world.shadow, it), []);
		// Past the stage there is nothing left to judge.
		await world.admin.make(`/v1/applications/${it.application.id}/move`, { stage_id: it.role.stages[1].id });
		assert.equal((await reviewer.read(`/v1/applications/${it.application.id}`)).id, it.application.id);
		assert.equal((await world.shadow.read(`/v1/interviews/${it.interview.id}`)).candidate_name, it.person.name);
		assert.deepEqual(await leaks(world.b, it), []);
	});

	test('hides nobody from those who run the process', async () => {
		const it = await anonymous({ who: { manager: 'interviewer', recruiter: 'interviewer', a: 'interviewer' } });
		for (const client of [world.manager, recruiter, world.admin, world.observer]) {
			const { candidate_name, anonymous: hidden } = await client.read(`/v1/interviews/${it.interview.id}`);
			assert.deepEqual([candidate_name, hidden], [it.person.name, false]);
		}
	});

	test('is not opened by cancelling one’s own, nor by another stage’s interview', async () => {
		const it = await anonymous();
		await world.interview(it.application, { a: 'interviewer' }, { stage_id: it.role.stages[1].id });
		assert.deepEqual(await leaks(reviewer, it), []);
		await reviewer.make(`/v1/interviews/${it.interview.id}/candidate_no_show`);
		assert.deepEqual(await leaks(reviewer, it), []);
	});

	test('shows the work without its author', async () => {
		const it = await anonymous();
		const address = `/v1/interviews/${it.interview.id}/materials`;
		const { data } = await reviewer.read(address);
		assert.equal(data.length, 2);
		for (const one of data) {
			assert.deepEqual([one.document_id, one.filename], [null, null]);
			assert.doesNotMatch(one.text, it.person.telltale);
		}
		const all = data.map(({ text }) => text).join('\n');
		for (const kept of ['rate limiter in 2019-2023', '20000 requests', 'Node.js and CI/CD', 'backend developer'])
			assert.ok(all.includes(kept), `${kept}: ${all}`);
		for (const mask of ['[name]', '[e-mail]', '[link]', '[telephone]', '[handle]']) assert.ok(all.includes(mask), mask);
		const plain = await recruiter.read(address);
		assert.match(plain.data.map(({ text }) => text).join('\n'), new RegExp(it.person.first));
		assert.ok(plain.data[0].document_id);
	});

	test('has an order of each reviewer’s own, which a reload keeps', async () => {
		const role = await world.role({ version: world.version, stages: [{ method: 'screen', anonymous: true }], team: { a: 'interviewer', b: 'interviewer' } });
		const made = [];
		for (let i = 0; i < 12; i += 1) {
			const application = await world.application(role);
			made.push((await world.interview(application, { a: 'interviewer', b: 'interviewer' })).id);
		}
		const order = async (client) => (await client.all('/v1/interviews', { role_id: role.id, limit: 5 })).map(({ id }) => id);
		const mine = await order(reviewer);
		assert.deepEqual(await order(reviewer), mine);
		assert.deepEqual([...mine].sort(), [...made].sort());
		assert.notDeepEqual(mine, [...made].reverse());
		assert.notDeepEqual(mine, await order(world.b));
		assert.deepEqual(await order(recruiter), [...made].reverse());
	});

	test('without the view that masks, these tests fail', async () => {
		const it = await anonymous();
		const definition = await psql(server, "SELECT pg_get_viewdef('my_masked_applications')");
		const put = (body) => psql(server, `CREATE OR REPLACE VIEW my_masked_applications WITH (security_invoker = true) AS ${body}`);
		await put(`SELECT * FROM (${definition.replace(/;\s*$/, '')}) x WHERE false`);
		try {
			assert.ok((await leaks(reviewer, it)).length > 10);
		} finally {
			await put(definition);
		}
		assert.deepEqual(await leaks(reviewer, it), []);
	});
});

// Two people alike, whom the reviewer interviews openly in one role. The first of them hands in work in
// another role, which the same reviewer judges anonymously.
class Twins {
	static async make() {
		const it = new Twins();
		it.open = await world.role({ version: world.version, stages: [{}, { method: 'work_sample' }], team: { a: 'interviewer' } });
		it.closed = await world.role({ version: world.version, stages: [{ method: 'work_sample', anonymous: true }], team: { a: 'interviewer' } });
		for (const { id } of [it.open.stages[1], it.closed.stages[0]]) await world.admin.make(`/v1/stages/${id}/dry_runs`, { minutes: 50 });
		for (const { id } of [it.open.stages[1], it.closed.stages[0]])
			await world.admin.make(`/v1/stages/${id}/dry_runs`, { minutes: 30 });
		it.twins = [await it.twin(), await it.twin()];
		const [{ candidate, first }] = it.twins;
		it.word = `zyx${randomBytes(4).toString('hex').replace(/\d/g, 'q')}`;
		it.application = await world.application(it.closed, candidate);
		await it.handIn(it.application, it.word, `${first}.txt`);
		it.interview = await world.interview(it.application, { a: 'interviewer' });
		return it;
	}

	async twin() {
		const { first, name, email, phone } = person();
		const candidate = await world.candidate({ name, email, phone, headline: 'Builds queues' });
		const document = await world.admin.request('POST', `/v1/candidates/${candidate.id}/documents`, {
			raw: 'Nine years of queues, and of what stands in them.',
			type: 'text/plain',
			query: { filename: 'resume.txt' },
			expect: 201,
		});
		const application = await world.application(this.open, candidate);
		const interview = await world.interview(application, { a: 'interviewer' });
		return { candidate, first, application, interview, document: document.body };
	}

	async handIn(application, word, filename) {
		const { token } = await recruiter.make(`/v1/applications/${application.id}/candidate_links`, {});
		const client = new Client(server, { headers: { 'Candidate-Link': token } });
		await client.post('/v1/candidate_side/work_sample/start', undefined, { expect: 200 });
		await client.request('POST', '/v1/candidate_side/work_sample', {
			raw: `What I built is called ${word}, and works.`,
			type: 'text/plain',
			query: { filename },
			expect: 200,
		});
	}

	// All that can be asked of one of them by what is theirs alone, and the answers with that taken out.
	async about({ candidate, application, interview, document }) {
		const own = {
			candidate: [candidate.id],
			application: [application.id],
			interview: [interview.id],
			document: [document.id],
			name: [candidate.name, encodeURIComponent(candidate.name)],
			email: [candidate.email, encodeURIComponent(candidate.email)],
			phone: [candidate.phone],
		};
		const ids = {
			candidate_id: [candidate.id],
			application_id: [application.id],
			interview_id: [interview.id],
			document_id: [document.id],
			role_id: [this.open.id],
			stage_id: [this.open.stages[0].id],
			user_id: [world.users.a.id],
		};
		const filters = { ...ids, q: [candidate.name], email: [candidate.email], object_id: [candidate.id, application.id, interview.id] };
		const targets = addresses(contract, { ids, filters }).filter((target) =>
			Object.values(own).flat().some((value) => target.includes(value)),
		);
		const plain = (text) =>
			Object.entries(own)
				.reduce((so_far, [name, values]) => values.reduce((out, value) => out.replaceAll(value, `<${name}>`), so_far), text)
				.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
				.replace(/\["etag","[^\]]*\]/g, '')
				.replace(/\["content-length","\d+"\]/g, '')
				.replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<id>')
				.replace(/(cursor":|after=|cursor=)"?[\w.-]+"?/g, '$1');
		const seen = await snapshot(reviewer, targets);
		assert.ok(seen.size > 50, `${seen.size} addresses`);
		return { seen, plain: new Map([...seen].map(([target, text]) => [plain(target), plain(text)])) };
	}

	// What tells the reviewer which of the two it is whose work they judge.
	async findings() {
		await sealed(server, world.organization);
		const [first, second] = [await this.about(this.twins[0]), await this.about(this.twins[1])];
		const found = [...first.plain]
			.filter(([target, text]) => second.plain.get(target) !== text)
			.map(([target, text]) => `${target} differs: ${text} and ${second.plain.get(target)}`);
		// Nothing that is said of the first leads to the other role, and the work leads to nobody.
		const { body: shown } = await reviewer.get(`/v1/interviews/${this.interview.id}`, { expect: 200 });
		const marks = [this.word, this.application.id, this.interview.id, this.closed.id, shown.application_id, shown.candidate_name];
		for (const [target, text] of first.seen)
			for (const mark of marks) if (asked(target, text).includes(mark)) found.push(`${target} says ${mark}`);
		for (const list of ['candidates', 'applications'])
			for (const one of await reviewer.all(`/v1/${list}`, { q: this.word, role_id: this.open.id })) found.push(`${list}: the work’s word finds ${one.id}`);
		// And no one entry of a list, or of a file, names both.
		const theirs = this.twins.flatMap((twin) => [twin.candidate.id, twin.application.id, twin.interview.id, twin.candidate.name, twin.candidate.email]);
		const entries = (await reviewer.all('/v1/interviews')).concat(await reviewer.all('/v1/scorecards'));
		const { body: materials } = await reviewer.get(`/v1/interviews/${this.interview.id}/materials`, { expect: 200 });
		for (const entry of [...entries, materials, await reviewer.read('/v1/my_work').then(({ due }) => due)].flat().map((one) => JSON.stringify(one)))
			if (marks.some((mark) => entry.includes(mark)) && theirs.some((mark) => entry.includes(mark))) found.push(`both in ${entry}`);
		return found;
	}
}

describe('a reviewer who knows the candidate from another role', () => {
	test('cannot tell whose work they judge anonymously, until they submit', async () => {
		const it = await Twins.make();
		assert.deepEqual(await it.findings(), []);
		const [{ candidate }] = it.twins;
		const materials = `/v1/interviews/${it.interview.id}/materials`;
		assert.ok((await reviewer.get(materials)).text.includes(it.word), 'the work is there to be judged');
		// Those who run the process find it with its author.
		assert.deepEqual((await recruiter.all('/v1/candidates', { q: it.word })).map(({ id }) => id), [candidate.id]);
		const work = (await recruiter.all(`/v1/candidates/${candidate.id}/documents`)).find(({ kind }) => kind === 'other');
		for (const path of [`/v1/documents/${work.id}`, `/v1/documents/${work.id}/content`]) await reviewer.get(path, { expect: 404 });
		await world.scorecard('a', it.interview, world.values(3, 3, 3));
		assert.equal((await reviewer.read(`/v1/documents/${work.id}`)).id, work.id);
		assert.deepEqual((await reviewer.all('/v1/candidates', { q: it.word })).map(({ id }) => id), [candidate.id]);
	});

	test('is not shown, among the work, what was handed in for the role where they know them', async () => {
		const it = await Twins.make();
		const [{ application }] = it.twins;
		await world.admin.make(`/v1/applications/${application.id}/move`, { stage_id: it.open.stages[1].id });
		await it.handIn(application, 'elsewhere', 'other.txt');
		const materials = async (client) => (await client.get(`/v1/interviews/${it.interview.id}/materials`, { expect: 200 })).text;
		const [mine, theirs] = [await materials(reviewer), await materials(recruiter)];
		assert.ok(mine.includes(it.word) && !mine.includes('elsewhere'));
		assert.ok(theirs.includes(it.word) && theirs.includes('elsewhere'));
	});

	test('without what keeps the work back, these tests fail', async () => {
		const it = await Twins.make();
		const definition = await psql(server, "SELECT pg_get_functiondef('masked_work'::regproc)");
		const changed = definition.replace("IS DISTINCT FROM 'member'", 'IS NOT NULL');
		assert.notEqual(changed, definition);
		await psql(server, changed);
		try {
			const found = await it.findings();
			assert.ok(found.some((what) => what.includes('documents')) && found.some((what) => what.includes('finds')), found.join('\n'));
		} finally {
			await psql(server, definition);
		}
		assert.deepEqual(await it.findings(), []);
	});
});
