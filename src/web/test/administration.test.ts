import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { linesOf, pageOf, periodOf, whatOf, whoOf } from '../src/administration/audit.ts';
import { scopes, stateOf } from '../src/administration/clients.ts';
import { suggestPassword } from '../src/lib/secrets.ts';
import { administration } from '../src/text/en/administration.ts';

const { audit, client } = administration;
const sources = new URL('../../', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, sources), 'utf8');
const folders = readdirSync(new URL('resources/', sources), { withFileTypes: true }).filter((one) => one.isDirectory());
const statements = folders.flatMap(({ name }) =>
	readdirSync(new URL(`resources/${name}/`, sources))
		.filter((file) => file.endsWith('.sql'))
		.map((file) => read(`resources/${name}/${file}`)),
);
const migrations = readdirSync(new URL('../migrations/', sources)).map((file) => read(`../migrations/${file}`));

test('each event that the statements write has a sentence', () => {
	// Kinds of objects are what is known to be one; other words with a dot are settings and functions.
	const kinds = new Set(Object.keys(audit.events).map((type) => type.split('.')[0]));
	const written = [...statements, ...migrations].flatMap((text) => [...text.matchAll(/'([a-z_]+)\.([a-z_]+)'/g)].map(([, kind = '', verb = '']) => [kind, verb]));
	const found = written.filter(([kind]) => kinds.has(kind)).map((one) => one.join('.'));
	assert.ok(found.length > 100);
	assert.deepEqual([...new Set(found)].filter((type) => !(type in audit.events)), []);
	for (const kind of Object.keys(audit.kinds)) assert.ok(kinds.has(kind), kind);
});

test('each scope of the table has plain words', () => {
	const known = [...read('scopes.def').matchAll(/^SCOPE\(\w+, +\d+, "([^"]+)"/gm)].map(([, scope]) => scope);
	assert.deepEqual([...scopes].sort(), known.sort());
	for (const scope of scopes) assert.ok(client.scope[scope], scope);
});

test('an entry says who did what, whoever that was', () => {
	const of = (actor_kind: 'user' | 'client' | 'system', actor_name: string | null): string => whoOf({ actor_kind, actor_name }, audit);
	assert.equal(of('user', 'Ada'), 'Ada');
	assert.equal(of('client', 'ATS'), 'ATS (program)');
	assert.equal(of('system', null), 'Assay itself');
	assert.equal(of('user', null), 'Somebody who is gone');
	assert.equal(whatOf({ type: 'role.created', data: {} }, audit), 'opened a role');
	assert.equal(whatOf({ type: 'application.paused', data: { bulk_action_id: 'x' } }, audit), 'paused an application, in a bulk action');
	assert.equal(whatOf({ type: 'application.active', data: { bulk_action_id: 'x', undo: true } }, audit), 'made an application active, as an undo');
	assert.match(whatOf({ type: 'later.invented', data: {} }, audit), /later\.invented/);
});

test('an entry leads to its page, or to its application’s, or nowhere', () => {
	const of = (type: string, application_id: string | null = null): string | null => pageOf({ type, object_id: 'o', application_id });
	assert.equal(of('role.updated'), '/roles/o');
	assert.equal(of('user.created'), '/users/o');
	assert.equal(of('scorecard.submitted', 'a'), '/applications/a');
	assert.equal(of('session.started'), null);
	assert.equal(of('mail_message.bounced', 'a'), '/mail/messages/o');
	assert.equal(of('mail_template.reset'), '/mail/texts');
	assert.equal(of('mail_settings.updated'), '/mail/sending');
	assert.deepEqual(linesOf({ from_stage_id: null, to_status: 'paused', fields: ['a'] }), [['to status', 'paused'], ['fields', '["a"]']]);
});

test('a period ends with its last day, and what is no day is no bound', () => {
	const { from, to } = periodOf('2026-11-01', '2026-11-01');
	assert.equal(new Date(to ?? '').getTime() - new Date(from ?? '').getTime(), 86_400_000);
	assert.deepEqual(periodOf('yesterday', '2026-13-45'), {});
});

test('a program is in use until it is revoked or its day has come', () => {
	const day = '2026-01-01T00:00:00Z';
	assert.equal(stateOf({ revoked_at: null, expires_at: null }), 'active');
	assert.equal(stateOf({ revoked_at: null, expires_at: day }, Date.parse(day) - 1), 'active');
	assert.equal(stateOf({ revoked_at: null, expires_at: day }, Date.parse(day)), 'expired');
	assert.equal(stateOf({ revoked_at: day, expires_at: null }), 'revoked');
});

test('suggested passwords differ, and have no letters that look alike', () => {
	const made = new Set(Array.from({ length: 50 }, () => suggestPassword()));
	assert.equal(made.size, 50);
	for (const one of made) assert.match(one, /^([abcdefghjkmnpqrstuvwxyz2-9]{5}-){3}[abcdefghjkmnpqrstuvwxyz2-9]{5}$/);
});
