"""What mc-server really asks PostgreSQL for one request: statements, parameters, round trips.

A server started with --db pointing at a Capture speaks to PostgreSQL through it.  The messages of
the protocol (PostgreSQL's manual, "Frontend/Backend Protocol") are passed on unchanged and read
along the way, so pgbench can be given the very statements, and a copy of them cannot go stale.
"""

import datetime
import os
import re
import socket
import struct
import threading

TYPES = {16: "bool", 17: "bytea", 20: "int8", 23: "int4", 25: "text", 1009: "text[]",
    1184: "timestamptz"}
EPOCH = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)


class Query:
    """One Bind: the statement's text, and its parameters as pairs of type and text."""

    def __init__(self, text, params):
        self.text = text
        self.params = params


def _quoted(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text_list(value):
    dimensions = struct.unpack_from("!i", value)[0]
    if dimensions == 0:
        return "{}"
    count, at, items = struct.unpack_from("!i", value, 12)[0], 20, []
    for _ in range(count):
        size = struct.unpack_from("!i", value, at)[0]
        items.append(_quoted(value[at + 4:at + 4 + size].decode()))
        at += 4 + size
    return "{" + ",".join(items) + "}"


def _as_text(kind, binary, value):
    if value is None:
        return None
    if not binary:
        return value.decode()
    if kind == "int8":
        return str(struct.unpack("!q", value)[0])
    if kind == "int4":
        return str(struct.unpack("!i", value)[0])
    if kind == "bool":
        return "true" if value[0] else "false"
    if kind == "bytea":
        return "\\x" + value.hex()
    if kind == "timestamptz":
        return (EPOCH + datetime.timedelta(microseconds=struct.unpack("!q", value)[0])).isoformat()
    if kind == "text[]":
        return _text_list(value)
    return value.decode()


class _Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def number(self, form):
        value = struct.unpack_from("!" + form, self.data, self.at)[0]
        self.at += struct.calcsize(form)
        return value

    def string(self):
        end = self.data.index(b"\0", self.at)
        value = self.data[self.at:end].decode()
        self.at = end + 1
        return value

    def bytes(self):
        size = self.number("i")
        if size < 0:
            return None
        value = self.data[self.at:self.at + size]
        self.at += size
        return value


class _Link:
    """One connection; both of its threads append to one list under one lock."""

    def __init__(self, capture, client, server):
        self.capture, self.client, self.server = capture, client, server
        self.statements = {}
        self.pending = b""
        self.started = False
        for run in (self.upward, self.downward):
            threading.Thread(target=run, daemon=True).start()

    def upward(self):
        while data := self._receive(self.client):
            self.pending += data
            self._parse()
            self.server.sendall(data)
        self._close()

    def downward(self):
        while data := self._receive(self.server):
            self.capture.note(self, None)
            self.client.sendall(data)
        self._close()

    @staticmethod
    def _receive(end):
        try:
            return end.recv(262144)
        except OSError:
            return b""

    def _close(self):
        for end in (self.client, self.server):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _parse(self):
        while True:
            head = 1 if self.started else 0
            if len(self.pending) < head + 4:
                return
            size = struct.unpack_from("!i", self.pending, head)[0] + head
            if len(self.pending) < size:
                return
            message, self.pending = self.pending[:size], self.pending[size:]
            if self.started:
                self._message(message[:1], _Reader(message[5:]))
            self.started = True

    def _message(self, letter, reader):
        if letter == b"P":
            name, text = reader.string(), reader.string()
            types = [reader.number("I") for _ in range(reader.number("h"))]
            self.statements[name] = (text, types)
        elif letter == b"B":
            reader.string()
            text, types = self.statements[reader.string()]
            formats = [reader.number("h") for _ in range(reader.number("h"))]
            values = [reader.bytes() for _ in range(reader.number("h"))]
            params = []
            for i, value in enumerate(values):
                kind = TYPES.get(types[i] if i < len(types) else 0)
                binary = formats[i if len(formats) > 1 else 0] if formats else 0
                params.append((kind, _as_text(kind, binary, value)))
            self.capture.note(self, Query(text, params))
        elif letter == b"Q":
            self.capture.note(self, Query(reader.string(), []))


class Capture:
    """Listens as a Unix socket that libpq takes for PostgreSQL's."""

    def __init__(self, directory, upstream):
        os.makedirs(directory, exist_ok=True)
        self.directory = directory
        self.upstream = upstream
        self.lock = threading.Lock()
        self.notes = []
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(directory, ".s.PGSQL.5432"))
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.upstream)
            _Link(self, client, server)

    def close(self):
        self.listener.close()

    def note(self, link, query):
        with self.lock:
            self.notes.append((link, query))

    def begin(self):
        with self.lock:
            self.notes = []

    def trips(self):
        """Since begin: a list of round trips, each the list of its queries."""
        with self.lock:
            notes = list(self.notes)
        trips, asking = [], set()
        for link, query in notes:
            if query is None:
                asking.discard(link)
            elif link in asking:
                trips[-1].append(query)
            else:
                asking.add(link)
                trips.append([query])
        return trips


def pgbench_script(trips, prefix):
    """The trips as a pgbench script in pipeline mode, and the variables it needs (-D)."""
    lines, variables = [], {}
    for i, trip in enumerate(trips):
        lines.append("\\startpipeline")
        for j, query in enumerate(trip):
            if re.search(r"(?<!:):[A-Za-z0-9_]", query.text):
                raise ValueError("pgbench would read a variable in: " + query.text)

            def put(match, params=query.params, at=f"{prefix}_{i}_{j}"):
                number = int(match.group(1))
                kind, text = params[number - 1]
                cast = f"::{kind}" if kind else ""
                if text is None:
                    return f"NULL{cast}"
                if text == "":  # which -D does not take
                    return f"''{cast}"
                variables[f"{at}_{number}"] = text
                return f":{at}_{number}{cast}"

            lines.append(re.sub(r"\$(\d+)", put, query.text).rstrip("; \n") + ";")
        lines.append("\\endpipeline")
    return "\n".join(lines) + "\n", variables
