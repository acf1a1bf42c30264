// Bodies that are too long, too deep, ambiguous or naughty: stored exactly, or refused with a reason.
import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { after, before, test } from 'node:test';

import { Caller, live, organization, serve, short, wire } from '../faults/support.mjs';

const INPUTS = short(1000, 10_000);

// Texts that have broken other programs.
export const texts = [
	'undefined', 'null', 'NULL', 'nil', 'true', 'false', 'NaN', 'Infinity', '-Infinity', '[object Object]', 'None', '\\', '\\\\', '0', '-0', '1/0', '0x0', '1e999', '1E+02', '.', '..', '~', '-', '--', '#', '%',
	'0,00', '9'.repeat(96), '-9223372036854775809', '1_000', '٠١٢٣', '½', '²', '⅐', 'İ', 'ı', 'ß', 'ẞ', 'ﬀ', 'ŉ', 'ǰ', 'ΐ', 'ſ', 'K',
	'田中さんにあげて下さい', '社會科學院語學研究所', '찦차를 타고 온 펲시맨', 'مُنَاقَشَةُ سُبُلِ', 'בְּרֵאשִׁית', 'Ω≈ç√∫˜µ≤≥÷', '˙ǝnbᴉlɐ ɐuƃɐɯ', '𝒯𝒽𝑒 𝓆𝓊𝒾𝒸𝓀', 'ＦＵＬＬ', 'Zalgo: Ṱ̺̺̕o͞ ̷i̲̬͇̪͙n̝̗͕v̟̜̘̦͟o̶̙̰̠kè͚̮̺̪̹̱̤', 'e\u0301 is é', '\u1112\u1161\u11ab',
	'👩🏽', '👾 🙇 💁', '🏳️‍🌈', '👨‍👩‍👧‍👦', '🇺🇸🇷🇺', '1️⃣', '\u{1F4A9}', '\u{10FFFF}', '\uFFFD', '\u{1D11E}', '😀'.repeat(50), '(╯°□°）╯︵ ┻━┻', '¯\\_(ツ)_/¯',
	'\u200b', '\u200e', '\u200f', '\u202a', '\u202e test \u202c', '\u2066 test \u2067', '\u2028', '\u2029', '\ufeff', '\ufffe', '\uffff', '\u00ad', '\u180e', '\u2060', '\u3164', '\u00a0', '\u3000', '\u0085', '\u115f',
	'a\u0000b', '\u0000', '\u0001', '\u0007', '\b', '\t', '\n', '\v', '\f', '\r', '\r\n', '\u001b[31m', '\u001b]0;x\u0007', '\u007f', '\u0080', '\u009f', ' ', '  leading', 'trailing  ', 'a\u0000', '%00', '\\u0000', '&#0;',
	"'", "''", '"', '""', "'\"'", '`', "1;DROP TABLE candidates", "1'; DROP TABLE candidates-- 1", "' OR 1=1 -- 1", "' OR '1'='1", "'; SELECT pg_sleep(9); --", "$1", "$$", '$tag$x$tag$', "E'\\\\x00'", ':org', ':1', '{columns}', '%', '_', '%_%', "\\'; --", "1 UNION SELECT * FROM users", "{'a':1}", '{"a":1}', '{}', '[]', '[1,2', '{1,2}', '{"', "admin'--",
	'<script>alert(1)</script>', '&lt;script&gt;', '"><img src=x onerror=alert(1)>', '<svg/onload=alert(1)>', 'javascript:alert(1)', '<!--', ']]>', '<![CDATA[', '<?xml version="1.0"?>', '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>', '&amp;', '{{7*7}}', '${7*7}', '#{7*7}', '<%= 7*7 %>', '${jndi:ldap://127.0.0.1/a}', '__proto__', 'constructor', 'hasOwnProperty',
	'$HOME', '`id`', '$(id)', '; id', '| id', '&& id', '\nid', '--help', '-rf', '%s%s%s%n', '%x'.repeat(20), '%d', '%.1024d', '%2147483647$s', '{0}', '%1$n', '../../../../etc/passwd', '..\\..\\windows\\win.ini', '/dev/null', 'CON', 'PRN', 'nul.txt', 'file:///etc/passwd', 'http://169.254.169.254/',
	'=1+1', '+1', '@SUM(1)', '-1+1|cmd', '=cmd|/C calc!A0', 'a\r\nSet-Cookie: x=1', 'a%0d%0aX: y', '\r\n\r\nHTTP/1.1 200 OK', 'a,b;c\td', 'x'.repeat(199), 'x'.repeat(200), 'x'.repeat(201), 'ä'.repeat(200), '😀'.repeat(200), '😀'.repeat(201), 'x'.repeat(5000), '', '\u0300'.repeat(150), 'A'.repeat(60) + '\u0000',
	'to_tsquery(', "a & b | !c:*", "foo:*", '"unclosed', "it's <-> that", '!!!', '(((', ')))', '\\:', '*', '?', '&', '|', '<->', 'the', 'a:b:c',
];

// Bodies as bytes that are not what JSON allows, or that mean two things.
const deep = (n, open, close) => open.repeat(n) + close.repeat(n);
export const bodies = [
	'', ' ', '\0', 'null', 'true', '1', '"x"', '[]', '[{}]', '{', '}', '{}}', '{} {}', '{},', '{"name"}', '{"name":}', '{"name":"x",}', "{'name':'x'}", '{name:"x"}', '{"name":"x"}\0', '{"name":"x"} // c', '/* c */{"name":"x"}', '{"name":"x"}x', '\ufeff{"name":"x"}',
	'{"name":"a","name":"b"}', '{"name":"a","na\\u006de":"b"}', '{"name":"x","links":[{"a":1,"a":2}]}', '{"name":"\\ud800"}', '{"name":"\\udc00"}', '{"name":"\\ud800\\ud800"}', '{"name":"\\udc00\\ud800"}', '{"name":"\\u0000"}', '{"na\\u0000me":"x"}', '{"name":"\\x41"}', '{"name":"\\u12"}', '{"name":"\\u{41}"}', '{"name":"a\nb"}', '{"name":"a\tb"}', '{"name":"\x7f"}',
	Buffer.from('7b226e616d65223a22ff227d', 'hex'), Buffer.from('7b226e616d65223a22c0af227d', 'hex'), Buffer.from('7b226e616d65223a22eda080227d', 'hex'), Buffer.from('7b226e616d65223a22f4908080227d', 'hex'), Buffer.from('7b226e616d65223a22e282227d', 'hex'), Buffer.from('{"name":"x"}', 'utf16le'), Buffer.from('fffe7b007d00', 'hex'),
	'{"name":NaN}', '{"name":Infinity}', '{"name":-Infinity}', '{"name":1e999}', '{"name":-1e999}', '{"name":-0}', '{"name":01}', '{"name":+1}', '{"name":.5}', '{"name":5.}', '{"name":0x10}', '{"name":1e}', `{"name":${'9'.repeat(400)}}`, `{"name":0.${'1'.repeat(5000)}}`, '{"name":123456789012345678901234567890}', '{"name":1e-999}', '{"name":null}', '{"name":{}}', '{"name":[]}', '{"name":true}', '{"name":["x"]}',
	deep(33, '[', ']'), deep(2049, '[', ']'), deep(100_000, '[', ''), `{"name":"x","links":${deep(33, '[', ']')}}`, `${'{"a":'.repeat(33)}1${'}'.repeat(33)}`, `${'{"a":'.repeat(50_000)}`, `{"name":"x","links":[${'{},'.repeat(20_000)}{}]}`, `{"name":"x","tags":[${Array(3000).fill('"t"').join(',')}]}`, `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":1`).join(',')}}`, `{"name":"${'\\u0061'.repeat(150)}"}`, '{"name":"x","unknown":1}', '{"__proto__":{"name":"x"}}', '{"name":"x","__proto__":{}}', '{"":"x"}', '{"name":"x","version":99}', '{"name":"x","id":"00000000-0000-0000-0000-000000000000"}', '{"name":"x","organization_id":"00000000-0000-0000-0000-000000000000"}',
	'{"name":"x","email":"a@b@c"}', '{"name":"x","email":"\\u0000@x"}', '{"name":"x","email":""}', '{"name":"x","tags":[null]}', '{"name":"x","tags":[[]]}', '{"name":"x","links":[null]}', '{"name":"x","links":[{"url":"javascript:alert(1)"}]}', '{"name":"x","experience":[{"years":1e308}]}', '{"name":"x","summary":123}',
];

let server;
let place;
let caller;

before(async () => {
	server = await serve({ variant: 'asan' });
	place = await organization(server);
	caller = new Caller(server.port, place.token);
});
after(async () => {
	caller?.close();
	await server?.stop();
});

// A refusal that says where, or a success; never a failure of the server.
function isOrderly(answer, what) {
	assert.ok(answer.status > 0 && answer.status < 500, `${what}: ${answer.status} ${answer.error ?? answer.text.slice(0, 300)}`);
	if (answer.status >= 400) assert.ok(answer.body?.code, `${what}: ${answer.text.slice(0, 300)}`);
	if (answer.status === 422) assert.ok(answer.body.errors?.length > 0 || answer.body.detail, `${what}: ${answer.text}`);
	return answer;
}

async function isHealthy(what) {
	const answer = await caller.get('/health/live');
	assert.equal(answer.status, 200, `healthy after ${what}`);
	assert.equal(server.report(), null);
}

const shown = (text) => JSON.stringify(text).slice(0, 80);

// Through create, read, list, search, path, change and back: the text itself, or a refusal.
async function passText(text) {
	const what = shown(text);
	const made = isOrderly(await caller.post('/v1/candidates', { name: text, summary: text, tags: [text] }), `create ${what}`);
	let sent = 4;
	let id = null;
	if (made.status === 201) {
		id = made.body.id;
		const read = isOrderly(await caller.get(`/v1/candidates/${id}`), `read ${what}`);
		for (const field of ['name', 'summary']) assert.equal(read.body[field], text, `${field} stored exactly`);
		assert.deepEqual(read.body.tags, [text]);
		sent++;
	} else {
		assert.ok([400, 422].includes(made.status), `create ${what}: ${made.status} ${made.text}`);
	}
	const plain = id ?? (await caller.make('POST', '/v1/candidates', { name: 'Plain' })).id;
	const changed = isOrderly(await caller.patch(`/v1/candidates/${plain}`, { headline: text, location: text }), `change ${what}`);
	if (changed.status === 200) assert.equal(changed.body.headline, text);
	else assert.ok([400, 422].includes(changed.status), changed.text);
	let inQuery;
	try {
		inQuery = encodeURIComponent(text);
	} catch {
		inQuery = '%ED%A0%80';
	}
	if (inQuery.length < 3000) {
		isOrderly(await caller.get(`/v1/candidates?q=${inQuery}`), `search ${what}`);
		isOrderly(await caller.get(`/v1/candidates?tag=${inQuery}${inQuery.length < 900 ? `&sort=${inQuery}&cursor=${inQuery}&limit=${inQuery}` : ''}`), `list ${what}`);
		isOrderly(await caller.get(`/v1/candidates/${inQuery}`), `path ${what}`);
		isOrderly(await caller.put(`/v1/candidates/by_external_id/${inQuery || 'x'}/${inQuery || 'x'}`, { name: 'Named' }), `external id ${what}`);
		sent += 4;
	}
	isOrderly(await caller.post('/v1/auth/login', { email: text, password: text }), `sign in ${what}`);
	return sent;
}

test('naughty texts are stored exactly or refused with a reason', { timeout: short(120_000, 600_000) }, async (t) => {
	let sent = 0;
	let stored = 0;
	for (const text of texts) {
		sent += await passText(text);
		await isHealthy(shown(text));
		stored++;
	}
	// And their combinations, until there are enough.
	while (sent < INPUTS) {
		const text = Array.from({ length: randomInt(2, 5) }, () => texts[randomInt(texts.length)]).join('').slice(0, 199);
		sent += await passText(text);
		await isHealthy(shown(text));
	}
	t.diagnostic(JSON.stringify({ texts: texts.length, inputs: sent, walked: stored }));
	assert.ok(texts.length >= 150 && sent >= INPUTS);
	for (let cursor = ''; cursor !== null; ) {
		const page = isOrderly(await caller.get(`/v1/candidates?limit=100${cursor && `&cursor=${cursor}`}`), 'the list of them all');
		assert.equal(page.status, 200);
		cursor = page.body.next_cursor;
	}
});

test('bodies that are not one JSON object of the expected shape: 400 or 422, and healthy after each', async (t) => {
	const paths = [
		['POST', '/v1/candidates'],
		['POST', '/v1/applications'],
		['POST', '/v1/auth/login'],
		['POST', '/v1/auth/refresh'],
	];
	const made = await caller.make('POST', '/v1/candidates', { name: 'Bent' });
	paths.push(['PATCH', `/v1/candidates/${made.id}`]);
	const statuses = {};
	for (const [i, raw] of bodies.entries())
		for (const [method, path] of paths) {
			const what = `body ${i} ${shown(raw.toString())} to ${method} ${path}`;
			const answer = isOrderly(await caller.ask(method, path, { raw }), what);
			statuses[answer.status] = (statuses[answer.status] ?? 0) + 1;
			await isHealthy(what);
		}
	t.diagnostic(JSON.stringify({ bodies: bodies.length, statuses }));
});

test('what means two things is refused, not guessed', async () => {
	const refused = async (raw, status, code) => {
		const answer = await caller.ask('POST', '/v1/candidates', { raw });
		assert.equal(answer.status, status, `${shown(raw)}: ${answer.text}`);
		if (code) assert.equal(answer.body.code, code);
	};
	await refused('{"name":"a","name":"b"}', 400, 'malformed_json');
	await refused('{"name":"a","na\\u006de":"b"}', 400, 'malformed_json');
	await refused(`{"name":"x","links":[${deep(33, '[', ']')}]}`, 400, 'malformed_json');
	await refused(deep(100_000, '[', ''), 400, 'malformed_json');
	await refused('{"name":"\\ud800"}', 400, 'malformed_json');
	await refused('{"name":1e999}', 400, 'malformed_json');
	const nul = await caller.ask('POST', '/v1/candidates', { raw: '{"name":"a\\u0000b"}' });
	assert.ok([400, 422].includes(nul.status), nul.text);
	const type = await caller.ask('POST', '/v1/candidates', { raw: '{"name":"x"}', headers: { 'Content-Type': 'text/plain' } });
	assert.equal(type.status, 415, type.text);
	// However a media type is spelt: its body is checked, or not taken.
	const login = '{"session":"cookie"}';
	for (const spelt of ['Application/JSON', 'application/json ;charset=utf-8', 'APPLICATION/JSON; charset="UTF-8"']) {
		const answer = await caller.ask('POST', '/v1/auth/login', { raw: login, headers: { 'Content-Type': spelt } });
		assert.equal(answer.status, 422, `${spelt}: ${answer.status} ${answer.text}`);
	}
	for (const spelt of ['application/json x', 'application/json\tTransfer-Encoding: chunked', 'application/jsonx', 'application/json,application/json', 'application/json charset=utf-8']) {
		const answer = await caller.ask('POST', '/v1/auth/login', { raw: login, headers: { 'Content-Type': spelt } });
		assert.equal(answer.status, 415, `${spelt}: ${answer.status} ${answer.text}`);
	}
	const path = await caller.get('/v1/candidates/a%00b');
	assert.equal(path.status, 400, path.text);
});

test('too long is 413: announced, in chunks, and beyond all bounds', { timeout: 60_000 }, async () => {
	const head = `POST /v1/candidates HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${place.token}\r\nContent-Type: application/json\r\n`;
	const long = Buffer.alloc((1 << 20) + 1, 0x20);
	const announced = await caller.ask('POST', '/v1/candidates', { raw: long });
	assert.equal(announced.status, 413, announced.text);
	assert.equal(announced.body.code, 'body_too_large');
	const exact = Buffer.concat([Buffer.from('{"name":"Exactly"}'), Buffer.alloc((1 << 20) - 18, 0x20)]);
	assert.equal((await caller.ask('POST', '/v1/candidates', { raw: exact })).status, 201);
	const boundless = await wire(server.port, `${head}Content-Length: 900000000000000\r\n\r\n{`);
	assert.equal(boundless.status, 413, boundless.text);
	const chunk = `10000\r\n${' '.repeat(0x10000)}\r\n`;
	const chunked = await wire(server.port, Array.from({ length: 21 }, (_, i) => ({ bytes: i ? chunk : `${head}Transfer-Encoding: chunked\r\n\r\n`, wait: i > 16 ? 20 : 0 })).concat({ bytes: '0\r\n\r\n' }), { timeout: 15_000 });
	assert.equal(chunked.status, 413, `${chunked.how} ${chunked.text}`);
	const expecting = await wire(server.port, `${head}Expect: 100-continue\r\nContent-Length: 2000000\r\n\r\n`);
	assert.equal(expecting.status, 413, expecting.text);
	assert.doesNotMatch(expecting.text, /100 Continue/);
	const longTarget = await wire(server.port, `GET /v1/candidates?q=${'x'.repeat(5000)} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
	assert.ok([414, 431].includes(longTarget.status), longTarget.text);
	const longHeader = await wire(server.port, `GET /health/live HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(60_000)}\r\nConnection: close\r\n\r\n`);
	assert.ok([0, 413, 431].includes(longHeader.status), longHeader.text);
	const many = await wire(server.port, `GET /health/live HTTP/1.1\r\nHost: localhost\r\n${'X: y\r\n'.repeat(500)}Connection: close\r\n\r\n`);
	assert.ok([413, 431].includes(many.status), many.text.slice(0, 200));
	assert.ok(await live(server.port));
});
