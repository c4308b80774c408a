"""The limits of heads, bodies and connections, each at, below and above itself; slow clients."""
import time

import pytest

from http_safety_cases import chunks, hosts, length, target
from wire import Wire, ask, request, timed

HEAD_BYTES = 2048


@pytest.fixture(scope="module")
def small(gateways, backend):
    """A gateway whose limits are soon reached, and whose clients are let go early."""
    return gateways.start(
        backend.address,
        limits={"target": "64B", "head": f"{HEAD_BYTES}B", "headers": 10, "body": "100B",
                "connections": 3},
        timeouts={"head": "1s", "keep_alive": "1s", "body_rate": "1KiB/s", "write": "1s"})


def padded(start, count, end=b"\r\n\r\n"):
    """`count` bytes that begin and end like this."""
    return start + b"a" * (count - len(start) - len(end)) + end


@pytest.mark.parametrize(("excess", "status"), [(-1, 404), (0, 404), (1, 414)])
def test_a_target_has_its_limit(small, excess, status):
    with Wire(small.port) as wire:
        assert wire.send(target(padded(b"/", 64 + excess, b""))).answer().status == status


@pytest.mark.parametrize(("excess", "status"), [(-1, 200), (0, 200), (1, 431)])
@pytest.mark.parametrize("size", [1, 100_000])
def test_a_head_has_its_limit(small, called_small, excess, status, size):
    data = padded(hosts(b"Host: x\r\nX: ")[:-2], HEAD_BYTES + excess)
    with Wire(small.port) as wire:
        for start in range(0, len(data), size):
            wire.send(data[start:start + size])
        answer = wire.answer()
        assert answer.status == status
        assert answer.field("connection") == (None if status == 200 else "close")
    assert called_small() == (1 if status == 200 else 0)


@pytest.mark.parametrize(("count", "status"), [(9, 200), (10, 200), (11, 431)])
def test_a_head_has_a_limit_of_fields(small, count, status):
    with Wire(small.port) as wire:
        wire.send(hosts(b"Host: x\r\n" + b"X: y\r\n" * (count - 1)))
        assert wire.answer().status == status


@pytest.mark.parametrize(("count", "status"), [(9, 200), (10, 200), (11, 431)])
def test_trailers_have_a_limit_of_fields(small, count, status):
    with Wire(small.port) as wire:
        wire.send(chunks(b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * count + b"\r\n"))
        assert wire.answer().status == status


@pytest.mark.parametrize(("excess", "status"), [(-1, 200), (0, 200), (1, 413)])
@pytest.mark.parametrize("framing", ["length", "one chunk", "many chunks"])
def test_a_body_has_its_limit(small, called_small, excess, status, framing):
    body = padded(b'{"id": "', 100 + excess, b'"}')
    size = 1 if framing == "many chunks" else len(body)
    pieces = [body[start:start + size] for start in range(0, len(body), size)]
    with Wire(small.port) as wire:
        if framing == "length":
            wire.send(length(b" %d" % len(body), body))
        else:
            wire.send(chunks(b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
                             + b"0\r\n\r\n"))
        assert wire.answer().status == status
    assert called_small() == (1 if status == 200 else 0)


@pytest.fixture
def called_small(small, backend):
    """How many calls reach the backend during the test."""
    start = len(backend.calls)

    def count():
        assert ask(small.port, "GET", "/v1/users/fence").status == 200
        return len(backend.calls) - start - 1

    return count


def test_connections_have_a_limit(small):
    """One beyond it is closed at once, without an answer: nothing was asked yet."""
    wires = [Wire(small.port) for _ in range(3)]
    try:
        for wire in wires:
            assert wire.send(request("GET", "/v1/users/1")).answer().status == 200
        with Wire(small.port) as beyond:
            assert beyond.is_closed_within(5)
        wires.pop().close()
        # The place is free when the gateway has seen the end of the connection that had it.
        assert any(is_served(small.port) for _ in range(50))
    finally:
        for wire in wires:
            wire.close()


def is_served(port):
    with Wire(port) as wire:
        try:
            return wire.send(request("GET", "/v1/users/1")).answer().status == 200
        except OSError:
            time.sleep(0.1)
            return False
        except EOFError:
            time.sleep(0.1)
            return False


# Slow clients; all those that need time take it at once


def reads_to_the_end(wire, seconds=20):
    """The bytes until the gateway ends the connection, and how long that took."""
    wire.socket.settimeout(seconds)
    start = time.monotonic()
    data = wire.rest()
    return data, time.monotonic() - start


def test_a_client_that_is_silent_is_let_go_in_silence(small):
    with Wire(small.port) as never, Wire(small.port) as idle, Wire(small.port) as blank:
        blank.send(b"\r\n")
        assert idle.send(request("GET", "/v1/users/1")).answer().status == 200
        for wire in (never, idle, blank):
            data, took = reads_to_the_end(wire)
            assert data == b"" and took < 5


@pytest.mark.parametrize("data", [b"G", b"GET / HTTP/1.1\r\nHost: x\r\n", b"\r\n\r\nGET"])
def test_a_head_that_does_not_come_to_its_end_is_a_408(small, data):
    with Wire(small.port) as wire:
        answer, took = timed(wire.send(data).answer)
        assert (answer.status, answer.field("connection")) == (408, "close")
        assert 0.9 < took < 5
        assert wire.is_closed_within(5)


def test_a_client_that_takes_no_answer_is_let_go(small, backend):
    """The answers are larger than what two sockets hold."""
    backend.reply = b"\x0a\x80\x80\x10" + b"a" * (1 << 18)
    try:
        with Wire(small.port) as wire:
            wire.send(request("GET", "/v1/users/1") * 100)
            time.sleep(6)
            data, _ = reads_to_the_end(wire)
            assert len(data) < 100 << 18, "the gateway has waited for a client that is stuck"
    finally:
        backend.reply = None
    assert ask(small.port, "GET", "/v1/users/1").status == 200


def test_a_body_that_comes_too_slowly_is_a_408(small, backend):
    """It has ten seconds of grace; then what has come is less than was to come in them."""
    start = len(backend.calls)
    with Wire(small.port) as stuck, Wire(small.port) as trickling:
        stuck.send(length(b" 100", b'{"id": '))
        trickling.send(chunks(b""))
        end = time.monotonic() + 20
        trickling.socket.settimeout(0.25)
        while time.monotonic() < end:
            try:
                trickling.send(b"1\r\n \r\n")
                trickling.received += trickling.socket.recv(4096)
                break
            except TimeoutError:
                continue
        trickling.socket.settimeout(5)
        for wire in (trickling, stuck):
            answer = wire.answer()
            assert (answer.status, answer.field("connection")) == (408, "close")
            assert wire.is_closed_within(5)
    assert len(backend.calls) == start
