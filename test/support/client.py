"""A program that talks JSON with mc-server, over Python's own HTTP client."""

import http.client
import json
import re

from support.process import secrets

# As every answer writes it: RFC 3339, UTC.
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Answer:
    def __init__(self, response, body):
        self.status = response.status
        self.headers = response.headers
        self.body = body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        kind = self.headers["Content-Type"]
        assert kind in ("application/json", "application/problem+json"), kind
        return json.loads(self.body)

    def __getitem__(self, key):
        return self.json[key]

    @property
    def errors(self):
        """Field to message, of a 422."""
        return {error["field"]: error["message"] for error in self.json["errors"]}

    def __repr__(self):
        return f"<Answer {self.status} {self.body[:300]!r}>"


class _Connection(http.client.HTTPConnection):
    def __init__(self, server, source):
        super().__init__("localhost")
        self.server, self.source = server, source

    def connect(self):
        self.sock = self.server.socket(source=self.source)


class Client:
    """One request a connection; a bearer token when it has one."""

    def __init__(self, server, token=None, source=None):
        self.server = server
        self.token = token
        self.source = source

    def at(self, server):
        """The same person at another instance."""
        return Client(server, self.token, self.source)

    def request(self, method, path, body=None, headers=None):
        sent = {"Host": self.server.host, "Accept": "application/json"}
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        sent.update(headers or {})
        connection = _Connection(self.server, self.source)
        try:
            connection.request(method, path, body,
                {key: value for key, value in sent.items() if value is not None})
            response = connection.getresponse()
            answer = Answer(response, response.read())
        finally:
            connection.close()
        check_answer(answer)
        return answer

    def get(self, path, **headers):
        return self.request("GET", path, headers=_fields(headers))

    def post(self, path, fields=None, **headers):
        body = json.dumps({} if fields is None else fields).encode()
        return self.request("POST", path, body,
            {"Content-Type": "application/json", **_fields(headers)})

    def post_raw(self, path, body, content_type, **headers):
        return self.request("POST", path, body, {"Content-Type": content_type, **_fields(headers)})


def _fields(headers):
    """sec_fetch_site="none" as Sec-Fetch-Site: none."""
    return {key.replace("_", "-"): value for key, value in headers.items()}


PASSWORD_HASH = re.compile(rb"\$argon2")


def check_answer(answer):
    """What holds for every answer there is."""
    assert not PASSWORD_HASH.search(answer.body), "a password hash left the database"
    for secret in [secret for secret in secrets if secret.startswith("pw-")]:
        assert secret.encode() not in answer.body, "a password came back"
    if answer.status >= 400 and "json" in answer.headers.get("Content-Type", ""):
        problem = json.loads(answer.body)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert problem["status"] == answer.status
        assert {"type", "title", "status", "detail"} <= set(problem)
