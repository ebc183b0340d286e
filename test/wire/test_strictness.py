"""What two parsers could read differently is refused, and the connection ends (RFC 9112)."""

import pytest

from support.client import Client
from support.wire import request

HOST = b"Host: school.example\r\n"


def _head(*lines):
    return b"\r\n".join(lines) + b"\r\n\r\n"


# A reason, and bytes; the last byte is the one that makes it wrong or completes it.
AMBIGUOUS = [
    ("no Host (3.2)", b"GET / HTTP/1.1\r\n\r\n"),
    ("two Hosts (3.2)", b"GET / HTTP/1.1\r\n" + HOST + b"Host: other.example\r\n\r\n"),
    ("the same Host twice (3.2)", b"GET / HTTP/1.1\r\n" + HOST + HOST + b"\r\n"),
    ("empty Host for http (RFC 9110, 4.2.1)", b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    ("Host with a path", b"GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
    ("Host with a user", b"GET / HTTP/1.1\r\nHost: a@b\r\n\r\n"),
    ("Host with a blank", b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n"),
    ("bare LF ends the request line (2.2)", b"GET / HTTP/1.1\n" + HOST + b"\r\n"),
    ("bare LF ends a field (2.2)", b"GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"),
    ("bare LF ends the head (2.2)", b"GET / HTTP/1.1\r\n" + HOST + b"\n"),
    ("bare CR in a field (2.2)", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\rb\r\n\r\n"),
    ("bare CR in the request line (2.2)", b"GET /\rHTTP/1.1\r\n" + HOST + b"\r\n"),
    ("obs-fold with a blank (5.2)", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n b\r\n\r\n"),
    ("obs-fold with a tab (5.2)", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\r\n\tb\r\n\r\n"),
    ("blank before the first field (2.2)", b"GET / HTTP/1.1\r\n " + HOST + b"\r\n"),
    ("blank before the colon (5.1)", b"GET / HTTP/1.1\r\nHost : a\r\n\r\n"),
    ("tab before the colon (5.1)", b"GET / HTTP/1.1\r\n" + HOST + b"X\t: a\r\n\r\n"),
    ("field without a colon (5)", b"GET / HTTP/1.1\r\n" + HOST + b"X\r\n\r\n"),
    ("field without a name (5)", b"GET / HTTP/1.1\r\n" + HOST + b": a\r\n\r\n"),
    ("NUL in a value (RFC 9110, 5.5)", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\0b\r\n\r\n"),
    ("control character in a value (RFC 9110, 5.5)",
        b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x01b\r\n\r\n"),
    ("DEL in a value", b"GET / HTTP/1.1\r\n" + HOST + b"X: a\x7fb\r\n\r\n"),
    ("no token in a name (RFC 9110, 5.6.2)", b"GET / HTTP/1.1\r\n" + HOST + b"X(y): a\r\n\r\n"),
    ("byte above ASCII in a name", b"GET / HTTP/1.1\r\n" + HOST + b"X\xe9: a\r\n\r\n"),
    ("two blanks behind the method (3)", b"GET  / HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("two blanks before the version (3)", b"GET /  HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("tab as separator (3)", b"GET\t/ HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("blank behind the version (3)", b"GET / HTTP/1.1 \r\n" + HOST + b"\r\n"),
    ("no target (3)", b"GET HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("no method (3)", b" / HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("method is no token (RFC 9110, 9.1)", b"G@T / HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("no version: HTTP/0.9", b"GET /\r\n\r\n"),
    ("version in small letters (2.3)", b"GET / http/1.1\r\n" + HOST + b"\r\n"),
    ("version of two digits (2.3)", b"GET / HTTP/1.10\r\n" + HOST + b"\r\n"),
    ("version without a point (2.3)", b"GET / HTTP/11\r\n" + HOST + b"\r\n"),
    ("target without a slash (3.2.1)", b"GET index HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("fragment in the target (3.2)", b"GET /#top HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("control character in the target", b"GET /\x01 HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("byte above ASCII in the target", b"GET /\xc3\xa9 HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("asterisk for GET (3.2.4)", b"GET * HTTP/1.1\r\n" + HOST + b"\r\n"),
    ("both lengths (6.1)", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("both lengths, the other way round (6.1)", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n"),
    ("two lengths that differ (6.3)", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd"),
    ("two lengths alike", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc"),
    ("a list of lengths", b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 3, 3\r\n\r\nabc"),
    ("length with a sign", b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: +3\r\n\r\nabc"),
    ("negative length", b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: -3\r\n\r\nabc"),
    ("hexadecimal length", b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 0x3\r\n\r\nabc"),
    ("length with a blank inside", b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length: 1 0\r\n\r\nabc"),
    ("empty length", b"POST /login HTTP/1.1\r\n" + HOST + b"Content-Length:\r\n\r\n"),
    ("length beyond all numbers", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Content-Length: 99999999999999999999999\r\n\r\n"),
    ("chunked is not the last coding (6.3)", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("chunked twice (6.1)", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n"),
    ("chunked in two fields (6.1)", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunked in HTTP/1.0 (6.1)", b"POST /login HTTP/1.0\r\n" + HOST
        + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("empty coding", b"POST /login HTTP/1.1\r\n" + HOST + b"Transfer-Encoding:\r\n\r\n"),
    ("control character hidden in the coding", b"POST /login HTTP/1.1\r\n" + HOST
        + b"Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
]

CHUNKED = (b"POST /login HTTP/1.1\r\n" + HOST
    + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
BAD_CHUNKS = [
    ("no size", b"\r\n"),
    ("size with a sign", b"+2\r\n{}\r\n0\r\n\r\n"),
    ("negative size", b"-2\r\n"),
    ("size with 0x", b"0x2\r\n{}\r\n0\r\n\r\n"),
    ("blank before the size", b" 2\r\n{}\r\n0\r\n\r\n"),
    ("no hexadecimal digit", b"g\r\n"),
    ("size above 64 bits", b"10000000000000002\r\n{}\r\n0\r\n\r\n"),
    ("bare LF behind the size", b"2\n{}\r\n0\r\n\r\n"),
    ("bare CR behind the size", b"2\r{}\r\n0\r\n\r\n"),
    ("longer than it said", b"2\r\n{}}\r\n0\r\n\r\n"),
    ("bare LF behind the data", b"2\r\n{}\n0\r\n\r\n"),
    ("bare LF behind the last chunk", b"2\r\n{}\r\n0\n\r\n"),
    ("bare LF in an extension", b"2;a=b\n{}\r\n0\r\n\r\n"),
    ("obs-fold in a trailer", b"2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n"),
    ("endless extension", b"2;" + b"a" * 20000 + b"\r\n{}\r\n0\r\n\r\n"),
    ("endless trailers", b"2\r\n{}\r\n0\r\n" + b"X: y\r\n" * 4000 + b"\r\n"),
]


def _refused(server, data):
    """The answer to bytes that must also end the connection."""
    with server.connect() as wire:
        wire.send_bytes(data)
        reply = wire.reply()
        assert reply.closes, "says that the connection ends"
        assert wire.ended(), "and ends it"
    return reply


@pytest.mark.parametrize("data", [data for _, data in AMBIGUOUS], ids=[why for why, _ in AMBIGUOUS])
def test_an_ambiguous_head_is_400_and_the_end(server, data):
    assert _refused(server, data).status == 400


@pytest.mark.parametrize("data", [data for _, data in BAD_CHUNKS], ids=[why for why, _ in BAD_CHUNKS])
def test_a_bad_chunk_is_400_and_the_end(server, data):
    assert _refused(server, CHUNKED + data).status == 400


def test_what_follows_a_refused_request_is_never_answered(server):
    # Request smuggling: what one parser takes for a body another takes for a request.
    inner = request("GET /healthz HTTP/1.1", "Host: a")
    for _, data in AMBIGUOUS:
        with server.connect() as wire:
            wire.send_bytes(data + inner)
            assert wire.reply().status == 400
            assert wire.ended()


@pytest.mark.parametrize("target,status", [
    ("/" + "a" * 17000, 414),
    ("/?" + "a" * 17000, 414),
])
def test_a_target_that_is_too_long_is_414(server, target, status):
    data = request(f"GET {target} HTTP/1.1", "Host: a")
    assert _refused(server, data).status == status


@pytest.mark.parametrize("fields", [
    ["X: " + "a" * 17000],
    ["X" * 17000 + ": a"],
    [f"X-{n}: {'a' * 100}" for n in range(200)],
    [f"X-{n}: a" for n in range(2000)],
], ids=["one long value", "one long name", "many fields", "very many short fields"])
def test_a_head_that_is_too_large_is_431(server, fields):
    data = request("GET /healthz HTTP/1.1", "Host: a", *fields)
    assert _refused(server, data).status == 431


def test_a_head_of_almost_16_kib_is_taken(server):
    lines = ["GET /healthz HTTP/1.1", f"Host: {server.host}"]
    room = 16 * 1024 - len(request(*lines)) - len("X: \r\n")
    with server.connect() as wire:
        wire.send(*lines, "X: " + "a" * room)
        assert wire.reply().status == 200
        wire.send(*lines, "X: " + "a" * (room + 1))
        assert wire.reply().status == 431


@pytest.mark.parametrize("framing", ["length", "chunks"])
def test_a_body_above_1_mib_is_413_and_the_end(server, framing):
    head = ["POST /login HTTP/1.1", "Host: a", "Content-Type: application/json"]
    size = 1024 * 1024 + 1
    with server.connect() as wire:
        if framing == "length":
            wire.send(*head, f"Content-Length: {size}")
        else:
            wire.send(*head, "Transfer-Encoding: chunked")
            wire.send_bytes(b"%x\r\n" % size)
        assert wire.reply().status == 413


def test_a_body_of_exactly_1_mib_is_read(server):
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", body=b"x=" + b"a" * (1024 * 1024 - 2))
        assert wire.reply().status == 422


def test_chunks_that_add_up_to_too_much_are_413(server):
    piece = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Content-Type: application/json",
            "Transfer-Encoding: chunked")
        try:
            for _ in range(17):
                wire.send_bytes(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert wire.reply().status == 413


@pytest.mark.parametrize("coding", ["gzip", "gzip, chunked", "identity", "deflate, chunked"])
def test_an_unknown_transfer_coding_is_501_where_its_end_is_known_and_else_400(server, coding):
    # RFC 9112, 6.1 and 6.3: when chunked is not the last one the length cannot be known
    reply = _refused(server, request("POST /login HTTP/1.1", "Host: a",
        f"Transfer-Encoding: {coding}", body=b"0\r\n\r\n"))
    assert reply.status == (501 if coding.endswith("chunked") else 400)


@pytest.mark.parametrize("version", ["HTTP/2.0", "HTTP/0.9", "HTTP/3.0", "HTTP/9.9"])
def test_another_major_version_is_505(server, version):
    reply = _refused(server, request(f"GET / {version}", "Host: a"))
    assert reply.status == 505


def test_a_later_minor_version_is_spoken_as_1_1(server):
    # RFC 9110, 2.5: a minor version above our own is the same major protocol
    with server.connect() as wire:
        wire.send("GET /healthz HTTP/1.2", f"Host: {server.host}")
        reply = wire.reply()
    assert reply.version == "1.1" and reply.status == 200


def test_http_2_by_prior_knowledge_is_refused(server):
    # RFC 9112, 3.2.4: an asterisk fits no method but OPTIONS, and that is seen before the version.
    assert _refused(server, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").status == 400


def test_tls_on_a_clear_port_is_refused(server):
    with server.connect() as wire:
        wire.send_bytes(bytes.fromhex("16030100a5010000a10303") + bytes(160))
        assert wire.reply().status == 400
        assert wire.ended()


def test_the_end_of_the_stream_in_the_middle_of_a_request_is_no_request(server, ada, algebra):
    import socket
    body = b"body=half"
    with server.connect() as wire:
        wire.send(f"POST {algebra.path}/posts HTTP/1.1", f"Host: {server.host}",
            f"Authorization: Bearer {ada.token}", "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body) + 1}")
        wire.send_bytes(body)
        wire.sock.shutdown(socket.SHUT_WR)
        assert wire.ended(), "nobody is there to be answered"
    assert algebra.bodies() == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'"text"', b"null", b"{}{}", b"{'a':1}", b'{"a":1,}',
    b'{"a":1,"a":2}', b"\xff\xfe", b'{"a":NaN}', b"// comment\n{}", b"[" * 100 + b"]" * 100, b'{"a":"\x01"}'],
    ids=repr)
def test_what_is_not_one_json_object_is_400(server, body):
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/json", body=body)
        assert wire.reply().status == 400
        assert wire.get("/healthz").status == 200, "the framing was right: the connection lives on"


@pytest.mark.parametrize("body", [b"email=%", b"email=%4", b"email=%zz", b"email=%ff%fe", b"email=\xff"], ids=repr)
def test_a_form_that_is_no_text_is_400(server, body):
    with server.connect() as wire:
        wire.send("POST /login HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
            "Content-Type: application/x-www-form-urlencoded", body=body)
        assert wire.reply().status == 400


@pytest.mark.parametrize("path", ["/classes?before=%", "/login?next=%zz", "/%", "/%zz", "/%00", "/a%00b"])
def test_a_target_with_bad_percent_coding_is_400_in_a_query_and_404_in_a_path(server, ada, path):
    assert ada.get(path).status == (400 if "?" in path else 404), "a query is read, a path only compared"


@pytest.mark.parametrize("kind, body, status, word", [
    ("x-www-form-urlencoded", b"&".join([b"a=b"] * 256), 422, "fields"),
    ("x-www-form-urlencoded", b"&".join([b"a=b"] * 257), 413, "256"),
    ("json", b'{"a":[' + b",".join([b"1"] * 20000) + b"]}", 400, "too many values"),
    ("json", b"{" + b",".join(b'"k%d":1' % n for n in range(257)) + b"}", 400, "too many keys"),
    ("json", b'{"a":' + b"[" * 16 + b"]" * 16 + b"}", 400, "too deeply"),
], ids=["256 fields", "257 fields", "values", "keys", "depth"])
def test_a_body_of_too_many_things_is_told_what_of(server, kind, body, status, word):
    answer = Client(server).post_raw("/login", body, "application/" + kind)
    assert answer.status == status and word in answer["detail"]


@pytest.mark.parametrize("number, status", [("9223372036854775807", 422), ("-9223372036854775808", 422),
    ("9223372036854775808", 400), ("-9223372036854775809", 400), ("1e308", 422), ("1e999", 400),
    ("0." + "1" * 30, 422), ("0." + "1" * 31, 400)])
def test_a_number_has_its_range_also_where_nobody_asks_for_it(server, number, status):
    answer = Client(server).post_raw("/login", b'{"unasked":%s}' % number.encode(), "application/json")
    assert answer.status == status


def test_a_query_of_too_many_fields_is_told_so(server, ada):
    assert ada.get("/classes?" + "&".join(["a"] * 256)).status == 200
    answer = ada.get("/classes?" + "&".join(["a"] * 257))
    assert answer.status == 400 and "256" in answer["detail"]
