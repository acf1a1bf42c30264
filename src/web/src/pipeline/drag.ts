// Dragging a card with the pointer: it follows, the column under it is told, Escape lets go of it.
interface Drag {
	/** The card that may be dragged from there. */
	start: (id: string) => boolean;
	over: (column: string | null) => void;
	drop: (id: string, column: string) => void;
}

const STEP = 6;

/** Handlers on the board; touch scrolls, and has "Move to" instead. */
export function draggable(board: HTMLElement, on: Drag): () => void {
	let held: { id: string; card: HTMLElement; x: number; y: number; ghost: HTMLElement | null } | null = null;
	let column: string | null = null;

	const end = (): void => {
		held?.ghost?.remove();
		held?.card.classList.remove('dragged');
		held = null;
		column = null;
		on.over(null);
		document.removeEventListener('pointermove', move);
		document.removeEventListener('pointerup', up);
		document.removeEventListener('pointercancel', end);
		document.removeEventListener('keydown', key, true);
	};

	const lift = (card: HTMLElement): HTMLElement => {
		const ghost = card.cloneNode(true) as HTMLElement;
		const { width, height } = card.getBoundingClientRect();
		ghost.removeAttribute('data-card');
		for (const one of ghost.querySelectorAll('[id]')) one.removeAttribute('id');
		ghost.setAttribute('aria-hidden', 'true');
		ghost.inert = true;
		ghost.classList.add('ghost');
		Object.assign(ghost.style, { width: `${String(width)}px`, height: `${String(height)}px` });
		board.append(ghost);
		card.classList.add('dragged');
		return ghost;
	};

	const move = (event: PointerEvent): void => {
		if (!held) return;
		const [x, y] = [event.clientX - held.x, event.clientY - held.y];
		if (!held.ghost) {
			if (Math.hypot(x, y) < STEP) return;
			held.ghost = lift(held.card);
		}
		event.preventDefault();
		Object.assign(held.ghost.style, { left: `${String(event.clientX - 24)}px`, top: `${String(event.clientY - 20)}px` });
		const under = document.elementFromPoint(event.clientX, event.clientY)?.closest<HTMLElement>('[data-column]');
		column = under && board.contains(under) ? (under.dataset['column'] ?? null) : null;
		on.over(column);
		const box = board.getBoundingClientRect();
		if (event.clientX > box.right - 40) board.scrollLeft += 16;
		else if (event.clientX < box.left + 40) board.scrollLeft -= 16;
	};

	const up = (): void => {
		if (held?.ghost) {
			// The click that ends a drag opens nothing.
			const stop = (event: Event): void => {
				event.preventDefault();
				event.stopPropagation();
			};
			document.addEventListener('click', stop, { capture: true, once: true });
			setTimeout(() => {
				document.removeEventListener('click', stop, true);
			});
			if (column !== null) on.drop(held.id, column);
		}
		end();
	};

	const key = (event: KeyboardEvent): void => {
		if (event.key !== 'Escape') return;
		event.preventDefault();
		end();
	};

	const down = (event: PointerEvent): void => {
		if (event.button !== 0 || event.pointerType === 'touch' || !(event.target instanceof Element)) return;
		if (event.target.closest('button, select, input, [role=menu]')) return;
		const card = event.target.closest<HTMLElement>('[data-card]');
		const id = card?.dataset['card'];
		if (!card || id === undefined || !on.start(id)) return;
		held = { id, card, x: event.clientX, y: event.clientY, ghost: null };
		document.addEventListener('pointermove', move);
		document.addEventListener('pointerup', up);
		document.addEventListener('pointercancel', end);
		document.addEventListener('keydown', key, true);
	};

	// The browser's own dragging of links and text would take the pointer away.
	const own = (event: Event): void => {
		event.preventDefault();
	};
	board.addEventListener('dragstart', own);
	board.addEventListener('pointerdown', down);
	return () => {
		end();
		board.removeEventListener('dragstart', own);
		board.removeEventListener('pointerdown', down);
	};
}
