// How much of the document a run has seen: each operation's own answers, common ones once.
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';

// What no API test can bring about, and which proof does.
const ELSEWHERE = {
	internal: 'a defect; every test fails on one',
	malformed_target: 'seen wherever no operation is matched',
};

// Only in a race that no test can hold open: with an erasure, or lost twice in a row.
const BY_CHANCE = [
	'candidates_put_by_external_id candidate_erased','candidates_put_by_external_id external_id_taken', 'users_put_by_external_id external_id_taken',
	'documents_create candidate_erased', 'notes_create candidate_erased'];

const METHODS = ['get', 'put', 'post', 'patch', 'delete'];

export async function coverage(document, directory) {
	const seen = new Map();
	for (const name of await readdir(directory).catch(() => []))
		for (const [operation, status, code] of JSON.parse(await readFile(join(directory, name), 'utf8'))) {
			const key = `${operation} ${status}`;
			if (!seen.has(key)) seen.set(key, new Set());
			seen.get(key).add(code);
		}
	const shared = Object.fromEntries(
		Object.entries(document.components.responses).map(([name, response]) => [
			`#/components/responses/${name}`,
			response,
		]),
	);
	const commonCodes = new Set(Object.values(shared).flatMap((response) => response['x-codes'] ?? []));
	const commonSeen = new Set();
	const lines = [];
	let passed = 0;
	const claim = (ok, line) => {
		if (ok) passed += 1;
		else lines.push(line);
	};
	for (const item of Object.values(document.paths))
		for (const method of METHODS) {
			const operation = item[method];
			if (!operation) continue;
			for (const [status, given] of Object.entries(operation.responses)) {
				const codes = seen.get(`${operation.operationId} ${status}`);
				for (const code of codes ?? []) commonSeen.add(code);
				if (Number(status) < 400)
					claim(codes, `${operation.operationId} never answered ${status}`);
				else if (!given.$ref && !given['x-codes'])
					claim(codes, `${operation.operationId} never answered ${status}`);
				else
					for (const code of given['x-codes'] ?? [])
						if (
							!commonCodes.has(code) &&
							!BY_CHANCE.includes(`${operation.operationId} ${code}`)
						)
							claim(
								codes?.has(code),
								`${operation.operationId} never answered ${status} ${code}`,
							);
			}
		}
	for (const code of commonCodes)
		if (!ELSEWHERE[code]) claim(commonSeen.has(code), `no operation ever answered ${code}`);
	return { passed, failed: lines.length, lines };
}
