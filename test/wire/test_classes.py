"""Classes: made, listed, shown, joined by a code."""

import re

import pytest

from support.client import Client
from support.page import Visitor
from support.school import create_class, sign_up, unique


def test_who_creates_a_class_teaches_it(server, ada):
    name = unique("Class")
    answer = ada.post("/classes", {"name": name, "description": "About numbers."})
    assert answer.status == 201
    made = answer["class"]
    assert answer.headers["Location"] == f"/classes/{made['id']}"
    assert made["name"] == name and made["description"] == "About numbers."
    assert made["role"] == "instructor"
    assert re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{4,}(-?[2-9A-HJKMNP-TV-Z]+)*", made["join_code"])


def test_a_class_is_what_location_says(server, ada):
    answer = ada.post("/classes", {"name": "Here"})
    shown = ada.get(answer.headers["Location"])
    assert shown["class"]["id"] == answer["class"]["id"]
    assert shown["posts"] == [] and shown["next"] is None


@pytest.mark.parametrize("fields,wrong", [
    ({}, "name"), ({"name": ""}, "name"), ({"name": "  "}, "name"), ({"name": "n" * 101}, "name"),
    ({"name": 7}, "name"), ({"name": "a\x00"}, "name"), ({"name": "a\nb"}, "name"),
    ({"name": "ok", "description": "d" * 2001}, "description"),
    ({"name": "ok", "description": "ü" * 2001}, "description"),
    ({"name": "ok", "client_id": "ü" * 33}, "client_id"),
    ({"name": "ok", "client_id": "a\tb"}, "client_id"),
    ({"name": "ok", "description": ["list"]}, "description"),
])
def test_a_class_with_a_wrong_field_is_refused_by_name(server, ada, fields, wrong):
    answer = ada.post("/classes", fields)
    assert answer.status == 422 and list(answer.errors) == [wrong]


def test_a_list_has_every_class_that_one_is_in_and_no_other(server):
    teacher, student, stranger = sign_up(server), sign_up(server), sign_up(server)
    mine = [create_class(teacher) for _ in range(3)]
    others = create_class(stranger)
    mine[0].join(student)
    assert {each["id"] for each in teacher.get("/classes")["classes"]} == {each.id for each in mine}
    [joined] = student.get("/classes")["classes"]
    assert joined["id"] == mine[0].id
    assert joined["role"] == "student"
    assert joined["name"] == mine[0].name
    assert joined["instructor"] == {"id": teacher.id, "name": teacher.name}
    assert joined["live"] is False
    assert joined["members"] == 2
    assert {each["id"] for each in stranger.get("/classes")["classes"]} == {others.id}


def test_the_code_lets_anyone_in_as_a_student(server, ada, dora):
    classroom = create_class(ada)
    answer = dora.post("/classes/join", {"code": classroom.code})
    assert answer.status == 200
    assert answer["class"]["id"] == classroom.id
    assert answer["class"]["role"] == "student"
    assert "join_code" not in answer["class"] or answer["class"]["join_code"] is None
    assert dora.get(classroom.path).status == 200


def test_joining_twice_is_the_same_200(server, ada, dora):
    classroom = create_class(ada)
    first = dora.post("/classes/join", {"code": classroom.code})
    second = dora.post("/classes/join", {"code": classroom.code})
    assert first.status == second.status == 200
    assert first["class"] == second["class"]
    assert ada.get(classroom.path)["class"]["members"] == 2


def test_a_teacher_who_joins_by_the_code_stays_a_teacher(server, ada):
    classroom = create_class(ada)
    assert ada.post("/classes/join", {"code": classroom.code})["class"]["role"] == "instructor"


@pytest.mark.parametrize("write", [str.lower, lambda c: f" {c} ", lambda c: c.replace("-", ""),
    lambda c: " ".join(c)], ids=["small letters", "blanks around", "without hyphen", "spaced out"])
def test_a_code_is_read_as_people_write_it(server, ada, dora, write):
    classroom = create_class(ada)
    assert dora.post("/classes/join", {"code": write(classroom.code)}).status == 200


def test_an_unknown_code_is_404(server, dora):
    assert dora.post("/classes/join", {"code": "ZZZZZZZZZZ"}).status == 404


@pytest.mark.parametrize("code, status", [("", 422), ("x", 404), ("!" * 10, 404), ("A" * 500, 422), ("0O1IL", 404)])
def test_what_cannot_be_a_code_is_refused(server, dora, code, status):
    assert dora.post("/classes/join", {"code": code}).status == status


def test_guessing_codes_is_slowed_down(server, ada):
    guesser = sign_up(server)
    alphabet = "ABCDEFGHJK"
    statuses = [guesser.post("/classes/join", {"code": "ZZZZZZZZ" + alphabet[n // 10] + alphabet[n % 10]}).status
        for n in range(40)]
    assert statuses[0] == 404 and statuses[-1] == 429


def test_a_new_code_replaces_the_old_one(server, ada, dora):
    classroom = create_class(ada)
    answer = ada.post(classroom.path + "/code")
    assert answer.status == 200
    fresh = answer["class"]["join_code"]
    assert fresh != classroom.code
    assert dora.post("/classes/join", {"code": classroom.code}).status == 404
    assert dora.post("/classes/join", {"code": fresh}).status == 200


def test_only_instructors_see_and_renew_the_code(server, algebra, ada, ben):
    assert ada.get(algebra.path)["class"]["join_code"] == algebra.code
    assert algebra.code not in ben.get(algebra.path).text
    assert ben.post(algebra.path + "/code").status == 403
    assert ada.get(algebra.path)["class"]["join_code"] == algebra.code


def test_a_class_that_one_is_not_in_is_not_there(server, algebra, dora):
    assert dora.get(algebra.path).status == 404


def test_ids_are_numbers_and_times_are_utc(server, ada, algebra):
    algebra.post("When?")
    view = ada.get(algebra.path).json
    assert isinstance(view["class"]["id"], int)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", view["posts"][0]["created_at"])


def test_a_class_is_made_and_joined_without_scripts(server, ada):
    teacher, student = Visitor(server), Visitor(server)
    teacher.log_in(ada)
    learner = sign_up(server)
    student.log_in(learner)

    name = unique("Drawing")
    page = _page_with_form(teacher, "/classes").submit("/classes", name=name, description="With *pencils*")
    assert page.status == 200 and name in page.text
    code = ada.get(page.path)["class"]["join_code"]
    assert code in page.text

    page = _page_with_form(student, "/classes/join").submit("/classes/join", code=code)
    assert page.status == 200 and name in page.text
    assert code not in page.source


def _page_with_form(visitor, action):
    """The page that has that form: the list of classes, or one that it links to."""
    start = visitor.get("/classes")
    for page in [start] + [visitor.get(path) for path in dict.fromkeys(start.links)]:
        if page.status == 200 and any(form.action == action for form in page.forms):
            return page
    raise AssertionError(f"no page has a form for {action}")


def test_nobody_may_create_or_join_without_logging_in(server, algebra):
    stranger = Client(server)
    assert stranger.post("/classes", {"name": "x"}).status == 401
    assert stranger.post("/classes/join", {"code": algebra.code}).status == 401
