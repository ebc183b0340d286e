"""Who is here: exact at once for instructors, a number for students, over all daemons."""

import json
import time

from support.chat import Framed, Socket, discuss, end_live, framed, open_thread, refusal
from support.school import sign_up
from support.wait import wait_until


def _names(event):
    return sorted(member["name"] for member in event["members"])


def test_who_joins_is_told_who_is_here_with_himself(chatd, live, ada, ben):
    _, room = live
    with Framed(chatd, ben.token) as student, Framed(chatd, ada.token) as teacher:
        assert student.join(room)["members"] == []
        here = teacher.join(room)
        assert _names(here) == sorted([ada.name, ben.name])
        assert {m["role"] for m in here["members"]} == {"instructor", "student"}
        with Framed(chatd, ben.token) as again:
            here = again.join(room)
            assert _names(here) == [ada.name], "to a student: instructors only"


def test_students_learn_how_many_and_instructors_who(chatd, server, live, ada, ben):
    classroom, room = live
    carol = sign_up(server, "Carol")
    classroom.join(carol)
    with Framed(chatd, ada.token) as teacher, Framed(chatd, ben.token) as student:
        teacher.join(room)
        student.join(room)
        with Framed(chatd, carol.token) as late:
            late.join(room)
            seen = teacher.until("presence", user={"id": carol.id, "name": carol.name})
            assert seen["state"] == "joined" and seen["members"] == 3
            seen = student.until("presence", members=3)
            assert "user" not in seen
        seen = teacher.until("presence", state="left")
        assert seen["user"]["id"] == carol.id and seen["members"] == 2
        assert "user" not in student.until("presence", members=2)
        assert carol.name not in str(student.drain())


def test_nobody_is_told_of_himself(chatd, live, ada):
    _, room = live
    with Framed(chatd, ada.token) as teacher:
        teacher.join(room)
        assert teacher.drain() == []


def test_two_connections_of_one_person_are_one(chatd, live, ada, ben):
    _, room = live
    with Framed(chatd, ada.token) as teacher, Framed(chatd, ben.token) as one:
        teacher.join(room)
        one.join(room)
        teacher.until("presence", state="joined")
        with Framed(chatd, ben.token) as two:
            two.join(room)
        # Behind the second one's end: what a third person's coming tells has no leaving before it.
        one.say(type="leave", room=room)
        assert teacher.until("presence")["state"] == "left"
        assert not [e for e in teacher.drain() if e["type"] == "presence"]


def test_members_of_other_daemons_are_in_the_list(chatd, second_chatd, live, ada, ben):
    _, room = live
    with Framed(chatd, ben.token) as student:
        student.join(room)
        with Framed(second_chatd, ada.token) as teacher:
            assert _names(teacher.join(room)) == sorted([ada.name, ben.name])
            assert student.until("presence", state="joined")["user"]["name"] == ada.name
        assert student.until("presence", state="left")["user"]["name"] == ada.name


def test_who_may_not_enter_was_never_there(chatd, server, live, ada, ben):
    classroom, _ = live
    mallory = sign_up(server, "Mallory")
    classroom.join(mallory)
    discussion = discuss(classroom)
    thread = open_thread(classroom, discussion, ben)
    with Framed(chatd, ada.token) as teacher, Framed(chatd, mallory.token) as other:
        teacher.join(thread)
        other.say(type="join", room=thread)
        assert other.until("error", room=thread)["code"] == "not_found"
        assert teacher.drain() == []
        with Framed(chatd, ben.token) as student:
            student.join(thread)
            assert teacher.until("presence")["user"]["name"] == ben.name


def test_joining_and_leaving_and_joining_in_one_breath_is_one_stay(chatd, live, ben):
    _, room = live
    with Framed(chatd, ben.token) as student:
        for n in range(3):
            student.send(room, f"message {n}")
        join = {"type": "join", "room": room, "after": 0}
        leave = {"type": "leave", "room": room}
        # In one write, which is one read there.
        commands = [json.dumps(command).encode() for command in [*[join, leave] * 20, join]]
        student.send_bytes(b"".join(framed(each) for each in commands))
        student.until("joined")
        assert [seq for seq, _ in student.messages(room, 3)] == [1, 2, 3]
        assert student.drain() == []


def test_who_joins_again_is_in_the_room_once(chatd, live, ada, ben):
    _, room = live
    with Framed(chatd, ada.token) as teacher, Framed(chatd, ben.token) as student:
        student.join(room)
        teacher.join(room)
        teacher.send(room, "One")
        assert student.messages(room, 1) == [(1, "One")]
        student.join(room, after=0)
        assert student.messages(room, 1) == [(1, "One")]
        teacher.send(room, "Two")
        assert student.messages(room, 1) == [(2, "Two")]
        assert "message" not in [event["type"] for event in student.drain()]
        student.say(type="leave", room=room)
        assert teacher.until("presence", state="left")["user"]["id"] == ben.id


def test_a_room_that_is_being_joined_is_not_begun_anew(start_chatd, cluster, room, ben):
    daemon = start_chatd(statement_timeout="60s")
    with Framed(daemon, ben.token) as student:
        student.send(room, "One")
        # Who has come cannot be written down.
        with cluster.holding("LOCK TABLE mc.stay IN ACCESS EXCLUSIVE MODE"):
            student.say(type="join", room=room)
            assert refusal(student, type="join", room=room)["code"] == "bad_state"
        student.until("joined")
        assert student.messages(room, 1) == [(1, "One")]
        assert student.drain() == []


def test_an_ended_room_is_read_and_nobody_is_in_it(chatd, live, ada, ben):
    classroom, room = live
    with Framed(chatd, ben.token) as student:
        student.send(room, "before the end")
    end_live(classroom)
    with Framed(chatd, ben.token) as student:
        here = student.join(room)
        assert here["last_seq"] == 1 and here["members"] == []
        assert student.messages(room, 1) == [(1, "before the end")]
        student.until("ended", room=room)


def test_nobody_is_in_an_ended_room_though_a_daemon_has_not_said_yet_that_they_left(
        start_chatd, chatd, live, ada, ben):
    classroom, room = live
    slow = start_chatd()
    with Framed(slow, ada.token) as one, Framed(slow, ben.token) as other:
        for each in (one, other):
            each.join(room)
        with slow.held():
            end_live(classroom)
            assert ada.get(f"/rooms/{room}")["here"] == {"count": 0, "people": []}
            for person in (ada, ben):
                with Framed(chatd, person.token) as late:
                    here = late.join(room)
                    assert here["members"] == [] and "count" not in here
                    late.until("ended", room=room)


def test_who_is_silent_is_gone_however_much_others_write(start_chatd, live, ada, ben):
    live = live[1]
    daemon = start_chatd(ping_interval="500ms")
    with Framed(daemon, ada.token) as teacher, Socket(daemon, ben.token) as silent:
        teacher.join(live)
        silent.join(live)  # and reads no ping from here on
        teacher.until("presence", state="joined")

        def has_left():
            teacher.send(live, "Are you there?")
            return [e for e in teacher.drain() if e["type"] == "presence" and e["state"] == "left"]
        wait_until(has_left)
    with Framed(daemon, ada.token) as teacher, Socket(daemon, ben.token) as answers:
        teacher.join(live)
        answers.join(live)
        for n in range(20):
            teacher.send(live, f"And you, {n}?")
            answers.until("message", body=f"And you, {n}?")  # reading, it answers pings
            time.sleep(0.1)
        assert answers.send(live, "Here I am")
