"""Headless Chromium, driven by the WebDriver protocol (W3C) over plain HTTP."""
import contextlib
import json
import os
import shutil
import signal
import urllib.error
import urllib.request

from backends import wait_until
from processes import Program

PROGRAMS = ["chromium", "chromedriver"]
SECONDS = 20
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference, WebDriver section 12.1
# A browser must not be sent through a proxy to its own machine.
DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def missing():
    """The programs that are not installed."""
    return [name for name in PROGRAMS if not shutil.which(name)]


class Browser:
    """One browser with one window; every wait is bounded."""

    def __init__(self, profile):
        self.driver = Program([shutil.which("chromedriver"), "--port=0"], start_new_session=True)
        self.browser = self.session = None
        try:
            started = self.driver.wait_for(r"successfully on port (\d+)", where=self.driver.out)
            self.address = f"http://127.0.0.1:{started.group(1)}/session"
            made = self._ask("POST", "", {"capabilities": {"alwaysMatch": {
                "goog:loggingPrefs": {"browser": "ALL"},
                "timeouts": {"pageLoad": SECONDS * 1000, "script": SECONDS * 1000},
                "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--no-proxy-server", "--no-first-run", f"--user-data-dir={profile}"]}}}},
                seconds=60)
            self.browser = made["capabilities"]["goog:processID"]
            self.session = "/" + made["sessionId"]
        except BaseException:
            self.close()
            raise

    def close(self):
        """Ends the browser and its driver, whatever state they are in."""
        if self.session:
            with contextlib.suppress(OSError, AssertionError):
                self._ask("DELETE", self.session)
        for end, process in ((os.kill, self.browser), (os.killpg, self.driver.process.pid)):
            with contextlib.suppress(ProcessLookupError):
                if process:
                    end(process, signal.SIGKILL)
        self.driver.ended(5)

    def open(self, url):
        self._ask("POST", self.session + "/url", {"url": url})

    def before_each_page(self, script):
        """Runs the script in every page to come, in front of the page's own."""
        self._ask("POST", self.session + "/goog/cdp/execute", {
            "cmd": "Page.addScriptToEvaluateOnNewDocument", "params": {"source": script}})

    def run(self, script, *arguments):
        """What the script returns; it is the body of a function."""
        return self._ask("POST", self.session + "/execute/sync",
                         {"script": script, "args": arguments})

    def text(self, selector):
        """The text of the first element, as its source has it."""
        return self.run("return document.querySelector(arguments[0])?.textContent", selector)

    def texts(self, selector):
        return self.run("return [...document.querySelectorAll(arguments[0])]"
                        ".map((one) => one.textContent)", selector)

    def wait_for(self, selector, wanted, seconds=SECONDS):
        """Waits until the element's text has `wanted` in it; the text."""
        assert wait_until(lambda: wanted in (self.text(selector) or ""), seconds), \
            f"{selector}: expected {wanted!r}, found {self.text(selector)!r}"
        return self.text(selector)

    def type(self, selector, text):
        """Types into a field as a user does; "\\ue007" is the enter key."""
        self._ask("POST", f"{self._element(selector)}/value", {"text": text})

    def click(self, selector):
        self._ask("POST", f"{self._element(selector)}/click", {})

    def console(self):
        """What the browser complained of since it was last asked."""
        return [entry["message"] for entry in
                self._ask("POST", self.session + "/se/log", {"type": "browser"})
                if entry["level"] in ("SEVERE", "WARNING")]

    def _element(self, selector):
        found = self._ask("POST", self.session + "/element",
                          {"using": "css selector", "value": selector})
        return f"{self.session}/element/{found[ELEMENT]}"

    def _ask(self, method, path, body=None, seconds=SECONDS + 5):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self.address + path, data, {"content-type": "application/json"}, method=method)
        try:
            with DIRECT.open(request, timeout=seconds) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode()[:500]}") from None
