package store_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/store"
)

// TestIDs: different kinds and numbers never share an ID.
func TestIDs(t *testing.T) {
	t.Parallel()
	type step struct {
		Kind          store.IDKind
		First, Second uint64
	}
	draw := rapid.Custom(func(t *rapid.T) step {
		return step{store.IDKind(rapid.Byte().Draw(t, "kind")), rapid.Uint64().Draw(t, "first"), rapid.Uint64Max(1<<56-1).Draw(t, "second")}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		x, y := store.IDOf(a.Kind, a.First, a.Second), store.IDOf(b.Kind, b.First, b.Second)
		if (x == y) != (a == b) || x.Kind() != a.Kind {
			t.Fatalf("%+v and %+v have the IDs %x and %x", a, b, x, y)
		}
	})
}

// TestIDRefusesWhatDoesNotFit: a second number that is cut would make two steps one.
func TestIDRefusesWhatDoesNotFit(t *testing.T) {
	t.Parallel()
	defer func() {
		if recover() == nil {
			t.Error("a number of 57 bits went into an ID")
		}
	}()
	store.IDOf(1, 0, 1<<56)
}

// TestRefusalsHaveNames: each has one of its own, in the field's form.
func TestRefusalsHaveNames(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	r := store.None
	for ; r.String() != "unknown"; r++ {
		name := r.String()
		if seen[name] || name == "" || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("refusal %d is named %q", r, name)
		}
		seen[name] = true
		if r.Transient() && r.Malformed() {
			t.Errorf("%s may be cured and makes no sense", name)
		}
	}
	if r <= store.RefusedRowZero || !store.RefusedRowZero.Malformed() || r.Malformed() || !store.RefusedClosed.Transient() || store.RefusedFingerprint.Transient() {
		t.Errorf("%d refusals have names", r)
	}
}
