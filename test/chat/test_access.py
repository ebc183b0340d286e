"""Who may what: as somebody tries it who should not get in; and what was missed."""

import pytest

from support.chat import Framed, Socket, discuss, end_live, everywhere, open_thread, refusal
from support.client import Client
from support.school import create_class, log_in, sign_up

FORMS = pytest.mark.parametrize("form", [Framed, Socket])
NO_ROOM = 1 << 40
PAGE = 500  # what is replayed in one step


def _stored(cluster, room):
    with cluster.query() as cursor:
        cursor.execute("SELECT seq, sender_id, sender_role::text, client_id, body FROM mc.message"
            " WHERE room_id = %s ORDER BY seq", (room,))
        return cursor.fetchall()


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
                refusals += [refusal(attacker, type="join", room=foreign),
                    refusal(attacker, type="join", room=foreign, after=0),
                    refusal(attacker, type="send", room=foreign, client_id="x", body="Let me in")]
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
        absent = refusal(student, type="join", room=NO_ROOM)
        assert refusal(student, type="join", room=room) == absent
        assert refusal(student, type="send", room=room, client_id="x", body="Still here") == absent


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
            assert refusal(other, type="join", room=thread, after=0)["code"] == "not_found"
            assert other.drain() == []


def test_nobody_writes_in_a_live_class_that_has_ended(chatd, cluster, live, ada, ben):
    classroom, room = live
    with Framed(chatd, ben.token) as student:
        assert student.send(room, "In time", client_id="first") == 1
    end_live(classroom)
    for person in (ada, ben):
        with Framed(chatd, person.token) as late:
            error = refusal(late, type="send", room=room, client_id="late", body="Too late")
            assert error["code"] == "ended"
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
        error = refusal(student, type="send", room=room, client_id="forged",
            body="I am the teacher", **{claim: said[claim]})
        assert error["code"] == "bad_field" and f'"{claim}"' in error["message"]
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


# Chat and HTTP are one room.

def test_what_is_posted_appears_in_chat_and_the_other_way_round(daemons, live, ada, ben):
    _, room = live
    path = f"/rooms/{room}/messages"
    with everywhere(daemons, ada, room) as connections:
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
            assert refusal(teacher, type="join", room=room, after=wrong)["code"] == "bad_field"


def test_what_is_written_during_a_replay_comes_behind_it(daemons, cluster, server, ada, ben):
    classroom = create_class(ada).join(ben)
    room, n = discuss(classroom)["room"], 3 * PAGE
    with Framed(daemons[1], ben.token) as student, everywhere(daemons, ada) as connections:
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
