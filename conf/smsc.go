package conf

import (
	"slices"
	"time"
)

// SMSC is one bind to an operator's short message service centre.
type SMSC struct {
	Name       string   `toml:"name"`        // unique; in logs, metrics and payments
	Addr       string   `toml:"addr"`        // host:port
	ReplyBy    string   `toml:"reply_by"`    // bind that answers what a receiver receives; empty: see ReplyBind
	Window     int      `toml:"window"`      // requests without a response, at most
	Rate       int      `toml:"rate"`        // texts a second, at most; 0: as many as the SMSC takes without refusing
	ShortCodes []string `toml:"short_codes"` // that the bind serves; the first one sends
	Alphabet   string   `toml:"alphabet"`    // of data_coding 0: gsm, latin1, ascii, utf8, ucs2 or gbk

	BindRequest
	Addressing
	SMSCTimes
}

// BindRequest says what the request to bind contains, SMPP 3.4 4.1.
type BindRequest struct {
	Bind             string `toml:"bind"`              // transceiver, transmitter or receiver
	SystemID         string `toml:"system_id"`         // SMPP 3.4 5.2.1
	SystemType       string `toml:"system_type"`       // SMPP 3.4 5.2.3
	Password         Secret `toml:"password"`          // SMPP 3.4 5.2.2
	LongCredentials  bool   `toml:"long_credentials"`  // more than SMPP 3.4 has room for
	InterfaceVersion string `toml:"interface_version"` // 3.3, 3.4 or 5.0; SMPP 3.4 5.2.4
	AddressRange     string `toml:"address_range"`     // SMPP 3.4 5.2.7
	AddrTON          int    `toml:"addr_ton"`          // of AddressRange; SMPP 3.4 5.2.5
	AddrNPI          int    `toml:"addr_npi"`          // of AddressRange; SMPP 3.4 5.2.6
}

// Addressing says how the SMSC writes numbers, and wants them written. A reload takes it
// over, except for AmbiguousSender.
type Addressing struct {
	SourceTON       int    `toml:"source_ton"` // of the short code; SMPP 3.4 5.2.5
	SourceNPI       int    `toml:"source_npi"` // SMPP 3.4 5.2.6
	DestTON         int    `toml:"dest_ton"`   // of the subscriber's number
	DestNPI         int    `toml:"dest_npi"`
	DestForm        string `toml:"dest_form"`        // digits, plus or national: how the SMSC wants E.164
	AmbiguousSender string `toml:"ambiguous_sender"` // refuse, national or international: see mpg.toml
}

// SMSCTimes says how long a bind waits.
type SMSCTimes struct {
	Dial        time.Duration `toml:"dial"`         // to connect
	Response    time.Duration `toml:"response"`     // for any response; the session's response_timer, SMPP 3.4 7.2
	Write       time.Duration `toml:"write"`        // to hand bytes to the network
	EnquireLink time.Duration `toml:"enquire_link"` // between two tries of the link
	Backoff     time.Duration `toml:"backoff"`      // before the first reconnect; it doubles
	BackoffMax  time.Duration `toml:"backoff_max"`
}

// Sends reports whether the bind may send texts.
func (b BindRequest) Sends() bool { return b.Bind != "receiver" }

// Receives reports whether the bind may receive texts.
func (b BindRequest) Receives() bool { return b.Bind != "transmitter" }

// ReplyBind returns the name of the bind that answers what comes in by bind: bind itself if
// it sends; otherwise the one named by reply_by; otherwise the first that sends and has one
// of its short codes; otherwise the only one that sends. It is empty if there is none,
// which Load refuses.
func (f *File) ReplyBind(bind SMSC) string {
	if bind.Sends() {
		return bind.Name
	}
	only, senders := "", 0
	for _, other := range f.SMSC {
		shared := func(code string) bool { return slices.Contains(other.ShortCodes, code) }
		switch {
		case !other.Sends():
		case bind.ReplyBy == other.Name || bind.ReplyBy == "" && slices.ContainsFunc(bind.ShortCodes, shared):
			return other.Name
		default:
			only, senders = other.Name, senders+1
		}
	}
	if senders == 1 && bind.ReplyBy == "" {
		return only
	}
	return ""
}
