// Pictures of every screen with the demo data, on a laptop and a phone, light and dark.
//   node tests/browser/screenshots.mjs OUTDIR [SCREEN…]      ASSAY_BINARY chooses another program
// docs/images/debrief.png is debrief-laptop-light-upper.png, scorecard-phone.png scorecard-phone-light.png.
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';

import { chromium } from '@playwright/test';

import config from './playwright.config.mjs';
import { Site } from './support/site.mjs';
import { competency, evidence, openForm, rate, recommend, signInQuietly } from './support/test.mjs';

const [out, ...wanted] = process.argv.slice(2);
if (!out) {
	console.error('usage: node screenshots.mjs OUTDIR [SCREEN…]');
	process.exit(2);
}
const folder = resolve(out);
await mkdir(folder, { recursive: true });

const site = await Site.start();
const browser = await chromium.launch(config.use.launchOptions);

const daisy = (await (await site.as('interviewer')).get('/v1/interviews?mine=true')).data.find(
	(one) => one.candidate_name === 'Daisy Kim',
);
const amir = (await (await site.as('interviewer')).get('/v1/interviews?mine=true')).data.find(
	(one) => one.candidate_name === 'Amir Williams',
);

const admin = await site.as('admin');
const ats = await admin.post('/v1/api_clients', {
	name: 'Applicant tracking system, nightly',
	scopes: ['candidates:read', 'candidates:write', 'applications:read', 'applications:write'],
});
const hook = await admin.post('/v1/webhooks', {
	name: 'Northwind ATS, mirror',
	url: 'https://receiver.invalid/assay',
	event_types: ['application.*', 'scorecard.submitted', 'webhook.*'],
});
await admin.post(`/v1/webhooks/${hook.id}/ping`);
await admin.post('/v1/retention_rules', { months: 24 });
await admin.post('/v1/retention_rules', { country: 'DE', months: 6 });
const invited = await (await site.as('recruiter')).post(`/v1/applications/${site.daisy.id}/candidate_links`, {});
const candidate = new URL(invited.url);

let takes = 0;
/** The form half-way: rated, one must-have failed, the evidence being written. */
async function fill(page) {
	await openForm(page, daisy);
	takes += 1;
	await page.getByLabel('Key take-aways').fill(`Reasons well; schemas are new to her. (${takes})`);
	await rate(page, 'Logical depth', 4);
	await evidence(page, 'Logical depth').fill('Worked through the double refund step by step, and named the race.');
	await rate(page, 'Database design', 2);
	await evidence(page, 'Database design').fill('No key between orders and payments until I asked.');
	await page.locator('.saving').filter({ hasText: /Saved \d/ }).waitFor();
	await competency(page, 'Logical depth').evaluate((one) => {
		document.activeElement.blur();
		one.scrollIntoView({ block: 'start' });
	});
}

const to = (path) => (page) => page.goto(path);
const screens = {
	'sign-in': [null, to('/')],
	interviews: ['interviewer', to('/')],
	scorecard: ['interviewer', fill],
	'scorecard-missing': [
		'interviewer',
		async (page) => {
			await fill(page);
			await recommend(page, 'No');
			await page.getByRole('button', { name: 'Submit scorecard' }).click();
			await page.getByRole('alert').first().waitFor();
		},
	],
	'scorecard-submitted': ['interviewer', to(`/interviews/${amir.id}`)],
	'debrief-blind': ['interviewer', to(`/applications/${site.daisy.id}`)],
	roles: ['recruiter', to('/roles')],
	role: ['recruiter', to(`/roles/${site.role.id}`)],
	debrief: ['recruiter', to(`/applications/${site.amir.id}`)],
	'debrief-model': [
		'recruiter',
		async (page) => page.goto(`/applications/${(await site.panel())[1].application_id}`),
	],
	comparison: [
		'recruiter',
		async (page) => {
			await site.panel();
			await page.goto(`/roles/${site.role.id}/comparison`);
		},
	],
	'debrief-waiting': ['recruiter', to(`/applications/${site.daisy.id}`)],
	people: ['admin', to('/users')],
	person: ['admin', to(`/users/${site.users.interviewer.id}`)],
	'person-new': ['admin', to('/users/new')],
	'api-clients': ['admin', to('/api-clients')],
	'api-client-new': ['admin', to('/api-clients/new')],
	'api-client': ['admin', to(`/api-clients/${ats.id}`)],
	webhooks: ['admin', to('/webhooks')],
	'webhook-new': ['admin', to('/webhooks/new')],
	webhook: ['admin', to(`/webhooks/${hook.id}`)],
	audit: ['admin', to('/audit')],
	settings: ['admin', to('/settings')],
	retention: ['admin', to('/settings/retention')],
	import: ['recruiter', to('/import')],
	candidate: [null, to(candidate.pathname + candidate.hash)],
	'candidate-no-link': [null, to('/candidate')],
	'not-found': ['recruiter', to('/no/such/place')],
};

try {
	for (const { name: size, use } of config.projects) {
		for (const colorScheme of ['light', 'dark']) {
			for (const [name, [persona, show]] of Object.entries(screens)) {
				if (wanted.length > 0 && !wanted.includes(name)) continue;
				const { locale, timezoneId } = config.use;
				const options = { ...use, locale, timezoneId, colorScheme, baseURL: site.url, reducedMotion: 'reduce' };
				const context = await browser.newContext(options);
				if (persona) await signInQuietly(context, site, persona);
				const page = await context.newPage();
				await show(page);
				await page.getByRole('heading', { level: 1 }).waitFor();
				await page.waitForFunction(() => !document.querySelector('.bone'));
				await page.evaluate(() => document.fonts.ready);
				await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}.png`) });
				if (!name.startsWith('scorecard')) {
					await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}-whole.png`), fullPage: true });
				}
				if (name === 'debrief' && size === 'laptop') {
					const { width } = use.viewport;
					const next = await page.getByRole('heading', { name: 'Recommendations' }).boundingBox();
					const clip = { x: 0, y: 0, width, height: Math.floor(next.y) };
					await page.screenshot({ path: join(folder, `${name}-${size}-${colorScheme}-upper.png`), fullPage: true, clip });
				}
				await context.close();
			}
		}
	}
} finally {
	await browser.close();
	await site.stop();
}
console.log(`The pictures are in ${folder}.`);
