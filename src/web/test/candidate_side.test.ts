import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_BYTES, sizeProblem, tokenOf, typeOf } from '../src/lib/link_token.ts';

const token = `cl_${'0af'.repeat(11).slice(0, 32)}_${'aZ-_9'.repeat(9).slice(0, 43)}`;

test('a token is taken from a whole link, from its end, and from nothing else', () => {
	for (const text of [token, `#${token}`, `  https://hire.example/candidate#${token}\n`]) assert.equal(tokenOf(text), token);
	for (const text of ['', 'hello', token.slice(0, -1), `${token}x`, `https://hire.example/candidate`, `${token} ${token}`]) {
		assert.equal(tokenOf(text), null, text);
	}
});

test('a file is sent as what it is, or not at all', () => {
	assert.equal(typeOf('Work.PDF', ''), 'application/pdf');
	assert.equal(typeOf('work', 'application/pdf'), 'application/pdf');
	assert.equal(typeOf('queue.py', ''), 'text/plain');
	assert.equal(typeOf('notes', 'text/markdown'), 'text/plain');
	assert.equal(typeOf('work.zip', 'application/zip'), null);
	assert.equal(typeOf('work.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'), null);
	assert.deepEqual([sizeProblem(0), sizeProblem(1), sizeProblem(MOST_BYTES), sizeProblem(MOST_BYTES + 1)], ['empty', null, null, 'large']);
});
