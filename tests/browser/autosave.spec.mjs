// What was written is not lost: not with the tab, the connection, the session or the other window.
import { competency, evidence, expect, openForm, rate, recommend, saving, signIn, test } from './support/test.mjs';

const words = 'They asked for the volumes first, and then drew the tables with their keys, the refunds last.';

/** Ends the renderer, as a phone does that needs the memory. */
async function kill(page) {
	const crashed = page.waitForEvent('crash');
	const session = await page.context().newCDPSession(page);
	session.send('Page.crash').catch(() => {});
	await crashed;
	await page.close();
}

async function reopen(page, interview) {
	const next = await page.context().newPage();
	await openForm(next, interview);
	return next;
}

async function kept(site, interview, check) {
	await expect.poll(async () => check(await site.draftOf('interviewer', interview)), { timeout: 60_000 }).toBeTruthy();
}

test('a tab that is killed while someone types loses nothing, and all but the last seconds is on the server', async ({ open, site }) => {
	const interview = await site.interview();
	const id = site.competencies['Database design'];
	const page = await open('interviewer');
	await openForm(page, interview);
	await rate(page, 'Database design', 4);
	// Longer than the two seconds in which a first save must have gone, on a slow machine too.
	await evidence(page, 'Database design').pressSequentially(words, { delay: 60 });
	await kill(page);

	const draft = await site.draftOf('interviewer', interview);
	expect(draft.ratings[id].value).toBe(4);
	expect(words.startsWith(draft.ratings[id].evidence ?? ''), draft.ratings[id].evidence).toBe(true);

	const next = await reopen(page, interview);
	await expect(evidence(next, 'Database design')).toHaveValue(words);
	await expect(competency(next, 'Database design').locator('input[value="4"]')).toBeChecked();
	await kept(site, interview, (now) => now.ratings[id].evidence === words);
});

test('a page that is closed two seconds after the last word has everything on the server, for any other device', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	await page.getByLabel('Key take-aways').fill(words);
	await page.waitForTimeout(2200);
	await page.close();

	const other = await open('interviewer');
	await openForm(other, interview);
	await expect(other.getByLabel('Key take-aways')).toHaveValue(words);
});

test('without a connection a draft is kept on the device, says so, and is sent by itself later', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	await rate(page, 'Logical depth', 3);
	await expect(saving(page)).toHaveText(/^Saved/);
	await page.context().setOffline(true);
	await page.getByLabel('Key take-aways').fill(words);
	await expect(saving(page)).toHaveText('Offline: kept on this device');
	await rate(page, 'Database design', 3);
	await rate(page, 'Code security', 3);
	await recommend(page, 'Yes');
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await expect(page.getByRole('alert')).toContainText('You are offline. Your draft is kept on this device');
	expect((await site.draftOf('interviewer', interview)).key_takeaways).toBeNull();

	await page.context().setOffline(false);
	await expect(saving(page)).toHaveText(/^Saved/);
	await kept(site, interview, (draft) => draft.key_takeaways === words && draft.recommendation === 'yes');
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await expect(page.getByRole('main').getByText('Scorecard submitted').first()).toBeVisible();
});

test('a tab that dies without a connection finds its draft again, and the list says that it was not sent', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	await page.context().setOffline(true);
	await page.getByLabel('Key take-aways').fill(words);
	await expect(saving(page)).toHaveText('Offline: kept on this device');
	await kill(page);

	await page.context().setOffline(false);
	const home = await page.context().newPage();
	await home.goto('/');
	await expect(home.getByRole('link', { name: new RegExp(interview.candidate_name) })).toContainText('Not sent yet');
	const next = await reopen(home, interview);
	await expect(next.getByLabel('Key take-aways')).toHaveValue(words);
	await kept(site, interview, (draft) => draft?.key_takeaways === words);
});

test('a word that is typed and taken out again leaves nothing to save, and says so', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	await page.getByLabel('Key take-aways').fill(words);
	await expect(saving(page)).toHaveText(/^Saved/);
	await page.getByLabel('Key take-aways').press('End');
	await page.keyboard.type('x');
	await page.keyboard.press('Backspace');
	await expect(saving(page)).toHaveText('Not saved yet');
	await expect(saving(page)).toHaveText(/^Saved/);
});

test('two tabs that write in different fields come together without a question', async ({ open, site }) => {
	const interview = await site.interview();
	const one = await open('interviewer');
	one.watch.expect(412, /^\/v1\/scorecards\//);
	await openForm(one, interview);
	await rate(one, 'Logical depth', 3);
	await expect(saving(one)).toHaveText(/^Saved/);
	const two = await one.context().newPage();
	await openForm(two, interview);
	await evidence(two, 'Logical depth').fill('From the second tab.');
	await expect(saving(two)).toHaveText(/^Saved/);
	await one.getByLabel('Key take-aways').fill('From the first tab.');
	await expect(saving(one)).toHaveText(/^Saved/);
	await expect(evidence(one, 'Logical depth')).toHaveValue('From the second tab.');
	await kept(site, interview, (draft) => draft.key_takeaways === 'From the first tab.');
	const draft = await site.draftOf('interviewer', interview);
	expect(draft.ratings[site.competencies['Logical depth']]).toMatchObject({ value: 3, evidence: 'From the second tab.' });
});

test('two tabs that write in the same field ask which text to keep, and can keep both', async ({ open, site }) => {
	const interview = await site.interview();
	const one = await open('interviewer');
	one.watch.expect(412, /^\/v1\/scorecards\//);
	await openForm(one, interview);
	await rate(one, 'Logical depth', 3);
	await expect(saving(one)).toHaveText(/^Saved/);
	const two = await one.context().newPage();
	await openForm(two, interview);
	await two.getByLabel('Key take-aways').fill('From the second tab.');
	await expect(saving(two)).toHaveText(/^Saved/);
	await one.getByLabel('Key take-aways').fill('From the first tab.');

	const dialog = one.getByRole('dialog', { name: 'This draft was changed in another window' });
	await expect(dialog).toBeVisible();
	await expect(dialog).toContainText('From the first tab.');
	await expect(dialog).toContainText('From the second tab.');
	await one.keyboard.press('Escape');
	await one.keyboard.press('Escape');
	await expect(dialog, 'a conflict is not closed by accident').toBeVisible();
	await expect(dialog.getByRole('radio', { name: 'Keep both texts' })).toBeChecked();
	await dialog.getByRole('button', { name: 'Save this choice' }).click();
	await expect(dialog).toBeHidden();
	await expect(one.getByLabel('Key take-aways')).toHaveValue('From the first tab.\n\nFrom the second tab.');
	await kept(site, interview, (draft) => draft.key_takeaways === 'From the first tab.\n\nFrom the second tab.');
});

test('what was written here after another tab submitted is shown once more before it is dropped', async ({ open, site }) => {
	const interview = await site.interview();
	const one = await open('interviewer');
	one.watch.expect(409, /^\/v1\/scorecards\//);
	one.watch.expect(412, /^\/v1\/scorecards\//);
	await openForm(one, interview);
	for (const name of ['Logical depth', 'Database design', 'Code security']) await rate(one, name, 3);
	await recommend(one, 'Yes');
	await expect(saving(one)).toHaveText(/^Saved/);
	const two = await one.context().newPage();
	await openForm(two, interview);
	await two.getByRole('button', { name: 'Submit scorecard' }).click();
	await two.getByText('You can take it back for').waitFor();

	await one.getByLabel('Key take-aways').fill('Too late for this one.');
	const dialog = one.getByRole('dialog', { name: 'This scorecard was submitted in another window' });
	await expect(dialog).toContainText('Too late for this one.');
	await dialog.getByRole('button', { name: 'Drop these changes' }).click();
	await expect(one.getByText('You can take it back for')).toBeVisible();
});

test('a session that ends in the middle of a draft asks its owner back in, and the draft goes on', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	await rate(page, 'Logical depth', 3);
	await expect(saving(page)).toHaveText(/^Saved/);
	await page.context().clearCookies();
	page.watch.expect(401, /^\/v1\/(scorecards\/|auth\/refresh$)/);
	await page.getByLabel('Key take-aways').fill(words);

	const dialog = page.getByRole('dialog', { name: 'Sign in' });
	await expect(dialog).toContainText('what you wrote is kept on this device');
	await expect(dialog.getByLabel('E-mail')).toHaveValue(site.users.interviewer.email);
	await signIn(page, site.users.interviewer);
	await expect(dialog).toBeHidden();
	await expect(page.getByLabel('Key take-aways')).toHaveValue(words);
	await expect(competency(page, 'Logical depth').locator('input[value="3"]')).toBeChecked();
	await kept(site, interview, (draft) => draft.key_takeaways === words);
});

test('an access token that ran out is renewed without a word, once for all tabs', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	const two = await page.context().newPage();
	await openForm(two, interview);
	await page.context().clearCookies({ name: '__Host-access' });
	page.watch.expect(401, /^\/v1\//);
	page.watch.expect(412, /^\/v1\/scorecards\//);
	page.watch.expect(409, /^\/v1\/scorecards$/);
	await Promise.all([
		page.getByLabel('Key take-aways').fill(words),
		two.getByLabel('Private note').fill('A note from the other tab.'),
	]);
	await expect(saving(page)).toHaveText(/^Saved/);
	await expect(saving(two)).toHaveText(/^Saved/);
	await expect(page.getByRole('dialog')).toHaveCount(0);
	await kept(site, interview, (draft) => draft.key_takeaways === words && draft.private_note === 'A note from the other tab.');
});

test('signing out with changes that were not sent asks first', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	// What the frame shows on demand comes once the form is there, for when the connection is lost.
	const frame = page.waitForEvent('requestfinished', (request) => /\/assets\/Account-/.test(request.url()));
	await openForm(page, interview);
	await frame;
	await page.context().setOffline(true);
	await page.getByLabel('Key take-aways').fill(words);
	await expect(saving(page)).toHaveText('Offline: kept on this device');
	await page.getByText('Account of Jonas Lind').locator('..').click();
	await page.getByRole('button', { name: 'Sign out' }).click();
	const dialog = page.getByRole('dialog', { name: 'Some changes were not sent yet' });
	await dialog.getByRole('button', { name: 'Stay signed in' }).click();
	await expect(dialog).toBeHidden();
	await expect(page.getByLabel('Key take-aways')).toHaveValue(words);
	await page.context().setOffline(false);
	await kept(site, interview, (draft) => draft?.key_takeaways === words);
});
