"""Who may what: as somebody tries it who should not get in, and as it ends for who was in."""

import contextlib
import time

import psycopg2
import pytest

from support.admin import code_for, done
from support.chat import Framed, Socket, discuss, end_live, open_thread, start_live
from support.client import Client
from support.school import create_class, log_in, new_password, sign_up, unique
from support.wait import wait_until

FORMS = pytest.mark.parametrize("form", [Framed, Socket])
NO_ROOM = 1 << 40
PAGE = 500  # what is replayed in one step


@pytest.fixture
def live(server, ada, ben):
    classroom = create_class(ada).join(ben)
    return classroom, start_live(classroom)["room"]


def _refusal(connection, **command):
    """The error that answers the command, without what says which command that was."""
    connection.say(**command)
    error = connection.until("error")
    named = {key: error.pop(key) for key in ("room", "client_id") if key in error}
    assert named == {key: command[key] for key in ("room", "client_id") if key in command}
    return error


def _stored(cluster, room):
    with cluster.query() as cursor:
        cursor.execute("SELECT seq, sender_id, sender_role::text, client_id, body FROM mc.message"
            " WHERE room_id = %s ORDER BY seq", (room,))
        return cursor.fetchall()


@contextlib.contextmanager
def _everywhere(daemons, person, room=None):
    """The same session in both forms on both daemons."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(form(daemon, person.token))
            for daemon in daemons for form in (Framed, Socket)]
        for connection in connections:
            if room is not None:
                connection.join(room)
                connection.drain()
        yield connections


@pytest.fixture
def daemons(chatd, second_chatd):
    return chatd, second_chatd


# Rooms that are not one's own.

@FORMS
def test_a_room_that_is_not_ones_own_is_as_one_that_is_not_there(
        chatd, cluster, server, live, ada, ben, cleo, dora, form):
    classroom, room = live
    classroom.join(cleo)
    thread = open_thread(classroom, discuss(classroom), ben)
    create_class(dora)
    with form(chatd, ada.token) as teacher:
        teacher.join(room)
        teacher.join(thread)
        refusals = []
        for person, foreign in ((sign_up(server), room), (dora, room), (dora, thread),
                (cleo, thread), (dora, NO_ROOM), (cleo, (1 << 63) - 1)):
            with form(chatd, person.token) as attacker:
                refusals += [_refusal(attacker, type="join", room=foreign),
                    _refusal(attacker, type="join", room=foreign, after=0),
                    _refusal(attacker, type="send", room=foreign, client_id="x", body="Let me in")]
                attacker.say(type="leave", room=foreign)
                assert attacker.drain() == []
        assert refusals[0]["code"] == "not_found"
        assert all(refusal == refusals[0] for refusal in refusals), refusals
        with form(chatd, ben.token) as student:
            student.join(thread)
            seen = teacher.until("presence")
            assert seen["user"]["id"] == ben.id and seen["members"] == 2, "the first to come"
        assert not [event for event in teacher.drain() if event["type"] == "message"]
    assert _stored(cluster, room) == _stored(cluster, thread) == []


def test_a_class_that_one_has_left_is_as_one_that_is_not_there(chatd, live, ben):
    classroom, room = live
    assert ben.post(classroom.path + "/leave").status == 204
    with Framed(chatd, ben.token) as student:
        absent = _refusal(student, type="join", room=NO_ROOM)
        assert _refusal(student, type="join", room=room) == absent
        assert _refusal(student, type="send", room=room, client_id="x", body="Still here") == absent


def test_a_private_thread_is_for_its_student_and_the_instructors(
        daemons, server, ada, ben, cleo, dora):
    classroom = create_class(ada).join(ben, cleo)
    create_class(dora)
    thread = open_thread(classroom, discuss(classroom), ben)
    with Framed(daemons[0], ben.token) as student, Framed(daemons[1], ada.token) as teacher:
        student.join(thread)
        teacher.join(thread)
        student.send(thread, "May I ask?")
        teacher.send(thread, "You may.")
        for each in (student, teacher):
            assert each.messages(thread, 2) == [(1, "May I ask?"), (2, "You may.")]
    for person in (cleo, dora, sign_up(server)):
        with Framed(daemons[0], person.token) as other:
            assert _refusal(other, type="join", room=thread, after=0)["code"] == "not_found"
            assert other.drain() == []


def test_nobody_writes_in_a_live_class_that_has_ended(chatd, cluster, live, ada, ben):
    classroom, room = live
    with Framed(chatd, ben.token) as student:
        assert student.send(room, "In time", client_id="first") == 1
    end_live(classroom)
    for person in (ada, ben):
        with Framed(chatd, person.token) as late:
            refusal = _refusal(late, type="send", room=room, client_id="late", body="Too late")
            assert refusal["code"] == "ended"
    with Framed(chatd, ben.token) as student:
        assert student.send(room, "In time", client_id="first") == 1, "what was stored stays so"
    assert [row[4] for row in _stored(cluster, room)] == ["In time"]


# Who one is.

@FORMS
@pytest.mark.parametrize("claim", ["from", "sender", "user", "name", "role"])
def test_who_claims_to_be_somebody_gets_an_error_and_nothing_else(
        chatd, cluster, live, ada, ben, form, claim):
    _, room = live
    said = {"from": {"id": ada.id, "name": ada.name, "role": "instructor"}, "sender": ada.id,
        "user": ada.id, "name": ada.name, "role": "instructor"}
    with form(chatd, ada.token) as teacher, form(chatd, ben.token) as student:
        teacher.join(room)
        refusal = _refusal(student, type="send", room=room, client_id="forged",
            body="I am the teacher", **{claim: said[claim]})
        assert refusal["code"] == "bad_field" and f'"{claim}"' in refusal["message"]
        assert [event for event in teacher.drain() if event["type"] == "message"] == []
    assert _stored(cluster, room) == []


@FORMS
def test_a_message_is_of_whose_session_it_is_whatever_it_says(
        chatd, cluster, live, ada, ben, form):
    _, room = live
    with form(chatd, ada.token) as teacher, form(chatd, ben.token) as student:
        teacher.join(room)
        student.say(type="send", room=room, client_id="forged", body="I am the teacher",
            user_id=ada.id, token=ada.token, seq=77, at="2001-01-01T00:00:00Z")
        assert student.until("ack", client_id="forged")["seq"] == 1
        seen = teacher.until("message", room=room)
        assert seen["from"] == {"id": ben.id, "name": ben.name, "role": "student"}
        assert seen["seq"] == 1 and not seen["at"].startswith("2001")
    assert _stored(cluster, room) == [(1, ben.id, "student", "forged", "I am the teacher")]


@FORMS
@pytest.mark.parametrize("kind", ["join", "leave", "send"])
def test_nothing_but_a_ping_goes_before_hello(chatd, cluster, live, ben, form, kind):
    _, room = live
    with form(chatd) as nobody:
        assert nobody.drain() == []
        nobody.say(type=kind, room=room, client_id="x", body="Who am I?", token=ben.token)
        assert nobody.until("error")["code"] == "unauthenticated"
        assert nobody.ended() and nobody.kept == []
    assert _stored(cluster, room) == []


@FORMS
def test_a_token_that_opens_nothing_ends_the_connection(chatd, cluster, server, form):
    gone, expired, disabled = (sign_up(server) for _ in range(3))
    assert gone.post("/logout").status == 204
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.session SET created_at = now() - interval '2 days',"
            " expires_at = now() - interval '1 second' WHERE account_id = %s", (expired.id,))
        cursor.execute("UPDATE mc.account SET disabled_at = now() WHERE id = %s", (disabled.id,))
    good = sign_up(server).token
    words = set()
    for token in (gone.token, expired.token, disabled.token, "A" * 43, "", "x", good + "A",
            good[:-1], good + "\n", " " + good, good.swapcase(), "\u00e4" * 43, "A" * 60000, None):
        with form(chatd) as nobody:
            nobody.say(type="hello", token=token)
            nobody.say(type="ping")
            error = nobody.until("error")
            assert error["code"] == "unauthenticated", token
            words.add(error["message"])
            assert nobody.ended() and nobody.kept == [], token
    assert len(words) <= 2, "what never was a token, and what is none any more"


@FORMS
def test_nobody_becomes_somebody_else(chatd, live, ada, ben, form):
    with form(chatd, ben.token) as student:
        student.say(type="hello", token=ada.token)
        assert student.until("error")["code"] == "bad_state"
        assert student.ended() and student.kept == []


def test_a_token_behind_a_cookie_is_fine_when_it_is_the_same_session(chatd, live, ben):
    with Socket(chatd, cookie=ben.token, origin=f"http://{chatd.host}") as student:
        student.say(type="hello", token=ben.token)
        student.say(type="ping")
        assert student.until("pong")
        assert student.join(live[1])["last_seq"] == 0


def test_a_token_behind_a_cookie_of_somebody_else_ends_the_connection(chatd, live, ada, ben):
    with Socket(chatd, cookie=ben.token, origin=f"http://{chatd.host}") as student:
        student.say(type="hello", token=ada.token)
        assert student.until("error")["code"] == "bad_state"
        assert student.ended() and student.kept == []


def test_a_token_of_another_log_in_than_the_cookie_is_told_as_that(server, chatd, ben):
    again = log_in(server, ben)
    with Socket(chatd, cookie=ben.token, origin=f"http://{chatd.host}") as student:
        student.say(type="hello", token=again.token)
        error = student.until("error")
        assert (error["code"], "log-in" in error["message"]) == ("bad_state", True)
        assert student.ended() and student.kept == []


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
        with _everywhere(daemons, person, room) as connections:
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
    with _everywhere(daemons, person) as connections:
        for connection in connections:
            connection.until("error", seconds=13, code="unauthenticated")
            assert connection.ended()


def test_another_session_of_the_same_person_goes_on(daemons, live, ben):
    _, room = live
    other = log_in(ben.client.server, ben)
    with _everywhere(daemons, other, room) as gone, _everywhere(daemons, ben, room) as kept:
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
    with Framed(daemons[0], ada.token) as teacher, _everywhere(daemons, ben, room) as connections:
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
            assert _refusal(connection, type="send", room=room, client_id="x",
                body="I am not")["code"] == "not_found"
            connection.send(other, "The other class goes on")
            assert connection.drain() == []
    assert len(_stored(cluster, room)) == 1
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
        lock = stack.enter_context(contextlib.closing(psycopg2.connect(cluster.url("superuser"))))
        lock.cursor().execute("LOCK TABLE mc.session IN ACCESS EXCLUSIVE MODE")
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
        lock.rollback()
        assert student.until("error", room=room)["code"] == "not_found"
        assert other.messages(room, 1) == [(1, secret)]
        assert "message" not in [event["type"] for event in student.drain()]


@FORMS
def test_a_daemon_that_stood_still_asks_first_who_may_still_hear(start_chatd, live, ada, ben, form):
    classroom, room = live
    daemon = start_chatd()
    with Framed(daemon, ada.token) as teacher, form(daemon, ben.token) as student:
        for connection in (teacher, student):
            connection.join(room)
            connection.drain()
        with daemon.held():
            _remove(classroom, ben)
            since = time.monotonic()
            wait_until(lambda: time.monotonic() > since + 6, what="rights reach everybody within five seconds")
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
    with _everywhere(daemons, ben) as connections:
        assert _refusal(connections[0], type="join", room=thread)["code"] == "not_found"
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

    with _everywhere(daemons, ben, room) as connections:
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


# Chat and HTTP are one room.

def test_what_is_posted_appears_in_chat_and_the_other_way_round(daemons, live, ada, ben):
    _, room = live
    path = f"/rooms/{room}/messages"
    with _everywhere(daemons, ada, room) as connections:
        posted = ben.post(path, {"body": "Over HTTP", "client_id": "h-1"})
        assert posted.status == 201
        for n, connection in enumerate(connections):
            assert connection.messages(room, n + 1)[0] == (1, "Over HTTP")
            connection.send(room, f"Over chat {n}")
            for each in connections[:n + 1]:
                each.until("message", seq=n + 2)
            for each in connections[:n + 1]:
                each.drain()
    answer = ben.get(path + "?after=1")
    assert [(m["seq"], m["body"]) for m in answer["messages"]] == [
        (n + 2, f"Over chat {n}") for n in range(4)]
    assert answer["last_seq"] == 5


def test_the_same_client_id_is_the_same_message_wherever_it_comes_from(
        daemons, cluster, server, live, ada, ben):
    _, room = live
    path = f"/rooms/{room}/messages"

    def post(client_id):
        answer = ben.post(path, {"body": "Again", "client_id": client_id})
        assert answer.status == 201, answer
        return answer["message"]["seq"]

    with Framed(daemons[0], ada.token) as teacher, Framed(daemons[0], ben.token) as one, \
            Socket(daemons[1], ben.token) as two:
        teacher.join(room)
        assert one.send(room, "Once", client_id="a") == one.send(room, "Again", client_id="a") == 1
        assert two.send(room, "Again", client_id="a") == post("a") == 1
        assert post("b") == 2
        assert two.send(room, "Again", client_id="b") == one.send(room, "Again", client_id="b") == 2
        assert two.send(room, "Another", client_id="B") == 3
        assert teacher.send(room, "Mine", client_id="a") == 4
        assert teacher.messages(room, 4) == [(1, "Once"), (2, "Again"), (3, "Another"), (4, "Mine")]
        assert teacher.drain() == []
    assert len(_stored(cluster, room)) == 4


def test_a_client_id_in_one_breath_is_stored_once(chatd, cluster, live, ben):
    _, room = live
    with Framed(chatd, ben.token) as student:
        for n in range(20):
            student.say(type="send", room=room, client_id="same", body=f"try {n}")
        assert {student.until("ack")["seq"] for _ in range(20)} == {1}
    assert [row[4] for row in _stored(cluster, room)] == ["try 0"]


@pytest.mark.parametrize("longest", ["c" * 64, "\u00e4" * 32, '"\\' * 32])
def test_a_client_id_has_64_bytes_and_not_65(chatd, cluster, live, ben, longest):
    _, room = live
    with Framed(chatd, ben.token) as student:
        assert student.send(room, "The longest", client_id=longest) == 1
        student.say(type="send", room=room, client_id=longest + "c", body="Too long")
        error = student.until("error", room=room)
        assert error["code"] == "too_long" and "client_id" in error["message"]
        for wrong in ("", "a\nb", "a\u0000", "\u009b", 7, ["x"], None):
            student.say(type="send", room=room, client_id=wrong, body="Bad")
            assert student.until("error", room=room)["code"] == "bad_field", wrong
    assert [row[3] for row in _stored(cluster, room)] == [longest]


# What was missed.

@pytest.fixture(scope="module")
def long_talk(cluster, server, ada, ben):
    """A discussion with more than two pages of messages, and how many."""
    classroom = create_class(ada).join(ben)
    room, n = discuss(classroom)["room"], 2 * PAGE + 50
    with cluster.query() as cursor:
        cursor.execute("SELECT count(*) FROM mc.message_append(array_fill(%s::bigint, ARRAY[%s]),"
            " array_fill(%s::bigint, ARRAY[%s]), (SELECT array_agg('c' || i ORDER BY i) FROM"
            " generate_series(1, %s) i), (SELECT array_agg('message ' || i ORDER BY i)"
            " FROM generate_series(1, %s) i))", (room, n, ben.id, n, n, n))
        assert cursor.fetchone()[0] == n
    return room, n


def _numbered(first, last):
    return [(n, f"message {n}") for n in range(first, last + 1)]


@FORMS
@pytest.mark.parametrize("missed", [0, 1, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 2 * PAGE + 50])
def test_after_gives_all_that_was_missed_in_order(chatd, long_talk, ada, form, missed):
    room, n = long_talk
    with form(chatd, ada.token) as teacher:
        assert teacher.join(room, after=n - missed)["last_seq"] == n
        assert teacher.messages(room, missed) == _numbered(n - missed + 1, n)
        assert teacher.drain() == []


@FORMS
def test_without_after_the_last_fifty_come(chatd, long_talk, ada, form):
    room, n = long_talk
    with form(chatd, ada.token) as teacher:
        assert teacher.join(room)["last_seq"] == n
        assert teacher.messages(room, 50) == _numbered(n - 49, n)
        assert teacher.drain() == []


def test_after_what_is_not_there_yet_gives_what_comes(chatd, live, ada, ben):
    _, room = live
    with Framed(chatd, ada.token) as teacher:
        assert teacher.join(room, after=(1 << 63) - 1)["last_seq"] == 0
        ben.post(f"/rooms/{room}/messages", {"body": "One"})
        assert teacher.messages(room, 1) == [(1, "One")]
        teacher.say(type="leave", room=room)
        for wrong in (-1, 1.5, "0", True, []):
            assert _refusal(teacher, type="join", room=room, after=wrong)["code"] == "bad_field"


def test_what_is_written_during_a_replay_comes_behind_it(daemons, cluster, server, ada, ben):
    classroom = create_class(ada).join(ben)
    room, n = discuss(classroom)["room"], 3 * PAGE
    with Framed(daemons[1], ben.token) as student, _everywhere(daemons, ada) as connections:
        for i in range(1, n + 1):
            student.say(type="send", room=room, client_id=f"c{i}", body=f"message {i}")
            if i % (n // 4) == 0:
                connections[4 * i // n - 1].say(type="join", room=room, after=0)
        for connection in connections:
            connection.until("joined", room=room)
            assert connection.messages(room, n) == _numbered(1, n)
            assert not [e for e in connection.drain() if e["type"] == "message"]


def test_nobody_logged_in_reads_over_http_what_chat_hides(chatd, server, live, dora):
    _, room = live
    path = f"/rooms/{room}/messages"
    assert Client(server).get(path).status == 401
    for foreign in (path + "?after=0", f"/rooms/{NO_ROOM}/messages"):
        assert dora.get(foreign).status == 404
