// One handset: shows what the server says its screen is and sends what is typed.
// The call that covers it is call.js.
import { Call } from "./call.js";
import { post } from "./net.js";
import { clock, element, isShop, latest, named, set } from "./street.js";
import { dress, language, say } from "./words.js";
import * as sound from "./sound.js";

const examples = {
  "+8613800000001": {
    en: ["PAY 8001 128.50", "PAY 8001 45 BANK", "PAY 8001 300 CARD", "PAY 8004 300 BANK", "SEND 20 13800000002", "SEND 30 13800000002 BANK", "BAL", "LAST", "AGAIN", "NO", "付 8001 128.50"],
    zh: ["付 8001 128.50", "付 8001 45 银行", "付 8001 300 信用卡", "付 8004 300 银行", "转 20 13800000002", "转 30 13800000002 银行", "余额", "明细", "再拨", "否", "PAY 8001 128.50"],
  },
  "+8613800000002": { en: ["BAL", "SEND 5 13800000001", "RECEIVE BANK", "LAST", "PIN", "HELP"], zh: ["余额", "转 5 13800000001", "到账 银行", "明细", "改密", "帮助"] },
  "+8613800008001": { en: ["REFUND {ref}", "REFUND {ref} 1", "LAST"], zh: ["退款 {ref}", "退款 {ref} 1", "明细"] },
  bank: { en: ["PAY 8001 12.50 BANK", "BAL", "LAST"], zh: ["付 8001 12.50 银行", "余额", "明细"] },
  other: { en: ["PAY 8001 12.50", "PAY 8002 6", "BAL", "LAST", "AGAIN"], zh: ["付 8001 12.50", "付 8002 6", "余额", "明细", "再拨"] },
};

export class Phone {
  constructor(screen) {
    this.number = screen.number;
    this.screen = screen;
    this.root = document.getElementById("phone").content.cloneNode(true).querySelector(".phone");
    this.root.id = "phone-" + screen.number.slice(1);
    this.seen = 0;
    this.unread = 0;
    // Looked up once, before any text is shown: a later lookup could match data.
    const parts = new Map([...this.root.querySelectorAll("[class]")].map((e) => [e.className, e]));
    this.part = (name) => parts.get(name);
    this.call = new Call(this);
    this.follow();
    if (screen.rings) this.write(); else for (const name of ["write", "call"]) this.part(name).remove();
  }

  get shown() { return this.root.isConnected && !this.root.hidden && this.root.offsetParent !== null; }

  // ask sends a request and shows why it was refused; it returns false if it was.
  async ask(path, more = {}) {
    let trouble = "";
    try {
      await post(path, { phone: this.number, ...more });
    } catch (e) {
      trouble = e.message;
    }
    set(this.part("trouble"), trouble);
    this.part("trouble").hidden = !trouble;
    return !trouble;
  }

  write() {
    const form = this.part("write");
    form.to.value = latest.street?.short_code ?? "8888";
    form.onsubmit = async (e) => {
      e.preventDefault();
      sound.wake();
      if (await this.ask("/text", { to: form.to.value, body: form.body.value })) form.body.value = "";
      // A call may have come in meanwhile and taken the focus.
      if (form.contains(document.activeElement) || document.activeElement === document.body) form.body.focus();
    };
  }

  // offer shows the example texts, those in the language of the page first.
  offer() {
    const box = this.part("examples");
    const ref = this.paid(), drawn = `${language()} ${ref}`;
    if (box.dataset.drawn === drawn) return;
    box.dataset.drawn = drawn;
    box.lang = language();
    const part = latest.street?.magic?.find((m) => m.number === this.number)?.part;
    const list = (examples[this.number] ?? examples[part] ?? examples.other)[language()].filter((text) => ref || !text.includes("{ref}"));
    box.replaceChildren(...list.map((example) => {
      const text = example.replace("{ref}", ref);
      const b = element("button", { type: "button", textContent: text });
      b.onclick = () => { const { body } = this.part("write"); body.value = text; body.focus({ preventScroll: true }); };
      return b;
    }));
  }

  // paid returns the reference of the latest payment to the shop whose phone this is.
  paid() {
    const shop = latest.street?.shops?.find((s) => s.number === this.number);
    return latest.ledger?.payments?.find((p) => p.payee === shop?.code && p.outcome === "paid")?.ref ?? "";
  }

  show(screen) {
    this.screen = screen;
    set(this.part("name"), named(screen));
    set(this.part("number"), [screen.number, isShop(screen.number) ? say("shop") : ""].filter(Boolean).join(" · "));
    set(this.part("magic"), this.magic());
    this.part("magic").hidden = !screen.magic;
    this.part("pin").hidden = !screen.pin;
    if (screen.pin) {
      this.part("pin").replaceChildren(element("strong", { textContent: "PIN " + screen.pin }), " ", element("small", { textContent: say("pin-why") }));
    }
    this.offer();
    this.part("texts").dataset.empty = say("silent");
    this.texts(screen.texts ?? []);
    if (screen.rings) this.call.show(screen.call);
    set(this.part("clock"), clock(Date.now()));
    dress(this.root);
  }

  // magic shows what the number makes go wrong.
  magic() {
    const magic = latest.street?.magic?.find((m) => m.number === this.number);
    return magic ? (language() === "zh" ? magic.what_zh : magic.what) : "";
  }

  texts(list) {
    const log = this.part("texts");
    let fresh = false, came = false;
    for (const t of list) {
      const id = `${this.root.id}-text-${t.id}`;
      let li = document.getElementById(id);
      if (t.id > this.seen) {
        li = element("li", { id, textContent: t.body });
        li.append(element("small"));
        log.append(li);
        this.seen = t.id;
        fresh = true;
        came ||= !t.mine;
      }
      if (!li) continue;
      li.classList.toggle("mine", t.mine);
      li.classList.toggle("unsent", t.state === "failed");
      set(li.querySelector("small"), [t.mine ? "" : t.with, clock(t.at), t.state && say(t.state)].filter(Boolean).join(" · "));
    }
    if (fresh && (this.atEnd || list.at(-1).mine)) this.toEnd();
    if (came && this.begun) this.buzz();
    this.begun = true;
  }

  // follow keeps the last line visible when the layout around it changes, unless the
  // user has scrolled up.
  follow() {
    const log = this.part("texts");
    let height = 0; // a scroll caused by a new height is not the user's
    this.atEnd = true;
    log.addEventListener("scroll", () => {
      if (log.clientHeight === height) this.atEnd = log.scrollTop + height >= log.scrollHeight - 2;
    }, { passive: true });
    new ResizeObserver(() => {
      height = log.clientHeight;
      if (this.atEnd) this.toEnd();
    }).observe(log);
  }

  // toEnd scrolls to the last line once its contents are complete.
  toEnd() {
    const log = this.part("texts");
    log.scrollTop = log.scrollHeight;
    this.atEnd = true;
  }

  // buzz marks a text that comes in while the handset is visible.
  buzz() {
    sound.buzz();
    if (!this.shown) this.unread++;
    this.root.classList.remove("buzzing");
    void this.root.offsetWidth; // so that the animation starts again
    this.root.classList.add("buzzing");
  }
}
