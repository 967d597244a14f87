package host

import (
	"crypto/cipher"
	"encoding/hex"
	"errors"
	"strings"
	"sync"

	"mpg/engine/bank/cbcmac"
	"mpg/engine/bank/iso8583"
)

// MAC says which messages carry a message authentication code, in both directions. The host
// treats a message whose MAC is missing or wrong as not received, as most hosts do.
type MAC struct {
	Algorithm cbcmac.Algorithm
	Padding   cbcmac.Padding
	Octets    int    // of the MAC that are sent, the rest being zeros; 0: all
	On        string // second digits of the message types that carry one, such as "124"; with 8, once there is a key
	Key       []byte // at the start; nil: none, until one is exchanged
	// Zone is the zone master key under which keys are sent, and Cipher its algorithm; nil:
	// no key is ever sent.
	Zone   []byte
	Cipher cbcmac.Cipher
	// KeyElement is iso8583.DESecurity for hosts that send the key there, and its check
	// value in DE48; otherwise both are in DE48.
	KeyElement iso8583.DE
}

// macs are the keys of a host. A nil macs makes and wants no MAC.
type macs struct {
	rules   MAC
	zone    cipher.Block
	dialect *iso8583.Dialect

	mu sync.Mutex
	// A key that was replaced still counts, and so does one that the gateway has not
	// confirmed, if it uses it.
	using, before, next *cbcmac.MAC
	made                int // keys
}

// errNoZone says that the host has no zone master key.
var errNoZone = errors.New("host: there is no zone master key")

func newMACs(rules *MAC, dialect *iso8583.Dialect) (*macs, error) {
	if rules == nil {
		return nil, nil
	}
	m := &macs{rules: *rules, dialect: dialect}
	if m.rules.Octets == 0 {
		m.rules.Octets = cbcmac.Size
	}
	var err error
	if rules.Zone != nil {
		m.zone, err = cbcmac.NewCipher(rules.Cipher, rules.Zone)
	}
	if err == nil && rules.Key != nil {
		m.using, err = cbcmac.New(rules.Algorithm, rules.Padding, rules.Key)
	}
	return m, err
}

// covers reports whether messages of that type carry a MAC. The lock is held.
func (m *macs) covers(mti iso8583.MTI) bool {
	return strings.Contains(m.rules.On, string(mti[1])) && (mti[1] != '8' || m.using != nil)
}

// authentic reports whether a packed message has the MAC that it needs.
func (m *macs) authentic(message *iso8583.Message, packed []byte) bool {
	if m == nil {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.covers(message.MTI) {
		return true
	}
	data, code, found := m.dialect.MAC(packed)
	good := func(one *cbcmac.MAC) bool { return one != nil && one.Verify(data, cbcmac.Code(code), m.rules.Octets) }
	switch {
	case !found:
		return false
	case good(m.using), good(m.before):
		return true
	case good(m.next):
		m.use()
		return true
	}
	return false
}

// authenticate returns packed with the MAC that it needs.
func (m *macs) authenticate(mti iso8583.MTI, packed []byte) ([]byte, error) {
	if m == nil {
		return packed, nil
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.covers(mti) || m.using == nil {
		return packed, nil
	}
	return m.dialect.Authenticate(packed, func(data []byte) (iso8583.Code, error) {
		return iso8583.Code(cbcmac.Truncate(m.using.Sum(data), m.rules.Octets)), nil
	})
}

// use begins to use the next key. The lock is held.
func (m *macs) use() {
	if m.next != nil {
		m.before, m.using, m.next = m.using, m.next, nil
	}
}

// newKey makes the next key and puts it into message, encrypted, with its check value.
func (m *macs) newKey(message *iso8583.Message) error {
	if m == nil || m.zone == nil {
		return errNoZone
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.made++
	size := m.zone.BlockSize()
	sealed := make([]byte, size)
	if m.rules.Algorithm == cbcmac.CMAC || m.rules.KeyElement != iso8583.DESecurity {
		sealed = make([]byte, 16)
	}
	for i := range sealed {
		sealed[i] = byte(31*m.made + 7*i) // the key must differ from others, and nobody's money depends on it
	}
	plain := make([]byte, len(sealed))
	for at := 0; at < len(sealed); at += size {
		m.zone.Decrypt(plain[at:], sealed[at:at+size])
	}
	check, err := cbcmac.CheckValue(cbcmac.CipherOf(m.rules.Algorithm), plain)
	if err == nil {
		m.next, err = cbcmac.New(m.rules.Algorithm, m.rules.Padding, plain)
	}
	if err != nil {
		return err
	}
	digits := strings.ToUpper(hex.EncodeToString(sealed))
	if m.rules.KeyElement == iso8583.DESecurity {
		message.Set(iso8583.DESecurity, digits)
		message.Set(iso8583.DEAdditional, check)
		return nil
	}
	message.Set(iso8583.DEAdditional, digits+check)
	return nil
}

// ChangeKey sends a new key to every line that is signed on, and uses it once it is
// confirmed.
func (h *Host) ChangeKey() error {
	h.mu.Lock()
	h.traces++
	m := iso8583.Network(iso8583.KeyChange, h.traces, h.now(), "")
	h.mu.Unlock()
	if err := h.macs.newKey(m); err != nil {
		return err
	}
	h.Send(m)
	return nil
}

// confirmed uses the next key, if message says that the gateway has taken it.
func (m *macs) confirmed(message *iso8583.Message) {
	if m == nil || message.MTI != iso8583.NetworkResponse || message.Get(iso8583.DENetworkCode) != iso8583.KeyChange || message.Get(iso8583.DEResponse) != codeApproved {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.use()
}

// giveKey answers a message that asks for a key with one, and uses it from then on.
func (m *macs) giveKey(answer *iso8583.Message) {
	if err := m.newKey(answer); err != nil {
		answer.Set(iso8583.DEResponse, codeNotSupported)
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.use()
}
