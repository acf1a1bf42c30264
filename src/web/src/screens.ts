// All screens on one page. The first pattern that fits an address wins; a row with a group stands in the
// navigation and in the palette, for those who see it. Its title is `t.screens[name]`.
import type { Component } from 'svelte';
import type { Me } from './lib/shapes.ts';
import type { IconName } from './ui/Icon.svelte';

export const groups = ['work', 'hiring', 'insights', 'library', 'administration'] as const;
export type Group = (typeof groups)[number];

export interface Screen {
	name: string;
	/** `:id` a UUID, `:name*` a word, `:section(a|b)` one of these; each is a prop of the screen. */
	pattern: string;
	/** What is shown while it loads. */
	bones: 'list' | 'form' | 'debrief' | 'page';
	load: () => Promise<{ default: Component<never> }>;
	/** Without the house around it, and without asking who is there. */
	open?: true;
	/** The row of the navigation that it belongs to, when it has none of its own. */
	under?: string;
	group?: Group;
	icon?: IconName;
	/** Who finds it in the navigation; everyone, when nothing is said. The server decides what they may do. */
	sees?: (me: Me) => boolean;
	/** Two keys, one after the other; one alone for what is made anew. */
	keys?: `g${string}` | 'c';
}

export const recruits = (me: Me): boolean => me.access_level === 'admin' || me.access_level === 'recruiter';
export const administers = (me: Me): boolean => me.access_level === 'admin';

// prettier-ignore
export const screens: readonly Screen[] = [
	// Work
	{ name: 'home', pattern: '/', bones: 'list', load: () => import('./pages/Home.svelte'), group: 'work', icon: 'home', keys: 'gi' },
	{ name: 'interview', pattern: '/interviews/:id', bones: 'form', load: () => import('./pages/Interview.svelte'), under: 'home' },

	// Hiring: roles
	{ name: 'roles', pattern: '/roles', bones: 'list', load: () => import('./pages/Roles.svelte'), group: 'hiring', icon: 'roles', keys: 'gr' },
	{ name: 'role_new', pattern: '/roles/new', bones: 'form', load: () => import('./pages/NewRole.svelte'), under: 'roles' },
	{ name: 'role', pattern: '/roles/:id', bones: 'list', load: () => import('./pages/Role.svelte'), under: 'roles' },
	{ name: 'comparison', pattern: '/roles/:id/comparison', bones: 'list', load: () => import('./pages/Comparison.svelte'), under: 'roles' },
	{ name: 'role_section', pattern: '/roles/:id/:section(plan|team|intake|disclosures|posting|market|details)', bones: 'list', load: () => import('./pages/Role.svelte'), under: 'roles' },
	{ name: 'start', pattern: '/start', bones: 'form', load: () => import('./pages/Start.svelte'), under: 'roles' },

	// Hiring: candidates and their applications
	{ name: 'pipeline', pattern: '/pipeline', bones: 'list', load: () => import('./pages/Pipeline.svelte'), group: 'hiring', icon: 'board', keys: 'gp' },
	{ name: 'candidates', pattern: '/candidates', bones: 'list', load: () => import('./pages/Candidates.svelte'), group: 'hiring', icon: 'people', keys: 'gc' },
	{ name: 'candidate_new', pattern: '/candidates/new', bones: 'form', load: () => import('./pages/CandidateForm.svelte'), under: 'candidates', sees: recruits, keys: 'c' },
	{ name: 'candidate_edit', pattern: '/candidates/:id/edit', bones: 'form', load: () => import('./pages/CandidateForm.svelte'), under: 'candidates' },
	{ name: 'candidate', pattern: '/candidates/:id', bones: 'debrief', load: () => import('./pages/Candidate.svelte'), under: 'candidates' },
	{ name: 'candidate_section', pattern: '/candidates/:id/:section(screening|documents|notes|timeline|data)', bones: 'debrief', load: () => import('./pages/Candidate.svelte'), under: 'candidates' },
	{ name: 'application', pattern: '/applications/:id', bones: 'debrief', load: () => import('./pages/Application.svelte'), under: 'roles' },
	{ name: 'application_section', pattern: '/applications/:id/:section(interviews|candidate|answers)', bones: 'debrief', load: () => import('./pages/Application.svelte'), under: 'roles' },

	// Insights
	{ name: 'reports', pattern: '/reports', bones: 'list', load: () => import('./pages/Reports.svelte'), group: 'insights', icon: 'chart', keys: 'gt' },
	{ name: 'report', pattern: '/reports/:section(funnel|sources|time|load|turnaround|agreement|fairness|another-interview|my-rating-patterns)', bones: 'list', load: () => import('./pages/Report.svelte'), under: 'reports' },

	// Library
	{ name: 'rubrics', pattern: '/rubrics', bones: 'list', load: () => import('./pages/Rubrics.svelte'), group: 'library', icon: 'rubric', keys: 'gb' },
	{ name: 'rubric', pattern: '/rubrics/:id', bones: 'form', load: () => import('./pages/Rubric.svelte'), under: 'rubrics' },
	{ name: 'ladders', pattern: '/ladders', bones: 'list', load: () => import('./pages/Ladders.svelte'), group: 'library', icon: 'ladder' },
	{ name: 'ladder_new', pattern: '/ladders/new', bones: 'form', load: () => import('./pages/Ladder.svelte'), under: 'ladders' },
	{ name: 'ladder', pattern: '/ladders/:id', bones: 'form', load: () => import('./pages/Ladder.svelte'), under: 'ladders' },
	{ name: 'templates', pattern: '/templates', bones: 'list', load: () => import('./pages/Templates.svelte'), group: 'library', icon: 'template', keys: 'gm' },
	{ name: 'template', pattern: '/templates/:template*', bones: 'page', load: () => import('./pages/Template.svelte'), under: 'templates' },

	// Administration
	{ name: 'import', pattern: '/import', bones: 'form', load: () => import('./pages/Import.svelte'), group: 'administration', icon: 'upload', sees: recruits },
	{ name: 'import_job', pattern: '/import/:id', bones: 'list', load: () => import('./pages/ImportJob.svelte'), under: 'import' },
	{ name: 'users', pattern: '/users', bones: 'list', load: () => import('./pages/Users.svelte'), group: 'administration', icon: 'people', sees: administers, keys: 'gu' },
	{ name: 'user_new', pattern: '/users/new', bones: 'page', load: () => import('./pages/UserNew.svelte'), under: 'users' },
	{ name: 'user', pattern: '/users/:id', bones: 'page', load: () => import('./pages/User.svelte'), under: 'users' },
	{ name: 'clients', pattern: '/api-clients', bones: 'list', load: () => import('./pages/Clients.svelte'), group: 'administration', icon: 'key', sees: administers },
	{ name: 'clients_revoked', pattern: '/api-clients/:section(revoked)', bones: 'list', load: () => import('./pages/Clients.svelte'), under: 'clients' },
	{ name: 'client_new', pattern: '/api-clients/new', bones: 'page', load: () => import('./pages/ClientNew.svelte'), under: 'clients' },
	{ name: 'client', pattern: '/api-clients/:id', bones: 'page', load: () => import('./pages/Client.svelte'), under: 'clients' },
	{ name: 'partners', pattern: '/partners', bones: 'list', load: () => import('./pages/Partners.svelte'), group: 'administration', icon: 'split', sees: administers },
	{ name: 'partners_section', pattern: '/partners/:section(ended|registered)', bones: 'list', load: () => import('./pages/Partners.svelte'), under: 'partners' },
	{ name: 'connection', pattern: '/partners/connections/:id', bones: 'page', load: () => import('./pages/Connection.svelte'), under: 'partners' },
	{ name: 'partner_new', pattern: '/partners/registered/new', bones: 'page', load: () => import('./pages/PartnerNew.svelte'), under: 'partners' },
	{ name: 'partner', pattern: '/partners/registered/:id', bones: 'page', load: () => import('./pages/Partner.svelte'), under: 'partners' },
	{ name: 'consent', pattern: '/oauth/authorize', bones: 'page', load: () => import('./pages/Consent.svelte'), under: 'partners' },
	{ name: 'webhooks', pattern: '/webhooks', bones: 'list', load: () => import('./pages/Webhooks.svelte'), group: 'administration', icon: 'webhook', sees: administers },
	{ name: 'webhooks_archived', pattern: '/webhooks/:section(archived)', bones: 'list', load: () => import('./pages/Webhooks.svelte'), under: 'webhooks' },
	{ name: 'webhook_new', pattern: '/webhooks/new', bones: 'page', load: () => import('./pages/WebhookNew.svelte'), under: 'webhooks' },
	{ name: 'webhook', pattern: '/webhooks/:id', bones: 'page', load: () => import('./pages/Webhook.svelte'), under: 'webhooks' },
	{ name: 'mail', pattern: '/mail', bones: 'list', load: () => import('./pages/Mail.svelte'), group: 'administration', icon: 'mail', sees: administers },
	{ name: 'mail_section', pattern: '/mail/:section(texts|sending)', bones: 'list', load: () => import('./pages/Mail.svelte'), under: 'mail' },
	{ name: 'mail_text', pattern: '/mail/texts/:kind*', bones: 'form', load: () => import('./pages/MailText.svelte'), under: 'mail' },
	{ name: 'mail_message', pattern: '/mail/messages/:id', bones: 'page', load: () => import('./pages/MailMessage.svelte'), under: 'mail' },
	{ name: 'audit', pattern: '/audit', bones: 'list', load: () => import('./pages/Audit.svelte'), group: 'administration', icon: 'shield', sees: administers, keys: 'ga' },
	{ name: 'settings', pattern: '/settings', bones: 'form', load: () => import('./pages/Settings.svelte'), group: 'administration', icon: 'gear', sees: administers, keys: 'gs' },
	{ name: 'settings_section', pattern: '/settings/:section(retention|notice|careers)', bones: 'form', load: () => import('./pages/Settings.svelte'), under: 'settings' },

	// One's own
	{ name: 'own_calendar', pattern: '/preferences/calendar', bones: 'form', load: () => import('./pages/OwnCalendar.svelte') },
	{ name: 'own_mail', pattern: '/preferences/mail', bones: 'form', load: () => import('./pages/OwnMail.svelte') },

	// Without the house: the door, and a candidate's own pages
	{ name: 'sign_in', pattern: '/sign-in', bones: 'page', load: () => import('./pages/SignIn.svelte') },
	{ name: 'forgotten', pattern: '/forgotten-password', bones: 'page', open: true, load: () => import('./pages/Forgotten.svelte') },
	{ name: 'choose_password', pattern: '/password', bones: 'page', open: true, load: () => import('./pages/ChoosePassword.svelte') },
	{ name: 'unsubscribe', pattern: '/unsubscribe', bones: 'page', open: true, load: () => import('./pages/Unsubscribe.svelte') },
	{ name: 'candidate_side', pattern: '/candidate', bones: 'page', open: true, load: () => import('./pages/CandidateSide.svelte') },

	// The shared components side by side, in a development build only
	...(import.meta.env?.DEV ? [{ name: 'gallery', pattern: '/gallery', bones: 'page' as const, load: () => import('./pages/Gallery.svelte') }] : []),
];


/** The navigation of a person: groups in their order, without those that would be empty. */
export function placesOf(me: Me, among: readonly Screen[] = screens): { group: Group; entries: Screen[] }[] {
	return groups
		.map((group) => ({ group, entries: among.filter((one) => one.group === group && (one.sees?.(me) ?? true)) }))
		.filter(({ entries }) => entries.length > 0);
}

/** Where a place stands for the screen that is shown: it, above it, or elsewhere. */
export function currentOf(place: Screen, shown: Screen | undefined): 'page' | 'true' | undefined {
	if (shown?.name === place.name) return 'page';
	return shown?.under === place.name ? 'true' : undefined;
}
