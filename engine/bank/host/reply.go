package host

import (
	"strconv"
	"strings"

	"mpg/engine/bank/iso8583"
)

// reply sends answer as fault says; with the zero Fault it only sends it.
func (l *line) reply(answer *iso8583.Message, fault Fault) {
	switch fault.Kind {
	case Silence:
		l.host.note(l.entry(Out, answer, Withheld))
	case DropAfter:
		l.host.note(l.entry(Out, answer, Withheld))
		l.drop()
	case LateAnswer:
		l.after(fault.Delay, func() { l.send(answer, Sent) })
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
		answer.Set(iso8583.DEAmount, otherSum(answer))
		l.send(answer, Spoilt)
	case Omit, Alter:
		for _, de := range fault.Elements {
			answer.Set(de, fault.Value)
		}
		l.send(answer, Spoilt)
	case OtherType:
		answer.MTI = iso8583.MTI(fault.Value)
		l.send(answer, Spoilt)
	case EmptyBitmap:
		l.rewrite(answer, emptyBitmap)
	case Rewritten:
		l.rewrite(answer, fault.Rewrite)
	case WrongMAC:
		l.rewrite(answer, wrongMAC)
	case NoMAC:
		l.rewrite(answer, func([]byte) []byte { return l.plain(answer) })
	case Misframed:
		l.misframe(answer, fault.Rewrite)
	case Garbage, HalfFrame:
		l.spoil(answer, fault.Kind)
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

// otherSum returns another amount than that of answer. Where a part is held it is more than
// anybody asks for: a smaller amount could be the part.
func otherSum(answer *iso8583.Message) string {
	sum := answer.Get(iso8583.DEAmount)
	if answer.Get(iso8583.DEResponse) == codePart {
		return "9" + sum[1:]
	}
	return other(sum)
}

// rewrite answers with what change makes of the packed message.
func (l *line) rewrite(answer *iso8583.Message, change func([]byte) []byte) {
	packed, err := l.pack(answer)
	if err != nil {
		l.host.check(err, "packing")
		return
	}
	frame, err := iso8583.AppendFrame(nil, change(packed))
	if err != nil {
		l.host.check(err, "packing")
		return
	}
	l.host.note(l.entry(Out, answer, Spoilt))
	l.write(frame)
}

// wrongMAC changes the first octet of the MAC at the end of a packed message: half of it in
// ASCII digits.
func wrongMAC(packed []byte) []byte {
	const digits = 16
	at := len(packed) - digits
	if packed[at] == '0' {
		packed[at] = '1'
	} else {
		packed[at] = '0'
	}
	return packed
}

// plain packs answer without a MAC.
func (l *line) plain(answer *iso8583.Message) []byte {
	packed, err := l.host.dialect.Pack(answer)
	l.host.check(err, "packing")
	return packed
}

// misframe answers with what change makes of the framed message.
func (l *line) misframe(answer *iso8583.Message, change func([]byte) []byte) {
	frame, err := l.frame(answer)
	if err != nil {
		l.host.check(err, "packing")
		return
	}
	l.host.note(l.entry(Out, answer, Spoilt))
	l.write(change(frame))
}

// emptyBitmap keeps the elements of a packed message below 65, and puts an empty
// second bitmap before them. The elements above have no fixed length, so the
// message is read and packed again without them.
func emptyBitmap(packed []byte) []byte {
	const mti, digits, first = 4, 16, 0x8
	below := withoutHigh(packed)
	digit, err := strconv.ParseUint(string(below[mti:mti+1]), 16, 8)
	if err != nil {
		return below
	}
	with := []byte(string(below[:mti]) + strings.ToUpper(strconv.FormatUint(digit|first, 16)) + string(below[mti+1:mti+digits]))
	with = append(with, strings.Repeat("0", digits)...)
	return append(with, below[mti+digits:]...)
}

// withoutHigh packs a message again without the elements above 64.
func withoutHigh(packed []byte) []byte {
	const lowMax, highMax = 64, 128
	d, err := iso8583.Named(iso8583.ISO87)
	if err != nil {
		return packed
	}
	m, err := d.Unpack(packed)
	if err != nil {
		return packed
	}
	for de := iso8583.DE(lowMax + 1); de <= highMax; de++ {
		m.Set(de, "")
	}
	below, err := d.Pack(m)
	if err != nil {
		return packed
	}
	return below
}

// spoil answers with bytes that are no message.
func (l *line) spoil(answer *iso8583.Message, kind Kind) {
	frame, err := l.frame(answer)
	if err != nil {
		l.host.check(err, "packing")
		return
	}
	if kind == Garbage {
		const header = 2
		copy(frame[header:], strings.Repeat("\x00\xff", len(frame)))
	} else {
		frame = frame[:len(frame)/2]
	}
	l.host.note(l.entry(Out, answer, Spoilt))
	l.write(frame)
}
