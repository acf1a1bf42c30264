import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressOf } from '../src/lib/keys.ts';
import { identity, match } from '../src/lib/router.ts';
import { administers, currentOf, groups, placesOf, recruits, screens, type Screen } from '../src/screens.ts';
import type { Me } from '../src/lib/shapes.ts';
import { common } from '../src/text/en/common.ts';

const someone = (access_level: Me['access_level']): Me =>
	({ kind: 'user', id: '', name: '', email: null, access_level, scopes: null, version: 1 }) as unknown as Me;
const id = '01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e';

test('each screen has a name, a pattern and keys of its own', () => {
	for (const of of ['name', 'pattern', 'keys'] as const) {
		const all = screens.map((one) => one[of]).filter((one) => one !== undefined);
		assert.equal(new Set(all).size, all.length, of);
	}
});

test('each place of the navigation has a title, an icon, words to be found by, and no parameter', () => {
	for (const { name, group, icon, pattern } of screens) {
		if (group === undefined) continue;
		assert.ok(groups.includes(group), name);
		assert.ok(icon, name);
		assert.ok(name in common.screens && name in common.finds, name);
		assert.ok(!pattern.includes(':'), name);
	}
});

test('a screen that stands under another names one that is in the navigation', () => {
	const places = new Set(screens.filter((one) => one.group).map((one) => one.name));
	for (const { name, under } of screens) if (under !== undefined) assert.ok(places.has(under), name);
});

test('who may not see a place does not find it, and an empty group is left out', () => {
	const load = (): never => assert.fail();
	const table: Screen[] = [
		{ name: 'a', pattern: '/a', bones: 'list', load, group: 'work' },
		{ name: 'b', pattern: '/b', bones: 'list', load, group: 'hiring', sees: recruits },
		{ name: 'c', pattern: '/c', bones: 'list', load, group: 'administration', sees: administers },
		{ name: 'd', pattern: '/d', bones: 'list', load },
	];
	const seen = (level: Me['access_level']): string =>
		placesOf(someone(level), table).map(({ entries }) => entries.map((one) => one.name).join()).join();
	assert.equal(seen('member'), 'a');
	assert.equal(seen('recruiter'), 'a,b');
	assert.equal(seen('admin'), 'a,b,c');
});

test('the navigation tells where one is, and below which place', () => {
	const [roles, role] = ['roles', 'role'].map((name) => screens.find((one) => one.name === name));
	assert.ok(roles && role);
	assert.equal(currentOf(roles, roles), 'page');
	assert.equal(currentOf(roles, role), 'true');
	assert.equal(currentOf(roles, undefined), undefined);
});

test('a pattern takes ids, words and the names of sections, and nothing else', () => {
	const table = [
		{ name: 'section', pattern: '/roles/:id/:section(intake|team)' },
		{ name: 'template', pattern: '/templates/:template*' },
	];
	assert.deepEqual(match(table, `/roles/${id}/team`)?.params, { id, section: 'team' });
	assert.deepEqual(match(table, '/templates/backend-developer')?.params, { template: 'backend-developer' });
	for (const path of [`/roles/${id}/other`, '/roles/1/team', '/templates/..%2Fx', '/templates/-x', '/templates/%00']) {
		assert.equal(match(table, path), null, path);
	}
});

test('another section is the same screen, another id is another one', () => {
	const pattern = '/roles/:id/:section(intake|team)';
	assert.equal(identity(pattern, { id, section: 'team' }), identity(pattern, { id, section: 'intake' }));
	assert.notEqual(identity(pattern, { id: 'x', section: 'team' }), identity(pattern, { id, section: 'team' }));
});

test('two keys go to their screen, others nowhere', () => {
	assert.equal(addressOf('gr', someone('member')), '/roles');
	assert.equal(addressOf('zz', someone('admin')), null);
	assert.equal(addressOf('c', someone('recruiter')), '/candidates/new');
	assert.equal(addressOf('c', someone('member')), null, 'the server would refuse what they fill in');
});
