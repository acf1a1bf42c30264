// Sees all that a browser reports against a page: the policy, Trusted Types, scripts, other hosts.
import { expect } from '@playwright/test';

export class Watch {
	found = [];
	refusals = [];
	expected = [];
	answers = [];

	/** A refusal that this test provokes. */
	expect(status, path) {
		this.expected.push({ status, path });
	}

	async over(context, url) {
		const { host } = new URL(url);
		await context.exposeBinding('__violation', (_source, text) => {
			this.found.push(`policy: ${text}`);
		});
		await context.addInitScript(() => {
			document.addEventListener('securitypolicyviolation', (event) => {
				window.__violation(`${event.violatedDirective} blocked ${event.blockedURI} ${event.sample}`);
			});
			window.__shift = 0;
			new PerformanceObserver((list) => {
				for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.__shift += entry.value;
			}).observe({ type: 'layout-shift', buffered: true });
		});
		context.on('request', (request) => {
			const to = new URL(request.url());
			if (['http:', 'https:', 'ws:', 'wss:'].includes(to.protocol) && to.host !== host) {
				this.found.push(`another host: ${request.url()}`);
			}
		});
		context.on('console', (message) => {
			// What the network says is judged by its answers, below.
			if (message.type() !== 'error' && message.type() !== 'warning') return;
			if (message.text().startsWith('Failed to load resource')) return;
			// Where the first answer is a refusal, the rest is not asked for; ahead.spec.mjs sees to every other case.
			if (message.text().includes('was preloaded using link preload but not used')) return;
			this.found.push(`console: ${message.text()}`);
		});
		context.on('weberror', (error) => this.found.push(`script: ${error.error()?.stack ?? error.error()}`));
		context.on('response', (response) => {
			const path = new URL(response.url()).pathname;
			if (response.status() >= 400) this.refusals.push({ status: response.status(), path, method: response.request().method() });
			if (path.startsWith('/v1/')) this.answers.push(response.text().catch(() => ''));
		});
	}

	/** All that the server told this browser. */
	async heard() {
		return (await Promise.all(this.answers)).join('\n');
	}

	check() {
		const surprises = this.refusals.filter(
			(one) => !this.expected.some(({ status, path }) => status === one.status && path.test(one.path)),
		);
		expect(surprises, 'answers that nobody expected').toEqual([]);
		expect(this.found, 'violations of the policy, errors on the console, requests to other hosts').toEqual([]);
	}
}
