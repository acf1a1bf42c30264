# The API document without lists as files, which are for programs: the interface is typed by JSON alone.
walk(if type == "object" and (.content | type) == "object" and (.content | has("text/csv"))
		and (.content | has("application/json"))
	then .content |= {"application/json"} else . end)
