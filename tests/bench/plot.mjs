// One SVG with a small chart a measurement: time against rows, both on logarithmic axes.

const W = 300;
const H = 220;
const PAD = { left: 56, right: 14, top: 34, bottom: 40 };
const COLOURS = ['#1f6f8b', '#c05621'];

const escape = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]);
const spoken = (us) => (us >= 1000 ? `${us / 1000} ms` : `${us} µs`);
const power = (n) => `10${[...String(Math.round(Math.log10(n)))].map((d) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[d]).join('')}`;

function chart({ title, series }, left) {
	const points = series.flatMap((s) => s.points);
	const xs = points.map(([x]) => Math.log10(x));
	const low = 10 ** Math.floor(Math.log10(Math.min(...points.map(([, y]) => y))));
	const high = 10 ** Math.ceil(Math.log10(Math.max(...points.map(([, y]) => y)) + 1));
	const x = (v) => left + PAD.left + ((Math.log10(v) - Math.min(...xs)) / (Math.max(...xs) - Math.min(...xs) || 1)) * (W - PAD.left - PAD.right);
	const y = (v) => H - PAD.bottom - ((Math.log10(v) - Math.log10(low)) / Math.log10(high / low)) * (H - PAD.top - PAD.bottom);
	const out = [`<text x="${left + PAD.left}" y="18" font-weight="600">${escape(title)}</text>`];
	for (let v = low; v <= high; v *= 10)
		out.push(
			`<line x1="${left + PAD.left}" x2="${left + W - PAD.right}" y1="${y(v)}" y2="${y(v)}" stroke="#ddd"/>`,
			`<text x="${left + PAD.left - 6}" y="${y(v) + 4}" text-anchor="end">${spoken(v)}</text>`,
		);
	for (const v of new Set(points.map(([rows]) => rows)))
		out.push(`<text x="${x(v)}" y="${H - PAD.bottom + 18}" text-anchor="middle">${power(v)}</text>`);
	series.forEach((s, k) => {
		const line = s.points.map(([rows, us]) => `${x(rows).toFixed(1)},${y(us).toFixed(1)}`);
		out.push(`<polyline fill="none" stroke="${COLOURS[k]}" stroke-width="2" points="${line.join(' ')}"/>`);
		out.push(...line.map((at) => `<circle r="3" fill="${COLOURS[k]}" cx="${at.split(',')[0]}" cy="${at.split(',')[1]}"/>`));
		out.push(`<text x="${left + PAD.left + k * 90}" y="${H - 6}" fill="${COLOURS[k]}">${escape(s.name)}</text>`);
	});
	return out.join('\n');
}

export function plot(charts, title = 'Time of a request against the number of candidates') {
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${W * charts.length}" height="${H}" viewBox="0 0 ${W * charts.length} ${H}" font-family="sans-serif" font-size="11" fill="#222">
<title>${escape(title)}</title>
<rect width="100%" height="100%" fill="#fff"/>
${charts.map((c, k) => chart(c, k * W)).join('\n')}
</svg>
`;
}
