/* One poll on the stage: its place on the screen, kept up to date, and what has happened to it. */

import { left } from "./clock.js";
import { draw, drawState, drawTimes, fits, say, speak } from "./draw.js";
import { fit } from "./fit.js";
import { drawVerdict } from "./verdict.js";
import { Watch } from "./watch.js";

const LAST = 60; // seconds that are counted down in large figures
const VERY_LAST = 10;

/** Where a poll is shown, with the same ways as on the page at hand. */
export const address = (name) => `/result/${encodeURIComponent(name)}/present${location.search}`;

export class Slide {
  #watch = null;
  #onChange;
  #curtain;
  #isToBeCelebrated;
  #renewing = null;
  #drawn = null;
  #fitted = "";
  latest = null;
  /** What to ask for it by: its organiser knows more of it than the show says. */
  slug = null;

  /** @param onChange is called with this slide when there is something new about it. */
  constructor(name, element, onChange) {
    this.name = name;
    this.element = element;
    this.#onChange = onChange;
    this.#curtain = this.#isToBeCelebrated = element.hasAttribute("data-curtain");
    this.#begin();
  }

  /** Fetch a slide that is not on the page yet. */
  static async load(name, onChange) {
    return new Slide(name, await fetched(name), onChange);
  }

  /** The poll's id; null where nobody can tell it. A draft may be named by its id. */
  get poll() {
    const { poll, waits } = this.element.dataset;
    return poll ?? waits ?? (/^\d+$/.test(this.name) ? this.name : null);
  }

  get isPublic() {
    return "poll" in this.element.dataset;
  }

  get title() {
    return this.element.querySelector("h1").textContent;
  }

  /** Whether the numbers are covered on this screen. */
  get curtain() {
    return this.#curtain;
  }

  set curtain(down) {
    this.#curtain = down;
    this.element.toggleAttribute("data-curtain", down);
    this.element.querySelector("[data-spoken]").textContent = "";
    this.#onChange(this);
  }

  /** Tell, once, that the result is there and seen for the first time. */
  takeJoy() {
    const { final, hidden, ballots, differs } = this.latest ?? {};
    const mayBe = final && !hidden && !differs && ballots > 0;
    const isTime = this.#isToBeCelebrated && mayBe && !this.#curtain;
    if (isTime) this.#isToBeCelebrated = false;
    return Boolean(isTime);
  }

  /** Make it anew as the server has it now: the poll was changed, or may have become public. */
  renew() {
    this.#renewing ??= this.#fetch().finally(() => (this.#renewing = null));
    return this.#renewing;
  }

  /** Put on the screen what is latest, and what comes from the passing of time and from silence;
   * tells whether numbers have moved. */
  paint() {
    if (!this.isPublic) return false;
    const { state, asOf, now } = this.#watch.look();
    say(this.element, state, asOf);
    if (!this.latest || !fits(this.element, this.latest)) return false;
    drawState(this.element, this.latest, now);
    drawClock(this.element.querySelector("[data-clock]"), this.latest, now);
    const hasMoved = this.#drawn !== this.latest;
    if (hasMoved) this.#draw(this.latest);
    this.#fit();
    return hasMoved;
  }

  /** Read the numbers out, if they may be seen. */
  speak() {
    if (this.latest && !this.#curtain) speak(this.element, this.latest);
  }

  async #fetch() {
    const element = await fetched(this.slug ?? this.name);
    const isPublic = "poll" in element.dataset || this.isPublic;
    if (!isPublic && element.dataset.opens === this.element.dataset.opens) return;
    this.element.replaceWith(element);
    this.element = element;
    element.toggleAttribute("data-curtain", this.#curtain);
    this.#drawn = null;
    this.#begin();
    this.#onChange(this);
    fit(element);
  }

  #begin() {
    drawTimes(this.element);
    if (!this.isPublic || this.#watch) return;
    const { name, receipt } = this.element.dataset;
    this.#watch = new Watch(this.poll, name, (news) => this.#take(news), receipt);
    this.#watch.start();
  }

  #take(snapshot) {
    const was = this.latest ?? { final: this.element.hasAttribute("data-final") };
    if (snapshot.final && !was.final) this.#isToBeCelebrated = true;
    this.latest = snapshot;
    if (!fits(this.element, snapshot)) setTimeout(() => this.renew().catch(() => {}), 300);
    this.#onChange(this);
  }

  #draw(snapshot) {
    const { poll, final } = snapshot;
    draw(this.element, snapshot);
    drawVerdict(this.element, snapshot);
    this.element.querySelector("[data-ways]").hidden = !["open", "coming"].includes(poll.state);
    this.element.toggleAttribute("data-final", final);
    this.#drawn = snapshot;
  }

  /* Laying out is dear: only where there may be more to show, or longer words, than before. */
  #fit() {
    const { poll, ballots, final, hidden } = this.latest;
    const isLast = !this.element.querySelector("[data-clock]").hidden;
    const extent = [poll.question, poll.state, final, hidden, isLast, String(ballots).length].join();
    if (extent !== this.#fitted) fit(this.element);
    this.#fitted = extent;
  }
}

async function fetched(name) {
  const answer = await fetch(address(name), { headers: { Accept: "text/html" } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const element = page.querySelector("[data-slide]");
  if (!element) throw new Error(`status ${answer.status}`);
  return document.adoptNode(element);
}

function drawClock(clock, { poll, final }, now) {
  const seconds = Math.ceil((Date.parse(poll.closes_at) - now) / 1000);
  const isNear = poll.state === "open" && !final && seconds > 0 && seconds <= LAST;
  const text = isNear ? left(poll.closes_at, now) : "";
  clock.hidden = !isNear;
  clock.toggleAttribute("data-last", isNear && seconds <= VERY_LAST);
  if (clock.textContent !== text) clock.textContent = text;
}
