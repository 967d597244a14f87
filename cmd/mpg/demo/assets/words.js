// All words of the page in both languages. Texts and captions come from the
// gateway in the subscriber's own language and are not translated here.
const words = {
  en: {
    title: "Text a payment, answer the phone, see the money move",
    handsets: "Handsets", examples: "Examples: choose one, then send",
    joining: "connecting", live: "live", lost: "The demo has stopped or is out of reach",
    ledger: "The ledger, live", accounts: "Accounts", account: "Account", posted: "Posted", available: "Available",
    balanced: "Debits = credits", unbalanced: "Debits and credits differ",
    payments: "Payments", recent: "The latest payments", reference: "Reference", to: "To", amount: "Amount", stands: "State",
    nopayments: "None yet. Text PAY 8001 128.50 from Wang Fang's phone.",
    break: "Break it", breaknote: "Then look at what the subscribers are told, and at the trial balance.",
    "bank-silent": "The bank is silent", "bank-silent-note": "it books and does not answer: PAY 8001 45 BANK",
    "smsc-down": "The SMSC is down", "smsc-down-note": "no bind; texts wait or fail",
    "phone-busy": "Every phone is busy", "phone-busy-note": "the PIN call cannot be made",
    message: "Message", textto: "Text to", send: "Send", answer: "Answer", decline: "Decline", hangup: "Hang up",
    calls: "is calling", talking: "In a call with", over: "Call over", sending: "sending", sent: "sent", failed: "not sent",
    "state-received": "received", "state-waiting": "waiting", "state-calling": "calling", "state-confirmed": "confirmed", "state-sent": "bank asked", "state-unknown": "being checked",
    "state-approved": "approved", "state-declined": "declined", "state-posted": "posted", "state-voided": "voided", "state-reversing": "reversing", "state-done": "done",
    paid: "paid", "not paid": "not paid", shop: "shop", keypad: "Keypad",
    purse: "purse", merchant: "shop", bank: "bank", float: "the operator's float", fees: "fees", other: "中文",
  },
  zh: {
    title: "发短信付款，接电话，看钱到账",
    handsets: "手机", examples: "示例：点选后发送",
    joining: "连接中", live: "实时", lost: "演示已停止或无法连接",
    ledger: "实时账本", accounts: "账户", account: "账户", posted: "已入账", available: "可用",
    balanced: "借贷平衡", unbalanced: "借贷不平",
    payments: "付款", recent: "最近的付款", reference: "参考号", to: "收款方", amount: "金额", stands: "状态",
    nopayments: "还没有。用王芳的手机发：付 8001 128.50",
    break: "制造故障", breaknote: "看看用户收到什么，账还平不平。",
    "bank-silent": "银行不应答", "bank-silent-note": "已记账却不回复：PAY 8001 45 BANK",
    "smsc-down": "短信中心中断", "smsc-down-note": "无法连接；短信等待或失败",
    "phone-busy": "手机都占线", "phone-busy-note": "密码电话打不通",
    message: "短信内容", textto: "发短信至", send: "发送", answer: "接听", decline: "拒接", hangup: "挂断",
    calls: "来电", talking: "通话中", over: "通话结束", sending: "发送中", sent: "已发送", failed: "未发出",
    "state-received": "已收到", "state-waiting": "等待中", "state-calling": "呼叫中", "state-confirmed": "已确认", "state-sent": "已请求银行", "state-unknown": "核实中",
    "state-approved": "银行同意", "state-declined": "银行拒绝", "state-posted": "已入账", "state-voided": "已取消", "state-reversing": "冲正中", "state-done": "完成",
    paid: "已付", "not paid": "未付", shop: "商家", keypad: "键盘",
    purse: "钱包", merchant: "商家", bank: "银行", float: "运营商备付金", fees: "手续费", other: "English",
  },
};

const stored = () => { try { return localStorage.getItem("language"); } catch { return null; } };
let chosen = stored() || (navigator.language.startsWith("zh") ? "zh" : "en");

export const language = () => chosen;
export const say = (key) => words[chosen][key] ?? key;
export const has = (key) => key in words[chosen];

export function choose(other) {
  chosen = other;
  try { localStorage.setItem("language", other); } catch { /* private window: chosen for this page only */ }
}

// dress puts the words of the chosen language into everything that asks for
// them with data-say or, for a label that is not seen, data-label.
export function dress(root) {
  for (const e of root.querySelectorAll("[data-say]")) e.textContent = say(e.dataset.say);
  for (const e of root.querySelectorAll("[data-label]")) e.setAttribute("aria-label", say(e.dataset.label));
}
