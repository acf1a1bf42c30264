// Everything an interviewer does, without a pointer; and the keys that make it quick.
import { competency, evidence, expect, focus, openForm, rate, recommend, saving, test } from './support/test.mjs';

/** What has the focus, as a person sees it: marked, on the screen, and not hidden behind something. */
function focused(page) {
	return page.evaluate(() => {
		const element = document.activeElement;
		const shown = element.closest('label') ?? element;
		const marks = [element, shown].map((one) => getComputedStyle(one));
		const box = shown.getBoundingClientRect();
		const points = [0.1, 0.3, 0.5, 0.7, 0.9].flatMap((x) =>
			[0.1, 0.5, 0.9].map((y) => [box.left + x * box.width, box.top + y * box.height]),
		);
		const seen = points.some(([x, y]) => {
			const top = document.elementFromPoint(x, y);
			return top !== null && (shown.contains(top) || top.contains(shown));
		});
		return {
			id: element.id,
			name: `${element.tagName.toLowerCase()} ${(element.textContent || element.id || element.getAttribute('name') || '').trim().slice(0, 60)}`,
			body: element === document.body,
			marked: marks.some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
			seen,
		};
	});
}

/** Presses Tab until the locator has the focus; each stop on the way must be seen and marked. */
async function tabTo(page, target, { key = 'Tab', most = 60 } = {}) {
	const stops = [];
	for (let step = 0; step < most; step += 1) {
		await page.keyboard.press(key);
		const now = await focused(page);
		if (!now.body) {
			expect(now, `the focus on ${now.name}`).toMatchObject({ marked: true, seen: true });
			stops.push(now);
		}
		if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return stops;
	}
	throw new Error(`Tab does not lead there: ${stops.map((one) => one.name).join(' → ')}`);
}

test('an interviewer signs in, fills in a whole scorecard and submits it without a pointer', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open(null);
	await page.goto('/');
	await page.getByRole('heading', { name: 'Sign in' }).waitFor();
	await tabTo(page, page.getByLabel('E-mail'));
	await page.keyboard.type(site.users.interviewer.email);
	await tabTo(page, page.getByLabel('Password', { exact: true }));
	await page.keyboard.type(site.users.interviewer.password);
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { level: 1 })).toHaveText('Home');

	await tabTo(page, page.getByRole('link', { name: new RegExp(interview.candidate_name) }));
	await page.keyboard.press('Enter');
	await expect(page.getByRole('heading', { level: 1 }), 'focus follows to the new screen').toBeFocused();
	await page.getByRole('button', { name: 'Submit scorecard' }).waitFor();

	await tabTo(page, page.getByText('Interview kit').locator('xpath=ancestor::summary'));
	await page.keyboard.press('Enter');
	await expect(page.getByText('Dogma without context')).toBeVisible();
	await page.keyboard.press('Enter');

	// Arrow keys, as in every group of radio buttons.
	await tabTo(page, competency(page, 'Logical depth').locator('input[value="1"]'));
	await page.keyboard.press('Space');
	await page.keyboard.press('ArrowDown');
	await page.keyboard.press('ArrowDown');
	await expect(competency(page, 'Logical depth').locator('input[value="3"]')).toBeChecked();
	await tabTo(page, evidence(page, 'Logical depth'));
	await page.keyboard.type('Named the usual cases; 1 and n are only letters here.');
	// Single keys.
	await tabTo(page, competency(page, 'Database design').locator('input[value="1"]'));
	await page.keyboard.press('5');
	await expect(competency(page, 'Database design').locator('input[value="5"]')).toBeFocused();
	await page.keyboard.press('j');
	await page.keyboard.press('n');
	await expect(competency(page, 'Code security').locator('input[value="n"]')).toBeChecked();
	await page.keyboard.press('k');
	await expect(competency(page, 'Database design').locator('input[value="5"]')).toBeFocused();

	await page.keyboard.press('Control+Enter');
	const summary = page.getByRole('group', { name: 'Before you can submit' });
	await expect(summary).toBeFocused();
	await tabTo(page, summary.getByRole('link', { name: 'Give evidence for Database design' }));
	await page.keyboard.press('Enter');
	await expect(evidence(page, 'Database design')).toBeFocused();
	expect(await focused(page)).toMatchObject({ marked: true, seen: true });
	await page.keyboard.type('Planned the split while it is in use.');
	await tabTo(page, page.getByLabel('Key take-aways'));
	await page.keyboard.type('Ready for it.');
	await tabTo(page, page.getByRole('radio', { name: 'Strong no' }));
	await page.keyboard.press('Space');
	await page.keyboard.press('ArrowRight');
	await page.keyboard.press('ArrowRight');
	await expect(page.getByRole('radio', { name: 'Yes', exact: true })).toBeChecked();
	await tabTo(page, page.getByRole('button', { name: 'Submit scorecard' }));
	await expect(saving(page)).toHaveText(/^Saved/);
	await page.keyboard.press('Enter');
	await expect(page.getByText(/You can take it back for/)).toBeVisible();
	await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
	const { ratings } = await site.draftOf('interviewer', interview);
	expect(ratings[site.competencies['Logical depth']].evidence).toBe('Named the usual cases; 1 and n are only letters here.');
});

test('the focus goes through the form in the order of the plan, forwards and backwards, and is always seen', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	const order = (stops) => stops.map((one) => one.id).filter((id) => id !== '');
	const submit = page.getByRole('button', { name: 'Submit scorecard' });
	const there = order(await tabTo(page, submit));
	const wanted = [
		...focus.flatMap((name) => [`${site.competencies[name]}-1`, `${site.competencies[name]}-evidence`]),
		'key_takeaways',
		'private_note',
		'recommendation-strong_no',
	];
	expect(there.filter((id) => wanted.includes(id))).toEqual(wanted);
	const back = await tabTo(page, page.getByLabel('Key take-aways'), { key: 'Shift+Tab' });
	expect(order(back)).toContain('private_note');
});

test('every link of the error summary moves the focus to its field', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	await rate(page, 'Database design', 1);
	await page.getByRole('button', { name: 'Submit scorecard' }).click();
	const summary = page.getByRole('group', { name: 'Before you can submit' });
	await expect(summary).toBeFocused();
	const links = summary.getByRole('link');
	const ids = await links.evaluateAll((all) => all.map((one) => one.getAttribute('href').slice(1)));
	expect(ids).toEqual([
		`${site.competencies['Logical depth']}-1`,
		`${site.competencies['Database design']}-evidence`,
		`${site.competencies['Code security']}-1`,
		'recommendation-strong_no',
	]);
	for (const [index, id] of ids.entries()) {
		await links.nth(index).focus();
		await page.keyboard.press('Enter');
		await expect(page.locator(`[id="${id}"]`)).toBeFocused();
		expect(await focused(page), id).toMatchObject({ seen: true });
	}
});

test('single keys go to the screens, can be turned off, and never act while someone types', async ({ open }) => {
	const page = await open('recruiter');
	await page.goto('/');
	await page.getByRole('heading', { name: 'Home' }).waitFor();
	await page.keyboard.press('g');
	await page.keyboard.press('r');
	await expect(page).toHaveURL(/\/roles$/);
	await page.getByRole('heading', { name: 'Roles' }).waitFor();
	await page.keyboard.press('/');
	await expect(page.getByRole('searchbox')).toBeFocused();
	await page.keyboard.type('gi?');
	await expect(page).toHaveURL(/\/roles\?q=gi%3F$/);
	await page.getByRole('heading', { name: 'Roles' }).focus();
	await page.keyboard.press('?');
	const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
	await help.getByRole('checkbox').press('Space');
	await page.keyboard.press('Escape');
	await expect(help).toBeHidden();
	await page.getByRole('heading', { name: 'Roles' }).focus();
	await page.keyboard.press('?');
	await page.keyboard.press('g');
	await page.keyboard.press('i');
	await expect(help).toBeHidden();
	await expect(page).toHaveURL(/\/roles/);
	await page.reload();
	await page.getByRole('heading', { name: 'Roles' }).waitFor();
	await page.keyboard.press('?');
	await expect(help).toBeHidden();
});

test('the hiring manager records a decision without a pointer', async ({ open, site }) => {
	const interview = await site.interview();
	await site.scorecard('interviewer', interview, { 'Logical depth': 4, 'Database design': 4, 'Code security': 4 });
	const page = await open('hiring_manager');
	await page.goto(`/applications/${interview.application_id}`);
	const form = page.getByRole('form', { name: 'Record a decision' });
	await form.waitFor();
	await tabTo(page, form.getByRole('radio').first());
	await page.keyboard.press('Space');
	await tabTo(page, form.getByLabel('Why', { exact: true }));
	await page.keyboard.type('Solid throughout.');
	await tabTo(page, form.getByRole('button', { name: 'Record decision' }));
	await page.keyboard.press('Enter');
	await expect(page.getByText('The decision is recorded.')).toBeVisible();
	await expect(page.getByRole('heading', { level: 1 })).toBeFocused();
});

test('a dialog holds the focus, and gives it back where it was', async ({ open, site }) => {
	const interview = await site.interview();
	const page = await open('interviewer');
	await openForm(page, interview);
	const radio = competency(page, 'Logical depth').locator('input[value="1"]');
	await radio.focus();
	await page.keyboard.press('?');
	const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
	await help.waitFor();
	for (let step = 0; step < 5; step += 1) {
		await page.keyboard.press('Tab');
		const inside = await help.evaluate((one) => document.activeElement === document.body || one.contains(document.activeElement));
		expect(inside).toBe(true);
	}
	await page.keyboard.press('Escape');
	await expect(radio).toBeFocused();
	await recommend(page, 'Yes');
});
