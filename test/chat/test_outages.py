"""What goes on when a daemon is stopped or killed, and when the database is away."""

import contextlib
import signal

import psycopg2
import pytest

from support.chat import (CLOSE, Framed, Socket, append, end_live, metric, start_live,
    stored_messages)
from support.school import create_class, log_in
from support.wait import wait_until


# The end of a daemon.

def test_what_is_acked_when_a_daemon_stops_is_stored_and_everybody_is_told(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ben.token) as framed, Socket(daemon, ada.token) as web, \
            Framed(daemon) as nobody:
        for each in (framed, web):
            each.join(room)
        nobody.drain()
        for n in range(200):
            framed.say(type="send", room=room, client_id=f"c{n}", body=f"message {n}")
        framed.until("ack")
        daemon.signal(signal.SIGTERM)
        assert framed.ended() and nobody.ended()
        while True:
            opcode, data = web.ws.recv_data()
            if opcode == CLOSE:
                break
        assert data[:2] == (1001).to_bytes(2, "big")
        assert daemon.wait() == 0
    for each in (framed, nobody):
        errors = [e for e in each.kept if e["type"] == "error"]
        assert [e["code"] for e in errors] == ["going_away"]
    stored = dict(stored_messages(cluster, room))
    acked = {e["seq"]: e["client_id"] for e in framed.kept if e["type"] == "ack"}
    assert acked and all(stored[seq] == f"message {id[1:]}" for seq, id in acked.items())
    assert sorted(stored) == list(range(1, len(stored) + 1))
    with pytest.raises(ConnectionRefusedError):
        daemon.socket()


def test_what_is_in_hand_when_a_daemon_stops_is_acked_behind_the_farewell(
        start_chatd, cluster, room, ben):
    daemon = start_chatd(stop_timeout="60s", statement_timeout="60s")
    with Framed(daemon, ben.token) as student:
        with cluster.holding("SELECT FROM mc.room WHERE id = %s FOR NO KEY UPDATE", room):
            student.say(type="send", room=room, client_id="last", body="Bye")
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="it is being stored")
            daemon.signal(signal.SIGTERM)
            student.until("error", code="going_away")
        assert student.until("ack", client_id="last")["seq"] == 1
        assert student.ended()
        assert daemon.wait() == 0


def test_who_stays_on_another_daemon_sees_those_of_a_killed_one_go(
        start_chatd, room, ada, ben):
    killed, other = start_chatd(), start_chatd()
    with Framed(killed, ben.token) as student, Framed(other, ada.token) as teacher:
        student.join(room)
        assert len(teacher.join(room)["members"]) == 2
        killed.kill()
        assert student.ended()
        assert teacher.until("presence", 60, state="left")["user"]["id"] == ben.id
        assert [member["id"] for member in teacher.join(room)["members"]] == [ada.id]


# The database goes, or only the connection that listens to it.

@contextlib.contextmanager
def _cut_off(cluster, application):
    """The database connections of that name are terminated and cannot come back."""
    with cluster.query() as cursor:
        cursor.execute("SELECT current_database()")
        [name] = cursor.fetchone()
    # One's own database cannot be closed.
    outside = psycopg2.connect(cluster.url("superuser"), dbname="postgres")
    outside.autocommit = True
    with contextlib.closing(outside), outside.cursor() as cursor:
        cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        try:
            cursor.execute("SELECT count(pg_terminate_backend(pid, 20000)) FROM pg_stat_activity"
                " WHERE application_name = %s", (application,))
            assert cursor.fetchone()[0] > 0
            yield
        finally:
            cursor.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')


def _deaf(cluster):
    """No daemon hears from another one."""
    return _cut_off(cluster, "mc-chatd bus")


def test_what_no_notice_tells_is_seen_within_seconds_all_the_same(
        start_chatd, cluster, server, ada, ben, cleo):
    first, second = start_chatd(), start_chatd()
    classroom = create_class(ada).join(ben, cleo)
    room = start_live(classroom)["room"]
    gone = log_in(server, cleo)
    with Framed(first, ada.token) as teacher, Framed(first, gone.token) as leaver, \
            Framed(second, ben.token) as student, Framed(second, cleo.token) as back:
        for each in (teacher, leaver, student):
            each.join(room)
        student.send(room, "One")
        teacher.messages(room, 1)
        # The store's own, and one for all else: no other one is made while it is cut off.
        for each in (first, second):
            wait_until(lambda: metric(each, "miniclass_chat_database_connections_open") >= 2)
        with _deaf(cluster):
            for n in range(2, 40):
                student.send(room, f"message {n}")
            assert gone.post("/logout").status == 204
            leaver.until("error", 5, code="unauthenticated")
            while teacher.until("presence", 5)["state"] != "left":
                pass
            back.join(room)
            assert teacher.until("presence", 5)["user"]["id"] == cleo.id
            assert teacher.messages(room, 38, 5) == [(n, f"message {n}") for n in range(2, 40)]
        teacher.send(room, "We hear again")
        assert student.until("message", 60, seq=40)["body"] == "We hear again"
        with _deaf(cluster):
            end_live(classroom)
            teacher.until("ended", 5, room=room)
            student.until("ended", 5, room=room)


def test_what_happens_until_notices_come_again_is_seen_with_the_first(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, cluster.query() as other:
        teacher.join(room)
        before = metric(daemon, "miniclass_chat_checks_total")
        with _deaf(cluster):
            # It has looked; the next look is two seconds away.
            wait_until(lambda: metric(daemon, "miniclass_chat_checks_total") > before)
            other.execute("SELECT count(*) FROM mc.message_append(ARRAY[%s]::bigint[],"
                " ARRAY[%s]::bigint[], ARRAY['c'], ARRAY['In between'])", (room, ben.id))
        assert teacher.messages(room, 1) == [(1, "In between")]


def test_what_others_wrote_that_no_notice_has_told_comes_before_ones_own(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, Framed(daemon, ben.token) as student, \
            cluster.query() as other:
        def write(client_id):
            other.execute("SELECT count(*) FROM mc.message_append(ARRAY[%s]::bigint[],"
                " ARRAY[%s]::bigint[], ARRAY[%s], ARRAY['In between'])", (room, ben.id, client_id))

        teacher.join(room)
        teacher.send(room, "One")
        wait_until(lambda: metric(daemon, "miniclass_chat_database_connections_open") >= 2)
        with _deaf(cluster):
            write("two")
            assert student.send(room, "Three") == 3
            assert [seq for seq, _ in teacher.messages(room, 3)] == [1, 2, 3]
            write("four")
            assert student.join(room)["last_seq"] == 4


def test_a_database_that_starts_again_takes_what_was_sent_meanwhile(
        start_chatd, cluster, room, ada, ben):
    first, second = start_chatd(), start_chatd()
    # Nobody is at it whose rights it asks about while the server goes, which would be the reason then.
    third = start_chatd()
    with Framed(first, ada.token) as teacher, Socket(second, ben.token) as student:
        for each in (teacher, student):
            each.join(room)
        student.send(room, "Before")
        for each in (teacher, student):
            assert each.messages(room, 1) == [(1, "Before")]
        cluster.stop()
        try:
            for n in range(10):
                student.say(type="send", room=room, client_id=f"c{n}", body=f"message {n}")
            said = student.drain()
            assert not [e for e in said if e["type"] != "presence"], "nothing is stored"
            late = Framed(third)
            late.say(type="hello", token=ben.token)
            line = third.logged("auth_waits")
            assert line and ".s.PGSQL." in line, "why, in libpq's words"
            # Each of these is a try that failed; the log has one line for all of them.
            wait_until(lambda: metric(second, "miniclass_chat_store_retries_total") >= 5)
            away = second.all_logged("database_away", 1)
            assert len(away) == 1 and ".s.PGSQL." in away[0]
        finally:
            cluster.start()
        with late:
            late.until("welcome")
        assert [student.until("ack")["seq"] for _ in range(10)] == list(range(2, 12))
        for each in (teacher, student):
            assert each.messages(room, 10) == [
                (n + 2, f"message {n}") for n in range(10)]
    assert len(stored_messages(cluster, room)) == 11


def test_what_is_acked_is_on_disk_also_where_others_need_not_have_that(
        start_chatd, cluster, room, ben):
    with cluster.query() as owner:
        owner.execute("ALTER ROLE mc_server SET synchronous_commit = off")
    try:
        daemon = start_chatd()
        with Framed(daemon, ben.token) as student:
            for n in range(50):
                student.send(room, f"message {n}")
            cluster.kill()
    finally:
        cluster.start()
        with cluster.query() as owner:
            owner.execute("ALTER ROLE mc_server RESET synchronous_commit")
    assert len(stored_messages(cluster, room)) == 50


@pytest.mark.parametrize("command", [{"type": "join"}, {"type": "send", "client_id": "c", "body": "Bye"}],
    ids=lambda command: command["type"])
def test_a_daemon_stops_while_something_waits_for_the_database(start_chatd, cluster, room, ben, command):
    daemon = start_chatd(stop_timeout="100ms")
    with Framed(daemon, ben.token) as student:
        cluster.stop()
        try:
            student.say(room=room, **command)
            student.drain()
            daemon.signal(signal.SIGTERM)
            assert student.until("error")["code"] == "going_away"
            assert daemon.wait() == 0
        finally:
            cluster.start()


def test_a_notice_that_comes_without_a_database_is_looked_after_with_pauses(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, cluster.query() as other:
        teacher.join(room)
        with _cut_off(cluster, "mc-chatd"):
            other.execute("SELECT count(*) FROM mc.message_append(ARRAY[%s]::bigint[],"
                " ARRAY[%s]::bigint[], ARRAY['c'], ARRAY['Still there?'])", (room, ben.id))
            assert daemon.logged("database_away")
            # Each is a pause: who does not pause does not count.
            wait_until(lambda: metric(daemon, "miniclass_chat_store_retries_total") >= 3)
        assert teacher.messages(room, 1) == [(1, "Still there?")]


def test_with_one_connection_everybody_has_their_turn(start_chatd, cluster, room, ada, ben):
    with cluster.query() as owner:
        # One that listens, and one for all else.
        owner.execute("CREATE ROLE mc_short LOGIN CONNECTION LIMIT 2 IN ROLE mc_server")
    try:
        daemon = start_chatd(cluster.url().replace("mc_server", "mc_short"))
        assert daemon.logged("bus", state="listening")
        with Framed(daemon, ada.token) as teacher:
            teacher.join(room)
            teacher.send(room, "Is somebody there?")
            with Socket(daemon, ben.token) as student:
                student.join(room)
                assert teacher.until("presence", user={"id": ben.id, "name": ben.name})
                student.send(room, "I am")
                assert teacher.messages(room, 2) == [(1, "Is somebody there?"), (2, "I am")]
        daemon.stop()
    finally:
        with cluster.query() as owner:
            owner.execute("DROP ROLE mc_short")


# The database answers, and not as it should.

def test_a_database_that_was_only_to_be_read_takes_what_was_sent_meanwhile(
        start_chatd, cluster, room, ben):
    with contextlib.ExitStack() as to_close:
        with cluster.query() as owner:
            # Who is connected meanwhile stays so.
            owner.execute("ALTER ROLE mc_server SET default_transaction_read_only = on")
            try:
                daemon = start_chatd()
                student = to_close.enter_context(Framed(daemon, ben.token))
                for command in ({"type": "join"}, {"type": "send", "client_id": "c", "body": "Held up"}):
                    student.say(room=room, **command)
                assert "25006" in daemon.logged("append_failed")
                assert "25006" in daemon.logged("presence_waits")
            finally:
                owner.execute("ALTER ROLE mc_server RESET default_transaction_read_only")
        assert student.until("ack")["seq"] == 1
        assert student.messages(room, 1) == [(1, "Held up")]
        assert student.join(room)["count"] == 1


@contextlib.contextmanager
def _unreadable(cluster, table):
    """The daemons may not read it."""
    with cluster.query() as owner:
        owner.execute(f"REVOKE SELECT ON mc.{table} FROM mc_server")
        try:
            yield
        finally:
            owner.execute(f"GRANT SELECT ON mc.{table} TO mc_server")


def test_what_cannot_be_read_is_said_and_seen_as_soon_as_it_can(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher:
        teacher.join(room)
        with _unreadable(cluster, "message"):
            append(cluster, room, ben, 2)
            assert daemon.logged("look_failed")
        assert [seq for seq, _ in teacher.messages(room, 2)] == [1, 2]
        assert daemon.log.count("look_failed") == 1


def test_what_cannot_be_handed_out_when_it_is_stored_comes_as_soon_as_it_can(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, Framed(daemon, ben.token) as student:
        teacher.join(room)
        student.send(room, "One")
        with cluster.query() as other:  # whose notice is lost
            other.execute("INSERT INTO mc.message SELECT class_id, room_id, 2, sender_id, sender_role,"
                " 'two', 'Two', at FROM mc.message WHERE room_id = %s", (room,))
            other.execute("UPDATE mc.room SET last_seq = 2 WHERE id = %s", (room,))
        with _unreadable(cluster, "message"):
            assert student.send(room, "Three") == 3
            assert daemon.logged("look_failed")
        assert teacher.messages(room, 3) == [(1, "One"), (2, "Two"), (3, "Three")]


def test_a_hello_that_fails_for_our_fault_is_logged_and_not_held_against_the_client(
        start_chatd, cluster, ada):
    daemon = start_chatd()
    with _unreadable(cluster, "session"), Framed(daemon) as client:
        client.say(type="hello", token=ada.token)
        assert client.until("error")["code"] == "unavailable"
        assert client.ended()
        assert "permission denied" in daemon.logged("hello_failed")
    assert metric(daemon, "miniclass_chat_malformed_total") == 0
    with Framed(daemon, ada.token):
        pass


def test_a_join_that_fails_for_our_fault_is_logged(start_chatd, cluster, room, ada):
    daemon = start_chatd()
    with Framed(daemon, ada.token) as client:
        with _unreadable(cluster, "discussion"):
            client.say(type="join", room=room)
            assert client.until("error")["code"] == "unavailable"
            assert "permission denied" in daemon.logged("join_failed")
        client.join(room)


def test_who_joins_while_nobody_can_be_read_is_told_of_everybody_as_soon_as_they_can(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ben.token) as student, Framed(daemon, ada.token) as teacher:
        student.join(room)
        with _unreadable(cluster, "account"):
            teacher.say(type="join", room=room)
            assert "permission denied" in daemon.logged("presence_waits")
            assert teacher.drain() == []
        here = teacher.until("joined")
        assert {member["id"] for member in here["members"]} == {ada.id, ben.id}


def test_who_comes_elsewhere_while_nobody_can_be_read_is_told_of_as_soon_as_they_can(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, Framed(start_chatd(), ben.token) as student:
        teacher.join(room)
        with _unreadable(cluster, "account"):
            student.say(type="join", room=room)
            assert daemon.logged("presence_waits")
        assert teacher.until("presence", state="joined")["user"]["id"] == ben.id


def test_messages_for_which_there_is_no_room_are_said_once_to_be_so(start_chatd, cluster, room, ben):
    daemon = start_chatd()
    with Framed(daemon, ben.token) as student:
        with cluster.query() as owner:
            owner.execute("CREATE FUNCTION public.fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION 'full' USING ERRCODE = 'disk_full'; END $$;"
                " CREATE TRIGGER fill BEFORE INSERT ON mc.message EXECUTE FUNCTION public.fill()")
        try:
            for n in range(20):
                student.say(type="send", room=room, client_id=f"c{n}", body="Is there room?")
                assert student.until("error", client_id=f"c{n}")["code"] == "unavailable"
        finally:
            with cluster.query() as owner:
                owner.execute("DROP FUNCTION public.fill CASCADE")
        assert student.send(room, "There is", "c0") == 1
    assert len(daemon.all_logged("append_failed", 1)) == 1
