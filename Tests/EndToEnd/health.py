"""A grpcio backend that says how it is by `grpc.health.v1`."""
import pathlib
import tempfile
import threading

import grpc
from grpc_tools import protoc

from backends import RawBackend
from schema import Messages

HERE = pathlib.Path(__file__).parent
SERVING, NOT_SERVING = 1, 2


def health_messages():
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "health.binpb"
        code = protoc.main(["protoc", f"-I{HERE}", f"--descriptor_set_out={path}", "health.proto"])
        assert code == 0, "protoc refused health.proto"
        return Messages(path)


class HealthBackend(RawBackend):
    """Serves any method, and `Watch` and `Check` as far as `knows` has them."""

    messages = health_messages()

    def __init__(self, status=SERVING, knows=("Watch", "Check"), **options):
        self.status = status
        self.knows = knows
        self.changed = threading.Condition()
        self.asked = []
        super().__init__(**options)

    def service(self, details):
        if not details.method.startswith("/grpc.health.v1.Health/"):
            return super().service(details)
        name = details.method.rsplit("/", 1)[1]
        if name not in self.knows:
            return None
        kinds = {"Watch": grpc.unary_stream_rpc_method_handler,
                 "Check": grpc.unary_unary_rpc_method_handler}
        methods = {"Watch": self.watch, "Check": self.check}
        return kinds[name](
            methods[name],
            request_deserializer=self.messages["grpc.health.v1.HealthCheckRequest"].FromString,
            response_serializer=lambda answer: answer.SerializeToString())

    def become(self, status):
        with self.changed:
            self.status = status
            self.changed.notify_all()

    def answer(self):
        return self.messages["grpc.health.v1.HealthCheckResponse"](status=self.status)

    def check(self, request, context):
        self.asked.append(("Check", request.service))
        return self.answer()

    def watch(self, request, context):
        self.asked.append(("Watch", request.service))
        told = None
        while context.is_active():
            with self.changed:
                if told == self.status:
                    self.changed.wait(0.1)
                if told == self.status:
                    continue
                told = self.status
            yield self.answer()
