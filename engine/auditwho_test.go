package engine_test

import (
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/audit"
	"mpg/engine/auth"
	"mpg/engine/payment"
	"mpg/store/money"
)

// TestAuditNamesThePerson behind a record that does not fit, or the user id where nobody
// had logged in.
func TestAuditNamesThePerson(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for name, by := range map[string]admin.Command{
		"(purse topup by fin)":      {Key: "k1", UID: 1007, Person: auth.Person{Name: "fin", Role: auth.Finance}},
		"(purse topup by uid 1008)": {Key: "k2", UID: 1008},
	} {
		if _, err := w.e.Admin().TopUp(t.Context(), by, wang, money.Amount(500)); err != nil {
			t.Fatal(err)
		}
		spoilt := w.entries().clone()
		last := &spoilt[len(spoilt)-1]
		for len(last.Transfers) == 0 {
			spoilt = spoilt[:len(spoilt)-1]
			last = &spoilt[len(spoilt)-1]
		}
		for i := range last.Writes {
			if last.Writes[i].Table == payment.Table {
				last.Writes[i].Data = last.Writes[i].Data[:1]
			}
		}
		report, err := audit.Run(t.Context(), spoilt)
		if err != nil || !strings.Contains(strings.Join(report.Faults, "\n"), name) {
			t.Errorf("%v, %v, want one with %s", report.Faults, err, name)
		}
	}
}
