package order

// simplified returns the simplified form of a traditional Chinese character, and
// any other character unchanged.
func simplified(r rune) rune {
	if s, ok := simplifiedOf[r]; ok {
		return s
	}
	return r
}

// simplifiedOf holds traditional characters with their simplified form. Never
// written to.
var simplifiedOf = pairs(traditional)

// pairs maps the first of every two characters to the second.
func pairs(text string) map[rune]rune {
	m, first := make(map[rune]rune, len(text)/(2*len("轉"))), rune(0)
	for _, r := range text {
		if first == 0 {
			first = r
			continue
		}
		m[first], first = r, 0
	}
	return m
}

// traditional are characters of orders and of usual memos, each with its
// simplified form behind it. Both have the same length in UTF-8: lower relies on
// that.
const traditional = "" +
	"轉转帳帐賬账給给餘余額额錢钱銀银儲储塊块圓圆萬万億亿兩两貳贰參叁叄叁陸陆點点幣币幫帮語语訂订撥拨" +
	"詢询細细碼码號号戶户編编請请煩烦謝谢買买賣卖銷销終终廢废別别錯错絕绝還还沒没單单對对認认確确誰谁" +
	"嗎吗後后週周時时過过經经們们這这個个會会為为麼么樣样說说話话電电費费飯饭車车貨货購购廠厂優优訊讯" +
	"發发廣广閱阅傳传資资壓压歲岁紅红節节禮礼衝冲補补貼贴賠赔償偿稅税證证據据員员課课學学書书報报紙纸" +
	"葉叶麵面雞鸡魚鱼蝦虾豬猪飲饮湯汤蘋苹韓韩歐欧鎊镑臺台盧卢銖铢裡里裏里實实數数總总計计約约將将進进" +
	"貴贵賤贱價价減减從从貸贷記记摺折儘尽盡尽場场門门開开關关閉闭馬马馮冯陳陈張张劉刘楊杨趙赵黃黄吳吴" +
	"鄭郑孫孙許许鄧邓蕭萧羅罗龍龙鳳凤兒儿媽妈爺爷親亲愛爱樂乐壽寿賀贺聖圣誕诞燈灯龜龟藥药醫医療疗術术" +
	"藝艺機机線线網网絡络視视聽听讀读寫写東东華华國国園园圖图廳厅館馆樓楼層层間间處处務务動动運运輸输" +
	"遞递郵邮簡简體体試试測测誤误詐诈騙骗盜盗凍冻結结暫暂緩缓遲迟擱搁應应該该隨随讓让難难無无與与並并" +
	"雙双倆俩幾几隻只條条盤盘頓顿噸吨縣县區区灣湾鄉乡鎮镇態态狀状緊紧趕赶現现髮发團团糧粮麥麦鹽盐醬酱" +
	"滷卤燒烧滿满準准備备選选擇择換换損损壞坏舊旧產产業业寶宝貝贝銅铜鐵铁領领頭头顏颜飛飞風风驗验騎骑" +
	"鬆松鮮鲜鴨鸭鵝鹅麗丽齊齐齒齿筆笔註注稱称種种積积穀谷窮穷競竞範范築筑籌筹籃篮類类級级純纯組组絲丝" +
	"綠绿維维緣缘縮缩織织繩绳繳缴續续罷罢聯联職职聲声膚肤臉脸臨临舉举艙舱蘭兰虧亏蟲虫衛卫複复復复襪袜" +
	"規规覺觉觀观訓训討讨託托詞词詳详誠诚調调談谈論论諾诺謊谎講讲議议護护變变豐丰貧贫販贩責责貿贸賓宾" +
	"賞赏質质贈赠贏赢跡迹踐践蹤踪軟软較较載载輕轻輛辆輪轮辦办辭辞農农連连遊游違违遠远適适遷迁遺遗邊边" +
	"鄰邻釣钓鈔钞鈕钮鉛铅銳锐鋪铺鋼钢錄录錶表鍋锅鍵键鎖锁鏡镜鐘钟閃闪閒闲闆板陣阵陰阴隊队階阶際际隱隐" +
	"雜杂離离雲云靈灵靜静順顺預预題题願愿顧顾顯显養养駕驾鬧闹魯鲁黨党來来倉仓側侧偉伟傘伞傷伤債债僅仅" +
	"儀仪內内冊册劃划劇剧創创勝胜勞劳勢势匯汇協协啟启啓启喪丧嚇吓嚐尝嚴严圍围執执堅坚塵尘壘垒夠够夢梦" +
	"奪夺獎奖妝妆婦妇孃娘寬宽專专尋寻導导屆届島岛師师帶带幹干庫库廂厢彈弹徑径恆恒惡恶惱恼慶庆憂忧憶忆" +
	"懷怀懶懒戰战戲戏掃扫採采掛挂擔担擠挤擴扩擺摆攝摄敗败敘叙斷断於于昇升暈晕曉晓朮术柵栅棗枣極极榮荣" +
	"構构槍枪樁桩橋桥檢检櫃柜歷历歸归殘残殺杀毀毁氣气決决況况洩泄涼凉淚泪淨净淺浅渦涡湊凑溫温滅灭滾滚" +
	"漲涨漿浆潔洁潤润澤泽濃浓濕湿灑洒災灾烏乌煙烟熱热爐炉爭争牆墙牽牵獨独獲获獻献環环瓊琼畢毕畫画異异" +
	"當当疊叠瘋疯皺皱監监眾众睏困睜睁矯矫碩硕礎础禍祸禦御稈秆穩稳籤签籠笼拋抛衹只祇只麽么嘜唛綫线説说" +
	"卻却銹锈吿告罰罚"
