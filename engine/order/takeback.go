package order

import (
	"slices"
	"strings"
	"unicode"
)

// takingBack is a text that may stop what is open, as No, or the operator's offers, as
// Stop.
type takingBack struct {
	text  string
	words []string
	found Intent // of the keyword that begins the text; empty: there is none, or it orders nothing
}

// takesBack reads a text that takes back. If the text begins with a keyword of the intent
// found, the keyword decides, unless the text begins by taking back: 付错了. A text that names
// a payment is never an opt-out.
func (p *parser) takesBack(text string, found Intent) (Order, bool) {
	t := takingBack{text: text, words: wordsOf(text), found: found}
	o, ok := t.read()
	o.Written = p.written
	return o, ok
}

func (t *takingBack) read() (Order, bool) {
	moves := t.found.moves()
	if len(t.words) == 0 {
		return Order{Intent: No}, strings.ContainsAny(t.text, undoFaces)
	}
	if strings.ContainsFunc(t.text, isHan) {
		if o, ok := t.chinese(); ok {
			return o, true
		}
	}
	if moves {
		return Order{}, false
	}
	return t.english()
}

// wordsOf returns the words of a text: letters, without apostrophes, and numbers.
func wordsOf(text string) []string {
	text = strings.Map(func(r rune) rune {
		switch {
		case isApostrophe(r):
			return -1
		case unicode.IsLetter(r), unicode.IsNumber(r):
			return r
		}
		return ' '
	}, text)
	return strings.Fields(text)
}

// Words of English texts that take back. Never written to.
var (
	// backWords begin a text that stops what is open; behind an unknown
	// beginning they do so anywhere.
	backWords = set(`no nope nah naw nay not never dont donot didnt wasnt isnt wont cannot abort wrong refund refunds undo void halt nevermind
		reject decline deny refuse dispute reverse revert chargeback scam fraud fraudulent mistake mistaken incorrect unauthorised unauthorized
		oops withdrawn cancelled canceled cancelling canceling cancellation cancell cancle cancl
		canecl cansel cancal stopped stopping stolen hacked cancel stop stp st0p sotp stpo wait pause hold hang exit kill drop rollback scrap ignore disregard disagree xx nooo noo typo
		whoops whoa nvm overcharged`)
	// backAnywhere are those of them that may stand behind any beginning.
	backAnywhere = set(`dont donot didnt wasnt abort wrong refund undo void nevermind dispute chargeback scam fraud mistake unauthorised unauthorized
		cancel cancelled canceled cancle stop oops reject refuse decline stolen
		stole hacked disagree overcharged twice no nope`)
	backPhrases = []string{"do not", "did not", "i never", "i refuse", "hold on", "call off", "call it off", "call that off", "take it back", "take that back", "money back",
		"my money back", "give me my money back", "give my money back", "give it back", "i want my money back", "forget it", "forget that", "forget about it", "changed my mind",
		"i changed my mind", "i have changed my mind", "ive changed my mind", "was not me", "it was not me", "that was not me", "this was not me", "this is not", "that is not", "thats not", "it is not",
		"i am not", "i will not", "i have not", "i havent", "i do not", "im not", "someone else"}
	backLeads = set(`i please pls plz hi hello hey sorry oh ok okay um just so and but wait now you must can could would will to want need like
		that thats this it its the my was is`)
	offerWords = set(`offer offers text texts texting message messages messaging msg msgs sms promo promos promotion promotions ad ads advert adverts marketing
		spam all alerts alert newsletter newsletters subscription subscriptions sending notifications everything any`)
	payWords = set(`pay payment payments paying order orders transfer transfers transaction transactions money charge charging charged amount
		bank card purse it this that deduct deducting debit taking`)
	stopAlone = set(`stop stopall unsubscribe unsub optout unsubscribed`)
)

// english reads an English text.
func (t *takingBack) english() (Order, bool) {
	ws, led := t.words, t.words
	for len(led) > 1 && backLeads[led[0]] {
		led = led[1:]
	}
	alone := !slices.ContainsFunc(led[1:], func(word string) bool { return !courtesyWords[word] && word != led[0] })
	switch {
	case optsOut(ws) || optsOut(led):
		return Order{Intent: Stop}, true
	case alone && (led[0] == "x" || led[0] == "n"):
		return Order{Intent: No}, true
	case led[0] == "cancel" || led[0] == "quit" || led[0] == "end" || led[0] == "revoke":
		bare := !slices.ContainsFunc(ws, func(word string) bool { return !courtesyWords[word] && word != led[0] })
		return Order{Intent: No, Cancel: bare}, alone || led[0] == "cancel" || slices.ContainsFunc(led, isPayWord)
	case led[0] == "stop":
		return Order{Intent: stopped(led, t.text)}, true
	}
	known := t.found != "" && !(t.found == Help && slices.ContainsFunc(ws, isPayWord))
	return Order{Intent: No}, backWords[led[0]] || backWords[ws[0]] || !known && (beginsWith(ws, backPhrases) || beginsWith(led, backPhrases) ||
		slices.ContainsFunc(ws, func(word string) bool { return backAnywhere[word] }))
}

// beginsWith reports whether words begin with one of some phrases.
func beginsWith(ws, phrases []string) bool {
	text := strings.Join(ws, " ") + " "
	return slices.ContainsFunc(phrases, func(phrase string) bool { return strings.HasPrefix(text, phrase+" ") })
}

// optsOut reports whether a text turns the offers off and names no payment.
func optsOut(ws []string) bool {
	text := strings.Join(ws, " ")
	switch {
	case slices.ContainsFunc(ws, isPayWord):
		return false
	case stopAlone[ws[0]] && !slices.ContainsFunc(ws[1:], func(word string) bool {
		return !courtesyWords[word] && !stopAlone[word] && !offerWords[word] && !isFiller(word)
	}):
		return true
	case strings.HasPrefix(text, "opt out"), strings.HasPrefix(text, "opt me out"):
		return true
	}
	return (backWords[ws[0]] || ws[0] == "end" || ws[0] == "quit" || ws[0] == "do" || ws[0] == "please") &&
		slices.ContainsFunc(ws[1:], func(word string) bool {
			return offerWords[word] && word != "all" && word != "any" && word != "everything"
		})
}

// isFiller reports whether a word says nothing of what is to be stopped.
func isFiller(word string) bool {
	return word == "me" || word == "my" || word == "the" || word == "your" || word == "from"
}

func isPayWord(word string) bool { return payWords[word] || isDigit(word) }

// stopped returns what STOP and other words mean: with a merchant's code its offers,
// else that nothing is to be paid.
func stopped(ws []string, text string) Intent {
	if len(ws) == 2 && mayBeCode(ws[1]) && !strings.ContainsAny(text, "¥.元") {
		return Stop
	}
	return No
}

// Words of Chinese texts that take back, in simplified characters. Never written
// to.
var (
	backHan = strings.Fields(`停 撤销 撤回 撤单 终止 中止 作废 算了 算啦 别 不付 不转 不要 不是 不用 不买 不想 不对 不同意 不可以 不行 不认 不准 不能 不许 不该 不给 不再 付错 转错 错了 弄错 搞错 打错 发错 输错 点错
		填错 金额错 数额错 商家错 拒绝 拒付 拒收 退款 退钱 退回 退货 退订 退还 退单 还钱 还我 没付 没有 没买 没订 没下单 没点 没转 没让 没授权 未授权 未付 反悔 后悔 取消 否 勿 切勿 先别 先不 先停 非本人 诈骗 骗子 盗刷 误操作 误付 手滑 多付 屏蔽 中断 放弃 撤 关闭 叫停 暂停 不需要 不必 不好 不确定 不知道 不收 没这 下错 手误 付多 被盗
		盗用 骗人 等一下 等等 等下 慢着 且慢 住手 挂断
		唔好 唔要 唔俾 唔畀 唔使 唔系我 唔係我 唔买 咪俾 咪畀 咪住 咪付 俾错 畀错 俾返 畀返 退返 收返`)
	backHanAnywhere = strings.Fields(`付错 转错 错单 错了 弄错 搞错 打错 发错 输错 填错 点错 不是我 不是本人 非本人 别付 别转 别扣 不付 不转 不要付 不要转 不要扣 取消 撤销 撤回 作废 退款 退钱 终止 停止 算了 盗刷
		诈骗 骗子 骗人 不对 多付 付多 重复 两次 退我 还我 被盗 盗用 下错 手误 按错 没有付 没付 没买 没有买 没下单 没有下单 误操作 误付 不想付 不想要 不同意 唔好俾 唔好畀 唔好付 唔系我 唔係我 俾错 畀错 退返 收返`)
	backHanLeads = strings.Fields(`请你 请 好的 好 行 麻烦 快点 快 赶紧 赶快 马上 立即 立刻 我们 我的 我 这个 这笔 这单 这是 这 那个 那笔 那 您 你们 你 都 已经 刚才 刚刚 刚 给我 帮我 就 先 对不起 抱歉 不好意思 喂 哎呀 哎 啊 给 把 这次 唉 哦 嗯 千万 现在 全部 直接 还是 要 想 那就`)
	offersHan    = strings.Fields(`优惠 短信 广告 推送 促销 订阅 消息 信息 推广 营销 通知 活动 别发 再发 要发 我发 停发 止发 勿发 接收`)
	paysHan      = strings.Fields(`付 支付 款 转 交易 订单 单子 钱 扣 买 不是我发 发错 商家`)
	aloneHan     = strings.Fields(`吧 了 啊 哦 谢谢您 谢谢你 谢谢 多谢 呀 啦 请`)
)

// chinese reads a Chinese text.
func (t *takingBack) chinese() (Order, bool) {
	text, lead := strings.Map(keepHan, t.text), t.text
	if at := strings.IndexFunc(lead, unicode.IsNumber); at >= 0 && isHan(firstLetter(lead)) {
		lead = lead[:at] // in 付8001 25多谢 there is no 付多
	}
	lead = strings.Map(keepHan, lead)
	began := cutPrefixes(lead, backHanLeads)
	starts := longest(lead, harmlessHan) == 0 && slices.ContainsFunc(backHan, func(w string) bool { return strings.HasPrefix(began, w) || strings.HasPrefix(lead, w) })
	digits := strings.ContainsFunc(t.text, unicode.IsNumber)
	if !starts && (t.found != "" || !containsAny(text, backHanAnywhere)) {
		return Order{}, false
	}
	if containsAny(text, offersHan) && !containsAny(text, paysHan) || text == "退订" || strings.HasPrefix(began, "退订") && !digits {
		return Order{Intent: Stop}, true
	}
	first, cut := "", false
	for _, word := range []string{"取消", "停止"} {
		if rest, ok := strings.CutPrefix(began, word); ok {
			first, cut = rest, true
		}
	}
	return Order{Intent: No, Cancel: cut && !digits && cutPrefixes(first, aloneHan) == ""}, true
}

// firstLetter returns the first letter or number of a text.
func firstLetter(text string) rune {
	for _, r := range text {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
	}
	return 0
}

func keepHan(r rune) rune {
	if isHan(r) {
		return r
	}
	return -1
}

// cutPrefixes takes words off the front as long as there are any.
func cutPrefixes(text string, words []string) string {
	for cut := true; cut; {
		cut = false
		for _, w := range words {
			if rest, ok := strings.CutPrefix(text, w); ok {
				text, cut = rest, true
			}
		}
	}
	return text
}

func containsAny(text string, words []string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return strings.Contains(text, word) })
}

// agreeing are the words of a text that agrees to a question without being YES.
// Never written to.
var agreeing = set(`ok okay okey k kk sure confirm confirmed confirming agree agreed accept accepted approve approved go ahead fine yep yeah yup ya right correct do it alright yes y 是 是的
	好 好的 好吧 好啊 好呀 好了 可以 可以的 可以了 确认 确认付款 确认支付 确定 行 行吧 嗯 嗯嗯 对 对的 没问题 同意 同意付款 没错 是啊 要得 可`)

// agrees reports whether a text is nothing but agreement.
func agrees(text string) bool {
	ws, said := wordsOf(text), false
	for _, w := range ws {
		if !agreeing[w] && !courtesyWords[w] {
			return false
		}
		said = said || agreeing[w]
	}
	return said
}
