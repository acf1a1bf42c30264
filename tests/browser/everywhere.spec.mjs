// What holds on every screen with rows and words of its own: narrow, in longer words, right to left, with
// hostile names, without a jump.
import { connected } from './support/partners.mjs';
import { expect, overflow, test, unique } from './support/test.mjs';

const endless = 'Wolfeschlegelsteinhausenbergerdorff'.repeat(4);
const hostile = `<img src=x onerror="window.__hit=1"> ${endless} \u202Egnp.exe & "quotes"`;

let made;
/** A role, a candidate and a letter under names that try to break out. */
async function things(site) {
	if (made?.url === site.url) return made;
	const api = await site.as('recruiter');
	const role = await api.post('/v1/roles', { title: `${hostile.slice(0, 190)}`, rubric_version_id: site.role.rubric_version_id, level: 'Senior' });
	const stages = [];
	for (const name of [`${hostile.slice(0, 110)}`, 'Last talk'])
		stages.push(await api.post(`/v1/roles/${role.id}/stages`, { name, method: 'technical_interview', duration_minutes: 45, candidate_instructions: endless }));
	const candidate = await api.post('/v1/candidates', { name: unique(hostile.slice(0, 180)), headline: endless, email: 'a.very.long.address.of.someone@mail.example', tags: [endless.slice(0, 40)], skills: [endless.slice(0, 90)] });
	const application = await api.post('/v1/applications', { candidate_id: candidate.id, role_id: role.id, source: endless.slice(0, 90) });
	const interview = await api.post('/v1/interviews', {
		application_id: application.id,
		stage_id: stages[0].id,
		starts_at: new Date(Date.now() + 86_400_000).toISOString(),
		location: endless,
		interviewers: [{ user_id: site.users.interviewer_2.id }],
	});
	await api.post(`/v1/candidates/${candidate.id}/notes`, { text: hostile });
	await api.post(`/v1/applications/${application.id}/candidate_links`, {});
	await api.post(`/v1/applications/${site.amir.id}/letter`, undefined).catch(() => null);
	const rubric = (await api.get('/v1/rubrics')).data[0];
	const answers = await applied(site, api, role);
	const admin = await site.as('admin');
	const hook = await admin.post('/v1/webhooks', {
		name: hostile.slice(0, 90),
		url: `https://receiver.invalid/${endless}`,
		event_types: ['webhook.*'],
	});
	const { partner, asking, connection } = await connected(site, admin, hostile.slice(0, 90));
	made = { url: site.url, role, stages, candidate, application, interview, rubric, answers, hook, partner, asking, connection };
	return made;
}

/** Under such names a posting is written, and somebody applies by it. */
async function applied(site, api, role) {
	const slug = unique('everywhere')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-');
	await (await site.as('admin')).call('PATCH', '/v1/careers_page', { enabled: true, slug }, { 'If-Match': '*' });
	const posting = await api.post('/v1/postings', {
		role_id: role.id,
		title: hostile.slice(0, 190),
		description: `${hostile}\n\n- ${endless}`,
		location: endless.slice(0, 190),
		country: 'DE',
		work_mode: 'hybrid',
		employment_type: 'other',
		resume: 'optional',
		questions: [{ id: 'a', label: hostile.slice(0, 290), kind: 'long_text' }],
	});
	await api.call('PATCH', `/v1/roles/${role.id}`, { status: 'open' }, { 'If-Match': '*' });
	await api.post(`/v1/postings/${posting.id}/publish`);
	const form = new FormData();
	const fields = {
		name: unique(hostile.slice(0, 180)),
		email: 'a@mail.example',
		consent: 'yes',
		q_a: hostile,
		utm_campaign: endless,
	};
	for (const [name, value] of Object.entries(fields)) form.set(name, value);
	await fetch(`${site.url}/careers/${slug}/${posting.id}/apply`, { method: 'POST', body: form, redirect: 'manual' });
	const found = (await api.get(`/v1/applications?role_id=${role.id}&limit=1&sort=-created_at`)).data[0];
	if ((await api.get(`/v1/applications/${found.id}/posting_answers`)).answers.length !== 1)
		throw new Error('nobody applied');
	return found;
}

async function screens(site) {
	const { role, candidate, application, rubric, answers, hook, partner, asking, connection } = await things(site);
	const of = (persona, paths) => paths.map((path) => ({ persona, path }));
	return [
		...of('recruiter', [
			'/',
			`/pipeline?role_id=${role.id}`,
			'/pipeline?view=table',
			...['', '/plan', '/team', '/intake', '/disclosures', '/posting', '/market', '/details', '/comparison'].map(
				(part) => `/roles/${role.id}${part}`,
			),
			'/candidates',
			...['', '/edit', '/screening', '/documents', '/notes', '/timeline', '/data'].map((part) => `/candidates/${candidate.id}${part}`),
			...['', '/interviews', '/candidate'].map((part) => `/applications/${application.id}${part}`),
			`/applications/${site.amir.id}/candidate`,
			`/applications/${answers.id}/answers`,
			'/reports',
			...['funnel', 'sources', 'time', 'load', 'turnaround', 'agreement'].map((name) => `/reports/${name}`),
			'/rubrics',
			`/rubrics/${rubric.id}`,
			'/ladders',
			'/templates',
			'/templates/plan-backend',
			'/import',
		]),
		...of('admin', ['/users', `/users/${site.users.interviewer.id}`, '/api-clients', '/audit', '/settings', '/settings/retention', '/settings/notice', '/settings/careers']),
		...of('admin', ['/webhooks', '/webhooks/new', `/webhooks/${hook.id}`]),
		...of('admin', ['/partners', '/partners/registered', '/partners/registered/new', `/partners/registered/${partner.id}`, `/partners/connections/${connection.id}`, `/oauth/authorize?${new URLSearchParams(asking)}`]),
		...of('admin', ['/mail', '/mail/texts', '/mail/texts/invitation', '/mail/sending', '/preferences/mail']),
		...of('interviewer', ['/']),
	];
}

async function shown(page, path, language) {
	await page.goto(language ? `${path}${path.includes('?') ? '&' : '?'}language=${language}` : path);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await expect(page.locator('.bone, .bones')).toHaveCount(0);
}

async function each(open, site, options, look) {
	const pages = new Map();
	for (const { persona, path } of await screens(site)) {
		if (!pages.has(persona)) pages.set(persona, await open(persona, options));
		await look(pages.get(persona), path);
	}
	return [...pages.values()];
}

for (const [how, language] of [['in English', null], ['in longer words', 'en-XA'], ['right to left', 'ar-XB']]) {
	test(`at 320 pixels every screen holds with hostile names, ${how}`, async ({ open, site }, { project }) => {
		test.skip(project.name !== 'laptop', 'the width is given');
		test.setTimeout(240_000);
		const pages = await each(open, site, { viewport: { width: 320, height: 640 } }, async (page, path) => {
			await shown(page, path, language);
			if (language === 'ar-XB') await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
			expect.soft(await overflow(page), path).toEqual({ over: 0, wide: [] });
		});
		for (const page of pages) expect(await page.evaluate(() => window.__hit)).toBeUndefined();
	});
}

test('no screen jumps while its data arrives: layout shift of at most 0.05, everywhere', async ({ open, site }) => {
	test.setTimeout(240_000);
	const slowed = new Set();
	await each(open, site, {}, async (page, path) => {
		if (!slowed.has(page)) {
			slowed.add(page);
			await page.route('**/v1/**', async (route) => {
				await new Promise((done) => setTimeout(done, 100));
				await route.continue().catch(() => {});
			});
		}
		await shown(page, path);
		await page.waitForTimeout(250);
		expect.soft(await page.evaluate(() => window.__shift), path).toBeLessThanOrEqual(0.05);
	});
	for (const page of slowed) await page.unrouteAll({ behavior: 'ignoreErrors' });
});

/** Tab by tab, until the named control has the focus. */
async function tabTo(page, control) {
	for (let tries = 0; tries < 80; tries += 1) {
		if (await control.evaluate((one) => one === document.activeElement).catch(() => false)) return;
		await page.keyboard.press('Tab');
	}
	throw new Error(`no Tab leads to ${control}`);
}

test('an interview is scheduled without a pointer', async ({ open, site }, { project }) => {
	test.skip(project.name !== 'laptop', 'a keyboard');
	const page = await open('recruiter');
	const interview = await site.interview();
	await page.goto(`/applications/${interview.application_id}/interviews`);
	const button = (name) => page.getByRole('button', { name, exact: true });
	await button('Schedule an interview').waitFor();
	await tabTo(page, button('Schedule an interview'));
	await page.keyboard.press('Enter');
	await page.getByLabel('Begins').waitFor();
	await tabTo(page, button('Schedule'));
	await page.keyboard.press('Enter');
	await expect(page.getByRole('alert')).toContainText('Say when it begins.');
	const summary = page.getByRole('alert').getByRole('link', { name: 'Say when it begins.' });
	await tabTo(page, summary);
	await page.keyboard.press('Enter');
	await expect(page.getByLabel('Begins')).toBeFocused();
	await page.keyboard.type('11052026');
	await page.keyboard.press('Tab');
	await page.keyboard.type('0930A'); // the last where the browser counts to twelve
	await expect(page.getByLabel('Begins')).toHaveValue(/^2026-(05-11|11-05)T09:30$/);
	await tabTo(page, page.getByRole('checkbox').first());
	await page.keyboard.press('Space');
	await tabTo(page, button('Schedule'));
	await page.keyboard.press('Enter');
	await expect(page.getByRole('listitem').filter({ hasText: '09:30' })).toBeVisible();
});

test('a letter survives the end of a session and a colleague’s change', async ({ open, site }, { project }) => {
	test.skip(project.name !== 'laptop', 'the same on both');
	const interview = await site.interview();
	await site.scorecard('interviewer', interview, { 'Logical depth': 5, 'Database design': 4, 'Code security': 4 });
	const api = await site.as('recruiter');
	const at = `/v1/applications/${interview.application_id}/letter`;
	await api.post(at, undefined);
	const page = await open('recruiter');
	for (const path of [/^\/v1\//]) page.watch.expect(401, path);
	page.watch.expect(412, /\/letter$/);
	await page.goto(`/applications/${interview.application_id}/candidate`);
	const text = page.getByLabel('What the candidate will read');
	await text.fill('Written over a long lunch.');
	await page.context().clearCookies();
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	const door = page.getByRole('dialog');
	await door.getByLabel('Password', { exact: true }).fill(site.users.recruiter.password);
	const email = door.getByLabel('E-mail');
	if (await email.isVisible()) await email.fill(site.users.recruiter.email);
	await door.getByRole('button', { name: 'Sign in' }).click();
	await expect(door).toHaveCount(0);
	await expect(text).toHaveValue('Written over a long lunch.');
	await api.call('PATCH', at, { text: 'A colleague was faster.' });
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await page.getByRole('button', { name: 'Take what it says now' }).click();
	await expect(page.getByText('A colleague was faster.')).toBeVisible();
	await expect(text).toHaveValue('Written over a long lunch.');
	await page.getByRole('button', { name: 'Save', exact: true }).click();
	await expect(page.getByText('Saved.').first()).toBeVisible();
	expect((await api.get(at)).text).toBe('Written over a long lunch.');
});
