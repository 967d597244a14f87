package proof

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/smpp/smsc"
	"mpg/store/money"
)

// TestNoVoice: without a voice the daemon runs, is not ready, and answers orders
// that need a call with "try later"; nothing is taken, and nobody is called.
func TestNoVoice(t *testing.T) {
	t.Parallel()
	for name, l := range map[string]struct {
		voice string
		launch
	}{
		"none configured": {voice: `espeak = ""`},
		"none installed":  {voice: `espeak = "espeak-ng"`, launch: launch{env: []string{"PATH=/nonexistent"}}},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, func(s *settings) { s.voice = l.voice })
			w.launch(l.launch)
			w.bound()
			w.populate(2)
			var orders []*order
			for i, product := range []string{"mpurse", "mdebit", "mp2p"} {
				p := w.people[i%2]
				payee := w.shops[0].Code
				if product == "mp2p" {
					payee = w.people[1].Number
				}
				o := w.order(product, p, payee, money.Amount(firstCent+i))
				w.send(o)
				w.awaitText(p.Number, o.Sent, "word to try later", func(words string) bool { says, _ := read(words); return says == saidRefused })
				orders = append(orders, o)
			}
			if body, err := get("http://" + w.set.http + "/readyz?verbose"); err != nil || !strings.Contains(string(body), "not ready") || !strings.Contains(string(body), "- voice en") {
				t.Errorf("readyz says %q, %v", body, err)
			}
			if !w.running().logged("no voice") {
				t.Errorf("the log does not say that there is no voice\n%s", w.running().tail())
			}
			w.judged(t, nil)
			for _, o := range orders {
				if w.state(o) != "" {
					t.Errorf("%s became a payment", o.Text)
				}
			}
		})
	}
}

// TestCallsAreDueAtAStart: a first payment has waited long enough before there is a voice,
// which is slow to come. Its payer is called once it is there.
func TestCallsAreDueAtAStart(t *testing.T) {
	t.Parallel()
	const wait = 4 * time.Second
	w := newWorld(t, func(s *settings) { s.whole, s.firstWait = true, wait })
	w.start()
	w.populate(3)
	o := w.order(firstPayment, w.people[0], w.shops[0].Code, relayMore+largeCent+firstCent)
	w.behave(w.people[0], good())
	w.send(o)
	eventually(t, stateMax, "the order", func() bool { return w.state(o) == "cooling" })
	due := time.Now().Add(wait)
	w.kill()
	slow, there := filepath.Join(w.dir, "slow"), filepath.Join(w.dir, "there")
	if err := os.WriteFile(slow, fmt.Appendf(nil, "#!/bin/sh\nuntil test -e %q; do sleep 0.1; done\nexec espeak-ng \"$@\"\n", there), 0o755); err != nil {
		t.Fatal(err)
	}
	w.set.voice = strings.Replace(w.set.voice, `espeak = ""`, fmt.Sprintf("espeak = %q", slow), 1) // behind the tone
	w.write()
	w.launch(launch{})
	time.Sleep(time.Until(due) + time.Second) // in which the call would be made
	if err := os.WriteFile(there, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	w.bound()
	eventually(t, stateMax, "the payment", func() bool { p := w.paymentOf(o); return p != nil && p.Outcome == "paid" })
}

// TestGarbage: whatever a peer sends, or does not send, the same process goes
// on, and the next payment goes through.
func TestGarbage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(s *settings) { s.sip = loopback(s.rtp + rtpPorts - 1) })
	d := w.start()
	w.populate(2)
	for i, c := range []struct {
		name string
		do   func()
	}{
		{"the SMSC sends no PDU", w.smsc.Garbage},
		{"the SMSC sends half a PDU", w.smsc.HalfFrame},
		{"the SMSC sends a length of 4 GB", func() { w.smsc.Raw([]byte{0xff, 0xff, 0xff, 0xff, 0, 0, 0, 5}) }},
		{"the SMSC sends a length of 3", func() { w.smsc.Raw([]byte{0, 0, 0, 3}) }},
		{"the SMSC sends an unknown PDU", func() { w.smsc.Raw([]byte{0, 0, 0, 16, 0, 0, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0, 9}) }},
		{"the SMSC says nothing", func() {
			w.smsc.SetFaults(smsc.Faults{Mute: true})
			w.smsc.DropLinks()
			time.Sleep(thinkMax)
			w.smsc.SetFaults(smsc.Faults{})
		}},
		{"the bank sends noise", func() { w.failSignOn(d, host.Garbage) }},
		{"the bank sends half a frame", func() { w.failSignOn(d, host.HalfFrame) }},
		{"the bank says nothing", func() { w.failSignOn(d, host.Ignore) }},
		{"noise on the SIP port", func() { noiseUDP(t, w.set.sip) }},
		{"noise on the HTTP port", func() { noiseTCP(t, "tcp", w.set.http) }},
		{"noise on the operator's socket", func() { noiseTCP(t, "unix", filepath.Join(w.set.data, "mpg.sock")) }},
	} {
		c.do()
		eventually(t, readyMax, c.name+": a bind and a bank", func() bool {
			body, err := get("http://" + w.set.http + "/readyz?verbose")
			return err == nil && strings.Contains(string(body), "+ smsc main") && strings.Contains(string(body), "+ bank "+bankName)
		})
		w.payOnce([]string{"mpurse", "mdebit"}[i%2], i, good())
		if !d.alive() {
			t.Fatalf("%s: serve ended: %v\n%s", c.name, d.err, d.tail())
		}
	}
	if d.logged("panic") {
		t.Errorf("a panic is logged\n%s", d.tail())
	}
	w.judged(t, nil)
}

// failSignOn breaks the bank's line and has the next sign-on fail, and waits until
// the daemon has seen both.
func (w *world) failSignOn(d *daemon, k host.Kind) {
	w.t.Helper()
	const words = "bank link is down"
	before := strings.Count(d.output(), words)
	w.bank.Fault(host.Fault{Kind: k, On: host.Networks, Times: 1})
	w.bank.Drop()
	eventually(w.t, readyMax, "the line goes down, and the sign-on fails", func() bool { return strings.Count(d.output(), words) >= before+2 })
}

// noises are octets that no protocol begins with, or stops in the middle of.
func noises() [][]byte {
	return [][]byte{
		{}, {0}, []byte(strings.Repeat("\xff", 1400)), []byte("GET / HTTP/1.1\r\n\r\n"), []byte("INVITE sip:8888@127.0.0.1 SIP/2.0\r\n"),
		[]byte("INVITE sip:8888@127.0.0.1 SIP/2.0\r\nContent-Length: 99999999999999999999\r\nVia: \r\nFrom\r\n\r\nv=0"),
		[]byte("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nCall-ID: x\r\nTo: <sip:a@b>\r\nFrom: <sip:a@b>\r\n\r\n"),
		[]byte("BYE sip:mpg@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;branch=z9hG4bKx\r\nCSeq: 1 BYE\r\nCall-ID: x\r\nTo: <sip:a@b>\r\nFrom: <sip:a@b>\r\nContent-Length: 0\r\n\r\n"),
	}
}

func noiseUDP(t *testing.T, addr string) {
	t.Helper()
	c, err := net.Dial("udp4", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	for _, n := range noises() {
		_, _ = c.Write(n) // refused is an answer too
	}
}

func noiseTCP(t *testing.T, network, addr string) {
	t.Helper()
	for _, n := range noises() {
		c, err := net.Dial(network, addr)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = c.Write(n)
		_ = c.Close()
	}
}
