// Runs docs/walkthrough.md, or another page that is named, line by line: its sh blocks in one bash,
// against a server on a directory of its own, and compares what they print with the json blocks below them.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { binary, root, startServer } from './support/server.mjs';

const name = process.argv[2] ?? 'docs/walkthrough.md';
const page = join(root, name);
const ANY = '…';
const BLOCK_MS = 60_000;

// The page's blocks in order: {language, text, line}.
export function blocksOf(markdown) {
	const blocks = [];
	let open = null;
	for (const [i, line] of markdown.split('\n').entries()) {
		const fence = /^```(\w*)$/.exec(line);
		if (open && line === '```') {
			blocks.push({ ...open, text: open.lines.join('\n') });
			open = null;
		} else if (!open && fence) open = { language: fence[1], line: i + 2, lines: [] };
		else if (open) open.lines.push(line);
	}
	if (open) throw new Error(`the block of line ${open.line} does not end`);
	return blocks;
}

// Several JSON values one after another, as jq prints them.
export function valuesOf(text) {
	const values = [];
	for (let rest = text.trim(); rest !== ''; ) {
		const ends = [...rest.matchAll(/\n|$/g)].map((match) => match.index);
		const end = ends.find((at) => {
			try {
				values.push(JSON.parse(rest.slice(0, at)));
				return true;
			} catch {
				return false;
			}
		});
		if (end === undefined) throw new Error(`this is not JSON: ${rest.slice(0, 300)}`);
		rest = rest.slice(end).trim();
	}
	return values;
}

// Where they differ, in words; '' if they do not. Members count, their order does not.
export function difference(shown, got, at = '') {
	if (shown === ANY) return got === null || got === undefined ? `${at}: nothing instead of a value` : '';
	const kind = (value) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value);
	if (kind(shown) !== kind(got) || (kind(shown) !== 'object' && kind(shown) !== 'array'))
		return Object.is(shown, got) ? '' : `${at || 'the answer'}: shown ${JSON.stringify(shown)}, got ${JSON.stringify(got)}`;
	const names = new Set([...Object.keys(shown), ...Object.keys(got)]);
	for (const name of names) {
		const found = difference(shown[name], got[name], `${at}/${name}`);
		if (found) return found;
	}
	return '';
}

// One bash that runs block after block; each answers with what it printed and the lines that failed.
function shell(env) {
	const child = spawn('bash', ['--noprofile', '--norc'], { cwd: root, env, stdio: ['pipe', 'pipe', 'pipe'] });
	const mark = `end-of-block-${process.pid}`;
	const heard = { out: '', err: '' };
	child.stdin.write(`set -E -o pipefail\ntrap 'failed_line="$BASH_COMMAND (exit $?)"' ERR\n`);
	const run = (text) =>
		new Promise((done, fail) => {
			heard.out = heard.err = '';
			const finished = () => {
				const end = new RegExp(`^${mark} (.*)\\n`, 'm').exec(heard.out);
				if (!end) return;
				clearTimeout(timer);
				child.stdout.off('data', finished);
				child.off('close', died);
				done({ out: heard.out.slice(0, end.index), err: heard.err, failed: end[1] });
			};
			const died = (code) => fail(new Error(`bash ended with ${code}: ${heard.err}`));
			child.stdout.on('data', finished);
			child.once('close', died);
			const timer = setTimeout(() => fail(new Error(`this block does not end: ${text}`)), BLOCK_MS);
			child.stdin.write(`failed_line=\n${text}\nprintf '\\n%s %s\\n' ${mark} "\${failed_line//$'\\n'/ }"\n`);
		});
	child.stdout.setEncoding('utf8').on('data', (chunk) => (heard.out += chunk));
	child.stderr.setEncoding('utf8').on('data', (chunk) => (heard.err += chunk));
	return { run, end: () => child.kill() };
}

let passed = 0;
let failed = 0;
function check(block, problem) {
	if (problem) console.log(`not ok: ${name}, line ${block.line}: ${problem}`);
	problem ? failed++ : passed++;
}

async function walk(server) {
	const blocks = blocksOf(await readFile(page, 'utf8'));
	const own = Object.entries(process.env).filter(([name]) => !name.startsWith('ASSAY_'));
	const bash = shell({ ...Object.fromEntries(own), ASSAY: server.url, DATA: server.dataDir, BIN: binary });
	let last = null;
	for (const block of blocks) {
		if (block.language === 'sh') {
			last = await bash.run(block.text);
			check(block, last.failed && `${last.failed} ${last.out} ${last.err}`.slice(0, 1500));
		} else if (block.language === 'json') {
			let problem = last ? '' : 'no command comes before it';
			try {
				problem ||= difference(valuesOf(block.text), valuesOf(last.out));
			} catch (error) {
				problem = error.message;
			}
			check(block, problem);
			last = null;
		}
	}
	bash.end();
}

const server = await startServer();
try {
	await walk(server);
} catch (error) {
	check({ line: 0 }, error.message);
}
try {
	await server.stop();
} catch (error) {
	check({ line: 0 }, error.message);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
