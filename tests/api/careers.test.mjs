// The careers pages: what anybody reads of an organization's open positions, as pages and as feeds.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { after, describe, test } from 'node:test';

import { Parser } from 'htmlparser2';

import { Client } from '../support/client.mjs';
import { sharedServer } from '../support/server.mjs';
import { randomId, unique, World } from '../support/world.mjs';

const server = await sharedServer();
after(() => server.stop());
const world = await World.make(server, 'Bäcker & Söhne <Ltd>');
await world.user('recruiter', 'recruiter');
const { admin, recruiter } = world;
const nobody = new Client(server);
const slug = unique('baecker');
await admin.change('/v1/careers_page', { enabled: true, slug, introduction: 'We bake.\n\n- bread\n- cake' });
const base = `/careers/${slug}`;

const posted = async (more = {}, roleMore = {}) => {
	const role = await world.role(roleMore);
	const posting = await admin.make('/v1/postings', {
		role_id: role.id,
		title: 'Baker',
		description: 'You bake.\n\n- at night\n- with us',
		location: 'Köln',
		country: 'DE',
		work_mode: 'on_site',
		employment_type: 'full_time',
		...more,
	});
	await admin.post(`/v1/postings/${posting.id}/publish`, undefined, { expect: 200 });
	return { role, ...posting, path: `${base}/${posting.id}` };
};
const page = async (path, options = {}) => (await nobody.get(path, { expect: 200, ...options })).text;
const blocks = (html) => [...html.matchAll(/<script([^>]*)>(.*?)<\/script>/gs)];
const jobOf = (html) => {
	const [[, attributes, json], ...more] = blocks(html);
	assert.equal(more.length, 0);
	assert.equal(attributes, ' type="application/ld+json"');
	return JSON.parse(json);
};
// Read by a parser of XML that is not ours: [tag, attributes, text, children].
const parsed = (xml) =>
	new Promise((done, fail) => {
		const script = `import sys, json, xml.etree.ElementTree as E
def tree(e): return [e.tag, dict(e.attrib), e.text or '', [tree(c) for c in e]]
print(json.dumps(tree(E.fromstring(sys.stdin.buffer.read()))))`;
		const child = execFile('python3', ['-c', script], { timeout: 60_000 }, (error, stdout) =>
			error ? fail(error) : done(JSON.parse(stdout)),
		);
		child.stdin.end(xml);
	});
const childrenOf = ([, , , children], name) => children.filter(([tag]) => tag.replace(/^\{.*\}/, '') === name);
const textOf = (node, name) => childrenOf(node, name)[0]?.[2];

// What whoever reads JobPosting asks of one: a type for each member, and those that must be there.
const url = (value) => new URL(value).href === value;
const isText = (value) => typeof value === 'string' && value.length > 0;
const MEMBERS = {
	'@context': (value) => value === 'https://schema.org/',
	'@type': (value) => value === 'JobPosting',
	title: isText,
	description: isText,
	url,
	identifier: (value) => value['@type'] === 'PropertyValue' && isText(value.name) && isText(value.value),
	datePosted: (value) => /^\d{4}-\d\d-\d\d$/.test(value),
	validThrough: (value) => new Date(value).toISOString().startsWith(value.slice(0, 19)),
	employmentType: (value) =>
		['FULL_TIME', 'PART_TIME', 'CONTRACTOR', 'TEMPORARY', 'INTERN', 'VOLUNTEER', 'PER_DIEM', 'OTHER'].includes(value),
	hiringOrganization: (value) => value['@type'] === 'Organization' && isText(value.name),
	jobLocation: (value) =>
		value['@type'] === 'Place' &&
		value.address['@type'] === 'PostalAddress' &&
		isText(value.address.addressLocality) &&
		/^[A-Z]{2}$/.test(value.address.addressCountry ?? 'DE'),
	jobLocationType: (value) => value === 'TELECOMMUTE',
	applicantLocationRequirements: (value) => value['@type'] === 'Country' && isText(value.name),
	baseSalary: (value) =>
		value['@type'] === 'MonetaryAmount' &&
		/^[A-Z]{3}$/.test(value.currency) &&
		value.value['@type'] === 'QuantitativeValue' &&
		value.value.minValue <= value.value.maxValue &&
		['HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR'].includes(value.value.unitText),
	directApply: (value) => typeof value === 'boolean',
};
function assertJobPosting(job) {
	for (const name of ['@context', '@type', 'title', 'description', 'datePosted', 'hiringOrganization'])
		assert.ok(name in job, name);
	assert.ok(job.jobLocation || job.jobLocationType);
	if (job.jobLocationType) assert.ok(job.applicantLocationRequirements);
	for (const [name, value] of Object.entries(job)) assert.ok(MEMBERS[name]?.(value), `${name}: ${JSON.stringify(value)}`);
}

describe('a posting’s page', () => {
	test('says what the posting says, to people and as JobPosting', async () => {
		const salary = { min: 30000, max: 35000.5, currency: 'EUR', unit: 'year' };
		const posting = await posted({ salary, valid_through: '2099-12-31' });
		const answer = await nobody.get(posting.path, { expect: 200 });
		for (const words of ['<h1>Baker</h1>', 'Köln', '30\u202f000 to 35\u202f000.5 EUR a year', '<ul><li>at night</li><li>with us</li></ul>', '2099-12-31'])
			assert.ok(answer.text.includes(words), words);
		const job = jobOf(answer.text);
		assertJobPosting(job);
		assert.deepEqual(
			[job.title, job.validThrough, job.baseSalary.value.maxValue, job.hiringOrganization.name, job.identifier.value],
			['Baker', '2099-12-31T23:59:59Z', 35000.5, world.organization.name, posting.id],
		);
		assert.equal(new URL(job.url).pathname, posting.path);
		assert.equal(job.jobLocationType, undefined);
		assert.equal(answer.headers['content-type'], 'text/html; charset=utf-8');
		await nobody.get(posting.path, { headers: { 'If-None-Match': answer.headers.etag }, expect: 304 });
	});

	test('of remote work names where from; of none of pay says none', async () => {
		const posting = await posted({ work_mode: 'remote', location: null, employment_type: 'contractor' });
		const job = jobOf(await page(posting.path));
		assertJobPosting(job);
		assert.deepEqual(
			[job.jobLocationType, job.applicantLocationRequirements.name, job.jobLocation, job.baseSalary, job.employmentType],
			['TELECOMMUTE', 'DE', undefined, undefined, 'CONTRACTOR'],
		);
	});

	test('runs no script and takes none from elsewhere', async () => {
		const { headers } = await nobody.get((await posted()).path, { expect: 200 });
		const policy = Object.fromEntries(
			headers['content-security-policy'].split('; ').map((rule) => [rule.split(' ')[0], rule.split(' ').slice(1).join(' ')]),
		);
		assert.deepEqual(policy, {
			'default-src': "'none'",
			'style-src': "'self'",
			'form-action': "'self'",
			'base-uri': "'none'",
			'frame-ancestors': "'none'",
		});
		assert.equal(headers['referrer-policy'], 'same-origin');
		assert.match((await nobody.get('/careers.css', { expect: 200 })).headers['content-type'], /text\/css/);
	});

	test('is not there before it is published, over afterwards, and never was of a confidential role', async () => {
		const role = await world.role({});
		const draft = await admin.make('/v1/postings', {
			role_id: role.id,
			title: 'Draft',
			description: 'x',
			country: 'DE',
			work_mode: 'remote',
			employment_type: 'other',
		});
		await nobody.get(`${base}/${draft.id}`, { expect: 404 });
		for (const path of [`${base}/${randomId()}`, `${base}/nothing`, `/careers/${unique('none')}/${draft.id}`])
			await nobody.get(path, { expect: 404 });
		const gone = async ({ path }) => {
			assert.equal((await nobody.get(path, { expect: 410 })).body.code, 'gone');
		};
		const closed = await posted();
		await admin.post(`/v1/postings/${closed.id}/close`, undefined, { expect: 200 });
		await gone(closed);
		const ended = await posted();
		await admin.change(`/v1/roles/${ended.role.id}`, { status: 'closed' });
		await gone(ended);
		const archived = await posted();
		await admin.post(`/v1/roles/${archived.role.id}/archive`, undefined, { headers: { 'If-Match': '*' }, expect: 200 });
		await gone(archived);
		const past = await posted();
		await admin.change(`/v1/postings/${past.id}`, { valid_through: '2020-01-01' });
		await gone(past);
		const secret = await posted();
		await admin.change(`/v1/roles/${secret.role.id}`, { confidential: true });
		await nobody.get(secret.path, { expect: 404 });
		const shown = `${await page(base)}${await page(`${base}/jobs.xml`)}${await page(`${base}/feed.atom`)}`;
		for (const { id } of [draft, closed, ended, archived, past, secret]) assert.ok(!shown.includes(id));
	});

	test('is another organization’s nowhere but on its own page', async () => {
		const posting = await posted();
		const other = await World.make(server);
		const theirs = unique('other');
		await other.admin.change('/v1/careers_page', { enabled: true, slug: theirs });
		await nobody.get(`/careers/${theirs}/${posting.id}`, { expect: 404 });
		assert.ok(!(await page(`/careers/${theirs}`)).includes(posting.id));
		await other.admin.change('/v1/careers_page', { enabled: false });
		for (const path of ['', '/jobs.xml', '/feed.atom'])
			await nobody.get(`/careers/${theirs}${path}`, { expect: 404 });
	});

	test('can be seen by colleagues before it is published', async () => {
		const role = await world.role({});
		const draft = await admin.make('/v1/postings', {
			role_id: role.id,
			title: 'To <come>',
			description: 'x',
			country: 'DE',
			work_mode: 'remote',
			employment_type: 'other',
			questions: [{ id: 'bread', label: 'Which <bread>?', kind: 'choice', choices: ['Rye', 'Wheat'] }],
		});
		const answer = await recruiter.get(`/v1/postings/${draft.id}/preview`, { expect: 200 });
		assert.ok(answer.text.includes('<h1>To &lt;come&gt;</h1>'));
		assert.equal(blocks(answer.text).length, 0);
		assert.ok(answer.text.includes('noindex'));
		assert.equal(answer.headers['cache-control'], 'private, no-store');
		// The whole form, of which nothing can be filled in or sent.
		const [form] = /<form>\n<fieldset[^>]* disabled>.*<\/fieldset>\n<\/form>/s.exec(answer.text);
		for (const shown of ['Which &lt;bread&gt;?', 'value="Rye"', 'id="resume"', 'id="consent"', '<button>'])
			assert.ok(form.includes(shown), shown);
		assert.equal(answer.text.split('<form').length, 2);
		for (const sends of ['action=', 'form_key', 'contact_by_fax']) assert.ok(!answer.text.includes(sends), sends);
		await admin.put('/v1/candidate_notice', { text: 'We read <every> word.' });
		const noticed = await recruiter.get(`/v1/postings/${draft.id}/preview`, { expect: 200 });
		assert.ok(noticed.text.includes('We read &lt;every&gt; word.'));
		await recruiter.get(`/v1/postings/${randomId()}/preview`, { expect: 404 });
		const secret = await world.role({ confidential: true });
		const hidden = await admin.make('/v1/postings', { ...draft.body, role_id: secret.id, title: 'x', description: 'x', country: 'DE', work_mode: 'remote', employment_type: 'other' });
		await recruiter.get(`/v1/postings/${hidden.id}/preview`, { expect: 404 });
	});
});

describe('the careers page', () => {
	test('lists what is open, the newest first, with where people come from', async () => {
		const [one, two] = [await posted({ title: 'First' }), await posted({ title: 'Second' })];
		const html = await page(`${base}?utm_source=a%26b%22&fbclid=x&utm_source_platform=y`);
		assert.ok(html.indexOf(two.id) < html.indexOf(one.id));
		assert.ok(html.includes(`href="${two.path}?utm_source=a%26b%22"`));
		assert.ok(html.includes('<ul><li>bread</li><li>cake</li></ul>'));
		assert.equal(blocks(html).length, 0);
	});

	test('is opened from addresses to which others add what they count by; what it knows is checked', async () => {
		const { path } = await posted();
		for (const at of [base, `${base}/jobs.xml`, `${base}/feed.atom`, path, `${path}/apply`]) {
			await nobody.get(at, { query: { no_such_parameter: 1, fbclid: 2 }, expect: 200 });
			await nobody.get(at, { query: { utm_source: 'x'.repeat(201) }, expect: 422 });
		}
		await nobody.get(`${path}/thanks`, { query: { gclid: 1 }, expect: 200 });
	});

	test('without an open position says so', async () => {
		const own = await World.make(server);
		await own.admin.change('/v1/careers_page', { enabled: true });
		const path = `/careers/${own.organization.slug}`;
		assert.ok((await page(path)).includes('No position is open at the moment.'));
		assert.equal(childrenOf(await parsed(await page(`${path}/jobs.xml`)), 'job').length, 0);
		assert.ok(textOf(await parsed(await page(`${path}/feed.atom`)), 'updated'));
	});

	test('tells a browser of a refusal by a page, and a program as everywhere', async () => {
		const browser = { headers: { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } };
		const answer = await fetch(`${server.url}${base}/${randomId()}`, browser);
		assert.equal(answer.status, 404);
		assert.match(answer.headers.get('content-type'), /text\/html/);
		assert.match(await answer.text(), /<p>There is no such position\.<\/p>/);
		// What has no route is no page of the interface, either.
		const none = await fetch(`${server.url}${base}/${randomId()}/nothing/here`, browser);
		assert.equal(none.status, 404);
	});
});

describe('a feed', () => {
	test('is what job boards read', async () => {
		const salary = { min: 10, max: 12.5, currency: 'EUR', unit: 'hour' };
		const posting = await posted({ title: 'Helper', salary, work_mode: 'hybrid', employment_type: 'part_time', valid_through: '2099-01-31' });
		const source = await parsed(await page(`${base}/jobs.xml?utm_source=indeed`));
		assert.equal(source[0], 'source');
		assert.equal(textOf(source, 'publisher'), world.organization.name);
		const job = childrenOf(source, 'job').find((one) => textOf(one, 'referencenumber') === posting.id);
		assert.deepEqual(
			['title', 'company', 'city', 'country', 'jobtype', 'remotetype', 'salary', 'expirationdate'].map((name) => textOf(job, name)),
			['Helper', world.organization.name, 'Köln', 'DE', 'parttime', 'Hybrid remote', '10 - 12.5 EUR per hour', '2099-01-31'],
		);
		const link = new URL(textOf(job, 'url'));
		assert.deepEqual([link.pathname, link.search], [posting.path, '?utm_source=indeed']);
		assert.ok(Math.abs(new Date(textOf(job, 'date')) - Date.now()) < 3_600_000);
		assert.equal(textOf(job, 'description').replace(/\s/g, ''), '<p>Youbake.</p><ul><li>atnight</li><li>withus</li></ul>');
	});

	test('is what feed readers read', async () => {
		const posting = await posted({ title: 'Helper' });
		const answer = await nobody.get(`${base}/feed.atom`, { expect: 200 });
		assert.match(answer.headers['content-type'], /^application\/atom\+xml/);
		const feed = await parsed(answer.text);
		assert.equal(feed[0], '{http://www.w3.org/2005/Atom}feed');
		for (const name of ['id', 'title', 'updated', 'author', 'link']) assert.ok(childrenOf(feed, name).length, name);
		const entry = childrenOf(feed, 'entry').find((one) => textOf(one, 'id') === `urn:uuid:${posting.id}`);
		assert.equal(textOf(entry, 'title'), 'Helper');
		assert.ok(!Number.isNaN(Date.parse(textOf(entry, 'updated'))));
		assert.equal(new URL(childrenOf(entry, 'link')[0][1].href).pathname, posting.path);
		await nobody.get(`${base}/feed.atom`, { headers: { 'If-None-Match': answer.headers.etag }, expect: 304 });
		const xml = await nobody.get(`${base}/jobs.xml`, { expect: 200 });
		await nobody.get(`${base}/jobs.xml`, { headers: { 'If-None-Match': xml.headers.etag }, expect: 304 });
		const list = await nobody.get(base, { expect: 200 });
		await nobody.get(base, { headers: { 'If-None-Match': list.headers.etag }, expect: 304 });
	});
});

// All that these pages are made of.
const KNOWN_TAGS =
	/^(html lang|head|meta (charset|name,content)|title|link rel,(href|type,title,href)|body|a (class,)?href|header|p( class)?|main id,tabindex|h[12]|ul( class)?|li|dl class|div|dt|dd|br|script type)$/;

test('texts of others are texts, wherever they stand', async () => {
	const hostile = '</script><script>alert(1)</script>]]>&amp;"\'<!-- <img src=x onerror=alert(1)> \u0001\uffff';
	const own = await World.make(server, `Evil ${hostile}`.slice(0, 190));
	await own.admin.change('/v1/careers_page', { enabled: true, introduction: `- ${hostile}\n${hostile}` });
	const path = `/careers/${own.organization.slug}`;
	const role = await own.role({});
	const posting = await own.admin.make('/v1/postings', {
		role_id: role.id,
		title: hostile,
		description: `${hostile}\n\n- ${hostile}`,
		location: hostile,
		country: 'DE',
		work_mode: 'hybrid',
		employment_type: 'full_time',
		questions: [{ id: 'q', label: hostile, kind: 'choice', choices: [hostile, 'other'] }],
	});
	await own.admin.post(`/v1/postings/${posting.id}/publish`, undefined, { expect: 200 });
	for (const at of [path, `${path}/${posting.id}`]) {
		const html = await page(`${at}?source=${encodeURIComponent(hostile.slice(0, 60))}`);
		const found = new Set();
		const parser = new Parser({
			onopentag: (name, attributes) => found.add(`${name} ${Object.keys(attributes)}`.trim()),
			oncomment: () => found.add('a comment'),
		});
		parser.end(html);
		for (const one of found) assert.match(one, KNOWN_TAGS);
		assert.ok(!/[\u0001\uffff]/.test(html.replace(/<script.*<\/script>/, '')));
	}
	const job = jobOf(await page(`${path}/${posting.id}`));
	assertJobPosting(job);
	assert.equal(job.title, hostile);
	assert.ok(!job.description.includes('<script'));
	const source = await parsed(await page(`${path}/jobs.xml`));
	const [one] = childrenOf(source, 'job');
	assert.equal(textOf(one, 'title'), hostile.replace(/[\u0001\uffff]/g, ' '));
	const [entry] = childrenOf(await parsed(await page(`${path}/feed.atom`)), 'entry');
	assert.equal(textOf(entry, 'title'), textOf(one, 'title'));
});
