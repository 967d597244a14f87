package report

// Plain returns a payment without what answers do not have.
func Plain(p Payment) Payment {
	p.no = 0
	return p
}
