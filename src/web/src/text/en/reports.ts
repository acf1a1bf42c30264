// Reports: what each shows, in a sentence, and how it is counted.
import { count } from '../count.ts';

/** A sentence of the server's, by its code, where this language says it in its own words. */
type Said = Record<string, ((values: Record<string, string | number>) => string) | undefined>;

export const reports = {
	reports: {
		title: 'Reports',
		intro: 'Every number comes with how many cases stand behind it. Where there are too few, a sentence says so.',
		groups: { flow: 'How hiring goes', people: 'How we judge', mine: 'For me' },
		open: (name: string) => `Open ${name}`,
		all: 'All reports',
		print: 'Print',
		role: 'Role',
		everyRole: 'Every role',
		chooseRole: 'Choose a role',
		from: 'From',
		to: 'To',
		order: 'The period ends before it begins.',
		filters: 'What the report is about',
		empty: 'Nothing to report here yet',
		emptyBody: 'Reports cover the roles that you manage. Another role or a longer period may have more.',
		truncated: 'There is more than fits here; choose a role or a shorter period.',
		details: 'In words',
		right: 'This report needs a right of its own',
		rightBody: 'It is about what candidates told us in confidence. An admin can open it to a recruiter or an admin on their page under People, on the record.',
		modelOff: 'The statistical model is switched off',
		modelOffBody: 'Your organization decided to do without it; averages and counts stay.',
		chooseRoleFirst: 'Which role is it about?',
		chooseRoleBody: 'Choose a role above to see whether another interview is worth the candidate’s time.',
		noRoles: 'There are no roles yet.',
		allRoles: 'All roles together',
		noSource: 'No source',
		cases: (n: number) => `n = ${String(n)}`,
		pending: (n: number) => count(n, 'still open', 'still open'),
		days: (n: string) => `${n} days`,
		hours: (n: string) => `${n} h`,
		per: { interviews: (n: number) => count(n, 'interview', 'interviews') },
		names: {
			funnel: 'Funnel',
			sources: 'Sources',
			time: 'Time',
			load: 'Interview load',
			turnaround: 'Scorecard turnaround',
			agreement: 'Agreement',
			fairness: 'Fairness',
			'another-interview': 'Is another interview worth it?',
			'my-rating-patterns': 'My rating patterns',
		},
		about: {
			funnel: 'Who passes each stage, and where many stop.',
			sources: 'Which sources lead to offers.',
			time: 'How long applications stay, and wait for a decision.',
			load: 'Who interviews how much.',
			turnaround: 'How soon scorecards come in.',
			agreement: 'Whether interviewers mean the same by a rating.',
			fairness: 'Whether groups of candidates pass at different rates.',
			'another-interview': 'How likely one more changes what the scorecards suggest.',
			'my-rating-patterns': 'How my ratings compare with what colleagues saw.',
		},
		funnel: {
			sentence: (stage: string, rate: string, n: number) =>
				`Of ${count(n, 'decided application', 'decided applications')}, ${rate} passed ${stage}, the fewest of all stages.`,
			one: (stage: string, rate: string, n: number) => `${rate} passed ${stage} (${count(n, 'decided application', 'decided applications')}).`,
			none: (pending: number) =>
				`Nobody is decided yet; ${count(pending, 'application is', 'applications are')} still under way.`,
			definition:
				'The share of those decided in a stage who passed it: passed ÷ (passed + rejected there). Who came to a later stage or was made an offer has passed. The pending and the withdrawn are not counted. The lines are Wilson’s 95 % interval.',
			columns: ['Stage', 'Passed', 'Decided', 'Rate', '95 % interval', 'Pending', 'Withdrawn'],
		},
		sources: {
			title: 'Offers by source',
			sentence: (source: string, rate: string, n: number, sources: number) =>
				sources > 1
					? `${source} leads most often to an offer: ${rate} once small numbers are allowed for (n = ${String(n)}).`
					: `${rate} of the decided applications from ${source} led to an offer (n = ${String(n)}).`,
			none: 'No application is decided yet, so no source can be judged.',
			definition:
				'The share of each source’s decided applications that led to an offer, with Wilson’s 95 % interval. “Allowed for” draws it towards the rate of all sources as far as its n is small: (α + x) ÷ (α + β + n).',
			columns: ['Source', 'Offers', 'Decided', 'Rate', '95 % interval', 'Allowed for', 'Hires', 'Pending'],
		},
		time: {
			stages: 'Days in each stage',
			file: (name: string) => `${name} (CSV)`,
			stage: (role: string) => `Days in each stage: ${role}`,
			stageSentence: (stage: string, days: string, n: number) =>
				`${stage} takes longest: half of ${count(n, 'stay', 'stays')} lasted more than ${days} days.`,
			stageNone: (pending: number) => `No stay has ended yet; ${count(pending, 'goes on', 'go on')}.`,
			stageDefinition:
				'Days from entering a stage to leaving it, of stays that have ended: median (bar) and 90th percentile (line to the right). Those that go on are no part of it, so a young role looks too fast.',
			stageColumns: ['Stage', 'Median', '90th percentile', 'Mean', 'n', 'Go on'],
			decision: 'Days to a decision',
			decisionSentence: (days: string, n: number) => `Half of ${count(n, 'application', 'applications')} waited longer than ${days} days for a decision.`,
			decisionMany: (role: string, days: string, n: number) => `${role} decides slowest: half of ${count(n, 'application', 'applications')} waited longer than ${days} days.`,
			decisionNone: 'No application is decided yet.',
			decisionDefinition:
				'Days from the application to the first of rejected, offered, hired, offer declined: median (bar), 90th percentile (line to the right). Within target counts those decided within the role’s target days.',
			decisionColumns: ['Role', 'Median', '90th percentile', 'n', 'Within target', 'Target', 'Pending'],
		},
		load: {
			title: 'Interviews by person',
			sentence: (name: string, n: number, share: string) => `${name} interviews most: ${count(n, 'interview', 'interviews')}, ${share} of all.`,
			none: 'No interview in this period.',
			definition:
				'Interviews that a person is to rate, of the period (without a time: when they were made); minutes of these and of those they shadow. Submitted and overdue count where you may know it.',
			columns: ['Person', 'Interviews', 'Hours', 'Upcoming', 'Shadowed', 'No-shows', 'Submitted', 'Overdue'],
		},
		turnaround: {
			title: 'Hours until the scorecard is there',
			sentence: (share: string, n: number) => `${share} of ${count(n, 'scorecard', 'scorecards')} came within a day of the interview.`,
			none: 'No scorecard of an interview with a time was submitted in this period.',
			definition:
				'Hours from the end of the interview to the first submission, at least 0: median (bar), 90th percentile (line to the right); the dashed line is one day. Only scorecards that you may read.',
			columns: ['Person', 'Median', '90th percentile', 'n', 'Within a day', '95 % interval'],
		},
		agreement: {
			sentence: (good: number, all: number) => `Interviewers agree well on ${String(good)} of ${count(all, 'competency', 'competencies')} that can be judged.`,
			none: 'On none of these competencies were enough candidates rated by enough people to speak of agreement.',
			definition:
				'Krippendorff’s alpha for ordered ratings: 1 is perfect, 0 is chance; below .67 (dashed line) the anchors may mean different things to different people. The lines are 95 % (jackknife over candidates). AC2 is Gwet’s; it stays high where nearly all ratings are the same. ICC is that of one rating.',
			columns: ['Competency', 'Alpha', '95 % interval', 'AC2', 'ICC', 'Rated by two or more', 'People'],
		},
		fairness: {
			titles: { gender: 'Gender', age: 'Age', disability: 'Disability' } as Record<string, string>,
			groups: {
				woman: 'Women', man: 'Men', another: 'Another gender',
				under_30: 'Under 30', '30_to_39': '30 to 39', '40_to_49': '40 to 49', '50_and_over': '50 and over',
				yes: 'With a disability', no: 'Without a disability',
			} as Record<string, string>,
			overall: 'To an offer',
			against: (focal: string, reference: string) => `${focal} beside ${reference}`,
			definition:
				'The rate of a group divided by that of the group with the highest rate, with Katz’s 95 % interval; below four-fifths (dashed line) is a signal to look closer, no proof. Answers are voluntary. Applications are counted in blocks that never change, once there are twenty offers and twenty rejections; counts below five are hidden, with whatever would tell them.',
			columns: ['Groups', 'Ratio', '95 % interval', 'Rate', 'Beside', 'Chance it is below 4/5', 'Fisher’s p'],
			passed: (x: number, n: number, rate: string) => `${rate} (${String(x)} of ${String(n)})`,
		},
		another: {
			reliability: 'How reliable so many interviewers are',
			reliabilityDefinition:
				'The share of the differences between scores that are the candidates’ own, if each were met by so many different interviewers: Φ = U ÷ (U + E/J), from the variances of the model (D-study). .80 (dashed line) is a customary aim.',
			reliabilityColumns: ['Interviewers', 'Reliability', 'Standard error'],
			interviewers: (n: number) => count(n, 'interviewer', 'interviewers'),
			candidates: 'How likely another interview changes the suggestion',
			candidatesSentence: (worth: number, all: number) =>
				worth === 0
					? `For none of ${count(all, 'candidate', 'candidates')} would another interview be likely to change the suggestion.`
					: `For ${String(worth)} of ${count(all, 'candidate', 'candidates')} another interview has a chance of 5 % or more of changing the suggestion.`,
			candidatesNone: 'Nobody can be judged yet.',
			candidatesDefinition:
				'P = Φ(−|score − hire bar| ÷ τ), τ² = V² ÷ (V + E): V is the variance of the score, E the error of one interview. Gain is what it is worth on average, in points of the score. Computed over the scorecards that you may read.',
			candidatesColumns: ['Candidate', 'Chance', 'Score', '90 % interval', 'Scorecards', 'Would tell most about', 'Gain'],
		},
		patterns: {
			private: 'Only you see this, and admins who hold the right, on the record. It never ranks people.',
			severity: 'Severity',
			severityDefinition:
				'How much lower (to the right: higher numbers) you rate than colleagues who saw comparable candidates, by the statistical model, with its 90 % interval. 0 is as everyone. From 10 scorecards on.',
			consistency: 'Consistency and halo',
			consistencyDefinition:
				'Consistency: how far your scorecards are from what colleagues make expect, over what is usual; each is compared with a fit without it. Halo: how much your ratings differ within a scorecard, over what is usual. Both are about 1 where all is usual; the lines are the usual range, from 20 scorecards on.',
			compression: 'Use of the scale',
			compressionDefinition: 'How much your scorecards’ means rise per point of colleagues’ estimates of the same candidates: 1 (dashed line) is even, less means strong and weak are rated closer together. 90 % interval.',
			drift: 'Drift',
			driftDefinition: 'The weighted moving average (EWMA, λ = .2) of how far each scorecard lies from what colleagues make expect, in standard errors, oldest first. Between the lines (L = 3) is chance. A newer rubric starts it again.',
			rows: { consistency: 'Consistency', halo: 'Halo', severity: 'Severity', compression: 'Slope' },
			columns: ['Pattern', 'Value', 'Interval or usual range', 'Scorecards'],
			driftColumns: ['Scorecard', 'Average', 'Limits', 'Outside'],
			scorecards: (n: number) => count(n, 'scorecard', 'scorecards'),
			outside: 'yes',
			inside: 'no',
		},
		said: {} as Said,
		said_of: (who: string, text: string) => `${who}: ${text}`,
	},
};
