"""Retries by policy of calls whose request is a stream: what was sent is sent again."""
import pytest

from backends import wait_until
from raw_peer import HEAD, WINDOW_UPDATE, RawPeer, frame, message, number
from streaming import LINES, NDJSON, SERVICE, StreamWire, chunked, compiled, elements, route
from wire import request

FAST = {"attempts": 3, "backoff": {"initial": "20ms", "max": "50ms"}}
CHUNKED = {**NDJSON, "transfer-encoding": "chunked"}
UNAVAILABLE = [("grpc-status", "14"), ("grpc-message", "not now")]
# What the messages {"id":"a"}, {"id":"b"} and {"id":"c"} are on the wire.
A, B, C = (message(b"\x0a\x01" + letter) for letter in (b"a", b"b", b"c"))
LINE = [b'{"id":"%s"}\n' % letter for letter in (b"a", b"b", b"c")]
SUMMARY = b"\x08\x03"  # streams.v1.Summary with the count 3


@pytest.fixture
def peer():
    with RawPeer() as made:
        yield made


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    return compiled(tmp_path_factory.mktemp("schema"))[1]


@pytest.fixture
def start(gateways, peer, schema):
    def start(retry=FAST):
        return gateways.start(
            {"address": peer.address, "connections": 1},
            routes=[route("POST /collect", "Collect", body="*", retry=retry),
                    route("POST /chat", "Chat", body="*", retry=retry)],
            schema={"descriptor_sets": [str(schema)]})
    return start


def refuse(call):
    call.headers(HEAD + UNAVAILABLE, end=True)


def lose(call):
    call.connection.close()


# Two connections in a row that break before they have served make the gateway wait (back-off).
@pytest.mark.parametrize("fail", [refuse, lose])
def test_a_request_that_is_whole_is_sent_again(start, peer, fail):
    bodies = []

    def script(call):
        bodies.append(call.body)
        if len(bodies) == 1:
            refuse(call)
        elif len(bodies) == 2:
            fail(call)
        else:
            call.answer(SUMMARY)

    peer.script = script
    with StreamWire(start().port) as wire:
        wire.send(request("POST", "/collect", b"".join(LINE), NDJSON))
        answer = wire.whole()
    assert (answer.status, answer.json()) == (200, {"count": "3"}), answer
    assert bodies == [A + B + C] * 3


@pytest.mark.parametrize("fail", [refuse, lose])
def test_a_request_that_goes_on_is_sent_again_from_its_beginning(start, peer, fail):
    calls = []
    peer.is_early = True
    peer.script = calls.append
    with StreamWire(start().port) as wire:
        wire.send(request("POST", "/collect", fields=CHUNKED) + chunked(LINE[0], end=False))
        assert wait_until(lambda: calls and calls[0].body == A)
        fail(calls[0])
        assert wait_until(lambda: len(calls) == 2 and calls[1].body == A)
        wire.send(chunked(LINE[1], end=False))
        assert wait_until(lambda: calls[1].body == A + B)
        refuse(calls[1])
        assert wait_until(lambda: len(calls) == 3 and calls[2].body == A + B)
        wire.send(chunked(LINE[2]))
        assert wait_until(lambda: calls[2].body == A + B + C)
        calls[2].answer(SUMMARY)
        answer = wire.whole()
    assert (answer.status, answer.json()) == (200, {"count": "3"}), answer


def test_a_policy_gives_up_after_its_attempts(start, peer):
    peer.script = refuse
    with StreamWire(start().port) as wire:
        wire.send(request("POST", "/collect", b"".join(LINE), NDJSON))
        answer = wire.whole()
    assert (answer.status, answer.json()["message"]) == (503, "not now")
    assert len(peer.calls) == 3


def test_without_a_policy_nothing_is_sent_again(start, peer):
    peer.script = refuse
    with StreamWire(start(retry=False).port) as wire:
        wire.send(request("POST", "/collect", b"".join(LINE), NDJSON))
        assert wire.whole().status == 503
    assert len(peer.calls) == 1


def test_more_than_is_kept_is_not_sent_again(start, peer):
    """64 KiB are kept of a request that goes on (`BackendCall.replayLimit`)."""
    calls = []
    peer.is_early = True
    peer.script = calls.append
    line = b'{"text":"%s"}\n' % (b"x" * 30_000)
    with StreamWire(start().port) as wire:
        wire.send(request("POST", "/collect", fields=CHUNKED))
        assert wait_until(lambda: calls)
        call = calls[0]
        call.send(frame(WINDOW_UPDATE, 0, number(1 << 20)),
                  frame(WINDOW_UPDATE, call.stream, number(1 << 20)))
        for _ in range(5):
            wire.send(chunked(line, end=False))
        assert wait_until(lambda: len(call.body) > 150_000)
        refuse(call)
        answer = wire.whole()
    assert (answer.status, answer.json()["message"]) == (503, "not now")


def test_a_stream_both_ways_is_sent_again_until_its_answer_begins(start, peer):
    attempts = []

    def script(call):
        attempts.append(call.body)
        if len(attempts) == 1:
            refuse(call)
        else:
            call.headers(HEAD).data(A).headers(UNAVAILABLE, end=True)

    peer.script = script
    with StreamWire(start().port) as wire:
        wire.send(request("POST", "/chat", b"".join(LINE), NDJSON))
        first, last = elements(LINES, wire.whole().body)
    assert first == {"id": "a"} and last["error"]["code"] == 14
    assert attempts == [A + B + C] * 2
