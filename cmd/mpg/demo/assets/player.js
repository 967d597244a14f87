// An audio worklet that plays samples as they come, held back a little so that
// an uneven network is not heard. It falls silent and gathers again when empty.
const gather = 960; // samples before it begins: 120 ms

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.parts = [];
    this.at = 0;
    this.held = 0;
    this.playing = false;
    this.over = false;
    this.port.onmessage = ({ data }) => {
      if (data === "over") { this.over = true; return; }
      this.parts.push(data);
      this.held += data.length;
    };
  }

  process(_, [[out]]) {
    if (this.held >= gather || this.over) this.playing = true;
    let i = 0;
    while (this.playing && i < out.length && this.parts.length) {
      const part = this.parts[0];
      const n = Math.min(out.length - i, part.length - this.at);
      out.set(part.subarray(this.at, this.at + n), i);
      i += n;
      this.at += n;
      this.held -= n;
      if (this.at === part.length) { this.parts.shift(); this.at = 0; }
    }
    if (i < out.length) this.playing = false;
    return !(this.over && this.held === 0);
  }
}
registerProcessor("player", Player);
