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

func checkSMSC(at string, s *SMSC, r *report) {
	r.form(at+".name", s.Name, nameForm, nameWanted)
	r.hostPort(at+".addr", s.Addr)
	systemIDLongest := systemIDMax
	if s.LongCredentials {
		systemIDLongest = longMax
	}
	r.field(at+".system_id", s.SystemID, systemIDLongest)
	r.need(at+".system_id", s.SystemID)
	r.field(at+".system_type", s.SystemType, systemTypeMax)
	r.secret(at+".password", s.Password, true)
	r.oneOf(at+".bind", s.Bind, "transceiver", "transmitter", "receiver")
	between(r, at+".window", s.Window, 1, windowMax)
	between(r, at+".rate", s.Rate, 0, rateMax)
	between(r, at+".source_ton", s.SourceTON, 0, tonMax)
	between(r, at+".source_npi", s.SourceNPI, 0, npiMax)
	between(r, at+".dest_ton", s.DestTON, 0, tonMax)
	between(r, at+".dest_npi", s.DestNPI, 0, npiMax)
	r.oneOf(at+".dest_form", s.DestForm, "digits", "plus", "national")
	if len(s.ShortCodes) == 0 && !r.wrong(at+".short_codes") {
		r.add(at+".short_codes", `%s; want at least one, such as ["8888"]`, r.absent(at+".short_codes"))
	}
	r.forms(at+".short_codes", s.ShortCodes, shortCodeForm, `3 to 15 digits such as "8888"`)
	r.oneOf(at+".ambiguous_sender", s.AmbiguousSender, "refuse", "national", "international")
	r.oneOf(at+".alphabet", s.Alphabet, "gsm", "latin1", "ascii", "utf8", "ucs2", "gbk")
	r.oneOf(at+".interface_version", s.InterfaceVersion, "3.3", "3.4", "5.0")
	r.field(at+".address_range", s.AddressRange, addressRangeMax)
	between(r, at+".addr_ton", s.AddrTON, 0, tonMax)
	between(r, at+".addr_npi", s.AddrNPI, 0, npiMax)
	between(r, at+".dial", s.Dial, shortestWait, longestWait)
	between(r, at+".response", s.Response, shortestWait, longestWait)
	between(r, at+".write", s.Write, shortestWait, longestWait)
	between(r, at+".enquire_link", s.EnquireLink, shortestWait, longestWait)
	checkBackoff(at, s.Backoff, s.BackoffMax, r)
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
func checkPassword(key string, s SMSC, r *report) {
	if r.wrong(key) {
		return
	}
	longest, hint := passwordMax, " (SMPP 3.4 5.2.2); where the operator gave a longer one, set long_credentials"
	if s.LongCredentials {
		longest, hint = longMax, ""
	}
	if len(s.Password.text) > longest || !printableForm.MatchString(s.Password.text) {
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
