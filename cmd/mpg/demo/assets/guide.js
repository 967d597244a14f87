// The guide to the first payment: 1 text, 2 answer, 3 press 1, 4 PIN. It disappears
// for good when a payment has been made, or when the user hides it.
import { element } from "./street.js";
import { say } from "./words.js";

const remembered = () => { try { return localStorage.getItem("guided") === "yes"; } catch { return false; } };
let done = remembered();

export function finish() {
  done = true;
  try { localStorage.setItem("guided", "yes"); } catch { /* private window: until it is loaded again */ }
}

// step returns how far the user is in the first payment.
function step(call) {
  if (call?.state === "ringing") return 2;
  if (call?.state !== "talking") return 1;
  return call.keys?.length ? 4 : 3;
}

// guide shows the steps on a handset.
export function guide(phone) {
  const list = phone.part("guide");
  list.hidden = done;
  if (done) return;
  const now = step(phone.screen.call);
  const drawn = `${now} ${document.documentElement.lang}`;
  phone.root.dataset.step = now;
  if (list.dataset.drawn === drawn) return;
  const held = list.contains(document.activeElement);
  list.dataset.drawn = drawn;
  list.replaceChildren(...[1, 2, 3, 4].map((n) => {
    const li = element("li");
    li.append(element("b", { textContent: n }), " ", element("span", { className: n === now ? "" : "hidden", textContent: say("guide-" + n) }));
    if (n === now) li.setAttribute("aria-current", "step");
    return li;
  }), closing(phone, list));
  if (held) list.querySelector("button").focus();
}

function closing(phone, list) {
  const li = element("li", { className: "close" }), b = element("button", { type: "button", textContent: "×" });
  b.setAttribute("aria-label", say("guide-close"));
  b.onclick = () => { finish(); list.hidden = true; delete phone.root.dataset.step; phone.part("write").body.focus(); };
  li.append(b);
  return li;
}
