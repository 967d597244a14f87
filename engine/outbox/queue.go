package outbox

import "container/heap"

// queueHeap is a heap of queues, each of which knows its place. It implements
// heap.Interface.
type queueHeap struct {
	queues []*queue
	before func(a, b *queue) bool
}

var _ heap.Interface = (*queueHeap)(nil)

func (h *queueHeap) Len() int                   { return len(h.queues) }
func (h *queueHeap) Less(index, other int) bool { return h.before(h.queues[index], h.queues[other]) }
func (h *queueHeap) Swap(index, other int) {
	h.queues[index], h.queues[other] = h.queues[other], h.queues[index]
	h.queues[index].place, h.queues[other].place = index, other
}

// Push implements heap.Interface.
func (h *queueHeap) Push(added any) {
	q, ok := added.(*queue)
	if !ok {
		panic("outbox: not a queue")
	}
	q.place = len(h.queues)
	h.queues = append(h.queues, q)
}

// Pop implements heap.Interface.
func (h *queueHeap) Pop() any {
	last := len(h.queues) - 1
	q := h.queues[last]
	h.queues[last] = nil
	h.queues = h.queues[:last]
	return q
}
