#!/usr/bin/python3
"""fill.py - make demo: two classes, thirty students and sixty posts in a running classroom.

Usage: fill.py

It uses what every program can use, the public JSON at MC_URL (default http://127.0.0.1:8080).
Running it again adds nothing: accounts that exist are logged in to, and classes and posts carry a
client_id, which the server stores once.  Exit status: 0 done, 1 failed, 6 no server answers.
"""

import http.client
import json
import os
import sys
import time
import unicodedata
import urllib.parse

HERE = os.path.dirname(os.path.abspath(__file__))
DOMAIN = "demo.example"
PASSWORD = "demo-password"
TRIES = 10

COURSES = [
    {
        "file": "networks.md", "key": "demo-networks", "name": "Computer Networks",
        "description": "From a voltage on a wire to a page in a browser. Monday and Thursday, "
            "10:15, B 204; lab on Tuesday.",
        "teacher": "Ingrid Solheim", "students": slice(0, 18),
    },
    {
        "file": "biology.md", "key": "demo-biology", "name": "Biology 2: Cells and Genes",
        "description": "Microscopes, membranes, mitosis, Mendel. Tuesday and Friday, 8:30, in "
            "the green lab.",
        "teacher": "Kwame Mensah", "students": slice(12, 30),
    },
]

STUDENTS = [
    "Aiko Tanaka", "Lucía Fernández", "Tomasz Wiśniewski", "Noor Haddad", "Jonas Lindqvist",
    "Chinedu Okafor", "Elif Yıldız", "Mei-Ling Chen", "Ravi Subramanian", "Siobhán O’Connor",
    "Mateus Carvalho", "Hana Nováková", "Amara Diallo", "Giulia Romano", "Nguyễn Minh Anh",
    "Leila Rahimi", "Oskar Jokinen", "Zanele Dlamini", "Pierre Lefèvre", "Ayşe Demir",
    "Daniel Mwangi", "Katarzyna Zielińska", "Mohammed El Amrani", "Priya Nair", "Sofia Papadaki",
    "Kim Ji-woo", "Emeka Nwosu", "Valentina Rojas", "Lars Bakke", "Tariq Siddiqui",
]

# Letters that decomposing does not turn into ASCII.
LATIN = str.maketrans({"ı": "i", "ø": "o", "ł": "l", "đ": "d", "’": "", " ": ".", "-": ""})


class Failure(Exception):
    def __init__(self, message, status=1):
        super().__init__(message)
        self.status = status


def email_of(name):
    plain = unicodedata.normalize("NFD", name.lower().translate(LATIN))
    return plain.encode("ascii", "ignore").decode() + "@" + DOMAIN


def read_posts(path):
    """Pairs of body and tags; a post begins with a line "=== tag, tag"."""
    with open(os.path.join(HERE, path), encoding="utf-8") as file:
        for post in file.read().split("=== ")[1:]:
            tags, _, body = post.partition("\n")
            yield body.strip(), [tag.strip() for tag in tags.split(",")]


class Progress:
    """One line that counts on a terminal, one line at the end of each step elsewhere."""

    def __init__(self, what, total):
        self.what, self.total, self.done = what, total, 0
        self.live = sys.stdout.isatty()

    def step(self):
        self.done += 1
        if self.live or self.done == self.total:
            end = "\n" if self.done == self.total else ""
            start = "\r" if self.live else ""
            print(f"{start}{self.what}: {self.done} of {self.total}", end=end, flush=True)


class Classroom:
    """The server, over one kept-alive connection."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise Failure(f"MC_URL is {url!r}; it looks like http://127.0.0.1:8080")
        kind = (http.client.HTTPSConnection if parts.scheme == "https" else
            http.client.HTTPConnection)
        self.url = f"{parts.scheme}://{parts.netloc}"
        self.connection = kind(parts.hostname, parts.port, timeout=30)

    def _once(self, method, path, body, token):
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = "Bearer " + token
        self.connection.request(method, path, json.dumps(body), headers)
        answer = self.connection.getresponse()
        return answer, answer.read()

    def post(self, path, body, token=None, expected=()):
        """The status and the object of the answer; a busy server is asked again when it says so."""
        for _ in range(TRIES):
            try:
                answer, text = self._once("POST", path, body, token)
            except (http.client.RemoteDisconnected, ConnectionResetError, BrokenPipeError):
                # A kept connection may end between two requests; nothing here is done twice.
                self.connection.close()
                time.sleep(0.2)
                continue
            except OSError as error:
                raise Failure(f"no server answers at {self.url} ({error}). Start one with "
                    "`make run`, or set MC_URL.", 6) from None
            if answer.status not in (429, 503):
                break
            time.sleep(min(10, int(answer.getheader("Retry-After") or 1)))
        else:
            raise Failure(f"{self.url}{path}: the server stays too busy, or ends every connection", 6)
        try:
            value = json.loads(text) if text else {}
        except ValueError:
            raise Failure(f"{self.url}{path}: answers {answer.status} and no JSON. Is this Mini "
                "Classroom?") from None
        if answer.status // 100 != 2 and answer.status not in expected:
            raise Failure(f"{path}: {answer.status} {value.get('detail', value)}")
        return answer.status, value

    def token_of(self, name):
        who = {"name": name, "email": email_of(name), "password": PASSWORD}
        status, answer = self.post("/signup", who, expected=(409,))
        if status == 409:
            status, answer = self.post("/login", who, expected=(401,))
        if status == 401:
            raise Failure(f"{who['email']} exists already, with another password than {PASSWORD!r}")
        return answer["token"]


def fill(classroom):
    names = [course["teacher"] for course in COURSES] + STUDENTS
    tokens = {}
    progress = Progress("Accounts", len(names))
    for name in names:
        tokens[name] = classroom.token_of(name)
        progress.step()

    made = []
    for course in COURSES:
        teacher = tokens[course["teacher"]]
        room = classroom.post("/classes", {"name": course["name"], "client_id": course["key"],
            "description": course["description"]}, teacher)[1]["class"]
        made.append(room)
        members = STUDENTS[course["students"]]
        progress = Progress(f"{course['name']}, students", len(members))
        for name in members:
            classroom.post("/classes/join", {"code": room["join_code"]}, tokens[name])
            progress.step()
        posts = list(read_posts(course["file"]))
        progress = Progress(f"{course['name']}, posts", len(posts))
        for number, (body, tags) in enumerate(posts, 1):
            classroom.post(f"/classes/{room['id']}/posts", {"body": body, "tags": tags,
                "client_id": f"{course['key']}-{number}"}, teacher)
            progress.step()
    return made


def report(classroom, made):
    # In both classes, so there is most to see.
    student = STUDENTS[COURSES[1]["students"].start]
    people = [("Teacher", course["teacher"]) for course in COURSES] + [("Student", student)]
    print(f"\nOpen {classroom.url}/login and log in as one of these (made up, for the demo only):\n")
    for role, name in people:
        print(f"  {role}  {name:16} {email_of(name):32} {PASSWORD}")
    print("\nEverybody else has the same password. The classes, and the codes to join them:\n")
    for room in made:
        print(f"  {room['name']:28} {classroom.url}/classes/{room['id']}  {room['join_code']}")


def main():
    if len(sys.argv) > 1:
        print(__doc__.strip())
        return 0 if sys.argv[1] in ("-h", "--help") else 2
    try:
        classroom = Classroom(os.environ.get("MC_URL") or "http://127.0.0.1:8080")
        report(classroom, fill(classroom))
    except Failure as failure:
        print(f"fill.py: {failure}", file=sys.stderr)
        return failure.status
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
