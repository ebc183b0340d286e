/*
 * The conversation of a room, live over WebSocket.  The page works without this file: its form
 * sends and its link refreshes.
 *
 * `last` is the seq of the newest message shown.  Joining always says `after: last`, and a message
 * is shown only when it is the next one, so nothing is missed and nothing doubled.  What waits in
 * the outbox is sent again under its client_id, however often the connection breaks.
 */
"use strict";

(() => {
	if (!outbox)
		return;

	const { room, path, log, teacher, itemOf, text, show, remove, hear, countUnread } = conversation;
	const $ = (id) => document.getElementById(id);
	const form = $("write"), field = $("body"), problem = $("room-error");
	const state = $("room-state"), refresh = $("room-refresh");
	const people = $("here-people"), count = $("here-count"), stay = $("room-stay");
	const id = Number(room.dataset.room), me = room.dataset.me;
	// A second click would find the field empty, and that would be said over the first message.
	form.noValidate = true;

	const BACK_OFF_MIN = 500, BACK_OFF_MAX = 4000, PING_EVERY = 20000;
	// What Enter says in Safari when it ends a composition, as of Japanese.
	const COMPOSING = 229;
	const AGAIN_AFTER = 2000, WAKES_WITHIN = 5000, OPENS_WITHIN = 10000, BODY_BYTES_MAX = Number(room.dataset.bodyMax);

	let last = Number(room.dataset.seen);
	let over = false;   // nothing more can be written
	let isOld = false;  // the page is one of another role

	function received(message) {
		if (message.seq <= last)
			return true;
		if (message.seq > last + 1)
			return false;
		last = message.seq;
		outbox.seen(message);
		show(itemOf(message));
		countUnread();
		reading.upTo(last);
		return true;
	}

	function transmit(entry) {
		if (!live || !outbox.waits(entry))
			return;
		tell({ type: "send", room: id, client_id: entry.key, body: entry.body });
		setTimeout(isHeard, AGAIN_AFTER, Date.now());
	}

	form.addEventListener("submit", (event) => {
		event.preventDefault();
		const entry = over ? null : outbox.take(last, BODY_BYTES_MAX);
		if (!entry)
			return;
		log.scrollTop = 0;
		field.focus();
		transmit(entry);
		if (!live && tries > 1)
			withoutSocket();
	});

	field.addEventListener("keydown", (event) => {
		if (event.key !== "Enter" || event.shiftKey || event.ctrlKey || event.metaKey ||
			event.altKey || event.isComposing || event.keyCode === COMPOSING)
			return;
		event.preventDefault();
		form.requestSubmit();
	});
	const hint = $("room-hint");
	hint.hidden = false;
	// Where fingers type, nothing shows it.
	if (hint.offsetParent)
		field.setAttribute("aria-describedby", `${field.getAttribute("aria-describedby")} room-hint`);

	/* --- who is here ------------------------------------------------------------------------ */

	function personHere(person) {
		const item = make("li", "", person.name, ...teacher(person.role));
		item.dataset.user = person.id;
		return item;
	}

	// Another role has another page.
	function teaches(now) {
		isOld = now !== (room.dataset.removes !== undefined);
		text(state, !isOld ? "Connected" : now ? "You teach here now." : "You do not teach here any more.");
		text(refresh, "Refresh");
		refresh.hidden = !isOld;
		if (stay)
			stay.hidden = isOld;
	}

	function presence(event) {
		text(count, String(event.members));
		if (!event.user)
			return;
		if (String(event.user.id) === me)
			teaches(event.role === "instructor");
		const item = people.querySelector(`[data-user="${Number(event.user.id)}"]`);
		if (event.state === "left") {
			item?.remove();
			return;
		}
		// Who is here already has another role now.
		const here = personHere({ ...event.user, role: event.role });
		if (item)
			item.replaceWith(here);
		else
			people.append(here);
	}

	/* --- the connection --------------------------------------------------------------------- */

	let socket = null, live = false, joining = false, tries = 0, heard = 0, asked = 0, timer = 0;
	let entered = false;   // once at least
	let joinedAfter = 0;   // what was shown when it asked to join

	function tell(command) {
		if (socket && socket.readyState === WebSocket.OPEN)
			socket.send(JSON.stringify(command));
	}

	function join() {
		if (joining)
			return;
		joining = true;
		joinedAfter = last;
		tell({ type: "join", room: id, after: last });
	}

	// Who leaves this page leaves the live class: what else the class has opens beside it.
	document.addEventListener("click", (event) => {
		const link = event.target.closest(".tabs a, .side a:not(.button), [data-unread] a");
		if (link)
			link.target = entered && !over && $("room-live") ? "_blank" : "";
	});

	// For good: nothing more comes, nothing more goes.  What was not sent stays to be copied.
	function stop(words) {
		over = true;
		hangUp();
		text(state, words);
		text(refresh, "Refresh");
		refresh.hidden = false;
		outbox.giveBack();
		field.readOnly = true;
		const label = form.querySelector("label");
		label.className = "";
		text(label, "Not sent");
		form.querySelector("button").hidden = true;
		$("room-copy").hidden = false;
		if (!field.value && form.contains(document.activeElement))
			log.focus({ preventScroll: true });
		form.hidden = !field.value;
		if (last === 0)
			text($("room-empty"), "Nothing was written here.");
		document.querySelectorAll(".while-live").forEach((element) => { element.hidden = true; });
	}

	function logIn() {
		stop("You are logged out.");
		text(refresh, "Log in");
	}

	// To who was in, "there is no such room" would be a riddle.
	function shutOut(words) {
		$("room-live")?.remove();
		stop(entered ? "You are no longer in this room." : words);
		text(refresh, "Your classes");
		refresh.href = "/classes";
	}

	const on = {
		joined(event) {
			tries = 0;
			joining = false;
			hear(true);
			live = entered = true;
			// Behind a database from a backup its numbers come anew.
			if (event.last_seq < joinedAfter)
				last = event.last_seq;
			people.replaceChildren(...event.members.map(personHere));
			text(count, String(event.count ?? event.members.length));
			// Teachers are told of themselves too.
			teaches(event.members.some((each) => String(each.id) === me && each.role === "instructor"));
			outbox.waiting().forEach(transmit);
		},
		message(event) {
			if (!received(event))
				join();
		},
		ack(event) {
			const entry = outbox.find(event.client_id);
			if (entry)
				outbox.stored(entry, event.seq, last);
		},
		presence,
		removed(event) {
			remove(event.seqs);
		},
		ended() {
			stop(room.dataset.over);
			const badge = $("room-live");
			if (badge)
				badge.className = "badge";
			text(badge, "Ended");
			// A discussion may be open again by then.
			refresh.hidden = badge !== null;
		},
		error(event) {
			const entry = outbox.find(event.client_id);
			const passes = event.code === "busy" || event.code === "unavailable";
			if (entry && passes)
				setTimeout(transmit, AGAIN_AFTER, entry);
			else if (entry)
				outbox.refused(entry, event.message);
			else if (event.code === "unauthenticated")
				logIn();
			else if (event.code === "not_found")
				shutOut(event.message);
			else if (passes && joining)
				lost();
			else if (!["bad_state", "slow_consumer", "going_away"].includes(event.code))
				text(problem, event.message);
		},
	};

	function hangUp() {
		const old = socket;
		socket = null;
		live = joining = false;
		hear(false);
		if (old) {
			old.onopen = old.onmessage = old.onclose = null;
			old.close();
		}
	}

	function lost() {
		hangUp();
		const most = Math.min(BACK_OFF_MAX, 2 * BACK_OFF_MIN * 2 ** tries++);
		text(state, "Not connected. Trying again…");
		text(refresh, "Try now");
		refresh.hidden = false;
		timer = setTimeout(connect, BACK_OFF_MIN + Math.random() * (most - BACK_OFF_MIN));
		if (tries > 1)
			withoutSocket();
	}

	function connect() {
		clearTimeout(timer);
		if (over || socket)
			return;
		heard = Date.now();
		try {
			socket = new WebSocket(room.dataset.chat, "miniclass.v1");
		} catch (refused) {
			lost();
			return;
		}
		socket.onopen = () => {
			heard = Date.now();
			join();
		};
		socket.onclose = lost;
		socket.onmessage = (frame) => {
			heard = Date.now();
			const event = JSON.parse(frame.data);
			if (Object.hasOwn(on, event.type))
				on[event.type](event);
		};
		setTimeout(losesSilence, OPENS_WITHIN, heard + 1);
	}

	// The page can do it itself, and loses nothing by it.
	refresh.addEventListener("click", (event) => {
		if (over || isOld)
			return;
		event.preventDefault();
		hangUp();
		text(state, "Connecting…");
		connect();
		withoutSocket();
	});

	// The same rows by the other door, with the same client_ids.
	let asking = false;
	async function withoutSocket() {
		if (asking || over)
			return;
		asking = true;
		try {
			for (const entry of outbox.waiting()) {
				// What was given back meanwhile is not to be sent as well.
				if (over)
					return;
				const answer = await post(path, { body: entry.body, client_id: entry.key });
				// Below it is said for all of them.
				if (answer.status === 401 || answer.status === 404)
					break;
				if (answer.status < 300)
					outbox.stored(entry, answer.body.message.seq, last);
				else if (answer.status < 500 && answer.status !== 429)
					outbox.refused(entry, answer.body.detail);
			}
			let answer;
			do {
				answer = await ask(`${path}?after=${last}&limit=500`);
				if (answer.status === 401)
					logIn();
				else if (answer.status === 404)
					shutOut(answer.body.detail);
			} while (answer.status === 200 && answer.body.messages.length > 0 &&
				answer.body.messages.every(received) && last < answer.body.last_seq);
		} catch (failure) { /* The next try comes with the next attempt to connect. */ }
		asking = false;
	}

	// Compared with when a ping was sent, not with a time: hidden tabs get their turns late.  Where
	// nothing is refused the next try may be as silent: what waits goes by the other door at once.
	function losesSilence(since) {
		if (!socket || heard >= since)
			return;
		lost();
		withoutSocket();
	}

	function ping() {
		asked = Date.now();
		tell({ type: "ping" });
	}

	setInterval(() => {
		losesSilence(asked);
		ping();
	}, PING_EVERY);

	// Behind a sleep or in another network a connection may be dead and not know it.
	function wake() {
		connect();
		ping();
		setTimeout(losesSilence, WAKES_WITHIN, asked);
	}
	addEventListener("online", wake);

	// Who has sent something waits for it: not until the next ping.
	function isHeard(since) {
		if (heard < since)
			wake();
	}
	document.addEventListener("visibilitychange", () => {
		if (!document.hidden)
			wake();
	});
	addEventListener("offline", () => {
		if (socket)
			lost();
	});
	text(state, "Connecting…");
	connect();
})();
