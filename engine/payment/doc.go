// Package payment is the state machine of a payment: a data table and a pure
// Next. Nothing here does I/O or knows the time; engine reads the record, calls
// Next, and commits what the effects ask for in one step.
//
// A state that brings an event by itself (confirmed, approved, posted, ...) is
// passed within the same commit, so that what is found after a restart is
// waiting, calling, sent, reversing, doubt or done. Every transition:
//
//	·         -- ordered     -> received   hold
//	received  -- call        -> calling    dial
//	received  -- free        -> confirmed
//	calling   -- pin right   -> confirmed
//	calling   -- call failed -> waiting    tell
//	calling   -- pin locked  -> voided     give back, tell
//	calling   -- not me      -> voided     give back, block, tell
//	calling   -- stopped     -> voided     give back, tell
//	calling   -- expired     -> voided     give back, tell
//	waiting   -- again       -> calling    dial
//	waiting   -- stopped     -> voided     give back, tell
//	waiting   -- expired     -> voided     give back, tell
//	confirmed -- settle      -> posted     move money, tell
//	confirmed -- send        -> sent       ask bank
//	sent      -- approval    -> approved
//	approved  -- settle      -> posted     move money, tell
//	sent      -- decline     -> declined   tell
//	declined  -- void        -> voided     give back
//	sent      -- silence     -> unknown    release, tell
//	unknown   -- reverse     -> reversing  reverse at bank
//	reversing -- reversed    -> voided     give back, tell
//	reversing -- overdue     -> doubt      tell
//	reversing -- stands paid -> approved
//	reversing -- stands void -> voided     give back, tell
//	doubt     -- reversed    -> voided     give back, tell
//	doubt     -- stands paid -> approved
//	doubt     -- stands void -> voided     give back, tell
//	posted    -- close       -> done       release
//	voided    -- close       -> done       release
//
// Unknown is always reversed and never sent again. Only the bank's confirmation
// that the request is undone ends that, or people: silence is no evidence, and
// neither is "not found" (ISO 8583:1987 DE39 25), since the request may still be on
// its way. A bank that does not confirm in time leaves the payment in doubt, and is
// asked again and again.
// A done payment never changes: an approval that comes later reopens its Request
// and not the payment; see Request.Hear. An event that the table does not know in a state is
// ErrLate: somebody else's was committed first, and nothing changes.
//
// table.go is the machine; payment.go and request.go hold the records; the package imports store
// and engine/lang for their words only.
package payment
