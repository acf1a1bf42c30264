# Merges the resources' fragments, the common parts and the table of problems into one OpenAPI 3.1
# document, and adds what follows from a rule (docs/contributing-api.md tells the fragments' form).
#
#   jq -n -L src/api_schema --slurpfile common … --slurpfile problems … -f openapi.jq FRAGMENT…

import "openapi_check" as check;

def ref($kind; $name): {"$ref": "#/components/\($kind)/\($name)"};

def methods: ["get", "put", "post", "patch", "delete"];

# ---- problems ---------------------------------------------------------------------------------

def status_of: reduce $problems[0][] as $p ({}; .[$p.code] = $p.status);
def title_of: reduce $problems[0][] as $p ({}; .[$p.code] = $p.title);

# Problems that a rule adds. Each status is one shared response; what it can hold is told here.
def shared: {
	"400": {name: "BadRequest", codes: ["bad_request", "malformed_json", "malformed_target", "bad_cursor"]},
	"401": {name: "Unauthenticated", codes: ["unauthenticated"], headers: {"WWW-Authenticate": ref("headers"; "WwwAuthenticate")}},
	"403": {name: "Forbidden", codes: ["forbidden", "wrong_origin"]},
	"404": {name: "NotFound", codes: ["not_found"]},
	"406": {name: "NotAcceptable", codes: ["not_acceptable"]},
	"409": {name: "InProgress", codes: ["idempotency_in_progress"]},
	"412": {name: "PreconditionFailed", codes: ["precondition_failed"], headers: {"ETag": ref("headers"; "ETag")}},
	"413": {name: "TooLarge", codes: ["body_too_large"]},
	"415": {name: "UnsupportedMediaType", codes: ["unsupported_media_type"]},
	"422": {name: "Invalid", codes: ["invalid", "idempotency_mismatch"]},
	"428": {name: "PreconditionRequired", codes: ["precondition_required"]},
	"429": {name: "TooManyRequests", codes: ["too_many_requests"], headers: {"Retry-After": ref("headers"; "RetryAfter")}},
	"500": {name: "Internal", codes: ["internal"]},
	"503": {name: "Unavailable", codes: ["unavailable"], headers: {"Retry-After": ref("headers"; "RetryAfter")}}
};

def every_answer: {
	"X-Request-Id": ref("headers"; "XRequestId"),
	"RateLimit": ref("headers"; "RateLimit"),
	"RateLimit-Policy": ref("headers"; "RateLimitPolicy"),
	"X-RateLimit-Limit": ref("headers"; "XRateLimitLimit"),
	"X-RateLimit-Remaining": ref("headers"; "XRateLimitRemaining"),
	"X-RateLimit-Reset": ref("headers"; "XRateLimitReset")
};

def problem_response($status; $codes): {
	description: ([$codes[] | "`\(.)`: \(title_of[.])."] | join("\n\n")),
	"x-codes": $codes,
	headers: (every_answer + (shared[$status].headers // {})),
	content: {"application/problem+json": {schema: ref("schemas"; "Problem")}}
};

# What identity providers read instead (RFC 7644): one form, and 400 where a value breaks a rule.
def scim: .path | startswith("/scim/");
def scim_response($codes):
	problem_response("400"; $codes)
	| .content = {"application/scim+json": {schema: ref("schemas"; "ScimError")}};
def status_in($op): status_of[.] | if . == 422 and ($op | scim) then 400 else . end;

def shared_responses:
	reduce (shared | to_entries[]) as {$key, $value} ({};
		.[$value.name] = problem_response($key; $value.codes));

# The codes that follow from what the operation is.
def ruled_codes($op):
	["bad_request", "not_acceptable", "too_many_requests", "internal", "unavailable", "invalid"]
	+ if $op.may != "anyone" then ["unauthenticated", "forbidden"] else [] end
	+ if $op.method != "get" then ["wrong_origin"] else [] end
	+ if $op.list then ["bad_cursor"] else [] end
	+ if $op.path | contains("{") then ["not_found"] else [] end
	+ if $op.idempotent then ["idempotency_in_progress", "idempotency_mismatch"] else [] end
	+ if $op.if_match then ["precondition_failed"] else [] end
	+ if $op.if_match == "required" then ["precondition_required"] else [] end
	+ if $op.body then ["malformed_json", "body_too_large", "unsupported_media_type"] else [] end;

# A status whose codes are all shared ones is a reference; a particular code spells it out.
def problem_responses($op):
	ruled_codes($op) as $ruled
	| ($ruled + [($op.problems - $ruled)[] | select(status_of[.])])
	| group_by(status_in($op))
	| map((.[0] | status_in($op) | tostring) as $status
		| . as $codes
		| {key: $status,
		   value: (if $op | scim then scim_response($codes)
			| .headers += (shared[$status].headers // {} | del(.ETag))
			elif shared[$status] and ($codes - shared[$status].codes) == []
			then ref("responses"; shared[$status].name)
			else problem_response($status; ($op.problems - ($op.problems - $codes)) + ($codes - $op.problems))
			end)})
	| from_entries;

# Where an operation gives a refusal a form of its own, the problem stands beside it.
def with_problems($op):
	. as $given
	| reduce (problem_responses($op) | to_entries[]) as {$key, $value} ($given;
		if has($key)
		then shared[$key].codes as $codes
			| .[$key].content += problem_response($key; $codes).content
			| .[$key]["x-codes"] = $codes
		else .[$key] = $value end);

# ---- successes --------------------------------------------------------------------------------

def phrase: {
	"200": "Done.", "201": "Created.", "202": "Taken on; it goes on in the background.",
	"204": "Done; there is nothing to say.", "302": "Elsewhere.", "303": "Elsewhere."
};

def is_response: type == "object" and (has("content") or has("headers"));

def success_headers($op; $status):
	every_answer
	+ {"Cache-Control": ref("headers"; "CacheControl")}
	+ if $op.etag then {"ETag": ref("headers"; "ETag")} else {} end
	+ if $status == "201" then {"Location": ref("headers"; "Location")} else {} end
	+ if $op.list then {"Link": ref("headers"; "Link")} else {} end;

def success($op; $status):
	if . == null then {description: (phrase[$status] // "Done.")}
	elif type == "string" then {description: .}
	elif is_response then {description: (phrase[$status] // "Done.")} + .
	else {description: (phrase[$status] // "Done."), content: {"application/json": {schema: .}}}
	end
	| .headers = (success_headers($op + {etag: ($op.etag and has("content"))}; $status) + (.headers // {}));

def list_schema($of): {
	type: "object",
	required: ["data", "next_cursor"],
	properties: {
		data: {type: "array", items: {"$ref": $of}},
		next_cursor: {type: ["string", "null"], description: "Gives the next page; null on the last."}
	}
};

# The whole list instead of a page, for whoever accepts no JSON.
def exports: {
	"text/csv": {schema: {type: "string"}},
	"application/x-ndjson": {schema: {}}
};

def successes($op; $given):
	($given // {}) + (if $op.list and ($given // {} | has("200") | not) then {"200": list_schema($op.list.of)} else {} end)
	| with_entries(.key as $status | .value |= success($op; $status))
	| if $op.list then .["200"].content += exports else . end
	| if $op.method == "get" and $op.etag
	  then .["304"] = {description: "Nothing changed since.", headers: (every_answer + {"ETag": ref("headers"; "ETag")})}
	  else . end;

# ---- parameters -------------------------------------------------------------------------------

def template_names: [scan("\\{([^}]+)\\}")[0]];

def path_parameter($path):
	. as $name
	| {name: $name, in: "path", required: true}
	+ if ($name == "id" or ($name | endswith("_id"))) and ($path | contains("/by_external_id/") | not)
	  then {description: "The id\(if $name == "id" then "" else " of the \($name[:-3] | gsub("_"; " "))" end).",
		schema: ref("schemas"; "Uuid")}
	  elif $name == "source"
	  then {description: "The system that gave the external id.",
		schema: {type: "string", minLength: 1, maxLength: 63, pattern: "^[a-z0-9][a-z0-9_.-]*$"}}
	  elif $name == "id"
	  then {description: "The external id.", schema: {type: "string", minLength: 1, maxLength: 200}}
	  else {description: "The \($name | gsub("_"; " ")).", schema: {type: "string", minLength: 1, maxLength: 200}}
	  end;

def query_parameter($name):
	{name: $name, in: "query"}
	+ if .required == true then {required: true} else {} end
	+ if .description then {description} else {} end
	+ if .type == "array" then {style: "form", explode: false} else {} end
	+ {schema: (if has("$ref") then {"$ref": .["$ref"]}
		    else (if .required == true then del(.required) else . end | del(.description)) end)};

def query_parameters: [(. // {}) | to_entries[] | .key as $name | .value | query_parameter($name)];

def parameters($op; $raw; $shared_by_path):
	(($shared_by_path // []) + ($raw.parameters // [])) as $declared
	| [$declared[] | select(.in == "path") | .name] as $path_declared
	| ($op.path | template_names | map(select(. as $n | $path_declared | index([$n]) | not) | path_parameter($op.path)))
	+ $declared
	+ ($raw["x-query"] | query_parameters)
	+ (if $op.list then
		($op.list.filters | query_parameters)
		+ [{name: "sort", in: "query", description: "The order; `-` is descending.",
		    schema: {type: "string", enum: $op.list.sorts, default: $op.list.sorts[0]}},
		   ref("parameters"; "Limit"), ref("parameters"; "Cursor")]
	   else [] end)
	+ if $op.method == "get" and $op.etag then [ref("parameters"; "IfNoneMatch")] else [] end
	+ if $op.if_match == "required" then [ref("parameters"; "IfMatchRequired")]
	  elif $op.if_match then [ref("parameters"; "IfMatch")] else [] end
	+ if $op.idempotent then [ref("parameters"; "IdempotencyKey")] else [] end;

# ---- an operation -----------------------------------------------------------------------------

def body($raw):
	$raw.requestBody
	| if . == null then null
	  elif has("content") then {required: true} + .
	  elif $raw["x-merge-patch"] then
		{required: true, content: {"application/merge-patch+json": {schema: .}, "application/json": {schema: .}}}
	  else {required: true, content: {"application/json": {schema: .}}}
	  end;

# What the rules go by.
def facts($path; $method; $raw): {
	path: $path,
	method: $method,
	may: $raw["x-may"],
	list: $raw["x-list"],
	body: ($raw | has("requestBody")),
	problems: ($raw["x-problems"] // []),
	etag: (($raw["x-etag"] != false) and ($raw["x-idempotency"] != false or $method == "get")),
	idempotent: (($method == "post" or $method == "patch") and $raw["x-idempotency"] != false),
	if_match: (if $raw["x-if-match"] == "required" then "required"
		   else $raw["x-if-match"] == true
			or (($method == "put" or $method == "patch" or $method == "delete") and $raw["x-if-match"] != false)
		   end)
};

def operation($path; $method; $tag; $shared_parameters):
	. as $raw
	| facts($path; $method; $raw) as $op
	| {operationId, summary}
	+ (if .description then {description} else {} end)
	+ {tags: (.tags // [$tag]), "x-may": $op.may}
	+ (if .deprecated then {deprecated} else {} end)
	+ {security: (if $op.may == "anyone" then [] else [{bearerAuth: []}, {cookieAuth: []}] end)}
	+ (parameters($op; $raw; $shared_parameters) | if . == [] then {} else {parameters: .} end)
	+ (body($raw) | if . then {requestBody: .} else {} end)
	+ {responses: (successes($op; $raw.responses) | with_problems($op))}
	+ with_entries(select((.key | startswith("x-")) and
		(.key | IN("x-may", "x-list", "x-query", "x-problems", "x-merge-patch", "x-if-match", "x-idempotency", "x-etag") | not)));

def path_item($path; $tag):
	. as $item
	| reduce (methods[] | select(. as $m | $item | has($m))) as $m ({};
		.[$m] = ($item[$m] | operation($path; $m; $tag; $item.parameters)));

# ---- the document -----------------------------------------------------------------------------

# What is used, directly or through others; shared parts that nothing uses are left out.
def used_refs: [.. | objects | .["$ref"]? | strings | select(startswith("#/components/"))] | unique;
def closure($doc):
	def grow:
		. as $known
		| ([.[] | split("/") as $p | $doc.components[$p[2]][$p[3]] | used_refs[]] + . | unique) as $more
		| if $more == $known then . else $more | grow end;
	grow;

def pruned($keep):
	. as $doc
	| ($doc | del(.components) | used_refs + ($keep | map("#/components/schemas/\(.)")) | closure($doc)) as $used
	| .components = ($doc.components | with_entries(
		.key as $kind
		| if $kind == "securitySchemes" then .
		  else {key: $kind, value: (.value | with_entries(
			"#/components/\($kind)/\(.key)" as $r | select($used | index([$r]) != null)))}
		  end));

[inputs | {file: input_filename, doc: .}] as $fragments
| $common[0] as $base
| [$fragments[] | check::fragment(.file; .doc; methods; status_of)] as $wrong
| [check::repeated($fragments; $base; methods)] as $repeated
| if $wrong + $repeated != [] then check::stop($wrong + $repeated) else . end
| $base
| .tags = [$fragments[].doc.tags // [] | .[]]
| .paths = (reduce $fragments[] as $f ({};
	. + ($f.doc.paths // {} | with_entries(.key as $path | .value |= path_item($path; $f.doc.tags[0].name)))))
| .components.schemas += (reduce $fragments[] as $f ({}; . + ($f.doc.components.schemas // {})))
| .components.schemas.Problem.properties.code.enum = [$problems[0][].code]
| .components.responses = shared_responses
| pruned([$fragments[].doc.components.schemas // {} | keys[]] + ["Problem"])
| . as $document
| [check::document(methods)] as $broken
| if $broken != [] then check::stop($broken) else $document end
