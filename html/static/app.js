/* Comforts only: every page works without this file. */
"use strict";

// Times in the reader's own zone and language.
(function () {
	var both = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
	var clock = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });
	var date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

	document.querySelectorAll("time[datetime]").forEach(function (element) {
		var time = new Date(element.dateTime);
		if (isNaN(time))
			return;
		// Behind another time of the same day the clock is enough.
		var since = element.dataset.since && new Date(element.dataset.since);
		var short = since && date.format(since) === date.format(time);
		element.title = short ? both.format(time) : element.textContent;
		element.textContent = (short ? clock : element.dataset.format === "date" ? date : both).format(time);
	});
})();

// On a phone the tabs are wider than the screen: the one that is open is in sight.
(function () {
	var tab = document.querySelector(".tabs [aria-current]");
	var tabs = tab && tab.parentElement;
	if (tabs)
		tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
})();

// Copy buttons stay hidden where they could not work.
if (navigator.clipboard)
	document.querySelectorAll("button[data-copy]").forEach(function (button) {
		var source = document.getElementById(button.dataset.copy);
		if (!source)
			return;
		button.hidden = false;
		button.addEventListener("click", function () {
			navigator.clipboard.writeText(source.href || source.textContent.trim()).then(function () {
				var label = button.textContent;
				button.textContent = button.dataset.done;
				setTimeout(function () { button.textContent = label; }, 2000);
			});
		});
	});

document.addEventListener("submit", function (event) {
	var question = event.target.dataset.confirm;
	if (question && !window.confirm(question))
		event.preventDefault();
});

// Control and Enter send the message that is being written.
document.addEventListener("keydown", function (event) {
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.form &&
		event.target.tagName === "TEXTAREA")
		event.target.form.requestSubmit();
});
