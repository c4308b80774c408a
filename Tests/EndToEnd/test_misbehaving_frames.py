"""Frames that are wrong in form, place or number: bounded in time and memory, never a crash."""
import threading

import pytest

from backends import wait_until
from misbehaviour import PROMPT, check, get, recovers
from raw_peer import (ACK, CONTINUATION, DATA, ENABLE_PUSH, END_HEADERS, GOAWAY, HEAD,
                      HEADER_TABLE_SIZE, HEADERS, INITIAL_WINDOW, MAX_FRAME, MAX_HEADER_LIST,
                      MAX_STREAMS, OK, PADDED, PING, PRIORITY, PUSH_PROMISE, RST_STREAM, SETTINGS,
                      WINDOW_UPDATE, RawPeer, field, frame, message, number, settings)
from streaming import FLAT, FULL, Watched
from wire import ask, timed

LOST = (503, 14)
BROKEN = (502, 13)
LATE = (504, 4)


@pytest.fixture(scope="module")
def peer():
    with RawPeer() as made:
        yield made


@pytest.fixture(scope="module")
def gateway(gateways, peer):
    return gateways.start({"address": peer.address, "connections": 1})


# What breaks the connection

def instead(*frames):
    """Frames instead of an answer."""
    return lambda call: call.send(*(one(call) if callable(one) else one for one in frames))


def block(fields, flags=END_HEADERS, stream=None):
    return lambda call: frame(HEADERS, call.stream if stream is None else stream, fields, flags)


STATUS = field(b":status", b"200")

CONNECTION = {
    "data in front of the head": instead(lambda call: frame(DATA, call.stream, message())),
    "data on stream 0": instead(frame(DATA, 0, b"x")),
    "data on an idle stream": instead(frame(DATA, 999, b"x")),
    "data on a stream of its own": instead(frame(DATA, 2, b"x")),
    "a head on stream 0": instead(block(STATUS, stream=0)),
    "a head on an idle stream": instead(block(STATUS, stream=999)),
    "a head on a stream of its own": instead(block(STATUS, stream=2)),
    "a reset of stream 0": instead(frame(RST_STREAM, 0, number(8))),
    "a reset of an idle stream": instead(frame(RST_STREAM, 999, number(8))),
    "a reset of 3 bytes": instead(lambda call: frame(RST_STREAM, call.stream, b"abc")),
    "a push": instead(lambda call: frame(PUSH_PROMISE, call.stream, number(2) + STATUS, 4)),
    "a push on stream 0": instead(frame(PUSH_PROMISE, 0, number(2) + STATUS, 4)),
    "a push on an idle stream": instead(frame(PUSH_PROMISE, 999, number(2) + STATUS, 4)),
    "a priority of 4 bytes on stream 0": instead(frame(PRIORITY, 0, number(0))),
    "a ping of 7 bytes": instead(frame(PING, 0, b"1234567")),
    "a ping on a stream": instead(frame(PING, 1, b"12345678")),
    "a GOAWAY of 7 bytes": instead(frame(GOAWAY, 0, b"1234567")),
    "a GOAWAY on a stream": instead(frame(GOAWAY, 1, bytes(8))),
    "a window of 0 for the connection": instead(frame(WINDOW_UPDATE, 0, number(0))),
    "a window beyond 31 bits for the connection": instead(
        frame(WINDOW_UPDATE, 0, number(0x7fffffff))),
    "a window of 0 for the call": instead(
        lambda call: frame(WINDOW_UPDATE, call.stream, number(0))),
    "a call as its own parent": instead(
        lambda call: frame(PRIORITY, call.stream, number(call.stream) + b"\0")),
    "an acknowledgement of no settings": instead(frame(SETTINGS, 0, b"", ACK)),
    "a window of 3 bytes": instead(frame(WINDOW_UPDATE, 0, b"abc")),
    "a window for an idle stream": instead(frame(WINDOW_UPDATE, 999, number(1))),
    "settings on a stream": instead(frame(SETTINGS, 1)),
    "settings of 5 bytes": instead(frame(SETTINGS, 0, b"12345")),
    "an acknowledgement with settings": instead(
        frame(SETTINGS, 0, settings((MAX_STREAMS, 1)), ACK)),
    "settings that allow push": instead(frame(SETTINGS, 0, settings((ENABLE_PUSH, 1)))),
    "push 2": instead(frame(SETTINGS, 0, settings((ENABLE_PUSH, 2)))),
    "a first window of 31 bits and one": instead(
        frame(SETTINGS, 0, settings((INITIAL_WINDOW, 1 << 31)))),
    "frames of 16383 bytes": instead(frame(SETTINGS, 0, settings((MAX_FRAME, 16383)))),
    "frames of 2^24 bytes": instead(frame(SETTINGS, 0, settings((MAX_FRAME, 1 << 24)))),
    "33 settings": instead(frame(SETTINGS, 0, settings(*[(MAX_STREAMS, 100)] * 33))),
    "a frame over the limit": instead(lambda call: frame(DATA, call.stream, bytes(16385))),
    "a frame of 2^24 bytes": instead(
        lambda call: frame(DATA, call.stream, b"x" * 100, length=(1 << 24) - 1)),
    "more padding than payload": instead(
        lambda call: call.head(HEAD), lambda call: frame(DATA, call.stream, b"\xffabc", PADDED)),
    "a padded frame of 0 bytes": instead(
        lambda call: call.head(HEAD), lambda call: frame(DATA, call.stream, b"", PADDED)),
    "more padding than a head": instead(
        lambda call: frame(HEADERS, call.stream, b"\xff" + STATUS, END_HEADERS | PADDED)),
    "a continuation of nothing": instead(lambda call: frame(CONTINUATION, call.stream, STATUS, 4)),
    "a continuation of another stream": instead(
        block(STATUS, flags=0), frame(CONTINUATION, 999, STATUS, 4)),
    "a ping within a head": instead(block(STATUS, flags=0), frame(PING, 0, bytes(8))),
    "data within a head": instead(
        block(STATUS, flags=0), lambda call: frame(DATA, call.stream, message())),
    "field 0 of the table": instead(block(b"\x80")),
    "a field beyond the table": instead(block(b"\xff\xff\xff\x00")),
    "a number without an end": instead(block(b"\xff" + b"\xff" * 40)),
    "a text longer than its block": instead(block(b"\x00\x7f\xff\xff\xff\x07x")),
    "Huffman text that ends wrongly": instead(block(b"\x00\x81\x00\x01a")),
    "Huffman text with EOS": instead(block(b"\x00\x84\xff\xff\xff\xff\x01a")),
    "a table over the limit": instead(block(b"\x3f\xe1\xff\x03" + STATUS)),
    "a table's size behind a field": instead(block(STATUS + b"\x20")),
    "a flood of continuations": instead(
        block(STATUS, flags=0), lambda call: frame(CONTINUATION, call.stream) * 1000),
    "HTTP/1.1 in the middle": instead(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"),
    "a TLS alert in the middle": instead(b"\x15\x03\x03\x00\x02\x02\x28" * 10),
    "zeros": instead(bytes(1000)),
    "ones": instead(b"\xff" * 1000),
}


@pytest.mark.parametrize("name", CONNECTION)
def test_what_breaks_a_connection_is_a_503_and_another_is_made(gateway, peer, name):
    recovers(gateway, peer)
    before = len(peer.connections)
    answer = check(gateway, peer, LOST, CONNECTION[name])
    assert "broke the HTTP/2 protocol" in answer.json()["message"]
    recovers(gateway, peer)
    assert len(peer.connections) == before + 1
    assert peer.connections[before - 1].is_closed.wait(2)


def test_a_broken_connection_takes_its_other_calls_along_and_no_later_one(gateways):
    with RawPeer() as peer:
        gateway = gateways.start({"address": peer.address, "connections": 1})
        recovers(gateway, peer)
        peer.script = lambda call: None
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(get(gateway).status))
                   for _ in range(10)]
        for thread in threads:
            thread.start()
        assert wait_until(lambda: len(peer.calls) == 11)
        peer.connections[0].send(frame(DATA, 0, b"x"))
        for thread in threads:
            thread.join(5)
        assert answers == [503] * 10
        recovers(gateway, peer)


# What breaks a call

CALL = {
    "a window beyond 31 bits": (BROKEN, instead(
        lambda call: frame(WINDOW_UPDATE, call.stream, number(0x7fffffff)))),
}


@pytest.mark.parametrize("name", CALL)
def test_what_breaks_a_call_breaks_no_other(gateway, peer, name):
    recovers(gateway, peer)
    before = len(peer.connections)
    expected, script = CALL[name]
    check(gateway, peer, expected, script)
    recovers(gateway, peer)
    assert len(peer.connections) == before


def test_a_head_without_an_end_costs_its_call_and_then_the_connection(gateway, peer):
    """The limit of a block ends the call before the block is found to have no end."""
    script = instead(block(STATUS, flags=0), lambda call: frame(
        CONTINUATION, call.stream, field(b"x", b"v" * 16000)) * 7)
    check(gateway, peer, (502, 8), script)
    recovers(gateway, peer)


# What is odd and allowed

def odd(*frames):
    """Frames in front of a good answer."""
    def script(call):
        call.send(*(one(call) if callable(one) else one for one in frames))
        call.answer()
    return script


ALLOWED = {
    "frames of unknown types": odd(*(frame(kind, 0, b"?" * 50) for kind in range(10, 256))),
    "an unknown frame on the call's stream": odd(lambda call: frame(0x42, call.stream, b"?")),
    "an unknown frame on an idle stream": odd(frame(0x42, 999, b"?")),
    "flags that mean nothing": odd(frame(PING, 0, bytes(8), 0xfe)),
    "the reserved bit": odd(frame(PING, 1 << 31, bytes(8))),
    "an acknowledgement of no ping": odd(frame(PING, 0, b"12345678", ACK)),
    "unknown settings": odd(frame(SETTINGS, 0, settings((0x42, 7), (0xffff, 0xffffffff)))),
    "a table of 0 bytes": odd(frame(SETTINGS, 0, settings((HEADER_TABLE_SIZE, 0)))),
    "the largest table": odd(frame(SETTINGS, 0, settings((HEADER_TABLE_SIZE, 0xffffffff)))),
    "the largest frames": odd(frame(SETTINGS, 0, settings((MAX_FRAME, (1 << 24) - 1)))),
    "a header list of 0 bytes": odd(frame(SETTINGS, 0, settings((MAX_HEADER_LIST, 0)))),
    "a priority of an idle stream": odd(frame(PRIORITY, 7, number(0) + b"\x10")),
    "a window for the call": odd(lambda call: frame(WINDOW_UPDATE, call.stream, number(1)) * 50),
    "ALTSVC": odd(frame(10, 0, b"\0\x09localhosth2=\":1\"")),
    "ORIGIN": odd(frame(12, 0, b"\0\x09localhost")),
    "200 pings": odd(frame(PING, 0, bytes(8)) * 200),
    "200 settings": odd(*[frame(SETTINGS)] * 200),
}


@pytest.mark.parametrize("name", ALLOWED)
def test_what_is_odd_and_allowed_does_no_harm(gateway, peer, name):
    recovers(gateway, peer)
    before = len(peer.connections)
    check(gateway, peer, None, ALLOWED[name])
    recovers(gateway, peer)
    assert len(peer.connections) == before
    peer.leave()


# Floods

BYTES = 4 << 20 if FULL else 1 << 20


def flood(piece):
    """Sends a piece over and over, until it is much or the connection is closed, then answers."""
    def script(call):
        bytes_ = piece(call) if callable(piece) else piece
        bytes_ *= max(1, 60000 // len(bytes_))
        for _ in range(BYTES // len(bytes_)):
            if call.connection.is_closed.is_set():
                return
            call.send(bytes_)
        call.answer()
    return script


FLOODS = {
    "pings": (LOST, flood(frame(PING, 0, bytes(8)))),
    "settings": (LOST, flood(frame(SETTINGS, 0, settings((MAX_STREAMS, 100))))),
    "empty settings": (LOST, flood(frame(SETTINGS))),
    "acknowledged pings": (None, flood(frame(PING, 0, bytes(8), ACK))),
    "acknowledged settings": (LOST, flood(frame(SETTINGS, 0, b"", ACK))),
    "empty data": (None, lambda call: call.headers(HEAD) and flood(
        lambda call: frame(DATA, call.stream))(_without_head(call))),
    "priorities": (None, flood(lambda call: frame(PRIORITY, call.stream, number(0) + b"\1"))),
    "priorities of ever other streams": (None, flood(b"".join(
        frame(PRIORITY, n, number(0) + b"\1") for n in range(1001, 9001, 2)))),
    "windows of the connection": (None, flood(frame(WINDOW_UPDATE, 0, number(1)))),
    "resets of an ended stream": (None, flood(frame(RST_STREAM, 1, number(8)))),
    "unknown frames": (None, flood(frame(0x42, 0, bytes(16000)))),
    "informational heads": (None, flood(lambda call: call.head([(":status", "103")]))),
    "ALTSVC": (None, flood(frame(10, 0, b"\0\x09localhosth2=\":1\""))),
    "GOAWAY": (None, flood(frame(GOAWAY, 0, number(0x7fffffff) + number(0)))),
}


class _without_head:
    """A call whose head has been sent."""

    def __init__(self, call):
        self.call = call
        self.stream, self.connection, self.send = call.stream, call.connection, call.send

    def answer(self):
        self.call.send(frame(DATA, self.stream, message()), self.call.head(OK, end=True))


@pytest.mark.parametrize("name", FLOODS)
def test_a_flood_takes_no_memory(gateway, peer, name):
    recovers(gateway, peer)
    expected, script = FLOODS[name]
    with Watched(gateway.process.pid) as memory:
        check(gateway, peer, expected, script, seconds=9)
    print(f"{name}: +{memory.grown} KiB")
    assert memory.grown < FLAT
    peer.leave()
    recovers(gateway, peer)


@pytest.mark.parametrize("name", ["empty data", "informational heads", "unknown frames"])
def test_a_flood_leaves_its_loop_to_others(gateway, peer, name):
    recovers(gateway, peer)
    peer.script = FLOODS[name][1]
    flooded = threading.Thread(target=get, args=(gateway,))
    flooded.start()
    slowest = max(timed(lambda: ask(gateway.port, "GET", "/nothing"))[1] for _ in range(20))
    flooded.join(20)
    assert slowest < PROMPT
    peer.leave()
    recovers(gateway, peer)


@pytest.mark.parametrize("frames", [PING, SETTINGS])
def test_a_flood_whose_answers_nobody_reads_takes_no_memory(gateways, frames):
    """The peer reads nothing: what would be said to it must not pile up."""
    with RawPeer() as peer:
        gateway = gateways.start(peer.address)
        recovers(gateway, peer)

        def script(call):
            call.connection.may_read.clear()
            flood(frame(frames, 0, bytes(8) if frames == PING else b""))(call)

        with Watched(gateway.process.pid) as memory:
            check(gateway, peer, LOST, script, seconds=9)
        assert memory.grown < FLAT
        recovers(gateway, peer)


def test_a_small_block_that_unpacks_to_much_costs_its_call(gateway, peer):
    """A field of 4000 bytes goes into the table, and is named 10,000 times by a byte each."""
    recovers(gateway, peer)
    with Watched(gateway.process.pid) as memory:
        check(gateway, peer, (502, 8), instead(block(
            b"\x3f\xe1\x1f" + STATUS + b"\x40\x01x\x7f\xa1\x1e" + b"v" * 4000 + b"\xbe" * 10000)))
    assert memory.grown < FLAT
    peer.leave()
    recovers(gateway, peer)


def test_padding_beyond_the_window_is_credited(gateway, peer):
    """1 MiB of padding round one message, within the windows that the gateway gives."""
    recovers(gateway, peer)

    def script(call):
        connection = call.connection
        call.headers(HEAD)
        sent = 0
        piece = frame(DATA, call.stream, b"\xff" + bytes(255), PADDED)
        for _ in range(4096):
            sent += 256
            room = wait_until(lambda: sent <= min(
                connection.windows[0],
                connection.first_window + connection.windows[call.stream] - 65535), 3)
            assert room, "no window for padding"
            call.send(piece)
        call.send(frame(DATA, call.stream, message()), call.head(OK, end=True))

    check(gateway, peer, None, script, seconds=5)
