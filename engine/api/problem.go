package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"mpg/engine/acquirer"
	"mpg/engine/admin"
)

// Problem is the body of an error.
type Problem struct {
	Error string `json:"error"`          // for people; may change
	Code  string `json:"code"`           // for programs; never changes
	Hint  string `json:"hint,omitempty"` // what to do about it, if there is something
}

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
	return []known{
		{admin.ErrReason, http.StatusBadRequest, codeMisuse, "give one with --reason TEXT"},
		{admin.ErrNoChange, http.StatusBadRequest, codeMisuse, "give at least one of --name, --name-zh and --phone"},
		{admin.ErrArgument, http.StatusBadRequest, codeMisuse, ""},
		{admin.ErrNoUser, missing, "no_user", "register the number: mpg user add NUMBER --name NAME"},
		{admin.ErrNoMerchant, missing, "no_merchant", "register the shop: mpg merchant add CODE --name NAME"},
		{admin.ErrNoPayment, missing, "no_payment", "look for it: mpg payment list"},
		{admin.ErrNoRecord, missing, "no_record", ""},
		{admin.ErrNoVerb, missing, "no_verb", "the daemon may be a different build from this command: mpg status"},
		{admin.ErrOff, refused, "off", "the module is listed in product.off of mpg.toml"},
		{admin.ErrNotOpened, missing, "not_opened", ""},
		{admin.ErrNoBank, refused, "no_bank", "give the name of a [[bank]] in mpg.toml"},
		{admin.ErrExists, refused, "exists", ""},
		{admin.ErrKeyBody, refused, "key_used", "choose another --key, or leave it out"},
		{acquirer.ErrNotInDoubt, refused, "not_in_doubt", "a payment can be resolved once it is in doubt, or an hour after its reversal began: mpg payment show REF"},
		{acquirer.ErrStands, refused, "ended", ""},
		{admin.ErrTopUpLimit, refused, "over_limit", "check the amount; the limit is limit.topup in mpg.toml"},
		{admin.ErrNoTopUp, refused, "no_topup", ""},
		{admin.ErrCorrected, refused, "corrected", ""},
		{admin.ErrShopClosed, refused, "shop_closed", "a shop is closed for good: mpg merchant show CODE"},
		{admin.ErrBalanceLeft, refused, "balance_left", "--pay-out pays it in cash, against the float"},
		{admin.ErrPaymentOpen, refused, "payment_open", "wait until it has ended: mpg payment list"},
		{admin.ErrNotRefundable, refused, "not_refundable", "a paid payment to a shop can be; for a top-up: mpg purse correct REF"},
		{admin.ErrRefunded, refused, "refunded", ""},
		{admin.ErrOverRefund, refused, "over_refund", "leave the amount out to refund all that is left"},
		{admin.ErrShopShort, refused, "shop_short", "mpg account show merchant:CODE"},
		{admin.ErrBankDown, refused, "bank_down", "try again once the bank is signed on: mpg status"},
		{admin.ErrSpent, refused, "spent", "--part takes back what is still in the purse"},
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
	codes := map[int]string{http.StatusBadRequest: codeMisuse, http.StatusForbidden: codeForbidden}
	p.Code = cmp.Or(p.Code, codes[status], codeRefused)
	reply.Header().Set("Content-Type", "application/json")
	reply.WriteHeader(status)
	_ = json.NewEncoder(reply).Encode(p) // a caller that is gone needs no answer
}
