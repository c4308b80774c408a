"""What is asked of every contender: the requests, their answers, and wrk that sends them."""
import http.client
import json
import os
import re
import resource
import ssl
import struct
import subprocess


# The host that stands for the backend over TLS.
SECURED = "secured.test"
# What the bench's backend sends on a stream.
STREAMED = 1000


class Case:
    """One row of the tables."""

    def __init__(self, name, rest, rpc, messages, count=None, client_tls=False,
                 backend_tls=False):
        self.name = name
        # Whether the client, and the backend, is spoken to over TLS.
        self.client_tls = client_tls
        self.backend_tls = backend_tls
        # Of a server stream: how many messages the answer has.
        self.count = count
        # Method, path and the name of the body's message, of the REST side.
        self.method, self.path, self.body = rest
        # Name of the method, of its request's message and of its answer's.
        self.rpc, self.request, self.answer = rpc
        self.messages = messages

    def json_request(self):
        body = self.messages[self.body + ".json"] if self.body else None
        headers = {"content-type": "application/json"} if body else {}
        if self.count:
            headers["accept"] = "application/json"
        if self.backend_tls:
            headers["Host"] = SECURED
        return self.method, self.path, headers, body

    def raw_request(self):
        headers = {"content-type": "application/grpc", "te": "trailers"}
        if self.backend_tls:
            headers["Host"] = SECURED
        path = "/bench.v1.BenchService/" + self.rpc
        return "POST", path, headers, framed(self.messages[self.request + ".pb"])

    def is_json_answer(self, body):
        message = json.loads(self.messages[self.answer + ".json"])
        return json.loads(body) == ([message] * self.count if self.count else message)

    def is_raw_answer(self, body):
        return body == framed(self.messages[self.answer + ".pb"]) * (self.count or 1)


def framed(message):
    """A gRPC message: not compressed, its length, its bytes."""
    return struct.pack(">BI", 0, len(message)) + message


def all_cases(folder):
    messages = {}
    for name in ("request", "small", "orders"):
        for suffix in ("json", "pb"):
            with open(os.path.join(folder, f"{name}.{suffix}"), "rb") as file:
                messages[f"{name}.{suffix}"] = file.read()

    def size(name):
        return f"{len(messages[name]):,} B"

    return [
        Case("small GET", ("GET", "/v1/small/42", None),
             ("GetSmall", "request", "small"), messages),
        Case(f"small POST, {size('request.json')}", ("POST", "/v1/small", "request"),
             ("PutSmall", "request", "small"), messages),
        Case(f"GET, answer of {size('orders.json')}", ("GET", "/v1/orders", None),
             ("GetOrders", "request", "orders"), messages),
        Case(f"POST, body of {size('orders.json')}", ("POST", "/v1/orders", "orders"),
             ("PutOrders", "orders", "small"), messages),
        Case(f"GET, array of {STREAMED:,} messages", ("GET", "/v1/list", None),
             ("ListSmall", "request", "small"), messages, count=STREAMED),
        Case("small GET, client over TLS", ("GET", "/v1/small/42", None),
             ("GetSmall", "request", "small"), messages, client_tls=True),
        Case(f"GET, answer of {size('orders.json')}, client over TLS", ("GET", "/v1/orders", None),
             ("GetOrders", "request", "orders"), messages, client_tls=True),
        Case("small GET, backend over TLS", ("GET", "/v1/small/42", None),
             ("GetSmall", "request", "small"), messages, backend_tls=True),
    ]


class Client:
    """A keep-alive connection to a contender."""

    def __init__(self, port, tls=False):
        if tls:
            # It measures, and trusts whoever answers on the port.
            context = ssl._create_unverified_context()
            self.connection = http.client.HTTPSConnection(
                "127.0.0.1", port, timeout=5, context=context)
        else:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)

    def ask(self, request):
        method, path, headers, body = request
        self.connection.request(method, path, body=body, headers=headers)
        answer = self.connection.getresponse()
        return answer.status, answer.read()

    def close(self):
        self.connection.close()


SCRIPT = """\
wrk.method = %s
wrk.body = %s
%s
done = function(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format("bench %%d %%d %%d %%d\\n", summary.requests, summary.duration,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"""


class Load:
    """wrk with one request on many connections."""

    def __init__(self, folder, name, request, port, connections, tls=False):
        method, path, headers, body = request
        self.script = os.path.join(folder, re.sub(r"\W+", "-", name) + ".lua")
        with open(self.script, "w") as file:
            fields = [f"wrk.headers[{lua(k)}] = {lua(v)}" for k, v in headers.items()]
            file.write(SCRIPT % (lua(method), lua(body) if body else "nil", "\n".join(fields)))
        self.connections = connections
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}{path}"

    def run(self, seconds, core):
        """Sends for so long; returns requests, requests/s and the CPU seconds of wrk."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        result = subprocess.run(
            ["wrk", "-t1", f"-c{self.connections}", f"-d{seconds}s", "-s", self.script, self.url],
            capture_output=True, text=True, timeout=seconds + 30,
            preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found = re.search(r"^bench (\d+) (\d+) (\d+) (\d+)$", result.stdout, re.MULTILINE)
        if not found:
            raise RuntimeError(f"wrk gave no figures: {result.stdout} {result.stderr}")
        requests, microseconds, refused, broken = map(int, found.groups())
        if refused or broken or requests == 0:
            raise RuntimeError(
                f"{self.url}: {requests} requests, {refused} with an error status, "
                f"{broken} with a socket error"
            )
        own = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return requests, requests * 1e6 / microseconds, own


def lua(text):
    """A Lua string of any bytes."""
    data = text.encode() if isinstance(text, str) else text
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'
