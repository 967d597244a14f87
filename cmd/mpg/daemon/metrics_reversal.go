package daemon

import (
	"context"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine"
	"mpg/engine/acquirer"
)

// reversalGauges returns the figures of what banks left open. A bank that is no
// longer configured counts under "others".
func reversalGauges(running *engine.Engine, banks []string) []gauge {
	s := running.Stats()
	list := []gauge{
		{"mpg_bank_late_approvals_total", "Approvals that came when nobody was waiting for them any more.", nil, true, count(s.LateApprovals.Load)},
		{"mpg_bank_disputes_total", "Times that a bank went back on a payment that stands paid.", nil, true, count(s.Disputes.Load)},
		{"mpg_bank_host_reversals_total", "Reversals initiated by banks.", nil, true, count(s.HostReversals.Load)},
		{"mpg_bank_stray_answers_total", "Answers of banks that match no request.", nil, true, count(s.StrayAnswers.Load)},
		{"mpg_bank_breaks_total", "Times that a bank failed so often that orders for it were refused.", nil, true, count(s.BankBreaks.Load)},
		{"mpg_bank_full_total", "Orders refused because a bank would have owed more than it may.", nil, true, count(s.BankFull.Load)},
	}
	for _, name := range append(slices.Clone(banks), otherBanks) {
		at := prometheus.Labels{"connector": name}
		read := func(of func(acquirer.Unsettled) float64) func() float64 {
			return func() float64 { return of(unsettled(running, banks, name)) }
		}
		if name != otherBanks {
			list = append(list, gauge{"mpg_totals_breaks_open", "Breaks between mpg and the bank that are still open.", at, false, func() float64 {
				count, _ := running.Banks().OpenBreaks()
				return float64(count[name])
			}}, gauge{"mpg_bank_owes_ratio", "What the bank owes, with what is on its way, as a share of the most that it may; 0: there is no limit.", at, false, func() float64 {
				share, err := running.Books().Owed(context.Background(), name)
				if err != nil {
					return 0
				}
				return share
			}}, gauge{"mpg_bank_refused", "Whether orders for the bank are refused because it is failing.", at, false, func() float64 { return flag(broken(running, name))() }})
		}
		list = append(list,
			gauge{"mpg_reversals_open", "Requests whose reversal the bank has not confirmed yet.", at, false, read(func(open acquirer.Unsettled) float64 { return float64(open.Reversing) })},
			gauge{"mpg_reversals_oldest_seconds", "Age of the oldest request whose reversal is not confirmed.", at, false, read(func(open acquirer.Unsettled) float64 { return open.Oldest.Seconds() })},
			gauge{"mpg_advices_open", "Requests that are repeated until the bank or biller answers.", at, false, read(func(open acquirer.Unsettled) float64 { return float64(open.Advising) })},
			gauge{"mpg_advices_oldest_seconds", "Age of the oldest request that is repeated until it is answered.", at, false, read(func(open acquirer.Unsettled) float64 { return open.OldAdvice.Seconds() })},
			gauge{"mpg_doubt_open", "Requests that somebody has to clear up with the bank.", at, false, read(func(open acquirer.Unsettled) float64 { return float64(open.Doubt) })},
			gauge{"mpg_doubt_oldest_seconds", "Age of the oldest request that somebody has to clear up.", at, false, read(func(open acquirer.Unsettled) float64 { return open.OldDoubt.Seconds() })})
	}
	return list
}

// otherBanks stands for banks that are no longer in the configuration.
const otherBanks = "others"

// unsettled returns what is open at the bank of that name, or at all that are not
// among the banks.
func unsettled(running *engine.Engine, banks []string, name string) acquirer.Unsettled {
	sum := acquirer.Unsettled{Bank: name}
	for _, u := range running.Banks().Unsettled() {
		known := slices.Contains(banks, u.Bank)
		if u.Bank == name || name == otherBanks && !known {
			sum.Reversing += u.Reversing
			sum.Advising += u.Advising
			sum.Doubt += u.Doubt
			sum.Oldest, sum.OldAdvice, sum.OldDoubt = max(sum.Oldest, u.Oldest), max(sum.OldAdvice, u.OldAdvice), max(sum.OldDoubt, u.OldDoubt)
		}
	}
	return sum
}

// broken returns a function that reports whether orders for a bank are refused.
func broken(running *engine.Engine, name string) func() bool {
	return func() bool {
		for _, one := range running.Banks().States() {
			if one.Bank == name {
				return one.Broken
			}
		}
		return false
	}
}
