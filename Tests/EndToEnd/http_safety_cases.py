"""Messages that are known to tell two readers of the same bytes apart (RFC 9112, 11.2).

Each case is a message, and what is to come of it when another request follows in the same bytes:

* a refusal: its status, `Connection: close`, the end of the connection, and neither the message nor
  what follows it reaches the backend;
* or a list of statuses, one for each answer, and the ids that the backend is asked for.
"""
import typing

from wire import request

BEHIND = request("GET", "/v1/users/behind")
JSON = b"Content-Type: application/json\r\n"


class Case(typing.NamedTuple):
    """A message, the status of its refusal or those of all answers, and the rule that says so."""
    name: str
    data: bytes
    expected: int | list
    reason: str
    calls: tuple = ()

    def __str__(self):
        return self.name


def post(fields, body=b"", version=b"1.1"):
    return (b"POST /v1/users HTTP/" + version + b"\r\nHost: x\r\n" + JSON + fields + b"\r\n" + body)


def get(fields):
    return b"GET /v1/users/b HTTP/1.1\r\nHost: x\r\n" + fields + b"\r\n"


def line(first):
    return first + b"\r\nHost: x\r\n\r\n"


def hosts(fields):
    return b"GET /v1/users/b HTTP/1.1\r\n" + fields + b"\r\n"


def target(text, method=b"GET"):
    return line(method + b" " + text + b" HTTP/1.1")


def chunks(body):
    return post(b"Transfer-Encoding: chunked\r\n", body)


def coded(value, body=b"0\r\n\r\n"):
    return post(b"Transfer-Encoding:" + value + b"\r\n", body)


def length(value, body=b'{"id": "a"}'):
    return post(b"Content-Length:" + value + b"\r\n", body)


CONTENT_LENGTH = [
    Case("one", length(b" 11"), [200, 200], "RFC 9112, 6.3", ("a", "behind")),
    Case("zeros in front", length(b" 00011"), [200, 200], "RFC 9110, 8.6: 1*DIGIT",
         ("a", "behind")),
    Case("tabs round it", length(b"\t11\t"), [200, 200], "RFC 9110, 5.5: OWS", ("a", "behind")),
    Case("twice the same", length(b" 11\r\nContent-Length: 11"), 400, "RFC 9112, 6.3 (5)"),
    Case("twice, 0 first", length(b" 0\r\nContent-Length: 11"), 400,
         "RFC 9112, 6.3 (5); CVE-2020-10108"),
    Case("twice, 0 last", length(b" 11\r\nContent-Length: 0"), 400, "RFC 9112, 6.3 (5)"),
    Case("in another case", length(b" 11\r\ncONTENT-lENGTH: 0"), 400, "RFC 9110, 5.1"),
    Case("list of the same", length(b" 11, 11"), 400, "RFC 9112, 6.3 (5)"),
    Case("list", length(b" 11,0"), 400, "RFC 9112, 6.3 (5)"),
    Case("list with an empty element", length(b" 11,"), 400, "RFC 9110, 8.6"),
    Case("plus", length(b" +11"), 400, "RFC 9110, 8.6"),
    Case("minus", length(b" -11"), 400, "RFC 9110, 8.6"),
    Case("minus zero", length(b" -0"), 400, "RFC 9110, 8.6"),
    Case("hexadecimal", length(b" 0xb"), 400, "RFC 9110, 8.6"),
    Case("underscore", length(b" 1_1"), 400, "RFC 9110, 8.6"),
    Case("blank inside", length(b" 1 1"), 400, "RFC 9110, 8.6; CVE-2018-7159"),
    Case("exponent", length(b" 11e0"), 400, "RFC 9110, 8.6"),
    Case("fraction", length(b" 11.0"), 400, "RFC 9110, 8.6"),
    Case("quotes", length(b' "11"'), 400, "RFC 9110, 8.6"),
    Case("letters behind", length(b" 11abc"), 400, "RFC 9110, 8.6"),
    Case("empty", length(b""), 400, "RFC 9110, 8.6"),
    Case("blank alone", length(b"  "), 400, "RFC 9110, 8.6"),
    Case("vertical tab", length(b"\x0b11"), 400, "RFC 9110, 5.5"),
    Case("form feed", length(b" 11\x0c"), 400, "RFC 9110, 5.5"),
    Case("NUL", length(b" 11\x00"), 400, "RFC 9110, 5.5"),
    Case("no-break space", length(b" \xa011"), 400, "RFC 9110, 8.6"),
    Case("arabic digits", length(" ١١".encode()), 400, "RFC 9110, 8.6"),
    Case("2^31 bytes", length(b" 2147483648"), 413, "limits.body"),
    Case("2^63", length(b" 9223372036854775808"), 413, "RFC 9110, 8.6: no overflow"),
    Case("2^64 + 11", length(b" 18446744073709551627"), 413, "RFC 9110, 8.6: no overflow"),
    Case("100 digits", length(b" " + b"9" * 100), 413, "RFC 9110, 8.6: no overflow"),
    Case("folded", length(b"\r\n 11"), 400, "RFC 9112, 5.2"),
    Case("blank before the colon", post(b"Content-Length : 11\r\n", b'{"id": "a"}'), 400,
         "RFC 9112, 5.1"),
    Case("tab before the colon", post(b"Content-Length\t: 11\r\n", b'{"id": "a"}'), 400,
         "RFC 9112, 5.1; CVE-2019-16869"),
    Case("in HTTP/1.0, twice", post(b"Content-Length: 0\r\nContent-Length: 11\r\n",
                                    b'{"id": "a"}', b"1.0"), 400, "RFC 9112, 6.3 (5)"),
]

BOTH = [
    Case("CL.TE", post(b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\nG"), 400,
         "RFC 9112, 6.1 and 11.2; CVE-2019-20445"),
    Case("TE.CL", post(b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n",
                       b"b\r\n" + b'{"id": "a"}' + b"\r\n0\r\n\r\n"), 400, "RFC 9112, 6.1"),
    Case("CL.TE of no coding", post(b"Content-Length: 11\r\nTransfer-Encoding: identity\r\n",
                                    b'{"id": "a"}'), 400, "RFC 9112, 6.1"),
    Case("CL 0 and TE", post(b"Content-Length: 0\r\nTransfer-Encoding: chunked\r\n",
                             b"0\r\n\r\n"), 400, "RFC 9112, 6.1"),
    Case("bad CL and TE", post(b"Content-Length: x\r\nTransfer-Encoding: chunked\r\n",
                               b"0\r\n\r\n"), 400, "RFC 9112, 6.1"),
    Case("CL and TE in a GET", get(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n")
         + b"0\r\n\r\n", 400, "RFC 9112, 6.1"),
    Case("CL.TE in HTTP/1.0", post(b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                                   b"0\r\n\r\n", b"1.0"), 400, "RFC 9112, 6.1"),
    Case("TE named by Connection", post(
        b"Connection: transfer-encoding\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        b"0\r\n\r\n"), 400, "RFC 9110, 7.6.1: not removed before it is judged"),
]

CODED = b"b\r\n" + b'{"id": "a"}' + b"\r\n0\r\n\r\n"

TRANSFER_ENCODING = [
    Case("chunked", coded(b" chunked", CODED), [200, 200], "RFC 9112, 7.1", ("a", "behind")),
    Case("other case", coded(b" cHuNkEd", CODED), [200, 200], "RFC 9112, 7", ("a", "behind")),
    Case("tabs round it", coded(b"\tchunked\t", CODED), [200, 200], "RFC 9110, 5.5",
         ("a", "behind")),
    Case("twice in a list", coded(b" chunked, chunked"), 400, "RFC 9112, 6.1"),
    Case("twice in two lines", coded(b" chunked\r\nTransfer-Encoding: chunked"), 400,
         "RFC 9112, 6.1"),
    Case("not last", coded(b" chunked, gzip"), 400, "RFC 9112, 6.3 (4)"),
    Case("not last in two lines", coded(b" chunked\r\nTransfer-Encoding: gzip"), 400,
         "RFC 9112, 6.3 (4); CVE-2020-8287"),
    Case("identity behind", coded(b" chunked, identity"), 400, "RFC 9112, 6.1"),
    Case("identity in front", coded(b" identity, chunked"), 501, "RFC 9112, 6.1"),
    Case("identity", coded(b" identity"), 501, "RFC 9112, 6.1: gone since RFC 7230"),
    Case("gzip", coded(b" gzip"), 501, "RFC 9112, 6.1"),
    Case("gzip, chunked", coded(b" gzip, chunked"), 501, "RFC 9112, 6.1"),
    Case("gzip and chunked in two lines", coded(b" gzip\r\nTransfer-Encoding: chunked"), 501,
         "RFC 9112, 6.1"),
    Case("unknown", coded(b" cow"), 501, "RFC 9112, 6.1"),
    Case("unknown, chunked", coded(b" cow, chunked"), 501, "RFC 9112, 6.1"),
    Case("xchunked", coded(b" xchunked"), 501, "RFC 9112, 6.1; CVE-2019-18277"),
    Case("chunkedx", coded(b" chunkedx"), 501, "RFC 9112, 6.1"),
    Case("x chunked", coded(b" x chunked"), 400, "RFC 9110, 10.1.4"),
    Case("parameter", coded(b" chunked;q=1"), 400, "RFC 9112, 7.1"),
    Case("quotes", coded(b' "chunked"'), 400, "RFC 9110, 10.1.4"),
    Case("apostrophe", coded(b" 'chunked'"), 501, "RFC 9110, 5.6.2: a token, but another"),
    Case("comma in front", coded(b" , chunked"), 400, "RFC 9112, 6.1"),
    Case("comma behind", coded(b" chunked,"), 400, "RFC 9112, 6.1"),
    Case("empty", coded(b""), 400, "RFC 9112, 6.1"),
    Case("vertical tab in front", coded(b" \x0bchunked"), 400, "RFC 9110, 5.5; CVE-2019-18277"),
    Case("form feed in front", coded(b" \x0cchunked"), 400, "RFC 9110, 5.5"),
    Case("NUL behind", coded(b" chunked\x00"), 400, "RFC 9110, 5.5"),
    Case("no-break space", coded(b" \xa0chunked"), 400, "RFC 9110, 10.1.4"),
    Case("byte behind", coded(b" chunked\xff"), 400, "RFC 9110, 10.1.4"),
    Case("bare CR in front", coded(b" \rchunked"), 400, "RFC 9112, 2.2"),
    Case("bare LF in front", coded(b" \nchunked"), 400, "RFC 9112, 2.2"),
    Case("folded", coded(b"\r\n chunked"), 400, "RFC 9112, 5.2"),
    Case("folded by a tab", coded(b"\r\n\tchunked"), 400, "RFC 9112, 5.2"),
    Case("blank before the colon", post(b"Transfer-Encoding : chunked\r\n", b"0\r\n\r\n"), 400,
         "RFC 9112, 5.1; CVE-2019-16869"),
    Case("blank before the name", post(b" Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400,
         "RFC 9112, 5.2"),
    Case("NUL in the name", post(b"Transfer\x00-Encoding: chunked\r\n", b"0\r\n\r\n"), 400,
         "RFC 9110, 5.1"),
    Case("behind a bare LF", post(b"X: y\nTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400,
         "RFC 9112, 2.2"),
    Case("behind a bare CR", post(b"X: y\rTransfer-Encoding: chunked\r\n", b"0\r\n\r\n"), 400,
         "RFC 9112, 2.2"),
    Case("in HTTP/1.0", post(b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n", b"1.0"), 400,
         "RFC 9112, 6.1"),
    Case("in HTTP/1.0, kept", post(b"Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n",
                                   b"0\r\n\r\n", b"1.0"), 400, "RFC 9112, 6.1"),
    Case("underscore", get(b"Transfer_Encoding: chunked\r\n"), [200, 200],
         "RFC 9110, 5.1: another name", ("b", "behind")),
    Case("underscore with a body", get(b"Transfer_Encoding: chunked\r\n") + b"0\r\n\r\n",
         [200, 400], "RFC 9110, 5.1: another name, so there is no body", ("b",)),
    Case("in TE", get(b"TE: chunked\r\n"), [200, 200], "RFC 9110, 10.1.4: no framing",
         ("b", "behind")),
]

CHUNK_SIZES = [
    Case("upper case", chunks(b'B\r\n{"id": "a"}\r\n0\r\n\r\n'), [200, 200], "RFC 9112, 7.1",
         ("a", "behind")),
    Case("zeros in front", chunks(b'000b\r\n{"id": "a"}\r\n000\r\n\r\n'), [200, 200],
         "RFC 9112, 7.1: 1*HEXDIG", ("a", "behind")),
    Case("17 digits", chunks(b'0000000000000000b\r\n{"id": "a"}\r\n0\r\n\r\n'), 400,
         "RFC 9112, 7.1: no endless zeros"),
    Case("2^64 + 2", chunks(b"10000000000000002\r\n{}\r\n0\r\n\r\n"), 400,
         "RFC 9112, 7.1: no overflow; CVE-2013-2028"),
    Case("2^64 - 1", chunks(b"ffffffffffffffff\r\n{}\r\n0\r\n\r\n"), 413,
         "RFC 9112, 7.1: no overflow"),
    Case("2^63", chunks(b"8000000000000000\r\n{}\r\n0\r\n\r\n"), 413, "RFC 9112, 7.1: no overflow"),
    Case("2^32 + 2", chunks(b"100000002\r\n{}\r\n0\r\n\r\n"), 413, "RFC 9112, 7.1: no overflow"),
    Case("sum over 2^63", chunks(b"2\r\n{}\r\n7fffffffffffffff\r\n"), 413, "no overflow"),
    Case("plus", chunks(b"+2\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("minus", chunks(b"-2\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("0x", chunks(b"0x2\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1; CVE-2023-46846"),
    Case("underscore", chunks(b"0_2\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("letter behind", chunks(b"2g\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("none", chunks(b"\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("blank in front", chunks(b" 2\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("blank behind", chunks(b"2 \r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("tab behind", chunks(b"2\t\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("NUL in front", chunks(b"\x002\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("bare LF", chunks(b"2\n{}\r\n0\r\n\r\n"), 400, "CVE-2025-22871"),
    Case("bare CR", chunks(b"2\r{}\r\n0\r\n\r\n"), 400, "RFC 9112, 2.2"),
    Case("CR CR LF", chunks(b"2\r\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 2.2"),
    Case("LF CR", chunks(b"2\n\r{}\r\n0\r\n\r\n"), 400, "RFC 9112, 2.2"),
    Case("content without CRLF", chunks(b"2\r\n{}0\r\n\r\n"), 400, "ZERO.TWO: RFC 9112, 7.1"),
    Case("content with LF", chunks(b"2\r\n{}\n0\r\n\r\n"), 400, "ONE.TWO: RFC 9112, 7.1"),
    Case("content with CR", chunks(b"2\r\n{}\r0\r\n\r\n"), 400, "ONE.TWO: RFC 9112, 7.1"),
    Case("content with two bytes", chunks(b"2\r\n{}xx0\r\n\r\n"), 400,
         "SPILL.TERM: RFC 9112, 7.1; CVE-2025-43859"),
    Case("content one longer", chunks(b"2\r\n{} \r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("content one shorter", chunks(b"3\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("empty line between", chunks(b"2\r\n{}\r\n\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1"),
    Case("last with LF", chunks(b"2\r\n{}\r\n0\n\r\n"), 400, "CVE-2025-22871"),
    Case("end with LF", chunks(b"2\r\n{}\r\n0\r\n\n"), 400, "RFC 9112, 7.1"),
    Case("end with CR", chunks(b"2\r\n{}\r\n0\r\n\rx"), 400, "RFC 9112, 7.1"),
    Case("request for a size", chunks(BEHIND), 400, "RFC 9112, 7.1"),
]

CHUNK_EXTENSIONS = [
    Case("token", chunks(b'b;a=b;c\r\n{"id": "a"}\r\n0;d\r\n\r\n'), [200, 200], "RFC 9112, 7.1.1",
         ("a", "behind")),
    Case("quoted", chunks(b'b;a=";\\"\t"\r\n{"id": "a"}\r\n0\r\n\r\n'), [200, 200],
         "RFC 9112, 7.1.1", ("a", "behind")),
    Case("TERM.EXT", chunks(b"2;\n{}\r\n0\r\n\r\n"), 400, "CVE-2025-55315"),
    Case("TERM.EXT, named", chunks(b"2;a\n{}\r\n0\r\n\r\n"), 400, "CVE-2025-55315"),
    Case("TERM.EXT, valued", chunks(b"2;a=b\n{}\r\n0\r\n\r\n"), 400, "CVE-2025-55315"),
    Case("EXT.TERM", chunks(b"2;\nxx\r\n{}\r\n0\r\n\r\n"), 400, "CVE-2025-55315"),
    Case("EXT.TERM of the last", chunks(b"2\r\n{}\r\n0;\nxx\r\n\r\n"), 400, "CVE-2025-55315"),
    Case("bare CR", chunks(b"2;a\rb\r\n{}\r\n0\r\n\r\n"), 400, "CVE-2025-55315"),
    Case("bare CR, then a blank", chunks(b"2;\r a\r\n{}\r\n0\r\n\r\n"), 400, "CVE-2025-55315"),
    Case("CR CR LF", chunks(b"2;a\r\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 2.2"),
    Case("LF in quotes", chunks(b'2;a="\n"\r\n{}\r\n0\r\n\r\n'), 400, "CVE-2025-58056"),
    Case("CRLF in quotes", chunks(b'2;a="\r\n"\r\n{}\r\n0\r\n\r\n'), 400, "RFC 9110, 5.6.4"),
    Case("CRLF behind a backslash", chunks(b'2;a="\\\r\n"\r\n{}\r\n0\r\n\r\n'), 400,
         "RFC 9110, 5.6.4"),
    Case("NUL", chunks(b"2;a\x00\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1.1"),
    Case("control byte in quotes", chunks(b'2;a="\x01"\r\n{}\r\n0\r\n\r\n'), 400,
         "RFC 9110, 5.6.4"),
    Case("no name", chunks(b"2;\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1.1"),
    Case("no value", chunks(b"2;a=\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1.1"),
    Case("no semicolon", chunks(b"2 a\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1.1"),
    Case("comma", chunks(b"2,a\r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1.1"),
    Case("blank before CRLF", chunks(b"2;a \r\n{}\r\n0\r\n\r\n"), 400, "RFC 9112, 7.1.1"),
    Case("quotes left open", chunks(b'2;a="b\r\n{}\r\n0\r\n\r\n'), 400, "RFC 9110, 5.6.4"),
    Case("2 KiB", chunks(b"2;" + b"a" * 2048 + b"\r\n{}\r\n0\r\n\r\n"), 400, "CVE-2023-39326"),
    Case("200 bytes for each byte", chunks((b"1;" + b"a" * 200 + b"\r\n \r\n") * 200), 400,
         "CVE-2023-39326"),
]

TRAILERS = [
    Case("kept off", chunks(b'b\r\n{"id": "a"}\r\n0\r\nX-Trailer: y\r\n\r\n'), [200, 200],
         "RFC 9112, 7.1.2", ("a", "behind")),
    Case("Content-Length", chunks(b"2\r\n{}\r\n0\r\nContent-Length: 50\r\n\r\n"), 400,
         "RFC 9110, 6.5.1"),
    Case("Transfer-Encoding", chunks(b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400,
         "RFC 9110, 6.5.1"),
    Case("Host", chunks(b"2\r\n{}\r\n0\r\nHost: y\r\n\r\n"), 400, "RFC 9110, 6.5.1"),
    Case("Authorization", chunks(b"2\r\n{}\r\n0\r\nAuthorization: y\r\n\r\n"), 400,
         "RFC 9110, 6.5.1"),
    Case("X-Forwarded-For", chunks(b"2\r\n{}\r\n0\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n"), 400,
         "RFC 9110, 6.5.1"),
    Case("blank before the colon", chunks(b"2\r\n{}\r\n0\r\nX : y\r\n\r\n"), 400, "RFC 9112, 5.1"),
    Case("bare LF", chunks(b"2\r\n{}\r\n0\r\nX: y\n\r\n"), 400, "RFC 9112, 2.2"),
    Case("bare CR", chunks(b"2\r\n{}\r\n0\r\nX: y\rz\r\n\r\n"), 400, "RFC 9112, 2.2"),
    Case("folded", chunks(b"2\r\n{}\r\n0\r\nX: y\r\n z\r\n\r\n"), 400, "RFC 9112, 5.2"),
    Case("NUL", chunks(b"2\r\n{}\r\n0\r\nX: \x00\r\n\r\n"), 400, "RFC 9110, 5.5"),
    Case("a request", chunks(b"2\r\n{}\r\n0\r\n" + BEHIND), 400, "RFC 9112, 7.1.2"),
    Case("too many", chunks(b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 101 + b"\r\n"), 431,
         "RFC 9110, 5.4"),
    Case("too long", chunks(b"2\r\n{}\r\n0\r\nX: " + b"y" * 40_000 + b"\r\n\r\n"), 431,
         "RFC 9110, 5.4"),
]

LINE_ENDS = [
    Case("bare LF throughout", b"GET /v1/users/b HTTP/1.1\nHost: x\n\n", 400, "RFC 9112, 2.2"),
    Case("bare LF behind the request line", b"GET /v1/users/b HTTP/1.1\nHost: x\r\n\r\n", 400,
         "RFC 9112, 2.2"),
    Case("bare LF behind a field", hosts(b"Host: x\nX: y\r\n"), 400, "RFC 9112, 2.2"),
    Case("bare LF ends the head", b"GET /v1/users/b HTTP/1.1\r\nHost: x\r\n\n", 400,
         "RFC 9112, 2.2"),
    Case("bare LF in a value", hosts(b"Host: x\r\nX: a\nb: c\r\n"), 400, "RFC 9112, 2.2"),
    Case("bare CR behind the request line", b"GET /v1/users/b HTTP/1.1\rHost: x\r\n\r\n", 400,
         "RFC 9112, 2.2"),
    Case("bare CR behind a field", hosts(b"Host: x\rX: y\r\n"), 400, "RFC 9112, 2.2"),
    Case("bare CR in a value", hosts(b"Host: x\r\nX: a\rb\r\n"), 400,
         "RFC 9112, 2.2; CVE-2023-30589"),
    Case("bare CR in a name", hosts(b"Host: x\r\nX\r: a\r\n"), 400, "RFC 9112, 2.2"),
    Case("CR CR LF", b"GET /v1/users/b HTTP/1.1\r\nHost: x\r\r\n\r\n", 400, "RFC 9112, 2.2"),
    Case("CR CR LF ends the head", b"GET /v1/users/b HTTP/1.1\r\nHost: x\r\n\r\r\n", 400,
         "RFC 9112, 2.2"),
    Case("LF CR", b"GET /v1/users/b HTTP/1.1\n\rHost: x\n\r\n\r", 400, "RFC 9112, 2.2"),
    Case("empty line in front", b"\r\n" + target(b"/v1/users/b"), [200, 200], "RFC 9112, 2.2",
         ("b", "behind")),
    Case("LF in front", b"\n" + target(b"/v1/users/b"), 400, "RFC 9112, 2.2"),
    Case("CR in front", b"\r" + target(b"/v1/users/b"), 400, "RFC 9112, 2.2"),
    Case("six empty lines in front", b"\r\n" * 6 + target(b"/v1/users/b"), 400,
         "RFC 9112, 2.2: at least one"),
    Case("blank in front", b" " + target(b"/v1/users/b"), 400, "RFC 9112, 3"),
    Case("BOM in front", b"\xef\xbb\xbf" + target(b"/v1/users/b"), 400, "RFC 9112, 3"),
]

FIELDS = [
    Case("folded by a blank", hosts(b"Host: x\r\nX: a\r\n b\r\n"), 400, "RFC 9112, 5.2"),
    Case("folded by a tab", hosts(b"Host: x\r\nX: a\r\n\tb\r\n"), 400, "RFC 9112, 5.2"),
    Case("folded Host", hosts(b"Host:\r\n x\r\n"), 400, "RFC 9112, 5.2"),
    Case("blank before the first field", hosts(b" Host: x\r\n"), 400, "RFC 9112, 2.2"),
    Case("line of blanks", hosts(b"Host: x\r\n  \r\nX: y\r\n"), 400, "RFC 9112, 5.2"),
    Case("blank before a colon", hosts(b"Host: x\r\nX : y\r\n"), 400, "RFC 9112, 5.1"),
    Case("blank before Host's colon", hosts(b"Host : x\r\n"), 400, "RFC 9112, 5.1"),
    Case("no colon", hosts(b"Host: x\r\nnonsense\r\n"), 400, "RFC 9112, 5; CVE-2019-20444"),
    Case("colon alone", hosts(b"Host: x\r\n:\r\n"), 400, "RFC 9110, 5.1"),
    Case("empty name", hosts(b"Host: x\r\n: y\r\n"), 400, "RFC 9110, 5.1"),
    Case("second request line", hosts(b"Host: x\r\nGET /v1/users/c HTTP/1.1\r\n"), 400,
         "RFC 9112, 5"),
    Case("NUL in a name", hosts(b"Host: x\r\nX\x00: y\r\n"), 400, "RFC 9110, 5.1"),
    Case("NUL in a value", hosts(b"Host: x\r\nX: a\x00b\r\n"), 400, "RFC 9110, 5.5"),
    Case("control byte in a value", hosts(b"Host: x\r\nX: \x1b[31m\r\n"), 400, "RFC 9110, 5.5"),
    Case("DEL in a value", hosts(b"Host: x\r\nX: \x7f\r\n"), 400, "RFC 9110, 5.5"),
    Case("byte above ASCII in a name", hosts(b"Host: x\r\n\xc5\xbf: y\r\n"), 400, "RFC 9110, 5.1"),
    Case("parenthesis in a name", hosts(b"Host: x\r\nX(y): a\r\n"), 400, "RFC 9110, 5.1"),
    Case("slash in a name", hosts(b"Host: x\r\nX/y: a\r\n"), 400, "RFC 9110, 5.1"),
    Case("quotes in a name", hosts(b'Host: x\r\n"X": a\r\n'), 400, "RFC 9110, 5.1"),
    Case("every byte of a token", hosts(b"Host: x\r\n!#$%&'*+-.^_`|~09AZaz: a\r\n"), [200, 200],
         "RFC 9110, 5.6.2", ("b", "behind")),
    Case("bytes above ASCII in a value", hosts(b"Host: x\r\nX: \x80\xff\r\n"), [200, 200],
         "RFC 9110, 5.5: obs-text", ("b", "behind")),
    Case("empty value", hosts(b"Host: x\r\nX:\r\n"), [200, 200], "RFC 9110, 5.5",
         ("b", "behind")),
    Case("101 fields", hosts(b"Host: x\r\n" + b"X: y\r\n" * 100), 431, "RFC 6585, 5"),
    Case("40 KB in a field", hosts(b"Host: x\r\nX: " + b"y" * 40_000 + b"\r\n"), 431,
         "RFC 6585, 5"),
]

REQUEST_LINES = [
    Case("two blanks", line(b"GET  /v1/users/b HTTP/1.1"), 400, "RFC 9112, 3"),
    Case("two blanks behind", line(b"GET /v1/users/b  HTTP/1.1"), 400, "RFC 9112, 3"),
    Case("blank at the end", line(b"GET /v1/users/b HTTP/1.1 "), 400, "RFC 9112, 3"),
    Case("tab", line(b"GET\t/v1/users/b HTTP/1.1"), 400, "RFC 9112, 3"),
    Case("vertical tab", line(b"GET /v1/users/b\x0bHTTP/1.1"), 400, "RFC 9112, 3"),
    Case("blank in the target", line(b"GET /v1/users/b c HTTP/1.1"), 400, "RFC 9112, 3.2"),
    Case("two versions", line(b"GET /v1/users/b HTTP/1.1 HTTP/1.0"), 400, "RFC 9112, 3.2"),
    Case("no target", line(b"GET HTTP/1.1"), 400, "RFC 9112, 3"),
    Case("method alone", line(b"GET"), 400, "RFC 9112, 3"),
    Case("HTTP/0.9", b"GET /v1/users/b\r\n\r\n", 400, "RFC 9112, 3: no simple requests"),
    Case("HTTP/0.9 by number", line(b"GET /v1/users/b HTTP/0.9"), 505, "RFC 9110, 15.6.6"),
    Case("HTTP/1.2", line(b"GET /v1/users/b HTTP/1.2"), 505, "RFC 9110, 15.6.6"),
    Case("HTTP/2.0", line(b"GET /v1/users/b HTTP/2.0"), 505, "RFC 9110, 15.6.6"),
    Case("HTTP/9.9", line(b"GET /v1/users/b HTTP/9.9"), 505, "RFC 9110, 15.6.6"),
    Case("HTTP/1", line(b"GET /v1/users/b HTTP/1"), 400, "RFC 9112, 2.3"),
    Case("HTTP/1.", line(b"GET /v1/users/b HTTP/1."), 400, "RFC 9112, 2.3"),
    Case("HTTP/1.10", line(b"GET /v1/users/b HTTP/1.10"), 400, "RFC 9112, 2.3"),
    Case("HTTP/01.1", line(b"GET /v1/users/b HTTP/01.1"), 400, "RFC 9112, 2.3"),
    Case("HTTP/ 1.1", line(b"GET /v1/users/b HTTP/ 1.1"), 400, "RFC 9112, 2.3"),
    Case("HTTP/1,1", line(b"GET /v1/users/b HTTP/1,1"), 400, "RFC 9112, 2.3"),
    Case("http/1.1", line(b"GET /v1/users/b http/1.1"), 400, "RFC 9112, 2.3: case-sensitive"),
    Case("HTTPS/1.1", line(b"GET /v1/users/b HTTPS/1.1"), 400, "RFC 9112, 2.3"),
    Case("RTSP/1.0", line(b"GET /v1/users/b RTSP/1.0"), 400, "RFC 9112, 2.3"),
    Case("an answer", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 400, "RFC 9112, 3"),
    Case("odd method", line(b"G(T /v1/users/b HTTP/1.1"), 400, "RFC 9110, 9.1"),
    Case("quoted method", line(b'"GET" /v1/users/b HTTP/1.1'), 400, "RFC 9110, 9.1"),
    Case("NUL in the method", line(b"GE\x00T /v1/users/b HTTP/1.1"), 400, "RFC 9110, 9.1"),
    Case("long method", line(b"G" * 65 + b" /v1/users/b HTTP/1.1"), 501, "RFC 9110, 9.1"),
    Case("lower-case method", target(b"/v1/users/b", b"get"), [405, 200],
         "RFC 9110, 9.1: case-sensitive", ("behind",)),
    Case("unknown method", target(b"/v1/users/b", b"PURGE"), [405, 200], "RFC 9110, 9.1",
         ("behind",)),
    Case("TRACE", target(b"/v1/users/b", b"TRACE"), [405, 200], "RFC 9110, 9.3.8", ("behind",)),
    Case("CONNECT", target(b"x:443", b"CONNECT"), 501, "RFC 9110, 9.3.6; CVE-2025-64763"),
    Case("CONNECT of a path", target(b"/v1/users/b", b"CONNECT"), 501, "RFC 9112, 3.2.3"),
    Case("HTTP/2's preface", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "RFC 9113, 3.4"),
    Case("TLS", bytes.fromhex("16030100c8010000c40303") + b"\0" * 64, 400, "RFC 8446, 5.1"),
    Case("PROXY protocol", b"PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" + target(b"/v1/users/b"), 400,
         "not configured, so not believed"),
    Case("binary PROXY protocol", b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + b"\0" * 12
         + target(b"/v1/users/b"), 400, "not configured, so not believed"),
]

TARGETS = [
    Case("fragment", target(b"/v1/users/b#c"), 400, "CVE-2021-32779"),
    Case("fragment alone", target(b"#"), 400, "RFC 9112, 3.2"),
    Case("fragment in the query", target(b"/v1/users/b?c#d"), 400, "RFC 9112, 3.2"),
    Case("NUL", target(b"/v1/users/b\x00"), 400, "RFC 9112, 3.2"),
    Case("control byte", target(b"/v1/users/\x01"), 400, "RFC 9112, 3.2"),
    Case("CR", target(b"/v1/users/b\rX: y"), 400, "GHSA-cq87-8r7h-962v"),
    Case("UTF-8", target("/v1/users/ä".encode()), 400, "RFC 3986, 2"),
    Case("no slash", target(b"v1/users/b"), 400, "CVE-2026-33186"),
    Case("query alone", target(b"?a=b"), 400, "RFC 9112, 3.2.1"),
    Case("asterisk of a GET", target(b"*"), 400, "RFC 9112, 3.2.4"),
    Case("authority", target(b"x:80"), 400, "RFC 9112, 3.2.3"),
    Case("absolute", target(b"http://x/v1/users/b"), [200, 200], "RFC 9112, 3.2.2",
         ("b", "behind")),
    Case("absolute, upper case", target(b"HTTP://X/v1/users/b"), [200, 200], "RFC 3986, 3.1",
         ("b", "behind")),
    Case("absolute, other Host", target(b"http://y/v1/users/b"), [200, 200],
         "RFC 9112, 3.2.2: the target counts", ("b", "behind")),
    Case("absolute without Host", b"GET http://x/v1/users/b HTTP/1.1\r\n\r\n", 400,
         "RFC 9112, 3.2"),
    Case("absolute, user information", target(b"http://x@y/v1/users/b"), 400, "RFC 9110, 4.2.4"),
    Case("absolute, user and password", target(b"http://x:80@y/v1/users/b"), 400,
         "RFC 9110, 4.2.4"),
    Case("absolute, no host", target(b"http:///v1/users/b"), 400, "RFC 9110, 4.2.1"),
    Case("absolute, port alone", target(b"http://:80/v1/users/b"), 400, "RFC 9110, 4.2.1"),
    Case("absolute, odd port", target(b"http://x:8o/v1/users/b"), 400, "RFC 3986, 3.2.3"),
    Case("absolute, large port", target(b"http://x:65536/v1/users/b"), 400, "RFC 9110, 4.2.1"),
    Case("absolute, backslash", target(b"http://x\\@y/v1/users/b"), 400, "RFC 3986, 3.2.2"),
    Case("absolute, one slash", target(b"http:/v1/users/b"), 400, "RFC 9110, 4.2.1"),
    Case("absolute, bracket", target(b"http://[::1/v1/users/b"), 400, "RFC 3986, 3.2.2"),
    Case("other scheme", target(b"ftp://x/v1/users/b"), 400, "RFC 9110, 4.2"),
    Case("file", target(b"file:///etc/passwd"), 400, "RFC 9110, 4.2"),
    Case("two slashes", target(b"//x/v1/users/b"), [404, 200], "RFC 9112, 3.2.1: a path",
         ("behind",)),
    Case("dots", target(b"/v1/admin/../users/b"), [404, 200],
         "CVE-2021-29492: nothing is resolved behind a policy's back", ("behind",)),
    Case("escaped dots", target(b"/v1/admin/%2e%2e/users/b"), [404, 200], "CVE-2021-29492",
         ("behind",)),
    Case("escaped slash", target(b"/v1%2fusers/b"), [404, 200], "CVE-2021-29492", ("behind",)),
    Case("broken escape", target(b"/v1/users/%zz"), [400, 200], "RFC 3986, 2.1", ("behind",)),
    Case("escape that ends", target(b"/v1/users/b%2"), [400, 200], "RFC 3986, 2.1", ("behind",)),
    Case("9,000 bytes", target(b"/" + b"a" * 9000), 414, "RFC 9110, 15.5.15"),
    Case("40,000 bytes without an end", b"GET /" + b"a" * 40_000, 414, "RFC 9110, 15.5.15"),
]

HOSTS = [
    Case("none", hosts(b""), 400, "RFC 9112, 3.2"),
    Case("two", hosts(b"Host: x\r\nHost: y\r\n"), 400, "RFC 9112, 3.2"),
    Case("two equal", hosts(b"Host: x\r\nHost: x\r\n"), 400, "RFC 9112, 3.2"),
    Case("two, other case", hosts(b"Host: x\r\nhOST: y\r\n"), 400, "RFC 9110, 5.1"),
    Case("two with an absolute target", b"GET http://x/v1/users/b HTTP/1.1\r\n"
         b"Host: x\r\nHost: y\r\n\r\n", 400, "RFC 9112, 3.2"),
    Case("bad with an absolute target", b"GET http://x/v1/users/b HTTP/1.1\r\nHost: a b\r\n\r\n",
         400, "RFC 9112, 3.2"),
    Case("empty", hosts(b"Host:\r\n"), 400, "RFC 9110, 4.2.1"),
    Case("blank inside", hosts(b"Host: a b\r\n"), 400, "RFC 9112, 3.2"),
    Case("list", hosts(b"Host: x, y\r\n"), 400, "RFC 9112, 3.2"),
    Case("user information", hosts(b"Host: x@y\r\n"), 400, "RFC 9110, 4.2.4"),
    Case("path", hosts(b"Host: x/y\r\n"), 400, "RFC 9112, 3.2"),
    Case("query", hosts(b"Host: x?y\r\n"), 400, "RFC 9112, 3.2"),
    Case("fragment", hosts(b"Host: x#y\r\n"), 400, "RFC 9112, 3.2"),
    Case("URI", hosts(b"Host: http://x\r\n"), 400, "RFC 9110, 7.2"),
    Case("backslash", hosts(b"Host: x\\y\r\n"), 400, "RFC 3986, 3.2.2"),
    Case("port of letters", hosts(b"Host: x:y\r\n"), 400, "RFC 3986, 3.2.3"),
    Case("two ports", hosts(b"Host: x:80:81\r\n"), 400, "RFC 3986, 3.2.3"),
    Case("port 65536", hosts(b"Host: x:65536\r\n"), 400, "RFC 9110, 4.2.1"),
    Case("port alone", hosts(b"Host: :80\r\n"), 400, "RFC 9110, 4.2.1"),
    Case("IPv6 without brackets", hosts(b"Host: ::1\r\n"), 400, "RFC 3986, 3.2.2"),
    Case("zone", hosts(b"Host: [fe80::1%25eth0]\r\n"), 400, "RFC 6874"),
    Case("bytes above ASCII", hosts("Host: ä\r\n".encode()), 400, "RFC 3986, 3.2.2"),
    Case("NUL", hosts(b"Host: x\x00y\r\n"), 400, "RFC 9110, 5.5"),
    Case("IPv6", hosts(b"Host: [::1]:80\r\n"), [200, 200], "RFC 3986, 3.2.2", ("b", "behind")),
    Case("no port behind a colon", hosts(b"Host: x:\r\n"), [200, 200], "RFC 3986, 3.2.3",
         ("b", "behind")),
]

EXPECTATIONS = [
    Case("unknown", get(b"Expect: gold\r\n"), 417, "RFC 9110, 10.1.1"),
    Case("list", get(b"Expect: 100-continue, gold\r\n"), 417, "RFC 9110, 10.1.1"),
    Case("empty", get(b"Expect:\r\n"), 417, "RFC 9110, 10.1.1"),
    Case("tricked", get(b"Expect: 100-continuee\r\n"), 417, "RFC 9110, 10.1.1"),
    Case("folded", get(b"Expect:\r\n 100-continue\r\n"), 417,
         "RFC 9112, 5.2: each line is judged by itself, and the first one is empty"),
    Case("without a body", get(b"Expect: 100-continue\r\n"), [200, 200], "RFC 9110, 10.1.1",
         ("b", "behind")),
    Case("other case", get(b"Expect: 100-Continue\r\n"), [200, 200], "RFC 9110, 10.1.1",
         ("b", "behind")),
    Case("with its body behind", length(b" 11\r\nExpect: 100-continue"), [200, 200],
         "RFC 9110, 10.1.1: no 100 is owed", ("a", "behind")),
    Case("h2c", get(b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                    b"HTTP2-Settings: AAMAAABkAAQAAP__\r\n"), [200, 200],
         "RFC 9113, 3.1: obsolete, ignored", ("b", "behind")),
    Case("h2c with a body", length(b" 11\r\nUpgrade: h2c\r\nConnection: Upgrade"), [200, 200],
         "RFC 9110, 7.8: ignored", ("a", "behind")),
    Case("TLS upgrade", get(b"Upgrade: TLS/1.0\r\nConnection: Upgrade\r\n"), [200, 200],
         "RFC 2817: ignored", ("b", "behind")),
    Case("Upgrade without Connection", get(b"Upgrade: websocket\r\n"), [400, 200],
         "RFC 9110, 7.8: half an upgrade is none", ("behind",)),
    Case("WebSocket on a unary route", get(b"Upgrade: websocket\r\nConnection: Upgrade\r\n"
                                           b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "
                                           b"dGhlIHNhbXBsZSBub25jZQ==\r\n"), [400, 200],
         "CVE-2024-23326: no 101, so what follows is a request", ("behind",)),
    Case("Connection names Host", get(b"Connection: host\r\n"), [200, 200], "RFC 9110, 7.6.1",
         ("b", "behind")),
]

HIDDEN = request("GET", "/v1/users/hidden")
WITH_HIDDEN = b"Content-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN

# A request in a body must never run, whether the body is read, dropped or cut.
BODIES_NOBODY_WANTS = [
    Case(name, first + b" HTTP/1.1\r\nHost: x\r\n" + fields, status, reason)
    for first, status in [
        (b"GET /v1/users/b", 400), (b"HEAD /v1/users/b", 400), (b"DELETE /v1/users/b", 400),
        (b"OPTIONS /v1/users/b", 204), (b"GET /nowhere", 404), (b"POST /nowhere", 404),
        (b"PUT /v1/users/b", 405), (b"TRACE /v1/users/b", 405), (b"POST /v1/users", 400)]
    for name, fields, reason in [
        (f"{first.decode()} with a length", WITH_HIDDEN, "CL.0: RFC 9112, 6.3"),
        (f"{first.decode()} in a chunk",
         b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(HIDDEN) + HIDDEN + b"\r\n0\r\n\r\n",
         "TE.0: RFC 9112, 6.3"),
        (f"{first.decode()} in chunks that break",
         b"Transfer-Encoding: chunked\r\n\r\n0\n\n" + HIDDEN, "RFC 9112, 7.1"),
    ]]

GROUPS = {
    "length": CONTENT_LENGTH, "both": BOTH, "coding": TRANSFER_ENCODING, "size": CHUNK_SIZES,
    "extension": CHUNK_EXTENSIONS, "trailer": TRAILERS, "line end": LINE_ENDS, "field": FIELDS,
    "request line": REQUEST_LINES, "target": TARGETS, "host": HOSTS, "expect": EXPECTATIONS,
}
