// The table of make bench: medians, ratios, and whose processor time a request took.

export const median = (values) => {
	const sorted = [...values].sort((a, b) => a - b);
	const at = sorted.length / 2;
	return sorted.length % 2 ? sorted[Math.floor(at)] : (sorted[at - 1] + sorted[at]) / 2;
};
const fixed = (value, digits = 2) => value.toFixed(digits);
const rate = (value) => Math.round(value).toLocaleString('en');

// Ratios are taken round by round, so that what disturbs a round disturbs both sides of it.
const ratio = (a, b) => median(a.map((round, k) => round.rate / b[k].rate));

const parts = ['server', 'postgres', 'nginx', 'generator'];
const each = (rounds, part) => median(rounds.map((r) => (r.cpu[part] / (r.rate * r.seconds)) * 1e6));
const whole = (rounds) => parts.reduce((sum, part) => sum + each(rounds, part), 0);

function cpu(rounds) {
	return parts
		.map((part) => [part, each(rounds, part)])
		.filter(([, us]) => us >= 0.05)
		.map(([part, us]) => `${part} ${fixed(us, us < 10 ? 1 : 0)}`)
		.join(', ');
}

function compare(lines, series, row, what, clients, ours, others) {
	const mine = series[ours];
	if (!mine || !others.every(([, key]) => series[key]?.length === mine.length)) return;
	lines.push([row, what, clients, 'assay', rate(median(mine.map((r) => r.rate))), '', '', '', cpu(mine)]);
	for (const [name, key, goal] of others) {
		const value = ratio(mine, series[key]);
		const met = goal === undefined ? '' : value >= goal ? `≥ ${goal} met` : `≥ ${goal} MISSED`;
		lines.push(['', '', '', name, rate(median(series[key].map((r) => r.rate))), fixed(value), fixed(whole(series[key]) / whole(mine)), met, cpu(series[key])]);
	}
}

function figure(lines, row, what, value, unit, goal, digits = 1) {
	lines.push([row, what, '', '', `${fixed(value, digits)} ${unit}`, '', '', `≤ ${goal} ${value <= goal ? 'met' : 'MISSED'}`, '']);
}

// One side's time by the other's, and the processor time of both.
function inAndOut(lines, row, what, rounds, ours, others) {
	const cpuOf = (it) => parts.reduce((sum, part) => sum + it.cpu[part], 0);
	const seconds = (key) => `${fixed(median(rounds.map((r) => r[key].seconds)), 1)} s`;
	const share = (key) => parts.map((part) => [part, median(rounds.map((r) => r[key].cpu[part]))]).filter(([, s]) => s >= 0.05).map(([part, s]) => `${part} ${fixed(s, 1)} s`).join(', ');
	lines.push([row, what, '', 'assay', seconds(ours), '', '', '', share(ours)]);
	for (const [name, key, goal] of others) {
		const value = median(rounds.map((r) => r[key].seconds / r[ours].seconds));
		const byCpu = median(rounds.map((r) => cpuOf(r[key]) / cpuOf(r[ours])));
		const met = goal === undefined ? '' : value >= goal ? `≥ ${goal} met` : `≥ ${goal} MISSED`;
		lines.push(['', '', '', name, seconds(key), fixed(value), fixed(byCpu), met, share(key)]);
	}
}

// As Markdown.
export function grid(head, lines) {
	const all = [head, ...lines];
	const wide = head.map((_, k) => Math.max(...all.map((line) => String(line[k]).length)));
	const text = (line) => `| ${line.map((cell, k) => String(cell).padEnd(wide[k])).join(' | ')} |`;
	return [text(head), `|${wide.map((n) => '-'.repeat(n + 2)).join('|')}|`, ...lines.map(text)].join('\n');
}

export function table(report) {
	const out = [];
	const { series } = report;
	const lines = [];
	for (const c of [8, 32]) compare(lines, series, 1, 'GET a static answer', c, `static.server.${c}`, [['nginx', `static.nginx.${c}`, 1]]);
	for (const [c, goal] of [[8, 0.8], [32, 1]]) compare(lines, series, 2, 'GET one candidate', c, `one.server.${c}`, [['pgbench', `one.pgbench.${c}`, goal]]);
	for (const [c, goal] of [[8, 0.8], [32, 1.1]]) compare(lines, series, 3, 'GET a page of 25', c, `page.server.${c}`, [['pgbench', `page.pgbench.${c}`, goal]]);
	for (const [c, one, many] of [[8], [32, 1, 2.5]])
		compare(lines, series, 4, 'POST a scorecard with six ratings', c, `submit.server.${c}`, [
			['pgbench, one statement', `submit.statement.${c}`, one],
			['pgbench, BEGIN … COMMIT', `submit.transaction.${c}`, many],
		]);
	for (const c of [8, 32]) compare(lines, series, 6, 'GET unchanged, If-None-Match', c, `unchanged.server.${c}`, [['row 2', `one.server.${c}`, 1]]);
	if (report.latency) {
		const p99 = (rounds) => median(rounds.map((r) => r.p99_us)) / 1000;
		figure(lines, 8, `p99 of reads at ${rate(report.latency.read[0].rate)} a second`, p99(report.latency.read), 'ms', 5, 2);
		figure(lines, 8, `p99 of writes at ${rate(report.latency.write[0].rate)} a second`, p99(report.latency.write), 'ms', 20, 2);
	}
	if (report.start) {
		figure(lines, 9, 'resident at start', median(report.start.start) / 1e6, 'MB', 15);
		figure(lines, 9, 'an idle connection of 10,000', median(report.start.idle) / 1e3, 'kB', 12);
		figure(lines, 10, 'start to first answer, database running', median(report.start.cold), 'ms', 100, 0);
		lines.push([10, 'the same with its embedded database', '', '', `${fixed(median(report.start.coldEmbedded), 0)} ms`, '', '', '', '']);
	}
	if (report.import) inAndOut(lines, 11, 'import of candidates from CSV', report.import, 'ours', [['unnest batches', 'theirs', 0.5]]);
	if (report.export) {
		const copies = [['COPY of what may be read', 'readable', 0.5], ['COPY of all', 'bare']];
		inAndOut(lines, 12, 'export of scorecards, CSV', report.export, 'csv', copies);
		inAndOut(lines, 12, 'export of scorecards, NDJSON', report.export, 'ndjson', copies);
		figure(lines, 12, 'resident while exporting', median(report.export.map((r) => Math.max(r.csv.most, r.ndjson.most))) / 1e6, 'MB', 40);
	}
	out.push(grid(['row', 'work', 'clients', 'by', 'a second', 'ratio', 'by CPU', 'to reach', 'CPU µs a request'], lines));
	if (series['check.wrk.server']) {
		const by = (key) => rate(median(series[key].map((r) => r.rate)));
		out.push(
			`\nThe generator against wrk, 8 clients, static answer: assay ${by('static.server.8')} (wrk ${by('check.wrk.server')}), nginx ${by('static.nginx.8')} (wrk ${by('check.wrk.nginx')}).`,
		);
	}
	if (report.growth) {
		out.push('\nGrowth, median of one request at a time:\n');
		out.push(grid(
			['candidates', 'one, µs', 'page, µs', 'search, µs', 'submit, µs'],
			report.growth.map((p) => [p.size, p.one, p.page, p.search, p.submit].map(rate)),
		));
	}
	return `${out.join('\n')}\n`;
}
