-- The indexes of view.db, made after its tables have been filled: sorting once is much
-- faster than keeping each index in order meanwhile.

CREATE INDEX IF NOT EXISTS account_name ON account (name);
CREATE INDEX IF NOT EXISTS entry_payment ON entry (payment) WHERE payment <> 0;
CREATE INDEX IF NOT EXISTS payment_payer ON payment (payer, no);
CREATE INDEX IF NOT EXISTS payment_payee ON payment (payee, no);
CREATE INDEX IF NOT EXISTS payment_day ON payment (day, product);
CREATE INDEX IF NOT EXISTS payment_charged ON payment (charged, no);
CREATE INDEX IF NOT EXISTS payment_open ON payment (state) WHERE state <> 'done';
CREATE INDEX IF NOT EXISTS payment_returned ON payment (outcome, no) WHERE outcome = 'returned';
CREATE INDEX IF NOT EXISTS payment_unclaimed ON payment (outcome, no) WHERE outcome = 'unclaimed';
CREATE INDEX IF NOT EXISTS payment_reason ON payment (reason, no);
CREATE INDEX IF NOT EXISTS payment_of ON payment (of) WHERE of <> 0;
CREATE INDEX IF NOT EXISTS call_payment ON call (payment) WHERE payment <> 0;
CREATE INDEX IF NOT EXISTS call_user ON call (user, placed_at);
CREATE INDEX IF NOT EXISTS request_payment ON request (payment);
CREATE INDEX IF NOT EXISTS refusal_phone ON refusal (phone, no);
CREATE INDEX IF NOT EXISTS refusal_day ON refusal (day, reason);
CREATE INDEX IF NOT EXISTS notice_payment ON notice (payment) WHERE payment <> 0;
CREATE INDEX IF NOT EXISTS notice_recipient ON notice (recipient, id) WHERE payment = 0;
CREATE INDEX IF NOT EXISTS user_phone ON user (phone);
CREATE INDEX IF NOT EXISTS command_day ON command (day);
CREATE INDEX IF NOT EXISTS command_object ON command (object, seq);
CREATE INDEX IF NOT EXISTS approval_waiting ON approval (made_at) WHERE state = 'waiting';
CREATE INDEX IF NOT EXISTS command_person ON command (person, seq);
CREATE INDEX IF NOT EXISTS login_seq ON login (seq, n);
CREATE INDEX IF NOT EXISTS login_person ON login (person, seq);
CREATE INDEX IF NOT EXISTS lookup_user ON lookup (user, seq) WHERE user <> 0;
CREATE INDEX IF NOT EXISTS lookup_person ON lookup (person, seq);
