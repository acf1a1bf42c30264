// A secret that is shown once.
export const secret = {
	copy: 'Copy',
	copyName: (what: string) => `Copy the ${what}`,
	copied: 'Copied.',
	copyFailed: 'The browser did not let it be copied. Select it and copy it by hand.',
	kept: 'I have kept it',
};
