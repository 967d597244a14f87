package demo

import "fmt"

// Banner returns what is printed for the user: each line is something to do, with the
// program named as the user called it. It shows the PINs of the demo's people, which
// protect nothing.
func (w *World) Banner() []string {
	wang, li := w.people.Subscribers[0], w.people.Subscribers[1]
	program, phone := w.opt.Program, "phone"
	if !w.first {
		phone += " --demo " + w.port()
	}
	return []string{
		"mpg demo   nothing leaves this machine; data is temporary, Ctrl-C ends it and removes it",
		"  Open       " + w.URL(),
		fmt.Sprintf("  Wang Fang  %s  purse CNY %s  bank CNY %s  PIN %s", wang.Number, wang.TopUp, wang.BankBalance, wang.PIN),
		fmt.Sprintf("  Li Lei     %s  purse CNY 0.00  PIN %s", li.Number, li.PIN),
		"  Shops      8001 BLUEBIRD FLORIST 蓝鸟花店   8002 CITY PARKING 城市停车   8003 POWER BILLS 电费   8004 EAST FUEL 东方加油站",
		"  Try        on Wang Fang's phone, to " + ShortCode + ":  PAY 8001 128.50   or   付 8001 128.50; answer, press 1, key the PIN",
		"  From bank  PAY 8001 45 BANK   By card  PAY 8001 300 CARD   To a person  SEND 20 13800000002   Balance  BAL",
		fmt.Sprintf("  Terminal   %s %s %s   (a line is a text; !answer, then !1 and !pin press keys)", program, phone, wang.Number),
		fmt.Sprintf("  Commands   %s account show purse:%s -c %s", program, wang.Number, w.Path()),
		fmt.Sprintf("  Break it   the switches on the page, or a magic number: …0486 is busy, …0051 has no funds (%s demo --help)", program),
		fmt.Sprintf("  Watch      %s demo --script all-four --exit   plays the four products and checks every balance", program),
	}
}
