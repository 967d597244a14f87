package lang

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mpg/store/money"
)

// tableMin is how many amounts each table must hold.
const tableMin = 60

func currency(t testing.TB, code string) money.Currency {
	t.Helper()
	c, ok := money.Lookup(code)
	if !ok {
		t.Fatalf("no currency %s", code)
	}
	return c
}

func TestAmountTables(t *testing.T) {
	t.Parallel()
	cny := currency(t, "CNY")
	for _, l := range []Lang{ZH, EN} {
		f, err := os.Open("testdata/" + string(l) + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		rows := 0
		for in := bufio.NewScanner(f); in.Scan(); {
			number, words, ok := strings.Cut(in.Text(), " ")
			if !ok || number == "#" {
				continue
			}
			a, err := cny.Parse(number)
			if err != nil {
				t.Fatalf("%s: %v", number, err)
			}
			if got := Amount(l, cny, a); got != words {
				t.Errorf("%s %s: got %s, want %s", l, number, got, words)
			}
			rows++
		}
		_ = f.Close()
		if rows < tableMin {
			t.Errorf("%s: %d amounts, want %d", l, rows, tableMin)
		}
	}
}

func TestAmountOfOtherCurrencies(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		code   string
		a      money.Amount
		zh, en string
	}{
		{"USD", 12850, "一百二十八美元五十美分", "one hundred twenty-eight dollars and fifty cents"},
		{"USD", 101, "一美元一美分", "one dollar and one cent"},
		{"USD", 2, "两美分", "two cents"},
		{"HKD", 250, "两港元五角", "two Hong Kong dollars and fifty cents"},
		{"JPY", 500, "五百日元", "five hundred yen"},
		{"GBP", 201, "两英镑一便士", "two pounds and one penny"},
		{"KWD", 1234, "一科威特第纳尔两百三十四费尔", "one Kuwaiti dinar and two hundred thirty-four fils"},
		{"CHF", 12850, "一百二十八点五零瑞士法郎", "one hundred twenty-eight Swiss francs and fifty centimes"},
		{"CHF", 200, "两瑞士法郎", "two Swiss francs"},
		{"CHF", 2, "零点零二瑞士法郎", "two centimes"},
		{"SEK", 101, "一点零一瑞典克朗", "one point zero one Swedish kronor"},
		{"SEK", 100, "一瑞典克朗", "one Swedish krona"},
		{"TWD", 2250, "二十二点五零元新台币", "twenty-two point five zero New Taiwan dollars"},
		{"MOP", 250, "两澳门元五角", "two point five zero Macau patacas"},
		{"AUD", 12850, "一百二十八澳元五十分", "one hundred twenty-eight Australian dollars and fifty cents"},
		{"AUD", 105, "一澳元五分", "one Australian dollar and five cents"},
		{"RUB", 250, "两卢布五十戈比", "two rubles and fifty kopecks"},
		{"VND", 50000, "五万越南盾", "fifty thousand Vietnamese dong"},
		{"OMR", 1234, "一点二三四阿曼里亚尔", "one point two three four Omani rials"},
		{"CNY", 2222, "二十二元二角二分", "twenty-two yuan and twenty-two fen"},
		{"CNY", 22, "两角二分", "twenty-two fen"},
		{"CNY", 200, "两元", "two yuan"},
		{"CNY", 220, "两元二角", "two yuan and twenty fen"},
		{"ISK", 500, "五百 I S K", "five hundred I S K"},
		{"XCG", 12850, "一百二十八点五零 X C G", "one hundred twenty-eight point five zero X C G"},
		{"XCG", 200, "二 X C G", "two X C G"},
		{"CNY", -250, "负两元五角", "minus two yuan and fifty fen"},
	} {
		c := currency(t, row.code)
		if got := Amount(ZH, c, row.a); got != row.zh {
			t.Errorf("%s: got %s, want %s", row.code, got, row.zh)
		}
		if got := Amount(EN, c, row.a); got != row.en {
			t.Errorf("%s: got %s, want %s", row.code, got, row.en)
		}
	}
}

// drawAmount draws amounts of all sizes, and often ones with zeros inside.
func drawAmount(t *rapid.T) money.Amount {
	digits := rapid.SliceOfN(rapid.SampledFrom([]int{0, 0, 0, 1, 2, 2, 5, 9}), 1, 15).Draw(t, "digits")
	a := money.Amount(0)
	for _, d := range digits {
		a = a*10 + money.Amount(d)
	}
	return a
}

func TestChineseIsReadBack(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"CNY", "HKD", "JPY"} {
		c := currency(t, code)
		rapid.Check(t, func(t *rapid.T) {
			a := drawAmount(t)
			words := Amount(ZH, c, a)
			if got, ok := ReadAmount(c, words); !ok || got != a {
				t.Fatalf("%d is worded %s and read %d, %v", a, words, got, ok)
			}
		})
	}
}

func TestEnglishIsReadBack(t *testing.T) {
	t.Parallel()
	cny := currency(t, "CNY")
	rapid.Check(t, func(t *rapid.T) {
		a := drawAmount(t)
		words := Amount(EN, cny, a)
		if got := readEnglish(t, words); got != a {
			t.Fatalf("%d is worded %s and read %d", a, words, got)
		}
	})
}

// readEnglish is a reader of its own for English amounts of CNY.
func readEnglish(t *rapid.T, words string) money.Amount {
	small := strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens := strings.Fields("_ _ twenty thirty forty fifty sixty seventy eighty ninety")
	scales := map[string]money.Amount{"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
	var sum, total, group money.Amount
	for word := range strings.FieldsSeq(strings.ReplaceAll(words, "-", " ")) {
		switch {
		case word == "and":
		case word == "hundred":
			group *= 100
		case word == "yuan":
			sum, total, group = sum+(total+group)*100, 0, 0
		case word == "fen":
			sum, total, group = sum+total+group, 0, 0
		case scales[word] > 0:
			total, group = total+group*scales[word], 0
		case slices.Contains(small, word):
			group += money.Amount(slices.Index(small, word))
		case slices.Contains(tens, word):
			group += money.Amount(10 * slices.Index(tens, word))
		default:
			t.Fatalf("unknown word %q in %q", word, words)
		}
	}
	return sum
}

func TestAmountsAreNotWordedAlike(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"CNY", "USD", "JPY", "KWD", "CHF", "AUD", "TWD", "OMR", "SEK", "XCG"} {
		for _, l := range []Lang{ZH, EN} {
			c, seen := currency(t, code), map[string]money.Amount{}
			for i := range money.Amount(20_000) {
				for _, a := range []money.Amount{i, i*997 + 20_000_000} {
					words := Amount(l, c, a)
					if b, twice := seen[words]; twice && a != b {
						t.Fatalf("%s: %d and %d are both %s", code, a, b, words)
					}
					seen[words] = a
				}
			}
		}
	}
}

// Every name belongs to a currency, and none has a minor unit that the currency lacks.
func TestCoinsAreCurrencies(t *testing.T) {
	t.Parallel()
	said := map[string]string{}
	for code, coin := range coins {
		c := currency(t, code)
		if c.Exponent == 0 && (coin.zhMinor != "" || coin.cent != "" || coin.jiaoFen) {
			t.Errorf("%s has no minor unit", code)
		}
		if coin.jiaoFen && c.Exponent != 2 {
			t.Errorf("%s is not counted in hundredths", code)
		}
		if coin.zh == "" || coin.one == "" || coin.many == "" || (coin.cent == "") != (coin.cents == "") {
			t.Errorf("%s: %+v", code, coin)
		}
		for _, name := range []string{coin.zh, coin.many} {
			if other, twice := said[name]; twice && other != code {
				t.Errorf("%s and %s are both called %s", code, other, name)
			}
			said[name] = code
		}
	}
}

func ExampleAmount() {
	c, _ := money.Lookup("CNY")
	fmt.Println(Amount(ZH, c, 2012804))
	fmt.Println(Amount(EN, c, 12850))
	// Output:
	// 两万零一百二十八元零四分
	// one hundred twenty-eight yuan and fifty fen
}

func BenchmarkAmountZH(b *testing.B) {
	c := currency(b, "CNY")
	b.ReportAllocs()
	for b.Loop() {
		Amount(ZH, c, 2012804)
	}
}
