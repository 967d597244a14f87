package daemon

import (
	"context"
	"log/slog"
	"time"

	sd "github.com/coreos/go-systemd/v22/daemon"
)

// What systemd is told, sd_notify(3). None of it is sent if the daemon was
// not started by systemd. github.com/coreos/go-systemd speaks the protocol.

// tell sends one state to systemd.
func tell(log *slog.Logger, state string) {
	if _, err := sd.SdNotify(false, state); err != nil {
		log.Warn("systemd was not told", "state", state, "err", err)
	}
}

// tellReady says that texts are taken in from now on.
func tellReady(log *slog.Logger, status string) {
	tell(log, sd.SdNotifyReady+"\nSTATUS="+status)
}

// watchdog tells systemd every half of the interval that the daemon is well,
// for as long as it is, and how it fares.
func watchdog(ctx context.Context, log *slog.Logger, well func() bool, status func() string) {
	every, err := sd.SdWatchdogEnabled(false)
	if err != nil || every == 0 {
		return
	}
	tick := time.NewTicker(every / 2)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if well() {
				tell(log, sd.SdNotifyWatchdog+"\nSTATUS="+status())
			}
		case <-ctx.Done():
			return
		}
	}
}
