package engine_test

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"mpg/engine/acquirer"
	"mpg/engine/bank/host"
	"mpg/engine/bank/httpbank"
	"mpg/store/money"
)

// TestPaymentsOverHTTP: a payment from an account at a bank that speaks HTTP ends as one over
// ISO 8583 does, and the books of both sides agree.
func TestPaymentsOverHTTP(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault host.Fault
		ends  string
	}{
		"approved":            {host.Fault{}, "paid"},
		"declined":            {host.Fault{Kind: host.Decline, Code: "51"}, "declined"},
		"lost, then found":    {host.Fault{Kind: host.DropAfter, Times: 1}, "paid"},
		"broken, then found":  {host.Fault{Kind: host.OtherType, Value: "502", Times: 1}, "paid"},
		"booked, never found": {host.Fault{Kind: host.Silence}, "reversed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute // which ends nothing here
			if tt.ends == "reversed" {
				timeout = 300 * time.Millisecond
			}
			w, h := httpWorld(t, timeout)
			if tt.fault.Kind != 0 {
				tt.fault.On = host.Requests
				h.Fault(tt.fault)
			}
			p := w.settled(w.payByBank(), false)
			if p.Reason != tt.ends {
				t.Errorf("ended as %s, want %s: %+v", p.Reason, tt.ends, p.Request)
			}
			left, _ := h.Balance(payerAccount)
			cny, _ := money.Lookup("CNY")
			w.balance("bank:icbc", cny.Format(hostFunds-left), cny.Format(hostFunds-left))
			if (tt.ends == "paid") != (hostFunds-left == 4500) {
				t.Errorf("the bank took %s", cny.Format(hostFunds-left))
			}
		})
	}
}

// httpWorld returns a world whose bank is the simulated host, over HTTP.
func httpWorld(t *testing.T, timeout time.Duration) (*world, *host.Host) {
	t.Helper()
	h, err := host.New(host.Config{NamedReturns: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h.HTTP())
	t.Cleanup(func() { _ = h.Close(); server.Close() })
	cny, _ := money.Lookup("CNY")
	if err := h.Open(host.Account{No: payerAccount, Balance: hostFunds, Currency: cny}); err != nil {
		t.Fatal(err)
	}
	c, err := httpbank.Open(httpbank.Config{Name: "icbc", URL: server.URL, Status: true, Timeout: timeout, Pause: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, func(w *world) {
		w.banks = map[string]acquirer.Bank{"icbc": c}
		w.rules.Reversals = map[string]acquirer.Reversal{"icbc": {Retry: 20 * time.Millisecond, For: 24 * time.Hour}}
	})
	ended := make(chan struct{})
	go func() { _ = c.Run(context.Background()); close(ended) }()
	t.Cleanup(func() { _ = c.Close(); <-ended })
	w.until("the bank to be up", c.Up)
	return w, h
}
