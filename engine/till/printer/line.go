package printer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Waits for a printer.
const (
	dialWait    = 5 * time.Second
	deliverWait = 20 * time.Second // it may be short of memory, and take its time
	ackPoll     = 20 * time.Millisecond
)

// dialTCP connects to a printer.
func dialTCP(ctx context.Context, addr string) (net.Conn, error) {
	dialer := net.Dialer{Timeout: dialWait}
	return dialer.DialContext(ctx, "tcp", addr)
}

// deliver sends data and waits until the other side has acknowledged all of it. After an
// error nobody knows how much it has.
func deliver(ctx context.Context, conn net.Conn, data []byte) error {
	ends := time.Now().Add(deliverWait)
	if err := conn.SetDeadline(ends); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })
	defer stop()
	if _, err := conn.Write(data); err != nil {
		return err
	}
	raw, ok := conn.(syscall.Conn)
	if !ok {
		return nil // its Write returns once the other side has read
	}
	for {
		unsent, err := unacknowledged(raw)
		switch {
		case err != nil:
			return err
		case unsent == 0:
			return nil
		case time.Now().After(ends):
			return errUnacknowledged
		}
		rest(ctx, ackPoll)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// errUnacknowledged says that the printer has stopped taking data.
var errUnacknowledged = errors.New("the printer has not acknowledged what it was sent")

// unacknowledged returns how many octets were written that the other side has not
// acknowledged. A connection that was reset has an error, and no such octets any more, so the
// error is looked at last. tcp(7), SIOCOUTQ
func unacknowledged(conn syscall.Conn) (octets int, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, err
	}
	var failed int
	var queueErr, errErr error
	err = raw.Control(func(fd uintptr) {
		octets, queueErr = unix.IoctlGetInt(int(fd), unix.SIOCOUTQ)
		failed, errErr = unix.GetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_ERROR)
	})
	if err = errors.Join(err, queueErr, errErr); err != nil {
		return 0, err
	}
	if failed != 0 {
		return 0, fmt.Errorf("the connection broke: %w", syscall.Errno(failed))
	}
	return octets, nil
}
