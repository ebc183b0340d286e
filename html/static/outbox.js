/*
 * What somebody writes in a room, until it is stored: it waits under its client_id and outlives the
 * page, in this tab: a reload, a log-in, the end of the class.  Whoever carries it to the server
 * (chat.js) says what became of it.
 */
"use strict";

const outbox = conversation && (() => {
	const { room, me, path, list, linked, isShown, text, append } = conversation;
	const $ = (id) => document.getElementById(id);
	const id = Number(room.dataset.room);
	const field = $("body"), problem = $("room-error"), unsent = $("unsent");
	const draft = `draft:${me}:${id}`, sending = `sending:${me}:${id}`;

	const was = JSON.parse(kept(sending) || "[]");

	/* --- the end of the room came first ----------------------------------------------------- */

	// By client_id: the same words may have been said before.
	async function notStored(entries) {
		let left = entries, after = Math.min(...entries.map((entry) => entry.after || 0)), answer;
		do {
			answer = await ask(`${path}?after=${after}&limit=500`);
			const known = new Set(answer.body.messages.map((message) => message.client_id));
			left = left.filter((entry) => !known.has(entry.key));
			after = answer.body.messages.at(-1)?.seq;
		} while (left.length && after < answer.body.last_seq);
		return left;
	}

	async function offerUnsent() {
		let left = was;
		try {
			if (left.length)
				left = await notStored(left);
		} catch (failure) { /* Rather too much than too little. */ }
		const words = [...left.map((entry) => entry.body), kept(draft)];
		unsent.value = unsent.value || words.filter(Boolean).join("\n\n");
		unsent.parentElement.hidden = !unsent.value;
	}
	if (unsent)
		offerUnsent();
	if (!room.dataset.chat || !field)
		return null;

	/* --- what waits ------------------------------------------------------------------------- */

	// Behind the messages, in the order typed; announced only once, as a message.
	const shown = make("ol");
	shown.setAttribute("aria-live", "off");
	list.after(shown);

	// { key, body, after, item, seq, failed }: written behind the message `after`; seq once it is
	// stored and not yet seen; failed once it was refused and found no place in the field.
	let entries = [];

	function keepDraft() {
		keep(draft, field.value);
	}

	function keepEntries() {
		const left = entries.filter((entry) => !entry.seq);
		keep(sending, left.length
			? JSON.stringify(left.map(({ key, body, after, failed }) => ({ key, body, after, failed }))) : "");
	}

	function forget(entry) {
		entry.item.remove();
		entries = entries.filter((other) => other !== entry);
		keepEntries();
	}

	function waits(entry) {
		return !entry.seq && !entry.failed;
	}

	// How many characters at the end have so many bytes, as messages are measured.
	function fromEnd(body, bytes) {
		const characters = Array.from(body).reverse();
		let n = 0;
		for (let left = bytes; left > 0; n++)
			left -= new TextEncoder().encode(characters[n]).length;
		return n;
	}

	// Half of a character, as of a torn emoji, is no text: nobody would take it.
	function whole(body) {
		return body.replace(/\p{Surrogate}/gu, "\ufffd");
	}

	function addButton(entry, words) {
		const button = make("button", "link", words);
		entry.item.append(" ", button);
		return button;
	}

	// "Sending" is not true for ever, as while the database is away.
	const SLOW_AFTER = 8000;
	function admit(entry) {
		if (!waits(entry))
			return;
		text(entry.item.querySelector(".sending"), "not sent yet, trying again…");
		copies(addButton(entry, "Copy"), entry.item.querySelector(".said"));
	}

	function newKey() {
		const bytes = crypto.getRandomValues(new Uint8Array(16));
		return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
	}

	function begin(key, body, after) {
		const item = make("li", "mine pending", make("p", "said", ...linked(body)),
			make("span", "sending", "sending…"));
		const entry = { key, body, after, item, seq: 0, failed: false };
		entries.push(entry);
		keepEntries();
		setTimeout(admit, SLOW_AFTER, entry);
		return entry;
	}

	// Refused once, it is not sent again unasked.
	function fail(entry) {
		entry.failed = true;
		entry.item.className = "mine failed";
		text(entry.item.querySelector(".sending"), "not sent");
		addButton(entry, "Take back").addEventListener("click", () => {
			putBack([entry]);
			field.focus();
		});
		keepEntries();
	}

	// As soon as the field is free, to be changed or thrown away.
	function offerFailed() {
		const entry = field.value ? null : entries.find((each) => each.failed);
		if (!entry)
			return;
		field.value = entry.body;
		text(problem, "This could not be sent.");
		keepDraft();
		forget(entry);
	}

	// What a browser keeps of a form it shows to whoever comes back to the page, also to the next person.
	field.autocomplete = "off";
	field.value = field.value || kept(draft);
	for (const { key, body, after, failed } of was) {
		const entry = begin(key, body, after);
		if (failed)
			fail(entry);
		if (failed || !isShown(body))
			append(shown, [entry.item]);
	}
	offerFailed();
	field.addEventListener("input", () => {
		keepDraft();
		text(problem, "");
	});

	// What is not stored yet would be lost with the tab.
	addEventListener("beforeunload", (event) => {
		if (entries.some((entry) => !entry.seq))
			event.preventDefault();
	});

	function putBack(lost) {
		field.value = [...lost.map((entry) => entry.body), field.value].filter(Boolean).join("\n\n");
		keepDraft();
		lost.forEach(forget);
	}

	return {
		waits,

		waiting() {
			return entries.filter(waits);
		},

		find(key) {
			return entries.find((entry) => entry.key === key);
		},

		// What is in the field, from now on under way; null: there is nothing, or too much.
		take(after, bytesMax) {
			const body = whole(field.value).trim().normalize("NFC");
			const surplus = new TextEncoder().encode(body).length - bytesMax;
			const n = surplus > 0 ? fromEnd(body, surplus) : 0;
			text(problem, n ? `This is too long: shorten it by ${n} character${n > 1 ? "s" : ""}.` : "");
			if (!body || surplus > 0)
				return null;
			const entry = begin(newKey(), body, after);
			append(shown, [entry.item]);
			field.value = "";
			keepDraft();
			offerFailed();
			return entry;
		},

		// The message may have been seen before, or comes later.
		stored(entry, seq, last) {
			if (seq <= last) {
				forget(entry);
				return;
			}
			entry.seq = seq;
			keepEntries();
		},

		seen(message) {
			for (const entry of entries.filter((entry) => entry.seq === message.seq))
				forget(entry);
			// Stored, but its ack is not here (yet): no need to see it twice.
			if (String(message.from.id) === me) {
				const same = entries.find((entry) => waits(entry) && entry.body === message.body);
				same?.item.remove();
			}
		},

		// For good: it is given back, unless something else is being written.
		refused(entry, words) {
			text(problem, words);
			if (!field.value) {
				field.value = entry.body;
				keepDraft();
				forget(entry);
				return;
			}
			fail(entry);
		},

		// Nothing goes any more: all of it is given back, to be copied.
		giveBack() {
			const left = entries.filter((entry) => !entry.seq);
			// Those whose words are in the conversation may be there, or may only sound alike.
			const doubtful = left.filter((entry) => !entry.item.isConnected);
			putBack(left.filter((entry) => entry.item.isConnected));
			if (doubtful.length)
				notStored(doubtful).catch(() => doubtful).then((lost) => {
					putBack(lost);
					doubtful.forEach(forget);
					field.form.hidden = !field.value;
				});
		},
	};
})();
