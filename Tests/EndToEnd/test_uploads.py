"""Uploads of any size: raw bodies and files of forms as streams of bounded messages."""
import random
import re
import socket
import time

import pytest

from backends import StreamBackend, wait_until
from processes import run
from streaming import FLAT, FULL, Streams, StreamWire, Watched, chunked
from wire import request

SIZE = 1 << 30 if FULL else 48 << 20
LARGEST = 1 << 20


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend(options=[("grpc.max_receive_message_length", 2 << 20)]) as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"))


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()
    served.backend.play = lambda call: counting(served, call)


def counting(served, call):
    bytes_ = sum(len(message) for message in call.messages())
    yield served.summary(count=len(call.requests), bytes=bytes_)


def got(served, name):
    call = served.backend.next()
    return [served.messages[name].FromString(message) for message in call.requests]


def noise(size):
    return random.Random(size).randbytes(size)


@pytest.mark.parametrize("size", [1, 1000, 65_536, 3_000_000])
@pytest.mark.parametrize("kind", ["image/png", "application/json", "application/x-ndjson",
                                  "application/x-www-form-urlencoded", "text/csv; charset=x", ""])
def test_a_raw_body_becomes_a_stream_of_http_bodies(served, size, kind):
    data = noise(size)
    answer = served.ask("POST", "/upload", data, {"content-type": kind} if kind else {})
    assert answer.status == 200, answer
    bodies = got(served, "google.api.HttpBody")
    assert b"".join(body.data for body in bodies) == data
    assert [body.content_type for body in bodies] == [kind] + [""] * (len(bodies) - 1)
    assert all(0 < len(body.data) <= LARGEST for body in bodies)


def test_bound_fields_go_into_the_first_message_only(served):
    data = noise(500_000)
    answer = served.ask("POST", "/files/a%20b", data, {"content-type": "image/png"})
    assert answer.status == 200, answer
    first, *rest = got(served, "streams.v1.Piece")
    assert (first.name, first.file.content_type) == ("a b", "image/png") and rest
    assert all((one.name, one.file.content_type) == ("", "") for one in rest)
    assert b"".join(one.file.data for one in [first, *rest]) == data


def test_stream_body_names_the_field_of_the_bytes(served):
    data = noise(500_000)
    answer = served.ask("POST", "/store/a?size=7", data, {"content-type": "image/png"})
    assert answer.status == 200, answer
    first, *rest = got(served, "streams.v1.Chunk")
    assert (first.name, first.size) == ("a", 7) and rest
    assert all((one.name, one.size) == ("", 0) for one in rest)
    assert b"".join(one.data for one in [first, *rest]) == data


@pytest.mark.parametrize(("target", "name", "message"), [
    ("/upload", "google.api.HttpBody", {"content_type": "a/b"}),
    ("/files/a", "streams.v1.Piece", {"name": "a", "file": {"content_type": "a/b"}}),
    ("/store/a?size=7", "streams.v1.Chunk", {"name": "a", "size": 7})])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_empty_file_is_a_file(served, target, name, message, framing):
    """One message tells its name and type: what path and query bind must not be lost."""
    if framing == "chunked":
        with served.open("POST", target, b"0\r\n\r\n", {
                "content-type": "a/b", "transfer-encoding": "chunked"}) as wire:
            answer = wire.whole()
    else:
        answer = served.ask("POST", target, b"", {"content-type": "a/b"})
    assert answer.status == 200, answer
    assert got(served, name) == [served.messages[name](**message)]


@pytest.mark.parametrize("target", ["/upload", "/files/a", "/store/a"])
def test_pieces_reach_the_backend_as_they_arrive(served, target):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", target, fields={"transfer-encoding": "chunked"}))
        call = served.backend.next()
        for number in range(5):
            wire.send(chunked(b"piece %d" % number, end=False))
            assert call.has_received(number + 1), number
            assert b"piece %d" % number in call.requests[-1]
        wire.send(b"0\r\n\r\n")
        assert wire.whole().json()["count"] == "5"


@pytest.mark.parametrize(("size", "status"), [(4096, 200), (4097, 413)])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_an_upload_over_the_limit_of_streams_is_a_413(served, size, status, framing):
    fields = {"transfer-encoding": "chunked"} if framing == "chunked" else {}
    data = noise(size)
    body = chunked(data[:2000], data[2000:]) if framing == "chunked" else data
    assert served.ask("POST", "/small/a", body, fields).status == status


@pytest.mark.parametrize("target", ["/upload", "/store/a"])
def test_a_client_that_is_gone_cancels_the_upload(served, target):
    wire = StreamWire(served.port)
    wire.send(request("POST", target, b"abc", {"content-length": "10"}))
    call = served.backend.next()
    # One that was refused before may have arrived only now.
    while call.ended.wait(0.2):
        call = served.backend.next()
    assert call.has_received(1)
    wire.close()
    assert call.ended.wait(2) and call.was_cancelled


def test_a_backend_that_refuses_in_the_midst_is_heard(served):
    """The answer must not be lost in a reset, though the client is still sending."""
    def play(call):
        next(call.messages())
        call.close(9, "no room")
        yield b""

    served.backend.play = play
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/upload", fields={"content-length": str(1 << 30)}))
        wire.socket.settimeout(5)
        try:
            for _ in range(2000):
                wire.send(bytes(65536))
        except OSError:
            pass
        answer = wire.whole()
    assert (answer.status, answer.json()["message"]) == (400, "no room")


def test_curl_hears_a_refusal_in_the_midst(served, tmp_path):
    def play(call):
        next(call.messages())
        call.close(9, "no room")
        yield b""

    served.backend.play = play
    with (tmp_path / "file").open("wb") as file:
        file.truncate(900_000)
    done = run(["curl", "-sS", "-m", "20", "-X", "POST", "-T", tmp_path / "file", "-o",
                tmp_path / "answer", "-w", "%{http_code}",
                f"http://127.0.0.1:{served.port}/upload"])
    assert done.stdout == "400", done
    assert b"no room" in (tmp_path / "answer").read_bytes()


@pytest.mark.parametrize("options", [["-T"], ["--data-binary"], ["-H", "expect:", "-T"]])
def test_curl_uploads_a_file(served, tmp_path, options):
    data = noise(2_000_000)
    (tmp_path / "file").write_bytes(data)
    *options, last = options
    file = f"{tmp_path / 'file'}" if last == "-T" else f"@{tmp_path / 'file'}"
    done = run(["curl", "-sS", "-m", "20", "--fail", "-X", "POST", "-H", "content-type: a/b",
                *options, last, file, f"http://127.0.0.1:{served.port}/files/name"])
    assert done.returncode == 0, done.stderr
    pieces = got(served, "streams.v1.Piece")
    assert b"".join(piece.file.data for piece in pieces) == data
    assert (pieces[0].name, pieces[0].file.content_type) == ("name", "a/b")


@pytest.mark.parametrize("fields", [["-F", "data=@{file};type=image/png"],
                                    ["-F", "size=7", "-F", "data=@{file};type=image/png"]])
def test_curl_uploads_a_file_of_a_form_into_stream_body(served, tmp_path, fields):
    """As the key says: "a raw body, or a file of a form, piece by piece"."""
    data = noise(700_000)
    (tmp_path / "file").write_bytes(data)
    done = run(["curl", "-sS", "-m", "20", "--fail-with-body",
                *[field.format(file=tmp_path / "file") for field in fields],
                f"http://127.0.0.1:{served.port}/store/name"])
    assert done.returncode == 0, done
    chunks = got(served, "streams.v1.Chunk")
    assert b"".join(chunk.data for chunk in chunks) == data, "the file, not the form"
    assert chunks[0].name == "name" and all(len(chunk.data) <= LARGEST for chunk in chunks)
    assert chunks[0].size == (7 if len(fields) > 2 else 0)


def test_curl_uploads_a_file_of_a_form_into_a_stream_of_http_bodies(served, tmp_path):
    data = noise(700_000)
    (tmp_path / "file").write_bytes(data)
    done = run(["curl", "-sS", "-m", "20", "--fail-with-body",
                "-F", f"file=@{tmp_path / 'file'};type=image/png",
                f"http://127.0.0.1:{served.port}/files/name"])
    assert done.returncode == 0, done
    pieces = got(served, "streams.v1.Piece")
    assert b"".join(piece.file.data for piece in pieces) == data, "the file, not the form"
    assert (pieces[0].name, pieces[0].file.content_type) == ("name", "image/png")


# Forms

BOUNDARY = "multipart/form-data; boundary=b"


def part(parameters, content, kind=""):
    head = f"--b\r\nContent-Disposition: form-data; {parameters}\r\n"
    kind = f"Content-Type: {kind}\r\n" if kind else ""
    return (head + kind + "\r\n").encode() + content + b"\r\n"


def form(*parts):
    return b"".join([*parts, b"--b--\r\n"])


FILE = part('name="up"; filename="a.png"', b"x\r\n--y", "image/png")


def post(served, target, *parts):
    return served.ask("POST", target, form(*parts), {"content-type": BOUNDARY})


@pytest.mark.parametrize("size", [0, 1, 1000, 65_536, 3_000_000])
@pytest.mark.parametrize(("target", "name", "first"), [
    ("/upload", "google.api.HttpBody", {"content_type": "image/png"}),
    ("/files/a", "streams.v1.Piece", {"name": "a", "file": {"content_type": "image/png"}}),
    ("/store/a?size=7", "streams.v1.Chunk", {"name": "a", "size": 7})])
def test_the_file_of_a_form_is_what_a_raw_body_would_be(served, target, name, first, size):
    data = noise(size)
    answer = post(served, target, part('name="up"; filename="a"', data, "image/png"))
    assert answer.status == 200, answer
    messages = got(served, name)
    holders = [getattr(message, "file", message) for message in messages]
    assert b"".join(holder.data for holder in holders) == data
    assert all(len(holder.data) <= LARGEST for holder in holders)
    for holder in holders:
        holder.data = b""
    empty = served.messages[name](file={}) if "file" in first else served.messages[name]()
    assert messages == [served.messages[name](**first)] + [empty] * (len(messages) - 1)


@pytest.mark.parametrize("cut", [1, 2, 7, 64])
def test_a_form_that_comes_bit_by_bit_is_the_same(served, cut):
    data = b"\r\n--\r\r\n--c" + noise(300) + b"\r\n-"
    body = form(part("name=size", b"7"), part("name=data", data), part("name=submit", b""))
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/store/a", fields={
            "content-type": BOUNDARY, "transfer-encoding": "chunked"}))
        for start in range(0, len(body), cut):
            wire.send(chunked(body[start:start + cut], end=False))
        wire.send(b"0\r\n\r\n")
        assert wire.whole().status == 200
    first, *rest = got(served, "streams.v1.Chunk")
    assert (first.name, first.size) == ("a", 7)
    assert all((one.name, one.size) == ("", 0) and one.data for one in rest)
    assert b"".join(one.data for one in [first, *rest]) == data


def test_a_file_of_a_form_reaches_the_backend_as_it_arrives(served):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/store/a", fields={
            "content-type": BOUNDARY, "transfer-encoding": "chunked"}))
        wire.send(chunked(part("name=data; filename=x", b"piece")[:-2], end=False))
        call = served.backend.next()
        for number in range(5):
            assert call.has_received(number + 1), number
            wire.send(chunked(b"piece %d" % number, end=False))
        wire.send(chunked(b"\r\n--b--"))
        assert wire.whole().json()["count"] == "6"


@pytest.mark.parametrize("target", ["/upload", "/files/a", "/store/a"])
@pytest.mark.parametrize(("body", "words"), [
    (b"", "expected the boundary"),
    (b"none", "expected the boundary"),
    (form(), "a part with a file name"),
    (form(part("name=title", b"")), ""),
    (form(FILE, FILE), "up: expected one file in the form, found a second"),
    (form(FILE, part("name=size", b"7")), "size: expected the form's fields in front of the file"),
    (form(FILE, part("name=nope", b"7")), "put it in front"),
    (form(part("name=nope", b"7"), FILE), 'found the form field "nope"'),
    (form(FILE)[:-9], "found the end of the body"),
    (form(FILE)[:30], "the rest of a part"),
    (form(FILE) + b"--b--", "after the last boundary"),
    (form(part("name=up; filename=x\r\nContent-Type: multipart/mixed", b"")), "parts of its own"),
    (form(part("filename=x", b"")), "a name in Content-Disposition")])
def test_a_form_that_is_no_upload_is_refused(served, target, body, words):
    fields = {"content-type": BOUNDARY, "transfer-encoding": "chunked"}
    for cut in (len(body), 11):
        pieces = [body[start:start + cut] for start in range(0, len(body), cut or 1)]
        wire = b"".join(chunked(piece, end=False) for piece in pieces) + b"0\r\n\r\n"
        with served.open("POST", target, wire, fields) as opened:
            answer = opened.whole()
        assert answer.status == 400, answer
        assert words in answer.json()["message"], answer


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=",
                                  'multipart/form-data; boundary="b "'])
def test_a_form_without_a_boundary_is_refused(served, kind):
    answer = served.ask("POST", "/store/a", form(FILE), {"content-type": kind})
    assert answer.status == 400 and "one boundary" in answer.json()["message"], answer


@pytest.mark.parametrize(("target", "fields", "words"), [
    ("/store/a", [("name", b"b")], "the path binds name"),
    ("/store/a?size=7", [("size", b"7")], "found several"),
    ("/store/a", [("size", b"7"), ("size", b"8")], "found several"),
    ("/store/a", [("size", b"x")], "size: expected"),
    ("/files/a", [("file.data", b"eA==")], "the file binds file"),
    ("/upload", [("content_type", b"a/b")], "binds all fields of the message")])
def test_what_a_forms_fields_bind_is_bound_once(served, target, fields, words):
    answer = post(served, target, *(part(f"name={name}", text) for name, text in fields), FILE)
    assert answer.status == 400 and words in answer.json()["message"], answer
    assert answer.json()["details"][0]["fieldViolations"], answer


def test_fields_of_a_form_are_bounded(served):
    answer = post(served, "/store/a", part("name=size", b"7" * (8 << 20)), FILE)
    assert answer.status == 413, answer


# Memory

def counting_bytes(served, seen, delay=0.0):
    """Counts without keeping."""
    def play(call):
        count = total = largest = 0
        for message in call.incoming:
            count, total, largest = count + 1, total + len(message), max(largest, len(message))
            if delay and count % 16 == 0:
                time.sleep(delay)
        seen.update(count=count, largest=largest)
        yield served.summary(count=count, bytes=total)
    return play


@pytest.mark.parametrize("target", ["/upload", "/store/a"])
@pytest.mark.parametrize("reader", ["fast", "slow"])
def test_a_big_upload_runs_in_flat_memory(served, target, reader):
    seen = {}
    size = SIZE if reader == "fast" else SIZE // 4
    served.backend.play = counting_bytes(served, seen, 0.002 if reader == "slow" else 0)
    assert served.ask("POST", target, b"x").status == 200
    piece = memoryview(bytes(1 << 18))
    start = time.monotonic()
    with Watched(served.gateway.process.pid) as memory, StreamWire(served.port, 60) as wire:
        wire.send(request("POST", target, fields={"content-length": str(size)}))
        for _ in range(size // len(piece)):
            wire.socket.sendall(piece)
        answer = wire.whole()
    took = time.monotonic() - start
    print(f"{target}, {reader} backend: {size >> 20} MiB in {took:.1f} s,"
          f" {size / took / 1e6:.0f} MB/s,"
          f" {seen['count']} messages, largest {seen['largest']}, memory +{memory.grown} KiB"
          f" above {memory.idle}")
    assert answer.status == 200, answer
    assert size < int(answer.json()["bytes"]) < size * 1.01
    assert seen["largest"] <= LARGEST + 64
    assert memory.grown < FLAT


@pytest.mark.parametrize(("target", "name"), [("/upload", "up"), ("/store/a", "data")])
def test_a_big_form_by_curl_runs_in_flat_memory(served, tmp_path, target, name):
    seen = {}
    served.backend.play = counting_bytes(served, seen)
    assert post(served, target, FILE).status == 200
    with (tmp_path / "file").open("wb") as file:
        file.truncate(SIZE)
    fields = ["-F", "size=7"] if name == "data" else []
    start = time.monotonic()
    with Watched(served.gateway.process.pid) as memory:
        done = run(["curl", "-sS", "-m", "100", "--fail-with-body", *fields,
                    "-F", f"{name}=@{tmp_path / 'file'}",
                    f"http://127.0.0.1:{served.port}{target}"], seconds=120)
    took = time.monotonic() - start
    assert done.returncode == 0, done
    size = int(re.search(r'"bytes":"(\d+)"', done.stdout)[1])
    print(f"curl, a form, {target}: {SIZE >> 20} MiB in {took:.1f} s, {SIZE / took / 1e6:.0f} MB/s,"
          f" {seen['count']} messages, memory +{memory.grown} KiB above {memory.idle}")
    assert SIZE < size < SIZE * 1.01 and seen["largest"] <= LARGEST + 64
    assert memory.grown < FLAT


def test_a_big_chunked_upload_by_curl_runs_in_flat_memory(served, tmp_path):
    seen = {}
    served.backend.play = counting_bytes(served, seen)
    assert served.ask("POST", "/upload", b"x").status == 200
    with (tmp_path / "file").open("wb") as file:
        file.truncate(SIZE)
    with Watched(served.gateway.process.pid) as memory:
        done = run(["curl", "-sS", "-m", "100", "--fail", "-X", "POST", "-T",
                    tmp_path / "file", "-H", "transfer-encoding: chunked",
                    f"http://127.0.0.1:{served.port}/upload"], seconds=120)
    assert done.returncode == 0, done
    assert int(re.search(r'"bytes":"(\d+)"', done.stdout)[1]) > SIZE
    print(f"curl, chunked: {SIZE >> 20} MiB, {seen['count']} messages, memory +{memory.grown} KiB")
    assert memory.grown < FLAT


def test_an_upload_that_nobody_reads_stops_the_client(served):
    served.backend.forget()
    served.backend.reads = False
    with Watched(served.gateway.process.pid) as memory, StreamWire(served.port) as wire:
        wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        wire.send(request("POST", "/upload", fields={"content-length": str(1 << 30)}))
        call = served.backend.next()
        wire.socket.settimeout(0.5)
        sent = 0
        with pytest.raises(TimeoutError):
            while sent < 200 << 20:
                sent += wire.socket.send(bytes(65536))
        print(f"{sent >> 10} KiB until the client is held, memory +{memory.grown} KiB")
        assert sent < 32 << 20
        # Others on the same connection go on.
        other, unary = served.call("GET", "/items/7")
        unary.may_read.set()
        unary.send(b"").finish()
        with other:
            assert other.whole().status == 200
        call.may_read.set()
        assert wait_until(lambda: sum(map(len, call.requests)) >= sent, 10)
    assert memory.grown < FLAT
