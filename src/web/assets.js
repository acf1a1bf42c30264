// Packs the built interface into the program: compresses each file and writes a C table of them.
//   node assets.js BUILT-FOLDER TABLE.c
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

import { pagesAhead } from './ahead.js';

const types = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript; charset=utf-8',
	'.css': 'text/css; charset=utf-8',
	'.svg': 'image/svg+xml',
	'.json': 'application/json',
	'.png': 'image/png',
	'.woff2': 'font/woff2',
};

const [folder = '', table = ''] = process.argv.slice(2);

function files(under) {
	return readdirSync(under, { withFileTypes: true }).flatMap((entry) =>
		entry.isDirectory() ? files(join(under, entry.name)) : [join(under, entry.name)],
	);
}

/** Writes the compressed copy, unless it would not be smaller. */
function compress(file, suffix, bytes, packed) {
	if (packed.length >= bytes.length) return null;
	writeFileSync(file + suffix, packed);
	return file + suffix;
}

function pack(file, index) {
	const type = types[extname(file)];
	if (!type) throw new Error(`${file}: what media type is that?`);
	const bytes = readFileSync(file);
	const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
	const copies = [
		['plain', file],
		['gzip', compress(file, '.gz', bytes, gzipSync(bytes, { level: 9 }))],
		['brotli', compress(file, '.br', bytes, brotliCompressSync(bytes, quality))],
	];
	const path = `/${relative(folder, file).split(sep).join('/')}`;
	const symbols = copies.map(([kind, from]) => (from ? { name: `web_${index}_${kind}`, from } : null));
	return { path, type, symbols, etag: createHash('sha256').update(bytes).digest('hex').slice(0, 32) };
}

function data({ name, from }) {
	return `__asm__(".section .rodata\\n.balign 8\\n${name}:\\n.incbin \\"${from}\\"\\n.previous");
extern const unsigned char ${name}[];`;
}

function row({ path, type, symbols, etag }) {
	const name = (symbol) => (symbol ? symbol.name : 'NULL');
	const size = (symbol) => (symbol ? statSync(symbol.from).size : 0);
	return `	{"${path}", "${type}",
	 ${symbols.map(name).join(', ')},
	 ${symbols.map(size).join(', ')}, "${etag}", ${path.startsWith('/assets/')}},`;
}

const pageRow = ({ pattern, code, data, unfiltered, open }) => `	{"${pattern}",
	 "${code}",
	 "${data}",
	 "${unfiltered}", ${open}},`;

const packed = files(folder)
	.filter((file) => !/\.(gz|br)$/.test(file) && !file.includes('/.vite/'))
	.sort()
	.map(pack);
const symbols = packed.flatMap((one) => one.symbols).filter((symbol) => symbol !== null);
const pages = pagesAhead(import.meta.dirname, folder);

writeFileSync(
	table,
	`/* The interface, as built from src/web; made by src/web/assets.js. */
#include "http/app.h"

${symbols.map(data).join('\n')}

const struct asset embedded_assets[] = {
${packed.map(row).join('\n')}
};
const size_t embedded_asset_count = sizeof(embedded_assets) / sizeof(embedded_assets[0]);

const struct page_ahead embedded_pages[] = {
${pages.map(pageRow).join('\n')}
};
const size_t embedded_page_count = sizeof(embedded_pages) / sizeof(embedded_pages[0]);
`,
);
