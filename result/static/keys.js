/* The keys of the stage, and the buttons of clickers, which send keys too. */

const forward = document.documentElement.dir === "rtl" ? "ArrowLeft" : "ArrowRight";
const backward = document.documentElement.dir === "rtl" ? "ArrowRight" : "ArrowLeft";

const KEYS = {
  [forward]: "next", PageDown: "next",
  [backward]: "back", PageUp: "back",
  ArrowDown: "down", ArrowUp: "up",
};
const LETTERS = {
  f: "full", h: "hide", r: "reveal", b: "curtain", ".": "curtain",
  j: "join", s: "open", c: "close", "?": "keys",
};
const STORE = "stage-letters"; // "off" where letters are no keys: who speaks to a computer types by chance

const typing = "input:not([type=checkbox]), textarea, select, [contenteditable]";

let lettersAreKeys = attempt(() => localStorage.getItem(STORE)) !== "off";

/** Whether letters do something by themselves; kept in this browser. */
export const letters = {
  get on() {
    return lettersAreKeys;
  },
  set on(yes) {
    lettersAreKeys = yes;
    attempt(() => localStorage.setItem(STORE, yes ? "on" : "off"));
  },
};

/* A browser may keep nothing for us. */
function attempt(what) {
  try {
    return what();
  } catch {
    return null;
  }
}

/** Call `act` with the name of what a key means, until it says that the key was not for it. */
export function listen(act) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
    if (event.target.closest?.(typing)) return;
    const name = KEYS[event.key] ?? (letters.on ? LETTERS[letter(event)] : undefined);
    if (name && act(name)) event.preventDefault();
  });
}

/* On a keyboard of another alphabet, a key means what stands on it in Latin letters. */
function letter({ key, code }) {
  if (key.length !== 1) return undefined;
  return /^[a-z?.]$/i.test(key) ? key.toLowerCase() : code.replace(/^Key/, "").toLowerCase();
}
