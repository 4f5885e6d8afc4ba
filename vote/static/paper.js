/* What a ballot paper can do better with JavaScript. Without it, everything still works. */

import * as clock from "./clock.js";
import { look } from "./look.js";
import { post } from "./waiting.js";

clock.run();

const paper = document.querySelector("[data-paper]");
if (!("preview" in paper.dataset)) {
  const slip = { found: () => "" }; // what is wrong before it is sent, once the script for it is there
  post(paper, () => slip.found());
  look(paper);
  help(paper.querySelector("fieldset"), slip);
}

// A paper may have been filled in again from what waits to be sent: that comes first.
async function help(choices, slip) {
  const { kind } = choices.dataset;
  if (choices.disabled || kind === "single") return;
  if (kind === "ranked") slip.found = (await import("./ranking.js")).rank(choices);
  else (await import("./slips.js")).check(choices);
}

// A page kept by the browser for its Back button shows an old vote.
addEventListener("pageshow", ({ persisted }) => {
  if (persisted && navigator.onLine) location.replace(location.href);
});
