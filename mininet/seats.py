"""People at client hosts, with the terminal tools and nothing else."""

import contextlib
import json
import os
import selectors
import subprocess
import threading
import time

TOOL_SECONDS = 90  # a tool gives up by itself long before


class Seat:
    """Somebody at a host: a log-in of their own, the school's address, the tools."""

    def __init__(self, school, host, name):
        self.school, self.host, self.name = school, host, name
        self.email = f"{name.lower()}@example.org"
        self.home = os.path.join(school.directory, "home", host)
        os.makedirs(self.home, exist_ok=True)
        self.environment = {"PATH": f"{school.bin}:/usr/bin:/bin", "HOME": self.home, "LANG": "C.UTF-8", "TZ": "UTC",
            "MC_SERVER": f"https://{school.address}", "MC_CA_FILE": school.authorities,
            "MC_CHAT": f"tls:{school.address}:8443"}

    def popen(self, *argv, **options):
        return self.school.network.popen(self.host, argv, env=self.environment, **options)

    def try_(self, *argv, given=""):
        """Exit status, stdout and stderr."""
        process = self.popen(*argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        out, err = process.communicate(given, timeout=TOOL_SECONDS)
        return process.returncode, out, err

    def do(self, *argv, given=""):
        """stdout of what must succeed."""
        status, out, err = self.try_(*argv, given=given)
        if status != 0:
            raise AssertionError(f"{self.name} at {self.host}: {' '.join(argv)}: exit status {status}: {err.strip()}")
        return out

    def json(self, *argv):
        return json.loads(self.do(*argv, "--json"))

    def sign_up(self):
        self.do("mc-login", "--signup", "--name", self.name, "--password-stdin", self.email,
            given=f"{self.name} likes long passwords\n")


class Heard:
    """What one seat's mc-chat printed, with the time at which it did (monotonic seconds)."""

    def __init__(self, seat, process):
        self.seat, self.process = seat, process
        self.messages = []  # (seconds, seq, body)
        self.rest = b""

    def take(self, data):
        now = time.monotonic()
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            message = json.loads(line)
            self.messages.append((now, message["seq"], message["body"]))


class Room:
    """A class in a live room, each at a host with `mc-chat --json` in pipes; who sits there hears and may write."""

    def __init__(self, target):
        self.target = target  # words of mc-chat
        self.heard = {}
        self.left = []  # of who left: exit status
        self.written = {}  # body: seconds
        self.selector = selectors.DefaultSelector()
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._listen, daemon=True)
        self.thread.start()

    def enter(self, seat):
        errors = open(os.path.join(seat.home, "mc-chat.err"), "ab")
        process = seat.popen("mc-chat", *self.target, "--json", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=errors, bufsize=0)
        errors.close()
        heard = Heard(seat, process)
        self.heard[seat] = heard
        self.selector.register(process.stdout, selectors.EVENT_READ, heard)

    def leave(self, seat):
        """The end of its stdin; the exit status."""
        heard = self.heard[seat]
        heard.process.stdin.close()
        status = heard.process.wait(TOOL_SECONDS)
        self.left.append(status)
        return status

    def write(self, seat, body):
        self.written[body] = time.monotonic()
        with contextlib.suppress(BrokenPipeError):  # it has ended: that is looked at for itself
            self.heard[seat].process.stdin.write(body.encode() + b"\n")

    def _listen(self):
        while not self.ended.is_set():
            for key, _ in self.selector.select(0.2):
                data = os.read(key.fd, 65536)
                if data:
                    key.data.take(data)
                else:
                    self.selector.unregister(key.fileobj)

    def close(self):
        self.ended.set()
        self.thread.join(10)
        self.selector.close()
        for heard in self.heard.values():
            if heard.process.poll() is None:
                heard.process.kill()
                heard.process.wait()
            heard.process.stdout.close()
