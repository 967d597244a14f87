package order

import (
	"strings"
	"unicode/utf8"
)

// judgeHan says why a run of Chinese characters must not be in a memo, or returns
// "". It skips harmless words and refuses the first that may change the amount,
// the currency or the way of paying, or take the order back.
func judgeHan(text string) Reason {
	why := Reason("")
	for at := 0; at < len(text); {
		harmless := max(longest(text[at:], harmlessHan), phraseAt(text[at:]))
		said, size := badAt(text[at:], at == 0)
		if harmless > 0 && !(said != "" && size > harmless) {
			at += harmless
			continue
		}
		if said == "" {
			said = wholeHan[text]
		}
		if why == "" || why == BadSource && said != "" {
			why = said
		}
		at += size
	}
	if why == "" && (strings.HasSuffix(text, "后") && !strings.HasSuffix(text, "前后") && !strings.HasSuffix(text, "午后") || strings.HasSuffix(text, "年前")) {
		return TooMuch // 下班后, 收货后, 年前
	}
	return why
}

// badAt returns why the word that starts text must not be in a memo, and how long the word
// is. first says that nothing comes before it.
func badAt(text string, first bool) (Reason, int) {
	ends := runeEnds(text)
	for i := len(ends) - 1; i >= 0; i-- {
		if why := badHan[text[:ends[i]]]; why != "" {
			return why, ends[i]
		}
		if why := badHanFirst[text[:ends[i]]]; first && why != "" {
			return why, ends[i]
		}
	}
	return "", ends[0]
}

// hanWordRunesMax is the longest word of the lists.
const hanWordRunesMax = 4

// runeEnds returns the offsets at which the first characters of text end, for as many
// as a word may have.
func runeEnds(text string) []int {
	ends := make([]int, 0, hanWordRunesMax)
	for at := 0; at < len(text) && len(ends) < hanWordRunesMax; {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
		ends = append(ends, at)
	}
	return ends
}

// longest returns the length of the longest word in list that starts text, or 0.
func longest(text string, list map[string]bool) int {
	if text == "" || text[0] < utf8.RuneSelf {
		return 0
	}
	ends := runeEnds(text)
	for i := len(ends) - 1; i >= 0; i-- {
		if list[text[:ends[i]]] {
			return ends[i]
		}
	}
	return 0
}

// reasons maps the words of lists to why they must not be in a memo.
func reasons(lists map[Reason]string) map[string]Reason {
	m := make(map[string]Reason)
	for why, list := range lists {
		for w := range strings.FieldsSeq(list) {
			m[w] = why
		}
	}
	return m
}

// badHan must not be anywhere in a memo. Never written to.
var badHan = reasons(map[Reason]string{
	BadAmount: `〇 零 一 二 三 四 五 六 七 八 九 十 百 千 万 亿 两 廿 卅 卌 壹 贰 弍 叁 肆 伍 陆 柒 捌 玖 拾 佰 仟 幺 俩 仨 半 几 倍 折 每 各 块
		左右 上下 以上 以下 以内 之内 以里 出头 大约 大概 约莫 差不多 将近 接近 最多 至多 最少 至少 顶多 超过 封顶 上限 不到 不足 不超 不止 上涨 人均 均价 平分 均摊 分期 按月 包月 小时 钟头 平摊 均分 太多 太贵 少了 多了 便宜点 便宜些 便宜两 凑整 抹零 满减 首期 包年 单价 另算 另计`,
	OtherMoney: `元 圆 币 镑 磅 盾 铢 大洋 法朗 美金 美刀 加刀 澳刀 港纸 法郎 卢比 卢布 比索 里拉 克朗 先令 马克 令吉 林吉特 第纳尔 迪拉姆 福林 兹罗提 雷亚尔 兰特 奈拉 积分 日圆 港蚊 台湾钱 铜板 文钱 外钞`,
	BadSource:  `银 卡 信用 储蓄 借记 贷记 钱包 存折 账户 帐户 账号 帐号 户头 微信 支付宝 花呗 借呗 白条 云闪付 现金 余额 零钱 工行 建行 农行 中行 招行 交行 邮储 用话费 公积金 刷脸 用红包 用别 用他 用她 用你 用老 用妈 用爸 用另`,
	TooMuch: `不 别 勿 没 未 停 撤 退 错 误 否 暂 缓 拒 吗 嘛 呢 么 等 取消 终止 中止 作废 算了 反悔 后悔 手滑 晚点 稍后 待会 回头 明天 明日 明早 明晚 后天 后日 下周 下月 下个 下次 改天 改日
		之后 以后 再付 再转 再说 再给 已付 已经 已转 付过 付了 付完 付清 转过 转了 转完 成功 失败 到账 到帐 收到 收没 好了没 如果 要是 假如 是否 能否 可否 为何 为什 怎 啥 刚才 刚刚 测试 试试 试一 ` +
		`投诉 举报 报警 挂失 冻结 锁定 关闭 清空 收回 追回 要回 回来 拿回 打回 驳回 休想 主意 变卦 换一家 换商家 换一个 糊涂 糟了 完了 慌了 听我 看情况 视情况 也许 可能 应该 只要 的话 凌晨
		下季 盗刷 好伐 自动 通知 明儿 下星期 下礼拜 货后 班后 还我 还给我 无效 失效 拉倒 没事了 唔 咪住 咪俾 咪畀 咪付 咪转 冇 咗 晒数 係咪 系咪 手抖 逗你 给过 给了 已收 收了 完成 对吧 是吧 考虑
		想想 想一下 慢点 挂账 账上 改成 改为 不是 先放 免 付 转 扣 忽略 无视 且慢 慢着 住手 打住 玩笑 骗 假的 晚些 晚一点 月底 到时 记账 赊 欠 删 撒回 罢了 作罢 回收 归还 返还 免单 谁 哪 多少 定时 预约 延期 延后 推迟 过几`,
})

// badHanFirst must not start a run of characters in a memo. Never written to.
var badHanFirst = reasons(map[Reason]string{
	BadAmount:  `多 余 起 加 减 乘 除 或 又 再 到 至 约 近 另 外 角 毛 分 点 整数 和 与`,
	OtherMoney: `刀 美 欧 蚊`,
	BadSource:  `钱 用 用钱 从钱 走钱`,
	TooMuch:    `若`,
})

// wholeHan must not be a run of its own: measure words, which count something other
// than money. Never written to.
var wholeHan = reasons(map[Reason]string{
	BadAmount:  `个 份 人 斤 克 只 张 本 天 月 年 号 日 天天 次 件 箱 瓶 杯 盒 包 袋 条 双 台 桌 碗 盘 串 根 支 米 升 吨 里 位 名 岁 楼 层 期 公斤 公里 小时 分钟 人份 个人 个月`,
	OtherMoney: `欧 美 加 澳 港 新台 瑞士 纸`,
})

// harmlessHan are words of memos that hold one of the characters above and say
// nothing of the amount, the currency, the way of paying or the order. Never
// written to.
var harmlessHan = set(`十全大补 八宝饭 三鲜 千张 万年青 百叶 两面针 六味地黄 九层塔 三只松鼠 五粮液
	二哥 二姐 二叔 二舅 二姨 三哥 三姐 三叔 三舅 三姨 四叔 四哥 四姐 五叔 六叔 错峰 错题本 候车 现在付 马上付 立即付 代付 转让 周转 旋转 转盘 预付 首付 免费 免洗 免烫 避免 免税 欠条 一次性 一日三餐 一家人 一周年 一等奖 一等座 二等座 一品 一汽 二维码 二胎 二锅头 二手车 二手房 二妹 二弟 二婶 二伯 二爷 三餐 三胎 三星 三峡 三角板 三杯鸡 三黄鸡 三件套 三伏贴 三脚架 三弟 三妹
	三伯 三七粉 三全 四件套 四季豆 四物汤 四弟 四妹 四级 六级 四六级 四驱 五彩 五菱 五仁 五妹 六必居 六安瓜片 七分裤 七天酒店 七彩 七星 八宝 八爪鱼 八珍 八仙 腊八 腊八粥 九分裤 九制 九华山
	八达通 加气 百日照 九九重阳 重阳 十三香 十字 十足 百货 百佳 百世 百年 百家 百威 百岁宴 百日宴 百天宴 百里香 百果园 百草味 百雀羚 百丽 千里 千禧 千金 千寻 千味 万达 万家 万里 万象城 万宝 万福 万州 万用 万国 万豪
	半身裙 半成品 半自动 半导体 半永久 半程 半山 半熟 鸡块 地块 折扣店 折纸 骨折 每日鲜 每日优鲜 元气森林 状元 开元 卡座 卡套 卡包 卡片 卡罗拉 卡士 卡姿兰 卡西欧 卡地亚 银座 银泰 银色 银手镯 银项链 银戒指
	银鱼 收银 银针 银翘片 不粘锅 不二家 不干胶 不织布 不夜城 了不起 别克 区别 性别 识别 送别 离别 没药 没收入 未婚妻 未婚夫 未成年 停机坪 退烧 退热 退役 错题 暂住 等离子 撤桌 缓震 舒缓 免疫 免打孔
	免安装 付费会员 转运费 转运 中转 转椅 转接头 转换器 转学 纽扣 扣子 扣肉 分红 角钢 起泡酒 起重机 减脂 减震 乘车 除臭 除螨 除甲醛 再生纸 和田玉 和牛 点滴 点读笔 多功能 多士 多维 近郊 起名 钱阿姨 钱老师
	钱先生 钱小姐 钱太太 钱大妈 钱师傅 钱医生 钱大爷 美的 美宝莲 美赞臣 美孚 美式 欧派 欧包 刀叉 刀架 刀豆 美工刀 美瞳 美白 美妆 美缝 美宜佳 美女 欧阳 用餐 用品 用车 用水 用电 用药 用具 用油 用料 用心 用力 唔该 唔该晒 唔使急 唔使客气 唔辣 尿不湿 一共 一起 一些 一下 一点 一定 一路 一直 一切 一样 一家 一生 一线 一卡通 统一 同一 唯一 二手 二手书 二胡 三明治 三文鱼
	三轮车 三里屯 四川 四季 五花肉 五香 五谷 五金 六神 七夕 七喜 七匹狼 八宝粥 八卦 九寨沟 十字绣 百合 百合花 百香果 百事 百度
	百科 老百姓 千层饼 千层面 千纸鹤 秋千 万圣节 万能 零食 零件 零用 零花 零花钱 零售 陆家嘴 陆军 加油 加油站 加班 加餐 加菜
	加工 加盟 加湿 加热 加冰 加糖 加辣 加急 多谢 多肉 多多 多啦 起司 起步 起床 减肥 减速 除夕 除湿 除草 到家 到店 至尊 约会
	近视 共享 共同 外卖 外套 外婆 外公 外国 外语 外教 角色 毛衣 毛巾 毛豆 毛笔 毛线 毛肚 分店 分享 分手 点心 点餐 点菜
	点外卖 点歌 块茎 土豆块 和平 和服 与会 元旦 元宵 元宵节 元气 单元 元素 元件 汤圆 团圆 圆通 圆珠笔 桂圆 圆规 圆桌 圆领
	刀削面 刀具 刀鱼 美食 美发 美容 美甲 美术 美团 美丽 美味 欧洲 欧式 欧莱雅 银杏 银耳 银饰 水银 贺卡 生日贺卡 卡通 卡布奇诺
	卡拉 打卡 卡车 卡丁车 存钱罐 钱塘 不客气 不辣 不锈钢 不倒翁 别墅 特别 别针 级别 个别 告别 未来 停车 停车费 停车场 停车位
	退休 否则 等级 高等 么么 么么哒 误餐 误工 未婚 外块 半夏 半岛 折扇 折叠 各位 各种 余姚 余杭 再见 要求 当归 当铺 多味
	约定 节约 纽约 合约 起亚 成功路 没关系 没事 没问题 不用谢 别客气 不好意思 退伍 试卷 测试题 到期 满月 满月酒 含片 美好
	再接再厉 又一城 不错 方块 冰块 一番 一辈子 三亚 三国 四喜 五常 八达岭 九阳 百年好合 千里香 千岛湖 万科 加州 多彩 起点 元宝
	单元楼 银川 特别好吃 钱江 毛血旺 毛尖`)
