package bench

import (
	"slices"
	"strings"
	"testing"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/smpp/smsc"
)

func TestRefIn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"8HHG2K3P: you paid CNY 1.00 to Shop 8005 from your purse.": "8HHG2K3P",
		"收到138****0005付款：1.00元。单号D6RBNGYT，11-26 12:07。":             "D6RBNGYT",
		"":             "",
		"short":        "short",
		"no reference": "no refer", // not one that a payment has: it is found to be no receipt
	} {
		if got := refIn(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// paidBy returns a load of people with payments in flight, as drive leaves it.
func paidBy(people int, who ...int) *payLoad {
	p := newPayLoad(people, len(who))
	for _, i := range who {
		p.begun[i] = time.Now().Add(-time.Second)
		p.slots <- struct{}{}
	}
	return p
}

// TestReceiptsOfBothSides: a payment counts once both sides were told, in either order; its
// time is the payer's order to the later text, and it makes room for another order.
func TestReceiptsOfBothSides(t *testing.T) {
	t.Parallel()
	_, shop := rig.Shop(0)
	for name, order := range map[string][]string{"payer first": {rig.Number(3), shop}, "shop first": {shop, rig.Number(3)}} {
		p := paidBy(10, 3)
		for i, to := range order {
			if len(p.took) != 0 || len(p.slots) != 1 {
				t.Errorf("%s: done after %d texts", name, i)
			}
			p.receive(smsc.Submit{To: to, Text: "8HHG2K3P: paid"})
		}
		if len(p.took) != 1 || p.took[0] < time.Second || p.took[0] > time.Hour || len(p.slots) != 0 || len(p.wrong) != 0 {
			t.Errorf("%s: took %v, %d in flight, wrong %v", name, p.took, len(p.slots), p.wrong)
		}
	}
}

// TestWhatShouldNotHappenIsTold: a second receipt for one side, whoever it is; only the
// first few are kept.
func TestWhatShouldNotHappenIsTold(t *testing.T) {
	t.Parallel()
	_, shop := rig.Shop(0)
	for name, to := range map[string]string{"payer": rig.Number(1), "shop": shop} {
		p := paidBy(10, 1, 2)
		for range 3 {
			p.receive(smsc.Submit{To: to, Text: "8HHG2K3P: paid"})
		}
		if len(p.wrong) != 2 || !strings.Contains(p.wrong[0], "8HHG2K3P") || len(p.took) != 0 {
			t.Errorf("%s: wrong %v, took %v", name, p.wrong, p.took)
		}
		for range 100 {
			p.complain("an order was answered ESME_RSYSERR")
		}
		if len(p.wrong) != 5 || !strings.Contains(p.stuck().Error(), "ESME_RSYSERR") {
			t.Errorf("%s: %d complaints: %v", name, len(p.wrong), p.stuck())
		}
	}
}

func TestPayer(t *testing.T) {
	t.Parallel()
	p := newPayLoad(1000, 1)
	_, shop := rig.Shop(7)
	for number, want := range map[string]int{rig.Number(0): 0, rig.Number(999): 999, rig.Number(1000): -1, shop: -1, "8888": -1, "+86138": -1, "": -1} {
		who, ok := p.payer(number)
		if ok != (want >= 0) || ok && who != want {
			t.Errorf("%q is subscriber %d, %t, want %d", number, who, ok, want)
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	var times []time.Duration
	for i := range 100 {
		times = append(times, time.Duration(i+1)*time.Second)
	}
	for share, want := range map[float64]float64{0: 1, 0.5: 51, 0.99: 100, 1: 100} {
		if got := percentile(times, share); got != want {
			t.Errorf("%v of 1 to 100 s: %v s, want %v", share, got, want)
		}
	}
	if got := percentile(nil, 0.99); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestInUnit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value float64
		unit  string
		want  string
	}{
		{0, "s", "0s"}, {1.23456e-7, "s", "123ns"}, {0.0123456, "s", "12.3ms"}, {61.5, "s", "1m1.5s"},
		{999.4, "1/s", "999/s"}, {0.5, "1/s", "0.5/s"}, {1234.5, "1/s", "1234/s"}, {600.123, "bytes", "600.1 bytes"}, {0.98765, "1", "0.9877"}, {3, "1", "3"},
	} {
		if got := inUnit(tt.value, tt.unit); got != tt.want {
			t.Errorf("%v %s is written %q, want %q", tt.value, tt.unit, got, tt.want)
		}
	}
}

// TestStoredRow: the figure is what was added for each payment, and a run without a payment
// is an error, not a figure.
func TestStoredRow(t *testing.T) {
	t.Parallel()
	for _, calls := range []bool{false, true} {
		row, err := stored{bytes: 50_000, payments: 100}.row("store/x", calls, 10)
		if err != nil || row.Value != 500 || row.Unit != "bytes" || row.YardstickValue <= 0 || row.Ratio != row.YardstickValue/500 || !strings.Contains(row.Note, "100 mPurse payments") {
			t.Errorf("%+v, %v", row, err)
		}
	}
	if _, err := (stored{bytes: 50_000}).row("store/x", false, 10); err == nil {
		t.Error("a row of no payment")
	}
}

// TestReceiptLog counts from begin on, and finds duplicates and what is not a receipt.
func TestReceiptLog(t *testing.T) {
	t.Parallel()
	log := new(receiptLog)
	log.receive(smsc.Submit{To: "+1", Text: "welcome"})
	full := log.begin(2)
	log.receive(smsc.Submit{To: "+1", Text: "you paid 1.00"})
	select {
	case <-full:
		t.Fatal("full after one of two")
	default:
	}
	log.receive(smsc.Submit{To: "+2", Text: "you paid 1.00"})
	<-full
	if err := log.once(); err != nil || log.all != 2 || log.last.IsZero() {
		t.Errorf("%d came: %v", log.all, err)
	}
	log.receive(smsc.Submit{To: "+2", Text: "you paid 1.00"})
	if err := log.once(); err == nil {
		t.Error("a text that came twice is right")
	}
	other := new(receiptLog)
	other.begin(1)
	other.receive(smsc.Submit{To: "+1", Text: "no money"})
	if err := other.once(); err == nil {
		t.Error("a text without the amount is a receipt")
	}
}

func TestAreasAreKnown(t *testing.T) {
	t.Parallel()
	if got := Areas(); !slices.Equal(got, []string{"smpp", "ledger", "pay", "ivr", "bank", "store", "view"}) {
		t.Errorf("%v", got)
	}
	if rows, err := Run(t.Context(), []string{"none"}, 1); err != nil || len(rows) != 0 {
		t.Errorf("of an area that is none: %v, %v", rows, err)
	}
}
