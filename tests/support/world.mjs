// Organizations with people, programs and something to evaluate, made through the API.
import { randomBytes, randomUUID } from 'node:crypto';

import { Client } from './client.mjs';
import { numberOf } from './numbers.mjs';

export { numberOf };
export const PASSWORD = 'Quartz-lantern-4-orchard';

let counter = 0;
// Unlike anything else in this run.
// Letters alone behind the prefix: digits behind a hyphen are a negative number to the search.
export function unique(prefix) {
	counter += 1;
	const letters = [...randomBytes(8)].map((byte) => String.fromCharCode(97 + (byte % 26))).join('');
	return `${prefix}-${letters}-${counter}`;
}

// The number of nothing, too.
const numbered = (it) => numberOf(it?.id ?? randomId());

// A well-formed id of nothing.
export const randomId = () => {
	const id = randomUUID();
	return `${id.slice(0, 14)}7${id.slice(15)}`;
};

// Scopes that a program can have, and one that opens nothing of the API.
export const SCOPES = [
	'roles:read',
	'roles:write',
	'candidates:read',
	'candidates:write',
	'applications:read',
	'applications:write',
	'interviews:read',
	'interviews:write',
	'scorecards:read',
	'scorecards:write',
	'rubrics:read',
	'rubrics:write',
	'evaluations:read',
	'decisions:read',
	'decisions:write',
	'users:read',
	'users:write',
	'reports:read',
	'job_board:write',
	'scim:write',
];
export const IDLE_SCOPE = 'events:read';

export async function createOrganization(server, name = unique('Organization'), { sandbox = false } = {}) {
	const email = `${unique('admin')}@example.com`;
	const made = JSON.parse(
		await server.command(
			'organization',
			'create',
			name,
			'--name',
			'Ada Admin',
			'--email',
			email,
			'--password',
			PASSWORD,
			'--json',
			...(sandbox ? ['--sandbox'] : []),
		),
	);
	return { ...made.organization, admin: { id: made.admin.id, email, name: 'Ada Admin', password: PASSWORD } };
}

// Each sign-in from an address of its own, so that a test of limits meets no other.
let address = 0;
export const anAddress = () => {
	address += 1;
	return `10.${process.pid % 250}.${Math.floor(address / 250)}.${(address % 250) + 1}`;
};

export async function signIn(server, email, password = PASSWORD, more = {}) {
	const client = new Client(server, { headers: { 'X-Forwarded-For': anAddress() } });
	return client.make('/v1/auth/login', { email, password, ...more });
}

export async function clientToken(server, { client_id, client_secret }, scope) {
	const form = { grant_type: 'client_credentials', client_id, client_secret, ...(scope ? { scope } : {}) };
	const answer = await new Client(server).request('POST', '/v1/oauth/token', { form, expect: 200 });
	return answer.body.access_token;
}

// A posting's words, for a role.
export const POSTING = {
	title: 'Developer',
	description: 'We build things.',
	country: 'DE',
	work_mode: 'remote',
	employment_type: 'full_time',
};

export const anchors = (name) => [1, 2, 3, 4, 5].map((level) => `${name}, as it looks at ${level}`);

// One organization that tests fill by themselves.
export class World {
	constructor(server, organization) {
		Object.assign(this, { server, organization, users: {}, programs: {} });
	}

	static async make(server, name, more) {
		const world = new World(server, await createOrganization(server, name, more));
		world.users.admin = world.organization.admin;
		await world.#signIn('admin');
		world.admin = world.users.admin.client;
		return world;
	}

	async #signIn(key) {
		const user = this.users[key];
		const session = await signIn(this.server, user.email, user.password);
		user.token = session.access_token;
		user.client = new Client(this.server, { token: user.token });
		return user;
	}

	// A person who is signed in; kept as users[key] and under that name in the world.
	async user(key, access_level = 'member', name = `Person ${key}`) {
		const email = `${unique(key.toLowerCase())}@example.com`;
		const made = await this.admin.make('/v1/users', { email, name, access_level, password: PASSWORD });
		this.users[key] = { ...made, password: PASSWORD };
		await this.#signIn(key);
		this[key] = this.users[key].client;
		return this.users[key];
	}

	// A program that is signed in.
	async program(key, scopes) {
		const made = await this.admin.make('/v1/api_clients', { name: unique(key), scopes });
		const token = await clientToken(this.server, made);
		this.programs[key] = { ...made, token, client: new Client(this.server, { token }) };
		return this.programs[key].client;
	}

	// Ids of this world by the names of the document's path parameters.
	params() {
		return {
			role_id: this.role1?.id,
			user_id: this.users.a?.id,
			candidate_id: this.candidate1?.id,
			flag: 'database',
			note_id: this.note1?.id,
			document_id: this.document1?.id,
			export_id: this.export1?.id,
			rule_id: this.rule1?.id,
			link_id: this.link1?.id,
			application_id: this.application1?.id,
			interview_id: this.interview1?.id,
			scorecard_id: this.scorecard1?.id,
			attachment_id: this.attachment1?.id,
			decision_id: this.decision1?.id,
			competency_id: this.competencies?.[0].id,
			rubric_id: this.version?.rubric_id,
			version_id: this.version?.id,
			stage_id: this.role1?.stages[0].id,
			template: 'ladder-000-backend',
			ladder_id: this.ladder1?.id,
			plan_id: this.role1?.plan_id,
			override_id: this.override1?.id,
			client_id: Object.values(this.programs)[0]?.id,
			saved_view_id: this.savedView1?.id,
			bulk_action_id: this.bulkAction1?.id,
			import_id: this.import1?.id,
			webhook_id: this.webhook1?.id,
			delivery_id: this.delivery1?.id,
			partner_id: this.partner1?.id,
			connection_id: this.connection1?.id,
			posting_id: this.posting1?.id,
			slug: this.organization.slug,
			posting: randomId(),
			report: 'fairness',
			mail_template: 'invitation',
			message_id: this.message1?.id,
			token: 'un_none',
			candidate_number: numbered(this.candidate1),
			application_number: numbered(this.application1),
			job_number: numbered(this.role1),
			stage_number: numbered(this.role1?.stages[0]),
			user_number: numbered(this.users.a),
			interview_number: numbered(this.interview1),
			scorecard_number: numbered(this.scorecard1),
		};
	}

	posting(role, more = {}) {
		return this.admin.make('/v1/postings', { ...POSTING, role_id: role.id, ...more });
	}

	// A message that waits or has left already: the invitation of somebody new.
	async message() {
		const { id } = await this.admin.make('/v1/users', {
			email: `${unique('invited')}@example.com`,
			name: 'In Vited',
			access_level: 'member',
		});
		return (await this.admin.read('/v1/mail_messages', { user_id: id })).data[0];
	}

	competency(name = unique('Competency')) {
		return this.admin.make('/v1/competencies', { name });
	}

	ladder(levels = ['Junior', 'Senior'], name = unique('Ladder')) {
		return this.admin.make('/v1/ladders', { name, levels: levels.map((level) => ({ name: level })) });
	}

	// A published version over [{competency, weight, must}].
	async rubric(criteria, name = unique('Rubric')) {
		const rubric = await this.admin.make('/v1/rubrics', { name });
		const draft = await this.admin.get(`/v1/rubric_versions/${rubric.draft_version_id}`, { expect: 200 });
		const saved = await this.admin.patch(
			`/v1/rubric_versions/${rubric.draft_version_id}`,
			{
				criteria: criteria.map(({ competency, weight, must = null }) => ({
					competency_id: competency.id,
					weight,
					must_have_level: must,
					anchors: anchors(competency.name),
				})),
			},
			{ expect: 200, headers: { 'If-Match': draft.headers.etag } },
		);
		const published = await this.admin.post(
			`/v1/rubric_versions/${rubric.draft_version_id}/publish`,
			undefined,
			{
				expect: 200,
				headers: { 'If-Match': saved.headers.etag },
			},
		);
		return published.body;
	}

	// A role with its stages: [{name, independence, focus}].
	async role({ version, hire_bar = 3.5, stages = [{}], team = {}, ...more } = {}) {
		const role = await this.admin.make('/v1/roles', {
			title: unique('Role'),
			rubric_version_id: version?.id ?? null,
			hire_bar,
			...more,
		});
		role.stages = [];
		for (const [
			i,
			{
				name = `Stage ${i + 1}`,
				method = 'technical_interview',
				independence = 'application',
				focus = [],
				candidate_instructions = 'What you do, how long it takes, and how it is judged.',
				...rest
			},
		] of stages.entries())
			role.stages.push(
				await this.admin.make(`/v1/roles/${role.id}/stages`, {
					name,
					method,
					independence,
					candidate_instructions,
					competency_ids: focus.map((competency) => competency.id),
					...rest,
				}),
			);
		for (const [key, part] of Object.entries(team))
			await this.admin.put(
				`/v1/roles/${role.id}/hiring_team/${this.users[key].id}`,
				{ part },
				{ expect: 200 },
			);
		return role;
	}

	candidate(more = {}) {
		return this.admin.make('/v1/candidates', { name: unique('Candidate'), ...more });
	}

	async application(role, candidate) {
		const person = candidate ?? (await this.candidate());
		return this.admin.make('/v1/applications', { candidate_id: person.id, role_id: role.id });
	}

	// With interviewers by key: {a: "interviewer", s: "shadow"}.
	interview(application, interviewers, more = {}) {
		return this.admin.make('/v1/interviews', {
			application_id: application.id,
			interviewers: Object.entries(interviewers).map(([key, part]) => ({
				user_id: this.users[key].id,
				part,
			})),
			...more,
		});
	}

	// A whole scorecard by one of the users; values by competency id.
	async scorecard(key, interview, values, { recommendation = 'yes', submit = true, ...more } = {}) {
		return this.users[key].client.make('/v1/scorecards', {
			interview_id: interview.id,
			ratings: ratings(values),
			recommendation,
			submit,
			...more,
		});
	}
}

// {id: 4} → a rating with evidence; null is "not assessed".
export const ratings = (values) =>
	Object.fromEntries(
		Object.entries(values).map(([id, value]) => [
			id,
			value === null ? { not_assessed: true } : { value, evidence: `Seen at ${value}.` },
		]),
	);

/*
 * The usual organization: a rubric of three competencies (.6, .3, .1; the second a must-have at 3),
 * a role of two stages with its whole team, and an application whose first interview a and b owe.
 */
export async function usualWorld(server, { name, independence = 'application', sandbox } = {}) {
	const world = await World.make(server, name, { sandbox });

	await Promise.all([
		world.user('recruiter', 'recruiter'),
		...['manager', 'a', 'b', 'observer', 'shadow', 'outsider'].map((key) => world.user(key)),
	]);
	world.competencies = [];
	for (const label of ['Logic', 'Data', 'Scale']) world.competencies.push(await world.competency(unique(label)));
	const [first, second, third] = world.competencies;
	world.version = await world.rubric([
		{ competency: first, weight: 0.6 },
		{ competency: second, weight: 0.3, must: 3 },
		{ competency: third, weight: 0.1 },
	]);
	world.team = {
		manager: 'hiring_manager',
		a: 'interviewer',
		b: 'interviewer',
		observer: 'observer',
		shadow: 'shadow',
	};
	world.role1 = await world.role({
		version: world.version,
		stages: [{ independence }, { independence }],
		team: world.team,
	});
	world.candidate1 = await world.candidate();
	world.application1 = await world.application(world.role1, world.candidate1);
	world.interview1 = await world.interview(world.application1, {
		a: 'interviewer',
		b: 'interviewer',
		shadow: 'shadow',
	});
	world.values = (one, two, three) => ({ [first.id]: one, [second.id]: two, [third.id]: three });
	return world;
}
