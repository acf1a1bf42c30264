// All keyboard shortcuts in one table: the help shows it, and the frame acts on it.
import { screens } from '../screens.ts';
import type { Me } from './shapes.ts';

export interface Shortcut {
	/** What it does; `t.shortcuts.keys[does]`. */
	does: string;
	keys: readonly string[];
	group: 'everywhere' | 'form';
}

const mac = typeof navigator !== 'undefined' && /Mac|iP(hone|ad)/.test(navigator.platform);
export const commandKey = mac ? '⌘' : 'Ctrl';

export const shortcuts: readonly Shortcut[] = [
	{ group: 'everywhere', does: 'palette', keys: [commandKey, 'K'] },
	{ group: 'everywhere', does: 'help', keys: ['?'] },
	{ group: 'everywhere', does: 'search', keys: ['/'] },
	{ group: 'form', does: 'rate', keys: ['1–5'] },
	{ group: 'form', does: 'not_assessed', keys: ['n'] },
	{ group: 'form', does: 'next', keys: ['j', 'k'] },
	{ group: 'form', does: 'choices', keys: ['↑', '↓'] },
	{ group: 'form', does: 'submit', keys: [commandKey, 'Enter'] },
];

/** The address that a sequence such as `gr` leads to, for those who may go there. */
export function addressOf(sequence: string, me: Me): string | null {
	return screens.find((one) => one.keys === sequence && (one.sees?.(me) ?? true))?.pattern ?? null;
}
