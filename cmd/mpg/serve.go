package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"mpg/conf"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "run the daemon",
		Long: `Run the daemon. SIGTERM drains: no new orders, calls in progress end, the
outbox is sent or kept, within "drain". SIGHUP reads the file again and takes
over what can change while it runs; the log names what needs a restart.`,
		Example: "  mpg serve -c /etc/mpg/mpg.toml",
		Args:    misuse(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			path, _ := c.Flags().GetString("config")
			file, err := conf.Load(path)
			if errors.Is(err, fs.ErrNotExist) {
				return hinted{err, "make one: mpg conf sample > " + path}
			}
			if err != nil {
				return hinted{err, "mpg check -c " + path}
			}
			if _, _, err := meaningOf(file); err != nil {
				return hinted{err, "mpg check -c " + path}
			}
			if err := noCore(); err != nil {
				return err
			}
			makeRoomForSound()
			level := new(slog.LevelVar)
			d := &daemon{conf: file, level: level, log: newLog(c.ErrOrStderr(), file.Log, level)}
			return serve(c.Context(), d)
		}}
}

// serve opens the daemon, runs it until ctx ends, and closes it.
func serve(ctx context.Context, d *daemon) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	if err := d.open(ctx); err != nil {
		d.close()
		return err
	}
	return d.run(ctx, hup)
}

// noCore keeps PINs in memory from reaching a core file or a debugger of the
// same user: prctl(2), PR_SET_DUMPABLE, and no core at all, setrlimit(2).
func noCore() error {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return err
	}
	return unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}

// makeRoomForSound lets the kernel, and not Go's scheduler, decide between the
// threads that carry sound, one for each core, and all other work: the kernel
// favours who sleeps much. With every core busy this takes the 99th percentile of
// how late packets leave from some 70 to 15 ms, and costs payments no rate. The
// environment's GOMAXPROCS has the last word.
func makeRoomForSound() {
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(2 * runtime.GOMAXPROCS(0))
	}
}

// newLog writes to w as the file says; level can be changed later.
func newLog(w io.Writer, l conf.Log, level *slog.LevelVar) *slog.Logger {
	level.Set(levelOf(l))
	opts := &slog.HandlerOptions{Level: level, ReplaceAttr: timesWithUnits}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, opts))
	}
	return slog.New(slog.NewTextHandler(w, opts))
}

// timesWithUnits writes a duration as "3ms" in every format: in JSON slog would
// write the bare number of nanoseconds.
func timesWithUnits(_ []string, a slog.Attr) slog.Attr {
	if a.Value.Kind() == slog.KindDuration {
		a.Value = slog.StringValue(a.Value.Duration().String())
	}
	return a
}

// levelOf reads a level that conf has checked.
func levelOf(l conf.Log) slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(l.Level)); err != nil {
		return slog.LevelInfo
	}
	return level
}
