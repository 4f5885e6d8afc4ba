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

  const choices = paper.querySelector("[data-kind]");
  if (choices) checkBeforeSending(paper, choices);

  // What opens or closes while the page is open: not everybody asks at the same moment.
  const left = Number(paper.dataset.renew) * 1000;
  // A longer wait than this would come at once.
  if (left > 0 && left < 2 ** 31) setTimeout(() => location.reload(), left + 250 + 1500 * Math.random());
}

// A browser asks before it sends; the server would only refuse.
function checkBeforeSending(form, choices) {
  const least = Number(choices.dataset.least), most = Number(choices.dataset.most);
  const boxes = [...choices.querySelectorAll("input[type=checkbox]")];
  const places = [...choices.querySelectorAll("select")];
  const ratings = [...choices.querySelectorAll("input[type=radio][name^=value-]")];

  const several = (chosen, noun) =>
    chosen < least ? (least === 1 ? `Choose ${noun}.` : `Choose at least ${least}.`)
      : chosen > most ? `Choose at most ${most}.` : "";
  const wrongPlaces = () => {
    const given = places.map((place) => place.value).filter(Boolean);
    if (new Set(given).size < given.length) return "Each place can be given only once.";
    return several(given.length, "a first place");
  };
  const check = () => {
    const rated = ratings.filter((radio) => radio.checked && radio.value).length;
    boxes[0]?.setCustomValidity(several(boxes.filter((box) => box.checked).length, "an option"));
    places[0]?.setCustomValidity(wrongPlaces());
    ratings[0]?.setCustomValidity(several(rated, "a value"));
  };
  form.addEventListener("change", check);
  check();
}

// How long it is until then, each second: days and hours far away, minutes and seconds near. The
// server says how long it was when it wrote the page, for the reader's clock may be wrong.
const clocks = [...document.querySelectorAll("[data-left]")];
const loaded = Date.now();
const two = (number) => String(number).padStart(2, "0");
function written(seconds) {
  const days = Math.floor(seconds / 86400), hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${two(minutes)} min`;
  return `${minutes}:${two(seconds % 60)}`;
}
function tick() {
  for (const clock of clocks) {
    const seconds = Math.ceil(Number(clock.dataset.left) - (Date.now() - loaded) / 1000);
    clock.hidden = seconds <= 0;
    clock.textContent = `, ${clock.dataset.what} ${written(Math.max(seconds, 0))}`;
  }
}
if (clocks.length) {
  tick();
  setInterval(tick, 1000);
}

// A page kept by the browser for its Back button shows an old vote and an old key.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
