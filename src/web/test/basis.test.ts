import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Basis } from '../src/lib/basis.ts';

const began = (): Basis<{ name: string }> => {
	const basis = new Basis<{ name: string }>();
	basis.begin(3, { name: 'A' });
	return basis;
};

test('a newer state is shown where nothing was typed, and saved against', () => {
	const basis = began();
	assert.equal(basis.renew(4, { name: 'B' }, { name: 'A' }), true);
	assert.equal(basis.version, 4);
	assert.equal(basis.renew(5, { name: 'B' }, { name: 'typed' }), false);
	assert.equal(basis.version, 5);
});

test('what was typed stays: against the newer version where another part was changed, else against the old one', () => {
	const elsewhere = began();
	assert.equal(elsewhere.renew(4, { name: 'A' }, { name: 'typed' }), false);
	assert.equal(elsewhere.version, 4);
	const here = began();
	assert.equal(here.renew(4, { name: 'B' }, { name: 'typed' }), false);
	assert.equal(here.version, 3);
});

test('an answer that comes late takes nothing back', () => {
	const basis = began();
	assert.equal(basis.renew(2, { name: 'old' }, { name: 'A' }), false);
	assert.equal(basis.version, 3);
});
