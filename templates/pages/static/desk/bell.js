// What an agent hears, and what he sees while the page is hidden. Never a word of the customer's: screens are shared.

let sound; // made by the first click: a browser lets no page sing before
let ringing;
let muted = localStorage.getItem("muted") === "yes";

export function wakeSound() {
  sound ??= new AudioContext();
  if (sound.state === "suspended") sound.resume();
  if (globalThis.Notification?.permission === "default") Notification.requestPermission();
}

function tone(frequency, at, long) {
  const [pitch, volume] = [sound.createOscillator(), sound.createGain()];
  const start = sound.currentTime + at;
  pitch.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.12, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + long);
  pitch.connect(volume).connect(sound.destination);
  pitch.start(start);
  pitch.stop(start + long);
}

const melodies = {
  voice: () => { tone(880, 0, 0.35); tone(1109, 0.18, 0.45); },
  chat: () => { tone(660, 0, 0.15); tone(880, 0.12, 0.25); },
  line: () => tone(740, 0, 0.12),
};

export function play(name) {
  if (!muted && sound?.state === "running") melodies[name]?.();
}

// A call rings until it is gone; a chat says so once; a mail comes silently.
export function ring(calls) {
  if (!calls === !ringing) return;
  clearInterval(ringing);
  ringing = calls ? setInterval(() => play("voice"), 2000) : undefined;
  if (calls) play("voice");
}

export function notify(client, channel) {
  if (!document.hidden || globalThis.Notification?.permission !== "granted") return;
  const note = new Notification(`${client}: a ${channel === "voice" ? "call" : channel} for you`, { tag: "offer" });
  note.onclick = () => { window.focus(); note.close(); };
}

export function muteButton(button) {
  const show = () => {
    button.setAttribute("aria-pressed", String(!muted));
    button.querySelector("span").textContent = muted ? "Sound off" : "Sound on";
    button.querySelector("use").setAttribute("href", `/static/icons.svg#${muted ? "bell-off" : "bell"}`);
  };
  button.addEventListener("click", () => {
    muted = !muted;
    localStorage.setItem("muted", muted ? "yes" : "no");
    show();
  });
  show();
}
