// What a candidate's page asks of the server, with the token of its link and without any cookie.
import createClient from 'openapi-fetch';
import type { paths } from '#api';
import { Offline, Problem, type Schemas } from './api.ts';

export type Side = Schemas['CandidateSide'];

export function sideClient(token: string) {
	return createClient<paths>({
		baseUrl: location.origin,
		credentials: 'omit',
		headers: { 'Candidate-Link': token },
		fetch: async (request: Request) => {
			try {
				return await fetch(request);
			} catch (error) {
				if (error instanceof DOMException && error.name === 'AbortError') throw error;
				throw new Offline();
			}
		},
	});
}

export interface Sending {
	done: Promise<Schemas['SubmittedWorkSample']>;
	stop: () => void;
}

/** A file, with how much of it is on its way; `fetch` does not tell. */
export function sendFile(token: string, file: File, type: string, progress: (share: number) => void): Sending {
	const request = new XMLHttpRequest();
	const done = new Promise<Schemas['SubmittedWorkSample']>((resolve, reject) => {
		request.open('POST', `/v1/candidate_side/work_sample?filename=${encodeURIComponent(file.name.slice(-200))}`);
		request.setRequestHeader('Candidate-Link', token);
		request.setRequestHeader('Content-Type', type);
		request.upload.onprogress = (event) => {
			progress(event.lengthComputable ? event.loaded / event.total : 0);
		};
		request.onerror = () => {
			reject(new Offline());
		};
		request.onabort = () => {
			reject(new DOMException('stopped', 'AbortError'));
		};
		request.onload = () => {
			let body: unknown = {};
			try {
				body = JSON.parse(request.responseText);
			} catch {
				/* a proxy's page */
			}
			if (request.status === 200) resolve(body as Schemas['SubmittedWorkSample']);
			else {
				const headers = { 'Retry-After': request.getResponseHeader('Retry-After') ?? '0' };
				const status = request.status >= 400 && request.status <= 599 ? request.status : 502;
				reject(new Problem(new Response(null, { status, headers }), body as Partial<Schemas['Problem']>));
			}
		};
		request.send(file);
	});
	return {
		done,
		stop: () => {
			request.abort();
		},
	};
}

