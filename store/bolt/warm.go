package bolt

import "mpg/store"

// warm looks at every account that the batch will move, before anything is decided. With
// ten million accounts nearly all of them are far from the processor. If each were looked
// up when its Cmd is decided, the processor would wait twice: for the slot, and for the
// account. In these short loops no look-up depends on the one before, so it waits for
// several at once.
func (b *batch) warm(batch []*request) {
	accounts := b.c.accounts
	b.near = b.near[:0]
	for _, req := range batch {
		for i := range req.cmds {
			transfers := req.cmds[i].Transfers
			for j := range transfers {
				for _, id := range [...]store.AccountID{transfers[j].Debit, transfers[j].Credit} {
					if slot, ok := accounts.slot.find(id); ok {
						b.near = append(b.near, slot)
					}
				}
			}
		}
	}
	for _, slot := range b.near {
		b.looked ^= accounts.slots[slot].id
	}
}
