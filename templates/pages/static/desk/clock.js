// Every clock of the page, moved once a second by the server's time.

const skew = Date.parse(document.body.dataset.now) - Date.now();
const now = () => Date.now() + skew;

function length(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

const set = (element, text) => { if (element && element.textContent !== text) element.textContent = text; };

function countDown(ring) {
  const left = (Date.parse(ring.dataset.until) - now()) / 1000;
  set(ring.querySelector("b"), String(Math.max(0, Math.min(Number(ring.dataset.for), Math.ceil(left)))));
  ring.querySelector(".left").style.strokeDashoffset = String(100 - Math.max(0, Math.min(100, (left / Number(ring.dataset.for)) * 100)));
  ring.classList.toggle("hurry", left < 6);
}

function due(element) {
  const left = (Date.parse(element.dataset.due) - now()) / 1000;
  const long = Math.abs(left) >= 3600 ? `${Math.floor(Math.abs(left) / 3600)} h` : length(Math.abs(left));
  set(element, left >= 0 ? `due in ${long}` : `late ${long}`);
  element.classList.toggle("late", left < 0);
}

// Times of day in the reader's own zone; of another day with its date.
function wall(element) {
  const at = new Date(element.dateTime);
  const sameDay = at.toDateString() === new Date(now()).toDateString();
  const how = sameDay ? { hour: "2-digit", minute: "2-digit" } : { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  set(element, at.toLocaleString(undefined, how));
}

export function tick() {
  for (const element of document.querySelectorAll("[data-since]")) set(element, length((now() - Date.parse(element.dataset.since)) / 1000));
  document.querySelectorAll(".ring[data-until]").forEach(countDown);
  document.querySelectorAll("[data-due]").forEach(due);
  document.querySelectorAll("time[data-clock]").forEach(wall);
}

export function startClock() {
  tick();
  setInterval(tick, 1000);
}
