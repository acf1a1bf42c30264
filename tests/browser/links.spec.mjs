// Addresses are real: they can be kept, sent, reloaded and gone back to.
import { expect, openForm, signIn, test } from './support/test.mjs';

const heading = (page) => page.getByRole('heading', { level: 1 });

test('a filtered list is its address: it survives a reload and can be sent to a colleague', async ({ open, site }) => {
	const page = await open('recruiter');
	await page.goto(`/roles/${site.role.id}`);
	await page.getByRole('searchbox').fill('Kim');
	await expect(page).toHaveURL(/\?q=Kim$/);
	await page.getByLabel('Status').selectOption('active');
	await expect(page).toHaveURL(/\?q=Kim&status=active$/);
	await expect(page.getByRole('link', { name: 'Daisy Kim' })).toBeVisible();
	await expect(page.getByRole('link', { name: 'Amir Williams' })).toBeHidden();
	await page.reload();
	await expect(page.getByRole('searchbox')).toHaveValue('Kim');
	await expect(page.getByLabel('Status')).toHaveValue('active');
	await expect(page.getByRole('link', { name: 'Daisy Kim' })).toBeVisible();
	await expect(page.getByRole('link', { name: 'Amir Williams' })).toBeHidden();
	const colleague = await open('hiring_manager');
	await colleague.goto(page.url());
	await expect(colleague.getByRole('link', { name: 'Daisy Kim' })).toBeVisible();
	await page.getByRole('button', { name: 'Clear filters' }).click();
	await expect(page.getByRole('link', { name: 'Amir Williams' })).toBeVisible();
	await expect(page.getByRole('searchbox')).toBeFocused();
});

test('the back button goes through the screens as they were, and forward again', async ({ open, site }) => {
	const page = await open('recruiter');
	await page.goto('/');
	await heading(page).waitFor();
	await page.getByRole('link', { name: 'Roles', exact: true }).click();
	await page.getByRole('link', { name: 'Senior Backend Developer' }).click();
	await page.getByRole('searchbox').fill('Amir');
	await expect(page).toHaveURL(/q=Amir/);
	await page.getByRole('link', { name: 'Amir Williams' }).click();
	await expect(heading(page)).toHaveText('Amir Williams');
	await expect(page).toHaveTitle('Amir Williams · Assay');
	await page.goBack();
	await expect(page).toHaveURL(new RegExp(`/roles/${site.role.id}\\?q=Amir$`));
	await expect(page.getByRole('searchbox')).toHaveValue('Amir');
	await page.goBack();
	await expect(heading(page)).toHaveText('Roles');
	await page.goBack();
	await expect(heading(page)).toHaveText('Home');
	await page.goForward();
	await expect(heading(page)).toHaveText('Roles');
});

test('an address that nobody knows, or that is not open to one, gives a helpful page and the same one', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer_2'] });
	const outsider = await open(await site.newcomer());
	outsider.watch.expect(404, /^\/v1\//);
	const said = [];
	for (const path of [
		'/nowhere',
		'/roles/not-an-id',
		'/roles/01980000-0000-7000-8000-000000000000',
		`/applications/${interview.application_id}`,
		`/interviews/${interview.id}`,
	]) {
		await outsider.goto(path);
		await expect(heading(outsider), path).toHaveText('There is nothing here');
		said.push(await outsider.getByRole('main').innerText());
	}
	expect(new Set(said).size, 'what is not there and what is not open look the same').toBe(1);
	await outsider.getByRole('link', { name: 'Go to Home' }).click();
	await expect(heading(outsider)).toHaveText('Home');
});

test('whoever opens a link without being signed in gets there after signing in, and nowhere else', async ({ open, site }) => {
	const page = await open(null);
	await page.goto(`/applications/${site.amir.id}?x=1`);
	await expect(page).toHaveURL(/\/sign-in\?next=/);
	await signIn(page, site.users.recruiter);
	await expect(heading(page)).toHaveText('Amir Williams');
	await expect(page).toHaveURL(`/applications/${site.amir.id}?x=1`);

	for (const next of ['//evil.example/x', 'https://evil.example', '/\\evil.example', 'javascript:alert(1)']) {
		const other = await open(null);
		await other.goto(`/sign-in?next=${encodeURIComponent(next)}`);
		await signIn(other, site.users.recruiter);
		await expect(heading(other)).toHaveText('Home');
		await other.context().close();
	}
});

test('a link opens in a new tab as links do, and a reload of a form shows the form', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await page.goto('/');
	const [tab] = await Promise.all([
		page.context().waitForEvent('page'),
		page.getByRole('link', { name: new RegExp(interview.candidate_name) }).click({ modifiers: ['ControlOrMeta'] }),
	]);
	await expect(heading(tab)).toHaveText(interview.candidate_name);
	await expect(heading(page)).toHaveText('Home');
	await openForm(page, interview);
	await page.reload();
	await expect(page.getByRole('button', { name: 'Submit scorecard' })).toBeVisible();
	await expect(page).toHaveTitle(`${interview.candidate_name} · Assay`);
});

test('what one saw is gone after signing out, from the screen, the back button and the device', async ({ open, site }) => {
	const page = await open(null);
	await page.goto('/');
	await signIn(page, site.users.recruiter);
	await heading(page).filter({ hasText: 'Home' }).waitFor();
	await page.goto(`/applications/${site.amir.id}`);
	await expect(heading(page)).toHaveText('Amir Williams');
	await page.getByText('Account of Noor Haddad').locator('..').click();
	await page.getByRole('button', { name: 'Sign out' }).click();
	await expect(page.getByText('You are signed out.')).toBeVisible();
	await page.goBack();
	await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
	await expect(page.getByText('Amir Williams')).toHaveCount(0);
	const stored = await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
	expect(stored).not.toMatch(/Amir|draft|token/);
	expect((await page.context().cookies()).filter((one) => one.value !== '')).toEqual([]);
});
