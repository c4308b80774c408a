"""Backends that are down, dying, foreign, full or hostile: the right answer, then the next."""
import concurrent.futures
import socket
import threading

import pytest

from backends import RawBackend, wait_until
from processes import free_port
from scripted import GRPC_HEAD, ScriptedBackend, frame
from wire import ask, timed


def get(gateway, identifier="42", **fields):
    return ask(gateway.port, "GET", f"/v1/users/{identifier}",
               fields={name.replace("_", "-"): value for name, value in fields.items()})


def in_parallel(gateway, count, threads):
    """The answers to `count` requests, asked by `threads` clients at a time."""
    with concurrent.futures.ThreadPoolExecutor(threads) as clients:
        return list(clients.map(lambda n: (n, get(gateway, str(n))), range(count)))


def assert_error(answer, status, *codes):
    assert answer.status == status, answer
    assert answer.field("content-type") == "application/json"
    body = answer.json()
    assert set(body) == {"code", "message", "details"} and body["code"] in codes, body
    assert body["message"]


# Nobody there


def test_a_dead_backend_is_a_503_at_once(gateways):
    gateway = gateways.start(f"127.0.0.1:{free_port()}")
    for _ in range(5):
        answer, took = timed(lambda: get(gateway))
        assert_error(answer, 503, 14)
        assert took < 2


def test_a_name_that_does_not_resolve_is_a_503(gateways):
    gateway = gateways.start("dns:///no-such-host.invalid:50051")
    answer, took = timed(lambda: get(gateway, grpc_timeout="10S"))
    assert_error(answer, 503, 14)
    assert took < 9


def test_a_backend_that_comes_back_is_used_within_about_a_second(gateways):
    port = free_port()
    gateway = gateways.start(f"127.0.0.1:{port}")
    for _ in range(20):
        assert get(gateway).status == 503
    late = RawBackend(f"127.0.0.1:{port}")
    try:
        back, took = timed(lambda: wait_until(lambda: get(gateway).status == 200, 5))
        assert back and took < 2, took
        assert {answer.status for _, answer in in_parallel(gateway, 20, 4)} == {200}
    finally:
        late.stop()


def test_a_backend_killed_in_mid_call_is_a_503_and_a_new_one_is_used(gateways):
    first = RawBackend()
    gateway = gateways.start(first.address)
    with concurrent.futures.ThreadPoolExecutor(1) as client:
        running = client.submit(lambda: get(gateway, x_sleep="20"))
        assert wait_until(lambda: first.calls)
        first.stop()
        # A grpcio server that stops cancels its calls: 499 is its word, 503 ours.
        answer = running.result(10)
    assert answer.status in (499, 503), answer
    assert get(gateway).status == 503
    second = RawBackend(f"127.0.0.1:{first.port}")
    try:
        assert wait_until(lambda: get(gateway).status == 200, 3)
    finally:
        second.stop()


@pytest.mark.parametrize("after", ["request", "head", "message"])
def test_a_connection_lost_in_mid_call_is_a_503_and_the_next_call_works(gateways, after):
    def script(call):
        if len(backend.calls) != 2:
            call.answer(0, b"\x0a\x021!")
            return
        if after != "request":
            call.send_headers(GRPC_HEAD)
        if after == "message":
            call.send_data(frame(b"\x0a\x01x"))
        call.connection.write_raw(b"")
        call.drop()

    with ScriptedBackend(script) as backend:
        gateway = gateways.start(backend.address)
        assert get(gateway).json() == {"id": "1!"}
        assert_error(get(gateway), 503, 14)
        assert len(backend.calls) == 2, "a call that the backend saw is not sent twice"
        answer, took = timed(lambda: get(gateway))
        assert (answer.status, answer.json()) == (200, {"id": "1!"})
        assert took < 2


# Not gRPC


@pytest.fixture(scope="module")
def scripted():
    with ScriptedBackend() as backend:
        yield backend


@pytest.fixture(scope="module")
def gateway(gateways, scripted):
    return gateways.start(scripted.address)


# http-grpc-status-mapping.md; UNKNOWN and INTERNAL of one that speaks no gRPC are our 502.
FOREIGN = [(200, 502, 2), (302, 502, 2), (400, 502, 13), (401, 401, 16), (403, 403, 7),
           (404, 501, 12), (418, 502, 2), (429, 503, 14), (431, 502, 13), (500, 502, 2),
           (502, 503, 14), (503, 503, 14), (504, 503, 14)]


@pytest.mark.parametrize(("http", "status", "code"), FOREIGN)
@pytest.mark.parametrize("content_type", ["text/html", None])
def test_an_answer_without_grpc_is_mapped(scripted, gateway, http, status, code, content_type):
    def script(call):
        fields = [("content-type", content_type)] if content_type else []
        call.send_headers([(":status", str(http)), *fields])
        call.send_data(b"<html>busy</html>", end=True)

    scripted.script = script
    answer = get(gateway)
    assert_error(answer, status, code)
    assert b"html>" not in answer.body


def test_a_grpc_status_counts_whatever_the_http_status(scripted, gateway):
    scripted.script = lambda call: call.send_headers(
        [(":status", "503"), ("grpc-status", "5"), ("grpc-message", "gone")], end=True)
    answer = get(gateway)
    assert (answer.status, answer.json()["message"]) == (404, "gone")


def no_status(call):
    call.send_headers(GRPC_HEAD).send_data(frame(b"")).send_headers([("x", "y")], end=True)


def no_trailers(call):
    call.send_headers(GRPC_HEAD).send_data(frame(b""), end=True)


def nothing_at_all(call):
    call.send_headers(GRPC_HEAD, end=True)


def no_message(call):
    call.answer(0)


def two_messages(call):
    call.send_headers(GRPC_HEAD).send_data(frame(b"") + frame(b""))
    call.send_headers([("grpc-status", "0")], end=True)


def half_a_message(call):
    call.send_headers(GRPC_HEAD).send_data(frame(b"\x0a\x05hello")[:-2])
    call.send_headers([("grpc-status", "0")], end=True)


def half_a_prefix(call):
    call.send_headers(GRPC_HEAD).send_data(b"\0\0\0")
    call.send_headers([("grpc-status", "0")], end=True)


def compressed(call):
    call.send_headers(GRPC_HEAD).send_data(frame(b"", compressed=1))
    call.send_headers([("grpc-status", "0")], end=True)


def odd_flag(call):
    call.send_headers(GRPC_HEAD).send_data(frame(b"", compressed=7))
    call.send_headers([("grpc-status", "0")], end=True)


def not_protobuf(call):
    call.answer(0, b"\xff")


def not_utf8(call):
    call.answer(0, b"\x0a\x02\xc3\x28")


def cut_string(call):
    call.answer(0, b"\x0a\x7fshort")


@pytest.mark.parametrize("script", [
    no_status, no_trailers, nothing_at_all, no_message, two_messages, half_a_message,
    half_a_prefix, compressed, odd_flag, not_protobuf, not_utf8, cut_string])
def test_a_broken_answer_is_a_server_error_and_never_a_short_200(scripted, gateway, script):
    scripted.script = script
    answer = get(gateway)
    assert answer.status in (500, 501, 502), answer
    assert_error(answer, answer.status, 2, 12, 13, 15)
    scripted.script = lambda call: call.answer(0, b"\x0a\x02ok")
    assert get(gateway).json() == {"id": "ok"}


@pytest.mark.parametrize(("reset", "status", "code"), [
    (8, 499, 1), (11, 429, 8), (12, 403, 7), (0, 500, 13), (1, 500, 13), (2, 500, 13),
    (3, 500, 13), (6, 500, 13), (13, 500, 13), (0xdeadbeef, 500, 13)])
def test_a_reset_stream_is_mapped_by_its_code(scripted, gateway, reset, status, code):
    scripted.script = lambda call: call.reset(reset)
    answer = get(gateway)
    assert_error(answer, answer.status, code)
    assert answer.status in (status, 502)


def test_a_refused_stream_is_sent_again_once(scripted, gateway):
    answers = iter([lambda call: call.reset(7), lambda call: call.answer(0, b"\x0a\x03two")])
    scripted.script = lambda call: next(answers)(call)
    assert get(gateway).json() == {"id": "two"}
    scripted.script = lambda call: call.reset(7)
    count = len(scripted.calls)
    assert_error(get(gateway), 503, 14)
    assert len(scripted.calls) - count == 2


@pytest.mark.parametrize("step", [1, 3, 7, 16000])
def test_a_message_may_come_in_any_pieces(scripted, gateway, step):
    name = "n" * (300 if step == 1 else 20000)
    message = b"\x0a\x02id\x12" + varint(len(name)) + name.encode()

    def script(call):
        call.send_headers(GRPC_HEAD)
        data = frame(message)
        for start in range(0, len(data), step):
            call.connection.h2.send_data(call.stream, data[start:start + step])
        call.send_headers([("grpc-status", "0")], end=True)

    scripted.script = script
    assert get(gateway).json() == {"id": "id", "name": name}


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


@pytest.mark.parametrize("hostile", [
    b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n", b"\0" * 64, b"\xff" * 64,
    b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x01",  # SETTINGS_MAX_FRAME_SIZE 1
    b"\x00\x00\x04\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00",  # WINDOW_UPDATE 0
])
def test_a_listener_that_speaks_no_http2_is_a_server_error(gateways, hostile):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                accepted, _ = listener.accept()
            except OSError:
                return
            with accepted:
                accepted.sendall(hostile)
                accepted.settimeout(5)
                try:
                    while accepted.recv(4096):
                        pass
                except OSError:
                    pass

    threading.Thread(target=serve, daemon=True).start()
    gateway = gateways.start("127.0.0.1:%d" % listener.getsockname()[1])
    try:
        for _ in range(3):
            answer = get(gateway, grpc_timeout="4S")
            assert answer.status in (502, 503), answer
            assert answer.json()["code"] in (2, 13, 14)
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


# Full, slow, leaving


def test_a_backend_that_accepts_and_hangs_is_a_504_at_the_deadline(gateways):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = gateways.start("127.0.0.1:%d" % listener.getsockname()[1])
        answer, took = timed(lambda: get(gateway, grpc_timeout="400m"))
        assert_error(answer, 504, 4)
        assert 0.4 <= took < 2


def test_a_connect_that_takes_too_long_is_a_503(gateways):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        gateway = gateways.start({"address": "127.0.0.1:%d" % listener.getsockname()[1],
                                  "connect_timeout": "300ms"})
        answer, took = timed(lambda: get(gateway))
        assert_error(answer, 503, 14)
        assert took < 3


@pytest.mark.parametrize("connections", [1, 4])
def test_one_stream_at_a_time_is_enough(gateways, connections):
    backend = RawBackend(options=[("grpc.max_concurrent_streams", 1)])
    try:
        gateway = gateways.start({"address": backend.address, "connections": connections})
        answers = in_parallel(gateway, 60, 12)
        assert all((a.status, a.json()) == (200, {"id": str(n)}) for n, a in answers), answers
        assert backend.most_running <= connections
    finally:
        backend.stop()


def test_a_full_queue_is_a_503_at_once(gateways):
    backend = RawBackend(options=[("grpc.max_concurrent_streams", 1)])
    try:
        gateway = gateways.start({"address": backend.address, "connections": 1, "pending": 2})
        assert get(gateway).status == 200
        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            answers = [future.result(20) for future in [
                clients.submit(lambda: timed(lambda: get(gateway, x_sleep="0.5")))
                for _ in range(8)]]
        refused = [took for answer, took in answers if answer.status == 503]
        served = [answer for answer, _ in answers if answer.status == 200]
        assert len(served) == 3 and len(refused) == 5, answers
        assert max(refused) < 1
    finally:
        backend.stop()


def test_goaway_after_every_call_loses_none_of_200(gateways):
    def script(call):
        call.answer(0, b"\x0a\x02ok")
        call.go_away()

    with ScriptedBackend(script) as backend:
        gateway = gateways.start(backend.address)
        statuses = [get(gateway).status for _ in range(200)]
        assert statuses == [200] * 200
        assert len(backend.calls) == 200
        assert backend.accepted >= 200


def test_a_graceful_goaway_under_load_loses_none_of_200(gateways):
    """As grpc servers end a connection by age: GOAWAY for all streams to come, then the rest."""
    def script(call):
        call.answer(0, b"\x0a" + bytes([len(call.body) - 7]) + call.body[7:])
        if len(backend.calls) % 5 == 0:
            call.go_away(last=2**31 - 1)

    with ScriptedBackend(script) as backend:
        gateway = gateways.start(backend.address)
        answers = in_parallel(gateway, 200, 8)
        assert all((a.status, a.json()) == (200, {"id": str(n)}) for n, a in answers)
        assert backend.accepted > 1


@pytest.mark.parametrize("served", [0, 1])
def test_a_call_that_goaway_leaves_out_is_sent_again(gateways, served):
    """On a connection that has served calls before, and on a fresh one."""
    def script(call):
        if call.connection.number > 1 or len(backend.calls) <= served:
            call.answer(0, b"\x0a\x02ok")
        else:
            call.go_away(last=2 * served - 1 if served else 0)

    with ScriptedBackend(script) as backend:
        gateway = gateways.start(backend.address)
        for _ in range(served + 1):
            assert get(gateway).json() == {"id": "ok"}
        assert (len(backend.calls), backend.accepted) == (served + 2, 2)


@pytest.mark.parametrize("code", [0, 1, 2, 11, 0xffffffff])
@pytest.mark.parametrize("last", [0, 1, 2, 2**31 - 1])
def test_goaway_of_any_kind_never_kills_the_gateway(gateway, scripted, code, last):
    def script(call):
        call.go_away(last, code)
        call.go_away(last, code)
        call.drop()

    scripted.script = script
    assert get(gateway).status in (500, 502, 503)
    scripted.script = lambda call: call.answer(0, b"\x0a\x02ok")
    assert wait_until(lambda: get(gateway).status == 200, 3)


# Too much


@pytest.mark.parametrize(("excess", "status"), [(-1, 200), (0, 200), (1, 502)])
def test_a_message_over_the_limit_is_an_error_and_never_a_short_200(gateways, excess, status):
    limit = 4096
    reply = b"\x0a" + varint(limit + excess - 3) + b"x" * (limit + excess - 3)
    assert len(reply) == limit + excess
    with ScriptedBackend(lambda call: call.answer(0, reply)) as backend:
        gateway = gateways.start(backend.address, limits={"message": "4KiB"})
        answer = get(gateway)
        assert answer.status == status
        if status == 200:
            assert len(answer.json()["id"]) == limit + excess - 3
        else:
            assert_error(answer, 502, 8)
            assert get(gateway).status == 502, "the connection goes on"


def test_a_length_that_is_never_sent_costs_no_memory(gateway, scripted):
    def script(call):
        call.send_headers(GRPC_HEAD).send_data(b"\0\xff\xff\xff\xff" + b"x" * 100)

    scripted.script = script
    answer, took = timed(lambda: get(gateway, grpc_timeout="3S"))
    assert_error(answer, 502, 8)
    assert took < 2


@pytest.mark.parametrize(("fields", "statuses"), [(5, [200]), (30, [502]), (90, [502, 503])])
def test_metadata_over_the_limit_is_an_error_and_the_next_call_works(gateways, fields, statuses):
    """The last case is more than nghttp2 itself takes: it gives the connection up."""
    with ScriptedBackend() as backend:
        gateway = gateways.start(backend.address)
        backend.script = lambda call: call.answer(
            0, b"", fields=[(f"x-{n}", "v" * 4000) for n in range(fields)])
        assert get(gateway).status in statuses
        backend.script = lambda call: call.answer(0, b"\x0a\x02ok")
        assert wait_until(lambda: get(gateway, grpc_timeout="2S").status == 200, 3)


def test_a_real_4_mib_answer_arrives_whole(gateways):
    name = "\u00e4" * (2 * 1024 * 1024 - 20)
    reply = b"\x12" + varint(len(name.encode())) + name.encode()

    class Big(RawBackend):
        def _answer(self, method, request, context):
            return reply

    backend = Big(options=[("grpc.max_send_message_length", -1)])
    try:
        gateway = gateways.start(backend.address)
        assert get(gateway).json() == {"name": name}
    finally:
        backend.stop()
