/* Who has won, and the sentence that says so. verdict.py does the same; keep them in step. */

import { _, ngettext, number } from "/static/words.js";
import { standing } from "./figures.js";

const MOST_NAMED = 3;
const list = new Intl.ListFormat(document.documentElement.lang || "en-GB");

/* The ids of the options that are ahead; none without votes, or where the numbers are hidden. */
function leaders({ poll, options, rounds }) {
  if (poll.kind === "ranked") return rounds?.length ? [rounds.at(-1).elected] : [];
  const most = Math.max(...options.map(standing));
  return options.filter((option) => most && standing(option) === most).map(({ id }) => id);
}

/** Put the verdict on a page, and mark the options that have won. */
export function drawVerdict(page, snapshot) {
  const { final, hidden, differs } = snapshot;
  const won = final && !hidden && !differs ? leaders(snapshot) : [];
  for (const row of page.querySelectorAll("[data-option]")) {
    const hasWon = won.includes(Number(row.dataset.option));
    row.classList.toggle("bars-won", hasWon);
    if (won.length) row.classList.toggle("bars-lead", hasWon);
  }
  const place = page.querySelector("[data-verdict]");
  const text = verdict(snapshot);
  if (place.textContent !== text) place.textContent = text;
}

/* What has come out; empty while votes come in, but for a ranked poll. */
function verdict(snapshot) {
  const { poll, rounds, ballots, hidden, final, differs } = snapshot;
  if (hidden || differs) return "";
  if (rounds?.length) return inRounds(snapshot);
  // The rounds of a ranking are a moment behind its last ballot.
  if (!final || (poll.kind === "ranked" && ballots)) {
    return poll.state === "closed" ? _("The last votes are being counted.") : "";
  }
  return ballots ? won(snapshot) : _("Nobody has voted.");
}

function inRounds({ options, rounds, final }) {
  const option = options.find(({ id }) => id === rounds.at(-1).elected).text;
  const told = { option, number: number(rounds.length) };
  if (final) return _("%(option)s wins in round %(number)s.", told);
  return _("%(option)s is ahead in round %(number)s.", told);
}

function won(snapshot) {
  const ahead = leaders(snapshot);
  const texts = snapshot.options.filter(({ id }) => ahead.includes(id)).map(({ text }) => text);
  if (texts.length > MOST_NAMED) {
    return ngettext("%(n)s option is ahead.", "A tie of %(n)s options.", texts.length);
  }
  if (texts.length > 1) return _("A tie between %(options)s.", { options: list.format(texts) });
  const option = texts.join("");
  if (snapshot.poll.kind === "rating") return _("%(option)s is rated best.", { option });
  return _("%(option)s wins.", { option });
}
