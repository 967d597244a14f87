package proof

import (
	"cmp"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mpg/engine/bank/host"
	"mpg/ivr/media"
	"mpg/ivr/phone"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
	"mpg/store/money"
)

// What is the same in all worlds.
const (
	currencyCode = "CNY"
	shortCode    = "8888"
	bankName     = "icbc"
	otherBank    = "boc" // where there are the products of moduletest
	systemID     = "proof"

	toneTime   = 120 * time.Millisecond // of every sentence
	voiceRate  = 8000                   // samples per second
	quietTime  = 80 * time.Millisecond  // silence that ends a sentence
	rtpFirst   = 30000                  // blocks of ports for the daemons, below those that the kernel gives out
	rtpBlocks  = 42
	rtpPorts   = 64 // in a block, the last two for SIP; those in use are passed over
	bankFunds  = 100_000_000
	purseFunds = "20000.00"
	largeFirst = "1100.00" // a first payment of more waits
)

// rtpNext counts the blocks given out.
var rtpNext atomic.Uint32

// rtpBlock is the first port of a block that no other world has, in this process
// or in another: a daemon takes all ports of its block, and one that is killed
// wants them again. Who listens on the first port by TCP owns the block. A port that
// the kernel gives out may be somebody's by the time the daemon listens on it.
func rtpBlock(t *testing.T) int {
	t.Helper()
	block := 0
	eventually(t, readyMax, "a free block of RTP ports", func() bool {
		block = rtpFirst + rtpPorts*((os.Getpid()+int(rtpNext.Add(1)))%rtpBlocks)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", block))
		if err == nil {
			t.Cleanup(func() { _ = l.Close() })
		}
		return err == nil
	})
	return block
}

// person is a subscriber.
type person struct {
	Number, Name, NameZH, Lang, PIN string
	TopUp                           string // empty: nothing
	Bank, Account                   string // no account: none
	AtBank                          bool   // what others send goes to the account
	Token                           string // of a card of the same bank; empty: it issues none
}

// shop is a merchant.
type shop struct{ Code, Name, Phone string }

// settings are what differs in mpg.toml between worlds.
type settings struct {
	data        string // data_dir
	smsc, trunk string // addresses; a relay may stand between
	bank        string
	sip         string // where the daemon listens
	http        string
	voice       string // lines of [voice]
	level       string
	drain       time.Duration
	expires     time.Duration
	ring        time.Duration
	firstKey    time.Duration
	nextKey     time.Duration
	call        time.Duration
	bankTimeout time.Duration
	bankKeys    string        // more lines of [[bank]] of the banks that have a line
	files       string        // folder of a bank that takes files; empty: there is none
	filesWithin time.Duration // that it answers
	reversalFor time.Duration
	topKeys     string        // more lines before the first table
	orderKeys   string        // more lines of [order]
	limitKeys   string        // further lines of [limit]
	payment     string        // limit
	products    bool          // mpg is the one with the products of moduletest
	atBankOneIn int           // one in so many people receives at the bank what others send; 0: nobody
	cards       bool          // people have cards, and some shops take them in their own way
	split       bool          // issuers hold only a part of some amounts, and purses pay the rest
	whole       bool          // there is an agent, and two clerks; money may wait for numbers, tills decide, and large first payments wait
	firstWait   time.Duration // that they wait; 0: a second
	till        string        // where tills connect
	tariff      bool          // payments cost what tariffFile says, and limits are those of limitsFile
	rtp         int           // first port of RTP
}

// world is everything around a daemon, and the daemon.
type world struct {
	t        *testing.T
	dir      string
	set      settings
	password string
	journal  *journal
	op       *operator
	smsc     *smsc.Server
	bank     *host.Host
	courier  *courier // nil: no bank takes files
	media    *media.Engine
	phones   *phone.Exchange
	currency money.Currency
	people   []person
	shops    []shop

	mu     sync.Mutex
	daemon *daemon
	heard  func(to, words string) // told of each text; may be nil
	events func(phone.Event)      // of handsets; may be nil

	trust *x509.CertPool // of what the tills connect to

	entries func() []host.Entry // of the bank, if its own journal does not reach back far enough
}

// newWorld starts the peers and writes mpg.toml; no daemon runs yet. tune may
// change the settings; it may be nil.
func newWorld(t *testing.T, tune func(*settings)) *world {
	t.Helper()
	return newWorldWith(t, quietTime, tune)
}

// newWorldWith is newWorld with handsets that take what was said for over after that much
// silence.
func newWorldWith(t *testing.T, quiet time.Duration, tune func(*settings)) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "mpg-") // short: a socket's path has 108 octets
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, password: "pw" + fmt.Sprintf("%06x", rand.Uint32N(1<<24)), journal: newJournal()}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	w.currency, _ = money.Lookup(currencyCode)
	w.openPeers(quiet)
	block := rtpBlock(t)
	w.set = settings{
		data: filepath.Join(dir, "data"), smsc: w.smsc.Addr(), trunk: w.phones.Addr().String(), sip: "127.0.0.1:0", http: loopback(block + 1), till: loopback(block + 3),
		voice: w.toneVoice(), level: "debug",
		drain: 5 * time.Second, expires: time.Minute, ring: stateMax, firstKey: keyMax, nextKey: keyMax, call: stateMax,
		bankTimeout: 600 * time.Millisecond, reversalFor: 3 * time.Second, payment: "0", rtp: block,
	}
	w.set.bank, err = w.bank.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if tune != nil {
		tune(&w.set)
	}
	w.op = &operator{file: w.file(), binary: os.Getenv(binaryEnv)}
	if w.set.products {
		w.op.binary = os.Getenv(productsEnv)
	}
	if w.set.whole {
		w.trust = w.certify()
	}
	if w.set.files != "" {
		w.courier = newCourier(t, w.bank, w.set.files)
	}
	w.write()
	return w
}

func (w *world) openPeers(quiet time.Duration) {
	var err error
	if w.smsc, err = smsc.Listen(smsc.Config{Addr: "127.0.0.1:0", SystemID: systemID, Password: w.password,
		RetryAfter: 100 * time.Millisecond, OnSubmit: w.submit}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.smsc.Close() })
	if w.bank, err = host.New(host.Config{}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.bank.Close() })
	local := netip.MustParseAddr("127.0.0.1")
	if w.media, err = media.New(media.Config{IP: local, Shards: 1}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.media.Close() })
	if w.phones, err = phone.New(phone.Config{Listen: netip.AddrPortFrom(local, 0), Media: w.media, Quiet: quiet,
		Events: w.event}); err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = w.phones.Close() })
}

// submit is a text on its way out of the gateway.
func (w *world) submit(s smsc.Submit) (string, pdu.Status) {
	words := s.Text
	if s.Err != nil {
		words = "unreadable: " + s.Err.Error()
	}
	w.journal.received(s.To, words)
	w.mu.Lock()
	heard := w.heard
	w.mu.Unlock()
	if heard != nil {
		heard(s.To, words)
	}
	return "", pdu.ROK
}

func (w *world) event(e phone.Event) {
	w.mu.Lock()
	events := w.events
	w.mu.Unlock()
	if events != nil {
		events(e)
	}
}

// on sets who is told of texts and of what happens at handsets.
func (w *world) on(heard func(to, words string), events func(phone.Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard, w.events = heard, events
}

// toneVoice is a voice that says everything with one short tone, so that a call
// takes seconds: a file that cat writes out.
func (w *world) toneVoice() string {
	tone := make([]byte, 0, 44+2*voiceRate)
	n := int(toneTime.Seconds() * voiceRate)
	tone = append(tone, wavHead(2*n)...)
	for i := range n {
		sample := int16(8000 * (1 - 2*(i/8%2))) // a square wave of 500 Hz
		tone = append(tone, byte(sample), byte(sample>>8))
	}
	path := filepath.Join(w.dir, "tone.wav")
	if err := os.WriteFile(path, tone, 0o644); err != nil {
		w.t.Fatal(err)
	}
	return fmt.Sprintf("espeak = \"\"\ncommand = [\"cat\", %q]", path)
}

// wavHead is the head of a RIFF file of 16-bit PCM, one channel, voiceRate.
func wavHead(octets int) []byte {
	le := func(n, v int) (b []byte) {
		for range n {
			b, v = append(b, byte(v)), v>>8
		}
		return b
	}
	head := append([]byte("RIFF"), le(4, 36+octets)...)
	head = append(head, "WAVEfmt "...)
	for _, f := range [][2]int{{4, 16}, {2, 1}, {2, 1}, {4, voiceRate}, {4, 2 * voiceRate}, {2, 2}, {2, 16}} {
		head = append(head, le(f[0], f[1])...)
	}
	return append(append(head, "data"...), le(4, octets)...)
}

func (w *world) file() string { return filepath.Join(w.dir, "mpg.toml") }

// hurried gives a call little time, for runs in which any end is acceptable. Elsewhere
// it has all the time that a busy machine may need.
func (s *settings) hurried() {
	s.ring, s.call, s.firstKey, s.nextKey = time.Second, 20*time.Second, 1500*time.Millisecond, time.Second
	s.expires = 8 * time.Second
}

// write writes mpg.toml from the settings, and the password beside it.
func (w *world) write() {
	w.t.Helper()
	tariff, limits := w.writePrices()
	set := w.set
	set.limitKeys += limits
	err := errors.Join(
		os.WriteFile(w.file(), []byte(set.toml()+tariff+set.wholeForm()), 0o600),
		os.WriteFile(w.passwordFile(), []byte(w.password+"\n"), 0o600))
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) passwordFile() string { return filepath.Join(w.dir, "smsc.password") }

// fileForm is mpg.toml, with room for the settings.
const fileForm = `data_dir = %q
currency = %q
language = "en"
drain    = %q
%s
[[smsc]]
name          = "main"
addr          = %q
system_id     = %q
password_file = "smsc.password"
short_codes   = [%q]
response      = "1s"
write         = "1s"
dial          = "1s"
enquire_link  = "300ms"
backoff       = "10ms"
backoff_max   = "100ms"

[sip]
listen         = %q
trunk          = "sip:%s"
rtp_ports      = "%d-%d"
allow_prefixes = ["+86"]
ring           = %q
call           = %q
first_key      = %q
next_key       = %q

[voice]
pause = "0s"
%s

%s
[product.vertical]
fuel = "20s"

[product.mcredit]
decide       = "3s"
card_default = "accept"
split        = %t

[limit]
payment = %q
day     = "0"
%s
[order]
expires         = %q
unread_per_hour = 1000
calls_per_order = 100
calls_per_hour  = 1000
bank_wait       = "2s"
%s
[pin]
key_file = "pin.key"
[seal]
key_file = "seal.key"
[notice]
retry = "100ms"

[http]
listen = %q

[log]
level = %q
`

// wholeForm is what mpg.toml has besides in a whole world.
func (s *settings) wholeForm() string {
	if !s.whole {
		return ""
	}
	return fmt.Sprintf(`[claim]
enabled    = true
expires    = %q
open       = 50
per_number = 3

[ask]
per_day  = 200
per_pair = 200
open     = 50

[first_payee]
above  = %q
action = "wait"
wait   = %q

[till]
listen      = %q
certificate = "till.crt"
key_file    = "till.key"
`, claimExpires.String(), largeFirst, cmp.Or(s.firstWait, time.Second).String(), s.till)
}

// bankForm is the section of one bank.
const bankForm = `[[bank]]
name           = %q
addr           = %q
timeout        = %q
reversal_retry = "150ms"
reversal_for   = %q
%s
dial           = "1s"
backoff        = "10ms"
backoff_max    = "100ms"
echo           = "2s"

`

// banks are the names of the banks. All have their book at one host, as banks have at a
// common processor, but a line of their own, or files.
func (s *settings) banks() []string {
	if s.files != "" {
		return append(s.linked(), fileBank)
	}
	return s.linked()
}

// linked are the names of the banks that have a line.
func (s *settings) linked() []string {
	if s.products {
		return []string{bankName, otherBank}
	}
	return []string{bankName}
}

func (s *settings) toml() string {
	banks := ""
	for _, name := range s.linked() {
		banks += fmt.Sprintf(bankForm, name, s.bank, s.bankTimeout.String(), s.reversalFor.String(), s.bankKeys)
	}
	banks += s.fileBankSection()
	return fmt.Sprintf(fileForm, s.data, currencyCode, s.drain.String(), s.topKeys, s.smsc, systemID, shortCode, s.sip, s.trunk, s.rtp, s.rtp+rtpPorts-3, s.ring.String(), s.call.String(), s.firstKey.String(), s.nextKey.String(),
		s.voice, banks, s.split, s.payment, s.limitKeys, s.expires.String(), s.orderKeys, s.http, s.level)
}

// loopback is the address of a port of this machine.
func loopback(port int) string { return fmt.Sprintf("127.0.0.1:%d", port) }

// launch starts the daemon without waiting for READY.
func (w *world) launch(l launch) *daemon {
	w.t.Helper()
	l.binary = w.op.binary
	d := launchDaemon(w.t, w.dir, w.file(), l)
	w.mu.Lock()
	w.daemon = d
	w.mu.Unlock()
	return d
}

// start starts the daemon and waits for READY.
func (w *world) start() *daemon {
	w.t.Helper()
	return w.launch(launch{}).awaitReady()
}

// kill kills the daemon, and whoever is in a call hangs up.
func (w *world) kill() {
	w.running().kill()
	w.noteCut()
	w.hangUp()
}

func (w *world) running() *daemon {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.daemon
}

// populate registers n subscribers and the shops by the operator's commands,
// and opens their accounts at the bank.
func (w *world) populate(n int) {
	w.t.Helper()
	for i := range n {
		w.people = append(w.people, w.newcomer(i))
	}
	w.shops = []shop{{"8001", "Bluebird Florist", "+8613900008001"}, {"8002", "City Parking", "+8613900008002"}, {"8003", "Power Bills", ""}}
	if w.set.tariff {
		w.shops = append(w.shops, shop{managedShop, "Corner Bakery", w.manager().Number}, shop{fuelShop, "Blue Star Fuel", "+8613900008005"})
	}
	if w.set.cards {
		w.shops = append(w.shops, cardShops()...)
	}
	const atOnce = 4
	var all sync.WaitGroup
	slots := make(chan struct{}, atOnce)
	for _, p := range w.people {
		slots <- struct{}{}
		all.Go(func() {
			w.register(p)
			<-slots
		})
	}
	for _, s := range w.shops {
		args := []string{"merchant", "add", s.Code, "--name", s.Name}
		if s.Code == fuelShop {
			args = append(args, "--vertical", "fuel")
		}
		if s.Phone != "" {
			args = append(args, "--phone", s.Phone)
			w.journal.Shops[s.Code] = s.Phone
		}
		w.op.must(w.t, "", args...)
	}
	all.Wait()
	for _, p := range w.people {
		top, _ := w.currency.Parse(p.TopUp)
		w.journal.TopUps[p.Number], w.journal.Accounts[p.Account], w.journal.Banks[p.Number] = top, p.Number, p.Bank
		if err := w.bank.Open(host.Account{No: p.Account, Balance: bankFunds, Currency: w.currency}); err != nil {
			w.t.Fatal(err)
		}
	}
	w.linkCards()
	if w.set.whole {
		w.openAgency(agentShop, w.agent())
	}
}

// newcomer is subscriber i of w.
func (w *world) newcomer(i int) person {
	p := newPerson(i)
	p.Bank = w.set.linked()[i%len(w.set.linked())]
	if w.set.files != "" && i > 0 && i%fileOneIn == 0 {
		p.Bank, p.Token = fileBank, ""
	}
	p.AtBank = w.set.atBankOneIn > 0 && i%w.set.atBankOneIn == w.set.atBankOneIn-1
	return p
}

// newPerson is subscriber i: half read English and half Chinese; PINs have
// nothing in common with numbers and amounts.
func newPerson(i int) person {
	p := person{
		Number: fmt.Sprintf("+86138%08d", 10_000_001+i*1111), Name: fmt.Sprintf("Person %c%c", 'A'+i/26, 'a'+i%26), Lang: "en",
		PIN: fmt.Sprintf("%06d", (582_193+i*179_424_673)%1_000_000), TopUp: purseFunds, Account: fmt.Sprintf("62220200%08d", 7_000_000+i*37), Token: fmt.Sprintf("tok_%06d", i),
	}
	if i%2 == 1 {
		p.Lang, p.NameZH = "zh", "客户"+string([]rune("甲乙丙丁戊己庚辛壬癸")[i/2%10])
	}
	return p
}

func (w *world) register(p person) {
	args := []string{"user", "add", p.Number, "--name", p.Name, "--lang", p.Lang, "--pin-stdin", "--bank", p.Bank, "--bank-account", p.Account}
	if p.NameZH != "" {
		args = append(args, "--name-zh", p.NameZH)
	}
	_, err := w.op.run(p.PIN+"\n", args...)
	if err == nil && p.TopUp != "" {
		_, err = w.op.run("", "purse", "topup", p.Number, p.TopUp)
	}
	if err == nil && p.AtBank {
		_, err = w.op.run("", "user", "set", p.Number, "--receive", "bank")
	}
	if err != nil {
		w.t.Error(err)
	}
}

// send puts o in at the SMSC and does not wait.
func (w *world) send(o *order) {
	w.journal.ordered(o)
	err := w.smsc.DeliverAsync(o.From, shortCode, o.Text, func(st pdu.Status) { w.journal.acked(o, st) })
	if err != nil {
		w.t.Error(err)
	}
}

// say puts a text in that is no order.
func (w *world) say(from, words string) {
	if err := w.smsc.DeliverAsync(from, shortCode, words, nil); err != nil {
		w.t.Error(err)
	}
}

// How long the last payments may take to end.
const (
	quietMax   = 3 * time.Minute
	quietOrder = 30 * time.Millisecond // more for each order of the run
)

// settle waits until everything is acknowledged, ended and sent, and returns
// the whole record.
func (w *world) settle() record {
	w.t.Helper()
	var b books
	var r record
	longest := quietMax + time.Duration(w.journal.orders())*quietOrder
	quiet := within(longest, func() bool {
		if w.journal.unacked() > 0 || w.smsc.Stats().Waiting > 0 || w.bank.Delayed() > 0 || w.courier.busy() {
			return false
		}
		texts := w.journal.heard()
		var err error
		b, err = w.op.read(w)
		w.clerk(b.Payments)
		w.remind(b.Payments)
		if err != nil || b.Verify.Outbox > 0 || b.open() || w.unheard(b.Payments) > 0 {
			return false
		}
		var whole bool
		r, whole = w.journal.with(b, texts)
		return whole
	})
	if !quiet {
		r, _ = w.journal.with(b, 0)
		w.t.Errorf("not all is quiet after %v: %d orders unacknowledged, %d texts to send, open: %s\n%s",
			longest, w.journal.unacked(), b.Verify.Outbox, b.undone(), w.running().tail())
	}
	r.Bank, r.Held = w.bank.Journal(), w.bank.Held()
	return r
}

func (b *books) open() bool { return b.undone() != "" }

// undone lists the payments that have not ended.
func (b *books) undone() string {
	var refs []string
	for _, p := range b.Payments {
		switch {
		case p.State != "done":
			refs = append(refs, p.Ref+" "+p.State)
		default:
			for _, r := range append(p.Earlier, p.Request) {
				if r != nil && r.open() {
					refs = append(refs, p.Ref+" done, and at the bank "+r.State)
				}
			}
		}
	}
	return strings.Join(refs, ", ")
}

// clearSky takes all faults back.
func (w *world) clearSky() {
	w.smsc.SetFaults(smsc.Faults{})
	w.bank.ClearFaults()
	if w.courier != nil {
		w.courier.oddly(false)
	}
}

// bound waits until a daemon is bound to the SMSC.
func (w *world) bound() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), readyMax)
	defer cancel()
	if err := w.smsc.WaitBound(ctx, 1); err != nil {
		w.t.Fatal(err)
	}
}

// bankUp waits until the daemon is signed on to all banks. READY does not promise
// that: while a bank is away, purses still pay.
func (w *world) bankUp() {
	w.t.Helper()
	eventually(w.t, readyMax, "the bank", func() bool { return strings.Count(w.http("/readyz?verbose"), "+ bank ") == len(w.set.banks()) })
}
