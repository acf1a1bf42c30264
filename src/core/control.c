/* Reads which defences the control build is to go without. */
#include "core/control.h"

#ifdef ASSAY_CONTROL

#include <stdlib.h>
#include <string.h>

bool control_off(const char *defence)
{
	const char *list = getenv("ASSAY_CONTROL_OFF");
	size_t len = strlen(defence);

	while (list && *list) {
		size_t name = strcspn(list, ",");

		if (name == len && !memcmp(list, defence, len))
			return true;
		list += name + (list[name] == ',');
	}
	return false;
}

#endif
