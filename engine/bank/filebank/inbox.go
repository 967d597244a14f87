package filebank

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"mpg/engine/bank"
)

// stamp is what a file looked like.
type stamp struct {
	size    int64
	changed time.Time
}

// inbox takes in files from the bank. Its methods are called by Run alone.
type inbox struct {
	cfg      *Config
	counters *bank.Counters
	book     *book
	looked   chan struct{}    // closed once all answers that had come before the start are taken in
	seen     map[string]stamp // files with answers, at the last look
	early    map[string]stamp // of those that the first look found, the ones that are left; nil afterwards
	looks    int
	told     map[uint64]bool // missing numbers that were reported
}

// look takes in the files that have come. One that has changed since the last look is still
// being written; it is left for the next.
func (n *inbox) look() {
	incoming := filepath.Join(n.cfg.Folder, folderIncoming)
	files, err := os.ReadDir(incoming)
	if err != nil {
		n.cfg.Log.Error("folder with answers cannot be read", "folder", incoming, "err", err)
		return
	}
	seen := make(map[string]stamp)
	for _, file := range files {
		name := file.Name()
		info, err := file.Info()
		if err != nil || !info.Mode().IsRegular() || strings.HasPrefix(name, ".") || !strings.HasSuffix(name, answerEnding) {
			continue
		}
		now := stamp{info.Size(), info.ModTime()}
		if before, known := n.seen[name]; !known || before != now {
			seen[name] = now
			continue
		}
		if err := n.take(name); err != nil {
			n.cfg.Log.Error("file with answers cannot be taken; it is tried again", "file", name, "err", err)
			seen[name] = now
		}
	}
	n.seen = seen
	n.reportGaps()
	n.noteLooked()
}

// noteLooked closes looked once no file is left of those that the first look found.
func (n *inbox) noteLooked() {
	if n.looks == 0 {
		n.early = maps.Clone(n.seen)
	}
	n.looks++
	maps.DeleteFunc(n.early, func(name string, _ stamp) bool { _, left := n.seen[name]; return !left })
	if n.early != nil && len(n.early) == 0 {
		n.early = nil
		close(n.looked)
	}
}

// reportGaps logs each missing number once.
func (n *inbox) reportGaps() {
	for _, number := range n.book.gaps() {
		if !n.told[number] {
			n.told[number] = true
			n.cfg.Log.Error("file with answers is missing", "number", number)
		}
	}
}

// take takes in one file, or refuses it. After an error nothing has become of the file, and
// it may be taken again.
func (n *inbox) take(name string) error {
	path := filepath.Join(n.cfg.Folder, folderIncoming, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	came, err := parseAnswers(n.cfg.Name, text)
	if err != nil {
		n.counters.Unreadable()
		return n.refuse(name, err)
	}
	if earlier := n.book.file(came.number); earlier != "" {
		return n.refuse(name, n.repeats(came.number, earlier, text))
	}
	untaken, err := n.deliver(came)
	if err != nil {
		return err
	}
	done := fmt.Sprintf("%06d-%s", came.number, name)
	if len(untaken) > 0 {
		if err := n.explain(done, "These lines of "+filepath.Join(folderDone, done)+" were not taken; all others were.", untaken); err != nil {
			return err
		}
		n.cfg.Log.Error("file with answers has lines that were not taken", "file", name, "number", came.number, "lines", len(untaken), "first", untaken[0].Error())
	}
	if err := rename(path, filepath.Join(n.cfg.Folder, folderDone, done)); err != nil {
		return err
	}
	n.book.keep(came.number, done)
	n.cfg.Log.Info("file with answers taken", "file", name, "number", came.number, "answers", len(came.answers))
	return nil
}

// repeats says how a file with the number of an earlier one differs from it.
func (n *inbox) repeats(number uint64, earlier string, text []byte) error {
	before, err := os.ReadFile(filepath.Join(n.cfg.Folder, folderDone, earlier))
	switch {
	case err == nil && string(before) == string(text):
		return wrong(1, "number %d was taken before: the file is the same as %s", number, filepath.Join(folderDone, earlier))
	case err != nil:
		return wrong(1, "number %d was taken before, as %s", number, filepath.Join(folderDone, earlier))
	}
	return wrong(1, "number %d was taken before, as %s, with other content: ask the bank which of the two counts, and have it send what is new under a new number", number, filepath.Join(folderDone, earlier))
}

// refuse moves a file away and says why, in words first, so that no refused file is without them.
func (n *inbox) refuse(name string, why error) error {
	target := n.free(name)
	if err := n.explain(target, "Nothing in "+filepath.Join(folderRefused, target)+" was taken.", []error{why}); err != nil {
		return err
	}
	n.cfg.Log.Error("file with answers refused", "file", name, "why", why)
	return rename(filepath.Join(n.cfg.Folder, folderIncoming, name), filepath.Join(n.cfg.Folder, folderRefused, target))
}

// free returns a name for a refused file that no other has: the bank may use a name again.
func (n *inbox) free(name string) string {
	target := name
	for i := 2; ; i++ {
		if _, err := os.Lstat(filepath.Join(n.cfg.Folder, folderRefused, target)); err != nil {
			return target
		}
		target = fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, answerEnding), i, answerEnding)
	}
}

// explain writes the .txt of a file.
func (n *inbox) explain(name, first string, why []error) error {
	var text strings.Builder
	text.WriteString(first + "\n")
	for _, one := range why {
		fmt.Fprintf(&text, "%s: %v\n", name, one)
	}
	return writeFile(filepath.Join(n.cfg.Folder, folderRefused, name+reasonEnding), []byte(text.String()))
}

// deliver passes the answers of a file on. untaken says which lines are about nothing that
// was asked. After an error all answers may be delivered again.
func (n *inbox) deliver(came *answers) (untaken []error, err error) {
	for i := range came.answers {
		said := &came.answers[i]
		late, why := n.book.hear(said, came.currency.Code)
		if why != "" {
			n.counters.Unmatched()
			untaken = append(untaken, wrong(said.line, "%s", why))
			continue
		}
		if late == nil {
			continue
		}
		if err := n.cfg.OnLate(*late); err != nil {
			return nil, err
		}
		n.book.recorded(said.key)
	}
	return untaken, nil
}
