/*
 * join - into a room: counted as present, told who is here, given what was missed a step at a time,
 * and then live.  Loop thread of the connection's front.
 */
#ifndef CHATD_JOIN_H
#define CHATD_JOIN_H

struct conn;
struct mc_chat_command;

/* Runs the command `join`. */
void join_begin(struct conn *conn, const struct mc_chat_command *command);
/*
 * Goes on with the joins that wait, one step at a time and each when everything before it is
 * written: whoever reads, however slowly, gets a replay of any length.
 */
void join_go_on(struct conn *conn);

#endif
