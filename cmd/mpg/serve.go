package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/hint"
	"mpg/conf"
)

func serveCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "serve",
		Short: "run the daemon",
		Long: `Run the daemon. SIGTERM drains: no new orders, calls in progress end, the
outbox is sent or kept, within "drain". SIGHUP rereads the file and
applies what can change while it runs; the log names what needs a restart. If the
file has mistakes, what was loaded before stays in force: see mpg status.`,
		Example: "  mpg serve -c /etc/mpg/mpg.toml",
		Args:    misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			path, _ := cmd.Flags().GetString("config")
			file, err := conf.Load(path)
			if errors.Is(err, fs.ErrNotExist) {
				return hint.Add(err, "make one: mpg conf sample > "+path)
			}
			if err != nil {
				return hint.Add(err, "mpg check -c "+path)
			}
			if _, _, err := daemon.Meaning(file); err != nil {
				return hint.Add(err, "mpg check -c "+path)
			}
			if err := noCore(); err != nil {
				return err
			}
			makeRoomForSound()
			level := new(slog.LevelVar)
			return serve(cmd.Context(), daemon.New(daemon.Config{File: file, Level: level, Version: version,
				Log: daemon.NewLog(cmd.ErrOrStderr(), file.Log, level)}))
		}}
}

// serve opens the daemon, runs it until ctx ends, and closes it.
func serve(ctx context.Context, mpg *daemon.Daemon) error {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	if err := mpg.Open(ctx); err != nil {
		_ = mpg.Close() // what keeps it from starting is the news
		return err
	}
	return mpg.Run(ctx, hup)
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
