"""Browsers for the tests: with scripts and without, on a phone and on a desktop, in light and dark."""

import shutil

import pytest

from chromium import DESKTOP, Browser, Look
from support.school import create_class, sign_up

LOOKS = [
    Look("desktop", "light", True),
    Look("desktop", "dark", False),
    Look("phone", "light", False),
    Look("phone", "dark", True),
]


@pytest.fixture(params=LOOKS, ids=str, scope="module")
def look(request):
    return request.param


@pytest.fixture(scope="module")
def new_browser(server):
    if not (shutil.which("chromium") and shutil.which("chromedriver")):
        pytest.fail("chromium and chromium-driver are not installed: sh test/packages.sh test")
    made = []

    def make(look):
        browser = Browser(server, look)
        made.append(browser)
        return browser

    yield make
    for browser in made:
        browser.quit()


@pytest.fixture(scope="module")
def two_browsers(new_browser, look):
    return new_browser(look), new_browser(look)


@pytest.fixture
def teachers_browser(two_browsers):
    return two_browsers[0].forget()


@pytest.fixture
def students_browser(two_browsers):
    return two_browsers[1].forget()


@pytest.fixture(scope="module")
def module_site(start_module_server, start_module_chatd):
    chatd = start_module_chatd()
    server = start_module_server(chat_url=f"ws://{chatd.address}/chat")
    return server, chatd


@pytest.fixture
def site(module_site):
    """A server and its chat daemon, which a test may kill: the next one finds it again."""
    yield module_site
    chatd = module_site[1]
    if chatd.process.poll() is not None:
        chatd.start()


@pytest.fixture(scope="module")
def site_browser(module_site):
    """Browsers of this site, one a look and number, kept for the file."""
    made = {}

    def browser_of(person, look=DESKTOP, number=0):
        if (look, number) not in made:
            made[look, number] = Browser(module_site[0], look)
        browser = made[look, number].forget()
        browser.driver.execute_cdp_cmd("Network.setCookie", {"name": "mc_session",
            "value": person.token, "url": f"http://{module_site[0].host}/", "httpOnly": True})
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
