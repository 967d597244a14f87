package proof

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"mpg/ivr/phone"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// pinPeople is how many use their PINs: enough to tell a leak from chance.
const pinPeople = 4

// The groups of secrets.
const (
	rightPINs  = "PIN"
	wrongPINs  = "wrong PIN"
	newPINs    = "new PIN"
	textedPINs = "PIN in a text"
	passwords  = "SMPP password"
	accounts   = "account number"
)

// captureDir holds the captures, beside mpg.toml.
const captureDir = "captures"

// TestPINs: people use PINs in every way there is, right and wrong, choose new
// ones by call, and text one by mistake, and card numbers; they pay from bank accounts, by a line
// and by files; the daemon is killed in the middle of an entry, reads its file again and stops. No PIN, no
// password, no account number and no card number is anywhere but where it has to be.
func TestPINs(t *testing.T) {
	t.Parallel()
	w := watchedWorld(t)
	w.start()
	w.populate(pinPeople)
	groups := w.secrets()
	for i := range w.people {
		w.payOnce("mpurse", i, mood{wrong: 1, keys: func(pin string) []phone.Act {
			return []phone.Act{atOnce("1" + wrongPIN(pin)), politely(pin)}
		}})
	}
	for i := range w.people {
		w.choosePIN(i)
		w.textPIN(i)
		w.textCard(i)
	}
	w.giveCards()
	w.killInEntry(w.people[0])
	for i := range w.people {
		w.payOnce("mdebit", pinPeople+i, good())
	}
	w.sendDamaged()
	for _, p := range w.people {
		w.op.must(t, "", "user", "show", p.Number)
	}
	for _, command := range []string{"user list", "payment list --limit 1000", "payment list --refused", "payment list --csv", "ledger payments", "merchant list", "audit list --limit 1000", "tail -n 1000", "stats",
		"account statement float --csv", "find 1", "find " + w.people[0].Number} {
		w.op.must(t, "", strings.Fields(command)...)
	}
	w.op.must(t, "", "backup", filepath.Join(w.dir, "backup"))
	sources := w.pages()
	w.running().signal(syscall.SIGHUP)
	eventually(t, stateMax, "the reload", func() bool { return w.running().logged("configuration reloaded") })
	w.running().signal(syscall.SIGTERM)
	if code := w.running().awaitEnd(); code != 0 {
		t.Errorf("serve ended with %d", code)
	}
	_, _ = w.op.run("", "check") // what it prints is searched, whatever it finds
	sources = append(sources, w.sources()...)
	for _, leak := range sweep(sources, groups) {
		t.Error(leak)
	}
	t.Logf("searched %d sources", len(sources))
	planted(t, sources, groups)
	noCards(t, sources)
	capturesAreWhole(t, sources, groups)
	w.removeCaptures()
}

// watchedWorld is a world with a relay on every wire, and a bank that takes files.
func watchedWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, func(s *settings) {
		s.expires = stateMax
		s.takesFiles(t, filepath.Dir(s.data), stateMax)
	})
	dir := filepath.Join(w.dir, captureDir)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.set.smsc = relayTCP(t, w.set.smsc, newCapture(t, dir, "smpp"))
	w.set.bank = relayTCP(t, w.set.bank, newCapture(t, dir, "bank"))
	w.set.trunk = relaySIP(t, w.set.trunk, newCapture(t, dir, "sip"))
	w.write()
	return w
}

// another is the ith PIN of a row that has nothing to do with other rows.
func another(i, first, step int) string { return fmt.Sprintf("%06d", (first+i*step)%1_000_000) }

func newPIN(i int) string    { return another(i, 310_877, 271_828_183) }
func textedPIN(i int) string { return another(i, 940_651, 161_803_399) }

// secrets are all that must not be found.
func (w *world) secrets() []group {
	all := map[string][]string{passwords: {w.password}}
	for i, p := range w.people {
		all[rightPINs] = append(all[rightPINs], p.PIN)
		all[wrongPINs] = append(all[wrongPINs], wrongPIN(p.PIN))
		all[newPINs] = append(all[newPINs], newPIN(i))
		all[textedPINs] = append(all[textedPINs], textedPIN(i))
		all[accounts] = append(all[accounts], p.Account)
		all[cardNumbers] = append(all[cardNumbers], cardNumber(i))
	}
	var groups []group
	for name, secrets := range all {
		groups = append(groups, group{name: name, secrets: secrets})
	}
	return groups
}

// payOnce orders number n of the run and waits until it is paid.
func (w *world) payOnce(product string, n int, m mood) {
	w.t.Helper()
	if product == "mdebit" {
		w.bankUp()
	}
	p := w.people[n%len(w.people)]
	w.behave(p, m)
	o := w.order(product, p, w.shops[0].Code, money.Amount(firstCent+n))
	w.send(o)
	w.awaitText(p.Number, o.Sent, "receipt", func(words string) bool { says, _ := read(words); return says == saidPaid })
}

// awaitText waits for a text to number.
func (w *world) awaitText(number string, since time.Time, what string, is func(words string) bool) {
	w.t.Helper()
	if !within(stateMax, func() bool { return slices.ContainsFunc(w.journal.textsTo(number, since), is) }) {
		w.t.Fatalf("%s has no %s, but %q\n%s", number, what, w.journal.textsTo(number, since), w.running().tail())
	}
}

// choosePIN lets person i choose a PIN by call.
func (w *world) choosePIN(i int) {
	w.t.Helper()
	p := &w.people[i]
	old, chosen, begun := p.PIN, newPIN(i), time.Now()
	w.phones.Set(p.Number, phone.Behaviour{Acts: []phone.Act{atOnce("1"), politely(old), politely(chosen), politely(chosen)}})
	w.say(p.Number, map[string]string{"en": "PIN", "zh": "改密"}[p.Lang])
	w.awaitText(p.Number, begun, "word of the new PIN", func(words string) bool {
		return strings.Contains(words, "PIN is set") || strings.Contains(words, "密码已设置")
	})
	p.PIN = chosen
}

// textPIN lets person i text a PIN by mistake, alone and behind an order.
func (w *world) textPIN(i int) {
	w.t.Helper()
	p, begun := w.people[i], time.Now()
	for _, words := range []string{textedPIN(i), "my pin is " + textedPIN(i), "PAY 8001 5.00 " + textedPIN(i)} {
		w.say(p.Number, words)
	}
	eventually(w.t, stateMax, "three warnings", func() bool {
		warned := 0
		for _, words := range w.journal.textsTo(p.Number, begun) {
			if strings.Contains(words, "Never text your PIN") || strings.Contains(words, "切勿用短信发密码") {
				warned++
			}
		}
		return warned == 3
	})
}

// killInEntry kills the daemon while p keys the PIN, starts it again, and stops
// the order.
func (w *world) killInEntry(p person) {
	w.t.Helper()
	w.behave(p, keys(func(pin string) string { return "1" + pin[:5] }))
	pressed := w.keysPressed(p.Number)
	o := w.order("mpurse", p, w.shops[0].Code, lastCent)
	w.send(o)
	eventually(w.t, stateMax, "five digits keyed", func() bool { return pressed() == 6 })
	w.kill()
	w.start()
	w.awaitText(p.Number, o.Sent, "word that nothing was taken", func(words string) bool { says, _ := read(words); return says == saidCallLost })
	w.say(p.Number, "NO")
	w.awaitText(p.Number, o.Sent, "word of the end", func(words string) bool { says, _ := read(words); return says == saidUnpaid })
}

// pages are what HTTP tells.
func (w *world) pages() []source {
	w.t.Helper()
	var all []source
	for _, path := range []string{"/metrics", "/readyz?verbose", "/livez"} {
		body, err := get("http://" + w.set.http + path)
		if err != nil {
			w.t.Error(err)
		}
		all = append(all, source{name: path, octets: fractions.ReplaceAll(body, nil)})
	}
	return all
}

// fractions are figures with a point, as of seconds: six of their digits may be those
// of a PIN by chance.
var fractions = regexp.MustCompile(`(?m) [0-9]+(\.[0-9]+(e[+-]?[0-9]+)?|e[+-]?[0-9]+)$`)

func get(url string) (body []byte, err error) {
	res, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	body, err = io.ReadAll(res.Body)
	return body, errors.Join(err, res.Body.Close())
}

// sources are all files of the world, what the commands printed and what phones
// received. Nothing is left out but the file that holds the password.
func (w *world) sources() []source {
	w.t.Helper()
	all := []source{{name: "output of commands", octets: w.op.said()}, {name: "journal, unpacked", octets: w.unpacked()}}
	var texts strings.Builder
	for _, t := range w.journal.Texts {
		fmt.Fprintf(&texts, "%s %s\n", t.To, t.Text)
	}
	all = append(all, source{name: "texts", octets: []byte(texts.String())})
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || path == w.passwordFile() {
			return err
		}
		octets, err := os.ReadFile(path)
		name, _ := filepath.Rel(w.dir, path)
		all = append(all, source{name: name, octets: octets, but: mayHold(name)})
		return err
	})
	if err != nil {
		w.t.Error(err)
	}
	for _, s := range all {
		if len(s.octets) == 0 {
			w.t.Errorf("%s is empty: nothing was searched there", s.name)
		}
	}
	return all
}

// unpacked is every record of the journal, whose file is compressed: a search of the file
// alone would find nothing there.
func (w *world) unpacked() []byte {
	w.t.Helper()
	var all bytes.Buffer
	err := bolt.Inspect(w.set.data, bolt.Options{}, func(books store.Reader) error {
		for e, err := range books.(store.Journal).Records(context.Background(), 1) {
			if err != nil {
				return err
			}
			all.Write(e.Fingerprint[:])
			if e.Dedup != nil {
				all.Write(e.Dedup.Digest[:])
			}
			for _, d := range e.Writes {
				all.WriteString(d.Key + "\n")
				all.Write(d.Data)
			}
			for _, row := range e.Rows {
				all.Write(row.Data)
			}
		}
		return nil
	})
	if err != nil {
		w.t.Error(err)
	}
	return all.Bytes()
}

// atHome are the captures in which a secret stands by the protocol itself: what
// subscribers text comes in, the bind carries the password, and the bank is told
// whose account it is about and repeats it. It is never
// written to.
var atHome = map[string][]string{
	filepath.Join(captureDir, "smpp-in"):  {textedPINs, cardNumbers},
	filepath.Join(captureDir, "smpp-out"): {passwords},
	filepath.Join(captureDir, "bank-in"):  {accounts},
	filepath.Join(captureDir, "bank-out"): {accounts},
}

// mayHold returns the groups of secrets that may stand in a file. What goes to a bank in a file
// names the account, and what such a bank sends is kept as it came.
func mayHold(name string) []string {
	folder, file := filepath.Split(name)
	switch folder {
	case fileBank + "/sent/":
		return []string{accounts}
	case fileBank + "/refused/":
		if strings.HasSuffix(file, ".csv") {
			return []string{accounts}
		}
	}
	return atHome[name]
}

// sendDamaged has the bank that takes files send one that is damaged and names an account. It is
// refused, in words that do not repeat it.
func (w *world) sendDamaged() {
	w.t.Helper()
	w.courier.put("files of noise", "mpg-answers,1,"+w.people[fileOneIn].Account+"\n")
	eventually(w.t, stateMax, "the refusal", func() bool { return w.running().logged("file with answers refused") && !w.courier.busy() })
}

// planted proves that the search would have found a leak in every one of the
// sources: each is searched again with one PIN of each group planted in it.
func planted(t *testing.T, sources []source, groups []group) {
	t.Helper()
	for i, s := range sources {
		g := groups[i%len(groups)]
		all := needles(g.secrets[0])
		n := all[1+i%(len(all)-1)]
		for n.weak {
			n = all[1+(i+1)%4]
		}
		spoilt := source{name: s.name, octets: slices.Concat(s.octets[:len(s.octets)/2], n.octets, s.octets[len(s.octets)/2:])}
		if leaks := sweep([]source{spoilt}, []group{g}); len(leaks) == 0 {
			t.Errorf("a %s planted in %s as %s was not found", g.name, s.name, n.encoding)
		}
	}
}

// capturesAreWhole proves that the relays saw what they are there to see: calls
// from INVITE to BYE, and the secrets that stand in a capture by right.
func capturesAreWhole(t *testing.T, sources []source, groups []group) {
	t.Helper()
	for _, s := range sources {
		for _, g := range groups {
			if home := (source{name: s.name, octets: s.octets}); slices.Contains(s.but, g.name) && len(sweep([]source{home}, []group{g})) == 0 {
				t.Errorf("%s does not hold the %s that went through it", s.name, g.name)
			}
		}
		for _, method := range []string{"INVITE sip:86138", "ACK sip:", "BYE sip:"} {
			if s.name == filepath.Join(captureDir, "sip-out") && !strings.Contains(string(s.octets), method) {
				t.Errorf("%s holds no %s", s.name, method)
			}
		}
	}
}

// removeCaptures takes them away, and fails where somebody else could have read
// them before.
func (w *world) removeCaptures() {
	w.t.Helper()
	dir := filepath.Join(w.dir, captureDir)
	files, err := os.ReadDir(dir)
	if err != nil || len(files) == 0 {
		w.t.Errorf("captures: %d files, %v", len(files), err)
	}
	for _, f := range files {
		if info, err := f.Info(); err != nil || info.Mode().Perm() != 0o600 {
			w.t.Errorf("capture %s: %v, %v", f.Name(), info.Mode(), err)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		w.t.Error(err)
	}
}

// keysPressed counts the keys pressed at the number, or ("") at all handsets,
// from now on.
func (w *world) keysPressed(number string) func() int64 {
	n := new(atomic.Int64)
	w.on(nil, func(e phone.Event) {
		if e.Kind == phone.Pressed && (number == "" || e.Call.Number() == number) {
			n.Add(1)
		}
	})
	return n.Load
}
