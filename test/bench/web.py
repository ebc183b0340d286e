"""Requests for the bench: a JSON client for filling in, and raw bytes for the load generator."""

import http.client
import json
import socket


class Client:
    def __init__(self, port, token=None):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.token = token

    def call(self, method, path, body=None):
        headers = {"Accept": "application/json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status // 100 != 2:
            raise SystemExit(f"bench: {method} {path}: {answer.status} {text[:300]!r}")
        return json.loads(text) if text else {}


def request(method, path, port, fields=(), body=b""):
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "User-Agent: bench"]
    lines += [f"{name}: {value}" for name, value in fields]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_request(method, path, port, token=None, body=None):
    fields = [("Accept", "application/json")]
    if token:
        fields.append(("Authorization", f"Bearer {token}"))
    if body is None:
        return request(method, path, port, fields)
    fields.append(("Content-Type", "application/json"))
    return request(method, path, port, fields, json.dumps(body).encode())


def page_request(path, port, token):
    return request("GET", path, port, [
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"),
        ("Accept-Language", "en"), ("Accept-Encoding", "gzip, deflate"),
        ("Cookie", f"mc_session={token}"), ("Sec-Fetch-Site", "none")])


def exchange(port, raw):
    """The whole answer to one raw request: head and body."""
    with socket.create_connection(("127.0.0.1", port), 10) as wire:
        wire.sendall(raw)
        data = b""
        while b"\r\n\r\n" not in data:
            more = wire.recv(65536)
            if not more:
                raise SystemExit(f"bench: no answer to {raw[:80]!r}")
            data += more
        head, body = data.split(b"\r\n\r\n", 1)
        size = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                size = int(value)
        while len(body) < size:
            more = wire.recv(65536)
            if not more:
                raise SystemExit("bench: an answer was cut short")
            body += more
    return head, body


def status(head):
    return int(head.split(b" ", 2)[1])


def header(head, wanted):
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.decode().lower() == wanted:
            return value.strip().decode()
    return None
