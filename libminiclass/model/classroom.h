/*
 * classroom - classes and their join codes.  Texts in results are borrowed from the lease.  By the
 * thread that has the lease.
 */
#ifndef LIBMINICLASS_MODEL_CLASSROOM_H
#define LIBMINICLASS_MODEL_CLASSROOM_H

#include <stdbool.h>
#include <stddef.h>

#include "libminiclass/base/arena.h"
#include "libminiclass/base/attr.h"
#include "libminiclass/base/status.h"
#include "libminiclass/base/str.h"
#include "libminiclass/base/time.h"
#include "libminiclass/crypt/token.h"
#include "libminiclass/model/id.h"

struct mc_db;

/* A class as one of its members sees it. */
struct mc_classroom {
	mc_class_id id;
	struct mc_str name, description;
	struct mc_str join_code;  /* ptr NULL unless role is MC_ROLE_INSTRUCTOR */
	enum mc_role role;        /* of the one who asks */
	mc_user_id instructor_id; /* of the class: who is shown as its teacher (who has taught it
				     longest) */
	struct mc_str instructor_name;
	int64_t n_members; /* students and instructors */
	bool live;
	struct mc_time created_at;
	int64_t n_instructors; /* among n_members */
};

/*
 * MC_CONFLICT only if three fresh codes in a row were taken already.  `client_id` may be empty;
 * else creating again with the same one by the same user gives the class that is there.
 */
enum mc_status mc_classroom_create(struct mc_db *db, mc_user_id creator, struct mc_str name,
	struct mc_str description, struct mc_str client_id, struct mc_classroom *out) MC_MUST_USE;
/* The classes that the user is in, the one joined last first; in the arena. */
void mc_classroom_list_ask(struct mc_db *db, const struct mc_digest *session);
enum mc_status mc_classroom_list_take(struct mc_db *db, struct mc_arena *arena,
	struct mc_classroom **classes, size_t *n) MC_MUST_USE;
/* Joining again is MC_OK and keeps the role; MC_NOT_FOUND: no class has that code. */
enum mc_status mc_classroom_join(struct mc_db *db, mc_user_id user, const struct mc_join_code *code,
	struct mc_classroom *out) MC_MUST_USE;
/*
 * A new join code; the old one stops working.  MC_FORBIDDEN: `by` is no instructor of the class any
 * more; MC_NOT_FOUND: they are not in it.
 */
enum mc_status mc_classroom_renew_code(struct mc_db *db, mc_class_id class_id, mc_user_id by,
	struct mc_join_code *out) MC_MUST_USE;
/* Another name and description; likewise. */
enum mc_status mc_classroom_edit(struct mc_db *db, mc_class_id class_id, mc_user_id by,
	struct mc_str name, struct mc_str description) MC_MUST_USE;

#endif
