package order

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// phrase is a harmless expression that holds a numeral, a measure word or a NO,
// but names no amount and takes nothing back.
type phrase struct {
	form  *regexp.Regexp
	never string // characters that must not follow, since they change the meaning
	some  bool   // a character must follow: 两份 alone counts, 两份炒饭 names a dish
}

// Parts of the forms below.
const (
	small        = `(?:十[一二]?|[一二三四五六七八九])`
	weekdayMeals = `(?:的|早餐|早饭|早茶|午饭|午餐|晚饭|晚餐|夜宵|聚餐|聚会|电影|足球|篮球|羽毛球|游泳|瑜伽|课|家教|钢琴|买菜|外卖|下午茶|奶茶|咖啡|火锅|烧烤|菜|饭|球|班会|春游)`
	relishes     = `(?:葱花|香葱|洋葱|葱|香菜|芹菜|辣椒|辣|蒜|糖|冰|醋|盐|味精|姜|花椒|酱油|酱|奶|油)`
	extras       = `(?:鸡蛋|荷包蛋|卤蛋|茶叶蛋|蛋|珍珠|椰果|牛肉|肉|饭|面|芝士|辣椒|青菜|红豆|布丁|仙草|豆腐|香肠|香菜|葱|醋)`
)

// phrases are tried in this order. Never written to.
var phrases = []phrase{
	{form: regexp.MustCompile(`^` + small + `月份`), never: "付转给后"},
	{form: regexp.MustCompile(`^` + small + `月`), never: "饼季子嫂票卡供薪球色光亮考刊付转给后底初末内前中起"},
	{form: regexp.MustCompile(`^第` + small + `个?`), never: "十百千万亿半折元块"},
	{form: regexp.MustCompile(`^` + small + `(?:楼|号楼|号桌|号房|号店|号线|号院|号门|室|栋|幢|年级|班|车间|食堂|季度|学期)`)},
	{form: regexp.MustCompile(`^[高初大][一二三四]`), some: true, never: "十百千万亿元块角毛分点"},
	{form: regexp.MustCompile(`^(?:张三|李四|王五|赵六|老[二三四五六七八九]|阿[二三四五六七八九]|小[二三四五六七八九])`), never: "十百千万亿元块角毛分点份个斤折"},
	{form: regexp.MustCompile(`^(?:六一|五一|八一|七一|三八|十一)(?:节|儿童|劳动|国庆|建军|妇女|假期|礼物|旅游|长假|放假|黄金周)`)},
	{form: regexp.MustCompile(`^双(?:十一|十二)`), never: "元块角毛分折"},
	{form: regexp.MustCompile(`^(?:周|星期|礼拜)[一二三四五六日天]` + weekdayMeals), never: "付转给后"},
	{form: regexp.MustCompile(`^(?:不要|不放|不加|不吃|别放|别加|少放|免|唔要|走)` + relishes), never: "付费单"},
	{form: regexp.MustCompile(`^加个?` + extras), never: "钱"},
	{form: regexp.MustCompile(`^(?:半|三分|五分|七分|无|不另加)糖`)},
	{form: regexp.MustCompile(`^[一二两三四五六七八九十](?:杯|碗|份|斤|瓶|盒|盘|笼|串|条|个|只|袋|包|束|朵|支|张|本|套|双|件|箱|听|罐|壶|屉|桶|锅)`), some: true,
		never: "〇零一二两三四五六七八九十百千万亿半多余来几左上下以钱元块圆点角毛分折人月年天份斤个次付转给后的吧吗了谢每各共"},
}

// phraseAt returns the length of the harmless expression that starts text, or 0.
func phraseAt(text string) int {
	for _, p := range phrases {
		n := len(p.form.FindString(text))
		if n == 0 {
			continue
		}
		next, _ := utf8.DecodeRuneInString(text[n:])
		if text[n:] == "" && !p.some || text[n:] != "" && !strings.ContainsRune(p.never, next) {
			return n
		}
	}
	return 0
}
