"""Who is in a class, as what; roles, leaving, being removed."""

import pytest

from support.page import Visitor
from support.school import create_class, sign_up


def _people(person, classroom):
    return person.get(classroom.path + "/people").json


def test_instructors_see_everyone_and_students_only_instructors(server, ada, ben, cleo, algebra):
    seen = _people(ada, algebra)
    assert [each["id"] for each in seen["instructors"]] == [ada.id]
    assert {each["id"] for each in seen["students"]} == {ben.id, cleo.id}
    seen = _people(ben, algebra)
    assert [(each["id"], each["name"]) for each in seen["instructors"]] == [(ada.id, ada.name)]
    assert "students" not in seen
    assert all(set(each) == {"id", "name"} for each in seen["instructors"])


def test_a_stranger_finds_nobody(server, dora, algebra):
    assert dora.get(algebra.path + "/people").status == 404


def test_an_instructor_makes_another_one(server, ada, ben, algebra):
    answer = ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    assert answer.status == 200
    assert {each["id"] for each in _people(ben, algebra)["instructors"]} == {ada.id, ben.id}
    assert ben.post(algebra.path + "/posts", {"body": "I may"}).status == 201


def test_an_instructor_who_becomes_a_student_may_no_longer_post(server, ada, ben, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    post = ben.post(algebra.path + "/posts", {"body": "while I could"})["post"]
    assert ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "student"}).status == 200
    assert ben.post(algebra.path + "/posts", {"body": "now I cannot"}).status == 403
    [seen] = ada.get(algebra.path)["posts"]
    assert seen["id"] == post["id"] and seen["author"]["id"] == ben.id, "history stays"


def test_the_last_instructor_stays_one(server, ada, algebra):
    assert ada.post(f"{algebra.path}/people/{ada.id}/role", {"role": "student"}).status == 409
    assert ada.post(f"{algebra.path}/people/{ada.id}/remove").status == 409
    assert ada.post(algebra.path + "/leave").status == 409
    assert ada.post(algebra.path + "/posts", {"body": "still here"}).status == 201


def test_one_of_two_instructors_may_go(server, ada, ben, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    assert ben.post(algebra.path + "/leave").status == 204
    assert ben.get(algebra.path).status == 404
    assert ada.post(algebra.path + "/leave").status == 409


def test_the_last_teacher_is_shown_who_could_teach_in_place_of_a_way_out(ada, ben, algebra, teacher):
    leave, people = algebra.path + "/leave", algebra.path + "/people"
    page = teacher.get(algebra.path + "/edit")
    for page in (page, page.submit(algebra.path + "/edit", name="")):
        links = [a["href"] for a in page.dom.one("main").all("a")]
        assert leave not in links and "last teacher" in page.text and links[-1] == people
    assert "under People" in teacher.get(leave).submit(leave).dom.one("main").text
    ada.post(f"{people}/{ben.id}/role", {"role": "instructor"})
    page = teacher.get(algebra.path + "/edit")
    assert leave in page.links and "last teacher" not in page.text


def test_who_removes_somebody_finds_the_way_to_a_new_code(ada, ben, algebra, teacher):
    path = f"{algebra.path}/people/{ben.id}/remove"
    page = teacher.get(path).follow("New class code")
    assert page.path == algebra.path + "/code" and page.form(page.path)
    assert "also" not in ada.get(path)["confirm"]


@pytest.mark.parametrize("role", ["", "admin", "Instructor", "none", None, 1])
def test_there_are_two_roles(server, ada, ben, algebra, role):
    answer = ada.post(f"{algebra.path}/people/{ben.id}/role", {} if role is None else {"role": role})
    assert answer.status == 422 and list(answer.errors) == ["role"]


def test_a_role_that_is_no_text_is_400(server, ada, ben, algebra):
    answer = ada.client.post_raw(f"{algebra.path}/people/{ben.id}/role", b"role=%ff",
        "application/x-www-form-urlencoded")
    assert answer.status == 400 and list(answer.errors) == ["role"]


def test_a_student_changes_no_role_and_removes_nobody(server, ada, ben, cleo, algebra):
    for who in (ada, ben, cleo):
        assert ben.post(f"{algebra.path}/people/{who.id}/role", {"role": "instructor"}).status == 403
        assert ben.post(f"{algebra.path}/people/{who.id}/remove").status == 403
    assert {each["id"] for each in _people(ada, algebra)["students"]} == {ben.id, cleo.id}


def test_who_is_not_in_the_class_cannot_be_changed_or_removed(server, ada, dora, algebra):
    for who in (dora.id, 999999999):
        assert ada.post(f"{algebra.path}/people/{who}/role", {"role": "instructor"}).status == 404
        assert ada.post(f"{algebra.path}/people/{who}/remove").status == 404
    assert dora.get(algebra.path).status == 404


def test_an_instructor_of_another_class_changes_nothing_here(server, dora, ben, algebra):
    create_class(dora)
    assert dora.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"}).status == 404
    assert dora.post(f"{algebra.path}/people/{ben.id}/remove").status == 404


def test_who_removes_somebody_is_told_how_to_keep_them_out(server, ada, ben, algebra):
    confirm = ada.get(f"{algebra.path}/people/{ben.id}/remove")["confirm"]
    assert "can join again: make a new one" in confirm["text"]
    assert ada.post(confirm["action"]).status == 204
    assert ada.post(algebra.path + "/code").status == 200
    assert ben.post("/classes/join", {"code": algebra.code}).status == 404


def test_who_was_removed_has_no_access_on_any_instance(server, second_server, ada, ben, algebra):
    assert ada.post(f"{algebra.path}/people/{ben.id}/remove").status == 204
    for instance in (server, second_server):
        at = ben.client.at(instance)
        for path in ("", "/posts", "/tags", "/people"):
            assert at.get(algebra.path + path).status == 404
        assert algebra.id not in [each["id"] for each in at.get("/classes")["classes"]]
    assert ben.id not in [each["id"] for each in _people(ada, algebra)["students"]]


def test_a_student_may_leave_and_come_back_with_the_code(server, ada, ben, algebra):
    assert ben.post(algebra.path + "/leave").status == 204
    assert ben.get(algebra.path).status == 404
    assert ben.post(algebra.path + "/leave").status == 404
    algebra.join(ben)
    assert ben.get(algebra.path)["class"]["role"] == "student"


def test_an_instructor_who_left_comes_back_as_a_student(server, ada, ben, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    ben.post(algebra.path + "/leave")
    algebra.join(ben)
    assert ben.get(algebra.path)["class"]["role"] == "student"


def test_members_are_counted(server, ada, ben, algebra):
    assert ada.get(algebra.path)["class"]["members"] == 3
    ben.post(algebra.path + "/leave")
    assert ada.get(algebra.path)["class"]["members"] == 2


def test_a_new_role_counts_at_once_on_a_second_instance(server, second_server, ada, ben, algebra):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    assert ben.client.at(second_server).post(algebra.path + "/posts", {"body": "hello"}).status == 201


def test_people_are_managed_without_scripts(server, ada):
    student = sign_up(server, "Student")
    classroom = create_class(ada).join(student)
    visitor = Visitor(server)
    visitor.log_in(ada)
    one = f"{classroom.path}/people/{student.id}"
    page = visitor.get(classroom.path + "/people")
    assert student.name in page.text and one + "/role" in page.links
    page = visitor.get(one + "/role").submit(one + "/role")
    assert page.status == 200 and page.path.split("?")[0] == classroom.path + "/people"
    assert student.get(classroom.path)["class"]["role"] == "instructor"
    assert one + "/remove" in page.links
    page = visitor.get(one + "/remove").submit(one + "/remove")
    assert page.status == 200
    assert student.get(classroom.path).status == 404
