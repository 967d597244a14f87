package peers

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// keyPause is between two keys: baresip sounds each for a while.
const keyPause = 200 * time.Millisecond

// baresip is the phone of one person, without a sound card. It answers by itself.
type baresip struct {
	*child
	out  *output
	ctrl net.Conn
	in   *bufio.Reader
}

// modules are where Debian puts baresip's; the folder is the same on each of its
// machines but for those with multiarch paths.
var modules = []string{"/usr/lib/baresip/modules", "/usr/lib/*/baresip/modules"} // never written to

// startBaresip starts the phone of p on the address that the trunk has.
func (w *world) startBaresip(p person) *baresip {
	w.t.Helper()
	dir := filepath.Join(w.dir, "baresip")
	config := fmt.Sprintf(`poll_method epoll
sip_listen %s:%d
net_interface %s
audio_source aufile,%s
rtp_ports %d-%d
module_path %s
module g711.so
module aufile.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen %s:%d
`, w.ip, phoneSIP, w.device, filepath.Join(dir, "quiet.wav"), phoneRTP, phoneRTP+rtpPorts, moduleDir(w.t), w.ip, phoneCtrl)
	account := fmt.Sprintf("<sip:%s@%s;transport=udp>;regint=0;answermode=auto;audio_codecs=pcma/8000;dtmfmode=rtpevent\n", p.number[1:], w.ip)
	err := os.Mkdir(dir, 0o700)
	for name, text := range map[string]string{"config": config, "accounts": account, "contacts": "", "quiet.wav": quiet()} {
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600)
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	b := &baresip{out: new(output)}
	c := exec.Command("baresip", "-4", "-f", dir)
	c.Dir, c.Stdout, c.Stderr = dir, b.out, b.out
	b.child = start(w.t, "baresip", c)
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("baresip:\n%s", b.out.tail())
		}
	})
	awaitUDP(w.t, phoneSIP, w.ip)
	b.connect(net.JoinHostPort(w.ip, strconv.Itoa(phoneCtrl)))
	return b
}

// quiet is what the microphone picks up: a WAV file of silence, longer than any
// call. Without a source baresip sends no keys either.
func quiet() string {
	const rate, octets = 8000, 2 * 8000 * int(patience/time.Second)
	le := binary.LittleEndian
	b := le.AppendUint32([]byte("RIFF"), 36+uint32(octets))
	b = le.AppendUint32(append(b, "WAVEfmt "...), 16)
	b = le.AppendUint16(le.AppendUint16(b, 1), 1) // PCM, one channel
	b = le.AppendUint32(le.AppendUint32(b, rate), 2*rate)
	b = le.AppendUint16(le.AppendUint16(b, 2), 16) // octets and bits of a sample
	b = le.AppendUint32(append(b, "data"...), uint32(octets))
	return string(b) + strings.Repeat("\x00", octets)
}

func moduleDir(t *testing.T) string {
	t.Helper()
	for _, pattern := range modules {
		if found, _ := filepath.Glob(filepath.Join(pattern, "g711.so")); len(found) > 0 {
			return filepath.Dir(found[0])
		}
	}
	t.Fatal("baresip has no modules")
	return ""
}

// connect opens the port by which keys are pressed.
func (b *baresip) connect(addr string) {
	b.t.Helper()
	eventually(b.t, "baresip's port for commands", func() bool {
		var err error
		b.ctrl, err = net.Dial("tcp", addr)
		return err == nil
	})
	b.t.Cleanup(func() { _ = b.ctrl.Close() })
	b.in = bufio.NewReader(b.ctrl)
}

// press presses keys one by one, as fast as a nimble thumb.
func (b *baresip) press(keys string) {
	b.t.Helper()
	for _, k := range keys {
		b.command("sndcode", string(k))
		time.Sleep(keyPause) // the phone's own time: it has no word for the end of a key
	}
}

// command sends a command and waits for its answer, each a netstring of JSON;
// what happens to the call comes as events in between.
func (b *baresip) command(name, params string) {
	b.t.Helper()
	order, err := json.Marshal(map[string]string{"command": name, "params": params})
	if err == nil {
		err = b.ctrl.SetDeadline(time.Now().Add(patience))
	}
	if err == nil {
		_, err = fmt.Fprintf(b.ctrl, "%d:%s,", len(order), order)
	}
	for err == nil {
		var m ctrlMessage
		if m, err = b.read(); err == nil && m.Response {
			if !m.OK {
				b.t.Errorf("baresip refuses %s", name)
			}
			return
		}
	}
	b.t.Fatalf("baresip: %v", err)
}

// ctrlMessage is what comes from baresip: the answer to a command, or an event.
type ctrlMessage struct{ Response, OK bool }

// read reads one netstring: its length, a colon, the octets, a comma.
func (b *baresip) read() (m ctrlMessage, err error) {
	size, err := b.in.ReadString(':')
	if err != nil {
		return m, err
	}
	n, err := strconv.Atoi(size[:len(size)-1])
	if err != nil {
		return m, err
	}
	text := make([]byte, n+len(","))
	if _, err := io.ReadFull(b.in, text); err != nil {
		return m, err
	}
	return m, json.Unmarshal(text[:n], &m)
}
