package conf

import (
	"net/netip"
	"slices"
	"time"
)

// defaultZone is the time_zone of a file that names none.
const defaultZone = "Asia/Shanghai"

// defaultDataDir is the data_dir of a file that names none: the unit's first
// StateDirectory. Its keys are in the second.
const defaultDataDir = "/var/lib/mpg"

// Default returns every setting that has a default. Addresses of others, names
// and secrets are empty, and so are the lists of binds, banks and prefixes; see
// DefaultSMSC and DefaultBank for what binds and banks begin with.
func Default() *File {
	return &File{
		DataDir:  defaultDataDir,
		Currency: "CNY",
		Language: "zh",
		Country:  "CN",
		TimeZone: zoneOrUTC(defaultZone),
		Drain:    30 * time.Second,
		SIP:      defaultSIP(),
		Voice:    defaultVoice(),
		Offer: Offer{
			Product: Product{MPurse: MPurse{PINAbove: "0", PINFreeDay: "0"},
				Vertical: Vertical{Fuel: 12 * time.Hour, Hotel: 7 * 24 * time.Hour, Increase: 100},
				MCredit:  MCredit{Capture: "at_once", Decide: 10 * time.Second, CardDefault: "refuse", Holds: []string{"* * 7", "* 7011 30", "* 7512 30"}}},
			FirstPayee: FirstPayee{Above: "0", Action: "wait", Wait: 30 * time.Minute},
		},
		Terms: Terms{
			Limit: Limit{Payment: "5000.00", Day: "20000.00", TopUp: "20000"},
			Ask:   Ask{Expires: 24 * time.Hour, PerDay: 10, PerPair: 3, Open: 5},
			Claim: Claim{Expires: 72 * time.Hour, Open: 5, PerNumber: 3},
		},
		Order:  defaultOrder(),
		PIN:    Key{KeyFile: defaultKeyFile(defaultDataDir, "pin")},
		Seal:   Key{KeyFile: defaultKeyFile(defaultDataDir, "seal")},
		Notice: Notice{Retry: 30 * time.Second},
		Office: Office{
			Till:     defaultTill(),
			Staff:    Staff{Session: 12 * time.Hour},
			Approval: Approval{TopUpAbove: "5000.00", RefundAbove: "5000.00", Expires: 24 * time.Hour, CoolingOff: 48 * time.Hour, PINWait: 24 * time.Hour},
			HTTP:     HTTP{Listen: netip.MustParseAddrPort("127.0.0.1:8480")},
			View:     View{Enabled: true},
			Log:      Log{Level: "info", Format: "text"},
		},
	}
}

// DefaultSMSC returns what each [[smsc]] begins with.
func DefaultSMSC() SMSC {
	return SMSC{
		Window:      100,
		Alphabet:    "gsm",
		BindRequest: BindRequest{Bind: "transceiver", InterfaceVersion: "3.4"},
		Addressing:  Addressing{DestTON: 1, DestNPI: 1, DestForm: "digits", AmbiguousSender: "refuse"},
		SMSCTimes: SMSCTimes{
			Dial:        10 * time.Second,
			Response:    10 * time.Second,
			Write:       10 * time.Second,
			EnquireLink: 20 * time.Second,
			Backoff:     time.Second,
			BackoffMax:  time.Minute,
		},
	}
}

// DefaultBank returns what each [[bank]] begins with.
func DefaultBank() Bank {
	return Bank{
		Dialect:       "iso87",
		Terminal:      "MPG00001",
		Acquirer:      "000001",
		Dial:          10 * time.Second,
		Timeout:       15 * time.Second,
		ReversalRetry: 30 * time.Second,
		ReversalFor:   24 * time.Hour,
		Echo:          time.Minute,
		Backoff:       time.Second,
		BackoffMax:    time.Minute,
		SignOffWait:   30 * time.Second,
		BankFiles:     BankFiles{Every: time.Minute},

		Standby: []string{},
		BankReversals: BankReversals{
			ReversalWindow:   10,
			ReversalDone:     []string{"00"},
			ReversalAbsent:   []string{"25"},
			ReversalAgain:    []string{"06", "09", "19", "20", "22", "68", "90", "91", "92", "94", "95", "96", "98"},
			ReversalOperator: []string{},
		},
		BankISO: BankISO{
			Compare: slices.Clone(comparableElements),
			BankMAC: BankMAC{
				MACPadding: 1,
				MACOctets:  8,
				MACOn:      []string{"authorization", "financial", "reversal"},
				KeyCode:    "101",
				KeyElement: keyInAdditional,
			},
		},
		BankRisk: BankRisk{CardCheck: "51", RefundOf: "90", Owes: "0", BreakWait: 30 * time.Second},
		BankHTTP: BankHTTP{Status: true},
	}
}

func defaultSIP() SIP {
	return SIP{
		Listen:         netip.MustParseAddrPort("127.0.0.1:5090"),
		TrunkAddresses: []string{},
		RTPPorts:       Ports{Min: 20000, Max: 20999},
		Number:         "digits",
		Calls:          100,
		Ring:           45 * time.Second,
		Call:           180 * time.Second,
		FirstKey:       8 * time.Second,
		NextKey:        8 * time.Second,
	}
}

func defaultVoice() Voice {
	return Voice{
		Espeak:           "espeak-ng",
		CommandLanguages: []string{"zh", "en"},
		Wait:             2 * time.Second,
		Pause:            800 * time.Millisecond,
	}
}

func defaultOrder() Order {
	return Order{
		Expires:       5 * time.Minute,
		Repeat:        24 * time.Hour,
		Redelivery:    10 * time.Minute,
		UnreadPerHour: 3,
		CallsPerOrder: 3,
		CallsPerHour:  6,
		BankWait:      10 * time.Second,
		RefundWithin:  180 * 24 * time.Hour,
	}
}

// zoneOrUTC is the zone of that name, or UTC on a machine without zone data. Load
// refuses such a machine.
func zoneOrUTC(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil {
		return zone
	}
	return time.UTC
}
