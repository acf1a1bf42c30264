// What an open form began with, for when its thing is loaded anew meanwhile: what nobody typed over is renewed; what
// was typed stays, and is saved against the newer version only where nothing that the form shows was changed elsewhere.
export class Basis<Shown> {
	/** What a change is sent against. */
	version = 0;
	#began = '';

	/** The form shows this now: it was loaded, or saved. */
	begin(version: number, shown: Shown): void {
		this.version = version;
		this.#began = JSON.stringify(shown);
	}

	/** A state was loaded while the form is open. True: the form is to show it, since nothing was typed. */
	renew(version: number, shown: Shown, typed: Shown): boolean {
		if (version < this.version) return false;
		const same = JSON.stringify(shown) === this.#began;
		const untouched = JSON.stringify(typed) === this.#began;
		if (same || untouched) this.version = version;
		if (same || !untouched) return false;
		this.#began = JSON.stringify(shown);
		return true;
	}
}
