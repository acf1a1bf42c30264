// The board's cards: pages of each column, and moves that show at once and go back where they are refused.
import { answer, client, Problem, type Schemas } from '../lib/api.ts';
import { moveBack, type ColumnPlan, type Move, type Wanted } from '../lib/pipeline.ts';
import { refusal } from '../lib/refusal.ts';
import { toasts } from '../lib/toasts.svelte.ts';
import type { Application } from '../lib/shapes.ts';
import { t } from '../text/pipeline.ts';

const PAGE = 50;

export class Column {
	readonly plan: ColumnPlan;
	rows = $state.raw<Application[] | null>(null);
	total = $state<number | null>(null);
	complete = $state(true);
	failure = $state.raw<Error | null>(null);
	#cursor: string | null = null;
	#busy = false;

	constructor(plan: ColumnPlan) {
		this.plan = plan;
	}

	get more(): boolean {
		return this.#cursor !== null;
	}

	async load(wanted: Wanted, signal: AbortSignal): Promise<void> {
		if (this.#busy) return;
		this.#busy = true;
		try {
			if (this.plan.query === null) {
				this.rows = [];
				this.total = 0;
				return;
			}
			const query = {
				...wanted,
				...this.plan.query,
				limit: PAGE,
				...(this.#cursor === null ? {} : { cursor: this.#cursor }),
			};
			const page = (await answer(client.GET('/v1/applications', { params: { query }, signal }))).data;
			const known = new Set((this.rows ?? []).map(({ id }) => id));
			this.rows = [...(this.rows ?? []), ...page.data.filter(({ id }) => !known.has(id))];
			this.#cursor = page.next_cursor;
			this.failure = null;
		} catch (error) {
			if (!signal.aborted) this.failure = error instanceof Error ? error : new Error(String(error));
		} finally {
			this.#busy = false;
		}
	}

	take(id: string): void {
		this.rows = (this.rows ?? []).filter((one) => one.id !== id);
	}

	put(row: Application, at = 0): void {
		const others = (this.rows ?? []).filter((one) => one.id !== row.id);
		this.rows = [...others.slice(0, at), row, ...others.slice(at)];
	}

	add(n: number): void {
		if (this.total !== null) this.total += n;
	}
}

/** What a refused move says: that it was overtaken is said in the pipeline's own words. */
function whyNot(error: unknown): string {
	return error instanceof Problem && error.code === 'precondition_failed' ? t.pipeline.changedMeanwhile : refusal(error);
}

/** The one call that every way of moving makes. */
export async function move(row: Application, body: Move): Promise<Application> {
	const params = { path: { application_id: row.id }, header: { 'If-Match': `"${String(row.version)}"` } };
	return (await answer(client.POST('/v1/applications/{application_id}/move', { params, body }))).data;
}

export class Board {
	columns = $state.raw<Column[]>([]);
	#wanted: Wanted = { archived: false };
	#signal: AbortSignal = new AbortController().signal;
	readonly #changed: () => void;
	/** Moves under way: the next of the same card waits, and builds on what the one before made of it. */
	readonly #moving = new Map<string, Promise<Application>>();

	/** `changed` is told when the counts beside the filters are no longer true. */
	constructor(changed: () => void) {
		this.#changed = changed;
	}

	load(wanted: Wanted, plans: readonly ColumnPlan[], signal: AbortSignal): void {
		this.#wanted = wanted;
		this.#signal = signal;
		this.columns = plans.map((plan) => new Column(plan));
		for (const column of this.columns) void column.load(wanted, signal);
	}

	more(column: Column): void {
		if (column.more) void column.load(this.#wanted, this.#signal);
	}

	retry(column: Column): void {
		void column.load(this.#wanted, this.#signal);
	}

	/** Column totals: those of the stages by the counts' facet, the end by its own. */
	count(open: Schemas['Counts'], ended: Schemas['Counts']): void {
		const stages = new Map(open.facets['stage_id']?.values.map(({ value, count }) => [value, count]));
		const kinds = new Map(open.facets['status']?.values.map(({ value, count }) => [value, count]));
		for (const column of this.columns) {
			const { plan } = column;
			column.complete = plan.ended ? ended.complete : open.complete;
			if (plan.query === null) column.total = 0;
			else if (plan.ended) column.total = ended.total;
			else column.total = (plan.stage_id === undefined ? kinds.get(plan.status ?? null) : stages.get(plan.stage_id)) ?? 0;
		}
	}

	columnOf(row: Application): Column | undefined {
		return this.columns.find(({ rows }) => rows?.some(({ id }) => id === row.id));
	}

	#target(row: Pick<Application, 'stage_id' | 'status'>): Column | undefined {
		const ended = !['active', 'paused', 'offered'].includes(row.status);
		return this.columns.find(({ plan }) =>
			plan.ended ? ended : !ended && (plan.stage_id === undefined ? plan.status === row.status : plan.stage_id === row.stage_id),
		);
	}

	async #send(row: Application, body: Move): Promise<Application> {
		const alone = (): Promise<Application> => move(row, body);
		const sent = this.#moving.get(row.id)?.then(({ version }) => move({ ...row, version }, body), alone) ?? alone();
		this.#moving.set(row.id, sent);
		try {
			return await sent;
		} finally {
			if (this.#moving.get(row.id) === sent) this.#moving.delete(row.id);
		}
	}

	/** Shows the move at once; a refusal puts the card back and says why, in the form that asked or in a notice. */
	async move(row: Application, body: Move, how: 'undoable' | 'undo' | 'form' = 'undoable'): Promise<boolean> {
		const from = this.columnOf(row);
		const at = from?.rows?.findIndex(({ id }) => id === row.id) ?? 0;
		const shown = { ...row, stage_id: body.stage_id ?? row.stage_id, status: body.status ?? row.status };
		const to = this.#target(shown);
		const now = new Date().toISOString();
		if (shown.stage_id !== row.stage_id) {
			shown.stage_since = now;
			shown.stage_name = to?.plan.title ?? row.stage_name;
		}
		this.#carry(from, to, shown, from === to ? at : 0);
		try {
			const moved = await this.#send(row, body);
			// By now it may have been moved on.
			if (this.columnOf(row) === to) to?.put(moved, to.rows?.findIndex(({ id }) => id === row.id) ?? 0);
			this.#changed();
			const back = moveBack(row, moved);
			const undo = back && canGoBack(row, moved) ? () => this.#undo(moved, back) : null;
			if (how !== 'undo') toasts.say(said(moved, body), undo);
			return true;
		} catch (error) {
			if (this.columnOf(row) === to) this.#carry(to, from, row, at);
			if (how === 'form') throw error;
			toasts.say(t.pipeline.refused(row.candidate_name, whyNot(error)));
			if (error instanceof Problem && error.code === 'precondition_failed') void this.refresh(row.id);
			return false;
		}
	}

	async #undo(moved: Application, back: Move): Promise<void> {
		if (!(await this.move(moved, back, 'undo'))) throw new Error('refused');
	}

	/** What was changed elsewhere meanwhile, as it is now. */
	async refresh(id: string): Promise<void> {
		const params = { path: { application_id: id } };
		const { data } = await answer(client.GET('/v1/applications/{application_id}', { params }));
		const from = this.columns.find(({ rows }) => rows?.some((one) => one.id === id));
		this.#carry(from, this.#target(data), data, 0);
	}

	#carry(from: Column | undefined, to: Column | undefined, row: Application, at: number): void {
		from?.take(row.id);
		from?.add(-1);
		to?.put(row, at);
		to?.add(1);
	}
}

/** The API does not lead everywhere back: an offer is not unmade by a move. */
function canGoBack(was: Application, now: Application): boolean {
	return was.status === now.status || now.next_statuses.includes(was.status);
}

function said(moved: Application, body: Move): string {
	if (body.stage_id !== undefined) return t.pipeline.moved(moved.candidate_name, moved.stage_name ?? t.noStage);
	return t.pipeline.became(moved.candidate_name, t.applicationStatus[moved.status] ?? moved.status);
}
