/* Reading hex, and events out of rows. */
#ifndef AUDIT_ROW_H
#define AUDIT_ROW_H

#include "audit/audit.h"
#include "db/admin.h"

/* The select list of an event `e`, and how many columns it is. */
#define EVENT_COLUMN(name, sql) sql ", "
#define EVENT_COLUMNS_END	"NULL"
#define EVENT_COUNT(name, sql)	+1
enum { EVENT_COLUMN_COUNT = 0 AUDIT_FIELDS(EVENT_COUNT) };

void event_from_row(struct audit_event *event, const struct admin_rows *rows, int row, int first);
bool hash_from_hex(const char *text, size_t len, uint8_t out[SHA256_LEN]);
int64_t integer_from_text(const char *text); /* of a bigint; NULL gives 0 */

#endif
