"""Reading and writing messages over HTTP, for who has no chat connection."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.chat import Framed, discuss, end_live, open_thread, start_live
from support.client import TIME, Client
from support.school import create_class


@pytest.fixture
def room(algebra):
    return f"/rooms/{start_live(algebra)['room']}"


def _say(person, room, body, **more):
    answer = person.post(room + "/messages", {"body": body, **more})
    assert answer.status == 201, answer
    return answer["message"]


def _seqs(answer):
    assert answer.status == 200, answer
    return [message["seq"] for message in answer["messages"]]


# Writing.

def test_a_message_is_answered_as_everyone_sees_it(server, ada, ben, room):
    answer = ben.post(room + "/messages", {"body": "Good morning", "client_id": "b-1"})
    assert answer.status == 201
    message = answer["message"]
    assert message["seq"] == 1 and message["body"] == "Good morning" and message["client_id"] == "b-1"
    assert message["from"] == {"id": ben.id, "name": ben.name, "role": "student"}
    assert TIME.fullmatch(message["at"])
    for person in (ada, ben):
        assert person.get(room + "/messages").json == {"messages": [message], "last_seq": 1}
    assert _say(ada, room, "Good morning, Ben")["from"]["role"] == "instructor"


def test_location_leads_to_the_message(server, ben, room):
    _say(ben, room, "One")
    answer = ben.post(room + "/messages", {"body": "Two"})
    _say(ben, room, "Three")
    assert ben.get(answer.headers["Location"])["messages"] == [answer["message"]]


def test_the_same_client_id_writes_once(server, second_server, ada, ben, room):
    first = ben.post(room + "/messages", {"body": "Once", "client_id": "b-1"})
    again = ben.client.at(second_server).post(
        room + "/messages", {"body": "Something else", "client_id": "b-1"})
    assert first.status == again.status == 201, "as with everything that has a client_id"
    assert again["message"] == first["message"]
    assert again.headers["Location"] == first.headers["Location"]
    assert ada.get(room + "/messages")["last_seq"] == 1
    assert _say(ada, room, "Mine", client_id="b-1")["seq"] == 2, "each sender has client_ids of their own"


def test_of_eight_who_send_the_same_at_once_one_is_stored(server, second_server, ben, room):
    def send(n):
        return ben.client.at((server, second_server)[n % 2]).post(
            room + "/messages", {"body": "Once", "client_id": "b-1"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(send, range(8)))
    assert {answer["message"]["seq"] for answer in answers} == {1}
    assert _seqs(ben.get(room + "/messages")) == [1]


def test_what_eight_write_at_once_is_numbered_without_gaps(server, second_server, ada, ben, room):
    def send(n):
        person = (ada, ben)[n % 2]
        return person.client.at((server, second_server)[n // 2 % 2]).post(
            room + "/messages", {"body": f"message {n}"})["message"]

    with ThreadPoolExecutor(8) as pool:
        sent = list(pool.map(send, range(40)))
    assert sorted(message["seq"] for message in sent) == list(range(1, 41))
    assert ada.get(room + "/messages")["messages"] == sorted(sent, key=lambda message: message["seq"])


def test_it_reaches_chat_as_if_sent_there_and_the_other_way_round(server, chatd, ada, ben, room):
    number = int(room.rsplit("/", 1)[1])
    with Framed(chatd, ada.token) as teacher:
        teacher.join(number)
        message = _say(ben, room, "Over HTTP", client_id="b-1")
        event = teacher.until("message", room=number)
        assert {key: event[key] for key in ("seq", "from", "body", "at")} == {
            key: message[key] for key in ("seq", "from", "body", "at")}
        assert teacher.send(number, "Over chat") == 2
    assert [m["body"] for m in ben.get(room + "/messages")["messages"]] == ["Over HTTP", "Over chat"]


def test_what_chat_was_sent_is_known_by_its_client_id_here(server, chatd, ben, room):
    with Framed(chatd, ben.token) as student:
        assert student.send(int(room.rsplit("/", 1)[1]), "First", client_id="cafe\u0301") == 1
    answer = ben.post(room + "/messages", {"body": "Again", "client_id": "cafe\u0301"})
    assert answer["message"]["seq"] == 1 and answer["message"]["body"] == "First"
    assert answer["message"]["client_id"] == "cafe\u0301", "byte for byte, as it was sent"


# Who may.

def test_who_may_not_enter_finds_no_room(server, ada, dora, algebra, room):
    elsewhere = create_class(dora)
    for path in (room, room + "/messages"):
        assert dora.get(path).status == 404
        assert Client(server).get(path).status == 401
    assert dora.post(room + "/messages", {"body": "Hello"}).status == 404
    assert Client(server).post(room + "/messages", {"body": "Hello"}).status == 401
    assert ada.post(f"/rooms/{start_live(elsewhere)['room']}/messages", {"body": "x"}).status == 404
    assert ada.get(room + "/messages")["last_seq"] == 0


@pytest.mark.parametrize("wrong", ["0", "007", "-1", "+1", "x", "1x", "9" * 18, "9" * 30, "%31"])
def test_a_room_is_named_by_its_number(server, ada, wrong):
    assert ada.get(f"/rooms/{wrong}/messages").status == 404
    assert ada.post(f"/rooms/{wrong}/messages", {"body": "x"}).status == 404


def test_a_refusal_tells_nothing_about_the_room(server, dora, room):
    def words(path):
        answer = dora.post(path + "/messages", {"body": "x" * 5000})
        return {key: value for key, value in answer.json.items() if key != "instance"}

    assert words(room) == words("/rooms/999999999")


def test_an_ended_room_is_read_and_not_written(server, ada, ben, algebra, room):
    _say(ben, room, "Before the end", client_id="b-1")
    end_live(algebra)
    for person in (ada, ben):
        assert person.post(room + "/messages", {"body": "Too late"}).status == 409
        assert [m["body"] for m in person.get(room + "/messages")["messages"]] == ["Before the end"]
    again = ben.post(room + "/messages", {"body": "Before the end", "client_id": "b-1"})
    assert again.status == 201 and again["message"]["seq"] == 1, "what was stored stays acknowledged"


# Reading.

@pytest.fixture
def spoken(ada, room):
    """A room with the messages 1 to 60."""
    for n in range(1, 61):
        _say(ada, room, str(n))
    return room + "/messages"


def test_pages_of_messages_run_forwards_from_after_and_back_from_before(server, ben, spoken):
    def seqs(query):
        answer = ben.get(spoken + query)
        assert answer["last_seq"] == 60
        return _seqs(answer)

    assert seqs("") == list(range(11, 61)), "the last fifty"
    assert seqs("?limit=3") == [58, 59, 60]
    assert seqs("?after=0") == list(range(1, 51))
    assert seqs("?after=50") == list(range(51, 61))
    assert seqs("?after=7&limit=3") == [8, 9, 10]
    assert seqs("?after=60") == seqs("?after=61") == seqs("?after=9223372036854775807") == []
    assert seqs("?before=11") == list(range(1, 11))
    assert seqs("?before=31&limit=3") == [28, 29, 30]
    assert seqs("?before=1") == []
    assert seqs("?before=9223372036854775807&limit=1") == [60]
    assert seqs("?limit=100000") == seqs("?after=0&limit=500") == list(range(1, 61))


def test_following_after_sees_each_message_once(server, ben, spoken):
    seen, after = [], 0
    while True:
        answer = ben.get(f"{spoken}?after={after}&limit=7")
        if not answer["messages"]:
            break
        seen += _seqs(answer)
        after = seen[-1]
    assert seen == list(range(1, 61)) and after == answer["last_seq"]


@pytest.mark.parametrize("query", ["after=-1", "after=x", "after=1.5", "before=0", "before=x",
    "before=-5", "limit=0", "limit=-1", "limit=x", "after=00", "after=" + "9" * 30])
def test_a_wrong_number_is_named(server, ben, room, query):
    answer = ben.get(f"{room}/messages?{query}")
    assert answer.status == 422 and list(answer.errors) == [query.split("=")[0]]
    least = 0 if query.startswith("after") else 1
    assert f"{least} or more" in answer.errors[query.split("=")[0]]


@pytest.mark.parametrize("name", ["after", "before", "limit"])
def test_a_number_that_is_no_text_is_400(server, ben, room, name):
    answer = ben.get(f"{room}/messages?{name}=%ff")
    assert answer.status == 400 and list(answer.errors) == [name]


# What a message may be.

@pytest.mark.parametrize("fields", [{}, {"body": ""}, {"body": " \n\t "}, {"body": None},
    {"body": "x" * 4097}, {"body": "ß" * 2049}, {"body": "a\x00b"}, {"body": "a\x1b[31mb"},
    {"body": 7}, {"body": ["a"]}], ids=lambda fields: repr(fields)[:30])
def test_a_body_is_text_of_at_most_4_kib(server, ben, room, fields):
    answer = ben.post(room + "/messages", fields)
    assert answer.status == 422 and list(answer.errors) == ["body"]
    assert ben.get(room + "/messages")["last_seq"] == 0


@pytest.mark.parametrize("letter,count,surplus", [("x", 4097, "1 character"), ("x", 5000, "904 characters"),
    ("ß", 2049, "1 character"), ("😀", 1250, "226 characters")])
def test_what_is_too_long_says_by_how_many_characters(ada, ben, room, algebra, letter, count, surplus):
    for answer in (ben.post(room + "/messages", {"body": letter * count}),
            ada.post(algebra.path + "/posts", {"body": "x" * (65536 - 4096) + letter * count})):
        assert answer.status == 422 and answer.errors["body"].endswith(f"shorten it by {surplus}.")


@pytest.mark.parametrize("body", ["x" * 4096, "ß" * 2048, "two\nlines\tand a tab", "😀", "<script>"],
    ids=lambda body: body[:10])
def test_a_body_comes_back_as_it_was_written(server, ben, room, body):
    assert _say(ben, room, body)["body"] == body
    assert [m["body"] for m in ben.get(room + "/messages")["messages"]] == [body]


def test_a_body_is_trimmed_composed_and_has_one_kind_of_newline(server, ben, room):
    assert _say(ben, room, "  cafe\u0301\r\nau lait \n")["body"] == "caf\u00e9\nau lait"


@pytest.mark.parametrize("client_id",
    ["x" * 65, "ß" * 33, "two\nlines", "a\n", "\u0085a", "a\x00b", 7, ["a"]], ids=repr)
def test_a_client_id_is_one_line_of_at_most_64_bytes(server, ben, room, client_id):
    answer = ben.post(room + "/messages", {"body": "Hello", "client_id": client_id})
    assert answer.status == 422 and list(answer.errors) == ["client_id"]
    assert ben.get(room + "/messages")["last_seq"] == 0


@pytest.mark.parametrize("client_id", ["x" * 64, "ß" * 32, " blanks stay ", "e\u0301", "😀", "page:1"],
    ids=repr)
def test_a_client_id_comes_back_as_it_was_sent(server, ben, room, client_id):
    assert _say(ben, room, "Hello", client_id=client_id)["client_id"] == client_id
    assert ben.get(room + "/messages")["messages"][0]["client_id"] == client_id
    assert _say(ben, room, "Again", client_id=client_id)["seq"] == 1


def test_who_sends_no_client_id_sends_a_message_each_time(server, ben, room):
    assert [_say(ben, room, "Hello")["seq"] for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("data,kind,status", [
    (b"body=%FF%FE", "application/x-www-form-urlencoded", 400),
    (b"{\"body\":\"\xff\"}", "application/json", 400),
    (b"[\"body\"]", "application/json", 400),
    (b"body", "text/plain", 415),
    (b"{\"body\":\"x\"", "application/json", 400)])
def test_what_cannot_be_read_is_not_stored(server, ben, room, data, kind, status):
    assert ben.client.post_raw(room + "/messages", data, kind).status == status
    assert ben.get(room + "/messages")["last_seq"] == 0


# Without scripts.

def _form(page, room):
    [form] = [form for form in page.forms if form.action.split("#")[0] == room + "/messages"]
    return form


def test_messages_are_written_and_read_without_scripts(teacher, student, ada, ben, room):
    page = student.get(room)
    page = student.post(room + "/messages", {**_form(page, room).fields, "body": "Two\r\nlines & <b>tags</b>"})
    assert page.status == 200 and page.path.split("#")[0] == room
    assert "lines & <b>tags</b>" in page.text and not page.dom.all("b")
    seen = teacher.get(room)
    assert ben.name in seen.text
    assert seen.dom.all(role="log"), "news are announced"
    assert [m["body"] for m in ada.get(room + "/messages")["messages"]] == ["Two\nlines & <b>tags</b>"]


def test_reloading_behind_a_post_does_not_post_twice(student, ada, room):
    fields = {**_form(student.get(room), room).fields, "body": "Once"}
    assert fields["client_id"]
    first = student.send(room + "/messages", fields)
    assert first.status == 303, "what is reloaded is a GET"
    again = student.send(room + "/messages", fields)
    assert again.status == 303 and again.headers["Location"] == first.headers["Location"]
    assert ada.get(room + "/messages")["last_seq"] == 1
    fresh = _form(student.get(room), room).fields["client_id"]
    assert fresh != fields["client_id"], "the next message is another one"


def test_a_message_that_is_too_long_comes_back_whole(student, room):
    body = "\n</textarea><script>alert(1)</script>" + "x" * 4096
    page = student.post(room + "/messages", {**_form(student.get(room), room).fields, "body": body})
    assert page.status == 422
    form = _form(page, room)
    assert form.fields["body"].replace("\r\n", "\n") == body and form.error_of("body")
    assert all(script["src"] for script in page.dom.all("script"))


def test_a_page_says_that_its_room_has_ended(student, algebra, room):
    fields = {**_form(student.get(room), room).fields, "body": "Too late"}
    end_live(algebra)
    page = student.get(room)
    assert page.status == 200 and "ended" in page.text.lower()
    assert [form for form in page.forms if "/messages" in form.action] == []
    page = student.post(room + "/messages", fields)
    assert page.status == 409 and "ended" in page.text.lower()
    assert "Too late" in page.text, "what was typed comes back"
    assert [form for form in page.forms if "/messages" in form.action] == []


def test_older_and_newer_messages_are_a_link_away(student, ada, spoken):
    def shown(page):
        assert page.status == 200
        return [int(item["data-seq"]) for item in page.dom.one(id="room-messages").all("li")]

    page = student.get(spoken.rsplit("/", 1)[0])
    assert shown(page) == list(range(11, 61)) and "Newer messages" not in page.text
    page = page.follow("Older messages")
    assert shown(page) == list(range(1, 11)) and "Older messages" not in page.text
    assert shown(page.follow("Newer messages")) == list(range(11, 61))


@pytest.mark.parametrize("query, seen, leads, then", [("after=60", "60", "Older messages", range(11, 61)),
    ("after=99", "60", "Older messages", range(11, 61)), ("before=1", "0", "Newer messages", range(1, 51))])
def test_a_page_beyond_the_ends_says_where_it_stands(student, spoken, query, seen, leads, then):
    page = student.get(f"{spoken.rsplit('/', 1)[0]}?{query}")
    assert page.dom.one(id="room-messages").all("li") == []
    assert "yet" not in page.dom.one(id="room-empty").text, "something was written"
    frame = page.dom.one(id="room")
    assert frame["data-seen"] == seen
    assert (frame["data-body-max"], frame["data-told-behind"]) == ("4096", "20000")
    assert ("Older messages" in page.text, "Newer messages" in page.text) == (
        leads == "Older messages", leads == "Newer messages")
    page = page.follow(leads)
    assert [int(item["data-seq"]) for item in page.dom.one(id="room-messages").all("li")] == list(then)


def test_a_private_thread_says_who_reads_it(student, teacher, ben, algebra):
    room = open_thread(algebra, discuss(algebra, "Homework"), ben)
    page = student.get(f"/rooms/{room}")
    assert page.status == 200 and "with the teachers" in page.text
    assert ben.name in teacher.get(f"/rooms/{room}").text


def test_students_are_counted_and_not_named_to_students(
        server, chatd, teacher, student, ada, ben, cleo, algebra, room):
    number = int(room.rsplit("/", 1)[1])
    with Framed(chatd, ada.token) as one, Framed(chatd, cleo.token) as other:
        one.join(number)
        other.join(number)
        page = student.get(room)
        assert page.dom.one(id="here-count").text == "2"
        assert ada.name in page.text and cleo.name not in page.source
        page = teacher.get(room)
        assert page.dom.one(id="here-count").text == "2" and cleo.name in page.text
        seen = ben.get(room)["here"]
        assert seen["count"] == 2 and [each["id"] for each in seen["people"]] == [ada.id]


def test_other_sites_write_nothing(student, ada, room):
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert student.send(room + "/messages", {"body": "x"}, **foreign).status == 403
    assert ada.get(room + "/messages")["last_seq"] == 0


# Removing.

def test_what_a_teacher_removes_is_shown_to_nobody_and_its_place_stays(server, ada, ben, room):
    for body in ("fine", "bad", "fine again"):
        _say(ben, room, body)
    answer = ada.post(room + "/messages/2/remove", {})
    assert answer.status == 200
    gone = answer["message"]
    assert (gone["seq"], gone["body"], gone["removed"], gone["from"]["id"]) == (2, "", True, ben.id)
    for person in (ada, ben):
        messages = person.get(room + "/messages")["messages"]
        assert messages[1] == gone and [m["body"] for m in messages] == ["fine", "", "fine again"]
        assert "removed" not in messages[0]
    assert ada.post(room + "/messages/2/remove", {})["message"] == gone, "again is harmless"


def test_a_room_says_how_many_of_its_messages_are_removed(ada, ben, algebra):
    discussion = discuss(algebra)
    room, page = f"/rooms/{discussion['room']}", f"{algebra.path}/discussions/{discussion['id']}"
    for n in range(3):
        assert [ben.get(path)["room"]["removed"] for path in (room, page)] == [n, n]
        _say(ben, room, "bad")
        ada.post(f"{room}/messages/{n + 1}/remove", {})


def test_only_teachers_remove_messages_and_only_in_their_rooms(server, ada, ben, dora, room):
    _say(ben, room, "mine")
    for person, status in ((ben, 403), (dora, 404)):
        assert person.post(room + "/messages/1/remove", {}).status == status
        assert person.get(room + "/messages/1/remove").status == status
    for seq in ("2", "0", "-1", "x", "9223372036854775808"):
        assert ada.post(f"{room}/messages/{seq}/remove", {}).status == 404
    assert ada.get(room + "/messages")["messages"][0]["body"] == "mine"


def test_a_message_is_removed_without_scripts_once_it_was_asked_back(
        teacher, student, ada, ben, room):
    _say(ben, room, "<i>bad</i>\nrude")
    assert "Remove" not in student.get(room).text
    [link] = [a for a in teacher.get(room).dom.all("a") if a["href"].endswith("/remove")]
    page = teacher.get(link["href"])
    assert ben.name in page.text and "<i>bad</i>" in page.text
    [form] = [form for form in page.forms if form.action == link["href"]]
    page = teacher.post(form.action, form.fields)
    assert page.status == 200 and page.path == room
    for person in (teacher, student):
        source = person.get(room).source
        assert "Removed by a teacher" in source and "rude" not in source
        assert "/remove" not in source


def test_who_removes_an_older_message_without_scripts_stays_with_it(teacher, ben, room):
    for n in range(120):
        _say(ben, room, f"message {n}")
    page = teacher.get(room + "/messages/10/remove")
    [form] = [form for form in page.forms if form.action.endswith("/remove")]
    assert "message 9" in page.text
    page = teacher.post(form.action, form.fields)
    assert "Removed by a teacher" in page.source
    assert "message 8" in page.text and "message 10" in page.text and "message 119" not in page.text
    assert teacher.get(room + "/messages/10/remove").status == 409, "once"
    # The last one that is not among the last fifty.
    [form] = [form for form in teacher.get(room + "/messages/70/remove").forms
        if form.action.endswith("/remove")]
    page = teacher.post(form.action, form.fields)
    assert "Removed by a teacher" in page.source and "message 70" in page.text


def test_all_that_one_person_wrote_in_a_room_is_removed_in_one_step(ada, ben, cleo, dora, algebra):
    discussion = discuss(algebra)
    room, other = f"/rooms/{discussion['room']}", f"/rooms/{discuss(algebra)['room']}"
    for person, place in ((ben, room), (cleo, room), (ben, room), (cleo, other), (ben, other), (ben, room)):
        _say(person, place, person.name)
    ada.post(room + "/messages/3/remove", {})
    for person, status in ((ben, 403), (dora, 404)):
        assert person.post(room + "/messages/1/remove/all", {}).status == status
        assert person.get(room + "/messages/1/remove/all").status == status
    assert ada.post(room + "/messages/9/remove/all", {}).status == 404
    confirm = ada.get(room + "/messages/1/remove/all")["confirm"]
    assert ben.name in confirm["text"] and confirm["action"] == room + "/messages/1/remove/all"
    assert ada.post(confirm["action"], {}).json == {"removed": 2}
    assert ada.post(confirm["action"], {}).json == {"removed": 0}, "again is harmless"
    _say(ben, room, "sorry")
    assert [m["body"] for m in cleo.get(room + "/messages")["messages"]] == ["", cleo.name, "", "", "sorry"]
    assert [m["body"] for m in cleo.get(other + "/messages")["messages"]] == [cleo.name, ben.name]
    assert cleo.get(room)["room"]["removed"] == 3


def test_without_scripts_the_page_that_asks_offers_all_of_that_person(teacher, ben, cleo, room):
    for person in (ben, cleo, ben):
        _say(person, room, person.name)
    page = teacher.get(room + "/messages/1/remove")
    [link] = [a for a in page.dom.all("a") if a["href"].endswith("/remove/all")]
    page = teacher.get(link["href"])
    [form] = [form for form in page.forms if form.action == link["href"]]
    assert ben.name in page.text
    page = teacher.post(form.action, form.fields)
    assert page.path == room and page.source.count("Removed by a teacher") == 2


def test_what_was_written_is_kept_for_the_school(server, cluster, ada, ben, room):
    _say(ben, room, "bad")
    ada.post(room + "/messages/1/remove", {})
    with cluster.query() as cursor:
        cursor.execute("SELECT m.body, r.removed_by FROM mc.message m"
            " JOIN mc.message_removal r USING (class_id, room_id, seq) WHERE m.room_id = %s",
            (int(room.rsplit("/", 1)[1]),))
        assert cursor.fetchall() == [("bad", ada.id)]
