package demo

import (
	"fmt"
	"strings"
	"time"

	"mpg/engine/bank/host"
	"mpg/ivr/phone"
	"mpg/smpp/pdu"
)

// Magic is a subscriber whose number's last four digits decide what goes wrong,
// so that people who build on mpg can see each failure from outside, by hand or in
// tests of their own. The simulated handset, bank and SMSC produce the failure. The
// digits are the protocol's code for it, if there is one: a SIP status, DE39 of
// ISO 8583:1987, a command_status of SMPP 3.4.
type Magic struct {
	Digits       string // the last four
	Part         string // what fails: one of the parts below
	What, WhatZH string // in a few words

	ring   phone.Behaviour // what the handset does instead of paying by itself
	keys   []string        // pressed in the call; pinKeys and wrongKeys stand for six digits
	refuse string          // DE39 of every answer of the bank
	fault  host.Kind       // of the bank
	status pdu.Status      // of submit_sm to the number
	always bool            // status is the answer every time, not twice for each text
	twice  bool            // texts of the number are delivered twice
	broke  bool            // the purse is empty
}

// The parts of the world that fail.
const (
	partNone  = "nothing"
	partPhone = "telephone"
	partBank  = "bank"
	partSMSC  = "SMSC"
)

// What a magic subscriber presses.
const (
	pinKeys   = "pin"
	wrongKeys = "wrong"
)

// How long magic handsets take.
const (
	magicRing = time.Second     // until they decide
	magicWait = 5 * time.Second // until the call counts as not answered
	magicKey  = 2 * time.Second // into a question, until they press something
	lateBy    = 9 * time.Second // delay of the bank's answer; longer than the configuration waits
)

// magics is the table of the demo's magic numbers.
var magics = []Magic{
	{Digits: "0200", Part: partNone, What: "pays by itself: answers, presses 1, keys in its PIN", WhatZH: "自动付款：接听、按1、输入密码"},

	{Digits: "0181", Part: partPhone, What: "is forwarded to another number", WhatZH: "呼叫转移", ring: phone.Behaviour{Does: phone.IsForwarded}},
	{Digits: "0204", Part: partPhone, What: "answers and presses nothing", WhatZH: "接听后不按键", keys: []string{}},
	{Digits: "0401", Part: partPhone, What: "keys in a wrong PIN three times", WhatZH: "三次输错密码", keys: []string{"1", wrongKeys, wrongKeys, wrongKeys}},
	{Digits: "0402", Part: partPhone, What: "has an empty purse", WhatZH: "钱包余额为零", broke: true},
	{Digits: "0403", Part: partPhone, What: "is barred by the network: 403", WhatZH: "被网络禁止（403）", ring: refuses(403, 0)},
	{Digits: "0404", Part: partPhone, What: "does not exist: 404", WhatZH: "空号（404）", ring: refuses(404, 0)},
	{Digits: "0408", Part: partPhone, What: "does not answer: 408", WhatZH: "无人接听（408）", ring: refuses(408, magicWait)},
	{Digits: "0480", Part: partPhone, What: "is switched off: 480", WhatZH: "已关机（480）", ring: refuses(480, 0)},
	{Digits: "0486", Part: partPhone, What: "is busy: 486", WhatZH: "占线（486）", ring: refuses(486, 0)},
	{Digits: "0499", Part: partPhone, What: "answers and hangs up", WhatZH: "接听后挂断", keys: []string{hangUpKeys}},
	{Digits: "0503", Part: partPhone, What: "the trunk cannot place the call: 503", WhatZH: "中继故障（503）", ring: refuses(503, 0)},
	{Digits: "0603", Part: partPhone, What: "declines: 603", WhatZH: "拒接（603）", ring: refuses(603, magicRing)},
	{Digits: "0607", Part: partPhone, What: "says that it did not order", WhatZH: "称不是本人操作", keys: []string{"0"}},

	{Digits: "0005", Part: partBank, What: "the bank answers 05: do not honour", WhatZH: "银行应答05：不予承兑", refuse: "05"},
	{Digits: "0051", Part: partBank, What: "the bank answers 51: not enough in the account", WhatZH: "银行应答51：账户余额不足", refuse: "51"},
	{Digits: "0054", Part: partBank, What: "the bank answers 54: the card has expired", WhatZH: "银行应答54：卡已过期", refuse: "54"},
	{Digits: "0061", Part: partBank, What: "the bank answers 61: the limit is exceeded", WhatZH: "银行应答61：超出限额", refuse: "61"},
	{Digits: "0068", Part: partBank, What: "the bank books the payment but answers too late", WhatZH: "银行已记账，应答太迟", fault: host.LateAnswer},
	{Digits: "0091", Part: partBank, What: "the bank answers 91: the issuer is unavailable", WhatZH: "银行应答91：发卡行不可用", refuse: "91"},
	{Digits: "0096", Part: partBank, What: "the bank answers 96: system malfunction", WhatZH: "银行应答96：系统故障", refuse: "96"},
	{Digits: "0098", Part: partBank, What: "the bank books the payment but drops the connection that all orders share: try it alone", WhatZH: "银行已记账，并中断所有订单共用的连接：请单独试", fault: host.DropAfter},
	{Digits: "0099", Part: partBank, What: "the bank books the payment but never answers", WhatZH: "银行已记账，不应答", fault: host.Silence},

	{Digits: "0011", Part: partSMSC, What: "no text can be delivered to it: 0x0B", WhatZH: "短信无法送达：0x0B", status: pdu.RInvDstAdr, always: true},
	{Digits: "0020", Part: partSMSC, What: "the SMSC's queue is full twice for each text: 0x14", WhatZH: "每条短信两次遇队列满：0x14", status: pdu.RMsgQFul},
	{Digits: "0088", Part: partSMSC, What: "the SMSC throttles each text twice: 0x58", WhatZH: "每条短信两次被限流：0x58", status: pdu.RThrottled},
	{Digits: "0208", Part: partSMSC, What: "the SMSC delivers each of its texts twice", WhatZH: "发出的短信重复投递", twice: true},
}

// hangUpKeys stands for hanging up among the keys.
const hangUpKeys = "hang up"

func refuses(code int, after time.Duration) phone.Behaviour {
	return phone.Behaviour{Does: phone.Refuses, Code: code, Ring: after}
}

// The numbers and bank accounts of magic subscribers, before the last four digits.
const (
	magicNumbers  = "+861380000"
	magicAccounts = "622202020000000"
)

// magicOf finds what the last digits of a number, in any form, stand for.
func magicOf(number string) (Magic, bool) {
	if len(number) >= 4 {
		for _, m := range magics {
			if strings.HasSuffix(number, m.Digits) {
				return m, true
			}
		}
	}
	return Magic{}, false
}

// person returns the demo's subscriber with the number.
func (m Magic) person(pin string) Person {
	p := Person{Number: magicNumbers + m.Digits, Name: "Number " + m.Digits, NameZH: m.Digits + "号", PIN: pin, TopUp: "500.00",
		Bank: bankName, BankAccount: magicAccounts + m.Digits, BankBalance: "1000.00", Magic: m.Digits}
	if m.broke {
		p.TopUp = ""
	}
	return p
}

// behaviour returns what the handset of the number does when it is called. pin is
// empty for a number that is not in this demo: it can fail, but not pay.
func (m Magic) behaviour(pin string) (phone.Behaviour, bool) {
	if m.ring.Does != phone.Answers {
		return m.ring, true
	}
	if pin == "" {
		return phone.Behaviour{}, false
	}
	keys := m.keys
	if keys == nil {
		keys = []string{"1", pinKeys}
	}
	b := phone.Behaviour{Does: phone.Answers, Ring: magicRing}
	for _, k := range keys {
		act := phone.Act{Wait: phone.Speech, Delay: magicKey, Keys: k}
		switch k {
		case pinKeys:
			act.Keys = pin
		case wrongKeys:
			act.Keys = wrongPIN(pin)
		case hangUpKeys:
			act = phone.Act{Wait: phone.Speech, Delay: magicKey, HangUp: true}
		}
		b.Acts = append(b.Acts, act)
	}
	return b, true
}

// wrongPIN returns six digits that are not the PIN.
func wrongPIN(pin string) string {
	last := (pin[len(pin)-1]-'0'+1)%10 + '0'
	return pin[:len(pin)-1] + string(last)
}

// MagicHelp lists the magic numbers, one on a line, under the part that fails.
func MagicHelp() string {
	var b strings.Builder
	for i, m := range magics {
		if i == 0 || magics[i-1].Part != m.Part {
			fmt.Fprintf(&b, "  %s\n", magicHeads[m.Part])
		}
		fmt.Fprintf(&b, "    …%s  %s\n", m.Digits, m.What)
	}
	return b.String()
}

// magicHeads holds the heading of each part.
var magicHeads = map[string]string{
	partNone:  "Nothing fails",
	partPhone: "The call",
	partBank:  "The bank, for orders that end in BANK",
	partSMSC:  "The SMSC",
}
