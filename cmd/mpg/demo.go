package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/demo"
	"mpg/cmd/mpg/hint"
	"mpg/cmd/mpg/stage"
	"mpg/conf"
	"mpg/engine/lang"
)

func demoCommand() *cobra.Command {
	var script, listen string
	var exit bool
	c := &cobra.Command{
		Use:     "demo",
		Short:   "the daemon with a simulated SMSC, handsets and bank, and a page to use them",
		Long:    fmt.Sprintf(demoLong, demo.MagicHelp()),
		Example: "  mpg demo\n  mpg demo --script all-four --exit\n  mpg demo --script my-tests.txt --exit",
		Args:    misuse(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if exit && script == "" {
				return misused{errors.New("--exit needs a --script")}
			}
			if script != "" {
				if err := demo.CheckScript(script, callFile); errors.Is(err, demo.ErrScript) {
					return misused{err}
				} else if err != nil {
					return hint.Add(err, "run it in a folder that you can write to")
				}
			}
			return runDemo(cmd, demo.Options{Listen: listen, Program: os.Args[0], Language: localeLanguage(), Operate: operate}, script, exit)
		}}
	f := c.Flags()
	f.StringVar(&script, "script", "", "play a script: all-four, florist, magic, or a file")
	f.BoolVar(&exit, "exit", false, "end when the script has ended; exit 0 only if everything went right")
	f.StringVar(&listen, "listen", "", "address of the page (default "+demo.DefaultListen+", or any free port if that is taken)")
	return c
}

// operate carries out a command line in this process, as Main does, and returns what it
// printed.
func operate(ctx context.Context, args []string) (printed string, err error) {
	var out strings.Builder
	root := rootCommand(daemon.Modules(conf.Default()))
	root.SetArgs(args)
	root.SetOut(&out)
	root.SetErr(&out)
	err = root.ExecuteContext(ctx)
	return out.String(), err
}

// localeLanguage returns the user's language, for those who have not chosen one: the
// shop.
func localeLanguage() string {
	locale := cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG"))
	if strings.HasPrefix(locale, "zh") {
		return string(lang.ZH)
	}
	return string(lang.EN)
}

// callFile is where a script writes its first call.
const callFile = "call.wav"

// demoLong is the long help; the magic numbers go into it.
const demoLong = `Runs the daemon with a simulated SMSC, handsets and bank, and a page to use them.
Nothing leaves this machine, and the data is removed at the end.

A script plays by itself. "all-four" shows the four products, a fee, a refund and what
goes with them, in brief; "florist" makes three payments and checks every balance and
receipt; "magic" has every magic number place an order; in a file, each line is an
action or something to wait for:

  0486 texts PAY 8001 12.50
  0486 is told busy
  0001 texts PAY 8001 128.50
  0001 rings
  0001 answers
  0001 presses 1
  0001 presses pin
  0001 is told you paid CNY 128.50
  8001 is told 128.50
  bank 0051 has 1000.00
  card 0001 owes 300.00
  account merchant:8001 is 128.50
  balanced

WHO is a number or its last digits; other lines: "WHO hears WORDS", "WHO hangs
up", "WHO is off the phone", "switch bank-silent on". "WHO confirms hearing WORDS"
takes the call, presses 1, waits for the words, and keys the PIN. "operator runs
payment list" runs any mpg command on the demo, and "operator reads WORDS" looks at
what it printed. "till 8004 captures 268.40" does that with the latest order at the
shop's till, as do "accepts", "refuses" and "releases"; "till 8004 shows paid 268.40"
waits for it. {ref} stands for the reference in the text that was told last. After
the line "brief" a call takes one line, and what is right is counted instead of
listed; "scene TEXT" prints a heading. Each wait lasts up to two minutes, or as long
as "within 5s" at the end of the line says. With --exit the exit code is 0 only if
everything happened as the script says.

Magic numbers: the last four digits of a subscriber's number decide what goes
wrong. In the demo each is +86 138 0000 and the four digits. They are registered
when they send their first text, have CNY 500.00 in the purse and CNY 1000.00 at
the bank, answer by themselves, press 1 and key in their PIN.

%s`

// untilGone returns a context that also ends when the terminal, or the reader of our
// output, is closed: the demo's folder must not be left behind. A signal that nohup
// ignores stays ignored.
func untilGone(ctx context.Context) (context.Context, context.CancelFunc) {
	signals := []os.Signal{syscall.SIGPIPE}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	came := make(chan os.Signal, 1)
	signal.Notify(came, signals...)
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		defer signal.Stop(came)
		for {
			select {
			case s := <-came:
				if s == syscall.SIGHUP || unread(os.Stdout, os.Stderr) {
					cancel()
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	return ctx, cancel
}

// unread reports whether nobody reads one of the files any more. A write to a page or
// a phone that has gone raises SIGPIPE as well, and is no reason to end.
func unread(files ...*os.File) bool {
	var polled []unix.PollFd
	for _, f := range files {
		polled = append(polled, unix.PollFd{Fd: int32(f.Fd())})
	}
	if _, err := unix.Poll(polled, 0); err != nil {
		return true
	}
	return slices.ContainsFunc(polled, func(polled unix.PollFd) bool { return polled.Revents&(unix.POLLERR|unix.POLLHUP|unix.POLLNVAL) != 0 })
}

func runDemo(cmd *cobra.Command, options demo.Options, script string, exit bool) error {
	ctx, stop := untilGone(cmd.Context())
	defer stop()
	cmd.SetContext(ctx)
	dir, err := os.MkdirTemp("", "mpg-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }() // a temporary folder
	options.Dir, options.Log = dir, slog.New(slog.DiscardHandler)
	w, err := demo.Open(options)
	switch {
	case errors.Is(err, demo.ErrTaken):
		return hint.Add(err, "use --listen 127.0.0.1:0 for any free port")
	case errors.Is(err, demo.ErrAddress):
		return misused{hint.Add(err, "give one such as --listen "+demo.DefaultListen)}
	}
	if err != nil {
		return err
	}
	if err := noCore(); err != nil {
		return errors.Join(err, w.Close())
	}
	d, speech, err := stage.Open(cmd.Context(), w, version)
	if err == nil {
		err = playDemo(cmd, w, d, speech, script, exit)
	}
	return errors.Join(err, w.Close())
}

// playDemo runs the daemon until the user, or the script, has had enough.
func playDemo(cmd *cobra.Command, world *demo.World, mpg *daemon.Daemon, speech, script string, exit bool) error {
	ctx, stop := context.WithCancel(cmd.Context())
	defer stop()
	ended := make(chan error, 2)
	go func() { ended <- mpg.Run(ctx, nil) }()
	go func() { ended <- world.Serve(ctx) }()
	err := stage.Populate(ctx, mpg, world)
	if err == nil {
		err = showDemo(ctx, cmd, world, speech, script, exit)
	}
	stop()
	return errors.Join(err, <-ended, <-ended)
}

// demoPage is what demo --json prints once it runs.
type demoPage struct {
	Page   string `json:"page"` // with the token: whoever has it holds the handsets
	Config string `json:"config"`
}

// demoPlayed is what demo --exit --json prints of a script that came true.
type demoPlayed struct {
	Script string `json:"script"`
	Right  bool   `json:"right"`
}

// showDemo says where the demo is and plays the script. With --json what people read
// goes to stderr, so that stdout holds one JSON value.
func showDemo(ctx context.Context, cmd *cobra.Command, world *demo.World, speech, script string, exit bool) error {
	asJSON, _ := cmd.Flags().GetBool("json")
	talk := cmd.OutOrStdout()
	if asJSON {
		talk = cmd.ErrOrStderr()
	}
	if !exit {
		banner(talk, world, speech)
	}
	if asJSON && !exit {
		if err := show(cmd, demoPage{world.URL(), world.Path()}, nil); err != nil {
			return err
		}
	}
	if script != "" {
		err := world.Play(ctx, script, talk, callFile)
		switch {
		case err != nil && asJSON && !exit:
			return shown{err}
		case err != nil:
			return err
		case asJSON && exit:
			return show(cmd, demoPlayed{script, true}, nil)
		}
	}
	if !exit {
		<-ctx.Done()
	}
	return nil
}

func banner(out io.Writer, world *demo.World, speech string) {
	for _, line := range world.Banner() {
		_, _ = fmt.Fprintln(out, line)
	}
	if speech != "" {
		_, _ = fmt.Fprintln(out, speech)
	}
}
