"""Both forms of chat as a client speaks them, and what a room is made of."""

import contextlib
import json
import socket
import time

import websocket

from support.client import Client
from support.school import unique
from support.wait import PATIENCE

CLOSE = 8  # RFC 6455, 5.2


class Gone(Exception):
    """The daemon has ended the connection."""


def framed(data):
    return b"%d\r\n%s\r\n" % (len(data), data)


def unframed(data):
    """The event of the first frame, None while it is not whole; and what is left."""
    head, _, rest = data.partition(b"\r\n")
    if len(rest) < 2 or len(rest) < int(head) + 2:
        return None, data
    size = int(head)
    assert rest[size:size + 2] == b"\r\n"
    return json.loads(rest[:size]), rest[size + 2:]


class _Chat:
    """What both forms have in common: events are kept in order until somebody asks for them."""

    def __init__(self):
        self.kept = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def next(self):
        """The next event of any type; Gone at the end, TimeoutError when none comes."""
        return self.kept.pop(0) if self.kept else self._read(time.monotonic() + PATIENCE)

    def until(self, kind, seconds=PATIENCE, **wanted):
        """The next event of that type with those members; what came before it stays kept."""
        def fits(event):
            return event["type"] == kind and all(event.get(k) == v for k, v in wanted.items())

        for i, event in enumerate(self.kept):
            if fits(event):
                return self.kept.pop(i)
        end = time.monotonic() + seconds
        while True:
            try:
                event = self._read(end)
            except TimeoutError:
                raise AssertionError(f"no {kind} {wanted} within {seconds} s; "
                    f"there were {self.kept}") from None
            if fits(event):
                return event
            self.kept.append(event)

    def drain(self):
        """Everything that came until the daemon has answered a ping: nothing more is on its way."""
        self.say(type="ping")
        self.until("pong")
        kept, self.kept = self.kept, []
        return kept

    def hello(self, token):
        self.say(type="hello", token=token)
        return self.until("welcome")

    def join(self, room, **after):
        """The `joined` event; what was missed follows it."""
        self.say(type="join", room=room, **after)
        return self.until("joined", room=room)

    def send(self, room, body, client_id=None):
        """Sends and waits for the ack; its seq."""
        client_id = client_id or unique("m")
        self.say(type="send", room=room, client_id=client_id, body=body)
        return self.until("ack", room=room, client_id=client_id)["seq"]

    def messages(self, room, count, seconds=PATIENCE):
        """The next messages of a room, as pairs of seq and body."""
        found = []
        while len(found) < count:
            event = self.until("message", seconds, room=room)
            found.append((event["seq"], event["body"]))
        return found

    def ended(self, seconds=PATIENCE):
        """True when the daemon ends the connection; what it said before stays kept."""
        end = time.monotonic() + seconds
        try:
            while True:
                self.kept.append(self._read(end))
        except Gone:
            return True
        except TimeoutError:
            return False


class Framed(_Chat):
    """Each JSON object behind its size."""

    def __init__(self, chatd, token=None, **options):
        super().__init__()
        self.sock = chatd.socket(**options)
        self.buffer = b""
        if token is not None:
            self.hello(token)

    def close(self):
        self.sock.close()

    def say(self, **command):
        self.say_bytes(json.dumps(command, ensure_ascii=False).encode())

    def say_bytes(self, data):
        self.send_bytes(framed(data))

    def send_bytes(self, data):
        try:
            self.sock.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the read says so

    def _fill(self, end):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.sock.settimeout(left)
        try:
            data = self.sock.recv(1 << 16)
        except socket.timeout:
            raise TimeoutError from None
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        if not data:
            raise Gone
        self.buffer += data

    def _read(self, end):
        event, self.buffer = unframed(self.buffer)
        while event is None:
            self._fill(end)
            event, self.buffer = unframed(self.buffer)
        return event


class Socket(_Chat):
    """RFC 6455 through a library that somebody else wrote."""

    def __init__(self, chatd, token=None, cookie=None, origin=None, protocol="miniclass.v1",
            path="/chat"):
        super().__init__()
        name = "__Host-mc_session" if chatd.tls else "mc_session"
        self.ws = websocket.WebSocket()
        self.ws.connect(f"ws://{chatd.host}{path}", socket=chatd.socket(), host=chatd.host,
            subprotocols=[protocol] if protocol else None, origin=origin,
            suppress_origin=origin is None,
            header=[] if cookie is None else [f"Cookie: {name}={cookie}"])
        if cookie is not None:
            self.until("welcome")
        elif token is not None:
            self.hello(token)

    def close(self):
        self.ws.shutdown()

    def say(self, **command):
        try:
            self.ws.send(json.dumps(command, ensure_ascii=False))
        except (websocket.WebSocketConnectionClosedException, OSError):
            pass  # the read says so

    def _read(self, end):
        left = end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self.ws.settimeout(left)
        try:
            text = self.ws.recv()
        except websocket.WebSocketTimeoutException:
            raise TimeoutError from None
        except (websocket.WebSocketConnectionClosedException, ConnectionError):
            text = ""
        if not text:
            raise Gone
        return json.loads(text)


def refusal(connection, **command):
    """The error that answers the command, without what says which command that was."""
    connection.say(**command)
    error = connection.until("error")
    named = {key: error.pop(key) for key in ("room", "client_id") if key in error}
    assert named == {key: command[key] for key in ("room", "client_id") if key in command}
    return error


@contextlib.contextmanager
def everywhere(daemons, person, room=None):
    """The same session in both forms on both daemons."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(form(daemon, person.token))
            for daemon in daemons for form in (Framed, Socket)]
        for connection in connections:
            if room is not None:
                connection.join(room)
                connection.drain()
        yield connections


def start_live(classroom, title=""):
    """Starts a live session; its view, with "room"."""
    answer = classroom.teacher.post(classroom.path + "/live", {"title": title})
    assert answer.status == 201, answer
    return answer["session"]


def end_live(classroom):
    answer = classroom.teacher.post(classroom.path + "/live/end")
    assert answer.status == 200, answer
    return answer["session"]


def discuss(classroom, topic=None):
    answer = classroom.teacher.post(classroom.path + "/discussions", {"topic": topic or unique("Topic")})
    assert answer.status == 201, answer
    return answer["discussion"]


def open_thread(classroom, discussion, person, student=None):
    """Its room; 200 when it is there already."""
    fields = {} if student is None else {"student": student.id}
    answer = person.post(f"{classroom.path}/discussions/{discussion['id']}/threads", fields)
    assert answer.status in (200, 201), answer
    return answer["room"]


def stored_messages(cluster, room):
    """The messages of a room as the database has them, as pairs of seq and body."""
    with cluster.query() as cursor:
        cursor.execute("SELECT seq, body FROM mc.message WHERE room_id = %s ORDER BY seq", (room,))
        return cursor.fetchall()


def append(cluster, room, person, n, letter="x"):
    """Another daemon's batch: told of by one notice, and read in one go."""
    with cluster.query() as cursor:
        cursor.execute("SELECT count(*) FROM mc.message_append(array_fill(%s::bigint, ARRAY[%s]),"
            " array_fill(%s::bigint, ARRAY[%s]), (SELECT array_agg('c' || i) FROM"
            " generate_series(1, %s) i), array_fill(repeat(%s, 4096), ARRAY[%s]))",
            (room, n, person.id, n, n, letter, n))


def end_sessions(cluster, application="mc-chatd"):
    """Those of that name are over, also of who has gone already, and have told what they counted."""
    with cluster.query() as cursor:
        cursor.execute("SELECT count(pg_terminate_backend(pid, 20000)) FROM pg_stat_activity"
            " WHERE application_name = %s", (application,))


def messages_read(cluster):
    """How many rows were; what a session of PostgreSQL counts is told at its end at the latest."""
    with cluster.query() as cursor:
        cursor.execute("SELECT sum(idx_tup_read) FROM pg_stat_user_indexes"
            " WHERE indexrelname = 'message_pkey'")
        return cursor.fetchone()[0]


def metric(chatd, name):
    text = Client(chatd).request("GET", "/metrics", headers={"Accept": "*/*"}).text
    [value] = [line.split()[1] for line in text.splitlines() if line.startswith(name + " ")]
    return float(value)
