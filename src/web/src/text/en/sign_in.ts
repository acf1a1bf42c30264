// The door.
export const signIn = {
	signIn: {
		title: 'Sign in',
		lead: 'Decide with evidence.',
		email: 'E-mail',
		password: 'Password',
		organization: 'Organization',
		organizationHint: 'Your e-mail belongs to more than one. Enter the short name of the one you want.',
		submit: 'Sign in',
		busy: 'Signing in …',
		showPassword: 'Show password',
		hidePassword: 'Hide password',
		wrong: 'E-mail or password is wrong. Check both and try again.',
		expired: 'Your session ended. Sign in to go on; what you wrote is kept on this device.',
		signedOut: 'You are signed out.',
		emailMissing: 'Enter your e-mail address.',
		passwordMissing: 'Enter your password.',
		organizationMissing: 'Enter the short name of your organization.',
	},
};
