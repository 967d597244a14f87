package peers

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"time"
)

// endMax bounds how long a program may take to end, and killMax how long its
// output may stay open after that.
const (
	endMax  = 2 * time.Minute
	killMax = 2 * time.Second
)

// child is a program that the test started, in a process group of its own.
type child struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	ended chan struct{} // closed once err is set
	err   error
}

// start starts c; the end of the test kills it and all that it started. Stdout
// and Stderr are given by the caller.
func start(t *testing.T, name string, c *exec.Cmd) *child {
	t.Helper()
	p := &child{t: t, name: name, cmd: c, ended: make(chan struct{})}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	c.WaitDelay = killMax
	started := make(chan error, 1)
	go p.run(started)
	if err := <-started; err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	t.Cleanup(p.kill)
	return p
}

// run starts the program and waits for its end, on one thread: Pdeathsig is
// about the thread that started it. prctl(2)
func (p *child) run(started chan<- error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := p.cmd.Start()
	started <- err
	if err == nil {
		p.err = p.cmd.Wait()
		close(p.ended)
	}
}

// signal sends s to the process group; one that has ended is no error.
func (p *child) signal(s syscall.Signal) {
	if err := syscall.Kill(-p.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		p.t.Errorf("%s: %v", p.name, err)
	}
}

func (p *child) kill() {
	select {
	case <-p.ended:
	default:
		p.signal(syscall.SIGKILL)
		<-p.ended
	}
}

// await waits for the program to end by itself and returns how it did.
func (p *child) await() error {
	select {
	case <-p.ended:
		return p.err
	case <-time.After(endMax):
		return fmt.Errorf("%s has not ended after %v", p.name, endMax)
	}
}

// output keeps what a program writes, for failures. It is safe for concurrent
// use, and hands each whole line to line where that is set.
type output struct {
	line func([]byte)

	mu   sync.Mutex
	all  bytes.Buffer
	rest []byte // of a line that has not ended
}

// Write keeps b. The handler of lines is called outside the lock.
func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	o.all.Write(b)
	var lines [][]byte
	o.rest = append(o.rest, b...)
	for {
		line, rest, ended := bytes.Cut(o.rest, []byte("\n"))
		if !ended {
			break
		}
		lines, o.rest = append(lines, bytes.Clone(line)), rest
	}
	o.mu.Unlock()
	for _, l := range lines {
		if o.line != nil {
			o.line(l)
		}
	}
	return len(b), nil
}

// tailBytes is how much of a program's output a failure shows.
const tailBytes = 6000

func (o *output) tail() string {
	all := o.whole()
	return all[max(0, len(all)-tailBytes):]
}

func (o *output) whole() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all.String()
}
