"""A teacher removes what should not have been written: it goes from every page."""

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions
from selenium.webdriver.support.ui import WebDriverWait

from chromium import PHONE, WITHOUT_SCRIPTS
from room import check, choose, connected, ends, enter, said, say_many, shows, wait, write, write_by_wire
from support.chat import end_live, start_live
from support.wait import PATIENCE


def test_what_a_teacher_removes_goes_from_every_page_at_once(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    ben.post(f"/rooms/{room}/messages", {"body": "good"})
    teacher, student = enter(site_browser(ada), room), enter(site_browser(ben, PHONE), room)
    write(student, "<b>bad</b> words")
    shows(teacher, "good", "<b>bad</b> words")
    removals = lambda browser: browser.driver.find_elements("css selector", "#room-messages .remove")
    assert len(removals(teacher)) == 2 and removals(student) == []
    assert removals(teacher)[1].accessible_name.startswith(f"Remove what {ben.name} wrote, ")
    removals(teacher)[1].click()
    assert teacher.one("dialog .said").text == "<b>bad</b> words"
    assert teacher.one("dialog").accessible_name == "Remove this for everybody?"
    assert teacher.driver.switch_to.active_element.text == "Cancel"
    check(teacher, "52-remove")
    choose(teacher, "Cancel")
    shows(teacher, "good", "<b>bad</b> words")
    removals(teacher)[1].click()
    choose(teacher, "Remove")
    for browser in (teacher, student):
        shows(browser, "good")
        assert browser.one("#room-messages .gone").text == "Removed by a teacher."
        assert browser.path == f"/rooms/{room}"
        connected(browser)
    assert len(removals(teacher)) == 1
    focus = teacher.driver.switch_to.active_element
    assert focus.get_attribute("data-seq") == "2", "one goes on from there"
    write(student, "and on")
    shows(teacher, "good", "and on")
    check(teacher, "53-removed")
    check(student, "54-removed")


def test_all_that_one_person_wrote_goes_at_once(site_browser, people, classroom):
    ada, ben, cleo = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 60)
    cleo.post(f"/rooms/{room}/messages", {"body": "good"})
    say_many(ben, room, 2)
    teacher, student = enter(site_browser(ada), room), enter(site_browser(cleo, PHONE), room)
    words = f"Remove all that {ben.name} wrote here"
    for answer in ("dismiss", "accept"):
        assert len(said(student)) == 50
        teacher.all("#room-messages .remove")[-1].click()
        choose(teacher, words)
        # It is asked once the dialog has told that it is closed, which is behind the click.
        WebDriverWait(teacher.driver, PATIENCE).until(expected_conditions.alert_is_present())
        question = teacher.driver.switch_to.alert
        assert words in question.text
        getattr(question, answer)()
    for browser in (teacher, student):
        shows(browser, "good")
        assert browser.path == f"/rooms/{room}"
    assert teacher.driver.switch_to.active_element.get_attribute("data-seq") == "63"
    teacher.driver.execute_script("document.getElementById('room-older').click()")
    wait(teacher, lambda: len(teacher.all("#room-messages .gone")) == 62, "what is older is gone as well")
    assert len(teacher.all("#room-messages .remove")) == 1, "what is gone is not removed again"
    assert [m["body"] for m in ben.get(f"/rooms/{room}/messages?limit=100")["messages"] if m["body"]] == ["good"]
    write(student, "and on")
    shows(teacher, "good", "and on")


def test_many_that_are_removed_are_not_announced_one_by_one(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 3)
    student = enter(site_browser(ben), room)
    ada.post(f"/rooms/{room}/messages/1/remove/all", {})
    wait(student, lambda: len(student.all("#room-messages .gone")) == 3, "all are gone")
    assert all(gone.get_attribute("aria-live") == "off" for gone in student.all("#room-messages .gone"))


def test_what_was_removed_while_one_was_away_goes_when_one_is_back(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    write_by_wire(student, "bad words")
    student.driver.execute_script("wire.close(); WebSocket.prototype.send = send;")
    ada.post(f"/rooms/{room}/messages/1/remove", {})
    wait(student, lambda: student.one("#room-messages").text.endswith("Removed by a teacher."), "it is gone")
    assert said(student) == []


@pytest.mark.parametrize("before", [0, 2], ids=["empty", "written in"])
def test_what_is_removed_when_a_class_is_over_goes_from_open_pages(
        site_browser, people, classroom, before):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ben, room, before)
    student = enter(site_browser(ben, PHONE), room)
    say_many(ben, room, 3)
    wait(student, lambda: len(said(student)) == before + 3, "what is said")
    end_live(classroom)
    wait(student, lambda: "This has ended" in student.one("#room-state").text, "the end")
    assert ends(student, "#room-log") <= student.look.size[1], "the newest stay in sight"
    left = said(student)
    # The first that is shown, and one that came.
    for seq in (before + 2, 1):
        ada.post(f"/rooms/{room}/messages/{seq}/remove", {})
        left.pop(seq - 1)
    shows(student, *left)
    assert len(left) == before + 1 and left[-1] == "message 2"


def test_what_is_removed_in_the_moment_in_which_it_comes_is_not_shown(site_browser, people, classroom):
    _, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    write_by_wire(student, "good")
    student.driver.execute_script("""const say = (event) => wire.onmessage({ data: JSON.stringify(event) });
        say({ type: "message", room: arguments[0], seq: 2, from: { id: 1, name: "Cleo", role: "student" },
            body: "bad", at: "2026-11-29T10:00:00Z" });
        say({ type: "removed", room: arguments[0], seqs: [2] });""", room)
    wait(student, lambda: "Removed by a teacher." in student.one("#room-log").text, "it is gone")
    assert said(student) == ["good"]
    student.driver.execute_async_script(
        "requestAnimationFrame(() => requestAnimationFrame(arguments[0]))")
    assert student.complaints() == []


def test_what_was_asked_for_before_it_was_removed_is_not_shown(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 60)
    student = enter(site_browser(ben), room)
    student.driver.execute_script("""const ask = fetch;
        fetch = async (...words) => {
            const answer = await ask(...words);
            await new Promise((goOn) => { window.goOn = goOn; });
            return answer;
        };
        document.getElementById("room-older").click();""")
    wait(student, lambda: student.driver.execute_script("return Boolean(window.goOn)"), "it is read")
    ada.post(f"/rooms/{room}/messages/5/remove", {})
    ada.post(f"/rooms/{room}/messages/60/remove", {})
    wait(student, lambda: "message 59" not in said(student), "both are told")
    student.driver.execute_script("goOn()")
    wait(student, lambda: len(said(student)) == 58, "all of it")
    assert "message 4" not in said(student)


def test_a_removal_that_fails_is_said_and_leaves_one_where_one_is(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 1)
    teacher = enter(site_browser(ada), room)
    for answer, why in (("Promise.reject(new Error())", "Please try again."),
            ("""Promise.resolve(new Response('{"detail": "You may not."}', { status: 403 }))""", "You may not.")):
        teacher.driver.execute_script(f"fetch = () => {answer}")
        teacher.one("#room-messages .remove").click()
        choose(teacher, "Remove")
        WebDriverWait(teacher.driver, PATIENCE).until(expected_conditions.alert_is_present())
        assert teacher.driver.switch_to.alert.text == f"It could not be removed. {why}"
        teacher.driver.switch_to.alert.accept()
    assert teacher.path == f"/rooms/{room}" and said(teacher) == ["message 0"]


def test_the_keyboard_stops_once_at_what_removes_and_arrows_lead_on(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 50)
    teacher = enter(site_browser(ada), room)
    focus = lambda: teacher.driver.execute_script("""const focus = document.activeElement;
        return focus.className === "remove" && focus.tabIndex === 0 ? Number(focus.closest("li").dataset.seq) : focus.id;""")
    stops = lambda: teacher.driver.execute_script(
        "return Array.from(document.querySelectorAll('.remove')).filter((link) => link.tabIndex === 0).length")
    press = lambda *keys: ActionChains(teacher.driver).send_keys(*keys).perform()
    back = lambda: ActionChains(teacher.driver).key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
    teacher.one("#body").click()
    back()
    assert focus() == 50, "the newest"
    for key, seq in ((Keys.DOWN, 50), (Keys.UP, 49), (Keys.UP, 48), (Keys.DOWN, 49), (Keys.HOME, 1), (Keys.UP, 1),
            (Keys.END, 50), (Keys.UP, 49)):
        press(key)
        assert (focus(), stops()) == (seq, 1)
    ben.post(f"/rooms/{room}/messages", {"body": "one more"})
    wait(teacher, lambda: said(teacher)[-1] == "one more", "it comes")
    assert focus() == 49, "it stays where it is"
    press(Keys.TAB)
    assert focus() == "body"
    back()
    assert focus() == 49, "and comes back there"
    back()
    assert focus() == "room-log"
    teacher.one("#body").click()
    write(teacher, "mine")
    wait(teacher, lambda: said(teacher)[-1] == "mine", "it is there")
    back()
    assert focus() == 52
    press(Keys.UP, Keys.ENTER)
    wait(teacher, lambda: teacher.all("dialog"), "it asks")
    choose(teacher, "Remove")
    wait(teacher, lambda: teacher.all("#room-messages .gone"), "it is gone")
    assert teacher.driver.switch_to.active_element.get_attribute("data-seq") == "51"
    press(Keys.UP)
    assert (focus(), stops()) == (50, 1)


def _stops(browser):
    """The messages whose link the keyboard stops at."""
    return browser.driver.execute_script("""const links = Array.from(document.querySelectorAll(".remove"));
        return links.filter((link) => link.tabIndex === 0).map((link) => Number(link.closest("li").dataset.seq));""")


def test_the_keyboard_stops_where_it_was_when_older_messages_come(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 60)
    teacher = enter(site_browser(ada), room)
    teacher.driver.execute_script("""document.querySelector("[data-seq='59'] .remove").focus();
        document.getElementById("body").focus();
        document.getElementById("room-older").click();""")
    wait(teacher, lambda: len(said(teacher)) == 60, "all of them")
    assert _stops(teacher) == [59]


def test_the_keyboard_stops_at_older_messages_when_no_other_can_be_removed(site_browser, people, classroom):
    ada, ben, cleo = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 10)
    say_many(cleo, room, 50)
    ada.post(f"/rooms/{room}/messages/60/remove/all", {})
    teacher = enter(site_browser(ada), room)
    assert _stops(teacher) == []
    teacher.driver.execute_script("document.getElementById('room-older').click()")
    wait(teacher, lambda: len(said(teacher)) == 10, "all of them")
    assert _stops(teacher) == [10]


def test_who_has_removed_all_there_was_comes_to_what_comes_next(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 1)
    teacher = enter(site_browser(ada), room)
    described = lambda: "Remove" in (teacher.one("#room-log").get_attribute("aria-description") or "")
    assert _stops(teacher) == [1] and described()
    teacher.one("#room-messages .remove").click()
    choose(teacher, "Remove")
    shows(teacher)
    assert _stops(teacher) == [] and not described()
    assert teacher.driver.switch_to.active_element.get_attribute("data-seq") == "1"
    say_many(ben, room, 1)
    shows(teacher, "message 0")
    assert _stops(teacher) == [2] and described()


def test_without_scripts_the_keyboard_reaches_all_that_removes(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ben, room, 3)
    teacher = site_browser(ada, WITHOUT_SCRIPTS)
    teacher.open(f"/rooms/{room}")
    assert [link.get_attribute("tabindex") for link in teacher.all(".remove")] == [None] * 3
