/* The replay of a vote: the bars as they were at each sample of its timeline. */

import { _, hour, second } from "/static/words.js";
import { counted } from "./figures.js";

const LASTS = 12_000; // ms from the first sample to the last
const STEP = 100; // ms
const STILL = 1000; // ms between two steps, for who wants no movement
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The controls below the timeline, and the snapshot of the moment that they stand at. */
export class Replay {
  #box;
  #onMove;
  #timeline = null;
  #timer = null;
  #isOn = false;

  /** @param onMove is called when there is another moment to show, and when there is none. */
  constructor(page, onMove) {
    this.#box = page.querySelector("[data-replay]");
    this.#onMove = onMove;
    this.#find("play").addEventListener("click", () => this.#toggle());
    this.#find("present").addEventListener("click", () => this.#end());
    this.#find("moment").addEventListener("input", () => this.#seek());
  }

  /** Offer the replay where there is a picture of lines to play. */
  offer(place) {
    const lines = place.querySelectorAll(".chart-key li");
    this.#box.hidden = !lines.length && !this.#isOn;
  }

  /** Give the snapshot of the moment that is replayed, and when that was; null while it is off. */
  moment(latest) {
    if (!this.#isOn) return null;
    const index = Number(this.#find("moment").value);
    const { at, ballots, cast, options } = this.#timeline;
    return {
      at: at[index],
      snapshot: {
        ...latest,
        ballots: ballots[index],
        cast: cast[index],
        options: latest.options.map((option) => ({
          ...option,
          ...row(options.find(({ id }) => id === option.id), index),
        })),
      },
    };
  }

  #find(name) {
    return this.#box.querySelector(`[data-${name}]`);
  }

  async #load() {
    const answer = await fetch(this.#box.dataset.replay);
    const timeline = answer.ok ? await answer.json() : null;
    if (!timeline?.options.length) return false;
    this.#timeline = timeline;
    this.#find("moment").max = timeline.at.length - 1;
    this.#isOn = true;
    this.#find("present").hidden = false;
    return true;
  }

  async #toggle() {
    if (this.#timer) return this.#pause();
    const moment = this.#find("moment");
    if (!this.#isOn && !(await this.#load().catch(() => false))) return;
    if (Number(moment.value) === Number(moment.max)) moment.value = 0;
    this.#play(moment);
    this.#say();
  }

  #play(moment) {
    const step = still.matches ? STILL : STEP;
    const stride = Math.max(1, Math.round((Number(moment.max) * step) / LASTS));
    this.#timer = setInterval(() => {
      moment.value = Number(moment.value) + stride;
      if (Number(moment.value) === Number(moment.max)) this.#pause();
      this.#say();
    }, step);
    this.#find("play").textContent = _("Pause");
  }

  #pause() {
    clearInterval(this.#timer);
    this.#timer = null;
    this.#find("play").textContent = _("Replay");
  }

  async #seek() {
    const value = this.#find("moment").value;
    if (!this.#isOn) {
      // Before it knew how many there are, the slider had its own idea.
      if (!(await this.#load().catch(() => false))) return;
      this.#find("moment").value = value;
    }
    this.#pause();
    this.#say();
  }

  #end() {
    this.#pause();
    this.#isOn = false;
    this.#find("moment").value = 0;
    this.#find("moment").removeAttribute("aria-valuetext");
    this.#find("present").hidden = true;
    this.#find("play").focus();
    this.#onMove();
  }

  #say() {
    const moment = this.#find("moment");
    const index = Number(moment.value);
    const told = { time: second(this.#timeline.at[index]), counted: counted(this.#timeline.ballots[index]) };
    moment.setAttribute("aria-valuetext", _("%(time)s, %(counted)s", told));
    this.#onMove();
  }
}

function row(columns, index) {
  const names = Object.keys(columns ?? {}).filter((name) => Array.isArray(columns[name]));
  return Object.fromEntries(names.map((name) => [name, columns[name][index]]));
}

/** Say that what is shown is a replay, and of when; and point at it on the picture. */
export function drawReplay(page, at) {
  const badge = page.querySelector("[data-replaying]");
  page.toggleAttribute("data-replayed", at !== null);
  badge.hidden = at === null;
  page.querySelector("[data-live]").hidden = at !== null;
  if (at !== null) badge.textContent = _("Replay · %(time)s", { time: hour(at) });
  const cursor = page.querySelector("[data-cursor]");
  cursor?.setAttribute("visibility", at === null ? "hidden" : "visible");
  if (cursor && at !== null) point(cursor, at);
}

function point(cursor, at) {
  const { from, to } = cursor.closest("[data-from]").dataset;
  const part = (Date.parse(at) - Date.parse(from)) / (Date.parse(to) - Date.parse(from));
  for (const end of ["x1", "x2"]) {
    cursor.setAttribute(end, `${Math.min(1, Math.max(0, part)) * 100}%`);
  }
}
