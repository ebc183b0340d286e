"""Starting, stopping and measuring programs: processor time to the nanosecond where Linux has it."""

import os
import signal
import socket
import subprocess
import time
import urllib.request

TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def _stat(pid):
    text = _read(f"/proc/{pid}/stat")
    return text[text.rindex(")") + 2:].split() if text else []


def children(pid):
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            stat = _stat(entry)
            if stat and int(stat[1]) == pid:
                found.append(int(entry))
    return found


def _task_ns(pid):
    """User and system time of all live threads."""
    total = 0
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return 0
    for task in tasks:
        text = _read(f"/proc/{pid}/task/{task}/schedstat").split()
        total += int(text[0]) if text else 0
    return total


def cpu_ns(pid):
    """Of a process, its children, and the children that it has reaped: only differences mean something."""
    stat = _stat(pid)
    reaped = (int(stat[13]) + int(stat[14])) * TICK_NS if stat else 0
    return reaped + sum(_task_ns(each) for each in [pid] + children(pid))


def wait_until(condition, what, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what}: not within {seconds} s")
        time.sleep(0.02)


def answers(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


class Program:
    """A server that was started for the run and is stopped by its id."""

    def __init__(self, name, arguments, port, log, env=None):
        self.name, self.port = name, port
        with open(log, "ab") as file:
            self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=file,
                stderr=file, env=env)

        def up():
            if self.process.poll() is not None:
                raise SystemExit(f"bench: {name} ended with {self.process.returncode}: see {log}")
            return answers(port)
        wait_until(up, f"{name} on port {port}")

    @property
    def pid(self):
        return self.process.pid

    def metric(self, name):
        url = f"http://127.0.0.1:{self.port}/metrics"
        with urllib.request.urlopen(url, timeout=10) as reply:
            for line in reply.read().decode().splitlines():
                if line.startswith(name + " "):
                    return float(line.split()[1])
        raise SystemExit(f"bench: {self.name} has no {name}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
