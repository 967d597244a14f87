package peers

import (
	"bytes"
	"context"
	"encoding/hex"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
)

// tshark reads the capture and prints what args ask for. The capture comes by a
// pipe, for it holds PINs and a password.
func (w *world) tshark(args ...string) string {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	port := w.smsc.await("listening", named("listening")).Port
	c := exec.CommandContext(ctx, "tshark", append([]string{"-r", "-", "-n",
		"-d", fmt.Sprintf("tcp.port==%d,smpp", port),
		"-d", fmt.Sprintf("udp.port==%d,sip", phoneSIP)}, args...)...)
	c.Dir, c.Stdin = w.dir, bytes.NewReader(w.capture.pcap())
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		w.t.Fatalf("tshark: %v: %s", err, errs.Bytes())
	}
	return out.String()
}

// decoded is how many frames of each protocol a capture must have at least; with
// fewer its judgement would prove nothing.
type decoded map[string]int

// judge has tshark read the whole capture: no frame is malformed, and it is the
// conversation that it should be.
func (w *world) judge(least decoded) {
	w.t.Helper()
	if bad := w.tshark("-Y", "_ws.malformed", "-V"); bad != "" {
		w.t.Errorf("tshark finds malformed frames:\n%.4000s", bad)
	}
	odd := w.tshark("-Y", "_ws.expert.severity >= error", "-T", "fields",
		"-e", "frame.number", "-e", "_ws.col.Info", "-e", "_ws.expert.message")
	if odd != "" {
		w.t.Errorf("tshark finds errors:\n%.4000s", odd)
	}
	have := make(decoded)
	for line := range strings.Lines(w.tshark("-T", "fields", "-e", "frame.protocols")) {
		names := strings.Split(strings.TrimSpace(line), ":")
		for protocol := range least {
			if slices.Contains(names, protocol) {
				have[protocol]++
			}
		}
	}
	for protocol, n := range least {
		if have[protocol] < n {
			w.t.Errorf("tshark decodes %d frames of %s, at least %d were on the wire", have[protocol], protocol, n)
		}
	}
	w.t.Logf("tshark decodes %v", have)
}

// received are the packets with sound that came to the phones, as tshark reads
// them: by the SDP, with no word from our own reader of RTP.
func (w *world) received() []packet {
	w.t.Helper()
	const columns = 4
	var packets []packet
	filter := fmt.Sprintf("rtp && udp.dstport >= %d && udp.dstport < %d && (rtp.p_type == %d || rtp.p_type == %d)",
		phoneRTP, phoneRTP+rtpPorts, payloadPCMA, payloadPCMU)
	for line := range strings.Lines(w.tshark("-Y", filter, "-T", "fields",
		"-e", "rtp.ssrc", "-e", "rtp.timestamp", "-e", "rtp.p_type", "-e", "rtp.payload")) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != columns {
			w.t.Fatalf("tshark prints %q", line)
		}
		ssrc, err1 := strconv.ParseUint(f[0], 0, 32)
		timestamp, err2 := strconv.ParseUint(f[1], 10, 32)
		payload, err3 := hex.DecodeString(strings.ReplaceAll(f[3], ":", ""))
		if err1 != nil || err2 != nil || err3 != nil {
			w.t.Fatalf("tshark prints %q", line)
		}
		law, _ := strconv.Atoi(f[2])
		packets = append(packets, packet{ssrc: uint32(ssrc), timestamp: uint32(timestamp), law: law, payload: payload})
	}
	return packets
}
