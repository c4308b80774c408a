"""SIGTERM and SIGINT: what runs gets its time, the rest ends, and the exit code is 0."""
import concurrent.futures
import signal
import time

import pytest

from backends import wait_until
from wire import Wire, ask, request, timed


@pytest.fixture
def client():
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        yield pool


def sleeping(client, backend, gateway, seconds):
    """A request that takes this long, once it is with the backend."""
    count = len(backend.calls)
    running = client.submit(
        lambda: ask(gateway.port, "GET", "/v1/users/1", fields={"x-sleep": str(seconds)}))
    assert wait_until(lambda: len(backend.calls) > count)
    return running


def refuses_connections(port):
    try:
        Wire(port, seconds=1).close()
    except ConnectionRefusedError:
        return True
    except OSError:
        pass
    return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_request_gets_its_answer(gateways, backend, client, number):
    gateway = gateways.detached(backend.address)
    running = sleeping(client, backend, gateway, 1)
    gateway.process.send_signal(number)
    assert wait_until(lambda: refuses_connections(gateway.port)), "new clients are refused"
    assert not running.done()
    answer = running.result(10)
    assert (answer.status, answer.json()) == (200, {"id": "1"})
    assert answer.field("connection") == "close"
    code, took = timed(gateway.ended)
    assert code == 0 and took < 3


def test_an_idle_gateway_ends_at_once(gateways, backend):
    gateway = gateways.detached(backend.address)
    with Wire(gateway.port) as idle, Wire(gateway.port) as used:
        assert used.send(request("GET", "/v1/users/1")).answer().status == 200
        gateway.process.send_signal(signal.SIGTERM)
        assert idle.is_closed_within(3) and used.is_closed_within(3)
        assert gateway.ended(3) == 0


def test_a_request_longer_than_drain_is_cancelled(gateways, backend, client):
    gateway = gateways.detached(backend.address, drain="500ms")
    running = sleeping(client, backend, gateway, 14)
    call = backend.calls[-1]
    start = time.monotonic()
    gateway.process.send_signal(signal.SIGTERM)
    assert gateway.ended(6) == 0
    assert 0.4 < time.monotonic() - start < 4
    assert call.ended.wait(3) and wait_until(lambda: call.was_cancelled)
    try:
        answer = running.result(3)
    except EOFError:
        return  # closed without an answer
    assert (answer.status, answer.field("connection")) == (503, "close")
    assert answer.json()["code"] == 14


def test_a_half_sent_request_does_not_hold_the_end_up(gateways, backend):
    gateway = gateways.detached(backend.address, drain="500ms")
    with Wire(gateway.port) as head, Wire(gateway.port) as body:
        head.send(b"GET /v1/users/1 HTTP/1.1\r\n")
        body.send(request("POST", "/v1/users", b"{", {"content-length": "10"}))
        time.sleep(0.1)  # nothing tells that the bytes have been read
        gateway.process.send_signal(signal.SIGTERM)
        assert gateway.ended(5) == 0


def test_pipelined_requests_behind_the_running_one_are_not_begun(gateways, backend):
    gateway = gateways.detached(backend.address)
    with Wire(gateway.port) as wire:
        count = len(backend.calls)
        wire.send(request("GET", "/v1/users/1", fields={"x-sleep": "0.6"}) +
                  request("GET", "/v1/users/2"))
        assert wait_until(lambda: len(backend.calls) > count)
        gateway.process.send_signal(signal.SIGTERM)
        answer = wire.answer()
        assert (answer.status, answer.field("connection")) == (200, "close")
        assert wire.is_closed_within(5)
    assert gateway.ended(5) == 0
    assert len(backend.calls) == count + 1


@pytest.mark.parametrize(("first", "second"), [(signal.SIGTERM, signal.SIGTERM),
                                               (signal.SIGINT, signal.SIGINT),
                                               (signal.SIGTERM, signal.SIGINT)])
def test_a_second_signal_ends_at_once(gateways, backend, client, first, second):
    gateway = gateways.detached(backend.address)
    sleeping(client, backend, gateway, 14)
    gateway.process.send_signal(first)
    gateway.wait_for("stopping", seconds=5)
    gateway.process.send_signal(second)
    code, took = timed(lambda: gateway.ended(5))
    assert code == 128 + second and took < 2


def test_readyz_is_503_while_draining_and_healthz_is_not(gateways, backend, client):
    gateway = gateways.detached(backend.address)
    assert ask(gateway.admin_port, "GET", "/readyz").status == 200
    running = sleeping(client, backend, gateway, 1.5)
    gateway.process.send_signal(signal.SIGTERM)
    assert wait_until(lambda: ask(gateway.admin_port, "GET", "/readyz").status == 503, 1.2)
    assert ask(gateway.admin_port, "GET", "/healthz").status == 200
    assert running.result(10).status == 200
    assert gateway.ended(5) == 0


def test_drain_delay_keeps_the_listeners_open(gateways, backend):
    gateway = gateways.detached(backend.address, drain_delay="1s")
    gateway.process.send_signal(signal.SIGTERM)
    assert wait_until(lambda: ask(gateway.admin_port, "GET", "/readyz").status == 503, 0.8)
    assert ask(gateway.port, "GET", "/v1/users/1").status == 200
    assert gateway.ended(5) == 0


def test_the_log_is_written_to_its_end(gateways, backend, client):
    gateway = gateways.detached(backend.address, loops=2)
    for _ in range(100):
        ask(gateway.port, "GET", "/v1/users/1")
    assert gateway.stop() == 0
    assert len(gateway.out) == 100
