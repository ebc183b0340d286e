"""Both forms of chat behind TLS."""

import contextlib
import json
import socket
import ssl

import pytest

from support.chat import Framed, Socket, framed
from support.client import Client


@pytest.mark.parametrize("form", [Framed, Socket])
def test_both_forms_are_spoken_over_tls(start_chatd, new_certificate, room, ada, ben, form):
    cert, key = new_certificate("school.example")
    daemon = start_chatd(tls_cert=cert, tls_key=key)
    origin = f"https://{daemon.host}"
    with form(daemon, ben.token) as student, \
            Socket(daemon, cookie=ada.token, origin=origin) as teacher:
        student.join(room)
        teacher.join(room)
        for n in range(200):
            student.say(type="send", room=room, client_id=f"c{n}", body=f"{n} " + "x" * 4000)
        for each in (student, teacher):
            assert [seq for seq, _ in each.messages(room, 200)] == list(range(1, 201))
    with form(daemon, ben.token) as student:
        student.join(room, after=0)
        assert [seq for seq, _ in student.messages(room, 200)] == list(range(1, 201))
    assert Client(daemon).request("GET", "/healthz").text == "ok"


def test_who_says_over_tls_that_all_is_said_gets_the_end(start_chatd, new_certificate, room, ben):
    """RFC 8446, 6.1: close_notify ends one side, and may come without a FIN."""
    cert, key = new_certificate("school.example")
    daemon = start_chatd(tls_cert=cert, tls_key=key)
    says = [{"type": "hello", "token": ben.token},
        {"type": "send", "room": room, "client_id": "last", "body": "Bye"}]
    with Framed(daemon) as chat:
        with daemon.held():
            chat.send_bytes(b"".join(framed(json.dumps(say).encode()) for say in says))
            chat.sock.settimeout(0)
            with contextlib.suppress(ssl.SSLWantReadError):
                chat.sock.unwrap()
        assert chat.next()["type"] == "welcome"
        assert chat.next()["type"] == "ack"
        with pytest.raises(ssl.SSLError):  # the end; else it would be TimeoutError
            chat.next()


def test_nothing_is_said_in_clear_on_a_tls_port(start_chatd, new_certificate, ben):
    cert, key = new_certificate("school.example")
    daemon = start_chatd(tls_cert=cert, tls_key=key)
    for said in (b'15\r\n{"type":"ping"}\r\n', b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"):
        with socket.create_connection(("127.0.0.1", daemon.port), 20) as plain:
            plain.sendall(said)
            heard = b""
            with contextlib.suppress(ConnectionResetError):
                while data := plain.recv(100):
                    heard += data
            # RFC 8446, 5.1: an alert is a record of type 21.
            assert heard == b"" or heard[0] == 21
    with Framed(daemon, ben.token) as student:
        assert student.drain() == []
