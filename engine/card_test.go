package engine_test

import (
	"bytes"
	"testing"
	"time"

	"mpg/engine/intake"
	"mpg/engine/lang"
)

// TestACardNumberInATextIsNotKept: whatever else the text says, whoever sends it, and even
// as a part of a long one, it is answered with a warning and does nothing, and the store
// never has the number.
func TestACardNumberInATextIsNotKept(t *testing.T) {
	t.Parallel()
	const number, spaced = "4111111111111111", "5555 5555-5555 4444"
	warning := lang.SMS(lang.EN, lang.CardWarning, lang.Args{})
	texts := []struct{ from, body string }{
		{wang, number}, {wang, "PAY 8001 128.50 " + spaced}, {wang, "bal " + number},
		{li, "付8001 20元 " + number}, {"+8613900000009", "my card is " + spaced},
	}
	w := newWorld(t)
	w.rules.UnreadPerHour = len(texts)
	w.e.SetRules(w.rules)
	for _, one := range texts {
		w.forget()
		w.text(one.from, one.body)
		if one.from == wang {
			w.expect(one.from, warning)
		} else {
			w.until("a warning", func() bool {
				return countLocked(w, one.from, warning)+countLocked(w, one.from, lang.SMS(lang.ZH, lang.CardWarning, lang.Args{})) == 1
			})
		}
		if n := len(w.written()); n != 1 {
			t.Errorf("%q is answered %d times: %v", one.body, n, w.written())
		}
	}
	w.forget()
	for _, part := range []string{"hello, I would like to pay", "with my card " + number, "or with " + number, "good bye"} {
		w.deliver(intake.Text{Via: "main", From: wang, To: "8888", Body: part, Kind: intake.Long, Part: "7/4"}, true)
		w.pass(time.Second)
	}
	w.expect(wang, "too long")
	w.until("a warning", func() bool { return countLocked(w, wang, warning) == 1 })
	if n := len(w.written()); n != 2 {
		t.Errorf("four parts are answered %d times: %v", n, w.written())
	}
	if got := w.e.Stats().CardTexts.Load(); got != int64(len(texts)+1) {
		t.Errorf("%d texts with card numbers are counted", got)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
	w.restart()
	data := w.allBytes()
	for _, secret := range []string{number, spaced, "5555555555554444"} {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("the store holds %s", secret)
		}
	}
	if !bytes.Contains(data, []byte(wang)) || !bytes.Contains(data, []byte(lang.CardWarning)) {
		t.Error("the search does not see the store")
	}
}
