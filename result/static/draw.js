/* Puts a snapshot on a page that the server has rendered, and words on its badges.
 *
 * A page is any element that holds some of these parts; what it does not hold is left out:
 *
 *   h1, [data-options] with a row [data-option] for each option (bars.html), [data-counted],
 *   [data-waiting], [data-turnout], [data-voters], [data-changed], [data-seal], [data-broken],
 *   [data-differs], [data-silent], [data-hidden], [data-join], [data-state], [data-live],
 *   [data-as-of], [data-spoken]
 */

import { _, day, hour, number, second } from "/static/words.js";
import { lastVote, state as stateWords } from "./clock.js";
import {
  counted,
  extent,
  figure,
  highest,
  standing,
  turnout,
  voters,
  votes,
  waiting,
} from "./figures.js";

function set(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function show(element, isShown) {
  if (element) element.hidden = !isShown;
}

/** Show a snapshot. */
export function draw(page, snapshot) {
  const { poll, hidden } = snapshot;
  set(page.querySelector("h1"), poll.question);
  drawOptions(page.querySelector("[data-options]"), snapshot);
  drawTotal(page, snapshot);
  drawSeal(page, snapshot);
  drawDoubt(page, snapshot);
  show(page.querySelector("[data-silent]"), snapshot.worker_silent);
  show(page.querySelector("[data-hidden]"), hidden);
  page.querySelectorAll("[data-join]").forEach((way) => show(way, poll.state === "open"));
  page.querySelectorAll("[data-order], [data-course]").forEach((part) => show(part, !hidden));
}

/** Tell whether a page that the server has made for another kind of poll can show a snapshot. */
export function fits(page, { poll, options }) {
  const images = options.map((option) => option.image ?? "");
  const rules = [poll.kind, poll.visibility, poll.min_choices, poll.max_choices, poll.image ?? ""];
  return page.dataset.shape === [...rules, ...images].join(" ");
}

function drawOptions(list, { poll, options, ballots, hidden }) {
  if (!list) return;
  list.toggleAttribute("data-hidden-numbers", hidden);
  const most = Math.max(0, ...options.map(standing));
  const top = highest(options, "distribution");
  const rows = new Map([...list.children].map((row) => [row.dataset.option, row]));
  options.forEach((option) => {
    const row = rows.get(String(option.id)) ?? addRow(list, option.id);
    rows.delete(String(option.id));
    row.classList.toggle("bars-lead", most > 0 && standing(option) === most);
    set(row.querySelector(".bars-text"), option.text);
    set(row.querySelector("[data-votes]"), hidden ? "" : votes(option, poll.kind));
    set(row.querySelector("[data-share]"), hidden ? "" : figure(option, ballots));
    write(row.querySelector(".bar rect"), "width", `${extent(option)}%`);
    drawSpread(row, option.distribution ?? [], top);
  });
  for (const row of rows.values()) row.remove();
}

function addRow(list, id) {
  const row = list.firstElementChild.cloneNode(true);
  row.dataset.option = id;
  return list.appendChild(row);
}

function drawSpread(row, distribution, top) {
  row.querySelectorAll("[data-spread] > li").forEach((column, index) => {
    const given = distribution[index] ?? 0;
    const part = Math.round((given / top) * 10_000) / 100;
    const bar = column.querySelector("rect");
    write(bar, "y", `${(100 - part).toFixed(2)}%`);
    write(bar, "height", `${part}%`);
    set(column.querySelector("[data-count]"), number(given));
  });
}

/* What is written again unchanged is laid out again all the same. */
function write(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function drawTotal(page, snapshot) {
  const { hidden } = snapshot;
  set(page.querySelector("[data-counted]"), hidden ? "" : counted(snapshot.ballots));
  set(page.querySelector("[data-waiting]"), hidden ? "" : `· ${waiting(snapshot.waiting)}`);
  set(page.querySelector("[data-turnout]"), hidden ? "" : turnout(snapshot));
  set(page.querySelector("[data-voters]"), voters(snapshot));
}

function drawDoubt(page, { differs }) {
  const notice = page.querySelector("[data-differs]");
  show(notice, Boolean(differs));
  notice?.querySelectorAll("[data-from]").forEach((from) => show(from, from.dataset.from === differs));
}

function drawSeal(page, { sealed, hidden, final, differs }) {
  const line = page.querySelector("[data-seal]");
  const broken = page.querySelector("[data-broken]");
  if (!line) return;
  if (broken && !sealed && !final && !line.hidden) {
    const opened = _("This poll was opened again; the seal of %(sealed)s is broken.", {
      sealed: line.dataset.at,
    });
    set(broken.lastElementChild, opened);
    show(broken, true);
  }
  show(line, Boolean(sealed) && !differs);
  show(line.querySelector("[data-shown]"), !hidden);
  if (!sealed) return;
  show(broken, false);
  line.dataset.at = second(sealed);
  set(line.querySelector("[data-sealed]"), line.dataset.at);
}

/** Say where the poll is in its life, how long it stays there, and when the last vote came. */
export function drawState(page, snapshot, now) {
  const badge = page.querySelector("[data-state]");
  badge?.classList.toggle("badge-good", snapshot.poll.state === "open");
  set(badge, stateWords(snapshot, now));
  const at = snapshot.changed_at;
  set(page.querySelector("[data-changed]"), at ? lastVote(at, now) : "");
}

/** Write the times on the page in the reader's own zone. */
export function drawTimes(page) {
  for (const time of page.querySelectorAll("time[datetime]")) {
    set(time, time.closest("[data-state]") ? day(time.dateTime) : second(time.dateTime));
  }
}

const STATES = {
  live: () => _("Live"),
  connecting: () => _("Connecting…"),
  reconnecting: (time) =>
    time ? _("Reconnecting… · numbers as of %(time)s", { time }) : _("Reconnecting…"),
  offline: (time) =>
    time ? _("You are offline · numbers as of %(time)s", { time }) : _("You are offline"),
  stale: (time) =>
    time
      ? _("Not live: no new numbers can be read · numbers as of %(time)s", { time })
      : _("Not live: no new numbers can be read"),
  gone: () => _("This poll is not shown any more"),
};

const BEAT = 1000; // ms

/** Say how live the page is. */
export function say(page, state, asOf) {
  const badge = page.querySelector("[data-live]");
  const live = state === "live";
  const isOld = !live && state !== "connecting";
  badge.dataset.live = state;
  // In steps: what glides costs a frame at every refresh of the screen, for as long as one looks.
  badge.toggleAttribute("data-beat", live && Math.floor(performance.now() / BEAT) % 2 === 1);
  badge.classList.toggle("badge-good", live);
  badge.classList.toggle("badge-warn", isOld);
  page.toggleAttribute("data-stale", isOld);
  set(badge, STATES[state](asOf && hour(asOf)));
  if (asOf) set(page.querySelector("[data-as-of]"), second(asOf));
}

const BETWEEN_WORDS = 10_000; // ms: who listens must get to the end of a sentence
let spokenAt = -BETWEEN_WORDS;
let speaking = null;

/** Read the numbers out to who cannot see them: the latest ones, now and then. */
export function speak(page, snapshot) {
  clearTimeout(speaking);
  const wait = Math.max(0, spokenAt + BETWEEN_WORDS - performance.now());
  speaking = setTimeout(() => {
    spokenAt = performance.now();
    set(page.querySelector("[data-spoken]"), sentences(snapshot).join(" "));
  }, wait);
}

function sentences({ poll, options, ballots, hidden, final, differs }) {
  if (hidden) return [];
  const each = options.map((option) => {
    const told = { option: option.text, votes: votes(option, poll.kind) };
    if (!("mean" in option)) return _("%(option)s: %(votes)s.", told);
    return _("%(option)s: %(mean)s of 5, %(votes)s.", { ...told, mean: figure(option, ballots) });
  });
  const doubt = differs ? [_("These numbers are in doubt.")] : [];
  const end = final && !differs ? [_("Final result.")] : doubt;
  const closed = poll.state === "closed" && !final ? [_("The last votes are being counted.")] : [];
  return [...end, ...closed, ...each, _("%(counted)s.", { counted: counted(ballots) })];
}
