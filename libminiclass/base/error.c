#include "libminiclass/base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* vsnprintf may have cut in the middle of a character: take its first bytes away too. */
static void
cut_at_character(char *text, size_t size, size_t wanted)
{
	size_t end = size - 1, behind = 0;

	if (wanted < size)
		return;
	while (behind < 3 && ((unsigned char)text[end - 1 - behind] & 0xc0) == 0x80)
		behind++;
	unsigned char lead = (unsigned char)text[end - 1 - behind];
	size_t needed = lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	if (needed > behind + 1)
		text[end - 1 - behind] = '\0';
}

enum mc_status
mc_error_set(
	struct mc_error *error, enum mc_status status, const char *field, const char *format, ...)
{
	if (error == NULL)
		return status;

	char message[MC_ERROR_MESSAGE_MAX];
	va_list args;
	va_start(args, format);
	int wanted = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	if (wanted < 0)
		message[0] = '\0';
	else
		cut_at_character(message, sizeof(message), (size_t)wanted);

	error->status = status;
	error->retry_after_s = 0;
	snprintf(error->field, sizeof(error->field), "%s", field == NULL ? "" : field);
	memcpy(error->message, message, sizeof(message));
	return status;
}
