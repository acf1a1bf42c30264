import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blocksOf, followable, readMessage } from '../src/administration/mail.ts';

const page = (body: string): string =>
	`<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"></head>\n<body style="margin:0">\n${body}</body>\n</html>\n`;

test('an HTML part becomes paragraphs, lines and links', () => {
	const html = page('<p>Hello Kim,</p>\n<p>When: now<br>\nWhere: <a href="https://a.example/?b=1&amp;c=2">https://a.example/?b=1&amp;c=2</a>.</p>\n<hr>\n<p>No more</p>\n');
	assert.deepEqual(blocksOf(html), [
		[[{ text: 'Hello Kim,' }]],
		[
			[{ text: 'When: now' }],
			[{ text: 'Where: ' }, { text: 'https://a.example/?b=1&c=2', link: 'https://a.example/?b=1&c=2' }, { text: '.' }],
		],
		null,
		[[{ text: 'No more' }]],
	]);
});

test('what was escaped is text again, once; other tags are left out', () => {
	assert.deepEqual(blocksOf(page('<p>&lt;b&gt; &amp;lt; &#39;q&#39; &quot; &nope;</p><script>x</script>')), [
		[[{ text: '<b> &lt; \'q\' " &nope;' }]],
		[[{ text: 'x' }]],
	]);
});

test('only pages can be followed', () => {
	assert.ok(followable('https://assay.example/password#x'));
	assert.ok(!followable('javascript:alert(1)'));
	assert.ok(!followable('data:text/html,x'));
});

const base64 = (text: string): string => Buffer.from(text).toString('base64').replace(/(.{76})/gu, '$1\r\n');

test('a captured message gives its headers and both of its parts', () => {
	const long = 'Größe '.repeat(30).trim();
	const content = [
		'From: =?UTF-8?B?' + base64('Wörter (Assay)') + '?=',
		' <assay@localhost>',
		'To: <kim@example.com>',
		'Subject: =?UTF-8?B?' + Buffer.from('Grüße an ').toString('base64') + '?=',
		' =?UTF-8?B?' + Buffer.from('Kim').toString('base64') + '?=',
		'Content-Type: multipart/alternative;',
		' boundary="=_1"',
		'',
		'--=_1',
		'Content-Type: text/plain; charset=utf-8',
		'Content-Transfer-Encoding: base64',
		'',
		base64(long),
		'--=_1',
		'Content-Type: text/html; charset=utf-8',
		'Content-Transfer-Encoding: base64',
		'',
		base64('<p>é</p>'),
		'--=_1--',
		'',
	];
	for (const end of ['\r\n', '\n']) {
		const { from, to, subject, text, html } = readMessage(content.join(end));
		assert.deepEqual({ from, to, subject }, { from: 'Wörter (Assay) <assay@localhost>', to: '<kim@example.com>', subject: 'Grüße an Kim' });
		assert.deepEqual([text, html], [long, '<p>é</p>']);
	}
});

test('a message without parts is shown empty, not broken', () => {
	assert.deepEqual(readMessage('Subject: Hi\r\n\r\nBody'), { from: '', to: '', subject: 'Hi', text: '', html: '' });
});
