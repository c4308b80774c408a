"""How calls are spread over endpoints, and what is done about connections that say nothing."""
import contextlib
import time

import pytest

from backends import RawBackend, wait_until
from load import Load
from scripted import ScriptedBackend
from test_retries import get
from wire import timed


@pytest.fixture
def stack():
    with contextlib.ExitStack() as made:
        yield made


def test_least_request_gives_a_slow_endpoint_less(gateways, stack):
    def answering(after):
        def script(call):
            time.sleep(after)
            call.answer(0, b"\x0a\x011")
        return stack.enter_context(ScriptedBackend(script))

    quick, slow = answering(0), answering(0.05)
    gateway = gateways.start({"address": f"ipv4:{quick.address},{slow.address}",
                              "balancing": "least_request"})
    with Load(gateway, clients=8, pause=0) as load:
        assert wait_until(lambda: load.total > 300, 20)
    assert set(load.statuses) == {200}
    assert len(quick.calls) > 3 * len(slow.calls) > 0, (len(quick.calls), len(slow.calls))


def test_a_returning_endpoint_starts_slowly(gateways, stack):
    stays = stack.enter_context(ScriptedBackend(lambda call: call.answer(0, b"\x0a\x011")))
    returns = RawBackend()
    address = returns.address
    gateway = gateways.start({"address": f"ipv4:{stays.address},{address}", "slow_start": "4s"})
    assert wait_until(lambda: get(gateway).status == 200 and returns.calls)
    returns.stop()
    assert wait_until(lambda: [get(gateway).status for _ in range(5)] == [200] * 5)
    returns = RawBackend(address)
    stack.callback(returns.stop)
    assert wait_until(lambda: get(gateway).status == 200 and returns.calls)
    before = len(stays.calls)
    count = len(returns.calls)
    for _ in range(100):
        assert get(gateway).status == 200
    early = len(returns.calls) - count
    assert early < 40, (early, len(stays.calls) - before)
    time.sleep(4)
    count = len(returns.calls)
    for _ in range(100):
        assert get(gateway).status == 200
    assert 45 <= len(returns.calls) - count <= 55


class Deaf(ScriptedBackend):
    """Serves its first connection's first call; then that connection hears nothing."""

    def __init__(self):
        super().__init__(self.serve)

    def serve(self, call):
        if call.connection.number == 1 and len(self.calls) > 1:
            # This is the connection's own thread: nothing is read, no ping is answered.
            while not call.connection.is_closed:
                time.sleep(0.05)
            return
        call.answer(0, b"\x0a\x011")


def test_a_connection_that_has_gone_deaf_is_found_by_pings(gateways, stack):
    backend = stack.enter_context(Deaf())
    gateway = gateways.start({"address": backend.address,
                              "keepalive": {"interval": "10s", "timeout": "1s"}})
    assert get(gateway).status == 200
    answer, took = timed(lambda: get(gateway, grpc_timeout="14S"))
    assert answer.status == 503, answer
    assert 10 <= took < 13, took
    assert get(gateway).status == 200 and backend.accepted == 2


def test_the_call_a_deaf_connection_had_may_be_tried_again(gateways, stack):
    backend = stack.enter_context(Deaf())
    gateway = gateways.start({
        "address": backend.address, "keepalive": {"interval": "10s", "timeout": "1s"},
        "retry": {}})
    assert get(gateway).status == 200
    answer, took = timed(lambda: get(gateway, grpc_timeout="14S"))
    assert answer.status == 200 and 10 <= took < 13, took
