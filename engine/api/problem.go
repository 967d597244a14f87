package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
	"mpg/engine/approval"
	"mpg/engine/report"
	"mpg/engine/staff"
	"mpg/engine/view"
)

// Problem is the body of an error.
type Problem struct {
	Error string `json:"error"`          // for people; may change
	Code  string `json:"code"`           // for programs; never changes
	Hint  string `json:"hint,omitempty"` // what to do about it, if there is something
}

// CodeNewPassword is the code of a first login whose one-time code is right, but which
// has yet to choose a password.
const CodeNewPassword = "choose_password"

// hintLogIn says how to log in.
const hintLogIn = "mpg staff login NAME"

// hintBooks says what to do where the read side does not answer.
const hintBooks = "payments, subscribers, shops and accounts can still be shown one by one; mpg ledger payments lists all payments from the books"

// Codes of errors that are not in the table of known ones.
const (
	codeMisuse    = "misuse"    // the request is wrong in itself
	codeForbidden = "forbidden" // the caller may not use the socket
	codeRefused   = "refused"   // for a reason of its own, which the text gives
)

// known holds the code, status and hint of one of the errors of commands and views.
type known struct {
	err    error
	status int
	code   string
	hint   string
}

// knownErrors lists the errors with a code, a status or a hint of their own. The first
// match counts.
func knownErrors() []known {
	const missing, refused = http.StatusNotFound, http.StatusConflict
	return slices.Concat(refundErrors(), cardErrors(), knownOfStaff(), []known{
		{admin.ErrReason, http.StatusBadRequest, codeMisuse, "give one with --reason TEXT"},
		{admin.ErrNoChange, http.StatusBadRequest, codeMisuse, "give at least one of --name, --name-zh, --phone and --vertical"},
		{errCard, http.StatusBadRequest, "card_number", "leave it out, or give its last four digits; a card is linked by a token of its issuer"},
		{admin.ErrArgument, http.StatusBadRequest, codeMisuse, ""},
		{report.ErrOff, refused, "no_view", hintBooks},
		{report.ErrAway, refused, "view_away", hintBooks},
		{report.ErrNoSubscriber, missing, "no_user", "search by name: mpg user list --name NAME"},
		{report.ErrNoSender, missing, "no_user", "search by name: mpg user list --name NAME"},
		{report.ErrNoShop, missing, "no_merchant", "mpg merchant list shows the shops and their codes"},
		{report.ErrNoAccount, missing, "no_account", "mpg account show NAME"},
		{admin.ErrNoUser, missing, "no_user", "register the number: mpg user add NUMBER --name NAME"},
		{admin.ErrNoMerchant, missing, "no_merchant", "register the shop: mpg merchant add CODE --name NAME"},
		{admin.ErrNoPayment, missing, "no_payment", "look for it: mpg payment list"},
		{admin.ErrNoTill, missing, "no_till", "mpg till list CODE shows the tills of a shop"},
		{admin.ErrTillExists, refused, "exists", "choose another name; if a key was lost, block its till and add one with another name"},
		{admin.ErrTillOff, refused, "blocked", ""},
		{admin.ErrNoRecord, missing, "no_record", ""},
		{admin.ErrNoVerb, missing, "no_verb", "the daemon may be a different build from this command: mpg status"},
		{admin.ErrOff, refused, "off", "the module is listed in product.off of mpg.toml"},
		{admin.ErrNotOpened, missing, "not_opened", ""},
		{admin.ErrUnknownBank, missing, "no_bank", "mpg bank list shows the banks"},
		{acquirer.ErrNotBegun, refused, "not_begun", "leave --day out for the business date that is open"},
		{admin.ErrNoTotals, refused, "no_totals", "only banks that speak ISO 8583 compare totals"},
		{acquirer.ErrDay, http.StatusBadRequest, codeMisuse, "give the business date of the bank: --day 2026-11-26"},
		{admin.ErrNoAccount, refused, "no_bank_account", ""},
		{admin.ErrNoBank, refused, "no_bank", "give the name of a [[bank]] in mpg.toml"},
		{admin.ErrExists, refused, "exists", ""},
		{admin.ErrKeyBody, refused, "key_used", "choose another --key, or leave it out"},
		{errNoView, refused, "no_view", "set enabled = true in [view] of mpg.toml, and restart"},
		{view.ErrBuilding, refused, "view_building", "wait until it is complete: the metric mpg_view_lag_records shows what is left"},
		{view.ErrDamaged, refused, "view_building", hintBooks},
		{view.ErrBehind, refused, "view_behind", "try again soon: /readyz?verbose shows by how much it is behind"},
		{view.ErrSlow, refused, "too_slow", "ask for less: a shorter period with --since and --until, or only one payer, shop or state"},
		{acquirer.ErrNotInDoubt, refused, "not_in_doubt", "a payment can be resolved once it is in doubt, or an hour after its reversal began: mpg payment show REF"},
		{acquirer.ErrStands, refused, "ended", ""},
		{acquirer.ErrNotHeld, refused, "not_held", "leave --amount out: mpg payment show REF shows what the bank was asked"},
		{acquirer.ErrOverAsked, refused, "over_asked", "mpg payment show REF shows what the bank was asked to hold"},
		{admin.ErrTopUpLimit, refused, "over_limit", "check the amount; the limit is limit.topup in mpg.toml"},
		{admin.ErrPurseFull, refused, "purse_full", "mpg limit test NUMBER AMOUNT --product bankin shows what is left of each limit"},
		{admin.ErrNoTopUp, refused, "no_topup", "a payment to a shop is paid back by mpg payment refund REF; mpg payment show REF says what it is"},
		{admin.ErrCorrected, refused, "corrected", ""},
		{admin.ErrNoAgent, refused, "no_agent", "make the merchant an agent: mpg merchant set CODE --agent"},
		{admin.ErrAgentPhone, refused, "agent_phone", "each agent needs a number of its own: mpg merchant show CODE"},
		{admin.ErrShopClosed, refused, "shop_closed", "a shop is closed for good; two people can let it owe a refund: mpg payment refund REF --receivable"},
		{admin.ErrBalanceLeft, refused, "balance_left", "--pay-out pays it in cash, against the float"},
		{admin.ErrShopOwes, refused, "shop_owes", "it can be closed once nothing is owed: mpg merchant receivable paid CODE AMOUNT records what the shop has paid"},
		{admin.ErrOwesNothing, refused, "owes_nothing", "mpg merchant receivable lists the shops that owe something"},
		{admin.ErrOverOwed, refused, "over_owed", "give at most what the shop owes: mpg merchant receivable"},
		{admin.ErrOverAccount, refused, "over_account", "give at most what its account holds, less what is held for refunds: mpg account show merchant:CODE"},
		{admin.ErrHeldBack, refused, "held_back", "it can be closed once nothing is held back: mpg account show held:CODE"},
		{admin.ErrPaymentOpen, refused, "payment_open", "wait until it has ended: mpg payment list --payee CODE"},
		{admin.ErrBankChanges, refused, "bank_changes", "mpg merchant show CODE says when; mpg merchant set CODE --keep-bank cancels the change"},
		{admin.ErrNoChanging, refused, "no_change", "mpg merchant show CODE shows the account that the shop has"},
		{admin.ErrSpent, refused, "spent", "--part takes back what is still there"},
	})
}

// knownOfStaff lists those about logins, staff and commands that need two people.
func knownOfStaff() []known {
	const missing, refused = http.StatusNotFound, http.StatusConflict
	return []known{
		{staff.ErrToken, http.StatusUnauthorized, "login", hintLogIn},
		{errLogIn, http.StatusForbidden, codeForbidden, hintLogIn},
		{errNoStaff, http.StatusForbidden, codeForbidden, "root adds the first admin: mpg staff add NAME --role admin"},
		{errNobody, http.StatusForbidden, codeForbidden, "run mpg serve where it sees the accounts of the machine: PrivateUsers= of its unit must be off"},
		{staff.ErrLogin, http.StatusForbidden, "wrong_password", "if the password or the code is lost, an admin can give a new code: mpg staff reset NAME; so can root, if one of the first two admins has never logged in; if nobody else can: mpg staff recover NAME, as root"},
		{staff.ErrThrottled, http.StatusForbidden, "throttled", "wait, or have an admin end the wait: mpg staff unblock NAME"},
		{staff.ErrBlocked, http.StatusForbidden, "blocked", "an admin can lift the block, and another person must approve that: mpg staff unblock NAME"},
		{staff.ErrOtherUID, http.StatusForbidden, "other_uid", "log in from the account that mpg staff show NAME names"},
		{staff.ErrNewPassword, refused, CodeNewPassword, ""},
		{staff.ErrPassword, http.StatusBadRequest, "bad_password", ""},
		{staff.ErrNobody, missing, "no_staff", "look for the name: mpg staff list"},
		{staff.ErrFirst, http.StatusForbidden, codeForbidden, "mpg staff add NAME --role admin; the first two then add the others"},
		{staff.ErrFounders, http.StatusForbidden, codeForbidden, "log in as an admin: mpg staff login NAME; if a code was lost before the first login: mpg staff reset NAME; if there are no longer two members who can log in: mpg staff recover NAME"},
		{staff.ErrHelped, refused, "helped", "two of them can do it: mpg staff reset NAME or mpg staff unblock NAME, then mpg approve ID"},
		{staff.ErrRecover, refused, "not_recoverable", "recover an admin, who can then give the others new codes"},
		{staff.ErrFounding, refused, "founding", "root adds both with mpg staff add NAME --role admin, and replaces a lost code with mpg staff reset NAME; then each logs in"},
		{staff.ErrExists, refused, "exists", "choose another name, or see mpg staff show NAME"},
		{staff.ErrLastAdmin, refused, "last_admin", "make somebody else an admin first"},
		{staff.ErrOneself, refused, "oneself", "another admin does it: mpg staff block NAME; mpg staff logout ends your login"},
		{staff.ErrUnchanged, refused, "unchanged", "mpg staff show NAME shows what is set now"},
		{admin.ErrNoSecond, refused, "no_second", "mpg staff list shows who can log in; if there are no longer two members who can: mpg staff recover NAME, as root"},
		{approval.ErrNobody, http.StatusForbidden, codeForbidden, hintLogIn},
		{approval.ErrOwn, http.StatusForbidden, "own_approval", "tell the ID to another person; mpg approve withdraw ID withdraws it"},
		{approval.ErrOthers, http.StatusForbidden, "not_yours", "to stop it: mpg approve refuse ID --reason TEXT"},
		{approval.ErrExpired, refused, "expired", "give the command again"},
		{approval.ErrEnded, refused, "not_waiting", "see what became of it: mpg approve show ID"},
		{approval.ErrStale, refused, "stale", "look at what it is now, then give the command again if it is still needed"},
		{admin.ErrAboutYou, http.StatusForbidden, "own_approval", "tell the ID to another person"},
		{admin.ErrMaker, refused, "maker", "to end it: mpg approve refuse ID --reason TEXT"},
		{admin.ErrNoRight, http.StatusForbidden, codeForbidden, "see which role may do what: mpg staff roles"},
	}
}

// refundErrors lists those of refunds and captures.
func refundErrors() []known {
	const refused = http.StatusConflict
	return []known{
		{admin.ErrNotRefundable, refused, "not_refundable", "a paid payment to a shop can be; for a top-up: mpg purse correct REF; for what is only authorised: mpg payment release REF"},
		{admin.ErrRefunded, refused, "refunded", ""},
		{admin.ErrOverRefund, refused, "over_refund", "leave the amount out to refund all that is left"},
		{admin.ErrShopShort, refused, "shop_short", "refund less, or have two people let the shop owe the rest: --receivable"},
		{admin.ErrNotUnclaimed, refused, "not_unclaimed", "mpg purse unclaimed lists what waits"},
		{admin.ErrPaidOut, refused, "paid_out", ""},
		{admin.ErrTwoNeeded, refused, "two_needed", "there is no staff yet: root adds the first two members, mpg staff add NAME --role admin; then one of them gives the command, and the other approves it"},
		{admin.ErrNotSetAside, refused, "not_set_aside", "see what became of it: mpg payment show REF"},
		{admin.ErrOverCapture, refused, "over_capture", "see how much was authorised: mpg payment show REF"},
		{admin.ErrCaptureFee, refused, "under_fee", "capture more, or give all of it back: mpg payment release REF"},
		{admin.ErrCaptureLate, refused, "capture_late", "see what became of it: mpg payment show REF"},
		{admin.ErrIncreasing, refused, "increasing", "try again once the bank has answered: mpg payment show REF"},
		{admin.ErrNoIncrease, refused, "no_increase", "the customer can order the rest as another payment"},
		{admin.ErrOverIncrease, refused, "over_increase", "increase it by less; the bound is product.vertical.increase in the configuration"},
		{admin.ErrPayerLimit, refused, "payer_limit", "see which: mpg limit test"},
		{admin.ErrPayerBarred, refused, "payer_blocked", ""},
		{admin.ErrPayeeClosed, refused, "shop_closed", ""},
		{admin.ErrDisputed, refused, "disputed", "ask the bank, then: mpg payment resolve REF --as paid --reason TEXT"},
		{admin.ErrBankDown, refused, "bank_down", "try again once the bank is signed on: mpg status"},
	}
}

// answer writes the result of a command, or why there is none.
func answer(reply http.ResponseWriter, value any, err error) {
	if err != nil {
		problem(reply, http.StatusConflict, err)
		return
	}
	reply.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(reply).Encode(value) // a caller that is gone needs no answer
}

// problem writes an error. The status applies to errors not in knownErrors.
func problem(reply http.ResponseWriter, status int, err error) {
	p := Problem{Error: strings.TrimPrefix(err.Error(), "engine: ")}
	for _, k := range knownErrors() {
		if errors.Is(err, k.err) {
			status, p.Code, p.Hint = k.status, k.code, k.hint
			break
		}
	}
	var filter *report.FilterError
	if errors.As(err, &filter) {
		status, p.Code, p.Hint = http.StatusBadRequest, codeMisuse, filter.Remedy()
	}
	codes := map[int]string{http.StatusBadRequest: codeMisuse, http.StatusForbidden: codeForbidden}
	p.Code = cmp.Or(p.Code, codes[status], codeRefused)
	reply.Header().Set("Content-Type", "application/json")
	reply.WriteHeader(status)
	_ = json.NewEncoder(reply).Encode(p) // a caller that is gone needs no answer
}
