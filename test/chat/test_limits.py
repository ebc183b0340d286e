"""What has an end: sizes, queues, deadlines, connections; and a turn for everybody."""

import contextlib
import json
import re
import socket

import psycopg2
import pytest

from support.chat import (CLOSE, Framed, Gone, Socket, discuss, end_live, framed, metric, start_live,
    stored_messages)
from support.process import log_field
from support.school import create_class, sign_up, unique
from support.wait import wait_until
from support.wire import Wire

FORMS = pytest.mark.parametrize("form", [Framed, Socket])


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
                10, "it has read as much")
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
    for _ in range(300):
        with form(daemon, ben.token) as connection:
            _begin_long_message(connection)
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
        wait_until(lambda: metric(daemon, "miniclass_chat_received_bytes_total") - before > 256 * 20000, 20)
        student = stack.enter_context(Framed(daemon))
        student.send_bytes(b"".join(framed(json.dumps(command).encode()) for command in (
            {"type": "hello", "token": ben.token}, *({"type": "send", "room": room,
                "client_id": f"c{n}", "body": "x" * 4000} for n in range(20)))))
        assert [student.until("ack")["seq"] for _ in range(20)] == list(range(1, 21))


def _error(connection, **command):
    connection.say(**command)
    return connection.until("error")


# Sizes.

@FORMS
@pytest.mark.parametrize("raw,body", [
    ("x" * 4096, None), ("\u00e4" * 2048, None), ("\U0001f600" * 1024, None),
    (" \n" + "x" * 4096 + "\t \r\n", "x" * 4096), ("e\u0301" * 2048, "\u00e9" * 2048),
    ("a\r\n" * 2047 + "bc", "a\n" * 2047 + "bc"), ('"\\' * 2048, None)],
    ids=["ASCII", "umlauts", "emoji", "blanks", "composed", "lines", "escaped"])
def test_a_body_of_4096_bytes_is_taken(chatd, cluster, room, ben, form, raw, body):
    with form(chatd, ben.token) as student:
        student.join(room)
        assert student.send(room, raw) == 1
        assert student.messages(room, 1) == stored_messages(cluster, room) == [(1, body or raw)]


@FORMS
def test_a_body_of_4097_bytes_is_refused_by_name(chatd, cluster, room, ben, form):
    with form(chatd, ben.token) as student:
        for body in ("x" * 4097, "\u00e4" * 2048 + "x", "x" * 60000):
            error = _error(student, type="send", room=room, client_id="long", body=body)
            assert error["code"] == "too_long" and "body" in error["message"]
            assert error["room"] == room and error["client_id"] == "long"
        assert student.drain() == []
    assert stored_messages(cluster, room) == []


@FORMS
@pytest.mark.parametrize("body", ["", " ", "\n\t \r\n", "\u2003", "a\u0000b", "\u001b[2J",
    "x\u009bx", None, 7, ["x"], {"text": "x"}, True], ids=repr)
def test_a_body_of_nothing_or_of_nonsense_is_refused_by_name(
        chatd, cluster, room, ben, form, body):
    with form(chatd, ben.token) as student:
        error = _error(student, type="send", room=room, client_id="c", body=body)
        assert error["code"] == "bad_field" and "body" in error["message"]
        assert error["room"] == room and error["client_id"] == "c"
        assert student.send(room, "It goes on") == 1
    assert stored_messages(cluster, room) == [(1, "It goes on")]


def test_one_is_in_64_rooms_at_once(chatd, server, ada):
    classroom = create_class(ada)
    rooms = [discuss(classroom)["room"] for _ in range(65)]
    with Framed(chatd, ada.token) as teacher:
        for each in rooms[:64]:
            teacher.join(each)
        error = _error(teacher, type="join", room=rooms[64])
        assert error["code"] == "too_many" and error["room"] == rooms[64]
        teacher.join(rooms[0])  # again is no further one
        teacher.say(type="leave", room=rooms[0])
        teacher.join(rooms[64])


def test_more_than_may_be_without_ack_is_taken_all_the_same(chatd, cluster, room, ben):
    with Framed(chatd, ben.token) as student:
        for n in range(1000):
            student.say(type="send", room=room, client_id=f"c{n}", body=f"message {n}")
        assert [student.until("ack")["seq"] for _ in range(1000)] == list(range(1, 1001))
    assert stored_messages(cluster, room) == [(n + 1, f"message {n}") for n in range(1000)]


@FORMS
@pytest.mark.parametrize("values, code", [(250, None), (300, "bad_json")])
def test_a_command_has_few_values(chatd, ben, form, values, code):
    with form(chatd, ben.token) as student:
        student.say(type="ping", more=[0] * values)
        if code is None:
            student.until("pong")
        else:
            assert student.until("error")["code"] == code and student.ended()


# Readers that do not read.

def test_strangers_who_do_not_read_are_kept_few_words(start_chatd, workplace):
    daemon = start_chatd(chat_listen=f"unix:{workplace}/words.sock", loops=1)
    with Framed(daemon) as stranger:
        for n, ends in ((250, False), (260, True)):
            with daemon.held():
                stranger.send_bytes(framed(b'{"type":"ping"}') * n)
            if not ends:
                for _ in range(n):
                    stranger.until("pong")
        assert stranger.until("error")["code"] == "slow_consumer" and stranger.ended()


def _flood(chatd, person, room, enough, most=4000):
    """Sends long messages until that is enough; how many."""
    with Framed(chatd, person.token) as sender:
        for n in range(1, most + 1):
            sender.send(room, f"{n} " + "x" * 4000)
            if n % 20 == 0 and enough():
                return n
    raise AssertionError("it was never enough")


def _read_to_the_end(connection):
    """The seqs of what still came, and the error at the end, when there was one."""
    assert connection.ended(60)
    last = connection.kept.pop() if connection.kept[-1]["type"] == "error" else None
    return [e["seq"] for e in connection.kept if e["type"] == "message"], last


@FORMS
def test_who_reads_too_slowly_is_dropped_and_misses_nothing(
        start_chatd, cluster, room, ada, ben, form, monkeypatch):
    daemon = start_chatd(out_queue="64KiB", write_timeout="1h")
    heard = []
    with Framed(daemon, ada.token) as quick:
        quick.join(room)

        def is_dropped():
            """Asked behind every 20th; one reads, and the other does not."""
            heard.extend(seq for seq, _ in quick.messages(room, 20))
            return "slow_consumer" in daemon.log

        wide = daemon.socket
        monkeypatch.setattr(daemon, "socket", lambda **_: wide(receive_buffer=4096))
        slow = form(daemon, ben.token)
        monkeypatch.undo()
        with slow:
            slow.join(room)
            n = _flood(daemon, ada, room, is_dropped)
            assert metric(daemon, "miniclass_chat_slow_total") == 1
            seen, error = _read_to_the_end(slow)
        assert error["code"] == "slow_consumer"
        assert seen == list(range(1, len(seen) + 1)) and len(seen) < n
        with form(daemon, ben.token) as back:
            assert back.join(room, after=len(seen))["last_seq"] == n
            missed = back.messages(room, n - len(seen))
            assert missed == stored_messages(cluster, room)[len(seen):]
            assert not [e for e in back.drain() if e["type"] == "message"]
    assert heard == list(range(1, n + 1))
    assert metric(daemon, "miniclass_chat_slow_total") == 1, "who reads is not dropped"


def test_who_does_not_read_at_all_is_dropped_in_time(start_chatd, room, ada, ben):
    daemon = start_chatd(out_queue="1GiB", write_timeout="500ms")
    with Framed(daemon, ben.token, receive_buffer=4096) as slow:
        slow.join(room)
        n = _flood(daemon, ada, room,
            lambda: metric(daemon, "miniclass_chat_slow_total") == 1, 100000)
        seen, _ = _read_to_the_end(slow)
        assert seen == list(range(1, len(seen) + 1)) and len(seen) < n


def test_what_waits_counts_with_what_it_takes_to_keep_it(start_chatd, workplace, ben):
    daemon = start_chatd(chat_listen=f"unix:{workplace}/weight.sock", out_queue="64KiB")
    ping, pong = b"\x89\x80" + bytes(4), 10  # RFC 6455, 5.5.2 and 5.5.3
    with Socket(daemon, ben.token) as many:
        # In one read: 1,000 pongs fit into 64 KiB, and 1,100 do not, though each has two bytes.
        for n, ends in ((1000, False), (1100, True)):
            with daemon.held():
                many.ws.sock.sendall(ping * n)
            if not ends:
                assert {many.ws.recv_data_frame(True)[0] for _ in range(n)} == {pong}
        assert many.until("error")["code"] == "slow_consumer" and many.ended()


def test_who_has_said_all_and_reads_late_gets_all_that_waits(start_chatd, workplace, ben):
    # A Unix socket takes some 200 KiB at once: the rest is still with the daemon when it reads the end.
    daemon = start_chatd(chat_listen=f"unix:{workplace}/late.sock", loops=1)
    n = 15000
    with Framed(daemon, ben.token) as late, Framed(daemon) as other:
        late.send_bytes(framed(b'{"type":"ping"}') * n)
        late.sock.shutdown(socket.SHUT_WR)
        wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") > n, 10)
        for _ in range(3):
            other.drain()  # turns of the loop, in which the end is read
        said = b"".join(iter(lambda: late.sock.recv(1 << 16), b""))
    assert said.count(b'"pong"') == n


def test_a_replay_that_is_larger_than_the_queue_is_no_slowness(
        start_chatd, cluster, server, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 600
    _append(cluster, room, ben, n)
    daemon = start_chatd(out_queue="64KiB")
    with Framed(daemon, ada.token, receive_buffer=4096) as teacher:
        teacher.join(room, after=0)
        assert [seq for seq, _ in teacher.messages(room, n, 60)] == list(range(1, n + 1))
        assert teacher.drain() == []


def _append(cluster, room, person, n, letter="x"):
    """Another daemon's batch: told of by one notice, and read in one go."""
    with cluster.query() as cursor:
        cursor.execute("SELECT count(*) FROM mc.message_append(array_fill(%s::bigint, ARRAY[%s]),"
            " array_fill(%s::bigint, ARRAY[%s]), (SELECT array_agg('c' || i) FROM"
            " generate_series(1, %s) i), array_fill(repeat(%s, 4096), ARRAY[%s]))",
            (room, n, person.id, n, n, letter, n))


@FORMS
def test_who_is_in_the_middle_of_more_than_the_queue_is_dropped_without_harm(
        start_chatd, cluster, workplace, ada, ben, form):
    room, n = discuss(create_class(ada).join(ben))["room"], 500
    # A Unix socket takes some 200 KiB at once, whatever the system allows TCP.
    daemon = start_chatd(chat_listen=f"unix:{workplace}/slow.sock", out_queue="64KiB",
        write_timeout="1h")
    with form(daemon, ben.token) as slow, Framed(daemon, ada.token) as quick:
        slow.join(room)
        quick.join(room)
        slow.until("presence", state="joined")
        _append(cluster, room, ben, n)
        quick.messages(room, n)
        assert quick.send(room, "One more") == n + 1
        assert daemon.logged("slow_consumer")
        seen, error = _read_to_the_end(slow)
        assert quick.messages(room, 1) == [(n + 1, "One more")]
    assert seen == list(range(1, n + 1)), "what had begun is whole"
    assert error["code"] == "slow_consumer"


@FORMS
def test_who_still_catches_up_when_a_class_ends_gets_all_of_it_and_is_told(
        start_chatd, cluster, workplace, ada, ben, form):
    classroom, n = create_class(ada).join(ben), 600
    room = start_live(classroom)["room"]
    _append(cluster, room, ben, n)
    # One loop, so that both members hear of the end in the same moment.
    daemon = start_chatd(chat_listen=f"unix:{workplace}/late.sock", loops=1)
    with form(daemon, ben.token) as late, Framed(daemon, ada.token) as teacher:
        assert late.join(room, after=0)["last_seq"] == n
        teacher.join(room)
        end_live(classroom)
        teacher.until("ended", room=room)
        assert [seq for seq, _ in late.messages(room, n)] == list(range(1, n + 1))
        late.until("ended", room=room)


def test_who_asks_for_a_replay_and_does_not_read_it_holds_256_kib_of_it(
        start_chatd, cluster, server, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 1000
    # Twice as long in JSON: more than the kernel takes off the daemon's hands.
    _append(cluster, room, ben, n, '"')
    daemon = start_chatd(out_queue="64KiB", write_timeout="1h")
    with Framed(daemon, ben.token, receive_buffer=4096) as slow:
        slow.join(room, after=0)

        def is_dropped():
            for _ in range(100):
                slow.say(type="ping")
            return "slow_consumer" in daemon.log

        # What the answers to its pings are too much for is the queue and the step together.
        wait_until(is_dropped, 20, "the queue is full")
        held = int(re.search(r"slow_consumer .*bytes=(\d+)", daemon.log)[1])
    assert held <= (64 + 256) * 1024 + 9000, "and the message that fills the step"


def test_a_replay_of_long_messages_reads_each_once(start_chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 3000
    _append(cluster, room, ben, n)
    daemon = start_chatd()
    before = _messages_read(cluster)
    with Framed(daemon, ben.token) as student:
        student.join(room, after=0)
        assert [seq for seq, _ in student.messages(room, n)] == list(range(1, n + 1))
    # What a session of PostgreSQL counts is told at its end at the latest.
    daemon.stop()
    wait_until(lambda: _messages_read(cluster) - before >= n, 20)
    assert _messages_read(cluster) - before < 1.5 * n


def test_for_who_has_left_meanwhile_nothing_is_read(start_chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 500
    _append(cluster, room, ben, n, "s")
    daemon = start_chatd(statement_timeout="60s")
    before = _messages_read(cluster)
    with contextlib.ExitStack() as stack:
        stays = stack.enter_context(Framed(daemon, ada.token))
        hasty = [stack.enter_context(Framed(daemon, ben.token)) for _ in range(20)]
        with _while_it_holds(cluster, "LOCK TABLE mc.message IN ACCESS EXCLUSIVE MODE"):
            stays.say(type="join", room=room, after=0)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, 10, "the first is being read for")
            for each in hasty:
                each.say(type="join", room=room, after=0)
            wait_until(lambda: _is_present(cluster, room, ben), 10, "they are counted")
            for each in hasty * 5:
                each.drain()  # turns of the loop, in which they come to be read for
            for each in hasty:
                each.say(type="leave", room=room)
                each.drain()
        assert [seq for seq, _ in stays.messages(room, n)] == list(range(1, n + 1))
        for each in hasty:
            assert [e["type"] for e in each.drain()] == []
    daemon.stop()
    wait_until(lambda: _messages_read(cluster) - before >= n, 20)
    assert _messages_read(cluster) - before < 3 * n


def _is_present(cluster, room, person):
    with cluster.query() as cursor:
        cursor.execute("SELECT FROM mc.stay WHERE room_id = %s AND account_id = %s AND left_at IS NULL",
            (room, person.id))
        return cursor.rowcount > 0


def _messages_read(cluster):
    with cluster.query() as cursor:
        cursor.execute("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
            " WHERE indexrelname = 'message_pkey'")
        return cursor.fetchone()[0]


def test_who_reads_too_slowly_over_tls_is_told_so(start_chatd, new_certificate, room, ada, ben):
    cert, key = new_certificate("school.example")
    daemon = start_chatd(out_queue="64KiB", write_timeout="1h", tls_cert=cert, tls_key=key)
    with Framed(daemon, ben.token, receive_buffer=4096) as slow:
        slow.join(room)
        n = _flood(daemon, ada, room, lambda: "slow_consumer" in daemon.log)
        seen, error = _read_to_the_end(slow)
    assert error and error["code"] == "slow_consumer"
    assert seen == list(range(1, len(seen) + 1)) and len(seen) < n


# Fairness.

def test_who_joins_and_leaves_without_waiting_is_not_read_ahead_of_the_database(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(loops=1)
    pairs = 5000
    with Framed(daemon, ben.token) as hasty, Framed(daemon, ada.token) as other:
        with cluster.locked():
            # Who comes and goes between two looks changes nothing that is written: this is what waits.
            other.say(type="join", room=room)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, 10, "the database is waited for")
            for _ in range(pairs):
                hasty.say(type="join", room=room)
                hasty.say(type="leave", room=room)
            wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") > 1000, 10)
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


@contextlib.contextmanager
def _while_it_holds(cluster, statement, *values):
    """What the statement locks is waited for; yields what ends it."""
    connection = psycopg2.connect(cluster.url("superuser"))
    connection.cursor().execute(statement, values)
    try:
        yield connection.rollback
    finally:
        connection.close()


def _nobody_is_found(cluster):
    """Whoever asks about a person waits."""
    return _while_it_holds(cluster, "LOCK TABLE mc.account IN ACCESS EXCLUSIVE MODE")


def _nothing_is_stored(cluster, room):
    """Who sends to that room waits."""
    return _while_it_holds(cluster, "SELECT FROM mc.room WHERE id = %s FOR UPDATE", room)


def _send_many(daemon, room, count, *connections):
    """Returns when the daemon has read all of it."""
    before = metric(daemon, "miniclass_chat_commands_total")
    for connection in connections:
        for n in range(count):
            connection.say(type="send", room=room, client_id=unique("m"), body=f"message {n}")
    wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") - before
        >= count * len(connections), 30)


def test_who_sends_much_waits_behind_themselves_and_nobody_else_does(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    with (Framed(daemon, ben.token) as first, Framed(daemon, ben.token) as second,
            Framed(daemon, ada.token) as other):
        with _nothing_is_stored(cluster, room):
            _send_many(daemon, room, 1, first)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, 10, "the first is being stored")
            _send_many(daemon, room, 200, first, second)
            _send_many(daemon, room, 1, other)
        assert other.until("ack")["seq"] == 1 + 16 + 1, "behind one share"
        seqs = [[each.until("ack")["seq"] for _ in range(n)]
            for each, n in ((first, 201), (second, 200))]
        assert all(each == sorted(each) for each in seqs)
        assert sorted(seqs[0] + seqs[1] + [18]) == list(range(1, 403))


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
            # Told behind it, and needs nobody's name.
            other.execute("UPDATE mc.live_session SET ended_at = now() WHERE room_id = %s", (room,))
            witness.until("ended", room=room)
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


def test_whose_right_ends_does_not_wait_behind_one_with_many_connections(
        start_chatd, cluster, server, room):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    many, one = sign_up(server, "Many"), sign_up(server, "One")
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(Framed(daemon, many.token)) for _ in range(60)]
        other = stack.enter_context(Framed(daemon, one.token))
        with _nobody_is_found(cluster) as goes_on, cluster.query() as cursor:
            _end_session(cursor, many)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, 10, "the first are asked about")
            _end_session(cursor, one)
            witness = stack.enter_context(Framed(daemon))
            for _ in range(5):
                witness.drain()  # turns of the loop, in which the notice comes
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
    with Framed(daemon, ben.token) as student, Framed(daemon, ada.token) as teacher:
        for each in rooms:
            student.join(each)
        teacher.join(live)
        with _nobody_is_found(cluster) as goes_on, cluster.query() as cursor:
            cursor.execute("SELECT pg_notify('mc_access', 'member:%s:%s')", (classroom.id, ben.id))
            wait_until(lambda: cluster.waiting_for_locks() >= 1, 10, "it is asked")
            for n in range(500):
                cursor.execute("SELECT pg_notify('mc_access', 'member:%s:%s')", (classroom.id, ben.id))
            # Told behind them, and needs nobody's name.
            cursor.execute("UPDATE mc.live_session SET ended_at = now() WHERE room_id = %s", (live,))
            teacher.until("ended", room=live)
            goes_on()
        ada.post(f"{classroom.path}/people/{ben.id}/remove")
        student.until("error", code="not_found")
    assert metric(daemon, "miniclass_chat_checks_total") <= 4, "while they changed, behind it, and removed"


# Deadlines.

@pytest.mark.parametrize("said", [b"", b"4", b"44\r\n{", b'15\r\n{"type":"ping"}\r\n'],
    ids=["nothing", "a digit", "half a frame", "a ping"])
def test_who_says_no_hello_in_time_is_told_so(start_chatd, said):
    daemon = start_chatd(head_timeout="300ms")
    with Framed(daemon) as nobody:
        nobody.send_bytes(said)
        assert nobody.until("error")["code"] == "timeout"
        assert nobody.ended()


def test_a_websocket_without_hello_ends_in_time(start_chatd):
    daemon = start_chatd(head_timeout="2s")
    with Socket(daemon) as nobody:
        assert nobody.until("error")["code"] == "timeout"
        opcode, data = nobody.ws.recv_data()
        assert opcode == CLOSE and data[:2] == (1008).to_bytes(2, "big")
    with Wire(daemon.socket(), daemon.host) as wire:
        wire.sock.sendall(b"GET /chat HTTP/1.1\r\nHost: half a he")
        assert wire.sock.recv(1000).startswith(b"HTTP/1.1 408 ")
        assert wire.sock.recv(100) == b"", "closed"


@FORMS
def test_who_is_known_may_be_silent(start_chatd, room, ada, ben, form):
    daemon = start_chatd(head_timeout="1s", write_timeout="1s", ping_interval="1s")
    with form(daemon, ben.token) as silent, Framed(daemon, ada.token) as teacher:
        silent.join(room)
        with Framed(daemon) as nobody:
            assert nobody.until("error")["code"] == "timeout"  # that much time has gone by
        teacher.send(room, "Still there?")
        assert silent.messages(room, 1) == [(1, "Still there?")]


# Connections.

def test_further_connections_than_the_limit_are_closed(start_chatd, ada):
    daemon = start_chatd(connections=3, user_connections=3)
    with contextlib.ExitStack() as stack:
        def connects():
            """Another one, that stays."""
            one = Framed(daemon)
            one.say(type="ping")
            with contextlib.suppress(Gone):
                one.until("pong")
                stack.enter_context(one)
                return one
            one.close()
            return None

        held = [wait_until(connects, 5, "what was closed has gone") for _ in range(3)]
        assert connects() is None and connects() is None
        assert daemon.logged("connection_refused", connections=3)
        for one in held:
            one.hello(ada.token)
        held[0].close()
        wait_until(connects, 5, "its place is free").hello(ada.token)


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

        wait_until(gets_in, 5, "its place is free")
