# What the generated pages share: escaping, the few marks that descriptions use, the frame.

def esc: tostring | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;") | gsub("\""; "&quot;");

# Text with `code` marks.
def inline: esc | gsub("`(?<c>[^`]+)`"; "<code>\(.c)</code>");

def paragraphs: if . == null or . == "" then "" else split("\n\n") | map("<p>\(inline)</p>\n") | join("") end;

# A table that scrolls by itself on a narrow screen, reachable by keyboard.
def table($caption; $columns; $rows):
	if $rows == [] then ""
	else "<div class=\"table\" role=\"region\" tabindex=\"0\" aria-label=\"\($caption | esc)\"><table>\n<thead><tr>"
		+ ([$columns[] | "<th scope=\"col\">\(.)</th>"] | join("")) + "</tr></thead>\n<tbody>\n"
		+ ([$rows[] | "<tr><th scope=\"row\">\(.[0])</th>" + ([.[1:][] | "<td>\(.)</td>"] | join("")) + "</tr>\n"] | join(""))
		+ "</tbody></table></div>\n"
	end;

def page($title; $nav; $main): "<!doctype html>
<html lang=\"en\">
<head>
<meta charset=\"utf-8\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<meta name=\"color-scheme\" content=\"light dark\">
<title>\($title | esc)</title>
<link rel=\"stylesheet\" href=\"/docs/reference.css\">
</head>
<body>
<a class=\"skip\" href=\"#content\">Skip to the content</a>
<header><p class=\"brand\">Assay API</p>
<nav aria-label=\"Documents\"><ul><li><a href=\"/docs\">Reference</a></li><li><a href=\"/docs/problems\">Problems</a></li><li><a href=\"/openapi.json\">OpenAPI document</a></li></ul></nav></header>
<div class=\"columns\">
<nav class=\"contents\" aria-label=\"On this page\">
\($nav)</nav>
<main id=\"content\" tabindex=\"-1\">
\($main)</main>
</div>
</body>
</html>";
