package engine

import (
	"testing"
	"time"

	"mpg/store"
)

// A text that is refused again and again is tried more and more seldom, and
// given up after a day.
func TestARefusedTextIsTriedForADay(t *testing.T) {
	t.Parallel()
	const retry = 30 * time.Second
	e := &Engine{}
	e.SetRules(Rules{NoticeRetry: retry})
	p := &pump{e: e, refused: make(map[store.RowID]attempt)}
	row := store.OutRow{ID: 7}
	begun := time.Unix(1_800_000_000, 0)
	now, tries := begun, 0
	for p.again(row, now) {
		due := p.retry[len(p.retry)-1].due
		if wait := due.Sub(now); wait < retry || wait > retry<<noticeDoublings {
			t.Fatalf("try %d comes after %v", tries, wait)
		}
		now, tries = due, tries+1
	}
	if age := now.Sub(begun); age < noticeLasts || age > noticeLasts+retry<<noticeDoublings || tries > 200 {
		t.Errorf("given up after %v and %d tries", age, tries)
	}
	p.mark(row.ID)
	if !p.again(row, now) {
		t.Error("what became of a row once it was marked is remembered")
	}
}
