package engine_test

import (
	"strings"
	"testing"

	"mpg/engine/pin"
)

// Where the key is another one than that of the PINs, no PIN can be checked: that
// is the operator's fault, and locks no subscriber.
func TestAnotherPINKeyLocksNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	key, err := pin.ParseKey(strings.Repeat("8", 64))
	if err != nil {
		t.Fatal(err)
	}
	w.key = key
	w.restart()
	right := phone{keys: []string{pinOne, pinOne, pinOne}}
	w.answers(wang, right)
	w.text(wang, "PAY 8001 1")
	w.expect(wang, "AGAIN", "could not reach you")
	if u, err := w.e.User(wang); err != nil || u.State != "active" {
		t.Errorf("%+v %v", u, err)
	}
	w.answers(wang, right)
	w.text(wang, "NO")
	w.text(wang, "PIN")
	w.expect(wang, "PIN was not changed")
	if u, err := w.e.User(wang); err != nil || u.State != "active" {
		t.Errorf("after a call to choose a PIN: %+v %v", u, err)
	}
}
