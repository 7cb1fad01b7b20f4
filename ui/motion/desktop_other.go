//go:build !unix || darwin

package motion

// Follow does nothing: what Windows and macOS say about motion is not asked yet.
func Follow(func()) (stop func()) { return func() {} }
