"""Posts: who may, what they hold, newest first, twenty a page, once."""

import pytest

from support.page import Visitor
from support.school import create_class, unique


def test_a_post_is_created_and_read_back(server, ada, ben, algebra):
    answer = ada.post(algebra.path + "/posts", {"body": "Welcome, *all*.", "tags": ["news", "week 1"]})
    assert answer.status == 201
    post = answer["post"]
    assert post["body"] == "Welcome, *all*."
    assert post["tags"] == ["news", "week 1"]
    assert post["author"] == {"id": ada.id, "name": ada.name}
    assert isinstance(post["id"], int)
    [seen] = ben.get(algebra.path + "/posts")["posts"]
    assert seen == post
    [shown] = ben.get(algebra.path)["posts"]
    assert shown == post


def test_location_leads_to_the_post(server, ada, algebra):
    answer = ada.post(algebra.path + "/posts", {"body": "Where am I?"})
    path = answer.headers["Location"].split("#")[0]
    assert "Where am I?" in ada.get(path).text


def test_a_student_may_not_post(server, ben, algebra):
    answer = ben.post(algebra.path + "/posts", {"body": "May I?"})
    assert answer.status == 403
    assert algebra.bodies() == []


def test_a_stranger_and_another_teacher_find_no_class_to_post_to(server, dora, algebra):
    create_class(dora)
    assert dora.post(algebra.path + "/posts", {"body": "Hello"}).status == 404
    assert algebra.bodies() == []


@pytest.mark.parametrize("fields,wrong", [
    ({}, "body"), ({"body": ""}, "body"), ({"body": " \n\t "}, "body"), ({"body": 5}, "body"),
    ({"body": "x" * (64 * 1024 + 1)}, "body"), ({"body": "a\x00b"}, "body"), ({"body": "a\x1bb"}, "body"),
    ({"body": "x", "tags": ["t" * 51]}, "tags"), ({"body": "x", "tags": [f"t{n}" for n in range(11)]}, "tags"),
    ({"body": "x", "tags": [5]}, "tags"), ({"body": "x", "tags": {"a": 1}}, "tags"),
    ({"body": "x", "tags": ["a\x00b"]}, "tags"),
])
def test_a_post_with_a_wrong_field_is_refused_by_name(server, ada, algebra, fields, wrong):
    answer = ada.post(algebra.path + "/posts", fields)
    assert answer.status == 422, answer
    assert set(answer.errors) == {wrong}
    assert algebra.bodies() == []


def test_a_post_of_64_kib_with_ten_tags_of_fifty_characters_is_taken(server, algebra):
    tags = [("é" * 48) + f"{n:02}" for n in range(10)]
    post = algebra.post("x" * 64 * 1024, *tags)
    assert len(post["body"]) == 64 * 1024 and post["tags"] == tags


def test_a_body_keeps_its_lines_and_loses_the_blanks_around_it(server, algebra):
    assert algebra.post("\n  one\r\n\ttwo\n\n").get("body") == "one\n\ttwo"


@pytest.mark.parametrize("body", ["<b>bold</b>", "a & b", "\"quoted\" 'text'", "emoji 🎉 中文 עברית",
    "'; DROP TABLE mc.post; --", "{{name}} {{{name}}} {{#x}}", "%s %n %x", "\\", "null"])
def test_a_body_comes_back_as_it_was_written(server, algebra, body):
    assert algebra.post(body)["body"] == body
    assert algebra.bodies() == [body]


def test_posts_come_newest_first_twenty_a_page(server, ada, algebra):
    for n in range(45):
        algebra.post(f"post {n}")
    seen, before = [], ""
    for expected in (20, 20, 5):
        page = ada.get(f"{algebra.path}{before}").json
        assert len(page["posts"]) == expected
        seen += [post["body"] for post in page["posts"]]
        before = f"?before={page['next']}"
    assert page["next"] is None
    assert seen == [f"post {n}" for n in reversed(range(45))]


def test_a_page_that_ends_exactly_has_no_next(server, ada, algebra):
    for n in range(20):
        algebra.post(f"post {n}")
    page = ada.get(algebra.path).json
    assert len(page["posts"]) == 20 and page["next"] is None


def test_a_page_ends_with_a_mebibyte_of_posts(server, ada, algebra):
    bodies = [f"{n} ".ljust(1 << 16, "x") for n in range(20)]
    for body in bodies:
        algebra.post(body)
    seen, path = [], f"{algebra.path}/posts?limit=100"
    while path:
        page = ada.get(path).json
        seen.append([post["body"] for post in page["posts"]])
        path = page["next"] and f"{algebra.path}/posts?limit=100&before={page['next']}"
    assert seen == [bodies[:3:-1], bodies[3::-1]]


def test_limit_is_kept(server, ada, algebra):
    for n in range(5):
        algebra.post(f"post {n}")
    page = ada.get(f"{algebra.path}/posts?limit=2").json
    assert [post["body"] for post in page["posts"]] == ["post 4", "post 3"]
    page = ada.get(f"{algebra.path}/posts?limit=2&before={page['next']}").json
    assert [post["body"] for post in page["posts"]] == ["post 2", "post 1"]


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=x", "before=x", "before=-5",
    "before=0", "before=99999999999999999999", "limit=99999999999999999999", "limit=1.5"])
def test_a_wrong_query_is_a_clear_4xx(server, ada, algebra, query):
    answer = ada.get(f"{algebra.path}/posts?{query}")
    assert answer.status == 422, answer
    assert list(answer.errors) == [query.split("=")[0]]


def test_before_may_be_any_number(server, ada, algebra):
    post = algebra.post("only")
    assert ada.get(f"{algebra.path}/posts?before=1")["posts"] == []
    assert len(ada.get(f"{algebra.path}/posts?before={post['id'] + 1}")["posts"]) == 1
    assert len(ada.get(f"{algebra.path}/posts?before=9223372036854775807")["posts"]) == 1


def test_no_class_shows_anothers_posts(server, ada, algebra):
    other = create_class(ada)
    other.post("elsewhere")
    algebra.post("here")
    assert algebra.bodies() == ["here"]
    assert other.bodies() == ["elsewhere"]


def test_a_post_in_a_browser_ends_in_303_and_a_reload_posts_nothing(server, ada, algebra):
    visitor = Visitor(server)
    visitor.log_in(ada)
    text = unique("once")
    form = visitor.get(algebra.path).form(algebra.path + "/posts")
    answer = visitor.send(algebra.path + "/posts", {**form.fields, "body": text})
    assert answer.status == 303
    location = answer.headers["Location"]
    assert location.split("#")[0].split("?")[0] == algebra.path or location.startswith(algebra.path)
    for _ in range(3):
        assert text in visitor.get(location.split("#")[0]).text
    assert algebra.bodies() == [text]


def test_the_same_form_sent_twice_posts_once(server, ada, algebra):
    # A double click, or "send the form again?" answered with yes.
    visitor = Visitor(server)
    visitor.log_in(ada)
    fields = {**visitor.get(algebra.path).form(algebra.path + "/posts").fields, "body": "clicked twice"}
    first = visitor.send(algebra.path + "/posts", fields)
    second = visitor.send(algebra.path + "/posts", fields)
    assert first.status == second.status == 303
    assert first.headers["Location"] == second.headers["Location"]
    assert algebra.bodies() == ["clicked twice"]


def test_the_same_client_id_posts_once_and_another_one_again(server, ada, algebra):
    first = ada.post(algebra.path + "/posts", {"body": "retried", "client_id": "a-1"})
    again = ada.post(algebra.path + "/posts", {"body": "retried", "client_id": "a-1"})
    other = ada.post(algebra.path + "/posts", {"body": "retried", "client_id": "a-2"})
    assert first["post"]["id"] == again["post"]["id"] != other["post"]["id"]
    assert algebra.bodies() == ["retried", "retried"]


def test_the_same_client_id_in_another_class_is_another_post(server, ada, algebra):
    other = create_class(ada)
    for classroom in (algebra, other):
        classroom.post("hello", client_id="same")
    assert algebra.bodies() == other.bodies() == ["hello"]


@pytest.mark.parametrize("body", ["meant anew", "taken back"])
def test_what_was_removed_does_not_come_back_by_its_client_id(server, ada, ben, algebra, body):
    post = algebra.post("taken back", client_id="cp")
    assert ada.post(f"{algebra.path}/posts/{post['id']}/remove").status == 204
    for _ in range(2):
        again = ada.post(algebra.path + "/posts", {"body": body, "client_id": "cp"})
        assert again.status == 409
        assert "client_id" in again["detail"] and "removed" in again["detail"]
        assert "taken back" not in again.text
    assert algebra.bodies() == algebra.bodies(ben) == []
    algebra.post(body, client_id="cp-2")
    assert algebra.bodies(ben) == [body]


def test_a_page_that_was_gone_back_to_after_a_removal_asks_and_posts_anew(server, ada, algebra):
    visitor = Visitor(server)
    visitor.log_in(ada)
    action = algebra.path + "/posts"
    fields = {**visitor.get(algebra.path).form(action).fields, "body": "gone *back* to", "tags": "week 1"}
    assert visitor.send(action, fields).status == 303
    [post] = ada.get(action)["posts"]
    assert ada.post(f"{action}/{post['id']}/remove").status == 204

    page = visitor.post(action, fields)
    assert page.status == 409 and "removed" in page.text and algebra.bodies() == []
    form = page.form(action)
    assert form.fields["body"] == fields["body"] and form.fields["tags"] == fields["tags"]
    assert visitor.send(action, form.fields).status == 303
    assert algebra.bodies() == ["gone *back* to"]


def test_an_older_page_is_a_link_away_without_scripts(server, ben, algebra):
    for n in range(25):
        algebra.post(f"number-{n:02}.")
    visitor = Visitor(server)
    visitor.log_in(ben)
    page = visitor.get(algebra.path)
    assert "number-24." in page.text and "number-04." not in page.text
    [older] = [path for path in page.links if path.startswith(algebra.path) and "before=" in path][:1]
    page = visitor.get(older)
    assert "number-04." in page.text and "number-24." not in page.text


def test_students_see_no_form_to_post_with(server, ben, algebra):
    visitor = Visitor(server)
    visitor.log_in(ben)
    assert not [form for form in visitor.get(algebra.path).forms if form.action == algebra.path + "/posts"]


def test_of_two_who_edit_one_post_the_second_is_told_and_keeps_the_text(server, ada, algebra):
    post = algebra.post("Before", "week 1")
    path = f"{algebra.path}/posts/{post['id']}"
    first = ada.post(path + "/edit", {"body": "First", "tags": ["week 1"], "seen": post["created_at"]})
    assert first.status == 200
    second = {"body": "Second", "tags": [], "seen": post["created_at"]}
    assert ada.post(path + "/edit", second).status == 409
    assert ada.get(path)["post"]["body"] == "First"
    second["seen"] = first["post"]["edited_at"]
    assert ada.post(path + "/edit", second)["post"]["body"] == "Second"
    assert ada.post(path + "/edit", {"body": "Third", "tags": []}).status == 200, "who does not ask"
    assert ada.post(path + "/edit", {**second, "seen": "yesterday"}).status == 422


def test_a_form_that_is_late_comes_back_with_what_was_written(server, ada, algebra):
    post = algebra.post("Before")
    path = f"{algebra.path}/posts/{post['id']}"
    teacher, other = Visitor(server), Visitor(server)
    for each in (teacher, other):
        each.log_in(ada)
    page = teacher.get(path + "/edit")
    other.get(path + "/edit").submit(path + "/edit", body="Of the other")
    late = page.submit(path + "/edit", body="Of mine")
    assert late.status == 409 and "changed while you wrote" in late.text and path in late.links
    assert late.form(path + "/edit").fields["body"].strip() == "Of mine"
    assert algebra.bodies() == ["Of the other"]
    for _ in range(2):  # as with a double click
        assert late.submit(path + "/edit").status == 200
    assert algebra.bodies() == ["Of mine"]

    page = teacher.get(path + "/edit")
    other.get(path + "/remove").submit(path + "/remove")
    gone = page.submit(path + "/edit", body="Long thoughts")
    assert gone.status == 404 and "removed while you wrote" in gone.text
    assert gone.form(path + "/edit").fields["body"].strip() == "Long thoughts"
    assert algebra.bodies() == []
