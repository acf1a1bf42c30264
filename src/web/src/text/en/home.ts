// The first screen.
export const home = {
	home: {
		title: 'My interviews',
		todo: 'Waiting for your scorecard',
		upcoming: 'Coming up',
		done: 'Submitted',
		rest: 'No scorecard due',
		allDone: 'Nothing is waiting for you. New interviews appear here as soon as you are assigned.',
		empty: 'You have no interviews yet. They appear here as soon as someone assigns you.',
		roles: 'Your roles',
		allRoles: 'All roles',
		unscheduled: 'No time set',
		write: 'Write scorecard',
		resume: 'Continue draft',
		prepare: 'Open',
		view: 'View scorecard',
		unsent: 'Not sent yet',
		overdue: 'Overdue',
		today: 'Today',
	},
};
