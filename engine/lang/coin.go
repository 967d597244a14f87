package lang

// coin holds the names of a currency and its minor unit.
type coin struct {
	zh, zhMinor    string
	one, many      string
	cent, cents    string
	short, jiaoFen bool // zh is short enough for a text; it counts in 角 and 分
}

// hasMinor reports whether the minor unit has a name in l.
func (c coin) hasMinor(language Lang) bool {
	if language == ZH {
		return c.zhMinor != "" || c.jiaoFen
	}
	return c.cent != ""
}

// after returns the name as it follows a number with a decimal point.
func (c coin) after(language Lang) string {
	if language == ZH {
		return c.zh
	}
	return " " + c.many
}

// coins holds the currencies with names; others are worded by their code. The map is
// never modified.
var coins = map[string]coin{
	"CNY": {zh: "元", one: "yuan", many: "yuan", cent: "fen", cents: "fen", short: true, jiaoFen: true},
	"HKD": {zh: "港元", one: "Hong Kong dollar", many: "Hong Kong dollars", cent: "cent", cents: "cents", short: true, jiaoFen: true},
	"USD": {zh: "美元", zhMinor: "美分", one: "dollar", many: "dollars", cent: "cent", cents: "cents", short: true},
	"EUR": {zh: "欧元", zhMinor: "欧分", one: "euro", many: "euros", cent: "cent", cents: "cents", short: true},
	"GBP": {zh: "英镑", zhMinor: "便士", one: "pound", many: "pounds", cent: "penny", cents: "pence", short: true},
	"JPY": {zh: "日元", one: "yen", many: "yen", short: true},
	"KRW": {zh: "韩元", one: "won", many: "won", short: true},
	"KWD": {zh: "科威特第纳尔", zhMinor: "费尔", one: "Kuwaiti dinar", many: "Kuwaiti dinars", cent: "fils", cents: "fils"},

	// Dollars.
	"AUD": {zh: "澳元", zhMinor: "分", one: "Australian dollar", many: "Australian dollars", cent: "cent", cents: "cents"},
	"CAD": {zh: "加元", zhMinor: "分", one: "Canadian dollar", many: "Canadian dollars", cent: "cent", cents: "cents"},
	"NZD": {zh: "新西兰元", zhMinor: "分", one: "New Zealand dollar", many: "New Zealand dollars", cent: "cent", cents: "cents"},
	"SGD": {zh: "新加坡元", zhMinor: "分", one: "Singapore dollar", many: "Singapore dollars", cent: "cent", cents: "cents"},
	"TWD": {zh: "元新台币", one: "New Taiwan dollar", many: "New Taiwan dollars"},
	"BND": {zh: "文莱元", zhMinor: "分", one: "Brunei dollar", many: "Brunei dollars", cent: "cent", cents: "cents"},
	"FJD": {zh: "斐济元", zhMinor: "分", one: "Fiji dollar", many: "Fiji dollars", cent: "cent", cents: "cents"},

	// Asia.
	"MOP": {zh: "澳门元", one: "Macau pataca", many: "Macau patacas", jiaoFen: true},
	"THB": {zh: "泰铢", zhMinor: "萨当", one: "Thai baht", many: "Thai baht", cent: "satang", cents: "satang"},
	"MYR": {zh: "马来西亚林吉特", zhMinor: "仙", one: "Malaysian ringgit", many: "Malaysian ringgit", cent: "sen", cents: "sen"},
	"IDR": {zh: "印尼盾", one: "Indonesian rupiah", many: "Indonesian rupiah"},
	"PHP": {zh: "菲律宾比索", zhMinor: "分", one: "Philippine peso", many: "Philippine pesos", cent: "centavo", cents: "centavos"},
	"VND": {zh: "越南盾", one: "Vietnamese dong", many: "Vietnamese dong"},
	"KHR": {zh: "柬埔寨瑞尔", one: "Cambodian riel", many: "Cambodian riel"},
	"LAK": {zh: "老挝基普", one: "Lao kip", many: "Lao kip"},
	"MMK": {zh: "缅甸元", one: "Myanmar kyat", many: "Myanmar kyat"},
	"MNT": {zh: "蒙古图格里克", one: "Mongolian tugrik", many: "Mongolian tugrik"},
	"INR": {zh: "印度卢比", zhMinor: "派士", one: "Indian rupee", many: "Indian rupees", cent: "paisa", cents: "paise"},
	"PKR": {zh: "巴基斯坦卢比", one: "Pakistani rupee", many: "Pakistani rupees"},
	"LKR": {zh: "斯里兰卡卢比", zhMinor: "分", one: "Sri Lankan rupee", many: "Sri Lankan rupees", cent: "cent", cents: "cents"},
	"NPR": {zh: "尼泊尔卢比", one: "Nepalese rupee", many: "Nepalese rupees"},
	"BDT": {zh: "孟加拉塔卡", one: "Bangladeshi taka", many: "Bangladeshi taka"},
	"KZT": {zh: "哈萨克斯坦坚戈", one: "Kazakhstani tenge", many: "Kazakhstani tenge"},
	"UZS": {zh: "乌兹别克斯坦苏姆", one: "Uzbek sum", many: "Uzbek sum"},

	// The Middle East and Africa.
	"AED": {zh: "阿联酋迪拉姆", zhMinor: "费尔", one: "UAE dirham", many: "UAE dirhams", cent: "fils", cents: "fils"},
	"SAR": {zh: "沙特里亚尔", one: "Saudi riyal", many: "Saudi riyals", cent: "halala", cents: "halalas"},
	"QAR": {zh: "卡塔尔里亚尔", one: "Qatari riyal", many: "Qatari riyals", cent: "dirham", cents: "dirhams"},
	"BHD": {zh: "巴林第纳尔", zhMinor: "费尔", one: "Bahraini dinar", many: "Bahraini dinars", cent: "fils", cents: "fils"},
	"JOD": {zh: "约旦第纳尔", one: "Jordanian dinar", many: "Jordanian dinars"},
	"OMR": {zh: "阿曼里亚尔", one: "Omani rial", many: "Omani rials"},
	"ILS": {zh: "以色列新谢克尔", one: "Israeli shekel", many: "Israeli shekels", cent: "agora", cents: "agorot"},
	"TRY": {zh: "土耳其里拉", one: "Turkish lira", many: "Turkish lira", cent: "kurus", cents: "kurus"},
	"EGP": {zh: "埃及镑", one: "Egyptian pound", many: "Egyptian pounds", cent: "piaster", cents: "piasters"},
	"MAD": {zh: "摩洛哥迪拉姆", one: "Moroccan dirham", many: "Moroccan dirhams"},
	"NGN": {zh: "尼日利亚奈拉", one: "Nigerian naira", many: "Nigerian naira", cent: "kobo", cents: "kobo"},
	"GHS": {zh: "加纳塞地", one: "Ghanaian cedi", many: "Ghanaian cedis", cent: "pesewa", cents: "pesewas"},
	"KES": {zh: "肯尼亚先令", zhMinor: "分", one: "Kenyan shilling", many: "Kenyan shillings", cent: "cent", cents: "cents"},
	"TZS": {zh: "坦桑尼亚先令", one: "Tanzanian shilling", many: "Tanzanian shillings"},
	"UGX": {zh: "乌干达先令", one: "Ugandan shilling", many: "Ugandan shillings"},
	"ETB": {zh: "埃塞俄比亚比尔", one: "Ethiopian birr", many: "Ethiopian birr"},
	"ZAR": {zh: "南非兰特", zhMinor: "分", one: "South African rand", many: "South African rand", cent: "cent", cents: "cents"},
	"XAF": {zh: "中非法郎", one: "Central African franc", many: "Central African francs"},
	"XOF": {zh: "西非法郎", one: "West African franc", many: "West African francs"},

	// Europe.
	"CHF": {zh: "瑞士法郎", one: "Swiss franc", many: "Swiss francs", cent: "centime", cents: "centimes"},
	"SEK": {zh: "瑞典克朗", one: "Swedish krona", many: "Swedish kronor"},
	"NOK": {zh: "挪威克朗", one: "Norwegian krone", many: "Norwegian kroner"},
	"DKK": {zh: "丹麦克朗", one: "Danish krone", many: "Danish kroner"},
	"PLN": {zh: "波兰兹罗提", one: "Polish zloty", many: "Polish zloty"},
	"CZK": {zh: "捷克克朗", one: "Czech koruna", many: "Czech koruna"},
	"HUF": {zh: "匈牙利福林", one: "Hungarian forint", many: "Hungarian forint"},
	"RON": {zh: "罗马尼亚列伊", one: "Romanian leu", many: "Romanian lei"},
	"RUB": {zh: "卢布", zhMinor: "戈比", one: "ruble", many: "rubles", cent: "kopeck", cents: "kopecks"},
	"UAH": {zh: "乌克兰格里夫纳", one: "Ukrainian hryvnia", many: "Ukrainian hryvnias"},

	// The Americas.
	"MXN": {zh: "墨西哥比索", zhMinor: "分", one: "Mexican peso", many: "Mexican pesos", cent: "centavo", cents: "centavos"},
	"BRL": {zh: "巴西雷亚尔", zhMinor: "分", one: "Brazilian real", many: "Brazilian reais", cent: "centavo", cents: "centavos"},
	"ARS": {zh: "阿根廷比索", zhMinor: "分", one: "Argentine peso", many: "Argentine pesos", cent: "centavo", cents: "centavos"},
	"CLP": {zh: "智利比索", one: "Chilean peso", many: "Chilean pesos"},
	"COP": {zh: "哥伦比亚比索", zhMinor: "分", one: "Colombian peso", many: "Colombian pesos", cent: "centavo", cents: "centavos"},
	"PEN": {zh: "秘鲁索尔", one: "Peruvian sol", many: "Peruvian soles", cent: "centimo", cents: "centimos"},
}
