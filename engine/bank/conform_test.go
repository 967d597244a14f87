package bank_test

import (
	"testing"
	"time"

	"mpg/engine/bank"
	"mpg/engine/bank/banktest"
	"mpg/engine/bank/host"
)

// TestLinkConforms runs the contract of connectors against the link of ISO 8583.
func TestLinkConforms(t *testing.T) {
	t.Parallel()
	banktest.Conform(t, func(t *testing.T, network *banktest.Pipes, late func(bank.Late)) banktest.Connector {
		l, err := bank.Open(bank.Config{Name: "icbc", Addr: "pipes", Timeout: banktest.Timeout, EchoEvery: time.Minute, Dial: network.Dial, OnLate: late,
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
