// make bench-web: the interface's budgets in Chromium, with the demo company and with 10,000 applications more
// (docs/performance.md). WEB_ROUNDS each (3), WEB_MANY applications (10,000), WEB_ONLY=screens or scroll,
// WEB_SCREENS names some, with ; between them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';

import { chromium } from '../browser/node_modules/@playwright/test/index.mjs';
import config from '../browser/playwright.config.mjs';
import { many } from '../support/many.mjs';
import { root, startServer } from '../support/server.mjs';
import { grid, median } from './table.mjs';

const ROUNDS = Number(process.env.WEB_ROUNDS ?? 3);
const MANY = Number(process.env.WEB_MANY ?? 10_000);
const ONLY = process.env.WEB_ONLY ?? 'screens,scroll';
const SCREENS = process.env.WEB_SCREENS?.split(';');
// What a screen may cost on a phone that is four times slower, at 1.6 Mbit/s with 150 ms.
const MOST = { script: 60_000, usable: 2000, blocking: 150, shift: 0.05, task: 50 };
const SLOW = { cpu: 4, network: { offline: false, latency: 150, downloadThroughput: 1_600_000 / 8, uploadThroughput: 750_000 / 8 } };
const AFTER_MS = 1500; // what still happens when it can be used
const WINDOW_MS = 1500; // while the browser draws what belongs to a new window of its own: no screen shares the processor with it

// Of the page's own main thread, how long each task kept the processor: what else the machine does is not in it,
// nor what the browser draws for itself.
const TRACED = ['toplevel', 'disabled-by-default-devtools.timeline'];

function mainTasks(trace, url) {
	const { traceEvents } = JSON.parse(trace.toString());
	const frames = traceEvents.flatMap(({ name, args }) => (name === 'FrameCommittedInBrowser' ? [args.data] : name === 'TracingStartedInBrowser' ? (args.data.frames ?? []) : []));
	const pages = new Set(frames.filter((one) => one.url.startsWith(url)).map((one) => one.processId));
	const main = new Set(
		traceEvents.filter(({ name, args, pid }) => name === 'thread_name' && args.name === 'CrRendererMain' && pages.has(pid)).map(({ pid, tid }) => `${pid}/${tid}`),
	);
	if (main.size !== 1) throw new Error(`the trace holds ${main.size} main threads of ${url}`);
	return traceEvents
		.filter((one) => one.name === 'RunTask' && one.ph === 'X' && main.has(`${one.pid}/${one.tid}`))
		.map((one) => (one.tdur ?? one.dur) / 1000);
}

const say = (text) => process.stderr.write(`${text}\n`);
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));

// ---- the company --------------------------------------------------------------------------------

class Company {
	async start() {
		this.server = await startServer({ program: process.env.ASSAY_BINARY ?? join(root, 'build/assay'), args: ['--demo'] });
		this.demo = JSON.parse(await this.server.command('demo', '--json'));
		this.roles = (await this.get('/v1/roles?sort=title')).data;
		this.role = this.roles.find((one) => one.title === 'Senior Backend Developer');
		this.amir = (await this.get('/v1/applications?limit=100')).data.find((one) => one.candidate_name === 'Amir Williams');
		const due = (await this.get('/v1/interviews?mine=true', 'interviewer')).data;
		this.interview = due.find((one) => one.candidate_name === 'Daisy Kim');
		return this;
	}

	person(persona) {
		return this.demo.users.find((one) => one.persona === persona);
	}

	async token(persona) {
		const { email, password } = this.person(persona);
		const answer = await fetch(`${this.server.url}/v1/auth/login`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify({ email, password }),
		});
		return (await answer.json()).access_token;
	}

	async get(path, persona = 'recruiter') {
		this.tokens ??= {};
		this.tokens[persona] ??= await this.token(persona);
		const answer = await fetch(this.server.url + path, { headers: { Authorization: `Bearer ${this.tokens[persona]}` } });
		if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
		return answer.json();
	}

	async grow(count) {
		const stages = (await this.get(`/v1/roles/${this.role.id}/stages`)).data;
		const team = (await this.get(`/v1/roles/${this.role.id}/hiring_team`)).data;
		const interviewers = team.filter((one) => one.part === 'interviewer').map((one) => one.user_id);
		await many(this.server, { organization: this.demo.organization.id, role: this.role, stages, interviewers, count });
	}

	/** Each screen: who, where, and what is there once it can be used. */
	screens() {
		const of = (path, who, ready) => ({ path, who, ready });
		const role = this.role.id;
		const all = {
			'sign-in': of('/sign-in', null, 'form button[type=submit]'),
			'home, interviewer': of('/', 'interviewer', 'main a[href^="/interviews/"]'),
			'home, recruiter': of('/', 'recruiter', 'main section a[href]'),
			'home, hiring manager': of('/', 'hiring_manager', 'main section a[href]'),
			'interview room': of(`/interviews/${this.interview.id}`, 'interviewer', 'fieldset input[type=radio]'),
			roles: of('/roles', 'recruiter', 'main a[href^="/roles/0"]'),
			role: of(`/roles/${role}`, 'recruiter', 'main a[href^="/applications/"]'),
			plan: of(`/roles/${role}/plan`, 'recruiter', 'main h3'),
			'board, one role': of(`/pipeline?role_id=${role}`, 'recruiter', '[data-card]'),
			'board, all roles': of('/pipeline', 'recruiter', '[data-card]'),
			'table, one role': of(`/pipeline?role_id=${role}&view=table`, 'recruiter', 'tbody a[href^="/applications/"]'),
			candidates: of('/candidates', 'recruiter', 'tbody a[href^="/candidates/"]'),
			candidate: of(`/candidates/${this.amir.candidate_id}`, 'recruiter', 'main h2'),
			debrief: of(`/applications/${this.amir.id}`, 'recruiter', 'main table'),
			comparison: of(`/roles/${role}/comparison`, 'recruiter', 'main h2'),
			reports: of('/reports', 'recruiter', 'main a[href^="/reports/"]'),
			'report, funnel': of(`/reports/funnel?role_id=${role}`, 'recruiter', 'main table'),
			'report, load': of('/reports/load', 'recruiter', 'main table'),
			rubrics: of('/rubrics', 'recruiter', 'main a[href^="/rubrics/"]'),
			templates: of('/templates', 'recruiter', 'main a[href^="/templates/"]'),
			import: of('/import', 'recruiter', 'main input'),
			users: of('/users', 'admin', 'tbody a'),
			audit: of('/audit', 'admin', 'main li'),
			settings: of('/settings', 'admin', 'main fieldset, main input'),
		};
		return Object.entries(all).filter(([name]) => SCREENS?.includes(name) ?? true);
	}
}

// ---- what the page tells ------------------------------------------------------------------------

/** In the page, from its first moment: long tasks, layout shift, and when the screen could be used. */
function watch(ready) {
	const seen = { tasks: [], shift: 0, moved: [], ready: null };
	window.__seen = seen;
	new PerformanceObserver((list) => {
		for (const one of list.getEntries()) seen.tasks.push({ at: one.startTime, ms: one.duration });
	}).observe({ type: 'longtask', buffered: true });
	new PerformanceObserver((list) => {
		for (const one of list.getEntries()) {
			if (one.hadRecentInput) continue;
			seen.shift += one.value;
			seen.moved.push(...one.sources.map(({ node }) => `${node?.nodeName}.${node?.className ?? ''}`));
		}
	}).observe({ type: 'layout-shift', buffered: true });
	if (!ready) return;
	const look = () => {
		if (seen.ready !== null || !document.querySelector('h1') || document.querySelector('.bone, .bones')) return;
		if (!document.querySelector(ready)) return;
		seen.ready = -1;
		requestAnimationFrame(() => setTimeout(() => (seen.ready = performance.now()), 0));
	};
	new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
}

class Look {
	constructor(browser, company) {
		Object.assign(this, { browser, company });
	}

	async open(size, who, { ready, slow }) {
		const { use } = config.projects.find((one) => one.name === size);
		const { locale, timezoneId } = config.use;
		const context = await this.browser.newContext({ ...use, locale, timezoneId, baseURL: this.company.server.url, reducedMotion: 'reduce' });
		if (who) {
			const { email, password } = this.company.person(who);
			const answer = await context.request.post('/v1/auth/login', { data: { email, password, session: 'cookie' } });
			if (!answer.ok()) throw new Error(`${email} cannot sign in`);
		}
		const page = await context.newPage();
		await sleep(WINDOW_MS);
		await page.addInitScript(watch, ready);
		if (slow) {
			const cdp = await context.newCDPSession(page);
			await cdp.send('Network.enable');
			await cdp.send('Network.emulateNetworkConditions', SLOW.network);
			await cdp.send('Emulation.setCPUThrottlingRate', { rate: SLOW.cpu });
		}
		return page;
	}

	/** One screen on the slow phone, with nothing kept from before. */
	async screen({ path, who, ready }) {
		const page = await this.open('phone', who, { ready, slow: true });
		try {
			await this.browser.startTracing(page, { categories: TRACED });
			await page.goto(path, { waitUntil: 'commit' });
			for (let tries = 0; ; tries += 1) {
				if ((await page.evaluate(() => window.__seen.ready)) > 0) break;
				if (tries > 300) throw new Error(`${path} is never usable: ${(await page.locator('body').innerText()).slice(0, 300)}`);
				await sleep(100);
			}
			await sleep(AFTER_MS);
			const found = await page.evaluate(() => {
				const { tasks, shift, moved, ready: at } = window.__seen;
				// Usable when it is there and nothing that began before keeps it from answering.
				const usable = Math.max(at, ...tasks.filter((one) => one.at <= at).map((one) => one.at + one.ms));
				const came = performance.getEntriesByType('resource').filter((one) => one.responseEnd <= usable);
				const bytes = (all) => all.reduce((sum, one) => sum + one.encodedBodySize, 0);
				return {
					script: bytes(came.filter((one) => one.name.endsWith('.js'))),
					data: bytes(came.filter((one) => new URL(one.name).pathname.startsWith('/v1/'))),
					requests: came.length,
					usable,
					shift,
					moved,
					tasks,
				};
			});
			const long = mainTasks(await this.browser.stopTracing(), this.company.server.url).filter((ms) => ms > 50);
			return { ...found, long, longest: Math.max(0, ...long), blocking: long.reduce((sum, ms) => sum + ms - 50, 0) };
		} finally {
			await page.context().close();
		}
	}

	/** Scrolls to the end as a wheel does; resolves with the longest task on the way. */
	async scroll(size, path, ready, { column, step }) {
		const page = await this.open(size, 'recruiter', { ready, slow: false });
		try {
			await page.goto(path);
			await page.waitForFunction(() => window.__seen.ready > 0);
			await sleep(500);
			await page.evaluate(() => (window.__seen.tasks.length = 0));
			await this.browser.startTracing(page, { categories: TRACED });
			const found = await page.evaluate(
				async ({ column, step, patience }) => {
					const frame = () => new Promise((done) => requestAnimationFrame(done));
					const box = column ? [...document.querySelectorAll('[data-column] .list')].sort((a, b) => b.scrollHeight - a.scrollHeight)[0] : document.scrollingElement;
					let last = performance.now();
					let frames = 0;
					while (performance.now() - last < patience) {
						const before = box.scrollTop;
						box.scrollTop += step;
						if (box.scrollTop !== before) {
							last = performance.now();
							frames += 1;
						}
						await frame();
					}
					const height = box.scrollHeight;
					// And back, past what was drawn before.
					while (box.scrollTop > 0) {
						box.scrollTop -= step * 4;
						frames += 1;
						await frame();
					}
					return { height, frames, elements: document.querySelectorAll('*').length };
				},
				{ column, step, patience: 3000 },
			);
			const all = mainTasks(await this.browser.stopTracing(), this.company.server.url);
			if (all.length < found.frames) throw new Error(`the trace holds ${all.length} tasks of ${found.frames} frames`);
			const tasks = all.filter((ms) => ms > MOST.task);
			const wall = await page.evaluate(() => window.__seen.tasks.map(({ ms }) => ms));
			return { ...found, task: Math.max(0, ...tasks), long: tasks.length, wall };
		} finally {
			await page.context().close();
		}
	}
}

// ---- the run ------------------------------------------------------------------------------------

const scrolls = (company) => {
	const board = { path: `/pipeline?role_id=${company.role.id}`, ready: '[data-card]', how: { column: true, step: 600 } };
	const across = { path: '/pipeline', ready: '[data-card]', how: { column: true, step: 600 } };
	const table = { path: `/pipeline?role_id=${company.role.id}&view=table`, ready: 'tbody a', how: { column: false, step: 400 } };
	const candidates = { path: '/candidates', ready: 'tbody a', how: { column: false, step: 400 } };
	const all = { 'board, one role': board, 'board, all roles': across, 'table, one role': table, candidates };
	return Object.fromEntries(Object.entries(all).filter(([name]) => SCREENS?.includes(name) ?? true));
};

async function screensOf(look, company, applications) {
	const rows = new Map();
	for (let round = 0; round < ROUNDS; round += 1) {
		for (const [name, screen] of company.screens()) {
			if (!rows.has(name)) rows.set(name, []);
			const one = await look.screen(screen);
			rows.get(name).push(one);
			say(`  ${applications}, ${name}: ${Math.round(one.usable)} ms, blocking ${Math.round(one.blocking)} ms, ${one.script} bytes`);
		}
	}
	return [...rows].map(([name, rounds]) => {
		const figures = Object.fromEntries(['script', 'usable', 'blocking', 'longest', 'shift', 'requests', 'data'].map((key) => [key, median(rounds.map((one) => one[key]))]));
		const missed = Object.keys(figures).filter((key) => figures[key] > MOST[key]);
		return { applications, name, ...figures, missed, rounds };
	});
}

async function scrollsOf(look, company) {
	const rows = [];
	for (const size of ['laptop', 'phone']) {
		for (const [name, { path, ready, how }] of Object.entries(scrolls(company))) {
			const rounds = [];
			for (let round = 0; round < ROUNDS; round += 1) rounds.push(await look.scroll(size, path, ready, how));
			const figures = Object.fromEntries(['task', 'long', 'frames', 'height', 'elements'].map((key) => [key, median(rounds.map((one) => one[key]))]));
			rows.push({ size, name, ...figures, missed: figures.task > MOST.task ? ['task'] : [], rounds });
			say(`  scroll, ${size}, ${name}: longest ${Math.round(figures.task)} ms of ${figures.frames} frames`);
		}
	}
	return rows;
}

const figure = (row, key, text) => (row.missed.includes(key) ? `${text} MISSED` : text);

function tables({ screens, scrolled }) {
	const parts = [];
	if (screens.length > 0) {
		const head = ['applications', 'screen', 'script, bytes', 'usable, ms', 'blocking, ms', 'longest task, ms', 'layout shift', 'requests', 'data, bytes'];
		const rows = screens.map((row) => [
			row.applications,
			row.name,
			figure(row, 'script', row.script.toLocaleString('en')),
			figure(row, 'usable', row.usable.toFixed(0)),
			figure(row, 'blocking', row.blocking.toFixed(0)),
			row.longest === 0 ? '< 50' : row.longest.toFixed(0),
			figure(row, 'shift', row.shift.toFixed(3)),
			String(row.requests),
			row.data.toLocaleString('en'),
		]);
		const most = ['', 'at most', MOST.script.toLocaleString('en'), String(MOST.usable), String(MOST.blocking), '', String(MOST.shift), '', ''];
		parts.push(grid(head, [most, ...rows]));
	}
	if (scrolled.length > 0) {
		const head = ['scrolled', 'on', 'longest task, ms', 'tasks of 50 ms', 'frames', 'pixels high', 'elements'];
		const rows = scrolled.map((row) => [
			row.name,
			row.size,
			figure(row, 'task', row.task === 0 ? '< 50' : row.task.toFixed(0)),
			String(row.long),
			String(row.frames),
			row.height.toLocaleString('en'),
			row.elements.toLocaleString('en'),
		]);
		parts.push(grid(head, rows));
	}
	return `${parts.join('\n\n')}\n`;
}

const started = loadavg()[0];
const company = await new Company().start();
const browser = await chromium.launch(config.use.launchOptions);
const look = new Look(browser, company);
const result = { screens: [], scrolled: [] };
const out = join(root, 'build/bench');
mkdirSync(out, { recursive: true });
/** After each part: what was measured is kept when a later part fails. */
function keep() {
	const about = { at: new Date().toISOString(), rounds: ROUNDS, many: MANY, load: [started, loadavg()[0]], most: MOST };
	writeFileSync(join(out, 'web.json'), `${JSON.stringify({ ...about, ...result }, null, '\t')}\n`);
	writeFileSync(join(out, 'web.md'), tables(result));
}
try {
	const screens = ONLY.includes('screens');
	if (screens) result.screens.push(...(await screensOf(look, company, 'demo')));
	keep();
	await company.grow(MANY);
	if (screens) result.screens.push(...(await screensOf(look, company, MANY.toLocaleString('en'))));
	keep();
	if (ONLY.includes('scroll')) result.scrolled.push(...(await scrollsOf(look, company)));
} finally {
	await browser.close();
	await company.server.stop();
}
keep();
process.stdout.write(tables(result));
process.exit([...result.screens, ...result.scrolled].some((row) => row.missed.length > 0) ? 1 : 0);
