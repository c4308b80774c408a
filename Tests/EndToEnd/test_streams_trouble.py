"""Streams in trouble: backends that are away, full or refuse; clocks of unary calls; a storm."""
import json
import random
import socket
import threading
import time

import pytest

from backends import StreamBackend, obeying, wait_until
from processes import free_port
from scripted import ScriptedBackend, frame as grpc_frame
from streaming import (ARRAY, EVENTS, FLAT, LINES, NDJSON, Streams, StreamWire, Watched, chunked,
                       elements, narrow)
from websocket import HANDSHAKE, PING, TEXT, RawSocket, closing, frame
from wire import ask, request

CHUNKED = {**NDJSON, "transfer-encoding": "chunked"}


# Backends

@pytest.fixture(scope="module")
def deserted(tmp_path_factory, gateways):
    """A gateway without a backend."""
    return Streams(gateways, f"127.0.0.1:{free_port()}", tmp_path_factory.mktemp("streams"))


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_without_a_backend_a_stream_is_a_503(deserted, form):
    answer = deserted.ask("GET", "/list/7", fields={"accept": form})
    assert (answer.status, answer.json()["code"]) == (503, 14)


@pytest.mark.parametrize("target", ["/collect", "/chat", "/upload"])
def test_without_a_backend_an_upload_is_a_503_at_once(deserted, target):
    with StreamWire(deserted.port) as wire:
        wire.send(request("POST", target, fields=CHUNKED) + chunked(b"{}\n", end=False))
        answer = wire.whole()
        assert (answer.status, answer.json()["code"]) == (503, 14)
        assert wire.is_closed_within(4)


def test_without_a_backend_a_websocket_is_told_and_closed(deserted):
    with RawSocket(deserted.port) as wire:
        kind, payload = wire.message()
        assert kind == TEXT and json.loads(payload)["error"]["code"] == 14
        assert wire.close_code() == 1011


def test_a_stream_that_a_backend_refuses_unseen_is_repeated(gateways, tmp_path):
    def script(call):
        if len(backend.calls) == 1:
            call.reset(7)
        else:
            call.send_headers([(":status", "200"), ("content-type", "application/grpc")])
            call.send_data(grpc_frame(b"\x0a\x01a"))
            call.send_headers([("grpc-status", "0")], end=True)

    with ScriptedBackend(script) as backend:
        served = Streams(gateways, backend, tmp_path)
        assert elements(LINES, served.ask("GET", "/list/7").body) == [{"id": "a"}]
        assert len(backend.calls) == 2


def test_streams_cancelled_at_full_speed_leave_the_connection_open(gateways, tmp_path):
    """What is under way for a stream that is reset counts against the connection's window too.

    It once was never credited: after some 8 MiB of it the backend could send nothing any more.
    """
    backend = StreamBackend()
    served = Streams(gateways, backend, tmp_path)
    pieces = [served.item(text="x" * 60_000)] * 40
    for _ in range(40):
        crowd = [served.call("GET", "/list/7") for _ in range(16)]
        for _, call in crowd:
            call.send(*pieces)
        for wire, _ in crowd:
            wire.head()
            wire.close()
    answer = served.listed("/list/7", [served.item(id="a")])
    assert elements(LINES, answer.body) == [{"id": "a"}]
    backend.stop()


@pytest.mark.parametrize(("code", "expected"), [(8, 1), (2, 13), (11, 8), (12, 7)])
@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
def test_a_reset_in_mid_stream_is_the_last_element(gateways, tmp_path, form, code, expected):
    def script(call):
        call.send_headers([(":status", "200"), ("content-type", "application/grpc")])
        call.send_data(grpc_frame(b"\x0a\x01a"))
        call.connection.write_raw(b"")
        time.sleep(0.1)
        call.reset(code)

    with ScriptedBackend(script) as backend:
        served = Streams(gateways, backend, tmp_path)
        first, last = elements(form, served.ask("GET", "/list/7", fields={"accept": form}).body)
        assert first == {"id": "a"} and last["error"]["code"] == expected


@pytest.mark.parametrize("form", [ARRAY, LINES, EVENTS])
@pytest.mark.parametrize("how", ["no status", "half a message"])
def test_an_answer_that_ends_wrongly_is_an_error(gateways, tmp_path, form, how):
    def script(call):
        call.send_headers([(":status", "200"), ("content-type", "application/grpc")])
        data = grpc_frame(b"\x0a\x01a")
        if how == "no status":
            call.send_data(data, end=True)
        else:
            call.send_data(data + grpc_frame(b"\x0a\x01b")[:-1])
            call.send_headers([("grpc-status", "0")], end=True)

    with ScriptedBackend(script) as backend:
        served = Streams(gateways, backend, tmp_path)
        first, last = elements(form, served.ask("GET", "/list/7", fields={"accept": form}).body)
        assert first == {"id": "a"} and last["error"]["code"] in (2, 13)


def test_an_upload_that_waits_for_a_stream_is_held(gateways, tmp_path):
    """The backend takes one stream at a time, and there is one connection."""
    with StreamBackend(options=[("grpc.max_concurrent_streams", 1)]) as backend:
        served = Streams(gateways, backend, tmp_path)
        assert_first(served)
        wire, call = served.call("GET", "/list/7")
        with Watched(served.gateway.process.pid) as memory, StreamWire(served.port) as waiting:
            waiting.send(request("POST", "/upload", fields={"content-length": str(100 << 20)}))
            waiting.socket.settimeout(0.5)
            sent = 0
            with pytest.raises(TimeoutError):
                while sent < 100 << 20:
                    sent += waiting.socket.send(bytes(65536))
            assert sent < 20 << 20 and backend.arrived.empty()
            call.finish()
            wire.whole()
            upload = backend.next()
            waiting.socket.settimeout(10)
            waiting.socket.sendall(bytes((100 << 20) - sent))
            assert upload.half_closed.wait(10)
            upload.send(b"").finish()
            assert waiting.whole().status == 200
            assert sum(map(len, upload.requests)) > 100 << 20
        wire.close()
        assert memory.grown < FLAT


def assert_first(served):
    """One call, so that the gateway knows what the backend's connection allows."""
    wire, call = served.call("GET", "/list/7")
    call.finish()
    with wire:
        assert wire.whole().status == 200


# Clocks of what is no stream

@pytest.fixture(scope="module")
def hasty(tmp_path_factory, gateways):
    with StreamBackend() as backend:
        yield Streams(gateways, backend, tmp_path_factory.mktemp("streams"), timeouts={
            "head": "1s", "keep_alive": "1s", "body_rate": "1MiB/s", "write": "1s"})


def test_no_other_clock_cuts_a_silent_stream(hasty):
    """Head, keep-alive, body rate and write stall are not about streams that wait."""
    hasty.backend.forget()
    server, call = hasty.call("GET", "/list/7")
    duplex = StreamWire(hasty.port).send(request("POST", "/chat", fields=CHUNKED))
    duplex_call = hasty.backend.next()
    upload = StreamWire(hasty.port).send(request("POST", "/upload", fields={
        "content-length": "1000"}))
    upload_call = hasty.backend.next()
    web = RawSocket(hasty.port)
    web_call = hasty.backend.next()
    calls = [call, duplex_call, upload_call, web_call]
    for _ in range(11):
        time.sleep(0.25)
        assert not any(one.ended.is_set() for one in calls), [one.ended.is_set() for one in calls]
        duplex.send(chunked(b" ", end=False))
    call.send(hasty.item(id="1")).finish()
    assert elements(LINES, server.whole().body) == [{"id": "1"}]
    duplex_call.send(hasty.item(id="1")).finish()
    assert elements(LINES, duplex.whole().body) == [{"id": "1"}]
    upload.send(bytes(1000))
    assert upload_call.half_closed.wait(2)
    upload_call.send(b"").finish()
    assert upload.whole().status == 200
    web.send(frame(TEXT, b"{}"))
    assert web_call.has_received(1)
    for wire in (server, duplex, upload, web):
        wire.close()


def test_a_client_that_reads_nothing_for_too_long_is_closed(hasty):
    hasty.backend.forget()
    data = hasty.item(text="x" * 10_000)

    def play(call):
        for _ in range(2000):
            yield data

    hasty.backend.play = play
    with narrow(hasty, "/list/7") as wire:
        call = hasty.backend.next()
        start = time.monotonic()
        assert call.ended.wait(6) and call.was_cancelled
        assert 0.8 < time.monotonic() - start
    with narrow(hasty, "/list/7") as wire:
        call = hasty.backend.next()
        for _ in range(50):
            wire.received += wire.socket.recv(20_000)
            time.sleep(0.05)
        assert not call.ended.is_set(), "a slow reader is no stalled one"


# A storm

def play_anything(dice):
    def play(call):
        how = dice.random()
        if how < 0.3:
            yield from call.messages()
        elif how < 0.6:
            for _ in range(dice.choice([0, 1, 5, 500])):
                yield b"\x0a\x01a"
            if dice.random() < 0.3:
                call.close(dice.choice([3, 9, 14]), "storm")
        elif how < 0.8:
            for message in call.messages():
                yield message * 2
                if dice.random() < 0.2:
                    return
        else:
            yield from obeying(call)
    return play


def one_client(port, dice):
    """One visit, rude at a random place."""
    wire = StreamWire(port, 5)
    try:
        kind = dice.randrange(5)
        if kind == 0:
            accept = dice.choice([ARRAY, LINES, EVENTS])
            wire.send(request("GET", "/list/7", fields={"accept": accept}))
        elif kind == 1:
            wire.send(request("POST", dice.choice(["/chat", "/collect"]), fields=CHUNKED))
            for _ in range(dice.randrange(20)):
                wire.send(chunked(dice.choice([
                    b"{}\n", b'{"id":"1"}\n', b'{"te', b'xt":""}\n', b"{]\n",
                    b'{"text":"' + b"x" * 30_000 + b'"}\n']), end=dice.random() < 0.05))
        elif kind == 2:
            wire.send(request("GET", "/chat", fields=HANDSHAKE))
            for _ in range(dice.randrange(20)):
                wire.send(dice.choice([
                    frame(TEXT, b"{}"), frame(TEXT, b'{"id":"1"}'), frame(TEXT), frame(PING, b"x"),
                    frame(TEXT, b"{", final=False), frame(0, b"}"), frame(TEXT, b"{]"),
                    closing(1000), dice.randbytes(20)]))
        elif kind == 3:
            wire.send(request("POST", "/upload", fields={"content-length": "1000000"}))
            wire.send(bytes(dice.randrange(1_000_000)))
        else:
            wire.send(request("GET", "/download/7") * dice.randrange(1, 4))
        how = dice.random()
        if how < 0.3:
            wire.socket.settimeout(dice.random() / 10)
            wire.socket.recv(dice.choice([1, 100, 100_000]))
        elif how < 0.5:
            wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        elif how < 0.6:
            wire.socket.shutdown(socket.SHUT_WR)
            wire.socket.settimeout(0.05)
            wire.socket.recv(1000)
    except OSError:
        pass
    finally:
        wire.close()


@pytest.mark.parametrize("loops", [1, 2])
def test_a_storm_of_rude_clients_leaves_nothing_behind(gateways, tmp_path, loops):
    with StreamBackend(threads=400) as backend:
        calls = []
        dice = random.Random(loops)
        play = play_anything(dice)

        def keeping(call):
            calls.append(call)
            yield from play(call)

        backend.play = keeping
        served = Streams(gateways, backend, tmp_path, loops=loops)
        for _ in range(20):
            one_client(served.port, random.Random(_))
        with Watched(served.gateway.process.pid) as memory:
            def visit(seed):
                own = random.Random(seed)
                for _ in range(150):
                    one_client(served.port, own)

            threads = [threading.Thread(target=visit, args=(seed,)) for seed in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(60)
            assert not any(thread.is_alive() for thread in threads)
            assert wait_until(lambda: all(call.ended.is_set() for call in calls), 5), (
                sum(not call.ended.is_set() for call in calls), len(calls))
        print(f"{len(calls)} calls, memory +{memory.grown} KiB above {memory.idle}")
        assert served.gateway.process.poll() is None
        backend.play = obeying
        backend.forget()
        assert_first(served)
        metrics = ask(served.gateway.admin_port, "GET", "/metrics").body.decode()
        active = [line for line in metrics.split("\n") if "active" in line and line[:1] != "#"]
        assert all(line.endswith(" 0") for line in active), active
        assert memory.grown < 3 * FLAT
