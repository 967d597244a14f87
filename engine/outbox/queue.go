package outbox

import "container/heap"

// queueHeap is a heap of queues, each of which knows its place. It implements
// heap.Interface.
type queueHeap struct {
	queues []*queue
	before func(a, b *queue) bool
}

var _ heap.Interface = (*queueHeap)(nil)

func (h *queueHeap) Len() int           { return len(h.queues) }
func (h *queueHeap) Less(i, j int) bool { return h.before(h.queues[i], h.queues[j]) }
func (h *queueHeap) Swap(i, j int) {
	h.queues[i], h.queues[j] = h.queues[j], h.queues[i]
	h.queues[i].place, h.queues[j].place = i, j
}

// Push implements heap.Interface.
func (h *queueHeap) Push(x any) {
	q, ok := x.(*queue)
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
