package filebank

import (
	"mpg/engine/bank"
)

// file returns the name of the file from the bank with that number, or "".
func (b *book) file(number uint64) string { b.mu.Lock(); defer b.mu.Unlock(); return b.taken[number] }

// keep notes that a file from the bank was taken.
func (b *book) keep(number uint64, name string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.taken[number] = name
}

// knows reports whether a line was asked for.
func (b *book) knows(key string) bool { b.mu.Lock(); defer b.mu.Unlock(); return b.lines[key] != nil }

// enter returns the entry of a line for somebody who waits, and has the line written if it
// never was. It returns nil if it never was and it is too late.
func (b *book) enter(asked *request, inTime bool) *entry {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.lines[asked.key]
	if e == nil {
		if !inTime {
			return nil
		}
		e = newEntry(asked)
		b.lines[asked.key] = e
		b.pending = append(b.pending, e)
	}
	e.waiting++
	return e
}

// leaves ends the waiting of one caller, and returns what came; err says why nothing more is
// waited for.
func (b *book) leaves(e *entry, err error) (*answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e.waiting--
	switch {
	case e.said != nil && e.unsure == nil:
		return e.said, nil // it may have come at the last moment
	case e.unsure != nil:
		return nil, e.unsure
	case e.err != nil:
		return nil, bank.Down("the file cannot be written", e.err)
	case e.state == statePending && e.waiting == 0:
		b.withdraw(e)
		return nil, bank.Down(errTooLate.Error(), err)
	}
	return nil, bank.Unknown(bank.CauseTimeout, "no answer came in a file", err)
}

// failed reports whether e could not be written.
func (b *book) failed(e *entry) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return e.err != nil
}

// withdraw takes back a line that is in no file yet. The lock is held.
func (b *book) withdraw(e *entry) {
	delete(b.lines, e.key)
	for i, one := range b.pending {
		if one == e {
			b.pending = append(b.pending[:i:i], b.pending[i+1:]...)
			return
		}
	}
}

// askAgain forgets a line that is to be written once more as it is: one that the bank has
// answered without an end, if this is a repeat, or that it has contradicted since.
func (b *book) askAgain(key string, repeat bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.lines[key]
	if e == nil || e.waiting > 0 {
		return
	}
	unended := e.isEnded() && (e.said == nil || e.said.status != isReversed)
	if e.again || repeat && unended {
		delete(b.lines, key)
	}
}

// hear keeps one answer and wakes those who wait for it. late is what has to be passed to
// OnLate: nobody was waiting, or the bank says something other than before. why says why the
// answer is about nothing that was asked.
func (b *book) hear(said *answer, currency string) (late *bank.Late, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	e := b.lines[said.key]
	if e == nil || e.state != stateSent {
		return nil, "nothing was asked under this key in the last days"
	}
	why = e.differs(said)
	if currency != e.currency.Code {
		why = "the currency is not what was asked for"
	}
	if why != "" {
		if !e.isEnded() {
			e.end(nil, bank.Unknown(bank.CauseElement, why, nil))
		}
		return nil, why
	}
	if said.status == isPending {
		return nil, ""
	}
	e.hide(said)
	b.approvedAfter(e, said)
	switch {
	case e.waiting > 0 && e.isEnded() && (e.said == nil || !e.said.same(said)):
		e.end(nil, errTwoAnswers) // whoever waits has not read the first one yet
		return nil, errTwoAnswers.Error()
	case e.said != nil && e.said.same(said) && !e.late:
		b.counters.Duplicate()
		return nil, ""
	case e.waiting > 0 && !e.isEnded():
		e.end(said, nil)
		return nil, ""
	}
	b.countLate(e, said)
	e.end(said, nil)
	e.late = true
	one := e.lateOf(said)
	return &one, ""
}

// countLate counts an answer that nobody waits for. The lock is held.
func (b *book) countLate(e *entry, said *answer) {
	if e.said != nil && !e.said.same(said) {
		b.counters.Contradicting()
		b.cfg.Log.Warn("bank answer contradicts an earlier one", "key", e.key, "code", said.codeOf())
		return
	}
	b.counters.Late()
	b.cfg.Log.Warn("bank answer came when nobody waited for it", "key", e.key, "status", said.status)
}

// recorded notes that OnLate has an answer.
func (b *book) recorded(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if e := b.lines[key]; e != nil {
		e.late = false
	}
}
