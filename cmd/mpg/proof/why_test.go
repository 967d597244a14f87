package proof

import (
	"strings"
	"testing"
)

// told is what `mpg payment show` says about the calls of a payment.
type told struct {
	Calls []struct {
		End    string
		SIP    int
		HungUp string `json:"hung_up"`
		Wrong  int    `json:"wrong_pins"`
	}
}

// TestWhyAfterAKill: once a text has told of a refusal or a failed call, the reason is
// still known after a power failure.
func TestWhyAfterAKill(t *testing.T) {
	t.Parallel()
	w := patientWorld(t)
	o, p := w.waitingOrder(321), w.people[0]
	w.say(p.Number, "PAY 9999 1")
	eventually(t, stateMax, "both texts", func() bool { return len(w.journal.textsTo(p.Number, o.Sent)) >= 2 })
	w.kill()
	w.start()
	w.behave(p, good())
	w.say(p.Number, "AGAIN")
	eventually(t, stateMax, "the payment", func() bool { return w.state(o) == "done" })
	var shown told
	eventually(t, stateMax, "two calls", func() bool {
		err := w.op.ask(&shown, "payment", "show", w.paymentOf(o).Ref)
		return err == nil && len(shown.Calls) == 2
	})
	busy, paid := shown.Calls[0], shown.Calls[1]
	if busy.End != "busy" || busy.SIP != 486 || busy.HungUp != "" {
		t.Errorf("the first call: %+v", busy)
	}
	if paid.End != "finished" || paid.SIP != 200 || paid.HungUp == "" || paid.Wrong != 0 {
		t.Errorf("the second call: %+v", paid)
	}
	var verify struct {
		Sound          bool
		Refused, Calls int
		Faults         []string
	}
	if err := w.op.ask(&verify, "ledger", "verify"); err != nil || !verify.Sound || verify.Refused != 1 || verify.Calls != 2 {
		t.Errorf("%+v %v", verify, err)
	}
	body, err := get("http://" + w.set.http + "/metrics")
	if err != nil || !strings.Contains(string(body), `mpg_payments_ended_total{reason="paid"} 1`) {
		t.Errorf("the metrics do not tell the end: %v", err)
	}
}
