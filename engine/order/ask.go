package order

import "strings"

// personal reads what people order of each other, beside SEND.
type personal struct{ *parser }

// askSwitches follow ASK alone: whether requests of others may come. Never written to.
var askSwitches = map[string]Intent{
	"off": AskOff, "none": AskOff, "关": AskOff, "关闭": AskOff, "停": AskOff, "停止": AskOff,
	"on": AskOn, "开": AskOn, "开启": AskOn, "打开": AskOn,
}

// ask reads ASK AMOUNT NUMBER, as send does, ASK OFF and ASK ON. The person asked chooses
// where the money comes from.
func (p personal) ask(text string) (Order, *Refusal) {
	//lint:ignore SA1024 a mark may both begin and end a text
	if switched, ok := askSwitches[strings.Trim(text, endings+beginnings)]; ok {
		return Order{Intent: switched, Written: p.written}, nil
	}
	order, refusal := p.send(text, Ask)
	if refusal == nil && order.Source != "" {
		return p.refuse(BadSource, Ask)
	}
	return order, refusal
}
