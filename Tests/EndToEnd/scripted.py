"""An HTTP/2 peer that does exactly what a script says, right or wrong (Python's h2)."""
import socket
import struct
import threading

import h2.config
import h2.connection
import h2.events
import h2.exceptions
from hyperframe.frame import GoAwayFrame

GRPC_HEAD = [(":status", "200"), ("content-type", "application/grpc")]


class Call:
    """A request that has come in whole, and the ways to answer it."""

    def __init__(self, connection, stream, headers, body):
        self.connection = connection
        self.stream = stream
        self.headers = headers
        self.body = body

    def send_headers(self, fields, end=False):
        self.connection.h2.send_headers(self.stream, fields, end_stream=end)
        return self

    def send_data(self, data, end=False):
        """Sends within the window; a message that does not fit is the script's mistake."""
        while len(data) > 16000:
            self.connection.h2.send_data(self.stream, data[:16000])
            data = data[16000:]
        self.connection.h2.send_data(self.stream, data, end_stream=end)
        return self

    def answer(self, status=0, message=None, fields=(), head=GRPC_HEAD):
        """A whole answer: head, message, trailers."""
        self.send_headers(head)
        if message is not None:
            self.send_data(frame(message))
        return self.send_headers([("grpc-status", str(status)), *fields], end=True)

    def trailers_only(self, fields):
        return self.send_headers(GRPC_HEAD + fields, end=True)

    def reset(self, code):
        self.connection.h2.reset_stream(self.stream, code)

    def go_away(self, last=None, code=0):
        """Says GOAWAY and goes on serving, as the protocol has it."""
        last = self.stream if last is None else last
        self.connection.write_raw(GoAwayFrame(0, last_stream_id=last, error_code=code).serialize())

    def drop(self):
        """Closes the socket in the middle of everything."""
        self.connection.close()


def frame(message, compressed=0):
    """A gRPC message with its prefix."""
    return struct.pack(">BI", compressed, len(message)) + message


class Connection:
    """One connection of the gateway, served on a thread of its own."""

    def __init__(self, backend, accepted):
        self.backend = backend
        self.socket = accepted
        self.number = backend.accepted
        self.requests = {}
        self.is_closed = False
        self.h2 = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=False, header_encoding=None, validate_outbound_headers=False,
            normalize_outbound_headers=False))
        threading.Thread(target=self._serve, daemon=True).start()

    def write_raw(self, data):
        self.socket.sendall(self.h2.data_to_send() + data)

    def close(self):
        self.is_closed = True
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.socket.close()

    def _serve(self):
        try:
            self.h2.initiate_connection()
            self.write_raw(b"")
            while not self.is_closed:
                data = self.socket.recv(65536)
                if not data:
                    break
                for event in self.h2.receive_data(data):
                    self._take(event)
                if not self.is_closed:
                    self.write_raw(b"")
        except (OSError, h2.exceptions.ProtocolError):
            pass  # the gateway has gone, or was told nonsense and has closed
        finally:
            self.close()

    def _take(self, event):
        if isinstance(event, h2.events.RequestReceived):
            self.requests[event.stream_id] = (dict(event.headers), bytearray())
        elif isinstance(event, h2.events.DataReceived):
            self.requests[event.stream_id][1].extend(event.data)
            self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamReset):
            self.backend.resets.append((event.stream_id, event.error_code))
        elif isinstance(event, h2.events.StreamEnded):
            headers, body = self.requests.pop(event.stream_id)
            call = Call(self, event.stream_id, headers, bytes(body))
            self.backend.calls.append(call)
            self.backend.script(call)


class ScriptedBackend:
    """A listener whose `script` answers each call; it runs on the connection's thread."""

    def __init__(self, script=None):
        self.script = script or (lambda call: call.answer(0, b""))
        self.calls = []
        self.resets = []
        self.accepted = 0
        self.connections = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address = "127.0.0.1:%d" % self.listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.accepted += 1
            self.connections.append(Connection(self, accepted))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for connection in self.connections:
            connection.close()
