package main

import (
	"os"
	"testing"
)

// TestUnread: a pipe whose reader has gone is told from one that is read, so that a
// phone that is put away does not end the demo.
func TestUnread(t *testing.T) {
	t.Parallel()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	if unread(w) {
		t.Error("a pipe with a reader counts as unread")
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if !unread(w) {
		t.Error("a pipe without a reader counts as read")
	}
}
