// The reports by their names: where each gets its figures, and what it can be asked.
import { answer, client, type Schemas } from '../lib/api.ts';
import { t } from '../text/reports.ts';
import {
	agreementOf,
	anotherOf,
	fairnessOf,
	funnelOf,
	loadOf,
	patternsOf,
	sourcesOf,
	timeInStageOf,
	timeToDecisionOf,
	turnaroundOf,
	type Shown,
} from './shown.ts';

export const names = [
	'funnel',
	'sources',
	'time',
	'load',
	'turnaround',
	'agreement',
	'fairness',
	'another-interview',
	'my-rating-patterns',
] as const;
export type Name = (typeof names)[number];

export const groups: { name: 'flow' | 'people' | 'mine'; names: Name[] }[] = [
	{ name: 'flow', names: ['funnel', 'time', 'sources', 'load', 'turnaround'] },
	{ name: 'people', names: ['agreement', 'fairness', 'another-interview'] },
	{ name: 'mine', names: ['my-rating-patterns'] },
];

export interface Asked {
	role: string | null;
	from: string | null;
	to: string | null;
	me: string;
}

export interface Found {
	shown: Shown[];
	truncated: boolean;
	/** False where the organization has switched the model off. */
	on: boolean;
}

interface Section {
	/** What it can be filtered by. */
	filters: ('role' | 'period')[];
	/** The files of it: addresses without their query, and a name where there are several. */
	files: (asked: Asked) => { address: string; name?: string }[];
	load: (asked: Asked, signal: AbortSignal) => Promise<Found>;
}

export function queryOf({ role, from, to }: Asked): { role_id?: string; from?: string; to?: string } {
	return { ...(role ? { role_id: role } : {}), ...(from ? { from } : {}), ...(to ? { to } : {}) };
}

type Listed = { truncated: boolean };
type Path =
	| '/v1/reports/funnel'
	| '/v1/reports/sources'
	| '/v1/reports/time_in_stage'
	| '/v1/reports/time_to_decision'
	| '/v1/reports/interviewer_load'
	| '/v1/reports/scorecard_turnaround'
	| '/v1/reports/agreement'
	| '/v1/reports/fairness';

async function listed<Report extends Listed>(path: Path, asked: Asked, signal: AbortSignal, show: (report: Report) => Shown[]): Promise<Found> {
	const { data } = await answer(client.GET(path, { params: { query: queryOf(asked) }, signal }));
	const report = data as unknown as Report;
	return { shown: show(report), truncated: report.truncated, on: true };
}

const plain = <Report extends Listed>(path: Path, show: (report: Report) => Shown[]): Section => ({
	filters: ['role', 'period'],
	files: () => [{ address: path }],
	load: (asked, signal) => listed(path, asked, signal, show),
});

export const sections: Record<Name, Section> = {
	funnel: plain('/v1/reports/funnel', funnelOf),
	sources: plain('/v1/reports/sources', sourcesOf),
	time: {
		filters: ['role', 'period'],
		files: () => [
			{ address: '/v1/reports/time_to_decision', name: t.reports.time.decision },
			{ address: '/v1/reports/time_in_stage', name: t.reports.time.stages },
		],
		load: async (asked, signal) => {
			const [decision, stage] = await Promise.all([
				listed('/v1/reports/time_to_decision', asked, signal, timeToDecisionOf),
				listed('/v1/reports/time_in_stage', asked, signal, timeInStageOf),
			]);
			return { shown: [...decision.shown, ...stage.shown], truncated: decision.truncated || stage.truncated, on: true };
		},
	},
	load: plain('/v1/reports/interviewer_load', loadOf),
	turnaround: plain('/v1/reports/scorecard_turnaround', turnaroundOf),
	agreement: plain('/v1/reports/agreement', agreementOf),
	fairness: plain('/v1/reports/fairness', fairnessOf),
	'another-interview': {
		filters: ['role'],
		files: ({ role }) => (role ? [{ address: `/v1/roles/${role}/another-interview` }] : []),
		load: async ({ role }, signal) => {
			if (role === null) return { shown: [], truncated: false, on: true };
			const { data } = await answer(
				client.GET('/v1/roles/{role_id}/another-interview', { params: { path: { role_id: role } }, signal }),
			);
			const report = data as Schemas['AnotherInterview'];
			return { shown: report.model_on ? anotherOf(report) : [], truncated: false, on: report.model_on };
		},
	},
	'my-rating-patterns': {
		filters: [],
		files: ({ me }) => [{ address: `/v1/interviewers/${me}/rating-patterns` }],
		load: async ({ me }, signal) => {
			const { data } = await answer(
				client.GET('/v1/interviewers/{user_id}/rating-patterns', { params: { path: { user_id: me } }, signal }),
			);
			const report = data as Schemas['RatingPatterns'];
			return { shown: report.model_on ? patternsOf(report) : [], truncated: false, on: report.model_on };
		},
	},
};
