// Enough scorecards for the statistical model to have something to say, and waiting until it does.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

// Until the fit has everything, or time is up.
export async function settled(read, good = (model) => model.state === 'current', what = 'settled') {
	for (const end = Date.now() + 20_000; Date.now() < end; await sleep(50)) {
		const seen = await read();
		if (good(seen.model ?? seen)) return seen;
	}
	return assert.fail(`never ${what}: ${JSON.stringify((await read()).model ?? (await read()), null, 1)}`);
}

// A panel: eight candidates of one role, each rated by three of four people, of whom `b` is severe.
const LEVELS = [5, 4, 4, 3, 3, 2, 4, 2];
const PANELS = [
	['a', 'b', 'observer'],
	['a', 'b', 'outsider'],
	['a', 'observer', 'outsider'],
	['b', 'observer', 'outsider'],
];
const clamp = (value) => Math.max(1, Math.min(5, value));

export async function panel(world, count = LEVELS.length) {
	const role = await world.role({
		version: world.version,
		team: world.team,
		stages: [{ independence: 'application' }],
	});
	const rated = [];
	for (let i = 0; i < count; i += 1) {
		const application = await world.application(role);
		const people = PANELS[i % PANELS.length];
		const interview = await world.interview(
			application,
			Object.fromEntries(people.map((key) => [key, 'interviewer'])),
		);
		for (const [k, key] of people.entries()) {
			const off = (key === 'b' ? -1 : 0) + ((i + k) % 3 === 0 ? 1 : 0);
			const level = clamp(LEVELS[i] + off);
			await world.scorecard(
				key,
				interview,
				world.values(level, clamp(level + (i % 2)), clamp(level - (k % 2))),
			);
		}
		rated.push({ application, interview, people });
	}
	return { role, rated };
}
