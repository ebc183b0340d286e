"""Posts as they are read: columns, headings, and other directions than left to right."""

import pytest

from chromium import DESKTOP
from support.chat import end_live, start_live
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
def on_paper(students_browser):
    """As the printer sees the page, which knows neither dark nor buttons."""
    def emulate(media):
        scheme = {"name": "prefers-color-scheme", "value": students_browser.look.scheme}
        students_browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
            {"media": media, "features": [scheme]})
    yield lambda: emulate("print")
    emulate("")


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


def test_attendance_is_printed_black_on_white_without_what_one_clicks(server, students_browser, on_paper):
    teacher, student = sign_up(server, "Printer"), sign_up(server, "Attender")
    classroom = create_class(teacher)
    classroom.join(student)
    session = start_live(classroom)
    end_live(classroom)
    students_browser.open("/login")
    students_browser.fill("/login", email=teacher.email, password=teacher.password)
    students_browser.open(f"{classroom.path}/sessions/{session['id']}/attendance")
    students_browser.see("Correct")
    on_paper()
    assert student.name in students_browser.text and classroom.name in students_browser.text
    for word in ("Correct", "Download", "Log out", "Discussions"):
        assert word not in students_browser.text
    ground, ink = students_browser.driver.execute_script(
        "const style = getComputedStyle(document.body); return [style.backgroundColor, style.color];")
    assert ground == "rgb(255, 255, 255)"
    assert max(int(part) for part in ink[4:-1].split(",")) < 64


def test_a_long_line_of_code_ends_on_paper(server, students_browser, on_paper):
    person = sign_up(server, "Coder")
    classroom = create_class(person)
    classroom.post("```\n" + "x" * 2000 + "\n```")
    students_browser.open("/login")
    students_browser.fill("/login", email=person.email, password=person.password)
    students_browser.open(classroom.path)
    on_paper()
    wanted, there = students_browser.driver.execute_script(
        "const code = document.querySelector('.prose pre'); return [code.scrollWidth, code.clientWidth];")
    assert wanted <= there


def test_the_tab_that_is_open_is_in_sight(server, students_browser):
    person = sign_up(server, "Tabber")
    classroom = create_class(person)
    students_browser.open("/login")
    students_browser.fill("/login", email=person.email, password=person.password)
    for tab in ("", "/sessions", "/attendance", "/edit"):
        students_browser.open(classroom.path + tab)
        left, right, width = students_browser.driver.execute_script(
            "const box = document.querySelector('.tabs [aria-current]').getBoundingClientRect();"
            "return [box.left, box.right, innerWidth];")
        assert 0 <= left and right <= width, tab


def test_with_a_mouse_all_tabs_are_in_sight_in_a_narrow_window(server, new_browser):
    browser = new_browser(DESKTOP)
    person = sign_up(server, "Narrow")
    classroom = create_class(person)
    browser.open("/login")
    browser.fill("/login", email=person.email, password=person.password)
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
        {"width": 500, "height": 800, "deviceScaleFactor": 1, "mobile": False})
    browser.open(classroom.path)
    wanted, there = browser.driver.execute_script(
        "const tabs = document.querySelector('.tabs'); return [tabs.scrollWidth, tabs.clientWidth];")
    assert wanted <= there
