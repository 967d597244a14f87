package daemon

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine/bank"
	"mpg/store/money"
)

// TestConnectorMetrics gathers the metrics of two links, one of which has been
// asked while it was down: each cause has its series from the beginning, and none
// has a label that a host or a subscriber could choose.
func TestConnectorMetrics(t *testing.T) {
	t.Parallel()
	links := make(map[string]connector)
	for _, name := range []string{"icbc", "abc"} {
		l, err := bank.Open(bank.Config{Name: name, Addr: "127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		links[name] = l
	}
	cny, _ := money.Lookup("CNY")
	packed, err := links["icbc"].Prepare(bank.Request{STAN: 1, RRN: "632601000001", At: time.Unix(1, 0), Account: "6222", Amount: 1, Currency: cny})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := links["icbc"].Authorize(t.Context(), packed); err == nil {
		t.Fatal("asked over a link that is down")
	}
	reg := prometheus.NewPedanticRegistry()
	if err := reg.Register(connectors{links}); err != nil {
		t.Fatal(err)
	}
	families, err := reg.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string]float64)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			key := f.GetName()
			for _, l := range m.GetLabel() {
				key += " " + l.GetValue()
			}
			found[key] = m.GetCounter().GetValue() + m.GetGauge().GetValue()
		}
	}
	for key, want := range map[string]float64{
		"mpg_connector_requests_total icbc down":         1,
		"mpg_connector_requests_total abc down":          0,
		"mpg_connector_requests_total icbc approved":     0,
		"mpg_connector_unsure_total down icbc":           1,
		"mpg_connector_unsure_total element icbc":        0,
		"mpg_connector_reversals_total icbc operator":    0,
		"mpg_connector_answers_total icbc contradicting": 0,
		"mpg_connector_host_messages_total abc reversal": 0,
		"mpg_connector_up icbc":                          0,
		"mpg_connector_mac_failures_total icbc wrong":    0,
		"mpg_connector_keys_total abc refused":           0,
		"mpg_connector_lines icbc up":                    0,
		"mpg_connector_lines icbc down":                  1,
		"mpg_connector_outstanding icbc":                 0,
	} {
		if got, known := found[key]; !known || got != want {
			t.Errorf("%s is %v, there %v; want %v", key, got, known, want)
		}
	}
}
