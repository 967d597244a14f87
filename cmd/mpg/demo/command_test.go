package demo

import (
	"strings"
	"testing"
)

func TestParseLine(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		line string
		want command
		err  string
	}{
		{"PAY 8001 128.50", command{verbText, "PAY 8001 128.50"}, ""},
		{"  付 8001 128.50  ", command{verbText, "付 8001 128.50"}, ""},
		{"582193", command{verbText, "582193"}, ""}, // a PIN in a text: mpg warns of it
		{"", command{}, ""},
		{"   ", command{}, ""},
		{"!1", command{verbKeys, "1"}, ""},
		{"!582193#", command{verbKeys, "582193#"}, ""},
		{" !0# ", command{verbKeys, "0#"}, ""},
		{"!*", command{verbKeys, "*"}, ""},
		{"!answer", command{verb: verbAnswer}, ""},
		{"!a", command{verb: verbAnswer}, ""},
		{"!pin", command{verb: verbPIN}, ""},
		{"!HANGUP", command{verb: verbHangUp}, ""},
		{"!decline", command{verb: verbHangUp}, ""},
		{"!wait", command{verbWait, waitText}, ""},
		{"!wait  ring", command{verbWait, waitRing}, ""},
		{"!wait over", command{verbWait, waitOver}, ""},
		{"!WAIT over", command{verbWait, waitOver}, ""},
		{"!wait 3", command{}, errWait.Error()},
		{"!wait 3s", command{}, errWait.Error()},
		{"!wait call", command{}, errWait.Error()},
		{"!wait ring 5", command{}, errWait.Error()},
		{"!help", command{verb: verbHelp}, ""},
		{"!quit", command{verb: verbQuit}, ""},
		{"!!sale!", command{verbText, "!sale!"}, ""},
		{"!", command{}, errKeys.Error()},
		{"!5821a", command{}, errKeys.Error()},
		{"!" + strings.Repeat("1", keysMax+1), command{}, errKeys.Error()},
		{"!dance", command{}, "!dance is no command: !help lists them"},
	} {
		got, err := parseLine(tt.line)
		said := ""
		if err != nil {
			said = err.Error()
		}
		if got != tt.want || said != tt.err {
			t.Errorf("%q: got %+v, %q; want %+v, %q", tt.line, got, said, tt.want, tt.err)
		}
	}
}

// FuzzParseLine holds that keys never come back in an error and that what is
// read as keys is keys.
func FuzzParseLine(f *testing.F) {
	for _, seed := range []string{"PAY 8001 1", "!1", "!582193#", "!answer", "!!x", "!５", "! 1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, err := parseLine(line)
		if err != nil && strings.ContainsAny(strings.TrimSuffix(err.Error(), errKeys.Error()), "0123456789") {
			t.Errorf("%q: the error %q quotes keys", line, err)
		}
		if c.verb == verbKeys && !keysOK(c.body) || c.verb == verbText && c.body == "" {
			t.Errorf("%q was read as %+v", line, c)
		}
	})
}
