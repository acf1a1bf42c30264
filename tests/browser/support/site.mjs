// The program with its small demo organization, and the API as its people use it.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import { root, startServer } from '../../support/server.mjs';

let counter = 0;
/** Unlike any other name of this run. */
export function unique(prefix) {
	counter += 1;
	return `${prefix} ${randomBytes(3).toString('hex')}${counter}`;
}

const DAY_MS = 86_400_000;
// A third of what a token lives: a whole run takes longer than that.
const SIGNED_IN_MS = 300_000;

class Api {
	#person;
	#since = -Infinity;
	/** As a person; without one, as nobody. */
	constructor(url, person) {
		this.url = url;
		this.#person = person;
	}
	async signIn() {
		if (performance.now() - this.#since < SIGNED_IN_MS) return;
		const { email, password } = this.#person;
		const { access_token: token } = await new Api(this.url).post('/v1/auth/login', { email, password });
		this.token = token;
		this.#since = performance.now();
	}

	async call(method, path, body, headers = {}) {
		if (this.#person) await this.signIn();
		const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
		const answer = await fetch(this.url + path, {
			method,
			headers: {
				...(this.token ? { Authorization: `Bearer ${this.token}` } : {}),
				...(body === undefined ? {} : { 'Content-Type': type }),
				...headers,
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const text = await answer.text();
		if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text.slice(0, 800)}`);
		return text === '' ? null : JSON.parse(text);
	}

	get(path) {
		return this.call('GET', path);
	}

	post(path, body) {
		return this.call('POST', path, body);
	}

	put(path, body) {
		return this.call('PUT', path, body);
	}
}

export class Site {
	#apis = new Map();
	#panel;

	/** With the small demo, or with its whole company. */
	static async start({ company = false } = {}) {
		const program = process.env.ASSAY_BINARY ?? join(root, 'build/assay');
		const site = new Site();
		site.server = await startServer({ program, args: company ? ['--demo'] : ['--demo', '--small'] });
		site.url = site.server.url;
		site.demo = JSON.parse(await site.server.command('demo', '--json'));
		site.users = Object.fromEntries(site.demo.users.map((user) => [user.persona, user]));
		await site.#learn();
		return site;
	}

	stop() {
		return this.server.stop();
	}

	/** The API as one of the people. */
	async as(persona) {
		if (!this.#apis.has(persona)) this.#apis.set(persona, new Api(this.url, this.users[persona]));
		const api = this.#apis.get(persona);
		await api.signIn();
		return api;
	}

	/** The role, the stages, the two sample candidates. */
	async #learn() {
		const api = await this.as('recruiter');
		this.role = (await api.get('/v1/roles')).data.find((one) => one.title === 'Senior Backend Developer');
		this.stages = (await api.get(`/v1/roles/${this.role.id}/stages`)).data;
		this.technical = this.stages.find((stage) => stage.name === 'Technical interview');
		const applications = (await api.get(`/v1/applications?limit=100&role_id=${this.role.id}`)).data;
		this.amir = applications.find((one) => one.candidate_name === 'Amir Williams');
		this.daisy = applications.find((one) => one.candidate_name === 'Daisy Kim');
		const names = (await api.get(`/v1/rubric_versions/${this.role.rubric_version_id}`)).criteria;
		this.competencies = Object.fromEntries(names.map((one) => [one.competency_name, one.competency_id]));
		for (const user of (await api.get('/v1/users?limit=100')).data) {
			const known = this.demo.users.find((one) => one.email === user.email);
			if (known) known.id = user.id;
		}
	}

	/** Someone new, who has nothing to do yet. */
	async newcomer(name = unique('Newcomer'), access_level = 'member') {
		const persona = unique('persona');
		const email = `${persona.replaceAll(' ', '-')}@demo.example`;
		const password = `Quartz-${persona.replaceAll(' ', '-')}-orchard`;
		const made = await (await this.as('admin')).post('/v1/users', { name, email, access_level, password });
		this.users[persona] = { ...made, persona, password };
		return persona;
	}

	/** The admin of an organization that has nothing in it yet. */
	async newOrganization() {
		const persona = unique('persona');
		const email = `${persona.replaceAll(' ', '-')}@empty.example`;
		const password = `Quartz-${persona.replaceAll(' ', '-')}-orchard`;
		const words = ['organization', 'create', unique('Empty'), '--name', 'Ada Admin', '--email', email];
		await this.server.command(...words, '--password', password, '--json');
		this.users[persona] = { persona, email, password, name: 'Ada Admin' };
		return persona;
	}

	/** A new candidate of the demo role, and an interview that some people owe a scorecard for. */
	async interview({ interviewers = ['interviewer'], name = unique('Ola Nordmann'), stage = this.technical } = {}) {
		const api = await this.as('recruiter');
		const candidate = await api.post('/v1/candidates', { name });
		const application = await api.post('/v1/applications', { candidate_id: candidate.id, role_id: this.role.id });
		const interview = await api.post('/v1/interviews', {
			application_id: application.id,
			stage_id: stage.id,
			starts_at: new Date(Date.now() - DAY_MS).toISOString(),
			interviewers: interviewers.map((persona) => ({ user_id: this.users[persona].id })),
		});
		return { ...interview, candidate_name: candidate.name, application_id: application.id };
	}

	/** A submitted scorecard; values by the competency's name. */
	async scorecard(persona, interview, values, more = {}) {
		const ratings = Object.fromEntries(
			Object.entries(values).map(([name, rating]) => [
				this.competencies[name],
				typeof rating === 'number' ? { value: rating, evidence: `Seen at ${rating}.` } : rating,
			]),
		);
		return (await this.as(persona)).post('/v1/scorecards', {
			interview_id: interview.id,
			ratings,
			recommendation: 'yes',
			submit: true,
			...more,
		});
	}

	/** Enough scorecards of the demo role for the statistical model: eight candidates, highest first. */
	async panel() {
		this.#panel ??= this.#rate();
		return this.#panel;
	}

	async #rate() {
		const people = [];
		for (const name of ['Nadia Rahman', 'Tom Ferreira', 'Lena Sørensen', 'Kwame Mensah', 'Julia Novák'])
			people.push(await this.newcomer(name));
		const levels = { 'Ines Duarte': 5, 'Marek Hale': 4, 'Sofia Lind': 4, 'Ravi Menon': 4, 'Ella Brandt': 3, 'Chen Wei': 3, 'Omar Aziz': 2, 'Petra Volk': 1 };
		const made = [];
		for (const [i, [name, level]] of Object.entries(levels).entries()) {
			const interviewers = [0, 1, 2, 3].map((k) => people[(i + k) % people.length]);
			const interview = await this.interview({ interviewers, name });
			for (const [k, persona] of interviewers.entries()) {
				// The second of them is severe; the rest differ by what they saw.
				const value = (shift) =>
					Math.max(1, Math.min(5, level + shift - (persona === people[1] ? 1 : 0)));
				await this.scorecard(persona, interview, {
					[focus[0]]: value(0),
					[focus[1]]: value((i + k) % 3 === 0 ? -1 : 0),
					[focus[2]]: value(k % 2),
				});
			}
			made.push({ ...interview, name, level });
		}
		const recruiter = await this.as('recruiter');
		for (let tries = 0; tries < 200; tries += 1) {
			const { model } = await recruiter.get(`/v1/applications/${made.at(-1).application_id}/evaluation`);
			if (model.state === 'current' && model.scorecards === 4) return made;
			await new Promise((done) => setTimeout(done, 50));
		}
		throw new Error('the model never settled');
	}

	/** What the server holds of someone's own draft. */
	async draftOf(persona, interview) {
		const api = await this.as(persona);
		const { my_scorecard_id: id } = await api.get(`/v1/interviews/${interview.id}`);
		return id === null ? null : api.get(`/v1/scorecards/${id}`);
	}
}

export const focus = ['Logical depth', 'Database design', 'Code security'];
