//go:build mpgproof

package daemon

import (
	"time"

	"mpg/engine/module"
	"mpg/engine/module/moduletest"
)

// tankFor is how long a Tank waits for its amount in the proofs.
const tankFor = 20 * time.Second

// Modules lists the module of the proofs. They build mpg a second time, with this file;
// what is installed does not hold it.
func Modules() []module.Module {
	return []module.Module{moduletest.New(&moduletest.Products{TankFor: tankFor})}
}
