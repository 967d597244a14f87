package conf

import "strings"

// Explanation is one part of the sample: what stands above the first key, the head of
// a table, or settings that share a comment.
type Explanation struct {
	Table    string   // such as "[[smsc]]"; empty: no head of a table
	Settings []string // such as `window = 100`: with the default, or with an example
	Comment  string   // plain text; empty lines separate paragraphs
}

// Explain returns the sample in parts, the one above the first key first. A setting
// that is switched off in the sample is returned like any other.
func Explain() []Explanation {
	var parts []Explanation
	var comment []string
	heading := true // still above the first key
	for line := range strings.Lines(sample) {
		line = strings.TrimSuffix(line, "\n")
		switch said, isComment := strings.CutPrefix(line, "# "); {
		case isComment:
			comment = append(comment, said)
		case line == "#":
			comment = append(comment, "")
		case line == "":
			if heading && comment != nil {
				parts, heading = append(parts, Explanation{Comment: strings.Join(comment, "\n")}), false
			}
			comment = nil
		default:
			parts = explainLine(parts, strings.TrimPrefix(line, "#"), strings.Join(comment, "\n"))
			comment = nil
		}
	}
	return parts
}

// explainLine adds a head of a table or a setting with the comment above it. A setting
// without one belongs to the part before.
func explainLine(parts []Explanation, line, comment string) []Explanation {
	if strings.HasPrefix(line, "[") {
		return append(parts, Explanation{Table: line, Comment: comment})
	}
	last := len(parts) - 1
	if comment == "" && len(parts[last].Settings) > 0 {
		parts[last].Settings = append(parts[last].Settings, line)
		return parts
	}
	if comment == "" { // what is said of its table is said of it
		comment, parts[last].Comment = parts[last].Comment, ""
	}
	return append(parts, Explanation{Settings: []string{line}, Comment: comment})
}
