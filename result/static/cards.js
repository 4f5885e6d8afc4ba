/* The cards of the dashboard: each draws its poll while it is on view. cards.html is the same. */

import { ngettext } from "/static/words.js";
import { drawState } from "./draw.js";
import { counted, extent, figure, standing } from "./figures.js";
import { Watch } from "./watch.js";

const LEADING = 4; // options on a card; dashboard.py says the same
const BETWEEN_DRAWS = 200; // ms: many cards move at once
const MARGIN = "200px 0px"; // around what is on view: who scrolls finds numbers

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Choose the options that are ahead, in the poll's order. */
function leading(options) {
  const ahead = new Set([...options].sort((a, b) => standing(b) - standing(a)).slice(0, LEADING));
  return options.filter((option) => ahead.has(option));
}

/** Show a snapshot on a card. */
function drawCard(card, { poll, options, ballots, hidden }) {
  const chart = card.querySelector("[data-mini]");
  const rest = card.querySelector("[data-rest]");
  const more = Math.max(0, options.length - LEADING);
  set(card.querySelector("h3 a"), poll.question);
  chart.hidden = hidden;
  if (!hidden) drawChart(chart, options, ballots);
  rest.hidden = hidden || !more;
  set(rest, more ? ngettext("and %(n)s more option", "and %(n)s more options", more) : "");
  card.querySelector("[data-hidden]").hidden = !hidden;
  set(card.querySelector("[data-ballots]"), hidden ? "" : counted(ballots));
  card.querySelector("[data-code]").hidden = poll.state !== "open";
}

function drawChart(chart, options, ballots) {
  const most = Math.max(0, ...options.map(standing));
  const rows = new Map([...chart.children].map((row) => [row.dataset.option, row]));
  const drawn = leading(options).map((option) => {
    const row = rows.get(String(option.id)) ?? newRow(chart, option.id);
    row.classList.toggle("bars-lead", most > 0 && standing(option) === most);
    set(row.querySelector(".mini-text"), option.text);
    set(row.querySelector(".mini-figure"), figure(option, ballots));
    row.querySelector("rect").setAttribute("width", `${extent(option)}%`);
    return row;
  });
  // Only where another option has come ahead: what is moved would not move smoothly.
  if (drawn.some((row, place) => row !== chart.children[place]) || drawn.length < rows.size) {
    chart.replaceChildren(...drawn);
  }
}

function newRow(chart, id) {
  const row = chart.firstElementChild.cloneNode(true);
  row.dataset.option = id;
  return row;
}

/** All cards of the page; those on view are watched. */
export class Wall {
  #watches = new Map(); // by card
  #snapshots = new Map(); // by card
  #undrawn = new Set();
  #eye = new IntersectionObserver((seen) => seen.forEach((each) => this.#see(each)), {
    rootMargin: MARGIN,
  });

  /** Look after these cards, and no others. */
  keep(cards) {
    const kept = new Set(cards);
    this.#eye.disconnect();
    for (const card of [...this.#watches.keys()]) if (!kept.has(card)) this.#leave(card);
    for (const card of kept) this.#eye.observe(card);
  }

  /** Tell whether a card shows the numbers of this moment. */
  isLive(card) {
    return this.#snapshots.has(card);
  }

  /** Tell how long each poll is open; give the cards that have no place here any more. */
  tell(now) {
    const lost = [];
    for (const [card, watch] of this.#watches) {
      const snapshot = this.#snapshots.get(card);
      if (snapshot) drawState(card, snapshot, now);
      const group = card.closest("[data-group]")?.dataset.group;
      const moved = snapshot && snapshot.poll.state !== group;
      if (moved || watch.look().state === "gone") lost.push(card);
    }
    return lost;
  }

  #see({ target, isIntersecting }) {
    if (!isIntersecting) this.#leave(target);
    else if (!this.#watches.has(target)) this.#enter(target);
  }

  #enter(card) {
    const { poll, name } = card.dataset;
    const watch = new Watch(poll, name, (snapshot) => this.#take(card, snapshot));
    this.#watches.set(card, watch);
    watch.start();
  }

  #leave(card) {
    this.#watches.get(card)?.stop();
    this.#watches.delete(card);
    this.#snapshots.delete(card);
    this.#undrawn.delete(card);
  }

  #take(card, snapshot) {
    if (snapshot.poll.state === "coming") return; // it was begun anew, and is on no list
    this.#snapshots.set(card, snapshot);
    if (!this.#undrawn.size) setTimeout(() => this.#draw(), BETWEEN_DRAWS);
    this.#undrawn.add(card);
  }

  #draw() {
    for (const card of this.#undrawn) drawCard(card, this.#snapshots.get(card));
    this.#undrawn.clear();
  }
}
