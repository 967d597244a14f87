package demo

import (
	"fmt"
	"maps"
	"sync"
)

// The switches that break the world.
const (
	BankSilent     = "bank-silent"     // the bank books and does not answer
	BankRefuses    = "bank-refuses"    // Li Lei's bank refuses whatever it is asked
	IssuerSilent   = "issuer-silent"   // the card issuer books and does not answer
	IssuerDeclines = "issuer-declines" // it answers that the limit is exceeded
	SMSCDown       = "smsc-down"       // the SMSC drops the bind and refuses a new one
	PhoneBusy      = "phone-busy"      // every handset is engaged
)

// switches returns the names of all.
func switches() []string {
	return []string{BankSilent, BankRefuses, IssuerSilent, IssuerDeclines, SMSCDown, PhoneBusy}
}

// faults holds the switches and what they turn.
type faults struct {
	hub *hub
	mu  sync.Mutex
	on  map[string]bool
	do  map[string]func(on bool)
}

// newFaults takes what each switch does. The map is not written afterwards.
func newFaults(all *hub, do map[string]func(on bool)) *faults {
	f := &faults{hub: all, on: map[string]bool{}, do: do}
	for name := range do {
		f.on[name] = false
	}
	all.set("faults", maps.Clone(f.on))
	return f
}

// set turns a switch.
func (f *faults) set(name string, on bool) error {
	do, ok := f.do[name]
	if !ok {
		return fmt.Errorf("there is no switch %q", name)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	do(on)
	f.on[name] = on
	f.hub.set("faults", maps.Clone(f.on))
	return nil
}
