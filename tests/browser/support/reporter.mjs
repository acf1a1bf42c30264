// One line for each sentence that holds or does not, and the closing line that tests/run.sh adds up.
export default class Reporter {
	passed = 0;
	failed = 0;

	printsToStdio() {
		return true;
	}

	onStdOut(chunk) {
		process.stdout.write(chunk);
	}

	onError(error) {
		this.failed += 1;
		console.log(`Error: ${error.message ?? error.value}`);
	}

	onTestEnd(test, result) {
		if (result.status === 'skipped') return;
		const holds = result.status === 'passed';
		if (holds) this.passed += 1;
		else this.failed += 1;
		const [, project] = test.titlePath();
		console.log(`${holds ? 'ok' : 'not ok'} (${project}, ${(result.duration / 1000).toFixed(1)} s) ${test.title}`);
		for (const error of holds ? [] : result.errors) {
			console.log(`    ${(error.stack ?? error.message ?? '').slice(0, 4000).replaceAll('\n', '\n    ')}`);
		}
	}

	onEnd(result) {
		if (result.status !== 'passed' && this.failed === 0) this.failed = 1;
		console.log(`${this.passed} passed, ${this.failed} failed`);
	}
}
