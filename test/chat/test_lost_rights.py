"""Rights that end: what ends them reaches who is in a room, and nothing is told meanwhile."""

import contextlib
import time

import pytest

from support.admin import code_for, done
from support.chat import (Framed, Socket, discuss, everywhere, metric, open_thread, refusal, start_live,
    stored_messages)
from support.client import Client
from support.school import create_class, log_in, new_password, sign_up, unique
from support.wait import wait_until

# What ends a session reaches the connections that it has open.

def _end_at_account(_, person):
    keeper = log_in(person.client.server, person)
    [session] = [each["id"] for each in person.get("/account")["sessions"] if each["current"]]
    assert keeper.post(f"/account/sessions/{session}/end").status == 204


def _change_password(_, person):
    keeper = log_in(person.client.server, person)
    answer = keeper.post("/account/password",
        {"current": person.password, "new": unique("a new long password")})
    assert answer.status == 204, answer


def _log_out(_, person):
    assert person.post("/logout").status == 204


def _disable(cluster, person):
    done(cluster, "users", "disable", person.email)


def _use_a_code(cluster, person):
    code = code_for(cluster, person.email)
    answer = Client(person.client.server).post("/reset",
        {"email": person.email, "code": code, "new": new_password()})
    assert answer.status == 200, answer


@pytest.mark.parametrize("end", [_log_out, _end_at_account, _change_password, _disable, _use_a_code])
def test_the_end_of_a_session_reaches_its_connections(daemons, cluster, server, ada, end):
    person = sign_up(server, "Leaver")
    classroom = create_class(ada).join(person)
    room = start_live(classroom)["room"]
    with Framed(daemons[0], ada.token) as teacher:
        teacher.join(room)
        with everywhere(daemons, person, room) as connections:
            teacher.until("presence", state="joined")
            end(cluster, person)
            for connection in connections:
                connection.until("error", seconds=5, code="unauthenticated")
                assert connection.ended()
            assert teacher.until("presence", state="left")["user"]["id"] == person.id


def test_a_session_that_expires_ends_its_connections(daemons, cluster, server):
    person = sign_up(server)
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.session SET expires_at = now() + interval '8 seconds'"
            " WHERE account_id = %s", (person.id,))
    with everywhere(daemons, person) as connections:
        for connection in connections:
            connection.until("error", seconds=13, code="unauthenticated")
            assert connection.ended()


def test_another_session_of_the_same_person_goes_on(daemons, live, ben):
    _, room = live
    other = log_in(ben.client.server, ben)
    with everywhere(daemons, other, room) as gone, everywhere(daemons, ben, room) as kept:
        _log_out(None, other)
        for connection in gone:
            connection.until("error", seconds=5, code="unauthenticated")
        for connection in kept:
            connection.send(room, "Still here")


# What ends a right in a class takes its rooms, and nothing else.

def _remove(classroom, person):
    answer = classroom.teacher.post(f"{classroom.path}/people/{person.id}/remove")
    assert answer.status == 204, answer


def _leave(classroom, person):
    assert person.post(classroom.path + "/leave").status == 204


@pytest.mark.parametrize("go", [_remove, _leave])
def test_who_is_out_of_the_class_is_out_of_its_rooms(daemons, cluster, live, ada, ben, go):
    classroom, room = live
    elsewhere = create_class(ada).join(ben)
    other = start_live(elsewhere)["room"]
    with Framed(daemons[0], ada.token) as teacher, everywhere(daemons, ben, room) as connections:
        teacher.join(room)
        for connection in connections:
            connection.until("presence", state="joined")
        go(classroom, ben)
        for connection in connections:
            error = connection.until("error", seconds=5, room=room)
            assert error["code"] == "not_found"
        assert teacher.until("presence", state="left")["user"]["id"] == ben.id
        teacher.send(room, "He is gone")
        teacher.messages(room, 1)
        for connection in connections:
            assert refusal(connection, type="send", room=room, client_id="x",
                body="I am not")["code"] == "not_found"
            connection.send(other, "The other class goes on")
            assert connection.drain() == []
    assert len(stored_messages(cluster, room)) == 1
    classroom.join(ben)
    with Framed(daemons[0], ben.token) as student:
        student.join(room)
        assert student.messages(room, 1) == [(1, "He is gone")]


def test_nobody_is_told_anything_while_their_rights_are_asked_about(chatd, cluster, live, ada, ben, cleo):
    classroom, room = live
    classroom.join(cleo)
    secret = "He must not read this"
    with contextlib.ExitStack() as stack:
        teacher, student, other = (stack.enter_context(Framed(chatd, person.token))
            for person in (ada, ben, cleo))
        for connection in (teacher, student, other):
            connection.join(room)
        release = stack.enter_context(cluster.holding("LOCK TABLE mc.session IN ACCESS EXCLUSIVE MODE"))
        waiting = cluster.waiting_for_locks()
        with cluster.query() as cursor:
            cursor.execute("UPDATE mc.membership SET ended_at = now() WHERE class_id = %s AND account_id = %s",
                (classroom.id, ben.id))
            # Cleo stays, and is asked about as well.
            cursor.execute("SELECT pg_notify('mc_access', 'user:%s')", (cleo.id,))
        wait_until(lambda: cluster.waiting_for_locks() > waiting, what="they are asked about")
        teacher.send(room, secret)
        assert teacher.messages(room, 1) == [(1, secret)]
        other.say(type="ping")
        other.until("pong")
        release()
        assert student.until("error", room=room)["code"] == "not_found"
        assert other.messages(room, 1) == [(1, secret)]
        assert "message" not in [event["type"] for event in student.drain()]


@contextlib.contextmanager
def _asked_about(cluster, person):
    """What is theirs is being asked about, all the time."""
    with cluster.holding("LOCK TABLE mc.session IN ACCESS EXCLUSIVE MODE"), cluster.query() as other:
        other.execute("SELECT pg_notify('mc_access', 'user:%s')", (person.id,))
        wait_until(lambda: cluster.waiting_for_locks() >= 1, what="they are asked about")
        yield


def test_nobody_is_let_into_a_room_while_their_rights_are_asked_about(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(loops=1, statement_timeout="60s")
    with Framed(daemon, ada.token) as teacher, Framed(daemon, ben.token) as student:
        teacher.send(room, "Before")
        with _asked_about(cluster, ben):
            student.say(type="join", room=room, after=0)
            student.drain()
            teacher.join(room)  # behind him, everywhere
            assert student.drain() == []
        student.until("joined")
        assert student.messages(room, 1) == [(1, "Before")]


def test_what_was_held_while_rights_were_asked_about_does_not_count_later(
        start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(out_queue="64KiB", statement_timeout="60s")
    with Framed(daemon, ada.token) as teacher, Framed(daemon, ben.token) as student:
        student.join(room)
        for turn in range(3):
            with _asked_about(cluster, ben):
                for n in range(10):
                    teacher.send(room, "x" * 4096)
            assert [seq for seq, _ in student.messages(room, 10)] == list(
                range(10 * turn + 1, 10 * turn + 11))


def test_what_is_held_while_rights_are_asked_about_has_an_end(start_chatd, cluster, room, ada, ben):
    daemon = start_chatd(out_queue="64KiB", statement_timeout="60s")
    with Framed(daemon, ada.token) as teacher, Framed(daemon, ben.token) as student:
        student.join(room)
        with _asked_about(cluster, ben):
            for n in range(20):
                teacher.send(room, "x" * 4096)
            student.until("error", code="slow_consumer")
            assert student.ended()
        assert not [event for event in student.kept if event["type"] == "message"]


def test_what_changes_while_somebody_is_let_in_is_asked_about_then(start_chatd, cluster, live, ada, ben):
    classroom, room = live
    daemon = start_chatd(loops=1, statement_timeout="60s")
    # Then it asks about everybody, as after every time in which it heard nothing.
    assert daemon.logged("bus", state="listening")
    with Framed(daemon, ada.token) as teacher, Framed(daemon) as comes, cluster.query() as other:
        teacher.join(room)
        before = metric(daemon, "miniclass_chat_checks_total")
        with cluster.holding("LOCK TABLE mc.account IN ACCESS EXCLUSIVE MODE"):
            comes.say(type="hello", token=ben.token)
            wait_until(lambda: cluster.waiting_for_locks() >= 1, what="it is asked who he is")
            other.execute("SELECT pg_notify('mc_access', 'user:%s')", (ben.id,))
            # Told behind it, so when this has come that has, too.
            other.execute("UPDATE mc.live_session SET ended_at = now() WHERE room_id = %s", (room,))
            teacher.until("ended", room=room)
        comes.until("welcome")
        wait_until(lambda: metric(daemon, "miniclass_chat_checks_total") == before + 1)


@pytest.mark.parametrize("form", [Framed, Socket])
def test_a_daemon_that_stood_still_asks_first_who_may_still_hear(start_chatd, live, ada, ben, form):
    classroom, room = live
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, form(daemon, ben.token) as student:
        for connection in (teacher, student):
            connection.join(room)
            connection.drain()
        with daemon.held():
            _remove(classroom, ben)
            time.sleep(6)  # rights reach everybody within five seconds
            ada.post(f"/rooms/{room}/messages", {"body": "He must not read this"})
        assert teacher.messages(room, 1) == [(1, "He must not read this")]
        assert student.until("error", room=room)["code"] == "not_found"
        assert "message" not in [event["type"] for event in student.drain()]


def _role(classroom, person, role):
    answer = classroom.teacher.post(f"{classroom.path}/people/{person.id}/role", {"role": role})
    assert answer.status == 200, answer


def test_who_becomes_an_instructor_and_a_student_again_loses_the_others_threads(
        daemons, ada, ben, cleo):
    classroom = create_class(ada).join(ben, cleo)
    thread = open_thread(classroom, discuss(classroom), cleo)
    with everywhere(daemons, ben) as connections:
        assert refusal(connections[0], type="join", room=thread)["code"] == "not_found"
        _role(classroom, ben, "instructor")
        for connection in connections:
            connection.join(thread)
            connection.drain()
        _role(classroom, ben, "student")
        for connection in connections:
            assert connection.until("error", seconds=5, room=thread)["code"] == "not_found"
            connection.drain()
        with Framed(daemons[0], cleo.token) as student:
            student.join(thread)
            student.send(thread, "He must not read this")
            student.messages(thread, 1)
        for connection in connections:
            assert connection.drain() == []


def _about(person, events):
    return [event for event in events if event["type"] == "presence" and event.get("user", {}).get("id") == person.id]


def _is_told_the_own(person, role, connection):
    """Once, and never that one has left."""
    seen = connection.until("presence", user={"id": person.id, "name": person.name})
    assert (seen["state"], seen["role"]) == ("joined", role)
    assert not _about(person, connection.drain())


def test_who_has_another_role_is_told_who_is_here_as_that_role_is(
        daemons, server, live, ben, cleo):
    classroom, room = live
    classroom.join(cleo)

    def are_told_names():
        """Which of Ben's connections are told who comes and who goes."""
        with Framed(daemons[0], cleo.token) as other:
            other.join(room)
            came = [each.until("presence", members=2) for each in connections]
        left = [each.until("presence", members=1) for each in connections]
        return {"user" in event for event in came + left}

    with everywhere(daemons, ben, room) as connections:
        assert are_told_names() == {False}
        _role(classroom, ben, "instructor")
        for each in connections:
            _is_told_the_own(ben, "instructor", each)
        wait_until(lambda: are_told_names() == {True})
        assert are_told_names() == {True}
        _role(classroom, ben, "student")
        for each in connections:
            _is_told_the_own(ben, "student", each)
        wait_until(lambda: are_told_names() == {False})
        assert are_told_names() == {False}


def test_students_see_an_instructor_come_and_go_with_the_role(daemons, live, ben, cleo):
    classroom, room = live
    classroom.join(cleo)
    with Framed(daemons[0], ben.token) as new, Framed(daemons[0], cleo.token) as one, \
            Framed(daemons[1], cleo.token) as two:
        for each in (new, one, two):
            each.join(room)
        _role(classroom, ben, "instructor")
        for each in (one, two):
            seen = each.until("presence", user={"id": ben.id, "name": ben.name})
            assert seen["state"] == "joined" and seen["members"] == 2
        _is_told_the_own(ben, "instructor", new)
        for each in (one, two):
            assert [m["id"] for m in each.join(room)["members"]] == [ben.id]
        _role(classroom, ben, "student")
        for each in (one, two):
            seen = each.until("presence", user={"id": ben.id, "name": ben.name}, state="left")
            assert seen["members"] == 2, "he is still here"
            assert seen["role"] == "instructor", "students are named no student"
            assert each.join(room)["members"] == []
        _is_told_the_own(ben, "student", new)


def test_instructors_see_another_role_of_who_is_here(daemons, live, ada, ben):
    classroom, room = live
    with Framed(daemons[0], ben.token) as new, Framed(daemons[0], ada.token) as one, \
            Framed(daemons[1], ada.token) as two:
        for each in (one, two, new):
            each.join(room)
        for each in (one, two):
            assert each.until("presence")["role"] == "student"
        for role in ("instructor", "student"):
            _role(classroom, ben, role)
            for each in (one, two):
                seen = each.until("presence", user={"id": ben.id, "name": ben.name})
                assert (seen["state"], seen["role"], seen["members"]) == ("joined", role, 2)
            _is_told_the_own(ben, role, new)
