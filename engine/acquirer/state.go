package acquirer

import (
	"cmp"
	"slices"

	"mpg/engine/bank"
)

// Described is a Bank that can describe its state to people.
type Described interface {
	// State returns its lines and the check values of its keys.
	State() bank.State
}

// State is the state of one bank, for people.
type State struct {
	Bank   string
	Up     bool // it can be asked
	Broken bool // orders for it are refused because it fails
	bank.State
}

// States returns the state of each configured bank, by name.
func (b *Banks) States() []State {
	list := make([]State, 0, len(b.cfg.Banks))
	for name, one := range b.cfg.Banks {
		state := State{Bank: name, Up: one.Up(), Broken: b.breakers[name].isOpen()}
		if described, ok := one.(Described); ok {
			state.State = described.State()
		}
		list = append(list, state)
	}
	slices.SortFunc(list, func(a, b State) int { return cmp.Compare(a.Bank, b.Bank) })
	return list
}

// Full counts an order that was refused because a bank would have owed more than it
// may, and says so in the log.
func (b *Banks) Full(bankName string) {
	b.Counters.BankFull.Add(1)
	b.cfg.Log.Error("order refused: the bank would owe more than it may; settle with it or raise owes", "bank", bankName)
}
