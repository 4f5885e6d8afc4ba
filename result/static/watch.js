/* One watched poll: its latest snapshot, never an older one. */

import { line } from "./line.js";

const REGRESSION = 5000; // ms
const RETURN = 5000; // ms between two questions for a poll that is gone
const PATIENCE = 1000; // ms before asking again what could not be answered

/** One watched poll. States: connecting, live, reconnecting, offline, stale, gone. */
export class Watch {
  #poll;
  #name;
  #receipt;
  #onSnapshot;
  #snapshot = null;
  #wasLive = false;
  #gone = false;
  #started = false;

  /**
   * @param poll is its id, by which news are told apart.
   * @param name is what it is asked for by: its slug, or what else the address calls it.
   * @param receipt shows what only voters of the poll may see; may be empty.
   */
  constructor(poll, name, onSnapshot, receipt = "") {
    this.#poll = Number(poll);
    this.#name = name;
    this.#receipt = receipt;
    this.#onSnapshot = onSnapshot;
  }

  /** Begin, or go on after `stop`. All watches of a page share its connection. */
  start() {
    this.#started = true;
    line.add(this.#poll, this);
  }

  /** Hear no more of the poll. */
  stop() {
    this.#started = false;
    line.drop(this.#poll, this.#name);
  }

  /** Tell the state, the time of the numbers and of now. */
  look() {
    const { state, asOf, now } = line.look();
    return { state: this.#state(state), asOf, now };
  }

  #state(ofLine) {
    if (this.#gone) return "gone";
    if (ofLine === "offline") return ofLine;
    if (this.#snapshot === null) return this.#wasLive ? "reconnecting" : "connecting";
    this.#wasLive ||= ofLine === "live";
    return ofLine;
  }

  /** Ask how the poll stands; the line does so whenever it is up again. */
  ask() {
    const request = { poll: this.#name, receipt: this.#receipt || null };
    line.ask("watch", request, (answer) => {
      if (!this.#started) return;
      if (!answer.error) this.take(answer);
      else if (answer.error.code === "unknown_poll") this.lose();
      else this.#askAgain(PATIENCE);
    });
  }

  #askAgain(wait) {
    setTimeout(() => {
      if (this.#started && line.connected) this.ask();
    }, wait);
  }

  /** The poll was deleted, or is a draft again and may come back. */
  lose() {
    this.#gone = true;
    this.#snapshot = null;
    this.#askAgain(RETURN);
  }

  /** Take a snapshot, unless it is older than the last one. */
  take(snapshot) {
    this.#gone = false;
    if (!this.#isOlder(snapshot)) {
      this.#snapshot = snapshot;
      this.#onSnapshot(snapshot);
    }
    line.confirm(snapshot.as_of);
  }

  /* Another server may be a moment behind the last one. Numbers that are still lower long after the
   * last ones are no delay: the database was put back to an older copy. */
  #isOlder(snapshot) {
    const last = this.#snapshot;
    return (
      last !== null &&
      last.version !== null &&
      snapshot.version !== null &&
      snapshot.version < last.version &&
      Date.parse(snapshot.as_of) < Date.parse(last.as_of) + REGRESSION
    );
  }
}
