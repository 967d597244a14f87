package lang_test

import (
	"fmt"
	"time"

	"mpg/engine/lang"
	"mpg/engine/sheet"
	"mpg/store/money"
)

// A text is a key and what it is about, and is worded when it is sent. Each fits one
// short message in both languages.
func ExampleSMS() {
	cny, _ := money.Lookup("CNY")
	about := lang.Args{Ref: "B2HLGHUA", Amount: 12850, Balance: 37150, Currency: cny, At: time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC),
		Party: lang.Party{Code: "8001", Name: lang.Name{EN: "Bluebird Florist", ZH: "蓝鸟花店"}}}
	fmt.Println(lang.SMS(lang.EN, lang.PaidPurse, about))
	fmt.Println(lang.SMS(lang.ZH, lang.PaidPurse, about))
	about.Tries, about.Minutes = 2, 8
	fmt.Println(lang.SMS(lang.EN, lang.WrongPIN, about))
	// Output:
	// B2HLGHUA: you paid CNY 128.50 to Bluebird Florist from your purse on 22 Nov 14:05. Balance CNY 371.50.
	// 已用钱包付给蓝鸟花店：128.50元，余额371.50元。单号B2HLGHUA，11-22 14:05。
	// Wrong PIN, 2 tries left. B2HLGHUA, CNY 128.50 to Bluebird Florist: nothing was taken. Reply AGAIN within 8 min for another call.
}

// A person is shown to others by a number whose middle is hidden.
func ExampleMask() {
	fmt.Println(lang.Mask("+8613800000002"))
	fmt.Println(lang.Mask("+254712345678"))
	fmt.Println(lang.Mask("8888"))
	// Output:
	// 138****0002
	// +254****5678
	// ****88
}

// Amounts in Chinese words are read back exactly, or not at all.
func ExampleReadAmount() {
	cny, _ := money.Lookup("CNY")
	for _, words := range []string{"一百二十八元五角", "三块二毛五", "128块5", "壹佰元整", "三五块"} {
		amount, ok := lang.ReadAmount(cny, words)
		fmt.Println(words, cny.Format(amount), ok)
	}
	// Output:
	// 一百二十八元五角 128.50 true
	// 三块二毛五 3.25 true
	// 128块5 128.50 true
	// 壹佰元整 100.00 true
	// 三五块 0.00 false
}

// An operator puts texts in place of the built-in ones. One that lacks what it has to say,
// or does not fit in one message, is refused.
func ExampleTexts_With() {
	own, _ := sheet.Read("own.toml", "[en.sms]\noffers-on = \"You will get our offers. To stop: STOP.\"\n")
	texts, err := lang.Builtin().With(&own)
	fmt.Println(lang.Operator{Service: lang.Name{EN: "SKYPAY"}, Texts: texts}.SMS(lang.EN, lang.OffersOn, lang.Args{}), err)
	own, _ = sheet.Read("own.toml", "[en.sms]\nbalance = \"You have some money{at}.\"\n")
	_, err = lang.Builtin().With(&own)
	fmt.Println(err)
	// Output:
	// SKYPAY: You will get our offers. To stop: STOP. <nil>
	// own.toml:2: en.sms.balance: lacks {balance}, which this text must have
}
