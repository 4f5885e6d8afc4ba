/* The connection: watches one poll, and knows how old its numbers are. */

import { io } from "./vendor/socket.io.esm.min.js";

const SILENCE = 4500; // ms without a sign from the server, which gives one every two seconds
const REGRESSION = 5000; // ms
const RETURN = 5000; // ms between two questions for a poll that is gone

/** One watched poll. States: connecting, live, reconnecting, offline, stale, gone. */
export class Watch {
  #poll;
  #receipt;
  #onSnapshot;
  #socket;
  #snapshot = null;
  #asOf = null; // when the numbers were last known to be right, by the server's clock
  #heard = performance.now(); // when the server gave a sign, by ours
  #confirmed = performance.now(); // when `asOf` last moved, by ours
  #ahead = null; // ms that the server's clock is ahead of ours, which counts from the page's start
  #wasLive = false;
  #gone = false;

  /** @param receipt shows what only voters of the poll may see; may be empty. */
  constructor(poll, onSnapshot, receipt = "") {
    this.#poll = Number(poll);
    this.#receipt = receipt;
    this.#onSnapshot = onSnapshot;
  }

  start() {
    this.#socket = io({
      path: "/result/socket.io",
      // A WebSocket first: it stays with one server. Polling is for networks that let none through.
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      timeout: 4000,
      reconnectionDelay: 300,
      reconnectionDelayMax: 2000,
    });
    this.#socket.on("connect", () => this.#ask());
    this.#socket.on("results", (snapshot) => this.take(snapshot));
    this.#socket.on("gone", ({ poll }) => this.#lose(poll));
    this.#socket.on("as-of", ({ as_of: asOf }) => this.#confirm(asOf));
    // A server that is stopped says goodbye, and the library then stays away for good.
    this.#socket.on("disconnect", (reason) => {
      if (reason === "io server disconnect") setTimeout(() => this.#socket.connect(), 500);
    });
  }

  /** Tell the state, the time of the numbers and of now; end a connection that has gone silent. */
  look() {
    const now = performance.now();
    const up = this.#socket.connected;
    if (up && now - this.#heard > SILENCE) {
      // Nothing closes a connection whose other end has vanished; a new one shows what is true.
      this.#heard = now;
      this.#socket.disconnect().connect();
    }
    const time = this.#ahead === null ? Date.now() : now + this.#ahead;
    return { state: this.#state(up, now), asOf: this.#asOf, now: time };
  }

  #state(up, now) {
    if (this.#gone) return "gone";
    if (!navigator.onLine) return "offline";
    if (!up || now - this.#heard > SILENCE) return this.#wasLive ? "reconnecting" : "connecting";
    if (this.#snapshot === null) return this.#wasLive ? "reconnecting" : "connecting";
    if (now - this.#confirmed > SILENCE) return "stale";
    this.#wasLive = true;
    return "live";
  }

  #ask() {
    this.#heard = performance.now();
    const request = { poll: this.#poll, receipt: this.#receipt || null };
    this.#socket.timeout(4000).emit("watch", request, (late, answer) => {
      if (late) return; // the silence will be noticed
      if (!answer.error) this.take(answer);
      else if (answer.error.code === "unknown_poll") this.#lose(this.#poll);
      else this.#askAgain(1000);
    });
  }

  #askAgain(wait) {
    setTimeout(() => this.#socket.connected && this.#ask(), wait);
  }

  /* It was deleted, or is a draft again and may come back. */
  #lose(poll) {
    if (poll !== this.#poll) return;
    this.#gone = true;
    this.#snapshot = null;
    this.#askAgain(RETURN);
  }

  /** Take a snapshot, unless it is older than the last one. */
  take(snapshot) {
    if (snapshot.poll.id !== this.#poll) return;
    this.#gone = false;
    if (!this.#isOlder(snapshot)) {
      this.#snapshot = snapshot;
      this.#onSnapshot(snapshot);
    }
    this.#confirm(snapshot.as_of);
  }

  /* Another server may be a moment behind the last one. Numbers that are still lower when that one
   * has long seen later times are no delay: the database was put back to an older copy. */
  #isOlder(snapshot) {
    const last = this.#snapshot;
    return (
      last !== null &&
      last.version !== null &&
      snapshot.version !== null &&
      snapshot.version < last.version &&
      Date.parse(snapshot.as_of) < Date.parse(this.#asOf) + REGRESSION
    );
  }

  #confirm(asOf) {
    this.#heard = performance.now();
    // The message that was fastest tells best.
    this.#ahead = Math.max(this.#ahead ?? -Infinity, Date.parse(asOf) - this.#heard);
    if (this.#asOf === null || Date.parse(asOf) > Date.parse(this.#asOf)) {
      this.#asOf = asOf;
      this.#confirmed = this.#heard;
    }
  }
}
