"""A whole school day with a real browser; the screenshots are in build/screenshots."""

import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from accessible import problems
from support.school import create_class, new_email, new_password, sign_up, unique

CODE = re.compile(r"\b[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}\b")


@pytest.fixture(scope="module")
def check(request):
    """Screenshot and checks of the page that a browser is at."""
    def check_page(browser, name, complaints=False):
        browser.screenshot(name)
        assert problems(browser) == [], f"{name} at {browser.path}"
        said = browser.complaints()
        assert complaints or said == [], name
    return check_page


def _sign_up(browser, word):
    name, email, password = unique(word), new_email(word), new_password()
    browser.open("/")
    browser.click("Sign up")
    browser.fill("/signup", name=name, email=email, password=password)
    assert browser.path == "/classes"
    return name, email, password


def _log_out(browser):
    browser.leave(browser.all('form[action="/logout"] button')[0].click)


def test_a_school_day(teachers_browser, students_browser, check):
    teacher, student = teachers_browser, students_browser

    teacher.open("/")
    check(teacher, "01-landing")
    teacher.click("Sign up")
    check(teacher, "02-signup")
    teacher_name, email, password = _sign_up(teacher, "Teacher")
    check(teacher, "03-no-classes")

    name = unique("History")
    teacher.open("/classes/new")
    check(teacher, "04-new-class")
    teacher.fill("/classes", name=name, description="From stone to silicon.")
    teacher.see(name)
    class_path = teacher.path
    assert re.fullmatch(r"/classes/\d+", class_path)
    check(teacher, "05-new-class-made")
    code = CODE.search(teacher.text)[0]

    student_name, _, _ = _sign_up(student, "Student")
    student.open("/classes/join")
    check(student, "06-join")
    student.fill("/classes/join", code="AAAAA-AAAAA")
    check(student, "07-join-refused", complaints=True)
    student.fill("/classes/join", code=code.lower().replace("-", " "))
    student.see("You are in this class")
    assert student.path.split("?")[0] == class_path
    assert not CODE.search(student.text), "students do not hand the code out"
    check(student, "08-empty-class")

    for body, tags in (("Welcome to **history**.\n\n- bring a pen\n- bring *questions*", "news"),
            ("Read chapter one.", "homework, week 1"), ("Chapter two, too.", "homework")):
        teacher.open(class_path)
        teacher.fill(f"{class_path}/posts", body=body, tags=tags)
        teacher.see(body.split("*")[0].strip())
    check(teacher, "09-posts")

    student.driver.refresh()
    student.see("Read chapter one.")
    assert [element.text for element in student.all(".prose strong")] == ["history"]
    assert not student.all(f'form[action="{class_path}/posts"]')
    check(student, "10-students-posts")

    student.click("homework")
    student.see("Chapter two, too.")
    assert "Read chapter one." in student.text and "bring a pen" not in student.text
    check(student, "11-tag")
    student.open(class_path + "/tags")
    student.see("week 1")
    check(student, "12-tags")

    student.open(class_path + "/people")
    student.see(teacher_name)
    check(student, "13-people-for-students")
    teacher.open(class_path + "/people")
    teacher.see(student_name)
    check(teacher, "14-people-for-teachers")

    student.open("/classes")
    student.see(name)
    check(student, "15-classes")
    student.open("/account")
    check(student, "16-account")

    for browser in (teacher, student):
        _log_out(browser)
        assert browser.path == "/"
        browser.open(class_path)
        assert browser.path.startswith("/login?next=")
        assert name not in browser.text
    check(teacher, "17-login")

    teacher.fill("/login", email=email, password="not my password")
    check(teacher, "18-login-refused", complaints=True)
    assert teacher.one('[name="email"]').get_attribute("value") == email
    assert teacher.one('[name="password"]').get_attribute("value") == ""
    teacher.click("I have a code for a new password")
    check(teacher, "18-reset")
    teacher.fill("/reset", email=email, code="no code", new=password)
    check(teacher, "18-reset-refused", complaints=True)
    assert teacher.one('[name="code"]').get_attribute("value") == ""
    teacher.open(class_path)
    teacher.fill("/login", email=email, password=password)
    assert teacher.path == class_path
    teacher.open("/nowhere")
    check(teacher, "19-nowhere", complaints=True)
    teacher.open(class_path)
    _log_out(teacher)


def test_going_back_after_logging_out_shows_nothing(server, students_browser):
    browser = students_browser
    person = sign_up(server, "Backer")
    classroom = create_class(person)
    classroom.post("only for members")
    browser.open("/login")
    browser.fill("/login", email=person.email, password=person.password)
    browser.open(classroom.path)
    browser.see("only for members")
    _log_out(browser)
    browser.driver.back()
    browser.driver.refresh()
    assert "only for members" not in browser.text


def test_reloading_after_a_post_posts_nothing(server, teachers_browser):
    browser = teachers_browser
    person = sign_up(server, "Reloader")
    classroom = create_class(person)
    browser.open("/login")
    browser.fill("/login", email=person.email, password=person.password)
    browser.open(classroom.path)
    browser.fill(classroom.path + "/posts", body="just once")
    browser.see("just once")
    for _ in range(2):
        browser.driver.refresh()
        browser.see("just once")
    assert classroom.bodies() == ["just once"]
    _log_out(browser)


def test_a_post_that_is_too_long_is_not_cut_but_said(server, teachers_browser):
    browser = teachers_browser
    person = sign_up(server, "Novelist")
    classroom = create_class(person)
    browser.open("/login")
    browser.fill("/login", email=person.email, password=person.password)
    browser.open(classroom.path)
    browser.one('[name="body"]').click()
    browser.driver.execute_cdp_cmd("Input.insertText", {"text": "x" * 70000})
    browser.fill(classroom.path + "/posts", tags="novel")
    assert "shorten it by 4464 characters" in browser.one("#body-error").text
    assert browser.one('[name="body"]').get_attribute("value") == "x" * 70000
    assert classroom.bodies() == []
    browser.complaints()
    _log_out(browser)


def test_the_keyboard_is_enough_to_log_in(server, students_browser):
    browser = students_browser
    person = sign_up(server, "Typist")
    browser.open("/login")
    seen = []
    active = browser.driver.switch_to.active_element
    for _ in range(20):
        if active.get_attribute("name") == "email":
            break
        active.send_keys(Keys.TAB)
        active = browser.driver.switch_to.active_element
        seen.append(active.get_attribute("outerHTML")[:60])
    assert active.get_attribute("name") == "email", seen
    active.send_keys(person.email, Keys.TAB)
    active = browser.driver.switch_to.active_element
    assert active.get_attribute("name") == "password"
    active.send_keys(person.password)
    browser.leave(lambda: active.send_keys(Keys.ENTER))
    assert browser.path == "/classes"
    _log_out(browser)


def test_the_first_stop_of_the_keyboard_skips_to_the_content(students_browser):
    browser = students_browser
    browser.open("/")
    browser.one("body").send_keys(Keys.TAB)
    first = browser.driver.switch_to.active_element
    assert first.get_attribute("href").endswith("#main") and first.is_displayed()


def test_long_words_and_wide_tables_do_not_break_a_small_screen(server, students_browser, check):
    browser = students_browser
    person = sign_up(server, "W" * 60)
    classroom = create_class(person, "Donaudampfschifffahrtsgesellschaft" * 2)
    classroom.post("x" * 500 + "\n\n| " + " | ".join(["wide"] * 40) + " |\n|" + "---|" * 40 + "\n\n"
        "```\n" + "code " * 100 + "\n```\n\nhttps://example.org/" + "path/" * 60, "t" * 50, "verylongtag" * 4)
    browser.open("/login")
    browser.fill("/login", email=person.email, password=person.password)
    for path, name in ((classroom.path, "20-long-words"), ("/classes", "21-long-classes"),
            (classroom.path + "/people", "22-long-people"), (classroom.path + "/tags", "23-long-tags")):
        browser.open(path)
        check(browser, name)
    _log_out(browser)


def test_a_script_in_a_post_does_not_run(server, students_browser):
    browser = students_browser
    person = sign_up(server, "<script>document.title='taken'</script>")
    classroom = create_class(person, "<img src=x onerror=document.title='taken'>")
    classroom.post("<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\n\n"
        "[click](javascript:document.title='taken')")
    browser.open("/login")
    browser.fill("/login", email=person.email, password=person.password)
    for path in (classroom.path, "/classes", classroom.path + "/people"):
        browser.open(path)
        assert browser.driver.title != "taken"
        assert not browser.driver.find_elements(By.CSS_SELECTOR, "main script, main img[src=x]")
    assert browser.complaints() == []
    _log_out(browser)
