// Values that fit a JSON Schema, and values that break one rule of it, for fast-check.
import fc from 'fast-check';

const hex = (length) =>
	fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const uuid = fc.tuple(hex(8), hex(4), hex(3), hex(3), hex(12)).map(([a, b, c, d, e]) => `${a}-${b}-7${c}-8${d}-${e}`);
const label = fc.string({
	unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789'),
	minLength: 1,
	maxLength: 12,
});
const when = fc.date({
	min: new Date('1990-01-01T00:00:00Z'),
	max: new Date('2090-01-01T00:00:00Z'),
	noInvalidDate: true,
});

// Texts that people and programs really send: any script, quotes, marks of other languages.
const naughty = fc.constantFrom(
	"'",
	'"',
	'\\',
	'%',
	'_',
	'--',
	';',
	'<script>',
	'${x}',
	'{{7*7}}',
	'=1+1',
	'\t',
	'\n',
	'\u200f',
	'🦄',
	'é',
	'ß',
	'İ',
	'中',
	'ا',
	'\u0301',
	'NULL',
	'true',
	'0',
	'-1',
	'1e309',
	'../',
	' ',
);
const textOf = (minimum, maximum) =>
	fc
		.oneof(
			{
				weight: 3,
				arbitrary: fc.string({
					unit: fc.oneof(
						{ weight: 4, arbitrary: fc.constantFrom(...'abcdefgh ABC') },
						{ weight: 1, arbitrary: naughty },
					),
					minLength: Math.max(minimum, 1),
					maxLength: Math.min(maximum, 40),
				}),
			},
			{
				weight: 1,
				arbitrary: fc
					.constantFrom(minimum, maximum)
					.map((length) => 'x'.repeat(Math.min(Math.max(length, minimum), 20_000))),
			},
		)
		.map((text) => ([...text].length > maximum ? [...text].slice(0, maximum).join('') : text))
		.filter((text) => [...text].length >= minimum);

const formats = {
	uuid,
	email: fc.tuple(label, label).map(([user, host]) => `${user}@${host}.example`),
	'date-time': when.map((date) => date.toISOString()),
	date: when.map((date) => date.toISOString().slice(0, 10)),
	uri: label.map((path) => `https://example.com/${path}`),
};

// The shapes of `pattern` that the document uses, by hand: a new one fails here.
const patterns = {
	'^[a-z0-9][a-z0-9_.-]*$': label,
	'^[a-z0-9][a-z0-9-]*$': label,
	'^[a-z0-9_]+$': label,
	'^[a-z]{2,3}(-[A-Z]{2})?$': fc.constantFrom('en', 'de', 'de-CH', 'gsw', 'gsw-CH'),
	'^([*]|[a-z_]+[.]([a-z_]+|[*]))$': fc.constantFrom('*', 'application.*', 'scorecard.submitted', 'nothing.*', 'no.such'),
	'^(gte|gt|lte|lt)[|][^|]+([|](gte|gt|lte|lt)[|][^|]+)?$': fc.constantFrom('gte|2020-01-01T00:00:00Z', 'gt|2020-01-01T00:00:00Z|lte|2099-01-01T00:00:00.5+02:00'),
	'^[0-9]+$': fc.constantFrom('0', '12345', '4503599627370495', '9999999999999999'),
	'^(https://[A-Za-z0-9.-]+(:[0-9]{1,5})?|http://(127[.]0[.]0[.]1|\\[::1\\])(:[0-9]{1,5})?)(/[A-Za-z0-9._~!$&\'()*+,;=:@%/-]*)?([?][A-Za-z0-9._~!$&\'()*+,;=:@%/?-]*)?$': fc.constantFrom('https://partner.example/cb', 'https://partner.example:8443', 'http://127.0.0.1/cb?x=1'),
	'^https://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~!$&\'()*+,;=:@%/-]*)?([?][A-Za-z0-9._~!$&\'()*+,;=:@%/?-]*)?$': fc.constantFrom('https://partner.example', 'https://partner.example/about?x=1'),
	'^[A-Z][A-Z]$': fc.constantFrom('DE', 'FR', 'XX'),
	'^[A-Z][A-Z][A-Z]$': fc.constantFrom('USD', 'EUR', 'XXX'),
};

export class Arbitraries {
	// `known(name)` gives ids of that name that exist, so that what is named often does.
	constructor(contract, known) {
		Object.assign(this, { contract, known });
	}

	#string(schema, name) {
		if (schema.pattern) {
			if (!patterns[schema.pattern])
				throw new Error(`no arbitrary for the pattern ${schema.pattern}`);
			return patterns[schema.pattern];
		}
		if (schema.format === 'uuid' && name) {
			const ids = this.known(name);
			return ids.length
				? fc.oneof(
						{ weight: 4, arbitrary: fc.constantFrom(...ids) },
						{ weight: 1, arbitrary: uuid },
					)
				: uuid;
		}
		if (schema.format)
			return formats[schema.format] ?? textOf(schema.minLength ?? 0, schema.maxLength ?? 40);
		return textOf(schema.minLength ?? 0, schema.maxLength ?? 40);
	}

	#object(schema) {
		const required = schema.required ?? [];
		const members = Object.fromEntries(
			Object.entries(schema.properties ?? {}).map(([name, inner]) => [name, this.valid(inner, name)]),
		);
		let out = fc.record(members, { requiredKeys: required });
		if (schema.additionalProperties && typeof schema.additionalProperties === 'object') {
			const key = schema.propertyNames
				? this.valid(
						{ type: 'string', ...this.contract.resolve(schema.propertyNames) },
						'competency_id',
					)
				: label;
			out = fc.dictionary(key, this.valid(schema.additionalProperties), {
				maxKeys: Math.min(schema.maxProperties ?? 3, 3),
			});
		}
		const { minProperties: least = 0, maxProperties: most = Infinity } = schema;
		const fits = ({ length }) => length >= least && length <= most;
		return least || most < Infinity ? out.filter((value) => fits(Object.keys(value))) : out;
	}

	valid(given, name) {
		const schema = this.contract.resolve(given);
		if (schema.const !== undefined) return fc.constant(schema.const);
		if (schema.enum) return fc.constantFrom(...schema.enum);
		if (schema.anyOf ?? schema.oneOf)
			return fc.oneof(...(schema.anyOf ?? schema.oneOf).map((one) => this.valid(one, name)));
		const types = [schema.type].flat().filter(Boolean);
		if (types.length > 1) return fc.oneof(...types.map((type) => this.valid({ ...schema, type }, name)));
		switch (types[0]) {
			case 'null':
				return fc.constant(null);
			case 'boolean':
				return fc.boolean();
			case 'integer':
				return fc.integer({ min: schema.minimum ?? -1000, max: schema.maximum ?? 1000 });
			case 'number':
				return fc.oneof(
					fc.constantFrom(schema.minimum ?? 0, schema.maximum ?? 10),
					fc
						.integer({
							min: Math.ceil((schema.minimum ?? 0) * 10),
							max: Math.floor((schema.maximum ?? 10) * 10),
						})
						.map((tenths) => tenths / 10),
				);
			case 'array': {
				const options = {
					minLength: schema.minItems ?? 0,
					maxLength: Math.min(schema.maxItems ?? 4, Math.max(4, schema.minItems ?? 0)),
				};
				const items = this.valid(
					schema.items,
					name === 'competency_ids'
						? 'competency_id'
						: name === 'stage_ids'
							? 'stage_id'
							: undefined,
				);
				return schema.uniqueItems ? fc.uniqueArray(items, options) : fc.array(items, options);
			}
			case 'object':
				return this.#object(schema);
			default:
				return this.#string(schema, name);
		}
	}

	// One change to a valid object that breaks a rule: [what, pointer, value].
	broken(given, value) {
		const schema = this.contract.resolve(given);
		const out = [['type', '', [value]]];
		if (schema.additionalProperties === false)
			out.push(['additionalProperties', '/no_such_member', { ...value, no_such_member: 1 }]);
		for (const name of schema.required ?? []) {
			const { [name]: _, ...rest } = value;
			out.push(['required', `/${name}`, rest]);
		}
		for (const [name, inner] of Object.entries(schema.properties ?? {}))
			for (const [rule, bad] of this.#breaks(this.contract.resolve(inner)))
				out.push([rule, `/${name}`, { ...value, [name]: bad }]);
		return out;
	}

	#breaks(schema) {
		const types = [schema.type].flat();
		const out = [];
		if (schema.enum) out.push(['enum', 'no-such-value'], ['enum', 7]);
		else if (types.includes('object')) out.push(['type', 'text'], ['type', []]);
		else if (schema.type) out.push(['type', { an: 'object' }]);
		if (types.includes('string')) {
			out.push(['type', 7], ['type', false]);
			if (schema.format === 'uuid') out.push(['format', 'not-a-uuid'], ['format', '']);
			else if (schema.format === 'email') out.push(['format', 'nobody'], ['format', 'a@b@c']);
			else if (schema.format === 'date-time')
				out.push(
					['format', 'yesterday'],
					['format', '2026-13-01T00:00:00Z'],
					['format', '2026-02-30T00:00:00Z'],
				);
			if (schema.maxLength && !schema.enum) out.push(['maxLength', 'x'.repeat(schema.maxLength + 1)]);
			if (schema.minLength && !schema.format) out.push(['minLength', '']);
			if (!types.includes('null')) out.push(['type', null]);
		}
		if (types.includes('integer')) out.push(['type', 1.5], ['type', '1']);
		if (schema.minimum !== undefined) out.push(['minimum', schema.minimum - 1]);
		if (schema.maximum !== undefined) out.push(['maximum', schema.maximum + 1], ['maximum', 1e300]);
		if (types.includes('array')) {
			out.push(['type', {}]);
			if (schema.maxItems && schema.maxItems < 100)
				out.push(['maxItems', Array.from({ length: schema.maxItems + 1 }, () => null)]);
			if (schema.minItems) out.push(['minItems', []]);
		}
		return out;
	}
}
