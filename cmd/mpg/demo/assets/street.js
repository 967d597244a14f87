// What all parts of the page share: the people of the demo, and the names for numbers
// and codes.
import { language, say, has } from "./words.js";

export const phones = new Map(); // Phone by number
export const latest = { street: null, ledger: null, faults: null, till: null, issuer: null };

export const named = (who) => (who ? (language() === "zh" ? who.name_zh : who.name) : "");

// isShop reports whether a number is that of a shop's phone.
export const isShop = (number) => latest.street?.shops?.some((s) => s.number === number) ?? false;

// party returns the name for a shop's code or a person's number.
export function party(id) {
  const shop = latest.street?.shops?.find((s) => s.code === id);
  return named(shop) || named(phones.get(id)?.screen) || id;
}

// account returns the name and the kind of an account of the ledger.
export function account(name) {
  const [kind, owner = ""] = name.split(/:(.*)/);
  return { name: owner ? party(owner) : has(kind) ? say(kind) : name, kind: owner && has(kind) ? say(kind) : "" };
}

// scheme returns the name of a card scheme.
export const scheme = (name) => (has("scheme-" + name) ? say("scheme-" + name) : name);

export const currency = () => latest.street?.currency ?? "CNY";

// price writes an amount as the gateway's texts do.
export const price = (amount) => (language() === "zh" && currency() === "CNY" ? `${amount}元` : `${currency()} ${amount}`);

// clock shows every time in the time zone of the gateway's texts.
export function clock(at) {
  const zone = latest.street?.zone;
  return new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: zone });
}

export const element = (tag, more = {}) => Object.assign(document.createElement(tag), more);

// set changes a text only if it differs, so that a screen reader does not repeat it.
export function set(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
