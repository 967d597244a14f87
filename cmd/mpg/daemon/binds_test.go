package daemon_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// open returns a daemon beside a simulated SMSC, for one subscriber.
func open(t *testing.T, tune func(*conf.File)) (*rig.Rig, <-chan smsc.Submit) {
	t.Helper()
	texts := make(chan smsc.Submit, 100)
	r, err := rig.Open(context.Background(), func(s smsc.Submit) { texts <- s }, tune)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r, texts
}

// says delivers a text by the SMSC and waits until it is acknowledged.
func says(t *testing.T, s *smsc.Server, m pdu.SM) {
	t.Helper()
	m.SourceAddr, m.SourceAddrTON, m.SourceAddrNPI = []byte(rig.Number(1)[1:]), pdu.TONInternational, pdu.NPIISDN
	if m.DestinationAddr == nil {
		m.DestinationAddr = []byte(rig.Code)
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
	case <-time.After(rig.Wait):
		t.Fatal("no acknowledgement")
	}
}

// hears waits for the next text to the subscriber.
func hears(t *testing.T, texts <-chan smsc.Submit, part string) smsc.Submit {
	t.Helper()
	select {
	case m := <-texts:
		if m.To != rig.Number(1) || !strings.Contains(m.Text, part) {
			t.Fatalf("to %s: %q, want %q", m.To, m.Text, part)
		}
		return m
	case <-time.After(rig.Wait):
		t.Fatalf("no text with %q", part)
		return smsc.Submit{}
	}
}

// page returns what an HTTP path of the daemon says.
func page(t *testing.T, d *daemon.Daemon, path string) (int, string) {
	t.Helper()
	w := httptest.NewRecorder()
	d.Routes().ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
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
	r, texts := open(t, func(f *conf.File) {
		in := f.SMSC[0]
		in.Name, in.Bind = "in", "receiver"
		f.SMSC[0].Bind = "transmitter"
		f.SMSC = append([]conf.SMSC{in}, f.SMSC...)
		f.Language = "en"
	})
	says(t, r.SMSC, pdu.SM{ShortMessage: []byte("BAL")})
	hears(t, texts, "not registered")
	code, ready := page(t, r.Daemon, "/readyz?verbose")
	if !strings.Contains(ready, "+ smsc in\n") || !strings.Contains(ready, "+ smsc bench\n") {
		t.Errorf("%d %s", code, ready)
	}
}

// Of several binds one for each way is enough to be ready; the one that is down
// is told of, with its reason.
func TestReadyWithOneBindDown(t *testing.T) {
	t.Parallel()
	r, _ := open(t, func(f *conf.File) {
		down := f.SMSC[0]
		down.Name, down.Addr = "down", "127.0.0.1:1"
		f.SMSC = append([]conf.SMSC{down}, f.SMSC...)
	})
	if !r.Daemon.AwaitBound(t.Context()) {
		t.Error("not bound with one bind up")
	}
	deadline := time.Now().Add(rig.Wait)
	for {
		_, ready := page(t, r.Daemon, "/readyz?verbose")
		if strings.Contains(ready, "- smsc down: ") && strings.Contains(ready, "+ smsc bench\n") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(ready)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Each thing that an SMSC may send is counted by reason, and no line of the
// metrics holds a number or a text.
func TestBindMetrics(t *testing.T) {
	t.Parallel()
	r, texts := open(t, func(f *conf.File) { f.Language = "en" })
	says(t, r.SMSC, pdu.SM{ShortMessage: []byte("BAL")})
	hears(t, texts, "not registered")
	says(t, r.SMSC, pdu.SM{DataCoding: 4, ShortMessage: []byte("BAL")})
	hears(t, texts, "could not read your text")
	says(t, r.SMSC, pdu.SM{ShortMessage: []byte("id:1 sub:001 dlvrd:001 stat:DELIVRD err:000 text:secret")})
	says(t, r.SMSC, pdu.SM{DestinationAddr: []byte("9999"), ShortMessage: []byte("BAL")})
	says(t, r.SMSC, pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: []byte("\x05\x00\x03\x07\x02\x01PAY 8001 ")})
	hears(t, texts, "too long")
	says(t, r.SMSC, pdu.SM{ESMClass: pdu.ESMUDHI, ShortMessage: []byte("\x05\x00\x03\x07\x02\x02128.50")})
	_, metrics := page(t, r.Daemon, "/metrics")
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
	for _, secret := range []string{rig.Number(1)[1:], "secret", "9999"} {
		if strings.Contains(words, secret) {
			t.Errorf("the metrics hold %s", secret)
		}
	}
	if t.Failed() {
		t.Log(metrics)
	}
}
