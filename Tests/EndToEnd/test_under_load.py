"""A steady load while names, connections and backends change: no GET fails that need not."""
import concurrent.futures
import contextlib
import signal
import time

import pytest

from backends import RawBackend, StreamBackend, echoing, wait_until
from load import Load
from names import SERVFAIL, Names
from processes import DemoBackend, free_port
from raw_peer import ACK, GOAWAY, PING
from streaming import FULL, LINES, ROUTES, StreamWire, compiled, elements
from tap import Tap
from test_restarts import RETRY, start, told
from wire import ask, request


@pytest.fixture
def stack():
    with contextlib.ExitStack() as made:
        yield made


def metrics(gateway, name):
    """The sum of a family's values."""
    page = ask(gateway.admin_port, "GET", "/metrics").body.decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in page.splitlines()
               if line.startswith(name))


# Names


@pytest.mark.parametrize("balancing", ["round_robin", "pick_first", "least_request"])
def test_addresses_of_a_name_change(gateways, stack, tmp_path, balancing):
    if reason := Names.reason_not_to():
        pytest.skip(f"NO TEST OF CHANGING NAMES: {reason}")
    names = Names(tmp_path)
    stack.callback(names.close)
    port = free_port()
    hosts = [f"127.0.0.{number}" for number in (2, 3, 4)]
    backends = [RawBackend(f"{host}:{port}") for host in hosts]
    for backend in backends:
        stack.callback(backend.stop)
    names.answers["users.test"] = hosts[:1]
    gateway = stack.enter_context(names.gateway(gateways.config(
        {"address": f"dns:///users.test:{port}", "balancing": balancing, "resolve": "1s"},
        loops=2)))

    def takes_over(backend, seconds=8):
        count = len(backend.calls)
        return wait_until(lambda: len(backend.calls) > count + 20, seconds)

    with Load(gateway, clients=8, pause=0.005) as load:
        assert takes_over(backends[0])
        names.answers["users.test"] = hosts[:2]
        assert balancing == "pick_first" or takes_over(backends[1])
        names.answers["users.test"] = hosts[1:]
        assert takes_over(backends[1]) and (balancing == "pick_first" or takes_over(backends[2]))
        assert wait_until(lambda: is_left(backends[0]), 8)
        backends[0].stop()
        names.failure = SERVFAIL
        time.sleep(2)  # a name that cannot be asked for keeps what it had
        assert takes_over(backends[1])
        names.failure = None
        names.answers["users.test"] = hosts[2:]
        assert takes_over(backends[2]) and wait_until(lambda: is_left(backends[1]), 8)
        backends[1].stop()
        assert takes_over(backends[2])
    told(load, f"four changes of a name ({balancing}), {names.asked} questions")


def test_one_loop_asks_for_all(gateways, stack, tmp_path):
    if reason := Names.reason_not_to():
        pytest.skip(f"NO TEST OF NAMES: {reason}")
    names = Names(tmp_path)
    stack.callback(names.close)
    backend = RawBackend()
    stack.callback(backend.stop)
    names.answers["users.test"] = ["127.0.0.1"]
    gateway = stack.enter_context(names.gateway(gateways.config(
        {"address": f"dns:///users.test:{backend.port}", "resolve": "1s"}, loops=6)))
    start = time.monotonic()
    with Load(gateway, clients=12, pause=0.005) as load:
        time.sleep(3)
    took = time.monotonic() - start
    told(load, f"six loops, a name looked up every second: {names.asked} questions in {took:.1f} s")
    # Each time for an IPv4 and an IPv6 address; at first for two loops that crossed.
    assert names.asked <= 2 * (took + 2)


def is_left(backend):
    """Whether a backend gets no calls any more."""
    count = len(backend.calls)
    time.sleep(0.3)
    return len(backend.calls) == count


# Connections


def test_streams_outlive_the_age_of_their_connection(gateways, stack, tmp_path):
    backend = stack.enter_context(StreamBackend())
    tap = stack.enter_context(Tap(backend.address))
    messages, descriptors = compiled(tmp_path)
    gateway = gateways.start(
        {"address": tap.address, "max_connection_age": "500ms"}, routes=ROUTES,
        schema={"descriptor_sets": [str(descriptors)]})
    wire = stack.enter_context(StreamWire(gateway.port))
    wire.send(request("GET", "/list/7", fields={"accept": LINES}))
    stream = backend.next()

    backend.play = echoing
    with Load(gateway, clients=4, pause=0.005, path="/items/1") as load:
        for number in range(25):
            stream.send(messages["streams.v1.Item"](number=number + 1).SerializeToString())
            time.sleep(0.1)
        stream.finish()
    answer = wire.whole()
    assert [item["number"] for item in elements(LINES, answer.body)] == [
        str(number + 1) for number in range(25)]
    told(load, f"a stream beside {len(tap.opened)} connections of at most 500 ms")
    assert len(tap.opened) >= 4


def test_one_connection_and_one_stream_at_a_time(gateways, stack):
    backend = RawBackend(options=[("grpc.max_concurrent_streams", 1)])
    stack.callback(backend.stop)
    gateway = gateways.start({"address": backend.address, "connections": 1})
    with Load(gateway, clients=16, pause=0.001) as load:
        time.sleep(2)
    told(load, "one connection, one stream at a time")
    assert backend.most_running == 1


@pytest.mark.skipif(not FULL, reason="keepalive's least interval is ten seconds")
def test_a_backend_that_counts_pings_is_pinged_less(gateways, stack):
    """grpcio says GOAWAY with ENHANCE_YOUR_CALM after some, and then gRFC A8 holds."""
    backend = RawBackend(options=[
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 300_000),
        ("grpc.http2.max_ping_strikes", 1)])
    stack.callback(backend.stop)
    with Tap(backend.address) as tap:
        gateway = gateways.start(
            {"address": tap.address, "deadline": "75s", "retry": RETRY,
             "keepalive": {"interval": "10s", "timeout": "1s"}},
            defaults={"backend": "users", "max_deadline": "90s"})
        with concurrent.futures.ThreadPoolExecutor(1) as clients:
            running = clients.submit(lambda: ask(
                gateway.port, "GET", "/v1/users/1", fields={"x-sleep": "80"}, seconds=90))
            assert running.result(90).status == 504
        assert [code for kind, code in tap.said if kind == GOAWAY] == [11]
        pings = [at for kind, flags, at, number in tap.heard
                 if kind == PING and not flags & ACK and number == 1]
        assert len(pings) >= 2
        later = [at - tap.opened[1] for kind, flags, at, number in tap.heard
                 if kind == PING and not flags & ACK and number == 2]
        print(f"\npings after {[round(at - tap.opened[0], 1) for at in pings]} s, and behind "
              f"too_many_pings after {[round(at, 1) for at in later]} s")
        assert len(tap.opened) == 2 and later and later[0] >= 19.5


# Backends


def test_two_of_three_backends_are_killed(gateways, stack):
    backends = [DemoBackend() for _ in range(3)]
    for backend in backends:
        stack.callback(backend.kill)
    gateway = start(gateways, [backend.address for backend in backends])
    with Load(gateway, path="/v1/users/42") as load:
        assert wait_until(lambda: load.total > 200)
        backends[0].kill()
        backends[1].kill()
        time.sleep(1.5)
        late = DemoBackend(backends[0].address)
        stack.callback(late.kill)
        time.sleep(1.5)
    told(load, "two of three backends killed, one back")


def test_a_backend_that_becomes_slow_slows_nobody_who_need_not_wait(gateways, stack):
    class Slow(RawBackend):
        pause = 0

        def _answer(self, method, request, context):
            self.calls.append(request)
            time.sleep(self.pause)
            return request

    backends = [Slow(), Slow()]
    for backend in backends:
        stack.callback(backend.stop)
    gateway = start(gateways, [backend.address for backend in backends],
                    balancing="least_request")
    with Load(gateway, clients=8, pause=0.005) as load:
        assert wait_until(lambda: all(len(backend.calls) > 50 for backend in backends), 10)
        backends[0].pause = 0.5
        counts = [len(backend.calls) for backend in backends]
        time.sleep(3)
        slow, fast = (len(backend.calls) - count for backend, count in zip(backends, counts))
        backends[0].pause = 0
        time.sleep(0.6)
    told(load, f"one of two slow by 500 ms: {slow} calls to it, {fast} to the other")
    assert fast > 5 * slow


def stop_and_go(stack, backend):
    """Halts a program as a debugger does: its sockets are there and say nothing."""
    backend.process.send_signal(signal.SIGSTOP)
    stack.callback(lambda: backend.process.poll() is None
                   and backend.process.send_signal(signal.SIGCONT))


@pytest.mark.skipif(not FULL, reason="keepalive's least interval is ten seconds")
def test_a_halted_backend_is_found_by_keepalive(gateways, stack):
    backends = [DemoBackend() for _ in range(2)]
    for backend in backends:
        stack.callback(backend.kill)
    gateway = start(gateways, [backend.address for backend in backends],
                    connect_timeout="1s", keepalive={"interval": "10s", "timeout": "500ms"})
    with Load(gateway, path="/v1/users/42") as load:
        assert wait_until(lambda: load.total > 200)
        stop_and_go(stack, backends[0])
        time.sleep(13)
        count = load.total
        time.sleep(3)
        assert load.total - count > 500, "the other serves at its full pace"
        backends[0].process.send_signal(signal.SIGCONT)
        time.sleep(2)
    told(load, "one of two backends halted for 16 s, found by keepalive")
    assert load.slowest < 13


def test_a_halted_backend_is_left_when_calls_run_out_of_time(gateways, stack):
    """Without keepalive and outlier detection: connects to it fail, and the back-off holds."""
    backends = [DemoBackend() for _ in range(2)]
    for backend in backends:
        stack.callback(backend.kill)
    gateway = start(gateways, [backend.address for backend in backends],
                    deadline="400ms", connect_timeout="300ms")
    with Load(gateway, clients=8, path="/v1/users/42") as load:
        assert wait_until(lambda: load.total > 200)
        assert not load.failures
        stop_and_go(stack, backends[0])
        time.sleep(1)
        failures, count = len(load.failures), load.total
        time.sleep(2)
        assert len(load.failures) == failures and load.total > count + 100
        backends[0].process.send_signal(signal.SIGCONT)
        time.sleep(1)
        assert len(load.failures) == failures
    print(f"\na backend halted under load: {failures} of {load.total} GETs met it, all within "
          f"the first second")
    assert set(load.statuses) == {200, 504} and failures <= 2 * 8


def test_a_halted_backend_is_found_by_its_failures(gateways, stack):
    """Who was sent to it has a 504; after the ejection nobody is sent."""
    backends = [DemoBackend() for _ in range(2)]
    for backend in backends:
        stack.callback(backend.kill)
    gateway = start(
        gateways, [backend.address for backend in backends], deadline="400ms",
        outlier={"interval": "300ms", "base_ejection_time": "10s", "max_ejection_percent": 50,
                 "success_rate": False, "failure_percentage": {
                     "threshold": 50, "minimum_hosts": 2, "request_volume": 3}})
    with Load(gateway, clients=8, path="/v1/users/42") as load:
        assert wait_until(lambda: load.total > 200)
        assert not load.failures
        stop_and_go(stack, backends[0])
        assert wait_until(lambda: metrics(gateway, "transom_backend_ejected_endpoints") == 1, 10)
        time.sleep(0.5)
        failures, count = len(load.failures), load.total
        time.sleep(1.5)
        assert len(load.failures) == failures and load.total > count + 100
    print(f"\na backend halted under load: {failures} of {load.total} GETs met it before the "
          f"ejection, none after")
    assert set(load.statuses) == {200, 504} and failures < 200
