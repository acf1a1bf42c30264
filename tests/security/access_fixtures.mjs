// What the access matrix makes to ask for: objects of one world, new for each request that changes something.
import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Client } from '../support/client.mjs';
import { psql } from '../support/database.mjs';
import { Partner } from '../support/partner.mjs';
import { PASSWORD, POSTING, anchors, ratings, signIn, unique } from '../support/world.mjs';

export const text = { raw: 'A document.', type: 'text/plain' };

export class Fixtures {
	constructor(world, { confidential = false } = {}) {
		Object.assign(this, { world, admin: world.admin, confidential, nobody: new Client(world.server) });
		this.kept = new Map();
	}

	// Made once, for operations that only read.
	once(name, make) {
		if (!this.kept.has(name)) this.kept.set(name, make());
		return this.kept.get(name);
	}

	role(stages = [{ independence: 'open' }]) {
		const { world, confidential } = this;
		return world.role({ version: world.version, team: world.team, confidential, stages });
	}

	theRole() {
		return this.once('role', () => this.role());
	}

	async application() {
		return this.world.application(await this.theRole());
	}

	async interview(interviewers = { a: 'interviewer' }) {
		return this.world.interview(await this.application(), interviewers);
	}

	async card(submit) {
		const { world } = this;
		const interview = await this.interview();
		return world.a.make('/v1/scorecards', {
			interview_id: interview.id,
			ratings: ratings(world.values(4, 4, 4)),
			recommendation: 'yes',
			submit,
		});
	}

	async decision() {
		const card = await this.card(true);
		return this.admin.make(`/v1/applications/${card.application_id}/decisions`, {
			kind: 'hire',
			rationale: 'Good.',
		});
	}

	// By an interviewer, on someone who has no interview yet, so that the whole team reads it.
	async note() {
		const { candidate_id } = await this.application();
		return this.world.a.make(`/v1/candidates/${candidate_id}/notes`, { text: 'A word.' });
	}

	async document() {
		const { candidate_id } = await this.application();
		return this.admin
			.request('POST', `/v1/candidates/${candidate_id}/documents`, { ...text, expect: 201 })
			.then(({ body }) => body);
	}

	// Someone who was merged into another.
	async merged() {
		const { candidate_id } = await this.application();
		const { id: into } = await this.world.candidate();
		await this.admin.make(`/v1/candidates/${candidate_id}/merge`, { into });
		return candidate_id;
	}

	link(application_id) {
		return this.admin.make(`/v1/applications/${application_id}/candidate_links`, {});
	}

	// Someone who is at a work sample.
	async atWorkSample() {
		const role = await this.once('sampled', async () => {
			const made = await this.role([{ method: 'work_sample' }]);
			await this.admin.make(`/v1/stages/${made.stages[0].id}/dry_runs`, { minutes: 50 });
			return made;
		});
		return this.world.application(role);
	}

	posted(role_id) {
		return { ...POSTING, role_id };
	}

	async posting() {
		return this.admin.make('/v1/postings', this.posted((await this.role()).id));
	}

	// As if a confidential role had been published before it became one.
	async published() {
		const { id } = await this.posting();
		await psql(
			this.world.server,
			`UPDATE postings SET status = 'published', published_at = now() WHERE id = '${id}'`,
		);
		return { id };
	}

	// The careers page, and a posting that is open on it.
	careers() {
		return this.once('careers', async () => {
			const role = await this.world.role({});
			const { id: posting } = await this.admin.make('/v1/postings', this.posted(role.id));
			await this.admin.make(`/v1/postings/${posting}/publish`);
			const { slug } = await this.admin.change('/v1/careers_page', { enabled: true });
			return { slug, posting };
		});
	}

	// As if they had come in through the role's posting.
	async applied() {
		const { id, organization_id = this.world.organization.id } = await this.application();
		const { id: role } = await this.theRole();
		const posting = await this.once('of the role', () => this.admin.make('/v1/postings', this.posted(role)));
		await psql(
			this.world.server,
			`INSERT INTO posting_applications (organization_id, application_id, posting_id, form_key, notice)
			 VALUES ('${organization_id}', '${id}', '${posting.id}', '${id}', 'By people.')`,
		);
		return id;
	}

	rubric() {
		return this.admin.make('/v1/rubrics', { name: unique('Rubric') });
	}

	async draft() {
		const { draft_version_id: id } = await this.rubric();
		const competency = await this.once('competency', () => this.world.competency());
		const body = { criteria: [{ competency_id: competency.id, weight: 1, anchors: anchors('x') }] };
		const answer = await this.admin.patch(`/v1/rubric_versions/${id}`, body, {
			expect: 200,
			headers: { 'If-Match': '*' },
		});
		return { id, etag: answer.headers.etag, body };
	}

	user() {
		return this.admin.make('/v1/users', {
			email: `${unique('someone')}@example.com`,
			name: 'Some One',
			access_level: 'member',
			password: PASSWORD,
		});
	}

	async session() {
		const { email } = await this.user();
		return { email, ...(await signIn(this.world.server, email)) };
	}

	// Made by the program that may, where there is one (IDLE_SCOPE is events:read): admins see it, too.
	webhook() {
		const { world, admin } = this;
		return (world.programs.idle?.client ?? admin).make('/v1/webhooks', {
			name: unique('Webhook'),
			url: 'https://receiver.invalid/hook',
			event_types: ['webhook.*'],
		});
	}

	ping() {
		return this.webhook().then(({ id }) => this.admin.make(`/v1/webhooks/${id}/ping`));
	}

	// One of an event, that is over.
	async finished() {
		const one = await this.once('delivery', async () => {
			const { id } = await this.webhook();
			await this.admin.make(`/v1/webhooks/${id}/rotate`);
			for (let i = 0; i < 100; i += 1) {
				const { data } = await this.admin.read(`/v1/webhooks/${id}/deliveries`, { type: 'webhook.rotated' });
				if (data.length) return data[0];
				await new Promise((done) => setTimeout(done, 100));
			}
			// With the walls down, organizations' events are not told apart, and nothing comes.
			return this.admin.make(`/v1/webhooks/${id}/ping`);
		});
		await this.admin.make(`/v1/webhooks/${one.webhook_id}/pause`);
		await this.admin.make(`/v1/webhooks/${one.webhook_id}/resume`, { missed: 'skip' });
		return one;
	}

	// One that is over, so that it may be sent once more.
	async message() {
		const message = await this.world.message();
		for (let i = 0; i < 200; i += 1) {
			const now = await this.admin.read(`/v1/mail_messages/${message.id}`);
			if (now.finished_at) return now;
			await sleep(50);
		}
		throw new Error('the mailer is late');
	}

	// A link as a mail holds it, of somebody new.
	async mailLink(kind) {
		const { id } = await this.user();
		const token = `${kind}_${this.world.organization.id.replaceAll('-', '')}_${randomBytes(32).toString('base64url')}`;
		const digest = createHash('sha256').update(token).digest('hex');
		const [table, column, value] =
			kind === 'pw'
				? ['password_links', 'expires_at', "now() + interval '1 hour'"]
				: ['mail_unsubscribes', 'kind', "'reminders'"];
		await psql(
			this.world.server,
			`INSERT INTO ${table} (organization_id, digest, user_id, ${column})
			VALUES ('${this.world.organization.id}', '${digest}', '${id}', ${value})`,
		);
		return token;
	}

	// The end of the address of somebody's feed.
	async calendarFeed() {
		const { body } = await this.admin.post('/v1/me/calendar_feed', undefined, { expect: 201 });
		return body.url.split('/').at(-1);
	}

	partner() {
		return Partner.register(this.world.server, this.admin);
	}

	aPartner() {
		return this.once('partner', () => this.partner());
	}

	async connection() {
		const partner = await this.partner();
		const me = await (await partner.connect(this.admin)).as.read('/v1/me');
		return { id: me.id };
	}

	program() {
		return this.admin.make('/v1/api_clients', { name: unique('Program'), scopes: ['roles:read'] });
	}
}
