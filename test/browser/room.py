"""The page of a room in a browser: entering, writing, and what is shown."""

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from accessible import problems
from support.wait import PATIENCE

SHOWN = "#room-messages .said"
WAITING = ".log .pending"


def wait(browser, condition, what):
    # What a script has just replaced is looked at again.
    WebDriverWait(browser.driver, PATIENCE, ignored_exceptions=[StaleElementReferenceException]).until(
        lambda _: condition(), f"{what} on {browser.path}")


def said(browser):
    # Of all, also of those that are scrolled out of sight.
    return browser.driver.execute_script(
        "return Array.from(document.querySelectorAll(arguments[0]), (e) => e.textContent)", SHOWN)


def shows(browser, *messages):
    wait(browser, lambda: said(browser) == list(messages),
        f"{messages}, not {said(browser)}")


def connected(browser):
    wait(browser, lambda: browser.one("#room-state").text == "Connected", "connected")


def enter(browser, room):
    browser.open(f"/rooms/{room}")
    connected(browser)
    return browser


def sees_the_end(browser):
    wait(browser, lambda: "ended" in browser.one("#room-state").text, "the end")


def write(browser, words):
    browser.one("#body").send_keys(words, Keys.ENTER)


def write_by_wire(browser, words):
    """Also keeps the page's WebSocket as `wire`, and what sends by it as `send`."""
    browser.driver.execute_script("""window.send = WebSocket.prototype.send;
        WebSocket.prototype.send = function (text) { window.wire = this; send.call(this, text); };""")
    write(browser, words)
    shows(browser, words)


def hide(browser, is_hidden):
    """As when somebody goes to another tab, and comes back."""
    browser.driver.execute_script("""
        Object.defineProperty(document, "hidden", { value: arguments[0], configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));""", is_hidden)


def leaves(browser):
    """It asks nothing before it goes: there is nothing that would be lost."""
    return browser.driver.execute_script(
        "return dispatchEvent(new Event('beforeunload', { cancelable: true }))")


def check(browser, name, complaints=False):
    browser.screenshot(name)
    assert problems(browser) == [], f"{name} at {browser.path}"
    heard = browser.complaints()
    assert complaints or heard == [], f"{name}: {heard}"


def choose(browser, words):
    """In what is asked before something is removed."""
    [button] = [each for each in browser.all("dialog button") if each.text == words]
    button.click()


def say_many(person, room, count):
    for n in range(count):
        person.post(f"/rooms/{room}/messages", {"body": f"message {n}"})


def ends(browser, selector):
    """Where something ends in the window, in pixels from the top."""
    return browser.driver.execute_script(
        "return document.querySelector(arguments[0]).getBoundingClientRect().bottom", selector)
