/* Makes what is on a slide as large as it fits; the sheet says how large that is at most. */

import { _ } from "/static/words.js";

const SMALLEST = 0.45; // of the sheet's size
const PAGED = 0.7; // where even that is too much: what is paged through anyway can be read well
const HEADS = [[12, 0.13], [6, 0.22], [0, 0.34]]; // above how many options, which part of the screen
const BROAD = 4.1; // a code that is wider than this, in its letters' size, is made smaller
const STEPS = 6; // halves what is left each time: to less than a hundredth

const wraps = (line) => line.offsetHeight > parseFloat(getComputedStyle(line).fontSize) * 1.6;
const overflows = (box) => box.scrollHeight > box.clientHeight + 1;

/** Fit the question, the ways to vote and the options of a slide into the screen. */
export function fit(slide) {
  const list = slide.querySelector("[data-list]");
  if (!list?.isConnected) return;
  // On a phone the page scrolls, and everything stays as it is.
  const isScreen = getComputedStyle(slide).getPropertyValue("--fits").trim() === "1";
  const [head, ways] = [slide.querySelector(".slide-head"), slide.querySelector("[data-ways]")];
  const options = list.querySelectorAll("[data-option]").length;
  const [, part] = HEADS.find(([above]) => options > above);
  scale(slide, "--ask", () => isScreen && head.offsetHeight > slide.clientHeight * part);
  narrow(slide, ways.querySelector(".slide-code"));
  scale(slide, "--way", () => isScreen && overflows(ways));
  scale(slide, "--name", () => isScreen && wraps(ways.querySelector(".slide-address")));
  scale(slide, "--fit", () => isScreen && overflows(list));
  const isLong = isScreen && overflows(list);
  if (isLong) slide.style.setProperty("--fit", PAGED);
  level(slide, list);
  page(list, isLong);
}

/* How wide six capitals are is the font's choice. */
function narrow(slide, code) {
  const letters = document.createRange();
  letters.selectNodeContents(code);
  const { width } = letters.getBoundingClientRect();
  const broad = width / parseFloat(getComputedStyle(code).fontSize);
  slide.style.setProperty("--code", Math.min(1, BROAD / broad));
}

/* Longer words leave less room for a bar: all bars are as high as the lowest. */
function level(slide, list) {
  slide.style.removeProperty("--thick");
  const heights = [...list.querySelectorAll(".bar")].map((bar) => bar.clientHeight);
  slide.style.setProperty("--thick", `${Math.min(...heights)}px`);
}

function scale(slide, name, isTooLarge) {
  slide.style.setProperty(name, 1);
  if (!isTooLarge()) return;
  let [low, high] = [SMALLEST, 1];
  for (let step = 0; step < STEPS; step += 1) {
    const middle = (low + high) / 2;
    slide.style.setProperty(name, middle);
    if (isTooLarge()) high = middle;
    else low = middle;
  }
  slide.style.setProperty(name, low);
}

function page(list, isLong) {
  list.toggleAttribute("data-long", isLong);
  // Whoever has but a keyboard scrolls it, too.
  const region = { tabindex: 0, role: "region", "aria-label": _("Options") };
  for (const [name, value] of Object.entries(region)) {
    if (isLong) list.setAttribute(name, value);
    else list.removeAttribute(name);
  }
}

/** Turn the page of options that do not fit; tells whether there was one. */
export function turn(slide, direction) {
  const list = slide.querySelector("[data-list][data-long]");
  list?.scrollBy(0, direction * list.clientHeight * 0.9);
  return Boolean(list);
}
