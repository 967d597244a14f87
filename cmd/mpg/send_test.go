package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"mpg/conf"
	"mpg/engine"
	"mpg/smpp"
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
func sendRig(t *testing.T, tune func(*conf.File)) (*benchRig, *inbox) {
	t.Helper()
	h := &inbox{more: make(chan struct{}, 1)}
	rig, err := openRig(t.Context(), h.receive, func(f *conf.File) {
		payRules(f)
		f.Notice.Retry, f.SMSC[0].Backoff, f.SMSC[0].BackoffMax = time.Hour, 10*time.Millisecond, 20*time.Millisecond
		tune(f)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := rig.close(); err != nil {
			t.Error(err)
		}
	})
	if err := rig.settle(t.Context(), 1, 1, nil); err != nil {
		t.Fatal(err)
	}
	h.wait(t, 1)
	return rig, h
}

// topUp makes n top-ups of 1.00, 2.00 and so on, each of which is told.
func topUp(t *testing.T, rig *benchRig, n int) {
	t.Helper()
	for i := range n {
		key := fmt.Sprintf("send %d", i)
		if _, err := rig.d.engine.TopUp(context.Background(), engine.Command{Key: key}, benchNumber(0), money.Amount(100*(i+1))); err != nil {
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

// TestThrottledTextsKeepTheirOrder: an SMSC that takes 50 texts a second gets
// 200 for one number, in order and each once.
func TestThrottledTextsKeepTheirOrder(t *testing.T) {
	t.Parallel()
	rig, h := sendRig(t, func(*conf.File) {})
	rig.smsc.SetFaults(smsc.Faults{Rate: 50})
	topUp(t, rig, 200)
	inOrder(t, h.wait(t, 201)[1:], 200)
	if st := rig.smsc.Stats(); st.Submits == 201 {
		t.Error("nothing was throttled")
	}
	if pace := rig.d.binds[0].session.Pace(); !pace.Held || pace.Rate > 1000 {
		t.Errorf("pace %+v", pace)
	}
}

// TestTextsGoAtOnceAfterTheLink: after the link is back, texts go in the order
// of their commits, starting with those that were on their way when it was
// lost.
func TestTextsGoAtOnceAfterTheLink(t *testing.T) {
	t.Parallel()
	rig, h := sendRig(t, func(*conf.File) {})
	rig.smsc.SetFaults(smsc.Faults{Mute: true})
	topUp(t, rig, 1)
	for rig.smsc.Stats().Submits < 2 {
		time.Sleep(time.Millisecond)
	}
	rig.smsc.SetFaults(smsc.Faults{Down: true})
	for i := range 4 {
		key := fmt.Sprintf("later %d", i)
		if _, err := rig.d.engine.TopUp(t.Context(), engine.Command{Key: key}, benchNumber(0), money.Amount(100*(i+2))); err != nil {
			t.Fatal(err)
		}
	}
	rig.smsc.SetFaults(smsc.Faults{})
	inOrder(t, h.wait(t, 6)[1:], 5)
}

// TestAWrongBindKeepsItsTexts: each refusal that blames the bind keeps all texts,
// says so, and a reload sends them.
func TestAWrongBindKeepsItsTexts(t *testing.T) {
	t.Parallel()
	for _, st := range []pdu.Status{pdu.RInvSrcTON, pdu.RInvSrcNPI, pdu.RInvSrcAdr, pdu.RInvSerTyp, pdu.RInvCmdID, pdu.RInvSysTyp, pdu.RBindFail, 0x104} {
		t.Run(st.String(), func(t *testing.T) {
			t.Parallel()
			rig, h := sendRig(t, func(*conf.File) {})
			rig.smsc.SetFaults(smsc.Faults{Submit: st})
			topUp(t, rig, 5)
			for rig.smsc.Stats().Submits < 2 {
				time.Sleep(time.Millisecond)
			}
			for !strings.Contains(readyPage(rig), "- texts bench: refused with "+st.String()) {
				time.Sleep(time.Millisecond)
			}
			rig.smsc.SetFaults(smsc.Faults{})
			rig.d.reloadSending(rig.d.conf)
			inOrder(t, h.wait(t, 6)[1:], 5)
			if page := readyPage(rig); !strings.Contains(page, "+ texts bench\n") {
				t.Error(page)
			}
		})
	}
}

func readyPage(rig *benchRig) string {
	rec := httptest.NewRecorder()
	rig.d.readyz(rec, httptest.NewRequest("GET", "/readyz?verbose", nil))
	return rec.Body.String()
}

// TestARefusedRecipientStopsNobody: a text that can never be sent is dropped, and
// the next one goes.
func TestARefusedRecipientStopsNobody(t *testing.T) {
	t.Parallel()
	rig, h := sendRig(t, func(*conf.File) {})
	rig.smsc.SetFaults(smsc.Faults{Submit: pdu.RInvDstAdr})
	topUp(t, rig, 1)
	for rig.d.engine.Stats().Sent.Load(engine.Never) == 0 {
		time.Sleep(time.Millisecond)
	}
	rig.smsc.SetFaults(smsc.Faults{})
	topUp(t, rig, 2) // the first again: a repeat, which is not told
	if taken := h.wait(t, 2)[1:]; !strings.Contains(taken[0].Text, "2.00元") {
		t.Errorf("taken %+v", taken)
	}
}

// TestNumbersAreMarkedAsConfigured: type and plan of numbers follow the
// configuration, and a reload changes them.
func TestNumbersAreMarkedAsConfigured(t *testing.T) {
	t.Parallel()
	rig, h := sendRig(t, func(f *conf.File) { f.SMSC[0].SourceTON, f.SMSC[0].DestTON = 3, 2 })
	changed := *rig.d.conf
	changed.SMSC = slices.Clone(changed.SMSC)
	changed.SMSC[0].SourceTON, changed.SMSC[0].DestTON = 0, 1
	rig.d.reloadSending(&changed)
	topUp(t, rig, 1)
	taken := h.wait(t, 2)
	if s := taken[0]; s.From != benchCode || s.FromTON != pdu.TONNetworkSpecific || s.ToTON != pdu.TONNational {
		t.Errorf("first %+v", s)
	}
	if s := taken[1]; s.FromTON != pdu.TONUnknown || s.ToTON != pdu.TONInternational {
		t.Errorf("after the reload %+v", s)
	}
}

// TestEveryStatusHasAnEnd: what each refusal of a text means to the engine.
func TestEveryStatusHasAnEnd(t *testing.T) {
	t.Parallel()
	d := &daemon{log: newLog(new(strings.Builder), conf.Log{Level: "error", Format: "text"}, new(slog.LevelVar))}
	session, err := smpp.New(smpp.Config{Addr: "127.0.0.1:1", SystemID: "mpg", Deliver: func(smpp.Message) bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	for st := pdu.Status(1); st < 0x500; st++ {
		b := &bind{name: "main", session: session}
		b.sending.took.Store(true)
		want := map[smpp.Blame]engine.Sending{smpp.BlameNobody: engine.Busy, smpp.BlameBind: engine.Unfit, smpp.BlameTo: engine.Never, smpp.BlameText: engine.Never}
		if got := d.sent(b, engine.SMS{From: benchCode}, smpp.Outcome{Verdict: smpp.Refused, Status: st}); got != want[smpp.BlameOf(st)] {
			t.Errorf("%s: %s", st, got)
		}
	}
	b := &bind{name: "main", session: session}
	if got := d.sent(b, engine.SMS{}, smpp.Outcome{Verdict: smpp.Refused, Status: pdu.RInvDstTON}); got != engine.Unfit {
		t.Errorf("a wrong type of number before any text was taken: %s", got)
	}
	if got := d.sent(b, engine.SMS{}, smpp.Outcome{Verdict: smpp.Uncertain}); got != engine.Uncertain {
		t.Errorf("uncertain: %s", got)
	}
}
