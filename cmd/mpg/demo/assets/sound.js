// What a handset sounds like: the ring, the keys, and the call itself, which is
// streamed by the server. No microphone is used.
const rate = 8000;
let context, player;

// wake makes sound possible; a browser allows it only after a click or a key.
export async function wake() {
  context ??= new AudioContext({ sampleRate: rate });
  if (context.state === "suspended") await context.resume();
  player ??= context.audioWorklet.addModule("/assets/player.js");
  await player;
}

export const awake = () => context?.state === "running";

// tone plays frequencies together for a time and returns what stops them.
function tone(frequencies, seconds, loudness = 0.06) {
  if (!awake()) return () => {};
  const gain = new GainNode(context, { gain: loudness });
  gain.connect(context.destination);
  const voices = frequencies.map((f) => new OscillatorNode(context, { frequency: f }));
  for (const v of voices) {
    v.connect(gain);
    v.start();
    v.stop(context.currentTime + seconds);
  }
  return () => voices.forEach((v) => v.stop());
}

// ring sounds once a second or so until the returned function is called.
export function ring() {
  let stop = tone([440, 480], 0.9);
  const again = setInterval(() => { stop = tone([440, 480], 0.9); }, 2200);
  return () => { clearInterval(again); stop(); };
}

const rows = [697, 770, 852, 941], columns = [1209, 1336, 1477];
export function key(k) {
  const at = "123456789*0#".indexOf(k);
  tone([rows[Math.floor(at / 3)], columns[at % 3]], 0.12, 0.04);
}

// listen plays the call of a handset until it is over.
export async function listen(number) {
  await wake();
  const node = new AudioWorkletNode(context, "player", { outputChannelCount: [1] });
  node.connect(context.destination);
  const response = await fetch("/sound/" + encodeURIComponent(number));
  if (!response.ok) return;
  const reader = response.body.getReader();
  let rest = new Uint8Array(0);
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) rest = feed(node.port, rest, part.value);
  } finally {
    node.port.postMessage("over");
  }
}

// feed hands whole samples to the player and keeps the odd octet.
function feed(port, rest, bytes) {
  const all = new Uint8Array(rest.length + bytes.length);
  all.set(rest);
  all.set(bytes, rest.length);
  const view = new DataView(all.buffer), samples = new Float32Array(all.length >> 1);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true) / 32768;
  port.postMessage(samples, [samples.buffer]);
  return all.slice(samples.length * 2);
}
