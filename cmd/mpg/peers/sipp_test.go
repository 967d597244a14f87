package peers

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"text/template"
	"time"
)

// sipp is SIPp with a phone for each of several people.
type sipp struct {
	*child
	out *output
}

// scene is what testdata/phone.xml.tmpl is filled with.
type scene struct {
	Law     int // payload type of the sound
	Listens int // ms from the answer to the first key
	People  []scenePerson
}

type scenePerson struct{ Digits, PIN string }

// startSIPp starts SIPp as the phones of people, which are called in any order
// and at once.
func (w *world) startSIPp(law int, listens time.Duration, people ...person) *sipp {
	w.t.Helper()
	play := scene{Law: law, Listens: int(listens.Milliseconds())}
	for _, p := range people {
		play.People = append(play.People, scenePerson{p.number[1:], p.pin})
	}
	var scenario bytes.Buffer
	if err := template.Must(template.ParseFiles("testdata/phone.xml.tmpl")).Execute(&scenario, play); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "phone.xml"), scenario.Bytes(), 0o600); err != nil {
		w.t.Fatal(err)
	}
	s := &sipp{out: new(output)}
	c := exec.Command("sipp", "-sf", "phone.xml", "-i", w.ip, "-p", fmt.Sprint(phoneSIP), "-mp", fmt.Sprint(phoneRTP),
		"-nostdin", "-timeout", fmt.Sprint(int(patience.Seconds()), "s"))
	c.Dir, c.Stdout, c.Stderr = w.dir, s.out, s.out
	s.child = start(w.t, "sipp", c)
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("sipp:\n%s", s.out.tail())
		}
	})
	awaitUDP(w.t, phoneSIP, w.ip)
	return s
}

// content ends SIPp and fails the test unless every call went by the scenario.
func (s *sipp) content() {
	s.t.Helper()
	s.signal(syscall.SIGUSR1) // once no call is on
	if err := s.await(); err != nil {
		s.t.Errorf("SIPp is not content: %v\n%s", err, s.out.tail())
	}
}

// awaitUDP waits until somebody listens. It asks the kernel's table: to try the
// port out would take it from whom it is meant for.
func awaitUDP(t *testing.T, port int, ip string) {
	t.Helper()
	var a, b, c, d byte
	if _, err := fmt.Sscanf(ip, "%d.%d.%d.%d", &a, &b, &c, &d); err != nil {
		t.Fatal(err)
	}
	entry := fmt.Sprintf("%02X%02X%02X%02X:%04X ", d, c, b, a, port) // proc(5): little-endian
	eventually(t, fmt.Sprintf("UDP port %d", port), func() bool {
		table, err := os.ReadFile("/proc/net/udp")
		return err == nil && strings.Contains(string(table), entry)
	})
}
