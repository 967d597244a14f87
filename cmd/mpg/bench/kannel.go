package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"mpg/cmd/mpg/rig"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// Kannel is the yardstick of a whole payment: the gateway that operators know.
// It does less: it answers each text with a fixed one, keeps its queue in a file
// that it does not sync, and moves no money.

// kannelBoxes are its two daemons, in the order in which they start.
var kannelBoxes = []string{"bearerbox", "smsbox"} // never written to

// kannelEnd bounds how long a box may take to end.
const kannelEnd = 10 * time.Second

// errNoKannel says that this machine has no Kannel.
var errNoKannel = errors.New("apt-get install kannel")

// kannelConf has the addresses of the SMSC and of its own ports in it. Groups must be
// separated by empty lines.
const kannelConf = `group = core
admin-port = %d
admin-password = bench
admin-allow-ip = 127.0.0.1
smsbox-port = %d
box-allow-ip = 127.0.0.1
log-file = bearerbox.log
log-level = 2
store-type = file
store-location = store

group = smsc
smsc = smpp
smsc-id = bench
host = 127.0.0.1
port = %s
transceiver-mode = true
smsc-username = bench
smsc-password = bench
system-type = bench
max-pending-submits = %d
reconnect-delay = 1

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = %d
log-file = smsbox.log
log-level = 2

group = sms-service
keyword = default
text = "you paid CNY 1.00 to Shop. Balance CNY 499.00."
max-messages = 1
`

// echoed is what a gateway that answers each text reached.
type echoed struct {
	rate float64 // answers in a second
	p99  float64 // seconds from the text to its answer
}

// measureKannel has Kannel answer texts, as many in flight as payments are.
func measureKannel(ctx context.Context, load time.Duration) (echoed, error) {
	e := &echoLoad{slots: make(chan struct{}, payInFlight), begun: make(map[string]time.Time)}
	srv, err := smsc.Listen(smsc.Config{Addr: "127.0.0.1:0", SystemID: "bench", Password: "bench", Window: rig.Window,
		OnSubmit: func(submit smsc.Submit) (string, pdu.Status) { e.answered(submit.To); return "", pdu.ROK }})
	if err != nil {
		return echoed{}, err
	}
	stop, err := startKannel(srv.Addr())
	if err == nil {
		err = errors.Join(e.run(ctx, srv, load), stop())
	}
	if err = errors.Join(err, srv.Close()); err != nil {
		return echoed{}, err
	}
	slices.Sort(e.took)
	return echoed{rate: float64(len(e.took)) / e.lasted.Seconds(), p99: percentile(e.took, 0.99)}, nil
}

// echoLoad sends texts, each from a number that waits for none.
type echoLoad struct {
	slots  chan struct{} // one token for each text in flight
	lasted time.Duration

	mu    sync.Mutex
	begun map[string]time.Time // by number
	took  []time.Duration
}

func (e *echoLoad) run(ctx context.Context, srv *smsc.Server, load time.Duration) error {
	bound, cancel := context.WithTimeout(ctx, rig.Wait)
	defer cancel()
	if err := srv.WaitBound(bound, 1); err != nil {
		return err
	}
	begun := time.Now()
	for i := 0; ; i++ {
		last := time.Since(begun) >= load
		if err := e.acquire(ctx, last); err != nil || last {
			e.lasted = time.Since(begun)
			return err
		}
		from := rig.Number(i % paySubscribers)
		e.mu.Lock()
		e.begun[from] = time.Now()
		e.mu.Unlock()
		if err := srv.DeliverAsync(from, rig.Code, "PAY 8001 1.00", func(pdu.Status) {}); err != nil {
			return err
		}
	}
}

// acquire waits for one free token, or at the end for all.
func (e *echoLoad) acquire(ctx context.Context, all bool) error {
	n := 1
	if all {
		n = cap(e.slots)
	}
	for range n {
		select {
		case e.slots <- struct{}{}:
		case <-time.After(rig.Wait):
			return errors.New("texts got no answer")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

func (e *echoLoad) answered(to string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	to = "+" + strings.TrimPrefix(to, "+")
	begun, ok := e.begun[to]
	if !ok {
		return
	}
	delete(e.begun, to)
	e.took = append(e.took, time.Since(begun))
	<-e.slots
}

// startKannel starts both daemons on a folder of their own. stop ends them and
// removes it.
func startKannel(addr string) (stop func() error, err error) {
	dir, err := os.MkdirTemp("", "mpg-bench-")
	if err != nil {
		return nil, err
	}
	var boxes []*exec.Cmd
	stop = func() error {
		slices.Reverse(boxes)
		for _, c := range boxes {
			endBox(c)
		}
		return os.RemoveAll(dir)
	}
	_, port, _ := net.SplitHostPort(addr)
	ports, err := freePorts(3)
	if err == nil {
		text := fmt.Sprintf(kannelConf, ports[0], ports[1], port, payInFlight, ports[2])
		err = os.WriteFile(filepath.Join(dir, "kannel.conf"), []byte(text), 0o600)
	}
	for _, name := range kannelBoxes {
		if err != nil {
			break
		}
		var c *exec.Cmd
		if c, err = startBox(name, dir); err == nil {
			boxes = append(boxes, c)
			err = awaitPort(ports[len(boxes)]) // smsbox-port, then sendsms-port
		}
	}
	if err != nil {
		return nil, errors.Join(err, stop())
	}
	return stop, nil
}

func startBox(name, dir string) (*exec.Cmd, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		path = "/usr/sbin/" + name // not in the PATH of plain users
	}
	if _, err := os.Stat(path); err != nil {
		return nil, errNoKannel
	}
	c := exec.Command(path, "kannel.conf")
	c.Dir, c.SysProcAttr = dir, &syscall.SysProcAttr{Setpgid: true}
	return c, c.Start()
}

// endBox asks a daemon to end, and makes it.
func endBox(box *exec.Cmd) {
	_ = box.Process.Signal(syscall.SIGTERM) // it may have ended
	hard := time.AfterFunc(kannelEnd, func() { _ = box.Process.Kill() })
	defer hard.Stop()
	_ = box.Wait() // how it ends is not what is measured
}

// freePorts are ports of loopback that nobody has at the moment.
func freePorts(count int) ([]int, error) {
	var ports []int
	for range count {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // all at the end: each is another one
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// awaitPort waits until somebody listens.
func awaitPort(port int) error {
	addr := fmt.Sprint("127.0.0.1:", port)
	for deadline := time.Now().Add(rig.Wait); ; time.Sleep(rig.Look) {
		conn, err := net.Dial("tcp", addr)
		if err == nil {
			return conn.Close()
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("kannel does not listen: %w", err)
		}
	}
}
