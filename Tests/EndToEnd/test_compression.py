"""Content codings both ways: answers and streams compressed, bodies decoded within limits."""
import gzip
import json
import subprocess
import zlib

import pytest

from backends import StreamBackend
from gateways import SERVICE, USER_ROUTES
from streaming import EVENTS, LINES, NDJSON, Streams, route
from wire import ask

LONG = "a" * 5000
CODINGS = ["gzip", "br", "zstd"]


@pytest.fixture(scope="module")
def gateway(gateways, backend):
    return gateways.start(
        backend.address, compression={"min": "1KiB"}, limits={"body": "256KiB"},
        routes=[
            *USER_ROUTES,
            {"route": "GET /off/{user_id}", "rpc": f"{SERVICE}/GetUser", "compression": False},
            {"route": "GET /text/{user_id}", "rpc": f"{SERVICE}/GetUser",
             "compression": {"types": ["text/*"]}},
            {"route": "POST /small", "rpc": f"{SERVICE}/CreateUser", "body": "*",
             "limits": {"body": "1KiB"}},
        ])


@pytest.fixture(scope="module")
def served(gateways, tmp_path_factory):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"), compression={},
                      routes=[
                          route("GET /list/{id}", "List"), route("GET /sse/{id}", "List"),
                          route("GET /download/{id}", "Download"),
                          route("POST /collect", "Collect", body="*"),
                          route("POST /tight", "Collect", body="*",
                                limits={"stream_body": "4KiB"}),
                          route("POST /upload", "Upload", body="*"),
                          route("POST /chat", "Chat", body="*")])


def curl(port, target, *arguments):
    """What curl makes of an answer: the body, decoded by it."""
    return subprocess.run(
        ["curl", "-sS", "--max-time", "10", "--compressed", *arguments,
         f"http://127.0.0.1:{port}{target}"], capture_output=True, check=True).stdout


def unzip(data):
    """As much of a gzip stream as has come, decoded."""
    return zlib.decompressobj(31).decompress(data)


# Answers.


@pytest.mark.parametrize("coding", CODINGS)
def test_an_answer_is_compressed_as_the_client_asks(gateway, coding):
    plain = ask(gateway.port, "GET", f"/v1/users/{LONG}")
    assert plain.field("content-encoding") is None and plain.field("vary") == "accept-encoding"
    fields = {"accept-encoding": coding}
    answer = ask(gateway.port, "GET", f"/v1/users/{LONG}", fields=fields)
    assert answer.field("content-encoding") == coding
    assert answer.field("vary") == "accept-encoding"
    assert len(answer.body) < len(plain.body) / 10
    head = ask(gateway.port, "HEAD", f"/v1/users/{LONG}", fields=fields)
    assert [f for f in head.fields if f[0] not in ("date", "x-request-id")] == \
        [f for f in answer.fields if f[0] not in ("date", "x-request-id")]
    assert curl(gateway.port, f"/v1/users/{LONG}", "-H", f"accept-encoding: {coding}") \
        == plain.body


def test_the_best_of_equals_is_zstd(gateway):
    answer = ask(gateway.port, "GET", f"/v1/users/{LONG}",
                 fields={"accept-encoding": "gzip, deflate, br, zstd"})
    assert answer.field("content-encoding") == "zstd"


@pytest.mark.parametrize(("target", "wishes", "varies"), [
    ("/v1/users/1", "gzip", False), ("/off/" + LONG, "gzip", False),
    ("/text/" + LONG, "gzip", False), ("/v1/users/" + LONG, "deflate", True),
    ("/v1/users/" + LONG, "gzip;q=0", True), ("/v1/users/" + LONG, "identity, gzip;q=0.5", True)])
def test_what_is_not_worth_it_or_not_wanted_is_plain(gateway, target, wishes, varies):
    answer = ask(gateway.port, "GET", target, fields={"accept-encoding": wishes})
    assert answer.status == 200 and answer.field("content-encoding") is None
    assert answer.field("vary") == ("accept-encoding" if varies else None)


def test_a_backend_that_forbids_it_is_heeded(gateway):
    answer = ask(gateway.port, "GET", f"/v1/users/{LONG}", fields={
        "accept-encoding": "gzip", "x-initial": "cache-control=no-transform"})
    assert answer.field("content-encoding") is None


def test_errors_are_plain(gateway):
    answer = ask(gateway.port, "GET", f"/v1/users/{LONG}", fields={
        "accept-encoding": "gzip", "x-status": "5", "x-message": "a" * 3000})
    assert answer.status == 404 and answer.field("content-encoding") is None
    assert answer.json()["code"] == 5


def test_without_the_key_nothing_is_compressed(gateways, backend):
    plain = gateways.start(backend.address)
    answer = ask(plain.port, "GET", f"/v1/users/{LONG}", fields={"accept-encoding": "gzip"})
    assert answer.field("content-encoding") is None and answer.field("vary") is None


# Streams.


def test_each_message_of_a_stream_can_be_read_when_it_comes(served):
    wire, call = served.call("GET", "/list/1", fields={"accept-encoding": "gzip",
                                                       "accept": LINES})
    with wire:
        call.send(served.item(id="first"))
        head = wire.head()
        assert head.field("content-encoding") == "gzip"
        assert head.field("vary") == "accept-encoding"
        found = wire.chunk()
        assert json.loads(unzip(found)) == {"id": "first"}
        call.send(served.item(id="second"))
        found += wire.chunk()
        assert unzip(found).count(b"\n") == 2
        call.send(*[served.item(id=str(n), text=LONG) for n in range(20)]).finish()
        found += wire.body()
    lines = gzip.decompress(found).splitlines()
    assert len(lines) == 22 and len(found) < 5000
    assert json.loads(lines[-1]) == {"id": "19", "text": LONG}


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("form", ["application/json", LINES, EVENTS])
def test_every_form_in_every_coding_to_its_end(served, coding, form):
    served.backend.play = lambda call: (served.item(id=str(n)) for n in range(50))
    try:
        found = curl(served.port, "/list/1", "-H", f"accept-encoding: {coding}",
                     "-H", f"accept: {form}")
        plain = served.ask("GET", "/list/1", fields={"accept": form}).body
    finally:
        served.backend.forget()
    assert found == plain and found.count(b'"id"') == 50


def test_an_error_in_a_compressed_stream_is_its_last_element(served):
    wire, call = served.call("GET", "/list/1", fields={"accept-encoding": "gzip",
                                                       "te": "trailers"})
    call.send(served.item(id="1")).finish(14, "gone")
    with wire:
        answer = wire.whole()
    lines = gzip.decompress(answer.body).splitlines()
    assert json.loads(lines[1])["error"]["code"] == 14
    assert dict(answer.trailers)["grpc-status"] == "14"


def test_an_error_before_the_first_message_is_plain(served):
    wire, call = served.call("GET", "/list/1", fields={"accept-encoding": "gzip"})
    call.finish(5, "none")
    with wire:
        answer = wire.whole()
    assert answer.status == 404 and answer.field("content-encoding") is None
    assert answer.json()["code"] == 5


def test_an_empty_stream_ends_well(served):
    wire, call = served.call("GET", "/list/1", fields={"accept-encoding": "gzip",
                                                       "accept": "application/json"})
    call.finish()
    with wire:
        assert gzip.decompress(wire.whole().body) == b"[]"


def test_a_download_is_compressed_by_its_own_type(served):
    for kind, coding in (("text/csv", "gzip"), ("image/png", None)):
        wire, call = served.call("GET", "/download/1", fields={"accept-encoding": "gzip"})
        call.send(served.body(b"a,b\n" * 1000, kind), served.body(b"c,d\n")).finish()
        with wire:
            answer = wire.whole()
        assert answer.field("content-encoding") == coding
        body = gzip.decompress(answer.body) if coding else answer.body
        assert body == b"a,b\n" * 1000 + b"c,d\n"


def test_a_broken_download_has_no_good_end(served):
    wire, call = served.call("GET", "/download/1", fields={"accept-encoding": "gzip"})
    call.send(served.body(b"a,b\n", "text/csv")).finish(13, "broken")
    with wire:
        wire.head()
        with pytest.raises(EOFError):
            wire.body()


def test_a_head_of_a_stream_says_the_coding(served):
    wire, call = served.call("HEAD", "/list/1", fields={"accept-encoding": "gzip"})
    call.send(served.item(id="1"))
    with wire:
        assert wire.head("HEAD").field("content-encoding") == "gzip"


def test_a_heartbeat_is_compressed_too(gateways, served, tmp_path):
    beating = Streams(gateways, served.backend, tmp_path, compression={},
                      routes=[route("GET /sse/{id}", "List", stream="sse")],
                      streams={"heartbeat": "100ms"})
    wire, call = beating.call("GET", "/sse/1", fields={"accept-encoding": "gzip"})
    with wire:
        call.initial()
        assert wire.head().field("content-encoding") == "gzip"
        found = wire.chunk()
        assert unzip(found).startswith(b":")
        call.send(served.item(id="1")).finish()
        found += wire.body()
    assert b'data: {"id":"1"}' in gzip.decompress(found)


def test_beyond_enough_compressed_streams_the_rest_is_plain(served):
    wires, codings = [], []
    for _ in range(40):
        wire, call = served.call("GET", "/list/1", fields={"accept-encoding": "gzip"})
        call.send(served.item(id="1"))
        head = wire.head()
        assert head.field("vary") == "accept-encoding"
        codings.append(head.field("content-encoding"))
        wires.append((wire, call))
    assert codings == ["gzip"] * 32 + [None] * 8
    for wire, call in wires:
        call.finish()
        with wire:
            wire.body()
    wire, call = served.call("GET", "/list/1", fields={"accept-encoding": "gzip"})
    call.send(served.item(id="1")).finish()
    with wire:
        assert gzip.decompress(wire.whole().body) == b'{"id":"1"}\n' \
            and wire.framing == "chunked"


# Bodies.


def encoded(coding, body):
    if coding == "gzip":
        return gzip.compress(body)
    return subprocess.run(["zstd", "-q", "-c"], input=body, capture_output=True,
                          check=True).stdout


@pytest.mark.parametrize("coding", ["gzip", "zstd", "x-gzip"])
def test_a_compressed_body_is_as_good_as_a_plain_one(gateway, backend, coding):
    user = {"name": LONG, "email": "a@b"}
    body = encoded(coding.removeprefix("x-"), json.dumps(user).encode())
    plain = ask(gateway.port, "POST", "/v1/users", user)
    wanted = backend.calls[-1].request
    answer = ask(gateway.port, "POST", "/v1/users", body, {
        "content-type": "application/json", "content-encoding": coding})
    assert answer.status == 200, answer
    assert backend.calls[-1].request == wanted and answer.body == plain.body


def test_a_brotli_body_is_taken_too(gateway, backend, messages):
    # What the gateway answers in brotli is what its client may send in brotli.
    user = messages["user.v1.User"](id="1", name=LONG).SerializeToString()
    backend.reply = user
    try:
        coded = ask(gateway.port, "GET", "/v1/users/1", fields={"accept-encoding": "br"})
        back = ask(gateway.port, "PATCH", "/v1/users/1", coded.body, {
            "content-type": "application/json", "content-encoding": "br"})
    finally:
        backend.reply = None
    assert coded.field("content-encoding") == "br"
    assert back.status == 200, back
    assert user in backend.calls[-1].request


def test_an_empty_content_is_an_empty_body(gateway):
    for body in (b"", gzip.compress(b"")):
        answer = ask(gateway.port, "POST", "/v1/users", body, {
            "content-type": "application/json", "content-encoding": "gzip"})
        assert answer.status == ask(gateway.port, "POST", "/v1/users", b"").status


def test_a_compressed_body_may_come_byte_by_byte_and_in_chunks(gateway):
    body = gzip.compress(b'{"name": "a"}')
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    answer = ask(gateway.port, "POST", "/v1/users", chunks, {
        "content-type": "application/json", "content-encoding": "gzip",
        "transfer-encoding": "chunked"})
    assert answer.status == 200 and answer.json()


@pytest.mark.parametrize(("body", "status"), [
    (gzip.compress(b'{"name": "a"}')[:-3], 400), (b"not gzip at all", 400),
    (gzip.compress(b"{}") + b"trailing", 400),
    (gzip.compress(b"{" + b" " * (257 << 10) + b"}"), 413),
    (gzip.compress(b" " * (100 << 20)), 413)])
def test_a_body_that_is_no_content_or_too_much_is_refused(gateway, backend, body, status):
    count = len(backend.calls)
    answer = ask(gateway.port, "POST", "/v1/users", body, {
        "content-type": "application/json", "content-encoding": "gzip"})
    assert answer.status == status, answer
    assert len(backend.calls) == count


def test_the_limit_is_the_routes_and_counts_the_content(gateway):
    fields = {"content-type": "application/json", "content-encoding": "gzip"}
    for size, status in ((1024, 200), (1025, 413)):
        content = b'{"name":"' + b"a" * (size - 11) + b'"}'
        answer = ask(gateway.port, "POST", "/small", gzip.compress(content), fields)
        assert answer.status == status, answer


@pytest.mark.parametrize("coding", ["deflate", "compress", "gzip, gzip", "br, zstd", "x"])
def test_an_unknown_coding_is_a_415_that_says_what_is_known(gateway, coding):
    answer = ask(gateway.port, "POST", "/v1/users", b"{}", {
        "content-type": "application/json", "content-encoding": coding})
    assert answer.status == 415
    assert answer.field("accept-encoding") == "gzip, br, zstd"


def test_a_compressed_client_stream_is_taken_as_it_comes(served):
    lines = b"".join(b'{"id":"%d","text":"%s"}\n' % (n, LONG.encode()) for n in range(200))
    wire, call = served.call("POST", "/collect", gzip.compress(lines), {
        **NDJSON, "content-encoding": "gzip"})
    assert call.half_closed.wait(5)
    assert len(call.requests) == 200
    call.send(served.summary(count=200)).finish()
    with wire:
        assert wire.whole().json() == {"count": "200"}


def test_a_compressed_client_stream_has_its_limits(served):
    for body, status in ((gzip.compress(b'{"id":"1"}\n' * 1000), 413),
                         (gzip.compress(b'{"id":"1"}')[:-4], 400), (b"nonsense", 400)):
        answer = served.ask("POST", "/tight", body, {**NDJSON, "content-encoding": "gzip"})
        assert answer.status == status, answer
    served.backend.forget()


def test_a_compressed_upload_reaches_the_backend_decoded(served):
    data = bytes(range(256)) * 1000
    wire, call = served.call("POST", "/upload", gzip.compress(data), {
        "content-type": "application/octet-stream", "content-encoding": "gzip"})
    assert call.half_closed.wait(5)
    body = served.messages["google.api.HttpBody"]
    assert b"".join(body.FromString(one).data for one in call.requests) == data
    call.send(served.summary(bytes=len(data))).finish()
    with wire:
        assert wire.whole().json() == {"bytes": str(len(data))}
