//go:build windows || wayland

package hotkey

// positions are the scan codes of keys by their American names.
var positions = evdev(0)
