"""Backpressure: what one side does not take, the other does not send, and memory stays flat."""
import json
import re
import socket
import threading
import time

import pytest

from backends import StreamBackend, echoing, wait_until
from streaming import (ARRAY, EVENTS, FLAT, FULL, LINES, NDJSON, Streams, StreamWire, Watched,
                       chunked, elements, narrow)
from websocket import BINARY, HANDSHAKE, TEXT, RawSocket, frame
from wire import request

MESSAGES = 100_000 if FULL else 10_000
SIZE = 1 << 30 if FULL else 64 << 20
# What lies between a backend's write and a client's read: windows, and buffers of two kernels.
BETWEEN = 12 << 20


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"))


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


def numbered(served, count, text=""):
    """Sends so many messages, and counts those that left."""
    rest = served.item(text=text) if text else b""

    def play(call):
        for number in range(count):
            digits = b"%d" % number
            yield b"\x0a%c%s%s" % (len(digits), digits, rest)
            call.sent += 1
    return play


def stands_still(call, seconds=0.4):
    """Waits until the backend can send nothing more; the number of messages it has sent."""
    while True:
        before = call.sent
        time.sleep(seconds)
        if call.sent == before:
            return before


# Reading all

@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_long_stream_runs_in_flat_memory(served, form):
    served.backend.play = numbered(served, 10)
    assert served.ask("GET", "/list/7", fields={"accept": form}).status == 200
    served.backend.play = numbered(served, MESSAGES)
    with Watched(served.gateway.process.pid) as memory:
        start = time.monotonic()
        with served.open("GET", "/list/7", fields={"accept": form}, seconds=60) as wire:
            wire.head()
            body = wire.body()
        took = time.monotonic() - start
    found = elements(form, body)
    assert [one["id"] for one in found] == [str(n) for n in range(MESSAGES)]
    print(f"{form}: {MESSAGES} messages, {MESSAGES / took:.0f}/s, memory +{memory.grown} KiB"
          f" above {memory.idle}")
    assert memory.grown < FLAT


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_reader_at_100_kb_a_second_keeps_memory_flat(served, form):
    seconds = 20 if FULL else 1
    served.backend.play = numbered(served, MESSAGES, "x" * 1000)
    with Watched(served.gateway.process.pid) as memory:
        with narrow(served, "/list/7", {"accept": form}) as wire:
            call = served.backend.next()
            end = time.monotonic() + seconds
            while time.monotonic() < end:  # 100 kB/s
                wire.received += wire.socket.recv(2000)
                time.sleep(0.02)
            sent = stands_still(call)
            assert sent * 1010 < BETWEEN and sent < MESSAGES
            slow = memory.grown
            wire.head()
            found = elements(form, wire.body())
    assert [one["id"] for one in found] == [str(n) for n in range(MESSAGES)]
    print(f"{form}: {sent} of {MESSAGES} messages sent after {seconds} s at 100 kB/s,"
          f" memory +{slow} KiB, +{memory.grown} to the end")
    assert memory.grown < FLAT


def test_a_client_that_does_not_read_stops_its_own_stream_only(served):
    served.backend.play = numbered(served, 200_000, "x" * 1000)
    with Watched(served.gateway.process.pid) as memory:
        wires = [narrow(served, "/list/7") for _ in range(4)]
        calls = [served.backend.next() for _ in wires]
        sent = [stands_still(call) for call in calls]
        print(f"{[count * 1010 >> 10 for count in sent]} KiB sent before the backend is held,"
              f" memory +{memory.grown} KiB")
        assert all(0 < count * 1010 < BETWEEN for count in sent)
        # The connection to the backend is the same; others go on, beyond any window.
        served.backend.play = numbered(served, 20_000, "x" * 1000)
        with served.open("GET", "/list/8", seconds=30) as wire:
            assert len(elements(LINES, wire.whole().body)) == 20_000
        assert [call.sent for call in calls] == sent
        for wire in wires:
            wire.close()
        assert all(call.ended.wait(3) and call.was_cancelled for call in calls), (
            "a hang-up is noticed while the client is not read from")
    assert memory.grown < FLAT


def test_a_silent_reader_that_is_gone_is_noticed_at_once(served):
    served.backend.play = numbered(served, 200_000, "x" * 1000)
    with narrow(served, "/list/7") as wire:
        call = served.backend.next()
        stands_still(call)
        start = time.monotonic()
    assert call.ended.wait(3) and call.was_cancelled
    assert call.end - start < 0.5


def test_a_reader_that_pauses_gets_everything(served):
    served.backend.play = numbered(served, 5000, "x" * 1000)
    with narrow(served, "/list/7") as wire:
        call = served.backend.next()
        wire.head()
        found = b""
        for _ in range(4):
            stands_still(call, 0.1)
            for _ in range(40):
                found += wire.chunk()
        found += wire.body()
    assert [one["id"] for one in elements(LINES, found)] == [str(n) for n in range(5000)]


@pytest.mark.parametrize("kind", ["lines", "websocket"])
def test_the_end_waits_behind_what_the_client_has_yet_to_read(served, kind):
    """Backends that have ended while some of the answer is still in the kernels and the gateway."""
    for count in range(3600, 4800, 200):
        served.backend.play = numbered(served, count, "x" * 1000)
        with narrow(served, "/list/7", HANDSHAKE if kind == "websocket" else ()) as wire:
            call = served.backend.next()
            wait_until(lambda: call.sent == count or call.ended.is_set(), 0.3)
            if kind == "lines":
                assert len(elements(LINES, wire.whole().body)) == count
                continue
            wire.head()
            found = wire.rest()
            assert found.endswith(b"\x88\x02\x03\xe8"), (count, found[-20:])
            assert found.count(b'{"id":"') == count


def test_a_websocket_that_does_not_read_holds_the_backend(served):
    served.backend.play = numbered(served, 200_000, "x" * 1000)
    with Watched(served.gateway.process.pid) as memory:
        wire = narrow(served, "/list/7", HANDSHAKE)
        call = served.backend.next()
        sent = stands_still(call)
        assert sent * 1010 < BETWEEN
        wire.close()
        assert call.ended.wait(3) and call.was_cancelled
    assert memory.grown < FLAT


def test_a_message_bigger_than_every_window_comes_through(served):
    big = "x" * 3_000_000
    served.backend.play = numbered(served, 3, big)
    with narrow(served, "/list/7") as wire:
        time.sleep(0.3)
        found = elements(LINES, wire.whole().body)
    assert [len(one["text"]) for one in found] == [len(big)] * 3


# Both ways

def test_a_duplex_client_that_only_sends_is_held(served):
    """Echoes that nobody reads hold the backend, which holds the client."""
    served.backend.play = echoing
    line = b'{"text":"%s"}\n' % (b"x" * 10_000)
    with Watched(served.gateway.process.pid) as memory, StreamWire(served.port) as wire:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
        wire.send(request("POST", "/chat", fields={**NDJSON, "transfer-encoding": "chunked"}))
        wire.socket.settimeout(0.5)
        data = chunked(line, end=False) * 10
        sent, rest = 0, b""
        with pytest.raises(TimeoutError):
            while sent < 200 << 20:
                rest = rest or data
                count = wire.socket.send(rest)
                rest = rest[count:]
                sent += count
        print(f"{sent >> 10} KiB until the client is held, memory +{memory.grown} KiB")
        wire.socket.settimeout(15)
        # As it reads, it may send on.
        answers = []
        reader = threading.Thread(target=lambda: answers.append(wire.whole()), daemon=True)
        reader.start()
        wire.socket.sendall(rest + chunked(line))
        reader.join(15)
        lines = (sent + len(rest)) // (len(data) // 10) + 1
        assert len(elements(LINES, answers[0].body)) == lines
    assert memory.grown < FLAT


def test_a_websocket_that_only_sends_is_held(served):
    served.backend.play = echoing
    data = frame(TEXT, b'{"text":"%s"}' % (b"x" * 10_000)) * 10
    with Watched(served.gateway.process.pid) as memory, RawSocket(served.port) as wire:
        wire.socket.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 200 << 20:
                wire.socket.sendall(data)
                sent += len(data)
        assert sent < 100 << 20
        call = served.backend.next()
    assert call.ended.wait(3) and call.was_cancelled
    assert memory.grown < FLAT


def test_a_backend_that_does_not_read_holds_a_websocket(served):
    served.backend.reads = False
    data = frame(BINARY, b"\x1a\x90\x4e" + b"x" * 10_000) * 10
    with Watched(served.gateway.process.pid) as memory, RawSocket(
            served.port, fields={"sec-websocket-protocol": "transom.v1.proto"}) as wire:
        call = served.backend.next()
        wire.socket.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 200 << 20:
                wire.socket.sendall(data)
                sent += len(data)
        call.may_read.set()
        assert call.has_received(sent // 10_017, 10)
    assert memory.grown < FLAT


# Downloads

@pytest.mark.parametrize("piece", [1000, 262_144, 4_000_000])
def test_a_big_download_runs_in_flat_memory(served, piece):
    size = SIZE if piece > 1000 else SIZE // 64
    data = served.body(bytes(piece), "a/b")

    def play(call):
        for _ in range(size // piece):
            yield data

    served.backend.play = play
    count = size // piece * piece
    with served.open("GET", "/download/7", seconds=60) as wire, Watched(
            served.gateway.process.pid) as memory:
        wire.head()
        start = time.monotonic()
        got = drained(wire)
        took = time.monotonic() - start
    print(f"{size >> 20} MiB in pieces of {piece}: {took:.1f} s, {size / took / 1e6:.0f} MB/s,"
          f" memory +{memory.grown} KiB above {memory.idle}")
    assert count < got < count * 1.02
    # A message is held whole: as it came, as it goes, as the channel sends it; buffers double.
    assert memory.grown < FLAT + 6 * piece // 1024


def drained(wire):
    """Reads to the last chunk, keeping nothing; the number of bytes, chunk frames included."""
    buffer = bytearray(1 << 20)
    count, tail = len(wire.received), wire.received[-7:]
    while not tail.endswith(b"\r\n0\r\n\r\n"):
        length = wire.socket.recv_into(buffer)
        assert length, "closed in mid-download"
        count += length
        tail = (tail + buffer[max(0, length - 7):length])[-7:]
    return count


def test_a_download_that_is_read_slowly_holds_the_backend(served):
    data = served.body(bytes(100_000), "a/b")

    def play(call):
        for _ in range(2000):
            yield data
            call.sent += 1

    served.backend.play = play
    with Watched(served.gateway.process.pid) as memory, narrow(served, "/download/7") as wire:
        call = served.backend.next()
        assert stands_still(call) * 100_000 < BETWEEN
        wire.head()
        assert drained(wire) > 200_000_000
    assert memory.grown < FLAT


# All together

def test_beyond_the_limit_of_all_streams_the_largest_ends(gateways, tmp_path):
    with StreamBackend() as backend:
        other = Streams(gateways, backend, tmp_path,
                        limits={"buffered": "1MiB"})
        backend.play = numbered(other, 4000, "x" * 10_000)
        # One after the other, so that it is known whose call is whose.
        wires, calls = zip(*((narrow(other, "/list/7"), backend.next()) for _ in range(24)))
        assert wait_until(lambda: any(call.ended.is_set() for call in calls), 5)
        time.sleep(0.3)
        ended = [call.ended.is_set() for call in calls]
        assert not all(ended), "only as many as must"
        for wire, is_over in zip(wires, ended):
            if is_over:
                answer = wire.whole()
                last = json.loads(answer.body.split(b"\n")[-2])
                assert last["error"]["code"] == 8, last
            wire.close()


def test_metrics_tell_of_streams(served):
    """Bytes and messages of a stream are counted, and its line in the log has them."""
    served.backend.play = numbered(served, 1000)
    name = "bytes-of-a-stream"
    answer = served.ask("GET", "/list/7", fields={"x-request-id": name})
    line = json.loads(served.gateway.wait_for(name, where=served.gateway.out, seconds=5).string)
    counts = [value for value in line.values() if isinstance(value, int)]
    assert any(len(answer.body) <= value < len(answer.body) + 2000 for value in counts), line
    assert re.fullmatch(r"[0-9.]+", str(line.get("duration", line.get("duration_ms", "0"))))
