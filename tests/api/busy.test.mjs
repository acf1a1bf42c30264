// When people are busy: by their interviews, and by a calendar of their own that comes from elsewhere.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import http from 'node:http';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { psql } from '../support/database.mjs';
import { root, sharedServer, startServer } from '../support/server.mjs';
import { randomId, unique, usualWorld } from '../support/world.mjs';

const [strict, server] = await Promise.all([
	sharedServer(),
	startServer({ env: { ASSAY_OUTBOUND_DEVELOPMENT: 'true', ASSAY_WEBHOOK_TIMEOUT: '1s' } }),
]);
/** What calendars answer, by path. */
const served = new Map();
const asked = [];
const calendars = http.createServer((request, response) => {
	asked.push({ path: request.url, headers: request.headers });
	const { status = 200, headers = {}, body = '', hang = false } = served.get(request.url) ?? { status: 404 };
	if (!hang) response.writeHead(status, headers).end(body);
});
await new Promise((done) => calendars.listen(0, '127.0.0.1', done));
after(async () => {
	calendars.closeAllConnections();
	calendars.close();
	await Promise.all([strict.stop(), server.stop()]);
});
const world = await usualWorld(server);
const { admin, recruiter, manager, a, b } = world;
const HOUR = 3_600_000;
const hour = Math.ceil(Date.now() / HOUR) * HOUR;
const at = (hours) => new Date(hour + hours * HOUR);
const iso = (hours) => at(hours).toISOString();
const utc = (hours) => iso(hours).replace(/[-:]|\.\d+/g, '');
const event = (lines) => ['BEGIN:VEVENT', `UID:${unique('event')}`, ...lines, 'END:VEVENT'];
const calendar = (...events) => ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//Test//EN', ...events.flat(), 'END:VCALENDAR', ''].join('\r\n');
const serve = (answer) => {
	const path = `/${unique('calendar')}.ics?secret=1`;
	served.set(path, typeof answer === 'string' ? { body: answer, headers: { 'Content-Type': 'text/calendar' } } : answer);
	return `http://127.0.0.1:${calendars.address().port}${path}`;
};
/** How many hours Berlin is ahead. */
const offset = (date) =>
	(Date.parse(`${new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Berlin', dateStyle: 'short', timeStyle: 'medium' }).format(date).replace(' ', 'T')}Z`) - Math.floor(date.getTime() / 1000) * 1000) / HOUR;
const PATH = '/v1/me/busy_calendar';
/** Once it has been read, or could not be. */
async function settled(client) {
	for (const end = Date.now() + 30_000; Date.now() < end; await sleep(50)) {
		const now = await client.read(PATH);
		if (now.state !== 'waiting') return now;
	}
	return assert.fail('the calendar was never read');
}
const busyOf = async (client, user, from = iso(0), to = iso(100), more = {}) =>
	(await client.get(`/v1/users/${user.id}/busy`, { query: { from, to, ...more }, expect: 200 })).body.data;
async function reads(answer) {
	await a.put(PATH, { url: serve(answer) }, { expect: 200 });
	return settled(a);
}
const own = async (from, to) => (await busyOf(recruiter, world.users.a, from, to)).filter(({ source }) => source === 'calendar').map(({ starts_at, ends_at }) => [starts_at, ends_at]);
async function interview(hours, users = [world.users.b]) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{}] });
	const application = await world.application(role);
	const { body } = await recruiter.post('/v1/interviews', {
		application_id: application.id,
		starts_at: iso(hours),
		duration_minutes: 60,
		interviewers: users.map(({ id }) => ({ user_id: id })),
	});
	return body;
}

describe('one’s own calendar', () => {
	test('is read in the background; kept is from when to when, and nothing else', async () => {
		assert.deepEqual(await a.read(PATH), { host: null, state: 'none', problem: null, read_at: null, created_at: null });
		const url = serve(
			calendar(
				event([`DTSTART:${utc(2)}`, `DTEND:${utc(3)}`, 'SUMMARY:Dentist of Wilhelmina']),
				event([`DTSTART:${utc(3)}`, 'DURATION:PT30M', 'LOCATION:Nowhere']),
				event([`DTSTART:${utc(10)}`, `DTEND:${utc(11)}`, 'TRANSP:TRANSPARENT']),
				event([`DTSTART:${utc(12)}`, `DTEND:${utc(13)}`, 'STATUS:CANCELLED']),
				event([`DTSTART:${utc(14)}`, `DTEND:${utc(15)}`]).map((line) => (line.startsWith('UID') ? `UID:interview-${randomId()}@assay` : line)),
				event([`DTSTART:${utc(20)}`, `DTEND:${utc(21)}`, 'RRULE:FREQ=HOURLY;INTERVAL=2;COUNT=3', `EXDATE:${utc(22)}`]),
				['BEGIN:VFREEBUSY', `FREEBUSY;FBTYPE=BUSY:${utc(30)}/${utc(31)},${utc(32)}/PT15M`, `FREEBUSY;FBTYPE=FREE:${utc(40)}/${utc(41)}`, 'END:VFREEBUSY'],
			),
		);
		const { body } = await a.put(PATH, { url }, { expect: 200 });
		assert.deepEqual([body.host, body.state], [new URL(url).host, 'waiting']);
		const done = await settled(a);
		assert.deepEqual([done.state, done.problem], ['read', null]);
		assert.ok(!JSON.stringify(done).includes('secret'));
		const expected = [[2, 3.5], [20, 21], [24, 25], [30, 31], [32, 32.25]].map(([from, to]) => [iso(from), iso(to)]);
		assert.deepEqual(await own(), expected);
		assert.deepEqual(await own(iso(2.75), iso(3)), expected.slice(0, 1));
		assert.deepEqual(await own(iso(3.5), iso(20)), []);
		const dump = await psql(server, 'SELECT t::text FROM busy_times t UNION ALL SELECT e.data::text FROM events e');
		assert.doesNotMatch(dump, /Wilhelmina|Dentist|Nowhere|secret/);
		assert.match(asked.find(({ path }) => url.endsWith(path)).headers['user-agent'], /^Assay\//);
	});

	test('is read in whatever zones, over the changes of summer time', async () => {
		// The window is half a year, which holds one of the two changes at any time of the year.
		const change = [...Array(180).keys()]
			.map((day) => new Date(Date.UTC(new Date().getUTCFullYear(), new Date().getUTCMonth(), new Date().getUTCDate() + day + 2)))
			.find((day) => offset(day) !== offset(new Date(day.getTime() + 24 * HOUR)));
		assert.ok(change);
		const day = (date) => date.toISOString().slice(0, 10).replaceAll('-', '');
		const local = (date, hours) => new Date(Date.parse(`${date.toISOString().slice(0, 10)}T00:00:00Z`) + hours * HOUR - offset(new Date(date.getTime() + hours * HOUR)) * HOUR).toISOString();
		const days = [0, 1, 2].map((more) => new Date(change.getTime() + (more - 1) * 24 * HOUR));
		const state = await reads(
			calendar(
				['X-WR-TIMEZONE:Europe/Berlin'],
				event([`DTSTART;TZID=Europe/Berlin:${day(days[0])}T090000`, `DTEND;TZID=Europe/Berlin:${day(days[0])}T100000`, 'RRULE:FREQ=DAILY;COUNT=3']),
				event([`DTSTART:${day(days[0])}T120000`, `DTEND:${day(days[0])}T130000`]),
				event([`DTSTART;VALUE=DATE:${day(new Date(days[2].getTime() + 48 * HOUR))}`]),
			),
		);
		assert.equal(state.state, 'read');
		const whole = new Date(days[2].getTime() + 48 * HOUR);
		assert.deepEqual(
			await own(new Date(days[0].getTime() - 12 * HOUR).toISOString(), new Date(whole.getTime() + 48 * HOUR).toISOString()),
			[[local(days[0], 9), local(days[0], 10)], [local(days[0], 12), local(days[0], 13)], [local(days[1], 9), local(days[1], 10)], [local(days[2], 9), local(days[2], 10)], [local(whole, 0), local(whole, 24)]].sort(),
		);
	});

	test('tells what is wrong with an address', async () => {
		const bomb = calendar(event([`DTSTART:${utc(1)}`, `DTEND:${utc(2)}`, 'RRULE:FREQ=SECONDLY']));
		for (const [answer, problem] of [
			[{ body: '<!doctype html><title>Sign in</title>', headers: { 'Content-Type': 'text/html' } }, 'not_a_calendar'],
			['', 'not_a_calendar'],
			[{ status: 302, headers: { Location: serve(calendar()) } }, 'redirect'],
			[{ status: 401 }, 'denied'],
			[{ status: 410 }, 'not_found'],
			[{ status: 500 }, 'refused'],
			[{ body: `BEGIN:VCALENDAR\r\n${'X-A:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(140_000)}` }, 'too_large'],
			[{ hang: true }, 'timeout'],
			[bomb, null],
		]) {
			const { state, problem: said } = await reads(answer);
			if (problem === null) assert.ok(state === 'read' || said === 'too_complex', `${state} ${said}`);
			else assert.deepEqual([state, said], ['failing', problem]);
		}
		await a.put(PATH, { url: 'http://127.0.0.1:1/a.ics' }, { expect: 200 });
		assert.equal((await settled(a)).problem, 'connection_refused');
		await a.put(PATH, { url: 'http://nowhere.invalid/a.ics' }, { expect: 200 });
		assert.equal((await settled(a)).problem, 'unknown_host');
		assert.deepEqual(await own(), []);
	});

	test('survives whatever is in it', async () => {
		const hostile = [
			'BEGIN:VCALENDAR',
			`BEGIN:VCALENDAR\r\n${'BEGIN:VEVENT\r\n'.repeat(20_000)}`,
			`BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:${'9'.repeat(100_000)}\r\nEND:VEVENT\r\nEND:VCALENDAR`,
			`BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDTSTART:${utc(1)}\r\nDURATION:P99999999999W\r\nRRULE:FREQ=YEARLY;BYSETPOS=-366;BYDAY=53MO;COUNT=-1\r\nEND:VEVENT\r\nEND:VCALENDAR`,
			`BEGIN:VCALENDAR\0\xff\xfe${'A'.repeat(100_000)}`,
			calendar(['BEGIN:VTIMEZONE', 'TZID:../../../../etc/passwd', 'END:VTIMEZONE'], event([`DTSTART;TZID=../../../../etc/passwd:${utc(1).slice(0, -1)}`])),
		];
		for (const body of hostile) {
			const { state, problem } = await reads(body);
			assert.ok(state === 'read' || ['broken', 'too_complex', 'not_a_calendar'].includes(problem), `${state} ${problem}`);
		}
		assert.equal((await reads(calendar(event([`DTSTART:${utc(5)}`, `DTEND:${utc(6)}`])))).state, 'read');
		assert.deepEqual(await own(), [[iso(5), iso(6)]]);
	});

	test('is asked again later, keeps what it said when it fails, and is not relied on after a day', async () => {
		const url = serve(calendar(event([`DTSTART:${utc(7)}`, `DTEND:${utc(8)}`])));
		await a.put(PATH, { url }, { expect: 200 });
		const first = await settled(a);
		const due = "UPDATE busy_calendars SET next_at = now()";
		served.set(new URL(url).pathname + new URL(url).search, { status: 503 });
		await psql(server, due);
		for (const end = Date.now() + 20_000; (await a.read(PATH)).state !== 'failing'; await sleep(50)) assert.ok(Date.now() < end);
		const failing = await a.read(PATH);
		assert.deepEqual([failing.problem, failing.read_at], ['refused', first.read_at]);
		assert.deepEqual(await own(), [[iso(7), iso(8)]]);
		// Not at once again.
		assert.equal(await psql(server, "SELECT next_at > now() + interval '10 minutes' FROM busy_calendars"), 't');
		await psql(server, "UPDATE busy_calendars SET read_at = now() - interval '25 hours'");
		assert.deepEqual(await own(), []);
		await a.delete(PATH, { expect: 204 });
		await a.delete(PATH, { expect: 204 });
		assert.equal((await a.read(PATH)).state, 'none');
		assert.equal(await psql(server, 'SELECT count(*) FROM busy_times'), '0');
	});

	test('is only ever asked where anybody may', async () => {
		const guarded = await usualWorld(strict);
		for (const [url, said] of [
			['http://example.com/a.ics', 'is not an https address'],
			['ftp://example.com/a.ics', 'is not an https address'],
			['https://user:word@example.com/a.ics', 'user name'],
			['https://10.0.0.1/a.ics', 'public internet'],
			['https://[::1]/a.ics', 'public internet'],
			['nothing at all', 'is not an address'],
		]) {
			const { body } = await guarded.a.put(PATH, { url }, { expect: 422 });
			assert.deepEqual([body.code, body.errors[0].pointer], ['invalid', '/url']);
			assert.ok(body.errors[0].detail.includes(said), body.errors[0].detail);
		}
		await guarded.a.put(PATH, { url: 'webcal://localhost/private.ics' }, { expect: 200 });
		const { host, problem } = await settled(guarded.a);
		assert.deepEqual([host, problem], ['localhost', 'address_refused']);
	});
});

describe('the program that reads calendars', () => {
	test('ends by itself or by its limit, and says nothing but periods in order, whatever it is given', () => {
		// Always the same inputs: a finding can be looked at again.
		let state = 20270503;
		const random = (below) => {
			state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
			return Math.floor((state / 2 ** 32) * below);
		};
		const [from, to] = [Date.parse('2027-03-01T00:00:00Z') / 1000, Date.parse('2027-09-01T00:00:00Z') / 1000];
		const words = ['\r\n', ':', ';', '=', 'RRULE:FREQ=YEARLY;BYDAY=-53SU', 'DURATION:-P1W', '99991231T235959Z', '00000000T000000', 'BEGIN:VEVENT', 'END:VCALENDAR', 'RDATE;VALUE=PERIOD:', 'TZID=', '-', '\0', 'é', 'X'.repeat(3000)];
		const seed = calendar(
			['X-WR-TIMEZONE:Europe/Berlin', 'BEGIN:VTIMEZONE', 'TZID:Own', 'BEGIN:STANDARD', 'DTSTART:19701025T030000', 'RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU', 'TZOFFSETFROM:+0200', 'TZOFFSETTO:+0100', 'END:STANDARD', 'END:VTIMEZONE'],
			['BEGIN:VEVENT', 'UID:one', 'DTSTART;TZID=Own:20270501T090000', 'DTEND;TZID=Own:20270501T100000', 'RRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10', 'EXDATE;TZID=Own:20270503T090000', 'END:VEVENT'],
			['BEGIN:VEVENT', 'UID:one', 'RECURRENCE-ID;TZID=Own:20270505T090000', 'DTSTART;TZID=Own:20270505T110000', 'DURATION:PT1H', 'END:VEVENT'],
			['BEGIN:VFREEBUSY', 'FREEBUSY:20270601T100000Z/PT1H', 'END:VFREEBUSY'],
		);
		const ends = { read: 0 };
		for (let i = 0; i < 300; i += 1) {
			let text = seed;
			for (let n = i === 0 ? 0 : 1 + random(6); n > 0; n -= 1) {
				const [at, len] = [random(text.length), random(random(2) ? 4 : 60)];
				const put = [() => '', () => words[random(words.length)], () => String.fromCharCode(random(256)), () => text.slice(random(text.length)).slice(0, 80)][random(4)]();
				text = text.slice(0, at) + put + text.slice(at + len);
			}
			const { status, signal, stdout } = spawnSync('prlimit', ['--cpu=2', '--as=536870912', join(root, 'build/assay-calendar'), String(from), String(to)], { input: text, encoding: 'utf8', timeout: 60_000 });
			assert.ok([0, 1].includes(status) || ['SIGKILL', 'SIGXCPU'].includes(signal), `${status} ${signal} for ${JSON.stringify(text)}`);
			if (status !== 0 || stdout === 'too many\n') continue;
			ends.read += 1;
			const periods = JSON.parse(stdout);
			if (i === 0) assert.equal(periods.length, 10);
			for (const [n, [starts, until]] of periods.entries())
				assert.ok(starts >= from && until <= to && starts < until && (n === 0 || starts > periods[n - 1][1]), text);
		}
		assert.ok(ends.read > 100, `${ends.read}`);
	});
});

describe('who is busy', () => {
	test('is told to those who plan, and of oneself; only from when to when', async () => {
		const made = await interview(50);
		for (const client of [admin, recruiter, manager, b]) {
			const [one, ...more] = await busyOf(client, world.users.b, iso(49), iso(52));
			assert.deepEqual([one, more], [{ starts_at: iso(50), ends_at: iso(51), source: 'interview' }, []]);
		}
		assert.equal((await a.get(`/v1/users/${world.users.b.id}/busy`, { query: { from: iso(0), to: iso(1) } })).status, 403);
		assert.deepEqual(await busyOf(recruiter, world.users.b, iso(49), iso(52), { except_interview_id: made.id }), []);
		assert.deepEqual(await busyOf(recruiter, world.users.b, iso(51), iso(52)), []);
		const path = `/v1/users/${world.users.b.id}/busy`;
		const query = { from: iso(49), to: iso(52) };
		const { headers } = await recruiter.get(path, { query, expect: 200 });
		await recruiter.get(path, { query, headers: { 'If-None-Match': headers.etag }, expect: 304 });
		await recruiter.post(`/v1/interviews/${made.id}/cancel`, undefined, { expect: 200 });
		assert.deepEqual(await busyOf(recruiter, world.users.b, iso(49), iso(52)), []);
		for (const [from, to] of [[1, 1], [2, 1], [0, 24 * 31 + 1]]) {
			const { body } = await recruiter.get(`/v1/users/${world.users.b.id}/busy`, { query: { from: iso(from), to: iso(to) }, expect: 422 });
			assert.equal(body.errors[0].pointer, '?to');
		}
		await recruiter.get(`/v1/users/${randomId()}/busy`, { query: { from: iso(0), to: iso(1) }, expect: 404 });
	});

	test('is told when an interview is scheduled, which goes on all the same', async () => {
		await b.put(PATH, { url: serve(calendar(event([`DTSTART:${utc(60)}`, `DTEND:${utc(61)}`, 'SUMMARY:Secret']))) }, { expect: 200 });
		assert.equal((await settled(b)).state, 'read');
		const made = await interview(60.5);
		const expected = [{ kind: 'calendar', user_id: world.users.b.id, name: world.users.b.name, interview_id: null, starts_at: iso(60), ends_at: iso(61) }];
		assert.deepEqual(made.conflicts, expected);
		assert.deepEqual((await recruiter.read(`/v1/interviews/${made.id}/conflicts`)).data, expected);
		const moved = await recruiter.patch(`/v1/interviews/${made.id}`, { starts_at: iso(61) }, { expect: 200 });
		assert.deepEqual(moved.body.conflicts, []);
	});
});
