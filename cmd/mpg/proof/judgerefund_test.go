package proof

import (
	"slices"
	"strings"

	"mpg/store/money"
)

// refunds: each that a command has said is made is in the ledger, once, and the customer and
// the shop were told where the money has gone. Together they never exceed what was paid.
func (j *judgement) refunds() {
	made := map[*refund][]*payment{}
	for of, all := range j.refunded {
		first := j.byRef[of]
		for _, p := range all {
			i := slices.IndexFunc(j.Refunds, func(r *refund) bool {
				return r.Of == of && r.product() == p.Product && j.currency.Format(r.Amount) == p.Amount
			})
			if i < 0 || first == nil || first.Outcome != "paid" {
				j.fault("refund %s of %s was never ordered, or what it refunds was never paid", p.Ref, p.Amount)
				continue
			}
			r := j.Refunds[i]
			made[r] = append(made[r], p)
			if p.Payer != r.Shop || p.Payee != r.To && r.Issuer == "" || first.Payee != r.Shop || first.Payer != r.To {
				j.fault("refund %s is from %s to %s, and was ordered from %s to %s", p.Ref, p.Payer, p.Payee, r.Shop, r.To)
			}
			if r.Issuer == "" {
				j.refundTold(p)
			} else if phone := j.phone(r.Shop); phone != "" {
				j.receipt(p, j.told[p.Ref][saidChargedBack], phone, r.Amount, 0)
			}
		}
	}
	for _, r := range j.Refunds {
		if n := len(made[r]); n > 1 || n == 0 && r.Done {
			j.fault("the refund of %s of %s was made %d times, a command has said that it is: %t", j.currency.Format(r.Amount), r.Of, n, r.Done)
		}
	}
}

// product is what the ledger calls r.
func (r *refund) product() string {
	if r.Issuer != "" {
		return "chargeback"
	}
	return "refund"
}

// refundTold: both sides of a refund were told what has become of it.
func (j *judgement) refundTold(p *payment) {
	told, sum := j.told[p.Ref], j.sum(p.Amount)
	purse, bank := told[saidRefundPurse], slices.Concat(told[saidRefundBank], told[saidRefundSplit], told[saidRefundClosed])
	switch {
	case p.State != "done":
	case p.paid() && p.Request != nil && j.toBank(p) < sum:
		j.splitBack(p, told)
	case p.paid() && p.Request != nil:
		j.receipt(p, told[saidRefundBank], p.Payee, sum, 0)
		if len(purse) > 0 {
			j.fault("refund %s went to the bank, and %s was told %q", p.Ref, p.Payee, purse[0].Text)
		}
	case p.paid(), p.Outcome == "returned":
		j.receipt(p, purse, p.Payee, sum, 0)
		if len(bank) > 0 {
			j.fault("refund %s went to the purse, and %s was told %q", p.Ref, p.Payee, bank[0].Text)
		}
	default:
		for _, receipt := range slices.Concat(purse, bank, told[saidRefunded]) {
			j.fault("refund %s was not made (%s), and %s was told %q", p.Ref, p.Reason, receipt.To, receipt.Text)
		}
	}
	if phone := j.phone(p.Payer); phone != "" && (p.paid() || p.Outcome == "returned") {
		j.receipt(p, told[saidRefunded], phone, sum, 0)
	}
}

// sum is an amount of the ledger as a number.
func (j *judgement) sum(amount string) money.Amount {
	sum, err := j.currency.Parse(amount)
	if err != nil {
		j.fault("the ledger has an amount of %q", amount)
	}
	return sum
}

// paidBack adds what moves by the text that tells a customer of a refund: the shop has paid,
// and where the tariff says so, whoever got the fee has paid a part of it.
func (j *judgement) paidBack(want map[string]money.Amount, ref string, told map[said][]text) {
	for _, says := range []said{saidRefundPurse, saidRefundBank, saidRefundSplit} {
		for _, receipt := range told[says][:min(1, len(told[says]))] {
			i := slices.IndexFunc(j.Refunds, func(r *refund) bool {
				return r.To == receipt.To && strings.Contains(receipt.Text, r.Of) && names(receipt.Text, j.currency.Format(r.Amount))
			})
			if i < 0 {
				j.fault("a receipt of %s names no refund that was ordered: %q", ref, receipt.Text)
				continue
			}
			r := j.Refunds[i]
			toBank := map[said]money.Amount{saidRefundBank: r.Amount, saidRefundSplit: j.toBank(j.byRef[ref])}[says]
			if want["purse:"+r.To] += r.Amount - toBank; toBank > 0 {
				want[j.claimOf(r)+j.Banks[r.To]] -= toBank
			}
			fee := j.returnedFee(r)
			want["merchant:"+r.Shop] -= r.Amount - fee
			want["fees"] -= fee
		}
	}
}

// chargedBack adds what moves by the text that tells a shop of a chargeback, and returns it.
func (j *judgement) chargedBack(want map[string]money.Amount, ref string, told map[said][]text) (sum money.Amount) {
	for _, receipt := range told[saidChargedBack][:min(1, len(told[saidChargedBack]))] {
		i := slices.IndexFunc(j.Refunds, func(r *refund) bool {
			return r.Issuer != "" && strings.Contains(receipt.Text, r.Of) && names(receipt.Text, j.currency.Format(r.Amount))
		})
		if i < 0 {
			j.fault("a text of %s names no chargeback that was ordered: %q", ref, receipt.Text)
			continue
		}
		r := j.Refunds[i]
		want["merchant:"+r.Shop] -= r.Amount
		want["card:"+r.Issuer] -= r.Amount
		sum += r.Amount
	}
	return sum
}

// owed moves what a shop owes, since its account did not hold it, from there to that account.
func (j *judgement) owed(want map[string]money.Amount) {
	for _, a := range j.Books.Owed {
		sum := j.sum(a.Posted)
		want[a.Account] += sum
		want["merchant:"+strings.TrimPrefix(a.Account, "receivable:")] += sum
	}
}

// claimOf is the kind of account of what the bank owes us that r lessens.
func (j *judgement) claimOf(r *refund) string {
	if first := j.byRef[r.Of]; first != nil && j.bySum[first.Amount] != nil {
		return j.bySum[first.Amount].claim()
	}
	return "bank:"
}

// returnedFee is the part of r that comes out of the fee: by tariffFile, that of payments from
// a purse to a shop is returned.
func (j *judgement) returnedFee(r *refund) money.Amount {
	first := j.byRef[r.Of]
	if first == nil || first.Product != "mpurse" {
		return 0
	}
	o := j.bySum[first.Amount]
	if o == nil {
		return 0
	}
	_, fees := o.end()
	return fees.Payer * r.Amount / o.final()
}

// codeTooMuch is a bank's answer to a refund of more than it has taken, or has left of it.
const codeTooMuch = "13"

// refundsAtBank: for each refund the bank has paid what went to the account, and it was never
// asked for more than it could pay back.
func (j *judgement) refundsAtBank() {
	for _, all := range j.refunded {
		for _, p := range all {
			if p.Request != nil && p.Request.Code == codeTooMuch {
				j.fault("for the refund %s the bank was asked for more than it has taken", p.Ref)
			}
			gives, amount := j.gives(p), j.currency.Format(j.toBank(p))
			if gave := j.given[movement{p.Payee, amount}]; gave != gives || j.given[movement{amount: amount}] != gives {
				j.fault("for the refund %s to %s the bank paid %s, and %s was to be paid", p.Ref, p.Payee, j.currency.Format(gave), j.currency.Format(gives))
			}
		}
	}
}
