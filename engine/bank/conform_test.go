package bank_test

import (
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/banktest"
	"mpg/engine/bank/host"
	"mpg/engine/bank/iso8583"
)

// TestLinkConforms runs the contract of connectors against the link of ISO 8583, in the dialects
// of both editions.
func TestLinkConforms(t *testing.T) {
	t.Parallel()
	for _, dialect := range []string{iso8583.ISO87, iso8583.ISO93, iso8583.ISO93Binary} {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			linkConforms(t, dialect)
		})
	}
}

func linkConforms(t *testing.T, dialect string) {
	t.Helper()
	banktest.ConformIn(t, dialect, func(t *testing.T, network *banktest.Pipes, late func(bank.Late)) banktest.Connector {
		l, err := bank.Open(bank.Config{Name: "icbc", Addr: "pipes", Dialect: dialect, Timeout: banktest.Timeout, EchoEvery: time.Minute, Dial: network.Dial, OnLate: late,
			Reconnect: bank.Reconnect{BackoffMin: time.Second, BackoffMax: time.Second}})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}, func(t *testing.T, h *host.Host, network *banktest.Pipes) func() {
		if err := h.Serve(network); err != nil {
			t.Fatal(err)
		}
		return func() { _ = network.Close() }
	})
}
