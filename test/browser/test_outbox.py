"""What somebody has written and is not stored: it waits, is told of, and is given back."""

import signal

import pytest
from selenium.webdriver.common.keys import Keys

from chromium import PHONE
from room import (WAITING, check, connected, enter, leaves, said, sees_the_end, shows, wait, write,
    write_by_wire)
from support.chat import discuss, end_live, start_live


def _copied(browser, button):
    """What its Copy button puts on the clipboard."""
    return browser.driver.execute_async_script("""const [button, done] = arguments;
        navigator.clipboard.writeText = async (text) => done([button.textContent, text]);
        button.click();""", button)


def _kept(browser, selector, words):
    field = browser.one(selector)
    assert field.is_displayed() and field.is_enabled() and field.get_attribute("readonly")
    assert browser.one(f"label[for={selector[1:]}]").rect["width"] > 20, "what it is can be seen"
    assert field.get_attribute("value") == words and "Not sent" in browser.text
    assert field.rect["width"] >= browser.one("#room-log").rect["width"] - 1
    [button] = [each for each in browser.all("#room-copy button, .unsent button") if each.is_displayed()]
    assert _copied(browser, button) == ["Copy", words]


def test_what_was_not_sent_when_the_class_ended_can_be_copied(site_browser, people, classroom):
    ada, *_ = people
    room = start_live(classroom)["room"]
    teacher = enter(site_browser(ada), room)
    teacher.one("#body").send_keys("One more thing")
    end_live(classroom)
    sees_the_end(teacher)
    teacher.one("#body").send_keys(Keys.ENTER)
    _kept(teacher, "#body", "One more thing")
    teacher.driver.refresh()
    _kept(teacher, "#unsent", "One more thing")
    check(teacher, "47-live-ended-unsent")
    other = site_browser(ada, PHONE)
    other.open(f"/rooms/{room}")
    assert "Not sent" not in other.text, "to who wrote nothing"


def _cut_off(browser, chatd):
    """Neither door takes what the page has to say."""
    chatd.kill()
    browser.driver.execute_script(
        "window.doors = fetch; window.fetch = () => Promise.reject(new Error())")


def _try_now(browser, before=""):
    """In one step: the page may come to it by itself as well, and its link be another one then."""
    browser.driver.execute_script(
        before + "document.getElementById('room-refresh').click()")


def _let_one_door_in(browser):
    """Chat stays away."""
    _try_now(browser, "window.fetch = doors; ")


def _write_cut_off(browser, chatd):
    _cut_off(browser, chatd)
    for words in ("First", "Second"):
        write(browser, words)
    browser.one("#body").send_keys("Third")


def _reload_all_the_same(browser):
    """Although the page asks back."""
    browser.driver.execute_script(
        "addEventListener('beforeunload', (e) => e.stopImmediatePropagation(), true)")
    browser.driver.refresh()


def test_what_was_under_way_when_the_class_ended_can_be_copied(
        site, site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    _write_cut_off(student, site[1])
    end_live(classroom)
    site[1].start()
    sees_the_end(student)
    _kept(student, "#body", "First\n\nSecond\n\nThird")
    student.complaints()


def test_what_an_ended_class_refuses_one_by_one_can_be_copied_later(
        site, site_browser, people, classroom):
    _, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    write(student, "First")
    shows(student, "First")
    _write_cut_off(student, site[1])
    end_live(classroom)
    _let_one_door_in(student)
    wait(student, lambda: student.one("#room-log").text.count("not sent") == 2, "both are refused")
    _reload_all_the_same(student)
    wait(student, lambda: student.one("#unsent").is_displayed(), "it is offered")
    # The same words were said before.
    _kept(student, "#unsent", "First\n\nSecond\n\nThird")
    student.complaints()


def _write_refused(student, meanwhile="Written meanwhile"):
    """Its first message is, while the next one is being written."""
    student.driver.execute_script("""const later = setTimeout;
        window.setTimeout = (act, ...rest) => {
            if (act.name === "admit")
                window.admit = act.bind(null, rest[1]);
            return later(act, ...rest);
        };
        WebSocket.prototype.send = new Proxy(WebSocket.prototype.send, { apply(send, socket, [text]) {
            const { type, client_id } = JSON.parse(text), refuse = type === "send" && !window.refused;
            if (!refuse)
                return Reflect.apply(send, socket, [text]);
            window.refused = () => socket.onmessage({ data: JSON.stringify(
                { type: "error", code: "bad_field", message: "Not that.", client_id }) });
        } });""")
    write(student, "Refused")
    student.one("#body").send_keys(meanwhile)
    student.driver.execute_script("refused()")
    wait(student, lambda: student.one("#room-error").text == "Not that.", "it is refused")


def _is_failed(student):
    [failed] = student.all(".log .failed")
    assert failed.find_element("css selector", ".sending").text == "not sent"
    return student.one("#body").get_attribute("value") == "Written meanwhile"


def test_what_was_refused_waits_for_the_field_to_be_free(site, site_browser, people, classroom):
    _, ben, _ = people
    student = enter(site_browser(ben), start_live(classroom)["room"])
    _write_refused(student)
    assert _is_failed(student)
    student.one("#body").send_keys(Keys.ENTER)
    shows(student, "Written meanwhile")
    assert student.one("#body").get_attribute("value") == "Refused"
    assert not student.all(WAITING), "and is no longer in the way"
    wait(student, lambda: leaves(student), "the other is stored")
    assert student.one("#room-error").text == "This could not be sent."
    student.driver.refresh()
    connected(student)
    assert student.one("#body").get_attribute("value") == "Refused"


def test_what_was_refused_can_be_taken_back_at_once(site_browser, people, classroom):
    _, ben, _ = people
    student = enter(site_browser(ben, PHONE), start_live(classroom)["room"])
    _write_refused(student)
    student.driver.execute_script("admit()")
    assert _is_failed(student), "also when it would be slow"
    check(student, "61-live-not-sent")
    student.one(".log .failed button").click()
    body = student.one("#body")
    assert body.get_attribute("value") == "Refused\n\nWritten meanwhile"
    assert body == student.driver.switch_to.active_element and not student.all(".log .failed")
    student.driver.refresh()
    connected(student)
    body = student.one("#body")
    assert body.get_attribute("value") == "Refused\n\nWritten meanwhile" and not student.all(".log .failed")
    body.send_keys(Keys.ENTER)
    shows(student, "Refused\n\nWritten meanwhile")


def test_what_was_refused_is_not_sent_by_a_reload(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    _write_refused(student)
    _reload_all_the_same(student)
    connected(student)
    assert _is_failed(student)
    student.one("#body").send_keys(Keys.ENTER)
    shows(student, "Written meanwhile")
    assert [m["body"] for m in ada.get(f"/rooms/{room}/messages")["messages"]] == ["Written meanwhile"]


def test_what_was_refused_is_in_the_field_again_at_once_when_that_is_free(site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    _write_refused(student, meanwhile="")
    assert student.one("#body").get_attribute("value") == "Refused" and not student.all(".log .mine")
    assert "Refused" in student.driver.execute_script("return Object.values(sessionStorage)"), "kept as a draft"
    student.one("#body").send_keys(Keys.ENTER)
    assert student.one("#room-error").text == ""
    shows(student, "Refused")


# What chat says, and with which status the other door does.
@pytest.mark.parametrize("code, status", [("busy", 429), ("unavailable", 503)])
def test_what_is_put_off_waits_and_is_sent_unasked(site, site_browser, people, classroom, code, status):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    student.driver.execute_script("""const code = arguments[0];
        WebSocket.prototype.send = new Proxy(WebSocket.prototype.send, { apply(send, socket, [text]) {
            const { type, client_id } = JSON.parse(text), refuse = type === "send" && !window.putOff;
            if (!refuse)
                return Reflect.apply(send, socket, [text]);
            window.putOff = true;
            socket.onmessage({ data: JSON.stringify({ type: "error", code, message: "Not now.", client_id }) });
        } });""", code)

    def write_put_off(words):
        write(student, words)
        assert student.one("#body").get_attribute("value") == "" and student.one("#room-error").text == ""

    write_put_off("by chat")
    shows(student, "by chat")
    assert student.driver.execute_script("return putOff")
    student.driver.execute_script("""window.doors = fetch;
        window.asked = 0;
        window.fetch = async () => {
            asked++;
            return new Response('{"detail": "Not now."}', { status: arguments[0] });
        };""", status)
    site[1].kill()
    write_put_off("by the other door")
    # Behind what waits it asks for what was missed.
    wait(student, lambda: student.driver.execute_script("return asked") > 1, "an answer")
    assert "sen" in student.one(WAITING + " .sending").text
    assert student.one("#body").get_attribute("value") == "" and student.one("#room-error").text == ""
    _let_one_door_in(student)
    shows(student, "by chat", "by the other door")
    student.complaints()


def test_words_that_another_says_too_wait_all_the_same(site_browser, people, classroom):
    room = start_live(classroom)["room"]
    student = enter(site_browser(people[1]), room)
    write_by_wire(student, "before")
    assert student.driver.execute_script("""const [room, waiting] = arguments;
        WebSocket.prototype.send = () => {};
        document.getElementById("body").value = "Yes";
        document.getElementById("write").requestSubmit();
        wire.onmessage({ data: JSON.stringify({ type: "message", room, seq: 2, body: "Yes",
            from: { id: 0, name: "Cleo", role: "student" }, at: new Date().toISOString() }) });
        return document.querySelectorAll(waiting).length""", room, WAITING) == 1


def test_when_a_class_ends_what_was_stored_unheard_is_not_called_unsent(site_browser, people, classroom):
    _, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    write_by_wire(student, "before")
    student.driver.execute_script("""const hear = wire.onmessage, later = setTimeout;
        wire.onmessage = (frame) => { if (JSON.parse(frame.data).type !== "ack") hear(frame); };
        // Nor does it wonder.
        window.setTimeout = (act, ...rest) => act.name === "isHeard" ? 0 : later(act, ...rest);""")
    write(student, "Stored")
    shows(student, "before", "Stored")
    student.driver.execute_script("WebSocket.prototype.send = () => {}")
    write(student, "Not stored")
    # The same words from another device.
    ben.post(f"/rooms/{room}/messages", {"body": "Not stored"})
    shows(student, "before", "Stored", "Not stored")
    assert not student.all(WAITING)
    end_live(classroom)
    wait(student, lambda: student.one("#body").is_displayed(), "it is given back")
    _kept(student, "#body", "Not stored")


@pytest.mark.parametrize("how", ["logged out", "no longer in this room"])
def test_what_waits_is_all_kept_when_one_is(site, site_browser, people, classroom, how):
    ada, ben, _ = people
    student = enter(site_browser(ben), start_live(classroom)["room"])
    _write_cut_off(student, site[1])
    if how == "logged out":
        ben.post("/logout")
    else:
        ada.post(f"{classroom.path}/people/{ben.id}/remove")
    _let_one_door_in(student)
    wait(student, lambda: how in student.one("#room-state").text, "it is said")
    _kept(student, "#body", "First\n\nSecond\n\nThird")
    assert student.one("#room-error").text == "", "not for each of them as well"
    student.complaints()


def test_what_takes_long_is_not_said_to_be_sending_for_ever(site, site_browser, people, classroom):
    _, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben, PHONE), room)
    site[1].process.send_signal(signal.SIGSTOP)
    try:
        student.driver.execute_script("window.doors = fetch; window.fetch = () => new Promise(() => {})")
        write(student, "patience")
        assert student.one(WAITING + " .sending").text == "sending…"
        assert student.driver.execute_script("return document.querySelector(arguments[0])"
            ".closest('[aria-live]').ariaLive", WAITING) == "off", "it is announced as a message"
        wait(student, lambda: "not sent yet" in student.one(WAITING).text, "that it is not")
        check(student, "60-live-not-sent-yet")
        assert _copied(student, student.one(WAITING + " button")) == ["Copy", "patience"]
    finally:
        site[1].process.send_signal(signal.SIGCONT)
    shows(student, "patience")
    wait(student, lambda: not student.all(WAITING), "nothing waits")


def test_half_a_character_stops_nobody(site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    student.driver.execute_script("document.getElementById('body').value = 'half \\ud83d of one'")
    write(student, "!")
    write(student, "goes on")
    shows(student, "half \ufffd of one!", "goes on")


def test_a_second_click_on_send_asks_for_nothing(site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    student.driver.execute_script(
        "document.getElementById('body').addEventListener('invalid', () => { window.asked = true })")
    student.one("#body").send_keys("Just once")
    button = student.one("#write button")
    button.click()
    button.click()
    shows(student, "Just once")
    write(student, "  ")
    assert not student.all(WAITING) and student.one("#room-error").text == ""
    assert student.driver.execute_script("return window.asked") is None
    student.complaints()


def test_who_is_logged_out_in_a_room_finds_the_draft_after_logging_in(
        site_browser, people, classroom):
    _, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    student.one("#body").send_keys("Half a thought")
    ben.post("/logout")
    wait(student, lambda: "logged out" in student.one("#room-state").text, "it is said")
    _kept(student, "#body", "Half a thought")
    assert "Here now" not in student.text
    student.click("Log in")
    student.fill("/login", email=ben.email, password=ben.password)
    assert student.path == f"/rooms/{room}"
    connected(student)
    assert student.one("#body").get_attribute("value") == "Half a thought"
    student.one("#body").send_keys(Keys.ENTER)
    shows(student, "Half a thought")
    student.complaints()


def test_each_room_has_its_own_draft(site_browser, people, classroom):
    rooms = [discuss(classroom, topic)["room"] for topic in ("Comets", "Moons")]
    student = enter(site_browser(people[1]), rooms[0])
    student.one("#body").send_keys("Half a thought")
    for room, draft in ((rooms[1], ""), (rooms[0], "Half a thought")):
        enter(student, room)
        assert student.one("#body").get_attribute("value") == draft
    student.one("#body").send_keys(Keys.ENTER)
    shows(student, "Half a thought")
    student.driver.refresh()
    connected(student)
    assert student.one("#body").get_attribute("value") == ""


def test_where_nothing_can_be_kept_one_writes_all_the_same(site_browser, people, classroom):
    student = site_browser(people[1])
    script = student.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source":
        "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('', 'SecurityError'); } })"})
    enter(student, start_live(classroom)["room"])
    write(student, "Good morning")
    shows(student, "Good morning")
    assert not student.all(WAITING) and student.complaints() == []
    student.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def test_who_logs_out_leaves_no_draft_to_who_sits_down_next(site_browser, people, classroom):
    _, ben, _ = people
    student = enter(site_browser(ben), start_live(classroom)["room"])
    student.one("#body").send_keys("I am being bullied")
    wait(student, lambda: student.driver.execute_script("return sessionStorage.length"), "kept")
    student.click("Log out")
    assert student.path == "/"
    assert student.driver.execute_script("return {...sessionStorage}") == {}


def test_nor_does_a_room_that_hears_of_the_log_out_only_behind_it(site_browser, people, classroom):
    _, ben, _ = people
    student = enter(site_browser(ben), start_live(classroom)["room"])
    student.one("#body").send_keys("I am being bullied")
    student.driver.execute_script("""
        document.querySelector("form[action='/logout']").dispatchEvent(new Event("submit", { bubbles: true }));
        dispatchEvent(new Event("pagehide"));""")
    ben.post("/logout")
    wait(student, lambda: "logged out" in student.one("#room-state").text, "it hears")
    assert student.driver.execute_script("return {...sessionStorage}") == {}
    student.complaints()


def test_nor_in_the_page_to_which_the_next_one_goes_back(site_browser, people, classroom):
    _, ben, cleo = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    student.one("#body").send_keys("I am being bullied")
    student.click("Log out")
    student.click("Log in")
    student.fill("/login", email=cleo.email, password=cleo.password)
    while student.path != f"/rooms/{room}":
        student.leave(student.driver.back)
    connected(student)
    assert student.one(".me").text == cleo.name and student.one("#body").get_attribute("value") == ""
    student.complaints()


def test_nor_does_who_did_not_log_out_and_has_another_behind_them(site_browser, people, classroom):
    _, ben, cleo = people
    student = enter(site_browser(ben), start_live(classroom)["room"])
    _write_refused(student)
    student.driver.execute_cdp_cmd("Network.setCookie", {"name": "mc_session", "value": cleo.token,
        "url": student.driver.current_url, "httpOnly": True})
    _reload_all_the_same(student)
    connected(student)
    assert student.one(".me").text == cleo.name
    assert student.one("#body").get_attribute("value") == "" and not student.all(".log .failed")


def test_a_page_that_was_logged_out_throws_away_nothing_of_the_next_one(site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    assert student.driver.execute_script("""
        document.querySelector("form[action='/logout']").dispatchEvent(new Event("submit", { bubbles: true }));
        dispatchEvent(new Event("pagehide"));
        sessionStorage.setItem("draft", "of the next one");
        dispatchEvent(new Event("pagehide"));
        return sessionStorage.getItem("draft");""") == "of the next one"
    student.driver.execute_script("sessionStorage.clear()")


def test_who_is_removed_is_told_and_keeps_what_was_written(site_browser, people, classroom):
    ada, ben, _ = people
    student = enter(site_browser(ben), start_live(classroom)["room"])
    student.one("#body").send_keys("Half a thought")
    ada.post(f"{classroom.path}/people/{ben.id}/remove")
    wait(student, lambda: "no longer in this room" in student.one("#room-state").text, "it is said")
    _kept(student, "#body", "Half a thought")
    assert "Here now" not in student.text and "Live now" not in student.text
    student.click("Your classes")
    assert student.path == "/classes"


def test_a_page_with_something_unsent_is_not_left_without_a_word(
        site, site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    assert leaves(student)
    _cut_off(student, site[1])
    write(student, "Wait for me")
    assert not leaves(student)
    site[1].start()
    shows(student, "Wait for me")
    wait(student, lambda: leaves(student), "nothing waits any more")
    student.complaints()


def test_a_post_that_is_being_written_is_not_left_without_a_word(site_browser, people, classroom):
    teacher = site_browser(people[0])
    teacher.open(classroom.path)
    assert leaves(teacher)
    teacher.one('[name="body"]').send_keys("Half a thought")
    assert not leaves(teacher)
    teacher.fill(classroom.path + "/posts", body="A whole one")
    teacher.see("A whole one")
    assert leaves(teacher), "it is stored"
    teacher.complaints()


def test_a_form_that_came_back_is_not_left_without_a_word(site_browser, people, classroom):
    ada, _, _ = people
    post = classroom.post("Read chapter one.")
    edit = f"{classroom.path}/posts/{post['id']}/edit"
    teacher = site_browser(ada)
    teacher.open(edit)
    assert leaves(teacher), "it is as it is stored"
    ada.post(edit, {"body": "Read chapter two.", "tags": []})
    teacher.fill(edit, body="Read chapter three.")
    teacher.see("changed while you wrote")
    assert not leaves(teacher)
    teacher.fill(edit, body="Read chapter four.", tags="x" * 200)
    teacher.see("too long")
    assert not leaves(teacher)
    teacher.one('[name="body"]').clear()
    assert leaves(teacher), "nothing is lost"
    teacher.fill(edit, body="Read chapter four.", tags="homework")
    teacher.see("Read chapter four.")
    assert leaves(teacher), "it is stored"
    teacher.complaints()


def test_what_was_being_sent_survives_a_reload_and_is_sent_once(site, site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    _write_cut_off(student, site[1])
    # Another one's first, not one's own.
    ada.post(f"/rooms/{room}/messages", {"body": "First"})
    chat = student.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument",
        {"source": "window.doors = fetch; window.fetch = () => Promise.reject(new Error());"})
    _reload_all_the_same(student)
    student.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", chat)
    assert [each.text for each in student.all(WAITING + " .said")] == ["First", "Second"]
    wait(student, lambda: student.one("#room-refresh").text == "Try now", "it tries")
    site[1].start()
    _let_one_door_in(student)
    shows(student, "First", "First", "Second")
    assert student.one("#body").get_attribute("value") == "Third"
    student.driver.refresh()
    connected(student)
    assert said(student) == ["First", "First", "Second"]
    assert len(ada.get(f"/rooms/{room}/messages")["messages"]) == 3
    student.complaints()
