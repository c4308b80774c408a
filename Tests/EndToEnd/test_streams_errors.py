"""Server streams that end badly: by the backend, by a message, by the client that leaves."""
import json
import socket
import time

import pytest

from backends import StreamBackend
from streaming import ARRAY, EVENTS, LINES, Streams, elements, events

PROMPT = 0.2
RETRY = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.500s"}]


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"),
                      streams={"heartbeat": "150ms"})


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


# Errors

@pytest.mark.parametrize(("code", "status"), [(3, 400), (5, 404), (7, 403), (8, 429), (11, 400),
                                              (13, 500), (14, 503), (16, 401), (1, 499)])
@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_an_error_before_the_first_message_is_a_status(served, form, code, status):
    answer = served.listed("/list/7", [], {"accept": form}, (code, "why"))
    assert (answer.status, answer.field("content-type")) == (status, "application/json")
    assert answer.json() == {"code": code, "message": "why", "details": []}


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
@pytest.mark.parametrize("count", [1, 3])
def test_an_error_after_messages_is_the_last_element(served, form, count):
    messages = served.some(count)
    retry = served.messages["google.rpc.RetryInfo"]()
    retry.retry_delay.FromMilliseconds(1500)
    details = served.messages.status(8, "enough", [retry])
    answer = served.listed("/list/7", messages, {"accept": form},
                    (8, "enough", [("grpc-status-details-bin", details)]))
    assert answer.status == 200
    *rest, last = elements(form, answer.body)
    assert rest == served.items(messages)
    assert last == {"error": {"code": 8, "message": "enough", "details": RETRY}}
    if form == EVENTS:
        assert events(answer.body)[-1]["event"] == "error" and b"event: end" not in answer.body


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_message_that_cannot_be_printed_ends_the_stream(served, form):
    wire, call = served.call("GET", "/list/7", fields={"accept": form})
    call.send(served.item(id="1"), b"\x0a\xff", served.item(id="2"))
    with wire:
        *rest, last = elements(form, wire.whole().body)
    assert rest == [{"id": "1"}] and last["error"]["code"] == 13
    assert call.ended.wait(2) and call.was_cancelled


def test_a_first_message_that_cannot_be_printed_is_a_502(served):
    wire, call = served.call("GET", "/list/7")
    call.send(b"\x0a\xff")
    with wire:
        assert wire.whole().status == 502
    assert call.ended.wait(2)


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_message_over_the_limit_ends_the_stream(served, form):
    wire, call = served.call("GET", "/tight/7", fields={"accept": form})
    call.send(served.item(text="x" * 1000), served.item(text="x" * 1100))
    with wire:
        *rest, last = elements(form, wire.whole().body)
    assert len(rest) == 1 and last["error"]["code"] == 8
    assert call.ended.wait(2)


def test_a_first_message_over_the_limit_is_a_502(served):
    wire, call = served.call("GET", "/tight/7")
    call.send(served.item(text="x" * 1100))
    with wire:
        answer = wire.whole()
    assert (answer.status, answer.json()["code"]) == (502, 8)
    assert call.ended.wait(2)


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_backend_that_dies_in_mid_stream_is_the_last_element(gateways, served, tmp_path, form):
    with StreamBackend() as backend:
        other = Streams(gateways, backend, tmp_path)
        wire, call = other.call("GET", "/list/7", fields={"accept": form})
        call.send(other.item(id="1"))
        with wire:
            wire.head()
            found = wire.until(b"1")
            backend.stop()
            found += wire.body()
    *rest, last = elements(form, found)
    assert rest == [{"id": "1"}] and last["error"]["code"] in (14, 1), last


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
@pytest.mark.parametrize(("code", "message", "trailers"), [
    (0, "", [("grpc-status", "0")]),
    (9, "not 100% \u00e4", [("grpc-status", "9"), ("grpc-message", "not 100%25 %C3%A4")]),
    (9, "a\r\nb: c", [("grpc-status", "9"), ("grpc-message", "a%0D%0Ab: c")])])
def test_trailers_tell_the_status_to_who_asks(served, form, code, message, trailers):
    finish = (code, message, [("x-mark", "end"), ("x-secret", "no")])
    answer = served.listed("/list/7", served.some(2), {"accept": form, "te": "trailers"}, finish)
    assert set(answer.field("trailer").replace(" ", "").split(",")) >= {
        "grpc-status", "grpc-message"}
    assert answer.trailers == [*trailers, ("x-mark", "end")]
    answer = served.listed("/list/7", served.some(2), {"accept": form}, finish)
    assert answer.field("trailer") is None and answer.trailers == []


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
@pytest.mark.parametrize("count", [0, 1])
def test_a_route_may_hide_what_a_backend_says_of_its_inside(served, form, count):
    details = served.messages.status(13, "secret")
    answer = served.listed("/hidden/7", served.some(count), {"accept": form, "te": "trailers"},
                    (13, "secret", [("grpc-status-details-bin", details)]))
    assert answer.status == (200 if count else 500)
    assert b"secret" not in answer.body and "secret" not in str(answer.trailers)


# The client

@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_client_may_ask_to_close_behind_the_stream(served, form):
    wire, call = served.call("GET", "/list/7", fields={"accept": form, "connection": "close"})
    call.send(served.item(id="1")).finish()
    with wire:
        answer = wire.whole()
        assert answer.field("connection") == "close"
        assert elements(form, answer.body) == [{"id": "1"}]
        assert wire.is_closed_within(3)


@pytest.mark.parametrize("how", [
    "before the first message", "between messages", "while silent", "by half"])
@pytest.mark.parametrize("form", [LINES, EVENTS])
def test_a_client_that_is_gone_cancels_the_call(served, form, how):
    late = []
    for _ in range(3):
        wire, call = served.call("GET", "/list/7", fields={"accept": form})
        if how != "before the first message":
            call.send(served.item(id="1"))
            wire.head()
            wire.until(b"1")
        if how == "while silent":
            time.sleep(0.3)
        left = time.monotonic()
        if how == "by half":  # as nginx, Envoy and Go take it
            wire.socket.shutdown(socket.SHUT_WR)
        else:
            wire.close()
        assert call.ended.wait(3), "the backend goes on"
        assert call.was_cancelled
        late.append(call.end - left)
        if late[-1] < PROMPT:
            break
    assert min(late) < PROMPT, late


def test_the_log_has_one_line_a_stream(served):
    name = "one-line-a-stream"
    served.listed("/list/7", served.some(5), {"x-request-id": name})
    line = json.loads(served.gateway.wait_for(name, where=served.gateway.out, seconds=5).string)
    assert (line["status"], line["grpc"]) == (200, "OK")
