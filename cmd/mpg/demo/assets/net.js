// The server: requests go to it, and one stream of events comes from it. Each event is
// the whole value of a topic, so that a page that joins late or reconnects shows the
// same. Only a visible page listens: a browser opens at most six connections to a host.
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

// follow calls the function of each topic with its values, and link with the state of
// the stream: joining, live, paused or lost.
export function follow(topics, link) {
  let events = null, again = 0;
  const close = () => { clearTimeout(again); events?.close(); events = null; };
  const open = () => {
    close();
    events = new EventSource("/events?sound");
    events.onopen = () => link("live");
    events.onerror = () => {
      link("lost");
      if (events?.readyState === EventSource.CLOSED) again = setTimeout(open, retry);
    };
    for (const [topic, show] of Object.entries(topics)) events.addEventListener(topic, (e) => show(JSON.parse(e.data)));
  };
  const turn = () => {
    if (document.visibilityState === "hidden") { close(); link("paused"); } else if (!events) open();
  };
  document.addEventListener("visibilitychange", turn);
  turn();
}
