# The part of the API document that a program speaks, as JSON alone, without headers, and without
# refusals, which are errors of one type: what the client's types are made from.
.paths |= with_entries(select(.key | startswith("/v1/")))
| .paths[][] |= (if type == "object" and has("responses")
	then .responses |= with_entries(select(.key | startswith("2"))) else . end)
| .paths[][].responses? |= map_values(del(.headers)
	| if (.content | type) == "object" and (.content | has("application/json"))
	then .content |= {"application/json"} else . end)
