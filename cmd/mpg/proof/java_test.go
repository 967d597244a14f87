package proof

import (
	"bufio"
	"context"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf16"

	"mpg/engine/bank/host"
	"mpg/smpp/pdu"
	"mpg/store/money"
)

// javaDir is where `make soak-peers` puts the programs in testdata/peers/java and
// the libraries that they stand on.
const javaDir = "../../../bin/peers"

// javaMax bounds the start and the end of a Java program.
const javaMax = time.Minute

// javaPeer is a foreign peer: a program in Java that is told what to do by its
// standard input and tells what it sees by its standard output, line by line.
type javaPeer struct {
	t    *testing.T
	name string

	mu    sync.Mutex
	in    io.Writer
	lines []string
}

// startJava starts the program and waits until it is ready. heard is told of each
// line after that; it may be nil.
func startJava(t *testing.T, name string, heard func(words []string), args ...string) *javaPeer {
	t.Helper()
	classes, err := filepath.Abs(javaDir)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	path := filepath.Join(classes, "classes") + ":" + filepath.Join(classes, "lib", "*")
	c := exec.CommandContext(ctx, "java", append([]string{"-Xmx128m", "-cp", path, name}, args...)...)
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	p := &javaPeer{t: t, name: name, in: in}
	ready, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		p.read(out, ready, heard)
	}()
	t.Cleanup(func() {
		_ = in.Close() // it ends with its input
		defer cancel()
		select {
		case <-ended:
		case <-time.After(javaMax):
			cancel()
		}
		_ = c.Wait() // how it ends proves nothing
	})
	select {
	case <-ready:
	case <-ended:
		t.Fatalf("%s ended at once; make soak-peers builds it", name)
	case <-time.After(javaMax):
		t.Fatalf("%s is not ready after %v", name, javaMax)
	}
	return p
}

func (p *javaPeer) read(out io.Reader, ready chan struct{}, heard func([]string)) {
	for s := bufio.NewScanner(out); s.Scan(); {
		words := strings.Split(s.Text(), " ")
		p.mu.Lock()
		p.lines = append(p.lines, s.Text())
		p.mu.Unlock()
		switch {
		case words[0] == "ready":
			close(ready)
		case heard != nil:
			heard(words)
		}
	}
}

// tell gives the program a command.
func (p *javaPeer) tell(format string, args ...any) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, err := fmt.Fprintf(p.in, format+"\n", args...); err != nil {
		p.t.Errorf("%s: %v", p.name, err)
	}
}

// said are the lines that begin with the word; all where it is empty.
func (p *javaPeer) said(word string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(p.lines), func(l string) bool { return word != "" && !strings.HasPrefix(l, word+" ") })
}

// javaWorld is a world whose SMSC stands on jSMPP and whose bank on jPOS.
type javaWorld struct {
	*world
	javaSMSC, javaBank *javaPeer
	waiting            map[int]*order // texts that are not acknowledged
	next               int
}

func newJavaWorld(t *testing.T) *javaWorld {
	t.Helper()
	return newJavaWorldWith(t, func(*settings) {}, func(addr string) []string { return []string{port(addr)} })
}

// newJavaWorldWith is newJavaWorld with other settings, and arguments for the bank.
func newJavaWorldWith(t *testing.T, tune func(*settings), bankArgs func(addr string) []string) *javaWorld {
	t.Helper()
	w := &javaWorld{waiting: map[int]*order{}}
	smscAddr, bankAddr := freeTCP(t), freeTCP(t)
	w.world = newWorld(t, func(s *settings) {
		s.smsc, s.bank = smscAddr, bankAddr
		s.expires, s.reversalFor = bankMax, time.Hour
		tune(s)
	})
	w.javaBank = startJava(t, "Bank", nil, bankArgs(bankAddr)...)
	w.javaSMSC = startJava(t, "SMSC", w.hear, port(smscAddr), systemID, w.password)
	w.start()
	w.populate(3)
	w.bankUp()
	for _, p := range w.people {
		w.javaBank.tell("open %s %d", p.Account, bankFunds)
		w.behave(p, good())
	}
	return w
}

// freeTCP is an address that nobody listens on now.
func freeTCP(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr) // of a listener that was
	return p
}

// hear takes a line of the SMSC.
func (w *javaWorld) hear(words []string) {
	switch words[0] {
	case "text":
		w.journal.received(words[1], fromWide(words[2]))
	case "acked":
		id, _ := strconv.Atoi(words[1])
		status, _ := strconv.Atoi(words[2])
		w.mu.Lock()
		o := w.waiting[id]
		w.mu.Unlock()
		if o != nil {
			w.journal.acked(o, pdu.Status(status))
		}
	}
}

// put puts o in at the foreign SMSC and does not wait.
func (w *javaWorld) put(o *order) {
	w.journal.ordered(o)
	w.mu.Lock()
	w.next++
	id := w.next
	w.waiting[id] = o
	w.mu.Unlock()
	w.javaSMSC.tell("deliver %d %s %s %s", id, o.From, shortCode, toWide(o.Text))
}

// toWide is a text in UTF-16, in hexadecimal digits.
func toWide(words string) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(words)) {
		b = append(b, byte(unit>>8), byte(unit))
	}
	return hex.EncodeToString(b)
}

func fromWide(digits string) string {
	b, err := hex.DecodeString(digits)
	if err != nil {
		return "unreadable: " + err.Error()
	}
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		units = append(units, uint16(b[0])<<8|uint16(b[1]))
	}
	return string(utf16.Decode(units))
}

// bookOf is what the foreign bank has booked, as entries for the judge.
func (w *javaWorld) bookOf() []host.Entry {
	w.t.Helper()
	var all []host.Entry
	for _, outcome := range []host.Outcome{host.Debited, host.Restored, host.Credited, host.Recalled} {
		for _, line := range w.javaBank.said(string(outcome)) {
			e := host.Entry{Outcome: outcome}
			var word string
			if _, err := fmt.Sscan(line, &word, &e.STAN, &e.RRN, &e.Account, &e.Amount); err != nil {
				w.t.Errorf("the bank says %q: %v", line, err)
			}
			all = append(all, e)
		}
	}
	return all
}

// TestForeignBankAndSMSC pays from accounts of a bank on jPOS, ordered at an SMSC
// on jSMPP, while the bank behaves as banks do. At the end the bank's book and
// ours are equal.
func TestForeignBankAndSMSC(t *testing.T) {
	t.Parallel()
	if !*soakFlag {
		t.Skip("NO FOREIGN BANK IS ASKED: make soak-peers")
	}
	w := newJavaWorld(t)
	amount, booked := money.Amount(firstCent), map[*order]bool{} // whether the bank took it at first
	reasons := map[*order]string{}
	for i, tt := range []struct {
		product string
		bank    []string // commands before the order
		reason  string
		booked  bool
	}{
		{"mdebit", nil, "paid", true},
		{"mpurse", nil, "paid", false},
		{"mp2p", nil, "paid", false},
		{"mdebit", []string{"next decline 51"}, "declined", false},
		{"mdebit", []string{"next decline 14"}, "declined", false},
		{"mdebit", []string{"next silent"}, "reversed", true},
		{"mdebit", []string{"next late 1500"}, "reversed", true},
		{"mdebit", []string{"next lose"}, "reversed", true},
		{"mdebit", []string{"next slow 2500"}, "reversed", true}, // 25 to reversals until it is booked
		{"mdebit", []string{"next contradict 91 1000"}, "declined", true},
		{"mdebit", []string{"next contradict 51 1000"}, "declined", true},
		{"mdebit", []string{"next silent", "mute 3"}, "reversed", true},
		{"mdebit", []string{"next approve"}, "paid", true},
	} {
		p := w.people[i%len(w.people)]
		payee := w.shops[0].Code
		if tt.product == "mp2p" {
			payee = w.people[(i+1)%len(w.people)].Number
		}
		for _, command := range tt.bank {
			w.javaBank.tell("%s", command)
		}
		o := w.order(tt.product, p, payee, amount)
		amount++
		booked[o], reasons[o] = tt.booked, tt.reason
		w.put(o)
		eventually(t, bankMax, fmt.Sprintf("%v: %s", tt.bank, tt.reason), func() bool {
			at := w.paymentOf(o)
			return at != nil && at.State == "done" && at.Reason == tt.reason
		})
	}
	w.javaSMSC.tell("drop")
	o := w.order("mdebit", w.people[0], w.shops[0].Code, amount)
	booked[o], reasons[o] = true, "paid"
	w.put(o)
	eventually(t, bankMax, "a payment after the session was lost", func() bool { at := w.paymentOf(o); return at != nil && at.State == "done" })
	w.judgeForeign(t, booked, reasons)
}

// judgeForeign waits until each debit that was not paid is given back, and judges
// the run by the foreign bank's book.
func (w *javaWorld) judgeForeign(t *testing.T, booked map[*order]bool, reasons map[*order]string) {
	t.Helper()
	taken := func(amount money.Amount, as host.Outcome) bool {
		return slices.ContainsFunc(w.bookOf(), func(e host.Entry) bool { return e.Outcome == as && e.Amount == amount })
	}
	for o, took := range booked {
		if took {
			eventually(t, bankMax, "the bank to book "+o.Text, func() bool { return taken(o.Amount, host.Debited) })
		}
		if took && reasons[o] != "paid" {
			eventually(t, bankMax, "the bank to give back "+o.Text, func() bool { return taken(o.Amount, host.Restored) })
		}
	}
	r := w.settle()
	r.Bank = w.bookOf()
	for _, fault := range judge(&r) {
		t.Error(fault)
	}
	for o, reason := range reasons {
		if p := r.paymentOf(o); p == nil || p.Reason != reason {
			t.Errorf("%s ended as %+v, want %s", o.Text, p, reason)
		}
	}
	for _, peer := range []*javaPeer{w.javaBank, w.javaSMSC} {
		for _, word := range []string{"failed", "unknown"} {
			if lines := peer.said(word); len(lines) > 0 {
				t.Logf("%s: %s", peer.name, strings.Join(lines, "; "))
			}
		}
	}
	if t.Failed() {
		t.Logf("the bank: %s", strings.Join(w.javaBank.said(""), "\n"))
	}
	t.Logf("%d orders, %d texts, the bank booked %d times", len(r.Orders), len(r.Texts), len(r.Bank))
}
