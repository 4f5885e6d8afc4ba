/* Times in the reader's own zone, and how long it is until a poll opens or closes. */

import { _, longDay } from "/static/words.js";

const DAY = 86_400, HOUR = 3600, MINUTE = 60; // seconds

/** Write all times as the reader's clock says them, and let the countdowns run. */
export function run() {
  for (const time of document.querySelectorAll("time[datetime]")) rewrite(time);
  tick();
  if (document.querySelector("[data-left]")) setInterval(tick, 1000);
}

/** Let a countdown end so many seconds from now, and the time beside it say when. */
export function set(place, seconds, moment) {
  const clock = place.querySelector("[data-left]"), time = place.querySelector("time");
  clock.dataset.left = seconds;
  clock.dataset.since = Date.now();
  time.dateTime = moment;
  rewrite(time);
  tick();
}

function rewrite(time) {
  time.textContent = longDay(time.dateTime);
}

// The server says how long it was when it wrote the page, for the reader's clock may be wrong.
const loaded = Date.now();
function tick() {
  for (const clock of document.querySelectorAll("[data-left]")) {
    const gone = (Date.now() - (clock.dataset.since ?? loaded)) / 1000;
    const time = written(Math.ceil(Number(clock.dataset.left) - gone));
    clock.textContent = time && said[clock.dataset.what](time);
  }
}

const said = {
  opens: (time) => _("Opens in %(time)s", { time }),
  closes: (time) => _("Closes in %(time)s", { time }),
};

// Days and hours far away, minutes and seconds near; nothing once it has come.
function written(seconds) {
  if (seconds <= 0) return "";
  const two = (number) => String(number).padStart(2, "0");
  const days = Math.floor(seconds / DAY), hours = Math.floor(seconds / HOUR) % 24;
  const minutes = Math.floor(seconds / MINUTE) % 60;
  if (days) return _("%(days)s d %(hours)s h", { days, hours });
  if (hours) return _("%(hours)s h %(minutes)s min", { hours, minutes: two(minutes) });
  return `${minutes}:${two(seconds % MINUTE)}`;
}
