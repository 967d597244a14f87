// The sounds of a handset: the ring, the keys, and the call itself, which arrives with
// the events. No microphone is used.
const rate = 8000;
let context, out, ready, muted = stored();
const players = new Map(); // by number

function stored() { try { return localStorage.getItem("muted") === "yes"; } catch { return false; } }

// wake makes sound possible; a browser allows it only after a click or a key.
export async function wake() {
  if (!context) {
    context = new AudioContext({ sampleRate: rate });
    out = new GainNode(context, { gain: muted ? 0 : 1 });
    out.connect(context.destination);
    ready = context.audioWorklet.addModule("/assets/player.js").then(() => true, () => false);
  }
  if (context.state === "suspended") await context.resume();
  await ready;
}

const awake = () => context?.state === "running";

export const isMuted = () => muted;

export function mute(on) {
  muted = on;
  if (out) out.gain.value = on ? 0 : 1;
  try { localStorage.setItem("muted", on ? "yes" : "no"); } catch { /* private window: muted for this page only */ }
}

// tone plays frequencies together for a time and returns what stops them.
function tone(frequencies, seconds, loudness = 0.06) {
  if (!awake()) return () => {};
  const gain = new GainNode(context, { gain: loudness });
  gain.connect(out);
  const voices = frequencies.map((f) => new OscillatorNode(context, { frequency: f }));
  for (const v of voices) {
    v.connect(gain);
    v.start();
    v.stop(context.currentTime + seconds);
  }
  return () => voices.forEach((v) => v.stop());
}

// ring sounds every two seconds until the returned function is called.
export function ring() {
  let stop = tone([440, 480], 0.9);
  const again = setInterval(() => { stop = tone([440, 480], 0.9); }, 2200);
  return () => { clearInterval(again); stop(); };
}

// buzz plays the sound of an incoming text.
export const buzz = () => tone([880], 0.08, 0.03);

const rows = [697, 770, 852, 941], columns = [1209, 1336, 1477];
export function key(k) {
  const at = "123456789*0#".indexOf(k);
  tone([rows[Math.floor(at / 3)], columns[at % 3]], 0.12, 0.04);
}

// hear plays a piece of a handset's call: 16-bit samples in base64.
export async function hear(number, base64) {
  if (!awake() || !(await ready)) return;
  let node = players.get(number);
  if (!node) {
    node = new AudioWorkletNode(context, "player", { outputChannelCount: [1] });
    node.connect(out);
    players.set(number, node);
  }
  const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  const view = new DataView(bytes.buffer), samples = new Float32Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
  node.port.postMessage(samples, [samples.buffer]);
}

// over ends the sound of a handset's call.
export function over(number) {
  players.get(number)?.port.postMessage("over");
  players.delete(number);
}
