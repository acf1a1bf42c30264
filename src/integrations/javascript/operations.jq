# What the client has to know of each operation while it runs: method, path, the media type of a JSON
# body, and whether a repetition is known by its key.
"// Made from the API document.\nexport const table = " + ([.paths | to_entries[] | .key as $path
	| .value | to_entries[] | .key as $method | .value | select(type == "object" and has("operationId"))
	| { (.operationId): [($method | ascii_upcase), $path,
		((.requestBody.content // {}) | if has("application/merge-patch+json") then "application/merge-patch+json"
			elif has("application/json") then "application/json" else "" end),
		any(.parameters[]?; .["$ref"] == "#/components/parameters/IdempotencyKey")] }]
	| add | tojson) + " as const satisfies Record<string, readonly [string, string, string, boolean]>;"
