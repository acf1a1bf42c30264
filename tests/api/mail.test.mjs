// Mail: what is sent to whom and says what, by a real mail server; texts, messages, links.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { startServer } from '../support/server.mjs';
import { mailSettings, parseMail, startMailServer } from '../support/smtp.mjs';
import { PASSWORD, World, anAddress, randomId, signIn, unique, usualWorld } from '../support/world.mjs';

const mail = await startMailServer();
const server = await startServer({ env: mailSettings(mail) });
after(async () => {
	await server.stop();
	await mail.stop();
});
const world = await usualWorld(server);
const { admin, recruiter, a, b } = world;
const nobody = () => new Client(server, { headers: { 'X-Forwarded-For': anAddress() } });
const later = (hours = 24) => new Date(Date.now() + hours * 3_600_000).toISOString();
const address = (prefix = 'someone') => `${unique(prefix)}@example.com`;
const linkOf = ({ mail: { text } }) => /^http\S+$/m.exec(text)[0];
const invite = (email = address(), more = {}) =>
	admin.make('/v1/users', { email, name: 'New Person', access_level: 'member', ...more });
const messageTo = async (email) =>
	(await admin.all('/v1/mail_messages')).find((message) => message.address === email);
const settled = async (email, state) => {
	for (let i = 0; i < 200; i += 1) {
		const message = await messageTo(email);
		if (message?.state === state) return message;
		await sleep(50);
	}
	return assert.fail(`never ${state}: ${JSON.stringify(await messageTo(email))}`);
};
async function candidate(email = address('kim'), more = {}) {
	const role = await world.role({ version: world.version, team: world.team, stages: [{}], ...more });
	const who = await admin.make('/v1/candidates', { name: 'Kim Ünsal', email });
	const application = await admin.make('/v1/applications', { candidate_id: who.id, role_id: role.id });
	return { role, email, candidate: who, application };
}
const schedule = (application, more = {}) =>
	admin.make('/v1/interviews', {
		application_id: application.id,
		starts_at: later(),
		time_zone: 'Europe/Berlin',
		location: 'Room 7',
		interviewers: [{ user_id: world.users.a.id }],
		...more,
	});

describe('an invitation', () => {
	test('is sent to a new user without a password, and its link sets one, once', async () => {
		const user = await invite();
		const [sent] = await mail.to(user.email);
		const { mail: message } = sent;
		assert.equal(sent.envelope_from, 'assay@company.test');
		assert.equal(message.from.value[0].address, 'assay@company.test');
		assert.equal(message.from.value[0].name, `${world.organization.name} (Assay)`);
		assert.deepEqual(message.to.value[0], { address: user.email, name: 'New Person' });
		assert.equal(message.subject, `Your access to ${world.organization.name} on Assay`);
		assert.equal(message.headers.get('auto-submitted'), 'auto-generated');
		assert.equal(message.headers.get('list'), undefined);
		assert.ok(Math.abs(message.date - Date.now()) < 60_000);
		const { origin, pathname, hash } = new URL(linkOf(sent));
		assert.deepEqual([origin, pathname], [new URL(server.url).origin, '/password']);
		assert.ok(message.html.includes(`<a href="${linkOf(sent)}">`));
		const token = hash.slice(1);
		const stored = await psql(server, 'SELECT l::text FROM password_links l UNION ALL SELECT m::text FROM mail_messages m');
		assert.ok(!stored.includes(token.slice(-43)));
		await nobody().post('/v1/auth/set_password', { token, password: 'password' }, { expect: 422 });
		await nobody().post('/v1/auth/set_password', { token, password: PASSWORD }, { expect: 204 });
		await nobody().post('/v1/auth/set_password', { token, password: PASSWORD }, { expect: 404 });
		await signIn(server, user.email);
		assert.equal((await settled(user.email, 'sent')).attempts, 1);
	});

	test('is not sent to whom has a password, and can be asked for again until then', async () => {
		const { id, email } = await invite();
		await mail.to(email);
		await admin.post(`/v1/users/${id}/invite`, undefined, { expect: 204 });
		const [one, two] = await mail.to(email, 2);
		assert.notEqual(one.mail.messageId, two.mail.messageId);
		await admin.post(`/v1/users/${id}/password`, { password: PASSWORD }, { expect: 204 });
		await admin.post(`/v1/users/${id}/invite`, undefined, { expect: 409 });
		for (const sent of [one, two])
			await nobody().post('/v1/auth/set_password', { token: new URL(linkOf(sent)).hash.slice(1), password: PASSWORD }, { expect: 404 });
		await admin.patch(`/v1/users/${id}`, { status: 'disabled' }, { expect: 200 });
		await admin.post(`/v1/users/${id}/invite`, undefined, { expect: 409 });
		await admin.post(`/v1/users/${randomId()}/invite`, undefined, { expect: 404 });
		const known = await invite(undefined, { password: PASSWORD });
		await sleep(800);
		assert.equal(await messageTo(known.email), undefined);
	});
});

describe('a forgotten password', () => {
	const forget = (email, more = {}, expect = 204) =>
		nobody().post('/v1/auth/forgotten_password', { email, ...more }, { expect });

	test('is answered alike and in the same time, whether there is such a user or not', async () => {
		const user = await invite(undefined, { password: PASSWORD });
		const times = [];
		for (const email of [user.email, address(), user.email, address()]) {
			const began = performance.now();
			const answer = await forget(email);
			times.push(performance.now() - began);
			assert.equal(answer.text, '');
		}
		assert.ok(times.every((ms) => ms >= 400 && ms < 900), JSON.stringify(times));
		const [sent] = await mail.to(user.email);
		await sleep(800);
		assert.equal((await mail.to(user.email)).length, 1, 'asked again at once, it is sent once');
		const session = await signIn(server, user.email);
		const token = new URL(linkOf(sent)).hash.slice(1);
		await nobody().post('/v1/auth/set_password', { token, password: `${PASSWORD}-2` }, { expect: 204 });
		await nobody().as(session.access_token).get('/v1/me', { expect: 401 });
		await signIn(server, user.email, `${PASSWORD}-2`);
	});

	test('is set once by its link, also where the mail leaves once more', async () => {
		const user = await invite(undefined, { password: PASSWORD });
		await forget(user.email);
		const [sent] = await mail.to(user.email);
		await settled(user.email, 'sent');
		const token = new URL(linkOf(sent)).hash.slice(1);
		await nobody().post('/v1/auth/set_password', { token, password: `${PASSWORD}-2` }, { expect: 204 });
		// As if the answer of the mail server had been lost.
		await psql(server, `UPDATE mail_messages SET state = 'queued', next_at = now(), finished_at = NULL WHERE user_id = '${user.id}'`);
		assert.equal((await settled(user.email, 'not_sent')).reason, 'no_longer');
		await nobody().post('/v1/auth/set_password', { token, password: PASSWORD }, { expect: 404 });
	});

	test('is asked for a few times an hour, whoever asks', async () => {
		const email = address();
		for (let i = 0; i < 5; i += 1) await forget(email);
		const refused = await forget(email, {}, 429);
		assert.ok(Number(refused.headers['retry-after']) > 0);
	});

	test('is of the organization that is named', async () => {
		const user = await invite(undefined, { password: PASSWORD });
		await forget(user.email, { organization: 'another-one' });
		await sleep(800);
		assert.equal(await messageTo(user.email), undefined);
		await forget(user.email, { organization: world.organization.slug });
		await mail.to(user.email);
	});

	test('is set by no link that is forged, of another kind, outdated, or sent to an old address', async () => {
		const user = await invite(undefined, { password: PASSWORD });
		await forget(user.email);
		const [sent] = await mail.to(user.email);
		const token = new URL(linkOf(sent)).hash.slice(1);
		const set = (value, expect) => nobody().post('/v1/auth/set_password', { token: value, password: PASSWORD }, { expect });
		await set(`${token.slice(0, -1)}${token.endsWith('A') ? 'B' : 'A'}`, 404);
		await set(token.replace(/^pw/, 'cl'), 404);
		await set('nothing', 404);
		await psql(server, `UPDATE password_links SET expires_at = now() - interval '1 second' WHERE user_id = '${user.id}'`);
		await set(token, 404);
		await psql(server, `UPDATE password_links SET expires_at = now() + interval '1 hour' WHERE user_id = '${user.id}'`);
		await admin.patch(`/v1/users/${user.id}`, { email: address() }, { expect: 200 });
		await set(token, 404);
	});
});

describe('an interview', () => {
	test('is told to its interviewers and to the candidate, and again with another time, or none', async () => {
		const { role, email, application } = await candidate();
		const before = mail.messages.length;
		const interview = await schedule(application);
		const [toCandidate] = await mail.to(email);
		assert.match(toCandidate.mail.subject, /^Your interview with .* \(Europe\/Berlin\)$/);
		for (const part of [role.title, 'Room 7', '60 minutes', 'Kim Ünsal'])
			assert.ok(toCandidate.mail.text.includes(part), part);
		const link = new URL(linkOf(toCandidate));
		assert.equal(link.pathname, '/candidate');
		await nobody().with({ 'Candidate-Link': link.hash.slice(1) }).get('/v1/candidate_side', { expect: 200 });
		const mine = async (count) =>
			(await mail.to(world.users.a.email, 1)).slice().filter(({ mail: { text } }) => text.includes(interview.id)).length >= count;
		for (let i = 0; i < 100 && !(await mine(1)); i += 1) await sleep(50);
		assert.ok(await mine(1));
		await admin.change(`/v1/interviews/${interview.id}`, { starts_at: later(48), location: null });
		const [, second] = await mail.to(email, 2);
		assert.ok(!second.mail.text.includes('Where:'), 'a line without anything to say is left out');
		await admin.post(`/v1/interviews/${interview.id}/cancel`, undefined, { expect: 200 });
		const [, , third] = await mail.to(email, 3);
		assert.match(third.mail.subject, /^Cancelled: /);
		assert.ok(mail.messages.length >= before + 6);
	});

	test('names nobody to whom judges anonymously', async () => {
		const { email, application } = await candidate(undefined, { stages: [{ anonymous: true }] });
		const known = mail.messages.length;
		await schedule(application, { interviewers: [{ user_id: world.users.b.id }] });
		await mail.to(email);
		const [sent] = (await mail.to(world.users.b.email)).slice(-1);
		assert.ok(mail.messages.length > known);
		assert.match(sent.mail.subject, /Candidate [0-9A-F]{5}/);
		for (const told of ['Kim', 'Room 7', application.id, email]) assert.ok(!sent.raw.includes(told) && !sent.mail.text.includes(told), told);
	});
});

describe('what is written', () => {
	test('adds no header and no markup, whatever a name is', async () => {
		const email = address('evil');
		const organization = await World.make(server, 'Weiß & <b>Söhne</b>, "GmbH" – eine Firma mit einem sehr langen Namen für Köpfe');
		await organization.admin.make('/v1/users', { email, access_level: 'member', name: 'Eve "x" <img src=x>, Ünicode 🦉 and a name that goes on and on and on' });
		const [sent] = await mail.to(email);
		const head = sent.raw.slice(0, sent.raw.indexOf('\r\n\r\n'));
		assert.ok(sent.raw.split('\r\n').every((line) => line.length <= 78 && /^[\x20-\x7e\t]*$/.test(line)));
		assert.equal(sent.mail.to.value[0].name, 'Eve "x" <img src=x>, Ünicode 🦉 and a name that goes on and on and on');
		assert.equal(sent.mail.from.value[0].name, 'Weiß & <b>Söhne</b>, "GmbH" – eine Firma mit einem sehr langen Namen für Köpfe (Assay)');
		assert.ok(sent.mail.subject.includes('Weiß & <b>Söhne</b>'));
		assert.ok(!sent.mail.html.includes('<img') && sent.mail.html.includes('&lt;img src=x&gt;'));
		assert.equal(head.match(/^To:/gm).length, 1);
		assert.ok(sent.mail.text.includes('🦉'));
	});

	test('is in the organization’s language and words, with answers to whom it wishes', async () => {
		const german = await World.make(server);
		const settings = await german.admin.read('/v1/mail_settings');
		assert.deepEqual([settings.mode, settings.mail_from, settings.language, settings.version], ['smtp', 'assay@company.test', 'en', 1]);
		await german.admin.change('/v1/mail_settings', { language: 'de', reply_to: 'jobs@company.test' });
		await german.admin.patch('/v1/mail_settings', { language: 'en' }, { expect: 412, headers: { 'If-Match': '"1"' } });
		await german.admin.patch('/v1/mail_settings', { reply_to: 'a<b@c>@company.test' }, { expect: 422 });
		await german.admin.change('/v1/mail_templates/invitation', { subject: 'Grüß Gott, {{name}}' });
		const email = address();
		await german.admin.make('/v1/users', { email, name: 'Jörg', access_level: 'member' });
		const [{ mail: message }] = await mail.to(email);
		assert.equal(message.subject, 'Grüß Gott, Jörg');
		assert.equal(message.replyTo.value[0].address, 'jobs@company.test');
		assert.equal(message.headers.get('content-language'), 'de');
		assert.match(message.text, /Wählen Sie ein Passwort/);
	});
});

describe('templates', () => {
	const path = '/v1/mail_templates/survey';

	test('are listed, changed, previewed and reset', async () => {
		const { data } = await admin.read('/v1/mail_templates');
		assert.equal(data.length, 10);
		assert.ok(data.every(({ changed, enabled, template }) => !changed && enabled === (template !== 'survey')));
		const { data: german } = await admin.read('/v1/mail_templates', { language: 'de' });
		assert.ok(german.every(({ language }) => language === 'de'));
		const was = await admin.read(path);
		const changed = await admin.change(path, { text: 'Hello {{name}}\n\n{{link}}', enabled: true });
		assert.deepEqual([changed.changed, changed.enabled, changed.subject], [true, true, was.subject]);
		assert.deepEqual(await admin.read(path), changed);
		await admin.patch(path, { enabled: false }, { expect: 412, headers: { 'If-Match': `"${was.version}"` } });
		const preview = (await admin.post(`${path}/preview`, { subject: 'To {{name}} & co' }, { expect: 200 })).body;
		assert.equal(preview.subject, 'To Robin Beispiel & co');
		assert.match(preview.text, /^Hello Robin Beispiel\n\nhttps:/);
		assert.match(preview.html, /<a href="https:\/\/assay.example\/link">/);
		await admin.request('DELETE', path, { expect: 412, headers: { 'If-Match': `"${was.version}"` } });
		await admin.delete(path, { expect: 204 });
		const reset = await admin.read(path);
		assert.deepEqual([reset.text, reset.changed, reset.enabled], [was.text, false, true]);
		assert.ok(reset.version > changed.version);
		await admin.change(path, { enabled: false });
	});

	test('hold what they know, and their link', async () => {
		const pointer = async (body, expected) => {
			const { body: problem } = await admin.patch(path, body, { expect: 422 });
			assert.deepEqual(problem.errors.map(({ pointer: at, code }) => [at, code]), expected);
			await admin.post(`${path}/preview`, body, { expect: 422 });
		};
		await pointer({ subject: 'A {{salary}}' }, [['/subject', 'unknown_placeholder']]);
		await pointer({ subject: '{{ name }}', text: 'No link' }, [['/subject', 'unknown_placeholder'], ['/text', 'link_missing']]);
		await pointer({ subject: '{{link}}' }, [['/subject', 'link_in_subject']]);
		for (const method of ['get', 'delete']) await admin[method]('/v1/mail_templates/nothing', { expect: 404 });
		await admin.patch('/v1/mail_templates/nothing', { enabled: true }, { expect: 404 });
		await admin.post('/v1/mail_templates/nothing/preview', {}, { expect: 404 });
	});

	test('that are switched off are not sent', async () => {
		const other = await World.make(server);
		await other.admin.change('/v1/mail_templates/invitation', { enabled: false });
		const email = address();
		await other.admin.make('/v1/users', { email, name: 'Quiet', access_level: 'member' });
		await sleep(800);
		assert.deepEqual(await other.admin.all('/v1/mail_messages'), []);
		const [user] = (await other.admin.all('/v1/users')).filter((one) => one.email === email);
		const refused = await other.admin.post(`/v1/users/${user.id}/invite`, undefined, { expect: 409 });
		assert.match(JSON.stringify(refused.body), /switched off/);
	});
});

describe('candidates', () => {
	test('get their link when it is sent, and a letter once it is released', async () => {
		const { email, application } = await candidate();
		const send = (expect) => recruiter.post(`/v1/applications/${application.id}/candidate_links/send`, undefined, { expect });
		await send(204);
		const [sent] = await mail.to(email);
		await nobody().with({ 'Candidate-Link': new URL(linkOf(sent)).hash.slice(1) }).get('/v1/candidate_side', { expect: 200 });
		await admin.make(`/v1/applications/${application.id}/letter`);
		await admin.change(`/v1/applications/${application.id}/letter`, { text: 'Your secret strengths.' });
		await sleep(800);
		assert.equal(mail.messages.filter(({ to }) => to === email).length, 1, 'a draft is nobody’s');
		await admin.post(`/v1/applications/${application.id}/letter/release`, undefined, { expect: 200 });
		const [, letter] = await mail.to(email, 2);
		assert.ok(!letter.mail.text.includes('secret strengths'));
		await admin.patch(`/v1/candidates/${application.candidate_id}`, { email: null }, { expect: 200 });
		await send(409);
	});

	test('are asked how it was a day after the end, if the organization wishes', async () => {
		await admin.change('/v1/mail_templates/survey', { enabled: true });
		const { email, application } = await candidate();
		await admin.post(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'Another one.' }, { expect: 200 });
		const waiting = await messageTo(email);
		assert.equal(waiting.state, 'queued');
		assert.ok(new Date(waiting.next_at) - Date.now() > 23 * 3_600_000);
		await admin.post(`/v1/mail_messages/${waiting.id}/resend`, undefined, { expect: 409 });
		await psql(server, `UPDATE mail_messages SET next_at = now() WHERE id = '${waiting.id}'`);
		const [sent] = await mail.to(email);
		assert.match(sent.mail.subject, /How was it/);
		await admin.change('/v1/mail_templates/survey', { enabled: false });
		await recruiter.post(`/v1/applications/${application.id}/candidate_links/send`, undefined, { expect: 409 });
		await recruiter.post(`/v1/applications/${randomId()}/candidate_links/send`, undefined, { expect: 404 });
	});

	test('who are erased leave no message behind', async () => {
		const { email, application, candidate: who } = await candidate();
		await schedule(application);
		await mail.to(email);
		assert.notEqual(await psql(server, `SELECT count(*) FROM mail_messages WHERE application_id = '${application.id}'`), '0');
		const exported = await admin.make(`/v1/candidates/${who.id}/exports`);
		const held = await psql(server, `SELECT content FROM candidate_exports WHERE id = '${exported.id}'`);
		assert.ok(held.includes('"mail_messages"') && held.includes('"interview_candidate"'));
		await admin.post(`/v1/candidates/${who.id}/erase`, undefined, { expect: 200 });
		assert.equal(await psql(server, `SELECT count(*) FROM mail_messages WHERE application_id = '${application.id}'`), '0');
	});
});

describe('reminders and mentions', () => {
	test('of a scorecard go to whom owes it, say nothing of others’, and end with one click', async () => {
		const { application } = await candidate();
		const interview = await schedule(application);
		const due = async () => {
			await psql(
				server,
				`UPDATE interviews SET starts_at = now() - interval '3 hours' WHERE id = '${interview.id}';
				SELECT remind_scorecards(now(), 500)`,
			);
		};
		await due();
		const mine = async () => (await mail.to(world.users.a.email)).filter(({ mail: { subject } }) => subject.includes('is due'));
		for (let i = 0; i < 100 && !(await mine()).length; i += 1) await sleep(50);
		const [sent] = await mine();
		const list = sent.mail.headers.get('list');
		const url = new URL(list.unsubscribe.url);
		assert.match(sent.raw, /^List-Unsubscribe-Post: List-Unsubscribe=One-Click$/m);
		assert.equal(url.pathname.split('/').slice(0, 3).join('/'), '/v1/mail_unsubscribes');
		const token = url.pathname.split('/').pop();
		assert.ok(sent.mail.text.includes(`${server.url}/unsubscribe#${token}`));
		const click = (path, expect) => nobody().request('POST', path, { form: { 'List-Unsubscribe': 'One-Click' }, expect });
		await click(url.pathname.replace(/.$/, (c) => (c === 'A' ? 'B' : 'A')), 404);
		await click(url.pathname, 204);
		await click(url.pathname, 204);
		const preferences = await a.read('/v1/me/preferences');
		assert.deepEqual([preferences.mail_reminders, preferences.mail_mentions], [false, true]);
		await psql(server, `UPDATE scorecards_due SET next_at = now() WHERE interview_id = '${interview.id}'; SELECT remind_scorecards(now(), 500)`);
		for (let i = 0; i < 100; i += 1) {
			const [last] = await admin.all('/v1/mail_messages', { template: 'scorecard_due' });
			if (last.state === 'not_sent' && last.reason === 'unsubscribed') break;
			assert.notEqual(i, 99, JSON.stringify(last));
			await sleep(50);
		}
		assert.equal((await mine()).length, 1);
		await a.change('/v1/me/preferences', { mail_reminders: null });
	});

	test('of a note name its author and whom it is about, and not its words', async () => {
		const { candidate: who } = await candidate();
		await admin.make(`/v1/candidates/${who.id}/notes`, { text: 'A strong hire.', mentions: [world.users.recruiter.id] });
		for (let i = 0; i < 100; i += 1) {
			const [last] = await admin.all('/v1/mail_messages', { template: 'mention' });
			if (last?.state === 'sent') break;
			await sleep(50);
		}
		const [sent] = (await mail.to(world.users.recruiter.email)).slice(-1);
		assert.match(sent.mail.subject, /mentioned you in a note on Kim/);
		assert.ok(!sent.mail.text.includes('strong hire'));
	});
});

describe('a mail server', () => {
	test('that refuses for good makes a bounce, which is told', async () => {
		for (const kind of ['refuse', 'content']) {
			const { id, email } = await invite(address(kind));
			const message = await settled(email, 'bounced');
			assert.match(message.reason, /^55/);
			const { headers } = await admin.get(`/v1/mail_messages/${message.id}`, { expect: 200 });
			await admin.get(`/v1/mail_messages/${message.id}`, { headers: { 'If-None-Match': headers.etag }, expect: 304 });
			assert.equal(message.attempts, 1);
			assert.equal(mail.recipients.filter((to) => to === email).length, 1);
			const events = await psql(server, `SELECT count(*) FROM events WHERE type = 'mail_message.bounced' AND object_id = '${message.id}'`);
			assert.equal(events, '1');
			const again = (await admin.post(`/v1/mail_messages/${message.id}/resend`, undefined, { expect: 201 })).body;
			assert.deepEqual([again.user_id, again.template, again.content], [id, 'invitation', null]);
			assert.deepEqual((await admin.read(`/v1/mail_messages/${again.id}`)).id, again.id);
		}
		await admin.get(`/v1/mail_messages/${randomId()}`, { expect: 404 });
		await admin.post(`/v1/mail_messages/${randomId()}/resend`, undefined, { expect: 404 });
	});

	test('that puts off, is slow, or loses its answer gets it again, with one Message-ID', async () => {
		const later3 = await invite(address('later-3'));
		const slow = await invite(address('slow'));
		const lost = await invite(address('lost'));
		await mail.to(later3.email);
		assert.equal((await settled(later3.email, 'sent')).attempts, 4);
		assert.equal(mail.recipients.filter((to) => to === later3.email).length, 4);
		const twice = await mail.to(lost.email, 2);
		assert.equal(new Set(twice.map(({ mail: { messageId } }) => messageId)).size, 1);
		assert.equal(new Set(twice.map(linkOf)).size, 1);
		await settled(lost.email, 'sent');
		for (let i = 0; i < 400 && mail.recipients.filter((to) => to === slow.email).length < 2; i += 1) await sleep(50);
		assert.ok(mail.recipients.filter((to) => to === slow.email).length >= 2, 'tried again');
		await admin.patch(`/v1/users/${slow.id}`, { status: 'disabled' }, { expect: 200 });
		assert.equal((await settled(slow.email, 'not_sent')).reason, 'recipient_left');
	});
});

describe('captured mail', () => {
	let quiet;
	let own;
	before(async () => {
		quiet = await startServer();
		own = await World.make(quiet);
	});
	after(() => quiet.stop());

	test('can be read by admins, and goes nowhere', async () => {
		assert.equal((await own.admin.read('/v1/mail_settings')).mode, 'capture');
		const email = address();
		await own.admin.make('/v1/users', { email, name: 'Captured', access_level: 'member' });
		for (let i = 0; i < 100; i += 1) {
			const [message] = await own.admin.all('/v1/mail_messages', { state: 'captured' });
			if (message) {
				const { content } = await own.admin.read(`/v1/mail_messages/${message.id}`);
				const parsed = await parseMail(content);
				assert.equal(parsed.to.value[0].address, email);
				return;
			}
			await sleep(50);
		}
		assert.fail('never captured');
	});

	test('is what a sandbox makes of it', async () => {
		const sandbox = await World.make(server, undefined, { sandbox: true });
		const email = address();
		await sandbox.admin.make('/v1/users', { email, name: 'Sandboxed', access_level: 'member' });
		for (let i = 0; i < 100; i += 1) {
			const [message] = await sandbox.admin.all('/v1/mail_messages');
			if (message?.state === 'captured') break;
			assert.notEqual(i, 99);
			await sleep(50);
		}
		assert.ok(!mail.recipients.includes(email));
	});
});

describe('without mail', () => {
	let off;
	before(async () => {
		off = await startServer({ env: { ASSAY_MAIL: 'off' } });
	});
	after(() => off.stop());

	test('messages are set aside, and a forgotten password is said to be an admin’s', async () => {
		const own = await World.make(off);
		await own.admin.make('/v1/users', { email: address(), name: 'Nobody', access_level: 'member' });
		for (let i = 0; i < 100; i += 1) {
			const [message] = await own.admin.all('/v1/mail_messages');
			if (message?.state === 'not_sent') {
				assert.equal(message.reason, 'mail_off');
				break;
			}
			assert.notEqual(i, 99);
			await sleep(50);
		}
		const invited = await own.admin.make('/v1/users', { email: address(), name: 'Nobody Either', access_level: 'member' });
		const refused = await own.admin.post(`/v1/users/${invited.id}/invite`, undefined, { expect: 409 });
		assert.equal(refused.body.code, 'mail_off');
		const unsent = await own.admin.post(`/v1/applications/${randomId()}/candidate_links/send`, undefined, { expect: 409 });
		assert.equal(unsent.body.code, 'mail_off');
		const { body } = await new Client(off).post('/v1/auth/forgotten_password', { email: address() }, { expect: 409 });
		assert.equal(body.code, 'mail_off');
		assert.equal((await own.admin.read('/v1/mail_settings')).mode, 'off');
	});
});
