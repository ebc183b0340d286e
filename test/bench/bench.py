"""make bench: mc-server and mc-chatd beside their peers, in one run on one machine, interleaved.

Absolute figures belong to the machine; what is reported are ratios, each with its aim.  Every
contestant runs in short rounds, A B C A B C, and the median round counts, so that what else the
machine does meets all alike.
"""

import datetime
import json
import os
import platform
import signal
import statistics
import subprocess
import sys
import time

import chat
from setup import BUILD, Bench
import tools
import web

ROUNDS = int(os.environ.get("MC_BENCH_ROUNDS", "5"))
SECONDS = int(os.environ.get("MC_BENCH_SECONDS", "3"))
PROCESSORS = len(os.sched_getaffinity(0))
STATIC_CONNECTIONS = 64
CLIENTS = 8
PARTS = ("static", "page", "post", "login", "storm", "chat", "tools")


class Record:
    """What is printed, kept for the file as well."""

    def __init__(self):
        self.lines, self.runs, self.verdicts = [], {}, []

    def say(self, line=""):
        print(line, flush=True)
        self.lines.append(line)

    def measured(self, part, results):
        self.runs[part] = results
        self.say()
        self.say(f"{part}")
        self.say(f"  {'':34}{'a second':>10}{'p50 µs':>9}{'p99 µs':>9}"
            f"{'own ms':>9}{'db ms':>9}{'load ms':>9}{'errors':>8}")
        for name, rounds in results.items():
            m = median(rounds)
            self.say(f"  {name:34}{m['rate']:10.0f}{m['p50']:9.0f}{m['p99']:9.0f}"
                f"{m['own']:9.1f}{m['db']:9.1f}{m['client']:9.1f}"
                f"{sum(r['errors'] for r in rounds):8}")

    def verdict(self, what, ours, peer, figure, aim, met):
        self.verdicts.append({"what": what, "ours": ours, "peer": peer, "figure": figure,
            "aim": aim, "met": met})

    def table(self):
        self.say()
        self.say(f"{'what':50}{'ours':>10}{'peer':>10}{'ratio':>8}  {'aim':10}")
        for v in self.verdicts:
            met = {True: "met", False: "NOT MET", None: ""}[v["met"]]
            peer = "" if v["peer"] is None else f"{v['peer']:.1f}"
            ratio = "" if v["peer"] is None else f"{v['figure']:.2f}"
            self.say(f"{v['what']:50}{v['ours']:10.1f}{peer:>10}{ratio:>8}  {v['aim']:10}{met}")

    def save(self):
        stamp = datetime.datetime.now(datetime.timezone.utc).strftime("%Y%m%dT%H%M%SZ")
        base = os.path.join(BUILD, "bench", "record-" + stamp)
        with open(base + ".txt", "w") as file:
            file.write("\n".join(self.lines) + "\n")
        with open(base + ".json", "w") as file:
            json.dump({"when": stamp, "processors": PROCESSORS, "machine": platform.platform(),
                "rounds": self.runs, "verdicts": self.verdicts}, file, indent=1)
        print(f"\nrecord: {os.path.relpath(base)}.txt and .json")


def median(rounds):
    return {key: statistics.median(r[key] for r in rounds) for key in rounds[0]}


def interleave(contestants, rounds=ROUNDS):
    """A dictionary of functions, each a short run; one round of each is thrown away first."""
    results = {name: [] for name in contestants}
    for turn in range(rounds + 1):
        for name, run in contestants.items():
            result = run(1 if turn == 0 else SECONDS)
            if turn > 0:
                results[name].append(result)
    return results


def ratio(results, key, ours, peer):
    """The median over rounds of the ratio within a round: neighbours in time saw the same noise."""
    return statistics.median(a[key] / b[key] for a, b in zip(results[ours], results[peer]))


def compare(record, what, results, key, ours, peer, aim=None, at_most=False):
    figure = ratio(results, key, ours, peer)
    met = None if aim is None else figure <= aim if at_most else figure >= aim
    text = "" if aim is None else f"{'<=' if at_most else '>='} {aim}"
    record.verdict(what, median(results[ours])[key], median(results[peer])[key], figure, text, met)


def bench_static(bench, record, server):
    name, fields, head, body = bench.choose_static(server.port)
    record.say(f"static: /static/{name}, {len(body)} bytes of body and {len(head) + 4} of head"
        f"{', gzip' if fields else ''}; {STATIC_CONNECTIONS} connections")
    bare = bench.start_bare(head, body, PROCESSORS)
    nginx = bench.start_nginx(name, head, body, PROCESSORS)
    logging = bench.start_server(bench.cluster.url("server"), "mc-server-logging",
        log_level="info")

    def contestant(program):
        raw = web.request("GET", "/static/" + name, program.port,
            [("Accept", "text/css,*/*;q=0.1"), *fields])
        file = bench.write(f"static-{program.name}", raw)
        return lambda seconds: bench.load(program, [file], connections=STATIC_CONNECTIONS,
            seconds=seconds)

    contestants = {"mc-server": contestant(server), "bare epoll loop": contestant(bare),
        "mc-server, access log on": contestant(logging)}
    if nginx:
        contestants["nginx"] = contestant(nginx)
    results = interleave(contestants)
    record.measured("static", results)
    compare(record, "static: ms per 1,000, beside the bare loop", results, "own", "mc-server",
        "bare epoll loop", 1.5, at_most=True)
    compare(record, "static: rate, beside the bare loop", results, "rate", "mc-server",
        "bare epoll loop")
    compare(record, "static: ms per 1,000, access log on", results, "own",
        "mc-server, access log on", "bare epoll loop")
    if nginx:
        compare(record, "static: rate, beside nginx", results, "rate", "mc-server", "nginx", 1.25)
        compare(record, "static: ms per 1,000, beside nginx", results, "own", "mc-server", "nginx")
        nginx.stop()
    else:
        record.say("nginx is not installed: apt-get install nginx-light")
    bare.stop()
    logging.stop()


def page_files(bench, server, kind):
    path = bench.school.page_path()
    files = []
    for i, token in enumerate(bench.school.students):
        raw = (web.json_request("GET", path, server.port, token) if kind == "json" else
            web.page_request(path, server.port, token))
        files.append(bench.write(f"page-{kind}{i}", raw))
    return files


def bench_page(bench, record, server):
    peer = f"pgbench, {CLIENTS} clients"
    sql = bench.scripts("page", bench.page_trips)
    results = interleave({
        "class page, JSON": lambda s: bench.load(server, page_files(bench, server, "json"),
            connections=CLIENTS, seconds=s),
        "class page, HTML": lambda s: bench.load(server, page_files(bench, server, "html"),
            connections=CLIENTS, seconds=s),
        peer: lambda s: bench.pgbench(sql, CLIENTS, s),
    })
    record.measured("page", results)
    trips = len(bench.page_trips[0])
    statements = sum(len(trip) for trip in bench.page_trips[0])
    record.say(f"  {trips} round trip(s) with {statements} statement(s) a page"
        f"{'' if bench.same_sql else '; HTML asks otherwise than JSON'}")
    record.verdict("page: round trips", trips, None, trips, "<= 1", trips <= 1)
    for kind in ("JSON", "HTML"):
        own = median(results[f"class page, {kind}"])["own"]
        record.verdict(f"page, {kind}: own ms per 1,000", own, None, own, "<= 100", own <= 100)
        compare(record, f"page, {kind}: rate, beside pgbench", results, "rate",
            f"class page, {kind}", peer, 0.65)
    return median(results["class page, HTML"])["rate"]


def bench_post(bench, record, server):
    peer = f"pgbench, {CLIENTS} clients"
    sql = bench.scripts("post", bench.post_trips)
    file = bench.write("post", bench.school.new_post(server.port))
    results = interleave({
        "post": lambda s: bench.load(server, [file], connections=CLIENTS, seconds=s),
        peer: lambda s: bench.pgbench(sql, CLIENTS, s),
    })
    record.measured("post", results)
    trips = bench.post_trips[0]
    record.say(f"  {len(trips)} round trip(s) with {sum(len(t) for t in trips)} statement(s) a post")
    compare(record, "posting: rate, beside pgbench", results, "rate", "post", peer, 0.85)


def login_files(bench, server):
    return [bench.write(f"login{i}", bench.school.log_in(server.port, i))
        for i in range(len(bench.school.students))]


def bench_login(bench, record, server):
    hashers = max(1, PROCESSORS // 2)
    files = login_files(bench, server)

    def bare(seconds):
        run = json.loads(subprocess.run([os.path.join(bench.out, "bare_argon2"), "19456", "2",
            str(hashers), str(seconds)], check=True, capture_output=True, text=True).stdout)
        each = 1e6 * hashers / run["rate"]
        return {"rate": run["rate"], "p50": each, "p99": each, "own": each, "db": 0, "client": 0,
            "errors": 0}

    peer = f"Argon2id alone, {hashers} thread(s)"
    results = interleave({
        "log-in": lambda s: bench.load(server, files, connections=4, seconds=s), peer: bare})
    record.measured("login", results)
    compare(record, "log-ins: rate, beside Argon2id alone", results, "rate", "log-in", peer)


def bench_storm(bench, record, server, page_rate):
    """The page at a fifth of its full rate, alone and while 32 connections do nothing but log in."""
    rate = max(50, round(page_rate / 5))
    pages = page_files(bench, server, "html")
    logins = login_files(bench, server)

    def calm(seconds):
        return bench.load(server, pages, connections=64, seconds=seconds, rate=rate)

    def storm(seconds):
        storming = subprocess.Popen(bench.load_command(server.port, logins, connections=32,
            seconds=seconds + 1.5), stdout=subprocess.DEVNULL)
        try:
            time.sleep(0.5)  # until the hashing lane is full
            return calm(seconds)
        finally:
            if storming.wait(60) != 0:
                raise SystemExit("bench: the storm of log-ins failed")

    results = interleave({"pages alone": calm, "pages in a storm of log-ins": storm})
    record.measured(f"storm, {rate} pages/s", results)
    record.say("  own and db include the log-ins")
    compare(record, "page p99 in a storm of log-ins, µs", results, "p99",
        "pages in a storm of log-ins", "pages alone", 2, at_most=True)


def run(bench, record, parts):
    bench.start_cluster()
    bench.capture()
    server = bench.start_server(bench.cluster.url("server"))
    page_rate = 2000
    if "static" in parts:
        bench_static(bench, record, server)
    if "page" in parts:
        page_rate = bench_page(bench, record, server)
    if "post" in parts:
        bench_post(bench, record, server)
    if "login" in parts:
        bench_login(bench, record, server)
    if "storm" in parts:
        bench_storm(bench, record, server, page_rate)
    if "chat" in parts:
        teacher = web.Client(server.port, bench.school.teacher.token)
        chat.run(bench, record, compare, interleave, teacher)
    if "tools" in parts:
        tools.run(record, os.path.join(BUILD, "bin"), server, bench.school)


def main():
    parts = sys.argv[1:] or PARTS
    if unknown := set(parts) - set(PARTS):
        raise SystemExit(f"bench: {' '.join(unknown)}: unknown; there are {' '.join(PARTS)}")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    record = Record()
    record.say(f"{PROCESSORS} processors, shared by load, server and database; {ROUNDS} rounds of "
        f"{SECONDS} s each, medians; ms are processor time per 1,000 requests or deliveries")
    bench = Bench()
    try:
        run(bench, record, parts)
    finally:
        bench.stop()
    record.table()
    record.save()
    if any(r["errors"] for results in record.runs.values() for rs in results.values() for r in rs):
        raise SystemExit("bench: some requests were not answered with 2xx, or messages were lost")


if __name__ == "__main__":
    main()
