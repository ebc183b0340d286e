/* Forms and targets: nothing grows, nothing outside is read. */

#include "libminiclass/base/arena.h"
#include "libminiclass/http/form.h"
#include "libminiclass/http/url.h"
#include "test/fuzz/fuzz.h"

enum { ARENA_BLOCK = 4096, ARENA_LIMIT = 64 * 1024 };

static void
read_form(struct mc_arena *arena, struct mc_str in)
{
	struct mc_pair *pairs = NULL;
	size_t n_pairs = 0;
	size_t size = 0;

	enum mc_status status = mc_form_read(arena, in, &pairs, &n_pairs);
	expect(status == MC_OK || status == MC_INVALID || status == MC_TOO_LARGE ||
			status == MC_NO_MEMORY,
		"only these failures");
	expect(n_pairs <= MC_FORM_PAIRS_MAX, "pairs are bounded");
	for (size_t i = 0; i < n_pairs; i++)
		size += pairs[i].name.len + pairs[i].value.len;
	expect(size <= in.len, "decoding never grows");
}

static void
read_target(struct mc_str in)
{
	struct mc_target target;

	if (mc_target_split(in, &target)) {
		expect(target.path.ptr[0] == '/', "a path begins with a slash");
		expect(is_within(target.path, in), "the path is borrowed");
	}
	if (mc_url_is_local_path(in)) {
		expect(in.ptr[0] == '/', "a local path begins with a slash");
		expect(in.len == 1 || (in.ptr[1] != '/' && in.ptr[1] != '\\'), "and only one");
		for (size_t i = 0; i < in.len; i++)
			expect(in.ptr[i] > ' ' && in.ptr[i] < 0x7f, "and is visible ASCII");
	}
	if (mc_authority_is_valid(in))
		expect(mc_authority_host(in).len > 0, "an authority has a host");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct mc_arena *arena = mc_arena_create(ARENA_BLOCK, ARENA_LIMIT);
	struct mc_str in = { (const char *)data, size };

	if (arena == NULL)
		return 0;
	read_form(arena, in);
	read_target(in);
	mc_arena_destroy(arena);
	return 0;
}
