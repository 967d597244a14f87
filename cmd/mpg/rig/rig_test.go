package rig

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"mpg/conf"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// inbox records the texts that an SMSC received.
type inbox struct {
	mu    sync.Mutex
	texts []string
	came  chan struct{} // one token for each
}

func (b *inbox) take(submit smsc.Submit) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.texts = append(b.texts, submit.To+" "+submit.Text)
	b.came <- struct{}{}
}

func (b *inbox) about(number, word string) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	count := 0
	for _, text := range b.texts {
		if strings.HasPrefix(text, number+" ") && strings.Contains(text, word) {
			count++
		}
	}
	return count
}

// TestStartGoesOnWithTheData: what was registered and paid before End is there after
// Start, and Close leaves nothing behind.
func TestStartGoesOnWithTheData(t *testing.T) {
	t.Parallel()
	box := inbox{came: make(chan struct{}, 100)}
	r, err := Open(t.Context(), box.take, NoCalls)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Populate(t.Context(), 3, 1, nil), r.Quiet(t.Context()), r.End(), r.End()); err != nil {
		t.Fatal(errors.Join(err, r.Close()))
	}
	if err := r.Start(t.Context()); err != nil {
		t.Fatal(errors.Join(err, r.Close()))
	}
	shop, _ := Shop(0)
	answered := make(chan pdu.Status, 1)
	if err := r.SMSC.DeliverAsync(Number(2), Code, "PAY "+shop+" 12.30", func(st pdu.Status) { answered <- st }); err != nil {
		t.Error(err)
	}
	if st := <-answered; st != pdu.ROK {
		t.Errorf("the order was answered %v", st)
	}
	for box.about(Number(2), "12.30") == 0 {
		<-box.came
	}
	if err := r.Sound(t.Context(), 1, 1230); err != nil {
		t.Error(err)
	}
	if err := r.Sound(t.Context(), 1, 1231); err == nil {
		t.Error("a shop that lacks a fen is sound")
	}
	dir := r.DataDir()
	if _, err := os.Stat(dir); err != nil {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left behind", dir)
	}
}

// TestOpenFailsWhole: a daemon that cannot open leaves no files.
func TestOpenFailsWhole(t *testing.T) {
	t.Parallel()
	dir := ""
	_, err := Open(t.Context(), func(smsc.Submit) {}, func(file *conf.File) {
		dir = file.DataDir
		file.Currency = "none"
	})
	if err == nil {
		t.Fatal("a daemon without a currency is open")
	}
	if _, err := os.Stat(dir); dir == "" || !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%q is left behind", dir)
	}
}

// TestAtOnce: each number is passed once, and the first error ends the rest.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	given := make(map[int]int)
	take := func(number int) error { mu.Lock(); defer mu.Unlock(); given[number]++; return nil }
	for _, workers := range []int{1, 3, 100} {
		clear(given)
		if err := atOnce(workers, 40, take); err != nil || len(given) != 40 {
			t.Errorf("%d workers: %d of 40, %v", workers, len(given), err)
		}
		for number, times := range given {
			if times != 1 || number < 0 || number >= 40 {
				t.Errorf("%d workers: %d was given %d times", workers, number, times)
			}
		}
	}
	wrong := errors.New("wrong")
	calls := 0
	err := atOnce(1, 1000, func(number int) error {
		if calls++; number == 7 {
			return wrong
		}
		return nil
	})
	if !errors.Is(err, wrong) || calls != 8 {
		t.Errorf("%v after %d calls", err, calls)
	}
	if err := atOnce(8, 0, func(int) error { return wrong }); err != nil {
		t.Errorf("nothing to do: %v", err)
	}
}

// TestNames: no two of the people and shops have a number or code in common.
func TestNames(t *testing.T) {
	t.Parallel()
	seen := make(map[string]bool)
	for i := range 500 {
		code, phone := Shop(i)
		for _, name := range []string{Number(i), code, phone} {
			if seen[name] {
				t.Fatalf("%s is taken", name)
			}
			seen[name] = true
		}
	}
}

// TestTunes: what a Tune sets is what the figures need.
func TestTunes(t *testing.T) {
	t.Parallel()
	file := Conf(t.TempDir(), "127.0.0.1:1")
	Calls(netip.MustParseAddrPort("127.0.0.1:5070"), 7, 9)(file)
	if file.SIP.Trunk != "sip:127.0.0.1:5070" || file.SIP.Calls != 7 || file.Order.CallsPerHour != 9 || !slices.Equal(file.SIP.AllowPrefixes, []string{"+86"}) {
		t.Errorf("%+v, %+v", file.SIP, file.Order)
	}
	NoCalls(file)
	if file.Product.MPurse.PINAbove != "1000.00" || file.Limit.Day != "0" {
		t.Errorf("%+v, %+v", file.Product, file.Limit)
	}
}
