"""Answers that are wrong in what they say: each has its status and harms no other call."""
import pytest

from misbehaviour import check, recovers
from raw_peer import (CONTINUATION, DATA, END_HEADERS, END_STREAM, HEAD, HEADERS, OK, PADDED,
                      RST_STREAM, USER, RawPeer, field, frame, message, number)

BROKEN = (502, 13)      # the backend broke HTTP/2
NOT_GRPC = (502, 2)     # it does not speak gRPC, or gave no status
TOO_LARGE = (502, 8)
LOST = (503, 14)        # it broke what all calls of the connection share


@pytest.fixture(scope="module")
def peer():
    with RawPeer() as made:
        yield made


@pytest.fixture(scope="module")
def gateway(gateways, peer):
    return gateways.start(peer.address)


def connections(gateway, peer):
    """How many there were until now, the one in use among them."""
    recovers(gateway, peer)
    return len(peer.connections)


# PROTOCOL-HTTP2.md, "Errors"; INTERNAL is there for what has no row of its own.
RESETS = [(0, 500, 13), (1, 500, 13), (2, 500, 13), (3, 500, 13), (4, 500, 13), (5, 500, 13),
          (6, 500, 13), (8, 499, 1), (9, 500, 13), (10, 500, 13), (11, 429, 8), (12, 403, 7),
          (13, 500, 13), (14, 500, 13), (0xffffffff, 500, 13)]


@pytest.mark.parametrize("after", ["request", "head", "message"])
@pytest.mark.parametrize(("reset", "status", "code"), RESETS)
def test_each_reset_code_has_its_status(gateway, peer, reset, status, code, after):
    def script(call):
        if after != "request":
            call.headers(HEAD)
        if after == "message":
            call.data(message())
        call.reset(reset)

    check(gateway, peer, (status, code), script)
    recovers(gateway, peer)


def test_a_refused_stream_is_a_503_when_it_is_refused_again(gateway, peer):
    count = len(peer.calls)
    check(gateway, peer, (503, 14), lambda call: call.reset(7))
    assert len(peer.calls) - count == 2
    recovers(gateway, peer)


# What comes in front of the answer


def informational(count, status="103"):
    def script(call):
        for _ in range(count):
            call.headers([(":status", status), ("link", "</a>; rel=preload")])
        call.answer()
    return script


@pytest.mark.parametrize("status", ["100", "102", "103", "199"])
def test_an_informational_head_is_passed_over(gateway, peer, status):
    check(gateway, peer, None, informational(1, status))


def test_a_thousand_informational_heads_are_passed_over(gateway, peer):
    check(gateway, peer, None, informational(1000))


# Heads

def head(*fields, end=False):
    """An answer whose head has these fields, literally as they are."""
    block = b"".join(field(name, value) for name, value in fields)

    def script(call):
        call.headers(block, end)
        if not end:
            call.send(frame(DATA, call.stream, message()), call.head(OK, end=True))
    return script


STATUS, GRPC = (b":status", b"200"), (b"content-type", b"application/grpc")

HEADS = {
    "no status": (BROKEN, head(GRPC)),
    "no fields": (BROKEN, head()),
    "two statuses": (BROKEN, head(STATUS, STATUS, GRPC)),
    "two statuses that differ": (BROKEN, head(STATUS, (b":status", b"404"), GRPC)),
    "a status in letters": (BROKEN, head((b":status", b"abc"), GRPC)),
    "an empty status": (BROKEN, head((b":status", b""), GRPC)),
    "a status of two digits": (BROKEN, head((b":status", b"20"), GRPC)),
    "a status of four digits": (BROKEN, head((b":status", b"2000"), GRPC)),
    "a signed status": (BROKEN, head((b":status", b"+20"), GRPC)),
    "status 000": (NOT_GRPC, head((b":status", b"000"), GRPC)),
    "status 600": (NOT_GRPC, head((b":status", b"600"), GRPC)),
    "status 999": (NOT_GRPC, head((b":status", b"999"), GRPC)),
    "status 101": (BROKEN, head((b":status", b"101"), GRPC)),
    "the status last": (BROKEN, head(GRPC, STATUS)),
    "an unknown pseudo-header": (BROKEN, head(STATUS, (b":colour", b"red"), GRPC)),
    "a request's pseudo-header": (BROKEN, head(STATUS, (b":path", b"/"), GRPC)),
    "an upper-case name": (BROKEN, head(STATUS, GRPC, (b"X-Upper", b"1"))),
    "an empty name": (BROKEN, head(STATUS, GRPC, (b"", b"1"))),
    "a space in a name": (BROKEN, head(STATUS, GRPC, (b"x y", b"1"))),
    "a colon in a name": (BROKEN, head(STATUS, GRPC, (b"x:y", b"1"))),
    "NUL in a name": (BROKEN, head(STATUS, GRPC, (b"x\0y", b"1"))),
    "CR LF in a name": (BROKEN, head(STATUS, GRPC, (b"x\r\ny", b"1"))),
    "connection": (BROKEN, head(STATUS, GRPC, (b"connection", b"close"))),
    "keep-alive": (BROKEN, head(STATUS, GRPC, (b"keep-alive", b"timeout=5"))),
    "proxy-connection": (BROKEN, head(STATUS, GRPC, (b"proxy-connection", b"close"))),
    "transfer-encoding": (BROKEN, head(STATUS, GRPC, (b"transfer-encoding", b"chunked"))),
    "upgrade": (BROKEN, head(STATUS, GRPC, (b"upgrade", b"h2c"))),
    "te": (BROKEN, head(STATUS, GRPC, (b"te", b"gzip"))),
    "a length that is too small": (BROKEN, head(STATUS, GRPC, (b"content-length", b"3"))),
    "a length that is too large": (BROKEN, head(STATUS, GRPC, (b"content-length", b"9999"))),
    "a length of letters": (BROKEN, head(STATUS, GRPC, (b"content-length", b"some"))),
    "a negative length": (BROKEN, head(STATUS, GRPC, (b"content-length", b"-1"))),
    "a length beyond 64 bits": (BROKEN, head(STATUS, GRPC, (b"content-length", b"9" * 30))),
    "two lengths": (BROKEN, head(STATUS, GRPC, (b"content-length", b"11"),
                                 (b"content-length", b"11"))),
    "no content-type": (NOT_GRPC, head(STATUS)),
    "text/html": (NOT_GRPC, head(STATUS, (b"content-type", b"text/html"))),
    "grpc-web": (NOT_GRPC, head(STATUS, (b"content-type", b"application/grpc-web"))),
    "text/html and a status 502": (
        (503, 14), head((b":status", b"502"), (b"content-type", b"text/html"))),
    "CR LF in a value": (BROKEN, head(STATUS, GRPC, (b"x-evil", b"a\r\nset-cookie: b"))),
    "NUL in a value": (BROKEN, head(STATUS, GRPC, (b"x-evil", b"a\0b"))),
    "spaces round a value": (None, head(STATUS, GRPC, (b"x-spaces", b"  a  "))),
    "a long name": (None, head(STATUS, GRPC, (b"x" * 16000, b"1"))),
    "a field that fills the limit": (
        None, head(STATUS, GRPC, (b"x-huge", b"v" * (16384 - 100)))),
}


@pytest.mark.parametrize("name", HEADS)
def test_a_wrong_head_has_its_status(gateway, peer, name):
    expected, script = HEADS[name]
    before = connections(gateway, peer)
    answer = check(gateway, peer, expected, script)
    assert not [1 for name, _ in answer.fields if name.startswith(("x-evil", "set-cookie"))]
    recovers(gateway, peer)
    assert len(peer.connections) == before, "it was no fault of the connection"


# Blocks that are too large

def parts(block, *, size=16384):
    """HEADERS and CONTINUATION frames of a head."""
    pieces = [block[at:at + size] for at in range(0, len(block), size)] or [b""]

    def build(call):
        frames = [frame(HEADERS, call.stream, pieces[0], END_HEADERS if len(pieces) == 1 else 0)]
        for at, piece in enumerate(pieces[1:], 2):
            frames.append(frame(CONTINUATION, call.stream, piece,
                                END_HEADERS if at == len(pieces) else 0))
        return b"".join(frames)
    return build


def large(fields, bytes_each, where="head"):
    block = b"".join(field(b"x-%d" % n, b"v" * bytes_each) for n in range(fields))

    def script(call):
        if where == "head":
            start = field(*STATUS) + field(*GRPC)
            call.send(parts(start + block)(call), frame(DATA, call.stream, message()),
                      call.head(OK, end=True))
        else:
            call.send(call.head(HEAD), frame(DATA, call.stream, message()))
            frames = parts(field(b"grpc-status", b"0") + block)(call)
            call.send(frames[:4] + bytes([frames[4] | END_STREAM]) + frames[5:])
    return script


@pytest.mark.parametrize("where", ["head", "trailers"])
@pytest.mark.parametrize(("fields", "each", "expected"), [
    (3, 16000, None), (1, 63000, None), (1, 66000, LOST), (5, 16000, TOO_LARGE),
    (200, 10, None), (300, 10, TOO_LARGE), (3000, 10, TOO_LARGE)])
def test_a_block_over_the_limit_costs_its_call(gateway, peer, where, fields, each, expected):
    check(gateway, peer, expected, large(fields, each, where))
    recovers(gateway, peer)


# Bodies

def body(*frames):
    """An answer of a head and these frames."""
    return lambda call: call.send(call.head(HEAD), *(
        one(call) if callable(one) else one for one in frames))


def data(payload=None, flags=0):
    return lambda call: frame(DATA, call.stream, message() if payload is None else payload, flags)


def trailers(fields=OK, end=True):
    return lambda call: call.head(fields, end)


def padded(payload, padding, flags=0):
    return data(bytes([padding]) + payload + bytes(padding), PADDED | flags)


PIECES = [message()[at:at + 1] for at in range(len(message()))]

BODIES = {
    "padding": (None, body(padded(message(), 255), trailers())),
    "padding and nothing else": (None, body(padded(b"", 255), data(), trailers())),
    "a byte a frame, padded": (None, body(*(padded(one, 255) for one in PIECES), trailers())),
    "3000 empty frames": (None, body(*[data(b"")] * 3000, data(), *[data(b"")] * 3000, trailers())),
    "an empty last frame": (NOT_GRPC, body(data(), data(b"", END_STREAM))),
    "no trailers": (NOT_GRPC, body(data(flags=END_STREAM))),
    "a head that ends": (NOT_GRPC, lambda call: call.headers(HEAD, end=True)),
    "no answer but trailers": ((404, 5), lambda call: call.headers(
        HEAD + [("grpc-status", "5")], end=True)),
    "trailers alone, OK": (BROKEN, lambda call: call.headers(HEAD + OK, end=True)),
    "trailers alone without content-type": ((404, 5), lambda call: call.headers(
        [(":status", "200"), ("grpc-status", "5")], end=True)),
    "a body, then a head that is none": (BROKEN, body(data(), trailers([(":status", "200")]))),
    "a pseudo-header in trailers": (BROKEN, body(data(), trailers(OK + [(":status", "200")]))),
    "an upper-case name in trailers": (BROKEN, body(data(), trailers(OK + [("X-A", "1")]))),
    "connection in trailers": (BROKEN, body(data(), trailers(OK + [("connection", "close")]))),
    "trailers that do not end": (BROKEN, body(data(), trailers(end=False))),
    "trailers, more data, trailers": (BROKEN, body(
        data(), trailers(end=False), data(), trailers())),
    "two messages": ((502, 13), body(data(message() + message()), trailers())),
    "no message": ((502, 13), body(trailers())),
    "half a message": (BROKEN, body(data(message()[:-1]), trailers())),
    "half a prefix": (BROKEN, body(data(b"\0\0\0"), trailers())),
    "a prefix without its message": (BROKEN, body(data(b"\0\0\0\0\5"), trailers())),
    "a length over the limit": (TOO_LARGE, body(data(message(length=(4 << 20) + 1)))),
    "the longest length": (TOO_LARGE, body(data(message(length=0xffffffff)))),
    "a compressed message": (BROKEN, body(data(message(compressed=1)), trailers())),
    "an unknown flag": (BROKEN, body(data(message(compressed=2)), trailers())),
    "a good message and bytes behind it": (BROKEN, body(data(message() + b"\0"), trailers())),
    "a message that is no protobuf": ((502, 13), body(data(message(b"\xff\xff")), trailers())),
    "priority in the head": (None, lambda call: call.send(
        frame(HEADERS, call.stream, number(0) + b"\x10" + call.connection.encoder.encode(HEAD),
              END_HEADERS | 0x20), data()(call), trailers()(call))),
}


@pytest.mark.parametrize("name", BODIES)
def test_a_wrong_body_has_its_status(gateway, peer, name):
    expected, script = BODIES[name]
    before = connections(gateway, peer)
    check(gateway, peer, expected, script)
    recovers(gateway, peer)
    assert len(peer.connections) == before, "it was no fault of the connection"


# Statuses

def status(*values):
    return body(data(), trailers([("grpc-status", value) for value in values]))


STATUSES = {
    ("0", "0"): None, ("5", "5"): (404, 5), ("0", "5"): NOT_GRPC, ("5", "0"): NOT_GRPC,
    ("5", "5", "7"): NOT_GRPC, ("-1",): NOT_GRPC, ("",): NOT_GRPC, ("abc",): NOT_GRPC,
    ("0x5",): NOT_GRPC, ("5.0",): NOT_GRPC, ("OK",): NOT_GRPC, (): NOT_GRPC,
    # A number that is none of gRPC's is UNKNOWN, of whoever speaks gRPC.
    ("17",): (500, 2), ("99",): (500, 2), ("9" * 40,): (500, 2), ("4294967296",): (500, 2),
}


@pytest.mark.parametrize("values", STATUSES)
def test_a_status_that_says_nothing_is_no_good_answer(gateway, peer, values):
    check(gateway, peer, STATUSES[values], status(*values))
    recovers(gateway, peer)


def test_a_status_in_the_head_does_not_count(gateway, peer):
    def script(call):
        call.send(call.head(HEAD + [("grpc-status", "5")]), data()(call), trailers()(call))

    check(gateway, peer, None, script)


# Behind the answer

LATE = {
    "data": lambda call: frame(DATA, call.stream, message()),
    "data that ends": lambda call: frame(DATA, call.stream, message(), END_STREAM),
    "trailers": lambda call: call.head(OK, end=True),
    "another answer": lambda call: call.head(HEAD) + frame(DATA, call.stream, message())
    + call.head(OK, end=True),
    "a reset": lambda call: frame(RST_STREAM, call.stream, number(0)),
    "a hundred resets": lambda call: frame(RST_STREAM, call.stream, number(8)) * 100,
    "a window": lambda call: frame(8, call.stream, number(1)),
}


@pytest.mark.parametrize("name", LATE)
def test_what_follows_an_answer_does_not_change_it(gateway, peer, name):
    def script(call):
        call.send(call.head(HEAD), frame(DATA, call.stream, message(USER)),
                  call.head(OK, end=True), LATE[name](call))

    check(gateway, peer, None, script)
    recovers(gateway, peer)
