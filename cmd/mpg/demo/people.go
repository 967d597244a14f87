package demo

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"slices"

	"mpg/engine/pin"
)

// The numbers of the demo's world.
const (
	ShortCode = "8888" // what subscribers text

	wangFang = "+8613800000001"
	liLei    = "+8613800000002"
	florist  = "+8613800008001"

	bankName    = "icbc" // Wang Fang's, and of the magic numbers
	otherBank   = "boc"  // Li Lei's
	floristName = "BLUEBIRD FLORIST"
)

// Issuer is the name in the configuration of the issuer of Wang Fang's card.
const Issuer = "visa-bank"

// Person is a subscriber to register at the start, without a chosen language:
// each text is answered in its own.
type Person struct {
	Number       string // E.164
	Name, NameZH string
	PIN          string // six digits, random at each start; the banner shows it, nothing else does
	TopUp        string // first top-up of the purse in major units; empty: none
	Bank         string // name of the bank in the configuration; empty: none
	BankAccount  string
	BankBalance  string // in major units, at the simulated bank
	Card         *Card  // nil: none
	Magic        string // the last four digits, if they decide what happens; see Magic
}

// Shop is a merchant to register at the start.
type Shop struct {
	Code         string
	Name, NameZH string
	Phone        string // E.164; empty: the shop gets no texts
	Vertical     string // kind of business, as mpg merchant add --vertical has it; empty: plain sales
	Asks         bool   // whether its till is asked if it accepts a card
	PIN          string // of the person who manages the shop, and confirms refunds on Phone; empty: the phone takes no calls
}

// People is who lives in the demo.
type People struct {
	Subscribers []Person
	Shops       []Shop
	Magic       []Person // registered when they send their first text
}

// all returns the subscribers, the magic ones last.
func (p People) all() []Person { return slices.Concat(p.Subscribers, p.Magic) }

// settle draws the PINs of a new world.
func settle() (People, error) {
	var digits [3]string
	for i := range digits {
		var err error
		if digits[i], err = drawPIN(); err != nil {
			return People{}, err
		}
	}
	magic := make([]Person, 0, len(magics))
	for _, m := range magics {
		digits, err := drawPIN()
		if err != nil {
			return People{}, err
		}
		magic = append(magic, m.person(digits))
	}
	return People{
		Magic: magic,
		Subscribers: []Person{
			{Number: wangFang, Name: "Wang Fang", NameZH: "王芳", PIN: digits[0], TopUp: "500.00",
				Bank: bankName, BankAccount: "6222020200001234567", BankBalance: "1000.00",
				Card: &Card{Token: "tok-demo-8f21c0", Nick: "visa1", Scheme: "visa", Last4: "1111", Expires: "2039-08", Holder: "WANG FANG", Limit: "2000.00"}},
			{Number: liLei, Name: "Li Lei", NameZH: "李雷", PIN: digits[1],
				Bank: otherBank, BankAccount: "6216610100007654321", BankBalance: "200.00"},
		},
		Shops: []Shop{
			{Code: "8001", Name: floristName, NameZH: "蓝鸟花店", Phone: florist, PIN: digits[2], Asks: true},
			{Code: "8002", Name: "CITY PARKING", NameZH: "城市停车"},
			{Code: "8003", Name: "POWER BILLS", NameZH: "电费"},
			{Code: "8004", Name: "EAST FUEL", NameZH: "东方加油站", Vertical: "fuel"},
		},
	}, nil
}

// drawPIN draws six digits that a subscriber would be allowed to choose.
func drawPIN() (string, error) {
	for {
		n, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
		if err != nil {
			return "", fmt.Errorf("drawing a PIN: %w", err)
		}
		digits := fmt.Sprintf("%06d", n.Int64())
		if p, ok := pin.Read([]byte(digits)); ok && !p.Weak() {
			return digits, nil
		}
	}
}
