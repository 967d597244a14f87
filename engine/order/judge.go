package order

import (
	"strings"
)

// memoJudge refuses whatever follows an amount and may change the order: another amount,
// currency or way of paying, or words that take the order back. judge_en.go and judge_zh.go
// know the words of the two languages.
type memoJudge struct{ sources *sources }

// words refuses the words of a memo for the first that may change the amount,
// the currency or the way of paying, or take the order back.
func (j memoJudge) words(ws []word) Reason {
	latin := make([]string, 0, len(ws))
	for _, w := range ws {
		if !w.han {
			latin = append(latin, w.text)
		}
	}
	at, why := 0, Reason("")
	for i, w := range ws {
		said := Reason("")
		if w.han {
			said = judgeHan(w.text)
		} else {
			said = j.latin(latin, at, i == 0)
			at++
		}
		if said == "" && w.odd && j.sources.resembles(w.text) {
			said = BadSource
		}
		if why == "" || why == BadSource && said != "" {
			why = said
		}
	}
	if why == "" {
		why = j.sources.misspelt(ws)
	}
	return why
}

// Emoji that say more than a smile does.
const (
	numberFaces = "💯🔟"                   // numbers
	undoFaces   = "❌✖✗✘❎🚫🛑⛔👎✋🙅↩⏪⏸⏹⏳⌛🔙🔄🈚" // not to be paid
	sourceFaces = "💳🏦🏧👛👝"                // ways of paying
	moneyFaces  = "💵💶💷💴💲💰🪙"              // other money
)

// faces refuses a memo for what its pictures may say.
func (memoJudge) faces(memo string) Reason {
	switch {
	case strings.ContainsAny(memo, undoFaces), strings.ContainsFunc(memo, isBoxedLetter):
		return TooMuch
	case strings.ContainsAny(memo, moneyFaces), strings.ContainsFunc(memo, isMoneySign):
		return OtherMoney
	case strings.ContainsAny(memo, sourceFaces):
		return BadSource
	}
	return ""
}

// isBoxedLetter reports whether r is a letter in a circle or a box. Unicode does not class
// those as letters, but they may spell a word.
func isBoxedLetter(r rune) bool { return r >= 'Ⓐ' && r <= 'ⓩ' || r >= '🄰' && r <= '🆊' }
