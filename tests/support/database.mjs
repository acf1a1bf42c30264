// Looks into a server's embedded database, where a test must shift the clock or see every row.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';

const programs = ['/usr/lib/postgresql/17/bin', '/usr/lib/postgresql/16/bin', '/usr/lib/postgresql/15/bin'];

// Runs SQL as the database's owner; resolves with unaligned rows.
// `onOutput` is called with what it prints, as it comes.
export async function psql(server, sql, { onOutput = () => {} } = {}) {
	const owner = await stat(server.dataDir);
	const program = programs.map((path) => join(path, 'psql')).find((path) => existsSync(path)) ?? 'psql';
	const args = [
		'-X',
		'-q',
		'-A',
		'-t',
		'-v',
		'ON_ERROR_STOP=1',
		'-h',
		join(server.dataDir, 'run'),
		'-U',
		'postgres',
		'-d',
		'assay',
	];
	return new Promise((done, fail) => {
		const child = spawn(program, args, {
			uid: owner.uid,
			gid: owner.gid,
			env: { ...process.env, HOME: '/' },
			cwd: '/',
		});
		let out = '';
		let err = '';
		child.stdout.on('data', (chunk) => onOutput((out += chunk)));
		child.stderr.on('data', (chunk) => (err += chunk));
		child.on('error', fail);
		child.on('close', (code) => (code === 0 ? done(out.trim()) : fail(new Error(`psql: ${err}`))));
		child.stdin.end(sql);
	});
}

// Until every event of the organization is sealed, and so can be read.
export async function sealed(server, organization) {
	for (let i = 0; i < 200; i += 1) {
		const open = await psql(
			server,
			`SELECT count(*) FROM events e WHERE e.organization_id = '${organization.id}' AND NOT EXISTS
			(SELECT FROM event_seals z WHERE z.organization_id = e.organization_id AND z.event_id = e.id)`,
		);
		if (open === '0') return;
		await new Promise((done) => setTimeout(done, 50));
	}
	throw new Error('the sealer is late');
}

// Until every message that is due has left, or was set aside.
export async function mailed(server, organization) {
	const waiting = `SELECT count(*) FROM mail_messages WHERE organization_id = '${organization.id}' AND state IN ('queued', 'sending')
		AND (state = 'sending' OR next_at <= now())`;
	for (let i = 0; i < 400; i += 1) {
		if ((await psql(server, waiting)) === '0') return;
		await new Promise((done) => setTimeout(done, 50));
	}
	throw new Error('the mailer is late');
}

// Until an organization's model has everything.
export async function modelled(server, organization) {
	for (let i = 0; i < 400; i++) {
		const waiting = `SELECT count(*) FROM model_changes WHERE organization_id = '${organization.id}'`;
		if ((await psql(server, waiting)) === '0') return;
		await new Promise((done) => setTimeout(done, 25));
	}
	throw new Error('the model is never up to date');
}

// Takes what these statements lock in a session of its own, and keeps it until the answer is called.
export async function holdLocks(server, statements) {
	let pid;
	let ended;
	await new Promise((held, fail) => {
		const onOutput = (text) => {
			pid = /held (\d+)/.exec(text)?.[1];
			if (pid) held();
		};
		ended = psql(server, `${statements}; SELECT 'held ' || pg_backend_pid(); SELECT pg_sleep(600)`, { onOutput }).catch(
			fail,
		);
	});
	return async () => {
		await psql(server, `SELECT pg_terminate_backend(${pid})`);
		await ended;
	};
}

// Keeps the model from working on an organization until the answer is called: what waits stays to be seen.
export function holdModel(server, organization) {
	return holdLocks(server, `SELECT pg_advisory_lock(hashtextextended('assay.model ' || '${organization.id}', 0))`);
}
