package flow

import "mpg/ivr/dtmf"

// pressed is what one key made of an entry.
type pressed uint8

const (
	ignored  pressed = iota // the key means nothing here
	partial                 // the entry has grown
	complete                // the entry is what the step wants
	notMe                   // 0 at a Key step, 0# at a PIN step
	cleared                 // *
	tooShort                // # before the entry was complete
	unusable                // the entry cannot become what the step wants
)

// keypad gathers the entry of a step.
type keypad struct {
	digits dtmf.Digits
	// swallow drops one # that follows a complete entry: many people end
	// their PIN with it although the sixth digit has.
	swallow bool
}

// press takes one key.
func (k *keypad) press(want Want, key byte) pressed {
	swallow := k.swallow
	k.swallow = false
	switch {
	case key == '#' && swallow:
		return ignored
	case key >= 'A' && key <= 'D':
		k.swallow = swallow
		return ignored
	case key == '*':
		return cleared
	case want == PIN:
		return k.pressPIN(key)
	default:
		return k.pressKey(key)
	}
}

func (k *keypad) pressKey(key byte) pressed {
	switch key {
	case '1':
		k.swallow = true
		return complete
	case '0':
		return notMe
	default:
		return unusable
	}
}

func (k *keypad) pressPIN(key byte) pressed {
	if key == '#' {
		switch {
		case k.digits.Len() == 1 && k.digits.At(0) == '0':
			return notMe
		case k.digits.Len() > 0:
			return tooShort
		}
		return unusable
	}
	k.digits.Append(key)
	if k.digits.Len() < PINDigits {
		return partial
	}
	k.swallow = true
	return complete
}
