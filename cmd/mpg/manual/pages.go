package manual

import (
	"strings"

	"mpg/conf"
)

// manOfServe writes the page of the daemon.
func manOfServe(page *manWriter, book Book) {
	serve, _, err := book.Root.Find([]string{"serve"})
	if err != nil {
		return // a test wants every page
	}
	page.section("NAME")
	page.line(`mpg\-serve \- %s`, Roff(serve.Short))
	page.section("SYNOPSIS")
	page.line(".B mpg serve\n[\\fB\\-c\\fR \\fIFILE\\fR]")
	page.section("DESCRIPTION")
	page.text(serve.Long)
	page.flags(serve.LocalNonPersistentFlags())
	for _, s := range []struct{ title, text string }{
		{"THE FIRST START", manFirstStart}, {"KEYS", manKeys}, {"CREDENTIALS", manCredentials}, {"BANKS", manBanks}, {"HEALTH", manHealth}, {"BACKUP", manBackup}, {"UPGRADING", manUpgrading},
	} {
		page.section(s.title)
		page.text(s.text)
	}
	page.section("FILES")
	page.files()
	page.section("SEE ALSO")
	page.line(".BR mpg (1),\n.BR mpg.toml (5),\n.BR systemd.exec (5)")
}

const (
	manFirstStart = `The package and "make install" create the user mpg, as which the unit mpg.service runs,
and /etc/mpg/mpg.toml, which the group mpg may read. Fill in [[smsc]] and [sip], run
"mpg check" to find what is still wrong, and start the daemon with
"systemctl enable --now mpg". The unit counts as started once a bind to an SMSC is up;
until then "systemctl status mpg" says what it is waiting for.

Without a voice, orders that need a call are refused: install espeak-ng, or set [voice].`

	manKeys = `Two secret keys are kept outside data_dir, so that a backup of data_dir holds neither:
the key of [pin], used to hash PINs, and the key of [seal], used to encrypt account
numbers. A key is 64 hexadecimal digits in a file of mode 0400 that belongs to the
daemon's user. serve makes both at its first start, by default in /var/lib/mpg-keys,
which the unit makes. "mpg pin new-key" and "mpg seal new-key" make them beforehand.

Once there are books, serve starts only with the keys they were made with. A lost key
cannot be replaced: keep copies of both.`

	manCredentials = `Passwords and keys can be systemd credentials instead, in a folder that only the
daemon can see. Make a key with "mpg pin new-key /etc/credstore/mpg.pin.key", add
LoadCredential=pin.key:/etc/credstore/mpg.pin.key under [Service] with
"systemctl edit mpg", and set key_credential = "pin.key" in [pin] in place of key_file.
Do the same for [seal] with seal.key, and for passwords with password_credential.`

	manBanks = `Where [[bank]] mac asks for it, messages of ISO 8583 carry a MAC. The keys for it are
in the key_file of the bank, by default bank-NAME.key beside the other keys: two people
enter one component each with "mpg bank key NAME", each from an account of their own on this
machine, and the bank may send later keys itself.
"mpg bank list" shows check values, never keys. This file is not part of a backup either;
if it is lost, the keys are entered again.

A bank with the dialect "http-json" is asked with JSON over HTTP. POST URL/payments asks for
money, with the header Idempotency-Key and the fields key (the same), kind (debit, credit,
refund, preauth or completion), account, amount, currency, merchant, reference and at; a
completion, a refund and a preauth that increases an earlier one also have of (the key of the
request that is completed, given back or increased) and authorization. merchant, reference, of
and authorization are left out where there is nothing to say. The answer has status (approved,
declined or pending), and may have key, amount, currency, code, reason (funds, account, limit or
unavailable), authorization and settlement_date (as in 2026-11-26). A preauth may be approved for
a smaller amount. GET URL/payments/KEY answers the same about an earlier request, and POST
URL/payments/KEY/reversal, with the body {}, answers with status reversed or refused, or with
HTTP status 404 if the bank has no such request. GET URL/health answers with a 2xx status while
the bank works. Amounts are strings such as "128.50", and times are in UTC, as in
2026-11-26T03:21:42Z.

Answers that decide have a 2xx status, whether the bank approves or declines. A 4xx status other
than 408, 409 and 429 in answer to the first POST of a payment is taken as a decline: the bank
must then have booked nothing, and nothing in front of it may give such an answer in its place.
Any other status, an answer that cannot be read, and silence decide nothing: until the time-out,
mpg asks again, by GET or, with status = false, by the same POST, to which the bank must give the
same answer as before; after that, it reverses the payment. A completion is never reversed, but
sent again. A reversal is repeated until the bank answers that it is reversed, even after 404,
since the payment may still be on its way. If the bank answers refused, or with a 4xx status other
than 404, 408, 409 and 429, people have to resolve it.

A bank with the dialect "file" gets files of CSV in the folder outgoing, and puts its answers
into incoming. The first line of a file says what it is, and whose: mpg-requests, 1, the name
of the bank, the day as in 20261126, the number of the file, how many lines follow, the sum of
their amounts and the currency. The second names the columns: key, kind (debit, credit, refund
or reversal), of (the key of what is reversed, or of the debit that a refund gives back),
account, amount, currency, merchant, reference and at. The files are numbered from 1 without
a gap. The bank must book a key once, however often it gets the line. A file in sent can be
given to it again as it is. The files name accounts in the clear, as the bank needs
them: what mpg writes there, and the folders, are open to their owner alone, and whoever carries
the files works as that user. No account is copied from them into the log, the books, a metric
or a .txt. "mpg backup" does not copy them: keep copies of sent and done, closed to others, too.

A file with answers is called NAME.csv, and begins in the same way with mpg-answers in place
of mpg-requests; the bank numbers its files by itself, from 1. The columns are key, status,
amount, currency, code, reason (funds, account, limit or unavailable), authorization and
settlement_date (as in 2026-11-26). The status of a request is approved or declined, that of a
reversal is reversed, absent (the bank has no such request) or refused; pending decides
nothing. Amount and currency are those of the request. A file that is damaged or cut off, whose
number was taken before, or in which a key has two different statuses, goes to refused as a
whole; a line that answers no request, or names another amount, is left out. In either case, a
.txt in refused names the file and the line. Correct a refused file and put it into incoming again
under the number that it had; lines that were left out come in a new file under the next number. A
number that is missing is logged, and "mpg check --dial" lists it; no other file waits for it.`

	manHealth = `If [http] listen is set, /livez answers while the daemon runs, /readyz while it can
take payments (with ?verbose it says what is missing), and /metrics serves Prometheus.
The unit has a watchdog, which restarts a daemon whose ledger no longer answers.`

	manBackup = `Removing or purging the package never removes data_dir or the keys. "mpg backup DIR"
copies the books while payments go on, and "mpg restore DIR" restores a copy: see
mpg(1). Keep a copy of the keys, apart from the backups.`

	manUpgrading = `The package restarts a running daemon, which finishes its calls first. Back up the books
beforehand, and run "mpg check" with the new binary: what an earlier version accepted may be
refused now, and then mpg serve does not start.

Refunds at a bank that speaks ISO 8583 now name the payment that they give back, in field 90.
A bank that does not take that in a refund declines all of them: set refund_of in its [[bank]]
to "none", as it was before, or to "48". Try one small refund after the upgrade.

A row of [tariff] or [limit] files that can never decide, such as one for mp2p with a
merchant, is refused now. Such a row has never had any effect, and can be removed. A row for
nothing but bankin and bankout, whose payer and payee are the same subscriber, can no longer
have a payer_share other than payer, or per = "payee". Neither has ever had any effect there:
remove the key.

Subscribers who want cash from an agent write the amount first: OUT 100 8005. OUT 8005 100,
which used to mean the same, now pays nothing and is answered with the right order of the two.`
)

// manOfFile writes the page of mpg.toml, from the comments of the sample.
func manOfFile(page *manWriter, _ Book) {
	page.section("NAME")
	page.line(`mpg.toml \- configuration of the mPayment Payment Gateway`)
	page.section("SYNOPSIS")
	page.line(".I /etc/mpg/mpg.toml")
	page.section("DESCRIPTION")
	parts := conf.Explain()
	_, about, _ := strings.Cut(parts[0].Comment, "\n\n") // without the line that names the file
	page.text(about)
	page.paragraph()
	page.text(`The commented file is also printed by "mpg conf sample".`)
	page.section("KEYS OUTSIDE TABLES")
	for _, part := range parts[1:] {
		if part.Table != "" {
			page.section(part.Table)
			if part.Comment != "" {
				page.text(part.Comment)
			}
			continue
		}
		for i, setting := range part.Settings {
			if i > 0 {
				page.line(".TQ\n\\fB%s\\fR", Roff(setting))
			} else {
				page.item(setting)
			}
		}
		page.text(part.Comment)
	}
	page.section("SEE ALSO")
	page.line(".BR mpg (1),\n.BR mpg\\-serve (8)")
}
