package voice

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"
)

// Limits of a child program.
const (
	childTime   = 5 * time.Second  // for espeak-ng to say one sentence
	commandTime = 30 * time.Second // for any other program; nobody waits for it so long, see Timed
	childDelay  = time.Second      // for its pipes to close after it was killed
	childOutput = 8 << 20          // bytes of standard output: 87 s at 48 kHz
	childErrors = 512              // bytes of standard error kept for the message
)

// errOutput says that a child wrote more than childOutput.
var errOutput = errors.New("too much output")

// limited keeps what is written up to a limit; beyond it, it fails or, when
// lossy, forgets. The buffer is not embedded: its ReadFrom would know no limit.
type limited struct {
	kept  bytes.Buffer
	max   int
	lossy bool
}

func (l *limited) Write(line []byte) (int, error) {
	room := l.max - l.kept.Len()
	if len(line) <= room {
		return l.kept.Write(line)
	}
	if !l.lossy {
		return 0, errOutput
	}
	_, _ = l.kept.Write(line[:room])
	return len(line), nil
}

// runChild runs a program with text as its standard input and returns its
// standard output, or kills it after limit. Neither text nor arguments appear in
// the error.
func runChild(ctx context.Context, limit time.Duration, argv []string, text string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	out, errs := limited{max: childOutput}, limited{max: childErrors, lossy: true}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), &out, &errs
	cmd.WaitDelay = childDelay
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		said := strings.TrimSpace(errs.kept.String())
		if said == "" || strings.Contains(said, text) {
			return nil, fmt.Errorf("%s: %w", argv[0], err)
		}
		return nil, fmt.Errorf("%s: %w: %s", argv[0], err, said)
	}
	return out.kept.Bytes(), nil
}
