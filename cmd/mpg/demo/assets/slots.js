// Which handsets are visible: a payer on the left, a payee on the right, each chosen by
// tabs. A small screen shows one at a time, chosen by the bar at the bottom.
import { till } from "./till.js";
import { element, isShop, named, phones, set } from "./street.js";

const get = (id) => document.getElementById(id);
const first = "+8613800000001", second = "+8613800000002";
const slots = {
  payer: { has: [first], on: first },
  payee: { has: [], on: "" },
};

const slotOf = (number) => Object.keys(slots).find((name) => slots[name].has.includes(number));

const panel = (id) => (id === till.id ? till : phones.get(id));

// placeTill puts the shops' tills beside their phones.
export function placeTill() {
  const { payee } = slots;
  if (payee.has.includes(till.id)) return;
  payee.has.push(till.id);
  document.querySelector('.bar [data-view="till"]').hidden = false;
}

// place puts a new handset where it belongs; a magic number waits until chosen.
export function place(phone) {
  const { number, screen } = phone;
  if (screen.magic) return;
  if (number !== first) {
    const { payee } = slots;
    payee.has.push(number);
    const rank = (id) => (isShop(id) ? 0 : id === till.id ? 2 : 1);
    payee.has.sort((a, b) => rank(a) - rank(b));
    if (!payee.on || isShop(number)) payee.on = number;
  }
  get(slotOf(number)).append(phone.root);
  drawSlots();
}

// chooseMagic puts a magic number beside Wang Fang, in place of the last one.
export function chooseMagic(number) {
  const { payer } = slots;
  for (const old of payer.has.splice(1)) phones.get(old).root.remove();
  payer.has.push(number);
  get("payer").append(phones.get(number).root);
  turn(number);
  phones.get(number).part("write").body.focus();
}

// turn shows a handset in its slot.
export function turn(number) {
  const name = slotOf(number);
  if (!name) return;
  slots[name].on = number;
  view(name === "payer" ? "payer" : number === till.id ? "till" : isShop(number) ? "shop" : "li");
  drawSlots();
}

// see shows a handset that has received a text, unless the user is busy in its slot.
export function see(number) {
  const name = slotOf(number);
  if (!name || slots[name].on === number || get(name).contains(document.activeElement)) return;
  if (panel(slots[name].on)?.call.state === "talking") return;
  slots[name].on = number;
  drawSlots();
}

// view chooses what a small screen shows.
function view(name) { document.body.dataset.view = name; }

for (const b of document.querySelectorAll(".bar button")) {
  b.onclick = () => {
    view(b.dataset.view);
    const { payee } = slots;
    const wanted = { li: second, shop: payee.has.find(isShop), till: till.id }[b.dataset.view];
    if (wanted) payee.on = wanted;
    drawSlots();
    for (const slot of Object.values(slots)) panel(slot.on)?.toEnd();
  };
}

export function drawSlots() {
  for (const [name, slot] of Object.entries(slots)) {
    const tabs = get(name).querySelector(".tabs");
    while (tabs.children.length > slot.has.length) tabs.lastChild.remove();
    slot.has.forEach((number, i) => {
      const phone = panel(number);
      if (!phone) return;
      const b = tabs.children[i] ?? tabs.appendChild(element("button", { type: "button" }));
      b.onclick = () => turn(number);
      const on = slot.on === number;
      phone.root.hidden = !on;
      if (phone.shown) { phone.unread = 0; }
      b.setAttribute("aria-pressed", String(on));
      badge(b, named(phone.screen), phone);
      if (on && phone.wasHidden) phone.toEnd();
      phone.wasHidden = !on;
    });
  }
  drawBar();
}

function badge(button, name, phone) {
  set(button, name + (phone.unread ? ` (${phone.unread})` : ""));
  button.classList.toggle("calling", phone.call.state === "ringing" && !phone.shown);
}

function drawBar() {
  const on = { payer: slots.payer.on, li: second, shop: slots.payee.has.find(isShop), till: till.id };
  for (const b of document.querySelectorAll(".bar button")) {
    const here = b.dataset.view === document.body.dataset.view, phone = panel(on[b.dataset.view]);
    if (here) b.setAttribute("aria-current", "page"); else b.removeAttribute("aria-current");
    b.dataset.badge = !here && phone?.unread ? phone.unread : "";
    b.classList.toggle("calling", phone?.call.state === "ringing" && !here);
    if (phone && ["payer", "li"].includes(b.dataset.view)) set(b.querySelector(".who"), phone.screen.magic || named(phone.screen).split(" ")[0]);
  }
}
