package payment

import (
	"fmt"
	"strings"
)

// Diagram draws the table, one transition a line. The package comment holds
// it; a test compares the two.
func Diagram() string {
	var b strings.Builder
	for _, r := range table {
		from := r.From
		if from == None {
			from = "·"
		}
		line := fmt.Sprintf("%-10s -- %-11s -> %-10s", from, r.On, r.To)
		if names := effectNames(r.Effects); names != "" {
			line += "  " + names
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func effectNames(effects []Effect) string {
	names := make([]string, len(effects))
	for i, e := range effects {
		names[i] = e.String()
	}
	return strings.Join(names, ", ")
}

// String names the effect as the diagram does.
func (e Effect) String() string {
	switch e {
	case HoldMoney:
		return "hold"
	case HoldMore:
		return "hold more"
	case Post:
		return "post"
	case Take:
		return "take"
	case HandBack:
		return "hand back"
	case VoidHolds:
		return "void holds"
	case Tell:
		return "tell"
	case Block:
		return "block"
	case ClearOpenOrder:
		return "clear open order"
	case ReleaseAuth:
		return "release authorization"
	case Authorize:
		return "authorize"
	case Inform:
		return "inform"
	case Reverse:
		return "reverse"
	case Dial:
		return "dial"
	}
	return "?"
}
