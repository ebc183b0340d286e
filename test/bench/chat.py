"""Chat beside nats-server and redis-server, which store nothing, and beside PostgreSQL alone."""

import base64
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess

from process import cpu_ns, free_port

ROOMS = 64
SENDERS = 8
SIZES = (100, 1000, 5000)
# Messages on their way at saturation: enough to keep everybody busy, and under a gigabyte queued.
WINDOW = {100: 1024, 1000: 512, 5000: 100}

PEOPLE = """
INSERT INTO mc.account (name, email) SELECT 'Member ' || n, 'member' || n || '@bench.example'
  FROM generate_series(1, {count}) n;
INSERT INTO mc.membership (class_id, account_id, role)
  SELECT {class_id}, id, 'student' FROM mc.account WHERE email LIKE 'member%@bench.example';
CREATE TEMP TABLE token (n bigint GENERATED ALWAYS AS IDENTITY, digest bytea);
COPY token (digest) FROM stdin;
{digests}
\\.
INSERT INTO mc.session (account_id, digest, expires_at)
  SELECT a.id, t.digest, now() + interval '1 day' FROM token t
  JOIN mc.account a ON a.email = 'member' || t.n || '@bench.example';
CREATE SCHEMA bench;
CREATE TABLE bench.message (LIKE mc.message INCLUDING ALL);
CREATE SEQUENCE bench.seq CACHE 100;
VACUUM ANALYZE;
"""

INSERT = """\\set room random(1, {rooms})
INSERT INTO bench.message
  (class_id, room_id, seq, sender_id, sender_role, client_id, body, at)
  SELECT 1, :room, n, :client_id + 1, 'student', n::text, repeat('x', 200), now()
  FROM nextval('bench.seq') n;
"""

# What the daemon says for one message alone, planned as it has it planned.
APPEND = """\\set n random(1, {count})
SELECT room_id, seq, at, role = 'instructor' FROM mc.message_append_all(
  ARRAY[(ARRAY{rooms})[:n]]::bigint[], ARRAY[{sender}]::bigint[],
  ARRAY[nextval('bench.seq')::text], ARRAY[repeat('x', 200)]);
"""
AS_PLANNED = ("-c search_path= -c plan_cache_mode=force_generic_plan -c enable_seqscan=off"
    " -c enable_mergejoin=off")


class Crowd:
    """Members and senders that have joined, and do what they are told."""

    def __init__(self, bench, program, protocol, members, senders, rooms, tokens=None):
        self.bench, self.program, self.members = bench, program, members
        command = [os.path.join(bench.out, "crowd"), "--protocol", protocol, "--port",
            str(program.port), "--members", str(members), "--senders", str(senders)]
        for room in rooms:
            command += ["--room", str(room)]
        if tokens:
            command += ["--tokens", tokens]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True)
        self._line("ready")

    def _line(self, expected=None):
        line = self.process.stdout.readline().strip()
        if not line or (expected and line != expected):
            raise SystemExit(f"bench: crowd at {self.program.name}: ended ({line})")
        return line

    def run(self, what, seconds, amount):
        own, db = cpu_ns(self.program.pid), cpu_ns(self.bench.cluster.pid)
        self.process.stdin.write(f"{what} {seconds} {amount}\n")
        self.process.stdin.flush()
        result = json.loads(self._line())
        own, db = cpu_ns(self.program.pid) - own, cpu_ns(self.bench.cluster.pid) - db
        acks = what.startswith("ack")
        done = max(1, result["acked"] if acks else result["delivered"])
        lost = (result["sent"] - result["acked"] if acks else
            result["expected"] - result["delivered"])
        return {"rate": result["acks_rate"] if acks else result["deliveries_rate"],
            "p50": result["p50_us"], "p99": result["p99_us"], "own": own / done / 1000,
            "db": db / done / 1000 if "chatd" in self.program.name else 0,
            "client": result["cpu_s"] * 1e6 / done, "errors": lost}

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)


def _resident(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return int(re.search(r"^Pss:\s+(\d+) kB", file.read(), re.M)[1]) * 1024


def start_nats(bench):
    program = shutil.which("nats-server", path=os.environ.get("PATH", "") + ":/usr/sbin")
    if program is None:
        return None
    port = free_port()
    return bench.start("nats-server", [program, "-a", "127.0.0.1", "-p", str(port)], port)


def start_redis(bench):
    program = shutil.which("redis-server")
    if program is None:
        return None
    port = free_port()
    return bench.start("redis-server", [program, "--bind", "127.0.0.1", "--port", str(port),
        "--save", "", "--appendonly", "no", "--maxclients", "30000", "--dir", bench.work,
        "--client-output-buffer-limit", "pubsub 0 0 0"], port)


class People:
    """A class of its own: as many sessions as there are connections, and rooms to write in."""

    def __init__(self, bench, teacher, count):
        made = teacher.call("POST", "/classes", {"name": "A lecture", "description": ""})["class"]
        path = f"/classes/{made['id']}"
        tokens = [os.urandom(32) for _ in range(count)]
        digests = "\n".join("\\\\x" + hashlib.sha256(t).hexdigest() for t in tokens)
        psql = subprocess.run(["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null",
            bench.cluster.url("superuser")], text=True, capture_output=True,
            input=PEOPLE.format(class_id=made["id"], count=count, digests=digests))
        if psql.returncode != 0:
            raise SystemExit(f"bench: people: {psql.stderr}")
        self.tokens = bench.write("tokens", "".join(
            base64.urlsafe_b64encode(t).decode().rstrip("=") + "\n" for t in tokens))
        self.sender = bench.cluster.sql(
            "SELECT id FROM mc.account WHERE email = 'member1@bench.example'")
        self.live = teacher.call("POST", path + "/live", {"title": "Lecture"}
            )["session"]["room"]
        self.rooms = [teacher.call("POST", path + "/discussions", {"topic": f"Topic {n}"}
            )["discussion"]["room"] for n in range(ROOMS)]


def _deliveries(record, compare, interleave, crowds, size):
    """One room: everything there is to give, then half of what the slowest gives."""
    full = interleave({name: lambda s, c=crowd: c.run("saturate", s, WINDOW[size])
        for name, crowd in crowds.items()}, rounds=3)
    record.measured(f"a room of {size}, as many deliveries as there can be", full)
    for peer, aim in (("nats-server", 1), ("redis-server", 0.5)):
        if peer in crowds:
            compare(record, f"room of {size}: deliveries, beside {peer}", full, "rate",
                "mc-chatd", peer, aim)
    return {name: statistics.median(r["rate"] for r in rounds) / size
        for name, rounds in full.items()}


def _latency(record, compare, interleave, crowds, size, messages):
    half = interleave({name: lambda s, c=crowd, r=messages[name] / 2: c.run("rate", s, r)
        for name, crowd in crowds.items()}, rounds=3)
    record.measured(f"a room of {size}, each at half of its own most", half)
    for peer in ("nats-server", "redis-server"):
        if peer in crowds:
            compare(record, f"room of {size}: p99 at half, beside {peer}, µs", half, "p99",
                "mc-chatd", peer)


def _quiet(record, compare, interleave, crowds, size):
    quiet = interleave({name: lambda s, c=crowd: c.run("rate", s, 20)
        for name, crowd in crowds.items()}, rounds=3)
    record.measured(f"a quiet room of {size}: 20 messages a second", quiet)
    for peer in ("nats-server", "redis-server"):
        if peer in crowds:
            compare(record, f"quiet room of {size}: µs a delivery, beside {peer}", quiet, "own",
                "mc-chatd", peer, 1, at_most=True)


class Peers:
    """mc-chatd and who stands beside it, each with one room."""

    def __init__(self, bench, record, chatd, people):
        self.bench = bench
        self.programs = {"mc-chatd": (chatd, "mc", people.live, people.tokens)}
        for name, protocol, start in (("nats-server", "nats", start_nats),
                ("redis-server", "redis", start_redis)):
            program = start(bench)
            if program is None:
                record.say(f"{name} is not installed: apt-get install {name}")
            else:
                self.programs[name] = (program, protocol, 1, None)

    def gather(self, size):
        return {name: Crowd(self.bench, program, protocol, size, SENDERS, [room], tokens)
            for name, (program, protocol, room, tokens) in self.programs.items()}

    def memory(self):
        return {name: _resident(program.pid) for name, (program, *_) in self.programs.items()}

    def stop(self):
        for program, *_ in self.programs.values():
            program.stop()


def _close(crowds):
    for crowd in crowds.values():
        crowd.close()


def _quiet_rooms(record, compare, interleave, peers):
    for size in SIZES[:-1]:
        crowds = peers.gather(size)
        _quiet(record, compare, interleave, crowds, size)
        _close(crowds)


def _idle(bench, record, people):
    """Processes of their own: others have memory left over, which members fill."""
    peers = Peers(bench, record, bench.start_chatd(bench.cluster.url("server")), people)
    size = SIZES[-1]
    before = peers.memory()
    crowds = peers.gather(size)
    for name, resident in peers.memory().items():
        each = (resident - before[name]) / size / 1024
        ours = name == "mc-chatd"
        record.verdict(f"{name}: KiB an idle member of {size}", each, None, each,
            "<= 4" if ours else "", each <= 4 if ours else None)
    _close(crowds)
    peers.stop()


def _floods(record, compare, interleave, peers):
    for size in SIZES:
        crowds = peers.gather(size)
        messages = _deliveries(record, compare, interleave, crowds, size)
        _latency(record, compare, interleave, crowds, size, messages)
        _close(crowds)


def _acks_and_commits(crowd, seconds, rate):
    """As many messages a second, and what one transaction of the daemon's took meanwhile, µs."""
    def spent():
        return (crowd.program.metric("miniclass_chat_append_seconds_total"),
            crowd.program.metric("miniclass_chat_batches_total"))
    before = spent()
    result = crowd.run("ackrate", seconds, rate)
    took, batches = (after - value for after, value in zip(spent(), before))
    return {**result, "commit": took * 1e6 / batches}


def _durable(bench, record, compare, interleave, chatd, people):
    script = ["-f", bench.write("insert.sql", INSERT.format(rooms=ROOMS))]
    crowd = Crowd(bench, chatd, "mc", 0, ROOMS, people.rooms, people.tokens)
    many, one = f"pgbench: an insert, {ROOMS} clients", "pgbench: an insert, one client"
    results = interleave({
        "mc-chatd, one under way each": lambda s: crowd.run("ack", s, 1),
        "mc-chatd, sixteen under way each": lambda s: crowd.run("ack", s, 16),
        many: lambda s: bench.pgbench(script, ROOMS, s, "superuser"),
        one: lambda s: bench.pgbench(script, 1, s, "superuser"),
    })
    record.measured(f"messages on disk: {ROOMS} senders in {ROOMS} rooms", results)
    compare(record, "durable messages, 1 under way, beside pgbench", results, "rate",
        "mc-chatd, one under way each", many)
    compare(record, "durable messages, 16 under way, beside pgbench", results, "rate",
        "mc-chatd, sixteen under way each", many, 2)
    twice = 2 * statistics.median(r["rate"] for r in results[many])
    append = ["-f", bench.write("append.sql", APPEND.format(count=ROOMS, rooms=people.rooms,
        sender=people.sender))]
    alone = "pgbench: our append of one, one client"
    bare = "a bare insert of all that waits, one client"
    quiet = "mc-chatd, one sender, one under way"
    sender = Crowd(bench, chatd, "mc", 0, 1, people.rooms[:1], people.tokens)
    results = interleave({
        "mc-chatd": lambda s: _acks_and_commits(crowd, s, twice),
        quiet: lambda s: sender.run("ack", s, 1),
        bare: lambda s: bench.bare_commit(s, twice, ROOMS),
        many: lambda s: bench.pgbench(script, ROOMS, s, "superuser"),
        one: lambda s: bench.pgbench(script, 1, s, "superuser"),
        alone: lambda s: bench.pgbench(append, 1, s, "superuser", PGOPTIONS=AS_PLANNED),
    })
    crowd.close()
    sender.close()
    record.measured(f"acks at {twice:.0f} messages a second, twice what pgbench inserts", results)
    own = "one commit of the daemon's own, with all that waited"
    results[own] = [{**r, "p50": r["commit"]} for r in results["mc-chatd"]]
    compare(record, "durable messages: median ack, beside one commit, µs", results, "p50",
        "mc-chatd", one, 2, at_most=True)
    compare(record, "durable messages: median ack, beside one of its own, µs", results, "p50",
        "mc-chatd", own)
    compare(record, "durable messages: median ack, beside one of 64, µs", results, "p50",
        "mc-chatd", many)
    compare(record, "a bare insert of all that waits, beside one commit, µs", results, "p50",
        bare, one)
    compare(record, "durable messages: median ack, beside a bare insert, µs", results, "p50",
        "mc-chatd", bare)
    compare(record, "one message when nobody else writes, beside one commit", results, "p50",
        quiet, one)
    compare(record, "one append of ours alone, beside one commit, µs", results, "p50", alone, one)


def run(bench, record, compare, interleave, teacher):
    people = People(bench, teacher, max(SIZES) + ROOMS)
    _idle(bench, record, people)
    chatd = bench.start_chatd(bench.cluster.url("server"))
    peers = Peers(bench, record, chatd, people)
    # The floods last: they leave the database a table of millions and work for a while.
    _quiet_rooms(record, compare, interleave, peers)
    _durable(bench, record, compare, interleave, chatd, people)
    _floods(record, compare, interleave, peers)
    peers.stop()
