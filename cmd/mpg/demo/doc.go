// Package demo is the world around one mpg daemon: a simulated SMSC, handsets
// that ring and are heard, simulated banks, tills, and the page on which a newcomer
// texts, answers, keys a PIN and sees the money move. All of it is on loopback,
// with real sockets between the parts, and none of it is in `mpg serve`.
//
// Reading order: world.go (Open, what the command calls), people.go (who lives
// here), magic.go (whose number decides what goes wrong), config.go (the daemon's
// mpg.toml), banner.go (what the user is told), meet.go (how mpg phone finds a
// demo), screen.go, handset.go and audio.go (a phone: its texts, its call, what it
// hears), ledger.go (the daemon's books, as shown), hub.go (who is told of
// changes), then the three that hold a phone:
//
//	listen.go page.go guard.go refusal.go
//	stream.go ears.go streetview.go tills.go  the browser, and assets
//	terminal.go command.go client.go          `mpg phone`
//	script.go florist.go checks.go            `mpg demo --script florist`
//	story.go perform.go operator.go sums.go   `mpg demo --script FILE`, and scripts
//
// exchange.go, lines.go, teller.go and issuer.go join the simulators of smpp/smsc,
// ivr/phone and engine/bank/host; faults.go holds the switches that break them.
//
// The people, the magic numbers, the scripts, and the words and look of the page may
// be changed freely. Two rules must stay: keys travel only in request bodies and are
// kept nowhere, not in a log, an event or a file (the PINs of the demo's people are
// drawn by the demo and shown to whoever holds its token); and the page answers only
// requests with the token, under a loopback name, and acts only on requests from its
// own origin.
//
// The package is part of the command and may import all of ours but package
// main. The page is written by hand, without framework or build; tests drive it
// with chromedp, because it drives Chromium from Go alone, and check its accessibility
// with axe-core.
package demo
