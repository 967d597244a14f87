package proof

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// How long one process may take.
const (
	readyMax = 2 * time.Minute // from its start to READY
	endMax   = 2 * time.Minute // from its signal to its end
)

// daemon is one process of `mpg serve`.
type daemon struct {
	t     *testing.T
	cmd   *exec.Cmd
	log   string // file of its standard error
	ready chan struct{}
	ended chan struct{} // closed once err is set
	err   error

	mu   sync.Mutex
	told strings.Builder // all that it told systemd
}

// launch is how a daemon is started other than usual.
type launch struct {
	binary string   // which is started
	env    []string // more of the environment; a later entry wins
	wrap   []string // a program that execs its arguments, such as sh -c '… exec "$@"' sh
	uid    int      // of the daemon; 0: the test's own
}

// launchDaemon starts `mpg serve -c file` in dir. It does not wait for READY.
func launchDaemon(t *testing.T, dir, file string, l launch) *daemon {
	t.Helper()
	notify := notifySocket(t)
	log, err := os.CreateTemp(dir, "serve-*.log") // 0600
	if err != nil {
		t.Fatal(err)
	}
	args := append(l.wrap, l.binary, "serve", "-c", file)
	d := &daemon{t: t, log: log.Name(), ready: make(chan struct{}), ended: make(chan struct{})}
	d.cmd = exec.Command(args[0], args[1:]...)
	d.cmd.Dir, d.cmd.Stderr, d.cmd.Stdout = dir, log, log
	d.cmd.Env = append(append(os.Environ(), "NOTIFY_SOCKET="+notify.LocalAddr().String()), l.env...)
	d.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if l.uid != 0 {
		d.cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(l.uid), Gid: uint32(l.uid)}
	}
	started := make(chan error, 1)
	go d.wait(started, notify)
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	_ = log.Close() // the child has its own
	go d.listen(notify)
	t.Cleanup(d.kill)
	return d
}

// wait runs the process to its end. Its thread lives as long as the process,
// because Pdeathsig is about the thread that started it: prctl(2).
func (d *daemon) wait(started chan<- error, notify *net.UnixConn) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err := d.cmd.Start()
	started <- err
	if err != nil {
		return
	}
	d.err = d.cmd.Wait()
	_ = notify.Close()
	close(d.ended)
}

// notifySocket is where the daemon tells its state: sd_notify(3), an abstract
// address of this process.
func notifySocket(t *testing.T) *net.UnixConn {
	t.Helper()
	name := fmt.Sprintf("@mpg-proof-%d-%d", os.Getpid(), time.Now().UnixNano())
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// listen keeps what systemd would be told, until the socket is closed.
func (d *daemon) listen(c *net.UnixConn) {
	said := false
	for buf := make([]byte, 4096); ; {
		n, err := c.Read(buf)
		if err != nil {
			return
		}
		d.mu.Lock()
		d.told.Write(append(buf[:n:n], '\n'))
		d.mu.Unlock()
		if !said && bytes.Contains(buf[:n], []byte("READY=1")) {
			said = true
			close(d.ready)
		}
	}
}

// tells reports whether systemd was told so.
func (d *daemon) tells(state string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Contains(d.told.String(), state)
}

// awaitReady fails the test where the daemon does not become ready.
func (d *daemon) awaitReady() *daemon {
	d.t.Helper()
	select {
	case <-d.ready:
	case <-d.ended:
		d.t.Fatalf("serve ended before READY: %v\n%s", d.err, d.tail())
	case <-time.After(readyMax):
		d.t.Fatalf("serve is not ready after %v\n%s", readyMax, d.tail())
	}
	return d
}

// signal sends s to the process, if it still runs.
func (d *daemon) signal(s syscall.Signal) {
	d.t.Helper()
	if err := d.cmd.Process.Signal(s); err != nil && !errors.Is(err, os.ErrProcessDone) {
		d.t.Error(err)
	}
}

// kill ends the process by SIGKILL and waits for its end.
func (d *daemon) kill() {
	_ = d.cmd.Process.Kill() // it may have ended
	<-d.ended
}

// awaitEnd waits for the process to end by itself and returns its exit code; -1
// where a signal ended it.
func (d *daemon) awaitEnd() int {
	d.t.Helper()
	select {
	case <-d.ended:
	case <-time.After(endMax):
		d.t.Fatalf("serve has not ended after %v\n%s", endMax, d.tail())
	}
	return d.cmd.ProcessState.ExitCode()
}

// alive reports whether the process runs.
func (d *daemon) alive() bool {
	select {
	case <-d.ended:
		return false
	default:
		return true
	}
}

// output is all that the process has written.
func (d *daemon) output() string {
	b, err := os.ReadFile(d.log)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// tailBytes is how much of a log a failure shows.
const tailBytes = 4000

func (d *daemon) tail() string {
	s := d.output()
	if len(s) > tailBytes {
		s = s[len(s)-tailBytes:]
	}
	return filepath.Base(d.log) + ":\n" + s
}

// logged reports whether the log holds the words.
func (d *daemon) logged(words string) bool { return strings.Contains(d.output(), words) }
