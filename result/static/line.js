/* The connection of a page: one for all polls that it watches, and how long ago it gave a sign. */

import { io } from "./vendor/socket.io.esm.min.js";

const SILENCE = 4500; // ms without a sign from the server, which gives one every two seconds

/** States: connecting, live, reconnecting, offline, stale. */
class Line {
  #watches = new Map(); // by the poll's id
  #socket = null;
  #asOf = null; // when the numbers were last known to be right, by the server's clock
  #heard = performance.now(); // when the server gave a sign, by ours
  #confirmed = performance.now(); // when `asOf` last moved, by ours
  #ahead = null; // ms that the server's clock is ahead of ours, which counts from the page's start
  #wasLive = false;

  get asOf() {
    return this.#asOf;
  }

  get connected() {
    return Boolean(this.#socket?.connected);
  }

  /** Hand what comes about a poll to a watch, from now on, and connect if there is need to. */
  add(poll, watch) {
    // Where nothing was watched, the server had no reason to give signs.
    if (!this.#watches.size) this.#heard = this.#confirmed = performance.now();
    this.#watches.set(poll, watch);
    if (this.connected) watch.ask();
    this.#socket ??= this.#connect();
  }

  /** Hear no more of a poll. */
  drop(poll, name) {
    this.#watches.delete(poll);
    if (this.connected) this.#socket.emit("unwatch", { poll: name });
  }

  /** Send a request; `onAnswer` is not called where none comes: the silence will be noticed. */
  ask(event, request, onAnswer) {
    this.#socket.timeout(4000).emit(event, request, (late, answer) => late || onAnswer(answer));
  }

  /** Note that the server gave a sign, and that what it has sent was right at this time. */
  confirm(asOf) {
    this.#heard = performance.now();
    // The message that was fastest tells best.
    this.#ahead = Math.max(this.#ahead ?? -Infinity, Date.parse(asOf) - this.#heard);
    if (this.#asOf === null || Date.parse(asOf) > Date.parse(this.#asOf)) {
      this.#asOf = asOf;
      this.#confirmed = this.#heard;
    }
  }

  /** Tell the state, the time of the numbers and of now; end a connection that has gone silent. */
  look() {
    const now = performance.now();
    if (this.connected && this.#isSilent(now)) {
      // Nothing closes a connection whose other end has vanished; a new one shows what is true.
      this.#heard = now;
      this.#socket.disconnect().connect();
    }
    const time = this.#ahead === null ? Date.now() : now + this.#ahead;
    return { state: this.#state(now), asOf: this.#asOf, now: time };
  }

  #state(now) {
    if (!navigator.onLine) return "offline";
    if (!this.connected || this.#asOf === null || this.#isSilent(now)) {
      return this.#wasLive ? "reconnecting" : "connecting";
    }
    if (this.#watches.size && now - this.#confirmed > SILENCE) return "stale";
    this.#wasLive = true;
    return "live";
  }

  #isSilent(now) {
    return this.#watches.size > 0 && now - this.#heard > SILENCE;
  }

  #connect() {
    const socket = io({
      path: "/result/socket.io",
      // A WebSocket first: it stays with one server. Polling is for networks that let none through.
      transports: ["websocket", "polling"],
      tryAllTransports: true,
      timeout: 4000,
      reconnectionDelay: 300,
      reconnectionDelayMax: 2000,
    });
    socket.on("connect", () => this.#greet());
    socket.on("results", (snapshot) => this.#watches.get(snapshot.poll.id)?.take(snapshot));
    socket.on("gone", ({ poll }) => this.#watches.get(poll)?.lose());
    socket.on("as-of", ({ as_of: asOf }) => this.confirm(asOf));
    // A server that is stopped says goodbye, and the library then stays away for good.
    socket.on("disconnect", (reason) => {
      if (reason === "io server disconnect") setTimeout(() => socket.connect(), 500);
    });
    return socket;
  }

  #greet() {
    this.#heard = performance.now();
    for (const watch of this.#watches.values()) watch.ask();
  }
}

/** The line of this page. */
export const line = new Line();
