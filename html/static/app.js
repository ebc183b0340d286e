/* Comforts only: every page works without this file. */
"use strict";

function make(tag, name, ...children) {
	var element = document.createElement(tag);
	if (name)
		element.className = name;
	element.append(...children);
	return element;
}

// Times in the reader's own zone and language.
var readable = (function () {
	var both = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
	var clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
	var date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

	function show(element) {
		var time = new Date(element.dateTime);
		if (isNaN(time))
			return;
		// Behind another time of the same day the clock is enough.
		var since = element.dataset.since && new Date(element.dataset.since);
		var short = since && date.format(since) === date.format(time);
		element.title = short ? both.format(time) : element.textContent;
		element.textContent = (short ? clock : element.dataset.format === "date" ? date : both).format(time);
	}

	return function (root) {
		root.querySelectorAll("time[datetime]").forEach(show);
	};
})();
readable(document);

// What its links say of a post is the time that is seen.
document.querySelectorAll("article.post").forEach(function (post) {
	var time = post.querySelector("time").textContent;
	post.querySelectorAll(".acts a").forEach(function (link) {
		link.setAttribute("aria-label", link.textContent + " the post of " + time);
	});
});

// On a phone the tabs are wider than the screen: the one that is open is in sight.
(function () {
	var tab = document.querySelector(".tabs [aria-current]");
	var tabs = tab && tab.parentElement;
	if (tabs)
		tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
})();

// What was done is said once, not again when the page is loaded again.
var isDone = (function () {
	var address = new URL(location.href), is = address.searchParams.has("done");
	if (is) {
		address.searchParams.delete("done");
		history.replaceState(history.state, "", address);
	}
	return is;
})();

// Without cookies a log-in leads back to where it began.
(function () {
	var form = document.querySelector("form[action='/login'], form[action='/signup']");
	if (!form || navigator.cookieEnabled)
		return;
	var words = make("p", "notice bad", "Your browser keeps no cookies, and without one nobody stays " +
		"logged in. Allow them for this address, then load this page again.");
	words.setAttribute("role", "alert");
	form.before(words);
})();

// Copy buttons stay hidden where they could not work.
function copies(button, source) {
	var label = button.textContent, timer = 0;
	button.hidden = !navigator.clipboard;
	button.addEventListener("click", function () {
		navigator.clipboard.writeText(source.href || source.value || source.textContent.trim()).then(function () {
			button.textContent = "Copied";
			clearTimeout(timer);
			timer = setTimeout(function () { button.textContent = label; }, 2000);
		});
	});
}
document.querySelectorAll("button[data-copy]").forEach(function (button) {
	var source = document.getElementById(button.dataset.copy);
	if (source)
		copies(button, source);
});

document.addEventListener("submit", function (event) {
	var question = event.target.dataset.confirm;
	if (question && !window.confirm(question))
		event.preventDefault();
});

// Who logs out by themselves leaves nothing in the tab to who sits down next; nor does the page when
// somebody goes back to it and it hears of the log-out then.
var keepsNothing = false;
document.addEventListener("submit", function (event) {
	if (event.target.getAttribute("action") !== "/logout" || event.defaultPrevented)
		return;
	// Not now: one may still stay.  A room that hears of the log-out only behind it keeps nothing any more.
	window.addEventListener("pagehide", function () {
		keepsNothing = true;
		try {
			sessionStorage.clear();
		} catch (refused) { /* Then nothing was kept. */ }
	}, { once: true });
});

// In this tab, until it is closed or whoever uses it logs out.
function keep(key, words) {
	try {
		if (words && !keepsNothing)
			sessionStorage.setItem(key, words);
		else
			sessionStorage.removeItem(key);
	} catch (refused) { /* Without storage nothing is kept. */ }
}

function kept(key) {
	try {
		return sessionStorage.getItem(key) || "";
	} catch (refused) {
		return "";
	}
}

// What is being written and was not sent would be lost with the page.  A room keeps its own.
(function () {
	var sending = false;
	var me = document.querySelector(".me"), key = me && "sent:" + me.dataset.user;

	// What a form has from the start is stored when it says so, and not when it came back.
	function isWritten(field) {
		var stored = "stored" in field.form.dataset ? field.defaultValue : "";
		return !field.readOnly && field.value !== stored;
	}

	// Until a page says that it was done: who was logged out goes back to it, and so does who got no
	// answer, perhaps too early, and loads it again.  Firefox shows the form as it came, without what was typed.
	function keepSent(form) {
		var fields = Object.fromEntries(new FormData(form));
		keep(key, JSON.stringify({ action: form.getAttribute("action"), fields: fields }));
	}

	function bringBack(sent) {
		var field = document.querySelector("form[action='" + sent.action + "'] textarea");
		if (!field || isWritten(field))
			return;
		Object.keys(sent.fields).forEach(function (name) {
			if (field.form.elements[name])
				field.form.elements[name].value = sent.fields[name];
		});
	}

	// By going back or loading again, or by the link that a page has which says to try again.
	function isAgain() {
		return performance.getEntriesByType("navigation")[0].type !== "navigate" ||
			document.referrer === location.href.split("#")[0];
	}

	if (key && isDone)
		keep(key, "");
	else if (key && kept(key) && isAgain())
		bringBack(JSON.parse(kept(key)));

	document.addEventListener("submit", function (event) {
		var form = event.target;
		sending = !event.defaultPrevented && form.querySelector("textarea") !== null;
		if (key && sending && form.id !== "write")
			keepSent(form);
	});
	window.addEventListener("pageshow", function () {
		sending = false;
	});
	window.addEventListener("beforeunload", function (event) {
		var fields = document.querySelectorAll("form:not(#write) textarea");
		if (!sending && Array.prototype.some.call(fields, isWritten))
			event.preventDefault();
	});
})();

// Control and Enter send the message that is being written.
document.addEventListener("keydown", function (event) {
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form &&
		event.target.tagName === "TEXTAREA")
		event.target.form.requestSubmit();
});

// What a program is answered: its status and body.
var ANSWER_WITHIN = 10000;
function ask(url, options) {
	var settings = { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(ANSWER_WITHIN) };
	return fetch(url, Object.assign(settings, options)).then(function (response) {
		return (response.status === 204 ? Promise.resolve(null) : response.json()).then(function (body) {
			return { status: response.status, body: body };
		});
	});
}

function post(url, fields, options) {
	var headers = { Accept: "application/json", "Content-Type": "application/json" };
	return ask(url, Object.assign({ method: "POST", headers: headers, body: JSON.stringify(fields) }, options));
}

// Only a page that is seen asks, and each at times of its own, so that a school does not ask in one
// second; more seldom while nothing answers.  `look` promises the answer that it got, nothing when there
// was no need to ask, or it was used, or OVER when there will be nothing to ask any more.
var OVER = {};
function nowAndThen(every, look) {
	var SLOWEST = 8;
	var over = false, asking = false, failures = 0, planned = 0, delay = 0, timer = 0;

	function settle(answer) {
		// Logged out, or no longer in the class: it would be the same for ever.
		over = answer === OVER || Boolean(answer) && [401, 403, 404].includes(answer.status);
		if (answer && answer !== OVER && answer.status !== 200)
			throw new Error(answer.body.detail);
		failures = 0;
	}

	function run() {
		asking = true;
		look().then(settle).catch(function () { failures++; }).then(function () {
			asking = false;
			plan();
		});
	}

	function plan() {
		planned = Date.now();
		delay = every * Math.min(Math.pow(2, failures), SLOWEST) * (0.8 + 0.4 * Math.random());
		wait();
	}

	// Who comes back after a while does not wait; nor does who set the clock back.
	function wait() {
		var gone = Date.now() - planned;
		clearTimeout(timer);
		if (!over && !asking && !document.hidden)
			timer = setTimeout(run, gone >= 0 && gone < delay ? delay - gone : 0);
	}

	document.addEventListener("visibilitychange", wait);
	plan();
}

// What is new in a page is announced in a place that is there from the start.
var announce = (function () {
	var status = make("p", "hidden", "");
	status.setAttribute("role", "status");
	document.getElementById("main").append(status);
	return function (words) {
		status.textContent = words;
	};
})();

// What has the focus stays where it is: somebody may be writing there.  A conversation, which fits
// itself to what is above it, does so before.
function inPlace(change) {
	var focus = document.activeElement, top = focus.getBoundingClientRect().top;
	change(focus);
	dispatchEvent(new Event("resize"));
	if (focus !== document.body)
		scrollBy(0, focus.getBoundingClientRect().top - top);
}

// A live class that begins or ends shows without a reload, on every page of the class.
(function () {
	var EVERY = 20000;
	var head = document.querySelector("[data-class]");
	if (!head)
		return;

	var path = "/classes/" + head.dataset.class;
	var places = document.querySelectorAll("[data-live]");
	var on = head.childElementCount > 0;

	function link(name, words) {
		var element = make("a", name, words);
		element.href = path + "/live";
		return element;
	}

	function enter() {
		return link("button", "Enter the live class");
	}

	// As the templates draw it.
	var draw = {
		badge: function (place) {
			return link("badge live", place.dataset.words || "Live now");
		},
		enter: enter,
		card: function () {
			var card = make("section", "card livecard", make("h2", "label", "A live class is on"));
			card.append(make("p", "acts", enter()));
			return card;
		}
	};

	function show(session) {
		inPlace(function (focus) {
			places.forEach(function (place) {
				if (Boolean(session) !== place.childElementCount > 0 && !place.contains(focus))
					place.replaceChildren.apply(place, session ? [draw[place.dataset.live](place)] : []);
			});
			document.querySelectorAll("[data-idle], [data-session]").forEach(function (element) {
				var seen = session ? element.dataset.session === String(session.id) : "idle" in element.dataset;
				if (!element.contains(focus))
					element.hidden = !seen;
			});
		});
		if (on !== Boolean(session))
			announce(session ? "A live class is on." : "The live class has ended.");
		on = Boolean(session);
	}

	nowAndThen(EVERY, function () {
		// In the room that is live chat says when it ends.
		if (document.querySelector("#room-live.live"))
			return Promise.resolve(null);
		return ask(path + "/sessions?limit=1").then(function (answer) {
			var newest = answer.status === 200 && answer.body.sessions[0];
			if (answer.status === 200)
				show(newest && !newest.ended_at ? newest : null);
			return answer;
		});
	});
})();

// Among one's classes: those in which one is on.
(function () {
	var EVERY = 20000;
	var places = document.querySelectorAll("[data-on]");
	if (!places.length)
		return;

	function show(classes) {
		places.forEach(function (place) {
			var found = classes.find(function (each) { return String(each.id) === place.dataset.on; });
			var on = Boolean(found && found.live);
			if (on !== place.childElementCount > 0) {
				place.replaceChildren.apply(place, on ? [make("span", "badge live", "Live now")] : []);
				if (on)
					announce("A live class is on: " + found.name);
			}
		});
	}

	nowAndThen(EVERY, function () {
		return ask("/classes").then(function (answer) {
			if (answer.status === 200)
				show(answer.body.classes);
			return answer;
		});
	});
})();

// That there is something new: in discussions and private threads, and behind the posts that are shown.
(function () {
	var EVERY = 60000;
	var head = document.querySelector("[data-class]"), place = document.querySelector("[data-unread]");
	if (!head || !place)
		return;

	var path = "/classes/" + head.dataset.class;
	// What is new in the room that is open is in sight.
	var room = document.getElementById("room"), query = room ? "?room=" + room.dataset.room : "";
	var posts = document.querySelector("[data-new-posts]"), newest = document.querySelector(".post");
	if (posts)
		query = "?post=" + (newest ? newest.id.replace("post-", "") : "0");
	var came = false;   // with the page, it is no news

	// Both answer with what is to be announced.
	function show(unread) {
		var some = unread.discussions + unread.threads > 0, link = make("a", "badge", "New messages"), news = "";
		link.href = path + "/discussions";
		inPlace(function (focus) {
			if (some === place.childElementCount > 0 || place.contains(focus))
				return;
			place.replaceChildren.apply(place, some ? [link] : []);
			if (some && came)
				news = "There are new messages.";
		});
		came = true;
		return news;
	}

	function showPosts(n) {
		var words = n === 1 ? "1 new post" : n + " new posts", link = make("a", "button plain small", words);
		link.href = path;
		if (posts.textContent === (n ? words : "") || posts.contains(document.activeElement))
			return "";
		inPlace(function () {
			posts.replaceChildren.apply(posts, n ? [link] : []);
		});
		return n ? words + "." : "";
	}

	function look() {
		return ask(path + "/unread" + query).then(function (answer) {
			if (answer.status !== 200)
				return answer;
			var unread = answer.body.unread, news = [show(unread), posts ? showPosts(unread.posts) : ""];
			if (news.some(Boolean))
				announce(news.filter(Boolean).join(" "));
			return answer;
		});
	}

	look().catch(function () { /* It is asked again. */ });
	nowAndThen(EVERY, look);
})();

// Who is here changes while a class is on: its attendance is read again, until it is over, while it
// is seen.
(function () {
	var EVERY = 10000;
	var card = document.querySelector("[data-fresh]");
	if (!card)
		return;

	// Not where the page is: a form that comes back is at another address.
	var path = card.dataset.fresh, shown = "";

	function scrolled() {
		return card.querySelector(".scroll") || {};
	}

	// What somebody has marked, to copy it, stays until it is not any more.
	function isMarked() {
		var selection = getSelection();
		return !selection.isCollapsed && card.contains(selection.anchorNode);
	}

	// What has the focus has it again, and what was scrolled stays so.
	function show(fresh) {
		var left = scrolled().scrollLeft || 0, focus = document.activeElement;
		var again = card.contains(focus) && (focus === scrolled() ? ".scroll" :
			"a[href='" + focus.getAttribute("href") + "']");
		readable(fresh);
		card.replaceChildren.apply(card, fresh.childNodes);
		scrolled().scrollLeft = left;
		if (again && card.querySelector(again))
			card.querySelector(again).focus({ preventScroll: true });
	}

	function take(text) {
		var fresh = new DOMParser().parseFromString(text, "text/html").getElementById("roll");
		if (!fresh)
			throw new Error("another page");
		if (fresh.innerHTML !== shown && !isMarked()) {
			shown = fresh.innerHTML;
			show(fresh);
		}
		return "fresh" in fresh.dataset || isMarked() ? null : OVER;
	}

	nowAndThen(EVERY, function () {
		return fetch(path, { headers: { Accept: "text/html" }, signal: AbortSignal.timeout(ANSWER_WITHIN) })
			.then(function (answer) {
				return answer.ok ? answer.text().then(take) : { status: answer.status, body: {} };
			});
	});
})();
