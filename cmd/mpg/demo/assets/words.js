// The words of the page in the chosen language. Texts and captions come from the
// gateway in the subscriber's own language and are not translated here.
import { en } from "./words-en.js";
import { zh } from "./words-zh.js";

const words = { en, zh };
const stored = () => { try { return localStorage.getItem("language"); } catch { return null; } };
const known = (name) => (name in words ? name : null);
let chosen = known(stored()) ?? (navigator.language.startsWith("zh") ? "zh" : "en");

export const language = () => chosen;
export const say = (key) => words[chosen][key] ?? key;
export const has = (key) => key in words[chosen];

export function choose(other) {
  chosen = other;
  try { localStorage.setItem("language", other); } catch { /* private window: chosen for this page only */ }
}

// dress puts the words of the chosen language into every element with data-say or, for
// a label that is not visible, data-label.
export function dress(root) {
  for (const e of root.querySelectorAll("[data-say]")) if (e.textContent !== say(e.dataset.say)) e.textContent = say(e.dataset.say);
  for (const e of root.querySelectorAll("[data-label]")) e.setAttribute("aria-label", say(e.dataset.label));
}
