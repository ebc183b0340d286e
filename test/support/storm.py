"""Many clients of chat at once, who lose their connections all the time and forget nothing.

Each one does what a good client does: joins with the last seq that it has seen, sends again what is
not acked, and complains of a message that is not the next one.
"""

import asyncio
import collections
import json
import random
import time

from support.chat import framed, unframed

LOST = (OSError, asyncio.TimeoutError)


class Storm:
    """What all clients have in common."""

    def __init__(self, addresses, seed, messages):
        self.addresses = addresses
        self.seed = seed
        self.messages = messages
        self.clients = []
        self.sent = 0
        self.acked = {}     # (room, client_id): seq
        self.final = None   # room: last seq, once everything is stored
        self.faults = []
        self.counts = collections.Counter()

    def add(self, person, rooms):
        self.clients.append(StormClient(self, person, rooms, len(self.clients)))

    def fault(self, *what):
        self.faults.append(what)

    def unacked(self):
        return sum(len(client.unacked) for client in self.clients)

    async def reached(self, part):
        """Returns when that part of all messages has been sent."""
        while self.sent < self.messages * part:
            await asyncio.sleep(0.05)

    async def stored(self):
        """Returns when every message has been sent and acked."""
        await self.reached(1)
        while self.unacked():
            await asyncio.sleep(0.05)

    async def run(self, play, seconds):
        """Until every client has seen everything that `play` says is there in the end."""
        async def story():
            self.final = await play()

        tasks = {asyncio.create_task(story()): "the story"}
        tasks.update((asyncio.create_task(client.run()), client) for client in self.clients)
        done, waiting = await asyncio.wait(tasks, timeout=seconds,
            return_when=asyncio.FIRST_EXCEPTION)
        state = [self._state(tasks[task], task) for task in waiting]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        for task in done:
            task.result()
        assert not waiting, "\n".join([f"after {seconds} s: sent {self.sent}, "
            f"{dict(self.counts)}, faults {self.faults[:3]}", *state])

    def _state(self, who, task):
        where = " <- ".join(f"{frame.f_code.co_name}:{frame.f_lineno}"
            for frame in task.get_stack())
        if isinstance(who, str):
            return f"{who} at {where}"
        missing = {room: f"{len(seen)} of {(self.final or {}).get(room)}"
            for room, seen in who.seen.items()}
        return f"{who.number} at {where}: unacked {who.unacked}, seen {missing}"


class StormClient:
    def __init__(self, storm, person, rooms, number):
        self.storm = storm
        self.person = person
        self.number = number
        self.random = random.Random(storm.seed * 1000 + number)
        self.seen = {room: [] for room in rooms}   # pairs of sender and body: seq is the place
        self.unacked = {}                          # client_id: (room, body)
        self.made = 0

    def is_done(self):
        final = self.storm.final
        return final is not None and not self.unacked and all(
            len(seen) == final[room] for room, seen in self.seen.items())

    async def run(self):
        while not self.is_done():
            try:
                await self._connect()
            except LOST:
                self.storm.counts["lost"] += 1
            await asyncio.sleep(self.random.random() * 0.3)

    async def _connect(self):
        host, port = self.random.choice(self.storm.addresses)
        reader, self.writer = await asyncio.wait_for(asyncio.open_connection(host, port), 10)
        try:
            self._say(type="hello", token=self.person.token)
            for room, seen in self.seen.items():
                self._say(type="join", room=room, after=len(seen))
            for client_id, (room, body) in self.unacked.items():
                self._say(type="send", room=room, client_id=client_id, body=body)
            await self._talk(reader, time.monotonic() + self.random.uniform(0.5, 6))
        finally:
            self.writer.close()

    async def _talk(self, reader, end):
        """Until it hangs up, in the middle of whatever is under way, or has been told to come back."""
        next_words = time.monotonic()
        data = b""
        while not self.is_done():
            now = time.monotonic()
            if now > end:
                self.storm.counts["hung up"] += 1
                return
            if now >= next_words:
                self._speak()
                next_words = now + self.random.random() * 0.2
            try:
                more = await asyncio.wait_for(reader.read(1 << 16), 0.05)
            except asyncio.TimeoutError:
                continue
            if not more:
                raise ConnectionResetError
            event, data = unframed(data + more)
            while event is not None:
                if not self._hear(event):
                    return
                event, data = unframed(data)

    def _speak(self):
        for _ in range(self.random.randint(1, 4)):
            if self.storm.sent >= self.storm.messages or len(self.unacked) >= 20:
                return
            self.made += 1
            self.storm.sent += 1
            room = self.random.choice(list(self.seen))
            client_id = f"{self.number}-{self.made}"
            self.unacked[client_id] = room, f"message {client_id}"
            self._say(type="send", room=room, client_id=client_id, body=f"message {client_id}")

    def _say(self, **command):
        data = json.dumps(command).encode()
        self.writer.write(framed(data))

    def _hear(self, event):
        """False when it is to come back later."""
        if event["type"] == "message":
            seen = self.seen[event["room"]]
            if event["seq"] != len(seen) + 1:
                self.storm.fault("not the next one", self.number, len(seen), event)
            seen.append((event["from"]["id"], event["body"]))
        elif event["type"] == "ack":
            key = event["room"], event["client_id"]
            if self.storm.acked.setdefault(key, event["seq"]) != event["seq"]:
                self.storm.fault("acked as two", self.storm.acked[key], event)
            self.unacked.pop(event["client_id"], None)
        elif event["type"] == "error":
            self.storm.counts[event["code"]] += 1
            if event["code"] in ("busy", "unavailable", "going_away", "slow_consumer"):
                return False
            self.storm.fault("refused", self.number, event)
        return True
