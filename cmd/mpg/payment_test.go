package main

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/api"
)

// TestNoRowIsEmpty: what is not known of a thing is not shown, instead of its name alone.
func TestNoRowIsEmpty(t *testing.T) {
	t.Parallel()
	for name, print := range map[string]func(out io.Writer){
		"payment": func(out io.Writer) {
			paymentRows(out, api.PaymentStory{PaymentView: admin.PaymentView{Ref: "B2HLGHUA", Product: "refund", State: "done", Payer: "8001", Payee: "+8613800000001", Amount: "5.00", Currency: "CNY", OriginView: admin.OriginView{Of: "7474HUTE"}}})
		},
		"shop": func(out io.Writer) {
			printMerchant(out, admin.MerchantView{Code: "8001", Name: "FLORIST", Created: "2026-11-29T12:00:00Z"})
		},
		"subscriber": func(out io.Writer) {
			printUser(out, admin.UserView{Number: "+8613800000001", State: "active", Created: "2026-11-29T12:00:00Z"})
		},
		"approval": func(out io.Writer) {
			printApproval(out, admin.ApprovalView{Approval: "MNQRS2X", State: "waiting", Command: "purse topup", Made: "2026-11-29T12:00:00Z", Until: "2026-11-29T12:00:00Z"})
		},
	} {
		var out bytes.Buffer
		print(&out)
		for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n") {
			if _, said, _ := strings.Cut(line, "\t"); strings.TrimSpace(said) == "" {
				t.Errorf("%s: %q says nothing", name, line)
			}
		}
	}
}

// TestBothPartsAreShown of a payment of which a card paid a part; one from a single source has
// no parts.
func TestBothPartsAreShown(t *testing.T) {
	t.Parallel()
	both := admin.FeeView{ByCard: "100.00", ByPurse: "28.50"}
	for want, p := range map[string]admin.PaymentView{
		"100.00 by card, 28.50 from the purse":   {Product: "mcredit", FeeView: both},
		"100.00 to the card, 28.50 to the purse": {Product: "refund", FeeView: both},
		"":                                       {Product: "mcredit"},
	} {
		var out strings.Builder
		paymentRows(&out, api.PaymentStory{PaymentView: p})
		if _, parts, _ := strings.Cut(out.String(), "of which"); !strings.Contains(parts, want) || (parts == "") != (want == "") {
			t.Errorf("shown as %q, want %q", out.String(), want)
		}
	}
}

// TestClaimLine: what waits says until when, and what has ended says by which payment.
func TestClaimLine(t *testing.T) {
	t.Parallel()
	for want, c := range map[string]admin.ClaimView{
		"open until " + seconds("2026-11-29T12:00:00Z"): {State: "open", Until: "2026-11-29T12:00:00Z"},
		"paid by 7474HUTE":     {State: "paid", Until: "2026-11-29T12:00:00Z", By: "7474HUTE"},
		"returned by 7474HUTE": {State: "returned", Until: "2026-11-29T12:00:00Z", By: "7474HUTE"},
		"kept: the payer's purse is closed; mpg purse unclaimed":             {State: "kept"},
		"kept, since the payer's purse was closed, and paid out by 7474HUTE": {By: "7474HUTE", State: "kept", Until: "2026-11-29T12:00:00Z"},
	} {
		if got := claimLine(&c); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestResult: what became of a payment is said once, and what was taken back is marked.
func TestResult(t *testing.T) {
	t.Parallel()
	for want, p := range map[string]admin.PaymentView{
		"paid":                    {State: "done", Outcome: "paid", Reason: "paid"},
		"not paid: locked":        {State: "done", Outcome: "not paid", Reason: "locked"},
		"waiting: line busy":      {State: "waiting", Reason: "line busy"},
		"calling":                 {State: "calling"},
		"unclaimed":               {State: "done", Outcome: "unclaimed", Reason: "paid"},
		"returned":                {State: "done", Outcome: "returned", Reason: "paid"},
		"doubt: in doubt":         {State: "doubt", Reason: "in doubt"},
		"paid, taken back":        {Product: "topup", State: "done", Outcome: "paid", Reason: "paid", Amount: "5.00", OriginView: admin.OriginView{Returned: "5.00"}},
		"paid, 2.00 taken back":   {Product: "topup", State: "done", Outcome: "paid", Reason: "paid", Amount: "5.00", OriginView: admin.OriginView{Returned: "2.00"}},
		"paid, 3.00 refunded":     {Product: "mpurse", State: "done", Outcome: "paid", Reason: "paid", Amount: "5.00", OriginView: admin.OriginView{Returned: "3.00"}},
		"paid, 5.00 charged back": {Product: "mcredit", State: "done", Outcome: "paid", Reason: "paid", Amount: "5.00", OriginView: admin.OriginView{Returned: "5.00", Charged: "5.00"}},
		"paid, 5.00 given back, of which 2.00 charged back": {Product: "mcredit", State: "done", Outcome: "paid", Reason: "paid", Amount: "5.00", OriginView: admin.OriginView{Returned: "5.00", Charged: "2.00"}},
		"paid, refunds B2HL GHUA":                           {Product: "refund", State: "done", Outcome: "paid", Reason: "paid", OriginView: admin.OriginView{Of: "B2HL GHUA"}},
		"paid, takes back B2HL GHUA":                        {State: "done", Outcome: "paid", Reason: "paid", OriginView: admin.OriginView{Of: "B2HL GHUA"}},
		"reversing: wrong pin":                              {State: "reversing", Reason: "wrong pin"},
		"not paid: not me elsewhere":                        {State: "done", Outcome: "not paid", Reason: "not me elsewhere"},
	} {
		if got := result(p); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
