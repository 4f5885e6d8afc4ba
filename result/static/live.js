/* Keeps the page of one poll up to date, and says so when it cannot. */

import { draw, drawState, drawTimes, fits, say, speak } from "./draw.js";
import { Watch } from "./watch.js";

const page = document.querySelector("[data-poll]");
let latest = null;

const watch = new Watch(page.dataset.poll, show, page.dataset.receipt);

function show(snapshot) {
  if (!fits(page, snapshot)) {
    // What is asked was changed: the server makes another page. Not all at the same moment.
    setTimeout(() => location.reload(), 500 + Math.random() * 2000);
    return;
  }
  latest = snapshot;
  draw(page, snapshot);
  tell();
  speak(page, snapshot);
}

/* What the badges say comes from what is known at this moment, and is worked out again twice a
 * second: silence is an event that nobody sends, and so is the passing of time. */
function tell() {
  const { state, asOf, now } = watch.look();
  say(page, state, asOf);
  if (latest) drawState(page, latest, now);
}

drawTimes(page);
watch.start();
tell();
setInterval(tell, 500);
for (const event of ["online", "offline", "pageshow"]) {
  addEventListener(event, tell);
}
document.addEventListener("visibilitychange", tell);
