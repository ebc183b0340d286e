"""RFC 6455 as bytes: the handshake, every kind of frame, and what the rules forbid."""

import json
import signal

import pytest

from support.chat import Framed, Socket, start_live
from support.school import create_class, unique
from support.wire import Wire

# Section 1.3.
KEY = "dGhlIHNhbXBsZSBub25jZQ=="
ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

MAX = 64 * 1024
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
PING_COMMAND = b'{"type":"ping"}'


def named(**table):
    """The rows of a table, each with its name as the test's id."""
    return [pytest.param(*(row if isinstance(row, tuple) else (row,)), id=name)
        for name, row in table.items()]


def header(opcode, size, final=True, reserved=0, masked=True, length_bytes=None):
    """Section 5.2; `length_bytes`: another form of the length than the shortest."""
    if length_bytes is None:
        length_bytes = 0 if size < 126 else 2 if size < 1 << 16 else 8
    short = {0: size, 2: 126, 8: 127}[length_bytes]
    long = size.to_bytes(length_bytes, "big") if length_bytes else b""
    return bytes([final << 7 | reserved << 4 | opcode, masked << 7 | short]) + long


def frame(opcode, payload=b"", mask=b"\x37\xfa\x21\x3d", **more):
    """As a client sends it."""
    if not more.get("masked", True):
        return header(opcode, len(payload), **more) + payload
    hidden = bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload))
    return header(opcode, len(payload), **more) + mask + hidden


def close_frame(code, reason=b""):
    return frame(CLOSE, code.to_bytes(2, "big") + reason)


def say(**command):
    return frame(TEXT, json.dumps(command, ensure_ascii=False).encode())


def pieces(opcode, *payloads):
    """One message in so many fragments."""
    last = len(payloads) - 1
    return b"".join(frame(CONTINUATION if i else opcode, payload, final=i == last)
        for i, payload in enumerate(payloads))


def opening(host, start="GET /chat HTTP/1.1", **changes):
    """The bytes of section 4.1's request; a change to None leaves the field out."""
    fields = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": KEY,
        "Sec-WebSocket-Protocol": "miniclass.v1",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    lines = [start]
    for name, value in fields.items():
        values = value if isinstance(value, list) else [] if value is None else [value]
        lines += [f"{name}: {each}" for each in values]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


class Peer(Wire):
    """A client that sends bytes, and takes only what section 5.1 allows a server."""

    def __init__(self, chatd, token=None):
        super().__init__(chatd.socket(), chatd.host)
        if token is not None:
            assert self.open().status == 101
            self.send_bytes(say(type="hello", token=token))
            assert self.event()["type"] == "welcome"

    def open(self, *start, **changes):
        self.send_bytes(opening(self.host, *start, **changes))
        return self.reply()

    def frame(self):
        """The next one, as opcode and payload."""
        first, second = self._exactly(2)
        assert first & 0xf0 == 0x80, f"a server's frame begins with {first:#x}"
        length = second
        if second == 126:
            length = int.from_bytes(self._exactly(2), "big")
            assert length >= 126
        elif second == 127:
            length = int.from_bytes(self._exactly(8), "big")
            assert length >= 1 << 16
        else:
            assert second < 126, "a server does not mask"
        return first & 0x0f, self._exactly(length)

    def event(self):
        opcode, payload = self.frame()
        assert opcode == TEXT, (opcode, payload)
        return json.loads(payload)

    def events(self):
        """Everything that came until the daemon has answered a ping command."""
        self.send_bytes(frame(TEXT, PING_COMMAND))
        found = []
        while (event := self.event())["type"] != "pong":
            found.append(event)
        return found

    def closed(self):
        """The code of the close frame that comes next, and is the last thing."""
        opcode, payload = self.frame()
        assert opcode == CLOSE, (opcode, payload)
        assert self.ended(), "the connection goes on behind a close frame"
        payload[2:].decode()
        return int.from_bytes(payload[:2], "big")


@pytest.fixture(scope="module")
def room(ada, ben):
    return start_live(create_class(ada).join(ben))["room"]


@pytest.fixture(scope="module")
def beside(chatd, room, ben):
    """Somebody who is in the room through everything that others do wrong."""
    with Framed(chatd, ben.token) as chat:
        chat.join(room)
        yield chat


@pytest.fixture
def peer(chatd, room, beside, ben):
    """Joined, and everything read; at the end nobody else has noticed it."""
    with Peer(chatd, ben.token) as peer:
        peer.send_bytes(say(type="join", room=room, after=0))
        while peer.event()["type"] != "joined":
            pass
        peer.events()
        yield peer
    body = unique("Undisturbed")
    seq = beside.send(room, body)
    message = beside.until("message", room=room)
    assert (message["seq"], message["body"]) == (seq, body)
    assert beside.drain() == []


# --- the handshake --------------------------------------------------------------------------


def test_the_accept_key_is_that_of_the_rfcs_example(chatd):
    with Peer(chatd) as peer:
        reply = peer.open()
        assert (reply.version, reply.status) == ("1.1", 101)
        assert reply["Upgrade"].lower() == "websocket"
        assert reply["Connection"].lower() == "upgrade"
        assert reply["Sec-WebSocket-Accept"] == ACCEPT
        assert reply["Sec-WebSocket-Protocol"] == "miniclass.v1"
        assert "Sec-WebSocket-Extensions" not in reply


@pytest.mark.parametrize("changes", named(
    subprotocol_among_others={"Sec_WebSocket_Protocol": "chat, miniclass.v1"},
    subprotocol_in_a_second_field={"Sec_WebSocket_Protocol": ["chat", "miniclass.v1"]},
    other_tokens_beside={"Upgrade": "h2c, WebSocket", "Connection": "keep-alive, upgrade"},
    query={"start": "GET /chat?page=1 HTTP/1.1"},
    extension={"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits"},
    another_cookie={"Cookie": "theme=dark", "Origin": None},
))
def test_an_upgrade_may_say_more_and_gets_our_subprotocol_without_extensions(chatd, changes):
    with Peer(chatd) as peer:
        reply = peer.open(**changes)
        assert reply.status == 101
        assert reply["Sec-WebSocket-Protocol"] == "miniclass.v1"
        assert "Sec-WebSocket-Extensions" not in reply


@pytest.mark.parametrize("offered", [None, "chat", "miniclass.v2, MINICLASS", "MiniClass.V1"])
def test_without_our_subprotocol_none_is_agreed_and_chat_works(chatd, ben, offered):
    with Peer(chatd) as peer:
        reply = peer.open(Sec_WebSocket_Protocol=offered)
        assert reply.status == 101
        assert "Sec-WebSocket-Protocol" not in reply
        peer.send_bytes(say(type="hello", token=ben.token))
        assert peer.event()["type"] == "welcome"


@pytest.mark.parametrize("status, changes", named(
    older_version=(426, {"Sec_WebSocket_Version": "8"}),
    newer_version=(426, {"Sec_WebSocket_Version": "14"}),
    no_version=(426, {"Sec_WebSocket_Version": None}),
    two_versions=(426, {"Sec_WebSocket_Version": ["13", "13"]}),
    no_upgrade=(426, {"Upgrade": None}),
    other_upgrade=(426, {"Upgrade": "h2c"}),
    http_1_0=(426, {"start": "GET /chat HTTP/1.0"}),
    connection_without_upgrade=(400, {"Connection": "keep-alive"}),
    no_key=(400, {"Sec_WebSocket_Key": None}),
    empty_key=(400, {"Sec_WebSocket_Key": ""}),
    short_key=(400, {"Sec_WebSocket_Key": "dGhlIHNhbXBsZQ=="}),
    long_key=(400, {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZSEh"}),
    key_that_is_no_base64=(400, {"Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZ!=="}),
    two_keys=(400, {"Sec_WebSocket_Key": [KEY, KEY]}),
    body_of_a_size=(400, {"Content_Length": "6"}),
    body_in_chunks=(400, {"Transfer_Encoding": "chunked"}),
    no_host=(400, {"Host": None}),
    two_hosts=(400, {"Host": ["a", "a"]}),
    no_path=(400, {"start": "GET chat HTTP/1.1"}),
    no_http=(400, {"start": "GET /chat HTTPS/1.1"}),
    other_method=(405, {"start": "GRAB /chat HTTP/1.1"}),
    method_of_forms=(405, {"start": "POST /chat HTTP/1.1"}),
    method_of_preflights=(405, {"start": "OPTIONS /chat HTTP/1.1"}),
    other_path=(404, {"start": "GET /chats HTTP/1.1"}),
    path_below=(404, {"start": "GET /chat/ HTTP/1.1"}),
    root=(404, {"start": "GET / HTTP/1.1"}),
    foreign_page=(403, {"Origin": "https://evil.example"}),
    page_without_an_origin_of_its_own=(403, {"Origin": "null"}),
))
def test_what_is_no_upgrade_is_refused_in_http(chatd, status, changes):
    with Peer(chatd) as peer:
        reply = peer.open(**changes)
        assert reply.status == status
        # RFC 6455, 4.4 and RFC 9110, 15.5.22.
        assert reply.get("Sec-WebSocket-Version") == ("13" if status == 426 else None)
        assert reply.get("Upgrade") == ("websocket" if status == 426 else None)
        assert ("upgrade" in reply["Connection"].lower().split(", ")) == (status == 426)
        assert reply.get("Allow") == ("GET" if status == 405 else None)
        assert reply.text.endswith(".")
        assert reply.closes and peer.ended()


@pytest.mark.parametrize("origin", [None, "", "null", "{}", "file://", "https://evil.example",
    "http://{}.evil.example", "http://evil.example/{}", "http://evil.example@{}",
    "http://{}:80.evil.example", "http://{}:80@evil.example", "http://{}:80/", "http://{}:65536"])
def test_a_cookie_that_another_page_brings_opens_nothing(chatd, ben, origin):
    with Peer(chatd) as peer:
        host = chatd.host.rsplit(":", 1)[0]
        reply = peer.open(Cookie=f"mc_session={ben.token}",
            Origin=None if origin is None else origin.format(host))
        assert reply.status == 403
        assert reply.closes and peer.ended()


def test_of_two_origins_each_must_be_allowed(chatd, ben):
    own, foreign = f"http://{chatd.host}", "https://evil.example"
    for origins in ([own, foreign], [foreign, own]):
        with Peer(chatd) as peer:
            assert peer.open(Cookie=f"mc_session={ben.token}", Origin=origins).status == 403


@pytest.mark.parametrize("origin", ["http://{}", "https://{}", "http://{}:8080"])
def test_a_cookie_from_a_page_of_the_same_host_is_a_hello(chatd, ben, origin):
    with Peer(chatd) as peer:
        host = chatd.host.rsplit(":", 1)[0]
        assert peer.open(Cookie=f"mc_session={ben.token}",
            Origin=origin.format(host)).status == 101
        assert peer.event() == {"type": "welcome", "user": {"id": ben.id, "name": ben.name}}


def test_a_program_may_show_its_token_as_over_http(chatd, ada, ben):
    cookie = f"mc_session={ada.token}"
    for more in ({}, {"Cookie": cookie}, {"Cookie": cookie, "Origin": f"http://{chatd.host}"}):
        with Peer(chatd) as peer:
            assert peer.open(Authorization=f"bearer {ben.token}", **more).status == 101
            assert peer.event() == {"type": "welcome", "user": {"id": ben.id, "name": ben.name}}
            peer.send_bytes(say(type="hello", token=ben.token) + frame(TEXT, PING_COMMAND))
            assert peer.event() == {"type": "pong"}
            peer.send_bytes(say(type="hello", token=ben.token))
            assert peer.event()["code"] == "bad_state"
    with Peer(chatd) as peer:
        assert peer.open(Authorization=f"Bearer {ben.token}", Origin="https://evil.example").status == 403


@pytest.mark.parametrize("origin, status", [("https://{}", 101), ("https://{}:8080", 101), ("http://{}", 403),
    ("http://{}:443", 403), ("ws://{}", 403)])
def test_over_tls_a_page_that_came_in_clear_is_another_ones(start_chatd, new_certificate, ben, origin, status):
    cert, key = new_certificate("school.example")
    chatd = start_chatd(tls_cert=cert, tls_key=key)
    with Peer(chatd) as peer:
        host = chatd.host.rsplit(":", 1)[0]
        reply = peer.open(Cookie=f"__Host-mc_session={ben.token}", Origin=origin.format(host))
        assert reply.status == status


def test_only_the_pages_of_the_setting_may_open_it_when_there_is_one(start_chatd, ben):
    chatd = start_chatd(chat_origins="https://school.example https://other.example:8443")
    for origin, status in (
            ("https://school.example", 101),
            ("https://other.example:8443", 101),
            ("https://other.example", 403),
            ("http://school.example", 403),
            ("https://school.example.evil.example", 403),
            (f"http://{chatd.host}", 403)):
        with Peer(chatd) as peer:
            reply = peer.open(Cookie=f"mc_session={ben.token}", Origin=origin)
            assert reply.status == status, origin


def test_a_cookie_that_is_no_session_ends_with_an_error_and_1008(chatd):
    for shown in ({"Cookie": "mc_session=" + "A" * 43, "Origin": f"http://{chatd.host}"},
            {"Authorization": "Bearer " + "A" * 43}):
        with Peer(chatd) as peer:
            assert peer.open(**shown).status == 101
            assert peer.event()["code"] == "unauthenticated"
            assert peer.closed() == 1008


# --- what the rules forbid ------------------------------------------------------------------


FORBIDDEN = named(
    unmasked_text=(1002, frame(TEXT, PING_COMMAND, masked=False)),
    unmasked_ping=(1002, frame(PING, b"", masked=False)),
    unmasked_close=(1002, frame(CLOSE, b"", masked=False)),
    **{f"reserved_bit_{bit}": (1002, frame(TEXT, PING_COMMAND, reserved=bit)) for bit in (1, 2, 4)},
    reserved_bit_of_a_ping=(1002, frame(PING, b"", reserved=4)),
    **{f"opcode_{opcode}": (1002, frame(opcode, b"x")) for opcode in (3, 4, 5, 6, 7)},
    **{f"opcode_{opcode}": (1002, frame(opcode, b"x")) for opcode in (11, 12, 13, 14, 15)},
    fragmented_ping=(1002, frame(PING, b"x", final=False)),
    fragmented_pong=(1002, frame(PONG, b"x", final=False)),
    fragmented_close=(1002, frame(CLOSE, b"", final=False)),
    ping_of_126=(1002, frame(PING, b"x" * 126)),
    pong_of_126=(1002, frame(PONG, b"x" * 126)),
    close_of_126=(1002, close_frame(1000, b"x" * 124)),
    ping_of_64_kib=(1002, frame(PING, b"x" * MAX)),
    continuation_of_nothing=(1002, frame(CONTINUATION, PING_COMMAND)),
    text_within_a_message=(1002, frame(TEXT, b"{", final=False) + frame(TEXT, b"}")),
    binary_within_a_message=(1002, frame(TEXT, b"{", final=False) + frame(BINARY, b"}")),
    length_15_in_two_bytes=(1002, frame(TEXT, PING_COMMAND, length_bytes=2)),
    length_15_in_eight_bytes=(1002, frame(TEXT, PING_COMMAND, length_bytes=8)),
    length_above_63_bits=(1002, header(TEXT, (1 << 63) + 15, length_bytes=8)),
    ping_length_in_two_bytes=(1002, frame(PING, b"x", length_bytes=2)),
    http_again=(1002, opening("localhost")),
    close_with_half_a_code=(1002, frame(CLOSE, b"\x03")),
    **{f"close_{code}": (1002, close_frame(code))
        for code in (0, 999, 1004, 1005, 1006, 1012, 1015, 2999, 5000, 65535)},
    no_utf8=(1007, frame(TEXT, b'{"type":"ping","x":"\xff"}')),
    overlong_utf8=(1007, frame(TEXT, b'{"type":"ping","x":"\xc0\x80"}')),
    surrogate=(1007, frame(TEXT, b'{"type":"ping","x":"\xed\xa0\x80"}')),
    cut_utf8=(1007, frame(TEXT, b"\xe2\x82")),
    cut_utf8_in_fragments=(1007, pieces(TEXT, b"\xe2", b"\x82")),
    no_utf8_in_a_fragment_that_is_not_the_last=(1007, frame(TEXT, b"\xff", final=False)),
    no_utf8_in_the_reason_of_a_close=(1007, close_frame(1000, b"\xff")),
    cut_utf8_in_the_reason_of_a_close=(1007, close_frame(1000, b"\xe2\x82")),
    binary=(1003, frame(BINARY, PING_COMMAND)),
    empty_binary=(1003, frame(BINARY)),
    binary_in_fragments=(1003, pieces(BINARY, PING_COMMAND[:5], PING_COMMAND[5:])),
    a_byte_above_64_kib=(1009, frame(TEXT, b" " * (MAX + 1))),
    a_byte_above_64_kib_in_fragments=(1009, pieces(TEXT, b" " * MAX, b" ")),
    large_by_its_header=(1009, header(TEXT, (1 << 63) - 1, length_bytes=8) + b"maskx"),
    large_by_its_header_alone=(1009, header(TEXT, 1 << 40, length_bytes=8) + b"mask"),
)


CODES = {1007: "bad_json", 1009: "too_big"}
WORDS = {
    1002: "This is not WebSocket framing.",
    1003: "A message is text, not binary.",
    1007: "Text is UTF-8, also the reason of a close.",
    1009: "A message has at most 64 KiB.",
}


def assert_failed(peer, closes_with, code, message):
    error = peer.event()
    assert (error["type"], error["code"], error["message"]) == ("error", code, message)
    assert set(error) == {"type", "code", "message"}
    assert peer.closed() == closes_with


@pytest.mark.parametrize("closes_with, data", FORBIDDEN)
def test_what_the_rfc_forbids_ends_with_an_error_and_a_close_frame(peer, closes_with, data):
    peer.send_bytes(data)
    assert_failed(peer, closes_with, CODES.get(closes_with, "bad_frame"), WORDS[closes_with])


@pytest.mark.parametrize("data", named(
    no_json=frame(TEXT, b"ping"),
    empty=frame(TEXT),
    array=frame(TEXT, b"[]"),
    two_objects=frame(TEXT, PING_COMMAND * 2),
    a_size_before=frame(TEXT, b"15\r\n" + PING_COMMAND + b"\r\n"),
    ten_thousand_levels=frame(TEXT, b"[" * 10000),
))
def test_a_text_that_is_no_json_object_ends_with_an_error_and_1008(peer, data):
    peer.send_bytes(data)
    error = peer.event()
    assert (error["type"], error["code"]) == ("error", "bad_json")
    assert peer.closed() == 1008


def test_a_bad_command_is_refused_and_the_connection_goes_on(peer):
    peer.send_bytes(say(type="shout"))
    assert peer.event()["code"] == "bad_type"
    assert peer.events() == []


def test_a_command_before_hello_ends_with_1008(chatd):
    with Peer(chatd) as peer:
        assert peer.open().status == 101
        peer.send_bytes(say(type="join", room=7))
        assert peer.event()["code"] == "unauthenticated"
        assert peer.closed() == 1008


@pytest.mark.parametrize("closes_with, opcode", named(
    binary=(1003, BINARY),
    continuation_behind_the_last_fragment=(1002, CONTINUATION),
))
def test_what_stands_before_a_forbidden_frame_is_done_and_what_is_behind_it_is_not(peer, room,
        closes_with, opcode):
    peer.send_bytes(pieces(TEXT, PING_COMMAND[:5], PING_COMMAND[5:]) + frame(opcode) +
        say(type="send", room=room, client_id=unique("late"), body="behind"))
    assert peer.event() == {"type": "pong"}
    assert_failed(peer, closes_with, "bad_frame", WORDS[closes_with])


# --- what they allow ------------------------------------------------------------------------


@pytest.mark.parametrize("data", named(
    one_frame=frame(TEXT, PING_COMMAND),
    another_mask=frame(TEXT, PING_COMMAND, mask=b"\xff\x00\xaa\x55"),
    mask_of_zeros=frame(TEXT, PING_COMMAND, mask=b"\0\0\0\0"),
    two_fragments=pieces(TEXT, PING_COMMAND[:7], PING_COMMAND[7:]),
    a_byte_each=pieces(TEXT, *(PING_COMMAND[i:i + 1] for i in range(len(PING_COMMAND)))),
    empty_fragments=pieces(TEXT, b"", PING_COMMAND, b"", b""),
    character_in_two_fragments=pieces(TEXT, b'{"type":"ping","x":"\xe2\x82', b'\xac"}'),
    sixty_four_kib=frame(TEXT, PING_COMMAND.ljust(MAX)),
    sixty_four_kib_in_fragments=pieces(TEXT, PING_COMMAND, b" " * (MAX - len(PING_COMMAND))),
    length_in_two_bytes=frame(TEXT, PING_COMMAND.ljust(126)),
    pong_that_nobody_asked_for=frame(PONG, b"hello") + frame(TEXT, PING_COMMAND),
))
def test_a_command_may_come_in_any_frames(peer, data):
    peer.send_bytes(data)
    assert peer.event() == {"type": "pong"}
    assert peer.events() == []


@pytest.mark.parametrize("payload", [b"", b"mc", bytes(range(125)), b"\xff" * 125],
    ids=["empty", "short", "of_125_bytes", "no_utf8"])
def test_a_ping_is_answered_with_its_payload(peer, payload):
    peer.send_bytes(frame(PING, payload))
    assert peer.frame() == (PONG, payload)
    assert peer.events() == []


def test_a_ping_between_fragments_is_answered_before_the_message(peer):
    peer.send_bytes(frame(TEXT, PING_COMMAND[:3], final=False))
    peer.send_bytes(frame(PING, b"between"))
    assert peer.frame() == (PONG, b"between")
    peer.send_bytes(frame(PONG) + frame(CONTINUATION, PING_COMMAND[3:9], final=False))
    peer.send_bytes(frame(PING, b"again") + frame(CONTINUATION, PING_COMMAND[9:]))
    assert peer.frame() == (PONG, b"again")
    assert peer.event() == {"type": "pong"}
    assert peer.events() == []


@pytest.mark.parametrize("data, code", named(
    without_a_code=(frame(CLOSE), 1000),
    normal=(close_frame(1000), 1000),
    going_away_with_a_reason=(close_frame(1001, "Bis später".encode()), 1001),
    longest_reason=(close_frame(1000, b"x" * 123), 1000),
    last_of_the_rfc=(close_frame(1011), 1011),
    of_a_library=(close_frame(3000), 3000),
    of_ones_own=(close_frame(4999), 4999),
    within_a_message=(frame(TEXT, b"{", final=False) + close_frame(1000), 1000),
))
def test_a_close_is_answered_with_its_code(peer, data, code):
    peer.send_bytes(data)
    assert peer.closed() == code


def test_nothing_is_done_behind_a_close(peer, room):
    peer.send_bytes(frame(CLOSE) + frame(PING, b"late") +
        say(type="send", room=room, client_id=unique("late"), body="behind"))
    assert peer.closed() == 1000


def test_a_message_reaches_both_forms(chatd, room, peer, beside, ada):
    with Socket(chatd, ada.token) as teacher:
        seq = teacher.send(room, "é" * 2048)
    for message in (peer.event(), beside.until("message")):
        assert (message["type"], message["seq"], message["body"]) == ("message", seq, "é" * 2048)


@pytest.mark.parametrize("data", [b"", b"\x81", frame(TEXT, PING_COMMAND)[:-1],
    frame(TEXT, PING_COMMAND, final=False)],
    ids=["nothing", "a_byte", "most_of_a_frame", "a_fragment"])
def test_a_connection_that_ends_without_a_close_disturbs_nobody(peer, data):
    peer.send_bytes(data)


def test_a_daemon_that_stops_says_1001_and_is_gone_when_its_clients_are(start_chatd, ben):
    # Less than the two seconds that it gives to somebody who does not end.
    chatd = start_chatd(stop_timeout="1900ms")
    with Peer(chatd, ben.token) as peer, Framed(chatd, ben.token) as framed:
        chatd.signal(signal.SIGTERM)
        assert peer.closed() == 1001
        assert framed.ended()
        assert [event["code"] for event in framed.kept] == ["going_away"]
    assert chatd.wait() == 0
    assert "stopped" in chatd.log
    assert "stop_timeout" not in chatd.log


# --- in pieces ------------------------------------------------------------------------------


@pytest.fixture
def unix_chatd(start_chatd, workplace):
    """On a Unix socket one can see when the daemon has read what was sent."""
    return start_chatd(chat_listen=f"unix:{workplace}/chat.sock")


@pytest.fixture
def quiet_room(ada, ben):
    return start_live(create_class(ada).join(ben))["room"]


def session(host, token, room, after, client_id):
    send = json.dumps({"type": "send", "room": room, "client_id": client_id,
        "body": "In pieces: é €"}, ensure_ascii=False).encode()
    return opening(host) + say(type="hello", token=token) + \
        say(type="join", room=room, after=after) + \
        frame(TEXT, send[:-4], final=False) + frame(PING, b"between") + \
        frame(CONTINUATION, send[-4:]) + frame(TEXT, PING_COMMAND.ljust(126))


def assert_answered(peer, room, person, seq, client_id):
    """What comes from different places of the daemon comes in any order."""
    assert peer.reply()["Sec-WebSocket-Accept"] == ACCEPT
    found = {}
    while len(found) < 6:
        opcode, payload = peer.frame()
        event = json.loads(payload) if opcode == TEXT else {"type": opcode, "payload": payload}
        assert event["type"] not in found
        found[event["type"]] = event
    assert found[PONG]["payload"] == b"between"
    assert found["welcome"]["user"] == {"id": person.id, "name": person.name}
    assert found["joined"]["room"] == room
    assert (found["message"]["seq"], found["message"]["body"]) == (seq, "In pieces: é €")
    assert found["ack"] == {"type": "ack", "room": room, "client_id": client_id, "seq": seq}
    assert found["pong"] == {"type": "pong"}
    assert peer.events() == []


def send_pieces(peer, data, size):
    """Each piece is read by the daemon before the next one is sent."""
    for i in range(0, len(data), size):
        peer.send_bytes(data[i:i + size])
        peer.wait_consumed()


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_a_session_may_come_in_pieces_of_any_size(unix_chatd, quiet_room, ben, size):
    data = session(unix_chatd.host, ben.token, quiet_room, 0, "bytes")
    with Peer(unix_chatd) as peer:
        send_pieces(peer, data, size)
        assert_answered(peer, quiet_room, ben, 1, "bytes")


def test_a_session_may_be_split_anywhere(unix_chatd, quiet_room, ben):
    size = len(session(unix_chatd.host, ben.token, quiet_room, 100, "s100"))
    for n in range(size):
        client_id = f"s{n:03}"
        data = session(unix_chatd.host, ben.token, quiet_room, n, client_id)
        with Peer(unix_chatd) as peer:
            peer.send_bytes(data[:n])
            peer.wait_consumed()
            peer.send_bytes(data[n:])
            assert_answered(peer, quiet_room, ben, n + 1, client_id)


def test_byte_by_byte_goes_over_tcp_too(chatd, quiet_room, ben):
    data = session(chatd.host, ben.token, quiet_room, 0, "tcp")
    with Peer(chatd) as peer:
        for i in range(len(data)):
            peer.send_bytes(data[i:i + 1])
        assert_answered(peer, quiet_room, ben, 1, "tcp")


@pytest.mark.parametrize("closes_with, data",
    [row for row in FORBIDDEN if len(row.values[1]) < 1000])
def test_what_is_forbidden_is_so_byte_by_byte(peer, closes_with, data):
    try:
        for i in range(len(data)):
            peer.send_bytes(data[i:i + 1])
    except (BrokenPipeError, ConnectionResetError):
        pass  # it was refused before its last byte
    assert peer.event()["code"] == CODES.get(closes_with, "bad_frame")
    assert peer.closed() == closes_with
