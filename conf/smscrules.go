package conf

// Limits of the settings of a bind, in bytes without the closing NUL of a
// C-octet string.
const (
	systemIDMax     = 15 // SMPP 3.4 5.2.1
	passwordMax     = 8  // SMPP 3.4 5.2.2
	systemTypeMax   = 12 // SMPP 3.4 5.2.3
	addressRangeMax = 40 // SMPP 3.4 5.2.7
	longMax         = 64 // of system_id and password where long_credentials is set
)

// checkSMSCs checks each bind, and all of them together: at least one must receive texts,
// and at least one must send.
func checkSMSCs(file *File, report *report) {
	if len(file.SMSC) == 0 && !report.wrong("smsc") {
		report.add("smsc", "missing; mpg takes orders from at least one [[smsc]]")
	}
	receives, sends := len(file.SMSC) == 0, len(file.SMSC) == 0
	for i, s := range file.SMSC {
		checkSMSC(at("smsc", i), &file.SMSC[i], report)
		receives, sends = receives || s.Receives(), sends || s.Sends()
	}
	switch {
	case !receives:
		report.add(at("smsc", 0)+".bind", `no bind receives texts; want another [[smsc]] with "receiver", or "transceiver" here`)
	case !sends:
		report.add(at("smsc", 0)+".bind", `no bind sends texts; want another [[smsc]] with "transmitter", or "transceiver" here`)
	default:
		for i := range file.SMSC {
			checkReplyBy(file, i, report)
		}
	}
	unique(report, "smsc", len(file.SMSC), func(i int) string { return file.SMSC[i].Name })
}

func checkSMSC(table string, bind *SMSC, report *report) {
	report.form(table+".name", bind.Name, nameForm, nameWanted)
	report.hostPort(table+".addr", bind.Addr)
	between(report, table+".window", bind.Window, 1, windowMax)
	between(report, table+".rate", bind.Rate, 0, rateMax)
	if len(bind.ShortCodes) == 0 && !report.wrong(table+".short_codes") {
		report.add(table+".short_codes", `%s; want at least one, such as ["8888"]`, report.absent(table+".short_codes"))
	}
	report.forms(table+".short_codes", bind.ShortCodes, shortCodeForm, `3 to 15 digits such as "8888"`)
	report.oneOf(table+".alphabet", bind.Alphabet, "gsm", "latin1", "ascii", "utf8", "ucs2", "gbk")
	bind.BindRequest.check(table, report)
	bind.Addressing.check(table, report)
	bind.SMSCTimes.check(table, report)
}

func (b *BindRequest) check(table string, report *report) {
	systemIDLongest := systemIDMax
	if b.LongCredentials {
		systemIDLongest = longMax
	}
	report.oneOf(table+".bind", b.Bind, "transceiver", "transmitter", "receiver")
	report.field(table+".system_id", b.SystemID, systemIDLongest)
	report.need(table+".system_id", b.SystemID)
	report.field(table+".system_type", b.SystemType, systemTypeMax)
	report.secret(table+".password", b.Password, true)
	report.oneOf(table+".interface_version", b.InterfaceVersion, "3.3", "3.4", "5.0")
	report.field(table+".address_range", b.AddressRange, addressRangeMax)
	between(report, table+".addr_ton", b.AddrTON, 0, tonMax)
	between(report, table+".addr_npi", b.AddrNPI, 0, npiMax)
}

func (a *Addressing) check(table string, report *report) {
	between(report, table+".source_ton", a.SourceTON, 0, tonMax)
	between(report, table+".source_npi", a.SourceNPI, 0, npiMax)
	between(report, table+".dest_ton", a.DestTON, 0, tonMax)
	between(report, table+".dest_npi", a.DestNPI, 0, npiMax)
	report.oneOf(table+".dest_form", a.DestForm, "digits", "plus", "national")
	report.oneOf(table+".ambiguous_sender", a.AmbiguousSender, "refuse", "national", "international")
}

func (t *SMSCTimes) check(table string, report *report) {
	between(report, table+".dial", t.Dial, shortestWait, longestWait)
	between(report, table+".response", t.Response, shortestWait, longestWait)
	between(report, table+".write", t.Write, shortestWait, longestWait)
	between(report, table+".enquire_link", t.EnquireLink, shortestWait, longestWait)
	checkBackoff(table, t.Backoff, t.BackoffMax, report)
}

// checkReplyBy checks that a bind which only receives has one that answers.
func checkReplyBy(file *File, index int, report *report) {
	s, key := file.SMSC[index], at("smsc", index)+".reply_by"
	named := false
	for _, other := range file.SMSC {
		named = named || other.Name == s.ReplyBy && other.Sends()
	}
	switch {
	case report.wrong(key):
	case s.ReplyBy != "" && !named:
		report.add(key, "is %q; want the name of a bind that sends", s.ReplyBy)
	case s.ReplyBy != "" && s.Sends():
		report.add(key, "is %q, but this bind sends by itself; want it only on a receiver", s.ReplyBy)
	case !s.Sends() && s.ReplyBy == "" && file.ReplyBind(s) == "":
		report.add(key, "%s, and no bind that sends has one of short_codes; want the name of the bind that answers", report.absent(key))
	}
}

// checkPassword checks a password against the field that carries it. Its messages
// reveal nothing of the password.
func (b *BindRequest) checkPassword(key string, report *report) {
	if report.wrong(key) {
		return
	}
	longest, hint := passwordMax, " (SMPP 3.4 5.2.2); if the operator gave you a longer one, set long_credentials"
	if b.LongCredentials {
		longest, hint = longMax, ""
	}
	if len(b.Password.text) > longest || !printableForm.MatchString(b.Password.text) {
		report.add(key, "want at most %d printable ASCII characters without spaces%s", longest, hint)
	}
}

// smsc warns about settings of a bind that not every SMSC accepts.
func (c *checker) smsc(file *File) {
	for i, s := range file.SMSC {
		if s.LongCredentials && len(s.SystemID) <= systemIDMax && len(s.Password.text) <= passwordMax && !s.Password.unread() {
			c.warn(at("smsc", i)+".long_credentials", "not needed: system_id and password are within the limits of SMPP 3.4")
		}
		if s.AddressRange == "" && s.AddrTON+s.AddrNPI > 0 {
			c.warn(at("smsc", i)+".address_range", "is empty: addr_ton %d and addr_npi %d have no effect", s.AddrTON, s.AddrNPI)
		}
	}
}
