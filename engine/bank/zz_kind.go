package bank

type Kind uint8

const (
	Debit Kind = iota
	Credit
	Refund
)
