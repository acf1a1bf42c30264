// The Postman collection: its form, every operation, and its recipe run by newman against the real program.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import Ajv from 'ajv';

import { root, startServer } from '../support/server.mjs';
import { unique, usualWorld } from '../support/world.mjs';

const newman = createRequire(import.meta.url)('newman');
await promisify(execFile)('make', ['-s', 'postman'], { cwd: root });
const collection = JSON.parse(await readFile(join(root, 'build/postman/assay.postman_collection.json'), 'utf8'));
const server = await startServer();
after(() => server.stop());

const run = (variables, more = {}) =>
	new Promise((done, fail) =>
		newman.run(
			{
				collection, reporters: [], timeoutRequest: 20_000, ...more,
				envVar: Object.entries(variables).map(([key, value]) => ({ key, value })),
			},
			(error, summary) => (error ? fail(error) : done(summary)),
		));

test('the recipe goes from a token to decisions, twice alike', async () => {
	const world = await usualWorld(server);
	await world.program('ats', ['candidates:write', 'applications:write', 'applications:read', 'decisions:read', 'events:read']);
	const { client_id, client_secret } = world.programs.ats;
	const variables = { url: server.url, client_id, client_secret, role_id: world.role1.id, external_id: unique('c') };
	const [recipe] = collection.item;
	for (const round of [1, 2]) {
		const { run: ran } = await run(variables, { folder: recipe.name });
		assert.deepEqual(ran.failures.map(({ source, error }) => `${round} ${source.name}: ${error.message}`), []);
		assert.deepEqual([ran.stats.requests.total, ran.stats.assertions.total >= 8], [recipe.item.length, true]);
	}
	assert.equal((await world.recruiter.all('/v1/applications', { role_id: world.role1.id })).length, 2);
	// It would notice: without a role there is no application.
	const { run: without } = await run({ ...variables, role_id: '' }, { folder: recipe.name });
	assert.ok(without.failures.length > 0);
});

test('every operation of /v1 is there once, with an example that its own schema allows', async () => {
	const document = await (await fetch(`${server.url}/openapi.json`)).json();
	const told = new Map();
	for (const { request } of collection.item.slice(1).flatMap(({ item }) => item)) {
		const id = /Operation `(\w+)`\.$/.exec(request.description)[1];
		assert.ok(!told.has(id), id);
		told.set(id, request);
	}
	const operations = Object.entries(document.paths).filter(([path]) => path.startsWith('/v1/'))
		.flatMap(([path, item]) => Object.entries(item).filter(([, one]) => one.operationId).map(([method, one]) => ({ path, method, one })));
	assert.deepEqual([...told.keys()].sort(), operations.map(({ one }) => one.operationId).sort());
	const ajv = new Ajv({ strict: false, validateFormats: false });
	ajv.addSchema(document, 'document');
	const wrong = [];
	let examples = 0;
	for (const { path, method, one } of operations) {
		const { url, body, method: sent } = told.get(one.operationId);
		assert.equal(sent, method.toUpperCase());
		assert.equal(url.path.length, path.split('/').length - 1);
		if (body?.mode !== 'raw') continue;
		const type = Object.keys(one.requestBody.content).find((name) => /json$/.test(name) && name !== 'application/resume+json');
		const place = `document#/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method}/requestBody/content/${type.replaceAll('/', '~1').replace('+', '%2B')}/schema`;
		// What a variable stands for is known when it is sent.
		const value = JSON.parse(body.raw.replaceAll('{{$guid}}', '01980000-0000-7000-8000-000000000000'));
		if (!ajv.validate({ $ref: place }, value)) wrong.push(`${one.operationId}: ${body.raw}: ${ajv.errorsText()}`);
		examples += 1;
	}
	assert.deepEqual(wrong, []);
	assert.ok(examples > 80, String(examples));
});
