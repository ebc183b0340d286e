"""Discussions and the private threads in them, over HTTP, as JSON and without scripts."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from support.chat import discuss, open_thread
from support.client import TIME, Client
from support.school import Person, create_class, new_email, new_password


def _path(classroom, discussion):
    return f"{classroom.path}/discussions/{discussion['id']}"


def _say(person, room, body):
    answer = person.post(f"/rooms/{room}/messages", {"body": body})
    assert answer.status == 201, answer
    return answer["message"]


# Discussions.

def test_an_opened_discussion_is_shown_where_it_says(server, ada, ben, algebra):
    answer = ada.post(algebra.path + "/discussions", {"topic": "Why are primes prime?"})
    assert answer.status == 201
    discussion = answer["discussion"]
    assert discussion["topic"] == "Why are primes prime?"
    assert isinstance(discussion["id"], int) and isinstance(discussion["room"], int)
    assert TIME.fullmatch(discussion["created_at"])
    assert answer.headers["Location"] == _path(algebra, discussion)
    for person in (ada, ben):
        shown = person.get(answer.headers["Location"])
        assert shown.status == 200 and shown["discussion"] == discussion
        assert shown["messages"] == [] and shown["threads"] == []


def test_discussions_are_listed_for_members_by_what_was_written_last(server, ada, ben, dora, algebra):
    assert ben.get(algebra.path + "/discussions").json == {"discussions": [], "threads": []}
    first, second = discuss(algebra, "First"), discuss(algebra, "Second")
    for person in (ada, ben):
        assert person.get(algebra.path + "/discussions")["discussions"] == [second, first]
    assert first["last_at"] is None
    at = _say(ben, first["room"], "Me")["at"]
    newest = discuss(algebra, "Third")
    path = _path(algebra, first)
    for changed in (ben.get(path), ada.post(path + "/edit", {"topic": "1st"}), ada.post(path + "/close")):
        assert changed["discussion"]["last_at"] == at
    for person in (ada, ben):
        listed = person.get(algebra.path + "/discussions")["discussions"]
        assert [each["id"] for each in listed] == [newest["id"], first["id"], second["id"]]
        assert [each["last_at"] for each in listed] == [None, at, None]
    assert dora.get(algebra.path + "/discussions").status == 404
    assert Client(server).get(algebra.path + "/discussions").status == 401


def test_only_instructors_open_discussions(server, ada, ben, dora, algebra):
    assert ben.post(algebra.path + "/discussions", {"topic": "Mine"}).status == 403
    assert dora.post(algebra.path + "/discussions", {"topic": "Mine"}).status == 404
    assert Client(server).post(algebra.path + "/discussions", {"topic": "Mine"}).status == 401
    assert ada.get(algebra.path + "/discussions")["discussions"] == []


def test_anybody_in_the_class_writes_in_it_and_all_of_them_read_it(server, ada, ben, cleo, algebra):
    discussion = discuss(algebra)
    for person in (ben, ada, cleo):
        _say(person, discussion["room"], f"I am {person.name}")
    for person in (ada, ben, cleo):
        shown = person.get(_path(algebra, discussion))
        assert [(m["seq"], m["from"]["name"], m["body"]) for m in shown["messages"]] == [
            (1, ben.name, f"I am {ben.name}"), (2, ada.name, f"I am {ada.name}"),
            (3, cleo.name, f"I am {cleo.name}")]
        assert shown["discussion"]["messages"] == 3


def test_a_long_discussion_shows_its_last_fifty(server, ada, algebra):
    discussion = discuss(algebra)
    for n in range(1, 56):
        _say(ada, discussion["room"], str(n))
    shown = ada.get(_path(algebra, discussion))
    assert [m["seq"] for m in shown["messages"]] == list(range(6, 56))
    assert shown["last_seq"] == 55


def test_a_stranger_finds_no_discussion_and_a_class_only_its_own(server, ada, dora, algebra):
    discussion = discuss(algebra)
    assert dora.get(_path(algebra, discussion)).status == 404
    other = create_class(ada)
    assert ada.get(_path(other, discussion)).status == 404
    assert ada.post(_path(other, discussion) + "/threads", {"student": ada.id}).status == 404
    for wrong in ("0", "007", "-1", "x", "9" * 18, "9" * 30):
        assert ada.get(f"{algebra.path}/discussions/{wrong}").status == 404, wrong


def test_who_was_removed_reads_nothing_more(server, ada, ben, algebra):
    discussion = discuss(algebra)
    room = open_thread(algebra, discussion, ben)
    assert ada.post(f"{algebra.path}/people/{ben.id}/remove").status == 204
    for path in (algebra.path + "/discussions", _path(algebra, discussion),
            f"/rooms/{discussion['room']}/messages", f"/rooms/{room}/messages"):
        assert ben.get(path).status == 404, path
    assert ben.post(f"/rooms/{discussion['room']}/messages", {"body": "still?"}).status == 404
    assert ben.post(_path(algebra, discussion) + "/threads").status == 404


def test_the_same_client_id_opens_one_discussion(server, second_server, ada, algebra):
    fields = {"topic": "Once", "client_id": "d-1"}
    first = ada.post(algebra.path + "/discussions", fields)
    again = ada.client.at(second_server).post(
        algebra.path + "/discussions", {**fields, "topic": "Another topic"})
    assert first.status == again.status == 201
    assert first["discussion"] == again["discussion"]
    assert first.headers["Location"] == again.headers["Location"]
    other = create_class(ada)
    assert ada.post(other.path + "/discussions", fields)["discussion"]["id"] != first["discussion"]["id"]


# Topics.

@pytest.mark.parametrize("fields", [{}, {"topic": ""}, {"topic": " \t "}, {"topic": None},
    {"topic": "two\nlines"}, {"topic": "a\x00b"}, {"topic": "t" * 201}, {"topic": 7}, {"topic": ["a"]}],
    ids=lambda fields: repr(fields)[:30])
def test_a_topic_is_one_line_of_at_most_200_characters(server, ada, algebra, fields):
    answer = ada.post(algebra.path + "/discussions", fields)
    assert answer.status == 422 and list(answer.errors) == ["topic"]
    assert ada.get(algebra.path + "/discussions")["discussions"] == []


def test_a_topic_of_200_characters_is_kept(server, algebra):
    assert discuss(algebra, "ß" * 200)["topic"] == "ß" * 200


@pytest.mark.parametrize("client_id", ["x" * 65, "ß" * 33, "a\nb", "\ta", "a\x00b", 7], ids=repr)
def test_a_client_id_is_one_line_of_at_most_64_bytes(server, ada, algebra, client_id):
    answer = ada.post(algebra.path + "/discussions", {"topic": "Topic", "client_id": client_id})
    assert answer.status == 422 and list(answer.errors) == ["client_id"]


# Private threads.

def test_a_student_opens_one_thread_with_the_instructors(server, ada, ben, algebra):
    discussion = discuss(algebra)
    first = ben.post(_path(algebra, discussion) + "/threads")
    assert first.status == 201 and list(first.json) == ["room"]
    assert first.headers["Location"] == f"/rooms/{first['room']}"
    again = ben.post(_path(algebra, discussion) + "/threads")
    assert again.status == 200 and again.json == first.json
    assert first["room"] != discussion["room"]
    assert ben.get(first.headers["Location"]).status == 200


def test_an_instructor_opens_a_thread_with_a_student(server, ada, ben, cleo, algebra):
    discussion = discuss(algebra)
    first = ada.post(_path(algebra, discussion) + "/threads", {"student": ben.id})
    assert first.status == 201
    again = ben.post(_path(algebra, discussion) + "/threads")
    assert again.status == 200 and again.json == first.json, "it is the same for both sides"
    other = ada.post(_path(algebra, discussion) + "/threads", {"student": str(cleo.id)})
    assert other.status == 201 and other["room"] != first["room"]


def test_each_discussion_has_threads_of_its_own(server, ben, algebra):
    assert len({open_thread(algebra, discuss(algebra), ben) for _ in range(3)}) == 3


def test_only_the_student_and_the_instructors_read_and_write_in_a_thread(
        server, ada, ben, cleo, dora, algebra):
    discussion = discuss(algebra)
    room = open_thread(algebra, discussion, ben)
    _say(ben, room, "I have a question")
    _say(ada, room, "Ask me")
    for person in (ada, ben):
        assert [m["body"] for m in person.get(f"/rooms/{room}/messages")["messages"]] == [
            "I have a question", "Ask me"]
    for person in (cleo, dora):
        assert person.get(f"/rooms/{room}/messages").status == 404
        assert person.get(f"/rooms/{room}").status == 404
        assert person.post(f"/rooms/{room}/messages", {"body": "Me too"}).status == 404
    assert Client(server).get(f"/rooms/{room}/messages").status == 401
    assert ada.get(f"/rooms/{room}/messages")["last_seq"] == 2


def test_a_second_instructor_reads_the_threads_too(server, ada, ben, cleo, algebra):
    room = open_thread(algebra, discuss(algebra), ben)
    _say(ben, room, "I have a question")
    ada.post(f"{algebra.path}/people/{cleo.id}/role", {"role": "instructor"})
    assert cleo.get(f"/rooms/{room}/messages")["last_seq"] == 1


def test_a_student_sees_the_own_thread_and_an_instructor_all(server, ada, ben, cleo, algebra):
    discussion = discuss(algebra)
    bens, cleos = (open_thread(algebra, discussion, each) for each in (ben, cleo))
    _say(ben, bens, "I have a question")

    def seen(person):
        return [(t["room"], t["student"], t["messages"])
            for t in person.get(_path(algebra, discussion))["threads"]]

    of_ben = (bens, {"id": ben.id, "name": ben.name}, 1)
    of_cleo = (cleos, {"id": cleo.id, "name": cleo.name}, 0)
    assert seen(ben) == [of_ben]
    assert seen(cleo) == [of_cleo]
    assert seen(ada) == [of_ben, of_cleo], "the one written in last comes first"
    assert cleo.name not in ben.get(_path(algebra, discussion)).text
    assert ben.name not in cleo.get(_path(algebra, discussion)).text


def test_a_student_opens_no_thread_for_somebody_else(server, ada, ben, cleo, algebra):
    discussion = discuss(algebra)
    for other in (cleo.id, ada.id, 999999999):
        answer = ben.post(_path(algebra, discussion) + "/threads", {"student": other})
        assert answer.status == 403, answer
    assert ada.get(_path(algebra, discussion))["threads"] == []
    assert ben.post(_path(algebra, discussion) + "/threads", {"student": ben.id}).status == 201


@pytest.mark.parametrize("fields", [{}, {"student": ""}, {"student": "Ben"}, {"student": None},
    {"student": 0}, {"student": -1}, {"student": 1.5}, {"student": [1]}, {"student": "9" * 30}],
    ids=repr)
def test_an_instructor_names_the_student_by_number(server, ada, algebra, fields):
    answer = ada.post(_path(algebra, discuss(algebra)) + "/threads", fields)
    assert answer.status == 422 and list(answer.errors) == ["student"]
    assert "string" not in answer.errors["student"]


def test_a_student_whose_number_is_no_text_is_400(server, ada, algebra):
    answer = ada.client.post_raw(_path(algebra, discuss(algebra)) + "/threads", b"student=%ff",
        "application/x-www-form-urlencoded")
    assert answer.status == 400 and list(answer.errors) == ["student"]


def test_a_thread_is_with_a_student_of_this_class(server, ada, ben, dora, algebra):
    discussion = discuss(algebra)
    for who in (dora.id, ada.id, 999999999):
        answer = ada.post(_path(algebra, discussion) + "/threads", {"student": who})
        assert answer.status == 404, answer
    for fields in ({"student": ben.id}, {}, {"student": "Ben"}):
        assert ada.post(f"{algebra.path}/discussions/999999999/threads", fields).status == 404, fields
    assert ben.post(f"{algebra.path}/discussions/999999999/threads").status == 404
    assert dora.post(_path(algebra, discussion) + "/threads").status == 404
    assert ada.get(_path(algebra, discussion))["threads"] == []


def test_of_eight_who_open_a_thread_at_once_one_makes_it(server, second_server, ada, ben, algebra):
    discussion = discuss(algebra)

    def open_it(n):
        person, fields = ((ben, {}), (ada, {"student": ben.id}))[n // 2 % 2]
        return person.client.at((server, second_server)[n % 2]).post(
            _path(algebra, discussion) + "/threads", fields)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(open_it, range(8)))
    assert sorted(answer.status for answer in answers) == [200] * 7 + [201]
    assert len({answer["room"] for answer in answers}) == 1


def test_a_thread_outlives_that_its_student_comes_to_teach(server, ada, ben, cleo, algebra):
    discussion = discuss(algebra)
    room = open_thread(algebra, discussion, ben)
    _say(ben, room, "As a student")
    assert ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"}).status == 200
    assert [m["from"]["role"] for m in ada.get(f"/rooms/{room}/messages")["messages"]] == ["student"]
    assert ben.get(f"/rooms/{room}/messages").status == 200, "as one of the instructors"


def _recent(person, classroom):
    answer = person.get(classroom.path + "/discussions")
    assert answer.status == 200, answer
    return answer["threads"]


def test_threads_written_in_stand_beside_the_discussions(server, ada, ben, cleo, algebra):
    one, two = discuss(algebra, "One"), discuss(algebra, "Two")
    bens, cleos = open_thread(algebra, one, ben), open_thread(algebra, two, cleo)
    open_thread(algebra, two, ben)
    _say(ada, one["room"], "To all of you")
    assert _recent(ada, algebra) == [], "nothing is written in them yet"
    _say(ben, bens, "I have a question")
    asked = _say(cleo, cleos, "So have I")
    answered = _say(ada, bens, "Ask me")
    of_ben = {"room": bens, "student": {"id": ben.id, "name": ben.name}, "messages": 2, "unread": 1,
        "last_at": answered["at"], "discussion": {"id": one["id"], "topic": "One"}}
    of_cleo = {"room": cleos, "student": {"id": cleo.id, "name": cleo.name}, "messages": 1, "unread": 1,
        "last_at": asked["at"], "discussion": {"id": two["id"], "topic": "Two"}}
    assert _recent(ada, algebra) == [of_ben, of_cleo], "the one written in last comes first"
    assert _recent(ben, algebra) == [{**of_ben, "unread": 2}]
    assert _recent(cleo, algebra) == [{**of_cleo, "unread": 0}], "what one wrote oneself is not new"


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_nobody_else_learns_of_a_thread(server, ada, ben, cleo, dora, algebra, accept):
    discussion = discuss(algebra, "Homework")
    room = open_thread(algebra, discussion, ben)

    def seen(person):
        return person.client.get(algebra.path + "/discussions", accept=accept)

    before = seen(cleo).text
    _say(ben, room, "I have a question")
    for person in (ben, ada):
        assert re.search(rf'"room": ?{room},|"/rooms/{room}"', seen(person).text)
    assert seen(cleo).text == before, "no name, number or time of it"
    other = create_class(dora)
    assert dora.client.get(other.path + "/discussions", accept=accept).status == 200
    assert seen(dora).status == 404, "teaches another class"
    assert Client(server).get(algebra.path + "/discussions").status == 401


def test_the_threads_of_who_was_removed_stay_with_the_instructors(server, ada, ben, cleo, algebra):
    room = open_thread(algebra, discuss(algebra), ben)
    _say(ben, room, "I have a question")
    assert ada.post(f"{algebra.path}/people/{ben.id}/remove").status == 204
    assert ben.get(algebra.path + "/discussions").status == 404
    assert [thread["room"] for thread in _recent(ada, algebra)] == [room]
    ada.post(f"{algebra.path}/people/{cleo.id}/role", {"role": "instructor"})
    assert [thread["room"] for thread in _recent(cleo, algebra)] == [room]
    ada.post(f"{algebra.path}/people/{cleo.id}/role", {"role": "student"})
    assert _recent(cleo, algebra) == [], "only who teaches now"


# Another topic; closed, and open again.

def test_a_topic_is_changed(server, ada, ben, algebra):
    discussion = discuss(algebra, "Pirmes")
    path = _path(algebra, discussion)
    form = ada.get(path + "/edit")
    assert form.status == 200 and form["discussion"] == discussion
    answer = ada.post(path + "/edit", {"topic": "  Primes "})
    assert answer.status == 200 and answer["discussion"] == {**discussion, "topic": "Primes"}
    assert ben.get(path)["discussion"]["topic"] == "Primes"
    assert ben.get(f"/rooms/{discussion['room']}")["room"]["title"] == "Primes"


@pytest.mark.parametrize("topic", ["", " ", "x" * 201, "a\tb\x07"])
def test_a_topic_that_cannot_be_changes_nothing(server, ada, algebra, topic):
    discussion = discuss(algebra)
    answer = ada.post(_path(algebra, discussion) + "/edit", {"topic": topic})
    assert answer.status == 422 and set(answer.errors) == {"topic"}
    assert ada.get(_path(algebra, discussion))["discussion"] == discussion


def test_a_closed_discussion_is_read_and_its_private_threads_go_on(server, ada, ben, algebra):
    discussion = discuss(algebra)
    path, room = _path(algebra, discussion), discussion["room"]
    thread = open_thread(algebra, discussion, ben)
    _say(ben, room, "in time")
    assert discussion["closed_at"] is None
    closed = ada.post(path + "/close")
    assert closed.status == 200 and TIME.fullmatch(closed["discussion"]["closed_at"])
    assert ada.post(path + "/close")["discussion"] == closed["discussion"], "since when it is"
    for person in (ada, ben):
        shown = person.get(path)
        assert shown["room"]["ended"] is True and [m["body"] for m in shown["messages"]] == ["in time"]
        assert shown["discussion"]["closed_at"] == closed["discussion"]["closed_at"]
        late = person.post(f"/rooms/{room}/messages", {"body": "late"})
        assert late.status == 409 and "closed" in late.json["detail"]
    _say(ben, thread, "I have a question")
    _say(ada, thread, "Ask")
    assert [d["closed_at"] for d in ben.get(algebra.path + "/discussions")["discussions"]] \
        == [closed["discussion"]["closed_at"]]
    reopened = ada.post(path + "/reopen")
    assert reopened.status == 200 and reopened["discussion"]["closed_at"] is None
    assert _say(ben, room, "and on")["seq"] == 2
    assert ben.get(path)["room"]["ended"] is False


@pytest.mark.parametrize("what, fields", [("edit", {"topic": "Mine"}), ("close", {}), ("reopen", {})])
def test_only_instructors_of_the_class_change_a_discussion(server, ada, ben, dora, algebra, what, fields):
    discussion = discuss(algebra)
    path = f"{_path(algebra, discussion)}/{what}"
    elsewhere = f"{create_class(dora).path}/discussions/{discussion['id']}/{what}"
    for person, at, status in [(ben, path, 403), (dora, path, 404), (Client(server), path, 401),
            (dora, elsewhere, 404), (ada, f"{algebra.path}/discussions/999999/{what}", 404)]:
        assert person.post(at, fields).status == status
    assert ben.get(_path(algebra, discussion) + "/edit").status == 403
    assert ada.get(_path(algebra, discussion))["discussion"] == discussion


# Without scripts.

def test_a_discussion_is_renamed_closed_and_opened_again_without_scripts(teacher, student, algebra):
    discussion = discuss(algebra, "Pirmes")
    path = _path(algebra, discussion)
    form = teacher.get(path).follow("Change the topic")
    refused = form.submit(path + "/edit", topic=" ")
    assert refused.status == 422 and refused.dom.one(id="topic-error")
    page = form.submit(path + "/edit", topic="Primes & <more>")
    assert page.path == path + "?done=topic" and page.dom.one("h1").text == "Primes & <more>"
    assert "The topic is changed." in page.text
    page = page.submit(path + "/close")
    assert page.path == path + "?done=closed" and "nobody writes in it" in page.text
    assert not [form for form in page.forms if "/messages" in form.action]
    seen = student.get(path)
    assert "This discussion is closed." in seen.text and "Closed" in seen.text
    assert not [form for form in seen.forms if "/messages" in form.action or "open" in form.action]
    assert "Closed" in student.get(algebra.path + "/discussions").text
    page = page.submit(path + "/reopen")
    assert "is open again" in page.text
    assert "Closed" not in student.get(algebra.path + "/discussions").text
    assert [form for form in student.get(path).forms if "/messages" in form.action]


def test_what_was_typed_when_a_discussion_was_closed_is_kept(teacher, student, algebra):
    discussion = discuss(algebra)
    path = _path(algebra, discussion)
    form = student.get(path)
    teacher.get(path).submit(path + "/close")
    late = form.submit(f"/rooms/{discussion['room']}/messages", body="half a thought")
    assert late.status == 409 and "This discussion is closed." in late.text
    assert "half a thought" in late.dom.one(id="unsent").text


def test_a_discussion_is_opened_and_written_in_without_scripts(teacher, student, ben, algebra):
    page = teacher.get(algebra.path + "/discussions")
    page = page.submit(algebra.path + "/discussions", topic="Is <0> a number?")
    assert page.status == 200 and "Is <0> a number?" in page.text
    assert re.fullmatch(re.escape(algebra.path) + r"/discussions/\d+", page.path)
    seen = student.get(algebra.path + "/discussions").follow("Is <0> a number?")
    assert seen.path == page.path
    [action] = [form.action for form in seen.forms if "/messages" in form.action]
    form = [form for form in seen.forms if form.action == action][0]
    seen = student.post(action.split("#")[0], {**form.fields, "body": "It <is> & was"})
    assert seen.status == 200 and "It <is> & was" in seen.text
    assert ben.name in teacher.get(page.path).text


def test_a_private_thread_is_found_from_both_sides_without_scripts(teacher, student, ben, algebra):
    discussion = discuss(algebra, "Homework")
    path = _path(algebra, discussion)
    page = student.get(path).submit(path + "/threads")
    assert page.status == 200 and page.path.startswith("/rooms/")
    seen = teacher.get(path).follow(ben.name)
    assert seen.path == page.path and ben.name in seen.text
    again = teacher.get(path).submit(path + "/threads", student=str(ben.id))
    assert again.path == page.path


def _namesake(server, name):
    email, password = new_email(), new_password()
    answer = Client(server).post("/signup", {"name": name, "email": email, "password": password})
    assert answer.status == 201, answer
    return Person(server, answer["user"], email, password, answer["token"])


def test_of_two_students_of_one_name_the_address_says_which_is_which(server, teacher, ada, ben, cleo, algebra):
    other = _namesake(server, ben.name)
    algebra.join(other)
    discussion = discuss(algebra, "Homework")
    path = _path(algebra, discussion)
    for person in (ben, other, cleo):
        open_thread(algebra, discussion, ada, person)
    page = teacher.get(path)
    options = [option.text for option in page.dom.one("select", id="student").all("option")]
    rows = [row.text for row in page.dom.one("section", aria_labelledby="private").all("li")]
    for person in (ben, other):
        assert f"{person.name} ({person.email})" in options
        assert len([row for row in rows if person.name in row and person.email in row]) == 1
    assert cleo.name in options and cleo.email not in page.text
    for person in (ada, ben):
        assert "email" not in person.get(path).text, "to a program the people say it"


def test_titles_of_private_threads_say_to_a_teacher_whose_they_are(teacher, student, ada, ben, cleo, algebra):
    discussion = discuss(algebra, "Homework")
    rooms = [open_thread(algebra, discussion, ada, person) for person in (ben, cleo)]
    for room, person in zip(rooms, (ben, cleo)):
        title = teacher.get(f"/rooms/{room}").dom.one("title").text
        assert title.startswith(f"{person.name} · Homework · private · {algebra.name}")
    assert student.get(f"/rooms/{rooms[0]}").dom.one("title").text.startswith("Homework · private")


def test_what_was_written_privately_is_found_from_the_discussions_without_scripts(
        teacher, student, ada, ben, algebra):
    room = open_thread(algebra, discuss(algebra, "Is <0> a number?"), ben)
    for visitor in (teacher, student):
        assert "Private messages" not in visitor.get(algebra.path + "/discussions").text
    _say(ben, room, "I did not understand it")
    page = teacher.get(algebra.path + "/discussions")
    assert "Private messages" in page.text and "1 message, last" in page.text
    assert "I did not understand it" in page.follow(ben.name).text
    _say(ada, room, "Ask me")
    page = student.get(algebra.path + "/discussions")
    assert "Private messages" in page.text and "2 messages, last" in page.text
    assert f'<a href="/rooms/{room}">Is &lt;0&gt; a number?</a>' in page.source
    assert "Ask me" in student.get(f"/rooms/{room}").text


def test_the_page_after_writing_in_a_discussion_leads_to_private_threads_too(
        teacher, student, ben, algebra):
    path = _path(algebra, discuss(algebra, "Homework"))
    for visitor, chosen in ((student, {}), (teacher, {"student": str(ben.id)})):
        page = visitor.get(path)
        [form] = [form for form in page.forms if "/messages" in form.action]
        written = visitor.post(form.action.split("#")[0], {**form.fields, "body": "Well"})
        assert written.status == 200 and written.path.startswith("/rooms/")
        thread = written.submit(path + "/threads", **chosen)
        assert thread.status == 200 and "Private with" in thread.text
    assert written.follow(ben.name).path == thread.path


def test_an_instructor_who_chose_nobody_is_asked_again(teacher, algebra):
    path = _path(algebra, discuss(algebra, "Homework"))
    page = teacher.get(path).submit(path + "/threads", student="")
    assert page.status == 422 and "Homework" in page.text
    assert page.form(path + "/threads").error_of("student")


def test_a_wrong_topic_comes_back_at_its_field(teacher, algebra):
    topic = "</textarea>\"<b>" + "t" * 200
    page = teacher.get(algebra.path + "/discussions").submit(algebra.path + "/discussions", topic=topic)
    assert page.status == 422
    form = page.form(algebra.path + "/discussions")
    assert form.fields["topic"] == topic and form.error_of("topic")


def test_the_page_with_a_wrong_topic_still_shows_what_was_written_privately(teacher, ben, algebra):
    _say(ben, open_thread(algebra, discuss(algebra), ben), "I have a question")
    page = teacher.get(algebra.path + "/discussions").submit(algebra.path + "/discussions", topic=" ")
    assert page.status == 422 and ben.name in page.text


def test_the_same_form_sent_twice_opens_one_discussion(teacher, ada, algebra):
    form = teacher.get(algebra.path + "/discussions").form(algebra.path + "/discussions")
    fields = {**form.fields, "topic": "Once"}
    answers = [teacher.send(algebra.path + "/discussions", fields) for _ in range(2)]
    assert [answer.status for answer in answers] == [303, 303]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert len(ada.get(algebra.path + "/discussions")["discussions"]) == 1


def test_students_are_shown_no_form_to_open_one_and_no_list_of_students(student, cleo, algebra):
    page = student.get(algebra.path + "/discussions")
    assert algebra.path + "/discussions" not in [form.action for form in page.forms]
    discussion = discuss(algebra)
    assert cleo.name not in student.get(_path(algebra, discussion)).source
    assert student.send(algebra.path + "/discussions", {"topic": "Mine"}).status == 403
