package hotkey

import "errors"

// ErrUnsupported says that this system does not tell.
var ErrUnsupported = errors.New("keys of other programs' windows are not told of here")
