// Package lang is all that mpg says to people, in Chinese and English: the
// texts by SMS, the sentences of a call, and how amounts, times, references and
// numbers are written for the eye and worded for the ear.
//
// A text is a Key and Args; the outbox keeps those, and SMS words the text when it is sent.
// What the texts say is data: texts_en.toml and texts_zh.toml hold the words and may be
// changed freely, by a translator too, and an operator's file may replace any of them
// (Texts.With in judge.go says what such a file may contain; the tests check the built-in
// texts by the same rules). texts.go reads them into Texts, a value that is handed on and
// never changes; wording.go fills them in; zh.go, en.go and coin.go word numbers and money;
// read.go reads Chinese numerals back for engine/order.
//
// No text holds a link, a subscriber's full number, or an order that mpg does not
// know, and each says what to do next. Operator adds the number to call and the
// name of the service. name.go and mask.go say what a party is called, in texts
// and by voice. The package is pure; it imports engine/sheet for the form of the files,
// store/money, and golang.org/x/text to bring names into the GSM alphabet.
package lang

import "strings"

// Lang is a language that mpg speaks. The empty Lang is none chosen; texts are
// then English.
type Lang string

// The languages.
const (
	ZH Lang = "zh" // Mandarin, simplified characters
	EN Lang = "en" // English
)

// Parse reads a language as people write it: en, English, 英文, zh-CN, 中文.
func Parse(text string) (Lang, bool) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "zh", "zh-cn", "zh_cn", "cn", "chinese", "mandarin", "zw", "zhongwen", "中文", "中", "汉语", "华语", "普通话", "国语":
		return ZH, true
	case "en", "en-us", "en-gb", "english", "yw", "yingwen", "英文", "英", "英语":
		return EN, true
	}
	return "", false
}
