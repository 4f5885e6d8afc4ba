/* The connection: watches one poll, and knows how old its numbers are. */

import { io } from "./vendor/socket.io.esm.min.js";

const SILENCE = 4500; // ms without a sign from the server, which gives one every two seconds
const REGRESSION = 5000; // ms

/** One watched poll. States: connecting, live, reconnecting, offline, stale, gone. */
export class Watch {
  #poll;
  #onSnapshot;
  #socket;
  #snapshot = null;
  #asOf = null; // when the numbers were last known to be right, by the server's clock
  #heard = performance.now(); // when the server gave a sign, by ours
  #confirmed = performance.now(); // when `asOf` last moved, by ours
  #wasLive = false;
  #gone = false;

  constructor(poll, onSnapshot) {
    this.#poll = Number(poll);
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
    this.#socket.on("as-of", ({ as_of: asOf }) => this.#confirm(asOf));
    // A server that is stopped says goodbye, and the library then stays away for good.
    this.#socket.on("disconnect", (reason) => {
      if (reason === "io server disconnect") setTimeout(() => this.#socket.connect(), 500);
    });
  }

  /** Tell the state and the time of the numbers; end a connection that has gone silent. */
  look() {
    const now = performance.now();
    const up = this.#socket.connected;
    if (up && now - this.#heard > SILENCE) {
      // Nothing closes a connection whose other end has vanished; a new one shows what is true.
      this.#heard = now;
      this.#socket.disconnect().connect();
    }
    return { state: this.#state(up, now), asOf: this.#asOf };
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
    this.#socket.timeout(4000).emit("watch", { poll: this.#poll }, (late, answer) => {
      if (late) return; // the silence will be noticed
      this.#gone = answer.error?.code === "unknown_poll";
      if (!answer.error) this.take(answer);
      else if (!this.#gone) setTimeout(() => this.#socket.connected && this.#ask(), 1000);
    });
  }

  /** Take a snapshot, unless it is older than the last one. */
  take(snapshot) {
    if (snapshot.poll.id !== this.#poll) return;
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
    if (this.#asOf === null || Date.parse(asOf) > Date.parse(this.#asOf)) {
      this.#asOf = asOf;
      this.#confirmed = this.#heard;
    }
  }
}
