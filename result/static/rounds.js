/* The rounds of a ranked poll as a table; rounds.html is the same. */

import { number } from "./figures.js";

/** Show the rounds of a snapshot. */
export function drawRounds(section, { options, rounds, final }) {
  const last = rounds?.at(-1);
  section.hidden = !last;
  if (!last) return;
  const text = new Map(options.map((option) => [option.id, option.text]));
  const fate = { out: "out", elected: final ? "wins" : "ahead" };
  section.querySelector("[data-winner]").textContent =
    `${text.get(last.elected)} ${final ? "wins" : "is ahead"} in round ${rounds.length}.`;
  const head = row("Round", rounds.map((_, i) => cell("th", i + 1, { scope: "col" })), "col");
  const rows = options.map(({ id }) => row(text.get(id), rounds.map((each) => votes(each, id, fate))));
  const rest = row("No choice left", rounds.map((each) => cell("td", number(each.exhausted))));
  rest.className = "rounds-rest";
  section.querySelector("thead").replaceChildren(head);
  section.querySelector("tbody").replaceChildren(...rows, rest);
}

function votes(round, id, words) {
  const found = round.votes.find((each) => each.id === id);
  const data = cell("td", found ? number(found.votes) : "–");
  const fate = id === round.elected ? "elected" : round.out.includes(id) ? "out" : null;
  if (fate) {
    data.className = `rounds-${fate}`;
    data.append(" ", cell("small", words[fate]));
  }
  return data;
}

function row(title, cells, scope = "row") {
  const made = document.createElement("tr");
  made.append(cell("th", title, { scope }), ...cells);
  return made;
}

function cell(name, text, attributes = {}) {
  return Object.assign(document.createElement(name), { textContent: text, ...attributes });
}
