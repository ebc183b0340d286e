/*
 * The conversation of a room as it is seen: messages, times, links, what is older.  What comes and
 * goes is chat.js's; without a connection the messages are there all the same.
 */
"use strict";

const conversation = (() => {
	const room = document.getElementById("room");
	if (!room)
		return null;

	const NEAR_END = 40;
	const log = document.getElementById("room-log"), list = document.getElementById("room-messages");
	const older = document.getElementById("room-older"), news = document.getElementById("room-news");
	const me = room.dataset.me, path = `/rooms/${Number(room.dataset.room)}/messages`;
	const clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
	const calendar = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
	const date = new Intl.DateTimeFormat(undefined, { dateStyle: "full" });

	// What one writes stays in sight, below the messages and not over them, as it grows.
	const write = document.getElementById("write");
	function fit() {
		const last = write?.offsetParent ? write : log;
		const around = last.getBoundingClientRect().bottom + scrollY - log.offsetHeight;
		log.style.setProperty("--around", `calc(${Math.ceil(around)}px + .75rem)`);
	}
	fit();
	addEventListener("resize", fit);
	const grows = new ResizeObserver(fit);
	[write, document.querySelector(".room-bar")].filter(Boolean).forEach((part) => grows.observe(part));

	// For what is no news, and so not to be announced.
	function quietly(change) {
		log.setAttribute("aria-live", "off");
		change();
		setTimeout(() => log.setAttribute("aria-live", "polite"), 1000);
	}

	// The day stands above its first message.
	function inWords(time) {
		const at = new Date(time.dateTime);
		time.title = calendar.format(at);
		time.textContent = clock.format(at);
		return time;
	}

	function moment(at) {
		const time = make("time");
		time.dateTime = at;
		return inWords(time);
	}

	function dayOf(item) {
		return date.format(new Date(item.querySelector("time").dateTime));
	}

	// Behind one of the day `before`.
	function byDay(items, before) {
		return items.flatMap((item) => {
			const day = dayOf(item), line = day === before ? [] : [make("li", "day", day)];
			before = day;
			return [...line, item];
		});
	}

	let newest = "";   // the day of the last one shown
	{
		const items = Array.from(list.children);
		list.querySelectorAll("time").forEach(inWords);
		list.replaceChildren(...byDay(items, ""));
		if (items.length)
			newest = dayOf(items.at(-1));
	}

	function teacher(role) {
		return role === "instructor" ? [" ", make("span", "badge", "Teacher")] : [];
	}

	// What ends a sentence is no part of the address; nor is a bracket that was opened before it.
	function lengthOf(address) {
		let closing = address.split(")").length - address.split("(").length;
		let length = address.length;
		while ("?!.,:;*_~'\")".includes(address[length - 1]) &&
			(address[length - 1] !== ")" || closing-- > 0))
			length--;
		return length;
	}

	// In a tab of its own: who leaves this page leaves the live class.
	function link(address) {
		const element = make("a", "", address);
		element.href = address;
		element.target = "_blank";
		element.rel = "noopener nofollow";
		return element;
	}

	function linked(body) {
		const parts = [];
		let end = 0;
		for (const { 0: found, index } of body.matchAll(/\bhttps?:\/\/[\p{L}\p{N}[][^\s<>\p{Bidi_Control}]*/giu)) {
			const address = found.slice(0, lengthOf(found));
			parts.push(body.slice(end, index), link(address));
			end = index + address.length;
		}
		return [...parts, body.slice(end)];
	}

	list.querySelectorAll(".said").forEach((said) => {
		if (said.textContent.includes("://"))
			said.replaceChildren(...linked(said.textContent));
	});

	// Of many by one person each has its time, the reader's own.
	function label(item) {
		const name = item.querySelector("strong").textContent, { title } = item.querySelector("time");
		const remove = item.querySelector(".remove");
		if (remove) {
			remove.tabIndex = -1;
			remove.setAttribute("aria-label", `Remove what ${name} wrote, ${title}`);
		}
		return item;
	}
	list.querySelectorAll("[data-seq]").forEach(label);

	function removal(message) {
		if (message.removed || room.dataset.removes === undefined)
			return [];
		const element = make("a", "remove", "Remove");
		element.href = `${path}/${Number(message.seq)}/remove`;
		element.setAttribute("aria-live", "off");
		return [" ", element];
	}

	function gone() {
		return make("p", "gone", "Removed by a teacher.");
	}

	/* --- the keyboard on what removes -------------------------------------------------------- */

	// Of many such links it stops at one: where it was last, or the newest as soon as more comes while
	// nobody is there.  Arrows lead to the others.
	const BACK = "previousElementSibling", ON = "nextElementSibling";
	const WHERE = "Behind it is “Remove”: there the up and down arrows lead from message to message.";
	let stop = null;

	function stopAt(link) {
		if (stop)
			stop.tabIndex = -1;
		stop = link;
		if (stop) {
			stop.tabIndex = 0;
			log.setAttribute("aria-description", WHERE);
		} else {
			log.removeAttribute("aria-description");
		}
	}

	function linkFrom(item, way) {
		while (item && !item.querySelector(".remove"))
			item = item[way];
		return item && item.querySelector(".remove");
	}

	function stopAtNewest() {
		if (!stop || !list.contains(document.activeElement))
			stopAt(linkFrom(list.lastElementChild, BACK));
	}
	stopAtNewest();

	const keys = {
		ArrowUp: (item) => linkFrom(item[BACK], BACK),
		ArrowDown: (item) => linkFrom(item[ON], ON),
		Home: () => linkFrom(list.firstElementChild, ON),
		End: () => linkFrom(list.lastElementChild, BACK),
	};

	list.addEventListener("focusin", (event) => {
		if (event.target.className === "remove")
			stopAt(event.target);
	});

	list.addEventListener("keydown", (event) => {
		const at = event.target;
		if (!Object.hasOwn(keys, event.key) || event.ctrlKey || event.metaKey || event.altKey ||
			event.shiftKey || at.className !== "remove" && at.parentElement !== list)
			return;
		const next = keys[event.key](at.closest("li"));
		if (!next)
			return;
		event.preventDefault();
		next.focus();
	});

	// Also what comes late, from before it was removed.
	const removed = new Set();

	function itemOf(message) {
		message.removed ||= removed.has(message.seq);
		const by = make("p", "by", make("strong", "", message.from.name),
			...teacher(message.from.role), " ", moment(message.at), ...removal(message));
		const item = make("li", String(message.from.id) === me ? "mine" : "", by,
			message.removed ? gone() : make("p", "said", ...linked(message.body)));
		item.dataset.seq = message.seq;
		return label(item);
	}

	function text(element, words) {
		if (element && element.textContent !== words)
			element.textContent = words;
	}

	// Positions in the log count from its end: what is read stays where it is while more comes.
	function append(parent, items) {
		const follows = log.scrollTop > -NEAR_END, height = log.scrollHeight;
		document.getElementById("room-empty")?.remove();
		items.forEach((item) => parent.append(item));
		if (follows) {
			log.scrollTop = 0;
		} else {
			log.scrollTop -= log.scrollHeight - height;
			news.hidden = false;
		}
	}

	// To lay the log out costs the more the longer it is: once for all that came since the last frame.
	let arrived = [];
	function flush() {
		if (!arrived.length)
			return;
		append(list, byDay(arrived, newest));
		newest = dayOf(arrived.at(-1));
		arrived = [];
		stopAtNewest();
	}

	// A hidden page has no frames.
	function show(item) {
		if (arrived.push(item) === 1)
			(document.hidden ? setTimeout : requestAnimationFrame)(flush);
	}

	function withdraw(item) {
		// Whoever was there goes on from there.
		if (item.contains(document.activeElement)) {
			item.tabIndex = -1;
			item.focus({ preventScroll: true });
		}
		const link = item.querySelector(".remove");
		link?.remove();
		if (link && link === stop)
			stopAt(linkFrom(item, ON) ?? linkFrom(item, BACK));
		const said = item.querySelector(".said");
		if (!said)
			return;
		// Of many at once each would be announced, and of which one is not said.
		const words = gone();
		words.setAttribute("aria-live", "off");
		said.replaceWith(words);
	}

	function remove(seqs) {
		flush();
		seqs.forEach((seq) => removed.add(seq));
		Array.from(list.children).filter((item) => removed.has(Number(item.dataset.seq))).forEach(withdraw);
	}

	function choice(value, words, name) {
		const button = make("button", name, words);
		button.value = value;
		return button;
	}

	// What is chosen: "/remove", "/remove/all", or nothing.
	function choose(item, name) {
		const title = make("h2", "", "Remove this for everybody?"), cancel = choice("", "Cancel", "plain");
		const form = make("form", "", title, make("p", "said", item.querySelector(".said").textContent),
			make("p", "", "It cannot be brought back."), make("p", "actions", choice("/remove", "Remove", "danger"), " ",
				choice("/remove/all", `Remove all that ${name} wrote here`, "plain danger"), " ", cancel));
		const dialog = make("dialog", "card", form);
		form.method = "dialog";
		cancel.autofocus = true;
		title.id = "question";
		dialog.setAttribute("aria-labelledby", title.id);
		document.body.append(dialog);
		dialog.showModal();
		return new Promise((resolve) => dialog.addEventListener("close", () => {
			dialog.remove();
			resolve(dialog.returnValue);
		}));
	}

	// Who leaves this page leaves the live class: it is asked, done, and said here if it cannot be.
	list.addEventListener("click", async (event) => {
		// Where there is no dialog, the link's own page asks.
		if (event.target.className !== "remove" || !window.HTMLDialogElement)
			return;
		event.preventDefault();
		const item = event.target.closest("li"), seq = Number(item.dataset.seq);
		const name = item.querySelector("strong").textContent, what = await choose(item, name);
		const all = what === "/remove/all";
		if (!what || all && !confirm(`Remove all that ${name} wrote here? It cannot be brought back.`))
			return;
		let why = "Please try again.";
		try {
			const answer = await ask(`${path}/${seq}${what}`, { method: "POST" });
			if (answer.status === 200) {
				remove([seq]);
				if (all)
					await look();
				return;
			}
			why = answer.body.detail;
		} catch (failure) { /* No answer is no reason. */ }
		alert(`It could not be removed. ${why}`);
	});

	// What has the focus goes: it stays in the conversation.
	news.addEventListener("click", () => {
		log.scrollTop = 0;
		log.focus({ preventScroll: true });
	});
	log.addEventListener("scroll", () => {
		if (log.scrollTop > -NEAR_END)
			news.hidden = true;
	});

	// In the title, for who is in another tab.
	const title = document.title;
	let unread = 0;
	function countUnread() {
		unread = document.hidden ? unread + 1 : 0;
		document.title = unread ? `(${unread}) ${title}` : title;
	}
	document.addEventListener("visibilitychange", () => {
		if (!document.hidden)
			countUnread();
	});

	// Stored before the page went, though it had not heard of it, is what the conversation has.
	function isShown(body) {
		return Array.from(list.querySelectorAll(".mine .said")).some((said) => said.textContent === body);
	}

	/* --- what is older ---------------------------------------------------------------------- */

	function prepend(items) {
		const top = list.firstElementChild;
		if (top && items.length && dayOf(items.at(-1)) === top.textContent)
			top.remove();
		list.prepend(...byDay(items, ""));
	}

	let first = Number(room.dataset.first);
	const olderWords = older?.textContent;
	older?.addEventListener("click", async (event) => {
		event.preventDefault();
		if (older.ariaBusy === "true")
			return;
		older.ariaBusy = "true";
		try {
			const answer = await ask(`${path}?before=${first}`);
			// Logged out, or removed: that page says so.
			if (event.isTrusted && answer.status >= 400 && answer.status < 500)
				location.assign(older.href);
			if (answer.status !== 200)
				throw new Error(answer.body.detail);
			text(older, olderWords);
			// History is read by who asked for it, not announced.
			quietly(() => prepend(answer.body.messages.map(itemOf)));
			if (!stop)
				stopAtNewest();
			first = answer.body.messages.length ? answer.body.messages[0].seq : 1;
			if (first <= 1) {
				if (older === document.activeElement)
					log.focus({ preventScroll: true });
				older.parentElement.hidden = true;
			}
		} catch (failure) {
			text(older, "These could not be loaded. Try again");
		}
		older.ariaBusy = "false";
	});

	// Who scrolls up to it need not ask.
	if (older)
		new IntersectionObserver((looks) => {
			if (looks.at(-1).isIntersecting)
				older.click();
		}, { root: log }).observe(older);

	/* --- what is removed while chat does not say so ------------------------------------------ */

	// TOLD_BEHIND: of so many messages, up to the last one, chat tells who comes back.
	const LOOK_EVERY = 10000, TOLD_BEHIND = Number(room.dataset.toldBehind);
	let known = Number(room.dataset.removed), hears = false;

	// What is shown, from its first message to its last; the answer that it got.
	async function readAgain() {
		const last = Number(list.lastElementChild?.dataset.seq ?? 0);
		let answer = null;
		for (let after = Math.max(first - 1, 0); after < last;) {
			answer = await ask(`${path}?after=${after}&limit=500`);
			if (answer.status !== 200 || !answer.body.messages.length)
				break;
			const { messages } = answer.body;
			remove(messages.filter((message) => message.removed).map((message) => message.seq));
			after = messages.at(-1).seq;
		}
		return answer;
	}

	async function look() {
		const answer = await ask(`/rooms/${Number(room.dataset.room)}?limit=1`);
		if (answer.status !== 200 || answer.body.room.removed <= known)
			return answer;
		const again = await readAgain() ?? answer;
		if (again.status === 200)
			known = answer.body.room.removed;
		return again;
	}
	nowAndThen(LOOK_EVERY, async () => hears ? null : look());

	function hear(is) {
		if (is && !hears && list.childElementCount > TOLD_BEHIND)
			look().catch(() => { /* It is looked again when the connection is lost. */ });
		hears = is;
	}

	return { room, me, path, log, list, teacher, linked, itemOf, isShown, text, append, show, remove, hear, countUnread };
})();
