package proof

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"mpg/engine/lang"
	"mpg/store/money"
)

// said is what a text means to its reader.
type said uint8

// What texts say.
const (
	saidOther        said = iota // greetings, balances, lists
	saidPaid                     // receipt of the payer
	saidReceived                 // receipt of the payee
	saidUnpaid                   // the end of an order: nothing was taken
	saidReturned                 // the end of an order: what a bank had paid is in the purse
	saidSetAside                 // the amount comes later: to both sides
	saidRefused                  // an order that became no payment
	saidBarred                   // locked or blocked: names no payment, whether it ends one or refuses one
	saidCallLost                 // nothing was taken yet: AGAIN calls once more
	saidChecking                 // the bank is silent
	saidPartOnly                 // the card pays only a part, and the purse cannot pay the rest
	saidNotPaid                  // nothing comes, says the text to the payee
	saidBusy                     // another order is open
	saidRepeat                   // equal to an earlier one: YES?
	saidNothing                  // nothing is open
	saidTooLate                  // NO came after the PIN
	saidRefunded                 // receipt of a shop that has paid back
	saidRefundPurse              // receipt of whoever got it, in the purse
	saidRefundBank               // the same, in the bank account
	saidRefundSplit              // the same, a part of it in the purse and the rest on the card
	saidRefundClosed             // the same, but the purse, which is closed, has not got its part
	saidChargedBack              // a card issuer took it back, says the text to the shop
	saidClaimFor                 // money waits for somebody who is not registered
	saidCollected                // it has its payee now, says the text to the payer
	saidUnclaimed                // it is back, says the text to the payer
	saidAsked                    // another asks for money
	saidAskRefused               // the other does not send it
	saidAskDeclined              // that is known, and nothing was taken
	saidFirst                    // a first payment to its payee: YES?
	saidReply                    // how a question that waits is answered
)

// words is how texts are told apart, in both languages; the first that fits
// counts. It is never written to.
var words = []struct {
	form *regexp.Regexp
	says said
}{
	{regexp.MustCompile(`^REF: the card issuer took back|^发卡行追回`), saidChargedBack},
	{regexp.MustCompile(`^REF: you sent CNY .*not registered|^转.*(未领退回)`), saidPaid},
	{regexp.MustCompile(`^REF: .* sent you CNY .*call .* and register|转您.*开通可领`), saidClaimFor},
	{regexp.MustCompile(`has registered and |已开通并收到`), saidCollected},
	{regexp.MustCompile(`was not claimed and is back in your purse|未被领取，已退回钱包`), saidUnclaimed},
	{regexp.MustCompile(`^Request [0-9]+: .* asks you for CNY|^[0-9]+号：.*向您收款`), saidAsked},
	{regexp.MustCompile(`did not accept your request for|没有接受您的收款请求`), saidAskRefused},
	{regexp.MustCompile(`^Request [0-9]+ .*was refused|拒绝[0-9]+号请求`), saidAskDeclined},
	{regexp.MustCompile(`please reply YES\. Otherwise ignore|^同意请回“是”`), saidReply},
	{regexp.MustCompile(`^REF: your card pays only part of CNY|^您的卡只能支付一部分.*正在撤销`), saidPartOnly},
	{regexp.MustCompile(`^You have never paid .* Reply YES|^您从未用短信向.*回“是”|is not registered\. Reply YES|未开通支付。要转.*回“是”`), saidFirst},
	{regexp.MustCompile(`is set aside for .* and not charged yet|^已为.*预留.*，尚未扣款（REF`), saidTooLate},
	{regexp.MustCompile(`^There is no request [0-9]+ now|^没有[0-9]+号请求，`), saidNothing},
	{regexp.MustCompile(`^There is no request |^没有[0-9]+号请求。|has not yet accepted your card payment|等待对方确认（REF`), saidBusy},
	{regexp.MustCompile(`^REF: CNY .* went from your|^REF: you paid CNY .* from your bank account into|^REF: you paid CNY .* for cash|^REF: take CNY .* in cash|^已从银行账户充值|^银行账户充值付|^已提现.*到银行账户|^提现到银行账户付|取现.*元(，余额|（含手续费)|^请收.*现金`), saidPaid},
	{regexp.MustCompile(`^REF: give CNY .* in cash|^REF: .* paid CNY .* into your purse|^请付.*现金|代充.*元(到钱包|（已扣手续费)`), saidReceived},
	{regexp.MustCompile(`^REF: you (paid|sent) CNY .* (from your (purse|bank account)|with your )|^已用.*尾号.*付给|^.*尾号[0-9]{4}付给|^(已用钱包付给|已用钱包转给|已从银行账户付给|已从银行账户转给|付给|转给|银行账户付给|银行账户转给).*：.*元(，|（含手续费).*REF`), saidPaid},
	{regexp.MustCompile(`^REF: you received CNY |^收到.*：.*元.*REF|转来.*元，已入.*银行账户`), saidReceived},
	{regexp.MustCompile(`^REF: you refunded CNY |^已向.*退款`), saidRefunded},
	{regexp.MustCompile(`^REF: .* refunded CNY .* to your card, except CNY .* purse is closed|退款.*因钱包已关闭未入账`), saidRefundClosed},
	{regexp.MustCompile(`^REF: .* refunded CNY .* to your purse, the rest to your|退款.*到钱包，其余到卡`), saidRefundSplit},
	{regexp.MustCompile(`^REF: .* refunded CNY .* to your purse|退款.*到钱包`), saidRefundPurse},
	{regexp.MustCompile(`^REF: .* refunded CNY .* to your (bank account|.* ending [0-9]{4})|退款.*到(您的银行账户|.*尾号)`), saidRefundBank},
	{regexp.MustCompile(`was not paid\. Your bank had already paid it|银行已付的钱转入钱包`), saidReturned},
	{regexp.MustCompile(`is set aside for|^已为.*预留|已为您预留|is authorised|已授权向|已获授权|付款.*元已授权：钱包`), saidSetAside},
	{regexp.MustCompile(`is no longer set aside|为您预留的.*已解除`), saidNotPaid},
	{regexp.MustCompile(`is free again\. Nothing was taken|预留的.*已解除，未扣款`), saidUnpaid},
	{regexp.MustCompile(`Reply AGAIN within [0-9]+ min for another call|内回“再拨”`), saidCallLost},
	{regexp.MustCompile(`is being checked with (your|their) bank|银行核实中|has not told us whether it (took|received)|银行未告知(结果|是否收到)`), saidChecking},
	{regexp.MustCompile(`was not paid\. Please do not count on it|请勿按已收处理`), saidNotPaid},
	{regexp.MustCompile(`^A payment is waiting|^您有一笔付款待确认|^Your bank is still processing|^银行正在处理|^Several things await|^待您答复`), saidBusy},
	{regexp.MustCompile(`^Same as REF|发过相同指令（REF`), saidRepeat},
	{regexp.MustCompile(`^No payment is waiting|^没有待确认的付款|^没有待付款项`), saidNothing},
	{regexp.MustCompile(`^Too late to stop REF|^来不及取消`), saidTooLate},
	{regexp.MustCompile(`REF.*((is|was) stopped|has expired|was not paid: |was not paid, and nothing|was not paid\. It is free in your purse|did not reach your bank account|did not accept|did not confirm|was not paid. If your bank|bank cannot be reached)`), saidUnpaid},
	{regexp.MustCompile(`(bank cannot be reached|银行暂时无法连接).*REF`), saidUnpaid},
	{regexp.MustCompile(`(取消向|已取消|已过期|未成功|^未向|未接受|未及时确认).*REF`), saidUnpaid},
	{regexp.MustCompile(`^You said it was not you|^您表示不是本人操作`), saidBarred},
	{regexp.MustCompile(`^Your PIN is locked|^密码多次输错`), saidBarred},
	{regexp.MustCompile(`^Your number is blocked|^您号码的支付已停用`), saidBarred},
	{regexp.MustCompile(`nothing was taken|Nothing was taken|Nothing more was taken|nothing more was refunded|paid nothing|未扣款|没有付款|没有再次扣款|没有再退款|bank cannot be reached`), saidRefused},
}

// reference is the form of a payment's reference: eight characters, no 0 O 1 I.
var reference = regexp.MustCompile(`[2-9A-HJ-NP-Z]{8}`)

// refundOf names the payment that a refund pays back.
var refundOf = regexp.MustCompile(` of [2-9A-HJ-NP-Z]{8}|原单[2-9A-HJ-NP-Z]{8}`)

// read says what a text says and of which payment; ref is empty where it names
// none.
func read(written string) (says said, ref string) {
	ref = reference.FindString(refundOf.ReplaceAllString(written, ""))
	plain := written
	if ref != "" {
		plain = strings.Replace(written, ref, "REF", 1)
	}
	for _, w := range words {
		if w.form.MatchString(plain) {
			return w.says, ref
		}
	}
	return saidOther, ref
}

// names reports whether a text tells the amount.
func names(written, amount string) bool {
	for _, form := range []string{"CNY %s ", "you paid CNY %s, fee", "：%s元", "付款%s元", "预留%s元", "最多%s元", "退款%s元", "转来%s元", "刷卡%s元",
		"充值%s元", "提现%s元", "账户付%s元", "充值付%s元", "取现%s元", "现金%s元", "代充%s元", "未开通）%s元", "转您%s元", "您的转账%s元", "的%s元未被领取", "的%s元，单号",
		"to pay CNY %s. Otherwise", "要付%s元请", "to send CNY %s; unclaimed", "要转%s元请",
		"预留的%s元", "whether it received CNY %s.", "whether it took CNY %s.", "sent you CNY %s.", "asks you for CNY %s.", "your request for CNY %s.", "向您收款%s元"} {
		if strings.Contains(written, fmt.Sprintf(form, amount)) {
			return true
		}
	}
	return false
}

// namesFee reports whether a receipt tells the reader's fee.
func namesFee(written, fee string) bool {
	return strings.Contains(written, "a fee of CNY "+fee) || strings.Contains(written, "fee CNY "+fee+" included") || strings.Contains(written, "(fee CNY "+fee+")") || strings.Contains(written, "手续费"+fee+"元") || strings.Contains(written, "含费"+fee+"元")
}

// namesPursePart reports whether a text tells that the purse pays, or gets, that part of an amount,
// and a card the rest.
func namesPursePart(written, part string) bool {
	for _, form := range []string{": CNY %s from your purse, the rest by", "其中钱包%s元，其余刷卡", ": CNY %s in your purse, the rest on", "：钱包%s元，其余刷卡",
		": CNY %s to your purse, the rest to", "：%s元到钱包，其余到卡", "except CNY %s, as your purse", "其中%s元因钱包"} {
		if strings.Contains(written, fmt.Sprintf(form, part)) {
			return true
		}
	}
	return false
}

// endsOrder reports whether such a text ends an order, or asks about one. It may be about an
// earlier order than the one that is waited for, so it must name its amount.
func endsOrder(says said, ref string) bool {
	switch says {
	case saidFirst:
		return true
	case saidPaid, saidUnpaid, saidReturned, saidChecking, saidPartOnly, saidRefused, saidBarred, saidBusy:
		return ref != ""
	default:
		return false
	}
}

// TestWords: what the judge reads by is what the build writes.
func TestWords(t *testing.T) {
	t.Parallel()
	for key, want := range map[lang.Key]said{
		lang.PaidPurse: saidPaid, lang.PaidBank: saidPaid, lang.SentPurse: saidPaid,
		lang.ReceivedMerchant: saidReceived, lang.ReceivedPurse: saidReceived,
		lang.PaidPurseFee: saidPaid, lang.PaidBankFee: saidPaid, lang.SentPurseFee: saidPaid, lang.ReceivedMerchantFee: saidReceived, lang.ReceivedPurseFee: saidReceived,
		lang.OverDayLeft: saidRefused, lang.OverMonth: saidRefused, lang.OverWeekCount: saidRefused, lang.OverPayee: saidRefused, lang.UnderPayment: saidRefused,
		lang.LineBusy: saidCallLost, lang.NoAnswer: saidCallLost, lang.CallRefused: saidCallLost, lang.HungUp: saidCallLost,
		lang.NoKeys: saidCallLost, lang.CutOff: saidCallLost, lang.CallFailed: saidCallLost, lang.NotPlaced: saidCallLost, lang.BankAway: saidCallLost, lang.WrongPIN: saidCallLost,
		lang.Checking: saidChecking, lang.Doubt: saidChecking, lang.NotPaidShop: saidNotPaid, lang.OpenOrder: saidBusy, lang.AskAgain: saidRepeat,
		lang.NothingOpen: saidNothing, lang.NothingOpenPaid: saidNothing, lang.TooLate: saidTooLate, lang.AtBank: saidBusy,
		lang.Stopped: saidUnpaid, lang.StoppedBlocked: saidUnpaid, lang.StoppedReset: saidUnpaid, lang.UnpaidBlocked: saidUnpaid, lang.NotPaidBlocked: saidUnpaid, lang.Expired: saidUnpaid, lang.Declined: saidUnpaid, lang.NotPaid: saidUnpaid,
		lang.HandedBack: saidReturned, lang.SetAside: saidSetAside, lang.SetAsideShop: saidSetAside, lang.SetFree: saidUnpaid, lang.SetFreeShop: saidNotPaid,
		lang.SentBank: saidPaid, lang.SentBankFee: saidPaid, lang.ReceivedBank: saidReceived, lang.ReceivedBankFee: saidReceived,
		lang.CheckingPayee: saidChecking, lang.DoubtPayee: saidChecking, lang.NotSent: saidUnpaid, lang.PayeeBankClosed: saidRefused,
		lang.PaidCard: saidPaid, lang.PaidCardFee: saidPaid, lang.RefundCard: saidRefundBank, lang.Authorised: saidSetAside, lang.AuthorisedShop: saidSetAside,
		lang.PaidSplit: saidPaid, lang.PaidSplitFee: saidPaid, lang.AuthorisedSplit: saidSetAside, lang.PartOnly: saidPartOnly, lang.RefundSplit: saidRefundSplit, lang.RefundSplitClosed: saidRefundClosed,
		lang.TurnedDown: saidUnpaid, lang.NoWord: saidUnpaid, lang.NoCard: saidRefused, lang.CardAway: saidRefused, lang.CardExpired: saidRefused, lang.UnknownCard: saidRefused,
		lang.Refunded: saidRefunded, lang.RefundPurse: saidRefundPurse, lang.RefundBank: saidRefundBank,
		lang.ToppedUp: saidPaid, lang.PaidOut: saidPaid, lang.ToppedUpFee: saidPaid, lang.PaidOutFee: saidPaid, lang.NotPaidOut: saidUnpaid, lang.DoubtOut: saidChecking,
		lang.CashOut: saidPaid, lang.CashOutFee: saidPaid, lang.CashOutAgent: saidReceived, lang.CashIn: saidReceived, lang.CashInFee: saidReceived, lang.CashInAgent: saidPaid, lang.Funded: saidOther, lang.Unfunded: saidOther, lang.DebtPaid: saidOther, lang.DebtTaken: saidOther,
		lang.AgentShort: saidRefused, lang.NoAgent: saidRefused, lang.PayeeFull: saidRefused, lang.PurseFull: saidRefused, lang.ClaimsFull: saidRefused, lang.NotLinked: saidRefused, lang.BankClosedOwn: saidRefused,
		lang.SentClaim: saidPaid, lang.SentClaimFee: saidPaid, lang.ClaimFor: saidClaimFor, lang.ClaimCollected: saidCollected, lang.ClaimReturned: saidUnclaimed,
		lang.Asked: saidOther, lang.AskedFor: saidAsked, lang.AskRefused: saidAskRefused, lang.AskDeclined: saidAskDeclined, lang.AskMuted: saidAskDeclined, lang.AskWaiting: saidBusy,
		lang.NoRequest: saidNothing, lang.NoRequestOpen: saidBusy, lang.NoRequestWaits: saidBusy, lang.AtShop: saidBusy, lang.HeldFor: saidTooLate, lang.AskFirstUnknown: saidFirst,
		lang.FirstWaitsUnknown: saidOther, lang.NoSuchName: saidRefused, lang.NoSourceSend: saidRefused, lang.NotOffered: saidRefused,
		lang.AskFirst: saidFirst, lang.FirstWaits: saidOther, lang.ChargedBack: saidChargedBack, lang.ChargedBackOwed: saidChargedBack, lang.RefundedOwed: saidRefunded,
		lang.BankDown: saidUnpaid, lang.NotMe: saidBarred, lang.Locked: saidBarred, lang.Blocked: saidBarred,
		lang.FundsTopUp: saidRefused, lang.FundsOut: saidRefused, lang.NotRefunded: saidRefused, lang.NotAgain: saidRefused, lang.NotNow: saidRefused, lang.ReplyYes: saidReply,
		lang.Funds: saidRefused, lang.TryLater: saidRefused, lang.CallsSpent: saidRefused,
		lang.UnknownShop: saidRefused, lang.AgentOrPIN: saidRefused, lang.OverPayment: saidRefused, lang.NotUnderstood: saidRefused, lang.TooLong: saidRefused,
		lang.TopUp: saidOther, lang.BalanceNow: saidOther, lang.HelpText: saidOther,
	} {
		for _, l := range []lang.Lang{lang.EN, lang.ZH} {
			written := lang.SMS(l, key, sampleArgs())
			says, ref := read(written)
			if says != want {
				t.Errorf("%s %s reads as %d, want %d: %s", l, key, says, want, written)
			}
			if endsOrder(says, ref) && !names(written, "1.28") {
				t.Errorf("%s %s names no amount, by which its order is known: %s", l, key, written)
			}
		}
	}
}

// TestWordsNameAmounts: an amount is found in receipts of both languages, and
// no other is.
func TestWordsNameAmounts(t *testing.T) {
	t.Parallel()
	for _, l := range []lang.Lang{lang.EN, lang.ZH} {
		receipt := lang.SMS(l, lang.PaidPurse, sampleArgs())
		for _, key := range []lang.Key{lang.PaidPurse, lang.PaidBank, lang.SentPurse, lang.ReceivedPurse, lang.SentBank, lang.ReceivedBank, lang.ReceivedMerchant, lang.HandedBack, lang.NotPaidShop, lang.SetAside, lang.SetAsideShop,
			lang.ToppedUp, lang.ToppedUpFee, lang.PaidOut, lang.PaidOutFee, lang.CashOut, lang.CashOutFee, lang.CashOutAgent, lang.CashIn, lang.CashInFee, lang.CashInAgent,
			lang.SentClaim, lang.SentClaimFee, lang.ClaimFor, lang.ClaimCollected, lang.ClaimReturned, lang.AskedFor, lang.AskRefused, lang.ChargedBack, lang.AskFirst, lang.AskFirstUnknown,
			lang.PaidSplit, lang.PaidSplitFee, lang.AuthorisedSplit, lang.PartOnly, lang.RefundSplit, lang.RefundSplitClosed} {
			if told := lang.SMS(l, key, sampleArgs()); !names(told, "1.28") || names(told, "1.29") {
				t.Errorf("the amount of %q is not read", told)
			}
		}
		for _, key := range []lang.Key{lang.PaidSplit, lang.PaidSplitFee, lang.AuthorisedSplit, lang.RefundSplit, lang.RefundSplitClosed} {
			if told := lang.SMS(l, key, sampleArgs()); !namesPursePart(told, "0.45") || namesPursePart(told, "0.46") || namesPursePart(told, "1.28") {
				t.Errorf("the part of the purse in %q is not read", told)
			}
		}
		if told := lang.SMS(l, lang.PaidSplitFee, sampleArgs()); !namesFee(told, "0.02") || namesFee(told, "0.03") {
			t.Errorf("the fee of %q is not read", told)
		}
		if _, ref := read(receipt); ref != "7K4QXYZ3" {
			t.Errorf("reference of %q: %q", receipt, ref)
		}
	}
}

func sampleArgs() lang.Args {
	cny, _ := money.Lookup(currencyCode)
	return lang.Args{Ref: "7K4QXYZ3", Amount: 128, Balance: 99_999, Short: 5, Limit: 100, Currency: cny,
		Party: lang.Party{Name: lang.Name{EN: "BLUEBIRD FLORIST"}, Code: "8001"}, Code: "8001", At: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), Tries: 2, Minutes: 1, Reason: "funds", Figures: lang.Figures{Scheme: "visa", Last4: "1111", More: 45, Fee: 2}}
}
