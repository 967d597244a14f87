package call

import (
	"mpg/engine/cdr"
	"mpg/engine/codec"
	"mpg/engine/lang"
	"mpg/engine/payment"
	"mpg/engine/tx"
	"mpg/engine/user"
)

// Resume tells those who were choosing a PIN at the last stop that nothing changed. It
// runs before any call begins.
func (d *Dialer) Resume() error {
	for doc, err := range d.cfg.Run.Books().Docs(d.ctx, user.CallTable, "", 0) {
		if err != nil {
			return err
		}
		var p pinCall
		if err := codec.Decode(doc.Data, &p); err != nil {
			return err
		}
		if err := d.endPINCall(d.ctx, &p, lang.PINUnchanged, nothingChanges); err != nil {
			return err
		}
	}
	return nil
}

// KeepCutOff makes the record of order's call, which was cut off when mpg stopped, part of
// the commit. It is for process.Machine's Fire.
func KeepCutOff(t *tx.Tx, order *payment.Payment) error {
	return keepRecord(t, &cdr.Record{Purpose: cdr.ForPayment, User: order.Orderer().User, Payment: order.No, Try: order.Calls,
		At: order.Updated(), End: cdr.CutOff, HungUp: cdr.Us})
}
