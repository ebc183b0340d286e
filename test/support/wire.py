"""HTTP as bytes on a socket: requests as they are typed, answers read strictly (RFC 9112)."""

import array
import fcntl
import re
import select
import socket
import termios
import time
from urllib.parse import urlencode

from support.wait import PATIENCE


def form(**fields):
    """A urlencoded body; a list is a repeated field."""
    return urlencode(fields, doseq=True).encode()


def chunked(*pieces):
    """The pieces as chunks, and the last chunk (RFC 9112, 7.1)."""
    coded = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces)
    return coded + b"0\r\n\r\n"


def request(*lines, body=None):
    """The bytes of a request; Content-Length is added for a body unless a line frames it."""
    lines = list(lines)
    framed = any(re.match(r"(?i)(content-length|transfer-encoding) *:", line) for line in lines)
    if body is not None and not framed:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")


class Reply:
    def __init__(self, version, status, fields, body):
        self.version = version
        self.status = status
        self.fields = fields
        self.body = body

    def __contains__(self, name):
        return any(key.lower() == name.lower() for key, _ in self.fields)

    def __getitem__(self, name):
        values = self.all(name)
        assert len(values) == 1, f"{name}: {values}"
        return values[0]

    def get(self, name, otherwise=None):
        return self[name] if name in self else otherwise

    def all(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]

    @property
    def text(self):
        return self.body.decode()

    @property
    def closes(self):
        return "close" in re.split(r"[ ,]+", self.get("Connection", "").lower())

    def __repr__(self):
        return f"<Reply {self.status} {self.fields} {self.body[:200]!r}>"


class Ended(ConnectionError):
    """The peer ended the connection where an answer was due."""


class Wire:
    def __init__(self, sock, host):
        self.sock = sock
        self.host = host
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, *lines, body=None):
        self.send_bytes(request(*lines, body=body))

    def send_bytes(self, data):
        self.sock.sendall(data)

    def get(self, path, *fields):
        self.send(f"GET {path} HTTP/1.1", f"Host: {self.host}", *fields)
        return self.reply()

    def consumed(self):
        """True when the peer has read all that was sent; on a Unix socket only (SIOCOUTQ)."""
        waiting = array.array("i", [0])
        fcntl.ioctl(self.sock, termios.TIOCOUTQ, waiting)
        return waiting[0] == 0

    def wait_consumed(self):
        # Often enough for each byte of a request.
        deadline = time.monotonic() + PATIENCE
        while not self.consumed():
            assert time.monotonic() < deadline, "the server does not read"
            select.select([self.sock], [], [], 0.0001)

    def reply(self, method="GET"):
        """The next answer. Anything that RFC 9112 does not allow a server fails here."""
        head = self._until(b"\r\n\r\n")
        lines = head[:-4].decode("latin-1").split("\r\n")
        start = re.fullmatch(r"HTTP/(1\.[01]) (\d{3}) ([^\x00-\x1f]*)", lines[0])
        assert start, f"status line: {lines[0]!r}"
        fields = []
        for line in lines[1:]:
            field = re.fullmatch(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*?)[ \t]*", line)
            assert field, f"field line: {line!r}"
            fields.append((field[1], field[2]))
        reply = Reply(start[1], int(start[2]), fields, b"")
        reply.body = self._body(reply, method)
        return reply

    def _body(self, reply, method):
        if reply.status < 200 or reply.status == 204:
            assert "Content-Length" not in reply and "Transfer-Encoding" not in reply
            return b""
        if method == "HEAD" or reply.status == 304:
            return b""
        if "Transfer-Encoding" in reply:
            assert "Content-Length" not in reply
            return self._chunks()
        return self._exactly(int(reply["Content-Length"]))

    def _chunks(self):
        whole = b""
        while True:
            size = int(self._until(b"\r\n")[:-2], 16)
            whole += self._exactly(size)
            assert self._exactly(2) == b"\r\n"
            if size == 0:
                return whole

    def _more(self):
        try:
            data = self.sock.recv(65536)
        except ConnectionResetError as error:
            raise Ended(f"reset after {self.buffer!r}") from error
        if not data:
            raise Ended(f"ended after {self.buffer!r}")
        self.buffer += data

    def _until(self, mark):
        while mark not in self.buffer:
            self._more()
        end = self.buffer.index(mark) + len(mark)
        found, self.buffer = self.buffer[:end], self.buffer[end:]
        return found

    def _exactly(self, size):
        pieces, have = [self.buffer], len(self.buffer)
        while have < size:
            self.buffer = b""
            self._more()
            pieces.append(self.buffer)
            have += len(self.buffer)
        whole = b"".join(pieces)
        self.buffer = whole[size:]
        return whole[:size]

    def ended(self, seconds=PATIENCE):
        """True when the server ends the connection and sends nothing more before."""
        self.sock.settimeout(seconds)
        try:
            data = self.buffer or self.sock.recv(1)
        except (ConnectionResetError, BrokenPipeError):
            return True
        except (TimeoutError, socket.timeout):
            return False
        finally:
            self.sock.settimeout(PATIENCE)
        return data == b""

    def silent(self, seconds):
        """True when nothing at all comes for that long."""
        ready, _, _ = select.select([self.sock], [], [], seconds)
        return not ready and not self.buffer


def asking(server, person, path="/classes", *more):
    """A connection with a request on its way."""
    wire = server.connect()
    wire.send(f"GET {path} HTTP/1.1", f"Host: {server.host}", "Accept: application/json",
        f"Authorization: Bearer {person.token}", *more)
    return wire
