// Builds the interface into build/web: hashed assets, no inline code, so that it holds under a
// strict Content-Security-Policy.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vite';

// The screens that there are, by the modules that their table loads.
const screens = new Set(readFileSync(join(import.meta.dirname, 'src/screens.ts'), 'utf8').match(/\.\/pages\/\w+\.svelte/gu)).size;

export default defineConfig({
	root: import.meta.dirname,
	publicDir: false,
	plugins: [svelte()],
	build: {
		outDir: process.env['ASSAY_WEB_OUT'] ?? '../../build/web',
		emptyOutDir: true,
		manifest: true,
		target: ['chrome123', 'edge123', 'firefox120', 'safari17.5'],
		assetsInlineLimit: 0,
		modulePreload: { polyfill: false },
		reportCompressedSize: false,
		cssCodeSplit: false,
		rolldownOptions: {
			output: {
				// What a third of the screens share comes with the first script, and all styles in one file: a browser asks for
				// six files at a time, and on a phone each further six cost a way to the server and back.
				codeSplitting: { groups: [{ name: 'house', test: /\/src\/(ui|lib|text)\/|\/node_modules\//, minShareCount: Math.ceil(screens / 3) }] },
			},
		},
	},
	server: {
		// Development: `npm run dev` beside a running server.
		proxy: { '/v1': process.env['ASSAY_URL'] ?? 'http://127.0.0.1:8080' },
	},
});
