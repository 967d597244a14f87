// The ledger: accounts whose balances changed, and the latest payments, with names in
// place of numbers and codes.
import { account, element, latest, party, set } from "./street.js";
import { has, say } from "./words.js";

const get = (id) => document.getElementById(id);
const before = new Map(); // what accounts showed
let drawn = false, still = true;

function cell(text, kind = "") {
  return element("td", { textContent: text, className: kind });
}

function accountRow(a) {
  const tr = element("tr"), td = cell(""), { name, kind } = account(a.account);
  td.append([name, kind].filter(Boolean).join(" · "), element("small", { textContent: a.account }));
  tr.append(td, cell(a.posted, "sum"), cell(a.available, "sum"));
  const now = a.posted + "/" + a.available;
  if (before.get(a.account) !== now && !still) tr.className = "moved";
  before.set(a.account, now);
  return tr;
}

function paymentRow(p) {
  const tr = element("tr"), state = cell(""), to = cell("");
  const tag = element("span", { className: "tag" + (p.outcome === "paid" ? " paid" : p.outcome ? " unpaid" : "") });
  tag.textContent = p.outcome ? say(p.outcome) : has("state-" + p.state) ? say("state-" + p.state) : p.state;
  state.append(tag);
  to.append(party(p.payee), element("small", { textContent: `${say("from")} ${party(p.payer)}` }));
  tr.append(cell(p.ref, "mono"), to, cell(p.amount, "sum"), state);
  return tr;
}

// drawBooks shows the ledger; again means that only the language changed.
export function drawBooks(again = false) {
  const ledger = latest.ledger;
  if (!ledger) return;
  still = again || !drawn;
  drawn = true;
  const trial = get("trial");
  trial.classList.toggle("wrong", !ledger.trial);
  set(trial, (ledger.trial ? "✓ " : "✗ ") + say(ledger.trial ? "balanced" : "unbalanced"));
  const accounts = ledger.accounts ?? [], payments = ledger.payments ?? [];
  get("ledger-table").hidden = accounts.length === 0;
  get("no-accounts").hidden = accounts.length > 0;
  get("accounts").replaceChildren(...accounts.map(accountRow));
  get("payments-table").hidden = payments.length === 0;
  get("no-payments").hidden = payments.length > 0;
  get("payments").replaceChildren(...payments.map(paymentRow));
}
