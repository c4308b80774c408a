"""Random stories: lists of messages in every format, both ways, against the backend's log."""
import json
import random

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from backends import StreamBackend
from streaming import ARRAY, EVENTS, LINES, NDJSON, Streams, StreamWire, chunked, elements
from wire import request

TEXTS = 'ab"\\{}[],:\n\r\t\u0000\u007f\u0085\u2028\u00e4\U0001f600 '


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"))


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


def random_item(served, dice, depth=0):
    item = served.messages["streams.v1.Item"]()
    if dice.random() < 0.6:
        item.id = "".join(dice.choice(TEXTS) for _ in range(dice.randrange(9)))
    if dice.random() < 0.5:
        item.number = dice.choice(
            [0, 1, -1, 2 ** 63 - 1, -2 ** 63, dice.randrange(2 ** 53, 2 ** 62)])
    if dice.random() < 0.3:
        item.text = "".join(dice.choice(TEXTS) for _ in range(
            dice.choice([3, 300, 20_000 if dice.random() < 0.1 else 30])))
    if dice.random() < 0.3:
        item.data = dice.randbytes(dice.randrange(50))
    if dice.random() < 0.3:
        item.tags.extend(["", "]", '"}'][:dice.randrange(1, 4)])
    if depth < 4 and dice.random() < 0.3:
        item.inner.CopyFrom(random_item(served, dice, depth + 1))
    return item


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_backend_sends_is_what_a_client_reads(served, form, seed):
    dice = random.Random(seed)
    stories = [[random_item(served, dice) for _ in range(dice.choice([0, 1, 2, 20, 150]))]
               for _ in range(12)]
    ends = [dice.choice([0, 0, 9]) for _ in stories]
    with StreamWire(served.port) as wire:
        for items, end in zip(stories, ends):
            wire.send(request("GET", "/list/7", fields={"accept": form}))
            call = served.backend.next()
            call.send(*[item.SerializeToString() for item in items]).finish(end, "over")
            answer = wire.whole()
            if end and not items:
                assert answer.status == 400
                continue
            found = elements(form, answer.body)
            if end:
                assert found.pop()["error"]["code"] == 9
            assert found == [served.messages.as_json(item) for item in items]


@pytest.mark.parametrize("form", [ARRAY, LINES])
@pytest.mark.parametrize("seed", range(4))
def test_what_a_client_sends_is_what_a_backend_reads(served, form, seed):
    dice = random.Random(100 + seed)

    def play(call):
        yield served.summary(count=len(list(call.messages())))

    served.backend.play = play
    with StreamWire(served.port) as wire:
        for _ in range(12):
            items = [random_item(served, dice) for _ in range(dice.choice([0, 1, 2, 20, 150]))]
            values = [served.messages.as_json(item) for item in items]
            if form == ARRAY:
                body = json.dumps(values, ensure_ascii=dice.random() < 0.5,
                                  indent=dice.choice([None, 2])).encode()
            else:
                end = dice.choice(["\n", "\r\n", "\n\n"])
                body = "".join(json.dumps(value, ensure_ascii=dice.random() < 0.5) + end
                               for value in values).encode()
            wire.send(request("POST", "/collect", fields={
                "content-type": form, "transfer-encoding": "chunked"}))
            at = 0
            while at < len(body):
                size = dice.choice([1, 3, 100, 5000, 50_000])
                wire.send(chunked(body[at:at + size], end=False))
                at += size
            assert wire.send(b"0\r\n\r\n").whole().status == 200
            received = served.backend.next().requests
            parse = served.messages["streams.v1.Item"].FromString
            assert [parse(message) for message in received] == items


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
@pytest.mark.parametrize("seed", range(3))
def test_talks_of_both_sides_are_told_in_order(served, form, seed):
    """Either side speaks when the dice say so; each hears all of the other, in order."""
    dice = random.Random(200 + seed)
    sent, told, found = [], [], b""
    with StreamWire(served.port) as wire:
        wire.send(request("POST", "/chat", fields={
            **NDJSON, "transfer-encoding": "chunked", "accept": form}))
        call = served.backend.next()
        for _ in range(60):
            if dice.random() < 0.5:
                item = random_item(served, dice)
                sent.append(item)
                wire.send(chunked(
                    json.dumps(served.messages.as_json(item)).encode() + b"\n", end=False))
            else:
                item = random_item(served, dice)
                told.append(item)
                call.send(item.SerializeToString())
        wire.send(b"0\r\n\r\n")
        assert call.half_closed.wait(5)
        call.finish()
        found = elements(form, wire.whole().body)
    parse = served.messages["streams.v1.Item"].FromString
    assert [parse(message) for message in call.requests] == sent
    assert found == [served.messages.as_json(item) for item in told]


@pytest.mark.parametrize("protocol", ["transom.v1.json", "transom.v1.proto"])
@pytest.mark.parametrize("seed", range(3))
def test_talks_over_a_websocket_are_told_in_order(served, protocol, seed):
    dice = random.Random(300 + seed)
    sent, told, found = [], [], []
    is_json = protocol == "transom.v1.json"
    with connect(f"ws://127.0.0.1:{served.port}/chat", subprotocols=[protocol], proxy=None,
                 open_timeout=10, max_size=None) as socket:
        call = served.backend.next()
        for _ in range(80):
            item = random_item(served, dice)
            if dice.random() < 0.5:
                sent.append(item)
                data = (json.dumps(served.messages.as_json(item)) if is_json
                        else item.SerializeToString())
                if len(data) > 2 and dice.random() < 0.3:
                    cut = dice.randrange(1, len(data))
                    data = [data[:cut], data[cut:]]
                socket.send(data)
            else:
                told.append(item)
                call.send(item.SerializeToString())
        socket.send("")
        assert call.half_closed.wait(5)
        call.finish()
        try:
            while True:
                found.append(socket.recv(timeout=10))
        except ConnectionClosed as closed:
            assert closed.rcvd.code == 1000
    parse = served.messages["streams.v1.Item"].FromString
    assert [parse(message) for message in call.requests] == sent
    if is_json:
        assert [json.loads(text) for text in found] == [
            served.messages.as_json(item) for item in told]
    else:
        assert [parse(data) for data in found] == told
