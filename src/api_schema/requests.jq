# The part of the API document that requests are checked by, for the server to keep in memory: no
# answers, no prose, and of the schemas those that a request can reach. A fifth of the whole.

def reached($document):
	[.. | objects | .["$ref"]? | strings | ltrimstr("#/components/schemas/")] | unique
	| map(select($document.components.schemas[.]));

def grown($document):
	. as $names
	| ($names + ([$names[] | $document.components.schemas[.]] | reached($document))) | unique;

# What is called so among properties is a schema, not a text.
def unsaid:
	walk(if type == "object"
		then with_entries(select((.key | IN("description", "summary", "title") | not)
			or (.value | type) != "string"))
		else . end);

del(.info, .servers, .tags)
| .components |= {parameters, schemas, requestBodies}
| .components |= with_entries(select(.value != null))
| .paths[] |= map_values(if type == "object" then del(.responses, .tags, .security) else . end)
| unsaid
| . as $document
| ({paths: .paths, parameters: .components.parameters} | reached($document)
	| {before: [], names: .} | until(.before == .names; {before: .names, names: (.names | grown($document))})
	| .names) as $names
| .components.schemas |= with_entries(select(.key | IN($names[])))
