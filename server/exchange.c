#include "server/exchange.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/limits.h"
#include "server/front.h"
#include "server/server.h"

enum {
	ARENA_BLOCK = 16 * 1024,   /* a class page with 20 posts fits */
	BODY_KEPT_MAX = 64 * 1024, /* a larger body gives its memory back */
	OUT_HEAD_MAX = 16 * 1024,
	FREE_MAX = 64, /* of a front, 48 KiB each: what a busy one uses at once */
};

static struct exchange *
create(void)
{
	struct exchange *exchange = malloc(sizeof(*exchange));
	if (exchange == NULL)
		return NULL;
	/* Not the input: its pages are touched when bytes come. */
	memset(exchange, 0, offsetof(struct exchange, input));
	mc_buf_init(&exchange->body_buf, MC_BODY_SIZE_MAX);
	mc_buf_init(&exchange->out_head, OUT_HEAD_MAX);
	reply_clear(&exchange->reply);
	exchange->arena = mc_arena_create(ARENA_BLOCK, MC_ARENA_SIZE_MAX);
	if (exchange->arena == NULL) {
		free(exchange);
		return NULL;
	}
	return exchange;
}

struct exchange *
exchange_acquire(struct front *front)
{
	struct exchange *exchange = front->free_exchanges;

	if (exchange == NULL)
		return create();
	front->free_exchanges = exchange->next_free;
	front->n_free_exchanges--;
	return exchange;
}

void
exchange_destroy(struct exchange *exchange)
{
	if (exchange == NULL)
		return;
	mc_arena_destroy(exchange->arena);
	mc_buf_finish(&exchange->body_buf);
	mc_buf_finish(&exchange->out_head);
	mc_buf_finish(&exchange->reply.body);
	mc_buf_finish(&exchange->reply.fields);
	free(exchange);
}

void
exchange_next(struct exchange *exchange, struct server *server)
{
	exchange->input_len -= exchange->input_used;
	if (exchange->input_len > 0)
		memmove(exchange->input, exchange->input + exchange->input_used,
			exchange->input_len);
	exchange->input_used = 0;

	if (exchange->body_charged > 0) {
		atomic_fetch_sub(&server->body_memory, exchange->body_charged);
		exchange->body_charged = 0;
	}
	if (exchange->reply_charged > 0) {
		atomic_fetch_sub(&server->answer_memory, exchange->reply_charged);
		atomic_fetch_sub(
			&server->answer_shares[exchange->reply.share], exchange->reply_charged);
		exchange->reply_charged = 0;
	}
	if (exchange->body_buf.size > BODY_KEPT_MAX)
		mc_buf_finish(&exchange->body_buf);
	mc_buf_clear(&exchange->body_buf);
	mc_buf_clear(&exchange->out_head);
	reply_clear(&exchange->reply);
	mc_arena_reset(exchange->arena);
	/* The spans need no clearing: n_fields says which of them count. */
	memset(&exchange->parser, 0, offsetof(struct mc_head_parser, fields));
	exchange->head.n_fields = 0;
	exchange->head.method = MC_METHOD_OTHER;
	exchange->head.minor_version = 1;
	exchange->head.keep_alive = false;
	exchange->head.target = (struct mc_str){ 0 };
	exchange->body = (struct mc_str){ 0 };
	exchange->route = NULL;
	exchange->path_known = false;
	exchange->refusal = 0;
	exchange->sent = 0;
}

void
exchange_release(struct exchange *exchange, struct front *front)
{
	if (exchange == NULL)
		return;
	exchange_next(exchange, front->server);
	if (front->n_free_exchanges == FREE_MAX) {
		exchange_destroy(exchange);
		return;
	}
	exchange->input_len = 0;
	exchange->next_free = front->free_exchanges;
	front->free_exchanges = exchange;
	front->n_free_exchanges++;
}
