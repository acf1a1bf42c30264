// Imports: columns to fields, a trial, the import itself, the rows that were not taken; safe to repeat.
import { readFile } from 'node:fs/promises';
import { clean, looking } from './support/looking.mjs';
import { expect, test } from './support/test.mjs';
import { unique } from './support/site.mjs';

const csv = (rows) => ({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(rows) });
const figure = (page, name) => page.locator('dl > div').filter({ hasText: name }).locator('dd');

test('a CSV with columns of its own: mapped, tried, imported, and sent again without effect', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	const source = unique('sheet').replaceAll(' ', '-').toLowerCase();
	const mark = unique('Person');
	await page.goto('/import');
	await page.getByRole('heading', { level: 1, name: 'Import' }).waitFor();
	await clean(page, 'the form');
	await page.getByRole('button', { name: 'Try it first' }).click();
	await expect(page.getByRole('alert')).toContainText('2 things need your attention');
	await clean(page, 'the form refused');
	await page.getByLabel('The system it comes from').fill(source);
	const rows = `Number,Full name,E-Mail,Shoe size\n1,"${mark}, One",one@example.com,40\n2,${mark} Two,two@example.com,41\n3,,three@example.com,42\n`;
	await page.getByLabel('The file').setInputFiles(csv(rows));
	const column = (name) => page.getByRole('combobox', { name });
	await expect(column('Number')).toHaveValue('external_id');
	await expect(column('Full name')).toHaveValue('name');
	await expect(column('Shoe size')).toHaveValue('');
	await clean(page, 'the columns');
	await column('Full name').selectOption('Leave out');
	await page.getByRole('button', { name: 'Try it first' }).click();
	await expect(page.getByRole('alert')).toContainText('A column is missing for: Name.');
	await column('Full name').selectOption('Name');
	await page.getByRole('button', { name: 'Try it first' }).click();
	await expect(page.getByText('Trial, nothing was changed')).toBeVisible();
	await expect(figure(page, 'New')).toHaveText('2');
	await expect(figure(page, 'Not taken')).toHaveText('1');
	await expect(page.getByRole('row', { name: /Name/ }).last()).toBeVisible();
	await clean(page, 'a trial');
	const api = await site.as('recruiter');
	const found = async () => (await api.get(`/v1/candidates?q=${encodeURIComponent(mark.split(' ')[1])}`)).data.length;
	expect(await found()).toBe(0);
	// The rows that were not taken, as a file.
	const [saved] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'Download', exact: true }).click().then(() => page.getByRole('menuitem', { name: /CSV/ }).click()),
	]);
	expect(await readFile(await saved.path(), 'utf8')).toMatch(/^id,row,pointer,code,message\r\n"[^"]+","?3"?,"\/name"/);
	await page.getByRole('button', { name: 'Back to the columns' }).click();
	await expect(page.getByText('people.csv is still chosen.')).toBeVisible();
	await page.getByRole('button', { name: 'Try it first' }).click();
	await page.getByRole('button', { name: 'Import now' }).click();
	await expect(page.getByRole('heading', { name: 'What happened' })).toBeVisible();
	await expect(figure(page, 'New')).toHaveText('2');
	expect(await found()).toBe(2);
	// Again: the same already.
	await page.getByRole('button', { name: 'Another file' }).click();
	await page.getByLabel('The file').setInputFiles(csv(rows));
	await page.getByRole('button', { name: 'Try it first' }).click();
	await expect(figure(page, 'Same already')).toHaveText('2');
	await expect(figure(page, 'New')).toHaveText('0');
	// Its own address.
	await page.getByRole('link', { name: `Candidates from ${source}` }).first().click();
	await expect(page.getByRole('heading', { level: 1 })).toHaveText(`Candidates from ${source}`);
	await clean(page, 'an import');
});

test('what is no file for an import is said at once', async ({ open }) => {
	const page = await looking(open, 'recruiter');
	await page.goto('/import');
	const file = page.getByLabel('The file');
	await file.setInputFiles({ name: 'people.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('PK') });
	await expect(page.getByText('Only CSV, NDJSON and JSON can be read.')).toBeVisible();
	await file.setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.alloc(0) });
	await expect(page.getByText('The file is empty.')).toBeVisible();
});

test('a list is saved whole as a file', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	await page.goto('/roles');
	const [saved] = await Promise.all([
		page.waitForEvent('download'),
		page.getByRole('button', { name: 'Download', exact: true }).click().then(() => page.getByRole('menuitem', { name: /NDJSON/ }).click()),
	]);
	expect(saved.suggestedFilename()).toBe('roles.ndjson');
	const lines = (await readFile(await saved.path(), 'utf8')).trim().split('\n').map((line) => JSON.parse(line));
	expect(lines.some(({ id }) => id === site.role.id)).toBe(true);
});

test('every list that is shown is saved with its filters', async ({ open, site }) => {
	const page = await looking(open, 'admin');
	const save = async (button = 'Download') => {
		const [saved] = await Promise.all([
			page.waitForEvent('download'),
			page.getByRole('button', { name: button, exact: true }).click().then(() => page.getByRole('menuitem', { name: /NDJSON/ }).click()),
		]);
		const text = (await readFile(await saved.path(), 'utf8')).trim();
		return text === '' ? [] : text.split('\n').map((line) => JSON.parse(line));
	};
	await page.goto('/candidates?q=Amir');
	await page.getByRole('link', { name: 'Amir Williams' }).waitFor();
	expect((await save()).map(({ name }) => name)).toEqual(['Amir Williams']);
	await page.goto(`/pipeline?role_id=${site.role.id}&status=${site.amir.status}`);
	const rows = await save();
	expect(rows.some(({ id }) => id === site.amir.id)).toBe(true);
	expect(new Set(rows.map(({ status }) => status))).toEqual(new Set([site.amir.status]));
	await page.goto(`/applications/${site.amir.id}`);
	const cards = await save('Download scorecards');
	expect(cards.length).toBeGreaterThan(1);
	expect(new Set(cards.map(({ application_id: id }) => id))).toEqual(new Set([site.amir.id]));
	await page.goto(`/audit?actor_id=${site.users.recruiter.id}`);
	await page.getByRole('heading', { level: 2 }).first().waitFor();
	expect(new Set((await save()).map(({ actor_id: id }) => id))).toEqual(new Set([site.users.recruiter.id]));
	await page.goto('/users?access_level=admin');
	expect(new Set((await save()).map(({ access_level: level }) => level))).toEqual(new Set(['admin']));
	for (const path of ['/rubrics', '/ladders', '/api-clients']) {
		await page.goto(path);
		await save();
	}
	await page.goto(`/applications/${site.amir.id}`);
	expect((await save('Download decisions')).map(({ application_id: id }) => id)).toContain(site.amir.id);
	await page.goto(`/applications/${site.amir.id}/interviews`);
	const interviews = await save();
	expect(interviews.length).toBeGreaterThan(1);
	expect(new Set(interviews.map(({ application_id: id }) => id))).toEqual(new Set([site.amir.id]));
	const api = await site.as('admin');
	const at = `/v1/candidates/${site.amir.candidate_id}`;
	await api.post(`${at}/notes`, { text: 'To be saved.' });
	await page.goto(`/candidates/${site.amir.candidate_id}/notes`);
	expect((await save()).map(({ text }) => text)).toContain('To be saved.');
	const text = await fetch(`${site.url}${at}/documents?kind=other&filename=list.txt`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${api.token}`, 'Content-Type': 'text/plain' },
		body: 'Of a list.',
	});
	expect(text.status).toBe(201);
	await page.goto(`/candidates/${site.amir.candidate_id}/documents`);
	expect((await save('Download the list')).map(({ filename }) => filename)).toContain('list.txt');
	await api.post('/v1/retention_rules', { country: 'NO', months: 24 });
	await page.goto('/settings/retention');
	expect((await save()).map(({ country }) => country)).toContain('NO');
	const begun = await fetch(`${site.url}/v1/imports?kind=candidates&source=lists&dry_run=true`, {
		method: 'POST',
		headers: { Authorization: `Bearer ${api.token}`, 'Content-Type': 'text/csv' },
		body: 'external_id,name\n1,Nora Falk',
	});
	expect(begun.ok).toBe(true);
	await page.goto('/import');
	expect((await save('Download the list')).map(({ source }) => source)).toContain('lists');
});

test('a menu opens within the window, from a button that is easily hit', async ({ open, site }) => {
	const page = await looking(open, 'recruiter');
	for (const [path, name] of [['/pipeline', 'Download'], [`/roles/${site.role.id}/plan`, 'More for this plan']]) {
		await page.goto(path);
		const button = page.getByRole('button', { name });
		const { width, height } = await button.boundingBox();
		expect(Math.min(width, height)).toBeGreaterThanOrEqual(44);
		await button.click();
		const menu = await page.getByRole('menu').boundingBox();
		expect(menu.x).toBeGreaterThanOrEqual(0);
		expect(menu.x + menu.width).toBeLessThanOrEqual(page.viewportSize().width);
	}
});

test('who may not import does not find it', async ({ open }) => {
	const page = await looking(open, 'interviewer');
	page.watch.expect(403, /^\/v1\/imports$/);
	await page.goto('/');
	await page.getByRole('heading', { level: 1 }).waitFor();
	await expect(page.getByRole('link', { name: 'Import', exact: true })).toHaveCount(0);
});
