"""What has an end: sizes, queues, deadlines, connections."""

import contextlib
import json
import threading

import pytest

from support.chat import CLOSE, Framed, Gone, Socket, discuss, end_sessions, stored_messages
from support.school import create_class
from support.wait import wait_until
from support.wire import Wire

FORMS = pytest.mark.parametrize("form", [Framed, Socket])
PING = 9  # RFC 6455, 5.2


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


def _answer_pings(browser, n):
    """As many as that; what comes between them stays kept."""
    while n > 0:
        frame = browser.ws.recv_frame()
        if frame.opcode == PING:
            browser.ws.pong(frame.data)
            n -= 1
        else:
            browser.kept.append(json.loads(frame.data))


def test_who_is_not_read_because_acks_are_owed_is_not_taken_for_gone(start_chatd, cluster, room, ben):
    daemon = start_chatd(loops=1, ping_interval="1s", statement_timeout="60s")
    lock = "SELECT FROM mc.room WHERE id = %s FOR NO KEY UPDATE", room
    with Socket(daemon, ben.token) as browser, contextlib.ExitStack() as stack:
        def send(ids):
            for n in ids:
                browser.say(type="send", room=room, client_id=f"c{n}", body="x" * 1000)

        with cluster.holding(*lock) as goes_on:
            send([1])
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="the first is being stored")
            send(range(2, 301))
            _answer_pings(browser, 2)  # behind 256 sends no answer is read
            behind = threading.Thread(target=lambda: stack.enter_context(cluster.holding(*lock)))
            behind.start()
            wait_until(lambda: cluster.waiting_for_locks() >= 2)
            goes_on()
        # The first alone is stored: less than 256 are away, and still it is not read on.
        _answer_pings(browser, 1)
        browser.until("ack", client_id="c1")
        behind.join()
        stack.close()
        assert [browser.until("ack")["seq"] for _ in range(299)] == list(range(2, 301))


# Connections.

def test_connections_leave_the_database_its_descriptors(start_chatd, cluster, ada):
    daemon = start_chatd(files=(200, 200), head_timeout="1h")
    with contextlib.ExitStack() as stack:
        first = stack.enter_context(Framed(daemon))
        first.say(type="ping")
        first.until("pong")
        for _ in range(250):
            stack.enter_context(Framed(daemon))
        assert daemon.logged("connection_refused")
        end_sessions(cluster)
        first.hello(ada.token)
    assert "accept_failed" not in daemon.log


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

        held = [wait_until(connects, what="what was closed has gone") for _ in range(3)]
        assert connects() is None and connects() is None
        assert daemon.logged("connection_refused", connections=3)
        for one in held:
            one.hello(ada.token)
        held[0].close()
        wait_until(connects, what="its place is free").hello(ada.token)
