package bolt

import "mpg/store"

// warmer looks at every account that a batch will move, before anything is decided. With
// ten million accounts nearly all of them are far from the processor. If each were looked
// up when its Cmd is decided, the processor would wait twice: for the slot, and for the
// account. In short loops in which no look-up depends on the one before, it waits for
// several at once.
type warmer struct {
	slots []uint32
	seen  store.AccountID // of all accounts together, so that no compiler leaves the loop out
}

func (w *warmer) look(accounts *accounts, batch []*request) {
	w.slots = w.slots[:0]
	for _, req := range batch {
		for i := range req.cmds {
			transfers := req.cmds[i].Transfers
			for j := range transfers {
				w.find(accounts, transfers[j].Debit)
				w.find(accounts, transfers[j].Credit)
			}
		}
	}
	for _, slot := range w.slots {
		w.seen ^= accounts.slots[slot].id
	}
}

func (w *warmer) find(accounts *accounts, id store.AccountID) {
	if slot, ok := accounts.slot.find(id); ok {
		w.slots = append(w.slots, slot)
	}
}
