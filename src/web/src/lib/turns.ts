// Turns of the main thread: long work ends its task now and then, so that what a person does comes first.

interface Scheduler {
	yield?: () => Promise<void>;
}

/** The rest of the work, in a task of its own; input goes before it. */
export function turn(): Promise<void> {
	const { scheduler } = globalThis as { scheduler?: Scheduler };
	if (scheduler?.yield) return scheduler.yield();
	return new Promise((go) => {
		const { port1, port2 } = new MessageChannel();
		port1.onmessage = () => {
			port1.close();
			go();
		};
		port2.postMessage(null);
	});
}

/** The same, once what was drawn can be seen; a page that nobody sees has nothing to wait for. */
export function frame(): Promise<void> {
	if (document.hidden) return turn();
	return new Promise((go) => {
		requestAnimationFrame(() => void turn().then(go));
	});
}
