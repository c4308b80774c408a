"""How long a stream may live: idle time, whole time, the client's own limit, and the drain."""
import json
import signal
import struct
import time

import pytest

from backends import StreamBackend, echoing
from streaming import (ARRAY, EVENTS, LINES, NDJSON, Streams, StreamWire, chunked, elements,
                       narrow)
from websocket import CLOSE, TEXT, RawSocket, frame
from wire import request

# As the gateway and the routes below have it.
IDLE, BRIEF = 0.4, 0.3
# A loop that has to do more, and this test as well.
LATE = 1.0
CHUNKED = {**NDJSON, "transfer-encoding": "chunked"}


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      streams={"idle": "400ms", "heartbeat": "150ms"})


@pytest.fixture(scope="module")
def patient(tmp_path_factory, gateways):
    """A gateway whose streams may be idle for ever."""
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      streams={"idle": 0, "heartbeat": "200ms"})


@pytest.fixture(autouse=True)
def forget(served, patient):
    served.backend.forget()
    patient.backend.forget()


def last(form, body):
    return elements(form, body)[-1]["error"]


def is_about(expected, took):
    return expected - 0.02 <= took < expected + LATE


# Idle

@pytest.mark.parametrize("form", [ARRAY, LINES])
def test_a_stream_without_its_first_message_is_a_504(served, form):
    start = time.monotonic()
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.json()["code"]) == (504, 4)
    assert is_about(IDLE, time.monotonic() - start)
    assert call.ended.wait(2) and call.was_cancelled


def test_heartbeats_are_no_traffic(served):
    start = time.monotonic()
    wire, call = served.call("GET", "/sse/7")
    with wire:
        answer = wire.whole()
    assert answer.status == 200 and answer.body.count(b":\n\n") == 2
    assert last(EVENTS, answer.body)["code"] == 4
    assert is_about(IDLE, time.monotonic() - start)
    assert call.ended.wait(2) and call.was_cancelled


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_silence_behind_messages_is_the_last_element(served, form):
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    with wire:
        for number in range(4):
            call.send(served.item(id=str(number)))
            time.sleep(IDLE / 2)
        start = time.monotonic()
        answer = wire.whole()
        assert is_about(IDLE / 2, time.monotonic() - start)
    found = elements(form, answer.body)
    assert [one.get("id") for one in found] == ["0", "1", "2", "3", None]
    assert found[-1]["error"]["code"] == 4
    assert call.ended.wait(2) and call.was_cancelled


@pytest.mark.parametrize("side", ["the client", "the backend"])
def test_messages_of_either_side_keep_a_stream_alive(served, side):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields=CHUNKED))
        call = served.backend.next()
        for number in range(5):
            if side == "the client":
                wire.send(chunked(b"{}\n", end=False))
                assert call.has_received(number + 1)
            else:
                call.send(served.item(id="1"))
            time.sleep(IDLE / 2)
        assert not call.ended.is_set()
        wire.send(b"0\r\n\r\n")
        call.finish()
        assert len(elements(LINES, wire.whole().body)) == (0 if side == "the client" else 5)


def test_a_body_that_does_not_end_is_a_408(served):
    start = time.monotonic()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/list", b"{", {"content-length": "10"}))
        answer = wire.whole()
    assert (answer.status, answer.json()["code"]) == (408, 4)
    assert is_about(IDLE, time.monotonic() - start)
    assert served.backend.arrived.empty()


@pytest.mark.parametrize("drop", [b" ", b"x"])
def test_half_a_message_is_no_traffic(served, drop):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields=CHUNKED) + chunked(b"{}\n", end=False))
        call = served.backend.next()
        start = time.monotonic()
        wire.send(chunked(b'{"text":"', end=False))
        while not call.ended.wait(IDLE / 5) and time.monotonic() - start < 3 * IDLE:
            wire.send(chunked(drop, end=False))
        assert call.ended.is_set(), "what is no message keeps the stream alive"
        assert is_about(IDLE, call.end - start) and call.was_cancelled
        answer = wire.whole()
    # The client's request is what is missing.
    assert (answer.status, answer.json()["code"]) in [(408, 4), (504, 4)]


def test_a_silent_websocket_is_closed(served):
    with RawSocket(served.port) as socket:
        call = served.backend.next()
        socket.send(frame(TEXT, b"{}"))
        start = time.monotonic()
        kind, payload = socket.message()
        assert kind == TEXT and json.loads(payload)["error"]["code"] == 4
        assert is_about(IDLE, time.monotonic() - start)
        assert socket.message() == (CLOSE, struct.pack(">H", 1011))
        assert call.ended.wait(2) and call.was_cancelled


def test_no_idle_limit_is_none(patient):
    wire, call = patient.call("GET", "/list/7")
    with wire:
        time.sleep(1)
        assert not call.ended.is_set()
        call.send(patient.item(id="1")).finish()
        assert elements(LINES, wire.whole().body) == [{"id": "1"}]


# The whole time

@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_route_may_limit_the_whole_time(served, form):
    start = time.monotonic()
    wire, call = served.call("GET", "/brief/7", fields={"accept": form})
    assert 0 < call.time_remaining <= BRIEF
    with wire:
        for _ in range(3):
            call.send(served.item(id="1"))
            time.sleep(0.05)
        answer = wire.whole()
    assert is_about(BRIEF, time.monotonic() - start)
    assert answer.status == 200 and last(form, answer.body)["code"] == 4
    assert call.ended.wait(2)


def test_the_whole_time_counts_before_the_first_message(served):
    start = time.monotonic()
    wire, call = served.call("GET", "/brief/7")
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.json()["code"]) == (504, 4)
    assert is_about(BRIEF, time.monotonic() - start)


@pytest.mark.parametrize("header", ["grpc-timeout", "x-server-timeout", "connect-timeout-ms"])
@pytest.mark.parametrize("target", ["/list/7", "/brief/7"])
def test_a_client_may_ask_for_less(served, header, target):
    value = {"grpc-timeout": "200m", "x-server-timeout": "0.2", "connect-timeout-ms": "200"}[header]
    start = time.monotonic()
    wire, call = served.call("GET", target, fields={header: value})
    assert 0.05 < call.time_remaining <= 0.2
    call.send(served.item(id="1"))
    with wire:
        answer = wire.whole()
    assert is_about(0.2, time.monotonic() - start)
    assert last(LINES, answer.body)["code"] == 4
    assert call.ended.wait(2)


def test_a_client_may_not_ask_for_more_than_the_route_has(served):
    wire, call = served.call("GET", "/brief/7", fields={"grpc-timeout": "9S"})
    wire.close()
    assert call.time_remaining <= BRIEF


@pytest.mark.parametrize("value", ["1", "S", "-1S", "1.5S", "123456789S"])
def test_a_malformed_timeout_is_a_400(served, value):
    assert served.ask("GET", "/list/7", fields={"grpc-timeout": value}).status == 400
    assert served.backend.arrived.empty()


@pytest.mark.parametrize("target", ["/brief-chat", "/chat"])
def test_a_full_duplex_stream_ends_in_time_as_well(served, target):
    fields = {**CHUNKED, **({"grpc-timeout": "300m"} if target == "/chat" else {})}
    served.backend.play = echoing
    with StreamWire(served.port) as wire:
        start = time.monotonic()
        wire.send(request("POST", target, fields=fields))
        wire.send(chunked(b'{"id":"1"}\n', end=False))
        answer = wire.whole()
        assert is_about(BRIEF, time.monotonic() - start)
    assert last(LINES, answer.body)["code"] == 4


def test_a_websocket_may_have_its_time_from_the_route(served):
    with RawSocket(served.port, "/brief-chat") as socket:
        start = time.monotonic()
        kind, payload = socket.message()
        assert kind == TEXT and json.loads(payload)["error"]["code"] == 4
        assert is_about(BRIEF, time.monotonic() - start)
        assert socket.close_code() == 1011


def test_no_deadline_of_unary_calls_touches_a_stream(gateways, tmp_path):
    with StreamBackend() as backend:
        other = Streams(gateways, backend, tmp_path,
                        defaults={"backend": "users", "deadline": "300ms",
                                  "max_deadline": "400ms"})
        wire, call = other.call("GET", "/list/7")
        with wire:
            time.sleep(0.8)
            call.send(other.item(id="1")).finish()
            assert elements(LINES, wire.whole().body) == [{"id": "1"}]


# The drain

@pytest.fixture
def leaving(gateways, tmp_path):
    """A gateway that the test ends."""
    with StreamBackend() as backend:
        yield lambda drain: Streams(gateways, backend, tmp_path, detached=True, drain=drain)


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_running_stream_gets_the_drain_time(leaving, form):
    served = leaving("10s")
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    call.send(served.item(id="1"))
    wire.head()
    found = wire.until(b'"1"')
    served.gateway.process.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    call.send(served.item(id="2")).finish()
    with wire:
        found += wire.body()
        assert elements(form, found) == [{"id": "1"}, {"id": "2"}]
        assert wire.is_closed_within(3)
    assert served.gateway.ended(5) == 0


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_stream_longer_than_the_drain_ends_with_its_error(leaving, form):
    served = leaving("500ms")
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    call.send(served.item(id="1"))
    wire.head()
    found = wire.until(b'"1"')
    start = time.monotonic()
    served.gateway.process.send_signal(signal.SIGTERM)
    with wire:
        found += wire.body()
    assert is_about(0.5, time.monotonic() - start)
    assert elements(form, found)[0] == {"id": "1"} and last(form, found)["code"] == 14
    assert call.ended.wait(2) and call.was_cancelled
    assert served.gateway.ended(5) == 0


def test_a_stream_that_has_said_nothing_is_a_503_at_the_end_of_the_drain(leaving):
    served = leaving("300ms")
    wire, call = served.call("GET", "/list/7")
    served.gateway.process.send_signal(signal.SIGTERM)
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.json()["code"]) == (503, 14)
    assert call.ended.wait(2) and served.gateway.ended(5) == 0


def test_a_full_duplex_stream_goes_on_while_draining(leaving):
    served = leaving("10s")
    served.backend.play = echoing
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields=CHUNKED))
        wire.send(chunked(b'{"id":"1"}\n', end=False))
        wire.head()
        assert wire.lines(1) == [{"id": "1"}]
        served.gateway.process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        wire.send(chunked(b'{"id":"2"}\n'))
        assert elements(LINES, wire.body()) == [{"id": "2"}]
    assert served.gateway.ended(5) == 0


def test_a_websocket_is_closed_at_the_end_of_the_drain(leaving):
    served = leaving("500ms")
    with RawSocket(served.port) as socket:
        call = served.backend.next()
        served.gateway.process.send_signal(signal.SIGTERM)
        socket.send(frame(TEXT, b"{}"))
        assert call.has_received(1)
        kind, payload = socket.message()
        assert kind == TEXT and json.loads(payload)["error"]["code"] == 14
        assert socket.close_code() in (1001, 1011, 1012)
    assert call.ended.wait(2) and call.was_cancelled
    assert served.gateway.ended(5) == 0


@pytest.mark.parametrize("kind", ["a reader that is stuck", "a backend that is stuck"])
def test_who_is_stuck_does_not_hold_the_end_up(leaving, kind):
    served = leaving("500ms")
    if kind == "a reader that is stuck":
        data = served.item(text="x" * 10_000)

        def play(call):
            for _ in range(2000):
                yield data

        served.backend.play = play
        wire = narrow(served, "/list/7")
    else:
        served.backend.reads = False
        wire = StreamWire(served.port)
        wire.send(request("POST", "/upload", fields={"content-length": str(1 << 30)}))
        wire.socket.settimeout(0.3)
        with pytest.raises(TimeoutError):
            while True:
                wire.send(bytes(65536))
    call = served.backend.next()
    time.sleep(0.3)
    start = time.monotonic()
    served.gateway.process.send_signal(signal.SIGTERM)
    assert served.gateway.ended(8) == 0
    assert time.monotonic() - start < 5
    assert call.ended.wait(2)
    wire.close()
