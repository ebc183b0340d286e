"""Whatever people do in whatever order, everybody hears what docs/CHAT.md says, and nothing else.

A class in memory, beside a real one on two daemons and two servers: each step is taken in both, and what every connection is
told must be what the one in memory expects, event by event.  MC_SEEDS=100 goes other ways than the first few.
"""

import collections
import contextlib
import os
import random

import pytest

from support.chat import Framed, Socket, discuss, open_thread
from support.school import create_class, log_in, sign_up, unique
from support.wait import wait_until

STEPS = 150


class Room:
    def __init__(self, room, student=None):
        self.id = room
        self.student = student  # of a private thread
        self.ended = False
        self.messages = []    # as events, without "at"
        self.numbers = {}     # (id of a person, client_id): seq
        self.here = {}        # person: connections

    def removed(self, first, last):
        return [m["seq"] for m in self.messages[first:last] if "removed" in m]


class Connection:
    def __init__(self, chat, person):
        self.chat, self.person = chat, person
        self.is_over = False
        self.due = collections.defaultdict(collections.deque)

    def expect(self, **event):
        self.due[_stream(event)].append(event)


def _stream(event):
    """Within one, events keep their order; acks, and who comes and goes, may overtake messages."""
    kind = "ack" if "client_id" in event else event["type"] if event["type"] == "presence" else None
    return kind, event.get("room")


class Day:
    def __init__(self, servers, daemons, seed):
        self.servers, self.daemons, self.choose = servers, daemons, random.Random(seed)
        self.people = [sign_up(servers[0], name) for name in ("Ada", "Alan", "Ben", "Cleo", "Dora", "Eve")]
        self.classroom = create_class(self.people[0])
        self.roles = {self.people[0]: "instructor"}
        for person in self.people[2:5]:
            self.come(person)
        self.begin_live()
        discussion = discuss(self.classroom)
        self.discussion = Room(discussion["room"])
        self.path = f"{self.classroom.path}/discussions/{discussion['id']}"
        self.rooms = [self.live, self.discussion, *[Room(open_thread(self.classroom, discussion, person), person)
            for person in self.people[2:4]]]
        self.connections = []
        self.times = {}    # (room, seq): at
        self.left = set()  # rooms that somebody left in this step

    # What the class is like.

    def may_enter(self, person, room):
        role = self.roles.get(person)
        return role == "instructor" or role is not None and room.student in (None, person)

    def teacher(self):
        return self.choose.choice([person for person, role in self.roles.items() if role == "instructor"])

    def named(self, person):
        return {"id": person.id, "name": person.name, "role": self.roles[person]}

    def members(self, room, viewer):
        here = [self.named(each) for each in room.here
            if "instructor" in (self.roles[viewer], self.roles[each])]
        return sorted(here, key=lambda each: each["id"])

    def tell_presence(self, room, person, state, role):
        """To everybody else who is in the room; of one student another learns the number."""
        for connection in self.in_room(room):
            if connection.person is person:
                continue
            about = {"user": {"id": person.id, "name": person.name}, "state": state, "role": role}
            is_named = "instructor" in (role, self.roles.get(connection.person))
            connection.expect(type="presence", room=room.id, members=len(room.here),
                **about if is_named else {})

    def in_room(self, room):
        return [connection for each in room.here.values() for connection in each]

    def tell(self, room, **event):
        for connection in self.in_room(room):
            connection.expect(room=room.id, **event)

    def enter(self, connection, room):
        person = connection.person
        is_new = person not in room.here
        room.here.setdefault(person, set()).add(connection)
        if is_new:
            self.tell_presence(room, person, "joined", self.roles[person])

    def leave(self, connection, room, role=None):
        """`role`: what who leaves was until now."""
        person = connection.person
        if connection not in room.here.get(person, ()):
            return
        room.here[person].remove(connection)
        if room.here[person]:
            return
        del room.here[person]
        self.left.add(room)
        self.tell_presence(room, person, "left", role or self.roles[person])

    def lose(self, person, role):
        """Out of what is no longer theirs."""
        for room in self.rooms:
            if self.may_enter(person, room):
                continue
            for connection in list(room.here.get(person, ())):
                connection.expect(type="error", code="not_found", room=room.id)
                self.leave(connection, room, role)

    def hang_up(self, connection):
        for room in self.rooms:
            self.leave(connection, room)

    def write(self, person, room, client_id, body):
        """The seq, or why not."""
        if not self.may_enter(person, room):
            return "not_found"
        seq = room.numbers.get((person.id, client_id))
        if seq is None and room.ended:
            return "ended"
        if seq is None:
            seq = room.numbers[person.id, client_id] = len(room.messages) + 1
            room.messages.append({"seq": seq, "from": self.named(person), "body": body})
            self.tell(room, type="message", **room.messages[-1])
        return seq

    # What may happen.

    def connect(self):
        if len(self.connections) > 9:
            return self.end_connection()
        person = self.choose.choice(self.people)
        form = self.choose.choice([Framed, Socket])
        self.connections.append(Connection(form(self.choose.choice(self.daemons), person.token), person))
        return person.name

    def end_connection(self):
        connection = self.choose.choice(self.connections)
        self.connections.remove(connection)
        connection.chat.close()
        self.hang_up(connection)
        return connection.person.name

    def join_room(self):
        connection, room = self.choose.choice(self.connections), self.choose.choice(self.rooms)
        n = len(room.messages)
        after = self.choose.choice([None, 0, n, n + 1, self.choose.randint(0, n)])
        connection.chat.say(type="join", room=room.id, **{} if after is None else {"after": after})
        if not self.may_enter(connection.person, room):
            connection.expect(type="error", code="not_found", room=room.id)
            return connection.person.name, room.id
        if not room.ended:
            self.enter(connection, room)
        members = self.members(room, connection.person)
        more = {"count": len(room.here)} if len(members) < len(room.here) else {}
        connection.expect(type="joined", room=room.id, last_seq=n, members=members, **more)
        for message in room.messages[max(0, n - 50) if after is None else after:]:
            connection.expect(type="message", room=room.id, **message)
        seen = room.removed(0, after or 0)
        if seen:
            connection.expect(type="removed", room=room.id, seqs=seen)
        if room.ended:
            connection.expect(type="ended", room=room.id)
        return connection.person.name, room.id, after

    def leave_room(self):
        connection, room = self.choose.choice(self.connections), self.choose.choice(self.rooms)
        connection.chat.say(type="leave", room=room.id)
        self.leave(connection, room)
        return connection.person.name, room.id

    def new_or_old_client_id(self, person, room):
        old = [client_id for each, client_id in room.numbers if each == person.id]
        return self.choose.choice(old) if old and self.choose.random() < 0.3 else unique("m")

    def send(self):
        connection, room = self.choose.choice(self.connections), self.choose.choice(self.rooms)
        client_id, body = self.new_or_old_client_id(connection.person, room), unique("sent")
        connection.chat.say(type="send", room=room.id, client_id=client_id, body=body)
        found = self.write(connection.person, room, client_id, body)
        said = {"type": "ack", "seq": found} if isinstance(found, int) else {"type": "error", "code": found}
        connection.expect(room=room.id, client_id=client_id, **said)
        return connection.person.name, room.id, client_id

    def post(self):
        person, room = self.choose.choice(self.people), self.choose.choice(self.rooms)
        client_id, body = self.new_or_old_client_id(person, room), unique("posted")
        answer = self.ask(person, f"/rooms/{room.id}/messages", {"client_id": client_id, "body": body})
        found = self.write(person, room, client_id, body)
        assert answer.status == {"not_found": 404, "ended": 409}.get(found, 201), answer
        if answer.status == 201:
            self.compare(room, [answer["message"]], room.messages[found - 1:found])
        return person.name, room.id, client_id

    def remove_message(self):
        person, room = self.choose.choice(self.people), self.choose.choice(self.rooms)
        if not room.messages:
            return None
        message = self.choose.choice(room.messages)
        answer = self.ask(person, f"/rooms/{room.id}/messages/{message['seq']}/remove")
        assert answer.status == self.status_for(person, room), answer
        if answer.status == 200 and "removed" not in message:
            message.update(body="", removed=True)
            self.tell(room, type="removed", seqs=[message["seq"]])
        return person.name, room.id, message["seq"]

    def status_for(self, person, room):
        return 404 if not self.may_enter(person, room) else 403 if self.roles[person] == "student" else 200

    def change_role(self):
        person, role = self.choose.choice(self.people), self.choose.choice(["instructor", "student"])
        if role == "student":
            self.leave_threads_of_others(person)
        answer = self.ask(self.teacher(), f"{self.classroom.path}/people/{person.id}/role", {"role": role})
        old = self.roles.get(person)
        is_last = old == "instructor" and list(self.roles.values()).count("instructor") == 1
        assert answer.status == (404 if old is None else 409 if is_last and role == "student" else 200), answer
        if answer.status == 200 and role != old:
            self.roles[person] = role
            self.lose(person, old)
            for room in self.rooms:
                if person in room.here:
                    self.tell_role(room, person, role)
        return person.name, role

    def leave_threads_of_others(self, person):
        """Whether the role or the going is told first, of who loses both, is not said anywhere."""
        for room in self.rooms:
            if room.student not in (None, person):
                for connection in list(room.here.get(person, ())):
                    connection.chat.say(type="leave", room=room.id)
                    self.leave(connection, room)
        self.settle()

    def tell_role(self, room, person, role):
        """Students know instructors only: to them one comes or goes."""
        for connection in self.in_room(room):
            knows = connection.person is person or self.roles[connection.person] == "instructor"
            goes = role == "student" and not knows
            connection.expect(type="presence", room=room.id, members=len(room.here),
                user={"id": person.id, "name": person.name}, state="left" if goes else "joined",
                role="instructor" if goes else role)

    def go(self):
        person = self.choose.choice(self.people)
        path = self.choose.choice([f"{self.classroom.path}/people/{person.id}/remove", self.classroom.path + "/leave"])
        answer = self.ask(person if path.endswith("leave") else self.teacher(), path)
        role = self.roles.get(person)
        is_last = role == "instructor" and list(self.roles.values()).count("instructor") == 1
        assert answer.status == (404 if role is None else 409 if is_last else 204), answer
        if answer.status == 204:
            del self.roles[person]
            self.lose(person, role)
        return person.name

    def come(self, person=None):
        person = person or self.choose.choice(self.people)
        answer = self.ask(person, "/classes/join", {"code": self.classroom.code})
        assert answer.status == 200, answer
        self.roles.setdefault(person, "student")
        return person.name

    def begin_live(self):
        answer = self.ask(self.teacher(), self.classroom.path + "/live")
        assert answer.status == 201, answer
        self.live = Room(answer["session"]["room"])

    def end(self, room):
        if not room.ended:
            self.tell(room, type="ended")
            room.here.clear()
        room.ended = True

    def end_live(self):
        assert self.ask(self.teacher(), self.classroom.path + "/live/end").status == 200
        self.end(self.live)
        self.begin_live()
        self.rooms.append(self.live)

    def close_or_reopen(self):
        verb = self.choose.choice(["close", "reopen"])
        assert self.ask(self.teacher(), f"{self.path}/{verb}").status == 200
        if verb == "close":
            self.end(self.discussion)
        self.discussion.ended = verb == "close"
        self.left.add(self.discussion)
        return verb

    def log_out(self):
        person = self.choose.choice(self.people)
        assert self.ask(person, "/logout").status == 204
        for connection in self.connections:
            if connection.person is person:
                connection.expect(type="error", code="unauthenticated")
                connection.is_over = True
                self.hang_up(connection)
        person.token = person.client.token = log_in(self.servers[0], person).token
        return person.name

    # What is to be seen of it.

    def ask(self, person, path, fields=None):
        return person.client.at(self.choose.choice(self.servers)).post(path, fields)

    def same_time(self, room, message):
        at = message.pop("at")
        assert self.times.setdefault((room, message["seq"]), at) == at

    def compare(self, room, got, wanted):
        """Messages over HTTP."""
        for message in got:
            self.same_time(room.id, message)
            assert room.numbers[message["from"]["id"], message.pop("client_id")] == message["seq"]
        assert got == wanted

    def hear(self, connection, event):
        due = connection.due[_stream(event)]
        assert due, (connection.person.name, event, "was not due")
        if event["type"] == "error":
            assert event.pop("message")
        if event["type"] == "message":
            self.same_time(event["room"], event)
        if event["type"] == "joined":
            event["members"].sort(key=lambda each: each["id"])
        wanted = due.popleft()
        assert event == wanted, (connection.person.name, event, wanted)

    def settle(self):
        """All that is due has come, and nothing else."""
        for connection in self.connections:
            while any(connection.due.values()):
                self.hear(connection, connection.chat.next())
            if connection.is_over:
                assert connection.chat.ended() and not connection.chat.kept
                connection.chat.close()
        self.connections = [each for each in self.connections if not each.is_over]
        # Who goes unseen is written down a little later.
        for room in self.left:
            wait_until(lambda: self.here(room) == len(room.here), what="who left is not here")
        self.left.clear()
        for connection in self.connections:
            for event in connection.chat.drain():
                self.hear(connection, event)

    def here(self, room):
        return self.teacher().get(f"/rooms/{room.id}")["here"]["count"]

    def look_around(self):
        """What each person reads over HTTP."""
        for room in self.rooms:
            for person in self.people:
                answer = person.get(f"/rooms/{room.id}?after=0&limit=500")
                assert answer.status == (200 if self.may_enter(person, room) else 404), answer
                if answer.status == 200:
                    self.compare(room, answer["messages"], room.messages)
                    people = sorted(answer["here"]["people"], key=lambda each: each["id"])
                    assert people == self.members(room, person)
                    assert answer["here"]["count"] == len(room.here)

    def step(self):
        possible = {self.connect: 3, self.come: 2, self.post: 5, self.remove_message: 2, self.change_role: 5,
            self.go: 1, self.end_live: 0.5, self.close_or_reopen: 2, self.log_out: 0.5}
        if self.connections:
            possible.update({self.join_room: 12, self.leave_room: 3, self.send: 10, self.end_connection: 1})
        [act] = self.choose.choices(list(possible), list(possible.values()))
        print(act.__name__, act())
        self.settle()

    def close(self):
        for connection in self.connections:
            connection.chat.close()


@pytest.mark.parametrize("seed", range(int(os.environ.get("MC_SEEDS", "4"))))
def test_everybody_hears_what_a_class_in_memory_expects(server, second_server, daemons, seed):
    day = Day((server, second_server), daemons, seed)
    with contextlib.closing(day):
        for _ in range(STEPS):
            day.step()
        day.look_around()
