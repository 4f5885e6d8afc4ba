/* A paper that is sent by script, so that it arrives however bad the network is. */

import { _ } from "/static/words.js";
import { courier, papers, plain, submit } from "./outbox.js";

/**
 * Send a paper, and what stands beside it to withdraw the vote, by way of the outbox.
 *
 * @param slip says what is wrong with the paper before it is sent, if anything is.
 */
export function post(paper, slip) {
  const path = new URL(paper.action).pathname;
  const button = paper.querySelector("[data-send]");
  const label = button?.textContent;
  let waits = false;
  const busy = (yes) => {
    waits = true;
    if (!button) return;
    button.textContent = yes ? _("Sending…") : label;
    button.setAttribute("aria-busy", yes);
  };

  const told = {
    sending: () => busy(true),
    received: (kept, address) => isFor(kept, paper) && location.assign(address),
    refused: submit, // the server's own page says why
    gone: () => waits && location.replace(path),
    kept: (kept) => { busy(false); say(paper, "waiting", words(kept, paper)); },
  };
  const send = courier((kept, what, address) => {
    if (kept.action === path) told[what](kept, address);
  });

  const before = papers().find((each) => each.action === path && isFor(each, paper));
  if (before && button) fill(paper, before.fields);

  const listen = (form, problem) => form?.addEventListener("submit", (event) => {
    event.preventDefault();
    say(paper, "slip", problem());
    if (!problem()) send(paperOf(form, path));
  });
  listen(paper, slip);
  paper.addEventListener("change", () => say(paper, "slip", ""));
  listen(document.querySelector("[data-withdrawal]"), () => "");
  watchConnection(paper, path);
}

// Whose code stands on the paper already, is not given what somebody else has filled in here.
function isFor({ fields }, paper) {
  const code = plain(paper.elements.code?.value ?? "");
  return !code || code === plain(new Map(fields).get("code") ?? "");
}

function paperOf(form, action) {
  const data = new FormData(form), key = data.get("key");
  data.delete("key");
  return { action, key, fields: [...data], question: form.dataset.question };
}

function words(kept, paper) {
  const said = [];
  if (!navigator.onLine) {
    said.push(_("You are offline. Your choice is kept here and is sent when you are back."));
  } else if (new Map(kept.fields).has("withdraw")) {
    said.push(_("It is not confirmed yet that your vote is withdrawn. Trying again…"));
  } else {
    said.push(_("Your vote is not confirmed yet. Your choice is kept here. Trying again…"));
  }
  if (kept.again && "final" in paper.dataset) {
    said.push(_("If your first choice has arrived already, it stands: this poll does not let a vote be changed."));
  }
  return said.join(" ");
}

// Somebody who is offline before anything is sent shall not give up.
function watchConnection(paper, path) {
  const show = () => {
    if (papers().some((each) => each.action === path)) return;
    const offline = _("You are offline. You can vote all the same: your vote is sent when you are back.");
    say(paper, "waiting", navigator.onLine || !paper.querySelector("[data-send]") ? "" : offline);
  };
  addEventListener("online", show);
  addEventListener("offline", show);
  show();
}

function say(paper, name, text) {
  const place = paper.querySelector(`[data-news="${name}"]`);
  place.hidden = !text;
  if (place.textContent !== text) place.textContent = text;
}

function fill(paper, fields) {
  for (const input of paper.querySelectorAll("input:checked")) input.checked = false;
  for (const [name, value] of fields) {
    for (const field of paper.querySelectorAll(`[name="${CSS.escape(name)}"]:not([type=hidden])`)) {
      if (field.type === "radio" || field.type === "checkbox") field.checked ||= field.value === value;
      else field.value = value;
    }
  }
}
