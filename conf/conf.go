package conf

import (
	"net/netip"
	"path/filepath"
	"time"
)

// File is the whole of an mpg.toml that Load found right. Paths in it are
// absolute.
type File struct {
	DataDir  string         `toml:"data_dir"`  // ledger and socket; mode 0700
	Currency string         `toml:"currency"`  // ISO 4217 code of amounts without one
	Language string         `toml:"language"`  // of a subscriber who has not chosen: zh or en
	Country  string         `toml:"country"`   // ISO 3166 code; how numbers without + are read
	TimeZone *time.Location `toml:"time_zone"` // of times in texts, and of the day that limits count
	Drain    time.Duration  `toml:"drain"`     // how long SIGTERM waits for calls and texts under way

	SMSC  []SMSC `toml:"smsc"`
	SIP   SIP    `toml:"sip"`
	Voice Voice  `toml:"voice"`
	Bank  []Bank `toml:"bank"`
	Offer
	Terms
	Order  Order  `toml:"order"`
	PIN    Key    `toml:"pin"`  // under which PINs are hashed
	Seal   Key    `toml:"seal"` // under which account numbers are sealed
	Notice Notice `toml:"notice"`
	Texts  Texts  `toml:"texts"`
	Office

	source source
}

// Terms say what payments cost, how much may be paid, and what people may do beyond paying
// each other.
type Terms struct {
	Tariff Tariff `toml:"tariff"`
	Limit  Limit  `toml:"limit"`
	Ask    Ask    `toml:"ask"`
	Claim  Claim  `toml:"claim"`
}

// Ask bounds the requests for money of one subscriber to another.
type Ask struct {
	Expires time.Duration `toml:"expires"`  // of one that is not answered
	PerDay  int           `toml:"per_day"`  // of one subscriber
	PerPair int           `toml:"per_pair"` // of these, to one number
	Open    int           `toml:"open"`     // that may wait for one subscriber
}

// Claim says what becomes of money that is sent to a number that is not registered.
type Claim struct {
	Enabled   bool          `toml:"enabled"`
	Expires   time.Duration `toml:"expires"`    // after which it goes back
	Open      int           `toml:"open"`       // of one payer
	PerNumber int           `toml:"per_number"` // that may wait for one number
}

// Office is what the operator's own people, and shops, work with.
type Office struct {
	Till     Till     `toml:"till"`
	Staff    Staff    `toml:"staff"`
	Approval Approval `toml:"approval"`
	HTTP     HTTP     `toml:"http"`
	View     View     `toml:"view"`
	Log      Log      `toml:"log"`
}

// Approval says which commands take two people, and how long their parts take.
type Approval struct {
	TopUpAbove  Amount        `toml:"topup_above"`  // a top-up above it; 0: none
	RefundAbove Amount        `toml:"refund_above"` // a refund above it; 0: none
	Expires     time.Duration `toml:"expires"`      // of a command that waits for its second person
	CoolingOff  time.Duration `toml:"cooling_off"`  // before a shop's new bank account is used
	PINWait     time.Duration `toml:"pin_wait"`     // before a new PIN can be chosen after a reset
}

// Staff says how members of staff reach the daemon.
type Staff struct {
	Session time.Duration `toml:"session"` // how long a login lasts
	Group   string        `toml:"group"`   // whose members may connect to Socket; empty: only root and the daemon's user
	Socket  string        `toml:"socket"`  // path; empty: mpg.sock in data_dir
}

// SocketName is the socket for commands in a data_dir.
const SocketName = "mpg.sock"

// SharedSocket is where the package puts the socket that staff may connect to. They may not
// read mpg.toml, which can hold passwords, and so cannot look there.
const SharedSocket = "/run/mpg/mpg.sock"

// Socket returns the path of the socket for commands.
func (f *File) Socket() string { return socketOf(f.DataDir, f.Staff) }

func socketOf(dataDir string, staff Staff) string {
	if staff.Socket != "" {
		return staff.Socket
	}
	return filepath.Join(dataDir, SocketName)
}

// source is the text that a File was read from.
type source struct {
	path  string // as given to Load
	lines lines
}

// Path is the name of the file, as it was given to Load.
func (f *File) Path() string { return f.source.path }

// Mistake returns a mistake about key of f that only the user of the value can find, such
// as an amount with more decimals than the currency has.
func (f *File) Mistake(key, text string) Mistake { return f.source.mistake(key, text) }

// mistake says what is wrong with key, and on which line.
func (s source) mistake(key, text string) Mistake {
	return Mistake{File: s.path, Line: s.lines.of(key), Key: key, Text: text}
}

// SIP is how subscribers are called.
type SIP struct {
	Listen    netip.AddrPort `toml:"listen"`    // UDP; port 0: any
	Advertise netip.Addr     `toml:"advertise"` // told to the trunk in place of Listen, as behind NAT; zero: Listen
	Trunk     string         `toml:"trunk"`     // sip:host:port
	// TrunkAddresses are further addresses from which the trunk sends requests,
	// or networks such as "192.0.2.0/28"; see Sources.
	TrunkAddresses []string      `toml:"trunk_addresses"`
	From           string        `toml:"from"`           // calling number; Load fills in the first short code
	Username       string        `toml:"username"`       // for the trunk's 401 and 407; empty: none
	Password       Secret        `toml:"password"`       // goes with Username
	RTPPorts       Ports         `toml:"rtp_ports"`      // UDP
	AllowPrefixes  []string      `toml:"allow_prefixes"` // E.164 with +; empty: no calls
	Number         string        `toml:"number"`         // digits or plus: how the trunk wants E.164
	Calls          int           `toml:"calls"`          // at once
	Ring           time.Duration `toml:"ring"`           // before a call counts as not answered
	Call           time.Duration `toml:"call"`           // longest call
	FirstKey       time.Duration `toml:"first_key"`      // silence after which a question is asked again
	NextKey        time.Duration `toml:"next_key"`       // silence within a PIN after which the caller is asked to continue
	StrictMedia    bool          `toml:"strict_media"`   // take RTP from the SDP's address only
}

// Sources returns the trunk's further addresses as networks. Load has checked them.
func (s SIP) Sources() []netip.Prefix {
	var all []netip.Prefix
	for _, text := range s.TrunkAddresses {
		if p, err := readPrefix(text); err == nil {
			all = append(all, p)
		}
	}
	return all
}

// readPrefix reads an IP address or a network.
func readPrefix(text string) (netip.Prefix, error) {
	if ip, err := netip.ParseAddr(text); err == nil && ip.Zone() == "" {
		return netip.PrefixFrom(ip, ip.BitLen()), nil
	}
	return netip.ParsePrefix(text)
}

// Voice is where prompts come from: recorded clips first, then Command where
// given, else espeak-ng, which also says what Command does not say in time.
type Voice struct {
	Clips   string   `toml:"clips"`   // folder; empty: none
	Espeak  string   `toml:"espeak"`  // program; empty: not used
	Command []string `toml:"command"` // program and arguments, with {lang} in them; empty: not used
	// CommandLanguages are the languages that Command speaks.
	CommandLanguages []string      `toml:"command_languages"`
	Wait             time.Duration `toml:"wait"`  // for Command to say a sentence, before espeak-ng does
	Pause            time.Duration `toml:"pause"` // from the answer to the first word
}

// Bank is a link to one bank or card issuer.
type Bank struct {
	Name          string        `toml:"name"`    // unique; part of account names: bank:NAME
	Addr          string        `toml:"addr"`    // host:port
	Standby       []string      `toml:"standby"` // other addresses of it, for when the first is down
	Dialect       string        `toml:"dialect"`
	Terminal      string        `toml:"terminal"`       // ISO 8583:1987 DE41
	Acquirer      string        `toml:"acquirer"`       // ISO 8583:1987 DE32
	MerchantType  string        `toml:"merchant_type"`  // ISO 8583:1987 DE18; empty: not told
	Dial          time.Duration `toml:"dial"`           // to connect
	Timeout       time.Duration `toml:"timeout"`        // silence after which a request's outcome is unknown
	ReversalRetry time.Duration `toml:"reversal_retry"` // the shortest time between two attempts to reverse
	ReversalFor   time.Duration `toml:"reversal_for"`   // without confirmation, after which a payment is in doubt
	Echo          time.Duration `toml:"echo"`           // of silence before the link is tried
	Backoff       time.Duration `toml:"backoff"`        // before the first reconnect; it doubles
	BackoffMax    time.Duration `toml:"backoff_max"`
	SignOffWait   time.Duration `toml:"sign_off_wait"` // after the bank has signed off

	BankReversals
	BankISO
	BankRisk
	BankHTTP
	BankFiles
}

// BankReversals says what the codes of a bank's answers to reversals mean, and how many are
// sent at once.
type BankReversals struct {
	ReversalWindow int `toml:"reversal_window"` // outstanding at once
	// What the codes of this bank's answers to reversals mean, ISO 8583:1987 DE39.
	// Only a code in the first list ends a reversal; one in no list means operator.
	ReversalDone     []string `toml:"reversal_done"`
	ReversalAbsent   []string `toml:"reversal_absent"`
	ReversalAgain    []string `toml:"reversal_again"`
	ReversalOperator []string `toml:"reversal_operator"`
}

// Offer holds the settings of what is offered. Its tables are those of the File.
type Offer struct {
	Product    Product    `toml:"product"`
	FirstPayee FirstPayee `toml:"first_payee"`
}

// Product says which products are offered, and holds the settings of single ones.
type Product struct {
	Off    []string `toml:"off"` // mdebit, mp2p, bankin, bankout, cashout, cashin or a module: orders for it are answered, and nothing is taken
	MPurse MPurse   `toml:"mpurse"`

	Vertical Vertical `toml:"vertical"`
	MCredit  MCredit  `toml:"mcredit"`
}

// Vertical says how long shops that capture their price later may take, and how much more they
// may have authorised.
type Vertical struct {
	Fuel  time.Duration `toml:"fuel"`  // from the order to the capture
	Hotel time.Duration `toml:"hotel"` // the same
	// Increase is how far a shop may have an authorised amount increased, in percent of what
	// its payer confirmed; 0: not at all.
	Increase int `toml:"increase"`
}

// MCredit says how shops that have chosen nothing else take cards.
type MCredit struct {
	Capture     string        `toml:"capture"`      // at_once or later
	Decide      time.Duration `toml:"decide"`       // time that a shop has to say whether it accepts an order
	CardDefault string        `toml:"card_default"` // what its silence means: accept or refuse
	Split       bool          `toml:"split"`        // the payer's purse pays what an issuer does not
	// Holds says for how many days issuers hold money: SCHEME MCC DAYS, with * for
	// any scheme and any MCC.
	Holds []string `toml:"holds"`
}

// MPurse says when a purse payment needs no PIN call.
type MPurse struct {
	PINAbove   Amount `toml:"pin_above"`    // up to this amount none; 0: always one
	PINFreeDay Amount `toml:"pin_free_day"` // sum without one in one local day; 0: no sum is free
}

// FirstPayee says what happens before a large first payment to a payee.
type FirstPayee struct {
	Above  Amount        `toml:"above"`  // 0: nothing
	Action string        `toml:"action"` // wait, before the call, or ask
	Wait   time.Duration `toml:"wait"`
}

// Tariff says what payments cost.
type Tariff struct {
	Files []string `toml:"files"` // none: payments cost nothing
}

// Limit bounds what one subscriber may pay, and what the operator may pay in.
type Limit struct {
	Payment Amount `toml:"payment"` // one payment; 0: no limit
	Day     Amount `toml:"day"`     // one local day; 0: no limit
	TopUp   Amount `toml:"topup"`   // one top-up; 0: no limit

	Files []string `toml:"files"` // of further limits
}

// Order says how orders by text are taken.
type Order struct {
	Expires       time.Duration `toml:"expires"`         // an order that nobody confirms
	Repeat        time.Duration `toml:"repeat"`          // an equal order within this is asked about
	Redelivery    time.Duration `toml:"redelivery"`      // a copy by the SMSC within this is recognised
	UnreadPerHour int           `toml:"unread_per_hour"` // answers to unread texts, for each sender
	CallsPerOrder int           `toml:"calls_per_order"`
	CallsPerHour  int           `toml:"calls_per_hour"` // for each subscriber
	BankWait      time.Duration `toml:"bank_wait"`      // before a caller hears "we will text you"
	RefundWithin  time.Duration `toml:"refund_within"`  // from a payment to its refund by text; 0: no limit
	Words         string        `toml:"words"`          // file of words beside the built-in ones; empty: none
}

// Key says where a secret key is.
type Key struct {
	KeyFile       string `toml:"key_file"` // made at the first start; empty when a credential is used
	KeyCredential string `toml:"key_credential"`
	// KeyPath is the file that holds the key, whichever way it was named. Only
	// a key of KeyFile may be made where it is missing.
	KeyPath string `toml:"-"`
	// OwnFolder says that the file was not named: serve makes its folder too, as it
	// makes data_dir.
	OwnFolder bool `toml:"-"`
}

// Notice says how texts to subscribers and merchants are sent.
type Notice struct {
	Retry time.Duration `toml:"retry"` // between two tries
}

// Texts holds what texts to subscribers and merchants say about the operator.
type Texts struct {
	Care      string `toml:"care"`       // number to call; empty: none is told
	Service   string `toml:"service"`    // name before each text; empty: none
	ServiceZH string `toml:"service_zh"` // before Chinese texts; empty: Service
	File      string `toml:"file"`       // of texts in place of built-in ones; empty: none
}

// View is the file of lists and searches.
type View struct {
	Enabled bool `toml:"enabled"` // otherwise nothing can be listed or searched
}

// HTTP is where metrics and health are served.
type HTTP struct {
	Listen netip.AddrPort `toml:"listen"` // TCP; zero: not served; port 0: any
}

// Log says what is logged to standard error.
type Log struct {
	Level  string `toml:"level"`  // debug, info, warn or error
	Format string `toml:"format"` // text or json
}
