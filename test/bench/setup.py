"""What the bench runs against: a private PostgreSQL, a class with posts, mc-server, its peers."""

import glob
import json
import os
import shutil
import subprocess
import tempfile
import time
import urllib.parse

from capture import Capture, pgbench_script
from process import Program, children, cpu_ns, free_port
import web

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, os.environ.get("MC_BUILD", "build"))
STUDENTS = 8
PASSWORD = "only for the bench"

POST = """**Week {n}: what to read and do**

- Read chapter {n} up to the section on *window sizes*, and write down two questions.
- Run the capture from `lab{n}.pcap` and find the three retransmissions:

```
tshark -r lab{n}.pcap -Y tcp.analysis.retransmission
```

| what | when |
|---|---|
| questions | Tuesday, before the lecture |
| report, one page | Friday, 18:00 |

The rules of [last week](https://example.org/rules) hold. If something is unclear, ask in the \
discussion: others have the same question."""


def clean_environment(**more):
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("MC_", "PG"))}
    return {**kept, "MC_CONFIG": "/dev/null", **more}


class Cluster:
    def __init__(self, directory):
        self.directory = directory
        self._call("start")
        data = self.sql("SHOW data_directory")
        with open(os.path.join(data, "postmaster.pid")) as file:
            self.pid = int(file.readline())
        host = urllib.parse.parse_qs(urllib.parse.urlsplit(self.url("server")).query)["host"][0]
        self.socket = os.path.join(host, ".s.PGSQL.5432")

    def _call(self, *words):
        # A file, not a pipe: a postmaster that inherits a pipe keeps it open.
        with tempfile.TemporaryFile("w+") as out:
            code = subprocess.run(["sh", "sql/cluster.sh", *words], cwd=ROOT, stdout=out,
                stdin=subprocess.DEVNULL, env={**os.environ, "MC_VAR": self.directory}).returncode
            out.seek(0)
            text = out.read().strip()
        if code != 0:
            raise SystemExit(f"bench: cluster.sh {words[0]} failed: {text}")
        return text

    def url(self, role):
        return self._call("url", role)

    def sql(self, statement):
        return subprocess.run(["psql", "-X", "-At", "-c", statement, self.url("superuser")],
            check=True, capture_output=True, text=True, env=clean_environment()).stdout.strip()

    def stop(self):
        self._call("stop")


class School:
    """A class with 40 posts to read, one to post to, a teacher and some students."""

    def __init__(self, port):
        self.teacher = web.Client(port)
        self.teacher.token = self._sign_up(port, "Teacher", "teacher")
        self.page_class, self.code = self._new_class("Computer Networks")
        self.post_class, _ = self._new_class("Where the bench posts")
        for n in range(1, 41):
            self.teacher.call("POST", f"/classes/{self.page_class}/posts",
                {"body": POST.format(n=n), "tags": ["homework", f"week {n}"]})
        self.students = [self._student(port, n) for n in range(STUDENTS)]
        posts = web.Client(port, self.students[0]).call("GET", f"/classes/{self.page_class}")
        if len(posts["posts"]) != 20:
            raise SystemExit(f"bench: a page of {len(posts['posts'])} posts instead of 20")

    @staticmethod
    def _sign_up(port, name, account):
        return web.Client(port).call("POST", "/signup", {"name": name,
            "email": f"{account}@bench.example", "password": PASSWORD})["token"]

    def _new_class(self, name):
        made = self.teacher.call("POST", "/classes", {"name": name, "description": ""})["class"]
        return made["id"], made["join_code"]

    def _student(self, port, n):
        token = self._sign_up(port, f"Student {n}", f"student{n}")
        web.Client(port, token).call("POST", "/classes/join", {"code": self.code})
        return token

    def page_path(self):
        return f"/classes/{self.page_class}"

    def new_post(self, port):
        return web.json_request("POST", f"/classes/{self.post_class}/posts", port,
            self.teacher.token, {"body": POST.format(n=1), "tags": ["homework", "week 1"]})

    @staticmethod
    def log_in(port, n):
        return web.json_request("POST", "/login", port, None,
            {"email": f"student{n}@bench.example", "password": PASSWORD})


class Bench:
    def __init__(self):
        self.out = os.path.join(BUILD, "bench")
        self.work = tempfile.mkdtemp(prefix="mc-bench.")
        # PostgreSQL's user and nginx's workers must be able to pass.
        os.chmod(self.work, 0o755)
        self.programs = []
        self.cluster = None

    def path(self, name):
        return os.path.join(self.work, name)

    def write(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def start(self, name, arguments, port, env=None):
        program = Program(name, arguments, port, os.path.join(self.out, name + ".log"), env)
        self.programs.append(program)
        return program

    def start_server(self, db, name="mc-server", **settings):
        port = free_port()
        options = {"listen": f"127.0.0.1:{port}", "db": db, "log_level": "warn", **settings}
        env = clean_environment(**{"MC_" + key.upper(): str(value)
            for key, value in options.items()})
        return self.start(name, [os.path.join(BUILD, "bin/mc-server")], port, env)

    def start_chatd(self, db):
        port = free_port()
        env = clean_environment(MC_CHAT_LISTEN=f"127.0.0.1:{port}", MC_DB=db, MC_LOG_LEVEL="warn")
        return self.start("mc-chatd", [os.path.join(BUILD, "bin/mc-chatd")], port, env)

    def start_cluster(self):
        os.makedirs(self.path("var"))
        self.cluster = Cluster(self.path("var"))
        subprocess.run([os.path.join(BUILD, "bin/mc-admin"), "migrate"], check=True,
            stdout=subprocess.DEVNULL, env=clean_environment(MC_DB=self.cluster.url("admin")))

    def capture(self):
        """Fills the school in through a capturing server; keeps what page and post asked."""
        capture = Capture(self.path("c"), self.cluster.socket)
        server = self.start_server(f"host={capture.directory} dbname=miniclass user=mc_server",
            "mc-server-captured", workers=1)
        self.school = School(server.port)

        def asked(raw):
            for _ in range(2):  # the first one prepares
                capture.begin()
                head, body = web.exchange(server.port, raw)
                if web.status(head) // 100 != 2:
                    raise SystemExit(f"bench: {raw[:80]!r}: {head!r} {body[:300]!r}")
            return capture.trips()

        path = self.school.page_path()
        self.page_trips = [asked(web.json_request("GET", path, server.port, token))
            for token in self.school.students]
        html = asked(web.page_request(path, server.port, self.school.students[0]))
        self.same_sql = [[q.text for q in trip] for trip in html] == [
            [q.text for q in trip] for trip in self.page_trips[0]]
        self.post_trips = [asked(self.school.new_post(server.port))]
        server.stop()
        capture.close()
        self.cluster.sql("VACUUM ANALYZE")

    def scripts(self, name, all_trips):
        """pgbench's arguments for these trips: a script for each, and the variables."""
        arguments = []
        for i, trips in enumerate(all_trips):
            text, variables = pgbench_script(trips, f"{name}{i}")
            arguments += ["-f", self.write(f"{name}{i}.sql", text)]
            shutil.copy(self.path(f"{name}{i}.sql"), self.out)
            for key, value in variables.items():
                arguments += ["-D", f"{key}={value}"]
        return arguments

    def choose_static(self, port):
        """The built-in file, plain or compressed, whose answer is nearest to 1 KiB."""
        best = None
        for path in sorted(glob.glob(os.path.join(ROOT, "html/static/*"))):
            for fields in ([], [("Accept-Encoding", "gzip")]):
                raw = web.request("GET", "/static/" + os.path.basename(path), port, fields)
                head, body = web.exchange(port, raw)
                distance = abs(len(body) - 1024)
                if web.status(head) == 200 and (best is None or distance < best[0]):
                    best = (distance, os.path.basename(path), fields, head, body)
        if best is None:
            raise SystemExit("bench: no file under html/static is served")
        return best[1:]

    def start_bare(self, head, body, threads):
        port = free_port()
        answer = self.write("answer", head + b"\r\n\r\n" + body)
        return self.start("bare_epoll",
            [os.path.join(self.out, "bare_epoll"), str(port), str(threads), answer], port)

    def start_nginx(self, name, head, body, processes):
        """nginx with the same bytes and fields, set up to be fast; None when it is not installed."""
        program = shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin")
        if program is None:
            return None
        port = free_port()
        os.makedirs(self.path("nginx/static"))
        self.write("nginx/static/" + name, body)
        own = {"date", "content-type", "content-length", "etag", "last-modified", "connection",
            "server", "accept-ranges"}
        fields = ""
        for line in head.decode().split("\r\n")[1:]:
            field, _, value = line.partition(":")
            if field.lower() not in own:
                fields += f"add_header {field} '{value.strip()}';\n"
        user = "user root;" if os.getuid() == 0 else ""
        config = self.write("nginx/nginx.conf", f"""
{user} worker_processes {processes}; daemon off; pid {self.path('nginx/pid')};
error_log {self.path('nginx/error.log')};
events {{ worker_connections 4096; }}
http {{
access_log off; server_tokens off; sendfile on; tcp_nopush on; tcp_nodelay on;
keepalive_requests 1000000000; keepalive_timeout 3600s;
open_file_cache max=1000 inactive=3600s; open_file_cache_valid 3600s;
client_body_temp_path {self.path('nginx/b')}; proxy_temp_path {self.path('nginx/p')};
fastcgi_temp_path {self.path('nginx/f')}; uwsgi_temp_path {self.path('nginx/u')};
scgi_temp_path {self.path('nginx/s')};
types {{ }} default_type '{web.header(head, "content-type")}';
server {{ listen 127.0.0.1:{port} reuseport; root {self.path('nginx')}; {fields} }}
}}
""")
        return self.start("nginx", [program, "-p", self.path("nginx"), "-c", config,
            "-e", self.path("nginx/error.log")], port)

    def stop(self):
        for program in reversed(self.programs):
            program.stop()
        if self.cluster:
            self.cluster.stop()
        shutil.rmtree(self.work, ignore_errors=True)

    def load_command(self, port, files, **options):
        command = [os.path.join(self.out, "load"), "--port", str(port)]
        for file in files:
            command += ["--request", file]
        for key, value in options.items():
            command += ["--" + key, str(value)]
        return command

    def load(self, program, files, **options):
        """One run of the load generator; times per request in µs."""
        database = self.cluster.pid if self.cluster else None
        own, db = cpu_ns(program.pid), cpu_ns(database) if database else 0
        run = subprocess.run(self.load_command(program.port, files, **options),
            capture_output=True, text=True)
        own, db = cpu_ns(program.pid) - own, (cpu_ns(database) if database else 0) - db
        if run.returncode != 0:
            raise SystemExit(f"bench: {program.name}: {run.stderr}")
        result = json.loads(run.stdout)
        done = max(1, result["ok"])
        return {"rate": result["rate"], "p50": result["p50_us"], "p99": result["p99_us"],
            "own": own / done / 1000, "db": db / done / 1000,
            "client": result["cpu_s"] * 1e6 / done, "errors": result["errors"]}

    def _client_of_database(self, arguments, **environment):
        """Runs one; what it printed, its own processor time and the database's, in nanoseconds."""
        before = set(children(self.cluster.pid))
        db = cpu_ns(self.cluster.pid)
        process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=clean_environment(**environment), cwd=self.work)
        text, errors = process.stdout.read(), process.stderr.read()
        _, code, used = os.wait4(process.pid, 0)
        process.returncode = code
        if code != 0:
            raise SystemExit(f"bench: {os.path.basename(arguments[0])}: {errors or text}")
        # A backend's time is neither its own nor the postmaster's while it is being reaped.
        patience = time.monotonic() + 2  # an autovacuum worker may have come to stay
        while set(children(self.cluster.pid)) - before and time.monotonic() < patience:
            time.sleep(0.01)
        own = int((used.ru_utime + used.ru_stime) * 1e9)
        return text, own, cpu_ns(self.cluster.pid) - db

    def pgbench(self, arguments, clients, seconds, role="server", **environment):
        program = shutil.which("pgbench") or sorted(
            glob.glob("/usr/lib/postgresql/*/bin/pgbench"))[-1]
        for old in glob.glob(self.path("pgbench_log*")):
            os.unlink(old)
        text, own, db = self._client_of_database([program, "-n", "-M", "prepared",
            "-c", str(clients), "-j", "2", "-T", str(seconds), "-l",
            "--log-prefix", self.path("pgbench_log"), *arguments, self.cluster.url(role)],
            **environment)
        times = []
        for path in glob.glob(self.path("pgbench_log*")):
            with open(path) as file:
                times += [int(line.split()[2]) for line in file]
        times.sort()
        rate = float(text.split("tps = ")[1].split()[0])
        return {"rate": rate, "p50": times[len(times) // 2], "p99": times[len(times) * 99 // 100],
            "own": own / len(times) / 1000, "db": db / len(times) / 1000, "client": 0, "errors": 0}

    def bare_commit(self, seconds, rate, rooms):
        text, own, db = self._client_of_database([os.path.join(self.out, "bare_commit"),
            self.cluster.url("superuser"), str(seconds), str(rate), str(rooms)])
        run = json.loads(text)
        return {"rate": run["rate"], "p50": run["p50_us"], "p99": run["p99_us"],
            "own": own / run["messages"] / 1000, "db": db / run["messages"] / 1000, "client": 0,
            "errors": 0}
