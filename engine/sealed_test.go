package engine_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/bank"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/store"
	"mpg/store/bolt"
)

// TestAccountNumbersAreSealed: after a payment from a bank account, no account
// number stands in the file of the books, journal included, nor in a view.
func TestAccountNumbersAreSealed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.reply = bank.Reply{Approved: true, Code: "00"} })
	const ofShop = "9558801001234567890"
	_, err := w.e.Admin().AddMerchant(context.Background(), admin.Command{Key: "m2"},
		admin.NewMerchant{Code: "8002", Name: lang.Name{EN: "TEA HOUSE"}, Bank: "icbc", BankAccount: ofShop})
	if err != nil {
		t.Fatal(err)
	}
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8002 45 BANK")
	w.expect(wang, "45.00")
	if got := w.bank.requests()[0].Account; got != "6222020200001" {
		t.Errorf("the bank was asked of account %q", got)
	}
	views := w.viewsOfAll()
	if !strings.Contains(views, `"bank_account":"****0001"`) || !strings.Contains(views, `"bank_account":"****7890"`) {
		t.Errorf("the views do not show masked accounts: %s", views)
	}
	w.restart() // all is in the checkpoint and in the journal
	file := w.allBytes()
	if !bytes.Contains(file, []byte("****0001")) {
		t.Error("the search finds nothing that is there")
	}
	for _, account := range []string{"6222020200001", ofShop} {
		for name, form := range map[string]string{"clear": account, "hex": hex.EncodeToString([]byte(account)),
			"base64": strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(account)), "=")} {
			if n := bytes.Count(file, []byte(form)) + strings.Count(views, form); n > 0 {
				t.Errorf("account number in %s: %d times", name, n)
			}
		}
	}
}

// TestDigestsAreKeyed: nobody can compute the digests that recognise repeated
// commands by trying all account numbers.
func TestDigestsAreKeyed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	body := fmt.Sprintf("add user %q %q %q %q %q %q", wang, "Wang Fang", "王芳", "en", "icbc", "6222020200001")
	plain := sha256.Sum256(fmt.Appendf(nil, "%d:%s", len(body), body))
	p, _ := pin.Read([]byte(pinOne))
	again := admin.NewUser{Phone: wang, Name: lang.Name{EN: "Wang Fang", ZH: "王芳"}, Lang: lang.EN, PIN: &p, Bank: "icbc", BankAccount: "6222020200001"}
	if _, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: "u1"}, again); err != nil {
		t.Errorf("the same command is not known again: %v", err)
	}
	again.BankAccount = "6222020200002"
	if _, err := w.e.Admin().AddUser(context.Background(), admin.Command{Key: "u1"}, again); !errors.Is(err, admin.ErrKeyBody) {
		t.Errorf("another account under the same key: %v", err)
	}
	w.restart()
	file := w.allBytes()
	if bytes.Contains(file, plain[:16]) || bytes.Contains(file, []byte(hex.EncodeToString(plain[:16]))) {
		t.Error("a plain hash of a text with an account number is kept")
	}
}

// allBytes returns the file of the books, followed by what its journal holds: that is
// compressed, so a search of the file alone would find nothing in it.
func (w *world) allBytes() []byte {
	w.t.Helper()
	all, err := os.ReadFile(filepath.Join(w.dir, bolt.FileName))
	if err != nil {
		w.t.Fatal(err)
	}
	for e, err := range w.store.(store.Journal).Records(w.t.Context(), 1) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(append(all, e.ID[:]...), e.Fingerprint[:]...)
		if e.Dedup != nil {
			all = append(all, e.Dedup.Digest[:]...)
		}
		for i := range e.Writes {
			all = append(append(all, e.Writes[i].Key...), e.Writes[i].Data...)
		}
		for i := range e.Rows {
			all = append(all, e.Rows[i].Data...)
		}
	}
	return all
}

// viewsOfAll returns everything that views show of all users and merchants.
func (w *world) viewsOfAll() string {
	w.t.Helper()
	var all []any
	for u, err := range w.e.Admin().Users(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, u)
	}
	for p, err := range w.e.Admin().Payments(w.t.Context()) {
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, p)
	}
	again, err := w.e.Admin().AddMerchant(context.Background(), admin.Command{Key: "m2"},
		admin.NewMerchant{Code: "8002", Name: lang.Name{EN: "TEA HOUSE"}, Bank: "icbc", BankAccount: "9558801001234567890"})
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := json.Marshal(append(all, again))
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// TestSealedAccountOfAReversal: after a restart a reversal names the account that
// was asked.
func TestSealedAccountOfAReversal(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bank.set(func() { w.bank.err, w.bank.stubborn = bank.ErrUnknown, 1 })
	w.answers(wang, phone{keys: []string{pinOne}})
	w.text(wang, "PAY 8001 45 BANK")
	w.expect(wang, "being checked", "45.00")
	w.restart()
	w.bank.set(func() { w.bank.stubborn = 0 })
	w.expect(wang, "not paid")
	w.bank.mu.Lock()
	defer w.bank.mu.Unlock()
	for _, r := range w.bank.undone {
		if r.Account != "6222020200001" {
			t.Errorf("the bank was to undo a debit of account %q", r.Account)
		}
	}
}
