// The words of the domain, as statuses and ratings are called everywhere.
import { count } from '../count.ts';
import type { Recommendation } from '../../lib/draft.ts';

export const words = {
	openings: (n: number) => count(n, 'opening', 'openings'),
	noStage: 'No stage',
	notAssessed: 'Not assessed',
	notAssessedShort: 'n/a',
	emptyValue: 'Empty',
	ratings: 'Ratings',
	revision: (n: number) => `Amended, revision ${String(n)}`,
	minutes: (n: number) => `${String(n)} min`,
	roleStatus: { draft: 'Draft', open: 'Open', paused: 'Paused', closed: 'Closed' } as Record<string, string>,

	engagement: {
		full_time: 'Full-time',
		contract: 'Contract',
		freelance: 'Freelance',
		outsourced: 'Outsourced',
	} as Record<string, string>,

	applicationStatus: {
		active: 'Active',
		paused: 'Paused',
		rejected: 'Rejected',
		withdrawn: 'Withdrawn',
		offered: 'Offered',
		hired: 'Hired',
		offer_declined: 'Offer declined',
	} as Record<string, string>,

	method: {
		screen: 'Screen',
		technical_interview: 'Technical interview',
		work_sample: 'Work sample',
		code_review: 'Code review',
		portfolio_review: 'Portfolio review',
		behavioural_interview: 'Behavioural interview',
		values_interview: 'Values interview',
		reference: 'Reference',
	} as Record<string, string>,

	scorecardStatus: {
		none: 'Not started',
		draft: 'Draft',
		submitted: 'Submitted',
		cancelled: 'Cancelled',
		candidate_no_show: 'Did not come',
	} as Record<string, string>,

	ratingWord: { 1: 'Well below', 2: 'Below', 3: 'Solid', 4: 'Above', 5: 'Well above' } as Record<number, string>,

	recommendation: {
		strong_no: 'Strong no',
		no: 'No',
		yes: 'Yes',
		strong_yes: 'Strong yes',
		no_decision: 'No decision',
	} satisfies Record<Recommendation, string>,
};
