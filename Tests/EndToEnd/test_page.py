"""The sample's web page in headless Chromium, through the gateway, as a person uses it."""
import warnings

import pytest

from backends import StreamBackend
from browser import Browser, missing
from gateways import SERVICE
from processes import ROOT, DemoBackend, Gateway
from wire import ask

ENTER = "\ue007"
# Keeps the page's event sources where a test can look at them.
WATCH = """
window.sources = [];
window.EventSource = class extends EventSource {
  constructor(...given) { super(...given); window.sources.push(this); }
};
"""
CLOSED = 2  # EventSource.CLOSED


def sample_before(backend):
    """The gateway of the sample in front of this backend."""
    return Gateway(ROOT / "docker" / "transom.yaml", {
        "TRANSOM_LISTEN_ADDRESS": "127.0.0.1:0", "TRANSOM_ADMIN_ADDRESS": "127.0.0.1:0",
        "TRANSOM_USERS_ADDRESS": backend.address})


@pytest.fixture(scope="module")
def port():
    """The port of a sample of this module's own, since its users change."""
    with DemoBackend() as backend, sample_before(backend) as gateway:
        yield gateway.port


@pytest.fixture(scope="module")
def chromium(tmp_path_factory):
    if missing():
        reason = f"SKIPPED: {' and '.join(missing())} not installed, so no browser sees the page"
        warnings.warn(reason)
        pytest.skip(reason)
    browser = Browser(tmp_path_factory.mktemp("chromium"))
    try:
        browser.before_each_page(WATCH)
        yield browser
    finally:
        browser.close()


@pytest.fixture
def page(chromium, port):
    """The page, with all its users."""
    chromium.open(f"http://127.0.0.1:{port}/")
    chromium.wait_for("#users-status", "the stream has ended")
    return chromium


def test_the_page_is_an_http_body_of_the_backend(port):
    answer = ask(port, "GET", "/")
    assert answer.status == 200
    assert answer.field("content-type") == "text/html; charset=utf-8"
    assert answer.body.startswith(b"<!doctype html>\n") and answer.body.endswith(b"</html>\n")
    assert ask(port, "HEAD", "/").field("content-length") == str(len(answer.body))


def test_the_users_come_by_event_source_which_stops_at_the_end(page):
    assert page.text("#users-status").endswith(" users, the stream has ended.")
    ids = page.texts("#users tr td:first-child")
    assert ids[:100] == [str(number) for number in range(1, 101)]
    assert page.texts("#users tr:first-child td") == [
        "1", "Ada Baker", "ada.baker@example.com", "2025-01-01"]
    assert page.run("return sources.map((one) => one.readyState)") == [CLOSED]


def test_the_users_can_be_loaded_again(page):
    count = len(page.texts("#users tr"))
    page.click("#users-again")
    page.wait_for("#users-status", f"{count} users, the stream has ended")
    assert len(page.texts("#users tr")) == count
    assert page.run("return sources.map((one) => one.readyState)") == [CLOSED, CLOSED]


def test_nothing_comes_from_elsewhere_and_the_console_is_silent(page, port):
    loaded = page.run("return performance.getEntries().map((one) => one.name)")
    loaded = [name for name in loaded if ":" in name]
    assert loaded and all(name.startswith(f"http://127.0.0.1:{port}/") for name in loaded), loaded
    assert page.console() == []


def test_a_created_user_shows_up(page, port):
    page.type("#create [name=name]", "Mary Weaver")
    page.type("#create [name=email]", "mary.weaver@example.com")
    page.click("#create button")
    said = page.wait_for("#create-status", "Created Mary Weaver as /v1/users/")
    path = said.removeprefix("Created Mary Weaver as ").removesuffix(".")
    shown = page.texts("#users tr:first-child td")
    assert shown[1:3] == ["Mary Weaver", "mary.weaver@example.com"]
    assert ask(port, "GET", path).json()["id"] == shown[0]
    assert page.run("return document.querySelector('#create [name=name]').value") == ""


def test_a_refused_user_is_explained(page):
    page.type("#create [name=name]", "x" * 257 + ENTER)
    assert page.wait_for("#create-status", "HTTP") == (
        "HTTP 400: name: expected at most 256 bytes, found 257 (code 3)")


def test_what_users_are_called_is_text(page):
    name = "<img src=x onerror=document.title='broken'>"
    page.type("#create [name=name]", name + ENTER)
    page.wait_for("#create-status", "Created")
    assert page.text("#users tr:first-child td:nth-child(2)") == name
    assert page.run("return document.querySelector('img')") is None


def test_a_chat_message_comes_back_and_the_half_close_ends_with_1000(page):
    page.type("#chat [name=message]", "hello" + ENTER)
    page.wait_for("#chat-log", "you: hello")
    page.type("#chat [name=message]", "<b>how are you?</b>")
    page.click("#chat-send")
    page.wait_for("#chat-log", "you: <b>how are you?</b>")
    assert page.text("#chat-status") == "Open."
    page.click("#chat-end")
    page.wait_for("#chat-status", "Closed with code 1000: a good end.")
    assert len(page.texts("#chat-log p")) == 2


def test_a_chat_can_begin_again(page):
    for text in ("first", "second"):
        page.type("#chat [name=message]", text + ENTER)
        page.wait_for("#chat-log", f"you: {text}")
        page.click("#chat-end")
        page.wait_for("#chat-status", "Closed with code 1000")


def test_a_backend_and_then_a_gateway_that_are_gone_are_told(chromium):
    page, backend = chromium, DemoBackend()
    try:
        with sample_before(backend) as gateway:
            page.open(f"http://127.0.0.1:{gateway.port}/")
            page.wait_for("#users-status", "100 users, the stream has ended")
            page.type("#chat [name=message]", "hello" + ENTER)
            page.wait_for("#chat-log", "you: hello")
            backend.kill()
            said = page.wait_for("#chat-status", "Closed with code 1011: ")
            assert said.endswith(" (code 14).")
            page.click("#users-again")
            assert page.wait_for("#users-status", "HTTP 503: ").endswith(" (code 14)")
            page.type("#create [name=name]", "Nobody" + ENTER)
            assert page.wait_for("#create-status", "HTTP 503: ").endswith(" (code 14)")
            assert page.run("return document.querySelectorAll('.bad').length") == 3
        page.click("#users-again")
        page.wait_for("#users-status", "The gateway cannot be reached; trying again…")
        page.type("#create [name=name]", "Nobody" + ENTER)
        page.wait_for("#create-status", "The gateway cannot be reached.")
    finally:
        backend.kill()


def test_a_stream_that_fails_on_its_way_is_told(chromium, gateways, messages):
    page = chromium
    with DemoBackend() as pages, StreamBackend() as users:
        port = gateways.start(
            None, backends={"pages": {"address": pages.address},
                            "users": {"address": users.address}},
            schema={"protos": [str(ROOT / "protos")]},
            routes=[
                {"route": "GET /", "rpc": "pages.v1.Pages/GetPage", "backend": "pages"},
                {"route": "GET /v1/users", "rpc": f"{SERVICE}/ListUsers"}]).port
        page.open(f"http://127.0.0.1:{port}/")
        user = messages["user.v1.User"](id="7", name="Grace").SerializeToString()
        users.next().send(user).finish(10, "the list has changed")
        assert page.wait_for("#users-status", "list") == "the list has changed (code 10)"
        assert page.texts("#users tr td:first-child") == ["7"]
        assert page.run("return sources.map((one) => one.readyState)") == [CLOSED]
