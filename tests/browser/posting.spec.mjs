// A posting, from the first word to the careers page and back; and what applicants answered, for those who may know.
import { expect, test, unique } from './support/test.mjs';
import { clean, heading, looking, small, targets } from './support/looking.mjs';

// Each looks with axe-core at many states, which takes a busy machine its time.
test.beforeEach(() => {
	test.setTimeout(180_000);
});

const button = (page, name) => page.getByRole('button', { name, exact: true });
const status = (page) => page.getByRole('region', { name: 'Posting', exact: true });
/** An organization with its careers page, and an open role without a posting. */
async function workplace(site, { enabled = true, role = {} } = {}) {
	const persona = await site.newOrganization();
	const api = await site.as(persona);
	const slug = unique('post')
		.toLowerCase()
		.replace(/[^a-z0-9]+/g, '-');
	await api.call('PATCH', '/v1/careers_page', { enabled, slug, name: 'The Bakery' }, { 'If-Match': '*' });
	const made = await api.call('POST', '/v1/roles', {
		title: 'Baker',
		description: 'Bakes at night.',
		location: 'Köln',
		salary_band: { min: 30000, max: 36000, currency: 'EUR', period: 'year' },
		...role,
	});
	return { persona, api, role: made, slug };
}

async function published(api, role, more = {}) {
	const posting = await api.post('/v1/postings', {
		role_id: role.id,
		title: 'Baker for the night',
		description: 'You bake while others sleep.',
		location: 'Köln',
		country: 'DE',
		work_mode: 'on_site',
		employment_type: 'full_time',
		resume: 'optional',
		questions: [
			{ id: 'night', label: 'Do you like nights?', kind: 'yes_no', required: true },
			{ id: 'why', label: 'Why bread?', kind: 'long_text' },
		],
		...more,
	});
	return api.post(`/v1/postings/${posting.id}/publish`);
}

/** Somebody applies as a browser does, without one. */
async function apply(site, slug, posting, more = {}) {
	const form = new FormData();
	const fields = {
		name: 'Ada Applicant',
		email: 'ada@example.com',
		consent: 'yes',
		q_night: 'yes',
		q_why: 'It rises.',
		...more,
	};
	for (const [name, value] of Object.entries(fields)) form.set(name, value);
	const answer = await fetch(`${site.url}/careers/${slug}/${posting.id}/apply`, {
		method: 'POST',
		body: form,
		redirect: 'manual',
	});
	expect(answer.status).toBe(303);
}

test('a posting is written, looked at, published, changed and closed', async ({ open, site }) => {
	const { persona, role, api } = await workplace(site);
	const page = await looking(open, persona);
	await page.goto(`/roles/${role.id}`);
	await page.getByRole('link', { name: 'Posting', exact: true }).click();
	await expect(page.getByText('Nothing is published of this role')).toBeVisible();
	await clean(page, 'nothing published');
	await button(page, 'Write a posting').click();
	// It begins with the role's words, and without its pay.
	await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Baker');
	await expect(page.getByLabel('Description', { exact: true })).toHaveValue('Bakes at night.');
	await expect(page.getByLabel('From (optional)')).toHaveValue('');
	await page.getByLabel('Title', { exact: true }).fill('Baker for the night');
	await page.getByLabel('Description', { exact: true }).fill('You bake while others sleep.\n\n- bread\n- cake');
	await button(page, 'Add a question').click();
	await page.getByLabel('Question', { exact: true }).fill('Which bread is yours?');
	await page.getByLabel('Answered by').selectOption('choice');
	await page.getByLabel('Choices').fill('Rye');
	await page.getByLabel('Where the work is done').selectOption('remote');
	await button(page, 'Save').click();
	const alert = page.getByRole('alert');
	await expect(alert).toContainText('Say from which country one may work.');
	await expect(alert).toContainText('Give question 1 at least two choices.');
	await clean(page, 'a draft with findings');
	await alert.getByRole('link', { name: 'Say from which country one may work.' }).click();
	await expect(page.getByLabel('Country')).toBeFocused();
	await page.getByLabel('Where the work is done').selectOption('on_site');
	await page.getByLabel('Choices').fill('Rye\nWheat');
	await button(page, 'Save').click();
	await expect(status(page)).toContainText('Draft');
	await expect(status(page)).toContainText('Only colleagues see it.');
	// What boards require, and what they wish for, is said before anybody publishes.
	for (const what of ['The country:', 'The pay:', 'The last day:', 'More words:', 'still open'])
		await expect(status(page)).toContainText(what);
	await clean(page, 'a draft');
	const looks = page.waitForEvent('popup');
	await page.getByRole('link', { name: 'Preview in a new tab' }).click();
	const preview = await looks;
	await expect(heading(preview)).toHaveText('Baker for the night');
	await expect(preview.getByText('A preview: only colleagues see it.')).toBeVisible();
	await expect(preview.getByRole('listitem').filter({ hasText: 'cake' })).toBeVisible();
	await expect(preview.getByRole('group', { name: 'Which bread is yours?' }).getByLabel('Rye')).toBeDisabled();
	await expect(preview.getByRole('button', { name: 'Send application' })).toBeDisabled();
	await clean(preview, 'the preview');
	await preview.close();
	// The band becomes public only where somebody says so.
	await button(page, 'Say the role’s band').click();
	await expect(page.getByLabel('From (optional)')).toHaveValue('30000');
	await page.getByLabel('Country').fill('de');
	await expect(status(page)).toContainText('The preview shows what is saved. What you changed is saved first.');
	await button(page, 'Publish …').click();
	const dialog = page.getByRole('dialog');
	await expect(dialog).toContainText('Everybody can read it on the careers page');
	await clean(page, 'before it is published');
	await button(dialog, 'Publish').click();
	await expect(status(page)).toContainText('Everybody can read it and apply.');
	await expect(status(page)).not.toContainText('The country:');
	await expect(status(page)).not.toContainText('The pay:');
	await clean(page, 'published');
	const [made] = (await api.get(`/v1/postings?role_id=${role.id}`)).data;
	expect([made.status, made.country, made.salary, made.questions[0].choices]).toEqual([
		'published',
		'DE',
		{ min: 30000, max: 36000, currency: 'EUR', unit: 'year' },
		['Rye', 'Wheat'],
	]);
	const opens = page.waitForEvent('popup');
	await page.getByRole('link', { name: 'Open the public page in a new tab' }).click();
	const shown = await opens;
	await expect(heading(shown)).toHaveText('Baker for the night');
	await expect(shown.getByText('30 000 to 36 000 EUR a year')).toBeVisible();
	await shown.close();
	await button(page, 'Close …').click();
	await button(dialog, 'Close it').click();
	await expect(status(page)).toContainText('Its page says that the position is no longer open.');
	await expect(button(page, 'Publish again …')).toBeVisible();
	await clean(page, 'closed');
});

test('what keeps a posting from the world is said where it is written', async ({ open, site }) => {
	const { persona, role, api } = await workplace(site, { enabled: false });
	await published(api, role);
	const page = await looking(open, persona);
	await page.goto(`/roles/${role.id}/posting`);
	await expect(status(page)).toContainText('the careers page is switched off, so nobody sees it');
	await expect(page.getByRole('link', { name: 'Open the public page' })).toHaveCount(0);
	await clean(page, 'the page is off');
	await page.getByRole('link', { name: 'Switch it on' }).click();
	await expect(page.getByRole('group', { name: 'Who sees it' })).toBeVisible();
	await api.call('PATCH', '/v1/careers_page', { enabled: true }, { 'If-Match': '*' });
	await api.call('PATCH', `/v1/roles/${role.id}`, { status: 'paused' }, { 'If-Match': '*' });
	await page.goto(`/roles/${role.id}/posting`);
	await expect(status(page)).toContainText('Its page says that the position is no longer open');
	await expect(status(page)).toContainText('The role is not open.');
	await button(page, 'Close …').click();
	await button(page.getByRole('dialog'), 'Close it').click();
	await button(page, 'Publish again …').click();
	page.watch.expect(409, /\/publish$/);
	await button(page.getByRole('dialog'), 'Publish').click();
	await expect(page.getByRole('dialog').getByRole('alert')).toContainText('open role');
	await clean(page, 'refused');
	await button(page.getByRole('dialog'), 'Cancel').click();
	await api.call('PATCH', `/v1/roles/${role.id}`, { status: 'open', confidential: true }, { 'If-Match': '*' });
	await page.goto(`/roles/${role.id}/posting`);
	await expect(status(page)).toContainText('A confidential role is not published.');
});

test('what was typed survives a colleague’s change, and nothing of theirs is lost unseen', async ({ open, site }, {
	project,
}) => {
	test.skip(project.name !== 'laptop', 'the same on both');
	const { persona, role, api } = await workplace(site);
	const posting = await published(api, role);
	const page = await open(persona);
	page.watch.expect(412, /\/postings\//);
	await page.goto(`/roles/${role.id}/posting`);
	await page.getByLabel('Title', { exact: true }).fill('Mine');
	await api.call('PATCH', `/v1/postings/${posting.id}`, { title: 'Theirs' }, { 'If-Match': '*' });
	await button(page, 'Save').click();
	await button(page, 'Take what it says now').click();
	await expect(page.getByLabel('Title', { exact: true })).toHaveValue('Theirs');
	await page.getByLabel('Title', { exact: true }).fill('Ours');
	await button(page, 'Save').click();
	await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
	expect((await api.get(`/v1/postings/${posting.id}`)).title).toBe('Ours');
});

test('what candidates are told elsewhere goes into the description by one press; all can be hit on a phone', async ({
	open,
	site,
}) => {
	const { persona, role, api } = await workplace(site);
	await published(api, role);
	const disclosures = await api.get(`/v1/roles/${role.id}/disclosures`);
	const items = Object.fromEntries(
		disclosures.checklist.items.map((one) => [one.key, { state: 'not_applicable', text: null }]),
	);
	await api.call('PUT', `/v1/roles/${role.id}/disclosures`, {
		...items,
		on_call: { state: 'told', text: 'Nobody is called at night.' },
	});
	const page = await looking(open, persona);
	await page.goto(`/roles/${role.id}/posting`);
	await page.getByRole('button', { name: /^Add to the description: / }).click();
	await expect(page.getByLabel('Description', { exact: true })).toHaveValue(
		'You bake while others sleep.\n\nNobody is called at night.',
	);
	await expect(page.getByText('Stands in the description')).toBeVisible();
	await expect(status(page)).not.toContainText('still open');
	await clean(page, 'with what candidates are told');
	expect(small(await targets(page, 'main :is(form, section)'), 44)).toEqual([]);
	await button(page, 'Save').click();
	await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
});

test('questions are ordered and taken out, and answers keep their question', async ({ open, site }) => {
	const { persona, role, api, slug } = await workplace(site);
	const posting = await published(api, role);
	await apply(site, slug, posting);
	const page = await open(persona);
	await page.goto(`/roles/${role.id}/posting`);
	await button(page, 'Move question 2 up').click();
	await button(page, 'Remove question 2').click();
	await button(page, 'Save').click();
	await expect(page.getByText('Saved.', { exact: true })).toBeVisible();
	expect((await api.get(`/v1/postings/${posting.id}`)).questions.map(({ id }) => id)).toEqual(['why']);
	const [application] = (await api.get(`/v1/applications?role_id=${role.id}`)).data;
	await page.goto(`/applications/${application.id}/answers`);
	await expect(page.getByText('Do you like nights?')).toBeVisible();
});

test('who does not manage a role reads its posting', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const role = await api.post('/v1/roles', { title: unique('Read only') });
	const reader = await site.newcomer(unique('Reader'));
	await api.put(`/v1/roles/${role.id}/hiring_team/${site.users[reader].id}`, { part: 'interviewer' });
	const page = await looking(open, reader);
	await page.goto(`/roles/${role.id}/posting`);
	await expect(page.getByText('Whoever manages the role can write a posting')).toBeVisible();
	await published(api, role);
	await page.goto(`/roles/${role.id}/posting`);
	await expect(page.getByLabel('Title', { exact: true })).toBeDisabled();
	await expect(button(page, 'Save')).toHaveCount(0);
	await expect(button(page, 'Close …')).toHaveCount(0);
	await clean(page, 'to a reader');
});

test('an applicant’s answers stand on the application, and are told to nobody who may not know them', async ({
	open,
	site,
}) => {
	const { persona, role, api, slug } = await workplace(site);
	const posting = await published(api, role);
	await apply(site, slug, posting, { utm_source: 'board', utm_campaign: 'autumn' });
	const [application] = (await api.get(`/v1/applications?role_id=${role.id}`)).data;
	const page = await looking(open, persona);
	await page.goto(`/applications/${application.id}`);
	await page.getByRole('link', { name: 'Answers', exact: true }).click();
	const answers = page.getByRole('region', { name: 'What they answered' });
	await expect(answers).toContainText('Do you like nights?');
	await expect(answers).toContainText('It rises.');
	await expect(page.getByRole('region', { name: 'Where they came from' })).toContainText('autumn');
	await expect(page.getByRole('region', { name: 'What they agreed to' })).toContainText('agree that The Bakery keeps');
	await clean(page, 'the answers');
	// Without a posting there is no such section.
	const { id: candidate_id } = await api.post('/v1/candidates', { name: 'Ben Known' });
	const other = await api.post('/v1/applications', { candidate_id, role_id: role.id });
	await page.goto(`/applications/${other.id}`);
	await expect(page.getByRole('link', { name: 'Interviews', exact: true })).toBeVisible();
	await expect(page.getByRole('link', { name: 'Answers', exact: true })).toHaveCount(0);
	const member = unique('Reader');
	const email = `${member.replaceAll(' ', '-')}@empty.example`;
	const password = `Quartz-${member.replaceAll(' ', '-')}-orchard`;
	const made = await api.post('/v1/users', { name: member, email, access_level: 'member', password });
	site.users[member] = { ...made, persona: member, password };
	await api.put(`/v1/roles/${role.id}/hiring_team/${made.id}`, { part: 'interviewer' });
	await api.call(
		'PATCH',
		'/v1/settings',
		{ visibility: { resume: 'recruiters', source: 'recruiters' } },
		{ 'If-Match': '*' },
	);
	const theirs = await looking(open, member);
	await theirs.goto(`/applications/${application.id}/answers`);
	await expect(theirs.getByText('shows answers and résumés to recruiters alone')).toBeVisible();
	await expect(theirs.getByText('shows where candidates come from to recruiters alone')).toBeVisible();
	for (const secret of ['It rises.', 'autumn']) await expect(theirs.locator('body')).not.toContainText(secret);
	await clean(theirs, 'the answers, hidden');
});

test('who judges anonymously is led to no answer', async ({ open, site }) => {
	const { api, role, slug } = await workplace(site);
	const member = unique('Judge');
	const email = `${member.replaceAll(' ', '-')}@empty.example`;
	const password = `Quartz-${member.replaceAll(' ', '-')}-orchard`;
	const made = await api.post('/v1/users', { name: member, email, access_level: 'member', password });
	site.users[member] = { ...made, persona: member, password };
	await api.put(`/v1/roles/${role.id}/hiring_team/${made.id}`, { part: 'interviewer' });
	await api.post(`/v1/roles/${role.id}/stages`, {
		name: 'Work',
		method: 'portfolio_review',
		anonymous: true,
		default_interviewer_ids: [made.id],
		candidate_instructions: 'Show us your work.',
	});
	const posting = await published(api, role);
	await apply(site, slug, posting);
	const [application] = (await api.get(`/v1/applications?role_id=${role.id}`)).data;
	const page = await open(member);
	page.watch.expect(404, /\/v1\/applications\//);
	await page.goto(`/applications/${application.id}/answers`);
	await expect(page.getByRole('alert').or(heading(page)).first()).toBeVisible();
	await expect(page.locator('body')).not.toContainText('It rises.');
	await expect(page.locator('body')).not.toContainText('Ada Applicant');
});
