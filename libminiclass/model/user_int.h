/* user_int - an account by its address; shared by the sources of model only. */
#ifndef LIBMINICLASS_MODEL_USER_INT_H
#define LIBMINICLASS_MODEL_USER_INT_H

/* Of mc.account: $1 is its address, however it is capitalised (mc.account.email_key). */
#define OF_EMAIL " email_key = lower($1 COLLATE \"C\")"

#endif
