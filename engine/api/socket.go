package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// headerWait bounds how long a connection may take to ask.
const headerWait = 10 * time.Second

// Listen makes the socket at path, 0600 from its first moment. A socket that nobody
// listens on is what a crash left, and is replaced.
//
// Linux gives the file the mode of the socket that is bound, less the umask. Setting the
// umask instead would change it for every file that the process makes meanwhile.
func Listen(path string) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	private := net.ListenConfig{Control: func(_, _ string, raw syscall.RawConn) error {
		var failed error
		err := raw.Control(func(fd uintptr) { failed = unix.Fchmod(int(fd), 0o600) })
		return errors.Join(err, failed)
	}}
	return private.Listen(context.Background(), "unix", path)
}

// Server serves handler to root and to the daemon's own user, and to nobody else.
func Server(handler http.Handler) *http.Server {
	return &http.Server{
		Handler:           guard(handler),
		ReadHeaderTimeout: headerWait,
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			uid, err := peer(conn)
			return context.WithValue(ctx, peerKey{}, caller{uid, err})
		},
	}
}

type peerKey struct{}

type caller struct {
	uid uint32
	err error
}

// UID is the caller's user id, or that of nobody.
func UID(ctx context.Context) uint32 {
	c, ok := ctx.Value(peerKey{}).(caller)
	if !ok {
		return 65534
	}
	return c.uid
}

func guard(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		c, ok := req.Context().Value(peerKey{}).(caller)
		if !ok || c.err != nil || (c.uid != 0 && int(c.uid) != os.Getuid()) {
			problem(reply, http.StatusForbidden, errors.New("this socket is for root and the daemon's user"))
			return
		}
		handler.ServeHTTP(reply, req)
	})
}

// peer asks the kernel who is at the other end: unix(7), SO_PEERCRED.
func peer(conn net.Conn) (uint32, error) {
	uc, ok := conn.(*net.UnixConn)
	if !ok {
		return 0, fmt.Errorf("api: %T is not a Unix socket", conn)
	}
	raw, err := uc.SyscallConn()
	if err != nil {
		return 0, err
	}
	var cred *unix.Ucred
	var serr error
	err = raw.Control(func(fd uintptr) { cred, serr = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err = errors.Join(err, serr); err != nil {
		return 0, err
	}
	return cred.Uid, nil
}
