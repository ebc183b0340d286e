"""A live class in browsers: it begins, people come and drop out, mc-chatd is killed, it ends."""

import re
import signal

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from chromium import PHONE, WITHOUT_SCRIPTS
from room import (WAITING, check, connected, enter, said, say_many, sees_the_end, shows, wait, write,
    write_by_wire)
from support.chat import Framed, discuss, end_live, open_thread, start_live


def test_what_one_writes_the_others_see_without_a_reload(site_browser, people, classroom):
    ada, ben, cleo = people
    teacher, student = site_browser(ada), site_browser(ben, number=1)
    teacher.open(classroom.path)
    teacher.open(classroom.path + "/sessions")
    teacher.fill(classroom.path + "/live", title="The moons of Jupiter")
    connected(teacher)
    room = teacher.one("#room").get_attribute("data-room")
    student.open(classroom.path)
    student.click("Live now")
    assert student.one("#room").get_attribute("data-room") == room
    connected(student)
    write(teacher, "Good morning")
    shows(student, "Good morning")
    assert student.one("#room-messages .by .badge").get_property("textContent") == "Teacher"
    write(student, "Good morning, Ada")
    shows(teacher, "Good morning", "Good morning, Ada")
    write(student, "<b>not bold</b>")
    shows(teacher, "Good morning", "Good morning, Ada", "<b>not bold</b>")
    late = enter(site_browser(cleo, PHONE), room)
    shows(late, "Good morning", "Good morning, Ada", "<b>not bold</b>")
    write(late, "Sorry, the bus")
    shows(teacher, "Good morning", "Good morning, Ada", "<b>not bold</b>", "Sorry, the bus")
    shows(student, "Good morning", "Good morning, Ada", "<b>not bold</b>", "Sorry, the bus")
    check(teacher, "30-live-teacher")
    check(late, "31-live-student")


def test_who_is_here_is_named_to_the_teacher_only(site_browser, people, classroom):
    ada, ben, cleo = people
    room = start_live(classroom)["room"]
    teacher = enter(site_browser(ada), room)
    student = enter(site_browser(ben, number=1), room)
    late = enter(site_browser(cleo, PHONE), room)
    # In one moment: between two looks at the same item it may have gone.
    names = lambda browser: sorted(browser.driver.execute_script("return Array.from("
        "document.querySelectorAll('#here-people li'), (item) => item.innerText.split('\\n')[0])"))
    wait(teacher, lambda: len(names(teacher)) == 3, "three people")
    assert all(any(person.name in name for name in names(teacher)) for person in people)
    for browser in (student, late):
        wait(browser, lambda: browser.one("#here-count").text == "3", "three")
        assert [ada.name in name for name in names(browser)] == [True]
    assert cleo.name not in student.driver.page_source
    assert ben.name not in late.driver.page_source
    late.open("/classes")
    wait(student, lambda: student.one("#here-count").text == "2", "two")
    wait(teacher, lambda: len(names(teacher)) == 2, "two people")


def test_a_student_reads_that_leaving_the_page_ends_the_attendance(site_browser, people, classroom):
    ada, ben, _ = people
    counted = "You are counted while this page is open"
    room = start_live(classroom)["room"]
    student, teacher = enter(site_browser(ben), room), enter(site_browser(ada, number=1), room)
    assert counted in student.text and counted not in teacher.text
    small = site_browser(ben, WITHOUT_SCRIPTS)
    small.open(f"/rooms/{room}")
    assert counted not in small.text and "not counted as present" in small.text
    check(small, "68-live-without-scripts")
    small.open(classroom.path + "/attendance")
    assert "not counted as present" in small.text
    check(small, "69-attendance-without-scripts")
    end_live(classroom)
    sees_the_end(student)
    assert counted not in student.text
    talk = enter(student, discuss(classroom)["room"])
    assert counted not in talk.text


def test_a_killed_daemon_costs_the_pages_nothing(site, site_browser, people, classroom):
    ada, ben, _ = people
    chatd = site[1]
    room = start_live(classroom)["room"]
    teacher = enter(site_browser(ada), room)
    student = enter(site_browser(ben, number=1), room)
    for browser in (teacher, student):
        browser.driver.execute_script("window.same = true")
    write(student, "before")
    shows(teacher, "before")
    chatd.kill()
    # It is away: what is typed waits, and can be seen to wait, until it is stored by the other door.
    student.driver.execute_script("""window.pendings = [];
        new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(
            (node) => { if (node.classList?.contains("pending")) pendings.push(node.innerText); })))
            .observe(document.getElementById("room-log"), { subtree: true, childList: true });""")
    for n in range(5):
        write(student, f"while away {n}")
    pendings = student.driver.execute_script("return pendings")
    assert len(pendings) == 5 and "sending" in pendings[0]
    chatd.start()
    expected = ["before"] + [f"while away {n}" for n in range(5)]
    for browser in (teacher, student):
        shows(browser, *expected)
        connected(browser)
    wait(teacher, lambda: len(teacher.all("#here-people li")) == 2, "each once")
    write(teacher, "after")
    for browser in (teacher, student):
        shows(browser, *expected, "after")
        assert not browser.all(WAITING)
        assert browser.driver.execute_script("return window.same"), "without a reload"
        browser.complaints()  # the browser says itself that it could not connect
    assert [m["body"] for m in ada.get(f"/rooms/{room}/messages")["messages"]] == expected + ["after"]


def test_a_daemon_that_hangs_is_not_waited_for(site, site_browser, people, classroom):
    ada, ben, _ = people
    chatd = site[1]
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    write(student, "before")
    shows(student, "before")
    student.driver.execute_script("""window.tried = 0;
        window.WebSocket = class extends WebSocket {
            constructor(...words) { super(...words); tried++; }
        };""")
    chatd.process.send_signal(signal.SIGSTOP)
    try:
        write(student, "while it hangs")
        wait(student, lambda: [m["body"] for m in ada.get(f"/rooms/{room}/messages")["messages"]] ==
            ["before", "while it hangs"], "stored by the other door")
        shows(student, "before", "while it hangs")
        wait(student, lambda: not student.all(WAITING), "nothing waits")
        assert "Not connected" in student.one("#room-state").text
        # A second try may hang as well.
        wait(student, lambda: student.driver.execute_script("return window.tried > 1"), "it is tried again")
        write(student, "and still")
        shows(student, "before", "while it hangs", "and still")
    finally:
        chatd.process.send_signal(signal.SIGCONT)
    connected(student)
    write(student, "after")
    shows(student, "before", "while it hangs", "and still", "after")
    assert [m["body"] for m in ada.get(f"/rooms/{room}/messages")["messages"]] == said(student)
    student.complaints()


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
    teacher = enter(site_browser(ada), room)
    student = enter(site_browser(ben, number=1), room)
    other = enter(site_browser(ada, PHONE), room)
    assert other.one("#here-count").get_property("textContent") == "2", "people, not pages"
    write(student, "Why rings?")
    shows(teacher, "Why rings?")
    focus = lambda: student.driver.switch_to.active_element.get_attribute("id")
    assert focus() == "body"
    teacher.click("End the live class")
    check(teacher, "33-live-end")
    teacher.click("Cancel")
    connected(teacher)
    teacher.click("End the live class")
    teacher.fill(classroom.path + "/live/end")
    sees_the_end(student)
    assert not student.one("#body").is_displayed() and focus() == "room-log"
    badge = student.one("#room-live")
    assert badge.get_property("textContent") == "Ended" and badge.get_attribute("class") == "badge"
    assert "Live now" not in student.text
    check(student, "34-live-ended")
    sees_the_end(other)
    for nothing_more in ("End the live class", "Here now", "Refresh"):
        assert nothing_more not in other.text
    student.open(f"/rooms/{room}")
    assert said(student) == ["Why rings?"] and not student.all("#body")
    assert student.complaints() == []
    check(student, "35-live-ended-later")


def test_who_stays_in_a_room_that_ends_finds_the_next_live_class(site_browser, people, classroom):
    room = start_live(classroom, "Saturn")["room"]
    student = enter(site_browser(people[1], PHONE), room)
    student.driver.execute_script("""window.asked = [];
        const fetched = fetch, now = Date.now;
        window.fetch = (url, ...rest) => {
            if (!url.includes("/unread"))
                asked.push(url);
            return fetched(url, ...rest);
        };
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
    assert "Nothing has been written here yet." in student.text
    end_live(classroom)
    sees_the_end(student)
    assert "Nothing was written here." in student.text and "Enter the live class" not in student.text
    start_live(classroom, "Neptune")
    come_back()
    student.see("Another is live now")
    check(student, "49-live-ended-next")
    student.click("Enter the live class")
    connected(student)
    student.see("Neptune")
    assert student.one("#room").get_attribute("data-room") != str(room)


def test_older_messages_that_cannot_be_loaded_leave_the_page_as_it_is(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 110)
    student = enter(site_browser(ben), room)
    student.driver.execute_script("""window.fetched = fetch;
        fetch = () => Promise.reject(new Error());
        document.getElementById("room-older").click()""")
    wait(student, lambda: "could not be loaded" in student.one("#room-older").get_attribute("textContent"), "it is said")
    assert student.path == f"/rooms/{room}" and len(said(student)) == 50
    # Who clicks twice asks once.
    assert student.driver.execute_script("""let asked = 0;
        fetch = (...words) => { asked++; return fetched(...words); };
        document.getElementById("room-older").click();
        document.getElementById("room-older").click();
        return asked""") == 1
    wait(student, lambda: len(said(student)) == 100, "the next ones")
    assert student.one("#room-older").get_property("textContent") == "Older messages"


def test_who_may_read_nothing_older_any_more_goes_to_the_page_that_says_why(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    say_many(ada, room, 60)
    student = enter(site_browser(ben), room)
    ada.post(f"{classroom.path}/people/{ben.id}/remove")
    wait(student, lambda: "no longer in this room" in student.one("#room-state").text, "it is said")
    # Who only scrolls up stays with what there is.
    student.driver.execute_script("document.getElementById('room-log').scrollTop = -1e6")
    wait(student, lambda: "could not be loaded" in student.one("#room-older").text, "it is said")
    student.leave(lambda: student.one("#room-older").send_keys(Keys.ENTER))
    assert "has removed you" in student.text
    student.complaints()


def test_without_a_network_that_is_said_at_once(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    # What the browser says; the emulation leaves WebSockets alone.
    assert student.driver.execute_script("""WebSocket = class { constructor() { throw new Error(); } };
        fetch = () => Promise.reject(new Error());
        dispatchEvent(new Event("offline"));
        return document.getElementById("room-state").textContent""").startswith("Not connected")
    assert student.one("#room-refresh").text == "Try now"


@pytest.mark.parametrize("event", ["online", "visibilitychange"])
def test_a_connection_that_died_in_a_sleep_is_made_anew_on_waking(
        site_browser, people, classroom, event):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    write_by_wire(student, "before")
    # Dead from now on, and nobody was told.
    student.driver.execute_script("""wire.onmessage = wire.onclose = null;
        WebSocket.prototype.send = function (text) { if (this !== wire) send.call(this, text); };""")
    ada.post(f"/rooms/{room}/messages", {"body": "while asleep"})
    student.driver.execute_script("(arguments[0] === 'online' ? window : document)"
        ".dispatchEvent(new Event(arguments[0]))", event)
    wait(student, lambda: said(student) == ["before", "while asleep"], "what was missed")


def test_who_looks_twice_keeps_a_connection_that_answers(site_browser, people, classroom):
    """The first look has its answer when it asks for it; that of the second is still on its way."""
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
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
    student = enter(site_browser(ben), room)
    student.driver.execute_script("""window.send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) { window.wire = this; window.said = text; };""")
    write(student, "Hello?")
    asked = student.driver.execute_script("""const room = arguments[0];
        const hear = (event) => wire.onmessage({ data: JSON.stringify({ room, ...event }) });
        hear({ type: "message", seq: 99, body: "behind a gap" });
        const asked = JSON.parse(said);
        WebSocket.prototype.send = send;
        hear({ type: "error", code: "busy", message: "Please join again." });
        return asked""", room)
    assert asked == {"type": "join", "room": room, "after": 0}
    connected(student)
    shows(student, "Hello?")
    ada.post(f"/rooms/{room}/messages", {"body": "Good morning"})
    shows(student, "Hello?", "Good morning")


def test_attendance_of_a_class_that_is_on_follows_it(site, site_browser, people, classroom):
    ada, ben, cleo = people
    session = start_live(classroom, "Venus")
    teacher = site_browser(ada)
    teacher.open(f"{classroom.path}/sessions/{session['id']}/attendance")
    row = lambda: teacher.driver.execute_script("return Array.from(document.querySelectorAll('tbody tr'),"
        " (row) => row.innerText).find((text) => text.includes(arguments[0]))", ben.name)
    # At once, as for somebody who comes back to the page; the last one comes by itself.
    looks_again = lambda: teacher.driver.execute_script(
        "document.dispatchEvent(new Event('visibilitychange'))")
    assert "not here yet" in row() and "absent" not in row()
    teacher.driver.execute_script(
        "document.querySelector(arguments[0]).focus()",
        f"a[aria-label='Correct {ben.name}']")
    with Framed(site[1], ben.token) as student:
        student.join(session["room"])
        looks_again()
        wait(teacher, lambda: "Here now" in row(), "he is here")
        assert teacher.one("#roll").text.count("1 here now") == 1
        assert teacher.driver.execute_script("return document.activeElement.ariaLabel") == f"Correct {ben.name}"
        teacher.driver.execute_script("document.querySelector('#roll .scroll').focus()")
    wait(teacher, lambda: "Here now" not in row(), "he has gone")
    assert teacher.driver.execute_script("return document.activeElement.className") == "scroll"
    # What somebody marks, to copy it, stays until it is not marked any more.
    teacher.driver.execute_script("getSelection().selectAllChildren(document.querySelector('#roll h2'))")
    with Framed(site[1], ben.token) as student:
        student.join(session["room"])
        teacher.driver.execute_script("window.looked = fetch; window.looks = 0; window.fetch = (...all) =>"
            " looked(...all).finally(() => setTimeout(() => looks++, 100))")
        looks_again()
        wait(teacher, lambda: teacher.driver.execute_script("return looks") > 0, "it has looked")
        assert "Here now" not in row()
        teacher.driver.execute_script("getSelection().removeAllRanges()")
        looks_again()
        wait(teacher, lambda: "Here now" in row(), "now it shows")
    end_live(classroom)
    looks_again()
    wait(teacher, lambda: "here now" not in teacher.one("#roll").text, "it is over")
    assert "Live now" not in teacher.one("#roll").text and "absent" not in row()
    check(teacher, "50-attendance-after-the-end")
    # What is live and what is unread is still asked, unless it is under way just now.
    plans = teacher.driver.execute_script("""const plan = setTimeout, now = Date.now(), plans = [];
        Date.now = () => now + 3600e3;
        window.setTimeout = (act, ...rest) => { plans.push(act.name); return plan(act, ...rest); };
        document.dispatchEvent(new Event("visibilitychange"));
        return plans;""")
    assert plans.count("run") <= 2, "the list is final"


def test_a_class_that_was_none_is_left_out_and_taken_in_again(site_browser, people, classroom):
    ada, ben, _ = people
    session = start_live(classroom, "Is this on?")
    path = f"{classroom.path}/sessions/{session['id']}/attendance"
    student = site_browser(ben, PHONE)
    teacher = site_browser(ada)
    teacher.open(path)
    check(teacher, "62-that-counts")
    teacher.driver.execute_script("document.querySelector('#reason').required = false")
    teacher.fill(path + "/leave-out", reason="")
    assert teacher.driver.execute_script("return document.activeElement.id") == "reason"
    check(teacher, "63-left-out-without-a-reason", complaints=True)
    teacher.fill(path + "/leave-out", reason="Only the microphone was tried")
    teacher.see("does not count any more")
    check(teacher, "64-left-out")
    phone = site_browser(ada, PHONE, 2)
    phone.open(path)
    check(phone, "65-left-out-on-a-phone")
    for page in ("/attendance", "/sessions"):
        student.open(classroom.path + page)
        student.see("Does not count")
        teacher.open(classroom.path + page)
        teacher.see("Does not count")
        check(student, f"66-left-out-{page[1:]}")
        check(teacher, f"67-left-out-{page[1:]}")
    teacher.open(path)
    teacher.fill(path + "/take-in", reason="It was a lesson")
    teacher.see("counts again")
    student.driver.refresh()
    student.see("Is this on?")
    assert "Does not count" not in student.text
    end_live(classroom)


def test_a_form_that_came_back_leaves_the_list_following_its_class(site, site_browser, people, classroom):
    ada, ben, _ = people
    session = start_live(classroom, "Venus")
    path = f"{classroom.path}/sessions/{session['id']}/attendance"
    teacher = site_browser(ada)
    teacher.open(path)
    teacher.driver.execute_script("document.querySelector('#reason').required = false")
    teacher.fill(path + "/leave-out", reason="")
    with Framed(site[1], ben.token) as student:
        student.join(session["room"])
        teacher.driver.execute_script("document.dispatchEvent(new Event('visibilitychange'))")
        wait(teacher, lambda: "1 here now" in teacher.one("#roll").text, "he is here")
    end_live(classroom)


def test_attendance_is_there_without_anybody_doing_anything(site_browser, people, classroom):
    ada, ben, cleo = people
    session = start_live(classroom, "Mars")
    enter(site_browser(ben, number=1), session["room"])
    end_live(classroom)
    teacher = site_browser(ada)
    teacher.open(f"{classroom.path}/sessions/{session['id']}/attendance")
    rows = {row.find_element(By.TAG_NAME, "th").text: row.text for row in teacher.all("tbody tr")}
    assert "absent" not in rows[ben.name] and "absent" in rows[cleo.name]
    check(teacher, "36-attendance")
    phone = site_browser(ada, PHONE)
    phone.open(f"{classroom.path}/sessions/{session['id']}/attendance")
    assert phone.driver.execute_script(
        "const roll = document.querySelector('.scroll'); return roll.scrollWidth <= roll.clientWidth")
    teacher.leave(teacher.one(f'a[aria-label="Correct {cleo.name}"]').click)
    check(teacher, "37-correction")
    teacher.fill(f"{classroom.path}/sessions/{session['id']}/attendance/{cleo.id}",
        minutes="45", reason="Her screen was broken")
    teacher.see("Her screen was broken")
    phone.open(f"{classroom.path}/sessions/{session['id']}/attendance")
    words = phone.all("tbody a, tbody time, thead th")
    assert max(word.rect["height"] for word in words) < 50, "no word is broken into lines"
    check(phone, "46-attendance-on-a-phone")
    teacher.open(f"{classroom.path}/attendance")
    check(teacher, "38-attendance-of-all")
    csv = ada.get(f"{classroom.path}/sessions/{session['id']}/attendance.csv").text
    assert re.search(rf"{re.escape(cleo.name)}.*Her screen was broken", csv)
    teacher.click(cleo.name)
    teacher.see("corrected: Her screen was broken")
    check(teacher, "60-record-of-one")
    phone.open(teacher.path)
    check(phone, "61-record-on-a-phone")
    student = site_browser(ben, PHONE)
    student.open(f"{classroom.path}/attendance")
    student.see("1 of 1")
    assert cleo.name not in student.driver.page_source
    check(student, "39-attendance-of-mine")
    student.open(f"{classroom.path}/sessions")
    check(student, "40-live-classes")


def test_who_reads_something_else_of_the_class_stays_in_the_live_class(site_browser, people, classroom):
    ada, ben, _ = people
    classroom.post("Read chapter one.")
    ben.post(f"/rooms/{open_thread(classroom, discuss(classroom), ben)}/messages", {"body": "Only for you"})
    session = start_live(classroom)
    student, teacher = enter(site_browser(ben), session["room"]), enter(site_browser(ada, number=1), session["room"])
    wait(teacher, lambda: teacher.all("[data-unread] a"), "that there is something new")
    attendance = f"{classroom.path}/sessions/{session['id']}/attendance"
    for browser, words, path in ((student, "Posts", classroom.path), (teacher, "Attendance", attendance),
            (teacher, "New messages", classroom.path + "/discussions")):
        assert "other pages open in a new tab" in browser.text
        room = browser.driver.current_window_handle
        [*_, link] = [a for a in browser.all("a") if a.text == words]
        link.click()
        wait(browser, lambda: len(browser.driver.window_handles) == 2, "a tab beside it")
        [beside] = set(browser.driver.window_handles) - {room}
        browser.driver.switch_to.window(beside)
        wait(browser, lambda: browser.path == path, "what was asked for")
        browser.driver.close()
        browser.driver.switch_to.window(room)
        assert browser.one("#room-state").text == "Connected"
    [row] = [row for row in ada.get(attendance)["attendance"] if row["user"]["id"] == ben.id]
    assert row["present"] is True and row["last_left_at"] is None
    check(student, "74-live-and-other-pages")
    end_live(classroom)
    for browser, words in ((student, "Posts"), (teacher, "Attendance")):
        sees_the_end(browser)
        assert "new tab" not in browser.text
        browser.click(words, within=".tabs")
        assert len(browser.driver.window_handles) == 1
    talk = enter(student, discuss(classroom)["room"])
    talk.click("Posts", within=".tabs")
    assert len(talk.driver.window_handles) == 1


def test_who_is_made_a_teacher_is_shown_as_one_without_a_reload(site_browser, people, classroom):
    ada, ben, cleo = people
    room = start_live(classroom)["room"]
    teacher, student = enter(site_browser(ada), room), enter(site_browser(ben, number=1), room)

    def here(browser):
        # In one moment: between two looks at the same item it may have been replaced.
        return sorted(browser.driver.execute_script("return Array.from("
            "document.querySelectorAll('#here-people li'), (item) => item.innerText.replace(/\\s+/g, ' ').trim())"))
    wait(teacher, lambda: here(teacher) == sorted([f"{ada.name} Teacher", ben.name]), "he has come")
    assert ada.post(f"{classroom.path}/people/{ben.id}/role", {"role": "instructor"}).status == 200
    wait(teacher, lambda: here(teacher) == sorted([f"{ada.name} Teacher", f"{ben.name} Teacher"]), "he teaches")
    wait(student, lambda: student.one("#room-state").text == "You teach here now.", "he is told")
    assert "You are counted" not in student.text
    check(student, "73-teaches-now")
    for role, state in (("student", "Connected"), ("instructor", "You teach here now.")):
        assert ada.post(f"{classroom.path}/people/{ben.id}/role", {"role": role}).status == 200
        wait(student, lambda: student.one("#room-state").text == state, "the page is as it was, or old again")
        assert ("You are counted" in student.text) == (role == "student")
        assert student.one("#room-refresh").is_displayed() == (role == "instructor")
    enter(site_browser(cleo, PHONE), room)
    wait(student, lambda: cleo.name in here(student), "whom he is shown from now on")
    student.click("Refresh")
    connected(student)
    assert "End the live class" in student.text
    assert ada.post(f"{classroom.path}/people/{ben.id}/role", {"role": "student"}).status == 200
    wait(student, lambda: student.one("#room-state").text == "You do not teach here any more.", "he is told")
    student.click("Refresh")
    connected(student)
    assert "You are counted" in student.text and "End the live class" not in student.text
    student.complaints()
    teacher.complaints()
