package lang

import (
	"strings"
	"testing"
	"time"
)

func TestVoice(t *testing.T) {
	t.Parallel()
	a := Args{Amount: 12850, Currency: currency(t, "CNY"), Party: Party{Name: Name{ZH: "青鸟花店"}, Code: "8001"}, Tries: 2}
	withFee := Args{Amount: 12979, Figures: Figures{Fee: 129}, Currency: a.Currency, Party: Party{Code: "8001"}}
	for _, row := range []struct {
		l    Lang
		p    Prompt
		a    Args
		want string
	}{
		{ZH, Details, a, "您要付款给青鸟花店，商家八 零 零 幺。|…金额是一百二十八元五角。"},
		{EN, Details, Args{Amount: 2000, Currency: a.Currency, Party: Party{Number: "+8613800000002"}}, "Payment to mobile number one three eight, zero zero zero zero, zero zero zero two.|… The amount is twenty yuan."},
		{EN, Details, Args{Amount: 2000, Currency: a.Currency, Party: Party{Number: "+441632960961", Name: Name{EN: "Li Lei", ZH: "李雷"}}},
			"Payment to Li L, mobile number four four one six, three two nine six, zero nine six one.|… The amount is twenty yuan."},
		{ZH, Details, Args{Amount: 2000, Currency: a.Currency, Party: Party{Number: "+8613800000002", Name: Name{EN: "Li Lei", ZH: "李雷"}}},
			"您要转账给李姓用户，手机号幺 三 八，零 零 零 零，零 零 零 二。|…金额是二十元。"},
		{ZH, DetailsFee, withFee, "您要付款给商家八 零 零 幺。|…金额是一百二十八元五角。|手续费是一元二角九分。|您一共付一百二十九元七角九分。"},
		{EN, DetailsFee, withFee, "Payment to shop eight, zero, zero, one.|… The amount is one hundred twenty-eight yuan and fifty fen.|The fee is one yuan and twenty-nine fen.|In all, you pay one hundred twenty-nine yuan and seventy-nine fen."},
		{ZH, DetailsUpTo, a, "您要付款给青鸟花店，商家八 零 零 幺。|…金额最多一百二十八元五角。"},
		{EN, DetailsUpToFee, withFee, "Payment to shop eight, zero, zero, one.|… The amount is up to one hundred twenty-eight yuan and fifty fen.|The fee is up to one yuan and twenty-nine fen.|In all, you pay up to one hundred twenty-nine yuan and seventy-nine fen."},
		{ZH, FromPurse, a, "用钱包付款。"},
		{EN, FromPurse, a, "It will be paid from your purse."},
		{ZH, Details, Args{Amount: 200, Currency: a.Currency, Party: Party{Code: "8001"}}, "您要付款给商家八 零 零 幺。|…金额是两元。"},
		{ZH, PINWrong, a, "密码错误。|还可以试两次。"},
		{EN, PINWrong, Args{Tries: 1}, "That PIN is wrong.|You have 1 try left."},
		{EN, Refused, Args{Reason: "funds"}, "The payment was not made: not enough money in your account.|Nothing was taken.|Goodbye."},
		{EN, Refused, Args{Reason: "new"}, "The payment was not made: the bank refused it.|Nothing was taken.|Goodbye."},
	} {
		if got := strings.Join(Voice(row.l, row.p, row.a), "|"); got != row.want {
			t.Errorf("%s %s:\ngot  %s\nwant %s", row.l, row.p, got, row.want)
		}
	}
	if got := Voice(EN, "no such", a); len(got) != 0 {
		t.Errorf("an unknown prompt says %q", got)
	}
}

func TestNamesArePartlySaid(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		l    Lang
		name Name
		want string
	}{
		{ZH, Name{ZH: "李雷"}, "李姓用户"}, {ZH, Name{ZH: "王小明"}, "王姓用户"}, {ZH, Name{ZH: "欧阳娜娜"}, "欧阳姓用户"}, {ZH, Name{ZH: "欧阳"}, "欧姓用户"}, {ZH, Name{ZH: "李"}, "李姓用户"},
		{ZH, Name{EN: "Li Lei"}, "Li L"}, {EN, Name{EN: "Li Lei", ZH: "李雷"}, "Li L"}, {EN, Name{EN: "Anna Maria Berg"}, "Anna B"}, {EN, Name{EN: "madonna"}, "M"},
		{EN, Name{ZH: "李雷"}, ""}, {EN, Name{}, ""}, {ZH, Name{EN: "  "}, ""},
	} {
		if got := maskedName(row.l, row.name); got != row.want {
			t.Errorf("%s %+v: got %q, want %q", row.l, row.name, got, row.want)
		}
	}
}

// A voicemail may be listening to the guards.
func TestGuardsTellNothing(t *testing.T) {
	t.Parallel()
	for _, p := range []Prompt{Guard, GuardPIN, Ask1Again} {
		for _, s := range [][]string{Builtin().en.call[p], Builtin().zh.call[p]} {
			if len(s) == 0 || strings.Contains(strings.Join(s, ""), "{") {
				t.Errorf("%s tells a value: %q", p, s)
			}
		}
	}
}

func TestSentencesAreFinished(t *testing.T) {
	t.Parallel()
	for _, l := range []Lang{ZH, EN} {
		for p := range Builtin().en.call {
			for _, s := range Voice(l, p, Args{Amount: 1, Currency: currency(t, "CNY")}) {
				if !strings.HasSuffix(s, map[Lang]string{ZH: "。", EN: "."}[l]) {
					t.Errorf("%s: %q", p, s)
				}
			}
		}
	}
}

func TestRef(t *testing.T) {
	t.Parallel()
	if got := Ref(EN, "7k41"); got != "seven, K, four, one" {
		t.Error(got)
	}
	if got := Ref(ZH, "7K-41"); got != "七 K 四 幺" {
		t.Error(got)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 22, 14, 5, 0, 0, time.UTC)
	for got, want := range map[string]string{
		Time(ZH, at): "14:05", Date(EN, at): "22 Nov 2026", Date(ZH, at): "2026年11月22日",
		SpokenTime(ZH, at): "十四点零五分", SpokenTime(EN, at): "fourteen oh five",
		SpokenDate(ZH, at): "十一月二十二日", SpokenDate(EN, at): "November twenty-second",
		SpokenTime(ZH, at.Add(-12*time.Hour)):                                  "两点零五分",
		SpokenTime(ZH, at.Add(55*time.Minute)):                                 "十五点整",
		SpokenTime(EN, at.Add(55*time.Minute)):                                 "fifteen hundred hours",
		SpokenTime(EN, at.Add(25*time.Minute)):                                 "fourteen thirty",
		SpokenDate(EN, time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)):            "January third",
		SpokenDate(EN, time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)):           "January twentieth",
		SpokenDate(ZH, time.Date(2026, time.October, 2, 0, 0, 0, 0, time.UTC)): "十月二日",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Lang{"en": EN, " English ": EN, "英文": EN, "ZH": ZH, "中文": ZH, "zh-CN": ZH} {
		if got, ok := Parse(s); !ok || got != want {
			t.Errorf("%s: got %s %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "fr", "e", "中文英文"} {
		if got, ok := Parse(s); ok {
			t.Errorf("%q is %s", s, got)
		}
	}
}
