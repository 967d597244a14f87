package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAName stands for its number in an order and in a request, in either language, until it
// is removed; to others it means nothing.
func TestAName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.reply.Approved, w.bank.reply.Code = true, "00" })
	w.text(wang, "NAME Bro 13800000002")
	w.expect(wang, "now stands for 138****0002")
	w.text(wang, "存名 弟弟 13800000002")
	w.expect(wang, "now stands for")
	w.forget()
	w.text(wang, "NAMES")
	w.expect(wang, "Names (2): bro 138****0002; ")
	for i, text := range []string{"SEND %d bro", "send bro %d", "SEND %d to Bro for lunch", "转%d给弟弟", "转给弟弟%d元", "SEND %d bro BANK"} {
		w.forget()
		w.answers(wang, phone{keys: []string{pinOne}})
		w.text(wang, fmt.Sprintf(text, 11+i))
		if p := w.ended(); p.Payee != li || p.Amount != fmt.Sprintf("%d.00", 11+i) || p.Outcome != "paid" {
			t.Errorf("%s: %+v", text, p)
		}
	}
	w.forget()
	w.pass(time.Hour + time.Minute) // so many calls an hour
	w.text(wang, "SEND 11 bro")     // the same as the first
	w.expect(wang, "Reply YES within 5 minutes")
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "YES")
	w.expect(wang, "you sent CNY 11.00 to 138****0002")
	w.text(wang, "ASK 5 bro")
	w.expect(li, "asks you for CNY 5.00")
	calls := w.called()
	for _, text := range []string{"SEND 50 bros", "SEND 50 bro's wife", "SEND 50 bro 弟弟", "SEND 50 the wife of bro", "转50给弟弟的朋友", "SEND bro", "SEND 50 anna bro"} {
		w.forget()
		w.pass(time.Hour + time.Minute)
		w.text(wang, text)
		w.expect(wang, "paid nothing")
		if w.called() != 0 {
			t.Errorf("%s was read: %q", text, w.written())
		}
	}
	if calls == 0 {
		t.Error("nobody was called")
	}
	w.forget()
	w.text(li, "SEND 5 bro")
	w.expect(li, "You have saved no such name")
	w.forget()
	w.text(wang, "UNNAME bro")
	w.expect(wang, "The name was removed")
	w.text(wang, "UNNAME bro")
	w.expect(wang, "You have saved no such name")
	w.text(wang, "SEND 5 bro")
	w.expect(wang, "You have saved no such name")
}

// TestNamesAreSealed: neither names nor their numbers are readable in anything that is
// stored, and a subscriber cannot keep more than fifty.
func TestNamesAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.text(wang, "NAME grandmotherx 13911122244")
	w.expect(wang, "139****2244")
	w.text(wang, "NAME grandmotherx 13911122233")
	w.expect(wang, "139****2233", "no longer for 139****2244")
	w.text(wang, "SEND 5 grandmothery")
	w.expect(wang, "You have saved no such name")
	for i := range 50 {
		w.text(wang, fmt.Sprintf("NAME friend%c%c 139111222%02d", 'a'+i/26, 'a'+i%26, 34+i))
	}
	w.expect(wang, "Your list of names is full (50)")
	w.restart()
	err := filepath.WalkDir(w.dir, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		stored, err := os.ReadFile(path)
		for _, secret := range []string{"grandmother", "13911122233", "13911122244"} {
			if bytes.Contains(stored, []byte(secret)) {
				t.Errorf("%s holds %s", filepath.Base(path), secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	w.forget()
	w.text(wang, "UNNAME grandmotherx")
	w.expect(wang, "was removed")
	w.text(wang, "NAMES")
	if told := w.expect(wang, "Names (49): friendaa"); strings.Contains(told, "grandmother") {
		t.Error(told)
	}
}
