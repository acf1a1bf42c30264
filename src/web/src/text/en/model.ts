// The statistical model: beside the debrief, and how the candidates of a role compare.
import { count } from '../count.ts';

export const model = {
	model: {
		title: 'The score and how sure it is',
		overall: 'Score',
		average: 'Plain average',
		estimate: 'Estimate',
		low: 'Lowest likely',
		high: 'Highest likely',
		ratings: (n: number) => count(n, 'rating', 'ratings'),
		columns: ['What is estimated', 'Estimate', '90 % from', 'to', 'Plain average', 'Ratings'],
		plusMinus: (value: string, margin: string) => `${value}\u00a0±\u00a0${margin}`,
		legend: {
			estimate: 'estimate with its 90 % interval',
			average: 'plain average',
			mustHave: 'level that a must-have asks for',
		},
		definition:
			'The estimate takes out that some interviewers rate lower or higher than others who met comparable candidates, and draws towards what is usual as far as there are few ratings. In nine of ten cases the interval holds the value that many more interviews would give. The plain average counts the ratings as they are; it stands beside the estimate, and the suggestion rests on it.',
		adjusted: 'What moved it',
		disagreements: 'Worth talking about',
		disagreementsAbout:
			'Two people who met this candidate differ by more than how they usually rate and chance explain, or by two points on a must-have.',
		notes: 'To bear in mind',
		updating: 'These figures are being computed anew, since something has changed.',
		again: 'Look again',
		basis: (scorecards: number, interviewers: number, ratings: number) =>
			`It rests on ${count(ratings, 'rating', 'ratings')} in ${count(scorecards, 'scorecard', 'scorecards')} by ${count(interviewers, 'interviewer', 'interviewers')}.`,
		unrated: (n: number) =>
			n === 1 ? 'One more scorecard was submitted; it rates nothing.' : `${String(n)} more scorecards were submitted; they rate nothing.`,
		print: 'Print',
	},
	mustHaves: {
		title: 'Are the must-haves met?',
		sentence: (sure: string, n: number) =>
			n === 1 ? `The one must-have is met with a probability of ${sure}.` : `The least sure of ${String(n)} must-haves is met with a probability of ${sure}.`,
		columns: ['Must-have', 'Probability', 'Lowest acceptable level', 'Ratings'],
		definition:
			'How likely it is that the candidate’s true level is at least the lowest acceptable one: many interviews more would show it that often. “Met” in the summary above compares the plain mean with that level and knows no doubt.',
		unknown: 'Not known',
	},
	comparison: {
		title: 'Comparison',
		scores: 'Scores side by side',
		best: (name: string, score: string, margin: string) => `${name} has the highest estimate, ${score}\u00a0±\u00a0${margin}.`,
		scoresColumns: ['Candidate', 'Estimate', '90 % from', 'to', 'Plain average', 'Scorecards', 'Group'],
		scoresDefinition:
			'Candidates by their estimate, the highest first. Intervals that overlap do not by themselves mean that two are too close: how they compare is in the matrix below, which knows that two candidates whom the same interviewers met share some of the error.',
		groups: 'Who is too close to call',
		groupsAbout: 'Between groups somebody is ahead with a probability of at least 90 %; within one nobody is.',
		group: (n: number) => `Group ${String(n)}`,
		matrix: 'Who is ahead of whom',
		matrixSentence: (sure: number, all: number) =>
			`Of ${count(all, 'pair', 'pairs')} ${String(sure)} ${sure === 1 ? 'is' : 'are'} told apart with a probability of at least 90 %.`,
		matrixRow: 'How likely the candidate of the row is ahead of the candidate of the column',
		matrixLegend: 'Row ahead of column; boxed and bold where it is sure to 90 %, either way.',
		matrixAbout: 'How this is counted',
		matrixDefinition:
			'How likely it is that the candidate of the row is truly above the candidate of the column, the doubt of both taken together with what they share. Boxed and in bold: at least 90 %. Below that, treat the two as equal, or hold another interview.',
		competencies: 'One competency at a time',
		competency: 'Competency',
		competencyColumns: ['Candidate', 'Estimate', '90 % from', 'to', 'Ratings'],
		competencySentence: (name: string, who: string, value: string) => `In ${name} ${who} has the highest estimate, ${value}.`,
		competencyDefinition:
			'The estimate of each candidate’s level in that competency alone; also where nobody rated it, then from the others’ and with a wide interval. The dashed line is the level that a must-have asks for.',
		without: 'Without an estimate',
		withoutAverage: (average: string, n: number) => `Plain average ${average}, ${count(n, 'scorecard', 'scorecards')}.`,
		empty: 'Nobody has applied for this role yet.',
	},
};
