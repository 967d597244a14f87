package api

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// headerWait bounds how long a connection may take to ask.
const headerWait = 10 * time.Second

// Private is the group of a socket that only root and the daemon's user can connect to.
const Private = -1

// Modes of the socket.
const (
	privateMode = 0o600
	sharedMode  = 0o660
)

// Listen makes the socket at path, which a group can connect to, or only its owner if the
// group is Private. A socket that nobody listens on is what a crash left, and is replaced.
//
// Linux gives the file the mode of the socket that is bound, less the umask. Setting the
// umask instead would change it for every file that the process makes meanwhile. The file
// gets its group, and with it a wider mode, before anybody can connect.
func Listen(path string, group int) (net.Listener, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	file := os.NewFile(uintptr(fd), path)
	defer func() { _ = file.Close() }() // the listener has a copy
	if err := bind(fd, path, group); err != nil {
		return nil, err
	}
	listener, err := net.FileListener(file)
	if unixListener, ok := listener.(*net.UnixListener); ok {
		unixListener.SetUnlinkOnClose(true)
	}
	return listener, err
}

// bind binds the socket fd to path, gives the file to group, and listens.
func bind(fd int, path string, group int) error {
	if err := unix.Fchmod(fd, privateMode); err != nil {
		return os.NewSyscallError("fchmod", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrUnix{Name: path}); err != nil {
		return &os.PathError{Op: "bind", Path: path, Err: err}
	}
	if group != Private {
		if err := share(path, group); err != nil {
			return err
		}
	}
	return os.NewSyscallError("listen", unix.Listen(fd, unix.SOMAXCONN))
}

// share gives the file at path to group. In a folder with the set-group-ID bit it may have
// that group already, and then no privilege is needed.
func share(path string, group int) error {
	var file unix.Stat_t
	if err := unix.Lstat(path, &file); err != nil {
		return &os.PathError{Op: "lstat", Path: path, Err: err}
	}
	if int(file.Gid) != group {
		if err := os.Lchown(path, -1, group); err != nil {
			return err
		}
	}
	return os.Chmod(path, sharedMode)
}

// Server serves handler. Unless the socket is shared with a group, it is for root and the
// daemon's own user, and for nobody else.
func Server(handler http.Handler, shared bool) *http.Server {
	return &http.Server{
		Handler:           guard(handler, shared),
		ReadHeaderTimeout: headerWait,
		ConnContext: func(ctx context.Context, conn net.Conn) context.Context {
			uid, err := peer(conn)
			return context.WithValue(ctx, peerKey{}, connection{uid, err})
		},
	}
}

// peerKey is the key of a peer in the context of a connection.
type peerKey struct{}

// connection says who is at the other end of a connection.
type connection struct {
	uid uint32
	err error // if the kernel does not say
}

// isHost reports whether it is root or the daemon's own user.
func (c connection) isHost() bool { return c.err == nil && (c.uid == 0 || int(c.uid) == os.Getuid()) }

// nobody is the user id of those whom the kernel does not name. In a user namespace such
// as that of PrivateUsers=yes of systemd they are all accounts but a few, and a token of one
// would do for another.
const nobody = 65534

// connectionOf returns who is at the other end.
func connectionOf(ctx context.Context) connection {
	c, ok := ctx.Value(peerKey{}).(connection)
	if !ok || c.err != nil {
		return connection{nobody, errors.Join(c.err, errNoPeer)}
	}
	return c
}

// errNoPeer says that nobody can tell who asks.
var errNoPeer = errors.New("api: not a connection of a Unix socket")

// guard lets in root and the daemon's own user, and others if the socket is shared.
func guard(handler http.Handler, shared bool) http.Handler {
	return http.HandlerFunc(func(reply http.ResponseWriter, req *http.Request) {
		c := connectionOf(req.Context())
		if c.err != nil || !shared && !c.isHost() {
			problem(reply, http.StatusForbidden, errors.New("this socket is for root and the daemon's user"))
			return
		}
		if c.uid == nobody && !c.isHost() {
			problem(reply, http.StatusForbidden, errNobody)
			return
		}
		handler.ServeHTTP(reply, req)
	})
}

// errNobody is the answer to accounts that cannot be told apart.
var errNobody = errors.New("the daemon cannot see which account of this machine you have")

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
