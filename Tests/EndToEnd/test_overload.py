"""The limit on requests under way: a clear 503, at once, that says when to come back."""
import concurrent.futures
import time

from backends import wait_until
from test_retries import get


def test_what_is_over_the_limit_is_a_503_that_says_when_to_come_back(gateways, backend):
    gateway = gateways.start(backend.address, limits={"running": 2})
    with concurrent.futures.ThreadPoolExecutor(2) as clients:
        calls = len(backend.calls)
        running = [clients.submit(get, gateway, x_sleep="1") for _ in range(2)]
        assert wait_until(lambda: len(backend.calls) == calls + 2)
        start = time.monotonic()
        answer = get(gateway)
        assert time.monotonic() - start < 0.5
        assert (answer.status, answer.field("retry-after")) == (503, "1")
        assert answer.json()["code"] == 14
        assert [call.result().status for call in running] == [200, 200]
    assert get(gateway).status == 200
    assert wait_until(lambda: any('"cause":"overload"' in line for line in gateway.out))
