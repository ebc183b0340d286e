"""The programs under test: a private PostgreSQL, mc-server, mc-admin.

Everything started here dies with pytest, however that ends, and is ended by its own id.
"""

import contextlib
import ctypes
import errno
import fcntl
import glob
import json
import os
import re
import resource
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading

import psycopg2

from support.wait import PATIENCE, wait_until
from support.wire import Wire

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("MC_BUILD", "build"))

SANITIZER_REPORT = re.compile(
    r"(ERROR|WARNING): \w*Sanitizer|runtime error: |SUMMARY: \w*Sanitizer")
SANITIZED = os.environ.get("MC_SAN", "")

# What is not read at once is left out; a busy machine reads late.
LOG_UNREAD = 1024 * 1024

# Passwords and tokens of this run: none may ever stand in a log.
secrets = set()

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS = 38
_SECCOMP_RET_ERRNO, _SECCOMP_RET_ALLOW = 0x00050000, 0x7fff0000
_IO_URING_SETUP = 425  # on every architecture


def program(name):
    return os.path.join(BUILD, "bin", name)


def clean_environment(**more):
    """Nothing of the developer's own settings reaches a program under test."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MC_", "PG"))}
    kept["MC_CONFIG"] = "/dev/null"
    kept["ASAN_OPTIONS"] = "detect_leaks=1:exitcode=97"
    kept["TSAN_OPTIONS"] = "exitcode=97"
    kept["UBSAN_OPTIONS"] = "print_stacktrace=1"
    kept.update(more)
    return kept


class _Filter(ctypes.Structure):
    """struct sock_fprog"""
    _fields_ = [("n", ctypes.c_ushort), ("steps", ctypes.c_char_p)]


def _deny_io_uring():
    """EPERM, as containers answer; everything else is allowed (seccomp(2))."""
    steps = [(0x20, 0, 0, 0),  # load the number of the call
        (0x15, 0, 1, _IO_URING_SETUP),  # another one: skip a step
        (0x06, 0, 0, _SECCOMP_RET_ERRNO | errno.EPERM),
        (0x06, 0, 0, _SECCOMP_RET_ALLOW)]
    code = _Filter(len(steps), b"".join(struct.pack("HBBI", *step) for step in steps))
    _libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(code), 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


def _die_with_parent(files, io_uring):
    def before_exec():
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if not io_uring:
            _deny_io_uring()
        if files is not None:
            soft, hard = files if isinstance(files, tuple) else (
                files, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return before_exec


class Cluster:
    """A PostgreSQL of our own, through the script that `make run` uses."""

    def __init__(self, directory):
        self.directory = directory

    def _call(self, *words):
        # A file, not a pipe: a postmaster that inherits a pipe keeps it open.
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(["sh", os.path.join(ROOT, "sql/cluster.sh"), *words],
                env={**os.environ, "MC_VAR": self.directory}, cwd=ROOT,
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, timeout=180)
            out.seek(0)
            text = out.read()
        assert done.returncode == 0, f"cluster.sh {words}: {text}"
        return text.strip()

    def start(self):
        self._call("start")

    def stop(self):
        self._call("stop")

    def url(self, role="server"):
        return self._call("url", role).splitlines()[-1]

    @contextlib.contextmanager
    def query(self, role="superuser"):
        """A cursor; each statement is a transaction of its own."""
        connection = psycopg2.connect(self.url(role))
        connection.autocommit = True
        try:
            yield connection.cursor()
        finally:
            connection.close()

    @contextlib.contextmanager
    def holding(self, statement, *values):
        """What the statement locks is waited for; yields what ends it."""
        connection = psycopg2.connect(self.url("superuser"))
        try:
            connection.cursor().execute(statement, values)
            yield connection.rollback
        finally:
            connection.close()

    def locked(self):
        """All our tables, so that whatever asks the database waits."""
        with self.query() as cursor:
            cursor.execute("SELECT string_agg(format('%I.%I', schemaname, tablename), ',')"
                " FROM pg_tables WHERE schemaname = 'mc'")
            [tables] = cursor.fetchone()
        return self.holding(f"LOCK TABLE {tables} IN ACCESS EXCLUSIVE MODE")

    def waiting_for_locks(self):
        """How many sessions wait."""
        with self.query() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
            return cursor.fetchone()[0]

    def migrate(self):
        done = subprocess.run([program("mc-admin"), "migrate"],
            env=clean_environment(MC_DB=self.url("admin")), capture_output=True, text=True,
            timeout=60)
        assert done.returncode == 0, done.stderr
        return done

    def dump(self):
        """Everything that the database holds, as text."""
        with self.query() as cursor:
            cursor.execute("SELECT schemaname, tablename FROM pg_tables WHERE schemaname"
                " NOT IN ('pg_catalog', 'information_schema')")
            rows = []
            for schema, table in cursor.fetchall():
                cursor.execute(f'SELECT t::text FROM "{schema}"."{table}" t')
                rows += [f"{schema}.{table} {row}" for row, in cursor.fetchall()]
        return "\n".join(rows)

    def _postmaster(self):
        [pid_file] = glob.glob(self.directory + "/**/postmaster.pid", recursive=True)
        with open(pid_file) as lines:
            return int(lines.readline())

    def kill(self):
        """kill -9 of the postmaster, as a crash; returns when its children have noticed."""
        postmaster = self._postmaster()
        family = [postmaster] + children_of(postmaster)
        os.kill(postmaster, signal.SIGKILL)
        wait_until(lambda: not any(is_alive(pid) for pid in family), what="PostgreSQL is gone")

    @contextlib.contextmanager
    def deaf(self):
        """Who knocks gets no answer; who is connected is served."""
        postmaster = self._postmaster()
        os.kill(postmaster, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(postmaster, signal.SIGCONT)


def children_of(parent):
    found = []
    for stat in glob.glob("/proc/[0-9]*/stat"):
        try:
            with open(stat) as text:
                fields = text.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == parent:
            found.append(int(stat.split("/")[2]))
    return found


def cpu_seconds(pid):
    """Processor time of a process, all its threads."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_alive(pid):
    try:
        with open(f"/proc/{pid}/stat") as text:
            return text.read().rsplit(")", 1)[1].split()[0] not in "ZX"
    except OSError:
        return False


class Server:
    """One mc-server; settings are its own names (head_timeout="300ms")."""

    program = "mc-server"
    listen = "listen"
    alive = "/readyz"
    defaults = {}

    def __init__(self, url, directory, files=None, handed=None, io_uring=True, **settings):
        self.url = url
        self.handed = handed  # a listening socket, as systemd hands one over
        self.directory = directory
        self.files = files  # descriptors: the soft limit, or both
        self.io_uring = io_uring  # False: it is denied
        self.settings = {self.listen: "127.0.0.1:0", "log_level": "debug", **self.defaults, **settings}
        self.process = None
        self.lines = []
        self._news = threading.Condition()
        self._reader = None
        self._silent = None  # the process that has said its last
        self.tls = "tls_cert" in settings

    def start(self, wait=True):
        arguments = [program(self.program)]
        for name, value in self.settings.items():
            arguments.append(f"--{name.replace('_', '-')}={value}")
        passed = ()
        if self.handed is not None:
            passed = (self.handed.fileno(),)
            arguments = ["bash", "-c", f'exec 3<&{passed[0]}; LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"',
                "bash", *arguments]
        self.process = subprocess.Popen(arguments, env=clean_environment(MC_DB=self.url),
            cwd=self.directory, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, pipesize=LOG_UNREAD, start_new_session=True, pass_fds=passed,
            preexec_fn=_die_with_parent(self.files, self.io_uring))
        first = len(self.lines)
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()
        # The bus listens too, and says so without an address.
        line = self._wait_line(lambda text: "listening" in text and log_field(text, "address"),
            first, 20)
        assert line, "does not listen: " + "".join(self.lines[first:])
        self.address = log_field(line, "address")
        # A restart comes back at the same place.
        self.settings[self.listen] = self.address
        if wait:
            wait_until(lambda: self._status(self.alive) == 200, what=f"{self.alive} says ok")
        return self

    def _read(self, process):
        for raw in process.stderr:
            with self._news:
                self.lines.append(raw.decode("utf-8", "backslashreplace"))
                self._news.notify_all()
        with self._news:
            # It is about to be gone, and nothing more comes.
            self._silent = process
            self._news.notify_all()

    def _wait_line(self, matches, first, seconds):
        found = []

        def look():
            found[:] = [text for text in self.lines[first:] if matches(text)]
            return found or self._silent is self.process

        with self._news:
            self._news.wait_for(look, seconds)
        return found[0] if found else None

    @property
    def host(self):
        return "localhost" if self.is_unix else self.address

    @property
    def is_unix(self):
        return self.address.startswith("unix:")

    @property
    def port(self):
        return int(self.address.rsplit(":", 1)[1])

    @property
    def pid(self):
        return self.process.pid

    @property
    def scheme(self):
        return "https" if self.tls else "http"

    def socket(self, source=None, receive_buffer=None):
        """A connected socket; `source`: a client address of one's own, such as 127.0.0.9."""
        if self.is_unix:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(PATIENCE)
            sock.connect(self.address[len("unix:"):])
            return sock
        host = self.address.rsplit(":", 1)[0].strip("[]")
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
        sock.settimeout(PATIENCE)
        if receive_buffer is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        if source is not None:
            sock.bind((source, 0))
        sock.connect((host, self.port))
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            sock = context.wrap_socket(sock)
        return sock

    def connect(self, **options):
        return Wire(self.socket(**options), self.host)

    def _status(self, path):
        try:
            with self.connect() as wire:
                wire.send(f"GET {path} HTTP/1.1", f"Host: {self.host}", "Connection: close")
                return wire.reply().status
        except OSError:
            return None

    def is_ready(self):
        return self._status("/readyz") == 200

    def logged(self, event, **fields):
        """Waits for a line with that event and those fields; the line, or None."""
        def matches(text):
            return event in text and all(
                log_field(text, key) == str(value) for key, value in fields.items())
        return self._wait_line(matches, 0, PATIENCE)

    def all_logged(self, event, n):
        """Waits until as many lines have that event; all that have it by then."""
        def found():
            return [line for line in self.lines if f" {event} " in line]

        # A line is read by a thread of ours, so it may come behind what the program did afterwards.
        with self._news:
            self._news.wait_for(lambda: len(found()) >= n, PATIENCE)
            return found()

    @property
    def log(self):
        with self._news:
            return "".join(self.lines)

    @contextlib.contextmanager
    def unread(self):
        """Nobody reads its log meanwhile, of which a usual pipe holds a little."""
        with self._news:
            fcntl.fcntl(self.process.stderr, fcntl.F_SETPIPE_SZ, 64 * 1024)
            yield

    def signal(self, number):
        self.process.send_signal(number)

    @contextlib.contextmanager
    def held(self):
        """It stands still: what is sent meanwhile it finds there all at once."""
        self.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, self.process.pid, os.WSTOPPED)
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def wait(self, seconds=PATIENCE):
        """The exit status."""
        status = self.process.wait(seconds)
        self._reader.join(5)
        return status

    def kill(self):
        """kill -9."""
        self.process.kill()
        self.wait()

    def restart(self):
        self.stop()
        self.start()

    def stop(self):
        """SIGTERM, and the promises that hold for every run: exit 0, no report, no secret."""
        if self.process is None:
            return
        process, self.process = self.process, None
        # Who has said its last ends by itself, and the status is its own.
        was_running = process.poll() is None and self._silent is not process
        try:
            if was_running:
                process.terminate()
            status = process.wait(PATIENCE)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
            self._reader.join(5)
            process.stderr.close()
        self._check_log()
        if was_running:
            assert status == 0, f"exit status {status} after SIGTERM\n{self.log[-4000:]}"

    def _check_log(self):
        log = self.log
        report = SANITIZER_REPORT.search(log)
        assert not report, "sanitizer report:\n" + log[report.start():report.start() + 12000]
        for secret in secrets:
            assert secret not in log, f"a secret stands in the log: {secret!r}"


class Chatd(Server):
    """One mc-chatd (chat_listen="[::1]:0", out_queue="64KiB")."""

    program = "mc-chatd"
    listen = "chat_listen"
    alive = "/healthz"
    defaults = {"loops": "2"}  # a room is spread over loops, on whatever machine


def log_field(line, key):
    """A value out of a line of either log format; None when it is not there."""
    if line.lstrip().startswith("{"):
        value = json.loads(line).get(key)
        return None if value is None else str(value)
    found = re.search(rf'(?:^|\s){re.escape(key)}=(?:"((?:[^"\\]|\\.)*)"|(\S*))', line)
    return None if not found else found[1] if found[1] is not None else found[2]


def memory_of(pid, key="Pss"):
    """Bytes, out of /proc/PID/smaps_rollup."""
    with open(f"/proc/{pid}/smaps_rollup") as text:
        for line in text:
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"no {key} in smaps_rollup")
