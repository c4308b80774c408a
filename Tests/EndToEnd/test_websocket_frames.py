"""WebSockets frame by frame: the handshake's and the frames' every wrong turn."""
import itertools
import json
import struct
import time

import pytest

from backends import StreamBackend, echoing
from streaming import Streams, StreamWire, resident
from websocket import (BINARY, CLOSE, CONTINUATION, HANDSHAKE, PING, PONG, TEXT, RawSocket,
                       closing, frame)
from wire import request


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      limits={"message": "64KiB"}, streams={"heartbeat": "300ms"})


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()
    served.backend.play = echoing


def test_the_handshake_is_answered_as_the_rfc_has_it(served):
    with RawSocket(served.port) as socket:
        assert socket.opening.field("connection").lower() == "upgrade"
        assert socket.opening.field("sec-websocket-extensions") is None
        assert socket.opening.field("content-length") is None
        assert socket.opening.field("transfer-encoding") is None


@pytest.mark.parametrize(("method", "change", "status"), [
    ("GET", {"sec-websocket-version": "8"}, 426),
    ("GET", {"sec-websocket-version": "14"}, 426),
    ("GET", {"sec-websocket-version": None}, 426),
    ("GET", {"sec-websocket-key": None}, 400),
    ("GET", {"sec-websocket-key": "short"}, 400),
    ("GET", {"sec-websocket-key": "!" * 24}, 400),
    ("GET", {"connection": "close"}, 400),
    ("GET", {"connection": None}, 400),
    ("POST", {}, 400),
    ("GET", {"content-length": "2"}, 400),
    ("GET", {"transfer-encoding": "chunked"}, 400),
    ("GET", {"upgrade": "h2c"}, 405),
    ("GET", {"upgrade": None}, 405),
], ids=itertools.count())
def test_a_wrong_handshake_is_refused(served, method, change, status):
    fields = {name: value for name, value in {**HANDSHAKE, **change}.items() if value is not None}
    with StreamWire(served.port) as wire:
        wire.send(request(method, "/chat", fields=fields))
        answer = wire.whole()
    assert answer.status == status, answer
    if status == 426:
        assert answer.json()["code"] == 9
        assert answer.field("sec-websocket-version") == "13"
        assert answer.field("upgrade") == "websocket"
    assert served.backend.arrived.empty()


def test_names_of_the_handshake_are_read_in_any_case(served):
    with RawSocket(served.port, fields={"connection": "keep-alive, UPGRADE",
                                        "upgrade": "foo, WebSocket"}) as socket:
        socket.send(frame(TEXT, b"{}"))
        assert socket.message() == (TEXT, b"{}")


def test_frames_that_come_with_the_handshake_are_not_a_second_request(served):
    """Refused, or taken as frames: nothing in between (RFC 6455, 4.1)."""
    with StreamWire(served.port) as wire:
        wire.send(request("GET", "/chat", fields=HANDSHAKE) + frame(TEXT, b"{}"))
        answer = wire.head()
        assert answer.status in (101, 400)


@pytest.mark.parametrize("cut", [1, 2, 3, 7])
def test_frames_cut_anywhere_are_the_same(served, cut):
    data = (frame(TEXT, b'{"id":"1"}') + frame(PING, b"p") +
            frame(TEXT, b'{"text":"' + b"x" * 200 + b'"}') + frame(TEXT))
    with RawSocket(served.port) as socket:
        for start in range(0, len(data), cut):
            socket.send(data[start:start + cut])
        found = [socket.message() for _ in range(4)]
        assert sorted(found) == sorted([
            (TEXT, b'{"id":"1"}'), (PONG, b"p"),
            (TEXT, b'{"text":"' + b"x" * 200 + b'"}'), (CLOSE, struct.pack(">H", 1000))])


GOOD = frame(TEXT, b'{"id":"1"}')


@pytest.mark.parametrize(("data", "code"), [
    (frame(TEXT, b"{}", masked=False), 1002),
    (frame(PING, b"", masked=False), 1002),
    (frame(TEXT, b"{}", reserved=4), 1002),
    (frame(TEXT, b"{}", reserved=2), 1002),
    (frame(TEXT, b"{}", reserved=1), 1002),
    (frame(3, b"{}"), 1002),
    (frame(7, b"{}"), 1002),
    (frame(11, b""), 1002),
    (frame(15, b""), 1002),
    (frame(CONTINUATION, b"{}"), 1002),
    (frame(TEXT, b"{", final=False) + frame(TEXT, b"}"), 1002),
    (frame(TEXT, b"{", final=False) + frame(BINARY, b"}"), 1002),
    (frame(PING, b"", final=False), 1002),
    (frame(CLOSE, b"", final=False), 1002),
    (frame(PING, b"x" * 126), 1002),
    (frame(TEXT, b"{}", length=(2, 2)), 1002),
    (frame(TEXT, b"{}", length=(8, 2)), 1002),
    (frame(TEXT, b"x" * 200, length=(8, 200)), 1002),
    (frame(TEXT, b"", length=(8, 1 << 63)), 1002),
    (frame(TEXT, b"", length=(8, (1 << 63) - 1)), 1009),
    (frame(TEXT, b"", length=(8, 65537)), 1009),
    (frame(TEXT, b"x" * 40000, final=False) + frame(CONTINUATION, b"x" * 40000), 1009),
    (frame(TEXT, b'{"text":"\xff"}'), 1007),
    (frame(TEXT, b'{"text":"\xed\xa0\x80"}'), 1007),
    (frame(TEXT, b'{"text":"\xc3', final=False) + frame(CONTINUATION, b'x"}'), 1007),
    (frame(TEXT, b'{"text":"\xc3'), 1007),
    (frame(BINARY, b""), 1003),
    (frame(CLOSE, b"\x03"), 1002),
    (closing(999), 1002),
    (closing(1004), 1002),
    (closing(1005), 1002),
    (closing(1006), 1002),
    (closing(1015), 1002),
    (closing(2999), 1002),
    (closing(5000), 1002),
    (closing(1000, b"\xff"), 1007),
    (closing(1000, b"bye"), 1000),
    (closing(1001), 1001),
    (closing(3000), 3000),
    (closing(), None),
], ids=itertools.count())
def test_what_breaks_the_protocol_has_its_close_code(served, data, code):
    with RawSocket(served.port) as socket:
        call = served.backend.next()
        socket.send(GOOD)
        assert socket.message() == (TEXT, b'{"id":"1"}')
        socket.send(data)
        assert socket.close_code() == code
    assert call.ended.wait(2) and call.was_cancelled


def test_a_character_may_be_cut_by_fragments_and_a_ping_come_between(served):
    with RawSocket(served.port) as socket:
        socket.send(frame(TEXT, b'{"text":"\xc3', final=False))
        socket.send(frame(PING, b"in between"))
        assert socket.message() == (PONG, b"in between")
        socket.send(frame(CONTINUATION, b"", final=False))
        socket.send(frame(CONTINUATION, b'\xa4"}'))
        assert socket.message() == (TEXT, '{"text":"\u00e4"}'.encode())


def test_a_silent_socket_is_pinged(served):
    with RawSocket(served.port) as socket:
        start = time.monotonic()
        for _ in range(3):
            assert socket.frame() == (PING, b"")
            socket.send(frame(PONG))
        assert 0.6 < time.monotonic() - start < 4
        socket.send(GOOD)
        assert socket.message() == (TEXT, b'{"id":"1"}')


def test_frames_behind_a_close_are_not_obeyed(served):
    with RawSocket(served.port) as socket:
        call = served.backend.next()
        socket.send(closing(1000) + GOOD)
        assert socket.close_code() == 1000
    assert call.ended.wait(2) and call.requests == []


def test_a_client_that_never_answers_a_close_does_not_keep_the_connection(served):
    served.backend.forget()
    with RawSocket(served.port) as socket:
        served.backend.next().finish()
        assert socket.message() == (CLOSE, struct.pack(">H", 1000))
        assert socket.is_closed_within(5)


@pytest.mark.parametrize("kind", [PING, PONG])
def test_a_flood_of_control_frames_costs_no_memory(served, kind):
    with RawSocket(served.port) as socket:
        before = resident(served.gateway.process.pid)
        data = frame(kind, b"x" * 125) * 100
        try:
            for _ in range(300):
                socket.send(data)
        except OSError:
            pass
        assert resident(served.gateway.process.pid) - before < 8192
    assert served.ask("GET", "/nowhere").status == 404


def test_a_flood_of_pings_that_is_read_is_answered_or_closed(served):
    with RawSocket(served.port) as socket:
        for number in range(500):
            socket.send(frame(PING, b"%d" % number))
            assert socket.message() == (PONG, b"%d" % number)
        socket.send(GOOD)
        assert socket.message() == (TEXT, b'{"id":"1"}')


def test_a_message_announced_and_not_sent_holds_no_memory(served):
    sockets = [RawSocket(served.port) for _ in range(50)]
    before = resident(served.gateway.process.pid)
    for socket in sockets:
        socket.send(frame(TEXT, b"{", length=(2, 65000)))
    time.sleep(0.2)
    assert resident(served.gateway.process.pid) - before < 2048
    for socket in sockets:
        socket.close()


def test_an_error_frame_says_which_message_was_wrong(served):
    with RawSocket(served.port) as socket:
        socket.send(GOOD + frame(TEXT, b'{"id":7}') + GOOD)
        found = []
        while True:
            kind, payload = socket.message()
            if kind == CLOSE:
                break
            found.append(json.loads(payload))
    assert payload == struct.pack(">H", 1008)
    assert "message 2" in found[-1]["error"]["message"]
    assert found[:-1] in ([], [{"id": "1"}])
