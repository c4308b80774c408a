"""The channel to the backends: addresses, balancing, waiting calls, idle connections."""
import concurrent.futures
import contextlib
import time

import pytest

from backends import RawBackend, wait_until
from processes import free_port
from scripted import ScriptedBackend
from wire import Wire, ask, request, timed


def get(gateway, **fields):
    return ask(gateway.port, "GET", "/v1/users/1",
               fields={name.replace("_", "-"): value for name, value in fields.items()})


@pytest.mark.parametrize("form", [
    "{host}:{port}", "dns:///{host}:{port}", "dns:{host}:{port}", "ipv4:{host}:{port}",
    "localhost:{port}", "dns:///localhost:{port}"])
def test_addresses_are_written_as_grpc_has_them(gateways, backend, form):
    assert get(gateways.start(form.format(host="127.0.0.1", port=backend.port))).status == 200


@pytest.mark.parametrize("form", ["unix://{path}", "unix:{path}"])
def test_a_backend_may_be_a_unix_socket(gateways, tmp_path, form):
    path = tmp_path / "backend.sock"
    backend = RawBackend(f"unix:{path}")
    try:
        assert get(gateways.start(form.format(path=path))).status == 200
    finally:
        backend.stop()


@pytest.fixture
def three():
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(ScriptedBackend()) for _ in range(3)]


def test_round_robin_spreads_calls_evenly(gateways, three):
    gateway = gateways.start("ipv4:" + ",".join(backend.address for backend in three))
    assert wait_until(lambda: get(gateway).status == 200 and all(b.calls for b in three))
    before = [len(backend.calls) for backend in three]
    for _ in range(30):
        assert get(gateway).status == 200
    assert [len(b.calls) - count for b, count in zip(three, before)] == [10, 10, 10]


def test_pick_first_stays_with_one(gateways, three):
    gateway = gateways.start({
        "address": "ipv4:" + ",".join(backend.address for backend in three),
        "balancing": "pick_first"})
    for _ in range(30):
        assert get(gateway).status == 200
    assert sorted(len(backend.calls) for backend in three) == [0, 0, 30]


@pytest.mark.parametrize("balancing", ["round_robin", "pick_first"])
def test_a_dead_endpoint_costs_no_request(gateways, balancing):
    with ScriptedBackend() as alive:
        gateway = gateways.start({
            "address": f"ipv4:127.0.0.1:{free_port()},{alive.address}", "balancing": balancing})
        assert [get(gateway).status for _ in range(30)] == [200] * 30


def test_an_endpoint_that_dies_is_left_and_taken_back(gateways, backend):
    second = RawBackend()
    gateway = gateways.start(f"ipv4:{backend.address},{second.address}")
    assert wait_until(lambda: get(gateway).status == 200 and second.calls)
    second.stop()
    assert wait_until(lambda: get(gateway).status == 200)
    assert [get(gateway).status for _ in range(20)] == [200] * 20
    third = RawBackend(f"127.0.0.1:{second.port}")
    try:
        assert wait_until(lambda: get(gateway).status == 200 and third.calls, 5)
    finally:
        third.stop()


# Calls that wait for a stream


@pytest.fixture(scope="module")
def narrow():
    """A backend that takes one call at a time."""
    backend = RawBackend(options=[("grpc.max_concurrent_streams", 1)])
    yield backend
    backend.stop()


@pytest.fixture
def busy(gateways, narrow):
    """A gateway whose only stream is taken for a while."""
    gateway = gateways.start({"address": narrow.address, "connections": 1,
                              "pending_timeout": "600ms"})
    assert get(gateway).status == 200
    count = len(narrow.calls)
    with concurrent.futures.ThreadPoolExecutor(1) as client:
        running = client.submit(lambda: get(gateway, x_sleep="1.2"))
        assert wait_until(lambda: len(narrow.calls) > count)
        yield gateway
        assert running.result(5).status == 200
    assert len(narrow.calls) == count + 1, "a call that was given up has been sent"


def test_a_waiting_call_keeps_its_deadline(busy):
    answer, took = timed(lambda: get(busy, grpc_timeout="300m"))
    assert (answer.status, answer.json()["code"]) == (504, 4)
    assert 0.3 <= took < 0.9


def test_a_waiting_call_is_a_503_in_the_end(busy):
    answer, took = timed(lambda: get(busy))
    assert (answer.status, answer.json()["code"]) == (503, 14)
    assert 0.55 < took < 1.1


def test_a_waiting_call_whose_client_has_gone_is_never_sent(busy):
    with Wire(busy.port) as wire:
        wire.send(request("GET", "/v1/users/1"))
        time.sleep(0.1)  # nothing tells that it waits


def test_at_the_running_limit_a_lost_connection_fails_nobody_who_waits(gateways):
    def script(call):
        if len(scripted.calls) > 1:
            call.answer(0, b"")

    with ScriptedBackend(script) as scripted:
        gateway = gateways.start({"address": scripted.address, "running": 1})
        with concurrent.futures.ThreadPoolExecutor(2) as clients:
            running = clients.submit(lambda: get(gateway))
            assert wait_until(lambda: scripted.calls)
            waiting = clients.submit(lambda: get(gateway))
            time.sleep(0.1)  # nothing tells that it waits
            scripted.calls[0].drop()
            assert running.result(10).status == 503
            assert waiting.result(10).status == 200


# Connections


def test_an_idle_connection_is_closed_and_opened_again(gateways):
    with ScriptedBackend() as scripted:
        gateway = gateways.start({"address": scripted.address, "idle": "300ms"})
        assert get(gateway).status == 200
        assert wait_until(lambda: scripted.connections[0].is_closed, 5)
        assert get(gateway).status == 200
        assert scripted.accepted == 2


def test_calls_share_one_connection(gateways, backend):
    with ScriptedBackend() as scripted:
        gateway = gateways.start(scripted.address)
        with concurrent.futures.ThreadPoolExecutor(8) as clients:
            assert {answer.status for answer in clients.map(
                lambda _: get(gateway), range(100))} == {200}
        assert scripted.accepted == 1


def test_each_loop_has_a_connection_of_its_own(gateways):
    with ScriptedBackend() as scripted:
        gateway = gateways.start(scripted.address, loops=3)
        assert wait_until(lambda: get(gateway).status == 200 and scripted.accepted == 3)
        for _ in range(50):
            assert get(gateway).status == 200
        assert scripted.accepted == 3
