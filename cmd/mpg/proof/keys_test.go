package proof

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeyGone: if the key of the books is missing, torn or exchanged, serve
// does not start, makes no key, and says what to do; mpg check says the same.
// With the key back, PINs and bank accounts work as before.
func TestKeyGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start()
	w.populate(2)
	w.payOnce("mdebit", 0, good())
	w.kill()
	for _, name := range []string{"pin.key", "seal.key"} {
		path := filepath.Join(w.dir, name)
		right, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for how, text := range map[string][]byte{
			"does not exist": nil,
			"is empty":       {},
			"is cut short":   right[:20],
			"is another":     bytes.Repeat([]byte("5a"), 32),
		} {
			w.withKey(path, text, func() {
				d := w.launch(launch{})
				if code := d.awaitEnd(); code != 1 {
					t.Errorf("%s %s: serve ended with %d, want 1\n%s", name, how, code, d.tail())
				}
				before := len(w.op.said())
				if _, err := w.op.run("", "check"); err == nil {
					t.Errorf("%s %s: mpg check finds nothing wrong", name, how)
				}
				told := w.op.said()[before:]
				for _, words := range []string{path, strings.Replace(name, ".key", ".key_file", 1), w.set.data, "check value", "put the copy of the right key back"} {
					if !d.logged(words) || !bytes.Contains(told, []byte(words)) {
						t.Errorf("%s %s: %q is not said by both:\n%s\n%s", name, how, words, d.tail(), told)
					}
				}
				if after, _ := os.ReadFile(path); !bytes.Equal(after, text) {
					t.Errorf("%s %s: the file was changed", name, how)
				}
			})
		}
		if err := os.WriteFile(path, right, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	w.payOnce("mdebit", 1, good())
	r := w.settle()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
}

// withKey runs do with text in place of the key at path, or without the file
// where text is nil.
func (w *world) withKey(path string, text []byte, do func()) {
	w.t.Helper()
	if err := os.Remove(path); err != nil {
		w.t.Fatal(err)
	}
	if text != nil {
		if err := os.WriteFile(path, text, 0o400); err != nil {
			w.t.Fatal(err)
		}
	}
	do()
	if text == nil {
		if err := os.WriteFile(path, nil, 0o400); err != nil { // for the next to remove
			w.t.Fatal(err)
		}
	}
}
