/* Times in the reader's own zone, and how long it is until they come. */

const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const exact = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });
const time = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });

const SOON = 24 * 3600; // seconds

export const day = (moment) => date.format(new Date(moment));
export const second = (moment) => exact.format(new Date(moment));
export const hour = (moment) => time.format(new Date(moment));

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
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = two(seconds % 60);
  return hours ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}

/** Say where a poll is in its life. words.html says the same, without counting down. */
export function state({ poll, final }, now) {
  if (final) return "Closed · final";
  if (poll.state === "closed") return "Closed · the last votes are being counted";
  const isComing = poll.state === "coming";
  const at = isComing ? poll.opens_at : poll.closes_at;
  if (!at) return "Open";
  const wait = left(at, now);
  if (wait === null) return isComing ? `Opens ${day(at)}` : `Open until ${day(at)}`;
  if (wait === "") return isComing ? "Opening…" : "Closing…";
  return isComing ? `Opens in ${wait}` : `Open · closes in ${wait}`;
}
