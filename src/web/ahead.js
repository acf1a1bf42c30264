// What each screen is made of: the page names it in its Link header, so that it comes with the first script.
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

// What a screen's first sight asks the server for, whoever looks and whatever the address filters by; `:id` is
// the address's. Everyone signed in asks who they are. Each must be written as the screen writes it: then the
// browser gives it the answer that is on its way. tests/browser/ahead.spec.mjs compares them.
const roles = ['/v1/roles?limit=100&archived=false&sort=title'];
const role = ['/v1/roles/:id', '/v1/roles/:id/stages', '/v1/roles/:id/hiring_team'];
const application = ['/v1/applications/:id', '/v1/applications/:id/evaluation'];
const asked = {
	'/': ['/v1/interviews?mine=true&limit=100', '/v1/my_work'],
	'/interviews/:id': ['/v1/interviews/:id', '/v1/interviews/:id/handover'],
	'/roles/:id': role,
	'/roles/:id/plan': [...role, '/v1/roles/:id/plans'],
	'/roles/:id/team': role,
	'/roles/:id/intake': role,
	'/roles/:id/disclosures': role,
	'/roles/:id/market': role,
	'/roles/:id/details': role,
	'/roles/:id/comparison': ['/v1/roles/:id', '/v1/roles/:id/comparison'],
	'/pipeline': roles,
	'/applications/:id': application,
	'/applications/:id/interviews': application,
	'/applications/:id/candidate': application,
	'/candidates/:id': ['/v1/candidates/:id'],
	'/templates': ['/v1/templates'],
};
// The same, where the address says nothing to filter by.
const unfiltered = {
	'/roles/:id': ['/v1/applications?role_id=:id&archived=false&limit=50'],
	'/candidates': ['/v1/candidates?archived=false&sort=-created_at&limit=50', '/v1/candidates/counts?archived=false'],
	'/roles': ['/v1/roles?archived=false&limit=50&sort=title'],
	'/rubrics': ['/v1/rubrics?archived=false&sort=name&limit=50'],
	'/audit': ['/v1/audit?limit=50'],
};

// What a screen shows first, where its sections' code comes apart and the address names none of them.
const begins = { '/applications/:id': 'debrief', '/candidates/:id': 'profile', '/roles/:id': 'candidates' };

/** The scripts that a file is built on, itself first. */
function builtOn(manifest, file, found = new Set()) {
	if (found.has(file)) return found;
	found.add(file);
	for (const one of manifest[file].imports ?? []) builtOn(manifest, one, found);
	return found;
}

/** A pattern's addresses: one for each of its sections, and any word as `*`. */
function addresses(pattern) {
	const [whole, words] = /:section\(([^)]*)\)/.exec(pattern) ?? [];
	const each = whole === undefined ? [{ pattern }] : words.split('|').map((section) => ({ pattern: pattern.replace(whole, section), section }));
	return each.map((one) => ({ ...one, pattern: one.pattern.replace(/:\w+\*/g, '*') }));
}

/** The screens of src/screens.ts: one line each. */
function screensOf(source) {
	const rows = [...source.matchAll(/^\t\{ name: .*$/gm)].map(([line]) => {
		const [, pattern] = /pattern: '([^']+)'/.exec(line) ?? [];
		const [, page] = /import\('\.\/(pages\/\w+\.svelte)'\)/.exec(line) ?? [];
		if (pattern === undefined || page === undefined) throw new Error(`src/screens.ts: what is this?\n${line}`);
		return { pattern, page: `src/${page}`, open: line.includes('open: true') };
	});
	if (rows.length === 0) throw new Error('src/screens.ts: no screens');
	return rows;
}

const links = (addresses) => addresses.map((one) => `<${one}>; rel=preload; as=fetch; crossorigin`).join(', ');

/** Each address with the code and the data that its screen begins with, as values of a Link header. */
export function pagesAhead(web, folder) {
	const manifest = JSON.parse(readFileSync(join(folder, '.vite/manifest.json'), 'utf8'));
	const first = builtOn(manifest, 'index.html');
	const rows = screensOf(readFileSync(join(web, 'src/screens.ts'), 'utf8')).flatMap(({ pattern, page, open }) =>
		addresses(pattern).map(({ pattern: at, section }) => {
			// A section's own code is called as the section is.
			const named = section ?? begins[at];
			const own = (manifest[page].dynamicImports ?? []).filter((one) => basename(one, '.svelte').toLowerCase() === named);
			if (at in begins && own.length === 0) throw new Error(`${page} shows no ${named}`);
			const files = new Set([page, ...own].flatMap((one) => [...builtOn(manifest, one)]));
			// Six come at a time: the first script before all, the screen's own before what it shares.
			const scripts = [...[...first].reverse(), ...[...files].filter((one) => !first.has(one))];
			const code = [
				`</${manifest['style.css'].file}>; rel=preload; as=style; crossorigin`,
				...scripts.map((one) => `</${manifest[one].file}>; rel=modulepreload`),
			];
			const data = links(open ? [] : ['/v1/me', '/v1/me/preferences', ...(asked[at] ?? [])]);
			return { pattern: at, code: code.join(', '), data, unfiltered: links(unfiltered[at] ?? []), open };
		}),
	);
	for (const one of Object.keys({ ...asked, ...unfiltered, ...begins })) if (!rows.some(({ pattern }) => pattern === one)) throw new Error(`no screen is at ${one}`);
	return rows;
}
