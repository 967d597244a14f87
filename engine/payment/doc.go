// Package payment is the state machine of a payment: a data table and a pure
// Next. Nothing here does I/O or knows the time; engine reads the record, calls
// Next, and commits what the effects ask for in one step.
//
// A state that brings an event by itself (confirmed, approved, taken, posted, ...) is
// passed within the same commit, so that what is found after a restart is
// cooling, waiting, calling, sent, offered, authorized, advising, reversing, doubt or done. Every
// transition:
//
//	·          -- ordered     -> received    hold
//	received   -- call        -> calling     dial
//	received   -- pin exempt  -> confirmed
//	received   -- cool        -> cooling     tell
//	cooling    -- ripe        -> calling     dial
//	cooling    -- stopped     -> voided      void holds, tell
//	cooling    -- expired     -> voided      void holds, tell
//	calling    -- pin right   -> confirmed
//	calling    -- call failed -> waiting     tell
//	calling    -- pin locked  -> voided      void holds, tell
//	calling    -- not me      -> voided      void holds, block, tell
//	calling    -- stopped     -> voided      void holds, tell
//	calling    -- expired     -> voided      void holds, tell
//	waiting    -- again       -> calling     dial
//	waiting    -- stopped     -> voided      void holds, tell
//	waiting    -- expired     -> voided      void holds, tell
//	confirmed  -- post        -> posted      post, tell
//	confirmed  -- take        -> taken       take
//	confirmed  -- send        -> sent        authorize
//	confirmed  -- await       -> authorized  clear open order, tell
//	confirmed  -- advise      -> advising    clear open order, tell, authorize
//	taken      -- send        -> sent        authorize
//	taken      -- offer       -> offered
//	taken      -- advise      -> advising    clear open order, tell, authorize
//	sent       -- approval    -> approved
//	approved   -- post        -> posted      post, tell
//	approved   -- take        -> taken       take
//	approved   -- send        -> sent        authorize
//	approved   -- await       -> authorized  clear open order, tell
//	approved   -- advise      -> advising    clear open order, tell, authorize
//	approved   -- offer       -> offered
//	offered    -- agree       -> agreed
//	offered    -- turn down   -> released
//	agreed     -- await       -> authorized  clear open order, tell
//	agreed     -- advise      -> advising    clear open order, tell, authorize
//	sent       -- decline     -> declined
//	declined   -- void        -> voided      void holds, tell
//	declined   -- hand back   -> returned    void holds, hand back, tell
//	sent       -- silence     -> unknown     clear open order, tell
//	unknown    -- reverse     -> reversing   reverse
//	reversing  -- reversed    -> undone
//	reversing  -- overdue     -> doubt       tell
//	reversing  -- stands paid -> approved
//	reversing  -- stands void -> undone
//	doubt      -- reversed    -> undone
//	doubt      -- stands paid -> approved
//	doubt      -- stands void -> undone
//	undone     -- void        -> voided      void holds, tell
//	undone     -- hand back   -> returned    void holds, hand back, tell
//	undone     -- let go      -> voided      void holds, release authorization, tell
//	authorized -- capture     -> captured
//	captured   -- post        -> posted      post, tell
//	captured   -- advise      -> advising    authorize
//	authorized -- raise       -> authorized  authorize
//	authorized -- raised      -> authorized  hold more, tell
//	authorized -- not raised  -> authorized  tell
//	authorized -- release     -> released
//	released   -- void        -> voided      void holds, tell
//	released   -- let go      -> voided      void holds, release authorization, tell
//	advising   -- accepted    -> approved
//	advising   -- refused     -> doubt       tell
//	advising   -- rejected    -> declined
//	advising   -- overdue     -> doubt       tell
//	advising   -- stands paid -> approved
//	advising   -- stands void -> undone
//	doubt      -- accepted    -> approved
//	doubt      -- rejected    -> declined
//	posted     -- inform      -> done        clear open order, inform
//	posted     -- close       -> done        clear open order
//	voided     -- close       -> done        clear open order
//	returned   -- close       -> done        clear open order
//
// How far a payment has come is its stage, which grows with each gate that opens: the PIN,
// the approval of each bank that its Plan asks, or the capture. Each leg says at which
// stage it is held and posted; see Plan. When a gate stays shut, what is held is given
// back, and what has moved is handed back: a bank that has paid is never asked to undo
// that, since its business day may be closed, so the payer gets the money in the purse.
//
// Unknown is always reversed and never sent again. Only the bank's confirmation
// that the request is undone ends that, or people: silence is no evidence, and
// neither is "not found" (ISO 8583:1987 DE39 25), since the request may still be on
// its way. A bank that does not confirm in time leaves the payment in doubt, and is
// asked again and again. Until then what earlier stages have moved stays in transit.
//
// Where the plan has a Decision, the payee is offered what a PreAuth holds: its word,
// or its silence until the deadline, lets the payment go on, or ends it and has the money
// released. The word of a till and the end of its time race: the first committed counts.
//
// A PreAuth holds money at a bank and moves none. Its Completion takes what has been
// captured: it is an advice, which is repeated until the bank answers and is never
// reversed. Only its acceptance posts the payment; until then both sides are told that the
// money is held. A refusal leaves the payment in doubt: people ask the bank. If nothing is
// captured, or not in time, or people find that nothing was taken, the payment is over at
// once, and the bank is asked to release what it holds until it says that it has; the
// Request keeps track of that. A biller is told in the same way that a
// bill is paid: after the payment is made, or before it where the plan Waits for it, and
// then a refusal stops the payment.
//
// If the bank holds less than it was asked for and the plan has a Split, a purse pays the rest:
// the approval, or the word of people, adds a leg, held in the same commit, and the Completion
// takes what the bank holds. If the purse cannot pay, the books refuse the approval, which is
// then undone as it is without a Split.
//
// While a payment is authorized its payee may have more held, by a request of its own to
// the same bank: see Increase. The bank's approval adds to the legs and to the amounts; its
// refusal and its silence leave them as they are. Nothing is captured until it has answered,
// and a release drops what it has not answered.
//
// An event about a request to a bank names that request; an answer to any but the last
// request comes too late. A done payment never changes: an approval that comes later
// reopens its Request and not the payment; see Request.Hear. A refund is a payment of its
// own (Origin.Of). An event for which the table has no row in the current state is ErrLate:
// another event was committed first, and nothing changes.
//
// table.go is the machine and next.go applies it; plan.go says what is done, stage.go at
// which stage, capture.go how much of it is captured, increase.go how it grows, split.go what
// a purse pays of it, check.go which plans there are, and sum.go that the amounts add up;
// payment.go and request.go hold the records. The package imports store, engine/lang and
// engine/tariff for their words only.
package payment
