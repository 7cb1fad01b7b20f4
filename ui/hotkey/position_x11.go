//go:build (linux || freebsd || openbsd || netbsd) && !wayland

package hotkey

// positions are the scan codes of keys by their American names: X11's keycodes.
var positions = evdev(8)
