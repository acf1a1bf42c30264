# The reference page: every operation of the document, by tag, as plain accessible HTML.

include "html";

def methods: ["get", "post", "put", "patch", "delete"];

def who: {
	"anyone": "anyone, without signing in",
	"read": "any user; a client with the resource's read scope",
	"write": "any user, for the rows that are theirs; a client with the resource's write scope",
	"recruit": "recruiters and admins; a client with the resource's write scope",
	"admin": "admins",
	"audit": "admins; a client with the resource's read scope",
	"user": "any user, never a client"
};

def short: split("/")[-1];
def slug: "tag-" + (ascii_downcase | gsub("[^a-z0-9]+"; "-"));

def deref($doc): if has("$ref") then (.["$ref"][2:] | split("/")) as $p | $doc | getpath($p) else . end;

# ---- schemas ----------------------------------------------------------------------------------

# A schema's type in a few words.
def kind:
	if type != "object" then "any value"
	elif has("$ref") then "<a href=\"#schema-\(.["$ref"] | short)\">\(.["$ref"] | short)</a>"
	elif has("oneOf") or has("anyOf") then ((.oneOf // .anyOf) | map(kind) | join(" or "))
	elif has("allOf") then (.allOf | map(kind) | join(" and "))
	elif has("const") then "<code>\(.const | tojson | esc)</code>"
	elif has("enum") then (.enum | map("<code>\(tojson | esc)</code>") | join(", "))
	elif .type == "array" then "array of " + (.items // {} | kind)
	elif (.type == "object" or .type == null) and (.additionalProperties | type == "object")
		and (has("properties") | not) then "map of " + (.additionalProperties | kind)
	elif .type == null then "any value"
	else ([.type] | flatten | map(esc) | join(" or "))
	end
	+ if type == "object" and has("format") then " (\(.format | esc))" else "" end;

# "1 to 200 characters", or what of it is known.
def range($least; $most; $unit):
	if $least != null and $least == $most then "exactly \($least)\($unit)"
	elif $least != null and $most != null then "\($least) to \($most)\($unit)"
	elif $most != null then "at most \($most)\($unit)"
	elif $least != null then "at least \($least)\($unit)"
	else empty end;

def limits:
	if type != "object" then "" else [
		range(.minLength; .maxLength; " characters"),
		range(.minimum; .maximum; ""),
		(.exclusiveMinimum | values | "more than \(.)"),
		(.exclusiveMaximum | values | "less than \(.)"),
		(.multipleOf | values | "a multiple of \(.)"),
		range(.minItems; .maxItems; " items"),
		(select(.uniqueItems == true) | "no item twice"),
		range(.minProperties; .maxProperties; " members"),
		(.pattern | values | "matches <code>\(esc)</code>"),
		(.items | objects | limits | select(. != "") | "each \(.)"),
		(.default | values | "by default <code>\(tojson | esc)</code>")
	] | join("; ") end;

def limits_note: limits | if . == "" then "" else "<span class=\"limits\">\(.[:1] | ascii_upcase)\(.[1:]).</span>" end;

def described: [(.description // "" | inline), limits_note] | map(select(. != "")) | join(" ");

# The members of an object schema, as rows; nested inline objects follow with a dotted name.
def members($prefix; $depth):
	(.required // []) as $required
	| (.properties // {}) | to_entries[]
	| .key as $key | .value
	| ["<code>\($prefix + $key | esc)</code>", kind, (if $required | index([$key]) then "yes" else "no" end), described],
	  (select($depth < 4 and type == "object" and has("properties")) | members("\($prefix)\($key)."; $depth + 1)),
	  (select($depth < 4 and type == "object" and (.items | type == "object" and has("properties")))
		| .items | members("\($prefix)\($key)[]."; $depth + 1));

def member_table($caption; $doc):
	deref($doc) | table($caption; ["Member", "Type", "Required", "Meaning"]; [members(""; 0)]);

def schema_body($caption; $doc):
	if has("$ref") then "<p>\(kind)</p>\n" else "<p>\(kind). \(described)</p>\n" end
	+ member_table($caption; $doc);

# ---- operations -------------------------------------------------------------------------------

def parameter_row:
	["<code>\(.name | esc)</code>", .in, (.schema | kind), (if .required then "yes" else "no" end),
	 ([(.description // "" | inline), (.schema | described)] | map(select(. != "")) | join(" "))];

def parameter_table($target; $doc):
	[(.parameters // [])[] | deref($doc) | parameter_row]
	| if . == [] then ""
	  else "<h4>Parameters</h4>\n"
		+ table("Parameters of \($target)"; ["Name", "In", "Type", "Required", "Meaning"]; .)
	  end;

def response_row($doc):
	.key as $status | (.value | deref($doc)) as $r
	| ["<code>\($status)</code>",
	   (if $r["x-codes"] then [$r["x-codes"][] | "<a href=\"/docs/problems#\(.)\"><code>\(.)</code></a>"] | join(", ")
	    else ($r.description | inline) end),
	   ([($r.content // {}) | to_entries[]
		| "<code>\(.key | esc)</code>" + (if .key == "application/problem+json" then "" else ": \(.value.schema // {} | kind)" end)] | join("<br>"))];

def request_body($target; $doc):
	if .requestBody == null then ""
	else (.requestBody.content | to_entries) as $kinds
		| "<h4>Body</h4>\n<p>"
		+ ([$kinds[] | "<code>\(.key | esc)</code>"] | join(" or "))
		+ (if .requestBody.required then "" else " (optional)" end) + "</p>\n"
		+ (.requestBody.description | paragraphs)
		+ ($kinds[0].value.schema // {} | schema_body("Body of \($target)"; $doc))
	end;

def operation($method; $path; $doc):
	"\($method | ascii_upcase) \($path)" as $target |
	"<article aria-labelledby=\"\(.operationId)\">\n<h3 id=\"\(.operationId)\">\(.summary | inline)</h3>\n"
	+ "<p class=\"target\"><span class=\"method \($method)\">\($method | ascii_upcase)</span> <code>\($path | esc)</code></p>\n"
	+ (if .deprecated then "<p><strong>Deprecated.</strong></p>\n" else "" end)
	+ (.description | paragraphs)
	+ "<p>Who may: \(who[.["x-may"]]). Operation: <code>\(.operationId)</code>.</p>\n"
	+ parameter_table($target; $doc)
	+ request_body($target; $doc)
	+ "<h4>Answers</h4>\n"
	+ table("Answers of \($target)"; ["Status", "Meaning", "Content"]; [.responses | to_entries | sort_by(.key)[] | response_row($doc)])
	+ "</article>\n";

. as $doc
| [.paths | to_entries[] | .key as $path | .value as $item | methods[] | select(. as $m | $item | has($m))
	| {path: $path, method: ., op: $item[.]}] as $operations
| [.tags[] | .name as $name | . + {operations: [$operations[] | select(.op.tags | index([$name]))]}] as $tags
| page("Reference — Assay API";
	"<ul>\n"
	+ ([$tags[] | "<li><details><summary>\(.name | esc)</summary><ul>\n"
		+ "<li><a href=\"#\(.name | slug)\">About \(.name | esc)</a></li>\n"
		+ ([.operations[] | "<li><a href=\"#\(.op.operationId)\">\(.op.summary | inline)</a></li>\n"] | join(""))
		+ "</ul></details></li>\n"] | join(""))
	+ "<li><a href=\"#schemas\">Schemas</a></li>\n</ul>\n";
	"<h1>\($doc.info.title | esc)</h1>\n<p><strong>\($doc.info.summary // "" | inline)</strong></p>\n"
	+ "<p>Version \($doc.info.version | esc).</p>\n"
	+ ($doc.info.description | paragraphs)
	+ "<section aria-labelledby=\"access\">\n<h2 id=\"access\">Ways in</h2>\n<dl>\n"
	+ ([$doc.components.securitySchemes | to_entries[] | "<dt><code>\(.key)</code></dt><dd>\(.value.description | inline)</dd>\n"] | join(""))
	+ "</dl>\n</section>\n"
	+ ([$tags[] | "<section aria-labelledby=\"\(.name | slug)\">\n<h2 id=\"\(.name | slug)\">\(.name | esc)</h2>\n"
		+ (.description | paragraphs)
		+ ([.operations[] | . as $o | .op | operation($o.method; $o.path; $doc)] | join(""))
		+ "</section>\n"] | join(""))
	+ "<section aria-labelledby=\"schemas\">\n<h2 id=\"schemas\">Schemas</h2>\n"
	+ ([$doc.components.schemas | to_entries[] | .key as $name
		| "<h3 id=\"schema-\(.key)\">\(.key)</h3>\n" + (.value | schema_body("Members of \($name)"; $doc))] | join(""))
	+ "</section>\n")
