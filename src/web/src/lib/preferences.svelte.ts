// What a person chose for this browser: theme, and whether single keys are shortcuts.
export type Theme = 'system' | 'light' | 'dark';

function read(name: string): string | null {
	try {
		return localStorage.getItem(`assay.${name}`);
	} catch {
		return null;
	}
}

function write(name: string, value: string): void {
	try {
		localStorage.setItem(`assay.${name}`, value);
	} catch {
		// It then lasts until the page is left.
	}
}

class Preferences {
	theme = $state<Theme>('system');
	singleKeys = $state(true);

	start(): void {
		const theme = read('theme');
		this.theme = theme === 'light' || theme === 'dark' ? theme : 'system';
		this.singleKeys = read('single_keys') !== 'off';
		this.#apply();
	}

	setTheme(theme: Theme): void {
		this.theme = theme;
		write('theme', theme);
		this.#apply();
	}

	setSingleKeys(on: boolean): void {
		this.singleKeys = on;
		write('single_keys', on ? 'on' : 'off');
	}

	#apply(): void {
		if (this.theme === 'system') delete document.documentElement.dataset['theme'];
		else document.documentElement.dataset['theme'] = this.theme;
	}
}

export const preferences = new Preferences();
