"""Server streams: formats, heads, and when what leaves."""
import json
import statistics
import threading
import time

import pytest

from backends import StreamBackend
from scripted import ScriptedBackend, frame
from streaming import ARRAY, EVENTS, JSON, LINES, Streams, StreamWire, elements, events
from wire import request

# A machine that has other things to do is no idle one.
IDLE = 0.005


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      streams={"heartbeat": "150ms", "retry": "2500ms"})


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


# Formats

@pytest.mark.parametrize("count", [0, 1, 2, 100])
@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_each_format_carries_every_message(served, form, count):
    messages = served.some(count)
    answer = served.listed("/list/7", messages, {"accept": form})
    assert (answer.status, answer.field("content-type")) == (200, form)
    assert elements(form, answer.body) == served.items(messages)
    assert answer.field("cache-control") == "no-store"
    assert answer.field("x-accel-buffering") == "no"
    assert answer.field("connection") in (None, "keep-alive") and answer.trailers == []


@pytest.mark.parametrize(("form", "body"), [(ARRAY, b"[]"), (LINES, b""), (
    EVENTS, b"retry: 2500\n\nevent: end\ndata: {}\n\n")])
def test_an_empty_stream_is_a_whole_answer(served, form, body):
    assert served.listed("/list/7", [], {"accept": form}).body == body


@pytest.mark.parametrize(("form", "body"), [
    (ARRAY, b"[{},{},{}]"), (LINES, b"{}\n{}\n{}\n"),
    (EVENTS, b"retry: 2500\n\nid: 1\ndata: {}\n\nid: 2\ndata: {}\n\nid: 3\ndata: {}\n\n"
             b"event: end\ndata: {}\n\n")])
def test_empty_messages_are_messages(served, form, body):
    assert served.listed("/list/7", [b"", b"", b""], {"accept": form}).body == body


@pytest.mark.parametrize(("target", "accept", "form"), [
    ("/list/7", None, LINES),
    ("/array/7", None, ARRAY),
    ("/sse/7", None, EVENTS),
    ("/list/7", "*/*", LINES),
    ("/array/7", "*/*", ARRAY),
    ("/list/7", "text/html", LINES),
    ("/sse/7", "image/png, text/html;q=0.9", EVENTS),
    ("/list/7", "application/json", ARRAY),
    ("/sse/7", "application/x-ndjson", LINES),
    ("/sse/7", "application/ndjson", LINES),
    ("/sse/7", "application/jsonl", LINES),
    ("/list/7", "text/event-stream", EVENTS),
    ("/list/7", "text/event-stream;q=0.4, application/json;q=0.5", ARRAY),
    ("/list/7", "text/event-stream, */*;q=0.1", EVENTS),
    ("/array/7", "application/*", ARRAY),
    ("/list/7", "text/*", EVENTS),
    ("/list/7", "application/x-ndjson;q=0, */*", None),
    ("/list/7", "TEXT/Event-Stream; charset=utf-8", EVENTS),
    ("/list/7", "", LINES),
])
def test_accept_chooses_the_format_and_never_fails(served, target, accept, form):
    answer = served.listed(target, served.some(1), {} if accept is None else {"accept": accept})
    assert answer.status == 200
    if form is None:
        assert answer.field("content-type") != LINES
    else:
        assert answer.field("content-type") == form


def test_defaults_choose_the_format_where_nobody_else_does(gateways, served, tmp_path):
    other = Streams(gateways, served.backend, tmp_path,
                    defaults={"backend": "users", "stream": "sse"})
    for target, form in [("/list/7", EVENTS), ("/array/7", ARRAY)]:
        assert other.listed(target, []).field("content-type") == form


def test_path_and_query_are_the_request(served):
    wire, call = served.call("GET", "/list/7?number=9&inner.text=x")
    assert call.half_closed.wait(5)
    call.finish()
    wire.close()
    assert served.items(call.requests) == [{"id": "7", "number": "9", "inner": {"text": "x"}}]
    assert call.time_remaining > 10 ** 9, "no deadline unless someone asks for one"


def test_a_body_is_the_request(served):
    wire, call = served.call("POST", "/list", {"id": "7", "tags": ["a"]})
    assert call.has_received(1)
    call.send(served.item(id="1")).finish()
    with wire:
        assert elements(LINES, wire.whole().body) == [{"id": "1"}]
    assert served.items(call.requests) == [{"id": "7", "tags": ["a"]}]


@pytest.mark.parametrize(("target", "body", "status"), [
    ("/list", b'{"id": 1}', 400), ("/list", b"{", 400), ("/list", b'{"nope": 1}', 400)])
def test_a_wrong_body_calls_nobody(served, target, body, status):
    answer = served.ask("POST", target, body, JSON)
    assert (answer.status, answer.json()["code"]) == (status, 3)
    assert served.backend.arrived.empty()


@pytest.mark.parametrize("target", ["/list/7?nope=1", "/list/7?number=x", "/list/7?id=8"])
def test_a_wrong_query_calls_nobody(served, target):
    assert served.ask("GET", target).status == 400
    assert served.backend.arrived.empty()


def test_response_body_picks_a_field_of_every_message(served):
    messages = [served.item(id="1", inner=dict(id="a")), served.item(id="2")]
    answer = served.listed("/inner/7", messages, {"accept": ARRAY})
    assert json.loads(answer.body)[0] == {"id": "a"} and len(json.loads(answer.body)) == 2


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_pretty_json_keeps_to_its_line_where_lines_count(served, form):
    messages = [served.item(id="1", inner=dict(id="a"), tags=["x", "y"])] * 3
    answer = served.listed("/pretty/7", messages, {"accept": form})
    assert elements(form, answer.body) == served.items(messages)
    if form == ARRAY:
        assert b"\n" in answer.body, "an array may be pretty"


def test_success_status_and_headers_come_from_the_first_message(served):
    answer = served.listed("/marked/7", [served.item(id="a b"), served.item(id="c")])
    assert (answer.status, answer.field("x-first")) == (202, "a%20b")


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_initial_metadata_come_before_any_message(served, form):
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    call.initial(("x-total", "12"), ("x-secret", "no"))
    call.send(served.item(id="1")).finish()
    with wire:
        answer = wire.whole()
    assert answer.field("x-total") == "12" and answer.field("x-secret") is None


# Server-sent events

def test_events_count_their_ids_from_1(served):
    answer = served.listed("/sse/7", served.some(3))
    assert [event.get("id") for event in events(answer.body)] == [None, "1", "2", "3", None]
    assert events(answer.body)[0] == {"retry": "2500"}
    assert events(answer.body)[-1] == {"event": "end", "data": "{}"}


def test_events_take_id_and_name_from_fields(served):
    answer = served.listed("/named/7", [
        served.item(id="a", text="added"), served.item(id="b"),
        served.item(id="evil\ndata: x", text="evil\nevent: x"), served.item(id="c", text="c\rd"),
        served.item(text="no id")])
    found = events(answer.body)[1:-1]
    assert [(event.get("id"), event.get("event")) for event in found][:2] == [
        ("a", "added"), ("b", None)]
    assert "evil" not in str([(e.get("id"), e.get("event")) for e in found])
    assert found[3].get("id") == "c" and "event" not in found[3]
    assert found[4]["event"] == "no id"
    assert len(found) == 5


def test_a_reconnecting_client_tells_the_backend_where_it_was(served):
    wire, call = served.call("GET", "/sse/7", fields={"last-event-id": "41"})
    call.finish()
    wire.close()
    assert call.metadata["last-event-id"] == ["41"]


def test_a_silent_event_stream_says_that_it_lives(served):
    wire, call = served.call("GET", "/sse/7")
    with wire:
        assert wire.head().status == 200, "the head comes with the first heartbeat"
        start = time.monotonic()
        found = wire.until(b":\n\n:\n\n:\n\n")
        assert 0.15 < time.monotonic() - start < 2
        call.send(served.item(id="1")).finish()
        found += wire.body()
    assert elements(EVENTS, found) == [{"id": "1"}]


def test_an_error_behind_a_heartbeat_is_an_event(served):
    wire, call = served.call("GET", "/sse/7")
    with wire:
        assert wire.head().status == 200
        found = wire.until(b":\n\n")
        call.finish(5, "gone")
        found += wire.body()
    assert elements(EVENTS, found) == [{"error": {"code": 5, "message": "gone", "details": []}}]
    assert events(found)[-1]["event"] == "error"


@pytest.mark.parametrize("form", [ARRAY, LINES])
def test_other_formats_have_no_heartbeat(served, form):
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    with wire:
        call.send(served.item(id="1"))
        wire.head()
        first = wire.chunk()
        time.sleep(0.5)
        call.finish()
        assert first + wire.body() == (b'[{"id":"1"}]' if form == ARRAY else b'{"id":"1"}\n')


# Time

@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_each_message_leaves_as_it_comes(served, form):
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    late = []
    with wire:
        for number in range(50):
            start = time.monotonic()
            call.send(served.item(id=f"<{number}>"))
            if number == 0:
                wire.head()
            wire.until(f"<{number}>".encode())
            late.append(time.monotonic() - start)
        call.finish()
        wire.body()
    print(f"{form}: first {late[0] * 1000:.2f} ms, median {statistics.median(late) * 1000:.2f} ms,"
          f" worst {max(late) * 1000:.2f} ms")
    assert statistics.median(late) < 10 * IDLE and max(late) < 100 * IDLE


def test_the_head_of_a_stream_comes_with_the_first_message_not_before_its_status(served):
    wire, call = served.call("GET", "/list/7")
    with wire:
        call.initial(("x-total", "1"))
        time.sleep(0.1)
        call.finish(5, "gone")
        answer = wire.whole()
    assert (answer.status, answer.json()["message"]) == (404, "gone")


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_messages_of_one_read_leave_in_one_chunk(gateways, served, tmp_path, form):
    messages = served.some(20)

    def script(call):
        call.send_headers([(":status", "200"), ("content-type", "application/grpc")])
        call.send_data(b"".join(frame(message) for message in messages))
        threading.Timer(0.2, lambda: call.connection.write_raw(
            call.send_headers([("grpc-status", "0")], end=True) and b"")).start()

    with ScriptedBackend(script) as backend:
        other = Streams(gateways, backend, tmp_path)
        with other.open("GET", "/list/7", fields={"accept": form}) as wire:
            assert wire.head().status == 200
            first = wire.chunk()
            assert first.count(b'"text":') == 20, "all in one chunk"
            assert elements(form, first + wire.body()) == served.items(messages)


def test_small_answers_leave_in_one_write(gateways, served, tmp_path):
    messages = served.some(3)

    def script(call):
        call.send_headers([(":status", "200"), ("content-type", "application/grpc")])
        call.send_data(b"".join(frame(message) for message in messages))
        call.send_headers([("grpc-status", "0")], end=True)

    with ScriptedBackend(script) as backend:
        other = Streams(gateways, backend, tmp_path)
        with other.open("GET", "/list/7") as wire:
            data = wire.socket.recv(65536)
            assert data.startswith(b"HTTP/1.1 200 ") and data.endswith(b"\r\n0\r\n\r\n"), data


@pytest.mark.parametrize("cut", [1, 2, 5, 6, 17])
def test_messages_cut_anywhere_come_out_whole(gateways, served, tmp_path, cut):
    messages = served.some(5)
    data = b"".join(frame(message) for message in messages)

    def script(call):
        call.send_headers([(":status", "200"), ("content-type", "application/grpc")])
        for start in range(0, len(data), cut):
            call.send_data(data[start:start + cut])
        call.send_headers([("grpc-status", "0")], end=True)

    with ScriptedBackend(script) as backend:
        other = Streams(gateways, backend, tmp_path)
        assert elements(LINES, other.ask("GET", "/list/7").body) == served.items(messages)


# HEAD and HTTP/1.0

def test_head_opens_the_call_answers_the_head_and_cancels(served):
    wire, call = served.call("HEAD", "/list/7", fields={"accept": EVENTS})
    call.initial(("x-total", "12"))
    with wire:
        answer = wire.head("HEAD")
        assert (answer.status, answer.field("content-type")) == (200, EVENTS)
        assert answer.field("x-total") == "12"
        assert call.ended.wait(2) and call.was_cancelled
        # The connection goes on, with nothing in between.
        wire.send(request("GET", "/list/7"))
        served.backend.next().finish()
        assert wire.whole().status == 200 and wire.received == b""


def test_head_of_a_stream_that_fails_has_its_status(served):
    wire, call = served.call("HEAD", "/list/7")
    call.finish(5, "gone")
    with wire:
        assert wire.head("HEAD").status == 404


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_1_0_client_gets_a_stream_up_to_the_close(served, form):
    messages = served.some(3)
    with served.open("GET", "/list/7") as spare:
        served.backend.next().finish()
        spare.whole()
    with StreamWire(served.port) as wire:
        wire.send(f"GET /list/7 HTTP/1.0\r\naccept: {form}\r\nte: trailers\r\n\r\n".encode())
        call = served.backend.next()
        call.send(*messages)
        answer = wire.head()
        assert answer.field("transfer-encoding") is None
        assert answer.field("connection") == "close"
        call.finish()
        assert elements(form, wire.body()) == served.items(messages)


def test_the_connection_serves_the_next_request_behind_a_stream(served):
    with StreamWire(served.port) as wire:
        for count in range(5):
            wire.send(request("GET", "/list/7"))
            served.backend.next().send(*served.some(count)).finish()
            assert len(elements(LINES, wire.whole().body)) == count


def test_pipelined_streams_come_one_after_the_other(served):
    with StreamWire(served.port) as wire:
        wire.send(request("GET", "/list/1") + request("GET", "/list/2"))
        call = served.backend.next()
        time.sleep(0.1)
        assert served.backend.arrived.empty()
        call.send(served.item(id="a")).finish()
        assert elements(LINES, wire.whole().body) == [{"id": "a"}]
        served.backend.next().send(served.item(id="b")).finish()
        assert elements(LINES, wire.whole().body) == [{"id": "b"}]


def test_an_array_of_one_message_at_a_time_is_readable_at_every_moment(served):
    wire, call = served.call("GET", "/array/7")
    found = b""
    with wire:
        for number in range(3):
            call.send(served.item(id=str(number)))
            if number == 0:
                wire.head()
            found += wire.until(b"}")
            assert [one["id"] for one in json.loads(found + b"]")] == [
                str(n) for n in range(number + 1)]
        call.finish()
        assert wire.body() == b"]"
