package peers

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// Values of data_coding. SMPP 3.4 5.2.19
const (
	codingDefault = 0 // GSM 7-bit default alphabet, one septet in each octet
	codingUCS2    = 8
)

// smsc is a script in testdata: a library of others behind lines of JSON.
type smsc struct {
	t   *testing.T
	in  io.Writer
	out *output

	mu     sync.Mutex
	events []smscEvent
	sent   int // deliver_sm so far
}

// smscEvent is one line of the SMSC. What is set depends on Event.
type smscEvent struct {
	Event    string `json:"event"`
	Port     int    `json:"port"`      // listening
	SystemID string `json:"system_id"` // bound
	Version  int    `json:"version"`
	ID       int    `json:"id"` // delivered
	Status   int    `json:"status"`
	Sequence int    `json:"sequence"` // deliver_sm_resp, generic_nack
	From     string `json:"from"`     // submit
	To       string `json:"to"`
	TON      int    `json:"ton"`
	NPI      int    `json:"npi"`
	Coding   int    `json:"coding"`
	ESMClass int    `json:"esm_class"`
	Text     string `json:"text"`
}

// fields are those of a deliver_sm by their names in the standard, and udh and
// payload as testdata/smsc.js reads them.
type fields map[string]any

// interpreter runs an SMSC's script; all scripts know the same lines.
type interpreter struct{ program, script string }

// The SMSCs: npm smpp, and Net::SMPP, which knows no more than orders and texts.
var (
	npmSMPP = interpreter{"node", "testdata/smsc.js"}
	netSMPP = interpreter{"perl", "testdata/smsc.pl"}
)

// startSMSC starts an SMSC on host, which will listen on a free port.
func startSMSC(t *testing.T, by interpreter, dir, host, systemID, password string) *smsc {
	t.Helper()
	script, err := filepath.Abs(by.script)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := filepath.Abs(nodePath)
	if err != nil {
		t.Fatal(err)
	}
	s := &smsc{t: t, out: new(output)}
	s.out.line = s.heard
	c := exec.Command(by.program, script)
	c.Dir, c.Env = dir, append(os.Environ(), "NODE_PATH="+modules)
	c.Stdout, c.Stderr = s.out, s.out
	if s.in, err = c.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	start(t, by.program, c)
	s.do(map[string]any{"do": "listen", "host": host, "system_id": systemID, "password": password})
	return s
}

// heard takes one line. What is no JSON is an error message, which stays in the
// output.
func (s *smsc) heard(line []byte) {
	var e smscEvent
	if json.Unmarshal(line, &e) != nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events = append(s.events, e)
}

// do sends one order to the script.
func (s *smsc) do(order map[string]any) {
	s.t.Helper()
	line, err := json.Marshal(order)
	if err == nil {
		_, err = s.in.Write(append(line, '\n'))
	}
	if err != nil {
		s.t.Fatalf("the SMSC: %v\n%s", err, s.out.tail())
	}
}

// find is the first event that is so, or nil.
func (s *smsc) find(is func(e *smscEvent) bool) *smscEvent {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.events, func(e smscEvent) bool { return is(&e) })
	if i < 0 {
		return nil
	}
	e := s.events[i]
	return &e
}

// await waits for an event.
func (s *smsc) await(what string, is func(e *smscEvent) bool) *smscEvent {
	s.t.Helper()
	var e *smscEvent
	eventually(s.t, "the SMSC: "+what, func() bool { e = s.find(is); return e != nil })
	return e
}

// named is an event by its name.
func named(name string) func(*smscEvent) bool {
	return func(e *smscEvent) bool { return e.Event == name }
}

// count is how many events are so.
func (s *smsc) count(is func(e *smscEvent) bool) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for i := range s.events {
		if is(&s.events[i]) {
			n++
		}
	}
	return n
}

// text delivers words from a subscriber in the alphabet coding, encoded by npm
// smpp, and waits for a deliver_sm_resp without error.
func (s *smsc) text(from, words string, coding int) {
	s.t.Helper()
	s.accepted(s.deliver(from, fields{"data_coding": coding, "short_message": words}))
}

// deliver sends one deliver_sm from an E.164 number to the short code.
func (s *smsc) deliver(from string, f fields) (id int) {
	s.t.Helper()
	s.mu.Lock()
	s.sent++
	id = s.sent
	s.mu.Unlock()
	pdu := fields{"source_addr": from[1:], "destination_addr": shortCode}
	for name, value := range f {
		pdu[name] = value
	}
	s.do(map[string]any{"do": "deliver", "id": id, "pdu": pdu})
	return id
}

// accepted waits for the deliver_sm_resp, which has to be ESME_ROK.
func (s *smsc) accepted(id int) {
	s.t.Helper()
	e := s.await("deliver_sm_resp", func(e *smscEvent) bool { return e.Event == "delivered" && e.ID == id })
	if e.Status != 0 {
		s.t.Errorf("deliver_sm_resp has command_status %d", e.Status)
	}
}

// textsTo are the texts that the daemon has sent to an E.164 number.
func (s *smsc) textsTo(number string) (all []smscEvent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, e := range s.events {
		if e.Event == "submit" && e.To == number[1:] {
			all = append(all, e)
		}
	}
	return all
}
