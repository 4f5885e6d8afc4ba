/* Ask what became of the ballot, and show it without a reload: at first often, then seldom. */

import { _ } from "/static/words.js";

const SOON = 500; // milliseconds
const SELDOM = 15_000;
const PATIENCE = 5000;

const stale = document.querySelector("[data-stale]");
const fate = document.querySelector("[data-state]");

async function ask(accept) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), PATIENCE);
  try {
    const answer = await fetch(location.href, { headers: { Accept: accept }, signal: controller.signal });
    if (!answer.ok) throw new Error(`status ${answer.status}`);
    return await (accept === "text/html" ? answer.text() : answer.json());
  } finally {
    clearTimeout(timer);
  }
}

// The words come from the server, where a page without JavaScript has them from, too.
async function show() {
  const page = new DOMParser().parseFromString(await ask("text/html"), "text/html");
  const now = page.querySelector("[data-state]");
  fate.dataset.state = now.dataset.state;
  fate.toggleAttribute("data-settled", "settled" in now.dataset);
  fate.replaceChildren(...now.childNodes);
}

let timer;
async function follow(wait) {
  clearTimeout(timer);
  if (!document.hidden) {
    try {
      const { state } = await ask("application/json");
      if (state !== fate.dataset.state) await show();
      stale.hidden = true;
    } catch {
      stale.hidden = false;
    }
  }
  again(wait * 1.5);
}

// While the poll is open, a later vote may take this one's place.
function again(wait) {
  if ("settled" in fate.dataset) return;
  const longest = fate.dataset.state === "received" ? SELDOM : 4 * SELDOM;
  const least = fate.dataset.state === "received" ? SOON : SELDOM;
  const pause = Math.min(Math.max(wait, least), longest);
  timer = setTimeout(follow, pause * (0.75 + Math.random() / 2), pause);
}

again(SOON / 2);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !("settled" in fate.dataset)) follow(SOON);
});

/* ---- to keep it, and to take it elsewhere ---------------------------------------------------- */

const copy = document.querySelector("[data-copy]"), share = document.querySelector("[data-share]");
copy.hidden = !navigator.clipboard; // browsers give it to HTTPS and this machine alone
copy.addEventListener("click", async () => {
  await navigator.clipboard.writeText(copy.dataset.copy);
  copy.textContent = _("Copied");
});
share.hidden = !navigator.share;
share.addEventListener("click", () => {
  navigator.share({ title: document.title, url: share.dataset.share }).catch(() => {}); // changed one's mind
});
