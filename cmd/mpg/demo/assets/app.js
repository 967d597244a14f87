// The page: puts the parts together. street.js holds what they share, net.js talks to
// the server, phone.js and call.js are a handset, slots.js says which handsets are
// visible, journey.js shows the latest order, books.js the ledger, till.js the shops' tills, issuer.js
// the card issuer, breaks.js the faults.
import { drawBooks } from "./books.js";
import { drawFaults, drawMagic } from "./breaks.js";
import { finish, guide } from "./guide.js";
import { drawJourney } from "./journey.js";
import { drawIssuer } from "./issuer.js";
import { follow } from "./net.js";
import { Phone } from "./phone.js";
import { chooseMagic, drawSlots, place, placeTill, see } from "./slots.js";
import { clock, latest, named, phones, set } from "./street.js";
import { changed, drawTill } from "./till.js";
import { choose, dress, language, say } from "./words.js";
import * as sound from "./sound.js";

const get = (id) => document.getElementById(id);
const newcomer = "+8613800000001"; // who gets the step-by-step guide

function showPhone(screen) {
  let phone = phones.get(screen.number);
  if (!phone) {
    phone = new Phone(screen);
    phones.set(screen.number, phone);
    place(phone);
  }
  const last = phone.seen;
  phone.show(screen);
  if (last && phone.seen > last && !screen.texts.at(-1).mine) see(screen.number);
  if (screen.number === newcomer) guide(phone);
  // The ledger may have come before those whom it names.
  if (!last) drawNames();
  drawSlots();
  drawJourney();
  title();
}

function drawNames() {
  drawBooks(true);
  drawIssuer();
  pinned();
}

// pinned shows the payment on each handset that is in a call.
function pinned() {
  for (const phone of phones.values()) if (phone.screen.rings) phone.call.pin();
}

function showLedger(ledger) {
  latest.ledger = ledger;
  drawBooks();
  pinned();
  for (const phone of phones.values()) if (phone.screen.rings) phone.offer();
  if (ledger.payments?.some((p) => p.payer === newcomer && p.outcome === "paid")) finish();
  const first = phones.get(newcomer);
  if (first) guide(first);
  drawJourney();
}

function showFaults(faults) {
  latest.faults = faults;
  drawFaults();
}

function showStreet(street) {
  latest.street = street;
  redraw();
}

// showTill shows the orders at the shops' tills; one that waits for the shop's word comes to
// the front.
function showTill(orders) {
  placeTill();
  const asked = changed(orders);
  if (asked) see("till");
  drawSlots();
}

function showIssuer(issuer) {
  latest.issuer = issuer;
  drawIssuer();
}

// hear plays the sound of a visible handset.
function hear({ number, pcm }) {
  if (phones.get(number)?.shown) sound.hear(number, pcm);
}

function link(state) {
  get("link").dataset.state = state;
  set(get("link-text"), say(state));
}

// title shows in the tab's title that a handset is ringing.
function title() {
  const ringing = [...phones.values()].find((p) => p.call.state === "ringing" && !p.screen.magic);
  document.title = ringing ? `☎ ${named(ringing.screen)} · mpg demo` : `mpg demo · ${say("title")}`;
}

function redraw() {
  document.documentElement.lang = language() === "zh" ? "zh-CN" : "en";
  set(get("language"), say("other"));
  get("language").lang = language() === "zh" ? "en" : "zh-CN";
  get("mute").setAttribute("aria-pressed", String(sound.isMuted()));
  dress(document);
  link(get("link").dataset.state);
  for (const phone of phones.values()) phone.show(phone.screen);
  if (phones.has(newcomer)) guide(phones.get(newcomer));
  drawBooks(true);
  drawTill();
  drawIssuer();
  drawFaults();
  drawMagic(chooseMagic);
  drawSlots();
  drawJourney();
  title();
}

// The token has done its work: the browser has the cookie now.
history.replaceState(null, "", "/");
get("language").onclick = () => { choose(language() === "zh" ? "en" : "zh"); redraw(); };
get("mute").onclick = () => { sound.mute(!sound.isMuted()); get("mute").setAttribute("aria-pressed", String(sound.isMuted())); };
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => sound.wake(), { once: true });
setInterval(() => { for (const phone of phones.values()) set(phone.part("clock"), clock(Date.now())); }, 5000);
redraw();
follow({ street: showStreet, phone: showPhone, ledger: showLedger, faults: showFaults, till: showTill, issuer: showIssuer, sound: hear }, link);
