/* A page or a frame that says when its poll opens, and makes way for it then. */

import { drawState, drawTimes, say } from "./draw.js";
import { Watch } from "./watch.js";

const page = document.querySelector("[data-poll]");
const watch = new Watch(page.dataset.poll, page.dataset.name, take);
let latest = null;

function take(snapshot) {
  latest = snapshot;
  // Not all at the same moment.
  if (snapshot.poll.state !== "coming") setTimeout(() => location.reload(), 500 + Math.random() * 2000);
  paint();
}

function paint() {
  const { state, asOf, now } = watch.look();
  say(page, state, asOf);
  if (latest) drawState(page, latest, now);
}

drawTimes(page);
watch.start();
paint();
setInterval(paint, 500);
for (const event of ["online", "offline", "pageshow"]) addEventListener(event, paint);
