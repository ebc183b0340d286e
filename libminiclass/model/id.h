/* id - ids are positive 64-bit integers; one type a kind of thing, so that they do not mix by name.
 */
#ifndef LIBMINICLASS_MODEL_ID_H
#define LIBMINICLASS_MODEL_ID_H

#include <stdint.h>

typedef int64_t mc_user_id;
typedef int64_t mc_session_id;
typedef int64_t mc_class_id;
typedef int64_t mc_post_id;
typedef int64_t mc_room_id;
typedef int64_t mc_live_id;
typedef int64_t mc_discussion_id;

enum mc_role { MC_ROLE_NONE, MC_ROLE_STUDENT, MC_ROLE_INSTRUCTOR };

#endif
