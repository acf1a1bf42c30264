// What can be done with one application from where it stands, as its `next_statuses` allow.
import type { Application } from '../lib/shapes.ts';
import { isOpen, type Status } from '../lib/pipeline.ts';

export type Act =
	| 'open' | 'candidate' | 'pause' | 'resume' | 'reopen' | 'offer' | 'hire' | 'decline' | 'reject' | 'withdraw' | 'transfer';

export function actionsFor({ status, next_statuses: next, transferred_to_id }: Application): Act[] {
	const can = (to: Status): boolean => next.includes(to);
	const acts: [Act, boolean][] = [
		['open', true],
		['candidate', true],
		['resume', status === 'paused' && can('active')],
		['reopen', !isOpen(status) && can('active')],
		['pause', can('paused')],
		['offer', can('offered')],
		['hire', can('hired')],
		['decline', can('offer_declined')],
		['reject', can('rejected')],
		['withdraw', can('withdrawn')],
		['transfer', transferred_to_id === null && status !== 'hired'],
	];
	return acts.filter(([, may]) => may).map(([act]) => act);
}

/** The status that an act asks for without another question. */
export const straight: Partial<Record<Act, Status>> = {
	pause: 'paused',
	resume: 'active',
	reopen: 'active',
	offer: 'offered',
	hire: 'hired',
};
export const asking: Partial<Record<Act, 'rejected' | 'withdrawn' | 'offer_declined'>> = {
	reject: 'rejected',
	withdraw: 'withdrawn',
	decline: 'offer_declined',
};
