package host

import (
	"strings"

	"mpg/engine/bank/iso8583"
)

// reply sends answer as f says; the zero Fault just sends it.
func (l *line) reply(answer *iso8583.Message, f Fault) {
	switch f.Kind {
	case Silence:
		l.host.note(l.entry(Out, answer, Withheld))
	case DropAfter:
		l.host.note(l.entry(Out, answer, Withheld))
		l.drop()
	case LateAnswer:
		l.after(f.Delay, func() { l.send(answer, Sent) })
	case Duplicate:
		l.send(answer, Sent)
		l.send(answer, Sent)
	case WrongSTAN:
		answer.Set(iso8583.DESTAN, other(answer.Get(iso8583.DESTAN)))
		l.send(answer, Spoilt)
	case WrongRRN:
		answer.Set(iso8583.DERRN, other(answer.Get(iso8583.DERRN)))
		l.send(answer, Spoilt)
	case WrongSum:
		answer.Set(iso8583.DEAmount, other(answer.Get(iso8583.DEAmount)))
		l.send(answer, Spoilt)
	case Garbage, HalfFrame:
		l.spoil(answer, f.Kind)
	default:
		l.send(answer, Sent)
	}
}

// other is digits with the last one changed.
func other(digits string) string {
	if digits == "" {
		return "1"
	}
	last := digits[len(digits)-1]
	changed := byte('1')
	if last == '1' {
		changed = '2'
	}
	return digits[:len(digits)-1] + string(changed)
}

// spoil answers with octets that are no message.
func (l *line) spoil(answer *iso8583.Message, k Kind) {
	frame, err := l.frame(answer)
	if err != nil {
		l.host.check(err, "packing")
		return
	}
	if k == Garbage {
		const header = 2
		copy(frame[header:], strings.Repeat("\x00\xff", len(frame)))
	} else {
		frame = frame[:len(frame)/2]
	}
	l.host.note(l.entry(Out, answer, Spoilt))
	l.write(frame)
}
