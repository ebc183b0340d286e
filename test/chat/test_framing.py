"""The framed form: what is no frame and no command harms nobody else; and frames come in pieces."""

import json
import socket

import pytest

from support.chat import Framed, framed, start_live
from support.school import create_class, unique
from support.wire import Wire

FRAME = "A frame is its size in decimal, CRLF, that many bytes of JSON, CRLF."
LARGE = "A frame has at most 64 KiB."
OBJECT = "A command is one JSON object."
MAX = 64 * 1024
PING = b'{"type":"ping"}'
PING_FRAME = b"15\r\n" + PING + b"\r\n"


def named(**table):
    """The rows of a table, each with its name as the test's id."""
    return [pytest.param(*(row if isinstance(row, tuple) else (row,)), id=name)
        for name, row in table.items()]


def ping_with(member):
    return b'{"type":"ping",' + member + b"}"


def nested(levels):
    """A ping that is an object with so many levels, itself among them."""
    return ping_with(b'"x":' + b"[" * (levels - 1) + b"]" * (levels - 1))


BROKEN_FRAMES = named(
    plus_sign=(b"+15\r\n" + PING + b"\r\n", FRAME),
    minus_sign=(b"-15\r\n" + PING + b"\r\n", FRAME),
    leading_zero=(b"015\r\n" + PING + b"\r\n", FRAME),
    zero=(b"0\r\n\r\n", FRAME),
    zeros=(b"00\r\n\r\n", FRAME),
    empty_size=(b"\r\n" + PING + b"\r\n", FRAME),
    no_size=(PING + b"\r\n", FRAME),
    hexadecimal=(b"0xf\r\n" + PING + b"\r\n", FRAME),
    hexadecimal_digit=(b"f\r\n" + PING + b"\r\n", FRAME),
    fraction=(b"15.0\r\n" + PING + b"\r\n", FRAME),
    exponent=(b"1e1\r\n" + PING + b"\r\n", FRAME),
    space_before=(b" 15\r\n" + PING + b"\r\n", FRAME),
    space_behind=(b"15 \r\n" + PING + b"\r\n", FRAME),
    space_within=(b"1 5\r\n" + PING + b"\r\n", FRAME),
    tab=(b"\t15\r\n" + PING + b"\r\n", FRAME),
    extension=(b"15;a=b\r\n" + PING + b"\r\n", FRAME),
    nul_in_size=(b"1\x005\r\n" + PING + b"\r\n", FRAME),
    other_digits=("١٥\r\n".encode() + PING + b"\r\n", FRAME),
    lf_only=(b"15\n" + PING + b"\n", FRAME),
    cr_only=(b"15\r" + PING + b"\r", FRAME),
    lf_behind_body=(b"15\r\n" + PING + b"\n\n", FRAME),
    nothing_behind_body=(b"15\r\n" + PING + PING_FRAME, FRAME),
    size_below_body=(b"14\r\n" + PING + b"\r\n", FRAME),
    size_above_body=(b"16\r\n" + PING + b"\r\n" + PING_FRAME, FRAME),
    eight_digits=(b"10000000\r\n", FRAME),
    thirty_digits=(b"1" * 30 + b"\r\n", FRAME),
    other_protocol=(b"\x16\x03\x01\x02\x00\x01\x00", FRAME),
    hexadecimal_with_a_letter=(b"DE\r\n", FRAME),
    seven_digits=(b"9999999\r\n", LARGE),
    a_byte_above_64_kib=(b"%d\r\n%s" % (MAX + 1, b" " * MAX), LARGE),
)

BROKEN_JSON = named(
    not_json=(b"ping", "The JSON is wrong"),
    blank=(b" ", "The JSON is wrong"),
    cut=(b'{"type":"ping"', "The JSON is wrong"),
    cut_in_a_string=(b'{"type":"pi', "The JSON is wrong"),
    two_objects=(PING + PING, "The JSON is wrong"),
    comma_behind_the_last=(b'{"type":"ping",}', "The JSON is wrong"),
    single_quotes=(b"{'type':'ping'}", "The JSON is wrong"),
    key_without_quotes=(b'{type:"ping"}', "The JSON is wrong"),
    comment=(PING + b"/**/", "The JSON is wrong"),
    not_a_number=(ping_with(b'"x":NaN'), "The JSON is wrong"),
    byte_order_mark=(b"\xef\xbb\xbf" + PING, "The JSON is wrong"),
    nul=(b"\0", "The JSON is wrong"),
    nul_behind=(PING + b"\0", "The JSON is wrong"),
    nul_in_a_string=(ping_with(b'"x":"\0"'), "The JSON is wrong"),
    newline_in_a_string=(ping_with(b'"x":"\n"'), "The JSON is wrong"),
    half_a_surrogate_pair=(ping_with(b'"x":"\\ud800"'), "The JSON is wrong"),
    key_twice=(ping_with(b'"type":"ping"'), "The JSON is wrong"),
    key_twice_in_two_spellings=(ping_with(b'"\\u0074ype":"ping"'), "The JSON is wrong"),
    unknown_key_twice=(ping_with(b'"x":1,"x":1'), "The JSON is wrong"),
    seventeen_levels=(nested(17), "The JSON is wrong"),
    ten_thousand_levels=(nested(10000), "The JSON is wrong"),
    ten_thousand_levels_that_stay_open=(b"[" * 10000, "The JSON is wrong"),
    ten_thousand_levels_of_objects=(b'{"a":' * 10000 + b"1" + b"}" * 10000, "The JSON is wrong"),
    no_utf8=(ping_with(b'"x":"\xff"'), "The JSON is not valid UTF-8"),
    overlong_utf8=(ping_with(b'"x":"\xc0\x80"'), "The JSON is not valid UTF-8"),
    surrogate_as_utf8=(ping_with(b'"x":"\xed\xa0\x80"'), "The JSON is not valid UTF-8"),
    cut_utf8=(ping_with(b'"x":"\xe2\x82"'), "The JSON is not valid UTF-8"),
    above_unicode=(ping_with(b'"x":"\xf4\x90\x80\x80"'), "The JSON is not valid UTF-8"),
    number_above_63_bits=(ping_with(b'"x":9223372036854775808'), "The JSON is wrong"),
    number_above_every_double=(ping_with(b'"x":1e999'), "The JSON is wrong"),
    array=(b"[" + PING + b"]", OBJECT),
    empty_array=(b"[]", OBJECT),
    string=(b'"ping"', OBJECT),
    number=(b"1", OBJECT),
    true=(b"true", OBJECT),
    null=(b"null", OBJECT),
)


def said(code, **members):
    return {"type": "error", "code": code, **members}


SEND = {"type": "send", "room": 7, "client_id": "c", "body": "Hello"}
WHERE = {"room": 7, "client_id": "c"}

BAD_COMMANDS = named(
    nothing=({}, said("bad_type")),
    type_null=({"type": None}, said("bad_type")),
    type_number=({"type": 1}, said("bad_type")),
    type_object=({"type": {"type": "ping"}}, said("bad_type")),
    type_empty=({"type": ""}, said("bad_type")),
    type_unknown=({"type": "shout", "room": 7}, said("bad_type", room=7)),
    type_in_capitals=({"type": "PING"}, said("bad_type")),
    type_with_nul=({"type": "ping\0"}, said("bad_type")),
    type_of_an_event=({"type": "pong"}, said("bad_type")),
    hello_token_number=({"type": "hello", "token": 1}, said("bad_field")),
    join_without_room=({"type": "join"}, said("bad_field")),
    join_room_null=({"type": "join", "room": None}, said("bad_field")),
    join_room_text=({"type": "join", "room": "7"}, said("bad_field")),
    join_room_true=({"type": "join", "room": True}, said("bad_field")),
    join_room_array=({"type": "join", "room": [7]}, said("bad_field")),
    join_room_fraction=({"type": "join", "room": 7.5}, said("bad_field")),
    join_room_zero=({"type": "join", "room": 0}, said("bad_field")),
    join_room_negative=({"type": "join", "room": -7}, said("bad_field")),
    join_after_text=({"type": "join", "room": 7, "after": "1"}, said("bad_field", room=7)),
    join_after_negative=({"type": "join", "room": 7, "after": -1}, said("bad_field", room=7)),
    join_after_fraction=({"type": "join", "room": 7, "after": 0.5}, said("bad_field", room=7)),
    join_after_true=({"type": "join", "room": 7, "after": True}, said("bad_field", room=7)),
    leave_without_room=({"type": "leave"}, said("bad_field")),
    leave_room_text=({"type": "leave", "room": "7"}, said("bad_field")),
    send_without_room=({**SEND, "room": None}, said("bad_field", client_id="c")),
    send_room_text=({**SEND, "room": "7"}, said("bad_field", client_id="c")),
    send_without_client_id=({**SEND, "client_id": None}, said("bad_field", room=7)),
    send_client_id_number=({**SEND, "client_id": 1}, said("bad_field", room=7)),
    send_client_id_empty=({**SEND, "client_id": ""}, said("bad_field", room=7)),
    send_client_id_control=({**SEND, "client_id": "a\nb"}, said("bad_field", room=7)),
    send_client_id_nul=({**SEND, "client_id": "a\0b"}, said("bad_field", room=7)),
    send_client_id_65_bytes=({**SEND, "client_id": "c" * 65}, said("too_long", room=7)),
    send_without_body=({**SEND, "body": None}, said("bad_field", **WHERE)),
    send_body_number=({**SEND, "body": 1}, said("bad_field", **WHERE)),
    send_body_object=({**SEND, "body": {}}, said("bad_field", **WHERE)),
    send_body_empty=({**SEND, "body": ""}, said("bad_field", **WHERE)),
    send_body_blank=({**SEND, "body": " \r\n\t "}, said("bad_field", **WHERE)),
    send_body_nul=({**SEND, "body": "a\0b"}, said("bad_field", **WHERE)),
    send_body_control=({**SEND, "body": "a\x1bb"}, said("bad_field", **WHERE)),
    send_body_4097_bytes=({**SEND, "body": "é" * 2048 + "b"}, said("too_long", **WHERE)),
)

GOOD_COMMANDS = named(
    unknown_member=ping_with(b'"x":1'),
    unknown_member_with_everything=ping_with(b'"x":[null,true,-1.5e3,"\\ud83d\\ude00",{"":{}}]'),
    member_that_ping_does_not_have=ping_with(b'"room":"no room"'),
    blanks=b' \r\n\t{ "type" : "ping" } \r\n',
    escaped=b'{"\\u0074ype":"\\u0070ing"}',
    sixteen_levels=nested(16),
    sixty_four_kib=PING + b" " * (MAX - len(PING)),
)


@pytest.fixture(scope="module")
def room(ada, ben):
    return start_live(create_class(ada).join(ben))["room"]


@pytest.fixture(scope="module")
def beside(chatd, room, ben):
    """Somebody who is in the room through everything that others do wrong."""
    with Framed(chatd, ben.token) as chat:
        chat.join(room)
        yield chat


def assert_undisturbed(beside, room):
    """A message still comes to them, and nothing else came."""
    body = unique("Undisturbed")
    seq = beside.send(room, body)
    message = beside.until("message", room=room)
    assert (message["seq"], message["body"]) == (seq, body)
    assert beside.drain() == []


def enter(chat, room):
    chat.join(room)
    chat.drain()


def assert_ended_with(chat, code, message):
    assert chat.ended(), "the connection goes on"
    assert [set(event) for event in chat.kept] == [{"type", "code", "message"}], chat.kept
    error = chat.kept[0]
    assert (error["type"], error["code"]) == ("error", code)
    assert error["message"].startswith(message), error


def code_of(message):
    return "too_big" if message == LARGE else "bad_frame"


@pytest.mark.parametrize("data, message", BROKEN_FRAMES)
def test_a_broken_frame_ends_its_connection_with_one_error(chatd, room, beside, ben, data, message):
    with Framed(chatd, ben.token) as chat:
        enter(chat, room)
        chat.send_bytes(data)
        assert_ended_with(chat, code_of(message), message)
    assert_undisturbed(beside, room)


@pytest.mark.parametrize("data, message", BROKEN_FRAMES)
def test_a_connection_that_begins_with_a_broken_frame_gets_one_error(chatd, room, beside, data,
        message):
    with Framed(chatd) as chat:
        chat.send_bytes(data)
        assert_ended_with(chat, code_of(message), message)
    assert_undisturbed(beside, room)


@pytest.mark.parametrize("data, message", BROKEN_JSON)
def test_a_frame_that_is_no_json_object_ends_its_connection_with_one_error(chatd, room, beside, ben,
        data, message):
    with Framed(chatd, ben.token) as chat:
        enter(chat, room)
        chat.say_bytes(data)
        assert_ended_with(chat, "bad_json", message)
    assert_undisturbed(beside, room)


@pytest.mark.parametrize("data, message", BROKEN_JSON)
def test_json_is_checked_before_anybody_is_known(chatd, room, beside, data, message):
    with Framed(chatd) as chat:
        chat.say_bytes(data)
        assert_ended_with(chat, "bad_json", message)
    assert_undisturbed(beside, room)


@pytest.mark.parametrize("command, wanted", BAD_COMMANDS)
def test_a_bad_command_is_refused_and_the_connection_goes_on(chatd, room, beside, ben, command,
        wanted):
    with Framed(chatd, ben.token) as chat:
        enter(chat, room)
        chat.say(**command)
        errors = chat.drain()
        assert len(errors) == 1
        assert errors[0].pop("message").endswith(".")
        assert errors == [wanted]
        assert_undisturbed(beside, room)
        chat.until("message", room=room)
        assert chat.drain() == []


@pytest.mark.parametrize("data", GOOD_COMMANDS)
def test_a_command_that_is_unusual_but_right_is_carried_out(chatd, ben, data):
    with Framed(chatd, ben.token) as chat:
        chat.say_bytes(data)
        assert chat.next() == {"type": "pong"}
        assert chat.drain() == []


def test_what_stands_before_a_broken_frame_is_done_and_what_is_behind_it_is_not(chatd, room, beside,
        ben):
    late = {"type": "send", "room": room, "client_id": unique("late"), "body": "behind"}
    data = json.dumps(late).encode()
    with Framed(chatd, ben.token) as chat:
        chat.send_bytes(PING_FRAME + b"15\n" + PING_FRAME + b"%d\r\n%s\r\n" % (len(data), data))
        assert chat.next() == {"type": "pong"}
        assert_ended_with(chat, "bad_frame", FRAME)
    assert_undisturbed(beside, room)


@pytest.mark.parametrize("command", named(join={"type": "join", "room": 7},
    leave={"type": "leave", "room": 7}, send=SEND))
def test_nothing_is_done_before_hello(chatd, command):
    with Framed(chatd) as chat:
        chat.say(**command)
        assert_ended_with(chat, "unauthenticated", "Say hello with your token first.")


def test_hello_without_a_token_ends_the_connection(chatd):
    with Framed(chatd) as chat:
        chat.say(type="hello")
        assert_ended_with(chat, "unauthenticated", "This token opens nothing.")


def test_a_second_hello_ends_the_connection(chatd, ben):
    with Framed(chatd, ben.token) as chat:
        chat.say(type="hello", token=ben.token)
        assert_ended_with(chat, "bad_state", "Hello is said once.")


@pytest.mark.parametrize("data", [b"", b"1", b"15", b"15\r", b"15\r\n", b"15\r\n" + PING,
    b"15\r\n" + PING + b"\r"])
def test_a_connection_that_ends_within_a_frame_disturbs_nobody(chatd, room, beside, ben, data):
    with Framed(chatd, ben.token) as chat:
        enter(chat, room)
        chat.send_bytes(data)
    assert_undisturbed(beside, room)


# --- in pieces ------------------------------------------------------------------------------


@pytest.fixture
def unix_chatd(start_chatd, workplace):
    """On a Unix socket one can see when the daemon has read what was sent."""
    return start_chatd(chat_listen=f"unix:{workplace}/chat.sock")


def session(token, room, after, client_id):
    commands = (
        {"type": "hello", "token": token},
        {"type": "join", "room": room, "after": after},
        {"type": "send", "room": room, "client_id": client_id, "body": "In pieces: é €"},
        {"type": "ping"},
    )
    texts = [json.dumps(command, ensure_ascii=False).encode() for command in commands]
    return b"".join(framed(text) for text in texts)


def assert_answered(chat, room, person, seq, client_id):
    assert chat.until("welcome") == {"type": "welcome",
        "user": {"id": person.id, "name": person.name}}
    joined = chat.until("joined")
    # The message may be stored before the room is looked at.
    assert joined.pop("last_seq") in (seq - 1, seq)
    assert joined == {"type": "joined", "room": room, "members": [], "count": 1}
    message = chat.until("message")
    message.pop("at")
    assert message == {"type": "message", "room": room, "seq": seq, "body": "In pieces: é €",
        "from": {"id": person.id, "name": person.name, "role": "student"}}
    assert chat.until("ack") == {"type": "ack", "room": room, "client_id": client_id, "seq": seq}
    assert chat.until("pong") == {"type": "pong"}
    assert chat.drain() == []


def send_pieces(chatd, chat, pieces):
    """Each piece is read by the daemon before the next one is sent."""
    wire = Wire(chat.sock, chatd.host)
    for piece in pieces:
        chat.send_bytes(piece)
        wire.wait_consumed()


@pytest.fixture
def quiet_room(ada, ben):
    return start_live(create_class(ada).join(ben))["room"]


def test_a_session_may_come_byte_by_byte(unix_chatd, quiet_room, ben):
    data = session(ben.token, quiet_room, 0, "bytes")
    with Framed(unix_chatd) as chat:
        send_pieces(unix_chatd, chat, (data[i:i + 1] for i in range(len(data))))
        assert_answered(chat, quiet_room, ben, 1, "bytes")


def test_a_session_may_be_split_anywhere(unix_chatd, quiet_room, ben):
    size = len(session(ben.token, quiet_room, 100, "s100"))
    for n in range(size):
        # Numbers of one width keep every session as long as the others.
        client_id = f"s{n:03}"
        data = session(ben.token, quiet_room, n, client_id)
        with Framed(unix_chatd) as chat:
            send_pieces(unix_chatd, chat, (data[:n], data[n:]))
            assert_answered(chat, quiet_room, ben, n + 1, client_id)


def test_byte_by_byte_goes_over_tcp_too(chatd, quiet_room, ben):
    data = session(ben.token, quiet_room, 0, "tcp")
    with Framed(chatd) as chat:
        for i in range(len(data)):
            chat.send_bytes(data[i:i + 1])
        assert_answered(chat, quiet_room, ben, 1, "tcp")


def test_who_has_said_all_still_gets_the_acks(chatd, quiet_room, ben):
    """More than are stored at once; and hello, too, is answered behind the end."""
    says = [{"type": "hello", "token": ben.token}] + [{"type": "send", "room": quiet_room,
        "client_id": str(n), "body": "all at once"} for n in range(300)] + [{"type": "ping"}]
    with Framed(chatd) as chat:
        chat.send_bytes(b"".join(framed(json.dumps(say).encode()) for say in says))
        chat.sock.shutdown(socket.SHUT_WR)
        assert chat.ended()
    events = chat.kept
    assert events[0]["type"] == "welcome"
    assert {"type": "pong"} in events
    assert {event["client_id"] for event in events if event["type"] == "ack"} == {
        str(n) for n in range(300)}


def test_who_has_said_all_is_no_longer_here(chatd, cluster, quiet_room, ada, ben):
    with Framed(chatd, ada.token) as teacher, Framed(chatd, ben.token) as student:
        teacher.join(quiet_room)
        student.join(quiet_room)
        teacher.until("presence", state="joined")
        # However long the last ack takes.
        with cluster.holding("SELECT FROM mc.room WHERE id = %s FOR NO KEY UPDATE", quiet_room):
            student.say(type="send", room=quiet_room, client_id="last", body="Bye")
            student.sock.shutdown(socket.SHUT_WR)
            assert teacher.until("presence", state="left")["user"]["id"] == ben.id
        assert student.until("ack", client_id="last")["seq"] == 1
        assert student.ended()
