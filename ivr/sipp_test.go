package ivr

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// sipp is the path of SIPp. A machine without it skips, unless MPG_PEERS=require.
func sipp(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("sipp")
	if err == nil {
		return path
	}
	if os.Getenv("MPG_PEERS") == "require" {
		t.Fatal("SIPp is missing: apt-get install sip-tester")
	}
	t.Skip("SIPp IS MISSING, no foreign phone is called: apt-get install sip-tester")
	return ""
}

// startSIPp runs one scenario for one call and returns its port and its verdict.
func startSIPp(t *testing.T, scenario string) (port int, verdict <-chan error) {
	t.Helper()
	path := sipp(t)
	file, err := filepath.Abs(filepath.Join("testdata", "sipp", scenario+".xml"))
	if err != nil {
		t.Fatal(err)
	}
	port = sippPorts(t)
	var out bytes.Buffer
	cmd := exec.CommandContext(t.Context(), path, "-sf", file, "-i", "127.0.0.1", "-p", fmt.Sprint(port),
		"-mp", fmt.Sprint(port+2), "-m", "1", "-nostdin", "-timeout", "110s")
	cmd.Stdout, cmd.Stderr, cmd.Dir = &out, &out, t.TempDir()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		err := cmd.Wait()
		if err != nil {
			err = fmt.Errorf("%w\n%s", err, out.String())
		}
		done <- err
	}()
	waitFor(t, func() bool { return taken(port) })
	return port, done
}

// Blocks of ports for SIPp, below those that the kernel gives out to whoever asks for any.
const (
	sippFirst  = 12000
	sippBlock  = 8 // one for SIP; for sound, picture and their reports from the third on
	sippBlocks = 900
)

// sippPorts returns the first of a block of ports that no other SIPp has until the test
// ends, in this process or in another: who listens on it by TCP owns the block.
func sippPorts(t *testing.T) int {
	t.Helper()
	for try := range sippBlocks {
		first := sippFirst + sippBlock*((os.Getpid()+try)%sippBlocks)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", first))
		if err == nil {
			t.Cleanup(func() { _ = l.Close() })
			return first
		}
	}
	t.Fatal("every block of ports has an owner")
	return 0
}

// taken reports whether somebody listens on the UDP port. It asks the kernel's
// table: to try the port out would take it from SIPp.
func taken(port int) bool {
	table, err := os.ReadFile("/proc/net/udp")
	return err == nil && bytes.Contains(table, fmt.Appendf(nil, ":%04X 00000000:0000 ", port))
}

// TestSIPp calls phones that are not ours. SIPp gives up a call whose INVITE or CANCEL comes
// again, as it does where the machine holds up what SIPp has answered, and does not start
// where another program has one of its ports; then it is called again.
func TestSIPp(t *testing.T) {
	t.Parallel()
	right := []string{"guard=", "pin=" + pin}
	for scenario, c := range map[string]called{
		"pin":      {Finished, 200, true, right},
		"pin_ulaw": {Finished, 200, true, right},
		"progress": {NotMe, 200, true, []string{"guard="}},
		"glare":    {NoAnswer, 0, false, nil},
		"hangup":   {HungUp, 200, true, nil},
	} {
		t.Run(scenario, func(t *testing.T) {
			t.Parallel()
			for range 5 {
				err := callSIPp(t, scenario, c)
				if err == nil {
					return
				}
				said := err.Error()
				if !slices.ContainsFunc([]string{"received 'INVITE ", "unexpected CANCEL", "Unable to bind"}, func(part string) bool { return strings.Contains(said, part) }) {
					t.Fatal(err)
				}
			}
			t.Skip("the machine held up each call")
		})
	}
}

// called is what a call is to come to.
type called struct {
	end      End
	code     int
	answered bool
	asked    []string
}

// callSIPp plays a scenario once and returns what was wrong.
func callSIPp(t *testing.T, scenario string, want called) error {
	t.Helper()
	port, verdict := startSIPp(t, scenario)
	b := newBench(t, func(cfg *Config) {
		cfg.Trunk = fmt.Sprintf("sip:127.0.0.1:%d", port)
		cfg.Timing.First, cfg.Timing.Inter = patience, patience
		if scenario == "glare" {
			cfg.Ring = 300 * time.Millisecond
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	j := newJudge()
	var content error
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if content = <-verdict; content != nil {
			content = fmt.Errorf("SIPp is not content: %w", content)
			cancel() // nobody hangs up any more
		}
	}()
	var wrong error
	if a := b.call(ctx, j); a.End != want.end || a.SIPCode != want.code || a.Answered != want.answered {
		wrong = fmt.Errorf("%+v", a)
	}
	select {
	case <-ended:
	case <-time.After(patience):
		return errors.Join(wrong, errors.New("SIPp does not end"))
	}
	if got := j.seen(); !slices.Equal(got, want.asked) {
		wrong = errors.Join(wrong, fmt.Errorf("the judge was asked %q, want %q", got, want.asked))
	}
	return errors.Join(content, wrong)
}
