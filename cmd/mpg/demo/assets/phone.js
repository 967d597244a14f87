// One handset: shows what the server says its screen is and sends what its
// keys and buttons ask for. Keys go in the body of a request, never in an URL.
import { language, say, dress } from "./words.js";
import * as sound from "./sound.js";

const examples = {
  "+8613800000001": ["PAY 8001 128.50", "付 8001 128.50", "PAY 8001 45 BANK", "SEND 20 13800000002", "PAY 8002 12", "BAL", "余额", "LAST", "NO", "AGAIN", "HELP"],
  "+8613800000002": ["BAL", "余额", "SEND 5 13800000001", "明细", "PIN", "帮助"],
};
const shortCode = "8888";

export async function post(path, body) {
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (!response.ok) throw new Error((await response.text()).trim());
}

export class Phone {
  constructor(screen, template) {
    this.number = screen.number;
    this.root = template.content.cloneNode(true).querySelector(".phone");
    this.root.id = "phone-" + screen.number.slice(1);
    this.seen = 0;
    this.call = 0;
    this.part = (name) => this.root.querySelector("." + name);
    this.write();
    this.pad();
    if (!screen.rings) for (const name of ["write", "examples"]) this.part(name).remove();
    this.part("answer").onclick = () => this.answer();
    this.part("hangup").onclick = () => this.ask("/hangup");
    this.root.addEventListener("keydown", (e) => this.typed(e));
  }

  async ask(path, more = {}) {
    try {
      await post(path, { phone: this.number, ...more });
      this.tell("");
    } catch (e) {
      this.tell(e.message);
    }
  }

  tell(trouble) {
    const line = this.part("failed");
    if (!line) return;
    line.textContent = trouble;
    line.hidden = !trouble;
  }

  write() {
    const form = this.part("write");
    form.to.value = shortCode;
    form.onsubmit = async (e) => {
      e.preventDefault();
      sound.wake();
      await this.ask("/text", { to: form.to.value, body: form.body.value });
      if (this.part("failed").hidden) form.body.value = "";
      form.body.focus();
    };
    for (const text of examples[this.number] ?? []) {
      const b = Object.assign(document.createElement("button"), { type: "button", textContent: text });
      b.onclick = () => { form.body.value = text; form.body.focus(); };
      this.part("examples").append(b);
    }
  }

  pad() {
    this.part("pad").dataset.label = "keypad";
    for (const k of "123456789*0#") {
      const b = Object.assign(document.createElement("button"), { type: "button", textContent: k });
      b.onclick = () => this.press(k);
      this.part("pad").append(b);
    }
  }

  press(k) {
    sound.key(k);
    // One request after the other, so that keys arrive as they were pressed.
    this.pressing = (this.pressing ?? Promise.resolve()).then(() => this.ask("/keys", { keys: k }));
  }

  // typed lets the keyboard press the keypad while the call has the focus.
  typed(e) {
    if (this.state !== "talking" || !this.part("call").contains(e.target) || e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.key.length === 1 && "0123456789*#".includes(e.key)) {
      e.preventDefault();
      this.press(e.key);
    }
  }

  async answer() {
    sound.wake();
    await this.ask("/answer");
    this.part("pad").querySelector("button").focus();
  }

  show(screen) {
    this.screen = screen;
    const [first, second] = language() === "zh" ? [screen.name_zh, screen.name] : [screen.name, screen.name_zh];
    this.part("name").replaceChildren(first, Object.assign(document.createElement("small"), { textContent: second }));
    this.part("number").textContent = screen.rings ? screen.number : `${screen.number} · ${say("shop")}`;
    this.texts(screen.texts ?? []);
    this.ring(screen.call);
    dress(this.root);
  }

  texts(list) {
    const log = this.part("texts");
    for (const t of list) {
      const id = `${this.root.id}-text-${t.id}`;
      let li = t.id <= this.seen ? this.root.querySelector("#" + id) : null;
      if (t.id > this.seen) {
        li = Object.assign(document.createElement("li"), { id, textContent: t.body });
        li.append(document.createElement("small"));
        log.append(li);
        log.scrollTop = log.scrollHeight;
        this.seen = t.id;
      }
      if (!li) continue;
      li.classList.toggle("mine", t.mine);
      li.classList.toggle("failed", t.state === "failed");
      const at = new Date(t.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
      this.set(li.querySelector("small"), [t.mine ? "" : t.with, at, t.state && say(t.state)].filter(Boolean).join(" · "));
    }
  }

  // set changes a text only where it differs, so that it is not read out again.
  set(element, text) {
    if (element.textContent !== text) element.textContent = text;
  }

  ring(call) {
    const state = call?.state ?? "none";
    if (call && call.id !== this.call) {
      this.call = call.id;
      this.part("captions").replaceChildren();
    }
    if (state !== this.state) this.turn(state);
    this.state = state;
    if (!call) return;
    this.set(this.part("caller"), state === "ringing" ? `${call.from} ${say("calls")}` : `${say("talking")} ${call.from}`);
    this.part("hangup").dataset.say = state === "ringing" ? "decline" : "hangup";
    this.set(this.part("pressed"), "•".repeat(Math.min(call.keys, 12)));
    const captions = this.part("captions");
    for (const sentence of (call.captions ?? []).slice(captions.children.length)) {
      captions.append(Object.assign(document.createElement("p"), { textContent: sentence }));
      captions.scrollTop = captions.scrollHeight;
    }
  }

  // turn is what a change of the call's state does to the screen and the sound.
  turn(state) {
    this.root.classList.toggle("ringing", state === "ringing");
    this.part("call").hidden = state !== "ringing" && state !== "talking";
    this.part("answer").hidden = state !== "ringing";
    this.part("pad").hidden = state !== "talking";
    this.quiet?.();
    this.quiet = null;
    if (state === "ringing") {
      this.quiet = sound.ring();
      // Whoever is at work on another phone is not torn away from it.
      const busy = document.activeElement;
      if (!busy || busy === document.body || this.root.contains(busy)) this.part("answer").focus({ preventScroll: true });
    }
    if (state === "talking") sound.listen(this.number).catch((e) => this.tell(e.message));
  }
}
