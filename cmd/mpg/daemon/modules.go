//go:build !mpgproof

package daemon

import "mpg/engine/module"

// Modules lists the modules beside the core: whoever adds one adds its line here. There
// is none yet; the example of engine/module shows what one looks like.
func Modules() []module.Module { return nil }
