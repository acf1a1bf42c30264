// Everything that somebody can read, by every address and filter of the document.
import { createHash } from 'node:crypto';

import { randomId } from './world.mjs';

// What may differ between two answers that tell the same.
const FREE = /^(date|x-request-id|ratelimit|ratelimit-policy|x-ratelimit-.*|server-timing|connection|keep-alive)$/;

// Runs `work` on every item, a few at once.
export async function each(items, work, width = 8) {
	const queue = [...items];
	await Promise.all(
		Array.from({ length: width }, async () => {
			while (queue.length) await work(queue.shift());
		}),
	);
}

// Query strings for one operation: each filter with each value, each sort, single pages.
function queries(contract, operation, known) {
	const out = [''];
	const list = operation.parameters.some(({ name }) => ['cursor', 'after'].includes(name));
	for (const { name, in: place, schema: given } of operation.parameters) {
		if (place !== 'query' || ['cursor', 'after'].includes(name)) continue;
		const schema = contract.resolve(given);
		if (name === 'limit') out.push('?limit=1', '?limit=2');
		else if (name === 'sort')
			for (const sort of schema.enum) out.push(`?sort=${sort}`, `?sort=${sort}&limit=1`);
		else
			for (const value of known.filters[name] ??
				schema.enum ??
				(schema.type === 'boolean' ? ['true', 'false'] : []))
				out.push(`?${name}=${encodeURIComponent(value)}`);
	}
	return list ? out : [''];
}

// Addresses of an operation, with every combination of the ids that are known.
function paths(operation, known) {
	let out = [operation.path];
	for (const name of operation.names)
		out = out.flatMap((path) =>
			(known.ids[name] ?? [randomId()]).map((id) => path.replace(`{${name}}`, id)),
		);
	return out;
}

// Every readable address: what a stranger to the contract could think of asking.
export function addresses(contract, known) {
	return contract.operations
		.filter(({ method, may }) => method === 'GET' && may !== 'anyone')
		.flatMap((operation) =>
			paths(operation, known).flatMap((path) =>
				queries(contract, operation, known).map((query) => path + query),
			),
		);
}

const nothingYet = (target, { body }) =>
	target.startsWith('/v1/events') && body?.data?.length === 0 && body.next_cursor;

// What `client` is answered at each address: status, headers and body, and the pages that follow.
export async function snapshot(client, targets) {
	const seen = new Map();
	await each(targets, async (target) => {
		const answers = [];
		for (let next = target, pages = 0; next && pages < 6; pages += 1) {
			let answer = await client.get(next);
			// A busy machine says nothing of what is asked.
			for (let tries = 0; answer.status === 503 && tries < 5; tries += 1) {
				await new Promise((done) => setTimeout(done, 1000));
				answer = await client.get(next);
			}
			// Nor does it say so when it looked for a while, found nothing yet, and says where to go on.
			for (let pieces = 0; nothingYet(target, answer) && pieces < 100; pieces += 1)
				answer = await client.get(/<([^>]+)>/.exec(answer.headers.link)[1]);
			const headers = Object.entries(answer.headers)
				.filter(([name]) => !FREE.test(name))
				.sort();
			// A problem names the request it answers.
			const text =
				answer.status >= 400
					? JSON.stringify({ ...answer.body, instance: undefined })
					: answer.text;
			answers.push(
				`${answer.status} ${JSON.stringify(headers.filter(([name]) => answer.status < 400 || name !== 'content-length'))}\n${text}`,
			);
			// What is said to come next, and not made up here.
			next =
				/[?&]limit=/.test(target) && answer.body?.next_cursor
					? /<([^>]+)>/.exec(answer.headers.link)[1]
					: null;
		}
		seen.set(target, answers.join('\n'));
	});
	return seen;
}

// Where two snapshots differ: [address, before, after].
export const differences = (before, after) =>
	[...before]
		.filter(([target, text]) => after.get(target) !== text)
		.map(([target, text]) => [target, text, after.get(target)]);

export const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12);
