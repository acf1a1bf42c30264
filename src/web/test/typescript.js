// Lets the test runner read TypeScript: the types are taken off as each module is loaded.
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import ts from 'typescript';

export async function load(url, context, next) {
	if (!url.endsWith('.ts') || url.includes('/node_modules/')) return next(url, context);
	const source = await readFile(fileURLToPath(url), 'utf8');
	const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
	const { outputText } = ts.transpileModule(source, { compilerOptions, fileName: url });
	return { format: 'module', shortCircuit: true, source: outputText };
}

// The loader itself runs on a thread of its own, which reads this file again.
if (isMainThread) register(import.meta.url);
