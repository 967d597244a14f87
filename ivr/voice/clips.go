package voice

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Limits of a folder of recordings.
const (
	indexName    = "index.txt"
	clipOctets   = wavDataMax // of one WAV file
	clipsPerLang = 10_000
)

// Clips are sentences that the operator recorded: see the package comment for
// the form of the folder.
type Clips struct {
	dir   string
	id    string
	files map[sentence]string // -> path below dir
}

type sentence struct{ lang, text string }

// NewClips reads the index of each language in dir and checks that every file
// it names is a WAV file that can be used. The error names file and line.
func NewClips(dir string) (*Clips, error) {
	c := &Clips{dir: dir, files: make(map[sentence]string)}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	defer func() { _ = root.Close() }()
	langs, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("recordings: %w", err)
	}
	digest := sha256.New()
	for _, l := range langs {
		if !l.IsDir() {
			continue
		}
		index, err := root.ReadFile(filepath.Join(l.Name(), indexName))
		if err != nil {
			return nil, fmt.Errorf("recordings: %w", err)
		}
		fmt.Fprintf(digest, "%s\n%s\n", l.Name(), index)
		if err := c.readIndex(root, l.Name(), index, digest); err != nil {
			return nil, err
		}
	}
	c.id = "clips " + hex.EncodeToString(digest.Sum(nil)[:4])
	return c, nil
}

// readIndex takes in the lines of one index. What the files hold goes into
// digest: a new recording is a new voice.
func (c *Clips) readIndex(root *os.Root, lang string, index []byte, digest hash.Hash) error {
	lines := bufio.NewScanner(bytes.NewReader(index))
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if line == "" || line[0] == '#' {
			continue
		}
		at := strings.IndexAny(line, " \t")
		if at < 0 {
			return fmt.Errorf("recordings: %s/%s line %d: no sentence after the file name", lang, indexName, n)
		}
		key := sentence{lang, normal(Words(strings.TrimSpace(line[at:])))}
		path := filepath.Join(lang, line[:at])
		if _, dup := c.files[key]; dup {
			return fmt.Errorf("recordings: %s/%s line %d: this sentence has a recording already", lang, indexName, n)
		}
		if len(c.files) == clipsPerLang {
			return fmt.Errorf("recordings: %s/%s line %d: more than %d sentences", lang, indexName, n, clipsPerLang)
		}
		data, err := readRecording(root, path)
		if err != nil {
			return fmt.Errorf("recordings: %s/%s line %d: %w", lang, indexName, n, err)
		}
		_, _ = digest.Write(data)
		c.files[key] = path
	}
	return lines.Err()
}

// readRecording reads a WAV file and makes sure that it can be played.
func readRecording(root *os.Root, path string) ([]byte, error) {
	info, err := root.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > clipOctets {
		return nil, fmt.Errorf("%s: %d octets, at most %d", path, info.Size(), clipOctets)
	}
	data, err := root.ReadFile(path)
	if err != nil {
		return nil, err
	}
	pcm, rate, err := ReadWAV(bytes.NewReader(data))
	if err == nil {
		_, err = clip(pcm, rate, 0)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return data, nil
}

// normal is a sentence without regard to the number of blanks in it.
func normal(text string) string { return strings.Join(strings.Fields(text), " ") }

// Synthesize implements Voice: it reads the recording.
func (c *Clips) Synthesize(_ context.Context, lang, text string) ([]int16, int, error) {
	path, ok := c.files[sentence{lang, normal(text)}]
	if !ok {
		return nil, 0, ErrCannot
	}
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return nil, 0, fmt.Errorf("recordings: %w", err)
	}
	defer func() { _ = root.Close() }()
	data, err := readRecording(root, path)
	if err != nil {
		return nil, 0, fmt.Errorf("recordings: %w", err)
	}
	return ReadWAV(bytes.NewReader(data))
}

// Has implements Voice. It is always false: nobody records every amount.
func (c *Clips) Has(string) bool { return false }

// ID implements Voice; it changes with the recordings.
func (c *Clips) ID() string { return c.id }

// Len returns the number of recorded sentences.
func (c *Clips) Len() int { return len(c.files) }
