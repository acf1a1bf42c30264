// What a refusal says to a person, in a sentence.
import { Offline, Problem } from './api.ts';
import { t } from '../text/index.ts';

export function refusal(error: unknown): string {
	if (error instanceof Offline) return t.errors.offline;
	if (error instanceof Problem) return error.errors[0]?.detail ?? error.detail ?? error.message;
	return t.errors.generic;
}
