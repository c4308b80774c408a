"""Both ways at once on one HTTP/1.1 request: by raw sockets, and by curl."""
import contextlib
import json
import subprocess
import threading
import time

import pytest

from backends import StreamBackend, echoing
from processes import run
from streaming import (ARRAY, EVENTS, JSON, LINES, NDJSON, Streams, StreamWire, chunked, elements)
from wire import request

CHUNKED = {**NDJSON, "transfer-encoding": "chunked"}


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      streams={"heartbeat": "150ms"})


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()
    served.backend.play = echoing


def line(number):
    return b'{"id":"%d"}\n' % number


@pytest.mark.parametrize("form", [LINES, ARRAY, EVENTS])
def test_each_line_has_its_answer_before_the_next_is_sent(served, form):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields={**CHUNKED, "accept": form}))
        found = b""
        for number in range(30):
            wire.send(chunked(line(number), end=False))
            if number == 0:
                assert wire.head().field("content-type") == form
            found += wire.until(b'{"id":"%d"}' % number)
        wire.send(b"0\r\n\r\n")
        found += wire.body()
    assert elements(form, found) == [{"id": str(n)} for n in range(30)]


def test_an_array_may_be_sent_as_well(served):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields={**CHUNKED, **JSON}))
        wire.send(chunked(b"[", line(0), end=False))
        wire.head()
        assert wire.lines(1) == [{"id": "0"}]
        wire.send(chunked(b",", line(1), b"]"))
        assert wire.lines(1) == [{"id": "1"}] and wire.body() == b""


def test_a_body_with_a_length_is_a_stream_too(served):
    body = b"".join(line(n) for n in range(10))
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields={**NDJSON, "content-length": str(len(body))}))
        wire.send(body[:20])
        wire.head()
        assert wire.lines(1) == [{"id": "0"}]
        wire.send(body[20:])
        assert len(wire.lines(9)) == 9 and wire.body() == b""


def test_a_backend_may_speak_first(served):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields=CHUNKED))
        call = served.backend.next()
        call.send(served.item(id="hello"))
        wire.head()
        assert wire.lines(1) == [{"id": "hello"}]
        wire.send(chunked(line(1), end=False))
        assert call.has_received(1)
        call.finish()
        assert wire.body() == b""


def test_half_close_is_passed_on_and_the_backend_goes_on(served):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields=CHUNKED) + chunked(line(1)))
        call = served.backend.next()
        assert call.half_closed.wait(2)
        time.sleep(0.2)
        call.send(served.item(id="late")).finish()
        assert elements(LINES, wire.whole().body) == [{"id": "late"}]


def test_the_connection_goes_on_when_both_sides_have_ended(served):
    with StreamWire(served.port) as wire:
        for number in range(4):
            wire.send(request("POST", "/chat", fields=CHUNKED) + chunked(line(number)))
            assert elements(LINES, wire.whole().body) == [{"id": str(number)}]


@pytest.mark.parametrize("form", [LINES, ARRAY, EVENTS])
@pytest.mark.parametrize("code", [0, 9])
def test_a_backend_may_end_before_the_request_has(served, form, code):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields={**CHUNKED, "accept": form}))
        wire.send(chunked(line(1), end=False))
        call = served.backend.next()
        assert call.has_received(1)
        call.send(served.item(id="1")).finish(code, "over")
        answer = wire.whole()
        found = elements(form, answer.body)
        assert found[0] == {"id": "1"}
        if code:
            assert found[1]["error"]["code"] == 9
        try:  # The rest of the request is in the way of another.
            wire.send(chunked(line(2), end=False))
        except OSError:
            pass
        assert wire.is_closed_within(4)


@pytest.mark.parametrize("form", [LINES, ARRAY, EVENTS])
def test_a_bad_line_in_the_midst_is_the_last_element(served, form):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields={**CHUNKED, "accept": form}))
        wire.send(chunked(line(1), end=False))
        wire.head()
        found = wire.until(b'"1"')
        wire.send(chunked(line(2), b'{"nope":1}\n', line(3), end=False))
        found += wire.body()
    *rest, last = elements(form, found)
    assert rest[0] == {"id": "1"} and {"id": "3"} not in rest
    assert last["error"]["code"] == 3 and "message 3" in last["error"]["message"]
    assert last["error"]["details"][0]["fieldViolations"][0]["field"] == "nope"
    call = served.backend.next()
    assert call.ended.wait(2) and call.was_cancelled


def test_a_client_that_is_gone_cancels_the_call(served):
    served.backend.forget()
    wire = StreamWire(served.port)
    wire.send(request("POST", "/chat", fields=CHUNKED) + chunked(line(1), end=False))
    call = served.backend.next()
    assert call.has_received(1)
    time.sleep(0.2)
    left = time.monotonic()
    wire.close()
    assert call.ended.wait(3) and call.was_cancelled
    assert call.end - left < 0.5


def test_many_messages_both_ways_at_once(served):
    count = 3000
    found = []
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields=CHUNKED))

        def send():
            for start in range(0, count, 10):
                wire.send(chunked(b"".join(line(n) for n in range(start, start + 10)), end=False))
            wire.send(b"0\r\n\r\n")

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        wire.head()
        found = elements(LINES, wire.body())
        thread.join(10)
    assert found == [{"id": str(n)} for n in range(count)]


# curl

@contextlib.contextmanager
def curl(served):
    """With -m, curl 7.88 waits for its input and reads no answer meanwhile."""
    process = subprocess.Popen(
        ["curl", "-sS", "-N", "-X", "POST", "-T", ".", "-H", "content-type: application/x-ndjson",
         f"http://127.0.0.1:{served.port}/chat"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watch = threading.Timer(20, process.kill)
    watch.start()
    try:
        yield process
    finally:
        watch.cancel()
        process.kill()
        process.communicate(timeout=5)


def say(process, text):
    """Sends a line, and reads one."""
    process.stdin.write(text)
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def test_curl_talks_both_ways(served):
    with curl(served) as process:
        for number in range(10):
            assert say(process, line(number)) == {"id": str(number)}
        rest, errors = process.communicate(timeout=10)
        assert (process.returncode, rest) == (0, b""), errors


def test_curl_hears_an_error_in_the_midst(served):
    with curl(served) as process:
        assert say(process, line(1)) == {"id": "1"}
        assert say(process, b"{]\n")["error"]["code"] == 3


def test_curl_that_is_killed_cancels_the_call(served):
    with curl(served) as process:
        assert say(process, line(1)) == {"id": "1"}
        call = served.backend.next()
        process.kill()
        assert call.ended.wait(2) and call.was_cancelled


@pytest.mark.parametrize(("target", "data", "expected"), [
    ("/collect", '{"id":"1"}\n{"id":"2"}', "2"), ("/collect", '[{"id":"1"},{},{}]', "3")])
def test_curl_posts_a_client_stream(served, target, data, expected):
    def play(call):
        yield served.summary(count=len(list(call.messages())))

    served.backend.play = play
    kind = "application/json" if data[0] == "[" else "application/x-ndjson"
    done = run(["curl", "-sS", "-m", "10", "--fail", "-H", f"content-type: {kind}", "--data-binary",
                data, f"http://127.0.0.1:{served.port}{target}"])
    assert json.loads(done.stdout) == {"count": expected}, done.stderr
