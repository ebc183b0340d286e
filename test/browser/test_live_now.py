"""A live class that begins or ends shows on the pages that are open, without a reload."""

import pytest
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from accessible import problems
from chromium import Look
from support.chat import discuss, end_live, start_live
from support.school import create_class, sign_up
from support.wait import PATIENCE

LOOKS = [Look(device, scheme, True) for device, scheme in (("desktop", "light"), ("phone", "dark"))]

# What a page shows of it, as the template or the script has drawn it; their indents differ.
DRAWN = """return Array.from(document.querySelectorAll("[data-live]"),
    (place) => place.outerHTML.replace(/>\\s+</g, "><"));"""

# Time stands still for the question: how much later it is to be asked is listed, and `next` asks it.
# It is the first that a page asks now and then; chat, what is unread and what a room asks have
# their own timers.
CLOCK = """
    window.delays = [];
    let hour = 0, planned = null, ours = null;
    const later = window.setTimeout, never = window.clearTimeout, OURS = -1;
    Date.now = () => hour;
    window.setTimeout = (act, delay, ...rest) => {
        if (act.name === "run")
            ours = ours || act;
        if (act !== ours)
            return later(act, delay, ...rest);
        delays.push(delay);
        planned = [act, delay];
        return OURS;
    };
    window.clearTimeout = (id) => {
        if (id !== OURS)
            return never(id);
        planned = null;
    };
    window.isPlanned = () => planned !== null;
    window.next = () => {
        const [act, delay] = planned;
        planned = null;
        hour += delay;
        act();
    };
    window.pass = (ms) => { hour += ms; };
    window.asked = [];
    window.answered = 0;
    const fetched = window.fetch;
    window.fetch = (url, ...rest) => {
        if (url.includes("/unread"))
            return fetched(url, ...rest);
        asked.push(url);
        const answer = (window.answers || fetched)(url, ...rest);
        // Counted when whoever asked has done with it, unless its body is still to come.
        const count = () => later(() => answered++);
        answer.then(count, count);
        return answer;
    };
    window.look = (hidden) => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    };
"""


@pytest.fixture(scope="module", params=LOOKS, ids=str)
def kept_browser(request, new_browser):
    browser = new_browser(request.param)
    browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK})
    return browser


@pytest.fixture
def browser_of(server, kept_browser):
    def of(person):
        kept_browser.forget().driver.execute_cdp_cmd("Network.setCookie", {"name": "mc_session",
            "value": person.token, "url": f"http://{server.host}/", "httpOnly": True})
        return kept_browser
    return of


@pytest.fixture
def teacher(server):
    return sign_up(server, "Ada")


@pytest.fixture
def student(server):
    return sign_up(server, "Ben")


@pytest.fixture
def classroom(teacher, student):
    return create_class(teacher, "Astronomy").join(student)


def _run(browser, script, *arguments):
    return browser.driver.execute_script(script, *arguments)


def _wait(browser, condition, what):
    WebDriverWait(browser.driver, PATIENCE).until(lambda _: condition(), f"{what} on {browser.path}")


def _later(browser):
    """When the page has asked again, and got its answer."""
    _run(browser, "next()")
    _wait(browser, lambda: _run(browser, "return isPlanned()"), "an answer")


def _pages(classroom):
    topic = discuss(classroom, "Comets")
    post = classroom.post("Read chapter one.", "homework")
    return ["", "/posts?tag=homework", f"/posts/{post['id']}", "/tags", "/people", "/sessions",
        "/discussions", f"/discussions/{topic['id']}", "/attendance", "/leave"]


def _check(browser, name):
    browser.screenshot(name)
    assert problems(browser) == [], name
    assert browser.complaints() == [], name


def test_it_begins_and_ends_on_every_page_as_if_reloaded(browser_of, teacher, student, classroom):
    for person in (student, teacher):
        browser = browser_of(person)
        pages = _pages(classroom)
        if person is teacher:
            pages = ["", "/sessions", "/edit", "/posts/new", "/code"]
        for page in pages:
            browser.open(classroom.path + page)
            idle = _run(browser, DRAWN)
            assert "Live now" not in browser.text.replace("“Live now”", ""), page
            start_live(classroom)
            _later(browser)
            drawn = _run(browser, DRAWN)
            assert "Live now" in browser.text, page
            browser.open(classroom.path + page)
            assert drawn == _run(browser, DRAWN), page
            end_live(classroom)
            _later(browser)
            assert idle == _run(browser, DRAWN), page
            assert not [badge for badge in browser.all(".badge.live") if badge.is_displayed()], page
        # There is no chat here.
        assert [said for said in browser.complaints() if "/chat'" not in said] == []


def test_who_waits_on_the_class_page_can_enter_and_hears_of_it(browser_of, student, classroom):
    browser = browser_of(student)
    browser.open(classroom.path)
    said = browser.one("main > .hidden[role=status]")
    assert said.get_attribute("textContent") == ""
    assert browser.all(".class-head .meta > span:not(:empty)")[0].rect["x"] == \
        browser.one("h1").rect["x"], "no room is kept for it"
    _later(browser)
    assert said.get_attribute("textContent") == "", "nothing has changed"
    start_live(classroom, "Saturn")
    _later(browser)
    assert said.get_attribute("textContent") == "A live class is on."
    _check(browser, "50-live-begins")
    end_live(classroom)
    _later(browser)
    assert said.get_attribute("textContent") == "The live class has ended."
    assert "Enter the live class" not in browser.text
    start_live(classroom, "Neptune")
    _later(browser)
    browser.click("Enter the live class")
    browser.see("Neptune")


def test_the_room_of_an_ended_class_leads_to_the_next(browser_of, student, classroom):
    room = start_live(classroom, "Saturn")["room"]
    end_live(classroom)
    browser = browser_of(student)
    browser.open(f"/rooms/{room}")
    _later(browser)
    assert "Enter the live class" not in browser.text and "Another" not in browser.text
    _check(browser, "51-live-ended-none-is-live")
    start_live(classroom, "Neptune")
    log = browser.one("#room-log").rect
    _later(browser)
    drawn = _run(browser, DRAWN)
    browser.see("Another is live now")
    moved = browser.one("#room-log").rect
    assert (moved["y"], moved["height"]) == (log["y"], log["height"]), "what is read stays"
    _check(browser, "52-live-ended-another-is-live")
    browser.driver.refresh()
    assert drawn == _run(browser, DRAWN)
    browser.click("Enter the live class")
    browser.see("Neptune")


def test_the_session_that_ended_is_not_taken_for_the_one_that_began(
        browser_of, teacher, classroom):
    browser = browser_of(teacher)
    session = start_live(classroom, "Saturn")
    pages = ["/sessions", "/attendance", f"/sessions/{session['id']}/attendance"]
    shown = lambda: [badge for badge in browser.all("[data-session]") if badge.is_displayed()]
    for page in pages:
        browser.open(classroom.path + page)
        assert len(shown()) == 1
        end_live(classroom)
        start_live(classroom, "Neptune")
        _later(browser)
        assert "Live now" in browser.text and not shown(), page
        end_live(classroom)
        session = start_live(classroom, "Saturn")
        pages[2] = f"/sessions/{session['id']}/attendance"


def _seen_at(browser, element):
    """Where on the screen, when the page has been drawn."""
    return browser.driver.execute_async_script("""const [element, tell] = arguments;
        requestAnimationFrame(() => requestAnimationFrame(
            () => tell(element.getBoundingClientRect().top)));""", element)


def test_what_is_being_written_stays_where_it_is(browser_of, teacher, classroom):
    for n in range(20):
        classroom.post(f"Chapter {n}")
    browser = browser_of(teacher)
    browser.open(classroom.path)
    body = browser.one('[name="body"]')
    body.send_keys("Read")
    _run(browser, "scrollTo(0, 200)")
    top = _seen_at(browser, body)
    for change in (start_live, end_live):
        change(classroom)
        _later(browser)
        assert abs(_seen_at(browser, body) - top) < 1
        assert body == browser.driver.switch_to.active_element
        assert ("Enter the live class" in browser.text) == (change is start_live)
    assert body.get_attribute("value") == "Read"


def test_what_has_the_focus_does_not_go(browser_of, teacher, classroom):
    browser = browser_of(teacher)
    browser.open(classroom.path)
    title = browser.one('[name="title"]')
    title.send_keys("Sat")
    start_live(classroom)
    _later(browser)
    assert title == browser.driver.switch_to.active_element and "Live now" in browser.text
    title.send_keys("urn")
    badge = browser.one(".class-head .badge.live")
    _run(browser, "arguments[0].focus()", badge)
    _later(browser)
    assert "Start a live class" not in browser.text
    end_live(classroom)
    _later(browser)
    assert badge == browser.driver.switch_to.active_element
    assert title.is_displayed() and title.get_attribute("value") == "Saturn"
    badge.send_keys(Keys.TAB)
    _later(browser)
    assert not browser.all(".class-head .badge.live")


def test_a_page_asks_seldom_and_each_at_times_of_its_own(browser_of, student, classroom):
    browser = browser_of(student)
    first = []
    for _ in range(5):
        browser.open(classroom.path)
        first += _run(browser, "return delays")
    assert len(set(first)) == 5 and all(16000 <= delay <= 24000 for delay in first)
    assert _run(browser, "return asked") == []
    _later(browser)
    assert _run(browser, "return asked") == [f"{classroom.path}/sessions?limit=1"]
    _run(browser, "window.answers = () => Promise.reject(new Error())")
    for n in range(8):
        _later(browser)
        least = min(20000 * 2 ** (n + 1), 160000) * .8
        assert least <= _run(browser, "return delays.at(-1)") <= 1.5 * least
    for status in (500, 503, 429):
        _run(browser, "window.answers = () => Promise.resolve("
            "new Response('{}', { status: arguments[0] }))", status)
        _later(browser)
        assert _run(browser, "return delays.at(-1)") >= 128000
    _run(browser, "window.answers = null")
    _later(browser)
    assert 16000 <= _run(browser, "return delays.at(-1)") <= 24000
    assert browser.complaints() == []


def test_a_hidden_page_asks_nothing_and_at_once_when_it_is_seen_again(
        browser_of, student, classroom):
    browser = browser_of(student)
    browser.open(classroom.path)
    _run(browser, "look(true)")
    assert not _run(browser, "return isPlanned()")
    _run(browser, "pass(1000); look(false)")
    assert 15000 <= _run(browser, "return delays.at(-1)") <= 23000
    _run(browser, "look(true); pass(60000); look(false)")
    assert _run(browser, "return delays.at(-1)") == 0
    _run(browser, "look(true); pass(-1e6); look(false)")
    assert _run(browser, "return delays.at(-1)") == 0, "the clock was set back"
    start_live(classroom)
    _run(browser, "next()")
    browser.see("Live now")
    _run(browser, "look(true); pass(60000); look(false)")
    _run(browser, "window.answers = (...ask) => new Promise((answer) => { window.answer = answer; })")
    _run(browser, "next(); look(true); look(false)")
    assert not _run(browser, "return isPlanned()"), "one question at a time"
    assert len(_run(browser, "return asked")) == 2


@pytest.mark.parametrize("how", ["logged out", "removed"])
def test_who_is_out_asks_once_and_never_again(browser_of, teacher, student, classroom, how):
    browser = browser_of(student)
    browser.open(classroom.path)
    if how == "removed":
        teacher.post(f"{classroom.path}/people/{student.id}/remove")
    else:
        student.post("/logout")
    _run(browser, "next()")
    _wait(browser, lambda: _run(browser, "return answered") == 1, "an answer")
    _run(browser, "look(true); pass(1e6); look(false)")
    assert not _run(browser, "return isPlanned()")
    assert len(_run(browser, "return asked")) == 1
    browser.complaints()


def test_the_list_of_classes_shows_which_are_live(browser_of, teacher, student, classroom):
    create_class(teacher, "Botany").join(student)
    browser = browser_of(student)
    browser.open("/classes")
    badges = lambda: [card.text.split("-")[0] for card in browser.all("li.card") if "Live now" in card.text]
    assert badges() == []
    start_live(classroom, "Stars")
    _later(browser)
    assert badges() == ["Astronomy"] and "Astronomy" in browser.one("#main > [role=status]").get_attribute("textContent")
    assert problems(browser) == []
    end_live(classroom)
    _later(browser)
    assert badges() == []
    browser.complaints()


def test_pages_of_no_class_ask_nothing(browser_of, student, classroom):
    browser = browser_of(student)
    for path in ("/account", "/classes/join", "/nowhere"):
        browser.open(path)
        assert not _run(browser, "return isPlanned()"), path
    browser.complaints()
