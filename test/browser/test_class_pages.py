"""The pages of a class in a browser: its code and link, its posts."""

from datetime import datetime, timezone

import pytest

from chromium import PHONE, WITHOUT_SCRIPTS
from room import check, enter, wait
from support.chat import discuss, end_live, open_thread, start_live
from support.school import sign_up


@pytest.fixture
def phone(site_browser, people):
    browser = site_browser(people[0], PHONE)
    browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
        {"width": 360, "height": 740, "deviceScaleFactor": 1, "mobile": True})
    return browser


def test_a_copy_button_says_again_what_it_does(site_browser, people, classroom):
    teacher = site_browser(people[0])
    teacher.open(classroom.path)
    button = teacher.one("[data-copy=join-code]")
    assert button.text == "Copy code"
    twice = teacher.driver.execute_async_script("""const [button, done] = arguments;
        const copied = [];
        navigator.clipboard.writeText = async (text) => copied.push(text);
        button.click();
        setTimeout(() => {
            button.click();
            setTimeout(() => done([...copied, button.textContent]));
        });""", button)
    assert twice == [classroom.code, classroom.code, "Copied"]
    wait(teacher, lambda: button.text == "Copy code", "its own words")


def test_the_link_is_on_the_page_where_no_button_copies_it(phone, classroom):
    phone.open(classroom.path)
    assert phone.one("[data-copy=join-link]").is_displayed() and not phone.one("#join-link").is_displayed()
    # As over plain HTTP from another machine.
    script = phone.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument",
        {"source": "Object.defineProperty(navigator, 'clipboard', { value: undefined })"})
    phone.open(classroom.path)
    assert not phone.one("[data-copy=join-link]").is_displayed()
    assert phone.one("#join-link").is_displayed()
    phone.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", script)


def test_what_was_sent_after_a_log_out_is_two_pages_back(site_browser, people, classroom):
    ada, _, _ = people
    for page, action, name in ((classroom.path, classroom.path + "/posts", "body"),
            (classroom.path + "/edit", classroom.path + "/edit", "description")):
        teacher = site_browser(ada)
        teacher.open(page)
        form = f'form[action="{action}"]'
        teacher.one(f'{form} [name="{name}"]').send_keys("Words of an hour")
        teacher.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        teacher.leave(teacher.one(form + " button").click)
        assert "go back twice" in teacher.one(".notice.bad").text
        assert "page that you asked for" not in teacher.text
        check(teacher, f"70-logged-out-{name}", complaints=True)
        teacher.fill("/login", email=ada.email, password=ada.password)
        for _ in range(2):
            teacher.leave(teacher.driver.back)
        assert teacher.one(f'{form} [name="{name}"]').get_attribute("value") == "Words of an hour"


def test_who_has_cookies_off_is_told_why_no_log_in_stays(site_browser, people):
    browser = site_browser(people[0])
    for page in ("/login", "/signup"):
        browser.forget().open(page)
        assert "cookies" not in browser.text
        off = browser.driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument",
            {"source": "Object.defineProperty(navigator, 'cookieEnabled', { value: false })"})
        browser.open(page)
        assert "keeps no cookies" in browser.one(".notice.bad").text
        check(browser, f"71-no-cookies-{page[1:]}")
        browser.driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", off)


# Firefox brings nothing back that was typed in a page that is not to be stored, nor Chromium what is not to be completed.
def test_what_was_sent_is_there_for_who_goes_back_until_it_is_stored(site_browser, people, classroom):
    ada, ben, _ = people
    assert ada.post(f"{classroom.path}/people/{ben.id}/role", {"role": "instructor"}).status == 200
    teacher = site_browser(ada)
    form = f'form[action="{classroom.path}/posts"]'
    typed = lambda: [field.get_attribute("value") for field in teacher.all(form + " [name]")]

    def send():
        teacher.driver.execute_script("""for (const field of document.querySelector(arguments[0]).elements)
            field.autocomplete = "off";""", form)
        teacher.leave(teacher.one(form + " button").click)

    def back():
        teacher.leave(teacher.driver.back)

    teacher.open(classroom.path)
    teacher.one(form + ' [name="body"]').send_keys("Words of an hour")
    teacher.one(form + ' [name="tags"]').send_keys("week 1")
    sent = typed()
    teacher.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    send()
    # Another one's tab now: nothing of it is there.
    teacher.fill("/login", email=ben.email, password=ben.password)
    back()
    back()
    assert typed()[1:] == ["", ""]
    teacher.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    teacher.open("/login")
    teacher.fill("/login", email=ada.email, password=ada.password)
    back()
    back()
    assert teacher.path == classroom.path and typed() == sent
    # As who went back before the server answered.
    teacher.leave(teacher.driver.refresh)
    assert typed() == sent
    # A lost answer's second try is not a second post.
    send()
    assert classroom.bodies() == ["Words of an hour"]
    back()
    assert typed()[1:] == ["", ""]


def test_the_links_of_a_post_name_the_time_that_is_seen(site_browser, people, classroom):
    classroom.post("Read chapter one.")
    teacher = site_browser(people[0])
    teacher.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "Asia/Kolkata"})
    teacher.open(classroom.path)
    time = teacher.one(".post time").text
    assert "UTC" not in time
    assert [link.get_attribute("aria-label") for link in teacher.all(".post .acts a")] == [
        f"Edit the post of {time}", f"Remove the post of {time}"]
    teacher.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})


def test_all_lines_of_a_card_begin_at_one_edge(site_browser, people, classroom):
    for person in people[:2]:
        browser = site_browser(person)
        browser.open("/classes")
        edges = {browser.all(selector)[0].rect["x"] for selector in (".card h2", ".card .meta > :not(:empty)")}
        assert len(edges) == 1, edges
        check(browser, f"71-classes-{person.name.lower()}")


def test_after_a_correction_the_row_is_seen_and_marked(site, site_browser, people, classroom):
    for n in range(40):
        classroom.join(sign_up(site[0], f"Pupil {n:02}"))
    session = start_live(classroom)
    end_live(classroom)
    path = f"{classroom.path}/sessions/{session['id']}/attendance"
    teacher = site_browser(people[0])
    teacher.open(path)
    row = lambda: teacher.all("tbody tr")[-1]
    teacher.leave(row().find_element("css selector", "a").click)
    correction = teacher.path
    teacher.fill(correction, minutes="5", reason="The bus")
    assert "5 min" in row().text and "The bus" in row().text
    assert teacher.driver.execute_script("""const box = arguments[0].getBoundingClientRect();
        return box.top >= 0 && box.bottom <= innerHeight;""", row())
    assert teacher.driver.execute_script("return arguments[0].matches(':target')", row())
    check(teacher, "72-corrected")


@pytest.mark.parametrize("look", [WITHOUT_SCRIPTS, PHONE], ids=str)
def test_who_was_removed_from_the_class_reads_what_may_have_happened(site_browser, people, classroom, look):
    ada, ben, _ = people
    room = start_live(classroom)["room"]
    student = site_browser(ben, look)
    student.open(classroom.path)
    ada.post(f"{classroom.path}/people/{ben.id}/remove")
    student.click("People", within=".tabs")
    words = student.one("main").text
    assert "has removed you" in words and f"logged in as {ben.name}" in words
    check(student, "73-not-in-the-class", complaints=True)
    for path in (f"/rooms/{room}", "/rooms/987654321", "/classes/987654321/posts"):
        student.open(path)
        assert student.one("main").text == words
    student.open("/nowhere")
    assert "removed" not in student.one("main").text
    student.complaints()


def test_what_could_not_be_sent_is_sent_again_by_a_reload(cluster, site_browser, people, classroom):
    teacher = site_browser(people[0], PHONE)
    teacher.open(classroom.path)
    with cluster.holding("LOCK TABLE mc.post IN ACCESS EXCLUSIVE MODE"):
        teacher.fill(classroom.path + "/posts", body="Words of an hour")
        assert "Reload this page" in teacher.one("main").text
        check(teacher, "77-not-sent", complaints=True)
    teacher.leave(teacher.driver.refresh)
    assert teacher.one(".post .prose").text == "Words of an hour" and teacher.path == classroom.path
    assert classroom.bodies() == ["Words of an hour"]


def test_what_could_not_be_sent_is_there_for_who_goes_back_too_early_and_tries_again(cluster, site_browser, people, classroom):
    teacher = site_browser(people[0])
    teacher.open(classroom.path + "/edit")
    with cluster.holding("LOCK TABLE mc.session IN ACCESS EXCLUSIVE MODE"):
        teacher.fill(classroom.path + "/edit", description="Words of an hour")
        assert "Reload this page" in teacher.one("main").text
        teacher.leave(teacher.driver.back)
        assert teacher.one(".status").text == "503"
    teacher.click("Try again", within="main")
    assert teacher.one('[name="description"]').get_attribute("value") == "Words of an hour"
    teacher.complaints()


def test_in_lists_a_long_topic_takes_two_lines_and_behind_its_link_all_of_it(site_browser, people, classroom):
    ada, ben, _ = people
    words = ("What did you take from the chapter on comets " * 5)[:200].strip()
    for topic in (words, "W" * 200):
        ben.post(f"/rooms/{open_thread(classroom, discuss(classroom, topic), ben)}/messages", {"body": "x"})
    for look in (PHONE, WITHOUT_SCRIPTS):
        teacher = site_browser(ada, look)
        teacher.open(classroom.path + "/discussions")
        line = teacher.one("#private").rect["height"]
        shown = teacher.all(".rows strong > a, .rows .topic")
        assert len(shown) == 6 and all(each.rect["height"] < 2.5 * line for each in shown)
        check(teacher, "74-long-topics")
        teacher.leave(teacher.driver.find_element("link text", words).click)
        assert teacher.one("h1").text == words


@pytest.mark.parametrize("width", [390, 360])
def test_a_correction_fits_a_phones_width(site_browser, phone, people, classroom, width):
    session = start_live(classroom)
    pupil = people[1]
    enter(site_browser(pupil, number=1), session["room"])
    end_live(classroom)
    hour = datetime.now(timezone.utc).hour
    # Where it is after ten, which takes the most room.
    ahead = 10 - hour if hour < 23 else -1
    phone.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": f"Etc/GMT{-ahead:+}"})
    phone.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 740, "deviceScaleFactor": 1, "mobile": True})
    path = f"{classroom.path}/sessions/{session['id']}/attendance"
    too_wide = lambda: phone.driver.execute_script(
        "const scroll = document.querySelector('.scroll'); return scroll.scrollWidth - scroll.clientWidth")
    phone.open(path)
    assert "10:" in phone.one(f"#user-{pupil.id}").text and too_wide() == 0
    phone.open(f"{path}/{pupil.id}")
    phone.fill(f"{path}/{pupil.id}", minutes="45", reason="The bus was late, and all of the lower village with it")
    phone.open(path)
    assert too_wide() == 0
    row, note = phone.one(f"#user-{pupil.id}"), phone.one(".note:not(:empty)")
    assert "The bus was late" in note.text and note.rect["width"] > row.rect["width"] * .9
    check(phone, f"75-corrected-{width}")
    phone.driver.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})
