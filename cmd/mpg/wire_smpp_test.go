package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"mpg/conf"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// rig returns a daemon beside a simulated SMSC, for one subscriber.
func rig(t *testing.T, tune func(*conf.File)) (*benchRig, <-chan smsc.Submit) {
	t.Helper()
	texts := make(chan smsc.Submit, 100)
	r, err := openRig(context.Background(), func(s smsc.Submit) { texts <- s }, tune)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.close(); err != nil {
			t.Error(err)
		}
	})
	return r, texts
}

// says delivers a text by the SMSC and waits until it is acknowledged.
func says(t *testing.T, s *smsc.Server, m pdu.SM) {
	t.Helper()
	m.SourceAddr, m.SourceAddrTON, m.SourceAddrNPI = []byte(benchNumber(1)[1:]), pdu.TONInternational, pdu.NPIISDN
	if m.DestinationAddr == nil {
		m.DestinationAddr = []byte(benchCode)
	}
	answer := make(chan pdu.Status, 1)
	if err := s.Inject(&m, func(st pdu.Status) { answer <- st }); err != nil {
		t.Fatal(err)
	}
	select {
	case st := <-answer:
		if st != pdu.ROK {
			t.Fatal(st)
		}
	case <-time.After(benchWait):
		t.Fatal("no acknowledgement")
	}
}

// hears waits for the next text to the subscriber.
func hears(t *testing.T, texts <-chan smsc.Submit, part string) smsc.Submit {
	t.Helper()
	select {
	case m := <-texts:
		if m.To != benchNumber(1) || !strings.Contains(m.Text, part) {
			t.Fatalf("to %s: %q, want %q", m.To, m.Text, part)
		}
		return m
	case <-time.After(benchWait):
		t.Fatalf("no text with %q", part)
		return smsc.Submit{}
	}
}

// page returns what an HTTP path of the daemon says.
func page(t *testing.T, d *daemon, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	d.routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	body, err := io.ReadAll(w.Result().Body)
	if err != nil {
		t.Fatal(err)
	}
	return w.Code, string(body)
}

// A pair of binds serves as a transceiver does: what comes in by the receiver is
// answered through the transmitter.
func TestPairOfBinds(t *testing.T) {
	t.Parallel()
	r, texts := rig(t, func(f *conf.File) {
		in := f.SMSC[0]
		in.Name, in.Bind = "in", "receiver"
		f.SMSC[0].Bind = "transmitter"
		f.SMSC = append([]conf.SMSC{in}, f.SMSC...)
		f.Language = "en"
	})
	says(t, r.smsc, pdu.SM{ShortMessage: []byte("BAL")})
	hears(t, texts, "not registered")
	code, ready := page(t, r.d, "/readyz?verbose")
	if !strings.Contains(ready, "+ smsc in\n") || !strings.Contains(ready, "+ smsc bench\n") {
		t.Errorf("%d %s", code, ready)
	}
}

// Of several binds one for each way is enough to be ready; the one that is down
// is told of, with its reason.
func TestReadyWithOneBindDown(t *testing.T) {
	t.Parallel()
	r, _ := rig(t, func(f *conf.File) {
		down := f.SMSC[0]
		down.Name, down.Addr = "down", "127.0.0.1:1"
		f.SMSC = append([]conf.SMSC{down}, f.SMSC...)
	})
	if !r.d.bound() {
		t.Error("not bound with one bind up")
	}
	deadline := time.Now().Add(benchWait)
	for {
		_, ready := page(t, r.d, "/readyz?verbose")
		if strings.Contains(ready, "- smsc down: ") && strings.Contains(ready, "+ smsc bench\n") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(ready)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Short codes in other spellings are known where nothing else can be meant.
func TestKnownCode(t *testing.T) {
	t.Parallel()
	codes := []string{"8888", "10086"}
	for _, c := range []struct {
		to   string
		ton  pdu.TON
		want string // empty: foreign
	}{
		{"8888", pdu.TONUnknown, "8888"},
		{"8888", pdu.TONNetworkSpecific, "8888"},
		{"8888", pdu.TONInternational, "8888"},
		{"+8888", pdu.TONUnknown, "8888"},
		{"+8888", pdu.TONInternational, "8888"},
		{"8888 ", pdu.TONUnknown, "8888"},
		{" +8888", pdu.TONUnknown, "8888"},
		{"868888", pdu.TONInternational, "8888"},
		{"+868888", pdu.TONUnknown, "8888"},
		{"+8610086", pdu.TONUnknown, "10086"},

		{"868888", pdu.TONUnknown, ""}, // another short code, as far as anybody knows
		{"868888", pdu.TONNetworkSpecific, ""},
		{"88880", pdu.TONUnknown, ""},
		{"08888", pdu.TONUnknown, ""},
		{"008888", pdu.TONUnknown, ""},
		{"888", pdu.TONUnknown, ""},
		{"8888x", pdu.TONUnknown, ""},
		{"8613800000001", pdu.TONInternational, ""},
		{"", pdu.TONUnknown, ""},
		{"86", pdu.TONInternational, ""},
	} {
		got, ok := knownCode(codes, "86", c.to, c.ton)
		if ok != (c.want != "") || ok && got != c.want {
			t.Errorf("%q, type %d: %q, %v, want %q", c.to, c.ton, got, ok, c.want)
		}
	}
	if got := callingCode("KE"); got != "254" {
		t.Errorf("Kenya: %q", got)
	}
	if got := callingCode("XX"); got != "" {
		t.Errorf("nowhere: %q", got)
	}
}

// A foreign short code is warned about once, and a long one is masked: it may be
// somebody's number.
func TestForeignCodesAreToldOnce(t *testing.T) {
	t.Parallel()
	var f foreignCodes
	if !f.first("9999") || f.first("9999") || !f.first("9998") {
		t.Error("not once for each")
	}
	for i := range 2 * foreignMax {
		f.first(benchNumber(i))
	}
	if len(f.seen) > foreignMax {
		t.Errorf("%d codes are kept", len(f.seen))
	}
	if got := shownCode("+8613800000001"); strings.Contains(got, "00000") {
		t.Error(got)
	}
}

// Each thing that an SMSC may send is counted by reason, and no line of the
// metrics holds a number or a text.
func TestBindMetrics(t *testing.T) {
	t.Parallel()
	r, texts := rig(t, func(f *conf.File) { f.Language = "en" })
	says(t, r.smsc, pdu.SM{ShortMessage: []byte("BAL")})
	hears(t, texts, "not registered")
	says(t, r.smsc, pdu.SM{DataCoding: 4, ShortMessage: []byte("BAL")})
	hears(t, texts, "could not read your text")
	says(t, r.smsc, pdu.SM{ShortMessage: []byte("id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:secret")})
	says(t, r.smsc, pdu.SM{DestinationAddr: []byte("9999"), ShortMessage: []byte("BAL")})
	says(t, r.smsc, pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: []byte("\x05\x00\x03\x07\x02\x01PAY 8001 ")})
	hears(t, texts, "too long")
	says(t, r.smsc, pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: []byte("\x05\x00\x03\x07\x02\x02128.50")})
	_, metrics := page(t, r.d, "/metrics")
	for _, line := range []string{
		`mpg_smpp_pdus_total{bind="bench",command="deliver_sm",direction="received",status="ESME_ROK"} 6`,
		`mpg_smpp_pdus_total{bind="bench",command="deliver_sm_resp",direction="sent",status="ESME_ROK"} 6`,
		`mpg_smpp_messages_total{bind="bench",kind="receipt"} 1`,
		`mpg_smpp_messages_total{bind="bench",kind="long"} 2`,
		`mpg_smpp_unreadable_total{bind="bench",reason="alphabet"} 1`,
		`mpg_smpp_binds_total{bind="bench"} 1`,
		`mpg_smpp_bind_up{bind="bench"} 1`,
		`mpg_smpp_bind_working{bind="bench"} 1`,
		`mpg_smpp_window_used_ratio{bind="bench"} 0`,
		`mpg_sms_unreadable_total 1`,
		`mpg_sms_parts_total 1`,
		`mpg_sms_unusable_by_reason_total{reason="receipt"} 1`,
		`mpg_sms_unusable_by_reason_total{reason="short_code"} 1`,
		`mpg_sms_unusable_by_reason_total{reason="sender"} 0`,
		`mpg_sms_unusable_total 2`,
	} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("no line %s", line)
		}
	}
	words := regexp.MustCompile(`(?m) \S+$`).ReplaceAllString(metrics, "") // without the figures, which may have any digits
	for _, secret := range []string{benchNumber(1)[1:], "secret", "9999"} {
		if strings.Contains(words, secret) {
			t.Errorf("the metrics hold %s", secret)
		}
	}
	if t.Failed() {
		t.Log(metrics)
	}
}
