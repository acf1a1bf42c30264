// Rows 11 and 12: a file of candidates brought in, and scorecards taken out, against PostgreSQL alone.
import { execFileSync, spawn } from 'node:child_process';
import { createWriteStream, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { postgresBin, residentBytes, run, usage, used } from './processes.mjs';

const COLUMNS = ['name', 'email', 'phone', 'location', 'headline', 'summary', 'links', 'skills', 'tags', 'source'];
const BATCH = 1000; // rows a transaction, on both sides
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

function lineOf(n) {
	const hash = (k) => ((n * 2654435761 + k * 40503) >>> 0).toString(16).padStart(8, '0');
	return [`measured-${n}`, `Person ${hash(1)} ${hash(2)}`, `p${n}.${hash(3)}@example.org`, `+31 20 ${n}`, `Town ${n % 997}`,
		`Engineer of ${hash(n % 1009)}`, `"Has built ${hash(4)}, and kept it running for years."`, `https://example.org/${hash(5)}`,
		`skill ${n % 101};skill ${n % 211};skill ${n % 307}`, `tag ${n % 13}`, 'Referral'].join(',');
}

export function candidatesFile(count) {
	const lines = ['external_id,name,email,phone,location,headline,summary,links,skills,tags,source'];
	for (let n = 1; n <= count; n++) lines.push(lineOf(n));
	return `${lines.join('\n')}\n`;
}

export class DataInOut {
	constructor(bench, directory) {
		this.bench = bench;
		this.directory = directory;
	}

	get server() {
		return this.bench.server;
	}

	async timed(work) {
		const who = { server: this.server.pid, postmaster: this.server.postmaster };
		const before = usage(who);
		const since = performance.now();
		const extra = await work();
		return { seconds: (performance.now() - since) / 1000, cpu: used(before, usage(who)), ...extra };
	}

	async call(method, path, { body, type, persona = 'recruiter' } = {}) {
		const headers = { Authorization: `Bearer ${await this.bench.token(persona)}` };
		if (body) Object.assign(headers, { 'Content-Type': type, 'Idempotency-Key': `measured-${++this.bench.keyCount}` });
		const reply = await fetch(`http://127.0.0.1:${this.server.port}${path}`, { method, headers, body });
		if (!reply.ok) throw new Error(`${method} ${path}: ${reply.status} ${await reply.text()}`);
		return reply.json();
	}

	// ---- row 11 ---------------------------------------------------------------------------------

	async import(file, source) {
		const { id } = await this.call('POST', `/v1/imports?kind=candidates&source=${source}`, { body: file, type: 'text/csv' });
		for (;;) {
			const it = await this.call('GET', `/v1/imports/${id}`);
			if (it.status !== 'running') return it;
			await sleep(20);
		}
	}

	// The rows that an import wrote, as statements that insert them again as the service would have
	// to: from arrays, a batch a transaction, under the same role and the same triggers.
	async writeBaseline(path, source) {
		const { org } = this.bench.data;
		const tables = {
			candidates: ['id uuid', 'name text', 'email text', 'phone text', 'location text', 'headline text', 'summary text', 'links jsonb',
				'skills text', 'tags text', 'source text'],
			candidate_keys: ['candidate_id uuid'],
			external_ids: ['object_type text', 'source text', 'external_id text', 'object_id uuid'],
			events: ['type text', 'object_id uuid', 'actor_kind text', 'actor_id uuid', 'request_id text', 'data jsonb'],
		};
		const named = (columns) => columns.map((column) => column.split(' ')[0]);
		const insert = (table) => {
			const columns = named(tables[table]);
			const values = columns.map((c) => (['skills', 'tags'].includes(c) ? `u.${c}::text[]` : `u.${c}`));
			return `INSERT INTO ${table} (organization_id, ${columns.join(', ')}) SELECT org(), ${values.join(', ')} FROM unnest(`;
		};
		const of = { candidates: 't.id', candidate_keys: 't.candidate_id', external_ids: 't.object_id', events: 't.object_id' };
		const statement = (table) => {
			const columns = tables[table].map((column) => column.split(' '));
			const arrays = columns.map(([c, type]) => `quote_literal(array_agg(t.${c}${type === 'text' ? '::text' : ''} ORDER BY x.n)::text) || '::${type}[]'`);
			return `(SELECT ${JSON.stringify(insert(table)).replace(/^"|"$/g, "'").replace(/\\"/g, '"')} || concat_ws(', ', ${arrays.join(', ')}) || ') AS u(${named(tables[table]).join(', ')});'
				FROM x JOIN ${table} t ON t.organization_id = '${org}' AND ${of[table]} = x.object_id${table === 'events' ? " AND t.type = 'candidate.created'" : ''}
				WHERE (x.n - 1) / ${BATCH} = b.n)`;
		};
		const actor = this.bench.data.person('recruiter').id;
		const text = await this.bench.data.sql(`
			CREATE TEMP TABLE x AS SELECT e.object_id, row_number() OVER (ORDER BY e.object_id) AS n FROM external_ids e
			WHERE e.organization_id = '${org}' AND e.object_type = 'candidate' AND e.source = '${source}';
			CREATE INDEX ON x (((n - 1) / ${BATCH}));
			ANALYZE x;
			SELECT concat_ws(E'\\n', 'BEGIN;', 'SELECT enter(''${org}'', ''user'', ''${actor}'', 1, ''measured'');',
				${Object.keys(tables).map(statement).join(', ')}, 'COMMIT;')
			FROM (SELECT DISTINCT (n - 1) / ${BATCH} AS n FROM x) b ORDER BY b.n;`);
		writeFileSync(path, `${text}\n`);
	}

	async baseline(path) {
		await run(join(postgresBin, 'psql'), ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-h', join(this.server.dataDir, 'run'), '-U', 'assay_app',
			'-d', 'assay', '-f', path], { env: { ...process.env, PGOPTIONS: '-c search_path=public,pg_temp -c jit=off' } });
	}

	// As if the file had never been brought in.
	async forget(source) {
		await this.bench.data.sql(`
			SET session_replication_role = replica;
			CREATE TEMP TABLE x AS SELECT object_id FROM external_ids WHERE object_type = 'candidate' AND source = '${source}';
			DELETE FROM candidate_tags WHERE candidate_id IN (SELECT object_id FROM x);
			DELETE FROM candidate_keys WHERE candidate_id IN (SELECT object_id FROM x);
			DELETE FROM searchable_candidates WHERE candidate_id IN (SELECT object_id FROM x);
			DELETE FROM candidates WHERE id IN (SELECT object_id FROM x);
			DELETE FROM external_ids WHERE object_type = 'candidate' AND source = '${source}';`);
		await this.bench.data.sql('VACUUM ANALYZE candidates, candidate_tags, searchable_candidates, candidate_keys, external_ids, events; CHECKPOINT');
	}

	async importRound(count) {
		const file = candidatesFile(count);
		const path = join(this.directory, 'baseline.sql');
		const ours = await this.timed(() => this.import(file, 'brought').then((it) => {
			if (it.rows_created !== count) throw new Error(`imported ${JSON.stringify(it)}`);
		}));
		await this.bench.data.settle();
		await this.writeBaseline(path, 'brought');
		await this.forget('brought');
		const theirs = await this.timed(() => this.baseline(path));
		const written = Number(await this.bench.data.sql(`SELECT count(*) FROM external_ids WHERE source = 'brought'`));
		if (written !== count) throw new Error(`the baseline wrote ${written}`);
		await this.bench.data.settle();
		await this.forget('brought');
		rmSync(path);
		return { ours, theirs };
	}

	// ---- row 12 ---------------------------------------------------------------------------------

	async export(accept) {
		const token = await this.bench.token('recruiter');
		let bytes = 0;
		let lines = 0;
		let most = 0;
		const watch = setInterval(() => (most = Math.max(most, residentBytes(this.server.pid))), 50);
		await new Promise((done, fail) => {
			request({ port: this.server.port, host: '127.0.0.1', path: '/v1/scorecards', headers: { Authorization: `Bearer ${token}`, Accept: accept } }, (reply) => {
				if (reply.statusCode !== 200) fail(new Error(`export: ${reply.statusCode}`));
				reply.on('data', (chunk) => {
					bytes += chunk.length;
					for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines++;
				});
				reply.on('end', done);
				reply.on('error', fail);
			}).on('error', fail).end();
		});
		clearInterval(watch);
		return { bytes, lines, most };
	}

	// COPY by the service's role, in its organization and sessions: of the rows that the person may
	// read, and of all, where nothing decides who reads what.
	async copy(text) {
		const { org } = this.bench.data;
		const actor = this.bench.data.person('recruiter').id;
		const path = join(this.directory, 'copy.csv');
		const script = join(this.directory, 'copy.sql');
		writeFileSync(script, `BEGIN;\n\\o /dev/null\nSELECT enter('${org}', 'user', '${actor}', 1, 'measured');\n\\o\nCOPY (${text}) TO STDOUT WITH (FORMAT csv, HEADER);\nCOMMIT;\n`);
		execFileSync('sh', ['-c', `exec "$0" "$@" >${path}`, join(postgresBin, 'psql'), '-X', '-q', '-A', '-t', '-h', join(this.server.dataDir, 'run'), '-U', 'assay_app',
			'-d', 'assay', '-f', script], { env: { ...process.env, PGOPTIONS: '-c search_path=public,pg_temp -c jit=off -c timezone=UTC -c enable_seqscan=off' } });
		const { size } = statSync(path);
		rmSync(path);
		return { bytes: size };
	}

	async exportRound() {
		const columns = `s.id, s.interview_id, s.application_id, s.stage_id, s.role_id, s.author_id, u.name AS author_name, s.entered_by,
			s.rubric_version_id, s.status, s.ratings, s.recommendation, s.key_takeaways, s.private_note, s.revision, s.submitted_at,
			'/interviews/' || s.interview_id AS web_url, s.version, s.created_at, s.updated_at`;
		const rows = 'FROM scorecards s JOIN users u ON u.organization_id = s.organization_id AND u.id = s.author_id WHERE s.organization_id = org()';
		return {
			csv: await this.timed(() => this.export('text/csv')),
			ndjson: await this.timed(() => this.export('application/x-ndjson')),
			readable: await this.timed(() => this.copy(`SELECT ${columns} ${rows} AND ((s.author_id = actor() AND actor_kind() = 'user')
				OR (SELECT s.status = 'submitted' FROM readable_stages r WHERE r.organization_id = s.organization_id
					AND r.application_id = s.application_id AND r.stage_id = s.stage_id)) ORDER BY s.created_at DESC, s.id DESC`)),
			bare: await this.timed(() => this.copy(`SELECT ${columns} ${rows}`)),
		};
	}
}
