package debian

import (
	"net/netip"
	"strings"
	"sync"
	"testing"

	"mpg/ivr/media"
	"mpg/ivr/phone"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// Where the shipped mpg.toml expects its peers, and its account at the SMSC. The
// network is the test's own, so nobody else is there.
const (
	smscAddr  = "127.0.0.1:2775"
	trunkAddr = "127.0.0.1:5070"
	systemID  = "mpg"
	password  = "secret"
	shortCode = "8888"
)

// around is the operator's side: an SMSC, and a trunk with handsets behind it.
type around struct {
	t      *testing.T
	smsc   *smsc.Server
	phones *phone.Exchange

	mu    sync.Mutex
	texts map[string][]string // to each number
}

func newAround(t *testing.T) *around {
	t.Helper()
	a := &around{t: t, texts: make(map[string][]string)}
	var err error
	if a.smsc, err = smsc.Listen(smsc.Config{Addr: smscAddr, SystemID: systemID, Password: password, OnSubmit: a.submit}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.smsc.Close() })
	trunk := netip.MustParseAddrPort(trunkAddr)
	sound, err := media.New(media.Config{IP: trunk.Addr(), Shards: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sound.Close() })
	if a.phones, err = phone.New(phone.Config{Listen: trunk, Media: sound}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.phones.Close() })
	return a
}

func (a *around) submit(s smsc.Submit) (string, pdu.Status) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.texts[s.To] = append(a.texts[s.To], s.Text)
	return "", pdu.ROK
}

// text has a subscriber text to the gateway.
func (a *around) text(from, words string) {
	a.t.Helper()
	if err := a.smsc.DeliverAsync(from, shortCode, words, nil); err != nil {
		a.t.Fatal(err)
	}
}

// keys has the handset of number press keys: the first one when the first sentence
// begins, each further one when a sentence has ended.
func (a *around) keys(number string, all ...string) {
	acts := []phone.Act{{Wait: phone.Speech, Keys: all[0]}}
	for _, more := range all[1:] {
		acts = append(acts, phone.Act{Wait: phone.Quiet, Keys: more})
	}
	a.phones.Set(number, phone.Behaviour{Acts: acts})
}

// awaitText waits for a text to number with all of these words.
func (a *around) awaitText(number string, words ...string) {
	a.t.Helper()
	eventually(a.t, "a text to "+number+" with "+strings.Join(words, ", "), func() bool {
		a.mu.Lock()
		defer a.mu.Unlock()
		for to, texts := range a.texts {
			if strings.TrimPrefix(to, "+") != strings.TrimPrefix(number, "+") {
				continue
			}
			for _, text := range texts {
				if holdsAll(text, words) {
					return true
				}
			}
		}
		return false
	})
}

func holdsAll(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}
