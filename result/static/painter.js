/* Paints now and then, however often it is asked: what comes in between is not worth a frame. */

const GAP = 55; // ms: less than 20 times a second, in whatever rhythm the screen is refreshed
const LONG = 450; // ms: a little more than a bar takes to move

/** Paints a page at most 20 times a second. */
export class Painter {
  #page;
  #paint;
  #painted = -GAP;
  #moved = -LONG;
  #isAsked = false;

  /** @param paint puts on the page what is latest; tells whether numbers have moved. */
  constructor(page, paint) {
    this.#page = page;
    this.#paint = paint;
  }

  /** See to it that the page is painted soon. */
  ask() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    const wait = Math.max(0, this.#painted + GAP - performance.now());
    setTimeout(() => requestAnimationFrame(() => this.#go()), wait);
  }

  /* Bars that are told where to go before they have arrived do not glide, they step: gliding costs
   * a frame at every refresh of the screen, and would show numbers that never were. */
  #go() {
    this.#isAsked = false;
    this.#painted = performance.now();
    if (!this.#paint()) return;
    this.#page.toggleAttribute("data-rapid", this.#painted - this.#moved < LONG);
    this.#moved = this.#painted;
  }
}
