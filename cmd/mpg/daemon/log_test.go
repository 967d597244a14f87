package daemon

import (
	"bytes"
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
