// A candidate's own pages: plain words for someone who has no account and may be nervous.
import { count } from '../count.ts';

export const candidateSide = {
	side: {
		title: (role: string) => `Your application: ${role}`,
		lead: (organization: string) =>
			`Thank you for the time you give us. Here is what happens in your application with ${organization}. You need no account.`,
		until: (day: string) => `This link works until ${day}.`,
		whole: 'This page',

		noLink: {
			title: 'Open the link from your e-mail',
			body: 'This page is opened by a link that was sent to you. Without it we cannot know who you are.',
		},
		dead: {
			title: 'This link does not work any more',
			body: 'Links end after a while, or are replaced by newer ones. Nothing that you did or sent is lost.',
			stepsTitle: 'What you can do',
			steps: [
				'Look for a newer message with a link.',
				'Check that the address was not cut off by your mail program; if it was, paste all of it here.',
				'Answer the person who wrote to you, and ask for a new link.',
			],
		},
		paste: 'The whole link',
		pasteHint: 'It has a # near its end.',
		pasteGo: 'Open',
		pasteWrong: 'This is not a whole link. It has a # and many signs behind it.',
		busy: {
			title: 'One moment, please',
			body: 'Too much is going on at the moment. Wait a minute and try again; nothing is lost.',
		},
		offline: {
			title: 'No connection',
			body: 'We cannot be reached. Check your connection and try again; nothing is lost.',
		},
		broken: { title: 'Something went wrong', body: 'The fault is ours, not yours. Try again in a while.' },

		letter: 'A letter for you',
		now: 'Where you are now',
		nothingNow: 'Nothing is asked of you at the moment. We will write to you.',
		over: 'Your application is complete. Nothing more is asked of you.',
		steps: 'All steps',
		stepsLead: 'So that you know what comes, and what each step is for.',
		step: (n: number, of: number) => `Step ${String(n)} of ${String(of)}`,
		here: 'You are here',
		takes: (n: number) => (n < 120 ? `${String(n)} minutes` : `${String(Math.round(n / 6) / 10)} hours`),
		brief: {
			tasks: 'What there is to do',
			skills: 'What it shows',
			judged_on: 'How it is judged',
			time: 'How long it takes',
		},
		noInstructions: 'We will tell you more about this step before it comes.',

		sample: {
			title: 'Your work sample',
			before: (time: string) =>
				`You have ${time} from the moment you start. Start when you can work in peace: the clock cannot be stopped.`,
			late: 'Should it take you longer, send it anyway. We see that it took longer, and we still read it.',
			start: 'Start the clock',
			startTitle: 'Start now?',
			startBody: (time: string) => `The clock runs for ${time} from now on, also while this page is closed.`,
			left: 'Time left',
			leftOf: (time: string) => `of ${time}`,
			over: 'The time is over. You can still send your work.',
			file: 'Your file',
			fileHint: 'A PDF or a plain text file of at most 10 MB. You can send one file, once.',
			send: 'Send your work',
			sending: 'Sending …',
			sent: (share: string) => `${share} sent`,
			cancel: 'Stop sending',
			sure: 'You can send it once. Is this the right file?',
			choose: 'Choose a file first.',
			large: (size: string) => `The file has ${size}; at most 10 MB can be sent. A PDF with smaller images often helps.`,
			kind: 'Only PDF and plain text files can be read. Most programs can save as PDF.',
			empty: 'The file is empty.',
			gone: 'Your connection broke while sending. Try again; the clock tells when you first started.',
			crowded: 'Many files come in at this moment. Wait half a minute and try again.',
			wrong: 'It was not taken.',
			thanks: 'We have your work. Thank you!',
			at: (when: string) => `Received ${when}.`,
			tooLate: 'It came after the time that was planned. That is noted, and your work is read all the same.',
		},

		survey: {
			title: 'How was it for you?',
			lead: 'Your answers are shown to us only together with those of four others or more, and never change a decision.',
			questions: {
				clarity: 'I knew what would happen and what was asked of me',
				respect: 'I was treated with respect',
				fairness: 'I was judged fairly, by what I can do',
			},
			scale: { 1: 'Not at all', 2: 'Rather not', 3: 'Partly', 4: 'Mostly', 5: 'Fully' } as Record<number, string>,
			comment: 'What should we do better?',
			commentHint: 'It may be read by people at the company. Leave out what shows who you are.',
			missing: 'Choose an answer.',
			send: 'Send my answers',
			thanks: 'Thank you. Your answers help us to do better.',
		},

		notice: 'How you are evaluated',

		about: {
			title: 'About you, if you wish',
			lead: 'These questions help us to see whether we treat everyone alike. You need not answer. Nobody who decides about you can see your answers; they are only counted, in groups of five or more.',
			gender: 'Gender',
			genders: { woman: 'Woman', man: 'Man', another: 'Another' },
			age: 'Age',
			ages: { under_30: 'Under 30', '30_to_39': '30 to 39', '40_to_49': '40 to 49', '50_and_over': '50 or over' },
			disability: 'Do you live with a disability?',
			disabilities: { yes: 'Yes', no: 'No' },
			rather: 'I would rather not say',
			send: 'Save',
			none: 'Nothing is chosen: what you told us before is removed.',
			thanks: 'Saved. You can change it here as long as your link works.',
			removed: 'Removed. We hold no answers of yours.',
		},

		data: {
			title: 'Your data',
			body: (organization: string) =>
				`You may ask ${organization} to show you everything that is held about you, to correct it, or to erase it. Answer the person who wrote to you.`,
		},
		minutesLeft: (n: number) => count(n, 'minute left', 'minutes left'),
	},
};
