// The server: requests go to it, and one stream of events comes from it. Each event is
// the whole value of a topic, so that a page that joins late or reconnects shows the
// same. Only visible pages listen, and not all of them by a stream: a
// browser opens at most six connections to a host.
import { say, has } from "./words.js";

// post asks for something; its error is a sentence in the page's language.
export async function post(path, body) {
  let response;
  try {
    response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error(say("refused-unreachable"));
  }
  if (response.ok) return;
  const name = "refused-" + response.headers.get("Mpg-Refusal");
  throw new Error(has(name) ? say(name) : (await response.text()).trim());
}

const retry = 2000; // ms before reconnecting after the server has closed the stream
const poll = 1000; // ms until a page without a stream asks again
const places = 4; // streams of one browser; its other connections are for orders

// place takes one of the browser's places for a stream and returns what gives it
// back, or null if other windows have them all. A window that is closed, or
// breaks, gives its place back by itself. W3C Web Locks 2
async function place() {
  if (!navigator.locks) return () => {};
  for (let n = 0; n < places; n++) {
    const release = await new Promise((got) => {
      navigator.locks.request(`stream ${n}`, { ifAvailable: true }, (lock) => (lock ? new Promise(got) : got(null)));
    });
    if (release) return release;
  }
  return null;
}

// follow calls the function of each topic with its values, and link with the state of
// the stream: joining, live, paused or lost. A page without a place for a
// stream asks every second, and hears nothing.
export function follow(topics, link) {
  let events = null, again = 0, release = null, turns = 0;
  const last = new Map(); // what each topic showed
  const told = (topic, show, data) => {
    const value = JSON.parse(data), name = topic + (value.number ?? "");
    if (topic !== "sound") {
      if (last.get(name) === data) return;
      last.set(name, data);
    }
    show(value);
  };
  const close = () => {
    turns++;
    clearTimeout(again);
    events?.close();
    release?.();
    events = release = null;
  };
  const open = async () => {
    close();
    const turn = turns, got = await place();
    if (turn !== turns) { got?.(); return; }
    release = got;
    const now = new EventSource(got ? "/events?sound" : "/events?once");
    let opened = false;
    events = now;
    now.onopen = () => { opened = true; link("live"); };
    now.onerror = () => {
      if (!got && opened) { now.close(); again = setTimeout(open, poll); return; }
      link("lost");
      if (now.readyState === EventSource.CLOSED) again = setTimeout(open, retry);
    };
    for (const [topic, show] of Object.entries(topics)) now.addEventListener(topic, (e) => told(topic, show, e.data));
  };
  const turn = () => {
    if (document.visibilityState === "hidden") { close(); link("paused"); } else if (!events) open();
  };
  document.addEventListener("visibilitychange", turn);
  turn();
}
