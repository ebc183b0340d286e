"""What every page owes to whoever cannot see it, uses the keyboard, or has a small screen."""

_LOOK = """
const problems = [];
const name = (e) => (e.getAttribute("aria-label") || e.innerText || e.getAttribute("title") ||
    (e.querySelector("img[alt]") || {}).alt || e.value || "").trim();
const shown = (e) => e.getClientRects().length > 0;
const say = (what, e) => problems.push(what + ": " + (e ? e.outerHTML.slice(0, 120) : ""));

if (!document.documentElement.lang) say("no language");
if (!document.title.trim()) say("no title");
if (document.querySelectorAll("main").length !== 1) say("not one main");

const headings = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")].filter(e => !e.closest(".prose"));
if (headings.filter(e => e.tagName === "H1").length !== 1) say("not one h1");
let level = 0;
for (const e of headings) {
    const now = Number(e.tagName[1]);
    if (now > level + 1 && level > 0) say("a heading skips a level", e);
    if (!e.innerText.trim() && shown(e)) say("an empty heading", e);
    level = now;
}
for (const e of document.querySelectorAll("input,select,textarea")) {
    if (["hidden", "submit", "button"].includes(e.type) || e.hidden) continue;
    if (!(e.labels && e.labels.length) && !e.getAttribute("aria-label")) say("no label", e);
    if (["email", "password"].includes(e.type) && !e.autocomplete) say("no autocomplete", e);
    for (const id of (e.getAttribute("aria-describedby") || "").split(/\\s+/).filter(Boolean))
        if (!document.getElementById(id)) say("described by nothing", e);
}
for (const e of document.querySelectorAll("a[href],button"))
    if (shown(e) && !name(e)) say("a link or button without a name", e);
// WCAG 2.5.3: who speaks to the browser says what is seen.
for (const e of document.querySelectorAll("a[aria-label],button[aria-label]"))
    if (shown(e) && !e.getAttribute("aria-label").includes(e.innerText.trim())) say("the name is not what is seen", e);
for (const e of document.querySelectorAll("img:not([alt])")) say("a picture without alt", e);
for (const e of document.querySelectorAll("[tabindex]"))
    if (e.tabIndex > 0) say("a tabindex above 0", e);
for (const e of document.querySelectorAll("th:not([scope])"))
    if (!e.closest(".prose")) say("a table head without scope", e);
const ids = [...document.querySelectorAll("[id]")].map(e => e.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) say("an id twice: " + id);
const landmarks = [...document.querySelectorAll("nav")];
if (landmarks.length > 1)
    for (const e of landmarks) if (!e.getAttribute("aria-label")) say("several navs, one without a name", e);

const width = document.documentElement.clientWidth;
if (document.documentElement.scrollWidth > width)
    say("scrolls sideways: " + document.documentElement.scrollWidth + " > " + width);
for (const e of document.querySelectorAll("button, input:not([type=hidden]), select, textarea, " +
        ".acts a, .by a, .tags a, .rows strong > a, table:not(.prose table) a")) {
    const box = e.getBoundingClientRect();
    // WCAG 2.2, 2.5.8
    if (shown(e) && (box.height < 24 || box.width < 24)) say("too small for a finger", e);
    if (shown(e) && parseFloat(getComputedStyle(e).fontSize) < 16 && e.matches("input, textarea, select") &&
        innerWidth < 500) say("phones zoom into text below 16px", e);
}
return problems;
"""


def problems(browser):
    return browser.driver.execute_script(_LOOK)
