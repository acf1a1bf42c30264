# What stops the build: sentences that name the place where a fragment is wrong.

def stop($sentences):
	($sentences | unique | map("API document: \(.)\n") | join("")) | halt_error(1);

def known_may: ["anyone", "read", "write", "recruit", "admin", "audit", "provision", "user"];
def known_members: [
	"operationId", "summary", "description", "deprecated", "tags", "parameters", "requestBody",
	"responses", "externalDocs"
];

def operations($methods):
	(.paths // {}) | to_entries[] | .key as $path | .value | to_entries[]
	| select(.key as $k | $methods | index([$k]))
	| {path: $path, method: .key, op: .value, at: "\(.key | ascii_upcase) \($path)"};

def members($file):
	.at as $at | .op | keys[]
	| select((startswith("x-") | not) and (. as $k | known_members | index([$k]) | not))
	| "\($file): \($at) has the unknown member `\(.)`";

def one_operation($file; $status_of):
	. as $o | "\($file): \(.at)" as $at
	| (members($file)),
	  (select(.op.operationId | type != "string" or (test("^[a-z][a-z0-9_]*$") | not))
		| "\($at) has no operationId in snake_case"),
	  (select(.op.summary | type != "string" or . == "") | "\($at) has no summary"),
	  (select(.op["x-may"] as $m | known_may | index([$m]) | not)
		| "\($at) needs x-may, one of \(known_may | join(", "))"),
	  ((.op["x-problems"] // [])[] | select($status_of[.] | not)
		| "\($at) names the problem `\(.)`, which src/problems.def does not have"),
	  (select((.op.responses // {} | length == 0) and (.op["x-list"] | not))
		| "\($at) has no success response"),
	  # A refusal in a form that another standard asks for has a media type of its own.
	  ((.op.responses // {}) | to_entries[]
		| select((.key | test("^[23][0-9][0-9]$") | not)
			and ((.value | type == "object" and has("content")
				and (.content | has("application/problem+json") | not)) | not))
		| .key
		| "\($at) declares \(.); problems are told by code in x-problems"),
	  (select(.op["x-list"]) | .op["x-list"]
		| select((.of | type != "string") or (.sorts | type != "array" or length == 0))
		| "\($at): x-list needs `of` and a non-empty `sorts`");

def fragment($file; $doc; $methods; $status_of):
	($doc | keys[] | select(IN("tags", "paths", "components") | not)
		| "\($file) has the unknown member `\(.)`"),
	($doc.components // {} | keys[] | select(. != "schemas")
		| "\($file): components holds `\(.)`; only schemas can be added"),
	(select(($doc.paths // {}) != {} and ($doc.tags // []) == []) | "\($file) has no tags"),
	($doc.tags // [] | .[] | select(.description | not) | "\($file): tag \(.name) has no description"),
	($doc.paths // {} | to_entries[] | .key as $path | .value | keys[]
		| select(. != "parameters" and (. as $k | $methods | index([$k]) | not))
		| "\($file): \($path) has the unknown member `\(.)`"),
	($doc | operations($methods) | one_operation($file; $status_of));

def twice: group_by(.key)[] | select(length > 1) | {key: .[0].key, files: (map(.file) | unique | join(", "))};

def repeated($fragments; $base; $methods):
	([$fragments[] | .file as $file | .doc | operations($methods) | {key: .op.operationId, file: $file}] | twice
		| "operationId \(.key) is used twice (\(.files))"),
	([$fragments[] | .file as $file | .doc.paths // {} | keys[] | {key: ., file: $file}] | twice
		| "path \(.key) is defined twice (\(.files))"),
	([($fragments + [{file: "common.api.json", doc: $base}])[]
		| .file as $file | .doc.components.schemas // {} | keys[] | {key: ., file: $file}] | twice
		| "schema \(.key) is defined twice (\(.files))"),
	([$fragments[] | .file as $file | .doc.tags // [] | .[] | {key: .name, file: $file}] | twice
		| "tag \(.key) is defined twice (\(.files))");

# ---- the merged document ----------------------------------------------------------------------

def pointer: map(tostring) | join("/");

def resolves($doc):
	startswith("#/") and (
		(.[2:] | split("/") | map(gsub("~1"; "/") | gsub("~0"; "~"))) as $path
		| try ($doc | getpath($path) != null) catch false);

def dangling:
	. as $doc
	| paths(objects) as $p
	| getpath($p)
	| select(has("$ref")) | .["$ref"]
	| select(type == "string")
	| select(resolves($doc) | not)
	| "\($p | pointer): nothing is at $ref \(.)";

# Every schema at or below this one, with its place; the schema keywords only, not data.
def subschemas($at):
	{at: $at, schema: .},
	(objects | (
		((.properties // {}) | to_entries[] | .key as $k | .value | subschemas("\($at)/properties/\($k)")),
		(.items | objects | subschemas("\($at)/items")),
		(.additionalProperties | objects | subschemas("\($at)/additionalProperties")),
		((["oneOf", "anyOf", "allOf"][]) as $k | (.[$k] // []) | to_entries[] | .key as $i | .value
			| subschemas("\($at)/\($k)/\($i)"))));

def schema_refs: [subschemas("") | .schema | objects | .["$ref"]? | strings] | unique;

def request_roots($methods):
	operations($methods)
	| .at as $at | .op
	| ((.requestBody.content // {}) | to_entries[] | {at: "\($at) body", schema: .value.schema}),
	  ((.parameters // [])[] | select(.schema) | {at: "\($at) parameter \(.name)", schema});

def reached($doc; $names):
	([$names[] | . as $r | ($r | split("/")[3]) as $n
		| ($doc.components.schemas[$n] // empty) | schema_refs[]] + $names | unique) as $more
	| if $more == $names then $names else reached($doc; $more) end;

def allows($kind): [.type] | flatten | index([$kind]) != null;

def bounded_string:
	has("maxLength") or has("enum") or has("const")
	or (.format | . == "uuid" or . == "date" or . == "date-time");

def unbounded:
	.at as $at | .schema | objects
	| (select(allows("string") and (bounded_string | not)) | "\($at): a string in a request needs maxLength"),
	  (select(allows("array") and (has("maxItems") | not)) | "\($at): an array in a request needs maxItems");

def requests($methods):
	. as $doc
	| [request_roots($methods)] as $roots
	| reached($doc; [$roots[].schema | schema_refs[]] | unique) as $names
	| ($roots[], ($names[] | split("/")[3] as $n | {at: "schema \($n)", schema: ($doc.components.schemas[$n] // empty)}))
	| .at as $at | .schema | subschemas($at) | unbounded;

def template_names: [scan("\\{([^}]+)\\}")[0]];

def path_names($methods):
	operations($methods)
	| .at as $at | (.path | template_names) as $template
	| [(.op.parameters // [])[] | select(.in == "path") | .name] as $declared
	| ($declared - $template)[] | "\($at): path parameter \(.) is not in the path";

def unknown_tags($methods):
	[(.tags // [])[].name] as $known
	| operations($methods) | .at as $at
	| .op.tags[] | select(. as $t | $known | index([$t]) | not) | "\($at) has the unknown tag \(.)";

def doubled_parameters($methods):
	.components.parameters as $known
	| operations($methods) | .at as $at
	| [(.op.parameters // [])[] | (if .["$ref"] then $known[.["$ref"] | split("/")[3]] else . end)
		| "\(.in) parameter \(.name)"]
	| group_by(.)[] | select(length > 1) | "\($at) has the \(.[0]) twice";

def document($methods):
	dangling, requests($methods), path_names($methods), unknown_tags($methods), doubled_parameters($methods);
