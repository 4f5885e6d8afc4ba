/* Polls in a row: one is on the stage, and the next one is fetched before it is asked for. */

import { fit } from "./fit.js";
import { address, Slide } from "./slide.js";

export class Show {
  #names;
  #slides = new Map(); // promises, by name
  #at;
  #onChange;

  /**
   * @param names of the polls, as the address has them.
   * @param at which of them is on the page.
   * @param onChange is called when there is something new on the stage.
   */
  constructor(names, at, element, onChange) {
    this.#names = names;
    this.#at = at;
    this.#onChange = onChange;
    this.current = new Slide(names[at], element, this.#hear);
    this.#slides.set(names[at], Promise.resolve(this.current));
    this.#prepare();
  }

  get size() {
    return this.#names.length;
  }

  /** Which one is shown, from 1. */
  get place() {
    return this.#names.indexOf(this.current.name) + 1;
  }

  /** The address of the poll so many steps away; null where there is none. */
  to(step) {
    const name = this.#names[this.place - 1 + step];
    return name ? address(name) : null;
  }

  /** Go so many steps; rejects, and stays, where the slide cannot be fetched. */
  async go(step) {
    const to = this.#at + step;
    if (!(to in this.#names)) return;
    this.#at = to; // at once: who presses twice goes twice
    try {
      const slide = await this.#slide(this.#names[to]);
      if (this.#at === to) this.#put(slide);
    } catch (error) {
      this.#at = this.place - 1;
      throw error;
    }
  }

  #put(slide) {
    if (slide === this.current) return;
    this.current.element.replaceWith(slide.element);
    this.current = slide;
    fit(slide.element);
    // No step of its own in the history: Back leads to where the show was opened.
    history.replaceState(null, "", address(slide.name));
    document.title = `${slide.title} · Votify`;
    this.#onChange();
    this.#prepare();
  }

  #prepare() {
    const next = this.#names[this.#at + 1];
    if (next) this.#slide(next).catch(() => {});
  }

  #slide(name) {
    if (!this.#slides.has(name)) {
      const loading = Slide.load(name, this.#hear);
      this.#slides.set(name, loading);
      loading.catch(() => this.#slides.delete(name));
    }
    return this.#slides.get(name);
  }

  #hear = (slide) => {
    if (slide === this.current) this.#onChange();
  };
}
