"""The school's programs on their hosts: PostgreSQL, mc-server, mc-chatd, and HAProxy as docs/examples has it."""

import contextlib
import http.client
import os
import re
import signal
import ssl
import subprocess
import time

from topology import SUBNET

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WEB_PORT, CHAT_PORT = 8080, 8082


def wait_until(claim, seconds, what):
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.02)


class _Proxied(http.client.HTTPConnection):
    """Begins as a proxy's own check does: PROXY protocol, version 2, command LOCAL."""

    def connect(self):
        super().connect()
        self.sock.sendall(b"\r\n\r\n\0\r\nQUIT\n\x20\0\0\0")


def ask(connection, path):
    """Status and body of a GET from the root switch; 0 when nobody answers."""
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


class Program:
    """One process on one host; its output in a file of the host's name."""

    def __init__(self, network, host, argv, logs):
        self.network, self.host, self.argv, self.logs = network, host, argv, logs
        self.process = None

    def start(self):
        with open(os.path.join(self.logs, f"{self.host}.log"), "ab") as log:
            self.process = self.network.popen(self.host, self.argv, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None

    def signal(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGTERM)

    def stop(self):
        """SIGTERM, and as a second one it cuts a delay short; the exit status."""
        if self.process is None:
            return 0
        self.signal()
        try:
            return self.process.wait(30)
        finally:
            self.process.kill()
            self.process.wait()
            self.process = None


class Instance(Program):
    """An mc-server or mc-chatd that says on /readyz when it may be sent to."""

    def __init__(self, network, host, argv, logs, port, proxied):
        super().__init__(network, host, argv, logs)
        self.port, self.proxied = port, proxied

    def ask(self, path):
        make = _Proxied if self.proxied else http.client.HTTPConnection
        return ask(make(self.network.topology.hosts[self.host], self.port, timeout=2), path)

    def start(self):
        super().start()
        wait_until(lambda: self.ask("/readyz")[0] == 200, 30, f"{self.host} is ready")

    def metric(self, name):
        """A number of /metrics."""
        found = re.search(rf"^{name} (\S+)$", self.ask("/metrics")[1], re.MULTILINE)
        return float(found[1]) if found else 0.0


class Database:
    """sql/cluster.sh on the database's host, with the network let in."""

    def __init__(self, network, directory):
        self.directory = directory
        self.before = [*network.inside("db"), "env", f"MC_VAR={directory}", "sh",
            os.path.join(TOP, "sql/cluster.sh")]
        self.address = network.topology.hosts["db"]

    def _call(self, word):
        # A file, not a pipe: the postmaster would inherit a pipe and keep it open.
        with open(os.path.join(self.directory, "cluster.log"), "a+") as out:
            done = subprocess.run([*self.before, word], stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, cwd=TOP, check=False)
        if done.returncode != 0:
            with open(out.name) as file:
                raise AssertionError(file.read())

    def start(self):
        os.makedirs(self.directory, exist_ok=True)
        self._call("start")
        self._call("stop")
        data = os.path.join(self.directory, "pg", "data")
        # Nobody else is on this network.
        with open(os.path.join(data, "pg_hba.conf"), "a") as file:
            file.write(f"host all all {SUBNET % 0}/24 trust\n")
        with open(os.path.join(data, "miniclass.conf"), "a") as file:
            file.write(f"listen_addresses = '{self.address}'\n")
        self._call("start")

    def stop(self):
        self._call("stop")

    def conninfo(self, role="mc_server"):
        return f"host={self.address} dbname=miniclass user={role}"

    def row(self, query):
        """The one row of a query, asked on the database's own host."""
        socket = os.path.join(self.directory, "pg", "s")
        done = subprocess.run(["psql", "-XAtq", "-F", "\t", "-h", socket, "-U", "postgres", "-d", "miniclass", "-c",
            query], capture_output=True, text=True, check=True)
        return done.stdout.strip().split("\t")


def certificate(directory, address):
    """Key and certificate of the front in one file, as HAProxy wants them; signed by itself."""
    path = os.path.join(directory, "front")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=Mini Classroom", "-addext", f"subjectAltName=IP:{address}", "-keyout",
        f"{path}.key", "-out", f"{path}.crt"], check=True, capture_output=True)
    with open(f"{path}.pem", "w") as both:
        for part in ("crt", "key"):
            with open(f"{path}.{part}") as file:
                both.write(file.read())
    return path


class School:
    """All of them.  The second chat daemon waits until somebody starts it."""

    def __init__(self, network, directory, build):
        self.network, self.directory = network, directory
        self.bin = os.path.join(os.path.abspath(build), "bin")
        self.logs = os.path.join(directory, "logs")
        os.makedirs(self.logs, exist_ok=True)
        self.database = Database(network, os.path.join(directory, "db"))
        hosts = network.topology.hosts
        self.address = hosts["front"]
        self.authorities = certificate(directory, self.address) + ".crt"
        self.web = {name: self._instance("mc-server", name, "--listen", WEB_PORT, "--chat-url",
            f"wss://{self.address}/chat") for name in ("web1", "web2")}
        self.chat = {name: self._instance("mc-chatd", name, "--chat-listen", CHAT_PORT, "--proxy-protocol")
            for name in ("chat1", "chat2")}
        self.front = Program(network, "front", ["haproxy", "-db", "-f", self._front_configuration()], self.logs)

    def _instance(self, program, host, listen, port, *more):
        address = self.network.topology.hosts[host]
        argv = [os.path.join(self.bin, program), listen, f"{address}:{port}", "--db", self.database.conninfo(),
            # The front, and who looks whether they are ready.
            "--trusted-proxies", f"{self.address} {SUBNET % 254}", "--metrics-open", "--stop-delay", "3s", *more]
        return Instance(self.network, host, argv, self.logs, port, "--proxy-protocol" in more)

    def _front_configuration(self):
        """docs/examples/haproxy.cfg, whose addresses are the topology's."""
        with open(os.path.join(TOP, "docs/examples/haproxy.cfg")) as file:
            text = file.read()
        path = os.path.join(self.directory, "haproxy.cfg")
        with open(path, "w") as file:
            file.write(re.sub(r"/etc/haproxy/class\.example\.org", os.path.join(self.directory, "front"), text))
        return path

    def start(self):
        self.database.start()
        subprocess.run([*self.network.inside("db"), os.path.join(self.bin, "mc-admin"), "--db",
            self.database.conninfo("mc_admin"), "migrate"], check=True, capture_output=True)
        for program in (*self.web.values(), self.chat["chat1"], self.front):
            program.start()
        trusting = ssl.create_default_context(cafile=self.authorities)
        wait_until(lambda: ask(http.client.HTTPSConnection(self.address, timeout=2, context=trusting), "/")[0] == 200,
            30, "pages come through the front")

    def stop(self):
        """The exit statuses of our own, by host."""
        self.front.stop()
        ours = (*self.web.values(), *self.chat.values())
        for program in ours:
            program.signal()
        statuses = {program.host: program.stop() for program in ours}
        with contextlib.suppress(AssertionError):
            self.database.stop()
        return statuses
