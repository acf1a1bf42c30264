// The careers pages, as whoever looks for work meets them: without sign-in, and without a script.
import { expect, test, unique } from './support/test.mjs';
import { clean, heading, looking } from './support/looking.mjs';

// Each looks with axe-core at many states, which takes a busy machine its time.
test.beforeEach(() => {
	test.setTimeout(180_000);
});

async function published(site) {
	const persona = await site.newOrganization();
	const api = await site.as(persona);
	const slug = unique('bakery').toLowerCase().replace(/[^a-z0-9]+/g, '-');
	await api.call('PATCH', '/v1/careers_page', { enabled: true, slug, name: 'The Bakery', introduction: 'We bake.\n\n- bread\n- cake' }, { 'If-Match': '*' });
	const role = await api.call('POST', '/v1/roles', { title: 'Baker' });
	const posting = await api.call('POST', '/v1/postings', {
		role_id: role.id,
		title: 'Baker for the night',
		description: 'You bake while others sleep.\n\n- bread\n- cake\n\nWe are seven.',
		location: 'Köln',
		country: 'DE',
		work_mode: 'on_site',
		employment_type: 'full_time',
		salary: { min: 30000, max: 36000, currency: 'EUR', unit: 'year' },
		questions: [
			{ id: 'night', label: 'Do you like nights?', kind: 'yes_no', required: true },
			{ id: 'bread', label: 'Which bread is yours?', kind: 'choice', choices: ['Rye', 'Wheat'] },
			{ id: 'why', label: 'Why bread?', kind: 'long_text' },
		],
	});
	await api.call('POST', `/v1/postings/${posting.id}/publish`);
	const received = async () => (await api.call('GET', `/v1/applications?role_id=${role.id}`)).data;
	return { api, path: `/careers/${slug}`, posting, received };
}

const resume = { name: 'resume.txt', mimeType: 'text/plain', buffer: Buffer.from('I have baked since 1999.') };

test('a position is found, read and applied for; what is missing is said beside its field', async ({ open, site }) => {
	const { path, posting, received } = await published(site);
	const page = await looking(open, null);
	await page.goto(`${path}?utm_source=board`);
	await expect(heading(page)).toHaveText('Open positions');
	await clean(page, 'the careers page');
	await page.getByRole('link', { name: 'Baker for the night' }).click();
	await expect(heading(page)).toHaveText('Baker for the night');
	// A data block is no script: the policy, which lets none run, has nothing against it.
	const job = JSON.parse(await page.locator('script[type="application/ld+json"]').textContent());
	expect(job['@type']).toBe('JobPosting');
	await clean(page, 'a position');
	await page.getByRole('link', { name: 'Apply for this position' }).click();
	await expect(heading(page)).toHaveText('Apply: Baker for the night');
	await clean(page, 'the form');
	page.watch.expect(422, /\/apply$/);
	await page.getByLabel('Name', { exact: true }).fill('Ada Applicant');
	await page.getByRole('button', { name: 'Send application' }).click();
	await expect(page.getByRole('alert')).toContainText('Something is still needed');
	await clean(page, 'the form with findings');
	await expect(page.getByLabel('Name', { exact: true })).toHaveValue('Ada Applicant');
	await expect(page.getByLabel('E-mail address')).toHaveAccessibleDescription('Enter your e-mail address.');
	await page.getByRole('link', { name: 'Enter your e-mail address.' }).click();
	await expect(page.getByLabel('E-mail address')).toBeFocused();
	await page.getByLabel('E-mail address').fill('ada@example.com');
	await page.getByLabel('Résumé').setInputFiles(resume);
	await page.getByRole('group', { name: 'Do you like nights?' }).getByLabel('Yes').check();
	await page.getByRole('checkbox', { name: /I have read how applications are evaluated/ }).check();
	await page.getByRole('button', { name: 'Send application' }).click();
	await expect(heading(page)).toHaveText('Thank you');
	await clean(page, 'thanks');
	// Neither a reload nor the way back makes another one.
	await page.reload();
	await expect(heading(page)).toHaveText('Thank you');
	const [application, ...more] = await received();
	expect(more).toEqual([]);
	expect(application.source).toBe('board');
	page.watch.expect(404, /\/careers\//);
	await page.goto(`${path}/${posting.id.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}`);
	await expect(heading(page)).toHaveText('There is no such thing here');
	await clean(page, 'a refusal');
});

test('all of it works in a browser that runs no script, and by keyboard', async ({ open, site }) => {
	const { path, posting, received } = await published(site);
	const page = await open(null, { javaScriptEnabled: false });
	await page.goto(`${path}/${posting.id}/apply`);
	await page.getByLabel('Name', { exact: true }).focus();
	await page.keyboard.type('Kim Keyboard');
	await page.keyboard.press('Tab');
	await page.keyboard.type('kim@example.com');
	await page.getByLabel('Résumé').setInputFiles(resume);
	await page.getByRole('group', { name: 'Do you like nights?' }).getByLabel('No').focus();
	await page.keyboard.press('Space');
	await page.getByLabel('Why bread?').focus();
	await page.keyboard.type('It rises.');
	// The field that people do not see is not on the way.
	await page.keyboard.press('Tab');
	await expect(page.getByRole('checkbox')).toBeFocused();
	await page.keyboard.press('Space');
	await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await expect(heading(page)).toHaveText('Thank you');
	expect(await received()).toHaveLength(1);
	await page.goBack();
	await expect(heading(page)).toHaveText('Apply: Baker for the night');
});

test('an admin switches the careers page on, and is told what is wrong with its address', async ({ open, site }) => {
	const page = await looking(open, await site.newOrganization());
	await page.goto('/settings');
	await page.getByRole('link', { name: 'Careers page' }).click();
	const shown = page.getByRole('group', { name: 'Who sees it' });
	await expect(shown.getByLabel('Nobody')).toBeChecked();
	await clean(page, 'the careers page’s settings');
	await page.getByLabel('Address').fill('Not an address');
	await page.getByRole('button', { name: 'Save' }).click();
	await expect(page.getByLabel('Address')).toHaveAccessibleDescription(/Use small letters, digits and hyphens/);
	await clean(page, 'the same with a finding');
	const slug = `made-${Date.now()}`;
	await page.getByLabel('Address').fill(slug);
	await page.getByLabel('Name of the organization').fill('The Bakery');
	await shown.getByText('Everybody').click();
	await page.getByRole('button', { name: 'Save' }).click();
	const link = page.getByRole('link', { name: 'Open the careers page in a new tab' });
	await expect(link).toHaveAttribute('href', new RegExp(`/careers/${slug}$`));
	await page.goto(`/careers/${slug}`);
	await expect(page.getByRole('banner')).toHaveText('The Bakery');
});
