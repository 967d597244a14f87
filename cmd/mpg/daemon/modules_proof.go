//go:build mpgproof

package daemon

import (
	"time"

	"mpg/conf"
	"mpg/engine/module"
	"mpg/engine/module/moduletest"
)

// tankFor is how long a Tank waits for its amount in the proofs.
const tankFor = 20 * time.Second

// Modules lists the module of the proofs, which build mpg a second time with this file. The
// installed mpg does not contain it.
func Modules(*conf.File) []module.Module {
	return []module.Module{moduletest.New(&moduletest.Products{TankFor: tankFor})}
}
