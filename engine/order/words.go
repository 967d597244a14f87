package order

import (
	"strings"
	"unicode/utf8"

	"mpg/engine/lang"
)

// keyword is a word that begins an order.
type keyword struct {
	word   string // lower case
	intent Intent
	lang   lang.Lang
	cancel bool // see Order.Cancel
	rest   bool // of a module: see Order.Rest
}

// keywords are tried in this order, so a word stands before its own beginning.
// It is never written to.
var keywords = []keyword{
	{word: "pay", intent: Pay, lang: lang.EN},
	{word: "支付", intent: Pay, lang: lang.ZH}, {word: "付款", intent: Pay, lang: lang.ZH}, {word: "付给", intent: Pay, lang: lang.ZH},
	{word: "畀", intent: Pay, lang: lang.ZH}, {word: "俾", intent: Pay, lang: lang.ZH},
	{word: "付钱", intent: Pay, lang: lang.ZH}, {word: "付", intent: Pay, lang: lang.ZH}, {word: "zhifu", intent: Pay, lang: lang.ZH},
	{word: "fukuan", intent: Pay, lang: lang.ZH}, {word: "zf", intent: Pay, lang: lang.ZH}, {word: "fu", intent: Pay, lang: lang.ZH},

	{word: "send", intent: Send, lang: lang.EN}, {word: "transfer", intent: Send, lang: lang.EN},
	{word: "转账", intent: Send, lang: lang.ZH}, {word: "转帐", intent: Send, lang: lang.ZH}, {word: "转给", intent: Send, lang: lang.ZH},
	{word: "转钱", intent: Send, lang: lang.ZH}, {word: "转", intent: Send, lang: lang.ZH}, {word: "zhuan", intent: Send, lang: lang.ZH}, {word: "zz", intent: Send, lang: lang.ZH},

	{word: "balance", intent: Balance, lang: lang.EN}, {word: "bal", intent: Balance, lang: lang.EN},
	{word: "查询余额", intent: Balance, lang: lang.ZH}, {word: "查余额", intent: Balance, lang: lang.ZH}, {word: "余额", intent: Balance, lang: lang.ZH},
	{word: "cxye", intent: Balance, lang: lang.ZH}, {word: "yue", intent: Balance, lang: lang.ZH}, {word: "ye", intent: Balance, lang: lang.ZH},

	{word: "last", intent: Last, lang: lang.EN}, {word: "statement", intent: Last, lang: lang.EN},
	{word: "查明细", intent: Last, lang: lang.ZH}, {word: "明细", intent: Last, lang: lang.ZH}, {word: "mingxi", intent: Last, lang: lang.ZH}, {word: "mx", intent: Last, lang: lang.ZH},

	{word: "help", intent: Help, lang: lang.EN}, {word: "info", intent: Help, lang: lang.EN}, {word: "帮助", intent: Help, lang: lang.ZH},
	{word: "bangzhu", intent: Help, lang: lang.ZH}, {word: "bz", intent: Help, lang: lang.ZH},

	{word: "yes", intent: Yes, lang: lang.EN}, {word: "y", intent: Yes, lang: lang.EN}, {word: "是的", intent: Yes, lang: lang.ZH},
	{word: "是", intent: Yes, lang: lang.ZH}, {word: "shi", intent: Yes, lang: lang.ZH},

	{word: "no", intent: No, lang: lang.EN}, {word: "n", intent: No, lang: lang.EN}, {word: "否", intent: No, lang: lang.ZH}, {word: "fou", intent: No, lang: lang.ZH},
	{word: "不是", intent: No, lang: lang.ZH}, {word: "不要", intent: No, lang: lang.ZH}, {word: "不付", intent: No, lang: lang.ZH},
	{word: "cancel", intent: No, lang: lang.EN, cancel: true}, {word: "end", intent: No, lang: lang.EN, cancel: true},
	{word: "quit", intent: No, lang: lang.EN, cancel: true}, {word: "revoke", intent: No, lang: lang.EN, cancel: true},
	{word: "停止", intent: No, lang: lang.ZH, cancel: true}, {word: "取消", intent: No, lang: lang.ZH, cancel: true},

	{word: "again", intent: Again, lang: lang.EN}, {word: "再拨", intent: Again, lang: lang.ZH}, {word: "重拨", intent: Again, lang: lang.ZH},
	{word: "zaibo", intent: Again, lang: lang.ZH}, {word: "zb", intent: Again, lang: lang.ZH},

	{word: "stop", intent: Stop, lang: lang.EN}, {word: "unsubscribe", intent: Stop, lang: lang.EN},
	{word: "退订", intent: Stop, lang: lang.ZH}, {word: "tuiding", intent: Stop, lang: lang.ZH}, {word: "td", intent: Stop, lang: lang.ZH}, {word: "t", intent: Stop, lang: lang.ZH},

	{word: "start", intent: Start, lang: lang.EN}, {word: "unstop", intent: Start, lang: lang.EN}, {word: "subscribe", intent: Start, lang: lang.EN},
	{word: "opt in", intent: Start, lang: lang.EN}, {word: "optin", intent: Start, lang: lang.EN},
	{word: "恢复订阅", intent: Start, lang: lang.ZH}, {word: "订阅", intent: Start, lang: lang.ZH}, {word: "恢复优惠", intent: Start, lang: lang.ZH},
	{word: "恢复短信", intent: Start, lang: lang.ZH}, {word: "dingyue", intent: Start, lang: lang.ZH}, {word: "dy", intent: Start, lang: lang.ZH},

	{word: "language", intent: Lang, lang: lang.EN}, {word: "lang", intent: Lang, lang: lang.EN}, {word: "语言", intent: Lang, lang: lang.ZH},
	{word: "yuyan", intent: Lang, lang: lang.ZH}, {word: "yy", intent: Lang, lang: lang.ZH},

	{word: "pin", intent: PIN, lang: lang.EN}, {word: "修改密码", intent: PIN, lang: lang.ZH}, {word: "改密码", intent: PIN, lang: lang.ZH},
	{word: "改密", intent: PIN, lang: lang.ZH}, {word: "gaimi", intent: PIN, lang: lang.ZH}, {word: "gm", intent: PIN, lang: lang.ZH},
}

// keywords walks the words of modules, then the built-in ones.
func (g Grammar) keywords(yield func(keyword) bool) {
	for _, list := range [][]keyword{g.words, keywords} {
		for _, k := range list {
			if !yield(k) {
				return
			}
		}
	}
}

// findKeyword returns the keyword that begins s, and what follows it. A
// keyword of letters must end there: pay8001 begins with PAY, payroll does not.
func (g Grammar) findKeyword(s string) (keyword, string, bool) {
	for k := range g.keywords {
		rest, ok := strings.CutPrefix(s, k.word)
		if !ok {
			continue
		}
		if isLatin(k.word) && isLatinLetter(rest) || len(k.word) == 1 && rest != "" {
			continue // a letter alone is an order only alone
		}
		return k, cutSeparator(rest), true
	}
	return keyword{}, s, false
}

func isLatin(s string) bool { return s[0] < utf8.RuneSelf }
