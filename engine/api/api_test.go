package api_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mpg/engine"
	"mpg/engine/admin"
	"mpg/engine/api"
	"mpg/engine/lang"
	"mpg/engine/local"
	"mpg/engine/order"
	"mpg/engine/pin"
	"mpg/engine/report"
	"mpg/engine/seal"
	"mpg/engine/tail"
	"mpg/engine/view"
	"mpg/store"
	"mpg/store/bolt"
	"mpg/store/money"
)

// desk is an engine behind its socket, as the operator meets it.
type desk struct {
	t    *testing.T
	http http.Client
	path string

	admin *admin.Service
	books store.Reader
	token string // of the caller; empty: nobody has logged in
}

// newDesk opens one without a read side.
func newDesk(t *testing.T) *desk {
	t.Helper()
	return openDesk(t, func(e *engine.Engine, _ *bolt.Store, _ string) (*report.Reader, *view.View) {
		return report.New(report.Config{Refs: e.Books().Refs}), nil
	})
}

// openDesk opens an engine, with the read side that sees makes in a folder.
func openDesk(t *testing.T, sees func(e *engine.Engine, books *bolt.Store, dir string) (*report.Reader, *view.View)) *desk {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := bolt.Open(dir, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	key, err := pin.ParseKey(strings.Repeat("7", 64))
	if err != nil {
		t.Fatal(err)
	}
	sealing, err := seal.ParseKey(strings.Repeat("5", 64), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cny, _ := money.Lookup("CNY")
	e, err := engine.New(engine.Config{Store: s, Place: local.Place{Currency: cny, Language: lang.ZH, Zone: time.UTC}, Grammar: order.Grammar{Currency: cny, Country: "CN"},
		Ports: engine.Ports{SendSMS: func(_ context.Context, _ engine.SMS, done func(engine.Sending)) error {
			done(engine.Accepted)
			return nil
		}},
		PIN: pin.Config{Key: key, Argon: pin.Argon{Passes: 1, Memory: 8, Lanes: 1}}, SealKey: sealing, Binds: []string{"main"}, ShortCode: "8888", Now: time.Now, Rand: rand.Reader,
		Rules: engine.Rules{CommandRules: admin.CommandRules{SecondWithin: time.Hour}, NoticeRetry: time.Second, Session: time.Hour}, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if err := e.Start(); err != nil {
		t.Fatal(err)
	}
	d := &desk{t: t, path: filepath.Join(dir, "mpg.sock"), admin: e.Admin(), books: s}
	l, err := api.Listen(d.path, api.Private)
	if err != nil {
		t.Fatal(err)
	}
	reports, derived := sees(e, s, dir)
	server := api.Server(api.Handler(api.Services{Admin: e.Admin(), Reports: reports, View: derived,
		Tail: tail.New(tail.Config{Feed: s, Refs: e.Books().Refs, Currency: cny})}), false)
	go func() { _ = server.Serve(l) }() // it ends with Close
	t.Cleanup(func() {
		_ = server.Close()
		e.Close()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	d.http.Transport = &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", d.path)
	}}
	return d
}

// ask sends one request and checks the status; the answer is whatever JSON.
func (d *desk) ask(method, path, key, body string, status int) map[string]any {
	d.t.Helper()
	req, err := http.NewRequest(method, "http://mpg"+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	req.Header.Set("Idempotency-Key", key)
	if d.token != "" {
		req.Header.Set("Authorization", "Bearer "+d.token)
	}
	res, err := d.http.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	if res.StatusCode != status {
		d.t.Errorf("%s %s: %s %s, want %d", method, path, res.Status, text, status)
	}
	var v map[string]any
	if err := json.Unmarshal(text, &v); err != nil && text[0] != '[' {
		d.t.Errorf("%s %s: %s: %v", method, path, text, err)
	}
	return v
}

const wangAdd = `{"number":"+8613800000001","name":"Wang Fang","name_zh":"王芳","lang":"zh"}`

func TestCommands(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/users", "k1", wangAdd, 200)
	d.ask("POST", "/merchants", "k2", `{"code":"8001","name":"BLUEBIRD FLORIST"}`, 200)
	if a := d.ask("GET", "/accounts/held:8001", "", "", 404); a["code"] != "not_opened" {
		t.Errorf("what is held back of a shop: %v", a)
	}
	first := d.ask("POST", "/purses/+8613800000001/topup", "k3", `{"amount":"500.00"}`, 200)
	again := d.ask("POST", "/purses/+8613800000001/topup", "k3", `{"amount":"500.00"}`, 200)
	if first["ref"] == nil || first["ref"] != again["ref"] {
		t.Errorf("the repeat is %v, the first was %v", again, first)
	}
	d.ask("POST", "/purses/+8613800000001/topup", "k3", `{"amount":"500.01"}`, 409)
	if a := d.ask("GET", "/accounts/purse:+8613800000001", "", "", 200); a["posted"] != "500.00" || a["currency"] != "CNY" {
		t.Errorf("account %v", a)
	}
	if p := d.ask("GET", "/payments/"+first["ref"].(string), "", "", 200); p["product"] != "topup" || p["state"] != "done" {
		t.Errorf("payment %v", p)
	}
	if u := d.ask("POST", "/users/+8613800000001/block", "k4", "", 200); u["state"] != "blocked" {
		t.Errorf("user %v", u)
	}
	if u := d.ask("POST", "/users/+8613800000001/unblock", "k5", "", 200); u["state"] != "active" {
		t.Errorf("user %v", u)
	}
	d.ask("GET", "/ledger/payments", "", "", 200)
	if r := d.ask("POST", "/ledger/verify", "", "", 200); r["Faults"] != nil {
		t.Errorf("ledger %v", r)
	}
}

// A number without + is read as people write it in the country, wherever an
// operator types one.
func TestNationalNumbersAreRead(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if u := d.ask("POST", "/users", "k1", `{"number":"138 0000 0001","name":"Wang Fang"}`, 200); u["number"] != "+8613800000001" {
		t.Errorf("registered %v", u)
	}
	for _, number := range []string{"13800000001", "8613800000001", "+8613800000001", "138-0000-0001"} {
		if u := d.ask("GET", "/users/"+number, "", "", 200); u["number"] != "+8613800000001" {
			t.Errorf("%s: %v", number, u)
		}
		d.ask("GET", "/accounts/purse:"+number, "", "", 200)
	}
	d.ask("POST", "/purses/13800000001/topup", "k2", `{"amount":"5"}`, 200)
	if a := d.ask("GET", "/accounts/purse:13800000001", "", "", 200); a["posted"] != "5.00" {
		t.Errorf("%v", a)
	}
}

func TestRefusalsTellWhatToDo(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	d.ask("POST", "/users", "k1", wangAdd, 200)
	for _, tt := range []struct {
		method, path, key, body string
		status                  int
		code, text              string
	}{
		{"POST", "/users", "k2", wangAdd, 409, "exists", "is registered already"},
		{"POST", "/users", "", strings.Replace(wangAdd, "01", "02", 1), 400, "misuse", "a key"},
		{"POST", "/users", "k3", `{"number":"1380000","name":"x"}`, 400, "misuse", "\"1380000\" is not a phone number; want one such as +86"},
		{"POST", "/users", "k3", `{"number":"+8613800000003"}`, 400, "misuse", "a name is needed"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"x","bank":"icbc"}`, 400, "misuse", "go together"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"x","bank":"icbc","bank_account":"1"}`, 409, "no_bank", `bank "icbc" is not configured`},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"x","lang":"fr"}`, 400, "misuse", "zh and en"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"x","pin":"MTIz"}`, 400, "misuse", "six digits"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","nmae":"x"}`, 400, "misuse", "nmae"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"x","pin":"MTExMTEx"}`, 400, "misuse", "too easy to guess"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"x","pin":"NjU0MzIx"}`, 400, "misuse", "too easy to guess"},
		{"POST", "/users/+8613800000001/pin-reset", "k3", `{"reason":" "}`, 400, "misuse", "a reason of"},
		{"POST", "/purses/+8613800000001/topup", "k1", `{"amount":"1"}`, 409, "key_used", "another command"},
		{"POST", "/purses/+8613800000001/topup", "k3", `{"amount":"-5"}`, 400, "misuse", "-5"},
		{"POST", "/users", "k3", `{`, 400, "misuse", "unexpected EOF"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"王芳"}`, 400, "misuse", "give it with --name-zh"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name":"Wang 芳","name_zh":"王芳"}`, 400, "misuse", "give it with --name-zh"},
		{"POST", "/users", "k3", `{"number":"+8613800000003","name_zh":"Wang"}`, 400, "misuse", "give it with --name "},
		{"POST", "/merchants", "k3", `{"code":"8009","name":"蓝鸟花店"}`, 400, "misuse", "give it with --name-zh"},
		{"POST", "/merchants", "k3", `{"code":"8009","name":"KFC","name_zh":"KFC"}`, 400, "misuse", "give it with --name "},
		{"POST", "/merchants", "k3", `{"code":"80","name":"x"}`, 400, "misuse", "4 to 6 digits"},
		{"POST", "/merchants", "k3", `{"code":"8001","name":"` + strings.Repeat("x", 60) + `"}`, 400, "misuse", "at most"},
		{"POST", "/purses/+8613800000009/topup", "k3", `{"amount":"1"}`, 404, "no_user", "no subscriber"},
		{"POST", "/purses/+8613800000001/topup", "k3", `{"amount":"1.234"}`, 400, "misuse", "more decimals"},
		{"POST", "/purses/+8613800000001/topup", "k3", `{"amount":"0"}`, 400, "misuse", "must be positive"},
		{"GET", "/users/+8613800000009", "", "", 404, "no_user", "no subscriber"},
		{"GET", "/accounts/merchant:9999", "", "", 404, "no_merchant", "no merchant"},
		{"GET", "/accounts/nonsense", "", "", 400, "misuse", "an account is"},
		{"GET", "/accounts/receivable:9999", "", "", 404, "no_merchant", "no merchant"},
		{"GET", "/accounts/tax", "", "", 404, "not_opened", "account tax has not been opened"},
		{"GET", "/accounts/tax:8001", "", "", 400, "misuse", "an account is"},
		{"GET", "/accounts/held:", "", "", 400, "misuse", "an account is"},
		{"GET", "/accounts/unclaimed", "", "", 404, "not_opened", "account unclaimed has not been opened"},
		{"GET", "/accounts/transit:", "", "", 400, "misuse", "an account is"},
		{"GET", "/accounts/transit:icbc", "", "", 404, "not_opened", "account transit:icbc has not been opened"},
		{"GET", "/payments/22222222", "", "", 404, "no_payment", "no payment has this reference"},
		{"GET", "/payments/0000", "", "", 400, "misuse", "a reference never has 0 or O"},
	} {
		got := d.ask(tt.method, tt.path, tt.key, tt.body, tt.status)
		if text, _ := got["error"].(string); !strings.Contains(text, tt.text) || got["code"] != tt.code {
			t.Errorf("%s %s %s: %v, want %q and %q", tt.method, tt.path, tt.body, got, tt.code, tt.text)
		}
	}
}

func TestTheSocketIsForItsOwner(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	info, err := os.Stat(d.path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	// Over anything but a Unix socket nobody can be known.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := api.Server(http.NotFoundHandler(), false)
	go func() { _ = server.Serve(l) }() // it ends with Close
	defer func() { _ = server.Close() }()
	res, err := http.Get("http://" + l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("over TCP: %s", res.Status)
	}
}

func TestASocketOfTheDeadIsReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "mpg.sock")
	for range 2 {
		l, err := api.Listen(path, api.Private)
		if err != nil {
			t.Fatal(err)
		}
		l.(*net.UnixListener).SetUnlinkOnClose(false)
		_ = l.Close()
	}
}

// TestBooks: mpg check asks a running daemon what its books fix.
func TestBooks(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	books := d.ask("GET", "/books", "", "", 200)
	checks, _ := books["keys"].(map[string]any)
	if books["currency"] != "CNY" {
		t.Errorf("%v", books)
	}
	if len(checks) != 2 || checks["pin"] == checks["seal"] {
		t.Errorf("%v", checks)
	}
	for name, check := range checks {
		if text, _ := check.(string); len(text) != 16 || strings.Contains(text, "7777") || strings.Contains(text, "5555") {
			t.Errorf("the check value of %s is %q", name, text)
		}
	}
}
