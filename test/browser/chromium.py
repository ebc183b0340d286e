"""Chromium, headless: with scripts and without, on a phone and on a desktop, in light and dark."""

import base64
import os
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from support.process import BUILD
from support.wait import PATIENCE

SCREENSHOTS = os.path.join(BUILD, "screenshots")


class Look:
    """How somebody looks at the site."""

    def __init__(self, device, scheme, scripts):
        self.device, self.scheme, self.scripts = device, scheme, scripts
        self.size = {"phone": (390, 844), "desktop": (1280, 900)}[device]

    def __str__(self):
        return f"{self.device}-{self.scheme}-{'scripts' if self.scripts else 'no-scripts'}"


DESKTOP = Look("desktop", "light", True)
PHONE = Look("phone", "dark", True)
WITHOUT_SCRIPTS = Look("phone", "light", False)


class Browser:
    """One person's browser: a profile of its own, short words for what people do."""

    def __init__(self, server, look):
        self.server, self.look = server, look
        options = Options()
        options.binary_location = shutil.which("chromium")
        for flag in ("--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                "--disable-background-networking", "--hide-scrollbars", "--lang=en",
                f"--window-size={look.size[0]},{look.size[1]}"):
            options.add_argument(flag)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")
        if not look.scripts:
            options.add_experimental_option("prefs",
                {"profile.managed_default_content_settings.javascript": 2})
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
        self.driver.set_page_load_timeout(PATIENCE)
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": look.size[0],
            "height": look.size[1], "deviceScaleFactor": 1, "mobile": look.device == "phone"})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
            {"features": [{"name": "prefers-color-scheme", "value": look.scheme}]})

    def quit(self):
        self.driver.quit()

    def forget(self):
        """As if it had never been here; what was open asks on, and complains."""
        self.driver.get("about:blank")
        self.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
        self.complaints()
        return self

    def open(self, path):
        self.driver.get(f"{self.server.scheme}://{self.server.host}{path}")

    @property
    def path(self):
        return self.driver.current_url.split(self.server.host, 1)[1].split("#")[0]

    @property
    def text(self):
        return self.driver.find_element(By.TAG_NAME, "body").text

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        found = self.all(selector)
        assert len(found) == 1, f"{selector}: {len(found)} on {self.path}"
        return found[0]

    def see(self, text):
        """Waits until the text is on the page."""
        WebDriverWait(self.driver, PATIENCE).until(lambda _: text in self.text, f"{text!r} on {self.path}")

    def leave(self, act):
        """Does what leads to another page, and waits for that."""
        old = self.driver.find_element(By.TAG_NAME, "html")
        act()
        WebDriverWait(self.driver, PATIENCE).until(lambda _: _is_gone(old), "the next page")

    def click(self, text, within="main, header"):
        """The link or button with that text."""
        found = [element for part in self.all(within)
            for element in part.find_elements(By.CSS_SELECTOR, "a, button, summary")
            if element.is_displayed() and text.lower() in element.text.lower()]
        assert found, f"nothing to click says {text!r} on {self.path}"
        self.leave(found[0].click)

    def fill(self, action, **fields):
        """Fills in the form that goes to that path and sends it."""
        form = self.one(f'form[method="post"][action="{action}"]')
        for name, value in fields.items():
            field = form.find_element(By.CSS_SELECTOR, f'[name="{name}"]')
            field.clear()
            field.send_keys(value)
        self.leave(form.find_element(By.CSS_SELECTOR, "button:not([type=button])").click)

    def screenshot(self, name):
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot",
            {"format": "png", "captureBeyondViewport": True})
        os.makedirs(SCREENSHOTS, exist_ok=True)
        with open(os.path.join(SCREENSHOTS, f"{self.look}-{name}.png"), "wb") as file:
            file.write(base64.b64decode(shot["data"]))

    def complaints(self):
        """What the console has to say since the last time."""
        return [entry["message"] for entry in self.driver.get_log("browser")
            if entry["level"] in ("SEVERE", "WARNING")]


def _is_gone(element):
    try:
        element.is_enabled()
        return False
    except Exception:  # stale, or in the middle of going
        return True
