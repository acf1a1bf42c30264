// The debrief on paper: what Chromium prints is read back from the PDF.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from './support/test.mjs';

const paper = { format: 'A4', margin: { top: '14mm', bottom: '14mm', left: '12mm', right: '12mm' } };

/** The text of each page, as it stands on it. */
async function printed(page) {
	const bytes = await page.pdf(paper);
	const folder = mkdtempSync(join(tmpdir(), 'assay-print-'));
	try {
		const file = join(folder, 'one.pdf');
		writeFileSync(file, bytes);
		if (process.env.ASSAY_PRINTED) writeFileSync(process.env.ASSAY_PRINTED, bytes);
		return execFileSync('pdftotext', ['-raw', file, '-'], { encoding: 'utf8' }).split('\f').slice(0, -1);
	} finally {
		rmSync(folder, { recursive: true, force: true });
	}
}

const flat = (pages) => pages.join('\n').replace(/\s+/g, ' ');

test('the packet of a debrief has all that was said and decided, and no controls', async ({ open, site }, { project }) => {
	test.skip(project.name !== 'laptop', 'paper has one size');
	const page = await open('recruiter', { colorScheme: 'dark' });
	await page.goto(`/applications/${site.amir.id}`);
	await page.getByRole('heading', { name: 'Record a decision' }).waitFor();
	const pages = await printed(page);
	const text = flat(pages);
	const api = await site.as('recruiter');
	const cards = (await api.get(`/v1/scorecards?application_id=${site.amir.id}&status=submitted`)).data;
	expect(cards.length).toBeGreaterThan(3);
	for (const card of cards) {
		if (card.key_takeaways) expect(text).toContain(card.key_takeaways.replace(/\s+/g, ' '));
		for (const { evidence } of Object.values(card.ratings).filter((one) => one.evidence)) expect(text).toContain(evidence.replace(/\s+/g, ' '));
	}
	const { data: decisions } = await api.get(`/v1/applications/${site.amir.id}/decisions`);
	for (const words of ['Amir Williams', 'Senior Backend Developer', 'Jonas Lind', 'Mei Tanaka', 'Samuel Okafor', 'Priya Nair', '2 points apart', 'Confidential. Printed by', decisions[0].rationale.replace(/\s+/g, ' ')]) expect(text).toContain(words);
	for (const words of ['Record decision', 'Skip to the content', 'Search or go to', 'Pipeline', 'For the candidate']) expect(text).not.toContain(words);
	expect(pages.length).toBeLessThanOrEqual(5);
	// None is left nearly empty but the last.
	for (const [n, one] of pages.slice(0, -1).entries()) expect(one.split('\n').filter((line) => line.trim() !== '').length, `lines of page ${n + 1}`).toBeGreaterThan(15);
});

test('what a blind person prints tells nothing of colleagues', async ({ open, site }, { project }) => {
	test.skip(project.name !== 'laptop', 'paper has one size');
	const interview = await site.interview({ interviewers: ['interviewer', 'interviewer_2'] });
	await site.scorecard('interviewer_2', interview, { 'Logical depth': 5, 'Database design': 2, 'Code security': 4 }, { key_takeaways: 'Words of a colleague.' });
	const page = await open('interviewer');
	await page.goto(`/applications/${interview.application_id}`);
	await page.getByRole('heading', { name: 'Yours first' }).waitFor();
	const text = flat(await printed(page));
	expect(text).toContain('Yours first');
	for (const words of ['Words of a colleague', 'Seen at', site.users.interviewer_2.name]) expect(text).not.toContain(words);
});
