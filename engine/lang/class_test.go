package lang

import "testing"

// TestEveryTextHasAClass: a text that is missing in the table would silently be a
// receipt, and an offer that overtakes receipts is what the classes are there to prevent.
func TestEveryTextHasAClass(t *testing.T) {
	t.Parallel()
	for key := range Builtin().en.sms {
		if _, ok := classes[key]; !ok {
			t.Errorf("%s has no class", key)
		}
	}
	for key := range classes {
		if _, ok := Builtin().en.sms[key]; !ok {
			t.Errorf("%s has a class, and there is no such text", key)
		}
	}
}

func TestClasses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		class  Class
		name   string
		urgent bool
	}{{Receipt, "receipt", true}, {Security, "security", true}, {Report, "report", false}, {Offer, "offer", false}, {9, "unknown", true}} {
		if tt.class.String() != tt.name || tt.class.Urgent() != tt.urgent {
			t.Errorf("%d: %s, urgent %v", tt.class, tt.class, tt.class.Urgent())
		}
	}
	for key, want := range map[Key]Class{PaidPurse: Receipt, BalanceNow: Receipt, PINWarning: Security, Locked: Security, "of a newer build": Receipt} {
		if key.Class() != want {
			t.Errorf("%s is a %s, want %s", key, key.Class(), want)
		}
	}
}
