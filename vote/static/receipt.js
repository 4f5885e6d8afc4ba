/* Ask what became of the ballot until it is known, and show it without a reload. */

const FIRST = 500; // milliseconds
const LONGEST = 10_000;

const fate = document.querySelector("[data-state]");
const stale = document.querySelector("[data-stale]");

async function ask(accept) {
  const headers = { Accept: accept };
  const answer = await fetch(location.href, { headers, signal: AbortSignal.timeout(5000) });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
  return answer;
}

// The words come from the server, where a page without JavaScript has them from, too.
async function show() {
  const page = new DOMParser().parseFromString(await (await ask("text/html")).text(), "text/html");
  const now = page.querySelector("[data-state]");
  fate.dataset.state = now.dataset.state;
  fate.replaceChildren(...now.childNodes);
}

async function follow(wait) {
  try {
    const { state } = await (await ask("application/json")).json();
    if (state !== fate.dataset.state) await show();
    stale.hidden = true;
  } catch {
    stale.hidden = false;
  }
  if (fate.dataset.state === "received") {
    setTimeout(follow, wait, Math.min(wait * 1.5, LONGEST));
  }
}

setTimeout(follow, FIRST / 2, FIRST);
