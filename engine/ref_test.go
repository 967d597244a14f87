package engine

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestReferenceIsAPermutation(t *testing.T) {
	t.Parallel()
	r := refs{newKeyed([]byte("0123456789abcdef0123456789abcdef"))}
	rapid.Check(t, func(t *rapid.T) {
		no := rapid.Uint64Range(0, 1<<40-1).Draw(t, "no")
		ref := r.ref(no)
		if len(ref) != refLen || strings.ContainsAny(ref, "0O1I") {
			t.Fatalf("%d is %q", no, ref)
		}
		for _, s := range []string{ref, strings.ToLower(ref), " " + ref + "\n"} {
			if back, err := r.number(s); err != nil || back != no {
				t.Fatalf("%q came back as %d, %v", s, back, err)
			}
		}
	})
}

func TestReferencesDependOnTheKeyAndDoNotCount(t *testing.T) {
	t.Parallel()
	a, b := refs{newKeyed([]byte("a"))}, refs{newKeyed([]byte("b"))}
	if a.ref(1) == b.ref(1) {
		t.Error("two keys, one reference")
	}
	seen := make(map[string]bool)
	for no := range uint64(2000) {
		seen[a.ref(no)] = true
	}
	if len(seen) != 2000 {
		t.Errorf("%d references of 2000 payments", len(seen))
	}
	if a.ref(1)[:6] == a.ref(2)[:6] {
		t.Error("neighbours look alike")
	}
}

func FuzzReference(f *testing.F) {
	r := refs{newKeyed([]byte("key"))}
	for _, s := range []string{r.ref(1), "", "0000000O", "ABCDEFGHJ", "日本語日本語日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		no, err := r.number(s)
		if err == nil && r.ref(no) != strings.ToUpper(strings.TrimSpace(s)) {
			t.Fatalf("%q is %d, whose reference is %q", s, no, r.ref(no))
		}
	})
}
