"""Bodies that are no JSON: forms, uploads, raw bodies, and the mask of a PATCH."""
import base64
import pathlib

import grpc_tools
import pytest
from grpc_tools import protoc

from processes import ROOT, run
from schema import Messages
from wire import ask

PROTO = """
syntax = "proto3";
package files.v1;
import "google/api/httpbody.proto";
import "google/protobuf/field_mask.proto";
message File {
  string name = 1;
  bytes content = 2;
  google.api.HttpBody document = 3;
  int32 size = 4;
  repeated string tags = 5;
}
message Change { File file = 1; google.protobuf.FieldMask update_mask = 2; }
service Files {
  rpc Put(File) returns (File);
  rpc Echo(google.api.HttpBody) returns (google.api.HttpBody);
  rpc Update(Change) returns (Change);
}
"""
ROUTES = [
    {"route": "POST /files", "rpc": "files.v1.Files/Put", "body": "*"},
    {"route": "POST /files/{name}", "rpc": "files.v1.Files/Put", "body": "*"},
    {"route": "POST /echo", "rpc": "files.v1.Files/Echo", "body": "*"},
    {"route": "PUT /files/{name}/document", "rpc": "files.v1.Files/Put", "body": "document",
     "response_body": "document"},
    {"route": "PATCH /files/{file.name}", "rpc": "files.v1.Files/Update", "body": "file"},
    {"route": "PATCH /unmasked/{file.name}", "rpc": "files.v1.Files/Update", "body": "file",
     "patch_mask": False},
]
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def files(tmp_path_factory, gateways, backend):
    folder = tmp_path_factory.mktemp("files")
    (folder / "files.proto").write_text(PROTO)
    well_known = pathlib.Path(grpc_tools.__file__).parent / "_proto"
    assert protoc.main(["protoc", f"-I{folder}", f"-I{ROOT / 'protos'}", f"-I{well_known}",
                        "--include_imports", f"--descriptor_set_out={folder / 'set'}",
                        str(folder / "files.proto")]) == 0
    gateway = gateways.start(backend.address, routes=ROUTES,
                             schema={"descriptor_sets": [str(folder / "set")]})
    gateway.messages = Messages(folder / "set")
    return gateway


def received(files, backend, name):
    """The last message that the backend got."""
    return files.messages[name].FromString(backend.calls[-1].request)


def test_a_form_binds_like_a_query(files, backend):
    answer = ask(files.port, "POST", "/files", b"name=a+b&size=7&tags=x&tags=%C3%A9", FORM)
    assert answer.status == 200, answer
    file = received(files, backend, "files.v1.File")
    assert (file.name, file.size, list(file.tags)) == ("a b", 7, ["x", "\u00e9"])


def test_the_path_stays_authoritative_over_a_form(files, backend):
    before = len(backend.calls)
    assert ask(files.port, "POST", "/files/a", b"name=a&size=1", FORM).status == 200
    answer = ask(files.port, "POST", "/files/a", b"name=b", FORM)
    assert answer.status == 400 and "name" in str(answer.json()["details"])
    assert len(backend.calls) == before + 1


@pytest.mark.parametrize("body", [b"nam=x", b"size=x", b"size=1&size=2", b"name=%zz"])
def test_a_wrong_form_is_a_400(files, body):
    assert ask(files.port, "POST", "/files", body, FORM).status == 400


@pytest.mark.parametrize("body", [b'{"name": "a"}', b"[1]", b' {"name": "a"}'])
def test_json_that_calls_itself_a_form_is_told_what_to_send(files, body):
    answer = ask(files.port, "POST", "/files", body, FORM)
    assert answer.status == 415
    assert "content-type: application/json" in answer.json()["message"]


def test_a_form_for_a_route_with_a_body_field_is_a_415(files):
    assert ask(files.port, "PATCH", "/files/a", b"size=1", FORM).status == 415


def test_curl_uploads_a_file_into_a_bytes_field(files, backend, tmp_path):
    content = bytes(range(256)) * 100
    (tmp_path / "photo.bin").write_bytes(content)
    done = run(["curl", "-sS", "-m", "20", "--fail", "-F", "name=me", "-F", "size=3",
                "-F", f"content=@{tmp_path / 'photo.bin'}",
                "-F", f"document=@{tmp_path / 'photo.bin'};type=image/png",
                f"http://127.0.0.1:{files.port}/files"])
    assert done.returncode == 0, done.stderr
    file = received(files, backend, "files.v1.File")
    assert (file.name, file.size, file.content) == ("me", 3, content)
    assert (file.document.content_type, file.document.data) == ("image/png", content)


@pytest.mark.parametrize(("kind", "body", "status"), [
    ("multipart/form-data", b"--x--\r\n", 400),
    ("multipart/form-data; boundary=x", b"no boundary", 400),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n\r\n--x--",
     400),
    ("multipart/mixed; boundary=x", b"--x--\r\n", 415),
])
def test_a_wrong_multipart_body_is_refused(files, kind, body, status):
    assert ask(files.port, "POST", "/files", body, {"content-type": kind}).status == status


@pytest.mark.parametrize("kind", ["image/png", "text/csv; charset=latin1", "application/json",
                                  "application/x-www-form-urlencoded", ""])
def test_an_http_body_goes_there_and_back_as_it_is(files, backend, kind):
    data = b"\x00\xff{not json"
    answer = ask(files.port, "POST", "/echo", data, {"content-type": kind} if kind else {})
    assert answer.status == 200, answer
    body = received(files, backend, "google.api.HttpBody")
    assert (body.content_type, body.data) == (kind, data)
    assert answer.body == data
    assert answer.field("content-type") == (kind or "application/octet-stream")


def test_a_raw_body_fills_its_field_beside_the_path(files, backend):
    answer = ask(files.port, "PUT", "/files/a/document", b"<p>", {"content-type": "text/html"})
    assert (answer.status, answer.body, answer.field("content-type")) == (200, b"<p>", "text/html")
    assert received(files, backend, "files.v1.File").name == "a"


def test_a_backends_content_type_cannot_split_the_head(files, backend):
    reply = files.messages["google.api.HttpBody"](content_type="a/b\r\nx-evil: 1", data=b"d")
    told = {"x-reply-bin": base64.b64encode(reply.SerializeToString()).decode()}
    answer = ask(files.port, "POST", "/echo", b"", told)
    assert answer.status == 200 and answer.field("x-evil") is None
    assert answer.field("content-type") == "application/octet-stream"


@pytest.mark.parametrize(("body", "paths"), [
    (b'{"size": 1}', ["size"]),
    (b'{"size": 0, "tags": []}', ["size", "tags"]),
    # An HttpBody is one value.
    (b'{"document": {"contentType": "a/b"}}', ["document"]),
    (b"{}", []),
])
def test_a_patch_fills_its_mask_from_the_body(files, backend, body, paths):
    assert ask(files.port, "PATCH", "/files/a", body, JSON).status == 200
    change = received(files, backend, "files.v1.Change")
    assert (change.file.name, list(change.update_mask.paths)) == ("a", paths)


def test_a_clients_own_mask_is_kept(files, backend):
    answer = ask(files.port, "PATCH", "/files/a?update_mask=tags", b'{"size": 1}', JSON)
    assert answer.status == 200, answer
    assert list(received(files, backend, "files.v1.Change").update_mask.paths) == ["tags"]


def test_a_route_may_switch_the_mask_off(files, backend):
    assert ask(files.port, "PATCH", "/unmasked/a", b'{"size": 1}', JSON).status == 200
    assert not received(files, backend, "files.v1.Change").HasField("update_mask")
