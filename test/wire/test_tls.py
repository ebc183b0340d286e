"""The same server behind TLS; certificates that change while it runs."""

import contextlib
import os
import shutil
import signal
import socket
import ssl

import pytest

from support.client import Client
from support.page import Visitor
from support.school import create_class, new_email, new_password, sign_up
from support.wait import wait_until
from support.wire import Ended, Wire


def _context(version=None):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    if version is not None:
        context.minimum_version = context.maximum_version = version
    return context


def _plain_socket(server):
    sock = socket.create_connection(("127.0.0.1", server.port), 20)
    return sock


def _subject(sock):
    """The name in the certificate that the server showed."""
    return sock.getpeercert(binary_form=True)


def test_a_day_over_tls(tls_server):
    teacher, student = sign_up(tls_server), sign_up(tls_server)
    classroom = create_class(teacher).join(student)
    classroom.post("Over a safe line", "tls")
    assert classroom.bodies(student) == ["Over a safe line"]


def test_the_cookie_over_tls_is_secure_and_bound_to_the_host(tls_server):
    answer = Client(tls_server).post("/signup",
        {"name": "x", "email": new_email(), "password": new_password()})
    name, _ = answer.headers["Set-Cookie"].split(";")[0].split("=", 1)
    attributes = {part.strip().lower() for part in answer.headers["Set-Cookie"].split(";")[1:]}
    assert name == "__Host-mc_session"
    assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
    cookie = {"Cookie": f"__Host-mc_session={answer['token']}"}
    assert Client(tls_server).get("/account", **cookie).status == 200
    assert Client(tls_server).get("/account", Cookie=f"mc_session={answer['token']}").status == 401


def test_a_browser_logs_in_and_out_over_tls(tls_server):
    person = sign_up(tls_server)
    visitor = Visitor(tls_server)
    visitor.log_in(person)
    assert visitor.open("/account").status == 200
    assert visitor.send("/logout", {}).status == 303
    assert visitor.cookies == {}


def test_an_origin_in_clear_is_foreign_to_a_page_over_tls(tls_server):
    person = sign_up(tls_server)
    body = {"email": person.email, "password": person.password}
    ours, clear = f"https://{tls_server.host}", f"http://{tls_server.host}"
    assert Client(tls_server).post("/login", body, Origin=ours).status == 200
    assert Client(tls_server).post("/login", body, Origin=clear).status == 403


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_present_versions_are_spoken(tls_server, version):
    sock = _context(version).wrap_socket(_plain_socket(tls_server))
    with Wire(sock, tls_server.host) as wire:
        assert wire.get("/healthz").status == 200


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_versions_are_refused(tls_server, version):
    # RFC 8996
    context = _context(version)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with _plain_socket(tls_server) as sock:
        with pytest.raises((ssl.SSLError, ConnectionError)):
            context.wrap_socket(sock)


def test_a_request_in_many_small_records_is_one_request(tls_server):
    with tls_server.connect() as wire:
        for byte in f"GET /healthz HTTP/1.1\r\nHost: {tls_server.host}\r\n\r\n".encode():
            wire.send_bytes(bytes([byte]))
        assert wire.reply().status == 200


def test_pipelined_requests_in_one_record_are_all_answered(tls_server):
    # What TLS has decrypted already makes no event on the socket.
    with tls_server.connect() as wire:
        wire.send_bytes(f"GET /healthz HTTP/1.1\r\nHost: {tls_server.host}\r\n\r\n".encode() * 100)
        for _ in range(100):
            assert wire.reply().status == 200


def test_a_big_body_and_a_big_answer_pass(tls_server):
    teacher = sign_up(tls_server)
    classroom = create_class(teacher)
    for n in range(20):
        classroom.post(f"{n} " + "y" * 60000)
    assert len(teacher.get(classroom.path + "/posts?limit=100").body) > 17 * 60000


def test_the_end_is_said_with_close_notify(tls_server):
    # Without it, a cut connection looks like a whole answer.
    with tls_server.connect() as wire:
        assert wire.get("/healthz", "Connection: close").closes
        wire.sock.settimeout(5)
        assert wire.sock.recv(1) == b"", "an EOF without close_notify would raise"


def test_who_asks_and_says_that_this_was_all_gets_the_answer_and_the_end(tls_server):
    """RFC 8446, 6.1: close_notify ends one side, and may come without a FIN."""
    with tls_server.connect() as wire:
        with tls_server.held():
            wire.send("GET /healthz HTTP/1.1", f"Host: {tls_server.host}")
            wire.sock.settimeout(0)
            with contextlib.suppress(ssl.SSLWantReadError):
                wire.sock.unwrap()
        wire.sock.settimeout(5)
        assert wire.reply().status == 200
        with contextlib.suppress(ssl.SSLError):
            assert wire.sock.recv(1) == b""


def test_clear_text_on_a_tls_port_ends_and_hurts_nobody(tls_server):
    with Wire(_plain_socket(tls_server), tls_server.host) as wire:
        wire.send("GET / HTTP/1.1", f"Host: {tls_server.host}")
        wire.sock.settimeout(5)
        rest = b""
        try:
            while data := wire.sock.recv(100):
                rest += data
        except ConnectionResetError:
            pass
        assert not rest.startswith(b"HTTP/1.1 200")
    assert tls_server._status("/healthz") == 200


def test_a_handshake_that_never_ends_is_ended(cluster, start_server, new_certificate):
    cert, key = new_certificate("slow.example")
    server = start_server(tls_cert=cert, tls_key=key, head_timeout="400ms")
    with Wire(_plain_socket(server), server.host) as wire:
        wire.send_bytes(bytes.fromhex("16030100a5010000a10303"))
        try:
            assert wire.ended(5)
        except Ended:
            pass


def test_a_new_certificate_is_used_after_sighup_and_connections_live_on(
        start_server, new_certificate, workplace):
    cert, key = new_certificate("first.example")
    used = os.path.join(workplace, "used.pem"), os.path.join(workplace, "used.key")
    shutil.copy(cert, used[0])
    shutil.copy(key, used[1])
    server = start_server(tls_cert=used[0], tls_key=used[1])
    with server.connect() as old:
        first = _subject(old.sock)
        assert old.get("/healthz").status == 200
        cert, key = new_certificate("second.example")
        shutil.copy(cert, used[0])
        shutil.copy(key, used[1])
        server.signal(signal.SIGHUP)

        def shown():
            with server.connect() as wire:
                assert wire.get("/healthz").status == 200
                return _subject(wire.sock)

        wait_until(lambda: shown() != first, what="the new certificate")
        assert old.get("/healthz").status == 200, "who is connected stays"


def test_a_broken_new_certificate_leaves_the_old_one_in_use(start_server, new_certificate, workplace):
    cert, key = new_certificate("kept.example")
    used = os.path.join(workplace, "kept.pem"), os.path.join(workplace, "kept2.key")
    shutil.copy(cert, used[0])
    shutil.copy(key, used[1])
    server = start_server(tls_cert=used[0], tls_key=used[1])
    with open(used[0], "w") as broken:
        broken.write("no certificate\n")
    server.signal(signal.SIGHUP)
    assert server.logged("certificates_kept"), "it says so"
    assert server._status("/healthz") == 200
    assert server.process.poll() is None


def test_a_key_that_does_not_fit_is_refused_at_the_start(new_certificate):
    import subprocess
    from support.process import clean_environment, program
    cert, _ = new_certificate("one.example")
    _, key = new_certificate("another.example")
    done = subprocess.run([program("mc-server"), "--listen", "127.0.0.1:0", "--tls-cert", cert,
        "--tls-key", key], env=clean_environment(), capture_output=True, text=True, timeout=20)
    assert done.returncode == 2, done.stderr
    assert "key" in done.stderr
