package conf

import "strings"

// Explanation is one part of the sample: the comment above the first key, the head of
// a table, or settings that share a comment.
type Explanation struct {
	Table    string   // such as "[[smsc]]"; empty: no head of a table
	Settings []string // such as `window = 100`, with the default or an example
	Comment  string   // plain text; empty lines separate paragraphs
}

// Explain returns the parts of the sample in order, beginning with the comment above
// the first key. Settings that are off in the sample are returned like any other.
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
// without a comment belongs to the part before it.
func explainLine(parts []Explanation, line, comment string) []Explanation {
	if strings.HasPrefix(line, "[") {
		return append(parts, Explanation{Table: line, Comment: comment})
	}
	last := len(parts) - 1
	if comment == "" && len(parts[last].Settings) > 0 {
		parts[last].Settings = append(parts[last].Settings, line)
		return parts
	}
	if comment == "" { // the comment of the table is about this setting
		comment, parts[last].Comment = parts[last].Comment, ""
	}
	return append(parts, Explanation{Settings: []string{line}, Comment: comment})
}
