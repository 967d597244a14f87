package admin

import (
	"testing"

	"mpg/engine/payment"
)

// TestWhatABankGrantedIsShown: an approval in part is shown as one.
func TestWhatABankGrantedIsShown(t *testing.T) {
	t.Parallel()
	for granted, want := range map[payment.Answer]string{{Approved: true}: "", {Approved: true, Granted: 8000}: "80.00"} {
		if got := viewRequest(&payment.Request{Amount: 20000, Currency: "CNY", Answer: granted}); got.Granted != want || got.Amount != "200.00" {
			t.Errorf("%+v", got)
		}
	}
}
