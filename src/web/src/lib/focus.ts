// Moving between the competencies of the form by keyboard.

/** Shows a group of the form and focuses its choice, or its first field. */
export function focusIn(id: string): void {
	const group = document.getElementById(id);
	group?.scrollIntoView({ block: 'start' });
	const field =
		group?.querySelector<HTMLElement>('input:checked') ?? group?.querySelector<HTMLElement>('input, textarea');
	field?.focus({ preventScroll: true });
}

/** From one competency, counted from 1, to the next or the previous one; after the last, to the rest. */
export function moveFrom(ids: readonly string[], number: number, step: 1 | -1): void {
	const next = ids[number - 1 + step];
	if (next !== undefined) focusIn(`${next}-group`);
	else if (step === 1) focusIn('overall');
}
