/* Papers on their way: kept on this device until the server has said what became of them.
 *
 * A paper is {action, fields, key, question, at}. Its key stays the same when the choice on it is
 * changed: of all choices that were sent with one key, the server takes the first to arrive and
 * refuses the others. Once it has refused one as "sent before", none of the earlier ones can arrive
 * any more, and the last one is sent with a key of its own. So the last one counts, and it once. */

const PREFIX = "votify paper ";
const LIFE = 23 * 3_600_000; // ms: the server knows a key for a day
const PATIENCE = 10_000; // ms for an answer
const LONGEST = 60_000; // ms between two tries
const memory = new Map(); // where the browser keeps nothing

/** Make a key that nobody can guess; `randomUUID` is there over HTTPS alone. */
const newKey = () =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** List the papers that wait, the newest first. */
export function papers() {
  const found = names().map(read).filter(Boolean);
  for (const paper of found) if (Date.now() - paper.at > LIFE) remove(paper);
  return found.filter((paper) => Date.now() - paper.at <= LIFE).sort((a, b) => b.at - a.at);
}

/** Give a form's paper to the server by a plain submission: its own page is the answer. */
export function submit(paper) {
  const form = document.createElement("form");
  Object.assign(form, { method: "post", action: paper.action, hidden: true });
  for (const [name, value] of contents(paper)) {
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}

/**
 * Send what waits, now and whenever there is hope, until it is answered.
 *
 * @param tell is told of a paper that it is "sending", "kept", "refused" or "received" (at an address),
 *   or "gone": another page of this browser has had its answer.
 * @return a function that sends a paper, in place of an earlier one by the same voter.
 */
export function courier(tell) {
  let running = false, wanted = false, tries = 0, timer, sending;

  async function run() {
    wanted = true;
    if (running) return;
    running = true;
    clearTimeout(timer);
    let wait = 0;
    while (wanted) {
      wanted = false;
      wait = 0;
      // The oldest first: whoever should have two, the last one counts.
      for (const paper of papers().reverse()) wait = Math.max(wait, await bring(paper));
    }
    running = false;
    tries = wait ? tries + 1 : 0;
    // Not all phones of a hall at the same moment.
    const pause = Math.min(LONGEST, 1000 * 2 ** tries) * (0.5 + Math.random());
    if (wait) timer = setTimeout(run, Math.max(wait, pause));
  }

  async function bring(paper) {
    tell(paper, "sending");
    sending = new AbortController();
    const { outcome, address, wait } = await ask(paper, sending);
    if (!isKept(paper)) return 1; // another one has taken its place meanwhile: look again
    if (outcome === "sent before") return bring(keep({ ...paper, key: newKey() }));
    if (outcome !== "kept") remove(paper);
    tell(paper, outcome, address);
    return outcome === "kept" ? wait : 0;
  }

  addEventListener("online", run);
  addEventListener("storage", ({ key, oldValue, newValue }) => {
    if (key?.startsWith(PREFIX) && oldValue && !newValue) tell(JSON.parse(oldValue), "gone");
  });
  document.addEventListener("visibilitychange", () => { if (!document.hidden && papers().length) run(); });
  run();

  return (paper) => {
    const before = read(nameOf(paper));
    if (!before || choice(before) !== choice(paper)) {
      keep({ ...paper, key: before?.key ?? paper.key, again: Boolean(before) });
      sending?.abort();
    }
    run();
  };
}

async function ask(paper, controller) {
  const timer = setTimeout(() => controller.abort(), PATIENCE);
  try {
    const answer = await fetch(paper.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new URLSearchParams(contents(paper)),
      signal: controller.signal,
    });
    return await understood(answer);
  } catch {
    return { outcome: "kept", wait: 1 };
  } finally {
    clearTimeout(timer);
  }
}

// Only what Votify itself says is an answer: other boxes on the way say all sorts of things.
async function understood(answer) {
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/vote/receipt/")) {
    return { outcome: "received", address: answer.url };
  }
  const ours = answer.headers.get("Content-Type")?.startsWith("application/problem+json");
  if (ours && answer.status < 500 && answer.status !== 429) {
    const { code } = await answer.json();
    return { outcome: code === "sent_before" ? "sent before" : "refused" };
  }
  return { outcome: "kept", wait: 1000 * (Number(answer.headers.get("Retry-After")) || 0) + 1 };
}

/* ---- on the device --------------------------------------------------------------------------- */

const contents = ({ fields, key }) => [...fields, ["key", key]];
const choice = ({ fields }) => JSON.stringify(fields);
const isKept = (paper) => {
  const now = read(nameOf(paper));
  return now !== null && now.key === paper.key && choice(now) === choice(paper);
};

// One for each voter: two people may vote with their codes from one device.
function nameOf({ action, fields }) {
  const { code = "", userId = "" } = Object.fromEntries(fields);
  return PREFIX + JSON.stringify([action, plain(code), userId.trim()]);
}

/** Read a code as the server does: in any case, with gaps and hyphens or without. */
export const plain = (code) => code.replace(/[^\p{L}\p{N}]/gu, "").toUpperCase();

function keep(paper) {
  const kept = { ...paper, at: Date.now() }, name = nameOf(paper), text = JSON.stringify(kept);
  // In one place only: what stayed behind here would be sent again after another page has sent it.
  memory.delete(name);
  if (attempt(() => { localStorage.setItem(name, text); return true; })) return kept;
  attempt(() => localStorage.removeItem(name)); // an older one must not outlive a lack of room
  memory.set(name, text);
  return kept;
}

function remove(paper) {
  memory.delete(nameOf(paper));
  attempt(() => localStorage.removeItem(nameOf(paper)));
}

function read(name) {
  return JSON.parse(attempt(() => localStorage.getItem(name)) ?? memory.get(name) ?? "null");
}

const names = () => {
  const all = attempt(() => Object.keys(localStorage)) ?? [];
  return [...new Set([...all, ...memory.keys()])].filter((name) => name.startsWith(PREFIX));
};

function attempt(act) {
  try {
    return act();
  } catch {
    return null; // the browser keeps nothing, or has no more room
  }
}
