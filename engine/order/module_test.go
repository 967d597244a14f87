package order

import (
	"strings"
	"testing"

	"mpg/engine/lang"
	"mpg/store/money"
)

func TestWordsOfAModule(t *testing.T) {
	t.Parallel()
	cny, _ := money.Lookup("CNY")
	plain := Grammar{Currency: cny, Country: "CN"}
	g, err := plain.With(Word{"points", "points", lang.EN}, Word{"积分", "points", lang.ZH}, Word{"jf", "points", lang.ZH})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]Order{
		"POINTS":         {Intent: "points", Written: lang.EN},
		" points. ":      {Intent: "points", Written: lang.EN},
		"Points TO 8001": {Intent: "points", Written: lang.EN, Rest: "to 8001"},
		"积分":             {Intent: "points", Written: lang.ZH},
		"积分8001":         {Intent: "points", Written: lang.ZH, Rest: "8001"},
		"JF":             {Intent: "points", Written: lang.ZH},
		"BAL":            {Intent: Balance, Written: lang.EN},
		"please points":  {Intent: "points", Written: lang.EN},
		"ＰＯＩＮＴＳ　ａｌｌ":     {Intent: "points", Written: lang.EN, Rest: "all"},
	} {
		if got, refusal := g.Parse(text); refusal != nil || got != want {
			t.Errorf("%q: %+v %+v, want %+v", text, got, refusal, want)
		}
	}
	for _, text := range []string{"POINTS", "积分", "pointsman", "jfk"} {
		if got, refusal := plain.Parse(text); refusal == nil {
			t.Errorf("without the module %q is %+v", text, got)
		}
	}
	for _, text := range []string{"pointsman", "jfk", "poins"} {
		if got, refusal := g.Parse(text); refusal == nil {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func TestWordsThatCouldBeMisread(t *testing.T) {
	t.Parallel()
	g, err := Grammar{}.With(Word{"积分", "points", lang.ZH})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"pay": "of \"pay\"", "付": "two characters", "付分": "of \"pay\"", "余额宝": "of \"balance\"", "积分": "of \"points\"", "积分商城": "of \"points\"",
		"Points": "lower case", " points": "lower case", "p": "two characters", "": "two characters", "ye": "of \"balance\"",
	} {
		if _, err := g.With(Word{text, "other", lang.ZH}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	if _, err := g.With(Word{"payroll", "other", lang.EN}); err != nil {
		t.Errorf("payroll is not pay: %v", err)
	}
}
