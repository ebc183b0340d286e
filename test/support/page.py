"""HTML pages as a person without JavaScript uses them: read, follow, fill in, send."""

from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

from support.client import Client

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source",
    "track", "wbr"}
HTML = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


class Element:
    def __init__(self, tag, attributes, parent):
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.children = []

    def __getitem__(self, name):
        return self.attributes.get(name)

    def __contains__(self, name):
        return name in self.attributes

    def walk(self):
        yield self
        for child in self.children:
            if isinstance(child, Element):
                yield from child.walk()

    def all(self, tag=None, **attributes):
        return [element for element in self.walk()
            if (tag is None or element.tag == tag) and all(
                element[name.rstrip("_").replace("_", "-")] == value
                for name, value in attributes.items())]

    def one(self, tag=None, **attributes):
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{tag} {attributes}: {len(found)} of them"
        return found[0]

    @property
    def text(self):
        pieces = [child if isinstance(child, str) else child.text for child in self.children]
        return " ".join(" ".join(pieces).split())

    @property
    def raw_text(self):
        return "".join(
            child if isinstance(child, str) else child.raw_text for child in self.children)


class _Builder(HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.root = self.here = Element("#document", {}, None)

    def handle_starttag(self, tag, attrs):
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> says an attribute twice: {names}"
        element = Element(tag, {name: value or "" for name, value in attrs}, self.here)
        self.here.children.append(element)
        if tag not in VOID:
            self.here = element

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag):
        element = self.here
        while element is not None and element.tag != tag:
            element = element.parent
        if element is not None and element.parent is not None:
            self.here = element.parent

    def handle_data(self, data):
        self.here.children.append(data)


def parse(text):
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return builder.root


class Form:
    """A form as it stands in the page; `fields` is what would be sent."""

    def __init__(self, element):
        self.element = element
        self.action = element["action"] or ""
        self.method = (element["method"] or "get").upper()
        self.fields = {}
        self.controls = {}
        for control in element.walk():
            if control.tag not in ("input", "textarea", "select", "button") or not control["name"]:
                continue
            self.controls[control["name"]] = control
            value = _value_of(control)
            if value is not None:
                self.fields[control["name"]] = value

    def error_of(self, name):
        """The message that stands at a field, found the way a screen reader finds it."""
        control = self.controls[name]
        root = self.element
        while root.parent is not None:
            root = root.parent
        if control["aria-invalid"] != "true":
            return None
        texts = [root.one(id=id_).text for id_ in (control["aria-describedby"] or "").split()]
        return " ".join(texts) or None


def _value_of(control):
    if control.tag == "textarea":
        # The parser of HTML drops one newline behind the start tag.
        text = control.raw_text
        return text[1:] if text.startswith("\n") else text
    if control.tag == "select":
        options = control.all("option")
        chosen = [option for option in options if "selected" in option] or options[:1]
        return (chosen[0]["value"] or chosen[0].text) if chosen else None
    if control.tag == "button":
        return None
    if control["type"] in ("checkbox", "radio") and "checked" not in control:
        return None
    if control["type"] in ("submit", "image", "reset", "button"):
        return None
    return control["value"] or ""


class Page:
    def __init__(self, visitor, path, answer):
        self.visitor = visitor
        self.path = path
        self.status = answer.status
        self.headers = answer.headers
        self.source = answer.text
        is_html = answer.headers.get("Content-Type", "").startswith("text/html")
        self.dom = parse(self.source if is_html else "")

    @property
    def text(self):
        return self.dom.text

    @property
    def links(self):
        """Paths on this site that the page links to."""
        found = []
        for anchor in self.dom.all("a"):
            target = urlsplit(urljoin("http://here" + self.path, anchor["href"] or ""))
            if target.netloc == "here" and target.scheme == "http":
                found.append(target.path + ("?" + target.query if target.query else ""))
        return found

    @property
    def forms(self):
        return [Form(element) for element in self.dom.all("form")]

    def form(self, action):
        """The form that posts to that path."""
        found = [form for form in self.forms
            if urlsplit(urljoin(self.path, form.action)).path == action and form.method == "POST"]
        assert len(found) == 1, f"forms for {action}: {[form.action for form in self.forms]}"
        return found[0]

    def follow(self, text):
        found = [anchor for anchor in self.dom.all("a") if text in anchor.text]
        assert found, f"no link {text!r} in {[a.text for a in self.dom.all('a')]}"
        return self.visitor.get(urljoin(self.path, found[0]["href"]))

    def submit(self, action, **fields):
        form = self.form(action)
        for name in fields:
            assert name in form.controls, f"the form for {action} has no field {name}"
        return self.visitor.post(action, {**form.fields, **fields})


class Visitor:
    """A browser with scripts off: one cookie jar, the headers that browsers send."""

    def __init__(self, server, source=None):
        self.client = Client(server, source=source)
        self.server = server
        self.cookies = {}

    def _headers(self):
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {"Accept": HTML, "Cookie": cookies or None}

    def _keep_cookies(self, answer):
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.split(";")[0].partition("=")
            gone = "max-age=0" in line.lower().replace(" ", "")
            if gone:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value

    def open(self, path):
        """One GET, redirects not followed."""
        answer = self.client.request("GET", path, headers=self._headers())
        self._keep_cookies(answer)
        return answer

    def send(self, path, fields, **headers):
        """One POST, redirects not followed."""
        own = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin",
            "Origin": f"{self.server.scheme}://{self.server.host}"}
        answer = self.client.request("POST", path, urlencode(fields, doseq=True).encode(),
            {**self._headers(), **own, **headers})
        self._keep_cookies(answer)
        return answer

    def get(self, path):
        return self._arrive(path, self.open(path))

    def post(self, path, fields):
        return self._arrive(path, self.send(path, fields))

    def _arrive(self, path, answer):
        for _ in range(5):
            if answer.status != 303:
                return Page(self, path, answer)
            # A place in the page is not sent.
            path = urljoin(path, answer.headers["Location"]).split("#")[0]
            answer = self.open(path)
        raise AssertionError("redirected in circles")

    def log_in(self, person):
        page = self.get("/login").submit("/login", email=person.email, password=person.password)
        assert page.status == 200, page.source
        return page
