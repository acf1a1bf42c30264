// The document is lint-free, complete, and agrees with the table of routes.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';

import { contractOf } from '../support/contract.mjs';
import { root, sharedServer } from '../support/server.mjs';

const server = await sharedServer();
after(() => server.stop());
const contract = await contractOf(server.url);
const { document } = contract;

const redocly = (file) =>
	new Promise((done) => {
		execFile(
			process.execPath,
			[
				join(root, 'tests/node_modules/@redocly/cli/bin/cli.js'),
				'lint',
				file,
				'--config',
				join(root, 'tests/contract/redocly.yaml'),
				'--format',
				'json',
			],
			{
				env: {
					...process.env,
					REDOCLY_TELEMETRY: 'off',
					REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true',
				},
				maxBuffer: 64 << 20,
				timeout: 60_000,
			},
			(error, stdout, stderr) => done({ error, stdout, stderr }),
		);
	});

async function lint(given) {
	const directory = await mkdtemp(join(tmpdir(), 'assay-lint-'));
	const file = join(directory, 'openapi.json');
	try {
		await writeFile(file, JSON.stringify(given));
		const { stdout, stderr } = await redocly(file);
		const report = /\{[^]*\}/.exec(stdout)?.[0];
		assert.ok(report, `no report: ${stderr}`);
		return JSON.parse(report).problems.map(
			({ ruleId, message, location }) => `${ruleId}: ${message} at ${location?.[0]?.pointer}`,
		);
	} finally {
		await rm(directory, { recursive: true, force: true });
	}
}

describe('the document', () => {
	test('has no finding', async () => {
		assert.deepEqual(await lint(document), []);
	});

	test('would have one if it were broken', async () => {
		const broken = structuredClone(document);
		delete broken.paths['/v1/roles'].get.summary;
		assert.ok((await lint(broken)).some((finding) => finding.startsWith('operation-summary')));
	});

	test('agrees with routes.def, route by route', async () => {
		const text = await readFile(join(root, 'src/routes.def'), 'utf8');
		const routes = [
			...text.matchAll(/^ROUTE\((\w+),\s*"([^"]+)",\s*MAY_(\w+),\s*(?:"([^"]*)"|NULL),\s*(\w+)\)/gm),
		];
		assert.equal(routes.length, [...text.matchAll(/^ROUTE\(/gm)].length);
		const line = (method, path, may, id) => `${method} ${path} ${may} ${id}`;
		assert.deepEqual(
			routes
				.map(([, method, path, may, , handler]) =>
					line(method, path, may.toLowerCase(), handler),
				)
				.sort(),
			contract.operations.map(({ method, path, may, id }) => line(method, path, may, id)).sort(),
		);
	});

	test('lists the problems of problems.def, and documents each', async () => {
		const text = await readFile(join(root, 'src/problems.def'), 'utf8');
		const codes = [...text.matchAll(/^PROBLEM\((\w+),/gm)].map(([, code]) => code);
		assert.deepEqual([...document.components.schemas.Problem.properties.code.enum].sort(), codes.sort());
		const page = await (await fetch(`${server.url}/docs/problems`)).text();
		for (const code of codes) assert.ok(page.includes(`id="${code}"`), code);
	});

	test('has a reference page of every operation', async () => {
		const answer = await fetch(`${server.url}/docs`);
		assert.match(answer.headers.get('content-type'), /^text\/html/);
		const page = await answer.text();
		for (const { id, definition } of contract.operations)
			assert.ok(page.includes(id) || page.includes(definition.summary), id);
	});

	test('lets a client close every object that it reads', () => {
		// An answer's objects are closed, so that an undocumented member fails a test.
		for (const [name, schema] of Object.entries(document.components.schemas)) {
			if (schema.type !== 'object' || !schema.properties || ['Problem', 'FieldError'].includes(name))
				continue;
			assert.equal(schema.additionalProperties, false, name);
		}
	});
});
