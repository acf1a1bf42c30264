// Moving cards on the board with a mouse and with keys alone; a finger scrolls it, and has the list of each card.
import { card, column, now, roleOf } from './support/pipeline.mjs';
import { expect, test } from './support/test.mjs';

test('a card is dragged to a column, and Escape lets go of it', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}`);
	const drag = async (name, to) => {
		const from = await card(page, name).locator('.facts').boundingBox();
		const target = await column(page, to).boundingBox();
		await page.mouse.move(from.x + 10, from.y + 5);
		await page.mouse.down();
		await page.mouse.move(from.x + 40, from.y + 20);
		await page.mouse.move(target.x + 100, target.y + 80, { steps: 4 });
		await expect(page.locator('.over')).toHaveCount(1);
	};
	// The newest stands on top, in view.
	await expect(card(page, made.names[2])).toBeVisible();
	await drag(made.names[2], 'Deep talk');
	await page.keyboard.press('Escape');
	await page.mouse.up();
	await expect(page.locator('.over, .ghost')).toHaveCount(0);
	expect((await now(made, 2)).stage_name).toBe('First call');
	await drag(made.names[2], 'Deep talk');
	await page.mouse.up();
	await expect(card(column(page, 'Deep talk'), made.names[2])).toBeVisible();
	await expect.poll(async () => (await now(made, 2)).stage_name).toBe('Deep talk');
});

test('a card is moved by Alt and arrows, and keeps the focus', async ({ open, site }) => {
	const made = await roleOf(site);
	const page = await open('recruiter');
	await page.goto(`/pipeline?role_id=${made.role.id}`);
	const link = page.getByRole('link', { name: made.names[0] });
	await link.focus();
	await page.keyboard.press('Alt+ArrowRight');
	await expect(card(column(page, 'Deep talk'), made.names[0])).toBeVisible();
	await expect(link).toBeFocused();
	await expect.poll(async () => (await now(made, 0)).stage_name).toBe('Deep talk');
	await page.keyboard.press('Alt+ArrowRight');
	await expect(card(column(page, 'Last talk'), made.names[0])).toBeVisible();
	await expect(link).toBeFocused();
	await expect.poll(async () => (await now(made, 0)).stage_name).toBe('Last talk');
	await page.keyboard.press('Alt+ArrowRight');
	await expect(page.getByRole('dialog', { name: `Reject ${made.names[0]}` })).toBeVisible();
});
