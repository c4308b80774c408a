"""WebSockets, with Python's `websockets` as the browser."""
import contextlib
import json
import threading
import time

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from backends import StreamBackend, echoing, wait_until
from streaming import Streams

JSON_PROTOCOL, PROTO_PROTOCOL = "transom.v1.json", "transom.v1.proto"


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      limits={"message": "64KiB"})


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


def opened(served, target="/chat", **options):
    return connect(f"ws://127.0.0.1:{served.port}{target}", open_timeout=10, close_timeout=5,
                   proxy=None, **options)


@contextlib.contextmanager
def talk(served, target="/chat", **options):
    """A WebSocket and its call."""
    with opened(served, target, **options) as socket:
        yield socket, served.backend.next()


def end(socket):
    """All messages up to the close, and its code."""
    found = []
    try:
        while True:
            found.append(socket.recv(timeout=10))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None, "no close frame"
        return found, closed.rcvd.code


# Bidirectional

def test_a_text_frame_is_a_message_each_way(served):
    served.backend.play = echoing
    with opened(served) as socket:
        assert socket.subprotocol is None
        for number in range(30):
            socket.send(json.dumps({"id": str(number)}))
            assert json.loads(socket.recv(timeout=5)) == {"id": str(number)}
        socket.send("")
        assert end(socket) == ([], 1000)


def test_the_json_subprotocol_is_the_same(served):
    served.backend.play = echoing
    with opened(served, subprotocols=["other", JSON_PROTOCOL]) as socket:
        assert socket.subprotocol == JSON_PROTOCOL
        socket.send('{"text": "\\u00e4"}')
        assert json.loads(socket.recv(timeout=5)) == {"text": "\u00e4"}


def test_the_proto_subprotocol_has_binary_frames(served):
    served.backend.play = echoing
    messages = [served.item(id="a", number=2 ** 60), b"", served.item(data=bytes(range(256)))]
    with opened(served, subprotocols=[PROTO_PROTOCOL, JSON_PROTOCOL]) as socket:
        assert socket.subprotocol == PROTO_PROTOCOL
        for message in messages:
            socket.send(message)
            assert socket.recv(timeout=5) == message
        socket.send("")
        assert end(socket) == ([], 1000)
    assert served.backend.next().requests == messages


def test_the_backend_may_speak_first(served):
    with talk(served) as (socket, call):
        call.send(served.item(id="hello"))
        assert json.loads(socket.recv(timeout=5)) == {"id": "hello"}


def test_an_empty_text_frame_is_the_half_close(served):
    with talk(served) as (socket, call):
        socket.send('{"id":"1"}')
        assert call.has_received(1) and not call.half_closed.wait(0.2)
        socket.send("")
        assert call.half_closed.wait(2)
        call.send(served.item(id="late")).finish()
        assert end(socket) == (['{"id":"late"}'], 1000)


def test_a_message_behind_the_half_close_is_a_1008(served):
    with talk(served) as (socket, call):
        socket.send("")
        socket.send('{"id":"1"}')
        assert end(socket)[1] == 1008
        assert call.ended.wait(2) and call.was_cancelled


def test_path_and_query_go_into_the_first_message_only(served):
    with talk(served, "/chat/p") as (socket, call):
        socket.send('{"number":1}')
        socket.send('{"number":2}')
        assert call.has_received(2)
    assert served.items(call.requests) == [{"id": "p", "number": "1"}, {"number": "2"}]


def test_path_and_query_win_over_a_binary_message(served):
    with talk(served, "/chat/p", subprotocols=[PROTO_PROTOCOL]) as (socket, call):
        socket.send(served.item(id="x", text="t"))
        socket.send(served.item(text="u"))
        assert call.has_received(2)
    assert served.items(call.requests) == [{"id": "p", "text": "t"}, {"text": "u"}]


def test_metadata_go_on(served):
    with talk(served, additional_headers={"x-tenant": "acme", "authorization": "Bearer t"}) as (
            _, call):
        assert call.metadata["x-tenant"] == ["acme"]
        assert call.metadata["authorization"] == ["Bearer t"]
        assert not {"sec-websocket-key", "upgrade", "connection"} & set(call.metadata)


# How it ends

@pytest.mark.parametrize(("code", "close"), [
    (0, 1000), (3, 1008), (5, 1008), (7, 1008), (16, 1008), (9, 1008), (13, 1011), (14, 1011),
    (1, 1011), (2, 1011), (4, 1011)])
@pytest.mark.parametrize("count", [0, 2])
def test_a_backends_status_is_the_error_frame_and_the_close_code(served, code, close, count):
    with talk(served) as (socket, call):
        call.send(*[served.item(id="1")] * count).finish(code, "why")
        found, closed = end(socket)
    assert closed == close
    assert [json.loads(text) for text in found[:count]] == [{"id": "1"}] * count
    errors = [json.loads(text) for text in found[count:]]
    assert errors == ([{"error": {"code": code, "message": "why", "details": []}}] if code else [])


@pytest.mark.parametrize(("frame", "close", "code"), [
    ("{", 1007, 3),
    ("[1]", 1008, 3),
    ('{"nope":1}', 1008, 3),
    ('{"id":1}', 1008, 3),
    ("null", 1008, 3),
    ("{} {}", 1007, 3),
    (" ", 1007, 3),
    (b"\x0a\x01a", 1003, 3),
    ('{"text":"%s"}' % ("x" * 65525), None, None),
    ('{"text":"%s"}' % ("x" * 65526), 1009, 8),
    ("x" * 200_000, 1009, 8),
])
def test_a_wrong_frame_has_its_close_code(served, frame, close, code):
    with talk(served) as (socket, call):
        socket.send('{"id":"good"}')
        assert call.has_received(1)
        socket.send(frame)
        if close is None:
            assert call.has_received(2)
            return
        found, closed = end(socket)
        assert call.ended.wait(2) and call.was_cancelled
    assert closed == close, found
    if close not in (1003, 1002):
        error = json.loads(found[-1])["error"]
        assert error["code"] == code
        assert close == 1009 or frame == " " or "message 2" in error["message"], error


def test_text_where_binary_was_agreed_on_is_a_1003(served):
    with talk(served, subprotocols=[PROTO_PROTOCOL]) as (socket, call):
        socket.send("{}")
        assert end(socket)[1] == 1003
        assert call.ended.wait(2) and call.was_cancelled


def test_a_binary_message_that_is_no_protobuf_is_the_backends_affair_or_refused(served):
    with talk(served, subprotocols=[PROTO_PROTOCOL]) as (socket, call):
        socket.send(b"\x0a\xff")
        assert wait_until(lambda: call.requests or call.ended.is_set())


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
def test_the_clients_close_cancels_the_call(served, code):
    with talk(served) as (socket, call):
        socket.send("{}")
        assert call.has_received(1)
        start = time.monotonic()
        socket.close(code)
        assert call.ended.wait(2) and call.was_cancelled
        assert call.end - start < 0.5
        assert (socket.close_code, socket.protocol.close_rcvd.code) == (code, code)


def test_a_client_that_is_gone_cancels_the_call(served):
    with opened(served) as socket:
        call = served.backend.next()
        start = time.monotonic()
        socket.socket.shutdown(2)
        assert call.ended.wait(2) and call.was_cancelled
        assert call.end - start < 0.5


def test_a_backend_that_dies_is_a_1011(gateways, served, tmp_path):
    with StreamBackend() as backend:
        other = Streams(gateways, backend, tmp_path)
        with talk(other) as (socket, call):
            call.send(other.item(id="1"))
            assert socket.recv(timeout=5) == '{"id":"1"}'
            backend.stop()
            found, closed = end(socket)
    assert closed == 1011 and json.loads(found[-1])["error"]["code"] in (1, 14)


def test_a_message_that_cannot_be_printed_is_a_1011(served):
    with talk(served) as (socket, call):
        call.send(served.item(id="1"), b"\x0a\xff")
        found, closed = end(socket)
        assert call.ended.wait(2)
    assert closed == 1011 and found[0] == '{"id":"1"}'
    assert json.loads(found[1])["error"]["code"] == 13


# Server streams

def test_a_server_stream_without_a_body_starts_at_once(served):
    with talk(served, "/list/7?number=3") as (socket, call):
        assert call.half_closed.wait(2)
        assert served.items(call.requests) == [{"id": "7", "number": "3"}]
        call.send(*[served.item(id=str(n)) for n in range(3)]).finish()
        assert end(socket) == (['{"id":"0"}', '{"id":"1"}', '{"id":"2"}'], 1000)


@pytest.mark.parametrize("frame", ["{}", b"\x00"])
def test_a_server_stream_without_a_body_takes_no_frame(served, frame):
    with talk(served, "/list/7") as (socket, call):
        socket.send(frame)
        assert end(socket)[1] == 1008
        assert call.ended.wait(2) and call.was_cancelled


@pytest.mark.parametrize(("protocols", "frame"), [
    ([], '{"id":"a","tags":["b"]}'), ([PROTO_PROTOCOL], b"\x0a\x01a\x32\x01b")])
def test_the_first_frame_is_the_body_of_a_server_stream_with_one(served, protocols, frame):
    with opened(served, "/list", subprotocols=protocols or None) as socket:
        time.sleep(0.1)
        assert served.backend.arrived.empty()
        socket.send(frame)
        call = served.backend.next()
        assert call.half_closed.wait(2)
        assert served.items(call.requests) == [{"id": "a", "tags": ["b"]}]
        call.send(served.item(id="1")).finish()
        found, closed = end(socket)
        assert (len(found), closed) == (1, 1000)


def test_the_limit_of_bodies_is_none_of_frames(gateways, tmp_path):
    """The first frame of a server stream was cut to `limits.body`, and refused as broken JSON."""
    with StreamBackend() as backend:
        served = Streams(gateways, backend, tmp_path,
                         limits={"body": "1KiB", "message": "64KiB"})
        with opened(served, "/list") as socket:
            socket.send(json.dumps({"id": "x" * 5000}))
            call = backend.next()
            assert call.half_closed.wait(2)
            assert served.items(call.requests) == [{"id": "x" * 5000}]
            call.finish()
            assert end(socket)[1] == 1000
        with opened(served, "/list") as socket:
            socket.send(json.dumps({"id": "x" * 65536}))
            assert end(socket)[1] == 1009


def test_a_second_frame_of_a_server_stream_is_a_1008(served):
    with opened(served, "/list") as socket:
        socket.send("{}")
        call = served.backend.next()
        socket.send("{}")
        assert end(socket)[1] == 1008
        assert call.ended.wait(2) and call.was_cancelled


@pytest.mark.parametrize(("offered", "agreed"), [
    ([PROTO_PROTOCOL], None), ([PROTO_PROTOCOL, JSON_PROTOCOL], JSON_PROTOCOL),
    ([JSON_PROTOCOL], JSON_PROTOCOL)])
def test_where_frames_are_a_field_only_json_is_spoken(served, offered, agreed):
    """A browser that offers some and is told none closes: the next of its offers counts."""
    with talk(served, "/field/p", subprotocols=offered) as (socket, call):
        assert socket.subprotocol == agreed
        socket.send('{"text":"a"}')
        assert call.has_received(1)
    assert served.items(call.requests) == [{"id": "p", "inner": {"text": "a"}}]


def test_the_log_has_one_line_a_websocket(served):
    name = "one-line-a-websocket"
    with talk(served, additional_headers={"x-request-id": name}) as (socket, call):
        call.send(served.item(id="1")).finish(5, "gone")
        assert end(socket)[1] == 1008
    line = json.loads(served.gateway.wait_for(name, where=served.gateway.out, seconds=5).string)
    assert (line["status"], line["grpc"]) == (101, "NOT_FOUND")


@pytest.mark.parametrize(("frame", "close"), [("{", 1007), ('{"nope":1}', 1008)])
def test_a_wrong_first_frame_calls_nobody(served, frame, close):
    with opened(served, "/list") as socket:
        socket.send(frame)
        assert end(socket)[1] == close
    assert served.backend.arrived.empty()


def test_an_empty_first_frame_is_an_empty_body(served):
    with opened(served, "/list") as socket:
        socket.send("")
        call = served.backend.next()
        assert call.half_closed.wait(2) and call.requests == [b""]


def test_a_download_comes_in_binary_frames(served):
    with talk(served, "/download/7") as (socket, call):
        call.send(served.body(b"\x00one", "a/b"), served.body(b"two")).finish()
        assert end(socket) == ([b"\x00one", b"two"], 1000)


# Client streams

def test_a_client_stream_has_one_answer_behind_the_half_close(served):
    with talk(served, "/collect") as (socket, call):
        for number in range(3):
            socket.send(json.dumps({"id": str(number)}))
        assert call.has_received(3)
        socket.send("")
        assert call.half_closed.wait(2)
        call.send(served.summary(count=3)).finish()
        found, closed = end(socket)
    assert ([json.loads(text) for text in found], closed) == ([{"count": "3"}], 1000)


def test_a_client_stream_that_fails_has_an_error_frame(served):
    with talk(served, "/collect") as (socket, call):
        socket.send("{}")
        call.finish(9, "no")
        found, closed = end(socket)
    assert (json.loads(found[0])["error"]["code"], closed) == (9, 1008)


# Who may, and how

@pytest.mark.parametrize(("target", "origin", "status"), [
    ("/open", "https://app.example.com", 101),
    ("/open", "https://a.b.example.com", 101),
    ("/open", "https://example.com", 403),
    ("/open", "http://app.example.com", 403),
    ("/open", "https://evilexample.com", 403),
    ("/open", "https://app.example.com.evil.org", 403),
    ("/open", "null", 403),
    ("/open", None, 101),
    ("/chat", "http://127.0.0.1:{port}", 101),
    ("/chat", "http://127.0.0.1:1", 403),
    ("/chat", "https://app.example.com", 403),
    ("/chat", "null", 403),
    ("/chat", None, 101),
])
def test_only_pages_that_may_open_a_websocket(served, target, origin, status):
    origin = origin and origin.format(port=served.port)
    try:
        with opened(served, target, origin=origin):
            found = 101
            # It must not arrive in the midst of the next case, which wants none.
            served.backend.next()
    except InvalidStatus as error:
        found = error.response.status_code
        assert json.loads(error.response.body)["code"] == 7
    assert found == status
    if status != 101:
        assert served.backend.arrived.empty()


@pytest.mark.parametrize(("target", "status", "code"), [
    ("/items/7", 400, 3), ("/nowhere", 404, 5)])
def test_an_upgrade_that_cannot_be_is_a_status(served, target, status, code):
    with pytest.raises(InvalidStatus) as raised:
        opened(served, target).close()
    assert raised.value.response.status_code == status
    assert json.loads(raised.value.response.body)["code"] == code


@pytest.mark.parametrize("target", ["/list/7?nope=1", "/list/7?number=x", "/list/7?id=8"])
def test_a_wrong_query_is_an_error_frame_which_a_browser_can_read(served, target):
    with opened(served, target) as socket:
        found, closed = end(socket)
    assert closed == 1008 and json.loads(found[0])["error"]["code"] == 3
    assert served.backend.arrived.empty()


def test_unary_calls_go_on_beside_a_websocket(served):
    with talk(served) as (socket, call):
        wire, unary = served.call("GET", "/items/7")
        unary.send(unary.requests[0] if unary.has_received(1) else b"").finish()
        with wire:
            assert wire.whole().json() == {"id": "7"}
        socket.send("{}")
        assert call.has_received(1)


def test_pings_of_the_client_are_answered(served):
    with talk(served) as (socket, call):
        for payload in (b"", b"x" * 125):
            assert socket.ping(payload).wait(3)
        socket.send("{}")
        assert call.has_received(1)


def test_fragments_are_one_message(served):
    served.backend.play = echoing
    with opened(served) as socket:
        socket.send(['{"te', 'xt":', '"\u00e4', '"}'])
        assert json.loads(socket.recv(timeout=5)) == {"text": "\u00e4"}


@pytest.mark.parametrize("size", [100, 125, 126, 127, 30_000, 40_000, 65_000])
def test_frames_of_every_size_go_there_and_back(served, size):
    served.backend.play = echoing
    text = json.dumps({"text": "y" * size})
    with opened(served, max_size=None) as socket:
        socket.send(text)
        assert json.loads(socket.recv(timeout=5)) == json.loads(text)


def test_many_messages_both_ways_at_once(served):
    served.backend.play = echoing
    count = 2000
    with opened(served) as socket:
        def send():
            for number in range(count):
                socket.send('{"id":"%d"}' % number)
            socket.send("")

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        found, closed = end(socket)
        thread.join(10)
    assert [json.loads(text)["id"] for text in found] == [str(n) for n in range(count)]
    assert closed == 1000
