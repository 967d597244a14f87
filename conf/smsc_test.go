package conf

import "testing"

func TestReplyBind(t *testing.T) {
	t.Parallel()
	bind := func(name, kind, replyBy string, codes ...string) SMSC {
		return SMSC{Name: name, Bind: kind, ReplyBy: replyBy, ShortCodes: codes}
	}
	for _, c := range []struct {
		name  string
		binds []SMSC
		want  []string
	}{
		{"alone", []SMSC{bind("a", "transceiver", "", "8888")}, []string{"a"}},
		{"a pair", []SMSC{bind("in", "receiver", "", "8888"), bind("out", "transmitter", "", "8888")}, []string{"out", "out"}},
		{"by the short code", []SMSC{bind("a", "transmitter", "", "7777"), bind("b", "transmitter", "", "8888"), bind("in", "receiver", "", "9999", "8888")}, []string{"a", "b", "b"}},
		{"by name", []SMSC{bind("a", "transmitter", "", "8888"), bind("b", "transmitter", "", "7777"), bind("in", "receiver", "b", "8888")}, []string{"a", "b", "b"}},
		{"the only one that sends", []SMSC{bind("a", "transceiver", "", "8888"), bind("in", "receiver", "", "9999")}, []string{"a", "a"}},
		{"nobody to choose", []SMSC{bind("a", "transceiver", "", "8888"), bind("b", "transceiver", "", "7777"), bind("in", "receiver", "", "9999")}, []string{"a", "b", ""}},
		{"a name that does not send", []SMSC{bind("a", "transceiver", "", "8888"), bind("in", "receiver", "in", "8888")}, []string{"a", ""}},
	} {
		f := &File{SMSC: c.binds}
		for i, want := range c.want {
			if got := f.ReplyBind(f.SMSC[i]); got != want {
				t.Errorf("%s: what comes in by %s is answered by %q, want %q", c.name, f.SMSC[i].Name, got, want)
			}
		}
	}
}
