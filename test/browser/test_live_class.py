"""A live class, discussions and private threads in real browsers; mc-chatd is killed meanwhile."""

import base64
import re

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from accessible import problems
from chromium import Browser, Look
from support.chat import discuss, end_live, start_live
from support.school import create_class, sign_up

DESKTOP = Look("desktop", "light", True)
PHONE = Look("phone", "dark", True)
WITHOUT_SCRIPTS = Look("phone", "light", False)
SHOWN = "#room-messages .said"
WAITING = ".log .pending"


@pytest.fixture(scope="module")
def site(start_module_server, start_module_chatd):
    chatd = start_module_chatd()
    server = start_module_server(chat_url=f"ws://{chatd.address}/chat")
    return server, chatd


@pytest.fixture(scope="module")
def site_browser(site):
    """Browsers of this site, one a look and number, kept for the file."""
    made = {}

    def browser_of(person, look=DESKTOP, number=0):
        if (look, number) not in made:
            made[look, number] = Browser(site[0], look)
        browser = made[look, number].forget()
        browser.driver.execute_cdp_cmd("Network.setCookie", {"name": "mc_session",
            "value": person.token, "url": f"http://{site[0].host}/", "httpOnly": True})
        return browser

    yield browser_of
    for browser in made.values():
        browser.quit()


@pytest.fixture
def people(site):
    return [sign_up(site[0], name) for name in ("Ada", "Ben", "Cleo")]


@pytest.fixture
def classroom(people):
    ada, *students = people
    return create_class(ada, "Astronomy").join(*students)


def _wait(browser, condition, what):
    WebDriverWait(browser.driver, 20).until(lambda _: condition(), f"{what} on {browser.path}")


def _said(browser):
    # Of all, also of those that are scrolled out of sight.
    return browser.driver.execute_script(
        "return Array.from(document.querySelectorAll(arguments[0]), (e) => e.textContent)", SHOWN)


def _shows(browser, *messages):
    _wait(browser, lambda: _said(browser) == list(messages),
        f"{messages}, not {_said(browser)}")


def _connected(browser):
    _wait(browser, lambda: browser.one("#room-state").text == "Connected", "connected")


def _enter(browser, room):
    browser.open(f"/rooms/{room}")
    _connected(browser)
    return browser


def _write(browser, words):
    browser.one("#body").send_keys(words, Keys.ENTER)


def _check(browser, name, complaints=False):
    browser.screenshot(name)
    assert problems(browser) == [], f"{name} at {browser.path}"
    said = browser.complaints()
    assert complaints or said == [], name


def test_what_one_writes_the_others_see_without_a_reload(site_browser, people, classroom):
    ada, ben, cleo = people
    teacher, student = site_browser(ada), site_browser(ben, number=1)
    teacher.open(classroom.path)
    teacher.open(classroom.path + "/sessions")
    teacher.fill(classroom.path + "/live", title="The moons of Jupiter")
    _connected(teacher)
    room = teacher.one("#room").get_attribute("data-room")
    student.open(classroom.path)
    student.click("Live now")
    assert student.one("#room").get_attribute("data-room") == room
    _connected(student)
    _write(teacher, "Good morning")
    _shows(student, "Good morning")
    _write(student, "Good morning, Ada")
    _shows(teacher, "Good morning", "Good morning, Ada")
    _write(student, "<b>not bold</b>")
    _shows(teacher, "Good morning", "Good morning, Ada", "<b>not bold</b>")
    late = _enter(site_browser(cleo, PHONE), room)
    _shows(late, "Good morning", "Good morning, Ada", "<b>not bold</b>")
    _write(late, "Sorry, the bus")
    _shows(teacher, "Good morning", "Good morning, Ada", "<b>not bold</b>", "Sorry, the bus")
    _shows(student, "Good morning", "Good morning, Ada", "<b>not bold</b>", "Sorry, the bus")
    _check(teacher, "30-live-teacher")
    _check(late, "31-live-student")


def test_who_is_here_is_named_to_the_teacher_only(site_browser, people, classroom):
    ada, ben, cleo = people
    room = start_live(classroom)["room"]
    teacher = _enter(site_browser(ada), room)
    student = _enter(site_browser(ben, number=1), room)
    late = _enter(site_browser(cleo, PHONE), room)
    # In one moment: between two looks at the same item it may have gone.
    names = lambda browser: sorted(browser.driver.execute_script("return Array.from("
        "document.querySelectorAll('#here-people li'), (item) => item.innerText.split('\\n')[0])"))
    _wait(teacher, lambda: len(names(teacher)) == 3, "three people")
    assert all(any(person.name in name for name in names(teacher)) for person in people)
    for browser in (student, late):
        _wait(browser, lambda: browser.one("#here-count").text == "3", "three")
        assert [ada.name in name for name in names(browser)] == [True]
    assert cleo.name not in student.driver.page_source
    assert ben.name not in late.driver.page_source
    late.open("/classes")
    _wait(student, lambda: student.one("#here-count").text == "2", "two")
    _wait(teacher, lambda: len(names(teacher)) == 2, "two people")


def test_a_killed_daemon_costs_the_pages_nothing(site, site_browser, people, classroom):
    ada, ben, _ = people
    chatd = site[1]
    room = start_live(classroom)["room"]
    teacher = _enter(site_browser(ada), room)
    student = _enter(site_browser(ben, number=1), room)
    for browser in (teacher, student):
        browser.driver.execute_script("window.same = true")
    _write(student, "before")
    _shows(teacher, "before")
    chatd.kill()
    # It is away: what is typed waits, and can be seen to wait, until it is stored by the other door.
    student.driver.execute_script("""window.pendings = [];
        new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(
            (node) => { if (node.classList?.contains("pending")) pendings.push(node.innerText); })))
            .observe(document.getElementById("room-log"), { subtree: true, childList: true });""")
    for n in range(5):
        _write(student, f"while away {n}")
    pendings = student.driver.execute_script("return pendings")
    assert len(pendings) == 5 and "sending" in pendings[0]
    chatd.start()
    expected = ["before"] + [f"while away {n}" for n in range(5)]
    for browser in (teacher, student):
        _shows(browser, *expected)
        _connected(browser)
    _write(teacher, "after")
    for browser in (teacher, student):
        _shows(browser, *expected, "after")
        assert not browser.all(WAITING)
        assert browser.driver.execute_script("return window.same"), "without a reload"
        browser.complaints()  # the browser says itself that it could not connect
    assert [m["body"] for m in ada.get(f"/rooms/{room}/messages")["messages"]] == expected + ["after"]


def test_the_page_works_without_a_script(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom, "Without scripts")["room"]
    ada.post(f"/rooms/{room}/messages", {"body": "Good morning"})
    student = site_browser(ben, WITHOUT_SCRIPTS)
    student.open(f"/rooms/{room}")
    assert _said(student) == ["Good morning"]
    assert "You are not counted as present" in student.text
    student.fill(f"/rooms/{room}/messages#write", body="Good morning, Ada")
    assert _said(student) == ["Good morning", "Good morning, Ada"]
    ada.post(f"/rooms/{room}/messages", {"body": "Open your books"})
    student.click("Refresh")
    assert _said(student) == ["Good morning", "Good morning, Ada", "Open your books"]
    student.driver.refresh()
    assert len(_said(student)) == 3, "a reload writes nothing"
    _check(student, "32-live-without-scripts")


def test_new_messages_are_announced_and_history_is_not(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    for n in range(60):
        ada.post(f"/rooms/{room}/messages", {"body": f"message {n}"})
    student = _enter(site_browser(ben), room)
    log = student.one("#room-log")
    assert log.get_attribute("role") == "log" and log.get_attribute("aria-live") == "polite"
    assert len(_said(student)) == 50
    student.driver.execute_script("document.getElementById('room-older').click()")
    _wait(student, lambda: len(_said(student)) == 60, "all of it")
    assert _said(student)[0] == "message 0" and log.get_attribute("aria-live") in ("off", "polite")


def test_live_now_is_on_every_page_of_the_class_and_gone_afterwards(site_browser, people, classroom):
    _, ben, _ = people
    classroom.post("Read chapter one.", "homework")
    topic = discuss(classroom, "Comets")
    pages = ["", "/posts?tag=homework", "/tags", "/people", "/sessions", "/discussions",
        f"/discussions/{topic['id']}", "/attendance", "/leave"]
    student = site_browser(ben)

    def live_on(path):
        student.open(classroom.path + path)
        return bool([b for b in student.all("main .badge.live, main a") if b.text == "Live now"])

    assert [path for path in pages if live_on(path)] == []
    start_live(classroom)
    assert [path for path in pages if not live_on(path)] == []
    student.open("/classes")
    student.see("Live now")
    end_live(classroom)
    assert [path for path in pages if live_on(path)] == []


def test_ending_asks_first_and_closes_the_room_for_everyone(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom, "Saturn")["room"]
    teacher = _enter(site_browser(ada), room)
    student = _enter(site_browser(ben, number=1), room)
    other = _enter(site_browser(ada, PHONE), room)
    _write(student, "Why rings?")
    _shows(teacher, "Why rings?")
    teacher.click("End the live class")
    _check(teacher, "33-live-end")
    teacher.click("Cancel")
    _connected(teacher)
    teacher.click("End the live class")
    teacher.fill(classroom.path + "/live/end")
    _wait(student, lambda: "ended" in student.one("#room-state").text, "the end")
    assert not student.one("#body").is_displayed() and "Live now" not in student.text
    _check(student, "34-live-ended")
    _wait(other, lambda: "ended" in other.one("#room-state").text, "the end")
    for nothing_more in ("End the live class", "Here now", "Refresh"):
        assert nothing_more not in other.text
    student.open(f"/rooms/{room}")
    assert _said(student) == ["Why rings?"] and not student.all("#body")
    assert student.complaints() == []
    _check(student, "35-live-ended-later")


def test_who_stays_in_a_room_that_ends_finds_the_next_live_class(site_browser, people, classroom):
    room = start_live(classroom, "Saturn")["room"]
    student = _enter(site_browser(people[1], PHONE), room)
    student.driver.execute_script("""window.asked = [];
        const fetched = fetch, now = Date.now;
        window.fetch = (...ask) => { asked.push(ask[0]); return fetched(...ask); };
        let later = 0;
        Date.now = () => now() + later;
        window.comeBack = (done) => {
            later += 3600e3;
            document.dispatchEvent(new Event("visibilitychange"));
            setTimeout(done, 0);
        };""")
    come_back = lambda: student.driver.execute_async_script("comeBack(arguments[0])")
    come_back()
    assert student.driver.execute_script("return asked") == [], "chat will say when it ends"
    end_live(classroom)
    _wait(student, lambda: "ended" in student.one("#room-state").text, "the end")
    assert "Enter the live class" not in student.text
    start_live(classroom, "Neptune")
    come_back()
    student.see("Another is live now")
    _check(student, "49-live-ended-next")
    student.click("Enter the live class")
    _connected(student)
    student.see("Neptune")
    assert student.one("#room").get_attribute("data-room") != str(room)


def _kept(browser, selector, words):
    field = browser.one(selector)
    assert field.is_displayed() and field.is_enabled() and field.get_attribute("readonly")
    assert field.get_attribute("value") == words and "Not sent" in browser.text
    assert field.rect["width"] >= browser.one("#room-log").rect["width"] - 1


def test_what_was_not_sent_when_the_class_ended_can_be_copied(site_browser, people, classroom):
    ada, *_ = people
    room = start_live(classroom)["room"]
    teacher = _enter(site_browser(ada), room)
    teacher.one("#body").send_keys("One more thing")
    end_live(classroom)
    _wait(teacher, lambda: "ended" in teacher.one("#room-state").text, "the end")
    _kept(teacher, "#body", "One more thing")
    teacher.driver.refresh()
    _kept(teacher, "#unsent", "One more thing")
    _check(teacher, "47-live-ended-unsent")
    other = site_browser(ada, PHONE)
    other.open(f"/rooms/{room}")
    assert "Not sent" not in other.text, "to who wrote nothing"


def test_what_was_under_way_when_the_class_ended_can_be_copied(
        site, site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = _enter(site_browser(ben), room)
    site[1].kill()
    student.driver.execute_script("window.fetch = () => Promise.reject(new Error())")
    for words in ("First", "Second"):
        _write(student, words)
    student.one("#body").send_keys("Third")
    end_live(classroom)
    site[1].start()
    _wait(student, lambda: "ended" in student.one("#room-state").text, "the end")
    _kept(student, "#body", "First\n\nSecond\n\nThird")
    student.complaints()


def test_who_is_logged_out_in_a_room_finds_the_draft_after_logging_in(
        site_browser, people, classroom):
    _, ben, _ = people
    room = start_live(classroom)["room"]
    student = _enter(site_browser(ben), room)
    student.one("#body").send_keys("Half a thought")
    ben.post("/logout")
    _wait(student, lambda: "logged out" in student.one("#room-state").text, "it is said")
    _kept(student, "#body", "Half a thought")
    assert "Here now" not in student.text
    student.click("Log in")
    student.fill("/login", email=ben.email, password=ben.password)
    assert student.path == f"/rooms/{room}"
    _connected(student)
    assert student.one("#body").get_attribute("value") == "Half a thought"
    student.one("#body").send_keys(Keys.ENTER)
    _shows(student, "Half a thought")
    student.complaints()


def test_who_is_removed_is_told_and_keeps_what_was_written(site_browser, people, classroom):
    ada, ben, _ = people
    student = _enter(site_browser(ben), start_live(classroom)["room"])
    student.one("#body").send_keys("Half a thought")
    ada.post(f"{classroom.path}/people/{ben.id}/remove")
    _wait(student, lambda: "no longer in this room" in student.one("#room-state").text, "it is said")
    _kept(student, "#body", "Half a thought")
    assert "Here now" not in student.text


def test_on_a_phone_conversation_field_and_button_are_in_sight_together(
        site_browser, people, classroom):
    ada, ben, _ = people
    student = _enter(site_browser(ben, PHONE), start_live(classroom)["room"])
    ends = lambda selector: student.one(selector).rect["y"] + student.one(selector).rect["height"]
    assert student.one("#room-log").rect["height"] > 200
    assert ends("#write button") <= student.look.size[1]
    tab, tabs = student.one(".tabs [aria-current]").rect, student.one(".tabs").rect
    assert tabs["x"] <= tab["x"] and tab["x"] + tab["width"] <= tabs["x"] + tabs["width"]
    height = student.driver.execute_script("""const refresh = document.getElementById("room-refresh");
        refresh.hidden = false;
        document.getElementById("room-state").textContent = "words ".repeat(20);
        return refresh.offsetHeight""")
    assert height < 40, "a button keeps its line"


def _ends(browser, selector):
    return browser.driver.execute_script(
        "return document.querySelector(arguments[0]).getBoundingClientRect().bottom", selector)


@pytest.mark.parametrize("width, height", [(1366, 650), (390, 664), (640, 640)])
def test_what_one_writes_is_in_sight_on_small_screens_too(
        site_browser, people, classroom, width, height):
    student = site_browser(people[1])
    size = lambda *size: student.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
    size(width, height)
    try:
        _enter(student, start_live(classroom)["room"])
        assert student.one("#room-log").rect["height"] > 150
        assert max(_ends(student, "#body"), _ends(student, "#write button")) <= height
    finally:
        size(*student.look.size)


def test_the_field_grows_with_what_is_written(site_browser, people, classroom):
    student = _enter(site_browser(people[1]), start_live(classroom)["room"])
    assert "no scripts" not in student.text
    field = student.one("#body")
    before = field.rect["height"]
    student.driver.execute_script("""arguments[0].value = "line\\n".repeat(5)""", field)
    assert field.rect["height"] > before + 40
    student.driver.execute_script("""arguments[0].value = "line\\n".repeat(500)""", field)
    assert field.rect["height"] < 250
    student.driver.execute_script("""arguments[0].value = "" """, field)
    assert field.rect["height"] == before


def test_all_that_was_said_is_printed_not_just_the_first_page(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    for n in range(50):
        ada.post(f"/rooms/{room}/messages", {"body": f"message {n}"})
    student = _enter(site_browser(ben), room)
    # Fifty messages of at least 2 cm each do not fit on three pages of A4.
    pdf = base64.b64decode(student.driver.execute_cdp_cmd("Page.printToPDF",
        {"paperWidth": 8.27, "paperHeight": 11.69})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 2


def _paste(browser, words):
    browser.driver.execute_script("arguments[0].focus()", browser.one("#body"))
    browser.driver.execute_cdp_cmd("Input.insertText", {"text": words})


@pytest.mark.parametrize("letter", ["x", "\u00e4"])
def test_what_is_too_long_is_not_cut_but_said(site_browser, people, classroom, letter):
    student = _enter(site_browser(people[1]), start_live(classroom)["room"])
    words = letter * (5000 // len(letter.encode()))
    _paste(student, words)
    student.one("#body").send_keys(Keys.ENTER)
    _wait(student, lambda: "904 bytes more than 4096" in student.one("#room-error").text, "why")
    assert student.one("#body").get_attribute("value") == words and _said(student) == []


def test_what_is_too_long_is_not_cut_without_a_script_either(site_browser, people, classroom):
    room = start_live(classroom)["room"]
    student = site_browser(people[1], WITHOUT_SCRIPTS)
    student.open(f"/rooms/{room}")
    _paste(student, "x" * 5000)
    student.leave(student.one("#write button").click)
    assert student.one("#body").get_attribute("value") == "x" * 5000
    assert "4096" in student.one("#body-error").text
    _check(student, "48-message-too-long", complaints=True)


def test_the_focus_stays_where_one_goes_on(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    for n in range(60):
        ada.post(f"/rooms/{room}/messages", {"body": f"message {n}"})
    student = _enter(site_browser(ben), room)
    focus = lambda: student.driver.switch_to.active_element.get_attribute("id")
    student.one("#body").send_keys("By the button")
    student.one("#write button").click()
    _wait(student, lambda: _said(student)[-1] == "By the button", "it")
    assert focus() == "body", "and a phone's keyboard stays"
    # Nothing older is left: the button goes.
    student.one("#room-older").send_keys(Keys.ENTER)
    _wait(student, lambda: len(_said(student)) == 61, "all of it")
    assert focus() == "room-log"
    student.driver.execute_script("arguments[0].scrollTop = -1e6", student.one("#room-log"))
    ada.post(f"/rooms/{room}/messages", {"body": "New"})
    _wait(student, lambda: student.one("#room-news").is_displayed(), "new messages")
    student.one("#room-news").send_keys(Keys.ENTER)
    _wait(student, lambda: not student.one("#room-news").is_displayed(), "the end")
    assert focus() == "room-log"


def test_enter_that_ends_a_composition_does_not_send(site_browser, people, classroom):
    student = _enter(site_browser(people[1]), start_live(classroom)["room"])
    # As Chromium and Firefox say it, and as Safari does.
    for how in ({"isComposing": True}, {"keyCode": 229}):
        student.one("#body").send_keys("\u304b")
        assert student.driver.execute_script("""return arguments[0].dispatchEvent(new KeyboardEvent(
            "keydown", { key: "Enter", bubbles: true, cancelable: true, ...arguments[1] }))""",
            student.one("#body"), how), how
    assert student.one("#body").get_attribute("value") == "\u304b\u304b"


# What was written; what can be followed in it.
ADDRESSES = [
    ("See https://example.org/a/b?c=d&e=f#g.", ["https://example.org/a/b?c=d&e=f#g"]),
    ("(https://example.org) http://[::1]:8080/x, HTTPS://example.org!?",
        ["https://example.org", "http://[::1]:8080/x", "HTTPS://example.org"]),
    ("https://example.org/Jupiter_(planet) (or https://example.org/Mars_(planet))",
        ["https://example.org/Jupiter_(planet)", "https://example.org/Mars_(planet)"]),
    ('"https://example.org/"', ["https://example.org/"]),
    ("<https://example.org/>", ["https://example.org/"]),
    ("javascript:alert(1) ftp://example.org https:// http://. xhttps://example.org", []),
    ("https://example.org/" + ")" * 4000, ["https://example.org/"]),
    # What turns the direction may disguise where it leads.
    ("https://example.org/\u202emoc.live", ["https://example.org/"]),
]


def test_addresses_can_be_followed_and_leave_the_page_open(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    bodies, addresses = zip(*ADDRESSES)
    links = lambda: student.driver.execute_script("""return Array.from(
        document.querySelectorAll("#room-messages .said"), (said) => Array.from(
            said.querySelectorAll("a[href][target=_blank][rel~=noopener]"), (a) => a.textContent))""")
    for body in bodies:
        ada.post(f"/rooms/{room}/messages", {"body": body})
    student = _enter(site_browser(ben), room)
    _shows(student, *bodies)
    assert links() == list(addresses), "of those that were there"
    for body in bodies:
        ada.post(f"/rooms/{room}/messages", {"body": body})
    _shows(student, *bodies, *bodies)
    assert links() == list(addresses) * 2, "of those that came"
    assert student.complaints() == []


def test_messages_of_today_show_the_time_and_older_ones_the_day_too(
        site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    ada.post(f"/rooms/{room}/messages", {"body": "before"})
    student = _enter(site_browser(ben), room)
    ada.post(f"/rooms/{room}/messages", {"body": "after"})
    _shows(student, "before", "after")
    shown = lambda: student.driver.execute_script("""return Array.from(
        document.querySelectorAll("#room-messages time"), (time) => [time.textContent, time.title])""")
    for time, whole in shown():
        assert whole.endswith(", " + time)
    # A page that is open for two days, when the next message comes.
    student.driver.execute_script("""const now = Date;
        Date = class extends now {
            constructor(...at) { super(...(at.length ? at : [now.now() + 2 * 86400e3])); }
        };""")
    ada.post(f"/rooms/{room}/messages", {"body": "much later"})
    _shows(student, "before", "after", "much later")
    for time, whole in shown():
        assert time == whole


def test_who_looks_elsewhere_sees_how_many_are_new(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom, "Pluto")["room"]
    student = _enter(site_browser(ben), room)
    title = student.driver.title
    look = lambda away: student.driver.execute_script("""
        Object.defineProperty(document, "hidden", { value: arguments[0], configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));""", away)
    look(True)
    for n in range(3):
        ada.post(f"/rooms/{room}/messages", {"body": f"message {n}"})
    _wait(student, lambda: student.driver.title == f"(3) {title}", "three")
    look(False)
    assert student.driver.title == title


def test_a_page_with_something_unsent_is_not_left_without_a_word(
        site, site_browser, people, classroom):
    student = _enter(site_browser(people[1]), start_live(classroom)["room"])
    leaves = lambda: student.driver.execute_script(
        """return dispatchEvent(new Event("beforeunload", { cancelable: true }))""")
    assert leaves()
    site[1].kill()
    student.driver.execute_script("window.fetch = () => Promise.reject(new Error())")
    _write(student, "Wait for me")
    assert not leaves()
    site[1].start()
    _shows(student, "Wait for me")
    _wait(student, leaves, "nothing waits any more")
    student.complaints()


@pytest.mark.parametrize("hidden", [False, True])
def test_many_messages_at_once_are_laid_out_once(site_browser, people, classroom, hidden):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = _enter(site_browser(ben), room)
    student.driver.execute_script("""window.send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) { window.wire = this; send.call(this, text); };""")
    _write(student, "before")
    _shows(student, "before")
    student.driver.execute_cdp_cmd("Performance.enable", {})
    layouts = lambda: next(metric["value"] for metric in student.driver.execute_cdp_cmd(
        "Performance.getMetrics", {})["metrics"] if metric["name"] == "LayoutCount")
    before = layouts()
    student.driver.execute_script("""const [room, hidden] = arguments;
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        for (let seq = 2; seq <= 501; seq++)
            wire.onmessage({ data: JSON.stringify({ type: "message", room, seq,
                from: { id: 0, name: "Ada", role: "instructor" }, body: `message ${seq}`,
                at: new Date().toISOString() }) });""", room, hidden)
    _shows(student, "before", *(f"message {seq}" for seq in range(2, 502)))
    assert layouts() - before < 100
    assert student.driver.execute_script("return document.getElementById('room-log').scrollTop") == 0


def test_without_a_network_that_is_said_at_once(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = _enter(site_browser(ben), room)
    # What the browser says; the emulation leaves WebSockets alone.
    assert student.driver.execute_script("""WebSocket = class { constructor() { throw new Error(); } };
        fetch = () => Promise.reject(new Error());
        dispatchEvent(new Event("offline"));
        return document.getElementById("room-state").textContent""").startswith("Not connected")


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_a_connection_that_died_in_a_sleep_is_made_anew_on_waking(
        site_browser, people, classroom, event):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = _enter(site_browser(ben), room)
    student.driver.execute_script("""window.send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) { window.wire = this; send.call(this, text); };""")
    _write(student, "before")
    _shows(student, "before")
    # Dead from now on, and nobody was told.
    student.driver.execute_script("""wire.onmessage = wire.onclose = null;
        WebSocket.prototype.send = function (text) { if (this !== wire) send.call(this, text); };""")
    ada.post(f"/rooms/{room}/messages", {"body": "while asleep"})
    student.driver.execute_script("(arguments[0] === 'online' ? window : document)"
        ".dispatchEvent(new Event(arguments[0]))", event)
    _wait(student, lambda: _said(student) == ["before", "while asleep"], "what was missed")


def test_who_looks_twice_keeps_a_connection_that_answers(site_browser, people, classroom):
    """The first look has its answer when it asks for it; that of the second is still on its way."""
    student = _enter(site_browser(people[1]), start_live(classroom)["room"])
    assert student.driver.execute_async_script("""const done = arguments[0];
        const look = () => document.dispatchEvent(new Event("visibilitychange"));
        const answered = (event) => {
            if (JSON.parse(event.data).type !== "pong")
                return;
            const heard = Date.now();
            while (Date.now() === heard) continue;
            const due = timers.splice(0);
            look();
            due.forEach((run) => run());
            done(document.getElementById("room-state").textContent);
        };
        const timers = [], send = WebSocket.prototype.send;
        window.setTimeout = (run, ms, ...given) => timers.push(() => run(...given));
        WebSocket.prototype.send = function (text) {
            WebSocket.prototype.send = send;
            this.addEventListener("message", answered);
            this.send(text);
        };
        look();""") == "Connected"


def test_a_page_whose_join_is_put_off_connects_anew(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = _enter(site_browser(ben), room)
    student.driver.execute_script("""window.send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) { window.wire = this; window.said = text; };""")
    _write(student, "Hello?")
    asked = student.driver.execute_script("""const room = arguments[0];
        const hear = (event) => wire.onmessage({ data: JSON.stringify({ room, ...event }) });
        hear({ type: "message", seq: 99, body: "behind a gap" });
        const asked = JSON.parse(said);
        WebSocket.prototype.send = send;
        hear({ type: "error", code: "busy", message: "Please join again." });
        return asked""", room)
    assert asked == {"type": "join", "room": room, "after": 0}
    _connected(student)
    _shows(student, "Hello?")
    ada.post(f"/rooms/{room}/messages", {"body": "Good morning"})
    _shows(student, "Hello?", "Good morning")


def test_attendance_is_there_without_anybody_doing_anything(site_browser, people, classroom):
    ada, ben, cleo = people
    session = start_live(classroom, "Mars")
    _enter(site_browser(ben, number=1), session["room"])
    end_live(classroom)
    teacher = site_browser(ada)
    teacher.open(f"{classroom.path}/sessions/{session['id']}/attendance")
    rows = {row.find_element(By.TAG_NAME, "th").text: row.text for row in teacher.all("tbody tr")}
    assert "absent" not in rows[ben.name] and "absent" in rows[cleo.name]
    _check(teacher, "36-attendance")
    teacher.leave(teacher.one(f'a[aria-label="Correct {cleo.name}"]').click)
    _check(teacher, "37-correction")
    teacher.fill(f"{classroom.path}/sessions/{session['id']}/attendance/{cleo.id}",
        minutes="45", reason="Her screen was broken")
    teacher.see("Her screen was broken")
    phone = site_browser(ada, PHONE)
    phone.open(f"{classroom.path}/sessions/{session['id']}/attendance")
    words = phone.all("tbody a, tbody time, thead th")
    assert max(word.rect["height"] for word in words) < 50, "no word is broken into lines"
    _check(phone, "46-attendance-on-a-phone")
    teacher.open(f"{classroom.path}/attendance")
    _check(teacher, "38-attendance-of-all")
    csv = ada.get(f"{classroom.path}/sessions/{session['id']}/attendance.csv").text
    assert re.search(rf"{re.escape(cleo.name)}.*Her screen was broken", csv)
    student = site_browser(ben, PHONE)
    student.open(f"{classroom.path}/attendance")
    assert cleo.name not in student.driver.page_source
    _check(student, "39-attendance-of-mine")
    student.open(f"{classroom.path}/sessions")
    _check(student, "40-live-classes")


def test_a_topic_is_for_all_and_a_private_thread_for_two(site_browser, people, classroom):
    ada, ben, cleo = people
    teacher, student = site_browser(ada), site_browser(ben, number=1)
    teacher.open(classroom.path + "/discussions")
    teacher.fill(classroom.path + "/discussions", topic="Is Pluto a planet?")
    _connected(teacher)
    discussion = teacher.path
    student.open(classroom.path + "/discussions")
    student.click("Is Pluto a planet?")
    _connected(student)
    _write(student, "I think so")
    _shows(teacher, "I think so")
    _check(teacher, "41-discussion-teacher")
    student.click("Write privately to the teacher")
    _connected(student)
    thread = student.path
    _write(student, "I did not understand the question")
    _shows(student, "I did not understand the question")
    _check(student, "42-private-student")
    teacher.open(classroom.path + "/discussions")
    _check(teacher, "46-private-messages-teacher")
    teacher.click(ben.name, within="aside")
    assert teacher.path == thread
    _connected(teacher)
    _shows(teacher, "I did not understand the question")
    _write(teacher, "Ask me after class")
    _shows(student, "I did not understand the question", "Ask me after class")
    small = site_browser(ben, WITHOUT_SCRIPTS)
    small.open(classroom.path + "/discussions")
    assert "2 written" in small.one("aside").text
    _check(small, "47-private-messages-student")
    small.click("Is Pluto a planet?", within="aside")
    assert small.path == thread
    small.see("Ask me after class")
    teacher.open(discussion)
    teacher.click(ben.name)
    assert teacher.path == thread
    other = site_browser(cleo, PHONE)
    other.open(discussion)
    _shows(other, "I think so")
    assert ben.name not in other.one("aside").text and thread not in other.driver.page_source
    _check(other, "43-discussion-student")
    other.open(thread)
    assert "Ask me" not in other.text and "I did not" not in other.text
    _check(other, "44-not-found", complaints=True)
    other.open(classroom.path + "/discussions")
    assert "Private" not in other.text and thread not in other.driver.page_source
    _check(other, "45-discussions")
