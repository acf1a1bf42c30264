// PDFs for tests: a plain one, and some that mean ill.
import { deflateSync } from 'node:zlib';

// Objects by number, from 1; `stream` holds bytes.
function file(objects) {
	const parts = [Buffer.from('%PDF-1.5\n')];
	const offsets = [];
	let at = parts[0].length;
	const add = (part) => {
		parts.push(part);
		at += part.length;
	};
	objects.forEach(({ text, stream }, i) => {
		offsets.push(at);
		add(Buffer.from(`${i + 1} 0 obj\n${stream ? text.replace('>>', `/Length ${stream.length} >>`) : text}\n`));
		if (stream) add(Buffer.concat([Buffer.from('stream\n'), stream, Buffer.from('\nendstream\n')]));
		add(Buffer.from('endobj\n'));
	});
	const start = at;
	const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
	add(
		Buffer.from(
			`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
		),
	);
	return Buffer.concat(parts);
}

const PAGE = '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>';
const FONT = { text: '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>' };
const around = (page, content, more = []) =>
	file([
		{ text: '<< /Type /Catalog /Pages 2 0 R >>' },
		{ text: '<< /Type /Pages /Kids [3 0 R] /Count 1 >>' },
		{ text: page },
		content,
		FONT,
		...more,
	]);

const escaped = (line) => line.replace(/([\\()])/g, '\\$1');

export const pdf = (lines) =>
	around(PAGE, {
		text: '<< >>',
		stream: Buffer.from(
			`BT /F1 10 Tf 50 760 Td 12 TL ${lines.map((line) => `(${escaped(line)}) Tj T*`).join(' ')} ET`,
			'latin1',
		),
	});

// A page without a word on it, as of a scanner.
export const blank = () => around(PAGE, { text: '<< >>', stream: Buffer.from('0 0 10 10 re f') });

// A few kilobytes that unpack to gigabytes, twice over.
export const bomb = () => {
	const inner = deflateSync(Buffer.alloc(1 << 28, 'BT (bomb) Tj ET '), { level: 9 });
	return around(PAGE, {
		text: '<< /Filter [/FlateDecode /FlateDecode] >>',
		stream: deflateSync(Buffer.concat(Array(8).fill(inner)), { level: 9 }),
	});
};

// Forms that draw each other, ten at a time: 10^12 drawings.
export const endless = () => {
	const depth = 12;
	const forms = Array.from({ length: depth }, (_, i) => ({
		text: `<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Resources << /Font << /F1 5 0 R >> /XObject << /X ${i + 7} 0 R >> >> >>`,
		stream: Buffer.from(i === depth - 1 ? 'BT /F1 9 Tf (x) Tj ET' : '/X Do '.repeat(10)),
	}));
	return around(
		PAGE.replace('/Font', '/XObject << /X 6 0 R >> /Font'),
		{ text: '<< >>', stream: Buffer.from('/X Do') },
		forms,
	);
};

// Megabytes of words from a small file.
export const wordy = () =>
	around(PAGE.replace('612 792', '14400 14400'), {
		text: '<< /Filter /FlateDecode >>',
		stream: deflateSync(
			Buffer.from(
				`BT /F1 6 Tf ${Array.from({ length: 60000 }, (_, i) => `1 0 0 1 ${(i % 60) * 240} ${14000 - Math.floor(i / 60) * 12} Tm (${String(i).padStart(40, 'w')}) Tj`).join(' ')} ET`,
			),
		),
	});

export const broken = () => Buffer.from(`%PDF-1.7\n${'\u0001garbage\u0000'.repeat(2000)}\n%%EOF`, 'latin1');
