"""The HTML face: a form that was wrong comes back as it was typed, and nothing typed becomes markup."""

from urllib.parse import quote

import pytest

from support.chat import discuss, start_live
from support.page import Visitor, parse
from support.process import cpu_seconds
from support.school import create_class, new_email, new_password, sign_up, unique


# Forms that are sent again.

@pytest.mark.parametrize("page, action, field", [
    ("/classes/new", "/classes", "name"),
    ("{class_}", "{class_}/posts", "body"),
    ("{class_}/posts/new", "{class_}/posts", "body"),
    ("{class_}/discussions", "{class_}/discussions", "topic"),
    ("/rooms/{room}", "/rooms/{room}/messages", "body"),
])
def test_a_page_that_was_gone_back_to_sends_other_text_as_another_thing(server, ada, algebra, teacher,
        page, action, field):
    # The browser brings it back as it was left, with its client_id; a double click sends the same twice.
    room = ada.post(algebra.path + "/discussions", {"topic": "Spoken"})["discussion"]["room"]
    page, action = (path.format(class_=algebra.path, room=room) for path in (page, action))
    fields = teacher.get(page).form(action).fields
    said = [unique("first"), unique("second")]
    for text in (said[0], said[0], said[1], said[1], said[0]):
        assert teacher.send(action, {**fields, field: text}).status == 303
    shown = ada.get(action).text
    assert [shown.count(text) for text in said] == [1, 1]


# Forms that come back.

def test_a_wrong_sign_up_comes_back_with_what_was_typed(server):
    page = Visitor(server).get("/signup").submit("/signup", name="Zoë <Z>", email="not an address",
        password="1234567")
    assert page.status == 422
    form = page.form("/signup")
    assert form.fields["name"] == "Zoë <Z>"
    assert form.fields["email"] == "not an address"
    assert form.fields["password"] == ""
    assert form.error_of("email") and form.error_of("password")
    assert form.error_of("name") is None


def test_a_taken_address_is_said_at_its_field(server, ada):
    page = Visitor(server).get("/signup").submit("/signup", name="Other", email=ada.email,
        password=new_password())
    assert page.status == 409
    form = page.form("/signup")
    assert form.error_of("email")
    assert form.fields["name"] == "Other" and form.fields["email"] == ada.email
    assert form.fields["password"] == ""


def test_a_wrong_log_in_keeps_the_address_and_not_the_password(server, ada):
    page = Visitor(server).get("/login").submit("/login", email=ada.email, password="wrong-wrong")
    assert page.status == 401
    form = page.form("/login")
    assert form.fields["email"] == ada.email
    assert form.fields["password"] == ""
    assert form.error_of("password") or form.error_of("email")
    assert "wrong-wrong" not in page.source


def test_where_one_wanted_to_go_survives_a_wrong_log_in(server, ada, algebra):
    visitor = Visitor(server)
    page = visitor.get(algebra.path).submit("/login", email=ada.email, password="wrong-wrong")
    page = page.submit("/login", email=ada.email, password=ada.password)
    assert page.path == algebra.path


def test_a_wrong_class_comes_back(server, teacher):
    page = teacher.get("/classes/new").submit("/classes", name="  ", description="Two\nlines & <tags>")
    assert page.status == 422
    form = page.form("/classes")
    assert form.error_of("name")
    assert form.fields["description"] == "Two\nlines & <tags>"


def test_an_unknown_code_comes_back(server, teacher):
    page = teacher.get("/classes/join").submit("/classes/join", code="ABCDE-23456")
    assert page.status == 404
    form = page.form("/classes/join")
    assert form.fields["code"] == "ABCDE-23456"
    assert form.error_of("code")


def test_a_wrong_post_comes_back_whole(server, teacher, algebra):
    body = "\n\nIndented:\n\n    code\n</textarea><script>alert(1)</script>"
    page = teacher.post(algebra.path + "/posts", {"body": body, "tags": "a, " + "t" * 51})
    assert page.status == 422
    form = page.form(algebra.path + "/posts")
    assert form.fields["body"].replace("\r\n", "\n") == body
    assert form.fields["tags"] == "a, " + "t" * 51
    assert form.error_of("tags") and form.error_of("body") is None
    assert not page.dom.all("script", src=None) or all(s["src"] for s in page.dom.all("script"))


def test_a_corrected_form_goes_through(server):
    email = new_email()
    page = Visitor(server).get("/signup").submit("/signup", name="Late", email="wrong", password="short")
    page = page.submit("/signup", email=email, password=new_password())
    assert page.status == 200 and page.path == "/classes"


def test_a_wrong_current_password_is_said_at_its_field(server):
    visitor = Visitor(server)
    visitor.log_in(sign_up(server))
    page = visitor.get("/account").submit("/account/password", current="wrong-wrong", new="another-one")
    assert page.status == 422
    form = page.form("/account/password")
    assert form.error_of("current")
    assert form.fields["current"] == form.fields["new"] == ""


# Where one goes after logging in.

FOREIGN = ["https://elsewhere.example/", "//elsewhere.example/", "/\\elsewhere.example", "\\\\elsewhere.example",
    "http:elsewhere.example", "javascript:alert(1)", "/\t/elsewhere.example", "/\n/elsewhere.example",
    " //elsewhere.example", "elsewhere.example", "///elsewhere.example", "/%09/elsewhere.example\r\nX: y",
    "/\x00//elsewhere.example", "https:///elsewhere.example", "@elsewhere.example", ""]


@pytest.mark.parametrize("path", ["/login", "/signup"])
@pytest.mark.parametrize("target", FOREIGN, ids=repr)
def test_next_never_leads_to_another_site(server, ada, path, target):
    visitor = Visitor(server)
    fields = ({"email": ada.email, "password": ada.password} if path == "/login" else
        {"name": "Next", "email": new_email(), "password": new_password()})
    answer = visitor.send(path, {**fields, "next": target})
    if answer.status == 303:
        location = answer.headers["Location"]
        assert location.startswith("/") and not location.startswith(("//", "/\\"))
        assert not set(location) & set("\t\r\n\\\0")
    else:
        assert answer.status == 422
    assert "X" not in answer.headers


@pytest.mark.parametrize("target", ["/classes", "/account", "/classes/7?before=3", "/classes/7/posts?tag=a%2Fb"])
def test_next_leads_to_a_page_of_ours(server, ada, target):
    answer = Visitor(server).send("/login",
        {"email": ada.email, "password": ada.password, "next": target})
    assert answer.status == 303 and answer.headers["Location"] == target


@pytest.mark.parametrize("entrance", ["/login", "/signup"])
@pytest.mark.parametrize("target, leads", [("/classes/7?before=3", "/classes/7?before=3"), ("//evil.example", "/classes"),
    ("/\\evil.example", "/classes"), ("https://evil.example/", "/classes"), ("/a\r\nX: y", "/classes"), ("", "/classes")])
def test_who_is_logged_in_already_goes_on_at_once(server, teacher, entrance, target, leads):
    answer = teacher.open(f"{entrance}?next={quote(target, safe='')}")
    assert answer.status == 303 and answer.headers["Location"] == leads


def test_a_next_that_is_no_path_of_ours_keeps_nobody_out(server, ada):
    page = Visitor(server).get("/login?next=/a%0Db").submit("/login", email=ada.email, password=ada.password)
    assert page.path == "/classes"


def test_next_in_the_address_is_escaped_in_the_page(server):
    page = Visitor(server).get('/login?next=' + quote('/"><script>alert(1)</script>'))
    assert not [s for s in page.dom.all("script") if not s["src"]]


# Nothing typed becomes markup.

ATTACKS = [
    "<script>alert(1)</script>",
    "\"><script>alert(1)</script>",
    "'><img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "<svg onload=alert(1)>",
    "<!--<img src=\"--><img src=x onerror=alert(1)//\">",
    "{{7*7}}{{{name}}}{{>layout}}",
    "&lt;script&gt;",
]


def _is_harmless(page):
    """No element or attribute that runs something, wherever it came from."""
    for element in page.dom.walk():
        for name, value in element.attributes.items():
            assert not name.lower().startswith("on"), f"<{element.tag} {name}>"
            if name in ("href", "src", "action", "formaction"):
                scheme = value.strip().lower()
                assert not scheme.startswith(("javascript:", "data:", "vbscript:", "file:")), value
        if element.tag == "script":
            assert element["src"] and element["src"].startswith("/static/"), "an inline script"
            assert not element.raw_text.strip()
        assert element.tag not in ("iframe", "object", "embed", "svg" if "onload" in element else "iframe")
        assert not (element.tag == "img" and (element["src"] or "").startswith("x"))


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_people_type_is_text_wherever_it_is_shown(server, attack):
    word = unique("w")
    teacher = sign_up(server, attack[:80])
    classroom = create_class(teacher, attack[:80], description=word + attack)
    student = sign_up(server, "Student" + attack[:70])
    classroom.join(student)
    classroom.post(attack, attack[:50].replace(",", ""))
    for person in (teacher, student):
        visitor = Visitor(server)
        visitor.log_in(person)
        seen = 0
        waiting, done = ["/classes", "/account", classroom.path, classroom.path + "/people",
            classroom.path + "/tags", classroom.path + "/posts"], set()
        while waiting:
            path = waiting.pop()
            if path in done:
                continue
            done.add(path)
            page = visitor.get(path)
            assert page.status == 200, path
            _is_harmless(page)
            waiting += [link for link in page.links if link.startswith(classroom.path)]
            seen += attack in page.dom.raw_text
            assert len(done) < 60
        assert seen >= 3, "it is shown, as text"


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_was_typed_comes_back_as_text(server, attack):
    page = Visitor(server).send("/signup", {"name": attack, "email": attack, "password": "1234567"})
    dom = parse(page.text)
    values = [element["value"] for element in dom.all("input")]
    assert attack in values
    assert not [s for s in dom.all("script") if not s["src"]]
    assert not [e for e in dom.walk() if any(name.startswith("on") for name in e.attributes)]


MARKDOWN_ATTACKS = [
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](javascript&#58;alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](\x01javascript:alert(1))",
    "[click](data:text/html,<script>alert(1)</script>)",
    "[click](vbscript:msgbox(1))",
    "[click](file:///etc/passwd)",
    "<javascript:alert(1)>",
    "![x](javascript:alert(1))",
    "![x](x\"onerror=\"alert(1))",
    "[a](https://b.example \"onmouseover=alert(1)\")",
    "<iframe src=https://elsewhere.example></iframe>",
    "<style>*{display:none}</style>",
    "<form action=https://elsewhere.example><input name=password></form>",
    "<a href=\"https://elsewhere.example\" onclick=\"alert(1)\">x</a>",
    "[x]: javascript:alert(1)\n\n[x]",
    "`<script>alert(1)</script>`",
    "    <script>alert(1)</script>",
    "| a |\n|---|\n| <script>alert(1)</script> |",
    "<https://elsewhere.example/\"onmouseover=\"alert(1)>",
]


@pytest.mark.parametrize("attack", MARKDOWN_ATTACKS)
def test_markdown_is_safe(server, ada, teacher, attack):
    classroom = create_class(ada)
    answer = ada.post(classroom.path + "/posts", {"body": "before " + attack + "\n\n" + attack})
    if answer.status == 422:
        return
    page = teacher.get(classroom.path)
    assert page.status == 200
    _is_harmless(page)
    assert not [f for f in page.forms if "elsewhere" in f.action]
    assert not [s for s in page.dom.all("style")]


def test_markdown_is_rendered(server, teacher, algebra):
    algebra.post("# Title\n\nSome *soft* and **hard** words, `code`,\n\n- one\n- two\n\n"
        "[a link](https://example.org/x?a=1&b=2) and ~~gone~~\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n> said\n\n```\nx < y\n```")
    dom = teacher.get(algebra.path).dom
    for tag in ("em", "strong", "code", "ul", "li", "del", "table", "blockquote", "pre"):
        assert dom.all(tag), tag
    [link] = dom.all("a", href="https://example.org/x?a=1&b=2")
    assert {"nofollow", "noopener", "noreferrer"} <= set(link["rel"].split())


def test_a_picture_elsewhere_is_a_link_not_a_request(server, teacher, algebra):
    # A picture on a stranger's server would tell them who reads, and when.
    algebra.post("![the plan](https://elsewhere.example/pixel.gif)")
    page = teacher.get(algebra.path)
    assert not [img for img in page.dom.all("img") if "elsewhere" in (img["src"] or "")]
    assert page.dom.all("a", href="https://elsewhere.example/pixel.gif")


@pytest.mark.parametrize("body", ["[" * 60000, ">" * 60000, "*a " * 20000, "![" * 30000, "`" * 60000, "<" * 60000,
    "- " * 30000, "|" * 60000, "(" * 60000 + ")", "&" * 60000, "[a](" * 15000, "**a " * 15000], ids=lambda b: b[:6])
def test_no_markdown_takes_long(server, ada, teacher, body):
    classroom = create_class(ada)
    before = cpu_seconds(server.pid)
    answer = ada.post(classroom.path + "/posts", {"body": body})
    page = teacher.get(classroom.path)
    assert page.status == 200
    # Of its own time, so that nothing else on the machine counts: what is quadratic takes minutes.
    assert cpu_seconds(server.pid) - before < 5
    assert answer.status == (422 if body[0] == ">" else 201), "only what is nested too deeply is refused"


# Every page is a page.

PAGES = ["/", "/login", "/signup", "/classes", "/classes/new", "/classes/join", "/account", "/nowhere"]


def test_on_every_page_of_a_class_its_tab_is_the_open_one(server, ada, ben, teacher, student, algebra):
    post = algebra.post("hello", "tag")
    topic = discuss(algebra)
    live = start_live(algebra)
    open_tab = {"": "Posts", "/posts": "Posts", "/posts?tag=tag": "Posts", f"/posts/{post['id']}": None,
        "/tags": "Tags", "/people": "People", "/edit": "Settings", "/sessions": "Live", "/live": "Live",
        "/discussions": "Discussions", f"/discussions/{topic['id']}": "Discussions",
        "/attendance": "Attendance", f"/sessions/{live['id']}/attendance": "Attendance"}
    for_teachers = ["/edit", f"/sessions/{live['id']}/attendance"]
    all_tabs = ["Posts", "Tags", "People", "Live", "Discussions", "Attendance", "Settings"]
    for path, name in open_tab.items():
        for visitor, tabs in ((teacher, all_tabs), (student, all_tabs[:-1])):
            if visitor is student and path in for_teachers:
                continue
            links = visitor.get(algebra.path + path).dom.one("nav", aria_label="Class").all("a")
            assert [link.text for link in links] == tabs, path
            assert [link.text for link in links if link["aria-current"] == "page"] == (
                [name] if name else []), path


def test_every_page_has_a_language_a_title_one_heading_and_labels(server, ada, teacher, algebra):
    algebra.post("hello", "tag")
    for path in PAGES + [algebra.path + p for p in ("", "/posts", "/tags", "/people", "/edit", "/posts/new")]:
        for visitor in (Visitor(server), teacher):
            page = visitor.get(path)
            assert page.source.lower().startswith("<!doctype html>"), path
            assert page.dom.one("html")["lang"], path
            assert page.dom.one("title").text, path
            assert len(page.dom.all("h1")) == 1, path
            assert len(page.dom.all("main")) == 1, path
            assert page.dom.one("meta", name="viewport"), path
            ids = [element["id"] for element in page.dom.walk() if element["id"]]
            assert len(ids) == len(set(ids)), f"{path}: an id twice"
            labelled = {label["for"] for label in page.dom.all("label")}
            for form in page.forms:
                for name, control in form.controls.items():
                    if control.tag == "button" or control["type"] in ("hidden", "submit"):
                        continue
                    assert control["id"] in labelled or control["aria-label"] or _inside(control, "label"), \
                        f"{path}: {name} has no label"


def _inside(element, tag):
    while element is not None:
        if element.tag == tag:
            return True
        element = element.parent
    return False


def test_no_page_needs_anything_from_elsewhere(server, teacher, algebra):
    for path in PAGES + [algebra.path]:
        page = teacher.get(path)
        for element in page.dom.walk():
            for name in ("src", "href", "action"):
                if element.tag in ("script", "link", "img", "form") and element[name]:
                    assert element[name].startswith("/") and not element[name].startswith("//"), path


@pytest.mark.parametrize("path, fields, kept", [
    ("/login", {"email": "{nobody}", "password": "wrong-guess"}, "email"),
    ("/reset", {"email": "{nobody}", "code": "ABCDE-FGHJK-MNPQR-STVW2", "new": "another-one"}, "email"),
])
def test_whoever_tries_too_often_keeps_the_form_and_is_told_when(server, path, fields, kept):
    visitor = Visitor(server, source="127.0.7.61")
    fields = {name: value.format(nobody=new_email()) for name, value in fields.items()}
    pages = [visitor.get(path).submit(path, **fields) for _ in range(12)]
    assert pages[-1].status == 429 and int(pages[-1].headers["Retry-After"]) >= 1
    assert pages[-1].form(path).fields[kept] == fields[kept]
    assert "minute" in pages[-1].dom.one(role="alert").text


def test_whoever_guesses_codes_or_the_password_too_often_keeps_the_page(server):
    visitor = Visitor(server, source="127.0.7.62")
    visitor.log_in(sign_up(server))
    for _ in range(40):
        page = visitor.get("/classes/join").submit("/classes/join", code="ZZZZZ-ZZZZZ")
        if page.status == 429:
            break
    assert page.status == 429 and "minute" in page.dom.one(role="alert").text
    assert page.form("/classes/join").fields["code"] == "ZZZZZ-ZZZZZ"
    for n in range(12):
        page = visitor.get("/account").submit("/account/password", current=f"wrong-{n}", new="another-one")
    assert page.status == 429 and "minute" in page.dom.one(role="alert").text
    assert page.form("/account/password")


def test_who_is_logged_in_is_shown_and_can_log_out_from_every_page(server, ada, teacher, algebra):
    for path in ("/classes", "/account", algebra.path, algebra.path + "/people", "/classes/987654321"):
        page = teacher.get(path)
        assert [form for form in page.forms if form.action == "/logout"], path


def test_a_password_that_is_too_short_is_told_as_the_form_asked_for_it(server):
    page = Visitor(server).get("/signup").submit("/signup", name="Z", email=new_email(), password="1234567")
    assert "8 characters" in page.form("/signup").error_of("password").split(" At least ")[0]


def test_pages_call_whoever_teaches_a_teacher(server, ada, ben, algebra, teacher):
    student = Visitor(server)
    student.log_in(ben)
    discussion = ada.post(algebra.path + "/discussions", {"topic": "Signs"})["discussion"]
    for visitor in (teacher, student):
        for path in ("", "/people", "/sessions", "/attendance", "/discussions", "/edit", "/leave",
                f"/people/{ada.id}/role", f"/people/{ben.id}/role", f"/discussions/{discussion['id']}"):
            page = visitor.get(algebra.path + path)
            names = [element["aria-label"] or "" for element in page.dom.all("a")]
            assert "instructor" not in (page.text + " ".join(names)).lower(), path


def test_whoever_gives_up_teaching_is_told_that_it_is_them(ada, ben, algebra, teacher):
    ada.post(f"{algebra.path}/people/{ben.id}/role", {"role": "instructor"})
    page = teacher.get(f"{algebra.path}/people/{ada.id}/role")
    assert "this is you" in page.text and "Only another teacher can undo this" in page.text
    page = teacher.get(f"{algebra.path}/people/{ben.id}/role")
    assert "this is you" not in page.text


def test_a_page_of_an_error_says_only_what_helps_there(server, ben, algebra, teacher):
    """What to do about a link, with 404; the way back is the class, for who is in it."""
    missing = teacher.get("/classes/987654321")
    assert missing.status == 404 and "link" in missing.text
    assert "/classes" in missing.links
    student = Visitor(server)
    student.log_in(ben)
    for page, status in ((student.get(algebra.path + "/edit"), 403),
            (teacher.get(algebra.path + "?before=x"), 422),
            (teacher.get(algebra.path + "/leave").submit(algebra.path + "/leave"), 409)):
        assert page.status == status and "link" not in page.text
        assert [a["href"] for a in page.dom.one("main").all("a")] == [algebra.path]
    stranger = Visitor(server)
    stranger.log_in(sign_up(server))
    assert algebra.path not in stranger.get(algebra.path + "/edit").links


def test_a_class_page_without_posts_says_so(server, teacher, algebra):
    page = teacher.get(algebra.path)
    assert page.status == 200
    assert algebra.name in page.dom.one("title").text or algebra.name in page.dom.one("h1").text


def test_who_may_write_learns_before_what_goes_with_it(ada, ben, algebra, teacher, student):
    person = f"{algebra.path}/people/{ben.id}/role"
    assert "private messages" in teacher.get(person).dom.one("main").text
    assert "last teacher cannot leave" in teacher.get(algebra.path + "/leave").dom.one("main").text
    assert "teacher" not in student.get(algebra.path + "/leave").dom.one("main").text


def test_an_invitation_is_kept_by_each_way_in(server):
    visitor = Visitor(server)
    invitation = "/classes/join?code=KP7QW3XMRT"
    query = f"?next={quote(invitation, safe='')}"
    pages = [visitor.get(path + query) for path in ("/login", "/signup", "/reset")]
    pages.append(pages[0].submit("/login", email=new_email(), password=new_password()))
    pages.append(pages[2].submit("/reset", email=new_email(), code="x", new=new_password()))
    for page in pages:
        ways = {a["href"] for a in page.dom.all("a") if a["href"].startswith(("/login", "/signup", "/reset"))}
        assert {"/login" + query, "/signup" + query} <= ways <= {path + query
            for path in ("/login", "/signup", "/reset")}
    assert "/reset" + query in pages[0].links


def test_an_invitation_that_is_no_text_is_refused(student, ben):
    page = student.get("/classes/join?code=KP7QW3XMRT")
    assert page.status == 200 and page.dom.one("input", id="code")["value"] == "KP7QW3XMRT"
    page = student.get("/classes/join?code=%ff")
    assert page.status == 400 and "code is not valid UTF-8" in page.text
    for code in ("%00", "a%1bb"):
        page = student.get(f"/classes/join?code={code}")
        assert page.status == 422 and not page.dom.one("input", id="code")["value"]
        assert "control character" in page.dom.one("p", id="code-error").text
        answer = ben.get(f"/classes/join?code={code}")
        assert answer.status == 422 and list(answer.errors) == ["code"]


def test_what_is_older_says_so_and_leads_to_the_newest(ada, teacher, algebra):
    ids = [ada.post(algebra.path + "/posts", {"body": f"Week {n}"})["post"]["id"] for n in (1, 2)]
    page = teacher.get(f"{algebra.path}/posts?before={ids[1]}")
    assert page.dom.one("title").text.startswith("Older posts")
    assert "Newest posts" in page.text and algebra.path in page.links
    page = teacher.get(algebra.path + "/posts")
    assert "Older" not in page.dom.one("title").text and "Newest posts" not in page.text


def test_older_posts_of_a_class_say_so_and_lead_to_the_newest(ada, teacher, algebra):
    ids = [algebra.post(f"Lesson {n}")["id"] for n in range(3)]
    page = teacher.get(f"{algebra.path}?before={ids[1]}")
    assert page.dom.one("title").text.startswith("Older posts")
    assert page.dom.all("h2")[0].text == "Older posts" and algebra.path in page.links
    assert "Lesson 0" in page.text and "Lesson 1" not in page.text
    assert algebra.path + "/posts" not in [form.action for form in page.forms], "nothing to write in first"
    assert "is_older" not in ada.get(f"{algebra.path}?before={ids[1]}").json


def test_links_of_a_post_say_which_one_is_meant(ada, teacher, algebra):
    ada.post(algebra.path + "/posts", {"body": "Week 1"})
    acts = [a for a in teacher.get(algebra.path).dom.all("a") if "/posts/" in a["href"] and a.text in
        ("Edit", "Remove")]
    assert len(acts) == 2 and all(a["aria-label"].startswith(a.text + " the post of ") for a in acts)


def test_what_was_done_is_said_on_the_page_behind_it(server, ada, teacher, algebra):
    page = teacher.get(algebra.path + "/code").submit(algebra.path + "/code")
    assert "new code" in page.dom.one(role="status").text
    page = teacher.get(algebra.path)
    assert not page.dom.all(role="status"), "and not for ever"
    ada.post(algebra.path + "/live", {"title": "Lesson"})
    page = teacher.get(algebra.path + "/live/end").submit(algebra.path + "/live/end")
    assert "has ended" in page.dom.one(role="status").text


def test_whoever_posts_is_told_so(teacher, algebra):
    """On a phone the new post is below what one writes in."""
    page = teacher.get(algebra.path).submit(algebra.path + "/posts", body="There it is")
    assert "post is there" in page.dom.one(role="status").text
    [link] = [path for path in page.links if path.endswith("/edit") and "/posts/" in path]
    page = teacher.get(link).submit(link, body="There it was")
    assert "There it was" in page.text and "changed" in page.dom.one(role="status").text


def test_whoever_joins_a_class_is_told_so(server, algebra):
    visitor = Visitor(server)
    visitor.log_in(sign_up(server, "Newcomer"))
    for _ in ("who was not in it", "and who was"):
        page = visitor.get("/classes/join").submit("/classes/join", code=algebra.code)
        assert "in this class" in page.dom.one(role="status").text and algebra.name in page.text
    assert not visitor.get(algebra.path).dom.all(role="status")


def test_a_page_says_nothing_that_a_link_puts_into_its_mouth(server, teacher, algebra):
    for done in ("You+won", "%3Cb%3E", "codes", "x" * 1000):
        page = teacher.get(f"{algebra.path}?done={done}")
        assert page.status == 200 and not page.dom.all(role="status")
