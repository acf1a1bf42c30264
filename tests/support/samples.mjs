// Requests that fit an operation's parameters and body by their form alone.
import { numberOf, randomId } from './world.mjs';

const example = (contract, given, depth = 0) => {
	const schema = contract.resolve(given);
	if (schema.const !== undefined) return schema.const;
	if (schema.enum) return schema.enum[0];
	if (schema.anyOf) return example(contract, schema.anyOf[0], depth);
	const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
	switch (type) {
		case 'object': {
			const out = {};
			for (const name of schema.required ?? [])
				out[name] = example(contract, schema.properties[name], depth + 1);
			for (const [name, inner] of Object.entries(schema.properties ?? {}))
				if (Object.keys(out).length < (schema.minProperties ?? 0) && !(name in out))
					out[name] = example(contract, inner, depth + 1);
			return out;
		}
		case 'array':
			return Array.from({ length: schema.minItems ?? 0 }, () =>
				example(contract, schema.items, depth + 1),
			);
		case 'integer':
		case 'number':
			return schema.minimum ?? 1;
		case 'boolean':
			return true;
		case 'string':
			if (schema.pattern && schema.example) return schema.example;
			if (schema.format === 'uuid') return randomId();
			if (schema.format === 'email') return 'sample@example.com';
			if (schema.format === 'date-time') return '2026-01-02T03:04:05.678Z';
			if (schema.format === 'date') return '2026-01-02';
			if (schema.format === 'uri') return 'https://example.com/x';
			return 'sample-of-this'.padEnd(schema.minLength ?? 0, 'x');
		default:
			return null;
	}
};

export function sampler(contract) {
	const sample = {
		// The path with `params` filled in, or values of the right form.
		path(operation, params = {}) {
			return operation.path.replace(/\{([^}]+)\}/g, (_, name) =>
				encodeURIComponent(
					params[name] ??
						(name === 'source' || name === 'external_id'
							? 'sample'
							: name === 'report'
								? 'fairness'
								: name.endsWith('_number')
									? numberOf(randomId())
									: randomId()),
				),
			);
		},
		// A request that the document allows, though what it names may not exist.
		request(operation, params = {}) {
			const options = { headers: {} };
			const type = operation.body && Object.keys(operation.body)[0];
			if (type) {
				const body = example(contract, operation.body[type].schema);
				if (/json/.test(type)) Object.assign(options, { body, type });
				else options.form = body;
			}
			for (const { name, in: place, required, schema } of operation.parameters) {
				if (place === 'header' && required) options.headers[name] = '"1"';
				if (place === 'query' && required)
					options.query = { ...options.query, [name]: example(contract, schema) };
			}
			return { path: sample.path(operation, params), options };
		},
		// A few values that fit a parameter's schema.
		values(given) {
			const schema = contract.resolve(given);
			if (schema.enum) return schema.enum;
			if (schema.type === 'boolean') return [true, false];
			return [example(contract, schema)];
		},
	};
	return sample;
}
