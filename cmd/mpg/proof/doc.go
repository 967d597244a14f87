// Package proof breaks the real binary and looks at what is left. It has tests
// only; nothing imports it.
//
// What lives here, in the order in which to read it:
//
//	main_test.go        mpg is built, alone and with products for tests; flags: -seed -kills -payments -mixed -stages -racebinary -soak -day
//	world_test.go       one world: SMSC, handsets, bank, people, an mpg.toml with short times
//	daemon_test.go      one process of `mpg serve`: start, READY, signals, its end
//	operator_test.go    the operator's commands, by which the ledger is read
//	journal_test.go     what the test itself has seen: orders, acknowledgements, texts
//	words_test.go       what a text says, read as a subscriber reads it
//	judge_test.go       the journal against the ledger: a plain function over data
//	judgemoney_test.go  the money in it: receipts, accounts, and the bank's own book
//	judgerefund_test.go the same of refunds and chargebacks
//	judgesplit_test.go  what a card and a purse pay together, and get back
//	judgeclaim_test.go  money for numbers that are not registered, requests for money, and the words of tills
//	prices_test.go      what payments cost, as the operator's files say it and as the judge works it out
//	build_test.go       what is installed has no products for tests
//	bite_test.go        the judge is judged: it must find each spoilt record
//	biterelay_test.go   the same, of payments from bank to bank
//	biterefund_test.go  the same, of refunds, fees, and amounts of which a shop charges a part
//	bitecash_test.go    the same, of one's own money, cash, claims, requests, chargebacks and tills
//	bitesplit_test.go   the same, of payments and refunds that a card and a purse share
//	subscriber_test.go  people who order, and handsets that behave badly
//	shopkeeper_test.go  shops that refund, by command and by text
//	cash_test.go        one's own money between purse and bank, and cash at an agent
//	claims_test.go      money for numbers that are not registered, and some that are registered later
//	wish_test.go        people who ask each other for money, and answer YES, NO or nothing
//	staff_test.go       two clerks, one of whom gives commands and the other approves them
//	clerk_test.go       a day of an operator: find, explain, correct, export, close
//	till_test.go        tills that accept, refuse, capture and release over HTTPS
//	weather_test.go     what goes wrong at the SMSC
//	bankweather_test.go what goes wrong at the bank
//	bank_test.go        the clerk who looks up in the bank's book what is in doubt, and resolves it
//	courier_test.go     a bank that takes files, and whoever carries them
//	kill_test.go        SIGKILL at random moments in flight; certain_test.go has what each run needs
//	doubt_test.go       where the bank's book and ours differ, the operator sees a doubt
//	states_test.go      SIGKILL once in each state of each product
//	everystate_test.go  no state and no product is left out of that
//	relaystates_test.go the states of payments that pass more than one gate
//	chargestates_test.go the states of what a bank holds, and then takes or releases
//	refundstates_test.go the states of refunds
//	cards_test.go       cards, issuers that hold only a part, the shops that take them in their own way, and the states of such orders
//	backup_test.go      a copy of the books, and going on from it elsewhere
//	backuprelay_test.go the same while money is between two banks
//	search_test.go      the search for PINs and passwords, in every encoding
//	relay_test.go       captures: all octets between the daemon and its peers
//	pin_test.go         where a PIN must not be
//	abort_test.go       SIGABRT in the middle of a PIN
//	keys_test.go        keys of the books that are missing, torn or exchanged
//	why_test.go         why a payment failed is still known after a power failure
//	card_test.go        where a card number must not be
//	disk_test.go        a full disk, wide rights, two daemons on one folder
//	peers_test.go       no voice, garbage and half frames from every side
//	signals_test.go     SIGTERM drains, SIGHUP reloads
//	day_test.go         a long day without kills: memory, files, goroutines; with -day
//	mixed_test.go       many payments of all products, as fast as they go; 100,000 in make soak
//	mixedwhole_test.go  what goes on in it besides: requests for money, late registrations, refunds by text
//	rush_test.go        the engine in the test's own process that they go through
//	java_test.go        a bank on jPOS and an SMSC on jSMPP, with -soak
//
// # How money is judged
//
// The judge gets two things: a journal that the test wrote by itself (texts put
// in and when they were acknowledged, texts that came out, the bank's own
// journal, keys pressed) and the books as `mpg ledger payments`, `payment list`,
// `account show`, `user list` and `ledger verify` tell them when all is quiet. It asks nothing
// of the daemon's insides. In one run no two orders or refunds have a sum in common, so
// that a sum names its order in texts, payments and debits alike. Only a card may get back just
// what it has paid, so that what banks take and what they pay is added up apart.
//
// # Rules
//
// The tests import the simulators (smpp/smsc, ivr/phone, engine/bank/host) and store/money;
// engine/lang only to prove that words_test.go still knows every text, engine/payment only for
// the states that there are, and what an engine is made of only in rush_test.go and
// mixed_test.go. All traffic stays on loopback. Only processes that a test started are
// signalled, by their number. testdata/run.json is a recorded run without faults, for the
// judge's own tests; -record writes it anew.
package proof
