package order

import "strings"

// fuzzyMin is how many letters a way of paying has at least that is looked for misspelt.
const fuzzyMin = 4

// named adds to what is near the way of paying that a refused text names somewhere. Without
// it the hint would be an order that takes the money from elsewhere. If a text names several,
// or one that cannot be told, the hint asks for it.
func (p *parser) named(why Reason, meant Intent) {
	if meant != Pay && meant != Send || p.near.whole && why != BadSource {
		return
	}
	found, guess, unsure := p.words.sources.mentioned(p.text)
	switch {
	case p.near.source != "" && !unsure:
		found = p.near.source
	case p.source != "":
		found = p.source
	case found == "" && why == BadSource:
		found, p.near.whole = guess, guess != "" && p.near.amount != 0
		unsure = guess == ""
	case found == "":
		unsure = unsure || guess != ""
	}
	if meant == Send && found == FromCard {
		found, unsure = "", true // nobody is sent money from a card
	}
	p.near.source, p.near.unsure = found, unsure
	if unsure {
		p.near.source, p.near.whole = "", false
	}
}

// mentioned looks for ways of paying anywhere in a text: the one that is named; if there is
// none, the one that may be meant by a word; and whether several are named, or one that is
// not known here.
func (s *sources) mentioned(text string) (named, guess Source, unsure bool) {
	ws, ok := split(text)
	if !ok {
		return "", "", false
	}
	seen, guesses := make(map[Source]bool), make(map[Source]bool)
	for i := range ws {
		switch {
		case isBehindTo(ws, i):
		case ws[i].han:
			found, other := s.inHan(ws[i].text)
			seen[found], unsure = true, unsure || other
		case s.by[ws[i].text] != "":
			if ws[i].text == "card" && i > 0 && s.by[ws[i-1].text+"card"] != "" {
				seen[s.by[ws[i-1].text+"card"]] = true
				break
			}
			seen[s.by[ws[i].text]] = true
		case ws[i].text == "debit" && i+1 < len(ws) && ws[i+1].text == "card":
		case otherSources[ws[i].text]:
			unsure = true
		default:
			guesses[s.near(ws[i].text)] = true
		}
	}
	delete(seen, "")
	delete(guesses, "")
	for source := range seen {
		named = source
	}
	for source := range guesses {
		guess = source
	}
	if len(seen) > 1 || unsure {
		return "", "", true
	}
	if len(guesses) > 1 {
		return named, "", named == ""
	}
	return named, guess, false
}

// isBehindTo reports whether a word is where the money is to go: to my bank.
func isBehindTo(ws []word, index int) bool {
	for index--; index >= 0; index-- {
		if !sourceOwners[ws[index].text] {
			return ws[index].text == "to"
		}
	}
	return false
}

// inHan returns the way of paying in a run of Chinese characters, and whether there is
// another that is not known here.
func (s *sources) inHan(text string) (found Source, other bool) {
	for at := 0; at < len(text); {
		if harmless := longest(text[at:], harmlessHan); harmless > 0 {
			at += harmless
			continue
		}
		size := runeEnds(text[at:])[0]
		for _, name := range s.han {
			if strings.HasPrefix(text[at:], name) {
				found, size = s.by[name], len(name)
				break
			}
		}
		if why, long := badAt(text[at:], false); why == BadSource && found == "" {
			other, size = true, long
		}
		at += size
	}
	return found, other && found == ""
}

// near returns the way of paying that a word misspells by one letter.
func (s *sources) near(word string) Source {
	for _, name := range s.latin {
		if len(name) >= fuzzyMin && len(word) >= fuzzyMin && !harmlessWords[word] && distance(cutThanks(word), name) <= 1 {
			return s.by[name]
		}
	}
	return ""
}
