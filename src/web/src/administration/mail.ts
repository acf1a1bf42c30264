// Mail without markup: what a captured message holds, and the paragraphs of an HTML part.
import type { Schemas } from '../lib/api.ts';

export type MailState = Schemas['MailMessage']['state'];

export const states = ['queued', 'sending', 'sent', 'captured', 'not_sent', 'failed', 'bounced'] as const;
export const kinds = [
	'invitation',
	'password_reset',
	'interview_interviewer',
	'interview_candidate',
	'interview_cancelled',
	'scorecard_due',
	'mention',
	'candidate_link',
	'letter',
	'survey',
] as const;
export const languages = ['en', 'de'] as const;

/** It may still leave. */
export const underWay = (state: MailState): boolean => state === 'queued' || state === 'sending';

export interface Piece {
	text: string;
	link?: string;
}

/** Lines of pieces; null is a rule across. */
export type Block = Piece[][] | null;

const entities: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': '\'' };
const plain = (html: string): string => html.replace(/&(\w+|#39);/gu, (whole, name: string) => entities[name] ?? whole);

/**
 * The paragraphs of an HTML part, to be shown as elements of our own: the page takes no markup from
 * anywhere. It knows what such a part is made of, and leaves out any other tag.
 */
export function blocksOf(html: string): Block[] {
	const body = /<body[^>]*>([\s\S]*?)<\/body>/u.exec(html)?.[1] ?? html;
	const blocks: Block[] = [];
	let lines: Piece[][] = [[]];
	let link: string | undefined;
	const end = (): void => {
		if (lines.some((line) => line.some(({ text }) => text.trim() !== ''))) blocks.push(lines);
		lines = [[]];
	};
	for (const [part] of body.matchAll(/<[^>]*>|[^<]+/gu)) {
		if (part === '<p>' || part === '</p>') end();
		else if (part === '<br>') lines.push([]);
		else if (part === '</a>') link = undefined;
		else if (part === '<hr>') {
			end();
			blocks.push(null);
		} else if (part.startsWith('<')) {
			const href = /^<a href="([^"]*)">$/u.exec(part)?.[1];
			if (href !== undefined) link = plain(href);
		} else {
			const text = plain(part.replace(/\s+/gu, ' '));
			lines.at(-1)?.push({ text: lines.at(-1)?.length === 0 ? text.trimStart() : text, ...(link === undefined ? {} : { link }) });
		}
	}
	end();
	return blocks;
}

/** Only what leads to a page may be followed. */
export const followable = (link: string): boolean => /^https?:\/\//u.test(link);

function textOf(base64: string): string {
	const bytes = Uint8Array.from(atob(base64.replace(/\s/gu, '')), (one) => one.charCodeAt(0));
	return new TextDecoder().decode(bytes);
}

/** A header's words (RFC 2047); the space between two encoded ones is none. */
function headerOf(text: string): string {
	return text.replace(/(\?=)\s+(?==\?)/gu, '$1').replace(/=\?UTF-8\?B\?([^?]*)\?=/giu, (_whole, word: string) => textOf(word));
}

export interface Captured {
	from: string;
	to: string;
	subject: string;
	text: string;
	html: string;
}

/** A message as it would have been sent (RFC 5322, RFC 2045), as this server writes it. */
export function readMessage(content: string): Captured {
	const [head = '', ...rest] = content.split(/\r?\n\r?\n/u);
	const headers = head.replace(/\r?\n[ \t]+/gu, ' ');
	const header = (name: string): string => headerOf(new RegExp(`^${name}: *(.*?)\\r?$`, 'imu').exec(headers)?.[1] ?? '');
	const boundary = /boundary="([^"]+)"/u.exec(headers)?.[1];
	const parts = boundary === undefined ? [] : rest.join('\n\n').split(`--${boundary}`);
	const part = (type: string): string => {
		const [, body = ''] = (parts.find((one) => one.includes(`Content-Type: ${type}`)) ?? '').split('\n\n');
		return textOf(body);
	};
	return { from: header('From'), to: header('To'), subject: header('Subject'), text: part('text/plain'), html: part('text/html') };
}
