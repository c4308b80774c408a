"""gzip of gRPC messages, one by one, both ways: grpcio at the far end, and a peer that errs."""
import gzip
import json
import socket
import threading

import pytest

from backends import StreamBackend, echoing
from gateways import SERVICE, USER_ROUTES
from processes import binary, run
from scripted import GRPC_HEAD, ScriptedBackend, frame
from streaming import JSON, LINES, NDJSON, ROUTES, Streams, resident, route
from wire import ask

# grpc.Compression.Gzip of a server, as a channel argument.
SERVER_GZIP = [("grpc.default_compression_algorithm", 2)]
LONG = "all work and no play makes Jack a dull boy\n" * 2000
GZIP_HEAD = [*GRPC_HEAD, ("grpc-encoding", "gzip")]


class Meter:
    """Passes TCP on to an address and counts what goes to it and what comes from it."""

    def __init__(self, address):
        self.to = self.back = 0
        self.target = address.rsplit(":", 1)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection((self.target[0], int(self.target[1])))
            for source, sink, name in [(near, far, "to"), (far, near, "back")]:
                threading.Thread(target=self._pass, args=(source, sink, name), daemon=True).start()

    def _pass(self, source, sink, name):
        try:
            while data := source.recv(65536):
                setattr(self, name, getattr(self, name) + len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()

    def take(self):
        """Bytes to the backend and back since this was last asked."""
        taken, self.to, self.back = (self.to, self.back), 0, 0
        return taken


class Served(Streams):
    def __init__(self, gateways, backend, folder, compression):
        self.meter = Meter(backend.address)
        super().__init__(gateways, backend, folder, routes=[*ROUTES, route(
            "POST /get", "Get", body="*")], backends={
            "users": {"address": self.meter.address, "connections": 1, **compression}})


@pytest.fixture(scope="module", params=["both", "requests", "answers", "neither"])
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways, kind):
    """A gateway in front of grpcio, of which either compresses or not."""
    options = SERVER_GZIP if kind in ("both", "answers") else []
    ours = {"compression": "gzip"} if kind in ("both", "requests") else {}
    with StreamBackend(options) as backend:
        yield Served(gateways, backend, tmp_path_factory.mktemp("gzip"), ours)


@pytest.fixture(autouse=True)
def fresh(request):
    if "served" in request.fixturenames:
        served = request.getfixturevalue("served")
        served.backend.forget()
        served.meter.take()


def assert_sizes(served, kind, count=1):
    """What went over the wire is small where it was compressed, and only there."""
    to, back = served.meter.take()
    plain = count * len(LONG)
    assert (to < plain / 10) == (kind in ("both", "requests")), (kind, to)
    assert (back < plain / 10) == (kind in ("both", "answers")), (kind, back)


def test_a_unary_call(served, kind):
    def play(call):
        yield next(call.messages())

    served.backend.play = play
    answer = served.ask("POST", "/get", json.dumps({"id": "x", "text": LONG}).encode(), JSON)
    assert answer.json() == {"id": "x", "text": LONG}
    assert_sizes(served, kind)


def test_a_server_stream(served, kind):
    def play(call):
        list(call.messages())
        for number in range(10):
            yield served.item(id=str(number), text=LONG)

    served.backend.play = play
    served.meter.take()
    answer = served.ask("GET", "/list/1", fields={"accept": LINES})
    lines = [json.loads(line) for line in answer.body.splitlines()]
    assert [line["id"] for line in lines] == [str(number) for number in range(10)]
    assert {line["text"] for line in lines} == {LONG}
    _, back = served.meter.take()
    assert (back < len(LONG)) == (kind in ("both", "answers")), (kind, back)


def test_a_client_stream(served, kind):
    def play(call):
        count = sum(1 for _ in call.messages())
        yield served.summary(count=count, text=LONG)

    served.backend.play = play
    served.meter.take()
    body = b"".join(json.dumps({"id": str(n), "text": LONG}).encode() + b"\n" for n in range(20))
    answer = served.ask("POST", "/collect", body, NDJSON)
    assert answer.json() == {"count": "20", "text": LONG}
    call = served.backend.next()
    found = served.items(call.requests)
    assert [item["id"] for item in found] == [str(n) for n in range(20)]
    assert {item["text"] for item in found} == {LONG}
    to, _ = served.meter.take()
    assert (to < 2 * len(LONG)) == (kind in ("both", "requests")), (kind, to)


def test_both_ways_at_once(served, kind):
    served.backend.play = echoing
    served.meter.take()
    values = [{"id": str(n), "text": LONG[:n * 500]} if n else {"id": "0"} for n in range(30)]
    body = b"".join(json.dumps(value).encode() + b"\n" for value in values)
    answer = served.ask("POST", "/chat", body, {**NDJSON, "accept": LINES})
    assert [json.loads(line) for line in answer.body.splitlines()] == values
    assert_sizes(served, kind, count=2)


# What is said to the backend


@pytest.fixture(scope="module")
def scripted():
    with ScriptedBackend() as backend:
        yield backend


@pytest.fixture(scope="module")
def plain(gateways, scripted):
    return gateways.start(scripted.address)


@pytest.fixture(scope="module")
def zipped(gateways, scripted):
    routes = [*USER_ROUTES, {"route": "PUT /v1/users", "rpc": f"{SERVICE}/CreateUser", "body": "*",
                             "retry": {"backoff": {"initial": "10ms"}}}]
    return gateways.start({"address": scripted.address, "compression": "gzip"}, routes=routes)


def told(call, name):
    return call.headers.get(name.encode())


def test_gzip_is_always_accepted_and_only_said_of_requests_when_it_is_asked_for(
        scripted, plain, zipped):
    scripted.script = lambda call: call.answer(0, b"")
    for gateway, encoding in [(plain, None), (zipped, b"gzip")]:
        assert ask(gateway.port, "POST", "/v1/users", {"name": "a" * 500}).status == 200
        call = scripted.calls[-1]
        assert told(call, "grpc-accept-encoding") == b"gzip,identity"
        assert told(call, "grpc-encoding") == encoding
        flag, message = call.body[0], call.body[5:]
        assert flag == (1 if encoding else 0)
        assert b"a" * 500 in (gzip.decompress(message) if flag else message)


def test_a_message_that_does_not_get_smaller_goes_as_it_is(scripted, zipped):
    scripted.script = lambda call: call.answer(0, b"")
    assert ask(zipped.port, "POST", "/v1/users", {"name": "Ada"}).status == 200
    assert told(scripted.calls[-1], "grpc-encoding") == b"gzip"
    assert scripted.calls[-1].body == frame(b"\x12\x03Ada") or scripted.calls[-1].body[0] == 0


def test_a_retry_sends_the_same_bytes(scripted, zipped):
    before = len(scripted.calls)

    def script(call):
        if len(scripted.calls) - before < 3:
            call.trailers_only([("grpc-status", "14")])
        else:
            call.answer(0, b"")

    scripted.script = script
    assert ask(zipped.port, "PUT", "/v1/users", {"name": "a" * 500}).status == 200
    bodies = [call.body for call in scripted.calls[before:]]
    assert len(bodies) == 3 and len(set(bodies)) == 1
    assert b"a" * 500 in gzip.decompress(bodies[0][5:])


def test_a_backend_that_does_not_know_gzip_says_so_to_the_client(scripted, zipped):
    scripted.script = lambda call: call.trailers_only(
        [("grpc-status", "12"), ("grpc-message", "no gzip"), ("grpc-accept-encoding", "identity")])
    answer = ask(zipped.port, "POST", "/v1/users", {"name": "a" * 500})
    assert (answer.status, answer.json()["message"]) == (501, "no gzip")


# Answers that are wrong

USER = b"\x12" + b"\x80\x02" + b"n" * 256
CASES = [
    ("whole", GZIP_HEAD, frame(gzip.compress(USER), 1), 200, 0),
    ("plain in a compressed call", GZIP_HEAD, frame(USER), 200, 0),
    ("two members", GZIP_HEAD,
     frame(gzip.compress(USER[:100]) + gzip.compress(USER[100:]), 1), 200, 0),
    ("no encoding", GRPC_HEAD, frame(gzip.compress(USER), 1), 502, 13),
    ("identity", [*GRPC_HEAD, ("grpc-encoding", "identity")],
     frame(gzip.compress(USER), 1), 502, 13),
    ("unknown", [*GRPC_HEAD, ("grpc-encoding", "snappy")], frame(USER, 1), 502, 13),
    ("deflate", [*GRPC_HEAD, ("grpc-encoding", "deflate")], frame(USER, 1), 502, 13),
    ("no gzip", GZIP_HEAD, frame(USER, 1), 502, 13),
    ("cut", GZIP_HEAD, frame(gzip.compress(USER)[:-1], 1), 502, 13),
    ("wrong sum", GZIP_HEAD, frame(gzip.compress(USER)[:-8] + bytes(8), 1), 502, 13),
    ("more behind", GZIP_HEAD, frame(gzip.compress(USER) + b"x", 1), 502, 13),
    ("another flag", GZIP_HEAD, frame(gzip.compress(USER), 2), 502, 13),
]


@pytest.mark.parametrize(("head", "data", "status", "code"), [case[1:] for case in CASES],
                         ids=[case[0] for case in CASES])
def test_an_answer_is_undone_or_refused(scripted, plain, head, data, status, code):
    def script(call):
        call.send_headers(head)
        call.send_data(data)
        call.send_headers([("grpc-status", "0")], end=True)

    scripted.script = script
    for _ in range(3):
        answer = ask(plain.port, "GET", "/v1/users/1")
        assert answer.status == status, answer
        if status == 200:
            assert answer.json() == {"name": "n" * 256}
        else:
            assert answer.json()["code"] == code and answer.json()["message"]
    scripted.script = lambda call: call.answer(0, USER)
    assert ask(plain.port, "GET", "/v1/users/1").status == 200


def test_an_answer_in_frames_of_a_byte_is_undone(scripted, plain):
    def script(call):
        call.send_headers(GZIP_HEAD)
        for byte in frame(gzip.compress(USER), 1):
            call.send_data(bytes([byte]))
        call.send_headers([("grpc-status", "0")], end=True)

    scripted.script = script
    assert ask(plain.port, "GET", "/v1/users/1").json() == {"name": "n" * 256}


def test_a_bomb_is_a_message_that_is_too_large_and_costs_no_memory(gateways, scripted):
    gateway = gateways.start(scripted.address)
    scripted.script = lambda call: call.answer(0, USER)
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    idle = resident(gateway.process.pid)
    # 200 MB in 200 KB; the limit of a message is 4 MiB.
    bomb = frame(gzip.compress(bytes(200 << 20)), 1)

    def script(call):
        call.send_headers(GZIP_HEAD)
        call.send_data(bomb)
        call.send_headers([("grpc-status", "0")], end=True)

    scripted.script = script
    for _ in range(20):
        answer = ask(gateway.port, "GET", "/v1/users/1")
        assert (answer.status, answer.json()["code"]) == (502, 8), answer
    assert resident(gateway.process.pid) - idle < 16384


def test_the_key_takes_two_words(gateways):
    config = gateways.config({"address": "127.0.0.1:1", "compression": "zip"})
    checked = run([binary("transom"), "check", "--config", str(config)])
    assert checked.returncode == 78
    assert "backends.users.compression: expected identity or gzip, found 'zip'" in checked.stderr
