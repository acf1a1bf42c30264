// Pictures of every screen with the demo company, on a laptop and a phone, light and dark.
//   node tests/browser/screenshots.mjs OUTDIR [SCREEN…]      ASSAY_BINARY chooses another program
//   node tests/browser/screenshots.mjs --docs                those of README.md and docs/, as docs/images/*.webp
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { chromium } from '@playwright/test';

import config from './playwright.config.mjs';
import { connected } from './support/partners.mjs';
import { fill as fillReports } from './support/reports.mjs';
import { Site } from './support/site.mjs';
import { competency, evidence, openForm, rate, recommend, signInQuietly } from './support/test.mjs';

// What stands in the documentation: the picture's name there, and which it is here.
const documented = {
	debrief: 'debrief-laptop-light-upper',
	'scorecard-phone': 'scorecard-phone-light',
	board: 'board-laptop-light',
	comparison: 'comparison-laptop-dark',
	plan: 'role-plan-laptop-light',
	home: 'home-laptop-dark',
};
const images = resolve(import.meta.dirname, '../../docs/images');
const docs = process.argv[2] === '--docs';
const [out, ...wanted] = docs
	? [await mkdtemp(join(tmpdir(), 'assay-pictures-')), ...Object.values(documented).map((one) => one.replace(/-(laptop|phone)-.*/, ''))]
	: process.argv.slice(2);
if (!out) {
	console.error('usage: node screenshots.mjs OUTDIR [SCREEN…]');
	process.exit(2);
}
const folder = resolve(out);
await mkdir(folder, { recursive: true });

const site = await Site.start({ company: true });
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
await admin.post('/v1/retention_rules', { months: 24 }).catch(() => null); // the demo may have it
await admin.post('/v1/retention_rules', { country: 'DE', months: 6 }).catch(() => null); // the demo may have it
const hook = await admin.post('/v1/webhooks', {
	name: 'Northwind ATS, mirror',
	url: 'https://receiver.invalid/assay',
	event_types: ['application.*', 'scorecard.submitted', 'webhook.*'],
});
await admin.post(`/v1/webhooks/${hook.id}/ping`);
const { partner, asking, connection } = await connected(site, admin);
await admin.post('/v1/users', { name: 'Robin Okafor', email: 'robin.okafor@demo.example', access_level: 'member' });
let letter; // the invitation, once it was taken up
for (let tries = 0; letter?.state !== 'captured' && tries < 100; tries += 1) {
	await new Promise((done) => setTimeout(done, 100));
	[letter] = (await admin.get('/v1/mail_messages?template=invitation&limit=1')).data;
}
const invited = await (await site.as('recruiter')).post(`/v1/applications/${site.daisy.id}/candidate_links`, {});
const candidate = new URL(invited.url);
const [rubric] = (await (await site.as('recruiter')).get('/v1/rubrics')).data;

const recruiter = await site.as('recruiter');
await recruiter.post(`/v1/applications/${site.amir.id}/letter`, undefined).catch(() => null); // the demo may have it
const [ladder] = (await recruiter.get('/v1/ladders')).data;

/** An import whose file is wrong in places, once it is over. */
async function importJob() {
	const { email, password } = site.users.recruiter;
	const { access_token: token } = await recruiter.post('/v1/auth/login', { email, password });
	const rows = ['external_id,name,email,location', '1,Nora Falk,nora.falk@mail.example,Oslo', '2,,someone@mail.example,Turin', '3,Idris Bello,not an address,Lagos'];
	const answer = await fetch(`${site.url}/v1/imports?kind=candidates&source=ats`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'text/csv' },
		body: rows.join('\n'),
	});
	if (!answer.ok) throw new Error(`the import answered ${answer.status}: ${await answer.text()}`);
	let job = await answer.json();
	for (let tries = 0; job.status === 'running' && tries < 100; tries += 1) {
		await new Promise((done) => setTimeout(done, 100));
		job = await recruiter.get(`/v1/imports/${job.id}`);
	}
	return job;
}
const job = await importJob();

/** The reports on people count what the demo has too little of: another organization, filled for them. */
const counted = ['report-fairness', 'report-patterns', 'report-another'];
let numbers = null;
let numbersRole = null;
if (wanted.length === 0 || wanted.some((name) => counted.includes(name))) {
	numbers = await Site.start();
	numbersRole = await fillReports(numbers);
}

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

/** The pictures of the documentation, as the browser packs them. */
async function squeeze() {
	const page = await browser.newPage();
	for (const [name, from] of Object.entries(documented)) {
		const png = await readFile(join(folder, `${from}.png`), 'base64');
		const packed = await page.evaluate(async (data) => {
			const image = new Image();
			image.src = `data:image/png;base64,${data}`;
			await image.decode();
			const canvas = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height });
			canvas.getContext('2d').drawImage(image, 0, 0);
			return canvas.toDataURL('image/webp', 0.85).split(',')[1];
		}, png);
		await writeFile(join(images, `${name}.webp`), packed, 'base64');
	}
	await rm(folder, { recursive: true });
}

const to = (path) => (page) => page.goto(path);
const interviewsOf = (application, more) => async (page) => {
	await page.goto(`/applications/${application.id}/interviews`);
	await more(page);
};
const openPeople = (page) => page.getByRole('button', { name: /^Change interviewers/ }).first().click();
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
	comparison: ['recruiter', to(`/roles/${site.role.id}/comparison`)],
	'debrief-waiting': ['recruiter', to(`/applications/${site.daisy.id}`)],
	'application-interviews': ['recruiter', to(`/applications/${site.daisy.id}/interviews`)],
	'application-people': [
		'recruiter',
		interviewsOf(site.daisy, async (page) => {
			await openPeople(page);
			await page.getByRole('button', { name: 'Add somebody' }).waitFor();
		}),
	],
	'application-person': [
		'recruiter',
		interviewsOf(site.daisy, async (page) => {
			await openPeople(page);
			await page.getByRole('button', { name: 'Add somebody' }).click();
			await page.getByRole('dialog').waitFor();
		}),
	],
	'application-schedule': [
		'recruiter',
		interviewsOf(site.daisy, async (page) => {
			await page.getByRole('button', { name: 'Schedule an interview' }).click();
			await page.getByLabel('Begins').waitFor();
		}),
	],
	'application-candidate': ['recruiter', to(`/applications/${site.amir.id}/candidate`)],
	'application-candidate-none': ['recruiter', to(`/applications/${site.daisy.id}/candidate`)],
	home: ['recruiter', to('/')],
	'home-manager': ['hiring_manager', to('/')],
	board: ['recruiter', to(`/pipeline?role_id=${site.role.id}`)],
	'board-all': ['recruiter', to('/pipeline')],
	table: ['recruiter', to('/pipeline?view=table')],
	candidates: ['recruiter', to('/candidates')],
	...Object.fromEntries(
		['', 'screening', 'documents', 'notes', 'timeline', 'data'].map((part) => [
			`candidate-${part || 'profile'}`,
			['recruiter', to(`/candidates/${site.amir.candidate_id}/${part}`.replace(/\/$/, ''))],
		]),
	),
	'candidate-new': ['recruiter', to('/candidates/new')],
	...Object.fromEntries(
		['plan', 'team', 'intake', 'disclosures', 'market', 'details'].map((part) => [`role-${part}`, ['recruiter', to(`/roles/${site.role.id}/${part}`)]]),
	),
	'role-new': ['recruiter', to('/roles/new')],
	start: ['recruiter', to('/start')],
	reports: ['recruiter', to('/reports')],
	...Object.fromEntries(
		['funnel', 'sources', 'time', 'load', 'turnaround', 'agreement'].map((part) => [`report-${part}`, ['recruiter', to(`/reports/${part}`)]]),
	),
	'report-fairness': ['admin', (page) => page.goto(`/reports/fairness?role=${numbersRole.id}`), () => numbers],
	'report-patterns': ['interviewer', to('/reports/my-rating-patterns'), () => numbers],
	'report-another': ['admin', (page) => page.goto(`/reports/another-interview?role=${numbersRole.id}`), () => numbers],
	rubrics: ['recruiter', to('/rubrics')],
	rubric: ['recruiter', to(`/rubrics/${rubric.id}`)],
	ladders: ['recruiter', to('/ladders')],
	'ladder-new': ['recruiter', to('/ladders/new')],
	...(ladder ? { ladder: ['recruiter', to(`/ladders/${ladder.id}`)] } : {}),
	templates: ['recruiter', to('/templates')],
	template: ['recruiter', to('/templates/plan-backend')],
	palette: [
		'recruiter',
		async (page) => {
			await page.goto('/');
			await page.getByRole('heading', { level: 1 }).waitFor();
			await page.keyboard.press('Control+k');
			await page.getByRole('dialog').waitFor();
		},
	],
	people: ['admin', to('/users')],
	person: ['admin', to(`/users/${site.users.interviewer.id}`)],
	'person-new': ['admin', to('/users/new')],
	'api-clients': ['admin', to('/api-clients')],
	'api-client-new': ['admin', to('/api-clients/new')],
	'api-client': ['admin', to(`/api-clients/${ats.id}`)],
	partners: ['admin', to('/partners')],
	'partners-registered': ['admin', to('/partners/registered')],
	'partner-new': ['admin', to('/partners/registered/new')],
	partner: ['admin', to(`/partners/registered/${partner.id}`)],
	connection: ['admin', to(`/partners/connections/${connection.id}`)],
	consent: ['admin', to(`/oauth/authorize?${new URLSearchParams({ ...asking, scope: partner.scopes.join(' ') })}`)],
	'consent-wrong': ['admin', to(`/oauth/authorize?${new URLSearchParams({ ...asking, scope: 'users:write' })}`)],
	'consent-unknown': ['admin', to('/oauth/authorize?client_id=pt_none')],
	'consent-member': ['interviewer', to(`/oauth/authorize?${new URLSearchParams(asking)}`)],
	webhooks: ['admin', to('/webhooks')],
	'webhook-new': ['admin', to('/webhooks/new')],
	webhook: ['admin', to(`/webhooks/${hook.id}`)],
	mail: ['admin', to('/mail')],
	'mail-texts': ['admin', to('/mail/texts')],
	'mail-text': ['admin', to('/mail/texts/invitation')],
	'mail-sending': ['admin', to('/mail/sending')],
	'mail-message': ['admin', to(`/mail/messages/${letter.id}`)],
	'own-mail': ['interviewer', to('/preferences/mail')],
	audit: ['admin', to('/audit')],
	settings: ['admin', to('/settings')],
	retention: ['admin', to('/settings/retention')],
	import: ['recruiter', to('/import')],
	'import-job': ['recruiter', to(`/import/${job.id}`)],
	notice: ['admin', to('/settings/notice')],
	'side-page': [null, to(candidate.pathname + candidate.hash)],
	'side-no-link': [null, to('/candidate')],
	'not-found': ['recruiter', to('/no/such/place')],
};

try {
	for (const { name: size, use } of config.projects) {
		for (const colorScheme of ['light', 'dark']) {
			for (const [name, [persona, show, where]] of Object.entries(screens)) {
				if (wanted.length > 0 && !wanted.includes(name)) continue;
				const { locale, timezoneId } = config.use;
				const at = where?.() ?? site;
				const options = { ...use, locale, timezoneId, colorScheme, baseURL: at.url, reducedMotion: 'reduce' };
				const context = await browser.newContext(options);
				if (persona) await signInQuietly(context, at, persona);
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
	if (docs) await squeeze();
} finally {
	await browser.close();
	await site.stop();
	await numbers?.stop();
}
console.log(`The pictures are in ${docs ? images : folder}.`);
