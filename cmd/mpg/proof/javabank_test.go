package proof

import (
	"context"
	"errors"
	"testing"
	"time"

	connector "mpg/engine/bank"
	"mpg/engine/bank/host"
	"mpg/store/money"
)

// TestForeignBankBooksEachKind asks a bank on jPOS to debit, to credit and to refund,
// while it answers, keeps silent, and declines. It finds the account where its own tables
// say, and at the end its book and ours are equal.
func TestForeignBankBooksEachKind(t *testing.T) {
	t.Parallel()
	if !*soakFlag {
		t.Skip("NO FOREIGN BANK IS ASKED: make soak-peers")
	}
	const account, nobody = "6222020000000001", "6222020000000009"
	addr := freeTCP(t)
	peer := startJava(t, "Bank", nil, port(addr))
	peer.tell("open %s %d", account, bankFunds)
	link := linkTo(t, addr, connector.MAC{})
	eventually(t, bankMax, "the link to sign on", link.Up)

	currency, _ := money.Lookup("CNY")
	wants := map[host.Outcome]int{}
	stan, told := uint32(0), 1 // it was told to open the account
	for kind, outcomes := range map[connector.Kind][2]host.Outcome{
		connector.Debit: {host.Debited, host.Restored}, connector.Credit: {host.Credited, host.Recalled}, connector.Refund: {host.Credited, host.Recalled},
	} {
		ask := func(account string) (connector.Packed, connector.Reply, error) {
			stan++
			now := time.Now()
			packed, err := link.Prepare(connector.Request{Kind: kind, STAN: stan, RRN: connector.RRN(now.UTC(), uint64(stan)), At: now,
				Account: account, Amount: 12850, Currency: currency, Merchant: "8001", Ref: "K7QH2M9X"})
			if err != nil {
				t.Fatal(err)
			}
			reply, err := link.Authorize(t.Context(), packed)
			return packed, reply, err
		}
		if _, reply, err := ask(account); err != nil || !reply.Approved || reply.AuthID == "" {
			t.Errorf("%s: got %+v, %v", kind, reply, err)
		}
		if _, reply, err := ask(nobody); err != nil || reply.Reason != connector.Account {
			t.Errorf("%s of no account: got %+v, %v", kind, reply, err)
		}
		peer.tell("next silent")
		told++
		eventually(t, javaMax, "the bank to take the command", func() bool { return len(peer.said("told")) == told })
		packed, _, err := ask(account)
		if !errors.Is(err, connector.ErrUnknown) {
			t.Errorf("%s without an answer: %v", kind, err)
		}
		for try := range 2 {
			if undo, err := link.Reverse(t.Context(), packed, try > 0); err != nil || undo.Outcome != connector.UndoDone {
				t.Errorf("%s reversed: %+v, %v", kind, undo, err)
			}
		}
		wants[outcomes[0]] += 2
		wants[outcomes[1]]++
	}
	for outcome, want := range wants {
		if got := peer.said(string(outcome)); len(got) != want {
			t.Errorf("%s %d times, want %d: %q", outcome, len(got), want, got)
		}
	}
	if failed := append(peer.said("failed"), peer.said("unknown")...); len(failed) > 0 {
		t.Errorf("the bank: %q", failed)
	}
}

// linkTo runs a link to the bank at addr until the test ends. It waits ten seconds for each
// answer.
func linkTo(t *testing.T, addr string, mac connector.MAC) *connector.Link {
	t.Helper()
	link, err := connector.Open(connector.Config{Name: bankName, Addr: addr, MAC: mac, Timeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- link.Run(context.Background()) }()
	t.Cleanup(func() {
		if err := errors.Join(link.Close(), <-ran); err != nil {
			t.Error(err)
		}
	})
	return link
}
