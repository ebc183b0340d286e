"""What is said in a room: reading and writing it, in a live class, a discussion, a private thread."""

import base64
import re
import time

import pytest
from selenium.webdriver.common.keys import Keys

from chromium import PHONE, WITHOUT_SCRIPTS
from room import check, connected, ends, enter, hide, said, say_many, shows, wait, write, write_by_wire
from support.chat import discuss, start_live


def test_the_page_works_without_a_script(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom, "Without scripts")["room"]
    ada.post(f"/rooms/{room}/messages", {"body": "Good morning"})
    student = site_browser(ben, WITHOUT_SCRIPTS)
    student.open(f"/rooms/{room}")
    assert said(student) == ["Good morning"]
    assert "You are not counted as present" in student.text
    student.fill(f"/rooms/{room}/messages#write", body="Good morning, Ada")
    assert said(student) == ["Good morning", "Good morning, Ada"]
    ada.post(f"/rooms/{room}/messages", {"body": "Open your books"})
    student.click("Refresh")
    assert said(student) == ["Good morning", "Good morning, Ada", "Open your books"]
    student.driver.refresh()
    assert len(said(student)) == 3, "a reload writes nothing"
    check(student, "32-live-without-scripts")


def test_a_room_in_which_nothing_was_written_says_so_until_something_is(
        site_browser, people, classroom):
    ada, ben, _ = people
    room = discuss(classroom)["room"]
    student = enter(site_browser(ben), room)
    assert "Nothing has been written here yet." in student.one("#room-log").text
    ada.post(f"/rooms/{room}/messages", {"body": "The first word"})
    shows(student, "The first word")
    assert "Nothing has been written" not in student.one("#room-log").text
    ada.post(f"/rooms/{room}/messages", {"body": "The second"})
    shows(student, "The first word", "The second")
    assert len(student.all("#room-messages .day")) == 1, "of one day"


def test_new_messages_are_announced_and_history_is_not(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 110)
    student = enter(site_browser(ben), room)
    log = student.one("#room-log")
    assert log.get_attribute("role") == "log" and log.get_attribute("aria-live") == "polite"
    assert len(said(student)) == 50
    # What it is while they come.
    student.driver.execute_script("""const log = document.getElementById("room-log");
        new MutationObserver(() => { window.spoken = log.ariaLive; }).observe(
            document.getElementById("room-messages"), { childList: true });""")
    for shown in (100, 110):
        student.driver.execute_script("document.getElementById('room-older').click()")
        wait(student, lambda: len(said(student)) >= shown, "what is older")
    assert said(student) == [f"message {n}" for n in range(110)] and student.driver.execute_script("return spoken") == "off"
    wait(student, lambda: log.get_attribute("aria-live") == "polite", "what comes next is announced")


def test_on_a_phone_conversation_field_and_button_are_in_sight_together(
        site_browser, people, classroom):
    ada, ben, _ = people
    student = enter(site_browser(ben, PHONE), start_live(classroom)["room"])
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


def test_the_field_is_in_sight_below_a_long_topic(site_browser, people, classroom):
    student = site_browser(people[1], PHONE)
    student.open(f"/rooms/{discuss(classroom, 'A long topic with many words ' * 6)['room']}")
    connected(student)
    assert 0 < ends(student, "#write button") <= student.driver.execute_script("return innerHeight")


@pytest.mark.parametrize("width, height", [(1366, 650), (390, 664), (640, 640), (360, 600)])
def test_what_one_writes_and_what_is_new_is_in_sight_on_small_screens_too(
        site_browser, people, classroom, width, height):
    student = site_browser(people[1])
    size = lambda *size: student.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
        {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})
    size(width, height)
    try:
        room = start_live(classroom)["room"]
        say_many(people[0], room, 30)
        enter(student, room)
        write(student, "line\ue008\ue007\ue000line")
        wait(student, lambda: said(student)[-1] == "line\nline", "one's own")
        assert student.one("#room-log").rect["height"] > 140
        assert max(ends(student, "#body"), ends(student, "#write button")) <= height
        assert ends(student, "#room-messages li:last-child") <= ends(student, "#room-log") <= \
            student.one("#write").rect["y"]
    finally:
        size(*student.look.size)


def test_the_field_grows_with_what_is_written(site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    assert "no scripts" not in student.text
    field = student.one("#body")
    before = field.rect["height"]
    student.driver.execute_script("""arguments[0].value = "line\\n".repeat(5)""", field)
    assert field.rect["height"] > before + 40
    wait(student, lambda: ends(student, "#write button") <= student.look.size[1], "the button stays in sight")
    student.driver.execute_script("""arguments[0].value = "line\\n".repeat(500)""", field)
    assert field.rect["height"] < 250
    student.driver.execute_script("""arguments[0].value = "" """, field)
    assert field.rect["height"] == before


def test_all_that_was_said_is_printed_not_just_the_first_page(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 50)
    student = enter(site_browser(ben), room)
    # Fifty messages of at least 2 cm each do not fit on three pages of A4.
    pdf = base64.b64decode(student.driver.execute_cdp_cmd("Page.printToPDF",
        {"paperWidth": 8.27, "paperHeight": 11.69})["data"])
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 2


# Firefox ends no page within a grid or a flex box: it begins with the next one, and cuts through words.
def test_a_printed_page_can_end_behind_each_message_and_post(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 1)
    classroom.post("Read chapter one.")
    student = enter(site_browser(ben), room)

    def around(thing):
        student.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        displays = student.driver.execute_script("""
            const displays = new Set();
            for (let e = document.querySelector(arguments[0]).parentElement; e; e = e.parentElement)
                displays.add(getComputedStyle(e).display);
            return [...displays];""", thing)
        student.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        return displays
    assert around("#room-messages [data-seq]") == ["block"]
    student.open(classroom.path)
    assert around(".post") == ["block"]


def test_paper_says_what_is_not_on_it(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 50)
    student = enter(site_browser(ben), room)

    def printed():
        student.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        words = student.one("#room-log").text
        student.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
        return words
    assert "not on this page" not in printed()
    say_many(ada, room, 10)
    student.open(f"/rooms/{room}?before=61")
    assert "Older messages are not on this page." in printed() and "Newer" not in printed()
    assert "not on this page" not in student.text
    student.open(f"/rooms/{room}?before=51")
    assert "Newer messages are not on this page." in printed() and "Older" not in printed()


def _paste(browser, words):
    browser.driver.execute_script("arguments[0].focus()", browser.one("#body"))
    browser.driver.execute_cdp_cmd("Input.insertText", {"text": words})


# 4,096 bytes fit: a letter has one, two or three.
@pytest.mark.parametrize("letter, surplus", [("x", 904), ("\u00e4", 452), ("\u20ac", 301)])
def test_what_is_too_long_is_not_cut_but_said(site_browser, people, classroom, letter, surplus):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    words = letter * (5000 // len(letter.encode()))
    _paste(student, words)
    student.one("#body").send_keys(Keys.ENTER)
    wait(student, lambda: f"by {surplus} characters" in student.one("#room-error").text, "why")
    assert student.one("#body").get_attribute("value") == words and said(student) == []
    # A letter more than fits.
    student.one("#body").send_keys(Keys.BACKSPACE * (surplus - 1))
    assert student.one("#room-error").text == "", "something else now"
    student.one("#body").send_keys(Keys.ENTER)
    wait(student, lambda: "by 1 character." in student.one("#room-error").text, "why")
    student.one("#write button").click()
    student.one("#body").send_keys(Keys.BACKSPACE, Keys.ENTER)
    shows(student, words[surplus:])
    assert student.one("#room-error").text == ""


def test_what_is_too_long_is_not_cut_without_a_script_either(site_browser, people, classroom):
    room = start_live(classroom)["room"]
    student = site_browser(people[1], WITHOUT_SCRIPTS)
    student.open(f"/rooms/{room}")
    _paste(student, "x" * 5000)
    student.leave(student.one("#write button").click)
    assert student.one("#body").get_attribute("value") == "x" * 5000
    assert "shorten it by 904 characters" in student.one("#body-error").text
    check(student, "48-message-too-long", complaints=True)


def test_the_focus_stays_where_one_goes_on(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 60)
    student = enter(site_browser(ben), room)
    focus = lambda: student.driver.switch_to.active_element.get_attribute("id")
    student.one("#body").send_keys("By the button")
    student.one("#write button").click()
    wait(student, lambda: said(student)[-1] == "By the button", "it")
    assert focus() == "body", "and a phone's keyboard stays"
    # Nothing older is left: the button goes.
    student.one("#room-older").send_keys(Keys.ENTER)
    wait(student, lambda: len(said(student)) == 61, "all of it")
    assert focus() == "room-log"
    assert student.driver.execute_script("return document.getElementById('room-older').offsetParent === null")
    student.driver.execute_script("arguments[0].scrollTop = -1e6", student.one("#room-log"))
    read = ends(student, "[data-seq='9']")
    ada.post(f"/rooms/{room}/messages", {"body": "New"})
    wait(student, lambda: student.one("#room-news").is_displayed(), "new messages")
    assert abs(ends(student, "[data-seq='9']") - read) < 1, "what is read stays"
    student.one("#room-news").send_keys(Keys.ENTER)
    wait(student, lambda: not student.one("#room-news").is_displayed(), "the end")
    assert focus() == "room-log"
    student.driver.execute_script("arguments[0].scrollTop = -1e6", student.one("#room-log"))
    write(student, "My own")
    wait(student, lambda: said(student)[-1] == "My own", "it")
    assert student.one("#room-log").get_property("scrollTop") == 0, "one sees what one says"


def _described(browser):
    """What a screen reader says of the field."""
    return browser.driver.execute_script("""return document.getElementById("body").getAttribute("aria-describedby")
        .split(" ").map((id) => document.getElementById(id).textContent).join(" ")""")


def test_enter_that_ends_a_composition_does_not_send(site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    assert student.one("#room-hint").is_displayed() and "Enter sends" in _described(student)
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
    student = enter(site_browser(ben), room)
    shows(student, *bodies)
    assert links() == list(addresses), "of those that were there"
    for body in bodies:
        ada.post(f"/rooms/{room}/messages", {"body": body})
    shows(student, *bodies, *bodies)
    assert links() == list(addresses) * 2, "of those that came"
    assert student.complaints() == []


@pytest.fixture
def noon(site_browser, people):
    """Ben's browser is where it is noon: no day ends meanwhile.  Etc/GMT+1 is an hour behind."""
    driver = site_browser(people[1]).driver
    zone = f"Etc/GMT{time.gmtime().tm_hour - 12:+d}"
    driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": zone})
    yield
    driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def _seconds_ago(cluster, room, seconds, first, last):
    """As if they had been written then."""
    with cluster.query() as cursor:
        cursor.execute("UPDATE mc.message SET at = at - %s * interval '1 second'"
            " WHERE room_id = %s AND seq BETWEEN %s AND %s", (seconds, room, first, last))


DAY_S = 86400


@pytest.mark.usefixtures("noon")
def test_each_day_stands_above_its_first_message(site_browser, cluster, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 70)
    _seconds_ago(cluster, room, 4 * DAY_S, 1, 5)
    _seconds_ago(cluster, room, 2 * DAY_S, 6, 40)
    student = enter(site_browser(ben), room)
    ada.post(f"/rooms/{room}/messages", {"body": "message 70"})
    wait(student, lambda: said(student)[-1] == "message 70", "one that comes")
    shown = lambda: student.driver.execute_script("""return Array.from(
        document.querySelectorAll("#room-messages li"), (item) => item.className === "day"
            ? item.textContent : Number(item.dataset.seq))""")
    day = lambda days: student.driver.execute_script("""return new Intl.DateTimeFormat(undefined,
        { dateStyle: "full" }).format(new Date(Date.now() - arguments[0]))""", days * DAY_S * 1000)
    last = [day(2), *range(21, 41), day(0), *range(41, 72)]
    assert shown() == last
    for clock, whole in student.driver.execute_script("""return Array.from(
            document.querySelectorAll("#room-messages time"), (time) => [time.textContent, time.title])"""):
        assert whole.endswith(", " + clock)
    check(student, "49-days")
    student.driver.execute_script("document.getElementById('room-older').click()")
    wait(student, lambda: len(said(student)) == 71, "all of it")
    assert shown() == [day(4), *range(1, 6), day(2), *range(6, 41), *last[last.index(day(0)):]]


def test_who_scrolls_to_what_is_older_has_it_without_asking(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 60)
    student = enter(site_browser(ben), room)
    student.one("#body").click()
    # In one go: what is older comes behind it.
    before = student.driver.execute_script("""document.getElementById("room-log").scrollTop = -1e6;
        return document.querySelector("[data-seq='11']").getBoundingClientRect().bottom""")
    wait(student, lambda: len(said(student)) == 60, "all of it")
    assert said(student) == [f"message {n}" for n in range(60)]
    assert abs(ends(student, "[data-seq='11']") - before) < 1, "what is read stays where it is"
    assert student.driver.switch_to.active_element.get_attribute("id") == "body"


def test_who_looks_elsewhere_sees_how_many_are_new(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom, "Pluto")["room"]
    student = enter(site_browser(ben), room)
    title = student.driver.title
    hide(student, True)
    say_many(ada, room, 3)
    wait(student, lambda: student.driver.title == f"(3) {title}", "three")
    hide(student, False)
    assert student.driver.title == title


# 1280 pixels by 800 at 200 %; a small phone.
@pytest.mark.parametrize("width, height", [(640, 400), (360, 740)])
def test_what_one_writes_in_is_in_sight_in_a_small_window(site_browser, people, classroom, width, height):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 10)
    student = site_browser(ben, number=2)
    student.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
    enter(student, room)
    assert ends(student, "#body") <= height
    assert ends(student, "#room-log") - ends(student, ".room-bar") > 100, "and some of what was said"
    check(student, f"48-live-in-{width}x{height}")
    student.one("#body").send_keys("Here")
    assert 0 < ends(student, "#body") <= height


@pytest.mark.parametrize("hidden", [False, True])
def test_many_messages_at_once_are_laid_out_once(site_browser, people, classroom, hidden):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    write_by_wire(student, "before")
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
    shows(student, "before", *(f"message {seq}" for seq in range(2, 502)))
    assert layouts() - before < 100
    assert student.driver.execute_script("return document.getElementById('room-log').scrollTop") == 0


def test_a_topic_is_for_all_and_a_private_thread_for_two(site_browser, people, classroom):
    ada, ben, cleo = people
    teacher, student = site_browser(ada), site_browser(ben, number=1)
    teacher.open(classroom.path + "/discussions")
    teacher.fill(classroom.path + "/discussions", topic="Is Pluto a planet?")
    connected(teacher)
    discussion = teacher.path
    student.open(classroom.path + "/discussions")
    student.click("Is Pluto a planet?")
    connected(student)
    write(student, "I think so")
    shows(teacher, "I think so")
    check(teacher, "41-discussion-teacher")
    student.click("Write privately to the teacher")
    connected(student)
    thread = student.path
    write(student, "I did not understand the question")
    shows(student, "I did not understand the question")
    check(student, "42-private-student")
    teacher.open(classroom.path + "/discussions")
    assert "1 message, last" in teacher.one(".stream").text
    check(teacher, "46-private-messages-teacher")
    teacher.click(ben.name, within="aside")
    assert teacher.path == thread
    connected(teacher)
    shows(teacher, "I did not understand the question")
    write(teacher, "Ask me after class")
    shows(student, "I did not understand the question", "Ask me after class")
    small = site_browser(ben, WITHOUT_SCRIPTS)
    small.open(classroom.path + "/discussions")
    assert "2 messages, last" in small.one("aside").text
    check(small, "47-private-messages-student")
    small.click("Is Pluto a planet?", within="aside")
    assert small.path == thread
    small.see("Ask me after class")
    teacher.open(discussion)
    teacher.click(ben.name)
    assert teacher.path == thread
    other = site_browser(cleo, PHONE)
    other.open(discussion)
    shows(other, "I think so")
    assert ben.name not in other.one("aside").text and thread not in other.driver.page_source
    check(other, "43-discussion-student")
    other.open(thread)
    assert "Ask me" not in other.text and "I did not" not in other.text
    check(other, "44-not-found", complaints=True)
    other.open(classroom.path + "/discussions")
    assert "Private" not in other.text and thread not in other.driver.page_source
    check(other, "45-discussions")


def test_a_teacher_changes_a_topic_and_closes_the_discussion(site_browser, people, classroom):
    ada, ben, _ = people
    room = discuss(classroom, "Why are pirmes prime?")["room"]
    teacher, student = site_browser(ada), enter(site_browser(ben, PHONE), room)
    write(student, "Because they are")
    teacher.open(f"/rooms/{room}")
    teacher.click("Change the topic")
    assert teacher.one("#topic").get_attribute("value") == "Why are pirmes prime?"
    check(teacher, "55-discussion-topic")
    teacher.fill(teacher.path, topic="Why are primes prime?")
    assert teacher.one("h1").text == "Why are primes prime?"
    connected(teacher)
    shows(teacher, "Because they are")
    student.one("#body").send_keys("half a thought")
    teacher.click("Close the discussion")
    for browser in (teacher, student):
        wait(browser, lambda: "This discussion is closed" in browser.one("#room-state").text, "closed")
        shows(browser, "Because they are")
    assert teacher.one("#room-refresh").is_displayed(), "it may be open again"
    check(teacher, "56-discussion-closed")
    assert student.one("#body").get_attribute("value") == "half a thought"
    assert not student.one("#write button").is_displayed()
    check(student, "57-discussion-closed-meanwhile")
    teacher.open(f"/classes/{classroom.id}/discussions")
    assert "Closed" in teacher.text
    check(teacher, "58-discussions-closed")
    teacher.click("Why are primes prime?")
    teacher.click("Open it again")
    connected(teacher)
    student.one("#room-refresh").click()
    connected(student)
    assert student.one("h1").text == "Why are primes prime?"
    write(student, ", whole")
    shows(teacher, "Because they are", "half a thought, whole")
