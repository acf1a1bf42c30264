// The pipeline without markup: which columns a board has, and what a move asks of the API.
import type { Schemas } from './api.ts';
import type { Application, Stage } from './shapes.ts';

export type Status = Application['status'];
export type ReasonCode = Schemas['ReasonCode'];
export const openStatuses = ['active', 'paused', 'offered'] as const;
export const endedStatuses = ['rejected', 'withdrawn', 'hired', 'offer_declined'] as const;
export const statuses: readonly Status[] = [...openStatuses, ...endedStatuses];

export const rejectionReasons: readonly ReasonCode[] = [
	'skills', 'experience', 'communication', 'values', 'compensation', 'location', 'work_permit',
	'no_response', 'duplicate', 'other_candidate', 'role_filled', 'role_cancelled', 'other',
];
export const withdrawalReasons: readonly ReasonCode[] = [
	'other_offer', 'compensation', 'role', 'location', 'timing', 'process', 'personal', 'no_response', 'other',
];

export const isOpen = (status: Status): boolean => openStatuses.some((one) => one === status);

/** What the address filters by; the board and the table ask the API for the same. */
export interface Wanted {
	role_id?: string;
	stage_id?: string;
	status?: Status;
	source?: string;
	q?: string;
	archived: boolean;
}

export function wantedOf(query: URLSearchParams): Wanted {
	const status = statuses.find((one) => one === query.get('status'));
	const role = query.get('role_id');
	const word = (name: string): string | null => query.get(name)?.trim().slice(0, 200) || null;
	const q = word('q');
	const source = word('source');
	const stage = query.get('stage_id');
	return {
		archived: query.get('archived') === 'true',
		...(role ? { role_id: role } : {}),
		...(role && stage ? { stage_id: stage } : {}),
		...(status ? { status } : {}),
		...(source ? { source } : {}),
		// Words are searched among one role's candidates.
		...(role && q ? { q } : {}),
	};
}

export interface ColumnPlan {
	key: string;
	title: string;
	/** What its list is asked for, beyond the board's filters; null: the filters leave nothing in it. */
	query: { stage_id?: string; status?: Status; open?: boolean } | null;
	stage_id?: string;
	status?: Status;
	ended?: true;
}

/** The plan's stages in their order, stages of earlier plans that are still in use, and the end. */
export function columnsOf(
	wanted: Wanted,
	stages: readonly Pick<Stage, 'id' | 'name' | 'position'>[],
	words: { ended: string; status: Record<string, string> },
): ColumnPlan[] {
	const { status } = wanted;
	if (wanted.role_id === undefined) {
		const all: ColumnPlan[] = openStatuses.map((one) => ({
			key: one,
			title: words.status[one] ?? one,
			query: status === undefined || status === one ? { status: one } : null,
			status: one,
		}));
		return [...all, endColumn(wanted, words.ended)];
	}
	const inStages = [...stages]
		.sort((one, other) => one.position - other.position)
		.map(({ id, name }): ColumnPlan => ({
			key: id,
			title: name,
			query: (status !== undefined && !isOpen(status)) || (wanted.stage_id !== undefined && wanted.stage_id !== id)
				? null
				: { stage_id: id, open: true },
			stage_id: id,
		}));
	return [...inStages, endColumn(wanted, words.ended)];
}

function endColumn({ status }: Wanted, title: string): ColumnPlan {
	return { key: 'ended', title, query: status !== undefined && isOpen(status) ? null : { open: false }, ended: true };
}

type Counts = Schemas['Counts'];

/** The counts of two lists that share no row, as those of one. */
export function together(one: Counts, other: Counts): Counts {
	const names = [...new Set([...Object.keys(one.facets), ...Object.keys(other.facets)])];
	const facets = names.map((name): [string, Counts['facets'][string]] => {
		const parts = [one.facets[name], other.facets[name]];
		const sums = new Map<string | null, number>();
		for (const part of parts) for (const { value, count } of part?.values ?? []) sums.set(value, (sums.get(value) ?? 0) + count);
		const values = [...sums].map(([value, count]) => ({ value, count })).sort((a, b) => b.count - a.count);
		return [name, { complete: parts.every((part) => part?.complete ?? true), values }];
	});
	return { total: one.total + other.total, complete: one.complete && other.complete, facets: Object.fromEntries(facets) };
}

export interface Move {
	stage_id?: string;
	status?: Status;
	reason?: string;
	reason_code?: ReasonCode;
}

/** What brings an application into a column; null where it is there, or where a person has to say more. */
export function moveTo(one: Pick<Application, 'stage_id' | 'status'>, column: ColumnPlan): Move | null {
	if (column.ended) return null;
	if (column.status !== undefined) return one.status === column.status ? null : { status: column.status };
	const reopened = isOpen(one.status) ? {} : { status: 'active' as const };
	if (column.stage_id === one.stage_id) return isOpen(one.status) ? null : reopened;
	return column.stage_id === undefined ? null : { stage_id: column.stage_id, ...reopened };
}

/** What brings it back to where it was. */
export function moveBack(was: Pick<Application, 'stage_id' | 'status'>, now: Pick<Application, 'stage_id' | 'status'>): Move | null {
	const back = {
		...(was.stage_id !== null && was.stage_id !== now.stage_id ? { stage_id: was.stage_id } : {}),
		...(was.status === now.status ? {} : { status: was.status }),
	};
	return Object.keys(back).length === 0 ? null : back;
}

export function daysIn(since: string, now = Date.now()): number {
	return Math.max(0, Math.floor((now - Date.parse(since)) / 86_400_000));
}

/** The rows of a list that are in view: from, to, with a few around them. */
export function windowOf(top: number, height: number, row: number, rows: number, around = 4): { from: number; to: number } {
	const from = Math.max(0, Math.floor(top / row) - around);
	return { from: Math.min(from, rows), to: Math.min(rows, Math.ceil((top + height) / row) + around) };
}
