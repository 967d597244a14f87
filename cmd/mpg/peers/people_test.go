package peers

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"

	"mpg/engine/bank/host"
)

// person is a subscriber.
type person struct {
	number, name, nameZH, lang, pin string
	purse                           string // topped up with; empty: nothing
	account                         string // at the bank; empty: none
}

// The people, who know nothing of each other's PINs.
var (
	wang = person{number: "+8613800000001", name: "Wang Fang", nameZH: "王芳", lang: "zh", pin: "582193", purse: "500.00"}
	li   = person{number: "+8613800000002", name: "Li Na", nameZH: "李娜", lang: "zh", pin: "640175", account: "6222020000000002"}
	tom  = person{number: "+8613800000003", name: "Tom Hill", lang: "en", pin: "931804", purse: "100.00"}
	chen = person{number: "+8613800000004", name: "Chen Jun", nameZH: "陈军", lang: "zh", pin: "275916"}
)

// The shop that everybody pays.
const (
	shopCode   = "8001"
	shopName   = "BLUEBIRD FLORIST"
	shopNameZH = "蓝鸟花店"
	shopPhone  = "+8613900008001"
)

// mpg runs an operator's command against the world's daemon and returns its
// standard output.
func (w *world) mpg(stdin string, args ...string) []byte {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, os.Getenv(binaryEnv), append(args, "-c", w.file())...)
	c.Stdin = strings.NewReader(stdin)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		w.t.Fatalf("mpg %s: %v: %s\n%s", strings.Join(args, " "), err, errs.Bytes(), w.log.tail())
	}
	return out.Bytes()
}

// ask reads what a command prints with --json.
func (w *world) ask(v any, args ...string) {
	w.t.Helper()
	out := w.mpg("", append(args, "--json")...)
	if err := json.Unmarshal(out, v); err != nil {
		w.t.Fatalf("mpg %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// register makes the shop and the people known.
func (w *world) register(people ...person) {
	w.t.Helper()
	w.mpg("", "merchant", "add", shopCode, "--name", shopName, "--name-zh", shopNameZH, "--phone", shopPhone)
	for _, p := range people {
		args := []string{"user", "add", p.number, "--name", p.name, "--name-zh", p.nameZH, "--lang", p.lang, "--pin-stdin"}
		if p.account != "" {
			args = append(args, "--bank", bankName, "--bank-account", p.account)
			if err := w.bank.Open(host.Account{No: p.account, Balance: bankFunds, Currency: w.currency}); err != nil {
				w.t.Fatal(err)
			}
		}
		w.mpg(p.pin+"\n", args...)
		w.secrets = append(w.secrets, p.pin, p.number[1:])
		if p.purse != "" {
			w.mpg("", "purse", "topup", p.number, p.purse)
			w.topUps++
		}
	}
}

// balance is what `mpg account show` says is available.
func (w *world) balance(account string) string {
	w.t.Helper()
	var a struct{ Account, Posted, Available string }
	w.ask(&a, "account", "show", account)
	if a.Account != account || a.Posted != a.Available {
		w.t.Errorf("account %s is shown as %+v; nothing is held any more", account, a)
	}
	return a.Available
}
