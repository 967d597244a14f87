package demo

// streetView is what the page must know about the demo to show names in place of
// numbers and codes. It does not change.
type streetView struct {
	ShortCode string      `json:"short_code"`
	Currency  string      `json:"currency"`
	Zone      string      `json:"zone"` // of all clocks
	Shops     []shopView  `json:"shops"`
	Magic     []magicView `json:"magic"`
}

// shopView is a merchant.
type shopView struct {
	Code   string `json:"code"`
	Name   string `json:"name"`
	NameZH string `json:"name_zh"`
	Number string `json:"number,omitempty"` // of its handset
}

// magicView is a magic number.
type magicView struct {
	Number string `json:"number"`
	Digits string `json:"digits"`
	Part   string `json:"part"`
	What   string `json:"what"`
	WhatZH string `json:"what_zh"`
}

func (w *World) streetView() streetView {
	return viewStreet(w.people, w.currency.Code, w.opt.Zone)
}

func viewStreet(people People, currency, zone string) streetView {
	v := streetView{ShortCode: ShortCode, Currency: currency, Zone: zone}
	for _, s := range people.Shops {
		v.Shops = append(v.Shops, shopView{s.Code, s.Name, s.NameZH, s.Phone})
	}
	for _, m := range magics {
		v.Magic = append(v.Magic, magicView{magicNumbers + m.Digits, m.Digits, m.Part, m.What, m.WhatZH})
	}
	return v
}
