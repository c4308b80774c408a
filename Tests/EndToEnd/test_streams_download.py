"""Downloads: streams of `google.api.HttpBody` as their bytes."""
import random

import pytest

from backends import StreamBackend
from processes import run
from streaming import EVENTS, Streams, StreamWire
from wire import request


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"))


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


def test_the_first_message_tells_the_type_and_all_bring_bytes(served):
    wire, call = served.call("GET", "/download/7")
    pieces = [bytes(range(256)), b"", b"{not json}\n", b"\x00\xff" * 5000]
    call.send(served.body(pieces[0], "image/png"),
              *[served.body(piece, "text/html") for piece in pieces[1:]]).finish()
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.field("content-type")) == (200, "image/png")
    assert answer.body == b"".join(pieces)
    assert answer.field("x-accel-buffering") == "no"


def test_each_piece_leaves_as_it_comes(served):
    wire, call = served.call("GET", "/download/7")
    with wire:
        call.send(served.body(b"one", "text/csv"))
        assert wire.head().field("content-type") == "text/csv"
        assert wire.chunk() == b"one"
        call.send(served.body(b"two"))
        assert wire.chunk() == b"two"
        call.finish()
        assert wire.chunk() == b""


@pytest.mark.parametrize("accept", ["*/*", "application/json", EVENTS, "text/html"])
def test_accept_has_no_say(served, accept):
    wire, call = served.call("GET", "/download/7", fields={"accept": accept})
    call.send(served.body(b"a", "a/b")).finish()
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.field("content-type"), answer.body) == (200, "a/b", b"a")


@pytest.mark.parametrize(("told", "expected"), [
    ("", "application/octet-stream"), ("a/b\r\nx-evil: 1", "application/octet-stream"),
    ("text/html; charset=utf-8", "text/html; charset=utf-8")])
def test_the_backends_type_cannot_split_the_head(served, told, expected):
    wire, call = served.call("GET", "/download/7")
    call.send(served.body(b"d", told)).finish()
    with wire:
        answer = wire.whole()
    assert answer.field("content-type") == expected and answer.field("x-evil") is None


def test_an_empty_download_is_an_empty_body(served):
    wire, call = served.call("GET", "/download/7")
    call.finish()
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.body) == (200, b"")


def test_metadata_name_the_file(served):
    wire, call = served.call("GET", "/download/7")
    call.initial(("content-disposition", 'attachment; filename="a.bin"'), ("etag", '"1"'))
    call.send(served.body(b"d")).finish()
    with wire:
        answer = wire.whole()
    assert answer.field("content-disposition") == 'attachment; filename="a.bin"'
    assert answer.field("etag") == '"1"'


@pytest.mark.parametrize(("code", "status"), [(5, 404), (13, 500)])
def test_a_download_that_fails_at_once_is_a_status(served, code, status):
    wire, call = served.call("GET", "/download/7")
    call.finish(code, "no file")
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.json()["message"]) == (status, "no file")


@pytest.mark.parametrize("version", ["1.1", "1.0"])
def test_a_download_that_fails_midway_looks_cut_off(served, version):
    with StreamWire(served.port) as wire:
        wire.send(f"GET /download/7 HTTP/{version}\r\nhost: a\r\n\r\n".encode())
        call = served.backend.next()
        call.send(served.body(b"half", "a/b"))
        assert wire.head().status == 200
        while b"half" not in wire.received:
            wire._receive("the first half")
        call.finish(14, "the disk is gone")
        if version == "1.1":
            assert wire.rest().endswith(b"half\r\n"), "no last chunk"
        else:
            with pytest.raises(EOFError, match="reset"):
                wire._receive("the other half")


@pytest.mark.parametrize("version", ["--http1.1", "--http1.0"])
def test_curl_notices_that_a_download_was_cut_off(served, version):
    def play(call):
        yield served.body(b"half", "a/b")
        call.close(14, "gone")

    served.backend.play = play
    done = run(["curl", "-sS", "-m", "10", version, f"http://127.0.0.1:{served.port}/download/7"])
    # 18: transfer closed with outstanding data; 56: reset
    assert done.returncode in (18, 56), (done.returncode, done.stderr)


def test_curl_gets_a_download_whole(served, tmp_path):
    data = random.Random(1).randbytes(3_000_000)

    def play(call):
        for start in range(0, len(data), 100_000):
            yield served.body(data[start:start + 100_000], "application/zip")

    served.backend.play = play
    done = run(["curl", "-sS", "-m", "20", "--fail", "-o", tmp_path / "file", "-w",
                "%{content_type}", f"http://127.0.0.1:{served.port}/download/7"])
    assert (done.returncode, done.stdout) == (0, "application/zip"), done.stderr
    assert (tmp_path / "file").read_bytes() == data


def test_head_of_a_download_has_the_type_of_its_first_message(served):
    wire, call = served.call("HEAD", "/download/7")
    call.send(served.body(b"d", "image/png"))
    with wire:
        answer = wire.head("HEAD")
        assert answer.status == 200
        assert answer.field("content-type") in ("image/png", "application/octet-stream", None)
        assert call.ended.wait(2)
        wire.send(request("GET", "/items/7"))
        served.backend.next().send(b"").finish()
        assert wire.whole().status == 200


def test_a_client_that_is_gone_cancels_the_download(served):
    wire, call = served.call("GET", "/download/7")
    call.send(served.body(b"d", "image/png"))
    wire.head()
    wire.close()
    assert call.ended.wait(2) and call.was_cancelled
