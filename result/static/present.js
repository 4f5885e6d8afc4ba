/* The stage: shows one poll after the other, and does what is asked by keys and buttons. */

import { celebrate } from "./confetti.js";
import { fit, turn } from "./fit.js";
import { letters, listen } from "./keys.js";
import * as organiser from "./organiser.js";
import { Painter } from "./painter.js";
import { Show } from "./show.js";
import { _, number } from "/static/words.js";

const IDLE = 3000; // ms after which the tools step back
const RETRY = 3000; // ms between two looks for a poll that is not open yet
const HURRY = 500; // ms between them when it has just been started here
const SAID = 6000; // ms that a message stays

const stage = document.querySelector("[data-stage]");
const tool = (name) => stage.querySelector(`[data-do="${name}"]`);
const set = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};
const dialog = (name) => stage.querySelector(`[data-dialog="${name}"]`);
const { show: names, at } = stage.dataset;

let life = { poll: null, state: null }; // as the organiser of that poll is told, and nobody else
let askedAbout = "";
let renewedAt = performance.now();
let hurryUntil = 0;

const painter = new Painter(stage, () => show.current.paint());
const show = new Show(names.split(","), Number(at), stage.querySelector("[data-slide]"), change);

/* ---- what is on the stage ------------------------------------------------------------------ */

function change() {
  const slide = show.current;
  painter.ask();
  arrange(slide);
  askAbout(slide);
  slide.speak();
  if (slide.takeJoy()) celebrate();
}

function arrange(slide) {
  const state = slide.latest?.poll.state;
  if (show.size > 1) {
    const [number_, all] = [number(show.place), number(show.size)];
    set(stage.querySelector("[data-place]"), _("%(number)s of %(all)s", { number: number_, all }));
    for (const [name, step] of [["back", -1], ["next", 1]]) {
      tool(name).hidden = !show.to(step);
      tool(name).href = show.to(step) ?? "#main";
    }
  }
  set(tool("curtain"), slide.curtain ? _("Reveal the numbers") : _("Hide the numbers"));
  tool("curtain").hidden = !slide.isPublic;
  tool("join").hidden = !slide.isPublic || !["open", "coming"].includes(state);
  const told = life.poll === slide.poll ? life.state : null;
  tool("open").hidden = !["draft", "coming"].includes(told);
  tool("close").hidden = told !== "open";
  tool("full").hidden = !document.fullscreenEnabled;
  tool("keys").hidden = false;
}

/* Only the desk knows whether this browser is its organiser's: it is asked once for each state. */
async function askAbout(slide) {
  const asked = `${slide.poll} ${slide.latest?.poll.state} ${slide.latest?.final}`;
  if (!("organiser" in stage.dataset) || asked === askedAbout) return;
  askedAbout = asked;
  const { poll } = slide;
  const told = poll && (await organiser.known(poll));
  if (asked !== askedAbout) return;
  life = { poll, state: told?.state ?? null };
  slide.slug = told?.slug ?? null;
  arrange(show.current);
}

function tick() {
  const slide = show.current;
  painter.ask();
  const now = performance.now();
  const pause = now < hurryUntil ? HURRY : RETRY;
  if (!slide.isPublic && !document.hidden && now - renewedAt > pause) {
    renewedAt = now;
    askedAbout = ""; // it may have been opened elsewhere, and is on no list then
    askAbout(slide);
    slide.renew().catch(() => {});
  }
}

let saidAt = null;
function say(text) {
  clearTimeout(saidAt);
  set(stage.querySelector("[data-said]"), text);
  saidAt = setTimeout(say, SAID, "");
}

/* ---- what can be done ---------------------------------------------------------------------- */

const acts = {
  next: () => go(1),
  back: () => go(-1),
  down: () => turn(show.current.element, 1),
  up: () => turn(show.current.element, -1),
  hide: () => cover(true),
  reveal: () => cover(false),
  curtain: () => cover(!show.current.curtain),
  join,
  full,
  open,
  close,
  keys: () => dialog("keys").showModal(),
};

/* Tells whether there was something to do. */
function act(name) {
  const asking = stage.querySelector("dialog[open]");
  if (asking) {
    if (asking.dataset.dialog !== name) return false;
    asking.close("yes"); // the same key again
    return true;
  }
  return acts[name]() !== false;
}

function go(step) {
  if (!show.to(step)) return false;
  show.go(step).then(
    () => set(stage.querySelector("[data-now]"), show.current.title),
    () => say(_("The question could not be loaded. Try again.")),
  );
  return true;
}

function cover(down) {
  if (!show.current.isPublic) return false;
  if (show.current.curtain !== down) show.current.curtain = down;
  return true;
}

function join() {
  if (tool("join").hidden) return false;
  tool("join").setAttribute("aria-pressed", stage.toggleAttribute("data-join-large"));
  fit(show.current.element);
  return true;
}

function full() {
  if (!document.fullscreenEnabled) return false;
  if (document.fullscreenElement) document.exitFullscreen();
  else document.documentElement.requestFullscreen().catch(() => {});
  return true;
}

function open() {
  if (tool("open").hidden) return false;
  command(show.current.poll, "open", _("The poll is open."));
  hurryUntil = performance.now() + 10_000;
  return true;
}

function close() {
  if (tool("close").hidden) return false;
  const [asking, { poll }] = [dialog("close"), show.current];
  asking.returnValue = "";
  asking.onclose = () => asking.returnValue && command(poll, "close", _("The poll is closed."));
  asking.showModal();
  return true;
}

async function command(poll, what, done) {
  life = { poll, state: null }; // whoever presses twice does it once
  arrange(show.current);
  const wasDone = await organiser.act(poll, what);
  say(wasDone ? done : _("That was not done. Are you still signed in at the desk?"));
  askedAbout = "";
  askAbout(show.current);
}

/* ---- tools, keys, and the screen itself ---------------------------------------------------- */

stage.querySelector("[data-tools]").addEventListener("click", (event) => {
  const name = event.target.closest("[data-do]")?.dataset.do;
  if (name && act(name)) event.preventDefault();
});
listen(act);

const wake = (() => {
  let idle = null;
  return () => {
    clearTimeout(idle);
    stage.removeAttribute("data-idle");
    idle = setTimeout(() => stage.setAttribute("data-idle", ""), IDLE);
  };
})();
for (const event of ["pointermove", "pointerdown", "keydown", "focusin"]) addEventListener(event, wake);

const box = stage.querySelector("[data-letters]");
box.checked = letters.on;
box.addEventListener("change", () => (letters.on = box.checked));

/* A projector that goes dark in the middle of a vote is no projector. */
async function stayAwake() {
  if (!document.hidden) await navigator.wakeLock?.request("screen").catch(() => {});
}

addEventListener("resize", () => fit(show.current.element));
document.addEventListener("visibilitychange", stayAwake);
for (const event of ["online", "offline", "pageshow"]) addEventListener(event, tick);
stayAwake();
wake();
fit(show.current.element);
change();
setInterval(tick, 500);
