"""Streams, WebSockets and large bodies over TLS to the client."""
import asyncio
import json
import random
import time

import pytest
import websockets

from backends import StreamBackend, wait_until
from certificates import Authority
from processes import run
from secure_wire import SecureStreamWire, context
from streaming import EVENTS, FLAT, Streams, Watched, events
from wire import request

LISTEN = "127.0.0.1:0"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def served(tmp_path_factory, gateways, authority):
    with StreamBackend(options=[("grpc.max_receive_message_length", 8 << 20)]) as backend:
        yield Streams(
            gateways, backend, tmp_path_factory.mktemp("streams"),
            listen=[{"address": LISTEN, "tls": authority.issue("local").keys, "hsts": "1h"}])


@pytest.fixture(autouse=True)
def forget(served):
    served.backend.forget()


def opened(served, method, target, body=None, fields=(), **options):
    wire = SecureStreamWire(served.port, **options)
    wire.send(request(method, target, body, fields))
    return wire


def test_server_sent_events(served):
    with opened(served, "GET", "/list/1", fields={"accept": EVENTS}) as wire:
        call = served.backend.next()
        call.send(served.item(id="1"))
        answer = wire.head()
        assert answer.field("content-type").startswith(EVENTS)
        assert answer.field("strict-transport-security") == "max-age=3600"
        first = wire.until(b"\n\n")
        assert json.loads(events(first)[0]["data"])["id"] == "1"
        call.send(served.item(id="2")).finish()
        rest = events(wire.body())
    assert json.loads(rest[0]["data"])["id"] == "2" and rest[-1]["event"] == "end"


def test_a_stream_that_fails_at_once_has_the_field_too(served):
    with opened(served, "GET", "/list/1") as wire:
        served.backend.next().finish(5, "none")
        answer = wire.whole()
    assert answer.status == 404
    assert answer.field("strict-transport-security") == "max-age=3600"


def test_a_websocket(served, authority):
    async def talk():
        secure = context(root=authority.root)
        uri = f"wss://localhost:{served.port}/chat"
        async with websockets.connect(uri, ssl=secure, host="127.0.0.1",
                                      max_size=None) as client:
            assert client.response.headers["strict-transport-security"] == "max-age=3600"
            for number in range(20):
                await client.send(json.dumps({"id": str(number), "text": "x" * number * 1000}))
                answer = json.loads(await client.recv())
                assert answer["id"] == str(number)
                assert len(answer.get("text", "")) == number * 1000
            await client.send("")
            with pytest.raises(websockets.ConnectionClosedOK) as closed:
                await client.recv()
        return closed.value.rcvd.code

    served.backend.play = lambda call: call.messages()
    assert asyncio.run(asyncio.wait_for(talk(), 20)) == 1000


def test_a_client_that_vanishes_cancels_its_call(served):
    wire = opened(served, "GET", "/list/1")
    call = served.backend.next()
    call.send(served.item(id="1"))
    wire.head()
    wire.close()
    assert wait_until(lambda: call.ended.is_set())
    assert call.was_cancelled


def counted_upload(served):
    served.backend.play = lambda call: iter([served.summary(
        bytes=sum(len(served.messages["google.api.HttpBody"].FromString(message).data)
                  for message in call.messages()))])


@pytest.mark.parametrize("size", [4 << 20, 40 << 20])
def test_an_upload_by_curl(served, authority, tmp_path, size):
    counted_upload(served)
    file = tmp_path / "body"
    file.write_bytes(random.Random(size).randbytes(size))
    with Watched(served.gateway.process.pid) as watched:
        done = run(["curl", "-sS", "--cacert", authority.root, "--data-binary", f"@{file}",
                    "-H", "content-type: image/png", "--resolve",
                    f"localhost:{served.port}:127.0.0.1",
                    f"https://localhost:{served.port}/upload"])
    assert json.loads(done.stdout)["bytes"] == str(size), done
    assert watched.grown < 2 * FLAT, watched.grown


def test_a_body_of_four_mebibytes_held_whole(served):
    text = "".join(random.Random(3).choices("abcdef", k=(4 << 20) - 100))
    with opened(served, "POST", "/list", {"id": "1", "text": text}) as wire:
        call = served.backend.next()
        assert call.has_received(1)
        call.send(call.requests[0]).finish()
        answer = wire.whole()
    assert json.loads(answer.body)["text"] == text


def test_a_large_download_to_a_slow_reader(served):
    size, pieces = 1 << 20, 48
    data = [random.Random(number).randbytes(size) for number in range(pieces)]
    wire = opened(served, "GET", "/download/7", receive_buffer=32768, seconds=30)
    with wire, Watched(served.gateway.process.pid) as watched:
        call = served.backend.next()
        call.send(*[served.body(piece, "image/png") for piece in data]).finish()
        assert wire.head().status == 200
        time.sleep(1)
        # Neither the gateway nor the backend runs ahead of the client.
        assert call.sent < pieces // 2, call.sent
        assert wire.body() == b"".join(data)
    assert watched.grown < 2 * FLAT, watched.grown


def test_an_answer_in_half_closed_connections(served):
    with opened(served, "GET", "/list/1", fields={"connection": "close"}) as wire:
        call = served.backend.next()
        call.send(*served.some(3)).finish()
        assert wire.whole().body.count(b"\n") == 3
        # close_notify, then the end of the connection.
        assert wire.rest() == b""
