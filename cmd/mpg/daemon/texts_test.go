package daemon_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpg/cmd/mpg/daemon"
	"mpg/conf"
	"mpg/engine/lang"
)

// TestTheFileTakesWhatTextsHaveRoomFor: conf knows nothing of engine, and both
// set the same limits.
func TestTheFileTakesWhatTextsHaveRoomFor(t *testing.T) {
	t.Parallel()
	load := func(care, service, serviceZH string) (*conf.File, error) {
		path := filepath.Join(t.TempDir(), "mpg.toml")
		text := fmt.Sprintf(`data_dir = "data"
[[smsc]]
name = "main"
addr = "127.0.0.1:2775"
system_id = "mpg"
password = "secret"
short_codes = ["8888"]
[sip]
trunk = "sip:127.0.0.1:5070"
[texts]
care = %q
service = %q
service_zh = %q
`, care, service, serviceZH)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return conf.Load(path)
	}
	care, service, serviceZH := strings.Repeat("1", lang.CareMax), strings.Repeat("S", lang.ServiceENMax), strings.Repeat("付", lang.ServiceZHMax)
	f, err := load(care, service, serviceZH)
	if err != nil {
		t.Fatal(err)
	}
	_, rules, err := daemon.Meaning(f)
	if want := (lang.Operator{Care: care, Service: lang.Name{EN: service, ZH: serviceZH}}); err != nil || rules.Operator != want {
		t.Errorf("got %+v, %v", rules.Operator, err)
	}
	for _, long := range [][3]string{{care + "1", "", ""}, {"", service + "S", ""}, {"", "", serviceZH + "付"}} {
		if _, err := load(long[0], long[1], long[2]); err == nil {
			t.Errorf("%q is taken", long)
		}
	}
}
