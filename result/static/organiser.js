/* What an organiser who is signed in at the desk, in this browser, can do with a poll from here. */

const about = (poll) => `/api/polls/${poll}`;

/** Tell the state and the slug of a poll to its organiser; null to anybody else. */
export async function known(poll) {
  try {
    const answer = await fetch(about(poll), { headers: { Accept: "application/json" } });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

/** Open or close a poll; tells whether that was done. */
export async function act(poll, what) {
  try {
    const headers = { Accept: "application/json" };
    return (await fetch(`${about(poll)}/${what}`, { method: "POST", headers })).ok;
  } catch {
    return false;
  }
}
