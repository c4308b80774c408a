"""A grpcio backend that shows its schema by server reflection, rightly or wrongly."""
import pathlib
import tempfile

import grpc
import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_reflection.v1alpha import reflection, reflection_pb2
from grpc_tools import protoc

from backends import RawBackend

V1, V1ALPHA = "grpc.reflection.v1", "grpc.reflection.v1alpha"
Response = reflection_pb2.ServerReflectionResponse


def compile_texts(texts):
    """A descriptor set, imports included, of files given as path and text."""
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    with tempfile.TemporaryDirectory() as folder:
        for path, text in texts.items():
            file = pathlib.Path(folder) / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        out = pathlib.Path(folder) / "set"
        code = protoc.main(["protoc", f"-I{folder}", f"-I{well_known}", "--include_imports",
                            f"--descriptor_set_out={out}", *texts])
        assert code == 0, f"protoc refused {list(texts)}"
        return descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())


class Reflection:
    """What a backend says of itself: services, and the files they are in.

    grpcio's own servicer sends every import with each file; `alone` sends the one file that was
    asked for, as other servers do.
    """

    def __init__(self, texts, services=None, alone=False):
        self.files = compile_texts(texts)
        self.pool = descriptor_pool.DescriptorPool()
        for file in self.files.file:
            self.pool.Add(file)
        declared = [f"{file.package}.{service.name}".strip(".")
                    for file in self.files.file if file.name in texts for service in file.service]
        self.services = declared if services is None else services
        self.servicer = reflection.ReflectionServicer([*self.services, V1 + ".ServerReflection"],
                                                      pool=self.pool)
        self.alone = alone

    def message(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def answers(self, requests, context):
        if not self.alone:
            yield from self.servicer.ServerReflectionInfo(requests, context)
            return
        for request in requests:
            yield self.answer(request)

    def answer(self, request):
        """The answer to one question."""
        whole = next(self.servicer.ServerReflectionInfo(iter([request]), None))
        files = whole.file_descriptor_response.file_descriptor_proto
        if len(files) > 1:
            # The servicer puts the file that was asked for in front.
            del files[1:]
        return whole


class ReflectingBackend(RawBackend):
    """Echoes every unary call, and shows a schema that a test may change."""

    def __init__(self, shown, versions=(V1, V1ALPHA), **options):
        self.shown = shown
        self.versions = versions
        self.asked = []
        super().__init__(**options)

    def service(self, details):
        package, _, rest = details.method[1:].rpartition(".ServerReflection/")
        if rest != "ServerReflectionInfo":
            return super().service(details)
        if package not in self.versions:
            return None
        return grpc.stream_stream_rpc_method_handler(
            lambda requests, context: self._reflect(package, requests, context),
            request_deserializer=reflection_pb2.ServerReflectionRequest.FromString,
            response_serializer=lambda answer: (
                answer if isinstance(answer, bytes) else answer.SerializeToString()))

    def _reflect(self, package, requests, context):
        self.asked.append((package, []))
        kept = self.asked[-1][1]

        def noted():
            for request in requests:
                kept.append(request)
                yield request

        yield from self.shown.answers(noted(), context)


class Broken:
    """Answers by a function of the question, over a reflection that would be right."""

    def __init__(self, right, answer):
        self.right = right
        self.answer = answer

    def answers(self, requests, context):
        for request in requests:
            told = self.answer(request)
            yield self.right.answer(request) if told is None else told


def refusal(code, message):
    return Response(error_response=reflection_pb2.ErrorResponse(
        error_code=code, error_message=message))


def with_files(*files):
    return Response(file_descriptor_response=reflection_pb2.FileDescriptorResponse(
        file_descriptor_proto=files))
