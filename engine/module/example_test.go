package module_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"log"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/call"
	"mpg/engine/intake"
	"mpg/engine/intent"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/module"
	"mpg/engine/order"
	"mpg/engine/payment"
	"mpg/engine/pin"
	"mpg/engine/seal"
	"mpg/store/bolt"
	"mpg/store/money"
)

// The module in savings_test.go has an intent with words of its own, tables, due work, legs
// that move money, a call, verbs of the operator, a follower of the journal and a check.
// Here it is registered, used by text and by the operator, does its scheduled work, and is
// audited.
func Example() {
	dir, err := os.MkdirTemp("", "books")
	must(err)
	defer os.RemoveAll(dir)
	life := begin(filepath.Join(dir, "books"), time.Date(2026, 11, 26, 4, 0, 0, 0, time.UTC), newSavings(new(savings)))
	_, err = life.Admin().AddUser(context.Background(), admin.Command{Key: "1"}, admin.NewUser{Phone: saver, Name: lang.Name{EN: "Wang Fang"}})
	must(err)
	_, err = life.Admin().TopUp(context.Background(), admin.Command{Key: "2"}, saver, 100_00)
	must(err)
	_, topUp, _ := strings.Cut(<-life.texts, ": ") // after its reference
	fmt.Println(topUp)
	life.receives("SAVE 30")
	life.receives("存钱 12.50")
	life.receives("SAVE 500")
	life.receives("HELP")
	life.does("pay-out", map[string]string{"number": "13800000001", "amount": "10"})
	for life.Modules().Lag()["savings"] > 0 {
		time.Sleep(time.Millisecond)
	}
	life.does("show", map[string]string{"number": "13800000001"})
	joined := life.Admin().Status().Modules[8]
	fmt.Println(joined.Name, joined.What, joined.On)
	life.end()

	// A month later what is left goes back, although nothing ran meanwhile.
	life = begin(filepath.Join(dir, "books"), time.Date(2026, 12, 27, 4, 0, 0, 0, time.UTC), newSavings(new(savings)))
	fmt.Println(<-life.texts)
	fmt.Println(<-life.calls)
	found, err := life.Admin().Verify(context.Background())
	fmt.Println(len(found.Faults)+len(found.Audit.Faults), "faults", err)
	life.end()
	// Output:
	// your purse was topped up with CNY 100.00 on 26 Nov 04:00. Balance CNY 100.00.
	// Your purse holds CNY 70.00 on 26 Nov 04:00.
	// 钱包余额57.50元，11-26 04:00。
	// Your purse is short by CNY 442.50, so nothing was taken. Top up with your operator, or choose a smaller amount.
	// PAY code amount BANK. SEND amount mobile. BAL. LAST. NO. AGAIN. PIN. LANG ZH. SAVE amount. Never text your PIN.
	// {"paid_out":"10.00"} <nil>
	// {"moves_of_all":"3","saved":"32.50"} <nil>
	// savings money put aside for thirty days true
	// Your purse holds CNY 100.00 on 27 Dec 04:00.
	// [They are back in your purse.]
	// 0 faults <nil>
}

const saver = "+8613800000001"

// running is an engine with one module and a bind that hands texts to a channel.
type running struct {
	*engine.Engine
	books *bolt.Store
	texts chan string
	calls chan []string // what is said after the guard
	log   logged
}

// logged is a log that many may write.
type logged struct {
	mu  sync.Mutex
	all strings.Builder
}

// Write implements io.Writer.
func (l *logged) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(line)
}

// String returns what was logged.
func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// begin starts an engine with one module on the books in dir; the modules off are switched
// off.
func begin(dir string, now time.Time, m module.Module, off ...payment.Product) *running {
	r := &running{texts: make(chan string, 9), calls: make(chan []string, 9)}
	config := r.config(dir, now)
	config.Rules.Products.Off, config.Modules = off, []module.Module{m}
	var err error
	r.Engine, err = engine.New(config)
	must(err)
	must(r.Start())
	return r
}

// config returns the configuration of an engine on the books in dir, without modules.
func (r *running) config(dir string, now time.Time) engine.Config {
	books, err := bolt.Open(dir, bolt.Options{})
	must(err)
	r.books = books
	keyed, err := pin.ParseKey(strings.Repeat("7", 64))
	must(err)
	sealing, err := seal.ParseKey(strings.Repeat("5", 64), rand.Reader)
	must(err)
	cny, _ := money.Lookup("CNY")
	var ticks atomic.Int64
	return engine.Config{
		Store: books, Place: local.Place{Currency: cny, Language: lang.EN, Zone: time.UTC}, Grammar: order.Grammar{Currency: cny, Country: "CN"},
		PIN: pin.Config{Key: keyed, Argon: pin.Argon{Passes: 1, Memory: 8, Lanes: 1}}, SealKey: sealing, Binds: []string{"main"}, ShortCode: "8888", Code: func(string, string) bool { return true },
		Now: func() time.Time { return now.Add(time.Duration(ticks.Add(1)) * time.Millisecond) }, Rand: rand.Reader,
		Rules: engine.Rules{Rules: intent.Rules{Repeat: time.Hour, Redelivery: time.Minute, UnreadPerHour: 5}, NoticeRetry: time.Second},
		Log:   slog.New(slog.NewTextHandler(&r.log, nil)), Broken: func(err error) { log.Fatal(err) },
		Ports: engine.Ports{
			Call: func(_ context.Context, c call.Call) call.Report {
				r.calls <- c.Steps[1].Say
				return call.Report{End: call.EndFinished}
			},
			Speaks: func(lang.Lang) bool { return true },
			SendSMS: func(_ context.Context, m engine.SMS, done func(engine.Sending)) error {
				r.texts <- m.Text
				done(engine.Accepted)
				return nil
			},
		},
	}
}

// receives takes a text in and prints the answer.
func (r *running) receives(text string) {
	r.take(text)
	fmt.Println(<-r.texts)
}

// take takes a text in.
func (r *running) take(text string) {
	r.Receive(intake.Text{Via: "main", From: saver, To: "8888", Body: text, Kind: intake.Plain, Ack: func(bool) func() bool { return func() bool { return true } }})
}

// does carries out a verb of the module and prints its result.
func (r *running) does(verb string, typed map[string]string) {
	result, err := r.Admin().Verbs.Run(context.Background(), admin.Command{Key: verb}, "savings", verb, typed)
	fmt.Println(string(result), err)
}

func (r *running) end() {
	r.Close()
	must(r.books.Close())
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
