// Names as people and attackers write them: shown as text, and nothing breaks.
import { competency, expect, focus, openForm, overflow, rate, recommend, test, unique } from './support/test.mjs';

const script = '<script>window.__pwned=1</script><img src=x onerror="window.__pwned=1"><svg onload=window.__pwned=1>{{7*7}}${7*7}';
const names = {
	'as long as the API allows': (word) => `${word}${'W'.repeat(200)}`.slice(0, 200),
	'with markup in it': (word) => `${word} ${script}`.slice(0, 200),
	'from right to left': (word) => `${word} عمر بن إبراهيم الخيّام ${String.fromCodePoint(0x202e)}gpj.exe`,
	'of emoji and many marks': (word) => `${word} 👩🏽‍💻👨‍👩‍👧‍👦🏳️‍🌈 Z̸̢̛̤͈̯a̴̡l̷g̵o`,
};

async function unharmed(page, text) {
	expect(await page.evaluate(() => window.__pwned), 'no script of a name ran').toBeUndefined();
	expect.soft(await overflow(page), `nothing runs out of ${new URL(page.url()).pathname}`).toEqual({ over: 0, wide: [] });
	if (text !== undefined) await expect(page.getByText(text, { exact: false }).first()).toBeVisible();
}

for (const [kind, make] of Object.entries(names)) {
	test(`a name ${kind} is shown as what it is, on every screen`, async ({ open, site }) => {
		const persona = await site.newcomer(make(unique('Rater')));
		const recruiter = await site.as('recruiter');
		await recruiter.put(`/v1/roles/${site.role.id}/hiring_team/${site.users[persona].id}`, { part: 'interviewer' });
		const interview = await site.interview({ interviewers: [persona, 'interviewer_2'], name: make(unique('Candidate')) });
		const name = interview.candidate_name;

		const page = await open(persona, { viewport: { width: 320, height: 640 } });
		await page.goto('/');
		await page.getByRole('link', { name: /Write scorecard/ }).waitFor();
		await unharmed(page, name);
		await openForm(page, interview);
		await unharmed(page, name);
		for (const one of focus) await rate(page, one, 3);
		await competency(page, focus[0]).getByRole('textbox').fill(make('Evidence'));
		await page.getByLabel('Key take-aways').fill(make('Take-aways'));
		await recommend(page, 'Yes');
		await page.getByRole('button', { name: 'Submit scorecard' }).click();
		await page.getByText(/You can take it back for/).waitFor();
		await unharmed(page, make('Take-aways'));

		await site.scorecard('interviewer_2', interview, { 'Logical depth': 1, 'Database design': 3, 'Code security': 3 });
		const other = await open('recruiter');
		for (const width of [320, 1280]) {
			await other.setViewportSize({ width, height: 800 });
			await other.goto(`/applications/${interview.application_id}`);
			await other.getByRole('heading', { name: 'Record a decision' }).waitFor();
			await unharmed(other, name);
			await expect(other.getByText(make('Evidence')).first()).toBeAttached();
			await other.goto(`/roles/${site.role.id}`);
			await other.getByRole('link', { name: 'Amir Williams' }).waitFor();
			await unharmed(other, name);
		}
		await expect(other).toHaveTitle(/ · Assay$/);
	});
}

test('a role whose title is markup is a role whose title is markup', async ({ open, site }) => {
	const title = `${unique('Role')} ${script}`.slice(0, 200);
	const api = await site.as('recruiter');
	const role = await api.post('/v1/roles', { title, location: script.slice(0, 200), level: '👩🏽‍💻'.repeat(5) });
	const page = await open('recruiter', { viewport: { width: 320, height: 640 } });
	for (const path of ['/', '/roles', `/roles/${role.id}`]) {
		await page.goto(path);
		await page.getByText(title).first().waitFor();
		await unharmed(page, title);
	}
	await page.goto(`/roles?q=${encodeURIComponent('"><script>window.__pwned=1</script>')}`);
	await page.getByText('No role fits.').waitFor();
	await unharmed(page);
	await expect(page.getByRole('searchbox')).toHaveValue('"><script>window.__pwned=1</script>');
	await page.goto(`/roles/${role.id}#<img src=x onerror=window.__pwned=1>`);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await unharmed(page);
});
