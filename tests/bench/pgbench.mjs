// What pgbench runs: the server's own statements, in its own way, under its role.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { candidateId, scorecardBody } from './dataset.mjs';
import { postgresBin, run, tool } from './processes.mjs';

// As the server sets its sessions up.
const SESSION = '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c search_path=public,pg_temp -c jit=off -c timezone=UTC';
const PICKED = 50; // candidates that are read in turn

export class Pgbench {
	constructor(directory, data) {
		this.directory = directory;
		this.data = data;
	}

	// The statement with each parameter replaced by what `values` says, in the parameter's type.
	async statement(name, kind, values) {
		const out = await run(tool('statement'), [name, kind]);
		const end = out.indexOf('\n');
		const names = out.slice(0, end).trim().split(' ');
		const text = out.slice(end + 1).trim();
		const types = (
			await this.data.sql(`PREPARE it AS ${text}; SELECT unnest(parameter_types) FROM pg_prepared_statements WHERE name = 'it'`)
		).split('\n');
		return text.replace(/\$(\d+)/g, (_, n) => {
			const value = values[names[n - 1]];
			if (value === undefined) throw new Error(`${name} has a parameter ${names[n - 1]}`);
			return `(${value})::${types[n - 1]}`;
		});
	}

	enter() {
		return 'SELECT enter(:org::uuid, :kind::text, :actor::uuid, :token_version::bigint, :request_id::text);';
	}

	write(name, lines) {
		const path = join(this.directory, `${name}.sql`);
		writeFileSync(path, `${lines.join('\n')}\n`);
		return path;
	}

	async prepare() {
		const ambient = { org: ':org', actor: ':actor', actor_kind: ':kind', request_id: ':request_id' };
		const get = await this.statement('candidate_get', 'plain', { ...ambient, candidate_id: "'01900000-0000-7000-8000-' || lpad(to_hex(:n::integer), 12, '0')" });
		this.getScript = this.write('get', [
			`\\set n 1 + random(0, ${PICKED - 1}) * (:size - 1) / ${PICKED - 1}`,
			'\\startpipeline', this.enter(), `${get};`, '\\endpipeline',
		]);
		const page = await this.statement('candidates_list', 'page', { ...ambient, limit: ':limit' });
		this.pageScript = this.write('page', ['\\startpipeline', this.enter(), `${page};`, '\\endpipeline']);

		const interview = "('03900000-0000-7000-8000-' || lpad(to_hex(:n::integer), 12, '0'))";
		const key = "('key-' || :run::text || '-' || :n::text)";
		const body = `(:body_a::text || ${interview} || :body_b::text)`;
		const next = ['\\set k :k + 1', '\\set n :first + :k * :clients + :client_id'];
		const submit = await this.statement('scorecard_create', 'record', {
			...ambient,
			body,
			record_org: ':org',
			scope: ':scope',
			key,
			body_digest: ':digest',
		});
		this.submitScript = this.write('submit', [...next, '\\startpipeline', this.enter(), `${submit};`, '\\endpipeline']);
		this.stepsScript = this.write('steps', [...next, ...this.steps(interview, key, body)]);
	}

	// The same rows, written the usual way: a transaction of one statement after another.
	steps(interview, key, body) {
		return [
			'BEGIN;',
			this.enter(),
			`SELECT body_digest FROM idempotency_keys WHERE organization_id = :org::uuid AND scope = :scope::text AND key = ${key};`,
			`SELECT i.application_id, i.stage_id, i.role_id, i.status, r.rubric_version_id, a.candidate_id
				FROM interviews i
				JOIN visible_applications a ON a.organization_id = i.organization_id AND a.id = i.application_id
				JOIN roles r ON r.organization_id = i.organization_id AND r.id = i.role_id
				JOIN interview_interviewers ii ON ii.organization_id = i.organization_id AND ii.interview_id = i.id
					AND ii.user_id = :actor::uuid AND ii.part = 'interviewer' AND ii.status = 'assigned'
				WHERE i.organization_id = :org::uuid AND i.id = ${interview}::uuid \\gset`,
			`SELECT c.competency_id, c.must_have_level, k.name FROM rubric_criteria c
				JOIN competencies k ON k.organization_id = c.organization_id AND k.id = c.competency_id
				WHERE c.organization_id = :org::uuid AND c.rubric_version_id = :rubric_version_id::uuid;`,
			'SELECT competency_id FROM stage_competencies WHERE organization_id = :org::uuid AND stage_id = :stage_id::uuid;',
			`INSERT INTO scorecards (organization_id, interview_id, application_id, stage_id, role_id, author_id, rubric_version_id,
				ratings, recommendation, key_takeaways, status, submitted_at, revision)
				VALUES (:org::uuid, ${interview}::uuid, :application_id::uuid, :stage_id::uuid, :role_id::uuid, :actor::uuid,
				:rubric_version_id::uuid, merged_ratings('{}', (${body})::jsonb -> 'ratings'), 'yes', 'Solid in depth; would grow in ownership.',
				'submitted', now(), 1) RETURNING id, version \\gset`,
			'SELECT could_see(:application_id::uuid)::text AS seen \\gset',
			`INSERT INTO scorecard_revisions (organization_id, scorecard_id, number, kind, content, content_hash, could_see)
				SELECT s.organization_id, s.id, 1, 'submission', scorecard_content(s),
				candidate_digest(:candidate_id::uuid, scorecard_content(s)::text), (:seen)::jsonb
				FROM scorecards s WHERE s.organization_id = :org::uuid AND s.id = :id::uuid RETURNING content_hash \\gset`,
			`INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, actor_id, request_id, data)
				VALUES (:org::uuid, 'scorecard.submitted', :id::uuid, :application_id::uuid, :kind::text, :actor::uuid, :request_id::text,
				jsonb_build_object('version', :version::bigint, 'revision', 1, 'digest', (:content_hash)::text));`,
			`INSERT INTO idempotency_keys (organization_id, scope, key, body_digest, answer)
				SELECT :org::uuid, :scope::text, ${key}, :digest::text, ARRAY[s::text] FROM scorecards s
				WHERE s.organization_id = :org::uuid AND s.id = :id::uuid;`,
			'COMMIT;',
		];
	}

	caller(persona) {
		const user = this.data.person(persona);
		return { org: this.data.org, kind: 'user', actor: user.id, token_version: 1, request_id: '01900000-0000-7000-8000-00000000beef' };
	}

	// Resolves with transactions a second, without the first second, in which statements are planned.
	async run(script, clients, seconds, variables) {
		const define = Object.entries(variables).flatMap(([name, value]) => ['-D', `${name}=${value}`]);
		const out = await run(
			join(postgresBin, 'pgbench'),
			['-n', '-M', 'prepared', '-c', String(clients), '-j', '2', '-T', String(seconds + 1), '-P', '1', ...define,
				'-f', script, '-h', join(this.data.server.dataDir, 'run'), '-U', 'assay_app', 'assay'],
			{ env: { ...process.env, PGOPTIONS: SESSION } },
			true,
		);
		if (!/number of failed transactions: 0 /.test(out)) throw new Error(`pgbench had failures:\n${out}`);
		const found = (pattern) => Number(pattern.exec(out)[1]);
		const requests = found(/transactions actually processed: (\d+)/);
		const [, first, rate] = /^progress: ([\d.]+) s, ([\d.]+) tps/m.exec(out).map(Number);
		// Progress counts from before the connections are made, tps from after.
		const elapsed = requests / found(/^tps = ([\d.]+)/m) + found(/initial connection time = ([\d.]+)/) / 1000;
		if (elapsed - first < 0.5) throw new Error('pgbench was kept from running: give it more BENCH_SECONDS');
		return { per_second: (requests - first * rate) / (elapsed - first), requests };
	}

	reads(script, clients, seconds) {
		return this.run(script, clients, seconds, { ...this.caller('recruiter'), size: this.data.size, limit: 26 });
	}

	writes(script, clients, seconds, label) {
		const [body_a, body_b] = scorecardBody();
		const actor = this.data.person('interviewer').id;
		return this.run(script, clients, seconds, {
			...this.caller('interviewer'),
			body_a,
			body_b,
			scope: `${actor} POST /v1/scorecards`,
			digest: '0'.repeat(64),
			run: label,
			clients,
			first: 1,
			k: -1,
		});
	}
}

export function pickedCandidates(size) {
	return Array.from({ length: PICKED }, (_, k) => candidateId(1 + Math.floor((k * (size - 1)) / (PICKED - 1))));
}
