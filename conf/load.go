package conf

import (
	_ "embed" // for the sample
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// fileBytesMax bounds an mpg.toml.
const fileBytesMax = 1 << 20

// credentialsVar names the folder in which systemd puts credentials.
const credentialsVar = "CREDENTIALS_DIRECTORY"

// unitOnly stands for that folder where nobody but the unit can see it.
const unitOnly = "(seen by the unit only)"

//go:embed mpg.toml
var sample string

// Sample returns the commented mpg.toml: every key with its default.
func Sample() string { return sample }

// Load reads the file at path and the secrets that it names. The error is
// Mistakes where the file could be read and is not right.
func Load(path string) (*File, error) {
	return load(path, os.Getenv(credentialsVar))
}

// Inspect is Load for `mpg check`, which an operator runs outside the unit, where
// there are no credentials: it takes them as given, and Check says so. Beside
// Mistakes it returns the file as far as it could be read, unless its syntax is wrong.
func Inspect(path string) (*File, error) {
	if dir := os.Getenv(credentialsVar); dir != "" {
		return inspect(path, dir)
	}
	return inspect(path, unitOnly)
}

// DataDir returns the data_dir of the file at path and looks at nothing else:
// commands that only speak to a running daemon need neither its secrets nor a
// file without mistakes.
func DataDir(path string) (string, error) {
	dir, _, err := locate(path)
	return dir, err
}

// Socket returns the path of the socket for commands, and looks at nothing else, like
// DataDir.
func Socket(path string) (string, error) {
	_, socket, err := locate(path)
	return socket, err
}

// TimeZone returns the time_zone of the file at path, and looks at nothing else, like
// DataDir.
func TimeZone(path string) (*time.Location, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	only := struct {
		TimeZone string `toml:"time_zone"`
	}{TimeZone: defaultZone}
	if _, err := toml.Decode(text, &only); err != nil {
		return nil, syntaxMistake(path, err)
	}
	return time.LoadLocation(only.TimeZone)
}

// locate returns the data_dir of the file at path, and the path of the socket.
func locate(path string) (dir, socket string, err error) {
	text, err := readFile(path)
	if err != nil {
		return "", "", err
	}
	only := struct {
		DataDir string `toml:"data_dir"`
		Staff   struct {
			Socket string `toml:"socket"`
		} `toml:"staff"`
	}{DataDir: Default().DataDir}
	if _, err := toml.Decode(text, &only); err != nil {
		return "", "", syntaxMistake(path, err)
	}
	folder, err := folderOf(path)
	if err != nil {
		return "", "", err
	}
	dir = within(folder, only.DataDir)
	if only.Staff.Socket != "" {
		only.Staff.Socket = within(folder, only.Staff.Socket)
	}
	return dir, socketOf(dir, Staff{Socket: only.Staff.Socket}), nil
}

func load(path, credentials string) (*File, error) {
	f, err := inspect(path, credentials)
	if err != nil {
		return nil, err
	}
	return f, nil
}

func inspect(path, credentials string) (*File, error) {
	text, err := readFile(path)
	if err != nil {
		return nil, err
	}
	f, r := parse(path, text)
	if f == nil {
		return nil, r.err()
	}
	if err := resolve(f, r, credentials); err != nil {
		return nil, err
	}
	return f, r.err()
}

func readFile(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", plain(err)
	}
	defer func() { _ = in.Close() }() // only read from
	text, err := io.ReadAll(io.LimitReader(in, fileBytesMax+1))
	if err != nil {
		return "", plain(err)
	}
	if len(text) > fileBytesMax {
		return "", fmt.Errorf("%s: larger than %d octets; this is not an mpg.toml", path, fileBytesMax)
	}
	return string(text), nil
}

// parse does all of Load that needs no file but the text. File is nil where the
// syntax is wrong.
func parse(path, text string) (*File, *report) {
	r := &report{source: source{path: path}}
	tree := make(map[string]any)
	if _, err := toml.Decode(text, &tree); err != nil {
		r.all = append(r.all, syntaxMistake(path, err))
		return nil, r
	}
	r.lines = findLines(text)
	if _, given := tree["time_zone"]; !given {
		tree["time_zone"] = defaultZone // read like any other: the machine may lack zone data
	}
	f := Default()
	f.source = r.source
	binder{r}.table("", tree, reflect.ValueOf(f).Elem())
	if f.SIP.From == "" {
		f.SIP.From = firstShortCode(f)
	}
	for table, key := range keysIn(f) {
		if key.KeyCredential != "" && !r.lines.has(table+keyFile) {
			key.KeyFile = ""
		}
		key.OwnFolder = key.KeyCredential == "" && !r.lines.has(table+keyFile)
	}
	checkRules(f, r)
	return f, r
}

// firstShortCode returns the short code that calls come from by default. It is empty if
// there is none, or if the code is wrong: that mistake is reported where the code is given,
// not at sip.from.
func firstShortCode(file *File) string {
	if len(file.SMSC) == 0 || len(file.SMSC[0].ShortCodes) == 0 || !shortCodeForm.MatchString(file.SMSC[0].ShortCodes[0]) {
		return ""
	}
	return file.SMSC[0].ShortCodes[0]
}

func syntaxMistake(path string, err error) Mistake {
	m := Mistake{File: path, Text: strings.TrimPrefix(err.Error(), "toml: ")}
	var pe toml.ParseError
	if errors.As(err, &pe) {
		m.Line, m.Key, m.Text = pe.Position.Line, pe.LastKey, pe.Message
	}
	if (strings.Contains(m.Key, "password") || strings.Contains(m.Key, "token")) && !strings.HasPrefix(m.Text, "Key ") {
		m.Text = "want a text in quotes" // the parser's own message may quote the value
	}
	return m
}

// resolve makes paths absolute, from the folder of the file, and reads secrets.
func resolve(file *File, report *report, credentials string) error {
	folder, err := folderOf(file.Path())
	if err != nil {
		return err
	}
	file.DataDir = within(folder, file.DataDir)
	if file.Voice.Clips != "" {
		file.Voice.Clips = within(folder, file.Voice.Clips)
	}
	for _, named := range []*string{&file.Order.Words, &file.Texts.File, &file.Staff.Socket, &file.Till.Certificate, &file.Till.KeyFile} {
		if *named != "" {
			*named = within(folder, *named)
		}
	}
	for _, files := range [][]string{file.Tariff.Files, file.Limit.Files} {
		for i, path := range files {
			files[i] = within(folder, path)
		}
	}
	if strings.Contains(file.Voice.Espeak, "/") {
		file.Voice.Espeak = within(folder, file.Voice.Espeak)
	}
	if c := file.Voice.Command; len(c) > 0 && strings.Contains(c[0], "/") {
		c[0] = within(folder, c[0])
	}
	for key, secret := range secretsOf(file) {
		if report.wrong(key) {
			continue
		}
		if ending, err := secret.read(folder, credentials); err != nil {
			remedy := ""
			if errors.Is(err, fs.ErrPermission) {
				remedy = "; the user who runs serve must own it, with mode 0400"
			}
			report.add(key+ending, "%v%s", err, remedy)
		}
	}
	for table, key := range keysIn(file) {
		if !report.wrong(table+keyFile) && !report.wrong(table+keyCredential) && !report.wrong("data_dir") {
			resolveKey(file, report, table, key, folder, credentials)
		}
	}
	for i := range file.Bank {
		if where := at("bank", i); !report.wrong(where+".name") && !report.wrong(where+".key_file") && !report.wrong("data_dir") {
			resolveBankKey(file, report, where, &file.Bank[i], folder)
			resolveFolder(file, report, where, &file.Bank[i], folder)
		}
		if ca := &file.Bank[i].CAFile; *ca != "" {
			*ca = within(folder, *ca)
		}
	}
	if s := file.Staff; s.Group != "" && !report.wrong("staff.group") && (s.Socket == "" || isUnder(file.DataDir, s.Socket)) {
		report.add("staff.group", "its members could not reach the socket in data_dir, which is closed to them; set staff.socket to a path outside it")
	}
	if file.Seal.KeyPath == file.PIN.KeyPath && file.Seal.KeyPath != "" && !report.wrong("seal"+keyFile) {
		report.add(file.Seal.setting("seal"), "is the key of [pin] too; want another one")
	}
	for i, s := range file.SMSC {
		s.checkPassword(at("smsc", i)+".password", report)
	}
	return nil
}

// resolveKey finds the file of a key, which must not lie beside the data that it
// protects: whoever steals the one would have the other.
func resolveKey(file *File, report *report, table string, key *Key, folder, credentials string) {
	if key.KeyCredential != "" {
		path, err := credentialPath(credentials, key.KeyCredential)
		if err != nil {
			report.add(table+keyCredential, "%v", err)
		}
		key.KeyPath = path
		return
	}
	if key.OwnFolder {
		key.KeyFile = defaultKeyFile(file.DataDir, table)
	}
	key.KeyPath = within(folder, key.KeyFile)
	key.KeyFile = key.KeyPath
	if isUnder(file.DataDir, key.KeyPath) {
		report.add(table+keyFile, "%s is under data_dir; keep the key apart from the data that it protects", key.KeyPath)
	}
}

func folderOf(path string) (string, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return filepath.Dir(absolute), nil
}

// within is path, taken from folder where it is relative.
func within(folder, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

// isUnder reports whether path lies in dir, links followed as far as there are
// any yet.
func isUnder(dir, path string) bool {
	rel, err := filepath.Rel(followed(dir), filepath.Join(followed(filepath.Dir(path)), filepath.Base(path)))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

func followed(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	return path
}
