package proof

import (
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	connector "mpg/engine/bank"
	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/keyring"
	"mpg/store/money"
)

// javaMAC is how a bank on jPOS and mpg authenticate their messages, as mpg.toml has it.
type javaMAC struct {
	algorithm       string
	padding, octets int
}

// javaMACs are the ways that the bank on jPOS knows, made there by Bouncy Castle.
func javaMACs() []javaMAC {
	return []javaMAC{{"x9.19", 1, 8}, {"x9.19", 2, 4}, {"aes-cmac", 1, 8}}
}

// The halves of the key that both share: it is the exclusive or of them, and of no bank.
const (
	javaHalf  = "404142434445464748494A4B4C4D4E4F"
	javaOther = "B0A1A2A3A4A5A6A7A8A9AAABACADAEAF"
)

// key returns the whole key, for the bank.
func (m javaMAC) key(t *testing.T) string {
	t.Helper()
	one, err1 := hex.DecodeString(javaHalf)
	other, err2 := hex.DecodeString(javaOther)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	for i := range one {
		one[i] ^= other[i]
	}
	return hex.EncodeToString(one)
}

// args are those of the bank.
func (m javaMAC) args(t *testing.T, addr string) []string {
	t.Helper()
	return []string{port(addr), m.algorithm, m.key(t), fmt.Sprint(m.padding), fmt.Sprint(m.octets)}
}

// enter makes a key file as two people do.
func (m javaMAC) enter(t *testing.T, path string, halves ...string) {
	t.Helper()
	cipher := cbcmac.CipherOf(cbcmac.Algorithm(m.algorithm))
	for i, half := range halves {
		secret, err := hex.DecodeString(half)
		if err != nil {
			t.Fatal(err)
		}
		check, err := cbcmac.CheckValue(cipher, secret)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := keyring.Enter(path, time.Now(), keyring.Entry{Slot: keyring.MACKey, Cipher: cipher, Component: half, Check: check, By: []string{"Li", "Wang"}[i]}); err != nil {
			t.Fatal(err)
		}
	}
}

// config is the link's.
func (m javaMAC) config(t *testing.T, halves ...string) connector.MAC {
	t.Helper()
	path := filepath.Join(t.TempDir(), "bank.key")
	m.enter(t, path, halves...)
	ring, err := keyring.Open(keyring.Config{Path: path, Algorithm: cbcmac.Algorithm(m.algorithm), Padding: cbcmac.Padding(m.padding)})
	if err != nil {
		t.Fatal(err)
	}
	return connector.MAC{Keys: ring, Octets: m.octets, On: []connector.MACClass{connector.MACAuthorization, connector.MACFinancial, connector.MACReversal}}
}

// TestForeignBankChecksMACs: a bank on jPOS verifies by Bouncy Castle the MAC of every message
// that we send, and we those of its answers: debits, what is held, taken and released,
// repeats and reversals. A message with a wrong MAC is as if it had never come, on both sides.
func TestForeignBankChecksMACs(t *testing.T) {
	t.Parallel()
	if !*soakFlag {
		t.Skip("NO FOREIGN BANK IS ASKED: make soak-peers")
	}
	const account = "6222020000000001"
	for _, m := range javaMACs() {
		t.Run(fmt.Sprintf("%s-%d-%d", m.algorithm, m.padding, m.octets), func(t *testing.T) {
			t.Parallel()
			addr := freeTCP(t)
			peer := startJava(t, "Bank", nil, m.args(t, addr)...)
			peer.tell("open %s %d", account, bankFunds)
			f := &foreign{T: t, peer: peer, account: account, told: 1, link: linkTo(t, addr, m.config(t, javaHalf, javaOther))}
			eventually(t, bankMax, "the link to sign on", f.link.Up)
			f.eachKind()
			if wrong := peer.said("unauthentic"); len(wrong) > 0 {
				t.Errorf("the bank could not verify %q", wrong)
			}
			const least = 9
			checked := 0
			for _, line := range peer.said("authentic") {
				if !strings.HasPrefix(line, "authentic 08") {
					checked++
				}
			}
			if stats := f.link.Stats(); checked < least || stats.MAC["missing"]+stats.MAC["wrong"] != 0 {
				t.Errorf("the bank verified %d messages; of its own, %v", checked, stats.MAC)
			}
			t.Logf("%s: the bank verified %d messages of ours, and we %d answers of its own", m.algorithm, checked, len(peer.said("answered")))
			f.spoilt()
			f.link = linkTo(t, addr, m.config(t, javaHalf, javaHalf[:30]+"00"))
			eventually(t, bankMax, "the link with another key to sign on", f.link.Up)
			if _, _, err := f.ask(connector.Debit, 100, nil); !errors.Is(err, connector.ErrUnknown) {
				t.Errorf("with another key: %v", err)
			}
			f.says("unauthentic", 1)
		})
	}
}

// foreign asks a bank on jPOS.
type foreign struct {
	*testing.T
	peer    *javaPeer
	link    *connector.Link
	account string
	stan    uint32
	told    int // commands
}

// ask asks for an amount; change may change the request.
func (f *foreign) ask(kind connector.Kind, amount money.Amount, change func(*connector.Request)) (connector.Packed, connector.Reply, error) {
	f.Helper()
	f.stan++
	currency, _ := money.Lookup("CNY")
	now := time.Now()
	r := connector.Request{Kind: kind, STAN: f.stan, RRN: connector.RRN(now.UTC(), uint64(f.stan)), At: now, Account: f.account, Amount: amount, Currency: currency, Merchant: "8001", Ref: "K7QH2M9X"}
	if change != nil {
		change(&r)
	}
	packed, err := f.link.Prepare(r)
	if err != nil {
		f.Fatal(err)
	}
	if kind == connector.Completion {
		return packed, connector.Reply{}, nil
	}
	reply, err := f.link.Authorize(f.Context(), packed)
	return packed, reply, err
}

// tell gives the bank a command, and waits until it is taken.
func (f *foreign) tell(command string) {
	f.Helper()
	f.peer.tell("%s", command)
	f.told++
	eventually(f.T, javaMax, "the bank to take the command", func() bool { return len(f.peer.said("told")) == f.told })
}

// eachKind asks for everything once, and undoes what can be undone.
func (f *foreign) eachKind() {
	f.Helper()
	for _, kind := range []connector.Kind{connector.Debit, connector.Credit, connector.Refund} {
		packed, reply, err := f.ask(kind, 12850, nil)
		if err != nil || !reply.Approved {
			f.Errorf("%s: %+v, %v", kind, reply, err)
		}
		for _, repeat := range []bool{false, true} {
			if undo, err := f.link.Reverse(f.Context(), packed, repeat); err != nil || undo.Outcome != connector.UndoDone {
				f.Errorf("%s reversed: %+v, %v", kind, undo, err)
			}
		}
	}
	for i, card := range []bool{false, true} {
		auth, reply, err := f.ask(connector.PreAuth, 9000, func(r *connector.Request) { r.Card = card })
		if err != nil || !reply.Approved {
			f.Errorf("set aside: %+v, %v", reply, err)
		}
		taken, _, _ := f.ask(connector.Completion, 7000, func(r *connector.Request) { r.Of, r.AuthID, r.Card = auth, reply.AuthID, card })
		for _, repeat := range []bool{false, true} {
			if got, err := f.link.Advise(f.Context(), taken, repeat); err != nil || !got.Approved {
				f.Errorf("taken: %+v, %v", got, err)
			}
		}
		if lines := f.says("taken", i+1); !strings.HasSuffix(lines[i], " 7000") {
			f.Errorf("the bank took %q", lines)
		}
	}
	released, _, err := f.ask(connector.PreAuth, 500, nil)
	if undo, odd := f.link.Reverse(f.Context(), released, false); err != nil || odd != nil || undo.Outcome != connector.UndoDone {
		f.Errorf("released: %+v, %v, %v", undo, err, odd)
	}
	f.says("released", 1)
}

// says waits until the bank has said so many lines with that word, and returns them. It prints
// them by itself, and so perhaps after we have its answer.
func (f *foreign) says(word string, count int) []string {
	f.Helper()
	eventually(f.T, javaMax, fmt.Sprintf("%d times %s", count, word), func() bool { return len(f.peer.said(word)) >= count })
	lines := f.peer.said(word)
	if len(lines) != count {
		f.Errorf("%s: %q, want %d", word, lines, count)
	}
	return lines
}

// spoilt has the bank answer with a wrong MAC, which we must not believe.
func (f *foreign) spoilt() {
	f.Helper()
	f.tell("next spoil")
	packed, reply, err := f.ask(connector.Debit, 4200, nil)
	if !errors.Is(err, connector.ErrUnknown) || f.link.Stats().MAC["wrong"] != 1 {
		f.Errorf("an answer with a wrong MAC: %+v, %v, %v", reply, err, f.link.Stats().MAC)
	}
	if undo, err := f.link.Reverse(f.Context(), packed, false); err != nil || undo.Outcome != connector.UndoDone {
		f.Errorf("and reversed: %+v, %v", undo, err)
	}
}

// TestForeignIssuer: a card order goes through an issuer on jPOS that wants MACs: it knows the
// token, holds the amount, and takes it.
func TestForeignIssuer(t *testing.T) {
	t.Parallel()
	if !*soakFlag {
		t.Skip("NO FOREIGN BANK IS ASKED: make soak-peers")
	}
	m := javaMAC{"x9.19", 2, 8}
	keys := filepath.Join(t.TempDir(), "bank-icbc.key")
	m.enter(t, keys, javaHalf, javaOther)
	w := newJavaWorldWith(t, func(s *settings) {
		s.bankTimeout = 10 * time.Second // the issuer may need it for its first message
		s.bankKeys = fmt.Sprintf("mac = %q\nmac_padding = %d\nmac_octets = %d\nkey_file = %q", m.algorithm, m.padding, m.octets, keys)
	}, func(addr string) []string { return m.args(t, addr) })
	p := w.people[0]
	w.javaBank.tell("open %s %d", p.Token, bankFunds)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the issuer: %s", strings.Join(w.javaBank.said(""), "; "))
		}
	})
	w.op.must(t, "", "card", "add", p.Number, "--issuer", p.Bank, "--token", p.Token, "--last4", "1111", "--expires", "2099-12", "--holder", "SOMEBODY", "--scheme", "visa")
	o := w.order(cardAtOnce, p, w.shops[0].Code, 12_345)
	w.put(o)
	eventually(t, bankMax, "the card order to be paid", func() bool {
		at := w.paymentOf(o)
		return at != nil && at.State == "done" && at.Reason == "paid"
	})
	for _, want := range []string{"held", "taken"} {
		eventually(t, javaMax, "the issuer to say "+want, func() bool { return len(w.javaBank.said(want)) > 0 })
		if lines := w.javaBank.said(want); len(lines) != 1 || !strings.Contains(lines[0], p.Token+" 12345") {
			t.Errorf("%s: %q", want, lines)
		}
	}
	if wrong := append(w.javaBank.said("unauthentic"), w.javaBank.said("failed")...); len(wrong) > 0 {
		t.Errorf("the issuer: %q", wrong)
	}
	t.Logf("the issuer: %s", strings.Join(w.javaBank.said(""), "; "))
}
