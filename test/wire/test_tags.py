"""Tags: what a post carries, what a class has, and nothing of another class."""

from urllib.parse import quote

import pytest

from support.page import Visitor
from support.school import create_class
from support.wire import form


def _tags(person, classroom):
    return {tag["name"]: tag["posts"] for tag in person.get(classroom.path + "/tags")["tags"]}


def test_tags_are_counted(server, ben, algebra):
    algebra.post("one", "homework", "exam")
    algebra.post("two", "homework")
    algebra.post("three")
    assert _tags(ben, algebra) == {"homework": 2, "exam": 1}


def test_a_tag_shows_its_posts_of_this_class_and_no_others(server, ada, ben, algebra):
    other = create_class(ada).join(ben)
    other.post("other class", "homework")
    algebra.post("tagged", "homework")
    algebra.post("tagged too", "exam", "homework")
    algebra.post("another tag", "exam")
    algebra.post("no tag at all")
    algebra.post("similar tag", "homework2")
    assert algebra.bodies(ben, "?tag=homework") == ["tagged too", "tagged"]
    assert other.bodies(ben, "?tag=homework") == ["other class"]


def test_a_tag_of_another_class_is_empty_here(server, ada, ben, algebra):
    create_class(ada).post("other class", "secret-plan")
    assert algebra.bodies(ben, "?tag=secret-plan") == []
    assert _tags(ben, algebra) == {}


@pytest.mark.parametrize("tag", ["week 1", "a/b", "50%", "c++", "#1", "?&=", "été", "中文", "<b>", "'", "\"", "{{x}}"])
def test_a_tag_may_be_any_text(server, ben, algebra, tag):
    algebra.post("tagged", tag)
    assert _tags(ben, algebra) == {tag: 1}
    assert algebra.bodies(ben, f"?tag={quote(tag, safe='')}") == ["tagged"]


@pytest.mark.parametrize("query", ["e%CC%81t%C3%A9", "%20%C3%A9t%C3%A9+", "%C3%A9t%C3%A9%E2%80%83"])
def test_a_tag_is_found_however_it_is_typed(server, ben, algebra, query):
    # The contract: all text is normalised at the edges. Decomposed, blanks around, an em space.
    algebra.post("tagged", "\u00e9t\u00e9")
    assert algebra.bodies(ben, f"?tag={query}") == ["tagged"]


@pytest.mark.parametrize("query, status", [("a%00b", 422), ("%00", 422), ("a%0Ab", 422), ("%C2%85a%1B", 422),
    ("%ff", 400), ("%ED%A0%80", 400)])
def test_a_tag_that_no_post_can_have_is_refused(server, ben, algebra, query, status):
    answer = ben.get(f"{algebra.path}/posts?tag={query}")
    assert answer.status == status
    if status == 422:
        assert [each["field"] for each in answer["errors"]] == ["tag"]


def test_a_tag_twice_on_a_post_is_once(server, ada, algebra):
    assert algebra.post("x", "a", "b", "a", " a ")["tags"] == ["a", "b"]


@pytest.mark.parametrize("tags", [[""], ["a", "  "], ["\u2003", "a"], ""])
def test_an_empty_tag_is_refused_where_nobody_separates_them(server, ada, algebra, tags):
    answer = ada.client.post(algebra.path + "/posts", {"body": "x", "tags": tags})
    assert answer.status == 422 and "empty" in answer.errors["tags"]


@pytest.mark.parametrize("fields,tags", [
    ({"tags": "a"}, ["a"]),
    ({"tags": ["a", "b"]}, ["a", "b"]),
    ({"tags": "a, b ,c"}, ["a", "b", "c"]),
    ({"tags": ""}, []),
    ({"tags": ["", "a", "  "]}, ["a"]),
    ({"tags": ", a,,b, "}, ["a", "b"]),
    ({}, []),
])
def test_a_form_gives_tags_as_repeated_fields_or_with_commas(server, ada, algebra, fields, tags):
    answer = ada.client.post_raw(algebra.path + "/posts", form(body="x", **fields),
        "application/x-www-form-urlencoded")
    assert answer.status == 201
    assert answer["post"]["tags"] == tags


def test_tags_page_through_like_posts(server, ben, algebra):
    for n in range(5):
        algebra.post(f"tagged {n}", "t")
        algebra.post(f"other {n}")
    page = ben.get(f"{algebra.path}/posts?tag=t&limit=3").json
    assert [post["body"] for post in page["posts"]] == ["tagged 4", "tagged 3", "tagged 2"]
    page = ben.get(f"{algebra.path}/posts?tag=t&limit=3&before={page['next']}").json
    assert [post["body"] for post in page["posts"]] == ["tagged 1", "tagged 0"]
    assert page["next"] is None


def test_a_stranger_sees_no_tags(server, dora, algebra):
    algebra.post("x", "hidden")
    assert dora.get(algebra.path + "/tags").status == 404
    assert dora.get(algebra.path + "/posts?tag=hidden").status == 404


def test_the_tag_page_groups_posts_by_tag(server, ben, algebra):
    algebra.post("first body", "alpha")
    algebra.post("second body", "beta")
    algebra.post("untagged body")
    visitor = Visitor(server)
    visitor.log_in(ben)
    page = visitor.get(algebra.path + "/tags")
    assert page.status == 200
    assert "alpha" in page.text and "beta" in page.text
    assert "first body" in page.text and "second body" in page.text
    assert "untagged body" not in page.text


def test_a_tag_on_a_page_leads_to_its_posts(server, ben, algebra):
    algebra.post("wanted body", "this & that")
    algebra.post("other body", "other")
    visitor = Visitor(server)
    visitor.log_in(ben)
    page = visitor.get(algebra.path).follow("this & that")
    assert page.status == 200
    assert "wanted body" in page.text and "other body" not in page.text
