package admin

// Status is what an operator sees first: which parts of mpg are at work here.
type Status struct {
	Modules   []Module   `json:"modules"`
	TwoPeople *TwoPeople `json:"two_people,omitempty"` // left out where nobody has asked for it
}

// Module is a product, or a part that joins the core; one that is off takes no orders.
type Module struct {
	Name  string `json:"name"`
	What  string `json:"what"`
	On    bool   `json:"on"`
	Lacks string `json:"lacks,omitempty"` // what must be configured before it can take orders
}

// Status returns what is at work now.
func (r *Reader) Status() Status { return Status{Modules: r.cfg.Modules()} }
