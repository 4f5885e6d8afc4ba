/* Numbers that move while somebody looks. */

const EVERY = 2000; // ms

/** Fill in the numbers of a list or of one poll, from its `data-live` address, again and again. */
export async function live(board) {
  for (;;) {
    await new Promise((wake) => setTimeout(wake, EVERY));
    if (document.hidden) continue;
    try {
      const answer = await fetch(board.dataset.live, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return; // signed out, or deleted
      if (answer.ok) show(board, await answer.json());
    } catch {
      // No network: the numbers stay as they were until it is back.
    }
  }
}

function show(board, news) {
  if (news.polls) {
    for (const poll of news.polls) {
      const row = board.querySelector(`[data-poll="${poll.id}"]`);
      if (row) brief(row, poll);
    }
    return;
  }
  brief(document, news);
  for (const bar of news.bars) {
    const row = board.querySelector(`[data-option="${bar.id}"]`);
    if (!row) continue;
    write(row.querySelector("[data-note]"), bar.note);
    write(row.querySelector("[data-figure]"), bar.figure);
    row.querySelector("rect").setAttribute("width", `${bar.width}%`);
  }
  if (isAnother(board.dataset, news) && !isBusy()) location.replace(location.pathname);
}

function brief(place, poll) {
  const badge = place.querySelector("[data-badge]");
  write(badge, poll.label);
  badge.className = poll.look ? `badge badge-${poll.look}` : "badge";
  write(place.querySelector("[data-ballots]"), poll.ballots);
}

// What else is on the page depends on these.
const isAnother = (seen, news) =>
  seen.state !== news.state || seen.revision !== String(news.revision) ||
  seen.final !== String(news.final) || seen.sealed !== (news.sealed ?? "") ||
  seen.differs !== (news.differs ?? "");

// Somebody is about to do something: the page must not change under their fingers.
const isBusy = () => document.querySelector("details[open]") !== null;

function write(place, text) {
  if (place && place.textContent !== text) place.textContent = text;
}
