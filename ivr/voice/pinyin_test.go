package voice

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// espeak returns the real program, or skips: loudly, and as a failure where
// the peers must be there.
func espeak(t testing.TB) *Espeak {
	t.Helper()
	e, err := NewEspeak(t.Context(), EspeakConfig{})
	if err == nil && e.Has("zh") && e.Has("en") {
		return e
	}
	if err == nil {
		err = errors.Join(e.Missing("zh"), e.Missing("en"))
	}
	if os.Getenv("MPG_PEERS") == "require" {
		t.Fatalf("espeak-ng with Mandarin and English is required: %v", err)
	}
	t.Skipf("SKIPPED: espeak-ng with Mandarin and English is missing: %v", err)
	return nil
}

// The notation of espeak-ng's cmn-latn-pinyin, written down by hand: initials
// and finals in pinyin, and the mnemonics that they are read as.
var (
	initials = map[string]string{
		"b": "p", "p": "ph", "m": "m", "f": "f", "d": "t", "t": "th", "n": "n", "l": "l",
		"g": "k", "k": "kh", "h": "X", "j": "tS;", "q": "tS;h", "x": "S;",
		"zh": "ts.", "ch": "ts.h", "sh": "s.", "r": "z.", "z": "ts", "c": "tsh", "s": "s", "": "",
	}
	// A dash is where the tone stands.
	finals = map[string]string{
		"a": "A-", "o": "o-", "e": "o-- @-", "ai": "ai-", "ei": "ei-", "ao": "Au-", "ou": "ou-",
		"an": "a-n", "en": "@-n", "ang": "a-N A-N", "eng": "@-N", "ong": "ong-", "er": "@r-",
		"i": "i- i.- i[-", "ia": "iA-", "ie": "iE-", "iao": "jAu-", "iu": "iou-",
		"ian": "iE-n", "in": "i-n", "iang": "iA-N", "ing": "i-N", "yi": "ji-", "ye": "jiE-",
		"yao": "jAu-", "yin": "ji-n", "yang": "jiA-N", "ying": "ji-N", "yong": "yu-N",
		"u": "u- y-", "ua": "wA-", "uo": "uo-", "uai": "uai-", "ui": "uei- wei-", "uan": "ua-n wa-n",
		"un": "u@-n", "uang": "wA-N", "wu": "wu-", "wan": "wA-n", "wei": "wei-",
		"v": "y-", "ue": "yE-", "yu": ";y-", "yue": "yE-", "yuan": "y&-n",
	}
	// The third tone is cut short before another syllable.
	tones = map[byte]string{'1': "55", '2': "35", '3': "214 21", '4': "51", '5': "11 22 33 44"}

	syllable = regexp.MustCompile(`^(zh|ch|sh|[bpmfdtnlgkhjqxrzcs]?)([a-z]+)([1-5])$`)
	stress   = strings.NewReplacer("'", "", "|", "", "_", "", " ", "", ",", "", "%", "")
)

// readings are the ways in which espeak-ng may write a syllable; next is the
// one after it, or empty.
func readings(pinyin, next string) []string {
	m := syllable.FindStringSubmatch(pinyin)
	if m == nil {
		return nil
	}
	tone := tones[m[3][0]]
	if m[3] == "3" && strings.HasSuffix(next, "3") {
		tone += " " + tones['2'] // 3 before 3 is read as 2
	}
	var all []string
	for _, final := range strings.Fields(finals[m[2]]) {
		dash := strings.LastIndex(strings.TrimRight(final, "nN"), "-")
		for _, contour := range strings.Fields(tone) {
			all = append(all, initials[m[1]]+final[:dash]+contour+final[dash+1:])
		}
	}
	slices.SortFunc(all, func(a, b string) int { return len(b) - len(a) })
	return all
}

// misread is nil if phonemes are the reading of pinyin.
func misread(phonemes, pinyin string) error {
	rest := stress.Replace(phonemes)
	syllables := strings.Fields(pinyin)
	for i, s := range syllables {
		next := ""
		if i+1 < len(syllables) {
			next = syllables[i+1]
		}
		all := readings(s, next)
		at := slices.IndexFunc(all, func(r string) bool { return strings.HasPrefix(rest, r) })
		if at < 0 {
			return fmt.Errorf("read %s: at %q, want %s of %s", phonemes, rest, s, pinyin)
		}
		rest = rest[len(all[at]):]
	}
	if rest != "" {
		return fmt.Errorf("read %s: %q is left after %s", phonemes, rest, pinyin)
	}
	return nil
}

func TestAmountsAndMerchantsAreReadRight(t *testing.T) {
	t.Parallel()
	e := espeak(t)
	for text, pinyin := range map[string]string{
		"一百二十八元五角":   "yi4 bai3 er4 shi2 ba1 yuan2 wu3 jiao3",
		"两元整":        "liang3 yuan2 zheng3",
		"二十元":        "er4 shi2 yuan2",
		"两百零五元":      "liang3 bai3 ling2 wu3 yuan2",
		"一千零一十元":     "yi4 qian1 ling2 yi1 shi2 yuan2",
		"一万两千元":      "yi2 wan4 liang3 qian1 yuan2",
		"十一元":        "shi2 yi1 yuan2",
		"九十九元九角九分":   "jiu3 shi2 jiu3 yuan2 jiu3 jiao3 jiu3 fen1",
		"三角":         "san1 jiao3",
		"一元":         "yi4 yuan2",
		"四十五元":       "si4 shi2 wu3 yuan2",
		"一百零一元一角":    "yi4 bai3 ling2 yi1 yuan2 yi4 jiao3",
		"蓝鸟花店":       "lan2 niao3 hua1 dian4",
		"城市停车":       "cheng2 shi4 ting2 che1",
		"重庆火锅":       "chong2 qing4 huo3 guo1",
		"中国工商银行":     "zhong1 guo2 gong1 shang1 yin2 hang2",
		"成都音乐书店":     "cheng2 du1 yin1 yue4 shu1 dian4",
		"正大会计师":      "zheng4 da4 kuai4 ji4 shi1",
		"请输入六位密码":    "qing3 shu1 ru4 liu4 wei4 mi4 ma3",
		"幺二三":        "yao1 er4 san1",
		"蓝鸟琴行 二十一元整": "lan2 niao3 qin2 hang2 er4 shi2 yi1 yuan2 zheng3",
	} {
		read, err := e.Phonemes(t.Context(), "zh", text)
		if err != nil {
			t.Fatal(err)
		}
		if err := misread(read, pinyin); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestEveryWordOfTheLexiconIsReadAsItSays(t *testing.T) {
	t.Parallel()
	e := espeak(t)
	words := e.lexicon.words
	if len(words) < 100 {
		t.Fatalf("only %d words", len(words))
	}
	// One sentence each would be a child each: the lines of a few sentences do.
	for batch := range slices.Chunk(slices.Sorted(maps.Keys(words)), 24) {
		read, err := e.Phonemes(t.Context(), "zh", strings.Join(batch, "。"))
		if err != nil {
			t.Fatal(err)
		}
		var pinyin []string
		for _, w := range batch {
			pinyin = append(pinyin, words[w])
		}
		if err := misread(read, strings.Join(pinyin, " ")); err != nil {
			t.Errorf("%v: %v", batch, err)
		}
	}
}

// The judge must be able to say no.
func TestMisreadingsAreSeen(t *testing.T) {
	t.Parallel()
	const xing = "j'i35n_| S;'i35N_|" // 银行 without the lexicon
	for phonemes, pinyin := range map[string]string{
		xing:                         "yin2 hang2",
		"j'i35n_| X'a35N_| X'a35N_|": "yin2 hang2",
		"j'i35n_|":                   "yin2 hang2",
		"j'i51n_| X'a35N_|":          "yin2 hang2",
		"(en)nɪ5ntˈuː5":              "nin2",
		"p'ai21_|":                   "bai4",
	} {
		if misread(phonemes, pinyin) == nil {
			t.Errorf("%s was taken for %s", phonemes, pinyin)
		}
	}
	if err := misread(xing, "yin2 xing2"); err != nil {
		t.Error(err)
	}
}

func TestTheReadingOfTheBrokenVoiceIsRefused(t *testing.T) {
	t.Parallel()
	espeak(t)
	if e, err := NewEspeak(t.Context(), EspeakConfig{Voices: map[string]string{"zh": "cmn"}}); err == nil && e.Has("zh") {
		t.Error("the voice cmn, which reads Chinese as English, was taken for a Mandarin one")
	}
}

func TestLongestWordWins(t *testing.T) {
	t.Parallel()
	l := parseLexicon("# words\n一元 yi4 yuan2\n十一 shi2 yi1 # protects\n\n银行 yin2 hang2\n银行家 yin2 hang2 jia1\nbroken\n")
	for text, want := range map[string]string{
		"":         "",
		"二十一元":     "二 shi2 yi1 元",
		"一元":       " yi4 yuan2 ",
		"银行家和银行":   " yin2 hang2 jia1 和 yin2 hang2 ",
		"no words": "no words",
		"银\xff行":   "银\xff行",
	} {
		if got := l.spell(text); got != want {
			t.Errorf("%q is spelled %q, want %q", text, got, want)
		}
	}
}
