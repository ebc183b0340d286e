"""What is new in discussions and private threads shows, and no longer once it was seen."""

import pytest

from chromium import PHONE, WITHOUT_SCRIPTS
from room import check, connected, enter, hide, said, say_many, shows, wait, write
from support.chat import discuss, open_thread

BADGE = "[data-unread]"

# An hour later somebody comes back to the page, which asks what is new.  It is counted when whoever
# asked has had the answer; what is read is not told.
COME_BACK = """let later = 0;
    const now = Date.now, asked = fetch;
    window.answered = 0;
    Date.now = () => now() + later;
    window.fetch = async (url, ...rest) => {
        if (url.endsWith("/read"))
            return new Promise(() => {});
        const answer = await asked(url, ...rest);
        if (url.includes("/unread")) {
            const json = answer.json.bind(answer);
            answer.json = async () => {
                const body = await json();
                setTimeout(() => answered++);
                return body;
            };
        }
        return answer;
    };
    window.comeBack = () => {
        later += 3600e3;
        document.dispatchEvent(new Event("visibilitychange"));
    };"""


def _come_back(browser):
    """What is new has been asked for once more, and what came of it is shown."""
    before = browser.driver.execute_script(f"if (!window.comeBack) {{ {COME_BACK} }} comeBack(); return answered")
    wait(browser, lambda: browser.driver.execute_script("return answered") > before, "it is asked")


def _unread(person, classroom, what="discussions"):
    return [each["unread"] for each in person.get(classroom.path + "/discussions")[what]]


def test_a_teacher_is_told_on_every_page_of_the_class_that_a_student_wrote_privately(
        site_browser, people, classroom):
    ada, ben, _ = people
    discussion = discuss(classroom, "Why is Pluto no planet?")
    room = open_thread(classroom, discussion, ben)
    teacher = site_browser(ada, PHONE)
    teacher.open(classroom.path)
    _come_back(teacher)
    assert teacher.one(BADGE).text == ""
    student = enter(site_browser(ben), room)
    write(student, "May I write about Pluto?")
    wait(student, lambda: _unread(ada, classroom, "threads") == [1], "it is stored")
    teacher.open(classroom.path + "/people")
    wait(teacher, lambda: teacher.one(BADGE).text == "New messages", "it says so")
    assert teacher.one("#main > [role=status]").get_property("textContent") == "", "with the page, it is no news"
    check(teacher, "68-unread-badge")
    teacher.click("New messages")
    assert teacher.path == classroom.path + "/discussions"
    wait(teacher, lambda: teacher.one(BADGE).text == "New messages", "it says so")
    assert "1 new" in teacher.text
    check(teacher, "69-unread-discussions")
    teacher.open(f"{classroom.path}/discussions/{discussion['id']}")
    assert "1 new" in teacher.text
    check(teacher, "70-unread-threads")
    teacher.click(ben.name, within="aside")
    connected(teacher)
    teacher.open(classroom.path + "/discussions")
    assert "1 new" not in teacher.text
    _come_back(teacher)
    assert teacher.one(BADGE).text == ""


def test_the_badge_is_not_about_the_room_that_is_open(site_browser, people, classroom):
    ada, ben, _ = people
    discussion = discuss(classroom)
    student = enter(site_browser(ben), discussion["room"])
    _come_back(student)
    say_many(ada, discussion["room"], 1)
    shows(student, "message 0")
    _come_back(student)
    assert _unread(ben, classroom) == [1], "it cannot be told"
    assert student.one(BADGE).text == ""
    say_many(ada, open_thread(classroom, discussion, ben), 1)
    student.one("#body").send_keys("typing")
    top = student.one("#body").rect["y"] - student.driver.execute_script("return scrollY")
    _come_back(student)
    assert student.one(BADGE).text == "New messages"
    assert abs(student.one("#body").rect["y"] - student.driver.execute_script("return scrollY") - top) <= 1
    check(student, "73-unread-elsewhere")


def test_what_comes_while_the_page_is_seen_is_read(site_browser, people, classroom):
    ada, ben, _ = people
    room = discuss(classroom)["room"]
    student = enter(site_browser(ben), room)
    say_many(ada, room, 3)
    shows(student, "message 0", "message 1", "message 2")
    wait(student, lambda: _unread(ben, classroom) == [0], "it is told")
    # It would be hours until it is told, if one stayed.
    student.driver.execute_script("Math.random = () => 1e4")
    say_many(ada, room, 1)
    wait(student, lambda: len(said(student)) == 4, "one more")
    student.open(classroom.path)
    wait(student, lambda: _unread(ben, classroom) == [0], "it is told on leaving")
    assert student.complaints() == []


# The page that a link leads to says what is still new.
@pytest.mark.parametrize("turn", [
    lambda student: student.driver.execute_script("document.querySelector('.crumb a').focus()"),
    lambda student: hide(student, True)], ids=["to a link", "away"])
def test_what_is_read_is_told_as_one_turns(site_browser, people, classroom, turn):
    ada, ben, _ = people
    room = discuss(classroom)["room"]
    student = enter(site_browser(ben), room)
    student.driver.execute_script("Math.random = () => 1e4")
    say_many(ada, room, 1)
    shows(student, "message 0")
    assert _unread(ben, classroom) == [1]
    turn(student)
    wait(student, lambda: _unread(ben, classroom) == [0], "it is told")


def test_what_comes_while_the_page_is_not_seen_is_new_until_it_is(site_browser, people, classroom):
    ada, ben, _ = people
    room = discuss(classroom)["room"]
    student = enter(site_browser(ben), room)
    say_many(ada, room, 1)
    wait(student, lambda: _unread(ben, classroom) == [0], "it is told")
    student.driver.execute_script("""window.told = 0;
        const asked = fetch;
        fetch = (url, ...rest) => { told += url.endsWith("/read"); return asked(url, ...rest); };""")
    hide(student, True)
    say_many(ada, room, 2)
    wait(student, lambda: len(said(student)) == 3, "both come")
    # Leaving tells what was seen, and these were not.
    student.driver.execute_script("dispatchEvent(new Event('pagehide'))")
    assert student.driver.execute_script("return told") == 0 and _unread(ben, classroom) == [2]
    hide(student, False)
    wait(student, lambda: _unread(ben, classroom) == [0], "it is told")


def test_what_could_not_be_told_is_told_with_the_next(site_browser, people, classroom):
    ada, ben, _ = people
    room = discuss(classroom)["room"]
    student = enter(site_browser(ben), room)
    student.driver.execute_script("""window.failed = 0;
        window.fetched = fetch;
        fetch = (url, ...rest) => {
            if (!url.endsWith("/read"))
                return fetched(url, ...rest);
            setTimeout(() => failed++);
            return Promise.reject(new Error());
        };""")
    say_many(ada, room, 1)
    wait(student, lambda: student.driver.execute_script("return failed") == 1, "it fails")
    assert _unread(ben, classroom) == [1]
    student.driver.execute_script("fetch = fetched")
    say_many(ada, room, 1)
    wait(student, lambda: _unread(ben, classroom) == [0], "both are told")
    # Or when the page is left, if nothing comes.
    student.driver.execute_script("""fetch = (url, ...rest) => {
            if (!url.endsWith("/read"))
                return fetched(url, ...rest);
            const json = async () => { setTimeout(() => failed++); return { detail: "Not now." }; };
            return Promise.resolve({ status: 503, json });
        };""")
    say_many(ada, room, 1)
    wait(student, lambda: student.driver.execute_script("return failed") == 2, "it fails")
    student.driver.execute_script("fetch = fetched; dispatchEvent(new Event('pagehide'))")
    wait(student, lambda: _unread(ben, classroom) == [0], "all are told")


@pytest.mark.parametrize("look", [WITHOUT_SCRIPTS, PHONE], ids=str)
def test_all_can_be_marked_at_once(site_browser, people, classroom, look):
    ada, ben, _ = people
    for topic in ("Comets", "Moons"):
        say_many(ada, discuss(classroom, topic)["room"], 2)
    student = site_browser(ben, look)
    student.open(classroom.path + "/discussions")
    assert student.text.count("2 new") == 2
    check(student, "71-unread")
    student.click("Mark discussions and private messages as read")
    assert student.path == classroom.path + "/discussions" and "new" not in student.text
    assert _unread(ben, classroom) == [0, 0]
    check(student, "72-unread-none")


def test_who_has_the_class_page_open_sees_that_there_are_new_posts(site_browser, people, classroom):
    ada, ben, _ = people
    teacher, student = site_browser(ada), site_browser(ben, PHONE)
    for browser in (teacher, student):
        browser.open(classroom.path)
        _come_back(browser)
        assert browser.one("[data-new-posts]").text == ""
    for n, words in enumerate(("1 new post", "2 new posts")):
        classroom.post(f"Chapter {n}")
        _come_back(student)
        assert student.one("[data-new-posts]").text == words
        assert words in student.one("#main > [role=status]").get_attribute("textContent")
    check(student, "76-new-posts")
    _come_back(teacher)
    assert teacher.one("[data-new-posts]").text == "", "one's own are none"
    student.click("2 new posts")
    student.see("Chapter 1")
    _come_back(student)
    assert student.one("[data-new-posts]").text == ""
    classroom.post("Chapter 2")
    _come_back(student)
    assert student.one("[data-new-posts]").text == "1 new post"
    student.driver.execute_script("document.querySelector('[data-new-posts] a').focus()")
    classroom.post("Chapter 3")
    _come_back(student)
    assert student.one("[data-new-posts]").text == "1 new post", "where the keyboard is"
    student.driver.execute_script("document.activeElement.blur()")
    _come_back(student)
    assert student.one("[data-new-posts]").text == "2 new posts"


def test_new_messages_and_new_posts_are_announced_together(site_browser, people, classroom):
    ada, ben, _ = people
    room = discuss(classroom)["room"]
    student = site_browser(ben)
    student.open(classroom.path)
    _come_back(student)
    say_many(ada, room, 1)
    classroom.post("Chapter 1")
    _come_back(student)
    assert student.one("#main > [role=status]").get_attribute("textContent") == \
        "There are new messages. 1 new post."
