// The geometry of plots: scales and round marks, without a word of markup.
export interface Scale {
	from: number;
	to: number;
	ticks: number[];
}

/** A scale with round marks that holds all values; it begins at zero where bars need it to. */
export function scaleOf(values: readonly number[], { zero = false, marks = 5 } = {}): Scale {
	const known = values.filter(Number.isFinite);
	let low = zero ? Math.min(0, ...known) : Math.min(...known);
	let high = zero ? Math.max(0, ...known) : Math.max(...known);
	if (known.length === 0) [low, high] = [0, 1];
	if (low === high) [low, high] = low === 0 ? [0, 1] : zero ? [Math.min(0, low), Math.max(0, high)] : [low - 1, high + 1];
	const rough = (high - low) / marks;
	const power = 10 ** Math.floor(Math.log10(rough));
	const step = power * ([1, 2, 2.5, 5, 10].find((one) => one * power >= rough * 0.999) ?? 10);
	const first = Math.floor(low / step + 1e-9);
	const last = Math.ceil(high / step - 1e-9);
	const ticks = Array.from({ length: last - first + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
	return { from: ticks[0] ?? low, to: ticks.at(-1) ?? high, ticks };
}

/** Where a value stands on a scale, in per cent of its length. */
export function place(value: number, { from, to }: Scale): number {
	return to === from ? 0 : Math.min(100, Math.max(0, ((value - from) / (to - from)) * 100));
}

/** The path of a line over columns of equal width; it is broken where a value is missing. */
export function linePath(values: readonly (number | null)[], scale: Scale): string {
	let pen = 'M';
	const parts: string[] = [];
	for (const [index, value] of values.entries()) {
		if (value === null) {
			pen = 'M';
			continue;
		}
		const x = values.length < 2 ? 50 : (index / (values.length - 1)) * 100;
		parts.push(`${pen}${x.toFixed(2)} ${(100 - place(value, scale)).toFixed(2)}`);
		pen = 'L';
	}
	return parts.join('');
}
