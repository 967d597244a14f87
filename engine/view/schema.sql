-- The tables of view.db. Integers are INTEGER. A column that ends in _at is a time in
-- microseconds since 1970, UTC; 0: none. A day is the local day in the operator's zone, as
-- YYYYMMDD. Amounts are in minor units of their currency. An unknown text is empty. Flags
-- are 0 or 1.
--
-- Nothing here is a source: all of it follows from the journal, and is made again when this
-- file changes. No column holds a PIN, an account number at a bank, or the words of a text.

-- What the file was built from, and how far it has come: books, zone, schema, seq, id,
-- at, built.
CREATE TABLE meta (
	key   TEXT PRIMARY KEY,
	value
) WITHOUT ROWID;

-- The accounts of the ledger, with their counters as of meta.seq.
CREATE TABLE account (
	id           INTEGER PRIMARY KEY,
	name         TEXT NOT NULL DEFAULT '', -- as mpg account show reads it
	currency     TEXT NOT NULL,
	kind         TEXT NOT NULL,            -- liability or asset
	owner_kind   TEXT NOT NULL DEFAULT '', -- user, merchant or operator
	owner        TEXT NOT NULL DEFAULT '', -- number of the user, or code of the merchant
	debits       INTEGER NOT NULL DEFAULT 0,
	credits      INTEGER NOT NULL DEFAULT 0,
	held_debits  INTEGER NOT NULL DEFAULT 0,
	held_credits INTEGER NOT NULL DEFAULT 0,
	seq          INTEGER NOT NULL          -- of the last record that changed it
);

-- What was posted: one row for each side of each transfer. The amount is positive where it
-- raises the balance that mpg account show prints; balance is what it came to.
CREATE TABLE entry (
	account INTEGER NOT NULL,
	seq     INTEGER NOT NULL,            -- of the record
	n       INTEGER NOT NULL,            -- of the transfer in the record
	at      INTEGER NOT NULL,            -- a time, as in a column that ends in _at
	day     INTEGER NOT NULL,
	other   INTEGER NOT NULL,            -- the account on the other side
	amount  INTEGER NOT NULL,
	balance INTEGER NOT NULL,
	payment INTEGER NOT NULL DEFAULT 0,  -- its number; 0: none
	code    INTEGER NOT NULL,            -- why: see the codes of engine/payment
	PRIMARY KEY (account, seq, n)
) WITHOUT ROWID;

CREATE TABLE payment (
	no         INTEGER PRIMARY KEY,
	product    TEXT NOT NULL,
	state      TEXT NOT NULL,
	reason     TEXT NOT NULL DEFAULT '',
	decline    TEXT NOT NULL DEFAULT '',   -- class of the bank's answer, with the reason declined
	outcome    TEXT NOT NULL DEFAULT '',   -- once it is done: paid, not paid, returned or unclaimed
	payer_user INTEGER NOT NULL DEFAULT 0,
	payer      TEXT NOT NULL DEFAULT '',   -- code of the merchant, or number of the person; empty: the operator
	payee_user INTEGER NOT NULL DEFAULT 0,
	payee      TEXT NOT NULL DEFAULT '',
	charged    INTEGER NOT NULL,
	received   INTEGER NOT NULL,
	fee        INTEGER NOT NULL DEFAULT 0,
	discount   INTEGER NOT NULL DEFAULT 0,
	currency   TEXT NOT NULL,
	memo       TEXT NOT NULL DEFAULT '',
	bank       TEXT NOT NULL DEFAULT '',   -- asked first
	channel    TEXT NOT NULL DEFAULT '',   -- the bind that the order came by, or operator
	created_at INTEGER NOT NULL,
	updated_at INTEGER NOT NULL,
	day        INTEGER NOT NULL,           -- of created_at
	of         INTEGER NOT NULL DEFAULT 0, -- number of the payment that it takes back
	why        TEXT NOT NULL DEFAULT '',   -- the operator's reason
	returned   INTEGER NOT NULL DEFAULT 0, -- how much of it later payments have given back
	person     TEXT NOT NULL DEFAULT '',   -- member of staff who entered it
	uid        INTEGER NOT NULL DEFAULT 0, -- of that person; with person and key empty it means nothing
	key        TEXT NOT NULL DEFAULT '',   -- of the command that entered it
	notice     INTEGER NOT NULL DEFAULT 0, -- version of what was spoken before the PIN
	seq        INTEGER NOT NULL            -- of the last record that changed it, but for returned
);

-- The states that a payment has been in, from n = 1.
CREATE TABLE step (
	payment INTEGER NOT NULL,
	n       INTEGER NOT NULL,
	state   TEXT NOT NULL,
	at      INTEGER NOT NULL,
	PRIMARY KEY (payment, n)
) WITHOUT ROWID;

-- Calls that have ended.
CREATE TABLE call (
	key       TEXT PRIMARY KEY,
	purpose   TEXT NOT NULL,
	user      INTEGER NOT NULL,
	payment   INTEGER NOT NULL DEFAULT 0,
	try       INTEGER NOT NULL DEFAULT 0,
	placed_at INTEGER NOT NULL,
	end       TEXT NOT NULL,
	answered  INTEGER NOT NULL,
	ring_ms   INTEGER NOT NULL,
	talk_ms   INTEGER NOT NULL,
	hung_up   TEXT NOT NULL DEFAULT '',
	sip       INTEGER NOT NULL DEFAULT 0,
	cause     INTEGER NOT NULL DEFAULT 0,
	text      TEXT NOT NULL DEFAULT '',
	step      TEXT NOT NULL DEFAULT '',
	wrong     INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Requests to banks. The account that they are about is not here in any form.
CREATE TABLE request (
	no            INTEGER PRIMARY KEY,
	payment       INTEGER NOT NULL,
	ask           INTEGER NOT NULL,
	bank          TEXT NOT NULL,
	kind          TEXT NOT NULL,
	amount        INTEGER NOT NULL,
	currency      TEXT NOT NULL,
	stan          INTEGER NOT NULL,
	rrn           TEXT NOT NULL,
	state         TEXT NOT NULL,
	approved      INTEGER NOT NULL,
	granted       INTEGER NOT NULL DEFAULT 0, -- how much of it was approved; 0: all of it, or nothing
	code          TEXT NOT NULL DEFAULT '',
	auth_id       TEXT NOT NULL DEFAULT '',
	settlement    TEXT NOT NULL DEFAULT '',
	cause         TEXT NOT NULL DEFAULT '',   -- why the answer is not known
	sent_at       INTEGER NOT NULL,
	answered_at   INTEGER NOT NULL DEFAULT 0,
	since_at      INTEGER NOT NULL DEFAULT 0, -- start of the reversal, the doubt or the dispute
	tries         INTEGER NOT NULL DEFAULT 0, -- to reverse it, as of the last record
	reversal_code TEXT NOT NULL DEFAULT '',
	late          INTEGER NOT NULL DEFAULT 0, -- how often the bank spoke when nobody was waiting
	resolved_as   TEXT NOT NULL DEFAULT '',
	resolved_why  TEXT NOT NULL DEFAULT '',
	resolved_uid  INTEGER NOT NULL DEFAULT 0,
	resolved_at   INTEGER NOT NULL DEFAULT 0,
	seq           INTEGER NOT NULL
);

-- Orders that were refused.
CREATE TABLE refusal (
	no       INTEGER PRIMARY KEY,
	at       INTEGER NOT NULL,
	day      INTEGER NOT NULL,
	reason   TEXT NOT NULL,
	detail   TEXT NOT NULL DEFAULT '',
	reply    TEXT NOT NULL DEFAULT '',   -- key of the text that answered it
	phone    TEXT NOT NULL,
	user     INTEGER NOT NULL DEFAULT 0,
	via      TEXT NOT NULL,
	code     TEXT NOT NULL,
	intent   TEXT NOT NULL DEFAULT '',
	to_party TEXT NOT NULL DEFAULT '',
	amount   INTEGER NOT NULL DEFAULT 0,
	currency TEXT NOT NULL DEFAULT '',
	source   TEXT NOT NULL DEFAULT '',
	ref      TEXT NOT NULL DEFAULT '',   -- of the payment that stood in the way
	short    INTEGER NOT NULL DEFAULT 0,
	most     INTEGER NOT NULL DEFAULT 0  -- the limit that was exceeded
);

-- Texts to people: which one, to whom and when, never its words.
CREATE TABLE notice (
	id        INTEGER PRIMARY KEY,
	payment   INTEGER NOT NULL DEFAULT 0,
	recipient TEXT NOT NULL,              -- a number, or an address of the medium
	medium    TEXT NOT NULL,
	via       TEXT NOT NULL,
	class     TEXT NOT NULL,
	text_key  TEXT NOT NULL,
	lang      TEXT NOT NULL,
	made_at   INTEGER NOT NULL,
	ended_at  INTEGER NOT NULL DEFAULT 0,
	fate      TEXT NOT NULL,              -- waiting, sent, or dropped
	why       TEXT NOT NULL DEFAULT ''    -- it was dropped: replaced, refused or given up
);

CREATE TABLE user (
	no         INTEGER PRIMARY KEY,
	phone      TEXT NOT NULL,
	name       TEXT NOT NULL DEFAULT '',
	name_zh    TEXT NOT NULL DEFAULT '',
	lang       TEXT NOT NULL DEFAULT '',
	state      TEXT NOT NULL,
	why        TEXT NOT NULL DEFAULT '',
	pin        INTEGER NOT NULL,           -- whether one was chosen
	bank       TEXT NOT NULL DEFAULT '',
	bank_mask  TEXT NOT NULL DEFAULT '',   -- what people may see of the account
	open       INTEGER NOT NULL DEFAULT 0, -- number of the open payment
	created_at INTEGER NOT NULL,
	seq        INTEGER NOT NULL            -- of the last record that changed a column
);

-- Which user a phone number has led to, and since when.
CREATE TABLE alias (
	phone    TEXT NOT NULL,
	user     INTEGER NOT NULL,
	since_at INTEGER NOT NULL,
	PRIMARY KEY (phone, user)
) WITHOUT ROWID;

CREATE TABLE merchant (
	code       TEXT PRIMARY KEY,
	name       TEXT NOT NULL DEFAULT '',
	name_zh    TEXT NOT NULL DEFAULT '',
	phone      TEXT NOT NULL DEFAULT '',
	state      TEXT NOT NULL,              -- open or closed
	why        TEXT NOT NULL DEFAULT '',
	bank       TEXT NOT NULL DEFAULT '',
	bank_mask  TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	closed_at  INTEGER NOT NULL DEFAULT 0,
	seq        INTEGER NOT NULL
) WITHOUT ROWID;

-- Who wants which offers at present.
CREATE TABLE consent (
	phone    TEXT NOT NULL,
	purpose  TEXT NOT NULL,
	wanted   INTEGER NOT NULL,
	said_at  INTEGER NOT NULL,
	PRIMARY KEY (phone, purpose)
) WITHOUT ROWID;

-- What the operator's people did. A command that needed two people has a row when it was
-- given, with the state waiting, and one when its approval ended.
CREATE TABLE command (
	seq      INTEGER NOT NULL,           -- of the record
	n        INTEGER NOT NULL,           -- in the record
	at       INTEGER NOT NULL,
	day      INTEGER NOT NULL,
	name     TEXT NOT NULL,              -- as it is typed: purse topup
	object   TEXT NOT NULL,              -- the number, code or reference that it acts on
	amount   INTEGER NOT NULL DEFAULT 0,
	currency TEXT NOT NULL DEFAULT '',
	reason   TEXT NOT NULL DEFAULT '',
	uid      INTEGER NOT NULL,
	person   TEXT NOT NULL DEFAULT '',
	key      TEXT NOT NULL,
	before   TEXT NOT NULL DEFAULT '',   -- what it changed, as short JSON without secrets
	after    TEXT NOT NULL DEFAULT '',
	approval TEXT NOT NULL DEFAULT '',   -- ID of the approval that it needed
	checker  TEXT NOT NULL DEFAULT '',   -- who ended the approval
	state    TEXT NOT NULL DEFAULT 'done', -- or that of the approval; joined: another one waited for the same
	PRIMARY KEY (seq, n)
) WITHOUT ROWID;

-- Commands that wait, or waited, for a second person.
CREATE TABLE approval (
	id         TEXT PRIMARY KEY,
	command    TEXT NOT NULL,
	object     TEXT NOT NULL,
	amount     INTEGER NOT NULL DEFAULT 0,
	currency   TEXT NOT NULL DEFAULT '',
	reason     TEXT NOT NULL DEFAULT '',
	before     TEXT NOT NULL DEFAULT '',   -- as JSON without secrets
	after      TEXT NOT NULL DEFAULT '',
	maker      TEXT NOT NULL,
	maker_uid  INTEGER NOT NULL,
	checker    TEXT NOT NULL DEFAULT '',
	state      TEXT NOT NULL,
	made_at    INTEGER NOT NULL,
	expires_at INTEGER NOT NULL,
	ended_at   INTEGER NOT NULL DEFAULT 0,
	word       TEXT NOT NULL DEFAULT '',   -- what the person who ended it said
	why        TEXT NOT NULL DEFAULT '',   -- why its command failed
	seq        INTEGER NOT NULL
) WITHOUT ROWID;

-- Which personal data the operator's people read.
CREATE TABLE lookup (
	seq    INTEGER NOT NULL,            -- of the record
	n      INTEGER NOT NULL,            -- in the record
	at     INTEGER NOT NULL,
	day    INTEGER NOT NULL,
	person TEXT NOT NULL,
	uid    INTEGER NOT NULL,
	what   TEXT NOT NULL,               -- as it is typed: user show
	user   INTEGER NOT NULL DEFAULT 0,  -- number of the subscriber whose data it was; 0: of no single one
	object TEXT NOT NULL DEFAULT '',    -- a reference, or what else was read
	PRIMARY KEY (seq, n)
) WITHOUT ROWID;

-- Logins of the operator's people: each that began or ended, and by person and hour those
-- that were refused.
CREATE TABLE login (
	key    TEXT PRIMARY KEY,
	seq    INTEGER NOT NULL,            -- of the last record
	n      INTEGER NOT NULL,            -- in the record
	at     INTEGER NOT NULL,            -- of the last one
	person TEXT NOT NULL DEFAULT '',    -- empty: names that no member has
	uid    INTEGER NOT NULL,
	what   TEXT NOT NULL,               -- as it is typed, with refused where it was: staff login refused
	why    TEXT NOT NULL DEFAULT '',    -- the last one was refused
	count  INTEGER NOT NULL DEFAULT 0   -- of refused ones, at least
) WITHOUT ROWID;

-- Payments that have ended and orders that were refused, by day and hour of the end. The
-- reason of a refused order is refusal: and its reason; it has no product.
CREATE TABLE hour (
	day     INTEGER NOT NULL,
	hour    INTEGER NOT NULL,           -- that local clocks showed, 0 to 23
	product TEXT NOT NULL,
	channel TEXT NOT NULL,
	reason  TEXT NOT NULL,
	count   INTEGER NOT NULL,
	sum     INTEGER NOT NULL,           -- charged
	ms_sum  INTEGER NOT NULL,           -- milliseconds from the order to the end
	PRIMARY KEY (day, hour, product, channel, reason)
) WITHOUT ROWID;

-- Texts that were sent or dropped, by the day on which that was.
CREATE TABLE daynotice (
	day    INTEGER NOT NULL,
	medium TEXT NOT NULL,
	class  TEXT NOT NULL,
	fate   TEXT NOT NULL,
	why    TEXT NOT NULL,
	count  INTEGER NOT NULL,
	PRIMARY KEY (day, medium, class, fate, why)
) WITHOUT ROWID;

-- What a merchant was paid and has refunded on a local day, by the day of the end.
CREATE TABLE dayshop (
	day      INTEGER NOT NULL,
	merchant TEXT NOT NULL,
	currency TEXT NOT NULL,
	count    INTEGER NOT NULL,          -- payments received
	sum      INTEGER NOT NULL,          -- received
	refunds  INTEGER NOT NULL,          -- sum that it has paid back
	PRIMARY KEY (day, merchant, currency)
) WITHOUT ROWID;

-- How long payments that have ended took between two states, as a histogram. A bucket holds
-- the times below 2 to its power milliseconds that the bucket before it does not hold. The
-- whole, from the order to its end, has no from_state.
CREATE TABLE stage (
	day        INTEGER NOT NULL,        -- of the end
	product    TEXT NOT NULL,
	from_state TEXT NOT NULL,
	to_state   TEXT NOT NULL,
	bucket     INTEGER NOT NULL,
	count      INTEGER NOT NULL,
	least      INTEGER NOT NULL,        -- the shortest of these times, in milliseconds
	most       INTEGER NOT NULL,        -- the longest
	PRIMARY KEY (day, product, from_state, to_state, bucket)
) WITHOUT ROWID;
