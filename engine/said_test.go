package engine_test

import (
	"slices"
	"strings"
	"testing"

	"mpg/engine/lang"
	"mpg/store/money"
)

// After a wrong PIN the caller hears that it was wrong, and the amount again.
func TestTheAmountIsSaidAgainAfterAWrongPIN(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.answers(wang, phone{keys: []string{"740218", pinOne}})
	w.text(wang, "PAY 8001 128.50")
	w.until("the end of the call", func() bool {
		return slices.Contains(w.spoken, lang.Voice(lang.EN, lang.Paid, lang.Args{})[1])
	})
	cny, _ := money.Lookup("CNY")
	want := slices.Concat(
		lang.Voice(lang.EN, lang.PINWrong, lang.Args{Tries: 2}),
		lang.Voice(lang.EN, lang.AskPINAgain, lang.Args{Amount: 128_50, Currency: cny}))
	w.mu.Lock()
	defer w.mu.Unlock()
	said := strings.Join(w.spoken, "|")
	if !strings.Contains(said, strings.Join(want, "|")) {
		t.Errorf("said %s, want %s in it", said, want)
	}
	if words := strings.Join(want, " "); !strings.Contains(words, "one hundred twenty-eight yuan") {
		t.Errorf("no amount in %s", words)
	}
}
