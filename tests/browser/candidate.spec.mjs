// The candidate's own pages: by a link, without signing in, on a phone first.
import { clean, heading, looking } from './support/looking.mjs';
import { expect, test } from './support/test.mjs';
import { unique } from './support/site.mjs';

// An application whose plan begins with a work sample, and a link to it.
async function invited(site, { minutes = 90 } = {}) {
	const api = await site.as('recruiter');
	const role = await api.post('/v1/roles', { title: unique('Backend developer'), rubric_version_id: site.role.rubric_version_id });
	const stage = await api.post(`/v1/roles/${role.id}/stages`, {
		name: 'A small service',
		method: 'work_sample',
		duration_minutes: minutes,
		candidate_brief: {
			tasks: 'Write a service that keeps a queue of jobs. Any language, any library.',
			skills: 'How you think of what can go wrong.',
			judged_on: 'That it works, that it can be read, that you can say what you left out.',
			time: 'An hour and a half. Less is fine.',
		},
		dry_runs_required: 1,
	});
	await api.post(`/v1/stages/${stage.id}/dry_runs`, { user_id: site.users.interviewer_2.id, minutes: 60 }).catch(() => null);
	await api.post(`/v1/roles/${role.id}/stages`, { name: 'A talk about it', method: 'technical_interview', duration_minutes: 60, candidate_instructions: 'We go through your work together. Nothing to prepare.' });
	const candidate = await api.post('/v1/candidates', { name: unique('Ola Nordmann') });
	const application = await api.post('/v1/applications', { candidate_id: candidate.id, role_id: role.id });
	await (await site.as('admin')).put('/v1/candidate_notice', { text: 'People rate what you show against written anchors, each on their own.\nNo program decides.' });
	const link = await api.post(`/v1/applications/${application.id}/candidate_links`, {});
	return { api, role, candidate, application, link };
}

async function visit(open, address) {
	const page = await looking(open, null);
	await page.goto(address);
	await heading(page).waitFor();
	return page;
}

test('a link opens the page; its token stays out of the address, the log and the referrer', async ({ open, site }) => {
	const { link, role } = await invited(site);
	const page = await looking(open, null);
	const addresses = [];
	page.context().on('request', (request) => addresses.push(request.url() + JSON.stringify(request.headers().referer ?? '')));
	await page.goto(link.url.replace(/^https?:\/\/[^/]+/, ''));
	await expect(heading(page)).toHaveText(`Your application: ${role.title}`);
	expect(new URL(page.url()).hash).toBe('');
	expect(addresses.filter((one) => one.includes(link.token.slice(-20)) && !one.includes('/candidate#'))).toEqual([]);
	expect(site.server.log()).not.toContain(link.token.slice(-20));
	// Nothing but what the page needs: not who is signed in, nothing of the house.
	expect(addresses.filter((one) => /\/v1\//.test(one)).map((one) => new URL(one.replace(/".*$/, '')).pathname)).toEqual(['/v1/candidate_side']);
	await expect(page.getByRole('navigation')).toHaveCount(0);
	await expect(page.getByRole('heading', { name: 'A small service' })).toBeVisible();
	await expect(page.getByText('How it is judged').first()).toBeVisible();
	await expect(page.getByText('No program decides.')).toBeVisible();
	await clean(page, 'the page');
	await page.getByText('A talk about it').click();
	await expect(page.getByText('We go through your work together.')).toBeVisible();
	await clean(page, 'a step opened');
	// A reload of the tab goes on.
	await page.reload();
	await expect(heading(page)).toHaveText(`Your application: ${role.title}`);
});

test('the work sample: started on purpose, on the clock, sent once', async ({ open, site }) => {
	const { link } = await invited(site);
	const page = await visit(open, link.url.replace(/^https?:\/\/[^/]+/, ''));
	await page.getByRole('button', { name: 'Start the clock' }).click();
	const question = page.getByRole('dialog', { name: 'Start now?' });
	await clean(page, 'before the start');
	await question.getByRole('button', { name: 'Cancel' }).click();
	await expect(page.getByRole('timer')).toHaveCount(0);
	await page.getByRole('button', { name: 'Start the clock' }).click();
	await question.getByRole('button', { name: 'Start the clock' }).click();
	await expect(page.getByRole('timer')).toHaveText(/1:(29|30):\d\d\s+of 90 minutes/);
	await clean(page, 'on the clock');
	const file = page.getByLabel('Your file');
	await page.getByRole('button', { name: 'Send your work' }).click();
	await expect(page.getByRole('alert')).toHaveText('Choose a file first.');
	await expect(file).toBeFocused();
	await file.setInputFiles({ name: 'work.zip', mimeType: 'application/zip', buffer: Buffer.from('PK') });
	await page.getByRole('button', { name: 'Send your work' }).click();
	await expect(page.getByRole('alert')).toContainText('Only PDF and plain text');
	await clean(page, 'a wrong file');
	await file.setInputFiles({ name: 'work.txt', mimeType: 'text/plain', buffer: Buffer.alloc(3 << 20, 'A line of work.\n') });
	await page.getByRole('button', { name: 'Send your work' }).click();
	await expect(page.getByText('We have your work. Thank you!')).toBeVisible();
	await clean(page, 'sent');
	await page.reload();
	await expect(page.getByText('We have your work. Thank you!')).toBeVisible();
	await expect(page.getByLabel('Your file')).toHaveCount(0);
});

test('after the process: the letter, the survey, and what one says of oneself', async ({ open, site }) => {
	const { api, application, link } = await invited(site);
	await api.post(`/v1/applications/${application.id}/move`, { status: 'rejected', reason: 'Not this time.' });
	await api.post(`/v1/applications/${application.id}/letter`, undefined);
	await api.post(`/v1/applications/${application.id}/letter/release`, undefined);
	const page = await visit(open, link.url.replace(/^https?:\/\/[^/]+/, ''));
	await expect(page.getByRole('heading', { name: 'A letter for you' })).toBeVisible();
	await expect(page.getByText('We wish you all the best.')).toBeVisible();
	await page.getByRole('button', { name: 'Send my answers' }).click();
	await expect(page.getByRole('alert')).toContainText('3 things need your attention');
	await clean(page, 'a survey without answers');
	for (const question of ['I knew what would happen', 'I was treated with respect', 'I was judged fairly']) {
		await page.getByRole('group', { name: question }).getByText('Mostly').click();
	}
	await page.getByLabel(/What should we do better/).fill('Answer sooner.');
	await page.getByRole('button', { name: 'Send my answers' }).click();
	await expect(page.getByText('Thank you. Your answers help us')).toBeVisible();
	await page.getByText('About you, if you wish').click();
	await page.getByLabel('Gender').selectOption('Woman');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Saved. You can change it here')).toBeVisible();
	await clean(page, 'all answered');
	// It is over: no step is where one is.
	await page.reload();
	await expect(page.getByRole('heading', { name: 'A letter for you' })).toBeVisible();
	await expect(page.getByText('You are here')).toHaveCount(0);
	await expect(page.getByText('Where you are now')).toHaveCount(0);
	await page.getByText('About you, if you wish').click();
	await page.getByLabel('Gender').selectOption('I would rather not say');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByText('Removed. We hold no answers of yours.')).toBeVisible();
});

test('a dead link, a cut one, and none: a page that helps', async ({ open, site }) => {
	const { api, link, role } = await invited(site);
	const path = link.url.replace(/^https?:\/\/[^/]+/, '');
	const cut = await visit(open, path.slice(0, -20));
	await expect(heading(cut)).toHaveText('Open the link from your e-mail');
	await clean(cut, 'no link');
	await cut.getByLabel('The whole link').fill('hello');
	await cut.getByRole('button', { name: 'Open' }).click();
	await expect(cut.getByText('This is not a whole link.')).toBeVisible();
	await cut.getByLabel('The whole link').fill(link.url);
	await cut.getByRole('button', { name: 'Open' }).click();
	await expect(heading(cut)).toHaveText(`Your application: ${role.title}`);
	await api.post(`/v1/candidate_links/${link.id}/revoke`, undefined);
	const dead = await looking(open, null);
	dead.watch.expect(404, /^\/v1\/candidate_side$/);
	await dead.goto(path);
	await expect(heading(dead)).toHaveText('This link does not work any more');
	await expect(dead.getByText('ask for a new link')).toBeVisible();
	await clean(dead, 'a dead link');
	// A new one in the same tab.
	const fresh = await api.post(`/v1/applications/${link.application_id}/candidate_links`, {});
	await dead.evaluate((hash) => (location.hash = hash), fresh.token);
	await expect(heading(dead)).toHaveText(`Your application: ${role.title}`);
});

test('it holds at 320 pixels, right to left, and in longer words', async ({ open, site }) => {
	const { link } = await invited(site);
	const [, token] = link.url.split('#');
	for (const language of ['en-XA', 'ar-XB']) {
		const page = await looking(open, null, { viewport: { width: 320, height: 640 } });
		await page.goto(`/candidate?language=${language}#${token}`);
		await heading(page).waitFor();
		await page.getByText(/A talk about it/).click();
		await clean(page, language);
	}
});
