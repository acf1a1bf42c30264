# Turns the template files into a C table: jq -r -n -f templates.jq FILE…
#
# Each file is {"kind", "items"}; tests/support/templates.schema.json says what a kind holds. What the
# program needs to hold is checked here: ids are used once, and every item names its sources.

# A C string literal; a trigraph would be read as one character.
def quoted: tojson | gsub("\\?\\?"; "?\\?");
def quoted_or_null: if . == null then "NULL" else quoted end;

[inputs | .kind as $kind | .items[] | {id, kind: $kind, name, summary, sources, copies_to, content}]
| sort_by(.id)
| . as $all
| if ($all | map(.id) | unique | length) != ($all | length) then error("a template id is used twice")
  else . end
| map(if (.sources | length) == 0 then error("\(.id) names no source") else . end)
| "/* Generated from src/templates; not to be edited. */",
  "#include \"resources/templates/templates.h\"\n",
  "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n",
  "const struct template templates[] = {",
  (.[] | "\t{\(.id | quoted), \(.kind | quoted), \(.name | quoted), \(.summary | quoted),\n\t \(
	.copies_to | quoted_or_null), \([.sources[].document] | unique | join(" ") | quoted),\n\t \(
	.content | tojson | quoted),\n\t \(tojson | quoted)},"),
  "};",
  "const unsigned template_count = \(length);"
