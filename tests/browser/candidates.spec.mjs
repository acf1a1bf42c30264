// Candidates: found, added, read beside their résumé, written about, merged, held and erased.
import { clean, looking } from './support/looking.mjs';

import { expect, overflow, test, unique } from './support/test.mjs';

test('a candidate is added with an application, found by typing, and opened from the palette', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	const name = unique('Hedy Lamarr');
	await page.goto('/candidates');
	await expect(page.locator('tbody tr').first()).toBeVisible();
	await clean(page, 'list');
	await page.getByRole('heading', { level: 1 }).click();
	await page.keyboard.press('c');
	await expect(page).toHaveURL('/candidates/new');
	await page.getByRole('button', { name: 'Add the candidate' }).click();
	await expect(page.getByRole('link', { name: 'Enter their name.' })).toBeVisible();
	await clean(page, 'form with an error');
	await page.getByRole('link', { name: 'Enter their name.' }).click();
	await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
	await page.getByLabel('Name', { exact: true }).fill(name);
	await page.getByLabel('E-mail').fill(`${name.toLowerCase().replaceAll(' ', '.')}@mail.example`);
	await page.getByLabel(/^Skills/).fill('SQL, Radio');
	await page.getByRole('combobox', { name: 'Role that they apply for' }).fill(site.role.title);
	await page.getByRole('option', { name: site.role.title }).first().click();
	await page.getByRole('button', { name: 'Add the candidate' }).click();
	await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
	await expect(page.getByRole('region', { name: 'Applications' })).toContainText(site.role.title);
	await clean(page, 'profile');

	await page.goto('/candidates');
	await page.getByLabel('Search candidates').fill(name);
	await expect(page.locator('tbody tr')).toHaveCount(1);
	await expect(page.getByText('1 candidate', { exact: true })).toBeVisible();
	await page.keyboard.press('Control+k');
	await page.getByRole('combobox', { name: 'Go to or do' }).fill(name);
	await page.getByRole('option', { name }).click();
	await expect(page).toHaveURL(/\/candidates\/[0-9a-f-]{36}$/);
});

test('a résumé is read, its words lead to flags, and a person decides them', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const candidate = await api.post('/v1/candidates', { name: unique('Annie Easley') });
	await api.post('/v1/applications', { candidate_id: candidate.id, role_id: site.role.id });
	const page = await looking(open, 'recruiter');
	await page.goto(`/candidates/${candidate.id}/documents`);
	await expect(page.getByText('No documents yet.')).toBeVisible();
	await page.getByRole('button', { name: 'Upload' }).click();
	await expect(page.getByRole('alert').getByText('Choose a file.')).toBeVisible();
	await clean(page, 'documents, none chosen');
	await page.getByLabel('File', { exact: true }).setInputFiles({
		name: 'resume.txt',
		mimeType: 'text/plain',
		buffer: Buffer.from('Cut p99 latency from 900 ms to 120 ms. Was on call for the payments service. Designed the PostgreSQL schema and migrations.'),
	});
	await page.getByRole('button', { name: 'Upload' }).click();
	await expect(page.getByText('Text was read')).toBeVisible();
	await page.getByRole('link', { name: 'Résumé and screening' }).click();
	await expect(page.getByText('Cut p99 latency')).toBeVisible();
	await expect(page.locator('mark').first()).toBeVisible();
	const confirm = page.getByRole('button', { name: /^Confirm:/ }).first();
	await confirm.click();
	await expect(page.getByText('Confirmed')).toHaveCount(1);
	await clean(page, 'screening');
	const [application] = (await api.get(`/v1/applications?candidate_id=${candidate.id}`)).data;
	expect(application.status, 'nobody is rejected by a flag').toBe('active');
	await page.getByRole('button', { name: /^Take back:/ }).click();
	await expect(page.getByText('Confirmed')).toHaveCount(0);
});

test('a note mentions a colleague, and its deletion is taken back', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const candidate = await api.post('/v1/candidates', { name: unique('Karen Jones') });
	await api.post('/v1/applications', { candidate_id: candidate.id, role_id: site.role.id });
	const page = await looking(open, 'recruiter');
	await page.goto(`/candidates/${candidate.id}/notes`);
	await page.getByLabel('Note', { exact: true }).fill('Asked about remote work.');
	await page.getByRole('combobox', { name: 'Mention a colleague' }).fill(site.users.admin.name.slice(0, 4));
	await page.getByRole('listbox', { name: 'Mention a colleague' }).getByRole('option').first().click();
	await page.getByRole('button', { name: 'Save the note' }).click();
	await expect(page.locator('li').getByText('Asked about remote work.')).toBeVisible();
	await clean(page, 'notes');
	await page.getByRole('button', { name: 'Delete the note' }).click();
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect(page.locator('li').getByText('Asked about remote work.')).toBeVisible();
	await page.getByRole('link', { name: 'Timeline' }).click();
	await expect(page.getByText(`Applied for ${site.role.title}`)).toBeVisible();
	await clean(page, 'timeline');
});

test('two records of one person become one, and two again', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const name = unique('Mary Wilkes');
	const [kept, other] = [await api.post('/v1/candidates', { name, phone: '+1 555 0100 77' }), await api.post('/v1/candidates', { name, phone: '+1 555 0100 77' })];
	const page = await looking(open, 'recruiter');
	await page.goto(`/candidates/${kept.id}/data`);
	await page.getByRole('button', { name: `Merge ${name} into this record` }).click();
	await clean(page, 'merge, asked');
	await page.getByRole('button', { name: 'Merge', exact: true }).click();
	await expect(page.getByText(`${name} is merged into this record.`)).toBeVisible();
	await expect(api.get(`/v1/candidates/${other.id}`)).rejects.toThrow(/410/);
	page.watch.expect(410, new RegExp(other.id));
	const merged = await page.context().newPage();
	await merged.goto(`/candidates/${other.id}`);
	await expect(merged.getByRole('link', { name: 'Open the other record' })).toHaveAttribute('href', `/candidates/${kept.id}`);
	await page.getByRole('button', { name: 'Undo' }).click();
	await expect.poll(() => api.get(`/v1/candidates/${other.id}`).then((one) => one.name, () => null)).toBe(name);
});

test('a legal hold keeps from erasing; lifted, erasing says what it does and leaves nothing', async ({ open, site }) => {
	const api = await site.as('admin');
	const name = unique('Joan Clarke');
	const candidate = await api.post('/v1/candidates', { name });
	const page = await looking(open, 'admin');
	page.watch.expect(410, new RegExp(candidate.id));
	await page.goto(`/candidates/${candidate.id}/data`);
	await page.getByLabel('Reason', { exact: true }).fill('A claim is open.');
	await page.getByRole('button', { name: 'Set a legal hold' }).click();
	await expect(page.getByText('A legal hold stands; lift it first.')).toBeVisible();
	await page.getByRole('button', { name: 'Make an export' }).click();
	await expect(page.getByText('To review')).toBeVisible();
	await clean(page, 'personal data, held');
	await page.getByRole('button', { name: /Lift the legal hold/ }).click();
	await page.getByRole('dialog').getByRole('button', { name: 'Lift the legal hold' }).click();
	await page.getByRole('button', { name: 'Erase …' }).click();
	await expect(page.getByRole('dialog')).toContainText('It cannot be undone.');
	await clean(page, 'erase, asked');
	await page.getByRole('button', { name: 'Erase for good' }).click();
	await expect(page.getByText('This candidate was erased.')).toBeVisible();
	await expect(page.getByText(name)).toHaveCount(0);
});

test('an interviewer reads the résumé without the checklist, and is asked for nothing they may not see', async ({ open, site }) => {
	const interview = await site.interview();
	const api = await site.as('recruiter');
	const { candidate_id: id } = await api.get(`/v1/applications/${interview.application_id}`);
	const page = await looking(open, 'interviewer');
	await page.goto(`/candidates/${id}`);
	await page.getByRole('link', { name: 'Résumé', exact: true }).click();
	await expect(page.getByRole('heading', { name: 'Résumé' })).toBeVisible();
	await expect(page.getByText('No résumé that can be read yet.', { exact: true })).toBeVisible();
	await expect(page.getByText('Speaks for them')).toHaveCount(0);
	await clean(page, 'the résumé alone');
	expect(page.watch.refusals).toEqual([]);
	// The key for a new candidate leads nowhere for them, and the address says so.
	await page.getByRole('heading', { level: 1 }).click();
	await page.keyboard.press('c');
	await expect(page).toHaveURL(`/candidates/${id}/screening`);
	await page.goto('/candidates/new');
	await expect(page.getByText('This is not yours to do')).toBeVisible();
	await clean(page, 'a form of others');
});

test('what they want and what they consented to are written down', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const { id } = await api.post('/v1/candidates', { name: unique('Radia Perlman') });
	const page = await looking(open, 'recruiter');
	await page.goto(`/candidates/${id}`);
	await page.getByRole('button', { name: 'Write down what they want' }).click();
	const wants = page.getByRole('form', { name: 'What they want' });
	await wants.getByLabel('Leadership').check();
	await wants.getByLabel('Place of work').selectOption({ label: 'Remote' });
	await wants.getByLabel('Amount').fill('90000');
	await wants.getByRole('button', { name: 'Save' }).click();
	await expect(wants.getByRole('alert')).toContainText('Name the currency by its three letters');
	await wants.getByLabel('Currency').fill('eur');
	await wants.getByLabel('Notice, in weeks').fill('6');
	await page.getByRole('button', { name: 'Record consent' }).click();
	const consent = page.getByRole('form', { name: 'Consent' });
	await consent.getByLabel('Given on').fill('2026-01-15');
	await consent.getByLabel('Holds until').fill('2026-01-14');
	await consent.getByLabel('Where').fill('Application form');
	await consent.getByRole('button', { name: 'Save' }).click();
	await expect(consent.getByRole('alert')).toContainText('It ends before it begins.');
	await clean(page, 'both forms');
	await consent.getByLabel('Holds until').fill('2028-01-14');
	// The page that comes again is slow.
	let comes;
	const later = new Promise((resolve) => (comes = resolve));
	await page.route(`**/v1/candidates/${id}`, async (route) => {
		if (route.request().method() === 'GET') await later;
		await route.continue().catch(() => undefined);
	});
	await consent.getByRole('button', { name: 'Save' }).click();
	await expect(consent).toHaveCount(0);
	// What was typed beside it is still there, and is saved as of the newest version.
	await expect(wants.getByLabel('Notice, in weeks')).toHaveValue('6');
	await wants.getByRole('button', { name: 'Save' }).click();
	await expect(wants).toHaveCount(0);
	await expect(page.getByText('90,000 EUR a year')).toBeVisible();
	await expect(page.getByText('Given 15 Jan 2026 (Application form)')).toBeVisible();
	comes();
	await clean(page, 'wants and consent');
	const kept = await api.get(`/v1/candidates/${id}`);
	expect(kept.wants).toMatchObject({ goals: ['leadership'], work_mode: 'remote', salary: { amount: 90000, currency: 'EUR', period: 'year' }, notice_weeks: 6 });
	expect(kept.consent).toMatchObject({ source: 'Application form', given_at: '2026-01-14T23:00:00.000Z' });
});

test('names and dates in the list keep their lines', async ({ open, site }, { project }) => {
	test.skip(project.name === 'phone', 'cards there');
	const api = await site.as('recruiter');
	const name = unique('Margaret Hamilton');
	await api.post('/v1/candidates', { name, headline: 'word '.repeat(50).trim(), source: 'A conference in the north', tags: ['one', 'two', 'three', 'four'], location: 'Somewhere far away' });
	const page = await looking(open, 'recruiter');
	await page.goto(`/candidates?q=${encodeURIComponent(name)}`);
	const row = page.getByRole('row').filter({ hasText: name });
	const lines = (cell) => cell.evaluate((one) => {
		const range = document.createRange();
		range.selectNodeContents(one);
		return new Set([...range.getClientRects()].filter((each) => each.width > 0).map((each) => Math.round(each.bottom / 10))).size;
	});
	expect(await lines(row.getByRole('cell').last())).toBe(1);
	expect((await row.getByRole('rowheader').boundingBox()).width).toBeGreaterThan(170);
});

test('who manages a role finds its checklist, under headings in their order', async ({ open, site }) => {
	const interview = await site.interview();
	const { candidate_id: id } = await (await site.as('recruiter')).get(`/v1/applications/${interview.application_id}`);
	const page = await looking(open, 'hiring_manager');
	await page.goto(`/candidates/${id}/screening`);
	await expect(page.getByRole('heading', { name: 'Speaks for them' })).toBeVisible();
	const levels = await page.locator('main :is(h1, h2, h3, h4)').evaluateAll((all) => all.map((one) => Number(one.tagName[1])));
	levels.reduce((before, now) => {
		expect(now - before, levels.join()).toBeLessThanOrEqual(1);
		return now;
	}, 0);
});

test('who owes a scorecard reads no verdicts or notes of colleagues here either', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const api = await site.as('recruiter');
	const { candidate_id: id } = await api.get(`/v1/applications/${interview.application_id}`);
	const secret = unique('zirconium');
	await api.post(`/v1/candidates/${id}/notes`, { text: `Not convinced, ${secret}.`, application_id: interview.application_id });
	const page = await looking(open, 'interviewer');
	await page.goto(`/candidates/${id}/notes`);
	await expect(page.getByText('No notes that you may see.')).toBeVisible();
	await page.goto(`/candidates/${id}/timeline`);
	await expect(page.getByText('Added as a candidate')).toBeVisible();
	expect(await page.watch.heard()).not.toContain(secret);
	await clean(page, 'timeline of a blind person');
});

test('a name without end and one with markup stay inside the page', async ({ open, site }) => {
	const api = await site.as('recruiter');
	const name = `<img src=x onerror=alert(1)>${'Wolfeschlegelsteinhausen'.repeat(5)}`.slice(0, 190);
	const candidate = await api.post('/v1/candidates', { name, tags: ['a'.repeat(60)], skills: ['s'.repeat(100)] });
	await api.post('/v1/applications', { candidate_id: candidate.id, role_id: site.role.id });
	const page = await looking(open, 'recruiter');
	for (const address of [`/candidates/${candidate.id}`, '/candidates', `/pipeline?role_id=${site.role.id}`, '/pipeline?view=table']) {
		await page.goto(address);
		await expect(page.getByText(name).first()).toBeVisible();
		expect((await overflow(page)).wide, address).toEqual([]);
	}
});
