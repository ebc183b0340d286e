"""A live class: who joins sees everything, in order, once; until it ends."""

import contextlib

import pytest

from support.chat import Framed, Socket, discuss, end_live, start_live
from support.school import create_class
from support.wait import wait_until


@pytest.fixture
def live(server, ada, ben):
    classroom = create_class(ada).join(ben)
    return classroom, start_live(classroom, "First hour")["room"]


@pytest.mark.parametrize("form", [Framed, Socket])
def test_two_in_a_room_see_what_both_write(chatd, live, ada, ben, form):
    _, room = live
    with form(chatd, ada.token) as teacher, form(chatd, ben.token) as student:
        teacher.join(room)
        student.join(room)
        assert student.send(room, "Good morning") == 1
        assert teacher.send(room, "Good morning, Ben") == 2
        for each in (teacher, student):
            assert each.messages(room, 2) == [(1, "Good morning"), (2, "Good morning, Ben")]


def test_where_the_kernel_refuses_io_uring_everybody_hears_all_the_same(start_chatd, live, ada, ben):
    _, room = live
    daemon = start_chatd(io_uring=False)
    assert daemon.logged("listening", io_uring="off")
    with contextlib.ExitStack() as stack:
        teacher = stack.enter_context(Framed(daemon, ada.token))
        teacher.join(room)
        members = [stack.enter_context(form(daemon, ben.token)) for form in [Framed, Socket] * 10]
        for each in members:
            each.join(room)
        for n in range(1, 6):
            assert teacher.send(room, f"message {n}") == n
        for each in [teacher, *members]:
            assert each.messages(room, 5) == [(n, f"message {n}") for n in range(1, 6)]


def test_a_browser_is_known_by_its_cookie(chatd, server, live, ben):
    _, room = live
    with Socket(chatd, cookie=ben.token, origin=f"http://{chatd.host}") as student:
        assert student.join(room)["last_seq"] == 0


def test_the_end_of_the_class_ends_its_room_for_everyone(chatd, live, ada, ben):
    classroom, room = live
    with Framed(chatd, ada.token) as teacher, Socket(chatd, ben.token) as student:
        teacher.join(room)
        student.join(room)
        end_live(classroom)
        for each in (teacher, student):
            each.until("ended", room=room)
            each.say(type="send", room=room, client_id="late", body="too late")
            assert each.until("error", room=room, client_id="late")["code"] == "ended"


def test_a_closed_discussion_ends_for_everyone_and_goes_on_when_it_is_open_again(
        start_chatd, ada, ben):
    one, two = start_chatd(), start_chatd()
    classroom = create_class(ada).join(ben)
    discussion = discuss(classroom)
    room, path = discussion["room"], f"{classroom.path}/discussions/{discussion['id']}"
    with Framed(one, ada.token) as teacher, Socket(two, ben.token) as student:
        teacher.join(room)
        student.join(room)
        assert student.send(room, "in time") == 1
        assert teacher.messages(room, 1) == [(1, "in time")]
        assert ada.post(path + "/close").status == 200
        for each in (teacher, student):
            each.until("ended", room=room)
            each.say(type="send", room=room, client_id="late", body="too late")
            assert each.until("error", room=room, client_id="late")["code"] == "ended"
        with Socket(one, ben.token) as late:
            assert late.join(room)["last_seq"] == 1
            assert late.messages(room, 1) == [(1, "in time")]
            late.until("ended", room=room)
            assert ada.post(path + "/reopen").status == 200
            late.join(room, after=1)
            teacher.join(room, after=1)
            assert student.send(room, "and on") == 2, "who has not joined again may send"
            for each in (teacher, late):
                assert each.messages(room, 1) == [(2, "and on")]


def test_a_class_that_everybody_has_left_ends_by_itself(start_chatd, live, ada, ben):
    held, room = live
    left = create_class(ada).join(ben)
    # It leaves alone what others began in its first seconds: those may have been cut off with it.
    daemon = start_chatd(live_abandoned="1s")
    with Framed(daemon, ada.token) as teacher:
        teacher.join(room)
        start_live(left)
        wait_until(lambda: ben.get(left.path + "/live").status == 404, what="it has ended")
        assert ben.get(held.path + "/live").status == 200, "the teacher is in it"
        assert teacher.drain() == []
        with Framed(daemon, ben.token) as student:
            student.join(room)
        assert teacher.until("presence", state="left")
    wait_until(lambda: ben.get(held.path + "/live").status == 404, what="and this one")
    [session] = ben.get(held.path + "/sessions")["sessions"]
    assert session["ended_at"] > session["started_at"]
