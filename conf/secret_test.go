package conf

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const planted = "Xk7xtQ9"

func TestSecretPrintsAsAsterisks(t *testing.T) {
	t.Parallel()
	s := NewSecret(planted)
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T %v"} {
		fmt.Fprintf(&b, verb, s)
		fmt.Fprintf(&b, verb, &s)
		fmt.Fprintf(&b, verb, SMSC{BindRequest: BindRequest{Password: s}})
	}
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "s", s, "smsc", SMSC{BindRequest: BindRequest{Password: s}})
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "s", s, "smsc", SMSC{BindRequest: BindRequest{Password: s}})
	if err := json.NewEncoder(&b).Encode(map[string]any{"s": s, "smsc": SMSC{BindRequest: BindRequest{Password: s}}}); err != nil {
		t.Fatal(err)
	}
	for _, form := range []string{planted, fmt.Sprintf("%x", planted), fmt.Sprintf("%X", planted), fmt.Sprint([]byte(planted))} {
		if strings.Contains(b.String(), form) {
			t.Errorf("the secret is told as %s", form)
		}
	}
	if !strings.Contains(b.String(), stars) || s.Reveal() != planted {
		t.Error("no asterisks, or the secret is lost")
	}
}

var filePath = regexp.MustCompile(`\S*mpg\.toml`)

// TestMistakesDoNotTellSecrets puts a password wherever it may stand by mistake.
func TestMistakesDoNotTellSecrets(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`password = "` + planted + `-too-long"`,
		`password = ["` + planted + `"]`,
		`password = ` + planted,
		`password = "` + planted,
		`password = '` + planted + `"`,
		`password = "\` + planted + `"`,
		`password = "\u` + planted + `"`,
		`password = 0` + planted,
		`password = 00712345`,
		`password = 7123__45`,
		`password = "x" ` + planted,
		`password = { text = "` + planted + `" }`,
		"password = \"" + planted + "\"\npassword_file = \"x\"",
	} {
		ms := mistakes(t, strings.Replace(least, `password = "secret"`, line, 1))
		told := filePath.ReplaceAllString(ms.Error(), "") // the folder has a random number, which may hold the same digits
		if len(ms) == 0 || strings.Contains(told, planted) || strings.Contains(told, "712") {
			t.Errorf("%s: %v", line, ms)
		}
	}
}

func TestSecretFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text string
		mode       fs.FileMode
		wrong      string
	}{
		{"private", planted + "\n", 0o600, ""},
		{"read only", planted, 0o400, ""},
		{"spaces within are kept out of SMPP", "a b", 0o600, "printable ASCII"},
		{"too long for SMPP", "ninesigns", 0o600, "at most 8"},
		{"for the group", planted, 0o640, "may be read by others (mode 0640)"},
		{"for everybody", planted, 0o604, "may be read by others (mode 0604)"},
		{"empty", "\n", 0o600, "is empty"},
		{"huge", strings.Repeat("x", secretBytesMax+1), 0o600, "is not a file that can hold a secret"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			write(t, dir, "smsc.password", tt.text, tt.mode)
			text := strings.Replace(least, `password = "secret"`, `password_file = "smsc.password"`, 1)
			f, err := Load(write(t, dir, "mpg.toml", text, 0o644))
			if tt.wrong == "" {
				if err != nil || f.SMSC[0].Password.Reveal() != planted {
					t.Errorf("got %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(err.Error(), "smsc[1].password") {
				t.Errorf("got %v, want … %s", err, tt.wrong)
			}
		})
	}
}

func TestSecretCredential(t *testing.T) {
	t.Parallel()
	dir, credentials := t.TempDir(), t.TempDir()
	write(t, credentials, "trunk", planted, 0o440)
	write(t, dir, "trunk", "not this", 0o600)
	text := least + "username = \"mpg\"\npassword_credential = %q\n"
	for _, tt := range []struct{ name, credentials, wrong string }{
		{"trunk", credentials, ""},
		{"trunk", "", "$CREDENTIALS_DIRECTORY is not set"},
		{"other", credentials, "no such file"},
		{"../trunk", filepath.Join(credentials, "x"), "a name, not a path"},
		{"..", credentials, "a name, not a path"},
	} {
		f, err := load(write(t, dir, "mpg.toml", fmt.Sprintf(text, tt.name), 0o600), tt.credentials)
		switch {
		case tt.wrong == "" && (err != nil || f.SIP.Password.Reveal() != planted):
			t.Errorf("%s: %v", tt.name, err)
		case tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), ":11: sip.password_credential: ") || !strings.Contains(err.Error(), tt.wrong)):
			t.Errorf("%s: got %v, want … %s", tt.name, err, tt.wrong)
		}
	}
}

func TestKeyCredential(t *testing.T) {
	t.Parallel()
	credentials := t.TempDir()
	path := write(t, t.TempDir(), "mpg.toml", least+"[pin]\nkey_credential = \"pin\"\n", 0o600)
	f, err := load(path, credentials)
	if err != nil || f.PIN.KeyPath != filepath.Join(credentials, "pin") || f.PIN.KeyFile != "" {
		t.Errorf("got %+v, %v", f, err)
	}
	if _, err := load(path, ""); err == nil || !strings.Contains(err.Error(), ":11: pin.key_credential: ") {
		t.Errorf("without credentials: %v", err)
	}
}

func TestInspectOutsideTheUnit(t *testing.T) {
	t.Parallel()
	text := strings.Replace(sound, `password = "secret"`, `password_credential = "smsc"`, 1) + "[pin]\nkey_credential = \"pin\"\n"
	path := write(t, t.TempDir(), "mpg.toml", text, 0o644)
	f, err := Inspect(path)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, finding := range Check(f) {
		if finding.Fatal {
			t.Error(finding)
		}
		keys = append(keys, finding.Key)
	}
	want := []string{"data_dir", "pin.key_credential", "seal.key_file", "smsc[1].password_credential"}
	if !slices.Equal(keys, want) {
		t.Errorf("found %v, want %v", keys, want)
	}
	if _, err := Load(path); err == nil {
		t.Error("Load took credentials that are not there")
	}
}
