"""HAProxy in front of several instances, as docs/OPERATING.md shows it: plain round robin, no stickiness."""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess

from support.process import clean_environment
from support.wait import PATIENCE, wait_until

HAPROXY = shutil.which("haproxy") or "/usr/sbin/haproxy"

CONFIG = """global
    maxconn 2000
defaults
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout check 5s
    retries 3
    option redispatch 1
    default-server check inter 100ms fall 1 rise 1
frontend web
    mode http
    bind 127.0.0.1:{web}
    default_backend servers
backend servers
    mode http
    balance roundrobin
    option httpchk GET /readyz
    http-check expect status 200
    retry-on conn-failure empty-response
    http-request disable-l7-retry unless METH_GET
{servers}
frontend chat
    mode tcp
    bind 127.0.0.1:{chat}
    default_backend daemons
backend daemons
    mode tcp
    balance roundrobin
    option httpchk GET /readyz
    http-check expect status 200
{daemons}
"""


def has_ipv6():
    with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=socket.AF_INET6):
        return True
    return False


def _is_free(port):
    try:
        socket.create_server(("127.0.0.1", port)).close()
        if has_ipv6():
            socket.create_server(("::1", port), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


_given = set()


def free_port():
    """For a program that takes its port later: below those that the kernel gives to everybody else meanwhile."""
    port = next(port for port in iter(lambda: random.randrange(20000, 32000), None)
        if port not in _given and _is_free(port))
    _given.add(port)
    return port


class Address:
    """What clients of the tests need of a server."""

    tls = False
    scheme = "http"

    def __init__(self, port):
        self.port = port
        self.address = self.host = f"127.0.0.1:{port}"

    def socket(self, **_):
        sock = socket.create_connection(("127.0.0.1", self.port), 20)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock


class Front:
    def __init__(self, directory, servers, daemons):
        self.web, self.chat = Address(free_port()), Address(free_port())
        lines = [["    server %s%d %s" % (name, n, each.address) for n, each in enumerate(group)]
            for name, group in (("server", servers), ("daemon", daemons))]
        path = os.path.join(directory, f"haproxy{self.web.port}.cfg")
        with open(path, "w") as file:
            file.write(CONFIG.format(web=self.web.port, chat=self.chat.port, servers="\n".join(lines[0]),
                daemons="\n".join(lines[1])))
        self.process = subprocess.Popen([HAPROXY, "-q", "-db", "-f", path], env=clean_environment(),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def __enter__(self):
        for address in (self.web, self.chat):
            wait_until(lambda: self._listens(address), what="HAProxy listens")
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(PATIENCE)

    @staticmethod
    def _listens(address):
        try:
            address.socket().close()
        except OSError:
            return False
        return True
