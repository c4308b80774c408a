"""Streams whose backend misbehaves in the middle: an error at the end, and never a good one."""
import socket
import time

import pytest

from backends import wait_until
from raw_peer import (CONTINUATION, DATA, END_STREAM, GOAWAY, HEAD, HEADERS, OK, PING, PUSH_PROMISE,
                      RST_STREAM, SETTINGS, WINDOW_UPDATE, RawPeer, field, frame,
                      message, number)
from streaming import (ARRAY, EVENTS, FLAT, LINES, ROUTES, StreamWire, Watched, compiled, elements)
from wire import request

ITEM = message(b"\x0a\x01a")  # streams.v1.Item with the id "a"


@pytest.fixture(scope="module")
def peer():
    with RawPeer() as made:
        yield made


@pytest.fixture(scope="module")
def gateway(gateways, peer, tmp_path_factory):
    _, descriptors = compiled(tmp_path_factory.mktemp("schema"))
    return gateways.start({"address": peer.address, "connections": 1}, routes=ROUTES,
                          schema={"descriptor_sets": [str(descriptors)]})


def listed(gateway, form=LINES, **fields):
    with StreamWire(gateway.port) as wire:
        wire.send(request("GET", "/list/7", fields={"accept": form, **fields}))
        return elements(form, wire.whole().body)


def good(call):
    call.headers(HEAD).data(ITEM).headers(OK, end=True)


LOST, BROKEN, UNKNOWN, TOO_LARGE = 14, 13, 2, 8

MIDDLES = {
    "data on stream 0": (LOST, lambda call: frame(DATA, 0, b"x")),
    "a frame over the limit": (LOST, lambda call: frame(DATA, call.stream, bytes(16385))),
    "a push": (LOST, lambda call: frame(PUSH_PROMISE, call.stream, number(2) + b"\x88", 4)),
    "a window of 0": (LOST, lambda call: frame(WINDOW_UPDATE, 0, number(0))),
    "settings on a stream": (LOST, lambda call: frame(SETTINGS, call.stream)),
    "a field beyond the table": (LOST, lambda call: frame(
        HEADERS, call.stream, b"\xff\xff\x7f", 5)),
    "a continuation of nothing": (LOST, lambda call: frame(CONTINUATION, call.stream, b"\x88", 4)),
    "a flood of pings": (LOST, lambda call: frame(PING, 0, bytes(8)) * 5000),
    "HTTP/1.1": (LOST, lambda call: b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "trailers that do not end": (BROKEN, lambda call: call.head(OK)),
    "a status in trailers": (BROKEN, lambda call: call.head([(":status", "200"), *OK], end=True)),
    "an upper-case name in trailers": (BROKEN, lambda call: call.head(OK + [("X", "y")], end=True)),
    "large trailers": (TOO_LARGE, lambda call: frame(
        HEADERS, call.stream, b"".join(field(b"x-%d" % n, b"v") for n in range(300)), 5)),
    "no status": (UNKNOWN, lambda call: call.head([("x", "y")], end=True)),
    "two statuses that differ": (UNKNOWN, lambda call: call.head(
        OK + [("grpc-status", "5")], end=True)),
    "an end without trailers": (UNKNOWN, lambda call: frame(DATA, call.stream, b"", END_STREAM)),
    "half a message": (BROKEN, lambda call: frame(DATA, call.stream, ITEM[:-1])
                       + call.head(OK, end=True)),
    "an unknown flag": (BROKEN, lambda call: frame(DATA, call.stream, message(b"", compressed=2))),
    "a length over the limit": (TOO_LARGE, lambda call: frame(
        DATA, call.stream, message(b"", length=1 << 31))),
    "a message that is no protobuf": (BROKEN, lambda call: frame(
        DATA, call.stream, message(b"\xff\xff")) + call.head(OK, end=True)),
    "a reset without a fault": (BROKEN, lambda call: frame(RST_STREAM, call.stream, number(0))),
    "a reset because it is too much": (TOO_LARGE, lambda call: frame(
        RST_STREAM, call.stream, number(11))),
    "GOAWAY with less": (LOST, lambda call: frame(GOAWAY, 0, number(0) + number(2))),
}


@pytest.mark.parametrize("name", MIDDLES)
@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_what_goes_wrong_after_a_message_is_the_last_element(gateway, peer, form, name):
    expected, middle = MIDDLES[name]

    def script(call):
        call.headers(HEAD).data(ITEM)
        time.sleep(0.02)  # the message is on its way to the client
        call.send(middle(call))

    peer.script = script
    first, last = listed(gateway, form)
    assert first == {"id": "a"} and last["error"]["code"] == expected, last
    peer.behave()
    peer.script = good
    assert wait_until(lambda: listed(gateway) == [{"id": "a"}], 2)


@pytest.mark.parametrize("size", [1000, 16384])
def test_data_beyond_the_window_of_a_slow_client_is_not_kept(gateway, peer, size):
    """The client reads nothing: what the window does not allow ends the stream."""
    peer.behave()
    text = b"x" * 4000
    piece = message(b"\x1a" + b"\xa0\x1f" + text)
    seen = []

    def script(call):
        seen.append(call.connection)
        call.headers(HEAD)
        data = piece * 20
        frames = b"".join(frame(DATA, call.stream, data[at:at + size])
                          for at in range(0, len(data), size))
        for _ in range((128 << 20) // len(frames)):
            if call.connection.is_closed.is_set() or call.connection.resets:
                return
            call.send(frames)

    peer.script = script
    wire = StreamWire(gateway.port, receive_buffer=4096)
    with Watched(gateway.process.pid) as memory:
        wire.send(request("GET", "/list/7", fields={"accept": LINES}))
        assert wait_until(lambda: seen and (seen[0].is_closed.is_set() or seen[0].resets), 9)
    # FLOW_CONTROL_ERROR (RFC 9113, section 6.9.1), for the stream or for all of them.
    assert 3 in [code for _, code in seen[0].resets] + [seen[0].go_away]
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wire.close()
    print(f"\nbeyond the window: +{memory.grown} KiB")
    assert memory.grown < 2 * FLAT
    peer.script = good
    assert wait_until(lambda: listed(gateway) == [{"id": "a"}], 2)
