package lang

// textsZH are the texts in Chinese: 70 UTF-16 units with the longest values.
// Names in braces are filled in by wording.value. The map is never written to.
var textsZH = map[Key]string{
	PaidPurse:        "已付{party}{amount}，余额{balance}。单号{ref}{at}。",
	PaidBank:         "已从银行账户付{party}{amount}，不可撤销。单号{ref}{at}。",
	SentPurse:        "已转给{party}{amount}，余额{balance}。单号{ref}{at}。",
	ReceivedMerchant: "收到{party}付款{amount}。单号{ref}{at}。",
	ReceivedPurse:    "收到{party}转来{amount}，余额{balance}。单号{ref}{at}。",
	TopUp:            "钱包充入{amount}，余额{balance}。单号{ref}{at}。",

	NotUnderstood:      "没看懂，未扣款。您是要发：{hint} 吗？发“帮助”看全部指令。",
	TooLong:            "短信太长，不能作为指令，未扣款。请简短地发，如：{hint}",
	CannotRead:         "短信无法识别，未扣款。请只用文字发送，如：{hint}",
	UnknownShop:        "没有编号为{code}的商家，未扣款。请向商家核对编号后重发。",
	NotRegistered:      "此号码未开通支付。请找运营商开通，再发指令，如：{hint}",
	PayeeNotRegistered: "{party}未开通支付，未扣款。请核对号码，或请对方找运营商开通。",
	Yourself:           "这是您自己的号码，未扣款。请发“转”加金额和对方号码。",
	Funds:              "钱包余额不足，差{short}，未扣款。请到运营商处充值，或减少金额。",
	OverPayment:        "单笔最多{limit}，未扣款。请减少金额，或找运营商提高限额。",
	OverDay:            "超过每日限额{limit}，未扣款。请减少金额，或明天再付。",
	NoBankAccount:      "您的号码未绑定银行账户，未扣款。去掉“银行”可用钱包付，或找运营商绑定。",
	NoSource:           "这里不提供这种付款方式，未扣款。去掉它可用钱包付，如：{hint}",
	NoPIN:              "您还没有支付密码，未扣款。请发“改密”，我们打电话请您设置，然后再付款。",
	BankClosed:         "银行暂时连不上，未扣款。请稍后重发，或去掉“银行”用钱包付。",
	OpenOrder:          "有一笔未完成：付{party}{amount}。回复“否”停止，或等它结束。",
	AskAgain:           "与{ref}{at}相同：付{party}{amount}。再付一次？五分钟内回复“是”。",
	CallSoon:           "付{party}{amount}（{ref}）：线路忙，稍后致电给您。回复“否”停止。",
	TryLater:           "现在无法给您打电话，未扣款。请稍后再发一次。",
	CallsSpent:         "电话次数已用完，未扣款。请等{minutes}再发指令。",
	NothingOpen:        "没有未完成的指令，未扣款。要付款请发，如：{hint}",

	LineBusy:    "您的电话占线，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”重试。",
	NoAnswer:    "您未接电话，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”重试。",
	CallRefused: "电话被拒接，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”重试。",
	HungUp:      "通话提前结束，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”重试。",
	NoKeys:      "没有收到按键，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”重试。",
	CutOff:      "通话中断了，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”重试。",
	CallFailed:  "电话没有打通，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”重试。",
	WrongPIN:    "密码错，还可试{tries}，付{party}{amount}未扣款（{ref}）。{minutes}内回“再拨”。",

	Locked:       "密码多次输错，已锁定，未扣款。请找运营商解锁。",
	NotMe:        "您表示不是本人操作：未扣款，未改动，已停止您号码的支付。请联系运营商。",
	NotMeTooLate: "您表示不是本人操作，已停止您号码的支付。付给{party}：{amount}此前已确认（{ref}），请联系运营商。",
	Blocked:      "您号码的支付已停用，未扣款。请联系运营商。收款不受影响。",
	Stopped:      "付{party}{amount}已停止，未扣款（{ref}）。需要时请重新发。",
	TooLate:      "来不及停止：付{party}{amount}已确认（{ref}）。如需退款请联系对方。",
	Expired:      "付{party}{amount}已过期，未扣款（{ref}）。要付请重新发。",
	Declined:     "付{party}{amount}未成功：{reason}，未扣款（{ref}）。{remedy}",
	BankDown:     "银行暂时连不上，付{party}{amount}未扣款（{ref}）。请稍后重新发。",
	Checking:     "付{party}{amount}正在向银行核实（{ref}）。请勿再付，有结果即发短信。",
	NotPaid:      "付{party}{amount}未成功（{ref}），已通知银行不扣或退回。可以重新发。",
	NotPaidShop:  "{party}的{amount}未付成（{ref}），请勿按已收处理。顾客可以重新付。",

	BalanceNow:       "钱包余额{balance}{at}。",
	LastItems:        "最近：",
	LastNone:         "还没有付款记录。要付款请发，如：{hint}",
	HelpText:         "付8001 {sample} 付商家，加“银行”走银行；转50 13800138000；余额；明细；再拨；否；改密。勿发密码。",
	OffersOff:        "优惠短信已停。收据和安全短信照发。要恢复请找运营商。",
	OffersOffStopped: "已取消：付给{party}：{amount}，未扣款（{ref}）。优惠短信也已停。",
	OffersOffTooLate: "优惠短信已停。来不及取消：付给{party}：{amount}已确认（{ref}）。",
	OffersOffPaid:    "优惠短信已停。上一笔：付给{party}：{amount}，已成功（{ref}）。退款请找对方。",
	LanguageSet:      "以后用中文与您联系。要改英文请发：语言 EN",
	PINWarning:       "切勿用短信发密码，我们从不索要。如果那是您的密码，请立即发“改密”，我们打电话请您更换。",
	PINChanged:       "支付密码已设好。若非本人操作，请立即联系运营商。",
	PINUnchanged:     "支付密码没有改变。要重试请发“改密”。",
}

// promptsZH are the sentences of a call in Chinese. The map is never written to.
var promptsZH = map[Prompt][]string{
	Guard:       {"您好，这里是手机支付。", "有一笔付款等您确认。", "收听请按一。", "如果不是您本人操作，请按零。"},
	Details:     {"您要付款给{spoken-party}。", "金额是{spoken-amount}。"},
	Irrevocable: {"这笔钱直接从您的银行账户付出，付后不能撤销。"},
	AskPIN:      {"确认付款，请输入六位支付密码，按井号键结束。", "如果不是您本人操作，请按零和井号键。"},
	PINWrong:    {"密码错误。", "还可以试{tries}。", "请重新输入密码，按井号键结束。"},
	PINShort:    {"密码是六位数字。", "请重新输入，按井号键结束。"},
	PINLocked:   {"密码错误，您的密码已锁定。", "没有扣款。", "请联系运营商解锁。"},
	Paid:        {"谢谢，已付{spoken-amount}。", "收据会发短信给您。", "再见。"},
	Texting:     {"谢谢，银行还在处理。", "请不要再付，有结果我们发短信给您。", "再见。"},
	Refused:     {"付款没有成功，{reason}。", "没有扣款。", "再见。"},
	StoppedCall: {"这笔付款已经停止。", "不再进行任何操作，再见。"},
	ExpiredCall: {"这笔付款已经过期，没有扣款。", "要付款请重新发短信，再见。"},
	NotMeDone:   {"谢谢，没有做任何操作，您号码的支付已停用。", "请联系运营商，再见。"},
	NotMeLate:   {"谢谢，您号码的支付已停用，但这笔付款此前已确认。", "请联系运营商，再见。"},
	Ask1Again:   {"继续请按一。", "如果不是您本人操作，请按零。"},
	Bye:         {"没有扣款，再见。"},

	GuardPIN:    {"您好，这里是手机支付。", "您要设置支付密码。", "继续请按一。", "如果不是您本人操作，请按零。"},
	AskOldPIN:   {"请输入现在的密码，按井号键结束。"},
	AskNewPIN:   {"请输入新的六位密码，按井号键结束。"},
	AskNewAgain: {"请再输入一次新密码，按井号键结束。"},
	PINMismatch: {"两次输入的密码不一样。"},
	PINWeak:     {"这个密码太容易猜到。", "请换一个六位密码，按井号键结束。"},
	PINDone:     {"谢谢，密码已经设好。", "请不要告诉任何人，再见。"},
}

// reasonsZH word Args.Reason. Never written to.
var reasonsZH = map[string]string{
	"funds":       "余额不足",
	"account":     "账户不可用",
	"limit":       "超过银行限额",
	"refused":     "银行拒绝",
	"unavailable": "银行连不上",
}

// remediesZH are what to do about a reason. Never written to.
var remediesZH = map[string]string{
	"funds":       "请存钱或减少金额。",
	"limit":       "请减少金额或明天再付。",
	"unavailable": "请稍后再付。",
	"":            "请联系银行。",
}
