"""Independent gRPC backends: Python's grpcio, not ours."""
import concurrent.futures
import queue
import threading
import time
import urllib.parse

import grpc


class Recorded:
    """One call as a backend saw it."""

    def __init__(self, method, metadata, request, time_remaining):
        self.method = method
        self.metadata = metadata
        self.request = request
        self.time_remaining = time_remaining
        self.began = time.monotonic()
        self.ended = threading.Event()
        self.end = None
        self.was_cancelled = False

    def has_ended(self):
        self.end = time.monotonic()
        self.ended.set()


class RawBackend(grpc.GenericRpcHandler):
    """Takes any unary method as raw bytes and answers as request metadata tell it.

    x-reply-bin    the answer's bytes; without it the request comes back
    x-status       a status code to fail with, x-message its message (percent-encoded)
    x-details-bin  grpc-status-details-bin
    x-initial / x-trailing   "name=value;name=value" to send as initial or trailing metadata
    x-sleep        seconds to wait before answering

    `reply`, when a test sets it, is the answer to calls that have no x-reply-bin.
    """

    def __init__(self, address="127.0.0.1:0", options=(), threads=32):
        self.calls = []
        self.reply = None
        self.running = 0
        self.most_running = 0
        self.lock = threading.Lock()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(threads),
                                  options=[("grpc.so_reuseport", 0), *options])
        self.server.add_generic_rpc_handlers((self,))
        self.port = self.bind(address)
        self.server.start()

    def bind(self, address):
        """Binds a port, and returns it."""
        return self.server.add_insecure_port(address)

    @property
    def address(self):
        """Where it is, on TCP."""
        return f"127.0.0.1:{self.port}"

    def stop(self):
        """Stops at once: calls that run are cut off."""
        self.server.stop(0).wait(5)

    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(
            lambda request, context: self._run(details.method, request, context))

    def _run(self, method, request, context):
        with self.lock:
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        try:
            return self._answer(method, request, context)
        finally:
            with self.lock:
                self.running -= 1

    def _answer(self, method, request, context):
        metadata = {}
        for name, value in context.invocation_metadata():
            metadata.setdefault(name, []).append(value)
        call = Recorded(method, metadata, request, context.time_remaining())
        self.calls.append(call)
        context.add_callback(call.has_ended)

        def told(name, default=None):
            return metadata.get(name, [default])[0]

        if told("x-initial"):
            context.send_initial_metadata(pairs(told("x-initial")))
        trailing = pairs(told("x-trailing", ""))
        if told("x-details-bin") is not None:
            trailing.append(("grpc-status-details-bin", told("x-details-bin")))
        context.set_trailing_metadata(trailing)
        if told("x-sleep"):
            end = time.monotonic() + float(told("x-sleep"))
            while time.monotonic() < end and context.is_active():
                time.sleep(0.005)
            call.was_cancelled = not context.is_active()
        if told("x-status") not in (None, "0"):
            code = next(c for c in grpc.StatusCode if c.value[0] == int(told("x-status")))
            context.abort(code, urllib.parse.unquote(told("x-message", "")))
        return told("x-reply-bin", request if self.reply is None else self.reply)


class StreamCall:
    """A call with a stream on either side, in the hands of the test.

    `send` and `finish` are orders that the backend obeys one after the other. `sent` counts the
    messages that HTTP/2 has taken, which flow control holds up.
    """

    def __init__(self, method, requests, context):
        self.method = method
        self.metadata = {}
        for name, value in context.invocation_metadata():
            self.metadata.setdefault(name, []).append(value)
        self.time_remaining = context.time_remaining()
        self.context = context
        self.requests = []
        self.times = []
        self.sent = 0
        self.half_closed = threading.Event()
        self.ended = threading.Event()
        self.end = None
        self.was_cancelled = False
        self.may_read = threading.Event()
        self.incoming = requests
        self.orders = queue.SimpleQueue()
        if not context.add_callback(self._has_ended):
            self._has_ended()

    def send(self, *messages):
        for message in messages:
            self.orders.put(("message", message))
        return self

    def finish(self, code=0, message="", trailing=()):
        self.orders.put(("end", (code, message, trailing)))
        return self

    def initial(self, *pairs_):
        """Sends the initial metadata, in front of any message."""
        self.orders.put(("initial", pairs_))
        return self

    def has_received(self, count, seconds=5):
        return wait_until(lambda: len(self.requests) >= count, seconds)

    def messages(self):
        """The requests, one by one, as they are taken."""
        try:
            for message in self.incoming:
                self.times.append(time.monotonic())
                self.requests.append(message)
                yield message
        except grpc.RpcError:
            return
        except Exception:  # grpcio says a bare Exception when the call is over
            if not self.ended.wait(1):
                raise
            return
        if not self.ended.is_set():
            self.half_closed.set()

    def obey(self):
        """What the test orders, until it says that the call ends."""
        while True:
            kind, order = self.orders.get()
            if kind == "message":
                yield order
                self.sent += 1
            elif kind == "initial":
                self.context.send_initial_metadata(order)
            else:
                return self.close(*order)

    def close(self, code=0, message="", trailing=()):
        self.context.set_trailing_metadata(tuple(trailing))
        if code:
            status = next(c for c in grpc.StatusCode if c.value[0] == code)
            self.context.abort(status, message)

    def _has_ended(self):
        self.end = time.monotonic()
        # What `is_active` says is the same for a call that has been answered.
        self.was_cancelled = self.context._state.client == "cancelled"
        self.ended.set()
        self.may_read.set()
        self.orders.put(("end", ()))


def obeying(call):
    """Reads what comes beside what is ordered; the way of a `StreamBackend` without another."""
    def read():
        call.may_read.wait()
        for _ in call.messages():
            call.may_read.wait()

    threading.Thread(target=read, daemon=True).start()
    yield from call.obey()


def echoing(call):
    yield from call.messages()


class StreamBackend(grpc.GenericRpcHandler):
    """Takes calls of every kind as raw bytes; `play` makes the answer's messages of a call.

    `arrived` holds the calls that no test has taken.
    """

    def __init__(self, options=(), threads=64):
        self.play = obeying
        self.reads = True
        self.arrived = queue.SimpleQueue()
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(threads),
                                  options=[("grpc.so_reuseport", 0), *options])
        self.server.add_generic_rpc_handlers((self,))
        self.address = f"127.0.0.1:{self.bind('127.0.0.1:0')}"
        self.server.start()

    def bind(self, address):
        """Binds a port, and returns it."""
        return self.server.add_insecure_port(address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Stops at once: calls that run are cut off."""
        self.server.stop(0).wait(5)

    def service(self, details):
        return grpc.stream_stream_rpc_method_handler(
            lambda requests, context: self._serve(details.method, requests, context))

    def _serve(self, method, requests, context):
        call = StreamCall(method, requests, context)
        if self.reads:
            call.may_read.set()
        self.arrived.put(call)
        yield from self.play(call)

    def next(self, seconds=5):
        """The next call that arrives."""
        return self.arrived.get(timeout=seconds)

    def forget(self):
        """Forgets the calls that nobody has asked for, and plays as ordered again."""
        self.play = obeying
        self.reads = True
        while not self.arrived.empty():
            self.arrived.get().finish()


def pairs(text):
    """`a=1;b=2` as metadata; the value of a `-bin` name is its text's bytes."""
    found = [tuple(part.split("=", 1)) for part in text.split(";") if part]
    return [(name, value.encode() if name.endswith("-bin") else value) for name, value in found]


class UserBackend:
    """`user.v1.UserService` in memory, with users 1 to 100, written against the schema alone."""

    def __init__(self, messages):
        self.messages = messages
        self.users = {
            str(number): messages["user.v1.User"](
                id=str(number), name=f"User {number}", email=f"user{number}@example.com",
                created_at=1_735_689_600 + number)
            for number in range(1, 101)}
        methods = {
            "GetUser": (self.get, "user.v1.GetUserRequest"),
            "CreateUser": (self.create, "user.v1.CreateUserRequest"),
            "UpdateUser": (self.update, "user.v1.UpdateUserRequest"),
            "DeleteUser": (self.delete, "user.v1.DeleteUserRequest"),
        }
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                method, request_deserializer=messages[request].FromString,
                response_serializer=lambda answer: answer.SerializeToString())
            for name, (method, request) in methods.items()}
        self.server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
        self.server.add_generic_rpc_handlers(
            (grpc.method_handlers_generic_handler("user.v1.UserService", handlers),))
        self.address = f"127.0.0.1:{self.server.add_insecure_port('127.0.0.1:0')}"
        self.server.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop(0).wait(5)

    def existing(self, identifier, context):
        if identifier not in self.users:
            context.abort(grpc.StatusCode.NOT_FOUND, f"user '{identifier}' not found")
        return self.users[identifier]

    def get(self, request, context):
        return self.existing(request.user_id, context)

    def create(self, request, context):
        if request.id in self.users:
            context.abort(grpc.StatusCode.ALREADY_EXISTS, f"user '{request.id}' exists already")
        user = self.messages["user.v1.User"](
            id=request.id or f"new-{len(self.users)}", name=request.name, email=request.email,
            created_at=1_800_000_000)
        self.users[user.id] = user
        return user

    def update(self, request, context):
        user = self.existing(request.user.id, context)
        for path in list(request.update_mask.paths) or ["name", "email", "created_at"]:
            setattr(user, path, getattr(request.user, path))
        return user

    def delete(self, request, context):
        self.existing(request.user_id, context)
        del self.users[request.user_id]
        return self.messages["google.protobuf.Empty"]()


def wait_until(condition, seconds=5):
    """Whether the condition came true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.005)
    return bool(condition())
