package iso8583_test

import (
	"strings"
	"testing"

	"mpg/engine/bank/iso8583"
)

// TestAccountElement goes through all types of transactions: debits name the account in
// DE102, credits in DE103, and the others say nothing. ISO 8583:1987 DE3
func TestAccountElement(t *testing.T) {
	t.Parallel()
	digits := func(i int) string { return string([]byte{byte('0' + i/10), byte('0' + i%10)}) }
	for kind := range 100 {
		for _, accounts := range []string{"0000", "1020"} {
			code := digits(kind) + accounts
			want := iso8583.DE(0)
			switch {
			case kind < 20:
				want = 102
			case kind < 30:
				want = 103
			}
			if got, known := iso8583.AccountElement(code); got != want || known != (want != 0) {
				t.Errorf("%s: DE%d, %v; want DE%d", code, got, known, want)
			}
		}
	}
	for _, code := range []string{"", "0", "00", "00000", "0000000", "2100 0", "21000x", "-10000", "２１００００"} {
		if got, known := iso8583.AccountElement(code); known || got != 0 {
			t.Errorf("%q is taken for a processing code: DE%d", code, got)
		}
	}
}

// TestAccount finds the account of a message where its processing code says, and nowhere
// else.
func TestAccount(t *testing.T) {
	t.Parallel()
	const from, to = "6222000000000001", "6222000000000002"
	for _, tt := range []struct {
		processing string
		from, to   string
		want       string
	}{
		{"000000", from, "", from},
		{"000000", from, to, from},
		{"000000", "", to, ""},
		{"210000", "", to, to},
		{"210000", from, to, to},
		{"210000", from, "", ""},
		{"200000", "", to, to},
		{"200000", from, "", ""},
		{"", from, "", from},
		{"", "", to, to},
		{"", from, to, from},
		{"310000", "", to, to},
		{"", "", "", ""},
	} {
		m := iso8583.New(iso8583.FinancialRequest)
		m.Set(iso8583.DEProcessingCode, tt.processing)
		m.Set(iso8583.DEAccount, tt.from)
		m.Set(iso8583.DEToAccount, tt.to)
		if got := m.Account(); got != tt.want {
			t.Errorf("code %q, DE102 %q, DE103 %q: account %q, want %q", tt.processing, tt.from, tt.to, got, tt.want)
		}
	}
}

// TestCreditNamesItsAccountOnce holds that no message of a credit, from the request to
// the answer to its reversal, has the account in the element of a debit, and the other
// way round.
func TestCreditNamesItsAccountOnce(t *testing.T) {
	t.Parallel()
	for processing, holder := range map[string]iso8583.DE{
		"": iso8583.DEAccount, iso8583.PurchaseFromAccount: iso8583.DEAccount,
		iso8583.ReturnToAccount: iso8583.DEToAccount, iso8583.DepositToAccount: iso8583.DEToAccount,
	} {
		transaction := florist()
		transaction.Processing = processing
		request := transaction.Request()
		reversal := iso8583.Reversal(request, transaction.At, true, iso8583.TooLate)
		for _, m := range []*iso8583.Message{request, request.Answer("00"), reversal, reversal.Answer("00")} {
			packed, err := dialect(t).Pack(m)
			if err != nil {
				t.Fatal(err)
			}
			if n := strings.Count(string(packed), transaction.Account); n != 1 || m.Get(holder) != transaction.Account || m.Account() != transaction.Account {
				t.Errorf("code %q: %s holds the account %d times, DE%d is %q", processing, m.MTI, n, holder, m.Get(holder))
			}
		}
	}
}
