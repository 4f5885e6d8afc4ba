/* Puts a snapshot on the page that the server has rendered, and words on its badge. */

const number = new Intl.NumberFormat("en");
const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

const count = (n, noun) => `${number.format(n)} ${noun}${n === 1 ? "" : "s"}`;

/* Rounding never makes some into none, or most into all. */
function percent({ votes, share }, ballots) {
  const whole = Math.round(share * 100);
  if (whole === 0 && votes) return "<1%";
  if (whole === 100 && votes < ballots) return ">99%";
  return `${whole}%`;
}

function set(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Show a snapshot. */
export function draw(page, snapshot) {
  const { poll, hidden } = snapshot;
  set(page.querySelector("h1"), poll.question);
  drawOptions(page.querySelector("[data-options]"), snapshot);
  drawTotal(page.querySelector("[data-total]"), snapshot);
  drawState(page.querySelector("[data-state]"), snapshot);
  page.querySelector("[data-silent]").hidden = !snapshot.worker_silent;
  page.querySelector("[data-hidden]").hidden = !hidden;
  page.querySelectorAll("[data-join]").forEach((way) => (way.hidden = poll.state !== "open"));
}

function drawOptions(list, { options, ballots, hidden }) {
  list.toggleAttribute("data-hidden-numbers", hidden);
  const most = Math.max(0, ...options.map((option) => option.votes ?? 0));
  const rows = new Map([...list.children].map((row) => [row.dataset.option, row]));
  options.forEach((option) => {
    const row = rows.get(String(option.id)) ?? addRow(list, option.id);
    rows.delete(String(option.id));
    row.classList.toggle("bars-lead", most > 0 && option.votes === most);
    set(row.querySelector(".bars-text"), option.text);
    set(row.querySelector("[data-votes]"), hidden ? "" : count(option.votes, "vote"));
    set(row.querySelector("[data-share]"), hidden ? "" : percent(option, ballots));
    row.querySelector("rect").setAttribute("width", `${(option.share ?? 0) * 100}%`);
  });
  for (const row of rows.values()) row.remove();
}

function addRow(list, id) {
  const row = list.firstElementChild.cloneNode(true);
  row.dataset.option = id;
  return list.appendChild(row);
}

function drawTotal(total, { ballots, waiting, hidden }) {
  const strong = (n) => Object.assign(document.createElement("strong"), { textContent: number.format(n) });
  total.replaceChildren(...(hidden ? [] : [strong(ballots), " counted · ", strong(waiting), " waiting"]));
}

function drawState(badge, { poll, final }) {
  const at = (time) => date.format(new Date(time));
  badge.classList.toggle("badge-good", poll.state === "open");
  if (final) set(badge, "Closed · final");
  else if (poll.state === "closed") set(badge, "Closed · the last votes are being counted");
  else if (poll.state === "coming") set(badge, `Opens ${at(poll.opens_at)}`);
  else set(badge, poll.closes_at ? `Open until ${at(poll.closes_at)}` : "Open");
}

/** Say how live the page is. */
export function say(page, state, asOf) {
  const badge = page.querySelector("[data-live]");
  const live = state === "live";
  const numbers = asOf ? ` · numbers as of ${clock.format(new Date(asOf))}` : "";
  const words = {
    live: "Live",
    connecting: "Connecting…",
    reconnecting: `Reconnecting…${numbers}`,
    offline: `You are offline${numbers}`,
    stale: `Not live: no new numbers can be read${numbers}`,
    gone: "This poll was deleted",
  };
  badge.dataset.live = state;
  badge.classList.toggle("badge-good", live);
  badge.classList.toggle("badge-warn", !live && state !== "connecting");
  page.toggleAttribute("data-stale", !live && state !== "connecting");
  set(badge, words[state]);
}

const BETWEEN_WORDS = 10_000; // ms: who listens must get to the end of a sentence
let spokenAt = -BETWEEN_WORDS;
let waiting = null;

/** Read the numbers out to who cannot see them: the latest ones, now and then. */
export function speak(page, snapshot) {
  clearTimeout(waiting);
  const wait = Math.max(0, spokenAt + BETWEEN_WORDS - performance.now());
  waiting = setTimeout(() => {
    spokenAt = performance.now();
    set(page.querySelector("[data-spoken]"), sentence(snapshot));
  }, wait);
}

function sentence({ options, ballots, hidden, final }) {
  if (hidden) return "";
  const each = options.map((option) => `${option.text}: ${count(option.votes, "vote")}`);
  return `${final ? "Final result. " : ""}${each.join(". ")}. ${number.format(ballots)} counted.`;
}
