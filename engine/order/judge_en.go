package order

import (
	"slices"
	"strings"
)

// latin returns why word i of words, all the Latin words of a memo, must not be in it, or
// returns "". first says that nothing comes before it.
func (j memoJudge) latin(words []string, index int, first bool) Reason {
	w, before, after := unstretched(words[index]), "", ""
	if index > 0 {
		before = words[index-1]
	}
	if index+1 < len(words) {
		after = words[index+1]
	}
	switch {
	case isLabelled(before, w, after), isNamed(before, w, after):
		return ""
	case isTakenBack(words, index), before == "" && first && askWords[w], isUndone(before, w, after):
		return TooMuch
	case first && (changingFirst[w] || isCounted(w, after)), changingWords[w], isBound(before, w):
		return BadAmount
	case isMoneyWord(w, before, first):
		return OtherMoney
	case otherSources[w], j.sources.by[w] != "", sourceLeads[before] && ledSources[w], before == "on" && ledSources[w]:
		return BadSource
	case j.isPlural(w), hidesSource(w):
		return BadSource
	}
	return misspelt(w)
}

// unstretched shortens letters repeated three times or more: stop for stoppp.
func unstretched(word string) string {
	for i := 2; i < len(word); i++ {
		if word[i] == word[i-1] && word[i] == word[i-2] {
			return strings.TrimRight(word[:i], word[i:i+1]) + word[i:i+1] + strings.TrimLeft(word[i:], word[i:i+1])
		}
	}
	return word
}

// isTakenBack reports whether a word takes an order back as it stands, with a letter typed too
// often, or with a character or a blank between all its letters.
func isTakenBack(words []string, index int) bool {
	if undoWords[words[index]] || len(words) == 1 && undoAlone[words[index]] || undoWords[unstretched(words[index])] || undoWords[squeezed(words[index], 2)] || undoWords[squeezed(words[index], 1)] {
		return true
	}
	spelt := ""
	for _, w := range words[index:] {
		if len(w) != 1 {
			break
		}
		spelt += w
	}
	return len(spelt) > 2 && undoWords[spelt]
}

// squeezed is oops for ooooops: of one letter in a row no more are left than a
// word may have.
func squeezed(word string, most int) string {
	kept := make([]byte, 0, len(word))
	for i := range len(word) {
		if n := len(kept); n < most || strings.Trim(string(kept[n-most:]), word[i:i+1]) != "" {
			kept = append(kept, word[i])
		}
	}
	return string(kept)
}

// isNamed reports whether a word that may change an order is part of the name of
// a thing: bus stop, Sunday lunch, weekly groceries, two coffees.
func isNamed(before, word, after string) bool {
	switch {
	case word == "stop":
		return stops[before]
	case weekdays[word] && !slices.Contains([]string{"on", "by", "until", "till", "this", "next", "before", "after"}, before):
		return occasions[after]
	case word == "weekly" || word == "monthly" || word == "daily":
		return regular[after]
	case word == "visa":
		return after == "fee" || after == "fees" || after == "application"
	case word == "per":
		return after == "our" || after == "my" || after == "your"
	case word == "may":
		return !slices.Contains([]string{"in", "until", "by", "starting", "since"}, before) && !slices.Contains([]string{"i", "we", "you", "he", "she", "they", "it", "be", "not", "have"}, after)
	case word == "us":
		return before == "for" || before == "from" || before == "of" || before == "with"
	case word == "one":
		return after == "way"
	case word == "to":
		return after == "go"
	case names[word]:
		return titles[before]
	case word == "zero" && (before == "coke" || before == "pepsi"):
		return true
	}
	if nouns := compounds[word]; nouns[after] {
		return true
	}
	return smallNumbers[word] && goods[after]
}

// isCounted reports whether a word close behind the amount is a measure: 25
// litres are not 25 yuan. A day trip is none.
func isCounted(word, after string) bool {
	return measures[word] || after == "" && (len(word) > 2 && measures[word+"s"] || slang[word])
}

// isPlural reports whether a word is the plural of a Latin way of paying.
func (j memoJudge) isPlural(word string) bool {
	one, ok := strings.CutSuffix(word, "s")
	return ok && j.sources.by[one] != ""
}

// hidesSource reports whether a way of paying begins or ends a word, as in
// frombank; in a postcard it does not.
func hidesSource(word string) bool {
	if harmlessWords[word] {
		return false
	}
	for _, name := range []string{"bank", "card", "credit", "purse", "wallet", "debit"} {
		if strings.HasPrefix(word, name) || strings.HasSuffix(word, name) {
			return true
		}
	}
	return false
}

// isLabelled reports whether a small number word names a thing or counts
// guests, as in table six and for two.
func isLabelled(before, word, after string) bool {
	return smallNumbers[word] && labels[before] && !changingWords[after] && misspelt(after) == ""
}

// isUndone reports whether two words take an order back: not now, hold on. A
// bare NO does, but "no sugar" does not.
func isUndone(before, word, after string) bool {
	if undoPairs[before+" "+word] {
		return true
	}
	switch word {
	case "no":
		return after == "" || undoWords[after] || slices.Contains([]string{"thanks", "thank", "more", "longer", "need", "way", "dont", "ok", "sorry", "pay"}, after)
	case "on":
		return before == "hold" || before == "hang"
	case "now":
		return before == "not"
	case "week", "month", "year", "time", "day":
		return before == "next" || before == "of"
	case "january", "february", "march", "april", "june", "july", "august", "september", "october", "november", "december":
		return before == "in" || before == "until" || before == "by"
	case "may":
		return before == "in" || before == "until" || before == "by"
	case "delivery", "arrival", "receipt", "pickup", "collection", "completion":
		return before == "on" || before == "upon" || before == "after" || before == "before"
	case "ma":
		return slices.Contains([]string{"hao", "xing", "dui", "keyi", "shi", "le", "fu"}, before)
	case "n":
		return before == "" && after == ""
	case "first":
		return after == ""
	case "order":
		return before == "standing"
	case "example":
		return before == "for"
	case "to":
		return before == "subject"
	case "much", "many", "expensive", "high", "dear", "little":
		return before == "too"
	case "up", "down":
		return before == "round" || before == "rounded"
	case "yao", "yong", "fu", "xing", "dui", "zhuan":
		return before == "bu" || before == "bie"
	case "it":
		return before == "got" || before == "did"
	case "else":
		return before == "someone" || before == "somebody"
	case "out":
		return before == "back" || before == "opt"
	case "work", "works", "working":
		return before == "doesnt" || before == "not" || before == "after"
	case "back":
		return slices.Contains([]string{"take", "money", "give", "go", "pay", "call", "it", "bring", "roll", "me", "way"}, before)
	case "off":
		return before == "call" || before == "it" || before == "is" || before == "its"
	case "mind", "bad":
		return before == "my" || before == "never"
	case "hour":
		return before == "an"
	}
	return weekdays[word] && (before == "" || slices.Contains([]string{"at", "from", "starting", "due", "on", "by", "until", "till", "this", "next", "before", "after"}, before))
}

// isBound reports whether two words bound the amount: at most, up to.
func isBound(before, word string) bool {
	switch word {
	case "most", "least", "best":
		return before == "at"
	case "tip", "tips", "vat", "shipping":
		return before == "with" || before == "and"
	case "day", "week", "month", "year", "hour", "night", "person", "head", "piece", "kilo", "dozen", "pop", "time", "go", "bottle", "ticket":
		return before == "a" || before == "an" || before == "the"
	case "to":
		return before == "up"
	}
	return false
}

// isMoneyWord reports whether a word names money, ours too: it was not read with
// its number. A code that is also a word counts only in the place of a unit.
func isMoneyWord(word, before string, first bool) bool {
	if moneyWords[word] || units[word].code != "" {
		return true
	}
	if len(word) != len("AED") {
		return false
	}
	if _, ok := unitOf(word); !ok {
		return false
	}
	return first || before == "in" || before == "of" || !wordsAndCodes[word]
}

// misspelt says why a word must not be in a memo that is one mistake away from one
// that must not.
func misspelt(word string) Reason {
	if len(word) < misspeltMin || harmlessWords[word] {
		return ""
	}
	for _, list := range misspeltLists {
		for _, long := range list.words {
			if strings.HasPrefix(word, long) || distance(word, long) <= 1 {
				return list.why
			}
		}
	}
	return ""
}

// misspeltMin is the length of the shortest word that is checked for mistakes.
const misspeltMin = 5

// misspeltLists are the words whose misspellings are recognised. Never written to.
var misspeltLists = []struct {
	why   Reason
	words []string
}{
	{BadAmount, strings.Fields(`hundred hundreds thousand thousands million millions billion trillion percent eleven twelve thirteen fourteen fifteen
		sixteen seventeen eighteen nineteen twenty thirty forty fourty fifty sixty seventy eighty ninety quarter approx approximately roughly maximum minimum double`)},
	{TooMuch, strings.Fields(`cancel cancels cancelled refund tomorrow already mistake ignore disregard`)},
	{OtherMoney, strings.Fields(`dollar dollars euros francs rupee rupees rouble roubles sterling`)},
}

// The names of things of which a part may change an order elsewhere. Never
// written to.
var (
	stops     = set(`bus tram train truck pit rest coach shuttle ferry metro door petrol tea lunch coffee toilet`)
	occasions = set(`lunch dinner breakfast brunch supper drinks tea coffee beer football soccer tennis golf rugby cricket yoga gym swimming class classes lesson
		lessons school course market groceries shopping roast mass service church game match party picnic bbq barbecue movie cinema concert show quiz club paper
		cleaning babysitting session practice training choir dance pizza burgers curry`)
	names  = set(`mark bob penny sterling rand max will sun wan bai qian liu ling`)
	titles = set(`for mr mrs ms miss uncle aunt auntie dr dear teacher master boss brother sister`)
	// compounds are words with those that make a thing of them.
	compounds = map[string]map[string]bool{
		"half": set(`pint board chicken portion term marathon duck`), "zero": set(`sugar cola`), "thousand": set(`island`),
		"extra": set(`cheese spicy hot sauce rice ice shot virgin large napkins noodles meat sugar milk`), "less": set(`ice spicy sugar salt oil sweet`),
		"pound": set(`cake cakes`), "dollar": set(`store shop menu tree`), "quarter": set(`pounder chicken`), "double": set(`cheeseburger espresso room bed whopper`),
		"triple": set(`room`), "five": set(`guys`), "net": set(`ball`), "point": set(`cook`), "split": set(`peas`), "test": set(`papers book`),
	}
	regular = set(`groceries rent bill bills fee fees bread milk paper pass ticket tickets subs shop shopping cleaning lunch meals class lessons veg box magazine report`)
	goods   = set(`beer beers coffee coffees tea teas pizza pizzas burger burgers sandwich sandwiches ticket tickets loaf loaves egg eggs apple apples orange oranges
		rose roses bottle bottles cup cups glass glasses pint pints plate plates book books shirt shirts shoe shoes bag bags box boxes pair pairs kid kids child
		children adult adults lunches dinners breakfasts cokes juices cakes bananas mangoes chickens fish tacos drinks meals noodles rice bowls kebabs samosas
		tyres tires bulbs chairs pens stamps photos copies keys brothers sisters friends`)
)

// measures count what is no money, behind the amount. Never written to.
var measures = set(`litre litres liter liters days weeks months years hours hr hrs minutes mins kms km kilo kilos kilometre kilometres kilometers metre metres
	meters ml cl l grams degrees ton tons juta ribu rb elfu tausend hundert cento hazaar hazar sau tys thsd hun hundo hunnid hnd thosend dz doz jigoo fiver fivers tenner tenners smackers boxes bottles units am pm oclock st nd rd th ct cts mb gb tb kb kwh watts people persons persons
	ii iii iv vi vii viii ix xi xii oo ooo oooo something`)

// slang are words for many, alone behind the amount. Never written to.
var slang = set(`est quote limit cap disc coupon promo from large gs stacks racks bands monkeys ponies clams score pair odd`)

// ledSources are ways of paying where a word says so: from airtime, on credit.
// Never written to.
var ledSources = set(`airtime loan tab credits balance deposit overdraft points rewards salary pension house data bundle orange mtn app phone`)

// labels come before a number word that names a thing. Never written to.
var labels = set(`for table room seat gate lane bus line phase lesson part chapter level grade class stage round block flat floor bay pitch court unit no number group team`)

// smallNumbers are the number words that may name a thing. Never written to.
var smallNumbers = set(`one two three four five six seven eight nine ten eleven twelve`)

// changingWords change the amount before them wherever they are: scales, numbers,
// fractions, shares, bounds and repetition. Never written to.
var changingWords = set(`k w mil mill mills mio mn bil bn half halves quarter plus minus hundred hundreds thousand thousands thou thous million millions
	billion billions trillion grand dozen dozens percent pct cent cents fen jiao mao kuai qian wan penny pennies pence lakh lakhs lac lacs crore crores mille
	zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty
	thirty forty fourty fifty sixty seventy eighty ninety zuoyou meiren meige twice thrice double triple each ea apiece per pp about approx approximately roughly
	circa ca nearly almost around maybe perhaps probably ish upto between or maximum minimum hourly nightly fortnightly biweekly recurring autopay rounded rebate estimate estimated onwards upwards kinda sorta ceiling budget daily weekly monthly yearly annually every everyone
	everybody instalment instalments installment installments discount split divided tops nil nought naught`)

// changingFirst do so only directly after the number. Never written to.
var changingFirst = set(`max min m b c g p x d h and point dot to until off less more extra over under below above oh o cr kg gram grams lb lbs oz pc pcs piece pieces
	item items people persons person ppl times ling yi er liang san si wu liu qi ba jiu shi bai give net gross tax incl excl plus`)

// undoWords take an order back, put it off, ask about it or report it. Never
// written to.
var undoWords = set(`stop stopped stops cancel cancels cancelled canceled canceling cancelling cancellation oops undo undone nevermind refund refunded
	refunds reverse reversed reversal revert abort aborted void voided wrong wrongly mistake mistaken mistakenly error accident accidentally dont donot didnt wasnt
	isnt wont cant cannot shouldnt havent hasnt arent not never wait later tomorrow tmr tmrw tmw tomoz already paid unpaid payed failed fail fails success successful
	successfully succeeded received arrived did does whether unless ignore disregard forget scrap reject rejected decline declined deny
	dispute disputed pending schedule scheduled postpone postponed delay delayed hold halt nope nah naw test testing sorry unauthorised unauthorized scam fraud sent
	transferred charged debited deducted if why kidding joke joking jk whoops woops nvm nvmd confirmed eventually tomo tmrrw tomoro midnight delete deleted revoke revoked revoking null annul annulled rescind rescinded canc ops doesnt didn isn hacked blocked nm void buyao buyong bufu buyaofu
	quxiao suanle mingtian yihou tuikuan cuole biefu tui buzhuan nein nicht kein annuler annulez annuller annulla annullare anular anule manana demain kesho hapana sitisha usilipe nahi nahin batal batalkan
	tidak jangan besok esok bukas huwag amanha khong huy iptal hayır hayir yarın yarin domani anuluj jutro typo said stolen assuming pretend dummy phishing robbed steal unsubscribe
	stopall optout kill postponing
	laterz ltr tonite sometime someday whenever afterwards cxl canx cncld dnt nay incorrect overcharged reimburse reimbursed reimbursement cashback settled rofl haha prank sike
	rollback backout pause paused suspend suspended terminate terminated discontinue cease desist escrow depends depending dependent whichever skipping lol bugei tuihuan tingzhi chexiao yijing
	remove removed return returned chargeback quit quits instead whoa went wrng stp stpo sotp stahp cancal cncl cnl nixed nix scratch withdraw withdrawn retract`)

// undoPairs are two words that do so together. Never written to.
var undoPairs = pairSet(`this evening|this afternoon|the morning|a minute|a bit|next payday|on payday|month end|starting may|at xmas|at christmas|after xmas|
	bad amount|pay me|gone through|went through|yeah right|second thought|second thoughts|drop it|skip it|skip this|skip that|leave it|lost my|only when|in case|
	dependent on|dream on|block my|block it|april fools|but no`)

// pairSet holds the entries of a list, which bars separate.
func pairSet(list string) map[string]bool {
	m := make(map[string]bool)
	for pair := range strings.SplitSeq(list, "|") {
		m[strings.TrimSpace(pair)] = true
	}
	return m
}

// undoAlone are words that do so alone. Never written to.
var undoAlone = set(`non mat kal acha hindi morgen err er uh hmm hm huh eh argh damn but though example demo trial fake spam exit help check reset retry repeat always auto police cx negative neg false owed cleared complete finished psych drop skip freeze block starting xmas price whatever anything
	nee nej nei ne ej nie ikke inte geen niet nao except eg n end shit`)

// askWords begin a question or a story. Never written to.
var askWords = set(`can could would should shall will may is are was were am has have had do how what when who where which i we you he she they it after before until till once tonight soon done completed end asked ask let lets need reply provided`)

var weekdays = set(`monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun noon midnight`) // never written to

// otherSources name ways of paying that an order has no word for. Never written
// to.
var otherSources = set(`debit visa mastercard unionpay amex jcb alipay wechat weixin zhifubao paypal applepay gpay cash account accounts acct savings saving
	overdraft icbc ccb boc cmb abc cheque checking voucher bankcard mpesa momo paytm phonepe gcash venmo zelle cashapp mc upi bkash banque banco banca banka bankas konto cuenta tarjeta
	kreditkarte girocard xianjin gonghang jianhang gongshang zhaohang nonghang huabei`)

// moneyWords name money that mpg does not count in. Never written to.
var moneyWords = set(`bath meiyuan meijin gangbi ouyuan riyuan taibi quid buck bucks rupee rupees rs baht peso pesos franc francs ruble rubles rouble roubles ringgit dong shilling shillings ksh dirham
	dirhams dinar dinars riyal riyals rial rials naira rand real reais lira liras rupiah points btc bitcoin bitcoins eth usdt sats satoshi tl rp rm hk us nt kr krona kronor krone
	kroner zloty forint koruna hryvnia tenge som won yen euro euros dollar dollars pound pounds sterling cedi cedis taka kip riel kyat pataca patacas greenback greenbacks aussie loonie loonies toonie yens lei leu lev leva birr manat lari dram colones
	colon soles sols shekel shekels rupiahs pts coin coins token tokens fr sfr chf swiss francs franken zł zl kc kcs bolivares bolivar guarani quetzal lempira pula kwacha ariary tugrik
	denar afghani ngultrum rufiyaa lempiras escudo escudos guilder guilders mark marks stablecoin doge dogecoin usdc miles`)

// wordsAndCodes are words of memos that are also codes of ISO 4217. Never
// written to.
var wordsAndCodes = set(`all cup gel mop pen top try mad bob bam cop`)

// harmlessWords look like a misspelling of a word that matters, or like a way of
// paying, but are neither. Never written to.
var harmlessWords = set(`cancer chancel collar forth fort sixth nifty thirsty mighty weighty seventh eleventh twelfth postcard postcards cardigan cardigans cardboard
	cardio cardiac embankment scorecard wildcard discard bankrupt banker creditor flashcard flashcards hundredth dollhouse plenty twenties sweaty`)
