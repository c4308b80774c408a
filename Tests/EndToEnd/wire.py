"""A strict HTTP/1.1 client that hides nothing: bytes out, answers in, every wait bounded."""
import json
import re
import socket
import time

SECONDS = 15
TOKEN = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
STATUS_LINE = re.compile(rb"HTTP/1\.1 ([0-9]{3}) [\t\x20-\x7e]*")
VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")


class Answer:
    """One answer of the gateway; `fields` has lower-case names in the order they came."""

    def __init__(self, status, fields, body):
        self.status = status
        self.fields = fields
        self.body = body

    def field(self, name):
        """The value of a field that may come at most once; None without it."""
        values = [value for key, value in self.fields if key == name]
        assert len(values) <= 1, f"{name} came {len(values)} times: {self.fields}"
        return values[0] if values else None

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.fields} {self.body[:500]!r}>"


class Wire:
    """A connection to the gateway."""

    def __init__(self, port, seconds=SECONDS):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)
        return self

    def answer(self, to="GET"):
        """The next answer; `to` is the method that was sent, since HEAD gets no body."""
        while b"\r\n\r\n" not in self.received:
            self._receive("the end of a head")
        head, _, self.received = self.received.partition(b"\r\n\r\n")
        status_line, *lines = head.split(b"\r\n")
        matched = STATUS_LINE.fullmatch(status_line)
        assert matched, f"not a status line: {status_line!r}"
        fields = []
        for line in lines:
            name, colon, value = line.partition(b":")
            assert colon and TOKEN.fullmatch(name) and VALUE.fullmatch(value), f"field {line!r}"
            fields.append((name.decode().lower(), value.strip().decode("latin-1")))
        answer = Answer(int(matched[1]), fields, b"")
        length = answer.field("content-length")
        assert answer.field("transfer-encoding") is None, f"unary answers have a length: {answer}"
        if to != "HEAD" and answer.status not in (204, 304) and answer.status >= 200:
            assert length is not None, f"an answer without its length: {answer}"
            while len(self.received) < int(length):
                self._receive("the end of a body")
            answer.body = self.received[:int(length)]
            self.received = self.received[int(length):]
        return answer

    def rest(self):
        """What else comes until the gateway closes the connection."""
        try:
            while True:
                self._receive("the end of the connection")
        except EOFError:
            return self.received

    def is_closed_within(self, seconds):
        """Whether the gateway closes in time, with nothing said before."""
        self.socket.settimeout(seconds)
        try:
            return self.rest() == b""
        except TimeoutError:
            return False

    def _receive(self, wanted):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError as error:
            raise EOFError(f"reset before {wanted}; so far {self.received!r}") from error
        except TimeoutError as error:
            raise TimeoutError(f"no {wanted}; so far {self.received!r}") from error
        if not data:
            raise EOFError(f"closed before {wanted}; so far {self.received!r}")
        self.received += data


def request(method, target, body=None, fields=(), host="gateway.test"):
    """The bytes of a request; a body that is not bytes is sent as JSON."""
    fields = list(fields.items() if isinstance(fields, dict) else fields)
    names = {name.lower() for name, _ in fields}
    if body is not None and not isinstance(body, bytes):
        body = json.dumps(body).encode()
        if "content-type" not in names:
            fields.append(("content-type", "application/json"))
    if body is not None and not names & {"content-length", "transfer-encoding"}:
        fields.append(("content-length", str(len(body))))
    if host is not None:
        fields.insert(0, ("host", host))
    lines = [f"{method} {target} HTTP/1.1"] + [f"{name}: {value}" for name, value in fields]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


def ask(port, method, target, body=None, fields=(), seconds=SECONDS):
    """One request on a connection of its own, and its answer."""
    with Wire(port, seconds) as wire:
        return wire.send(request(method, target, body, fields)).answer(to=method)


def timed(action):
    """What the action returns, and how many seconds it took."""
    start = time.monotonic()
    result = action()
    return result, time.monotonic() - start
