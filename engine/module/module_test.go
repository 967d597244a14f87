package module_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/books"
	"mpg/engine/follow"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/module"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/store"
)

// TestModulesThatDoNotFit: what another one has, and what the core has, cannot be taken.
func TestModulesThatDoNotFit(t *testing.T) {
	t.Parallel()
	does := func(*tx.Tx, *intent.Request) error { return nil }
	made := func(name string, table store.Table, intents ...order.Intent) module.Module {
		words := ""
		for _, one := range intents {
			words += fmt.Sprintf("[%s]\nen = [%q]\n", one, "word of "+one)
		}
		return module.Module{Name: name, Words: words, Records: map[store.Table]any{table: struct{}{}}, Join: func(*module.Parts) module.Additions {
			added := module.Additions{Intents: map[order.Intent]intent.Entry{}}
			for _, one := range intents {
				added.Intents[one] = intent.Entry{Do: does, Class: intent.Asks}
			}
			return added
		}}
	}
	nothing := func(*module.Parts) module.Additions { return module.Additions{} }
	follows := func(name string) func(*module.Parts) module.Additions {
		return func(*module.Parts) module.Additions {
			return module.Additions{Followers: []follow.Follower{{Name: name}}}
		}
	}
	core := map[store.Table]any{1: struct{}{}}
	for want, list := range map[string][]module.Module{
		"":                                {made("aa", 200, "save"), made("bb", 201, "lend")},
		"want a name of its own":          {made("aa", 200), made("aa", 201)},
		"module \"\"":                     {made("", 200)},
		"module \"Big\"":                  {made("Big", 200)},
		"module \"pay-later\"":            {made("pay-later", 200)},
		"needs either Do or Show":         {{Name: "aa", Verbs: []admin.Verb{{Name: "lend", What: "lends"}}, Join: nothing}},
		"follower \"bb\"":                 {{Name: "aa", Join: follows("bb")}},
		"follower \"aab\"":                {{Name: "aa", Join: follows("aab")}},
		"table 200 belongs to aa":         {made("aa", 200), made("bb", 200)},
		"table 1 belongs to the core":     {made("aa", 1)},
		"those of modules begin at 128":   {made("aa", 127)},
		"module \"mp2p\"":                 {made("mp2p", 200)},
		"it does not join":                {{Name: "aa"}},
		"\"save\" has words, and no":      {{Name: "aa", Words: "[save]\nen = [\"save\"]", Join: nothing}},
		"\"save\" has a handler, and no":  {{Name: "aa", Join: made("", 200, "save").Join}},
		"bb: intent: \"save\" is already": {made("aa", 200, "save"), made("bb", 201, "save")},
		"\"pay\" is already":              {made("aa", 200, order.Pay)},
	} {
		parts := &module.Parts{Run: new(tx.Runner), Orders: intent.New(intent.Config{})}
		if _, err := module.Join(parts, list, module.Core{Tables: core, Now: time.Now, Log: slog.New(slog.DiscardHandler)}); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	twice := []module.Module{{Name: "aa", Words: "[save]\nen = [\"save\"]"}, {Name: "bb", Words: "[other]\nen = [\"save\"]"}}
	want := `words of module bb:2: other.en: "save" is a word of save already: words of module aa:2`
	if _, err := module.Words(twice, nil); err == nil || err.Error() != want {
		t.Errorf("a word of two modules: %v, want %s", err, want)
	}
}

// firstDay is when the tests below begin.
func firstDay() time.Time { return time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC) }

// withSaver begins a life with a subscriber who has saved.
func withSaver(t *testing.T, dir string) *running {
	t.Helper()
	life := begin(dir, firstDay(), newSavings(new(savings)))
	_, err1 := life.Admin().AddUser(t.Context(), admin.Command{Key: "1"}, admin.NewUser{Phone: saver, Name: lang.Name{EN: "Wang Fang"}})
	_, err2 := life.Admin().TopUp(t.Context(), admin.Command{Key: "2"}, saver, 100_00)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	<-life.texts
	life.tells(t, "SAVE 30", "CNY 70.00")
	return life
}

// tells takes a text in and checks the answer.
func (r *running) tells(t *testing.T, text, want string) {
	t.Helper()
	r.take(text)
	if got := <-r.texts; !strings.Contains(got, want) {
		t.Errorf("%s: %q, want %q", text, got, want)
	}
}

// switches switches the module off, or on again.
func (r *running) switches(off bool) {
	rules := r.Rules()
	rules.Products.Off = nil
	if off {
		rules.Products.Off = []payment.Product{"savings"}
	}
	r.SetRules(rules)
}

// verb carries out a verb of the module.
func (r *running) verb(key, name string, typed map[string]string) (string, error) {
	result, err := r.Admin().Verbs.Run(context.Background(), admin.Command{Key: key}, "savings", name, typed)
	return string(result), err
}

// sound audits the books with the checks of the modules.
func (r *running) sound(t *testing.T) {
	t.Helper()
	found, err := r.Admin().Verify(t.Context())
	if err != nil || len(found.Faults)+len(found.Audit.Faults) > 0 {
		t.Errorf("%q %q %v", found.Faults, found.Audit.Faults, err)
	}
}

// TestAModuleThatIsOff takes no orders and changes nothing, over a restart too, but its
// records and its money are still accounted for; its work waits until it is on again.
func TestAModuleThatIsOff(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "books")
	life := withSaver(t, dir)
	life.switches(true)
	if m := life.Admin().Status().Modules[8]; m.Name != "savings" || m.On {
		t.Errorf("%+v", m)
	}
	life.tells(t, "SAVE 5", "cannot do this now")
	pay := map[string]string{"number": saver, "amount": "5"}
	if _, err := life.verb("v1", "pay-out", pay); !errors.Is(err, admin.ErrOff) {
		t.Errorf("a verb that changes something: %v", err)
	}
	if got, err := life.verb("", "show", map[string]string{"number": saver}); err != nil || !strings.Contains(got, `"saved":"30.00"`) {
		t.Errorf("a verb that only looks: %s %v", got, err)
	}
	life.sound(t)
	life.end()

	life = begin(dir, firstDay().Add(40*24*time.Hour), newSavings(new(savings)), "savings")
	life.tells(t, "SAVE 5", "cannot do this now")
	life.sound(t)
	life.end()
	select {
	case text := <-life.texts:
		t.Errorf("its work did not wait: %q", text)
	default:
	}

	life = begin(dir, firstDay().Add(41*24*time.Hour), newSavings(new(savings)))
	if got := <-life.texts; !strings.Contains(got, "CNY 100.00") {
		t.Errorf("%q", got)
	}
	<-life.calls
	if got, err := life.verb("v2", "pay-out", pay); err == nil {
		t.Errorf("paid out what is not there: %s", got)
	}
	life.sound(t)
	life.end()
}

// TestBooksNeedTheirModules: a build without a module that has joined does not open the
// books, and names it; nothing is changed by the try.
func TestBooksNeedTheirModules(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "books")
	withSaver(t, dir).end()
	config := new(running).config(dir, firstDay())
	_, err := engine.New(config)
	var missing *books.MissingError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "module savings") || !strings.Contains(err.Error(), "product.off") {
		t.Errorf("%v", err)
	}
	if fixed, err := books.ReadFixed(t.Context(), config.Store); err != nil || len(fixed.Modules) != 1 || fixed.Modules[0] != "savings" {
		t.Errorf("%+v %v", fixed, err)
	}
	if err := config.Store.Close(); err != nil {
		t.Fatal(err)
	}
	life := begin(dir, firstDay(), newSavings(new(savings)))
	life.sound(t)
	life.end()
}

// TestVerbsReadTheirArguments by kind, are done once, and are logged like any command.
func TestVerbsReadTheirArguments(t *testing.T) {
	t.Parallel()
	life := withSaver(t, filepath.Join(t.TempDir(), "books"))
	defer life.end()
	for name, tt := range map[string]struct {
		verb  string
		typed map[string]string
		want  error
		text  string
	}{
		"national number":  {"pay-out", map[string]string{"number": "138 0000 0001", "amount": "1.50"}, nil, `{"paid_out":"1.50"}`},
		"no such verb":     {"lend", nil, admin.ErrNoVerb, "savings lend"},
		"no amount":        {"pay-out", map[string]string{"number": saver}, admin.ErrArgument, "amount is missing"},
		"zero":             {"pay-out", map[string]string{"number": saver, "amount": "0.00"}, admin.ErrArgument, "must be positive"},
		"three decimals":   {"pay-out", map[string]string{"number": saver, "amount": "1.505"}, admin.ErrArgument, "1.505"},
		"no number":        {"pay-out", map[string]string{"number": "Wang", "amount": "1"}, admin.ErrArgument, "is not a phone number"},
		"one too many":     {"show", map[string]string{"number": saver, "amount": "1"}, admin.ErrArgument, `no argument "amount"`},
		"no subscriber":    {"show", map[string]string{"number": "+8613800000009"}, admin.ErrNoUser, ""},
		"more than is put": {"pay-out", map[string]string{"number": saver, "amount": "99"}, nil, "refused: funds"},
	} {
		got, err := life.verb(name, tt.verb, tt.typed)
		if tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %s %v", name, got, err)
		}
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, tt.text) {
			t.Errorf("%s: %s, want %s", name, got, tt.text)
		}
	}
	first, err1 := life.verb("k", "pay-out", map[string]string{"number": saver, "amount": "2"})
	again, err2 := life.verb("k", "pay-out", map[string]string{"number": saver, "amount": "2.00"})
	if err := errors.Join(err1, err2); err != nil || !strings.Contains(again, `"repeat":true`) || strings.Contains(first, "repeat") {
		t.Errorf("%s %s %v", first, again, err)
	}
	if _, err := life.verb("k", "pay-out", map[string]string{"number": saver, "amount": "3"}); !errors.Is(err, admin.ErrKeyBody) {
		t.Errorf("another amount under the same key: %v", err)
	}
	if _, err := life.verb("", "pay-out", map[string]string{"number": saver, "amount": "3"}); !errors.Is(err, admin.ErrArgument) {
		t.Errorf("without a key: %v", err)
	}
	if log := life.log.String(); strings.Count(log, `msg=command command="savings pay-out" object=138****0001 uid=0 repeat=false amount=2.00 currency=CNY`) != 1 {
		t.Errorf("logged as %s", log)
	}
	life.sound(t)
}
