package engine_test

import (
	"context"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/lang"
)

// TestSendToNewRanges: whoever may order may also be paid, whatever range their number
// is from: one that the tables do not know, or a number that is a subscriber's though
// it looks like a fixed line or like a range of another country.
func TestSendToNewRanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, one := range []struct{ number, typed string }{
		{"+8614912345678", "14912345678"}, {"+8617412345678", "+86 174 1234 5678"}, {"+8614012345678", "8614012345678"},
		{"+861012345678", "010 12345678"}, {"+254109345678", "+254 109 345678"}, {"+85291234567", "0085291234567"},
	} {
		_, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: one.number}, admin.NewUser{Phone: one.number, Name: lang.Name{EN: "Han Mei"}, Lang: lang.EN})
		if err != nil {
			t.Fatal(err)
		}
		amount := string(rune('1' + i))
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, "SEND "+amount+" "+one.typed)
		w.expect(one.number, "CNY "+amount+".00")
		w.balance("purse:"+one.number, amount+".00", amount+".00")
	}
	w.text(wang, "SEND 5 010 87654321")
	w.expect(wang, "mobile number")
}
