// The page: one stream of events from the server, each the whole value of a
// topic, so that a page that comes late or reconnects shows the same.
import { Phone, post } from "./phone.js";
import { choose, dress, has, language, say } from "./words.js";

const get = (id) => document.getElementById(id);
const phones = new Map();
const latest = { ledger: null, faults: null };

function showPhone(screen) {
  let phone = phones.get(screen.number);
  if (!phone) {
    phone = new Phone(screen, get("phone"));
    phones.set(screen.number, phone);
    get("phones").append(phone.root);
    const order = [...phones.keys()].sort();
    for (const number of order) get("phones").append(phones.get(number).root);
  }
  phone.show(screen);
}

function cell(text, kind = "") {
  return Object.assign(document.createElement("td"), { textContent: text, className: kind });
}

// accountName says what purse:+86… is in words, and keeps the name under it.
function accountCell(name) {
  const td = cell("");
  const [kind, rest = ""] = name.split(/:(.*)/);
  const owner = phones.get(rest)?.screen;
  const who = owner ? (language() === "zh" ? owner.name_zh : owner.name) : rest;
  td.append([who, has(kind) ? say(kind) : ""].filter(Boolean).join(" · ") || name);
  td.append(Object.assign(document.createElement("small"), { textContent: name, className: "mono" }));
  return td;
}

const before = new Map();
function showLedger(ledger) {
  latest.ledger = ledger;
  const trial = get("trial");
  trial.classList.toggle("wrong", !ledger.trial);
  const verdict = (ledger.trial ? "✓ " : "✗ ") + say(ledger.trial ? "balanced" : "unbalanced");
  if (trial.textContent !== verdict) trial.textContent = verdict;
  get("accounts").replaceChildren(...(ledger.accounts ?? []).map((a) => {
    const tr = document.createElement("tr");
    tr.append(accountCell(a.account), cell(a.posted, "sum"), cell(a.available, "sum"));
    const now = a.posted + "/" + a.available;
    if (before.has(a.account) && before.get(a.account) !== now) tr.className = "moved";
    before.set(a.account, now);
    return tr;
  }));
  const payments = ledger.payments ?? [];
  get("no-payments").hidden = payments.length > 0;
  get("payments").replaceChildren(...payments.map(paymentRow));
}

function paymentRow(p) {
  const tr = document.createElement("tr");
  const td = cell("");
  const tag = document.createElement("span");
  tag.className = "tag" + (p.outcome === "paid" ? " paid" : p.outcome ? " unpaid" : "");
  const state = "state-" + p.state;
  tag.textContent = p.outcome ? say(p.outcome) : has(state) ? say(state) : p.state;
  td.append(tag);
  tr.append(cell(p.ref, "mono"), cell(p.payee), cell(p.amount, "sum"), td);
  return tr;
}

// showFaults keeps the buttons that are there, and with them the focus.
function showFaults(faults) {
  latest.faults = faults;
  for (const name of Object.keys(faults).sort()) {
    const b = get(name) ?? faultSwitch(name);
    b.setAttribute("aria-checked", String(faults[name]));
    b.querySelector("span").replaceChildren(say(name), Object.assign(document.createElement("small"), { textContent: say(name + "-note") }));
  }
}

function faultSwitch(name) {
  const b = Object.assign(document.createElement("button"), { type: "button", id: name });
  b.setAttribute("role", "switch");
  b.append(document.createElement("span"));
  b.onclick = () => post("/fault", { fault: name, on: !latest.faults[name] });
  get("faults").append(b);
  return b;
}

function link(state) {
  get("link").dataset.state = state;
  get("link-text").textContent = say(state);
}

function redraw() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  get("language").textContent = say("other");
  get("language").lang = language() === "zh" ? "en" : "zh-CN";
  dress(document);
  link(get("link").dataset.state);
  for (const p of phones.values()) p.show(p.screen);
  if (latest.ledger) showLedger(latest.ledger);
  if (latest.faults) showFaults(latest.faults);
}

function follow() {
  const events = new EventSource("/events");
  events.onopen = () => link("live");
  events.onerror = () => link("lost");
  for (const topic of ["ledger", "faults"]) {
    const show = topic === "ledger" ? showLedger : showFaults;
    events.addEventListener(topic, (e) => show(JSON.parse(e.data)));
  }
  events.addEventListener("phone", (e) => showPhone(JSON.parse(e.data)));
}

// The token has done its work: the browser has the cookie now.
history.replaceState(null, "", "/");
get("language").onclick = () => { choose(language() === "zh" ? "en" : "zh"); redraw(); };
redraw();
follow();
