/* Keeps the dashboard right: live cards, polls that come and go, and a search as one types. */

import { ngettext } from "/static/words.js";
import { Wall } from "./cards.js";
import { drawTimes, say } from "./draw.js";
import { line } from "./line.js";

const AFTER_A_LETTER = 200; // ms
const BETWEEN_LOOKS = [30_000, 60_000]; // ms between two looks for new polls, not all at once
const AFTER_A_CHANGE = [500, 3000]; // ms until what was opened or closed gets its new place

const page = document.querySelector("[data-made-at]");
const list = page.querySelector("[data-list]");
const form = page.querySelector("[data-search]");
const news = page.querySelector("[data-news]");
const wall = new Wall();

const between = ([least, most]) => least + Math.random() * (most - least);
const cardsOf = (part) => [...part.querySelectorAll("[data-poll]")];

/* ---- the list, as the server makes it ------------------------------------------------------- */

let asking = new AbortController();
let next = 0; // the timer of the next look
let nextAt = Infinity;
let isSought = false; // who searches has not been told yet what was found

/** Ask for the list at this address, and show it where it is another one. */
async function look(address = location.href) {
  asking.abort();
  asking = new AbortController();
  try {
    const answer = await fetch(address, { signal: asking.signal });
    if (answer.ok) {
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      tellFound();
    }
  } catch {
    // Another question came first, or there is no network: the badge says so.
  }
  lookAfter(between(BETWEEN_LOOKS));
}

function lookAfter(wait) {
  clearTimeout(next);
  nextAt = performance.now() + wait;
  next = setTimeout(() => (document.hidden ? lookAfter(wait) : look()), wait);
}

function show(made) {
  const fresh = made.querySelector("[data-list]");
  list.removeAttribute("aria-busy");
  if (!fresh || shape(fresh) === shape(list)) return;
  drawTimes(fresh);
  const focused = document.activeElement?.closest("[data-poll]")?.dataset.poll;
  const known = new Map(cardsOf(list).map((card) => [card.dataset.poll, card]));
  for (const card of cardsOf(fresh)) {
    const old = known.get(card.dataset.poll);
    if (old && wall.isLive(old)) card.replaceWith(old);
    else if (!old) card.classList.add("poll-card-new");
  }
  list.replaceChildren(...fresh.childNodes);
  wall.keep(cardsOf(list));
  // What is moved loses the focus.
  if (focused) list.querySelector(`[data-poll="${focused}"] a`)?.focus({ preventScroll: true });
}

/* What tells one list from another: its parts, and which polls are in them. */
function shape(part) {
  const marked = part.querySelectorAll("[data-tab], [data-group], [data-poll], .dash-none, .dash-pages");
  const each = [...marked].map((element) => {
    const { poll, group } = element.dataset;
    const words = element.textContent.replace(/\s+/g, " ");
    return poll ?? group ?? `${words} ${element.getAttribute("aria-current")}`;
  });
  return each.join("\n");
}

/* ---- search --------------------------------------------------------------------------------- */

const box = form.querySelector("[name=q]");
let typing = 0;

function search() {
  const asked = [...new FormData(form)].filter(([, value]) => value.trim());
  const query = new URLSearchParams(asked).toString();
  const address = query ? `/result/?${query}` : "/result/";
  history.replaceState(null, "", address);
  list.setAttribute("aria-busy", "true");
  isSought = true;
  look(address);
}

/* By whichever look has the answer first: one that comes in between takes the place of the search's. */
function tellFound() {
  if (!isSought) return;
  isSought = false;
  const { length } = cardsOf(list);
  news.textContent = ngettext("%(n)s poll found", "%(n)s polls found", length);
}

form.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(search, AFTER_A_LETTER);
});
if (box.value !== box.defaultValue) search(); // typed before this script was there

/* ---- the passing of time -------------------------------------------------------------------- */

/* Silence is an event that nobody sends, and so is the opening of a poll. */
function tell() {
  const { state, asOf, now } = line.look();
  if (cardsOf(list).length) say(page, state, asOf);
  const wait = between(AFTER_A_CHANGE);
  if (wall.tell(now).length && performance.now() + wait < nextAt) lookAfter(wait);
}

drawTimes(page);
wall.keep(cardsOf(list));
tell();
setInterval(tell, 500);
lookAfter(between(BETWEEN_LOOKS));
for (const event of ["online", "offline", "pageshow"]) addEventListener(event, tell);
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  tell();
  if (performance.now() > nextAt) look();
});
