"""Random messages against Google's own JSON mapping, both ways through a running gateway."""
import json
import pathlib
import random
import struct

import grpc_tools
import pytest
from google.protobuf import json_format, text_format
from grpc_tools import protoc

from corpus import corpus_file
from processes import ROOT
from schema import Messages
from wire import Wire, request

COUNT = 300
PARTS = 10
DEPTH = 3
PROTOS = ROOT / "Tests" / "Fuzz" / "protos"
SUBJECTS = {  # message type: its method
    "fuzz.Open": "fuzz.OpenService/Echo",
    "fuzz.Closed": "fuzz.ClosedService/Echo",
    "protobuf_test_messages.proto3.TestAllTypesProto3":
        "conformance.v1.ConformanceService/EchoProto3",
}
CORPUS = "conformance_descriptors.pb"
TEXTS = ["", "a", "Ünïcödé", "\u0000\u0001\u001f", "\"\\/\b\f\n\r\t", "𝄞🙂",
         "\u2028</script>", "null", "0", "x" * 300]


def compile_protos(path):
    """Writes a descriptor set with imports of the messages that have one of everything."""
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    code = protoc.main(["protoc", f"-I{PROTOS}", f"-I{well_known}", "--include_imports",
                        f"--descriptor_set_out={path}", "fuzz2.proto", "fuzz3.proto"])
    assert code == 0, f"protoc refused {PROTOS}"


class Fields:
    """The fields of a message as items."""

    def __init__(self, message):
        self.message = message

    def __getitem__(self, name):
        return getattr(self.message, name)

    def __setitem__(self, name, value):
        setattr(self.message, name, value)


class Maker:
    """Fills messages at random from their descriptors."""

    def __init__(self, seed, messages):
        self.random = random.Random(seed)
        self.messages = messages

    def message(self, message, depth=DEPTH):
        """Sets some of the fields of a message; the deeper, the fewer."""
        kind = message.DESCRIPTOR
        fill = getattr(self, f"fill_{kind.name}", None)
        if kind.file.package == "google.protobuf" and fill:
            fill(message, depth)
            return message
        share = self.random.choice([0.02, 0.1, 0.3]) if depth == DEPTH else 0.03
        for field in [*kind.fields, *self.messages.pool.FindAllExtensions(kind)]:
            if field.is_required or self.random.random() < share:
                self.field(message, field, depth)
        return message

    def field(self, message, field, depth):
        if field.message_type and depth == 0:
            return
        # Extensions are items, fields are attributes.
        values = message.Extensions if field.is_extension else Fields(message)
        key = field if field.is_extension else field.name
        if field.message_type and field.message_type.GetOptions().map_entry:
            self.map(values[key], field.message_type, depth)
        elif field.is_repeated:
            for _ in range(self.random.randrange(4)):
                if field.message_type:
                    self.message(values[key].add(), depth - 1)
                else:
                    values[key].append(self.scalar(field))
        elif field.message_type:
            values[key].SetInParent()
            self.message(values[key], depth - 1)
        else:
            values[key] = self.scalar(field)

    def map(self, values, entry, depth):
        key, value = entry.fields_by_name["key"], entry.fields_by_name["value"]
        for _ in range(self.random.randrange(4)):
            # A NUL in a key is refused by the gateway: C strings end there.
            name = self.scalar(key)
            name = name.replace("\0", "") if isinstance(name, str) else name
            if value.message_type:
                self.message(values[name], depth - 1)
            else:
                values[name] = self.scalar(value)

    def scalar(self, field):
        kind = field.type
        if kind == field.TYPE_STRING:
            return self.text()
        if kind == field.TYPE_BYTES:
            return self.random.randbytes(self.random.choice([0, 1, 2, 3, 50]))
        if kind == field.TYPE_BOOL:
            return self.random.random() < 0.5
        if kind == field.TYPE_ENUM:
            numbers = [value.number for value in field.enum_type.values]
            # An open enum holds numbers that have no name; a NullValue is null, whatever it holds.
            if not field.enum_type.is_closed and field.enum_type.name != "NullValue":
                numbers.append(12345)
            return self.random.choice(numbers)
        if kind == field.TYPE_DOUBLE:
            return self.double("<d", 8)
        if kind == field.TYPE_FLOAT:
            return self.double("<f", 4)
        bits = 64 if kind in (field.TYPE_INT64, field.TYPE_UINT64, field.TYPE_SINT64,
                              field.TYPE_FIXED64, field.TYPE_SFIXED64) else 32
        signed = kind not in (field.TYPE_UINT32, field.TYPE_UINT64, field.TYPE_FIXED32,
                              field.TYPE_FIXED64)
        return self.integer(bits, signed)

    def integer(self, bits, signed=True):
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
        return self.random.choice(
            [0, 1, low, high, high - 1, low + 1, min(high, 2**53 + 1),
             self.random.randint(low, high), self.random.randint(low, high)])

    def double(self, form, size):
        if self.random.random() < 0.5:
            value = self.random.choice([0.0, -0.0, 1.5, 1e15, 1e16, 123456789.0, 1e-7, 0.1,
                                        float("inf"), float("-inf"), float("nan")])
            return struct.unpack(form, struct.pack(form, value))[0]
        return struct.unpack(form, self.random.randbytes(size))[0]

    def text(self):
        return self.random.choice(TEXTS + ["".join(
            chr(self.random.choice([self.random.randrange(32, 127),
                                    self.random.randrange(0xA0, 0xD7FF)]))
            for _ in range(self.random.randrange(20)))])

    # Types with a JSON form of their own: only what that form has.

    def fill_Timestamp(self, message, _):
        message.seconds = self.random.choice(
            [0, -1, -62135596800, 253402300799, self.random.randint(-62135596800, 253402300799)])
        message.nanos = self.nanos()

    def fill_Duration(self, message, _):
        seconds = self.random.choice([0, 1, 315576000000, self.random.randrange(315576000000)])
        nanos = 0 if seconds == 315576000000 else self.nanos()
        sign = self.random.choice([1, -1])
        message.seconds, message.nanos = sign * seconds, sign * nanos

    def nanos(self):
        return self.random.choice([0, 1, 999999999, 500000000, 120000, 7000])

    def fill_FieldMask(self, message, _):
        message.paths.extend(self.random.sample(
            ["a", "foo_bar", "foo_bar.b_c", "x1.y", "_private", "*"], self.random.randrange(4)))

    def fill_Any(self, message, depth):
        if self.random.random() < 0.2:
            return
        name = self.random.choice(["google.protobuf.Duration", "google.protobuf.StringValue",
                                   "google.protobuf.Struct", self.messages.subject])
        message.Pack(self.message(self.messages[name](), max(0, depth - 1)))

    def fill_Struct(self, message, depth):
        message.SetInParent()
        for _ in range(self.random.randrange(3)):
            self.fill_Value(message.fields[self.text().replace("\0", "")], depth - 1)

    def fill_ListValue(self, message, depth):
        message.SetInParent()
        for _ in range(self.random.randrange(3)):
            self.fill_Value(message.values.add(), depth - 1)

    def fill_Value(self, message, depth):
        kind = self.random.randrange(6 if depth > 0 else 4)
        if kind == 0:
            message.null_value = 0
        elif kind == 1:
            # A Value holds no NaN and no infinity.
            message.number_value = self.random.choice([0.0, -1.5, 1e300, 3, 2**53])
        elif kind == 2:
            message.string_value = self.text()
        elif kind == 3:
            message.bool_value = self.random.random() < 0.5
        elif kind == 4:
            self.fill_Struct(message.struct_value, depth - 1)
        else:
            self.fill_ListValue(message.list_value, depth - 1)


@pytest.fixture(scope="module", params=SUBJECTS)
def types(request, tmp_path_factory):
    """The subject's messages; its name and the path of its descriptors."""
    if request.param.startswith("fuzz."):
        path = tmp_path_factory.mktemp("oracle") / "fuzz.binpb"
        compile_protos(path)
    else:
        path = corpus_file(CORPUS)
        if path is None:
            pytest.skip(f"SKIPPED: no corpus ({CORPUS})")
    messages = Messages(path)
    messages.subject, messages.path = request.param, path
    return messages


@pytest.fixture(scope="module")
def wire(gateways, backend, types):
    gateway = gateways.start(
        backend.address,
        routes=[{"route": "POST /echo", "rpc": SUBJECTS[types.subject], "body": "*"}],
        schema={"descriptor_sets": [str(types.path)]})
    with Wire(gateway.port) as connection:
        yield connection


@pytest.mark.parametrize("part", range(PARTS))
def test_random_messages_are_read_and_written_as_google_does(wire, backend, types, part):
    kind = types[types.subject]
    for number in range(part * COUNT // PARTS, (part + 1) * COUNT // PARTS):
        maker = Maker(number, types)
        sent, answered = maker.message(kind()), maker.message(kind())
        backend.reply = answered.SerializeToString()
        names = {"preserving_proto_field_name": number % 3 == 1,
                 "use_integers_for_enums": number % 5 == 1}
        body = json_format.MessageToJson(sent, descriptor_pool=types.pool, **names).encode()
        wire.send(request("POST", "/echo", body, {"content-type": "application/json"}))
        answer = wire.answer()
        assert answer.status == 200, (number, answer, body)
        received = kind.FromString(backend.calls[-1].request)
        assert text(received, types.pool) == text(sent, types.pool), number
        # Python alone reads -0 as the integer 0.
        value = json.loads(answer.body, parse_int=lambda digits: float(digits)
                           if digits == "-0" else int(digits))
        printed = json_format.ParseDict(value, kind(), descriptor_pool=types.pool)
        assert text(printed, types.pool) == text(answered, types.pool), number


def text(message, pool):
    """The message as text that tells all but the payload of a NaN and the order of maps."""
    return text_format.MessageToString(message, descriptor_pool=pool)
