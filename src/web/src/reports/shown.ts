// What a report shows: figures, each with its sentence, plot, table and definition. Pure.
import type { Schemas } from '../lib/api.ts';
import { formatMean, formatNumber, formatScore, formatShare } from '../lib/format.ts';
import type { PlotRow } from '../ui/RowsPlot.svelte';
import { t } from '../text/reports.ts';

export interface Plot {
	as: 'bars' | 'intervals';
	rows: PlotRow[];
	format: (value: number) => string;
	reference?: number;
	from?: number;
	to?: number;
}

export interface Shown {
	key: string;
	title: string;
	sentence: string;
	definition: string;
	plot?: Plot;
	/** A series with its limits, in place of rows. */
	drift?: readonly DriftPoint[];
	columns: readonly string[];
	rows: string[][];
	/** What is to be said of single rows, with where they lead. */
	notes: { text: string; href?: string }[];
}

export type DriftPoint = Schemas['RatingPatterns']['drift']['points'][number];
type Sentence = Schemas['Sentence'];
type Rate = [number | null, number | null, number | null];

const w = t.reports;
const number = (value: number | null, format: (value: number) => string = formatScore): string =>
	value === null ? t.none : format(value);
const interval = (low: number | null, high: number | null, format: (value: number) => string = formatScore): string =>
	low === null || high === null ? t.none : `${format(low)} – ${format(high)}`;
/** A rate has few cases as a rule: whole per cent. */
const share = (value: number | null): string => number(value, formatShare);

/** Never certain: 1 to 99 per cent, as the sentences have it. */
const chance = (value: number | null): string =>
	number(value === null ? null : Math.min(0.99, Math.max(0.01, value)), formatShare);

/** A sentence of the server's, in this language's words where it has its own. */
export function say({ code, text, values }: Sentence): string {
	return w.said[code]?.(values as Record<string, string | number>) ?? text;
}

/** Rows of a list that belong together, in their order. */
export function grouped<Row>(rows: readonly Row[], by: (row: Row) => string): Row[][] {
	const groups = new Map<string, Row[]>();
	for (const row of rows) groups.set(by(row), [...(groups.get(by(row)) ?? []), row]);
	return [...groups.values()];
}

const rateRow = (label: string, [value, low, high]: Rate, note: string): PlotRow[] =>
	value === null ? [] : [{ label, value, low, high, text: formatShare(value), note }];

export function funnelOf({ data }: Schemas['FunnelReport']): Shown[] {
	return grouped(data, (row) => row.role_id).map((stages) => {
		const known = stages.filter((row) => row.pass_rate !== null);
		const least = known.reduce<(typeof known)[number] | null>(
			(one, row) => (one === null || (row.pass_rate ?? 1) < (one.pass_rate ?? 1) ? row : one),
			null,
		);
		const pending = stages.reduce((sum, row) => sum + row.pending, 0);
		const tell = known.length > 1 ? w.funnel.sentence : w.funnel.one;
		return {
			key: stages[0]?.role_id ?? '',
			title: stages[0]?.role_title ?? '',
			sentence: least ? tell(least.stage_name, share(least.pass_rate), least.n) : w.funnel.none(pending),
			definition: w.funnel.definition,
			plot: {
				as: 'intervals',
				rows: stages.flatMap((row) =>
					rateRow(row.stage_name, [row.pass_rate, row.pass_rate_low, row.pass_rate_high], w.cases(row.n)),
				),
				format: formatShare,
				from: 0,
				to: 1,
			},
			columns: w.funnel.columns,
			rows: stages.map((row) => [
				row.stage_name,
				formatNumber(row.passed),
				formatNumber(row.n),
				share(row.pass_rate),
				interval(row.pass_rate_low, row.pass_rate_high, formatShare),
				formatNumber(row.pending),
				formatNumber(row.withdrawn),
			]),
			notes: [],
		};
	});
}

export function sourcesOf({ data }: Schemas['SourcesReport']): Shown[] {
	const known = data.filter((row) => row.offer_rate !== null);
	const best = known.reduce<(typeof known)[number] | null>(
		(one, row) => (one === null || row.offer_rate_shrunk > one.offer_rate_shrunk ? row : one),
		null,
	);
	const name = (row: (typeof data)[number]): string => row.source ?? w.noSource;
	return data.length === 0
		? []
		: [
				{
					key: 'sources',
					title: w.sources.title,
					sentence: best
						? w.sources.sentence(
								name(best),
								share(known.length > 1 ? best.offer_rate_shrunk : best.offer_rate),
								best.n,
								known.length,
							)
						: w.sources.none,
					definition: w.sources.definition,
					plot: {
						as: 'intervals',
						rows: data.flatMap((row) =>
							rateRow(name(row), [row.offer_rate, row.offer_rate_low, row.offer_rate_high], w.cases(row.n)),
						),
						format: formatShare,
						from: 0,
						to: 1,
					},
					columns: w.sources.columns,
					rows: data.map((row) => [
						name(row),
						formatNumber(row.offered),
						formatNumber(row.n),
						share(row.offer_rate),
						interval(row.offer_rate_low, row.offer_rate_high, formatShare),
						share(row.offer_rate_shrunk),
						formatNumber(row.hired),
						formatNumber(row.pending),
					]),
					notes: [],
				},
			];
}

/** A median as a bar, with the line to the 90th percentile. */
const spreadRow = (label: string, median: number | null, p90: number | null, n: number, text: (value: string) => string): PlotRow[] =>
	median === null ? [] : [{ label, value: median, low: median, high: p90, text: text(formatMean(median)), note: w.cases(n) }];

function most<Row>(rows: readonly Row[], value: (row: Row) => number | null): Row | null {
	return rows.reduce<Row | null>(
		(one, row) => ((value(row) ?? -1) > (one === null ? -1 : (value(one) ?? -1)) ? row : one),
		null,
	);
}

export function timeInStageOf({ data }: Schemas['TimeInStageReport']): Shown[] {
	return grouped(data, (row) => row.role_id).map((stages) => {
		const slow = most(stages, (row) => row.median_days);
		return {
			key: stages[0]?.role_id ?? '',
			title: w.time.stage(stages[0]?.role_title ?? ''),
			sentence: slow
				? w.time.stageSentence(slow.stage_name, number(slow.median_days, formatMean), slow.n)
				: w.time.stageNone(stages.reduce((sum, row) => sum + row.pending, 0)),
			definition: w.time.stageDefinition,
			plot: {
				as: 'bars',
				rows: stages.flatMap((row) => spreadRow(row.stage_name, row.median_days, row.p90_days, row.n, w.days)),
				format: formatNumber,
			},
			columns: w.time.stageColumns,
			rows: stages.map((row) => [
				row.stage_name,
				number(row.median_days, formatMean),
				number(row.p90_days, formatMean),
				number(row.mean_days, formatMean),
				formatNumber(row.n),
				formatNumber(row.pending),
			]),
			notes: [],
		};
	});
}

export function timeToDecisionOf({ data }: Schemas['TimeToDecisionReport']): Shown[] {
	const rows = data.filter((row) => row.applications > 0);
	const slow = most(rows, (row) => row.median_days);
	const decided = rows.filter((row) => row.median_days !== null);
	const tell = slow ? number(slow.median_days, formatMean) : '';
	return rows.length === 0
		? []
		: [
				{
					key: 'decision',
					title: w.time.decision,
					sentence: !slow
						? w.time.decisionNone
						: decided.length > 1
							? w.time.decisionMany(slow.role_title, tell, slow.n)
							: w.time.decisionSentence(tell, slow.n),
					definition: w.time.decisionDefinition,
					plot: {
						as: 'bars',
						rows: rows.flatMap((row) => spreadRow(row.role_title, row.median_days, row.p90_days, row.n, w.days)),
						format: formatNumber,
					},
					columns: w.time.decisionColumns,
					rows: rows.map((row) => [
						row.role_title,
						number(row.median_days, formatMean),
						number(row.p90_days, formatMean),
						formatNumber(row.n),
						share(row.within_target_rate),
						number(row.target_days, (days) => w.days(formatNumber(days))),
						formatNumber(row.pending),
					]),
					notes: [],
				},
			];
}

export function loadOf({ data }: Schemas['InterviewerLoadReport']): Shown[] {
	const all = data.reduce((sum, row) => sum + row.n, 0);
	const first = data[0];
	return first === undefined
		? []
		: [
				{
					key: 'load',
					title: w.load.title,
					sentence: all === 0 ? w.load.none : w.load.sentence(first.name, first.n, formatShare(first.n / all)),
					definition: w.load.definition,
					plot: {
						as: 'bars',
						rows: data.map((row) => ({ label: row.name, value: row.n, text: formatNumber(row.n) })),
						format: formatNumber,
					},
					columns: w.load.columns,
					rows: data.map((row) => [
						row.name,
						formatNumber(row.n),
						formatMean(row.minutes / 60),
						formatNumber(row.upcoming),
						formatNumber(row.shadowed),
						formatNumber(row.no_shows),
						formatNumber(row.submitted),
						number(row.overdue, formatNumber),
					]),
					notes: [],
				},
			];
}

export function turnaroundOf({ data }: Schemas['ScorecardTurnaroundReport']): Shown[] {
	const all = data.reduce((sum, row) => sum + row.n, 0);
	const soon = data.reduce((sum, row) => sum + row.within_a_day, 0);
	return data.length === 0
		? []
		: [
				{
					key: 'turnaround',
					title: w.turnaround.title,
					sentence: all === 0 ? w.turnaround.none : w.turnaround.sentence(formatShare(soon / all), all),
					definition: w.turnaround.definition,
					plot: {
						as: 'bars',
						rows: data.flatMap((row) => spreadRow(row.name, row.median_hours, row.p90_hours, row.n, w.hours)),
						format: formatNumber,
						reference: 24,
					},
					columns: w.turnaround.columns,
					rows: data.map((row) => [
						row.name,
						number(row.median_hours, (hours) => w.hours(formatMean(hours))),
						number(row.p90_hours, (hours) => w.hours(formatMean(hours))),
						formatNumber(row.n),
						share(row.within_a_day_rate),
						interval(row.within_a_day_rate_low, row.within_a_day_rate_high, formatShare),
					]),
					notes: [],
				},
			];
}

const FAIR = 0.667;

export function agreementOf({ data }: Schemas['AgreementReport']): Shown[] {
	return grouped(data, (row) => row.role_id).map((rows) => {
		const known = rows.filter((row) => row.alpha !== null);
		const good = known.filter((row) => (row.alpha ?? 0) >= FAIR);
		return {
			key: rows[0]?.role_id ?? '',
			title: rows[0]?.role_title ?? '',
			sentence: known.length === 0 ? w.agreement.none : w.agreement.sentence(good.length, known.length),
			definition: w.agreement.definition,
			plot: {
				as: 'intervals',
				rows: known.map((row) => ({
					label: row.competency_name,
					value: row.alpha ?? 0,
					low: row.alpha_low,
					high: row.alpha_high,
					text: number(row.alpha),
					note: w.cases(row.n),
				})),
				format: formatMean,
				reference: FAIR,
				from: 0,
				to: 1,
			},
			columns: w.agreement.columns,
			rows: known.length === 0 ? [] : rows.map((row) => [
				row.competency_name,
				number(row.alpha),
				interval(row.alpha_low, row.alpha_high),
				number(row.ac2),
				number(row.icc_single),
				formatNumber(row.n),
				formatNumber(row.raters),
			]),
			notes: rows.map((row) => ({ text: w.said_of(row.competency_name, say(row.sentence)) })),
		};
	});
}

type FairnessRow = Schemas['FairnessRow'];
const groupName = (group: string | null): string => (group === null ? '' : (w.fairness.groups[group] ?? group));

function fairnessLabel(row: FairnessRow): string {
	const where = row.stage_name ?? w.fairness.overall;
	return w.said_of(where, w.fairness.against(groupName(row.focal), groupName(row.reference)));
}

export function fairnessOf({ data, role_id: role }: Schemas['FairnessReport']): Shown[] {
	// A role of which nothing can be shown is in the sentence of all; of one role, all are itself.
	const groups = grouped(data, (row) => `${row.question} ${row.role_id ?? ''}`).filter((rows, _, all) => {
		const [first] = rows;
		if (first?.role_id) return rows.some((row) => row.ratio !== null);
		return role === null || !all.some(([other]) => other?.question === first?.question && other?.role_id && other.ratio !== null);
	});
	return groups.map((rows) => {
		const first = rows[0];
		const title = first ? (w.fairness.titles[first.question] ?? first.question) : '';
		const known = rows.filter((row) => row.ratio !== null);
		return {
			key: `${first?.question ?? ''} ${first?.role_id ?? ''}`,
			title: role !== null ? title : `${title} · ${first?.role_title ?? w.allRoles}`,
			sentence: first ? say(first.sentence) : '',
			definition: w.fairness.definition,
			plot: {
				as: 'intervals',
				rows: known.map((row) => ({
					label: fairnessLabel(row),
					value: row.ratio ?? 0,
					low: row.ratio_low,
					high: row.ratio_high,
					text: number(row.ratio),
					note: w.cases((row.focal_n ?? 0) + (row.reference_n ?? 0)),
				})),
				format: formatMean,
				reference: 0.8,
				from: 0,
			},
			columns: w.fairness.columns,
			rows: known.map((row) => [
				fairnessLabel(row),
				number(row.ratio),
				interval(row.ratio_low, row.ratio_high),
				w.fairness.passed(row.focal_passed ?? 0, row.focal_n ?? 0, share(row.focal_rate)),
				w.fairness.passed(row.reference_passed ?? 0, row.reference_n ?? 0, share(row.reference_rate)),
				chance(row.p_ratio_below),
				number(row.fisher),
			]),
			notes: rows.slice(1).map((row) => ({ text: w.said_of(row.stage_name ?? w.fairness.overall, say(row.sentence)) })),
		};
	});
}

const WORTH = 0.05;

export function anotherOf(report: Schemas['AnotherInterview']): Shown[] {
	const words = w.another;
	const known = report.data.filter((row) => row.p_flip !== null);
	const worth = known.filter((row) => (row.p_flip ?? 0) >= WORTH);
	const order = [...known].sort((a, b) => (b.p_flip ?? 0) - (a.p_flip ?? 0));
	return [
		{
			key: 'reliability',
			title: words.reliability,
			sentence: say(report.sentence),
			definition: words.reliabilityDefinition,
			plot: {
				as: 'bars',
				rows: report.reliability.flatMap((row) =>
					row.phi === null ? [] : [{ label: words.interviewers(row.interviewers), value: row.phi, text: formatScore(row.phi) }],
				),
				format: formatMean,
				reference: 0.8,
				from: 0,
				to: 1,
			},
			columns: words.reliabilityColumns,
			rows: report.reliability.map((row) => [words.interviewers(row.interviewers), number(row.phi), number(row.sem)]),
			notes: [],
		},
		{
			key: 'candidates',
			title: words.candidates,
			sentence: known.length === 0 ? words.candidatesNone : words.candidatesSentence(worth.length, known.length),
			definition: words.candidatesDefinition,
			plot: {
				as: 'bars',
				rows: order.map((row) => ({ label: row.candidate_name, value: row.p_flip ?? 0, text: chance(row.p_flip), note: w.cases(row.scorecards ?? 0) })),
				format: formatShare,
				reference: WORTH,
			},
			columns: words.candidatesColumns,
			rows: order.map((row) => [
				row.candidate_name,
				chance(row.p_flip),
				number(row.score),
				interval(row.score_low, row.score_high),
				number(row.scorecards, formatNumber),
				row.focus_competency_name ?? t.none,
				number(row.gain, (gain) => formatScore(gain)),
			]),
			// Those for whom it would hardly change anything are in the table.
			notes: [...worth].sort((a, b) => (b.p_flip ?? 0) - (a.p_flip ?? 0))
				.concat(report.data.filter((row) => row.p_flip === null))
				.map((row) => ({
					text: row.p_flip === null ? w.said_of(row.candidate_name, say(row.sentence)) : say(row.sentence),
					href: `/applications/${row.application_id}`,
				})),
		},
	];
}

type Patterns = Schemas['RatingPatterns'];

function patternShown(
	key: string,
	title: string,
	definition: string,
	parts: { label: string; value: number | null; low: number | null; high: number | null; n: number; sentence: Sentence }[],
	reference: number,
): Shown {
	const known = parts.filter((part) => part.value !== null);
	const [first, ...rest] = parts;
	return {
		key,
		title,
		sentence: first ? say(first.sentence) : '',
		definition,
		plot: {
			as: 'intervals',
			rows: known.map((part) => ({
				label: part.label,
				value: part.value ?? 0,
				low: part.low,
				high: part.high,
				text: number(part.value),
				note: w.cases(part.n),
			})),
			format: formatMean,
			reference,
		},
		columns: w.patterns.columns,
		rows: known.map((part) => [part.label, number(part.value), interval(part.low, part.high), formatNumber(part.n)]),
		notes: rest.map((part) => ({ text: w.said_of(part.label, say(part.sentence)) })),
	};
}

export function patternsOf(report: Patterns): Shown[] {
	const words = w.patterns;
	const { severity, consistency, halo, compression, drift } = report;
	const ratio = (label: string, part: Patterns['halo']) => ({ ...part, label, low: part.usual_low, high: part.usual_high });
	return [
		patternShown('severity', words.severity, words.severityDefinition, [{ ...severity, label: words.rows.severity }], 0),
		patternShown(
			'consistency',
			words.consistency,
			words.consistencyDefinition,
			[ratio(words.rows.consistency, consistency), ratio(words.rows.halo, halo)],
			1,
		),
		patternShown('compression', words.compression, words.compressionDefinition, [{ ...compression, label: words.rows.compression }], 1),
		{
			key: 'drift',
			title: words.drift,
			sentence: say(drift.sentence),
			definition: words.driftDefinition,
			drift: drift.points,
			columns: words.driftColumns,
			rows: drift.points.map((point) => [
				formatNumber(point.scorecard),
				formatScore(point.value),
				interval(point.low, point.high),
				point.outside ? words.outside : words.inside,
			]),
			notes: [],
		},
	];
}
