// For each operation a request on a fresh object: what the access matrix sends.
import { numberOf } from '../support/numbers.mjs';
import { PASSWORD, unique } from '../support/world.mjs';
import { text } from './access_fixtures.mjs';

const SCIM = 'application/scim+json';
const part = (what) => ({ source: 'matrix', external_id: unique(what) });

const onRole = async (f) => ({ params: { role_id: (await f.role()).id } });
const onPlan = async (f) => ({ params: { plan_id: (await f.role()).plan_id } });
const onCandidate = async (f) => ({ params: { candidate_id: (await f.application()).candidate_id } });
const onExport = async (f) => {
	const { params } = await onCandidate(f);
	const { id } = await f.admin.make(`/v1/candidates/${params.candidate_id}/exports`);
	return { params: { export_id: id } };
};
const onHold = async (f) => {
	const { params } = await onCandidate(f);
	await f.admin.put(`/v1/candidates/${params.candidate_id}/legal_hold`, { reason: 'A claim.' }, { expect: 200 });
	return { params };
};
let countries = 0;
const aCountry = () => {
	countries += 1;
	return String.fromCharCode(65 + Math.floor(countries / 26), 65 + (countries % 26));
};
const onRule = async (f) => ({
	params: {
		rule_id: (await f.admin.make('/v1/retention_rules', { country: aCountry(), months: 240 })).id,
	},
});
const withLink = ({ token }) => ({ headers: { 'Candidate-Link': token } });
const onLetter = async (f) => {
	const params = { application_id: (await f.card(true)).application_id };
	await f.admin.make(`/v1/applications/${params.application_id}/letter`);
	return { params };
};
const onDocument = async (f) => ({ params: { document_id: (await f.document()).id } });
const onApplication = async (f) => ({ params: { application_id: (await f.application()).id } });
const onInterview = async (f) => ({ params: { interview_id: (await f.interview()).id } });
const onAttachment = (submit) => async (f) => {
	const card = await f.card(false);
	const { body } = await f.world.a.request('POST', `/v1/scorecards/${card.id}/attachments`, { ...text, expect: 201 });
	if (submit) await f.world.a.make(`/v1/scorecards/${card.id}/submit`);
	return { params: { attachment_id: body.id } };
};
const onCompetency = async (f) => ({ params: { competency_id: (await f.world.competency()).id } });
const onRubric = async (f) => ({ params: { rubric_id: (await f.rubric()).id } });
const onLadder = async (f) => ({ params: { ladder_id: (await f.world.ladder()).id } });
const onPartner = async (f) => ({ params: { partner_id: (await f.partner()).id } });
const onConnection = async (f) => ({ params: { connection_id: (await f.connection()).id } });
const onClient = async (f) => ({ params: { client_id: (await f.program()).id } });
const onSavedView = async (f) => ({
	params: {
		saved_view_id: (
			await f.admin.make('/v1/saved_views', { name: unique('View'), list: 'roles', shared: true })
		).id,
	},
});
const onPosting = async (f) => ({ params: { posting_id: (await f.posting()).id } });
// By the number that stands for an id there.
const onNumber = (kind, make) => (f, name) =>
	f.once(name, async () => ({ params: { [`${kind}_number`]: numberOf((await make(f)).id) } }));
const onBoardJob = async (f) => {
	const { slug, posting } = await f.careers();
	return { params: { slug, job_number: numberOf(posting) } };
};
const onCareers = async (f) => ({ params: await f.careers() });
const onBulkAction = async (f) => {
	const items = [{ application_id: (await f.application()).id }];
	return { params: { bulk_action_id: (await f.admin.make('/v1/bulk_actions', { action: 'pause', items })).id } };
};
const IMPORT = { kind: 'candidates', source: 'matrix' };
const onWebhook = async (f) => ({ params: { webhook_id: (await f.webhook()).id } });
const onImport = async (f) => {
	const made = await f.admin.request('POST', '/v1/imports', {
		raw: 'external_id,name\n',
		type: 'text/csv',
		query: IMPORT,
		expect: 201,
	});
	return { params: { import_id: made.body.id } };
};
const grant = (f, user_id, report) =>
	f.admin.put(`/v1/users/${user_id}/report_rights/${report}`, undefined, { expect: 200 });
const reading = (make) => (f, name) => f.once(name, () => make(f));
const nothing = () => ({});

export const requests = {
	auth_login: async (f) => ({ body: { email: (await f.user()).email, password: PASSWORD } }),
	auth_refresh: async (f) => ({ body: { refresh_token: (await f.session()).refresh_token } }),
	auth_logout: async (f) => ({ body: { refresh_token: (await f.session()).refresh_token } }),
	auth_change_password: () => ({ body: { current_password: PASSWORD, new_password: 'password' } }),
	oauth_token: async (f) => {
		const { client_id, client_secret } = await f.program();
		return { form: { grant_type: 'client_credentials', client_id, client_secret } };
	},
	oauth_revoke: async (f) => ({ form: { ...(await f.aPartner()).credentials, token: 'x' } }),
	oauth_requests_create: async (f) => ({ body: (await f.aPartner()).ask().parameters }),
	oauth_consents_create: async (f) => {
		const { handle } = await (await f.aPartner()).shown(f.admin);
		return { body: { handle, decision: 'connect' } };
	},
	oauth_metadata_get: nothing,
	jwks_get: nothing,
	me_get: nothing,
	organization_get: nothing,
	organization_update: () => ({ body: { statistical_model: true } }),
	users_list: nothing,
	users_get: reading(async (f) => ({ params: { user_id: (await f.user()).id } })),
	users_create: () => ({ body: { email: `${unique('new')}@example.com`, name: 'New', access_level: 'member' } }),
	users_update: async (f) => ({ params: { user_id: (await f.user()).id }, body: { name: 'Changed' } }),
	users_invite: async (f) => ({ params: { user_id: (await f.message()).user_id } }),
	auth_forgot_password: async (f) => ({ body: { email: (await f.user()).email } }),
	auth_set_password: async (f) => ({ body: { token: await f.mailLink('pw'), password: PASSWORD } }),
	mail_unsubscribes_use: async (f) => ({ params: { token: await f.mailLink('un') } }),
	users_set_password: async (f) => ({ params: { user_id: (await f.user()).id }, body: { password: PASSWORD } }),
	users_put_by_external_id: () => ({
		params: part('user'),
		body: { email: `${unique('put')}@example.com`, name: 'Put' },
	}),
	api_clients_list: nothing,
	api_clients_get: reading(onClient),
	api_clients_create: () => ({ body: { name: 'New', scopes: ['roles:read'] } }),
	api_clients_update: async (f) => ({ ...(await onClient(f)), body: { name: 'Changed' } }),
	api_clients_rotate: onClient,
	api_clients_revoke: onClient,
	partners_list: nothing,
	partners_get: reading(onPartner),
	partners_create: () => ({
		body: {
			name: unique('Partner'),
			homepage: 'https://partner.example',
			redirect_uris: ['https://partner.example/cb'],
			scopes: ['roles:read'],
		},
	}),
	partners_update: async (f) => ({ ...(await onPartner(f)), body: { name: 'Changed' } }),
	partners_rotate: onPartner,
	partners_disable: onPartner,
	partners_enable: onPartner,
	connections_list: nothing,
	connections_get: reading(onConnection),
	connections_disconnect: onConnection,

	events_list: nothing,
	webhooks_list: nothing,
	webhooks_get: reading(onWebhook),
	webhooks_create: () => ({
		body: { name: 'New', url: 'https://receiver.invalid/', event_types: ['candidate.*'] },
	}),
	webhooks_update: async (f) => ({ ...(await onWebhook(f)), body: { name: 'Changed' } }),
	webhooks_archive: onWebhook,
	webhooks_rotate: onWebhook,
	webhooks_pause: onWebhook,
	webhooks_resume: onWebhook,
	webhooks_ping: onWebhook,
	webhooks_replay: async (f) => ({ ...(await onWebhook(f)), body: { since: '2026-01-01T00:00:00Z' } }),
	webhook_deliveries_list: reading(onWebhook),
	webhook_deliveries_get: async (f) => ({ params: { delivery_id: (await f.once('ping', () => f.ping())).id } }),
	webhook_deliveries_replay: async (f) => ({ params: { delivery_id: (await f.finished()).id } }),
	imports_list: nothing,
	imports_get: reading(onImport),
	imports_create: () => ({ raw: 'external_id,name\n', type: 'text/csv', query: IMPORT }),
	import_errors_list: reading(onImport),

	competencies_list: nothing,
	competencies_get: reading(onCompetency),
	competencies_create: () => ({ body: { name: unique('New') } }),
	competencies_update: async (f) => ({ ...(await onCompetency(f)), body: { description: 'Changed' } }),
	competencies_archive: onCompetency,
	competencies_unarchive: onCompetency,
	rubrics_list: nothing,
	rubrics_get: reading(onRubric),
	rubrics_create: () => ({ body: { name: unique('New') } }),
	rubrics_update: async (f) => ({ ...(await onRubric(f)), body: { description: 'Changed' } }),
	rubrics_archive: onRubric,
	rubrics_unarchive: onRubric,
	rubric_versions_list: reading(onRubric),
	rubric_versions_get: reading(async (f) => ({ params: { version_id: (await f.draft()).id } })),
	rubric_versions_create: async (f) => ({
		params: {
			rubric_id: (
				await f.world.rubric([
					{
						competency: await f.once('competency', () => f.world.competency()),
						weight: 1,
					},
				])
			).rubric_id,
		},
	}),
	rubric_versions_update: async (f) => {
		const { id, etag, body } = await f.draft();
		return { params: { version_id: id }, body, headers: { 'If-Match': etag } };
	},
	rubric_versions_publish: async (f) => {
		const { id, etag } = await f.draft();
		return { params: { version_id: id }, headers: { 'If-Match': etag } };
	},

	templates_list: nothing,
	templates_get: () => ({ params: { template: 'glossary-002' } }),
	templates_copy: () => ({ params: { template: 'ladder-000-backend' }, body: { name: unique('Copy') } }),
	ladders_list: nothing,
	ladders_get: reading(onLadder),
	ladders_create: () => ({ body: { name: unique('New'), levels: [{ name: 'One' }] } }),
	ladders_update: async (f) => ({ ...(await onLadder(f)), body: { description: 'Changed' } }),
	ladders_archive: onLadder,
	ladders_unarchive: onLadder,

	roles_list: nothing,
	roles_counts: nothing,
	roles_get: reading(onRole),
	roles_create: () => ({ body: { title: unique('New') } }),
	roles_update: async (f) => ({ ...(await onRole(f)), body: { location: 'Changed' } }),
	roles_archive: onRole,
	roles_unarchive: onRole,
	roles_put_by_external_id: async (f) => {
		const params = part('role');
		const title = unique('Put');
		await f.admin.put(
			`/v1/roles/by_external_id/${params.source}/${params.external_id}`,
			{ title, confidential: f.confidential },
			{ expect: 201 },
		);
		return { params, body: { title } };
	},
	hiring_team_list: reading(onRole),
	hiring_team_put: async (f) => ({
		params: { ...(await onRole(f)).params, user_id: f.world.users.spare.id },
		body: { part: 'interviewer' },
	}),
	hiring_team_remove: async (f) => ({ params: { ...(await onRole(f)).params, user_id: f.world.users.b.id } }),
	intake_recommendation: () => ({ body: {} }),
	role_intake_get: reading(onRole),
	role_intake_put: async (f) => ({ ...(await onRole(f)), body: { team_size: 3 } }),
	role_disclosures_get: reading(onRole),
	role_disclosures_put: async (f) => ({
		...(await onRole(f)),
		body: { growth: { state: 'told', text: 'Two days a month to learn.' } },
	}),
	role_market_get: reading(onRole),
	stages_list: reading(onRole),
	stages_create: async (f) => ({ ...(await onRole(f)), body: { name: 'New', method: 'screen' } }),
	stages_order: async (f) => {
		const role = await f.role([{}, {}]);
		return { params: { role_id: role.id }, body: { stage_ids: role.stages.map(({ id }) => id).reverse() } };
	},
	stages_get: reading(async (f) => ({ params: { stage_id: (await f.role()).stages[0].id } })),
	stages_update: async (f) => ({
		params: { stage_id: (await f.role()).stages[0].id },
		body: { name: 'Changed' },
	}),
	stages_delete: async (f) => ({ params: { stage_id: (await f.role()).stages[0].id } }),

	plans_list: reading(onRole),
	plans_create: async (f) => ({ ...(await onRole(f)), body: {} }),
	plans_get: reading(onPlan),
	plans_update: async (f) => ({ ...(await onPlan(f)), body: { time_budget_minutes: 300 } }),
	dry_runs_list: reading(async (f) => ({ params: { stage_id: (await f.role()).stages[0].id } })),
	// Someone else's: one's own is for the whole team (tests/api/plans.test.mjs).
	dry_runs_create: async (f) => ({
		params: { stage_id: (await f.role()).stages[0].id },
		body: { minutes: 60, user_id: f.world.users.spare.id },
	}),
	roles_lint: reading(onRole),
	lint_overrides_list: reading(onRole),
	lint_overrides_create: async (f) => ({
		...(await onRole(f)),
		body: { rule: 'plan_over_budget', reason: 'Agreed.' },
	}),
	lint_overrides_revoke: async (f) => {
		const { role_id } = (await onRole(f)).params;
		const made = await f.admin.make(`/v1/roles/${role_id}/lint_overrides`, {
			rule: 'plan_over_budget',
			reason: 'Agreed.',
		});
		return { params: { override_id: made.id } };
	},

	candidates_list: nothing,
	candidates_counts: nothing,
	candidates_get: reading(onCandidate),
	candidates_create: () => ({ body: { name: unique('New') } }),
	candidates_update: async (f) => ({ ...(await onCandidate(f)), body: { headline: 'Changed' } }),
	candidates_archive: onCandidate,
	candidates_unarchive: onCandidate,
	candidates_erase: onCandidate,
	candidates_put_by_external_id: () => ({ params: part('candidate'), body: { name: unique('Put') } }),
	duplicates_list: reading(onCandidate),
	candidates_merge: async (f) => ({ ...(await onCandidate(f)), body: { into: (await f.world.candidate()).id } }),
	candidates_unmerge: async (f) => ({ params: { candidate_id: await f.merged() } }),
	candidate_exports_list: reading(onCandidate),
	candidate_exports_create: onCandidate,
	candidate_exports_get: reading(onExport),
	candidate_exports_content: reading(onExport),
	candidate_exports_release: onExport,
	legal_holds_get: reading(onHold),
	legal_holds_put: async (f) => ({ ...(await onCandidate(f)), body: { reason: 'A claim.' } }),
	legal_holds_lift: onHold,
	candidate_countries_get: reading(onCandidate),
	candidate_countries_put: async (f) => ({ ...(await onCandidate(f)), body: { country: 'DE' } }),
	retention_rules_list: nothing,
	retention_rules_create: () => ({ body: { country: aCountry(), months: 240 } }),
	retention_rules_get: onRule,
	retention_rules_update: async (f) => ({ ...(await onRule(f)), body: { months: 239 } }),
	retention_rules_delete: onRule,
	retention_due_list: nothing,
	retention_run: () => ({ body: {} }),
	sandbox_get: nothing,
	sandbox_reset: () => ({ body: {} }),
	sandbox_travel: () => ({ body: { seconds: 1 } }),
	documents_list: reading(onCandidate),
	documents_create: async (f) => ({ ...(await onCandidate(f)), ...text }),
	documents_get: reading(onDocument),
	documents_content: reading(onDocument),
	documents_delete: onDocument,
	notes_list: reading(onCandidate),
	notes_create: async (f) => ({ ...(await onCandidate(f)), body: { text: 'A word.' } }),
	notes_update: async (f) => ({ params: { note_id: (await f.note()).id }, body: { text: 'Another.' } }),
	notes_delete: async (f) => ({ params: { note_id: (await f.note()).id } }),
	applications_list: nothing,
	applications_counts: nothing,
	applications_get: reading(onApplication),
	applications_create: async (f) => ({
		body: { candidate_id: (await f.world.candidate()).id, role_id: (await f.theRole()).id },
	}),
	applications_update: async (f) => ({ ...(await onApplication(f)), body: { source: 'Changed' } }),
	applications_move: async (f) => ({ ...(await onApplication(f)), body: { status: 'paused' } }),
	applications_change_plan: async (f) => {
		const role = await f.role();
		const application = await f.world.application(role);
		await f.admin.make(`/v1/roles/${role.id}/plans`, {});
		return { params: { application_id: application.id }, body: { reason: 'Better.' } };
	},
	applications_transfer: async (f) => ({
		...(await onApplication(f)),
		body: { role_id: (await f.once('other role', () => f.role())).id },
	}),
	applications_archive: onApplication,
	applications_unarchive: onApplication,
	applications_put_by_external_id: async (f) => ({
		params: part('application'),
		body: { candidate_id: (await f.world.candidate()).id, role_id: (await f.theRole()).id },
	}),
	screening_get: reading(onApplication),
	screening_put: async (f) => ({
		params: { ...(await onApplication(f)).params, flag: 'database' },
		body: { verdict: 'confirmed' },
	}),
	application_moves_list: reading(onApplication),

	candidate_links_list: reading(onApplication),
	candidate_links_create: async (f) => ({ ...(await onApplication(f)), body: {} }),
	candidate_links_send: async (f) => {
		const { id, candidate_id } = await f.application();
		await f.admin.patch(`/v1/candidates/${candidate_id}`, { email: 'kim@example.com' }, { expect: 200 });
		return { params: { application_id: id } };
	},
	candidate_links_revoke: async (f) => ({
		params: { link_id: (await f.link((await f.application()).id)).id },
	}),
	candidate_notices_get: nothing,
	candidate_notices_put: () => ({ body: { text: 'By people.' } }),
	survey_results_get: nothing,
	candidate_side_get: reading(async (f) => withLink(await f.link((await f.application()).id))),
	work_samples_start: async (f) => withLink(await f.link((await f.atWorkSample()).id)),
	work_samples_submit: async (f) => {
		const sent = withLink(await f.link((await f.atWorkSample()).id));
		await f.nobody.post('/v1/candidate_side/work_sample/start', undefined, { ...sent, expect: 200 });
		return { ...sent, ...text };
	},
	surveys_answer: async (f) => {
		const { id } = await f.application();
		await f.admin.make(`/v1/applications/${id}/move`, { status: 'withdrawn', reason: 'x' });
		return { ...withLink(await f.link(id)), body: { clarity: 4, respect: 5, fairness: 3 } };
	},
	demographics_get: nothing,
	demographics_answer: async (f) => ({
		...withLink(await f.link((await f.application()).id)),
		body: { gender: 'another' },
	}),
	letters_get: reading(onLetter),
	letters_draft: async (f) => ({ params: { application_id: (await f.card(true)).application_id } }),
	letters_update: async (f) => ({ ...(await onLetter(f)), body: { text: 'Thank you.' } }),
	letters_release: onLetter,

	interviews_list: nothing,
	interviews_counts: nothing,
	interviews_get: reading(onInterview),
	interviews_create: async (f) => ({ body: { application_id: (await f.application()).id } }),
	interviews_update: async (f) => ({ ...(await onInterview(f)), body: { location: 'Changed' } }),
	interviews_cancel: onInterview,
	interviews_candidate_no_show: onInterview,
	interviews_materials: reading(onInterview),
	interview_conflicts_list: reading(onInterview),
	interviews_calendar: reading(async (f) => {
		const { id } = await f.interview();
		await f.admin.patch(`/v1/interviews/${id}`, { starts_at: '2027-05-03T08:00:00Z' }, { expect: 200 });
		return { params: { interview_id: id } };
	}),
	calendar_feeds_get: nothing,
	calendar_feeds_create: nothing,
	calendar_feeds_remove: nothing,
	calendar_feeds_read: async (f) => ({ params: { feed: await f.calendarFeed() } }),
	role_calendar_feeds_get: reading(onRole),
	role_calendar_feeds_create: onRole,
	role_calendar_feeds_remove: onRole,
	busy_calendars_get: nothing,
	busy_calendars_put: () => ({ body: { url: 'https://calendars.invalid/own.ics' } }),
	busy_calendars_remove: nothing,
	users_busy: reading(async (f) => ({
		params: { user_id: (await f.user()).id },
		query: { from: '2027-05-03T00:00:00Z', to: '2027-05-04T00:00:00Z' },
	})),
	interviewers_put: async (f) => ({
		params: { ...(await onInterview(f)).params, user_id: f.world.users.b.id },
		body: {},
	}),
	interviewers_remove: async (f) => ({
		params: { ...(await onInterview(f)).params, user_id: f.world.users.a.id },
	}),
	interviewers_substitute: async (f) => ({
		params: { ...(await onInterview(f)).params, user_id: f.world.users.a.id },
		body: { user_id: f.world.users.b.id },
	}),
	handovers_get: reading(onInterview),
	handovers_put: async (f) => ({ ...(await onInterview(f)), body: { note: 'Probe volumes.' } }),
	handovers_remove: async (f) => {
		const { params } = await onInterview(f);
		await f.world.a.put(`/v1/interviews/${params.interview_id}/handover`, { note: 'Probe.' }, { expect: 200 });
		return { params };
	},
	scorecards_list: nothing,
	scorecards_get: reading(async (f) => ({ params: { scorecard_id: (await f.card(true)).id } })),
	scorecard_revisions_list: reading(async (f) => ({ params: { scorecard_id: (await f.card(true)).id } })),
	attachments_list: reading(async (f) => ({ params: { scorecard_id: (await f.card(true)).id } })),
	attachments_create: async (f) => ({ params: { scorecard_id: (await f.card(false)).id }, ...text }),
	attachments_get: reading(onAttachment(true)),
	attachments_content: reading(onAttachment(true)),
	attachments_delete: onAttachment(false),
	scorecards_create: async (f) => ({ body: { interview_id: (await f.interview()).id } }),
	scorecards_update: async (f) => {
		const { id, version } = await f.card(false);
		return {
			params: { scorecard_id: id },
			body: { key_takeaways: 'Changed' },
			headers: { 'If-Match': `"${version}"` },
		};
	},
	scorecards_submit: async (f) => ({ params: { scorecard_id: (await f.card(false)).id } }),
	scorecards_take_back: async (f) => ({ params: { scorecard_id: (await f.card(true)).id } }),
	scorecards_amend: async (f) => ({
		params: { scorecard_id: (await f.card(true)).id },
		body: { key_takeaways: 'Changed', reason: 'Because.' },
	}),
	evaluations_get: reading(async (f) => ({ params: { application_id: (await f.card(true)).application_id } })),
	comparisons_get: reading(onRole),
	debriefs_get: reading(async (f) => ({ params: { application_id: (await f.decision()).application_id } })),
	levels_get: reading(onApplication),
	levels_put: async (f) => ({
		params: { application_id: (await f.interview()).application_id },
		body: { observations: { grows_engineers: { observed: true, evidence: 'Two juniors.' } } },
	}),
	decisions_list: reading(async (f) => ({ params: { application_id: (await f.decision()).application_id } })),
	decisions_get: reading(async (f) => ({ params: { decision_id: (await f.decision()).id } })),
	decisions_create: async (f) => ({
		params: { application_id: (await f.card(true)).application_id },
		body: { kind: 'hire', rationale: 'Good.' },
	}),

	reports_time_in_stage: nothing,
	reports_time_to_decision: nothing,
	reports_funnel: nothing,
	reports_sources: nothing,
	reports_interviewer_load: nothing,
	reports_scorecard_turnaround: nothing,
	reports_overdue: nothing,
	reports_agreement: nothing,
	reports_fairness: reading(async (f) => {
		for (const key of ['admin', 'recruiter']) await grant(f, f.world.users[key].id, 'fairness');
		return {};
	}),
	rating_patterns_get: reading(async (f) => {
		await grant(f, f.world.users.admin.id, 'rating_patterns');
		return { params: { user_id: f.world.users.a.id } };
	}),
	report_rights_get: reading(async (f) => ({ params: { user_id: (await f.user()).id } })),
	report_rights_put: async (f) => ({ params: { user_id: (await f.user()).id, report: 'fairness' } }),
	report_rights_delete: async (f) => {
		const { id: user_id } = await f.user();
		await grant(f, user_id, 'fairness');
		return { params: { user_id, report: 'fairness' } };
	},
	roles_another_interview: reading(onRole),
	my_work_get: nothing,
	saved_views_list: nothing,
	saved_views_get: reading(onSavedView),
	saved_views_create: () => ({ body: { name: unique('New'), list: 'roles' } }),
	saved_views_update: async (f) => ({ ...(await onSavedView(f)), body: { name: unique('Changed') } }),
	saved_views_delete: onSavedView,
	preferences_get: nothing,
	preferences_update: () => ({ body: { theme: 'dark' } }),
	audit_list: nothing,
	settings_get: nothing,
	careers_pages_get: nothing,
	careers_pages_update: () => ({ body: { introduction: 'Hello.' } }),
	postings_list: nothing,
	postings_get: reading(onPosting),
	postings_create: async (f) => ({ body: f.posted((await f.role()).id) }),
	postings_update: async (f) => ({ ...(await onPosting(f)), body: { title: 'Changed' } }),
	postings_publish: onPosting,
	postings_close: async (f) => ({ params: { posting_id: (await f.published()).id } }),
	postings_preview: reading(onPosting),
	careers_show: onCareers,
	careers_jobs_feed: onCareers,
	careers_atom_feed: onCareers,
	careers_posting: onCareers,
	careers_form: onCareers,
	careers_apply: async (f) => ({
		...(await onCareers(f)),
		raw: '--x\r\nContent-Disposition: form-data; name="contact_by_fax"\r\n\r\nyes\r\n--x--',
		type: 'multipart/form-data; boundary=x',
	}),
	careers_thanks: onCareers,
	posting_answers_get: async (f) => ({ params: { application_id: await f.applied() } }),
	postings_receive: async (f) => ({
		params: { posting_id: (await f.published()).id },
		body: {
			name: 'Bea',
			email: `${unique('bea')}@example.com`,
			consent: true,
			resume: { content: Buffer.from('A life.').toString('base64') },
		},
	}),
	mail_settings_get: () => ({}),
	mail_settings_update: () => ({ body: { language: 'en' } }),
	mail_templates_list: () => ({}),
	mail_templates_get: () => ({ params: { mail_template: 'survey' } }),
	mail_templates_update: () => ({ params: { mail_template: 'survey' }, body: { enabled: false } }),
	mail_templates_reset: () => ({ params: { mail_template: 'survey' } }),
	mail_templates_preview: () => ({ params: { mail_template: 'survey' }, body: {} }),
	mail_messages_list: () => ({}),
	mail_messages_get: async (f) => ({ params: { message_id: (await f.message()).id } }),
	mail_messages_resend: async (f) => ({ params: { message_id: (await f.message()).id } }),
	settings_update: () => ({ body: { visibility: { wants: 'team' } } }),
	bulk_actions_create: async (f) => ({
		body: { action: 'pause', items: [{ application_id: (await f.application()).id }] },
	}),
	bulk_actions_get: reading(onBulkAction),
	bulk_actions_undo: onBulkAction,
	harvest_v1_candidates_list: nothing,
	harvest_v1_candidates_get: onNumber('candidate', async (f) => ({ id: (await f.application()).candidate_id })),
	harvest_v1_applications_list: nothing,
	harvest_v1_applications_get: onNumber('application', (f) => f.application()),
	harvest_v1_jobs_list: nothing,
	harvest_v1_jobs_get: onNumber('job', (f) => f.role()),
	harvest_v1_job_stages_list: onNumber('job', (f) => f.role()),
	harvest_v1_stages_list: nothing,
	harvest_v1_stages_get: onNumber('stage', async (f) => (await f.role()).stages[0]),
	harvest_v1_users_list: nothing,
	harvest_v1_users_get: onNumber('user', (f) => f.user()),
	harvest_v1_interviews_list: nothing,
	harvest_v1_interviews_get: onNumber('interview', (f) => f.interview()),
	harvest_v1_application_interviews_list: onNumber('application', (f) => f.application()),
	harvest_v1_scorecards_list: nothing,
	harvest_v1_scorecards_get: onNumber('scorecard', (f) => f.card(true)),
	harvest_v1_application_scorecards_list: onNumber('application', (f) => f.application()),
	harvest_v3_candidates_list: nothing,
	harvest_v3_applications_list: nothing,
	harvest_v3_jobs_list: nothing,
	harvest_v3_stages_list: nothing,
	harvest_v3_users_list: nothing,
	harvest_v3_interviews_list: nothing,
	harvest_v3_scorecards_list: nothing,
	boards_get: onCareers,
	boards_jobs_list: onCareers,
	boards_jobs_get: onBoardJob,
	boards_departments_list: onCareers,
	boards_offices_list: onCareers,

	scim_config_get: nothing,
	scim_schemas_list: nothing,
	scim_schemas_get: () => ({ params: { schema: 'urn:ietf:params:scim:schemas:core:2.0:User' } }),
	scim_resource_types_list: nothing,
	scim_resource_types_get: () => ({ params: { resource_type: 'User' } }),
	scim_users_list: () => ({ query: { count: 1 } }),
	scim_users_create: () => ({ body: { userName: `${unique('new')}@example.com` }, type: SCIM }),
	scim_users_search: () => ({ body: { count: 1 }, type: SCIM }),
	scim_users_get: reading(async (f) => ({ params: { user_id: (await f.user()).id } })),
	scim_users_replace: async (f) => ({ params: { user_id: (await f.user()).id }, body: { userName: `${unique('put')}@example.com` }, type: SCIM }),
	scim_users_patch: async (f) => ({
		params: { user_id: (await f.user()).id },
		body: { Operations: [{ op: 'replace', path: 'displayName', value: 'Changed' }] },
		type: SCIM,
	}),
	scim_users_remove: async (f) => ({ params: { user_id: (await f.user()).id } }),
};
