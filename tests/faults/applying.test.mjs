// The server dies by kill -9 while people apply by the form: whoever was thanked is there once, whole.
import assert from 'node:assert/strict';
import { createHash, randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Caller, killCluster, serve, short, sleep, sql, workplace } from './support.mjs';

const KILLS = short(4, 60);
const APPLICANTS = 5;
const env = { ASSAY_APPLICATIONS_PER_HOUR: '10000000' };
const QUESTIONS = [{ id: 'why', label: 'Why us?', kind: 'long_text', required: true }];

const resumeOf = (name) => `Résumé of ${name}\n${'I have baked since 1999. '.repeat(400)}`;

async function formOf(name, key) {
	const form = new FormData();
	const fields = { name, email: 'a@example.com', consent: 'yes', q_why: `Because, says ${name}`, form_key: key };
	for (const [field, value] of Object.entries(fields)) form.set(field, value);
	form.set('resume', new File([resumeOf(name)], 'resume.txt', { type: 'text/plain' }));
	const encoded = new Response(form);
	return { raw: Buffer.from(await encoded.arrayBuffer()), headers: { 'Content-Type': encoded.headers.get('content-type') } };
}

class Crowd {
	constructor(server, path) {
		Object.assign(this, { server, path, running: true, thanked: [], refused: [], unknown: 0 });
	}

	// Asks until there is a definite answer, as somebody does who presses the button again.
	async settle(caller, method, path, more) {
		for (let tries = 0; ; tries++) {
			assert.ok(tries < 2400, `${method} ${path} stays undecided`);
			caller.port = this.server.port;
			const answer = await caller.ask(method, path, more);
			if (answer.status !== 0 && answer.status !== 503) return answer;
			this.unknown++;
			await sleep(25);
		}
	}

	async applicant() {
		const caller = new Caller(this.server.port);
		while (this.running) {
			const name = `Applicant ${randomUUID()}`;
			const page = await this.settle(caller, 'GET', this.path);
			const key = /name="form_key" value="([^"]*)"/.exec(page.text)?.[1];
			const sent = await this.settle(caller, 'POST', this.path, await formOf(name, key));
			if (sent.status === 303) this.thanked.push(name);
			else this.refused.push(`${sent.status} ${sent.text.slice(0, 300)}`);
		}
		caller.close();
	}

	start() {
		this.ended = Promise.all(Array.from({ length: APPLICANTS }, () => this.applicant()));
		// Looked at when the crowd is told to end.
		this.ended.catch(() => {});
	}

	async finish() {
		this.running = false;
		await this.ended;
	}
}

// What the database holds against who was thanked: all parts of an application, or none of them.
async function count(server, thanked) {
	const rows = await sql(
		server,
		`SELECT c.name, count(DISTINCT c.id), count(DISTINCT a.id), count(DISTINCT m.id), count(DISTINCT d.id),
			count(DISTINCT f.form_key), min(d.digest), min(f.answers -> 0 ->> 'answer')
		FROM candidates c
		LEFT JOIN applications a ON a.organization_id = c.organization_id AND a.candidate_id = c.id
		LEFT JOIN application_moves m ON m.organization_id = a.organization_id AND m.application_id = a.id
		LEFT JOIN documents d ON d.organization_id = c.organization_id AND d.candidate_id = c.id
		LEFT JOIN posting_applications f ON f.organization_id = a.organization_id AND f.application_id = a.id
		WHERE c.name LIKE 'Applicant %' GROUP BY c.name`,
	);
	const found = new Map(rows.split('\n').filter(Boolean).map((row) => row.split('|')).map(([name, ...parts]) => [name, parts]));
	const whole = ([name, parts]) => {
		const digest = createHash('sha256').update(resumeOf(name)).digest('hex');
		return parts.join('|') === ['1', '1', '1', '1', '1', digest, `Because, says ${name}`].join('|');
	};
	return {
		lost: thanked.filter((name) => !found.has(name)).length,
		broken: [...found].filter((one) => !whole(one)).map(([name, parts]) => `${name}: ${parts.join(' ')}`),
		strangers: [...found.keys()].filter((name) => !thanked.includes(name)).length,
	};
}

async function position(server) {
	const place = await workplace(server, { people: 0 });
	const slug = `kill-${randomUUID().slice(0, 8)}`;
	await place.admin.make('PATCH', '/v1/careers_page', { enabled: true, slug }, { headers: { 'If-Match': '*' } });
	const posting = await place.admin.make('POST', '/v1/postings', {
		role_id: place.role.id,
		title: 'Baker',
		description: 'You bake.',
		country: 'DE',
		work_mode: 'remote',
		employment_type: 'full_time',
		questions: QUESTIONS,
	});
	await place.admin.make('POST', `/v1/postings/${posting.id}/publish`);
	place.admin.close();
	return `/careers/${slug}/${posting.id}/apply`;
}

test(`${KILLS} times kill -9 while people apply: whoever was thanked is there once, with a résumé`, { timeout: KILLS * 15_000 + 120_000 }, async (t) => {
	let server = await serve({ env });
	let crowd;
	const { dataDir } = server;
	try {
		crowd = new Crowd(server, await position(server));
		crowd.start();
		for (let i = 0; i < KILLS; i++) {
			const before = crowd.thanked.length;
			while (crowd.thanked.length < before + APPLICANTS && crowd.refused.length === 0) await sleep(5);
			await sleep(randomInt(0, 40));
			const postmaster = await server.postmaster();
			if (i % 2 === 1) await killCluster(postmaster);
			await server.kill('SIGKILL');
			server = await serve({ env, dataDir });
			crowd.server = server;
		}
		await crowd.finish();
		const result = await count(server, crowd.thanked);
		t.diagnostic(JSON.stringify({ kills: KILLS, thanked: crowd.thanked.length, unknown: crowd.unknown, ...result }));
		assert.deepEqual(crowd.refused.slice(0, 2), []);
		assert.equal(result.lost, 0);
		assert.deepEqual(result.broken.slice(0, 2), []);
		assert.equal(result.strangers, 0);
		assert.ok(crowd.unknown >= KILLS, 'the kills met forms under way');
		// The same count sees what is there twice, or in part.
		const [twice, half] = crowd.thanked;
		const caller = new Caller(server.port);
		assert.equal((await caller.ask('POST', crowd.path, await formOf(twice, randomUUID()))).status, 303);
		caller.close();
		await sql(server, `DELETE FROM documents d USING candidates c WHERE c.id = d.candidate_id AND c.name = '${half}'`);
		assert.equal((await count(server, crowd.thanked)).broken.length, 2);
		await server.stop();
	} finally {
		if (crowd) crowd.running = false;
		await server.drop();
	}
});
