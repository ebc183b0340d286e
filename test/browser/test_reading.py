"""Posts as they are read: columns, headings, and other directions than left to right."""

import pytest

from support.school import create_class, sign_up

POST = """# Marks

## Of May

| Name | Points |
|:-----|-------:|
| Ada  |      9 |

A paragraph to the right.

\u0647\u0630\u0627 \u0648\u0627\u062c\u0628 1.

Another to the right."""


@pytest.fixture
def post(server, students_browser):
    person = sign_up(server, "Reader")
    classroom = create_class(person)
    classroom.post(POST)
    students_browser.open("/login")
    students_browser.fill("/login", email=person.email, password=person.password)
    students_browser.open(classroom.path)
    return lambda script: students_browser.driver.execute_script(
        "const post = document.querySelector('.prose');"
        "const style = (e) => getComputedStyle(e);"
        # Where a paragraph's words begin: at its left edge or elsewhere.
        "const indent = (e) => { const range = document.createRange(); range.selectNodeContents(e);"
        "  return range.getBoundingClientRect().left - e.getBoundingClientRect().left; };" + script)


def test_columns_of_a_post_are_aligned_as_they_were_written(post):
    assert post("return [...post.querySelectorAll('td')].map(e => style(e).textAlign)")[1] == "right"


def test_headings_of_a_post_differ_and_stay_below_those_of_the_page(post):
    sizes = post("return [...post.querySelectorAll('h3, h4')].map(e => parseFloat(style(e).fontSize))")
    page = post("return parseFloat(style(document.querySelector('h1')).fontSize)")
    assert page > sizes[0] > sizes[1]


def test_each_paragraph_runs_as_its_own_script_does(post):
    before, arabic, behind = post("return [...post.querySelectorAll('p')].map(indent)")
    assert before < 1 and behind < 1 and arabic > 50
