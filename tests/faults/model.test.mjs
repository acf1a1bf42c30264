// Servers that die by kill -9 while they fit: what was shown stays, and every scorecard gets in.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Server } from '../support/server.mjs';
import { panel, settled } from '../support/panel.mjs';
import { usualWorld } from '../support/world.mjs';
import { Caller, killCluster, program, serve, short, sleep, sql } from './support.mjs';

const KILLS = short(3, 20);

test(`kill -9 during ${KILLS} fits`, { timeout: short(120_000, 600_000) }, async (t) => {
	let server = await serve();
	try {
		const on = ({ port, dataDir }) => new Server({ url: `http://127.0.0.1:${port}`, dataDir, program: program() });
		const world = await usualWorld(on(server), { name: 'Killed' });
		const { role } = await panel(world);
		const org = world.organization.id;
		const counted = (text) => sql(server, text).then(Number);
		const made = [];
		for (let i = 0; i < KILLS; i++) {
			const application = await world.application(role);
			const interview = await world.interview(application, { a: 'interviewer' });
			await world.scorecard('a', interview, world.values(4, 3, 4));
			made.push(application);
			await sleep(i * 7); // somewhere between the change, the fit, and what is shown
			const postmaster = await server.postmaster();
			await server.kill('SIGKILL');
			if (i % 2 === 1) await killCluster(postmaster);
			server = await serve({ dataDir: server.dataDir });
			for (const user of Object.values(world.users)) if (user.client) user.client.server = on(server);
			const caller = new Caller(server.port, world.users.recruiter.token);
			for (const { id } of made)
				await settled(
					async () => (await caller.get(`/v1/applications/${id}/evaluation`)).body,
					(model) => model.state === 'current' && model.scorecards === 1,
				);
			caller.close();
		}
		assert.equal(await counted(`SELECT count(*) FROM model_changes WHERE organization_id = '${org}'`), 0);
		assert.equal(await counted(`SELECT count(*) FROM model_fits WHERE organization_id = '${org}'`), 2);
		// What a killed process had stored and never shown goes with the next fit.
		const application = await world.application(role);
		const interview = await world.interview(application, { a: 'interviewer' });
		await world.scorecard('a', interview, world.values(2, 3, 4));
		for (let tries = 0; tries < 200; tries++) {
			if ((await counted(`SELECT count(*) FROM model_changes WHERE organization_id = '${org}'`)) === 0) break;
			await sleep(50);
		}
		assert.ok((await counted(`SELECT count(DISTINCT fit_id) FROM model_results WHERE organization_id = '${org}'`)) <= 4);
		t.diagnostic(`${made.length} submissions survived`);
		await server.stop();
	} finally {
		await server.drop();
	}
});
