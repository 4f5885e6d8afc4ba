/* See from time to time whether the poll still is what the paper says. Nothing that is filled in is
 * touched: the paper only says what has happened, and what can be done. */

import * as clock from "./clock.js";

const EVERY = 20_000; // milliseconds
const LATE = 1500; // not all pages ask in the moment in which a poll opens or closes

/** Look after a paper for as long as it is open. */
export function look(paper) {
  const address = `${new URL(paper.action).pathname}.json`;
  let timer;

  async function ask() {
    clearTimeout(timer);
    let soon = Infinity;
    if (!document.hidden) {
      try {
        const answer = await fetch(address, { cache: "no-store" });
        if (answer.ok) soon = tell(paper, await answer.json());
      } catch {
        // No network: the paper stays as it is until that is back.
      }
    }
    again(soon);
  }
  const again = (soon) => {
    const due = soon * 1000 + 250 + LATE * Math.random();
    timer = setTimeout(ask, Math.min(due, EVERY * (0.75 + Math.random() / 2)));
  };

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  again(Number(paper.ownerDocument.querySelector("[data-left]")?.dataset.left ?? Infinity));
}

// Gives the seconds until the poll opens or closes by itself.
function tell(paper, { poll, terms, opens_in: opens, closes_in: closes }) {
  const { dataset } = paper, button = paper.querySelector("[data-send]");
  if (!button) {
    // There is nothing on it to lose. A reload might send a form again, so it is asked for anew.
    if (poll.state !== dataset.state || terms !== dataset.terms) location.replace(paper.action);
  } else {
    show(paper, button, { changed: terms !== dataset.terms, closed: poll.state !== "open" });
  }
  const [left, moment] = dataset.state === "coming" ? [opens, poll.opens_at] : [closes, poll.closes_at];
  const place = document.querySelector("[data-window]");
  if (place && moment) clock.set(place, left, moment);
  return left || Infinity;
}

function show(paper, button, { changed, closed }) {
  const news = (name) => paper.querySelector(`[data-news="${name}"]`);
  const was = !news("closed").hidden;
  news("changed").hidden = !changed;
  news("closed").hidden = changed || !closed;
  if (closed || changed) news("reopened").hidden = true;
  else if (was) news("reopened").hidden = false;
  button.disabled = changed || closed;
}
