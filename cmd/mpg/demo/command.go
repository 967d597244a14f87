package demo

import (
	"errors"
	"fmt"
	"strings"
)

// verb is what a line typed at `mpg phone` asks for.
type verb uint8

const (
	verbNothing verb = iota // an empty line
	verbText
	verbKeys
	verbPIN
	verbAnswer
	verbHangUp
	verbWait
	verbHelp
	verbQuit
)

// command is a line that was understood.
type command struct {
	verb verb
	body string // the text, the keys, or what is waited for
}

// What !wait may wait for.
const (
	waitText = "text"
	waitRing = "ring"
	waitOver = "over" // no call is on
)

// terminalHelp is what !help prints.
const terminalHelp = `a line is a text to ` + ShortCode + `    !1, !582193#  press keys; !pin keys in the PIN
!answer  pick up the call      !hangup  end it or decline it
!wait text, !wait ring, !wait over   until one comes, or the call is over
!help    this                  !quit    put the phone away`

var errNoWord = errors.New("is no command: !help lists them")

// parseLine reads a typed line. A line that begins with ! is a command or keys;
// !! begins a text with an exclamation mark. An error never quotes keys.
func parseLine(line string) (command, error) {
	line = strings.TrimSpace(line)
	word, isCommand := strings.CutPrefix(line, "!")
	switch {
	case line == "":
		return command{}, nil
	case !isCommand:
		return command{verbText, line}, nil
	case strings.HasPrefix(word, "!"):
		return command{verbText, word}, nil
	case keysOK(word):
		return command{verbKeys, word}, nil
	case word == "" || strings.ContainsAny(word, "0123456789*#"):
		return command{}, errKeys
	}
	word = strings.Join(strings.Fields(strings.ToLower(word)), " ")
	switch word {
	case "pin", "p":
		return command{verb: verbPIN}, nil
	case "answer", "a":
		return command{verb: verbAnswer}, nil
	case "hangup", "decline", "h":
		return command{verb: verbHangUp}, nil
	case "wait", "wait text":
		return command{verbWait, waitText}, nil
	case "wait ring":
		return command{verbWait, waitRing}, nil
	case "wait over":
		return command{verbWait, waitOver}, nil
	case "help", "?":
		return command{verb: verbHelp}, nil
	case "quit", "q":
		return command{verb: verbQuit}, nil
	}
	return command{}, fmt.Errorf("!%s %w", word, errNoWord)
}
