//go:build !mpgproof

package daemon

import (
	"mpg/conf"
	"mpg/engine/module"
)

// Modules lists the modules beside the core: whoever adds one adds its line here, and gives
// it what its section of the configuration says. There is none yet; the example of engine/module
// shows what one looks like.
func Modules(*conf.File) []module.Module { return nil }
