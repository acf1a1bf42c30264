# The page of problems: one anchor a code, which the `type` of every refusal points to.

include "html";

. as $doc
| (reduce (.paths | to_entries[] | .value | to_entries[].value) as $op ({};
	reduce ($op.responses[]["x-codes"] // [] | .[]) as $code (.; .[$code] += [$op]))) as $by_code
| def operations($code):
	($by_code[$code] // [] | map("<a href=\"/docs#\(.operationId)\">\(.summary | inline)</a>") | join(", "));
($problems[0] | group_by(.status)) as $groups
| page("Problems — Assay API";
	"<ul>\n" + ([$groups[] | "<li><a href=\"#status-\(.[0].status)\">\(.[0].status)</a></li>\n"] | join("")) + "</ul>\n";
	"<h1>Problems</h1>\n"
	+ ("A refusal is `application/problem+json` (RFC 9457). Its `code` never changes, its `title` is the sentence below, `detail` tells what happened this time, and `errors` lists every field that breaks a rule." | paragraphs)
	+ ([$groups[] | "<section aria-labelledby=\"status-\(.[0].status)\">\n<h2 id=\"status-\(.[0].status)\">Status \(.[0].status)</h2>\n"
		+ ([.[] | "<h3 id=\"\(.code)\"><code>\(.code)</code></h3>\n<p>\(.title | inline).</p>\n"
			+ (operations(.code) | if . == "" then "" else "<p>Particular to: \(.).</p>\n" end)] | join(""))
		+ "</section>\n"] | join("")))
