"""The connection of a room: when it is tried again, when it is taken for dead, what chat says over it."""

from room import connected, enter, leaves, said, say_many, sees_the_end, shows, wait, write, write_by_wire
from support.chat import end_live, start_live

# What `wire` hears, as from chat.
HEAR = """const room = arguments[0];
    const hear = (event) => wire.onmessage({ data: JSON.stringify({ room, ...event }) });
    const message = (seq, body) => hear({ type: "message", seq, body, at: new Date().toISOString(),
        from: { id: 0, name: "Cleo", role: "student" } });"""


def test_it_is_tried_ever_more_seldom_until_it_is_there_again(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    assert student.driver.execute_script("""window.chat = WebSocket;
        window.doors = fetch;
        window.pauses = [];
        const later = setTimeout;
        window.setTimeout = (act, ms, ...rest) => {
            if (act.name !== "connect")
                return later(act, ms, ...rest);
            pauses.push(ms);
            window.again = act;
        };
        WebSocket = class { constructor() { throw new Error(); } };
        fetch = () => Promise.reject(new Error());
        Math.random = () => 1;
        dispatchEvent(new Event("offline"));
        for (let n = 0; n < 4; n++)
            again();
        Math.random = () => 0;
        again();
        return pauses""") == [1000, 2000, 4000, 4000, 4000, 500]
    # What is written meanwhile does not wait for the next try, nor does what others write.
    ada.post(f"/rooms/{room}/messages", {"body": "Anybody here?"})
    student.driver.execute_script("fetch = doors")
    write(student, "I am")
    shows(student, "Anybody here?", "I am")
    assert leaves(student) and student.one("#body").get_attribute("value") == "", "it is stored"
    student.driver.execute_script("WebSocket = chat; Math.random = () => 1; again()")
    connected(student)
    assert student.driver.execute_script("""dispatchEvent(new Event("offline"));
        return pauses.at(-1)""") == 1000, "as the first time"
    student.driver.execute_script("again()")
    connected(student)


def test_one_that_is_silent_when_it_is_asked_is_made_anew(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = site_browser(ben)
    script = student.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument",
        {"source": "window.setInterval = (act) => { window.tick = act; };"})
    enter(student, room)
    student.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)
    write_by_wire(student, "before")
    student.driver.execute_script("""window.answers = 0;
        wire.addEventListener("message", (event) => { answers += JSON.parse(event.data).type === "pong"; });
        tick();""")
    wait(student, lambda: student.driver.execute_script("return answers") == 1, "an answer")
    assert student.driver.execute_script("""tick();
        return document.getElementById("room-state").textContent""") == "Connected"
    # Dead from now on, and nobody was told.
    student.driver.execute_script("""wire.onmessage = null;
        WebSocket.prototype.send = function (text) { if (this !== wire) send.call(this, text); };""")
    ada.post(f"/rooms/{room}/messages", {"body": "while it is dead"})
    # What was missed comes by the other door, before another connection is there.
    student.driver.execute_script("""const later = setTimeout;
        window.setTimeout = (act, ...rest) => act.name === "connect" ? 0 : later(act, ...rest);
        tick();""")
    student.driver.execute_script("tick()")
    shows(student, "before", "while it is dead")
    student.driver.execute_script("document.getElementById('room-refresh').click()")
    connected(student)
    # That the first is dead is heard later.
    assert student.driver.execute_script("""wire.dispatchEvent(new Event("close"));
        return document.getElementById("room-state").textContent""") == "Connected"


def test_who_comes_back_opens_no_second_one(site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    student.driver.execute_script("""window.opened = 0;
        WebSocket = class extends WebSocket { constructor(...words) { super(...words); opened++; } };""")
    come_back = """document.dispatchEvent(new Event("visibilitychange"));
        dispatchEvent(new Event("online"));
        return opened"""
    assert student.driver.execute_script(come_back) == 0
    end_live(classroom)
    sees_the_end(student)
    assert student.driver.execute_script(come_back) == 0, "nor to one that is over"


def test_a_request_that_nobody_answers_does_not_hold_up_the_next(site, site_browser, people, classroom):
    student = enter(site_browser(people[1]), start_live(classroom)["room"])
    student.driver.execute_script("""window.doors = fetch;
        AbortSignal.timeout = () => {
            const given = new AbortController();
            window.giveUp = () => given.abort();
            return given.signal;
        };
        fetch = (url, { signal }) => new Promise((_, fails) => {
            window.asked = url;
            signal?.addEventListener("abort", () => fails(signal.reason));
        });""")
    site[1].kill()
    write(student, "Hello?")
    wait(student, lambda: student.driver.execute_script("return window.asked"), "the other door is asked")
    student.driver.execute_script("fetch = doors; giveUp()")
    shows(student, "Hello?")
    student.complaints()


def test_however_much_was_missed_comes_by_the_other_door_in_one_go(site_browser, people, classroom):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = enter(site_browser(ben), room)
    # There is no next try.
    student.driver.execute_script("""const later = setTimeout;
        window.setTimeout = (act, ...rest) => act.name === "connect" ? 0 : later(act, ...rest);
        WebSocket = class { constructor() { throw new Error(); } };
        dispatchEvent(new Event("offline"));""")
    say_many(ada, room, 501)
    student.driver.execute_script("document.getElementById('room-refresh').click()")
    wait(student, lambda: len(said(student)) == 501, "all, though a page has 500")
    assert said(student)[-1] == "message 500"


def test_numbers_that_come_anew_are_shown_and_nothing_twice(site_browser, people, classroom):
    """Behind a database that was brought back from a backup."""
    room = start_live(classroom)["room"]
    student = enter(site_browser(people[1]), room)
    write_by_wire(student, "one")
    student.driver.execute_script(HEAR + """WebSocket.prototype.send = () => {};
        const joined = (last_seq) => hear({ type: "joined", last_seq, members: [] });
        message(9, "behind a gap: it joins again");
        message(2, "two, by the other door");
        joined(1);
        message(2, "two, once more");
        message(9, "behind a gap");
        joined(1);
        message(2, "two, another one");""", room)
    shows(student, "one", "two, by the other door", "two, another one")


def test_what_chat_complains_of_is_said_and_its_farewell_is_not(site_browser, people, classroom):
    room = start_live(classroom)["room"]
    student = enter(site_browser(people[1]), room)
    write_by_wire(student, "before")
    assert student.driver.execute_script(HEAR + """
        return ["bad_state", "slow_consumer", "going_away", "too_many"].map((code) => {
            hear({ type: "error", room: undefined, code, message: `because: ${code}` });
            return document.getElementById("room-error").textContent;
        })""", room) == ["", "", "", "because: too_many"]
    assert said(student) == ["before"]
