// Calendars: the address of a feed, one's own calendar, and who is busy while an interview is scheduled.
import { cleanOnceThere as clean, looking } from './support/looking.mjs';
import { expect, test, unique } from './support/test.mjs';

const dialog = (page) => page.getByRole('dialog');

test('the address of one’s feed is made, shown once, made anew, and ended', async ({ open, site }) => {
	const page = await looking(open, 'interviewer');
	await page.goto('/');
	await page
		.getByRole('button', { name: /account/i })
		.or(page.locator('summary', { hasText: site.users.interviewer.name }))
		.first()
		.click();
	await page.getByRole('link', { name: 'Your calendar' }).click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Your calendar');
	const feed = page.getByRole('region', { name: 'Your interviews in your calendar' });
	await expect(feed.getByText('There is no address yet.')).toBeVisible();
	await clean(page, 'calendar none');
	await feed.getByRole('button', { name: 'Make an address' }).click();
	const first = await dialog(page).getByLabel('Address', { exact: true }).inputValue();
	expect(first).toMatch(/\/v1\/calendar_feeds\/cf_.*\.ics$/);
	await clean(page, 'calendar address');
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	await expect(feed.getByText(/^In use since/)).toBeVisible();
	expect((await fetch(first)).status).toBe(200);
	await feed.getByRole('button', { name: 'New address …' }).click();
	await dialog(page).getByRole('button', { name: 'Make a new one' }).click();
	const second = dialog(page).getByLabel('Address', { exact: true });
	await expect(second).not.toHaveValue(first);
	const renewed = await second.inputValue();
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	expect([(await fetch(first)).status, (await fetch(renewed)).status]).toEqual([404, 200]);
	await feed.getByRole('button', { name: 'Stop …' }).click();
	await dialog(page).getByRole('button', { name: 'End it' }).click();
	await expect(feed.getByText('There is no address yet.')).toBeVisible();
	expect((await fetch(renewed)).status).toBe(404);
});

test('one’s own calendar is named, fails with a reason, and is read no more', async ({ open }) => {
	const page = await looking(open, 'hiring_manager');
	page.watch.expect(422, /busy_calendar$/);
	await page.goto('/preferences/calendar');
	const busy = page.getByRole('region', { name: 'When you are busy' });
	const field = busy.getByLabel('Private address of your calendar');
	await busy.getByRole('button', { name: 'Read this calendar' }).click();
	await expect(busy.getByText('Paste the address.').first()).toBeVisible();
	await field.fill('http://example.com/a.ics');
	await busy.getByRole('button', { name: 'Read this calendar' }).click();
	await expect(busy.getByText('is not an https address').first()).toBeVisible();
	await clean(page, 'busy refused');
	// This machine is not the public internet.
	await field.fill('webcal://localhost/private.ics');
	await busy.getByRole('button', { name: 'Read this calendar' }).click();
	await expect(busy.getByText('Read from localhost.')).toBeVisible();
	await expect(async () => {
		await page.reload();
		await expect(busy.getByText('The address does not lead to the public internet.')).toBeVisible({ timeout: 1000 });
	}).toPass({ timeout: 30_000 });
	await clean(page, 'busy failing');
	await busy.getByRole('button', { name: 'Another address …' }).click();
	await expect(field).toBeVisible();
	await busy.getByRole('button', { name: 'Cancel' }).click();
	await busy.getByRole('button', { name: 'Read it no more …' }).click();
	await dialog(page).getByRole('button', { name: 'Read it no more' }).click();
	await expect(field).toBeVisible();
});

test('whoever schedules is told who is taken at that time, and schedules all the same', async ({ open, site }) => {
	const recruiter = await site.as('recruiter');
	const [role] = [site.role];
	const busy = site.users.interviewer;
	const candidate = async () => {
		const { id } = await recruiter.post('/v1/candidates', { name: unique('Robin Taken') });
		return recruiter.post('/v1/applications', { candidate_id: id, role_id: role.id });
	};
	const [one, two] = [await candidate(), await candidate()];
	const me = (await (await site.as('interviewer')).get('/v1/me')).id;
	await recruiter.post('/v1/interviews', {
		application_id: one.id,
		starts_at: '2027-05-03T08:00:00Z',
		duration_minutes: 60,
		interviewers: [{ user_id: me }],
	});
	const page = await looking(open, 'recruiter', { timezoneId: 'UTC' });
	await page.goto(`/applications/${two.id}/interviews`);
	await page.getByRole('button', { name: 'Schedule an interview' }).click();
	const form = page.getByRole('form', { name: 'Schedule an interview' });
	const local = await page.evaluate(() => {
		const at = new Date('2027-05-03T08:30:00Z');
		return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
	});
	for (const box of await form.getByRole('checkbox').all()) await box.uncheck();
	await form.getByRole('checkbox', { name: busy.name }).check();
	await form.getByLabel('Begins').fill(local);
	await expect(form.getByText(`${busy.name} is in another interview:`)).toBeVisible();
	await expect(form.getByText('You can schedule it all the same.')).toBeVisible();
	await clean(page, 'busy warning');
	await form.getByLabel('Begins').fill(local.replace('2027-05-03', '2027-05-04'));
	await expect(form.getByText(`${busy.name} is in another interview:`)).toHaveCount(0);
	await form.getByLabel('Begins').fill(local);
	await expect(form.getByText(`${busy.name} is in another interview:`)).toBeVisible();
	await form.getByRole('button', { name: 'Schedule' }).click();
	await expect(page.getByText('Not everyone is free at that time:')).toBeVisible();
	const [made] = (await recruiter.get(`/v1/interviews?application_id=${two.id}`)).data;
	const room = await looking(open, 'interviewer');
	await room.goto(`/interviews/${made.id}#kit`);
	await expect(room.locator('details.fold[open]').first()).toBeVisible();
	const download = room.waitForEvent('download');
	await room.getByRole('link', { name: 'Calendar file' }).click();
	expect((await download).suggestedFilename()).toBe('interview.ics');
});

test('a role’s details offer a feed of its interviews', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	await page.goto(`/roles/${site.role.id}/details`);
	const feed = page.getByRole('region', { name: 'This role’s interviews in your calendar' });
	await feed.getByRole('button', { name: 'Make an address' }).click();
	const address = await dialog(page).getByLabel('Address', { exact: true }).inputValue();
	expect((await fetch(address)).status).toBe(200);
	await dialog(page).getByRole('button', { name: 'I have kept it' }).click();
	await clean(page, 'role feed');
});
