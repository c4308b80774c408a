"""HTTP/1.1 on raw sockets: framing, persistence, limits, and what must be refused (RFC 9112)."""
import os
import random
import socket
import threading
import time

import pytest

from backends import wait_until
from gateways import STEERING
from processes import run
from wire import Wire, ask, request, timed

JSON = ("content-type", "application/json")
GET = request("GET", "/v1/users/42")


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(backend.address, timeouts={"head": "1s"}, limits={"body": "1MiB"},
                          metadata={"request": STEERING})


@pytest.fixture
def wire(gateway):
    with Wire(gateway.port) as connection:
        yield connection


@pytest.fixture
def called(backend):
    """The values of field 1 in the requests that reach the backend during the test."""
    start = len(backend.calls)
    return lambda: [call.request[2:2 + call.request[1]].decode() if call.request else ""
                    for call in backend.calls[start:]]


# Persistence and order


def test_a_connection_is_kept(wire):
    for number in range(50):
        answer = wire.send(request("GET", f"/v1/users/{number}")).answer()
        assert answer.json() == {"id": str(number)}
        assert answer.field("connection") is None


def test_20_pipelined_requests_are_answered_in_order(wire, called):
    numbers = [str(number) for number in range(20)]
    sleeps = [0.2 if number % 5 == 0 else 0 for number in range(20)]
    wire.send(b"".join(
        request("GET", f"/v1/users/{number}", fields={"x-sleep": str(sleep)} if sleep else {})
        for number, sleep in zip(numbers, sleeps)))
    assert [wire.answer().json()["id"] for _ in numbers] == numbers
    assert called() == numbers


def test_pipelined_kinds_are_not_mixed_up(wire):
    wire.send(request("POST", "/v1/users", {"id": "a"}) + request("HEAD", "/v1/users/1")
              + request("GET", "/nowhere") + request("OPTIONS", "/v1/users")
              + request("POST", "/v1/users", {"id": "b"}) + request("GET", "/v1/users/2"))
    statuses = [wire.answer(to=method).status
                for method in ("POST", "HEAD", "GET", "OPTIONS", "POST", "GET")]
    assert statuses == [200, 200, 404, 204, 200, 200]


def test_a_request_may_come_byte_by_byte(wire):
    for byte in request("POST", "/v1/users", {"id": "slow"}):
        wire.send(bytes([byte]))
    assert wire.answer().json() == {"id": "slow"}


def test_empty_lines_before_a_request_are_skipped(wire):
    assert wire.send(b"\r\n" + GET).answer().status == 200


@pytest.mark.parametrize("value", ["close", "Close", "keep-alive, close", "x, CLOSE"])
def test_connection_close_is_obeyed(wire, called, value):
    answer = wire.send(request("GET", "/v1/users/1", fields={"connection": value}) + GET).answer()
    assert (answer.status, answer.field("connection")) == (200, "close")
    assert wire.is_closed_within(5)
    assert called() == ["1"]


def test_http_1_0_closes_unless_asked_to_keep(gateway):
    with Wire(gateway.port) as wire:
        answer = wire.send(b"GET /v1/users/1 HTTP/1.0\r\n\r\n").answer()
        assert (answer.status, answer.field("connection")) == (200, "close")
        assert wire.is_closed_within(5)
    with Wire(gateway.port) as wire:
        for _ in range(2):
            answer = wire.send(
                b"GET /v1/users/1 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").answer()
            assert (answer.status, answer.field("connection")) == (200, "keep-alive")


@pytest.mark.parametrize("target", ["http://gateway.test/v1/users/42", "http://x/v1/users/42?"])
def test_the_absolute_form_of_a_target_is_taken(wire, target):
    assert wire.send(request("GET", target)).answer().json() == {"id": "42"}


# Bodies


def chunked(body, sizes, extension=b"", trailers=b""):
    """`body` in chunks of these sizes, the last of which repeats."""
    out, sizes = b"", list(sizes)
    while body:
        size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
        piece, body = body[:size], body[size:]
        out += b"%x%s\r\n%s\r\n" % (len(piece), extension, piece)
    return out + b"0" + extension + b"\r\n" + trailers + b"\r\n"


@pytest.mark.parametrize(("sizes", "extension", "trailers"), [
    ([100000], b"", b""), ([1], b"", b""), ([1, 2, 3], b"", b""), ([7], b";a=b;c", b""),
    ([7], b'; a = "q;\\"\t"', b""), ([5], b"", b"X-Trailer: 1\r\nY: 2\r\n"),
    ([0x10, 0xa], b"", b""),
])
@pytest.mark.parametrize("cut", [None, 1, 5])
def test_a_chunked_body_may_be_cut_anyhow(wire, sizes, extension, trailers, cut):
    body = b'{"id": "chunked", "name": "' + b"n" * 40 + b'"}'
    data = request("POST", "/v1/users", b"", [JSON, ("transfer-encoding", "chunked")])
    data += chunked(body, sizes, extension, trailers)
    for start in range(0, len(data), cut or len(data)):
        wire.send(data[start:start + (cut or len(data))])
    assert wire.answer().json() == {"id": "chunked", "name": "n" * 40}
    assert wire.send(GET).answer().status == 200


def test_random_chunkings_give_the_same_message(wire):
    dice = random.Random(7)
    for _ in range(30):
        name = "".join(dice.choices("abc \u00e4\u2603", k=dice.randrange(2000)))
        body = ('{"id": "r", "name": "%s"}' % name).encode()
        data = request("POST", "/v1/users", b"", [JSON, ("Transfer-Encoding", "Chunked")])
        data += chunked(body, [dice.randrange(1, 400) for _ in range(20)])
        while data:
            size = dice.randrange(1, 1500)
            wire.send(data[:size])
            data = data[size:]
        assert wire.answer().json().get("name", "") == name


def test_expect_100_continue_is_answered_before_the_body(wire):
    body = b'{"id": "patient"}'
    wire.send(request("POST", "/v1/users", b"", [
        JSON, ("content-length", str(len(body))), ("expect", "100-continue")]))
    assert wire.answer().status == 100
    assert wire.send(body).answer().json() == {"id": "patient"}
    assert wire.send(GET).answer().status == 200


def test_a_body_that_is_there_already_needs_no_100(wire):
    wire.send(request("POST", "/v1/users", {"id": "a"}, {"expect": "100-continue"}))
    assert wire.answer().status == 200


@pytest.mark.parametrize(("target", "length", "status"), [
    ("/nowhere", 10, 404), ("/v1/users/1", 10, 405), ("/v1/users", 100_000_000, 413)])
def test_a_body_that_is_not_wanted_is_not_asked_for(wire, target, length, status):
    wire.send(request("POST", target, b"", [
        JSON, ("content-length", str(length)), ("expect", "100-continue")]))
    answer = wire.answer()
    assert (answer.status, answer.field("connection")) == (status, "close")
    assert wire.is_closed_within(5)


def test_an_unknown_expectation_is_a_417(wire):
    answer = wire.send(request("GET", "/v1/users/1", fields={"expect": "gold"})).answer()
    assert (answer.status, answer.json()["code"]) == (417, 3)


# What must be refused


SMUGGLED = request("GET", "/v1/users/smuggled")
POST_HEAD = b"POST /v1/users HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
CHUNKED_HEAD = POST_HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

BAD_FRAMES = {  # fields that frame a body, and what follows the head
    "length and chunked": b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked and length": b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 4\r\n\r\n{}",
    "two lengths in one": b"Content-Length: 2, 4\r\n\r\n{}",
    "plus": b"Content-Length: +2\r\n\r\n{}",
    "minus": b"Content-Length: -2\r\n\r\n{}",
    "hex length": b"Content-Length: 0x2\r\n\r\n{}",
    "empty length": b"Content-Length:\r\n\r\n{}",
    "length with a blank": b"Content-Length: 1 2\r\n\r\n{}",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
    "chunked in two lines":
        b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunked not last": b"Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
    "empty coding": b"Transfer-Encoding:\r\n\r\n0\r\n\r\n",
}
BAD_CHUNKS = {
    "chunk size overflow": b"ffffffffffffffff1\r\n{}\r\n0\r\n\r\n",
    "chunk size is 2^64": b"10000000000000002\r\n{}\r\n0\r\n\r\n",
    "negative chunk": b"-2\r\n{}\r\n0\r\n\r\n",
    "chunk size 0x": b"0x2\r\n{}\r\n0\r\n\r\n",
    "blank chunk size": b"\r\n{}\r\n0\r\n\r\n",
    "chunk longer than said": b"2\r\n{} \r\n0\r\n\r\n",
    "chunk bare LF": b"2\n{}\n0\n\n",
    "chunk extension bare LF": b"2;a\n{}\r\n0\r\n\r\n",
    "chunk extension bare CR": b"2;a\rb\r\n{}\r\n0\r\n\r\n",
    "bad trailer": b"2\r\n{}\r\n0\r\nX : y\r\n\r\n",
    "trailer bare LF": b"2\r\n{}\r\n0\r\nX: y\n\r\n",
}
BAD_LINES = {
    "bare LF": b"GET /v1/users/b HTTP/1.1\nHost: x\n\n",
    "no target": b"GET HTTP/1.1\r\nHost: x\r\n\r\n",
    "two blanks": b"GET  /v1/users/b HTTP/1.1\r\nHost: x\r\n\r\n",
    "tab": b"GET\t/v1/users/b HTTP/1.1\r\nHost: x\r\n\r\n",
    "target without slash": b"GET v1/users/b HTTP/1.1\r\nHost: x\r\n\r\n",
    "fragment": b"GET /v1/users/b#c HTTP/1.1\r\nHost: x\r\n\r\n",
    "raw byte in the target": b"GET /v1/users/\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n",
    "odd method": b"G(T /v1/users/b HTTP/1.1\r\nHost: x\r\n\r\n",
    "lower-case version": b"GET /v1/users/b http/1.1\r\nHost: x\r\n\r\n",
    "no version": b"GET /v1/users/b\r\nHost: x\r\n\r\n",
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\0" * 64,
    "chunked in HTTP/1.0":
        b"POST /v1/users HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
}
BAD_FIELDS = {  # between the request line and the empty line
    "bare LF in a field": b"Host: x\nX: y\r\n",
    "bare CR in a field": b"Host: x\r\nX: a\rb\r\n",
    "obs-fold": b"Host: x\r\nX: a\r\n b\r\n",
    "blank before the first field": b" Host: x\r\n",
    "blank before the colon": b"Host : x\r\n",
    "no colon": b"Host: x\r\nnonsense\r\n",
    "empty name": b"Host: x\r\n: y\r\n",
    "NUL in a value": b"Host: x\r\nX: a\0b\r\n",
    "control byte in a value": b"Host: x\r\nX: a\x01b\r\n",
    "odd name": b"Host: x\r\nX(y): a\r\n",
    "no host": b"X: y\r\n",
    "two hosts": b"Host: x\r\nHost: x\r\n",
    "bad host": b"Host: a b\r\n",
}
BAD_FRAMING = {
    **{name: POST_HEAD + data for name, data in BAD_FRAMES.items()},
    **{name: CHUNKED_HEAD + data for name, data in BAD_CHUNKS.items()},
    **{name: b"GET /v1/users/b HTTP/1.1\r\n" + data + b"\r\n"
       for name, data in BAD_FIELDS.items()},
    **BAD_LINES,
}


@pytest.mark.parametrize("name", BAD_FRAMING)
def test_bad_framing_is_a_400_and_nothing_behind_it_runs(wire, called, name):
    wire.send(BAD_FRAMING[name] + SMUGGLED)
    answer = wire.answer()
    assert (answer.status, answer.json()["code"]) == (400, 3), answer
    assert answer.field("connection") == "close"
    assert wire.is_closed_within(5)
    assert called() == []


@pytest.mark.parametrize(("data", "status", "code"), [
    (b"GET /v1/users/1 HTTP/2.0\r\nHost: x\r\n\r\n", 505, 3),
    (b"GET /v1/users/1 HTTP/1.2\r\nHost: x\r\n\r\n", 505, 3),
    (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, 3),
    (POST_HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501, 12),
    (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, 3),
    (b"GET /v1/users/1 HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 101 + b"\r\n", 431, 8),
    (b"GET /v1/users/1 HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 40000 + b"\r\n\r\n", 431, 8),
    (b"GET /v1/users/1 HTTP/1.1\r\nHost: x\r\n" + b"y" * 40000, 431, 8),
    (b"G" * 40000, 414, 3),
    (POST_HEAD + b"Content-Length: 18446744073709551618\r\n\r\n{}", 413, 8),
])
def test_each_refusal_has_its_status(wire, called, data, status, code):
    wire.send(data)
    answer = wire.answer()
    assert (answer.status, answer.json()["code"]) == (status, code), answer
    assert answer.field("connection") == "close"
    assert wire.is_closed_within(5)
    assert called() == []


@pytest.mark.parametrize(("length", "status"), [(8191, 404), (8192, 404), (8193, 414)])
def test_the_target_has_a_limit_of_8_kib(wire, length, status):
    assert wire.send(request("GET", "/" + "a" * (length - 1))).answer().status == status


@pytest.mark.parametrize(("count", "status"), [(99, 200), (100, 200), (101, 431)])
def test_a_head_has_at_most_100_fields(wire, count, status):
    fields = [(f"x-{n}", "y") for n in range(count - 1)]  # and Host
    assert wire.send(request("GET", "/v1/users/1", fields=fields)).answer().status == status


@pytest.mark.parametrize(("excess", "status"), [(-1, 200), (0, 200), (1, 413)])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_the_limit_of_a_body_is_exact(wire, called, excess, status, framing):
    empty = b'{"name": ""}'
    body = empty[:-2] + b"n" * (1024 * 1024 + excess - len(empty)) + empty[-2:]
    if framing == "length":
        wire.send(request("POST", "/v1/users", body, [JSON]))
    else:
        wire.send(request("POST", "/v1/users", b"", [JSON, ("transfer-encoding", "chunked")])
                  + chunked(body, [60000]))
    answer = wire.answer()
    assert answer.status == status
    if status == 413:
        assert answer.json()["code"] == 8
        assert called() == []


def test_a_message_over_its_limit_is_a_413(gateways, backend):
    port = gateways.start(backend.address, limits={"message": "2KiB"}).port
    assert ask(port, "POST", "/v1/users", {"name": "n" * 2000}).status == 200
    count = len(backend.calls)
    answer = ask(port, "POST", "/v1/users", {"name": "n" * 3000})
    assert (answer.status, answer.json()["code"]) == (413, 8)
    assert len(backend.calls) == count


@pytest.mark.parametrize("size", [4090, 4096, 5000, 65536, 200_000])
def test_a_body_of_any_size_below_the_limit_goes_through(gateways, backend, size):
    port = gateways.start(backend.address).port
    assert ask(port, "POST", "/v1/users", {"name": "n" * size}).json() == {"name": "n" * size}


# Early refusals, slow clients


def test_413_comes_before_the_body_of_100_mb(wire, called):
    wire.send(request("POST", "/v1/users", b"", [JSON, ("content-length", "100000000")]))
    answer, took = timed(wire.answer)
    assert (answer.status, answer.json()["code"]) == (413, 8)
    assert answer.field("connection") == "close"
    assert took < 2 and called() == []


def test_an_early_refusal_reaches_a_client_that_is_still_sending(wire):
    wire.send(request("POST", "/nowhere", b"", [JSON, ("content-length", "3000000")]))
    sent = 0
    try:
        while sent < 900_000:
            wire.send(b"x" * 10_000)
            sent += 10_000
    except OSError:
        pytest.fail(f"cut off after {sent} bytes, before the answer was read")
    assert wire.answer().status == 404
    assert wire.is_closed_within(6), "it lingers for a bounded time"


@pytest.mark.parametrize("fields", [[], ["-H", "Expect:"], ["-H", "Transfer-Encoding: chunked"]])
def test_curl_shows_the_413(gateway, tmp_path, fields):
    body = tmp_path / "body.json"
    with open(body, "wb") as file:
        file.truncate(3_000_000)
    done = run(["curl", "-sS", "-m", "20", "-o", "-", "-w", "\n%{http_code}",
                "-H", "content-type: application/json", *fields, "--data-binary", f"@{body}",
                f"http://127.0.0.1:{gateway.port}/v1/users"])
    assert done.stdout.endswith("\n413"), (done.returncode, done.stdout, done.stderr)


def test_curl_d_without_a_content_type_is_told_what_to_do(gateway):
    done = run(["curl", "-sS", "-m", "20", "-w", "\n%{http_code}", "-d", '{"id": "ada"}',
                f"http://127.0.0.1:{gateway.port}/v1/users"])
    assert done.stdout.endswith("\n415")
    assert "content-type: application/json" in done.stdout


@pytest.mark.parametrize("data", [b"G", b"GET /v1/users/1 HTTP/1.1\r\nHost: x\r\n"])
def test_a_head_that_does_not_come_in_time_is_a_408(wire, data):
    wire.send(data)
    answer, took = timed(wire.answer)
    assert (answer.status, answer.json()["code"]) == (408, 4)
    assert answer.field("connection") == "close"
    assert 0.9 < took < 5
    assert wire.is_closed_within(5)


def test_a_head_that_drips_is_a_408_too(wire):
    wire.send(b"GET /v1/users/1 HTTP/1.1\r\nHost: x\r\n")
    end = time.monotonic() + 6
    wire.socket.settimeout(0.2)
    while time.monotonic() < end:
        try:
            wire.send(b"x: y\r\n")
            wire.received += wire.socket.recv(4096)
            break
        except TimeoutError:
            continue
    wire.socket.settimeout(5)
    assert wire.answer().status == 408


def test_a_client_that_says_nothing_is_let_go(gateways, backend):
    port = gateways.start(backend.address, timeouts={"keep_alive": "1s", "head": "1s"}).port
    with Wire(port) as wire:
        assert wire.is_closed_within(6)
    with Wire(port) as wire:
        assert wire.send(GET).answer().status == 200
        assert wire.is_closed_within(6)


def test_a_connection_may_have_a_number_of_requests(gateways, backend):
    port = gateways.start(backend.address, limits={"requests_per_connection": 3}).port
    with Wire(port) as wire:
        fields = [wire.send(GET).answer().field("connection") for _ in range(3)]
        assert fields == [None, None, "close"]
        assert wire.is_closed_within(5)


# Hostile clients


def test_10_mb_of_garbage_never_kill_the_process(gateway):
    dice = random.Random(11)
    for number in range(40):
        garbage = dice.randbytes(256 * 1024)
        start = [b"", GET, CHUNKED_HEAD, POST_HEAD + b"Content-Length: 100000\r\n\r\n"][number % 4]
        with Wire(gateway.port) as wire:
            try:
                wire.send(start + garbage)
                wire.socket.settimeout(0.05)
                wire.rest()
            except OSError:
                pass
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200


def test_mutated_requests_get_an_answer_or_a_close(gateway):
    dice = random.Random(13)
    whole = request("POST", "/v1/users?x=1", {"id": "a", "name": "b"},
                    {"accept": "*/*", "grpc-timeout": "1S"})
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        with Wire(gateway.port) as wire:
            wire.send(bytes(data))
            wire.socket.shutdown(socket.SHUT_WR)
            wire.rest()
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200


def test_500_connections_that_come_and_go_leave_nothing_behind(gateway):
    def open_files():
        return len(os.listdir(f"/proc/{gateway.process.pid}/fd"))

    ask(gateway.port, "GET", "/v1/users/1")
    before = open_files()
    for start in range(5):
        wires = [Wire(gateway.port) for _ in range(100)]
        for number, wire in enumerate(wires):
            wire.send(GET[:number] if start % 2 else GET)
        for wire in wires:
            wire.close()
    assert wait_until(lambda: open_files() <= before + 1, 10), open_files() - before
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200


@pytest.mark.parametrize("body", [
    b"[" * 1_000_000, b'{"name":' * 120_000, b'{"name": ' + b"9" * 1_000_000 + b"}",
    b'{"name": "' + b"\\ud800" * 150_000 + b'"}', b'{"' + b"k" * 1_000_000 + b'": 1}',
    b"{" + b",".join(b'"k%d":1' % n for n in range(80_000)) + b"}", b'"' * 1_000_000,
    b'{"name": "' + b"\0" * 1_000_000 + b'"}'], ids=lambda body: repr(body[:12]))
def test_a_json_bomb_is_a_400_in_time(wire, called, body):
    answer, took = timed(wire.send(request("POST", "/v1/users", body, [JSON])).answer)
    assert (answer.status, answer.json()["code"]) == (400, 3)
    assert len(answer.body) < 4096, "the bomb does not come back"
    assert took < 5 and called() == []
    assert wire.send(GET).answer().status == 200


def test_a_client_that_does_not_read_is_held_back_and_loses_nothing(gateway):
    """5,000 pipelined requests, whose answers are taken much later than they could come."""
    count, name = 5000, "n" * 300
    with Wire(gateway.port, seconds=30) as wire:
        one = request("GET", f"/v1/users/{name}")
        sender = threading.Thread(target=wire.socket.sendall, args=(one * count,), daemon=True)
        sender.start()
        sender.join(1)
        for _ in range(count):
            assert wire.answer().json() == {"id": name}
        sender.join(10)
        assert not sender.is_alive()
