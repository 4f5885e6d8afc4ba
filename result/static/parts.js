/* The pictures on the page that the server draws: fetched again when the numbers have changed, now
 * and then, and only while somebody looks at them. */

import { drawTimes } from "./draw.js";

const REST = 3000; // ms between two fetches
const SPREAD = 2000; // ms: not everybody in the same moment

/**
 * One picture: an element with the address of its HTML in `data-part`, and in `data-follows` the
 * field of a snapshot that it shows. `data-of` is what that was when the page was made with it.
 */
export class Part {
  #place;
  #receive;
  #shown; // what the numbers were when it was drawn
  #latest = null;
  #isSeen = false;
  #isHeld = false;
  #html = null;
  #timer = null;

  /** @param receive is called with the place when it has a new picture. */
  constructor(place, receive = () => {}) {
    this.#place = place;
    this.#receive = receive;
    this.#shown = JSON.stringify(JSON.parse(place.dataset.of ?? "null"));
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.#isSeen = isIntersecting;
      this.#plan(0);
    }).observe(place);
    document.addEventListener("visibilitychange", () => this.#plan(0));
  }

  /** Take note of a snapshot. */
  take(snapshot) {
    this.#latest = JSON.stringify([snapshot[this.#place.dataset.follows], snapshot.final]);
    this.#plan(Math.random() * SPREAD);
  }

  /** Keep the picture as it is, or no more. */
  hold(isHeld) {
    this.#isHeld = isHeld;
    this.#plan(0);
  }

  #plan(wait) {
    const isDue = this.#latest !== null && this.#latest !== this.#shown;
    if (!isDue || !this.#isSeen || this.#isHeld || document.hidden || this.#timer) return;
    this.#timer = setTimeout(() => this.#fetch(), wait);
  }

  async #fetch() {
    const asked = this.#latest;
    try {
      const answer = await fetch(this.#place.dataset.part);
      const html = answer.ok && !this.#isHeld ? await answer.text() : null;
      if (html !== null) {
        this.#put(html);
        // The server draws now and then: what it gave may be a little older than the numbers here,
        // and is asked for once more. The same again is all there is.
        const { drawn } = this.#place.querySelector("[data-drawn]")?.dataset ?? {};
        if (!drawn || asked.startsWith(`[${drawn},`) || html === this.#html) this.#shown = asked;
        this.#html = html;
      }
    } catch {
      // Offline: the page says so, and the next numbers bring the next attempt.
    }
    setTimeout(() => this.#rest(), REST);
  }

  #rest() {
    this.#timer = null;
    this.#plan(Math.random() * SPREAD);
  }

  #put(html) {
    const open = this.#place.querySelector("details")?.open;
    const read = this.#place.querySelector("[tabindex]")?.scrollLeft ?? 0;
    const hadFocus = this.#focused();
    this.#place.innerHTML = html;
    const details = this.#place.querySelector("details");
    if (details && open) details.open = true;
    if (read) this.#place.querySelector("[tabindex]").scrollLeft = read;
    if (hadFocus) this.#place.querySelector(hadFocus)?.focus({ preventScroll: true });
    drawTimes(this.#place);
    this.#receive(this.#place);
  }

  #focused() {
    const focused = this.#place.contains(document.activeElement) ? document.activeElement : null;
    return focused?.matches("summary, [tabindex]") ? focused.localName : null;
  }
}
