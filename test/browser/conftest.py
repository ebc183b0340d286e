"""Browsers for the tests: with scripts and without, on a phone and on a desktop, in light and dark."""

import shutil

import pytest

from chromium import Browser, Look

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
