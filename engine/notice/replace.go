package notice

import "mpg/engine/lang"

// sideOf returns which side a text tells how far a payment has come.
type sideOf uint8

const (
	payerSide sideOf = iota + 1
	payeeSide
)

// stage is what a text tells of a payment.
type stage struct {
	side sideOf
	// interim says that the text no longer holds once a later one to the same side is
	// due.
	interim bool
}

// stages lists the texts that tell how far a payment has come. Interim are calls that
// failed, questions that are still open, and what a bank has said, which its late
// answer may contradict. Receipts are never replaced, nor are texts that tell more than
// a stage. All of them are urgent, so that none is overtaken by what it replaces. The
// map is never modified.
var stages = map[lang.Key]stage{
	lang.CallSoon:       {payerSide, true},
	lang.CallSoonFee:    {payerSide, true},
	lang.LineBusy:       {payerSide, true},
	lang.NoAnswer:       {payerSide, true},
	lang.CallRefused:    {payerSide, true},
	lang.HungUp:         {payerSide, true},
	lang.NoKeys:         {payerSide, true},
	lang.CutOff:         {payerSide, true},
	lang.CallFailed:     {payerSide, true},
	lang.NotPlaced:      {payerSide, true},
	lang.WrongPIN:       {payerSide, true},
	lang.Checking:       {payerSide, true},
	lang.PartOnly:       {payerSide, true},
	lang.Doubt:          {payerSide, true},
	lang.CheckingPayee:  {payerSide, true},
	lang.DoubtPayee:     {payerSide, true},
	lang.NotSent:        {payerSide, true},
	lang.Declined:       {payerSide, true},
	lang.BankDown:       {payerSide, true},
	lang.NotPaid:        {payerSide, true},
	lang.NotPaidBlocked: {payerSide, true},
	lang.UnpaidBlocked:  {payerSide, true},

	lang.SetAside: {payerSide, true},

	lang.SetAsideMore:    {payerSide, false},
	lang.Authorised:      {payerSide, true},
	lang.AuthorisedSplit: {payerSide, true},

	lang.FirstWaits:        {payerSide, true},
	lang.FirstWaitsUnknown: {payerSide, true},
	lang.DoubtOut:          {payerSide, true},
	lang.NotPaidOut:        {payerSide, false},

	lang.ToppedUp:     {payerSide, false},
	lang.ToppedUpFee:  {payerSide, false},
	lang.PaidOut:      {payerSide, false},
	lang.PaidOutFee:   {payerSide, false},
	lang.CashOut:      {payerSide, false},
	lang.CashOutFee:   {payerSide, false},
	lang.CashInAgent:  {payerSide, false},
	lang.CashOutAgent: {payeeSide, false},
	lang.CashIn:       {payeeSide, false},
	lang.CashInFee:    {payeeSide, false},

	lang.HandedBack:       {payerSide, false},
	lang.BackUnclaimed:    {payerSide, false},
	lang.SetFree:          {payerSide, false},
	lang.Refunded:         {payerSide, false},
	lang.PaidPurse:        {payerSide, false},
	lang.PaidBank:         {payerSide, false},
	lang.PaidCard:         {payerSide, false},
	lang.PaidSplit:        {payerSide, false},
	lang.SentPurse:        {payerSide, false},
	lang.PaidPurseFee:     {payerSide, false},
	lang.PaidBankFee:      {payerSide, false},
	lang.PaidCardFee:      {payerSide, false},
	lang.PaidSplitFee:     {payerSide, false},
	lang.TurnedDown:       {payerSide, false},
	lang.NoWord:           {payerSide, false},
	lang.SentPurseFee:     {payerSide, false},
	lang.SentBank:         {payerSide, false},
	lang.SentClaim:        {payerSide, false},
	lang.SentClaimFee:     {payerSide, false},
	lang.ClaimCollected:   {payerSide, false},
	lang.ClaimReturned:    {payeeSide, false},
	lang.SentBankFee:      {payerSide, false},
	lang.Locked:           {payerSide, false},
	lang.NotMe:            {payerSide, false},
	lang.Stopped:          {payerSide, false},
	lang.StoppedBlocked:   {payerSide, false},
	lang.StoppedReset:     {payerSide, false},
	lang.OffersOffStopped: {payerSide, false},
	lang.Expired:          {payerSide, false},

	lang.NotPaidShop:       {payeeSide, true},
	lang.SetAsideShop:      {payeeSide, true},
	lang.AuthorisedShop:    {payeeSide, true},
	lang.SetFreeShop:       {payeeSide, false},
	lang.MoreShop:          {payeeSide, false},
	lang.NoMoreShop:        {payeeSide, false},
	lang.RefundPurse:       {payeeSide, false},
	lang.RefundBank:        {payeeSide, false},
	lang.RefundCard:        {payeeSide, false},
	lang.RefundSplit:       {payeeSide, false},
	lang.RefundSplitClosed: {payeeSide, false},
	lang.RefundUnclaimed:   {payeeSide, false},
	lang.ReceivedMerchant:  {payeeSide, false},
	lang.ReceivedPurse:     {payeeSide, false},
	lang.ReceivedBank:      {payeeSide, false},

	lang.ReceivedMerchantFee: {payeeSide, false},
	lang.ReceivedPurseFee:    {payeeSide, false},
	lang.ReceivedBankFee:     {payeeSide, false},
}

// Interim reports whether n tells of a stage that a later text may replace.
func (n *Notice) Interim() bool { return stages[n.Text].interim && n.Args.Ref != "" }

// Replaces reports whether n, which was written later, makes older superfluous: both
// tell the same side of the same payment, at the same address, how far it has come, and
// older is interim.
func (n *Notice) Replaces(older *Notice) bool {
	newer, ok := stages[n.Text]
	return ok && older.Interim() && newer.side == stages[older.Text].side && n.Args.Ref == older.Args.Ref && n.To == older.To
}
