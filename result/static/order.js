/* The order of the bars: as in the poll, or the highest first. They change places when somebody
 * asks for it and when the numbers are final, and never while one reads them. */

import { standing } from "./figures.js";

const MOVE = { duration: 500, easing: "cubic-bezier(0.2, 0.7, 0.2, 1)" };
const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The links that choose the order, and the order itself. */
export class Order {
  #list;
  #links;
  #key;
  #by;
  #isFinal = null;
  #options = [];

  constructor(page) {
    this.#list = page.querySelector("[data-options]");
    this.#links = [...page.querySelectorAll("[data-order] [data-by]")];
    this.#key = `order:${page.dataset.poll}`;
    const asked = new URLSearchParams(location.search).get("order");
    this.#by = (asked ?? this.#kept()) === "votes" ? "votes" : "poll";
    for (const link of this.#links) {
      link.addEventListener("click", (event) => this.#choose(event, link.dataset.by));
    }
  }

  /** Take note of a snapshot; the first one, and the final one, are put into the order chosen. */
  take({ options, final }) {
    const isDue = this.#isFinal !== final && (this.#isFinal === null || final);
    this.#isFinal = final;
    this.#options = options;
    if (isDue) this.#sort();
  }

  #choose(event, by) {
    if (event.ctrlKey || event.metaKey || event.shiftKey || this.#isFinal === null) return;
    event.preventDefault();
    this.#by = by;
    this.#keep();
    this.#sort();
  }

  /* A browser may be told to keep nothing. */
  #kept() {
    try {
      return localStorage.getItem(this.#key);
    } catch {
      return null;
    }
  }

  #keep() {
    try {
      localStorage.setItem(this.#key, this.#by);
    } catch {
      // Then it holds for as long as the page is open.
    }
  }

  #sort() {
    for (const link of this.#links) {
      if (link.dataset.by === this.#by) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    const sorted = [...this.#options];
    if (this.#by === "votes") sorted.sort((a, b) => standing(b) - standing(a));
    this.#place(sorted.map(({ id }) => this.#list.querySelector(`[data-option="${id}"]`)));
  }

  /* The rows go where they belong at once, and are then shown on their way there. */
  #place(rows) {
    if (rows.every((row, index) => row === this.#list.children[index])) return;
    const before = rows.map((row) => row.getBoundingClientRect());
    this.#list.append(...rows);
    if (still.matches) return;
    rows.forEach((row, index) => {
      const { left, top } = row.getBoundingClientRect();
      const [x, y] = [before[index].left - left, before[index].top - top];
      if (x || y) row.animate([{ transform: `translate(${x}px, ${y}px)` }, {}], MOVE);
    });
  }
}
