//go:build linux && (amd64 || arm64) && !portable

package media

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// threadNice is the priority asked of the kernel for the wheel's thread.
const threadNice = -10

// poller tells which ports have packets waiting.
type poller struct {
	fd     int
	ports  []*port
	events []unix.EpollEvent
}

func newPoller(ports []*port) (*poller, error) {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("epoll_create: %w", err)
	}
	p := &poller{fd: fd, ports: ports, events: make([]unix.EpollEvent, len(ports))}
	for i, port := range ports {
		ev := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(i)}
		if err := unix.EpollCtl(fd, unix.EPOLL_CTL_ADD, port.sock.fd, &ev); err != nil {
			p.close()
			return nil, fmt.Errorf("epoll_ctl: %w", err)
		}
	}
	return p, nil
}

func (p *poller) close() { _ = unix.Close(p.fd) }

// ready calls serve for each port that has packets; it does not wait for any.
func (p *poller) ready(serve func(*port)) {
	n, err := unix.EpollWait(p.fd, p.events, 0)
	if err != nil {
		return
	}
	for _, ev := range p.events[:n] {
		serve(p.ports[ev.Fd])
	}
}

// sleepFor sleeps in the kernel, more exactly than Go's timers.
func sleepFor(wait time.Duration) {
	if wait <= 0 {
		return
	}
	ts := unix.NsecToTimespec(int64(wait))
	for unix.Nanosleep(&ts, &ts) == unix.EINTR {
	}
}

// threadCPU is the processor time of the calling thread.
func threadCPU() time.Duration {
	var ru unix.Rusage
	if unix.Getrusage(unix.RUSAGE_THREAD, &ru) != nil {
		return 0
	}
	return time.Duration(ru.Utime.Nano() + ru.Stime.Nano())
}

// favourThread raises the thread's priority where the daemon is allowed to
// (LimitNICE=, CAP_SYS_NICE).
func favourThread() {
	_ = unix.Setpriority(unix.PRIO_PROCESS, unix.Gettid(), threadNice)
}
