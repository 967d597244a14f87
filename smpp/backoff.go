package smpp

import (
	"errors"
	"time"

	"mpg/smpp/pdu"
)

// BindError is the SMSC's refusal of a bind.
type BindError struct{ Status pdu.Status }

// Error names the status.
func (e *BindError) Error() string { return "smpp: bind refused: " + e.Status.Error() }

// credentials reports whether only the operator can put it right. The session still tries
// now and then: an SMSC may be corrected under a running daemon.
func (e *BindError) credentials() bool {
	return e.Status == pdu.RInvPaswd || e.Status == pdu.RInvSysID || e.Status == pdu.RInvSysTyp
}

// refusedFactor is the factor of Backoff.Base after the SMSC has refused a bind.
const refusedFactor = 10

// Backoff is the wait between two attempts to bind: a random share, at least half, of Base
// doubled at each failure up to Max. After a refused bind it starts at ten times Base,
// since an SMSC may bar an account that repeats a refused bind every second. 0 means the
// default in brackets.
type Backoff struct {
	Base time.Duration // [500ms]
	Max  time.Duration // [60s]
}

// after returns how long to wait after that many failures in a row, the last of which was
// err: a share, at least half, of a ceiling that doubles. With a random share, in [0,1),
// the ESMEs of an SMSC that restarts do not all come back at once, and none of them retries
// immediately.
func (b Backoff) after(failures int, err error, random float64) time.Duration {
	ceiling := b.Base
	var refused *BindError
	if errors.As(err, &refused) {
		ceiling *= refusedFactor
		if refused.credentials() {
			ceiling = b.Max
		}
	}
	for range failures {
		if ceiling >= b.Max {
			break
		}
		ceiling *= 2
	}
	half := min(ceiling, b.Max) / 2
	return half + time.Duration(random*float64(half))
}
