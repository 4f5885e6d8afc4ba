/* A viewer of results with the client that most programs use: socket.io-client from npm.
 *
 *   node viewer.mjs URL PATH TRANSPORT [POLL]
 *
 * Watches POLL, or nothing, until its standard input ends. Writes what happens as lines of JSON:
 * [event, data], the first two being ["connect", transport] and, for a poll, ["watch", answer].
 */

import { io } from "socket.io-client";

const [url, path, transport, poll] = process.argv.slice(2);
const say = (event, data) => process.stdout.write(`${JSON.stringify([event, data])}\n`);

const socket = io(url, { path, transports: [transport] });
socket.onAny(say);
socket.on("connect_error", (error) => say("connect_error", error.message));
socket.on("connect", () => {
  say("connect", socket.io.engine.transport.name);
  if (poll) socket.emit("watch", { poll }, (answer) => say("watch", answer));
});

process.stdin.on("end", () => socket.disconnect());
process.stdin.resume();
