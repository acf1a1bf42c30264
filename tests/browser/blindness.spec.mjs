// What someone who owes a scorecard is shown, and what their browser is told, of the others': nothing.
import { expect, focus, openForm, rate, recommend, test } from './support/test.mjs';

const secrets = [
	'Zirconium evidence about the first answer',
	'Obsidian evidence about the second answer',
	'Malachite take-aways for the debrief',
	'Tourmaline note for the recruiter',
];

/** All of a screen once it is at rest: nothing is on its way any more, and two looks are the same. */
async function still(page) {
	await page.waitForLoadState('networkidle');
	let last = '';
	await expect
		.poll(async () => {
			const before = last;
			last = await page.content();
			return last === before;
		})
		.toBe(true);
	return last;
}

test('whoever owes a scorecard sees nothing of a colleague’s, on screen or on the wire, and all of it afterwards', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const page = await open('interviewer_2');
	// "5 minutes ago" is no difference that a colleague made.
	await page.clock.setFixedTime(Date.now());
	const texts = [];
	const look = async () => {
		await page.goto('/');
		await page.getByRole('link', { name: new RegExp(interview.candidate_name) }).waitFor();
		texts.push(await still(page));
		await openForm(page, interview);
		texts.push(await still(page));
		await page.goto(`/roles/${site.role.id}`);
		await page.getByRole('link', { name: interview.candidate_name }).waitFor();
		texts.push(await still(page));
		await page.goto(`/applications/${interview.application_id}`);
		await page.getByRole('heading', { name: 'Yours first' }).waitFor();
		texts.push(await still(page));
	};
	await look();
	const before = texts.splice(0);
	await site.scorecard(
		'interviewer',
		interview,
		{
			'Logical depth': { value: 5, evidence: secrets[0] },
			'Database design': { value: 1, evidence: secrets[1] },
			'Code security': 3,
		},
		{ recommendation: 'strong_no', key_takeaways: secrets[2], private_note: secrets[3] },
	);
	await look();
	expect(texts, 'the screens are the same before and after the colleague submitted').toEqual(before);
	const told = `${await page.watch.heard()}\n${texts.join('\n')}`;
	for (const secret of secrets) expect(told).not.toContain(secret);

	await openForm(page, interview);
	for (const name of focus) await rate(page, name, 3);
	await recommend(page, 'Yes');
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	await page.getByRole('link', { name: 'Open the debrief' }).click();
	await page.getByText(secrets[2]).first().waitFor();
	await expect(page.getByText('2 points apart').first()).toBeVisible();
	for (const secret of secrets.slice(0, 3)) await expect(page.getByText(secret).first()).toBeAttached();
	expect(`${await page.watch.heard()}\n${await page.content()}`, 'the private note is not for colleagues').not.toContain(secrets[3]);
});

test('the debrief of someone who owes a scorecard does not even ask for scorecards and decisions', async ({ open, site }) => {
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	const page = await open('interviewer');
	const asked = [];
	page.on('request', (request) => asked.push(new URL(request.url()).pathname));
	await page.goto(`/applications/${interview.application_id}`);
	await page.getByRole('heading', { name: 'Yours first' }).waitFor();
	expect(asked.filter((path) => /^\/v1\/.*(scorecards|decisions)/.test(path))).toEqual([]);
	await page.getByRole('link', { name: 'Go to your scorecard' }).click();
	await expect(page).toHaveURL(new RegExp(`/interviews/${interview.id}$`));
});
