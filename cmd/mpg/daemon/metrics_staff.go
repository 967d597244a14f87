package daemon

import (
	"context"
	"math"

	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine"
	"mpg/engine/admin"
)

// staffGauges returns the counts of logins of staff, and whether there are two people for
// what takes two.
func staffGauges(of *engine.Engine) []gauge {
	c, approvals := &of.Admin().Staff.Counts, of.Admin().Approvals
	const logins, help = "mpg_logins_total", "Logins of staff, by result; throttled: too soon after wrong passwords."
	two := func(of func(now admin.TwoPeople) float64) func() float64 {
		return func() float64 {
			now, err := approvals.TwoPeople(context.Background())
			if err != nil {
				return math.NaN()
			}
			return of(now)
		}
	}
	const alone, aloneHelp = "mpg_staff_changed_alone", "Members of staff whom one person blocked alone, or root recovered, in the last week."
	return []gauge{
		{"mpg_two_people_in_force", "1 once there is staff, so that commands that take two people need the second one.", nil, false, two(func(now admin.TwoPeople) float64 { return oneIf(now.InForce) })},
		{"mpg_two_people_possible", "1 if every command that takes two people can be given and approved now.", nil, false,
			two(func(now admin.TwoPeople) float64 { return oneIf(now.Possible) })},
		{alone, aloneHelp, prometheus.Labels{"change": "block"}, false, two(func(now admin.TwoPeople) float64 { return float64(len(now.Blocked)) })},
		{alone, aloneHelp, prometheus.Labels{"change": "recover"}, false, two(func(now admin.TwoPeople) float64 { return float64(len(now.Recovered)) })},
		{logins, help, prometheus.Labels{"result": "done"}, true, count(c.LoggedIn.Load)},
		{logins, help, prometheus.Labels{"result": "refused"}, true, count(c.Refused.Load)},
		{logins, help, prometheus.Labels{"result": "throttled"}, true, count(c.Throttled.Load)},
		{"mpg_tokens_refused_total", "Commands refused because their login had ended, or was another user's or made up.", nil, true, count(c.TokensRefused.Load)},
	}
}

// oneIf returns 1 for true and 0 for false.
func oneIf(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
