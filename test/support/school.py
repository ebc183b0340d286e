"""People and classes, made through the public JSON like anybody would."""

import itertools
import secrets as random

from support.client import Client
from support.process import secrets

_numbers = itertools.count(1)


class Person:
    def __init__(self, server, user, email, password, token):
        self.id = user["id"]
        self.name = user["name"]
        self.email = email
        self.password = password
        self.token = token
        self.client = Client(server, token)

    def get(self, path, **headers):
        return self.client.get(path, **headers)

    def post(self, path, fields=None, **headers):
        return self.client.post(path, fields, **headers)


def unique(word):
    """A name that nobody and nothing else has."""
    return f"{word}-{random.token_hex(4)}"


def new_password():
    password = "pw-" + random.token_urlsafe(12)
    secrets.add(password)
    return password


def new_email(word="someone"):
    plain = "".join(c for c in word.lower() if c.isascii() and c.isalnum()) or "someone"
    return f"{plain[:20]}.{next(_numbers)}.{random.token_hex(4)}@school.example"


def sign_up(server, word="Someone"):
    name, email, password = unique(word), new_email(word), new_password()
    answer = Client(server).post("/signup", {"name": name, "email": email, "password": password})
    assert answer.status == 201, answer
    secrets.add(answer["token"])
    return Person(server, answer["user"], email, password, answer["token"])


def log_in(server, person):
    """A second session of the same person."""
    answer = Client(server).post("/login", {"email": person.email, "password": person.password})
    assert answer.status == 200, answer
    secrets.add(answer["token"])
    return Person(server, answer["user"], person.email, person.password, answer["token"])


class Classroom:
    def __init__(self, teacher, view):
        self.teacher = teacher
        self.id = view["id"]
        self.name = view["name"]
        self.code = view["join_code"]
        self.path = f"/classes/{self.id}"

    def join(self, *people):
        for person in people:
            answer = person.post("/classes/join", {"code": self.code})
            assert answer.status == 200, answer
        return self

    def post(self, body, *tags, **more):
        answer = self.teacher.post(self.path + "/posts", {"body": body, "tags": list(tags), **more})
        assert answer.status == 201, answer
        return answer["post"]

    def bodies(self, person=None, query=""):
        answer = (person or self.teacher).get(self.path + "/posts" + query)
        assert answer.status == 200, answer
        return [post["body"] for post in answer["posts"]]


def create_class(teacher, word="Class", description=""):
    answer = teacher.post("/classes", {"name": unique(word), "description": description})
    assert answer.status == 201, answer
    return Classroom(teacher, answer["class"])
