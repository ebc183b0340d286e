/*
 * How far somebody has read a discussion or a private thread, as it goes on while the page is open:
 * what it began with the server has marked.  Only what comes while the page is seen is read.
 */
"use strict";

const reading = (() => {
	const room = document.getElementById("room");
	if (!room || room.dataset.reads === undefined)
		return { upTo() { /* In a live class nothing is marked. */ } };

	// One request for all that comes meanwhile, not one for each message to each reader; and each
	// reader at times of their own.
	const TELL_AFTER = 3000;
	const path = `/rooms/${Number(room.dataset.room)}/read`;
	let came = Number(room.dataset.seen), read = came, told = came, timer = 0;

	function tell() {
		clearTimeout(timer);
		timer = 0;
		if (read <= told)
			return;
		told = read;
		// It outlives the page.  What could not be told is told with the next one, or seen again.
		post(path, { seq: read }, { keepalive: true })
			.then((answer) => answer.status === 204 || Promise.reject(new Error(answer.body.detail)))
			.catch(() => { told = 0; });
	}

	function look() {
		if (document.hidden)
			return;
		read = came;
		timer ||= setTimeout(tell, TELL_AFTER * Math.random());
	}

	document.addEventListener("visibilitychange", () => {
		look();
		if (document.hidden)
			tell();
	});
	// Before the next page is asked for, which is to say what is still new: a link has the focus before it
	// is followed, and what is told only then comes too late.
	document.addEventListener("focusin", tell);
	addEventListener("beforeunload", tell);
	addEventListener("pagehide", tell);

	return {
		upTo(seq) {
			came = seq;
			look();
		},
	};
})();
