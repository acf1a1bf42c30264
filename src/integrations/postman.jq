# The Postman collection (v2.1) of the API document: a recipe first, then a folder a tag with every operation
# of /v1, its parameters as variables and an example of its body.
#
#   jq --arg version 0.1.0 -f postman.jq openapi.json

. as $document |

def resolved: if type == "object" and has("$ref")
	then (.["$ref"][2:] / "/") as $path | $document | getpath($path) | resolved else . end;

# A value that a schema describes: its own example where it has one, else the least that will do.
def example($depth): resolved
	| if type != "object" or $depth > 6 then null
	elif has("example") then .example
	elif has("examples") then .examples[0]
	elif has("const") then .const
	elif has("default") then .default
	elif has("enum") then ([.enum[] | select(. != null)][0])
	elif has("oneOf") then (.oneOf[0] | example($depth + 1))
	elif has("anyOf") then (.anyOf[0] | example($depth + 1))
	elif has("allOf") then (reduce .allOf[] as $part ({}; . + (($part | example($depth + 1)) // {})))
	else (.type | if type == "array" then .[0] else . end) as $type
	| if $type == "object" or has("properties") then
		(.required // []) as $required | (.minProperties // 0) as $least
		| (.properties // {}) | to_entries
		| ([.[] | select(.key | IN($required[]))] + [.[] | select(.key | IN($required[]) | not)])
			[:([($required | length), $least, 1] | max)]
		| map(.key as $key | .value |= example($depth + 1)) | from_entries
	elif $type == "array" then (.minItems // 1) as $least
		| (.items | example($depth + 1)) as $one | [range([$least, 1] | max) | $one]
	elif $type == "integer" or $type == "number" then .minimum // 1
	elif $type == "boolean" then true
	elif $type == "null" then null
	elif .format == "uuid" then "{{$guid}}"
	elif .format == "date-time" then "2027-01-01T09:00:00Z"
	elif .format == "date" then "2027-01-01"
	elif .format == "email" then "someone@example.org"
	elif .format == "uri" then "https://example.org/"
	elif .maxLength == 2 then "DE"
	elif (.pattern // "" | startswith("^https")) then "https://example.org/"
	else .minLength as $least | "text" | until(length >= ($least // 0); . + " " + .) end end;

# {{role_id}} in a path, so that one variable serves all operations.
# But `client_id` and `token`, which the program itself has.
def variable: if . == "client_id" or . == "token" then "the_" + . else . end;
def segments: ltrimstr("/") / "/"
	| map(if startswith("{") then "{{" + (.[1:-1] | variable) + "}}" else . end);

def one($path; $method): . as $operation
	| [(.parameters // [])[] | resolved] as $parameters
	| ((.requestBody // {}) | resolved | .content // {}) as $content
	| (($content | keys | map(select(test("json$") and . != "application/resume+json"))[0]) // ($content | keys[0])) as $type
	| {name: .summary, request: ({
		method: ($method | ascii_upcase),
		description: ([.description // "", "Operation `\(.operationId)`."] | map(select(. != "")) | join("\n\n")),
		url: ({raw: "{{url}}/\($path | segments | join("/"))", host: ["{{url}}"], path: ($path | segments)}
			+ ([$parameters[] | select(.in == "query") | {key: .name, value: "", description: (.description // ""),
				disabled: (.required != true)}] | if length > 0 then {query: .} else {} end)),
		header: ([$parameters[] | select(.in == "header" and (.name | IN("If-None-Match") | not))
				| {key: .name, value: (if .name == "Idempotency-Key" then "{{$guid}}" else "" end),
					description: (.description // ""), disabled: (.required != true)}]
			+ if $type then [{key: "Content-Type", value: $type}] else [] end)
	}
	+ (if .security == [] then {auth: {type: "noauth"}} else {} end)
	+ (if $type == null then {}
		elif $type == "application/x-www-form-urlencoded" then {body: {mode: "urlencoded", urlencoded:
			[($content[$type].schema | resolved | .properties // {} | keys[]) | {key: ., value: ""}]}}
		elif $type == "multipart/form-data" then {body: {mode: "formdata", formdata: []}}
		elif ($type | test("json$")) then {body: {mode: "raw", options: {raw: {language: "json"}},
			raw: ($content[$type].schema | example(0) | tojson)}}
		else {body: {mode: "file", file: {}}} end)), response: []};

# What the collection shows first: from a token to a decision.
def step($name; $method; $path; $body; $tests):
	{name: $name, response: [],
	event: [{listen: "test", script: {type: "text/javascript", exec: $tests}}],
	request: ({method: $method, header: (if $body then [{key: "Content-Type", value: "application/json"}] else [] end),
		url: {raw: "{{url}}\($path)", host: ["{{url}}"], path: ($path | ltrimstr("/") / "/" | .[:-1] + [.[-1] / "?" | .[0]])}}
	| if $body then .body = {mode: "raw", raw: ($body | tojson), options: {raw: {language: "json"}}} else . end
	| ($path / "?" | .[1]) as $query
	| if $query then .url.query = [$query / "&" | .[] / "=" | {key: .[0], value: .[1]}] else . end)};
def keep($status; $lines): ["pm.test('\($status)', () => pm.response.to.have.status(\($status)));",
	"const told = pm.response.json();"] + $lines;
def once($what): ["pm.test('made, or there already', () => pm.expect(pm.response.code).to.be.oneOf([200, 201]));",
	"pm.collectionVariables.set('\($what)', pm.response.json().id);"];

def recipe: {name: "Recipe: push a candidate and get a decision back",
	description: "Run in this order, with `url`, `client_id`, `client_secret` and `role_id` set. What is sent again is found again.",
	item: [
		(step("Ask for a token"; "POST"; "/v1/oauth/token"; null;
				keep(200; ["pm.collectionVariables.set('token', told.access_token);"]))
			| .request += {auth: {type: "basic", basic: [{key: "username", value: "{{client_id}}", type: "string"},
				{key: "password", value: "{{client_secret}}", type: "string"}]},
				body: {mode: "urlencoded", urlencoded: [{key: "grant_type", value: "client_credentials"}]}}),
		step("Push a candidate by your id"; "PUT"; "/v1/candidates/by_external_id/ats/{{external_id}}";
			{name: "Theo Marchetti", email: "theo@example.org"}; once("candidate_id")),
		step("Push an application by your id"; "PUT"; "/v1/applications/by_external_id/ats/{{external_id}}";
			{candidate_id: "{{candidate_id}}", role_id: "{{role_id}}"}; once("application_id")),
		step("Read what happened"; "GET"; "/v1/events?application_id={{application_id}}&limit=100"; null;
			keep(200; ["pm.test('ours alone', () => told.data.forEach((event) =>",
				"	pm.expect(event.application_id).to.equal(pm.collectionVariables.get('application_id'))));"])),
		step("Read the decisions"; "GET"; "/v1/applications/{{application_id}}/decisions?sort=-created_at"; null;
			keep(200; ["pm.test('a page', () => pm.expect(told.data).to.be.an('array'));",
				"pm.collectionVariables.set('decision', told.data.length ? told.data[0].kind : '');"])),
		step("Be told when a field is wrong"; "PUT"; "/v1/candidates/by_external_id/ats/{{external_id}}"; {name: ""};
			keep(422; ["pm.test('which one', () => pm.expect(told.errors[0].pointer).to.equal('/name'));"]))
	]};

{info: {name: "Assay", schema: "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
	version: $version, description: (.info.description + "\n\nMade from the API document of Assay \($version).")},
auth: {type: "bearer", bearer: [{key: "token", value: "{{token}}", type: "string"}]},
item: ([recipe] + [.tags[] as $tag | {name: $tag.name, description: ($tag.description // ""), item: [
		.paths | to_entries[] | .key as $path | select($path | startswith("/v1/")) | .value | to_entries[]
		| .key as $method | .value | select(type == "object" and has("operationId") and .tags[0] == $tag.name)
		| one($path; $method)]} | select(.item | length > 0)]),
variable: ([{key: "url", value: "http://127.0.0.1:8080"}, {key: "client_id", value: ""}, {key: "client_secret", value: ""},
	{key: "token", value: ""}, {key: "external_id", value: "c-1042"}, {key: "source", value: "ats"}]
	+ ([.paths | keys[] | select(startswith("/v1/")) | scan("\\{([a-z_]+)\\}")[0] | variable] | unique
		| map(select(IN("external_id", "source") | not) | {key: ., value: ""})))}
