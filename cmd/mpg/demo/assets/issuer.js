// The card issuer: the limit of each card, what is held and what was taken, and the
// latest entries of its own book.
import { clock, element, latest, named, phones, price, scheme, set } from "./street.js";
import { has, say } from "./words.js";

const get = (id) => document.getElementById(id);

function figure(name, amount) {
  const div = element("div");
  div.append(element("dt", { textContent: say(name) }), element("dd", { textContent: amount, className: "sum" }));
  return div;
}

function card(c) {
  const box = element("div", { className: "plastic" }), list = element("dl");
  const meter = element("meter", { min: 0, max: 100, value: c.share });
  meter.setAttribute("aria-label", say("issuer-used"));
  list.append(figure("issuer-limit", c.limit), figure("issuer-held", c.held), figure("issuer-captured", c.captured), figure("issuer-free", c.free));
  box.append(element("h3", { textContent: `${scheme(c.scheme)} ···· ${c.last4} · ${named(phones.get(c.number)?.screen) || c.number}` }), meter, list);
  return box;
}

function line(entry) {
  const tr = element("tr"), what = has("book-" + entry.what) ? say("book-" + entry.what) : entry.what;
  tr.append(element("td", { textContent: clock(entry.at) }), element("td", { textContent: what }), element("td", { textContent: price(entry.amount), className: "sum" }), element("td", { textContent: entry.code || "–", className: "mono" }));
  return tr;
}

// drawIssuer shows what the issuer has, if there is one.
export function drawIssuer() {
  const issuer = latest.issuer;
  get("books").classList.toggle("both", Boolean(issuer));
  if (!issuer) return;
  get("cards").replaceChildren(...issuer.cards.map(card));
  get("issuer-table").hidden = issuer.book.length === 0;
  get("issuer-book").replaceChildren(...issuer.book.map(line));
}

// choose shows one of the two tabs of the books.
function choose(tab) {
  get("books").dataset.tab = tab;
  for (const b of get("books").querySelectorAll(".tabs button")) b.setAttribute("aria-pressed", String(b.dataset.tab === tab));
}

for (const b of get("books").querySelectorAll(".tabs button")) b.onclick = () => choose(b.dataset.tab);
choose("ledger");
