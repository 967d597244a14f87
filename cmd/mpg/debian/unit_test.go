package debian

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// unitFile is where the unit is installed.
const unitFile = "/usr/lib/systemd/system/mpg.service"

// unit holds the settings of the installed unit by name.
type unit map[string]string

func (r *root) unit() unit {
	r.t.Helper()
	text, err := os.ReadFile(r.at(unitFile))
	if err != nil {
		r.t.Fatal(err)
	}
	u := make(unit)
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok && !strings.HasPrefix(name, "#") {
			u[name] = value
		}
	}
	return u
}

// confine is a script that does to its arguments what systemd does to ExecStart: the
// folders of StateDirectory are made for the user; with ProtectSystem=strict all else
// is read-only, and PrivateTmp gives an empty /tmp. Then it becomes the user, without
// any right. systemd.exec(5). What it cannot do here, such as SystemCallFilter, is
// looked at by the tests of conf.
const confine = `
root=$1 user=$2 group=$3 mode=$4 mask=$5 folders=$6; shift 6
for folder in $folders; do
	path=$root/var/lib/$folder
	chroot "$root" install -d -m "$mode" -o "$user" -g "$group" "/var/lib/$folder"
	mount --bind "$path" "$path"
done
mount -t tmpfs -o mode=1777 none "$root/tmp"
mount -o remount,bind,ro "$root"
umask "$mask"
exec chroot "$root" setpriv --reuid "$user" --regid "$group" --clear-groups --no-new-privs \
	--bounding-set=-all --inh-caps=-all -- "$@"`

// confined is a command that runs in the root as the unit would run it.
func (r *root) confined(args ...string) *exec.Cmd {
	r.t.Helper()
	u := r.unit()
	if u["ProtectSystem"] != "strict" || u["PrivateTmp"] != "yes" || u["NoNewPrivileges"] != "yes" || u["CapabilityBoundingSet"] != "" {
		r.t.Fatalf("the unit is confined otherwise than this test knows: %v", u)
	}
	c := exec.Command("unshare", append([]string{"--mount", "--propagation", "private", "--", "sh", "-ec", confine, "sh",
		r.path, u["User"], u["Group"], u["StateDirectoryMode"], u["UMask"], u["StateDirectory"]}, args...)...)
	c.Env = []string{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"}
	return c
}

// daemon is the unit's main process.
type daemon struct {
	t      *testing.T
	cmd    *exec.Cmd
	notify *net.UnixConn
	ended  chan struct{} // closed once the process has ended

	mu  sync.Mutex
	log bytes.Buffer
}

// Write keeps what the daemon logs.
func (d *daemon) Write(b []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.Write(b)
}

func (d *daemon) said() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.log.String()
}

// start starts the unit and waits for its READY.
func (r *root) start() *daemon {
	r.t.Helper()
	name := fmt.Sprintf("@mpg-debian-%d-%d", os.Getpid(), time.Now().UnixNano())
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		r.t.Fatal(err)
	}
	d := &daemon{t: r.t, notify: notify, ended: make(chan struct{})}
	d.cmd = r.confined(strings.Fields(r.unit()["ExecStart"])...)
	d.cmd.Env = append(d.cmd.Env, "NOTIFY_SOCKET="+name)
	d.cmd.Stdout, d.cmd.Stderr = d, d
	if err := d.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func() {
		_ = d.cmd.Wait() // how it ended is in ProcessState
		_ = notify.Close()
		close(d.ended)
	}()
	r.t.Cleanup(func() {
		_ = d.cmd.Process.Kill() // it may have ended
		<-d.ended
		if r.t.Failed() {
			r.t.Logf("mpg.service:\n%s", d.said())
		}
	})
	d.awaitReady()
	return d
}

// awaitReady reads what systemd is told until it is READY=1. sd_notify(3)
func (d *daemon) awaitReady() {
	d.t.Helper()
	if err := d.notify.SetReadDeadline(time.Now().Add(patience)); err != nil {
		d.t.Fatal(err)
	}
	for buf := make([]byte, 4096); ; {
		n, err := d.notify.Read(buf)
		if err != nil {
			d.t.Fatalf("mpg.service is not READY: %v\n%s", err, d.said())
		}
		if bytes.Contains(buf[:n], []byte("READY=1")) {
			return
		}
	}
}

// stop ends the unit by SIGTERM, and it has to end well.
func (d *daemon) stop() {
	d.t.Helper()
	if err := d.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		d.t.Fatal(err)
	}
	select {
	case <-d.ended:
	case <-time.After(patience):
		d.t.Fatalf("mpg.service has not ended after %v", patience)
	}
	if code := d.cmd.ProcessState.ExitCode(); code != 0 {
		d.t.Errorf("mpg.service ended with %d\n%s", code, d.said())
	}
}
