/* What a ballot paper can do better with JavaScript. Without it, everything still works. */

// Times in the reader's own time zone, and in the page's language.
for (const time of document.querySelectorAll("time[datetime]")) {
  const shown = { dateStyle: "long", timeStyle: "short" };
  time.textContent = new Date(time.dateTime).toLocaleString("en-GB", shown);
}

const paper = document.querySelector("[data-paper]");
if (paper) {
  const button = paper.querySelector("button");
  const offline = paper.querySelector("[data-offline]");

  paper.addEventListener("submit", () => {
    // Later than the submission itself, which a button disabled at once would take along.
    setTimeout(() => { if (button) button.disabled = true; });
  });

  const showConnection = () => { if (offline) offline.hidden = navigator.onLine; };
  addEventListener("online", showConnection);
  addEventListener("offline", showConnection);
  showConnection();

  // A browser asks before it sends; the server would only refuse.
  const boxes = [...paper.querySelectorAll("input[type=checkbox]")];
  const most = Number(paper.querySelector("[data-most]")?.dataset.most);
  const check = () => {
    const chosen = boxes.filter((box) => box.checked).length;
    boxes[0].setCustomValidity(
      chosen === 0 ? "Choose an option." : chosen > most ? `Choose at most ${most}.` : "",
    );
  };
  if (boxes.length) {
    paper.addEventListener("change", check);
    check();
  }
}

// A page kept by the browser for its Back button shows an old vote and an old key.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
