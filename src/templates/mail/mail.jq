# Turns the messages' default texts into a C table: jq -r -n -f mail.jq mail.json
#
# Each text is held against the placeholders that its template lists.

def quoted: tojson | gsub("\\?\\?"; "?\\?");
def quoted_or_null: if . == null then "NULL" else quoted end;
def used: [scan("\\{\\{([a-z_]*)\\}\\}") | .[0]] | unique;
def checked($template):
  ((.subject + .text | used) - $template.placeholders) as $strange
  | if ($strange | length) > 0 then error("\($template.id) uses \($strange | join(", "))")
    elif $template.link == "needed" and (.text | used | index("link") | not)
    then error("\($template.id) has no {{link}}") else . end;

input as $all
| "/* Generated from src/templates/mail; not to be edited. */",
  "#include \"resources/mail/mail_text.h\"\n",
  "#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n",
  "const struct mail_template mail_templates[] = {",
  ($all.templates[] | . as $t
   | "\t{\(.id | quoted), \(.to | quoted), \(.stops | quoted_or_null), \(.link == "needed"), \(
	" " + (.placeholders | join(" ")) + " " | quoted),\n\t {\(
	["en", "de"] | map(. as $l | $t[$l] | checked($t) | "{\(.subject | quoted), \(.text | quoted)}") | join(",\n\t  "))}},"),
  "};",
  "const unsigned mail_template_count = \($all.templates | length);",
  "const char *const mail_unsubscribe[] = {\(["en", "de"] | map($all.unsubscribe[.] | quoted) | join(", "))};",
  "const struct mail_value mail_samples[] = {",
  ($all.samples | to_entries[] | "\t{\(.key | quoted), \(.value | quoted)},"),
  "};",
  "const char mail_templates_json[] = \([$all.templates[] | {id, recipient: .to, link_needed: (.link == "needed"), placeholders, words: {en, de}}] | tojson | quoted);",
  "const unsigned mail_sample_count = \($all.samples | length);"
