package admin_test

import (
	"encoding/json"
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/call"
)

// TestAMaskedPaymentHidesWhatPeopleWrote: what a payer wrote may name somebody, and what a
// network says of a call, or a person of a payment, may hold a number, however it is written.
func TestAMaskedPaymentHidesWhatPeopleWrote(t *testing.T) {
	t.Parallel()
	whole := admin.PaymentView{Memo: "roses for Wang Fang", OriginView: admin.OriginView{Why: "meant for 138(0000)0002, not 138.0000.0003"},
		Calls: []call.View{{End: "busy", Text: "no such user +8613800000001"}}}
	text, err := json.Marshal(whole.Masked())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Wang", "0000)", "0000.", "00000001"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("%s shows %q", text, secret)
		}
	}
	if whole.Calls[0].Text != "no such user +8613800000001" {
		t.Error("the view itself was changed")
	}
}
