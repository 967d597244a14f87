package ivr

import (
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"go.uber.org/goleak"
)

// The timers of RFC 3261 run twenty times as fast here: Timer B takes 1.6 s.
func TestMain(m *testing.M) {
	sip.SetTimers(25*time.Millisecond, 200*time.Millisecond, 250*time.Millisecond)
	goleak.VerifyTestMain(m)
}
