"""The example configurations of docs/examples, as they stand but for addresses and certificates, in front of two
mc-server and two mc-chatd; and whose word about a client's address is believed."""

import contextlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess

import pytest
import websocket

from support.chat import Framed, start_live
from support.client import Client
from support.front import Address, free_port, has_ipv6
from support.process import ROOT, clean_environment, secrets
from support.school import create_class, new_email, new_password, sign_up
from support.wait import wait_until
from support.wire import Wire

SIGNATURE = b"\r\n\r\n\0\r\nQUIT\n"


def header(address, command=1):
    """A PROXY header, version 2, for a client at that IPv4 address."""
    body = socket.inet_aton(address) + socket.inet_aton("127.0.0.1") + struct.pack("!HH", 4660, 80)
    return SIGNATURE + bytes([0x20 | command, 0x11]) + struct.pack("!H", len(body)) + body


def ask(server, path="/account", before=b"", source=None, **fields):
    with Wire(server.socket(source=source), server.host) as wire:
        wire.sock.sendall(before)
        wire.send(f"GET {path} HTTP/1.1", f"Host: {server.host}", "Connection: close", "Accept: application/json",
            *(f"{name}: {value}" for name, value in fields.items()))
        return wire.reply()


def addresses(person):
    return {each["address"] for each in person.get("/account")["sessions"]}


class Secure(Address):
    tls = True
    scheme = "https"

    def __init__(self, port, ip="127.0.0.1"):
        super().__init__(port)
        self.ip = ip
        if ":" in ip:
            self.address = self.host = f"[{ip}]:{port}"

    def socket(self, source=None, seconds=20, **_):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        sock = socket.create_connection((self.ip, self.port), seconds, (source, 0) if source else None)
        return context.wrap_socket(sock)


def example(name, cert, ports, servers, daemons, framed=()):
    """The file of docs/examples with this test's ports."""
    with open(os.path.join(ROOT, "docs", "examples", name)) as file:
        text = file.read()
    for old, new in {"10.0.0.11:8080": servers[0], "10.0.0.12:8080": servers[1], "10.0.0.21:8081": daemons[0],
            "10.0.0.22:8081": daemons[1], **dict(zip(("10.0.0.21:8082", "10.0.0.22:8082"), framed))}.items():
        assert old in text
        text = text.replace(old, new.address)
    text = re.sub(r"/etc/(haproxy|nginx)/class\.example\.org", cert, text)
    for number, port in ports.items():
        text, n = re.subn(rf"(bind |listen )(:::|\[::\]:){number}\b", rf"\g<1>[::1]:{port}", text)
        assert n == 1
        text = re.sub(rf"(bind |listen ):?{number}\b", rf"\g<1>127.0.0.1:{port}", text)
    if not has_ipv6():
        text = re.sub(r"\n\s*(bind|listen) \[::1\].*", "", text)
    return text.replace("inter 1s", "inter 100ms").replace("worker_processes auto;",
        "worker_processes 1; daemon off; error_log stderr; pid %s.pid;" % cert)


class Running:
    def __init__(self, *command):
        self.process = subprocess.Popen(command, env=clean_environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)


def listens(address):
    try:
        address.socket(seconds=1).close()
    except OSError:
        return False
    return True


@contextlib.contextmanager
def started(address, *command):
    """A front that listens: nginx seldom does not come up, and is started again then; what it serves is under test."""
    for last in (False, False, True):
        with Running(*command) as running:
            with contextlib.suppress(AssertionError):
                wait_until(lambda: listens(address) or running.process.poll() is not None)
            if last or listens(address):
                yield
                return


@pytest.fixture(params=["haproxy", "nginx"])
def front(request, start_server, start_chatd, new_certificate, workplace):
    trusted = {"trusted_proxies": "127.0.0.1"}
    web, framed, plain = free_port(), free_port(), free_port()
    cert, key = new_certificate(f"front{web}")
    servers = [start_server(**trusted, chat_url=f"wss://127.0.0.1:{web}/chat") for _ in range(2)]
    daemons = [start_chatd(**trusted) for _ in range(2)]
    behind = [start_chatd(**trusted, proxy_protocol="on", wait=False) for _ in range(2)]
    # A front that finds them unready leaves them alone for a while.
    for each in daemons:
        wait_until(lambda: ask(each, "/readyz").status == 200)
    for each in behind:
        wait_until(lambda: ask(each, "/readyz", SIGNATURE + b"\x20\x00\x00\x00").status == 200)
    base = cert[:-len(".pem")]
    ports = {443: web, 8443: framed, 80: plain}
    path = os.path.join(workplace, f"front{web}.conf")
    if request.param == "haproxy":
        with open(cert, "a") as both, open(key) as private:
            both.write(private.read())
        with open(path, "w") as file:
            file.write(example("haproxy.cfg", base, ports, servers, daemons, behind))
        command = [shutil.which("haproxy") or "/usr/sbin/haproxy", "-q", "-db", "-f", path]
    else:
        with open(path, "w") as file:
            file.write(example("nginx.conf", base, ports, servers, daemons))
        command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", path, "-p", workplace]
    address = Secure(web)
    with started(address, *command):
        # HAProxy sends nobody anywhere before it has looked.
        wait_until(lambda: Client(address).get("/").status == 200)
        address.framed = Secure(framed)
        yield address, servers, daemons, behind


def test_a_log_in_over_ipv6_has_the_clients_own_network(front):
    if not has_ipv6():
        pytest.skip("no ::1 here")
    address, _, _, _ = front
    assert addresses(sign_up(Secure(address.port, "::1"), "Ada")) == {"::/64"}


def test_a_log_in_through_the_front_is_secure_and_has_the_clients_own_address(front):
    address, _, _, _ = front
    person = sign_up(address, "Ada")
    answer = Client(address, source="127.0.0.9").post("/login", {"email": person.email, "password": person.password})
    assert answer.headers["Set-Cookie"].startswith("__Host-mc_session=") and "Secure" in answer.headers["Set-Cookie"]
    assert addresses(person) == {"127.0.0.1", "127.0.0.9"}


def test_what_a_client_says_of_itself_is_replaced(front):
    address, _, _, _ = front
    person = sign_up(address, "Ada")
    body = {"email": person.email, "password": person.password}
    Client(address, source="127.0.0.8").post("/login", body, **{"Forwarded": "for=192.0.2.99",
        "X-Forwarded-For": "192.0.2.98"})
    assert addresses(person) == {"127.0.0.1", "127.0.0.8"}
    # Loopback is whoever asks this machine itself, not whoever asks through a proxy on it.
    assert Client(address).get("/metrics").status == 404


def test_live_messages_go_through_the_front(front):
    address, _, _, _ = front
    person = sign_up(address, "Ada")
    room = start_live(create_class(person))["room"]
    chat = websocket.WebSocket(sslopt={"cert_reqs": ssl.CERT_NONE})
    chat.connect(f"wss://127.0.0.1:{address.port}/chat", subprotocols=["miniclass.v1"],
        origin=f"https://127.0.0.1:{address.port}", header=[f"Cookie: __Host-mc_session={person.token}"], timeout=20)
    assert '"welcome"' in chat.recv()
    chat.send('{"type":"send","room":%d,"client_id":"1","body":"through the front"}' % room)
    assert '"ack"' in chat.recv()
    chat.shutdown()
    assert person.get(f"/rooms/{room}/messages")["messages"][0]["body"] == "through the front"
    with Framed(address.framed, person.token) as framed:
        assert framed.join(room)["last_seq"] == 1


def test_one_instance_of_each_may_be_down(front):
    address, servers, daemons, _ = front
    person = sign_up(address, "Ada")
    servers[0].stop()
    daemons[0].stop()
    assert [Client(address, person.token).get("/classes").status for _ in range(20)] == [200] * 20


# Whose word counts.

def test_nobody_is_believed_by_default(start_server):
    server = start_server()
    ada = sign_up(server, "Ada")
    assert Client(server).post("/login", {"email": ada.email, "password": ada.password},
        Forwarded="for=192.0.2.1;proto=https").headers["Set-Cookie"].startswith("mc_session=")
    assert addresses(ada) == {"127.0.0.1"}


def test_only_those_named_are_believed(start_server):
    server = start_server(trusted_proxies="127.0.0.7 10.0.0.0/8")
    ada = sign_up(server, "Ada")
    body = {"email": ada.email, "password": ada.password}
    for source, said in (("127.0.0.1", "for=192.0.2.1"), ("127.0.0.7", "for=192.0.2.2"),
            ("127.0.0.7", "for=192.0.2.3, for=10.1.2.3"), ("127.0.0.7", "for=192.0.2.4, for=\"")):
        assert Client(server, source=source).post("/login", body, Forwarded=said).status == 200
    believed = {"127.0.0.1", "192.0.2.2", "192.0.2.3", "127.0.0.7"}
    assert addresses(ada) == believed
    for each in believed:
        assert server.logged("request", path="/login", peer=each)
    # Unreadable or not: whoever comes through a proxy is not this machine.
    for said in ("for=192.0.2.1", "\"", "for=127.0.0.1"):
        assert ask(server, "/metrics", source="127.0.0.7", Forwarded=said).status == 404
    assert ask(server, "/metrics", source="127.0.0.7").status == 200


@pytest.mark.parametrize("field", [{"Forwarded": "for=192.0.2.1"}, {"Forwarded": "for=127.0.0.1"},
    {"X_Forwarded_For": "192.0.2.1"}, {"Via": "1.1 front"}], ids=str)
def test_who_comes_through_a_front_of_this_machine_that_is_not_named_gets_no_metrics(
        start_server, start_chatd, field):
    fields = {name.replace("_", "-"): value for name, value in field.items()}
    for instance in (start_server(), start_chatd()):
        assert ask(instance, "/metrics", **fields).status == 404
        assert ask(instance, "/metrics").status == 200


def test_a_proxy_header_names_the_client(start_server, start_chatd):
    server = start_server(trusted_proxies="127.0.0.1", proxy_protocol="on", wait=False)
    assert ask(server, "/healthz", header("192.0.2.7")).status == 200
    assert server.logged("request", peer="192.0.2.7")
    # For itself, as when it looks whether we are there.
    assert ask(server, "/metrics", SIGNATURE + b"\x20\x00\x00\x00").status == 200
    for client in ("192.0.2.7", "127.0.0.1"):
        assert ask(server, "/metrics", header(client)).status == 404
    daemon = start_chatd(trusted_proxies="127.0.0.1", proxy_protocol="on", wait=False)
    with daemon.socket() as sock:
        for byte in header("192.0.2.7") + b'4\r\n{}x\r\n':
            sock.sendall(bytes([byte]))
        assert b'"error"' in sock.recv(1000)
    assert daemon.logged("malformed", peer="192.0.2.7")
    assert ask(daemon, "/metrics", SIGNATURE + b"\x20\x00\x00\x00").status == 200
    assert ask(daemon, "/metrics", header("127.0.0.1")).status == 404


def test_what_a_client_says_of_itself_behind_a_proxy_of_tcp_is_not_believed(start_server):
    server = start_server(trusted_proxies="127.0.0.1 10.0.0.0/8", proxy_protocol="on", wait=False)
    fields = {"name": "Ada", "email": new_email(), "password": new_password()}

    def post(path, client, said):
        with Wire(server.socket(), server.host) as wire:
            wire.sock.sendall(header(client))
            wire.send(f"POST {path} HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
                "Content-Type: application/json", f"Forwarded: {said}", body=json.dumps(fields).encode())
            return wire.reply()

    token = json.loads(post("/signup", "192.0.2.7", "for=192.0.2.99;proto=https").text)["token"]
    secrets.add(token)
    # A proxy of HTTP says the same in both ways; and one before it is believed as always.
    for client, said in (("192.0.2.8", "for=192.0.2.8;proto=https"), ("10.0.0.1", "for=192.0.2.9")):
        reply = post("/login", client, said)
        assert reply.get("Set-Cookie").startswith("__Host-" if "https" in said else "mc_session=")
        secrets.add(json.loads(reply.text)["token"])
    account = ask(server, before=header("192.0.2.7"), Authorization=f"Bearer {token}")
    assert {each["address"] for each in json.loads(account.text)["sessions"]} == {"192.0.2.7", "192.0.2.8", "192.0.2.9"}


@pytest.mark.parametrize("source, before", [("127.0.0.5", header("192.0.2.7")), ("127.0.0.1", b""),
    ("127.0.0.1", b"PROXY TCP4 192.0.2.7 127.0.0.1 1 2\r\n"), ("127.0.0.1", header("192.0.2.7")[:12] + b"\x31")],
    ids=["a stranger", "no header", "version 1", "another version"])
def test_without_a_proxy_header_of_a_trusted_one_a_connection_ends(start_server, start_chatd, source, before):
    for start in (start_server, start_chatd):
        instance = start(trusted_proxies="127.0.0.1", proxy_protocol="on", wait=False)
        with instance.socket(source=source) as sock:
            sock.sendall(before + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            with contextlib.suppress(ConnectionResetError):
                assert sock.recv(100) == b""
        assert instance.logged("proxy_header", peer=source)


def test_a_header_that_never_comes_has_its_deadline(start_server, start_chatd):
    for start in (start_server, start_chatd):
        instance = start(trusted_proxies="127.0.0.1", proxy_protocol="on", head_timeout="200ms", wait=False)
        with instance.socket() as sock:
            sock.sendall(header("192.0.2.7")[:20])
            with contextlib.suppress(ConnectionResetError):
                assert sock.recv(100) == b""


def test_settings_that_cannot_be_meant(start_server):
    for settings, why in (({"trusted_proxies": "proxy.example.org"}, "trusted_proxies"),
            ({"proxy_protocol": "on"}, "needs trusted_proxies")):
        with pytest.raises(AssertionError, match=why):
            start_server(**settings)
