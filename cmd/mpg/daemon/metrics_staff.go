package daemon

import (
	"github.com/prometheus/client_golang/prometheus"

	"mpg/engine"
)

// staffGauges returns the counts of logins of staff.
func staffGauges(of *engine.Engine) []gauge {
	c := &of.Admin().Staff.Counts
	const logins, help = "mpg_logins_total", "Logins of staff, by result; throttled: too soon after wrong passwords."
	return []gauge{
		{logins, help, prometheus.Labels{"result": "done"}, true, count(c.LoggedIn.Load)},
		{logins, help, prometheus.Labels{"result": "refused"}, true, count(c.Refused.Load)},
		{logins, help, prometheus.Labels{"result": "throttled"}, true, count(c.Throttled.Load)},
		{"mpg_tokens_refused_total", "Commands refused because their login had ended, or was another user's or made up.", nil, true, count(c.TokensRefused.Load)},
	}
}
