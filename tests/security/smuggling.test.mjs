// Requests that two readers could frame differently: one answer each, direct and behind HAProxy.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { hasControl, live, makeDir, removeDir, root, serve, slack, sleep, until, wire } from '../faults/support.mjs';

const N = '\r\n';
const SECOND = `GET /health/live HTTP/1.1${N}Host: localhost${N}X-Request-Id: smuggled${N}${N}`;
const LOGIN = `POST /v1/auth/login HTTP/1.1${N}Host: localhost${N}Content-Type: application/json${N}`;
const GET = `GET /health/live HTTP/1.1${N}`;
const chunk = (text) => `${text.length.toString(16)}${N}${text}${N}`;
const post = (headers, rest) => `${LOGIN}${headers.map((header) => header + N).join('')}${N}${rest}`;
const get = (lines, rest = SECOND) => `${GET}${lines.map((line) => line + N).join('')}${N}${rest}`;
const both = `0${N}${N}${SECOND}`;
const te = (value, name = 'Transfer-Encoding: ') => post([`${name}${value}`], both);
const teWithLength = (line) => post([line, `Content-Length: 4`], `${both}`);

// [name, bytes, "part": incomplete, so that the header deadline may end it]
export const probes = [
	['CL.TE', post(['Content-Length: 4', 'Transfer-Encoding: chunked'], both)],
	['TE.CL', post(['Transfer-Encoding: chunked', 'Content-Length: 4'], `${chunk(SECOND)}0${N}${N}`)],
	['CL.0 with TE', post(['Content-Length: 0', 'Transfer-Encoding: chunked'], both)],
	['two Content-Length, differing', post(['Content-Length: 0', `Content-Length: ${SECOND.length}`], SECOND)],
	['two Content-Length, equal', post(['Content-Length: 2', 'Content-Length: 2'], `{}${SECOND}`)],
	['Content-Length list', post(['Content-Length: 2, 2'], `{}${SECOND}`)],
	['Content-Length list, differing', post([`Content-Length: 0, ${SECOND.length}`], SECOND)],
	['Content-Length with a sign', post(['Content-Length: +2'], `{}${SECOND}`)],
	['negative Content-Length', post(['Content-Length: -1'], `{}${SECOND}`)],
	['hexadecimal Content-Length', post(['Content-Length: 0x2'], `{}${SECOND}`)],
	['Content-Length with an underscore', post(['Content-Length: 1_0'], `{"a":"b"} ${SECOND}`)],
	['Content-Length with a point', post(['Content-Length: 2.0'], `{}${SECOND}`)],
	['Content-Length with an exponent', post(['Content-Length: 2e0'], `{}${SECOND}`)],
	['Content-Length in quotes', post(['Content-Length: "2"'], `{}${SECOND}`)],
	['empty Content-Length', post(['Content-Length:'], `{}${SECOND}`)],
	['Content-Length beyond 64 bits', post(['Content-Length: 18446744073709551618'], `{}${SECOND}`)],
	['Content-Length with junk behind', post(['Content-Length: 2 x'], `{}${SECOND}`)],
	['Content-Length with NUL behind', post(['Content-Length: 2\0'], `{}${SECOND}`)],
	['space before the colon of Content-Length', post(['Content-Length : 2'], `{}${SECOND}`)],
	['tab before the colon of Content-Length', post(['Content-Length\t: 2'], `{}${SECOND}`)],
	['space before the name Content-Length', post([' Content-Length: 2'], `{}${SECOND}`)],
	['Content_Length', post(['Content_Length: 50', 'Content-Length: 2', 'Connection: close'], `{}${SECOND}`)],
	['Content-Length folded', post([`Content-Length:${N} 2`], `{}${SECOND}`)],
	['Content-Length, then a bare CR', post([`Content-Length: 2\rX: y`], `{}${SECOND}`)],
	['Content-Length with vertical tab', post(['Content-Length:\x0b2'], `{}${SECOND}`)],
	['Content-Length in other letters', post(['Content-Length: \xc2\xb2'], `{}${SECOND}`)],
	['TE: identity', te('identity')],
	['TE: xchunked', te('xchunked')],
	['TE: chunked, identity', te('chunked, identity')],
	['TE: identity, chunked', te('identity, chunked')],
	['TE: gzip, chunked', te('gzip, chunked')],
	['TE: chunked twice in one', te('chunked, chunked')],
	['TE: in quotes', te('"chunked"')],
	['TE: with a parameter', te('chunked;q=1')],
	['TE: with a vertical tab', te('\x0bchunked')],
	['TE: with NUL', te('chunked\0')],
	['TE: empty', te('')],
	['TE: space before the colon', teWithLength('Transfer-Encoding : chunked')],
	['TE: tab before the colon', teWithLength('Transfer-Encoding\t: chunked')],
	['TE: space before the name', teWithLength(' Transfer-Encoding: chunked')],
	['TE: folded', teWithLength(`Transfer-Encoding:${N} chunked`)],
	['TE: folded with a tab', teWithLength(`Transfer-Encoding:${N}\tchunked`)],
	['TE: underscore', post(['Transfer_Encoding: chunked', 'Content-Length: 2', 'Connection: close'], `{}${both}`)],
	['TE: twice', post(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], both)],
	['TE: twice, differing', post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], both)],
	['TE: after a bare LF', teWithLength('X: y\nTransfer-Encoding: chunked')],
	['TE: after a bare CR', teWithLength('X: y\rTransfer-Encoding: chunked')],
	['TE: bare CR within', teWithLength('Transfer-Encoding: chun\rked')],
	['TE on HTTP/1.0', `POST /v1/auth/login HTTP/1.0${N}Host: localhost${N}Connection: keep-alive${N}Content-Type: application/json${N}Transfer-Encoding: chunked${N}${N}${both}`],
	['chunk size with a sign', post(['Transfer-Encoding: chunked'], `+2${N}{}${N}${both}`)],
	['chunk size with 0x', post(['Transfer-Encoding: chunked'], `0x2${N}{}${N}${both}`)],
	['chunk size beyond 64 bits', post(['Transfer-Encoding: chunked'], `10000000000000002${N}{}${N}${both}`)],
	['negative chunk size', post(['Transfer-Encoding: chunked'], `-2${N}{}${N}${both}`)],
	['chunk size with a space before', post(['Transfer-Encoding: chunked'], ` 2${N}{}${N}${both}`)],
	['chunk ended by a bare LF', post(['Transfer-Encoding: chunked'], `2\n{}\n0\n\n${SECOND}`)],
	['chunk ended by a bare CR', post(['Transfer-Encoding: chunked'], `2\r{}\r0\r\r${SECOND}`), 'part'],
	['chunk longer than it says', post(['Transfer-Encoding: chunked'], `2${N}{}xx${N}${both}`)],
	['chunk extension with a line end', post(['Transfer-Encoding: chunked'], `2;a=\n${SECOND}${N}{}${N}${both}`)],
	['trailer with a length', post(['Transfer-Encoding: chunked'], `2${N}{}${N}0${N}Content-Length: 50${N}${N}${SECOND}`)],
	['trailer with a host', post(['Transfer-Encoding: chunked'], `2${N}{}${N}0${N}Host: other${N}${N}${SECOND}`)],
	['two Hosts', get(['Host: localhost', 'Host: other', 'Connection: close'])],
	['no Host', get(['X: y', 'Connection: close'])],
	['Host with a path', get(['Host: localhost/x', 'Connection: close'])],
	['Host with a user', get(['Host: a@localhost', 'Connection: close'])],
	['Host list', get(['Host: a, b', 'Connection: close'])],
	['body on GET with TE and length', get(['Host: localhost', 'Content-Length: 5', 'Transfer-Encoding: chunked'], both)],
	['folded header', get(['Host: localhost', 'X: y', ' z: w', 'Connection: close'])],
	['header without a colon', get(['Host: localhost', 'Broken', 'Connection: close'])],
	['header without a name', get(['Host: localhost', ': x', 'Connection: close'])],
	['header with a space in its name', get(['Host: localhost', 'X Y: z', 'Connection: close'])],
	['header with NUL in its name', get(['Host: localhost', 'X\0Y: z', 'Connection: close'])],
	['header with NUL in its value', get(['Host: localhost', 'X: y\0z', 'Connection: close'])],
	['header with a bare CR', get(['Host: localhost', 'X: y\rY: z', 'Connection: close'])],
	['bare LF between the headers', `GET /health/live HTTP/1.1\nHost: localhost\nConnection: close\n\n${SECOND}`],
	['bare LF at the end of the head', `GET /health/live HTTP/1.1${N}Host: localhost${N}Connection: close\n\n${SECOND}`],
	['bare CR for line ends', `GET /health/live HTTP/1.1\rHost: localhost\rConnection: close\r\r${SECOND}`],
	['four words in the request line', `GET /health/live x HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['two spaces in the request line', `GET  /health/live HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['tabs in the request line', `GET\t/health/live\tHTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['HTTP/1.9', `GET /health/live HTTP/1.9${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['HTTP/2.0 in the line', `GET /health/live HTTP/2.0${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['HTTP/0.9', `GET /health/live${N}${N}${SECOND}`],
	['http/1.1 in small letters', `GET /health/live http/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['HTTP/01.1', `GET /health/live HTTP/01.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['the preface of HTTP/2', `PRI * HTTP/2.0${N}${N}SM${N}${N}${SECOND}`],
	['junk method', `G<T /health/live HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['CONNECT', `CONNECT localhost:80 HTTP/1.1${N}Host: localhost:80${N}Connection: close${N}${N}${SECOND}`],
	['NUL in the target', `GET /health/live\0x HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['encoded NUL in the target', `GET /health/live%00x HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['absolute target elsewhere', `GET http://other/health/live HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}${SECOND}`],
	['Upgrade to h2c', get(['Host: localhost', 'Connection: Upgrade, HTTP2-Settings, close', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABk'])],
	['Expect something else', post(['Expect: 200-ok', 'Content-Length: 2'], `{}${SECOND}`)],
	['TLS hello', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + 'x'.repeat(200) + N + N],
];

// libmicrohttpd 0.9.75 writes the head of its own refusal twice, and closes: that is one answer.
const TWICE = /^(HTTP\/1\.1 4[^\r]+\r\n(?:[^\r]+\r\n)*?Connection: close\r\n(?:[^\r]+\r\n)*\r\n)\1<html>/;
const answers = (text) => (text.replace(TWICE, '$1').match(/HTTP\/1\.[01] (?!1)\d{3} /g) ?? []).length;

// Answers as a client frames them: a head within another's body is none.
function framed(text) {
	let count = 0;
	for (let rest = text; /^HTTP\/1\.[01] /.test(rest); ) {
		const end = rest.indexOf(N + N);
		const head = end < 0 ? rest : rest.slice(0, end);
		const length = /^content-length: *(\d+)\r?$/im.exec(head)?.[1];
		if (!/^HTTP\/1\.[01] 1/.test(head)) count++;
		if (end < 0 || (length === undefined && !/^HTTP\/1\.[01] (1|204|304)/.test(head))) break;
		rest = rest.slice(end + 4 + Number(length ?? 0));
	}
	return count;
}

// Sent in one piece, and once more with a pause between head and rest.
async function probe(port, [name, bytes, part], timeout) {
	const split = bytes.indexOf(N + N) + 4;
	const found = [];
	for (const pieces of [[{ bytes }], [{ bytes: bytes.slice(0, split) }, { wait: 60, bytes: bytes.slice(split) }]]) {
		const answer = await wire(port, pieces, { timeout });
		found.push({ name, how: answer.how, ms: answer.ms, status: answer.status, text: answer.text, part });
	}
	return found;
}

async function probeAll(port, { list = probes, timeout = 11_500 * slack } = {}) {
	const results = [];
	const queue = [...list];
	await Promise.all(
		Array.from({ length: 8 }, async () => {
			for (let next = queue.shift(); next; next = queue.shift()) results.push(...(await probe(port, next, timeout)));
		}),
	);
	return results;
}

// HAProxy makes one good length of equal ones, unfolds headers, and does not mind what is expected:
// it frames two requests, forwards both, and stays open. Of nothing else it may make two.
const TWO_TO_A_PROXY = [
	'two Content-Length, equal',
	'Content-Length list',
	'space before the name Content-Length',
	'Content-Length folded',
	'TE: space before the name',
	'Expect something else',
];

function judge(results, { proxied = false } = {}) {
	const wrong = [];
	for (const { name, how, ms, status, text, part } of results) {
		const say = (what) => wrong.push(`${name}: ${what} (${status}, ${Math.round(ms)} ms, ${how})\n${text.slice(0, 300)}`);
		const count = proxied ? framed(text) : answers(text);
		if (proxied && count === 2 && TWO_TO_A_PROXY.includes(name)) continue;
		else if (count > 1) say(`${count} answers`);
		else if (how === 'timeout') say('hangs');
		else if (ms > (part ? 10_500 : 5000) * slack) say('is held too long');
		else if (status >= 500 && ![501, 505].includes(status)) say('a failure of the server');
	}
	return wrong;
}

let server;
before(async () => {
	server = await serve({ variant: 'asan', env: { ASSAY_BODY_DEADLINE: '4s' } });
});
after(() => server?.stop());

test('two well-formed requests on one connection have two answers: the counting works', async () => {
	const text = `GET /health/live HTTP/1.1${N}Host: localhost${N}${N}GET /health/live HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}`;
	const { text: both } = await wire(server.port, text);
	assert.equal(answers(both), 2);
	assert.equal(framed(both), 2);
});

test(`${probes.length} ambiguous requests, direct: never a second answer, never a hang`, { timeout: 120_000 }, async (t) => {
	const results = await probeAll(server.port);
	const statuses = {};
	for (const { status } of results) statuses[status] = (statuses[status] ?? 0) + 1;
	t.diagnostic(JSON.stringify({ probes: probes.length, sent: results.length, statuses }));
	assert.deepEqual(judge(results), []);
	assert.ok(probes.length >= 50);
	assert.ok(await live(server.port));
	assert.doesNotMatch(server.err, /status=[^4].*id=smuggled/);
	assert.equal(server.report(), null);
});

test('control: without the framing check some of them do have a second answer', { skip: !hasControl && 'build/assay-control is not built', timeout: 120_000 }, async (t) => {
	const open = await serve({ variant: 'control', env: { ASSAY_CONTROL_OFF: 'framing_check', ASSAY_BODY_DEADLINE: '4s' } });
	try {
		// A few are enough, and most of what hangs here hangs for good.
		const list = probes.filter((_, i) => i % 3 === 0);
		const wrong = judge(await probeAll(open.port, { list, timeout: 2500 }));
		t.diagnostic(`found without the check: ${wrong.length}`);
		assert.ok(wrong.some((text) => /answers/.test(text)));
	} finally {
		await open.drop();
	}
});

// ---- behind HAProxy ------------------------------------------------------------------------------

const which = () => ['/usr/sbin/haproxy', '/usr/bin/haproxy'].find((path) => {
	try {
		execFileSync(path, ['-v'], { stdio: 'ignore' });
		return true;
	} catch {
		return false;
	}
});

const freePort = () =>
	new Promise((done) => {
		const one = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = one.address();
			one.close(() => done(port));
		});
	});

// The configuration that is shipped, with addresses of this test and without the certificate.
async function haproxy(program, nodes, dir) {
	const [port, plain] = [await freePort(), await freePort()];
	const shipped = readFileSync(join(root, 'docs/deploy/haproxy.cfg'), 'utf8');
	const text = shipped
		.replace(/^\tbind :443 .*$/m, `\tbind 127.0.0.1:${port}`)
		.replace(/^\tbind :80$/m, `\tbind 127.0.0.1:${plain}`)
		.replace(/^\tserver node1 .*$/m, nodes.map((node, i) => `\tserver node${i} 127.0.0.1:${node}`).join('\n'));
	assert.equal(text.match(/127\.0\.0\.1:\d+/g).filter((word) => word !== '127.0.0.1:8080').length, 2 + nodes.length);
	const file = join(dir, 'haproxy.cfg');
	writeFileSync(file, text);
	execFileSync(program, ['-c', '-f', file], { stdio: 'pipe' });
	const child = spawn(program, ['-db', '-f', file], { stdio: ['ignore', 'pipe', 'pipe'] });
	let log = '';
	for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (log += data));
	const ended = new Promise((done) => child.once('close', done));
	await until('HAProxy serves', 10_000, async () => (await wire(port, `GET /health/live HTTP/1.1${N}Host: localhost${N}Connection: close${N}${N}`)).status === 200, 100);
	return {
		port,
		log: () => log,
		stop: () => {
			child.kill('SIGKILL');
			return ended;
		},
	};
}

test('the same through HAProxy with the configuration that is shipped', { timeout: 180_000 }, async (t) => {
	const program = which();
	if (!program) {
		assert.notEqual(process.env.ASSAY_PROVE, '1', 'proving needs HAProxy');
		return t.skip('HAProxy is not installed');
	}
	const dir = await makeDir();
	const behind = await serve({ variant: 'asan', env: { ASSAY_TRUSTED_PROXY: '127.0.0.1', ASSAY_BODY_DEADLINE: '4s' } });
	let proxy;
	try {
		proxy = await haproxy(program, [behind.port], dir);
		const results = await probeAll(proxy.port);
		const statuses = {};
		for (const { status } of results) statuses[status] = (statuses[status] ?? 0) + 1;
		t.diagnostic(JSON.stringify({ sent: results.length, statuses }));
		assert.equal(behind.report(), null);
		assert.ok(behind.alive, behind.err.slice(-1500));
		assert.deepEqual(judge(results, { proxied: true }), []);
		t.diagnostic(`two answers: ${JSON.stringify([...new Set(results.filter(({ text }) => framed(text) > 1).map(({ name }) => name))])}`);
		// What the server saw is what the proxy framed: no request rode in another's body.
		await sleep(500);
		const forwarded = proxy.log().match(/nodes\/node0 .* 200 .*"GET [^"]*\/health\/live/g) ?? [];
		const served = behind.err.match(/route=\/health\/live status=200/g) ?? [];
		t.diagnostic(JSON.stringify({ forwarded: forwarded.length, served: served.length }));
		assert.ok(forwarded.length > 0);
		// One that the server asks itself when it starts.
		assert.equal(served.length - 1, forwarded.length);
		assert.ok(await live(behind.port));
		assert.equal(behind.report(), null);
		return undefined;
	} finally {
		await proxy?.stop();
		await behind.drop();
		await removeDir(dir);
	}
});
