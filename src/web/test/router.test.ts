import assert from 'node:assert/strict';
import { test } from 'node:test';
import { match, safeReturn, withQuery } from '../src/lib/router.ts';

const routes = [
	{ name: 'home', pattern: '/' },
	{ name: 'role', pattern: '/roles/:id' },
] as const;
const id = '01936f5e-6d3c-7a51-9d0e-3b1f0c2a4d5e';

test('a path finds its screen, with or without a slash at its end', () => {
	assert.deepEqual(match(routes, '/'), { name: 'home', params: {} });
	assert.deepEqual(match(routes, `/roles/${id}/`), { name: 'role', params: { id } });
	assert.deepEqual(match(routes, `/roles/${id.toUpperCase()}`), { name: 'role', params: { id } });
});

test('what is no id is no screen', () => {
	for (const path of ['/roles', '/roles/1', '/roles/%zz', `/roles/${id}/more`, '/nope']) {
		assert.equal(match(routes, path), null, path);
	}
});

test('filters change the query, drop what is empty and keep a stable order', () => {
	assert.equal(withQuery('?q=a&stage=1', { status: 'active' }), '?q=a&stage=1&status=active');
	assert.equal(withQuery('?q=a', { q: '' }), '');
	assert.equal(withQuery('', { q: 'ö&=' }), '?q=%C3%B6%26%3D');
});

test('signing in returns to an address of this site only', () => {
	assert.equal(safeReturn('/roles?q=a'), '/roles?q=a');
	for (const next of [null, '', '//evil.example', '/\\evil.example', '/a\\b', 'https://evil.example', '/sign-in?next=/', '/\tx']) {
		assert.equal(safeReturn(next), '/', String(next));
	}
});
