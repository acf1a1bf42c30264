// While a page still reads what it has just saved: nothing typed is lost, and the next step is not refused by what the
// page itself did.
import { expect, test, unique } from './support/test.mjs';

/** Holds back what is read at these addresses until it is let go. */
async function hold(page, pattern) {
	let free;
	const held = new Promise((done) => {
		free = done;
	});
	const handler = async (route) => {
		if (route.request().method() !== 'GET') return route.fallback();
		await held;
		return route.continue();
	};
	await page.route(pattern, handler);
	return async () => {
		const read = page.waitForResponse((one) => one.request().method() === 'GET' && one.url().includes('/v1/'));
		free();
		await read;
		await page.unroute(pattern, handler);
	};
}

const save = (page, name = 'Save') => page.getByRole('button', { name, exact: true }).click();
const dialog = (page) => page.getByRole('dialog');

async function roleOf(site) {
	const api = await site.as('recruiter');
	const role = await api.post('/v1/roles', { title: unique('Busy role'), rubric_version_id: site.role.rubric_version_id });
	await api.post(`/v1/roles/${role.id}/stages`, { name: 'Call', method: 'screen', duration_minutes: 30 });
	return { api, role };
}

test('a stage is edited twice, its kit after it, before the page has read it again', async ({ open, site }) => {
	const { api, role } = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/roles/${role.id}/plan`);
	const edit = async (item) => {
		await page.getByRole('button', { name: 'More for Call', exact: true }).click();
		await page.getByRole('menuitem', { name: item }).click();
	};
	await edit('Edit');
	const go = await hold(page, /\/v1\/(plans|roles)\//);
	await page.getByLabel('Duration in minutes').fill('35');
	await save(page);
	await expect(page.getByRole('article', { name: 'Call' })).toContainText('35 min');
	await edit('Edit');
	await expect(page.getByLabel('Duration in minutes')).toHaveValue('35');
	await page.getByLabel('Duration in minutes').fill('40');
	await save(page);
	await expect(page.getByRole('article', { name: 'Call' })).toContainText('40 min');
	await edit('Interview kit');
	await page.getByLabel(/notes/i).first().fill('Begin with what they built last.');
	await go();
	await expect(page.getByLabel(/notes/i).first()).toHaveValue('Begin with what they built last.');
	await save(page);
	await expect(page.getByText('Saved.').last()).toBeVisible();
	await expect.poll(async () => (await api.get(`/v1/roles/${role.id}/stages`)).data[0].interviewer_notes).toBe('Begin with what they built last.');
});

test('a role is saved and archived, before the page has read it again', async ({ open, site }) => {
	const { api, role } = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/roles/${role.id}/details`);
	await page.getByLabel('Title', { exact: true }).fill('Another title');
	const go = await hold(page, `**/v1/roles/${role.id}`);
	await save(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Another title');
	await page.getByRole('button', { name: 'Archive the role …' }).click();
	await dialog(page).getByRole('button', { name: 'Archive', exact: true }).click();
	await expect(page.getByText('This role is archived.')).toBeVisible();
	await go();
	await page.getByRole('button', { name: 'Bring it back' }).click();
	await expect(page.getByText('This role is archived.')).toHaveCount(0);
	await page.getByLabel('Title', { exact: true }).fill('The last title');
	await save(page);
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('The last title');
	expect(await api.get(`/v1/roles/${role.id}`)).toMatchObject({ title: 'The last title', archived_at: null });
});

for (const [what, section, button, field] of [
	['the intake', 'intake', 'Save and recommend', (page) => page.getByLabel(/^Level/)],
	['the disclosures', 'disclosures', 'Save', (page) => page.getByRole('region', { name: 'Technical environment' }).getByLabel('What candidates are told')],
]) {
	test(`${what} is typed on while the page reads what was saved, and saved again`, async ({ open, site }) => {
		const { role } = await roleOf(site);
		const page = await open('recruiter');
		await page.goto(`/roles/${role.id}/${section}`);
		if (section === 'disclosures') await page.getByRole('region', { name: 'Technical environment' }).getByLabel('State').selectOption({ label: 'Told' });
		await field(page).fill('First');
		const go = await hold(page, new RegExp(`/v1/roles/${role.id}`));
		const saved = page.waitForResponse((one) => one.request().method() === 'PUT');
		await save(page, button);
		await saved;
		await expect(page.getByText('Saved.').last()).toBeVisible();
		await field(page).fill('Second');
		await save(page, button);
		await expect(page.getByText('Saved.')).toHaveCount(2);
		await field(page).fill('Third');
		await go();
		await expect(field(page)).toHaveValue('Third');
	});
}

test('a letter is saved and released, before the page has read it again', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const interview = await site.interview();
	await api.post(`/v1/applications/${interview.application_id}/letter`, undefined);
	const page = await open('recruiter');
	await page.goto(`/applications/${interview.application_id}/candidate`);
	await page.getByLabel('What the candidate will read').fill('Thank you for your time.');
	const go = await hold(page, '**/letter');
	await save(page);
	await expect(page.getByText('Saved.').last()).toBeVisible();
	await page.getByRole('button', { name: 'Release to the candidate …' }).click();
	await dialog(page).getByRole('button', { name: 'Release', exact: true }).click();
	await expect(dialog(page)).toHaveCount(0);
	await go();
	await expect(page.getByText(/^Released /)).toBeVisible();
	expect(await api.get(`/v1/applications/${interview.application_id}/letter`)).toMatchObject({ status: 'released', text: 'Thank you for your time.' });
});

test('a ladder is archived and brought back while it is written', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const { id } = await api.post('/v1/ladders', { name: unique('Written on'), levels: [{ name: 'Junior' }] });
	const page = await open('recruiter');
	await page.goto(`/ladders/${id}`);
	await page.getByLabel('Name of the level').fill('Beginner');
	const turn = async (item) => {
		await page.getByRole('button', { name: 'More actions' }).click();
		await page.getByRole('menuitem', { name: item }).click();
	};
	await turn('Archive');
	await turn('Take out of the archive');
	await turn('Archive');
	await expect(page.getByLabel('Name of the level')).toHaveValue('Beginner');
	await save(page);
	await expect(page.getByText('Saved.').last()).toBeVisible();
	expect((await api.get(`/v1/ladders/${id}`)).levels[0].name).toBe('Beginner');
});

test('a password is set while a name is typed, and the name saved before the page has read the person again', async ({ open, site }) => {
	const persona = await site.newcomer();
	const page = await open('admin');
	await page.goto(`/users/${site.users[persona].id}`);
	const name = unique('Renamed');
	await page.getByLabel('Name').fill(name);
	await page.getByLabel('New password').fill('Basalt-lantern-7-orchard');
	await page.getByRole('button', { name: 'Set a new password' }).click();
	const go = await hold(page, '**/v1/users/*');
	await dialog(page).getByRole('button', { name: 'Set it' }).click();
	await expect(page.getByText('The new password holds from now on.')).toBeVisible();
	await save(page, 'Save changes');
	await go();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
});

test('a client gets a new secret while its name is typed', async ({ open, site }) => {
	const made = await (await site.as('admin')).post('/v1/api_clients', { name: unique('Program'), scopes: ['candidates:read'] });
	const page = await open('admin');
	await page.goto(`/api-clients/${made.id}`);
	const name = unique('Renamed program');
	await page.getByLabel('Name').fill(name);
	await page.getByRole('button', { name: 'New secret …' }).click();
	const go = await hold(page, '**/v1/api_clients/*');
	await dialog(page).getByRole('button', { name: 'Give it a new secret' }).click();
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	await save(page, 'Save changes');
	await go();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText(name);
});

test('a retention rule is changed twice, before the page has read the rules again', async ({ open, site }) => {
	const persona = await site.newOrganization();
	await (await site.as(persona)).post('/v1/retention_rules', { months: 24 });
	const page = await open(persona);
	await page.goto('/settings/retention');
	await page.getByRole('row', { name: /24 months/ }).waitFor();
	const go = await hold(page, '**/v1/retention_rules?**');
	for (const months of ['18', '12']) {
		await page.getByRole('button', { name: 'Change the rule for Every other country' }).click();
		await dialog(page).getByLabel('Months after the last activity').fill(months);
		await dialog(page).getByRole('button', { name: 'Save changes' }).click();
		await expect(page.getByRole('row', { name: /Every other country/ })).toContainText(`${months} months`);
	}
	await go();
	await expect(page.getByRole('row', { name: /Every other country/ })).toContainText('12 months');
});
