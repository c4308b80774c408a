"""Which endpoints get calls: health checks, ejection of those that fail, readiness."""
import contextlib
import time

import grpc
import pytest

from backends import RawBackend, wait_until
from health import NOT_SERVING, SERVING, HealthBackend
from processes import binary, free_port, run
from test_retries import get, metrics
from wire import ask


def ready(gateway):
    answer = ask(gateway.admin_port, "GET", "/readyz")
    return answer.status, answer.body.decode().strip()


@pytest.fixture
def backends():
    """Makes backends that end with the test."""
    with contextlib.ExitStack() as stack:
        def made(kind=HealthBackend, *arguments, **options):
            backend = kind(*arguments, **options)
            stack.callback(backend.stop)
            return backend
        yield made


def start(gateways, *backends, loops=1, **keys):
    address = "ipv4:" + ",".join(backend.address for backend in backends)
    return gateways.start({"address": address, **keys}, loops=loops)


def shares(gateway, *backends, calls=20):
    """How many of some calls each backend got; all must be served."""
    before = [len(backend.calls) for backend in backends]
    assert [get(gateway).status for _ in range(calls)] == [200] * calls
    return [len(backend.calls) - count for backend, count in zip(backends, before)]


# Health


@pytest.mark.parametrize("knows", [("Watch", "Check"), ("Check",)])
def test_an_endpoint_that_says_it_does_not_serve_gets_no_call(gateways, backends, knows):
    well, ill = backends(knows=knows), backends(status=NOT_SERVING, knows=knows)
    gateway = start(gateways, well, ill, health={"interval": "200ms"})
    assert wait_until(lambda: shares(gateway, well, ill)[1] == 0)
    assert metrics(gateway, "transom_backend_unhealthy_endpoints") == {'{backend="users"}': 1}
    ill.become(SERVING)
    assert wait_until(lambda: shares(gateway, well, ill)[1] > 0)
    well.become(NOT_SERVING)
    assert wait_until(lambda: shares(gateway, well, ill)[0] == 0)
    assert {name for name, _ in ill.asked} >= {knows[0]}


def test_the_service_that_is_asked_for_is_the_configurations(gateways, backends):
    backend = backends()
    start(gateways, backend, health={"service": "user.v1.UserService"})
    assert wait_until(lambda: ("Watch", "user.v1.UserService") in backend.asked)


def test_an_endpoint_that_knows_no_health_checks_is_used(gateways, backends):
    plain = backends(knows=())
    gateway = start(gateways, plain, health={"interval": "100ms"})
    gateway.wait_for(r"^transom: backend 'users' does not know grpc.health.v1: it is used without")
    time.sleep(0.3)
    assert shares(gateway, plain) == [20]
    assert len([line for line in gateway.err if "grpc.health.v1" in line]) == 1


def test_a_service_that_the_backend_does_not_know_is_told(gateways, backends):
    backend = backends()
    backend.become(3)
    gateway = start(gateways, backend, health={"service": "nope"}, loops=2)
    gateway.wait_for(r"^transom: backend 'users' does not know the service 'nope' of its 'health'$")
    assert wait_until(lambda: get(gateway).status == 503)


def test_when_none_serves_calls_are_refused_and_the_operator_is_told_once(gateways, backends):
    both = [backends(), backends()]
    gateway = start(gateways, *both, loops=2, health={"interval": "200ms"})
    assert get(gateway).status == 200
    for backend in both:
        backend.become(NOT_SERVING)
    # Until each loop has heard of it: one that lags behind would lose them after the other has
    # them back, which are two losses.
    assert wait_until(lambda: {get(gateway).status for _ in range(30)} == {503})
    gateway.wait_for(r"^transom: backend 'users' is unavailable: .+")
    for backend in both:
        backend.become(SERVING)
    assert wait_until(lambda: {get(gateway).status for _ in range(30)} == {200})
    gateway.wait_for(r"^transom: backend 'users' is available again$")
    time.sleep(0.3)
    assert len([line for line in gateway.err if "backend 'users'" in line]) == 2


# Outliers


OUTLIER = {"interval": "300ms", "base_ejection_time": "2s", "max_ejection_percent": 50,
           "success_rate": False,
           "failure_percentage": {"threshold": 50, "minimum_hosts": 2, "request_volume": 5}}


class Failing(RawBackend):
    """Fails every call, or does not answer any."""

    def __init__(self, hangs=False):
        self.hangs = hangs
        self.is_well = False
        super().__init__()

    def _answer(self, method, request, context):
        self.calls.append(request)
        if self.is_well:
            return request
        while self.hangs and context.is_active():
            time.sleep(0.01)
        context.abort(grpc.StatusCode.UNAVAILABLE, "always")


@pytest.mark.parametrize("hangs", [False, True])
def test_an_endpoint_that_fails_is_ejected_and_comes_back(gateways, backends, hangs):
    failing, others = backends(Failing, hangs), [backends(RawBackend), backends(RawBackend)]
    gateway = start(gateways, failing, *others, outlier=OUTLIER)

    def is_ejected():
        return metrics(gateway, "transom_backend_ejected_endpoints")['{backend="users"}'] == 1

    def ask_once():
        return get(gateway, grpc_timeout="50m").status

    assert wait_until(lambda: [ask_once() for _ in range(10)] and is_ejected(), 15)
    assert shares(gateway, failing, *others)[0] == 0
    assert metrics(gateway, "transom_backend_ejections_total")['{backend="users"}'] >= 1
    failing.is_well = True
    assert wait_until(lambda: not is_ejected(), 10)
    assert wait_until(lambda: shares(gateway, failing, *others)[0] > 0, 5)


def test_a_lone_endpoint_that_is_ejected_is_used_all_the_same(gateways, backends):
    failing = backends(Failing)
    gateway = start(gateways, failing, outlier={
        **OUTLIER, "failure_percentage": {"threshold": 50, "minimum_hosts": 1,
                                          "request_volume": 5}})
    for _ in range(20):
        assert get(gateway).json()["message"] == "always"
    time.sleep(0.5)
    assert get(gateway).json()["message"] == "always"


# Readiness


@pytest.mark.parametrize("balancing", ["round_robin", "pick_first", "least_request"])
def test_the_gateway_is_not_ready_without_a_backend_it_requires(gateways, balancing):
    port = free_port()
    gateway = gateways.start({"address": f"127.0.0.1:{port}", "required": True,
                              "balancing": balancing}, loops=2)
    assert wait_until(lambda: ready(gateway) == (503, "unavailable: users"))
    gateway.wait_for(r"^transom: backend 'users' is unavailable: .+")
    asked = run([binary("transom"), "health", "--address", f"127.0.0.1:{gateway.admin_port}"])
    assert (asked.returncode, asked.stdout.strip()) == (1, "unavailable: users")
    late = RawBackend(f"127.0.0.1:{port}")
    try:
        # Without a call: the gateway tries by itself every five seconds.
        assert wait_until(lambda: ready(gateway) == (200, "ready"), 15)
        gateway.wait_for(r"^transom: backend 'users' is available again$")
    finally:
        late.stop()
    assert wait_until(lambda: ready(gateway)[0] == 503, 15)
    assert len([line for line in gateway.err if "backend 'users'" in line]) == 3


def test_a_backend_that_is_not_required_keeps_no_gateway_out_of_rotation(gateways):
    gateway = gateways.start(f"127.0.0.1:{free_port()}")
    assert get(gateway).status == 503
    assert ready(gateway) == (200, "ready")
    assert metrics(gateway, "transom_backend_available") == {'{backend="users"}': 0}


def test_a_required_backend_that_says_it_does_not_serve_is_missing(gateways, backends):
    backend = backends(status=NOT_SERVING)
    gateway = start(gateways, backend, required=True, health={})
    assert wait_until(lambda: ready(gateway) == (503, "unavailable: users"))
    backend.become(SERVING)
    assert wait_until(lambda: ready(gateway) == (200, "ready"))
