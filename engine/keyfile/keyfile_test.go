package keyfile_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"mpg/engine/keyfile"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o400); err != nil {
		t.Fatal(err)
	}
}

func TestMakeOnceAndOpen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "some.key")
	if _, err := keyfile.Open(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing key opens: %v", err)
	}
	made, err := keyfile.Make(path, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for name, load := range map[string]func() ([]byte, error){
		"Make": func() ([]byte, error) { return keyfile.Make(path, rand.Reader) },
		"Open": func() ([]byte, error) { return keyfile.Open(path) },
		"Read": func() ([]byte, error) { return keyfile.Read(path) },
	} {
		if again, err := load(); err != nil || !bytes.Equal(again, made) {
			t.Errorf("%s returns another key, %v", name, err)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o400 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("the folder holds %v", entries)
	}
}

// TestTornFile: what a crash leaves is replaced by Make and refused by Open; a
// file that is wrong in another way is never replaced.
func TestTornFile(t *testing.T) {
	t.Parallel()
	whole := strings.Repeat("5a", keyfile.Size)
	for name, c := range map[string]struct {
		text string
		err  error // of Open
		kept bool
	}{
		"empty":            {"", keyfile.ErrTorn, false},
		"newline only":     {"\n", keyfile.ErrTorn, false},
		"half":             {whole[:31], keyfile.ErrTorn, false},
		"one digit short":  {whole[:63], keyfile.ErrTorn, false},
		"zero blocks":      {strings.Repeat("\x00", 65), keyfile.ErrTorn, false},
		"digits and zeros": {whole[:20] + strings.Repeat("\x00", 45), keyfile.ErrTorn, false},
		"one digit more":   {whole + "5", keyfile.ErrForm, true},
		"a word":           {"secret\n", keyfile.ErrForm, true},
		"half in the middle": {whole[:20] + strings.Repeat("\x00", 4) + whole[:20],
			keyfile.ErrForm, true},
		"whole": {whole + "\r\n", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "some.key")
			write(t, path, c.text)
			_, err := keyfile.Open(path)
			if !errors.Is(err, c.err) {
				t.Errorf("Open: %v, want %v", err, c.err)
			}
			if err != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("%v does not name the file", err)
			}
			_, err = keyfile.Make(path, rand.Reader)
			if (err != nil) != (c.kept && c.err != nil) {
				t.Errorf("Make: %v", err)
			}
			after, _ := os.ReadFile(path)
			if kept := string(after) == c.text; kept != c.kept {
				t.Errorf("kept: %v", kept)
			}
		})
	}
}

func TestDraftOfACrashIsReplaced(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "some.key")
	write(t, path+".new", "5a5a")
	if _, err := keyfile.Make(path, rand.Reader); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path + ".new"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the draft is still there: %v", err)
	}
}

func TestWideRightsAreRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "some.key")
	write(t, path, strings.Repeat("5a", keyfile.Size))
	for _, mode := range []os.FileMode{0o440, 0o404, 0o420, 0o644} {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := keyfile.Open(path); !errors.Is(err, keyfile.ErrOpen) || !strings.Contains(err.Error(), "chmod 0400") {
			t.Errorf("%04o: Open: %v", mode, err)
		}
		if _, err := keyfile.Make(path, rand.Reader); !errors.Is(err, keyfile.ErrOpen) {
			t.Errorf("%04o: Make: %v", mode, err)
		}
	}
}

// TestNoKeyWithoutADisk: where the file cannot be made, there is no key.
func TestNoKeyWithoutADisk(t *testing.T) {
	t.Parallel()
	if _, err := keyfile.Make(filepath.Join(t.TempDir(), "missing", "some.key"), rand.Reader); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	path := filepath.Join(t.TempDir(), "some.key")
	if _, err := keyfile.Make(path, strings.NewReader("too short")); err == nil {
		t.Error("a key of too little randomness is made")
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("and kept: %v", err)
	}
}
