package peers

import (
	"encoding/hex"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Values of esm_class. SMPP 3.4 5.2.12
const (
	esmReceipt = 0x04 // SMSC delivery receipt
	esmUDHI    = 0x40
)

// Statuses of a generic_nack. SMPP 3.4 5.1.3
const rInvCmdID = 0x03

// fate is what becomes of a text that is no order.
type fate int

const (
	unusable   fate = iota // counted as such, and nobody is answered
	tooLong                // the sender is told so
	unreadable             // counted as such; the sender has had answers enough by then
	unread                 // the same
)

// strangeTexts hold a good order each, but the empty one, in a form in which it
// is none. Never written to.
var strangeTexts = []struct {
	name string
	f    fields
	fate fate
}{
	{"a part of a long text", fields{"esm_class": esmUDHI, "udh": "050003070201", "short_message": "PAY 8001 1.00"}, tooLong},
	{"a part by SAR TLVs", fields{"short_message": "PAY 8001 2.00", "sar_msg_ref_num": 7, "sar_total_segments": 2, "sar_segment_seqnum": 1}, tooLong},
	{"a long message_payload", fields{"short_message": "", "payload": "PAY 8001 3.00 " + strings.Repeat("please ", 40)}, tooLong},
	{"ports in a UDH", fields{"esm_class": esmUDHI, "udh": "06050415811581", "short_message": "PAY 8001 4.00"}, unreadable},
	{"a receipt", fields{"esm_class": esmReceipt, "short_message": "PAY 8001 5.00"}, unusable},
	{"an unknown alphabet", fields{"data_coding": 0x0e, "octets": hex.EncodeToString([]byte("PAY 8001 6.00"))}, unreadable},
	{"octets", fields{"data_coding": 4, "octets": hex.EncodeToString([]byte("PAY 8001 7.00"))}, unreadable},
	{"a short code of others", fields{"destination_addr": "9999", "short_message": "PAY 8001 8.00"}, unusable},
	{"a sender without a number", fields{"source_addr_ton": 5, "source_addr": "BLUEBIRD", "short_message": "PAY 8001 9.00"}, unusable},
	{"nothing", fields{"short_message": ""}, unread},
}

// TestStrangeTexts: what is no plain short text is acknowledged, counted and
// never read as an order, and noise on the link costs the link at most.
func TestStrangeTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, npmSMPP, hostStrange)
	w.serve(wang)
	fates := make(map[fate]int)
	for _, s := range strangeTexts {
		t.Log(s.name)
		w.smsc.accepted(w.smsc.deliver(wang.number, s.f))
		fates[s.fate]++
	}
	w.noise()
	w.smsc.text(wang.number, "BAL", codingDefault) // all of the above is behind it
	w.smsc.await("the balance", func(e *smscEvent) bool {
		return e.Event == "submit" && e.To == wang.number[1:] && strings.Contains(e.Text, "余额500.00元") && !strings.Contains(e.Text, "充值")
	})
	var payments []struct{ Product string }
	w.ask(&payments, "ledger", "payments")
	if len(payments) != 1 || payments[0].Product != "topup" {
		t.Errorf("payments: %+v", payments)
	}
	answers := w.smsc.count(func(e *smscEvent) bool { return e.Event == "submit" && strings.Contains(e.Text, "过长") })
	if answers != fates[tooLong] {
		t.Errorf("%d answers that a text is too long, want %d", answers, fates[tooLong])
	}
	for name, want := range map[string]int{
		"mpg_sms_mo_total":         len(strangeTexts) + 1,
		"mpg_sms_unusable_total":   fates[unusable],
		"mpg_sms_unreadable_total": fates[unreadable],
		"mpg_orders_unread_total":  fates[unread],
		"mpg_orders_read_total":    1,
	} {
		if n := w.metric(name); n != want {
			t.Errorf("%s is %d, want %d", name, n, want)
		}
	}
	w.wantBalances(map[string]string{"purse:" + wang.number: "500.00"})
	w.stop()
}

// noise sends a PDU of an unknown kind and one that is cut short, which are
// answered; and octets that are none, after which the daemon comes back on a new
// link.
func (w *world) noise() {
	w.t.Helper()
	const ( // command_length, command_id, command_status, sequence_number, body. SMPP 3.4 3.2
		unknown = "00000010" + "00000abc" + "00000000" + "00000777"
		cut     = "00000014" + "00000005" + "00000000" + "00000778" + "00010131"
	)
	w.smsc.do(map[string]any{"do": "raw", "hex": unknown + cut})
	if nack := w.smsc.answer("generic_nack", 0x777); nack.Status != rInvCmdID {
		w.t.Errorf("the unknown PDU is answered with %+v", nack)
	}
	if resp := w.smsc.answer("deliver_sm_resp", 0x778); resp.Status == 0 {
		w.t.Error("a deliver_sm without an end is taken in")
	}
	for i, octets := range []string{"00000003deadbeef", "ffffffffffffffff", strings.Repeat("ab", 300)} {
		w.smsc.do(map[string]any{"do": "raw", "hex": octets})
		eventually(w.t, "a new bind after noise", func() bool { return w.smsc.count(named("bound")) == i+2 })
	}
}

// answer waits for the answer of a kind to a sequence_number.
func (s *smsc) answer(kind string, sequence int) *smscEvent {
	s.t.Helper()
	return s.await(kind, func(e *smscEvent) bool { return e.Event == kind && e.Sequence == sequence })
}

// metric is a counter without labels.
func (w *world) metric(name string) int {
	w.t.Helper()
	resp, err := http.Get("http://" + w.http() + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^` + name + ` (\d+)$`).FindSubmatch(text)
	if m == nil {
		w.t.Fatalf("no %s in %.500s", name, text)
	}
	n, err := strconv.Atoi(string(m[1]))
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}
