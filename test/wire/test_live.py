"""The live session of a class: started, entered and ended over HTTP, as JSON and without scripts."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from support.chat import end_live, start_live
from support.client import TIME, Client
from support.page import Visitor
from support.school import create_class


def _live(person, classroom):
    return person.get(classroom.path + "/live")


# What a program sees.

def test_a_started_session_is_shown_whole(server, ada, algebra):
    answer = ada.post(algebra.path + "/live", {"title": "First hour"})
    assert answer.status == 201 and answer.headers["Location"] == algebra.path + "/live"
    session = answer["session"]
    assert session["title"] == "First hour"
    assert isinstance(session["id"], int) and isinstance(session["room"], int)
    assert TIME.fullmatch(session["started_at"]) and session["ended_at"] is None
    assert session["counts"] is True
    shown = ada.client.get(answer.headers["Location"])
    assert shown.status == 200 and shown["session"] == session


def test_members_see_what_is_live_and_nobody_else(server, ada, ben, dora, algebra):
    assert _live(ada, algebra).status == _live(ben, algebra).status == 404
    session = start_live(algebra, "First hour")
    assert _live(ben, algebra)["session"] == session
    assert _live(dora, algebra).status == 404
    assert Client(server).get(algebra.path + "/live").status == 401


def test_a_second_start_is_refused_with_the_one_that_is_live(server, ada, algebra):
    session = start_live(algebra, "First hour")
    answer = ada.post(algebra.path + "/live", {"title": "Second hour"})
    assert answer.status == 409 and answer["session"] == session
    assert [each["id"] for each in ada.get(algebra.path + "/sessions")["sessions"]] == [session["id"]]


def test_of_eight_who_start_at_once_one_does(server, second_server, ada, algebra):
    def start(n):
        return ada.client.at((server, second_server)[n % 2]).post(
            algebra.path + "/live", {"title": f"Try {n}"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(start, range(8)))
    assert sorted(answer.status for answer in answers) == [201] + [409] * 7
    assert len({answer["session"]["id"] for answer in answers}) == 1
    assert len({answer["session"]["title"] for answer in answers}) == 1


def test_an_end_is_seen_by_everyone_and_room_is_made_for_the_next(server, ada, ben, algebra):
    first = start_live(algebra, "First hour")
    ended = end_live(algebra)
    assert {**ended, "ended_at": None} == first
    assert TIME.fullmatch(ended["ended_at"]) and ended["ended_at"] >= first["started_at"]
    assert _live(ada, algebra).status == _live(ben, algebra).status == 404
    assert ada.post(algebra.path + "/live/end").status == 404, "it ends once"
    second = start_live(algebra, "Second hour")
    assert second["id"] != first["id"] and second["room"] != first["room"]


def test_sessions_are_listed_newest_first_for_members(server, ada, ben, dora, algebra):
    assert ben.get(algebra.path + "/sessions").json == {"sessions": []}
    start_live(algebra, "First hour")
    first = end_live(algebra)
    second = start_live(algebra, "Second hour")
    for person in (ada, ben):
        assert person.get(algebra.path + "/sessions")["sessions"] == [second, first]
    assert dora.get(algebra.path + "/sessions").status == 404


def test_the_newest_session_alone_says_whether_one_is_live(server, ada, ben, dora, algebra):
    newest = algebra.path + "/sessions?limit=1"
    assert ben.get(newest).json == {"sessions": []}
    start_live(algebra, "First hour")
    first = end_live(algebra)
    for person in (ada, ben):
        assert person.get(newest)["sessions"] == [first]
    second = start_live(algebra, "Second hour")
    for person in (ada, ben):
        assert person.get(newest)["sessions"] == [second]
    assert ben.get(algebra.path + "/sessions?limit=5000")["sessions"] == [second, first]
    assert dora.get(newest).status == 404
    assert Client(server).get(newest).status == 401


@pytest.mark.parametrize("limit", ["0", "-1", "x", "1.5"])
def test_a_wrong_limit_of_sessions_is_422_for_members_only(ben, dora, algebra, limit):
    answer = ben.get(f"{algebra.path}/sessions?limit={limit}")
    assert answer.status == 422 and list(answer.errors) == ["limit"]
    assert dora.get(f"{algebra.path}/sessions?limit={limit}").status == 404


def test_a_class_says_that_it_is_live(server, second_server, ada, ben, algebra):
    def said(person):
        [listed] = [c for c in person.client.at(second_server).get("/classes")["classes"]
            if c["id"] == algebra.id]
        return listed["live"], person.get(algebra.path)["class"]["live"]

    assert said(ada) == said(ben) == (False, False)
    start_live(algebra)
    assert said(ada) == said(ben) == (True, True)
    end_live(algebra)
    assert said(ada) == said(ben) == (False, False)


def test_only_instructors_start_and_end(server, ada, ben, dora, algebra):
    assert ben.post(algebra.path + "/live").status == 403
    assert dora.post(algebra.path + "/live").status == 404
    assert Client(server).post(algebra.path + "/live").status == 401
    session = start_live(algebra)
    assert ben.post(algebra.path + "/live/end").status == 403
    assert dora.post(algebra.path + "/live/end").status == 404
    assert Client(server).post(algebra.path + "/live/end").status == 401
    assert _live(ben, algebra)["session"] == session


def test_who_names_a_session_ends_no_other(ada, algebra):
    first = start_live(algebra)
    end_live(algebra)
    second = start_live(algebra)
    answer = ada.post(algebra.path + "/live/end", {"session": first["id"]})
    assert answer.status == 404 and "ended already" in answer["detail"]
    assert ada.post(algebra.path + "/live/end", {"session": "x"}).status == 422
    answer = ada.client.post_raw(algebra.path + "/live/end", b"session=%ff",
        "application/x-www-form-urlencoded")
    assert answer.status == 400 and list(answer.errors) == ["session"]
    assert _live(ada, algebra)["session"] == second
    assert ada.post(algebra.path + "/live/end", {"session": second["id"]})["session"]["id"] == \
        second["id"]


def test_a_page_that_asks_back_ends_what_it_named(teacher, ada, algebra):
    start_live(algebra, "First")
    stale = teacher.get(algebra.path + "/live/end")
    end_live(algebra)
    second = start_live(algebra, "Second")
    page = stale.submit(algebra.path + "/live/end")
    assert page.status == 404 and "This live class has ended already." in page.text
    assert _live(ada, algebra)["session"] == second


def test_any_instructor_may_end_what_another_started(server, ada, ben, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    start_live(algebra)
    assert ben.post(algebra.path + "/live/end").status == 200


def test_who_left_finds_nothing_live(server, ada, ben, algebra):
    session = start_live(algebra)
    assert ada.post(f"{algebra.path}/people/{ben.id}/remove").status == 204
    assert _live(ben, algebra).status == 404
    assert ben.get(f"/rooms/{session['room']}/messages").status == 404


def test_classes_are_live_each_for_itself(server, ada, algebra):
    other = create_class(ada)
    session = start_live(algebra)
    assert _live(ada, other).status == 404
    assert ada.post(other.path + "/live/end").status == 404
    assert start_live(other)["id"] != session["id"]
    assert _live(ada, algebra)["session"] == session


# Titles.

@pytest.mark.parametrize("fields", [{}, {"title": ""}, {"title": "  "}, {"title": None}], ids=repr)
def test_a_title_may_be_missing(server, ada, algebra, fields):
    answer = ada.post(algebra.path + "/live", fields)
    assert answer.status == 201 and answer["session"]["title"] == "Live class"


def test_a_hundred_characters_are_a_title_and_one_more_is_too_long(server, ada, algebra):
    answer = ada.post(algebra.path + "/live", {"title": "ß" * 101})
    assert answer.status == 422 and list(answer.errors) == ["title"]
    assert _live(ada, algebra).status == 404
    assert ada.post(algebra.path + "/live", {"title": "ß" * 100})["session"]["title"] == "ß" * 100


@pytest.mark.parametrize("title", ["two\nlines", "a\x00b", "a\x1bb", 7, ["a"], {}], ids=repr)
def test_a_title_is_one_line_of_text(server, ada, algebra, title):
    answer = ada.post(algebra.path + "/live", {"title": title})
    assert answer.status == 422 and list(answer.errors) == ["title"]
    assert _live(ada, algebra).status == 404


# Without scripts.

def test_a_class_is_started_entered_and_ended_without_scripts(teacher, student, algebra):
    page = teacher.get(algebra.path + "/sessions")
    page = page.submit(algebra.path + "/live", title="First <hour> & more")
    assert page.status == 200 and page.path == algebra.path + "/live"
    assert "First <hour> & more" in page.text
    seen = student.get(algebra.path).follow("Live now")
    assert seen.status == 200 and "First <hour> & more" in seen.text
    assert algebra.path + "/live/end" not in seen.links, "not for students"
    page = page.follow("End the live class")
    assert "First <hour> & more" in page.text
    page = page.submit(algebra.path + "/live/end")
    assert page.status == 200 and page.path.endswith("/attendance?done=ended")
    seen = student.get(algebra.path + "/live")
    assert seen.status == 404 and "First <hour> & more" in seen.text, "it leads to the past ones"


def test_the_live_class_and_its_room_are_one_page(teacher, student, ada, ben, algebra):
    room = start_live(algebra)["room"]
    for body in ("First", "Second"):
        ben.post(f"/rooms/{room}/messages", {"body": body})
    assert ada.post(f"/rooms/{room}/messages/1/remove").status == 200
    for visitor in (teacher, student):
        live, its_room = (visitor.get(path).dom.one("section", id="room").attributes
            for path in (algebra.path + "/live", f"/rooms/{room}"))
        assert live["data-removed"] == "1" and live["data-seen"] == "2"
        assert live == its_room


def test_live_now_stands_on_every_page_of_the_class(teacher, student, ada, algebra):
    post = algebra.post("Welcome")
    discussion = ada.post(algebra.path + "/discussions", {"topic": "Topic"})["discussion"]
    pages = ["", "/tags", "/people", f"/posts/{post['id']}", "/sessions", "/discussions",
        f"/discussions/{discussion['id']}", "/attendance", "/live"]
    start_live(algebra)
    for visitor in (teacher, student):
        for path in pages:
            page = visitor.get(algebra.path + path)
            assert page.status == 200 and "Live now" in page.text, path
    end_live(algebra)
    for path in pages[:-1]:
        assert "Live now" not in student.get(algebra.path + path).text, path


def test_a_form_sent_twice_leads_to_the_one_that_is_live(teacher, algebra):
    first = teacher.send(algebra.path + "/live", {"title": "First hour"})
    second = teacher.send(algebra.path + "/live", {"title": "First hour"})
    for answer in (first, second):
        assert answer.status == 303 and answer.headers["Location"] == algebra.path + "/live"
    assert len(algebra.teacher.get(algebra.path + "/sessions")["sessions"]) == 1


def test_a_wrong_title_comes_back_at_its_field(teacher, algebra):
    title = "<b>" + "t" * 100
    page = teacher.get(algebra.path + "/sessions").submit(algebra.path + "/live", title=title)
    assert page.status == 422
    form = page.form(algebra.path + "/live")
    assert form.fields["title"] == title and form.error_of("title")


def test_students_are_shown_no_form_to_start_with(student, algebra):
    page = student.get(algebra.path + "/sessions")
    assert page.status == 200
    assert algebra.path + "/live" not in [form.action for form in page.forms]
    answer = student.send(algebra.path + "/live", {"title": "Mine"})
    assert answer.status == 403 and answer.headers["Content-Type"].startswith("text/html")
    assert student.open(algebra.path + "/live/end").status == 403


def test_who_is_not_logged_in_comes_back_after_it(server, ben, algebra):
    start_live(algebra, "First hour")
    visitor = Visitor(server)
    page = visitor.get(algebra.path + "/live")
    assert page.path.startswith("/login")
    page = page.submit("/login", email=ben.email, password=ben.password)
    assert page.path == algebra.path + "/live" and "First hour" in page.text


def test_other_sites_start_and_end_nothing(teacher, ada, algebra):
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert teacher.send(algebra.path + "/live", {"title": "x"}, **foreign).status == 403
    start_live(algebra)
    assert teacher.send(algebra.path + "/live/end", {}, **foreign).status == 403
    assert _live(ada, algebra).status == 200


def test_the_page_names_where_chat_is_and_lets_it_connect_only_there(start_server, ben, algebra):
    start_live(algebra)
    given = start_server(chat_url="wss://chat.school.example/chat")
    derived = start_server(chat_listen="127.0.0.1:8123")
    for instance, url in ((given, "wss://chat.school.example/chat"),
            (derived, f"ws://{derived.host.rsplit(':', 1)[0]}:8123/chat")):
        visitor = Visitor(instance)
        visitor.log_in(ben)
        page = visitor.get(algebra.path + "/live")
        [room] = [each for each in page.dom.all("section") if "data-chat" in each]
        assert room["data-chat"] == url
        policy = page.headers["Content-Security-Policy"]
        assert f"connect-src 'self' {url};" in policy
        assert url not in visitor.get(algebra.path).headers["Content-Security-Policy"]


@pytest.mark.parametrize("host,url", [
    ("school.example", "ws://school.example:8081/chat"),
    ("school.example:8443", "ws://school.example:8081/chat"),
    ("[::1]:8080", "ws://[::1]:8081/chat"),
    ("10.0.0.7", "ws://10.0.0.7:8081/chat"),
    # Allowed in a name by RFC 3986, and the end of a directive in a policy.
    ("school.example;script-src", None),
    ("school.example,elsewhere.example", None)])
def test_chat_is_at_the_host_that_the_browser_asked(server, ben, algebra, host, url):
    start_live(algebra)
    answer = ben.client.request("GET", algebra.path + "/live", headers={
        "Host": host, "Accept": "text/html"})
    policy = answer.headers["Content-Security-Policy"]
    assert policy.count(";") == 7 and policy.count("script-src") == 1
    if url is None:
        assert "connect-src 'self';" in policy and "data-chat" not in answer.text
    else:
        assert f"connect-src 'self' {url};" in policy and f'data-chat="{url}"' in answer.text


def test_over_tls_chat_is_over_tls(tls_server, ben, algebra):
    start_live(algebra)
    answer = ben.client.at(tls_server).request("GET", algebra.path + "/live", headers={
        "Accept": "text/html"})
    assert f"connect-src 'self' wss://{tls_server.host.rsplit(':', 1)[0]}:8081/chat;" in (
        answer.headers["Content-Security-Policy"])
