// Package peers lets strangers use the real binary: SMSCs on npm smpp and on
// Net::SMPP text orders, SIPp and baresip pick up the phone, and tshark reads what
// went over the wire. It has tests only; nothing imports it.
//
// What lives here, in the order in which to read it:
//
//	main_test.go       the binary is built once, the peers are looked for
//	namespace_test.go  a network of the test's own, without the machine's rights
//	world_test.go      one world: an address, an SMSC, a phone, a bank, a daemon
//	people_test.go     who orders and who sells; the operator's commands
//	child_test.go      programs that the test starts, and how they end
//	smsc_test.go       the SMSCs: testdata/smsc.js and testdata/smsc.pl
//	sipp_test.go       SIPp as the phones: testdata/phone.xml.tmpl
//	baresip_test.go    baresip as a phone, with keys pressed from outside
//	capture_test.go    all frames of one world, in memory
//	ear_test.go        sound of a call out of its packets
//	tshark_test.go     tshark reads the frames: nothing malformed, and enough of it
//	payment_test.go    payments: texts in, calls, balances, receipts
//	heard_test.go      what a subscriber heard is the prompt, octet for octet
//	strange_test.go    an SMSC that sends what nobody ordered, and noise
//	odd_test.go        calls over a trunk that behaves oddly: how each ends
//	oddtrunk_test.go   that trunk, which records what it answered
//	oddrtp_test.go     its sound and keys
//
// # The network
//
// baresip takes no call on loopback, and captures need rights. So the test runs
// itself once more in a network namespace (and, where it is not root, a user
// namespace), which has nothing but loopback. Each world adds a virtual Ethernet
// device with an address of its own: no port is shared, and whatever bears the
// address belongs to that world.
//
// # What a missing peer does
//
// Plain `go test` skips and says what is missing. With MPG_PEERS=require, as in
// `make test`, it fails. Results are never cached: they depend on programs that
// the go command does not know of.
//
// # Rules
//
// The tests may import what makes prompts (engine/lang, ivr/voice), the
// simulated bank and store/money, and ask the daemon only by what the outside
// sees: texts, calls, `mpg … --json`, metrics. Captures hold PINs and passwords; they
// stay in memory and reach tshark by a pipe. Every wait has an end, every
// program is ended by its process group. Libraries: golang.org/x/sys (packet
// sockets), github.com/pion/rtp (a reader of RTP that is not ours).
package peers
