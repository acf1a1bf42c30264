// What a form is told by the server, brought to its fields: problem+json's pointers, then a summary.
import { Offline, Problem } from './api.ts';
import { fieldErrors, type FieldErrors } from './form_errors.ts';
import { t } from '../text/index.ts';

export class FormState {
	busy = $state(false);
	/** Grows with each refusal, so that the summary takes focus again: `{#key form.tries}`. */
	tries = $state(0);
	errors = $state.raw<FieldErrors>({ fields: {}, rest: [] });
	/** It was changed elsewhere since it was loaded: `<FormTop>` says so, and offers the newest, instead of the error. */
	stale = $state(false);
	readonly id: string;

	/** `id` from `$props.id()`: a field's element is `form.field('name')`. */
	constructor(id: string) {
		this.id = id;
	}

	/** The id of the element for a member of the body, such as `compensation.currency`. */
	field(path: string): string {
		return `${this.id}-${path}`;
	}

	error(path: string): string | undefined {
		return this.errors.fields[path];
	}

	/** All that is wrong, as ErrorSummary wants it. */
	get summary(): { id: string; text: string }[] {
		return [
			...Object.entries(this.errors.fields).map(([path, text]) => ({ id: this.field(path), text })),
			...this.errors.rest.map((text) => ({ id: this.id, text })),
		];
	}

	/** What the form itself found; empty: nothing. True where the form may be sent. */
	check(fields: Record<string, string | undefined | false>): boolean {
		const found = Object.entries(fields).filter((one): one is [string, string] => Boolean(one[1]));
		this.errors = { fields: Object.fromEntries(found), rest: [] };
		if (found.length > 0) this.tries += 1;
		return found.length === 0;
	}

	/** Sends; refusals become errors of fields. Null where it was refused, or was under way already. */
	async send<Answer>(call: () => Promise<Answer>): Promise<Answer | null> {
		if (this.busy) return null;
		this.busy = true;
		try {
			const answer = await call();
			this.errors = { fields: {}, rest: [] };
			this.stale = false;
			return answer;
		} catch (error) {
			this.refuse(error);
			return null;
		} finally {
			this.busy = false;
		}
	}

	refuse(error: unknown): void {
		this.tries += 1;
		this.stale = error instanceof Problem && error.status === 412;
		if (error instanceof Problem) this.errors = fieldErrors(error);
		else this.errors = { fields: {}, rest: [error instanceof Offline ? t.errors.offline : t.errors.generic] };
	}
}
