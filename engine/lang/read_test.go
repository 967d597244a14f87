package lang

import (
	"strings"
	"testing"

	"mpg/store/money"
)

func TestNumeral(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int64{
		"零": 0, "〇": 0, "一": 1, "二": 2, "两": 2, "十": 10, "十二": 12, "一十二": 12, "二十": 20, "二十二": 22,
		"一百": 100, "一百零五": 105, "一百一十": 110, "两百": 200, "二百": 200, "两百五": 250, "二百五十": 250,
		"一千": 1000, "一千零五": 1005, "一千五": 1500, "一千零五十": 1050, "一千二百五": 1250, "两千": 2000,
		"一万": 10000, "两万": 20000, "三万二": 32000, "一万零五百": 10500, "十万": 100000, "二十万一千": 201000,
		"一亿": 1e8, "一亿二": 12e7, "一亿零五百万": 105e6, "十万亿": 1e13,
		"壹拾万柒仟": 107000, "壹拾万零柒仟": 107000, "二十万零三千五": 203500, "一百一十万零二千零四": 1102004,
		"壹佰贰拾捌": 128, "壹仟零伍": 1005, "貳萬": 20000, "壹拾": 10,
	} {
		if got, ok := Numeral(s); !ok || got != want {
			t.Errorf("%s: got %d %v, want %d", s, got, ok, want)
		}
	}
}

func TestNumeralRefuses(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"", "三五", "一二八", "两十", "一百两", "十两", "百", "百五", "一千二十", "一千五十", "一万五百", "一百零十",
		"一千零五百", "一万零五千", "十一万零五千", "十万零零五千", "十万零五百零", "一百一百", "一万一万", "一十十", "零五", "五零", "一零", "十十", "万", "亿", "一亿一亿", "一百二百",
		"幺", "1百", "一百a", "一百 五", "两两", "一千千", "一万万", "零百", "五百零", "一亿亿", "负一", "廿",
		strings.Repeat("亿", 60), "九千九百九十九万亿",
	} {
		if got, ok := Numeral(s); ok {
			t.Errorf("%q is read as %d", s, got)
		}
	}
}

func TestReadAmount(t *testing.T) {
	t.Parallel()
	cny := currency(t, "CNY")
	for s, want := range map[string]string{
		"一百二十八元五角": "128.50", "128块5": "128.50", "128元5角": "128.50", "128.5元": "128.50", "128.50": "128.50",
		"两百五": "250.00", "一千零五": "1005.00", "一千五": "1500.00", "三块二毛五": "3.25", "三块二毛五分": "3.25", "两万": "20000.00",
		"壹佰贰拾捌元伍角整": "128.50", "壹佰圆整": "100.00", "壹佰元正": "100.00", "五毛": "0.50", "两毛五": "0.25", "5分": "0.05",
		"两分": "0.02", "三块零五": "3.05", "三块零五分": "3.05", "3块05": "3.05", "3万": "30000.00", "1.5万": "15000.00", "3百元": "300.00",
		"壹仟陆佰捌拾元零叁角贰分": "1680.32", "壹仟陆佰捌拾元叁角贰分": "1680.32", "壹仟肆佰零玖元伍角": "1409.50", "陆仟零柒元壹角肆分": "6007.14",
		"壹拾万柒仟元零伍角叁分": "107000.53", "壹拾万零柒仟元伍角叁分": "107000.53", "叁佰贰拾伍元零肆分": "325.04", "一百元零五角": "100.50", "10元零5角": "10.50",
		"三块两毛五": "3.25", "两块两毛": "2.20", "五毛钱": "0.50", "3元2角5": "3.25", "兩百塊": "200.00", "叄拾圓": "30.00",
		"五块钱": "5.00", "两块五": "2.50", "十点五元": "10.50", "十点零五": "10.05", "一万块": "10000.00", "5塊": "5.00",
	} {
		a, err := cny.Parse(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := ReadAmount(cny, s); !ok || got != a {
			t.Errorf("%s: got %s %v, want %s", s, cny.Format(got), ok, want)
		}
	}
}

func TestReadAmountRefuses(t *testing.T) {
	t.Parallel()
	cny := currency(t, "CNY")
	for _, s := range []string{
		"", "元", "角", "分", "整", "五整", "三五元", "一百美元", "128,50元", "1,234元", "128块50", "128.5元5角", "3.128元",
		"三块二五", "两毛五毛", "五分五", "三块零", "三块零二毛", "三十一元零二角", "十元零零二角", "十元零二角零", "三块两", "元五角", "五元元", "一千五块", "两百五元", "三块十毛", "0角", "3块0毛",
		"十点", "十点一二三", "点五", "三块两", "两块两毛两分", "负五元", "-5元", "五 元", "99999999999999999", "九千万亿元", "1.5万块5",
		"三万二元", "5毛5毛", "5角5元", "五分三角", "1e3元", "1万2", "3千5",
	} {
		if got, ok := ReadAmount(cny, s); ok {
			t.Errorf("%q is read as %s", s, cny.Format(got))
		}
	}
	jpy := currency(t, "JPY")
	for _, s := range []string{"五百元", "五角", "五百日元五", "1.5日元", "十点五"} {
		if got, ok := ReadAmount(jpy, s); ok {
			t.Errorf("%q is read as %d yen", s, got)
		}
	}
}

func FuzzNumeral(f *testing.F) {
	for _, s := range []string{"两百五", "一亿零五百万", "壹佰贰拾捌", "十万亿", "一千二十", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := Numeral(s)
		if !ok {
			return
		}
		if back, ok := Numeral(zhNumber(n)); !ok || back != n {
			t.Fatalf("%q is %d, which is written %s and read %d", s, n, zhNumber(n), back)
		}
	})
}

func FuzzReadAmount(f *testing.F) {
	for _, s := range []string{"三块二毛五", "128块5", "1.5万", "壹佰元整", "十点零五", "五分", "3块05"} {
		f.Add(s)
	}
	c, _ := money.Lookup("CNY")
	f.Fuzz(func(t *testing.T, s string) {
		a, ok := ReadAmount(c, s)
		if !ok {
			return
		}
		if a < 0 || a > money.Max {
			t.Fatalf("%q is read as %d", s, a)
		}
		if back, ok := ReadAmount(c, Amount(ZH, c, a)); !ok || back != a {
			t.Fatalf("%q is %d, worded %s, read %d", s, a, Amount(ZH, c, a), back)
		}
	})
}
