// Who may do what: one line for each operation of the API document.
//
// The columns are people of one organization: nobody (not signed in), an admin, a recruiter, and
// members who are on the role's hiring team as manager, interviewer, observer or shadow, or not at
// all (outsider). What stands in them is the answer on an object of their own organization's:
//
//   ok   a success                 401  not signed in
//   403  known, but not theirs     404  as if it did not exist
//   422  refused for what the body names, or on purpose by what is sent
//
// `scope` is the one scope with which an API client gets "ok" ("any": with each; null: never).
// Where a confidential role is not as its "own" line says, `confidential` tells the difference.

export const columns = ['nobody', 'admin', 'recruiter', 'manager', 'interviewer', 'observer', 'shadow', 'outsider'];

const everyone = '401 ok ok ok ok ok ok ok';
const recruiters = '401 ok ok 403 403 403 403 403';
const admins = '401 ok 403 403 403 403 403 403';
const managers = '401 ok ok ok 403 403 403 403';
const involved = '401 ok ok ok ok ok ok 404';
const managersOf = '401 ok ok ok 403 403 403 404';
const readers = '401 ok ok ok ok ok 404 404';
const author = '401 404 404 404 ok 404 404 404';
const authorOf = '401 403 403 403 ok 403 404 404';
const interviewers = '401 403 403 403 ok 403 403 404';
const doer = '401 ok 404 404 404 404 404 404';
const open = 'ok ok ok ok ok ok ok ok';
// Of a confidential role nothing is counted; the counting itself is everyone's.
const counted = { confidential: { recruiter: 'ok', outsider: 'ok', scope: 'ok' } };

const line = (own, scope, more = {}) => ({ own: own.split(' '), scope, ...more });

export const access = {
	// Signing in
	auth_login: line(open, 'any'),
	auth_refresh: line(open, 'any'),
	auth_logout: line(open, 'any'),
	auth_change_password: line('401 422 422 422 422 422 422 422', null),
	auth_forgot_password: line(open, 'any'),
	auth_set_password: line(open, 'any'),
	mail_unsubscribes_use: line(open, 'any'),
	oauth_token: line(open, 'any'),
	jwks_get: line(open, 'any'),
	me_get: line(everyone, 'any'),
	organization_get: line(everyone, 'users:read'),
	organization_update: line(admins, null),
	users_list: line(everyone, 'users:read'),
	users_get: line(everyone, 'users:read'),
	users_create: line(admins, null),
	users_update: line(admins, null),
	users_set_password: line(admins, null),
	users_put_by_external_id: line(admins, null),
	users_invite: line(admins, null),
	api_clients_list: line(admins, null),
	api_clients_get: line(admins, null),
	api_clients_create: line(admins, null),
	api_clients_update: line(admins, null),
	api_clients_rotate: line(admins, null),
	api_clients_revoke: line(admins, null),
	events_list: line(admins, 'events:read'),
	imports_list: line(recruiters, 'candidates:read'),
	imports_get: line(recruiters, 'candidates:read'),
	imports_create: line(recruiters, 'candidates:write'),
	import_errors_list: line(recruiters, 'candidates:read'),

	// What people are rated on
	competencies_list: line(everyone, 'rubrics:read'),
	competencies_get: line(everyone, 'rubrics:read'),
	competencies_create: line(recruiters, 'rubrics:write'),
	competencies_update: line(recruiters, 'rubrics:write'),
	competencies_archive: line(recruiters, 'rubrics:write'),
	competencies_unarchive: line(recruiters, 'rubrics:write'),
	rubrics_list: line(everyone, 'rubrics:read'),
	rubrics_get: line(everyone, 'rubrics:read'),
	rubrics_create: line(recruiters, 'rubrics:write'),
	rubrics_update: line(recruiters, 'rubrics:write'),
	rubrics_archive: line(recruiters, 'rubrics:write'),
	rubrics_unarchive: line(recruiters, 'rubrics:write'),
	rubric_versions_list: line(everyone, 'rubrics:read'),
	rubric_versions_get: line(everyone, 'rubrics:read'),
	rubric_versions_create: line(recruiters, 'rubrics:write'),
	rubric_versions_update: line(recruiters, 'rubrics:write'),
	rubric_versions_publish: line(recruiters, 'rubrics:write'),

	templates_list: line(everyone, 'rubrics:read'),
	templates_get: line(everyone, 'rubrics:read'),
	templates_copy: line(recruiters, 'rubrics:write'),
	ladders_list: line(everyone, 'rubrics:read'),
	ladders_get: line(everyone, 'rubrics:read'),
	ladders_create: line(recruiters, 'rubrics:write'),
	ladders_update: line(recruiters, 'rubrics:write'),
	ladders_archive: line(recruiters, 'rubrics:write'),
	ladders_unarchive: line(recruiters, 'rubrics:write'),

	// Roles
	roles_list: line(everyone, 'roles:read'),
	roles_counts: line(everyone, 'roles:read', counted),
	roles_get: line(everyone, 'roles:read'),
	roles_create: line(recruiters, 'roles:write'),
	roles_update: line(managers, 'roles:write'),
	roles_archive: line(managers, 'roles:write'),
	roles_unarchive: line(managers, 'roles:write'),
	roles_put_by_external_id: line(recruiters, 'roles:write', { confidential: { recruiter: '409', scope: '409' } }),
	hiring_team_list: line(everyone, 'roles:read'),
	hiring_team_put: line(managers, 'roles:write'),
	hiring_team_remove: line(managers, 'roles:write'),
	intake_recommendation: line(everyone, 'roles:write'),
	role_intake_get: line(everyone, 'roles:read'),
	role_intake_put: line(managers, 'roles:write'),
	role_disclosures_get: line(everyone, 'roles:read'),
	role_disclosures_put: line(managers, 'roles:write'),
	role_market_get: line(everyone, 'roles:read'),
	stages_list: line(everyone, 'roles:read'),
	stages_create: line(managers, 'roles:write'),
	stages_order: line(managers, 'roles:write'),
	stages_get: line(everyone, 'roles:read'),
	stages_update: line(managers, 'roles:write'),
	stages_delete: line(managers, 'roles:write'),
	plans_list: line(everyone, 'roles:read'),
	plans_create: line(managers, 'roles:write'),
	plans_get: line(everyone, 'roles:read'),
	plans_update: line(managers, 'roles:write'),
	dry_runs_list: line(everyone, 'roles:read'),
	dry_runs_create: line(managers, 'roles:write'),
	roles_lint: line(managers, 'roles:read'),
	lint_overrides_list: line(managers, 'roles:read'),
	lint_overrides_create: line(admins, null),
	lint_overrides_revoke: line(admins, null),

	// Candidates and applications
	candidates_list: line(everyone, 'candidates:read'),
	candidates_counts: line(everyone, 'candidates:read'),
	candidates_get: line(involved, 'candidates:read', { confidential: { recruiter: 'ok', scope: 'ok' } }),
	candidates_create: line(recruiters, 'candidates:write'),
	candidates_update: line(recruiters, 'candidates:write', { confidential: { recruiter: 'ok', scope: 'ok' } }),
	candidates_archive: line(recruiters, 'candidates:write', { confidential: { recruiter: 'ok', scope: 'ok' } }),
	candidates_unarchive: line(recruiters, 'candidates:write', { confidential: { recruiter: 'ok', scope: 'ok' } }),
	candidates_erase: line(recruiters, 'candidates:write', { confidential: { recruiter: 'ok', scope: 'ok' } }),
	candidates_put_by_external_id: line(recruiters, 'candidates:write', {
		confidential: { recruiter: 'ok', scope: 'ok' },
	}),
	duplicates_list: line(recruiters, 'candidates:read'),
	candidates_merge: line(recruiters, 'candidates:write'),
	candidates_unmerge: line(recruiters, 'candidates:write'),
	candidate_exports_list: line(admins, null),
	candidate_exports_create: line(admins, null),
	candidate_exports_get: line(admins, null),
	candidate_exports_content: line(admins, null),
	candidate_exports_release: line(admins, null),
	legal_holds_get: line(admins, null),
	legal_holds_put: line(admins, null),
	legal_holds_lift: line(admins, null),
	candidate_countries_get: line(recruiters, 'candidates:read'),
	candidate_countries_put: line(recruiters, 'candidates:write'),
	retention_rules_list: line(admins, null),
	retention_rules_create: line(admins, null),
	retention_rules_get: line(admins, null),
	retention_rules_update: line(admins, null),
	retention_rules_delete: line(admins, null),
	retention_due_list: line(admins, null),
	retention_run: line(admins, null),
	sandbox_get: line(admins, null),
	// A production organization; tests/api/sandbox.test.mjs has sandboxes.
	sandbox_reset: line('401 409 403 403 403 403 403 403', null),
	documents_list: line(involved, 'candidates:read'),
	documents_create: line(recruiters, 'candidates:write'),
	documents_get: line(involved, 'candidates:read'),
	documents_content: line(involved, 'candidates:read'),
	documents_delete: line(recruiters, 'candidates:write'),
	notes_list: line(involved, 'candidates:read'),
	notes_create: line(involved, null),
	notes_update: line('401 403 403 403 ok 403 403 404', null),
	notes_delete: line('401 403 403 403 ok 403 403 404', null),
	applications_list: line(everyone, 'applications:read'),
	applications_counts: line(everyone, 'applications:read', counted),
	applications_get: line(involved, 'applications:read'),
	applications_create: line(recruiters, 'applications:write', {
		confidential: { recruiter: '422', scope: '422' },
	}),
	applications_update: line(managersOf, 'applications:write'),
	applications_move: line(managersOf, 'applications:write'),
	applications_change_plan: line(managersOf, 'applications:write'),
	applications_transfer: line(managersOf, 'applications:write'),
	applications_archive: line(managersOf, 'applications:write'),
	applications_unarchive: line(managersOf, 'applications:write'),
	applications_put_by_external_id: line(recruiters, 'applications:write', {
		confidential: { recruiter: '422', scope: '422' },
	}),
	screening_get: line(managersOf, 'applications:read'),
	screening_put: line(managersOf, 'applications:write'),
	application_moves_list: line(involved, 'applications:read'),

	candidate_links_list: line(recruiters, 'applications:read'),
	candidate_links_create: line(recruiters, 'applications:write'),
	candidate_links_send: line(recruiters, 'applications:write', { confidential: { recruiter: '404', scope: '404' } }),
	candidate_links_revoke: line(recruiters, 'applications:write', { confidential: { recruiter: '404', scope: '404' } }),
	candidate_notices_get: line(everyone, 'any'),
	candidate_notices_put: line(admins, null),
	survey_results_get: line(recruiters, 'applications:read'),
	candidate_side_get: line(open, 'any'),
	work_samples_start: line(open, 'any'),
	work_samples_submit: line(open, 'any'),
	surveys_answer: line(open, 'any'),
	demographics_get: line(recruiters, 'applications:read'),
	demographics_answer: line(open, 'any'),
	letters_get: line(managersOf, null),
	letters_draft: line(managersOf, null),
	letters_update: line(managersOf, null),
	letters_release: line('401 ok ok 403 403 403 403 404', null),

	// Interviews, scorecards, decisions
	interviews_list: line(everyone, 'interviews:read'),
	interviews_counts: line(everyone, 'interviews:read', counted),
	interviews_get: line(involved, 'interviews:read'),
	interviews_create: line('401 ok ok ok 403 403 403 422', 'interviews:write', {
		confidential: { recruiter: '422', scope: '422' },
	}),
	interviews_update: line(managersOf, 'interviews:write'),
	interviews_cancel: line(managersOf, 'interviews:write'),
	interviews_candidate_no_show: line('401 ok ok ok ok 403 403 404', 'interviews:write'),
	interview_conflicts_list: line(managersOf, 'interviews:read'),
	interviews_materials: line(involved, 'candidates:read'),
	interviewers_put: line(managersOf, 'interviews:write'),
	interviewers_remove: line(managersOf, 'interviews:write'),
	interviewers_substitute: line(managersOf, 'interviews:write'),
	handovers_get: line(involved, 'interviews:read'),
	handovers_put: line(interviewers, null),
	handovers_remove: line(interviewers, null),
	scorecards_list: line(everyone, 'scorecards:read'),
	scorecards_get: line(readers, 'scorecards:read'),
	scorecard_revisions_list: line(readers, 'scorecards:read'),
	attachments_list: line(readers, 'scorecards:read'),
	attachments_create: line(author, null),
	attachments_get: line(readers, 'scorecards:read'),
	attachments_content: line(readers, 'scorecards:read'),
	attachments_delete: line(author, null),
	scorecards_create: line('401 403 403 403 ok 403 403 422', null, { confidential: { recruiter: '422' } }),
	scorecards_update: line(author, null),
	scorecards_submit: line(author, null),
	scorecards_take_back: line(authorOf, null),
	scorecards_amend: line(authorOf, null),
	evaluations_get: line(involved, 'evaluations:read'),
	comparisons_get: line(everyone, 'evaluations:read'),
	debriefs_get: line(involved, null),
	levels_get: line(involved, 'evaluations:read'),
	levels_put: line('401 ok ok ok ok 403 403 404', null),
	decisions_list: line(involved, 'decisions:read'),
	decisions_get: line(readers, 'decisions:read'),
	decisions_create: line(managersOf, null),

	// Reports: those of one's roles, none for who has none
	reports_time_in_stage: line(everyone, 'reports:read'),
	reports_time_to_decision: line(everyone, 'reports:read'),
	reports_funnel: line(everyone, 'reports:read'),
	reports_sources: line(everyone, 'reports:read'),
	reports_interviewer_load: line(everyone, 'reports:read'),
	reports_scorecard_turnaround: line(everyone, 'reports:read'),
	reports_overdue: line(everyone, null),
	reports_agreement: line(everyone, 'reports:read'),
	// With the right, which admins and recruiters can hold; here both do.
	reports_fairness: line(recruiters, null),
	// Somebody's own, and with the right admins'; here the interviewer's.
	rating_patterns_get: line('401 ok 403 403 ok 403 403 403', null),
	report_rights_get: line(admins, null),
	report_rights_put: line(admins, null),
	report_rights_delete: line(admins, null),
	roles_another_interview: line(managers, 'evaluations:read'),

	// What one has set up for oneself; the saved views here are an admin's, and shared
	my_work_get: line(everyone, null),
	saved_views_list: line(everyone, null),
	saved_views_get: line(everyone, null),
	saved_views_create: line(everyone, null),
	saved_views_update: line(admins, null),
	saved_views_delete: line(admins, null),
	preferences_get: line(everyone, null),
	preferences_update: line(everyone, null),
	audit_list: line(admins, null),
	settings_get: line(admins, null),
	settings_update: line(admins, null),
	mail_settings_get: line(admins, null),
	mail_settings_update: line(admins, null),
	mail_templates_list: line(admins, null),
	mail_templates_get: line(admins, null),
	mail_templates_update: line(admins, null),
	mail_templates_reset: line(admins, null),
	mail_templates_preview: line(admins, null),
	mail_messages_list: line(admins, null),
	mail_messages_get: line(admins, null),
	mail_messages_resend: line(admins, null),
	bulk_actions_create: line(everyone, null),
	bulk_actions_get: line(doer, null),
	bulk_actions_undo: line(doer, null),
};

// What belongs to a role, so that a confidential one hides it.
export const ofRole = (operation) =>
	/^\/v1\/(roles\/|stages|plans|lint_overrides|applications\/|interviews\/|scorecards\/|attachments\/|decisions)/.test(operation.path) ||
	['applications_create', 'interviews_create', 'scorecards_create'].includes(operation.id);
