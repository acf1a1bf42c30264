// Long answers come packed to whoever takes gzip: the same bytes, under the same tag.
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';

import { sharedServer } from '../support/server.mjs';
import { usualWorld } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await usualWorld(server);

/** The bytes as they are sent. */
function raw(path, headers = {}, method = 'GET') {
	return new Promise((done, fail) => {
		const request = http.request(`${server.url}${path}`, { method, headers: { Authorization: `Bearer ${world.admin.token}`, ...headers } }, (answer) => {
			const parts = [];
			answer.on('data', (part) => parts.push(part));
			answer.on('end', () => done({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(parts) }));
		});
		request.on('error', fail).end();
	});
}

const gzip = { 'Accept-Encoding': 'br, gzip' };

test('a long list is packed for whoever takes gzip, and is the same list', async () => {
	const plain = await raw('/v1/templates');
	const packed = await raw('/v1/templates', gzip);
	assert.equal(plain.status, 200);
	assert.equal(plain.headers['content-encoding'], undefined);
	assert.equal(packed.headers['content-encoding'], 'gzip');
	assert.equal(packed.headers.etag, plain.headers.etag);
	assert.match(packed.headers.etag, /^W\//);
	assert.match(packed.headers.vary, /Accept-Encoding/);
	assert.deepEqual(gunzipSync(packed.body), plain.body);
	assert.ok(packed.body.length < plain.body.length / 2, `${packed.body.length} of ${plain.body.length} bytes`);
	assert.equal(Number(packed.headers['content-length']), packed.body.length);

	const same = await raw('/v1/templates', { ...gzip, 'If-None-Match': plain.headers.etag });
	assert.equal(same.status, 304);
	assert.equal(same.headers['content-encoding'], undefined);
	const head = await raw('/v1/templates', gzip, 'HEAD');
	assert.equal(head.headers['content-length'], packed.headers['content-length']);
	assert.equal(head.headers['content-encoding'], 'gzip');
});

test('what is short, has a strong tag, or is for whoever takes no gzip, is not packed', async () => {
	const me = await raw('/v1/me', gzip);
	assert.equal(me.status, 200);
	assert.equal(me.headers['content-encoding'], undefined);
	const rubric = await raw(`/v1/rubric_versions/${world.role1.rubric_version_id}`, gzip);
	assert.equal(rubric.status, 200);
	assert.ok(rubric.body.length > 1400, 'long enough');
	assert.match(rubric.headers.etag, /^"/);
	assert.equal(rubric.headers['content-encoding'], undefined);
	for (const accepted of ['identity', 'gzip;q=0', 'br']) {
		const answer = await raw('/v1/templates', { 'Accept-Encoding': accepted });
		assert.equal(answer.headers['content-encoding'], undefined, accepted);
	}
	const refused = await raw('/v1/templates?kind=nothing', gzip);
	assert.equal(refused.status, 422);
	assert.equal(refused.headers['content-encoding'], undefined);
});
