package payment

// States returns the states that a payment can be in, in the order of the table.
func States() []State {
	var states []State
	seen := make(map[State]bool)
	for _, row := range table {
		for _, state := range []State{row.From, row.To} {
			if state != None && !seen[state] {
				seen[state] = true
				states = append(states, state)
			}
		}
	}
	return states
}

// Reasons returns all reasons, in a fixed order.
func Reasons() []Reason {
	return []Reason{Paid, LineBusy, NoAnswer, CallRefused, HungUp, NoKeys, CutOff, CallBroken, NotPlaced, WrongPIN, LockedOut, Disowned,
		CalledOff, OptedOut, Suspended, DisownedElse, LockedElse, PINCleared, TimedOut, BankDeclined, BankAway, BankSilent, PurseShort, UndoneAtBank,
		InDoubt, SetAside, NotCaptured, TurnedDown, NoWord, BillerRefused}
}
