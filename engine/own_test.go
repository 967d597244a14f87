package engine_test

import (
	"strings"
	"testing"

	"mpg/engine"
	"mpg/engine/lang"
	"mpg/engine/module"
	"mpg/engine/sheet"
)

// ownSheet reads an operator's file.
func ownSheet(t *testing.T, text string) *sheet.Sheet {
	t.Helper()
	s, err := sheet.Read("own.toml", text)
	if err != nil {
		t.Fatal(err)
	}
	return &s
}

// TestOwnWordsAndTexts: a payment is ordered in the operator's words, even with six digits
// that would be a PIN without them, and confirmed in the operator's texts; a change of the
// texts is heard in the next call.
func TestOwnWordsAndTexts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	words, err := module.Words(nil, ownSheet(t, "[pay]\nen = [\"remit\"]\n[from.purse]\nen = [\"float\"]\n"))
	if err != nil {
		t.Fatal(err)
	}
	w.remade(func(c *engine.Config) { c.Grammar.Words = words })
	with := func(text string) {
		texts, err := lang.Builtin().With(ownSheet(t, text))
		if err != nil {
			t.Fatal(err)
		}
		w.rules.Operator.Texts = texts
		w.e.SetRules(w.rules)
	}
	with("[en.sms]\npaid-purse = \"{ref}: {amount} went to {party}{at}. You have {balance}.\"\n[en.call]\nguard = [\"Own guard one.\"]\n")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "REMIT 8001 20 FLOAT")
	w.expect(wang, "CNY 20.00 went to BLUEBIRD FLORIST", "You have CNY 480.00.")
	with("[en.call]\nguard = [\"Own guard two.\"]\n")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "remit 8001 30")
	w.expect(wang, "you paid CNY 30.00")
	if heard := strings.Join(w.heard(), " "); strings.Count(heard, "Own guard one.") != 1 || strings.Count(heard, "Own guard two.") != 1 {
		t.Errorf("heard %s", heard)
	}
	w.text(wang, "remit 8001 482913")
	w.expect(wang, "One payment can be at most CNY 5000.00")
	if w.e.Stats().PINTexts.Load() != 0 {
		t.Error("an order in the operator's words is taken for a PIN")
	}
}

// TestWordsThatAreWrong: an engine does not start with a word that has two meanings.
func TestWordsThatAreWrong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	config := w.config()
	config.Modules = []module.Module{{Name: "a", Words: "[lend]\nen = [\"bal\"]\n"}}
	if _, err := engine.New(config); err == nil || !strings.Contains(err.Error(), `words of module a:2: lend.en: "bal" is a word of balance already`) {
		t.Error(err)
	}
}
