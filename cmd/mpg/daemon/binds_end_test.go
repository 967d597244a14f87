package daemon

import (
	"log/slog"
	"testing"

	"mpg/engine"
	"mpg/smpp"
	"mpg/smpp/pdu"
)

// TestEveryStatusHasAnEnd: what each refusal of a text means to the engine.
func TestEveryStatusHasAnEnd(t *testing.T) {
	t.Parallel()
	bs := newBinds(nil, slog.New(slog.DiscardHandler), nil)
	session, err := smpp.New(smpp.Config{Addr: "127.0.0.1:1", Account: smpp.Account{SystemID: "mpg"}, Deliver: func(smpp.Message) bool { return false }})
	if err != nil {
		t.Fatal(err)
	}
	for st := pdu.Status(1); st < 0x500; st++ {
		b := &bind{name: "main", session: session}
		b.sending.took.Store(true)
		want := map[smpp.Blame]engine.Sending{smpp.BlameNobody: engine.Busy, smpp.BlameBind: engine.Unfit, smpp.BlameTo: engine.Never, smpp.BlameText: engine.Never}
		if got := bs.sent(b, engine.SMS{From: "8888"}, smpp.Outcome{Verdict: smpp.Refused, Status: st}); got != want[smpp.BlameOf(st)] {
			t.Errorf("%s: %s", st, got)
		}
	}
	b := &bind{name: "main", session: session}
	if got := bs.sent(b, engine.SMS{}, smpp.Outcome{Verdict: smpp.Refused, Status: pdu.RInvDstTON}); got != engine.Unfit {
		t.Errorf("a wrong type of number before any text was taken: %s", got)
	}
	if got := bs.sent(b, engine.SMS{}, smpp.Outcome{Verdict: smpp.Uncertain}); got != engine.Uncertain {
		t.Errorf("uncertain: %s", got)
	}
}
