// The server and the mail server die under way: each message arrives, with one Message-ID however often.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { mailSettings, startMailServer } from '../support/smtp.mjs';
import { Caller, killCluster, makeDir, removeDir, serve, short, sleep, until, workplace } from './support.mjs';

const ROUNDS = short(3, 30);
const EACH = 15;

test('no message is lost by kill -9, nor by a mail server that is away', { timeout: 240_000 }, async () => {
	const dataDir = await makeDir();
	let mail = await startMailServer();
	const env = mailSettings(mail, { ASSAY_SMTP_TIMEOUT: '500ms', ASSAY_MAIL_RETRY: '100ms' });
	const seen = [];
	let server = await serve({ dataDir, env });
	try {
		const place = await workplace(server);
		const { token } = place.admin ?? place;
		const wanted = [];
		for (let round = 0; round < ROUNDS; round += 1) {
			const caller = new Caller(server.port, token);
			for (let i = 0; i < EACH; i += 1) {
				const email = `kill-${round}-${i}@example.com`;
				await caller.make('POST', '/v1/users', { email, name: 'To Be Told', access_level: 'member' });
				wanted.push(email);
			}
			caller.close();
			await sleep(40 * round);
			const postmaster = await server.postmaster();
			server.kill('SIGKILL');
			await killCluster(postmaster);
			if (round % 2 === 0) {
				seen.push(...mail.messages);
				await mail.stop();
			}
			server = await serve({ dataDir, env });
			await sleep(300);
			if (round % 2 === 0) mail = await startMailServer('--port', new URL(env.ASSAY_SMTP_URL).port);
		}
		const idsOf = () => {
			const ids = new Map(wanted.map((email) => [email, new Set()]));
			for (const { to, raw } of [...seen, ...mail.messages])
				ids.get(to)?.add(/^Message-ID: (\S+)/m.exec(raw)[1]);
			return ids;
		};
		await until('every message arrives', 90_000, () => [...idsOf().values()].every((ids) => ids.size > 0));
		for (const [email, ids] of idsOf()) assert.equal(ids.size, 1, `${email}: ${[...ids]}`);
		await server.stop({ keep: true });
	} finally {
		await mail.stop();
		await removeDir(dataDir);
	}
});
