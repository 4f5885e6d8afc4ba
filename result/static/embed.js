/* Keeps a framed result up to date. */

import { draw, drawState, drawTimes, fits, say } from "./draw.js";
import { Painter } from "./painter.js";
import { drawVerdict } from "./verdict.js";
import { Watch } from "./watch.js";

const page = document.querySelector("[data-poll]");
const watch = new Watch(page.dataset.poll, page.dataset.name, take);
const painter = new Painter(page, paint);
let latest = null;
let drawn = null;

function take(snapshot) {
  if (!fits(page, snapshot)) {
    // What is asked was changed: the server makes another page. Not all at the same moment.
    setTimeout(() => location.reload(), 500 + Math.random() * 2000);
    return;
  }
  latest = snapshot;
  painter.ask();
}

function paint() {
  const { state, asOf, now } = watch.look();
  say(page, state, asOf);
  if (!latest) return false;
  drawState(page, latest, now);
  const hasMoved = drawn !== latest;
  if (hasMoved) {
    draw(page, latest);
    drawVerdict(page, latest);
    drawn = latest;
  }
  return hasMoved;
}

drawTimes(page);
watch.start();
painter.ask();
setInterval(() => painter.ask(), 500);
for (const event of ["online", "offline", "pageshow"]) addEventListener(event, () => painter.ask());
