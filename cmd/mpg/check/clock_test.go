package check

import (
	"strings"
	"testing"
	"time"

	"mpg/conf"
)

// TestClockIsNoSetting: a wrong clock is not told at a key of the file.
func TestClockIsNoSetting(t *testing.T) {
	t.Parallel()
	found := checkClock(new(conf.File), time.Unix(0, 0))
	if len(found) != 1 || found[0].Key != "" || !strings.Contains(found[0].Text, "clock") {
		t.Errorf("got %+v", found)
	}
}
