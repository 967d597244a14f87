package module_test

import (
	"strings"
	"testing"

	"mpg/engine/intent"
	"mpg/engine/module"
	"mpg/engine/order"
	"mpg/engine/tx"
	"mpg/store"
)

// TestModulesThatDoNotFit: what another one has, and what the core has, cannot be taken.
func TestModulesThatDoNotFit(t *testing.T) {
	t.Parallel()
	does := func(*tx.Tx, *intent.Request) error { return nil }
	made := func(name string, table store.Table, intents ...order.Intent) module.Module {
		return module.Module{Name: name, Records: map[store.Table]any{table: struct{}{}}, Join: func(*module.Parts) module.Additions {
			added := module.Additions{Intents: map[order.Intent]intent.Entry{}}
			for _, one := range intents {
				added.Intents[one] = intent.Entry{Do: does, Class: intent.Asks}
			}
			return added
		}}
	}
	core := map[store.Table]any{1: struct{}{}}
	for want, list := range map[string][]module.Module{
		"":                               {made("a", 90, "save"), made("b", 91, "lend")},
		"needs a name of its own":        {made("a", 90), made("a", 91)},
		"module \"\"":                    {made("", 90)},
		"table 90 belongs to a":          {made("a", 90), made("b", 90)},
		"table 1 belongs to the core":    {made("a", 1)},
		"b: intent: \"save\" is already": {made("a", 90, "save"), made("b", 91, "save")},
		"\"pay\" is already":             {made("a", 90, order.Pay)},
	} {
		parts := &module.Parts{Orders: intent.New(intent.Config{})}
		if _, err := module.Join(parts, list, core); (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	twice := []module.Module{{Name: "a", Words: "[save]\nen = [\"save\"]"}, {Name: "b", Words: "[other]\nen = [\"save\"]"}}
	want := `words of module b:2: other.en: "save" is a word of save already: words of module a:2`
	if _, err := module.Words(twice, nil); err == nil || err.Error() != want {
		t.Errorf("a word of two modules: %v, want %s", err, want)
	}
}
