/* Keeps the page of one poll up to date, and says so when it cannot. */

import { draw, say, speak } from "./draw.js";
import { Watch } from "./watch.js";

const page = document.querySelector("[data-poll]");

const watch = new Watch(page.dataset.poll, (snapshot) => {
  draw(page, snapshot);
  speak(page, snapshot);
});

/* What the badge says comes from what is known at this moment, and is worked out again twice a
 * second: silence is an event that nobody sends. */
function tell() {
  const { state, asOf } = watch.look();
  say(page, state, asOf);
}

watch.start();
tell();
setInterval(tell, 500);
for (const event of ["online", "offline", "pageshow"]) {
  addEventListener(event, tell);
}
document.addEventListener("visibilitychange", tell);
