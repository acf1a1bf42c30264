// Calendars: files and feeds as calendar programs read them, and invitations by mail.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import ICAL from 'ical.js';
import ical from 'node-ical';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { startServer } from '../support/server.mjs';
import { mailSettings, startMailServer } from '../support/smtp.mjs';
import { anAddress, randomId, unique, usualWorld } from '../support/world.mjs';

const mail = await startMailServer();
const server = await startServer({ env: mailSettings(mail) });
after(async () => {
	await server.stop();
	await mail.stop();
});
const world = await usualWorld(server);
const { admin, recruiter, a, b, manager } = world;
const nobody = () => new Client(server, { headers: { 'X-Forwarded-For': anAddress() } });
const DAY = 86_400_000;
const later = (days) => new Date(Math.ceil(Date.now() / 1000) * 1000 + days * DAY).toISOString();

/** Read by two libraries that know nothing of each other; what they agree on. */
function read(text) {
	assert.ok(text.split('\r\n').every((line) => Buffer.byteLength(line) <= 75), 'lines are folded');
	assert.ok(!/[^\r]\n/.test(text));
	const whole = new ICAL.Component(ICAL.parse(text));
	const strict = whole.getAllSubcomponents('vevent').map((one) => new ICAL.Event(one));
	const other = Object.values(ical.sync.parseICS(text)).filter(({ type }) => type === 'VEVENT');
	const plain = (value) => value?.val ?? value;
	const events = strict.map((event) => {
		const { component } = event;
		const same = other.find(({ uid }) => uid === event.uid);
		const read = {
			uid: event.uid,
			sequence: event.sequence,
			summary: event.summary,
			description: event.description,
			location: event.location ?? undefined,
			status: component.getFirstPropertyValue('status'),
			url: component.getFirstPropertyValue('url') ?? undefined,
			starts: event.startDate.toJSDate().toISOString(),
			ends: event.endDate.toJSDate().toISOString(),
			organizer: component.getFirstPropertyValue('organizer'),
			attendee: component.getFirstPropertyValue('attendee') ?? undefined,
		};
		assert.deepEqual(
			[plain(same.summary), plain(same.description), plain(same.location), same.start.toISOString(), same.end.toISOString(), Number(same.sequence), plain(same.url)],
			[read.summary, read.description, read.location, read.starts, read.ends, read.sequence, read.url],
		);
		return read;
	});
	assert.equal(other.length, events.length);
	return { method: whole.getFirstPropertyValue('method'), name: whole.getFirstPropertyValue('x-wr-calname'), events };
}

async function application(name = unique('Kim'), more = {}) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{}], ...more });
	const { id } = await admin.make('/v1/candidates', { name, email: `${unique('kim')}@example.com` });
	return { role, name, ...(await admin.make('/v1/applications', { candidate_id: id, role_id: role.id })) };
}
const schedule = async ({ id }, more = {}) =>
	recruiter.make('/v1/interviews', {
		application_id: id,
		starts_at: later(3),
		duration_minutes: 45,
		time_zone: 'Europe/Berlin',
		location: 'Room 7; the "large" one, 2nd floor\\left\nÜberraschung 🎈',
		interviewers: [{ user_id: world.users.a.id }],
		...more,
	});
const file = async (client, interview) => {
	const { text, headers } = await client.get(`/v1/interviews/${interview.id}/calendar`, { expect: 200 });
	assert.equal(headers['content-type'], 'text/calendar; charset=utf-8');
	assert.equal(headers['content-disposition'], 'attachment; filename="interview.ics"');
	return read(text);
};
const make = async (client, path = '/v1/me/calendar_feed') => (await client.post(path, undefined, { expect: 201 })).body.url;
const feed = async (url) => read((await nobody().get(new URL(url).pathname, { expect: 200 })).text);
const cancel = (interview) => recruiter.post(`/v1/interviews/${interview.id}/cancel`, undefined, { expect: 200 });

describe('the file of an interview', () => {
	test('says when, where, who and where the kit is, in whatever letters', async () => {
		const it = await application('Ünal "K,;\\m" 🎈'.repeat(6));
		const interview = await schedule(it);
		const { method, events } = await file(a, interview);
		assert.equal(method, 'PUBLISH');
		const [event] = events;
		assert.deepEqual(
			[event.uid, event.sequence, event.status, event.starts, event.ends, event.location, event.organizer],
			[`interview-${interview.id}@assay`, 0, 'CONFIRMED', interview.starts_at, interview.ends_at, interview.location, 'mailto:assay@company.test'],
		);
		assert.ok(event.summary.includes(it.name) && event.summary.includes(interview.stage_name));
		assert.equal(event.url, `${interview.web_url}#kit`);
		for (const part of [`${interview.web_url}#kit`, `${interview.web_url}#scorecard`, 'Europe/Berlin', world.users.a.name])
			assert.ok(event.description.includes(part), part);
		const others = (await file(recruiter, interview)).events[0];
		assert.equal(others.url, interview.web_url);
		assert.ok(!others.description.includes('#scorecard'));
		await b.get(`/v1/interviews/${interview.id}/calendar`, { expect: (await b.get(`/v1/interviews/${interview.id}`)).status });
		await recruiter.get(`/v1/interviews/${randomId()}/calendar`, { expect: 404 });
		const path = `/v1/interviews/${interview.id}/calendar`;
		const { headers } = await a.get(path, { expect: 200 });
		await a.get(path, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
	});

	test('is the same event with a higher sequence after each change, and one that ends it after a cancellation', async () => {
		const it = await application();
		const interview = await schedule(it);
		const path = `/v1/interviews/${interview.id}`;
		const seen = [(await file(a, interview)).events[0]];
		await recruiter.patch(path, { starts_at: later(4) }, { expect: 200 });
		seen.push((await file(a, interview)).events[0]);
		await recruiter.patch(path, { location: 'Room 8' }, { expect: 200 });
		seen.push((await file(a, interview)).events[0]);
		await recruiter.put(`${path}/interviewers/${world.users.b.id}`, {}, { expect: 200 });
		seen.push((await file(a, interview)).events[0]);
		await cancel(interview);
		const ended = await file(a, interview);
		assert.equal(ended.method, 'CANCEL');
		seen.push(ended.events[0]);
		assert.equal(new Set(seen.map(({ uid }) => uid)).size, 1);
		assert.deepEqual(seen.map(({ status }) => status), [...Array(4).fill('CONFIRMED'), 'CANCELLED']);
		for (const [i, { sequence }] of seen.entries()) assert.ok(i === 0 || sequence > seen[i - 1].sequence);
		assert.notEqual(seen[0].starts, seen[1].starts);
		assert.equal(seen[2].location, 'Room 8');
		assert.ok(seen[3].description.includes(world.users.b.name));
	});

	test('holds one moment in winter and in summer, and tells the local time of each', async () => {
		const it = await application();
		for (const [starts_at, local] of [
			['2027-03-28T00:30:00.000Z', '2027-03-28 01:30'],
			['2027-03-28T01:30:00.000Z', '2027-03-28 03:30'],
			['2027-10-31T00:30:00.000Z', '2027-10-31 02:30'],
			['2027-10-31T01:30:00.000Z', '2027-10-31 02:30'],
		]) {
			const [event] = (await file(a, await schedule(it, { starts_at }))).events;
			assert.deepEqual([event.starts, Date.parse(event.ends) - Date.parse(event.starts)], [starts_at, 45 * 60_000]);
			assert.ok(event.description.startsWith(`${local} (Europe/Berlin)`), event.description);
		}
	});

	test('is not to be had without a time', async () => {
		const interview = await schedule(await application(), { starts_at: null });
		const { body } = await a.get(`/v1/interviews/${interview.id}/calendar`, { expect: 409 });
		assert.equal(body.code, 'conflict');
	});
});

describe('a feed', () => {
	test('of one’s own holds one’s interviews, follows them, and ends', async () => {
		assert.equal((await b.read('/v1/me/calendar_feed')).created_at, null);
		const url = await make(b);
		assert.match(url, /\/v1\/calendar_feeds\/cf_[0-9a-f]{32}_[\w-]{43}\.ics$/);
		assert.ok((await b.read('/v1/me/calendar_feed')).created_at);
		const it = await application();
		const mine = await schedule(it, { interviewers: [{ user_id: world.users.b.id }] });
		const others = await schedule(it);
		const uids = async () => (await feed(url)).events.map(({ uid }) => uid.slice(10, -6));
		assert.ok((await uids()).includes(mine.id));
		assert.ok(!(await uids()).includes(others.id));
		await cancel(mine);
		assert.equal((await feed(url)).events.find(({ uid }) => uid.includes(mine.id)).status, 'CANCELLED');
		// Nothing in the database opens it.
		assert.ok(!(await psql(server, 'SELECT f::text FROM calendar_feeds f')).includes(url.slice(-47, -4)));
		const renewed = await make(b);
		const asked = (address) => nobody().get(new URL(address).pathname);
		assert.deepEqual([(await asked(url)).status, (await asked(renewed)).status], [404, 200]);
		await b.delete('/v1/me/calendar_feed', { expect: 204 });
		await b.delete('/v1/me/calendar_feed', { expect: 204 });
		const gone = await asked(renewed);
		assert.equal(gone.status, 404);
		// Whatever is wrong with it, the answer is the same.
		for (const wrong of ['x', 'cf_.ics', `${new URL(renewed).pathname.split('/').at(-1).slice(0, -4)}`, `cf_${'0'.repeat(32)}_${'A'.repeat(43)}.ics`]) {
			const { status, body } = await nobody().get(`/v1/calendar_feeds/${wrong}`);
			assert.deepEqual([status, body.code, body.detail], [404, gone.body.code, gone.body.detail], wrong);
		}
	});

	test('is not changed where nothing has: a program that asks again is told so', async () => {
		const url = new URL(await make(a)).pathname;
		const { headers } = await nobody().get(url, { expect: 200 });
		assert.equal(headers['cache-control'], 'private, max-age=300');
		await nobody().get(url, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
	});

	test('ends with its maker’s account, and for the time in which they may not read the role', async () => {
		const it = await application(undefined, { confidential: true, team: { manager: 'hiring_manager', b: 'interviewer' } });
		const path = `/v1/roles/${it.role_id}/calendar_feed`;
		for (const ask of [() => recruiter.get(path), () => recruiter.post(path), () => recruiter.delete(path)]) assert.equal((await ask()).status, 404);
		assert.equal((await manager.read(path)).created_at, null);
		const url = await make(manager, path);
		const interview = await admin.make('/v1/interviews', { application_id: it.id, starts_at: later(2), interviewers: [{ user_id: world.users.b.id }] });
		const shown = await feed(url);
		assert.deepEqual([shown.events.length, shown.events[0].uid], [1, `interview-${interview.id}@assay`]);
		assert.ok(shown.name.includes(it.role.title));
		await admin.delete(`/v1/roles/${it.role_id}/hiring_team/${world.users.manager.id}`, { expect: 204 });
		await nobody().get(new URL(url).pathname, { expect: 404 });
		await admin.put(`/v1/roles/${it.role_id}/hiring_team/${world.users.manager.id}`, { part: 'hiring_manager' });
		await nobody().get(new URL(url).pathname, { expect: 200 });
		await manager.delete(path, { expect: 204 });
		await nobody().get(new URL(url).pathname, { expect: 404 });
		const leaving = await world.user(unique('leaver'));
		const theirs = new URL(await make(leaving.client)).pathname;
		await nobody().get(theirs, { expect: 200 });
		await admin.patch(`/v1/users/${leaving.id}`, { status: 'disabled' }, { expect: 200 });
		await nobody().get(theirs, { expect: 404 });
	});

	test('shows a pseudonym and no place to whoever judges anonymously, and the same as the interface', async () => {
		const it = await application('Wilhelmina Telltale', { stages: [{ method: 'portfolio_review', anonymous: true }], team: { a: 'interviewer' } });
		const interview = await schedule(it);
		const urls = [await make(a), await make(a, `/v1/roles/${it.role_id}/calendar_feed`)];
		const { candidate_name } = await a.read(`/v1/interviews/${interview.id}`);
		assert.match(candidate_name, /^Candidate [0-9A-F]{5}$/);
		for (const text of [
			...(await Promise.all(urls.map(async (url) => (await nobody().get(new URL(url).pathname)).text))),
			(await a.get(`/v1/interviews/${interview.id}/calendar`)).text,
		]) {
			assert.doesNotMatch(text.replaceAll('\r\n ', ''), /Telltale|Wilhelmina/);
			const event = read(text).events.find(({ uid }) => uid.includes(interview.id));
			assert.ok(event.summary.includes(candidate_name), event.summary);
			assert.equal(event.location, undefined);
		}
		assert.ok((await file(recruiter, interview)).events[0].summary.includes('Telltale'));
	});
});

describe('an invitation by mail', () => {
	const calendarOf = ({ mail: { attachments } }) => {
		const [part, ...more] = attachments.filter(({ contentType }) => contentType === 'text/calendar');
		assert.deepEqual(more, []);
		const method = /method=(\w+)/.exec(part.headers.get('content-type')?.value ?? '')?.[1] ?? part.headers.get('content-type').params.method;
		const whole = read(part.content.toString());
		assert.equal(whole.method, method);
		return { method, ...whole.events[0] };
	};

	test('is an event of its reader’s calendar, moved and cancelled by those that follow', async () => {
		const interviewer = await world.user(unique('invited'));
		const { id: user_id } = interviewer;
		const it = await application();
		const { email } = await admin.read(`/v1/candidates/${it.candidate_id}`);
		const interview = await schedule(it, { interviewers: [{ user_id }] });
		const to = async (address, count) => calendarOf((await mail.to(address, count)).at(-1));
		const own = (await admin.read(`/v1/users/${user_id}`)).email;
		const first = await to(own, 1);
		assert.deepEqual(
			[first.method, first.uid, first.sequence, first.starts, first.ends, first.location, first.attendee, first.organizer, first.url],
			['REQUEST', `interview-${interview.id}@assay`, 0, interview.starts_at, interview.ends_at, interview.location, `mailto:${own}`, 'mailto:assay@company.test', `${interview.web_url}#kit`],
		);
		assert.ok(first.description.includes('Europe/Berlin') && first.description.includes(interview.web_url));
		const theirs = await to(email, 1);
		assert.deepEqual([theirs.method, theirs.uid, theirs.attendee, theirs.url], ['REQUEST', first.uid, `mailto:${email}`, undefined]);
		assert.ok(theirs.summary.includes(it.role.title) && theirs.description.includes('Europe/Berlin') && !theirs.description.includes('http'));
		const starts_at = later(5);
		await recruiter.patch(`/v1/interviews/${interview.id}`, { starts_at }, { expect: 200 });
		for (const [address, was] of [[own, first], [email, theirs]]) {
			const moved = await to(address, 2);
			assert.deepEqual([moved.method, moved.uid, moved.starts, moved.status], ['REQUEST', was.uid, starts_at, 'CONFIRMED']);
			assert.ok(moved.sequence > was.sequence);
		}
		await cancel(interview);
		for (const address of [own, email]) {
			const ended = await to(address, 3);
			assert.deepEqual([ended.method, ended.uid, ended.starts, ended.status, ended.sequence], ['CANCEL', first.uid, starts_at, 'CANCELLED', 2]);
		}
	});

	test('names nobody to whoever judges anonymously', async () => {
		const it = await application('Wilhelmina Telltale', { stages: [{ method: 'portfolio_review', anonymous: true }], team: { manager: 'hiring_manager' } });
		const interviewer = await world.user(unique('anonymous'));
		const interview = await schedule(it, { interviewers: [{ user_id: interviewer.id }] });
		const [sent] = await mail.to((await admin.read(`/v1/users/${interviewer.id}`)).email);
		const event = calendarOf(sent);
		const { candidate_name } = await interviewer.client.read(`/v1/interviews/${interview.id}`);
		assert.ok(event.summary.includes(candidate_name), event.summary);
		assert.equal(event.location, undefined);
		assert.doesNotMatch(JSON.stringify(event), /Telltale|Wilhelmina/);
	});
});
