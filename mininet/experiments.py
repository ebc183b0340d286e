"""What happens when links and hosts fail, seen from the client hosts.

During each experiment students look at their classes, a teacher posts, single messages are sent, and a live class
goes on with everybody in it, four of them writing.  A page or a message that takes longer than a second is late,
and the time to recover is until the last one that failed or was late.
"""

import json
import threading
import time

from day import wait_for_all
from programs import wait_until
from seats import Room

LATE = 1.0  # seconds
RECOVERED = 5.0
SILENCE = 10.0  # nobody says that a host is gone: docs/examples/haproxy.cfg asks for life signs
BEAT = 3.0  # a daemon that is gone is believed until its last sign of life: MC_STAY_BEAT_S
PAGE_PAUSE, WRITE_PAUSE = 0.25, 0.25


class Probe(threading.Thread):
    """Uses a tool again and again; keeps when, how long and with what end."""

    def __init__(self, seat, argv_of, pause):
        super().__init__(daemon=True)
        self.seat, self.argv_of, self.pause = seat, argv_of, pause
        self.done = []  # (began, took, exit status, number)
        self.over = threading.Event()

    def run(self):
        number = 0
        while not self.over.is_set():
            began = time.monotonic()
            status, _, _ = self.seat.try_(*self.argv_of(number))
            took = time.monotonic() - began
            self.done.append((began, took, status, number))
            number += 1
            self.over.wait(max(0.0, self.pause - took))

    def stop(self):
        self.over.set()
        self.join(120)

    def last_bad(self):
        """When the last one that failed or was late had its end; None when there was none."""
        return max((began + took for began, took, status, _ in self.done if status != 0 or took > LATE), default=None)


class Lesson:
    """The live class that all experiments share, and what is used beside it."""

    def __init__(self, people, network):
        self.people, self.network = people, network
        self.session = str(people.ada.json("mc-class", "live", "start", people.id, "A long lesson")["session"]["id"])
        self.room = Room([people.id])
        self.everybody = [people.ada, *people.students]
        self.writers = [people.at(leaf)[-1] for leaf in sorted(set(people.leaf_of.values()))]
        self.entered = {}  # seat: the seq that it begins behind
        self.written = 0
        for each in self.everybody:
            self.room.enter(each)
        wait_for_all(people, self.session)
        self.began, self.away = time.monotonic(), 0.0

    def settle(self, seconds, acked=()):
        """Until everybody has heard all that was written, and what others were told is stored."""
        def heard():
            last = max((seq for each in self.room.heard.values() for _, seq, _ in each.messages), default=0)
            said = {body for _, _, body in self.room.heard[self.people.ada].messages}
            return said >= {*self.room.written, *acked} and all(each.messages and each.messages[-1][1] == last
                for each in self.room.heard.values())
        wait_until(heard, seconds, "everybody has heard everything")


    def end(self, report):
        lasted = time.monotonic() - self.began
        statuses = [self.room.leave(each) for each in self.everybody]
        report.expect("all", "at the end everybody leaves with exit status 0",
            f"{statuses.count(0)} of {len(statuses)}", not any(statuses))
        self.people.ada.do("mc-class", "live", "end", self.people.id)
        lesson = self.people.ada.json("mc-class", "attendance", self.people.id, "--session", self.session)
        least = min(each["seconds"] for each in lesson["attendance"])
        report.expect("all", f"attendance: every student was there all the time, but for the {self.away:.0f} s that chat "
            "may be away by the above", f"{least} s or more, of {lasted:.0f} s", least >= lasted - self.away, of_time=True)


class Experiment:
    """One window of time: calm, a fault, and the time after it."""

    def __init__(self, title, lesson, report, school, times):
        self.title, self.lesson, self.report, self.school, self.times = title, lesson, report, school, times
        people = lesson.people
        self.tag = f"e{len(report.series) + 1}"
        self.pages = {leaf: Probe(people.at(leaf)[-1], lambda _: ("mc-class",), PAGE_PAUSE)
            for leaf in sorted(set(people.leaf_of.values()))}
        self.posts = Probe(people.ada, lambda n: ("mc-post", people.id, f"post {self.tag} {n}"), 1.0)
        self.sends = Probe(people.students[0], lambda n: ("mc-chat", people.id, "--send", f"send {self.tag} {n}"), 1.0)
        self.fault = [0.0, 0.0]
        self.over = threading.Event()

    def _write(self):
        n = 0
        while not self.over.wait(WRITE_PAUSE):
            for number, seat in enumerate(self.lesson.writers):
                self.lesson.room.write(seat, f"said {self.tag} {number} {n}")
            n += 1

    def __enter__(self):
        print(f"{self.title}", flush=True)
        self.began = time.monotonic()
        self.probes = [*self.pages.values(), self.posts, self.sends]
        self.writing = threading.Thread(target=self._write, daemon=True)
        for each in (*self.probes, self.writing):
            each.start()
        time.sleep(self.times.calm)
        return self

    def begin_fault(self):
        self.fault = [time.monotonic()] * 2

    def end_fault(self):
        self.fault[1] = time.monotonic()

    def __exit__(self, kind, *_):
        if kind is None:
            time.sleep(self.times.after)
        self.over.set()
        self.writing.join()
        for each in self.probes:
            each.stop()
        if kind is None:
            # The ack of the last one may have come before the message, which takes another way.
            self.lesson.settle(60, [f"send {self.tag} {n}" for _, _, status, n in self.sends.done if status == 0])
            self._draw()
            self._nothing_lost()

    # What was seen.

    def messages(self):
        """Of each message of this experiment: when it was written, how long it took to each seat."""
        room = self.lesson.room
        for seat, each in room.heard.items():
            for seconds, _, body in each.messages:
                if body in room.written and f" {self.tag} " in body:
                    yield seat, room.written[body], seconds - room.written[body]

    def chat_recovery(self, since, seats=None):
        """Seconds from `since` until the last message that was late somewhere was there."""
        late = [at + took for seat, at, took in self.messages() if took > LATE and (seats is None or seat in seats)]
        return max([0.0, *(each - since for each in late)])

    def page_recovery(self, since, leaves=None):
        bad = [probe.last_bad() for leaf, probe in self.pages.items() if leaves is None or leaf in leaves]
        return max([0.0, *(each - since for each in bad if each is not None)])

    def failed_pages(self):
        return sum(status != 0 for probe in self.pages.values() for _, _, status, _ in probe.done)

    def n_pages(self):
        return sum(len(probe.done) for probe in self.pages.values())

    def expect(self, expectation, seen, good, of_time=False):
        self.report.expect(self.title, expectation, seen, good, of_time)

    def _draw(self):
        slowest = {}
        for _, at, took in self.messages():
            slowest[at] = max(slowest.get(at, 0.0), took)
        pages = [each for probe in self.pages.values() for each in probe.done]
        self.report.series.append({"title": self.title, "fault": [each - self.began for each in self.fault],
            "seconds": time.monotonic() - self.began,
            "pages": [(began - self.began, took * 1000) for began, took, status, _ in pages if status == 0],
            "failed": [(began - self.began, took * 1000) for began, took, status, _ in pages if status != 0],
            "messages": [(at - self.began, took * 1000) for at, took in sorted(slowest.items())]})

    def _nothing_lost(self):
        """Each seat heard each message once, in order; what a tool called done is there once."""
        room = self.lesson.room
        wrong = 0
        for seat, each in room.heard.items():
            first = self.lesson.entered.get(seat, 0)
            numbers = [seq for _, seq, _ in each.messages]
            wrong += numbers != list(range(first + 1, first + 1 + len(numbers)))
        ada = room.heard[self.lesson.people.ada]
        bodies = [body for _, _, body in ada.messages]
        written = [body for body in room.written if f" {self.tag} " in body]
        wrong += any(bodies.count(body) != 1 for body in written)
        sent = [n for _, _, status, n in self.sends.done if status == 0]
        lost = sum(bodies.count(f"send {self.tag} {n}") != 1 for n in sent)
        doubled = sum(bodies.count(f"send {self.tag} {n}") > 1 for _, _, _, n in self.sends.done)
        self.expect(f"each of {len(room.heard)} seats hears each message once, in order",
            f"{len(written) + len(sent)} messages, {wrong} seats wrong", wrong == 0)
        self.expect("no message that was acked is lost, none doubled",
            f"{len(sent)} of {len(self.sends.done)} sends acked, {lost} lost, {doubled} doubled",
            not lost and not doubled)
        posts = json.loads(self.lesson.people.ada.do("mc-post", "--list", self.lesson.people.id, "-n", "100", "--json"))
        there = [each["body"] for each in posts["posts"]]
        done = [n for _, _, status, n in self.posts.done if status == 0]
        lost = sum(there.count(f"post {self.tag} {n}") != 1 for n in done)
        doubled = sum(there.count(f"post {self.tag} {n}") > 1 for _, _, _, n in self.posts.done)
        self.expect("no post that was acked is lost, none doubled",
            f"{len(done)} of {len(self.posts.done)} posts acked, {lost} lost, {doubled} doubled",
            not lost and not doubled)
        ended = sum(each.process.poll() is not None for each in room.heard.values())
        last = [probe.done[-1][2] for probe in self.pages.values()]
        self.expect("at the end every page comes", f"{last.count(0)} of {len(last)}", not any(last))
        self.expect("nobody's mc-chat has ended", f"{ended} ended", ended == 0)


def server_cut_off(run):
    with run("One mc-server host is cut off") as it:
        link = it.lesson.network.topology.link("web1")
        it.begin_fault()
        it.lesson.network.cut(link)
        time.sleep(it.times.fault)
        it.lesson.network.mend(link)
        it.end_fault()
    recovery = it.page_recovery(it.fault[0])
    it.expect(f"all pages come from the other one again within {RECOVERED:.0f} s of the cut",
        f"{recovery:.1f} s; {it.failed_pages()} of {it.n_pages()} pages failed", recovery < RECOVERED, of_time=True)
    it.expect("and those that fail were on the way: one a client at most",
        f"{it.failed_pages()} failed", it.failed_pages() <= len(it.pages))
    recovery = it.chat_recovery(it.fault[0])
    it.expect("live class: nobody notices", f"{recovery:.1f} s", recovery == 0, of_time=True)


def chat_rebooted(run):
    with run("The chat host reboots") as it:
        link = it.lesson.network.topology.link("chat1")
        chat = it.school.chat["chat1"]
        it.begin_fault()
        it.lesson.network.cut(link)
        chat.kill()
        time.sleep(it.times.reboot)
        it.lesson.network.mend(link)
        chat.start()
        it.end_fault()
        it.lesson.away += BEAT + it.fault[1] - it.fault[0] + RECOVERED
    recovery = it.chat_recovery(it.fault[1])
    it.expect(f"every seat is back within {RECOVERED:.0f} s of the daemon's start, by itself", f"{recovery:.1f} s",
        recovery < RECOVERED, of_time=True)
    it.expect("no page fails", f"{it.failed_pages()} of {it.n_pages()}", not it.failed_pages())
    it.expect("none is late", f"{it.page_recovery(it.fault[0]):.1f} s", it.page_recovery(it.fault[0]) == 0,
        of_time=True)


def database_away(run):
    with run("The link of the database is down") as it:
        link = it.lesson.network.topology.link("db")
        it.begin_fault()
        it.lesson.network.cut(link)
        time.sleep(it.times.database)
        it.lesson.network.mend(link)
        it.end_fault()
    told = max((took for probe in it.pages.values() for _, took, status, _ in probe.done if status != 0), default=0)
    it.expect("who asks meanwhile is told within 15 s that it cannot be answered", f"after {told:.1f} s at most",
        told < 15, of_time=True)
    others = {status for probe in it.pages.values() for _, _, status, _ in probe.done} - {0, 6}
    it.expect("and told so as `safe to retry` (exit status 6)", f"other statuses: {sorted(others) or 'none'}", not others)
    recovery = it.page_recovery(it.fault[1])
    it.expect(f"pages come again within {RECOVERED:.0f} s of the link's return", f"{recovery:.1f} s",
        recovery < RECOVERED, of_time=True)
    recovery = it.chat_recovery(it.fault[1])
    it.expect(f"what was written meanwhile is stored and heard within {RECOVERED:.0f} s of the link's return",
        f"{recovery:.1f} s", recovery < RECOVERED, of_time=True)


def congested(run):
    with run("A leaf's link is congested") as it:
        network, people = it.lesson.network, it.lesson.people
        leaf = people.leaf_of[people.students[0].host]
        link = network.topology.link(leaf)
        behind = set(people.at(leaf))
        with _Blast(network, "db", people.students[0].host):
            it.begin_fault()
            network.shape(link, 1, link.delay_ms)
            time.sleep(it.times.fault)
            network.restore(link)
            it.end_fault()
    elsewhere = [each for each in it.pages if each != leaf]
    took = [t for s, at, t in it.messages() if s in behind and it.fault[0] <= at <= it.fault[1]]
    it.expect("behind it, at 1 Mbit/s shared with a download, messages still come, within 10 s",
        f"after {max(took):.2f} s at most", max(took) < 10, of_time=True)
    it.expect("at other leaves nobody notices",
        f"pages {it.page_recovery(it.fault[0], elsewhere):.1f} s, "
        f"messages {it.chat_recovery(it.fault[0], set(it.lesson.everybody) - behind):.1f} s",
        it.page_recovery(it.fault[0], elsewhere) == 0
        and it.chat_recovery(it.fault[0], set(it.lesson.everybody) - behind) == 0, of_time=True)
    it.expect(f"{RECOVERED:.0f} s after it all is as before", f"{it.chat_recovery(it.fault[1]):.1f} s",
        max(it.chat_recovery(it.fault[1]), it.page_recovery(it.fault[1], [leaf])) < RECOVERED, of_time=True)


class _Blast:
    """As much TCP from one host to another as the way carries."""

    PORT = 9999
    SINK = ("import socket; s = socket.create_server(('0.0.0.0', %d)); c = s.accept()[0]\n"
        "while c.recv(65536): pass") % PORT
    SOURCE = ("import socket, time\n"
        "while True:\n"
        "  try: s = socket.create_connection(('%s', %d)); break\n"
        "  except OSError: time.sleep(0.1)\n"
        "while True: s.sendall(bytes(65536))")

    def __init__(self, network, source, sink):
        self.network, self.source, self.sink = network, source, sink

    def __enter__(self):
        python, quiet = ["/usr/bin/python3", "-c"], {"stderr": -3}
        address = self.network.topology.hosts[self.sink]
        self.processes = [self.network.popen(self.sink, [*python, self.SINK], **quiet),
            self.network.popen(self.source, [*python, self.SOURCE % (address, self.PORT)], **quiet)]

    def __exit__(self, *_):
        for each in self.processes:
            each.kill()
            each.wait()


def second_daemon(run):
    with run("A second chat daemon joins, the first one leaves") as it:
        chat = it.school.chat
        it.begin_fault()
        chat["chat2"].start()
        # Who comes from now on is dealt out to both.
        late = [each for each in it.lesson.people.students if each not in it.lesson.writers][:it.times.latecomers]
        wait_until(lambda: _moves_to(it, late, chat["chat2"]), 30, "somebody sits at the second one")
        time.sleep(it.times.calm)
        both = [chat[name].metric("miniclass_chat_connections_open") for name in ("chat1", "chat2")]
        left = time.monotonic()
        status = chat["chat1"].stop()
        it.end_fault()
    across = [took for _, at, took in it.messages() if at < left]
    it.expect("with seats at both, every message is at every seat within a second",
        f"{both[0]:.0f} and {both[1]:.0f} connections; {max(across):.2f} s at most", max(across) < LATE and all(both),
        of_time=True)
    recovery = it.chat_recovery(left)
    it.expect("the first one stops with exit status 0", str(status), status == 0)
    it.expect(f"all who were there are at the second within {RECOVERED:.0f} s", f"{recovery:.1f} s",
        recovery < RECOVERED, of_time=True)


def _moves_to(it, seats, daemon):
    """They leave and come again, until some are there."""
    room = it.lesson.room
    for seat in seats:
        room.leave(seat)
        room.enter(seat)
        wait_until(lambda seat=seat: room.heard[seat].messages, 20, f"{seat.name} hears again")
        it.lesson.entered[seat] = room.heard[seat].messages[0][1] - 1
    return daemon.metric("miniclass_chat_deliveries_total") > 0


def chat_cut_off(run):
    """The daemon lives on, without its database and without a word to anybody; another one is there."""
    with run("A chat host with everybody on it is cut off") as it:
        chat = it.school.chat
        chat["chat1"].start()
        time.sleep(it.times.calm)
        link = it.lesson.network.topology.link("chat2")
        it.begin_fault()
        it.lesson.network.cut(link)
        it.lesson.away += BEAT + SILENCE
        time.sleep(it.times.silence)
        it.lesson.network.mend(link)
        it.end_fault()
    recovery = it.chat_recovery(it.fault[0])
    it.expect(f"the front notices the silence: every seat is at the other one within {SILENCE:.0f} s", f"{recovery:.1f} s",
        recovery < SILENCE, of_time=True)
    it.expect("no page fails", f"{it.failed_pages()} of {it.n_pages()}", not it.failed_pages())


def lossy(run):
    with run("A leaf's link loses packets") as it:
        network, people = it.lesson.network, it.lesson.people
        link = network.topology.link(people.leaf_of[people.students[0].host])
        it.begin_fault()
        network.shape(link, link.mbit, link.delay_ms, 5)
        time.sleep(it.times.fault)
        network.restore(link)
        it.end_fault()
    took = max(took for _, at, took in it.messages() if it.fault[0] <= at <= it.fault[1])
    it.expect("one packet of twenty lost: messages still come, within 10 s", f"after {took:.2f} s at most", took < 10,
        of_time=True)


def all_of_them(run, network, report):
    server_cut_off(run)
    chat_rebooted(run)
    database_away(run)
    if network.has_rates:
        congested(run)
    else:
        report.skip("A leaf's link is congested", "this kernel has no tbf")
    if network.has_netem:
        lossy(run)
    else:
        report.skip("A leaf's link loses packets; delay on all links", "this kernel has no netem")
    second_daemon(run)
    chat_cut_off(run)
