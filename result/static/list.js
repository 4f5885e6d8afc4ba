/* Keeps the times in the list of polls: in the reader's zone, and counted down. */

import { second, state } from "./clock.js";

// The page was made at this time by the server's clock, a moment after ours began to count.
const { madeAt } = document.querySelector("[data-made-at]").dataset;
const now = () => (madeAt ? Date.parse(madeAt) + performance.now() : Date.now());

const badges = [...document.querySelectorAll("[data-state]")]
  .map((badge) => ({ badge, at: badge.querySelector("time")?.dateTime }))
  .filter(({ at }) => at);

function tell() {
  for (const { badge, at } of badges) {
    const poll = { state: badge.dataset.state, opens_at: at, closes_at: at };
    const text = state({ poll, final: false }, now());
    if (badge.textContent !== text) badge.textContent = text;
  }
}

for (const time of document.querySelectorAll("time[datetime]")) {
  time.textContent = second(time.dateTime);
}
tell();
setInterval(tell, 1000);
