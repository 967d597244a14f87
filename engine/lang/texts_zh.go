package lang

// textsZH are the texts in Chinese: 70 UTF-16 units with the longest values.
// Names in braces are filled in by wording.value; between two of them stands
// what neither may be read across. The map is never written to.
var textsZH = map[Key]string{
	PaidPurse:        "已用钱包付给{party}：{amount}，余额{balance}。单号{ref}{at}。",
	PaidBank:         "已从银行账户付给{party}：{amount}，不可撤销。单号{ref}{at}。",
	SentPurse:        "已用钱包转给{party}：{amount}，余额{balance}。单号{ref}{at}。",
	ReceivedMerchant: "收到{party}付款：{amount}。单号{ref}{at}。",
	ReceivedPurse:    "收到{party}转来：{amount}，余额{balance}。单号{ref}{at}。",
	TopUp:            "钱包已充值{amount}，余额{balance}。单号{ref}{at}。",
	Corrected:        "运营商更正误充{of}：收回{amount}，余额{balance}。单号{ref}{at}。",

	NotUnderstood:      "{why}。{todo}",
	ReplyYes:           "要再付一次请回“是”。不付则不必理会，不会扣款。",
	NotNow:             "已按您的要求不付款，未扣款。",
	NotAgain:           "已按您的要求不再付款，没有再次扣款。",
	TooLong:            "短信过长，无法处理，未扣款。请只发指令，如：付 商家编号 金额",
	CannotRead:         "短信无法识别，未扣款。请只发文字，如：付 商家编号 金额",
	UnknownShop:        "没有编号为{code}的商家，未扣款。请向商家核对编号后重发。",
	NotRegistered:      "此号码未开通支付。请致电{care}开通，然后发：付 商家编号 金额",
	PayeeNotRegistered: "{party}未开通支付，未扣款。请核对号码，或请对方联系其运营商开通。",
	Yourself:           "这是您自己的号码，未扣款。转账请发：转 金额 对方手机号",
	Funds:              "钱包余额不足，差{short}，未扣款。请到运营商处充值，或减少金额。",
	OverPayment:        "单笔最多{limit}，未扣款。请减少金额，或致电{care}提高限额。",
	OverDay:            "超过每日限额{limit}，未扣款。请减少金额，或明天再付。",
	NoBankAccount:      "您的号码未绑定银行账户，未扣款。去掉“银行”可用钱包付，或致电{care}绑定。",
	NoSource:           "不支持这种付款方式，未扣款。用钱包付请发：付 商家编号 金额",
	NoPIN:              "您还没有支付密码，未扣款。请发“改密”，我们会致电请您设置，然后再付款。",
	BankClosed:         "银行暂时无法连接，未扣款。请稍后重发，或去掉“银行”用钱包付。",
	OpenOrder:          "有一笔付款待确认：付给{party}：{amount}。不付请回“否”，或等待其结束。未另下单。",
	AtBank:             "银行正在处理：付给{party}：{amount}。请勿再付，有结果即发短信。",
	AskUnpaid:          "您{when}发过相同指令（{ref}），未付给{party}：{amount}。要付请五分钟内回“是”。",
	AskAgain:           "您{when}发过相同指令（{ref}）：付给{party}：{amount}。要再付请五分钟内回“是”。",
	CallSoon:           "付给{party}：{amount}（{ref}）。线路忙，稍后致电给您。不付请回“否”。",
	TryLater:           "现在无法给您打电话，未扣款。请稍后再发一次。",
	CallsSpent:         "给您致电的次数已达上限，未扣款。请{minutes}后再发指令。",
	NothingOpen:        "没有待确认的付款，无需取消或确认。要付款请发：付 商家编号 金额",
	NothingOpenPaid:    "没有待付款项。上一笔{ref}已付给{party}：{amount}。退款请联系对方或致电{care}。",

	LineBusy:    "您的电话占线，付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”重试。",
	NoAnswer:    "您未接电话，付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”重试。",
	CallRefused: "电话被拒接，付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”重试。",
	HungUp:      "通话提前结束，付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”重试。",
	NoKeys:      "没有收到按键，付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”重试。",
	CutOff:      "通话中断了，付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”重试。",
	CallFailed:  "电话没有打通，付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”重试。",
	WrongPIN:    "密码错，还可试{tries}。付给{party}：{amount}，未扣款（{ref}）。{minutes}内回“再拨”。",

	Locked:         "密码多次输错，已锁定。未扣款。请致电{care}解锁。",
	NotMe:          "您表示不是本人操作：未扣款，未改动，您号码的支付已停用。请致电{care}。",
	NotMeTooLate:   "您表示不是本人，但{ref}付给{party}：{amount}已确认。支付已停用，请致电{care}。",
	Blocked:        "您号码的支付已停用，未扣款。请致电{care}。收款不受影响。",
	Stopped:        "已按您的要求取消：付给{party}：{amount}，未扣款（{ref}）。需要时请重新发。",
	StoppedBlocked: "您的支付已停用，已取消：付给{party}：{amount}，未扣款（{ref}）。请致电{care}。",
	TooLate:        "来不及取消：付给{party}：{amount}，银行已在处理（{ref}）。有结果即发短信。",
	Expired:        "付给{party}：{amount}，已过期，未扣款（{ref}）。如需付款请重新发。",
	Declined:       "付给{party}：{amount}未成功：{reason}，未扣款（{ref}）。{remedy}",
	BankDown:       "银行暂时无法连接，付给{party}：{amount}，未扣款（{ref}）。请稍后重新发。",
	Checking:       "付给{party}：{amount}，银行核实中（{ref}）。请勿再付，等短信通知，详询{care}。",
	Doubt:          "付给{party}：{amount}，银行未告知结果（{ref}），我们会查清并短信通知。请勿再付。",
	NotPaid:        "付给{party}：{amount}，未成功（{ref}）。银行如已扣款，已通知其退回。可重新发。",
	NotPaidShop:    "{party}付款：{amount}，未成功（{ref}）。请勿按已收处理，顾客可重新付款。",

	BalanceNow:       "钱包余额{balance}{at}。",
	LastItems:        "最近：",
	LastNone:         "还没有付款记录。要付款请发：付 商家编号 金额",
	HelpText:         "付款：付 商家号 金额（加“银行”走银行）；转账：转 金额 手机号；余额；明细；取消：否；重拨：再拨；改密。切勿发密码",
	OffersOff:        "优惠短信已停。收据和安全短信照发。要恢复请致电{care}。",
	OffersOffStopped: "已取消：付给{party}：{amount}，未扣款（{ref}）。优惠短信也已停，收据照发。",
	OffersOffTooLate: "优惠短信已停。来不及取消：付给{party}：{amount}，银行已在处理（{ref}）。",
	OffersOffPaid:    "优惠短信已停。上一笔{ref}已付给{party}：{amount}。退款请联系对方或致电{care}。",
	LanguageSet:      "以后用中文与您联系。要改英文请发：语言 EN",
	PINWarning:       "切勿用短信发密码，我们从不索要。如果那是您的密码，请立即发“改密”，我们会致电请您更换。",
	PINChanged:       "支付密码已设置。若非本人操作，请立即致电{care}。",
	PINUnchanged:     "支付密码未更改。如要重试请发“改密”。",
	PINReset:         "运营商已重置您的支付密码。设新密码请发“改密”，我们会致电。若非您要求，请立即致电{care}。",
}

// promptsZH are the sentences of a call in Chinese. The map is never written to.
var promptsZH = map[Prompt][]string{
	Guard:       {"您好，这里是手机支付。", "有一笔付款等您确认。", "收听请按一。", "如非本人操作，请按零。"},
	Details:     {"您要付款给{spoken-party}。", "…金额是{spoken-amount}。"},
	FromPurse:   {"用钱包付款。"},
	Irrevocable: {"这笔钱直接从您的银行账户付出，付后不能撤销。"},
	AskPIN:      {"确认付款，请输入六位支付密码。", "慢速重听请按星号键。", "如非本人操作，请按零和井号键。"},
	AskPINAgain: {"金额是{spoken-amount}。", "请输入六位支付密码。", "慢速重听请按星号键。"},
	PINWrong:    {"密码错误。", "还可以试{tries}。"},
	PINShort:    {"密码是六位数字。"},
	PINGoOn:     {"请接着输入密码。", "要从头输入请按星号键。"},
	PINLocked:   {"密码错误，您的密码已锁定。", "没有扣款。", "请联系运营商解锁。"},
	Paid:        {"谢谢，已付{spoken-amount}。", "收据会用短信发给您。", "再见。"},
	Texting:     {"谢谢，银行还在处理这笔付款。", "请不要再付，有结果我们发短信给您。", "再见。"},
	Refused:     {"付款没有成功，{reason}。", "没有扣款。", "再见。"},
	StoppedCall: {"这笔付款已经停止。", "不再进行任何操作，再见。"},
	ExpiredCall: {"这笔付款已经过期，没有扣款。", "要付款请重新发短信，再见。"},
	NotMeDone:   {"谢谢，没有做任何操作，您号码的支付已停用。", "请联系运营商，再见。"},
	NotMeLate:   {"谢谢，您号码的支付已停用，但这笔付款此前已确认。", "请联系运营商，再见。"},
	Ask1Again:   {"这里是手机支付。", "继续请按一。", "如非本人操作，请按零。"},
	Bye:         {"没有扣款，再见。"},

	GuardPIN:    {"您好，这里是手机支付。", "您要设置支付密码。", "继续请按一。", "如非本人操作，请按零。"},
	AskOldPIN:   {"请输入现在的六位密码。"},
	AskNewPIN:   {"请输入新的六位密码。"},
	AskNewAgain: {"请再输入一次新密码。"},
	PINMismatch: {"两次输入的密码不一样。"},
	PINWeak:     {"这个密码太容易猜到，请换一个。"},
	ByePIN:      {"密码没有更改，再见。"},
	PINDone:     {"谢谢，密码已经设好。", "请不要告诉任何人，再见。"},
}

// reasonsZH word Args.Reason. Never written to.
var reasonsZH = map[string]string{
	"purse":       "钱包余额不足",
	"funds":       "账户余额不足",
	"account":     "账户不可用",
	"limit":       "超过银行限额",
	"refused":     "银行拒绝",
	"unavailable": "银行无法连接",
}

// remediesZH say what to do about each reason, by Args.Reason. Never written to.
var remediesZH = map[string]string{
	"purse":       "请充值或减少金额。",
	"funds":       "请存款或减少金额。",
	"limit":       "请减少金额或明天再付。",
	"unavailable": "请稍后再付。",
	"":            "详询银行或{care}。",
}

// whysZH say why a text was not understood, by order.Reason; the empty one is
// for all others. Never written to.
var whysZH = map[string]string{
	"code":        "没有找到商家编号，这条短信没有付款",
	"number":      "没有找到收款手机号，这条短信没有付款",
	"amount":      "无法识别金额，这条短信没有付款",
	"zero":        "金额为零，这条短信没有付款",
	"decimals":    "金额小数位太多，这条短信没有付款",
	"range":       "金额太大，这条短信没有付款",
	"currency":    "不支持这种货币，这条短信没有付款",
	"two numbers": "短信里不止一个数字，这条短信没有付款",
	"source":      "无法确定从哪里付款，这条短信没有付款",
	"language":    "不支持这种语言",
	"too much":    "无法确定整条短信的意思，这条短信没有付款",
	"confirm":     "只有回“是”才算确认，这条短信没有付款",
	"":            "无法识别，这条短信没有付款",
}
