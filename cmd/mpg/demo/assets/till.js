// The shops' tills in one panel: the order chosen, large, with what a till can do with it,
// and those before it. All of it comes from what the gateway tells tills.
import { post } from "./net.js";
import { clock, element, latest, party, price, scheme, set } from "./street.js";
import { has, say } from "./words.js";

const get = (id) => document.getElementById(id);
const root = get("till"), part = (name) => root.querySelector("." + name);
let chosen = ""; // reference of the order that somebody chose
const known = new Map(); // the state of each order, to see what is new

// till stands among the handsets of a slot.
export const till = {
  id: "till", root, unread: 0, call: { state: "none" },
  screen: { name: "Till", name_zh: "收银台" },
  get shown() { return root.isConnected && !root.hidden && root.offsetParent !== null; },
  toEnd() {},
};

const offered = (order) => order.state === "offered";
const orders = () => latest.till ?? [];
const current = () => orders().find(offered) ?? orders().find((o) => o.ref === chosen) ?? orders()[0];

// changed takes the orders and returns whether one is new, or waits for the shop's word.
export function changed(list) {
  const first = latest.till === null;
  latest.till = list ?? [];
  let news = false;
  for (const order of orders()) {
    if (known.get(order.ref) !== order.state && !first) {
      news = true;
      chosen = order.ref;
      if (!till.shown) till.unread++;
    }
    known.set(order.ref, order.state);
  }
  drawTill();
  return news && orders().some(offered);
}

const stateWords = (order) => (has("till-" + order.state) ? say("till-" + order.state) : order.state);
const cardWords = (order) => (order.last4 ? `${scheme(order.scheme)} ${order.last4}` : "");
const details = (order) => [party(order.shop), order.payer, cardWords(order), order.holder, order.ref, clock(order.at)].filter(Boolean).join(" · ");

export function drawTill() {
  const order = current();
  part("waits").hidden = Boolean(order);
  part("now").hidden = !order;
  if (order) {
    const now = part("now");
    now.dataset.state = order.state;
    set(part("what"), stateWords(order));
    set(part("sum"), price(order.amount));
    set(part("about"), details(order));
    actions(order);
  }
  const rest = orders().filter((o) => o !== order);
  part("earlier").replaceChildren(...rest.map(row));
}

function row(order) {
  const li = element("li"), b = element("button", { type: "button" });
  b.append(element("span", { className: "tag " + order.state, textContent: stateWords(order) }), element("strong", { textContent: price(order.amount) }), element("small", { textContent: details(order) }));
  b.onclick = () => { chosen = order.ref; drawTill(); part("about").focus(); };
  li.append(b);
  return li;
}

// actions shows the buttons for an order. They are not redrawn while the order stays as it
// is, so that a half typed amount and the focus stay.
function actions(order) {
  const box = part("actions"), drawn = `${order.ref} ${order.state} ${document.documentElement.lang}`;
  if (box.dataset.drawn === drawn) return;
  const held = box.contains(document.activeElement);
  box.dataset.drawn = drawn;
  set(part("wrong"), "");
  const verbs = { offered: ["accept", "refuse"], authorized: ["capture", "release"] }[order.state] ?? [];
  const buttons = verbs.map((verb) => {
    const b = element("button", { type: "button", className: verb, textContent: say("till-" + verb) });
    b.onclick = () => act(order, verb, box.querySelector("input")?.value ?? "");
    return b;
  });
  if (order.state === "authorized") buttons.unshift(amountOf(order));
  box.replaceChildren(...buttons);
  if (held) (box.querySelector("button") ?? part("about")).focus();
}

// amountOf asks how much is charged: at the petrol station of the first example less than what
// is held.
function amountOf(order) {
  const label = element("label"), input = element("input", { name: "amount", inputMode: "decimal", autocomplete: "off", maxLength: 15 });
  input.value = Number(order.amount) > 268.4 ? "268.40" : order.amount;
  label.append(element("span", { textContent: say("till-charge") }), " ", input);
  return label;
}

async function act(order, verb, amount) {
  try {
    await post("/till", { shop: order.shop, ref: order.ref, does: verb, amount: verb === "capture" ? amount : "" });
    set(part("wrong"), "");
  } catch (e) {
    set(part("wrong"), e.message);
  }
}
