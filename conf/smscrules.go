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

// checkSMSCs checks each bind, and all of them together: at least one must take
// texts in, and at least one must send.
func checkSMSCs(f *File, r *report) {
	if len(f.SMSC) == 0 && !r.wrong("smsc") {
		r.add("smsc", "missing; mpg takes orders from at least one [[smsc]]")
	}
	receives, sends := len(f.SMSC) == 0, len(f.SMSC) == 0
	for i, s := range f.SMSC {
		checkSMSC(at("smsc", i), &f.SMSC[i], r)
		receives, sends = receives || s.Receives(), sends || s.Sends()
	}
	switch {
	case !receives:
		r.add(at("smsc", 0)+".bind", `no bind takes texts in; want another [[smsc]] with "receiver", or "transceiver" here`)
	case !sends:
		r.add(at("smsc", 0)+".bind", `no bind sends texts; want another [[smsc]] with "transmitter", or "transceiver" here`)
	default:
		for i := range f.SMSC {
			checkReplyBy(f, i, r)
		}
	}
	unique(r, "smsc", len(f.SMSC), func(i int) string { return f.SMSC[i].Name })
}

func checkSMSC(table string, s *SMSC, r *report) {
	r.form(table+".name", s.Name, nameForm, nameWanted)
	r.hostPort(table+".addr", s.Addr)
	between(r, table+".window", s.Window, 1, windowMax)
	between(r, table+".rate", s.Rate, 0, rateMax)
	if len(s.ShortCodes) == 0 && !r.wrong(table+".short_codes") {
		r.add(table+".short_codes", `%s; want at least one, such as ["8888"]`, r.absent(table+".short_codes"))
	}
	r.forms(table+".short_codes", s.ShortCodes, shortCodeForm, `3 to 15 digits such as "8888"`)
	r.oneOf(table+".alphabet", s.Alphabet, "gsm", "latin1", "ascii", "utf8", "ucs2", "gbk")
	s.BindRequest.check(table, r)
	s.Addressing.check(table, r)
	s.SMSCTimes.check(table, r)
}

func (b *BindRequest) check(table string, r *report) {
	systemIDLongest := systemIDMax
	if b.LongCredentials {
		systemIDLongest = longMax
	}
	r.oneOf(table+".bind", b.Bind, "transceiver", "transmitter", "receiver")
	r.field(table+".system_id", b.SystemID, systemIDLongest)
	r.need(table+".system_id", b.SystemID)
	r.field(table+".system_type", b.SystemType, systemTypeMax)
	r.secret(table+".password", b.Password, true)
	r.oneOf(table+".interface_version", b.InterfaceVersion, "3.3", "3.4", "5.0")
	r.field(table+".address_range", b.AddressRange, addressRangeMax)
	between(r, table+".addr_ton", b.AddrTON, 0, tonMax)
	between(r, table+".addr_npi", b.AddrNPI, 0, npiMax)
}

func (a *Addressing) check(table string, r *report) {
	between(r, table+".source_ton", a.SourceTON, 0, tonMax)
	between(r, table+".source_npi", a.SourceNPI, 0, npiMax)
	between(r, table+".dest_ton", a.DestTON, 0, tonMax)
	between(r, table+".dest_npi", a.DestNPI, 0, npiMax)
	r.oneOf(table+".dest_form", a.DestForm, "digits", "plus", "national")
	r.oneOf(table+".ambiguous_sender", a.AmbiguousSender, "refuse", "national", "international")
}

func (t *SMSCTimes) check(table string, r *report) {
	between(r, table+".dial", t.Dial, shortestWait, longestWait)
	between(r, table+".response", t.Response, shortestWait, longestWait)
	between(r, table+".write", t.Write, shortestWait, longestWait)
	between(r, table+".enquire_link", t.EnquireLink, shortestWait, longestWait)
	checkBackoff(table, t.Backoff, t.BackoffMax, r)
}

// checkReplyBy checks that a bind which only takes texts in has one that answers.
func checkReplyBy(f *File, i int, r *report) {
	s, key := f.SMSC[i], at("smsc", i)+".reply_by"
	named := false
	for _, other := range f.SMSC {
		named = named || other.Name == s.ReplyBy && other.Sends()
	}
	switch {
	case r.wrong(key):
	case s.ReplyBy != "" && !named:
		r.add(key, "is %q; want the name of a bind that sends", s.ReplyBy)
	case s.ReplyBy != "" && s.Sends():
		r.add(key, "is %q, but this bind sends by itself; want it only on a receiver", s.ReplyBy)
	case !s.Sends() && s.ReplyBy == "" && f.ReplyBind(s) == "":
		r.add(key, "%s, and no bind that sends has one of short_codes; want the name of the bind that answers", r.absent(key))
	}
}

// checkPassword checks a password against the field that carries it. Its messages
// reveal nothing of the password.
func (b *BindRequest) checkPassword(key string, r *report) {
	if r.wrong(key) {
		return
	}
	longest, hint := passwordMax, " (SMPP 3.4 5.2.2); where the operator gave a longer one, set long_credentials"
	if b.LongCredentials {
		longest, hint = longMax, ""
	}
	if len(b.Password.text) > longest || !printableForm.MatchString(b.Password.text) {
		r.add(key, "want at most %d printable ASCII characters without spaces%s", longest, hint)
	}
}

// smsc warns about settings of a bind that not every SMSC accepts.
func (c *checker) smsc(f *File) {
	for i, s := range f.SMSC {
		if s.LongCredentials && len(s.SystemID) <= systemIDMax && len(s.Password.text) <= passwordMax && !s.Password.unread() {
			c.warn(at("smsc", i)+".long_credentials", "not needed: system_id and password are within the limits of SMPP 3.4")
		}
		if s.AddressRange == "" && s.AddrTON+s.AddrNPI > 0 {
			c.warn(at("smsc", i)+".address_range", "is empty: addr_ton %d and addr_npi %d have no effect", s.AddrTON, s.AddrNPI)
		}
	}
}
