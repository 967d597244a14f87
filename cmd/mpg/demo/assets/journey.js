// What happens: the progress of the latest order from text to receipts, drawn from the
// payment's steps in the ledger and from what the handsets show.
import { clock, currency, element, latest, party, phones, set } from "./street.js";
import { has, say } from "./words.js";

const names = ["text", "call", "pin", "ledger", "receipts"];
const todo = () => ({ state: "todo", note: "" });

// lastText is the latest text that any subscriber sent, and its phone.
function lastText() {
  let found = null;
  for (const phone of phones.values()) {
    const text = (phone.screen.texts ?? []).findLast((t) => t.mine);
    if (text && (!found || new Date(text.at) > new Date(found.text.at))) found = { text, phone };
  }
  return found;
}

// draw shows the progress of the latest order.
export function drawJourney() {
  const steps = way();
  const list = document.getElementById("journey");
  if (list.children.length === 0) list.append(...names.map(blank));
  names.forEach((name, i) => {
    const li = list.children[i], step = steps[i];
    li.dataset.state = step.state;
    set(li.querySelector(".what"), say("step-" + name));
    set(li.querySelector(".note"), step.note);
    set(li.querySelector(".hidden"), step.state === "todo" ? "" : say("is-" + step.state));
    if (step.state === "now") li.setAttribute("aria-current", "step"); else li.removeAttribute("aria-current");
  });
}

function blank(_, i) {
  const li = element("li");
  li.append(element("span", { className: "mark", textContent: i + 1 }), element("span", { className: "what" }),
    element("span", { className: "note" }), element("span", { className: "hidden" }));
  li.querySelector(".mark").setAttribute("aria-hidden", "true");
  return li;
}

function way() {
  const last = lastText(), steps = names.map(todo);
  if (!last) return steps;
  steps[0] = { state: { sending: "now", failed: "bad" }[last.text.state] ?? "done", note: last.text.state === "failed" ? say("failed") : last.text.body };
  const payment = latest.ledger?.payments?.find((p) => p.payer === last.phone.number);
  if (last.text.state !== "sent" || !payment) return steps;
  steps[0] = { state: "done", note: `${payment.amount} · ${party(payment.payee)}` };
  steps[1] = called(payment, last.phone.screen.call);
  steps[2] = confirmed(payment, last.phone.screen.call);
  steps[3] = booked(payment);
  steps[4] = receipts(payment);
  return steps;
}

const passed = (payment, ...states) => payment.steps?.findLast((s) => states.includes(s.state));
const why = (payment) => (has("reason-" + payment.reason) ? say("reason-" + payment.reason) : payment.reason ?? "");
const ofCall = ["line busy", "no answer", "call refused", "call failed", "hung up", "no keys", "cut off"];
const ofPIN = ["wrong pin", "locked", "not me", "stopped", "expired"];

function called(payment, call) {
  if (passed(payment, "confirmed")) return { state: "done", note: say("answered") };
  if (ofCall.includes(payment.reason) && payment.state !== "calling") return { state: "bad", note: why(payment) };
  if (call?.state === "ringing") return { state: "now", note: say("rings") };
  if (call?.state === "talking") return { state: "done", note: say("answered") };
  if (ofPIN.includes(payment.reason)) return { state: "done", note: say("answered") };
  return { state: "now", note: say("state-calling") };
}

function confirmed(payment, call) {
  if (passed(payment, "confirmed")) return { state: "done", note: say("pin-right") };
  if (ofPIN.includes(payment.reason)) return { state: "bad", note: why(payment) };
  if (payment.state === "calling" && call?.state === "talking") return { state: "now", note: say(call.keys?.length ? "pin-wanted" : "guard") };
  return todo();
}

function booked(payment) {
  const code = payment.code ? ` (${payment.code})` : "";
  if (passed(payment, "posted")) return { state: "done", note: `${currency()} ${payment.amount}${code}` };
  if (["declined", "voided", "done"].includes(payment.state)) return { state: "bad", note: (why(payment) || say("not paid")) + code };
  if (["unknown", "reversing", "doubt"].includes(payment.state)) return { state: "bad", note: say("state-" + payment.state) };
  if (["offered", "authorized", "advising", "taken"].includes(payment.state)) return { state: "now", note: say("state-" + payment.state) };
  if (passed(payment, "confirmed")) return { state: "now", note: say(passed(payment, "sent") ? "state-sent" : "state-confirmed") };
  return todo();
}

// receipts counts the parties that have been told the latest certain state.
function receipts(payment) {
  const certain = passed(payment, "posted") ?? passed(payment, "voided", "waiting", "unknown", "declined", "reversing", "done");
  if (!certain) return todo();
  const payee = phones.get(latest.street?.shops?.find((s) => s.code === payment.payee)?.number ?? payment.payee);
  const people = [phones.get(payment.payer), passed(payment, "posted") ? payee : null].filter(Boolean);
  const told = people.map((p) => (p.screen.texts ?? []).find((t) => !t.mine && t.body.includes(payment.ref) && new Date(t.at) >= new Date(certain.at)));
  const n = told.filter(Boolean).length;
  const note = n ? `${n}/${people.length} · ${clock(told.findLast(Boolean).at)}` : say("state-waiting");
  return { state: n === people.length ? "done" : "now", note };
}
