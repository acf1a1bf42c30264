// What is told of blindness: a scene, all that can be asked of it, and a colleague's scorecard coming to be.
import assert from 'node:assert/strict';

import { mailed, modelled, psql, sealed } from '../support/database.mjs';
import { numberOf } from '../support/numbers.mjs';
import { addresses, differences, snapshot } from '../support/snapshot.mjs';
import { randomId, ratings } from '../support/world.mjs';

// What can be asked of: all ids of a world, and filters by them and by moments before and after.
function knowledge(world, { application, interviews, scorecards = [], stages, role, since }) {
	const people = Object.values(world.users).map(({ id }) => id);
	const ids = {
		role_id: [role.id],
		plan_id: [role.plan_id],
		stage_id: stages.map(({ id }) => id),
		candidate_id: [application.candidate_id],
		application_id: [application.id],
		interview_id: interviews.map(({ id }) => id),
		scorecard_id: [...scorecards, randomId()],
		decision_id: [randomId()],
		user_id: people.slice(0, 3),
	};
	// The same where Greenhouse's words are spoken.
	for (const [name, of] of Object.entries({ job: 'role', stage: 'stage', candidate: 'candidate', application: 'application',
		interview: 'interview', scorecard: 'scorecard', user: 'user' }))
		ids[`${name}_number`] = ids[`${of}_id`].map(numberOf);
	return {
		ids,
		filters: {
			...ids,
			scorecard_id: undefined,
			author_id: people,
			updated_since: [since, '2020-01-01T00:00:00Z', '2099-01-01T00:00:00Z'],
			q: ['Evidence', 'takeaway', application.candidate_name.split('-')[0]],
			email: ['nobody@example.com'],
			type: ['scorecard.created', 'scorecard.submitted', 'scorecard.amended', 'decision.made'],
			ids: [...scorecards, ...interviews.map(({ id }) => id), application.id].map(numberOf),
			application_ids: [numberOf(application.id)],
			interviewer_ids: people.map(numberOf),
			'updated_at[gte]': [since],
			updated_after: [since],
			object_id: [application.id, ...interviews.map(({ id }) => id), ...scorecards],
			since: [since, '2020-01-01T00:00:00Z'],
		},
	};
}

// What left for somebody by mail, as it left.
const mailTo = (world, user) =>
	psql(
		world.server,
		`SELECT id, template, content FROM mail_messages WHERE organization_id = '${world.organization.id}'
		AND user_id = '${user.id}' AND state IN ('captured', 'sent') ORDER BY id`,
	);

// Once all that happened is sealed: what is read too early shows nothing for the wrong reason.
export async function readAll(world, client, targets) {
	await sealed(world.server, world.organization);
	await modelled(world.server, world.organization);
	await mailed(world.server, world.organization);
	const seen = await snapshot(client, targets);
	// And the whole lists as files.
	for (const Accept of ['application/x-ndjson', 'text/csv']) {
		const lists = targets.filter((target) => /^\/v1\/(scorecards|applications|interviews|events)$/.test(target));
		for (const target of lists)
			seen.set(
				`${Accept} ${target}`,
				(await client.get(target, { headers: { Accept }, check: false })).text.replace(/"instance".*/, ''),
			);
	}
	return seen;
}

/*
 * One story: `subject` owes on an application while `colleague` drafts, submits, amends and takes
 * back. After each act the subject's view of everything must be what it was; after the subject's
 * own submission the colleague's is open to them.
 */
export async function story(contract, {
	world,
	role,
	subject,
	colleague = 'b',
	subjectInterview,
	colleagueInterview,
	application,
	own = [],
	opens = true,
}) {
	const subjects = world.users[subject].client;
	const other = world.users[colleague].client;
	const since = new Date(Date.now() - 50).toISOString();
	const interviews = [...new Set([subjectInterview, colleagueInterview].filter(Boolean))];
	const base = { application, interviews, scorecards: own, stages: role.stages, role, since };
	const targets = addresses(contract, knowledge(world, base));
	const before = await readAll(world, subjects, targets);
	const mailBefore = await mailTo(world, world.users[subject]);
	assert.ok(targets.length > 100, `${targets.length} addresses`);
	const unchanged = async (what) => {
		const found = differences(before, await readAll(world, subjects, targets));
		assert.deepEqual(found.slice(0, 2), [], `${subject} after ${what}: ${found.length} answers differ`);
		assert.equal(await mailTo(world, world.users[subject]), mailBefore, `${subject} was written to after ${what}`);
	};
	// By its id the colleague's scorecard is as good as none.
	const hidden = async (id, what) => {
		for (const tail of ['', '/revisions']) {
			const known = await subjects.get(`/v1/scorecards/${id}${tail}`);
			const random = await subjects.get(`/v1/scorecards/${randomId()}${tail}`);
			assert.equal(known.status, 404, what);
			assert.deepEqual({ ...known.body, instance: 0 }, { ...random.body, instance: 0 });
		}
		for (const verb of ['submit', 'take_back'])
			assert.equal((await subjects.post(`/v1/scorecards/${id}/${verb}`)).status, 404, what);
		assert.equal(
			(await subjects.post(`/v1/scorecards/${id}/amend`, { key_takeaways: 'x', reason: 'y' })).status,
			404,
			what,
		);
	};

	const draft = await other.post(
		'/v1/scorecards',
		{
			interview_id: colleagueInterview.id,
			ratings: ratings(world.values(5, 4, 2)),
			key_takeaways: 'takeaway of a colleague',
		},
		{ expect: 201 },
	);
	const { id } = draft.body;
	await unchanged('a draft');
	await hidden(id, 'a draft');
	const attached = await other.request('POST', `/v1/scorecards/${id}/attachments`, {
		raw: 'Evidence on the whiteboard',
		type: 'text/plain',
		expect: 201,
	});
	await unchanged('an attachment');
	const attachment = `/v1/attachments/${attached.body.id}`;
	const sealedOff = async (what) => {
		for (const path of [attachment, `${attachment}/content`, `/v1/scorecards/${id}/attachments`])
			await subjects.get(path, { expect: 404 });
		assert.equal((await subjects.delete(attachment)).status, 404, what);
	};
	await sealedOff('a draft');
	await other.patch(
		`/v1/scorecards/${id}`,
		{ recommendation: 'strong_yes' },
		{ headers: { 'If-Match': draft.headers.etag }, expect: 200 },
	);
	await unchanged('a saved draft');
	await other.make(`/v1/scorecards/${id}/submit`);
	await unchanged('a submission');
	await hidden(id, 'a submission');
	await sealedOff('a submission');
	// A note may say what the scorecard says; whoever wrote it.
	const notes = `/v1/candidates/${application.candidate_id}/notes`;
	for (const bound of [{}, { application_id: application.id }])
		await other.make(notes, { text: 'Evidence in a note', mentions: [world.users[subject].id], ...bound });
	await unchanged('notes');
	// What others are told by mail, as admins read it: one mentioned who may read the note, one reminded.
	for (const bound of [{}, { application_id: application.id }])
		await other.make(notes, { text: 'Evidence for another', mentions: [world.users.recruiter.id], ...bound });
	await psql(
		world.server,
		`INSERT INTO events (organization_id, type, object_id, application_id, actor_kind, data)
		VALUES ('${world.organization.id}', 'scorecard.reminded', '${colleagueInterview.id}', '${application.id}', 'system',
			jsonb_build_object('user_id', '${world.users[colleague].id}'))`,
	);
	await unchanged('notes and reminders to others');
	// Not for a colleague who has seen the subject's own by then.
	if (
		(
			await other.post(`/v1/scorecards/${id}/take_back`, undefined, {
				expect: own.length ? [200, 409] : 200,
			})
		).status === 200
	) {
		await unchanged('one taken back');
		await other.make(`/v1/scorecards/${id}/submit`);
	}
	await other.make(`/v1/scorecards/${id}/amend`, {
		ratings: { [world.competencies[0].id]: { value: 1, evidence: 'Evidence anew.' } },
		reason: 'Thought again.',
	});
	await unchanged('an amendment');
	await hidden(id, 'an amendment');
	await other.put(
		`/v1/applications/${application.id}/level`,
		{ observations: { designs_systems: { observed: true, evidence: 'Evidence of a colleague.' } } },
		{ expect: 200 },
	);
	await unchanged('an observation');
	// To whoever is through with the stage and holds a later one a handover passes; else it tells nothing.
	if (subjectInterview?.stage_id === colleagueInterview.stage_id && own.length === 0) {
		await other.put(`/v1/interviews/${colleagueInterview.id}/handover`, { note: 'Evidence?' }, { expect: 200 });
		await unchanged('a handover');
	}

	if (!opens) return id;
	await world.scorecard(subject, subjectInterview, world.values(2, 3, 2));
	assert.equal((await subjects.read(`/v1/scorecards/${id}`)).id, id, 'open after one’s own submission');
	assert.equal((await subjects.get(`${attachment}/content`, { expect: 200 })).text, 'Evidence on the whiteboard');
	const cards = await subjects.all('/v1/scorecards', { application_id: application.id });
	assert.equal(cards.length, 2);
	assert.equal((await subjects.all(notes)).length, 4, 'notes are open then, too');
	const evaluation = await subjects.read(`/v1/applications/${application.id}/evaluation`);
	assert.deepEqual([evaluation.blind, evaluation.scorecards, evaluation.missing], [false, 2, []]);
	return id;
}

// All that can be asked of a scene.
export const everything = (contract, world, it) =>
	addresses(
		contract,
		knowledge(world, {
			...it,
			interviews: [it.interview],
			stages: it.role.stages,
			since: new Date().toISOString(),
		}),
	);

// A role of two stages, an application, and one interview of the first stage.
export async function scene(
	world,
	{ independence = 'application', team = world.team, who = { a: 'interviewer', b: 'interviewer' } } = {},
) {
	const role = await world.role({ version: world.version, stages: [{ independence }, { independence }], team });
	const application = await world.application(role);
	const interview = await world.interview(application, who);
	return { role, application, interview };
}
