"""A steady load of GETs on keep-alive connections, which notes every answer."""
import collections
import threading
import time

from wire import Wire, request


class Load:
    """Asks from `clients` connections, each again after `pause` seconds, until it is left."""

    def __init__(self, gateway, clients=8, pause=0.002, path="/v1/users/1"):
        self.port = gateway.port
        self.bytes = request("GET", path)
        self.pause = pause
        self.statuses = collections.Counter()
        self.failures = []
        self.slowest = 0
        self.is_over = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._run, daemon=True) for _ in range(clients)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.is_over = True
        for thread in self.threads:
            thread.join(20)

    @property
    def total(self):
        return sum(self.statuses.values())

    def _run(self):
        with Wire(self.port) as wire:
            while not self.is_over:
                start = time.monotonic()
                try:
                    answer = wire.send(self.bytes).answer()
                    status = answer.status
                except (OSError, EOFError, TimeoutError) as error:
                    answer = status = repr(error)
                with self.lock:
                    self.statuses[status] += 1
                    self.slowest = max(self.slowest, time.monotonic() - start)
                    if status != 200:
                        self.failures.append(answer)
                if isinstance(status, str):
                    return
                time.sleep(self.pause)
