/* Takes the organization's predicates out of a statement, in the control build alone. */
#include "db/unscoped.h"

#ifdef ASSAY_CONTROL

#include <assert.h>
#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/control.h"

/* `r.organization_id = $3`; statements.pl takes no other comparison with :org. */
static const char compared[] = ".organization_id = $";

static const char *alias_before(const char *dot, const char *text)
{
	while (dot > text && (isalnum((unsigned char)dot[-1]) || dot[-1] == '_'))
		dot--;
	return dot;
}

/* The parameter stays, so that it keeps its place and its type. */
static void unscope(struct buffer *out, const char *text)
{
	const char *at;

	while ((at = strstr(text, compared))) {
		const char *alias = alias_before(at, text);
		const char *parameter = at + sizeof(compared) - 2;
		int parameter_len = 1 + (int)strspn(parameter + 1, "0123456789");

		buffer_add(out, text, (size_t)(parameter - text));
		buffer_printf(out, "coalesce(%.*s.organization_id, %.*s)", (int)(at - alias), alias,
			      parameter_len, parameter);
		text = parameter + parameter_len;
	}
	buffer_text(out, text);
}

const char *text_to_send(const char *text)
{
	struct buffer out;
	char *unscoped;
	size_t len;

	if (DEFENCE(org_predicate))
		return text;
	buffer_init(&out, SIZE_MAX);
	unscope(&out, text);
	unscoped = buffer_take(&out, &len);
	assert(unscoped);
	return unscoped;
}

void text_sent(const char *text)
{
	if (!DEFENCE(org_predicate))
		free((char *)(uintptr_t)text);
}

#endif
