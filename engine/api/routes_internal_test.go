package api

import (
	"slices"
	"strings"
	"testing"

	"mpg/engine/admin"
	"mpg/engine/auth"
)

// TestEachRouteHasARight that is in the table; a route that changes something is not open
// to those who only look.
func TestEachRouteHasARight(t *testing.T) {
	t.Parallel()
	known := make(map[auth.Right]bool)
	for _, rule := range auth.Rules() {
		known[rule.Right] = true
	}
	for _, route := range routes(Services{Admin: &admin.Service{}}) {
		if !known[route.right] {
			t.Errorf("%s needs the right %q, which is not in the table", route.pattern, route.right)
		}
		looks := slices.Contains([]auth.Right{auth.SeeStatus, auth.SeeFigures, auth.SeeRecords, auth.SeeWhole, auth.SeeAudit, auth.SeeStaff}, route.right)
		if !strings.HasPrefix(route.pattern, "GET ") && looks {
			t.Errorf("%s may change something, and needs only the right to look", route.pattern)
		}
	}
}
