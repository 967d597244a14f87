package daemon

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"mpg/conf"
)

// TestLogTimes: a time in a log has its unit, in both formats.
func TestLogTimes(t *testing.T) {
	t.Parallel()
	for format, want := range map[string]string{"json": `"took":"3ms"`, "text": "took=3ms"} {
		var out bytes.Buffer
		NewLog(&out, conf.Log{Level: "info", Format: format}, new(slog.LevelVar)).Info("open SIP", "took", 3*time.Millisecond)
		if !strings.Contains(out.String(), want) {
			t.Errorf("%s: %s", format, &out)
		}
	}
}

// TestLogsHoldNoCardNumber: neither in a text nor in an error nor in the message, in either
// format.
func TestLogsHoldNoCardNumber(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"json", "text"} {
		var out bytes.Buffer
		log := NewLog(&out, conf.Log{Level: "info", Format: format}, new(slog.LevelVar))
		log.With("peer", "5555 5555 5555 4444").Info("4111111111111111", "err", errors.New("no 4111-1111-1111-1111"), "name", "卡４１１１１１１１１１１１１１１１")
		if said := out.String(); strings.Count(said, "[card number *1111]") != 3 || strings.Count(said, "[card number *4444]") != 1 {
			t.Errorf("%s: %s", format, said)
		}
	}
}
