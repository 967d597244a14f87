package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpg/engine/auth"
	"mpg/engine/due"
	"mpg/engine/lang"
	"mpg/engine/merchant"
	"mpg/engine/notice"
	"mpg/engine/tx"
)

// A shop's money goes to its bank account, so whoever can change that can take all of it.
// A change takes two people, takes effect only after CommandRules.CoolingOff, and is told
// at once to the phone of the shop, and to the one that it had until a month ago. Meanwhile
// nothing is paid out.

// Refusals of a change of a shop's bank account.
var (
	ErrBankChanges = errors.New("the shop's bank account is being changed, and until then nothing is paid out")
	ErrNoChanging  = errors.New("no change of the shop's bank account is under way")
)

// shopBankKind is the kind of due work that lets a shop's new bank account take effect.
const shopBankKind = "shop-bank"

// bankCommand is how the change of a shop's bank account is named.
const bankCommand = "merchant set bank"

// ShopBank says which account at which bank a shop is to have; none: both are empty.
type ShopBank struct{ Code, Bank, Account string }

// ChangeShopBank gives a shop another bank account once the cooling-off period is over. A
// change that has not taken effect is replaced. The error is ErrNoMerchant, ErrShopClosed,
// ErrNoBank, ErrArgument, or an error of the key or the store.
func (s *Service) ChangeShopBank(ctx context.Context, by Command, wanted ShopBank) (json.RawMessage, error) {
	if err := checkBank(wanted.Bank, wanted.Account); err != nil {
		return nil, badArgument{err}
	}
	action := &Action{Name: bankCommand, Object: wanted.Code}
	return Give(ctx, s.Approvals, by, action, fmt.Sprintf("set merchant bank %q %q %q", wanted.Code, wanted.Bank, wanted.Account), wanted)
}

// shopBanks is the command that changes a shop's bank account.
type shopBanks struct{ *Service }

// command returns it as an Approvable.
func (b shopBanks) command() Approvable[ShopBank] {
	return Approvable[ShopBank]{Name: bankCommand, Maker: auth.ManagePeople, Checker: auth.ApproveMoney, Prepare: b.look, Do: b.change,
		Stake: func(t *tx.Tx, in ShopBank) (map[string]string, error) { return stakes(b).shop(t, in.Code) }}
}

// look says what the change of a shop's bank account will change.
func (b shopBanks) look(t *tx.Tx, in ShopBank) (Change, error) {
	shop, err := shopOf(t, in.Code)
	if err != nil {
		return Change{}, err
	}
	var told []string
	for _, phone := range shop.Phones(t.Now) {
		told = append(told, lang.Mask(phone))
	}
	return Change{
		Before: map[string]string{"shop": shop.Code, "name": shop.Name.In(lang.EN), "bank": orNone(shop.Bank), "account": orNone(shop.BankMask)},
		After: map[string]string{"bank": orNone(in.Bank), "account": orNone(b.cfg.Books.Masked(in.Account)),
			"takes effect": hours(b.cfg.Rules().CoolingOff) + " after the approval", "is told": orNone(strings.Join(told, " and "))},
		Documents: []Document{{merchant.Table, shop.Code}},
	}, nil
}

// hours formats a duration, usually a whole number of hours: 48 h.
func hours(of time.Duration) string {
	if of%time.Hour == 0 {
		return fmt.Sprintf("%d h", of/time.Hour)
	}
	return of.String()
}

// orNone returns value, or "none" if it is empty.
func orNone(value string) string {
	if value == "" {
		return "none"
	}
	return value
}

// change begins the change of a shop's bank account.
func (b shopBanks) change(t *tx.Tx, _ Command, _ *Action, in ShopBank) (any, error) {
	shop, err := shopOf(t, in.Code)
	switch {
	case err != nil:
		return nil, err
	case shop.IsClosed():
		return nil, ErrShopClosed
	case in.Bank != "" && !slices.Contains(b.cfg.Banks, in.Bank):
		return nil, fmt.Errorf("bank %q %w", in.Bank, ErrNoBank)
	}
	if err := b.drop(t, shop); err != nil {
		return nil, err
	}
	from := t.Now.Add(b.cfg.Rules().CoolingOff).Add(time.Minute - 1).Truncate(time.Minute).UTC() // due work is done by the minute
	shop.Next = &merchant.NextBank{Bank: in.Bank, From: from}
	shop.Next.Account, shop.Next.Mask = b.cfg.Books.SealAccount(t, in.Account)
	if err := b.cfg.Due().Add(t, due.Item{Kind: shopBankKind, ID: shop.Code, At: from}); err != nil {
		return nil, err
	}
	tx.Save(t, merchant.Table, shop.Code, shop)
	return viewMerchant(shop), b.tell(t, shop)
}

// drop removes the work of a change that is under way.
func (b shopBanks) drop(t *tx.Tx, shop *merchant.Merchant) error {
	if shop.Next == nil {
		return nil
	}
	_, err := b.cfg.Due().Cancel(t, shopBankKind, shop.Code, shop.Next.From)
	shop.Next = nil
	return err
}

// tell tells a shop, in both languages, since it has chosen none.
func (b shopBanks) tell(t *tx.Tx, shop *merchant.Merchant) error {
	for _, phone := range shop.Phones(t.Now) {
		for _, language := range []lang.Lang{lang.ZH, lang.EN} {
			err := t.Notify(notice.Notice{Via: b.cfg.Bind, From: b.cfg.ShortCode, To: phone, Lang: language, Text: lang.ShopBank,
				Args: lang.Args{Code: shop.Code, At: b.cfg.Place.Time(shop.Next.From)}})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// takeEffect gives a shop the bank account that was to come.
func (b shopBanks) takeEffect(t *tx.Tx, item due.Item) error {
	shop, err := t.Merchant(item.ID)
	if err != nil || shop == nil || shop.Next == nil || !shop.Next.From.Equal(item.At) {
		return err
	}
	shop.TakeBank()
	tx.Save(t, merchant.Table, shop.Code, shop)
	t.AfterCommit(func() { b.cfg.Log.Info("shop has another bank account", "code", item.ID) })
	return nil
}

// KeepShopBank stops a change of a shop's bank account that has not taken effect. One
// person is enough: the shop keeps what it has. The error is ErrNoMerchant, ErrNoChanging,
// or an error of the key or the store.
func (s *Service) KeepShopBank(ctx context.Context, by Command, code string) (json.RawMessage, error) {
	return s.Once(ctx, by, &Action{Name: "merchant set keep-bank", Object: code}, fmt.Sprintf("keep merchant bank %q", code), func(t *tx.Tx) (any, error) {
		shop, err := shopOf(t, code)
		if err == nil && shop.Next == nil {
			err = ErrNoChanging
		}
		if err == nil {
			err = shopBanks{s}.drop(t, shop)
		}
		if err != nil {
			return nil, err
		}
		tx.Save(t, merchant.Table, shop.Code, shop)
		return viewMerchant(shop), nil
	})
}
