// The call on a handset: ringing, keypad, captions. Keys are sent in the body of a
// request, never in a URL, and are shown as dots.
import { latest, party, price, element, set } from "./street.js";
import { say } from "./words.js";
import * as sound from "./sound.js";

export class Call {
  constructor(phone) {
    this.phone = phone;
    this.part = phone.part;
    this.state = "none";
    this.id = 0;
    this.pad();
    this.part("answer").onclick = () => this.answer();
    this.part("hangup").onclick = () => this.phone.ask("/hangup");
    this.part("call").addEventListener("keydown", (e) => this.typed(e));
  }

  pad() {
    for (const k of "123456789*0#") {
      const b = element("button", { type: "button", textContent: k });
      b.onclick = () => this.press(k);
      this.part("pad").append(b);
    }
  }

  press(k) {
    sound.key(k);
    // One request after the other, so that keys arrive as they were pressed.
    this.pressing = (this.pressing ?? Promise.resolve()).then(() => this.phone.ask("/keys", { keys: k }));
  }

  // typed lets the keyboard press the keypad while the call has the focus.
  typed(e) {
    if (this.state !== "talking" || e.ctrlKey || e.altKey || e.metaKey) return;
    if (e.key.length === 1 && "0123456789*#".includes(e.key)) {
      e.preventDefault();
      this.press(e.key);
    }
  }

  async answer() {
    sound.wake();
    await this.phone.ask("/answer");
  }

  show(call) {
    const state = call?.state ?? "none";
    if (call && call.id !== this.id) {
      this.id = call.id;
      this.part("captions").replaceChildren();
    }
    this.screen = call;
    if (state !== this.state) this.turn(state);
    if (!call) return;
    set(this.part("caller"), state === "ringing" ? `${call.from} ${say("calls")}` : `${call.from} · ${say("talking")}`);
    this.part("hangup").dataset.say = state === "ringing" ? "decline" : "hangup";
    const dots = this.dots();
    set(this.part("dots"), "•".repeat(Math.min(dots, 12)));
    set(this.part("pressed").querySelector(".hidden"), dots ? `${dots} ${say("pressed")}` : "");
    this.pin();
    const captions = this.part("captions");
    for (const sentence of (call.captions ?? []).slice(captions.children.length)) {
      captions.append(element("p", { textContent: sentence }));
      captions.scrollTop = captions.scrollHeight;
    }
  }

  // dots shows how many keys were pressed since the question began.
  dots() {
    const last = this.screen?.keys?.at(-1);
    return last && last.after === (this.screen.captions ?? []).length ? last.count : 0;
  }

  // pin keeps the payee and the amount visible for as long as the call lasts.
  pin() {
    const open = latest.ledger?.payments?.find((p) => p.payer === this.phone.number && !p.outcome);
    const pinned = this.part("pinned");
    if (open) {
      set(pinned.querySelector(".payee"), party(open.payee));
      set(pinned.querySelector(".amount"), price(open.amount));
    }
    pinned.hidden = this.state !== "talking" || !(open || this.pinned === this.id);
    if (open) this.pinned = this.id;
  }

  // turn updates the screen and the sound when the state of the call changes.
  turn(state) {
    const root = this.phone.root, call = this.part("call");
    const held = call.contains(document.activeElement);
    this.state = state;
    root.classList.toggle("ringing", state === "ringing");
    const on = state === "ringing" || state === "talking";
    call.hidden = !on;
    this.part("answer").hidden = state !== "ringing";
    this.part("pad").hidden = state !== "talking";
    this.quiet?.();
    this.quiet = state === "ringing" && this.phone.shown ? sound.ring() : null;
    if (!on) sound.over(this.phone.number);
    this.focus(state, held);
  }

  // focus moves to the call and returns to the texts after it, so that the keyboard
  // focus is never lost. A user who is busy on another phone keeps it there.
  focus(state, held) {
    const at = document.activeElement;
    const free = held || !at || at === document.body || this.phone.root.contains(at);
    if (!free || !this.phone.shown) return;
    const next = { ringing: this.part("answer"), talking: this.part("pad").querySelector("button") }[state];
    if (next) next.focus({ preventScroll: true });
    else if (held) this.part("write").body.focus({ preventScroll: true });
    if (!next) this.phone.toEnd();
  }
}
