"""Client streams: bodies become messages as they arrive, however they are cut."""
import itertools
import json
import random
import time

import pytest

from backends import StreamBackend, wait_until
from scripted import ScriptedBackend
from streaming import (ARRAY, JSON, LINES, NDJSON, Streams, StreamWire, chunked)
from wire import request

VALUES = [{"id": "1"}, {"text": 'a"}],[{\\ \u00e4\n'}, {},
          {"inner": {"id": "x", "tags": ["[", "}"]}}]
COMPACT = (",", ":")
AS_ARRAY = json.dumps(VALUES, separators=COMPACT).encode()
AS_LINES = b"".join(json.dumps(v, ensure_ascii=False).encode() + b"\n" for v in VALUES)
RECEIVED = VALUES
CHUNKED = {"transfer-encoding": "chunked"}


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"))


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()
    served.backend.play = counting(served)


def counting(served):
    """Answers with the number of messages, when the last has come."""
    def play(call):
        bytes_ = sum(len(message) for message in call.messages())
        if call.half_closed.is_set():
            yield served.summary(count=len(call.requests), bytes=bytes_)
    return play


def sent(served, target, body, fields):
    """The answer, and what the backend got."""
    answer = served.ask("POST", target, body, fields)
    return answer, served.items(served.backend.next().requests)


@pytest.mark.parametrize(("body", "fields"), [
    (AS_ARRAY, JSON),
    (json.dumps(VALUES, indent=3).encode(), JSON),
    (b" \r\n\t" + AS_ARRAY + b"\n\n", JSON),
    (AS_ARRAY, {}),
    (AS_ARRAY, {"content-type": "application/vnd.acme+json; charset=UTF-8"}),
    (AS_LINES, NDJSON),
    (AS_LINES, {}),
    (b"\n" + AS_LINES, {}),
    (AS_LINES, {"content-type": "application/ndjson"}),
    (AS_LINES, {"content-type": "Application/JSONL"}),
    (AS_LINES.removesuffix(b"\n"), NDJSON),
    (AS_LINES.replace(b"\n", b"\r\n"), NDJSON),
    (AS_LINES.replace(b"\n", b"\n\n \n"), NDJSON),
], ids=itertools.count())
def test_an_array_or_lines_become_messages(served, body, fields):
    answer, received = sent(served, "/collect", body, fields)
    assert answer.status == 200, answer
    assert received == RECEIVED and answer.json()["count"] == "4"
    assert answer.field("content-type") == "application/json"
    assert answer.field("content-length") is not None, "one message is no stream"


@pytest.mark.parametrize(("body", "fields"), [
    (b"", {}), (b"", JSON), (b"", NDJSON), (b"[]", JSON), (b" [ ] ", {}), (b"\n\n", NDJSON),
    (b"  ", {}), (None, {})])
def test_an_empty_body_has_no_message(served, body, fields):
    answer, received = sent(served, "/collect", body, fields)
    assert (answer.status, answer.json(), received) == (200, {}, [])


@pytest.mark.parametrize(("body", "fields"), [(AS_ARRAY, JSON), (AS_LINES, NDJSON),
                                              (AS_LINES, {})], ids=["array", "lines", "untold"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_cut_at_any_byte_changes_nothing(served, body, fields, framing):
    with StreamWire(served.port) as wire:
        for cut in range(1, len(body)):
            first, second = body[:cut], body[cut:]
            if framing == "chunked":
                head = request("POST", "/collect", fields={**fields, **CHUNKED})
                wire.send(head + chunked(first, end=False))
                wire.send(chunked(second))
            else:
                head = request("POST", "/collect",
                               fields={**fields, "content-length": str(len(body))})
                wire.send(head + first)
                wire.send(second)
            answer = wire.whole()
            assert answer.status == 200, (cut, answer)
            assert served.items(served.backend.next().requests) == RECEIVED, cut


def test_a_cut_within_the_chunked_coding_changes_nothing(served):
    head = request("POST", "/collect", fields={**NDJSON, **CHUNKED})
    coded = chunked(AS_LINES[:7], AS_LINES[7:30], AS_LINES[30:])
    with StreamWire(served.port) as wire:
        for cut in range(1, len(coded)):
            wire.send(head + coded[:cut])
            wire.send(coded[cut:])
            assert wire.whole().status == 200, cut
            assert served.items(served.backend.next().requests) == RECEIVED, cut


@pytest.mark.parametrize(("body", "fields"), [(AS_ARRAY, JSON), (AS_LINES, NDJSON)])
def test_a_body_byte_by_byte_is_the_same(served, body, fields):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**fields, **CHUNKED}))
        for byte in body:
            wire.send(chunked(bytes([byte]), end=False))
        assert wire.send(b"0\r\n\r\n").whole().status == 200
        assert served.items(served.backend.next().requests) == RECEIVED


@pytest.mark.parametrize("form", ["array", "lines"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_messages_reach_the_backend_as_they_arrive(served, form, framing):
    count, late = 20, []
    pieces = [b'{"id":"%d"}' % n + b"\n" for n in range(count)]
    if form == "array":
        pieces = [(b"[" if n == 0 else b",") + p.strip() for n, p in enumerate(pieces)] + [b"]"]
    fields = JSON if form == "array" else NDJSON
    framed = CHUNKED if framing == "chunked" else {"content-length": str(len(b"".join(pieces)))}
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**fields, **framed}))
        call = served.backend.next()
        assert call.requests == [], "the call starts with the head"
        for number, piece in enumerate(pieces):
            start = time.monotonic()
            wire.send(piece if framing == "length" else chunked(piece, end=False))
            if number < count:
                assert call.has_received(number + 1), number
                late.append(call.times[-1] - start)
        if framing == "chunked":
            wire.send(b"0\r\n\r\n")
        assert wire.whole().json()["count"] == str(count)
    print(f"worst {max(late) * 1000:.2f} ms")
    assert sorted(late)[len(late) // 2] < 0.05


def test_half_close_is_passed_on(served):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**NDJSON, **CHUNKED}))
        call = served.backend.next()
        wire.send(chunked(b"{}\n", end=False))
        assert call.has_received(1)
        assert not call.half_closed.wait(0.2)
        wire.send(b"0\r\n\r\n")
        assert call.half_closed.wait(2)
        call.send(served.summary(count=7)).finish()
        assert wire.whole().json() == {"count": "7"}


def test_path_and_query_go_into_the_first_message_only(served):
    # `body: "*"` leaves the query nothing, as elsewhere.
    answer, received = sent(served, "/collect/p", b'[{"number":1},{"number":2},{"id":"own"}]', JSON)
    assert answer.status == 200, answer
    assert received == [{"id": "p", "number": "1"}, {"number": "2"}, {"id": "own"}]
    answer, received = sent(served, "/field/p?number=5", b'{"text":"a"}\n{"text":"b"}\n', NDJSON)
    assert answer.status == 200, answer
    assert received == [{"id": "p", "number": "5", "inner": {"text": "a"}},
                        {"inner": {"text": "b"}}]


def test_a_first_message_may_repeat_the_path_but_not_contradict_it(served):
    assert sent(served, "/collect/p", b'[{"id":"p"}]', JSON)[0].status == 200
    answer = served.ask("POST", "/collect/p", b'[{"id":"q"}]', JSON)
    assert answer.status == 400 and "id" in str(answer.json()["details"])


def refused(served, body, fields):
    """The answer to a wrong body whose call has begun, and is cancelled."""
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**fields, **CHUNKED}))
        call = served.backend.next()
        answer = wire.send(chunked(body)).whole()
    assert (answer.status, answer.json()["code"]) == (400, 3), answer
    assert call.ended.wait(2) and call.was_cancelled
    return answer


@pytest.mark.parametrize("number", [1, 2, 5])
@pytest.mark.parametrize(("bad", "word"), [
    (b'{"id":1}', "id"), (b'{"nope":1}', "nope"), (b'{"number":"x"}', "number")])
@pytest.mark.parametrize("form", ["array", "lines"])
def test_a_bad_message_tells_its_number(served, number, bad, word, form):
    values = [b'{"id":"a"}'] * (number - 1) + [bad, b"{}"]
    body = b"[" + b",".join(values) + b"]" if form == "array" else b"\n".join(values) + b"\n"
    answer = refused(served, body, JSON if form == "array" else NDJSON)
    assert f"message {number}" in answer.json()["message"], answer
    violations = answer.json()["details"][0]["fieldViolations"]
    assert word in violations[0]["field"]


@pytest.mark.parametrize(("body", "fields", "number"), [
    (b'{"id":"a"}', JSON, None),
    (b'[{"id":"a"}', JSON, None),
    (b'[{"id":"a"},]', JSON, None),
    (b'[{"id":"a"}] x', JSON, None),
    (b'[{"id":"a"} {}]', JSON, None),
    (b'[,{}]', JSON, None),
    (b'[{"id":"a"},{"id"}]', JSON, 2),
    (b'{"id":"a"}\n{"id":\n"b"}\n', NDJSON, 2),
    (b'{"id":"a"} {"id":"b"}\n', NDJSON, None),
    (b'{"id":"a"}\n{"id":"b"', NDJSON, 2),
    (b'{"id":"a"}\nnull\n', NDJSON, 2),
    (b'{"id":"a"}\n5\n', NDJSON, 2),
    (b'{"id":"a"}\n[]\n', NDJSON, 2),
    (b'\xff\n', NDJSON, 1),
    (b'{"id":"\xff"}\n', NDJSON, 1),
    (b'[' * 200, JSON, 1),
], ids=itertools.count())
def test_what_is_no_stream_of_json_is_a_400(served, body, fields, number):
    answer = refused(served, body, fields)
    if number is not None:
        assert f"message {number}" in answer.json()["message"], answer


@pytest.mark.parametrize("kind", [
    "text/plain", "application/xml", "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x", "text/event-stream", "application/json; charset=utf-16",
    "application/x-ndjson; charset=latin1"])
def test_other_content_types_are_a_415(served, kind):
    answer = served.ask("POST", "/collect", b"{}\n", {"content-type": kind})
    assert (answer.status, answer.json()["code"]) == (415, 3)
    assert served.backend.arrived.empty()


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1024, 200), (1025, 413), (4000, 413)])
@pytest.mark.parametrize("form", ["array", "lines"])
@pytest.mark.parametrize("place", [1, 3])
def test_a_message_over_its_limit_is_a_413(served, size, status, form, place):
    big = b'{"text":"%s"}' % (b"x" * (size - 11))
    assert len(big) == size
    values = [b"{}"] * (place - 1) + [big]
    body = b"[" + b",".join(values) + b"]" if form == "array" else b"\n".join(values)
    answer = served.ask("POST", "/limited", body, JSON if form == "array" else NDJSON)
    assert answer.status == status, answer
    if status == 413:
        assert answer.json()["code"] == 8 and f"message {place}" in answer.json()["message"]


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize(("size", "status"), [(4096, 200), (4097, 413)])
def test_a_body_over_the_limit_of_streams_is_a_413(served, framing, size, status):
    line = b'{"id":"%s"}\n' % (b"x" * (size // 4 - 10))
    body = (line * 4).ljust(size, b" ")
    assert len(body) == size
    with StreamWire(served.port) as wire:
        if framing == "chunked":
            wire.send(request("POST", "/short", fields={**NDJSON, **CHUNKED}) + chunked(body))
        else:
            wire.send(request("POST", "/short", body, NDJSON))
        assert wire.whole().status == status


def test_a_stream_may_be_longer_than_a_body_that_is_held(served):
    line = b'{"text":"%s"}\n' % (b"x" * 50_000)
    answer = served.ask("POST", "/collect", line * 200, NDJSON)
    assert (answer.status, answer.json()["count"]) == (200, "200")


def test_a_backend_may_answer_before_the_request_has_ended(served):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**NDJSON, **CHUNKED}))
        wire.send(chunked(b"{}\n", end=False))
        call = served.backend.next()
        assert call.has_received(1)
        call.send(served.summary(text="enough")).finish()
        answer = wire.whole()
        assert (answer.status, answer.json()) == (200, {"text": "enough"})
        assert answer.field("connection") == "close", "the rest of the request is in the way"
        try:
            for _ in range(50):
                wire.send(chunked(b"{}\n", end=False))
        except OSError:
            pass
        assert wire.is_closed_within(4)


@pytest.mark.parametrize(("code", "status"), [(3, 400), (9, 400), (16, 401), (14, 503)])
def test_a_backend_may_refuse_before_the_request_has_ended(served, code, status):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**NDJSON, **CHUNKED}))
        wire.send(chunked(b"{}\n", end=False))
        served.backend.next().finish(code, "no more")
        answer = wire.whole()
    assert (answer.status, answer.json()["message"]) == (status, "no more")


def test_two_answers_to_a_client_stream_are_a_502_or_500(served):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", b"[]", JSON))
        served.backend.next().send(b"", b"").finish()
        answer = wire.whole()
    assert answer.status in (500, 502) and answer.json()["code"] in (12, 13)


def test_no_answer_to_a_client_stream_is_an_error(served):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", b"[]", JSON))
        served.backend.next().finish()
        assert wire.whole().status in (500, 502)


@pytest.mark.parametrize("how", ["in mid-body", "when its answer is due"])
def test_a_client_that_is_gone_cancels_the_call(served, how):
    served.backend.forget()
    wire = StreamWire(served.port)
    wire.send(request("POST", "/collect", fields={**NDJSON, **CHUNKED}))
    wire.send(chunked(b"{}\n", end=how != "in mid-body"))
    call = served.backend.next()
    assert call.has_received(1)
    left = time.monotonic()
    wire.close()
    assert call.ended.wait(3) and call.was_cancelled
    assert call.end - left < 0.5


@pytest.mark.parametrize("ending", [b"zz\r\n", b"5\r\n{}", b"-1\r\n"])
def test_a_broken_body_is_no_end_of_the_stream(served, ending):
    served.backend.forget()
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**NDJSON, **CHUNKED}))
        wire.send(chunked(b"{}\n", end=False))
        call = served.backend.next()
        assert call.has_received(1)
        wire.send(ending)
        if ending.startswith(b"5"):
            wire.close()
        else:
            assert wire.whole().status == 400
    assert call.ended.wait(3) and call.was_cancelled


@pytest.mark.parametrize("trouble", ["client gone", "bad message", "bad chunk"])
def test_half_a_request_is_never_ended_as_a_whole_one(gateways, tmp_path, trouble):
    with ScriptedBackend() as backend:
        other = Streams(gateways, backend, tmp_path)
        with StreamWire(other.port) as wire:
            wire.send(request("POST", "/collect", fields={**NDJSON, **CHUNKED}))
            wire.send(chunked(b"{}\n", end=False))
            assert wait_until(lambda: any(one.requests for one in backend.connections))
            if trouble == "client gone":
                wire.close()
            else:
                wire.send(chunked(b"{\n") if trouble == "bad message" else b"x\r\n")
                assert wire.whole().status == 400
            assert wait_until(lambda: backend.resets == [(1, 8)]), backend.resets
        assert backend.calls == [], "no end of the stream"


def test_expect_continue_is_answered_before_the_body(served):
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect",
                          fields={**NDJSON, **CHUNKED, "expect": "100-continue"}))
        assert wire.head().status == 100
        wire.send(chunked(AS_LINES))
        assert wire.whole().json()["count"] == "4"


@pytest.mark.parametrize("seed", range(6))
def test_random_bodies_in_random_pieces_arrive_as_they_are(served, seed):
    dice = random.Random(seed)
    with StreamWire(served.port) as wire:
        for _ in range(20):
            values = [random_value(dice) for _ in range(dice.randrange(30))]
            lines = dice.random() < 0.5
            if lines:
                body = b"".join(json.dumps(v, ensure_ascii=dice.random() < 0.5).encode() + b"\n"
                                for v in values)
            else:
                body = json.dumps(values, indent=dice.choice([None, 1])).encode()
            cuts = sorted(dice.randrange(len(body) + 1) for _ in range(dice.randrange(8)))
            pieces = [body[a:b] for a, b in zip([0, *cuts], [*cuts, len(body)])]
            wire.send(request("POST", "/collect", fields={
                **CHUNKED, "content-type": LINES if lines else ARRAY}))
            for piece in pieces:
                wire.send(chunked(piece, end=False))
            assert wire.send(b"0\r\n\r\n").whole().status == 200
            assert served.items(served.backend.next().requests) == values


def random_value(dice, depth=0):
    text = "".join(dice.choice('ab"\\{}[],:\n\u00e4\U0001f600 ') for _ in range(dice.randrange(12)))
    found = {}
    if text and dice.random() < 0.7:
        found["text"] = text
    if dice.random() < 0.5:
        found["number"] = str(dice.randrange(1, 2 ** 62))
    if dice.random() < 0.4:
        found["tags"] = ["]"] * dice.randrange(1, 4)
    if depth < 3 and dice.random() < 0.4:
        found["inner"] = random_value(dice, depth + 1)
    return found


def test_an_upload_that_nobody_reads_waits(served):
    """A backend that does not read stops the client; see test_streams_pressure for memory."""
    served.backend.forget()
    served.backend.reads = False
    line = b'{"text":"%s"}\n' % (b"x" * 60_000)
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/collect", fields={**NDJSON, **CHUNKED}))
        call = served.backend.next()
        wire.socket.settimeout(0.5)
        count = 0
        with pytest.raises(TimeoutError):
            for _ in range(1000):
                wire.send(chunked(line, end=False))
                count += 1
        print(f"{count * len(line) >> 20} MiB until the client is held")
        call.may_read.set()
        assert call.has_received(count), f"{len(call.requests)} of {count}"
