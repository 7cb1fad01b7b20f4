//go:build !linux

package malloc

// KeepFreed is for the GNU C library.
func KeepFreed() {}
