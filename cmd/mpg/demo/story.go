package demo

import (
	"bufio"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"
)

//go:embed scripts
var scripts embed.FS

// deed is what a line of a script does or waits for.
type deed string

// The deeds. WHO is a number, or its last digits.
const (
	deedTexts   deed = "texts"    // WHO texts BODY
	deedTold    deed = "told"     // WHO is told WORDS
	deedRings   deed = "rings"    // WHO rings
	deedAnswers deed = "answers"  // WHO answers
	deedPresses deed = "presses"  // WHO presses KEYS, or pin
	deedHears   deed = "hears"    // WHO hears WORDS
	deedHangsUp deed = "hangs up" // WHO hangs up
	deedOver    deed = "over"     // WHO is off the phone
	deedSwitch  deed = "switch"   // switch NAME on|off
	deedAccount deed = "account"  // account NAME is AMOUNT
	deedBank    deed = "bank"     // bank WHO has AMOUNT: what the bank itself holds for it
	deedHolds   deed = "holds"    // card WHO holds AMOUNT: what its issuer holds on it
	deedOwes    deed = "owes"     // card WHO owes AMOUNT: what its issuer has paid to shops
	deedTrial   deed = "balanced" // balanced: debits = credits
	deedConfirm deed = "confirms" // WHO confirms hearing WORDS: takes the call, presses 1, keys the PIN
	deedRuns    deed = "runs"     // operator runs COMMAND, as it is typed after mpg
	deedReads   deed = "reads"    // operator reads WORDS, in what the command printed
	deedTill    deed = "till"     // till CODE accepts|refuses|captures AMOUNT|releases, of its latest order
	deedShows   deed = "shows"    // till CODE shows STATE AMOUNT
	deedScene   deed = "scene"    // scene TEXT, a heading
	deedBrief   deed = "brief"    // brief: from here on a call takes one line, and what is right is counted
)

// refWord stands, in a text and in a command, for the reference in the last text that
// somebody was told.
const refWord = "{ref}"

// storyLine is a parsed line of a script.
type storyLine struct {
	place  string // FILE:LINE
	text   string
	who    string // digits
	deed   deed
	what   string
	within time.Duration // how long to wait for it
}

// storyMax bounds a script.
const storyMax = 64 << 10 // bytes

// readStory reads a script that comes with the demo, or a file.
func readStory(name string) ([]storyLine, error) {
	data, err := fs.ReadFile(scripts, "scripts/"+name+".txt")
	if err != nil {
		data, err = os.ReadFile(name)
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%w: there is no file %s; the demo's own scripts are %s, %s and %s", ErrScript, name, Florist, magic, allFour)
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrScript, err)
	case len(data) > storyMax:
		return nil, fmt.Errorf("%w: %s has more than %d bytes", ErrScript, name, storyMax)
	}
	return parseStory(name, string(data))
}

// parseStory reads the lines of a script. A line that is empty or begins with #
// is a comment.
func parseStory(name, text string) ([]storyLine, error) {
	var list []storyLine
	in := bufio.NewScanner(strings.NewReader(text))
	in.Buffer(nil, storyMax+1)
	for n := 1; in.Scan(); n++ {
		line := strings.TrimSpace(in.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		words, within := cutWithin(line)
		l, err := parseStoryLine(words)
		if err != nil {
			return nil, fmt.Errorf("%w: %s:%d: %w", ErrScript, name, n, err)
		}
		l.place, l.text, l.within = fmt.Sprintf("%s:%d", name, n), line, within
		list = append(list, l)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%w: %s has no lines", ErrScript, name)
	}
	return list, nil
}

// tellMax is how long a line of a script waits, unless it ends with a time of its
// own, such as "within 5s". A reversal that the bank answers late, or a payer who
// presses nothing, takes that long.
const tellMax = 2 * time.Minute

// cutWithin takes the time off the end of a line.
func cutWithin(line string) (rest string, within time.Duration) {
	if i := strings.LastIndex(line, " within "); i >= 0 {
		if d, err := time.ParseDuration(line[i+len(" within "):]); err == nil && d > 0 {
			return strings.TrimSpace(line[:i]), d
		}
	}
	return line, tellMax
}

// Errors of a line.
var (
	errLine   = errors.New("wanted: WHO texts|is told|confirms hearing|rings|answers|presses|hears|hangs up|is off the phone, operator, till, switch, account, bank, card, balanced, scene or brief")
	errWho    = errors.New("WHO is a number, or its last four digits or more")
	errSwitch = errors.New("wanted: switch " + strings.Join(switches(), "|") + " on|off")
	errIs     = errors.New("wanted: account NAME is AMOUNT")
	errHas    = errors.New("wanted: bank WHO has AMOUNT")
	errRuns   = errors.New("wanted: operator runs COMMAND, or operator reads WORDS")
	errQuote  = errors.New("a quotation mark is not closed")
	errCard   = errors.New("wanted: card WHO holds|owes AMOUNT")
	errTill   = errors.New("wanted: till CODE accepts|refuses|releases|captures AMOUNT|shows STATE AMOUNT")
	errScene  = errors.New("wanted: scene TEXT")
	errNoWhat = errors.New("needs something after it")
)

// storyForms are the words after WHO, and the deed that they mean.
var storyForms = []struct {
	words string
	deed  deed
	wants bool // whether something must follow the words
}{
	{"texts", deedTexts, true}, {"is told", deedTold, true}, {"rings", deedRings, false}, {"answers", deedAnswers, false},
	{"presses", deedPresses, true}, {"hears", deedHears, true}, {"confirms hearing", deedConfirm, true}, {"hangs up", deedHangsUp, false}, {"is off the phone", deedOver, false},
}

func parseStoryLine(line string) (storyLine, error) {
	first, rest, _ := strings.Cut(line, " ")
	rest = strings.TrimSpace(rest)
	switch first {
	case "switch":
		name, state, _ := strings.Cut(rest, " ")
		if !slices.Contains(switches(), name) || state != "on" && state != "off" {
			return storyLine{}, errSwitch
		}
		return storyLine{deed: deedSwitch, who: name, what: state}, nil
	case "account":
		name, amount, ok := strings.Cut(rest, " is ")
		if !ok || name == "" || amount == "" {
			return storyLine{}, errIs
		}
		return storyLine{deed: deedAccount, who: name, what: amount}, nil
	case "bank":
		who, amount, ok := strings.Cut(rest, " has ")
		if !ok || amount == "" || !whoOK(who) {
			return storyLine{}, errHas
		}
		return storyLine{deed: deedBank, who: who, what: amount}, nil
	case "card":
		return parseCard(rest)
	case "operator":
		return parseOperator(rest)
	case "till":
		return parseTill(rest)
	case "scene":
		if rest == "" {
			return storyLine{}, errScene
		}
		return storyLine{deed: deedScene, what: rest}, nil
	case string(deedTrial), string(deedBrief):
		if rest != "" {
			return storyLine{}, errLine
		}
		return storyLine{deed: deed(first)}, nil
	}
	return parseDeed(first, rest)
}

func parseOperator(rest string) (storyLine, error) {
	verb, what, _ := strings.Cut(rest, " ")
	what = strings.TrimSpace(what)
	if what == "" || verb != string(deedRuns) && verb != string(deedReads) {
		return storyLine{}, errRuns
	}
	if verb == string(deedRuns) {
		if _, err := splitCommand(what); err != nil {
			return storyLine{}, err
		}
	}
	return storyLine{deed: deed(verb), what: what}, nil
}

// parseTill reads what a shop does on its till, or sees there.
func parseTill(rest string) (storyLine, error) {
	shop, rest, _ := strings.Cut(rest, " ")
	verb, what, _ := strings.Cut(strings.TrimSpace(rest), " ")
	what = strings.TrimSpace(what)
	line := storyLine{who: shop, deed: deedTill, what: strings.TrimSuffix(verb, "s")}
	switch {
	case !whoOK(shop):
	case verb == string(deedShows) && what != "":
		return storyLine{who: shop, deed: deedShows, what: what}, nil
	case verb == "captures" && what != "":
		line.what += " " + what
		return line, nil
	case what == "" && strings.HasSuffix(verb, "s") && verb != "captures" && slices.Contains(tillVerbs(), line.what):
		return line, nil
	}
	return storyLine{}, errTill
}

// parseCard reads what the issuer of a card has in its book.
func parseCard(rest string) (storyLine, error) {
	fields := strings.Fields(rest)
	const parts = 3
	if len(fields) != parts || !whoOK(fields[0]) || fields[1] != string(deedHolds) && fields[1] != string(deedOwes) {
		return storyLine{}, errCard
	}
	return storyLine{who: fields[0], deed: deed(fields[1]), what: fields[2]}, nil
}

// splitCommand splits a command at its spaces, except those between quotation marks.
func splitCommand(line string) ([]string, error) {
	var args []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 0 {
			args = append(args, strings.Fields(part)...)
		} else {
			args = append(args, part)
		}
	}
	if strings.Count(line, `"`)%2 != 0 {
		return nil, errQuote
	}
	return args, nil
}

func parseDeed(who, rest string) (storyLine, error) {
	for _, form := range storyForms {
		what, ok := strings.CutPrefix(rest+" ", form.words+" ")
		if what = strings.TrimSpace(what); !ok || !form.wants && what != "" {
			continue
		}
		switch {
		case !whoOK(who):
			return storyLine{}, errWho
		case form.wants && what == "":
			return storyLine{}, fmt.Errorf("%q %w", form.words, errNoWhat)
		case form.deed == deedPresses && what != pinKeys && !keysOK(what):
			return storyLine{}, errKeys
		}
		return storyLine{who: who, deed: form.deed, what: what}, nil
	}
	return storyLine{}, errLine
}

func whoOK(who string) bool {
	digits := strings.TrimPrefix(who, "+")
	return len(digits) >= 4 && allIn(digits, "0123456789")
}
