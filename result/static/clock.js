/* Where a poll is in its life, and how long it is until something comes, or since it was. */

import { _, day } from "/static/words.js";

export { day, hour, second } from "/static/words.js";

const ago = new Intl.RelativeTimeFormat(document.documentElement.lang || "en-GB", {
  style: "short",
  numberingSystem: "latn",
});

const MINUTE = 60;
const HOUR = 3600;
const SOON = 24 * HOUR; // seconds

/**
 * Say how long it is until a moment: "2:05", "3:10:00"; null where that is more than a day, and an
 * empty text where it has come.
 *
 * @param now ms since 1970, by the server's clock.
 */
export function left(moment, now) {
  const seconds = Math.ceil((Date.parse(moment) - now) / 1000);
  if (seconds > SOON) return null;
  if (seconds <= 0) return "";
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / HOUR), Math.floor(seconds / MINUTE) % 60];
  const rest = two(seconds % MINUTE);
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Say when the last vote came, as long ago as it is by the server's clock. */
export function lastVote(moment, now) {
  const seconds = Math.max(0, Math.floor((now - Date.parse(moment)) / 1000));
  if (seconds >= SOON) return _("Last vote: %(time)s", { time: day(moment) });
  if (seconds < 1) return _("Last vote just now");
  return _("Last vote %(ago)s", { ago: since(seconds) });
}

function since(seconds) {
  if (seconds < MINUTE) return ago.format(-seconds, "second");
  if (seconds < HOUR) return ago.format(-Math.floor(seconds / MINUTE), "minute");
  return ago.format(-Math.floor(seconds / HOUR), "hour");
}

/** Say where a poll is in its life. words.html says the same, without counting down. */
export function state({ poll, final, differs }, now) {
  if (differs) return _("Closed · numbers in doubt");
  if (final) return _("Closed · final");
  if (poll.state === "closed") return _("Closed · the last votes are being counted");
  return poll.state === "coming" ? coming(poll.opens_at, now) : open(poll.closes_at, now);
}

function coming(at, now) {
  const time = left(at, now);
  if (time === null) return _("Opens %(time)s", { time: day(at) });
  return time ? _("Opens in %(time)s", { time }) : _("Opening…");
}

function open(at, now) {
  if (!at) return _("Open");
  const time = left(at, now);
  if (time === null) return _("Open until %(time)s", { time: day(at) });
  return time ? _("Open · closes in %(time)s", { time }) : _("Closing…");
}
