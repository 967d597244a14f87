package daemon_test

import (
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"

	"mpg/cmd/mpg/daemon"
	"mpg/cmd/mpg/rig"
	"mpg/conf"
	"mpg/ivr/media"
	"mpg/ivr/phone"
	"mpg/smpp/pdu"
	"mpg/smpp/smsc"
)

// seriesFile lists every metric of our own with its type and its labels. People graph
// and alert on them, so that a name that goes or changes is a fault.
const seriesFile = "testdata/series.txt"

// rigWithBank is a daemon with a bank and a receipt printer that are not there.
func rigWithBank(t *testing.T) (*rig.Rig, <-chan smsc.Submit) {
	return open(t, func(f *conf.File) {
		b := conf.DefaultBank()
		b.Name, b.Addr = "icbc", "127.0.0.1:1"
		f.Bank = []conf.Bank{b}
		p := conf.DefaultPrinter()
		p.Name, p.Shop, p.Addr = "front", "8001", "127.0.0.1:1"
		f.Till.Listen, f.Till.Printer = netip.MustParseAddrPort("127.0.0.1:0"), []conf.Printer{p}
	})
}

// TestSeries checks /metrics against the list and the rules of promtool, and that no
// label comes from a subscriber, a text or a number.
func TestSeries(t *testing.T) {
	t.Parallel()
	r, texts := rigWithBank(t)
	says(t, r.SMSC, pdu.SM{ShortMessage: []byte("BAL")}) // so that what appears with use is there
	hears(t, texts, "")
	families, err := r.Daemon.Metrics().Gather()
	if err != nil {
		t.Fatal(err)
	}
	var ours []string
	foreign := make(map[string]bool)
	for _, f := range families {
		prefix, _, _ := strings.Cut(f.GetName(), "_")
		if prefix != "mpg" {
			foreign[prefix] = true
			continue
		}
		ours = append(ours, describe(t, f))
	}
	if got := slices.Sorted(maps.Keys(foreign)); !slices.Equal(got, []string{"go", "process"}) {
		t.Errorf("the others begin with %v", got)
	}
	slices.Sort(ours)
	listed, err := os.ReadFile(seriesFile)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(ours, "\n") + "\n"; got != string(listed) {
		t.Errorf("%s does not list what is there:\n%s", seriesFile, got)
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		if strings.HasPrefix(p.Metric, "mpg_") {
			t.Errorf("%s: %s", p.Metric, p.Text)
		}
	}
}

// describe returns name, type and labels of a metric, and checks the labels' values.
func describe(t *testing.T, f *dto.MetricFamily) string {
	t.Helper()
	word := regexp.MustCompile(`^[A-Za-z][A-Za-z_]*$`)
	labels := make(map[string]bool)
	for _, m := range f.GetMetric() {
		for _, l := range m.GetLabel() {
			labels[l.GetName()] = true
			if !word.MatchString(l.GetValue()) && l.GetName() != "version" {
				t.Errorf("%s has the label %s=%q", f.GetName(), l.GetName(), l.GetValue())
			}
		}
	}
	if len(f.GetMetric()) > 60 {
		t.Errorf("%s has %d series", f.GetName(), len(f.GetMetric()))
	}
	return strings.TrimSpace(fmt.Sprintf("%s %s %s", f.GetName(), strings.ToLower(f.GetType().String()), strings.Join(slices.Sorted(maps.Keys(labels)), ",")))
}

// value returns one figure of /metrics as text, or "".
func value(t *testing.T, d *daemon.Daemon, series string) string {
	t.Helper()
	_, all := page(t, d, "/metrics")
	for _, line := range strings.Split(all, "\n") {
		if v, ok := strings.CutPrefix(line, series+" "); ok {
			return v
		}
	}
	return ""
}

// trunk returns the address of a trunk that answers, or of one that is mute.
func trunk(t *testing.T, answers bool) string {
	t.Helper()
	local := netip.MustParseAddr("127.0.0.1")
	if !answers {
		mute, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = mute.Close() })
		return mute.LocalAddr().String()
	}
	m, err := media.New(media.Config{IP: local})
	if err != nil {
		t.Fatal(err)
	}
	exchange, err := phone.New(phone.Config{Listen: netip.AddrPortFrom(local, 0), Media: m})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = exchange.Close(), m.Close() })
	return exchange.Addr().String()
}

// TestReadyNeedsTheTrunk: without a trunk that answers no order can be confirmed, and
// that is what readyz and the metric say.
func TestReadyNeedsTheTrunk(t *testing.T) {
	t.Parallel()
	for _, up := range []bool{true, false} {
		trunk := trunk(t, up)
		r, _ := open(t, func(f *conf.File) { f.SIP.Trunk = "sip:" + trunk })
		want := map[bool]string{true: "ready\n", false: "not ready: sip trunk\n"}[up]
		for deadline := time.Now().Add(rig.Wait); ; time.Sleep(10 * time.Millisecond) {
			code, said := page(t, r.Daemon, "/readyz")
			if said == want && (code == http.StatusOK) == up {
				break
			}
			if time.Now().After(deadline) {
				t.Fatalf("%v: %d %q, want %q", up, code, said, want)
			}
		}
		if got := value(t, r.Daemon, "mpg_sip_trunk_up"); got != map[bool]string{true: "1", false: "0"}[up] {
			t.Errorf("%v: mpg_sip_trunk_up %s", up, got)
		}
		verbose := httptest.NewRecorder()
		r.Daemon.Routes().ServeHTTP(verbose, httptest.NewRequest(http.MethodGet, "/readyz?verbose", nil))
		for _, line := range []string{"queue texts bench: 0, oldest 0s", "queue calls: 0, oldest 0s"} {
			if !strings.Contains(verbose.Body.String(), "+ "+line+"\n") {
				t.Errorf("%q is not in %s", line, verbose.Body)
			}
		}
	}
}

// TestAlerts: the alerts use metrics that exist, and each has a summary and a remedy.
func TestAlerts(t *testing.T) {
	t.Parallel()
	rules, err := os.ReadFile("../../../systemd/mpg.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	listed, err := os.ReadFile(seriesFile)
	if err != nil {
		t.Fatal(err)
	}
	there := make(map[string]bool)
	for line := range strings.Lines(string(listed)) {
		name, kind, _ := strings.Cut(strings.TrimSpace(line), " ")
		there[name] = true
		there[name+"_bucket"] = strings.HasPrefix(kind, "histogram")
	}
	for _, name := range regexp.MustCompile(`mpg_[a-z_]+`).FindAllString(string(rules), -1) {
		if !there[name] {
			t.Errorf("there is no metric %s", name)
		}
	}
	alerts := strings.Count(string(rules), "- alert: ")
	for _, part := range []string{"expr: ", "summary: ", "remedy: ", "severity: "} {
		if n := strings.Count(string(rules), part); n != alerts || alerts == 0 {
			t.Errorf("%d alerts have %d times %q", alerts, n, part)
		}
	}
}
