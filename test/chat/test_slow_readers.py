"""Readers who do not read, or read slowly: what is kept for them ends somewhere, and they lose nothing."""

import contextlib
import re
import signal
import socket
import time

import pytest

from support.chat import (Framed, Socket, append, discuss, end_live, end_sessions, framed,
    messages_read, metric, start_live, stored_messages)
from support.school import create_class
from support.wait import wait_until

FORMS = pytest.mark.parametrize("form", [Framed, Socket])


@pytest.fixture
def one_loop(start_chatd, workplace):
    """A daemon with one, so that all hear of things in the same order, and in the same moment."""
    return start_chatd(chat_listen=f"unix:{workplace}/one.sock", loops=1)


def test_strangers_who_do_not_read_are_kept_few_words(one_loop):
    with Framed(one_loop) as stranger:
        for n, ends in ((250, False), (260, True)):
            with one_loop.held():
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
    assert connection.ended()
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
        seen, error = _read_to_the_end(slow)
        assert seen == list(range(1, len(seen) + 1)) and len(seen) < n
        assert error["code"] == "slow_consumer"


def test_who_does_not_read_and_goes_on_talking_is_dropped_all_the_same(start_chatd, workplace, room, ada, ben):
    daemon = start_chatd(chat_listen=f"unix:{workplace}/talk.sock", write_timeout="1s", ping_interval="1h")
    with Framed(daemon, ben.token) as slow, Framed(daemon, ada.token) as other:
        slow.join(room)
        for _ in range(150):
            other.send(room, "x" * 4000)

        def is_dropped():
            slow.say(type="leave", room=2**40)  # which is answered with nothing
            return metric(daemon, "miniclass_chat_slow_total") == 1
        wait_until(is_dropped)
        assert _read_to_the_end(slow)[1]["code"] == "slow_consumer"


@FORMS
def test_who_stops_reading_in_front_of_little_is_told_so_and_misses_nothing(
        start_chatd, cluster, workplace, room, ada, ben, form):
    n = 150
    # A Unix socket takes some 200 KiB at once: the rest waits, and is far from filling the queue.
    daemon = start_chatd(chat_listen=f"unix:{workplace}/little.sock", write_timeout="1s")
    with form(daemon, ben.token) as slow, Framed(daemon, ada.token) as other:
        slow.join(room)
        for _ in range(n):
            other.send(room, "x" * 4000)
        assert daemon.logged("slow_consumer")
        assert metric(daemon, "miniclass_chat_slow_total") == 1
        seen, error = _read_to_the_end(slow)
    assert seen == list(range(1, len(seen) + 1)) and len(seen) < n
    assert error["code"] == "slow_consumer"
    with form(daemon, ben.token) as back:
        back.join(room, after=len(seen))
        assert back.messages(room, n - len(seen)) == stored_messages(cluster, room)[len(seen):]


def test_who_was_dropped_and_does_not_read_holds_up_no_stop(start_chatd, workplace, room, ada, ben):
    daemon = start_chatd(chat_listen=f"unix:{workplace}/still.sock", write_timeout="4s", stop_timeout="8s")
    with Framed(daemon, ben.token) as slow, Framed(daemon, ada.token) as other:
        slow.join(room)
        for _ in range(150):
            other.send(room, "x" * 4000)
        assert daemon.logged("slow_consumer")
        daemon.signal(signal.SIGTERM)
        assert other.until("error")["code"] == "going_away"
        assert daemon.wait() == 0
    assert "stop_timeout" not in daemon.log


def test_an_answer_that_is_queued_as_its_deadline_comes_is_no_slowness(start_chatd, workplace, ben):
    # What was sent to a Unix socket is there as a whole: the daemon reads on in each turn.
    daemon = start_chatd(chat_listen=f"unix:{workplace}/due.sock", ping_interval="50ms")
    with Framed(daemon, ben.token) as busy:
        busy.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 200 * 1024)
        with daemon.held():
            busy.send_bytes(framed(b'{"type":"ping"}') * 12000)
        busy.until("pong")
        with daemon.held():
            time.sleep(0.2)  # its deadline passes: the next turn has that and more to read
        for _ in range(11999):
            busy.until("pong")
        assert metric(daemon, "miniclass_chat_slow_total") == 0


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
        wait_until(lambda: metric(daemon, "miniclass_chat_commands_total") > n)
        for _ in range(3):
            other.drain()  # turns of the loop, in which the end is read
        said = b"".join(iter(lambda: late.sock.recv(1 << 16), b""))
    assert said.count(b'"pong"') == n


@pytest.mark.parametrize("tls", [False, True], ids=["unix", "tls"])
def test_a_person_leaves_many_answers_unread_on_64_connections_and_no_more(
        start_chatd, new_certificate, workplace, ada, ben, tls):
    cert, key = new_certificate("school.example")
    # However long a million of them take, nobody is ended for not moving meanwhile.
    at = ({"tls_cert": cert, "tls_key": key} if tls else
        {"chat_listen": f"unix:{workplace}/unread.sock"})
    daemon = start_chatd(**at, loops=1, write_timeout="1h")
    few = {"receive_buffer": 4096} if tls else {}
    n, most = 15000, 64
    with contextlib.ExitStack() as stack:
        unread = [stack.enter_context(Framed(daemon, ben.token, **few)) for _ in range(most + 2)]
        for each in unread:
            each.send_bytes(framed(b'{"type":"ping"}') * n)
        wait_until(lambda: metric(daemon, "miniclass_chat_slow_total") == 2, what="two too many")
        with Framed(daemon, ada.token) as other:
            other.send_bytes(framed(b'{"type":"ping"}') * n)
            for _ in range(n):
                other.until("pong")
        said = b"".join(iter(lambda: unread[-1].sock.recv(1 << 16), b""))
        assert b"slow_consumer" in said
        # Who reads has room again.
        for _ in range(n):
            unread[0].until("pong")
        again = stack.enter_context(Framed(daemon, ben.token))
        again.send_bytes(framed(b'{"type":"ping"}') * n)
        for _ in range(n):
            again.until("pong")
        assert metric(daemon, "miniclass_chat_slow_total") == 2


def test_a_replay_that_is_larger_than_the_queue_is_no_slowness(
        start_chatd, cluster, server, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 600
    append(cluster, room, ben, n)
    daemon = start_chatd(out_queue="64KiB")
    with Framed(daemon, ada.token, receive_buffer=4096) as teacher:
        teacher.join(room, after=0)
        assert [seq for seq, _ in teacher.messages(room, n)] == list(range(1, n + 1))
        assert teacher.drain() == []


def _drop_in_the_middle(daemon, cluster, room, ben, n, slow, quick):
    """One reads and the other does not, when a batch is followed by one message too many."""
    slow.join(room)
    quick.join(room)
    slow.until("presence", state="joined")
    append(cluster, room, ben, n)
    quick.messages(room, n)
    assert quick.send(room, "One more") == n + 1
    assert daemon.logged("slow_consumer")


@FORMS
def test_who_is_in_the_middle_of_more_than_the_queue_is_dropped_without_harm(
        start_chatd, cluster, workplace, ada, ben, form):
    room, n = discuss(create_class(ada).join(ben))["room"], 500
    # A Unix socket takes some 200 KiB at once, whatever the system allows TCP.
    daemon = start_chatd(chat_listen=f"unix:{workplace}/slow.sock", out_queue="64KiB",
        write_timeout="1h")
    with form(daemon, ben.token) as slow, Framed(daemon, ada.token) as quick:
        _drop_in_the_middle(daemon, cluster, room, ben, n, slow, quick)
        seen, error = _read_to_the_end(slow)
        assert quick.messages(room, 1) == [(n + 1, "One more")]
    assert seen == list(range(1, n + 1)), "what had begun is whole"
    assert error["code"] == "slow_consumer"


def test_who_is_dropped_and_reads_on_comes_to_the_reason(
        start_chatd, cluster, workplace, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 500
    daemon = start_chatd(chat_listen=f"unix:{workplace}/on.sock", out_queue="64KiB",
        write_timeout="2s")
    with Framed(daemon, ben.token) as slow, Framed(daemon, ada.token) as quick:
        _drop_in_the_middle(daemon, cluster, room, ben, n, slow, quick)
        # Not at all, and then a little, each for longer than a write may take in which nothing moves.
        time.sleep(3)
        begun, seen = time.monotonic(), []
        while time.monotonic() < begun + 3:
            seen += [seq for seq, _ in slow.messages(room, 1)]
            wait_until(lambda: time.monotonic() > begun + len(seen) / 8)
        rest, error = _read_to_the_end(slow)
    assert seen + rest == list(range(1, n + 1))
    assert error["code"] == "slow_consumer"


@pytest.fixture
def long_live(cluster, ada, ben):
    """A class that is live, its room, and how many messages are to be caught up with."""
    classroom, n = create_class(ada).join(ben), 600
    room = start_live(classroom)["room"]
    append(cluster, room, ben, n)
    return classroom, room, n


@FORMS
def test_who_still_catches_up_when_a_class_ends_gets_all_of_it_and_is_told(
        one_loop, long_live, ada, ben, form):
    classroom, room, n = long_live
    with form(one_loop, ben.token) as late, Framed(one_loop, ada.token) as teacher:
        assert late.join(room, after=0)["last_seq"] == n
        teacher.join(room)
        end_live(classroom)
        teacher.until("ended", room=room)
        assert [seq for seq, _ in late.messages(room, n)] == list(range(1, n + 1))
        late.until("ended", room=room)


@FORMS
def test_who_comes_while_one_still_catches_up_is_told_of(one_loop, long_live, ada, ben, form):
    _, room, n = long_live
    with form(one_loop, ada.token) as late, Framed(one_loop, ada.token) as teacher:
        late.join(room, after=0)
        teacher.join(room)
        with Framed(one_loop, ben.token) as student:
            student.join(room)
            teacher.until("presence", state="joined")
            assert [seq for seq, _ in late.messages(room, n)] == list(range(1, n + 1))
            assert late.until("presence")["user"]["id"] == ben.id
            assert late.drain() == []


@FORMS
def test_what_is_written_while_one_still_catches_up_comes_behind_it(
        one_loop, cluster, ada, ben, form):
    room, n = discuss(create_class(ada).join(ben))["room"], 600
    append(cluster, room, ben, n)
    with form(one_loop, ada.token) as late, Framed(one_loop, ben.token) as student:
        late.join(room, after=0)
        assert student.send(room, "One more") == n + 1
        assert [seq for seq, _ in late.messages(room, n + 1)] == list(range(1, n + 2))
        assert late.drain() == []


def test_who_asks_for_a_replay_and_does_not_read_it_holds_256_kib_of_it(
        start_chatd, cluster, server, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 1000
    # Twice as long in JSON: more than the kernel takes off the daemon's hands.
    append(cluster, room, ben, n, '"')
    daemon = start_chatd(out_queue="64KiB", write_timeout="1h")
    with Framed(daemon, ben.token, receive_buffer=4096) as slow:
        slow.join(room, after=0)

        def is_dropped():
            for _ in range(100):
                slow.say(type="ping")
            return "slow_consumer" in daemon.log

        # What the answers to its pings are too much for is the queue and the step together.
        wait_until(is_dropped, what="the queue is full")
        held = int(re.search(r"slow_consumer .*bytes=(\d+)", daemon.log)[1])
    assert held <= (64 + 256) * 1024 + 9000, "and the message that fills the step"


def test_replays_that_nobody_reads_are_small_when_their_memory_is_used(
        start_chatd, cluster, server, ada, ben):
    room, n, readers, step = discuss(create_class(ada).join(ben))["room"], 300, 20, 8 * 1024
    append(cluster, room, ben, n, '"')
    daemon = start_chatd(replay_memory="1MiB", write_timeout="1h")
    with contextlib.ExitStack() as stack:
        for _ in range(readers):
            slow = stack.enter_context(Framed(daemon, ben.token, receive_buffer=4096))
            slow.say(type="join", room=room, after=0)
        wait_until(lambda: metric(daemon, "miniclass_chat_replay_held_bytes") >= readers * step)
        held = metric(daemon, "miniclass_chat_replay_held_bytes")
        assert held <= readers * (step + 9000), "and the message that fills the step"
        with Framed(daemon, ada.token) as teacher:
            teacher.join(room, after=0)
            assert len(teacher.messages(room, n)) == n, "who reads gets on"
    wait_until(lambda: metric(daemon, "miniclass_chat_replay_held_bytes") == 0, what="all is given back")


def test_replays_that_nobody_reads_get_smaller_the_more_there_are(
        start_chatd, cluster, server, workplace, ada, ben):
    # At first each could have a 256th of the memory, which is 64 KiB.
    room, readers, memory = discuss(create_class(ada).join(ben))["room"], 260, 16 * 1024 * 1024
    append(cluster, room, ben, 60, '"')
    daemon = start_chatd(chat_listen=f"unix:{workplace}/replays.sock", replay_memory="16MiB",
        write_timeout="1h")
    with contextlib.ExitStack() as stack:
        for _ in range(readers):
            slow = stack.enter_context(Framed(daemon, ben.token))
            slow.say(type="join", room=room, after=0)
            slow.until("joined")
        wait_until(lambda: metric(daemon, "miniclass_chat_replay_held_bytes") >= readers * 8 * 1024)
        with Framed(daemon, ada.token) as teacher:
            teacher.join(room, after=0)
            assert len(teacher.messages(room, 60)) == 60, "behind all of theirs"
        assert metric(daemon, "miniclass_chat_replay_held_bytes") < memory


def test_who_reads_a_little_all_the_time_is_not_dropped(start_chatd, cluster, server, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 300
    append(cluster, room, ben, n)
    daemon = start_chatd(write_timeout="3s")
    with Framed(daemon, ben.token, receive_buffer=4096) as slow:
        slow.say(type="join", room=room, after=0)
        # 4 KiB a second at most, for three times the deadline: less than makes the socket writable.
        end = time.monotonic() + 9
        while time.monotonic() < end:
            data = slow.sock.recv(400)
            assert data, "dropped"
            slow.buffer += data
            time.sleep(0.1)
        assert [seq for seq, _ in slow.messages(room, n)] == list(range(1, n + 1))
    assert metric(daemon, "miniclass_chat_slow_total") == 0


def test_who_stops_reading_is_dropped_when_its_time_is_over(start_chatd, cluster, server, ada, ben):
    room = discuss(create_class(ada).join(ben))["room"]
    append(cluster, room, ben, 300)
    daemon = start_chatd(write_timeout="4s")
    with Framed(daemon, ben.token, receive_buffer=4096) as slow:
        since = time.monotonic()
        slow.say(type="join", room=room, after=0)
        wait_until(lambda: metric(daemon, "miniclass_chat_slow_total") == 1, what="it is dropped")
        # An eighth each time it looks, eight times; not eight times all of it.
        assert 4 <= time.monotonic() - since < 16


def test_a_hello_behind_a_cookie_leaves_no_replay_standing(start_chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 600
    append(cluster, room, ben, n)
    daemon = start_chatd(ping_interval="1h")
    with Socket(daemon, cookie=ben.token, origin=f"http://{daemon.host}") as student:
        with cluster.holding("LOCK TABLE mc.session IN ACCESS EXCLUSIVE MODE"):
            # Its token is looked for as long as that, and a step of the replay goes out meanwhile.
            student.say(type="join", room=room, after=0)
            student.say(type="hello", token=ben.token)
            seen = [student.until("message", room=room)["seq"]]
            # Until the step is written: what is held is still to come.
            while metric(daemon, "miniclass_chat_replay_held_bytes") > 0:
                seen.append(student.until("message", room=room)["seq"])
        seen += [seq for seq, _ in student.messages(room, n - len(seen))]
    assert seen == list(range(1, n + 1))


def test_a_replay_of_long_messages_reads_each_once(start_chatd, cluster, ada, ben):
    room, n = discuss(create_class(ada).join(ben))["room"], 3000
    append(cluster, room, ben, n)
    daemon = start_chatd()
    end_sessions(cluster)
    before = messages_read(cluster)
    with Framed(daemon, ben.token) as student:
        student.join(room, after=0)
        assert [seq for seq, _ in student.messages(room, n)] == list(range(1, n + 1))
    daemon.stop()
    wait_until(lambda: messages_read(cluster) - before >= n)
    assert messages_read(cluster) - before < 1.5 * n


def test_who_reads_too_slowly_over_tls_is_told_so(start_chatd, new_certificate, room, ada, ben):
    cert, key = new_certificate("school.example")
    daemon = start_chatd(out_queue="64KiB", write_timeout="1h", tls_cert=cert, tls_key=key)
    with Framed(daemon, ben.token, receive_buffer=4096) as slow:
        slow.join(room)
        n = _flood(daemon, ada, room, lambda: "slow_consumer" in daemon.log)
        seen, error = _read_to_the_end(slow)
    assert error and error["code"] == "slow_consumer"
    assert seen == list(range(1, len(seen) + 1)) and len(seen) < n
