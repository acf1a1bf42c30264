// Two sizes of the same browser: a recruiter's laptop and an interviewer's phone.
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const chromium = process.env.ASSAY_CHROMIUM ?? '/usr/bin/chromium';

export default {
	testDir: '.',
	testMatch: '*.spec.mjs',
	outputDir: join(tmpdir(), `assay-browser-${process.getuid?.() ?? 0}`),
	workers: Number(process.env.ASSAY_BROWSER_WORKERS ?? 2),
	retries: 0,
	// Long enough for a machine with other things to do: what is slow for a user is judged by the benchmark.
	timeout: 120_000,
	expect: { timeout: 20_000 },
	forbidOnly: true,
	reporter: [['./support/reporter.mjs']],
	use: {
		browserName: 'chromium',
		locale: 'en-GB',
		timezoneId: 'Europe/Berlin',
		actionTimeout: 20_000,
		trace: 'off',
		launchOptions: {
			executablePath: chromium,
			args: [
				'--no-sandbox',
				'--disable-gpu',
				'--disable-quic',
				'--no-first-run',
				'--disable-background-networking',
				'--disable-component-update',
				'--disable-sync',
			],
		},
	},
	projects: [
		// What does not depend on the size runs once, where it matters more.
		{ name: 'laptop', testIgnore: ['autosave.spec.mjs', 'budget.spec.mjs'], use: { viewport: { width: 1280, height: 800 } } },
		{
			name: 'phone',
			testIgnore: ['blindness.spec.mjs', 'hostile.spec.mjs', 'keyboard.spec.mjs', 'links.spec.mjs', 'meanwhile.spec.mjs', 'pipeline_moves.spec.mjs'],
			use: { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
		},
	],
};
