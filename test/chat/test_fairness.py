"""A turn for everybody, and what one person may have of what all share."""

import contextlib
import json
import socket

import pytest

from support.chat import (Framed, Socket, append, discuss, framed, metric, start_live,
    stored_messages)
from support.process import log_field
from support.school import create_class, sign_up, unique
from support.wait import wait_until

FORMS = pytest.mark.parametrize("form", [Framed, Socket])


# Turns.

def test_who_joins_and_leaves_without_waiting_is_not_read_ahead_of_the_database(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(loops=1)
    pairs = 5000
    with Framed(daemon, ben.token) as hasty, Framed(daemon, ada.token) as other:
        with cluster.locked():
            # Who comes and goes between two looks changes nothing that is written: this is what waits.
            other.say(type="join", room=room)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="the database is waited for")
            for _ in range(pairs):
                hasty.say(type="join", room=room)
                hasty.say(type="leave", room=room)
            wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") > 1000)
            for _ in range(5):
                other.drain()  # turns of the loop, in which it would read on
            assert metric(daemon, "miniclass_chat_commands_total") < 1100, "512 joins that wait, and their leaves"
        hasty.join(room)
        assert hasty.send(room, "It goes on") == 1


def test_who_writes_without_pause_has_turns_as_others_have(start_chatd, workplace, ben, cleo):
    # What was sent to a Unix socket is there as a whole.
    daemon = start_chatd(chat_listen=f"unix:{workplace}/turns.sock", loops=1)
    with Framed(daemon, ben.token) as busy, Framed(daemon, cleo.token) as other:
        busy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200 * 1024)
        with daemon.held():
            busy.send_bytes(framed(b'{"type":"ping"}') * 12000 + b"x")  # some 250 KiB
            other.send_bytes(b"x")
        assert other.ended() and busy.ended()
    order = [int(log_field(line, "conn")) for line in daemon.all_logged("malformed", 2)]
    assert len(order) == 2 and order[0] > order[1], "the other came later, and is first"


def _nobody_is_found(cluster):
    """Whoever asks about a person waits."""
    return cluster.holding("LOCK TABLE mc.account IN ACCESS EXCLUSIVE MODE")


def _nothing_is_stored(cluster, room):
    """Who sends to that room waits."""
    return cluster.holding("SELECT FROM mc.room WHERE id = %s FOR UPDATE", room)


def _send_many(daemon, room, count, *connections):
    """Returns when the daemon has read all of it."""
    before = metric(daemon, "miniclass_chat_commands_total")
    for connection in connections:
        for n in range(count):
            connection.say(type="send", room=room, client_id=unique("m"), body=f"message {n}")
    wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") - before
        >= count * len(connections))


def test_who_sends_much_waits_behind_themselves_and_nobody_else_does(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    with (Framed(daemon, ben.token) as first, Framed(daemon, ben.token) as second,
            Framed(daemon, ada.token) as other):
        with _nothing_is_stored(cluster, room):
            _send_many(daemon, room, 1, first)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="the first is being stored")
            _send_many(daemon, room, 200, first, second)
            _send_many(daemon, room, 1, other)
        assert other.until("ack")["seq"] == 1 + 16 + 1, "behind one share"
        seqs = [[each.until("ack")["seq"] for _ in range(n)]
            for each, n in ((first, 201), (second, 200))]
        assert all(each == sorted(each) for each in seqs)
        assert sorted(seqs[0] + seqs[1] + [18]) == list(range(1, 403))


def test_who_sends_without_waiting_for_acks_is_read_no_further(start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    with Framed(daemon, ben.token) as hasty, Framed(daemon, ada.token) as other:
        before = metric(daemon, "miniclass_chat_commands_total")
        with _nothing_is_stored(cluster, room):
            for n in range(600):
                hasty.say(type="send", room=room, client_id=f"c{n}", body=f"message {n}")
            wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") - before >= 256)
            for _ in range(5):
                other.drain()  # turns of the loop, in which it would read on
            assert metric(daemon, "miniclass_chat_commands_total") - before == 256 + 5
        assert [hasty.until("ack")["seq"] for _ in range(600)] == list(range(1, 601))


def test_what_one_person_may_have_without_ack_ends_somewhere(start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    with contextlib.ExitStack() as stack:
        many = [stack.enter_context(Framed(daemon, ben.token)) for _ in range(17)]
        other = stack.enter_context(Framed(daemon, ada.token))
        with _nothing_is_stored(cluster, room):
            _send_many(daemon, room, 256, *many[:16])
            _send_many(daemon, room, 10, many[16])
            refused = [many[16].until("error") for _ in range(10)]
            assert {each["code"] for each in refused} == {"busy"}
            other.say(type="send", room=room, client_id="mine", body="Me too")
        other.until("ack", client_id="mine")
        seqs = [each.until("ack")["seq"] for each in many[:16] for _ in range(256)]
        assert len(set(seqs)) == 4096
        assert many[16].send(room, "Again", refused[0]["client_id"]) == 4098
    assert len(stored_messages(cluster, room)) == 4098


def test_a_session_that_ends_does_not_wait_behind_those_who_knock(
        start_chatd, cluster, server, room, ben):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    leaver = sign_up(server, "Leaver")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(Framed(daemon, leaver.token))
        witness = stack.enter_context(Framed(daemon, ben.token))
        witness.join(room)
        knocking = [stack.enter_context(Framed(daemon)) for _ in range(20)]
        with _nobody_is_found(cluster) as goes_on, cluster.query() as other:
            for each in knocking:
                each.say(type="hello", token="A" * 43)
            witness.drain()
            _end_session(other, leaver)
            _tell_behind(other, room, witness)
            goes_on()
            for each in [first, *knocking]:
                each.until("error", code="unauthenticated")
    ended = [int(log_field(line, "conn")) for line in daemon.all_logged("malformed", 21)]
    assert len(ended) == 21
    # One was being asked about; the leaver has the lowest number.
    assert ended.index(min(ended)) <= 1


def _end_session(cursor, person):
    """As when it is ended, which would ask about a person too."""
    cursor.execute("WITH ended AS (UPDATE mc.session SET expires_at = now()"
        " WHERE account_id = %s RETURNING id)"
        " SELECT pg_notify('mc_access', 'session:' || id) FROM ended", (person.id,))


def _tell_behind(cursor, room, witness):
    """When it has come, so has whatever was told before it; it needs nobody's name."""
    cursor.execute("UPDATE mc.live_session SET ended_at = now() WHERE room_id = %s", (room,))
    witness.until("ended", room=room)


def test_whose_right_ends_does_not_wait_behind_one_with_many_connections(
        start_chatd, cluster, server, room, ben):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    many, one = sign_up(server, "Many"), sign_up(server, "One")
    with contextlib.ExitStack() as stack:
        witness = stack.enter_context(Framed(daemon, ben.token))
        witness.join(room)
        held = [stack.enter_context(Framed(daemon, many.token)) for _ in range(60)]
        other = stack.enter_context(Framed(daemon, one.token))
        with _nobody_is_found(cluster) as goes_on, cluster.query() as cursor:
            _end_session(cursor, many)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="the first are asked about")
            _end_session(cursor, one)
            _tell_behind(cursor, room, witness)
            goes_on()
            for each in [*held, other]:
                each.until("error", code="unauthenticated")
    ended = [int(log_field(line, "conn")) for line in daemon.all_logged("malformed", 61)]
    assert ended.index(max(ended)) <= 32, "behind the first statement and one share"


def test_rights_that_change_all_the_time_are_asked_about_once_at_a_time(
        start_chatd, cluster, server, ada, ben):
    classroom = create_class(ada).join(ben)
    rooms = [discuss(classroom)["room"] for _ in range(10)]
    live = start_live(classroom)["room"]
    daemon = start_chatd(loops=1, statement_timeout="60s")
    # Then it asks about everybody, as after every time in which it heard nothing.
    assert daemon.logged("bus", state="listening")
    with Framed(daemon, ben.token) as student, Framed(daemon, ada.token) as teacher:
        for each in rooms:
            student.join(each)
        teacher.join(live)
        with _nobody_is_found(cluster) as goes_on, cluster.query() as cursor:
            cursor.execute("SELECT pg_notify('mc_access', 'member:%s:%s')", (classroom.id, ben.id))
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="it is asked")
            for n in range(500):
                cursor.execute("SELECT pg_notify('mc_access', 'member:%s:%s')", (classroom.id, ben.id))
            _tell_behind(cursor, live, teacher)
            goes_on()
        ada.post(f"{classroom.path}/people/{ben.id}/remove")
        student.until("error", code="not_found")
    assert metric(daemon, "miniclass_chat_checks_total") <= 4, "while they changed, behind it, and removed"


def test_who_sends_does_not_wait_until_all_have_joined(start_chatd, cluster, room, ada, ben):
    elsewhere = discuss(create_class(ada))["room"]
    daemon = start_chatd(loops=1, statement_timeout="60s")
    with contextlib.ExitStack() as stack:
        teacher = stack.enter_context(Framed(daemon, ada.token))
        joiners = [stack.enter_context(Framed(daemon, ben.token)) for _ in range(40)]
        with _nothing_is_stored(cluster, elsewhere) as goes_on:
            teacher.say(type="send", room=elsewhere, client_id="c1", body="First")
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="it is being stored")
            for each in joiners:
                each.say(type="join", room=room)
            wait_until(lambda: _is_present(cluster, room, ben), what="they are counted")
            for each in joiners * 5:
                each.drain()  # turns of the loop, in which they come to be read for
            with cluster.holding("LOCK TABLE mc.message_removal IN ACCESS EXCLUSIVE MODE"):
                goes_on()
                teacher.until("ack")
                wait_until(lambda: cluster.waiting_for_locks() >= 1, what="one of all is being read for")
                teacher.say(type="send", room=room, client_id="c2", body="Second")
                teacher.drain()
        assert teacher.until("ack")["seq"] == 1
        seen = [each.until("joined")["last_seq"] for each in joiners]
        assert seen.count(0) <= 16, "the others come behind it"


def test_for_who_has_left_meanwhile_nothing_is_read(start_chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 500
    append(cluster, room, ben, n, "s")
    daemon = start_chatd(statement_timeout="60s")
    with contextlib.ExitStack() as stack:
        stays = stack.enter_context(Framed(daemon, ada.token))
        hasty = [stack.enter_context(Framed(daemon, ben.token)) for _ in range(20)]
        with cluster.holding("LOCK TABLE mc.message IN ACCESS EXCLUSIVE MODE"):
            stays.say(type="join", room=room, after=0)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="the first is being read for")
            for each in hasty:
                each.say(type="join", room=room, after=0)
            wait_until(lambda: _is_present(cluster, room, ben), what="they are counted")
            for each in hasty * 5:
                each.drain()  # turns of the loop, in which they come to be read for
            for each in hasty:
                each.say(type="leave", room=room)
                each.drain()
        assert [seq for seq, _ in stays.messages(room, n)] == list(range(1, n + 1))
        for each in hasty:
            assert [e["type"] for e in each.drain()] == []
        # Its turn comes behind all of theirs.
        stays.say(type="leave", room=room)
        stays.join(room, after=n)
        assert n <= metric(daemon, "miniclass_chat_replay_reads_total") < 3 * n


def _is_present(cluster, room, person):
    with cluster.query() as cursor:
        cursor.execute("SELECT FROM mc.stay WHERE room_id = %s AND account_id = %s AND left_at IS NULL",
            (room, person.id))
        return cursor.rowcount > 0


# Ceilings of one person.

@FORMS
@pytest.mark.parametrize("settings, most", [({"connections": 7}, 4), ({"user_connections": 5}, 5)],
    ids=["half of all", "as many as the setting says"])
def test_one_person_does_not_keep_others_out(start_chatd, ben, cleo, form, settings, most):
    daemon = start_chatd(**settings)
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(form(daemon, ben.token)) for _ in range(most)]
        with form(daemon) as one_more:
            one_more.say(type="hello", token=ben.token)
            assert one_more.until("error")["code"] == "too_many"
            assert one_more.ended()
        stack.enter_context(form(daemon, cleo.token))
        assert held[0].drain() == []
        held[0].close()

        def gets_in():
            one = form(daemon)
            one.say(type="hello", token=ben.token)
            if one.next()["type"] == "welcome":
                return stack.enter_context(one)
            one.close()
            return None

        wait_until(gets_in, what="its place is free")


def _begin_long_message(connection):
    """What ends it; a pong is the answer then."""
    text = b'{"type":"ping","x":"' + b"x" * 40000 + b'"}'
    if isinstance(connection, Framed):
        raw, send = framed(text), connection.send_bytes
    else:
        raw, send = b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text, connection.ws.sock.sendall
    send(raw[:20000])
    return lambda: send(raw[20000:])


@FORMS
@pytest.mark.parametrize("who", ["a person", "all strangers together"])
def test_long_messages_are_not_begun_without_end(start_chatd, ada, ben, form, who):
    token = ben.token if who == "a person" else None
    daemon = start_chatd(loops=1, head_timeout="1h")
    with contextlib.ExitStack() as stack:
        def begin(token):
            before = metric(daemon, "miniclass_chat_received_bytes_total")
            connection = stack.enter_context(form(daemon, token))
            ends = _begin_long_message(connection)
            wait_until(lambda: metric(daemon, "miniclass_chat_received_bytes_total") - before > 20000,
                what="it has read as much")
            return connection, ends

        held = [begin(token) for _ in range(256)]
        one_more, _ = begin(token)
        error = one_more.until("error")
        assert error["code"] == "too_many" and "begun" in error["message"]
        assert one_more.ended()
        for connection, ends in (held[0], begin(ada.token)):
            ends()
            connection.until("pong")
        another, ends = begin(token)
        ends()
        another.until("pong")


@FORMS
def test_who_goes_in_the_middle_of_a_long_message_leaves_nothing_behind(start_chatd, room, ben, form):
    daemon = start_chatd(loops=1)
    # What is counted for a person is forgotten with their last connection; that of strangers never.
    with form(daemon, ben.token) as stays:
        for token in [ben.token, None] * 300:
            with form(daemon, token) as connection:
                _begin_long_message(connection)
        for connection in (stays, form(daemon)):
            _begin_long_message(connection)()
            connection.until("pong")
        connection.close()
    with form(daemon, ben.token) as connection:
        _begin_long_message(connection)()
        connection.until("pong")
        assert connection.send(room, "It goes on") == 1


def test_what_stands_behind_a_hello_is_no_strangers(start_chatd, room, ben):
    daemon = start_chatd(loops=1, head_timeout="1h")
    with contextlib.ExitStack() as stack:
        before = metric(daemon, "miniclass_chat_received_bytes_total")
        for _ in range(256):
            _begin_long_message(stack.enter_context(Framed(daemon)))
        wait_until(lambda: metric(daemon, "miniclass_chat_received_bytes_total") - before > 256 * 20000)
        student = stack.enter_context(Framed(daemon))
        student.send_bytes(b"".join(framed(json.dumps(command).encode()) for command in (
            {"type": "hello", "token": ben.token}, *({"type": "send", "room": room,
                "client_id": f"c{n}", "body": "x" * 4000} for n in range(20)))))
        assert [student.until("ack")["seq"] for _ in range(20)] == list(range(1, 21))
