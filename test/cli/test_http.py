"""The tools' HTTP, against servers that answer in every way that RFC 9112 allows, and in some that it does not."""

import contextlib
import json
import socket
import ssl
import subprocess
import threading

import pytest

from support.process import clean_environment, program

CLASSES = b'{"classes":[{"id":7,"name":"Botany","role":"student","members":3,"live":false,' \
          b'"instructor":{"id":1,"name":"Ada"}}]}'
ROW = "7\tstudent\t3\tno\tAda\tBotany\n"


def answer(body=CLASSES, *fields, status="200 OK"):
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def read_request(connection):
    """Head and body of one request; b"" when the connection has ended."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                   if line.startswith(b"content-length:")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def listening(serve, wrap=None):
    """serve(connection, n) is called for each connection, in a thread; yields its port and what went wrong in it."""
    server = socket.create_server(("127.0.0.1", 0))
    failures = []

    def run():
        n = 0
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            connection.settimeout(10)
            with contextlib.suppress(ConnectionError, ssl.SSLError), connection:
                stream = wrap(connection) if wrap else connection
                try:
                    serve(stream, n)
                except AssertionError as wrong:
                    failures.append(wrong)
                if stream is not connection:
                    stream.close()
            n += 1

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield server.getsockname()[1]
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()
        thread.join()
    assert not failures, failures


def tool(*words, home="/nonexistent", typed="", **environment):
    environment = clean_environment(XDG_CONFIG_HOME=home, TZ="UTC", **environment)
    return subprocess.run([program(words[0]), *words[1:]], env=environment, capture_output=True, text=True,
        input=typed, timeout=60, check=False)


def classes(port, *words, scheme="http", token="t" * 43, **environment):
    return tool("mc-class", "list", "--server", f"{scheme}://127.0.0.1:{port}", *words, MC_TOKEN=token, **environment)


def says(*pieces):
    """Serves every connection alike: a request, then these pieces, each sent alone."""
    def serve(connection, _):
        read_request(connection)
        for piece in pieces:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(piece)
    return serve


GOOD = {
    "with a length": [answer()],
    "byte by byte": [bytes([byte]) for byte in answer()],
    "in chunks": [b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
                  *(b"%x;x=y\r\n%b\r\n" % (len(CLASSES[at:at + 9]), CLASSES[at:at + 9])
                    for at in range(0, len(CLASSES), 9)), b"0\r\nTrailer: x\r\n\r\n"],
    "until the end of the connection, HTTP/1.0": [
        b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n", CLASSES],
    "until the end of the connection, HTTP/1.1": [
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n\r\n", CLASSES],
    "behind interim answers": [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
                               answer()],
    "without a reason": [answer(status="200 ")],
}


@pytest.mark.parametrize("how", GOOD)
def test_an_answer_is_understood(how):
    with listening(says(*GOOD[how])) as port:
        done = classes(port)
    assert (done.returncode, done.stderr, done.stdout) == (0, "", ROW)


BAD = {
    "no HTTP at all": (b"220 mail.example.org ESMTP\r\n", 1),
    "nothing": (b"", 6),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-Le", 6),
    "half a body": (answer()[:-5], 6),
    "half a chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc", 6),
    "a chunk size with a sign": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+5\r\nabcde\r\n0\r\n\r\n", 1),
    "two lengths": (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 1),
    "a head without an end": (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10000, 1),
    "a body that is larger than can be": (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n", 5),
    "JSON that is none": (answer(b'{"classes":[}'), 1),
    "JSON that is too deep": (answer(b'{"classes":' + b"[" * 5000 + b"]" * 5000 + b"}"), 1),
}


@pytest.mark.parametrize("how", BAD)
def test_what_is_no_answer_is_said_and_nothing_hangs(how):
    data, status = BAD[how]
    with listening(says(data)) as port:
        done = classes(port)
    assert done.returncode == status, done.stderr
    assert done.stdout == "" and len(done.stderr.splitlines()) == 1 and done.stderr.startswith("mc-class: ")


# Where docs/HTTP.md has a list, something else.
STRANGE = b'{"classes":5,"class":{"id":7},"posts":{},"tags":"x","instructors":[5],"students":true,"sessions":5,' \
          b'"discussions":5,"threads":5,"attendance":5,"session":5,"post":{"id":1,"tags":5}}'


@pytest.mark.parametrize("words", ["mc-class list", "mc-class show 7", "mc-class show botany", "mc-class people 7",
    "mc-class tags 7", "mc-class role 7 ben student", "mc-class sessions 7", "mc-class discussions 7",
    "mc-class threads 7 homework", "mc-class attendance 7 --session 1", "mc-class record 7",
    "mc-class record 7 ben", "mc-class leave-out 7 why --session 1", "mc-class correct 7 ben 5 late --session 1",
    "mc-post --list 7", "mc-chat 7 --discussion homework", "mc-chat 7 --room 1"])
def test_a_list_that_is_none_ends_no_tool(words):
    with listening(says(answer(STRANGE))) as port:
        done = tool(*words.split(), "--server", f"http://127.0.0.1:{port}", MC_TOKEN="t" * 43)
    assert 0 <= done.returncode <= 7, done.stderr


def said(status, kind, body):
    return (f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"Connection: close\r\n\r\n{body}").encode()


# As of a network that wants a password first, of another program, of a machine of the wrong name.
STRANGERS = {
    "a page": said("200 OK", "text/html", "<h1>Portal</h1>"),
    "a page that was made": said("201 Created", "text/html", "<h1>Portal</h1>"),
    "nothing": said("200 OK", "text/plain", ""),
    "no content": b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
    "an empty object": said("200 OK", "application/json", "{}"),
    "a list": said("200 OK", "application/json", "[]"),
    "JSON without a byte": said("200 OK", "application/json", ""),
}


@pytest.mark.parametrize("words", ["mc-class list", "mc-class --json list", "mc-class show 1", "mc-class create x",
    "mc-class join ABCDEFGH12", "mc-class people 1", "mc-class discuss 1 topic", "mc-post 1 text", "mc-post --list 1",
    "mc-post --show 1 1", "mc-login --status", "mc-chat 1"])
@pytest.mark.parametrize("who", STRANGERS)
def test_what_another_server_answers_is_no_success(who, words):
    with listening(says(STRANGERS[who])) as port:
        done = tool(*words.split(), "--server", f"http://127.0.0.1:{port}", MC_TOKEN="t" * 43)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("who", STRANGERS)
def test_what_another_server_answers_to_a_log_in_is_not_kept(who, tmp_path):
    with listening(says(STRANGERS[who])) as port:
        done = tool("mc-login", "a@example.org", "--password-stdin", "--server", f"http://127.0.0.1:{port}",
            home=str(tmp_path), typed="long enough\n")
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    assert not list(tmp_path.rglob("tokens.json"))


@pytest.mark.parametrize("status,title,code", [
    (400, "Bad Request", 5), (401, "Unauthorized", 4), (403, "Forbidden", 5), (404, "Not Found", 3),
    (409, "Conflict", 7), (413, "Content Too Large", 5), (422, "Unprocessable Content", 5),
    (429, "Too Many Requests", 5), (500, "Internal Server Error", 1), (502, "Bad Gateway", 6),
    (503, "Service Unavailable", 6), (418, "I'm a teapot", 1)])
def test_each_refusal_has_its_exit_status(status, title, code):
    body = json.dumps({"type": "about:blank", "title": title, "status": status, "detail": "So it is.\a"}).encode()
    with listening(says(answer(body, "Retry-After: 9", status=f"{status} {title}"))) as port:
        done = classes(port)
    assert done.returncode == code
    assert "\a" not in done.stderr
    if status not in (401,):
        assert "So it is." in done.stderr and "9 s" in done.stderr


def test_a_refusal_without_a_problem_document_is_said_with_its_number():
    with listening(says(b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p>x")) as port:
        done = classes(port)
    assert done.returncode == 6 and "502" in done.stderr


def test_the_token_goes_in_authorization_and_nowhere_else():
    def serve(connection, _):
        request = read_request(connection)
        head = request.partition(b"\r\n\r\n")[0].decode()
        assert head.startswith("GET /classes HTTP/1.1\r\n")
        assert head.count("t" * 43) == 1 and f"Authorization: Bearer {'t' * 43}" in head
        assert "Accept: application/json" in head and "Host: 127.0.0.1:" in head
        connection.sendall(answer())
    with listening(serve) as port:
        assert classes(port).returncode == 0


@pytest.mark.parametrize("token", ["t" * 43 + "\r", "t\r\nX-Evil: 1", "t\nt", "t t", "\u00e4"], ids=repr)
def test_a_token_that_is_no_word_is_sent_to_nobody(token):
    requests = []

    def serve(connection, _):
        requests.append(read_request(connection))
        connection.sendall(answer())
    with listening(serve) as port:
        done = classes(port, token=token)
    assert (done.returncode, done.stdout, requests) == (4, "", [])
    assert "MC_TOKEN" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_kept_connection_that_was_lost_is_made_anew():
    """mc-post --list NAME asks twice; the server ends the connection between the two."""
    requests = []

    def serve(connection, n):
        requests.append((n, read_request(connection).split(b" ")[1]))
        connection.sendall(answer() if n == 0 else answer(b'{"posts":[],"next":null}'))
    with listening(serve) as port:
        done = tool("mc-post", "--list", "botany", "--server", f"http://127.0.0.1:{port}", MC_TOKEN="t")
    assert done.returncode == 0, done.stderr
    assert requests == [(0, b"/classes"), (1, b"/classes/7/posts?limit=20")]


def test_a_read_that_a_kept_connection_lost_is_sent_once_more():
    requests = []

    def serve(connection, n):
        requests.append((n, read_request(connection).split(b" ")[1]))
        if n == 0:
            connection.sendall(answer())
            requests.append((n, read_request(connection).split(b" ")[1]))
            return
        connection.sendall(answer(b'{"posts":[],"next":null}'))
    with listening(serve) as port:
        done = tool("mc-post", "--list", "botany", "--server", f"http://127.0.0.1:{port}", MC_TOKEN="t")
    assert done.returncode == 0, done.stderr
    assert requests == [(0, b"/classes"), (0, b"/classes/7/posts?limit=20"), (1, b"/classes/7/posts?limit=20")]


def test_a_post_whose_answer_was_lost_is_repeated_with_the_same_client_id():
    bodies = []

    def serve(connection, n):
        request = read_request(connection)
        bodies.append(json.loads(request.partition(b"\r\n\r\n")[2]))
        if n > 0:
            connection.sendall(answer(b'{"post":{"id":3}}', status="201 Created"))
    with listening(serve) as port:
        done = tool("mc-post", "7", "text", "--server", f"http://127.0.0.1:{port}", MC_TOKEN="t")
    assert done.returncode == 0, done.stderr
    assert len(bodies) == 2 and bodies[0] == bodies[1] and bodies[0]["client_id"]


def test_a_log_out_whose_answer_was_lost_is_not_repeated():
    requests = []

    def serve(connection, _):
        requests.append(read_request(connection))
    with listening(serve) as port:
        done = tool("mc-login", "--logout", "--server", f"http://127.0.0.1:{port}", MC_TOKEN="t")
    assert done.returncode == 6 and len(requests) == 1


def test_a_refusal_that_comes_before_the_whole_request_was_read_is_seen():
    body = b'{"title":"Content Too Large","status":413,"detail":"Too much."}'

    def serve(connection, _):
        connection.recv(100)
        connection.sendall(answer(body, "Connection: close", status="413 Content Too Large"))
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):
            pass
    with listening(serve) as port:
        done = tool("mc-post", "7", "x" * 60000, "--server", f"http://127.0.0.1:{port}", MC_TOKEN="t")
    assert done.returncode == 5 and "Too much." in done.stderr


def test_a_body_that_stops_is_not_waited_for_longer_than_the_time_out():
    def serve(connection, _):
        read_request(connection)
        connection.sendall(answer()[:-5])
        connection.recv(1)
    with listening(serve) as port:
        done = classes(port, "--timeout", "300ms")
    assert done.returncode == 6 and "0.3 s" in done.stderr


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate that vouches for itself, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-days", "2", "-subj", "/CN=class.test", "-addext", "subjectAltName=DNS:class.test,IP:127.0.0.1",
        "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)
    return folder


@pytest.fixture
def over_tls(certificate):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
    return lambda connection: context.wrap_socket(connection, server_side=True)


def test_https_with_an_authority_that_is_trusted(certificate, over_tls):
    with listening(says(answer()), over_tls) as port:
        done = classes(port, "--ca-file", str(certificate / "cert.pem"), scheme="https")
        assert (done.returncode, done.stdout) == (0, ROW), done.stderr
        done = classes(port, scheme="https", MC_CA_FILE=str(certificate / "cert.pem"))
        assert done.returncode == 0


def test_https_with_a_certificate_that_nobody_vouches_for(over_tls):
    with listening(says(answer()), over_tls) as port:
        done = classes(port, scheme="https")
    assert done.returncode == 1 and "certificate" in done.stderr


def test_https_to_a_server_without_tls():
    def serve(connection, _):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with listening(serve) as port:
        done = classes(port, scheme="https")
    assert done.returncode == 6 and "TLS" in done.stderr


def test_an_authority_file_that_is_not_there_is_wrong_usage():
    done = tool("mc-class", "--server", "https://localhost", "--ca-file", "/nonexistent.pem")
    assert done.returncode == 2 and "/nonexistent.pem" in done.stderr


def test_http_goes_through_a_proxy_with_the_whole_address():
    def serve(connection, _):
        head = read_request(connection).decode()
        assert head.startswith("GET http://class.example.org/classes HTTP/1.1\r\nHost: class.example.org\r\n")
        connection.sendall(answer())
    with listening(serve) as port:
        done = tool("mc-class", "--server", "http://class.example.org", MC_TOKEN="t",
            http_proxy=f"http://127.0.0.1:{port}")
    assert (done.returncode, done.stdout) == (0, ROW), done.stderr


def tunnel(over_tls):
    def serve(connection, _):
        head = read_request(connection).decode()
        host = head.split(" ")[1]
        assert head == f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\n\r\n" and host.endswith(".test:443")
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with over_tls(connection) as inner:
            assert b"Authorization: Bearer ttt" in read_request(inner)
            inner.sendall(answer())
    return serve


def through_tunnel(host, port, certificate):
    return tool("mc-class", "--server", f"https://{host}", MC_TOKEN="ttt", HTTPS_PROXY=f"http://127.0.0.1:{port}",
        MC_CA_FILE=str(certificate / "cert.pem"))


def test_https_goes_through_a_proxy_in_a_tunnel(certificate, over_tls):
    """The proxy sees where to, and neither the token nor the path; the name need not be known here."""
    with listening(tunnel(over_tls)) as port:
        done = through_tunnel("class.test", port, certificate)
    assert (done.returncode, done.stdout) == (0, ROW), done.stderr


def test_https_with_a_certificate_of_another_name(certificate, over_tls):
    with listening(tunnel(over_tls)) as port:
        done = through_tunnel("other.test", port, certificate)
    assert done.returncode == 1 and "certificate" in done.stderr and "mismatch" in done.stderr


def test_a_proxy_that_refuses():
    with listening(says(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")) as port:
        done = tool("mc-class", "--server", "https://class.example.org", MC_TOKEN="t",
            https_proxy=f"http://127.0.0.1:{port}")
    assert done.returncode == 6 and "407" in done.stderr


@pytest.mark.parametrize("exempt", ["*", "example.org", ".example.org", "a.b,class.example.org"])
def test_no_proxy_names_hosts_that_are_reached_directly(exempt):
    def serve(_connection, _n):
        raise AssertionError("the proxy was asked")
    with listening(serve) as port:
        done = tool("mc-class", "--server", "http://class.example.org:1", MC_TOKEN="t", NO_PROXY=exempt,
            http_proxy=f"http://127.0.0.1:{port}", timeout="5")
    assert done.returncode == 6


def test_the_own_machine_is_never_reached_through_a_proxy():
    with listening(says(answer())) as port:
        done = classes(port, http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1")
    assert done.returncode == 0, done.stderr
