"""What is new in discussions and private threads, to each person, over HTTP."""

import re
from urllib.parse import urlencode

import pytest

from support.chat import discuss, open_thread, start_live
from support.client import Client
from support.school import sign_up


def _say(person, room, count=1):
    for n in range(count):
        assert person.post(f"/rooms/{room}/messages", {"body": f"message {n}"}).status == 201


def _unread(person, classroom):
    answer = person.get(classroom.path + "/unread")
    assert answer.status == 200, answer
    return answer["unread"]


def _of_list(person, classroom, what="discussions"):
    return [each["unread"] for each in person.get(classroom.path + "/discussions")[what]]


def _page(person, path):
    return person.get(path, accept="text/html")


def _form(person, path, body=b""):
    return person.client.post_raw(path, body, "application/x-www-form-urlencoded", accept="text/html")


def _read(person, room, seq):
    return person.post(f"/rooms/{room}/read", {"seq": seq})


def test_what_others_wrote_is_new_until_one_says_that_one_has_read_it(ada, ben, cleo, algebra):
    room = discuss(algebra)["room"]
    assert _unread(ben, algebra) == {"discussions": 0, "threads": 0}
    _say(ada, room, 3)
    assert _of_list(ben, algebra) == [3]
    answer = _read(ben, room, 2)
    assert answer.status == 204 and answer.body == b""
    assert _of_list(ben, algebra) == [1] and _of_list(cleo, algebra) == [3]
    assert _unread(ben, algebra) == {"discussions": 1, "threads": 0}
    assert _read(ben, room, 1).status == 204
    assert _of_list(ben, algebra) == [1], "a mark does not go back"
    assert _read(ben, room, 2 ** 63 - 1).status == 204
    assert _unread(ben, algebra) == {"discussions": 0, "threads": 0}
    _say(ada, room)
    assert _of_list(ben, algebra) == [1], "nobody has read what is not written yet"


def test_who_shows_posts_is_told_how_many_others_posted_since(ada, ben, dora, algebra):
    first = algebra.post("one")["id"]
    new = lambda person, post: person.get(f"{algebra.path}/unread?post={post}")["unread"].get("posts")
    assert (new(ben, 0), new(ben, first), new(ada, 0)) == (1, 0, 0)
    second = algebra.post("two")["id"]
    algebra.post("three")
    assert (new(ben, 0), new(ben, first), new(ben, second)) == (3, 2, 1)
    assert ada.post(f"{algebra.path}/posts/{second}/remove").status == 204
    assert new(ben, first) == 1
    assert ben.get(f"{algebra.path}/unread?post=x").status == 422
    assert dora.get(f"{algebra.path}/unread?post=0").status == 404


def test_a_teacher_sees_which_private_messages_are_new(ada, ben, cleo, algebra):
    discussion = discuss(algebra)
    room = open_thread(algebra, discussion, ben)
    _say(ben, room, 2)
    assert _unread(ada, algebra) == {"discussions": 0, "threads": 1}
    assert _of_list(ada, algebra, "threads") == [2]
    shown = ada.get(f"{algebra.path}/discussions/{discussion['id']}")
    assert [each["unread"] for each in shown["threads"]] == [2]
    assert _unread(cleo, algebra) == {"discussions": 0, "threads": 0}, "not hers to know"
    _read(ada, room, 2)
    assert _unread(ada, algebra) == {"discussions": 0, "threads": 0}


def test_what_a_page_shows_is_read_and_what_a_program_reads_is_not(ada, ben, algebra):
    discussion = discuss(algebra)
    room = discussion["room"]
    _say(ada, room, 2)
    for path in (f"/rooms/{room}", f"/rooms/{room}/messages", f"{algebra.path}/discussions/{discussion['id']}"):
        assert ben.get(path).status == 200
    assert _of_list(ben, algebra) == [2]
    for path in (f"/rooms/{room}", f"{algebra.path}/discussions/{discussion['id']}"):
        assert ben.client.request("HEAD", path, headers={"Accept": "text/html"}).status == 200
        assert _of_list(ben, algebra) != [0], "RFC 9110, 9.3.2: nothing was shown"
        assert _page(ben, path).status == 200
        assert _of_list(ben, algebra) == [0]
        _say(ada, room)
    _page(ben, f"/rooms/{room}?before=2")
    assert _of_list(ben, algebra) == [1], "the page has older ones"
    _page(ben, f"/rooms/{room}?after=900")
    assert _of_list(ben, algebra) == [1], "the page has none"


def test_the_page_says_what_is_new_and_marks_all_of_it_on_demand(ada, ben, algebra):
    discussion = discuss(algebra, "Primes")
    room = open_thread(algebra, discussion, ben)
    page = _page(ada, algebra.path + "/discussions").text
    assert " new</span>" not in page and "Mark discussions and private messages as read" not in page
    _say(ben, discussion["room"], 3)
    _say(ben, room, 2)
    page = _page(ada, algebra.path + "/discussions").text
    assert ">3 new</span>" in page and ">2 new</span>" in page
    assert "Mark discussions and private messages as read" in page
    until = re.search('name="until" value="([^"]+)"', page)[1]
    page = _page(ada, f"{algebra.path}/discussions/{discussion['id']}").text
    assert ">2 new</span>" in page and ">3 new</span>" not in page
    _say(ben, room)
    answer = _form(ada, algebra.path + "/discussions/read", urlencode({"until": until}).encode())
    assert answer.status == 303 and _of_list(ada, algebra, "threads") == [1], "written since"
    answer = _form(ada, algebra.path + "/discussions/read")
    assert answer.status == 303 and answer.headers["Location"] == algebra.path + "/discussions"
    page = _page(ada, algebra.path + "/discussions").text
    assert " new</span>" not in page and "Mark discussions and private messages as read" not in page


def test_all_is_marked_of_one_class_and_for_oneself(ada, ben, cleo, algebra):
    discussion = discuss(algebra)
    room = open_thread(algebra, discussion, ben)
    _say(ada, discussion["room"])
    _say(ada, room)
    assert cleo.post(algebra.path + "/discussions/read").status == 204
    assert _unread(cleo, algebra) == {"discussions": 0, "threads": 0}
    assert _unread(ben, algebra) == {"discussions": 1, "threads": 1}
    assert ben.post(algebra.path + "/discussions/read").status == 204
    assert _unread(ben, algebra) == {"discussions": 0, "threads": 0}


@pytest.mark.parametrize("until", ["yesterday", "2026-11-29", "2026-11-29T10:00:00+01:00", "x" * 99, 7])
def test_until_when_all_is_read_is_a_time(ada, ben, algebra, until):
    _say(ada, discuss(algebra)["room"])
    answer = ben.post(algebra.path + "/discussions/read", {"until": until})
    assert answer.status == 422 and list(answer.errors) == ["until"]
    assert _of_list(ben, algebra) == [1]
    answer = _form(ben, algebra.path + "/discussions/read", b"until=x")
    assert answer.status == 422 and "no time: until" in answer.text
    assert _form(ben, algebra.path + "/discussions/read", b"until=%ff").status == 400


def test_the_room_that_is_open_can_be_left_out(ada, ben, algebra):
    discussion = discuss(algebra)
    room = open_thread(algebra, discussion, ben)
    _say(ada, discussion["room"])
    _say(ada, room)
    for left_out, counts in ((room, (1, 0)), (discussion["room"], (0, 1)), (0, (1, 1)), (2 ** 62, (1, 1))):
        answer = ben.get(f"{algebra.path}/unread?room={left_out}")
        assert (answer["unread"]["discussions"], answer["unread"]["threads"]) == counts
    answer = ben.get(algebra.path + "/unread?room=x")
    assert answer.status == 422 and list(answer.errors) == ["room"]


def test_what_was_written_before_one_joined_is_not_new(server, ada, algebra):
    room = discuss(algebra)["room"]
    _say(ada, room, 2)
    late = sign_up(server, "Late")
    algebra.join(late)
    assert _of_list(late, algebra) == [0]
    _say(ada, room)
    assert _of_list(late, algebra) == [1]


def test_a_live_class_is_not_new(ada, ben, algebra):
    room = start_live(algebra)["room"]
    _say(ada, room)
    assert _read(ben, room, 1).status == 204
    assert _unread(ben, algebra) == {"discussions": 0, "threads": 0}


def test_who_is_not_in_the_room_marks_and_learns_nothing(server, ada, ben, cleo, dora, algebra):
    discussion = discuss(algebra)
    room = open_thread(algebra, discussion, ben)
    _say(ada, room)
    for stranger, status in ((cleo, 404), (dora, 404), (Client(server), 401)):
        assert stranger.post(f"/rooms/{room}/read", {"seq": 1}).status == status
    for stranger, status in ((dora, 404), (Client(server), 401)):
        assert stranger.get(algebra.path + "/unread").status == status
        assert stranger.post(algebra.path + "/discussions/read").status == status
    assert ada.post(f"{algebra.path}/people/{ben.id}/remove").status == 204
    assert _read(ben, room, 1).status == 404 and ben.get(algebra.path + "/unread").status == 404


@pytest.mark.parametrize("fields", [{}, {"seq": 0}, {"seq": -1}, {"seq": "x"}, {"seq": None},
    {"seq": 1.5}, {"seq": [1]}], ids=repr)
def test_the_last_message_read_is_a_number(ada, ben, algebra, fields):
    room = discuss(algebra)["room"]
    _say(ada, room)
    answer = ben.post(f"/rooms/{room}/read", fields)
    assert answer.status == 422 and list(answer.errors) == ["seq"]
    assert _of_list(ben, algebra) == [1]


def test_without_scripts_a_wrong_number_is_said_and_the_counts_are_the_discussions_page(ben, algebra):
    room = discuss(algebra)["room"]
    answer = _form(ben, f"/rooms/{room}/read", b"seq=x")
    assert answer.status == 422 and "seq, its number" in answer.text
    assert _form(ben, f"/rooms/{room}/read", b"seq=%ff").status == 400
    answer = _page(ben, algebra.path + "/unread")
    assert answer.status == 303 and answer.headers["Location"] == algebra.path + "/discussions"
