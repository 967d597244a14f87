package daemon_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/engine"
	"mpg/engine/admin"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/store/money"
)

// inbox keeps what the SMSC has taken, in its order.
type inbox struct {
	mu    sync.Mutex
	taken []smsc.Submit
	more  chan struct{}
}

func (h *inbox) receive(s smsc.Submit) {
	h.mu.Lock()
	h.taken = append(h.taken, s)
	h.mu.Unlock()
	select {
	case h.more <- struct{}{}:
	default:
	}
}

// wait returns the texts once there are n.
func (h *inbox) wait(t *testing.T, n int) []smsc.Submit {
	t.Helper()
	late := time.After(2 * time.Minute)
	for {
		h.mu.Lock()
		taken := slices.Clone(h.taken)
		h.mu.Unlock()
		if len(taken) >= n {
			return taken
		}
		select {
		case <-h.more:
		case <-late:
			t.Fatalf("%d of %d texts were taken: %+v", len(taken), n, taken)
		}
	}
}

// sendRig returns a daemon over an SMSC, with one subscriber. A text that is put off
// comes an hour later, so that whatever comes in a test was not.
func sendRig(t *testing.T, tune func(*conf.File)) (*rig.Rig, *inbox) {
	t.Helper()
	h := &inbox{more: make(chan struct{}, 1)}
	r, err := rig.Open(t.Context(), h.receive, func(f *conf.File) {
		rig.NoCalls(f)
		f.Notice.Retry, f.SMSC[0].Backoff, f.SMSC[0].BackoffMax = time.Hour, 10*time.Millisecond, 20*time.Millisecond
		tune(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	if err := r.Populate(t.Context(), 1, 1, nil); err != nil {
		t.Fatal(err)
	}
	h.wait(t, 1)
	return r, h
}

// topUp makes n top-ups of 1.00, 2.00 and so on, each of which is told.
func topUp(t *testing.T, r *rig.Rig, n int) {
	t.Helper()
	for i := range n {
		key := fmt.Sprintf("send %d", i)
		if _, err := r.Daemon.Engine().Admin().TopUp(context.Background(), admin.Command{Key: key}, rig.Number(0), money.Amount(100*(i+1))); err != nil {
			t.Fatal(err)
		}
	}
}

// inOrder checks that each top-up is told once, in order.
func inOrder(t *testing.T, taken []smsc.Submit, n int) {
	t.Helper()
	if len(taken) != n {
		t.Errorf("%d texts, want %d", len(taken), n)
	}
	for i, s := range taken {
		if want := fmt.Sprintf("%d.00元", i+1); !strings.Contains(s.Text, want) {
			t.Errorf("text %d tells of no %s: %s", i, want, s.Text)
		}
	}
}

// TestThrottledTextsKeepTheirOrder: an SMSC that takes 50 texts a second, and at first five,
// which is less than any machine sends, gets 200 for one number, in order and each once.
func TestThrottledTextsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	r, h := sendRig(t, func(*conf.File) {})
	r.SMSC.SetFaults(smsc.Faults{Rate: 5})
	topUp(t, r, 200)
	for !r.Daemon.Pace().Held {
		time.Sleep(time.Millisecond)
	}
	if pace := r.Daemon.Pace(); pace.Rate > 1000 {
		t.Errorf("pace %+v", pace)
	}
	r.SMSC.SetFaults(smsc.Faults{Rate: 50})
	inOrder(t, h.wait(t, 201)[1:], 200)
	if st := r.SMSC.Stats(); st.Submits == 201 {
		t.Error("nothing was throttled")
	}
}

// TestTextsGoAtOnceAfterTheLink: after the link is back, texts go in the order
// of their commits, starting with those that were on their way when it was
// lost.
func TestTextsGoAtOnceAfterTheLink(t *testing.T) {
	t.Parallel()
	r, h := sendRig(t, func(*conf.File) {})
	r.SMSC.SetFaults(smsc.Faults{Mute: true})
	topUp(t, r, 1)
	for r.SMSC.Stats().Submits < 2 {
		time.Sleep(time.Millisecond)
	}
	r.SMSC.SetFaults(smsc.Faults{Down: true})
	for i := range 4 {
		key := fmt.Sprintf("later %d", i)
		if _, err := r.Daemon.Engine().Admin().TopUp(t.Context(), admin.Command{Key: key}, rig.Number(0), money.Amount(100*(i+2))); err != nil {
			t.Fatal(err)
		}
	}
	r.SMSC.SetFaults(smsc.Faults{})
	inOrder(t, h.wait(t, 6)[1:], 5)
}

// TestAWrongBindKeepsItsTexts: each refusal that blames the bind keeps all texts,
// says so, and a reload sends them.
func TestAWrongBindKeepsItsTexts(t *testing.T) {
	t.Parallel()
	for _, st := range []pdu.Status{pdu.RInvSrcTON, pdu.RInvSrcNPI, pdu.RInvSrcAdr, pdu.RInvSerTyp, pdu.RInvCmdID, pdu.RInvSysTyp, pdu.RBindFail, 0x104} {
		t.Run(st.String(), func(t *testing.T) {
			t.Parallel()
			r, h := sendRig(t, func(*conf.File) {})
			r.SMSC.SetFaults(smsc.Faults{Submit: st})
			topUp(t, r, 5)
			for r.SMSC.Stats().Submits < 2 {
				time.Sleep(time.Millisecond)
			}
			for !strings.Contains(readyPage(r), "- texts bench: refused with "+st.String()) {
				time.Sleep(time.Millisecond)
			}
			r.SMSC.SetFaults(smsc.Faults{})
			r.Daemon.ReloadSending(r.Daemon.File())
			inOrder(t, h.wait(t, 6)[1:], 5)
			if page := readyPage(r); !strings.Contains(page, "+ texts bench\n") {
				t.Error(page)
			}
		})
	}
}

func readyPage(r *rig.Rig) string {
	rec := httptest.NewRecorder()
	r.Daemon.Routes().ServeHTTP(rec, httptest.NewRequest("GET", "/readyz?verbose", nil))
	return rec.Body.String()
}

// TestARefusedRecipientStopsNobody: a text that can never be sent is dropped, and
// the next one goes.
func TestARefusedRecipientStopsNobody(t *testing.T) {
	t.Parallel()
	r, h := sendRig(t, func(*conf.File) {})
	r.SMSC.SetFaults(smsc.Faults{Submit: pdu.RInvDstAdr})
	topUp(t, r, 1)
	for r.Daemon.Engine().Stats().Sent.Load(engine.Never) == 0 {
		time.Sleep(time.Millisecond)
	}
	r.SMSC.SetFaults(smsc.Faults{})
	topUp(t, r, 2) // the first again: a repeat, which is not told
	if taken := h.wait(t, 2)[1:]; !strings.Contains(taken[0].Text, "2.00元") {
		t.Errorf("taken %+v", taken)
	}
}

// TestNumbersAreMarkedAsConfigured: type and plan of numbers follow the
// configuration, and a reload changes them.
func TestNumbersAreMarkedAsConfigured(t *testing.T) {
	t.Parallel()
	r, h := sendRig(t, func(f *conf.File) { f.SMSC[0].SourceTON, f.SMSC[0].DestTON = 3, 2 })
	changed := *r.Daemon.File()
	changed.SMSC = slices.Clone(changed.SMSC)
	changed.SMSC[0].SourceTON, changed.SMSC[0].DestTON = 0, 1
	r.Daemon.ReloadSending(&changed)
	topUp(t, r, 1)
	taken := h.wait(t, 2)
	if s := taken[0]; s.From != rig.Code || s.FromTON != pdu.TONNetworkSpecific || s.ToTON != pdu.TONNational {
		t.Errorf("first %+v", s)
	}
	if s := taken[1]; s.FromTON != pdu.TONUnknown || s.ToTON != pdu.TONInternational {
		t.Errorf("after the reload %+v", s)
	}
}
