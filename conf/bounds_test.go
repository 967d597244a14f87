package conf

import (
	"strings"
	"testing"
)

// bounds are values of one setting, just within its limits and just beyond them.
type bounds struct {
	key      string
	in, over []string
}

// long returns a text of that many bytes.
func long(length int) string { return `"` + strings.Repeat("a", length) + `"` }

func smscBounds() []bounds {
	return []bounds{
		{"name", []string{`"a"`, `"a-1_b"`}, []string{`""`, `"A"`, `"a b"`, `1`}},
		{"addr", []string{`"smsc:1"`, `"[::1]:65535"`}, []string{`""`, `"smsc"`, `"smsc:0"`, `"smsc:65536"`, `":1"`}},
		{"window", []string{"1", "1000"}, []string{"0", "1001", `"100"`}},
		{"rate", []string{"0", "10000"}, []string{"-1", "10001"}},
		{"short_codes", []string{`["888"]`, `["123456789012345"]`}, []string{`[]`, `["88"]`, `["1234567890123456"]`, `["8a8"]`, `"8888"`}},
		{"alphabet", []string{`"gsm"`, `"gbk"`}, []string{`""`, `"GSM"`, `"ebcdic"`}},
		{"bind", []string{`"transceiver"`}, []string{`""`, `"trx"`}},
		{"system_id", []string{long(systemIDMax)}, []string{`""`, `"a b"`, long(systemIDMax + 1)}},
		{"system_type", []string{`""`, long(systemTypeMax)}, []string{long(systemTypeMax + 1), `"短"`}},
		{"interface_version", []string{`"3.3"`, `"5.0"`}, []string{`"3.5"`, `"34"`, `52`}},
		{"address_range", []string{`"^8888"`, long(addressRangeMax)}, []string{long(addressRangeMax + 1)}},
		{"addr_ton", []string{"0", "7"}, []string{"-1", "8"}},
		{"addr_npi", []string{"0", "18"}, []string{"-1", "19"}},
		{"source_ton", []string{"0", "7"}, []string{"-1", "8"}},
		{"source_npi", []string{"0", "18"}, []string{"-1", "19"}},
		{"dest_ton", []string{"0", "7"}, []string{"-1", "8", "1.5"}},
		{"dest_npi", []string{"0", "18"}, []string{"-1", "19"}},
		{"dest_form", []string{`"plus"`, `"national"`}, []string{`"+"`}},
		{"ambiguous_sender", []string{`"national"`, `"international"`}, []string{`"guess"`}},
		{"dial", []string{`"10ms"`, `"1h"`}, []string{`"9ms"`, `"61m"`, `"10"`, "10"}},
		{"response", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"3601s"`}},
		{"write", []string{`"10ms"`, `"1h"`}, []string{`"-1s"`, `"2h"`}},
		{"enquire_link", []string{`"10ms"`, `"1h"`}, []string{`"1ms"`, `"1d"`}},
		{"backoff", []string{`"10ms"`, `"1m"`}, []string{`"61s"`, `"1ms"`}}, // the greatest is a minute unless it is given
		{"backoff_max", []string{`"1s"`, `"1h"`}, []string{`"2h"`}},
	}
}

func bankBounds() []bounds {
	return []bounds{
		{"name", []string{`"icbc-2"`}, []string{`""`, `"ICBC"`, `"bank:icbc"`}},
		{"addr", []string{`"bank.example:9000"`}, []string{`""`, `"bank.example"`, `"http://bank.example:1"`}},
		{"dialect", []string{`"iso87"`, `"iso87-binary"`, `"iso93"`, `"iso93-binary"`}, []string{`""`, `"iso03"`}},
		{"status", []string{"false"}, []string{`"no"`}},
		{"url", []string{`""`}, []string{`"https://bank.example/v1"`}}, // which is for another dialect
		{"standby", []string{`[]`, `["bank.example:2", "bank.example:3"]`}, []string{`["bank.example"]`, `["127.0.0.1:1"]`, `["b:1", "b:1"]`, `["b:1", "b:2", "b:3", "b:4", "b:5", "b:6", "b:7", "b:8"]`}},
		{"mac", []string{`""`, `"x9.19"`, `"aes-cmac"`}, []string{`"sha1"`}},
		{"mac_padding", []string{"1", "2"}, []string{"0", "3"}},
		{"mac_octets", []string{"4", "8"}, []string{"3", "9"}},
		{"mac_on", []string{`[]`, `["network", "reconciliation"]`}, []string{`["0200"]`}},
		{"key_code", []string{`"161"`}, []string{`""`, `"1"`, `"1610"`}},
		{"key_element", []string{"96"}, []string{"0", "64"}},
		{"key_every", []string{`"0s"`, `"24h"`}, []string{`"-1s"`, `"721h"`}},
		{"owes", []string{`"0"`, `"1000000.00"`}, []string{`"-1"`, `"much"`}},
		{"break_after", []string{"0", "5"}, []string{"-1", "1001"}},
		{"break_wait", []string{`"1m"`}, []string{`"0s"`, `"2h"`}},
		{"compare", []string{`["4", "49"]`, `["3", "4", "49", "102"]`}, []string{`[]`, `["4"]`, `["3", "49"]`, `["4", "49", "38"]`, `"4"`}},
		{"totals", []string{"true"}, []string{`"yes"`, "1"}},
		{"terminal", []string{`"ABCD1234"`}, []string{`""`, `"ABCD123"`, `"ABCD12345"`, `"abcd1234"`}},
		{"acquirer", []string{`"1"`, `"12345678901"`}, []string{`""`, `"123456789012"`, `"12a"`}},
		{"card_check", []string{`"33"`}, []string{`""`, `"00"`}},
		{"refund_of", []string{`"48"`, `"none"`}, []string{`""`, `"37"`}},
		{"merchant_type", []string{`""`, `"5411"`}, []string{`"541"`, `"54111"`, `"541a"`}},
		{"dial", []string{`"10ms"`, `"1h"`}, []string{`"9ms"`, `"2h"`}},
		{"timeout", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}},
		{"reversal_retry", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}},
		{"reversal_for", []string{`"10ms"`, `"24h"`}, []string{`"0s"`, `"9000h"`}},
		{"reversal_window", []string{"1"}, []string{"0", "-1", "1000000"}},
		{"echo", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}},
		{"sign_off_wait", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}},
		{"backoff", []string{`"1m"`}, []string{`"2m"`}},
		{"reversal_done", []string{`["00"]`, `["00", "A1"]`}, []string{`[]`, `["0"]`, `["000"]`, `"00"`}},
		{"reversal_operator", []string{`[]`, `["05", "12"]`}, []string{`["00"]`, `["25"]`, `["0-"]`}}, // what another list has
	}
}

func sipBounds() []bounds {
	return []bounds{
		{"listen", []string{`"0.0.0.0:0"`, `"[::1]:5060"`}, []string{`""`, `"5060"`, `"localhost:5060"`}},
		{"trunk", []string{`"sip:trunk.example"`, `"sip:[::1]:5060"`}, []string{`""`, `"trunk.example"`, `"sips:trunk.example"`, `"sip:8888@trunk.example"`, `"sip:t:0"`, `"sip:t;transport=tcp"`}},
		{"trunk_addresses", []string{`[]`, `["192.0.2.1", "192.0.2.0/28", "2001:db8::/32"]`}, []string{`["trunk.example"]`, `["192.0.2.1/33"]`, `["fe80::1%eth0"]`}},
		{"from", []string{`"+8621000"`, `"123456789012345"`}, []string{`"1234567890123456"`, `"anna"`}},
		{"rtp_ports", []string{`"1024-65535"`}, []string{`"20000"`, `"20001-20000"`, `"80-100"`, `"20000-65536"`}},
		{"allow_prefixes", []string{`[]`, `["+86", "+1"]`}, []string{`["86"]`, `["+"]`, `["+0"]`}},
		{"number", []string{`"plus"`}, []string{`"e164"`}},
		{"calls", []string{"1"}, []string{"0", "-5", "1000000"}},
		{"ring", []string{`"10ms"`, `"3m"`}, []string{`"0s"`, `"181s"`}},
		{"call", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}},
		{"first_key", []string{`"1m"`}, []string{`"0s"`, `"61s"`}},
		{"next_key", []string{`"1m"`}, []string{`"0s"`, `"61s"`}},
		{"strict_media", []string{"true"}, []string{"1", `"yes"`}},
	}
}

func otherBounds() map[string][]bounds {
	return map[string][]bounds{
		"voice": {
			{"wait", []string{`"10ms"`, `"1m"`}, []string{`"0s"`, `"61s"`}},
			{"pause", []string{`"0s"`}, []string{`"-1s"`, `"1h"`}},
			{"command", []string{`[]`, `["say", "{lang}"]`}, []string{`[""]`, `"say"`}},
			{"command_languages", []string{`["en"]`}, []string{`["fr"]`}},
		},
		"order": {
			{"expires", []string{`"10ms"`, `"24h"`}, []string{`"0s"`, `"25h"`}},
			{"repeat", []string{`"0s"`}, []string{`"-1s"`}},
			{"redelivery", []string{`"10ms"`}, []string{`"0s"`}},
			{"unread_per_hour", []string{"0"}, []string{"-1"}},
			{"calls_per_order", []string{"1"}, []string{"0"}},
			{"calls_per_hour", []string{"1"}, []string{"0"}},
			{"bank_wait", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}},
			{"refund_within", []string{`"0s"`, `"43920h"`}, []string{`"-1s"`, `"43921h"`}},
		},
		"notice":         {{"retry", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}}},
		"log":            {{"level", []string{`"debug"`}, []string{`"trace"`}}, {"format", []string{`"json"`}, []string{`"xml"`}}},
		"http":           {{"listen", []string{`""`, `"[::1]:0"`}, []string{`"8480"`, `"localhost:8480"`}}},
		"limit":          {{"payment", []string{`"0"`, `"1.5"`}, []string{`"-1"`, `"1,5"`, "1"}}, {"day", []string{`"999999999999.9999"`}, []string{`"1000000000000"`, `"1.00000"`}}},
		"product.mpurse": {{"pin_above", []string{`"0"`}, []string{`""`, `"ten"`}}, {"pin_free_day", []string{`"20.00"`}, []string{`"+1"`}}},
		"first_payee":    {{"above", []string{`"0"`, `"500.00"`}, []string{`""`, `"-1"`}}, {"action", []string{`"wait"`, `"ask"`}, []string{`""`, `"stop"`}}, {"wait", []string{`"10ms"`, `"24h"`}, []string{`"0s"`, `"25h"`}}},
		"product.mcredit": {
			{"capture", []string{`"later"`}, []string{`""`, `"soon"`}}, {"decide", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}}, {"card_default", []string{`"accept"`}, []string{`""`, `"ask"`}},
			{"holds", []string{`[]`, `["visa 7011 60", "* * 2"]`}, []string{`["visa 7011 61"]`, `["* * 1"]`, `["Visa * 7"]`, `["visa 701 7"]`, `["7"]`}},
		},
		"approval": {
			{"topup_above", []string{`"0"`, `"1.5"`}, []string{`"-1"`, "1"}}, {"refund_above", []string{`"0"`, `"1.5"`}, []string{`"-1"`, "1"}}, {"expires", []string{`"10ms"`, `"720h"`}, []string{`"0s"`, `"721h"`}},
			{"cooling_off", []string{`"0s"`, `"720h"`}, []string{`"-1s"`, `"721h"`}}, {"pin_wait", []string{`"0s"`, `"720h"`}, []string{`"-1s"`, `"721h"`}},
		},
		"till": {
			{"listen", []string{`""`, `"127.0.0.1:0"`, `"[::1]:8490"`}, []string{`"8490"`, `"0.0.0.0:8490"`, `"192.0.2.1:8490"`}},
			{"connections", []string{"1", "100000"}, []string{"0", "100001"}}, {"streams", []string{"1", "100"}, []string{"0", "101"}},
			{"requests_per_hour", []string{"1", "1000000"}, []string{"0", "1000001"}}, {"heartbeat", []string{`"10ms"`, `"1h"`}, []string{`"0s"`, `"2h"`}},
			{"resume", []string{"1000", "100000000"}, []string{"999", "100000001"}},
		},
		"product.vertical": {{"fuel", []string{`"10ms"`, `"720h"`}, []string{`"0s"`, `"721h"`}}, {"hotel", []string{`"720h"`}, []string{`"-1s"`}}},
		"staff":            {{"session", []string{`"10ms"`, `"168h"`}, []string{`"0s"`, `"169h"`}}, {"group", []string{`""`, `"mpg-staff"`, `"1007"`}, []string{`"Staff"`, `"a b"`, "1007"}}},
		"product":          {{"off", []string{`[]`, `["mdebit", "points2"]`}, []string{`["m"]`, `["MDebit"]`, `["my debit"]`}}},
		"texts":            {{"care", []string{`""`, `"10086"`}, []string{`"1234567890123"`}}, {"service", []string{`"A & B-1."`}, []string{`"12345678901234567"`, `"短"`}}, {"service_zh", []string{`"手机支付"`}, []string{`"一二三四五六七八九"`}}},
	}
}

// TestBounds: for each setting, a value just within the bounds is accepted, and one just
// beyond is reported once, with its own key and line.
func TestBounds(t *testing.T) {
	t.Parallel()
	all := otherBounds()
	all["smsc"], all["bank"], all["sip"] = smscBounds(), bankBounds(), sipBounds()
	for table, settings := range all {
		for _, tt := range settings {
			for _, value := range tt.in {
				if _, r := parse("mpg.toml", withSetting(table, tt.key, value)); len(r.all) > 0 {
					t.Errorf("[%s] %s = %s: %v", table, tt.key, value, r.all)
				}
			}
			for _, value := range tt.over {
				_, r := parse("mpg.toml", withSetting(table, tt.key, value))
				key := strings.Replace(strings.Replace(table, "smsc", "smsc[1]", 1), "bank", "bank[1]", 1) + "." + tt.key
				if len(r.all) != 1 || !strings.HasPrefix(r.all[0].Key, key) || r.all[0].Line == 0 {
					t.Errorf("[%s] %s = %s: got %v, want one mistake about it", table, tt.key, value, r.all)
				}
			}
		}
	}
}

// withSetting returns the smallest file, and a bank, with one more setting, or another
// value of one.
func withSetting(table, key, value string) string {
	text := least + "[[bank]]\nname = \"icbc\"\naddr = \"127.0.0.1:1\"\n"
	head := "[" + table + "]\n"
	if table == "smsc" || table == "bank" {
		head = "[[" + table + "]]\n"
	}
	if !strings.Contains(text, head) {
		return text + head + key + " = " + value + "\n"
	}
	before, after, _ := strings.Cut(text, head)
	var kept strings.Builder
	inside := true
	for line := range strings.Lines(after) {
		inside = inside && !strings.HasPrefix(line, "[")
		if !inside || !strings.HasPrefix(line, key+" ") {
			kept.WriteString(line)
		}
	}
	return before + head + key + " = " + value + "\n" + kept.String()
}
