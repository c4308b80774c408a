"""The messages of protos/, made at run time by Google's own compiler and library."""
import pathlib

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

from processes import ROOT

FILES = ["user/v1/user.proto", "google/rpc/status.proto", "google/rpc/error_details.proto"]


def compile_set(path):
    """Writes a descriptor set with imports of the sample's schema and of `google.rpc`."""
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    code = protoc.main(["protoc", f"-I{ROOT / 'protos'}", f"-I{well_known}", "--include_imports",
                        f"--descriptor_set_out={path}", *FILES])
    assert code == 0, "protoc refused protos/"


class Messages:
    """Message classes by full name: `messages["user.v1.User"]`."""

    def __init__(self, path):
        self.pool = descriptor_pool.DescriptorPool()
        files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(path).read_bytes())
        for file in files.file:
            self.pool.Add(file)

    def __getitem__(self, name):
        return message_factory.GetMessageClass(self.pool.FindMessageTypeByName(name))

    def as_json(self, message):
        """The message as the ProtoJSON that a client should get."""
        return json_format.MessageToDict(message, descriptor_pool=self.pool)

    def status(self, code, message, details=()):
        """A serialized `google.rpc.Status`; each detail is a message or a pair (URL, bytes)."""
        status = self["google.rpc.Status"](code=code, message=message)
        for detail in details:
            packed = status.details.add()
            if isinstance(detail, tuple):
                packed.type_url, packed.value = detail
            else:
                packed.Pack(detail)
        return status.SerializeToString()
