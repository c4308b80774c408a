"""A part of the protobuf JSON conformance suite, end to end: client, gateway, backend and back."""
import base64
import json

import pytest
from google.protobuf import json_format

from corpus import corpus_file, skipped_without
from schema import Messages
from wire import Wire, request

EVERY = 5
SERVICE = "conformance.v1.ConformanceService"
METHODS = {  # message type: method and path (corpus/README.md)
    "protobuf_test_messages.proto3.TestAllTypesProto3": ("EchoProto3", "proto3"),
    "protobuf_test_messages.proto2.TestAllTypesProto2": ("EchoProto2", "proto2"),
    "protobuf_test_messages.editions.proto3.TestAllTypesProto3":
        ("EchoEditionsProto3", "editions_proto3"),
    "protobuf_test_messages.editions.proto2.TestAllTypesProto2":
        ("EchoEditionsProto2", "editions_proto2"),
    "protobuf_test_messages.editions.TestAllTypesEdition2023": ("EchoEdition2023", "edition2023"),
}


def cases():
    path = corpus_file("protobuf_json_conformance.jsonl")
    if path is None:
        return [skipped_without("protobuf_json_conformance.jsonl")]
    with open(path) as lines:
        chosen = [json.loads(line) for number, line in enumerate(lines) if number % EVERY == 0]
    return [pytest.param(case, id=case["name"]) for case in chosen]


@pytest.fixture(scope="module")
def types():
    return Messages(corpus_file("conformance_descriptors.pb"))


@pytest.fixture(scope="module")
def wire(gateways, backend):
    """A connection to a gateway with each method twice: strict, and ignoring unknown fields."""
    routes = [
        {"route": f"POST /{folder}/{path}", "rpc": f"{SERVICE}/{method}", "body": "*",
         "unknown_fields": policy}
        for folder, policy in (("strict", "refuse"), ("lenient", "ignore"))
        for method, path in METHODS.values()]
    gateway = gateways.start(
        backend.address, routes=routes,
        schema={"descriptor_sets": [str(corpus_file("conformance_descriptors.pb"))]})
    with Wire(gateway.port) as connection:
        yield connection


def decoded(case, name):
    return base64.b64decode(case[name])


def assert_equal_json(types, message_type, body, wanted, case):
    """Equal as values; as messages where the text of a number is the writer's own choice."""
    if case.get("validator"):
        assert json.loads(body) == json.loads(wanted)
    one, other = (json_format.Parse(text, message_type(), descriptor_pool=types.pool)
                  for text in (body, wanted))
    assert one == other, (body, wanted)


@pytest.mark.parametrize("case", cases())
def test_the_conformance_suite_passes(wire, backend, types, case):
    message_type = types[case["message_type"]]
    lenient = case["test_category"] == "JSON_IGNORE_UNKNOWN_PARSING_TEST"
    target = f"/{'lenient' if lenient else 'strict'}/{METHODS[case['message_type']][1]}"
    backend.reply = None
    body = b"{}"
    if "protobuf_b64" in case["input"]:
        backend.reply = decoded(case["input"], "protobuf_b64")
    elif "json" in case["input"]:
        body = case["input"]["json"].encode()
    else:
        body = decoded(case["input"], "json_b64")
    count = len(backend.calls)
    answer = wire.send(
        request("POST", target, body, {"content-type": "application/json"})).answer()
    expect = case["expect"]
    if "parse_error" in expect:
        assert answer.status == 400 and len(backend.calls) == count, answer
    elif "serialize_error" in expect:
        assert answer.status >= 500, answer
    elif "json" in expect:
        assert answer.status == 200, answer
        if case.get("validator") or answer.json() != json.loads(expect["json"]):
            assert_equal_json(types, message_type, answer.body, expect["json"], case)
    else:
        assert answer.status == 200, answer
        received = message_type.FromString(backend.calls[-1].request)
        wanted = message_type.FromString(decoded(expect, "protobuf_b64"))
        assert received.SerializeToString(deterministic=True) == \
            wanted.SerializeToString(deterministic=True)
