package engine_test

import (
	"fmt"
	"testing"
	"time"

	"mpg/engine/intake"
	numbers "mpg/engine/phone"
)

// A long text is answered once, however many parts it comes in and in whichever
// order, and costs the sender one answer of the hour.
func TestLongTextIsAnsweredOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	long := func(from, ref string, n int) {
		w.deliver(intake.Text{Via: "main", From: from, To: "8888", Body: fmt.Sprintf("part %d of %s", n, ref), Kind: intake.Long, Part: ref}, true)
	}
	const tooLong = "too long"
	for _, n := range []int{3, 1, 2} {
		long(wang, "7/3", n)
	}
	w.text(wang, "BAL") // after all three
	w.expect(wang, "500.00")
	if n := w.count(wang, tooLong); n != 1 {
		t.Fatalf("three parts are answered %d times", n)
	}
	long(wang, "8/3", 1) // another text
	long(li, "7/3", 1)   // another sender
	w.expect(li, tooLong)
	w.until("the second long text is answered", func() bool { return countLocked(w, wang, tooLong) == 2 })
	w.pass(11 * time.Minute)
	long(wang, "7/3", 1) // the reference is used again
	w.until("the third is answered", func() bool { return countLocked(w, wang, tooLong) == 3 })
	if got := w.e.Stats().PartsPassed.Load(); got != 2 {
		t.Errorf("%d parts passed over", got)
	}
}

// countLocked is count for a condition of until, which holds the lock.
func countLocked(w *world, number, part string) int {
	n := 0
	for _, m := range w.texts {
		if m.To == number && containsAll(m.Text, []string{part}) {
			n++
		}
	}
	return n
}

// What cannot be read is answered where the sender has a number, a few times an
// hour; receipts and texts to foreign short codes are counted by reason.
func TestUnreadableIsAnswered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	send := func(from, to string, kind intake.Kind, at numbers.AddressType) {
		w.deliver(intake.Text{Via: "main", From: from, FromType: at, To: to, Kind: kind}, true)
	}
	for range 5 {
		send(wang, "8888", intake.Unreadable, numbers.AddressUnknown)
		w.pass(time.Minute)
		send(wang, "8888", intake.Unreadable, numbers.AddressUnknown)
		w.pass(20 * time.Minute) // past the time in which copies are known
	}
	w.expect(wang, "could not read your text")
	send("BANK", "8888", intake.Unreadable, numbers.AddressName)
	send(wang, "8888", intake.Unusable, numbers.AddressUnknown)
	send(wang, "9999", intake.Plain, numbers.AddressUnknown)
	st := w.e.Stats()
	if st.Unreadable.Load() == 0 || st.Receipts.Load() != 1 || st.ForeignCodes.Load() != 1 || st.Unusable.Load() != 3 {
		t.Errorf("unreadable %d, receipts %d, foreign codes %d, unusable %d", st.Unreadable.Load(), st.Receipts.Load(), st.ForeignCodes.Load(), st.Unusable.Load())
	}
	if n := w.count(wang, "could not read your text"); n > 2*w.rules.UnreadPerHour {
		t.Errorf("answered %d times in under two hours", n)
	}
	w.balance("purse:"+wang, "500.00", "500.00")
}
