package user_test

import (
	"testing"
	"time"

	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/pin"
	"mpg/engine/user"
)

// TestCard: a card says the same as the whole document, and of a PIN only that there is one.
func TestCard(t *testing.T) {
	t.Parallel()
	whole := user.User{No: 7, Phone: "+8613800000001", Name: lang.Name{EN: "Wang Fang", ZH: "王芳"}, Lang: lang.EN, State: user.Blocked, Why: "stolen", Purse: 9,
		AtBank: user.AtBank{Bank: "icbc", BankAccount: 3, BankMask: "****0001"}, PIN: pin.Record{Key: "k", Salt: []byte("s"), Hash: []byte("h")}, Tries: 2, Open: 11, Latest: 12,
		Last: []user.Entry{{Ref: "ABCDEFGH"}}, Created: time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)}
	for _, set := range []bool{true, false} {
		if !set {
			whole.PIN = pin.Record{}
		}
		data, err := codec.Encode(&whole)
		if err != nil {
			t.Fatal(err)
		}
		var card user.Card
		if err := codec.Peek(data, &card); err != nil {
			t.Fatal(err)
		}
		if (card.PIN != nil) != set {
			t.Errorf("PIN set: %v", card.PIN != nil)
		}
		card.PIN = nil
		if want := (user.Card{No: 7, Phone: whole.Phone, Name: whole.Name, Lang: lang.EN, State: user.Blocked, Why: "stolen", Purse: 9, Bank: "icbc", BankMask: "****0001", Open: 11, Created: card.Created}); card != want || !card.Created.Equal(whole.Created) {
			t.Errorf("%+v", card)
		}
	}
}
