import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnsOf, doubled, firstRows, formatOf, guess, mappingOf, missingOf } from '../src/lib/import_file.ts';

test('the first rows of a CSV: quotes, commas and lines within them, a cut end', () => {
	const text = '\uFEFFid,"Full ""legal"" name",notes\r\n1,"Ada, Countess","two\nlines"\r\n\r\n2,Bob,\n3,unfini';
	assert.deepEqual(firstRows(text, 9, false), [['id', 'Full "legal" name', 'notes'], ['1', 'Ada, Countess', 'two\nlines'], ['2', 'Bob', '']]);
	assert.deepEqual(firstRows(text, 9, true).at(-1), ['3', 'unfini']);
	assert.equal(firstRows(text, 2, true).length, 2);
	assert.deepEqual(firstRows('', 5, true), []);
	assert.deepEqual(columnsOf([['a', 'b'], ['', 'x'], ['1', 'y']]), [{ name: 'a', example: '1' }, { name: 'b', example: 'x' }]);
});

test('columns are guessed by their names, each field once', () => {
	const columns = ['Candidate ID', 'Full name', 'E-Mail', 'Shoe size', 'Id'].map((name) => ({ name, example: '' }));
	assert.deepEqual(guess('candidates', columns), ['external_id', 'name', 'email', '', '']);
	const applications = ['ID', 'Candidate ID', 'Job ID', 'Source'].map((name) => ({ name, example: '' }));
	assert.deepEqual(guess('applications', applications), ['external_id', 'candidate_external_id', 'role_external_id', 'source']);
});

test('the mapping names what is not called so already, and what is left out', () => {
	const columns = ['external_id', 'Full name', 'Shoe size'].map((name) => ({ name, example: '' }));
	assert.equal(mappingOf(columns, ['external_id', 'name', '']), '{"Full name":"name","Shoe size":""}');
	assert.equal(mappingOf([columns[0]!], ['external_id']), undefined);
	assert.deepEqual(missingOf('candidates', ['external_id', '']), [['name']]);
	assert.deepEqual(missingOf('applications', ['external_id', 'candidate_external_id', 'role_id']), []);
	assert.deepEqual([doubled(['name', '', '', 'name']), doubled(['', ''])], ['name', null]);
});

test('formats are known by the end of the name', () => {
	assert.deepEqual(['a.CSV', 'a.ndjson', 'a.jsonl', 'a.json', 'a.xlsx'].map((name) => formatOf(name, '')), ['text/csv', 'application/x-ndjson', 'application/x-ndjson', 'application/json', null]);
});
