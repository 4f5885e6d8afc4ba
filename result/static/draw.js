/* Puts a snapshot on the page that the server has rendered, and words on its badges. */

import { day, hour, second, state as stateWords } from "./clock.js";
import { extent, figure, highest, number, standing, votes } from "./figures.js";
import { drawRounds } from "./rounds.js";

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show a snapshot. */
export function draw(page, snapshot) {
  const { poll, hidden } = snapshot;
  set(page.querySelector("h1"), poll.question);
  drawOptions(page.querySelector("[data-options]"), snapshot);
  drawTotal(page.querySelector("[data-total]"), snapshot);
  drawSeal(page, snapshot);
  page.querySelector("[data-silent]").hidden = !snapshot.worker_silent;
  page.querySelector("[data-hidden]").hidden = !hidden;
  page.querySelectorAll("[data-join]").forEach((way) => (way.hidden = poll.state !== "open"));
  const rounds = page.querySelector("[data-rounds]");
  if (rounds) drawRounds(rounds, snapshot);
}

/** Tell whether a page that the server has made for another kind of poll can show a snapshot. */
export function fits(page, { poll, options }) {
  const images = options.map((option) => option.image ?? "");
  const rules = [poll.kind, poll.visibility, poll.min_choices, poll.max_choices, poll.image ?? ""];
  return page.dataset.shape === [...rules, ...images].join(" ");
}

function drawOptions(list, { poll, options, ballots, hidden }) {
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
    row.querySelector(".bar rect").setAttribute("width", `${extent(option)}%`);
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
    bar.setAttribute("y", `${(100 - part).toFixed(2)}%`);
    bar.setAttribute("height", `${part}%`);
    set(column.querySelector("[data-count]"), number(given));
  });
}

function drawTotal(total, { ballots, waiting, hidden }) {
  const strong = (n) => Object.assign(document.createElement("strong"), { textContent: number(n) });
  total.replaceChildren(...(hidden ? [] : [strong(ballots), " counted · ", strong(waiting), " waiting"]));
}

function drawSeal(page, { sealed, hidden, final }) {
  const line = page.querySelector("[data-seal]");
  const broken = page.querySelector("[data-broken]");
  if (!sealed && !final && !line.hidden) {
    set(broken.lastElementChild, `This poll was opened again; the seal of ${line.dataset.at} is broken.`);
    broken.hidden = false;
  }
  line.hidden = !sealed;
  line.querySelector("[data-shown]").hidden = hidden;
  if (!sealed) return;
  broken.hidden = true;
  line.dataset.at = second(sealed);
  set(line.querySelector("[data-sealed]"), line.dataset.at);
}

/** Say where the poll is in its life, and how long it stays there. */
export function drawState(page, snapshot, now) {
  const badge = page.querySelector("[data-state]");
  badge.classList.toggle("badge-good", snapshot.poll.state === "open");
  set(badge, stateWords(snapshot, now));
}

/** Write the times on the page in the reader's own zone. */
export function drawTimes(page) {
  for (const time of page.querySelectorAll("time[datetime]")) {
    set(time, time.closest("[data-state]") ? day(time.dateTime) : second(time.dateTime));
  }
}

/** Say how live the page is. */
export function say(page, state, asOf) {
  const badge = page.querySelector("[data-live]");
  const live = state === "live";
  const numbers = asOf ? ` · numbers as of ${hour(asOf)}` : "";
  const words = {
    live: "Live",
    connecting: "Connecting…",
    reconnecting: `Reconnecting…${numbers}`,
    offline: `You are offline${numbers}`,
    stale: `Not live: no new numbers can be read${numbers}`,
    gone: "This poll is not shown any more",
  };
  badge.dataset.live = state;
  badge.classList.toggle("badge-good", live);
  badge.classList.toggle("badge-warn", !live && state !== "connecting");
  page.toggleAttribute("data-stale", !live && state !== "connecting");
  set(badge, words[state]);
}

const BETWEEN_WORDS = 10_000; // ms: who listens must get to the end of a sentence
let spokenAt = -BETWEEN_WORDS;
let waiting = null;

/** Read the numbers out to who cannot see them: the latest ones, now and then. */
export function speak(page, snapshot) {
  clearTimeout(waiting);
  const wait = Math.max(0, spokenAt + BETWEEN_WORDS - performance.now());
  waiting = setTimeout(() => {
    spokenAt = performance.now();
    set(page.querySelector("[data-spoken]"), sentence(snapshot));
  }, wait);
}

function sentence({ poll, options, ballots, hidden, final }) {
  if (hidden) return "";
  const each = options.map((option) => {
    const mean = "mean" in option ? `${figure(option, ballots)} of 5, ` : "";
    return `${option.text}: ${mean}${votes(option, poll.kind)}`;
  });
  return `${final ? "Final result. " : ""}${each.join(". ")}. ${number(ballots)} counted.`;
}
