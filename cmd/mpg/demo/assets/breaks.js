// The switches that break the demo, and the magic numbers.
import { post } from "./net.js";
import { element, latest, set } from "./street.js";
import { language, say } from "./words.js";

const get = (id) => document.getElementById(id);

// drawFaults reuses the existing buttons, so that the focus stays.
export function drawFaults() {
  const faults = latest.faults ?? {};
  for (const name of Object.keys(faults).sort()) {
    const b = get(name) ?? faultSwitch(name);
    b.setAttribute("aria-checked", String(faults[name]));
    set(b.querySelector("span"), say(name));
    set(b.querySelector("small"), say(name + "-note"));
    b.title = say(name + "-note");
  }
}

function faultSwitch(name) {
  const b = element("button", { type: "button", id: name });
  b.setAttribute("role", "switch");
  b.append(element("span"), element("small"));
  b.onclick = async () => {
    try {
      await post("/fault", { fault: name, on: !latest.faults[name] });
      set(get("link-text"), say(get("link").dataset.state));
    } catch (e) {
      set(get("link-text"), e.message);
    }
  };
  get(name.startsWith("issuer-") ? "issuer-faults" : "faults").append(b);
  return b;
}

const parts = ["nothing", "telephone", "bank", "SMSC"];

// drawMagic lists the magic numbers and calls choose with the one chosen.
export function drawMagic(choose) {
  const groups = parts.map((part) => {
    const group = element("section"), list = element("ul");
    for (const m of latest.street?.magic?.filter((one) => one.part === part) ?? []) {
      const li = element("li"), b = element("button", { type: "button", value: m.number });
      b.append(element("strong", { textContent: "…" + m.digits }), " ", language() === "zh" ? m.what_zh : m.what);
      b.onclick = () => { get("magic").close(); choose(m.number); };
      li.append(b);
      list.append(li);
    }
    group.append(element("h3", { textContent: say("part-" + part) }), list);
    return group;
  });
  get("magic-list").replaceChildren(...groups);
}

get("magic-open").onclick = () => get("magic").showModal();
get("magic-close").onclick = () => get("magic").close();
