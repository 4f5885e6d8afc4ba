/* The front door and the list of polls: times, and votes from here that have not arrived yet. */

import { _ } from "/static/words.js";
import * as clock from "./clock.js";
import { courier } from "./outbox.js";

clock.run();

const place = document.querySelector("[data-outbox]");
const notices = new Map();

courier((paper, what, address) => {
  if (what === "sending" && !notices.has(paper.action)) return;
  if (what === "gone") return notices.get(paper.action)?.remove();
  const notice = notices.get(paper.action) ?? document.createElement("p");
  notices.set(paper.action, notice);
  show(notice, paper, what, address);
  place.append(notice);
});

function show(notice, paper, what, address) {
  const told = {
    received: ["good", _("Your vote is received"), address],
    refused: ["bad", _("Your vote was not accepted."), paper.action],
  };
  const [look, said, link] = told[what] ?? ["warn", waiting(), paper.action];
  notice.className = `notice notice-${look}`;
  notice.replaceChildren(
    Object.assign(document.createElement("strong"), { textContent: said }),
    Object.assign(document.createElement("a"), { textContent: paper.question, href: link }),
  );
}

const waiting = () =>
  navigator.onLine
    ? _("Your vote is not confirmed yet. Your choice is kept here. Trying again…")
    : _("You are offline. Your choice is kept here and is sent when you are back.");

addEventListener("pageshow", ({ persisted }) => { if (persisted && navigator.onLine) location.reload(); });
