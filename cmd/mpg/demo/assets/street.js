// What all parts of the page know: who lives in the demo, and the names for
// numbers and codes.
import { language, say, has } from "./words.js";

export const phones = new Map(); // Phone by number
export const latest = { street: null, ledger: null, faults: null };

export const named = (who) => (who ? (language() === "zh" ? who.name_zh : who.name) : "");

// party is the name of a shop's code or a person's number.
export function party(id) {
  const shop = latest.street?.shops?.find((s) => s.code === id);
  return named(shop) || named(phones.get(id)?.screen) || id;
}

// account is the name of an account of the ledger and what kind it is.
export function account(name) {
  const [kind, owner = ""] = name.split(/:(.*)/);
  return { name: owner ? party(owner) : has(kind) ? say(kind) : name, kind: owner && has(kind) ? say(kind) : "" };
}

export const currency = () => latest.street?.currency ?? "CNY";

// price writes an amount as the gateway's texts do.
export const price = (amount) => (language() === "zh" && currency() === "CNY" ? `${amount}元` : `${currency()} ${amount}`);

// clock shows every time in the time zone of the gateway's texts.
export function clock(at) {
  const zone = latest.street?.zone;
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });
}

export const element = (tag, more = {}) => Object.assign(document.createElement(tag), more);

// set changes a text only where it differs, so that it is not read out again.
export function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
