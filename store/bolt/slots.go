package bolt

import "mpg/store"

// groupSlots is how many neighbouring ids share a group of a slotIndex.
const groupSlots = 64

// slotIndex finds the slot of an account by its id. Ids are given out in sequence, so
// neighbours share a group, and the map stays small enough for the processor's cache. With
// ten million accounts a map of all ids would not, and every transfer would wait for memory
// four times instead of twice. The index has no pointers, so the garbage collector does not
// scan it.
type slotIndex struct {
	group  map[store.AccountID]uint32 // by id / groupSlots: which of groups
	groups [][groupSlots]uint32       // slot + 1; 0: none
}

func newSlotIndex() slotIndex {
	return slotIndex{group: make(map[store.AccountID]uint32)}
}

// find returns the slot of an account.
func (x *slotIndex) find(id store.AccountID) (slot uint32, ok bool) {
	group, ok := x.group[id/groupSlots]
	if !ok {
		return 0, false
	}
	next := x.groups[group][id%groupSlots]
	return next - 1, next != 0
}

// set stores the slot of an account, which is at most maxSlot.
func (x *slotIndex) set(id store.AccountID, slot uint32) {
	group, ok := x.group[id/groupSlots]
	if !ok {
		group = uint32(len(x.groups))
		x.group[id/groupSlots] = group
		x.groups = grown(x.groups, 1)
	}
	x.groups[group][id%groupSlots] = slot + 1
}
