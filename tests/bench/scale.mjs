// make bench-scale: a recruiter's lists, filtered and searched, at 1,000 candidates and at a million
// (row 5 of docs/performance.md). BENCH_SCALE rows (1,000,000), BENCH_REQUESTS each (200). BENCH_KEEP=1
// keeps the large database, BENCH_REUSE=its directory measures it again, BENCH_LISTS=pattern only some of the lists.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { psql } from '../support/database.mjs';
import * as processes from './processes.mjs';

const SMALL = 1_000;
const LARGE = Number(process.env.BENCH_SCALE ?? 1_000_000);
const REQUESTS = Number(process.env.BENCH_REQUESTS ?? 200);
const FILTER_MOST = 2; // times the p99 at 1,000
const FLOOR_MS = 5; // below this, twice as long is noise
const SEARCH_MOST_MS = 50;
const SOME = new RegExp(process.env.BENCH_LISTS ?? '');
const say = (text) => process.stderr.write(`${text}\n`);

const id = (kind, n) => `('0${kind}a00000-0000-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
const when = (n) => `'2025-01-01'::timestamptz + (${n}) * interval '1 second'`;
const ROLES = 50;
const STAGES = 3;

class Scale {
	async start(size, reuse) {
		this.directory = reuse ?? mkdtempSync(join(tmpdir(), 'assay-scale-'));
		chmodSync(this.directory, 0o755);
		const dataDir = join(this.directory, 'data');
		if (reuse) rmSync(join(reuse, 'assay'), { force: true });
		const program = processes.copyFor(dataDir);
		if (!reuse) execFileSync(program, ['demo', '--small', '--data-dir', dataDir, '--json'], { stdio: 'ignore' });
		this.demo = JSON.parse(readFileSync(join(dataDir, 'demo.json'), 'utf8'));
		this.server = await processes.startServer(dataDir);
		this.org = this.demo.organization.id;
		this.size = 0;
		if (!reuse) {
			await this.frame();
			await this.grow(size);
		}
		return this;
	}

	async stop(keep) {
		await this.server?.stop();
		if (keep) say(`kept: ${this.directory}`);
		else rmSync(this.directory, { recursive: true, force: true });
	}

	sql(text) {
		return psql(this.server, text);
	}

	// Fifty roles with three stages each.
	frame() {
		const org = `'${this.org}'::uuid`;
		const roles = `generate_series(0, ${ROLES - 1}) AS n`;
		return this.sql(`BEGIN;
			INSERT INTO roles (organization_id, id, title, plan_id) SELECT ${org}, ${id(5, 'n')}, 'Role ' || n, ${id(6, 'n')} FROM ${roles};
			INSERT INTO interview_plans (organization_id, id, role_id, number) SELECT ${org}, ${id(6, 'n')}, ${id(5, 'n')}, 1 FROM ${roles};
			INSERT INTO stages (organization_id, id, plan_id, role_id, position, name, method, candidate_instructions)
			SELECT ${org}, ${id(7, `n * ${STAGES} + k`)}, ${id(6, 'n')}, ${id(5, 'n')}, k + 1, 'Stage ' || k, 'screen', 'Talk.'
			FROM ${roles}, generate_series(0, ${STAGES - 1}) AS k;
			COMMIT;`);
	}

	// Past triggers and checks, and with indexes made afterwards, as a restored backup is: what is
	// measured are reads. The words: "tenth" in every tenth, "early" in the first tenth, which the
	// newest know nothing of, "thousandth", and "thrice" in three.
	async grow(size) {
		const org = `'${this.org}'::uuid`;
		const rows = (from, to) => `generate_series(${from}, ${to}) AS n`;
		const rare = `n IN (7, ${Math.floor(size / 2)}, ${size - 1})`;
		await this.sql(`CREATE TABLE IF NOT EXISTS made_again AS SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS text
			FROM pg_index i LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid
			WHERE i.indrelid IN ('candidates'::regclass, 'applications'::regclass, 'searchable_candidates'::regclass) AND k.oid IS NULL;
			DO $$ DECLARE r record; BEGIN FOR r IN SELECT name FROM made_again LOOP EXECUTE 'DROP INDEX ' || r.name; END LOOP; END $$;`);
		for (let from = this.size + 1; from <= size; from += 100_000) {
			const n = rows(from, Math.min(size, from + 99_999));
			await this.sql(`SET session_replication_role = replica;
				INSERT INTO candidates (organization_id, id, name, email, phone, location, headline, summary, skills, tags, source,
					consent, consent_expires_at, archived_at, created_at, updated_at)
				SELECT ${org}, ${id(1, 'n')}, v.name, 'p' || n || '@example.org', '+31 20 ' || n, 'Town ' || n % 997, v.headline, v.summary,
					ARRAY['skill ' || n % 101], CASE WHEN ${rare} THEN ARRAY['rare'] ELSE ARRAY['tag' || n % 13] END,
					CASE WHEN ${rare} THEN 'Rare' ELSE (ARRAY['Referral', 'Board', 'Agency', 'Website'])[1 + n % 4] END,
					CASE WHEN n % 100 = 0 THEN '{"given_at": "2025-01-01T00:00:00Z", "source": "form", "expires_at": "2026-01-01T00:00:00Z"}'::jsonb END,
					CASE WHEN n % 100 = 0 THEN '2026-01-01'::timestamptz END, CASE WHEN ${rare} THEN now() END, ${when('n')},
					CASE WHEN ${rare} THEN now() ELSE ${when('n')} END
				FROM ${n}, LATERAL (SELECT 'Person ' || substr(md5(n::text), 1, 9) AS name, 'Engineer of ' || substr(md5((n % 1009)::text), 1, 9) AS headline,
					concat_ws(' ', 'Has built', substr(md5((n * 7)::text), 1, 9), CASE WHEN n % 10 = 0 THEN 'tenth' END,
						CASE WHEN n <= ${size} / 10 THEN 'early' END, CASE WHEN n % 1000 = 3 THEN 'thousandth' END,
						CASE WHEN ${rare} THEN 'thrice' END) AS summary) v;
				INSERT INTO candidate_tags (organization_id, tag_key, candidate_id)
				SELECT ${org}, CASE WHEN ${rare} THEN 'rare' ELSE 'tag' || n % 13 END, ${id(1, 'n')} FROM ${n};
				INSERT INTO external_ids (organization_id, object_type, source, external_id, object_id)
				SELECT ${org}, 'candidate', 'measured', n::text, ${id(1, 'n')} FROM ${n};
				INSERT INTO applications (organization_id, id, candidate_id, role_id, plan_id, stage_id, status, source, archived_at, created_at, updated_at)
				SELECT ${org}, ${id(2, 'n')}, ${id(1, 'n')}, ${id(5, `n % ${ROLES}`)}, ${id(6, `n % ${ROLES}`)},
					${id(7, `(n % ${ROLES}) * ${STAGES} + n / 7 % ${STAGES}`)},
					CASE WHEN ${rare} THEN 'hired' WHEN n % 20 = 0 THEN 'active' ELSE 'rejected' END,
					CASE WHEN ${rare} THEN 'Rare' ELSE (ARRAY['Referral', 'Board', 'Agency', 'Website'])[1 + n % 4] END,
					CASE WHEN ${rare} THEN now() END, ${when('n')}, CASE WHEN ${rare} THEN now() ELSE ${when('n')} END
				FROM ${n};
				INSERT INTO searchable_candidates (organization_id, candidate_id, created_at, archived, roles, marks, words)
				SELECT ${org}, c.id, c.created_at, c.archived_at IS NOT NULL, ARRAY[${id(5, `n % ${ROLES}`)}],
					candidate_marks(c.tags, c.source, c.archived_at IS NOT NULL),
					to_tsvector('simple', concat_ws(' ', c.name, c.headline, c.summary))
				FROM ${n}, candidates c WHERE c.organization_id = ${org} AND c.id = ${id(1, 'n')};`);
			say(`  ${Math.min(size, from + 99_999)} of ${size}`);
		}
		this.size = size;
		await this.sql(`SET maintenance_work_mem = '512MB';
			DO $$ DECLARE r record; BEGIN FOR r IN SELECT text FROM made_again LOOP EXECUTE r.text; END LOOP; END $$;
			DROP TABLE made_again;`);
		await this.sql('VACUUM ANALYZE; CHECKPOINT');
	}

	async token() {
		const { email, password } = this.demo.users.find((user) => user.persona === 'recruiter');
		const reply = await fetch(`http://127.0.0.1:${this.server.port}/v1/auth/login`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ email, password }),
		});
		return (await reply.json()).access_token;
	}

	uuid(kind, n) {
		return `0${kind}a00000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`;
	}

	lists() {
		const role = this.uuid(5, 3);
		const stage = this.uuid(7, 3 * STAGES + 1);
		const middle = encodeURIComponent('2026-01-01T00:00:00Z');
		const filters = {
			candidates: ['', 'archived=false', 'archived=true', `updated_since=${middle}`, 'email=p77@example.org', 'tag=tag5', 'tag=rare',
				'tag=none', 'source=Board', 'source=Rare', `role_id=${role}`, `role_id=${role}&tag=tag5`, 'tag=tag5&source=Board', 'tag=rare&source=Board',
				'tag=tag5&archived=true', 'source=Rare&archived=false', `consent_expires_before=${encodeURIComponent('2026-06-01T00:00:00Z')}`,
				'sort=name', 'sort=-updated_at', 'sort=name&tag=tag5', 'sort=name&source=Board', 'sort=-updated_at&tag=rare', 'sort=name&tag=rare'],
			applications: ['', 'archived=true', 'archived=false', 'status=active', 'status=hired', 'status=offered', `stage_id=${stage}`, `role_id=${role}`,
				`role_id=${role}&status=active`, `stage_id=${stage}&status=active`, `stage_id=${stage}&status=hired`, 'source=Board', 'source=Rare', 'source=Board&status=hired',
				'status=active&archived=true', `updated_since=${middle}`, `candidate_id=${this.uuid(1, 5)}`, 'sort=-updated_at', 'sort=-updated_at&status=active',
				`sort=-updated_at&stage_id=${stage}`],
		};
		const words = ['tenth', 'early', 'thousandth', 'thrice', 'nobody'];
		const searches = {
			candidates: ['', '&tag=tag5', '&source=Rare', `&role_id=${role}`, '&archived=true'],
			applications: [`&role_id=${role}`, `&role_id=${role}&status=active`], // which asks for a role
		};
		return [
			...Object.entries(filters).flatMap(([list, all]) => all.map((query) => ({ list, query, search: false }))),
			...Object.entries(searches).flatMap(([list, all]) => words.flatMap((word) => all.map((more) => ({ list, query: `q=${word}${more}`, search: true })))),
		];
	}

	async measure(token) {
		const result = new Map();
		for (const { list, query, search } of this.lists()) {
			const path = `/v1/${list}?limit=25${query ? `&${query}` : ''}`;
			if (!SOME.test(path)) continue;
			const text = `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${token}\r\n\r\n`;
			const file = join(this.directory, 'one');
			writeFileSync(file, `${Buffer.byteLength(text)}\n${text}`);
			const load = async (...how) => JSON.parse(await processes.run(processes.tool('load'), [String(this.server.port), file, '1', 'closed', ...how.map(String)]));
			await load(5, 5); // plans are made
			const who = { server: this.server.pid, postmaster: this.server.postmaster };
			const before = processes.usage(who);
			const it = await load(REQUESTS, 5);
			const used = processes.used(before, processes.usage(who));
			if (it.refused + it.failed > 0) say(`${path}: ${it.refused} refused, ${it.failed} failed`);
			result.set(path, { path, search, p50: it.p50_us / 1000, p99: it.p99_us / 1000, cpu: ((used.server + used.postgres) / it.requests) * 1000, requests: it.requests, failed: it.refused + it.failed });
		}
		return result;
	}
}

async function measured(size, reuse) {
	const scale = new Scale();
	say(`${size} candidates`);
	try {
		await scale.start(size, reuse);
		return await scale.measure(await scale.token());
	} finally {
		await scale.stop(size === LARGE && (process.env.BENCH_KEEP || reuse));
	}
}

async function compared() {
	const small = await measured(SMALL);
	const large = await measured(LARGE, process.env.BENCH_REUSE);
	return [...large.values()].map((it) => {
		const before = small.get(it.path);
		const most = it.search ? SEARCH_MOST_MS : Math.max(FLOOR_MS, FILTER_MOST * before.p99);
		return { ...it, small: before, most, met: it.failed === 0 && it.p99 <= most };
	});
}

export function scaleTable(rows) {
	const figures = (r) => `${r.cpu.toFixed(1)} | ${r.p50.toFixed(1)} | ${r.p99.toFixed(1)}`;
	const line = (r) => `| ${r.path} | ${figures(r.small)} | ${figures(r)} | ≤ ${r.most.toFixed(0)} ${r.met ? 'met' : 'MISSED'} |`;
	return `| list, ms | CPU at ${SMALL} | p50 | p99 | CPU at ${LARGE} | p50 | p99 | to reach |\n|---|---|---|---|---|---|---|---|\n${rows.map(line).join('\n')}\n`;
}

const rows = await compared();
const out = join(processes.root, 'build/bench');
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'scale.json'), `${JSON.stringify(rows, null, '\t')}\n`);
writeFileSync(join(out, 'scale.md'), scaleTable(rows));
process.stdout.write(scaleTable(rows));
process.exit(rows.every((row) => row.met) ? 0 : 1);
