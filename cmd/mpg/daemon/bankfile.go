package daemon

import (
	"mpg/conf"
	"mpg/engine/acquirer"
	"mpg/engine/bank"
	"mpg/engine/bank/filebank"
)

// openFiles makes the connector to a bank that takes files.
func (b *banks) openFiles(c *conf.Bank) (connector, error) {
	return filebank.Open(filebank.Config{
		Name: c.Name, Folder: c.Folder, Timeout: c.Timeout, Every: c.Every, Log: b.log, OnAnswer: observer(b.meters.bank, c.Name),
		OnLate: func(late bank.Late) error {
			if b.engine == nil {
				return errNoBooks
			}
			return acquirer.RecordLate(b.engine.Banks(), c.Name, late)
		},
	})
}
