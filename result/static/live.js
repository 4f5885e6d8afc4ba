/* Keeps the page of one poll up to date, and says so when it cannot. */

import { draw, drawState, drawTimes, fits, say, speak } from "./draw.js";
import { Order } from "./order.js";
import { Painter } from "./painter.js";
import { Part } from "./parts.js";
import { Replay, drawReplay } from "./replay.js";
import { share } from "./share.js";
import { Watch } from "./watch.js";

const page = document.querySelector("[data-poll]");
const watch = new Watch(page.dataset.poll, page.dataset.name, take, page.dataset.receipt);
const painter = new Painter(page, paint);
const order = new Order(page);
const replay = new Replay(page, painter.ask.bind(painter));
const parts = [...page.querySelectorAll("[data-part]")].map((place) => new Part(place, offer));

const LOOK = 250; // ms

let latest = null;
let drawn = null;

function offer(place) {
  if (place.closest("[data-course]")) replay.offer(place);
}

function take(snapshot) {
  if (!fits(page, snapshot)) {
    // What is asked was changed: the server makes another page. Not all at the same moment.
    setTimeout(() => location.reload(), 500 + Math.random() * 2000);
    return;
  }
  latest = snapshot;
  for (const part of parts) part.take(snapshot);
  speak(page, snapshot);
  painter.ask();
}

/* What the badges say comes from what is known at this moment, and is worked out again four times a
 * second: silence is an event that nobody sends, and so is the passing of time. */
function paint() {
  const { state, asOf, now } = watch.look();
  say(page, state, asOf);
  if (!latest) return false;
  drawState(page, latest, now);
  const { at, snapshot } = replay.moment(latest) ?? { at: null, snapshot: latest };
  if (drawn?.latest === latest && drawn.at === at) return false;
  if (drawn?.at !== at) turn(at);
  draw(page, snapshot);
  order.take(snapshot);
  drawn = { latest, at };
  return true;
}

/* To another moment of the replay, or back to the present. */
function turn(at) {
  drawReplay(page, at);
  for (const part of parts) part.hold(at !== null);
}

drawTimes(page);
share(page);
offer(page.querySelector("[data-course] [data-part]"));
watch.start();
painter.ask();
setInterval(() => painter.ask(), LOOK);
for (const event of ["online", "offline", "pageshow"]) {
  addEventListener(event, () => painter.ask());
}
document.addEventListener("visibilitychange", () => painter.ask());
