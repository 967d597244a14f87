package voice

import (
	"strings"
	"time"
)

// A sentence that begins with pauseMark is said after a pause, so that listeners can
// take in the one before it.
const (
	pauseMark = "…"
	pause     = 500 * time.Millisecond
)

// cutPause returns the words of a sentence and the silence before them.
func cutPause(text string) (words string, before time.Duration) {
	words = Words(text)
	if words != text && strings.HasPrefix(text, pauseMark) {
		before = pause
	}
	return words, before
}

// Words returns a sentence without the pause mark at its start.
func Words(text string) string {
	return strings.TrimLeft(strings.TrimPrefix(text, pauseMark), " ")
}
