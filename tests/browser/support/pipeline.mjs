// What the tests of the pipeline share: a role of their own, columns and cards.
import { unique } from './test.mjs';

/** A role of its own with three stages and some candidates, so that tests do not meet. */
export async function roleOf(site, names = [unique('Ada Lovelace'), unique('Grace Hopper'), unique('Edsger Dijkstra')]) {
	const api = await site.as('recruiter');
	const role = await api.post('/v1/roles', { title: unique('Engineer'), rubric_version_id: site.role.rubric_version_id });
	const stages = [];
	for (const name of ['First call', 'Deep talk', 'Last talk']) {
		stages.push(await api.post(`/v1/roles/${role.id}/stages`, {
			name, method: 'technical_interview', duration_minutes: 45, candidate_instructions: 'You talk with two of us for 45 minutes.',
		}));
	}
	const applications = [];
	for (const name of names) {
		const candidate = await api.post('/v1/candidates', { name });
		applications.push(await api.post('/v1/applications', { candidate_id: candidate.id, role_id: role.id, source: 'Referral' }));
	}
	return { api, role, stages, applications, names };
}

export const column = (page, name) => page.getByRole('region', { name: new RegExp(`^${name}`) });
export const card = (page, name) => page.getByRole('article').filter({ hasText: name });
export const now = async ({ api, applications }, at) => api.get(`/v1/applications/${applications[at].id}`);
